"""The moderation log of a Lemmy -> what was decided in it: bans, removals, locks, purges.

Lemmy logs who did what to whom, when, why in free words, and when a ban ends. Each entry is a state
of an account, a post, a comment or a community that says since when; what takes it back is an entry
as well. The log also tells of what other servers decided about what they show here. Whose decision
it was is seen by two marks: the account that acted is of this server, or the community is.

Of an entry the numbers of whom and what it is about are read, and days; neither a name of whoever
was restricted nor an address, nor what was written. `lemmy_v3` puts the answers of older servers
into the form that is read here, which is that of 1.0.

Source: LemmyNet/lemmy 439734d (1.0.0-beta.1) and 0.19.20: `Modlog`, `ModlogKind`, `ModlogView`,
`PersonView`, `PostReport`; `ban_from_site`, `BlockUser::receive`; LemmyNet/lemmy-js-client.
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
from amparo.connectors.record import AUTOMATED, Handled, Record

SYSTEM = "lemmy"
OPTIONS = ("bots", "private", "reasons", "reports", "since", WRITE_BACK)
_DISABLED = {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"]}
_REMOVED = {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"]}
RESTRICTIONS: Mapping[str, Mapping[str, Any]] = {
    "suspended": {"decision_account": "DECISION_ACCOUNT_SUSPENDED"},
    "blocked": {"decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION"},
    "taken_down": _DISABLED,
    "locked": {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED"]},
    "hidden": {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DEMOTED"]},
    "cut_off": {},  # a whole server: what that restricts for whom is said by a person
}
"""Whoever is banned can do nothing any more but delete their account; whoever is banned from a
community (`blocked`) can read there, and not write; what is removed can be restored; a hidden
community is left out of the list of all.
"""
SHOWS: Mapping[str, frozenset[str]] = {
    "suspended": frozenset({"restore_account"}),
    "blocked": frozenset({"restore_service"}),
    "taken_down": frozenset({"restore_content"}),
    "locked": frozenset({"restore_visibility"}),
    "hidden": frozenset({"restore_visibility"}),
}
"""Restriction -> what of an order can be seen to be done once it is over."""
IN_FORCE: Mapping[str, str] = {"locked": "protected"}
"""Restriction -> what a reader of the case is told that it is, where that is another word."""
_ACTIONS: Mapping[str, tuple[str, str]] = {
    "admin_ban": ("person", "suspended"),
    "mod_ban_from_community": ("member", "blocked"),
    "mod_remove_post": ("post", "taken_down"),
    "mod_remove_comment": ("comment", "taken_down"),
    "admin_remove_community": ("community", "taken_down"),
    "mod_lock_post": ("post", "locked"),
    "mod_lock_comment": ("comment", "locked"),
    "mod_hide_community": ("community", "hidden"),
    "admin_block_instance": ("instance", "cut_off"),
}
"""What was done -> to what, and which restriction that begins; or ends, where it is a revert."""
_FOR_GOOD: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "admin_purge_person": ("person", {"decision_account": "DECISION_ACCOUNT_TERMINATED"}),
    "admin_purge_community": ("community", _REMOVED),
    "admin_purge_post": ("post", _REMOVED),
    "admin_purge_comment": ("comment", _REMOVED),
}
"""What nobody can bring back. The log does not say any more who or what it was."""
_WARNED: Mapping[str, str] = {"mod_warn_post": "post", "mod_warn_comment": "comment"}
_NOTHING = frozenset(
    {
        *("admin_add", "admin_allow_instance", "admin_feature_post_site", "mod_add_to_community"),
        *("mod_feature_post_community", "mod_transfer_community"),
        "mod_change_community_visibility",
    }
)
"""By which nobody is restricted: who moderates, what is pinned, who may see a community."""
KINDS = frozenset({*_ACTIONS, *_FOR_GOOD, *_WARNED, *_NOTHING})
"""Every kind of entry that is known here."""
_TARGETS = {
    "person": "target_person",
    "post": "target_post",
    "comment": "target_comment",
    "community": "target_community",
    "instance": "target_instance",
}
_CHOICES = {"private": YES_OR_NO, WRITE_BACK: YES_OR_NO, "reports": ("notices", "no")}
_NEVER = 2126
"""From this year on an end is none: other servers may send any, a Lemmy itself has ten years."""
_FAR = re.compile(r"\+[0-9]{5,6}-")
"""With what a moment after the year 9999 begins."""
_NUMBER = re.compile(r"[0-9]{1,18}")
_KIND = re.compile(r"[a-z][a-z_]{0,59}")


class Settings(NamedTuple):
    """What a connection's file says."""

    address: str
    bots: frozenset[str] | None = None
    """Local accounts that are programs though Lemmy does not call them so; None where nobody has
    said which, so that of others it is not known either."""
    private: bool = False
    reasons: tuple[str, ...] = ()
    """With what the reasons of the log begin; a rule can go by these."""
    notices: bool = False
    """Whether what users report there are notices of DSA Article 16."""
    since: str = ""
    """The first day whose entries are taken in; from the start of the connection without it."""


