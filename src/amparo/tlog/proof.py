"""The receipt's frame: a proof that an entry is in a log, verified offline (C2SP tlog-proof).

c2sp.org/tlog-proof@v1
extra <base64>              optional; not authenticated by this format
index <decimal>
<base64 hash> ...           the entry's sibling first
<empty line>
<checkpoint, verbatim>
"""

# SPDX-License-Identifier: Apache-2.0

import base64
from dataclasses import dataclass

from amparo.errors import Malformed, Text, Unsound
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import merkle, note
from amparo.tlog import policy as policies
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.merkle import Hash
from amparo.tlog.strict import decimal, hash_line, unbase64

HEADER = b"c2sp.org/tlog-proof@v1"
MOST_PROOF_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an entry stands, the hashes that lead to the root, and the signed checkpoint."""

    index: int
    hashes: tuple[Hash, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def encode(self) -> bytes:
        """The file's bytes."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(b"extra " + base64.b64encode(self.extra))
        lines.append(b"index %d" % self.index)
        lines += [base64.b64encode(value) for value in self.hashes]
        return b"\n".join(lines) + b"\n\n" + self.checkpoint


@dataclass(frozen=True, slots=True)
class Proven:
    """What a verified proof shows."""

    checkpoint: Checkpoint
    index: int
    witnesses: dict[str, int]
    """Local name of each witness that cosigned -> POSIX seconds."""


def parse(raw: bytes) -> Proof:
    """Read a proof; nothing in it is verified yet."""
    if len(raw) > MOST_PROOF_BYTES:
        raise _malformed(f"it has {len(raw)} bytes; at most {MOST_PROOF_BYTES} are read")
    head, separator, checkpoint = raw.partition(b"\n\n")
    lines = head.split(b"\n")
    if not separator or lines.pop(0) != HEADER:
        raise _malformed(f"it does not begin with {HEADER.decode()} and end in a checkpoint")
    extra = None
    if lines and lines[0].startswith(b"extra "):
        extra = unbase64(lines.pop(0)[6:], Text("extra line"))
    if not lines or not lines[0].startswith(b"index "):
        raise _malformed("the index line is missing")
    index = decimal(lines.pop(0)[6:], Text("index"))
    if len(lines) > merkle.MOST_PROOF_HASHES:
        raise _malformed(f"it has {len(lines)} hashes; no tree needs more than 63")
    hashes = tuple(hash_line(line, Text("proof hash")) for line in lines)
    return Proof(index, hashes, checkpoint, extra)


def verify(proof: Proof, entry: bytes, policy: policies.Policy) -> Proven:
    """Check signatures, quorum and inclusion; or raise `Unsound` (`Malformed` for bad form)."""
    signed = note.parse(proof.checkpoint)
    checkpoint = checkpoints.parse(signed.text)
    keys = [key for key in policy.logs if key.name == checkpoint.origin]
    if not keys:
        raise Unsound(
            "This receipt comes from a log that you did not name.",
            why=f"its origin is {checkpoint.origin!r}",
            fix="Use the key of that log, if you trust it.",
        )
    note.verify(signed, keys)
    witnesses = policies.check_quorum(policy, signed)
    leaf = merkle.leaf_hash(entry)
    merkle.check_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return Proven(checkpoint, proof.index, witnesses)


def _malformed(why: str) -> Malformed:
    return Malformed(
        "That is not a receipt.",
        why=why,
        fix="Use the file as it was handed out; its name ends in .tlog-proof.",
    )
