"""Turns at a file: one at a time, and whoever waits is served in the order of coming."""

import threading
import time
from contextlib import suppress

from amparo.ledger.turns import Turns, turns


def test_who_asks_seldom_is_served_before_who_asks_again_and_again():
    one, order, stop = Turns(), [], threading.Event()

    def greedy():
        while not stop.is_set():
            with one.one():
                order.append("greedy")
                time.sleep(0.002)

    thread = threading.Thread(target=greedy)
    thread.start()
    between = []
    for _ in range(20):
        time.sleep(0.005)
        before = len(order)
        with one.one():
            between.append(len(order) - before)
    stop.set()
    thread.join()

    assert max(between) <= 2  # the one under way, and at most one that had come before


def test_only_one_is_inside_and_an_error_hands_the_turn_on():
    one, inside, most = Turns(), [], []

    def work(number):
        for _ in range(50):
            with suppress(ValueError), one.one():
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
