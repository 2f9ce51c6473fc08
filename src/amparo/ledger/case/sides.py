"""Naming the other side's case: a statement or report is looked up, and linked in both cases."""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from functools import partial
from uuid import UUID

from amparo.case import sides
from amparo.case.events import Linked
from amparo.case.state import Actor
from amparo.errors import Missing, Refused, Text
from amparo.ledger.case import casework, matters
from amparo.ledger.case.casework import File
from amparo.ledger.log.intake import puid_digest
from amparo.ledger.log.platforms import Platform
from amparo.storage.journal import Journal


def link(
    journal: Journal, notice: UUID, statement: UUID, *, how: Linked, by: Actor, now: datetime
) -> None:
    """Link a report and a decision about what was reported, inside a transaction."""
    files = [casework.read(journal, case_id) for case_id in (notice, statement)]
    mine, other = (frozenset({file.id, *file.others}) for file in files)
    sides.check_not_linked(mine, other)
    sides.check_may_answer(
        files[0].case,
        files[1].case,
        issued=files[1].entries[0].at,
        is_erased=files[1].is_erased,
        how=how,
    )
    entries = sides.link(notice=notice, statement=statement, how=how, by=by, now=now)
    for case_id, entry in entries.items():
        casework.act_within(journal, case_id, partial(casework.only, entry))
    matters.unite(journal, notice, statement)


def statement_of(
    journal: Journal, secret: bytes, platform: Platform, name: str, *, notice: UUID | None = None
) -> UUID:
    """The statement that a platform names, by its uuid or PUID.

    Another platform's is told no more than none.
    """
    file = _case(journal, platform, name)
    if file is None:
        seq = journal.seq_of_puid(puid_digest(secret, platform, name.strip()))
        entry = journal.event(seq) if seq is not None else None
        file = casework.read(journal, entry.case) if entry is not None else None
    if file is None:
        raise Missing(
            "There is no such statement of yours.",
            why=Text("this platform has no statement {name}", name=repr(name[:80])),
            fix="Use the uuid or the PUID from the answer to its submission.",
        )
    if not file.public:
        raise Refused(
            "That is no statement of reasons.",
            why="it is the report itself"
            if file.id == notice
            else "it is the number of a report or of a warning",
            fix="Name the statement that you issued about what was reported.",
        )
    return file.id


def notice_of(journal: Journal, platform: Platform, name: str) -> UUID:
    """The report that a statement names as where it came from."""
    file = _case(journal, platform, name)
    if file is None or file.public or file.case.misuse:
        raise Missing(
            "There is no such report to you.",
            why=Text("nobody reported {name} to this platform", name=repr(name[:80])),
            fix="Use the number of the case from /api/v1/orders, or leave it out.",
        )
    if file.is_erased:
        raise Refused(
            "That report was erased.",
            why="nobody is left who could be told",
            fix="Leave it out.",
        )
    return file.id


def _case(journal: Journal, platform: Platform, name: str) -> File | None:
    try:
        file = casework.read(journal, UUID(name.strip()))
    except (ValueError, Missing):
        return None
    return file if file.platform == platform.id else None
