"""A witness's own state: what it last cosigned for each log, kept so that it never goes back.

DIR/witness.db       one row a log; the truth of this witness
DIR/keys/            its private keys, Ed25519 and ML-DSA-44
DIR/logs             the logs it follows, as `log <vkey> [url]` lines
DIR/evidence/        split views that a log has shown it, each a file that convinces a stranger
MARK                 how often the state has changed; on another disk, if there is one

A request is stored durably, then the mark is, and only then anything is signed. A state that was
put back from a backup has fewer changes than the mark, and the witness refuses to start: it would
cosign a second history, and honestly believe it.

Source: C2SP tlog-witness; `docs/coalition.md`.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import logging
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from amparo.coalition import charter as charters
from amparo.coalition.charter import Charter
from amparo.errors import AmparoError, Malformed, Missing, Refused, Unavailable, Unsound
from amparo.ledger.outbound import http
from amparo.storage.durable import write_durably
from amparo.storage.node import read_secret_text
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import note, split, witness
from amparo.tlog.cosignature import Ed25519WitnessKey, MLDSA44WitnessKey, WitnessKey
from amparo.tlog.note import Ed25519Verifier
from amparo.tlog.witness import Refusal, Seen

OWN = ("keys", "logs", "witness.db*", "witness.lock", "evidence", "*.charter", ".*.new")
"""What lies in a witness's folder."""
SEED_BYTES = 32
MOST_EVIDENCE = 1000
"""Files of evidence a witness keeps; a log that signs more has been caught often enough."""
ASK_SECONDS = 10.0
_KINDS: dict[str, type[Ed25519WitnessKey] | type[MLDSA44WitnessKey]] = {
    "ed25519.key": Ed25519WitnessKey,
    "mldsa44.key": MLDSA44WitnessKey,
}
_SCHEMA = """\
CREATE TABLE IF NOT EXISTS seen (
    origin TEXT PRIMARY KEY,
    size   INTEGER NOT NULL,
    root   BLOB NOT NULL,
    text   BLOB NOT NULL,
    line   TEXT NOT NULL,  -- the log's own signature, verified; no other line of the request
    at     INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS changes (n INTEGER NOT NULL) STRICT;
INSERT INTO changes SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM changes);
"""
logger = logging.getLogger("amparo")


class Answer(NamedTuple):
    """What the witness answers."""

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"


class Followed(NamedTuple):
    """A log, and how far this witness has seen it."""

    key: Ed25519Verifier
    size: int
    at: int
    """When it last cosigned; 0: never."""


class SeenThere(NamedTuple):
    """What a witness says of a log."""

    witness: str
    log: str
    answer: str
    """How many entries it has seen; or why it did not say."""


def make(folder: Path, name: str) -> None:
    """Make a witness with two fresh keys; refuse where there is one."""
    note.check_key_name(name)
    keys = folder / "keys"
    if keys.exists():
        raise Refused(
            "There is a witness in this folder.",
            why=f"{keys} exists; a new key would be another witness",
            fix="Name another folder.",
        )
    keys.mkdir(parents=True, mode=0o700)
    for file in _KINDS:
        text = f"{name} {secrets.token_bytes(SEED_BYTES).hex()}\n"
        write_durably(keys / file, text.encode(), mode=0o600)
    write_durably(folder / "logs", b"# One log a line: log <vkey> [url]\n")


def keys_of(folder: Path) -> list[WitnessKey]:
    """The witness's private keys."""
    found: list[WitnessKey] = []
    for file, kind in _KINDS.items():
        if not (folder / "keys" / file).exists():
            continue
        try:
            name, seed = read_secret_text(folder / "keys" / file).split()
            found.append(kind(name, bytes.fromhex(seed)))
        except ValueError:
            raise Malformed(
                "A key of this witness cannot be read.",
                why=f"{folder / 'keys' / file} is not `NAME SEED`",
                fix="Put it back from a backup of the keys.",
            ) from None
    if not found:
        raise Missing(
            "There is no witness here.",
            why=f"{folder / 'keys'} holds no key",
            fix=f"Make one with `amparo witness make NAME --data {folder}`.",
        )
    return found


