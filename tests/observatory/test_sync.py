"""A lake brought up to date from the archive: a real web server, interrupted, cut off, wrong."""

import csv
import hashlib
import io
import json
from datetime import date, timedelta

import pytest
from tests.conftest import run
from tests.observatory.dump import dump, row
from tests.observatory.test_fetch import Site, site  # noqa: F401 - a fixture

from amparo.errors import Malformed
from amparo.observatory import queries
from amparo.observatory.coverage import Covered
from amparo.observatory.lake import aggregates, sync
from amparo.observatory.lake.lake import Lake

FIRST = date(2026, 1, 11)
"""The day after the series that ship."""


def line(day, platform="X", total=5, **changes):
    """One combination of a daily aggregate."""
    return {
        "automated_decision": "AUTOMATED_DECISION_FULLY",
        "automated_detection": "Yes",
        "category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
        "content_type_single": "CONTENT_TYPE_TEXT__CONTENT_TYPE_VIDEO",
        "decision_account": "DECISION_ACCOUNT_SUSPENDED",
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "decision_monetary": "",
        "decision_provision": "",
        "decision_visibility_single": "DECISION_VISIBILITY_CONTENT_REMOVED",
        "received_date": str(day),
        "source_type": "SOURCE_VOLUNTARY",
        "platform_name": platform,
        "total": total,
    } | changes


def written(lines):
    text = io.StringIO()
    writer = csv.DictWriter(text, aggregates.COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode()


def publish(place, day, *lines):
    path = place / f"aggregates-{day}.csv"
    path.write_bytes(written(lines or [line(day)]))
    return path


def days(number):
    return [FIRST + timedelta(days=n) for n in range(number)]


def synced(address, lake, *words, last=None, check=True):
    until = last or FIRST + timedelta(days=2)
    return run(
        "observe",
        "sync",
        "--lake",
        lake,
        "--site",
        address,
        "--to",
        str(until),
        *words,
        check=check,
    )


def test_an_aggregate_is_counted_into_the_measures_that_it_tells_of():
    lines = [
        line(FIRST),
        line(FIRST, platform="X (formerly Twitter)", total=2, decision_account=""),
    ]

    found = aggregates.counted(written(lines), FIRST)

    assert found["X", "statements"] == 7
    assert found["X", "account.suspended"] == 5
    assert found["X", "content_type.text"] == found["X", "content_type.video"] == 7
    assert found["X", "automated_detection.yes"] == 7
    assert (found["X", "decision_type.vis_acc"], found["X", "decision_type.vis"]) == (5, 2)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "no column"),
        (b"<html>not here</html>", "no column"),
        (written([line(FIRST)])[:-1].rsplit(b",", 1)[0], "int"),
        (written([line(date(2020, 1, 1))]), "a row of"),
        (written([line(FIRST, total=-4)]), "total of -4"),
        (written([]), "no row"),
        (b"\xff\xfe", "codec"),
    ],
)
def test_what_is_no_whole_aggregate_is_refused(raw, why):
    with pytest.raises(Malformed) as refused:
        aggregates.counted(raw, FIRST)

    assert why in refused.value.why


def test_what_is_missing_is_fetched_and_nothing_twice(site, place, tmp_path):  # noqa: F811
    for day in days(3):
        publish(place, day)
    lake = tmp_path / "lake"

    first = synced(site, lake)
    asked = len(Site.asked)
    again = synced(site, lake)

    assert "3 days added, 0 left" in first.stderr
    assert "0 days added" in again.stderr
    assert len(Site.asked) == asked
    engine = queries.open_engine(lake=lake)
    told = queries.figures(engine, queries.measure("account.suspended"), ["X", "TikTok"], FIRST)
    keywords = queries.figures(engine, queries.measure("keyword.hate_speech"), ["X"], FIRST)
    engine.close()
    assert [one.value for one in told] == [5, 0] * 3  # who is in no row reported nothing
    assert {(one.value, one.known) for one in keywords} == {(None, "no")}


