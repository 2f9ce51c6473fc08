"""What all requests of a serving process share: the node, one reader, the intake, who is who."""

# SPDX-License-Identifier: Apache-2.0

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from starlette.requests import Request
from starlette.types import Scope

from amparo.errors import AmparoError, Denied, Malformed, Text, Unavailable
from amparo.ledger.case.delivery_thread import Delivery
from amparo.ledger.case.evidence import Exhibit
from amparo.ledger.case.scheduler import Scheduler
from amparo.ledger.connect.polling_thread import Polling
from amparo.ledger.connect.worker import Connecting
from amparo.ledger.log import platforms, receipts, selfcheck
from amparo.ledger.log.intake import AppendOutcome, Intake
from amparo.ledger.log.platforms import Caller, Platform
from amparo.ledger.log.search import Indexing
from amparo.ledger.publisher_process import PublisherState
from amparo.storage.blobs import evidence_of, log_of
from amparo.storage.journal import Journal, Known, LogEntry, Row
from amparo.storage.node import CHECKPOINT, Node
from amparo.storage.supervised import Supervised
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import note
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.cosignature import time_of
from amparo.web.http import rate
from amparo.web.http.bounded_thread import BoundedThread, too_many
from amparo.web.http.journal_reader import JournalReader
from amparo.web.http.limits import MOST_CASEWORK, MOST_TRIED
from amparo.web.http.observatory_cache import FIRST_LOOK_SECONDS, Looking
from amparo.web.http.worker_jobs import Readers
from amparo.web.words.letters import Letters
from amparo.web.words.report_figures import Tally

_T = TypeVar("_T")
ENOUGH_ROWS = 1000  # for a commit: more at once make a row no cheaper
TOKEN_SECONDS = 1.0  # how long a voided token may still pass
WAIT_SECONDS = 30.0  # how long `?wait=receipt` holds an answer
LOOK_SECONDS = 0.05
PEOPLE_SECONDS = 0.25
SOURCE_SECONDS = 5.0  # how long an end waits for a source that is being asked
FAR_LOOK_SECONDS = 0.25  # how often another host's checkpoint is looked for


class Cosigned(NamedTuple):
    """A witness's word on a checkpoint, which the node has checked before it published it."""

    name: str
    at: datetime


class Published(NamedTuple):
    """What the log's newest checkpoint says, and whose word is under it."""

    checkpoint: Checkpoint
    cosigned: list[Cosigned]


