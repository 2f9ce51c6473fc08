"""A case as a file: its index, its parts, and what of it is proven (docs/case-file.md).

The index tells the case in JSON; beside it lie a receipt for each entry and the attached files. A
receipt proves that the entry is in the log, and opens its fields; the index may say nothing else
than the receipts open. What no receipt opens is claimed, and said to be.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from amparo.case import events, pseudonyms
from amparo.case.shown import Reader, Section
from amparo.errors import Malformed, Refused, Text, Unsound
from amparo.ledger.case import archive
from amparo.ledger.log import receipts
from amparo.record import strict_json
from amparo.record.event import DecisionIssued, moment
from amparo.tlog import merkle, policy, proof

INDEX, PAGE = "index.json", "index.html"
MOST_INDEX_BYTES = 24 * 1024 * 1024
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Number = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
"""Of a case: a UUID."""
Time = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")]
Count = Annotated[int, Meta(ge=0)]
OF_THE_PLACE = frozenset({"case", "n", "kind"})
"""Fields of every sealed entry that say where it belongs; they are never kept back."""


class Log(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The log that the receipts are of. Take its key from somewhere else, if it matters."""

    origin: str
    vkey: str
    size: Count
    """Entries in the tree that every receipt leads to."""


class Platform(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose decision it is about: by name, and as the log calls it."""

    name: str
    party: str


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Something that happened, in the order of the case."""

    n: Count
    """Its place in the case, from 1; place 1 is a decision's."""
    index: Count
    """Its place in the log."""
    at: Time
    section: Section
    receipt: str
    """The part of the file that proves it."""
    kind: str = ""
    """What happened, as docs/case.md names it; empty where its text was erased."""
    public: dict[str, Any] = {}
    """Of a decision: what stands in the log in the open."""
    fields: dict[str, Any] = {}
    kept_back: tuple[str, ...] = ()
    """Fields that are there and not in this file: the receipt holds their commitments."""
    told_beside: dict[str, Any] = {}
    """What the node tells of a field that is kept back; nothing proves it."""


class Exhibit(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A file that a side attached."""

    name: str
    size: Count
    sha256: Sha256
    by: str
    part: str = ""
    """The part of the file that it is; empty where it was left out."""
    left_out: Literal["", "size", "redacted"] = ""


class Index(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"schema": "$schema"},
):
    """`index.json`."""

    schema: Literal["urn:amparo:case-file:v1"]
    """What the index's JSON Schema is called; a node serves it at /case-file/v1.json."""
    format: Literal["amparo.case-file"]
    version: Literal[1]
    case: Number
    platform: Platform
    reader: Reader
    """Whom the file was made for: it holds what they may read."""
    language: str
    """Of the page beside the index."""
    log: Log
    entries: tuple[Entry, ...]
    withheld: tuple[int, ...]
    """Places in the case whose entries this reader may not see."""
    evidence: tuple[Exhibit, ...]
    redacted: tuple[str, ...]
    """What was taken out after the node made the file: N.FIELD, or a part."""
    parts: dict[str, Sha256]
    """Every other part -> its SHA-256, in hexadecimal."""

    @property
    def newest(self) -> Entry:
        """The last entry of the case that the file holds."""
        return self.entries[-1]


class CaseFile(msgspec.Struct, frozen=True):
    """A case file, read; nothing of it is proven yet."""

    index: Index
    parts: Mapping[str, bytes]
    """Everything beside the index, by name."""

    def leaf(self, entry: Entry) -> bytes:
        """An entry's leaf, as its receipt carries it."""
        return _extra(self.parts[entry.receipt]).entry.encode()


class Judged(NamedTuple):
    """What is proven of an entry."""

    entry: Entry
    is_proven: bool
    """Whether its fields, and that it belongs to this case, are what the log commits to."""


class Shown(NamedTuple):
    """What is proven of an attached file."""

    exhibit: Exhibit
    since: str
    """When an entry committed to its hash; empty where none in this file does."""


class Verdict(msgspec.Struct, frozen=True):
    """What a file proves."""

    index: Index
    witnesses: Mapping[str, int]
    entries: Sequence[Judged]
    evidence: Sequence[Shown]
    looked_again: pseudonyms.Verdict | None
    """Whether somebody else than who decided looked again; None where nobody answered yet."""


def pack(index: Index, bodies: Mapping[str, bytes], page: bytes) -> bytes:
    """The file: index, page, receipts and attached files, in this order."""
    held = {PAGE: page, **dict(sorted(bodies.items()))}
    digests = {name: hashlib.sha256(body).hexdigest() for name, body in held.items()}
    whole = msgspec.json.encode(replace(index, parts=digests))
    packed = archive.pack({INDEX: msgspec.json.format(whole, indent=1) + b"\n", **held})
    if len(packed) > archive.MOST_BYTES:
        raise Refused(
            "The case is too large for one file.",
            why=Text(
                "it has {number} bytes; at most {most}", number=len(packed), most=archive.MOST_BYTES
            ),
            fix="Ask the node's operator for the attached files apart.",
        )
    return packed


def read(raw: bytes) -> CaseFile:
    """Take a file apart; `Malformed` where it is none, `Unsound` where parts are not as listed."""
    held = archive.unpack(raw)
    body = held.pop(INDEX, None)
    if body is None or len(body) > MOST_INDEX_BYTES:
        raise _malformed(Text("it holds no {name} that could be read", name=INDEX))
    try:
        index = strict_json.decode(body, Index)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(Text("its index: {error}", error=str(error)[:200])) from None
    for name in sorted(held.keys() - index.parts.keys()):
        raise _altered(Text("the part {name} is not in the index", name=name))
    for name in sorted(index.parts.keys() - held.keys()):
        raise _altered(Text("the part {name} is missing", name=name[:130]))
    for name, part in held.items():
        if hashlib.sha256(part).hexdigest() != index.parts[name]:
            raise _altered(Text("the part {name} is not the one that the index lists", name=name))
    named = {entry.receipt for entry in index.entries} | {e.part for e in index.evidence if e.part}
    if named | {PAGE} != held.keys() or not index.entries:
        raise _altered(Text("the index names receipts or attached files that are not there"))
    return CaseFile(index, held)


def verify(file: CaseFile, trusted: policy.Policy) -> Verdict:
    """Check every receipt, and the index against what they open; `Unsound` names what differs."""
    index = file.index
    _check_order(index)
    judged, witnesses, committed, first = [], {}, None, None
    hashes: dict[str, str] = {}
    for entry in index.entries:
        verified = receipts.verify(file.parts[entry.receipt], trusted)
        tree = verified.proven.checkpoint
        first = first or tree
        if (tree.origin, tree.size) != (
            index.log.origin,
            index.log.size,
        ) or tree.root != first.root:
            raise _altered(Text("the receipt of entry {n} is of another tree", n=entry.n))
        witnesses = verified.proven.witnesses
        judged.append(Judged(entry, _check_entry(index, entry, verified)))
        if judged[-1].is_proven:
            for attached in _attached(entry):
                hashes.setdefault(attached, entry.at)
            if entry.kind == "parts.committed" and not entry.kept_back:
                committed = _committed(verified)
    for exhibit in index.evidence:
        if exhibit.part and hashlib.sha256(file.parts[exhibit.part]).hexdigest() != exhibit.sha256:
            raise _altered(Text("the attached file {name} has another hash", name=exhibit.name))
    shown = [Shown(exhibit, hashes.get(exhibit.sha256, "")) for exhibit in index.evidence]
    looked_again = pseudonyms.judge(committed) if committed else None
    return Verdict(index, witnesses, judged, shown, looked_again)


def redact(file: CaseFile, names: Sequence[str], exhibits: Sequence[int]) -> CaseFile:
    """Keep back fields, each as N.FIELD or FIELD for wherever it is, and attached files by number.

    The proofs of all else hold. A statement of reasons was sealed as a whole: where one of its
    texts is kept back (its PUID apart), the others are claimed from then on.
    """
    index, bodies = file.index, dict(file.parts)
    entries = list(index.entries)
    done: list[str] = []
    for name in names:
        place, _, field = name.rpartition(".")
        found = [
            (at, entry)
            for at, entry in enumerate(entries)
            if field in (*entry.fields, *entry.told_beside) and place in ("", str(entry.n))
        ]
        if not found:
            raise _cannot_redact(index, name, place, field)
        for at, entry in found:
            bodies[entry.receipt] = _closed(bodies[entry.receipt], field)
            entries[at] = replace(
                entry,
                fields={n: value for n, value in entry.fields.items() if n != field},
                kept_back=tuple(sorted({*entry.kept_back, field})),
                told_beside={n: v for n, v in entry.told_beside.items() if n != field},
            )
            done.append(f"{entry.n}.{field}")
    evidence = list(index.evidence)
    for number in exhibits:
        if not 1 <= number <= len(evidence) or not evidence[number - 1].part:
            raise Malformed(
                "There is no such attached file to take out.",
                why=Text("{number} of {most}", number=number, most=len(evidence)),
                fix="`amparo verify` lists them with their numbers.",
            )
        bodies.pop(evidence[number - 1].part)
        done.append(evidence[number - 1].part)
        evidence[number - 1] = replace(evidence[number - 1], part="", left_out="redacted")
    redacted = tuple(sorted({*index.redacted, *done}))
    bodies.pop(PAGE, None)
    return CaseFile(
        replace(
            index, entries=tuple(entries), evidence=tuple(evidence), redacted=redacted, parts={}
        ),
        bodies,
    )


def head_of(file: CaseFile) -> str:
    """What a file says of how far the case had come: the hash of its newest entry's leaf."""
    return merkle.leaf_hash(file.leaf(file.index.newest)).hex()


def _check_order(index: Index) -> None:
    places = [(entry.n, entry.index) for entry in index.entries]
    ordered = all(a[0] < b[0] and a[1] < b[1] for a, b in itertools.pairwise(places))
    if not ordered or {n for n, _ in places} & set(index.withheld):
        raise _altered(Text("its entries do not stand in the order of the log"))


def _check_entry(index: Index, entry: Entry, verified: receipts.Verified) -> bool:
    """Whether an entry's fields are proven; `Unsound` where the index and the receipt disagree."""
    leaf, sealed = verified.leaf, verified.sealed
    if (verified.proven.index, leaf.at) != (entry.index, entry.at):
        raise _differs(entry, Text("time or place"))
    if isinstance(leaf, DecisionIssued):
        own = (entry.kind, entry.n, index.case, index.platform.party, entry.public)
        if own != ("decision.issued", 1, leaf.case, leaf.by, leaf.public):
            raise _differs(entry, Text("what stands in the log in the open"))
        opened = dict(sealed or {}) | ({"puid": verified.puid} if verified.puid else {})
    else:
        if entry.public:
            raise _differs(entry, Text("what stands in the log in the open"))
        place = {name: (sealed or {}).get(name) for name in OF_THE_PLACE}
        wanted = {"case": index.case, "kind": entry.kind, "n": entry.n}
        # The entry that tells of an erasure has no place of its own.
        wanted["n"] = None if entry.kind == "opening.erased" else entry.n
        if sealed is not None and place != wanted:
            raise _differs(entry, Text("the case, the place in it, or what happened"))
        opened = {n: v for n, v in (sealed or {}).items() if n not in OF_THE_PLACE}
    if sealed is None:
        return False
    if entry.fields != opened or set(entry.kept_back) != verified.kept_back:
        raise _differs(entry, Text("a field"))
    return True


def _attached(entry: Entry) -> list[str]:
    """The hashes of files to which an entry commits."""
    found = entry.fields.get("attachments")
    return [
        str(attachment.get("sha256")) for attachment in found or () if isinstance(attachment, dict)
    ]


def _committed(verified: receipts.Verified) -> events.PartsCommitted | None:
    event = events.read(msgspec.json.encode(verified.sealed), moment(verified.leaf.at))
    return event if isinstance(event, events.PartsCommitted) else None


def _closed(receipt: bytes, field: str) -> bytes:
    """The same receipt with a field kept back."""
    read = proof.parse(receipt)
    extra = receipts.keep_back(_extra(receipt), {field})
    return receipts.encode(read.index, read.hashes, read.checkpoint, extra)


def _extra(receipt: bytes) -> receipts.Extra:
    raw = proof.parse(receipt).extra
    extra = receipts.read_extra(raw) if raw is not None else None
    if extra is None:
        raise _altered(Text("a receipt does not carry its entry"))
    return extra


def _cannot_redact(index: Index, name: str, place: str, field: str) -> Refused:
    in_the_open = any(
        field in (*entry.public, *OF_THE_PLACE) and place in ("", str(entry.n))
        for entry in index.entries
    )
    return Refused(
        "That field cannot be kept back.",
        why=Text("{name} stands in the public log, or says where an entry belongs", name=name[:60])
        if in_the_open
        else Text("no entry of this file has {name} any more", name=name[:60]),
        fix="`amparo verify` lists the entries and their fields; write N.FIELD, or FIELD for all.",
    )


def _differs(entry: Entry, what: Text) -> Unsound:
    return Unsound(
        "The index says something else than the log.",
        why=Text("entry {n}: {what} is not what its receipt proves", n=entry.n, what=what),
        fix="Somebody changed it. Ask the node for the file again, and keep this one as evidence.",
    )


def _altered(why: Text) -> Unsound:
    return Unsound(
        "This case file does not hold together.",
        why=why,
        fix="Ask for the file again; if it comes the same, keep it as evidence.",
    )


def _malformed(why: Text) -> Malformed:
    return Malformed(
        "That is no case file.",
        why=why,
        fix="Ask for the file again, and pass it on as it came; its name ends in .case.zip.",
    )
