"""A strike of Mastodon, as its database has it -> a decision, its reversal, and its appeal.

One row of the query of docs/connectors/mastodon.md is one strike. What it does not say is left
out: above all the facts, and why a rule or a law was broken. The words of whoever reported are an
allegation. Neither names nor addresses are read, even where a row has them.

Source: Mastodon 4.3: `AccountWarning`, `Appeal`, `Report`, `Admin::AccountAction`, and
`Account#suspended_permanently?`, by which a suspended account without a request for its deletion
has been deleted.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from amparo.connectors.config import (
    OF_A_FILE,
    YES_OR_NO,
    Config,
    unusable,
    wrong_option,
    wrong_table,
)
from amparo.connectors.record import AUTOMATED, Handled, Kind, Outcome, Person, Record
from amparo.errors import Malformed

SYSTEM = "mastodon"
COLUMNS = (
    *("id", "action", "text", "created_at", "updated_at", "overruled_at", "status_ids"),
    *("decided_by", "is_remote", "target_created_at", "is_deleted"),
    *("report_id", "report_category", "report_rule_ids"),
    *("appeal_id", "appeal_created_at", "approved_at", "approved_by_account_id"),
    *("rejected_at", "rejected_by_account_id"),
)
"""What a row has to have; whatever else it has is not read."""
OPTIONS = ("bots", "mailed", "legal_notices", "text_is_facts")
"""Options of every file of rows."""
_MS_A_DAY = 24 * 3600 * 1000
THE_SERVER = "-99"
"""The account in whose name the server itself acts."""


class Action(NamedTuple):
    """What a moderator can do to an account or its posts."""

    name: str
    restriction: Mapping[str, Any] = {}
    about: str = ""
    """Of an appeal: what it is about, in the words of a report."""
    of_posts: bool = False
    """Whether single posts are meant; otherwise it is the account."""


_LABELLED = {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_LABELLED"]}
_SUSPENDED = {"decision_account": "DECISION_ACCOUNT_SUSPENDED"}
_TERMINATED = {"decision_account": "DECISION_ACCOUNT_TERMINATED"}
SUSPENSION = Action("suspend", _SUSPENDED, "account")
ACTIONS = {
    "0": Action("none"),
    "1000": Action("disable", _SUSPENDED, "account"),
    "1250": Action("mark_statuses_as_sensitive", _LABELLED, "removal", of_posts=True),
    "1500": Action(
        "delete_statuses",
        {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"]},
        "removal",
        of_posts=True,
    ),
    "2000": Action("sensitive", _LABELLED, "removal"),
    "3000": Action(
        "silence", {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DEMOTED"]}, "removal"
    ),
    "4000": SUSPENSION,
}
"""By the number that the database has for it."""
CATEGORIES = {"0": "other", "1000": "spam", "1500": "legal", "2000": "violation"}
"""Of a report, by the number that the database has for it."""
_GROUNDS = {
    "violation": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    "legal": "DECISION_GROUND_ILLEGAL_CONTENT",
}


class Settings(NamedTuple):
    """What only the operator of the server knows."""

    bots: frozenset[str] = frozenset()
    """Ids of accounts that are programs, and decide by themselves."""
    mailed: bool = False
    """Moderators always let local users be told by mail."""
    legal_notices: bool = False
    """Reports of illegal content are notices of DSA Article 16."""
    text_is_facts: bool = False
    """What moderators write to the user states the facts, without anything of a person."""


def settings(config: Config) -> Settings:
    """What a connection's file says of these; `Malformed` names what does not fit."""
    options = config.options
    truths = dict.fromkeys((name for name in OPTIONS if name != "bots"), YES_OR_NO)
    why = wrong_table(config) or wrong_option(options, (*OPTIONS, *OF_A_FILE), truths)
    if why is not None:
        raise unusable(why)
    bots = frozenset(re.findall(r"-?\d+", options.get("bots", "")))
    return Settings(bots, **{name: options.get(name) == "yes" for name in truths})


