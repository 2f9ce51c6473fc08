"""The outcome of an out-of-court body as a signed file, and how the platform's node takes it.

It is a signed note (C2SP signed-note): one header line, then an object as RFC 8785 JSON. It names
the case, the log, and the newest entry that the body saw by the hash of its leaf. So it fits no
other case, and no other node.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import Annotated, Literal, NamedTuple
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from amparo.case import dispute, events, hearing
from amparo.case.events import Basis, CaseDecided, FileImported, Heard, PanelOutcome, RemedyStep
from amparo.case.state import Case
from amparo.case.text_limits import MOST_NAMES, PARAGRAPH, TEXT
from amparo.coalition import document
from amparo.errors import Denied, Refused, Text, Unsound
from amparo.ledger.case import bodies, case_file, casework
from amparo.ledger.case import hearing as hearings
from amparo.ledger.case.case_file import CaseFile, Count, Number, Sha256, Time
from amparo.record.event import moment, timestamp
from amparo.storage.journal import Journal
from amparo.storage.node import Node
from amparo.tlog import merkle, note
from amparo.tlog.note import Note, Signer, Verifier

HEADER = b"amparo.outcome.v1\n"
_OF_A_BODY = Text("Ask the body for its outcome again, and pass it on byte for byte.")


class Outcome(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a body signs."""

    version: Literal[1] = 1
    body: Annotated[str, Meta(min_length=1, max_length=200)]
    """The name in its key."""
    log: str
    case: Number
    """In that log."""
    entry: Count
    """The place in the case of the newest entry that the body saw."""
    head: Sha256
    """The hash of that entry's leaf, as the log counts it (RFC 6962: SHA-256 of 0x00 and leaf)."""
    received: Time
    """When the dispute was submitted to the body."""
    decided: Time
    outcome: PanelOutcome
    basis: Basis
    reasons: Annotated[str, Meta(max_length=TEXT)]
    summary: Annotated[str, Meta(max_length=PARAGRAPH)]
    steps: Annotated[tuple[RemedyStep, ...], Meta(max_length=MOST_NAMES)]
    """What the platform should do."""
    heard: Heard | UnsetType = UNSET
    """What became of the other side, where the body asked it: left out where it did not."""
    unheard: Annotated[str, Meta(min_length=1, max_length=PARAGRAPH)] | UnsetType = UNSET
    """Who is in danger, where the other side is not heard first; left out otherwise."""
    for_the_other: Annotated[str, Meta(min_length=1, max_length=PARAGRAPH)] | UnsetType = UNSET
    """What the other side is told, in words that name nobody; left out: a sentence of the node."""


class Taken(NamedTuple):
    """What became of an outcome."""

    case: UUID
    outcome: Outcome
    is_new: bool
    """False where the same had been taken before."""
    state: Case


def sign(outcome: Outcome, signer: Signer) -> bytes:
    """The file that a body sends."""
    if signer.name != outcome.body:
        raise Refused(
            "A body signs its own outcomes.",
            why=Text("the key is of {name}", name=signer.name),
            fix="Use the key whose name the outcome bears.",
        )
    return document.sign(HEADER, outcome, signer)


def of_file(
    file: CaseFile, *, body: str, received: str, decided: str, answer: dispute.Answer
) -> Outcome:
    """What a body decided about a case file that it read."""
    return Outcome(
        body=body,
        log=file.index.log.origin,
        case=file.index.case,
        entry=file.index.newest.n,
        head=case_file.head_of(file),
        received=received,
        decided=decided,
        outcome=answer.outcome,
        basis=answer.basis,
        reasons=answer.reasons,
        summary=answer.summary,
        steps=answer.steps,
        heard=answer.heard or UNSET,
        unheard=answer.unheard or UNSET,
        for_the_other=answer.for_the_other or UNSET,
    )


def of_case(journal: Journal, case_id: UUID, *, body: str) -> Outcome:
    """What a panel of this node decided about a case that was taken in."""
    file = casework.read(journal, case_id)
    imported, ruled = file.find(FileImported), file.find(CaseDecided)
    if imported is None or ruled is None or file.case.panel != "closed":
        raise Refused(
            "There is no outcome to send back.",
            why="this case was not taken in from a file"
            if imported is None
            else "no panel has decided it yet",
            fix="Look at it on the registrar's page.",
        )
    ordered = file.find(events.RemedyOrdered)
    received = next(e for e in file.events if isinstance(e, events.CaseSubmitted))
    stands = ruled.outcome in events.LETS_STAND
    return Outcome(
        body=body,
        log=imported.log,
        case=imported.number,
        entry=imported.entry,
        head=imported.head,
        received=timestamp(received.at),
        decided=timestamp(ruled.at),
        outcome=ruled.outcome,
        basis=ruled.basis,
        reasons=ruled.reasons,
        summary=ruled.summary,
        steps=() if stands or ordered is None else ordered.steps,
        heard=_heard(file.case),
        unheard=ruled.unheard or UNSET,
        for_the_other=ruled.for_the_other or UNSET,
    )


