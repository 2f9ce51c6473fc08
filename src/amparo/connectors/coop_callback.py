"""What Coop posts to a platform: an action that it takes, or its decision about an appeal.

Each is signed with the organisation's key (`Coop-Signature`: RSASSA-PKCS1-v1_5 with SHA-256, in
base64) over the bytes as they come. Neither has a number of its own, or a time. Nothing is read of
what people wrote or reported: only whether a report came before.

Source: roostorg/coop 1.0.2: docs/api/actions.md, docs/development/api-auth.md,
`ActionPublisher.publishAction`, `onRecordDecision` in `iocContainer`.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from amparo.errors import Malformed
from amparo.record.decision import SUBMITTED

Key = rsa.RSAPublicKey
LEAST_KEY_BITS = 2048
MOST_LETTERS = 500
"""Of an id or a name."""
MOST_LISTED = 50
"""Policies or rules of one action."""
_PENALTIES = ("NONE", "LOW", "MEDIUM", "HIGH", "SEVERE")
_MOST_STRIKES = 10**9


class Item(NamedTuple):
    """An item of the platform, as Coop names it: its type, and its id there."""

    type: str
    id: str


class Named(NamedTuple):
    """A policy or a rule."""

    id: str
    name: str


class Action(NamedTuple):
    """An action that Coop takes on an item."""

    item: Item
    type_name: str
    """Of the item's type; empty where it is not said."""
    action: str
    policies: tuple[Named, ...]
    penalties: tuple[str, ...]
    rules: tuple[Named, ...]
    actor: str
    """Whoever took it, by their address in Coop; empty where nobody did."""
    user: Item | None
    """Whom it concerns: the item itself, or its author."""
    reason: str
    """What the moderator gave as the reason; free text."""
    strikes: int | None
    """Of that user, with this action."""
    reported: bool
    """Whether somebody had reported the item."""
    attributes: Mapping[str, Any]
    """What `custom` says under the names of a statement's attributes."""


class AppealDecision(NamedTuple):
    """What a moderator in Coop decided about an appeal; who, and why, Coop does not say."""

    appeal: str
    """As it was called by whoever sent it to Coop."""
    item: Item
    decision: Literal["ACCEPT", "REJECT"]
    """ACCEPT: the action was wrong. REJECT: it stands."""


def key(pem: str) -> Key:
    """The organisation's verification key, as Coop's settings show it; `Malformed` if it is none.

    `pem`: a public key in PEM.
    """
    try:
        found = serialization.load_pem_public_key(pem.strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, rsa.RSAPublicKey) or found.key_size < LEAST_KEY_BITS:
        raise Malformed(
            "That is no verification key of Coop.",
            why="it is no RSA public key in PEM of at least 2,048 bits",
            fix="Copy it whole from Coop's Settings, API Keys: Webhook Signature Verification Key.",
        )
    return found


def is_signed(body: bytes, signature: str, by: Key) -> bool:
    """Whether a callback is signed by the organisation, over the bytes as they came."""
    try:
        found = base64.b64decode(signature.strip(), validate=True)
        by.verify(found, body, padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def read(body: bytes) -> Action | AppealDecision:
    """A callback; `ValueError` says what does not fit."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - the caller names the place
    if "appealDecision" in found:
        return _appeal_decision(found)
    if "action" in found:
        return _action(found)
    raise ValueError("it is neither an action nor the decision about an appeal")


def _action(body: Mapping[str, Any]) -> Action:
    custom = body.get("custom")
    custom = custom if isinstance(custom, dict) else {}
    policies = _objects(body, "policies")
    penalties = [found.get("penalty") for found in policies]
    return Action(
        item=_item(body, "item"),
        type_name=_text(_object(body, "item"), "typeName", needed=False),
        action=_text(_object(body, "action"), "id"),
        policies=_named(policies),
        penalties=tuple(found for found in _PENALTIES if found in penalties),
        rules=_named(_objects(body, "rules")),
        actor=_text(body, "actorEmail", needed=False),
        user=_item(body, "creator") if body.get("creator") is not None else None,
        reason=_reason(body),
        strikes=_strikes(body),
        reported=bool(custom.get("reportHistory")),
        attributes={
            name: value
            for name, value in custom.items()
            if name in SUBMITTED and name != "puid" and _is_plain(value)
        },
    )


def _appeal_decision(body: Mapping[str, Any]) -> AppealDecision:
    decision = body["appealDecision"]
    if decision not in ("ACCEPT", "REJECT"):
        raise ValueError("`appealDecision` is neither ACCEPT nor REJECT")
    return AppealDecision(_text(body, "appealId"), _item(body, "item"), decision)


def _item(body: Mapping[str, Any], name: str) -> Item:
    found = _object(body, name)
    return Item(_text(found, "typeId"), _text(found, "id"))


def _named(found: list[Mapping[str, Any]]) -> tuple[Named, ...]:
    return tuple(Named(_text(each, "id"), _text(each, "name", needed=False)) for each in found)


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    if not isinstance(found, dict):
        raise ValueError(f"`{name}` is no object")  # noqa: TRY004 - the caller names the place
    return found


def _objects(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = body.get(name)
    found = [] if found is None else found
    is_list = isinstance(found, list) and len(found) <= MOST_LISTED
    if not is_list or not all(isinstance(each, dict) for each in found):
        raise ValueError(f"`{name}` is no list of at most {MOST_LISTED} objects")
    return list(found)


def _text(body: Mapping[str, Any], name: str, *, needed: bool = True) -> str:
    found = body.get(name)
    if found is None and not needed:
        return ""
    if not isinstance(found, str) or len(found) > MOST_LETTERS or (needed and not found.strip()):
        raise ValueError(f"`{name}` is no text of at most {MOST_LETTERS} letters")
    try:
        found.encode()
    except UnicodeEncodeError:
        raise ValueError(f"`{name}` is no text: it holds half a sign") from None
    return found.strip()


def _reason(body: Mapping[str, Any]) -> str:
    found = body.get("decisionReason")
    return found.strip() if isinstance(found, str) else ""


def _strikes(body: Mapping[str, Any]) -> int | None:
    found = body.get("userStrikeCount")
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= _MOST_STRIKES:
        raise ValueError("`userStrikeCount` is no number")
    return found


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(each, str) for each in value)
    )
