"""A forum's staff action log -> what was decided in it: suspensions, silences, deletions.

Discourse keeps what its staff does in one log: what, who, about whom or which post, when, and why
in free words. Each entry is a state of an account, a post or a topic that says since when. When a
suspension or a silence ends is not in the log, but in the account as it stands now: where the
entry is the newest of its kind and still holds, that is its end; otherwise a person is asked.
That a post came back, or is hidden by flags, is not in the log either: webhooks point at the post,
and it is read.

Of an entry neither address, mail nor text of a post is read, and of an account neither name nor
mail.

Source: discourse/discourse, `UserHistory`, `UserHistorySerializer`, `StaffActionLogger`,
`StaffMessageFormat`, `UserSilencer`, `Admin::UsersController`, `PostsController`,
`Jobs::EmitWebHookEvent`.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from amparo.connectors.config import (
    WRITE_BACK,
    YES_OR_NO,
    Config,
    unusable,
    wrong_address,
    wrong_option,
    wrong_since,
)
from amparo.connectors.ending import ending
from amparo.connectors.record import AUTOMATED, Record
from amparo.connectors.webhook import Notified, check_signature, decoded
from amparo.errors import Malformed

SYSTEM = "discourse"
OPTIONS = ("bots", "private", "reasons", "since", "user", WRITE_BACK)
_DISABLED = {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"]}
_REMOVED = {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"]}
RESTRICTIONS: Mapping[str, Mapping[str, Any]] = {
    "suspended": {"decision_account": "DECISION_ACCOUNT_SUSPENDED"},
    "blocked": {"decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION"},
    "taken_down": _DISABLED,
}
"""Whoever is silenced (`blocked`) can read and not write; staff can bring back what it deletes."""
SHOWS: Mapping[str, frozenset[str]] = {
    "suspended": frozenset({"restore_account"}),
    "blocked": frozenset({"restore_service"}),
    "taken_down": frozenset({"restore_content"}),
    "hidden": frozenset({"restore_content", "restore_visibility"}),
}
"""Restriction -> what of an order can be seen to be done once it is over."""
UNDO: Mapping[str, str] = {
    "suspended user": "/admin/users/{}/unsuspend.json",
    "blocked user": "/admin/users/{}/unsilence.json",
    "taken_down post": "/posts/{}/recover.json",
    "taken_down topic": "/t/{}/recover.json",
    "hidden post": "/posts/{}/unhide.json",
}
"""Restriction, and of what -> the call that takes it off."""
_ACTIONS: Mapping[str, tuple[str, str, bool]] = {
    "suspend_user": ("user", "suspended", True),
    "unsuspend_user": ("user", "suspended", False),
    "silence_user": ("user", "blocked", True),
    "unsilence_user": ("user", "blocked", False),
    "delete_post": ("post", "taken_down", True),
    "delete_topic": ("topic", "taken_down", True),
    "recover_topic": ("topic", "taken_down", False),
}
"""What staff does -> of what, which restriction, and whether it begins or ends."""
_FOR_GOOD: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "delete_post_permanently": ("post", _REMOVED),
    "delete_topic_permanently": ("topic", _REMOVED),
    "delete_user": ("user", {"decision_account": "DECISION_ACCOUNT_TERMINATED"}),
    "post_rejected": (
        "post",
        {
            "decision_visibility": ["DECISION_VISIBILITY_OTHER"],
            "decision_visibility_other": "The post was not published.",
        },
    ),
}
"""What nobody can bring back."""
_ASKED = frozenset({"anonymize_user", "deactivate_user"})
"""What restricts somebody, or was asked for by themselves."""
_TILL = {"suspended": "suspended_till", "blocked": "silenced_till"}
_FOR_EVER_YEARS = 100
"""What ends so far away does not: Discourse writes a thousand years for that."""
_PATHS = {"user": "admin/users", "post": "p", "topic": "t"}
_SYSTEM_USER = -1
_CHOICES = {"private": YES_OR_NO, WRITE_BACK: YES_OR_NO}
_NUMBER = re.compile(r"[0-9]{1,18}")
_CREATED = re.compile(r"created_at: ([0-9]{4}-[0-9]{2}-[0-9]{2})")
_ID = re.compile(r"id: ([0-9]{1,18})")
_KIND = re.compile(r"([a-z_]{1,40}):.*", re.DOTALL)
_HOOKS = ("post", "topic", "user", "reviewable", "ping")
_EVERYDAY = frozenset(
    {
        *("post_created", "post_edited", "topic_created", "topic_edited", "user_created"),
        *("user_logged_in", "user_logged_out", "user_approved", "user_confirmed_email"),
    }
)
"""Events by which nobody is restricted: on a busy forum they would use up the key's calls."""


