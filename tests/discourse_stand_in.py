"""A stand-in for a forum: a real HTTP server that speaks Discourse's documented interface for staff.

Not a Discourse: that one's software cannot be run here. It has the staff action log by pages that
move on when something is logged, accounts, posts and topics as staff sees them, keys that may only
read, and signs its webhooks, all as the sources of discourse/discourse say it. Most of what it
tells is nobody's business.
"""

import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

from tests.source_stand_in import SourceStandIn

SECRET = "forum-webhook-secret-0123456789"
NOT_FOUND = {"errors": ["The requested URL or resource could not be found."]}
INVALID = {"errors": ["You are not permitted to view the requested resource."]}


class DiscourseStandIn(SourceStandIn):
    """One running forum."""

    def __init__(self, key="t0ken"):
        super().__init__()
        self.key, self.is_staff, self.may_write, self.is_deaf = key, True, True, False
        self.log, self.users, self.posts, self.topics = [], {}, {}, {}
        self.left = 10_000
        self.add(-1)

    def token_in(self, headers):
        return headers.get("api-key", "")

    def add(self, number):
        """An account with what Discourse tells staff of one."""
        self.users[number] = {
            "id": number,
            "username": f"name{number}",
            "name": "Rosario Quispe",
            "email": f"private{number}@mail.example",
            "ip_address": "192.0.2.44",
            "created_at": "2024-01-05T10:10:10.123Z",
            "suspended_till": None,
            "silenced_till": None,
        }

    def write(self, number, by=17, topic=900):
        """A post in a topic."""
        self.topics.setdefault(topic, {"id": topic, "title": "My shoes", "deleted_at": None})
        self.posts[number] = {
            "id": number,
            "topic_id": topic,
            "username": f"name{by}",
            "cooked": "<p>Buy in Calle Luna 5</p>",
            "created_at": "2026-11-02T09:00:00.000Z",
            "hidden": False,
            "deleted_at": None,
        }

    def act_as(self, action, at, *, user=None, acting="ana", **more):
        """An entry of the log, as `UserHistorySerializer` gives it."""
        entry = {
            "action_name": action,
            "details": None,
            "context": None,
            "ip_address": "192.0.2.45",
            "email": "private@mail.example",
            "created_at": at,
            "subject": None,
            "previous_value": None,
            "new_value": None,
            "topic_id": None,
            "post_id": None,
            "acting_user": {"id": -1 if acting == "system" else 2, "username": acting},
            "target_user": user and {"id": user, "username": f"name{user}", "name": "Rosario"},
            **more,
        }
        self.log.append(entry)
        return entry

    def suspend(self, number, at, till="3026-11-20T00:00:00.000Z", reason="Spam: shoes", **more):
        self.users[number] |= {"suspended_at": at, "suspended_till": till}
        details = f"{reason}\n\nDear Rosario, you live in Calle Luna"
        return self.act_as(
            "suspend_user",
            at,
            user=number,
            details=details,
            context="/admin/users/17/rosario",
            **more,
        )

    def unsuspend(self, number, at):
        self.users[number] |= {"suspended_at": None, "suspended_till": None}
        return self.act_as("unsuspend_user", at, user=number)

    def silence(
        self, number, at, till="2026-12-24T00:00:00.000Z", kind="silenced_by_staff", **more
    ):
        self.users[number] |= {"silenced_till": till}
        details = "Spam"
        return self.act_as(
            "silence_user", at, user=number, details=details, context=f"{kind}: Spam", **more
        )

    def delete(self, number, at, **more):
        self.posts[number]["deleted_at"] = at
        details = [
            f"id: {number}",
            "created_at: 2026-11-02 09:00:00 UTC",
            "user: name17 (Rosario Quispe)",
            "topic: My shoes",
            "post_number: 3",
            "raw: Buy in Calle Luna 5\ncreated_at: 1999-01-01",
        ]
        return self.act_as("delete_post", at, post_id=number, details="\n".join(details), **more)

    def answer(self, path, key):
        """(status, headers, body) to one call that reads."""
        place = urlsplit(path)
        query = {name: values[-1] for name, values in parse_qs(place.query).items()}
        if key != self.key:
            return _json(403, INVALID | {"error_type": "invalid_access"})
        if self.left <= 0:
            return _json(429, {"errors": ["Slow down"]}, {"retry-after": "30"})
        self.left -= 1
        if place.path.startswith("/admin") and not self.is_staff:
            return _json(404, NOT_FOUND)
        if place.path == "/admin/logs/staff_action_logs.json":
            return self._logged(query)
        kind, number = place.path.removesuffix(".json").rsplit("/", 1)
        there = {"/admin/users": self.users, "/posts": self.posts, "/t": self.topics}[kind]
        found = there.get(int(number))
        return _json(404, NOT_FOUND) if found is None else _json(200, found)

    def act(self, path, key):
        """(status, headers, body) to an action of staff."""
        if key != self.key or not self.may_write:
            return _json(403, INVALID | {"error_type": "invalid_access"})
        *kind, number, action = path.removesuffix(".json").strip("/").split("/")
        there = {"users": self.users, "posts": self.posts, "t": self.topics}[kind[-1]]
        found = there.get(int(number))
        if found is None:
            return _json(404, NOT_FOUND)
        if not self.is_deaf:
            found |= {
                "unsuspend": {"suspended_at": None, "suspended_till": None},
                "unsilence": {"silenced_till": None},
                "recover": {"deleted_at": None},
                "unhide": {"hidden": False},
            }[action]
        return _json(200, {})

    def webhook(self, kind, event, thing, secret=SECRET):
        """Body and headers, as `Jobs::EmitWebHookEvent` sends them."""
        return signed(json.dumps({kind: thing}).encode(), kind, event, secret)

    def _logged(self, query):
        found = self.log[::-1]
        if name := query.get("target_user"):
            found = [
                entry
                for entry in found
                if entry["action_name"] == query["action_name"]
                and (entry["target_user"] or {}).get("username") == name
            ]
        most = min(int(query.get("limit", "200")), 200)
        begin = int(query.get("page", "0")) * most
        return _json(
            200,
            {
                "staff_action_logs": found[begin : begin + most],
                "total_rows_staff_action_logs": len(found),
            },
        )


def signed(body, kind, event, secret=SECRET):
    """A body with the headers of a webhook."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return body, {
        "content-type": "application/json",
        "x-discourse-instance": "https://forum.example",
        "x-discourse-event-id": "556",
        "x-discourse-event-type": kind,
        "x-discourse-event": event,
        "x-discourse-event-signature": f"sha256={digest}",
    }


def _json(status, value, headers=None):
    typed = {"content-type": "application/json; charset=utf-8"}
    return status, {**typed, **(headers or {})}, json.dumps(value).encode()
