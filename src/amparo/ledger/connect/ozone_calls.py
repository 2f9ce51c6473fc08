"""Calls to an Ozone as one of its team: its events, how a subject stands, an event of our own.

There are three ways to sign in: the service's admin password, a token that somebody made, or an
account of the team with an app password, for which its PDS vouches at each call. A session that has
expired is begun anew, once. Where it is asked to wait, it waits.

Source: atproto.com/specs/xrpc (service proxying); Ozone 0.4.2, `auth-verifier`.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, cast
from urllib.parse import urlencode

from amparo.connectors import ozone
from amparo.connectors.config import Config
from amparo.errors import Denied, Malformed, Text
from amparo.ledger.connect import connections
from amparo.ledger.connect.asking import ToWait
from amparo.ledger.connect.connections import Connection
from amparo.ledger.outbound import http, retry_after
from amparo.ledger.outbound.http import Answer, Asker, NoAnswer
from amparo.storage.node import Node

SignIn = Literal["admin", "token", "password"]
SECONDS = 60.0
MOST_BYTES = 16 * 1024 * 1024
"""An event says at most some kilobytes, and 100 come at once."""
LIMIT = 100
MOST_WAITS = 6
USUAL_WAIT_SECONDS, MOST_WAIT_SECONDS = 30.0, 300.0
MOST_EVENTS = 1000
"""Of an account or a record, the newest."""
LABELS, MOST_LABELS = 250, 2500
"""At once, and of one subject."""
_MAY_WRITE = ("roleModerator", "roleAdmin")
_BAD, _TOO_MANY = 400, 429
_EXPIRED = frozenset({"ExpiredToken", "InvalidToken", "BadJwt", "JwtExpired"})


class Access(NamedTuple):
    """Where an Ozone is asked, and as whom."""

    address: str
    service: str
    """Its DID."""
    sign_in: SignIn
    secret: str
    account: str = ""
    """Of the team, and the PDS where it is, for the sign-in by app password."""
    pds: str = ""


def access_of(node: Node, connection: Connection) -> Access:
    """How the Ozone of a connection is asked."""
    return access(connection.config, connections.secret_of(node, connection.name))


def access(config: Config, secret: str) -> Access:
    """How an Ozone is asked by a connection's file, which `ozone.settings` has checked."""
    made, options = config.connector, config.options
    return Access(
        made.address,
        made.instance,
        cast("SignIn", options.get("sign_in", "admin")),
        secret,
        options.get("account", ""),
        options.get("pds", ""),
    )


class Page(NamedTuple):
    """Some events in the order that was asked for, and how to go on; empty at the end."""

    events: Sequence[Any]
    cursor: str


