"""Making a case file: what a reader may see of a case, with the proof of each entry.

No clock and no chance: as long as the log is the same, the same case gives the same bytes.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Callable
from typing import Any

from amparo.case import deliberation, events, shown
from amparo.case.shown import Reader
from amparo.errors import Missing, Text
from amparo.ledger.case import case_file, evidence, panels
from amparo.ledger.case.case_file import Entry, Exhibit, Index
from amparo.ledger.case.casework import File
from amparo.ledger.log import platforms, receipts
from amparo.record import event, sealing
from amparo.storage.blobs import evidence_of
from amparo.storage.journal import Journal, LogEntry
from amparo.storage.node import Node
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import note

MOST_EVIDENCE_BYTES = 24 * 1024 * 1024
"""Of attached files in one case file; what is beyond is listed with its hash."""
Page = Callable[[Index], bytes]
"""The doors lend the page beside the index, since this room knows no languages."""


def export(
    journal: Journal,
    node: Node,
    file: File,
    *,
    reader: Reader,
    page: Page,
    language: str,
    decision_alone: bool = False,
) -> bytes:
    """The case file for a reader; `decision_alone` for a link that opens nothing else."""
    raw = receipts.checkpoint(node)
    entries, bodies, withheld = [], {}, []
    open_to_members = {
        "sheets_are_open": deliberation.may_read_sheets(file.case),
        "votes_are_open": panels.votes_are_open(file),
    }
    for log_entry, entry in zip(file.log_entries, file.entries, strict=True):
        happened = entry.event
        if decision_alone and log_entry.n != 1:
            continue  # such a file does not even tell that there is anything
        # Of an entry that was erased only its time is left, which every reader may know.
        if happened and not shown.is_shown(happened, reader, **open_to_members):
            withheld.append(log_entry.n)
            continue
        made = _entry(log_entry, happened, reader)
        as_party = reader in ("person", "body", "desk")
        extra = receipts.opened(log_entry, "party" if as_party else "anyone", made.kept_back)
        entries.append(made)
        bodies[made.receipt] = receipts.prove(node, raw, log_entry, extra)
    if not entries:
        raise Missing(
            "There is nothing in this case that you may take along.",
            why=Text("{case} holds no entry for this reader", case=str(file.id)),
            fix="Ask whoever runs the node.",
        )
    exhibits, attached = _evidence(journal, node, file, reader, decision_alone=decision_alone)
    platform = next(known for known in platforms.every(journal) if known.id == file.platform)
    index = Index(
        schema="urn:amparo:case-file:v1",
        format="amparo.case-file",
        version=1,
        case=str(file.id),
        platform=case_file.Platform(platform.name, platform.slug),
        reader=reader,
        language=language,
        log=case_file.Log(
            node.origin, node.signer().verifier.vkey, checkpoints.parse(note.parse(raw).text).size
        ),
        entries=tuple(entries),
        withheld=tuple(withheld),
        evidence=exhibits,
        redacted=(),
        parts={},
    )
    return case_file.pack(index, bodies | attached, page(index))


def file_name(case: object) -> str:
    """What a case file is called."""
    return f"{case}.case.zip"


def _entry(log_entry: LogEntry, happened: events.Event | None, reader: Reader) -> Entry:
    leaf = event.read_leaf(log_entry.leaf)
    kind = happened.kind if happened else ""
    sealed: dict[str, Any] = {}
    kept_back: frozenset[str] = frozenset()
    public: dict[str, Any] = {}
    if log_entry.opening is not None:
        opening = sealing.unpack(log_entry.opening)
        sealed = opening.fields()
        if isinstance(leaf, event.DecisionIssued):
            with_puid = reader in ("person", "body", "desk")
            sealed |= {"puid": opening.puid} if with_puid else {}
            kept_back = frozenset() if with_puid else frozenset({"puid"})
        elif happened is not None:
            kept_back = shown.kept_back(happened, reader)
    if isinstance(leaf, event.DecisionIssued):
        public = leaf.public
    return Entry(
        n=log_entry.n,
        index=log_entry.seq,
        at=leaf.at,
        section=shown.section(kind),
        receipt=f"receipts/{log_entry.n:04d}.tlog-proof",
        kind=kind,
        public=public,
        fields={
            name: value
            for name, value in sealed.items()
            if name not in kept_back and name not in case_file.OF_THE_PLACE
        },
        kept_back=tuple(sorted(kept_back - case_file.OF_THE_PLACE)),
        told_beside=shown.told_beside(happened, reader) if happened else {},
    )


def _evidence(
    journal: Journal, node: Node, file: File, reader: Reader, *, decision_alone: bool
) -> tuple[tuple[Exhibit, ...], dict[str, bytes]]:
    """The attached files that a reader may have, as they are listed, and their bodies."""
    listed, bodies, left = [], {}, MOST_EVIDENCE_BYTES
    own = None if reader in ("desk", "panel", "body") else reader
    for number, exhibit in enumerate(evidence.of_case(journal, file.id), 1):
        if decision_alone or (own and exhibit.by not in (own, "representative")):
            continue
        part = f"evidence/{number:03d}-{_plain(exhibit.name)}"
        fits = exhibit.size <= left
        if fits:
            left -= exhibit.size
            bodies[part] = evidence_of(node).read(exhibit.place)
        listed.append(
            Exhibit(
                name=exhibit.name,
                size=exhibit.size,
                sha256=exhibit.sha256,
                by=exhibit.by,
                part=part if fits else "",
                left_out="" if fits else "size",
            )
        )
    return tuple(listed), bodies


def _plain(name: str) -> str:
    """A name that every system takes, from the one that somebody gave."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)[-80:] or "file"
