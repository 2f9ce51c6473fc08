"""Mandates on a real journal, as a file and in PostgreSQL."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from tests.ledger.conftest import filed as complained
from tests.ledger.conftest import queue

from amparo.case import complaint, text_limits
from amparo.case import mandate as rules
from amparo.case.selection import Choice
from amparo.case.state import Actor
from amparo.coalition.roster import Member
from amparo.errors import Denied, Malformed, Refused
from amparo.ledger.case import casework, groups, leaving, mandates, panels, people
from amparo.ledger.outbound import outbox
from amparo.ledger.upkeep import erase

TEXT = "We are a non-profit in Spain, and complain for people whose accounts were closed."


@pytest.fixture
def ana(journal):
    return mandates.add_seat(journal, "Rights House", "Ana", "ana@house.example")


def shown(journal, desk, person, days=90):
    now = casework.now()
    said = {"text": TEXT, "of": ["person"], "until": now + timedelta(days=days), "now": now}
    return mandates.show(journal, desk, person, **said)


def agreed(journal, number, cases, after=timedelta()):
    for case in cases:
        with journal.transaction():
            file = casework.read(journal, case)
            now = casework.now() + after
            mandates.agree(journal, file, str(number), of="person", now=now)
    return [*cases]


def filed(journal, number, person, cases):
    said = {"grounds": "The clause names bulk.", "files": (), "now": casework.now()}
    return mandates.file_for(journal, b"s" * 32, number, person, cases, **said)


def news(journal, person):
    """The mails that wait for somebody's seat."""
    taken = []
    while found := outbox.take(journal, 2**40, "mail", outbox.NOBODY):
        taken += [found.kind] if found.seat == person.id else []
        outbox.drop(journal, found)
    return taken


def test_one_complaint_for_three_is_one_row_for_each_first_in_the_queue(
    journal, desk, ana, cases, keep
):
    [alone] = [UUID(made.case) for made in keep(1)]
    number = shown(journal, desk, ana)
    agreed(journal, number, [*cases, alone])
    complained(journal, alone)

    done = filed(journal, number, ana, [*cases, alone])

    assert (done.along, [*done.left]) == (3, [alone])
    assert {row.case for row in queue(journal)[:3]} == set(cases)
    file = casework.read(journal, cases[0])
    assert mandates.together(journal, file) == sorted(cases)
    own = casework.read(journal, number)
    assert file.case.filing == own.log_entries[-1].n
    found = groups.find(journal, desk.id, Choice(), language="")
    assert {case for case, why in found.apart.items() if "represented" in why} == {*cases, alone}


def test_many_events_are_one_mail_to_each_seat(journal, desk, ana, cases):
    number = shown(journal, desk, ana)

    agreed(journal, number, cases)
    filed(journal, number, ana, cases)

    assert news(journal, ana) == ["news"]
    mandates.end(journal, number, ana, reasons="Our office closes in spring.", now=casework.now())
    assert news(journal, ana) == ["news"]


def test_who_is_told_of_a_mandate_that_ended_and_who_is_not(journal, desk, ana, cases):
    first, second = shown(journal, desk, ana), shown(journal, desk, ana)
    agreed(journal, first, cases[:2])
    agreed(journal, second, cases[2:])

    mandates.remove(journal, "RIGHTS house", reasons="It pretends to be one.", now=casework.now())

    assert not any(casework.read(journal, case).case.mandate for case in cases)
    assert not mandates.in_force(journal, desk.id, "person", casework.now())
    assert people.representatives(journal) == []
    with pytest.raises(Refused, match="cannot speak for you"):
        agreed(journal, first, cases[:1])


def test_what_is_left_of_an_organisation_whose_people_have_gone_can_be_ended(
    journal, desk, ana, cases
):
    number = shown(journal, desk, ana)
    agreed(journal, number, cases)
    leaving.leave(journal, ana)

    mandates.remove(
        journal, "Rights House", reasons="Nobody is there any more.", now=casework.now()
    )

    assert not casework.read(journal, cases[0]).case.mandate


def test_a_mandate_speaks_for_no_more_than_can_be_told_at_once(
    journal, desk, ana, cases, monkeypatch
):
    number = shown(journal, desk, ana)
    monkeypatch.setattr(mandates, "MOST_PEOPLE", 2)

    with pytest.raises(Refused, match="for more people"):
        agreed(journal, number, cases)


def test_an_organisation_shows_no_more_mandates_than_people_can_read(
    journal, desk, ana, monkeypatch
):
    monkeypatch.setattr(mandates, "MOST_IN_FORCE", 2)
    shown(journal, desk, ana)
    shown(journal, desk, ana)

    with pytest.raises(Refused, match="No more mandates"):
        shown(journal, desk, ana)


def test_more_people_than_one_commit_carries_are_refused(journal, desk, ana):
    many = [UUID(int=n) for n in range(rules.MOST_TOGETHER + 1)]

    with pytest.raises(Malformed, match="too many people"):
        filed(journal, shown(journal, desk, ana), ana, many)


def test_whoever_is_of_the_organisation_is_not_drawn_for_the_panel(journal, desk, ana, cases):
    """By the roster, which names where each comes from; also after the person has ended it."""
    agreed(journal, shown(journal, desk, ana), cases[:1])
    casework.act(
        journal, cases[0], lambda case: rules.leave(case, by=Actor("person"), now=casework.now())
    )
    members = [
        Member(name, name, organisation, "civil society", ("en",), "")
        for name, organisation in (("mara", "rights  House"), ("nils", "Other House"))
    ]

    away = panels.kept_away(journal, casework.read(journal, cases[0]), members)

    assert [*away] == ["mara"]
    assert "organisation" in away["mara"]


