"""A zip's files, read in memory and bounded: whatever its directory says of their size.

Only what every zip program writes is read: files stored as they are, or deflated. Encrypted files
and other methods are refused by name.
"""

# SPDX-License-Identifier: Apache-2.0

import io
import zipfile
from collections.abc import Callable, Iterator

from amparo.errors import Text
from amparo.report.bounds import (
    MOST_FILE_BYTES,
    MOST_FILES,
    MOST_RATIO,
    RATIO_FROM_BYTES,
    Budget,
    Excess,
    too_many_files,
)
from amparo.zip_errors import BROKEN

_ENTRY = b"PK\x01\x02"  # how each entry of a zip's directory begins (APPNOTE, 4.3.12)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


def names(body: bytes) -> frozenset[str]:
    """What a zip's directory names; nothing if it is broken, or larger than is read."""
    if body.count(_ENTRY) > 10 * MOST_FILES:
        return frozenset()
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return frozenset(archive.namelist())
    except BROKEN:
        return frozenset()


def unpacked(
    body: bytes, budget: Budget, wanted: Callable[[str], bool]
) -> Iterator[tuple[str, bytes | Excess]]:
    """Each wanted file's name, and its bytes or why they are not read; `BROKEN` for no zip."""
    # The directory is counted before it is read: each entry becomes an object of 500 bytes. Those
    # of archives within, where they are stored as they are, count too; hence ten times as many.
    if body.count(_ENTRY) > 10 * MOST_FILES:
        raise too_many_files()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for info in archive.infolist():
            if not wanted(info.filename):
                continue
            try:
                content = _read(archive, info, budget)
            except Excess as error:
                yield info.filename, error
                if budget.is_spent:
                    return
            else:
                yield info.filename, content


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> bytes:
    if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
        raise Excess(
            Text("it is encrypted, or packed by another method"),
            Text("Pack it again as plain zip."),
        )
    most = budget.most_bytes
    with archive.open(info) as file:
        content = file.read(most + 1)
    if len(content) > RATIO_FROM_BYTES and len(content) > MOST_RATIO * info.compress_size:
        raise Excess(Text("it unpacks to more than {count} times its size", count=MOST_RATIO))
    budget.take_file(len(content))
    if len(content) > MOST_FILE_BYTES:
        raise Excess(Text("it is larger than any report"))
    return content
