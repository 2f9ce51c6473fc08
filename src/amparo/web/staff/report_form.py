"""The answers to a transparency report as a form: its fields, and what was typed into them.

A field has the name of its answer's place in the file of answers, as in `elsewhere.complaints` or
`order.0.state`, so that whatever is said of an answer finds its field. What was typed is kept as it
was typed; what cannot be read is told of beside its field, and counts as not answered.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import msgspec

from amparo.errors import AmparoError, Text
from amparo.record import vocabulary as words
from amparo.report import answers, forms
from amparo.report.answers import Complaint, Dispute
from amparo.report.forms import BOUND, Tier
from amparo.web.words.decision import N_

MOST_ROWS = 50
"""Of a table of the form; whoever has more takes them in as a file."""
_NUMBER = re.compile(r"[0-9]{1,15}([.,][0-9]{1,6})?")
Typed = Mapping[str, str]


class Field(NamedTuple):
    """One answer."""

    name: str
    label: str
    kind: str = "line"
    """line, text, day, moment, count, number, choice, several, file."""
    choices: Mapping[str, str] = {}
    is_template: bool = False
    """Whether the label is the template's, and so English."""


class Section(NamedTuple):
    """Some answers that are kept together."""

    name: str
    title: str
    fields: tuple[Field, ...] = ()
    columns: tuple[Field, ...] = ()
    """Of a table below the fields, whose rows are named `name.0`, `name.1` and so on."""
    table: str = ""

    def owns(self, field: str) -> bool:
        """Whether a field is one of this section."""
        if field in {own.name for own in self.fields}:
            return True
        row, _, column = field.removeprefix(f"{self.table}.").partition(".")
        own_row = bool(self.table) and field.startswith(f"{self.table}.") and row.isdecimal()
        return own_row and int(row) < MOST_ROWS and column in {own.name for own in self.columns}


class Read(NamedTuple):
    """What was typed, as answers."""

    source: dict[str, Any]
    """As `answers.read` takes it, without what cannot be read."""
    problems: dict[str, Text | str]
    """Field -> what is wrong with it."""


ELSEWHERE = {"": N_("not answered yet"), "none": N_("there were none"), "listed": N_("listed here")}
OUTCOMES = {
    "pending": N_("pending"),
    "upheld": N_("the first decision stands"),
    "partially_reversed": N_("reversed in part"),
    "reversed": N_("reversed"),
    "omitted": N_("no decision: withdrawn, settled, inadmissible"),
}
ABOUT = {
    "removal": N_("removal, or less visibility"),
    "service": N_("the service suspended or ended"),
    "account": N_("the account suspended or closed"),
    "monetary": N_("payment restricted"),
    "no_action": N_("nothing done about a notice"),
    "no_action_flagger": N_("nothing done about a trusted flagger's notice"),
}
_YES = {"": N_("no"), "yes": N_("yes")}
_NEWLY = {"newly_restricted": N_("newly restricted")}
_SCOPES = (forms.TOTAL_NUMBER, forms.OWN_INITIATIVE, forms.NAM_TOTAL, forms.NAM_FLAGGER)


def sections(tier: Tier) -> tuple[Section, ...]:
    """The answers that a tier is asked for, in the order of the report."""
    is_hosting, is_platform = tier in BOUND[forms.HOSTING], tier in BOUND[forms.PLATFORM]
    found = [_service(), _orders()]
    found += [_notices()] if is_hosting else []
    found += [_complaints(), _disputes(), _suspensions()] if is_platform else []
    found += [_accuracy()]
    found += [_people()] if tier == "vlop" else []
    found += [_recipients()] if tier in BOUND[forms.VLOP_VLOSE] else []
    return (*found, _texts(tier), _file())


def rows(section: Section, typed: Typed) -> list[int]:
    """The rows of a section's table that hold something, and the next free one."""
    held = {
        int(name.split(".")[1])
        for name in typed
        if section.table and name.startswith(f"{section.table}.") and typed[name].strip()
    }
    free = next((number for number in range(MOST_ROWS) if number not in held), None)
    return sorted(held if free is None else {*held, free})


def read(typed: Typed, tier: Tier) -> Read:
    """The answers in what was typed, and what is wrong with the rest of it."""
    found = Read({}, {})
    for section in sections(tier):
        for field in section.fields if section.name != "file" else ():
            _put(found, field, field.name, typed)
        if section.table:
            found.source[section.table] = list(_table(found, section, typed))
    found.source["qualitative"] = {
        question.strip(): found.source.pop(f"q{number}", "")
        for number, question in enumerate(questions(tier))
    }
    if "expertise" in found.source:
        found.source.setdefault("people", {})["expertise"] = found.source.pop("expertise")
    _agree(found)
    return found


def questions(tier: Tier) -> list[str]:
    """The questions of part 11; a tier's answers are named q0, q1 and so on."""
    return [text for applies, text in forms.QUALITATIVE if tier in BOUND[applies]]


