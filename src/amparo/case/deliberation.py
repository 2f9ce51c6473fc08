"""What a panel does with a closed file: each alone first, then together, then a ruling.

A ruling is a finding with reasons; it is not called more than it is. Worksheets are sealed before
anybody reads another's, a vote follows, and who dissents says why.

Source: `docs/case.md`; Rabat Plan of Action (A/HRC/22/17/Add.4) for the worksheet.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import get_args

import msgspec

from amparo.case import events, hearing, panel, remedy, roles, worksheet
from amparo.case.complaint import check_reasons
from amparo.case.events import Basis, Event, PanelOutcome
from amparo.case.state import Case
from amparo.case.text_limits import not_among
from amparo.case.worksheet import Answer
from amparo.errors import Malformed, Mistakes, Refused, Text

MOST_SUMMARY_WORDS = 200
_NOT_IN_REASONS = re.compile(r"\bscore\b", re.IGNORECASE)


def check_may_fill_in(case: Case, member: str) -> None:
    """Raise unless a member can still write on their own worksheet."""
    roles.check_member(case, member)
    if member in dict(case.sheets):
        raise Refused(
            "Your worksheet is sealed already.", why="it stands as it is", fix="Add a joint text."
        )


def seal(case: Case, *, member: str, answers: Mapping[str, Answer], now: datetime) -> list[Event]:
    """A member seals their own worksheet before seeing anybody else's."""
    check_may_fill_in(case, member)
    worksheet.check_no_gaps(answers)
    if not worksheet.complete(answers):
        raise Refused(
            "You cannot seal this worksheet.",
            why="whoever knows neither language nor culture does not sign",
            fix="Tell the registrar, so that a reserve takes the seat.",
        )
    encoded = {name: msgspec.to_builtins(answer) for name, answer in answers.items()}
    digest = hashlib.sha256(msgspec.json.encode(encoded, order="deterministic")).hexdigest()
    by = f"member:{member}"
    return [events.WorksheetSealed(now, by, member=member, answers=answers, sha256=digest)]


def vote(
    case: Case, *, member: str, outcome: PanelOutcome, dissent: str, now: datetime
) -> list[Event]:
    """A member votes, after all have sealed; the last vote of each counts."""
    roles.check_member(case, member)
    if not may_read_sheets(case):
        raise Refused(
            "Not every member has sealed a worksheet.",
            why=Text("{number} of {most}", number=len(case.sheets), most=panel.SEATS),
            fix="Each member answers alone first; then you talk.",
        )
    if outcome not in get_args(PanelOutcome):
        raise not_among(Text("Choose an outcome."), outcome, get_args(PanelOutcome), "outcome")
    by, why = f"member:{member}", dissent.strip()
    return [events.CaseVoted(now, by, member=member, outcome=outcome, dissent=why)]


def may_read_sheets(case: Case) -> bool:
    """Whether worksheets may be opened: not before every member has sealed theirs."""
    return len(case.sheets) == panel.SEATS


