"""Which cases a ruling on a group is for, and which of those are set apart.

A choice says what cases have in common: kind, clause, category, source and date of the decision,
log entries, numbers, language. Whatever needs a look of its own is set apart, however well it
fits: a ruling takes it only where a lead said so, about this very thing. That is asked again when
the ruling reaches a case, so that one that has become urgent meanwhile leaves the group.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection, Iterable, Sequence
from typing import Literal, NamedTuple, get_args

import msgspec

from amparo.case.speech import needs_worksheet
from amparo.case.state import Case
from amparo.errors import Refused, Text

Kind = Literal["decision", "report", "suspension"]
"""What a complaint is about: a decision, what became of somebody's report, a suspension."""
Restriction = Literal["account", "visibility", "monetary", "provision"]
Apart = Literal[
    "danger",
    "interim",
    "speech",
    "question",
    "panel",
    "linked",
    "represented",
    "report",
    "suspension",
    "language",
]
"""Why a case is set apart, the gravest first."""
EVERY_APART: tuple[Apart, ...] = get_args(Apart)
ONE_BY_ONE: frozenset[Apart] = frozenset({"danger", "interim"})
"""A ruling takes such a case only by its number; of the others all can be taken at once."""
_ALONE: frozenset[Apart] = frozenset({"speech"})
"""A complaint about such speech is never decided in a group: a worksheet comes before the ruling.

A decision that nobody has complained about can be reversed all the same.
"""
_ALONE_UNASKED: frozenset[Apart] = frozenset({"linked"})
"""What somebody else has reported is not given back unasked: they are heard before."""


def never_taken(*, unheard: bool) -> frozenset[Apart]:
    """What a ruling takes along in no way; `unheard`: it is for people who have not complained."""
    return _ALONE_UNASKED if unheard else _ALONE


class Choice(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the cases of a group have in common; what is empty is not asked. Days are ISO 8601."""

    kind: str = ""
    clause: str = ""
    """Some words of the clause, or of the law, that the decision names."""
    category: str = ""
    source: str = ""
    detection: str = ""
    """`Yes` or `No`: whether it was found by automated means."""
    restriction: str = ""
    language: str = ""
    decided_from: str = ""
    decided_to: str = ""
    filed_from: str = ""
    filed_to: str = ""
    first: int | None = None
    """Entries of the log from here on: those of one batch, or of one import, follow each other."""
    last: int | None = None
    numbers: tuple[str, ...] = ()
    """Only these cases."""
    wave: str = ""
    """The wave in the observatory that the choice was made from."""


class About(NamedTuple):
    """What a choice asks of a case."""

    kind: Kind
    category: str
    source: str
    restrictions: frozenset[str]
    decided: str
    """The day on which the decision was applied; empty for a report."""
    language: str
    """Of the person where it is known, else of the content; empty where neither is."""
    detection: str = ""
    """`Yes` or `No`, as its statement says; empty for a report."""


def fits(choice: Choice, about: About) -> bool:
    """Whether a case is among those that a choice means; clause, entries and numbers aside."""
    return (
        choice.kind in ("", about.kind)
        and choice.category in ("", about.category)
        and choice.source in ("", about.source)
        and choice.detection in ("", about.detection)
        and (not choice.restriction or choice.restriction in about.restrictions)
        and choice.language in ("", about.language)
        and (not choice.decided_from or about.decided >= choice.decided_from)
        and (not choice.decided_to or "" < about.decided <= choice.decided_to)
    )


def names_clause(choice: Choice, clauses: Iterable[str]) -> bool:
    """Whether a decision names the clause that a choice asks for, however it is written."""
    wanted = " ".join(choice.clause.casefold().split())
    return any(wanted in " ".join(clause.casefold().split()) for clause in clauses)


class Standing(NamedTuple):
    """What of a case can set it apart."""

    kind: Kind
    danger: bool = False
    interim: bool = False
    speech: bool = False
    asked: bool = False
    panel: bool = False
    linked: bool = False
    represented: bool = False
    language: str = ""


def standing(case: Case, language: str) -> Standing:
    """What of a case can set it apart, as it is now."""
    of_report = case.decision in ("noticed", "answered")
    return Standing(
        kind="suspension" if case.misuse else "report" if of_report else "decision",
        danger=case.danger,
        interim=case.interim == "ordered",
        asked=bool(case.asked),
        speech=needs_worksheet(case),
        linked=bool(case.others),
        panel=case.before_a_panel,
        represented=bool(case.represented_by),
        language=language,
    )


def apart(now: Standing, language: str) -> tuple[Apart, ...]:
    """Why a case is set apart from a ruling with reasons in a language; empty where it is not.

    Whose language is not known is not set apart for it: they read the reasons as they are.
    """
    why: dict[Apart, bool] = {
        "danger": now.danger,
        "interim": now.interim,
        "question": now.asked,
        "speech": now.speech,
        "panel": now.panel,
        "linked": now.linked,
        "represented": now.represented,
        "report": now.kind == "report",
        "suspension": now.kind == "suspension",
        "language": bool(now.language) and now.language != language,
    }
    return tuple(name for name in EVERY_APART if why[name])


class Taken(NamedTuple):
    """What of the cases that are set apart a lead has taken into the group."""

    kinds: frozenset[Apart] = frozenset()
    """All of these; those of `ONE_BY_ONE` never count here."""
    numbers: frozenset[str] = frozenset()
    """Single cases."""
    unheard: bool = False
    """Whether the ruling is for people who have not complained."""


def is_taken(number: str, why: Sequence[Apart], taken: Taken) -> bool:
    """Whether a lead has taken a case into the group, with everything that sets it apart."""
    if never_taken(unheard=taken.unheard) & set(why):
        return False
    kinds = taken.kinds - ONE_BY_ONE
    return number in taken.numbers or all(reason in kinds for reason in why)


def check_stays(why: Sequence[Apart], seen: Collection[str]) -> None:
    """Raise where something sets a case apart that the lead has not seen in it."""
    if fresh := [reason for reason in why if reason not in seen]:
        raise Refused(
            "This case has to be looked at by itself.",
            why=WHY[fresh[0]],
            fix="Take it from the queue.",
        )


WHY: dict[Apart, Text] = {
    "danger": Text("somebody is in danger"),
    "interim": Text("something was ordered at once, and ends with the ruling"),
    "speech": Text("it is about speech that is weighed by itself, with the worksheet"),
    "linked": Text("somebody else's case is about the same matter"),
    "question": Text("a question was asked, and waits for its answer"),
    "panel": Text("a panel is hearing the case"),
    "represented": Text("an organisation speaks for the person"),
    "report": Text("it is about what became of somebody's report"),
    "suspension": Text("it is about a suspension of what somebody sends"),
    "language": Text("the person reads another language than the reasons are in"),
}
"""In words, for whoever looks at the preview."""
