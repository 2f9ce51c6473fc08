"""Cases for a group: found by what they have in common, and sorted as the rules would sort them."""

from functools import partial
from uuid import UUID

import pytest
from tests.case.lives import play
from tests.conftest import new_node
from tests.ledger.conftest import filed, reachable

from amparo.case import complaint, selection
from amparo.case.machines import OPEN
from amparo.case.selection import Choice, Taken
from amparo.errors import Malformed, Refused
from amparo.ledger.case import casework, groups, people, rulings
from amparo.ledger.log import platforms
from amparo.ledger.outbound import outbox


@pytest.fixture(scope="module")
def lives(tmp_path_factory):
    """Every kind of case that tests know, each played through the real steps."""
    journal = play(new_node(tmp_path_factory.mktemp("lives") / "node"))
    yield journal
    journal.close()


def test_what_one_row_tells_of_a_case_is_what_the_whole_case_says(lives):
    """The preview reads rows and the ruling reads cases: they never differ about what is apart."""
    [platform] = platforms.every(lives)
    found = groups.find(lives, platform.id, Choice(), language="pt")

    sorted_out = dict.fromkeys(found.group, ()) | found.apart
    for number, why in sorted_out.items():
        file = casework.read(lives, number)
        contact = outbox.contact(lives, number, file.case.complainant)
        language = contact.language if contact else file.public.get("content_language", "")
        whole = selection.standing(file.case, language.lower())
        assert selection.apart(whole, "pt") == why
    rows = lives.db.execute(
        "SELECT case_id FROM desk WHERE platform = ?", (platform.id,)
    ).fetchall()
    files = {
        UUID(bytes=number): casework.read(lives, UUID(bytes=number)).case for (number,) in rows
    }
    waiting = {
        number
        for number, case in files.items()
        if case.complaint in (*OPEN, "reopened") and not case.paused
    }
    assert set(sorted_out) == waiting
    assert {"danger", "interim", "question", "report"} & {
        w for why in found.apart.values() for w in why
    }


@pytest.fixture
def lead(journal, desk):
    return people.add(journal, desk, "Lead", "lead@example.org", lead=True)


def find(journal, desk, **choice):
    return groups.find(journal, desk.id, Choice(**choice), language="pt")


@pytest.mark.parametrize(
    ("choice", "number"),
    [
        ({}, 3),
        ({"kind": "report"}, 0),
        ({"category": "STATEMENT_CATEGORY_ANIMAL_WELFARE"}, 0),
        ({"filed_to": "2020-01-01"}, 0),
        ({"filed_from": "2020-01-01"}, 3),
        ({"clause": "no such clause"}, 0),
    ],
)
def test_complaints_are_found_by_what_they_have_in_common(journal, desk, cases, choice, number):
    for case in cases:
        filed(journal, case)

    assert len(find(journal, desk, **choice).group) == number


def test_the_cases_of_a_batch_are_those_of_its_entries(journal, desk, cases):
    for case in cases:
        filed(journal, case)
    entry = journal.decision(cases[1]).seq

    assert find(journal, desk, first=entry, last=entry).group == [cases[1]]


def test_the_cases_of_a_list_are_those_in_it(journal, desk, cases):
    for case in cases:
        filed(journal, case)

    numbers = tuple(map(str, cases[:2]))
    assert set(find(journal, desk, numbers=numbers).group) == set(cases[:2])
    with pytest.raises(Malformed, match="no number of a case"):
        find(journal, desk, numbers=("42",))
    with pytest.raises(Malformed, match="That is no day"):
        find(journal, desk, filed_from="soon")


def test_whoever_reads_another_language_is_set_apart_and_counted(journal, desk, cases):
    for case in cases:
        filed(journal, case)
    reachable(journal, cases[0])  # in English

    found = find(journal, desk)

    assert found.apart == {cases[0]: ("language",)}
    assert found.languages == {"pt": 2}


def test_decisions_that_nobody_complained_about_are_found_without_those_that_somebody_did(
    journal, desk, cases, keep
):
    alone = keep(1)[0].case
    for case in cases:
        filed(journal, case)

    unheard = partial(groups.find_unheard, journal, desk.id, language="pt")

    assert UUID(alone) in unheard(Choice()).group
    assert not set(cases) & set(unheard(Choice()).group)
    assert unheard(Choice(numbers=(alone,))).group == [UUID(alone)]
    assert unheard(Choice(decided_from="2099-01-01")).group == []


def test_what_has_moved_since_the_lead_looked_stays_out(journal, desk, cases, keep):
    """Somebody wrote something, and somebody new came: the lead has seen neither."""
    late = UUID(keep(1)[0].case)
    for case in cases:
        filed(journal, case)
    seen = find(journal, desk)
    more = {"grounds": "He is at my door.", "attachments": (), "by": complaint.Actor("person")}
    casework.act(journal, cases[0], partial(complaint.add, **more, now=casework.now()))
    filed(journal, late)

    taken = groups.taken(journal, find(journal, desk), Taken(), size=seen.size)

    assert taken == {cases[1]: (), cases[2]: ()}


def test_a_preview_that_is_too_old_is_looked_at_again(journal, desk, cases, monkeypatch):
    filed(journal, cases[0])
    found = find(journal, desk)
    monkeypatch.setattr(groups, "MOST_SINCE", 0)
    filed(journal, cases[1])

    with pytest.raises(Refused, match="Too much has happened"):
        groups.taken(journal, found, Taken(), size=found.size)
    with pytest.raises(Refused, match="Too much has happened"):
        groups.taken(journal, found, Taken(), size=10**9)


def test_nobody_is_ruled_on_twice_by_a_button_that_was_pressed_twice(journal, desk, lead, cases):
    for case in cases:
        filed(journal, case)
    found = find(journal, desk)
    cases_of = partial(groups.taken, journal, size=found.size)
    said = {"reviewer": lead.reviewer, "outcome": "upheld", "steps": (), "chosen": "{}"}
    said |= {"reasons": "The clause names threats, and this is one.", "language": "pt"}
    rulings.begin(journal, desk.id, cases_of(found, Taken()), **said, now=casework.now())

    assert find(journal, desk).group == []


def test_a_choice_of_more_than_a_ruling_holds_is_refused(journal, desk, cases, monkeypatch):
    for case in cases:
        filed(journal, case)
    monkeypatch.setattr(groups, "MOST_CASES", 2)

    with pytest.raises(Malformed, match="too many cases"):
        find(journal, desk)