def field_of(path: str, tier: Tier) -> str:
    """The field of an answer by its place in the file: `qualitative.…` has a number here."""
    table, _, name = path.partition(".")
    if table == "qualitative":
        asked = [forms.plain(question) for question in questions(tier)]
        return f"q{asked.index(forms.plain(name))}" if forms.plain(name) in asked else ""
    return {"people": "people.internal", "recipients": f"recipients.{forms.TOTAL}"}.get(path, path)


def _put(found: Read, field: Field, name: str, typed: Typed) -> None:
    """Read one field into its place: `people.internal`, `qualitative.…`."""
    try:
        value = _value(field, typed.get(name, "").strip())
    except ValueError as error:
        found.problems[name] = error.args[0]
        return
    if value is None:
        return
    table, _, key = name.rpartition(".")
    (found.source.setdefault(table, {}) if table else found.source)[key] = value


def _table(found: Read, section: Section, typed: Typed) -> Iterator[dict[str, Any]]:
    for row in rows(section, typed):
        cells: dict[str, Any] = {}
        is_whole = True
        for column in section.columns:
            name = f"{section.table}.{row}.{column.name}"
            try:
                value = _value(column, typed.get(name, "").strip())
            except ValueError as error:
                found.problems[name], is_whole = error.args[0], False
                continue
            if value is not None:
                cells[column.name] = value
        if not any(typed.get(f"{section.table}.{row}.{own.name}") for own in section.columns):
            continue
        wrong = _wrong(section, cells) if is_whole else None
        if wrong is not None:
            found.problems[f"{section.table}.{row}.{section.columns[0].name}"] = wrong
        elif is_whole:
            yield cells


def _wrong(section: Section, cells: dict[str, Any]) -> Text | str | None:
    """Why a row cannot be counted; what it is called in the file is put into it."""
    if "category" in cells:
        cells["category"], _, cells["keyword"] = cells["category"].partition(" ")
    try:
        row: object = msgspec.convert(cells, _KINDS[section.table])
    except msgspec.ValidationError:
        return N_("this row is not whole")
    if isinstance(row, Complaint | Dispute):
        try:
            answers.check_contested(row)
        except AmparoError as error:
            return error.texts[1]
    return None


_KINDS: Mapping[str, type] = {
    "order": answers.Order,
    "notice": answers.Notice,
    "complaint": Complaint,
    "dispute": Dispute,
    "accuracy": answers.Accuracy,
}


def _agree(found: Read) -> None:
    """`[elsewhere]` beside what is listed: one contradicts the other, or neither says anything."""
    claims: dict[str, str] = found.source.get("elsewhere", {})
    for what, table in _TABLES.items():
        claim, some = claims.get(what, ""), found.source.get(table, [])
        if claim == "none" and some:
            found.problems[f"elsewhere.{what}"] = N_(
                "this says there were none, and some are listed"
            )
            del claims[what]
        elif claim == "listed":
            del claims[what]


_TABLES = {
    "orders": "order",
    "notices": "notice",
    "complaints": "complaint",
    "disputes": "dispute",
}


def _value(field: Field, got: str) -> Any:
    """What a field means; None where it is empty; `ValueError` with a text says what is wrong."""
    if not got:
        return None
    return _READERS.get(field.kind, _text)(field, got)


def _text(_: Field, got: str) -> str:
    return got


def _count(_: Field, got: str) -> int:
    if not (got.isascii() and got.isdecimal() and len(got) <= 15):
        raise ValueError(N_("a count is digits only, as in 1204"))
    return int(got)


def _number(_: Field, got: str) -> float:
    if not _NUMBER.fullmatch(got):
        raise ValueError(N_("this is no number, as in 12.5"))
    return float(got.replace(",", "."))


def _day(_: Field, got: str) -> str:
    try:
        return str(date.fromisoformat(got))
    except ValueError:
        raise ValueError(N_("a day is written as in 2027-02-20")) from None


def _choice(field: Field, got: str) -> Any:
    if got not in field.choices:
        raise ValueError(N_("choose one of the list"))
    return got == "yes" if field.choices is _YES else got


def _several(field: Field, got: str) -> list[str]:
    return [_choice(field, word) for word in got.split(",")]


_READERS: Mapping[str, Callable[[Field, str], Any]] = {
    "count": _count,
    "number": _number,
    "day": _day,
    "choice": _choice,
    "several": _several,
}


# --- what is asked ------------------------------------------------------------------------------


def _service() -> Section:
    return Section(
        "service",
        N_("Who reports, and when"),
        (
            Field("service.provider", N_("Provider")),
            Field("service.name", N_("Name of the service")),
            Field("service.published", N_("Day of publication"), "day"),
            Field("service.previous", N_("Day on which the report before was published"), "day"),
        ),
    )


def _elsewhere(what: str, label: str) -> Field:
    return Field(f"elsewhere.{what}", label, "choice", ELSEWHERE)


def _categories(part: int) -> Field:
    choices = {
        f"{row.high} {row.sub}".strip(): row.code
        for row in forms.rows_of(part)
        if row.high != forms.TOTAL
    }
    return Field("category", N_("Category"), "choice", choices)


