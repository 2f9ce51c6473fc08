"""The directory of who can open sealed disclosures, as files, and how a source checks it.

DIR/charters/1.charter ...   the charters that say who is a member; DIR/charters/root, their digest
DIR/recipients/ID.note       keys of people, each signed by a member

Read anew each time: there are few, and a key that a member has withdrawn must not linger.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from pathlib import Path

import msgspec

from amparo.coalition import charter as charters
from amparo.coalition import document, recipient
from amparo.coalition.charter import Charter
from amparo.coalition.recipient import RECIPIENT, Recipient
from amparo.errors import AmparoError, Refused
from amparo.ledger.files import write_durably
from amparo.tlog import note


class Directory(msgspec.Struct, frozen=True):
    """Everything by which a source checks, on its own device, who can open what."""

    charters: tuple[str, ...]
    """Signed notes, from the first on."""
    recipients: tuple[str, ...]

    def checked(self, root: str) -> list[Recipient]:
        """The recipients, each signed by a member of the charter that follows from `root`."""
        charter = charters.follow(root, [raw.encode() for raw in self.charters])
        return [_checked(raw.encode(), charter) for raw in self.recipients]

    def root(self) -> str:
        """The digest of the first charter in it: to be compared, not to be believed."""
        return document.digest(note.parse(self.charters[0].encode()).text) if self.charters else ""


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
    one = _checked(raw, _charter(folder))
    known = find(folder, one.id)
    if known is not None and known != one:
        raise Refused(
            "There is somebody of that name.", why=one.id, fix="Use another id, as in ana-2027q1."
        )
    write_durably(folder / "recipients" / f"{one.id}.note", raw)
    return one


def every(folder: Path) -> list[Recipient]:
    """Everybody whose key a member of the charter has signed."""
    return [one for one, _ in _kept(folder)]


def find(folder: Path, name: str) -> Recipient | None:
    """Somebody by their id."""
    return next((one for one in every(folder) if one.id == name), None)


def directory(folder: Path) -> Directory:
    """The directory as a source fetches it."""
    return Directory(
        tuple(raw.decode() for raw in _charters(folder)),
        tuple(raw.decode() for _, raw in _kept(folder)),
    )


def _kept(folder: Path) -> list[tuple[Recipient, bytes]]:
    charter, found = _charter(folder), []
    for path in sorted((folder / "recipients").iterdir()):
        raw = path.read_bytes()
        try:
            found.append((_checked(raw, charter), raw))
        except AmparoError:
            continue  # of somebody who is a member no more
    return found


def _checked(raw: bytes, charter: Charter) -> Recipient:
    one, signed = document.read(raw, RECIPIENT, Recipient)
    recipient.check(one, signed, charter)
    return one


def _charter(folder: Path) -> Charter:
    return charters.follow(_root(folder), _charters(folder))


def _root(folder: Path) -> str:
    return (folder / "charters" / "root").read_text().strip()


def _charters(folder: Path) -> list[bytes]:
    found: list[bytes] = []
    while (path := folder / "charters" / f"{len(found) + 1}.charter").is_file():
        found.append(path.read_bytes())
    return found
