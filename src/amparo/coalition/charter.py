"""The charter: who holds the record together, and what it takes; trust in a member comes from it.

A TOML source becomes a signed note: the line `amparo.charter.v1`, then the charter as RFC 8785
JSON. The first is signed by every founder; each later one names the digest of the one before it and
is signed by members of that one who make its quorum for adoption. So the digest of the first text
is all that anybody has to know.

No kind of member decides alone. Witnesses: of each kind a majority, and of so many kinds that any
two quorums share a kind, and in it a member. Votes: so many members, of so many kinds and regions.
A log is never witnessed by its own operator, and states sit on no panel.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from amparo.coalition import document
from amparo.coalition.document import digest
from amparo.coalition.document import malformed as _malformed
from amparo.coalition.roster import Kind, Member
from amparo.errors import Missing, Text, Unsound
from amparo.record import address
from amparo.tlog import cosignature, note
from amparo.tlog.note import Ed25519Verifier

HEADER = b"amparo.charter.v1\n"
FORM = (
    "A charter has name, version, previous, [rules], and a [[member]] or [[seat]] for each; see "
    "docs/coalition.md."
)
RULES_FORM = (
    "Rules are [rules] with witness_kinds = 2 and adoption = { members = 3, kinds = 2, regions = 2 "
    "}, say."
)
FEWEST_KINDS = 2
"""Whatever a charter says: a single kind of member is never enough."""
MOST_NAME = 200
MOST_KEYS = 8
_ID = re.compile(r"\w(?:[\w.-]{0,98}\w)?")
_POLICY_WORDS = frozenset({"none", "enough"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
Region = Literal["africa", "northern_america", "latin_america", "asia", "europe", "oceania"]
Role = Literal["witness", "panel", "resolution"]


class Witness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member's witness service."""

    keys: tuple[str, ...]
    """Verifier keys of type 0x04 (Ed25519) or 0x06 (ML-DSA-44); one that signs is enough."""
    url: str


