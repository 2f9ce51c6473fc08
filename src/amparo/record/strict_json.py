"""JSON from strangers, in which every name of an object stands once.

Readers disagree about a name that comes twice: the first value or the last counts. A signed text
would say one thing to one reader and another to the next, so it is refused.

Source: RFC 8259, 4; RFC 7493 (I-JSON), 2.3.
"""

# SPDX-License-Identifier: Apache-2.0

import json
from typing import Any, TypeVar

import msgspec

_T = TypeVar("_T")


class Repeated(msgspec.DecodeError):
    """A name stands twice in one object."""


def decode(raw: bytes, kind: type[_T]) -> _T:
    """A value of a type; `msgspec.DecodeError` for whatever is no such JSON, or `Repeated`."""
    try:
        value = msgspec.json.decode(raw, type=kind)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from None
    # Numbers are not looked at: Python reads those of thousands of digits only on request.
    json.loads(raw.decode(), object_pairs_hook=_once, parse_int=str, parse_float=str)
    return value


def _once(pairs: list[tuple[str, Any]]) -> None:
    names = set[str]()
    for name, _ in pairs:
        if name in names:
            raise Repeated(f"the name {name[:60]!r} stands twice in one object")
        names.add(name)
