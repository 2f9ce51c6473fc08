"""The out-of-court bodies whose outcomes a node takes: names and keys that its operator registered.

A body is certified by a Digital Services Coordinator (DSA Article 21(3)); that it is, and that the
key is its own, the operator sees for himself. Which bodies there are is kept in the journal.
"""

# SPDX-License-Identifier: Apache-2.0

import msgspec

from amparo.errors import Malformed, Missing, Refused, Text
from amparo.storage.journal import Journal
from amparo.tlog.note import Ed25519Verifier

_SETTING = "case.bodies"
MOST = 200


def add(journal: Journal, vkey: str) -> Ed25519Verifier:
    """Register a body by its verifier key, whose name is its own."""
    key = Ed25519Verifier.from_vkey(vkey.strip())
    with journal.transaction():
        known = every(journal)
        if any(body.name == key.name for body in known):
            raise Refused(
                Text("There is a body of the name {name} already.", name=key.name),
                why="an outcome names its body, so a name has one key",
                fix="If the key was changed, remove the body first with `amparo case body remove`.",
            )
        if len(known) >= MOST:
            raise Malformed(
                "No more bodies can be registered.",
                why=Text("there are {number}", number=len(known)),
                fix="Remove those that are not certified any more.",
            )
        _set(journal, [*known, key])
    return key


def remove(journal: Journal, name: str) -> None:
    """Take no further outcome of a body; what was taken stays."""
    with journal.transaction():
        left = [key for key in every(journal) if key.name != name]
        if len(left) == len(every(journal)):
            raise Missing(
                "There is no such body.",
                why=Text("no body of the name {name} is registered", name=name[:80]),
                fix="List them with `amparo case body list`.",
            )
        _set(journal, left)


def every(journal: Journal) -> list[Ed25519Verifier]:
    """The keys of all registered bodies, by name."""
    stored = msgspec.json.decode(journal.setting(_SETTING) or "[]", type=list[str])
    return sorted(map(Ed25519Verifier.from_vkey, stored), key=lambda key: key.name)


def _set(journal: Journal, keys: list[Ed25519Verifier]) -> None:
    journal.set(_SETTING, msgspec.json.encode([key.vkey for key in keys]).decode())
