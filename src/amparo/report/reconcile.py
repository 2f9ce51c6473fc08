"""A report beside what the same service sent to the EU database in the same period.

The two count alike only in part: the database counts statements of reasons, whatever they followed,
by the day on which they were sent in; the report counts measures by the day from which they apply,
and its parts 5 and 6 only those of own initiative. Each line says which difference it may hold.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import NamedTuple

from amparo.report import forms
from amparo.report.compare import Reader
from amparo.report.table import Report

_LAW = "Number of actions taken on the basis of the law"
_TERMS = "Number of actions taken on the basis of the terms and conditions of the service"
_FLAGGED = " (Trusted Flagger notices)"
BY_DAY = "the database counts by the day of sending, the report by the day of application"
ALL_SOURCES = "the database counts what followed notices, too; parts 5 and 6 do not"
_METRICS: Mapping[str, tuple[str, ...]] = {
    "Visibility restriction Removal": ("visibility.content_removed",),
    "Visibility restriction Disable": ("visibility.content_disabled",),
    "Visibility restriction Demoted": ("visibility.content_demoted",),
    "Visibility restriction Age restricted": ("visibility.content_age_restricted",),
    "Visibility restriction Interaction restricted": ("visibility.content_interaction_restricted",),
    "Visibility restriction Labelled ": ("visibility.content_labelled",),
    "Visibility restriction Other": ("visibility.other",),
    "Monetary restriction Suspension": ("monetary.suspension",),
    "Monetary restriction Termination": ("monetary.termination",),
    "Monetary restriction Other": ("monetary.other",),
    "Provision of the service Suspension": (
        "provision.partial_suspension",
        "provision.total_suspension",
    ),
    "Provision of the service Termination": (
        "provision.partial_termination",
        "provision.total_termination",
    ),
    "Account restriction Suspension": ("account.suspended",),
    "Account restriction Termination": ("account.terminated",),
}
"""Column of parts 5 and 6 -> measures of the observatory whose sum it is beside."""


class Line(NamedTuple):
    """One figure, in both."""

    name: str
    reported: float | None
    """None: the report does not say it."""
    metrics: tuple[str, ...]
    """Measures of the observatory; their sum over the period stands beside it."""
    definition: str
    """Why the two may differ without anybody being wrong."""


class Sum(NamedTuple):
    """What the database has of a measure in a period."""

    value: float
    is_whole: bool
    """Whether every day of the period is known."""


class Beside(NamedTuple):
    """A line with what the database has."""

    line: Line
    database: float | None
    """None where nothing is known of the period, which is not a zero."""
    is_whole: bool = False
    """Whether every day of the period is known."""

    @property
    def ratio(self) -> float | None:
        """Reported, as a multiple of the database's.

        None where either is missing or nought, or where days are missing: a period has no ratio to
        some of its days.
        """
        if self.line.reported is None or not self.database or not self.is_whole:
            return None
        return self.line.reported / self.database


def lines(report: Report) -> list[Line]:
    """What of a report the EU database can be laid beside."""
    read = Reader(report)
    own = read.total(forms.MEASURES)
    actions = [read.in_part(4, column) for column in (_LAW, _TERMS)]
    flagged = [read.in_part(4, column + _FLAGGED) for column in (_LAW, _TERMS)]
    noticed = _sum(actions)
    solely = read.value(8, forms.SOLELY_MEASURES, forms.TOTAL_NUMBER)
    other = read.value(8, forms.NOT_SOLELY_MEASURES, forms.TOTAL_NUMBER)
    found = [
        Line("every measure", _sum([own, noticed]), ("statements",), BY_DAY),
        Line(
            "of own initiative",
            own,
            ("source.voluntary", "source.type_other_notification"),
            f"{BY_DAY}; other hints than notices count as own initiative here",
        ),
        Line("after notices", noticed, ("source.article_16", "source.trusted_flagger"), BY_DAY),
        Line("after trusted flaggers' notices", _sum(flagged), ("source.trusted_flagger",), BY_DAY),
        Line("taken by machines alone", solely, ("automated_decision.fully",), BY_DAY),
        Line(
            "not taken by machines alone",
            other,
            ("automated_decision.partially", "automated_decision.not_automated"),
            BY_DAY,
        ),
    ]
    found += [
        Line(column.strip(), read.total(column), metrics, ALL_SOURCES)
        for column, metrics in _METRICS.items()
    ]
    return found


def beside(asked: list[Line], sums: Mapping[str, Sum]) -> list[Beside]:
    """Each line with the sum of its measures over the period; `sums` lacks what is not known."""
    found = []
    for line in asked:
        parts = [sums.get(name) for name in line.metrics]
        known = [part for part in parts if part is not None]
        is_whole = len(known) == len(parts) and all(part.is_whole for part in known)
        found.append(Beside(line, _sum([part.value for part in known]), is_whole))
    return found


def _sum(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
