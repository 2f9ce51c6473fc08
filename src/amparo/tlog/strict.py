"""Decimal numbers and base64, read as strictly as the formats are meant.

Python's own readers are generous: `int()` takes "1_0", " 7" and "+7", `b64decode` drops foreign
characters and ignores spare bits. In a signed format two spellings of one value are two messages,
so each value has exactly one spelling here.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
import binascii
import re

from amparo.errors import Malformed

_DECIMAL = re.compile(rb"0|[1-9][0-9]*")
_MOST_DIGITS = 20  # 2^64 has 20 digits


def decimal(text: bytes, what: str, *, most: int = 2**63 - 1) -> int:
    """Read ASCII digits without sign or leading zero, 0 to `most`."""
    if len(text) > _MOST_DIGITS or not _DECIMAL.fullmatch(text) or int(text) > most:
        raise Malformed(
            f"The {what} is not a decimal number.",
            why=f"got {text[:40]!r}; wanted ASCII digits, no sign, no leading zero, at most {most}",
            fix="Write the number plainly, as in 70000.",
        )
    return int(text)


def unbase64(text: bytes, what: str, *, length: int | None = None) -> bytes:
    """Read standard padded base64; `length` is the number of bytes wanted, if it is fixed."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if base64.b64encode(raw) != text or (length is not None and len(raw) != length):
        wanted = "standard padded base64" + (f" of {length} bytes" if length is not None else "")
        raise Malformed(
            f"The {what} is not readable.",
            why=f"got {text[:60]!r}; wanted {wanted}",
            fix="Copy the text again, whole and unchanged.",
        )
    return raw


def hash_line(text: bytes, what: str) -> bytes:
    """Read the base64 of one 32-byte hash."""
    return unbase64(text, what, length=32)
