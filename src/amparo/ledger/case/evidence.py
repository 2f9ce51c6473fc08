"""Evidence: files that a side attaches, kept outside the log and committed to in it by SHA-256.

A file lies under a name of chance; the one it came with is only shown. Nothing is opened, converted
or executed here, and it is always handed out as a download.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import secrets
import time
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from amparo.case.events import Attachment
from amparo.errors import Malformed, Missing, Text
from amparo.storage.blobs import Store
from amparo.storage.journal import Journal

MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 5
_MOST_NAME = 120


class Exhibit(NamedTuple):
    """A file that belongs to a case."""

    id: int
    name: str
    size: int
    sha256: str
    by: str
    place: str


class Stored(NamedTuple):
    """A file that lies in the store, and of which nobody is told yet."""

    name: str
    place: str
    size: int
    sha256: str


def keep(
    journal: Journal,
    store: Store,
    case_id: UUID,
    name: str,
    body: bytes,
    *,
    by: str,
) -> Attachment:
    """Keep a file; what the event that tells of it commits to."""
    # First the file, then the row: a crash in between leaves a file that nobody is told of.
    stored = put(store, name, body)
    with journal.transaction():
        return note(journal, case_id, stored, by=by)


def put(store: Store, name: str, body: bytes, *, most: int = MOST_BYTES) -> Stored:
    """Put a file into the store: the first half of keeping it."""
    if len(body) > most:
        raise Malformed(
            "Attachments: a file is too large.",
            why=Text(
                "it has {number} bytes; at most {most} are taken", number=len(body), most=most
            ),
            fix="Make it smaller, or split it.",
        )
    chance = secrets.token_hex(16)
    place = f"{chance[:2]}/{chance}"
    store.write_new({place: body})
    return Stored(_shown(name), place, len(body), hashlib.sha256(body).hexdigest())


def put_each(store: Store, files: Sequence[tuple[str, bytes]]) -> list[Stored]:
    """Put several, each a name and a body; where one cannot be put, none is left behind."""
    stored: list[Stored] = []
    try:
        for name, body in files:
            stored.append(put(store, name, body))
    except Exception:
        drop(store, stored)
        raise
    return stored


def note(journal: Journal, case_id: UUID, stored: Stored, *, by: str) -> Attachment:
    """Say of a stored file whose it is, inside a transaction: the second half."""
    name, place, size, digest = stored
    journal.db.execute(
        "INSERT INTO evidence (case_id, place, name, size, sha256, by_role, at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (case_id.bytes, place, name, size, digest, by, int(time.time())),
    )
    return Attachment(digest, size)


def drop(store: Store, files: Sequence[Stored]) -> None:
    """Delete files that nobody was told of: nobody could ever find them, or erase them."""
    for stored in files:
        store.delete(stored.place)


def of_case(journal: Journal, case_id: UUID) -> list[Exhibit]:
    """The files of a case, in the order in which they came."""
    rows = journal.db.execute(
        "SELECT id, name, size, sha256, by_role, place FROM evidence WHERE case_id = ? ORDER BY id",
        (case_id.bytes,),
    )
    return [Exhibit(*row) for row in rows]


def find(journal: Journal, case_id: UUID, number: int) -> Exhibit:
    """A file of a case, by its number; its body is in the store of evidence, at its place."""
    for exhibit in of_case(journal, case_id):
        if exhibit.id == number:
            return exhibit
    raise Missing(
        "There is no such file in this case.",
        why="it was erased, or is of another case",
        fix="Open it from the page of the case.",
    )


def erase(journal: Journal, store: Store, exhibits: Sequence[Exhibit]) -> None:
    """Erase files of cases; one that was filed for several people lies until the last is erased."""
    with journal.transaction():
        for exhibit in exhibits:
            journal.db.execute("DELETE FROM evidence WHERE id = ?", (exhibit.id,))
        # Before the commit: a crash then leaves a row without its file, and is completed by
        # erasing again, and never a file that nobody can find.
        for place in {exhibit.place for exhibit in exhibits}:
            if not _is_used(journal, place):
                store.delete(place)


def _is_used(journal: Journal, place: str) -> bool:
    query = "SELECT 1 FROM evidence WHERE place = ? LIMIT 1"
    return journal.db.execute(query, (place,)).get is not None


def _shown(name: str) -> str:
    """A file's own name, without folders and without what does not print."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable())[:_MOST_NAME] or "file"
