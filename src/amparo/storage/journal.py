"""The journal: one append-only table of events, the truth of a node.

An append takes the next numbers gap-free inside its transaction, so a sequence number is the
entry's index in the log for ever. A commit is durable when it returns. Where the table lies, a file
or PostgreSQL, is `database`'s business.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from amparo.errors import Missing, Refused, Unsound
from amparo.storage.database import Database, Place, Value, shown, upsert
from amparo.storage.sqlite import Sqlite

if TYPE_CHECKING:
    from amparo.storage.puids import Puids

SCHEMAS = ("schema.sql", *(f"schema_{n}.sql" for n in range(2, 24)))
"""One migration each, to the next version of the schema; a new journal goes through all of them."""
SCHEMA_VERSION = str(len(SCHEMAS))
SLICE = 10_000
MOVED = "moved"


class Row(NamedTuple):
    """An event to append."""

    case_id: bytes
    n: int
    platform: int
    leaf: bytes
    opening: bytes
    recourse: bytes | None = None
    puid_digest: bytes | None = None


class LogEntry(NamedTuple):
    """An event as it is kept."""

    seq: int
    case_id: bytes
    n: int
    platform: int
    leaf: bytes
    opening: bytes | None
    recourse: bytes | None

    @property
    def case(self) -> UUID:
        return UUID(bytes=self.case_id)


class Known(NamedTuple):
    """Not appended: the positions of the rows whose PUID is known -> the seq they have."""

    rows: dict[int, int]


class Committed(NamedTuple):
    """The tree that this node has committed to."""

    size: int
    root: bytes
    note: bytes
    signed_at: int


class Journal:
    """One connection to a node's journal; to be used by one thread at a time."""

    def __init__(self, place: Place, *, read_only: bool = False) -> None:
        """Open the journal; unless `read_only`, make it or migrate it to this version.

        `Unsound` if a newer version wrote it: what this one does not know it could only spoil.
        """
        self.db = _connect(place, read_only=read_only)
        self._within = 0
        """How many transactions have begun, one inside the other."""
        self._check_version()
        if not read_only:
            self._migrate()

    @classmethod
    def of_this_version(cls, place: Place) -> "Journal":
        """Open a journal to read what older versions did not have; it is not migrated.

        `Refused` if an older version wrote it, or if it was moved.
        """
        journal = cls(place, read_only=True)
        journal._check_is_here()
        if (found := journal._version()) < len(SCHEMAS):
            raise Refused(
                "This journal was written by an older version of Amparo.",
                why=f"its schema is {found}, and this program reads {SCHEMA_VERSION}",
                fix="Start the node once with this version, which migrates it "
                "(docs/upgrading.md); or ask the version that runs there.",
            )
        return journal

    def close(self) -> None:
        """Close the connection."""
        self.db.close()

    @cached_property
    def puids(self) -> "Puids":
        """Which PUIDs are taken; most who open a journal never ask, nor wait for numpy."""
        from amparo.storage.puids.index import PuidIndex  # noqa: PLC0415

        return PuidIndex(self.db)

    def forget(self) -> None:
        """Drop what is in memory of the journal's rows."""
        self.__dict__.pop("puids", None)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and durable when it returns; inside another, when that one does."""
        begun = self._part if self._within else self.db.transaction
        self._within += 1
        try:
            with begun():
                yield
        except BaseException:
            self.forget()  # it may say what never happened
            raise
        finally:
            self._within -= 1

    @contextmanager
    def _part(self) -> Iterator[None]:
        """What fails inside a transaction is taken back alone, if somebody goes on after it."""
        name = f"part_{self._within}"
        self.db.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            with suppress(Exception):  # a full disk takes all of it back by itself
                self.db.execute(f"ROLLBACK TO {name}")
            raise
        self.db.execute(f"RELEASE {name}")

    def append(self, submissions: Sequence[Sequence[Row]]) -> list[int | Known]:
        """Append many submissions in one durable transaction.

        Each submission is all or nothing: its first sequence number, or what of it was known.
        """
        with self.transaction():
            return self.append_within(submissions)

    def append_within(self, submissions: Sequence[Sequence[Row]]) -> list[int | Known]:
        """The same inside a transaction that has begun: durable when that ends."""
        first = self.size()
        known = self._known(submissions, first)
        fresh = [row for i, rows in enumerate(submissions) if i not in known for row in rows]
        if self._insert_at(first, fresh):
            self.puids.make_room()
        outcomes: list[int | Known] = []
        for i, rows in enumerate(submissions):
            if i in known:
                outcomes.append(known[i])
            else:
                outcomes.append(first)
                first += len(rows)
        return outcomes

    def insert(self, rows: Sequence[Row]) -> int:
        """Insert rows at the next numbers and tell the first; call it inside a transaction."""
        first = self.size()
        self._insert_at(first, rows)
        return first

    def _insert_at(self, first: int, rows: Sequence[Row]) -> bool:
        """Insert rows from a number on; whether any of them takes a PUID."""
        self.db.insert_many("event", [(seq, *row[:_STORED]) for seq, row in enumerate(rows, first)])
        digests = [(seq, row.puid_digest) for seq, row in enumerate(rows, first) if row.puid_digest]
        if digests:
            self.db.insert_many("puid", digests)
            self.puids.add(digests)
        return bool(digests)

    def size(self) -> int:
        """How many events there are: the next sequence number."""
        return int(self.db.execute("SELECT coalesce(max(seq) + 1, 0) FROM event").get)

    def leaves(self, start: int, end: int) -> list[bytes]:
        """The leaves from `start` up to, not including, `end`."""
        query = "SELECT leaf FROM event WHERE seq >= ? AND seq < ? ORDER BY seq"
        return [leaf for (leaf,) in self.db.execute(query, (start, end)).fetchall()]

    def between(self, start: int, end: int) -> list[LogEntry]:
        """The events from `start` up to, not including, `end`."""
        query = f"SELECT {_COLUMNS} FROM event WHERE seq >= ? AND seq < ? ORDER BY seq"
        return [LogEntry(*row) for row in self.db.execute(query, (start, end)).fetchall()]

    def event(self, seq: int) -> LogEntry | None:
        """The event at an index."""
        return self._first(f"SELECT {_COLUMNS} FROM event WHERE seq = ?", (seq,))

    def decision(self, case: UUID) -> LogEntry | None:
        """The first event of a case: its decision."""
        return self._first(
            f"SELECT {_COLUMNS} FROM event WHERE case_id = ? AND n = 1", (case.bytes,)
        )

    def first_of_case(self, case: UUID) -> LogEntry | None:
        """What a case began with."""
        query = f"SELECT {_COLUMNS} FROM event WHERE case_id = ? ORDER BY n LIMIT 1"
        return self._first(query, (case.bytes,))

    def of_case(self, case: UUID) -> list[LogEntry]:
        """Every event of a case, in order."""
        query = f"SELECT {_COLUMNS} FROM event WHERE case_id = ? ORDER BY n"
        return [LogEntry(*row) for row in self.db.execute(query, (case.bytes,))]

    def beginning_of_case(self, case: UUID, most: int) -> list[LogEntry]:
        """The first events of a case, in order."""
        query = f"SELECT {_COLUMNS} FROM event WHERE case_id = ? ORDER BY n LIMIT ?"
        return [LogEntry(*row) for row in self.db.execute(query, (case.bytes, most))]

    def next_in_case(self, case: UUID) -> int:
        """The place the next event of a case takes."""
        query = "SELECT coalesce(max(n), 0) + 1 FROM event WHERE case_id = ?"
        return int(self.db.execute(query, (case.bytes,)).get)

    def newest_decisions(self, most: int) -> list[LogEntry]:
        """The newest decisions, newest first."""
        query = f"SELECT {_COLUMNS} FROM event WHERE n = 1 ORDER BY seq DESC LIMIT ?"
        return [LogEntry(*row) for row in self.db.execute(query, (most,))]

    def events(self, start: int = 0) -> Iterator[LogEntry]:
        """Every event from an index on, in order."""
        query = f"SELECT {_COLUMNS} FROM event WHERE seq >= ? ORDER BY seq LIMIT ?"
        while rows := self.db.execute(query, (start, SLICE)).fetchall():
            for row in rows:
                yield LogEntry(*row)
            start = rows[-1][0] + 1

    def seq_of_puid(self, digest: bytes) -> int | None:
        """The decision a platform submitted under a PUID, by the PUID's digest."""
        return self.puids.taken([digest]).get(digest)

    def erased_at(self, seq: int) -> str | None:
        """When an opening was erased, if it was."""
        found = self.db.execute("SELECT erased_at FROM erasure WHERE seq = ?", (seq,)).get
        return None if found is None else str(found)

    def committed(self) -> Committed | None:
        """The tree this node last committed to."""
        row = self.db.execute("SELECT size, root, note, signed_at FROM checkpoint").fetchone()
        return None if row is None else Committed(*row)

    def commit_checkpoint(self, new: Committed, *, was: Committed | None) -> None:
        """Move from one committed tree to the next, if nobody else has moved meanwhile."""
        with self.transaction():
            if was is None:
                self.db.execute(
                    "INSERT INTO checkpoint VALUES (1, ?, ?, ?, ?) ON CONFLICT DO NOTHING", new
                )
            else:
                self.db.execute(
                    "UPDATE checkpoint SET size = ?, root = ?, note = ?, signed_at = ? "
                    "WHERE one = 1 AND size = ? AND root = ?",
                    (*new, was.size, was.root),
                )
            if self.db.changes() != 1:
                raise Unsound(
                    "Somebody else has published this log meanwhile.",
                    why="the committed checkpoint is not the one this process went on from",
                    fix="Stop all but one publisher of this folder.",
                )

    def setting(self, name: str) -> str | None:
        """A remembered value."""
        found = self.db.execute("SELECT value FROM setting WHERE name = ?", (name,)).get
        return None if found is None else str(found)

    def set(self, name: str, value: str) -> None:
        """Remember a value, inside a transaction."""
        upsert(self.db, "setting", ("name",), {"name": name, "value": value})

    def retire(self, successor: Place) -> None:
        """Take nothing more, now that all of it is elsewhere; inside a transaction."""
        self.db.execute("ALTER TABLE event RENAME TO event_moved")
        self.set(MOVED, shown(successor))

    def _first(self, query: str, values: tuple[Value, ...]) -> LogEntry | None:
        row = self.db.execute(query, values).fetchone()
        return None if row is None else LogEntry(*row)

    def _migrate(self) -> None:
        """Migrate the journal to this version; each migration is a transaction of its own."""
        self._check_is_here()
        for version, script in enumerate(SCHEMAS[self._version() :], self._version() + 1):
            with self.transaction():
                if self._version() == version - 1:  # nobody else has done it meanwhile
                    self.db.create(files("amparo.storage").joinpath(script).read_text())
                    self.set("schema", str(version))

    def _check_version(self) -> None:
        if (found := self._version()) > len(SCHEMAS):
            raise Unsound(
                "This journal was written by a newer version of Amparo.",
                why=f"its schema is {found}; this program knows them up to {SCHEMA_VERSION}",
                fix="Start that version or a later one. This one has changed nothing here; the way "
                "back is a backup made before the newer one was started (docs/upgrading.md).",
            )

    def _check_is_here(self) -> None:
        if self._version() and (there := self.setting(MOVED)) is not None:
            raise Refused(
                "This journal was moved, and goes on elsewhere.",
                why=f"since then it is {there}",
                fix="Put that into `journal` in amparo.toml; this one is kept only as a copy.",
            )

    def _version(self) -> int:
        return int(self.setting("schema") or 0) if "setting" in self.db.tables() else 0

    def _known(self, submissions: Sequence[Sequence[Row]], first: int) -> dict[int, Known]:
        """Which submissions hold a PUID that is taken, or that one before them in line brings.

        `first`: the number that the first new row will have.
        """
        digests = [r.puid_digest for rows in submissions for r in rows if r.puid_digest]
        taken = self.puids.taken(digests, first) if digests else {}
        if not taken and len(set(digests)) == len(digests):
            return {}
        known: dict[int, Known] = {}
        next_seq = first
        for i, rows in enumerate(submissions):
            own: dict[bytes, int] = {}
            found: dict[int, int] = {}
            for place, row in enumerate(rows):
                digest = row.puid_digest
                if digest is None:
                    continue
                if digest in taken or digest in own:
                    found[place] = taken.get(digest, own.get(digest, 0))
                own[digest] = next_seq + place
            if found:
                known[i] = Known(found)
            else:
                taken |= own
                next_seq += len(rows)
        return known


_STORED = Row._fields.index("puid_digest")  # the fields before it are the table's own
_COLUMNS = "seq, case_id, n, platform, leaf, opening, recourse"


def _connect(place: Place, *, read_only: bool) -> Database:
    if not isinstance(place, str):
        return Sqlite(place, read_only=read_only)
    try:
        from amparo.storage.postgres import Postgres  # noqa: PLC0415 - an extra, not always there
    except ImportError as error:
        raise Missing(
            "The program for PostgreSQL is not installed.",
            why=str(error),
            fix="Install it with `pip install 'amparo[postgres]'`.",
        ) from None
    return Postgres(place, read_only=read_only)
