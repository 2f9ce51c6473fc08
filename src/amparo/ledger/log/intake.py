"""Intake of decisions: many submissions share one durable commit.

`prepare` turns a good submission into rows; it is where chance and the clock enter. `Intake` is
the only place that appends while a node serves: a thread takes what has gathered, commits it once,
and only then reports. No answer before durability.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import functools
import hashlib
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from amparo.case.issue import issue
from amparo.errors import AmparoError, Text, Unavailable
from amparo.ledger.log.platforms import Platform
from amparo.record import sealing
from amparo.record.decision import Decision
from amparo.record.event import timestamp
from amparo.record.sealing import Imported
from amparo.record.uuid7 import uuid7, uuid_text
from amparo.storage import durable
from amparo.storage.journal import Journal, Known, Row
from amparo.storage.node import Node
from amparo.storage.supervised import Supervised

MOST_IN_COMMIT = 4000
MOST_WAITING = 40_000
SPACE_LOOK_SECONDS = 0.5
RECOURSE_BYTES = 16
CHANCE_BYTES = 32 + 32 + 10 + RECOURSE_BYTES  # two salts, a case's number, a capability

logger = logging.getLogger("amparo")

AppendOutcome = int | Known | AmparoError
"""First sequence number; or which rows were known; or why nothing was kept."""


class Prepared(NamedTuple):
    """A decision on its way into the journal."""

    case: str
    at: str
    row: Row
    recourse: str
    """The capability that the recourse link carries; only its hash is in the row."""


def prepare(
    decisions: Sequence[Decision],
    *,
    platform: Platform,
    secret: bytes,
    imported: Sequence[Imported | None] | None = None,
    capabilities: Sequence[bytes] | None = None,
    now: datetime | None = None,
) -> list[Prepared]:
    """Give each decision its case, its salts and its capability, and make its row.

    `now`: when they are issued, where a demonstration plays what is to have been earlier.
    """
    now_ms = time.time_ns() // 1_000_000 if now is None else int(now.timestamp() * 1000)
    at = _at(now_ms // 1000)
    keyed = _keyed(secret, platform.slug)
    chance = os.urandom(len(decisions) * CHANCE_BYTES)
    prepared = []
    for i, decision in enumerate(decisions):
        own = chance[i * CHANCE_BYTES : (i + 1) * CHANCE_BYTES]
        case_id = uuid7(now_ms, own[64:74])
        case = uuid_text(case_id)
        capability = capabilities[i] if capabilities else own[74:]
        issued = issue(
            decision,
            case=case,
            by=platform.slug,
            at=at,
            salt=own[:32],
            puid_salt=own[32:64],
            imported=imported[i] if imported else None,
        )
        row = Row(
            case_id,
            1,
            platform.id,
            issued.leaf,
            sealing.pack(issued.opening),
            hashlib.sha256(capability).digest(),
            _digest(keyed, decision.puid),
        )
        prepared.append(Prepared(case, at, row, capability.hex()))
    return prepared


@functools.lru_cache(maxsize=4)  # thousands of statements share their second
def _at(unix_seconds: int) -> str:
    return timestamp(datetime.fromtimestamp(unix_seconds, UTC))


def puid_digest(secret: bytes, platform: Platform, puid: str) -> bytes:
    """Under what a PUID is known again, for ever: keyed, so that nobody can guess it back."""
    return _digest(_keyed(secret, platform.slug), puid)


def _digest(keyed: "hashlib.blake2b", puid: str) -> bytes:
    digest = keyed.copy()
    digest.update(puid.encode())
    return digest.digest()


@functools.lru_cache(maxsize=256)  # keying costs as much as hashing
def _keyed(secret: bytes, slug: str) -> "hashlib.blake2b":
    begun = f"{slug}\n".encode()
    return hashlib.blake2b(begun, key=secret, digest_size=32, person=b"amparo.puid")


class Intake:
    """The one thread that appends: group commit, with a bounded queue and a reserve of disk."""

    def __init__(
        self, node: Node, on_commit: Callable[[list[tuple[Any, AppendOutcome]]], None]
    ) -> None:
        """`on_commit` gets (ticket, outcome) of every submission of a commit, on this thread."""
        self._node = node
        self._on_commit = on_commit
        self._waiting: deque[tuple[Any, list[Row]]] = deque()
        self._rows_waiting = 0
        self._wake = threading.Condition()
        self._due = False
        self._space_looked_at = 0.0
        self.thread = Supervised("intake", self._work, wake=self._notify, on_trouble=self._refuse)
        self.thread.start()

    @property
    def rows_waiting(self) -> int:
        """How many rows wait for a commit."""
        return self._rows_waiting

    def submit(self, ticket: Any, rows: list[Row]) -> None:
        """Queue one submission, all or nothing; its outcome arrives at `on_commit`.

        It waits for `commit`, unless a commit begins meanwhile and takes it along.
        """
        self.check_space()
        with self._wake:
            self.thread.check()
            stopping = self.thread.stopping.is_set()
            if stopping or self._rows_waiting + len(rows) > MOST_WAITING:
                raise Unavailable(
                    "The node is stopping." if stopping else "The node is busy.",
                    why=Text("{number} statements wait to be written", number=self._rows_waiting),
                    fix="Send it again after a second; nothing was kept of this submission.",
                )
            self._waiting.append((ticket, rows))
            self._rows_waiting += len(rows)

    def commit(self) -> None:
        """Have what waits committed now, in one go: a commit costs as much as fifty rows."""
        with self._wake:
            self._due = True
            self._wake.notify()

    def check_space(self) -> None:
        """Raise when less than the reserve is free; looked at twice a second at most."""
        now = time.monotonic()
        if now - self._space_looked_at < SPACE_LOOK_SECONDS:
            return
        check_reserve(self._node)
        self._space_looked_at = now

    def close(self) -> None:
        """Commit what waits, and end."""
        self.thread.stop()

    def _work(self, thread: Supervised) -> None:
        with contextlib.closing(Journal(self._node.journal)) as journal:
            thread.is_well()
            while self._is_due():
                self._on_commit(commit(journal, self._take))

    def _notify(self) -> None:
        with self._wake:
            self._wake.notify()

    def _refuse(self, trouble: Unavailable) -> None:
        """Whoever was queued when the thread ended learns why; whoever comes later is refused."""
        with self._wake:
            refused: list[tuple[Any, AppendOutcome]] = [
                (ticket, trouble) for ticket, _ in self._waiting
            ]
            self._waiting.clear()
            self._rows_waiting = 0
        if refused:
            self._on_commit(refused)

    def _is_due(self) -> bool:
        """Wait until something is to be committed; False when it is the end."""
        with self._wake:
            while not (self._due and self._waiting) and not self.thread.stopping.is_set():
                self._wake.wait()
            return bool(self._waiting)

    def _take(self) -> list[tuple[Any, list[Row]]]:
        with self._wake:
            taken, rows = [], 0
            while self._waiting and rows < MOST_IN_COMMIT:
                taken.append(self._waiting.popleft())
                rows += len(taken[-1][1])
            self._rows_waiting -= rows
            self._due = bool(self._waiting)
            return taken


def check_reserve(node: Node) -> None:
    """Raise `files.NoSpace` when the disk has less free than the node's reserve."""
    free = durable.free_bytes(node.folder)
    if free < node.settings.reserve:
        raise durable.NoSpace(
            "The node has too little free disk to keep new submissions.",
            why=Text(
                "{number} bytes are free; {reserve} are held in reserve",
                number=free,
                reserve=node.settings.reserve,
            ),
            fix="Ask the node's operator to make room; nothing was kept of this submission. "
            "Reading, receipts and the log go on.",
        )


def commit(
    journal: Journal, take: Callable[[], list[tuple[Any, list[Row]]]]
) -> list[tuple[Any, AppendOutcome]]:
    """Commit what there is to take; if that fails as a whole, each submission learns why."""
    taken = None
    outcomes: Sequence[AppendOutcome]
    try:
        with journal.transaction():
            taken = take()  # only now: what came while another process wrote goes along
            outcomes = journal.append_within([rows for _, rows in taken])
    except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
        taken = take() if taken is None else taken
        outcomes = [error if isinstance(error, AmparoError) else _unexpected(error)] * len(taken)
    return [(ticket, outcome) for (ticket, _), outcome in zip(taken, outcomes, strict=True)]


def _unexpected(error: Exception) -> AmparoError:
    words = str(error).strip().partition("\n")[0]
    logger.error("the journal could not be written: %s: %s", type(error).__name__, words)
    logger.debug("where the journal could not be written", exc_info=error)
    return Unavailable(
        "The journal could not be written.",
        why=Text("the database says: {error}", error=type(error).__name__),
        fix="Send it again; if it stays so, the node's operator must look at its log.",
    )
