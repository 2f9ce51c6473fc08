"""Sums in a report: what has to add up, inside a part and across parts.

V-SUM and V-APP of `docs/report.md`. A cell whose spelling is mended for certain is added by what it
means; a column with a cell that is in doubt is not added at all.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from amparo.errors import Text
from amparo.report import forms, meant
from amparo.report.forms import MEMBER_STATES, PARTS, plain
from amparo.report.rows import has_clean_scopes, is_total_whole
from amparo.report.table import (
    CATEGORY_PARTS,
    ERROR,
    WARNING,
    Finding,
    Judged,
    Report,
    Row,
    Table,
    below,
    blocks,
    categories,
    context_of,
    fault,
    is_foreign,
    value_of,
)


def sums(judged: Judged) -> Iterator[Finding]:
    """V-SUM: sub-categories give their category, categories give the total, parts are no more."""
    for table in judged.report.every:
        if table.part.number in CATEGORY_PARTS:
            clean = has_clean_scopes(table)
            for scope, rows in blocks(table.rows):
                if clean or (scope == forms.TOTAL and is_total_whole(table)):
                    yield from _block(table, rows)
            yield from _by_state(table)
            yield from _subsets(table)
            yield from _without_items(table)
        elif table.part.number == 8:
            yield from _scopes(table)
        elif table.part.number == 9:
            yield from _people(table)
        elif table.part.number == 10:
            yield from _recipients(table)
    yield from _across(judged)


def _counts(table: Table) -> list[str]:
    return [column for column, kind in table.part.kind.items() if kind == "int"]


def _block(table: Table, rows: Sequence[Row]) -> Iterator[Finding]:
    key = table.part.keys[0]
    every = categories(rows, key)
    highs = [row for row in every if row.high != forms.TOTAL]
    total = next((row for row in every if row.high == forms.TOTAL), None)
    subs = below(rows, key)
    for high in highs:
        yield from _row_adds(table, high, subs.get(high.high, ()), _OF_SUBS)
    if total is not None:
        yield from _row_adds(table, total, highs, _OF_HIGHS)
        others = [row for row in rows if row is not total]
        for column in _counts(table):
            yield from _undivided(table, total, column, others)


_FEW = 2
"""Columns of a row that fail to add up, each for a cause of its own."""


def _row_adds(table: Table, whole: Row, parts: Sequence[Row], of: Text) -> Iterator[Finding]:
    """The counts of a row; where most of them fail, something is wrong with the row, told once."""
    found = [fault for column in _counts(table) for fault in _adds(table, whole, column, parts, of)]
    cause = f"sum {whole.line}" if len(found) > _FEW else ""
    yield from (finding._replace(cause=cause) for finding in found)


_OF_SUBS, _OF_HIGHS = Text("the sum of its sub-categories"), Text("the sum of the categories")


def _adds(
    table: Table, whole: Row, column: str, parts: Sequence[Row], of: Text
) -> Iterator[Finding]:
    claimed = value_of(whole, column, "int")
    filled = [value_of(row, column, "int") for row in parts if row.get(column)]
    values = [value for value in filled if value is not None]
    if claimed is None or not values or len(values) < len(filled) or sum(values) == claimed:
        return
    # Below a category that belongs elsewhere nothing is wrong with the sum but for that.
    alien = sum(value_of(row, column, "int") or 0 for row in parts if is_foreign(row, table.part))
    if alien and sum(values) - alien == claimed:
        return
    yield fault(
        table,
        whole.line,
        "V-SUM",
        ERROR,
        column,
        f"{claimed:.0f}",
        Text("{number}, {of}", number=f"{sum(values):.0f}", of=of),
        Text("An item is in one category, the most specific."),
    )


def _undivided(table: Table, total: Row, column: str, others: Sequence[Row]) -> Iterator[Finding]:
    """A total of something, and every category blank."""
    claimed = value_of(total, column, "int")
    if claimed and not any(row.get(column) for row in others):
        yield fault(
            table,
            total.line,
            "V-SUM",
            WARNING,
            column,
            Text("{number}, and every category blank", number=f"{claimed:.0f}"),
            Text("the same number, category by category"),
            Text("Say which categories the total is made of."),
            "undivided",
        )


def _by_state(table: Table) -> Iterator[Finding]:
    """Part 3: what Member States sent gives the total, row by row."""
    if table.part.number != 3:
        return
    totals: dict[tuple[str, str, str], Row] = {}
    parts: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in table.rows:
        key = (row.high, row.get(table.part.keys[0]).upper(), plain(row.get(table.part.keys[1])))
        scope = row.get("Scope")
        if meant.scope(3, scope) == forms.TOTAL:
            totals.setdefault(key, row)
        elif scope and not meant.PLACEHOLDER.search(scope):
            parts[key].append(row)
    for key, total in totals.items():
        for column in _counts(table):
            yield from _states_add(table, total, column, parts.get(key, ()))


def _states_add(table: Table, total: Row, column: str, rows: Sequence[Row]) -> Iterator[Finding]:
    claimed = value_of(total, column, "int")
    filled = [value_of(row, column, "int") for row in rows if row.get(column)]
    values = [value for value in filled if value is not None]
    if claimed is None or not values or len(values) < len(filled) or sum(values) == claimed:
        return
    yield fault(
        table,
        total.line,
        "V-SUM",
        ERROR,
        column,
        f"{claimed:.0f}",
        Text(
            "{number}, the sum of the Member States in lines {lines}",
            number=f"{sum(values):.0f}",
            lines=", ".join(str(row.line) for row in rows[:5]),
        ),
        Text("An order is of one Member State."),
    )


_LAW = "Number of actions taken on the basis of the law"
_TERMS = "Number of actions taken on the basis of the terms and conditions of the service"
_ITEMS = "Number of specific items of information included in the total number of notices"
_PARTS_OF = {
    forms.SOLELY: forms.MEASURES,
    "Number of notices received from Trusted flaggers": "Number of notices received ",
    f"{_ITEMS} by Trusted Flaggers (Trusted Flagger notices)": _ITEMS,
    f"{_LAW} (Trusted Flagger notices)": _LAW,
    f"{_TERMS} (Trusted Flagger notices)": _TERMS,
} | dict.fromkeys(forms.RESTRICTIONS, forms.MEASURES)
"""What is counted -> of what it is a part."""


def _subsets(table: Table) -> Iterator[Finding]:
    for part, whole in _PARTS_OF.items():
        if part not in table.part.kind:
            continue
        for row in table.rows:
            some, every = value_of(row, part, "int"), value_of(row, whole, "int")
            if some is not None and every is not None and some > every:
                yield fault(
                    table,
                    row.line,
                    "V-SUM",
                    ERROR,
                    part,
                    f"{some:.0f}",
                    _at_most(every, whole),
                    _MORE,
                    f"part of {part}",
                )


_MORE = Text("A part cannot be more than its whole.")


def _at_most(number: float, of: str) -> Text:
    return Text("at most {number}: {of}", number=f"{number:.0f}", of=of.strip())


_NAMING = (
    (
        "Number of orders to act against illegal content received",
        "Number of specific items of information included in the total number of orders to act "
        "against illegal content",
    ),
    ("Number of notices received ", _ITEMS),
)


def _without_items(table: Table) -> Iterator[Finding]:
    """An order or a notice names at least one item."""
    for count, items in _NAMING:
        if items not in table.part.kind:
            continue
        for row in table.rows:
            some, named = value_of(row, count, "int"), value_of(row, items, "int")
            if some and named == 0:
                yield fault(
                    table,
                    row.line,
                    "V-SUM",
                    WARNING,
                    items,
                    Text("0 items in {number}", number=f"{some:.0f}"),
                    Text("at least one item in each"),
                    Text("Count the places, such as addresses, that each of them names."),
                    "no items",
                )


_WITHIN = {forms.OWN_INITIATIVE: forms.TOTAL_NUMBER, forms.NAM_FLAGGER: forms.NAM_TOTAL}
"""A scope of part 8 -> the one that it is a part of."""


def _scopes(table: Table) -> Iterator[Finding]:
    """Part 8: what is of own initiative, or of trusted flaggers, is among all."""
    found = {(plain(row.get("Indicator")), plain(row.get("Scope"))): row for row in table.rows}
    for (indicator, scope), row in found.items():
        whole = next((whole for part, whole in _WITHIN.items() if plain(part) == scope), None)
        beside = found.get((indicator, plain(whole))) if whole else None
        if beside is None or not indicator.startswith("number"):
            continue
        some, every = value_of(row, "Value", "int"), value_of(beside, "Value", "int")
        if some is not None and every is not None and some > every:
            yield fault(
                table,
                row.line,
                "V-SUM",
                ERROR,
                "Value",
                f"{some:.0f}",
                _at_most(every, beside.get("Scope")),
                _MORE,
            )


def _people(table: Table) -> Iterator[Finding]:
    """Part 9: who knows a language is among the moderators, and counted once in the total."""
    found = {
        (plain(row.get("Indicator")), meant.scope(9, row.get("Scope"))): row for row in table.rows
    }
    internal, external, total = (
        found.get((plain(name), forms.TOTAL_NUMBER))
        for name in (forms.INTERNAL, forms.EXTERNAL, forms.EXPERTISE)
    )
    experts = value_of(total, "Value", "fte") if total else None
    if total is None or experts is None:
        return
    both = [value_of(row, "Value", "fte") if row else None for row in (internal, external)]
    people = sum(count for count in both if count is not None)
    if None not in both and experts > people:
        yield _of_people(
            table,
            total,
            f"{experts:g}",
            Text("at most {number}, the internal and external moderators", number=f"{people:g}"),
            Text("Count people, in full-time equivalents, in all three rows."),
        )
    for (name, scope), row in found.items():
        spoken = value_of(row, "Value", "fte")
        if name == plain(forms.EXPERTISE) and row is not total and spoken and spoken > experts:
            yield _of_people(
                table,
                row,
                Text("{number} for {scope}", number=f"{spoken:g}", scope=scope),
                Text("at most {number}, the total", number=f"{experts:g}"),
                Text("Whoever knows a language is in the total once."),
            )


def _of_people(table: Table, row: Row, got: str | Text, expected: Text, fix: Text) -> Finding:
    return fault(table, row.line, "V-SUM", WARNING, "Value", got, expected, fix)


def _recipients(table: Table) -> Iterator[Finding]:
    """Part 10: the Member States give the total, once all of them are told."""
    found = {meant.scope(10, row.get("Scope")): row for row in table.rows}
    values = [value_of(found[state], "Value", "int") for state in MEMBER_STATES if state in found]
    total = found.get(forms.TOTAL)
    claimed = value_of(total, "Value", "int") if total else None
    known = [value for value in values if value is not None]
    if total is None or claimed is None or len(known) < len(MEMBER_STATES):
        return
    if sum(known) != claimed:
        yield fault(
            table,
            total.line,
            "V-SUM",
            WARNING,
            "Value",
            f"{claimed:.0f}",
            Text("{number}, the sum of the Member States", number=f"{sum(known):.0f}"),
            Text("Mend the figures, or say beside the report why they differ."),
        )


def _across(judged: Judged) -> Iterator[Finding]:
    """Own-initiative measures are as many in part 8 as in parts 5 and 6."""
    table = judged.report.tables.get(8)
    totals = [_measures(judged.report, part) for part in (5, 6)]
    counted = [
        _number(judged.report.value(8, Indicator=indicator, Scope=forms.OWN_INITIATIVE))
        for indicator in (forms.SOLELY_MEASURES, forms.NOT_SOLELY_MEASURES)
    ]
    if table is None or None in totals or None in counted:
        return
    own, part_8 = sum(t or 0 for t in totals), sum(c or 0 for c in counted)
    if own != part_8:
        yield fault(
            table,
            0,
            "V-SUM",
            WARNING,
            "Value",
            f"{part_8:.0f}",
            f"{own:.0f}",
            Text("Own-initiative measures are those of parts 5 and 6 together."),
        )


def _measures(report: Report, part: int) -> float | None:
    """A part's total of measures; None where it is not told once."""
    found = [
        value_of(row, forms.MEASURES, "int")
        for table in report.every
        if table.part.number == part
        for row in table.rows
        if row.get(PARTS[part].keys[0]).upper() == forms.TOTAL
    ]
    # Of two versions nobody knows which one counts; of pieces, whether they are all there.
    return found[0] if len(found) == 1 else None


