"""Asking a platform's own state endpoint how things stand with a case.

There is nothing to read from it but that: decisions come by the platform's calls. Whatever is no
signed answer says nothing, and is asked for again an hour later.
"""

# SPDX-License-Identifier: Apache-2.0

import os
import time
from datetime import datetime
from typing import cast, get_args
from urllib.parse import urlencode

from amparo.case.events import InForce, RemedyStep
from amparo.case.read_back import Seen
from amparo.connectors import state_endpoint
from amparo.connectors.state_endpoint import Asked, Key, State
from amparo.errors import Denied, Missing, Text, Unavailable
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, read_back_turn
from amparo.ledger.connect.asking import ToWait
from amparo.ledger.connect.connections import Connection
from amparo.ledger.outbound import http, retry_after
from amparo.ledger.outbound.http import Asker
from amparo.storage.journal import Journal
from amparo.storage.node import Node

SECONDS = 20.0
SECONDS_BETWEEN = 3600
"""What is due is looked at by then, and sooner: this is when nothing is."""
_OK = 200


def key_of(node: Node, connection: Connection) -> Key:
    """By what the platform of a connection signs."""
    found = state_endpoint.settings(connection.config).key
    return found or secret_key(connections.secret_of(node, connection.name))


def secret_key(text: str) -> Key:
    """A secret that both sides know; `Denied` where it is none."""
    try:
        return Key(state_endpoint.bytes_of(text.strip(), state_endpoint.SECRET), is_public=False)
    except ValueError:
        raise Denied(
            "That is no secret of a state endpoint.",
            why=Text(
                "it is not whsec_ and base64 of at least {number} bytes",
                number=state_endpoint.LEAST_SECRET_BYTES,
            ),
            fix="Make one: echo whsec_$(head -c 32 /dev/urandom | base64)",
        ) from None


class StateEndpoint:
    """A platform's state endpoint; for one thread."""

    def __init__(self, connection: Connection, key: Key) -> None:
        """Nothing is asked yet."""
        self._address, self._key = connection.config.connector.address, key
        private = state_endpoint.settings(connection.config).private
        named = http.host_of(self._address) if private else None
        self._asker = Asker(named=named, proxy=http.proxy_for(self._address))

    def close(self) -> None:
        """Close what is open."""
        self._asker.close()

    def check(self) -> None:
        """Raise what keeps from asking: it answers, signed, that it does not know nobody's case."""
        if self._ask(state_endpoint.NOBODY) is not None:
            raise Unavailable(
                "The state endpoint does not answer as it should.",
                why="it knows a case that nobody has",
                fix="Answer that with `known` false; see docs/state-endpoint.md.",
            )

    def look(self, subject: str) -> Seen:
        """What can be seen of a case."""
        found = self._ask(subject)
        if found is None:
            raise Missing(
                "The platform's system does not know the case.",
                why="its state endpoint says `known` false",
                fix="The platform has to keep the case's number, as its 201 told it.",
            )
        for words, known in ((found.in_force, InForce), (found.done, RemedyStep)):
            unknown = sorted(set(words) - set(get_args(known)))
            if unknown:
                raise _unreadable(f"there is no word {unknown[0][:60]!r}")
        in_force = cast("tuple[InForce, ...]", tuple(dict.fromkeys(found.in_force)))
        return Seen(in_force, is_over=found.over, shows=frozenset(found.done))

    def _ask(self, case: str) -> State | None:
        asked = Asked(f"amparo-{os.urandom(16).hex()}", case)
        joint = "&" if "?" in self._address else "?"
        answer = self._asker.ask(
            "GET",
            f"{self._address}{joint}{urlencode({'case': case})}",
            headers={"accept": "application/json", "webhook-id": asked.name},
            seconds=SECONDS,
            most_bytes=state_endpoint.MOST_BYTES,
        )
        now = time.time()
        wanted = retry_after.seconds(answer.headers.get("retry-after", ""), int(now))
        if answer.status != _OK:
            if wanted is not None:
                raise ToWait(wanted)
            raise _unreadable(Text("it answered {status}", status=answer.status))
        try:
            return state_endpoint.read(asked, answer.headers, answer.body, key=self._key, now=now)
        except ValueError as error:
            raise _unreadable(str(error)) from None


class Turn:
    """A state endpoint in its turn: the looks that are due."""

    def __init__(self, node: Node, connection: Connection) -> None:
        self._endpoint = StateEndpoint(connection, key_of(node, connection))

    def take(self, journal: Journal, _: bytes, connection: Connection) -> int:
        """Make the looks; when it wants to be asked next, in POSIX seconds."""
        now: datetime = casework.now()
        read_back_turn.look_at_all(journal, connection, self._endpoint)
        with journal.transaction():
            connections.was_read(
                journal, connection, position="", newest="", now=int(now.timestamp())
            )
        return int(now.timestamp()) + SECONDS_BETWEEN

    def close(self) -> None:
        """Close what is open."""
        self._endpoint.close()


def _unreadable(why: str | Text) -> Unavailable:
    return Unavailable(
        "What the state endpoint answers cannot be used.",
        why=why,
        fix="See docs/state-endpoint.md; nothing is said of the case until then.",
    )
