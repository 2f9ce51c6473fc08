"""The directory of who can open sealed disclosures, as files, and how a source checks it.

DIR/charters/1.charter ...   the charters that say who is a member; DIR/charters/root, their digest
DIR/recipients/ID.note       keys of people, each signed by a member

Read anew each time: there are few, and a key that a member has withdrawn must not linger.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from amparo.coalition import charter as charters
from amparo.coalition import document, recipient
from amparo.coalition.charter import Charter
from amparo.coalition.recipient import RECIPIENT, LeftOut, Recipient
from amparo.errors import AmparoError, Denied, Refused
from amparo.storage.durable import write_durably
from amparo.tlog import note


class Directory(msgspec.Struct, frozen=True):
    """Everything by which a source checks, on its own device, who can open what."""

    charters: tuple[str, ...]
    """Signed notes, from the first on."""
    recipients: tuple[str, ...]

    def checked(self, root: str) -> "Checked":
        """Who can be locked for, by the charter that follows from `root`; and who cannot."""
        charter = charters.follow(root, [raw.encode() for raw in self.charters])
        return _sorted_out(
            ((f"number {n}", raw.encode()) for n, raw in enumerate(self.recipients, 1)), charter
        )

    def root(self) -> str:
        """The digest of the first charter in it: to be compared, not to be believed."""
        return document.digest(note.parse(self.charters[0].encode()).text) if self.charters else ""


class Checked(NamedTuple):
    """A directory, sorted out: one that is no good never stops the others."""

    recipients: list[Recipient]
    """Each signed by a member, with a key that can be locked for."""
    notes: list[bytes]
    """The recipients as they were signed, in the same order."""
    left_out: list[LeftOut]


def make(folder: Path, root: str, charter_files: Sequence[bytes]) -> None:
    """Begin a directory that follows a charter."""
    charters.follow(root, charter_files)
    for part in ("recipients", "charters"):
        (folder / part).mkdir(parents=True, mode=0o700)
    for number, raw in enumerate(charter_files, 1):
        write_durably(folder / "charters" / f"{number}.charter", raw)
    write_durably(folder / "charters" / "root", f"{root}\n".encode())


def follow(folder: Path, raw: bytes) -> Charter:
    """Follow the next charter, if the members have adopted it."""
    found = charters.follow(_root(folder), [*_charters(folder), raw])
    write_durably(folder / "charters" / f"{found.version}.charter", raw)
    return found


def admit(folder: Path, raw: bytes) -> Recipient:
    """Put somebody into the directory, if a member of the charter has signed their key."""
    entry = _checked(raw, _charter(folder))
    known = find(folder, entry.id)
    if known is not None and known != entry:
        raise Refused(
            "There is somebody of that name.", why=entry.id, fix="Use another id, as in ana-2027q1."
        )
    write_durably(folder / "recipients" / f"{entry.id}.note", raw)
    return entry


def every(folder: Path) -> list[Recipient]:
    """Everybody whose key a member of the charter has signed."""
    return _read_all(folder).recipients


def left_out(folder: Path) -> list[LeftOut]:
    """Whom the directory does not offer, and why: a wrong key, or of no member any more."""
    return _read_all(folder).left_out


def find(folder: Path, name: str) -> Recipient | None:
    """Somebody by their id."""
    return next((entry for entry in every(folder) if entry.id == name), None)


def directory(folder: Path) -> Directory:
    """The directory as a source fetches it; who cannot be locked for is not in it."""
    return Directory(
        tuple(raw.decode() for raw in _charters(folder)),
        tuple(raw.decode() for raw in _read_all(folder).notes),
    )


def _read_all(folder: Path) -> Checked:
    paths = sorted((folder / "recipients").glob("[!.]*.note"))
    return _sorted_out([(path.stem, path.read_bytes()) for path in paths], _charter(folder))


def _sorted_out(notes: Iterable[tuple[str, bytes]], charter: Charter) -> Checked:
    """Check signed keys, each by itself: (what it is called while it is not read, the note)."""
    checked = Checked([], [], [])
    for name, raw in notes:
        try:
            entry, signed = document.read(raw, RECIPIENT, Recipient)
        except AmparoError as error:
            checked.left_out.append(LeftOut(name, error.why))
            continue
        try:
            recipient.check(entry, signed, charter)
            if entry.id in {other.id for other in checked.recipients}:
                raise Refused(
                    "It is there twice.", why="somebody before has this id", fix="Rename."
                )
        except AmparoError as error:
            until = "" if isinstance(error, Denied) else entry.until
            checked.left_out.append(LeftOut(repr(entry.id)[1:-1][:40], error.why, until))
        else:
            checked.recipients.append(entry)
            checked.notes.append(raw)
    return checked


def _checked(raw: bytes, charter: Charter) -> Recipient:
    entry, signed = document.read(raw, RECIPIENT, Recipient)
    recipient.check(entry, signed, charter)
    return entry


def _charter(folder: Path) -> Charter:
    return charters.follow(_root(folder), _charters(folder))


def _root(folder: Path) -> str:
    return (folder / "charters" / "root").read_text().strip()


def _charters(folder: Path) -> list[bytes]:
    found: list[bytes] = []
    while (path := folder / "charters" / f"{len(found) + 1}.charter").is_file():
        found.append(path.read_bytes())
    return found
