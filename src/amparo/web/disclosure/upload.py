"""Taking a sealed file from a form without ever writing to the disk what is not sealed.

A form's file is usually spooled to a temporary file before anybody looks at it. Here the parts are
read as they come, in memory: the first bytes of the file decide, and anything that does not begin
as an age file ends the reading at once. What came before that is forgotten with the request.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import AsyncIterator
from typing import NamedTuple

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser

from amparo.coalition import sealed
from amparo.errors import AmparoError, Malformed, Text

MOST_FIELD_BYTES = 4096
MOST_PARTS = 200
_BOUNDARY = re.compile(r'(?i)multipart/form-data;.*boundary="?([!-~]{1,70}?)"?\s*(?:;.*)?')
_NAME = re.compile(rb'form-data;.*?\bname="([^"]{1,60})"')
_IS_FILE = re.compile(rb"filename\*?=")


class Upload(NamedTuple):
    """What a form brought."""

    file: bytes
    fields: dict[str, list[str]]

    def field(self, name: str) -> str:
        """A field that is given once; empty when it is not there."""
        return next(iter(self.fields.get(name, [])), "").strip()


async def read(content_type: str, stream: AsyncIterator[bytes]) -> Upload:
    """Read a form; raises on the first piece that is no sealed file."""
    match = _BOUNDARY.fullmatch(content_type)
    if not match:
        raise _malformed(Text("it is no form with a file"))
    form = _Form(match[1])
    async for piece in stream:
        form.feed(piece)
    return form.done()


class _Form:
    """The parser's callbacks keep what may be kept, and remember why to stop."""

    def __init__(self, boundary: str) -> None:
        self._file, self._fields = bytearray(), dict[str, list[str]]()
        self._header, self._value, self._field = bytearray(), bytearray(), bytearray()
        self._name, self._is_file, self._parts = "", False, 0
        self._refusal: AmparoError | None = None
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, a, b: self._head(self._field, data[a:b]),
                "on_header_value": lambda data, a, b: self._head(self._header, data[a:b]),
                "on_header_end": self._header_end,
                "on_part_data": self._data,
                "on_part_end": self._end,
            },
        )

    def feed(self, piece: bytes) -> None:
        """Take the next bytes in."""
        try:
            self._parser.write(piece)
        except MultipartParseError:
            raise _malformed(Text("the form is broken")) from None
        if self._refusal is not None:
            raise self._refusal

    def done(self) -> Upload:
        """The form, whole."""
        try:
            self._parser.finalize()
        except MultipartParseError:
            raise _malformed(Text("the form is broken off")) from None
        if not self._file:
            raise _malformed(Text("there is no file in it"))
        return Upload(bytes(self._file), self._fields)

    def _begin(self) -> None:
        self._name, self._is_file, self._parts = "", False, self._parts + 1
        self._value.clear()
        if self._parts > MOST_PARTS:
            self._refuse(_malformed(Text("it has too many parts")))

    def _head(self, target: bytearray, data: bytes) -> None:
        if len(target) + len(data) > MOST_FIELD_BYTES:  # else looking for its name takes hours
            self._refuse(_malformed(Text("it is too large")))
        elif self._refusal is None:
            target.extend(data)

    def _header_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            match = _NAME.search(self._header)
            self._name = match[1].decode(errors="replace") if match else ""
            self._is_file = bool(_IS_FILE.search(self._header))  # its name is not looked at
        self._field.clear()
        self._header.clear()

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._refusal is not None:
            return
        target, most = (
            (self._file, sealed.MOST_BYTES) if self._is_file else (self._value, MOST_FIELD_BYTES)
        )
        if len(target) + end - start > most:
            self._refuse(_malformed(Text("it is too large")))
            return
        target.extend(data[start:end])
        if self._is_file and not sealed.looks_sealed(bytes(self._file[: len(sealed.MAGIC)])):
            beginning = bytes(self._file[: len(sealed.ARMOR)])
            self._file.clear()
            self._refuse(sealed.not_sealed(beginning))

    def _end(self) -> None:
        if not self._is_file and self._name:
            value = self._value.decode(errors="replace")
            self._fields.setdefault(self._name, []).append(value)

    def _refuse(self, error: AmparoError) -> None:
        self._refusal = self._refusal or error


def _malformed(why: Text) -> Malformed:
    return Malformed(
        "The form could not be read. Nothing of it was kept.", why=why, fix="Send it again, whole."
    )
