"""Filling the template: every part that the tier owes, strictly as it is written.

Blank is what does not apply, 0 what applies and did not happen. A figure that nobody has given is
blank and a finding. What is written reads back without a finding, but for those.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from amparo.errors import Text
from amparo.record import vocabulary as words
from amparo.report import elsewhere, figures, forms, meant, questions
from amparo.report.answers import Accuracy, Answers, Notice, Order
from amparo.report.figures import Contested, Heard, Measure, Noticed
from amparo.report.forms import BOUND, PARTS, Category, Line
from amparo.report.table import ERROR, WARNING, Finding, finding_of

FLAGGERS = "Number of notices received from Trusted flaggers"
UNSPECIFIED = "Not further specified"
"""What KEYWORD_OTHER is described as where a decision names no keyword."""
_AGAINST_WOMEN = "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN"
Rows = list[list[str]]
_Cells = dict[tuple[str, str], dict[str, float]]
_PlacedFigures = tuple[tuple[str, str], tuple[float | None, ...]]
"""A row's place, and what is told of each of its columns."""


class Written(NamedTuple):
    """A report, ready to be put into files."""

    parts: dict[int, Rows]
    """Part -> rows without the header."""
    findings: tuple[Finding, ...]
    """What nobody answered, and what could not be placed."""


class Given(NamedTuple):
    """Everything a report is made from."""

    measures: Mapping[Measure, int]
    heard: Heard
    answers: Answers
    start: str
    end: str


def write(given: Given) -> Written:
    """Fill all parts that the service owes."""
    parts = {number: part_of(given, number) for number in forms.owed(given.answers.service.tier)}
    found = [*questions.findings(given.answers), *_unplaced(given)]
    found += elsewhere.outside(given.answers, given.start, given.end)
    return Written(parts, tuple(found))


def part_of(given: Given, number: int) -> Rows:
    """The rows of one part."""
    heard = elsewhere.with_others(given.heard, given.answers, given.start, given.end)
    makers = {
        1: _identification,
        2: _names,
        3: _orders,
        4: _notices,
        5: _own,
        6: _own,
        7: _appeals,
        8: _automated,
        9: _people,
        10: _recipients,
        11: _texts,
    }
    return makers[number](given._replace(heard=heard), number)


def _lead(given: Given, applies: str) -> list[str]:
    return [applies, given.answers.service.name, f"{given.start}/{given.end}"]


def _identification(given: Given, _: int) -> Rows:
    service = given.answers.service
    values = {
        forms.PROVIDER: service.provider,
        forms.PUBLISHED: service.published,
        forms.PREVIOUS: service.previous,
        forms.START: given.start,
        forms.END: given.end,
    }
    return [
        [line.applies, service.name, line.indicator, values[line.indicator]]
        for line in forms.lines_of(1)
    ]


def _names(_: Given, __: int) -> Rows:
    """Part 2: every code with its number and name."""
    rows: Rows = []
    place, letter = 0, 0
    for category in forms.every_category():
        if category.sub:
            label, letter = f"Category {place}{chr(ord('a') + letter)}", letter + 1
        elif category.high != forms.TOTAL:
            place, letter = place + 1, 0
            label = f"Category {place}"
        else:
            label = forms.TOTAL
        # The template has one blank there, and what is written is the template to the byte.
        context = " " if category == Category(_AGAINST_WOMEN, "") else ""
        rows.append([label, forms.description_of(category), category.code, context])
    return rows


def _orders(given: Given, number: int) -> Rows:
    orders = [
        (
            order.state,
            _named(order, number),
            (
                order.orders,
                order.items,
                order.inform_hours,
                order.effect_hours,
                order.information_orders,
                order.information_inform_hours,
                order.information_effect_hours,
            ),
        )
        for order in given.answers.order
    ]
    columns = tuple(PARTS[number].kind)
    unknown = columns if questions.is_open(given.answers, "elsewhere.orders") else ()
    rows: Rows = []
    for scope in (forms.TOTAL, *sorted({state for state, _, _ in orders})):
        here = [(place, values) for state, place, values in orders if scope in (forms.TOTAL, state)]
        cells = _gathered(here, columns)
        rows += _category_rows(given, number, cells, forms.rows_of(number), scope, unknown)
    return rows


def _notices(given: Given, number: int) -> Rows:
    columns = tuple(PARTS[number].kind)
    placed: list[_PlacedFigures] = [
        (
            _named(notice, number),
            (
                notice.notices,
                notice.trusted,
                notice.items,
                notice.trusted_items,
                notice.hours,
                notice.trusted_hours,
                0,
                0,
                0,
                0,
            ),
        )
        for notice in given.answers.notice
    ]
    placed += [_noticed(notice) for notice in given.heard.notices]
    cells = _gathered(placed, columns)
    for place, counted in figures.on_notices(given.measures).items():
        for column, count in counted.items():
            cells.setdefault(place, {})
            cells[place][column] = cells[place].get(column, 0) + count
    is_open = questions.is_open(given.answers, "elsewhere.notices")
    unknown = [column for column in columns if is_open and "actions taken" not in column]
    return _category_rows(given, number, cells, forms.rows_of(number), unknown=unknown)


