r"""One line of a daily dump: the real dialect of the EU database's CSV.

The database writes CSV with PHP, which takes a backslash for an escape mark: a quote after it is
not doubled, so that a standard reader sees the cell end there. Each line is therefore read strictly
by RFC 4180 first; only when that fails, or gives a wrong number of cells, or the line does not end
in a time, it is read again with the backslash as escape mark, keeping the backslash. Reading every
line in the second way would misread cells that end in a backslash.
"""

# SPDX-License-Identifier: Apache-2.0

import re

_STRICT = re.compile(r'(?:"((?:[^"]|"")*)"|([^",]*))(,|\Z)')
_ESCAPED = re.compile(r'(?:"((?:\\"|""|[^"])*)"|([^",]*))(,|\Z)')
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_DOUBLED = re.compile(r'(\\")|""')


def cells(line: str, columns: int) -> list[str] | None:
    """The cells of one record (no line end), or None if it cannot be read as `columns` cells.

    A record that ends in the column `created_at` must end in a time, as every real one does.
    """
    read = _split(line, _STRICT)
    if read is not None and _is_whole(read, columns):
        return [cell.replace('""', '"') if quoted else cell for cell, quoted in read]
    read = _split(line, _ESCAPED)
    if read is not None and _is_whole(read, columns):
        return [_undouble(cell) if quoted else cell for cell, quoted in read]
    return None


def header(line: str) -> list[str] | None:
    """The column names of a header line, or None if it is not one; no name comes twice."""
    names = line.lstrip("\ufeff").split(",")
    known = "created_at" in names and "platform_uid" in names
    return names if known and len(set(names)) == len(names) else None


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
    return len(read) == columns and _TIME.fullmatch(read[-1][0]) is not None


def _undouble(cell: str) -> str:
    """Halve doubled quotes, but leave a quote after a backslash as it stands."""
    return _DOUBLED.sub(lambda match: match[1] or '"', cell)
