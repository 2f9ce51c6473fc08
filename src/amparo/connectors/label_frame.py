"""A frame of the stream of labels: two items of DAG-CBOR, its header and its body.

Source: atproto.com/specs/event-stream; `com.atproto.label.subscribeLabels`.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import Annotated, Any, Literal

import libipld
import msgspec

MOST_LABELS = 10_000
"""In one frame: of the smallest, each with its signature, fewer fit into a message of a MiB."""
_ERROR = -1
Text = Annotated[str, msgspec.Meta(max_length=2000)]


class Labels(msgspec.Struct, frozen=True):
    """Some labels, and where in the stream they stand."""

    seq: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    labels: Annotated[list[Any], msgspec.Meta(max_length=MOST_LABELS)]


class Info(msgspec.Struct, frozen=True):
    """What the labeler says about the stream, such as `OutdatedCursor`: labels are missing."""

    name: Text
    message: Text | None = None


class Failure(msgspec.Struct, frozen=True):
    """Why the labeler ends the stream, such as `FutureCursor`: it never came so far."""

    error: Text
    message: Text | None = None


class Other(msgspec.Struct, frozen=True):
    """A frame of a type that is none of ours: it is passed over, as the protocol asks."""


class _Header(msgspec.Struct, frozen=True):
    op: Literal[1, -1]
    t: str = ""


Frame = Labels | Info | Failure | Other


def read(message: bytes) -> Frame:
    """The frame in a message; `ValueError` says what does not fit."""
    try:
        items = libipld.decode_dag_cbor_multi(message)
    except (ValueError, RecursionError):
        raise ValueError("it is no DAG-CBOR") from None
    if len(items) != 2:
        raise ValueError("it has not two items, a header and a body")
    header_, body = items
    try:
        header = msgspec.convert(header_, _Header)
        if header.op == _ERROR:
            return msgspec.convert(body, Failure)
        if header.t == "#labels":
            return msgspec.convert(body, Labels)
        return msgspec.convert(body, Info) if header.t == "#info" else Other()
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
