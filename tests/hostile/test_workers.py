"""A worker that dies, hangs or is taken over: one person's answer, and nobody else's."""

import asyncio
import contextlib
import os
from pathlib import Path

import pytest
from tests.conftest import run_async
from tests.hostile.tally import tally

from amparo.errors import Unavailable
from amparo.web.http.busy import Busy
from amparo.web.http.confined import MOST_JOBS, Limits
from amparo.web.http.limits import Queue
from amparo.web.http.workers import Pool, TooDemanding

LIMITS = Limits(memory_bytes=200 << 20, cpu_seconds=1, wall_seconds=6.0, answer_bytes=100_000)


@pytest.fixture
def pool(monkeypatch):
    """Makes pools of the worst workers; call it inside the event loop."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, _places())))
    pools = []

    def made(**changes):
        room = Queue(1, 0, 100)._replace(**changes)
        pools.append(Pool("tests.hostile.jobs", LIMITS, room))
        return pools[-1]

    return made


def _places():
    root = Path(__file__).parents[2]
    return root, root / "src"


def children():
    """The processes that this one has begun, by number."""
    lists = [path.read_text() for path in Path("/proc/self/task").glob("*/children")]
    return {int(pid) for pid in " ".join(lists).split()}


async def until_gone(before):
    for _ in range(100):
        if children() <= before:
            return True
        await asyncio.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("job", "why"),
    [
        ("memory", "memory"),
        ("crawl", "memory"),
        ("abort", "memory"),
        ("leave", "memory"),
        ("garbage", "memory"),
        ("long", "memory"),
        ("forever", "longer"),
        ("sleep", "longer"),
    ],
)
def test_whatever_becomes_of_a_worker_is_one_answer_and_the_next_job_is_done(pool, job, why):
    async def attack():
        tried = pool()
        with pytest.raises(TooDemanding) as told:
            await tried.ask(job, b"")
        after = await tried.ask("echo", b"honest")
        await tried.close()
        return told.value, after

    error, after = run_async(attack())

    assert why in error.why
    assert error.fix
    assert after == b"honest"
    tally("a reader in its worker", f"{job}", "its worker")


def test_a_mistake_of_our_own_is_an_error_and_no_answer_to_the_sender(pool):
    async def attack():
        tried = pool()
        with pytest.raises(RuntimeError):
            await tried.ask("mistake", b"")
        after = await tried.ask("echo", b"x")
        await tried.close()
        return after

    assert run_async(attack()) == b"x"


def test_a_worker_that_was_taken_over_reaches_no_disk_network_or_password(pool, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("PGPASSWORD", "secret")

    async def attack():
        tried = pool()
        found = await tried.ask("reach", b""), await tried.ask("environment", b"")
        await tried.close()
        return found

    reached, environment = run_async(attack())

    allowed = [] if os.getuid() else ["more files"]  # root may raise its own limits again
    assert [one for one in eval(reached) if one not in allowed] == []
    assert set(eval(environment)) <= {
        "PATH",
        "PYTHONPATH",
        "LD_LIBRARY_PATH",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
    }


def test_beyond_the_queue_is_503_and_whoever_leaves_takes_the_job_along(pool):
    async def attack():
        before = children()
        tried = pool(workers=2, waiting=3)
        asked = [asyncio.ensure_future(tried.ask("sleep", b"")) for _ in range(5)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            await tried.ask("echo", b"x")
        await asyncio.sleep(1)
        at_work = children() - before
        for one in asked:
            one.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        gone = at_work and await until_gone(children() - at_work)
        after = await asyncio.gather(*(tried.ask("echo", b"%d" % n) for n in range(5)))
        await tried.close()
        return gone, after

    gone, after = run_async(attack())

    assert gone
    assert after == [b"0", b"1", b"2", b"3", b"4"]


def test_one_network_fills_no_queue_and_is_told_when_to_come_again(pool):
    """Ten files of one sender, each as slow as may be, closed the page for everybody."""

    async def attack():
        tried = pool(workers=2, waiting=8, of_network=3)
        slow = [asyncio.ensure_future(tried.ask("sleep", b"", "192.0.2.1")) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Busy) as told:
            await tried.ask("echo", b"x", "192.0.2.1")
        beside = asyncio.ensure_future(tried.ask("echo", b"y", "198.51.100.7"))
        await asyncio.sleep(0)
        waits = not beside.done()
        for one in slow:
            one.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        after = await tried.ask("echo", b"z", "192.0.2.1")
        done = await beside
        await tried.close()
        return told.value, waits, done, after

    error, waits, done, after = run_async(attack())

    assert error.seconds == LIMITS.cpu_seconds  # what one job may take
    assert (waits, done, after) == (True, b"y", b"z")


def test_a_slow_job_holds_up_only_its_own_worker(pool):
    async def attack():
        tried = pool(workers=2, waiting=20)
        slow = asyncio.ensure_future(tried.ask("sleep", b""))
        await asyncio.sleep(0)
        beside = await asyncio.gather(*(tried.ask("echo", b"x") for _ in range(20)))
        still = not slow.done()
        await tried.close()
        with contextlib.suppress(TooDemanding):
            await slow
        return beside, still

    beside, still = run_async(attack())

    assert beside == [b"x"] * 20
    assert still


def test_a_worker_that_died_while_idle_is_replaced_unseen(pool):
    async def attack():
        before = children()
        tried = pool()
        await tried.ask("echo", b"x")
        for one in children() - before:
            os.kill(one, 9)
        await until_gone(before)
        await asyncio.sleep(0.5)  # until the loop has heard of it
        after = await tried.ask("echo", b"y")
        await tried.close()
        return after

    assert run_async(attack()) == b"y"


def test_a_worker_is_replaced_after_so_many_jobs_and_ends_with_its_pool(pool):
    async def attack():
        before = children()
        tried = pool()
        seen = set()
        for number in range(MOST_JOBS + 5):
            assert await tried.ask("echo", b"%d" % number) == b"%d" % number
            seen |= children() - before
        await tried.close()
        return seen, await until_gone(before)

    seen, gone = run_async(attack())

    assert len(seen) == 2
    assert gone
