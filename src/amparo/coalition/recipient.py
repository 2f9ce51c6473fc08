"""Who can open sealed disclosures: age keys of people, signed by the member they belong to.

A key is good for one quarter and some weeks; then there is another, and the old one is destroyed
when nothing that it opens is kept any more. Whoever seals chooses at least two people of different
members, and may leave out anyone who has a conflict.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

import msgspec

from amparo.coalition import agekey, document
from amparo.coalition.charter import Charter
from amparo.errors import Denied, Refused, Text
from amparo.tlog.note import Ed25519Verifier, Note

RECIPIENT = b"amparo.recipient.v1\n"
FEWEST = 2
MOST_DAYS = 120
MOST_NAME = 80
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class LeftOut(NamedTuple):
    """Somebody in a directory for whom nothing can be locked: it stops nobody else."""

    name: str
    """Their id, as far as it can be read."""
    why: str
    until: str = ""
    """The last day, YYYY-MM-DD, of one that a member has signed; empty where none has."""


class Recipient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who can open what is locked for them."""

    id: str
    """Short, as in ana-2026q4."""
    member: str
    name: str
    key: str
    """An age recipient of kind X25519."""
    since: str
    until: str
    """YYYY-MM-DD; after it nothing more is locked for this key."""


def check(recipient: Recipient, signed: Note, charter: Charter) -> None:
    """Raise unless a member of the charter has signed a sound key."""
    party = charter.party(recipient.member)
    if party is None or not document.signers(signed, [Ed25519Verifier.from_vkey(party.key)]):
        raise Denied(
            "This key is not signed by a member of the charter.",
            why=Text("{member} is no member, or did not sign it", member=recipient.member[:60]),
            fix="Sign it with `amparo disclosure recipient --key`, the member's own key.",
        )
    check_sound(recipient)


def check_sound(recipient: Recipient) -> None:
    """Raise unless something can be locked for it; asked before a member signs it, too."""
    agekey.check(recipient.key)
    if not _ID.fullmatch(recipient.id):
        raise document.malformed(
            Text("{id} is no id: small letters, digits, dashes", id=repr(recipient.id[:40]))
        )
    if not 0 < len(recipient.name) <= MOST_NAME or _CONTROL.search(recipient.name):
        raise document.malformed(
            Text("a name has 1 to {most} characters, and is one line", most=MOST_NAME)
        )
    try:
        days = (date.fromisoformat(recipient.until) - date.fromisoformat(recipient.since)).days
    except ValueError as error:
        raise document.malformed(
            Text("its content is not of its form: {answer}", answer=str(error))
        ) from None
    if not 0 < days <= MOST_DAYS:
        raise document.malformed(
            Text(
                "it is good for {number} days; at most {most} are allowed",
                number=days,
                most=MOST_DAYS,
            )
        )


def in_force(everybody: Iterable[Recipient], today: date) -> list[Recipient]:
    """Those for whom something may be locked today."""
    return [
        recipient
        for recipient in everybody
        if date.fromisoformat(recipient.since) <= today <= date.fromisoformat(recipient.until)
    ]


def choose(
    everybody: Iterable[Recipient],
    today: date,
    *,
    only: Collection[str] = (),
    without: Collection[str] = (),
) -> list[Recipient]:
    """Whom to lock for: all in force, only some, or all but some; `Refused` below two members."""
    found = [
        recipient
        for recipient in in_force(everybody, today)
        if (not only or recipient.id in only) and recipient.id not in without
    ]
    if (
        min(
            len({recipient.member for recipient in found}),
            len({recipient.key for recipient in found}),
        )
        < FEWEST
    ):
        raise Refused(
            "At least two people of different members must be able to open it.",
            why=Text("that leaves {names}", names=tuple(recipient.id for recipient in found))
            if found
            else "that leaves nobody",
            fix="Leave fewer out: one seized key, or one absent person, must not be the end.",
        )
    return found