def settings(config: Config) -> Settings:
    """What a connection's file says; `Malformed` names what does not fit."""
    options = config.options
    since, private = options.get("since", ""), options.get("private") == "yes"
    why = wrong_option(options, OPTIONS, _CHOICES)
    why = why or wrong_since(since)
    why = why or wrong_address(config.connector.address, is_private=private)
    if why is not None:
        raise unusable(why, "docs/connectors/lemmy.md")
    return Settings(
        config.connector.address.rstrip("/"),
        frozenset(_listed(options["bots"])) if "bots" in options else None,
        private,
        tuple(_listed(options.get("reasons", ""))),
        options.get("reports") == "notices",
        since,
    )


# --- the log --------------------------------------------------------------------------------------


def moment(entry: Any) -> str:
    """When an entry was made, to the second; empty where that is unclear."""
    return moment_of(_part(entry, "modlog").get("published_at"))


def records(entry: Any, of: Settings) -> list[Record]:
    """What an entry of the log says; `ValueError` says what does not fit.

    Nothing where nobody is restricted by it, where another server decided, and where somebody
    acted on what is their own.
    """
    kind, version = _head(entry)
    if kind in _NOTHING:
        return []
    is_revert = _truth(entry["modlog"], "is_revert")
    if is_revert:
        if kind == "admin_ban" and "target_instance" in entry and not is_of_here(entry):
            return []  # from 1.0 on each server has its own bans, and takes back those alone
    elif not is_of_here(entry) or _is_own(entry):
        return []
    base = Record(
        kind="unknown",
        native_id=f"{kind} {version}",
        version=version,
        at=moment(entry),
        decision=_automated(entry, of),
        words=_words(entry, kind, of),
        suggested=_suggested(kind, entry),
        decided_by=_by(entry, of),
    )
    if kind in _ACTIONS:
        return [_state(base, entry, of, is_revert=is_revert)]
    if kind in _FOR_GOOD:
        what, restriction = _FOR_GOOD[kind]
        decision = {**base.decision, **_content(what, {}), **restriction}
        return [
            replace(base, kind="restriction", decision=decision, subject=f"{of.address}/modlog")
        ]
    if kind in _WARNED:
        number = _number_of(_part(entry, _TARGETS[_WARNED[kind]]))
        return [Record(kind="warning", native_id=f"{kind} {number} {version}", at=base.at)]
    return [replace(base, words={"action": kind})]  # a word that is not known here


def is_of_here(entry: Mapping[str, Any]) -> bool:
    """Whether this server's people decided, or it was decided in a community of this server.

    A moderator of a community need not have an account on its server, and an account of this server
    can moderate elsewhere; an administrator acts for their own server. `ValueError` where it is not
    said.
    """
    by, community = entry.get("moderator"), entry.get("target_community")
    if not isinstance(by, dict):
        raise ValueError("it does not say who decided")  # noqa: TRY004 - the caller names the place
    if _truth(by, "local"):
        return True
    is_of_a_server = str(entry["modlog"]["kind"]).startswith("admin_")
    return not is_of_a_server and isinstance(community, dict) and _truth(community, "local")


def _state(base: Record, entry: Mapping[str, Any], of: Settings, *, is_revert: bool) -> Record:
    """An entry as a state; flags have states of their own, as v3 lists them apart."""
    what, flag = _ACTIONS[base.words["action"]]
    number = _about(what, entry)
    bare = replace(
        base,
        kind="state",
        native_id=f"{flag} {what} {number}",
        dated=True,
        states={flag: None},
        look_at="" if what == "instance" else f"{what} {number}",
    )
    if is_revert:  # whoever takes it back, it is over here
        return replace(bare, decision={}, words={}, suggested={}, decided_by=(), look_at="")
    until = _until(entry["modlog"])
    ends = datetime.fromisoformat(until) if until else None
    return replace(
        bare,
        decision={**base.decision, **_content(what, entry)},
        subject=_place(of, what, number),
        until=until,
        states={flag: ending(RESTRICTIONS[flag], ends)},
    )


# --- reports --------------------------------------------------------------------------------------

REPORTS = ("post", "comment", "private_message", "community")


