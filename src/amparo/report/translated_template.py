"""The template in another official language: the same sheets, columns and rows, other labels.

All language versions of the template are equally authentic. Columns and rows stand in one order in
each of them, and codes are never translated; so a column is known by its place, and the labels of
rows by the order in which each first appears. No dictionary of labels is needed, and none is kept;
the few words of headers below only say which language it is.

Source: Implementing Regulation (EU) 2024/2835, Annex I; TEU, Article 55, on the languages.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Iterable, Sequence

from amparo.report import forms, meant
from amparo.report.forms import PARTS, Line, Part, plain
from amparo.report.table import CATEGORY_PARTS, Sheet, is_high

_WORDS = {
    "Bulgarian": "приложимост услуга показател стойност",
    "Croatian": "primjenjivost usluga pokazatelj vrijednost",
    "Czech": "použitelnost služba ukazatel hodnota",
    "Danish": "anvendelse anvendelighed tjeneste indikator værdi",
    "Dutch": "toepasselijkheid toepassing dienst indicator waarde",
    "Estonian": "kohaldatavus teenus näitaja väärtus",
    "Finnish": "sovellettavuus palvelu indikaattori arvo",
    "French": "applicabilité service indicateur valeur",
    "German": "anwendbarkeit dienst indikator wert",
    "Greek": "εφαρμογή δυνατότητα υπηρεσία δείκτης τιμή αξία",
    "Hungarian": "alkalmazhatóság szolgáltatás mutató érték",
    "Irish": "infheidhmeacht seirbhís táscaire luach",
    "Italian": "applicabilità servizio indicatore valore",
    "Latvian": "piemērojamība pakalpojums rādītājs vērtība",
    "Lithuanian": "taikymas paslauga rodiklis vertė reikšmė",
    "Maltese": "applikabbiltà servizz indikatur valur",
    "Polish": "zastosowanie usługa wskaźnik wartość",
    "Portuguese": "aplicabilidade serviço indicador valor",
    "Romanian": "aplicabilitate serviciu indicator valoare",
    "Slovak": "uplatniteľnosť služba ukazovateľ hodnota",
    "Slovenian": "uporaba storitev kazalnik vrednost",
    "Spanish": "aplicabilidad servicio indicador valor",
    "Swedish": "tillämplighet tjänst indikator värde",
}
UNKNOWN = "another official language"
NAMES = {name: name for name in (*_WORDS, UNKNOWN)}
"""Every language by its English name."""
_PERIOD = re.compile(r".{8,12}\s*[/–-]\s*.{8,12}")
_CODE = re.compile(r"[A-Za-z]{2}|.*\[\s*(\.\.\.|…)\s*\].*|TOTALE?")


def part_in(sheet: Sheet, hint: int) -> Part | None:
    """Which part a table in another language is; `hint` is the number in its name, or its place."""
    fitting = [
        part
        for part in PARTS.values()
        if len(_header(sheet)) in (len(part.columns), len(part.header)) and _is_of(sheet, part)
    ]
    named = [part for part in fitting if part.number == hint]
    if named or len(fitting) == 1:
        return (named or fitting)[0]
    return _disambiguated(sheet, fitting) if fitting else None


def english(sheet: Sheet, part: Part) -> Sheet | None:
    """The table with the template's English labels; None if its rows cannot be matched."""
    columns = part.columns[: len(_header(sheet))]
    rows = [tuple(row) for row in sheet.rows[1:]]
    if part.number in CATEGORY_PARTS:
        return _renamed(sheet, columns, [_category_row(row, part) for row in rows])
    if part.number == 2:
        return _renamed(sheet, columns, rows)
    lines = _matched(rows, part)
    if lines is None:
        return None
    return _renamed(
        sheet,
        columns,
        [_labelled(row, line, part) for row, line in zip(rows, lines, strict=True)],
    )


def language_of(sheet: Sheet) -> str:
    """The language of a header, in English; `UNKNOWN` if too few of its words are known."""
    words = {word for cell in _header(sheet) for word in plain(cell).split()}
    hits = {name: len(words & set(known.split())) for name, known in _WORDS.items()}
    best = max(hits.values())
    names = [name for name, count in hits.items() if count == best]
    return names[0] if best >= 2 and len(names) == 1 else UNKNOWN


