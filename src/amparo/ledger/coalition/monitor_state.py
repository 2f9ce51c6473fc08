"""What a monitor knows of the logs it follows, kept so that nothing is looked at, or told, twice.

DIR/monitor.db     what was verified of each log, and every fault
DIR/evidence/      proofs of faults, each a file of its own
DIR/health.json    the same for pages and programs, written anew after each look
DIR/faults.atom    the faults as a feed

A fault has a number for ever. Those that can pass (a log that cannot be reached, a damaged file)
end when a later look no longer finds them; what the log's own key has signed against itself never
does.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import apsw
import msgspec

from amparo import carried
from amparo.coalition.trusted_log import (
    LASTING,
    NOTHING_LEARNED,
    OF_FILES,
    Fault,
    LogState,
    Watched,
)
from amparo.errors import Text
from amparo.foreign_text import xml_safe
from amparo.record.event import timestamp
from amparo.storage.durable import write_durably
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import note

OWN = ("monitor.db*", "monitor.lock", "evidence", "health.json", "faults.atom", ".*.new")
"""What lies in a monitor's folder: a node that shows it runs as the same user."""
MOST_IN_FEED = 100
MOST_IN_HEALTH = 1000
PATIENCE_SECONDS = 300
"""What can pass by itself is told of only when it has lasted as long."""
_ATOM = "http://www.w3.org/2005/Atom"
_SCHEMA = """\
CREATE TABLE IF NOT EXISTS log (
    vkey  TEXT PRIMARY KEY,
    state BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS fault (
    id       INTEGER PRIMARY KEY,
    vkey     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    key      TEXT NOT NULL,
    what     TEXT NOT NULL,
    why      TEXT NOT NULL,
    evidence TEXT NOT NULL,  -- a file below evidence/, or nothing
    at       INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS fault_open ON fault (vkey, kind, key) WHERE ended_at IS NULL;
CREATE TABLE IF NOT EXISTS fault_texts (
    fault INTEGER PRIMARY KEY,
    texts BLOB NOT NULL      -- what and why as values, in JSON
) STRICT;
CREATE TABLE IF NOT EXISTS told (
    fault INTEGER NOT NULL,
    whom  TEXT NOT NULL,
    PRIMARY KEY (fault, whom)
) STRICT, WITHOUT ROWID;
"""
_FAULTS = "SELECT fault.*, texts FROM fault LEFT JOIN fault_texts ON fault_texts.fault = fault.id"


class Found(msgspec.Struct, frozen=True):
    """A fault as it is kept."""

    id: int
    origin: str
    kind: str
    what: str
    why: str
    evidence: str
    at: int
    ended_at: int | None
    texts: tuple[Text, ...] = ()
    """What and why, for a door to word; none where another version noted what this cannot read."""


class Health(msgspec.Struct, frozen=True):
    """How one log was found at the last look."""

    origin: str
    url: str
    vkey: str
    size: int
    root: str
    seen_at: int
    """When it was last seen to have this tree; 0: never."""
    cosigned_at: int
    witnesses: tuple[str, ...]
    seen_by: dict[str, int]
    openings: int
    erased: int
    open: tuple[str, ...]
    """The kinds of faults that are not over."""


class HealthFile(msgspec.Struct, frozen=True):
    """The content of health.json."""

    at: int
    logs: tuple[Health, ...]
    faults: tuple[Found, ...]
    """Newest first."""


def encoded(value: HealthFile | Found | tuple[Text, ...]) -> bytes:
    """What is known as JSON, for a file, a webhook or the database."""
    return msgspec.json.encode(value, enc_hook=carried.plain)


def read(folder: Path) -> HealthFile | None:
    """What a monitor wrote last; None where there is none, or it is another program's file."""
    try:
        raw = (folder / "health.json").read_bytes()
        health = msgspec.json.decode(raw, type=HealthFile, dec_hook=_text)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    faults = (
        msgspec.structs.replace(fault, texts=_all_read(fault.texts)) for fault in health.faults
    )
    return msgspec.structs.replace(health, faults=tuple(faults))


