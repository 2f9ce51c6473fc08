"""Texts for people, carried from a worker to whoever words them.

A worker knows no reader's language, so a text comes back as a value. Parameters are words, numbers,
lists of words, and texts again.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any

from amparo.errors import Parameter, Text


def plain(text: object) -> Mapping[str, object]:
    """A text as MessagePack holds it."""
    if not isinstance(text, Text):
        raise NotImplementedError
    return {"id": text.id, "with": text.parameters}


def read(kind: type, found: Any) -> Text:
    """A text again."""
    if kind is not Text:
        raise NotImplementedError
    return Text(found["id"], **{name: _parameter(value) for name, value in found["with"].items()})


def _parameter(value: Any) -> Parameter:
    if isinstance(value, dict):
        return read(Text, value)
    parameter: Parameter = tuple(value) if isinstance(value, list) else value
    return parameter
