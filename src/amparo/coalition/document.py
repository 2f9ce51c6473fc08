"""What members sign: a note whose text is one header line, then one object as RFC 8785 JSON.

    amparo.charter.v1
    {"member":[...],"name":"Founders",...}

    — derechos.example ...

There is one spelling of each text, so a document is known by the SHA-256 of it, whoever has signed.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from amparo.errors import Malformed, Text
from amparo.record import strict_json
from amparo.record.canonical import canonical
from amparo.tlog import note
from amparo.tlog.note import Note, Signer, Verifier

_T = TypeVar("_T", bound=msgspec.Struct)
_Any = TypeVar("_Any")


def text_of(header: bytes, value: msgspec.Struct) -> bytes:
    """The text that is signed; `header` ends in a line feed."""
    return header + canonical(msgspec.to_builtins(value)) + b"\n"


def sign(header: bytes, value: msgspec.Struct, *signers: Signer) -> bytes:
    """The document, signed."""
    text = text_of(header, value)
    return Note(text, tuple(signer.sign(text) for signer in signers)).encode()


def digest(text: bytes) -> str:
    """By what other documents name this one: SHA-256 of its text, in hexadecimal."""
    return hashlib.sha256(text).hexdigest()


def read(raw: bytes, header: bytes, kind: type[_T]) -> tuple[_T, Note]:
    """A document and its note; nothing about its signatures is checked yet."""
    signed = note.parse(raw)
    first, _, body = signed.text.partition(b"\n")
    if first + b"\n" != header:
        raise malformed(
            Text(
                "its first line is {line}, not {header}",
                line=repr(first[:40])[1:],
                header=header.decode().strip(),
            )
        )
    try:
        value = strict_json.decode(body, kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed(
            Text("its content is not of its form: {answer}", answer=str(error))
        ) from None
    if text_of(header, value) != signed.text:
        raise malformed(Text("its text is not in the one spelling that is signed (RFC 8785)"))
    return value, signed


def convert(source: Any, kind: type[_Any], fix: str) -> _Any:
    """A document's content from its source; `fix`: what that has, for whoever wrote it."""
    try:
        return msgspec.convert(source, kind)
    except msgspec.ValidationError as error:
        raise Malformed(
            "What was written is not of the form that is wanted.",
            why=Text("its content is not of its form: {answer}", answer=str(error)),
            fix=fix,
        ) from None


def signers(signed: Note, keys: Sequence[Verifier]) -> frozenset[str]:
    """Whose good signatures it bears, of these keys; `Unsound` if a known one is wrong."""
    known = {(key.name, key.key_id) for key in keys}
    if not any((signature.name, signature.key_id) in known for signature in signed.signatures):
        return frozenset()
    return frozenset(key.name for key, _ in note.verify(signed, keys))


def malformed(why: Text) -> Malformed:
    """What is said of anything that is no such document."""
    return Malformed(
        "That is no document of the coalition.", why=why, fix="See docs/coalition.md for its form."
    )
