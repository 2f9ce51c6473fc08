"""A running Synapse, the server of Matrix -> what its administrators decided.

Its interface for administrators shows how accounts, rooms and media stand, and neither when, nor
why, nor in most cases by whom that was decided. So each is a state, which is compared with the last
look, and a person is asked for what is missing. Of an account its flags and the day it was made are
read; its name only to ask about it, and it is known here by a pseudonym.

Source: element-hq.github.io/synapse, Admin API: users, rooms, media, event reports (1.163).
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from amparo.connectors.config import WRITE_BACK, YES_OR_NO, Config, scanned
from amparo.connectors.record import Handled, Record

SYSTEM = "synapse"
OPTIONS = ("private", "reports", "scan_hours", WRITE_BACK)
RESTRICTIONS: Mapping[str, Mapping[str, Any]] = {
    "deactivated": {},  # people deactivate their own accounts as well: a person says what it was
    "locked": {"decision_account": "DECISION_ACCOUNT_SUSPENDED"},
    "suspended": {"decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION"},
    "shadow_banned": {
        "decision_visibility": ["DECISION_VISIBILITY_OTHER"],
        "decision_visibility_other": "What the account sends reaches nobody (shadow ban).",
    },
    "blocked": {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED"]},
    "quarantined": {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"]},
}
"""Flag -> the restriction that it is. Whoever is suspended can read and not write; nobody can join
a room that is blocked; media in quarantine can be given back."""
OF_ACCOUNTS = ("deactivated", "locked", "suspended", "shadow_banned")
SHOWS: Mapping[str, frozenset[str]] = {
    "deactivated": frozenset({"restore_account"}),
    "locked": frozenset({"restore_account"}),
    "suspended": frozenset({"restore_account", "restore_service"}),
    "shadow_banned": frozenset({"restore_visibility"}),
    "blocked": frozenset({"restore_visibility"}),
    "quarantined": frozenset({"restore_content"}),
}
"""Flag -> what of an order can be seen to be done once it is off."""
IN_FORCE: Mapping[str, str] = {
    "deactivated": "disabled",
    "locked": "disabled",
    "suspended": "suspended",
    "shadow_banned": "hidden",
    "blocked": "blocked",
    "quarantined": "taken_down",
}
"""Flag -> what a reader of the case is told that it is (`case.events.InForce`)."""
_TYPES = {
    "image": "CONTENT_TYPE_IMAGE",
    "video": "CONTENT_TYPE_VIDEO",
    "audio": "CONTENT_TYPE_AUDIO",
    "text": "CONTENT_TYPE_TEXT",
}
_CHOICES = {"private": YES_OR_NO, WRITE_BACK: YES_OR_NO, "reports": ("notices", "no")}
_MEDIA = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}/[A-Za-z0-9_-]{1,255}")
_MILLISECONDS = 10**11
"""From here on a number of `creation_ts` is in milliseconds, as lists have it; else in seconds."""
Pseudonym = Callable[[str], str]
"""What somebody or something is called there -> under what it is known here."""


class Settings(NamedTuple):
    """What a connection's file says."""

    private: bool = False
    """The server may be at an address in a private network, and without TLS."""
    scan_hours: int = 6
    """How often all accounts and rooms are gone through."""
    notices: bool = False
    """Whether what users report there are notices of DSA Article 16."""


class Call(NamedTuple):
    """A call of the interface for administrators."""

    method: str
    path: str
    body: Mapping[str, Any]


def settings(config: Config) -> Settings:
    """What a connection's file says; `Malformed` names what does not fit."""
    is_private, hours = scanned(config, OPTIONS, _CHOICES, "docs/connectors/synapse.md")
    return Settings(is_private, hours, config.options.get("reports") == "notices")


# --- how things stand -----------------------------------------------------------------------------


