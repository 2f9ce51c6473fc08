"""Answering a report, by a platform's program or at its desk: one step, and what it names."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID

from amparo.case import notice, sides
from amparo.case.events import Event, Linked, NoticeAnswered, NoticeResult
from amparo.case.state import Actor, Case, allowed
from amparo.ledger.case import casework
from amparo.ledger.case import sides as linking
from amparo.ledger.log.platforms import Platform
from amparo.storage.journal import Journal


class Answer(NamedTuple):
    """What a platform decided about a report (DSA Article 16(5))."""

    result: str
    reasons: str
    automated: bool
    decided_by: Sequence[str]
    statement: str = ""
    """The statement of reasons that it led to, by uuid or PUID."""
    no_statement: str = ""
    """Why there is none, where the platform acted."""


def step(answer: Answer, *, by: Actor, now: datetime, joint: str | None = None) -> casework.Step:
    """The step that answers a report; `joint`: that of the same address it is answered with."""

    def taken(case: Case) -> list[Event]:
        if allowed(case, NoticeAnswered):
            sides.check_is_named(
                result=answer.result,
                is_linked=bool(case.others),
                statement=answer.statement.strip(),
                no_statement=answer.no_statement,
            )
        return notice.answer(
            result=cast("NoticeResult", answer.result),
            reasons=answer.reasons,
            automated=answer.automated,
            decided_by=answer.decided_by,
            no_statement=answer.no_statement,
            joint=joint,
            by=by,
            now=now,
        )

    return taken


def act_and_name(
    journal: Journal,
    secret: bytes,
    platform: Platform,
    case_id: UUID,
    taken: casework.Step,
    *,
    statement: str,
    how: Linked,
    by: Actor,
    now: datetime,
) -> None:
    """Take a step, and link the statement that it names, if any: both or neither."""
    with journal.transaction():
        casework.act_within(journal, case_id, taken)
        if name := statement.strip():
            found = linking.statement_of(journal, secret, platform, name, notice=case_id)
            linking.link(journal, case_id, found, how=how, by=by, now=now)
