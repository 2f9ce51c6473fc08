"""The roster: who may sit on panels, as a file signed by whoever keeps it.

Until the coalition's charter supplies it, the roster is a signed note (C2SP signed-note). Its text
is `amparo.roster.v1`, then one JSON object a line, sorted by id: id, name (or a pseudonym),
organisation, kind, languages, and the end of the member's hash chain for draws. States hold no
seats.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Container
from typing import Literal, NamedTuple

import msgspec

from amparo.coalition.draw import Eligible
from amparo.errors import Malformed
from amparo.record import strict_json
from amparo.tlog import note
from amparo.tlog.note import Signer, Verifier

HEADER = "amparo.roster.v1"
Kind = Literal["state", "regulator", "dispute_body", "civil_society", "academic"]


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """Somebody on the roster."""

    id: str
    name: str
    organisation: str
    kind: Kind
    languages: tuple[str, ...]
    chain_end: str
    """Hexadecimal; see `draw`."""


class Roster(NamedTuple):
    """A roster, read."""

    members: tuple[Member, ...]
    left_out: tuple[str, ...]
    """Lines that cannot be used, each with its number and why."""


def text(members: tuple[Member, ...]) -> str:
    """The text that is signed."""
    lines = [msgspec.json.encode(member, order="sorted").decode() for member in sorted(members)]
    return "\n".join([HEADER, *lines]) + "\n"


def sign(members: tuple[Member, ...], signer: Signer) -> bytes:
    """A signed roster; `Malformed` names a line that nobody could use."""
    ids: set[str] = set()
    for member in members:
        if why := _fault(member, ids):
            raise _malformed(f"{member.id[:40]!r}: {why}")
        ids.add(member.id)
    raw = text(members).encode()
    return note.Note(raw, (signer.sign(raw),)).encode()


def read(raw: bytes, keeper: Verifier) -> Roster:
    """Read a roster; `Unsound` unless its keeper signed it, `Malformed` if it is no roster.

    A line that cannot be used is left out with its reason: nobody else's seat hangs on it.
    """
    signed = note.parse(raw)
    note.verify(signed, [keeper])
    first, *lines = signed.text.decode().splitlines()
    if first != HEADER:
        raise _malformed(f"its first line is {first[:40]!r}")
    members: dict[str, Member] = {}
    left_out = []
    for number, line in enumerate(lines, 2):
        try:
            member = strict_json.decode(line.encode(), Member)
        except msgspec.DecodeError as error:
            left_out.append(f"line {number}: {error}")
            continue
        if why := _fault(member, members):
            left_out.append(f"line {number}: {why}")
        else:
            members[member.id] = member
    return Roster(tuple(members.values()), tuple(left_out))


def eligible(members: tuple[Member, ...], excluded: frozenset[str]) -> list[Eligible]:
    """Who may be drawn: no state, and no organisation of which somebody has a conflict."""
    shut_out = {member.organisation for member in members if member.id in excluded}
    return [
        Eligible(member.id, member.organisation, member.languages)
        for member in members
        if member.kind != "state" and member.organisation not in shut_out
    ]


def _fault(member: Member, before: Container[str]) -> str:
    if not member.id.strip() or member.id in before:
        return "its id is empty, or stands there twice"
    if len(member.chain_end) != 64 or set(member.chain_end) - set("0123456789abcdef"):
        return "the end of its chain is not 64 hexadecimal digits"
    return ""


def _malformed(why: str) -> Malformed:
    return Malformed(
        "That is no roster.", why=why, fix=f"Its text begins with the line {HEADER}; see its page."
    )
