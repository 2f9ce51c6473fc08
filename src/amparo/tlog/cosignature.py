"""Cosignatures: a witness says when it saw a checkpoint (C2SP tlog-cosignature v1.1.0-rc.1).

A cosignature states: at that time, the largest consistent tree this witness has seen for this
origin has this root. Its time stands in the signature line *and* inside the signed message.

Type 0x04 is Ed25519 over a text that does not name the witness, so one such key must never serve
two cosigners. Type 0x06 is ML-DSA-44 over a binary struct that does name it.
"""

# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from amparo.errors import AmparoError, Malformed, Text
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import note
from amparo.tlog.checkpoint import Checkpoint

MOST_TIME = 2**63 - 1
MLDSA44_KEY_BYTES = 1312
MLDSA44_SIGNATURE_BYTES = 2420


def ed25519_message(text: bytes, time: int) -> bytes:
    """What type 0x04 signs: a header, the time, and the whole checkpoint text."""
    return b"cosignature/v1\ntime %d\n" % time + text


def mldsa44_message(cosigner: str, checkpoint: Checkpoint, time: int) -> bytes:
    """What type 0x06 signs: the tree (0, size) as a binary struct, no extension lines."""
    name, origin = cosigner.encode(), checkpoint.origin.encode()
    if max(len(name), len(origin)) > 255:
        raise Malformed(
            "This cosignature cannot be expressed.",
            why="the name of the witness or of the log is longer than 255 bytes",
            fix="Use a shorter name.",
        )
    return b"".join(
        (
            b"subtree/v1\n\0",
            bytes([len(name)]),
            name,
            time.to_bytes(8, "big"),
            bytes([len(origin)]),
            origin,
            (0).to_bytes(8, "big"),
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        )
    )


def time_of(signature: note.Signature) -> int:
    """The POSIX seconds that stand before a cosignature."""
    return int.from_bytes(signature.raw[:8], "big")


@dataclass(frozen=True, slots=True)
class Ed25519Cosigner:
    """The public key of a witness, type 0x04."""

    name: str
    public: bytes
    key_id: bytes = field(init=False)

    def __post_init__(self) -> None:
        note.check_key_name(self.name)
        note.check_ed25519(self.public)
        identity = note.key_id(self.name, note.ED25519_COSIGNATURE, self.public)
        object.__setattr__(self, "key_id", identity)

    @property
    def vkey(self) -> str:
        """The verifier key as text."""
        return note.format_vkey(self.name, note.ED25519_COSIGNATURE, self.public)

    def verify(self, text: bytes, raw: bytes) -> bool:
        """Whether `raw` (8 bytes of time, 64 of signature) cosigns this checkpoint text."""
        time = int.from_bytes(raw[:8], "big")
        if len(raw) != 8 + 64 or time > MOST_TIME:
            return False
        return note.ed25519_verifies(self.public, raw[8:], ed25519_message(text, time))


@dataclass(frozen=True, slots=True)
class MLDSA44Cosigner:
    """The public key of a witness (or of a log that signs so), type 0x06."""

    name: str
    public: bytes
    key_id: bytes = field(init=False)

    def __post_init__(self) -> None:
        note.check_key_name(self.name)
        if len(self.public) != MLDSA44_KEY_BYTES:
            raise Malformed(
                "That key cannot be used.",
                why=Text(
                    "an ML-DSA-44 key has {wanted} bytes, this one {number}",
                    wanted=MLDSA44_KEY_BYTES,
                    number=len(self.public),
                ),
                fix="Copy the key again from its owner.",
            )
        identity = note.key_id(self.name, note.MLDSA44_COSIGNATURE, self.public)
        object.__setattr__(self, "key_id", identity)

    @property
    def vkey(self) -> str:
        """The verifier key as text."""
        return note.format_vkey(self.name, note.MLDSA44_COSIGNATURE, self.public)

    def verify(self, text: bytes, raw: bytes) -> bool:
        """Whether `raw` (8 bytes of time, 2,420 of signature) cosigns this checkpoint text.

        Time 0 makes no statement about the largest tree, so it does not count as a cosignature.
        """
        time = int.from_bytes(raw[:8], "big")
        if len(raw) != 8 + MLDSA44_SIGNATURE_BYTES or not 0 < time <= MOST_TIME:
            return False
        try:
            message = mldsa44_message(self.name, checkpoints.parse(text), time)
            MLDSA44PublicKey.from_public_bytes(self.public).verify(raw[8:], message)
        except (InvalidSignature, AmparoError):
            return False
        return True


Cosigner = Ed25519Cosigner | MLDSA44Cosigner


def cosigner_from_vkey(text: str) -> Cosigner:
    """Read a witness's verifier key, type 0x04 or 0x06."""
    name, kind, public = note.split_vkey(text)
    if kind == note.ED25519_COSIGNATURE:
        return Ed25519Cosigner(name, public)
    if kind == note.MLDSA44_COSIGNATURE:
        return MLDSA44Cosigner(name, public)
    raise Malformed(
        "That key is not a witness's.",
        why=Text(
            "its type is {kind}; witnesses have 0x04 (Ed25519) or 0x06 (ML-DSA-44)",
            kind=f"0x{kind:02x}",
        ),
        fix="Ask the witness for its cosignature key.",
    )


@dataclass(frozen=True, slots=True)
class Ed25519WitnessKey:
    """A witness's private key, type 0x04."""

    name: str
    seed: bytes = field(repr=False)
    _key: Ed25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_key", Ed25519PrivateKey.from_private_bytes(self.seed))

    @property
    def cosigner(self) -> Ed25519Cosigner:
        """The public half."""
        return Ed25519Cosigner(self.name, self._key.public_key().public_bytes_raw())

    def cosign(self, text: bytes, time: int) -> note.Signature:
        """Cosign a checkpoint's text at `time`, in POSIX seconds."""
        raw = time.to_bytes(8, "big") + self._key.sign(ed25519_message(text, time))
        return note.Signature(self.name, self.cosigner.key_id, raw)


@dataclass(frozen=True, slots=True)
class MLDSA44WitnessKey:
    """A witness's private key, type 0x06."""

    name: str
    seed: bytes = field(repr=False)
    _key: MLDSA44PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_key", MLDSA44PrivateKey.from_seed_bytes(self.seed))

    @property
    def cosigner(self) -> MLDSA44Cosigner:
        """The public half."""
        return MLDSA44Cosigner(self.name, self._key.public_key().public_bytes_raw())

    def cosign(self, text: bytes, time: int) -> note.Signature:
        """Cosign a checkpoint's text at `time`, in POSIX seconds; signing is randomised."""
        message = mldsa44_message(self.name, checkpoints.parse(text), time)
        raw = time.to_bytes(8, "big") + self._key.sign(message)
        return note.Signature(self.name, self.cosigner.key_id, raw)


WitnessKey = Ed25519WitnessKey | MLDSA44WitnessKey