def test_a_run_is_bounded_and_the_next_goes_on(site, place, tmp_path):  # noqa: F811
    for day in days(3):
        publish(place, day)

    first = synced(site, tmp_path / "lake", "--most", "2")
    second = synced(site, tmp_path / "lake", "--most", "2")

    assert "2 days added, 1 left" in first.stderr
    assert "1 days added, 0 left" in second.stderr


def test_a_day_that_is_lacking_or_broken_holds_up_no_other_and_is_no_zero(site, place, tmp_path):  # noqa: F811
    first, lacking, broken, last = days(4)
    publish(place, first)
    (place / f"aggregates-{broken}.csv").write_bytes(b"<html>soon</html>")
    publish(place, last)

    done = synced(site, tmp_path / "lake", last=last)

    assert "2 days added" in done.stderr
    assert f"{lacking} was not added" in done.stderr
    assert f"{broken} was not added: it has no column" in done.stderr
    engine = queries.open_engine(lake=tmp_path / "lake")
    told = queries.figures(engine, queries.measure("statements"), ["*"], first)
    engine.close()
    assert [one.value for one in told] == [5, None, None, 5]


def test_an_archive_that_is_not_there_is_told(site, tmp_path):  # noqa: F811
    assert synced(site, tmp_path / "lake", check=False).returncode == 1
    done = synced("http://127.0.0.1:9", tmp_path / "lake", check=False)
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr


def test_a_digest_that_does_not_fit_is_not_added(site, place, tmp_path):  # noqa: F811
    path = publish(place, FIRST)
    path.with_name(f"{path.name}.sha1").write_text(f"{hashlib.sha1(b'other').hexdigest()}  x")

    done = synced(site, tmp_path / "lake", last=FIRST, check=False)

    assert done.returncode == 1
    assert "its SHA-1 is" in done.stderr
    assert Lake(tmp_path / "lake").entries() == []


def test_full_dumps_come_on_demand_and_stand_before_the_aggregate(site, place, tmp_path):  # noqa: F811
    publish(place, FIRST, line(FIRST, total=99))
    rows = [row(n, platform="X", day=str(FIRST)) for n in range(7)]
    dump(place, [rows], day=str(FIRST))
    lake = tmp_path / "lake"

    synced(site, lake, last=FIRST)
    synced(site, lake, "--full", last=FIRST)
    publish(place, FIRST, line(FIRST, total=50))
    run("observe", "add", place / f"aggregates-{FIRST}.csv", "--lake", lake)

    engine = queries.open_engine(lake=lake)
    [told] = queries.figures(engine, queries.measure("statements"), ["X"], FIRST, FIRST)
    engine.close()
    assert told.value == 7


def test_what_the_archive_writes_anew_is_fetched_again_and_is_no_alarm(place, tmp_path):
    lake = Lake(tmp_path / "lake")
    lake.add(publish(place, FIRST))
    lake.add(publish(place, FIRST, line(FIRST, total=6)))

    [entry] = [e for e in lake.entries() if e.rows == 6]
    assert lake.rewrites() == []
    assert "wrote it anew" in entry.notes[-1]
    line_of = json.loads((lake.folder / "files.jsonl").read_text().splitlines()[-1])
    line_of["added_at"] = f"{FIRST + timedelta(days=1)}T06:00:00Z"
    (lake.folder / "files.jsonl").write_text(json.dumps(line_of) + "\n")
    engine = queries.open_engine(lake=lake.folder)
    span = engine.span()._replace(first=FIRST)
    late = span._replace(last=FIRST + timedelta(days=30))
    assert sync.wanted(engine.coverage, lake.entries(), span) == []
    assert sync.wanted(engine.coverage, lake.entries(), late)[0] == FIRST
    assert Covered(FIRST, "*", "aggregate", True) in engine.coverage.rows
    engine.close()