def logs_of(folder: Path) -> dict[str, Ed25519Verifier]:
    """The logs it follows, by origin."""
    path = folder / "logs"
    text = path.read_text() if path.exists() else ""
    found = {}
    for line in text.splitlines():
        match line.split("#", 1)[0].split():
            case []:
                continue
            case ["log", vkey, *url] if len(url) < 2:
                key = Ed25519Verifier.from_vkey(vkey)
                found[key.name] = key
            case ["charter", root, *files] if files:
                charter = charters.follow(root, [(folder / name).read_bytes() for name in files])
                for party in charter.member:
                    if party.log is not None:
                        key = Ed25519Verifier.from_vkey(party.log.key)
                        found[key.name] = key
            case _:
                raise Malformed(
                    "The list of logs cannot be read.",
                    why=f"{path}: {line[:60]!r} is not `log VKEY [URL]` or `charter ROOT FILE...`",
                    fix="Mend that line; see docs/coalition.md.",
                )
    return found


class Witness:
    """A witness that is running; used by one thread at a time, in one process."""

    def __init__(self, folder: Path, mark: Path, *, clock: Callable[[], float] = time.time) -> None:
        """Open its state, or refuse when it is older than the mark says."""
        self.keys = keys_of(folder)
        self._folder, self._mark, self._clock = folder, mark, clock
        self._logs = logs_of(folder)
        self._db = _open(folder)
        self._changes = int(self._db.execute("SELECT n FROM changes").get)
        _check_mark(mark, self._changes)
        self._put_mark()
        self._seen = {
            str(origin): Seen(int(size), bytes(root))
            for origin, size, root in self._rows("SELECT origin, size, root FROM seen")
        }

    def close(self) -> None:
        """Close its state."""
        self._db.close()

    def add_checkpoint(self, body: bytes) -> Answer:
        """`POST add-checkpoint`: checked, stored, marked; then, and only then, cosigned."""
        logs = {origin: [key] for origin, key in self._logs.items()}
        decided = witness.decide(body, logs=logs, seen=self._seen)
        if isinstance(decided, Refusal):
            if decided.status in (409, 422):
                self._keep_evidence(body)
            return Answer(decided.status, decided.body, decided.content_type)
        origin, now = decided.checkpoint.origin, int(self._clock())
        if now < self._at(origin):
            return Answer(503, b"the clock of this witness is behind its last cosignature\n")
        try:
            if not self._store(decided, now):
                return Answer(409, b"%d\n" % self._seen[origin].size, witness.SIZE_TYPE)
            self._put_mark()
        except (OSError, apsw.Error) as error:  # a full disk, say: nothing is signed unstored
            logger.warning("the state could not be stored: %s", error)
            return Answer(503, b"the state of this witness could not be stored\n")
        return Answer(200, self._cosigned(decided.text, now))

    def last(self, name: str) -> bytes | None:
        """The last cosigned checkpoint of the log whose origin has this SHA-256, in hexadecimal."""
        for origin, text, line, at in self._rows("SELECT origin, text, line, at FROM seen"):
            if hashlib.sha256(str(origin).encode()).hexdigest() == name:
                return bytes(text) + b"\n" + f"{line}\n".encode() + self._cosigned(text, int(at))
        return None

    def followed(self) -> list[Followed]:
        """The logs it follows, and how far it has seen each."""
        return [
            Followed(key, self._seen.get(origin, Seen()).size, self._at(origin))
            for origin, key in sorted(self._logs.items())
        ]

    def _cosigned(self, text: bytes, at: int) -> bytes:
        return "".join(f"{key.cosign(text, at).line()}\n" for key in self.keys).encode()

    def _store(self, accepted: witness.Acceptance, now: int) -> bool:
        tree = accepted.checkpoint
        with self._db:
            self._db.execute(
                "INSERT INTO seen VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (origin) DO UPDATE "
                "SET size = ?2, root = ?3, text = ?4, line = ?5, at = ?6 WHERE size = ?7",
                (
                    tree.origin,
                    tree.size,
                    tree.root,
                    accepted.text,
                    accepted.line.line(),
                    now,
                    accepted.was,
                ),
            )
            if self._db.changes() != 1:
                return False
            self._db.execute("UPDATE changes SET n = n + 1")
        self._changes += 1
        self._seen[tree.origin] = Seen(tree.size, tree.root)
        return True

    def _put_mark(self) -> None:
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        write_durably(self._mark, b"%d\n" % self._changes)

    def _at(self, origin: str) -> int:
        return int(
            self._db.execute("SELECT max(at) FROM seen WHERE origin = ?", (origin,)).get or 0
        )

    def _keep_evidence(self, body: bytes) -> None:
        """Keep what a log has signed against what it signed before; its signature was checked."""
        signed = witness.parse_request(body).checkpoint
        tree = checkpoints.parse(note.parse(signed).text)
        known = self._seen.get(tree.origin, Seen())
        if tree.size != known.size or tree.root == known.root or not known.size:
            return
        [(text, line)] = self._rows("SELECT text, line FROM seen WHERE origin = ?", tree.origin)
        first = bytes(text) + b"\n" + f"{line}\n".encode()
        folder = self._folder / "evidence"
        folder.mkdir(exist_ok=True)
        path = folder / f"{tree.size}-{tree.root.hex()}.split"
        if not path.exists() and len(list(folder.iterdir())) < MOST_EVIDENCE:
            write_durably(path, split.evidence(self._logs[tree.origin].vkey, first, signed))
            logger.warning("%s has shown two views of size %d: %s", tree.origin, tree.size, path)

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._db.execute(query, values).fetchall()
        return rows


