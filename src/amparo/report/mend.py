"""Correcting what is certain in anyone's report, and nothing else.

A thousands separator goes where it cannot be a decimal point; a percentage becomes a share; names
of columns, codes and Member States are spelled as the template spells them; placeholders go. What a
count should have been is never guessed.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from amparo.report import forms
from amparo.report.codes import PLACEHOLDER
from amparo.report.forms import PARTS
from amparo.report.table import CATEGORY_PARTS, Report, Row, Table, is_high

_GROUPED = re.compile(r"\d{1,3}([,.'’\u00a0\u202f ]\d{3})+")
_PERCENT = re.compile(r"(\d{1,3}(?:[.,]\d+)?)\s*%")
_COMMA = re.compile(r"(\d+),(\d{1,2})")


class Mended(NamedTuple):
    """A report as it could be published."""

    parts: dict[int, list[list[str]]]
    changes: int


def mend(report: Report) -> Mended:
    """Every part with what is certain corrected; rows keep their order."""
    parts: dict[int, list[list[str]]] = {}
    changes = 0
    for number, table in report.tables.items():
        rows = []
        for row in table.rows:
            if any(PLACEHOLDER.search(row.get(one)) for one in ("Scope", table.part.keys[0])):
                changes += 1
                continue
            cells = [_cell(table, row, column) for column in PARTS[number].columns]
            changes += sum(
                new != row.cells.get(column, "")
                for new, column in zip(cells, PARTS[number].columns, strict=True)
            )
            rows.append(cells)
        changes += sum(found != column for column, found in table.found.items())
        parts[number] = rows
    return Mended(parts, changes)


def _cell(table: Table, row: Row, column: str) -> str:
    got = row.cells.get(column, "")
    kind = table.part.kind.get(column) or _kinds(table.part.number).get(
        (column, forms.plain(row.get("Indicator")), forms.plain(row.get("Scope"))), ""
    )
    if kind:
        return figure(got.strip(), kind)
    text = got.strip()
    if column == "Scope" and table.part.number in (3, 10):
        return {"GR": "EL"}.get(text.upper(), text.upper())
    if column == "Scope" and table.part.number in (8, 9) and text.lower() in forms.LANGUAGES:
        return text.lower()
    if table.part.number in CATEGORY_PARTS and column == table.part.keys[0]:
        known = text.upper() in forms.all_codes()
        return text.upper() if known or is_high(text) else text
    return got


def figure(got: str, kind: str) -> str:
    """A figure as the template asks for it, where what is meant is beyond doubt."""
    if kind == "int" and _GROUPED.fullmatch(got):
        return re.sub(r"\D", "", got)
    if kind == "int" and re.fullmatch(r"\d+[.,]0+", got):
        return re.split(r"[.,]", got)[0]
    if kind == "float" and (match := _PERCENT.fullmatch(got)):
        return repr(round(float(match[1].replace(",", ".")) / 100, 6))
    if kind in ("float", "hours") and (match := _COMMA.fullmatch(got)):
        return f"{match[1]}.{match[2]}"
    if kind == "hours" and (match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*h(ours?)?", got)):
        return match[1]
    return got


@cache
def _kinds(part: int) -> Mapping[tuple[str, str, str], str]:
    if part not in (7, 8, 9, 10):
        return {}
    return {
        ("Value", forms.plain(line.indicator), forms.plain(line.scope)): line.kind
        for line in forms.lines_of(part)
    }
