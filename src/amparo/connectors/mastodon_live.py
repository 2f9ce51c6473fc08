"""A running Mastodon: its webhooks say where to look, its interface for administrators what is so.

A webhook is signed, and says only which account to look at. What counts is read with the
connection's token: how an account stands, which is compared with the last look, and the reports
that moderators closed about it. Mastodon says neither why nor by whom an account was restricted, so
a person is asked; a report that was closed about it not long before is shown beside that.

Of an account nothing is read but its number, the day it was made and its four flags: no name, no
address, no text. Accounts of other servers are left out.

Source: docs.joinmastodon.org, Admin::Account, Admin::Report, webhooks; Mastodon 4.7:
`Webhooks::DeliveryWorker`, `AccountFilter`, `Settings::DeletesController`.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from amparo.connectors.config import WRITE_BACK, YES_OR_NO, Config, scanned
from amparo.connectors.record import Record
from amparo.connectors.webhook import Notified, check_signature, decoded
from amparo.errors import Malformed

SYSTEM = "mastodon-live"
OPTIONS = ("private", "scan_hours", WRITE_BACK)
FLAGS: Mapping[str, Mapping[str, Any]] = {
    "suspended": {"decision_account": "DECISION_ACCOUNT_SUSPENDED"},
    "disabled": {"decision_account": "DECISION_ACCOUNT_SUSPENDED"},
    "silenced": {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DEMOTED"]},
    "sensitized": {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_LABELLED"]},
}
"""How an account can stand -> the restriction that it is; lists of accounts go by these as well."""
SHOWS: Mapping[str, frozenset[str]] = {
    "suspended": frozenset({"restore_account"}),
    "disabled": frozenset({"restore_account"}),
    "silenced": frozenset({"restore_visibility"}),
    "sensitized": frozenset({"lift_label"}),
}
"""Flag -> what of an order can be seen to be done once it is off. Posts cannot be seen by it."""
UNDO: Mapping[str, str] = {
    "suspended": "unsuspend",
    "disabled": "enable",
    "silenced": "unsilence",
    "sensitized": "unsensitive",
}
"""Flag -> the call that takes it off. There is none that brings posts back or answers an appeal."""
MOST_BODY_BYTES = 1 << 20
"""Of a webhook; a report with its posts has some 100 KiB."""
CLOSED_WITHIN = timedelta(days=1)
"""A report that was closed so long before an account's flag was seen belongs to it, likely."""
_GROUNDS = {
    "violation": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    "legal": "DECISION_GROUND_ILLEGAL_CONTENT",
}
_CHOICES = {"private": YES_OR_NO, WRITE_BACK: YES_OR_NO}
_NUMBER = re.compile(r"-?[0-9]{1,20}")


class Settings(NamedTuple):
    """What a connection's file says."""

    private: bool = False
    """The server may be at an address in a private network, and without TLS."""
    scan_hours: int = 6
    """How often the lists of restricted accounts are read in full."""


class Closed(NamedTuple):
    """A report that moderators closed; that something followed from it is not said."""

    at: datetime
    category: str
    rules: tuple[str, ...]
    by: str


def settings(config: Config) -> Settings:
    """What a connection's file says; `Malformed` names what does not fit."""
    is_private, hours = scanned(config, OPTIONS, _CHOICES, "docs/connectors/mastodon-live.md")
    return Settings(is_private, hours)


# --- what is asked --------------------------------------------------------------------------------