def recover(folder: Path, mark: Path, others: list[str]) -> int:
    """After a restored backup: begin again only if no other witness has seen more of any log.

    How many logs were compared. Raises `Unsound` when somebody has: this key must not be used on.
    """
    logs, compared = logs_of(folder), 0
    db = _open(folder)
    rows: list[tuple[Any, ...]] = db.execute("SELECT origin, size FROM seen").fetchall()
    seen = {str(origin): int(size) for origin, size in rows}
    changes = int(db.execute("SELECT n FROM changes").get)
    db.close()
    for origin, key in logs.items():
        for url in others:
            theirs = _asked(url, origin, key)
            if theirs > seen.get(origin, 0):
                raise Unsound(
                    "This witness has forgotten something.",
                    why=f"{url} has seen {theirs} entries of {origin}; this one remembers "
                    f"{seen.get(origin, 0)}",
                    fix="Make a new witness with a new key, and let the charter name it.",
                )
            compared += 1
    if not compared:
        raise Refused(
            "Nobody could be compared with.",
            why="no log or no other witness is known",
            fix="Name other witnesses with --ask URL.",
        )
    mark.parent.mkdir(parents=True, exist_ok=True)
    write_durably(mark, b"%d\n" % changes)
    return compared


def seen_everywhere(charter: Charter) -> list[SeenThere]:
    """How far each witness of a charter has seen each log, as it tells itself."""
    found = []
    silent: dict[str, str] = {}  # who did not answer once is not waited for at every log
    for member in charter.member:
        for log in (party.log for party in charter.member if party.log is not None):
            if member.witness is None or member.log == log:
                continue
            key, url = Ed25519Verifier.from_vkey(log.key), member.witness.url
            try:
                answer = silent.get(url) or str(_asked(url, key.name, key))
            except Unavailable as error:
                answer = silent[url] = error.why
            except AmparoError as error:
                answer = error.why
            found.append(SeenThere(member.id, key.name, answer))
    return found


def _asked(url: str, origin: str, key: Ed25519Verifier) -> int:
    """How many entries of a log another witness has seen; it has to answer."""
    answer = http.ask(
        "GET",
        f"{url.rstrip('/')}/{witness.monitoring_path(origin)}",
        seconds=ASK_SECONDS,
        most_bytes=note.MOST_NOTE_BYTES,
        named=http.host_of(url),
        proxy=http.proxy_for(url),
    )
    if answer.status == 404:
        return 0
    if not answer.is_success:
        raise Unavailable(
            "Another witness did not answer.",
            why=f"{url}: it answered {answer.status}",
            fix="Ask one that does.",
        )
    return checkpoints.open_checkpoint(answer.body, origin=origin, keys=[key]).size


def _open(folder: Path) -> apsw.Connection:
    db = apsw.Connection(str(folder / "witness.db"))
    db.set_busy_timeout(10_000)
    for name, value in (("journal_mode", "wal"), ("synchronous", "full")):
        db.pragma(name, value)
    db.execute(_SCHEMA)
    return db


def _check_mark(mark: Path, changes: int) -> None:
    try:
        marked = int(mark.read_text()) if mark.exists() else None
    except ValueError:
        marked = None
    if marked is not None and marked <= changes:
        return
    if marked is None and changes == 0 and not mark.exists():
        return
    raise Refused(
        "This witness's state is not the newest, so it does not start.",
        why=f"its state has changed {changes} times, "
        + (f"the mark at {mark} says {marked}" if marked is not None else f"{mark} cannot be read"),
        fix="Put the newest state back. If it is lost: `amparo witness recover --ask URL` asks "
        "other witnesses whether anything is missing.",
    )
