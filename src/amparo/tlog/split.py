"""Split views: two signed checkpoints of one log that cannot both be true, as a file to show.

A log that signs two roots for one size has shown two histories; both notes and the log's key are
all it takes to see that. When the sizes differ, the file also holds the root that the larger tree
has at the smaller size, with the consistency proof that binds it to the larger root: a tree has but
one beginning, so another signed root for that size is another history. Nobody has to trust who kept
the file, and nothing is fetched.

    amparo.split.v1
    <the log's verifier key>
    <signed checkpoint>
    amparo.split.other
    <signed checkpoint, of the same size or a larger one>
    amparo.split.beginning                   where the sizes differ
    <base64 root of the larger tree at the smaller size>
    <base64 hash> ...                        consistency proof from there to the larger root
"""

# SPDX-License-Identifier: Apache-2.0

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from amparo.errors import Malformed, Text, Unsound
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import merkle, note
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.merkle import Hash
from amparo.tlog.strict import hash_line

HEADER = b"amparo.split.v1\n"
BETWEEN = b"\namparo.split.other\n"
BEGINNING = b"\namparo.split.beginning\n"
MOST_BYTES = 2 * note.MOST_NOTE_BYTES + 8 * 1024


class Beginning(NamedTuple):
    """How a tree begins, from the tiles that its log serves."""

    root: Hash
    """Of its first entries, as many as a smaller tree has."""
    proof: Sequence[Hash]
    """That the tree grew from there (RFC 6962, 2.1.2)."""


@dataclass(frozen=True, slots=True)
class Split:
    """Two views that a log has signed and that cannot both be true."""

    key: note.Ed25519Verifier
    first: Checkpoint
    second: Checkpoint
    beginning: Hash
    """The root of the second tree at the size of the first; not that of the first."""


def evidence(vkey: str, first: bytes, second: bytes, beginning: Beginning | None = None) -> bytes:
    """The file: a header, the log's key, and both notes as they were signed.

    `beginning`, where `second` is larger: its root at the size of `first`, and the proof of that.
    """
    raw = HEADER + vkey.encode() + b"\n" + first + BETWEEN + second
    if beginning is not None:
        root, proof = beginning
        lines = b"".join(base64.b64encode(value) + b"\n" for value in (root, *proof))
        raw += BEGINNING + lines
    judge(raw)
    return raw


def judge(raw: bytes, vkey: str | None = None) -> Split:
    """What a file proves; `Malformed` or `Unsound` when it proves nothing.

    `vkey` is the log's key as the reader knows it; without one the key in the file is used.
    """
    if not raw.startswith(HEADER) or len(raw) > MOST_BYTES:
        raise _malformed("it does not begin as one, or is too long")
    named, _, rest = raw[len(HEADER) :].partition(b"\n")
    first, between, rest = rest.partition(BETWEEN)
    if not between:
        raise _malformed("it holds one checkpoint alone")
    if vkey is not None and vkey.encode() != named:
        raise _malformed("it is about the key of another log")
    try:
        key = note.Ed25519Verifier.from_vkey(named.decode())
    except UnicodeDecodeError:
        raise _malformed("its key is no text") from None
    second, _, lines = rest.partition(BEGINNING)
    tree, other = (
        checkpoints.open_checkpoint(raw, origin=key.name, keys=[key]) for raw in (first, second)
    )
    beginning = _beginning(tree, other, lines)
    if beginning == tree.root:
        raise _malformed("its two checkpoints do not contradict each other")
    return Split(key, tree, other, beginning)


def _beginning(first: Checkpoint, second: Checkpoint, lines: bytes) -> Hash:
    """The root of the second tree at the size of the first, as the file proves it."""
    if first.size == second.size:
        return second.root
    if not 0 < first.size < second.size or not lines.endswith(b"\n"):
        raise _malformed("its sizes differ, and how the larger tree begins is not shown")
    root, *proof = (hash_line(line, Text("hash")) for line in lines[:-1].split(b"\n"))
    try:
        merkle.check_consistency(first.size, second.size, root, second.root, proof)
    except Unsound as error:
        raise _malformed(error.why) from None
    return root


def _malformed(why: str) -> Malformed:
    return Malformed(
        "This file does not prove a split view.", why=why, fix="Ask for the file again, unchanged."
    )
