"""A stand-in for a Lemmy: a real HTTP server that speaks its documented interface, v4 or v3.

Not a Lemmy: that one's software cannot be run here. It has the log of moderation by the pages of
1.0, which go by an entry, and by those of 0.19, which are counted in each list; accounts, posts,
comments and communities as an administrator sees them; reports; and the calls that undo, which it
logs as well. All of it as the sources of LemmyNet/lemmy 439734d (1.0.0-beta.1) and 0.19.20 say it.
Most of what it tells is nobody's business.
"""

import base64
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from tests.source_stand_in import SourceStandIn

ADMIN = 2
NOT_FOUND = {"error": "not_found"}
LISTS = {
    "mod_remove_post": ("removed_posts", "mod_remove_post", "removed", "ModRemovePost"),
    "mod_lock_post": ("locked_posts", "mod_lock_post", "locked", "ModLockPost"),
    "mod_remove_comment": ("removed_comments", "mod_remove_comment", "removed", "ModRemoveComment"),
    "admin_remove_community": (
        *("removed_communities", "mod_remove_community", "removed", "ModRemoveCommunity"),
    ),
    "mod_ban_from_community": (
        *("banned_from_community", "mod_ban_from_community", "banned", "ModBanFromCommunity"),
    ),
    "admin_ban": ("banned", "mod_ban", "banned", "ModBan"),
    "mod_hide_community": (
        "hidden_communities",
        "mod_hide_community",
        "hidden",
        "ModHideCommunity",
    ),
    "mod_feature_post_community": ("featured_posts", "mod_feature_post", "featured", ""),
    "mod_add_to_community": ("added_to_community", "mod_add_community", "added", ""),
    "mod_transfer_community": ("transferred_to_community", "mod_transfer_community", "", ""),
    "admin_add": ("added", "mod_add", "added", ""),
    "admin_purge_person": ("admin_purged_persons", "admin_purge_person", "", ""),
    "admin_purge_community": ("admin_purged_communities", "admin_purge_community", "", ""),
    "admin_purge_post": ("admin_purged_posts", "admin_purge_post", "", ""),
    "admin_purge_comment": ("admin_purged_comments", "admin_purge_comment", "", ""),
}
"""What 1.0 calls it -> what 0.19 does: the list, the entry in it, what says that it begins, and the
type by which it is asked for."""
FLAGS = {
    "mod_remove_post": ("post", "removed"),
    "mod_remove_comment": ("comment", "removed"),
    "admin_remove_community": ("community", "removed"),
    "mod_lock_post": ("post", "locked"),
    "mod_lock_comment": ("comment", "locked"),
    "mod_hide_community": ("community", "hidden"),
}
MADE = "2024-01-05T10:10:10.123456Z"
WRITTEN = "2026-11-02T09:00:00.123456Z"


