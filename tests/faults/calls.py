"""Faults at system calls: strace says which calls a run makes, and makes one of them fail.

What runs is a fork of the process that tests, so that nothing need be loaded. It stops before its
first call, strace takes hold of it, and then it goes on.
"""

import os
import re
import signal
import subprocess
import traceback
from typing import NamedTuple

from tests.faults.subject import Inline

from amparo.cli.main import main as amparo
from amparo.storage import durable

_CALL = re.compile(r"\d+ +(\w+)\(")
_MEMORY = {"brk", "mmap", "munmap", "mprotect", "madvise", "futex", "exit_group", "access"}
_HAPPENED = ("INJECTED", "--- SIGTERM", "killed by SIGKILL")
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
    """The nth call of its name since the run began."""

    name: str
    nth: int


class Ran(NamedTuple):
    """What a run under a fault said, and whether the fault came to pass."""

    said: list[list[str]]
    happened: bool
    errors: str


def command(*words):
    """What a run does: `amparo WORDS...`."""
    return lambda: amparo([str(word) for word in words])


def calls(notes, action, kinds=()):
    """Every call that a run makes, of these kinds or all but those for memory and threads."""
    _strace(notes, action, ["-e", f"trace={','.join(sorted(kinds))}"] if kinds else [])
    seen, found = {}, []
    for line in (notes / "trace").read_text().splitlines():
        match = _CALL.match(line)
        if match and match[1] not in _MEMORY:
            seen[match[1]] = seen.get(match[1], 0) + 1
            found.append(Call(match[1], seen[match[1]]))
    return found


def run(notes, action, call, what):
    """Run with a fault at one call: `what` as in strace's inject, signal=KILL or error=EIO."""
    fault = ["-e", f"trace={call.name}", "-e", f"inject={call.name}:{what}:when={call.nth}"]
    _strace(notes, action, fault)
    trace = (notes / "trace").read_text()
    said = [line.split(" ") for line in (notes / "said").read_text().splitlines()]
    happened = any(sign in trace for sign in _HAPPENED)
    return Ran(said, happened, (notes / "errors").read_text())


def _strace(notes, action, options):
    """Let a fork do something under strace; `notes` is a folder for what both write."""
    notes.mkdir(exist_ok=True)
    child = os.fork()
    if child == 0:
        _be(notes, action)
    _, status = os.waitpid(child, os.WUNTRACED)
    assert os.WIFSTOPPED(status), (status, (notes / "errors").read_text())
    tracer = subprocess.Popen(
        ["strace", "-f", "-o", str(notes / "trace"), *options, "-p", str(child)],
        stderr=subprocess.PIPE,
        text=True,
    )
    attached = tracer.stderr.readline()
    assert "attached" in attached, attached
    os.kill(child, signal.SIGCONT)
    os.waitpid(child, 0)
    tracer.communicate(timeout=60)


def _be(notes, action):
    code = 70
    durable.ThreadPoolExecutor = Inline  # strace counts the calls of each thread by themselves
    try:
        for number, name in ((1, "said"), (2, "errors")):
            file = os.open(notes / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(file, number)
            os.close(file)
        os.kill(os.getpid(), signal.SIGSTOP)
        code = action() or 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)
