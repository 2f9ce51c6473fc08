"""Sealing on a source's own device: one archive, padded, locked for several; and seven words.

What is sealed is a tar archive with zeros after its end, up to the bucket; `age -d` and `tar -x`
open it without Amparo. From seven words of a list of 7,776 (90 bits) two things follow by Argon2id:
the code by which the box for replies is found, and an age key that opens them. The server learns
the first and never the second. The list is EFF's long one (CC BY 3.0 US).

Sources: the age format; RFC 9106 (Argon2id); BIP 173 (how an age key is written).
"""

# SPDX-License-Identifier: Apache-2.0

import io
import re
import secrets
import tarfile
import unicodedata
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pyrage
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from amparo.coalition import agekey, sealed
from amparo.coalition.recipient import Recipient
from amparo.errors import Denied, Malformed, Refused, Text
from amparo.storage.durable import write_durably

WORDS = 7
LIST_WORDS = 7_776
REPLY_BYTES = 16 * 1024
"""Every reply is as long, so that its size says nothing."""
MOST_TYPED = 4096
_BETWEEN = re.compile(r"[^a-z-]+")
_CODE = re.compile(r"[0-9a-f]{64}")
_SALT = b"amparo.disclosure.v1"
_MEMORY_KIB, _PASSES = 64 * 1024, 3


class Way(NamedTuple):
    """The way back to a box, made from seven words."""

    code: str
    """What the server is told."""
    identity: pyrage.x25519.Identity
    """What opens replies; it never leaves the device."""


