"""Keys by which others sign, and whether a signature is theirs.

A key is written as a `did:key`. Documents of DIDs have it in three forms: as the same Multikey, and
in two older ones, as the bare bytes of its point, compressed or not. A signature is 64 bytes, r and
s; of the two values of s that fit only the lower one is taken, so that nobody can make a second
signature out of one.

secp256k1 is checked by libsecp256k1, eight times as fast as OpenSSL does it.

Source: atproto.com/specs/cryptography; did:key Method v0.7.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
from typing import Literal, NamedTuple

import coincurve
import libipld
from coincurve import ecdsa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Curve = Literal["secp256k1", "p256"]
_PREFIXES: dict[bytes, Curve] = {b"\xe7\x01": "secp256k1", b"\x80\x24": "p256"}
_TYPES: dict[str, Curve] = {
    "EcdsaSecp256k1VerificationKey2019": "secp256k1",
    "EcdsaSecp256r1VerificationKey2019": "p256",
}
"""Older types of keys, which say the curve by their name."""
_MULTIKEY_BYTES = 35
_POINT_BYTES = (33, 65)
_SIGNATURE_BYTES = 64
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_MOST_LETTERS = 200


class SigningKey(NamedTuple):
    """A public key."""

    curve: Curve
    point: bytes
    """Compressed."""

    def __str__(self) -> str:
        """As a `did:key`."""
        prefix = next(prefix for prefix, curve in _PREFIXES.items() if curve == self.curve)
        return f"did:key:{libipld.encode_multibase('z', prefix + self.point)}"


def read(text: str, kind: str = "") -> SigningKey:
    """A key from a `did:key` or a multibase text; `ValueError` where it is none.

    `kind`: the type that a DID document gives it.
    """
    raw = _bytes(text.removeprefix("did:key:"))
    curve = _PREFIXES.get(raw[:2])
    if curve and len(raw) == _MULTIKEY_BYTES:
        return _key(curve, raw[2:])
    older = _TYPES.get(kind)
    if older and len(raw) in _POINT_BYTES:
        return _key(older, raw)
    raise ValueError("it is no key on secp256k1 or P-256")


def is_signed(key: SigningKey, message: bytes, signature: bytes) -> bool:
    """Whether a signature over the SHA-256 of a message is by that key, with the lower s."""
    if len(signature) != _SIGNATURE_BYTES:
        return False
    if key.curve == "p256":
        return _is_signed_on_p256(_p256(key.point), message, signature)
    try:
        der = ecdsa.cdata_to_der(ecdsa.deserialize_compact(signature))
    except ValueError:  # r or s is larger than the order of the curve
        return False
    return bool(_secp256k1(key.point).verify(der, message))  # refuses the higher s by itself


def _bytes(text: str) -> bytes:
    if len(text) > _MOST_LETTERS or not text.startswith("z"):
        raise ValueError("it is no text in base58, which begins with z")
    try:
        _, raw = libipld.decode_multibase(text)
    except ValueError:
        raise ValueError("it is no text in base58") from None
    return bytes(raw)


def _key(curve: Curve, point: bytes) -> SigningKey:
    """With its point compressed; `ValueError` where that is not on the curve."""
    if curve == "secp256k1":
        return SigningKey(curve, coincurve.PublicKey(point).format(compressed=True))
    found = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    return SigningKey(curve, found.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))


@functools.lru_cache(maxsize=16)
def _secp256k1(point: bytes) -> coincurve.PublicKey:
    return coincurve.PublicKey(point)


@functools.lru_cache(maxsize=16)
def _p256(point: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def _is_signed_on_p256(key: ec.EllipticCurvePublicKey, message: bytes, signature: bytes) -> bool:
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    if not (0 < r < _P256_ORDER and 0 < s <= _P256_ORDER // 2):
        return False
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
