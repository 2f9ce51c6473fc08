"""Finding decisions by what is public of them: an index beside the journal, `search.db`.

It has one short row for each decision: day, platform, and all that its leaf shows as one set of
bits, so that a million are gone through in some hundredths of a second whatever is asked. It copies
what stands in the log and nothing else, so an erasure has nothing to do here. It is in no backup:
whoever misses it, or cannot read it, has it made anew from the journal, some entries at a time.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import apsw
import msgspec

from amparo.errors import Text, Unavailable
from amparo.record import vocabulary as words
from amparo.storage import durable
from amparo.storage.journal import Journal, LogEntry
from amparo.storage.node import Node
from amparo.storage.supervised import Supervised

SLICE = 10_000
LOOK_SECONDS = 1.0
REST = 3.0
"""Seconds of rest for each second of copying, while it is behind."""
MOST_LOOKED_THROUGH = 5_000_000
"""Entries of the log that one search goes through, the newest first."""
MOST_COUNTED = 10_000
FILE = "search.db"

FACETS: Mapping[str, Mapping[str, str]] = {
    "restriction": {
        **words.DECISION_VISIBILITY,
        **words.DECISION_MONETARY,
        **words.DECISION_PROVISION,
        **words.DECISION_ACCOUNT,
    },
    "category": words.CATEGORY,
    "ground": words.DECISION_GROUND,
    "source": words.SOURCE_TYPE,
    "automated": words.AUTOMATED_DECISION,
    "detection": {"AUTOMATED_DETECTION_YES": "Yes", "AUTOMATED_DETECTION_NO": "No"},
    "content": words.CONTENT_TYPE,
}
"""What can be asked for -> its values, and how the EU's schema calls them."""
_VALUES = [value for values in FACETS.values() for value in values]
_BITS = {value: 1 << place for place, value in enumerate(_VALUES)}
_DETECTION = {"Yes": "AUTOMATED_DETECTION_YES", "No": "AUTOMATED_DETECTION_NO"}
_EPOCH = date(1970, 1, 1)
_NOT_THERE = (
    apsw.CantOpenError,
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.ReadOnlyError,  # a file that is being made
    apsw.SQLError,
)
"""How an index answers that is not there, or is none."""
_SCHEMA = """
CREATE TABLE copied (one INTEGER PRIMARY KEY CHECK (one = 1), form TEXT, upto INTEGER, last BLOB);
CREATE TABLE decision (
    seq      INTEGER PRIMARY KEY,
    day      INTEGER NOT NULL,           -- since 1970
    platform INTEGER NOT NULL,
    facts    INTEGER NOT NULL            -- a bit for each value that its leaf shows
) STRICT;
CREATE TABLE day (                       -- between which entries the decisions of a day are
    day   INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    last  INTEGER NOT NULL
) STRICT;
"""


class _Public(msgspec.Struct, frozen=True):
    """What a leaf shows, of which an index can be made."""

    category: str = ""
    category_addition: list[str] | None = None
    decision_visibility: list[str] | None = None
    decision_monetary: str | None = None
    decision_provision: str | None = None
    decision_account: str | None = None
    decision_ground: str = ""
    source_type: str = ""
    automated_decision: str = ""
    automated_detection: str = ""
    content_type: list[str] | None = None


class _Leaf(msgspec.Struct, frozen=True):
    at: str
    public: _Public


_read_leaf = msgspec.json.Decoder(_Leaf).decode


class Asked(NamedTuple):
    """What decisions are asked for; whatever is left open may be anything."""

    values: tuple[str, ...] = ()
    """Of `FACETS`; all of them must hold."""
    platform: int | None = None
    since: date | None = None
    until: date | None = None
    before: int | None = None
    """Only entries below this one: where the page before ended."""


class Found(NamedTuple):
    """A page of decisions, the newest first."""

    entries: list[LogEntry]
    total: int
    """How many there are on all pages, counted up to `MOST_COUNTED`."""
    goes_on: bool
    """Whether there are more after this page."""
    left_out: bool
    """Whether older entries were not looked through, since there are too many."""
    missing: int
    """Entries of the log that the index does not have yet."""