def _number(got: str) -> float | None:
    text = meant.figure(got, "int")
    return float(text) if text.isdigit() else None


def appeals(judged: Judged) -> Iterator[Finding]:
    """V-APP: complaints are their outcomes, what is omitted, and what is still pending."""
    for table in judged.report.every:
        if table.part.number == 7:
            for rows in groups(table).values():
                yield from _outcomes(table, rows)


def groups(table: Table) -> dict[str, dict[str, Row]]:
    """Part 7: indicator -> scope -> row, both plain."""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in table.rows:
        scope = plain(row.get("Scope"))
        scope = plain(forms.OMITTED) if scope == "decisions omitted" else scope
        found[plain(row.get("Indicator"))][scope] = row
    return found


def decided(rows: dict[str, Row]) -> float | None:
    """How many of a group were decided; None where an outcome is in doubt or none is told."""
    outcomes = [rows.get(plain(scope)) for scope in (forms.UPHELD, forms.PARTIALLY, forms.REVERSED)]
    filled = [value_of(row, "Value", "int") for row in outcomes if row and row.get("Value")]
    return None if None in filled or not filled else sum(count or 0 for count in filled)


def _outcomes(table: Table, rows: dict[str, Row]) -> Iterator[Finding]:
    total = rows.get(plain(forms.TOTAL_NUMBER))
    claimed = value_of(total, "Value", "int") if total else None
    scopes = [plain(scope) for scope in (forms.UPHELD, forms.PARTIALLY, forms.REVERSED)]
    counted = decided(rows)
    if (
        total is None
        or claimed is None
        or counted is None
        or not all(scope in rows for scope in scopes)
    ):
        return
    omitted = rows.get(plain(forms.OMITTED))
    if omitted is not None and omitted.get("Value"):
        left = value_of(omitted, "Value", "int")
        if left is None:
            return
        counted += left
    pending = re.search(r"(\d+)\D{0,20}pending|pending\D{0,20}(\d+)", context_of(total).casefold())
    waiting = float(next(group for group in pending.groups() if group)) if pending else 0.0
    if counted + waiting != claimed:
        yield fault(
            table,
            total.line,
            "V-APP",
            WARNING,
            "Value",
            f"{claimed:.0f}",
            Text("{number}, the sum of the outcomes", number=f"{counted:.0f}"),
            Text("Say in the context how many are pending, as in `12 pending`."),
        )
