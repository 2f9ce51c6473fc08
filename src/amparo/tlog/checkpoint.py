"""Checkpoints: a log's name, size and root, signed (C2SP tlog-checkpoint v1.0.0).

There is no time in a checkpoint; time comes only from cosignatures. We write no extension lines;
reading, they are allowed and ignored.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
from collections.abc import Sequence
from typing import NamedTuple

from amparo.errors import Malformed, Text, Unsound
from amparo.tlog import note
from amparo.tlog.merkle import EMPTY_ROOT, Hash
from amparo.tlog.strict import decimal, hash_line


class Checkpoint(NamedTuple):
    """What a log commits to: `size` entries under `root`, in the log named `origin`."""

    origin: str
    size: int
    root: Hash

    def text(self) -> bytes:
        """The text that is signed."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\n".encode()


def parse(text: bytes) -> Checkpoint:
    """Read a checkpoint's text (the note without its signatures)."""
    lines = text.split(b"\n")
    if len(lines) < 4 or lines[-1] != b"":
        raise _malformed(Text("it has fewer than three lines, or the last has no end"))
    origin, size, root, *extensions, _ = lines
    if not all(extensions):
        raise _malformed(Text("an extension line is empty"))
    try:
        name = origin.decode()
        note.check_key_name(name)
    except (UnicodeDecodeError, Malformed):
        raise _malformed(Text("its origin is empty, or holds a space or a plus")) from None
    return Checkpoint(name, decimal(size, Text("tree size")), hash_line(root, Text("root")))


def sign(checkpoint: Checkpoint, signer: note.Signer) -> note.Note:
    """Sign a checkpoint with the log's key; the key's name must be the origin."""
    if signer.name != checkpoint.origin:
        raise Malformed(
            "This key does not sign for this log.",
            why=Text(
                "the key is {name}, the log is {log}",
                name=repr(signer.name),
                log=repr(checkpoint.origin),
            ),
            fix="Use the key that was made together with the log.",
        )
    text = checkpoint.text()
    return note.Note(text, (signer.sign(text),))


def open_checkpoint(raw: bytes, *, origin: str, keys: Sequence[note.Verifier]) -> Checkpoint:
    """Read a checkpoint, checking the log's signature and that it is of the log we mean."""
    parsed = note.parse(raw)
    note.verify(parsed, keys)
    checkpoint = parse(parsed.text)
    if checkpoint.origin != origin:
        raise Unsound(
            "This checkpoint belongs to another log.",
            why=Text(
                "its origin is {origin}; wanted {wanted}",
                origin=repr(checkpoint.origin),
                wanted=repr(origin),
            ),
            fix="Use the address and the key of one and the same log.",
        )
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise Unsound(
            "This checkpoint contradicts itself.",
            why="its size is 0, but its root is not that of the empty tree",
            fix="Keep it as evidence and tell the log's operator.",
        )
    return checkpoint


def _malformed(why: Text) -> Malformed:
    return Malformed(
        "That is not a checkpoint.", why=why, fix="Fetch the log's `checkpoint` again, unchanged."
    )
