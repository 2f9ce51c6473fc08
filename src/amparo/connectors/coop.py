"""An action of Coop, ROOST's review tool -> what was decided, as far as Coop says so.

What an action is for whoever it is about only the operator knows: its id says nothing. Neither the
texts of items, nor who reported what, nor the notes that moderators leave are read.

Coop numbers no action, and posts one up to six times. The same action on the same item in the same
words is one decision for a while (`Settings.again_hours`), unless it was taken back in between.

Source: `coop_callback`; docs/connectors/coop.md.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from amparo.connectors import label_values
from amparo.connectors.config import (
    WRITE_BACK,
    YES_OR_NO,
    Config,
    unusable,
    wrong_address,
    wrong_option,
)
from amparo.connectors.coop_callback import Action, Item, Named
from amparo.connectors.record import AUTOMATED, Kind, Person, Record

SYSTEM = "coop"
PAGE = "docs/connectors/coop.md"
RESTRICTIONS: Mapping[str, Mapping[str, Any]] = {
    "removed": label_values.visibility("REMOVED"),
    "disabled": label_values.DISABLED,
    "demoted": label_values.visibility("DEMOTED"),
    "labelled": label_values.LABELLED,
    "age_restricted": label_values.visibility("AGE_RESTRICTED"),
    "interaction_restricted": label_values.visibility("INTERACTION_RESTRICTED"),
    "read_only": {"decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION"},
    "suspended": label_values.SUSPENDED,
    "terminated": {"decision_account": "DECISION_ACCOUNT_TERMINATED"},
}
"""Option that lists actions -> the restriction that each of them is."""
WARNING, NOTHING, LEFT_OUT = "warning", "nothing", "left_out"
"""Options that list actions which warn; which restrict nobody; of which nothing is taken in."""
_KINDS: Mapping[str, Kind] = {WARNING: "warning", NOTHING: "no_action"}
LISTS = (*RESTRICTIONS, WARNING, NOTHING, LEFT_OUT)
"""Options that list actions; Cinder's are the same."""
_SHOWS: Mapping[str, frozenset[str]] = {
    "removed": frozenset({"restore_content"}),
    "disabled": frozenset({"restore_content", "restore_visibility"}),
    "demoted": frozenset({"restore_visibility"}),
    "labelled": frozenset({"lift_label"}),
    "age_restricted": frozenset({"restore_visibility", "lift_label"}),
    "interaction_restricted": frozenset({"restore_visibility"}),
    "read_only": frozenset({"restore_service"}),
    "suspended": frozenset({"restore_account"}),
    "terminated": frozenset({"restore_account"}),
}
"""Option -> what of an order is done once such an action is taken back."""
_FLAGS = ("informed", "reasons_are_facts", "private", "appeals", WRITE_BACK)
OPTIONS = (*LISTS, *_FLAGS, "takes_back", "again_hours")
HOURS_WITHOUT_ASKING = 24
MOST_HOURS = 24 * 366
NEAR = timedelta(minutes=10)
"""So far apart the same callback, or an action and what takes it back, may come in any order."""


class Settings(NamedTuple):
    """What a connection's file says."""

    meanings: Mapping[str, str]
    """Action -> the option that lists it."""
    takes_back: Mapping[str, tuple[str, ...]]
    """Action -> the actions that it takes back."""
    informed: bool = False
    """The platform itself tells the person of each action."""
    reasons_are_facts: bool = False
    """What moderators give as the reason states the facts, and names nobody."""
    again_hours: int | None = None
    """After so long the same bytes are another decision; None: after a day, a person is asked."""
    private: bool = False
    appeals: bool = False
    """Complaints go to Coop as well, as appeals."""
    write_back: bool = False
    """Orders are carried out by an action that takes back what somebody contested."""

    def undoing(self, action: str) -> str:
        """By which action another is taken back: the first that names it; empty where none does."""
        return next((by for by, others in self.takes_back.items() if action in others), "")


