"""Saved texts: reasons that a desk gives again and again, for a clause or for any.

Each seat has its own, which nobody else reads; what a lead shares belongs to the desk. A text is a
beginning and no answer: it is put into a draft, where whoever decides makes it fit the case.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from amparo.case import text_limits
from amparo.errors import Denied, Malformed, Missing, Mistakes, Refused, Text
from amparo.ledger.case import marks
from amparo.ledger.case.people import Person
from amparo.ledger.case.wording import folded
from amparo.storage.journal import Journal

MOST_OWN = 50
MOST_SHARED = 100
MOST_BODY = 4_000
"""Characters: a fifth of what reasons may have, so that there is room for the case itself."""
MOST_TITLE = 100

_COLUMNS = "id, seat, shared, title, clause, body, at"


class Written(NamedTuple):
    """What somebody writes of a text."""

    title: str
    clause: str
    """Words of the law or clause that it is for; empty: of any."""
    body: str
    shared: bool = False


class Saved(NamedTuple):
    """A text as it is kept."""

    id: int
    seat: int
    shared: bool
    title: str
    clause: str
    body: str
    at: int
    """When it was last changed, in POSIX seconds."""

    @property
    def written(self) -> Written:
        """What somebody wrote of it."""
        return Written(self.title, self.clause, self.body, self.shared)

    @property
    def excerpt(self) -> str:
        """How it begins."""
        return marks.shortened(self.body)

    @property
    def digest(self) -> str:
        """Tells whether it was changed since a page showed it."""
        return hashlib.sha256("\0".join(map(str, self.written)).encode()).hexdigest()[:12]

    def may_be_changed_by(self, person: Person) -> bool:
        """Whether somebody who reads it may change it: its owner, or a lead where it is shared."""
        return person.lead if self.shared else self.seat == person.id


def every(journal: Journal, person: Person) -> list[Saved]:
    """What somebody reads: their own, and those of their desk; by clause, then by title."""
    rows = journal.db.execute(
        f"SELECT {_COLUMNS} FROM saved_text WHERE platform = ? AND (shared = 1 OR seat = ?)",
        (person.desk, person.id),
    ).fetchall()
    found = [_saved(row) for row in rows]
    return sorted(found, key=lambda text: (folded(text.clause), folded(text.title), text.id))


def find(journal: Journal, person: Person, number: int) -> Saved:
    """One that somebody reads; of another's they are told no more than of none."""
    row = journal.db.execute(
        f"SELECT {_COLUMNS} FROM saved_text "
        "WHERE id = ? AND platform = ? AND (shared = 1 OR seat = ?)",
        (number, person.desk, person.id),
    ).fetchone()
    if row is None:
        raise Missing(
            "There is no such text at your desk.",
            why="it was deleted, or is another reviewer's own",
            fix="Look at the list of saved texts.",
        )
    return _saved(row)


def fitting(saved: Sequence[Saved], clauses: Sequence[str]) -> list[Saved]:
    """Those for a case that names these clauses: of a clause first, then those for any."""
    named = [_words(clause) for clause in clauses]
    own = [text for text in saved if text.clause and _is_named(text.clause, named)]
    return own + [text for text in saved if not text.clause]


def put_after(journal: Journal, person: Person, number: int, typed: str) -> str:
    """Reasons with a text after them; a second click adds none.

    `Malformed` where they are too long together.
    """
    saved = find(journal, person, number)
    if saved.body in typed:
        return typed
    return text_limits.check_length("reasons", "\n\n".join(filter(None, (typed, saved.body))))


def add(journal: Journal, person: Person, written: Written) -> int:
    """Keep a text: its number. The same once more is the one there is (somebody clicks twice)."""
    _check(person, written)
    with journal.transaction():
        there = every(journal, person)
        same = (
            text
            for text in there
            if text.written == written and (written.shared or text.seat == person.id)
        )
        if (found := next(same, None)) is not None:
            return found.id
        _check_room(there, written)
        query = (
            "INSERT INTO saved_text (platform, seat, shared, title, clause, body, at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id"
        )
        values = (person.desk, person.id, *_columns(written))
        return int(journal.db.execute(query, values).get)


