"""The inside of a worker process: it takes one job after another, and can open nothing.

Once its modules are loaded it gives up everything that it does not need: no further file or socket
may be opened (a limit of no descriptors at all), no process begun, no file written, and no core
left behind. Memory and processor time are bounded for each job. This is a wall against parsers that
ask for too much or abort, and it keeps a parser that was taken over away from disk and network; it
is no sandbox against a kernel's own faults.

A frame is a length of four bytes, big-endian, and so many bytes of MessagePack. The end of input
ends the worker, so none outlives the process that began it by more than its job.
"""

# SPDX-License-Identifier: Apache-2.0

import os
import resource
import struct
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from amparo.errors import AmparoError

HEAD = struct.Struct(">I")
MOST_JOBS = 200
"""A worker is replaced after so many: whatever a library may leak stays small."""
_NICE = 10  # people who ask for pages go first


class Limits(msgspec.Struct, frozen=True):
    """What one job may cost."""

    memory_bytes: int
    """Beyond what the worker has when it begins."""
    cpu_seconds: int
    wall_seconds: float
    answer_bytes: int


class Request(msgspec.Struct, frozen=True, array_like=True):
    """A job."""

    job: str
    body: bytes


class Reply(msgspec.Struct, frozen=True, array_like=True):
    """What became of it."""

    kind: Literal["done", "refused", "memory", "fault"]
    body: bytes = b""
    error: str = ""
    """Which kind of `errors` it was."""
    what: str = ""
    why: str = ""
    fix: str = ""
    is_last: bool = False
    """Whether the worker ends with it."""


Job = Callable[[bytes], bytes]


def serve(jobs: Mapping[str, Job], warm: Callable[[], None]) -> None:
    """Be a worker until the input ends. `warm` loads whatever the jobs load only when asked."""
    limits = msgspec.json.decode(sys.argv[1], type=Limits)
    warm()
    memory = _confine(limits)
    for number in range(1, MOST_JOBS + 1):
        request = _read()
        if request is None:
            return
        _set(resource.RLIMIT_CPU, int(time.process_time()) + 1 + limits.cpu_seconds)
        reply = _reply(jobs, request)
        is_last = number == MOST_JOBS or reply.kind in ("memory", "fault") or _has_grown(memory)
        _write(msgspec.structs.replace(reply, is_last=is_last))
        if is_last:
            return


def _confine(limits: Limits) -> int:
    """Give up what no job needs; the most memory that was used until now, in kilobytes."""
    os.nice(_NICE)
    with suppress(OSError):  # where memory runs out, the kernel ends a worker and not the node
        Path("/proc/self/oom_score_adj").write_text("1000")
    with suppress(OSError):  # Linux alone says how much address space there is already
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        _set(resource.RLIMIT_AS, pages * resource.getpagesize() + limits.memory_bytes)
    for what in ("RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_NPROC", "RLIMIT_NOFILE"):
        if hasattr(resource, what):
            _set(getattr(resource, what), 0, hard=0)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _set(what: int, most: int, hard: int | None = None) -> None:
    before = resource.getrlimit(what)[1]
    hard = before if hard is None else hard
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _has_grown(memory: int) -> bool:
    """Whether a job needed so much memory that it is better given back."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 2 * memory


def _reply(jobs: Mapping[str, Job], raw: bytes) -> Reply:
    try:
        request = msgspec.msgpack.decode(raw, type=Request)
        return Reply("done", jobs[request.job](request.body))
    except AmparoError as error:
        return Reply("refused", b"", type(error).__name__, error.what, error.why, error.fix)
    except MemoryError:
        return Reply("memory")
    except Exception as error:  # noqa: BLE001 - told to the node, which raises it
        return Reply("fault", what=type(error).__name__, why=traceback.format_exc(limit=-20)[:8000])


def _read() -> bytes | None:
    head = _exactly(HEAD.size)
    return None if head is None else _exactly(HEAD.unpack(head)[0])


def _exactly(size: int) -> bytes | None:
    whole = bytearray()
    while len(whole) < size:
        piece = os.read(0, min(size - len(whole), 1 << 20))
        if not piece:
            return None
        whole += piece
    return bytes(whole)


def _write(reply: Reply) -> None:
    left = memoryview(msgspec.msgpack.encode(reply))
    left = memoryview(HEAD.pack(len(left)) + left)
    while left:
        left = left[os.write(1, left) :]