def _heard(case: Case) -> Heard | UnsetType:
    """What became of the other side before a panel here; whom nobody could tell was not heard."""
    if case.hearing_of != "panel" or "panel" in case.unheard_by:
        return UNSET
    if case.heard_from or case.answers_handed:
        return "answered"
    return "silent" if case.hearing == "ended" else UNSET


def read(raw: bytes, keys: list[Verifier]) -> tuple[Outcome, Note]:
    """A signed outcome; `Malformed` where it is none, `Denied` where no such body signed it."""
    outcome, signed = document.read(raw, HEADER, Outcome)
    try:
        signers = document.signers(signed, keys)
    except Unsound as error:  # a stranger's file, and not this node's own
        raise Denied(error.what, why=error.texts[1], fix=_OF_A_BODY) from None
    if outcome.body not in signers:
        raise Denied(
            "This outcome was not signed by a body that this node knows.",
            why=Text("no registered key of {body} has signed it", body=outcome.body),
            fix="Ask the node's operator to register the body with `amparo case body add`.",
        )
    return outcome, signed


def take(journal: Journal, node: Node, raw: bytes, *, case_id: UUID | None = None) -> Taken:
    """Take an outcome in its case; `case_id` where whoever sends it says which it is.

    `Refused` where the other side has to be heard first: it is asked by that, and the same outcome
    is sent again afterwards.
    """
    outcome, signed = read(raw, [*bodies.every(journal)])
    given = _parsed(outcome, signed)
    if case_id is not None and str(case_id) != outcome.case:
        raise Refused(
            "This outcome is of another case.",
            why=Text("it names {case}", case=outcome.case),
            fix="Send it to the address of its own case.",
        )
    if outcome.log != node.origin:
        raise Refused(
            "This outcome is of a case of another node.",
            why=Text("it names the log {log}", log=outcome.log[:80]),
            fix="Send it to the node that made the case file.",
        )
    own, now = UUID(outcome.case), casework.now()
    with journal.transaction():
        file = casework.read(journal, own)
        _check_head(file, outcome)
        _check_times(file, outcome)
        is_asked = dispute.must_ask_first(file.case, given)
        if is_asked:
            hearings.call_before_a_body(journal, file, body=given.body, now=now)
            file = casework.read(journal, own)
        if not is_asked or hearing.is_over(file.case, "body"):  # there may be nobody to wait for
            is_new = file.case.dispute_sha256 != given.sha256
            case = casework.keep(journal, file, dispute.take(file.case, given, now=now))
            hearings.call_afterwards(journal, own, now=now)
            return Taken(own, outcome, is_new, case)
    raise hearing.not_yet(file.case, "body")  # outside, so that what was asked stays asked


def rebuilt(event: events.OutcomeReceived, *, log: str, case: str) -> bytes:
    """The signed file again, from an entry of a case: anybody can check the body's signature."""
    outcome = Outcome(
        body=event.by.partition(":")[2],
        log=log,
        case=case,
        entry=event.entry,
        head=event.head,
        received=event.received,
        decided=event.decided,
        outcome=event.outcome,
        basis=event.basis,
        reasons=event.reasons,
        summary=event.summary,
        steps=event.steps,
        heard=event.heard or UNSET,
        unheard=event.unheard or UNSET,
        for_the_other=event.for_the_other or UNSET,
    )
    return Note(
        document.text_of(HEADER, outcome), (note.parse_signature(event.signature),)
    ).encode()


def _check_head(file: casework.File, outcome: Outcome) -> None:
    seen = next((entry for entry in file.log_entries if entry.n == outcome.entry), None)
    if seen is None or merkle.leaf_hash(seen.leaf).hex() != outcome.head:
        raise Refused(
            "The body did not see this case.",
            why=Text(
                "entry {n} of {case} is another than the one that it names",
                n=outcome.entry,
                case=outcome.case,
            ),
            fix="Send the body a case file of this node; if it had one, keep both as evidence.",
        )


def _check_times(file: casework.File, outcome: Outcome) -> None:
    """Raise unless a body was asked after the case began, and decided after that.

    How long it took is a figure of the report, which one slip of a key must not spoil.
    """
    try:
        received, decided = moment(outcome.received), moment(outcome.decided)
        is_right = file.entries[0].at <= received <= decided
    except ValueError:
        is_right = False
    if not is_right:
        raise Refused(
            "The times of this outcome cannot be right.",
            why=Text(
                "it was received at {received} and decided at {decided}, and the case began at "
                "{began}",
                received=outcome.received,
                decided=outcome.decided,
                began=timestamp(file.entries[0].at),
            ),
            fix=_OF_A_BODY,
        )


def _parsed(outcome: Outcome, signed: Note) -> dispute.Outcome:
    line = next(line for line in signed.signatures if line.name == outcome.body)
    return dispute.Outcome(
        body=outcome.body,
        sha256=document.digest(signed.text),
        signature=line.line(),
        head=outcome.head,
        entry=outcome.entry,
        outcome=outcome.outcome,
        basis=outcome.basis,
        reasons=outcome.reasons,
        summary=outcome.summary,
        steps=outcome.steps,
        received=outcome.received,
        decided=outcome.decided,
        heard=outcome.heard or None,
        unheard=outcome.unheard or "",
        for_the_other=outcome.for_the_other or "",
    )
