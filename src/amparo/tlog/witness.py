"""The witness protocol, both sides, without its network (C2SP tlog-witness v1.0.0).

    old <size>
    <base64 hash> ...           consistency proof, 0 to 63 lines
    <empty line>
    <signed checkpoint>

The asking side builds the request and reads the answer. The witness's side decides on a request
from what it has stored. Its caller must store the new state durably, in one atomic step that fails
if the stored size has changed meanwhile, *before* it signs: a witness that signed first and lost
its memory would sign a fork.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from amparo.errors import Malformed, Text, Unsound
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import merkle, note
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.merkle import Hash
from amparo.tlog.strict import decimal, hash_line

SIZE_TYPE = "text/x.tlog.size"
MOST_REQUEST_BYTES = note.MOST_NOTE_BYTES + 8 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """A log asks to be cosigned: from the size it believes we know, to a signed checkpoint."""

    old: int
    proof: tuple[Hash, ...]
    checkpoint: bytes

    def encode(self) -> bytes:
        """The body of `POST .../add-checkpoint`."""
        lines = [b"old %d" % self.old, *(base64.b64encode(value) for value in self.proof)]
        return b"\n".join(lines) + b"\n\n" + self.checkpoint


@dataclass(frozen=True, slots=True)
class Seen:
    """The last checkpoint a witness cosigned for an origin; size 0 and no root if never."""

    size: int = 0
    root: Hash | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer other than 200."""

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """All checks passed: store `checkpoint` if the stored size still is `was`, then cosign `text`.

    `line` is the log's verified signature; store no other line of the request, since a forged line
    under a witness's own key has wedged a witness before.
    """

    checkpoint: Checkpoint
    text: bytes
    was: int
    line: note.Signature


def parse_request(body: bytes) -> Request:
    """Read the body of an add-checkpoint request."""
    if len(body) > MOST_REQUEST_BYTES:
        raise _malformed(f"it has {len(body)} bytes; at most {MOST_REQUEST_BYTES} are read")
    head, separator, checkpoint = body.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    if not separator or not first.startswith(b"old "):
        raise _malformed(
            "it does not begin with an `old` line and a proof that ends in an empty line"
        )
    if len(lines) > merkle.MOST_PROOF_HASHES:
        raise _malformed(f"its proof has {len(lines)} hashes; at most 63 are possible")
    old = decimal(first[4:], Text("old size"))
    return Request(old, tuple(hash_line(line, Text("proof hash")) for line in lines), checkpoint)


def decide(
    body: bytes,
    *,
    logs: Mapping[str, Sequence[note.Verifier]],
    seen: Mapping[str, Seen],
) -> Acceptance | Refusal:
    """Answer a request; the order of the checks is the protocol's.

    `logs` gives the trusted keys of each origin, `seen` what was last cosigned for it.
    """
    try:
        request = parse_request(body)
        signed = note.parse(request.checkpoint)
        checkpoint = checkpoints.parse(signed.text)
    except Malformed as error:
        return _refuse(400, f"{error.what} {error.why}")
    keys = logs.get(checkpoint.origin)
    if not keys:
        return _refuse(404, "this log is not known here")
    try:
        _, line = note.verify(signed, keys)[0]
    except Unsound as error:
        return _refuse(403, error.why)
    if request.old > checkpoint.size:
        return _refuse(400, "the old size is larger than the checkpoint's")
    known = seen.get(checkpoint.origin, Seen())
    if request.old != known.size:
        return Refusal(409, b"%d\n" % known.size, SIZE_TYPE)
    known_root = known.root if known.root is not None else merkle.EMPTY_ROOT
    try:
        merkle.check_consistency(
            request.old, checkpoint.size, known_root, checkpoint.root, request.proof
        )
    except Unsound as error:
        return _refuse(422, error.why)
    return Acceptance(checkpoint, signed.text, known.size, line)


def read_size(body: bytes, *, own_size: int) -> int:
    """The size a 409 answer names; one larger than our own tree is refused."""
    size = decimal(body.removesuffix(b"\n"), Text("size the witness knows"))
    if size > own_size:
        raise Unsound(
            "A witness has seen a larger tree than ours.",
            why=f"it knows {size} entries; this log has {own_size}",
            fix="This log was set back, or its key is used elsewhere: stop, and find out which.",
        )
    return size


def read_cosignatures(
    body: bytes, text: bytes, keys: Sequence[note.Verifier]
) -> list[note.Signature]:
    """The good lines of a 200 answer that the asked witness's keys made; at least one."""
    if not body.endswith(b"\n") or len(body) > note.MOST_NOTE_BYTES:
        raise _malformed("the answer's last line has no end, or it is too long")
    try:
        lines = body[:-1].decode().split("\n")
    except UnicodeDecodeError:
        raise _malformed("the answer is not UTF-8") from None
    answer = note.Note(text, tuple(note.parse_signature(line) for line in lines))
    return [line for _, line in note.verify(answer, keys)]


def monitoring_path(origin: str) -> str:
    """Where a witness shows its last cosigned checkpoint of a log, below its monitoring prefix."""
    return f"{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"


def _refuse(status: int, why: str) -> Refusal:
    return Refusal(status, why.encode() + b"\n")


def _malformed(why: str) -> Malformed:
    return Malformed(
        "That is not a message of the witness protocol.",
        why=why,
        fix="See c2sp.org/tlog-witness for its form.",
    )