class LemmyStandIn(SourceStandIn):
    """One running server."""

    def __init__(self, version=4, token="t0ken"):
        super().__init__()
        self.version, self.token, self.is_admin, self.is_deaf = version, token, True, False
        self.most_pages = 100
        self.password = "correct horse battery staple"
        self.log, self.numbers, self.reports, self.bans = [], {}, [], {}
        self.persons, self.communities, self.posts, self.comments = {}, {}, {}, {}
        self.left = 10_000
        self.refuses, self.loses_places, self.recovers = "", False, True
        self.add(ADMIN, name="ana")
        self.found(7)

    @property
    def things(self):
        return {
            "person": self.persons,
            "community": self.communities,
            "post": self.posts,
            "comment": self.comments,
        }

    # --- what there is

    def add(self, number, *, local=True, name=None, bot=False):
        """An account with what Lemmy tells of one."""
        name = name or f"name{number}"
        host = "lemmy.example" if local else "far.example"
        self.persons[number] = {
            "id": number,
            "name": name,
            "display_name": "Rosario Quispe",
            "avatar": f"https://{host}/pictrs/{name}.png",
            "ap_id": f"https://{host}/u/{name}",
            "bio": "I live in Calle Luna 5",
            "matrix_user_id": f"@{name}:mail.example",
            "published_at": MADE,
            "updated_at": WRITTEN,
            "local": local,
            "deleted": False,
            "bot_account": bot,
            "instance_id": 1 if local else 9,
        }

    def found(self, number, *, local=True):
        """A community."""
        self.communities[number] = {
            "id": number,
            "name": f"lovers{number}",
            "title": "Calle Luna and its people",
            "removed": False,
            "hidden": False,
            "visibility": "public",
            "local": local,
            "published_at": MADE,
            "instance_id": 1 if local else 9,
        }

    def write(self, number, by=17, community=7):
        """A post."""
        self.posts[number] = {
            "id": number,
            "name": "My shoes",
            "body": "Buy in Calle Luna 5",
            "url": "https://shop.mail.example/name17",
            "creator_id": by,
            "community_id": community,
            "removed": False,
            "locked": False,
            "deleted": False,
            "local": True,
            "published_at": WRITTEN,
            "ap_id": f"https://lemmy.example/post/{number}",
        }

    def comment(self, number, post, by=17):
        self.comments[number] = {
            "id": number,
            "content": "Rosario lives in Calle Luna 5",
            "creator_id": by,
            "post_id": post,
            "removed": False,
            "deleted": False,
            "local": True,
            "published_at": WRITTEN,
            "path": f"0.{number}",
            **({"locked": False} if self.version == 4 else {}),
        }

    def report(self, number, what, of, at, *, resolved_at=None):
        """What somebody has reported."""
        self.reports.append(
            {
                "type_": what,
                "of": of,
                "id": number,
                "creator_id": 18,
                "reason": "Rosario sells shoes",
                "original_post_body": "Buy in Calle Luna 5",
                "resolved": resolved_at is not None,
                "published_at": at,
                "updated_at": resolved_at,
            }
        )

    # --- what is done

    def act_as(
        self, kind, at, *, by=ADMIN, revert=False, reason="Spam: shoes", expires=None, parent=None,
        **targets,
    ):  # fmt: skip
        """An entry of the log, and what it does. Targets: person, community, post, comment."""
        listed = LISTS.get(kind, (kind,))[0]
        self.numbers[listed] = self.numbers.get(listed, 0) + 1
        entry = {
            "id": len(self.log) + 1,
            "listed": self.numbers[listed],
            "kind": kind,
            "is_revert": revert,
            "reason": reason,
            "expires_at": expires,
            "published_at": at,
            "parent": parent,
            "by": by,
            "targets": targets,
        }
        self.log.append(entry)
        if kind in FLAGS:
            what, flag = FLAGS[kind]
            self.things[what][targets[what]][flag] = not revert
        if kind in ("admin_ban", "mod_ban_from_community"):
            self.bans[targets["person"], targets.get("community")] = (not revert, expires)
        return entry

    def ban(self, number, at, **more):
        return self.act_as("admin_ban", at, person=number, **more)

    def unban(self, number, at, **more):
        return self.act_as("admin_ban", at, person=number, revert=True, **more)

    def ban_from(self, community, number, at, **more):
        return self.act_as("mod_ban_from_community", at, person=number, community=community, **more)

    def remove(self, number, at, **more):
        post = self.posts[number]
        targets = {"post": number, "community": post["community_id"], "person": post["creator_id"]}
        return self.act_as("mod_remove_post", at, **targets, **more)

    def restore(self, number, at, **more):
        return self.remove(number, at, revert=True, **more)

    def lock(self, number, at, **more):
        post = self.posts[number]
        targets = {"post": number, "community": post["community_id"], "person": post["creator_id"]}
        return self.act_as("mod_lock_post", at, **targets, **more)

    def remove_comment(self, number, at, **more):
        comment = self.comments[number]
        post = self.posts[comment["post_id"]]
        targets = {
            "comment": number,
            "post": post["id"],
            "community": post["community_id"],
            "person": comment["creator_id"],
        }
        return self.act_as("mod_remove_comment", at, **targets, **more)

    # --- what is answered

    def answer(self, path, token):
        """(status, headers, body) to one call that reads."""
        place = urlsplit(path)
        query = {name: values[-1] for name, values in parse_qs(place.query).items()}
        prefix = f"/api/v{self.version}"
        if not place.path.startswith(prefix):
            return _json(404, {"error": "unknown", "message": "Not Found"})
        if self.left <= 0:
            return self._busy()
        self.left -= 1
        known = token == self.token
        name = place.path.removeprefix(prefix)
        if name in ("/account", "/site"):
            return self._account(name, known)
        if name == "/modlog":
            of = self._v4_log if self.version == 4 else self._v3_log
            return of(query, shown=known and self.is_admin)
        if name.endswith("report/list"):
            return (
                self._reported(name, query) if known else _json(401, {"error": "incorrect_login"})
            )
        return self._shown(name, query, known)

    def act(self, path, token):
        """(status, headers, body) to what an administrator does."""
        body = json.loads(self.sent[-1])
        if path == f"/api/v{self.version}{'/account/auth' if self.version == 4 else '/user'}/login":
            known = body == {**body, "username_or_email": "amparo", "password": self.password}
            signed = {"jwt": self.token, "registration_created": False, "verify_email_sent": False}
            return _json(200, signed) if known else _json(401, {"error": "incorrect_login"})
        if self.left <= 0:
            return self._busy()
        if token != self.token:
            return _json(401, {"error": "incorrect_login"})
        if self.refuses:
            return _json(400, {"error": self.refuses})
        name = path.removeprefix(f"/api/v{self.version}")
        kind = {
            ("/admin/ban" if self.version == 4 else "/user/ban"): "admin_ban",
            "/community/ban_user": "mod_ban_from_community",
            "/post/remove": "mod_remove_post",
            "/comment/remove": "mod_remove_comment",
            "/community/remove": "admin_remove_community",
            "/post/lock": "mod_lock_post",
            "/comment/lock": "mod_lock_comment",
            "/community/hide": "mod_hide_community",
        }[name]
        if self.is_deaf:
            return _json(200, {})
        targets = {n.removesuffix("_id"): v for n, v in body.items() if n.endswith("_id")}
        on = next(body[name] for name in ("ban", "removed", "locked", "hidden") if name in body)
        if "post" in targets:
            targets |= {"community": self.posts[targets["post"]]["community_id"]}
        if "comment" in targets:
            post = self.posts[self.comments[targets["comment"]]["post_id"]]
            targets |= {"post": post["id"], "community": post["community_id"]}
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        self.act_as(kind, now, revert=not on, reason=body.get("reason"), **targets)
        return _json(200, {})

    def _busy(self):
        if self.version == 4:
            return _json(429, {"error": "rate_limited"}, {"retry-after": "30"})
        return _json(400, {"error": "rate_limit_error"})

    def _account(self, name, known):
        user = {"local_user": {"id": 1, "admin": self.is_admin, "email": "private@mail.example"}}
        mine = {"local_user_view": user | {"person": self.persons[ADMIN]}, "follows": []}
        if name == "/account":
            return _json(200, mine) if known else _json(401, {"error": "incorrect_login"})
        site = {"site_view": {"site": {"id": 1}}, "version": "0.19.20"}
        return _json(200, site | ({"my_user": mine} if known else {}))

    def _shown(self, name, query, known):
        what = {"/person": "person", "/user": "person"}.get(name, name.removeprefix("/"))
        number = int(query.get("person_id", query.get("id", "0")))
        if number not in self.things[what]:
            # A Lemmy before 1.0 answers 400 to some of these calls.
            v3 = (400, {"error": f"couldnt_find_{what}"})
            return _json(404, NOT_FOUND) if self.version == 4 else _json(*v3)
        if what == "person":
            on, ends = self.bans.get((number, None), (False, None))
            view = {"person": self._old("person", self.persons[number])}
            if self.version == 4:
                view |= {
                    "is_admin": False,
                    "banned": on,
                    **({"ban_expires_at": ends} if ends else {}),
                }
            else:
                view["person"] |= {"banned": on, **({"ban_expires": ends} if ends else {})}
            return _json(200, {"person_view": view})
        view = {what: self.things[what][number]}
        if what == "comment":
            view["post"] = self.posts[view["comment"]["post_id"]]
        if what != "community":
            view["community"] = self.communities[(view.get("post"))["community_id"]]
            if not known and view[what]["removed"]:
                return _json(404, NOT_FOUND)
        return _json(200, {f"{what}_view": {n: self._old(n, v) for n, v in view.items()}})

    def _old(self, what, thing):
        """A thing, with the names of this version."""
        found = dict(thing)
        if what == "community" and self.version == 4:
            found.pop("hidden")
        if self.version == 3:
            for name in ("published", "updated"):
                if f"{name}_at" in found:
                    found[name] = found.pop(f"{name}_at")
            if "ap_id" in found and what == "person":
                found["actor_id"] = found.pop("ap_id")
        return found

    def _logged(self):
        return sorted(self.log, key=lambda entry: (str(entry["published_at"]), entry["id"]))[::-1]

    def _of(self, what, entry):
        found = self.things[what].get(entry["targets"].get(what))
        return None if found is None else self._old(what, found)

    def _v4_log(self, query, shown):
        found = self._logged()
        if kind := query.get("type_"):
            found = [entry for entry in found if entry["kind"] == kind]
        for name, what in (("other_person_id", "person"), ("community_id", "community")):
            if name in query:
                found = [e for e in found if e["targets"].get(what) == int(query[name])]
        if query.get("show_bulk") != "true":
            found = [entry for entry in found if entry["parent"] is None]
        return self._page(found, query, lambda entry: self._v4_entry(entry, shown))

    def _v4_entry(self, entry, shown):
        modlog = {
            "id": entry["id"],
            "kind": entry["kind"],
            "is_revert": entry["is_revert"],
            "reason": entry["reason"],
            "expires_at": entry["expires_at"],
            "published_at": entry["published_at"],
            "bulk_action_parent_id": entry["parent"],
        }
        found = {
            "modlog": {n: v for n, v in modlog.items() if v is not None} | {"child_count": 0},
            "moderator": self.persons.get(entry["by"]) if shown else None,
            **{f"target_{what}": self._of(what, entry) for what in self.things},
        }
        of = entry["targets"].get("instance")
        if entry["kind"] in ("admin_ban", "admin_remove_community"):
            of = self.persons[entry["by"]]["instance_id"]
        if of is not None:
            found["target_instance"] = {"id": of, "domain": "far.example"}
        return {name: value for name, value in found.items() if value is not None}

    def _page(self, found, query, made):
        """As `paginate_response` of lemmy_diesel_utils."""
        limit = int(query.get("limit", "10"))
        if not 1 <= limit <= 50:
            return _json(400, {"error": "invalid_fetch_limit"})
        back, after, recovers = None, None, False
        if query.get("page_cursor") and self.loses_places:
            return _json(404, NOT_FOUND)
        if text := query.get("page_cursor"):
            try:
                back, after, recovers = json.loads(base64.urlsafe_b64decode(text))
            except ValueError:
                return _json(400, {"error": "couldnt_parse_pagination_token"})
            place = [entry["id"] for entry in found]
            if after not in place:
                return _json(404, NOT_FOUND)
            at = place.index(after)
            itself = 1 if recovers else 0
            found = found[: at + itself][-limit:] if back else found[at + 1 - itself :]
        found = found[:limit]
        few = len(found) < limit
        prev = _cursor(found, 0, back=True) if back is not None and not (few and back) else None
        following = _cursor(found, -1, back=False) if not few or back else None
        if not found and back is not None and not recovers and self.recovers:
            again = _encoded([not back, after, True])
            prev, following = (None, again) if back else (again, None)
        page = {
            "items": [made(entry) for entry in found],
            "next_page": following,
            "prev_page": prev,
        }
        return _json(200, {name: value for name, value in page.items() if value is not None})

    def _v3_log(self, query, shown):
        limit, page = int(query.get("limit", "10")), int(query.get("page", "1"))
        if not (1 <= limit <= 50 and 1 <= page <= self.most_pages):
            return _json(400, {"error": "unknown"})
        answered = {listed: [] for listed, *_ in LISTS.values()}
        found = self._logged()
        for name, what in (("other_person_id", "person"), ("community_id", "community")):
            if name in query:
                found = [e for e in found if e["targets"].get(what) == int(query[name])]
        for kind, (listed, inner, flag, type_) in LISTS.items():
            if query.get("type_", type_) == type_:
                of = [entry for entry in found if entry["kind"] == kind]
                of = of[(page - 1) * limit : page * limit]
                answered[listed] = [self._v3_entry(entry, inner, flag) for entry in of]
        del shown  # names are only hidden there where the site says so
        return _json(200, answered)

    def _v3_entry(self, entry, inner, flag):
        by = "admin" if inner.startswith("admin_") or inner == "mod_hide_community" else "moderator"
        found = {
            "id": entry["listed"],
            f"{by}_person_id" if by == "admin" else "mod_person_id": entry["by"],
            "reason": entry["reason"],
            "when_": entry["published_at"],
            **({flag: not entry["is_revert"]} if flag else {}),
            **({"expires": entry["expires_at"]} if entry["expires_at"] else {}),
        }
        person = {
            "mod_ban": "banned_person",
            "mod_ban_from_community": "banned_person",
            "mod_remove_comment": "commenter",
        }
        names = {"post": "post", "comment": "comment", "community": "community"}
        if inner in person:
            names["person"] = person[inner]
        things = {key: self._of(what, entry) for what, key in names.items()}
        shown = {key: thing for key, thing in things.items() if thing is not None}
        return {inner: found, by: self._old("person", self.persons[entry["by"]]), **shown}

    def _reported(self, name, query):
        found = sorted(self.reports, key=lambda one: one["published_at"], reverse=True)
        if self.version == 4:
            return self._page(found, query, self._report)
        what = name.split("/")[1]
        found = [one for one in found if one["type_"] == what]
        limit, page = int(query["limit"]), int(query["page"])
        of = found[(page - 1) * limit : page * limit]
        return _json(200, {f"{what}_reports": [self._report(one) for one in of]})

    def _report(self, one):
        what = one["type_"]
        bare = {name: v for name, v in one.items() if name not in ("type_", "of") and v is not None}
        view = {f"{what}_report": self._old("report", bare), "creator": self.persons[ADMIN]}
        if what in self.things:
            view[what] = self._old(what, self.things[what][one["of"]])
        return view | ({"type_": what} if self.version == 4 else {})


def _cursor(found, which, *, back):
    return _encoded([back, found[which]["id"], False]) if found else None


def _encoded(cursor):
    return base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode()


def _json(status, value, headers=None):
    typed = {"content-type": "application/json"}
    # As Lemmy writes it: what is not ASCII stays as it is.
    return status, {**typed, **(headers or {})}, json.dumps(value, ensure_ascii=False).encode()
