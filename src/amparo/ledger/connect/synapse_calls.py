"""Asking a running Synapse, by its interface for administrators, and undoing what it restricts.

Source: element-hq.github.io/synapse, Admin API: users, rooms, media, event reports (1.163).
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple, cast
from urllib.parse import quote as quoted

from amparo.case.events import InForce
from amparo.case.read_back import Seen
from amparo.connectors import synapse
from amparo.errors import Missing, Unavailable
from amparo.ledger.connect.asking import Source
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.write_back_turn import NoCall

ON_A_PAGE = 100
REPORTS = ("event_reports", "user_reports")
_ADMIN = "/_synapse/admin"
_USERS, _ROOMS = f"{_ADMIN}/v3/users", f"{_ADMIN}/v1/rooms"
_CHANGES = f"{_ADMIN}/v1/media/quarantine_changes"
_NOWHERE = "!amparo:invalid"
"""A room that cannot be, so that unblocking it changes nothing."""
_quote = partial(quoted, safe="")


class Page(NamedTuple):
    """A page of a list."""

    entries: list[Any]
    is_last: bool


class Changes(NamedTuple):
    """Changes in quarantine, the oldest first."""

    entries: list[Any]
    following: int


class Synapse:
    """A running Synapse, as its interface for administrators shows it."""

    def __init__(self, connection: Connection, token: str) -> None:
        """Nothing is asked yet."""
        self.settings = synapse.settings(connection.config)
        self._source = Source(
            connection.config.connector.address,
            {"authorization": f"Bearer {token}"},
            private=self.settings.private,
        )

    def close(self) -> None:
        """Close what is open."""
        self._source.close()

    def check(self) -> bool:
        """Raise what keeps from reading; whether it has a list of changes in quarantine."""
        self.accounts(0, most=1)
        self.rooms(0, most=1)
        self.reports(REPORTS[0], 0)
        return self.changes(0) is not None

    def check_may_write(self) -> None:
        """Raise what keeps from undoing anything; nothing is changed."""
        path = f"{_ROOMS}/{_quote(_NOWHERE)}/block"
        self._source.act("PUT", path, {"block": False})

    def accounts(self, offset: int, *, most: int = ON_A_PAGE) -> Page:
        """A page of all accounts, by name, without guests."""
        values = {"guests": "false", "locked": "true", "order_by": "name"}
        return self._page(_USERS, "users", values, offset, most)

    def rooms(self, offset: int, *, most: int = ON_A_PAGE) -> Page:
        """A page of all rooms, by who made them: that order never changes."""
        return self._page(_ROOMS, "rooms", {"order_by": "creator"}, offset, most)

    def reports(self, what: str, offset: int, about: str = "") -> Page:
        """A page of reports, the newest first; an empty one of a Synapse without such a list."""
        values = {"dir": "b"} | ({"event_sender_user_id": about} if about else {})
        try:
            return self._page(f"{_ADMIN}/v1/{what}", what, values, offset, ON_A_PAGE)
        except Missing:
            return Page([], is_last=True)

    def changes(self, after: int) -> Changes | None:
        """Changes in quarantine after a number; None of a Synapse before 1.152."""
        try:
            found = self._source.get(_CHANGES, {"from": str(after)}).value
        except Missing:
            return None
        following = found.get("next_batch") if isinstance(found, dict) else None
        if not isinstance(following, int) or following < after:
            raise _unexpected("`next_batch` is no number from there on")
        return Changes(_list(found, "changes"), following)

    def ask(self, subject: str) -> Any:
        """How what is restricted by a flag stands, as `flag name`; `Missing` where there is none.

        The account, the block of the room, or the media.
        """
        return self._source.get(f"{_ADMIN}{synapse.asked(subject, _quote)}").value

    def look(self, subject: str) -> Seen:
        """What can be seen of what a case is about."""
        flag = subject.partition(" ")[0]
        try:
            on = synapse.flags_in_force(subject, self.ask(subject))
        except Missing:
            self._check_is_there()
            return Seen(("gone",), is_over=False, shows=())
        except ValueError as error:
            raise _unexpected(str(error)) from None
        in_force = dict.fromkeys(synapse.IN_FORCE[name] for name in on)
        return Seen(
            cast("tuple[InForce, ...]", tuple(in_force)),
            is_over=flag not in on,
            shows=synapse.SHOWS[flag],
        )

    def undo(self, subject: str, name: str) -> None:
        """Take a flag off; the same again changes nothing there, so the order needs no name."""
        del name
        call = synapse.undoing(subject, _quote)
        if call is None:
            raise NoCall
        self._source.act(call.method, f"{_ADMIN}{call.path}", call.body)

    def to_look_at(self, subject: str) -> str:
        """The same: the next scan may be hours away."""
        return subject

    def _check_is_there(self) -> None:
        """Raise unless its interface answers: a proxy that closes it says 404 to everything."""
        try:
            self.accounts(0, most=1)
        except Missing:
            raise _unexpected("`users` is no list") from None

    def _page(
        self, path: str, name: str, values: Mapping[str, str], offset: int, most: int
    ) -> Page:
        asked = {**values, "from": str(offset), "limit": str(most)}
        found = self._source.get(path, asked).value
        entries = _list(found, name)
        is_last = found.get("next_token", found.get("next_batch")) is None
        total = found.get("total", found.get("total_rooms"))
        if isinstance(total, int):  # so that pages which repeat themselves come to an end
            is_last = is_last or offset + len(entries) >= total
        return Page(entries, is_last=is_last or not entries)


def _list(found: Any, name: str) -> list[Any]:
    entries = found.get(name) if isinstance(found, dict) else None
    if not isinstance(entries, list):
        raise _unexpected(f"`{name}` is no list")
    return entries


def _unexpected(why: str) -> Unavailable:
    return Unavailable(
        "What the source answers is not what Synapse answers.",
        why=why,
        fix="Look whether its interface for administrators (/_synapse/admin) is at that address.",
    )
