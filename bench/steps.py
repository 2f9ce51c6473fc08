"""What taking a statement costs, step by step: processor time, in one process, on one thread.

Each step is the node's own code, run by itself on the bodies that the load generator sends. What
the steps do not add up to in a run is the kernel's work on sockets and threads that wait for each
other.
"""

import asyncio
import gc
import itertools
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from unittest import mock

import uvloop
from uvicorn.server import ServerState

from amparo.cli.process import front_end
from amparo.ledger.log import platforms
from amparo.ledger.log.intake import prepare
from amparo.ledger.log.publish import Publisher, publishing
from amparo.ledger.publisher_process import PublisherState
from amparo.record import fast_path
from amparo.record.decision import parse
from amparo.record.rules import Profile
from amparo.storage.journal import Journal
from amparo.storage.node import create_node
from amparo.web.api import statements
from amparo.web.http.state import Serving
from bench.load.generator import TEMPLATES, bodies
from bench.machine import asked_nothing, described, table

STATEMENTS = 24_000
COMMITTED = {100: 24, 1: 64}  # submissions a commit: as many as the load has connections
HEAD = (
    "POST {} HTTP/1.1\r\nhost: 127.0.0.1:8000\r\nauthorization: Bearer {}\r\n"
    "content-type: application/json\r\ncontent-length: {}\r\n\r\n"
)


class Nowhere(asyncio.Transport):
    """A connection that swallows what is written."""

    def write(self, data):
        pass

    def get_extra_info(self, name, default=None):
        return ("127.0.0.1", 8000) if name in ("sockname", "peername") else default

    def is_closing(self):
        return False

    def get_write_buffer_size(self):
        return 0

    def close(self):
        pass

    abort = pause_reading = resume_reading = close


class Durable:
    """In the place of the intake: all is kept at once; what it costs is a step of its own."""

    rows_waiting = 0

    def check_space(self):
        pass

    def submit(self, ticket, _rows):
        ticket.set_result(0)

    def commit(self):
        pass


async def bare(_scope, receive, send):
    """The least that can answer a request."""
    while (await receive()).get("more_body"):
        pass
    await send(
        {"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"2")]}
    )
    await send({"type": "http.response.body", "body": b"{}"})


async def at_once(call):
    """In the place of taking statements: the body is read, and that is all."""
    await call.body()
    return b"{}"


def spent(work, items):
    """Microseconds of this thread's processor time for one of the items, in the middle."""
    took = []
    for one in items:
        begun = time.thread_time_ns()
        work(one)
        took.append(time.thread_time_ns() - begun)
    return median(took) / 1000


async def through(server, app, requests):
    """The same for whole requests, from their bytes to the bytes of their answers."""
    made = server.config.http_protocol_class
    protocol = made(server.config, ServerState(), {}, asyncio.get_running_loop())
    protocol.app = app
    protocol.connection_made(Nowhere())
    took = []
    for request in requests:
        begun = time.thread_time_ns()
        protocol.data_received(request)
        await until(protocol)
        took.append(time.thread_time_ns() - begun)
    protocol.connection_lost(None)
    return median(took) / 1000


async def until(protocol):
    """Let the loop turn until the answer is written."""
    while not protocol.cycle.response_complete:  # noqa: ASYNC110 - nobody sets an event
        await asyncio.sleep(0)


class Bench:
    """A node without a socket, and bodies to send it."""

    def __init__(self, folder, batch):
        self.batch, self.node = batch, create_node(folder)
        self.journal = Journal(self.node.journal)
        self.platform = platforms.add(self.journal, "Bench", Profile())
        self.token = platforms.new_token(self.journal, self.platform)
        self.secret, made = self.node.secret(), bodies(batch)
        self.bodies = [
            made[n % TEMPLATES].replace(b"RUN_MARK", b"%08d" % n)
            for n in range(STATEMENTS // batch)
        ]

    def requests(self):
        path = "/api/v1/statement" + ("s" if self.batch > 1 else "")
        for body in self.bodies:
            yield HEAD.format(path, self.token, len(body)).encode() + body

    async def door(self):
        """The bare protocol, everything around taking, the token alone, and all but the commit."""
        serving = Serving(self.node)
        serving._loop, serving._intake = asyncio.get_running_loop(), Durable()
        serving.publisher = PublisherState("publishing")
        taking, requests = self.server(serving), list(self.requests())
        with mock.patch.multiple(statements, statement=at_once, statements=at_once):
            idle = self.server(serving)
        await through(taking, taking.config.loaded_app, requests[:200])
        token = spent(serving.platform_of_token, [f"Bearer {self.token}"] * 1000)
        protocol = await through(taking, bare, requests)
        around = await through(idle, idle.config.loaded_app, requests)
        whole = await through(taking, taking.config.loaded_app, requests)
        serving.journal.close()
        return protocol, around - protocol, token, whole

    def server(self, serving):
        made = front_end.server_of(serving)
        made.config.load()
        return made

    def read(self, body):
        return fast_path.decisions(body) if self.batch > 1 else [fast_path.decision(parse(body))]

    def prepare(self, decisions):
        return prepare(decisions, platform=self.platform, secret=self.secret)

    def commits(self, prepared):
        rows = iter([[one.row for one in rows] for rows in prepared])
        while some := list(itertools.islice(rows, COMMITTED[self.batch])):
            yield some

    def steps(self):
        """Pairs of a step and its microseconds a statement."""
        protocol, around, token, whole = uvloop.run(self.door())
        reading = spent(self.read, self.bodies)
        decisions = [self.read(body) for body in self.bodies]
        preparing = spent(self.prepare, decisions)
        commits = list(self.commits([self.prepare(some) for some in decisions]))
        committing = spent(self.journal.append, commits) / COMMITTED[self.batch]
        answering = whole - protocol - around - token - reading - preparing
        with publishing(self.node, self.journal):
            publisher = Publisher(self.node, self.journal)
            beat = spent(lambda _: publisher.beat(), [None]) / STATEMENTS
        self.journal.close()
        shares = [
            ("protocol: bytes to a request, an answer to bytes", protocol),
            ("limits, headers, metrics, the way to the address", around),
            ("token", token),
            ("parse, and the rules", reading),
            ("prepare the rows", preparing),
            ("wait for the commit, and answer", answering),
            ("commit", committing),
        ]
        return [(what, took / self.batch) for what, took in shares] + [("publish", beat)]


def run():
    sys.setswitchinterval(front_end.SWITCH_SECONDS)
    gc.set_threshold(*front_end.COLLECT_EVERY)
    columns = []
    for batch in COMMITTED:
        with tempfile.TemporaryDirectory() as place:
            columns.append(Bench(Path(place) / "node", batch).steps())
    rows = [
        (many[0], *(f"{took:.1f} µs" for _, took in (many, alone)))
        for many, alone in zip(*columns, strict=True)
    ]
    sums = (f"{sum(took for _, took in steps):.1f} µs" for steps in columns)
    table(
        "Taking a statement, step by step: processor time, in one process, without a socket",
        ("step", "in batches of 100", "one by one"),
        [*rows, ("together", *sums)],
    )


if __name__ == "__main__":
    asked_nothing(__doc__)
    print(described())
    run()