def seal(paths: Sequence[Path], recipients: Sequence[Recipient]) -> bytes:
    """One locked file of all these files; their names are kept, their owner and times are not."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path in paths:
            body = path.read_bytes()
            entry = tarfile.TarInfo(path.name)
            entry.size, entry.mode = len(body), 0o600
            archive.addfile(entry, io.BytesIO(body))
    archived = made.getvalue()
    padded = archived.ljust(sealed.bucket(len(archived)), b"\0")
    raw = lock(padded, [recipient.key for recipient in recipients])
    sealed.judge(raw)
    return raw


def unseal(raw: bytes, identity: pyrage.x25519.Identity, into: Path) -> list[Path]:
    """Open a sealed file into a folder; nothing there is written over."""
    opened = unlock(raw, identity)
    into.mkdir(parents=True, exist_ok=True)
    found = []
    try:
        with tarfile.open(fileobj=io.BytesIO(opened)) as archive:
            for entry in archive:
                target = into / Path(entry.name).name
                body = archive.extractfile(entry) if entry.isfile() else None
                if body is None or not target.name or target.exists():
                    raise Refused(
                        "An entry was not written.",
                        why=Text(
                            "{name} is no plain file, or {target} exists",
                            name=repr(entry.name[:80]),
                            target=str(target),
                        ),
                        fix="Open it into an empty folder, in a machine made for throwing away.",
                    )
                # Not `extract`: neither links nor owners nor modes of the archive are wanted.
                write_durably(target, body.read(), mode=0o600)
                found.append(target)
    except tarfile.TarError as error:
        raise Malformed(
            "What is inside is no archive.",
            why=Text("the reader of it says: {error}", error=str(error)),
            fix="Open it with `age -d` and look at it in a machine made for throwing away.",
        ) from None
    return found


def lock(body: bytes, keys: Sequence[str]) -> bytes:
    """Lock bytes for age recipients."""
    for key in keys:
        agekey.check(key)
    recipients = [pyrage.x25519.Recipient.from_str(key) for key in keys]
    return bytes(pyrage.encrypt(body, recipients))


def unlock(raw: bytes, identity: pyrage.x25519.Identity) -> bytes:
    """Open what was locked; `Denied` with the wrong key, or a changed file."""
    try:
        return bytes(pyrage.decrypt(raw, [identity]))
    except pyrage.DecryptError as error:
        raise Denied(
            "This key does not open it, or it was changed on the way.",
            why=Text("the reader of it says: {error}", error=str(error)),
            fix="Use the key that it was locked for, and fetch the file again.",
        ) from None


def reply(text: str, key: str) -> bytes:
    """A reply for the source alone, of one size whatever it says."""
    body = text.encode()
    if len(body) > REPLY_BYTES:
        raise Refused(
            "This reply is too long.",
            why=Text(
                "it has {number} bytes; at most {most} are taken",
                number=len(body),
                most=REPLY_BYTES,
            ),
            fix="Shorten it.",
        )
    return lock(body.ljust(REPLY_BYTES, b"\0"), [key])


def read_reply(raw: bytes, identity: pyrage.x25519.Identity) -> str:
    """What a reply says."""
    return unlock(raw, identity).rstrip(b"\0").decode(errors="replace")


def words() -> tuple[str, ...]:
    """Seven words by chance."""
    listed = _list()
    return tuple(secrets.choice(listed) for _ in range(WORDS))


def read_words(text: str) -> tuple[str, ...]:
    """Seven words as somebody types, numbers or pastes them.

    `Malformed` names the places of those that are not on the list, and never the words: whoever
    looks over a shoulder, or keeps what a screen showed, learns nothing.
    """
    known = frozenset(_list())
    given = [word for chunk in _chunks(text) for word in _split(chunk, known)]
    unknown = tuple(str(place) for place, word in enumerate(given, 1) if word not in known)
    if len(given) == WORDS and not unknown:
        return tuple(given)
    raise Malformed(
        "These are not the seven words.",
        why=_what_is_wrong(len(given), unknown[:20]),
        fix="Type all seven, in their order.",
    )


def _what_is_wrong(number: int, unknown: tuple[str, ...]) -> Text:
    if number != WORDS and unknown:
        return Text(
            "there are {number} words; not on the list: {places}", number=number, places=unknown
        )
    if number != WORDS:
        return Text("there are {number} words", number=number)
    if len(unknown) == 1:
        return Text("word {place} is not on the list", place=unknown[0])
    return Text("words {places} are not on the list", places=unknown)


def read_code(text: str) -> str:
    """By what a box is found: a code of `way_back`, or seven words as `read_words` takes them."""
    code = text.strip().lower()
    return code if _CODE.fullmatch(code) else " ".join(read_words(text))


def _chunks(text: str) -> list[str]:
    """What stands between blanks, commas and numbers; accents and kinds of dashes do not count."""
    plain = unicodedata.normalize("NFKD", text[:MOST_TYPED]).lower()
    plain = "".join("-" if _is_joiner(c) else c for c in plain if not unicodedata.combining(c))
    return [chunk for chunk in _BETWEEN.split(plain) if chunk.strip("-")]


def _is_joiner(character: str) -> bool:
    """A dash of any length, or one of the characters that are not seen, as U+200B."""
    return unicodedata.category(character) in ("Pd", "Cf") or character == "\N{MINUS SIGN}"


def _split(chunk: str, known: frozenset[str]) -> list[str]:
    """A chunk as words of the list, some of which have a hyphen themselves, as `yo-yo`."""
    for whole in (chunk.strip("-"), chunk.replace("-", "")):  # what is not seen stood inside of it
        if whole in known:  # it is not two words: none of the list begins with another
            return [whole]
    parts, words = [part for part in chunk.split("-") if part], list[str]()
    while parts:
        paired = "-".join(parts[:2]) in known
        words.append("-".join(parts[: 1 + paired]))
        del parts[: 1 + paired]
    return words


def way_back(given: Sequence[str]) -> Way:
    """The code and the key that follow from seven words; takes a fraction of a second by design."""
    made = Argon2id(
        salt=_SALT, length=64, iterations=_PASSES, lanes=1, memory_cost=_MEMORY_KIB
    ).derive(" ".join(given).encode())
    return Way(made[:32].hex(), identity_of(made[32:]))


def identity_of(secret: bytes) -> pyrage.x25519.Identity:
    """An age key from 32 bytes."""
    return pyrage.x25519.Identity.from_str(_bech32("age-secret-key-", secret).upper())


def read_identity(path: Path) -> pyrage.x25519.Identity:
    """The key in a file of `age-keygen`, or of `amparo disclosure key`."""
    for line in path.read_text(errors="replace").splitlines():
        if line.startswith("AGE-SECRET-KEY-"):
            try:
                return pyrage.x25519.Identity.from_str(line.strip())
            except pyrage.IdentityError:
                break
    raise Malformed(
        Text("{path} holds no age key.", path=str(path)),
        why="no line AGE-SECRET-KEY-1... can be read",
        fix="Make one with `amparo disclosure key FILE`, or age-keygen.",
    )


def _list() -> list[str]:
    return (files("amparo.ledger.disclosure") / "words.txt").read_text().split()


def _bech32(prefix: str, secret: bytes) -> str:
    """BIP 173, as age writes its keys; checked against pyrage, which reads what is made here."""
    bits = int.from_bytes(secret, "big") << (-len(secret) * 8 % 5)
    count = -(-len(secret) * 8 // 5)
    values = [bits >> (5 * (count - 1 - n)) & 31 for n in range(count)]
    spread = [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix)]
    check = _polymod([*spread, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [check >> (5 * (5 - n)) & 31 for n in range(6)]
    return prefix + "1" + "".join(agekey.LETTERS[value] for value in values)


def _polymod(values: Sequence[int]) -> int:
    check = 1
    for value in values:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for n, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> n & 1 else 0
    return check
