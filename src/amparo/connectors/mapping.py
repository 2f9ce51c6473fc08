"""A table of another tool in our words: which column is which, and what its words mean.

The mapping is a TOML file that whoever knows the tool writes once:

    [columns]                      # ours = theirs
    id = "Ticket ID"
    submitted = "Created at"
    outcome = "Resolution"

    [words.outcome]                # theirs = ours; a word that is not here refuses its row
    "Kept" = "upheld"
    "" = "pending"

    [always]                       # what no column says
    about = "removal"

    [dates]                        # of `DATES`; ISO 8601 without it
    format = "%d/%m/%Y %H:%M"
    zone = "Europe/Madrid"         # UTC without it
    forms = { decided = "%d/%m/%Y" }  # of single columns

Nothing is guessed: a cell that the mapping does not explain is a fault of its row.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from amparo.errors import Malformed

DATES = (
    *("submitted", "decided", "changed", "lifted"),
    *("end_date", "content_date", "application_date"),
)


class Dates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the tool writes days and moments."""

    format: str = ""
    """As `strptime` takes it; empty: ISO 8601."""
    zone: str = "UTC"
    forms: dict[str, str] = {}
    """Of single columns of ours that are written in another form."""


class TableMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How rows of another tool's table are read."""

    columns: dict[str, str]
    words: dict[str, dict[str, str]] = {}
    always: dict[str, str] = {}
    dates: Dates = Dates()


def read(source: Mapping[str, Any]) -> TableMapping:
    """The mapping of a parsed TOML file; `Malformed` names what does not fit."""
    try:
        found = msgspec.convert(source, TableMapping)
    except msgspec.ValidationError as error:
        raise _malformed(str(error)) from None
    twice = found.columns.keys() & found.always.keys()
    if twice:
        raise _malformed(f"{min(twice)} stands under [columns] and under [always]")
    try:
        ZoneInfo(found.dates.zone)
    except (KeyError, OSError, ValueError):
        raise _malformed(f"{found.dates.zone!r} is no time zone, such as Europe/Madrid") from None
    return found


def check_columns(mapping: TableMapping, header: Sequence[str]) -> None:
    """`Malformed` unless the table has each column that the mapping names, and has it once."""
    names = Counter(name.strip() for name in header)
    missing = [name for name in mapping.columns.values() if name not in names]
    if missing:
        raise _malformed(
            f"the table has no column {missing[0]!r}; it has {', '.join(header)[:300]}"
        )
    twice = [name for name in mapping.columns.values() if names[name] > 1]
    if twice:
        raise _malformed(f"the table has two columns {twice[0]!r}; give one of them another name")


def mapped(mapping: TableMapping, cells: Mapping[str, str]) -> dict[str, str]:
    """One row in our words, without what is empty; `ValueError` names a cell not explained."""
    found = dict(mapping.always)
    for name, column in mapping.columns.items():
        value = _meant(mapping, name, column, cells.get(column, "").strip())
        if value:
            found[name] = value
    return found


def _meant(mapping: TableMapping, name: str, column: str, got: str) -> str:
    if name in mapping.words:
        if got not in mapping.words[name]:
            raise ValueError(
                f"{column}: no word of ours for {got[:60]!r}; add it to [words.{name}]"
            )
        return mapping.words[name][got]
    if name not in DATES or not got:
        return got
    return _moment(mapping.dates, mapping.dates.forms.get(name, mapping.dates.format), column, got)


def _moment(dates: Dates, form: str, column: str, got: str) -> str:
    try:
        found = (
            datetime.strptime(got, form)  # noqa: DTZ007 - the zone follows
            if form
            else datetime.fromisoformat(got)
        )
    except ValueError:
        written = form or "YYYY-MM-DD, or with hours"
        raise ValueError(f"{column}: {got[:40]!r} is not written as {written}") from None
    if _is_day(form, got):
        return str(found.date())  # in a zone, it would be the day before in UTC
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(dates.zone))).isoformat()


def _is_day(form: str, got: str) -> bool:
    if form:
        return not any(hour in form for hour in ("%H", "%I", "%c", "%X"))
    return ":" not in got and "T" not in got


def _malformed(why: str) -> Malformed:
    return Malformed(
        "The mapping cannot be used.", why=why, fix="See `docs/connectors.md` for its form."
    )
