"""Reading a body of JSON into a struct; what is wrong with it is a text for the reader's language.

msgspec names the field and what it expected there, in English. The same is said here as a text, so
that a door can word it. Names of fields, and of the kinds of value that JSON has, stay as they are.

Source: RFC 8259; the messages of msgspec 0.21.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
import re
from collections.abc import Callable
from typing import TypeVar

import msgspec
from starlette.requests import Request

from amparo.errors import Malformed, Text

Body = TypeVar("Body")
AT_ONCE_BYTES = 64 * 1024
"""What is larger takes so long to read that others would wait for it."""

_PLACE = re.compile(r"(?P<message>.*?)(?: - at `\$\.?(?P<place>.*)`)?", re.DOTALL)
_MESSAGES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Text]], ...] = (
    (
        re.compile(r"Object missing required field `(.+)`"),
        lambda found: Text("the field {field} is missing", field=found[1]),
    ),
    (
        re.compile(r"Object contains unknown field `(.+)`", re.DOTALL),
        lambda found: Text("there is no field {field}", field=found[1][:80]),
    ),
    (
        re.compile(r"Expected `(.+)`, got `(.+)`"),
        lambda found: Text("{wanted} is wanted, not {given}", wanted=found[1], given=found[2]),
    ),
    (
        re.compile(r"Expected `str` of length <= (\d+)"),
        lambda found: Text("it has more than {most} characters", most=int(found[1])),
    ),
    (
        re.compile(r"Expected `array` of length <= (\d+)"),
        lambda found: Text("it has more than {most} entries", most=int(found[1])),
    ),
    (
        re.compile(r"JSON is malformed: .* \(byte (\d+)\)"),
        lambda found: Text("it is not JSON from byte {number} on", number=int(found[1])),
    ),
    (re.compile("Input data was truncated"), lambda _: Text("it is JSON that breaks off")),
    (re.compile(".*codec can't decode.*"), lambda _: Text("it is not in UTF-8")),
)


async def of(request: Request, kind: type[Body]) -> Body:
    """The body of a request as a struct; a large one is read beside the event loop."""
    body = await request.body()
    if len(body) > AT_ONCE_BYTES:
        return await asyncio.to_thread(read, body, kind)
    return read(body, kind)


def read(body: bytes, kind: type[Body]) -> Body:
    """A body as a struct of that kind; `Malformed` when it is none."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            "The request body is not what this address takes.",
            why=why_not(str(error)),
            fix="See /api for its fields.",
        ) from None


def why_not(message: str) -> Text:
    """What msgspec says of a body, as a text."""
    found = _PLACE.fullmatch(message)
    if found is None or found["place"] is None:
        return _worded(message)
    return Text("{field}: {why}", field=found["place"][:80], why=_worded(found["message"]))


def _worded(message: str) -> Text:
    for pattern, worded in _MESSAGES:
        if found := pattern.fullmatch(message):
            return worded(found)
    return Text("it is not of the form that this address takes")