def decide(
    case: Case,
    *,
    votes: Mapping[str, PanelOutcome],
    outcome: PanelOutcome,
    reasons: str,
    summary: str,
    dissents: Mapping[str, str],
    divergence: str,
    sheets: Sequence[Mapping[str, Answer]],
    steps: Sequence[str],
    published: str,
    for_the_other: str = "",
    unheard: str = "",
    now: datetime,
) -> list[Event]:
    """PA14, PA17: the majority decides, with reasons; who dissents says why.

    The reasons name every statement of the worksheets' profiles; an outcome against one of them is
    explained. A default decision is typed as such. `published` is what everybody may read of it,
    written without personal data; without it only outcome and profile are shown. `for_the_other` is
    what the other side is told, `unheard` who is in danger where it was not heard first.
    """
    if not may_read_sheets(case):
        raise Refused(
            "Not every member has sealed a worksheet.",
            why=Text("{number} of {most}", number=len(case.sheets), most=panel.SEATS),
            fix="Each member answers alone first; then you talk.",
        )
    _check_votes(case, votes, outcome, dissents)
    mistakes, statements = Mistakes(), _statements(sheets)
    with mistakes.of("reasons"):
        text = check_reasons(reasons)
        _check_words(text, statements)
    with mistakes.of("summary"):
        _check_summary(summary)
    with mistakes.of("divergence"):
        _check_divergence(statements, outcome, divergence)
    ordered: list[Event] = []
    with mistakes.of("steps"):
        if outcome in events.LETS_STAND:
            remedy.check_nothing_ordered(steps)
        else:
            ordered = remedy.add_to_order(case, steps=steps, outcome=outcome, by="panel", now=now)
    with mistakes.of("for_the_other"):
        other = hearing.check(
            case, before="panel", outcome=outcome, text=for_the_other, unheard=unheard
        )
    mistakes.end()
    basis: Basis = "default" if case.panel == "default_review" else "merits"
    decided = events.CaseDecided(
        now,
        "panel",
        outcome=outcome,
        basis=basis,
        reasons=text,
        summary=summary.strip(),
        votes=dict(votes),
        dissents=dict(dissents),
        divergence=divergence.strip(),
        profile=tuple(statement.code for statement in statements),
        published=published.strip(),
        for_the_other=other.text,
        unheard=other.unheard,
    )
    closed = events.CaseClosed(now, "node", because=basis)
    return [decided, *ordered, closed]


def _statements(sheets: Sequence[Mapping[str, Answer]]) -> list[worksheet.Statement]:
    """Every statement that any member's answers support, each code once, in the fixed order."""
    found: dict[str, worksheet.Statement] = {}
    for answers in sheets:
        for statement in worksheet.profile(answers):
            found.setdefault(statement.code, statement)
    return list(found.values())


def _check_votes(
    case: Case,
    votes: Mapping[str, PanelOutcome],
    outcome: PanelOutcome,
    dissents: Mapping[str, str],
) -> None:
    known = get_args(PanelOutcome)
    if set(votes) != set(case.members) or any(vote not in known for vote in votes.values()):
        raise Malformed(
            "Every member votes, and nobody else.",
            why=Text("votes of {members}", members=tuple(sorted(votes)))
            if votes
            else "nobody has voted",
            fix=Text(
                "Each of {members} chooses one of {options}.", members=case.members, options=known
            ),
        )
    against = sorted(name for name, vote in votes.items() if vote != outcome)
    if len(votes) - len(against) <= len(against):
        raise Refused(
            "This outcome has no majority.",
            why=Text(
                "{number} of {most} voted for it",
                number=len(votes) - len(against),
                most=len(votes),
            ),
            fix="Talk again; that it cannot be decided is an outcome too.",
        )
    silent = [name for name in against if not dissents.get(name, "").strip()]
    if silent:
        raise Malformed(
            "A dissent has its reasons.",
            why=Text("nothing from {members}", members=tuple(silent)),
            fix="Whoever votes otherwise says why; it is published with the ruling.",
        )


def _check_words(reasons: str, statements: Sequence[worksheet.Statement]) -> None:
    if _NOT_IN_REASONS.search(reasons):
        raise Malformed(
            "There is no score here.", why="the reasons speak of one", fix="Say it in words."
        )
    if missing := worksheet.unaddressed(statements, reasons):
        raise Malformed(
            "The reasons do not speak to everything.",
            why=Text("they do not name {codes}", codes=tuple(missing)),
            fix="Say of each statement of the profile what follows from it.",
        )


def _check_divergence(
    statements: Sequence[worksheet.Statement], outcome: PanelOutcome, divergence: str
) -> None:
    against = worksheet.diverges(statements, outcome)
    if against and not divergence.strip():
        raise Malformed(
            "This outcome has to be explained.",
            why=Text("it goes against {codes}", codes=tuple(against)),
            fix="Write why the panel decides otherwise.",
        )


def _check_summary(summary: str) -> None:
    words = len(summary.split())
    if not words or words > MOST_SUMMARY_WORDS:
        raise Malformed(
            "The summary is missing." if not words else "The summary is too long.",
            why=Text("{number} of at most {most} words", number=words, most=MOST_SUMMARY_WORDS),
            fix="Say it in plain words, so that the person understands it at once.",
        )
