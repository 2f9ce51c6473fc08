"""A case that goes to an out-of-court body, and comes back with its outcome (DSA Article 21).

Two nodes take part. The body's takes a case file in, and a panel of its own hears it. The
platform's takes the body's outcome: once, told to both sides, and an order where the body decided
so. Signatures and proofs are checked before (`ledger/case/outcomes`).

An outcome does not bind the platform (Article 21(2)); the order says what the body decided, and
refusing it is on record like any refusal.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, get_args

from amparo.case import events, hearing, panel, remedy
from amparo.case.complaint import check_reasons, check_text
from amparo.case.events import Basis, Event, Heard, PanelOutcome, Party
from amparo.case.roles import folded
from amparo.case.state import Case
from amparo.case.text_limits import not_among
from amparo.errors import Malformed, Refused, Text


class Answer(NamedTuple):
    """What a body decided, in the words of the template."""

    outcome: PanelOutcome
    basis: Basis
    reasons: str
    summary: str
    steps: tuple[events.RemedyStep, ...]
    heard: Heard | None = None
    """What became of the other side that the body asked; None: it has asked nobody."""
    unheard: str = ""
    """Who is in danger, where the body did not hear the other side first."""
    for_the_other: str = ""
    """What the other side is told of it."""


class Outcome(NamedTuple):
    """What a body decided, as it signed it."""

    body: str
    sha256: str
    """Of the signed text."""
    signature: str
    head: str
    entry: int
    outcome: PanelOutcome
    basis: Basis
    reasons: str
    summary: str
    steps: Sequence[str]
    received: str
    decided: str
    heard: Heard | None = None
    unheard: str = ""
    for_the_other: str = ""


def take_in(
    case: Case, *, file: events.FileImported, role: Party, grounds: str, now: datetime
) -> list[Event]:
    """A case file is taken in at a body's node; with the first one, a panel is asked for.

    A newer file of the same case is added; whether it is newer is judged before.
    """
    if case.decision == "imported":
        return [file]
    text = check_text(
        grounds, Text("Say what the body should look at; the party's complaint, say.")
    )
    return [file, *panel.submit(case, role=role, grounds=text, now=now)]


def take(case: Case, outcome: Outcome, *, now: datetime) -> list[Event]:
    """A body's outcome is taken, once; the same one sent again changes nothing."""
    if case.dispute_sha256 == outcome.sha256:
        return []
    steps = _check(case, outcome)
    hearing.check(
        case,
        before="body",
        outcome=outcome.outcome,
        text=outcome.for_the_other,
        unheard=outcome.unheard,
        is_heard=outcome.heard is not None,
    )
    by = f"body:{outcome.body}"
    received = events.OutcomeReceived(
        now,
        by,
        party="notifier" if case.is_reporters else "person",
        head=outcome.head,
        entry=outcome.entry,
        outcome=outcome.outcome,
        basis=outcome.basis,
        reasons=check_reasons(outcome.reasons),
        summary=check_text(outcome.summary, Text("Say it in plain words.")),
        steps=steps,
        received=outcome.received,
        decided=outcome.decided,
        sha256=outcome.sha256,
        signature=outcome.signature,
        heard=outcome.heard,
        unheard=outcome.unheard or None,
        for_the_other=outcome.for_the_other or None,
    )
    if not steps:
        return [received]
    ordered = remedy.add_to_order(case, steps=steps, outcome=outcome.outcome, by=by, now=now)
    return [received, *ordered]


def must_ask_first(case: Case, outcome: Outcome) -> bool:
    """Whether an outcome that came is one for which the other side is asked now, before it counts.

    Raises what `take` would raise of the outcome itself.
    """
    if case.dispute_sha256 == outcome.sha256:
        return False
    _check(case, outcome)
    is_settled = outcome.heard is not None or bool(outcome.unheard.strip())
    is_due = hearing.is_due(case, outcome.outcome) and not is_settled
    return is_due and hearing.may_call(case, "body")


def _check(case: Case, outcome: Outcome) -> tuple[events.RemedyStep, ...]:
    """What an outcome orders; raises where it is none for this case, or not whole."""
    if case.dispute_sha256:
        older = outcome.decided < case.dispute_decided
        raise Refused(
            "This case has an outcome of an out-of-court body already.",
            why=Text("this one is older: it was decided at {moment}", moment=outcome.decided)
            if older
            else Text(
                "{body} decided it at {moment}", body=case.dispute_by, moment=case.dispute_decided
            ),
            fix="A dispute has one outcome. A court can still hear it.",
        )
    if case.decision == "superseded":
        raise Refused(
            "The decision that was disputed does not apply any more.",
            why="its reversal was verified before this outcome came",
            fix="Nothing needs to be done; tell the body.",
        )
    for what, given, known in (
        (Text("Choose an outcome."), outcome.outcome, get_args(PanelOutcome)),
        (Text("Say on what basis it was decided."), outcome.basis, get_args(Basis)),
    ):
        if given not in known:
            raise not_among(what, given, known)
    if folded(outcome.body) in map(folded, case.spoke):
        raise Refused(
            "This body cannot decide this dispute.",
            why="it was asked to speak for one of the sides (DSA Article 86)",
            fix="The party can choose another certified body.",
        )
    if outcome.heard is not None and outcome.unheard:
        raise Malformed(
            "The other side was heard, or it was not.",
            why="both `heard` and `unheard` were sent",
            fix="Leave one of them out.",
        )
    check_reasons(outcome.reasons)
    check_text(outcome.summary, Text("Say it in plain words."))
    if outcome.for_the_other.strip():  # said before anybody is asked: the outcome is sent again
        hearing.check_told(outcome.for_the_other)
    return check_steps(outcome.outcome, outcome.steps)


def check_steps(outcome: PanelOutcome, steps: Sequence[str]) -> tuple[events.RemedyStep, ...]:
    """What the platform has to do by an outcome; `Malformed` where the two do not fit."""
    if outcome in events.LETS_STAND:
        remedy.check_nothing_ordered(steps)
        return ()
    return remedy.check_steps(steps)
