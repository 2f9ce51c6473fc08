"""A wiki's public log -> what was decided in it: blocks, deletions, protections, stopped edits.

The log of MediaWiki says who did what to whom, when, until when, and why in free words. Each entry
is a state of an account, a page or a revision that says since when: a block holds until it ends, is
lifted, or another takes its place. What is hidden in an entry stays hidden: a person is asked.

Whom it is about is known here only by a pseudonym; a page's or an account's title is in a record
only while somebody is asked about it.

Source: mediawiki.org, API:Logevents, Extension:AbuseFilter/API; MediaWiki 1.39.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from amparo.connectors.config import YES_OR_NO, Config, unusable, wrong_address, wrong_option
from amparo.connectors.ending import ending
from amparo.connectors.record import AUTOMATED, Kind, Record

SYSTEM = "mediawiki"
OPTIONS = ("bots", "private", "reasons", "since")
LOGS = ("block", "delete", "protect")
"""Types of log that are read; and the log of stopped edits, where there is one."""
_DISABLED = {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"]}
RESTRICTIONS: Mapping[str, Mapping[str, Any]] = {
    "blocked": {"decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION"},
    "deleted": _DISABLED,
    "hidden": _DISABLED,
    "protected": {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED"]},
}
"""Whoever is blocked can read and not write; what is deleted or hidden can be brought back."""
SHOWS: Mapping[str, frozenset[str]] = {
    "deleted": frozenset({"restore_content"}),
    "hidden": frozenset({"restore_content"}),
    "protected": frozenset({"restore_visibility"}),
}
"""Restriction -> what of an order can be seen to be done once it is over."""
_ACTIONS: Mapping[str, tuple[str, bool]] = {
    "block/block": ("blocked", True),
    "block/reblock": ("blocked", True),
    "block/unblock": ("blocked", False),
    "delete/delete": ("deleted", True),
    "delete/restore": ("deleted", False),
    "delete/revision": ("hidden", True),
    "protect/protect": ("protected", True),
    "protect/modify": ("protected", True),
    "protect/unprotect": ("protected", False),
}
"""Type and action of an entry -> what it is about, and whether it begins or ends."""
_NOTHING = frozenset(
    {"delete/delete_redir", "delete/delete_redir2", "protect/move_prot", "delete/event"}
)
"""Entries that come by themselves when a page is moved, and what is hidden of the log itself."""
Pseudonym = Callable[[str], str]
"""What somebody or something is called in the wiki -> under what it is known here."""


class Settings(NamedTuple):
    """What a connection's file says."""

    bots: frozenset[str] | None = None
    """Accounts that are programs, and decide by themselves; None where nobody has said which."""
    private: bool = False
    reasons: tuple[str, ...] = ()
    """With what the reasons of the wiki begin; a rule can go by these."""
    since: str = ""
    """The first day whose entries are taken in; from the start of the connection without it."""


def settings(config: Config) -> Settings:
    """What a connection's file says; `Malformed` names what does not fit."""
    options = config.options
    private, since = options.get("private", "no"), options.get("since", "")
    why = wrong_option(options, OPTIONS, {"private": YES_OR_NO})
    if since and not _is_day(since):
        why = why or "since under [options] is no day, as 2026-11-30 is"
    why = why or wrong_address(config.connector.address, is_private=private == "yes")
    if why is not None:
        raise unusable(why)
    bots = frozenset(_listed(options["bots"])) if "bots" in options else None
    return Settings(bots, private == "yes", tuple(_listed(options.get("reasons", ""))), since)


def records(body: Any, of: Settings, pseudonym: Pseudonym) -> list[Record]:
    """What an entry of the log says; `ValueError` says what does not fit."""
    number, at = _head(body, "logid")
    action = f"{body.get('type')}/{body.get('action')}"[:60]
    title = body.get("title")
    if action in _NOTHING:
        return [Record(kind="no_action", native_id=f"log:{number}", at=at)]
    if action not in _ACTIONS or not isinstance(title, str) or "actionhidden" in body:
        return [_unknown(body, number, at, action)]
    flag, is_on = _ACTIONS[action]
    params = body.get("params")
    params = params if isinstance(params, dict) else {}
    return [
        Record(
            kind="state",
            native_id=f"{what} {pseudonym(name)}",
            version=f"{at} {number:012d}",
            at=at,
            decision=_content(flag) | _automated(body, of),
            words=_words(body, action, of, params),
            subject=title,
            suggested=_suggested(body, flag),
            decided_by=_by(body, of),
            states={flag: _restriction(flag, until) if on else None},
            dated=True,
            until=until if on else "",
            look_at=_number(flag, name, body, params),
        )
        for what, name, on, until in _about(flag, is_on, title, params)
    ]


def hit(body: Any) -> Record:
    """What a filter did to an edit, by the log of filters; `ValueError` says what does not fit."""
    number, at = _head(body, "id")
    result = str(body.get("result") or "")
    stopped = "disallow" in result.split(",")
    kind: Kind = "restriction" if stopped else "warning" if "warn" in result else "no_action"
    words = {"action": "disallow", "filter": str(body.get("filter_id") or "")[:20]}
    decision = {
        "decision_visibility": ["DECISION_VISIBILITY_OTHER"],
        "decision_visibility_other": "The edit was not published.",
        "content_date": at[:10],
        "automated_detection": "Yes",
        "automated_decision": AUTOMATED["fully"],
        "source_type": "SOURCE_VOLUNTARY",
    }
    return Record(
        kind=kind,
        native_id=f"hit:{number}",
        at=at,
        decision=decision if stopped else {},
        words={name: value for name, value in words.items() if value} if stopped else {},
        suggested={"content_type": ["CONTENT_TYPE_TEXT"]} if stopped else {},
    )


