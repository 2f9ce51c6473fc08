"""Decimal numbers and base64, read as strictly as the formats are meant.

Python's own readers are generous: `int()` takes "1_0", " 7" and "+7", `b64decode` drops foreign
characters and ignores spare bits. In a signed format two spellings of one value are two messages,
so each value has exactly one spelling here.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
import binascii
import re

from amparo.errors import Malformed, Text

_DECIMAL = re.compile(rb"0|[1-9][0-9]*")
_MOST_DIGITS = 20  # 2^64 has 20 digits


def decimal(text: bytes, what: Text, *, most: int = 2**63 - 1) -> int:
    """Read ASCII digits without sign or leading zero, 0 to `most`."""
    if len(text) > _MOST_DIGITS or not _DECIMAL.fullmatch(text) or int(text) > most:
        raise Malformed(
            Text("This is not a decimal number: {what}.", what=what),
            why=Text(
                "it is {text}; wanted are ASCII digits, no sign, no leading zero, at most {most}",
                text=repr(text[:40])[1:],
                most=most,
            ),
            fix="Write the number plainly, as in 70000.",
        )
    return int(text)


def unbase64(text: bytes, what: Text, *, length: int | None = None) -> bytes:
    """Read standard padded base64; `length` is the number of bytes wanted, if it is fixed."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if base64.b64encode(raw) != text or (length is not None and len(raw) != length):
        raise Malformed(
            Text("This is not readable: {what}.", what=what),
            why=Text("{text} is not standard padded base64", text=repr(text[:60])[1:])
            if length is None
            else Text(
                "{text} is not standard padded base64 of {number} bytes",
                text=repr(text[:60])[1:],
                number=length,
            ),
            fix="Copy the text again, whole and unchanged.",
        )
    return raw


def hash_line(text: bytes, what: Text) -> bytes:
    """Read the base64 of one 32-byte hash."""
    return unbase64(text, what, length=32)
