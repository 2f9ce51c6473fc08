"""Private keys on their way to disk: never over another file, and locked where that is asked."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from pathlib import Path

import pyrage

from amparo.coalition import agekey
from amparo.errors import Refused
from amparo.storage.durable import write_durably


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
    for custodian in custodians:
        agekey.check(custodian)
    keys = [pyrage.x25519.Recipient.from_str(custodian) for custodian in custodians]
    return bytes(pyrage.encrypt(body, keys, armored=True))
