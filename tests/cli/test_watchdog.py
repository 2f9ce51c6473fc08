"""What systemd hears of a node, on a socket of the kind that it gives to its services."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys

import pytest

SECONDS = 2
"""After how long the watchdog of these tests would bark."""


@pytest.fixture(params=["", "@"], ids=["a path", "an abstract name"])
def heard(request, tmp_path):
    """What arrives at the socket that systemd names; no more after two seconds is None."""
    name = f"@{tmp_path}" if request.param else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(f"\0{tmp_path}" if request.param else name)

        def next_one(within):
            channel.settimeout(within)
            try:
                return channel.recv(1000).decode().split("\n")
            except TimeoutError:
                return None

        next_one.name = name
        yield next_one


@contextlib.contextmanager
def serving(folder, **environment):
    """`amparo serve`, as a unit starts it."""
    command = [sys.executable, "-m", "amparo", "serve", "--data", folder, "--port", "0"]
    command += ["--origin", "log.example/watched"]
    process = subprocess.Popen(
        command,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.communicate(timeout=60)


def test_a_node_says_that_it_is_ready_and_alive_and_one_that_hangs_says_nothing(heard, tmp_path):
    watch = {"NOTIFY_SOCKET": heard.name, "WATCHDOG_USEC": str(SECONDS * 1_000_000)}
    with serving(tmp_path / "node", **watch) as process:
        assert "READY=1" in heard(within=120)
        assert "WATCHDOG=1" in heard(within=120)

        process.send_signal(signal.SIGSTOP)
        while heard(within=0.1):
            pass  # what it said before
        assert heard(within=2 * SECONDS) is None

        process.send_signal(signal.SIGCONT)
        assert "WATCHDOG=1" in heard(within=120)


def test_a_watchdog_that_nobody_hears_holds_nothing_up(tmp_path):
    with serving(tmp_path / "node", NOTIFY_SOCKET=str(tmp_path / "nobody")) as process:
        lines = iter(process.stdout.readline, "")
        assert any(re.match(r"Open http://\S+/", line) for line in lines)
        assert process.poll() is None
