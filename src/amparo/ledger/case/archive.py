"""The archive that a case travels in: a ZIP whose bytes follow from its parts alone.

Nothing is compressed, dated or owned, so the same parts give the same bytes on every machine. Read
is also what somebody unpacked and packed again: compressed, in another order. Nothing is ever
unpacked to a disk, so that a name leads nowhere; parts are read into memory, up to a bound.
"""

# SPDX-License-Identifier: Apache-2.0

import io
import re
import zipfile
from collections.abc import Mapping

from amparo.errors import Malformed, Text
from amparo.zip_errors import BROKEN

MAGIC = b"PK\x03\x04"
MOST_BYTES = 64 * 1024 * 1024
"""Of the archive, and of all its parts unpacked."""
MOST_PARTS = 3_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,119})?")
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def pack(parts: Mapping[str, bytes]) -> bytes:
    """The archive of these parts, in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, body in parts.items():
            member = zipfile.ZipInfo(name, _EARLIEST)
            member.create_system = 3  # Unix, wherever it is made
            member.external_attr = 0o644 << 16
            archive.writestr(member, body)
    return out.getvalue()


def unpack(raw: bytes) -> dict[str, bytes]:
    """The parts of an archive by name; `Malformed` where it is broken, too large, or no such one.

    Folders and what the Finder of macOS adds are passed over.
    """
    if len(raw) > MOST_BYTES:
        raise _malformed(
            Text("it has {number} bytes; at most {most} are read", number=len(raw), most=MOST_BYTES)
        )
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return _parts(archive)
    except BROKEN as error:
        encrypted = type(error) is RuntimeError  # as zipfile says it
        raise _malformed(
            Text("a part of it is encrypted")
            if encrypted
            else Text("the archive is cut short, or damaged")
        ) from None


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    members = archive.infolist()
    if len(members) > MOST_PARTS:
        raise _malformed(
            Text("it has {number} parts; at most {most}", number=len(members), most=MOST_PARTS)
        )
    parts: dict[str, bytes] = {}
    left = MOST_BYTES
    for member in members:
        name = member.filename
        if name.endswith("/") or name.startswith("__MACOSX/"):
            continue
        if not _NAME.fullmatch(name):
            raise _malformed(Text("{name} is no name of a part", name=repr(name)[:60]))
        if name in parts:
            raise _malformed(Text("{name} is in it twice", name=name))
        if member.compress_type not in _METHODS:
            raise _malformed(Text("{name} is compressed in an unusual way", name=name))
        with archive.open(member) as file:
            body = file.read(left + 1)  # whatever the directory says of its size
        left -= len(body)
        if left < 0:
            raise _malformed(Text("unpacked it has more than {most} bytes", most=MOST_BYTES))
        parts[name] = body
    return parts


def _malformed(why: Text) -> Malformed:
    return Malformed(
        "That is no case file.",
        why=why,
        fix="Ask for the file again, and pass it on as it came; its name ends in .case.zip.",
    )
