"""The state endpoint: how a platform without a connector shows a machine what is so.

The platform serves a small JSON object for each case, signed by itself as Standard Webhooks 1.0
signs: over `id.timestamp.body`, with a secret that both sides know (`whsec_`, HMAC-SHA256) or by a
key of its own (`whpk_`, Ed25519). The id is the one that we have asked with, so that no earlier
answer can be given again.

Source: docs/state-endpoint.md; github.com/standard-webhooks, specification 1.0.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from amparo.connectors.config import YES_OR_NO, Config, unusable, wrong_address, wrong_option

SYSTEM = "state"
SECRET, PUBLIC = "whsec_", "whpk_"
OPTIONS = ("key", "private")
TOLERANCE_SECONDS = 300
"""By which the platform's clock may differ."""
MOST_BYTES = 64 << 10
NOBODY = "00000000-0000-0000-0000-000000000000"
"""A case that nobody has: asked for when the connection is set up."""
_MOST_SIGNATURES = 20
_MOST_WORDS = 20
_SECONDS = re.compile(r"[0-9]{1,12}")
_KEY_BYTES = 32
LEAST_SECRET_BYTES = 24
"""As Standard Webhooks has it: a shorter one can be guessed from one signed answer."""


class Key(NamedTuple):
    """By what a platform signs."""

    raw: bytes
    is_public: bool
    """Its own Ed25519 key; otherwise a secret that both sides know."""


class Settings(NamedTuple):
    """What a connection's file says."""

    key: Key | None
    """The platform's own; without it both sides know a secret."""
    private: bool


class Asked(NamedTuple):
    """A question to the platform."""

    name: str
    """Its own, never used before."""
    case: str


class State(msgspec.Struct, frozen=True):
    """How things stand with a case, as the platform's own system has it: nothing is left out."""

    over: bool
    """Whether the restriction that the case is about is over."""
    in_force: tuple[str, ...]
    """Whatever else, or still, restricts the same account or post."""
    done: tuple[str, ...]
    """Steps of the order that are carried out."""


class _Case(msgspec.Struct, frozen=True):
    case: str
    known: bool


def settings(config: Config) -> Settings:
    """What a connection's file says; `Malformed` names what does not fit."""
    options = config.options
    private, key = options.get("private", "no"), None
    why = wrong_option(options, OPTIONS, {"private": YES_OR_NO})
    why = why or wrong_address(config.connector.address, is_private=private == "yes")
    if why is None and "key" in options:
        try:
            key = Key(bytes_of(options["key"], PUBLIC), is_public=True)
        except ValueError as error:
            why = f"key under [options]: {error}"
    if why is not None:
        raise unusable(why, "docs/state-endpoint.md")
    return Settings(key, private == "yes")


def bytes_of(text: str, head: str) -> bytes:
    """A secret (`whsec_`) or a public key (`whpk_`); `ValueError` where it is none."""
    try:
        found = base64.b64decode(text.removeprefix(head), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not text.startswith(head) or not found:
        raise ValueError(f"it is not {head} and base64")
    if head == PUBLIC and len(found) != _KEY_BYTES:
        raise ValueError("an Ed25519 key has 32 bytes")
    if head == SECRET and len(found) < LEAST_SECRET_BYTES:
        raise ValueError(f"a secret has at least {LEAST_SECRET_BYTES} bytes")
    return found


def read(
    asked: Asked, headers: Mapping[str, str], body: bytes, *, key: Key, now: float
) -> State | None:
    """A state that was signed just now, as an answer to `asked`; None: it has no such case.

    `headers`: by name in lower case. `ValueError` says what is wrong.
    """
    at = headers.get("webhook-timestamp", "")
    if headers.get("webhook-id") != asked.name:
        raise ValueError("its `webhook-id` is not the one that was asked with")
    if not _SECONDS.fullmatch(at) or abs(now - int(at)) > TOLERANCE_SECONDS:
        raise ValueError("its `webhook-timestamp` is not of the last minutes")
    signed = f"{asked.name}.{at}.".encode() + body
    given = headers.get("webhook-signature", "").split(" ")[:_MOST_SIGNATURES]
    if not any(_is_signed(signed, item, key) for item in given):
        raise ValueError("no signature is that of the platform over this body")
    try:
        of = msgspec.json.decode(body, type=_Case)
        found = msgspec.json.decode(body, type=State) if of.known else None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"it is no state: {error}") from None
    if of.case != asked.case:
        raise ValueError("it is about another case")
    if found is not None and max(len(found.in_force), len(found.done)) > _MOST_WORDS:
        raise ValueError("it has more words than there are")
    return found


def _is_signed(signed: bytes, given: str, key: Key) -> bool:
    version, _, text = given.partition(",")
    try:
        made = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    if not key.is_public:
        expected = hmac.new(key.raw, signed, hashlib.sha256).digest()
        return version == "v1" and hmac.compare_digest(expected, made)
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(made, signed)
    except InvalidSignature:
        return False
    return version == "v1a"