def change(journal: Journal, person: Person, number: int, written: Written, seen: str) -> None:
    """Put something else in its place; `seen` is the digest of what the page showed."""
    _check(person, written)
    with journal.transaction():
        before = _own(journal, person, number)
        if before.written == written:
            return
        if before.digest != seen:
            raise Refused(
                "Somebody changed this text after the page was opened.",
                why="what you send would put theirs away unread",
                fix="Read it below, then save yours once more to replace it.",
            )
        if before.shared != written.shared:
            _check_room(every(journal, person), written)
        journal.db.execute(
            "UPDATE saved_text SET seat = ?, shared = ?, title = ?, clause = ?, body = ?, at = ? "
            "WHERE id = ?",
            (person.id, *_columns(written), number),
        )


def delete(journal: Journal, person: Person, number: int) -> None:
    """It is gone; what was decided with it stays as it is."""
    with journal.transaction():
        journal.db.execute(
            "DELETE FROM saved_text WHERE id = ?", (_own(journal, person, number).id,)
        )


def drop_of_seat(journal: Journal, seat: int) -> None:
    """Whoever leaves takes their own along, not what they shared. Inside a transaction."""
    journal.db.execute("DELETE FROM saved_text WHERE seat = ? AND shared = 0", (seat,))


def _own(journal: Journal, person: Person, number: int) -> Saved:
    """One that somebody may change."""
    found = find(journal, person, number)
    if not found.may_be_changed_by(person):
        raise _of_the_desk()
    return found


def _of_the_desk() -> Denied:
    return Denied(
        "Only a lead shares texts, and changes what is shared.",
        why="everybody at the desk gives them as reasons",
        fix="Keep a text of your own, or ask a lead.",
    )


def _check(person: Person, written: Written) -> None:
    if written.shared and not person.lead:
        raise _of_the_desk()
    mistakes = Mistakes()
    for field, text, most in (
        ("title", written.title, MOST_TITLE),
        ("body", written.body, MOST_BODY),
    ):
        with mistakes.of(field):
            if not text:
                raise Malformed(
                    "A saved text needs a title and a text.",
                    why="one of them is empty",
                    fix="Fill in both; the clause may stay empty.",
                )
            text_limits.check_length(field, text, most)
    with mistakes.of("clause"):
        text_limits.check_length("clause", written.clause, text_limits.LINE)
    mistakes.end()


def _check_room(there: Sequence[Saved], written: Written) -> None:
    most = MOST_SHARED if written.shared else MOST_OWN
    number = sum(text.shared == written.shared for text in there)
    if number >= most:
        raise Refused(
            "There are as many saved texts as there can be.",
            why=Text("{number} are kept, of at most {most}", number=number, most=most),
            fix="Delete one that nobody uses.",
        )


def _is_named(clause: str, named: Sequence[str]) -> bool:
    """Whether a clause is in one that a case names, word by word: `5` is not in `section 52`."""
    return any(f" {_words(clause)} " in f" {name} " for name in named)


def _words(clause: str) -> str:
    """A clause as it is compared: without case, and without marks between its words."""
    marked = "".join(c if c.isalnum() or c in "._-" else " " for c in folded(clause))
    return " ".join(word.strip("._-") for word in marked.split())


def _columns(written: Written) -> tuple[int, str, str, str, int]:
    return (
        int(written.shared),
        written.title,
        written.clause,
        written.body,
        int(time.time()),
    )


def _saved(row: Sequence[Any]) -> Saved:
    number, seat, shared, title, clause, body, at = row
    return Saved(number, seat, bool(shared), title, clause, body, at)
