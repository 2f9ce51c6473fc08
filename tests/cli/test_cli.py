"""The command line, as a person and as a script use it."""

import json
import re
import shutil
import subprocess
from uuid import UUID

import pytest
from tests.conftest import AMPARO, REAL, run, statement

from amparo.ledger.case import casework
from amparo.storage.journal import Journal

HEAD50 = "sor-global-2025-07-01-full-00000-00000.head50.csv"
HEAD12 = "sor-global-2024-03-14-full-00000-00000.head12.csv"
MALFORMED = "tdb_real_malformed_lines.csv"


@pytest.fixture
def data(tmp_path):
    """A node's folder with one platform."""
    run("platform", "add", "Archive", "--data", tmp_path / "node")
    return tmp_path / "node"


def here(tmp_path, name):
    return shutil.copy(REAL / name, tmp_path / name)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_help_teaches():
    text = run("--help").stdout

    for word in ("serve", "import", "verify", "amparo serve --data data"):
        assert word in text
    assert "Traceback" not in run("nonsense", check=False).stderr


def test_real_statements_of_the_current_schema_become_receipts_that_verify(data, tmp_path):
    """The main job on real input, from the command line alone, with no node running."""
    done = run("import", here(tmp_path, HEAD50), "--platform", "Archive", "--json", "--data", data)
    vkey = run("log", "vkey", "--data", data).stdout.strip()

    recorded = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(recorded) == 50
    for one in recorded:
        receipt = tmp_path / "receipt"
        run("receipt", one["uuid"], "--data", data, "-o", receipt)
        verified = run("verify", receipt, "--vkey", vkey, "--json")
        assert json.loads(verified.stdout)["index"] == one["index"]
    told = json.loads(verified.stdout)
    assert told["reasons"]["imported"]["uuid"]
    assert "The log holds: 50 entries" in run("log", "check", "--data", data).stdout
    assert "50 entries" in run("log", "audit", data / "log", "--vkey", vkey).stdout


@pytest.mark.parametrize(
    ("name", "recorded", "known", "refused"), [(HEAD12, 4, 1, 7), (MALFORMED, 5, 0, 6)]
)
def test_real_rows_of_the_old_schema_are_read_and_refused_one_by_one(
    data, tmp_path, name, recorded, known, refused
):
    """Categories that ended are refused with their reason; the rest is recorded, nothing lost."""
    file = here(tmp_path, name)

    said = run("import", file, "--platform", "archive", "--data", data).stderr

    assert f"{recorded} recorded, {known} known already, {refused} refused" in said
    aside = lines(tmp_path / f"{name}.refused.jsonl")
    assert len(aside) == refused
    for row in aside:
        [finding] = row["findings"]
        assert finding["attribute"] == "category"
        assert "ended on 30 June 2025" in finding["why"]
        assert row["place"].startswith(name)
        assert row["row"]["uuid"]


def test_importing_twice_changes_nothing(data, tmp_path):
    file = here(tmp_path, HEAD50)
    run("import", file, "--platform", "Archive", "--data", data)
    before = (data / "log" / "checkpoint").read_bytes()

    said = run("import", file, "--platform", "Archive", "--data", data).stderr

    assert "0 recorded, 50 known already, 0 refused" in said
    assert (data / "log" / "checkpoint").read_bytes() == before


def test_import_works_while_the_node_runs(served, tmp_path):
    run("platform", "add", "Imported", "--data", served.data)

    said = run(
        "import", here(tmp_path, HEAD50), "--platform", "Imported", "--data", served.data
    ).stderr

    assert "50 recorded" in said
    assert served.http.get("/health").json()["published"] >= 50


def test_json_lines_are_imported_and_their_faults_named(data, tmp_path):
    file = tmp_path / "mine.jsonl"
    rows = [statement("a"), statement("b", category="X"), "no object", statement("c")]
    file.write_text("\n".join(json.dumps(row) for row in rows) + "\nnot json\n")

    said = run("import", file, "--platform", "Archive", "--data", data).stderr

    assert "2 recorded, 0 known already, 3 refused" in said
    places = [row["place"] for row in lines(tmp_path / "mine.jsonl.refused.jsonl")]
    assert places == ["mine.jsonl:2", "mine.jsonl:3", "mine.jsonl:5"]


