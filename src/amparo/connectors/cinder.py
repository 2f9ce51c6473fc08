"""A decision in Cinder, a review tool -> what was decided, and what became of appeals.

Cinder posts each decision with its own id, what it enforces, the policies it goes by, and the
decision that it replaces. What an action is for whoever it is about only the operator knows; a
policy lists its actions for every kind of content, of which only some fit. Neither the content, nor
who reported or appealed, nor why is read.

Source: mozilla/addons-server, `olympia.abuse`: views, models, the payloads of its tests.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from amparo.connectors import coop
from amparo.connectors.config import YES_OR_NO, Config, unusable, wrong_address, wrong_option
from amparo.connectors.record import AUTOMATED, About, Handled, Kind, Outcome, Person, Record

SYSTEM = "cinder"
EVENT = "decision.created"
_FLAGS = ("informed", "notes_are_facts")
OPTIONS = (*coop.LISTS, *_FLAGS, "accounts")
_BY_MACHINE = frozenset({"automated", "cinder_workflow", "agent"})
"""Types of a decision that is nobody's; of another without a user Cinder does not say."""
_ABOUT: Mapping[str, About] = {
    "decision_visibility": "removal",
    "decision_provision": "service",
    "decision_account": "account",
}
MOST_LISTED = 100
"""Actions, policies or appeals of a decision."""
MOST_CHAIN = 20
"""Of decisions, each of which replaces the one before."""
_MOST_LETTERS = 300


class Settings(NamedTuple):
    """What a connection's file says."""

    meanings: Mapping[str, str]
    """Action, or `KIND/ACTION` of one kind of content -> the option that lists it."""
    accounts: frozenset[str] = frozenset()
    """Kinds of content that are accounts."""
    informed: bool = False
    """The platform itself tells the person of each decision."""
    notes_are_facts: bool = False
    """What moderators note states the facts, and names nobody."""


class _Decision(NamedTuple):
    """One decision, or one before it, as far as they are alike."""

    id: str
    actions: tuple[str, ...]
    """Those that restrict this kind of content, or may: nobody has said what they are."""
    by: str


def settings(config: Config) -> Settings:
    """What a connection's file says; `Malformed` names what does not fit."""
    options = config.options
    why = wrong_option(options, OPTIONS, dict.fromkeys(_FLAGS, YES_OR_NO)) or wrong_address(
        config.connector.address, is_private=False
    )
    meanings: Mapping[str, str] = {}
    try:
        meanings = coop.listed(options)
    except ValueError as error:
        why = why or str(error)
    if why is not None:
        raise unusable(why, "docs/connectors/cinder.md")
    informed, are_facts = (options.get(flag) == "yes" for flag in _FLAGS)
    return Settings(meanings, frozenset(options.get("accounts", "").split()), informed, are_facts)


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether a webhook is signed (`X-Cinder-Signature`), over the bytes as they came."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(digest.encode(), signature.strip().encode())


