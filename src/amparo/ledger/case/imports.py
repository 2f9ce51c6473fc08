"""Taking a case file in at a body's node: checked, kept, and heard there as a panel case.

A case that is taken in has a number of its own here, since its proofs stand in another log. A newer
file of the same case is added to it. Two files of one case that contradict each other are proof
that somebody keeps two histories.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from typing import NamedTuple
from uuid import UUID

from amparo.case import dispute
from amparo.case.events import Event, FileImported, Party
from amparo.case.state import Case
from amparo.errors import Missing, Refused, Text, Unavailable, Unsound
from amparo.ledger.case import archive, case_file, casework, evidence, links
from amparo.ledger.case.case_file import CaseFile
from amparo.ledger.case.casework import File
from amparo.ledger.log import platforms
from amparo.storage.blobs import evidence_of
from amparo.storage.journal import Journal
from amparo.storage.node import Node
from amparo.tlog.policy import Policy

NAME = "case-file.zip"
_SETTING = "imported {log} {number}"
MOST_JUDGED = 1000
"""Names that are kept of who decided or looked again."""


class Imported(NamedTuple):
    """A case that was taken in."""

    case: UUID
    link: bytes | None
    """The party's way to it here; None where the case was here before."""
    is_new: bool
    """False where this very file had been taken in before."""


def take_in(
    journal: Journal, node: Node, raw: bytes, trusted: Policy, *, grounds: str = ""
) -> Imported:
    """Take a case file in; `grounds` is what the party asks, else what it complained of there."""
    read = case_file.read(raw)
    case_file.verify(read, trusted)
    if read.index.log.origin == node.origin:
        raise Refused(
            "This case is of this node itself.",
            why="the file proves its entries by this node's own log",
            fix="Ask for a panel on the party's own page: there it is known who had a part in it.",
        )
    key = _SETTING.format(log=read.index.log.origin, number=read.index.case)
    event, known = _event(read, raw), _known(journal, key)
    if known is not None:
        if known.last(FileImported).sha256 == event.sha256:
            return Imported(known.id, None, is_new=False)
        _check_newer(newest(journal, node, known.id), read)
    platform = _platform(journal, read.index.platform)
    stored = evidence.put(evidence_of(node), NAME, raw, most=archive.MOST_BYTES)
    with journal.transaction():  # a crash leaves all of it or none
        if _newest_file(_known(journal, key)) != _newest_file(known):
            raise Unavailable(
                "Another file of this case is being taken in.",
                why="it came at the same moment",
                fix="Try again.",
            )
        if known is not None:
            casework.act_within(journal, known.id, lambda case: _again(case, event))
            evidence.note(journal, known.id, stored, by="node")
            return Imported(known.id, None, is_new=True)
        role = _party(read)
        first, *rest = dispute.take_in(
            Case(), file=event, role=role, grounds=grounds or _grounds(read), now=event.at
        )
        case_id = casework.begin(journal, platform.id, first, now=event.at)
        casework.act_within(journal, case_id, lambda _: rest)
        link = links.new(journal, case_id, role)
        journal.set(key, str(case_id))
        evidence.note(journal, case_id, stored, by="node")
    return Imported(case_id, link, is_new=True)


def _known(journal: Journal, key: str) -> File | None:
    """The case that was taken in before, unless it was erased here: then it begins anew."""
    number = journal.setting(key)
    file = casework.read(journal, UUID(number)) if number is not None else None
    return file if file is not None and not file.is_erased else None


def _newest_file(known: File | None) -> tuple[UUID, str] | None:
    """Which file a case was taken in from last; whatever else happens in it does not matter."""
    return None if known is None else (known.id, known.last(FileImported).sha256)


def _event(read: CaseFile, raw: bytes) -> FileImported:
    index = read.index
    return FileImported(
        casework.now(),
        "node",
        log=index.log.origin,
        number=index.case,
        platform=index.platform.party,
        head=case_file.head_of(read),
        entry=index.newest.n,
        sha256=hashlib.sha256(raw).hexdigest(),
        judged=_judged(read) or None,
    )


def _judged(file: CaseFile) -> tuple[str, ...]:
    """Who decided or looked again, by every name in the file: none of them sits on a panel here."""
    found = set[str]()
    for entry in file.index.entries:
        match entry.fields.get("decided_by"), entry.fields.get("names"):
            case [*names], _:
                found.update(map(str, names))
            case _, dict() as named:
                for value in named.values():  # of a stranger's file: whatever is no list is no name
                    match value:
                        case [_, *names]:
                            found.update(map(str, names))
    return tuple(sorted(found))[:MOST_JUDGED]


def newest(journal: Journal, node: Node, case_id: UUID) -> CaseFile:
    """The newest case file of a case that was taken in."""
    found = [exhibit for exhibit in evidence.of_case(journal, case_id) if exhibit.name == NAME]
    if not found:
        raise Missing(
            "There is no case file here.",
            why=Text("{case} was not taken in from one", case=str(case_id)),
            fix="Look at the case itself.",
        )
    return case_file.read(evidence_of(node).read(found[-1].place))


def keywords(journal: Journal, node: Node, file: File) -> tuple[str, ...]:
    """The keywords of the decision that a case is about, wherever it was taken."""
    public = file.public
    if file.find(FileImported) is not None:
        public = newest(journal, node, file.id).index.entries[0].public
    return tuple(public.get("category_specification") or ())


def _again(case: Case, file: FileImported) -> list[Event]:
    return dispute.take_in(case, file=file, role="person", grounds="", now=file.at)


def _check_newer(before: CaseFile, after: CaseFile) -> None:
    """Raise unless one file goes on where the other ended."""
    held = {entry.n: before.leaf(entry) for entry in before.index.entries}
    for entry in after.index.entries:
        if entry.n in held and after.leaf(entry) != held[entry.n]:
            raise Unsound(
                "Two files of one case contradict each other.",
                why=Text("entry {n} is not the same in both", n=entry.n),
                fix="Keep both: each is signed by the log, which has two histories.",
            )
    if (after.index.newest.n, after.index.log.size) < (
        before.index.newest.n,
        before.index.log.size,
    ):
        raise Refused(
            "This file is older than the one that is here.",
            why=Text(
                "it ends with entry {n}, the other with entry {newest}",
                n=after.index.newest.n,
                newest=before.index.newest.n,
            ),
            fix="Ask for the newest file of the case.",
        )


def _party(file: CaseFile) -> Party:
    """Whose dispute it is: the person's, unless the case began with a report."""
    is_report = file.index.entries[0].kind != "decision.issued"
    return "notifier" if is_report else "person"


def _grounds(file: CaseFile) -> str:
    found = [
        entry.fields["grounds"]
        for entry in file.index.entries
        if isinstance(entry.fields.get("grounds"), str)
    ]
    return str(found[-1]) if found else ""


def _platform(journal: Journal, named: case_file.Platform) -> platforms.Platform:
    try:
        return platforms.find(journal, named.party)
    except Missing:
        raise Missing(
            Text("This node does not know {name}.", name=named.name),
            why=Text("the case is about a platform of the party name {party}", party=named.party),
            fix=Text("Add it with `amparo platform add {name}`.", name=repr(named.name)),
        ) from None
