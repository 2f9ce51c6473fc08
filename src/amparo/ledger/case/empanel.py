"""Making panels ready in one go: the keeper's key, members' chains, the signed roster, and seats.

Run again, it adds members; those who are on the roster keep their chains and seats. The chains are
written apart from the node, one file a member, to be handed to them: whoever holds them all could
know every draw beforehand. Each member better makes their own and sends its end alone (`amparo
panel chain`); then the line of the roster bears that end, and nothing secret is made here.
"""

# SPDX-License-Identifier: Apache-2.0

import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from amparo.case.panel import SEATS
from amparo.case.roles import folded
from amparo.coalition import draw, roster
from amparo.coalition.roster import Kind, Member
from amparo.errors import Malformed, Refused, Text
from amparo.ledger.case import people
from amparo.ledger.case.people import Person
from amparo.storage.durable import write_durably
from amparo.storage.journal import Journal
from amparo.storage.node import Node
from amparo.tlog.note import Signer

KEEPER = "roster.key"


class Invited(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who is to be on the roster."""

    name: str
    organisation: str
    email: str
    kind: Kind = "civil_society"
    languages: tuple[str, ...] = ("en",)
    id: str = ""
    """Empty: made from the name."""
    chain_end: str = ""
    """Empty: a chain is made for them."""


class Leading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who is to lead the cases of panels."""

    name: str
    email: str


class Ready(NamedTuple):
    """What was made."""

    key: str
    """The keeper's verifier key, as it stands in amparo.toml now."""
    chains: list[Path]
    seats: list[tuple[Person, str]]
    """Who got a seat, and the one-time link with which they come in."""
    organisations: int


class Chain(msgspec.Struct):
    """A member's chain as a file: to be kept secret."""

    secret: str
    """In hexadecimal."""
    draws: int
    end: str


def new_chain(path: Path, draws: int) -> str:
    """Make a chain into a file that only its owner may read; its end, for the roster."""
    secret = secrets.token_bytes(32)
    end = draw.chain_end(secret, draws).hex()
    with path.open("xb") as out:
        path.chmod(0o600)
        out.write(msgspec.json.encode(Chain(secret.hex(), draws, end)))
    return end


def set_up(
    journal: Journal,
    node: Node,
    invited: Sequence[Invited],
    *,
    registrar: Leading | None = None,
    chains: Path,
    draws: int,
) -> Ready:
    """Make panels ready; `chains` is a folder for the chains of whoever brings none."""
    if node.settings.charter:
        raise Refused(
            "This node's roster is the charter's.",
            why="the coalition says who may be drawn, not a roster of its own",
            fix="Give its members seats with `amparo panel seat`.",
        )
    keeper = _keeper(node)
    before = {member.id: member for member in _before(node, keeper)}
    fresh = _named(invited, before)
    _check_enough([*before.values(), *fresh])
    chains.mkdir(parents=True, exist_ok=True, mode=0o700)
    made: list[Path] = []
    members = dict(before)
    for person in fresh:
        end = person.chain_end
        if not end:
            made.append(chains / f"{person.id}.chain")
            end = new_chain(made[-1], draws)
        members[person.id] = Member(
            person.id, person.name, person.organisation, person.kind, person.languages, end
        )
    write_durably(node.roster, roster.sign(tuple(members.values()), keeper))
    _set_key(node, keeper.verifier.vkey)
    seats = [_seat(journal, person.name, person.email, member=person.id) for person in fresh]
    if registrar is not None:
        seats.append(seat_registrar(journal, registrar))
    found = {member.organisation for member in members.values()}
    return Ready(keeper.verifier.vkey, made, seats, len(found))


def seat_registrar(journal: Journal, leading: Leading) -> tuple[Person, str]:
    """The seat of a registrar, made unless they have it, and a one-time link to it."""
    held = [
        person
        for person in people.registrars(journal)
        if folded(person.email) == folded(leading.email)
    ]
    person = held[0] if held else people.add(journal, None, leading.name, leading.email, lead=True)
    return person, people.new_link(journal, person)


def _keeper(node: Node) -> Signer:
    path = node.folder / "keys" / KEEPER
    if path.is_file():
        return Signer.from_text(path.read_text().strip())
    if node.settings.roster_key:
        raise Refused(
            "This node's roster is kept by somebody else.",
            why="`roster_key` in amparo.toml names a key that is not here",
            fix="Let its keeper sign the roster with `amparo panel roster`.",
        )
    signer = Signer(f"roster.{node.origin}", secrets.token_bytes(32))
    write_durably(path, f"{signer.to_text()}\n".encode(), mode=0o600)
    return signer


def _before(node: Node, keeper: Signer) -> tuple[Member, ...]:
    if not node.roster.is_file():
        return ()
    return roster.read(node.roster.read_bytes(), keeper.verifier).members


def _named(invited: Sequence[Invited], before: dict[str, Member]) -> list[Invited]:
    """Those who are new, each with an id of their own."""
    found: dict[str, Invited] = {}
    for person in invited:
        name = person.id or re.sub(r"[^a-z0-9]+", "-", person.name.lower()).strip("-")
        if not name or name in found:
            raise Malformed(
                "Every member needs an id of their own.",
                why=Text("{name} has none, or another's", name=person.name[:60]),
                fix="Write one in the field `id`.",
            )
        if name not in before:
            found[name] = msgspec.structs.replace(person, id=name)
    return list(found.values())


def _check_enough(members: Sequence[Member | Invited]) -> None:
    organisations = {person.organisation for person in members if person.kind != "state"}
    if len(organisations) < SEATS:
        raise Refused(
            "No panel could be drawn from these members.",
            why=Text(
                "they are of {number} organisations; a panel has one of each, and {seats} seats",
                number=len(organisations),
                seats=SEATS,
            ),
            fix="Name members of more organisations. With nine of them, conflicts leave reserves.",
        )


def _seat(journal: Journal, name: str, email: str, *, member: str) -> tuple[Person, str]:
    person = people.add(journal, None, name, email, known_as=[member])
    return person, people.new_link(journal, person)


def _set_key(node: Node, vkey: str) -> None:
    path = node.folder / "amparo.toml"
    text = path.read_text()
    line = f'roster_key = "{vkey}"'
    changed, number = re.subn(r"^roster_key = .*$", line, text, count=1, flags=re.MULTILINE)
    write_durably(path, (changed if number else f"{line}\n{text}").encode())