class Log(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member's node."""

    key: str
    url: str
    """The log's prefix, as in https://node.example/log."""


class Party(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member of the coalition."""

    id: str
    """The name of its key, as in derechos.example."""
    name: str
    kind: Kind
    region: Region
    roles: tuple[Role, ...]
    key: str
    """Verifier key of type 0x01: votes, changes of the charter."""
    witness: Witness | None = None
    log: Log | None = None


class Seat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who may be drawn into panels."""

    id: str
    name: str
    member: str
    languages: tuple[str, ...]
    chain_end: str


class Quorum(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it takes to adopt a resolution or another charter."""

    members: int
    kinds: int
    regions: int


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of a charter."""

    witness_kinds: int
    """Of how many kinds a majority has to cosign each checkpoint."""
    adoption: Quorum


class Charter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who, and what it takes."""

    name: str
    version: int
    previous: str
    """SHA-256 of the text of the charter before, in hexadecimal; empty for the first."""
    rules: Rules
    member: tuple[Party, ...]
    seat: tuple[Seat, ...] = ()

    def party(self, name: str) -> Party | None:
        """A member by its id."""
        return next((party for party in self.member if party.id == name), None)


def from_source(source: Mapping[str, Any]) -> Charter:
    """A charter from its TOML source, checked."""
    charter = document.convert(source, Charter, FORM)
    check(charter)
    check_changes(charter, None)
    return charter


def text_of(charter: Charter) -> bytes:
    """The text that is signed."""
    return document.text_of(HEADER, charter)


def read(raw: bytes) -> tuple[Charter, note.Note]:
    """A charter and its note; nothing about its signatures is checked yet."""
    charter, signed = document.read(raw, HEADER, Charter)
    check(charter)
    return charter, signed


def follow(root: str, charters: Sequence[bytes]) -> Charter:
    """The charter in force: each adopted by the one before, from the first whose digest is `root`.

    Raises `Unsound` where the chain does not hold.
    """
    current: Charter | None = None
    before = b""
    for raw in charters:
        charter, signed = read(raw)
        if current is None:
            if digest(signed.text) != root:
                raise _unsound(
                    Text(
                        "the first is {digest}…, not {root}…",
                        digest=digest(signed.text)[:16],
                        root=root[:16],
                    )
                )
            _check_founders(charter, signed)
        else:
            check_adopted(current, before, charter, signed)
        current, before = charter, signed.text
    if current is None:
        raise _unsound(Text("there is none"))
    return current


def check_adopted(now: Charter, text: bytes, then: Charter, signed: note.Note) -> None:
    """Raise `Unsound` unless the members in force have adopted what follows."""
    check_follows(now, text, then)
    for_it = signers(now, signed)
    if not adopts(now, for_it):
        raise _unsound(
            Text(
                "version {version} is signed by {names}, which is not the quorum of the one before",
                version=then.version,
                names=tuple(sorted(for_it)),
            )
            if for_it
            else Text("no member has signed version {version}", version=then.version)
        )


def check_follows(now: Charter, text: bytes, then: Charter) -> None:
    """Raise `Unsound` unless a charter names the one in force as the one before it."""
    if (then.version, then.previous) != (now.version + 1, digest(text)):
        raise _unsound(
            Text(
                "version {version} does not follow version {before}",
                version=then.version,
                before=now.version,
            )
        )


def adopts(charter: Charter, members: frozenset[str]) -> bool:
    """Whether these members, all of them for it, make the quorum for adoption."""
    voters = [
        party for party in charter.member if party.id in members and "resolution" in party.roles
    ]
    rule = charter.rules.adoption
    return (
        len(voters) >= rule.members
        and len({voter.kind for voter in voters}) >= rule.kinds
        and len({voter.region for voter in voters}) >= rule.regions
    )


def log_of(charter: Charter, name: str) -> Log:
    """The log of a member, by its key or by its address."""
    for party in charter.member:
        if party.log is not None and name in (party.log.key, party.log.url):
            return party.log
    raise Missing(
        "The charter does not know this log.",
        why=Text("no member of {charter} has {name}", charter=repr(charter.name), name=name[:80]),
        fix="Let the members adopt a charter that names it; `amparo log vkey` prints a node's key.",
    )


def policy_text(charter: Charter, log: Log) -> str:
    """The witnesses' quorum for a log as a C2SP tlog-policy, which any verifier can read.

    The log's own operator does not witness it.
    """
    lines = [f"log {log.key} {_asked_at(log.url)}".rstrip()]
    by_kind: dict[str, list[str]] = {}
    for party in _witnesses(charter, log):
        keys = party.witness.keys if party.witness else ()
        url = _asked_at(party.witness.url if party.witness else "")
        group = _policy_name(party.id)
        names = [f"{group}/{n}" for n in range(len(keys))]
        lines += [
            f"witness {name} {key} {url}".rstrip() for name, key in zip(names, keys, strict=True)
        ]
        lines.append(f"group {group} any {' '.join(names)}")
        by_kind.setdefault(party.kind, []).append(group)
    lines += [
        f"group kind/{kind} {len(names) // 2 + 1} {' '.join(names)}"
        for kind, names in sorted(by_kind.items())
    ]
    kinds = " ".join(f"kind/{kind}" for kind in sorted(by_kind))
    lines += [f"group enough {charter.rules.witness_kinds} {kinds}", "quorum enough"]
    return "\n".join(lines) + "\n"


def _asked_at(url: str) -> str:
    """An address as a policy may hold it, or nothing: that witness is then not asked, no more."""
    return url if address.is_of_server(url) else ""


def _policy_name(member: str) -> str:
    """A member's id as a policy may hold it: never a word of the policy, or more than a word."""
    if _ID.fullmatch(member) and member not in _POLICY_WORDS:
        return member
    return f"member-{digest(member.encode())[:16]}"


def roster_of(charter: Charter) -> tuple[Member, ...]:
    """Who may be drawn into panels, with the organisation and kind of the member they come from."""
    found = []
    for seat in charter.seat:
        party = charter.party(seat.member)
        if party is not None:
            found.append(
                Member(seat.id, seat.name, party.id, party.kind, seat.languages, seat.chain_end)
            )
    return tuple(found)


def check(charter: Charter) -> None:
    """Raise `Malformed` where a charter contradicts itself, or lets one kind decide alone."""
    check_members(charter)
    rule = charter.rules.adoption
    voters = [party for party in charter.member if "resolution" in party.roles]
    if min(rule.kinds, charter.rules.witness_kinds) < FEWEST_KINDS:
        raise _malformed(Text("a single kind of member would decide alone"))
    if not adopts(charter, frozenset(voter.id for voter in voters)):
        raise _malformed(Text("its quorum for adoption cannot be reached even if all agree"))
    if rule.members * 2 <= len(voters):
        raise _malformed(
            Text(
                "{number} of {all} voting members are no majority",
                number=rule.members,
                all=len(voters),
            )
        )
    for party in charter.member:
        if party.log is not None:
            _check_witnesses(charter, party.log)


def check_members(charter: Charter) -> None:
    """Raise `Malformed` where members or seats contradict themselves, whatever the rules."""
    if charter.version < 1 or (charter.version == 1) != (charter.previous == ""):
        raise _malformed(
            Text("the first version is 1 and has none before it; each later one names it")
        )
    keys: Counter[bytes] = Counter()
    for party in charter.member:
        key = Ed25519Verifier.from_vkey(party.key)
        if key.name != party.id:
            raise _malformed(Text("the key of {id} is named {name}", id=party.id, name=key.name))
        keys[key.public] += 1
        if party.log is not None:
            keys[Ed25519Verifier.from_vkey(party.log.key).public] += 1
        for vkey in party.witness.keys if party.witness else ():
            keys[cosignature.cosigner_from_vkey(vkey).public] += 1
        if ("witness" in party.roles) != (party.witness is not None and bool(party.witness.keys)):
            raise _malformed(
                Text("{id}: the role of a witness and its keys go together", id=party.id)
            )
        if party.kind == "state" and "panel" in party.roles:
            raise _malformed(Text("{id} is a state; states sit on no panel", id=party.id))
    if keys and max(keys.values()) > 1:
        raise _malformed(Text("one key serves twice: each member, log and witness has its own"))
    if len({party.id for party in charter.member}) != len(charter.member):
        raise _malformed(Text("an id repeats"))
    _check_seats(charter)


def check_changes(then: Charter, now: Charter | None) -> None:
    """Raise `Malformed` where what a charter says anew of a member would stop others.

    Asked of whoever writes a charter or asks to be in one, not of readers: what members have
    adopted is followed, and one entry of it that cannot be used is passed over (`policy_text`).
    """
    for party in then.member:
        if now is None or now.party(party.id) != party:
            _check_party(party)
    for seat in then.seat:
        if (now is None or seat not in now.seat) and not (is_name(seat.id) and is_name(seat.name)):
            raise _malformed(
                Text("a seat of {id} has no id or no name on one line", id=seat.member)
            )


def is_id(text: str) -> bool:
    """Whether a member may be called so: it stands in policies, and on command lines."""
    return _ID.fullmatch(text) is not None and text not in _POLICY_WORDS


def is_name(text: str) -> bool:
    """Whether somebody may be named so: on one line, and not too long."""
    return 0 < len(text.strip()) <= MOST_NAME and not _CONTROL.search(text)


def _check_party(party: Party) -> None:
    if not is_id(party.id):
        raise _malformed(
            Text(
                "{id} is no id: letters, digits, dots and dashes, as a host's",
                id=repr(party.id[:60]),
            )
        )
    if not is_name(party.name):
        raise _malformed(
            Text(
                "the name of {id} has 1 to {most} characters, on one line",
                id=party.id,
                most=MOST_NAME,
            )
        )
    if len(set(party.witness.keys) if party.witness else ()) > MOST_KEYS:
        raise _malformed(
            Text("the witness of {id} has more than {most} keys", id=party.id, most=MOST_KEYS)
        )
    for what in (party.witness, party.log):
        if what is not None and not address.is_of_server(what.url):
            raise _malformed(
                Text(
                    "{id}: {url} is no address of a server, as in https://host/path",
                    id=party.id,
                    url=repr(what.url[:80]),
                )
            )


def _check_seats(charter: Charter) -> None:
    if len({seat.id for seat in charter.seat}) != len(charter.seat):
        raise _malformed(Text("somebody has two seats"))
    for seat in charter.seat:
        party = charter.party(seat.member)
        if party is None or "panel" not in party.roles:
            raise _malformed(
                Text(
                    "{seat} comes from {id}, which has no seats on panels",
                    seat=seat.id,
                    id=seat.member,
                )
            )
        if len(seat.chain_end) != 64 or set(seat.chain_end) - set("0123456789abcdef"):
            raise _malformed(
                Text("the end of the chain of {seat} is not 64 hexadecimal digits", seat=seat.id)
            )


def _check_witnesses(charter: Charter, log: Log) -> None:
    """Any two quorums share a kind and, each being a majority of it, a member."""
    kinds = len({party.kind for party in _witnesses(charter, log)})
    wanted = charter.rules.witness_kinds
    if kinds < wanted:
        raise _malformed(
            Text(
                "{log} has witnesses of {number} kinds; {wanted} are wanted",
                log=log.url,
                number=kinds,
                wanted=wanted,
            )
        )
    if wanted * 2 <= kinds:
        raise _malformed(
            Text(
                "{wanted} of {number} kinds of witnesses would let two views of {log} stand",
                wanted=wanted,
                number=kinds,
                log=log.url,
            )
        )


def _witnesses(charter: Charter, log: Log) -> list[Party]:
    return [
        party
        for party in charter.member
        if party.witness and (party.log is None or party.log != log)
    ]


def _check_founders(charter: Charter, signed: note.Note) -> None:
    missing = {party.id for party in charter.member} - signers(charter, signed)
    if charter.version != 1 or missing:
        raise _unsound(
            Text("the first is not signed by {names}", names=tuple(sorted(missing)))
            if missing
            else Text("the first is not signed by its founders")
        )


def signers(charter: Charter, signed: note.Note) -> frozenset[str]:
    """The members of a charter that have signed a document."""
    return document.signers(signed, keys_of(charter))


def keys_of(charter: Charter) -> list[Ed25519Verifier]:
    """The keys of all members."""
    return [Ed25519Verifier.from_vkey(party.key) for party in charter.member]


def _unsound(why: Text) -> Unsound:
    return Unsound(
        "The chain of charters does not hold.",
        why=why,
        fix="Fetch every version again from a member, and ask for the digest of the first.",
    )
