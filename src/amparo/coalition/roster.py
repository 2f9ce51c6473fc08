"""The roster: who may sit on panels, as a file signed by whoever keeps it.

Until the coalition's charter supplies it, the roster is a signed note (C2SP signed-note). Its text
is `amparo.roster.v1`, then one JSON object a line, sorted by id: id, name (or a pseudonym),
organisation, kind, languages, and the end of the member's hash chain for draws. States hold no
seats.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import Literal

import msgspec

from amparo.coalition.draw import Eligible
from amparo.errors import Malformed
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


def text(members: tuple[Member, ...]) -> str:
    """The text that is signed."""
    lines = [msgspec.json.encode(one, order="sorted").decode() for one in sorted(members)]
    return "\n".join([HEADER, *lines]) + "\n"


def sign(members: tuple[Member, ...], signer: Signer) -> bytes:
    """A signed roster."""
    raw = text(members).encode()
    return note.Note(raw, (signer.sign(raw),)).encode()


def read(raw: bytes, keeper: Verifier) -> tuple[Member, ...]:
    """Read a roster; `Unsound` unless its keeper signed it, `Malformed` if it is no roster."""
    signed = note.parse(raw)
    note.verify(signed, [keeper])
    first, *lines = signed.text.decode().splitlines()
    if first != HEADER:
        raise _malformed(f"its first line is {first[:40]!r}")
    try:
        members = tuple(msgspec.json.decode(line, type=Member) for line in lines)
    except msgspec.DecodeError as error:
        raise _malformed(str(error)) from None
    if len({one.id for one in members}) != len(members) or any(
        len(one.chain_end) != 64 or set(one.chain_end) - set("0123456789abcdef") for one in members
    ):
        raise _malformed("an id repeats, or the end of a chain is not 64 hexadecimal digits")
    return members


def eligible(members: tuple[Member, ...], excluded: frozenset[str]) -> list[Eligible]:
    """Who may be drawn: no state, and no organisation of which somebody has a conflict."""
    shut_out = {one.organisation for one in members if one.id in excluded}
    return [
        Eligible(one.id, one.organisation, one.languages)
        for one in members
        if one.kind != "state" and one.organisation not in shut_out
    ]


def _malformed(why: str) -> Malformed:
    return Malformed(
        "That is no roster.", why=why, fix=f"Its text begins with the line {HEADER}; see its page."
    )
