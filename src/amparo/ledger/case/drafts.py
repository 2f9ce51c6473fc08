"""What is typed and not sent yet: a member's worksheet, a panel's ruling, a reviewer's decision.

A draft is for whoever types it alone. It is kept where the case is, goes with it in an erasure, and
ends when it is sealed, or the complaint decided.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

import msgspec

from amparo.case.worksheet import Answer
from amparo.storage.database import Value, upsert
from amparo.storage.journal import Journal


class Draft(NamedTuple):
    """What was typed, and when it was kept (POSIX seconds); 0: nothing was."""

    answers: dict[str, Answer]
    """Of the worksheet."""
    decision: dict[str, list[str]]
    """Fields of the decision, or ruling -> what was typed or chosen; none before it was begun."""
    at: int = 0

    def text(self, field: str) -> str:
        """What was typed in a field of the decision."""
        return next(iter(self.decision.get(field, ())), "")

    def chosen(self, field: str) -> list[str]:
        """What was chosen in one."""
        return self.decision.get(field, [])


def find(journal: Journal, case_id: UUID, seat: int) -> Draft:
    """The draft of one seat; empty where there is none."""
    row = journal.db.execute(
        "SELECT answers, decision, at FROM draft WHERE case_id = ? AND seat = ?",
        (case_id.bytes, seat),
    ).fetchone()
    if row is None:
        return Draft({}, {})
    return Draft(
        msgspec.json.decode(row[0], type=dict[str, Answer]),
        msgspec.json.decode(row[1], type=dict[str, list[str]]),
        int(row[2]),
    )


def keep(
    journal: Journal,
    case_id: UUID,
    seat: int,
    answers: Mapping[str, Answer],
    decision: Mapping[str, list[str]],
) -> None:
    """Keep what was typed, in the place of all that was there; inside a transaction."""
    row: dict[str, Value] = {
        "case_id": case_id.bytes,
        "seat": seat,
        "answers": msgspec.json.encode(answers).decode(),
        "decision": msgspec.json.encode(decision).decode(),
        "at": int(time.time()),
    }
    upsert(journal.db, "draft", ("case_id", "seat"), row)


def drop_answers(journal: Journal, case_id: UUID, seat: int) -> None:
    """The worksheet was sealed, inside a transaction; what was typed of a ruling stays."""
    if decision := find(journal, case_id, seat).decision:
        keep(journal, case_id, seat, {}, decision)
    else:
        drop(journal, case_id, seat)


def drop(journal: Journal, case_id: UUID, seat: int) -> None:
    """All of it was sent, inside a transaction."""
    journal.db.execute("DELETE FROM draft WHERE case_id = ? AND seat = ?", (case_id.bytes, seat))


def drop_of_desk(journal: Journal, case_id: UUID, platform: int) -> None:
    """The complaint is decided: whoever at the desk typed an answer does not send it any more.

    Inside a transaction. What members of a panel typed in the same case stays.
    """
    journal.db.execute(
        "DELETE FROM draft WHERE case_id = ? "
        "AND seat IN (SELECT id FROM reviewer WHERE platform = ?)",
        (case_id.bytes, platform),
    )
