"""What a record cannot know, as a TOML file: people, recipients, texts, orders, what others kept.

`skeleton` writes one with every question. Whatever is left empty becomes a finding of the report,
and a blank; nothing is guessed. That nothing happened is an answer too, and has to be given:
`[elsewhere] complaints = "none"`.
"""

# SPDX-License-Identifier: Apache-2.0

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal

import msgspec

from amparo.errors import Malformed, Text
from amparo.report import forms
from amparo.report.forms import Tier


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who reports."""

    provider: str
    name: str
    """The service, as every row bears it."""
    platform: str
    """Its party name in the log."""
    tier: Tier
    published: str = ""
    previous: str = ""
    """The day on which the report before was published."""


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Orders of one Member State in one category (DSA Articles 9 and 10)."""

    state: str
    category: str
    keyword: str = ""
    orders: int = 0
    items: int = 0
    inform_hours: float | None = None
    effect_hours: float | None = None
    information_orders: int = 0
    information_inform_hours: float | None = None
    information_effect_hours: float | None = None


class Notice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Notices in one category that another tool has handled (Article 16)."""

    category: str
    keyword: str = ""
    notices: int = 0
    trusted: int = 0
    items: int = 0
    trusted_items: int = 0
    hours: float | None = None
    trusted_hours: float | None = None


Outcome = Literal["upheld", "partially_reversed", "reversed", "omitted", "pending"]
"""What became of the provider's first decision; omitted: withdrawn, settled, inadmissible."""
About = Literal["removal", "service", "account", "monetary", "no_action", "no_action_flagger"]
"""What was decided, or not done about a notice (Article 20(1))."""
ABOUT: dict[About, str] = {
    "removal": forms.AGAINST_REMOVAL,
    "service": forms.AGAINST_SERVICE,
    "account": forms.AGAINST_ACCOUNT,
    "monetary": forms.AGAINST_MONETARY,
    "no_action": forms.NO_ACTION,
    "no_action_flagger": forms.NO_ACTION_FLAGGER,
}
"""In a file's words -> the row of part 7."""


class Complaint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A complaint that another tool has handled (Article 20)."""

    id: str
    """Its number in that tool."""
    submitted: str
    """A day, or a moment: ISO 8601; UTC where it has no zone."""
    about: tuple[About, ...]
    outcome: Outcome | Literal["newly_restricted"] = "pending"
    decided: str = ""
    """When the decision, or what ended it without one, was told to whoever complained."""


class Dispute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A dispute before a body of Article 21 that is no panel of this node."""

    id: str
    submitted: str
    outcome: Outcome = "pending"
    decided: str = ""
    implemented: bool = False
    by_default: bool = False
    """Whether the platform took no part."""


