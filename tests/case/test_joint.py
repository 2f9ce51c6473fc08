"""Many reports of one address: who goes along with whom, and who has to be looked at alone."""

from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
import pytest

from amparo.case import complaint, hearing, joint, notice, state
from amparo.case.events import HearingEnded, HearingShared
from amparo.case.roles import Reviewer
from amparo.case.state import Actor
from amparo.errors import Refused

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
PLACE = "https://foro.example/post/1"
REASONS = "The post names a street, and reads as a threat."
ROSA, KIM = (Reviewer(n, lead=False, names=frozenset({name})) for n, name in ((1, "r"), (2, "k")))
FORO = Actor("platform", "foro")


def report(**more):
    told = {"why": "It threatens me.", "where": PLACE, "now": NOW - timedelta(days=1)} | more
    return state.fold([notice.receive(**told)])


def after(case, *steps):
    for step in steps:
        for event in step(case, now=NOW):
            case = state.apply(case, event)
    return case


def complained(**more):
    said = {"result": "not_acted", "reasons": "No rule.", "automated": False, "decided_by": []}
    return after(
        report(**more),
        lambda _, now: notice.answer(**said, by=FORO, now=now),
        partial(complaint.file, role="notifier", grounds="No.", attachments=()),
    )


def opened(case, by=ROSA):
    return after(
        case,
        partial(complaint.assign, to=by, by=by),
        partial(complaint.open_file, reviewer=by),
    )


def decided(lead, case, **more):
    said = {"number": "1", "reviewer": ROSA, "outcome": "upheld", "reasons": REASONS} | more
    return joint.decide(lead, case, **said, now=NOW)


def test_reports_of_one_address_go_together_however_it_was_copied():
    joint.check_joins(report(), report(where="http://FORO.example/post/1?utm_source=a"))


@pytest.mark.parametrize(
    "other",
    [
        report(where="https://foro.example/post/2"),
        report(where="the post about the house"),
        report(category="STATEMENT_CATEGORY_PROTECTION_OF_MINORS"),
        report(danger="yes"),
        msgspec.structs.replace(report(), interim="ordered"),
        msgspec.structs.replace(report(), asked="notifier"),
        msgspec.structs.replace(report(), panel="submitted"),
        msgspec.structs.replace(report(), represented_by="A body"),
    ],
)
def test_what_needs_a_look_of_its_own_stays_apart_whoever_leads(other):
    for lead, case in ((report(), other), (other, report())):
        with pytest.raises(Refused, match="looked at by itself"):
            joint.check_joins(lead, case)


def test_two_that_name_no_address_are_not_of_one():
    with pytest.raises(Refused, match="looked at by itself"):
        joint.check_joins(report(where="the post"), report(where="the post"))


def test_whoever_came_late_is_taken_opened_and_decided_with_the_others():
    late = complained()
    for event in decided(opened(complained()), late):
        late = state.apply(late, event)

    assert (late.complaint, late.outcome, late.reviewer) == ("closed", "upheld", "1")
    assert late.closers == {"1"}


def test_what_a_colleague_has_is_not_taken_away():
    with pytest.raises(Refused, match="assigned to somebody else"):
        decided(opened(complained()), opened(complained(), KIM))
    with pytest.raises(Refused, match="stand where"):
        joint.open_file(opened(complained()), complained(), reviewer=ROSA, now=NOW)


def test_the_other_side_is_heard_once_for_all_and_never_less():
    restrict = {"outcome": "newly_restricted", "steps": ["restrict"], "for_the_other": REASONS}
    lead, other = opened(complained()), opened(complained())
    with pytest.raises(Refused, match="heard first"):
        decided(lead, other, **restrict)

    called = after(lead, partial(hearing.call, question=REASONS, mailed=1, by=ROSA))
    with pytest.raises(Refused, match="heard first"):
        decided(called, other, **restrict)

    over = state.apply(called, HearingEnded(NOW, "clock"))
    new = decided(over, other, **restrict)
    assert [event.other for event in new if isinstance(event, HearingShared)] == ["1"]
    assert not hearing.tells_the_others(other, new[1])


def test_a_worksheet_is_asked_for_in_each_of_them():
    hate = {"category": "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"}
    with pytest.raises(Refused, match="needs a worksheet"):
        decided(opened(complained(**hate)), opened(complained(**hate)))