class Settings(NamedTuple):
    """What a connection's file says."""

    address: str
    bots: frozenset[str] | None = None
    """Accounts that are programs, and decide by themselves; None where nobody has said which."""
    private: bool = False
    reasons: tuple[str, ...] = ()
    """With what the reasons of the forum begin; a rule can go by these."""
    since: str = ""
    """The first day whose entries are taken in; from the start of the connection without it."""
    user: str = "system"
    """For whom the key asks, of the forum's staff."""


class Ends(NamedTuple):
    """What the forum says of an account's restriction beside the log."""

    known: bool
    """Whether the entry is the newest of its kind, and still holds."""
    until: str = ""
    created: str = ""
    """The day on which the account was made."""


def settings(config: Config) -> Settings:
    """What a connection's file says; `Malformed` names what does not fit."""
    options = config.options
    since, user = options.get("since", ""), options.get("user", "system")
    private = options.get("private") == "yes"
    why = wrong_option(options, OPTIONS, _CHOICES)
    why = why or wrong_since(since)
    if not re.fullmatch(r"[\w.-]{1,60}", user):
        why = why or "user under [options] is no name of an account"
    why = why or wrong_address(config.connector.address, is_private=private)
    if why is not None:
        raise unusable(why, "docs/connectors/discourse.md")
    return Settings(
        config.connector.address.rstrip("/"),
        frozenset(_listed(options["bots"])) if "bots" in options else None,
        private,
        tuple(_listed(options.get("reasons", ""))),
        since,
        user,
    )


# --- the log --------------------------------------------------------------------------------------


def moment(entry: Any) -> str:
    """When an entry was made, to the second; empty where that is unclear."""
    return _moment(entry.get("created_at")) if isinstance(entry, dict) else ""


def has_end(entry: Any) -> bool:
    """Whether what an entry began ends some day, of which the log says nothing."""
    what, flag, is_on = _ACTIONS.get(_action(entry), ("", "", False))
    return what == "user" and flag in _TILL and is_on


def ends(entry: Mapping[str, Any], account: Mapping[str, Any], newest: Any) -> Ends:
    """When it ends, by the account as it stands, and the newest entry of its kind about it."""
    created = _moment(account.get("created_at"))[:10]
    flag = _ACTIONS[_action(entry)][1]
    till = _moment(account.get(_TILL[flag]))
    is_newest = isinstance(newest, dict) and newest.get("created_at") == entry.get("created_at")
    if not till or not is_newest or till <= _moment(entry.get("created_at")):
        return Ends(known=False, created=created)
    is_far = int(till[:4]) - int(moment(entry)[:4]) >= _FOR_EVER_YEARS
    return Ends(known=True, until="" if is_far else till, created=created)


class Item(NamedTuple):
    """By what an entry is known again."""

    name: str
    unclear: str
    """Its name where a person has to say when it ended."""
    version: str


