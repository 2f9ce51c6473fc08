"""Calls are evenly spaced: what has gathered in an outage leaves no faster than anything else."""

import threading
import time

import pytest

from amparo.ledger.forward import pace
from amparo.ledger.forward.pace import Pace


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds
        return False

    def is_set(self):
        return False


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(pace, "time", made)
    return made


def turns(paced, clock, number):
    taken = []
    for _ in range(number):
        assert paced.turn()
        taken.append(clock.now)
    return taken


def test_days_without_a_call_earn_no_burst(clock):
    paced = Pace(600, clock)
    clock.now += 3 * 86_400

    taken = turns(paced, clock, 101)

    assert taken[-1] - taken[0] >= 100 * 0.1 - 0.11


def test_each_failure_waits_twice_as_long_up_to_five_minutes_and_a_success_ends_that(clock):
    paced = Pace(60_000, clock)
    waits = []
    for _ in range(12):
        before = clock.now
        paced.failed()
        paced.turn()
        waits.append(round(clock.now - before))

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    paced.worked()
    before = clock.now
    paced.failed()
    paced.turn()
    assert round(clock.now - before) == 1


def test_calls_that_fail_together_fail_once(clock):
    paced = Pace(60_000, clock)
    before = clock.now

    for _ in range(16):
        paced.failed()
    paced.turn()

    assert round(clock.now - before) == 1


def test_as_long_as_it_asks_for_nobody_calls(clock):
    paced = Pace(60_000, clock)
    before = clock.now

    paced.failed(90)
    paced.failed()
    paced.turn()

    assert clock.now - before >= 90


def test_who_waits_for_a_turn_is_let_go_at_the_end():
    stopping = threading.Event()
    paced = Pace(60, stopping)
    paced.failed(3600)
    waiting = threading.Thread(target=paced.turn)
    waiting.start()

    begun = time.monotonic()
    stopping.set()
    waiting.join()

    assert time.monotonic() - begun < 60
