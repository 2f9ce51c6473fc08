"""The published files, as an independent reader with the standard library alone reads them, and we."""

import json
import subprocess
import sys

import jsonschema
import msgspec
import pytest
from tests.casefiles import VECTORS
from tests.conftest import run
from tools import schemas

from amparo.errors import Denied, Unsound
from amparo.ledger.case import case_file, outcomes
from amparo.tlog import policy
from amparo.tlog.note import Ed25519Verifier

VKEY = (VECTORS / "log.vkey").read_text().strip()
EXPECTED = json.loads((VECTORS / "expected.json").read_text())
HOLD = [name for name, found in EXPECTED.items() if "entries" in found]


def independent(name):
    reader = [sys.executable, "-I", "-S", str(VECTORS / "reader.py")]
    file = VECTORS / f"{name}.case.zip"
    return subprocess.run([*reader, str(file), VKEY], capture_output=True, text=True, check=False)


def test_every_published_file_has_an_expectation():
    assert {path.name.removesuffix(".case.zip") for path in VECTORS.glob("*.case.zip")} == set(
        EXPECTED
    )


@pytest.mark.parametrize("name", HOLD)
def test_an_independent_reader_finds_in_a_file_what_is_expected(name):
    done = independent(name)

    assert json.loads(done.stdout) == EXPECTED[name]


@pytest.mark.parametrize("name", HOLD)
def test_we_find_the_same(name):
    file = case_file.read((VECTORS / f"{name}.case.zip").read_bytes())
    verdict = case_file.verify(file, policy.of_log(VKEY))

    assert {
        "case": verdict.index.case,
        "entries": {
            str(one.entry.n): "proven" if one.is_proven else "claimed" for one in verdict.entries
        },
        "evidence": ["proven" if one.since else "claimed" for one in verdict.evidence],
    } == EXPECTED[name]


@pytest.mark.parametrize("name", sorted(EXPECTED.keys() - set(HOLD)))
def test_both_refuse_a_file_that_was_altered(name):
    done = independent(name)
    file = case_file.read((VECTORS / f"{name}.case.zip").read_bytes())

    assert done.returncode == 1
    assert EXPECTED[name]["refused"] in done.stderr
    with pytest.raises(Unsound):
        case_file.verify(file, policy.of_log(VKEY))


def test_an_independent_reader_reads_the_outcome_that_we_read():
    raw = (VECTORS / "answer.outcome").read_bytes()
    body = Ed25519Verifier.from_vkey((VECTORS / "body.vkey").read_text().strip())

    done = of_body("answer")

    outcome, _ = outcomes.read(raw, [body])
    assert msgspec.convert(json.loads(done.stdout), outcomes.Outcome) == outcome
    schema = json.loads((schemas.PLACE / "case-file" / "outcome-v1.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(json.loads(done.stdout))


def test_both_refuse_an_outcome_that_its_body_did_not_sign():
    body = Ed25519Verifier.from_vkey((VECTORS / "body.vkey").read_text().strip())

    done = of_body("forged")

    assert done.returncode == 1
    assert "the body has not signed it" in done.stderr
    with pytest.raises(Denied):
        outcomes.read((VECTORS / "forged.outcome").read_bytes(), [body])


def of_body(name):
    vkey = (VECTORS / "body.vkey").read_text().strip()
    words = [VECTORS / f"{name}.outcome", vkey, VECTORS / "whole.case.zip"]
    reader = [sys.executable, "-I", "-S", str(VECTORS / "reader.py"), *map(str, words)]
    return subprocess.run(reader, capture_output=True, text=True, check=False)


def test_the_command_line_says_what_is_proven_and_what_only_claimed():
    done = run("verify", VECTORS / "with-a-claim.case.zip", "--vkey", VKEY)

    assert "decision.issued: what stands in the log in the open is proven; its texts are" in (
        done.stdout
    )
    assert "complaint.decided: proven; kept back: by, reviewer" in done.stdout
    assert "its hash is in the log since 2026-11-02T09:00:00Z" in done.stdout
    assert "taken out: 1.decision_facts" in done.stdout


def test_the_command_line_refuses_an_altered_file_and_says_where():
    done = run("verify", VECTORS / "altered.case.zip", "--vkey", VKEY, check=False)

    assert done.returncode == 1
    assert "The index says something else than the log." in done.stderr
    assert "entry 10: a field" in done.stderr


def test_taking_out_by_the_command_line_leaves_a_file_that_holds(tmp_path):
    less = tmp_path / "less.zip"
    run("case", "redact", VECTORS / "whole.case.zip", "--field", "grounds", "--file", 1, "-o", less)

    told = json.loads(run("verify", less, "--vkey", VKEY, "--json").stdout)

    assert all(entry["proof"] == "proven" for entry in told["entries"])
    assert told["taken out"] == "3.grounds, evidence/001-my_post_with_its_context.png"
    assert "not in this file (redacted)" in told["files"][0]["proof"]
