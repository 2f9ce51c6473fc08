"""A node's own lake: its log proves the files, its pages show them, its own record is counted too."""

import functools
import json
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from pyarrow import parquet
from tests.conftest import REAL, Served, run, statement
from tests.observatory.dump import dump, row

from amparo.case import complaint
from amparo.ledger.case import casework, people, rulings
from amparo.ledger.log import platforms
from amparo.ledger.log.intake import prepare
from amparo.observatory.lake import own_record
from amparo.observatory.lake.lake import Lake
from amparo.record.decision import settle
from amparo.storage.journal import Journal
from amparo.storage.node import open_node


def test_a_files_digest_goes_into_the_nodes_log_and_proves_itself(tmp_path, place):
    data, lake = tmp_path / "node", tmp_path / "lake"
    run("platform", "add", "Foro", "--data", data)
    path = dump(place, [[row(0)]])

    said = run("observe", "add", path, "--lake", lake, "--data", data)
    run(
        "import",
        REAL / "sor-global-2025-07-01-full-00000-00000.head50.csv",
        "--platform",
        "Foro",
        "--data",
        data,
        "--refused",
        tmp_path / "refused",
    )  # publishes
    receipt = run("receipt", "0", "--data", data).stdout
    (tmp_path / "seen.tlog-proof").write_text(receipt)
    vkey = run("log", "vkey", "--data", data).stdout.strip()
    verified = run("verify", tmp_path / "seen.tlog-proof", "--vkey", vkey).stdout

    assert "entry 0 of the log" in said.stderr
    assert "dump.seen" in verified
    assert json.loads((lake / "files.jsonl").read_text())["sha256"] in verified


def test_a_digest_that_a_dead_run_left_off_the_record_comes_on_it_with_the_next(tmp_path, place):
    """The file is in the lake; the run died before its digest was in the log."""
    data, path = tmp_path / "node", dump(place, [[row(0)]])
    run("platform", "add", "Foro", "--data", data)
    Lake(data / "lake").add(path)

    first = run("observe", "add", path, "--data", data)
    second = run("observe", "add", path, "--data", data)

    assert "known already" in first.stdout
    assert "its digest is entry 0" in first.stderr
    assert "its digest" not in second.stderr
    listed = run("observe", "files", "--lake", data / "lake", "--format", "json").stdout
    assert json.loads(listed)["in the log"] == 0


def test_what_is_added_to_a_node_is_on_its_pages_and_makes_nobody_silent(tmp_path, place):
    node = Served(tmp_path / "node")
    path = dump(place, [[row(n, platform="Only Here") for n in range(7)]], day="2026-02-01")

    run("observe", "add", path, "--data", node.data)
    told = node.http.get("/observatory/data/statements.csv?platform=Only%20Here").text
    silent = run("observe", "silences", "--lake", node.data / "lake").stdout
    node.stop()

    assert "2026-01-11" not in silent
    assert told.splitlines()[-1] == "2026-02-01,Only Here,7,yes"


def test_rows_behind_a_doubt_are_shown_as_they_stand(tmp_path, place):
    odd = row(0, content_date="2026-01-01 00:00:00", application_date="2025-11-01 00:00:00")
    run("observe", "add", dump(place, [[odd, row(1)]]), "--lake", tmp_path / "lake")

    shown = run("observe", "rows", "content_after_decision", "--lake", tmp_path / "lake")

    assert "content_date\t2026-01-01" in shown.stdout
    assert shown.stdout.count("platform_name\tForo") >= 1


def test_a_rewritten_file_raises_an_alarm(tmp_path, place):
    run("observe", "add", dump(place, [[row(0)]]), "--lake", tmp_path / "lake")

    done = run("observe", "add", dump(place, [[row(1)]]), "--lake", tmp_path / "lake", check=False)

    assert done.returncode == 1
    assert "ALARM" in done.stdout


def test_the_nodes_own_record_answers_to_the_same_measures(tmp_path):
    data, lake = tmp_path / "node", tmp_path / "lake"
    run("platform", "add", "Archive", "--data", data)
    run(
        "import",
        REAL / "sor-global-2025-07-01-full-00000-00000.head50.csv",
        "--platform",
        "Archive",
        "--data",
        data,
        "--refused",
        tmp_path / "refused",
    )

    run("observe", "record", "--data", data, "--lake", lake)
    shown = run(
        "observe", "show", "statements", "--platform", "Archive", "--lake", lake, "--format", "csv"
    )

    assert shown.stdout.splitlines()[-1].endswith(",Archive,50,part")


