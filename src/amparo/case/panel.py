"""The panel: three independent people, drawn so that anybody can repeat it, who look again.

It may be asked at any time; nobody has to complain first. Its ruling is a finding with reasons: it
is not called more than it is. What is decided on the merits, by default because the platform sent
nothing, settled, withdrawn or inadmissible is kept apart for ever.

Source: DSA Article 21 (time limits); `docs/case.md`.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import msgspec

from amparo.case import deadlines, remedy, worksheet
from amparo.case.complaint import check_reasons, check_text
from amparo.case.state import Actor, Case, Event, allowed
from amparo.case.worksheet import Answer
from amparo.errors import Denied, Malformed, Refused

Outcome = Literal[
    "uphold", "uphold_violation_change_measure", "reverse", "partially_reverse", "send_back",
    "cannot_decide",
]  # fmt: skip
Basis = Literal["merits", "default"]
Ground = Literal["out_of_scope", "decided_before", "bad_faith"]
MOST_SUMMARY_WORDS = 200
SEATS = 3
LONGEST_DAYS = 180
_NOT_IN_REASONS = re.compile(r"\bscore\b", re.IGNORECASE)


def submit(
    case: Case, *, role: Literal["person", "notifier"], grounds: str, now: datetime
) -> list[Event]:
    """PA1: a party asks for a panel; the first act is the hold, unless there is one."""
    text = check_text(grounds, "Say in your own words what the panel should look at.")
    hold = [Event("hold.sent", now, "node", {})] if allowed(case, "hold.sent") else []
    return [Event("case.submitted", now, role, {"role": role, "grounds": text}), *hold]


def admit(*, by: Actor, now: datetime) -> list[Event]:
    """PA6: a person finds it admissible; the panel's clock starts."""
    _check_registrar(by)
    return [Event("case.admitted", now, str(by), {})]


def declare_inadmissible(*, ground: Ground, reasons: str, by: Actor, now: datetime) -> list[Event]:
    """PA5: a person says why it cannot be heard, and which other ways there are."""
    _check_registrar(by)
    if ground not in get_args(Ground):
        raise Malformed(
            "Choose why it cannot be heard.",
            why=f"got {ground!r}"[:80],
            fix=f"Use one of {', '.join(get_args(Ground))}.",
        )
    details = {"ground": ground, "reasons": check_reasons(reasons)}
    return [Event("case.inadmissible", now, str(by), details)]


def fix_list(
    *,
    digest: str,
    draw_id: str,
    excluded: Mapping[str, str],
    number: int,
    by: Actor,
    now: datetime,
) -> list[Event]:
    """PA7: the list is fixed, with who is left out and why, before anybody reveals anything."""
    _check_registrar(by)
    if any(not reason.strip() for reason in excluded.values()):
        raise Malformed(
            "Who is left out needs a reason.", why="a reason is empty", fix="Name the conflict."
        )
    details = {
        "list_sha256": digest, "draw_id": draw_id, "excluded": dict(excluded), "draw": number,
    }  # fmt: skip
    return [Event("panel.listed", now, str(by), details)]


def draw(
    case: Case,
    *,
    digest: str,
    members: Sequence[str],
    reserves: Sequence[str],
    reveals: Mapping[str, str],
    seed: str,
    now: datetime,
) -> list[Event]:
    """PA8: the draw, from the very list that was fixed."""
    if digest != case.listed:
        raise Refused(
            "The list is not the one that was fixed.",
            why=f"its digest is {digest[:16]}…, the one in the log is {case.listed[:16]}…",
            fix="Draw from the list that was fixed, or fix another and begin again.",
        )
    details = {
        "members": list(members), "reserves": list(reserves), "reveals": dict(reveals),
        "seed": seed,
    }  # fmt: skip
    return [Event("panel.drawn", now, "node", details)]


def replace(case: Case, *, member: str, reason: str, by: str, now: datetime) -> list[Event]:
    """PA9: a member has a conflict, or is challenged with success: the next reserve sits."""
    if member not in case.members:
        raise Refused(
            "This member does not sit on the panel.",
            why=f"{member} was not drawn",
            fix="Look again.",
        )
    if not case.reserves:
        raise Refused(
            "There is no reserve left.",
            why="both have been used",
            fix="Fix a new list and draw again.",
        )
    next_one, *rest = case.reserves
    details = {
        "members": [next_one if one == member else one for one in case.members],
        "reserves": rest, "left": member, "reason": check_text(reason, "Name the conflict."),
    }  # fmt: skip
    return [Event("panel.replaced", now, by, details)]


def form(case: Case, *, clean: Mapping[str, str], by: Actor, now: datetime) -> list[Event]:
    """PA10: three members have each answered the five questions about conflicts."""
    _check_registrar(by)
    missing = [one for one in case.members if not clean.get(one, "").strip()]
    if missing or len(case.members) != SEATS:
        raise Refused(
            "The panel is not formed yet.",
            why=f"no answer about conflicts from {', '.join(missing) or 'three members'}",
            fix="Ask them: work, money, family, an earlier statement, an earlier case.",
        )
    return [Event("panel.formed", now, str(by), {"conflicts": dict(clean)})]


