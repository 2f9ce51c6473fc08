"""Resolutions as a node keeps them: each document as it was signed, each with its own log entry.

Nothing is stored that a member's key has not signed. The same document sent twice is one.
"""

# SPDX-License-Identifier: Apache-2.0

import os
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from amparo.case.issue import later
from amparo.coalition import document, resolution
from amparo.coalition.charter import Charter
from amparo.coalition.resolution import (
    ANSWER,
    CONTACT,
    RESOLUTION,
    Answer,
    Contact,
    Resolution,
    Standing,
)
from amparo.errors import Missing, Text
from amparo.ledger.coalition import charters
from amparo.ledger.log import totals
from amparo.ledger.log.notarise import NO_DECISION, NOBODY
from amparo.record import sealing
from amparo.record.event import timestamp
from amparo.record.uuid7 import uuid7
from amparo.storage.journal import Journal, Row
from amparo.storage.node import Node
from amparo.tlog import note
from amparo.tlog.note import Note


class Paper(NamedTuple):
    """A document as it is kept."""

    digest: str
    kind: str
    note: bytes
    at: int
    seq: int


class Whole(NamedTuple):
    """A resolution with everything that belongs to it."""

    digest: str
    resolution: Resolution
    paper: Paper
    answers: tuple[tuple[Answer, Paper], ...]
    contacts: tuple[tuple[Contact, Paper], ...]
    adopted: Paper | None
    """The log's own record of the adoption."""
    of: Charter
    """The charter that it names."""
    standing: Standing


def take(journal: Journal, node: Node, raw: bytes, now: datetime) -> Paper:
    """Keep a resolution, an answer or a contact, if it may be; sent again, it changes nothing."""
    signed = note.parse(raw)
    header = signed.text.partition(b"\n")[0] + b"\n"
    with journal.transaction():
        known = _paper(journal, document.digest(signed.text))
        if known is not None:
            return known
        if header == RESOLUTION:
            return _propose(journal, node, raw, now)
        if header == ANSWER:
            return _answer(journal, node, raw, now)
        return _contact(journal, node, raw, now)


def whole(journal: Journal, node: Node, digest: str, today: date) -> Whole:
    """A resolution, and how it stands today."""
    paper = _paper(journal, digest)
    if paper is None or paper.kind != "resolution":
        raise nothing(digest)
    proposed, _ = document.read(paper.note, RESOLUTION, Resolution)
    papers = _of(journal, digest)
    answers = tuple(
        (document.read(paper.note, ANSWER, Answer)[0], paper)
        for paper in papers
        if paper.kind == "answer"
    )
    contacts = tuple(
        (document.read(paper.note, CONTACT, Contact)[0], paper)
        for paper in papers
        if paper.kind == "contact"
    )
    of, _ = charters.by_digest(node, proposed.charter)
    standing = resolution.stands(proposed, (given for given, _ in answers), of=of, today=today)
    adopted = next((paper for paper in papers if paper.kind == "adopted"), None)
    return Whole(digest, proposed, paper, answers, contacts, adopted, of, standing)


def every(journal: Journal) -> list[str]:
    """The digests of all resolutions, newest first."""
    rows = journal.db.execute(
        "SELECT digest FROM paper WHERE kind = 'resolution' ORDER BY seq DESC"
    )
    return [str(digest) for (digest,) in rows]


def find(journal: Journal, beginning: str) -> str:
    """A resolution's digest by the beginning of it."""
    found = [digest for digest in every(journal) if beginning and digest.startswith(beginning)]
    if len(found) != 1:
        raise Missing(
            "There is no resolution under that name.",
            why=Text("{number} begin with {name}", number=len(found), name=repr(beginning[:80])),
            fix="`amparo resolution list` shows their digests.",
        )
    return found[0]


def is_paper(journal: Journal, seq: int) -> bool:
    """Whether an entry of the log is about a resolution: then anybody may have its receipt."""
    return journal.db.execute("SELECT 1 FROM paper WHERE seq = ?", (seq,)).get is not None


