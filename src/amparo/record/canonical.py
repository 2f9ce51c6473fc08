"""JSON in exactly one spelling, so that it can be hashed (RFC 8785), and the commitment over it.

RFC 8785 sorts names by UTF-16 code units and writes numbers as ECMAScript does. With ASCII names
and no floating-point numbers, sorting by code point and writing integers plainly is the same; both
conditions are checked where foreign names could enter.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from typing import Any

import msgspec

SEALED_LABEL = b"amparo.sealed.v1\n"
PUID_LABEL = b"amparo.puid.v1\n"
FIELD_LABEL = b"amparo.field.v1\n"
FIELDS_LABEL = b"amparo.fields.v1\n"
FIELD_SALT_LABEL = b"amparo.field-salt.v1\n"
SALT_BYTES = 32

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_PLAIN = {ord("-"): "+", ord("_"): "/"}
_encode = msgspec.json.Encoder(order="sorted").encode


def canonical(value: Mapping[str, Any] | msgspec.Struct) -> bytes:
    """RFC 8785 bytes of an object with ASCII names and without floats."""
    return _encode(value)


def commitment(label: bytes, salt: bytes, content: bytes) -> str:
    """Base64url (unpadded) of SHA-256(label ‖ salt ‖ content)."""
    return base64url(hashlib.sha256(label + salt + content).digest())


def base64url(raw: bytes) -> str:
    """Base64url without padding."""
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode()


def unbase64url(text: str) -> bytes:
    """Read `base64url` back; empty where it is none, which opens no commitment."""
    try:
        return a2b_base64(text.translate(_PLAIN) + "=" * (-len(text) % 4))
    except ValueError:
        return b""
