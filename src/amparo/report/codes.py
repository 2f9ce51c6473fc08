"""Codes in a report: Member States, languages and categories, each as the template writes it.

V-SCOPE, V-CAT and V-OTHER of `docs/report.md`.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from amparo.report import forms
from amparo.report.forms import LANGUAGES, MEMBER_STATES, plain
from amparo.report.table import (
    CATEGORY_PARTS,
    ERROR,
    WARNING,
    Finding,
    Judged,
    Row,
    Table,
    fault,
    is_high,
    known_codes,
    number,
)

PLACEHOLDER = re.compile(r"\[\s*(\.\.\.|…|\d+)\s*\]")


def scopes(judged: Judged) -> Iterator[Finding]:
    """V-SCOPE: Member States as Eurostat writes them, languages in lower case, no placeholder."""
    for table in judged.report.tables.values():
        seen: set[str] = set()
        for row in table.rows:
            for column in ("Scope", table.part.keys[0]):
                got = row.get(column)
                if PLACEHOLDER.search(got) and got not in seen:
                    seen.add(got)
                    yield fault(
                        table,
                        row.line,
                        "V-SCOPE",
                        WARNING,
                        column,
                        got,
                        "no placeholder of the blank template",
                        "Remove the row.",
                    )
            got = row.get("Scope")
            if table.part.number in (3, 10) and got and got not in seen:
                seen.add(got)
                yield from _state(table, row, got)
            if table.part.number in (8, 9) and len(got) == 2 and got not in LANGUAGES:
                fix = got.lower() if got.lower() in LANGUAGES else "one of the 24 languages"
                yield fault(
                    table,
                    row.line,
                    "V-SCOPE",
                    WARNING,
                    "Scope",
                    got,
                    fix,
                    "Write languages with two small letters.",
                )


def _state(table: Table, row: Row, got: str) -> Iterator[Finding]:
    if got.upper() == forms.TOTAL or got in MEMBER_STATES or PLACEHOLDER.search(got):
        return
    meant = {"GR": "EL"}.get(got.upper(), got.upper())
    expected = meant if meant in MEMBER_STATES else "TOTAL or a Member State, as in AT"
    yield fault(
        table,
        row.line,
        "V-SCOPE",
        WARNING,
        "Scope",
        got,
        expected,
        "Write Member States as Eurostat does: two capitals, Greece as EL.",
    )


def codes(judged: Judged) -> Iterator[Finding]:
    """V-CAT and V-OTHER: only codes of the template, each where it belongs."""
    known = known_codes()
    for table in judged.report.tables.values():
        if table.part.number not in CATEGORY_PARTS:
            continue
        here = {one.code for one in forms.rows_of(table.part.number)}
        described: Counter[tuple[str, str, str]] = Counter()
        for row in table.rows:
            code = row.get(table.part.keys[0])
            if PLACEHOLDER.search(code):
                continue
            if not code:
                yield fault(
                    table,
                    row.line,
                    "V-CAT",
                    ERROR,
                    table.part.keys[0],
                    "nothing",
                    "a code of the template",
                    "Say which category it is.",
                )
            elif is_high(code) and code.upper() not in here:
                elsewhere = code.upper() in known
                yield fault(
                    table,
                    row.line,
                    "V-CAT",
                    ERROR,
                    table.part.keys[0],
                    code,
                    "a category of this part",
                    "It belongs to another part."
                    if elsewhere
                    else "High-level categories are closed; use KEYWORD_OTHER below one.",
                )
            elif not is_high(code) and code.upper() not in here:
                yield fault(
                    table,
                    row.line,
                    "V-OTHER",
                    ERROR,
                    table.part.keys[0],
                    code,
                    "a keyword of the template, or KEYWORD_OTHER",
                    "Write KEYWORD_OTHER, and what it is into its description.",
                )
            elif code != code.upper():
                yield fault(
                    table,
                    row.line,
                    "V-CAT",
                    WARNING,
                    table.part.keys[0],
                    code,
                    code.upper(),
                    "Write the code in capitals.",
                )
            if code.upper() == forms.OTHER:
                described[(row.get("Scope"), row.high, plain(row.get(table.part.keys[1])))] += 1
        yield from _described(table, described)


def _described(table: Table, described: Mapping[tuple[str, str, str], int]) -> Iterator[Finding]:
    """KEYWORD_OTHER: beside the template's own row, each has a description, no two alike."""
    seen: set[tuple[str, str, str]] = set()
    for row in table.rows:
        if row.get(table.part.keys[0]).upper() != forms.OTHER:
            continue
        key = (row.get("Scope"), row.high, plain(row.get(table.part.keys[1])))
        figures = any(number(row.get(column)) for column in table.part.kind)
        if not key[2] and figures:
            yield fault(
                table,
                row.line,
                "V-OTHER",
                WARNING,
                table.part.keys[1],
                "nothing",
                "what the sub-category is",
                "Describe it; it is no catch-all.",
            )
        if key[2] and described[key] > 1 and key not in seen:
            seen.add(key)
            yield fault(
                table,
                row.line,
                "V-OTHER",
                ERROR,
                table.part.keys[1],
                key[2][:80],
                "no two alike",
                "Join the rows, or describe them apart.",
            )
