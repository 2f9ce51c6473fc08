"""Receipts: the proof that a decision is in the log, with its entry and its reasons.

A receipt is one C2SP tlog-proof file. Its `extra` line carries the entry itself and the opening,
so that the file verifies alone, with no network and without us. The `extra` line is not
authenticated by the format, and need not be: the entry is bound by the proof, the opening by the
commitment in the entry.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
from collections.abc import Container, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec
from msgspec.structs import replace

from amparo.errors import AmparoError, Malformed, Missing, Text, Unavailable, Unsound
from amparo.ledger.log.publish import read_tile
from amparo.record import event, openable_fields, sealing, strict_json
from amparo.record.answer import FIRST_ID
from amparo.record.canonical import PUID_LABEL, base64url, canonical, commitment, unbase64url
from amparo.record.openable_fields import Field
from amparo.storage.blobs import log_of
from amparo.storage.journal import Journal, LogEntry
from amparo.storage.node import CHECKPOINT, Node
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
    fields: dict[str, Field] | None = None
    """In place of salt and sealed fields, where some of them are kept back."""


class Verified(NamedTuple):
    """What a receipt proves."""

    proven: proof.Proven
    leaf: event.Event
    sealed: dict[str, Any] | None
    """The fields that are opened; None where the receipt opens none."""
    puid: str | None
    kept_back: frozenset[str] = frozenset()
    """Names of fields that are there, and not opened."""


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
    return prove(node, checkpoint(node), entry, opened(entry, reader))


def prove(node: Node, raw: bytes, entry: LogEntry, extra: Extra) -> bytes:
    """The receipt of one entry against a checkpoint `raw`, with what it opens."""
    tree = checkpoints.parse(note.parse(raw).text)
    if entry.seq >= tree.size:
        raise Unavailable(
            "The receipt is not ready yet.",
            why=Text(
                "entry {entry} is kept durably; the public log holds {number} entries so far",
                entry=entry.seq,
                number=tree.size,
            ),
            fix="Ask again in a second.",
        )
    nodes = tile.node_reader(functools.partial(read_tile, log_of(node)), tree.size)
    hashes = merkle.inclusion_proof(entry.seq, tree.size, nodes)
    merkle.check_inclusion(merkle.leaf_hash(entry.leaf), entry.seq, tree.size, hashes, tree.root)
    return encode(entry.seq, hashes, raw, extra)


def encode(index: int, hashes: Sequence[bytes], raw: bytes, extra: Extra) -> bytes:
    """The file of a receipt."""
    return proof.Proof(index, tuple(hashes), raw, msgspec.json.encode(extra)).encode()


def verify(raw: bytes, trusted: policy.Policy, *, entry: bytes | None = None) -> Verified:
    """Check a receipt with no network; `entry` for a bare tlog-proof that carries none."""
    read = proof.parse(raw)
    extra = read_extra(read.extra) if read.extra is not None else None
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
    if extra is None:
        return Verified(proven, leaf, None, None)
    if extra.fields is not None:
        return _verified_fields(proven, leaf, extra.fields)
    if extra.sealed is None or extra.salt is None:
        return Verified(proven, leaf, None, None)
    opening = sealing.Opening(unbase64url(extra.salt), canonical(extra.sealed), "", b"")
    if not opening.opens(leaf.sealed):
        raise _opening_unsound(
            Text("the salt and the sealed fields do not give the hash in the entry")
        )
    kept_back = frozenset({"puid"} if "puid" in extra.sealed and not extra.puid else ())
    if extra.puid is not None and extra.puid_salt is not None:
        given = commitment(PUID_LABEL, unbase64url(extra.puid_salt), extra.puid.encode())
        if given != extra.sealed.get("puid"):
            raise _opening_unsound(Text("the PUID and its salt do not give the hash in the entry"))
    sealed = {name: value for name, value in extra.sealed.items() if name != "puid"}
    return Verified(proven, leaf, sealed, extra.puid, kept_back)


def _verified_fields(proven: proof.Proven, leaf: event.Event, given: dict[str, Field]) -> Verified:
    if openable_fields.root_of(given) != leaf.sealed:
        raise _opening_unsound(Text("the fields do not give the hash in the entry"))
    sealed = {name: field.value for name, field in given.items() if field.is_open}
    return Verified(proven, leaf, sealed, None, frozenset(given) - frozenset(sealed))


def opened(log_entry: LogEntry, reader: Reader, kept_back: Container[str] = ()) -> Extra:
    """What a receipt opens of an entry, but for fields to be kept back.

    An entry that was sealed as a whole can keep none back, and then opens nothing.
    """
    extra = _extra(log_entry, reader)
    return keep_back(extra, kept_back)


def keep_back(extra: Extra, names: Container[str]) -> Extra:
    """The same with further fields kept back."""
    if extra.fields is not None:
        return replace(extra, fields=openable_fields.keep_back(extra.fields, names))
    if extra.sealed is None or extra.salt is None:
        return extra
    wanted = {name for name in extra.sealed if name in names}
    if "puid" in wanted:
        wanted.remove("puid")
        extra = replace(extra, puid=None, puid_salt=None)
    if not wanted or extra.sealed is None or extra.salt is None:
        return extra
    salt = unbase64url(extra.salt)
    if openable_fields.root(salt, extra.sealed) != event.read_leaf(extra.entry.encode()).sealed:
        return Extra(extra.entry)
    return Extra(extra.entry, fields=openable_fields.disclose(salt, extra.sealed, wanted))


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


def read_extra(raw: bytes) -> Extra | None:
    """What stands in a receipt beside the proof; None where it is of another program.

    `Unsound` where a name stands in it twice: two readers would read two things.
    """
    try:
        return strict_json.decode(raw, Extra)
    except strict_json.Repeated as error:
        raise _opening_unsound(Text("{error}", error=str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def checkpoint(node: Node) -> bytes:
    """The newest public checkpoint; `Unavailable` before there is one."""
    try:
        return log_of(node).read(CHECKPOINT)
    except FileNotFoundError:
        raise Unavailable(
            "The log has not begun yet.",
            why="no checkpoint is public",
            fix="Start the node with `amparo serve`; the first one is signed within a second.",
        ) from None


def _opening_unsound(why: Text) -> AmparoError:
    return Unsound(
        "The reasons in this receipt are not those that the log committed to.",
        why=why,
        fix="Somebody changed the text: ask the platform for the receipt it was given.",
    )
