"""Whose notice has priority: somebody in danger, then a trusted flagger; in time and in place."""

from datetime import UTC, datetime, timedelta

from amparo.case import complaint, events, state, triage
from amparo.case import notice as notice_rules

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def notice(**more):
    return notice_rules.receive(why="A scam.", where="/post/1", now=NOW, **more)


def test_its_silence_can_be_complained_about_after_48_hours():
    flagged, plain = (state.fold([notice(**more)]) for more in ({"flagger": "Wachsam"}, {}))
    late = {"received": NOW, "now": NOW + timedelta(hours=48, seconds=1)}

    assert complaint.silent_after(flagged, received=NOW) == NOW + timedelta(hours=48)
    assert complaint.may_be_filed(flagged, **late)
    assert not complaint.may_be_filed(plain, **late)


def test_whoever_is_in_danger_need_not_wait_a_week_to_complain_about_silence():
    """A day, whoever reported it; what is not about danger keeps its own time."""
    in_danger = (notice(danger="yes"), notice(danger="yes", flagger="Wachsam"))

    for case in (state.fold([received]) for received in in_danger):
        assert complaint.silent_after(case, received=NOW) == NOW + timedelta(hours=24)
        assert complaint.may_be_filed(case, received=NOW, now=NOW + timedelta(hours=24, seconds=1))
        assert not complaint.may_be_filed(case, received=NOW, now=NOW + timedelta(hours=24))


def test_it_comes_before_others_and_after_danger():
    flagged, plain, danger = (
        triage.harm(events.fields(notice(**more)))
        for more in ({"flagger": "Wachsam"}, {}, {"danger": "yes", "flagger": "Wachsam"})
    )

    assert danger > flagged > plain
