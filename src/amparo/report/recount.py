"""Claimed beside counted: every figure of a report that a public log can carry, cell by cell.

The log holds decisions in the clear, so parts 5, 6 and 8 and the actions of part 4 are counted from
it by the writer's own code. Of complaints, disputes and suspensions it holds sums, from ten on, and
part 7 is laid beside them. What it does not hold is said to be beyond it, and not passed over in
silence.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from amparo.report import figures, forms, hearing, meant
from amparo.report.elsewhere import NOTE
from amparo.report.figures import Measure
from amparo.report.forms import PARTS, plain
from amparo.report.hearing import FEWEST_SHOWN, Hearing
from amparo.report.table import Report, Row, context_of, is_high, number

Verdict = Literal["same", "differs", "not claimed", "no number", "not shown"]
"""`not shown`: what is claimed is under ten, and the log shows no figure under ten."""
AGREE = ("same", "not claimed", "not shown")
BEYOND: Mapping[int, str] = {
    3: "orders of authorities are not in the log",
    4: "notices are sealed in the log; what was done about them is counted",
    7: "figures under ten are not shown in the log, and what other tools heard is not in it",
    9: "people are not in the log",
    10: "recipients are not in the log",
}
"""Part -> why the log cannot carry its other figures."""
_NO_HEARING = "this log holds no figures of complaints and disputes for this period"
_NOT_OVER = "the newest figures of this log, of {at}, were made before the period was over"


class Cell(NamedTuple):
    """One figure, twice."""

    part: int
    row: str
    column: str
    claimed: str
    counted: float
    verdict: Verdict
    reason: str


class Recount(NamedTuple):
    """The comparison."""

    cells: tuple[Cell, ...]
    beyond: tuple[tuple[int, str], ...]
    """Parts of the report that the log cannot carry, or only in part."""

    @property
    def differing(self) -> tuple[Cell, ...]:
        """The cells that do not agree."""
        return tuple(cell for cell in self.cells if cell.verdict not in AGREE)


def recount(
    report: Report, measures: Mapping[Measure, int], heard: Hearing | None = None
) -> Recount:
    """Lay every figure that the log gives beside what the report claims.

    `heard`: the newest figures of the hearing; they count once the period is over.
    """
    cells = [*_own(report, measures, 5), *_own(report, measures, 6)]
    cells += _cells(report, 4, figures.on_notices(measures), ("Number of actions taken",))
    cells += _automated(report, measures)
    why_not = dict(BEYOND)
    if heard is not None and heard.over:
        cells += _heard(report, heard)
    else:
        why_not[7] = _NOT_OVER.format(at=heard.at) if heard else _NO_HEARING
    beyond = tuple((part, why) for part, why in why_not.items() if part in report.tables)
    return Recount(tuple(cells), beyond)


def _heard(report: Report, shown: Hearing) -> Iterator[Cell]:
    if 7 not in report.tables:
        return
    others = _others(report)
    for indicator, scope, figure in hearing.figures(shown):
        claim = report.value(7, Indicator=indicator, Scope=scope)
        row = indicator.strip()
        if scope == forms.MEDIAN and (plain(indicator), plain(forms.TOTAL_NUMBER)) in others:
            yield Cell(7, row, scope.strip(), claim, 0, "not shown", "")
            continue
        value = number(claim) if claim else 0
        more = others.get((plain(indicator), plain(scope)), 0)
        if value is not None and more <= value:
            value -= more
            claim = f"{value:g}" if more else claim
        is_median = scope == forms.MEDIAN
        if figure is not None:
            yield _judge(7, row, scope, [claim] if claim else [], figure)
        elif is_median or (value is not None and value < FEWEST_SHOWN):
            yield Cell(7, row, scope.strip(), claim, 0, "not shown", "")
        else:
            why = f"the log shows fewer than {FEWEST_SHOWN}"
            yield Cell(7, row, scope.strip(), claim, 0, "differs", why)


def _others(report: Report) -> dict[tuple[str, str], int]:
    """(Indicator, scope) -> how many of a figure other tools heard, as the report says itself."""
    found = {}
    for row in report.rows(7):
        note = re.search(rf"(?a:(\d+)) {NOTE}", context_of(row))
        if note is not None:
            place = plain(row.get("Indicator")), plain(meant.scope(7, row.get("Scope")))
            found[place] = int(note[1])
    return found


def _own(report: Report, measures: Mapping[Measure, int], part: int) -> Iterator[Cell]:
    counted, _ = figures.own_initiative(measures, part)
    columns = (forms.MEASURES, forms.SOLELY, *forms.RESTRICTIONS)
    yield from _cells(report, part, counted, columns)


def _cells(
    report: Report, part: int, counted: figures.Cells, columns: tuple[str, ...]
) -> Iterator[Cell]:
    table = report.tables.get(part)
    if table is None:
        return
    wanted = [column for column in table.part.kind if column.startswith(columns)]
    rows: dict[tuple[str, str], Row] = {}
    described: dict[tuple[str, str], list[Row]] = {}
    for row in table.rows:
        code = row.get(table.part.keys[0]).upper()
        place = (row.high, "" if is_high(code) else code)
        rows.setdefault(place, row)
        described.setdefault(place, []).append(row)
    for place in [(category.high, category.sub) for category in forms.rows_of(part)]:
        for column in wanted:
            count = counted[place][column] if place in counted else 0
            some = described.get(place, [])
            claims = [row.get(column) for row in some if row.get(column)]
            yield _judge(part, " / ".join(code for code in place if code), column, claims, count)


def _automated(report: Report, measures: Mapping[Measure, int]) -> Iterator[Cell]:
    if 8 not in report.tables:
        return
    counted = figures.automated(measures)
    scopes = [forms.TOTAL_NUMBER, forms.OWN_INITIATIVE]
    scopes += [
        language for language in forms.LANGUAGES if any(scope == language for scope, _ in counted)
    ]
    for scope in scopes:
        for indicator in (forms.SOLELY_MEASURES, forms.NOT_SOLELY_MEASURES):
            claim = report.value(8, Indicator=indicator, Scope=scope)
            if scope in forms.LANGUAGES and not claim:
                continue  # rows of languages are owed by very large platforms alone
            count = counted.get((scope, indicator), 0)
            yield _judge(8, scope.strip(), indicator, [claim] if claim else [], count)


def _judge(part: int, row: str, column: str, claims: list[str], count: float) -> Cell:
    values = [number(claim) for claim in claims]
    claimed = " + ".join(claims)
    if not claims:
        verdict: Verdict = "not claimed" if count == 0 else "differs"
        reason = "" if count == 0 else "the report leaves it blank"
    elif any(value is None for value in values):
        verdict, reason = "no number", "what is claimed is not a count"
    else:
        total = sum(value or 0 for value in values)
        verdict = "same" if total == count else "differs"
        reason = _reason(total, count)
    return Cell(part, row, column.strip(), claimed, count, verdict, reason)


def _reason(claimed: float, counted: float) -> str:
    if claimed == counted:
        return ""
    if claimed > counted:
        return f"{round(claimed - counted, 2):g} more than the log holds"
    return f"{round(counted - claimed, 2):g} in the log are not in the report"


def title(cell: Cell) -> str:
    """Where a cell is, in words."""
    return f"{PARTS[cell.part].name}: {cell.row}, {plain(cell.column)}"
