"""Becoming a member, and changing what the charter says of one: a request, signed with every key.

A request is how the member should stand in the next charter. It is signed with the key it names, so
that nobody asks in another's name; and where the charter in force names another key, with that one
as well: a key is changed by whoever holds the old one. Who has lost it asks the other members, who
can put the new one into a charter by their quorum.

A request changes nothing by itself. `next_charter` gathers requests into the charter that members
then sign, and it is in force when the quorum of the one before has signed.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec

from amparo.coalition import charter as charters
from amparo.coalition import document
from amparo.coalition.charter import Charter, Party, Rules, Seat
from amparo.errors import AmparoError, Denied, Missing, Text
from amparo.tlog.note import Ed25519Verifier, Note

REQUEST = b"amparo.member.v1\n"
FORM = (
    "A request has [member] with id, name, kind, region and roles, and may have [[seat]]s; "
    "/coalition/join at each node writes one."
)


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a member asks to stand in the charter."""

    charter: str
    """Digest of the charter in force; an old request does not come back under a later one."""
    party: Party
    seat: tuple[Seat, ...] = ()
    """Who of them may be drawn into panels; takes the place of all their seats."""


def check(request: Request, signed: Note, charter: Charter, text: bytes) -> None:
    """Raise unless the request is signed with every key it needs, under the charter in force."""
    if request.charter != document.digest(text):
        raise document.malformed(
            Text(
                "it was made under the charter {digest}…, which is not in force",
                digest=request.charter[:16],
            )
        )
    if any(seat.member != request.party.id for seat in request.seat):
        raise document.malformed(Text("it names a seat of another member"))
    known = charter.party(request.party.id)
    wanted = {request.party.key} | ({known.key} if known is not None else set())
    for vkey in sorted(wanted):
        key = Ed25519Verifier.from_vkey(vkey)
        if key.name != request.party.id or not document.signers(signed, [key]):
            raise Denied(
                "This request is not signed with every key it needs.",
                why=Text("the signature of {name} is missing", name=vkey.rpartition("+")[0]),
                fix="Sign with the new key; and with the old one, if the charter knows the member.",
            )
    # Not its quorums: a voice more may ask for another majority, which the members settle.
    made = _with(charter, text, [request], ())
    charters.check_members(made)
    charters.check_changes(made, charter)


def fitting(
    charter: Charter, text: bytes, requests: Sequence[Request]
) -> tuple[list[Request], list[tuple[Request, str]]]:
    """The requests that can stand in one charter, in their order; and the others, each with why.

    Each was good by itself, but two may name one key, one id or one seat: then the first of them
    stands, and nobody else waits for the second.
    """
    taken: list[Request] = []
    left_out: list[tuple[Request, str]] = []
    for request in requests:
        try:
            charters.check_members(_with(charter, text, [*taken, request], ()))
        except AmparoError as error:
            left_out.append((request, error.why))
        else:
            taken.append(request)
    return taken, left_out


def next_charter(
    charter: Charter,
    text: bytes,
    requests: Sequence[Request],
    leaving: Collection[str] = (),
    rules: Rules | None = None,
) -> Charter:
    """The charter that follows the one in force, checked; nobody has signed it yet."""
    unknown = set(leaving) - {party.id for party in charter.member}
    if unknown:
        raise Missing(
            "The charter has no such member.",
            why=Text("{names}", names=tuple(sorted(unknown))),
            fix="Look at its ids.",
        )
    made = _with(charter, text, requests, leaving)
    made = msgspec.structs.replace(made, rules=rules or charter.rules)
    charters.check(made)
    charters.check_changes(made, charter)
    return made


class Changes(NamedTuple):
    """What another charter would change, by members' ids."""

    joining: tuple[str, ...]
    leaving: tuple[str, ...]
    otherwise: tuple[str, ...]
    """Whose key, roles, addresses or seats change."""
    rules: bool


def changes(then: Charter, now: Charter) -> Changes:
    """What a draft changes of the charter in force."""
    before = {party.id: (party, _seats(now, party.id)) for party in now.member}
    after = {party.id: (party, _seats(then, party.id)) for party in then.member}
    return Changes(
        tuple(id_ for id_ in after if id_ not in before),
        tuple(id_ for id_ in before if id_ not in after),
        tuple(id_ for id_ in after if id_ in before and after[id_] != before[id_]),
        then.rules != now.rules,
    )


def stands_in(request: Request, charter: Charter) -> bool:
    """Whether a charter has a member as a request asks for."""
    id_ = request.party.id
    return charter.party(id_) == request.party and _seats(charter, id_) == set(request.seat)


def rules_for(request: Request, charter: Charter) -> Rules | None:
    """Other rules that a request needs, since those in force would be no majority any more."""
    voters = {party.id for party in charter.member if "resolution" in party.roles}
    voters.discard(request.party.id)
    if "resolution" in request.party.roles:
        voters.add(request.party.id)
    majority, rule = len(voters) // 2 + 1, charter.rules.adoption
    if majority <= rule.members:
        return None
    adoption = msgspec.structs.replace(rule, members=majority)
    return msgspec.structs.replace(charter.rules, adoption=adoption)


def _seats(charter: Charter, member: str) -> set[Seat]:
    return {seat for seat in charter.seat if seat.member == member}


def _with(
    charter: Charter, text: bytes, requests: Sequence[Request], leaving: Collection[str]
) -> Charter:
    asked = {request.party.id: request for request in requests}
    staying = [party for party in charter.member if party.id not in leaving]
    members = [asked[party.id].party if party.id in asked else party for party in staying]
    members += [request.party for request in requests if charter.party(request.party.id) is None]
    seats = [
        seat for seat in charter.seat if seat.member not in asked and seat.member not in leaving
    ]
    seats += [seat for request in requests for seat in request.seat]
    return msgspec.structs.replace(
        charter,
        version=charter.version + 1,
        previous=document.digest(text),
        member=tuple(members),
        seat=tuple(seats),
    )
