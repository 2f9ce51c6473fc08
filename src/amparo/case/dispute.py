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

from amparo.case import events, panel, remedy
from amparo.case.complaint import check_reasons, check_text
from amparo.case.events import Basis, Event, PanelOutcome, Party
from amparo.case.state import Case
from amparo.case.texts import not_among
from amparo.errors import Refused, Text


class Answer(NamedTuple):
    """What a body decided, in the words of the template."""

    outcome: PanelOutcome
    basis: Basis
    reasons: str
    summary: str
    steps: tuple[events.RemedyStep, ...]


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
    by = f"body:{outcome.body}"
    reporter = case.complainant == "notifier" or case.decision in ("noticed", "answered")
    steps = () if outcome.outcome in events.LETS_STAND else remedy.check_steps(outcome.steps)
    received = events.OutcomeReceived(
        now,
        by,
        party="notifier" if reporter else "person",
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
    )
    if not steps:
        return [received]
    ordered = remedy.add_to_order(case, steps=steps, outcome=outcome.outcome, by=by, now=now)
    return [received, *ordered]
