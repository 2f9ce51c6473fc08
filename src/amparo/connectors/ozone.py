"""An event of Ozone, Bluesky's moderation service -> what was decided, as far as it says so.

Takedowns and labels are states that say since when: Ozone does not name what a reversal takes back.
Neither what moderators note for each other, nor letters, nor what reporters wrote, nor handles are
read.

Source: `tools.ozone.moderation.defs`, `tools.ozone.moderation.queryEvents` (Ozone 0.4.2), and its
`mod-service`; docs/connectors/ozone.md.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from amparo.connectors import atproto, label_values, labels, ozone_reasons
from amparo.connectors.atproto import Subject
from amparo.connectors.config import WRITE_BACK, Config, is_in_the_clear, unusable
from amparo.connectors.ending import ending
from amparo.connectors.label_values import Values
from amparo.connectors.record import Person, Record

SYSTEM = "ozone"
SIGN_INS = ("admin", "token", "password")
LINES = {
    "answer_line": ("complaint", "Your complaint has been answered"),
    "reversed_line": ("reversal", "A decision about you has been reversed"),
    "undone_line": ("undone", "An answer that you were given has been taken back"),
}
"""Option -> what a letter is about that has this line as its subject, and the line itself."""
OPTIONS = (
    *("sign_in", "account", "pds", "bots", "letters", "wait_minutes", "ignored"),
    *("keys_are_dates", WRITE_BACK, "private", "answers", *LINES, *label_values.OPTIONS),
)
WAIT_MINUTES = 15
MOST_WAIT_MINUTES = 24 * 60
LETTER = timedelta(minutes=WAIT_MINUTES)
"""So long after a decision a letter to the person belongs to it."""
MOST_HOURS = 24 * 366 * 100
TOOL = "amparo"
"""What Ozone notes as the tool of what is done here."""
MOST_LETTERS = 200
WORKSPACE = "ozone/workspace"
"""The page in which moderators work; other tools may decide by themselves."""

TAKEDOWN, REVERSE, LABEL = "modEventTakedown", "modEventReverseTakedown", "modEventLabel"
REPORT, RESOLVE, EMAIL = "modEventReport", "modEventResolveAppeal", "modEventEmail"
ACKNOWLEDGE, DIVERT = "modEventAcknowledge", "modEventDivert"
MUTE_REPORTER, UNMUTE_REPORTER = "modEventMuteReporter", "modEventUnmuteReporter"
INTERNAL = frozenset(
    {
        *("modEventComment", "modEventEscalate", "modEventTag", "modEventPriorityScore"),
        *("modEventMute", "modEventUnmute", "accountEvent", "identityEvent", "recordEvent"),
        *("revokeAccountCredentialsEvent", "ageAssuranceEvent", "ageAssurancePurgeEvent"),
        *("scheduleTakedownEvent", "cancelScheduledTakedownEvent"),
    }
)
"""What restricts nobody, or announces what is still to come."""
OF_A_HISTORY = (TAKEDOWN, REVERSE, LABEL, REPORT, RESOLVE, EMAIL)
"""What is looked at of everything that happened to an account."""
_DEFS = "tools.ozone.moderation.defs#"
_SUSPENDED, _DISABLED = label_values.SUSPENDED, label_values.DISABLED
_MUTED = {"decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION"}
_WARNING_ONLY = "sev-0"


class Settings(NamedTuple):
    """Which Ozone is read, and what only its operator knows."""

    service: str
    """Its DID: what this account does, the service does by itself."""
    values: Values
    bots: frozenset[str]
    """DIDs of accounts, and names of tools, that decide by themselves."""
    letters: bool
    """The letters that moderators send with a decision tell the person of it."""
    ignored: frozenset[str]
    """Further events that restrict nobody."""
    keys_are_dates: bool
    wait: timedelta
    """How old an event is before it is read: what belongs to it is there by then."""
    answers: bool = False
    """What people are answered in their cases goes to the account by a letter of Ozone's."""
    lines: Mapping[str, str] = {}
    """What such a letter is about -> its subject."""


class Event(NamedTuple):
    """An event, as far as it is read."""

    id: int
    kind: str
    detail: dict[str, Any]
    subject: Subject
    uri: str
    by: str
    at: datetime
    tool: str


class _Tool(msgspec.Struct, frozen=True):
    name: str


class _View(msgspec.Struct, frozen=True, rename="camel"):
    id: int
    event: dict[str, Any]
    subject: dict[str, Any]
    created_by: str
    created_at: str
    mod_tool: _Tool | None = None


