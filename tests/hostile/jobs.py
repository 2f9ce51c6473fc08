"""A worker whose jobs are as bad as a parser can be: `python -m tests.hostile.jobs`."""

import contextlib
import os
import resource
import signal
import socket
from pathlib import Path

from amparo.web.http import confined


def memory(_):
    return bytes(bytearray(1 << 40)[:1])


def crawl(_):
    """Memory bit by bit, as a parser takes it."""
    held = []
    while True:
        held.append(bytearray(1 << 20))


def abort(_):
    os.abort()


def forever(_):
    while True:
        pass


def sleep(_):
    signal.pause()


def leave(_):
    os._exit(0)


def garbage(_):
    os.write(1, b"\xff" * 4096)
    return b""


def long(_):
    return bytes(1 << 20)


def mistake(_):
    raise KeyError("x")


def reach(_):
    """What a parser that was taken over gets hold of, by name."""
    found = []
    for name, attempt in {
        "a file": Path("/etc/hostname").read_bytes,
        "a new file": lambda: Path("/tmp/amparo-was-here").write_text("x"),
        "a socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        "a pipe": os.pipe,
        "more files": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10)),
    }.items():
        with contextlib.suppress(OSError, ValueError):
            attempt()
            found.append(name)
    return repr(found).encode()


def environment(_):
    return repr(sorted(os.environ)).encode()


def echo(body):
    return body


JOBS = (
    *(memory, crawl, abort, forever, sleep, leave, garbage, long, mistake, reach, environment),
    echo,
)

if __name__ == "__main__":
    confined.serve({job.__name__: job for job in JOBS}, lambda: None)
