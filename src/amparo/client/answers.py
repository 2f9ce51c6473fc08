"""What a node answers, typed. Fields that a newer node adds are passed over."""

# SPDX-License-Identifier: Apache-2.0

from typing import Any

from msgspec import Struct

from amparo.record.rules import Finding


class Stored(Struct, frozen=True, kw_only=True):
    """A statement that the node keeps."""

    uuid: str
    puid: str = ""
    index: int | None = None
    """Its place in the log; None where the reasons of a known statement were erased long ago."""
    receipt_url: str = ""
    recourse_url: str = ""
    """For the person, who opens the case with it. Shown once: empty if the PUID was known."""
    ignored: list[str] = []
    """Attributes that were sent and that the schema does not know."""
    is_known: bool = False
    """Whether the PUID was taken before; then this is the first statement, and nothing changed."""
    dry_run: bool = False
    """Whether it was only tried out, with a test token: nothing is kept, and no receipt made."""
    receipt: bytes | None = None
    """Verified; None unless the client has a key to verify with."""


class Invalid(Struct, frozen=True, kw_only=True):
    """A statement that the node refused; sending it unchanged will not help."""

    puid: str
    errors: dict[str, list[str]] = {}
    """Attribute -> sentences, as the EU database writes them."""
    findings: list[Finding] = []
    """The same with rule, article and mend."""


Outcome = Stored | Invalid


class Wanted(Struct, frozen=True):
    """Something that the node asks the platform to do; the fields depend on `do`."""

    do: str
    question: str = ""
    steps: list[Any] = []
    outcome: str = ""
    reason: str = ""
    disputed: str = ""
    before: str = ""
    """Of `tell_the_other_side`: `panel` or `body`; empty where your desk hears it."""


class Joined(Struct, frozen=True):
    """What became of a step in another report of the same address."""

    case: str
    state: str
    """`done`, or `left` with the reason."""
    what: str = ""
    why: str = ""
    fix: str = ""


class Case(Struct, frozen=True, kw_only=True):
    """Where a case stands."""

    case: str
    kind: str
    decision: str
    complaint: str
    hold: str
    remedy: str
    interim: str
    panel: str
    outcome: str | None = None
    wanted: list[Wanted] = []
    due: dict[str, str] = {}
    """Name of a time limit -> when it ends, UTC."""
    represented_by: str = ""
    """The organisation that speaks for whoever complained (DSA Article 86)."""
    linked: list[str] = []
    same_address: list[str] = []
    """Of a report among orders: others of the same address, which one answer can be for."""
    same_address_as: str = ""
    """Of those others: the report under which they stand."""
    also: list[Joined] = []
    """Of an answer that named others: what became of each."""


class Webhook(Struct, frozen=True):
    """How the platform's webhook fares."""

    url: str
    state: str
    failures: int
    why: str
    since: str | None = None


class Orders(Struct, frozen=True):
    """Everything that waits for the platform, the most urgent first."""

    orders: list[Case]
    untold: int | None = None
    """How many people nobody has told of their decision; None: not counted yet."""
    webhook: Webhook | None = None


class NoticeOutcome(Struct, frozen=True):
    """What became of telling one of many people."""

    uuid: str
    state: str
    """queued, informed, known, or refused."""
    what: str = ""
    why: str = ""
    fix: str = ""


class Notified(Struct, frozen=True):
    """What a webhook tells."""

    type: str
    case: str
    at: str
    orders_url: str
    statement: str | None = None
    complaint: str | None = None
    remedy: str | None = None
    hold: str | None = None
    due: dict[str, str] = {}
