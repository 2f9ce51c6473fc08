"""A trusted flagger's notice has priority: 48 hours instead of seven days, and a higher place."""

from datetime import UTC, datetime, timedelta

from amparo.case import complaint, delivery, events, state, triage

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def notice(**more):
    return delivery.receive(why="A scam.", where="/post/1", now=NOW, **more)


def test_its_silence_can_be_complained_about_after_48_hours():
    flagged, plain = (state.fold([notice(**more)]) for more in ({"flagger": "Wachsam"}, {}))
    late = {"received": NOW, "now": NOW + timedelta(hours=48, seconds=1)}

    assert complaint.silent_after(flagged, received=NOW) == NOW + timedelta(hours=48)
    assert complaint.may_be_filed(flagged, **late)
    assert not complaint.may_be_filed(plain, **late)


def test_it_comes_before_others_and_after_danger():
    flagged, plain, danger = (
        triage.harm(events.fields(notice(**more)))
        for more in ({"flagger": "Wachsam"}, {}, {"danger": True, "flagger": "Wachsam"})
    )

    assert danger > flagged > plain
