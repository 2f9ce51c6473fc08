"""The pieces of a dump: where each lies in the file, and its bytes.

The list is made from the directories of the zips, and nothing is unpacked for it; where a directory
is cut off, pieces are found by the headers before each. It is plain data, so that the same pieces
can be read by threads of one machine or by the executors of many. A dump's outer zip only stores
its inner ones, so that a piece is one range of the file.

Unpacking is ISA-L's where it is installed, twice as fast. It never goes beyond the size that the
directory states, and the checksum is compared.
"""

# SPDX-License-Identifier: Apache-2.0

import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

import msgspec

from amparo.errors import Malformed
from amparo.observatory.lake import dumps

inflater: Any
try:
    from isal import isal_zlib as inflater
except ImportError:  # a machine that ISA-L does not know
    inflater = zlib

CUT = "cut or damaged"
"""What a note says of a file of which something is missing."""
GAP = "parts are missing in the numbering"
"""What a note says of a file that lacks some of its parts, whole in itself."""
MOST_PIECE_BYTES = 1024 * 1024 * 1024  # ten times the largest real one

_PART = re.compile(r"-(\d{5})\.csv\.zip$")
_HEADER = b"PK\x03\x04"
_HEADER_BYTES = 30  # APPNOTE 4.3.7: a local file header up to its name
_ENCRYPTED, _SIZES_FOLLOW = 1, 8
_RAW = -15  # deflate without a wrapper
_PACKED_STEP, _STEP = 64 * 1024, 2 * 1024 * 1024
"""How much is unpacked at a time, of and into: what the processor's cache holds."""


class Member(msgspec.Struct, frozen=True, array_like=True):
    """One member of a zip: where its packed bytes lie, and what they must become."""

    offset: int
    packed: int
    size: int
    crc: int
    method: int


class Work(msgspec.Struct, frozen=True, array_like=True):
    """One piece. Its members lie within each other; the first lies in the file itself."""

    number: int
    file: str
    name: str
    members: tuple[Member, ...]


class _Found(NamedTuple):
    """A member by name, before it is known whether it is a piece."""

    name: str
    member: Member


def kind(path: Path) -> Literal["zip", "parquet", "csv"]:
    """What a file is, by its first bytes."""
    with path.open("rb") as file:
        start = file.read(4)
    if start == _HEADER:
        return "zip"
    return "parquet" if start == b"PAR1" else "csv"


def pieces_of(path: Path, notes: list[str]) -> list[Work]:
    """Every piece of a dump, in order; what was found wrong goes to `notes`."""
    if kind(path) == "csv":
        return [Work(0, str(path), path.name, ())]
    found: list[tuple[str, tuple[Member, ...]]] = []
    with path.open("rb") as file:
        whole = _members(file, path.name, notes)
        _note_gaps([piece.name for piece in whole], notes)
        for part in sorted(whole):
            if part.name.endswith(".csv"):
                found.append((part.name, (part.member,)))
            elif part.name.endswith(".zip"):
                found += _pieces_within(file, part, notes)
    if not found and any(CUT in note for note in notes):
        raise Malformed(
            f"{path.name} cannot be read as a zip.",
            why=f"its directory is {CUT}, and no piece was found by its own header",
            fix="Fetch it again and compare its SHA-1 with the one published beside it.",
        )
    if not found and not any(piece.name.endswith(".zip") for piece in whole):
        raise dumps.no_dump(path.name, [piece.name for piece in whole])
    return [Work(n, str(path), name, members) for n, (name, members) in enumerate(found)]


def read(work: Work, buffer: bytearray | None = None) -> bytes | bytearray:
    """A piece's bytes; `zipfile.BadZipFile` when it is cut, damaged, or larger than stated.

    A buffer that is given holds them, and can serve for one piece after the other: fresh memory for
    each would take as long as the unpacking.
    """
    with Path(work.file).open("rb") as file:
        if not work.members:
            return file.read()
        packed: bytes | bytearray = _at(file, work.members[0])
    for outer, inner in pairwise(work.members):
        whole = _unpacked(packed, outer, work.name, bytearray())
        packed = whole[inner.offset :][: inner.packed]
    return _unpacked(packed, work.members[-1], work.name, bytearray() if buffer is None else buffer)


def _pieces_within(
    file: IO[bytes], part: _Found, notes: list[str]
) -> list[tuple[str, tuple[Member, ...]]]:
    outer = part.member
    stored = outer.method == zipfile.ZIP_STORED
    try:
        body: IO[bytes] = (
            _Window(file, outer)  # type: ignore[assignment]  # as much of a file as zipfile needs
            if stored
            else io.BytesIO(_unpacked(_at(file, outer), outer, part.name, bytearray()))
        )
    except (zipfile.BadZipFile, Malformed) as error:
        notes.append(f"{part.name}: this part is {CUT} and was left out: {error}")
        return []
    found: list[tuple[str, tuple[Member, ...]]] = []
    for name, member in sorted(_members(body, part.name, notes)):
        if not name.endswith(".csv"):
            continue
        if stored:
            placed = msgspec.structs.replace(member, offset=outer.offset + member.offset)
            found.append((f"{part.name}/{name}", (placed,)))
        else:
            found.append((f"{part.name}/{name}", (outer, member)))
    return found


