"""The examples for continuous integration, as the manual has them: their own commands are run."""

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from tests.report.conftest import as_files, given

from amparo.report import write

PAGE = Path(__file__).parents[2] / "docs" / "report.md"
SECTION = re.search(r"### In continuous integration\n(.*?)\n### ", PAGE.read_text(), re.DOTALL)[1]
FILES = [
    yaml.safe_load(textwrap.dedent(block))
    for block in re.findall(r"(?:^ {4}.*\n|^\n(?= {4}))+", SECTION, re.MULTILINE)
]
GITHUB, GITLAB = (
    [step["run"] for step in FILES[0]["jobs"]["report"]["steps"] if "run" in step],
    FILES[1]["report"]["script"],
)


@pytest.fixture
def repository(tmp_path):
    """A checkout with a report in it, and the program as `pip install` leaves it on the path."""
    for name, body in as_files(write.write(given())).items():
        path = tmp_path / "transparency" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(body)
    return tmp_path


def run(commands, repository):
    """Each as a forge's runner does: by bash, which stops at the first that fails."""
    [install, *others] = commands
    assert install == 'pip install "$AMPARO"'  # tests/test_wheel.py does that
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", "\n".join(others)],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def spoil(repository, old, new):
    path = repository / "transparency" / "3_member_states_orders.csv"
    path.write_bytes(path.read_bytes().replace(old, new))


@pytest.mark.parametrize("commands", [GITHUB, GITLAB], ids=["github", "gitlab"])
def test_a_good_report_passes(commands, repository):
    done = run(commands, repository)

    assert done.returncode == 0, done.stderr


def test_an_error_fails_and_still_leaves_notes_for_the_lines(repository):
    spoil(repository, b"KEYWORD_HATE_SPEECH", b"KEYWORD_OURS")

    assert run(GITHUB, repository).returncode == 1
    [notes] = json.loads((repository / "lint.sarif").read_text())["runs"]
    for result in notes["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert (repository / unquote(place["artifactLocation"]["uri"])).is_file()
        assert place["region"]["startLine"] >= 1
    assert "V-OTHER" in {result["ruleId"] for result in notes["results"]}


def test_a_warning_fails_where_it_is_strict(repository):
    spoil(repository, b",EL,", b",GR,")

    assert run(GITHUB, repository).returncode == 0
    assert run(GITLAB, repository).returncode == 1


def test_a_name_with_blanks_is_a_good_address_in_the_notes(repository):
    folder = repository / "transparency"
    old = folder / "3_member_states_orders.csv"
    old.rename(folder / "3_member states orders.csv")
    spoiled = folder / "3_member states orders.csv"
    spoiled.write_bytes(spoiled.read_bytes().replace(b",EL,", b",GR,"))
    run(GITHUB, repository)

    assert "transparency/3_member%20states%20orders.csv" in (repository / "lint.sarif").read_text()