def settings(config: Config) -> Settings:
    """What a connection's file says; `Malformed` names what does not fit."""
    options = config.options
    try:
        labels.check_options(config, OPTIONS)
        labels.one_of(options, "sign_in", SIGN_INS)
        if options.get("private") != "yes":
            _check_is_secret(config)
        return Settings(
            config.connector.instance,
            label_values.read(options),
            _names(options.get("bots", "")),
            options.get("letters") == "yes",
            _names(options.get("ignored", "")),
            options.get("keys_are_dates") == "yes",
            timedelta(minutes=_minutes(options.get("wait_minutes", str(WAIT_MINUTES)))),
            options.get("answers") == "yes",
            {about: _line(options, name, usual) for name, (about, usual) in LINES.items()},
        )
    except ValueError as error:
        raise unusable(str(error)) from None


def acts_by(config: Config) -> list[str]:
    """The options of a connection's file by which something is done there."""
    return [name for name in (WRITE_BACK, "answers") if config.options.get(name) == "yes"]


def _line(options: Mapping[str, str], name: str, usual: str) -> str:
    text = options.get(name, usual)
    if not 0 < len(text.strip()) <= MOST_LETTERS or not text.isprintable():
        raise ValueError(f"`{name}` is no line of at most {MOST_LETTERS} letters")
    return text.strip()


def _check_is_secret(config: Config) -> None:
    """Raise where what we sign in with would go over the network for everybody to read."""
    for name, address in (
        ("address", config.connector.address),
        ("pds", config.options.get("pds", "")),
    ):
        if is_in_the_clear(address):
            raise ValueError(
                f"`{name}` begins with http:// and is no address in a private network, so that "
                f"anybody on the way could read the secret"
            )


def read(source: Any) -> Event:
    """An event as Ozone shows it; `ValueError` says what does not fit."""
    try:
        view = msgspec.convert(source, _View)
    except msgspec.ValidationError as error:
        raise ValueError(f"it is no event: {error}") from None
    for name in ("createLabelVals", "negateLabelVals", "policies"):
        _texts(view.event, name)
    uri = _uri(view.subject)
    return Event(
        view.id,
        str(view.event.get("$type", "")).removeprefix(_DEFS),
        view.event,
        atproto.subject(uri),
        uri,
        view.created_by,
        atproto.moment(view.created_at),
        view.mod_tool.name if view.mod_tool else "",
    )


def records(event: Event, history: Sequence[Event], of: Settings) -> list[Record]:
    """What an event comes to, with what else happened to its account (`history`, in order)."""
    match event.kind:
        case "modEventTakedown":
            restriction = _SUSPENDED if not event.subject.collection else _DISABLED
            is_clear = event.detail.get("severityLevel") != _WARNING_ONLY
            return [_state(event, history, of, "takedown", restriction if is_clear else {})]
        case "modEventReverseTakedown":
            return [_state(event, history, of, "takedown", None)]
        case "modEventLabel":
            return _labelled(event, history, of)
        case "modEventMuteReporter":
            return [_state(event, history, of, "reports", _MUTED)]
        case "modEventUnmuteReporter":
            return [_state(event, history, of, "reports", None)]
        case "modEventDivert":  # nothing that leads to the material is read
            removed = label_values.visibility("REMOVED")
            return [_single(event, history, of, removed, kind="restriction")]
        case "modEventAcknowledge":
            return [Record(kind="no_action", native_id=_name(event), at=atproto.written(event.at))]
        case "modEventEmail":
            return _warned(event, history)
        case "modEventReport" | "modEventResolveAppeal":
            return []  # `ozone_appeals`
    if event.kind in INTERNAL | of.ignored:
        return []
    return [_single(event, history, of, {}, kind="unknown")]


def is_appeal(event: Event) -> bool:
    """Whether somebody contests what was decided about this subject."""
    reason = str(event.detail.get("reportType", ""))
    return event.kind == REPORT and ozone_reasons.short(reason) == ozone_reasons.APPEAL


def by_machine(event: Event, of: Settings) -> bool:
    """Whether the service or one of its tools decided by itself."""
    return bool({event.by, event.tool} & {of.service, *of.bots})


def _labelled(event: Event, history: Sequence[Event], of: Settings) -> list[Record]:
    found = []
    for name, is_on in (("createLabelVals", True), ("negateLabelVals", False)):
        for value in _texts(event.detail, name):
            restriction = label_values.restriction(value, event.subject, of.values)
            if restriction is not None:
                flag, attributes = f"label {value}", restriction if is_on else None
                found.append(_state(event, history, of, flag, attributes, label=value))
    return found


