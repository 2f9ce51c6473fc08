r"""Sealed fields that can be opened one by one.

Each field is committed to on its own, under a salt of its own; the leaf holds one hash of all these
commitments. Whoever passes an entry on can so keep a field back: the others still verify, and the
field's name and its commitment show what is missing.

    salt of a field = HMAC-SHA-256(salt of the entry, "amparo.field-salt.v1\n" ‖ name)
    its commitment  = SHA-256("amparo.field.v1\n" ‖ salt of the field ‖ RFC 8785 of {name: value})
    in the leaf     = SHA-256("amparo.fields.v1\n" ‖ RFC 8785 of {name: commitment, ...})

Salts are derived, so the journal keeps one salt for each entry, and with it all of them are erased.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Callable, Container, Mapping
from typing import Any

import msgspec

from amparo.record.canonical import (
    FIELD_LABEL,
    FIELD_SALT_LABEL,
    FIELDS_LABEL,
    base64url,
    canonical,
    commitment,
    unbase64url,
)

BLOCK_BYTES = 64
"""Of SHA-256."""
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


class Field(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A field that is opened, by salt and value; or kept back, with its commitment alone."""

    hash: str = ""
    salt: str = ""
    value: Any = None

    @property
    def is_open(self) -> bool:
        return not self.hash


def root(salt: bytes, sealed: Mapping[str, Any]) -> str:
    """What a leaf holds of these fields."""
    salts = _salts(salt)
    return _root({name: _commit(salts(name), name, value) for name, value in sealed.items()})


def disclose(salt: bytes, sealed: Mapping[str, Any], kept_back: Container[str]) -> dict[str, Field]:
    """Open all fields but those to be kept back."""
    salts = _salts(salt)
    return {
        name: Field(hash=_commit(salts(name), name, value))
        if name in kept_back
        else Field(salt=base64url(salts(name)), value=value)
        for name, value in sealed.items()
    }


def keep_back(fields: Mapping[str, Field], names: Container[str]) -> dict[str, Field]:
    """Close further fields."""
    return {
        name: Field(hash=_hash(name, field)) if name in names else field
        for name, field in fields.items()
    }


def root_of(fields: Mapping[str, Field]) -> str:
    """What a leaf holds, from fields of which some may be kept back."""
    return _root({name: _hash(name, field) for name, field in fields.items()})


def _hash(name: str, field: Field) -> str:
    return field.hash or _commit(unbase64url(field.salt), name, field.value)


def _salts(salt: bytes) -> Callable[[str], bytes]:
    """The salt of each field, by its name.

    HMAC in its two hashes (RFC 2104): OpenSSL sets up one in three times what they take.
    """
    key = salt if len(salt) <= BLOCK_BYTES else hashlib.sha256(salt).digest()
    block = key.ljust(BLOCK_BYTES, b"\0")
    inner, outer = block.translate(_INNER) + FIELD_SALT_LABEL, block.translate(_OUTER)
    sha256 = hashlib.sha256
    return lambda name: sha256(outer + sha256(inner + name.encode()).digest()).digest()


def _commit(salt: bytes, name: str, value: Any) -> str:
    return commitment(FIELD_LABEL, salt, canonical({name: value}))


def _root(hashes: Mapping[str, str]) -> str:
    return commitment(FIELDS_LABEL, b"", canonical(hashes))
