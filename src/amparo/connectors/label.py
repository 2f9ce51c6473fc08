"""A label of the AT Protocol, and whether its labeler signed it.

What is signed is the label **as it was received**, without its signature: the attributes of
version 1 that it has, in DAG-CBOR. Some labelers sign `neg: false`, others leave it out; some add
attributes of their own, which are not signed. A label that is not signed is refused.

Source: atproto.com/specs/label; `com.atproto.label.defs#label`. Ozone 0.4.2 and Skyware 0.2.0.
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import libipld
import msgspec

from amparo.connectors import atproto, signing_key
from amparo.connectors.record import Proof
from amparo.connectors.signing_key import SigningKey

SIGNED = ("ver", "src", "uri", "cid", "val", "neg", "cts", "exp")
MOST_VALUE_BYTES = 128
MOST_AHEAD = timedelta(minutes=10)
"""How far a labeler's clock may run ahead: what is of next year would outdo all that follows."""


class Label(NamedTuple):
    """A label that its labeler signed."""

    uri: str
    value: str
    is_withdrawn: bool
    at: datetime
    until: datetime | None
    """When it ends by itself."""
    proof: Proof


class NotSigned(ValueError):
    """The signature is not by the key: it may have been changed, or the label is not theirs."""


class _Received(msgspec.Struct, frozen=True):
    ver: Literal[1]
    src: str
    uri: str
    val: str
    cts: str
    sig: bytes
    cid: str | None = None
    neg: bool | None = None
    exp: str | None = None


def read(source: Any, labeler: str, key: SigningKey, now: datetime) -> Label:
    """A label of a labeler, checked against its key; `ValueError` says what does not fit."""
    try:
        received = msgspec.convert(source, _Received)
    except msgspec.ValidationError as error:
        raise ValueError(f"it is no label of version 1: {error}") from None
    if received.src != labeler:
        raise ValueError("it is of another labeler")
    if not 0 < len(received.val.encode()) <= MOST_VALUE_BYTES or not received.val.isprintable():
        raise ValueError("`val` is no value of a label")
    at = atproto.moment(received.cts)
    if at > now + MOST_AHEAD:
        raise ValueError(f"`cts` is {received.cts!r}, which is still to come")
    until = None if received.exp is None else atproto.moment(received.exp)
    signed = {name: source[name] for name in SIGNED if source.get(name) is not None}
    proof = Proof(libipld.encode_dag_cbor(signed), received.sig, str(key))
    if not signing_key.is_signed(key, proof.signed, proof.signature):
        raise NotSigned("its signature is not by the labeler's key")
    return Label(received.uri, received.val, bool(received.neg), at, until, proof)