def report(what: str, body: Any) -> Record:
    """A report as a notice that is counted; `ValueError` says what does not fit.

    When it was made, whether it is closed, and whether what it is about is removed. Who wrote it,
    about whom, and why is not read.
    """
    found = _part(body, f"{what}_report")
    at = moment_of(found.get("published_at"))
    if not at:
        raise ValueError("`published_at` is no moment")
    changed_at = moment_of(found.get("updated_at"))
    closed_at = changed_at if _truth(found, "resolved") else ""
    return Record(
        kind="notice",
        native_id=f"{what}_report:{_number_of(found)}",
        version=changed_at or at,
        at=at,
        handled=Handled(
            "notice",
            submitted=at,
            decided=closed_at,
            acted=bool(closed_at) and _part(body, what).get("removed") is True,
        ),
    )


# --- read back, and carried out -------------------------------------------------------------------

REASON = "The decision was reversed."
"""In the log, which everybody can read: it names neither case nor complaint."""


def person_in_force(view: Any, now: datetime) -> tuple[str, ...]:
    """What an account is restricted by; `ValueError` where that is not said."""
    _number_of(_part(view, "person"))
    return ("suspended",) if _truth(view, "banned") and _still(view, "ban_expires_at", now) else ()


def content_in_force(what: str, view: Any) -> tuple[str, ...]:
    """The same of a post, a comment or a community, as its view says it.

    Nobody reads a comment in a post that is removed, nor a post in such a community.
    """
    names = {"comment": ("comment", "post", "community"), "post": ("post", "community")}
    removed = [_truth(_part(view, name), "removed") for name in names.get(what, (what,))]
    content = _part(view, what)
    _number_of(content)
    if what == "community":
        hidden = _is_hidden(content)
        is_removed = removed[0] or content.get("local_removed") is True
        return (*(("taken_down",) if is_removed else ()), *(("hidden",) if hidden else ()))
    # Comments have locks from 1.0 on.
    locked = _truth(content, "locked") if "locked" in content or what == "post" else False
    return (*(("taken_down",) if any(removed) else ()), *(("locked",) if locked else ()))


def _is_hidden(community: Mapping[str, Any]) -> bool:
    """In 1.0 a hidden community is one that is unlisted."""
    if "hidden" in community:
        return _truth(community, "hidden")
    if not isinstance(community.get("visibility"), str):
        raise ValueError("`visibility` is missing")  # noqa: TRY004 - of a source
    return bool(community["visibility"] == "unlisted")


def member_in_force(entry: Any, now: datetime) -> tuple[str, ...]:
    """Whether somebody is banned from a community, by the newest entry of the log about that."""
    kind, _ = _head(entry)
    if kind != "mod_ban_from_community":
        raise ValueError("it is no ban from a community")
    found = entry["modlog"]
    is_on = not _truth(found, "is_revert") and _still(found, "expires_at", now)
    return ("blocked",) if is_on else ()


def undoing(flag: str, what: str, number: str) -> dict[str, Any]:
    """What is said with the call that takes a restriction off."""
    if what == "member":
        community, person = number.split("/")
        ids = {"community_id": int(community), "person_id": int(person)}
    else:
        ids = {f"{what}_id": int(number)}
    off = {
        "suspended": {"ban": False},
        "blocked": {"ban": False},
        "taken_down": {"removed": False},
        "locked": {"locked": False},
        "hidden": {"hidden": False},
    }
    return {**ids, **off[flag], "reason": REASON}


# --- parts ----------------------------------------------------------------------------------------


def moment_of(value: Any, to: str = "seconds") -> str:
    """A moment in UTC; empty where it is none."""
    try:
        found = datetime.fromisoformat(value)
        bare = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        return f"{bare.replace(tzinfo=None).isoformat(timespec=to)}Z"
    except (TypeError, ValueError, OverflowError):
        return ""


def _head(entry: Any) -> tuple[str, str]:
    """What kind of entry it is, and its moment as precise as it is."""
    found = _part(entry, "modlog")
    kind, version = found.get("kind"), moment_of(found.get("published_at"), "microseconds")
    if not isinstance(kind, str) or not _KIND.fullmatch(kind) or not version:
        raise ValueError("`kind` or `published_at` is missing")
    return kind, version


def _about(what: str, entry: Mapping[str, Any]) -> str:
    """The number of what an entry is about; of a member that of the community before it."""
    if what != "member":
        return _number_of(_part(entry, _TARGETS[what]))
    community, person = (_part(entry, _TARGETS[name]) for name in ("community", "person"))
    return f"{_number_of(community)}/{_number_of(person)}"


def _is_own(entry: Mapping[str, Any]) -> bool:
    """Whether somebody acted on what is their own: that restricts nobody."""
    by, person = entry.get("moderator"), entry.get("target_person")
    if not isinstance(by, dict) or not isinstance(person, dict) or "id" not in person:
        return False
    return _number_of(by) == _number_of(person)


