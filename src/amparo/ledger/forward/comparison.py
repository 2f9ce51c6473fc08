"""What the public dump of a day shows of what was sent, kept: missing and altered rows by name.

The dump is read by whoever calls, piece by piece. Statements are matched by the number that the
EU's database gave them; those of which it said only that it has them by their PUID, and they get
their number now. Statements of the platform that did not go by here are counted, and no more.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from amparo.connectors import eu_database, tdb
from amparo.ledger.forward import decisions, outcomes
from amparo.ledger.log.intake import puid_digest
from amparo.ledger.log.platforms import Platform
from amparo.record import sealing
from amparo.storage.database import upsert
from amparo.storage.journal import Journal

MISSING = ""
MOST_KEPT = 10_000
"""Differences of a day that are named; a day with more is another trouble than its rows."""
LATEST_DAYS = 30
"""So many days back a dump is still asked for."""
READY_HOURS = 32
"""From the beginning of a day until its dump is asked for; it is begun at 06:00 on the next."""
DAY_SECONDS = 86_400

Row = Mapping[str, Any]


class Compared(NamedTuple):
    """What came of a day."""

    day: str
    found: int
    others: int
    missing: int
    altered: int
    unreadable: int
    """Rows that nobody can read: with some, none is named as missing."""


class Difference(NamedTuple):
    """One statement that the dump does not show as it was sent."""

    seq: int
    day: str
    fields: str
    """The attributes that say something else; empty where the statement is missing."""


class Comparison:
    """One day of one platform."""

    def __init__(self, journal: Journal, platform: Platform, day: date, secret: bytes) -> None:
        self._journal, self._platform, self._secret = journal, platform, secret
        self._day = day
        self._unseen = _sent_on(journal, platform.id, day)
        self._altered: dict[int, str] = {}
        self._found = self._others = self._unreadable = 0

    def take(self, rows: Sequence[Row], unreadable: int = 0) -> None:
        """Compare the rows of one piece; one without a number and a time is nothing sent here.

        `unreadable`: how many more rows it has that cannot be read.
        """
        self._unreadable += unreadable
        whole = [row for row in rows if _is_whole(row)]
        self._others += len(rows) - len(whole)
        if not whole:
            return
        times = [_seconds(row["created_at"]) for row in whole]
        by_uuid = self._by_uuid(min(times), max(times))
        unmatched = []
        for row in whole:
            seq = by_uuid.get(UUID(str(row["uuid"])).bytes)
            if seq is None:
                unmatched.append(row)
            else:
                self._compare(seq, row)
        for seq, row in self._by_puid(unmatched):
            self._number(seq, row)
            self._compare(seq, row)

    def keep(self, dump: str, now: int) -> Compared:
        """Keep what came of the day, in the place of an earlier look; `dump`: its SHA-256."""
        day, platform = str(self._day), self._platform.id
        # What cannot be read may be what was not seen: then nothing is known of it.
        missing = [] if self._unreadable else sorted(self._unseen)
        named = [*((seq, MISSING) for seq in missing), *self._altered.items()][:MOST_KEPT]
        with self._journal.transaction():
            self._journal.db.execute(
                "DELETE FROM forward_difference WHERE platform = ? AND day = ?", (platform, day)
            )
            self._journal.db.insert_many(
                "forward_difference", [(seq, platform, day, fields) for seq, fields in named]
            )
            upsert(
                self._journal.db,
                "forward_compared",
                ("platform", "day"),
                {
                    "platform": platform,
                    "day": day,
                    "at": now,
                    "dump": dump,
                    "found": self._found,
                    "others": self._others,
                },
            )
        return Compared(
            day, self._found, self._others, len(missing), len(self._altered), self._unreadable
        )

    def _by_uuid(self, first: int, last: int) -> dict[bytes, int]:
        rows = self._journal.db.execute(
            "SELECT uuid, seq FROM forwarded "
            "WHERE platform = ? AND at >= ? AND at <= ? AND uuid IS NOT NULL",
            (self._platform.id, first, last),
        ).fetchall()
        return {bytes(uuid): int(seq) for uuid, seq in rows}

    def _by_puid(self, rows: Sequence[Row]) -> list[tuple[int, Row]]:
        """Rows of which was only known that the database has them; the others are counted."""
        digests = {
            puid_digest(self._secret, self._platform, str(row["platform_uid"])): row for row in rows
        }
        found = []
        for digest, seq in self._journal.puids.taken(list(digests)).items():
            became = outcomes.became(self._journal, seq)
            if became.state == "sent" and became.uuid is None:
                found.append((seq, digests[digest]))
        self._others += len(rows) - len(found)
        return found

    def _number(self, seq: int, row: Row) -> None:
        with self._journal.transaction():
            self._journal.db.execute(
                "UPDATE forwarded SET uuid = ?, at = ? WHERE seq = ?",
                (UUID(str(row["uuid"])).bytes, _seconds(row["created_at"]), seq),
            )

    def _compare(self, seq: int, row: Row) -> None:
        self._found += 1
        self._unseen.discard(seq)
        entry = self._journal.event(seq)
        if entry is None or entry.opening is None or len(self._altered) >= MOST_KEPT:
            return
        sent = eu_database.statement(decisions.fields(entry.leaf, sealing.unpack(entry.opening)))
        if found := eu_database.differences(sent or {}, tdb.submission(row)):
            self._altered[seq] = ", ".join(found)


def due(journal: Journal, platform: int, now: datetime) -> list[date]:
    """The days on which something was sent and whose dump was not compared yet, oldest first."""
    newest = (now - timedelta(hours=READY_HOURS)).date()
    days = [newest - timedelta(days=n) for n in reversed(range(LATEST_DAYS))]
    return [day for day in days if _is_due(journal, platform, day)]


def newest(journal: Journal, platform: int) -> str:
    """The last day that was compared; '' for none."""
    query = "SELECT max(day) FROM forward_compared WHERE platform = ?"
    return str(journal.db.execute(query, (platform,)).get or "")


def different(journal: Journal, platform: int) -> Iterator[Difference]:
    """Statements that a dump does not show as they were sent: newest first, never all in memory."""
    with journal.db.snapshot():
        for rows in journal.db.stream(_differences(platform), outcomes.ROWS_AT_ONCE):
            yield from map(Difference._make, rows)


def newest_different(journal: Journal, platform: int, most: int) -> list[Difference]:
    """The first of those."""
    rows = journal.db.execute(f"{_differences(platform)} LIMIT ?", (most,))
    return list(map(Difference._make, rows))


def _differences(platform: int) -> str:
    return (
        f"SELECT seq, day, fields FROM forward_difference WHERE platform = {platform:d} "
        "ORDER BY day DESC, seq DESC"
    )


def _is_due(journal: Journal, platform: int, day: date) -> bool:
    begin = begin_of(day)
    query = (
        "SELECT EXISTS (SELECT 1 FROM forwarded WHERE platform = ? AND at >= ? AND at < ?) "
        "AND NOT EXISTS (SELECT 1 FROM forward_compared WHERE platform = ? AND day = ?)"
    )
    values = (platform, begin, begin + DAY_SECONDS, platform, str(day))
    return bool(journal.db.execute(query, values).get)


def _sent_on(journal: Journal, platform: int, day: date) -> set[int]:
    begin = begin_of(day)
    rows = journal.db.execute(
        "SELECT seq FROM forwarded WHERE platform = ? AND at >= ? AND at < ?",
        (platform, begin, begin + DAY_SECONDS),
    ).fetchall()
    return {int(seq) for (seq,) in rows}


def begin_of(day: date) -> int:
    """Its first second (UTC), POSIX."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _is_whole(row: Row) -> bool:
    try:
        UUID(str(row["uuid"]))
    except ValueError:
        return False
    return row["created_at"] is not None


def _seconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())