class Elsewhere(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether nothing happened outside of this node, where nothing is listed, or nobody said."""

    orders: Literal["", "none"] = ""
    notices: Literal["", "none"] = ""
    complaints: Literal["", "none"] = ""
    disputes: Literal["", "none"] = ""


class Accuracy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How well automated means work, in one scope of part 8."""

    scope: str
    context: str
    """What was measured, on which sample; it must be said."""
    accuracy: float | None = None
    precision: float | None = None
    recall: float | None = None


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Moderators in full-time equivalents (VLOPs)."""

    internal: float | None = None
    external: float | None = None
    expertise: dict[str, float] = {}
    """TOTAL, and languages."""


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    service: Service
    qualitative: dict[str, str] = {}
    suspensions_illegal: int | None = None
    """Suspensions for manifestly illegal content (Article 23(1))."""
    suspensions_notices: int | None = None
    """Suspensions for unfounded notices in other tools; this node's own are added."""
    suspensions_complaints: int | None = None
    elsewhere: Elsewhere = Elsewhere()
    order: tuple[Order, ...] = ()
    notice: tuple[Notice, ...] = ()
    complaint: tuple[Complaint, ...] = ()
    dispute: tuple[Dispute, ...] = ()
    accuracy: tuple[Accuracy, ...] = ()
    people: People = People()
    recipients: dict[str, int] = {}
    """TOTAL, and Member States as Eurostat writes them."""


def parse(text: str) -> dict[str, Any]:
    """A TOML text, not looked at yet. From strangers it may cost any memory: `a.a.a... = 1`."""
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except RecursionError:
        raise _malformed(Text("its values lie too deep within one another")) from None
    except ValueError as error:  # of TOML, and of numbers with thousands of digits
        raise _malformed(str(error)) from None


def read(source: Mapping[str, Any]) -> Answers:
    """The answers of a TOML file; `Malformed` names what does not fit."""
    try:
        found = msgspec.convert(_with_days(source), Answers)
    except msgspec.ValidationError as error:
        raise _malformed(str(error)) from None
    known = {forms.plain(name) for _, name in forms.QUALITATIVE}
    for name in found.qualitative:
        if forms.plain(name) not in known:
            raise _malformed(Text("[qualitative] has no question {name}", name=repr(name[:80])))
    rows = {(category.high, category.sub) for part in (3, 4) for category in forms.rows_of(part)}
    named = [(order.category, order.keyword) for order in found.order]
    named += [(notice.category, notice.keyword) for notice in found.notice]
    for category, keyword in named:
        if (category, keyword) not in rows:
            raise _malformed(
                Text(
                    "no category {category} with keyword {keyword}",
                    category=category[:60],
                    keyword=repr(keyword[:60]),
                )
            )
    for state in (*(order.state for order in found.order), *found.recipients):
        if state not in (*forms.MEMBER_STATES, forms.TOTAL):
            raise _malformed(
                Text("{state} is no Member State as Eurostat writes them", state=repr(state[:20]))
            )
    _check_contested(found)
    return found


def combined(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Two sources of one report's answers: lists of both, and of the rest what the second says."""
    found = dict(first)
    for name, value in second.items():
        there = found.get(name)
        if isinstance(there, list) and isinstance(value, list):
            found[name] = there + value
        elif isinstance(there, dict) and isinstance(value, dict):
            found[name] = there | value
        else:
            found[name] = value
    return found


def listed(answers: Answers) -> dict[str, Sequence[object]]:
    """What `[elsewhere]` asks about -> what is listed of it."""
    return {
        "orders": answers.order,
        "notices": answers.notice,
        "complaints": answers.complaint,
        "disputes": answers.dispute,
    }


def moment(text: str) -> datetime:
    """A day or a moment in UTC; `Malformed` for anything else."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _malformed(
            Text("{text} is no day or moment, such as 2026-03-05", text=repr(text[:40]))
        ) from None
    try:
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except OverflowError:
        raise _malformed(
            Text("{text} lies outside of all calendars", text=repr(text[:40]))
        ) from None


def check_contested(contested: Complaint | Dispute) -> None:
    """`Malformed` for a complaint or dispute that contradicts itself."""
    name = repr(contested.id[:60])
    if not contested.id.strip():
        raise _malformed(Text("a complaint or dispute has no id of its tool"))
    submitted = moment(contested.submitted)
    if isinstance(contested, Complaint) and not contested.about:
        raise _malformed(Text("{name} does not say what it is about", name=name))
    if (contested.outcome == "pending") == bool(contested.decided):
        raise _malformed(
            Text("{name} has an outcome and no day of it, or a day and no outcome", name=name)
        )
    if contested.decided and moment(contested.decided) < submitted:
        raise _malformed(Text("{name} was decided before it was submitted", name=name))


def _check_contested(found: Answers) -> None:
    for kind in (found.complaint, found.dispute):
        for contested in kind:
            check_contested(contested)
        for name, count in Counter(contested.id for contested in kind).items():
            if count > 1:
                raise _malformed(
                    Text("{name} is listed {count} times", name=repr(name[:60]), count=count)
                )
    for name, some in listed(found).items():
        if some and getattr(found.elsewhere, name) == "none":
            raise _malformed(
                Text(
                    '[elsewhere] says {name} = "none", and {count} are listed',
                    name=name,
                    count=len(some),
                )
            )


def _with_days(source: Mapping[str, Any]) -> dict[str, Any]:
    """The days and moments of TOML as texts, as they are typed elsewhere."""
    return {
        name: [
            {key: _iso(value) for key, value in item.items()} if isinstance(item, dict) else item
            for item in given
        ]
        if isinstance(given, list)
        else given
        for name, given in source.items()
    }


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _malformed(why: str | Text) -> Malformed:
    return Malformed(
        "The answers cannot be used.",
        why=why,
        fix="`amparo report answers` writes a file with every question, to be filled in.",
    )
