"""A stand-in for a running Mastodon: a real HTTP server that speaks its documented protocol.

Not a Mastodon: that one's software cannot be run here. It has accounts and reports as its interface
for administrators shows them, lists by status with Link headers, a rate limit, a token that can
expire, and signs its webhooks. What real ones answer is in the recordings of a client library
(`tests/connect/test_mastodon_recorded.py`).
"""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from tests.source_stand_in import SourceStandIn

UNDO = {
    "unsuspend": "suspended",
    "enable": "disabled",
    "unsilence": "silenced",
    "unsensitive": "sensitized",
}
FLAGS = ("suspended", "disabled", "silenced", "sensitized")
SECRET = "0123456789abcdef0123456789abcdef01234567"


class MastodonStandIn(SourceStandIn):
    """One running server."""

    def __init__(self, token="t0ken"):
        super().__init__()
        self.token, self.scopes = token, {"accounts", "reports"}
        self.accounts, self.reports = {}, {}
        self.page = 100
        self.left = 300
        self.is_deaf = False
        """It says yes to what is to be done, and does nothing."""

    def add(self, number, **flags):
        """An account with everything that Mastodon tells of one, most of it nobody's business."""
        self.accounts[number] = {
            "id": str(number),
            "username": f"name{number}",
            "domain": None,
            "created_at": "2024-01-05T10:10:10.000Z",
            "email": f"private{number}@mail.example",
            "ip": "192.0.2.44",
            "ips": [{"ip": "192.0.2.44", "used_at": "2026-11-01T00:00:00.000Z"}],
            "confirmed": True,
            "approved": True,
            **dict.fromkeys(FLAGS, False),
            "locale": "es",
            "invite_request": "Let me in, I am Rosario.",
            "role": None,
            "account": {"display_name": "Rosario Quispe", "note": "<p>I sell shoes</p>"},
            **flags,
        }

    def set(self, number, **flags):
        self.accounts[number] |= flags

    def close_report(self, number, of, category="spam", at=None, by="9", rules=()):
        at = at or datetime.now(UTC)
        self.reports[number] = {
            "id": str(number),
            "action_taken": True,
            "action_taken_at": at.isoformat(timespec="milliseconds"),
            "category": category,
            "comment": "He lives in Calle Luna 5",
            "rules": [{"id": rule, "text": "No adverts"} for rule in rules],
            "target_account": self.accounts[of],
            "action_taken_by_account": {"id": by, "email": "moderator@mail.example"},
        }

    def answer(self, path, token):
        """(status, headers, body) to one call."""
        place = urlsplit(path)
        query = {name: values[-1] for name, values in parse_qs(place.query).items()}
        if token != self.token:
            return _json(401, {"error": "The access token is invalid"})
        what = "reports" if "/reports" in place.path else "accounts"
        if what not in self.scopes:
            return _json(403, {"error": "This action is outside the authorized scopes"})
        if self.left <= 0:
            return _json(429, {"error": "Too many requests"}, self._limits())
        self.left -= 1
        if place.path == "/api/v2/admin/accounts":
            return self._list(path, query)
        if place.path == "/api/v1/admin/reports":
            found = [
                report
                for report in self.reports.values()
                if report["target_account"]["id"] == query.get("target_account_id")
            ]
            return _json(200, found, self._limits())
        number = place.path.rpartition("/")[2]
        found = self.accounts.get(int(number)) if number.isdigit() else None
        if found is None:
            return _json(404, {"error": "Record not found"})
        return _json(200, found, self._limits())

    def act(self, path, token):
        """(status, headers, body) to an action of an administrator, by `/accounts/N/ACTION`."""
        *_, number, action = path.split("/")
        if token != self.token:
            return _json(401, {"error": "The access token is invalid"})
        if "write:accounts" not in self.scopes:
            return _json(403, {"error": "This action is outside the authorized scopes"})
        if int(number) not in self.accounts or action not in UNDO:
            return _json(404, {"error": "Record not found"})
        if not self.is_deaf:
            self.set(int(number), **{UNDO[action]: False})
        return _json(200, self.accounts[int(number)], self._limits())

    def webhook(self, event, thing, secret=SECRET):
        """Body and headers, as `Webhooks::DeliveryWorker` sends them."""
        at = datetime.now(UTC).isoformat()
        return signed(json.dumps({"event": event, "created_at": at, "object": thing}), secret)

    def _list(self, path, query):
        most = min(int(query.get("limit", "100")), self.page)
        found = [
            account
            for number, account in sorted(self.accounts.items(), reverse=True)
            if account[query["status"]] and number < int(query.get("max_id", 1 << 62))
        ]
        headers = self._limits()
        if len(found) > most:
            found = found[:most]
            base = f"https://elsewhere.example{urlsplit(path).path}"
            headers["link"] = (
                f'<{base}?limit={most}&max_id={found[-1]["id"]}&status=x>; rel="next", '
                f'<{base}?min_id={found[0]["id"]}>; rel="prev"'
            )
        return _json(200, found, headers)

    def _limits(self):
        reset = datetime.fromtimestamp(time.time() + 300, UTC).isoformat()
        return {
            "x-ratelimit-limit": "300",
            "x-ratelimit-remaining": str(self.left),
            "x-ratelimit-reset": reset,
        }


def signed(body, secret=SECRET):
    """A body with the headers of a webhook."""
    digest = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-hub-signature": f"sha256={digest}"}
    return body.encode(), headers


def _json(status, value, headers=None):
    return (
        status,
        {"content-type": "application/json", **(headers or {})},
        json.dumps(value).encode(),
    )
