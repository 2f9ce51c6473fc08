"""A resolution as one file that verifies offline: every document as it was signed, every receipt.

A zip archive. Nothing in it has to be believed: each document bears its author's signature, the
charters lead from the one digest that the reader knows to the keys, and each receipt shows, with
the witnesses' cosignatures, that the document stands in the log and when it came there.

    charters/1.charter ...        from the first to the one in force
    resolution.note               as it was proposed
    answers/MEMBER.N.note         contacts/DIGEST.note
    receipts/DIGEST.tlog-proof    of each of them; receipts/adopted.tlog-proof
"""

# SPDX-License-Identifier: Apache-2.0

import io
import zipfile
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from amparo.coalition import charter as charters
from amparo.coalition import document, resolution
from amparo.coalition.charter import Charter
from amparo.coalition.resolution import (
    ANSWER,
    CONTACT,
    RESOLUTION,
    Answer,
    Contact,
    Resolution,
    Standing,
)
from amparo.errors import Malformed, Missing, Unavailable, Unsound
from amparo.ledger.coalition import charters as node_charters
from amparo.ledger.coalition.resolutions import Paper, Whole
from amparo.ledger.log import receipts as log_receipts
from amparo.record import event
from amparo.storage.journal import Journal
from amparo.storage.node import Node
from amparo.tlog import note, policy, proof
from amparo.tlog.note import Ed25519Verifier, Note
from amparo.zip_errors import BROKEN

MOST_FILES = 10_000
MOST_FILE_BYTES = 1 << 20
MOST_BYTES = 64 << 20
_WHEN = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say: the same bundle has the same bytes
_README = """\
This is a resolution of a coalition, with every answer as its member signed it.

Verify it with no network, knowing only the digest of the coalition's first charter:

    amparo resolution verify FILE --root DIGEST

Without Amparo: every .note is a C2SP signed note, every .tlog-proof a C2SP receipt.
"""


class Verified(NamedTuple):
    """What a bundle proves."""

    digest: str
    resolution: Resolution
    of: Charter
    standing: Standing
    contacts: tuple[Contact, ...]
    proven: int
    """Documents whose place in the log is shown."""
    unproven: tuple[str, ...]
    """Documents without a receipt: they are signed, but their time is not shown."""


def write(journal: Journal, node: Node, whole: Whole) -> bytes:
    """The bundle of a resolution; a document that is not public yet has no receipt in it."""
    files = {"README.txt": _README.encode(), "resolution.note": whole.paper.note}
    for number, raw in enumerate(node_charters.all_signed(node), 1):
        files[f"charters/{number}.charter"] = raw
    for given, paper in whole.answers:
        files[f"answers/{given.member}.{given.n}.note"] = paper.note
    for _, paper in whole.contacts:
        files[f"contacts/{paper.digest}.note"] = paper.note
    papers = [
        whole.paper,
        *(paper for _, paper in whole.answers),
        *(paper for _, paper in whole.contacts),
    ]
    for paper in papers:
        _add_receipt(files, f"receipts/{paper.digest}.tlog-proof", journal, node, paper)
    if whole.adopted is not None:
        _add_receipt(files, "receipts/adopted.tlog-proof", journal, node, whole.adopted)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _WHEN), body, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def verify(raw: bytes, root: str, today: date) -> Verified:
    """What a bundle proves, with no network; `root` is the digest of the first charter."""
    files = _unpack(raw)
    versions = _versions(files, root)
    texts = {document.digest(text): (found, text) for found, text in versions}
    proposed, signed = document.read(_file(files, "resolution.note"), RESOLUTION, Resolution)
    digest = document.digest(signed.text)
    if proposed.charter not in texts:
        raise _unsound("the charter that the resolution names is not among those in the bundle")
    of, text = texts[proposed.charter]
    resolution.propose(proposed, signed, of, text)
    since = [found for found, _ in versions if found.version >= of.version]
    receipts = _Receipts(files, versions[-1][0])
    receipts.check(digest, "resolution", signed)

    answers: list[Answer] = []
    for name in sorted(files):
        if name.startswith("answers/"):
            given, signed = document.read(files[name], ANSWER, Answer)
            _check_author(signed, since, given.member, given.resolution, digest)
            receipts.check(document.digest(signed.text), "answer", signed, until=proposed.until)
            answers.append(given)
    if len({(answer.member, answer.n) for answer in answers}) != len(answers):
        raise _unsound("a member gives two answers of one number")
    contacts: list[Contact] = []
    for name in sorted(files):
        if name.startswith("contacts/"):
            sought, signed = document.read(files[name], CONTACT, Contact)
            _check_author(signed, since, sought.member, sought.resolution, digest)
            receipts.check(document.digest(signed.text), "contact", signed)
            contacts.append(sought)
    standing = resolution.stands(proposed, answers, of=of, today=today)
    receipts.check_adopted(digest, standing.support)
    return Verified(
        digest, proposed, of, standing, tuple(contacts), receipts.proven, tuple(receipts.unproven)
    )


