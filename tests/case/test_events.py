"""Events are a closed union: nothing unknown is read, nothing unreadable is written, none forgotten."""

import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

import amparo
from amparo.case import events, machines, notify
from amparo.errors import Missing, Unavailable, Unsound
from amparo.ledger.case import casework
from amparo.ledger.log.notarise import remark

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
READERS = {
    "case/state.py",
    "case/notify.py",
    "case/clocks.py",
    "web/words/history.py",
    "case/figures.py",
    "web/words/letters.py",
}


FORGOTTEN = '''

class CaseForgotten(Happened, frozen=True, tag="case.forgotten"):
    """It is in the union and nowhere else."""


Event = (
    CaseForgotten |
'''


def sealed(**said):
    return json.dumps({"by": "node", "case": "c", "n": 2, **said}).encode()


def test_an_event_is_read_as_it_was_written():
    asked = events.CaseFactAsked(NOW, "member:a", of="party", question="When?", member="a")

    read = events.read(sealed(kind=asked.kind, **events.fields(asked) | {"by": "member:a"}), NOW)

    assert read == asked


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"kind": "case.forgotten"}, "case.forgotten"),
        ({"kind": "hold.sent", "urgent": True}, "hold.sent"),
        ({"kind": "complaint.decided", "outcome": "upheld"}, "complaint.decided"),
        ({"kind": "complaint.withdrawn", "by": None}, "complaint.withdrawn"),
        ({}, "None"),
    ],
)
def test_what_a_newer_version_wrote_is_refused_with_a_way_out_and_never_ignored(said, why):
    with pytest.raises(Unsound, match="cannot read") as refused:
        events.read(sealed(**said), NOW)

    assert why in refused.value.why
    assert "newer" in refused.value.fix
    assert "`$.event" in str(refused.value.__cause__), "for whoever mends it"


def test_every_event_moves_one_machine_or_is_known_to_move_none():
    moving = [kind for kinds in machines.MACHINES.values() for kind in kinds]

    assert len(moving) == len(set(moving))
    assert set(moving) ^ machines.ASIDE == events.kinds()


def test_an_event_that_could_not_be_read_again_is_never_written(journal, keep):
    """A step cannot lock a case for ever by a value that its own type does not allow."""
    [decision] = keep(1)
    before = journal.size()
    wrong = events.DecisionUndelivered(casework.now(), "node", reason="lost interest")

    with pytest.raises(Unsound, match="cannot read"):
        casework.act(journal, UUID(decision.case), lambda _: [wrong])

    assert journal.size() == before


def test_an_entry_of_no_case_is_none(node, journal):
    """The digest of a public file is an entry of its own: it is not taken for a broken case."""
    entry = journal.event(remark(node, "dump.seen", {"name": "x.zip"}))

    with pytest.raises(Missing, match="no such case"):
        casework.read(journal, entry.case)


def test_a_notice_that_a_newer_version_queued_waits_for_it():
    """`Unavailable` is tried again; `Refused` would end it for good."""
    with pytest.raises(Unavailable, match="cannot be written"):
        notify.to_people("forgotten")


def test_whoever_adds_an_event_a_clock_or_a_notice_is_shown_every_reader_by_the_type_checker(
    tmp_path,
):
    """One of each is added to a copy, and nothing else: mypy names each place that forgot it."""
    source = Path(amparo.__file__).parent
    copy = tmp_path / "src" / "amparo"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("*.pyc", "static", "locales"))
    added(copy / "case/events.py", "\nEvent = (\n", FORGOTTEN)
    added(copy / "case/clocks.py", "\nName = Literal[\n", '\nName = Literal[\n    "forgotten",\n')
    added(
        copy / "case/notify.py",
        "\nToPeople = Literal[\n",
        '\nToPeople = Literal[\n    "forgotten",\n',
    )
    (tmp_path / "mypy.ini").write_text(
        "[mypy]\nmypy_path = src\n[mypy-amparo.*]\nfollow_imports = skip\n"
    )
    files = [*sorted(READERS), "case/events.py", "case/worksheet.py", "errors.py"]

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--no-incremental",
            *(f"src/amparo/{name}" for name in files),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    forgot = re.findall(
        r'^src/amparo/(\S+):\d+: error: Argument 1 to "assert_never"', done.stdout, re.MULTILINE
    )
    assert set(forgot) == READERS, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == len(READERS) + 1, done.stdout  # nothing else is wrong


def added(path, anchor, text):
    before = path.read_text()
    assert before.count(anchor) == 1
    path.write_text(before.replace(anchor, text))
