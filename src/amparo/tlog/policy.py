"""Policies: which log we mean, and whose cosignatures are enough (C2SP tlog-policy).

    log <vkey> [url]
    witness <name> <vkey> [url]
    group <name> <k|any|all> <member> ...
    quorum <name|none>

Names are defined before they are used; a witness or group belongs to at most one group; there is
exactly one quorum. A quorum of q out of n witnesses, f of which may collude with the log, excludes
two accepted views only if 2q - n > f.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from dataclasses import dataclass

from amparo.errors import Malformed, Text, Unsound
from amparo.tlog import cosignature, note
from amparo.tlog.strict import decimal


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness of the policy: its local name, its key, and where it takes checkpoints."""

    name: str
    key: cosignature.Cosigner
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """At least `threshold` of the members, each a witness or a group."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """What a verifier trusts."""

    logs: tuple[note.Ed25519Verifier, ...]
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str | None = None
    urls: tuple[str, ...] = ()
    """Where each of the logs is, in their order; empty where the file does not say."""

    def reached_by(self, names: set[str]) -> bool:
        """Whether the witnesses of these local names make the quorum."""
        if self.quorum is None:
            return True
        reached = set(names)
        for group in self.groups:  # members stand before their group
            if len(reached.intersection(group.members)) >= group.threshold:
                reached.add(group.name)
        return self.quorum in reached


def of_log(vkey: str) -> Policy:
    """The policy that trusts one log's key and asks for no witness."""
    return Policy(logs=(note.Ed25519Verifier.from_vkey(vkey),))


def cosigned_by(policy: Policy, checkpoint: note.Note) -> dict[str, int]:
    """The policy's witnesses whose good cosignature the note bears, each with its time.

    Only cosignatures count: the log's own line is never a witness, none counts twice.
    """
    keys = [witness.key for witness in policy.witnesses]
    if not any(
        (signature.name, signature.key_id) == (key.name, key.key_id)
        for signature in checkpoint.signatures
        for key in keys
    ):
        return {}
    good = {key.key_id: cosignature.time_of(line) for key, line in note.verify(checkpoint, keys)}
    return {w.name: good[w.key.key_id] for w in policy.witnesses if w.key.key_id in good}


def check_quorum(policy: Policy, checkpoint: note.Note) -> dict[str, int]:
    """`cosigned_by`, or `Unsound` when the quorum is not reached."""
    seen = cosigned_by(policy, checkpoint)
    if not policy.reached_by(set(seen)):
        raise Unsound(
            "Too few witnesses have cosigned this checkpoint.",
            why=f"quorum {policy.quorum!r} is not reached by {sorted(seen) or 'nobody'}",
            fix="Fetch a newer receipt, or ask the log why its witnesses are silent.",
        )
    return seen


def parse(text: str) -> Policy:
    """Read a policy file."""
    logs: list[note.Ed25519Verifier] = []
    urls: list[str] = []
    witnesses: dict[str, Witness] = {}
    groups: dict[str, Group] = {}
    taken: set[str] = set()
    quorums: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split("#", 1)[0].split()
        match words:
            case []:
                continue
            case ["log", vkey, *url] if len(url) < 2:
                logs.append(note.Ed25519Verifier.from_vkey(vkey))
                urls.append(url[0] if url else "")
            case ["witness", name, vkey, *url] if len(url) < 2:
                _new_name(number, name, witnesses, groups)
                key = cosignature.cosigner_from_vkey(vkey)
                if any(key.key_id == w.key.key_id for w in witnesses.values()):
                    raise _malformed(number, "this key is a witness already")
                witnesses[name] = Witness(name, key, url[0] if url else None)
            case ["group", name, k, *members] if members:
                _new_name(number, name, witnesses, groups)
                _members(number, members, witnesses, groups, taken)
                groups[name] = Group(name, _threshold(number, k, len(members)), tuple(members))
            case ["quorum", name]:
                if name != "none" and name not in witnesses and name not in groups:
                    raise _malformed(number, f"{name!r} is not defined above")
                quorums.append(name)
            case _:
                raise _malformed(number, f"{line[:60]!r} is not understood")
    if not logs:
        raise _malformed(0, "it names no log")
    if len(quorums) != 1:
        raise _malformed(0, f"it has {len(quorums)} quorum lines; exactly one is wanted")
    quorum = None if quorums[0] == "none" else quorums[0]
    return Policy(
        tuple(logs), tuple(witnesses.values()), tuple(groups.values()), quorum, tuple(urls)
    )


def _new_name(
    number: int, name: str, witnesses: dict[str, Witness], groups: dict[str, Group]
) -> None:
    if name == "none" or name in witnesses or name in groups:
        raise _malformed(number, f"the name {name!r} is taken")


def _members(
    number: int,
    members: Sequence[str],
    witnesses: dict[str, Witness],
    groups: dict[str, Group],
    taken: set[str],
) -> None:
    for member in members:
        if member not in witnesses and member not in groups:
            raise _malformed(number, f"{member!r} is not defined above")
        if member in taken:
            raise _malformed(number, f"{member!r} is in a group already")
        taken.add(member)


def _threshold(number: int, word: str, members: int) -> int:
    if word in ("any", "all"):
        return 1 if word == "any" else members
    threshold = decimal(word.encode(), Text("threshold"), most=members)
    if threshold < 1:
        raise _malformed(number, "a group needs at least one of its members")
    return threshold


def _malformed(number: int, why: str) -> Malformed:
    return Malformed(
        "The policy file cannot be used.",
        why=f"line {number}: {why}" if number else why,
        fix="Write one log, witness, group or quorum a line; see docs/tlog.md.",
    )
