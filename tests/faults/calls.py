"""Faults at system calls: strace says which calls a run makes, and makes one of them fail."""

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.faults.subject import MARK

ROOT = Path(__file__).parents[2]
_CALL = re.compile(r"\d+ +(\w+)\(")
_MEMORY = {"brk", "mmap", "munmap", "mprotect", "madvise", "futex", "exit_group", "access"}
WRITING = {
    "openat",
    "pwrite64",
    "write",
    "fsync",
    "fdatasync",
    "rename",
    "ftruncate",
    "unlink",
    "mkdir",
    "rmdir",
    "unlinkat",
}


class Call(NamedTuple):
    """The nth call of its name since the process began."""

    name: str
    nth: int


class Ran(NamedTuple):
    """What a run under a fault said, and whether the fault came to pass."""

    said: list[list[str]]
    code: int
    happened: bool
    errors: str


SUBJECT = "tests.faults.subject"


def calls(folder, *commits, subject=SUBJECT):
    """Every call that a run makes from its mark on, but those for memory and threads."""
    trace = folder.with_name("trace")
    _strace(trace, [], subject, folder, commits)
    seen, found, begun = {}, [], False
    for line in trace.read_text().splitlines():
        match = _CALL.match(line)
        if not match:
            continue
        begun = begun or MARK in line
        name = match[1]
        seen[name] = seen.get(name, 0) + 1
        if begun and name not in _MEMORY:
            found.append(Call(name, seen[name]))
    return found


def run(folder, call, what, *commits, subject=SUBJECT):
    """Run with a fault at one call: `what` as in strace's inject, signal=KILL or error=EIO."""
    trace = folder.with_name("trace")
    fault = ["-e", f"trace={call.name}", "-e", f"inject={call.name}:{what}:when={call.nth}"]
    if what.startswith("error="):  # it stops at these alone, which it cannot do to send a signal
        fault.append("--seccomp-bpf")
    done = _strace(trace, fault, subject, folder, commits)
    happened = "INJECTED" in trace.read_text() or done.returncode in (-9, 137)
    said = [line.split(" ") for line in done.stdout.splitlines()]
    return Ran(said, done.returncode, happened, done.stderr)


def _strace(trace, fault, subject, folder, commits):
    words = [sys.executable, "-m", subject, str(folder), *map(str, commits)]
    return subprocess.run(
        ["strace", "-f", "-o", str(trace), *fault, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