def _named(listed: Order | Notice, number: int) -> tuple[str, str]:
    """The row of what somebody listed; without a keyword it is of the category's own others."""
    others = Category(listed.category, forms.OTHER)
    unsaid = forms.OTHER if others in forms.rows_of(number) else ""
    return listed.category, listed.keyword or unsaid


def _noticed(notice: Noticed) -> _PlacedFigures:
    known = notice.category in words.CATEGORY and notice.category != forms.OTHER_VIOLATION
    hours = notice.hours if notice.acted else None
    place = (notice.category, forms.OTHER) if known else (forms.NOT_SPECIFIED_NOTICE, "")
    if notice.category == forms.NOT_SPECIFIED_NOTICE:
        place = (notice.category, "")
    # A trusted flagger's are among all, and counted by themselves besides.
    flagged = (1, notice.items, hours) if notice.flagged else (0, 0, None)
    return place, (1, flagged[0], notice.items, flagged[1], hours, flagged[2], 0, 0, 0, 0)


def _own(given: Given, number: int) -> Rows:
    counted, _ = figures.own_initiative(given.measures, number)
    cells: _Cells = {place: dict(columns) for place, columns in counted.items()}
    return _category_rows(given, number, cells, forms.rows_of(number))


def _gathered(placed: Sequence[_PlacedFigures], columns: tuple[str, ...]) -> _Cells:
    """Sums of counts and medians of times, for each row, its category and the total."""
    values: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for (high, sub), given in placed:
        for place in {(high, sub), (high, ""), (forms.TOTAL, "")}:
            for column, value in zip(columns, given, strict=True):
                if value is not None:
                    values[place][column].append(value)
    return {
        place: {
            column: round(median(some), 2) if column.startswith("Median") else sum(some)
            for column, some in columns_.items()
        }
        for place, columns_ in values.items()
    }


def _category_rows(
    given: Given,
    number: int,
    cells: _Cells,
    rows: Sequence[Category],
    scope: str = "",
    unknown: Sequence[str] = (),
) -> Rows:
    """The rows of a category part; columns that are `unknown` stay blank."""
    part, made = PARTS[number], []
    for category in rows:
        values = cells.get((category.high, category.sub), {})
        figures_ = [
            "" if column in unknown else _number(values.get(column, 0 if kind == "int" else None))
            for column, kind in part.kind.items()
        ]
        described = UNSPECIFIED if category.sub == forms.OTHER and any(values.values()) else ""
        keys = [category.code, described, *([scope] if scope else [])]
        made.append([*_lead(given, part.applies), *keys, *figures_, *("" for _ in part.context)])
    return made


def _appeals(given: Given, number: int) -> Rows:
    heard = given.heard
    values, pending = _heard(heard)
    others, _ = _heard(elsewhere.with_others(Heard(), given.answers, given.start, given.end))
    if given.answers.suspensions_illegal is not None:
        values[forms.ILLEGAL_OFFENDERS, forms.TOTAL_NUMBER] = given.answers.suspensions_illegal
    unknown = _unknown(given)
    rows = []
    for line in forms.lines_of(number):
        if line.section in unknown or line.indicator in unknown:
            rows.append([*_line(given, line), "", ""])
            continue
        waiting = pending.get(line.indicator, 0) if line.scope == forms.TOTAL_NUMBER else 0
        if line.scope == forms.TOTAL_NUMBER and line.indicator in pending:
            waiting += _unseen(values, line.indicator)
        notes = [f"{waiting} pending"] if waiting else []
        if (line.indicator, line.scope) == (forms.DISPUTED, forms.TOTAL_NUMBER):
            count = sum(dispute.by_default for dispute in heard.disputes)
            notes += [f"{count} by default"] if count else []
        more = others.get((line.indicator, line.scope), 0) if line.kind == "int" else 0
        notes += [f"{int(more)} {elsewhere.NOTE}"] if more else []
        context = "; ".join(notes)
        value = _number(values.get((line.indicator, line.scope)))
        rows.append([*_line(given, line), value, context])
    return rows


def _heard(heard: Heard) -> tuple[dict[tuple[str, str], float], dict[str, int]]:
    """(Indicator, scope) -> figure of part 7; and indicator -> how many are pending."""
    values: dict[tuple[str, str], float] = {}
    pending: dict[str, int] = {}
    groups: dict[str, list[Contested]] = {forms.SUBMITTED: list(heard.complaints)}
    for name in (*forms.AGAINST, forms.NO_ACTION, forms.NO_ACTION_FLAGGER):
        groups[name] = [complaint for complaint in heard.complaints if name in complaint.about]
    groups[forms.DISPUTED] = list(heard.disputes)
    for name, some in groups.items():
        outcomes = figures.outcomes(some)
        pending[name] = int(outcomes.pop("pending"))
        values |= {(name, scope): value for scope, value in outcomes.items()}
    newly = sum(complaint.outcome == "newly_restricted" for complaint in heard.complaints)
    values[forms.NEWLY, forms.TOTAL_NUMBER] = newly
    for name, what in (
        (forms.UNFOUNDED_NOTICES, "notices"),
        (forms.UNFOUNDED_COMPLAINTS, "complaints"),
    ):
        values[name, forms.TOTAL_NUMBER] = heard.suspensions.get(what, 0)
    return values, pending


