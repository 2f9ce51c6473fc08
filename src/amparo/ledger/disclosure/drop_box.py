"""The server's side of sealed disclosures: ciphertext, days, and as little else as there can be.

DIR/box.db        one row a submission, in no order of time; days, never hours
DIR/sealed/NAME   what was sent, as it was sent; its file time is the day
DIR/recipients/, DIR/charters/   who can open what; see `recipients`
DIR/keys/secret   of this server: codes are kept under it, recipients' permissions follow from it

No address, file name, word or secret key of anybody is kept. Nobody signs in: what a
recipient may see is locked for their key, and whoever can open it holds the permission to act. A
source comes back with a code of which only an Argon2id digest is kept.

The change time of a file (ctime) cannot be set by any program; whoever seizes the disk learns from
it when this server last wrote, not what or for whom.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import apsw
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from amparo.coalition import recipient, sealed, submission
from amparo.coalition.recipient import Recipient
from amparo.coalition.submission import Step, SubmissionState, Wish
from amparo.errors import Denied, Missing, Refused, Text, Unavailable
from amparo.ledger.disclosure import recipients, sealing
from amparo.storage.durable import write_durably
from amparo.storage.node import read_secret
from amparo.tlog import merkle

OWN = ("box.db*", "sealed", "recipients", "charters", "keys", ".*.new")
"""What lies in a box's folder."""
MOST_A_DAY = 500
"""Of all ways together; `web/disclosure/places` divides them, so that nobody reaches this alone."""
MOST_STORED_BYTES = 20 << 30
MOST_REPLIES = 50
LISTING_BYTES = 64 * 1024
"""A listing for a recipient is padded to a multiple of this."""
_SCHEMA = """\
CREATE TABLE IF NOT EXISTS submission (
    name    TEXT PRIMARY KEY,   -- by chance; it opens nothing and says nothing
    day     TEXT NOT NULL,
    size    INTEGER NOT NULL,
    sha256  TEXT NOT NULL,
    salt    BLOB NOT NULL,
    chosen  TEXT NOT NULL,      -- JSON: the recipients it was locked for, as the source said
    state   TEXT NOT NULL,
    since   TEXT NOT NULL,
    wish    TEXT NOT NULL       -- JSON: a step that waits for a second recipient; '' none
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS box (
    code    BLOB PRIMARY KEY,   -- Argon2id of the source's code, under the server's secret
    name    TEXT NOT NULL,
    key     TEXT NOT NULL,      -- the age key that replies are locked for
    visited TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reply (
    id      TEXT PRIMARY KEY,   -- by chance
    name    TEXT NOT NULL,
    n       INTEGER NOT NULL,
    day     TEXT NOT NULL,
    body    BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counted (
    leaf    BLOB PRIMARY KEY,   -- salted digest of a submission; without the salt it says nothing
    quarter TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""


class Submitted(NamedTuple):
    """What a source is told once."""

    name: str
    words: tuple[str, ...]
    """Seven words to come back with; none where the source brought a code of its own."""


class Found(NamedTuple):
    """What a source finds when it comes back."""

    day: str
    state: SubmissionState | None
    """None: destroyed."""
    replies: tuple[bytes, ...]


class Quarter(NamedTuple):
    """What is told in public of a quarter."""

    quarter: str
    band: str
    root: str
    """Merkle root over the salted digests, in the order of their bytes; hexadecimal."""


class Full(Unavailable):
    """A day's files have come, or as much is stored as may be."""


