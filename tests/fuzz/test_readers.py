"""A bounded run of every fuzzer, the same inputs each time; `make fuzz` draws a million others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.fuzz.targets import TARGETS

RUNS = os.environ.get("AMPARO_FUZZ_RUNS")
SEED = os.environ.get("AMPARO_FUZZ_SEED", "7")
BOUNDED = {
    "report_csv": 200,
    "report_sheet": 500,
    "dump_stream": 300,
}  # a whole report is judged, or made


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_is_read_is_read_or_refused_with_a_reason(name):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.fuzz.run",
            name,
            "--runs",
            RUNS or str(BOUNDED.get(name, 2000)),
            "--seed",
            SEED,
        ],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:] + done.stdout[-4000:]
    assert "Done " in done.stderr


def test_a_reader_that_fails_is_found(tmp_path):
    """The fuzzer itself must be able to fail: a reader that breaks on one byte in a million."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "import sys, atheris; sys.argv = ['x', '-atheris_runs=200000', '-seed=1']\n"
                "@atheris.instrument_func\n"
                "def one(data):\n"
                "    if data[:1] == b'a' and data[1:2] == b'm' and data[2:3] == b'p': raise KeyError\n"
                "atheris.Setup(sys.argv, one); atheris.Fuzz()"
            ),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "KeyError" in done.stderr + done.stdout
