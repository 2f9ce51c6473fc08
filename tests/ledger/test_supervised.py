"""A background thread begins again after an error, says so once, and shows while it is down."""

import logging
import queue
import threading

import pytest

from amparo.errors import Refused, Text, Unavailable
from amparo.storage import supervised
from amparo.storage.supervised import Supervised
from amparo.web.words.i18n import localise

AWAY = Refused("The database is away.", why="it was switched off", fix="Switch it on.")


@pytest.fixture
def begun(monkeypatch):
    """begun(outcomes) -> a thread whose work raises each of them in turn, and then goes well."""
    monkeypatch.setattr(supervised, "FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(supervised, "MOST_WAIT_SECONDS", 0.01)
    threads = []

    def beginning(*outcomes, **hearing):
        left, well = queue.SimpleQueue(), threading.Event()
        for one in outcomes:
            left.put(one)

        def work(thread):
            if not left.empty():
                raise left.get()
            thread.is_well()
            well.set()
            thread.stopping.wait()

        thread = Supervised("intake", work, **hearing)
        threads.append(thread)
        thread.start()
        return thread, well

    yield beginning
    for thread in threads:
        thread.stop()


def test_it_begins_again_and_says_so_once(begun, caplog):
    thread, well = begun(AWAY, AWAY, AWAY)

    assert well.wait(60)

    assert thread.trouble is None
    assert caplog.messages == ["intake: The database is away.", "intake goes on"]


def test_an_error_that_nobody_foresaw_is_noted_with_its_place(begun, caplog):
    _, well = begun(ZeroDivisionError("by nought"))

    assert well.wait(60)

    [first, _] = caplog.records
    assert first.exc_info[0] is ZeroDivisionError
    assert first.levelno == logging.WARNING


def test_while_it_is_down_whoever_asks_learns_why():
    heard = queue.SimpleQueue()

    def work(_):
        raise AWAY

    thread = Supervised("intake", work, on_trouble=heard.put)
    thread.start()
    told = heard.get(timeout=60)

    with pytest.raises(Unavailable) as refused:
        thread.check()
    thread.stop()
    assert refused.value.what == told.what == "The database is away."
    assert refused.value is not told


def test_whoever_hears_of_it_cannot_end_it(begun):
    def deaf(_):
        raise RuntimeError("the loop is closed")

    _, well = begun(AWAY, on_trouble=deaf)

    assert well.wait(60)


def test_waits_grow_and_stay_bounded(monkeypatch):
    waits = queue.SimpleQueue()

    def work(_):
        raise AWAY

    thread = Supervised("intake", work)
    monkeypatch.setattr(thread.stopping, "wait", waits.put)
    thread.start()
    seen = [waits.get(timeout=60) for _ in range(5)]
    thread.stop()

    assert seen == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_what_keeps_it_from_working_is_told_in_the_readers_language(begun):
    away = Unavailable("The journal is busy.", why=Text("{number} seconds", number=7), fix="")
    heard = queue.SimpleQueue()
    thread, _ = begun(*[away] * 1000, on_trouble=heard.put)

    noted = heard.get(timeout=60)
    with pytest.raises(Unavailable) as raised:
        thread.check()

    assert localise(noted.texts[0], "es") == "El diario está ocupado."
    assert raised.value.texts == away.texts
