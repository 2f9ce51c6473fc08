"""Faults at the calls of a command, in a fork of the process that tests: nothing need be loaded.

As `calls` does it for a process of its own. The fork stops before its first call, strace takes hold
of it, and then it goes on.
"""

import os
import re
import signal
import subprocess
import traceback
from typing import NamedTuple

from tests.faults.calls import Call
from tests.faults.subject import Inline

from amparo.cli.main import main as amparo
from amparo.storage import durable

_CALL = re.compile(r"\d+ +(\w+)\(")


class Ended(NamedTuple):
    """How a command ended under a fault, and whether the fault came to pass."""

    happened: bool
    errors: str


def calls(folder, words, kinds):
    """Every call of these kinds that a command makes, in order; `folder` is for what is written."""
    _strace(folder, words, ["-e", f"trace={','.join(sorted(kinds))}"])
    seen, found = {}, []
    for line in (folder / "trace").read_text().splitlines():
        if match := _CALL.match(line):
            seen[match[1]] = seen.get(match[1], 0) + 1
            found.append(Call(match[1], seen[match[1]]))
    return found


def run(folder, words, call, what):
    """Run a command with a fault at one call: `what` as in strace's inject."""
    fault = ["-e", f"trace={call.name}", "-e", f"inject={call.name}:{what}:when={call.nth}"]
    _strace(folder, words, fault)
    trace = (folder / "trace").read_text()
    happened = any(sign in trace for sign in ("INJECTED", "--- SIGTERM", "killed by SIGKILL"))
    return Ended(happened, (folder / "errors").read_text())


def _strace(folder, words, options):
    """Run `amparo WORDS...` in a fork under strace."""
    child = os.fork()
    if child == 0:
        _be(folder, words)
    _, status = os.waitpid(child, os.WUNTRACED)
    assert os.WIFSTOPPED(status), (status, (folder / "errors").read_text())
    tracer = subprocess.Popen(
        ["strace", "-f", "-o", str(folder / "trace"), *options, "-p", str(child)],
        stderr=subprocess.PIPE,
        text=True,
    )
    attached = tracer.stderr.readline()
    assert "attached" in attached, attached
    os.kill(child, signal.SIGCONT)
    os.waitpid(child, 0)
    tracer.communicate(timeout=60)


def _be(folder, words):
    code = 70
    durable.ThreadPoolExecutor = Inline  # strace counts the calls of each thread by themselves
    try:
        for number, name in ((1, "said"), (2, "errors")):
            os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT, 0o600), number)
        os.kill(os.getpid(), signal.SIGSTOP)
        amparo([str(word) for word in words])
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)
