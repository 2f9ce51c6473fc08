"""Opening the names behind pseudonyms: to whom, why, and that the case tells of it.

With each answer an entry is kept that holds who stands behind the pseudonyms of who decided and who
looked again (`case/pseudonyms`). A lead of the desk can hand it over; or an out-of-court body that
the operator registered, or a member of the charter, asks for it by a request that it signs: the
signature is the permission. States ask in vain: a court's order goes to the platform.

Whoever is named, and whoever complained, read in the case to whom it was opened, and why.
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from amparo.case import pseudonyms
from amparo.case.events import PartsNamed, PartsOpened
from amparo.case.roles import Reviewer
from amparo.case.text_limits import PARAGRAPH
from amparo.coalition import document
from amparo.errors import Denied, Refused, Text, Unsound
from amparo.ledger.case import bodies, casework
from amparo.ledger.case.case_file import Number, Time
from amparo.ledger.case.casework import File
from amparo.ledger.coalition import charters
from amparo.record.event import moment
from amparo.storage.journal import Journal, LogEntry
from amparo.storage.node import Node
from amparo.tlog.note import Ed25519Verifier, Signer, Verifier

HEADER = b"amparo.names.v1\n"
MOST_AGE = timedelta(days=14)
"""Of a request: whoever finds an old one has no use for it."""
AHEAD = timedelta(minutes=10)


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a body, or a member of the charter, signs."""

    version: Literal[1] = 1
    who: Annotated[str, Meta(min_length=1, max_length=200)]
    """The name in its key."""
    log: str
    case: Number
    """In that log."""
    why: Annotated[str, Meta(pattern=r"\S", max_length=PARAGRAPH)]
    at: Time


def sign(request: Request, signer: Signer) -> bytes:
    """The file that is sent to the node."""
    return document.sign(HEADER, request, signer)


def is_request(raw: bytes) -> bool:
    """Whether a document is such a request, by its first line."""
    return raw.startswith(HEADER)


def ask(journal: Journal, node: Node, raw: bytes, *, now: datetime) -> LogEntry:
    """The entry with the names, for whoever signed a request; the case tells of it, once."""
    request, signed = document.read(raw, HEADER, Request)
    try:
        signers = document.signers(signed, _may_ask(journal, node))
    except Unsound as error:  # a stranger's file, and not this node's own
        raise Denied(error.what, why=error.texts[1], fix=_SIGN_AGAIN) from None
    if request.who not in signers:
        raise Denied(
            "These names are not opened to whoever signed this request.",
            why=Text("{who} is neither a registered body nor a member", who=request.who),
            fix="Ask the node's operator, or the lead of the platform's desk.",
        )
    if request.log != node.origin:
        raise Refused(
            "This request is about a case of another node.",
            why=Text("it names the log {log}", log=request.log[:80]),
            fix="Send it to the node that the case is of.",
        )
    if not now - MOST_AGE <= moment(request.at) <= now + AHEAD:
        raise Refused(
            "This request is too old.",
            why=Text("it is of {at}, and good for {days} days", at=request.at, days=MOST_AGE.days),
            fix=_SIGN_AGAIN,
        )
    digest = document.digest(signed.text)
    opened = PartsOpened(now, "node", to=request.who, why=request.why, request_sha256=digest)
    return _open(journal, UUID(request.case), opened)


def hand_over(
    journal: Journal, case_id: UUID, *, to: str, why: str, by: Reviewer, now: datetime
) -> LogEntry:
    """The same entry, for a lead who passes it on to a body or a monitor."""
    return _open(journal, case_id, pseudonyms.open_names(to=to, why=why, by=by, now=now))


def are_there(file: File) -> bool:
    """Whether a case has an answer, and so the names behind its pseudonyms."""
    return file.find(PartsNamed) is not None


_SIGN_AGAIN = Text("Sign a new one with `amparo case names`.")


def _may_ask(journal: Journal, node: Node) -> list[Verifier]:
    members = charters.current(node).member if node.settings.charter else ()
    known = (Ed25519Verifier.from_vkey(party.key) for party in members if party.kind != "state")
    return [*bodies.every(journal), *known]


def _open(journal: Journal, case_id: UUID, opened: PartsOpened) -> LogEntry:
    with journal.transaction():
        names = casework.entry(journal, case_id, PartsNamed)
        file = casework.read(journal, case_id)
        if not _was_told(file, opened):
            casework.keep(journal, file, [opened])
    return names


def _was_told(file: File, opened: PartsOpened) -> bool:
    """Whether the case tells of this very request; what a lead hands over is told each time."""
    return opened.request_sha256 is not None and any(
        isinstance(past, PartsOpened) and past.request_sha256 == opened.request_sha256
        for past in file.events
    )