class Disclosures:
    """The box; used by one thread at a time, in one process."""

    def __init__(self, folder: Path) -> None:
        """Open it."""
        self._folder = folder
        self._secret = read_secret(folder / "keys" / "secret")
        self._db = apsw.Connection(str(folder / "box.db"))
        for name, value in (
            ("journal_mode", "delete"),  # no second file in which erased pages linger
            ("synchronous", "full"),
            ("secure_delete", "on"),
        ):
            self._db.pragma(name, value)
        self._db.execute(_SCHEMA)

    def close(self) -> None:
        """Close it."""
        self._db.close()

    # --- a source -------------------------------------------------------------------------

    def submit(
        self, raw: bytes, *, chosen: Sequence[str], key: str, code: str, today: date
    ) -> Submitted:
        """Take a sealed file.

        `key` is what replies are locked for; without one there is no box. `code` is empty where
        the source wants seven words from here.
        """
        judged = sealed.judge(raw)
        everybody = recipients.every(self._folder)
        named = recipient.choose(
            everybody, today, only=chosen or [addressee.id for addressee in everybody]
        )
        if len(named) > judged.recipients:
            named_, locked = len(named), judged.recipients
            raise Refused(
                "It is locked for fewer people than you chose.",
                why=Text("{named} are named, {locked} can open it", named=named_, locked=locked),
                fix="Lock it for each of them, or name only those.",
            )
        if key:
            sealing.lock(b"", [key])  # a key that replies cannot be locked for is refused now
        self._check_room(today)
        name = secrets.token_hex(16)
        words = sealing.words() if key and not code else ()
        digest = self.digest(code or " ".join(words))
        salt = secrets.token_bytes(32)
        fresh = hashlib.sha256(raw)
        path = self._folder / "sealed" / name
        with self._quiet(today):
            write_durably(path, raw, mode=0o600)
            _date(path, today)
            with self._db:
                self._db.execute(
                    "INSERT INTO submission VALUES (?, ?, ?, ?, ?, ?, 'sealed', ?, '')",
                    (
                        name,
                        str(today),
                        judged.inside,
                        fresh.hexdigest(),
                        salt,
                        json.dumps(sorted(addressee.id for addressee in named)),
                        str(today),
                    ),
                )
                if key:
                    box = (digest, name, key, str(today))
                    self._db.execute("INSERT INTO box VALUES (?, ?, ?, ?)", box)
                leaf = hashlib.sha256(salt + fresh.digest()).digest()
                quarter = submission.quarter(today)
                self._db.execute("INSERT INTO counted VALUES (?, ?)", (leaf, quarter))
        return Submitted(name, words)

    def digest(self, code: str) -> bytes:
        """What the box of a code is known by: 0.1 s of processor, on any thread."""
        return Argon2id(
            salt=self._secret, length=32, iterations=2, lanes=1, memory_cost=32 * 1024
        ).derive(code.encode())

    def come_back(self, digest: bytes, today: date) -> Found:
        """What is in the box of a code, by its `digest`."""
        name, _ = self._box(digest)
        with self._quiet(today), self._db:
            self._db.execute("UPDATE box SET visited = ? WHERE name = ?", (str(today), name))
        row = self._row(name)
        replies = self._db.execute("SELECT body FROM reply WHERE name = ? ORDER BY n", (name,))
        return Found(
            row["day"] if row else "",
            row["state"] if row else None,
            tuple(bytes(body) for (body,) in replies),
        )

    def leave(self, digest: bytes, today: date) -> None:
        """Destroy the box of a code's `digest`, and the submission if nobody has opened it."""
        name, _ = self._box(digest)
        row = self._row(name)
        with self._quiet(today):
            self._drop_box(name)
            if row and row["state"] == "sealed":
                self._destroy(name)

    # --- a recipient ----------------------------------------------------------------------

    def listing(self, who: str, today: date) -> bytes:
        """What somebody is to open, locked for their key: whoever asks may have it."""
        addressee = recipients.find(self._folder, who)
        if addressee is None:
            raise Missing(
                "There is no such recipient.",
                why=Text("the directory does not name {name}", name=who[:60]),
                fix="Look at the directory.",
            )
        rows = [row for row in self._rows() if who in row["chosen"]]
        listed = [self._listing_item(row, addressee, today) for row in rows]
        body = json.dumps(listed).encode()
        length = -(-(len(body) + 1) // LISTING_BYTES) * LISTING_BYTES
        return sealing.lock(body.ljust(length), [addressee.key])

    def fetch(self, name: str) -> bytes:
        """A sealed file; its name is known only from a listing."""
        if self._row(name) is None:
            raise Missing("There is no such file.", why="unknown or destroyed", fix="List again.")
        return (self._folder / "sealed" / name).read_bytes()

    def step(
        self, name: str, who: str, permission: str, step: Step, reply: bytes | None, today: date
    ) -> str:
        """Move a submission on, with a reply for the source if there is one; where it stands."""
        row, addressee = self._row(name), self._permitted(name, who, permission)
        if row is None:
            raise Missing(
                "It is destroyed.",
                why=Text("{name} was destroyed", name=name[:32]),
                fix="List again.",
            )
        if reply is not None:
            self._check_reply(name, reply)
        moved = submission.move(row["state"], row["wish"], step, addressee.member)
        with self._quiet(today):
            if reply is not None:
                self._put_reply(name, reply, today)
            if moved.state is None:
                self._destroy(name)
                return "destroyed"
            since = row["since"] if moved.state == row["state"] else str(today)
            wish = json.dumps(moved.wish) if moved.wish else ""
            with self._db:
                self._db.execute(
                    "UPDATE submission SET state = ?, since = ?, wish = ? WHERE name = ?",
                    (moved.state, since, wish, name),
                )
        return f"{moved.state}, waits for a second recipient" if moved.wish else moved.state

    # --- time -----------------------------------------------------------------------------

    def sweep(self, today: date) -> int:
        """Destroy what its time has come for; how much it was."""
        gone = 0
        with self._quiet(today):
            for row in self._rows():
                due = submission.destroyed_on(row["state"], date.fromisoformat(row["since"]))
                if due is not None and today > due:
                    self._destroy(row["name"])
                    gone += 1
            boxes = self._db.execute(
                "SELECT box.name, max(visited, coalesce(max(reply.day), '')) FROM box "
                "LEFT JOIN reply ON reply.name = box.name GROUP BY box.name"
            ).fetchall()
            for name, last in boxes:
                waited = (today - date.fromisoformat(str(last))).days
                if waited > submission.BOX_DAYS and self._state(str(name)) != "sealed":
                    self._drop_box(str(name))
        return gone

    def close_quarter(self, quarter: str) -> Quarter:
        """What may be told of a quarter that is over."""
        leaves = self._leaves(quarter)
        return Quarter(quarter, submission.band(len(leaves)), merkle.root_of(leaves).hex())

    # --- inside ---------------------------------------------------------------------------

    def _listing_item(
        self, row: dict[str, Any], addressee: Recipient, today: date
    ) -> dict[str, Any]:
        quarter = submission.quarter(date.fromisoformat(row["day"]))
        summary = {name: row[name] for name in ("name", "day", "size", "sha256", "state", "since")}
        summary |= {
            "permission": self._permission(row["name"], addressee.id),
            "key": self._reply_key(row["name"]),
            "wish": list(row["wish"] or ()),
            "alarm": submission.alarm(row["state"], date.fromisoformat(row["since"]), today),
            "salt": row["salt"].hex(),
        }
        if quarter != submission.quarter(today):  # a proof that it was here by then
            summary["proof"] = self._proof(row, quarter)
        return summary

    def _proof(self, row: dict[str, Any], quarter: str) -> dict[str, Any]:
        counted = hashlib.sha256(row["salt"] + bytes.fromhex(row["sha256"])).digest()
        leaves = self._leaves(quarter)
        index = leaves.index(merkle.leaf_hash(counted))
        proof = merkle.inclusion_proof(
            index, len(leaves), lambda k, i: merkle.root_of(leaves[i << k : (i + 1) << k])
        )
        return {
            "quarter": quarter,
            "index": index,
            "size": len(leaves),
            "hashes": [value.hex() for value in proof],
        }

    def _leaves(self, quarter: str) -> list[bytes]:
        rows = self._db.execute("SELECT leaf FROM counted WHERE quarter = ?", (quarter,))
        return sorted(merkle.leaf_hash(bytes(leaf)) for (leaf,) in rows)

    def _check_room(self, today: date) -> None:
        count = self._db.execute("SELECT count(*) FROM submission WHERE day = ?", (str(today),)).get
        stored = sum(path.stat().st_size for path in (self._folder / "sealed").iterdir())
        if int(count) >= MOST_A_DAY or stored > MOST_STORED_BYTES:
            raise Full(
                "No more is taken today.",
                why="this keeps a flood from pushing out what others have sent",
                fix="Come back tomorrow, or use one of the other places on the page.",
            )

    def _check_reply(self, name: str, body: bytes) -> None:
        if not self._reply_key(name):
            raise Missing(
                "The source's box is gone.",
                why="its time was over",
                fix="Nothing needs to be done.",
            )
        if not body.startswith(sealed.MAGIC) or len(body) > 2 * sealing.REPLY_BYTES:
            raise sealed.not_sealed(body)
        count = self._db.execute("SELECT count(*) FROM reply WHERE name = ?", (name,)).get
        if int(count) >= MOST_REPLIES:
            raise Refused(
                "The box is full.",
                why=Text("it holds {number} replies", number=count),
                fix="Wait for the source.",
            )

    def _put_reply(self, name: str, body: bytes, today: date) -> None:
        with self._db:
            self._db.execute(
                "INSERT INTO reply SELECT ?1, ?2, coalesce(max(n), 0) + 1, ?3, ?4 FROM reply "
                "WHERE name = ?2",
                (secrets.token_hex(16), name, str(today), body),
            )

    def _destroy(self, name: str) -> None:
        """The ciphertext goes; what was counted stays counted, and says nothing."""
        (self._folder / "sealed" / name).unlink(missing_ok=True)
        with self._db:
            self._db.execute("DELETE FROM submission WHERE name = ?", (name,))

    def _drop_box(self, name: str) -> None:
        with self._db:
            self._db.execute("DELETE FROM box WHERE name = ?", (name,))
            self._db.execute("DELETE FROM reply WHERE name = ?", (name,))

    def _box(self, digest: bytes) -> tuple[str, str]:
        row = self._db.execute("SELECT name, key FROM box WHERE code = ?", (digest,)).fetchone()
        if row is None:
            raise Denied(
                "There is no box for these words.",
                why="they are not the seven words, or the box's time was over",
                fix="Look at each word again. Lost words cannot be brought back.",
            )
        return str(row[0]), str(row[1])

    def _permission(self, name: str, who: str) -> str:
        return hmac.new(self._secret, f"{name}\n{who}".encode(), hashlib.sha256).hexdigest()

    def _permitted(self, name: str, who: str, permission: str) -> Recipient:
        addressee = recipients.find(self._folder, who)
        if addressee is None or not hmac.compare_digest(permission, self._permission(name, who)):
            raise Denied(
                "That is not yours to do.",
                why="the permission is wrong",
                fix="Open your listing again; the permission lies in it.",
            )
        return addressee

    def _reply_key(self, name: str) -> str:
        return str(self._db.execute("SELECT key FROM box WHERE name = ?", (name,)).get or "")

    def _state(self, name: str) -> str:
        row = self._row(name)
        return row["state"] if row else ""

    def _row(self, name: str) -> dict[str, Any] | None:
        return next((row for row in self._rows("WHERE name = ?", name)), None)

    def _rows(self, where: str = "", *values: str) -> list[dict[str, Any]]:
        found = []
        for row in self._db.execute(f"SELECT {_COLUMNS} FROM submission {where}", values):
            record = dict(zip(_COLUMNS.split(", "), row, strict=True))
            record["chosen"] = json.loads(str(record["chosen"]))
            record["wish"] = Wish(*json.loads(str(record["wish"]))) if record["wish"] else None
            found.append(record)
        return found

    @contextlib.contextmanager
    def _quiet(self, today: date) -> Iterator[None]:
        """Afterwards, no time of a file or a folder says more than the day."""
        try:
            yield
        finally:
            for path in (self._folder / "box.db", self._folder / "sealed", self._folder):
                _date(path, today)


def make(folder: Path, root: str, charter_files: Sequence[bytes]) -> None:
    """Make a box that follows a charter; refuse where there is one."""
    if (folder / "keys").exists():
        raise Refused(
            "There is a box in this folder.",
            why=Text("{path} exists", path=str(folder / "keys")),
            fix="Name another.",
        )
    recipients.make(folder, root, charter_files)
    for part in ("keys", "sealed"):
        (folder / part).mkdir(mode=0o700)
    write_durably(folder / "keys" / "secret", secrets.token_bytes(32), mode=0o600)


def _date(path: Path, day: date) -> None:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    os.utime(path, (at, at))


_COLUMNS = "name, day, size, sha256, salt, chosen, state, since, wish"
