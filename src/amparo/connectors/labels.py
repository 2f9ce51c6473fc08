"""Labels of a labeler -> what they restrict, as states that say since when.

A label is a state: `src` says that `val` holds for `uri` since `cts`, until it is withdrawn (`neg`)
or ends (`exp`). What was decided is the change, and `states` finds it. By the specification a label
is withdrawn by one of the same labeler, subject and value, whatever version of a record either
names; the same value again while it holds decides nothing new.

A label has no reasons. Ground, facts and category are asked at the desk, where a rule can go by the
words `label` and `subject`. Labels that people put on themselves are no decision.

Source: atproto.com/specs/label; docs/connectors/labels.md.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any, NamedTuple

from amparo.connectors import atproto, label_values, signing_key
from amparo.connectors.atproto import Subject
from amparo.connectors.config import (
    WRITE_BACK,
    YES_OR_NO,
    Config,
    unusable,
    wrong_address,
    wrong_option,
    wrong_table,
)
from amparo.connectors.ending import ending
from amparo.connectors.label import Label
from amparo.connectors.label_values import Values
from amparo.connectors.record import AUTOMATED, Record
from amparo.connectors.signing_key import SigningKey

SYSTEM = "labels"
OPTIONS = ("key", "key_from", "private", "automated", "keys_are_dates", *label_values.OPTIONS)
TRUTHS = ("private", "keys_are_dates", "letters", "answers", WRITE_BACK)
"""Options of a labeler or an Ozone that are yes or no."""
FLAG = "on"
POST = "app.bsky.feed.post"
ACCOUNT: Mapping[str, Any] = {
    "content_type": ["CONTENT_TYPE_OTHER"],
    "content_type_other": "Account",
}


class Settings(NamedTuple):
    """Which labeler is read, and what only its operator knows."""

    labeler: str
    key: SigningKey
    values: Values
    automated: str
    """How far a machine decides: no, partly or fully; empty where nobody has said it."""
    keys_are_dates: bool
    """The keys of records say when they were posted."""
    private: bool = False
    """The labeler may be at an address in a private network, and without TLS."""


def settings(config: Config) -> Settings:
    """What a connection's file says; `Malformed` names what does not fit."""
    try:
        check_options(config, OPTIONS)
        options = config.options
        return Settings(
            config.connector.instance,
            signing_key.read(options.get("key", "")),
            label_values.read(options),
            one_of(options, "automated", ("", *AUTOMATED)),
            options.get("keys_are_dates") == "yes",
            _is_private(config),
        )
    except ValueError as error:
        raise unusable(str(error)) from None


def _is_private(config: Config) -> bool:
    """Whether the labeler may be inside; `ValueError` where its address does not fit that."""
    address, is_private = config.connector.address, config.options.get("private") == "yes"
    if address and (why := wrong_address(address, is_private=is_private)):
        raise ValueError(why)
    return is_private


def check_options(config: Config, names: tuple[str, ...]) -> None:
    """`ValueError` where a file of a labeler says what nobody would read."""
    truths = {name: YES_OR_NO for name in TRUTHS if name in names}
    if why := wrong_table(config) or wrong_option(config.options, names, truths):
        raise ValueError(why)
    if not atproto.is_did(config.connector.instance):
        raise ValueError("`instance` is no DID")


def one_of(options: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    """An option that has a closed list of words; the first one where it is not there."""
    value = options.get(name, words[0])
    if value not in words:
        listed = ", ".join(word for word in words if word)
        raise ValueError(f"`{name}` under [options] is none of {listed}")
    return value


def record(label: Label, of: Settings) -> Record | None:
    """What a label says about its subject; None where that is no decision of the labeler's."""
    subject = atproto.subject(label.uri)
    restriction = label_values.restriction(label.value, subject, of.values)
    if subject.did == of.labeler or restriction is None:
        return None
    return Record(
        kind="state",
        native_id=f"label:{label.uri} {label.value}",
        version=atproto.sortable(label.at),
        at=atproto.written(label.at),
        decision=about(subject, dates=of.keys_are_dates) | automated(of.automated),
        words=words(label.value, subject),
        subject=label.uri,
        suggested=likely(subject),
        states={FLAG: None if label.is_withdrawn else ending(restriction, label.until)},
        dated=True,
        until=atproto.written(label.until) if label.until else "",
        proof=label.proof,
    )


def about(subject: Subject, *, dates: bool) -> dict[str, Any]:
    """What is known of the content."""
    if not subject.collection:
        return dict(ACCOUNT)
    day = atproto.day_of_key(subject.key) if dates else ""
    return {"content_date": day} if day else {}


def likely(subject: Subject) -> dict[str, Any]:
    """What is likely of the content, for a person to confirm."""
    if not subject.collection:
        return {}
    day = atproto.day_of_key(subject.key)
    found = {"content_date": day} if day else {}
    return found | ({"content_type": ["CONTENT_TYPE_TEXT"]} if subject.collection == POST else {})


def words(value: str, subject: Subject) -> dict[str, str]:
    """What a rule of the desk may go by."""
    return {"label": value, "subject": subject.collection or "account"}


def automated(how: str) -> dict[str, Any]:
    """How far a machine decided, where somebody has said it."""
    return {"automated_decision": AUTOMATED[how]} if how else {}
