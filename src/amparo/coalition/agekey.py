"""Age keys: whether something can be locked for one, and what is wrong with it if not.

One wrong letter is caught by the key's own checksum (Bech32). It is looked at before a member signs
a key and again before anybody locks for it: a key that nobody can use must stop nobody else. Keys
of small order pass every checksum, yet what is locked for them would be open to everybody; and the
library below ends in a panic there, which is no exception.

Sources: age-encryption.org/v1, "The X25519 recipient type"; BIP 173; RFC 7748, section 6.1.
"""

# SPDX-License-Identifier: Apache-2.0

import pyrage
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from amparo.errors import Malformed, Text

LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
"""The digits of Bech32, each worth five bits."""
KEY_CHARACTERS = 62
_CHECKSUM_CHARACTERS = 6
_ANY = X25519PrivateKey.from_private_bytes(bytes(range(32)))


def fault(key: str) -> Text | None:
    """Why nothing can be locked for a key; None if it is a sound X25519 recipient."""
    prefix = key.lower().rpartition("1")[0]
    if key.upper().startswith("AGE-SECRET-KEY-"):
        return Text(
            "it is the secret half: whoever has seen it can open everything; make another key"
        )
    if prefix.startswith("age1pq"):
        return Text("it is a post-quantum key (age1pq1...); only keys of kind X25519 are taken")
    if prefix.startswith("age1"):
        return Text(
            "it is a plugin's key (as in age1yubikey1...); only keys of kind X25519 are taken"
        )
    if prefix != "age":
        return Text("it does not begin with age1")
    if key != key.lower():
        return Text("it is in capitals; age writes its keys in small letters")
    if len(key) != KEY_CHARACTERS:
        return Text("it has not 62 characters: some are missing, or there are too many")
    if not _holds(key):
        return Text("a letter of it is wrong: its checksum does not hold")
    if _is_of_small_order(key):
        return Text("it is of small order: anybody could open what is locked for it")
    return None


def check(key: str) -> None:
    """Raise `Malformed` unless something can be locked for a key."""
    if why := fault(key):
        raise Malformed(
            "This age key cannot be used.",
            why=why,
            fix="Copy it again, whole, from the output of `amparo disclosure key` or age-keygen.",
        )


def _holds(key: str) -> bool:
    try:
        pyrage.x25519.Recipient.from_str(key)
    except pyrage.RecipientError:
        return False
    return True


def _is_of_small_order(key: str) -> bool:
    """Whether every exchange with it comes to zero, whatever the other side's key is."""
    value = 0
    for letter in key.removeprefix("age1")[:-_CHECKSUM_CHARACTERS]:
        value = value << 5 | LETTERS.index(letter)
    public = X25519PublicKey.from_public_bytes((value >> 4).to_bytes(32))  # 52 letters: 260 bits
    try:
        _ANY.exchange(public)
    except ValueError:
        return True
    return False