class Serving:
    """One serving process's state; everything here runs on the event loop's thread."""

    def __init__(self, node: Node, *, address: str = "") -> None:
        """Open the journal, making it if it is not there yet.

        `address`: where the node listens, for links in mail when its settings name no other.
        """
        self.address = node.settings.base_url or address
        self.node = node
        self.secret = node.secret()
        self.verifier = node.signer().verifier
        with closing(Journal(node.journal)) as journal:
            selfcheck.check_secret(node, journal)
            with suppress(Unavailable):  # a full disk, say: another time
                selfcheck.remember_secret(node, journal)
        self.journal = Journal(node.journal, read_only=True)
        self.looking = Looking(node.lake)
        self.readers = Readers()
        self.tally = Tally()
        self.lists = JournalReader(node.journal, "lists")
        self.counts = JournalReader(node.journal, "counts")
        self.searches = JournalReader(node.journal, "searches")
        self._trying = BoundedThread("tries", MOST_TRIED)
        self._tried_with: Journal | None = None
        self.publisher = PublisherState("waiting", "Publishing has not begun yet.")
        self._intake: Intake | None = None
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="casework")
        self._writing: Journal | None = None
        self.scheduler: Scheduler | None = None
        self.connecting: Connecting | None = None
        self.indexing: Indexing | None = None
        self.polling: Polling | None = None
        self.upkeep: Sequence[Supervised] = ()
        """Threads that others run in this process, shown beside its own."""
        self.delivery: Delivery | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._of_token = rate.of_token(node.settings.requests_a_minute)
        self._tokens: dict[str, tuple[float, Caller]] = {}
        self._published: tuple[int, Published | None] = (0, None)
        self._stopped = threading.Event()
        self._at_work = 0
        self._is_handing_over = False
        self._people_served = asyncio.Event()

    def start(self) -> None:
        """Start appending; call it on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._intake = Intake(self.node, self._on_commit)
        self.scheduler = Scheduler(self.node)
        self.delivery = Delivery(self.node, self._words)
        self.connecting = Connecting(self.node)
        self.indexing = Indexing(self.node)
        self.polling = Polling(self.node)
        self.scheduler.thread.start()
        self.connecting.thread.start()
        self.indexing.thread.start()
        self.polling.thread.start()
        self.delivery.thread.start()
        # The front page shows the newest wave, though nobody has opened the observatory.
        self.looking.keep_looking(0.0 if self.node.is_demonstration else FIRST_LOOK_SECONDS)
        if not log_of(self.node).near:
            threading.Thread(target=self._keep_looking, name="looking", daemon=True).start()

    async def stop(self) -> None:
        """Commit what waits, tell who waits, and end."""
        self._stopped.set()
        await self.looking.close()
        for reader in (self.lists, self.counts, self.searches):
            await asyncio.to_thread(reader.close)
        await self._trying.stop()
        if self._tried_with is not None:
            self._tried_with.close()
        await self.readers.close()
        if self.scheduler is not None:
            await asyncio.to_thread(self.scheduler.thread.stop)
        if self.connecting is not None:
            await asyncio.to_thread(self.connecting.thread.stop)
        if self.indexing is not None:
            await asyncio.to_thread(self.indexing.thread.stop)
        if self.polling is not None:
            await asyncio.to_thread(self.polling.thread.stop, SOURCE_SECONDS)
        if self.delivery is not None:
            await asyncio.to_thread(self.delivery.thread.stop)
        if self._intake is not None:
            await asyncio.to_thread(self._intake.close)
        await asyncio.to_thread(self._worker.shutdown)
        if self._writing is not None:
            self._writing.close()
        await asyncio.sleep(0)
        self.journal.close()

    async def keep(self, rows: list[Row]) -> int | Known:
        """Append rows, all or nothing; answers only when they are durable."""
        if self._intake is None or self._loop is None:
            raise Unavailable("The node is starting.", why="not ready", fix="Try again.")
        self._check_backlog()
        ticket = self._loop.create_future()
        self._intake.submit(ticket, rows)
        if self._intake.rows_waiting >= ENOUGH_ROWS:
            self._intake.commit()
        elif not self._is_handing_over:
            self._is_handing_over = True
            self._loop.call_soon(self._hand_over)
        outcome: AppendOutcome = await ticket
        if isinstance(outcome, AmparoError):
            raise outcome
        return outcome

    def _hand_over(self) -> None:
        """Have committed in one go what came in one round of the loop."""
        self._is_handing_over = False
        if self._intake is not None:
            self._intake.commit()

    def _check_backlog(self) -> None:
        """Raise while publishing waits and as much is kept as may be: nobody waits without end."""
        if self.publisher.state != "waiting":
            return
        public = self.published()
        waiting = self.journal.size() - (public.size if public else 0)
        if waiting >= self.node.settings.most_waiting:
            raise Unavailable(
                "Nothing more is taken until the log can be published again.",
                why=Text("{number} entries wait to be published", number=waiting),
                fix="Try again later. Whatever was answered with 201 is kept and will be public.",
            )

    async def work(self, job: Callable[[Journal], _T]) -> _T:
        """Do casework with a connection that writes, on a thread of its own, one job at a time."""
        if self._at_work >= MOST_CASEWORK:
            raise too_many()
        self._at_work += 1
        self._people_served.clear()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, self._work, job)
        finally:
            self._at_work -= 1
            if not self._at_work:
                self._people_served.set()

    async def try_out(self, platform: Platform, job: Callable[[Journal], _T]) -> _T:
        """Look something up for what is only tried out: on a thread that no person waits for."""
        return await self._trying.do(lambda: self._try_out(job), network=platform.slug)

    def _try_out(self, job: Callable[[Journal], _T]) -> _T:
        if self._tried_with is None:
            self._tried_with = Journal(self.node.journal, read_only=True)
        return job(self._tried_with)

    async def after_people(self) -> None:
        """Let people go first: a platform's batch waits a moment while somebody's step is taken.

        Both share one interpreter, and checking batches takes it whole: a complaint would wait
        seconds for what takes some hundredths of one. A flood of either does not stop the other.
        """
        if self._at_work:
            with suppress(TimeoutError):
                async with asyncio.timeout(PEOPLE_SECONDS):
                    await self._people_served.wait()

    def _work(self, job: Callable[[Journal], _T]) -> _T:
        if self._writing is None:
            self._writing = Journal(self.node.journal)
        return job(self._writing)

    def queued(self) -> int:
        """How many statements wait for a commit."""
        return self._intake.rows_waiting if self._intake else 0

    def threads(self) -> list[Supervised]:
        """What works in the background here, once it has begun."""
        found = (
            *(self._intake, self.scheduler, self.connecting, self.polling, self.delivery),
            self.indexing,
        )
        return [*(worker.thread for worker in found if worker is not None), *self.upkeep]

    def check_ready(self) -> None:
        """Raise while no submission could be taken."""
        self.check_space()
        if self._intake is not None:
            self._intake.thread.check()
        self.journal.size()
        self._check_backlog()
        if self.publisher.state == "refused":
            raise Unavailable(self.publisher.what, why=self.publisher.why, fix=self.publisher.fix)

    def check_space(self) -> None:
        """Raise when the disk's reserve is reached."""
        if self._intake is not None:
            self._intake.check_space()

    def authenticate(self, request: Request) -> Platform:
        """The platform whose bearer token the request carries; not its test token."""
        if request.method != "GET" and "dry_run" in request.query_params:
            raise Malformed(
                "This call cannot be tried out.",
                why="`dry_run` is for statements; here the call would have been carried out",
                fix="Leave `dry_run` out.",
            )
        return self.platform_of_token(request.headers.get("authorization", ""))

    def platform_of_token(self, authorization: str) -> Platform:
        """The platform whose bearer token stands in a header `Authorization`."""
        caller = self.caller(authorization)
        if caller.has_test_token:
            raise Denied(
                "This call takes no test token.",
                why="with a test token nothing goes on the record, and this is about what is there",
                fix="Send the platform's own token.",
            )
        return caller.platform

    def caller(self, authorization: str) -> Caller:
        """Whose bearer token or test token stands in a header `Authorization`."""
        kind, _, token = authorization.partition(" ")
        now = time.monotonic()
        cached = self._tokens.get(token)
        if kind.lower() == "bearer" and cached and cached[0] > now:
            return self._within_rate(cached[1])
        found = None
        if kind.lower() == "bearer" and token.strip():
            found = platforms.caller(self.journal, token.strip())
        if found is None:
            self._tokens.pop(token, None)
            raise Denied(
                "Unauthenticated.",
                why="the request carries no bearer token that this node knows",
                fix="Send `Authorization: Bearer TOKEN`; a new token comes from "
                "`amparo platform token NAME`.",
            )
        if len(self._tokens) > 1000:
            self._tokens.clear()
        self._tokens[token] = (now + TOKEN_SECONDS, found)
        return self._within_rate(found)

    def forget_tokens(self) -> None:
        """Look every token up anew: one was voided."""
        self._tokens.clear()

    def _within_rate(self, caller: Caller) -> Caller:
        if self._of_token is not None and (seconds := self._of_token.wait(caller.platform.slug)):
            raise rate.too_many_of_token(seconds)
        return caller

    def platform_of(self, slug: str) -> Platform:
        """A platform by its party name in the log."""
        return platforms.find(self.journal, slug)

    async def log_file(self, name: str) -> bytes:
        """A file of the log; `FileNotFoundError` if there is none."""
        return await self._reading(lambda: log_of(self.node).read(name))

    async def exhibit(self, exhibit: Exhibit) -> bytes:
        """The body of a file that a side attached."""
        return await self._reading(lambda: evidence_of(self.node).read(exhibit.place))

    async def receipt(self, entry: LogEntry, reader: receipts.Reader) -> bytes:
        """The receipt of an entry, for whoever reads it."""
        return await self._reading(lambda: receipts.receipt(self.node, entry, reader=reader))

    async def _reading(self, job: Callable[[], _T]) -> _T:
        """Read here what a disk answers at once; wait for a network on another thread."""
        return job() if log_of(self.node).near else await asyncio.to_thread(job)

    def published(self) -> Checkpoint | None:
        """The newest public checkpoint."""
        found = self._newest()
        return found.checkpoint if found else None

    def signed_at(self) -> datetime | None:
        """When the newest checkpoint was signed here."""
        committed = self.journal.committed()
        return datetime.fromtimestamp(committed.signed_at, UTC) if committed else None

    def cosigned(self) -> list[Cosigned]:
        """The witnesses that cosigned the newest public checkpoint, the last one first."""
        found = self._newest()
        return found.cosigned if found else []

    def _newest(self) -> Published | None:
        """What is public; read again only when the file has changed."""
        if not log_of(self.node).near:
            return self._published[1]  # looked at by a thread of its own
        try:
            stamp = (self.node.log / CHECKPOINT).stat().st_mtime_ns
            if stamp != self._published[0]:
                self._published = (stamp, self._look())
        except FileNotFoundError:
            return None
        return self._published[1]

    def _look(self) -> Published:
        signed = note.parse(log_of(self.node).read(CHECKPOINT))
        witnesses = [s for s in signed.signatures if s.name != self.node.origin]
        at = {signature.name: time_of(signature) for signature in witnesses}
        cosigned = [Cosigned(name, datetime.fromtimestamp(time, UTC)) for name, time in at.items()]
        cosigned.sort(key=lambda witness: witness.at, reverse=True)
        return Published(checkpoints.parse(signed.text), cosigned)

    def _keep_looking(self) -> None:
        while not self._stopped.wait(FAR_LOOK_SECONDS):
            with suppress(FileNotFoundError, AmparoError):
                self._published = (0, self._look())

    async def until_public(self, size: int) -> bool:
        """Wait until the public log has `size` entries; False after half a minute."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            checkpoint = self.published()
            if checkpoint is not None and checkpoint.size >= size:
                return True
            await asyncio.sleep(LOOK_SECONDS)
        return False

    @property
    def https(self) -> bool:
        """Whether people reach this node by https, as its settings say."""
        return self.node.settings.base_url.startswith("https://")

    def base_url(self, request: Request) -> str:
        """Where people reach this node, without a trailing slash."""
        return self.base_url_at(request.scope, request.headers.get("host"))

    def base_url_at(self, scope: Scope, host: str | None) -> str:
        """The same for a request that came to this host."""
        if self.node.settings.base_url:
            return self.node.settings.base_url
        return f"{scope['scheme']}://{host or Request(scope).url.netloc}"

    def _words(self, journal: Journal) -> Letters:
        return Letters(journal, self.node, self.address)

    def _on_commit(self, results: list[tuple[Any, AppendOutcome]]) -> None:
        """On the intake's thread: wake the loop once for the whole commit."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(_resolve, results)


def _resolve(results: Sequence[tuple[asyncio.Future[AppendOutcome], AppendOutcome]]) -> None:
    for ticket, outcome in results:
        if not ticket.done():  # a client that hung up has cancelled its future
            ticket.set_result(outcome)
