"""What another system decided, in neutral words: the record that every connector makes.

A connector maps a payload of its own to `Record` and nothing else; what becomes of it is said once,
in `settling`, and done in `ledger/connect`. A record says what its source says: an attribute that
the source does not know is left out, and a person is asked for it. What somebody reported is an
allegation, never a ground. Nothing of a person is in it but what a statement of reasons needs.

Source: docs/connectors.md; EU DSA Transparency Database, schema since 1 July 2025.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import Any, Literal

import msgspec

Kind = Literal[
    "restriction",
    "warning",
    "reversal",
    "notice",
    "appeal_filed",
    "appeal_outcome",
    "no_action",
    "state",
    "unknown",
]
"""What a record tells of.

`restriction`: somebody's content or account was restricted. `warning`: they were warned, nothing
was restricted. `reversal`: the source took a restriction back (`reverses`). `notice`,
`appeal_filed`, `appeal_outcome`: what was reported or contested there (`handled`). `no_action`: a
look without a consequence. `state`: how something stands, which is no decision (`states`).
`unknown`: a word that the connector does not know; a person is asked.
"""

Outcome = Literal[
    "pending", "upheld", "partially_reversed", "reversed", "newly_restricted", "omitted"
]
"""What became of the first decision. Upheld: it stands. Other tools use the word the other way
round: translate, never copy. Omitted: withdrawn, settled, inadmissible."""
About = Literal["removal", "service", "account", "monetary", "no_action", "no_action_flagger"]
"""What a complaint is against, in the words of a report's answers."""


class Person(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How the person is told of the decision: by this node, or by the platform itself."""

    email: str = ""
    language: str = "en"
    informed: bool = False
    """The platform has told them by its own way."""


class Handled(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A notice, complaint or dispute that the source itself handles: what a report counts of it."""

    what: Literal["notice", "complaint", "dispute"]
    submitted: str = ""
    """A day, or a moment in UTC."""
    decided: str = ""
    """When the answer was told."""
    outcome: Outcome = "pending"
    """Of a complaint or dispute."""
    about: tuple[str, ...] = ()
    """Of a complaint: `About`; empty where nobody has said what the source's words restrict."""
    unnamed: tuple[str, ...] = ()
    """Of such a complaint: those words, so that what it is about can be said later."""
    instead: tuple[str, ...] = ()
    """The words of what is restricted since, where its outcome is not known by that either."""
    category: str = ""
    """Of a notice."""
    keyword: str = ""
    trusted: bool = False
    """From a trusted flagger (DSA Article 22)."""
    acted: bool = False
    """Whether something was restricted because of the notice."""
    implemented: bool = False
    by_default: bool = False
    reviewer_differs: bool | None = None
    """Of a complaint: whether somebody else than whoever decided first ruled on it, if known."""


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the source signed, as it was received: whoever has the key can check it."""

    signed: bytes
    """The message in the source's own form, such as a label in DAG-CBOR without its signature."""
    signature: bytes
    key: str
    """Of the signature, as a `did:key`."""


class Record(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One thing that happened in another system.

    Moments are RFC 3339 in UTC with `Z`; days are `YYYY-MM-DD`.
    """

    kind: Kind
    native_id: str
    """What the source calls it, unique within the connection. Only a keyed digest is kept."""
    version: str = ""
    """Orders versions of one `native_id`: the greater text is the later one, as a moment is.

    Empty where the source has none; then whatever comes last counts.
    """
    at: str = ""
    """When it happened there."""
    decision: dict[str, Any] = {}
    """Attributes of a statement of reasons, as far as the source says them; no `puid`."""
    words: dict[str, str] = {}
    """What the source says in words of its own that a rule of the desk may go by, such as its
    reason for a ban or the number of a house rule: short, of a closed list, never about a person.
    """
    subject: str = ""
    """Where it is what was decided about, as the source says it: for whoever completes a draft."""
    allegation: str = ""
    """What a report alleged, shown beside a draft. It never becomes a ground by itself."""
    suggested: dict[str, Any] = {}
    """Attributes that are likely, shown in a draft's form; a person confirms them."""
    decided_by: tuple[str, ...] = ()
    """The source's names for who decided; whoever of them sits at the desk does not review it."""
    person: Person | None = None
    reverses: str = ""
    """Of a reversal: the `native_id` of what it takes back."""
    about: str = ""
    """Of an appeal: the `native_id` of the decision; of an outcome: that of the appeal."""
    reasons: str = ""
    """Of a reversal: why, in the source's words."""
    handled: Handled | None = None
    states: dict[str, dict[str, Any] | None] = {}
    """Of a state: each flag with the attributes of a restriction by it, None where it is off."""
    dated: bool = False
    """Of a state: `at` is when it came to be so, and not only when somebody looked."""
    until: str = ""
    """Of a state that is dated: when its flags are off by themselves."""
    proof: Proof | None = None
    listed: bool = False
    """Of a state: the source lists whatever is restricted, and an earlier list was read to its end;
    so what is not known yet was not restricted then."""
    look_at: str = ""
    """What was restricted, in the source's own name, where the source can be asked about it again:
    kept beside the case, and nowhere public, so that a remedy can be read back."""


AUTOMATED = {
    "no": "AUTOMATED_DECISION_NOT_AUTOMATED",
    "partly": "AUTOMATED_DECISION_PARTIALLY",
    "fully": "AUTOMATED_DECISION_FULLY",
}
"""How far a machine decided, in a connector's words; `unknown` is left out and asked."""


def encode(record: Record) -> str:
    """A record as it is kept while somebody is asked about it."""
    return _encode(record).decode()


def decode(text: str) -> Record:
    """A record as `encode` wrote it."""
    return _decode(text)


_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(Record).decode