@pytest.mark.parametrize("damaged", [b"", b'{"platforms"', b"{}", b'{"last":"\xff"}'])
def test_a_lake_that_cannot_tell_how_far_the_record_reaches_shows_none_and_reads_it_anew(
    tmp_path, damaged
):
    """What is not known is not shown, and no page falls over it."""
    data, lake = tmp_path / "node", tmp_path / "lake"
    run("platform", "add", "Foro", "--data", data)
    rows = "\n".join(json.dumps(statement(f"own-{n}")) for n in range(12))
    (tmp_path / "rows.jsonl").write_text(rows)
    run("import", tmp_path / "rows.jsonl", "--platform", "Foro", "--data", data)
    run("observe", "record", "--data", data, "--lake", lake)
    whole = (lake / "record.json").read_bytes()

    (lake / "record.json").write_bytes(damaged)
    assert not [row for row in Lake(lake).sources().covered if row.source == "record"]
    run("observe", "record", "--data", data, "--lake", lake)

    assert (lake / "record.json").read_bytes() == whole


def test_days_that_are_counted_together_come_to_what_each_comes_to_alone(tmp_path):
    """Small days of a record are counted many at a time, as if each platform of a day were one."""
    first = date(2026, 3, 1)
    days = [
        own_record.Day(
            first + timedelta(days=n),
            [_closed(first + timedelta(days=n), place) for place in range(1 + 3 * n)],
            {("Foro", "complaint.filed"): 10 + n} if n else {},
        )
        for n in range(4)
    ]
    together, alone = Lake(tmp_path / "together"), Lake(tmp_path / "alone")

    together.add_days(days, "record")
    for day in days:
        alone.add_days([day], "record")

    assert _series(together) == _series(alone)
    counted = {(row["date"], row["platform"], row["metric"]): row for row in _series(together)}
    assert counted[days[3].day, "Foro", "account.suspended"]["value"] == 5
    assert counted[days[3].day, "Discord", "account.suspended"]["value"] == 5
    assert counted[days[3].day, "Foro", "complaint.filed"]["value"] == 13
    assert not any("another_day" in row["metric"] for row in _series(together))


def _closed(day, place):
    """An account closed; of a platform that has another name in the series, every other time."""
    return {
        "platform_name": "Discord Netherlands B.V." if place % 2 else "Foro",
        "created_at": datetime(day.year, day.month, day.day, place),
        "application_date": day - timedelta(days=place),
        "content_type": ["CONTENT_TYPE_TEXT"],
        "decision_account": "DECISION_ACCOUNT_SUSPENDED",
        "decision_facts": "The same for all.",
    }


def _series(lake):
    tables = [parquet.read_table(path) for path in sorted((lake.folder / "daily").iterdir())]
    rows = [row for table in tables for row in table.to_pylist()]
    return sorted(rows, key=lambda row: (row["date"], row["platform"], row["metric"]))


def test_complaints_of_the_own_record_are_counted_from_ten_upward(tmp_path):
    data = tmp_path / "node"
    run("platform", "add", "Archive", "--data", data)
    node = open_node(data)
    journal = Journal(node.journal)
    archive = platforms.find(journal, "Archive")
    lead = people.add(journal, archive, "Lead", "lead@example.org", lead=True).reviewer
    decisions = [settle(statement(f"own-{n}"), "API") for n in range(13)]
    made = prepare(decisions, platform=archive, secret=node.secret())
    journal.append([[one.row for one in made]])
    cases = [UUID(one.case) for one in made]
    file = functools.partial(
        complaint.file, role="person", grounds="No.", attachments=(), now=casework.now()
    )
    for case in cases:
        casework.act(journal, case, file)
    for chosen, outcome in ((cases[:11], "reversed"), (cases[11:], "upheld")):
        ruling = rulings.begin(
            journal,
            archive.id,
            dict.fromkeys(chosen, ()),
            reviewer=lead,
            outcome=outcome,
            chosen="",
            language="pt",
            reasons="The rule was not in force on that day.",
            steps=["restore_account"] if outcome == "reversed" else [],
            now=casework.now(),
        )
        rulings.carry_out(journal, ruling, now=casework.now())
    journal.close()

    run("observe", "record", "--data", data, "--lake", tmp_path / "lake")

    def shown(measure):
        table = run(
            "observe",
            "show",
            measure,
            "--platform",
            "Archive",
            "--lake",
            tmp_path / "lake",
            "--format",
            "csv",
        )
        values = [line.split(",")[2] for line in table.stdout.splitlines()[1:]]
        return [value for value in values if value]

    assert shown("complaint.filed") == ["13"]
    assert shown("complaint.reversed") == ["11"]
    assert shown("complaint.upheld") == []  # two could point at someone
    assert float(shown("share.reversed")[0]) == pytest.approx(11 / 13)
