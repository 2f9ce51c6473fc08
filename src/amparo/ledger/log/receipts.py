"""Receipts: the proof that a decision is in the log, with its entry and its reasons.

A receipt is one C2SP tlog-proof file. Its `extra` line carries the entry itself and the opening,
so that the file verifies alone, with no network and without us. The `extra` line is not
authenticated by the format, and need not be: the entry is bound by the proof, the opening by the
commitment in the entry.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
import functools
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from amparo.errors import AmparoError, Malformed, Missing, Text, Unavailable, Unsound
from amparo.ledger.log.publish import read_tile
from amparo.ledger.storage.blobs import log_of
from amparo.ledger.storage.journal import Journal, LogEntry
from amparo.ledger.storage.node import CHECKPOINT, Node
from amparo.record import event, sealing
from amparo.record.answer import FIRST_ID
from amparo.record.canonical import PUID_LABEL, SEALED_LABEL, base64url, canonical, commitment
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import merkle, note, policy, proof, tile

Reader = Literal["anyone", "party"]
"""Anyone sees the reasons; a party (the platform, the person affected) sees the PUID as well."""


class Extra(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a receipt carries beside the proof."""

    entry: str
    salt: str | None = None
    """Base64url of the 32 bytes; None after erasure, as are the sealed fields."""
    sealed: dict[str, Any] | None = None
    puid: str | None = None
    puid_salt: str | None = None


class Verified(NamedTuple):
    """What a receipt proves."""

    proven: proof.Proven
    leaf: event.Event
    sealed: dict[str, Any] | None
    puid: str | None


def find(journal: Journal, name: str) -> LogEntry:
    """A decision by its uuid, by its number as the EU database counts, or by its log index."""
    entry: LogEntry | None = None
    if name.isascii() and name.isdigit() and len(name) < 19:
        number = int(name)
        entry = journal.event(number - FIRST_ID if number >= FIRST_ID else number)
    else:
        try:
            entry = journal.decision(UUID(name))
        except ValueError:
            entry = None
    if entry is None:
        raise Missing(
            "There is no decision under that identifier.",
            why=Text("this node does not know {name}", name=repr(name[:80])),
            fix="Use the uuid from the answer to the submission, or the index in the log.",
        )
    return entry


def receipt(node: Node, entry: LogEntry, *, reader: Reader) -> bytes:
    """The receipt of one entry, against the newest public checkpoint."""
    raw = _checkpoint(node)
    size = checkpoints.parse(note.parse(raw).text).size
    if entry.seq >= size:
        raise Unavailable(
            "The receipt is not ready yet.",
            why=Text(
                "entry {entry} is kept durably; the public log holds {number} entries so far",
                entry=entry.seq,
                number=size,
            ),
            fix="Ask again in a second.",
        )
    nodes = tile.node_reader(functools.partial(read_tile, log_of(node)), size)
    hashes = merkle.inclusion_proof(entry.seq, size, nodes)
    extra = msgspec.json.encode(_extra(entry, reader))
    made = proof.Proof(entry.seq, tuple(hashes), raw, extra)
    merkle.check_inclusion(
        merkle.leaf_hash(entry.leaf),
        entry.seq,
        size,
        hashes,
        checkpoints.parse(note.parse(raw).text).root,
    )
    return made.encode()


def verify(raw: bytes, trusted: policy.Policy, *, entry: bytes | None = None) -> Verified:
    """Check a receipt with no network; `entry` for a bare tlog-proof that carries none."""
    read = proof.parse(raw)
    extra = _read_extra(read.extra) if read.extra is not None else None
    if entry is None:
        if extra is None:
            raise Malformed(
                "This proof does not carry its entry.",
                why="it has no extra line, so there is nothing to place in the log",
                fix="Hand in the entry's bytes too, with --entry FILE.",
            )
        entry = extra.entry.encode()
    proven = proof.verify(read, entry, trusted)
    leaf = event.read_leaf(entry)
    if extra is None or extra.sealed is None or extra.salt is None:
        return Verified(proven, leaf, None, None)
    salt = _unbase64url(extra.salt)
    if commitment(SEALED_LABEL, salt, canonical(extra.sealed)) != leaf.sealed:
        raise _opening_unsound(
            Text("the salt and the sealed fields do not give the hash in the entry")
        )
    if extra.puid is not None and extra.puid_salt is not None:
        opened = commitment(PUID_LABEL, _unbase64url(extra.puid_salt), extra.puid.encode())
        if opened != extra.sealed.get("puid"):
            raise _opening_unsound(Text("the PUID and its salt do not give the hash in the entry"))
    sealed = {name: value for name, value in extra.sealed.items() if name != "puid"}
    return Verified(proven, leaf, sealed, extra.puid)


def _extra(log_entry: LogEntry, reader: Reader) -> Extra:
    entry = log_entry.leaf.decode()
    if log_entry.opening is None:
        return Extra(entry)
    opening = sealing.unpack(log_entry.opening)
    sealed = msgspec.json.decode(opening.sealed)
    salt = base64url(opening.salt)
    if reader == "anyone" or not opening.puid:  # only decisions have one
        return Extra(entry, salt, sealed)
    return Extra(entry, salt, sealed, opening.puid, base64url(opening.puid_salt))


def _read_extra(raw: bytes) -> Extra | None:
    try:
        return msgspec.json.decode(raw, type=Extra)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _checkpoint(node: Node) -> bytes:
    try:
        return log_of(node).read(CHECKPOINT)
    except FileNotFoundError:
        raise Unavailable(
            "The log has not begun yet.",
            why="no checkpoint is public",
            fix="Start the node with `amparo serve`; the first one is signed within a second.",
        ) from None


def _unbase64url(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def _opening_unsound(why: Text) -> AmparoError:
    return Unsound(
        "The reasons in this receipt are not those that the log committed to.",
        why=why,
        fix="Somebody changed the text: ask the platform for the receipt it was given.",
    )