def item(entry: Any) -> Item | None:
    """What an entry is about; None where it says nothing. `ValueError` as `records`."""
    if not isinstance(entry, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - the caller names the place
    action, version = _action(entry), _moment(entry.get("created_at"), "milliseconds")
    if not action or not version:
        raise ValueError("`action_name` or `created_at` is missing")
    if action not in _ACTIONS and action not in _FOR_GOOD and action not in _ASKED:
        return None
    what, number = _about(entry)
    name = f"{what} {number}" if action in _ACTIONS else f"{action} {number}"
    return Item(name, f"{action} {number} {version}", version)


def records(entry: Any, of: Settings, found: Ends) -> list[Record]:
    """What an entry of the log says, oldest first; `ValueError` says what does not fit."""
    known = item(entry)
    if known is None:
        return []
    action, (what, number) = _action(entry), _about(entry)
    base = Record(
        kind="state",
        native_id=known.name,
        version=known.version,
        at=moment(entry),
        decision=_content(what, entry, found) | _automated(entry, of),
        words=_words(entry, of),
        subject=_place(of, what, number),
        suggested=_suggested(what, entry),
        decided_by=_by(entry, of),
        look_at=f"{what} {number}",
    )
    if action in _ASKED:
        return [replace(base, kind="unknown", look_at="")]
    if action in _FOR_GOOD:
        return [_for_good(base, entry, action)]
    _, flag, is_on = _ACTIONS[action]
    if not is_on:
        return [replace(base, dated=True, states={flag: None})]
    if what == "user" and not found.known:  # it is over, and nobody says when or by whom
        decision = {**base.decision, **RESTRICTIONS[flag]}
        unclear = {"kind": "unknown", "native_id": known.unclear, "look_at": ""}
        return [replace(base, decision=decision, **unclear)]
    until = datetime.fromisoformat(found.until) if found.until else None
    on = replace(
        base,
        dated=True,
        until=found.until,
        states={flag: ending(RESTRICTIONS[flag], until)},
    )
    return [on] if what == "user" else [_came_back(base, flag), on]


def _came_back(base: Record, flag: str) -> Record:
    """Whatever is deleted was there: a post that came back before is not told of in the log."""
    before = datetime.fromisoformat(base.version).timestamp() - 0.001
    version = datetime.fromtimestamp(before, UTC).replace(tzinfo=None)
    return Record(
        kind="state",
        native_id=base.native_id,
        version=f"{version.isoformat(timespec='milliseconds')}Z",
        at=base.at,
        dated=True,
        states={flag: None},
    )


def _for_good(base: Record, entry: Mapping[str, Any], action: str) -> Record:
    decision = {**base.decision, **_FOR_GOOD[action][1]}
    acting = entry.get("acting_user")
    is_unclear = action == "delete_user" and _number_of(acting) in ("", str(_SYSTEM_USER))
    # Whoever deletes their own account is deleted by the system user, as is a spammer.
    kind = "unknown" if is_unclear else "restriction"
    return replace(base, kind=kind, decision=decision, look_at="")


# --- what webhooks point at -----------------------------------------------------------------------


def webhook(body: bytes, headers: Mapping[str, str], secret: str) -> Notified:
    """A webhook, once its signature was checked over the bytes as they came.

    `Denied` where that does not fit; `Malformed` where it is no webhook as Discourse sends it. Its
    headers are not signed: what kind of event it is counts by the body.
    """
    check_signature(body, headers.get("x-discourse-event-signature", ""), secret)
    found, kind = decoded(body), headers.get("x-discourse-event-type", "")
    if kind not in _HOOKS or not isinstance(found, dict) or kind not in found:
        raise Malformed(
            "This is no webhook as Discourse sends it.",
            why="it is signed well, and its event is none of post, topic, user, reviewable",
            fix="In Discourse, under Webhooks, choose the events that the guide names.",
        )
    if kind == "ping" or headers.get("x-discourse-event") in _EVERYDAY:
        return Notified(kind, "")
    content = found[kind]
    number = ""
    if isinstance(content, dict) and kind == "post":
        number = _number_of(content)
    elif (
        isinstance(content, dict) and kind == "reviewable" and content.get("target_type") == "Post"
    ):
        number = _number_of({"id": content.get("target_id")})
    return Notified(kind, f"post {number}" if number else LOG)


LOG = "log"
"""What is looked at where a webhook names nothing else: what is new in the log."""


def post(body: Any, at: datetime, of: Settings) -> list[Record]:
    """How a post stands; `ValueError` says what does not fit.

    `at`: when it was read, by the forum's clock. That it was deleted is in the log, with who did.
    """
    number = _number_of(body)
    if not number:
        raise ValueError("a post without a number")
    version = f"{at.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
    base = Record(
        kind="state",
        native_id=f"post {number}",
        version=version,
        at=f"{version[:19]}Z",
        look_at=f"post {number}",
        subject=_place(of, "post", number),
    )
    is_hidden = _flag(body, "hidden")
    day = _moment(body.get("created_at"))[:10]
    hidden = replace(
        base,
        native_id=f"hidden post {number}",
        decision={"content_date": day} if day else {},
        suggested={"content_type": ["CONTENT_TYPE_TEXT"], **_DISABLED},
        states={"hidden": {} if is_hidden else None},
    )
    if body.get("deleted_at") is not None:
        return [hidden]
    back = Record(
        kind="state",
        native_id=base.native_id,
        version=version,
        at=base.at,
        dated=True,
        states={"taken_down": None},
    )
    return [back, hidden]


def in_force(what: str, body: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    """What of an account, a post or a topic is restricted; `ValueError` where that is not said."""
    if what == "user":
        found = {flag: body.get(name) for flag, name in _TILL.items()}
        wrong = [flag for flag, till in found.items() if till is not None and not _moment(till)]
        if wrong or not _number_of(body):
            raise ValueError("how the account stands is not said")
        at = f"{now.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
        return tuple(flag for flag, till in found.items() if _moment(till) > at)
    deleted = body.get("deleted_at")
    if not _number_of(body) or (deleted is not None and not _moment(deleted)):
        raise ValueError(f"how the {what} stands is not said")
    hidden = what == "post" and _flag(body, "hidden")
    return (*(("taken_down",) if deleted else ()), *(("hidden",) if hidden else ()))


# --- parts ----------------------------------------------------------------------------------------


def _action(entry: Any) -> str:
    name = entry.get("action_name") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else ""


def _about(entry: Mapping[str, Any]) -> tuple[str, str]:
    """What an entry is about: an account, a post or a topic, and its number."""
    action = _action(entry)
    what = (_ACTIONS.get(action) or _FOR_GOOD.get(action) or ("user",))[0]
    number = _number_of(
        entry.get("target_user") if what == "user" else {"id": entry.get(f"{what}_id")}
    )
    if not number and action in _FOR_GOOD:  # the account is gone, and its number in the details
        found = _ID.match(_details(entry))
        number = found[1] if found else ""
    if not number:
        raise ValueError(f"`{action}` does not say about whom or what")
    return what, number


def _content(what: str, entry: Mapping[str, Any], found: Ends) -> dict[str, Any]:
    if what == "user":
        day = found.created or _created(entry)
        account = {"content_type": ["CONTENT_TYPE_OTHER"], "content_type_other": "Account"}
        return account | ({"content_date": day} if day else {})
    day = _created(entry)
    return {"content_date": day} if day else {}


def _created(entry: Mapping[str, Any]) -> str:
    """The day in the head of what was deleted; what follows there is its text."""
    for line in _details(entry).split("\n", 4)[:4]:
        if (found := _CREATED.match(line)) and _moment(found[1]):
            return found[1]
    return ""


def _suggested(what: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    if what != "user":
        return {"content_type": ["CONTENT_TYPE_TEXT"]}
    reason = _reason(entry)
    return {"decision_facts": reason[:5000]} if reason else {}


def _reason(entry: Mapping[str, Any]) -> str:
    """Why, as the account is told; the message to them that may follow is left out."""
    is_told = _action(entry) in ("suspend_user", "silence_user")
    return _details(entry).partition("\n\n")[0].strip() if is_told else ""


def _words(entry: Mapping[str, Any], of: Settings) -> dict[str, str]:
    """No free text: of a reason only what it begins with, if the operator has listed that."""
    reason = _reason(entry).casefold()
    begins = next((text for text in of.reasons if reason.startswith(text.casefold())), "")
    context = entry.get("context")
    kind = _KIND.fullmatch(context) if isinstance(context, str) else None
    found = {
        "action": _action(entry)[:60],
        "reason": begins[:100],
        "kind": kind[1] if kind and _action(entry) == "silence_user" else "",
    }
    return {name: value for name, value in found.items() if value}


def _by(entry: Mapping[str, Any], of: Settings) -> tuple[str, ...]:
    name = _acting(entry)
    return (name,) if name and name not in (of.bots or ()) else ()


def _automated(entry: Mapping[str, Any], of: Settings) -> dict[str, Any]:
    """Only where somebody has said which accounts are programs, and it is said who it was."""
    name = _acting(entry)
    if of.bots is None or not name:
        return {}
    return {"automated_decision": AUTOMATED["fully" if name in of.bots else "no"]}


def _acting(entry: Mapping[str, Any]) -> str:
    user = entry.get("acting_user")
    name = user.get("username") if isinstance(user, dict) else None
    return name[:60] if isinstance(name, str) else ""


def _place(of: Settings, what: str, number: str) -> str:
    return f"{of.address}/{_PATHS[what]}/{number}"


def _details(entry: Mapping[str, Any]) -> str:
    found = entry.get("details")
    return found if isinstance(found, str) else ""


def _number_of(body: Any) -> str:
    found = body.get("id") if isinstance(body, dict) else None
    if isinstance(found, bool) or not isinstance(found, int):
        return ""
    return str(found) if _NUMBER.fullmatch(str(abs(found))) else ""


def _flag(body: Mapping[str, Any], name: str) -> bool:
    found = body.get(name)
    if not isinstance(found, bool):
        raise ValueError(f"`{name}` is neither true nor false")  # noqa: TRY004 - of a source
    return found


def _moment(value: Any, to: str = "seconds") -> str:
    """A moment in UTC; empty where it is none."""
    try:
        found = datetime.fromisoformat(value)
        bare = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        return f"{bare.replace(tzinfo=None).isoformat(timespec=to)}Z"
    except (TypeError, ValueError, OverflowError):
        return ""


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]