def _about(
    flag: str, is_on: bool, title: str, params: Mapping[str, Any]
) -> Iterator[tuple[str, str, bool, str]]:
    """What an entry is about, its name, whether it is restricted from then on, and until when."""
    if flag == "blocked":
        yield "user", title, is_on, _until(params.get("expiry"))
    elif flag == "hidden":
        new = params.get("new")
        on = isinstance(new, dict) and new.get("content") is True
        ids = params.get("ids")
        if not isinstance(ids, list) or not isinstance(new, dict):
            raise ValueError("`params` does not say what was hidden")
        for one_id in ids:
            yield str(params.get("type"))[:20], str(one_id), on, ""
    elif flag == "protected":
        details = params.get("details")
        parts = details if isinstance(details, list) else []
        ends = [part.get("expiry") for part in parts if isinstance(part, dict)]
        moments = [_until(end) for end in ends]
        yield "page", title, is_on, max(moments) if moments and all(moments) else ""
    else:
        yield "page", title, is_on, ""


def _number(flag: str, name: str, body: Mapping[str, Any], params: Mapping[str, Any]) -> str:
    """By what the wiki can be asked again: a number. Of an account there is its name only."""
    if flag == "hidden":
        return name if params.get("type") == "revision" and name.isdecimal() else ""
    number = body.get("logpage")
    return str(number) if flag != "blocked" and isinstance(number, int) and number > 0 else ""


def asked(subject: str) -> dict[str, str]:
    """What is asked about a page or a revision, as it is kept (`Record.look_at`)."""
    flag, _, number = subject.partition(" ")
    if flag == "hidden":
        return {"prop": "revisions", "revids": number, "rvprop": "ids|sha1"}
    return {"prop": "info", "pageids": number, "inprop": "protection"}


def in_force(subject: str, query: Mapping[str, Any]) -> tuple[str, ...]:
    """What of it is restricted, by what the wiki answers; `ValueError` says what does not fit."""
    flag = subject.partition(" ")[0]
    if flag == "hidden" and "badrevids" in query:
        return ("gone",)
    pages = query.get("pages")
    page = pages[0] if isinstance(pages, list) and pages else None
    if not isinstance(page, dict):
        raise ValueError("it says nothing of the page")  # noqa: TRY004 - of a source
    if flag == "hidden":
        revisions = page.get("revisions")
        found = revisions[0] if isinstance(revisions, list) and revisions else None
        if not isinstance(found, dict):
            raise ValueError("it says nothing of the revision")
        return ("hidden",) if found.get("sha1hidden") else ()
    if page.get("missing"):
        return ("deleted",) if flag == "deleted" else ("gone",)
    return ("protected",) if page.get("protection") else ()


def _restriction(flag: str, until: str) -> dict[str, Any]:
    moment = datetime.fromisoformat(until) if until else None
    return ending(RESTRICTIONS[flag], moment)


def _unknown(body: Mapping[str, Any], number: int, at: str, action: str) -> Record:
    """A word that is not known here, or an entry whose target is hidden."""
    words = {"action": action, "target": "" if isinstance(body.get("title"), str) else "hidden"}
    return Record(
        kind="unknown",
        native_id=f"log:{number}",
        at=at,
        words={name: value for name, value in words.items() if value},
    )


def _content(flag: str) -> dict[str, Any]:
    if flag != "blocked":
        return {}
    return {"content_type": ["CONTENT_TYPE_OTHER"], "content_type_other": "Account"}


def _suggested(body: Mapping[str, Any], flag: str) -> dict[str, Any]:
    found: dict[str, Any] = {} if flag == "blocked" else {"content_type": ["CONTENT_TYPE_TEXT"]}
    comment = body.get("comment")
    return found | ({"decision_facts": comment} if comment and isinstance(comment, str) else {})


def _words(
    body: Mapping[str, Any], action: str, of: Settings, params: Mapping[str, Any]
) -> dict[str, str]:
    """No free text: of a reason only what it begins with, if the operator has listed that."""
    comment = str(body.get("comment") or "").casefold()
    reason = next((begin for begin in of.reasons if comment.startswith(begin.casefold())), "")
    is_block = body.get("type") == "block"
    found = {
        "action": action,
        "scope": "" if not is_block or params.get("sitewide", True) else "partial",
        "namespace": "" if is_block else str(body.get("ns"))[:6],
        "reason": reason[:100],
    }
    return {name: value for name, value in found.items() if value}


def _by(body: Mapping[str, Any], of: Settings) -> tuple[str, ...]:
    name = body.get("user")
    is_person = isinstance(name, str) and name and name not in (of.bots or ())
    return (name,) if is_person and isinstance(name, str) else ()


def _automated(body: Mapping[str, Any], of: Settings) -> dict[str, Any]:
    """Only where somebody has said which accounts are programs, and who it was is not hidden."""
    if of.bots is None or not isinstance(body.get("user"), str):
        return {}
    return {"automated_decision": AUTOMATED["fully" if body["user"] in of.bots else "no"]}


def _head(body: Any, name: str) -> tuple[int, str]:
    """The number of an entry, and its moment."""
    if not isinstance(body, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - the caller names the place
    number, at = body.get(name), body.get("timestamp")
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise ValueError(f"`{name}` is no number")
    if not isinstance(at, str) or not (moment := _moment(at)):
        raise ValueError("`timestamp` is no moment")
    return number, moment


def _moment(text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    except (ValueError, OverflowError):
        return ""


def _until(value: Any) -> str:
    """When something ends; empty where it does not: `infinity` in many spellings, or nothing."""
    return _moment(value) if isinstance(value, str) else ""


def _is_day(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text)) and bool(_moment(text))


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]