def _content(what: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    others = {"person": "Account", "member": "Account", "community": "Community"}
    others["instance"] = "Server"
    found: dict[str, Any] = {}
    if what in others:
        found = {"content_type": ["CONTENT_TYPE_OTHER"], "content_type_other": others[what]}
    target = entry.get("target_person" if what == "member" else _TARGETS.get(what, ""))
    made = target.get("published_at") if isinstance(target, dict) and what != "instance" else None
    day = moment_of(made)[:10]
    return found | ({"content_date": day} if day else {})


def _suggested(kind: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    what = (_ACTIONS.get(kind) or _FOR_GOOD.get(kind) or ("",))[0]
    found: dict[str, Any] = {}
    if what in ("post", "comment"):
        found = {"content_type": ["CONTENT_TYPE_TEXT"]}
    reason = _reason(entry)
    return found | ({"decision_facts": reason[:5000]} if reason else {})


def _reason(entry: Mapping[str, Any]) -> str:
    found = entry["modlog"].get("reason")
    return found.strip() if isinstance(found, str) else ""


def _words(entry: Mapping[str, Any], kind: str, of: Settings) -> dict[str, str]:
    """No free text: of a reason only what it begins with, if the operator has listed that."""
    reason = _reason(entry).casefold()
    begins = next((text for text in of.reasons if reason.startswith(text.casefold())), "")
    found = {
        "action": kind,
        "reason": begins[:100],
        "community": _where(entry.get("target_community")),
        "account": _where(entry.get("target_person")),
        "bulk": "yes" if entry["modlog"].get("bulk_action_parent_id") is not None else "",
    }
    return {name: value for name, value in found.items() if value}


def _where(found: Any) -> str:
    """Of which server it is; empty where that is not said."""
    local = found.get("local") if isinstance(found, dict) else None
    return {True: "here", False: "elsewhere"}.get(local, "") if isinstance(local, bool) else ""


def _by(entry: Mapping[str, Any], of: Settings) -> tuple[str, ...]:
    name = _acting(entry)
    return (name,) if name and not _is_program(entry, of) else ()


def _automated(entry: Mapping[str, Any], of: Settings) -> dict[str, Any]:
    """What Lemmy calls a bot is one; that others are none is only known by somebody's word."""
    if not _acting(entry):
        return {}
    if _is_program(entry, of):
        return {"automated_decision": AUTOMATED["fully"]}
    return {} if of.bots is None else {"automated_decision": AUTOMATED["no"]}


def _is_program(entry: Mapping[str, Any], of: Settings) -> bool:
    by = entry.get("moderator")
    is_bot = isinstance(by, dict) and by.get("bot_account") is True
    return is_bot or _acting(entry) in (of.bots or ())


def _acting(entry: Mapping[str, Any]) -> str:
    """Who acted: by name, as the desk knows its own; an account of elsewhere by its number."""
    by = entry.get("moderator")
    name = by.get("name") if isinstance(by, dict) else None
    if not isinstance(by, dict) or not isinstance(name, str):
        return ""
    return name[:60] if by.get("local") is True else f"elsewhere:{_number_of(by)}"


def _until(found: Mapping[str, Any]) -> str:
    value = found.get("expires_at")
    if value is None or (isinstance(value, str) and _FAR.match(value)):
        return ""
    if not (until := moment_of(value)):
        raise ValueError("`expires_at` is no moment")
    return until if int(until[:4]) < _NEVER else ""


def _still(body: Any, name: str, now: datetime) -> bool:
    """Whether what ends at a moment holds: Lemmy takes it off some minutes after that."""
    until = _until({"expires_at": body.get(name)})
    at = now.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    return not until or until > f"{at}Z"


def _place(of: Settings, what: str, number: str) -> str:
    """Where it is, without a name in it: of people there is only what the log says of them."""
    community, _, person = number.rpartition("/")
    paths = {
        "person": f"modlog?userId={number}",
        "member": f"modlog/{community}?userId={person}",
        "community": f"modlog/{number}",
        "instance": "instances",
    }
    return f"{of.address}/{paths.get(what, f'{what}/{number}')}"


def _part(body: Any, name: str) -> Mapping[str, Any]:
    found = body.get(name) if isinstance(body, dict) else None
    if not isinstance(found, dict):
        raise ValueError(f"`{name}` is missing")  # noqa: TRY004 - the caller names the place
    return found


def _number_of(body: Mapping[str, Any]) -> str:
    found = body.get("id")
    if isinstance(found, bool) or not isinstance(found, int) or not _NUMBER.fullmatch(str(found)):
        raise ValueError("it does not say about whom or what")
    return str(found)


def _truth(body: Any, name: str) -> bool:
    found = body.get(name) if isinstance(body, dict) else None
    if not isinstance(found, bool):
        raise ValueError(f"`{name}` is neither true nor false")  # noqa: TRY004 - of a source
    return found


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]
