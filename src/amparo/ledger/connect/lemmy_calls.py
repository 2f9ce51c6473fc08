"""Asking a Lemmy as one of its administrators, and undoing what it restricts: API v4, or v3.

From 1.0 on a Lemmy speaks v4, and before that v3; which one, is seen by what it answers. A token
that it does not accept does not keep it from answering: it then shows what everybody sees. So the
account is asked for first.

Source: LemmyNet/lemmy 439734d (1.0.0-beta.1) and 0.19.20: `api_routes`, `session_middleware`,
`LemmyErrorType`; lemmy-js-client.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from amparo.case.events import InForce
from amparo.case.read_back import Seen
from amparo.connectors import lemmy, lemmy_v3
from amparo.connectors.record import Record
from amparo.errors import Denied, Missing
from amparo.ledger.connect import asking, lemmy_v3_log
from amparo.ledger.connect.asking import NotTaken, Source
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.newest_first import IsKnown, Lost, Page
from amparo.ledger.outbound.http import TooLarge

ON_A_PAGE = 50
"""The most that Lemmy gives."""
MOST_OF_A_CURSOR = 500
MOST_BYTES = 32 << 20
"""With each of 50 entries come a post (50,000 characters), a comment and a community (10,000 each):
whoever fills their posts to the brim must not keep it from the record that they were removed."""
_BUSY = frozenset({"rate_limit_error"})
"""How a Lemmy before 1.0 says that it wants to be left alone."""
_NOT_THERE = "couldnt_find_"
"""With what that one begins to say that there is nothing."""
_BANS_V3 = "banned_from_community"
_UNDO: Mapping[str, tuple[str, str, str]] = {
    "suspended person": ("POST", "/admin/ban", "/user/ban"),
    "blocked member": ("POST", "/community/ban_user", "/community/ban_user"),
    "taken_down post": ("POST", "/post/remove", "/post/remove"),
    "taken_down comment": ("POST", "/comment/remove", "/comment/remove"),
    "taken_down community": ("POST", "/community/remove", "/community/remove"),
    "locked post": ("POST", "/post/lock", "/post/lock"),
    "locked comment": ("POST", "/comment/lock", "/comment/lock"),
    "hidden community": ("PUT", "/community/hide", "/community/hide"),
}
"""Restriction, and of what -> the call that takes it off: method, path in v4, path in v3."""


class Reports(NamedTuple):
    """A page of reports, the newest first."""

    entries: Sequence[tuple[str, Any]]
    """Of what each is, and the report."""
    older: str
    """Where the next page is; empty at the end."""


class Lemmy:
    """A server, as its interface shows it to an administrator."""

    def __init__(self, connection: Connection, token: str, *, patient: bool = False) -> None:
        """`patient`: wait where it asks to, instead of raising `ToWait`; nothing is asked yet."""
        self.settings = lemmy.settings(connection.config)
        self._api = ""
        self._source = Source(
            self.settings.address,
            {"authorization": f"Bearer {token}"},
            private=self.settings.private,
            patient=patient,
            busy=_BUSY,
            most_bytes=MOST_BYTES,
        )

    def close(self) -> None:
        """Close what is open."""
        self._source.close()

    def check(self) -> None:
        """Raise what keeps from reading as an administrator, who may undo as well."""
        try:
            self._api, found = "/api/v4", self._source.get("/api/v4/account").value
        except Missing:
            self._api, found = "/api/v3", self._account_of_v3()
        user = _within(found, "local_user_view", "local_user")
        if user is None or not isinstance(user.get("admin"), bool):
            raise asking.unexpected("Lemmy", "how the account stands is not said")
        if not user["admin"]:
            raise _no_administrator()

    def _account_of_v3(self) -> Any:
        try:
            site = self._source.get("/api/v3/site").value
        except Missing:
            site = None
        if not isinstance(site, dict) or "site_view" not in site:
            raise asking.unexpected("Lemmy", "it does not say what site it is")
        if (found := site.get("my_user")) is None:
            raise _not_accepted()
        return found

    # --- the log

    def page(self, at: str) -> Page:
        """A page of the log; `Lost` where its place is not known there any more."""
        found = self._v3_page(at) if self._is_v3() else self._v4_page(at)
        if not all(isinstance(entry, dict) and entry.get("moderator") for entry in found.entries):
            self.check()  # who decided is only said to whoever it knows as an administrator
        return found

    def moment(self, entry: Any) -> str:
        """When an entry was made; empty where that is unclear."""
        try:
            return lemmy.moment(entry)
        except ValueError:
            return ""

    def records(self, entry: Any, is_known: IsKnown) -> Sequence[Record]:
        """What an entry says, none where that is known; `ValueError` says what does not fit."""
        if isinstance(entry, dict) and lemmy_v3.CUT_OFF in entry:
            raise ValueError("what is older is not shown by a Lemmy before 1.0")
        found = lemmy.records(entry, self.settings)
        return [record for record in found if not is_known(record.native_id, record.version)]

    def _v4_page(self, at: str) -> Page:
        """`at`: the cursor, and on the way down that of the page before it as well."""
        cursor, on_way_down, before = at.partition(" ")
        found = self._paged("/modlog", {"limit": str(ON_A_PAGE), "show_bulk": "true"}, cursor)
        older, newer = found.get("next_page") or "", found.get("prev_page") or ""
        if on_way_down and not found["items"]:  # the log ended with a page that was full
            last = self._v4_page(before)
            is_end = last.older.partition(" ")[0] == cursor
            return last._replace(older="") if is_end else last
        return Page(found["items"], f"{older} {cursor}" if older else "", newer)

    def _v3_page(self, at: str) -> Page:
        return lemmy_v3_log.page(self._v3_lists, at)

    def _v3_lists(self, number: int) -> Any:
        """Page `number` of every list: at once, or each alone where together they are too much."""
        asked = {"page": str(number), "limit": str(lemmy_v3_log.ON_A_PAGE)}
        try:
            return self._source.get("/api/v3/modlog", asked).value
        except TooLarge:
            return {
                name: _of(self._source.get("/api/v3/modlog", asked | {"type_": type_}).value, name)
                for name, (_, type_, *_) in lemmy_v3.LISTS.items()
            }

    def _paged(self, path: str, values: Mapping[str, str], at: str) -> dict[str, Any]:
        """A page of a list in v4."""
        try:
            asked = {**values, **({"page_cursor": at} if at else {})}
            found = self._source.get(f"/api/v4{path}", asked).value
        except (Missing, NotTaken):
            if not at:
                raise
            raise Lost from None  # what the cursor names was deleted, or it was another version's
        if not isinstance(found, dict) or not isinstance(found.get("items"), list):
            raise asking.unexpected("Lemmy", "there is no list")
        cursors = (found.get("next_page"), found.get("prev_page"))
        if not all(cursor is None or _is_cursor(cursor) for cursor in cursors):
            raise asking.unexpected("Lemmy", "where a list goes on is not said")
        return found

    # --- reports

    def reports(self, what: str, at: str) -> Reports:
        """A page of reports; `what`: one of `reports_listed`."""
        if not self._is_v3():
            values = {"limit": str(ON_A_PAGE), "show_community_rule_violations": "true"}
            page = self._paged("/report/list", values, at)
            entries = [(str(_of(entry, "type_")), entry) for entry in page["items"]]
            return Reports(entries, page.get("next_page") or "")
        number = int(at or "1")
        asked = {"page": str(number), "limit": str(ON_A_PAGE), "unresolved_only": "false"}
        listed = _of(
            self._source.get(f"/api/v3/{what}/report/list", asked).value, f"{what}_reports"
        )
        if not isinstance(listed, list):
            raise asking.unexpected("Lemmy", "there is no list")
        older = str(number + 1) if len(listed) >= ON_A_PAGE else ""
        return Reports([(what, lemmy_v3.report(what, entry)) for entry in listed], older)

    def reports_listed(self) -> Sequence[str]:
        """Which lists of reports there are."""
        return ("post", "comment", "private_message") if self._is_v3() else ("",)

    # --- what is looked at

    def look(self, subject: str) -> Seen:
        """What can be seen of what a case is about."""
        flag, what, number = subject.split(" ")
        try:
            in_force = tuple(self._in_force(what, number, datetime.now(UTC)))
        except Missing:
            self.check()  # to whoever it does not know, it does not show what is removed
            return Seen(("gone",), is_over=False, shows=())
        except ValueError as error:
            raise asking.unexpected("Lemmy", str(error)) from None
        named = dict.fromkeys(lemmy.IN_FORCE.get(found, found) for found in in_force)
        return Seen(
            cast("tuple[InForce, ...]", tuple(named)),
            is_over=flag not in in_force,
            shows=lemmy.SHOWS.get(flag, ()),
        )

    def undo(self, subject: str, name: str) -> None:
        """Take a restriction off; the same again changes nothing, so the order needs no name."""
        del name
        flag, what, number = subject.split(" ")
        method, path, path_v3 = _UNDO[f"{flag} {what}"]
        api = "/api/v3" + path_v3 if self._is_v3() else "/api/v4" + path
        self._source.act(method, api, lemmy.undoing(flag, what, number))

    def to_look_at(self, subject: str) -> str:
        """Nothing: whatever is undone is in the log."""
        del subject
        return ""

    def _in_force(self, what: str, number: str, now: datetime) -> Iterable[str]:
        if what == "person":
            return lemmy.person_in_force(self._person(number), now)
        if what != "member":
            return lemmy.content_in_force(what, self._content(what, number))
        community, person = number.split("/")
        of_account = lemmy.person_in_force(self._person(person), now)
        entry = self._newest_ban(community, person)
        return (*lemmy.member_in_force(entry, now), *of_account)

    def _person(self, number: str) -> Any:
        path = "/user" if self._is_v3() else "/person"
        view = _of(self._asked(path, {"person_id": number}), "person_view")
        return lemmy_v3.person(view) if self._is_v3() else view

    def _content(self, what: str, number: str) -> Any:
        return _of(self._asked(f"/{what}", {"id": number}), f"{what}_view")

    def _newest_ban(self, community: str, person: str) -> Any:
        """The newest entry about somebody in a community: no call shows how it stands."""
        values = {"community_id": community, "other_person_id": person, "limit": "1"}
        if self._is_v3():
            type_ = lemmy_v3.LISTS[_BANS_V3].type_
            found = self._asked("/modlog", values | {"type_": type_})
            entries = lemmy_v3.lists(found)[_BANS_V3]
        else:
            asked = values | {"type_": "mod_ban_from_community", "show_bulk": "true"}
            entries = self._paged("/modlog", asked, "")["items"]
        if not entries:
            self._content("community", community)  # where that is not there either, it is gone
            raise ValueError("the log does not say whether the account is banned")
        return entries[0]

    def _asked(self, path: str, values: Mapping[str, str]) -> Any:
        prefix = "/api/v3" if self._is_v3() else "/api/v4"
        try:
            return self._source.get(f"{prefix}{path}", values).value
        except NotTaken as error:
            if error.code.startswith(_NOT_THERE):
                raise Missing("The source has nothing there.", why=error.code, fix="") from None
            raise

    def _is_v3(self) -> bool:
        if not self._api:
            self.check()
        return self._api == "/api/v3"


def _is_cursor(value: Any) -> bool:
    """It is kept as it is; what is no short word of its own is none."""
    return isinstance(value, str) and len(value) <= MOST_OF_A_CURSOR and " " not in value


def _within(value: Any, *names: str) -> dict[str, Any] | None:
    for name in names:
        value = _of(value, name)
    return value if isinstance(value, dict) else None


def _of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _not_accepted() -> Denied:
    return Denied(
        "The source does not accept the token.",
        why="it has expired, was revoked, or is not its own",
        fix="Make a new one there, and give it with `amparo connect secret NAME`.",
    )


def _no_administrator() -> Denied:
    return Denied(
        "The token may not do this.",
        why="its account is no administrator",
        fix="See docs/connectors.md for what it needs; then `amparo connect secret NAME`.",
    )
