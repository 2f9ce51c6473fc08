"""What may be told of a sealed file without opening it: that it is one, for how many, how large.

A server that only takes ciphertext has nothing but the age header: the number of recipients and
the kind of their keys, never who they are. The length of what is inside follows from that of the
file, so padding can be asked for: an unusual size would say which document it is.

Source: the age format, age-encryption.org/v1 (C2SP age): header, stanzas, payload in chunks.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Sequence
from typing import NamedTuple

from amparo.errors import AmparoError, Malformed, Refused, Text

MAGIC = b"age-encryption.org/v1\n"
ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"
FEWEST_RECIPIENTS = 2
SMALLEST, LARGEST = 1 << 16, 1 << 26
BUCKETS = tuple(1 << n for n in range(16, 27))
"""64 KiB, 128 KiB ... 64 MiB: how long what is inside may be, padding included."""
MOST_HEADER_BYTES = 16 * 1024
MOST_BYTES = LARGEST + MOST_HEADER_BYTES + 16 + 16 * (LARGEST // (1 << 16) + 1)
_NONCE, _CHUNK, _TAG = 16, 1 << 16, 16
_STANZA = re.compile(rb"-> [\x21-\x7e]+(?: [\x21-\x7e]+)*")
_BODY = re.compile(rb"[A-Za-z0-9+/]{0,64}")
_MAC = re.compile(rb"--- [A-Za-z0-9+/]{43}")


class Sealed(NamedTuple):
    """What the outside of a file says."""

    recipients: int
    """Stanzas of X25519 keys; who they are cannot be seen."""
    inside: int
    """Bytes of what is inside, padding included."""


def looks_sealed(beginning: bytes) -> bool:
    """Whether the first bytes can be those of a sealed file; asked before anything is kept."""
    return MAGIC.startswith(beginning[: len(MAGIC)])


def judge(raw: bytes) -> Sealed:
    """Read the outside of a file, or say why it is not taken."""
    if not raw.startswith(MAGIC):
        raise not_sealed(raw)
    head, mac, _ = _split(raw)
    kinds = [line.split(b" ")[1] for line in head if line.startswith(b"-> ")]
    if b"scrypt" in kinds:
        raise _refused(Text("It is locked with a passphrase, which no recipient knows."))
    recipients = kinds.count(b"X25519")
    if recipients < FEWEST_RECIPIENTS and (others := _others(kinds)):
        raise _refused(
            Text("It is locked for kinds of keys that nobody here has: {kinds}.", kinds=others),
            Text("Lock it for the X25519 keys on the page (age1..., 62 characters)."),
        )
    if recipients < FEWEST_RECIPIENTS:
        raise _refused(
            Text(
                "It is locked for {number}; at least {fewest} are wanted.",
                number=recipients,
                fewest=FEWEST_RECIPIENTS,
            )
        )
    inside = _inside(len(raw) - mac)
    if inside not in BUCKETS:
        raise _refused(
            Text(
                "What is inside has {number} bytes: its size would say which document it is.",
                number=inside,
            )
        )
    return Sealed(recipients, inside)


def bucket(size: int) -> int:
    """The bucket that so many bytes are padded to."""
    for capacity in BUCKETS:
        if size <= capacity:
            return capacity
    raise Refused(
        "That is too much for one file.",
        why=Text("it has {number} bytes; at most {most} are taken", number=size, most=LARGEST),
        fix="Split it, and send the parts on different days.",
    )


def not_sealed(beginning: bytes) -> AmparoError:
    """What is said of anything that is not an age file; it is not looked at further."""
    if beginning.startswith(ARMOR):
        return _refused(
            Text("It is an age file written as text."), Text("Lock it again without -a (--armor).")
        )
    return Refused(
        "This file is not locked, so it was not taken. Nothing of it was kept.",
        why="it does not begin as an age file does",
        fix="Lock it on your own device first, as the page says, and send the locked file.",
    )


def _split(raw: bytes) -> tuple[list[bytes], int, bytes]:
    """The header's lines, where the payload begins, and the line with the header's own seal."""
    lines: list[bytes] = []
    at = len(MAGIC)
    while at < MOST_HEADER_BYTES:
        end = raw.find(b"\n", at, MOST_HEADER_BYTES)
        if end < 0:
            break
        line, at = raw[at:end], end + 1
        if line.startswith(b"---"):
            if not _MAC.fullmatch(line) or not lines:
                break
            return lines, at, line
        if not (_STANZA.fullmatch(line) or (lines and _BODY.fullmatch(line))):
            break
        lines.append(line)
    raise Malformed(
        "This is not a whole age file.",
        why="its header cannot be read",
        fix="Lock it again, and send the file whole.",
    )


def _others(kinds: Sequence[bytes]) -> str:
    """The kinds of stanzas that are not ours, as in `mlkem768x25519`; without age's own fillers."""
    found = {kind for kind in kinds if kind != b"X25519" and not kind.endswith(b"-grease")}
    return ", ".join(kind[:30].decode() for kind in sorted(found)[:3])


def _inside(payload: int) -> int:
    """Bytes inside a payload of so many: a nonce, then chunks that each bear a tag."""
    sealed = payload - _NONCE
    chunks = -(-sealed // (_CHUNK + _TAG))
    return max(0, sealed - chunks * _TAG)


_SEAL = Text("Use `amparo disclosure seal`, or the exact commands on the page.")


def _refused(why: Text, fix: Text = _SEAL) -> Refused:
    return Refused("This file is not taken. Nothing of it was kept.", why=why, fix=fix)