def check_columns(header: Sequence[str]) -> None:
    """`Malformed` unless a table was made by the query."""
    wrong = [name for name in COLUMNS if header.count(name) != 1]
    if wrong:
        raise Malformed(
            "That is no export of strikes.",
            why=f"it has {header.count(wrong[0])} columns {wrong[0]!r}",
            fix="Export them with the query of docs/connectors/mastodon.md, with its header.",
        )


def records(cells: Mapping[str, str], of: Settings) -> list[Record]:
    """The records of one strike; `ValueError` says what does not fit."""
    missing = [name for name in COLUMNS if name not in cells]
    if missing:
        raise ValueError(f"it has no `{missing[0]}`")
    if not cells["id"].isdigit():
        raise ValueError("`id` is no number of a strike")
    action = ACTIONS.get(cells["action"])
    found = [_strike(cells, action, of)]
    if action is not None and not action.restriction:
        return found  # a warning: nothing to take back, and no complaint of Article 20 about it
    if cells["overruled_at"]:
        found.append(_overruled(cells, found[0].native_id))
    if cells["appeal_id"] and action is not None:
        found.append(_appeal(cells, found[0].native_id, action))
    return found


def _strike(cells: Mapping[str, str], action: Action | None, of: Settings) -> Record:
    is_gone = action is SUSPENSION and _yes(cells, "is_deleted")
    version = _moment(cells, "updated_at").isoformat(timespec="microseconds")
    return Record(
        kind=_kind(action),
        native_id=f"strike:{cells['id']}",
        # Deletion leaves the strike as it is; an export of before must not undo what came of it.
        version=f"{version} deleted" if is_gone else version,
        at=_at(cells, "created_at"),
        decision=_decision(cells, action, of, is_gone=is_gone),
        words=_words(cells, action),
        allegation=_alleged(cells),
        suggested=_suggested(cells, of),
        decided_by=_deciders(cells, of),
        person=_person(cells, action, of),
    )


def _kind(action: Action | None) -> Kind:
    if action is None:
        return "unknown"
    return "restriction" if action.restriction else "warning"


def _decision(
    cells: Mapping[str, str], action: Action | None, of: Settings, *, is_gone: bool
) -> dict[str, Any]:
    found: dict[str, Any] = {"source_type": _source(cells, of)}
    if action is not None:
        found.update(_TERMINATED if is_gone else action.restriction, **_content(cells, action))
    if cells["decided_by"]:  # empty: whoever decided has left the server
        is_automatic = cells["decided_by"] in {THE_SERVER, *of.bots}
        found["automated_decision"] = AUTOMATED["fully" if is_automatic else "no"]
    if of.text_is_facts and cells["text"]:
        found["decision_facts"] = cells["text"]
    return found


def _content(cells: Mapping[str, str], action: Action) -> dict[str, Any]:
    """Of what kind, and of when, the content is; of an account, the day on which it was made."""
    if not action.of_posts:
        return {
            "content_type": ["CONTENT_TYPE_OTHER"],
            "content_type_other": "Account",
            "content_date": _at(cells, "target_created_at")[:10],
        }
    days = _days(cells)
    return {"content_date": days[0]} if len(days) == 1 else {}


