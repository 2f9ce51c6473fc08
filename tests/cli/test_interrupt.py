"""Ctrl-C: it reaches every process of a terminal's foreground group, and is no failure of a server.

Whoever sees Amparo for the first time ends it so.
"""

# SPDX-License-Identifier: Apache-2.0

import os
import signal
import subprocess

import pytest
from tests.conftest import AMPARO

from amparo.demo import play
from amparo.errors import Unavailable
from amparo.storage.durable import locked


def begun(*words):
    """A command in a process group of its own, as a shell begins it."""
    return subprocess.Popen(
        [*AMPARO, *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def interrupted(process):
    """Its exit status and what it said, after Ctrl-C in its terminal."""
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors


@pytest.mark.parametrize("words", [(), ("--demo",), ("--processes", "2")])
def test_a_node_ends_at_ctrl_c_without_a_word(tmp_path, words):
    node = begun("serve", "--data", tmp_path / "node", "--port", 0, *words)
    while not node.stdout.readline().startswith("Open http://"):
        assert node.poll() is None

    status, errors = interrupted(node)

    assert status == 0, errors
    assert "Traceback" not in errors
    assert "Aborted" not in errors


def test_a_witness_ends_at_ctrl_c_without_a_word(tmp_path):
    subprocess.run(
        [*AMPARO, "witness", "make", "w.example", "--data", tmp_path / "w"],
        check=True,
        capture_output=True,
    )
    words = ("--port", 0, "--data", tmp_path / "w", "--mark", tmp_path / "mark")
    witness = begun("witness", "run", *words)
    assert witness.stdout.readline().startswith("Open http://")

    assert interrupted(witness) == (0, "")


def test_a_command_that_is_interrupted_says_so_in_three_lines(tmp_path):
    os.mkfifo(tmp_path / "receipt")
    command = begun("verify", tmp_path / "receipt", "--vkey", "log.example+00000000+AA")
    with (tmp_path / "receipt").open("w"):  # opens when the command has: it reads, and waits
        status, errors = interrupted(command)

    assert status == 128 + signal.SIGINT
    assert errors.startswith("amparo: Stopped before it was done.\n  why: ")


def test_a_demonstration_that_is_being_played_is_not_played_by_a_second_start(tmp_path):
    (tmp_path / ".demo.new").mkdir()
    with (
        locked(tmp_path / ".demo.new"),
        pytest.raises(Unavailable, match="Another process is running this play"),
    ):
        play.node_in(
            tmp_path / "demo",
            log_url="http://127.0.0.1:1/log",
            witness_url="http://127.0.0.1:1",
            tell=lambda _: None,
        )
    assert not (tmp_path / "demo").exists()


def test_what_an_interrupted_play_has_left_is_made_anew(tmp_path):
    left = tmp_path / ".demo.new"
    (left / "keys").mkdir(parents=True)
    (left / "keys" / "half").write_text("half made")
    play._clear(left)
    assert list(left.iterdir()) == []