def test_an_import_corrects_what_is_on_the_record_and_what_stands_further_up(data, tmp_path):
    """Also twice in a row; a second correction of the same, and an unknown name, are refused."""
    token = ("--platform", "Archive", "--data", data)
    (tmp_path / "old.jsonl").write_text(json.dumps(statement("old")) + "\n")
    run("import", tmp_path / "old.jsonl", *token)
    rows = [
        statement("first", corrects="old"),
        statement("plain"),
        statement("second", corrects="first"),
        statement("late", corrects="old"),
        statement("lost", corrects="nowhere"),
        statement("odd", corrects=7),
    ]
    file = tmp_path / "new.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))

    done = run("import", file, "--json", *token)

    assert "3 recorded, 0 known already, 3 refused" in done.stderr
    refused = lines(tmp_path / "new.jsonl.refused.jsonl")
    assert [row["place"] for row in refused] == [f"new.jsonl:{n}" for n in (4, 5, 6)]
    assert {finding["attribute"] for row in refused for finding in row["findings"]} == {"corrects"}
    first, _, second = [UUID(json.loads(line)["uuid"]) for line in done.stdout.splitlines()]
    journal = Journal(data / "journal.db")
    assert casework.read(journal, first).case.corrected_by == str(second)
    assert casework.read(journal, second).case.corrects == str(first)
    journal.close()
    assert "0 recorded, 3 known" in run("import", file, *token).stderr


def test_an_import_names_its_entries_of_the_log_and_they_are_a_group_at_the_desk(served, tmp_path):
    """What another sent in between is of another platform, and fits no choice of this one's."""
    seat = ("--platform", "Bulk", "--data", served.data)
    served.add_platform("Bulk")
    link = run("reviewer", "add", "Rosa", "rosa@bulk.example", "--lead", *seat).stdout
    rosa = served.enter(link)
    file = tmp_path / "bulk.jsonl"
    found = ["Yes", "No", "Yes"]
    rows = [
        statement(f"bulk-{n}", automated_detection=how, content_language="EN")
        for n, how in enumerate(found)
    ]
    for name in ("before", "bulk"):
        bulk = [row | {"puid": f"{name}-{row['puid']}"} for row in rows]
        file.write_text("".join(json.dumps(row) + "\n" for row in bulk))
        said = run("import", file, *seat).stderr

    [path] = re.findall(r"/desk/groups\?\S+", said)

    assert "3 cases fit this choice" in served.http.get(path, headers=rosa).text
    by_machine = served.http.get(f"{path}&detection=Yes", headers=rosa).text
    assert "2 cases fit this choice" in by_machine


