"""What a record cannot know, as a TOML file: people, recipients, texts, orders, what others kept.

A skeleton is generated for a service's tier. Whatever is left empty there becomes a finding of the
report, and a blank; nothing is guessed.
"""

# SPDX-License-Identifier: Apache-2.0

import tomllib
from collections.abc import Mapping
from typing import Any

import msgspec

from amparo.errors import Malformed
from amparo.report import forms
from amparo.report.forms import BOUND, Tier


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
    order: tuple[Order, ...] = ()
    notice: tuple[Notice, ...] = ()
    accuracy: tuple[Accuracy, ...] = ()
    people: People = People()
    recipients: dict[str, int] = {}
    """TOTAL, and Member States as Eurostat writes them."""


def parse(text: str) -> dict[str, Any]:
    """A TOML text, not looked at yet. From strangers it may cost any memory: `a.a.a... = 1`."""
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except RecursionError:
        raise _malformed("its values lie too deep within one another") from None
    except ValueError as error:  # of TOML, and of numbers with thousands of digits
        raise _malformed(str(error)) from None


def read(source: Mapping[str, Any]) -> Answers:
    """The answers of a TOML file; `Malformed` names what does not fit."""
    try:
        found = msgspec.convert(source, Answers)
    except msgspec.ValidationError as error:
        raise _malformed(str(error)) from None
    known = {forms.plain(name) for _, name in forms.QUALITATIVE}
    for name in found.qualitative:
        if forms.plain(name) not in known:
            raise _malformed(f"[qualitative] has no question {name[:80]!r}")
    rows = {(category.high, category.sub) for part in (3, 4) for category in forms.rows_of(part)}
    named = [(order.category, order.keyword) for order in found.order]
    named += [(notice.category, notice.keyword) for notice in found.notice]
    for category, keyword in named:
        if (category, keyword) not in rows:
            raise _malformed(f"no category {category[:60]} with keyword {keyword[:60]!r}")
    for state in (*(order.state for order in found.order), *found.recipients):
        if state not in (*forms.MEMBER_STATES, forms.TOTAL):
            raise _malformed(f"{state[:20]!r} is no Member State as Eurostat writes them")
    return found


def skeleton(tier: Tier, *, platform: str, name: str) -> str:
    """A file to fill in, with every question that the tier is asked."""
    lines = [
        "# What the record cannot know. Whatever stays empty is a finding of the report, never a",
        "# guess. Times are hours, shares 0 to 1, days YYYY-MM-DD, Greece is EL.",
        "",
    ]
    if tier in BOUND[forms.PLATFORM]:
        lines += [
            "# Suspensions for manifestly illegal content, Article 23(1):",
            "# suspensions_illegal = 0",
            "",
        ]
    lines += [
        "[service]",
        'provider = ""',
        f"name = {_text(name)}",
        f"platform = {_text(platform)}",
        f'tier = "{tier}"',
        'published = ""',
        'previous = ""       # empty: there was none',
        "",
        "[qualitative]",
        *(
            f'{_text(question.strip())} = ""'
            for applies, question in forms.QUALITATIVE
            if tier in BOUND[applies]
        ),
        "",
        "# One for each Member State and category that sent orders (Articles 9 and 10):",
        "# [[order]]",
        '# state = "AT"',
        '# category = "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"',
        '# keyword = "KEYWORD_HATE_SPEECH"',
        "# orders = 1",
        "# items = 1",
        "# inform_hours = 0.5",
        "# effect_hours = 12",
        "# information_orders = 0",
        "",
    ]
    if tier in BOUND[forms.HOSTING]:
        lines += [
            "# Notices that another tool has handled; this node's own are counted by themselves:",
            "# [[notice]]",
            '# category = "STATEMENT_CATEGORY_VIOLENCE"',
            "# notices = 1",
            "# trusted = 0",
            "# items = 1",
            "# trusted_items = 0",
            "# hours = 12",
            "",
        ]
    lines += [
        "# How well automated means work; scope: Total number, Own-initiative, NAM Total ...",
        "# [[accuracy]]",
        '# scope = "Own-initiative"',
        '# context = ""',
        "# accuracy = 0.9",
        "# precision = 0.9",
        "# recall = 0.9",
        "",
    ]
    if tier == "vlop":
        lines += ["[people]", "# internal = 0.0", "# external = 0.0"]
        lines += ["# expertise = { TOTAL = 0.0 }", ""]
    if tier in BOUND[forms.VLOP_VLOSE]:
        lines += ["[recipients]", "# TOTAL = 0", "# AT = 0", ""]
    return "\n".join(lines)


def _text(value: str) -> str:
    return msgspec.json.encode(value).decode()


def _malformed(why: str) -> Malformed:
    return Malformed(
        "The answers cannot be used.",
        why=why,
        fix="`amparo report answers` writes a file with every question, to be filled in.",
    )
