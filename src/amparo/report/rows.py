"""Columns and rows of a part: all of the template's, once, under their own names, in its order.

V-HDR, V-ORDER and V-KEY of `docs/report.md`.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from amparo.errors import Text
from amparo.report import forms, meant, translated_template
from amparo.report.forms import BOUND, LANGUAGES, MEMBER_STATES, Line, Tier, plain
from amparo.report.table import (
    CATEGORY_PARTS,
    ERROR,
    INFO,
    NOTHING,
    WARNING,
    Finding,
    Judged,
    Row,
    Table,
    blocks,
    fault,
    is_foreign,
    is_high,
    key_of,
)


def columns(judged: Judged) -> Iterator[Finding]:
    """V-HDR: every column of the template is there, under its own name."""
    for table in judged.report.every:
        yield from _misnamed(table)
        yield from _names(table)
        yield from _remarks(table)
    yield from _language(judged)


def _language(judged: Judged) -> Iterator[Finding]:
    foreign = [table for table in judged.report.every if table.language]
    for table in foreign[:1]:
        named = sorted({row.language for row in foreign} - {translated_template.UNKNOWN})
        language = tuple(map(Text, named or [translated_template.UNKNOWN]))
        yield fault(
            table,
            table.line,
            "V-HDR",
            INFO,
            "",
            _labels(language, len(foreign)),
            Text("the template in any official language"),
            Text("Nothing is to be mended: columns and rows are known by their places."),
        )
    for table in foreign:
        if not table.is_understood:
            yield fault(
                table,
                table.line,
                "V-ORDER",
                ERROR,
                "Indicator",
                Text("rows of part {part} that cannot be matched", part=table.part.number),
                Text("every row of the template, in its order"),
                Text("Labels in another language are known by their order: keep every row."),
            )


def _labels(languages: tuple[Text, ...], parts: int) -> Text:
    language = languages[0]
    if len(languages) > 1:
        return Text("labels in several languages, {parts} parts", parts=parts)
    if parts == 1:
        return Text("labels in {language}", language=language)
    return Text("labels in {language}, {parts} parts", language=language, parts=parts)


def _names(table: Table) -> Iterator[Finding]:
    if table.language:
        return
    for column in table.part.header:
        if column not in table.found:
            yield fault(
                table,
                table.line,
                "V-HDR",
                ERROR,
                column,
                Text("no such column"),
                column,
                Text("Add the column, empty if nothing is known."),
            )
        elif table.found[column] != column:
            yield fault(
                table,
                table.line,
                "V-HDR",
                INFO,
                column,
                repr(table.found[column]),
                repr(column),
                Text("Write the name as the template does, blanks included."),
                "spelling",
            )
    missing = [column for column in table.part.context if column not in table.found]
    if missing:
        yield fault(
            table,
            table.line,
            "V-HDR",
            WARNING,
            missing[0],
            Text("{count} columns of context are missing", count=len(missing)),
            Text("all of them"),
            Text("Add them, empty if nothing is said."),
        )
    for column in table.strange:
        yield fault(
            table,
            table.line,
            "V-HDR",
            INFO,
            column,
            column,
            Text("a column of the template"),
            Text("A voluntary breakdown belongs into a document of its own (Annex II)."),
            "strange",
        )


def _misnamed(table: Table) -> Iterator[Finding]:
    """A file that bears the name of one part, and holds another one."""
    name = plain(table.file.rpartition("/")[2])
    other = next((part for part in forms.PARTS.values() if plain(part.name) in name), table.part)
    if other is not table.part and plain(table.part.name) not in name:
        yield fault(
            table,
            table.line,
            "V-HDR",
            WARNING,
            "",
            Text("part {part} under the name of another", part=table.part.number),
            table.part.name,
            Text("Name each file after the part that it holds."),
        )


def _remarks(table: Table) -> Iterator[Finding]:
    for line in table.remarks:
        yield fault(
            table,
            line,
            "V-HDR",
            WARNING,
            "",
            Text("a line of text"),
            Text("nothing but the rows of the template"),
            Text("Put remarks into the contextual column, or into a document beside it."),
            "remarks",
        )


# --- rows -------------------------------------------------------------------------------------


def there(judged: Judged) -> Iterator[Finding]:
    """V-ORDER: every row of the template, once, in its order."""
    for table in judged.report.every:
        if not table.is_understood:
            continue
        if table.part.number in CATEGORY_PARTS:
            yield from _category_rows(table)
        elif table.part.number == 2:
            yield from _names_there(table)
        else:
            yield from _missing(table, judged.tier)
            yield from _twice(table)
    yield from _pieces(judged)


def _pieces(judged: Judged) -> Iterator[Finding]:
    """A part that stands in several files: a reader cannot know which of them counts."""
    counted = Counter(table.part.number for table in judged.report.every)
    for number, count in counted.items():
        if count > 1:
            files = [piece for piece in judged.report.every if piece.part.number == number]
            names = ", ".join(file.file.rpartition("/")[2] for file in files)
            yield fault(
                files[-1],
                0,
                "V-ORDER",
                ERROR,
                "",
                Text(
                    "part {part} stands in {count} files: {names}",
                    part=number,
                    count=count,
                    names=names,
                ),
                Text("one file for each part"),
                Text("Join disjoint pieces into one file; of two versions, mark which one counts."),
            )


def _names_there(table: Table) -> Iterator[Finding]:
    """Part 2: every code but KEYWORD_OTHER, which a provider repeats as it needs."""
    wanted = [category.code for category in forms.every_category() if category.code != forms.OTHER]
    known = Counter(row.get(table.part.keys[0]).upper() for row in table.rows)
    missing = [code for code in wanted if code not in known]
    again = [code for code in wanted if known[code] > 1]
    if missing or again:
        yield _order(table, table.line, missing, again, len(wanted))


def _category_rows(table: Table) -> Iterator[Finding]:
    wanted = [category.code for category in forms.rows_of(table.part.number)]
    known = [row for row in table.rows if not is_foreign(row, table.part)]
    clean = has_clean_scopes(table)
    for scope, rows in blocks(known):
        if scope not in ("", forms.TOTAL) and not clean:
            continue  # told of by V-SCOPE; which rows belong together is not known
        if table.part.number == 3 and not (scope and is_total_whole(table)):
            continue
        codes = [code for code in _first_codes(table, rows) if code in set(wanted)]
        spared = _SPARED - set(codes) if scope not in ("", forms.TOTAL) else set()
        expected = [code for code in wanted if code not in spared]
        if codes != expected:
            missing = Counter(expected) - Counter(codes)
            twice = Counter(codes) - Counter(expected)
            place = rows[0].line if rows else table.line
            yield _order(table, place, list(missing), list(twice), len(expected))


_SPARED = frozenset((forms.TOTAL, "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE"))
"""What the block of a Member State may lack."""


def has_clean_scopes(table: Table) -> bool:
    """Whether each row of part 3 is of one Member State, or of all."""
    scopes = {scope for scope, _ in blocks(table.rows)}
    return table.part.number != 3 or scopes <= {forms.TOTAL, *MEMBER_STATES}


def is_total_whole(table: Table) -> bool:
    """Part 3: whether no row below one of TOTAL leaves its scope out, and so may be of it."""
    scopes = [meant.scope(3, row.get("Scope")) for row in table.rows]
    return table.part.number != 3 or (forms.TOTAL, "") not in pairwise(scopes)


def _order(
    table: Table, place: int, missing: Sequence[str], again: Sequence[str], size: int
) -> Finding:
    return fault(
        table,
        place,
        "V-ORDER",
        WARNING,
        table.part.keys[0],
        _differences(missing, again),
        Text("the {count} rows of the template", count=size),
        Text("Keep every row of the template, in its order."),
        f"rows {missing} {again}",
    )


def _differences(missing: Sequence[str], again: Sequence[str]) -> Text:
    lacking, twice = ", ".join(missing)[:200], ", ".join(again)[:200]
    if missing and again:
        return Text("missing: {missing}; twice: {again}", missing=lacking, again=twice)
    if missing:
        return Text("missing: {missing}", missing=lacking)
    return Text("twice: {again}", again=twice) if again else Text("another order")


def _first_codes(table: Table, rows: Sequence[Row]) -> Iterator[str]:
    """The codes of a block; further KEYWORD_OTHER rows of a category are voluntary, so left out."""
    others: set[str] = set()
    for row in rows:
        code = row.get(table.part.keys[0]).upper()
        if code != forms.OTHER or row.high not in others:
            yield code
        if code == forms.OTHER:
            others.add(row.high)


def _missing(table: Table, tier: Tier | None) -> Iterator[Finding]:
    keys = {key_of(row, table.part) for row in table.rows}
    for key, line in lines(table.part.number).items():
        owed = (
            tier in BOUND[line.applies]
            if tier is not None
            else line.applies not in (forms.VLOP, forms.VLOP_VLOSE)
        )
        if key not in keys and owed and not _is_code(line.scope):
            yield fault(
                table,
                0,
                "V-ORDER",
                WARNING,
                "Indicator",
                Text("no such row"),
                " / ".join(part for part in (line.indicator.strip(), line.scope) if part),
                Text("Keep every row of the template; leave the value empty."),
                "missing",
            )
    yield from _missing_codes(table, tier)


def _missing_codes(table: Table, tier: Tier | None) -> Iterator[Finding]:
    """Languages of part 8, all of an indicator; Member States of part 10, each."""
    scopes = {(plain(row.get("Indicator")), key_of(row, table.part)[-1]) for row in table.rows}
    known = {scope for _, scope in scopes}
    if any("[" in scope for scope in known):
        return  # rows that are left to be filled are told of by V-SCOPE
    if table.part.number == 8 and tier == "vlop":
        for indicator in dict.fromkeys(line.indicator for line in _coded(8)):
            if not any(name == plain(indicator) and len(scope) == 2 for name, scope in scopes):
                got, expected = Text("no row by language"), Text("one row for each language")
                yield _no_rows(table, indicator, got, expected)
    if table.part.number == 10 and any(row.get("Value") for row in table.rows):
        missing = [state for state in MEMBER_STATES if plain(state) not in known]
        if missing:
            absent = Text("no row of {states}", states=tuple(missing))
            expected = Text("one row for each Member State")
            yield _no_rows(table, forms.RECIPIENTS, absent, expected)


def _no_rows(table: Table, indicator: str, got: Text, expected: Text) -> Finding:
    fix = Text("Add the rows, with 0 where nothing happened.")
    return fault(table, 0, "V-ORDER", WARNING, indicator, got, expected, fix)


def _coded(part: int) -> Sequence[Line]:
    return [line for line in forms.lines_of(part) if _is_code(line.scope)]


def _is_code(scope: str) -> bool:
    return scope in MEMBER_STATES or scope in LANGUAGES


def _twice(table: Table) -> Iterator[Finding]:
    keys = Counter(key_of(row, table.part) for row in table.rows)
    for row in table.rows:
        key = key_of(row, table.part)
        if keys[key] > 1 and table.part.number != 8 and "[" not in key[-1]:
            yield fault(
                table,
                row.line,
                "V-ORDER",
                WARNING,
                "Indicator",
                Text("the row stands twice"),
                Text("once"),
                Text("Keep one of them."),
                f"twice {key}",
            )


@cache
def lines(part: int) -> dict[tuple[str, ...], Line]:
    """The rows that the template has for a part, by what `key_of` tells a row by."""
    found: dict[tuple[str, ...], Line] = {}
    for line in forms.lines_of(part) if part not in (2, *CATEGORY_PARTS) else ():
        cells = {"Section": line.section, "Indicator": line.indicator, "Scope": line.scope}
        found[tuple(plain(cells[column]) for column in forms.PARTS[part].keys)] = line
    return found


def line_of(table: Table, row: Row) -> Line | None:
    """The row of the template that a row is; None if there is none."""
    return lines(table.part.number).get(key_of(row, table.part))


def kind_of(table: Table, row: Row, column: str) -> str:
    """What may stand in a cell; in a row with a scope of its own, what the rows beside it have."""
    if table.part.kind:
        return table.part.kind.get(column, "")
    if column != "Value" or column not in table.part.header:
        return ""
    if (line := line_of(table, row)) is not None:
        return line.kind
    same, coded = plain(row.get("Indicator")), len(row.get("Scope")) == 2
    kinds = {
        line.kind
        for line in lines(table.part.number).values()
        if plain(line.indicator) == same and (not coded or _is_code(line.scope))
    }
    return kinds.pop() if len(kinds) == 1 else "any"


# --- labels --------------------------------------------------------------------------------------


def labelled(judged: Judged) -> Iterator[Finding]:
    """V-KEY: each row's applicability as the template has it."""
    for table in judged.report.every:
        if "Applicability" not in table.places or table.language:
            continue
        for row in table.rows:
            line = line_of(table, row) if not table.part.kind else None
            expected = line.applies if line is not None else table.part.applies
            got = row.get("Applicability")
            if line is None and not table.part.kind:
                continue
            # The first row of part 7 is for all in the template, for platforms in the law.
            allowed = {plain(expected), plain(table.part.applies)}
            if plain(got) not in allowed and is_known(table, row):
                yield fault(
                    table,
                    row.line,
                    "V-KEY",
                    WARNING,
                    "Applicability",
                    got or NOTHING,
                    expected,
                    Text(
                        "The column says whom a row is for, not who fills it in: keep the "
                        "template's."
                    ),
                    "applicability",
                )


def is_known(table: Table, row: Row) -> bool:
    """Whether a row of a category part bears a code; others are told of by V-CAT."""
    return not table.part.kind or is_high(row.get(table.part.keys[0])) or bool(row.high)
