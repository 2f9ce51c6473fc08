"""A yearly report with complaints of another tool: one answer left out, stopped, signed, recounted."""

from datetime import UTC, datetime

import pytest
from tests.conftest import run
from tests.report.conftest import filled_in

from amparo.ledger.log.publish import Publisher

YEAR = datetime.now(UTC).year - 1
EXPORT = f"""\
Ticket,Created,Closed,Resolution
T-1,{YEAR}-03-01,{YEAR}-03-03,Restored
T-2,{YEAR}-05-01,{YEAR}-05-02,Kept
T-3,{YEAR}-06-01,{YEAR}-06-02,Escalated
"""
MAPPING = """
[columns]
id = "Ticket"
submitted = "Created"
decided = "Closed"
outcome = "Resolution"
[words.outcome]
Kept = "upheld"
Restored = "reversed"
[always]
about = "removal"
"""


@pytest.fixture
def desk(node, journal, keep, tmp_path):
    keep(3, application_date=f"{YEAR}-03-01", content_date=f"{YEAR}-02-01")
    Publisher(node, journal).beat()
    text = filled_in("foro", "Foro", published=f"{YEAR + 1}-01-20", previous=f"{YEAR}-02-01")
    text = text.replace('complaints = "none"', 'complaints = ""')
    text = text.replace('disputes = "none"', 'disputes = ""')
    for name, body in (("a.toml", text), ("export.csv", EXPORT), ("tool.toml", MAPPING)):
        (tmp_path / name).write_text(body)
    return tmp_path


def test_a_compliance_officer_is_stopped_mends_signs_and_an_outsider_recounts(node, journal, desk):
    answers, mapping, data = desk / "a.toml", desk / "tool.toml", ("--data", node.folder)

    def take_in():
        words = ("--mapping", mapping, "--answers", answers)
        return run("report", "import", "complaints", desk / "export.csv", *words, check=False)

    def write(name):
        words = ("--year", YEAR, "--answers", answers, "--output", desk / name)
        return run("report", "write", *words, *data, check=False)

    def sign(name):
        signed = ("--signed-by", "Ana Pérez, compliance officer")
        return run("report", "publish", desk / name, *signed, *data, check=False)

    # One word of the other tool is not explained: its row is named, and taken once it is.
    assert "line 4: Resolution: no word of ours for 'Escalated'" in take_in().stderr
    mapping.write_text(MAPPING.replace("[always]", 'Escalated = "omitted"\n[always]'))
    assert "1 complaints added, 0 brought up to date, 2 known already" in take_in().stdout

    # Nobody has said whether there were disputes: the draft says so, and cannot be signed.
    size = journal.size()
    assert "the disputes before other bodies" in write("draft").stdout
    assert "the disputes before other bodies" in sign("draft").stderr
    assert (journal.size(), node.reports.exists()) == (size, False)

    answers.write_text(answers.read_text().replace('disputes = ""', 'disputes = "none"'))
    assert write("v1").returncode == 0
    done = sign("v1")
    assert "signed by Ana Pérez, compliance officer; entry " in done.stdout
    assert sign("v1").stdout.startswith("Published before")

    # Anyone: the published files are clean, and the log gives the same figures.
    Publisher(node, journal).beat()
    [archive] = node.reports.rglob("report.zip")
    assert run("report", "lint", archive, "--tier", "online_platform").returncode == 0
    words = ("--log", node.log, "--vkey", node.signer().verifier.vkey, "--platform", "foro")
    recounted = run("report", "recount", archive, *words)
    assert "cells agree" in recounted.stdout
