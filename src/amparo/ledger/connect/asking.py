"""A source that is asked over HTTP: bounded, at its own rate, and with its refusals in words.

An answer has a minute and 16 MiB at most, unless its software needs more, whoever sends it and
however slowly. No redirect is followed, since a token goes with each request. A source that asks to
wait is waited for.
"""

# SPDX-License-Identifier: Apache-2.0

import json
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from amparo.errors import Denied, Malformed, Missing, Text, Unavailable
from amparo.ledger.outbound import http, retry_after
from amparo.ledger.outbound.http import Answer, Asker

SECONDS = 60.0
MOST_BYTES = 16 << 20
CALLS_KEPT_FREE = 20
"""So many calls of a window are left to whoever else has the same token."""
TOO_MANY_SECONDS = 60
"""After a 429 that names no time."""
MOST_WAITS = 6
MOST_WAIT_SECONDS = 300
"""How often, and how long at a time, whoever is patient waits."""
_JSON = "application/json"
_BAD, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY = 400, 401, 403, 404, 429


class ToWait(Unavailable):
    """The source wants to be asked later."""

    def __init__(self, seconds: int) -> None:
        """`seconds`: how long it wants to be left alone."""
        super().__init__(
            "The source wants to be asked later.",
            why=Text("it takes no more calls for {seconds} seconds", seconds=seconds),
            fix="Nothing needs to be done: it is asked again then.",
        )
        self.seconds = seconds


class NotTaken(Unavailable):
    """What was asked makes no sense to the source: it may know less than before."""

    code = ""
    """What the source calls that, where it says it as `error` in JSON."""


class NotDone(Malformed):
    """The source refuses what it was sent; `body` is what it answers."""

    def __init__(self, answer: Answer) -> None:
        """`answer`: the refusal."""
        super().__init__(
            "The source refuses what it was sent.",
            why=Text("it answered {status}", status=answer.status),
            fix="Look at the source; nothing was done there.",
        )
        self.body = answer.body


class Found(NamedTuple):
    """An answer in JSON, with the headers that came with it."""

    value: Any
    headers: Mapping[str, str]


class Source:
    """One installation that is asked; for one thread."""

    def __init__(
        self,
        address: str,
        headers: Mapping[str, str],
        *,
        private: bool,
        patient: bool = False,
        busy: Collection[str] = (),
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """`private`: it may be at an address in a private network.

        `patient`: wait where it asks to, some times, instead of raising `ToWait`. `busy`: errors of
        an answer 400 by which it wants to be left alone. `most_bytes`: of one answer.
        """
        self._busy, self._most_bytes = busy, most_bytes
        self._waits = MOST_WAITS if patient else 0
        self._address, self._headers = address.rstrip("/"), dict(headers)
        named = http.host_of(address) if private else None
        self._asker = Asker(named=named, proxy=http.proxy_for(address))
        self._rest_until = 0.0

    def close(self) -> None:
        """Close what is open."""
        self._asker.close()

    def get(self, path: str, values: Mapping[str, str] | None = None) -> Found:
        """What it answers.

        `Denied` where the token is not accepted, `Missing` where there is nothing, `ToWait` where
        it wants to be left alone, `Unavailable` where there is no answer that can be read.
        """
        query = f"?{urlencode(values)}" if values else ""
        answer = self._ask("GET", f"{path}{query}")
        return Found(_decoded(answer), answer.headers)

    def post(self, path: str, value: Any = None) -> None:
        """Have something done; raises as `get` does. `value`: what more is to be said, as JSON."""
        if value is None:
            self._ask("POST", path)
        else:
            self.act("POST", path, value)

    def act(self, method: str, path: str, value: Any) -> None:
        """The same by any method, with JSON that says what."""
        self._ask(method, path, json.dumps(value).encode())

    def _ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        while True:
            try:
                return self._ask_once(method, path, body)
            except ToWait as error:
                if not self._waits or error.seconds > MOST_WAIT_SECONDS:
                    raise
                self._waits -= 1
                time.sleep(error.seconds)

    def _ask_once(self, method: str, path: str, body: bytes) -> Answer:
        if (left := self._rest_until - time.time()) > 0:
            raise ToWait(max(1, int(left)))
        content = {"content-type": _JSON} if body else {}
        answer = self._asker.ask(
            method,
            f"{self._address}{path}",
            body,
            headers={"accept": _JSON, **content, **self._headers},
            seconds=SECONDS,
            most_bytes=self._most_bytes,
        )
        self._rest_until = _rests_until(answer)
        if answer.status == _BAD and _error(answer) in self._busy:
            raise ToWait(TOO_MANY_SECONDS)
        if method != "GET" and answer.status == _BAD:
            raise NotDone(answer)
        _check(answer)
        return answer


def unexpected(software: str, why: Text | str) -> Unavailable:
    """An answer that is none of the software that should be there."""
    return Unavailable(
        Text("What the source answers is not what {software} answers.", software=software),
        why=why,
        fix="Look whether the address is that of the installation itself.",
    )


def _check(answer: Answer) -> None:
    if answer.is_success:
        return
    if answer.status == _UNAUTHORIZED:
        raise Denied(
            "The source does not accept the token.",
            why="it has expired, was revoked, or is not its own",
            fix="Make a new one there, and give it with `amparo connect secret NAME`.",
        )
    if answer.status == _FORBIDDEN:
        raise Denied(
            "The token may not do this.",
            why="it lacks a scope, or its account lacks the permission",
            fix="See docs/connectors.md for what it needs; then `amparo connect secret NAME`.",
        )
    if answer.status == _NOT_FOUND:
        raise Missing("The source has nothing there.", why="it answered 404", fix="")
    wanted = retry_after.seconds(answer.headers.get("retry-after", ""), int(time.time()))
    if answer.status == _TOO_MANY or wanted is not None:
        left = int(_rests_until(answer) - time.time())
        raise ToWait(wanted or (left if left > 0 else TOO_MANY_SECONDS))
    kind = NotTaken if answer.status == _BAD else Unavailable
    error = kind(
        "The source does not work just now.",
        why=Text("it answered {status}", status=answer.status),
        fix="It is asked again later; look at it if that stays so.",
    )
    if isinstance(error, NotTaken):
        error.code = _error(answer)
    raise error


def _error(answer: Answer) -> str:
    """What is wrong, in a word of the source's own; empty where it says none."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    code = found.get("error") if isinstance(found, dict) else None
    return code[:60] if isinstance(code, str) else ""


def _decoded(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise Unavailable(
            "What the source answers cannot be read.",
            why="it is no JSON",
            fix="Look whether the address is that of the installation itself.",
        ) from None


def _rests_until(answer: Answer) -> float:
    """When it may be asked again, by the headers of a rate limit; 0 while it may be."""
    left = answer.headers.get("x-ratelimit-remaining", "")
    most = answer.headers.get("x-ratelimit-limit", "")
    if not (left.isdecimal() and most.isdecimal() and left.isascii() and most.isascii()):
        return 0.0
    # Of a small window a half is enough to keep free.
    if int(left[:9]) > min(CALLS_KEPT_FREE, int(most[:9]) // 2):
        return 0.0
    try:
        reset = datetime.fromisoformat(answer.headers.get("x-ratelimit-reset", ""))
    except ValueError:
        return 0.0
    until = reset.replace(tzinfo=reset.tzinfo or UTC).timestamp()
    return min(until, time.time() + retry_after.MOST_SECONDS)
