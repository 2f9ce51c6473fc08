"""What one cell of a report was counted from: each thing is written alone, by the writer itself.

What makes the cell say something when nothing else is there is part of it. So an explanation cannot
differ from the count: there is no second set of rules.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from amparo.errors import Malformed
from amparo.report.answers import Answers, Elsewhere
from amparo.report.figures import Heard, Measure
from amparo.report.forms import PARTS
from amparo.report.write import Given, part_of

SOURCES = {
    1: "1.1",
    2: "1",
    3: "1.2",
    4: "1.3",
    5: "1.4",
    6: "1.4",
    7: "1.5",
    8: "1.6",
    9: "1.7",
    10: "1.8",
    11: "2",
}
"""Part -> the section of Annex II, Part II, that says how it is counted."""
_ADDRESS = re.compile(r"([0-9]{1,2})(?:_\w+)?[!:]([A-Z]{1,2})([0-9]{1,4})")
_NONE = Elsewhere("none", "none", "none", "none")


class Place(NamedTuple):
    """A cell."""

    part: int
    row: int
    """In the part's rows, from 0."""
    column: int


class Explained(NamedTuple):
    """A cell, and what it was counted from."""

    row: tuple[str, ...]
    """What tells its row from the others."""
    column: str
    value: str
    measures: Counter[Measure]
    others: Counter[str]
    """Complaints, disputes, notices and orders, in words."""
    is_answer: bool
    """Whether it is an answer of people, as it stands in the file of answers."""


def place(address: str) -> Place:
    """A spreadsheet's address with the part before it, as in `7!G2`; row 1 is the header."""
    found = _ADDRESS.fullmatch(address.strip())
    if found is None or int(found[1]) not in PARTS or int(found[3]) < 2:
        raise Malformed(
            "That is no cell of a report.",
            why=f"{address[:40]!r} is not like 7!G2",
            fix="Give part, column and row, as a spreadsheet shows them; row 1 is the header.",
        )
    column = 0
    for letter in found[2]:
        column = 26 * column + ord(letter) - ord("A") + 1
    return Place(int(found[1]), int(found[3]) - 2, column - 1)


def explain(given: Given, where: Place) -> Explained:
    """What a cell was counted from; `Malformed` where the report has no such cell."""
    rows = part_of(given, where.part)
    columns = PARTS[where.part].columns
    if where.row >= len(rows) or where.column >= len(columns):
        raise Malformed(
            "The report has no such cell.",
            why=f"part {where.part} has {len(rows)} rows and {len(columns)} columns here",
            fix="Look at the draft: row 1 is the header.",
        )
    nothing = _without_lists(given)
    row = rows[where.row]
    keys = [row[columns.index(name)] for name in PARTS[where.part].keys]
    measures = Counter[Measure]()
    for measure, count in given.measures.items():
        if _says(nothing._replace(measures={measure: 1}), where):
            measures[measure] = count
    others = Counter(label for label, alone in _ingredients(given, nothing) if _says(alone, where))
    return Explained(
        tuple(filter(None, keys)),
        columns[where.column].strip(),
        row[where.column],
        measures,
        others,
        _says(nothing, where),
    )


def _without_lists(given: Given) -> Given:
    """The report of a service to which nothing happened, with its answers in words and numbers."""
    answers = msgspec.structs.replace(
        given.answers, elsewhere=_NONE, order=(), notice=(), complaint=(), dispute=()
    )
    return given._replace(measures={}, heard=Heard(), answers=answers)


def _ingredients(given: Given, nothing: Given) -> Iterator[tuple[str, Given]]:
    """Each thing that is counted, in words, and a report in which it is alone."""
    heard, answers = given.heard, given.answers
    for complaint in heard.complaints:
        name = f"complaint of this node, {complaint.outcome or 'pending'}"
        yield name, nothing._replace(heard=Heard(complaints=(complaint,)))
    for dispute in heard.disputes:
        name = f"dispute of this node, {dispute.outcome or 'pending'}"
        yield name, nothing._replace(heard=Heard(disputes=(dispute,)))
    for notice in heard.notices:
        name = f"notice of this node, {notice.category or 'no category'}"
        yield name, nothing._replace(heard=Heard(notices=(notice,)))
    for what, count in heard.suspensions.items():
        alone = nothing._replace(heard=Heard(suspensions={what: count}))
        yield from [(f"suspension for {what}", alone)] * count
    for kind in ("order", "notice", "complaint", "dispute"):
        for entry in getattr(answers, kind):
            name = getattr(entry, "id", "") or getattr(entry, "keyword", "") or entry.category
            alone = nothing._replace(answers=_with(nothing.answers, kind, entry))
            yield f"[[{kind}]] {name}", alone


def _with(answers: Answers, kind: str, entry: object) -> Answers:
    elsewhere = msgspec.structs.replace(_NONE, **{f"{kind}s": ""})
    return msgspec.structs.replace(answers, elsewhere=elsewhere, **{kind: (entry,)})


def _says(given: Given, where: Place) -> bool:
    rows = part_of(given, where.part)
    if where.row >= len(rows):
        return False
    return rows[where.row][where.column] not in ("", "0")
