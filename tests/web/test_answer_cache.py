"""Costly answers are made once for all, wait in a queue with an end, and go with their client."""

import asyncio
import threading

import pytest
from starlette.requests import Request
from tests.conftest import run_async

from amparo.errors import Unavailable
from amparo.web.http.answer_cache import MOST_OF_ONE_NETWORK, MOST_WAITING, Answer, AnswerCache


class Client:
    """Somebody who asks, and may hang up."""

    def __init__(self, host="192.0.2.1"):
        self.gone = asyncio.Event()
        self.request = Request({"type": "http", "client": (host, 1)}, self._receive)

    async def _receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}


class Made:
    """Answers that wait until they are let go, and remember what was made."""

    def __init__(self):
        self.keys, self.go, self.begun = [], threading.Event(), threading.Event()

    def of(self, key, size=10):
        def make():
            self.begun.set()
            assert self.go.wait(30)
            self.keys.append(key)
            return Answer(key.encode().ljust(size), "text/plain")

        return make


def asking(cache, made, key, client=None, **more):
    request = (client or Client()).request
    return asyncio.ensure_future(cache.answer(request, key, made.of(key), **more))


async def begun(made):
    await asyncio.to_thread(made.begun.wait, 30)
    await asyncio.sleep(0.01)


def run(story):
    made, cache = Made(), AnswerCache("test")
    try:
        run_async(story(cache, made))
    finally:
        made.go.set()
        cache.close()


def test_many_who_ask_at_once_get_one_answer_that_is_then_kept():
    async def story(cache, made):
        waiting = [asking(cache, made, "a", Client(f"192.0.2.{n}")) for n in range(100)]
        await begun(made)
        made.go.set()

        assert {answer.body.strip() for answer in await asyncio.gather(*waiting)} == {b"a"}
        assert (await asking(cache, made, "a")).body.strip() == b"a"
        assert made.keys == ["a"]

    run(story)


def test_whoever_leaves_takes_the_job_along_and_others_keep_theirs():
    async def story(cache, made):
        first = asking(cache, made, "first")
        await begun(made)
        leaver, stayer = Client("192.0.2.2"), Client("192.0.2.3")
        left = asking(cache, made, "left", leaver)
        shared = [asking(cache, made, "shared", one) for one in (leaver, stayer)]
        await asyncio.sleep(0.01)
        leaver.gone.set()
        for one in (left, shared[0]):
            with pytest.raises(Unavailable, match="left"):
                await one
        made.go.set()

        await asyncio.gather(first, shared[1])
        assert made.keys == ["first", "shared"]

    run(story)


def test_an_answer_that_is_being_made_for_nobody_is_interrupted():
    async def story(cache, made):
        client, interrupted = Client(), threading.Event()
        one = asking(cache, made, "a", client, interrupt=interrupted.set)
        await begun(made)
        client.gone.set()

        with pytest.raises(Unavailable):
            await one
        assert interrupted.is_set()

    run(story)


def test_the_one_that_runs_is_not_interrupted_for_another_that_leaves():
    async def story(cache, made):
        interrupted, leaver = [], Client("192.0.2.2")
        runs = asking(cache, made, "a", interrupt=lambda: interrupted.append("a"))
        await begun(made)
        queued = asking(cache, made, "b", leaver, interrupt=lambda: interrupted.append("b"))
        await asyncio.sleep(0.01)
        leaver.gone.set()
        with pytest.raises(Unavailable):
            await queued
        made.go.set()
        await runs

        assert interrupted == []

    run(story)


def test_the_queue_has_an_end_and_no_network_fills_it():
    async def story(cache, made):
        tasks = [asking(cache, made, f"a{n}") for n in range(MOST_OF_ONE_NETWORK)]
        await asyncio.sleep(0.01)
        with pytest.raises(Unavailable, match="busy"):
            await asking(cache, made, "one more")

        tasks += [
            asking(cache, made, f"b{n}", Client(f"198.51.100.{n}"))
            for n in range(MOST_WAITING - MOST_OF_ONE_NETWORK)
        ]
        await asyncio.sleep(0.01)
        with pytest.raises(Unavailable, match="busy"):
            await asking(cache, made, "beyond the end", Client("203.0.113.1"))
        shared = asking(cache, made, "a0", Client("203.0.113.1"))
        made.go.set()
        await asyncio.gather(*tasks, shared)

    run(story)


def test_what_is_kept_is_bounded_in_bytes_and_the_oldest_goes():
    async def story(_, made):
        cache = AnswerCache("small", most_bytes=2500)
        made.go.set()
        for key in ("a", "b", "a", "c", "a", "b"):
            await cache.answer(Client().request, key, made.of(key, 1000))

        assert made.keys == ["a", "b", "c", "b"]
        cache.close()

    run(story)


def test_an_answer_begun_before_a_change_is_not_kept_after_it():
    async def story(cache, made):
        old = asking(cache, made, "a")
        await begun(made)
        cache.clear()
        made.go.set()
        await old
        await asking(cache, made, "a")

        assert made.keys == ["a", "a"]

    run(story)


def test_an_error_is_told_to_all_who_wait_and_is_not_kept():
    async def story(cache, made):
        def fail():
            made.keys.append("x")
            raise Unavailable("No.", why="not now", fix="Later.")

        for _ in range(2):
            with pytest.raises(Unavailable, match="No"):
                await cache.answer(Client().request, "x", fail)

        assert made.keys == ["x", "x"]

    run(story)