class MonitorState:
    """A monitor's own state; one process at a time."""

    def __init__(self, folder: Path, watched: Sequence[Watched]) -> None:
        """Open it, making what is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._watched = folder, list(watched)
        self._db = apsw.Connection(str(folder / "monitor.db"))
        self._db.set_busy_timeout(10_000)
        for name, value in (("journal_mode", "wal"), ("synchronous", "full")):
            self._db.pragma(name, value)
        self._db.execute(_SCHEMA)

    def close(self) -> None:
        """Close it."""
        self._db.close()

    @property
    def watched(self) -> tuple[Watched, ...]:
        """The logs that are followed."""
        return tuple(self._watched)

    def keep(self, log: Watched, state: LogState, faults: Sequence[Fault], now: int) -> list[Found]:
        """Keep what a look at a log has verified and found; the faults that are new."""
        fresh = self._keep(log, state, faults, now)
        self._write(now)
        return fresh

    def state(self, log: Watched) -> LogState:
        """What was verified of a log so far."""
        raw = self._db.execute("SELECT state FROM log WHERE vkey = ?", (log.key.vkey,)).get
        return LogState() if raw is None else msgspec.msgpack.decode(raw, type=LogState)

    def waiting(self, whom: str, now: int) -> list[Found]:
        """The faults that somebody was not told of yet, oldest first.

        What can pass by itself waits for a while, and is left out when it has passed.
        """
        rows = self._db.execute(
            f"{_FAULTS} WHERE NOT EXISTS "
            "(SELECT 1 FROM told WHERE fault = id AND whom = ?) ORDER BY id",
            (whom,),
        )
        found = [_found(row) for row in rows]
        return [
            fault
            for fault in found
            if fault.kind in LASTING
            or (fault.ended_at is None and now - fault.at >= PATIENCE_SECONDS)
        ]

    def mark_notified(self, whom: str, faults: Sequence[Found]) -> None:
        """Remember that somebody was told."""
        with self._db:
            self._db.executemany(
                "INSERT OR IGNORE INTO told VALUES (?, ?)", [(fault.id, whom) for fault in faults]
            )

    def open_faults(self) -> list[Found]:
        """The faults that are not over, oldest first."""
        rows = self._db.execute(f"{_FAULTS} WHERE ended_at IS NULL ORDER BY id")
        return [_found(row) for row in rows]

    def _keep(
        self, log: Watched, state: LogState, faults: Sequence[Fault], now: int
    ) -> list[Found]:
        vkey = log.key.vkey
        rows = self._db.execute(
            "SELECT kind, key, id FROM fault WHERE vkey = ? AND ended_at IS NULL", (vkey,)
        )
        known = {(str(kind), str(key)): int(number) for kind, key, number in rows}
        found: dict[tuple[str, str], Fault] = {}
        for fault in faults:
            found.setdefault((fault.kind, fault.key), fault)
        new = [fault for place, fault in found.items() if place not in known]
        names = [self._keep_proof(fault) for fault in new]
        over = [number for place, number in known.items() if _is_over(*place, found, state)]
        fresh: list[Found] = []
        with self._db:
            for fault, evidence in zip(new, names, strict=True):
                self._db.execute(
                    "INSERT INTO fault (vkey, kind, key, what, why, evidence, at) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (vkey, fault.kind, fault.key, fault.what, fault.why, evidence, now),
                )
                number = self._db.last_insert_rowid()
                texts = encoded(fault.texts)
                self._db.execute("INSERT INTO fault_texts VALUES (?, ?)", (number, texts))
                fresh += map(_found, self._db.execute(f"{_FAULTS} WHERE id = ?", (number,)))
            self._db.executemany(
                "UPDATE fault SET ended_at = ? WHERE id = ?", [(now, number) for number in over]
            )
            self._db.execute(
                "REPLACE INTO log VALUES (?, ?)", (vkey, msgspec.msgpack.encode(state))
            )
        return fresh

    def _keep_proof(self, fault: Fault) -> str:
        """Written before the fault is kept: no fault without its proof."""
        if not fault.proof:
            return ""
        name = f"{fault.kind}-{hashlib.sha256(fault.proof).hexdigest()[:16]}"
        folder = self._folder / "evidence"
        folder.mkdir(exist_ok=True)
        if not (folder / name).exists():
            write_durably(folder / name, fault.proof)
        return name

    def _write(self, now: int) -> None:
        faults = tuple(
            _found(row)
            for row in self._db.execute(f"{_FAULTS} ORDER BY id DESC LIMIT ?", (MOST_IN_HEALTH,))
        )
        health = HealthFile(now, tuple(self._health(log) for log in self._watched), faults)
        write_durably(self._folder / "health.json", encoded(health))
        write_durably(self._folder / "faults.atom", _feed(health))

    def _health(self, log: Watched) -> Health:
        state = self.state(log)
        size, root = 0, ""
        if state.note:
            tree = checkpoints.parse(note.parse(state.note).text)
            size, root = tree.size, tree.root.hex()
        kinds = self._db.execute(
            "SELECT DISTINCT kind FROM fault WHERE vkey = ? AND ended_at IS NULL ORDER BY 1",
            (log.key.vkey,),
        )
        return Health(
            log.key.name,
            log.url,
            log.key.vkey,
            size,
            root,
            state.at,
            state.cosigned_at,
            state.witnesses,
            state.seen_by,
            state.openings,
            state.erased,
            tuple(str(kind) for (kind,) in kinds),
        )


def _is_over(kind: str, key: str, found: Collection[tuple[str, str]], state: LogState) -> bool:
    """Whether an open fault is over, after a look that found these kinds and keys."""
    kinds = {kind for kind, _ in found}
    if kind in LASTING or kinds & NOTHING_LEARNED:
        return False
    if kind in OF_FILES:
        # Of a log that shows another history, no old file was read again.
        is_unread = "split" in kinds and state.spoilt != ()
        return not is_unread and all((other, key) not in found for other in OF_FILES)
    return (kind, key) not in found


def _found(row: tuple[Any, ...]) -> Found:
    number, vkey, kind, _, what, why, evidence, at, ended, raw = row
    texts = msgspec.json.decode(raw, type=tuple[Text, ...], dec_hook=_text) if raw else ()
    origin = str(vkey).split("+")[0]
    return Found(int(number), origin, kind, what, why, evidence, at, ended, _all_read(texts))


_NOT_READ = Text("")


def _text(kind: type, found: Any) -> Text:
    """A text again; of one that this version cannot word, that it was not read."""
    try:
        text = carried.read(kind, found)
        str(text)
    except (KeyError, IndexError, TypeError, ValueError):
        return _NOT_READ
    return text


def _all_read(texts: tuple[Text, ...]) -> tuple[Text, ...]:
    """Texts, if all were read: their English stands beside them."""
    return () if _NOT_READ in texts else texts


def _feed(health: HealthFile) -> bytes:
    """RFC 4287; an entry's id is a tag URI (RFC 4151) that never changes."""
    feed = ET.Element("feed", xmlns=_ATOM)
    _put(feed, "title", "Amparo: faults of logs")
    _put(feed, "id", "tag:amparo,2026:faults")
    _put(feed, "updated", _moment(max((fault.at for fault in health.faults), default=health.at)))
    author = ET.SubElement(feed, "author")
    _put(author, "name", "amparo monitor")
    for fault in health.faults[:MOST_IN_FEED]:
        entry = ET.SubElement(feed, "entry")
        _put(entry, "title", f"{fault.origin}: {fault.what}")
        _put(entry, "id", f"tag:amparo,2026:fault/{fault.origin}/{fault.id}")
        _put(entry, "updated", _moment(fault.ended_at or fault.at))
        ET.SubElement(entry, "category", term=fault.kind)
        over = f" Over since {_moment(fault.ended_at)}." if fault.ended_at else ""
        proof = f" Proof: evidence/{fault.evidence}." if fault.evidence else ""
        _put(entry, "summary", f"{fault.why}.{proof}{over}")
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def _put(parent: ET.Element, name: str, text: str) -> None:
    # A log could write a character into its entries that no XML may hold.
    ET.SubElement(parent, name).text = xml_safe(text)


def _moment(at: int) -> str:
    return timestamp(datetime.fromtimestamp(at, UTC))
