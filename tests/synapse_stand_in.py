"""A stand-in for a running Synapse: a real HTTP server that answers as a real one did.

Not a Synapse: that one is tried by `tests/connect/test_synapse_real.py`. It has accounts, rooms,
media and reports as the interface for administrators of Synapse 1.163.2 showed them on SQLite.
"""

import json
import time
from urllib.parse import parse_qs, unquote, urlsplit

from tests.source_stand_in import SourceStandIn

FLAGS = ("deactivated", "locked", "suspended", "shadow_banned")
ADMIN = "@mod:test.local"


def user(name):
    return f"@{name}:test.local"


class SynapseStandIn(SourceStandIn):
    """One running server."""

    def __init__(self, token="t0ken"):
        super().__init__()
        self.token, self.is_admin = token, True
        self.accounts, self.rooms, self.blocks, self.media = {}, {}, {}, {}
        self.changed, self.reports = [], []
        self.first_change = 1
        self.has_changes = True
        self.is_closed = False
        """A proxy before it lets nobody at the interface for administrators."""
        self.knows_senders = True
        """Whether it can be asked for reports about one sender: an older one cannot."""
        self.is_deaf = False
        """It says yes to what is to be done, and does nothing."""

    def add(self, name, **flags):
        """An account with what Synapse tells of one, most of it nobody's business."""
        self.accounts[user(name)] = {
            "name": user(name),
            "admin": False,
            **dict.fromkeys(FLAGS, False),
            "erased": False,
            "creation_ts": 1704449410,
            "displayname": "Rosario Quispe",
            "threepids": [{"medium": "email", "address": f"private-{name}@mail.example"}],
            "external_ids": [{"auth_provider": "sso", "external_id": "secret-login"}],
            "last_seen_ts": 1732919539393,
            "user_type": None,
            "is_guest": False,
            **flags,
        }

    def set(self, name, **flags):
        self.accounts[user(name)] |= flags

    def add_room(self, number):
        name = f"!room{number}:test.local"
        self.rooms[name] = {"room_id": name, "name": "Anonymous meeting", "creator": user("ana")}
        return name

    def block(self, room, on=True):
        self.blocks.pop(room, None)
        if on:
            self.blocks[room] = ADMIN

    def add_media(self, number, kind="image/png", origin=None, made=1704449410_000):
        name = f"{origin or 'test.local'}/media{number}"
        self.media[name] = {
            "media_origin": origin,
            "user_id": None if origin else user("ana"),
            "media_id": f"media{number}",
            "media_type": kind,
            "upload_name": "my-holiday.png",
            "created_ts": made,
            "quarantined_by": None,
        }
        return name

    def quarantine(self, name, on=True):
        self.media[name]["quarantined_by"] = ADMIN if on else None
        origin, _, number = name.partition("/")
        change = {"origin": origin, "media_id": number, "quarantined": int(on)}
        self.changed.append(change)

    def report(self, number, of, at=None, what="event_reports"):
        self.reports.append(
            {
                "id": number,
                "what": what,
                "received_ts": int((at or time.time()) * 1000),
                "sender": user(of),
                "user_id": user("eve"),
                "reason": "He lives in Calle Luna 5",
            }
        )

    def answer(self, path, token):
        """(status, headers, body) to one call that reads."""
        if refused := self._refuses(token):
            return refused
        place = urlsplit(path)
        query = {name: values[-1] for name, values in parse_qs(place.query).items()}
        kind, *rest = [unquote(part) for part in place.path.split("/")[4:]]
        match kind, rest:
            case "users", []:
                assert query["locked"] == "true"
                left_out = ("suspended", "threepids", "external_ids")
                every = [
                    {name: value for name, value in one.items() if name not in left_out}
                    | {"creation_ts": one["creation_ts"] * 1000}
                    for _, one in sorted(self.accounts.items())
                ]
                return self._page("users", every, query, str)
            case "users", [name] if name in self.accounts:
                return _json(200, self.accounts[name])
            case "rooms", []:
                return self._page("rooms", list(self.rooms.values()), query, int, "total_rooms")
            case "rooms", [name, "block"]:
                by = self.blocks.get(name)
                return _json(200, {"block": True, "user_id": by} if by else {"block": False})
            case "media", ["quarantine_changes"] if self.has_changes:
                return self._changes(int(query["from"]))
            case "media", [origin, number] if f"{origin}/{number}" in self.media:
                return _json(200, {"media_info": self.media[f"{origin}/{number}"]})
            case (("event_reports" | "user_reports"), []):
                about = query.get("event_sender_user_id") if self.knows_senders else None
                every = [
                    one
                    for one in sorted(self.reports, key=lambda one: -one["id"])
                    if one["what"] == kind and about in (None, one["sender"])
                ]
                return self._page(kind, every, query, int)
        return _json(404, {"errcode": "M_NOT_FOUND", "error": "Not found"})

    def act(self, path, token):
        """(status, headers, body) to one call that changes something."""
        if refused := self._refuses(token):
            return refused
        kind, *rest = [unquote(part) for part in path.split("/")[4:]]
        body = json.loads(self.sent[-1] or b"{}")
        if self.is_deaf:
            return _json(200, {})
        match kind, rest:
            case "users", [name, "shadow_ban"]:
                self.accounts[name]["shadow_banned"] = False
            case "users", [name]:
                self.accounts[name] |= body
            case "suspend", [name]:
                self.accounts[name]["suspended"] = body["suspend"]
            case "rooms", [name, "block"]:
                self.block(name, body["block"])
            case "media", ["unquarantine", origin, number]:
                self.quarantine(f"{origin}/{number}", on=False)
            case _:
                return _json(404, {"errcode": "M_UNRECOGNIZED"})
        return _json(200, {})

    def _refuses(self, token):
        if self.is_closed:
            return 404, {}, b"<html>404 Not Found</html>"
        if token != self.token:
            return _json(401, {"errcode": "M_UNKNOWN_TOKEN", "error": "Invalid access token"})
        if not self.is_admin:
            return _json(403, {"errcode": "M_FORBIDDEN", "error": "You are not a server admin"})
        return None

    def _page(self, name, every, query, token, total="total"):
        start, most = int(query["from"]), int(query["limit"])
        found = {name: every[start : start + most], total: len(every)}
        if start + most < len(every):
            found["next_batch" if name == "rooms" else "next_token"] = token(start + most)
        return _json(200, found)

    def _changes(self, after):
        last = self.first_change + len(self.changed)
        if after > last:
            return _json(400, {"errcode": "M_INVALID_PARAM", "error": "The `from` token ..."})
        begin = max(0, after - self.first_change)
        found = self.changed[begin : begin + 100]
        following = self.first_change + begin + len(found)
        return _json(200, {"next_batch": following, "changes": found})


def _json(status, value):
    return status, {"content-type": "application/json"}, json.dumps(value).encode()
