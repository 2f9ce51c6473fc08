"""Asking a forum that runs on Discourse: its staff action log, and what its webhooks point at.

The log is asked for every two minutes, and at once when a webhook has come. It comes by pages that
are counted from its newest entry, so a page moves on when something new is logged; by the log's
length it is seen by how much.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, cast

from amparo.case.events import InForce
from amparo.case.read_back import Seen
from amparo.connectors import discourse
from amparo.connectors.discourse import Ends
from amparo.connectors.record import Record
from amparo.errors import Denied, Missing
from amparo.ledger.connect import asking, newest_first, poll_schedule
from amparo.ledger.connect.asking import Found, Source
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.ingest import Unreadable
from amparo.ledger.connect.newest_first import IsKnown, Page
from amparo.record import event
from amparo.storage.journal import Journal

ON_A_PAGE = 200
"""The most that Discourse gives."""
LOOKS_A_TURN = 20
SECONDS_BETWEEN = 120
_LOG = "/admin/logs/staff_action_logs.json"
_LOOKED_AT = {"user": "/admin/users/{}.json", "post": "/posts/{}.json", "topic": "/t/{}.json"}
_UNKNOWN = Ends(known=False)


class Discourse:
    """A forum, as its interface shows it to staff."""

    def __init__(self, connection: Connection, token: str, *, patient: bool = False) -> None:
        """`patient`: wait where it asks to, instead of raising `ToWait`; nothing is asked yet."""
        self.settings = discourse.settings(connection.config)
        self._source = Source(
            self.settings.address,
            {"api-key": token, "api-username": self.settings.user},
            private=self.settings.private,
            patient=patient,
        )

    def close(self) -> None:
        """Close what is open."""
        self._source.close()

    def check(self) -> None:
        """Raise what keeps from reading the log, accounts and posts."""
        try:
            self._log({"limit": "1"})
            self._asked(_LOOKED_AT["user"].format(-1))
        except Missing:  # Discourse hides from others that there is such a page
            raise _no_staff() from None

    def check_may_write(self) -> None:
        """Raise what keeps from undoing; nothing is changed."""
        with suppress(Missing):  # a key is judged first, and there is no such account
            self._source.act("PUT", discourse.UNDO["suspended user"].format(0), {})

    # --- the log

    def page(self, at: str) -> Page:
        """A page of the log; `at` says which, and how long the log was when that was written."""
        number, _, before = at.partition("@")
        asked = int(number or "0")
        entries, length = self._page(asked)
        moved = -(-max(0, length - int(before)) // ON_A_PAGE) if before else 0
        if moved:  # what has moved on to older pages meanwhile is read there
            asked += moved
            entries, length = self._page(asked)
        older = f"{asked + 1}@" if len(entries) >= ON_A_PAGE else ""
        return Page(entries, older, f"{asked - 1}@{length}" if asked else "")

    def moment(self, entry: Any) -> str:
        """When an entry was made; empty where that is unclear."""
        return discourse.moment(entry)

    def records(self, entry: Any, is_known: IsKnown) -> Sequence[Record]:
        """What an entry says, none where that is known; `ValueError` says what does not fit."""
        item = discourse.item(entry)
        if item is None or any(is_known(name, item.version) for name in (item.name, item.unclear)):
            return ()
        found = self._ends(entry) if discourse.has_end(entry) else _UNKNOWN
        return discourse.records(entry, self.settings, found)

    def _ends(self, entry: Mapping[str, Any]) -> Ends:
        """When a restriction ends, of which the log says nothing."""
        target = entry.get("target_user")
        name = target.get("username") if isinstance(target, dict) else None
        if not isinstance(name, str) or not isinstance(target, dict):
            return _UNKNOWN
        try:
            account = self._looked_at("user", str(target.get("id"))).value
        except Missing:
            return _UNKNOWN
        values = {"action_name": str(entry["action_name"]), "target_user": name, "limit": "1"}
        newest = self._log(values)[0]
        return discourse.ends(entry, account, newest[0] if newest else None)

    def _page(self, number: int) -> tuple[list[Any], int]:
        return self._log({"limit": str(ON_A_PAGE), "page": str(number)})

    def _log(self, values: Mapping[str, str]) -> tuple[list[Any], int]:
        found = self._asked(_LOG, values).value
        entries, length = found.get("staff_action_logs"), found.get("total_rows_staff_action_logs")
        if not isinstance(entries, list) or not isinstance(length, int):
            raise asking.unexpected("Discourse", "there is no log of what staff does")
        return entries, length

    # --- what is looked at

    def post(self, number: str) -> list[Record | Unreadable]:
        """How a post stands; nothing where it is gone, which the log tells."""
        try:
            found = self._looked_at("post", number)
        except Missing:
            return []
        at = _clock(found)
        try:
            return list(discourse.post(found.value, at, self.settings))
        except ValueError as error:
            return [Unreadable(f"a post, {event.timestamp(at)}", str(error))]

    def look(self, subject: str) -> Seen:
        """What can be seen of what a case is about."""
        flag, what, number = subject.split(" ")
        try:
            found = self._looked_at(what, number)
            in_force = self._in_force(what, found)
            if what == "post":  # nobody reads it in a topic that is deleted
                in_force += self._of_topic(str(found.value.get("topic_id")))
        except Missing:
            return Seen(("gone",), is_over=False, shows=())
        return Seen(
            cast("tuple[InForce, ...]", tuple(dict.fromkeys(in_force))),
            is_over=flag not in in_force,
            shows=discourse.SHOWS.get(flag, ()),
        )

    def _of_topic(self, number: str) -> tuple[str, ...]:
        """How the topic of a post that is there stands: not shown, it is not known to be gone."""
        try:
            return self._in_force("topic", self._looked_at("topic", number))
        except Missing:
            raise asking.unexpected("Discourse", "how the topic stands is not said") from None

    def undo(self, subject: str, name: str) -> None:
        """Take a restriction off; the same again changes nothing, so the order needs no name."""
        del name
        flag, what, number = subject.split(" ")
        self._source.act("PUT", discourse.UNDO[f"{flag} {what}"].format(number), {})

    def to_look_at(self, subject: str) -> str:
        """The post: that it came back is not in the log. Of accounts and topics the log tells."""
        _, what, number = subject.split(" ")
        return f"post {number}" if what == "post" else ""

    def _in_force(self, what: str, found: Found) -> tuple[str, ...]:
        try:
            return discourse.in_force(what, found.value, datetime.now(UTC))
        except ValueError as error:
            raise asking.unexpected("Discourse", str(error)) from None

    def _looked_at(self, what: str, number: str) -> Found:
        return self._asked(_LOOKED_AT[what].format(number))

    def _asked(self, path: str, values: Mapping[str, str] | None = None) -> Found:
        found = self._source.get(path, values)
        if not isinstance(found.value, dict):
            raise asking.unexpected("Discourse", "it is no JSON object")
        return found


class Turn:
    """One turn at a forum: what is new in its log, then the posts that webhooks point at."""

    def __init__(self, journal: Journal, secret: bytes, name: str, forum: Discourse) -> None:
        """`name`: of the connection."""
        self._journal, self._forum = journal, forum
        self._reading = newest_first.Reading(journal, secret, name, forum)

    def take(self, connection: Connection, now: datetime) -> int:
        """Read what there is to read; when it wants to be asked next, in POSIX seconds."""
        day = self._forum.settings.since
        first = f"{day}T00:00:00Z" if day else event.timestamp(now)
        looks = poll_schedule.looks(self._journal, connection.id, most=LOOKS_A_TURN)
        if not self._reading.go_on(first, timedelta(), now):
            # A post as it stands now would hide what the log says of it from before.
            return int(now.timestamp())
        for subject, noted_at in looks:
            if subject != discourse.LOG:
                self._reading.take(self._forum.post(subject.removeprefix("post ")))
            poll_schedule.was_looked_at(self._journal, connection.id, subject, noted_at)
        return int(now.timestamp()) + SECONDS_BETWEEN


def _clock(found: Found) -> datetime:
    """When it was answered, by the forum's clock, which its log goes by as well."""
    try:
        return parsedate_to_datetime(found.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)


def _no_staff() -> Denied:
    return Denied(
        "The token may not do this.",
        why="its account is not of the forum's staff, or there is no Discourse at the address",
        fix="See docs/connectors.md for what it needs; then `amparo connect secret NAME`.",
    )
