"""Signed notes: a text with signature lines below it, and the keys that check them.

    <text, ends in a newline>
    <empty line>
    — <key name> <base64(4-byte key id ‖ signature)>

The text may hold empty lines, so the signatures begin after the *last* empty line. A line counts
only if name and key id are known *together*. A line of an unknown key is ignored; a line of a known
key that does not verify makes the whole note invalid, and so do two different lines of one known
key, which the specification leaves open.

Source: C2SP signed-note v1.0.0. Key types: 0x01 Ed25519 here; 0x04 and 0x06 in `cosignature`.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from amparo.errors import Malformed, Text, Unsound
from amparo.tlog.strict import unbase64

ED25519 = 0x01
ED25519_COSIGNATURE = 0x04
MLDSA44_COSIGNATURE = 0x06

MOST_NOTE_BYTES = 128 * 1024  # 16 lines of ML-DSA-44 take about 53 kB
MOST_SIGNATURES = 100  # as in Go's sumdb/note

_SIGNATURE_LINE = re.compile("— ([^ ]+) ([^ ]+)")
_VKEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")
_PRIVATE = re.compile(r"PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


class Signature(NamedTuple):
    """One signature line: who signed, under which key, and the bytes after the key id."""

    name: str
    key_id: bytes
    raw: bytes

    def line(self) -> str:
        """The line as it stands in a note, without its newline."""
        return f"— {self.name} {base64.b64encode(self.key_id + self.raw).decode()}"


class Verifier(Protocol):
    """A public key that can check one kind of signature line."""

    @property
    def name(self) -> str: ...
    @property
    def key_id(self) -> bytes: ...
    def verify(self, text: bytes, raw: bytes) -> bool:
        """Whether `raw`, the bytes after the key id, is this key's signature over `text`."""
        ...


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed note; nothing in it is verified yet."""

    text: bytes
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """The note as bytes, exactly as it is signed and served."""
        lines = "".join(f"{signature.line()}\n" for signature in self.signatures)
        return self.text + b"\n" + lines.encode()

    def with_signatures(self, *more: Signature) -> "Note":
        """The same text with further lines below."""
        return Note(self.text, (*self.signatures, *more))


def parse(raw: bytes) -> Note:
    """Split a note into its text and its signature lines."""
    if len(raw) > MOST_NOTE_BYTES:
        raise _malformed(
            Text(
                "it has {number} bytes; at most {most} are read",
                number=len(raw),
                most=MOST_NOTE_BYTES,
            )
        )
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed(Text("it is not UTF-8 at byte {number}", number=error.start)) from None
    if any(byte < 0x20 and byte != 0x0A for byte in raw):
        raise _malformed(Text("it holds a control character other than the line feed"))
    text, separator, tail = raw.rpartition(b"\n\n")
    if not separator or not tail.endswith(b"\n"):
        raise _malformed(
            Text("no signature lines follow an empty line, or the last line has no end")
        )
    lines = tail[:-1].decode().split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise _malformed(
            Text(
                "it has {number} signature lines; at most {most} are read",
                number=len(lines),
                most=MOST_SIGNATURES,
            )
        )
    return Note(text + b"\n", tuple(parse_signature(line) for line in lines))


def parse_signature(line: str) -> Signature:
    """Read one signature line, without its newline."""
    match = _SIGNATURE_LINE.fullmatch(line)
    if not match or not _is_key_name(match[1]):
        raise _malformed(Text("{line} is not a signature line", line=repr(line[:60])))
    raw = unbase64(match[2].encode(), Text("signature line"))
    if len(raw) < 5:
        raise _malformed(Text("a signature line is shorter than its key id"))
    return Signature(match[1], raw[:4], raw[4:])


def verify(note: Note, keys: Sequence[Verifier]) -> list[tuple[Verifier, Signature]]:
    """The signatures of known keys, all of them good, at least one; or `Unsound`."""
    known = {(key.name, key.key_id): key for key in keys}
    good: dict[tuple[str, bytes], tuple[Verifier, Signature]] = {}
    for signature in note.signatures:
        place = (signature.name, signature.key_id)
        key = known.get(place)
        if key is None:
            continue
        if place in good and good[place][1] != signature:
            raise _unsound(Text("{name} signs it twice with different bytes", name=signature.name))
        if not key.verify(note.text, signature.raw):
            raise _unsound(Text("the signature of {name} is wrong", name=signature.name))
        good[place] = (key, signature)
    if not good:
        names = tuple(sorted({key.name for key in keys}))
        raise _unsound(
            Text("it bears no signature of {names}", names=names)
            if names
            else Text("it bears no signature that is known here")
        )
    return list(good.values())


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def format_vkey(name: str, kind: int, public: bytes) -> str:
    """A verifier key as people exchange it: name+hex id+base64(type ‖ public key)."""
    body = base64.b64encode(bytes([kind]) + public).decode()
    return f"{name}+{key_id(name, kind, public).hex()}+{body}"


def split_vkey(text: str) -> tuple[str, int, bytes]:
    """Read a verifier key into its name, type and public key; its id is recomputed."""
    match = _VKEY.fullmatch(text) if len(text) < 8192 else None
    if not match or not _is_key_name(match[1]):
        raise _bad_key(Text("it is not of the form name+hexid+base64"))
    raw = unbase64(match[3].encode(), Text("public key"))
    kind, public = (raw[0], raw[1:]) if raw else (0, b"")
    if key_id(match[1], kind, public).hex() != match[2]:
        raise _bad_key(Text("its id does not belong to its name and key"))
    return match[1], kind, public


@dataclass(frozen=True, slots=True)
class Ed25519Verifier:
    """Key type 0x01: Ed25519 over the note's text."""

    name: str
    public: bytes
    key_id: bytes = field(init=False)

    def __post_init__(self) -> None:
        check_key_name(self.name)
        check_ed25519(self.public)
        object.__setattr__(self, "key_id", key_id(self.name, ED25519, self.public))

    @classmethod
    def from_vkey(cls, text: str) -> Self:
        """Read a verifier key of type 0x01."""
        name, kind, public = split_vkey(text)
        if kind != ED25519:
            raise _bad_key(
                Text("its type is {kind}; a log's key is of type 0x01", kind=f"0x{kind:02x}")
            )
        return cls(name, public)

    @property
    def vkey(self) -> str:
        """The verifier key as text."""
        return format_vkey(self.name, ED25519, self.public)

    def verify(self, text: bytes, raw: bytes) -> bool:
        """Whether `raw` is a 64-byte Ed25519 signature over `text`."""
        return ed25519_verifies(self.public, raw, text)


