"""One member of a zip, unpacked in memory: with ISA-L where it is installed, twice as fast.

Python's zipfile knows the directory; only the unpacking is done here, never beyond the size that
the directory states, and its checksum is compared.
"""

# SPDX-License-Identifier: Apache-2.0

import zipfile
import zlib
from typing import Any

inflater: Any
try:
    from isal import isal_zlib as inflater
except ImportError:  # a machine that ISA-L does not know
    inflater = zlib

_HEADER_BYTES = 30  # APPNOTE 4.3.7: a local file header up to its name
_RAW = -15  # deflate without a wrapper


def member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A member's bytes; `zipfile.BadZipFile` when it is cut, damaged, or larger than stated."""
    if info.compress_type != zipfile.ZIP_DEFLATED or info.flag_bits & 1 or archive.fp is None:
        return archive.read(info)
    archive.fp.seek(info.header_offset)
    header = archive.fp.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or header[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile(f"{info.filename} does not begin where the directory says")
    archive.fp.seek(
        int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1
    )
    try:
        unpacked: bytes = inflater.decompressobj(wbits=_RAW).decompress(
            archive.fp.read(info.compress_size), info.file_size + 1
        )
    except inflater.error as error:
        raise zipfile.BadZipFile(f"{info.filename}: {error}") from None
    if len(unpacked) != info.file_size or inflater.crc32(unpacked) != info.CRC:
        raise zipfile.BadZipFile(f"{info.filename} is not what the directory says")
    return unpacked