def _days(cells: Mapping[str, str]) -> list[str]:
    """The days of the posts, by their ids, which begin with a time; none if one is from 2016."""
    ids = re.findall(r"\d+", cells["status_ids"])
    if not all(16 <= len(number) <= 19 for number in ids):
        return []
    return sorted({_day((int(number) >> 16) // _MS_A_DAY) for number in ids})


@functools.lru_cache(maxsize=4096)
def _day(since_1970: int) -> str:
    return str(date(1970, 1, 1) + timedelta(days=since_1970))


def _source(cells: Mapping[str, str], of: Settings) -> str:
    if not cells["report_id"]:
        return "SOURCE_VOLUNTARY"
    is_notice = of.legal_notices and _category(cells) == "legal"
    return "SOURCE_ARTICLE_16" if is_notice else "SOURCE_TYPE_OTHER_NOTIFICATION"


def _category(cells: Mapping[str, str]) -> str:
    number = cells["report_category"]
    return CATEGORIES.get(number, number)


def _rules(cells: Mapping[str, str]) -> str:
    return ", ".join(re.findall(r"\d+", cells["report_rule_ids"]))


def _words(cells: Mapping[str, str], action: Action | None) -> dict[str, str]:
    found = {
        "action": cells["action"][:20] if action is None else action.name,
        "account": "remote" if _yes(cells, "is_remote") else "local",
        "report": _category(cells)[:20] if cells["report_id"] else "",
        "rule": _rules(cells)[:100],
    }
    return {name: value for name, value in found.items() if value}


def _alleged(cells: Mapping[str, str]) -> str:
    if not cells["report_id"]:
        return ""
    rules = _rules(cells)
    return f"{_category(cells)}: rule {rules}" if rules else _category(cells)


def _suggested(cells: Mapping[str, str], of: Settings) -> dict[str, Any]:
    """What is likely: the ground of a report that moderators closed by this, and their text."""
    found = {"decision_ground": _GROUNDS.get(_category(cells), "")}
    if not of.text_is_facts:
        found["decision_facts"] = cells["text"]
    days = _days(cells)
    if len(days) > 1:
        found["content_date"] = days[0]
    return {name: value for name, value in found.items() if value}


def _deciders(cells: Mapping[str, str], of: Settings) -> tuple[str, ...]:
    by = cells["decided_by"]
    return () if by in {"", THE_SERVER, *of.bots} else (by,)


def _person(cells: Mapping[str, str], action: Action | None, of: Settings) -> Person | None:
    """Whether the person was told: never known of a remote one, or without the operator's word.

    Accounts that are suspended from a list get a strike without a text or a report, and no mail.
    """
    is_from_list = action is SUSPENSION and not (cells["text"] or cells["report_id"])
    if not of.mailed or _yes(cells, "is_remote") or is_from_list:
        return None
    return Person(informed=True)


def _overruled(cells: Mapping[str, str], strike: str) -> Record:
    return Record(
        kind="reversal",
        native_id=f"overruled:{cells['id']}",
        at=_at(cells, "overruled_at"),
        reverses=strike,
    )


def _appeal(cells: Mapping[str, str], strike: str, action: Action) -> Record:
    """An appeal with what became of it so far; upheld means that the strike stands."""
    outcome: Outcome = "pending"
    decided, by = "", ""
    if cells["approved_at"]:
        outcome, decided, by = "reversed", "approved_at", cells["approved_by_account_id"]
    elif cells["rejected_at"]:
        outcome, decided, by = "upheld", "rejected_at", cells["rejected_by_account_id"]
    submitted = _at(cells, "appeal_created_at")
    return Record(
        kind="appeal_filed",
        native_id=f"appeal:{cells['appeal_id']}",
        version=_at(cells, decided) if decided else submitted,
        at=submitted,
        about=strike,
        handled=Handled(
            "complaint",
            submitted=submitted,
            decided=_at(cells, decided) if decided else "",
            outcome=outcome,
            about=(action.about,),
            reviewer_differs=by != cells["decided_by"] if by and cells["decided_by"] else None,
        ),
    )


def _yes(cells: Mapping[str, str], name: str) -> bool:
    value = cells[name]
    if value not in ("t", "f", "yes", "no", ""):
        raise ValueError(f"`{name}` is {value[:20]!r}, neither t nor f")
    return value in ("t", "yes")


def _at(cells: Mapping[str, str], name: str) -> str:
    return _moment(cells, name).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _moment(cells: Mapping[str, str], name: str) -> datetime:
    try:
        return _read(cells[name])
    except (ValueError, OverflowError):
        raise ValueError(f"`{name}` is {cells[name][:40]!r}, which is no moment") from None


@functools.lru_cache(maxsize=16)  # a row mostly repeats the one at which it was made
def _read(moment: str) -> datetime:
    """A moment; the database keeps them in UTC, without saying so."""
    found = datetime.fromisoformat(moment)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
