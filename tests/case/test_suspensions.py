"""Article 23 as pure steps: a warning first, four factors in words, an end, and somebody else to judge."""

from datetime import timedelta

import pytest
from tests.case.test_steps import LEAD, NOW, REASONS, ROSA, after, case_of, filed, told

from amparo.case import clocks, complaint, roles, suspensions
from amparo.case.roles import Reviewer
from amparo.errors import Denied, Malformed, Refused

FACTORS = {
    "numbers": "Sixty notices in two days, each about the same harmless photograph.",
    "share": "All sixty of the sixty-two that this sender has sent.",
    "gravity": "The shop could not sell for two days while they were looked at.",
    "intention": "The texts say that the shop should be driven off the platform.",
}
LATER = NOW + timedelta(days=4)
OTHER_LEAD = Reviewer(9, lead=True)


def warned(**changes):
    values = {"what": "notices", "factors": FACTORS, "clause": "4.2", "by": LEAD.actor, "now": NOW}
    return case_of(*suspensions.warn(**values | changes))


def suspended(case=None, **changes):
    case = case or warned()
    values = {"days": 30, "factors": FACTORS, "clause": "4.2", "by": LEAD.actor, "now": LATER}
    return after(case, suspensions.suspend(case, **values | changes))


def test_nobody_is_suspended_without_a_warning_that_left_room_to_mend():
    with pytest.raises(Refused, match="too early"):
        suspended(told())
    with pytest.raises(Refused, match="too early"):
        suspended(now=NOW + timedelta(hours=72))
    assert suspended(now=NOW + timedelta(hours=72, seconds=1)).misuse == "suspended"


@pytest.mark.parametrize("factor", suspensions.FACTORS)
def test_each_of_the_four_factors_is_told_in_words(factor):
    for given in ("", "Many."):
        with pytest.raises(Malformed, match=factor):
            warned(factors=FACTORS | {factor: given})
        with pytest.raises(Malformed, match=factor):
            suspended(factors=FACTORS | {factor: given})


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"days": 0}, "reasonable time"),
        ({"days": 181}, "reasonable time"),
        ({"clause": " "}, "text is missing"),
    ],
)
def test_a_suspension_has_an_end_and_a_clause(changes, match):
    with pytest.raises(Malformed, match=match):
        suspended(**changes)


def test_only_a_lead_warns_suspends_and_ends():
    for step in (warned, suspended):
        with pytest.raises(Denied):
            step(by=ROSA.actor)
    with pytest.raises(Denied):
        suspensions.lift(reasons=REASONS, by=ROSA.actor, now=NOW)


def test_it_lapses_by_itself_and_a_warning_too():
    for case, name in ((suspended(), "C15"), (warned(), "warning")):
        end = clocks.running(case)[name]

        assert clocks.expire(case, name, end) == []
        over = after(case, clocks.expire(case, name, end + timedelta(seconds=1)))

        assert over.misuse == "ended"
        assert name not in clocks.running(over)


def test_whoever_suspended_does_not_judge_the_complaint_about_it_and_a_reversal_ends_it():
    case = filed(suspended(), now=LATER)
    with pytest.raises(Refused, match="another reviewer"):
        roles.check_may_touch(case, LEAD, "take")

    case = after(case, complaint.assign(case, to=OTHER_LEAD, by=OTHER_LEAD, now=LATER))
    case = after(case, complaint.open_file(case, reviewer=OTHER_LEAD, now=LATER))
    ruling = {"reviewer": OTHER_LEAD, "reasons": REASONS, "now": LATER}
    stands = after(case, complaint.decide(case, outcome="upheld", **ruling))
    falls = after(case, complaint.decide(case, outcome="reversed", **ruling))

    assert (stands.misuse, stands.complaint) == ("suspended", "closed")
    assert (falls.misuse, falls.complaint, falls.remedy) == ("ended", "closed", "")


def test_what_waits_loses_no_time_of_its_own():
    """The clock of a complaint that was paused runs from the end of the suspension."""
    case = after(filed(), suspensions.pause(filed(), until=LATER, now=NOW))
    assert set(clocks.running(case)) == {"hold"}  # the evidence does not wait

    case = after(case, suspensions.resume(case, now=LATER))

    assert clocks.running(case)["C06"] >= LATER + timedelta(days=14)
    assert suspensions.resume(case, now=LATER) == []


def test_a_complaint_in_time_is_not_late_because_it_was_made_to_wait():
    year = timedelta(days=365)
    case = filed()
    case = after(case, suspensions.pause(case, until=NOW + year, now=NOW))
    case = after(case, suspensions.resume(case, now=NOW + year))

    with pytest.raises(Refused, match="not late"):
        complaint.declare_inadmissible(
            case, ground="out_of_time", reasons=REASONS, by=ROSA, now=NOW + year
        )
