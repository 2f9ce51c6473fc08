"""Calls to the EU's database until it is known what became of each statement of a batch.

A batch is stored as a whole or not at all. Statements that are refused, or known already, are taken
out and the rest is sent again. A call without a clear answer may have been carried out: what is
then known there is ours. Known at the first try, it is not: somebody else sent it, and a person is
asked. A batch over which the database stumbles again and again is halved, until the one statement
is found that it stumbles over.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import assert_never
from uuid import UUID

from amparo.connectors import eu_database
from amparo.connectors.eu_database import (
    Invalid,
    Known,
    Later,
    NotAllowed,
    Outcome,
    Stored,
    Taken,
    Unclear,
)
from amparo.errors import AmparoError, Denied
from amparo.ledger.forward.decisions import Held, Item, Sent, Settled
from amparo.ledger.forward.forwardings import Forwarding
from amparo.ledger.forward.pace import TOO_MANY_SECONDS, Pace
from amparo.ledger.outbound import http, retry_after
from amparo.ledger.outbound.http import Answer, Asker

MOST_IN_BATCH = 100
"""The EU's database takes as many in one call."""
SECONDS = 60.0
MOST_ANSWER_BYTES = 16 << 20
"""An answer repeats every text; a hundred of the longest have some 8 MiB."""
STUMBLES = 4
"""After so many 500 over one batch it is halved; a single statement is put aside for an hour."""
PATH = "/api/v1/statements"
_TOO_MANY = 429


class Caller:
    """Calls for one platform, on many threads; each keeps what became of its batch in `settled`."""

    def __init__(
        self, forwarding: Forwarding, asker: Asker, pace: Pace, note: Callable[[str], None]
    ) -> None:
        """`note` hears why nothing is taken just now; '' when that is over."""
        self._url = f"{forwarding.url}{PATH}"
        self._headers = headers(forwarding.token)
        self._asker = asker
        self._pace = pace
        self._note = note

    def settle(self, batch: Sequence[Item], settled: list[Settled]) -> None:
        """Call until each is settled, or it is the end; `Denied` when the token is not accepted."""
        stumbled = 0
        while batch and self._pace.turn():
            match answered := self._ask(batch):
                case Taken(stored):
                    batch = _keep_stored(batch, stored, settled)
                    if batch:
                        self._pace.failed()  # it is not what the address says it is
                case Invalid(reasons):
                    settled += [Held(batch[n], "refused", why) for n, why in reasons.items()]
                    batch = [item for n, item in enumerate(batch) if n not in reasons]
                case Known(puids) if any(item.puid in puids for item in batch):
                    batch = _keep_known(batch, puids, settled)
                case Known():
                    why = "it names PUIDs that were not sent"
                    return self._halve(batch, Held(batch[0], "refused", why), settled)
                case Unclear(why):
                    return self._halve(batch, Held(batch[0], "refused", why), settled)
                case NotAllowed(why):
                    raise _denied(why)
                case Later(why, may_be_stored, failed):
                    stumbled += failed
                    if may_be_stored:
                        batch = [item._replace(may_be_there=True) for item in batch]
                    if stumbled >= STUMBLES:
                        return self._halve(batch, Held(batch[0], "failing", why), settled)
                case _:
                    assert_never(answered)
        return None

    def _halve(self, batch: Sequence[Item], alone: Held, settled: list[Settled]) -> None:
        if len(batch) == 1:
            settled.append(alone)
            return
        middle = len(batch) // 2
        self.settle(batch[:middle], settled)
        self.settle(batch[middle:], settled)

    def _ask(self, batch: Sequence[Item]) -> Outcome:
        try:
            answer = self._asker.ask(
                "POST",
                self._url,
                eu_database.batch([item.body for item in batch]),
                headers=self._headers,
                seconds=SECONDS,
                most_bytes=MOST_ANSWER_BYTES,
            )
        except AmparoError as error:
            self._pace.failed()
            self._note(error.why)
            return Later(error.why, may_be_stored=True)
        found = eu_database.outcome(answer.status, answer.body, len(batch))
        if isinstance(found, Later):
            self._pace.failed(_asked_to_wait(answer))
            self._note(found.why)
        else:
            self._pace.worked()
            self._note("")
        return found


def headers(token: str) -> dict[str, str]:
    """What goes with each call; without `accept` a 422 would come as a redirect."""
    return {
        "authorization": f"Bearer {token}",
        "accept": "application/json",
        "content-type": "application/json",
    }


def asker_for(forwarding: Forwarding) -> Asker:
    """What asks the address that the operator named."""
    named = http.host_of(forwarding.url) if forwarding.private else None
    return Asker(named=named, proxy=http.proxy_for(forwarding.url))


def _asked_to_wait(answer: Answer) -> float | None:
    asked = retry_after.seconds(answer.headers.get("retry-after", ""), int(time.time()))
    return asked or (TOO_MANY_SECONDS if answer.status == _TOO_MANY else None)


def _keep_stored(
    batch: Sequence[Item], stored: Sequence[Stored], settled: list[Settled]
) -> Sequence[Item]:
    """Keep what is said to be stored; what of the batch is not among it is sent again."""
    by_puid = {item.puid: item for item in stored}
    left = []
    for item in batch:
        try:
            found = by_puid[item.puid]
            settled.append(Sent(item, UUID(found.uuid), stored_at(found.created_at)))
        except (KeyError, ValueError):
            left.append(item._replace(may_be_there=True))
    return left


def _keep_known(
    batch: Sequence[Item], puids: frozenset[str], settled: list[Settled]
) -> Sequence[Item]:
    now = int(time.time())
    for item in batch:
        if item.puid not in puids:
            continue
        if item.may_be_there:
            settled.append(Sent(item, None, now))
        else:
            settled.append(Held(item, "known", ""))
    return [item for item in batch if item.puid not in puids]


def stored_at(created_at: str) -> int:
    """A time of the EU's database as POSIX seconds."""
    return int(datetime.fromisoformat(created_at).replace(tzinfo=UTC).timestamp())


def _denied(why: str) -> Denied:
    return Denied(
        "The EU's database does not accept the token.",
        why=why,
        fix="Give it the new one with `amparo forward set NAME`, and ask whether the user may "
        "create statements there.",
    )
