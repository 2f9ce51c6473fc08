"""Sums in a report: what has to add up, inside a part and across parts.

V-SUM and V-APP of `docs/report.md`.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Iterator, Sequence

from amparo.report import forms
from amparo.report.forms import PARTS, plain
from amparo.report.table import (
    CATEGORY_PARTS,
    ERROR,
    WARNING,
    Finding,
    Judged,
    Row,
    Table,
    blocks,
    context_of,
    fault,
    is_high,
    number,
)


def sums(judged: Judged) -> Iterator[Finding]:
    """V-SUM: sub-categories give their category, categories give the total, parts are no more."""
    for table in judged.report.tables.values():
        if table.part.number in CATEGORY_PARTS:
            for _, rows in blocks(table.rows):
                for column, kind in table.part.kind.items():
                    if kind == "int":
                        yield from _block(table, rows, column)
            yield from _subsets(table)
    yield from _across(judged)


def _block(table: Table, rows: Sequence[Row], column: str) -> Iterator[Finding]:
    key = table.part.keys[0]
    highs = [row for row in rows if is_high(row.get(key)) and row.get(key).upper() != forms.TOTAL]
    for high in highs:
        subs = [row for row in rows if row.high == high.high and not is_high(row.get(key))]
        filled = [value for row in subs if (value := number(row.get(column))) is not None]
        claimed = number(high.get(column))
        if filled and claimed is not None and sum(filled) != claimed:
            yield _sum(table, high, column, claimed, sum(filled), "its sub-categories")
    total = next((row for row in rows if row.get(key).upper() == forms.TOTAL), None)
    filled = [value for row in highs if (value := number(row.get(column))) is not None]
    claimed = number(total.get(column)) if total else None
    if total is not None and filled and claimed is not None and sum(filled) != claimed:
        yield _sum(table, total, column, claimed, sum(filled), "the categories")


_LAW = "Number of actions taken on the basis of the law"
_PARTS_OF = {
    forms.SOLELY: forms.MEASURES,
    "Number of notices received from Trusted flaggers": "Number of notices received ",
    f"{_LAW} (Trusted Flagger notices)": _LAW,
}
"""What is counted -> of what it is a part."""


def _subsets(table: Table) -> Iterator[Finding]:
    for part, whole in _PARTS_OF.items():
        if part not in table.part.kind:
            continue
        for row in table.rows:
            some, every = number(row.get(part)), number(row.get(whole))
            if some is not None and every is not None and some > every:
                yield fault(
                    table,
                    row.line,
                    "V-SUM",
                    ERROR,
                    part,
                    row.get(part),
                    f"at most {row.get(whole)}: {whole.strip()}",
                    "A part cannot be more than its whole.",
                )


def _across(judged: Judged) -> Iterator[Finding]:
    """Own-initiative measures are as many in part 8 as in parts 5 and 6."""
    table = judged.report.tables.get(8)
    totals = [
        number(row.get(forms.MEASURES))
        for part in (5, 6)
        for row in judged.report.rows(part)
        if row.get(PARTS[part].keys[0]).upper() == forms.TOTAL
    ]
    counted = [
        number(judged.report.value(8, Indicator=one, Scope=forms.OWN_INITIATIVE))
        for one in (forms.SOLELY_MEASURES, forms.NOT_SOLELY_MEASURES)
    ]
    if table is None or len(totals) != 2 or None in totals or None in counted:
        return
    own, told = sum(t or 0 for t in totals), sum(c or 0 for c in counted)
    if own != told:
        yield fault(
            table,
            0,
            "V-SUM",
            WARNING,
            "Value",
            f"{told:.0f}",
            f"{own:.0f}",
            "Own-initiative measures are those of parts 5 and 6 together.",
        )


def _sum(table: Table, row: Row, column: str, claimed: float, found: float, of: str) -> Finding:
    return fault(
        table,
        row.line,
        "V-SUM",
        ERROR,
        column,
        f"{claimed:.0f}",
        f"{found:.0f}, the sum of {of}",
        "An item is in one category, the most specific.",
    )


def appeals(judged: Judged) -> Iterator[Finding]:
    """V-APP: complaints are their outcomes, what is omitted, and what is still pending."""
    table = judged.report.tables.get(7)
    if table is None:
        return
    groups: dict[str, dict[str, Row]] = {}
    for row in table.rows:
        groups.setdefault(plain(row.get("Indicator")), {})[plain(row.get("Scope"))] = row
    for rows in groups.values():
        total = rows.get(plain(forms.TOTAL_NUMBER))
        claimed = number(total.get("Value")) if total else None
        told = [plain(one) for one in (forms.UPHELD, forms.PARTIALLY, forms.REVERSED)]
        if total is None or claimed is None or not all(one in rows for one in told):
            continue
        omitted = rows.get(plain(forms.OMITTED)) or rows.get("decisions omitted")
        counted = sum(number(rows[one].get("Value")) or 0 for one in told)
        counted += (number(omitted.get("Value")) or 0) if omitted else 0
        pending = re.search(
            r"(\d+)\D{0,20}pending|pending\D{0,20}(\d+)", context_of(total).casefold()
        )
        waiting = float(next(one for one in pending.groups() if one)) if pending else 0.0
        if counted + waiting != claimed:
            yield fault(
                table,
                total.line,
                "V-APP",
                WARNING,
                "Value",
                f"{claimed:.0f}",
                f"{counted:.0f}, the sum of the outcomes",
                "Say in the context how many are pending, as in `12 pending`.",
            )