def take_position(case: Case, *, text: str, by: Actor, now: datetime) -> list[Event]:
    """PA10, PA13: the platform hands over content and position; late once, before the decision."""
    _ = case
    return [Event("case.position", now, str(by), {"text": check_text(text, "Write it.")})]


def reply(case: Case, *, text: str, by: Actor, now: datetime) -> list[Event]:
    """PA11: the party answers."""
    _check_party(case, by)
    return [Event("case.reply", now, str(by), {"text": check_text(text, "Write it.")})]


def deliberate(case: Case, *, by: Actor, now: datetime) -> list[Event]:
    """PA15: the file is closed. Without a word from the platform it is a case of default."""
    _check_registrar(by)
    if case.heard:
        return [Event("case.deliberating", now, str(by), {})]
    if case.formed_at is None or now <= deadlines.due("C10", case.formed_at):
        raise Refused(
            "The platform may still answer.",
            why="it has fourteen days from the day the panel was formed",
            fix="Wait, or ask it again.",
        )
    return [Event("case.defaulted", now, str(by), {})]


def seal(case: Case, *, member: str, answers: Mapping[str, Answer], now: datetime) -> list[Event]:
    """A member seals their own worksheet before seeing anybody else's."""
    _check_member(case, member)
    if member in dict(case.sheets):
        raise Refused(
            "Your worksheet is sealed already.", why="it stands as it is", fix="Add a joint text."
        )
    found = worksheet.gaps(answers)
    if found:
        first = found[0]
        raise Malformed(f"{first.question}: {first.why}.", why=f"{len(found)} gaps", fix=first.fix)
    if not worksheet.complete(answers):
        raise Refused(
            "You cannot seal this worksheet.",
            why="whoever knows neither language nor culture does not sign",
            fix="Tell the registrar, so that a reserve takes the seat.",
        )
    kept = {name: msgspec.to_builtins(one) for name, one in answers.items()}
    digest = hashlib.sha256(msgspec.json.encode(kept, order="deterministic")).hexdigest()
    details = {"member": member, "answers": kept, "sha256": digest}
    return [Event("worksheet.sealed", now, f"member:{member}", details)]


def vote(case: Case, *, member: str, outcome: Outcome, dissent: str, now: datetime) -> list[Event]:
    """A member votes, after all have sealed; the last vote of each counts."""
    _check_member(case, member)
    if not may_read_sheets(case):
        raise Refused(
            "Not every member has sealed a worksheet.",
            why=f"{len(case.sheets)} of {SEATS}",
            fix="Each member answers alone first; then you talk.",
        )
    if outcome not in get_args(Outcome):
        raise Malformed(
            "Choose an outcome.",
            why=f"got {outcome!r}"[:80],
            fix=f"Use one of {', '.join(get_args(Outcome))}.",
        )
    details = {"member": member, "outcome": outcome, "dissent": dissent.strip()}
    return [Event("case.voted", now, f"member:{member}", details)]


def may_read_sheets(case: Case) -> bool:
    """Whether worksheets may be opened: not before every member has sealed theirs."""
    return len(case.sheets) == SEATS


def decide(
    case: Case,
    *,
    votes: Mapping[str, Outcome],
    outcome: Outcome,
    reasons: str,
    summary: str,
    dissents: Mapping[str, str],
    divergence: str,
    sheets: Sequence[Mapping[str, Answer]],
    steps: Sequence[str],
    published: str,
    now: datetime,
) -> list[Event]:
    """PA14, PA17: the majority decides, with reasons; who dissents says why.

    The reasons name every statement of the worksheets' profiles; an outcome against one of them is
    explained. A default decision is typed as such. `published` is what everybody may read of it,
    written without personal data; without it only outcome and profile are shown.
    """
    if not may_read_sheets(case):
        raise Refused(
            "Not every member has sealed a worksheet.",
            why=f"{len(case.sheets)} of {SEATS}",
            fix="Each member answers alone first; then you talk.",
        )
    _check_votes(case, votes, outcome, dissents)
    text = check_reasons(reasons)
    _check_words(text, summary)
    statements = _statements(sheets)
    if missing := worksheet.unaddressed(statements, text):
        raise Malformed(
            "The reasons do not speak to everything.",
            why=f"they do not name {', '.join(missing)}",
            fix="Say of each statement of the profile what follows from it.",
        )
    against = worksheet.diverges(statements, outcome)
    if against and not divergence.strip():
        raise Malformed(
            "This outcome has to be explained.",
            why=f"it goes against {', '.join(against)}",
            fix="Write why the panel decides otherwise.",
        )
    basis: Basis = "default" if case.panel == "default_review" else "merits"
    details: dict[str, Any] = {
        "outcome": outcome, "basis": basis, "reasons": text, "summary": summary.strip(),
        "votes": dict(votes), "dissents": dict(dissents), "divergence": divergence.strip(),
        "profile": [one.code for one in statements], "published": published.strip(),
    }  # fmt: skip
    decided = Event("case.decided", now, "panel", details)
    if outcome in ("uphold", "send_back", "cannot_decide") or not allowed(case, "remedy.ordered"):
        return [decided, Event("case.closed", now, "node", {"because": basis})]
    ordered = remedy.order(steps=steps, outcome=outcome, by="panel", now=now)[-1]
    return [decided, ordered, Event("case.closed", now, "node", {"because": basis})]


