"""Claims: somebody says that a case is theirs, and shows it by a word from the account.

The word follows from the claim's capability and not the other way round, so that it may be posted
where everybody reads it. Only who asked has the capability, and once the word was seen it is their
own link to the case. What is asked waits for some days, and ends by itself.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from amparo.case import claim, deadlines
from amparo.case.state import Actor
from amparo.errors import Malformed, Missing, Text
from amparo.ledger.case import casework, links
from amparo.ledger.outbound import outbox
from amparo.storage.journal import Journal

_WORD_BYTES = 10


class Claim(NamedTuple):
    """A claim to a case."""

    hash: bytes
    case: UUID
    word: str
    place: str
    """Where the claimant says that the word can be seen; may be empty."""
    ends_at: datetime
    refused: str
    """Why, where somebody looked and did not see the word."""


def ask(
    journal: Journal,
    case_id: UUID,
    now: datetime,
    *,
    has_link: bool = True,
    capability: bytes | None = None,
) -> bytes:
    """The capability of a new claim to a case: it opens the claim's page, and the case later.

    By chance, or this one; what was asked by it before is not asked again.
    """
    capability = capability or os.urandom(links.LINK_BYTES)
    word, ends = word_of(capability), deadlines.due("claim", now)
    with journal.transaction():
        _forget_ended(journal, now)
        if links.made(journal, capability) is not None:
            return capability
        already = len(of_case(journal, case_id, now))
        step = partial(claim.ask, word=word, already=already, now=now, has_link=has_link)
        casework.act_within(journal, case_id, step)
        journal.db.execute(
            "INSERT INTO claim VALUES (?, ?, ?, '', ?, '')",
            (links.digest_of(capability), case_id.bytes, word, int(ends.timestamp())),
        )
    return capability


def word_of(capability: bytes) -> str:
    """What a claimant has to write: 80 bits, from which nobody gets back to the capability."""
    digest = hashlib.sha256(b"amparo.claim.v1\n" + capability).digest()[:_WORD_BYTES]
    letters = base64.b32encode(digest).decode().lower()
    return "-".join(["amparo", *(letters[i : i + 4] for i in range(0, len(letters), 4))])


def find(journal: Journal, case_id: UUID, word: str, now: datetime) -> Claim:
    """The open claim with this word."""
    return _with_word(of_case(journal, case_id, now), word.strip().lower())


def _with_word(among: Sequence[Claim], word: str) -> Claim:
    for found in among:
        if found.word == word:
            return found
    raise Missing(
        "There is no claim with this word.",
        why=Text(
            "{word} belongs to no claim to this case that is still open", word=repr(word[:60])
        ),
        fix="Take the word from the account letter by letter; a claim ends after some days.",
    )


def by_capability(journal: Journal, case_id: UUID, capability: str, now: datetime) -> Claim:
    """The claim that a capability belongs to, also one that was refused."""
    return _with_word(_of_case(journal, case_id, now), word_of(bytes.fromhex(capability)))


def of_case(journal: Journal, case_id: UUID, now: datetime) -> list[Claim]:
    """Open claims to one case."""
    return [found for found in _of_case(journal, case_id, now) if not found.refused]


def _of_case(journal: Journal, case_id: UUID, now: datetime) -> list[Claim]:
    rows = journal.db.execute(f"{_SELECT} AND case_id = ?", (int(now.timestamp()), case_id.bytes))
    return _claims(rows.fetchall())


def every(journal: Journal, now: datetime) -> list[Claim]:
    """Every open claim, the one that ends first comes first."""
    rows = journal.db.execute(f"{_SELECT} ORDER BY ends_at", (int(now.timestamp()),))
    return [found for found in _claims(rows.fetchall()) if not found.refused]


def say_where(journal: Journal, found: Claim, place: str) -> None:
    """The claimant says where the word can be seen."""
    if not place:
        raise Malformed(
            "Where the word can be seen is missing.",
            why="somebody has to look there",
            fix="Give the address of the post or the profile, or say how you sent it.",
            field="place",
        )
    with journal.transaction():
        journal.db.execute("UPDATE claim SET place = ? WHERE hash = ?", (place, found.hash))


def prove(journal: Journal, found: Claim, *, seen: str, by: Actor, now: datetime) -> None:
    """The word came from the account: earlier links end, and the claim's opens the case.

    The address that was left may be the earlier holder's: it is forgotten.
    """
    with journal.transaction():
        find(journal, found.case, found.word, now)  # it may have ended meanwhile
        held = links.is_held(journal, found.case)
        step = partial(claim.prove, word=found.word, seen=seen, by=by, held=held, now=now)
        casework.act_within(journal, found.case, step)
        links.end_all(journal, found.case, "person")
        outbox.forget(journal, found.case, "person")
        links.keep(journal, found.case, found.hash, "person")
        journal.db.execute("DELETE FROM claim WHERE hash = ?", (found.hash,))


def refuse(journal: Journal, found: Claim, *, reasons: str, by: Actor, now: datetime) -> None:
    """Somebody looked, and the account did not show the word."""
    with journal.transaction():
        find(journal, found.case, found.word, now)
        step = claim.refuse(word=found.word, reasons=reasons, by=by, now=now)
        casework.act_within(journal, found.case, lambda _: step)
        journal.db.execute(  # its page goes on telling why
            "UPDATE claim SET refused = ? WHERE hash = ?", (reasons.strip(), found.hash)
        )


def _forget_ended(journal: Journal, now: datetime) -> None:
    journal.db.execute("DELETE FROM claim WHERE ends_at <= ?", (int(now.timestamp()),))


_SELECT = "SELECT hash, case_id, word, place, ends_at, refused FROM claim WHERE ends_at > ?"


def _claims(rows: Sequence[Any]) -> list[Claim]:
    return [
        Claim(
            bytes(digest),
            UUID(bytes=bytes(case)),
            word,
            place,
            datetime.fromtimestamp(ends, UTC),
            refused,
        )
        for digest, case, word, place, ends, refused in rows
    ]
