"""An organisation speaks for people: who asked it, for how long, and what stays their own."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.case.test_steps import after, case_of, told

from amparo.case import clocks, complaint, dispute, events, mandate, retention, roles, selection
from amparo.case.mandate import Mandate
from amparo.case.roles import Reviewer, Sides
from amparo.case.state import Actor
from amparo.errors import Denied, Malformed, Refused

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
END = NOW + timedelta(days=100)
PERSON, NOTIFIER = Actor("person"), Actor("notifier")
MANDATE = Mandate("01", "Rights House", ("person", "notifier"), END)
OTHER = MANDATE._replace(number="02", body="Fair Play")
ANA = Reviewer(7, lead=False, names=frozenset({"Ana", "ana@house.example", "Rights House"}))
TEXT = "We are a non-profit in Spain, and complain for people whose accounts were closed."
SAID = {"filing": 3, "grounds": "No.", "attachments": ()}
NO_SIDES = Sides(frozenset(), frozenset())


def agreed(case=None, of="person", to=MANDATE, now=NOW):
    case = case or told()
    return after(case, mandate.agree(case, to, of=of, now=now))


def file(case, under=MANDATE, now=NOW):
    return mandate.file(case, under, by=ANA, sides=NO_SIDES, now=now, **SAID)


def reported(now=NOW):
    return case_of(events.NoticeReceived(now, "notifier", why="A threat.", where="/post/1"))


def shown(**more):
    said = {"body": "Rights House", "text": TEXT, "of": ["person"], "until": END} | more
    return mandate.show(by=Actor("representative", "7"), now=NOW, **said)


@pytest.mark.parametrize(
    "more",
    [
        {"until": NOW},
        {"until": NOW + timedelta(days=731)},
        {"of": []},
        {"of": ["platform"]},
        {"text": "We help."},
        {"text": "n" * 2_001},
    ],
    ids=lambda more: str(more)[:30],
)
def test_a_mandate_says_for_whom_it_is_and_until_when(more):
    assert shown().of == ("person",)
    with pytest.raises(Malformed):
        shown(**more)


def test_what_is_filed_is_the_persons_own_complaint_with_priority():
    case = after(agreed(), file(agreed()))

    assert (case.complaint, case.complainant, case.represented_by) == (
        *("filed", "person"),
        "Rights House",
    )
    assert case.speakers == {"7"}
    assert clocks.running(case)["C06"] - NOW < timedelta(days=8)
    assert selection.apart(selection.standing(case, ""), "") == ("represented",)


@pytest.mark.parametrize(
    ("case", "of", "to"),
    [
        (agreed(), "person", OTHER),
        (told(), "person", MANDATE._replace(of=("notifier",))),
        (told(), "person", MANDATE._replace(until=NOW - timedelta(seconds=1))),
        (case_of(), "person", MANDATE),
    ],
    ids=["somebody speaks", "for others", "over", "nothing was decided"],
)
def test_who_cannot_be_spoken_for(case, of, to):
    with pytest.raises(Refused):
        mandate.agree(case, to, of=of, now=NOW)


def test_only_who_agreed_is_spoken_for_and_only_under_that_mandate():
    for case in (told(), agreed(to=OTHER)):
        with pytest.raises(Denied, match="do not speak for this person"):
            file(case)


def test_nothing_is_filed_after_the_last_day_though_the_clock_has_not_been_looked_at():
    with pytest.raises(Refused, match="has ended"):
        file(agreed(), now=END + timedelta(seconds=1))


def test_at_its_end_the_complaint_goes_on_and_its_time_stays():
    case = after(agreed(), file(agreed()))
    by = clocks.running(case)["C06"]

    late = clocks.expire(case, "mandate", END + timedelta(seconds=1))

    assert [one.kind for one in late] == ["clock.missed", "representation.ended"]
    over = after(case, late)
    assert (over.complaint, over.represented_by, clocks.running(over)["C06"]) == ("filed", "", by)


def test_the_mandate_itself_ends_with_its_last_day():
    case = case_of(shown())

    late = clocks.expire(case, "mandate", END + timedelta(seconds=1))

    assert after(case, late).decision == "unmandated"


def test_whoever_is_represented_can_do_everything_alone_and_end_it():
    case = after(agreed(), file(agreed()))

    withdrawn = after(case, complaint.withdraw(case, by=PERSON, now=NOW))
    left = after(case, mandate.leave(case, by=PERSON, now=NOW))

    assert withdrawn.complaint == "closed"
    assert left.complaint == "filed"
    with pytest.raises(Refused, match="Nobody speaks for you"):
        mandate.leave(case, by=NOTIFIER, now=NOW)
    with pytest.raises(Refused, match="Nobody speaks for you"):
        mandate.leave(left, by=PERSON, now=NOW)


def test_what_they_withdrew_is_not_filed_again_for_them_unless_they_agree_once_more():
    case = after(agreed(), file(agreed()))
    case = after(case, complaint.withdraw(case, by=PERSON, now=NOW))

    with pytest.raises(Refused, match="has withdrawn the complaint"):
        file(case)
    assert mandate.may_file(case, received=NOW, now=NOW)
    anew = after(case, mandate.leave(case, by=PERSON, now=NOW))
    later = NOW + timedelta(hours=1)
    anew = after(anew, mandate.agree(anew, MANDATE, of="person", now=later))
    assert after(anew, file(anew, now=later)).complaint == "filed"


def test_a_mandate_does_not_keep_anybodys_address():
    """A case ends when nobody waits for anything, also while an organisation may speak in it."""
    ended = retention.ended_at(agreed(to=MANDATE._replace(until=NOW + timedelta(days=700))), NOW)

    assert ended is not None
    assert ended < NOW + timedelta(days=200)


def test_it_withdraws_nothing():
    case = after(agreed(), file(agreed()))

    with pytest.raises(Refused, match="Only who complained"):
        complaint.withdraw(case, by=Actor("representative", "7"), now=NOW)


def test_a_mandate_that_ended_leaves_alone_whoever_has_chosen_another_since():
    case = agreed()
    case = after(case, mandate.leave(case, by=PERSON, now=NOW))
    case = agreed(case, to=OTHER)

    assert mandate.over(case, mandate="01", by=Actor("operator"), now=NOW) == []


@pytest.mark.parametrize("stays", [True, False], ids=["speaks", "spoke"])
def test_nobody_speaks_for_both_sides_of_one_matter(stays):
    """Nor after the other side has ended it: what was said to it is known."""
    report = agreed(reported(), of="notifier")
    report = report if stays else after(report, mandate.leave(report, by=NOTIFIER, now=NOW))
    author = msgspec.structs.replace(told(), others=(report,))

    with pytest.raises(Refused, match="cannot speak for you"):
        agreed(author, to=MANDATE._replace(body="RIGHTS  house"))
    assert agreed(author, to=OTHER).represented_by == "Fair Play"


def test_two_cases_that_became_one_matter_later_are_not_spoken_for_by_one():
    """Each side agreed before the platform named what belongs together."""
    report = agreed(reported(), of="notifier")
    author = msgspec.structs.replace(agreed(), others=(report,))

    with pytest.raises(Refused, match="cannot speak for you"):
        file(author)


def test_twenty_who_reported_one_address_can_have_one_organisation():
    first = agreed(reported(NOW - timedelta(days=9)), of="notifier")
    second = msgspec.structs.replace(first, others=(first,))

    assert file(second)[0].role == "notifier"


def test_an_erasure_takes_the_organisation_from_nobody_else_on_that_side():
    """What is kept of who had a part keeps it from the other side alone, and from every review."""
    first = agreed(reported(NOW - timedelta(days=9)), of="notifier")
    complained = after(first, file(first))
    erased = msgspec.structs.replace(
        case_of(), parted=frozenset(roles.parted(complained, b"0123456789abcdef"))
    )
    second = msgspec.structs.replace(first, others=(erased,))
    author = msgspec.structs.replace(agreed(), others=(erased,))

    assert file(second)[0].role == "notifier"
    with pytest.raises(Refused, match="cannot speak for this person"):
        file(author)
    stranger = msgspec.structs.replace(told(), others=(erased,))
    assert roles.part_in(stranger, ANA) == "other side"
    assert roles.part_in(erased, ANA) == "erased"


def test_an_out_of_court_body_that_spoke_for_a_side_does_not_decide_the_dispute():
    case = agreed()
    case = after(case, mandate.leave(case, by=PERSON, now=NOW))
    outcome = dispute.Outcome(
        body="rights house",
        sha256="00",
        signature="",
        head="",
        entry=1,
        outcome="uphold",
        basis="merits",
        reasons=TEXT,
        summary=TEXT,
        steps=(),
        received="2026-11-24T15:07:00Z",
        decided="2026-11-25T15:07:00Z",
    )

    with pytest.raises(Refused, match="cannot decide this dispute"):
        dispute.take(case, outcome, now=NOW)
    assert dispute.take(case, outcome._replace(body="Fair Play"), now=NOW)
