"""A platform whose statements go on to a stand-in for the EU's database."""

import contextlib
import time

import pytest
from tests.eu_stand_in import EuStandIn

from amparo.ledger.forward import forwardings, pace
from amparo.ledger.forward.sender import Sender
from amparo.ledger.log import platforms


@pytest.fixture
def eu():
    stand_in = EuStandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture
def quick(monkeypatch):
    """Waits after a failure are short: how long they are is `pace`'s own test."""
    monkeypatch.setattr(pace, "FIRST_WAIT_SECONDS", 0.02)
    monkeypatch.setattr(pace, "MOST_WAIT_SECONDS", 0.1)


@pytest.fixture
def foro(keep, journal):
    """A platform with three decisions of before it forwards anything."""
    keep(3)
    return platforms.find(journal, "Foro")


@pytest.fixture
def set_up(journal, foro, eu):
    """Let the platform's decisions go to the stand-in, all of them unless it is said otherwise."""

    def setting(first=0, **changes):
        given = {"url": eu.url, "token": eu.token, "rate": 12_000, "private": True} | changes
        forwardings.set_up(journal, foro, first=first, now=int(time.time()), **given)
        return forwardings.of_platform(journal, foro)

    return setting


@pytest.fixture
def sending(node, foro):
    """A sender at work, until the block ends."""

    @contextlib.contextmanager
    def running(at=node):
        sender = Sender(at, foro.id)
        sender.thread.start()
        try:
            yield sender
        finally:
            sender.thread.stop()

    return running


def until(holds, most=60.0):
    """Wait until something holds, with an end."""
    deadline = time.monotonic() + most
    while not (found := holds()):
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)
    return found