class _Window(io.RawIOBase):
    """A stored member, read as a file of its own without a copy of it."""

    def __init__(self, file: IO[bytes], member: Member) -> None:
        self._file, self._begin, self._length, self._now = file, member.offset, member.packed, 0

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._now

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._now, os.SEEK_END: self._length}[whence]
        if base + offset < 0:
            raise OSError("before the begin of a member")
        self._now = base + offset
        return self._now

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._length - self._now)
        self._file.seek(self._begin + self._now)
        found = self._file.read(left if size < 0 else min(size, left))
        self._now += len(found)
        return found


def _members(file: IO[bytes], name: str, notes: list[str]) -> list[_Found]:
    """What a zip holds, by its directory, or else by the header before each member."""
    try:
        with zipfile.ZipFile(file) as archive:
            return [_by_directory(file, info) for info in archive.infolist()]
    except zipfile.BadZipFile as error:
        found = list(_by_headers(file))
        notes.append(
            f"{name}: its directory is {CUT} ({error}); "
            f"{len(found)} members were found by their own headers"
        )
        return found


def _by_directory(file: IO[bytes], info: zipfile.ZipInfo) -> _Found:
    if info.flag_bits & _ENCRYPTED:
        raise zipfile.BadZipFile(f"{info.filename} is encrypted")
    file.seek(info.header_offset)
    header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or header[:4] != _HEADER:
        raise zipfile.BadZipFile(f"{info.filename} does not begin where the directory says")
    begin = info.header_offset + _HEADER_BYTES + _word(header, 26) + _word(header, 28)
    member = Member(begin, info.compress_size, info.file_size, info.CRC, info.compress_type)
    return _Found(info.filename, member)


def _by_headers(file: IO[bytes]) -> Iterator[_Found]:
    """The members of a zip without a directory, as far as their headers tell their sizes."""
    end = file.seek(0, os.SEEK_END)
    at = 0
    while True:
        file.seek(at)
        header = file.read(_HEADER_BYTES)
        if len(header) < _HEADER_BYTES or header[:4] != _HEADER:
            return
        if _word(header, 6) & (_ENCRYPTED | _SIZES_FOLLOW):
            return
        name = file.read(_word(header, 26)).decode("utf-8", "replace")
        begin = at + _HEADER_BYTES + _word(header, 26) + _word(header, 28)
        crc, packed, size = (int.from_bytes(header[n : n + 4], "little") for n in (14, 18, 22))
        within = min(packed, end - begin)
        if within > 0:
            yield _Found(name, Member(begin, within, size, crc, _word(header, 8)))
        at = begin + packed


def _word(header: bytes, at: int) -> int:
    return int.from_bytes(header[at : at + 2], "little")


def _at(file: IO[bytes], member: Member) -> bytes:
    file.seek(member.offset)
    return file.read(member.packed)


def _unpacked(
    packed: bytes | bytearray, member: Member, name: str, buffer: bytearray
) -> bytes | bytearray:
    """What is packed, in the buffer unless it was only stored."""
    if member.size > MOST_PIECE_BYTES:
        raise Malformed(
            f"{name} is too large.",
            why=f"it would unpack to more than {MOST_PIECE_BYTES:,} bytes; real pieces have a "
            "tenth of that",
            fix="Fetch the dump again; do not trust this file.",
        )
    if member.method == zipfile.ZIP_STORED:
        unpacked = packed
    elif member.method == zipfile.ZIP_DEFLATED:
        _inflate(packed, member, name, buffer)
        unpacked = buffer
    else:
        raise zipfile.BadZipFile(
            f"{name} is packed in a way (number {member.method}) not read here"
        )
    if len(unpacked) != member.size or inflater.crc32(unpacked) != member.crc:
        raise zipfile.BadZipFile(f"{name} is not what the directory says")
    return unpacked


def _inflate(packed: bytes | bytearray, member: Member, name: str, buffer: bytearray) -> None:
    """Fill the buffer; it stops once there is more than the directory says."""
    unpacking = inflater.decompressobj(wbits=_RAW)
    length = 0
    try:
        for begin in range(0, len(packed), _PACKED_STEP):
            if unpacking.eof or length > member.size:
                break
            left = packed[begin : begin + _PACKED_STEP]
            full = True
            while (left or full) and length <= member.size:
                some = unpacking.decompress(left, _STEP)
                buffer[length : length + len(some)] = some
                length += len(some)
                left, full = unpacking.unconsumed_tail, len(some) == _STEP
    except inflater.error as error:
        raise zipfile.BadZipFile(f"{name}: {error}") from None
    del buffer[length:]


def _note_gaps(names: list[str], notes: list[str]) -> None:
    """Parts are numbered without a gap; pieces may have gaps in a platform's own archive."""
    parts = {int(match[1]) for name in names if (match := _PART.search(name))}
    missing = sorted(set(range(max(parts, default=-1) + 1)) - parts)
    if missing:
        notes.append(f"{GAP}: {missing[:20]}")
