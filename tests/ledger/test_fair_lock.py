"""Turns at a file: one at a time, and whoever waits is served in the order of coming."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from amparo.storage.fair_lock import Line, Turns, turns


def test_who_asks_seldom_is_served_before_who_asks_again_and_again():
    one, order, stop = Turns(), [], threading.Event()

    def greedy():
        while not stop.is_set():
            with one.turn():
                order.append("greedy")
                time.sleep(0.002)

    thread = threading.Thread(target=greedy)
    thread.start()
    between = []
    for _ in range(20):
        time.sleep(0.005)
        before = len(order)
        with one.turn():
            between.append(len(order) - before)
    stop.set()
    thread.join()

    assert max(between) <= 2  # the one under way, and at most one that had come before


def test_only_one_is_inside_and_an_error_hands_the_turn_on():
    one, inside, most = Turns(), [], []

    def work(number):
        for _ in range(50):
            with suppress(ValueError), one.turn():
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)
                if number == 0:
                    raise ValueError

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most) == 1
    assert len(most) == 300


def test_a_file_has_the_same_turns_however_it_is_named(tmp_path):
    (tmp_path / "a").mkdir()
    assert turns(tmp_path / "a" / ".." / "journal.db") is turns(tmp_path / "journal.db")
    assert turns(tmp_path / "other.db") is not turns(tmp_path / "journal.db")


INSIDE = """
import sys, time
from pathlib import Path
from amparo.storage.fair_lock import Line
line = Line(Path(sys.argv[1]))
while True:
    line.enter()
    print("inside", flush=True)
    time.sleep(float(sys.argv[2]))
    line.leave()
"""


@contextmanager
def other(path, seconds):
    """Another process that goes in again and again, and is inside just now."""
    words = [sys.executable, "-c", INSIDE, str(path), str(seconds)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "inside\n"
        yield process
        process.kill()


def test_another_process_waits_until_the_one_inside_has_died(tmp_path):
    line, waited = Line(tmp_path / "journal.db"), []
    with other(tmp_path / "journal.db", 600) as first:

        def enter():
            line.enter()
            waited.append(first.wait())

        thread = threading.Thread(target=enter)
        thread.start()
        time.sleep(0.2)
        assert thread.is_alive()
        first.kill()
        thread.join()

    assert waited == [-signal.SIGKILL]
    line.leave()


def test_a_greedy_process_stands_behind_the_one_that_waits(tmp_path):
    """Without a line it would be luck to come in at all: it leaves for an instant only."""
    line, times = Line(tmp_path / "journal.db"), 0
    with other(tmp_path / "journal.db", 0.02) as greedy:
        for _ in range(20):
            line.enter()
            times += 1
            line.leave()
        greedy.kill()
        been = 1 + len(greedy.stdout.read().split())

    assert been <= times + 2


def test_who_waits_too_long_goes_on_without_a_turn(tmp_path, monkeypatch):
    """A process that was paused inside stops nobody here; SQLite's own lock decides then."""
    monkeypatch.setattr("amparo.storage.fair_lock.WAIT_SECONDS", 0.1)
    line = Line(tmp_path / "journal.db")
    with other(tmp_path / "journal.db", 600) as first:
        line.enter()
        line.leave()

        assert first.poll() is None


def test_where_no_line_can_be_made_there_is_none(tmp_path):
    line = Line(tmp_path / "not there" / "journal.db")
    line.enter()
    line.leave()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file somebody else's")
def test_what_root_begins_the_service_can_go_on_with(tmp_path):
    """`amparo platform add` as root must not shut the service out of the line."""
    journal = tmp_path / "journal.db"
    journal.touch()
    os.chown(journal, 12345, 12345)

    line = Line(journal)
    line.enter()
    line.leave()

    assert (tmp_path / "journal.db-turn").stat().st_uid == 12345
