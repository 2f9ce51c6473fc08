"""Split views: two signed checkpoints of one log that cannot both be true, as a file to show.

A log that signs two roots for one size has shown two histories. Both notes together, and the log's
key, are all it takes to see that; nobody has to trust who kept them.
"""

# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass

from amparo.errors import Malformed
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import note
from amparo.tlog.checkpoint import Checkpoint

HEADER = b"amparo.split.v1\n"
BETWEEN = b"\namparo.split.other\n"


@dataclass(frozen=True, slots=True)
class Split:
    """Two views of one size that a log has signed."""

    key: note.Ed25519Verifier
    first: Checkpoint
    second: Checkpoint


def evidence(vkey: str, first: bytes, second: bytes) -> bytes:
    """The file: a header, the log's key, and both notes as they were signed."""
    raw = HEADER + vkey.encode() + b"\n" + first + BETWEEN + second
    judge(raw)
    return raw


def judge(raw: bytes, vkey: str | None = None) -> Split:
    """What a file proves; `Malformed` or `Unsound` when it proves nothing.

    `vkey` is the log's key as the reader knows it; without one the key in the file is used.
    """
    if not raw.startswith(HEADER) or len(raw) > 2 * note.MOST_NOTE_BYTES + 1024:
        raise _malformed("it does not begin as one, or is too long")
    named, _, rest = raw[len(HEADER) :].partition(b"\n")
    first, between, second = rest.partition(BETWEEN)
    if not between:
        raise _malformed("it holds one checkpoint alone")
    if vkey is not None and vkey.encode() != named:
        raise _malformed("it is about the key of another log")
    try:
        key = note.Ed25519Verifier.from_vkey(named.decode())
    except UnicodeDecodeError:
        raise _malformed("its key is no text") from None
    views = [
        checkpoints.open_checkpoint(one, origin=key.name, keys=[key]) for one in (first, second)
    ]
    if views[0].size != views[1].size or views[0].root == views[1].root:
        raise _malformed("its two checkpoints do not contradict each other")
    return Split(key, views[0], views[1])


def _malformed(why: str) -> Malformed:
    return Malformed(
        "This file does not prove a split view.", why=why, fix="Ask for the file again, unchanged."
    )
