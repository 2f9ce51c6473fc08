"""Medians: the one of a whole lies between those of its parts, and where there are none is none.

Whatever the parts are, at least half of the whole lies at or above the smallest of their medians,
and at least half at or below the largest. So a whole outside of them is impossible, if the parts
are all there.

V-RANGE and V-ZERO of `docs/report.md`.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Sequence

from amparo.errors import Text
from amparo.report import forms
from amparo.report.forms import plain
from amparo.report.rows import has_clean_scopes, is_total_whole
from amparo.report.sums import decided, groups
from amparo.report.table import (
    CATEGORY_PARTS,
    WARNING,
    Finding,
    Judged,
    Row,
    Table,
    below,
    blocks,
    categories,
    fault,
    value_of,
)
from amparo.report.values import no_time

_ORDERS = tuple(forms.PARTS[3].kind)
_NOTICES = tuple(forms.PARTS[4].kind)
_OF = {
    _ORDERS[2]: _ORDERS[0],
    _ORDERS[3]: _ORDERS[0],
    _ORDERS[5]: _ORDERS[4],
    _ORDERS[6]: _ORDERS[4],
    _NOTICES[4]: _NOTICES[0],
    _NOTICES[5]: _NOTICES[1],
}
"""A median -> the count of what it is the median of."""
_COMPLAINTS = (*forms.AGAINST, forms.NO_ACTION, forms.NO_ACTION_FLAGGER)


def between(judged: Judged) -> Iterator[Finding]:
    """V-RANGE: a median lies between those of its groups."""
    for table in judged.report.every:
        if table.part.number in CATEGORY_PARTS:
            yield from _categories(table)
        elif table.part.number == 7:
            yield from _complaints(table)


def _categories(table: Table) -> Iterator[Finding]:
    key, clean = table.part.keys[0], has_clean_scopes(table)
    asked = [(column, count) for column, count in _OF.items() if column in table.part.kind]
    for scope, rows in blocks(table.rows) if asked else ():
        if not clean and not (scope == forms.TOTAL and is_total_whole(table)):
            continue
        highs = categories(rows, key)
        total = next((row for row in highs if row.high == forms.TOTAL), None)
        subs = below(rows, key)
        for column, count in asked:
            for high in highs:
                if high is not total:
                    yield from _outside(table, high, column, count, subs.get(high.high, ()))
            if total is not None:
                others = [row for row in highs if row is not total]
                yield from _outside(table, total, column, count, others)


def _outside(
    table: Table, whole: Row, column: str, count: str, parts: Sequence[Row]
) -> Iterator[Finding]:
    claimed, size = value_of(whole, column, "hours"), value_of(whole, count, "int")
    counted = [(row, value_of(row, count, "int")) for row in parts]
    filled = [(row, n) for row, n in counted if n]
    medians = [value_of(row, column, "hours") for row, _ in filled]
    if claimed is None or not size or not filled or sum(n or 0 for _, n in filled) < size:
        return
    yield from _compared(table, whole, column, claimed, medians)


def _complaints(table: Table) -> Iterator[Finding]:
    """Part 7: all complaints beside their six kinds, where these are all that were decided."""
    found = groups(table)
    for name, group in found.items():
        median, count = group.get(plain(forms.MEDIAN)), decided(group)
        if median is None or not count:
            continue
        # A complaint may be decided within minutes; no body outside decides at once.
        is_none = name == plain(forms.DISPUTED) and value_of(median, "Value", "hours") == 0
        if is_none or not median.get("Value"):
            yield no_time(table, median, "Value", count)
    whole = found.get(plain(forms.SUBMITTED), {})
    kinds = [rows for name in _COMPLAINTS if (rows := found.get(plain(name))) and decided(rows)]
    median, every = whole.get(plain(forms.MEDIAN)), decided(whole)
    claimed = value_of(median, "Value", "hours") if median else None
    if median is None or claimed is None or not every or not kinds:
        return
    if sum(decided(rows) or 0 for rows in kinds) < every:
        return
    medians = [
        value_of(rows[plain(forms.MEDIAN)], "Value", "hours")
        if plain(forms.MEDIAN) in rows
        else None
        for rows in kinds
    ]
    yield from _compared(table, median, "Value", claimed, medians)


def _compared(
    table: Table, whole: Row, column: str, claimed: float, medians: Sequence[float | None]
) -> Iterator[Finding]:
    known = [median for median in medians if median is not None]
    if len(known) < len(medians) or min(known) <= claimed <= max(known):
        return
    yield fault(
        table,
        whole.line,
        "V-RANGE",
        WARNING,
        column,
        f"{claimed:g}",
        _spread(min(known), max(known)),
        Text("A median lies between those of its groups: count again."),
    )


def _spread(least: float, most: float) -> Text:
    if least == most:
        return Text("{number}, as the groups that it is made of", number=f"{least:g}")
    return Text(
        "{least} to {most}, as the groups that it is made of", least=f"{least:g}", most=f"{most:g}"
    )
