"""One thread and its queue: in turn, with an end, and no network's alone."""

import asyncio
import threading

import pytest
from tests.conftest import run_async

from amparo.errors import Unavailable
from amparo.web.http.bounded_thread import BoundedThread
from amparo.web.http.limits import SHARES


def while_busy(most, asked):
    """What comes of `asked(thread)` while a first job is at work; then that job ends too."""

    async def run():
        thread, free = BoundedThread("test", most), threading.Event()
        first = asyncio.create_task(thread.do(free.wait, network="first"))
        await asyncio.sleep(0)
        task = asyncio.create_task(asked(thread))
        await asyncio.sleep(0)
        free.set()
        try:
            return await task
        finally:
            await first
            await thread.stop()
            assert thread.queued == 0

    return run_async(run())


def test_jobs_are_done_in_the_order_of_coming_and_one_at_a_time():
    done = []

    async def asked(thread):
        await asyncio.gather(*(thread.do(lambda n=n: done.append(n)) for n in range(5)))

    while_busy(10, asked)
    assert done == list(range(5))


def test_who_comes_when_the_queue_is_full_is_sent_away_at_once():
    async def asked(thread):
        await thread.do(lambda: "done")

    with pytest.raises(Unavailable, match="Too many people"):
        while_busy(1, asked)


def test_the_servers_own_jobs_are_never_sent_away():
    async def asked(thread):
        return await thread.do(lambda: "done", own=True)

    assert while_busy(1, asked) == "done"


def test_one_network_has_its_share_of_the_queue_and_another_still_comes_in():
    most = 2 * SHARES

    async def asked(thread):
        own = [asyncio.create_task(thread.do(lambda: "own", network="a")) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            await thread.do(lambda: "one more", network="a")
        other = await thread.do(lambda: "other", network="b")
        return [*(await asyncio.gather(*own)), other]

    assert while_busy(most, asked) == ["own", "own", "other"]


def test_a_job_that_fails_leaves_the_queue_as_others_do():
    async def asked(thread):
        with pytest.raises(ZeroDivisionError):
            await thread.do(lambda: 1 / 0, network="a")
        return await thread.do(lambda: "done", network="a")

    assert while_busy(2 * SHARES, asked) == "done"
