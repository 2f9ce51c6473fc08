"""Texts for people, carried from where they are made to whoever words them: by a file, or a pipe.

Whoever finds something knows no reader's language, so a text travels as a value, in JSON or
MessagePack. Its parameters are words, numbers, lists of words, days, periods, shares, and texts
again.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import date
from typing import Any

from amparo.errors import Parameter, Period, Share, Text


def plain(text: object) -> Mapping[str, object]:
    """A text as it travels: msgspec's `enc_hook`, which so says that something is not its."""
    if not isinstance(text, Text):
        raise NotImplementedError
    return {"id": text.id, "with": {name: _plain(v) for name, v in text.parameters.items()}}


def read(kind: type, found: Any) -> Text:
    """A text again: msgspec's `dec_hook`, which so says what is none, or of a newer version."""
    if kind is not Text:
        raise NotImplementedError
    match found:
        case {"id": str(english), "with": dict(given)}:
            return Text(english, **{name: _parameter(value) for name, value in given.items()})
    raise ValueError("it is no text as this version carries one")


def _plain(value: Parameter) -> object:
    """A parameter; what no reader could tell from words or numbers says what it is."""
    if isinstance(value, date):
        return {"day": f"{value:%Y-%m-%d}"}
    if isinstance(value, Period):
        return {"period": [*value]}
    return {"share": value.part} if isinstance(value, Share) else value


def _parameter(value: Any) -> Parameter:
    parameter: Parameter
    match value:
        case {"day": day}:
            parameter = date.fromisoformat(day)
        case {"period": [length, unit]}:
            parameter = Period(length, unit)
        case {"share": part}:
            parameter = Share(part)
        case dict():
            parameter = read(Text, value)
        case list():
            parameter = tuple(value)
        case _:
            parameter = value
    return parameter