def account(
    body: Any, at: str, *, listed: bool, pseudonym: Pseudonym, reported: bool = False
) -> Record:
    """How an account stands, as a record; `ValueError` says what does not fit.

    `at`: when it was read. `reported`: somebody has reported what it wrote, not long before.
    """
    name = name_of(body, "name", "@")
    made = body.get("creation_ts")
    is_erased = body.get("erased") is True
    words = {
        "account": "erased" if is_erased and body.get("deactivated") else "",
        "reported": "yes" if reported else "",
    }
    return Record(
        kind="state",
        native_id=f"account {pseudonym(name)}",
        version=at,
        at=at,
        decision=_other("Account") | _made(made),
        words={word: value for word, value in words.items() if value},
        allegation="Somebody has reported what the account wrote." if reported else "",
        suggested={"source_type": "SOURCE_TYPE_OTHER_NOTIFICATION"} if reported else {},
        states={flag: _restriction(flag, on) for flag, on in _flags(body).items()},
        listed=listed,
        look_at=name,
    )


def room(name: str, body: Any, at: str, *, listed: bool, pseudonym: Pseudonym) -> Record:
    """How a room stands, by what is answered about its block; `ValueError` as above."""
    is_blocked = _truth(_object(body), "block")
    by = body.get("user_id")
    return Record(
        kind="state",
        native_id=f"room {pseudonym(name)}",
        version=at,
        at=at,
        decision=_other("Room"),
        decided_by=(by,) if is_blocked and isinstance(by, str) and by else (),
        states={"blocked": _restriction("blocked", is_blocked)},
        listed=listed,
        look_at=name,
    )


def media(name: str, body: Any, at: str, *, listed: bool, pseudonym: Pseudonym) -> Record | None:
    """How media stand; None where they are another server's. `ValueError` as above.

    `name`: `ORIGIN/ID`. What they are called, and whose they are, is not read.
    """
    info = _object(_object(body).get("media_info"))
    if info.get("media_origin") is not None:
        return None
    by = info.get("quarantined_by")
    if by is not None and not isinstance(by, str):
        raise ValueError("`quarantined_by` is no text")
    kind = str(info.get("media_type") or "").partition("/")[0]
    content = {"content_type": [_TYPES[kind]]} if kind in _TYPES else _other("Media")
    return Record(
        kind="state",
        native_id=f"media {pseudonym(name)}",
        version=at,
        at=at,
        decision=content | _made(info.get("created_ts")),
        decided_by=(by,) if by else (),
        states={"quarantined": _restriction("quarantined", bool(by))},
        listed=listed,
        look_at=name,
    )


def changed(body: Any) -> str:
    """Of a change in quarantine: which media, as `ORIGIN/ID`; `ValueError` as above."""
    found = _object(body)
    origin, media_id = found.get("origin"), found.get("media_id")
    if isinstance(origin, str) and isinstance(media_id, str):
        name = f"{origin}/{media_id}"
        if _MEDIA.fullmatch(name):
            return name
    raise ValueError("`origin` and `media_id` name no media")


def first_change(body: Any, at: str, pseudonym: Pseudonym) -> Record:
    """How media stand by the list alone, where only that is to be known; `ValueError` as above."""
    name, on = changed(body), _truth(_object(body), "quarantined")
    return Record(
        kind="state",
        native_id=f"media {pseudonym(name)}",
        version=at,
        at=at,
        states={"quarantined": _restriction("quarantined", on)},
    )


def report(what: str, body: Any) -> Record:
    """A report as a notice that is counted: when it came in; `ValueError` as above.

    `what`: of which list, since each has numbers of its own. Who wrote it, about whom, and why is
    not read, and Synapse does not say what became of it.
    """
    at = _moment(_object(body).get("received_ts"))
    if not at:
        raise ValueError("`received_ts` is no moment")
    return Record(
        kind="notice",
        native_id=f"{what}:{number(body)}",
        at=at,
        handled=Handled("notice", submitted=at),
    )


def is_about(body: Any, name: str) -> bool:
    """Whether a report is about what an account wrote: an older Synapse lists all others too."""
    return bool(_object(body).get("sender") == name)