class _Receipts:
    """The receipts of a bundle, against the witnesses' quorum of any log of the charter."""

    def __init__(self, files: Mapping[str, bytes], charter: Charter) -> None:
        self._files = files
        self._trusted = [
            policy.parse(charters.policy_text(charter, party.log))
            for party in charter.member
            if party.log is not None
        ]
        self.proven, self.unproven = 0, list[str]()

    def check(self, digest: str, kind: str, signed: Note, *, until: str = "9999-12-31") -> None:
        """Raise unless the receipt, where there is one, is of this document, and in time."""
        raw = self._files.get(f"receipts/{digest}.tlog-proof")
        if raw is None:
            self.unproven.append(digest)
            return
        verified = self._verify(raw)
        sealed = verified.sealed or {}
        if sealed.get("kind") != f"resolution.{kind}" or sealed.get("text") != signed.text.decode():
            raise _unsound(f"the receipt of {digest[:16]}… is that of something else")
        if event.moment(verified.leaf.at).date() > date.fromisoformat(until):
            raise _unsound(f"{digest[:16]}… came into the log after {until}")
        self.proven += 1

    def check_adopted(self, digest: str, support: frozenset[str]) -> None:
        """Raise where the log's own record of the adoption, if it is there, says something else."""
        raw = self._files.get("receipts/adopted.tlog-proof")
        if raw is None:
            return
        sealed = self._verify(raw).sealed or {}
        same = (sealed.get("kind"), sealed.get("resolution")) == ("resolution.adopted", digest)
        if not same or not set(sealed.get("support", ())) <= support:
            raise _unsound("the receipt of the adoption is that of something else")

    def _verify(self, raw: bytes) -> log_receipts.Verified:
        origin = note.parse(proof.parse(raw).checkpoint).text.partition(b"\n")[0].decode()
        for trusted in self._trusted:
            if trusted.logs[0].name == origin:
                return log_receipts.verify(raw, trusted)
        raise _unsound(f"a receipt is of {origin[:60]}, which is no log of the charter")


def _add_receipt(
    files: dict[str, bytes], name: str, journal: Journal, node: Node, paper: Paper
) -> None:
    found = journal.event(paper.seq)
    if found is None:
        return
    try:
        files[name] = log_receipts.receipt(node, found, reader="anyone")
    except Unavailable:
        return  # it is public within a second; until then the bundle says so


def _versions(files: Mapping[str, bytes], root: str) -> list[tuple[Charter, bytes]]:
    raws: list[bytes] = []
    while (name := f"charters/{len(raws) + 1}.charter") in files:
        raws.append(files[name])
    charters.follow(root, raws)
    return [(found, signed.text) for found, signed in map(charters.read, raws)]


def _check_author(signed: Note, since: list[Charter], member: str, named: str, digest: str) -> None:
    keys = [Ed25519Verifier.from_vkey(vkey) for vkey in resolution.valid_keys(since, member)]
    if named != digest or not document.signers(signed, keys):
        raise _unsound(f"a document of {member[:60]} is of another resolution, or not signed by it")


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise Missing("The bundle is not whole.", why=f"it has no {name}", fix="Fetch it again.")
    return files[name]


def _unpack(raw: bytes) -> dict[str, bytes]:
    """The files of an archive, in memory and bounded: nothing is written anywhere."""
    found: dict[str, bytes] = {}
    left = MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            listed = archive.infolist()[: MOST_FILES + 1]
            for info in listed:
                with archive.open(info) as file:
                    body = file.read(min(left, MOST_FILE_BYTES) + 1)
                left -= len(body)
                if left < 0 or len(body) > MOST_FILE_BYTES or info.filename in found:
                    break
                found[info.filename] = body
    except BROKEN as error:
        raise _malformed(f"{type(error).__name__}: {error}") from None
    if len(found) != len(listed) or len(listed) > MOST_FILES:
        raise _malformed("it holds too much, or one name twice")
    return found


def _malformed(why: str) -> Malformed:
    return Malformed("That is no bundle of a resolution.", why=why, fix="Fetch it again, whole.")


def _unsound(why: str) -> Unsound:
    return Unsound(
        "The bundle does not prove what it says.", why=why, fix="Fetch it from another member."
    )