def _warned(event: Event, history: Sequence[Event]) -> list[Record]:
    """A letter that belongs to no decision, and speaks of a policy or strikes."""
    decisions = (other for other in history if other.kind in (TAKEDOWN, LABEL))
    belongs = any(other.at <= event.at <= other.at + LETTER for other in decisions)
    speaks = any(event.detail.get(name) for name in ("policies", "severityLevel", "strikeCount"))
    if belongs or not speaks:
        return []
    return [Record(kind="warning", native_id=_name(event), at=atproto.written(event.at))]


def _state(
    event: Event,
    history: Sequence[Event],
    of: Settings,
    flag: str,
    restriction: Any,
    *,
    label: str = "",
) -> Record:
    until = None if restriction is None else _until(event)
    attributes = None if restriction is None else ending(restriction, until)
    return msgspec.structs.replace(
        _single(event, history, of, {}, kind="state", label=label),
        native_id=f"{flag} {event.uri}",
        version=f"{atproto.sortable(event.at)} {event.id:012}",
        subject=event.uri,
        states={labels.FLAG: attributes},
        dated=True,
        until=atproto.written(until) if until else "",
        look_at=f"{flag} {event.id} {event.uri}" if _can_be_seen(event, flag) else "",
    )


def _can_be_seen(event: Event, flag: str) -> bool:
    """Of a message, and of the right to report, Ozone shows nobody how it stands."""
    return flag != "reports" and not event.subject.collection.startswith("chat.bsky.")


def _single(
    event: Event,
    history: Sequence[Event],
    of: Settings,
    restriction: dict[str, Any],
    *,
    kind: Any,
    label: str = "",
) -> Record:
    reported = _reported(event, history)
    informed = of.letters and any(_is_letter(event, other) for other in history)
    return Record(
        kind=kind,
        native_id=_name(event),
        at=atproto.written(event.at),
        decision={
            **restriction,
            **labels.about(event.subject, dates=of.keys_are_dates),
            **labels.automated(_how(event, of)),
        },
        words=_words(event, label),
        allegation=reported,
        suggested={**labels.likely(event.subject), **ozone_reasons.suggested(reported)},
        decided_by=() if by_machine(event, of) else (event.by,),
        person=Person(informed=True) if informed else None,
    )


def _how(event: Event, of: Settings) -> str:
    """How far a machine decided; of a tool that nobody has spoken of it is asked."""
    if by_machine(event, of):
        return "fully"
    return "no" if event.tool in ("", WORKSPACE) else ""


def _words(event: Event, label: str) -> dict[str, str]:
    found = {
        "event": event.kind.removeprefix("modEvent")[:60],
        "label": label,
        "subject": event.subject.collection or "account",
        "policy": ", ".join(sorted(_texts(event.detail, "policies")))[:200],
        "severity": str(event.detail.get("severityLevel") or "")[:60],
        "strikes": str(event.detail.get("strikeCount") or "")[:10],
    }
    return {name: value for name, value in found.items() if value}


def _reported(event: Event, history: Sequence[Event]) -> str:
    """For what the same subject was last reported before."""
    reports = [
        other
        for other in history
        if other.kind == REPORT and not is_appeal(other)
        if other.uri == event.uri and other.at <= event.at
    ]
    return ozone_reasons.short(str(reports[-1].detail.get("reportType", ""))) if reports else ""


def _is_letter(event: Event, other: Event) -> bool:
    return (
        other.kind == EMAIL
        and other.tool != TOOL  # an answer of ours tells nobody of another decision
        and other.subject.did == event.subject.did
        and other.detail.get("isDelivered") is not False
        and event.at <= other.at <= event.at + LETTER
    )


def _until(event: Event) -> datetime | None:
    hours = event.detail.get("durationInHours")
    if not hours:
        return None
    if not isinstance(hours, int) or not 0 < hours <= MOST_HOURS:
        raise ValueError("`durationInHours` is no number of hours")
    return event.at + timedelta(hours=hours)


def _uri(subject: dict[str, Any]) -> str:
    """The subject as an address: of messages there is none, so one is made of the same form."""
    did = str(subject.get("did", ""))
    match str(subject.get("$type", "")).rpartition("#")[2]:
        case "repoRef":
            return did
        case "messageRef":
            return f"at://{did}/chat.bsky.convo.message/{subject.get('messageId')}"
        case "convoRef":
            return f"at://{did}/chat.bsky.convo/{subject.get('convoId')}"
        case _:
            return str(subject.get("uri", ""))


def _texts(detail: dict[str, Any], name: str) -> list[str]:
    value = detail.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"`{name}` is no list of texts")
    return value


def _name(event: Event) -> str:
    return f"event:{event.id}"


def _minutes(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_WAIT_MINUTES:
        raise ValueError("`wait_minutes` under [options] is no number of minutes of a day")
    return int(text)


def _names(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\s,]+", text))
