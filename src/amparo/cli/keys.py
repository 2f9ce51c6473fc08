"""Private keys on their way to disk: never over another file, and locked where that is asked."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from pathlib import Path

import pyrage

from amparo.errors import Malformed, Refused
from amparo.ledger.files import write_durably


def write_new(path: Path, body: bytes) -> None:
    """Write a file that only its owner may read, and never over one that is there."""
    if path.exists():
        raise Refused(
            f"{path} exists.",
            why="a key that is written over is gone for ever",
            fix="Name another file.",
        )
    write_durably(path, body, mode=0o600)


def lock_for(body: bytes, custodians: Sequence[str]) -> bytes:
    """Lock for several age keys, each of which opens it alone."""
    try:
        keys = [pyrage.x25519.Recipient.from_str(one) for one in custodians]
    except pyrage.RecipientError as error:
        raise Malformed(
            "A custodian's key cannot be read.",
            why=str(error),
            fix="Give the public key that `age-keygen` printed; it begins with age1.",
        ) from None
    return bytes(pyrage.encrypt(body, keys, armored=True))
