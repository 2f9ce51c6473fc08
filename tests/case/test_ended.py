"""A case has ended when nobody waits, no clock runs, and every time for carrying it on is over."""

from datetime import UTC, datetime, timedelta
from functools import partial

from amparo.case import clocks, complaint, delivery, retention
from amparo.case.state import Actor, Case, apply

TOLD = datetime(2026, 11, 2, 9, tzinfo=UTC)
SIX_MONTHS_LATER = datetime(2027, 5, 3, 23, 59, 59, tzinfo=UTC)  # 2 May 2027 is a Sunday
FORO, PERSON = Actor("platform", "foro"), Actor("person")


def take(case, step, now, **values):
    for event in step(**values, now=now):
        case = apply(case, event)
    return case


def informed():
    case = Case(decision="recorded")
    return take(case, delivery.deliver, TOLD, how="platform", decided_by=(), by=FORO)


def complained(at):
    filing = partial(complaint.file, informed(), role="person", grounds="No.", attachments=())
    return take(informed(), filing, at)


def without_clocks(case):
    """As it is when every clock that runs has run out."""
    while running := clocks.running(case):
        name, end = min(running.items(), key=lambda pair: pair[1])
        for event in clocks.expire(case, name, end + timedelta(seconds=1)):
            case = apply(case, event)
    return case


def test_a_decision_that_nobody_contests_ends_with_the_six_months():
    assert retention.ended_at(informed(), TOLD) == SIX_MONTHS_LATER


def test_a_case_in_which_somebody_waits_has_not_ended():
    assert retention.ended_at(complained(TOLD), TOLD) is None


def test_a_case_whose_clocks_run_has_not_ended():
    withdrawn = take(
        complained(TOLD), partial(complaint.withdraw, complained(TOLD)), TOLD, by=PERSON
    )

    assert clocks.running(withdrawn)
    assert retention.ended_at(withdrawn, TOLD) is None


def test_a_complaint_that_was_closed_late_can_still_be_reopened_for_sixty_days():
    late = SIX_MONTHS_LATER - timedelta(days=1)
    withdrawn = take(
        complained(late), partial(complaint.withdraw, complained(late)), late, by=PERSON
    )
    ended = retention.ended_at(without_clocks(withdrawn), late)

    assert ended >= late + timedelta(days=60)


def test_whoever_was_not_told_has_six_months_from_the_last_entry():
    assert retention.ended_at(Case(decision="undelivered"), TOLD) == SIX_MONTHS_LATER


def test_a_notice_that_was_not_answered_has_not_ended():
    assert retention.ended_at(Case(decision="noticed"), TOLD) is None


def test_a_case_that_waits_for_the_end_of_a_suspension_has_not_ended():
    assert retention.ended_at(Case(decision="answered", paused=True), TOLD) is None


def test_the_days_are_counted_from_the_end():
    over = partial(retention.is_over, informed(), TOLD, days=30)

    assert not over(now=SIX_MONTHS_LATER + timedelta(days=30))
    assert over(now=SIX_MONTHS_LATER + timedelta(days=30, seconds=1))


def test_no_case_ends_before_half_a_year_is_over():
    """Which of many cases are read at all is told by when they began."""
    begun = datetime(2026, 9, 1, tzinfo=UTC)  # to 1 March: the shortest six months
    case = take(
        Case(decision="recorded"), delivery.deliver, begun, how="platform", decided_by=(), by=FORO
    )

    least = timedelta(days=retention.LEAST_DAYS_BEFORE_THE_END)
    assert retention.ended_at(case, begun) > begun + least
