"""What a Lemmy before 1.0 answers (API v3), in the form in which 1.0 says the same (API v4).

Its log is a list for each kind of entry, with words of its own in each. What was removed together
with a ban is not logged there, nor are warnings and blocks of servers.

Source: LemmyNet/lemmy 0.19.20: `GetModlogResponse`, `ModRemovePostView` and the others of
`db_views_moderator`, `PersonView`, `PostReportView`; lemmy-js-client 0.19.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Mapping
from typing import Any, NamedTuple


class _Listed(NamedTuple):
    kind: str
    """What 1.0 calls it."""
    type_: str
    """By which the list is asked for alone."""
    flag: str = ""
    """Which attribute says that it begins; what is purged only begins."""

    @property
    def inner(self) -> str:
        """What it is called in an entry."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.type_).lower()


LISTS: Mapping[str, _Listed] = {
    "removed_posts": _Listed("mod_remove_post", "ModRemovePost", "removed"),
    "locked_posts": _Listed("mod_lock_post", "ModLockPost", "locked"),
    "removed_comments": _Listed("mod_remove_comment", "ModRemoveComment", "removed"),
    "removed_communities": _Listed("admin_remove_community", "ModRemoveCommunity", "removed"),
    "banned_from_community": _Listed("mod_ban_from_community", "ModBanFromCommunity", "banned"),
    "banned": _Listed("admin_ban", "ModBan", "banned"),
    "hidden_communities": _Listed("mod_hide_community", "ModHideCommunity", "hidden"),
    "admin_purged_persons": _Listed("admin_purge_person", "AdminPurgePerson"),
    "admin_purged_communities": _Listed("admin_purge_community", "AdminPurgeCommunity"),
    "admin_purged_posts": _Listed("admin_purge_post", "AdminPurgePost"),
    "admin_purged_comments": _Listed("admin_purge_comment", "AdminPurgeComment"),
}
"""Lists of the log that say of restrictions. Others tell who moderates, and what is pinned."""


CUT_OFF = "cut_off"
"""Names what stands for entries that are older than all that is shown."""


def lists(body: Any) -> dict[str, list[Any]]:
    """The lists of a page of the log, in the form of 1.0; `ValueError` where it is no log.

    What is no entry becomes an empty one, so that it is refused by itself.
    """
    found = {name: body.get(name) for name in LISTS} if isinstance(body, dict) else {}
    if not found or not all(isinstance(entries, list) for entries in found.values()):
        raise ValueError("there is no log of moderation")
    return {
        name: [_entry(entry, LISTS[name]) for entry in entries or []]
        for name, entries in found.items()
    }


def person(body: Any) -> dict[str, Any]:
    """The view of an account."""
    found = _named(body.get("person")) if isinstance(body, dict) else {}
    ends = {"ban_expires_at": found.get("ban_expires")}
    return {"person": found, "banned": found.get("banned"), **ends}


def report(what: str, body: Any) -> dict[str, Any]:
    """A report."""
    found = body if isinstance(body, dict) else {}
    return {f"{what}_report": _named(found.get(f"{what}_report")), what: _named(found.get(what))}


def _entry(body: Any, listed: _Listed) -> dict[str, Any]:
    inner = body.get(listed.inner) if isinstance(body, dict) else None
    if not isinstance(inner, dict):
        return {}
    is_on = inner.get(listed.flag) if listed.flag else True
    modlog = {
        "id": inner.get("id"),
        "kind": listed.kind,
        "is_revert": not is_on if isinstance(is_on, bool) else None,
        "reason": inner.get("reason"),
        "expires_at": inner.get("expires"),
        "published_at": inner.get("when_"),
    }
    found = {
        "modlog": modlog,
        "moderator": body.get("moderator", body.get("admin")),
        "target_person": _named(body.get("banned_person", body.get("commenter"))),
        "target_community": _named(body.get("community")),
        "target_post": _named(body.get("post")),
        "target_comment": _named(body.get("comment")),
    }
    if "creator_id" in found["target_post"] and not found["target_person"]:
        # Whose post it is, is said by their number alone.
        found["target_person"] = {"id": found["target_post"]["creator_id"]}
    return {name: value for name, value in found.items() if value}


def _named(body: Any) -> dict[str, Any]:
    """With the names of its moments as 1.0 has them."""
    found = dict(body) if isinstance(body, dict) else {}
    for old in ("published", "updated"):
        if old in found:
            found[f"{old}_at"] = found.pop(old)
    return found
