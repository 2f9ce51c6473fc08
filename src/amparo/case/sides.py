"""Both sides of one matter: a report, and the decisions about what was reported.

Each side has a case of its own, with its own page, clocks and right to complain. That two cases are
about one matter is an entry in both. The platform says so: it names the statement with which it
acted on a report, the report behind a statement, or the new statement that a reporter's complaint
led to. Neither side learns who the other is, where to reach them, or the number of their case.

One statement may answer many reports of the same post, and one report may lead to many decisions.
All of them are one matter, as far as `MOST_IN_A_MATTER`; whoever had a part in one case of it looks
at no other (`roles`).

Source: DSA Articles 16(5), 17, 20(1).
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from uuid import UUID

from amparo.case import events
from amparo.case.events import Linked, SidesLinked
from amparo.case.state import Actor, Case
from amparo.errors import Malformed, Refused, Text

MOST_IN_A_MATTER = 50
"""Cases: each of them is read whenever one of them is."""


def link(
    *, notice: UUID, statement: UUID, how: Linked, by: Actor, now: datetime
) -> dict[UUID, SidesLinked]:
    """Case -> its entry that names the case of the other side."""
    return {
        notice: SidesLinked(now, str(by), other=str(statement), of="statement", how=how),
        statement: SidesLinked(now, str(by), other=str(notice), of="notice", how=how),
    }


def link_called(*, notice: UUID, called: UUID, by: Actor, now: datetime) -> dict[UUID, SidesLinked]:
    """The same for a case that begins with a call to be heard."""
    return {
        notice: SidesLinked(now, str(by), other=str(called), of="hearing", how="hearing"),
        called: SidesLinked(now, str(by), other=str(notice), of="notice", how="hearing"),
    }


def check_may_answer(
    notice: Case, statement: Case, *, issued: datetime, is_erased: bool, how: Linked
) -> None:
    """Raise unless a decision can be named as what came of a report.

    `issued`: when the statement was recorded. What an order led to is a new decision: one that
    stood there before the complaint is not.
    """
    why = None
    if is_erased:
        why = Text("its reasons were erased, and nobody could be told of it or complain")
    elif statement.decision == "superseded":
        why = Text("it does not apply any more")
    elif how == "remedy" and notice.filed_at is not None and issued < notice.filed_at:
        why = Text("it was issued on {day}, before the complaint", day=issued)
    if why is not None:
        raise Refused(
            "This statement cannot be named here.",
            why=why,
            fix="Name the statement that you issued about what was reported.",
        )


def check_not_linked(mine: frozenset[UUID], other: frozenset[UUID]) -> None:
    """Raise where two cases are one matter already, or would make one that is too large."""
    if mine & other:
        raise Refused(
            "This statement was named in this case before.",
            why="the two are linked already",
            fix="Nothing needs to be done; after an order, issue a new statement and name that.",
        )
    if len(mine | other) > MOST_IN_A_MATTER:
        raise Refused(
            "This matter holds as many cases as it can.",
            why=Text(
                "it would hold {number} cases, of at most {most}",
                number=len(mine | other),
                most=MOST_IN_A_MATTER,
            ),
            fix="Answer without naming the statement, and say so in the reasons.",
        )


def check_is_named(*, result: str, is_linked: bool, statement: str, no_statement: str) -> None:
    """Raise unless who acted on a report names the statement, or says why there is none."""
    acted = result == "acted"
    if not acted and (statement or no_statement):
        raise Malformed(
            "A statement is named only where something was done.",
            why=Text("the result is {result}", result=result),
            fix="Leave `statement` and `no_statement` out, or say that you acted.",
        )
    if acted and not (statement or no_statement or is_linked):
        raise Malformed(
            "The statement is missing.",
            why="whoever posted what is restricted is given the reasons (Article 17)",
            fix=Text(
                "Send its uuid or PUID as `statement`; where none was issued, say why in "
                "`no_statement`: {options}.",
                options=events.UNDELIVERED,
            ),
        )
    if statement and no_statement:
        raise Malformed(
            "There is a statement, or there is none.",
            why="both `statement` and `no_statement` were sent",
            fix="Send one of them.",
        )