def facts(public: _Public) -> int:
    """The set of what is public of a decision; values that no list has are left out."""
    values = (
        public.category,
        *(public.category_addition or ()),
        *(public.decision_visibility or ()),
        public.decision_monetary,
        public.decision_provision,
        public.decision_account,
        public.decision_ground,
        public.source_type,
        public.automated_decision,
        _DETECTION.get(public.automated_detection),
        *(public.content_type or ()),
    )
    found = 0
    for value in values:
        found |= _BITS.get(value or "", 0)
    return found


def find(node: Node, journal: Journal, asked: Asked, *, most: int) -> Found:
    """One page of what is asked for; `Unavailable` where the index is damaged."""
    with _reading(node, journal) as index, _sound(), index:  # as it is at one moment
        copied = _copied(index)
        first, last = _between(index, asked)
        first, wanted = max(first, last - MOST_LOOKED_THROUGH), first
        end = last if asked.before is None else min(last, asked.before - 1)
        where, values = _where(asked, first, end)
        rows = _rows(
            index,
            f"SELECT seq FROM decision WHERE {where} ORDER BY seq DESC LIMIT ?",
            (*values, most + 1),
        )
        is_all = asked.before is None and len(rows) <= most
        total = len(rows) if is_all else _total(index, *_where(asked, first, last))
    entries = [journal.event(row[0]) for row in rows[:most]]
    return Found(
        [entry for entry in entries if entry is not None],
        total=total,
        goes_on=len(rows) > most,
        left_out=first > wanted,
        missing=journal.size() - copied,
    )


def _total(index: apsw.Connection, where: str, values: Sequence[int]) -> int:
    [(total,)] = _rows(
        index,
        f"SELECT count(*) FROM (SELECT 1 FROM decision WHERE {where} LIMIT ?)",
        (*values, MOST_COUNTED),
    )
    return int(total)


