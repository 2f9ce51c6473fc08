"""Several reports side by side: what each says, as far as it says it, tolerant of its faults.

A rate bears an interval (Wilson, 95 %), since a service with nine complaints says less than one
with nine million. What cannot be read as a number is left out and named, and never taken for
nought. The template does not tell rulings by default from rulings on the merits; where a context
says how many were by default, as in `12 by default`, they are set apart.

Source: Wilson, Probable inference (1927), for the interval; names as in part 7 of the template.
"""

# SPDX-License-Identifier: Apache-2.0

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from amparo.report import forms, meant, periods
from amparo.report.forms import PARTS
from amparo.report.table import Report, context_of, number

Z = 1.959964
"""95 %, two-sided."""


class Rate(NamedTuple):
    """A share of a whole, with its interval."""

    part: float
    whole: float
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share itself."""
        return self.part / self.whole


class Compared(NamedTuple):
    """What one report says; None where it does not say it."""

    service: str
    period: str
    measures: float | None
    """Of own initiative, parts 5 and 6."""
    detected: Rate | None
    """Detected solely by automated means."""
    decided: Rate | None
    """Taken solely by automated means, of all measures of part 8."""
    complaints: float | None
    reversal: Rate | None
    """Partially reversed and reversed, of the complaints that were decided."""
    median_hours: float | None
    suspended: float | None
    """Accounts suspended or terminated, parts 5 and 6."""
    account_complaints: float | None
    account_reversal: Rate | None
    disputes: float | None
    dispute_reversal: Rate | None
    by_default: float | None
    """Of the disputes, those decided by default, where the context tells."""
    implemented: float | None
    unread: tuple[str, ...]
    """Values that are no numbers, and parts that a figure would need."""


ACCOUNT_KINDS = ("Suspension", "Termination")


def compare(report: Report) -> Compared:
    """What a report says of the figures that services are compared by."""
    read = Reader(report)
    measures = read.total(forms.MEASURES)
    solely, other = (
        read.value(8, indicator, forms.TOTAL_NUMBER)
        for indicator in (forms.SOLELY_MEASURES, forms.NOT_SOLELY_MEASURES)
    )
    every = None if solely is None or other is None else solely + other
    return Compared(
        report.service,
        str(periods.of(report) or ""),
        measures,
        wilson(read.total(forms.SOLELY), measures),
        wilson(solely, every),
        read.value(7, forms.SUBMITTED, forms.TOTAL_NUMBER),
        read.reversal(forms.SUBMITTED),
        read.value(7, forms.SUBMITTED, forms.MEDIAN),
        read.accounts(),
        read.value(7, forms.AGAINST_ACCOUNT, forms.TOTAL_NUMBER),
        read.reversal(forms.AGAINST_ACCOUNT),
        read.value(7, forms.DISPUTED, forms.TOTAL_NUMBER),
        read.reversal(forms.DISPUTED),
        _by_default(report),
        read.value(7, forms.DISPUTED, forms.IMPLEMENTED, "float"),
        tuple(read.unread),
    )


def wilson(part: float | None, whole: float | None) -> Rate | None:
    """A share with its interval; None where there is nothing to divide, or it cannot be a share."""
    if part is None or not whole or not 0 <= part <= whole:
        return None
    share = part / whole
    middle = share + Z * Z / (2 * whole)
    spread = Z * math.sqrt(share * (1 - share) / whole + Z * Z / (4 * whole * whole))
    scale = 1 + Z * Z / whole
    return Rate(
        part, whole, max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
    )


class Reader:
    """Numbers of a report, mended where their meaning is certain."""

    def __init__(self, report: Report) -> None:
        self._report, self.unread = report, list[str]()
        for table in report.more:
            self._note(
                f"part {table.part.number} stands in several files; {table.file} is left out"
            )

    def value(self, part: int, indicator: str, scope: str, kind: str = "int") -> float | None:
        """The `Value` of a row of parts 7 and 8."""
        kind = "hours" if scope == forms.MEDIAN else kind
        got = self._report.value(part, Indicator=indicator, Scope=scope)
        return self._number(got, kind, f"part {part}, {indicator.strip()}, {scope}")

    def total(self, column: str) -> float | None:
        """A column's TOTAL in parts 5 and 6 together; of one alone it is named a lower bound."""
        found = {part: self.in_part(part, column) for part in (5, 6)}
        known = [value for value in found.values() if value is not None]
        if len(known) == 1:
            missing = next(part for part, value in found.items() if value is None)
            self._note(f"{column.strip()}: a lower bound, without part {missing}")
        return sum(known) if known else None

    def accounts(self) -> float | None:
        """Accounts suspended or terminated; where one kind is blank it is named a lower bound."""
        found = {kind: self.total(f"Account restriction {kind}") for kind in ACCOUNT_KINDS}
        known = {kind: total for kind, total in found.items() if total is not None}
        if missing := found.keys() - known.keys() if known else ():
            self._note(f"closed accounts: a lower bound, without {', '.join(missing).lower()}")
        return sum(known.values()) if known else None

    def in_part(self, part: int, column: str) -> float | None:
        """A column's TOTAL in one part."""
        for row in self._report.rows(part):
            if row.get(PARTS[part].keys[0]).upper() == forms.TOTAL:
                return self._number(row.get(column), "int", f"part {part}, {column}")
        return None

    def reversal(self, indicator: str) -> Rate | None:
        """How many of the decided were reversed, wholly or partially; None where one is blank."""
        upheld, partially, reverse = (
            self.value(7, indicator, scope)
            for scope in (forms.UPHELD, forms.PARTIALLY, forms.REVERSED)
        )
        if upheld is None or partially is None or reverse is None:
            return None
        changed = reverse + partially
        return wilson(changed, changed + upheld)

    def _number(self, got: str, kind: str, place: str) -> float | None:
        if not got:
            return None
        found = number(meant.figure(got, kind))
        if found is None:
            self._note(f"{place}: {got}")
        return found

    def _note(self, text: str) -> None:
        if text not in self.unread:
            self.unread.append(text)


def _by_default(report: Report) -> float | None:
    for row in report.rows(7):
        if forms.plain(row.get("Indicator")) == forms.plain(forms.DISPUTED):
            match = re.search(r"(\d+)\D{0,12}by default", context_of(row).casefold())
            if match:
                return float(match[1])
    return None


def charts(found: Sequence[Compared]) -> list[tuple[str, list[tuple[str, Rate | None]]]]:
    """What is drawn: a title, and for each service its share, if it says one."""
    asked = (
        ("reversal", "Complaints: decisions reversed"),
        ("account_reversal", "Complaints about closed accounts: reversed"),
        ("dispute_reversal", "Disputes: decisions reversed"),
        ("detected", "Own measures detected by machines alone"),
        ("decided", "Measures taken by machines alone"),
    )
    return [
        (title, [(compared.service, getattr(compared, name)) for compared in found])
        for name, title in asked
    ]


def columns() -> Sequence[tuple[str, str]]:
    """Field of `Compared` -> its heading, in the order in which they are shown."""
    return (
        ("measures", "own measures"),
        ("detected", "detected by machine"),
        ("decided", "taken by machine"),
        ("complaints", "complaints"),
        ("reversal", "reversed, 95 %"),
        ("median_hours", "median hours"),
        ("suspended", "accounts closed"),
        ("account_complaints", "complaints about them"),
        ("account_reversal", "reversed, 95 %"),
        ("disputes", "disputes"),
        ("dispute_reversal", "reversed, 95 %"),
        ("by_default", "by default"),
        ("implemented", "implemented"),
    )