@dataclass(frozen=True, slots=True)
class Signer:
    """A log's private key, type 0x01."""

    name: str
    seed: bytes = field(repr=False)
    _key: Ed25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_key_name(self.name)
        object.__setattr__(self, "_key", Ed25519PrivateKey.from_private_bytes(self.seed))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read Go's private form, PRIVATE+KEY+name+hexid+base64(type ‖ seed)."""
        match = _PRIVATE.fullmatch(text)
        raw = unbase64(match[3].encode(), Text("private key")) if match else b""
        if not match or len(raw) != 33 or raw[0] != ED25519:
            raise _bad_key(
                Text("it is not an Ed25519 key in the form PRIVATE+KEY+name+hexid+base64")
            )
        signer = cls(match[1], raw[1:])
        if signer.verifier.key_id.hex() != match[2]:
            raise _bad_key(Text("its id does not belong to its name and key"))
        return signer

    def to_text(self) -> str:
        """The private form, to be kept secret."""
        body = base64.b64encode(bytes([ED25519]) + self.seed).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{body}"

    @property
    def verifier(self) -> Ed25519Verifier:
        """The public half."""
        return Ed25519Verifier(self.name, self._key.public_key().public_bytes_raw())

    def sign(self, text: bytes) -> Signature:
        """Sign a note's text."""
        return Signature(self.name, self.verifier.key_id, self._key.sign(text))


def ed25519_verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is good; a wrong length is simply not good."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def check_key_name(name: str) -> None:
    """Refuse a key name that a signature line could not carry."""
    if not _is_key_name(name):
        raise _bad_key(
            Text(
                "{name} is empty or holds a space, a control character or a plus",
                name=repr(name[:60]),
            )
        )


_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
# The y coordinates of the points of order 1, 2, 4 and 8 (RFC 8032's curve): under such a key
# anyone can sign.
_SMALL_ORDER = {
    0,
    1,
    _P - 1,
    int.from_bytes(
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
    ),
    int.from_bytes(
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"
    ),
}


def check_ed25519(public: bytes) -> None:
    """Refuse a public key of wrong length, off the curve, not canonical, or of small order."""
    y = int.from_bytes(public, "little") & (2**255 - 1)
    x2 = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    on_curve = x2 == 0 or pow(x2, (_P - 1) // 2, _P) == 1
    if len(public) != 32 or y >= _P or not on_curve or y in _SMALL_ORDER:
        raise _bad_key(Text("its public key is not a canonical Ed25519 point of full order"))


def _is_key_name(name: str) -> bool:
    spaces_or_controls = any(c.isspace() or ord(c) < 0x20 for c in name)
    return bool(name) and "+" not in name and not spaces_or_controls


def _malformed(why: Text) -> Malformed:
    return Malformed(
        "That is not a signed note.",
        why=why,
        fix="Fetch the checkpoint or receipt again and keep it byte for byte, as a file.",
    )


def _unsound(why: Text) -> Unsound:
    return Unsound(
        "The signatures on this note do not hold.",
        why=why,
        fix="Check that the key is the log's; if it is, keep the note as evidence.",
    )


def _bad_key(why: Text) -> Malformed:
    return Malformed("That key cannot be used.", why=why, fix="Copy the key again from its owner.")
