"""Codes in a report: Member States, languages and categories, each as the template writes it.

V-SCOPE, V-CAT and V-OTHER of `docs/report.md`.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from amparo.errors import Text
from amparo.report import forms, meant
from amparo.report.forms import LANGUAGES, MEMBER_STATES, plain
from amparo.report.rows import line_of
from amparo.report.table import (
    CATEGORY_PARTS,
    ERROR,
    NOTHING,
    WARNING,
    Finding,
    Judged,
    Row,
    Table,
    fault,
    is_foreign,
    is_high,
    known_codes,
    value_of,
    write_as,
)

_STATE_CODES = {*MEMBER_STATES, "GR"}
_STATES_FIX = Text("Write Member States as Eurostat does: two capitals, Greece as EL.")
_LANGUAGES_FIX = Text("Write languages with two small letters, as in de.")


def scopes(judged: Judged) -> Iterator[Finding]:
    """V-SCOPE: Member States as Eurostat writes them, languages in lower case, no placeholder."""
    for table in judged.report.every:
        states = _rows_by_state(table)
        yield from states
        by_state = {state.row for state in states}
        for row in table.rows:
            if any(
                meant.PLACEHOLDER.search(row.get(column))
                for column in ("Scope", table.part.keys[0])
            ):
                yield _left(table, row)
            elif "Scope" in table.part.keys and row.line not in by_state and table.is_understood:
                yield from _scope(table, row)


def _left(table: Table, row: Row) -> Finding:
    got = row.get("Scope") or row.get(table.part.keys[0])
    return fault(
        table,
        row.line,
        "V-SCOPE",
        WARNING,
        "Scope",
        got,
        Text("no placeholder of the blank template"),
        Text("Remove the row, or write one for each code that it stands for."),
        "placeholder",
    )


def _scope(table: Table, row: Row) -> Iterator[Finding]:
    got, part = row.get("Scope"), table.part.number
    expected: str | Text
    right = meant.scope(part, got)
    if not got:
        cause, expected = "empty", _expected(part)
        fix = Text("Say what the row is about.")
    elif part in meant.STATE_PARTS and len(_states_in(got)) > 1:
        cause, expected = "several", Text("one Member State in each row")
        fix = Text("Write a block of rows for each Member State.")
    elif part in meant.STATE_PARTS and right not in (*MEMBER_STATES, forms.TOTAL):
        cause, expected, fix = "unknown", _expected(part), _STATES_FIX
    elif part in meant.LANGUAGE_PARTS and len(got) == 2 and right not in LANGUAGES:
        cause, expected, fix = "unknown", _expected(part), _LANGUAGES_FIX
    elif right != got and line_of(table, row) is not None and plain(right) != plain(got):
        cause, expected, fix = "spelling", right, write_as(right)
    elif right != got and part in meant.STATE_PARTS:
        cause, expected, fix = "spelling", right, _STATES_FIX
    elif right != got and len(got) == 2:
        cause, expected, fix = "spelling", right, _LANGUAGES_FIX
    else:
        return
    yield fault(table, row.line, "V-SCOPE", WARNING, "Scope", got or NOTHING, expected, fix, cause)


def _expected(part: int) -> Text:
    if part in meant.STATE_PARTS:
        return Text("TOTAL or a Member State, as in AT")
    if part in meant.LANGUAGE_PARTS:
        return Text("a language, as in de")
    return Text("a scope of the template")


def _states_in(got: str) -> list[str]:
    """Member States that stand in one cell, or words between commas."""
    return [word for word in got.replace(";", ",").replace("/", ",").split(",") if word.strip()]


def _rows_by_state(table: Table) -> list[Finding]:
    """Countries where languages belong: then those rows, too, whose codes are both."""
    found: list[Finding] = []
    if table.part.number not in meant.LANGUAGE_PARTS:
        return found
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in table.rows:
        if len(row.get("Scope")) == 2:
            groups[plain(row.get("Indicator"))].append(row)
    for rows in groups.values():
        codes = {row.get("Scope").upper() for row in rows}
        alien = {code for code in codes if code.lower() not in LANGUAGES}
        if codes <= _STATE_CODES and len(alien) > 2:
            found += [
                fault(
                    table,
                    row.line,
                    "V-SCOPE",
                    WARNING,
                    "Scope",
                    row.get("Scope"),
                    Text("one of the 24 languages, not a country"),
                    Text(
                        "Count by language; a breakdown by country belongs into a document of its "
                        "own."
                    ),
                    "countries",
                )
                for row in rows
            ]
    return found


def by_state(table: Table) -> frozenset[int]:
    """The lines of countries that stand where languages belong."""
    return frozenset(finding.row for finding in _rows_by_state(table))


# --- categories --------------------------------------------------------------------------------


def codes(judged: Judged) -> Iterator[Finding]:
    """V-CAT and V-OTHER: only codes of the template, each where it belongs."""
    for table in judged.report.every:
        if table.part.number in CATEGORY_PARTS and table.is_understood:
            for row in table.rows:
                yield from _code(table, row)
            yield from _described(table)
    yield from _named(judged)


def _code(table: Table, row: Row) -> Iterator[Finding]:
    code, column = row.get(table.part.keys[0]), table.part.keys[0]
    here = forms.codes_of(table.part.number)
    if meant.PLACEHOLDER.search(code) or (is_foreign(row, table.part) and not is_high(code)):
        return  # what stands below a category of another part is told of with it
    if not code:
        yield fault(
            table,
            row.line,
            "V-CAT",
            ERROR,
            column,
            NOTHING,
            Text("a code of the template"),
            Text("Say which category it is."),
            "no code",
        )
    elif is_high(code) and code.upper() not in here:
        home = _home(code.upper())
        yield fault(
            table,
            row.line,
            "V-CAT",
            ERROR,
            column,
            code,
            Text("a category of part {part}", part=table.part.number),
            Text("It and the rows below it belong into part {part}.", part=home)
            if home
            else Text("High-level categories are closed; use KEYWORD_OTHER below one."),
            "category elsewhere" if home else f"category {code}",
        )
    elif not is_high(code) and code.upper() not in here:
        home = _home(code.upper())
        yield fault(
            table,
            row.line,
            "V-OTHER",
            ERROR,
            column,
            code,
            Text("a keyword of part {part}, or KEYWORD_OTHER", part=table.part.number),
            Text("It belongs into part {part}.", part=home)
            if home
            else Text("Write KEYWORD_OTHER, and what it is into its description."),
            "keyword elsewhere" if home else "home-made keyword",
        )
    elif code != code.upper():
        yield fault(
            table,
            row.line,
            "V-CAT",
            WARNING,
            column,
            code,
            code.upper(),
            Text("Write the code in capitals."),
            "small",
        )


def _home(code: str) -> int:
    """The part that a known code belongs to; 0 for one that is none."""
    if code not in known_codes():
        return 0
    return next((number for number in CATEGORY_PARTS if code in forms.codes_of(number)), 0)


def _described(table: Table) -> Iterator[Finding]:
    """KEYWORD_OTHER: beside the template's own row, each has a description, no two alike."""
    column = table.part.keys[1]
    others = [
        row
        for row in table.rows
        if row.get(table.part.keys[0]).upper() == forms.OTHER and not is_foreign(row, table.part)
    ]
    count = Counter(_place(row, column) for row in others)
    bare = [row for row in others if not _says(row, column) and _counts(table, row)]
    for row in bare:
        yield fault(
            table,
            row.line,
            "V-OTHER",
            WARNING,
            column,
            row.get(column) or NOTHING,
            Text("what the sub-category is"),
            Text("Describe it; it is no catch-all."),
            "undescribed",
        )
    left = [row for row in others if meant.is_placeholder(row.get(column))]
    for row in left if not bare else ():
        yield fault(
            table,
            row.line,
            "V-FILL",
            WARNING,
            column,
            row.get(column),
            Text("blank, or what the sub-category is"),
            Text("Take the template's own words out."),
            "description",
        )
    for row in others:
        place = _place(row, column)
        if _says(row, column) and count[place] > 1:
            yield fault(
                table,
                row.line,
                "V-OTHER",
                ERROR,
                column,
                row.get(column)[:80],
                Text("no two alike"),
                Text("Join the rows, or describe them apart."),
                f"alike {place}",
            )


