"""What of a decision is public for ever, and what is only committed to.

The public part holds closed-vocabulary fields, dates and counts: enough to recount every public
figure from the log alone. Everything else - every free text, address and identifier - is sealed:
the log holds one salted hash of it. The opening (salt and sealed fields) lies in the journal and
can be erased; the hash then says nothing about anyone.

The platform's own identifier (PUID) may point at a person, so it is committed to once more, under
a salt of its own, inside the sealed part. Whoever may see the reasons can thus check them against
the log without seeing the PUID (docs/decisions/0002).
"""

# SPDX-License-Identifier: Apache-2.0

from operator import attrgetter
from typing import Any

import msgspec

from amparo.errors import Malformed, Unsound
from amparo.record import openable_fields
from amparo.record.canonical import PUID_LABEL, SALT_BYTES, SEALED_LABEL, canonical, commitment
from amparo.record.decision import ATTRIBUTES, LISTS, Decision

SEALED = frozenset(
    {
        "puid",
        "decision_visibility_other",
        "decision_monetary_other",
        "decision_ground_reference_url",
        "illegal_content_legal_ground",
        "illegal_content_explanation",
        "incompatible_content_ground",
        "incompatible_content_explanation",
        "category_specification_other",
        "content_type_other",
        "content_id_ean",
        "decision_facts",
        "source_identity",
    }
)
"""Attributes that are never in the clear in the log."""

# Structs that leave out what is absent: dictionaries of the same cost a third of a decision's way.
# None of them can be part of a cycle, so the garbage collector need not look at them (`gc=False`).
_PUBLIC = tuple(sorted(frozenset(ATTRIBUTES) - SEALED))
_TEXTS = tuple(sorted(SEALED - {"puid"}))
_public_values, _text_values = attrgetter(*_PUBLIC), attrgetter(*_TEXTS)
Public = msgspec.defstruct(
    "Public",
    [(name, Any, () if name in LISTS else None) for name in _PUBLIC],
    frozen=True,
    omit_defaults=True,
    gc=False,
)
"""What of a decision stands in the log in the clear, in the order in which RFC 8785 writes it."""
_Sealed = msgspec.defstruct(
    "_Sealed",
    [(name, Any, None) for name in (*_TEXTS, "imported", "puid")],
    frozen=True,
    omit_defaults=True,
    gc=False,
)


class Opening(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """All that is needed to read a commitment; kept in the journal, gone after erasure."""

    salt: bytes
    """32 random bytes, fresh for each commitment."""
    sealed: bytes
    """RFC 8785 JSON of the sealed fields; `puid` in it is a commitment."""
    puid: str
    puid_salt: bytes

    def commitment(self) -> str:
        """The hash of a decision's leaf: of all sealed fields at once."""
        return commitment(SEALED_LABEL, self.salt, self.sealed)

    def root(self) -> str:
        """The hash of a later event's leaf: of its fields one by one (`openable_fields`)."""
        return openable_fields.root(self.salt, msgspec.json.decode(self.sealed))

    def opens(self, sealed: str) -> bool:
        """Whether a leaf commits to this; the oldest later events were sealed like decisions."""
        return sealed in (self.root(), self.commitment())

    def fields(self) -> dict[str, Any]:
        """The sealed fields, without the PUID's commitment."""
        fields = msgspec.json.decode(self.sealed)
        fields.pop("puid", None)
        return dict(fields)


class Imported(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a decision was published first, when it comes from a public file."""

    platform_name: str
    uuid: str | None = None
    created_at: str | None = None


def public_part(decision: Decision) -> msgspec.Struct:
    """The fields that stand in the log in the clear, as a `Public`."""
    return Public(*_public_values(decision))


def seal(
    decision: Decision, *, salt: bytes, puid_salt: bytes, imported: Imported | None = None
) -> Opening:
    """Gather everything else under one salted commitment; both salts are 32 random bytes."""
    if len(salt) != SALT_BYTES or len(puid_salt) != SALT_BYTES:
        raise Malformed(
            "A commitment cannot be made.",
            why="a salt has exactly 32 bytes",
            fix="Hand in fresh random salts.",
        )
    puid = commitment(PUID_LABEL, puid_salt, decision.puid.encode())
    sealed = canonical(_Sealed(*_text_values(decision), imported, puid))
    return Opening(salt, sealed, decision.puid, puid_salt)


def check_opening(opening: Opening, sealed: str) -> None:
    """Raise `Unsound` unless this opening is what the leaf commits to, PUID included."""
    puid = commitment(PUID_LABEL, opening.puid_salt, opening.puid.encode())
    if opening.commitment() != sealed or msgspec.json.decode(opening.sealed).get("puid") != puid:
        raise Unsound(
            "The reasons do not match what the log committed to.",
            why="the hash of the salt and the sealed fields is not the one in the entry",
            fix="Do not trust this text; compare it with the receipt that was handed out.",
        )


pack = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Opening).decode


def unpack(raw: bytes) -> Opening:
    """An opening as `pack` wrote it."""
    try:
        return _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unsound(
            "An opening is damaged.",
            why="its bytes are not those of an opening",
            fix="Put the journal back from a backup; `amparo log check` names the entry.",
        ) from error