def _orders() -> Section:
    states = dict.fromkeys(forms.MEMBER_STATES, "")
    return Section(
        "orders",
        N_("Orders of Member States (Articles 9 and 10)"),
        (_elsewhere("orders", N_("Were there orders?")),),
        (
            Field("state", N_("Member State"), "choice", states),
            _categories(3),
            Field("orders", N_("Orders to act"), "count"),
            Field("items", N_("Items in them"), "count"),
            Field("inform_hours", N_("Hours until receipt was confirmed (median)"), "number"),
            Field("effect_hours", N_("Hours until they took effect (median)"), "number"),
            Field("information_orders", N_("Orders for information"), "count"),
            Field(
                "information_inform_hours", N_("Hours until their receipt was confirmed"), "number"
            ),
            Field("information_effect_hours", N_("Hours until they were answered"), "number"),
        ),
        "order",
    )


def _notices() -> Section:
    return Section(
        "notices",
        N_("Notices that other tools handled (Article 16)"),
        (_elsewhere("notices", N_("Were there notices in other tools?")),),
        (
            _categories(4),
            Field("notices", N_("Notices"), "count"),
            Field("trusted", N_("of trusted flaggers"), "count"),
            Field("items", N_("Items in them"), "count"),
            Field("trusted_items", N_("Items in those of trusted flaggers"), "count"),
            Field("hours", N_("Hours until something was done (median)"), "number"),
            Field("trusted_hours", N_("Hours, for those of trusted flaggers"), "number"),
        ),
        "notice",
    )


def _complaints() -> Section:
    return Section(
        "complaints",
        N_("Complaints that other tools handled (Article 20)"),
        (_elsewhere("complaints", N_("Were there complaints in other tools?")),),
        (
            Field("id", N_("Its number there")),
            Field("submitted", N_("Submitted on"), "moment"),
            Field("about", N_("About"), "several", ABOUT),
            Field("outcome", N_("What became of it"), "choice", OUTCOMES | _NEWLY),
            Field("decided", N_("Told on"), "moment"),
        ),
        "complaint",
    )


def _disputes() -> Section:
    return Section(
        "disputes",
        N_("Disputes before other bodies (Article 21)"),
        (_elsewhere("disputes", N_("Were there disputes before other bodies?")),),
        (
            Field("id", N_("Its number there")),
            Field("submitted", N_("Submitted on"), "moment"),
            Field("outcome", N_("What became of it"), "choice", OUTCOMES),
            Field("decided", N_("Told on"), "moment"),
            Field("implemented", N_("Was it implemented?"), "choice", _YES),
            Field("by_default", N_("Did you take no part?"), "choice", _YES),
        ),
        "dispute",
    )


def _suspensions() -> Section:
    return Section(
        "suspensions",
        N_("Suspensions for misuse (Article 23)"),
        (
            Field(
                "suspensions_illegal",
                N_("Suspensions for manifestly illegal content (Article 23(1))"),
                "count",
            ),
            Field(
                "suspensions_notices",
                N_("Suspensions for unfounded notices, in other tools"),
                "count",
            ),
            Field(
                "suspensions_complaints",
                N_("Suspensions for unfounded complaints, in other tools"),
                "count",
            ),
        ),
    )


def _accuracy() -> Section:
    return Section(
        "accuracy",
        N_("How well automated means work"),
        (),
        (
            Field("scope", N_("Of what"), "choice", {scope.strip(): scope for scope in _SCOPES}),
            Field("accuracy", N_("Accuracy (0 to 1)"), "number"),
            Field("precision", N_("Precision (0 to 1)"), "number"),
            Field("recall", N_("Recall (0 to 1)"), "number"),
            Field("context", N_("What was measured, on which sample"), "text"),
        ),
        "accuracy",
    )


def _people() -> Section:
    languages = (Field(f"expertise.{code}", code, "number") for code in forms.LANGUAGES)
    return Section(
        "people",
        N_("Moderators, in full-time equivalents (Article 42)"),
        (
            Field("people.internal", N_("Employed by the provider"), "number"),
            Field("people.external", N_("Contracted"), "number"),
            Field("expertise.TOTAL", N_("With sufficient expertise in a language"), "number"),
            *languages,
        ),
    )


def _recipients() -> Section:
    states = (Field(f"recipients.{state}", state, "count") for state in forms.MEMBER_STATES)
    return Section(
        "recipients",
        N_("Average monthly active recipients"),
        (Field(f"recipients.{forms.TOTAL}", N_("In the Union"), "count"), *states),
    )


def _texts(tier: Tier) -> Section:
    return Section(
        "texts",
        N_("What figures cannot say"),
        tuple(
            Field(f"q{number}", question.strip(), "text", is_template=True)
            for number, question in enumerate(questions(tier))
        ),
    )


def _file() -> Section:
    label = N_("A file of answers (TOML), as `amparo report import` writes it")
    return Section("file", N_("Taken in as a file"), (Field("more", label, "file"),))


LABELS = {
    **words.CATEGORY,
    **{name: keyword.label for name, keyword in words.KEYWORDS.items()},
    forms.NOT_SPECIFIED_ORDER: N_("Type of illegal content not specified by the public authority"),
}
"""Code of a category -> its name in words."""
