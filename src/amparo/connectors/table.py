"""A row of any table -> records: what the mapping makes of its cells, in the words of a record.

One row tells of one thing: a restriction, with `lifted` where it was taken back later; a reversal,
a warning, a look without a consequence; a notice, a complaint or a dispute, of which a report
counts what became of it; or how something stands, once for each look at it.

Source: docs/connectors/csv.md.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, get_args

import msgspec

from amparo.connectors.mapping import TableMapping
from amparo.connectors.record import About, Handled, Kind, Outcome, Person, Record
from amparo.errors import Malformed
from amparo.record import vocabulary
from amparo.record.decision import LISTS, SUBMITTED

WORD = "word_"
"""Before the name of a word of the source that rules may go by, as in `word_reason`."""
OWN = (
    *(
        "id",
        "kind",
        "version",
        "changed",
        "decided",
        "decided_by",
        "restriction",
        "end_date",
        "lifted",
    ),
    *("email", "language", "informed", "reverses", "reasons", "state", "allegation"),
    *("submitted", "outcome", "about", "keyword", "trusted", "acted"),
    *("implemented", "by_default"),
)
"""Names of columns beside the attributes of a statement of reasons."""
ALIASES = {
    "ground": "decision_ground",
    "facts": "decision_facts",
    "keywords": "category_specification",
}
_ATTRIBUTES = frozenset(SUBMITTED - {"puid", "content_id"})
_ENDS = {
    "decision_visibility": "end_date_visibility_restriction",
    "decision_monetary": "end_date_monetary_restriction",
    "decision_provision": "end_date_service_restriction",
    "decision_account": "end_date_account_restriction",
}
_CLAUSE = {
    "DECISION_GROUND_ILLEGAL_CONTENT": "illegal_content_legal_ground",
    "DECISION_GROUND_INCOMPATIBLE_CONTENT": "incompatible_content_ground",
}
_EXPLANATION = {
    "DECISION_GROUND_ILLEGAL_CONTENT": "illegal_content_explanation",
    "DECISION_GROUND_INCOMPATIBLE_CONTENT": "incompatible_content_explanation",
}
BY_GROUND = {"ground_ref": _CLAUSE, "explanation": _EXPLANATION}
"""Columns that are one attribute or another, as the ground has it."""
HANDLED = {"notice": "notice", "complaint": "appeal_filed", "dispute": "appeal_filed"}
"""What a report counts, by its word in a table."""
DECIDED = ("restriction", "reversal", "warning", "no_action", "state", "unknown")
KINDS = (*DECIDED, *HANDLED)
RESTRICTIONS = {
    code: field
    for field, codes in {
        "decision_visibility": vocabulary.DECISION_VISIBILITY,
        "decision_monetary": vocabulary.DECISION_MONETARY,
        "decision_provision": vocabulary.DECISION_PROVISION,
        "decision_account": vocabulary.DECISION_ACCOUNT,
    }.items()
    for code in codes
}
"""Code of a restriction -> the attribute that holds it."""


def known(name: str) -> bool:
    """Whether a mapping may name this among its columns."""
    return (
        name in OWN
        or name in ALIASES
        or name in BY_GROUND
        or name in _ATTRIBUTES
        or (name.startswith(WORD) and len(name) > len(WORD))
    )


def check(mapping: TableMapping) -> None:
    """Raise `Malformed` unless records can be made by a mapping."""
    names = [*mapping.columns, *mapping.always]
    unknown = [name for name in names if not known(name)]
    why = None
    if unknown:
        why = f"{unknown[0]} is not among the names that a column can have"
    elif "id" not in names:
        why = "no column is the `id`, by which a row is known again"
    if why is not None:
        raise Malformed(
            "The mapping cannot be used.", why=why, fix="See `docs/connectors.md` for the names."
        )


def records(cells: Mapping[str, str]) -> list[Record]:
    """The records of a row whose cells are in our words; `ValueError` says what does not fit."""
    kind = cells.get("kind") or "restriction"
    if not cells.get("id"):
        raise ValueError("it has no id")
    if kind in HANDLED:
        return [_handled(kind, cells)]
    if kind not in DECIDED:
        raise ValueError(f"{kind!r} is no kind; known are {', '.join(KINDS)}")
    made = _MAKERS.get(kind, _decided)(kind, cells)
    if kind == "restriction" and cells.get("lifted"):
        return [made, _lifted(made, cells)]
    return [made]


def decision_id(name: str) -> str:
    """What a decision of a table is called among all that the table numbers."""
    return f"decision:{name}"


def _decided(kind: str, cells: Mapping[str, str]) -> Record:
    return Record(
        kind=_kind(kind),
        native_id=decision_id(cells["id"]),
        version=_version(cells),
        at=_moment(cells, "decided"),
        decision=attributes(cells),
        words=_words(cells),
        allegation=cells.get("allegation", ""),
        decided_by=_list(cells.get("decided_by", "")),
        person=_person(cells),
        reasons=cells.get("reasons", ""),
    )


def _reversal(_: str, cells: Mapping[str, str]) -> Record:
    if not cells.get("reverses"):
        raise ValueError("it takes something back, and `reverses` does not say what")
    return Record(
        kind="reversal",
        native_id=f"reversal:{cells['id']}",
        version=_version(cells),
        at=_moment(cells, "decided"),
        reverses=decision_id(cells["reverses"]),
        reasons=cells.get("reasons", ""),
    )


def _state(kind: str, cells: Mapping[str, str]) -> Record:
    if cells.get("state") not in ("on", "off"):
        raise ValueError("`state` is neither on nor off")
    looked = _decided(kind, cells)
    is_on = cells["state"] == "on"
    return msgspec.structs.replace(
        looked,
        native_id=cells["id"],
        version=looked.version or looked.at,
        decision={},
        states={"state": looked.decision if is_on else None},
    )


def _lifted(decided: Record, cells: Mapping[str, str]) -> Record:
    return Record(
        kind="reversal",
        native_id=f"lifted:{cells['id']}",
        at=_moment(cells, "lifted"),
        reverses=decided.native_id,
        reasons=cells.get("reasons", ""),
    )


_MAKERS: Mapping[str, Callable[[str, Mapping[str, str]], Record]] = {
    "reversal": _reversal,
    "state": _state,
}


def _handled(kind: str, cells: Mapping[str, str]) -> Record:
    outcome = cells.get("outcome") or "pending"
    if outcome not in get_args(Outcome):
        raise ValueError(f"{outcome!r} is no outcome; known are {', '.join(get_args(Outcome))}")
    handled = Handled(
        kind,  # type: ignore[arg-type]  # a key of HANDLED
        submitted=_moment(cells, "submitted"),
        decided=_moment(cells, "decided"),
        outcome=outcome,  # type: ignore[arg-type]  # looked up above
        about=_list(cells.get("about", "")),
        category=_coded(cells, "category"),
        keyword=_coded(cells, "keyword"),
        **{name: _yes(cells, name) for name in _TRUTHS},  # type: ignore[arg-type]
    )
    _check_handled(handled)
    return Record(
        kind=_kind(HANDLED[kind]),
        native_id=f"{kind}:{cells['id']}",
        version=_version(cells),
        at=handled.submitted,
        handled=handled,
    )


def _check_handled(handled: Handled) -> None:
    """`ValueError` for what no report could count: one such would be in the way of all others."""
    if not handled.submitted:
        raise ValueError("`submitted` does not say when it came in")
    submitted = _as_utc(handled.submitted)
    if handled.decided and _as_utc(handled.decided) < submitted:
        raise ValueError("it was decided before it was submitted")
    if handled.what == "notice":
        return
    if (handled.outcome == "pending") == bool(handled.decided):
        raise ValueError("it has an `outcome` and no day in `decided`, or a day and no outcome")
    if handled.what == "dispute" and handled.outcome == "newly_restricted":
        raise ValueError("`newly_restricted` is no outcome of a dispute")
    if handled.what == "complaint":
        _check_about(handled.about)


def _check_about(about: Sequence[str]) -> None:
    known_words = get_args(About)
    if not about:
        raise ValueError(f"`about` does not say what it is about: {', '.join(known_words)}")
    for word in about:
        if word not in known_words:
            raise ValueError(f"`about` is {word!r}; known are {', '.join(known_words)}")


_TRUTHS = ("trusted", "acted", "implemented", "by_default")


def attributes(cells: Mapping[str, str]) -> dict[str, Any]:
    """The attributes of a statement of reasons that a row says."""
    found: dict[str, Any] = {}
    for name, value in cells.items():
        attribute = ALIASES.get(name, name)
        if attribute in LISTS:
            found[attribute] = [_spelled(attribute, item) for item in _list(value)]
        elif attribute in _ATTRIBUTES:
            found[attribute] = _spelled(attribute, value)
    for word in _list(cells.get("restriction", "")):
        _restrict(found, word)
    _end(found, cells)
    for name, by_ground in BY_GROUND.items():
        attribute = by_ground.get(found.get("decision_ground", ""), "")
        if cells.get(name) and attribute:
            found.setdefault(attribute, cells[name])
    return found


def _restrict(found: dict[str, Any], word: str) -> None:
    full = code("restriction", word)
    if full is None:
        raise ValueError(f"{word!r} is no restriction, such as ACCOUNT_SUSPENDED")
    field = RESTRICTIONS[full]
    if field == "decision_visibility":
        found[field] = [*found.get(field, []), full]
    elif found.setdefault(field, full) != full:
        raise ValueError(f"{word!r} and {found[field]!r} are two of a kind; a row has one of them")


def _end(found: dict[str, Any], cells: Mapping[str, str]) -> None:
    """One end for all that a row restricts."""
    if cells.get("end_date"):
        for field, end in _ENDS.items():
            if found.get(field):
                found.setdefault(end, cells["end_date"][:10])


CODES: Mapping[str, tuple[Sequence[str], Mapping[str, Any]]] = {
    "restriction": (("DECISION_", "DECISION_VISIBILITY_"), RESTRICTIONS),
    "decision_ground": (("DECISION_GROUND_",), vocabulary.DECISION_GROUND),
    "category": (("STATEMENT_CATEGORY_",), vocabulary.CATEGORY),
    "category_addition": (("STATEMENT_CATEGORY_",), vocabulary.CATEGORY),
    "category_specification": (("KEYWORD_",), vocabulary.KEYWORDS),
    "keyword": (("KEYWORD_",), vocabulary.KEYWORDS),
    "content_type": (("CONTENT_TYPE_",), vocabulary.CONTENT_TYPE),
    "source_type": (("SOURCE_",), vocabulary.SOURCE_TYPE),
    "automated_decision": (("AUTOMATED_DECISION_",), vocabulary.AUTOMATED_DECISION),
    "account_type": (("ACCOUNT_TYPE_",), vocabulary.ACCOUNT_TYPE),
}
"""Column -> what its codes begin with, and the codes."""


def code(name: str, value: str) -> str | None:
    """The code that a cell of a column is, with or without what all of them begin with."""
    begins, codes = CODES[name]
    bare = value.strip().upper().replace(" ", "_")
    return next((begin + bare for begin in ("", *begins) if begin + bare in codes), None)


def _spelled(attribute: str, value: str) -> str:
    """A code with its prefix; what is none stays, for the rules to find."""
    if attribute in ("content_date", "application_date") or attribute.startswith("end_date"):
        return value[:10]
    if attribute in CODES:
        return code(attribute, value) or value
    if attribute == "automated_detection":
        return {"yes": "Yes", "no": "No"}.get(value.lower(), value)
    return value


def _coded(cells: Mapping[str, str], name: str) -> str:
    value = cells.get(name, "")
    found = code(name, value) if value else ""
    if found is None:
        raise ValueError(f"{value!r} is no {name} of the schema")
    return found


def _kind(name: str) -> Kind:
    return name  # type: ignore[return-value]  # a word of DECIDED or HANDLED, looked up before


def _words(cells: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(WORD): value for name, value in cells.items() if name.startswith(WORD)
    }


def _person(cells: Mapping[str, str]) -> Person | None:
    if cells.get("email"):
        return Person(email=cells["email"], language=cells.get("language") or "en")
    return Person(informed=True) if _yes(cells, "informed") else None


def _yes(cells: Mapping[str, str], name: str) -> bool:
    value = cells.get(name, "").lower()
    if value not in ("", "yes", "no", "true", "false", "1", "0"):
        raise ValueError(f"`{name}` is {value!r}, neither yes nor no")
    return value in ("yes", "true", "1")


def _list(value: str) -> tuple[str, ...]:
    parts = value.replace(",", ";").split(";") if value else []
    return tuple(part.strip() for part in parts if part.strip())


def _version(cells: Mapping[str, str]) -> str:
    """What orders the versions of a row: its own number, else when it was changed."""
    return cells.get("version") or _moment(cells, "changed")


def _as_utc(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _moment(cells: Mapping[str, str], name: str) -> str:
    """A moment in UTC; a day as it is."""
    value = cells.get(name, "")
    if "T" not in value:
        return value
    try:
        found = datetime.fromisoformat(value).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{name}: in UTC {value} is outside the years 1 to 9999") from None
    return found.isoformat(timespec="seconds").replace("+00:00", "Z")