def test_a_receipt_that_does_not_hold_ends_with_1(data, tmp_path):
    run("import", here(tmp_path, HEAD50), "--platform", "Archive", "--data", data)
    vkey = run("log", "vkey", "--data", data).stdout.strip()
    good = run("receipt", "7", "--data", data).stdout
    bad = tmp_path / "bad.tlog-proof"
    bad.write_text(good.replace("index 7", "index 8"))

    done = run("verify", bad, "--vkey", vkey, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith("amparo: ")
    assert "why: " in done.stderr
    assert "fix: " in done.stderr
    piped = subprocess.run(
        [*AMPARO, "verify", "-", "--vkey", vkey],
        input=good,
        text=True,
        capture_output=True,
        check=False,
    )
    assert piped.returncode == 0


def test_verifying_needs_somebody_to_trust(data, tmp_path):
    run("import", here(tmp_path, HEAD50), "--platform", "Archive", "--data", data)
    receipt = tmp_path / "receipt"
    run("receipt", "0", "--data", data, "-o", receipt)
    vkey = run("log", "vkey", "--data", data).stdout.strip()
    policy = tmp_path / "policy"
    policy.write_text(f"log {vkey}\nquorum none\n")

    assert "Say whom you trust" in run("verify", receipt, check=False).stderr
    assert run("verify", receipt, "--policy", policy).returncode == 0
    assert run("verify", receipt, "--policy", policy, "--vkey", vkey).returncode == 0
    policy.write_text("quorum none\n")
    assert run("verify", receipt, "--policy", policy, check=False).returncode == 1


def test_the_token_is_the_last_line_printed(tmp_path):
    done = run("platform", "add", "Foro", "--data", tmp_path / "node")

    assert len(done.stdout.splitlines()[-1]) >= 32
    listed = json.loads(run("platform", "list", "--json", "--data", tmp_path / "node").stdout)
    assert [one["slug"] for one in listed] == ["foro"]
    assert run("platform", "token", "foro", "--data", tmp_path / "node").stdout.strip()


def test_a_platform_that_makes_a_node_says_so(tmp_path):
    """A slip in the folder's name makes a second node: nobody shall do that unawares."""
    first = run("platform", "add", "Foro", "--data", tmp_path / "node")
    second = run("platform", "add", "Archive", "--data", tmp_path / "node")
    slip = run("platform", "add", "Archive", "--data", tmp_path / "nod")

    assert f"Made a new node in {tmp_path / 'node'}: node-" in first.stderr
    assert "new node" not in second.stderr
    assert f"Made a new node in {tmp_path / 'nod'}: node-" in slip.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["receipt", "x"],
        ["log", "vkey"],
        ["log", "check"],
        ["platform", "list"],
        ["import", "nothing.csv", "--platform", "x"],
        ["backup", "somewhere"],
        ["erase", "x", "--yes"],
    ],
)
def test_without_a_node_every_command_says_how_to_make_one(tmp_path, words):
    done = run(*words, "--data", tmp_path / "none", check=False, cwd=tmp_path)

    assert done.returncode == 1
    assert "There is no node" in done.stderr
    assert "amparo serve" in done.stderr
    assert "Traceback" not in done.stderr


def test_mistakes_are_told_without_a_traceback(data, tmp_path):
    nothing = tmp_path / "nothing.csv"
    for words in (
        ["import", nothing, "--platform", "Archive", "--data", data],
        ["import", here(tmp_path, HEAD50), "--platform", "Nobody", "--data", data],
        ["platform", "add", "archive", "--data", data],
        ["platform", "add", " ", "--data", data],
        ["receipt", "99", "--data", data],
        ["log", "audit", tmp_path, "--vkey", "nonsense"],
        ["serve", "--data", data, "--port", "1", "--host", "192.0.2.1"],
        ["serve", "--data", here(tmp_path, HEAD50) / "no folder"],
    ):
        done = run(*words, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith("amparo: ")
        assert "  fix: " in done.stderr


def test_a_damaged_setting_is_named(data):
    (data / "amparo.toml").write_text("origin = \n")

    assert "amparo.toml cannot be read" in run("log", "vkey", "--data", data, check=False).stderr


def test_backup_erase_and_restore_by_hand(data, tmp_path):
    run("import", here(tmp_path, HEAD50), "--platform", "Archive", "--data", data)
    backup = run("backup", tmp_path / "backups", "--data", data).stdout.strip()
    run("erase", "3", "--yes", "--data", data)

    run("restore", backup, "--nothing-later", "--data", tmp_path / "restored")

    assert "(1 erased)" in run("log", "check", "--data", tmp_path / "restored").stdout
    assert "(1 erased)" in run("log", "check", "--data", data).stdout
    usage = run("restore", backup, "--data", tmp_path / "again", check=False)
    assert "--latest" in usage.stderr


def test_a_node_refuses_to_start_where_it_would_fork(data, tmp_path):
    run("import", here(tmp_path, HEAD50), "--platform", "Archive", "--data", data)
    (data / "keys" / "signed").write_text(f"99 {'00' * 32}\n")

    done = run("serve", "--data", data, "--port", "0", check=False)

    assert done.returncode == 1
    assert "would fork this log" in done.stderr