def number(body: Any) -> int:
    """The number of a report; `ValueError` as above."""
    found = _object(body).get("id")
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise ValueError("`id` is no number")
    return found


def name_of(body: Any, attribute: str, sigil: str) -> str:
    """A name of Matrix, such as `@alice:example.org`; `ValueError` as above."""
    found = _object(body).get(attribute)
    if not isinstance(found, str) or not re.fullmatch(rf"{sigil}[^\s\x00]{{1,254}}", found):
        raise ValueError(f"`{attribute}` is no name of Matrix")
    return found


# --- read back, and carried out -------------------------------------------------------------------


def flags_in_force(subject: str, body: Any) -> tuple[str, ...]:
    """Which flags are on, of what is asked by `asked`; `ValueError` as above."""
    flag = subject.partition(" ")[0]
    if flag == "blocked":
        return ("blocked",) if _truth(_object(body), "block") else ()
    if flag == "quarantined":
        info = _object(_object(body).get("media_info"))
        if "quarantined_by" not in info:
            raise ValueError("it says nothing of a quarantine")
        return ("quarantined",) if info["quarantined_by"] else ()
    found = _flags(body)
    if flag not in found:
        raise ValueError(f"`{flag}` is neither true nor false")
    return tuple(name for name, on in found.items() if on)


def undoing(subject: str, quote: Callable[[str], str]) -> Call | None:
    """The call that takes a flag off; None where there is none.

    An account that was deactivated has no password any more, and a new one is not made here.
    `quote`: a name, as it stands in a path.
    """
    flag, _, name = subject.partition(" ")
    of = "/".join(map(quote, name.split("/"))) if flag == "quarantined" else quote(name)
    calls = {
        "locked": Call("PUT", f"/v2/users/{of}", {"locked": False}),
        "suspended": Call("PUT", f"/v1/suspend/{of}", {"suspend": False}),
        "shadow_banned": Call("DELETE", f"/v1/users/{of}/shadow_ban", {}),
        "blocked": Call("PUT", f"/v1/rooms/{of}/block", {"block": False}),
        "quarantined": Call("POST", f"/v1/media/unquarantine/{of}", {}),
    }
    return calls.get(flag)


def asked(subject: str, quote: Callable[[str], str]) -> str:
    """The path at which a subject is asked about, as it is kept (`Record.look_at`)."""
    flag, _, name = subject.partition(" ")
    if flag == "quarantined":
        return f"/v1/media/{'/'.join(map(quote, name.split('/')))}"
    return f"/v1/rooms/{quote(name)}/block" if flag == "blocked" else f"/v2/users/{quote(name)}"


# --- parts ----------------------------------------------------------------------------------------


def _flags(body: Any) -> dict[str, bool]:
    """Which flags an account has; one that is not said, as of an older Synapse, is left out."""
    of = _object(body)
    return {flag: _truth(of, flag) for flag in OF_ACCOUNTS if of.get(flag) is not None}


def _restriction(flag: str, on: bool) -> dict[str, Any] | None:
    return dict(RESTRICTIONS[flag]) if on else None


def _other(what: str) -> dict[str, Any]:
    return {"content_type": ["CONTENT_TYPE_OTHER"], "content_type_other": what}


def _made(value: Any) -> dict[str, Any]:
    moment = _moment(value)
    return {"content_date": moment[:10]} if moment else {}


def _moment(value: Any) -> str:
    """A moment from POSIX seconds or milliseconds; empty where it is none."""
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        return ""
    try:
        found = datetime.fromtimestamp(value / 1000 if value >= _MILLISECONDS else value, UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return found.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _truth(body: Mapping[str, Any], name: str) -> bool:
    """On SQLite the list of changes in quarantine says 1 and 0."""
    value = body.get(name)
    if not isinstance(value, int) or value not in (0, 1):
        raise ValueError(f"`{name}` is neither true nor false")
    return bool(value)


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - the caller names the place
    return value
