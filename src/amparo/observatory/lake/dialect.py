r"""One file of a daily dump: which dialect of CSV it is in, and its lines in it.

The database writes CSV with PHP, which takes a backslash for an escape mark: a quote after it is
not doubled, so that a standard reader sees the cell end there. Each line is therefore read strictly
by RFC 4180 first; only when that fails, or gives a wrong number of cells, or the line does not end
in a time, it is read again with the backslash as escape mark, keeping the backslash. Reading every
line in the second way would misread cells that end in a backslash.

A spreadsheet that saves a dump again changes more: semicolons or tabs stand between cells, a line
`sep=;` above the header, CR LF at line ends, and days are written as in its own country. Such a
file is told by its header and its first rows, and its days are turned back. `01/07/2025` alone may
be two days: which of its numbers is the day, another date of the same file says, or nobody.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from amparo.record import days
from amparo.record.days import Order
from amparo.record.decision import DATES

SEPARATORS = ",;\t|"
DATED = (*DATES, "created_at")
"""The columns that hold days, the last of them with a time."""

_PLAIN = re.compile(r"(?:\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?)?")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_OF_A_SPREADSHEET = re.compile(
    r"(?P<day>\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4})"
    r"(?:[ T](?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.0+)?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+")
_DOUBLED = re.compile(r'(\\")|""')
_MARK = "\ufeff"


class Dialect(NamedTuple):
    """How one file is written."""

    columns: tuple[str, ...]
    separator: str = ","
    lines: int = 1
    """Up to the header and with it: the first record stands below them."""
    order: Order = ""
    """What comes first in its days, where the year comes last."""

    @property
    def is_plain(self) -> bool:
        """Whether it is, by its header, the database's own."""
        return (self.separator, self.lines) == (",", 1)

    def cells(self, line: str) -> list[str] | None:
        """The cells of one record, or None if it cannot be read as so many that end in a time."""
        return cells(line, len(self.columns), self.separator)

    def row(self, cells: Sequence[str]) -> tuple[dict[str, str], str | None]:
        """Column -> cell, days as the database writes them; and what makes it no usable record."""
        row = dict(zip(self.columns, cells, strict=True))
        is_saved_again = not self.is_plain
        for name in DATED:
            cell = row.get(name, "")
            if not (_TIME if name == "created_at" else _PLAIN).fullmatch(cell):
                row[name] = _turned_back(cell, self.order) or cell
                is_saved_again = is_saved_again or row[name] != cell
        moment, uid = row["created_at"], row["platform_uid"]
        if not _TIME.fullmatch(moment):
            return row, f"{moment!r} can be several days, or none: write it as 2025-12-31 23:59:59"
        if is_saved_again and _SHORTENED.fullmatch(uid):
            return row, f"its platform_uid {uid!r} is a number that a spreadsheet has shortened"
        return row, None

    def ordered(self, lines: Sequence[str]) -> "Dialect":
        """With the order of days that the first records of the file say, if any does."""
        read = [dict(zip(self.columns, c, strict=True)) for c in map(self.cells, lines) if c]
        written = [row.get(name, "").partition(" ")[0] for row in read for name in DATED]
        return self._replace(order=days.order_of(written))


def header(lines: Sequence[str]) -> Dialect | None:
    """The dialect that the first lines of a file say; None if they hold no header of a dump.

    The separator is the one that the header has, whatever a line `sep=` above it claims.
    """
    for number, line in enumerate(lines[:2], 1):
        line = line.lstrip(_MARK).rstrip("\r\n")
        for separator in SEPARATORS:
            names = [_unquoted(*cell) for cell in _split(line, _strict(separator)) or ()]
            known = "created_at" in names and "platform_uid" in names
            if known and len(set(names)) == len(names):
                return Dialect(tuple(names), separator, number)
        if not line.casefold().startswith("sep="):
            return None
    return None


def cells(line: str, columns: int, separator: str = ",") -> list[str] | None:
    """The cells of one record, or None if it cannot be read as `columns` cells.

    A record that ends in the column `created_at` must end in a time, as every real one does.
    """
    line = line.removesuffix("\n").removesuffix("\r")
    read = _split(line, _strict(separator))
    if read is not None and _is_whole(read, columns):
        return [_unquoted(*cell) for cell in read]
    read = _split(line, _escaped(separator))
    if read is not None and _is_whole(read, columns):
        return [_undouble(cell) if quoted else cell for cell, quoted in read]
    return None


def is_blank(line: str) -> bool:
    """Whether a line holds nothing, as spreadsheets leave them below a table."""
    return not line.strip('\r\n ",;\t|')


def is_foreign_day(cell: str) -> bool:
    """Whether a cell is a day or time that only another program than the database writes so."""
    return not _PLAIN.fullmatch(cell) and _OF_A_SPREADSHEET.fullmatch(cell) is not None


@functools.cache
def _strict(separator: str) -> re.Pattern[str]:
    mark = re.escape(separator)
    return re.compile(rf'(?:"((?:[^"]|"")*)"|([^"{mark}]*))({mark}|\Z)')


@functools.cache
def _escaped(separator: str) -> re.Pattern[str]:
    mark = re.escape(separator)
    return re.compile(rf'(?:"((?:\\"|""|[^"])*)"|([^"{mark}]*))({mark}|\Z)')


def _split(line: str, cell: re.Pattern[str]) -> list[tuple[str, bool]] | None:
    read: list[tuple[str, bool]] = []
    at = 0
    while match := cell.match(line, at):
        quoted = match[1] is not None
        read.append((match[1] if quoted else match[2], quoted))
        at = match.end()
        if not match[3]:
            return read
    return None


def _is_whole(read: list[tuple[str, bool]], columns: int) -> bool:
    last = read[-1][0]
    return len(read) == columns and (
        _TIME.fullmatch(last) is not None or _OF_A_SPREADSHEET.fullmatch(last) is not None
    )


def _unquoted(cell: str, quoted: bool) -> str:
    return cell.replace('""', '"') if quoted else cell


def _undouble(cell: str) -> str:
    """Halve doubled quotes, but leave a quote after a backslash as it stands."""
    return _DOUBLED.sub(lambda match: match[1] or '"', cell)


def _turned_back(cell: str, order: Order) -> str | None:
    """A spreadsheet's day and time as the database writes it; None if it can be several, or none.

    Hours and minutes that are left out are zero: a spreadsheet shows no more of a midnight.
    """
    match = _OF_A_SPREADSHEET.fullmatch(cell)
    read: date | None = days.day(match["day"], order) if match else None
    if match is None or read is None:
        return None
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return f"{read} {hour:02d}:{minute:02d}:{second:02d}"