def about(journal: Journal, seq: int) -> str:
    """The digest of the resolution that an entry of the log is about."""
    query = "SELECT resolution FROM paper WHERE seq = ?"
    row = journal.db.execute(query, (seq,)).fetchone()
    if row is None:
        raise nothing(str(seq))
    return str(row[0])


def nothing(name: str) -> Missing:
    """What is said of a name that this node does not know."""
    return Missing(
        "There is no resolution under that name.",
        why=Text("this node does not know {name}", name=repr(name[:80])),
        fix="Look at the list of resolutions.",
    )


def _propose(journal: Journal, node: Node, raw: bytes, now: datetime) -> Paper:
    proposed, signed = document.read(raw, RESOLUTION, Resolution)
    found, text = charters.newest(node)
    resolution.propose(proposed, signed, found, text)
    digest = document.digest(signed.text)
    return _keep(journal, "resolution", digest, signed, now)


def _answer(journal: Journal, node: Node, raw: bytes, now: datetime) -> Paper:
    given, signed = document.read(raw, ANSWER, Answer)
    before = whole(journal, node, given.resolution, now.date())
    resolution.answer(
        given,
        signed,
        resolution=before.resolution,
        before=[given for given, _ in before.answers],
        of=before.of,
        now=charters.current(node),
        today=now.date(),
    )
    paper = _keep(journal, "answer", given.resolution, signed, now)
    after = whole(journal, node, given.resolution, now.date())
    if after.standing.status == "adopted" and before.standing.status != "adopted":
        support = sorted(after.standing.support)
        details = {"resolution": given.resolution, "support": support}
        seq = _log(journal, "resolution.adopted", details, now)
        _insert(
            journal,
            Paper(f"adopted.{given.resolution}", "adopted", b"", _at(now), seq),
            given.resolution,
        )
    return paper


def _contact(journal: Journal, node: Node, raw: bytes, now: datetime) -> Paper:
    given, signed = document.read(raw, CONTACT, Contact)
    before = whole(journal, node, given.resolution, now.date())
    resolution.contact(
        given,
        signed,
        resolution=before.resolution,
        before=len(before.contacts),
        now=charters.current(node),
        today=now.date(),
    )
    return _keep(journal, "contact", given.resolution, signed, now)


def _keep(journal: Journal, kind: str, of: str, signed: Note, now: datetime) -> Paper:
    digest = document.digest(signed.text)
    details = {"sha256": digest, "text": signed.text.decode()}
    seq = _log(journal, f"resolution.{kind}", details, now)
    paper = Paper(digest, kind, signed.encode(), _at(now), seq)
    _insert(journal, paper, of)
    return paper


def _log(journal: Journal, kind: str, details: Mapping[str, Any], now: datetime) -> int:
    issued = later(kind, dict(details), at=timestamp(now), salt=os.urandom(32))
    case_id = uuid7(int(now.timestamp() * 1000), os.urandom(10))
    row = Row(case_id, NO_DECISION, NOBODY, issued.leaf, sealing.pack(issued.opening))
    totals.add(journal, [kind])
    return journal.insert([row])


def _insert(journal: Journal, paper: Paper, of: str) -> None:
    journal.db.execute(
        "INSERT INTO paper VALUES (?, ?, ?, ?, ?, ?)",
        (paper.digest, of, paper.kind, paper.note, paper.at, paper.seq),
    )


def _paper(journal: Journal, digest: str) -> Paper | None:
    row = journal.db.execute(f"SELECT {_COLUMNS} FROM paper WHERE digest = ?", (digest,)).fetchone()
    return None if row is None else Paper(*row)


def _of(journal: Journal, digest: str) -> list[Paper]:
    query = f"SELECT {_COLUMNS} FROM paper WHERE resolution = ? ORDER BY seq"
    return [Paper(*row) for row in journal.db.execute(query, (digest,))]


def _at(now: datetime) -> int:
    return int(now.timestamp())


_COLUMNS = "digest, kind, note, at, seq"