def _unknown(given: Given) -> set[str]:
    """Sections and indicators of part 7 about which nobody has said all that there is."""
    sections = {
        "elsewhere.complaints": forms.COMPLAINTS,
        "elsewhere.disputes": forms.DISPUTES,
    }
    return {
        sections.get(question.name, question.indicator)
        for question in questions.unanswered(given.answers)
        if question.part == 7
    }


def _unseen(values: Mapping[tuple[str, str], float], indicator: str) -> int:
    """Groups without a row for omitted ones tell of them among the pending."""
    scopes = {line.scope for line in forms.lines_of(7) if line.indicator == indicator}
    return 0 if forms.OMITTED in scopes else int(values.get((indicator, forms.OMITTED), 0))


def _automated(given: Given, number: int) -> Rows:
    tier = given.answers.service.tier
    counted = figures.automated(given.measures)
    for notice in given.heard.notices:
        name = forms.SOLELY_NOTICES if notice.automated else forms.NOT_SOLELY_NOTICES
        scopes = (forms.NAM_TOTAL, forms.NAM_FLAGGER) if notice.flagged else (forms.NAM_TOTAL,)
        for scope in scopes:
            counted[scope, name] = counted.get((scope, name), 0) + 1
    measured = {forms.plain(accuracy.scope): accuracy for accuracy in given.answers.accuracy}
    is_open = questions.is_open(given.answers, "elsewhere.notices")
    unknown = (forms.NAM_TOTAL, forms.NAM_FLAGGER) if is_open else ()
    rows = []
    for line in forms.lines_of(number):
        if line.scope in forms.LANGUAGES and tier not in BOUND[line.applies]:
            continue
        value, context = "", ""
        if tier in BOUND[line.applies] and line.kind == "int" and line.scope not in unknown:
            value = _number(counted.get((line.scope, line.indicator), 0))
        elif tier in BOUND[line.applies] and line.kind != "int":
            value, context = _measured(line, measured.get(forms.plain(line.scope)))
        rows.append([*_line(given, line), value, context])
    return rows


def _measured(line: Line, found: Accuracy | None) -> tuple[str, str]:
    name = line.indicator.rpartition(" ")[2].lower()
    value = getattr(found, name) if found is not None else None
    return ("", "") if value is None or found is None else (_number(value), found.context)


def _people(given: Given, number: int) -> Rows:
    people = given.answers.people
    values: dict[tuple[str, str], float | None] = {
        (forms.INTERNAL, forms.TOTAL_NUMBER): people.internal,
        (forms.EXTERNAL, forms.TOTAL_NUMBER): people.external,
    } | {
        (forms.EXPERTISE, meant.scope(number, scope)): value
        for scope, value in people.expertise.items()
    }
    return [
        [*_line(given, line), _number(values.get((line.indicator, line.scope))), ""]
        for line in forms.lines_of(number)
    ]


def _recipients(given: Given, number: int) -> Rows:
    return [
        [*_line(given, line), _number(given.answers.recipients.get(line.scope))]
        for line in forms.lines_of(number)
    ]


def _texts(given: Given, number: int) -> Rows:
    texts = {forms.plain(name): text for name, text in given.answers.qualitative.items()}
    tier = given.answers.service.tier
    return [
        [
            *_lead(given, line.applies),
            line.indicator,
            texts.get(forms.plain(line.indicator), "") if tier in BOUND[line.applies] else "",
        ]
        for line in forms.lines_of(number)
    ]


def _line(given: Given, line: Line) -> list[str]:
    return [*_lead(given, line.applies), line.section, line.indicator, line.scope]


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return (
        str(int(value)) if float(value).is_integer() else f"{value:g}" if value < 1 else str(value)
    )


def _unplaced(given: Given) -> Iterator[Finding]:
    """Decisions that no row of the template can hold: they are told of, not hidden elsewhere."""
    for number in (5, 6):
        _, lost = figures.own_initiative(given.measures, number)
        if lost:
            name = f"{PARTS[number].name}.csv"
            yield finding_of(
                "V-CAT",
                ERROR,
                name,
                0,
                PARTS[number].keys[0],
                Text("{count} measures", count=lost),
                Text("a category of this part"),
                Text(
                    "Part 5 has no category 15, and neither has one for what a notifier did not "
                    "specify: correct the statements of reasons."
                ),
            )
    flaggers = Counter(measure.source for measure in given.measures)["SOURCE_TRUSTED_FLAGGER"]
    counted = any(notice.flagged for notice in given.heard.notices)
    if flaggers and not counted and not any(notice.trusted for notice in given.answers.notice):
        yield finding_of(
            "V-ZERO",
            WARNING,
            "4_notices.csv",
            0,
            FLAGGERS,
            "0",
            Text("how many notices came from trusted flaggers"),
            Text(
                "Decisions followed such notices; put their number into [[notice]] of the answers."
            ),
        )