class Subject(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a case is about in Coop, as it is kept beside the case."""

    item: Item
    action: str
    user: Item | None = None
    policies: tuple[str, ...] = ()
    decided: str = ""
    """Which time it was decided, as it is called here; of what is to be taken back."""


def settings(config: Config) -> Settings:
    """What a connection's file says; `Malformed` names what does not fit."""
    if why := _why_not(config):
        raise unusable(why, PAGE)
    options = config.options
    try:
        meanings = listed(options)
        takes_back = _takes_back(options.get("takes_back", ""))
    except ValueError as error:
        raise unusable(str(error), PAGE) from None
    if twice := sorted(meanings.keys() & takes_back.keys()):
        raise unusable(f"{twice[0]!r} restricts somebody and takes that back", PAGE)
    informed, are_facts, private, appeals, back = (options.get(flag) == "yes" for flag in _FLAGS)
    if back and not takes_back:
        raise unusable("write_back needs takes_back, by which actions are undone", PAGE)
    hours = int(options["again_hours"]) if "again_hours" in options else None
    return Settings(meanings, takes_back, informed, are_facts, hours, private, appeals, back)


def _why_not(config: Config) -> str | None:
    """Why the options of a file cannot be used, but for the lists of actions."""
    options = config.options
    if why := wrong_option(options, OPTIONS, dict.fromkeys(_FLAGS, YES_OR_NO)):
        return why
    hours = options.get("again_hours", "1")
    if not re.fullmatch(r"[0-9]{1,4}", hours) or not 1 <= int(hours) <= MOST_HOURS:
        return f"again_hours under [options] is no number from 1 to {MOST_HOURS}"
    is_private = options.get("private") == "yes"
    return wrong_address(config.connector.address, is_private=is_private)


def listed(options: Mapping[str, str]) -> dict[str, str]:
    """Action -> the option that lists it; `ValueError` where two do."""
    found: dict[str, str] = {}
    for option in LISTS:
        for action in _ids(options.get(option, "")):
            if action in found:
                raise ValueError(f"{action!r} is named twice under [options]")
            found[action] = option
    return found


def name(item: Item, action: str, number: int) -> str:
    """What the action on an item is called here, the `number`-th time that it was decided."""
    return msgspec.json.encode((item.type, item.id, action, number)).decode()


def of_reversal(native_id: str) -> str:
    """What the reversal of a decision is called here."""
    return f"{native_id} off"


def is_again(first: datetime, now: datetime, of: Settings, *, is_over: bool) -> bool:
    """Whether an action in words that are known is the same decision, and no new one.

    `first`: when it first came. `is_over`: whether it was taken back since.
    """
    hours = of.again_hours or HOURS_WITHOUT_ASKING
    return now - first <= (NEAR if is_over else timedelta(hours=hours))


def shows(action: str, of: Settings) -> frozenset[str]:
    """Steps of an order that are done once an action is taken back; none where nothing does."""
    if not of.undoing(action):
        return frozenset()
    return _SHOWS.get(of.meanings.get(action, ""), frozenset())


def decision(
    action: Action,
    native_id: str,
    version: str,
    at: str,
    of: Settings,
    *,
    is_repeated: bool = False,
) -> Record:
    """What an action was for whoever it is about; `at` is when it came, since Coop says no time.

    `is_repeated`: the same bytes came before, and only a person can say what they are this time.
    """
    meaning = of.meanings.get(action.action, "")
    kind = _KINDS.get(meaning, "restriction")
    return Record(
        kind="unknown" if is_repeated and kind == "restriction" else kind,
        native_id=native_id,
        version=version,
        at=at,
        decision={
            **RESTRICTIONS.get(meaning, {}),
            **_of_account(action),
            **_automated(action),
            **({"decision_facts": action.reason} if of.reasons_are_facts else {}),
            **action.attributes,
        },
        words=_words(action) | ({"again": "yes"} if is_repeated else {}),
        subject=f"{action.type_name or action.item.type} {action.item.id}",
        suggested=_suggested(action),
        decided_by=(action.actor,) if action.actor else (),
        person=Person(informed=True) if of.informed else None,
        look_at=_look_at(action, native_id, of),
    )


def reversal(native_id: str, version: str, at: str) -> Record:
    """The decision of that name was taken back."""
    name = of_reversal(native_id)
    return Record(kind="reversal", native_id=name, version=version, at=at, reverses=native_id)


def _look_at(action: Action, native_id: str, of: Settings) -> str:
    """What an appeal or an order needs to say; of no use otherwise, and so not kept."""
    if not (of.appeals or of.write_back):
        return ""
    subject = Subject(action.item, action.action)
    if of.appeals:
        policies = tuple(policy.id for policy in action.policies)
        subject = msgspec.structs.replace(subject, user=action.user, policies=policies)
    if of.write_back:
        subject = msgspec.structs.replace(subject, decided=native_id)
    return msgspec.json.encode(subject).decode()


def _takes_back(text: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for part in filter(str.strip, text.split(";")):
        action, colon, others = part.partition(":")
        ids = _ids(others)
        if not colon or not ids or len(_ids(action)) != 1 or action.strip() in found:
            raise ValueError("takes_back is not written as in `restore: hide remove; unban: ban`")
        found[action.strip()] = ids
    return found


def _ids(text: str) -> tuple[str, ...]:
    return tuple(found for found in re.split(r"[\s,]+", text) if found)


def _of_account(action: Action) -> dict[str, Any]:
    """Coop names the item itself as whom it concerns only where that is a user."""
    if action.user != action.item:
        return {}
    return {"content_type": ["CONTENT_TYPE_OTHER"], "content_type_other": "Account"}


def _automated(action: Action) -> dict[str, str]:
    """A person without a rule, or a rule without a person: of anything else Coop does not say."""
    if bool(action.actor) == bool(action.rules):
        return {}
    return {"automated_decision": AUTOMATED["no" if action.actor else "fully"]}


def _words(action: Action) -> dict[str, str]:
    found = {
        "action": action.action,
        "item": action.type_name or action.item.type,
        "policy": _names(action.policies),
        "penalty": ", ".join(action.penalties),
        "rule": _names(action.rules),
        "by": "person" if action.actor else "",
        "reported": "yes" if action.reported else "",
        "strikes": "" if action.strikes is None else str(action.strikes),
    }
    return {name: value for name, value in found.items() if value}


def _names(found: tuple[Named, ...]) -> str:
    return ", ".join(sorted(each.name or each.id for each in found))


def _suggested(action: Action) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if action.reason:
        found["decision_facts"] = action.reason
    if action.reported:
        found["source_type"] = "SOURCE_TYPE_OTHER_NOTIFICATION"
    if action.rules and not action.actor:
        found["automated_detection"] = "Yes"
    return found
