"""Calls of a node's API, made again where that helps; what is refused becomes an error."""

# SPDX-License-Identifier: Apache-2.0

import random
import time
from collections.abc import Collection
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from amparo import errors
from amparo.client import patience as waiting
from amparo.client.patience import Patience
from amparo.ledger.outbound import http
from amparo.ledger.outbound.http import Answer, Asker

T = TypeVar("T")
SECONDS = 60.0
MOST_ANSWER_BYTES = 32 << 20
"""A hundred of the longest statements have some 16 MiB, and are repeated in the answer."""
_KINDS: dict[int, type[errors.AmparoError]] = {
    401: errors.Denied,
    403: errors.Denied,
    404: errors.Missing,
    409: errors.Refused,
    410: errors.Refused,
}


class Calls:
    """Asks one node with one token; for many threads."""

    def __init__(self, url: str, token: str, patience: Patience) -> None:
        self._url = url.rstrip("/")
        self._headers = {
            "authorization": f"Bearer {token}",
            "content-type": "application/json",
            "accept": "application/json",
        }
        self._patience = patience
        self._asker = Asker(named=http.host_of(url), proxy=http.proxy_for(url))

    def close(self) -> None:
        """Close what is open."""
        self._asker.close()

    def get(self, path: str, type_: type[T]) -> T:
        """What a GET tells."""
        return self.read(self.ask("GET", path), type_)

    def read(self, answer: Answer, type_: type[T]) -> T:
        """An answer as what it should be."""
        try:
            return msgspec.json.decode(answer.body, type=type_)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise unreadable(str(error)) from None

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        is_idempotent: bool = False,
        also: Collection[int] = (),
    ) -> Answer:
        """An answer with 2xx, or a status of `also`; the error that any other one is.

        A GET is always idempotent.
        """
        raw = msgspec.json.encode(body) if body is not None else b""
        is_idempotent = is_idempotent or method == "GET"
        attempt = 0
        while True:
            answer: Answer | None = None
            try:
                answer = self._once(method, path, raw)
                if answer.is_success or answer.status in also:
                    return answer
                failure: errors.AmparoError = _refusal(answer)
            except http.TooLarge:
                raise  # it would be as large again
            except http.NoAnswer as error:
                failure = error
            wait = self._wait(answer, attempt, is_idempotent=is_idempotent)
            if wait is None:
                raise failure
            time.sleep(wait)
            attempt += 1

    def _wait(self, answer: Answer | None, attempt: int, *, is_idempotent: bool) -> float | None:
        """How many seconds to wait before the call is made again; None: it is not."""
        status = answer.status if answer else None
        if not waiting.is_repeated(status, is_idempotent=is_idempotent):
            return None
        asked = answer.headers.get("retry-after", "") if answer else ""
        chance = random.random()  # noqa: S311 - to spread clients, not to hide anything
        return waiting.wait_seconds(
            self._patience, attempt, asked, now=int(time.time()), chance=chance
        )

    def _once(self, method: str, path: str, raw: bytes) -> Answer:
        return self._asker.ask(
            method,
            self._url + path,
            raw,
            headers=self._headers,
            seconds=SECONDS,
            most_bytes=MOST_ANSWER_BYTES,
        )


def unreadable(why: str) -> http.NoAnswer:
    """The error that an answer is which is not what the node's API promises."""
    return http.NoAnswer(
        "The answer cannot be read.", why=why, fix="Look whether the address is that of a node."
    )


def _refusal(answer: Answer) -> errors.AmparoError:
    """What an answer refuses, in the node's own words if it has any."""
    body: dict[str, Any] = {}
    with suppress(http.NoAnswer):
        body = answer.json()
    kind = _KINDS.get(answer.status, errors.Malformed)
    if answer.status in waiting.NOT_CARRIED_OUT or answer.status >= 500:
        kind = errors.Unavailable
    elif answer.status < 400:
        kind = errors.Refused
    return kind(
        str(body.get("message") or "The node did not do what it was asked for."),
        why=str(body.get("why") or f"it answered {answer.status}"),
        fix=str(body.get("fix") or "Look whether the address is that of a node."),
    )