def _place(row: Row, column: str) -> tuple[str, str, str]:
    return row.get("Scope"), row.high, plain(row.get(column))


def _says(row: Row, column: str) -> bool:
    return bool(row.get(column)) and not meant.is_placeholder(row.get(column))


def _counts(table: Table, row: Row) -> bool:
    return any(value_of(row, column, kind) for column, kind in table.part.kind.items())


def _named(judged: Judged) -> Iterator[Finding]:
    """Own sub-categories stand in part 2, once it lists any."""
    names = judged.report.tables.get(2)
    if names is None:
        return
    listed = _listed(names)
    if not any(listed.values()):
        return
    for table in judged.report.every:
        if table.part.number not in CATEGORY_PARTS:
            continue
        column = table.part.keys[1]
        for row in table.rows:
            own = row.get(table.part.keys[0]).upper() == forms.OTHER and _says(row, column)
            if own and plain(row.get(column)) not in listed.get(row.high, ()):
                yield fault(
                    table,
                    row.line,
                    "V-OTHER",
                    WARNING,
                    column,
                    row.get(column)[:80],
                    Text("a sub-category that part 2 lists under {category}", category=row.high),
                    Text("Name it in part 2 as here, so that readers know what it is."),
                    "not in part 2",
                )


def _listed(names: Table) -> Mapping[str, Sequence[str]]:
    """High-level category -> what part 2 says of its own sub-categories."""
    found: dict[str, list[str]] = defaultdict(list)
    high = ""
    for row in names.rows:
        code = row.get(names.part.keys[0]).upper()
        high = code if is_high(code) else high
        if code == forms.OTHER:
            # In another language the template's own words would pass for a name.
            named = "" if names.language else row.get("Category description")
            texts = (row.get("Contextual information"), named)
            found[high] += [plain(text) for text in texts if text and not _is_template(text)]
    return found


def _is_template(text: str) -> bool:
    return plain(text) in (plain(forms.NOT_CAPTURED), "other")