class Calls:
    """Calls to one Ozone; for one thread."""

    def __init__(self, access: Access, *, patient: bool) -> None:
        """`patient`: wait where it is asked to, instead of raising `ToWait`."""
        self._access, self._patient = access, patient
        self.base: str = access.pds if access.sign_in == "password" else access.address
        self._asker = Asker(named=http.host_of(self.base), proxy=http.proxy_for(self.base))
        self._session = ""

    def close(self) -> None:
        """Close what is open."""
        self._asker.close()

    def events(self, **asked: str | Sequence[str]) -> Page:
        """One page of `queryEvents`; `Denied` where we may not read them."""
        query = urlencode({"limit": str(LIMIT), **asked}, doseq=True)
        found = self._read(f"tools.ozone.moderation.queryEvents?{query}")
        events, cursor = found.get("events"), found.get("cursor") or ""
        if not isinstance(events, list) or not isinstance(cursor, str):
            raise http.no_answer(self.base, "what it answers are no events")
        return Page(events, cursor)

    def events_of(self, *, most: int = MOST_EVENTS, **asked: str | Sequence[str]) -> list[Any]:
        """All events, page by page, at most `most`; `NoAnswer` where a page comes again."""
        found: list[Any] = []
        cursor = ""
        while len(found) < most:
            page = self.events(**asked, **({"cursor": cursor} if cursor else {}))
            found += page.events
            if not page.cursor or not page.events:
                break
            if page.cursor == cursor:
                raise self.same_page()
            cursor = page.cursor
        return found[:most]

    def same_page(self) -> NoAnswer:
        """What is raised of a listing that would never end."""
        return http.no_answer(self.base, "it gives the same page again and again")

    def status(self, uri: str) -> Mapping[str, Any]:
        """How a subject about which something was done stands, as a `subjectStatusView`.

        Muted ones are asked for too: Ozone leaves them out otherwise, and what is not told of is
        not therefore free.
        """
        query = urlencode({"subject": uri, "includeMuted": "true", "limit": "1"})
        found = self._read(f"tools.ozone.moderation.queryStatuses?{query}").get("subjectStatuses")
        match found:
            case [dict() as status, *_]:
                return status
            case []:
                raise http.no_answer(self.base, "it has no status of what it has decided about")
            case _:
                raise http.no_answer(self.base, "what it answers is no list of statuses")

    def labels(self, uri: str, service: str) -> Sequence[Any]:
        """The labels of a subject by the service, withdrawn ones included."""
        asked = {"uriPatterns": uri, "sources": service, "limit": str(LABELS)}
        found: list[Any] = []
        cursor = ""
        while len(found) < MOST_LABELS:
            query = urlencode(asked | ({"cursor": cursor} if cursor else {}))
            page = self._read(f"com.atproto.label.queryLabels?{query}")
            labels, further = page.get("labels"), page.get("cursor") or ""
            if not isinstance(labels, list) or not isinstance(further, str):
                raise http.no_answer(self.base, "what it answers are no labels")
            found += labels
            if not further or not labels:
                return found
            if further == cursor:
                raise self.same_page()
            cursor = further
        raise http.no_answer(self.base, "it has more labels of one subject than can be looked at")

    def check_may_act(self, options: Sequence[str]) -> None:
        """`Denied` where we may not do what `options` of the file say; nothing is changed.

        Ozone lets those who only look through reports write letters too. Their role is not meant
        for that (`tools.ozone.team.defs#roleTriage`).
        """
        viewer = self._read("tools.ozone.server.getConfig").get("viewer")
        role = str(viewer.get("role", "")) if isinstance(viewer, dict) else ""
        if role.rpartition("#")[2] not in _MAY_WRITE:
            raise Denied(
                "This account may read Ozone's events, and nothing more.",
                why="it is neither a moderator nor an administrator in Ozone's team",
                fix=Text(
                    "Give it that role there, or take {options} out of the connection's file.",
                    options=", ".join(f"`{option}`" for option in options),
                ),
            )

    def emit(
        self,
        event: Mapping[str, Any],
        subject: Mapping[str, Any],
        name: str,
        *,
        tool: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """Have something done to a subject; of one `name` Ozone notes it once. What it has noted.

        A letter is sent before that is looked at. `tool`: what else is noted of us.

        `createdBy` only holds for the admin password: others are known by how they sign in.
        `Denied` where we may not; `Malformed` where it cannot be done as things stand there.
        """
        input_ = {"event": event, "subject": subject, "createdBy": self._access.service}
        input_ |= {"externalId": name, "modTool": tool or {"name": ozone.TOOL}}
        answer = self._done("POST", "tools.ozone.moderation.emitEvent", json.dumps(input_).encode())
        if answer.status == _BAD:
            raise Malformed(
                "Ozone does not do what was ordered.",
                why=Text("status 400: {message}", message=_reason(answer)),
                fix="Look in Ozone how it stands there, and do it yourself.",
            )
        self._check(answer)
        return answer.json()

    def _read(self, method: str) -> dict[str, Any]:
        answer = self._done("GET", method)
        self._check(answer)
        return answer.json()

    def _check(self, answer: Answer) -> None:
        if not answer.is_success:
            raise http.no_answer(self.base, f"status {answer.status}: {_reason(answer)}")

    def _done(self, verb: str, method: str, body: bytes = b"") -> Answer:
        """What is answered once we are signed in, and no limit holds; `Denied` where we may not."""
        answer = self._ask(verb, method, body)
        if _is_expired(answer) and self._access.sign_in == "password":
            self._session = ""
            answer = self._ask(verb, method, body)
        for _ in range(MOST_WAITS):
            if answer.status != _TOO_MANY:
                break
            if not self._patient:
                raise ToWait(int(_wait(answer.headers)))
            time.sleep(_wait(answer.headers))
            answer = self._ask(verb, method, body)
        if answer.status in (401, 403) or _is_expired(answer):
            raise _denied(answer)
        return answer

    def _ask(self, verb: str, method: str, body: bytes) -> Answer:
        typed = {"content-type": "application/json"} if body else {}
        return self._call(verb, method, body, headers=typed | self._headers())

    def _headers(self) -> dict[str, str]:
        match self._access.sign_in:
            case "admin":
                both = base64.b64encode(f"admin:{self._access.secret}".encode()).decode()
                return {"authorization": f"Basic {both}"}
            case "token":
                return {"authorization": f"Bearer {self._access.secret}"}
            case "password":
                self._session = self._session or self._signed_in()
                return {
                    "authorization": f"Bearer {self._session}",
                    "atproto-proxy": f"{self._access.service}#atproto_labeler",
                }

    def _signed_in(self) -> str:
        body = {"identifier": self._access.account, "password": self._access.secret}
        answer = self._call(
            "POST",
            "com.atproto.server.createSession",
            json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        if answer.status in (400, 401, 403):
            raise _denied(answer)
        token = answer.json().get("accessJwt") if answer.is_success else None
        if not isinstance(token, str):
            raise http.no_answer(self.base, f"status {answer.status}, and no session")
        return token

    def _call(
        self, verb: str, method: str, body: bytes = b"", *, headers: Mapping[str, str]
    ) -> Answer:
        return self._asker.ask(
            verb,
            f"{self.base.rstrip('/')}/xrpc/{method}",
            body,
            headers=headers,
            seconds=SECONDS,
            most_bytes=MOST_BYTES,
        )


def _is_expired(answer: Answer) -> bool:
    return answer.status in (400, 401) and _error(answer).get("error") in _EXPIRED


def _error(answer: Answer) -> Mapping[str, Any]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _reason(answer: Answer) -> str:
    found = _error(answer)
    return f"{found.get('error', '')} {found.get('message', '')}".strip()[:200] or "no reason given"


def _denied(answer: Answer) -> Denied:
    return Denied(
        "Ozone does not let us read its events.",
        why=Text("status {status}: {message}", status=answer.status, message=_reason(answer)),
        fix="Give the secret anew with --secret-file; the account has to be in Ozone's team.",
    )


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds until the limit of calls is over, as the answer says, within reason."""
    now, until = int(time.time()), headers.get("ratelimit-reset", "")
    wanted = int(until) - now if until.isdecimal() else None
    if wanted is None:
        wanted = retry_after.seconds(headers.get("retry-after", ""), now)
    return min(max(wanted or USUAL_WAIT_SECONDS, 1.0), MOST_WAIT_SECONDS)