def _header(sheet: Sheet) -> tuple[str, ...]:
    header = list(sheet.rows[0]) if sheet.rows else []
    while header and not header[-1].strip():
        header.pop()
    return tuple(header)


def _is_of(sheet: Sheet, part: Part) -> bool:
    """Whether the body has what no language changes: codes, periods, days."""
    rows = [row for row in sheet.rows[1:] if any(cell.strip() for cell in row)]
    if not rows:
        return False
    place = {2: 2, 3: 3, 4: 3, 5: 3, 6: 3}.get(part.number)
    if place is not None:
        codes = [row[place].strip().upper() for row in rows if len(row) > place]
        known = sum(is_high(code) or code.startswith("KEYWORD_") for code in codes)
        return 2 * known > len(rows)
    if part.number == 1:
        return 4 <= len(rows) <= 6
    periods = [row[2] for row in rows if len(row) > 2]
    return 2 * sum(bool(_PERIOD.fullmatch(cell.strip())) for cell in periods) > len(rows)


def _disambiguated(sheet: Sheet, fitting: Sequence[Part]) -> Part:
    """Parts of equally many columns, by how many rows they have, and by their categories."""
    codes = {cell.strip().upper() for row in sheet.rows[1:] for cell in row[3:4]}
    if {part.number for part in fitting} == {5, 6}:
        return PARTS[6 if forms.OTHER_VIOLATION in codes else 5]
    size = len(sheet.rows) - 1
    blank = {7: 47, 8: 35, 9: 6}
    return min(fitting, key=lambda part: abs(blank.get(part.number, 1000) - size))


def _category_row(row: tuple[str, ...], part: Part) -> tuple[str, ...]:
    cells = [*row]
    if cells and cells[0].strip():
        cells[0] = part.applies
    if part.number == 3 and len(cells) > 5:
        cells[5] = meant.scope(3, cells[5])
    return tuple(cells)


def _matched(rows: Sequence[tuple[str, ...]], part: Part) -> list[Line | None] | None:
    """Which row of the template each is: by the order of its labels, or by place."""
    lines = forms.lines_of(part.number)
    indicator = part.header.index("Indicator")
    scope = part.header.index("Scope") if "Scope" in part.header else None
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    labels = _in_order(row[indicator] for row in filled if len(row) > indicator)
    scopes = _in_order(
        row[scope]
        for row in filled
        if scope is not None and len(row) > scope and _is_label(row[scope])
    )
    names = _in_order(line.indicator for line in lines)
    ranges = _in_order(line.scope for line in lines if _is_label(line.scope))
    if len(labels) == len(names) and len(scopes) in (0, len(ranges)):
        renamed = dict(zip(labels, names, strict=True)) | dict(zip(scopes, ranges, strict=False))
        return [_line(row, renamed, lines, indicator, scope) for row in rows]
    if len(filled) == len(lines):
        found = iter(lines)
        return [next(found) if row in filled else None for row in rows]
    return None


def _line(
    row: tuple[str, ...],
    renamed: dict[str, str],
    lines: Sequence[Line],
    indicator: int,
    scope: int | None,
) -> Line | None:
    name = renamed.get(plain(row[indicator]) if len(row) > indicator else "")
    if name is None:
        return None
    about = row[scope] if scope is not None and len(row) > scope else ""
    range_ = renamed.get(plain(about), about)
    if plain(about) == "totale":
        range_ = forms.TOTAL
    group = [line for line in lines if plain(line.indicator) == name]
    same = [line for line in group if plain(line.scope) == plain(range_)]
    return same[0] if same else group[0]._replace(scope=range_)


def _labelled(row: tuple[str, ...], line: Line | None, part: Part) -> tuple[str, ...]:
    if line is None:
        return row
    labels = {"Applicability": line.applies, "Section": line.section, "Indicator": line.indicator}
    cells = [*row]
    for place, column in enumerate(part.header[: len(cells)]):
        if column in labels:
            cells[place] = labels[column]
        elif column == "Scope":
            cells[place] = line.scope
    return tuple(cells)


def _is_label(scope: str) -> bool:
    """Whether a scope is words that are translated, and no code."""
    return bool(scope.strip()) and not _CODE.fullmatch(scope.strip())


def _in_order(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(plain(text) for text in texts if plain(text)))


def _renamed(sheet: Sheet, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Sheet:
    return sheet._replace(rows=(columns, *rows))