def records(body: bytes, of: Settings) -> list[Record]:
    """What a webhook says; nothing of an event that is no decision. `ValueError` if unreadable."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    event = _object(found).get("event")
    if not isinstance(event, str):
        raise ValueError("`event` is no text")  # noqa: TRY004 - the caller names the place
    return _of_decision(_object(found.get("payload")), of) if event == EVENT else []


def _of_decision(payload: Mapping[str, Any], of: Settings) -> list[Record]:
    source, entity = _object(payload.get("source")), _object(payload.get("entity"))
    kind, at = _text(entity, "entity_schema"), _moment(payload.get("timestamp"))
    if not at:
        raise ValueError("`timestamp` is no moment")
    if _is_left_out(payload, kind, of):
        return []
    decision_id = _text(_object(source.get("decision")), "id")
    now = _Decision(decision_id, _restricting(payload, kind, of), _email(source))
    chain = _chain(payload, kind, of)
    before = chain[0] if chain else _Decision("", (), "")
    found = []
    if before.actions and before.actions != now.actions:
        found.append(_reversal(now, _begun(chain), at))
    if before.actions != now.actions or not chain:
        found.append(_restriction(payload, now, kind, at, of))
    return found + _appeals(payload, now, before, kind, at, of)


# --- what was decided -----------------------------------------------------------------------------


def _meanings(body: Mapping[str, Any], kind: str, of: Settings) -> set[str]:
    return {_meaning(action, kind, of) for action in _texts(body, "enforcement_actions")}


def _is_left_out(payload: Mapping[str, Any], kind: str, of: Settings) -> bool:
    """Whether this decision, or the one before, is one of which nothing is to be taken in."""
    before = _object(payload.get("previous_decision"))
    return coop.LEFT_OUT in _meanings(payload, kind, of) | _meanings(before, kind, of)


def _restricting(body: Mapping[str, Any], kind: str, of: Settings) -> tuple[str, ...]:
    actions = _texts(body, "enforcement_actions")
    return tuple(sorted({name for name in actions if _meaning(name, kind, of) in _MAY_RESTRICT}))


def _meaning(action: str, kind: str, of: Settings) -> str:
    """The option that lists an action for this kind of content; empty where nobody has said it."""
    found = of.meanings.get(f"{kind}/{action}") or of.meanings.get(action)
    if found:
        return found
    others = any(name.endswith(f"/{action}") for name in of.meanings)
    return coop.NOTHING if others else ""  # it is one of another kind of content


_MAY_RESTRICT = frozenset({"", *coop.RESTRICTIONS})


def _restriction(
    payload: Mapping[str, Any], now: _Decision, kind: str, at: str, of: Settings
) -> Record:
    source = _object(payload.get("source"))
    meanings = _meanings(payload, kind, of)
    if not now.actions:
        what: Kind = "warning" if coop.WARNING in meanings else "no_action"
        return Record(kind=what, native_id=_name(now.id), version=at, at=at)
    attributes = _object(_object(payload.get("entity")).get("attributes"))
    notes = payload.get("notes")
    notes = notes.strip() if isinstance(notes, str) else ""
    return Record(
        kind="restriction",
        native_id=_name(now.id),
        version=at,
        at=at,
        decision={
            **_attributes(meanings & _MAY_RESTRICT),
            **_content(kind, attributes, of),
            **_automated(source),
            **_ground(payload),
            **({"decision_facts": notes} if of.notes_are_facts and notes else {}),
        },
        words=_words(payload, now, kind),
        subject=f"{kind} {str(attributes.get('id', ''))[:_MOST_LETTERS]}".strip(),
        suggested=_suggested(source, notes),
        decided_by=(now.by,) if now.by else (),
        person=Person(informed=True) if of.informed else None,
    )


def _attributes(meanings: set[str]) -> dict[str, Any]:
    """All that was restricted; nothing where one of the actions is not known, or two differ."""
    found: dict[str, Any] = {}
    if "" in meanings:
        return found
    for meaning in sorted(meanings):
        for name, value in coop.RESTRICTIONS[meaning].items():
            if isinstance(value, list):
                found[name] = [*found.get(name, ()), *value]
            elif found.setdefault(name, value) != value:
                return {}
    return found


def _content(kind: str, attributes: Mapping[str, Any], of: Settings) -> dict[str, Any]:
    made = _day(attributes.get("created"))
    found = {"content_date": made} if made else {}
    if kind not in of.accounts:
        return found
    return {**found, "content_type": ["CONTENT_TYPE_OTHER"], "content_type_other": "Account"}


def _automated(source: Mapping[str, Any]) -> dict[str, str]:
    if _email(source):
        return {"automated_decision": AUTOMATED["no"]}
    type_ = _object(source.get("decision")).get("type")
    is_machine = isinstance(type_, str) and type_ in _BY_MACHINE
    return {"automated_decision": AUTOMATED["fully"]} if is_machine else {}


def _ground(payload: Mapping[str, Any]) -> dict[str, str]:
    """By the policies that were violated, where all are illegal content, or none is.

    A policy is no law: which one it is, Cinder does not say.
    """
    policies = _policies(payload)
    illegal = [policy.get("is_illegal") for policy in policies]
    if illegal and all(found is True for found in illegal):
        return {"decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT"}
    names = _policy_names(policies)
    if not names or not all(found is False for found in illegal):
        return {}
    return {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": names,
    }


def _policies(payload: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those that were violated, without those of which a part is named as well."""
    found = _objects(payload, "policies")
    parents = [policy.get("parent_id") for policy in found]
    return [
        policy
        for policy in found
        if policy.get("is_non_violating") is not True and policy.get("id") not in parents
    ]


