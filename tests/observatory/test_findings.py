"""The findings that ship are those that the detectors find, and belong to the series that ship."""

import subprocess

import msgspec
import pytest

from amparo.errors import Unavailable
from amparo.observatory import findings, queries
from amparo.observatory.findings import Findings


def found_apart(lake):
    done = subprocess.run(findings.command(lake), capture_output=True, check=False, timeout=300)
    return findings.read(done.stdout, done.stderr)


def test_the_shipped_findings_are_what_the_detectors_find_today():
    """After a change of detectors or series: `python tools/findings.py`."""
    assert findings.find(queries.open_engine()) == findings.shipped()


def test_findings_of_other_series_are_refused(tmp_path, monkeypatch):
    other = tmp_path / "findings.json"
    kept = msgspec.json.decode(findings.place().read_bytes())
    other.write_bytes(msgspec.json.encode(kept | {"series": "0" * 64}))
    monkeypatch.setattr(findings, "place", lambda: other)
    findings.shipped.cache_clear()

    with pytest.raises(Unavailable, match="other series"):
        findings.shipped()

    findings.shipped.cache_clear()


def test_a_process_of_its_own_finds_the_same_in_an_empty_lake(tmp_path):
    assert found_apart(tmp_path) == findings.shipped()


def test_a_search_that_fails_says_why(tmp_path):
    (tmp_path / "daily").mkdir()
    (tmp_path / "daily" / "x-2026-01-01.parquet").write_bytes(b"no parquet")

    with pytest.raises(Unavailable, match="could not be looked for"):
        found_apart(tmp_path)


def test_every_rule_is_told_even_without_a_doubt():
    assert all(found == [] for _, found in Findings([], [], {}).by_rule())
