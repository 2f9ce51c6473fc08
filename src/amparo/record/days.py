"""Days and periods as people and spreadsheets write them, read where they can only mean one day.

The template asks for YYYY-MM-DD. A spreadsheet adds a time of day, takes zeros or the century away,
or hands out its own number of days; people write slashes, points and names of months. `01/07/2025`
alone may be two days: which of its numbers is the day, another date of the same file says, or
nobody.

Source: Implementing Regulation (EU) 2024/2835, Annex II, Part II, 1.2.1; ECMA-376, 18.17.4.1, for
the numbers of spreadsheets.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

Order = Literal["day", "month", ""]
"""What comes first where the year comes last; empty: not known."""


class Period(NamedTuple):
    """Its first and its last day."""

    start: date
    end: date

    def __str__(self) -> str:
        """As the template asks for it."""
        return f"{self.start}/{self.end}"


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january enero ene janvier janv januar gennaio gen",
            "feb february febrero février fevr févr februar febbraio",
            "mar march marzo mars märz mär",
            "apr april abril abr avril avr aprile",
            "may mayo mai maggio mag",
            "jun june junio juin juni giugno giu",
            "jul july julio juillet juil juli luglio lug",
            "aug august agosto ago août aout",
            "sep sept september septiembre septembre settembre set",
            "oct october octubre octobre oktober okt ottobre ott",
            "nov november noviembre novembre",
            "dec december diciembre dic décembre déc dezember dez dicembre",
        ),
        1,
    )
    for name in names.split()
}
_TIME = r"(?:[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00)?)?"
_YEAR_FIRST = rf"(?P<y1>\d{{4}})(?P<s1>[-/.])(?P<m1>\d{{1,2}})(?P=s1)(?P<d1>\d{{1,2}}){_TIME}"
_YEAR_LAST = rf"(?P<a>\d{{1,2}})(?P<s2>[-/.])(?P<b>\d{{1,2}})(?P=s2)(?P<y2>\d{{4}}|\d\d){_TIME}"
_MONTH = r"(?P<m3>[^\W\d_]{3,10})"
_DAY_WORD = rf"(?P<d3>\d{{1,2}})\.?[- ](?:de )?{_MONTH}\.?,?[- ](?:de )?(?P<y3>\d{{4}}|\d\d)"
_WORD_DAY = r"(?P<m4>[^\W\d_]{3,10})\.? (?P<d4>\d{1,2}),? (?P<y4>\d{4})"
_DAY = re.compile(rf"(?<!\d)(?:{_YEAR_FIRST}|{_YEAR_LAST}|{_DAY_WORD}|{_WORD_DAY})(?!\d)")
_BETWEEN = re.compile(r"\s*(?:/|-|–|—|to|until|a|al|à|au|bis)?\s*", re.IGNORECASE)
_FROM = re.compile(r"(?:from|del?|du|vom|von|dal)\s+", re.IGNORECASE)
_HALF = re.compile(r"H([12])[- /]?(\d{4})|(\d{4})[- /]?H([12])", re.IGNORECASE)
_COMPACT = re.compile(r"(20\d\d)(\d\d)(\d\d)")
_SERIAL = re.compile(r"(\d{5})(?:\.0+)?")
_FIRST_SERIAL = date(1899, 12, 30)
_SERIALS = range(43831, 54789)  # 2020 to 2049


def iso(text: str) -> date | None:
    """A day as the template writes it; None for anything else."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def day(text: str, order: Order = "") -> date | None:
    """The one day that a cell can mean; None if there is none, or several."""
    text = text.strip()
    if match := _DAY.fullmatch(text):
        return _of(match, order or order_of([text]))
    if match := _COMPACT.fullmatch(text):
        return _date(*map(int, match.groups()))
    if (match := _SERIAL.fullmatch(text)) and int(match[1]) in _SERIALS:
        return _FIRST_SERIAL + timedelta(days=int(match[1]))
    return None


def period(text: str, order: Order = "") -> Period | None:
    """The one period that a cell can mean: two days and nothing else, or a half of a year."""
    text = _FROM.sub("", text.strip(), count=1)
    if match := _HALF.fullmatch(text):
        year, half = int(match[2] or match[3]), match[1] or match[4]
        months = ((1, 1), (6, 30)) if half == "1" else ((7, 1), (12, 31))
        return Period(date(year, *months[0]), date(year, *months[1]))
    found = list(_DAY.finditer(text))
    if len(found) != 2 or found[0].start() or found[1].end() != len(text):
        return None
    if not _BETWEEN.fullmatch(text[found[0].end() : found[1].start()]):
        return None
    order = order or order_of([text])
    start, end = (_of(written, order) for written in found)
    return Period(start, end) if start is not None and end is not None else None


def order_of(texts: Iterable[str]) -> Order:
    """What comes first in the dates of one file: whatever number is over 12 is a day."""
    found: set[Order] = set()
    for text in texts:
        for match in _DAY.finditer(text):
            if match["y2"] and not (match["s2"] == "-" and len(match["y2"]) == 2):
                first, second = int(match["a"]), int(match["b"])
                if first > 12 or match["s2"] == ".":
                    found.add("day")
                elif second > 12:
                    found.add("month")
    return found.pop() if len(found) == 1 else ""


def _of(match: re.Match[str], order: Order) -> date | None:
    if match["y1"]:
        return _date(int(match["y1"]), int(match["m1"]), int(match["d1"]))
    if match["y2"]:
        first, second = int(match["a"]), int(match["b"])
        if order == "" and first != second:
            return None
        if match["s2"] == "-" and len(match["y2"]) == 2:
            return None  # with hyphens the year may as well come first
        return _date(_year(match["y2"]), *((second, first) if order == "day" else (first, second)))
    number = "3" if match["y3"] else "4"
    month = _MONTHS.get(match[f"m{number}"].casefold(), 0)
    return _date(_year(match[f"y{number}"]), month, int(match[f"d{number}"]))


def _year(digits: str) -> int:
    """A year of this century, of which a spreadsheet may show two digits alone."""
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _date(year: int, month: int, day_: int) -> date | None:
    try:
        return date(year, month, day_)
    except ValueError:
        return None


def counts_up(values: list[str]) -> bool:
    """Whether each of at least three cells is the one above and one more: a cell was dragged."""
    if len(values) < 3:
        return False
    ends = [re.fullmatch(r"(?s)(.*?)(\d+)", value) for value in values]
    if all(ends) and len({match[1] for match in ends if match}) == 1:
        numbers = [int(match[2]) for match in ends if match]
        return _rises(numbers)
    days = [read.end for value in values if (read := period(value))]
    return len(days) == len(values) and _rises([day.toordinal() for day in days])


def _rises(numbers: list[int]) -> bool:
    # A row may have been typed by hand in between, or be absent.
    steps = [after - before for before, after in pairwise(numbers)]
    return all(step > 0 for step in steps) and steps.count(1) * 2 >= len(steps)
