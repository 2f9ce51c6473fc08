"""Worker processes for what strangers send: bounded in memory and time, and replaced when they die.

Parsers of foreign formats, some of them native, may ask for any memory, run for ever, or abort the
process that they are in. So they run in one that has nothing to lose (`confined`): no journal, no
key, no password of the environment, and nothing that it could open. Whatever becomes of it is an
answer to the one person who asked; others are served beside it, by another worker.

A worker is started when it is first needed, and kept for the next job. One that is over its limits,
or whose asker has left, is killed.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
import logging
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter
from contextlib import suppress

import msgspec

from amparo import errors
from amparo.errors import AmparoError, Malformed, Text, Unavailable
from amparo.web.http.busy import Busy
from amparo.web.http.confined import HEAD, Limits, Reply, Request
from amparo.web.http.limits import Queue
from amparo.web.words.decision import N_

logger = logging.getLogger("amparo")

_ENVIRONMENT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL")
"""All that a worker gets of the node's environment, which may hold passwords."""


_GRACE_SECONDS = 1.0
"""For a job whose asker has left: ending it sooner would cost more, a worker to begin anew."""


class TooDemanding(Malformed):
    """What was sent asked for more memory or time than any honest file needs."""


class Pool:
    """So many workers of one module, and so many jobs that may wait for one."""

    def __init__(self, module: str, limits: Limits, room: Queue) -> None:
        """`module` is run with `python -m`, and calls `confined.serve`."""
        self._words = (sys.executable, "-P", "-m", module, msgspec.json.encode(limits).decode())
        self._limits = limits
        self._room = room
        self._asked: Counter[str] = Counter()
        self._free = asyncio.Semaphore(room.workers)
        self._idle: list[Process] = []
        self._begun: set[Process] = set()
        self._burials: set[asyncio.Future[None]] = set()

    async def ask(self, job: str, body: bytes, network: str = "") -> bytes:
        """Have a job done; its answer's bytes. `network`: whose it is, as `rate` tells them apart.

        `TooDemanding` where it was ended, `Busy` when there is no room for this network or for
        anybody, and whatever error the job itself answers with. Cancelled, it ends the worker too.
        """
        if self._asked.total() >= self._room.workers + self._room.waiting:
            raise self._busy(N_("Each is read within bounds, and only so many wait at a time."))
        if self._asked[network] >= self._room.of_network:
            raise self._busy(N_("Of your network as many wait as may; others have places too."))
        self._asked[network] += 1
        try:
            async with self._free:
                return _answer(await self._reply(msgspec.msgpack.encode(Request(job, body))))
        finally:
            self._asked -= Counter((network,))  # and forget who asks nothing any more

    def _busy(self, why: str) -> Busy:
        return Busy(
            N_("Too many files are being read."),
            why=why,
            fix=N_("Send it again in a minute; nothing was kept of this one."),
            seconds=self._limits.cpu_seconds,
        )

    async def close(self) -> None:
        """End every worker, whatever it is at."""
        self._idle.clear()
        for process in self._begun:
            _kill(process)
        for process in tuple(self._begun):
            await process.wait()
        await asyncio.gather(*self._burials)

    async def _reply(self, request: bytes) -> Reply:
        process = await self._worker()
        exchange = asyncio.ensure_future(_exchange(process, request, self._limits.answer_bytes))
        try:
            async with asyncio.timeout(self._limits.wall_seconds):
                reply = await asyncio.shield(exchange)
        except TimeoutError:
            raise _too_demanding("time") from None
        except asyncio.CancelledError:
            await asyncio.wait((exchange,), timeout=_GRACE_SECONDS)
            raise
        except (asyncio.IncompleteReadError, OSError, msgspec.DecodeError, UnicodeDecodeError):
            raise _too_demanding(await _ended_by(process)) from None
        finally:
            self._give_back(process, exchange)
        if reply.kind == "memory":
            raise _too_demanding("memory")
        return reply

    async def _worker(self) -> Process:
        while self._idle:
            process = self._idle.pop()
            if process.returncode is None:
                return process
        starting = asyncio.ensure_future(self._start())
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            self._idle.append(await starting)
            raise

    async def _start(self) -> Process:
        self._begun = {process for process in self._begun if process.returncode is None}
        try:
            process = await asyncio.create_subprocess_exec(
                *self._words,
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,  # a panic's text is a stranger's, and none of it belongs in notes
                cwd="/",
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                start_new_session=True,  # Ctrl-C is for the node, which ends them
            )
        except OSError as error:
            raise Unavailable(
                N_("Files cannot be read just now."),
                why=Text("no worker could be started: {error}", error=str(error.strerror)),
                fix=N_("Send it again in a few minutes."),
            ) from None
        self._begun.add(process)
        return process

    def _give_back(self, process: Process, exchange: asyncio.Future[Reply]) -> None:
        """Keep a worker that has answered for the next job; end any other."""
        answered = exchange.done() and not exchange.cancelled() and exchange.exception() is None
        if answered and not exchange.result().is_last:
            self._idle.append(process)
        else:
            _kill(process)
            exchange.cancel()
            burial = asyncio.ensure_future(_bury(process, exchange))
            self._burials.add(burial)
            burial.add_done_callback(self._burials.discard)


async def _exchange(process: Process, request: bytes, most: int) -> Reply:
    if process.stdin is None or process.stdout is None:
        raise BrokenPipeError
    process.stdin.write(HEAD.pack(len(request)) + request)
    await process.stdin.drain()
    (size,) = HEAD.unpack(await process.stdout.readexactly(HEAD.size))
    if size > most:
        raise BrokenPipeError
    return msgspec.msgpack.decode(await process.stdout.readexactly(size), type=Reply)


async def _bury(process: Process, exchange: asyncio.Future[Reply]) -> None:
    """Read what an ended worker still says, which would hold its pipe open."""
    await asyncio.wait((exchange,))
    while process.stdout is not None and await process.stdout.read(1 << 16):
        pass
    await process.wait()


async def _ended_by(process: Process) -> str:
    with suppress(TimeoutError):
        async with asyncio.timeout(1):
            await process.wait()
    return "time" if process.returncode == -signal.SIGXCPU else "memory"


def _answer(reply: Reply) -> bytes:
    if reply.kind == "refused":
        kind = getattr(errors, reply.error, AmparoError)
        raise kind(reply.what, why=reply.why, fix=reply.fix)
    if reply.kind == "fault":
        logger.error("a reader made a mistake of its own:\n%s", reply.why)
        raise RuntimeError(reply.what)
    return reply.body


def _too_demanding(of: str) -> TooDemanding:
    logger.warning("a reader was ended: what it read asked for too much %s", of)
    if of == "time":
        why = N_("Reading it took longer than any honest file needs.")
    else:
        why = N_("Reading it took more memory than any honest file needs.")
    return TooDemanding(
        N_("This file asks for too much, and was not read."),
        why=why,
        fix=N_("Delete what stands far below or beside the tables, or send the CSV parts alone."),
    )


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