def _policy_names(policies: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(sorted({_text(policy, "name") for policy in policies}))[:_MOST_LETTERS]


def _words(payload: Mapping[str, Any], now: _Decision, kind: str) -> dict[str, str]:
    job = _job(payload)
    queue = _object(job.get("queue")).get("slug")
    found = {
        "action": ", ".join(now.actions)[:_MOST_LETTERS],
        "entity": kind,
        "policy": _policy_names(_policies(payload)),
        "queue": queue[:_MOST_LETTERS] if isinstance(queue, str) else "",
        "by": "person" if now.by else "",
        "reported": "yes" if job.get("reports") else "",
    }
    return {name: value for name, value in found.items() if value}


def _suggested(source: Mapping[str, Any], notes: str) -> dict[str, Any]:
    found = {"decision_facts": notes} if notes else {}
    if _object(source.get("job")).get("reports"):
        found["source_type"] = "SOURCE_TYPE_OTHER_NOTIFICATION"
    return found


# --- what it replaces -----------------------------------------------------------------------------


def _chain(payload: Mapping[str, Any], kind: str, of: Settings) -> list[_Decision]:
    """The decisions before this one, the newest first, as far as Cinder tells of them."""
    found: list[_Decision] = []
    before = payload.get("previous_decision")
    while isinstance(before, dict) and len(found) < MOST_CHAIN:
        found.append(_Decision(_text(before, "id"), _restricting(before, kind, of), _email(before)))
        before = before.get("previous_decision")
    return found


def _begun(chain: Sequence[_Decision]) -> _Decision:
    """The decision by which that was restricted which the newest one restricts, or confirms."""
    begun = chain[0]
    for decision in chain:
        if decision.actions != begun.actions:
            break
        begun = decision
    return begun


def _reversal(now: _Decision, begun: _Decision, at: str) -> Record:
    return Record(
        kind="reversal",
        native_id=f"{_name(now.id)} off",
        version=at,
        at=at,
        reverses=_name(begun.id),
    )


def _appeals(
    payload: Mapping[str, Any],
    now: _Decision,
    before: _Decision,
    kind: str,
    at: str,
    of: Settings,
) -> list[Record]:
    """Appeals that it answers, to be counted: filed when its job was made."""
    contested, instead = (
        tuple(f"{kind}/{action}" for action in decision.actions) for decision in (before, now)
    )
    found = []
    for number, appeal in enumerate(_objects(payload, "appeals_resolved"), 1):
        filed = _moment(_job(payload).get("created_at"))
        if not filed:
            raise ValueError("an appeal was answered, and nothing says when it was filed")
        result = appeal.get("outcome")
        if result not in ("denied", "adjustment"):
            raise ValueError("`outcome` of an appeal is neither denied nor adjustment")
        handled = Handled(
            "complaint",
            submitted=filed,
            decided=max(at, filed),
            outcome="upheld" if result == "denied" else "pending",
            unnamed=contested,
            instead=() if result == "denied" else instead,
            reviewer_differs=now.by != before.by if now.by and before.by else None,
        )
        handled = named(handled, of)
        native_id = f"appeal:{now.id}:{number}"
        found.append(Record(kind="appeal_outcome", native_id=native_id, at=at, handled=handled))
    return found


def named(complaint: Handled, of: Settings) -> Handled:
    """A complaint with what its actions are; it keeps their names until each of them is known."""
    contested, instead = (_meant(names, of) for names in (complaint.unnamed, complaint.instead))
    subject = () if "" in contested.values() else _subject(contested.values())
    if not subject or "" in instead.values():
        return replace(complaint, about=subject)
    outcome = complaint.outcome
    if outcome == "pending":
        outcome = _outcome(_restricting_of(contested), _restricting_of(instead))
    return replace(complaint, about=subject, outcome=outcome, unnamed=(), instead=())


def _meant(actions: Sequence[str], of: Settings) -> dict[str, str]:
    """KIND/ACTION -> the option that lists it; empty where nobody has said it."""
    parts = {name: name.partition("/") for name in actions}
    return {name: _meaning(action, kind, of) for name, (kind, _, action) in parts.items()}


def _subject(meanings: Iterable[str]) -> tuple[str, ...]:
    """What a complaint is about, by what is contested."""
    restricted = {name for meaning in meanings for name in coop.RESTRICTIONS.get(meaning, {})}
    return tuple(word for name, word in _ABOUT.items() if name in restricted) or ("no_action",)


def _restricting_of(meanings: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name for name, meaning in meanings.items() if meaning in coop.RESTRICTIONS)


def _outcome(before: frozenset[str], now: frozenset[str]) -> Outcome:
    """By what is restricted then and now: an adjustment can leave that as it was."""
    if now == before:
        return "upheld"
    if not before:
        return "newly_restricted"
    return "partially_reversed" if now else "reversed"


# --- parts ----------------------------------------------------------------------------------------


def _name(decision_id: str) -> str:
    return f"decision:{decision_id}"


def _job(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    return _object(_object(payload.get("source")).get("job"))


def _email(body: Mapping[str, Any]) -> str:
    found = _object(body.get("user")).get("email")
    return found[:_MOST_LETTERS] if isinstance(found, str) else ""


def _moment(value: Any) -> str:
    """A moment in UTC; empty where it is none. Some hold blanks."""
    try:
        found = datetime.fromisoformat(value.replace(" ", "")) if isinstance(value, str) else None
        if found is None or found.tzinfo is None:
            return ""
        return found.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    except (ValueError, OverflowError):
        return ""


def _day(value: Any) -> str:
    try:
        return str(datetime.fromisoformat(value).date()) if isinstance(value, str) else ""
    except ValueError:
        return ""


def _text(body: Mapping[str, Any], name: str) -> str:
    found = body.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= _MOST_LETTERS:
        raise ValueError(f"`{name}` is no short text")
    return found


def _texts(body: Mapping[str, Any], name: str) -> list[str]:
    found = body.get(name) or []
    if not isinstance(found, list) or len(found) > MOST_LISTED:
        raise ValueError(f"`{name}` is no short list")
    if not all(isinstance(each, str) and each for each in found):
        raise ValueError(f"`{name}` is no list of texts")
    return found


def _objects(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = body.get(name) or []
    if not isinstance(found, list) or len(found) > MOST_LISTED:
        raise ValueError(f"`{name}` is no short list")
    return [_object(each) for each in found]


def _object(value: Any) -> Mapping[str, Any]:
    """An object; an empty one where nothing is said."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("an object is none")  # noqa: TRY004 - the caller names the place
    return value