def test_a_second_seat_is_of_the_same_organisation_however_it_is_spelt(journal, ana):
    second = mandates.add_seat(journal, "rights  HOUSE", "Eva", "eva@house.example")

    assert second.body == ana.body
    with pytest.raises(Refused, match="has a seat already"):
        mandates.add_seat(journal, "Fair Play", "Ana", "Ana+1@house.example")


# --- hostile, careless, late ----------------------------------------------------------------------


@pytest.fixture
def little_room(monkeypatch):
    """Three entries of each side in a case."""
    monkeypatch.setattr(text_limits, "MOST_ENTRIES_OF_A_SIDE", 3)


def left(journal, case):
    leaves = partial(rules.leave, by=Actor("person"), now=casework.now())
    return casework.act(journal, case, leaves)


def test_whoever_has_said_all_that_a_case_holds_can_still_end_it(
    journal, desk, ana, cases, little_room
):
    """Also an organisation that has used its mandate as often as its case holds."""
    number = shown(journal, desk, ana)
    for case in cases[:2]:
        agreed(journal, number, [case])
        filed(journal, number, ana, [case])
    agreed(journal, number, cases[2:])
    with pytest.raises(Refused, match="holds as much"):
        filed(journal, number, ana, cases[2:])
    with journal.transaction():
        added = partial(complaint.add, grounds="More.", attachments=(), by=Actor("person"))
        for _ in range(2):
            casework.act_within(journal, cases[0], partial(added, now=casework.now()))
    with pytest.raises(Refused, match="holds as much"):
        casework.act(journal, cases[0], partial(added, now=casework.now()))

    assert not left(journal, cases[0]).mandate
    mandates.end(journal, number, ana, reasons="We have said what we can.", now=casework.now())

    assert not casework.read(journal, cases[1]).case.mandate


def test_one_case_that_is_full_keeps_nobody_else_from_complaining(journal, desk, ana, cases):
    """The organisation had written into it before; its person withdrew, and agreed once more."""
    number = shown(journal, desk, ana)
    agreed(journal, number, cases)
    filed(journal, number, ana, cases[:1])
    for _ in range(text_limits.MOST_ENTRIES_OF_A_SIDE - 1):
        mandates.add(journal, cases[0], ana, text="And this.", now=casework.now())
    withdrawn = partial(complaint.withdraw, by=Actor("person"), now=casework.now())
    casework.act(journal, cases[0], withdrawn)
    left(journal, cases[0])
    agreed(journal, number, cases[:1], after=timedelta(minutes=1))

    done = filed(journal, number, ana, cases)

    assert (done.along, [*done.left]) == (2, [cases[0]])
    assert "entries of yours" in str(done.left[cases[0]])


def test_a_mandate_in_force_is_not_erased_and_one_that_was_keeps_nothing_from_ending(
    journal, desk, ana, cases
):
    number, other = shown(journal, desk, ana), shown(journal, desk, ana)
    agreed(journal, other, cases)
    assert casework.read(journal, number).case.contested
    with journal.transaction():  # as an authority orders it
        erase._forget_cases(journal, [number], "2026-11-25T12:00:00Z", "order")

    mandates.remove(journal, "Rights House", reasons="An authority says so.", now=casework.now())

    assert not any(casework.read(journal, case).case.mandate for case in cases)


def test_whoever_has_lost_their_seat_meanwhile_speaks_for_nobody(journal, desk, ana, cases):
    """The form was open, or its files were still on their way, when the seat ended."""
    mandates.add_seat(journal, "Rights House", "Eva", "eva@house.example")
    number = shown(journal, desk, ana)
    agreed(journal, number, cases)
    filed(journal, number, ana, cases[:1])
    leaving.leave(journal, ana)

    with pytest.raises(Denied, match="any more"):
        shown(journal, desk, ana)
    with pytest.raises(Denied, match="any more"):
        filed(journal, number, ana, cases[1:])
    with pytest.raises(Denied, match="any more"):
        mandates.add(journal, cases[0], ana, text="Still us.", now=casework.now())


def test_nobody_is_offered_an_organisation_of_which_nobody_is_left(journal, desk, ana, cases):
    """Nor is it another one when somebody of it comes back under another spelling."""
    number = shown(journal, desk, ana)
    leaving.leave(journal, ana)

    assert mandates.in_force(journal, desk.id, "person", casework.now()) == []
    with pytest.raises(Refused, match="cannot speak for you"):
        agreed(journal, number, cases)

    eva = mandates.add_seat(journal, "RIGHTS house", "Eva", "eva@house.example")
    [offered] = mandates.in_force(journal, desk.id, "person", casework.now())
    assert offered.mandate.number == str(number)
    assert mandates.own(journal, eva, number, casework.now())


def test_the_platforms_desk_does_not_read_by_a_seat_of_the_organisation_who_asked_for_help(
    journal, desk, ana, cases
):
    """Another of the organisation showed the mandate; Lena is a reviewer at the platform as well."""
    people.add(journal, desk, "Lena", "lena@foro.example")
    lena = mandates.add_seat(journal, "Rights House", "Lena", "lena@house.example")
    number = shown(journal, desk, ana)
    agreed(journal, number, cases)
    now = casework.now()

    assert mandates.case_of(journal, ana, cases[0], now)
    with pytest.raises(Refused, match="cannot speak for this person"):
        mandates.case_of(journal, lena, cases[0], now)
    with pytest.raises(Refused, match="cannot speak for this person"):
        mandates.own(journal, lena, number, now)
    with pytest.raises(Refused, match="cannot speak for this person"):
        mandates.end(journal, number, lena, reasons="We rest our case here.", now=now)
