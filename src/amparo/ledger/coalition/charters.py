"""The charters a node has followed, and what members have handed in for the next.

DIR/charters/1.charter, 2.charter ...   signed notes, never changed
DIR/charters/next/DIGEST                drafts of the next, with the signatures there are so far
DIR/charters/requests/DIGEST            members who ask to join, or to change how they stand

`charter` in amparo.toml is the digest of the first; everything else follows from it. A draft that
bears the quorum's signatures is the charter in force from then on.
"""

# SPDX-License-Identifier: Apache-2.0

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from amparo.coalition import charter as charters
from amparo.coalition import document, membership_request
from amparo.coalition.charter import Charter
from amparo.coalition.membership_request import REQUEST, Request
from amparo.errors import AmparoError, Denied, Missing, Text, Unavailable
from amparo.storage.durable import write_durably
from amparo.storage.node import Node
from amparo.tlog import note, policy
from amparo.tlog.note import Note
from amparo.tlog.policy import Policy

MOST_OF_STRANGERS = 100
"""Requests of those who are no members yet, which anybody can make, that wait at once."""
MOST_OF_MEMBER = 5
"""Requests, and drafts, of one member that wait at once: nobody takes up another's room."""


class Draft(NamedTuple):
    """A next charter on its way."""

    digest: str
    charter: Charter
    signed_by: frozenset[str]
    """Members of the charter in force."""
    note: Note


def current(node: Node) -> Charter:
    """The charter in force; the whole chain is checked."""
    return charters.follow(_root(node), all_signed(node))


def newest(node: Node) -> tuple[Charter, bytes]:
    """The charter in force, and its text."""
    found = current(node)
    return found, note.parse(all_signed(node)[-1]).text


def by_digest(node: Node, digest: str) -> tuple[Charter, bytes]:
    """A charter that was in force, by the digest of its text."""
    for raw in all_signed(node):
        found, signed = charters.read(raw)
        if document.digest(signed.text) == digest:
            return found, signed.text
    raise Missing(
        "This node has not followed that charter.",
        why=Text("{digest}", digest=digest[:64]),
        fix="Ask a member's node.",
    )


def adopt(node: Node, raw: bytes) -> Charter:
    """Keep the next charter, if the one in force has adopted it; nothing is kept otherwise."""
    root, before = _root(node), all_signed(node)
    found = charters.follow(root, [*before, raw])
    folder = _folder(node)
    folder.mkdir(exist_ok=True)
    write_durably(folder / f"{found.version}.charter", raw)
    # What was drafted or asked for under the charter before no longer follows.
    shutil.rmtree(folder / "next", ignore_errors=True)
    shutil.rmtree(folder / "requests", ignore_errors=True)
    return found


def version(node: Node) -> int:
    """The number of charters that are kept: cheap, to see whether one has come."""
    return len(_paths(node)) if node.settings.charter else 0


def policy_of(node: Node) -> Policy:
    """The witnesses' quorum that the charter asks of this node's log."""
    charter = current(node)
    log = charters.log_of(charter, node.signer().verifier.vkey)
    return policy.parse(charters.policy_text(charter, log))


def hand_in_draft(node: Node, raw: bytes) -> Draft:
    """Keep a draft of the next charter, or more signatures on one that is kept.

    At least one member of the charter in force must have signed. With the quorum it is adopted.
    """
    now, text = newest(node)
    then, signed = charters.read(raw)
    charters.check_follows(now, text, then)
    charters.check_changes(then, now)
    if not charters.signers(now, signed):
        raise Denied(
            "Nobody of the charter in force has signed this draft.",
            why=Text(
                "signatures that it bears: {number}; none of them is of a member",
                number=len(signed.signatures),
            ),
            fix="Sign it with `amparo charter sign FILE --key KEY` and hand it in again.",
        )
    digest = document.digest(signed.text)
    folder = _folder(node) / "next"
    path = folder / digest
    if path.is_file():
        signed = _merged(note.parse(path.read_bytes()), signed, now)
    elif not _has_room(charters.signers(now, signed), drafts(node)):
        raise _full(Text("Too many drafts wait at this node."), MOST_OF_MEMBER)
    signed_by = charters.signers(now, signed)
    if charters.adopts(now, signed_by):
        adopt(node, signed.encode())
    else:
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(path, signed.encode())
    return Draft(digest, then, signed_by, signed)


def hand_in_request(node: Node, raw: bytes) -> Request:
    """Keep a request to join, or to stand otherwise; it changes nothing by itself."""
    now, text = newest(node)
    request, signed = document.read(raw, REQUEST, Request)
    membership_request.check(request, signed, now, text)
    folder = _folder(node) / "requests"
    path = folder / document.digest(signed.text)
    if not path.is_file():
        waiting = [request for request, _ in requests(node)]
        of_member = now.party(request.party.id) is not None
        beside = sum(
            other.party.id == request.party.id if of_member else now.party(other.party.id) is None
            for other in waiting
        )
        most = MOST_OF_MEMBER if of_member else MOST_OF_STRANGERS
        if beside >= most or request in waiting:
            raise _full(Text("Too many requests wait at this node."), most)
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(path, raw)
    return request


def drafts(node: Node) -> list[Draft]:
    """Drafts that can still follow the charter in force."""
    now, text = newest(node)
    found = []
    for path in _files(_folder(node) / "next"):
        try:
            then, signed = charters.read(path.read_bytes())
            charters.check_follows(now, text, then)
            found.append(Draft(path.name, then, charters.signers(now, signed), signed))
        except AmparoError:
            continue  # of a charter before; adopting another has dropped it
    return found


def requests(node: Node) -> list[tuple[Request, Note]]:
    """Requests that can still be granted."""
    now, text = newest(node)
    found = []
    for path in _files(_folder(node) / "requests"):
        try:
            request, signed = document.read(path.read_bytes(), REQUEST, Request)
            membership_request.check(request, signed, now, text)
            found.append((request, signed))
        except AmparoError:
            continue
    return found


def all_signed(node: Node) -> list[bytes]:
    """Every charter so far, as it was signed, from the first on."""
    return [path.read_bytes() for path in _paths(node)]


def _paths(node: Node) -> list[Path]:
    folder, found = _folder(node), list[Path]()
    while (path := folder / f"{len(found) + 1}.charter").is_file():
        found.append(path)
    return found


def _merged(before: Note, more: Note, now: Charter) -> Note:
    """A draft with the good signatures of members that both bear; other lines are left out."""
    keys = charters.keys_of(now)
    good = {}
    for draft in (before, more):
        for key, line in note.verify(draft, keys):
            good[(key.name, line.key_id)] = line
    return Note(before.text, tuple(good.values()))


def _files(folder: Path) -> Sequence[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _root(node: Node) -> str:
    if not node.settings.charter:
        raise Unavailable(
            "This node follows no charter.",
            why="`charter` in amparo.toml is empty",
            fix="Put the digest of the first charter there, as a member tells it to you.",
        )
    return node.settings.charter


def _folder(node: Node) -> Path:
    return node.folder / "charters"


def _has_room(signed_by: frozenset[str], waiting: Sequence[Draft]) -> bool:
    """Whether one of a draft's signers has fewer drafts waiting than a member may have."""
    return any(
        sum(name in draft.signed_by for draft in waiting) < MOST_OF_MEMBER for name in signed_by
    )


def _full(what: Text, most: int) -> Unavailable:
    return Unavailable(
        what,
        why=Text("at most {most} at once are kept", most=most),
        fix="Let the members adopt or drop some; the same request need not be sent twice.",
    )
