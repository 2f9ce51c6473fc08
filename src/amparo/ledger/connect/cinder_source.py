"""Webhooks of Cinder go on the record as they come: nothing is asked of Cinder.

Each decision has an id of its own, so that one which comes again, by a retry or by somebody who has
kept it, changes nothing. Cinder sends again what is not answered well: what cannot be read is
counted, and answered well.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Iterator
from datetime import datetime

from amparo.connectors import cinder
from amparo.connectors.record import Record
from amparo.errors import Text, Unavailable
from amparo.ledger.connect import connections, ingest
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.ingest import Unreadable
from amparo.record import event
from amparo.storage.journal import Journal


def take_webhook(
    journal: Journal, secret: bytes, connection: Connection, body: bytes, now: datetime
) -> None:
    """Take one webhook in, which was signed well: on the record, or into the trial.

    `Unavailable` while it is paused: Cinder sends it again.
    """
    place = f"webhook, {event.timestamp(now)}"
    with journal.transaction():
        connection = connections.find(journal, connection.name)
        found = list(_records([(place, body)], connection))
        if connection.state == "trial":
            ingest.add_to_trial(journal, secret, connection, found)
        elif connection.state == "paused":
            raise Unavailable(
                Text("The connection {name} does not run.", name=connection.name),
                why="what comes now is not taken in",
                fix="Send it again once it runs.",
            )
        else:
            ingest.take_within(journal, secret, connection, found, now=now)


def as_trial(bodies: Iterable[bytes], connection: Connection) -> Iterator[Record | Unreadable]:
    """Webhooks that came before, as records."""
    places = ((f"webhook {number}", body) for number, body in enumerate(bodies, 1))
    return _records(places, connection)


def _records(
    bodies: Iterable[tuple[str, bytes]], connection: Connection
) -> Iterator[Record | Unreadable]:
    of = cinder.settings(connection.config)
    for place, body in bodies:
        try:
            yield from cinder.records(body, of)
        except ValueError as error:
            yield Unreadable(place, str(error))
