"""Lead cases that an organisation proposes, on a real journal, as a file and in PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from types import SimpleNamespace

import pytest
from tests.ledger.test_leads import decided, gone_through, stands
from tests.ledger.test_mandates import agreed, filed, left, shown

from amparo.case import proposals as rules
from amparo.case import waits
from amparo.case.state import Actor
from amparo.errors import Denied, Missing, Refused
from amparo.ledger.case import casework, leads, leaving, mandates, people, proposals
from amparo.ledger.outbound import outbox
from amparo.ledger.upkeep import erase
from amparo.storage.journal import Journal

QUESTION = "Is one newsletter a month the bulk that the clause means?"


@pytest.fixture
def ana(journal):
    return mandates.add_seat(journal, "Rights House", "Ana", "ana@house.example")


@pytest.fixture
def number(journal, desk, ana, cases):
    """A mandate under which one complaint was filed for three."""
    number = shown(journal, desk, ana)
    agreed(journal, number, cases)
    filed(journal, number, ana, cases)
    return number


def proposed(journal, number, who, cases, asked=None, now=None):
    said = {"named": cases[:1], "asked": asked, "question": QUESTION}
    return proposals.propose(journal, number, who, **said, now=now or casework.now())


def asked(journal):
    leads.go_on(journal, casework.now())


def counts(journal, desk, group):
    return leads.find(journal, desk.id, str(group)).counts


def test_the_others_are_asked_by_the_node_and_the_desk_has_a_mail(
    journal, desk, ana, cases, number
):
    lena = people.add(journal, desk, "Lena", "lena@foro.example", lead=True)

    group = proposed(journal, number, ana, cases)
    assert stands(journal, *cases) == ["", "", ""], "nobody was asked yet"
    asked(journal)

    assert stands(journal, *cases) == ["", "asked", "asked"]
    found = leads.find(journal, desk.id, str(group))
    assert (found.body, found.mandate, found.by) == ("Rights House", str(number), ana.id)
    kinds = []
    while mail := outbox.take(journal, 2**40, "mail", desk.id):
        kinds += [mail.kind] if mail.seat == lena.id else []
        outbox.drop(journal, mail)
    assert kinds == ["leads_proposed"]


WHY = "Our office closes in spring, and nobody of us is left."
ENDS = {
    "the organisation ends the mandate": lambda journal, at: mandates.end(
        journal, at.number, at.ana, reasons=WHY, now=casework.now()
    ),
    "the operator removes it": lambda journal, _: mandates.remove(
        journal, "Rights House", reasons=WHY, now=casework.now()
    ),
    "its seat ends": lambda journal, at: leaving.leave(journal, at.ana),
    "each of them ends it": lambda journal, at: [left(journal, case) for case in at.cases[1:]],
    "the mandate is erased": lambda journal, at: erased(journal, at.number),
}


@pytest.fixture
def at(ana, number, cases):
    return SimpleNamespace(ana=ana, number=number, cases=cases)


def erased(journal, number):
    with journal.transaction():
        erase._forget_cases(journal, [number], "2026-11-25T12:00:00Z", "order")


@pytest.mark.parametrize("why", ENDS)
def test_nobody_is_asked_any_more_by_whom_does_not_speak_for_them(
    journal, desk, ana, cases, number, at, why
):
    """It ended after the proposal, and before the scheduler came to ask."""
    group = proposed(journal, number, ana, cases)

    ENDS[why](journal, at)
    asked(journal)
    asked(journal)

    assert stands(journal, *cases[1:]) == ["", ""]
    assert counts(journal, desk, group) == {"left": 2}


@pytest.mark.parametrize("why", ["the organisation ends the mandate", "the operator removes it"])
def test_who_waits_already_waits_on_and_is_answered(journal, desk, ana, cases, number, at, why):
    rosa = people.add(journal, desk, "Rosa", "rosa@foro.example").reviewer
    group = proposed(journal, number, ana, cases)
    asked(journal)
    join = partial(leads.join, by=Actor("person"), now=casework.now())
    with journal.transaction():
        join(journal, cases[1])

    ENDS[why](journal, at)

    with pytest.raises(Refused, match="too late"), journal.transaction():
        join(journal, cases[2])
    decided(journal, cases[0], rosa)
    assert gone_through(journal, desk, group, rosa, cases[0], same=[cases[1]]).same == 1


def test_of_two_of_the_organisation_at_once_one_proposes(journal, node, desk, ana, cases, number):
    eva = mandates.add_seat(journal, "Rights House", "Eva", "eva@house.example")
    begin = Barrier(4)

    def one(who):
        own = Journal(node.journal)
        try:
            begin.wait(60)
            return proposed(own, number, who, cases)
        except Refused as refused:
            return refused
        finally:
            own.close()

    with ThreadPoolExecutor(4) as threads:
        done = [*threads.map(one, [ana, eva, ana, eva])]

    refused = [one for one in done if isinstance(one, Refused)]
    assert len(refused) == 3
    assert all("already" in one.what for one in refused)
    assert len(leads.of_desk(journal, desk.id)) == 1


def test_a_mandate_that_ends_while_it_is_proposed_either_comes_first_or_not(
    journal, node, ana, cases, number, at
):
    """Whichever it is, nobody is asked under a mandate that has ended."""
    begin = Barrier(2)

    def one(step):
        own = Journal(node.journal)
        try:
            begin.wait(60)
            return step(own)
        except (Denied, Refused) as refused:
            return refused
        finally:
            own.close()

    ending = partial(ENDS["the organisation ends the mandate"], at=at)
    with ThreadPoolExecutor(2) as threads:
        [*threads.map(one, [lambda own: proposed(own, number, ana, cases), ending])]
    asked(journal)

    assert stands(journal, *cases[1:]) == ["", ""]


def test_a_proposal_is_followed_by_another_once_it_has_ended(journal, desk, ana, cases, number):
    group = proposed(journal, number, ana, cases, asked=cases[1:2])
    with pytest.raises(Refused, match="for this kind of decision already"):
        proposed(journal, number, ana, cases)
    taken_back = partial(proposals.take_back, journal, number, group, ana, now=casework.now())

    taken_back(reasons="The lead case is not like the others.")
    asked(journal)

    assert leads.find(journal, desk.id, str(group)).state == "closed"
    proposed(journal, number, ana, cases, asked=cases[2:])
    with pytest.raises(Refused):
        taken_back(reasons="The lead case is not like the others.")


@pytest.mark.parametrize("first", ["the organisation", "the desk"])
def test_a_question_that_has_ended_without_an_answer_is_followed_by_the_others(
    journal, desk, ana, cases, number, first
):
    lena = people.add(journal, desk, "Lena", "lena@foro.example", lead=True).reviewer

    def by_the_desk():
        said = {"named": cases[:1], "question": QUESTION, "chosen": "{}", "by": lena}
        return leads.propose(journal, desk.id, cases, **said, now=casework.now())

    def by_the_organisation():
        return proposed(journal, number, ana, cases)

    ways = [by_the_organisation, by_the_desk]
    one, other = ways if first == "the organisation" else reversed(ways)
    began = one()
    asked(journal)
    assert counts(journal, desk, began) == {"asked": 2}

    group = leads.find(journal, desk.id, str(began))
    leads.dissolve(journal, group, by=lena, reasons=WHY, now=casework.now())
    asked(journal)

    later = other()
    asked(journal)
    assert counts(journal, desk, later) == {"asked": 2}
    for case in cases[1:]:
        found = casework.read(journal, case).case
        assert found.lead_group == str(later)
        assert leads.may_join(journal, found)


def test_who_proposes_and_takes_back_again_and_again_comes_to_an_end(
    journal, desk, ana, cases, number, monkeypatch
):
    monkeypatch.setattr(rules, "MOST_IN_A_WAIT", 2)
    for _ in range(2):
        group = proposed(journal, number, ana, cases)
        now = casework.now()
        proposals.take_back(journal, number, group, ana, reasons=WHY, now=now)
        asked(journal)

    with pytest.raises(Refused, match="can be proposed at this platform now"):
        proposed(journal, number, ana, cases)
    later = casework.now() + timedelta(days=31)
    with pytest.raises(Refused, match="Nobody can be asked"):  # by then these are late
        proposed(journal, number, ana, cases, now=later)


def test_another_organisation_takes_nothing_back(journal, desk, ana, cases, number):
    eve = mandates.add_seat(journal, "Fair Play", "Eve", "eve@fair.example")
    theirs = shown(journal, desk, eve)
    group = proposed(journal, number, ana, cases)
    said = {"reasons": "It is ours now.", "now": casework.now()}

    for mandate in (number, theirs):
        with pytest.raises(Missing):
            proposals.take_back(journal, mandate, group, eve, **said)

    second = shown(journal, desk, ana)
    with pytest.raises(Missing, match="no such lead cases"):
        proposals.take_back(journal, second, group, ana, **said)


def test_whoever_leads_one_group_waits_for_no_other(journal, desk, ana, cases, number):
    lena = people.add(journal, desk, "Lena", "lena@foro.example", lead=True).reviewer
    proposed(journal, number, ana, cases, asked=cases[1:2])
    asked(journal)

    said = {"question": QUESTION, "chosen": "{}", "by": lena, "now": casework.now()}
    leads.propose(journal, desk.id, [cases[2], cases[0]], named=[cases[2]], **said)
    asked(journal)

    assert stands(journal, *cases) == ["", "asked", ""]
    with journal.transaction(), pytest.raises(Refused):
        casework.act_within(
            journal, cases[0], partial(waits.join, by=Actor("person"), now=casework.now())
        )