def account(body: Any, at: str, *, listed: bool, near: Closed | None) -> Record:
    """How an account stands, as a record; `ValueError` says what does not fit.

    `at`: when it was read. `near`: the report about it that was closed last, not long before.
    """
    if not isinstance(body, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - the caller names the place
    number = _number(body, "id")
    if body.get("domain") is not None:
        raise ValueError("it is an account of another server")
    flags = {name: body.get(name) for name in FLAGS}
    wrong = [name for name, value in flags.items() if value not in (True, False, None)]
    if wrong:
        raise ValueError(f"`{wrong[0]}` is neither true nor false")
    return Record(
        kind="state",
        native_id=f"account:{number}",
        version=at,
        at=at,
        decision={
            "content_type": ["CONTENT_TYPE_OTHER"],
            "content_type_other": "Account",
            "content_date": str(_moment(body, "created_at").date()),
        },
        words=_words(body, near),
        allegation=_alleged(near),
        suggested=_suggested(near),
        decided_by=(near.by,) if near and near.by else (),
        states={
            name: _restriction(name, body) if value else None
            for name, value in flags.items()
            if value is not None  # an account without a user cannot be disabled
        },
        listed=listed,
        look_at=number,
    )


def gone(number: str, at: str) -> Record:
    """An account that is not there any more: nothing changes in what is known of it."""
    return Record(kind="state", native_id=f"account:{number}", version=at, at=at)


def report(body: Mapping[str, Any]) -> Closed | None:
    """A report, if moderators have closed it; `ValueError` says what does not fit."""
    if body.get("action_taken") is not True:
        return None
    by = body.get("action_taken_by_account")
    rules = body.get("rules")
    listed = rules if isinstance(rules, list) else []
    ids = [str(rule.get("id")) for rule in listed if isinstance(rule, Mapping)]
    return Closed(
        _moment(body, "action_taken_at"),
        str(body.get("category") or "")[:20],
        tuple(found for found in ids[:20] if _NUMBER.fullmatch(found)),
        _number(by, "id") if isinstance(by, Mapping) else "",
    )


def nearest(reports: Sequence[Closed], now: datetime) -> Closed | None:
    """The report that was closed last, not long before a look."""
    near = [found for found in reports if now - CLOSED_WITHIN <= found.at <= now + CLOSED_WITHIN]
    return max(near, key=lambda found: found.at, default=None)


def next_page(link: str) -> str:
    """From which number a list goes on, by its Link header; empty at its end.

    The header's address is not followed: it could lead to anywhere.
    """
    for part in link.split(","):
        found = re.fullmatch(r'\s*<([^<>]*)>\s*;\s*rel="?next"?\s*', part)
        if found:
            values = re.findall(r"[?&]max_id=([^&#]*)", found[1])
            if len(values) == 1 and _NUMBER.fullmatch(values[0]):
                return str(values[0])
    return ""


def in_force(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Which flags an account has; `ValueError` where one of them is not said."""
    found = {name: body.get(name) for name in FLAGS}
    wrong = [name for name, value in found.items() if value not in (True, False, None)]
    if wrong or body.get("suspended") is None:
        raise ValueError(f"`{(wrong or ['suspended'])[0]}` is neither true nor false")
    return tuple(name for name, value in found.items() if value)


# --- what it says by itself -----------------------------------------------------------------------


def webhook(body: bytes, signature: str, secret: str) -> Notified:
    """A webhook, with the number of the account to look at; its signature is checked first.

    `Denied` where that does not fit; `Malformed` where it is no webhook as Mastodon sends it.
    """
    check_signature(body, signature, secret)
    found = decoded(body)
    event = found.get("event") if isinstance(found, dict) else None
    content = found.get("object") if isinstance(found, dict) else None
    if not isinstance(event, str) or not isinstance(content, dict):
        raise Malformed(
            "This is no webhook as Mastodon sends it.",
            why="it is signed well, and has no event with an object: its template was changed",
            fix="In Mastodon, under Administration, Webhooks, empty the template of this one.",
        )
    return Notified(event[:40], _account_of(event, content))


def _account_of(event: str, content: Mapping[str, Any]) -> str:
    """Of posts nothing can be read that tells a moderator's mark from the author's own."""
    target = content.get("target_account") if event.startswith("report.") else content
    if not event.startswith(("account.", "report.")) or not isinstance(target, Mapping):
        return ""
    number = target.get("id")
    return number if isinstance(number, str) and _NUMBER.fullmatch(number) else ""


# --- parts ----------------------------------------------------------------------------------------


def _restriction(flag: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """What a flag is; nothing of an account that has no user: a person says what happened."""
    return {} if flag == "suspended" and _has_no_user(body) else dict(FLAGS[flag])


def _has_no_user(body: Mapping[str, Any]) -> bool:
    """Whoever deletes their own account leaves one that is suspended, and has no user."""
    return body.get("email") is None


def _words(body: Mapping[str, Any], near: Closed | None) -> dict[str, str]:
    found = {
        "user": "none" if _has_no_user(body) else "",
        "report": near.category if near else "",
        "rule": ", ".join(near.rules) if near else "",
    }
    return {name: value for name, value in found.items() if value}


def _alleged(near: Closed | None) -> str:
    if near is None:
        return ""
    return f"{near.category}: rule {', '.join(near.rules)}" if near.rules else near.category


def _suggested(near: Closed | None) -> dict[str, Any]:
    if near is None:
        return {}
    found = {"source_type": "SOURCE_TYPE_OTHER_NOTIFICATION"}
    if near.category in _GROUNDS:
        found["decision_ground"] = _GROUNDS[near.category]
    return found


def _number(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise ValueError(f"`{name}` is no number")
    return value


def _moment(body: Mapping[str, Any], name: str) -> datetime:
    value = body.get(name)
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        moment = found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise ValueError(f"`{name}` is no moment")
    return moment