def extend(case: Case, *, reasons: str, by: Actor, now: datetime) -> list[Event]:
    """C09: found highly complex, with reasons and before day 90 is over: once, to day 180."""
    _check_registrar(by)
    if case.submitted_at is None or case.extended or now > last_day(case):
        raise Refused(
            "The time cannot be extended.",
            why="it was extended before" if case.extended else "day 90 is over",
            fix="Decide; both sides are told that it is late.",
        )
    return [Event("case.extended", now, str(by), {"reasons": check_reasons(reasons)})]


def last_day(case: Case) -> datetime:
    """Day 90 from the submission, or day 180 after an extension."""
    if case.submitted_at is None:
        raise Refused("There is no panel case.", why="nothing was submitted", fix="Submit it.")
    day_90 = deadlines.due("C08", case.submitted_at)
    return day_90 + timedelta(days=LONGEST_DAYS - 90) if case.extended else day_90


def settle(case: Case, *, by: Actor, now: datetime) -> list[Event]:
    """PA21: both sides have settled; the terms stay theirs."""
    _check_registrar(by)
    _ = case
    return [Event("case.settled", now, str(by), {})]


def withdraw(case: Case, *, by: Actor, now: datetime) -> list[Event]:
    """PA22 to PA24: the party withdraws before it is decided."""
    _check_party(case, by)
    return [Event("case.withdrawn", now, str(by), {})]


def _statements(sheets: Sequence[Mapping[str, Answer]]) -> list[worksheet.Statement]:
    """Every statement that any member's answers support, each code once, in the fixed order."""
    found: dict[str, worksheet.Statement] = {}
    for answers in sheets:
        for one in worksheet.profile(answers):
            found.setdefault(one.code, one)
    return list(found.values())


def _check_votes(
    case: Case, votes: Mapping[str, Outcome], outcome: Outcome, dissents: Mapping[str, str]
) -> None:
    known = get_args(Outcome)
    if set(votes) != set(case.members) or any(one not in known for one in votes.values()):
        raise Malformed(
            "Every member votes, and nobody else.",
            why=f"votes of {', '.join(sorted(votes)) or 'nobody'}",
            fix=f"Each of {', '.join(case.members)} chooses one of {', '.join(known)}.",
        )
    against = sorted(name for name, vote in votes.items() if vote != outcome)
    if len(votes) - len(against) <= len(against):
        raise Refused(
            "This outcome has no majority.",
            why=f"{len(votes) - len(against)} of {len(votes)} voted for {outcome}",
            fix="Talk again; `cannot_decide` is an outcome too.",
        )
    silent = [name for name in against if not dissents.get(name, "").strip()]
    if silent:
        raise Malformed(
            "A dissent has its reasons.",
            why=f"nothing from {', '.join(silent)}",
            fix="Whoever votes otherwise says why; it is published with the ruling.",
        )


def _check_words(reasons: str, summary: str) -> None:
    words = len(summary.split())
    if not words or words > MOST_SUMMARY_WORDS:
        raise Malformed(
            "The summary is missing." if not words else "The summary is too long.",
            why=f"{words} of at most {MOST_SUMMARY_WORDS} words",
            fix="Say it in plain words, so that the person understands it at once.",
        )
    if _NOT_IN_REASONS.search(reasons):
        raise Malformed(
            "There is no score here.", why="the reasons speak of one", fix="Say it in words."
        )


def _check_registrar(by: Actor) -> None:
    if by.role != "registrar" or not by.name:
        raise Denied(
            "Only the registrar may take this step.",
            why="a person is responsible for the course of a case, and no side is",
            fix="Ask the registrar.",
        )


def _check_member(case: Case, member: str) -> None:
    if member not in case.members:
        raise Denied(
            "You do not sit on this panel.",
            why="another was drawn, or took your seat",
            fix="Nothing needs to be done.",
        )


def _check_party(case: Case, by: Actor) -> None:
    if by.role != case.complainant:
        raise Denied(
            "Only the party may take this step.",
            why=f"the {case.complainant or 'person'} asked for the panel",
            fix="Use the page of your own case.",
        )