class Indexing:
    """The thread that copies new decisions into the index; one process of a folder does."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.thread = Supervised("search index", self._work)

    def _work(self, thread: Supervised) -> None:
        while not thread.stopping.is_set():
            with contextlib.ExitStack() as held:
                if self._is_alone(held):
                    journal = Journal(self._node.journal, read_only=True)
                    held.enter_context(contextlib.closing(journal))
                    index = _writing(self._node, journal)
                    held.enter_context(contextlib.closing(index))
                    self._keep_copying(thread, journal, index)
            thread.is_well()
            thread.stopping.wait(LOOK_SECONDS)

    def _is_alone(self, held: contextlib.ExitStack) -> bool:
        try:
            held.enter_context(durable.locked(self._node.folder / "search.lock", "search"))
        except Unavailable:
            return False
        return True

    def _keep_copying(self, thread: Supervised, journal: Journal, index: apsw.Connection) -> None:
        while not thread.stopping.is_set() and (self._node.folder / FILE).exists():
            begun = time.monotonic()
            is_all = copy_on(journal, index)
            took = time.monotonic() - begun
            # Whoever submits goes first: it shares their interpreter.
            thread.stopping.wait(LOOK_SECONDS if is_all else REST * took)
            thread.is_well()


def make(node: Node, journal: Journal) -> None:
    """Bring the index up to date at once."""
    with contextlib.closing(_writing(node, journal)) as index:
        while not copy_on(journal, index):
            pass


def copy_on(journal: Journal, index: apsw.Connection) -> bool:
    """Copy some of the entries that came since the last time; whether that was all of them."""
    start = _copied(index)
    end = min(journal.size(), start + SLICE)
    if end == start:
        return True
    rows = journal.db.execute(
        "SELECT seq, platform, leaf FROM event WHERE seq >= ? AND seq < ? AND n = 1 ORDER BY seq",
        (start, end),
    )
    copied: list[tuple[int, int, int, int]] = []
    days: dict[int, tuple[int, int]] = {}
    seq: Any
    for seq, platform, leaf in rows:
        read = _read_leaf(bytes(leaf))
        day = _day(date.fromisoformat(read.at[:10]))
        copied.append((seq, day, platform, facts(read.public)))
        days[day] = (days.get(day, (seq,))[0], seq)
    with index:
        index.executemany("INSERT INTO decision VALUES (?, ?, ?, ?)", copied)
        index.executemany(
            "INSERT INTO day VALUES (?1, ?2, ?3) ON CONFLICT (day) DO UPDATE SET last = ?3",
            [(day, *between) for day, between in days.items()],
        )
        index.execute("UPDATE copied SET upto = ?, last = ?", (end, _mark(journal, end)))
    return end == journal.size()


def _where(asked: Asked, first: int, last: int) -> tuple[str, Sequence[int]]:
    where, values = ["seq BETWEEN ? AND ?"], [first, last]
    if asked.platform is not None:
        where.append("platform = ?")
        values.append(asked.platform)
    if asked.values:
        mask = 0
        for value in asked.values:
            mask |= _BITS[value]
        where.append("facts & ? = ?")
        values += [mask, mask]
    for name, day in (("day >= ?", asked.since), ("day <= ?", asked.until)):
        if day is not None:
            where.append(name)
            values.append(_day(day))
    return " AND ".join(where), values


def _rows(index: apsw.Connection, query: str, values: Sequence[int] = ()) -> list[tuple[Any, ...]]:
    return index.execute(query, values).fetchall()


def _between(index: apsw.Connection, asked: Asked) -> tuple[int, int]:
    """Between which entries the decisions of the days asked for are; an empty span for none."""
    [(first, last)] = _rows(
        index,
        "SELECT min(first), max(last) FROM day WHERE day >= ? AND day <= ?",
        (_day(asked.since or date.min), _day(asked.until or date.max)),
    )
    return (0, -1) if first is None else (first, last)


def _day(day: date) -> int:
    return (day - _EPOCH) // timedelta(days=1)


def _form(node: Node) -> str:
    """What an index depends on beside the entries: made otherwise, it is made anew."""
    return hashlib.sha256(repr((_SCHEMA, _VALUES, node.origin)).encode()).hexdigest()


def _mark(journal: Journal, end: int) -> bytes:
    """By what it is known that the entries are those that were copied; empty for none."""
    return hashlib.sha256(journal.leaves(end - 1, end)[0]).digest() if end else b""


def _copied(index: apsw.Connection) -> int:
    """How many entries of the log were copied."""
    rows = _rows(index, "SELECT upto FROM copied")
    return rows[0][0] if rows else 0


def _writing(node: Node, journal: Journal) -> apsw.Connection:
    """The index to write to; an empty one where there is none that fits."""
    path = node.folder / FILE
    try:
        index = _opened(path)
        if _fits(index, node, journal):
            return index
        index.close()
    except _NOT_THERE:
        pass
    for part in path.parent.glob(f"{FILE}*"):
        part.unlink()
    durable.make_private(path)
    index = _opened(path)
    with index:
        index.execute(_SCHEMA)
        index.execute("INSERT INTO copied VALUES (1, ?, 0, x'')", (_form(node),))
    return index


def _opened(path: Path) -> apsw.Connection:
    index = apsw.Connection(str(path))
    index.set_busy_timeout(10_000)
    index.pragma("journal_mode", "wal")
    index.pragma("synchronous", "normal")  # what a power cut takes is copied again
    return index


def _fits(index: apsw.Connection, node: Node, journal: Journal) -> bool:
    """Whether an index is of these entries: a restored node may have others."""
    rows = _rows(index, "SELECT form, upto, last FROM copied")
    if not rows:
        return False
    form, upto, last = rows[0]
    fits: bool = form == _form(node) and upto <= journal.size() and last == _mark(journal, upto)
    return fits


@contextlib.contextmanager
def _sound() -> Iterator[None]:
    try:
        yield
    except (apsw.CorruptError, apsw.IOError) as error:
        raise Unavailable(
            "The search does not work just now.",
            why=Text("its index cannot be read: {error}", error=str(error)),
            fix="Whoever runs this node deletes the file search.db: it is made anew.",
        ) from None


@contextlib.contextmanager
def _reading(node: Node, journal: Journal) -> Iterator[apsw.Connection]:
    """The index as it is now; an empty one where there is none yet that fits."""
    index = _found(node, journal)
    if index is None:
        index = apsw.Connection(":memory:")
        index.execute(_SCHEMA)
    with contextlib.closing(index):
        yield index


def _found(node: Node, journal: Journal) -> apsw.Connection | None:
    """The index to read from; None until there is one of these entries."""
    try:
        index = apsw.Connection(str(node.folder / FILE), flags=apsw.SQLITE_OPEN_READONLY)
        index.set_busy_timeout(10_000)
        if _fits(index, node, journal):
            return index
        index.close()
    except _NOT_THERE:
        pass
    return None
