"""Reports of an invented platform to try the linter on: one clean, and what usually goes wrong.

Each but the first is the clean one after something that real filers have done to theirs.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache

from amparo.report import answers, files, forms, write
from amparo.report.figures import Contested, Heard, Measure
from amparo.report.forms import PARTS, Tier
from amparo.report.write import Given

TIER: Tier = "online_platform"
Parts = dict[int, list[list[str]]]
"""Part -> rows without the header."""
_START, _END = "2026-01-01", "2026-12-31"


@cache
def archive(name: str) -> bytes:
    """A sample as a zip of its CSV parts; `KeyError` if there is none of that name."""
    parts = _clean()
    _SPOILED[name](parts)
    return files.write_zip(
        {f"{PARTS[part].name}.csv": files.write_csv(PARTS[part], parts[part]) for part in parts}
    )


def _clean() -> Parts:
    written = write.write(Given(_measures(), _heard(), _answers(), _START, _END))
    return {number: [list(row) for row in rows] for number, rows in written.parts.items()}


def _measures() -> Counter[Measure]:
    found: Counter[Measure] = Counter()
    for part, ground in ((5, "ILLEGAL"), (6, "INCOMPATIBLE")):
        for number, row in enumerate(row for row in forms.rows_of(part) if row.sub):
            if row.sub == forms.OTHER:
                continue
            measure = Measure(
                f"DECISION_GROUND_{ground}_CONTENT",
                row.high,
                row.sub,
                ("Visibility restriction Removal",),
                "SOURCE_VOLUNTARY",
                detected=number % 2 == 0,
                decided=number % 3 == 0,
                language="",
            )
            found[measure] = 1000 + 7 * number
    return found


def _heard() -> Heard:
    against = (forms.AGAINST_REMOVAL,)
    complaints = [Contested("upheld", 30, against), Contested("reversed", 52.5, against)] * 40
    return Heard(tuple(complaints), (), (), {})


def _answers() -> answers.Answers:
    service = {
        "provider": "Example Ltd",
        "name": "Example",
        "platform": "example",
        "tier": TIER,
        "published": "2027-02-19",
        "previous": "2026-02-20",
    }
    qualitative = {
        question.strip(): "As our page on moderation describes it."
        for applies, question in forms.QUALITATIVE
        if TIER in forms.BOUND[applies]
    }
    order = {
        "state": "EL",
        "category": "STATEMENT_CATEGORY_VIOLENCE",
        "orders": 2,
        "items": 3,
        "inform_hours": 1,
        "effect_hours": 12,
    }
    return answers.read(
        {
            "service": service,
            "qualitative": qualitative,
            "suspensions_illegal": 3,
            "suspensions_notices": 0,
            "suspensions_complaints": 0,
            "elsewhere": dict.fromkeys(("notices", "complaints", "disputes"), "none"),
            "order": [order],
        }
    )


# --- what goes wrong ----------------------------------------------------------------------------


def _place(part: int, column: str) -> int:
    return PARTS[part].columns.index(column)


def _by_a_spreadsheet(parts: Parts) -> None:
    """Days as it shows them, separators, a unit, Greece as GR, a cell that was dragged."""
    value = _place(1, "Value")
    for row in parts[1][1:]:
        year, month, day = row[value].split("-")
        row[value] = f"{day}/{month}/{year[2:]}"
    for row in parts[5]:
        column = _place(5, forms.MEASURES)
        row[column] = f"{int(row[column]):,}"
    for number, row in enumerate(parts[6]):
        row[_place(6, "Reporting period")] = f"2026-01-01/2026-12-{31 + number}"
    for row in parts[7]:
        column = _place(7, "Value")
        if "." in row[column]:
            row[column] += " hrs"
    for row in parts[3]:
        column = _place(3, "Scope")
        row[column] = row[column].replace("EL", "GR")


def _by_counting(parts: Parts) -> None:
    """A total that is none, a part that is more than its whole, a median outside of its groups."""
    column, solely = _place(5, forms.MEASURES), _place(5, forms.SOLELY)
    parts[5][0][column] = str(int(parts[5][0][column]) + 100)
    row = next(row for row in parts[6] if row[_place(6, PARTS[6].keys[0])].startswith("KEYWORD"))
    row[solely] = str(int(row[_place(6, forms.MEASURES)]) + 1)
    for row in parts[7]:
        is_median = row[_place(7, "Scope")] == forms.MEDIAN
        if is_median and row[_place(7, "Indicator")] == forms.SUBMITTED:
            row[_place(7, "Value")] = "500"


def _by_haste(parts: Parts) -> None:
    """Words that hold a place, a part that was left out, and a service without a name."""
    value = _place(11, "Value")
    parts[11][0][value], parts[11][1][value] = "TBD", "Free text"
    for row in parts[4]:
        row[_place(4, "Service")] = ""
    del parts[8]


_SPOILED: Mapping[str, Callable[[Parts], None]] = {
    "clean": lambda _: None,
    "spreadsheet": _by_a_spreadsheet,
    "sums": _by_counting,
    "unfinished": _by_haste,
}
NAMES = tuple(_SPOILED)
