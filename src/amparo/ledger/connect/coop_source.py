"""Callbacks of Coop go on the record as they come: Coop cannot be asked for them later."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Iterator
from datetime import datetime

from amparo.connectors import coop, coop_callback
from amparo.connectors.coop_callback import Action, AppealDecision
from amparo.connectors.record import Record
from amparo.errors import Malformed, Text, Unavailable
from amparo.ledger.connect import connections, coop_appeals, coop_remedies, ingest
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.coop_decisions import Actions, hidden
from amparo.ledger.connect.ingest import Unreadable
from amparo.ledger.connect.items import Digests
from amparo.record import event
from amparo.storage.journal import Journal


def take_callback(
    journal: Journal, secret: bytes, connection: Connection, body: bytes, now: datetime
) -> None:
    """Take one callback in, which was signed well: on the record, or into the trial.

    `Malformed` where it cannot be read, which is counted; `Unavailable` while it is paused.
    """
    try:
        found: Action | AppealDecision | None = coop_callback.read(body)
        why = ""
    except ValueError as error:
        found, why = None, str(error)
    with journal.transaction():
        connection = connections.find(journal, connection.name)
        if connection.state == "trial":
            records = as_trial([body], secret, connection, now)
            ingest.add_to_trial(journal, secret, connection, records)
        elif connection.state == "paused":
            raise Unavailable(
                Text("The connection {name} does not run.", name=connection.name),
                why="what comes now is not taken in",
                fix="Send it again once it runs.",
            )
        else:
            _take(journal, secret, connection, found, why, body, now)
    if found is None:
        raise Malformed(
            "This is no callback as Coop sends it.",
            why=why,
            fix="Pass on the body as it came, byte for byte.",
        )


def as_trial(
    bodies: Iterable[bytes], secret: bytes, connection: Connection, now: datetime
) -> Iterator[Record | Unreadable]:
    """Callbacks as records, as if each had come today, since none says when it was."""
    of, digests = coop.settings(connection.config), Digests(secret, connection)
    at = event.timestamp(now)
    for number, body in enumerate(bodies, 1):
        try:
            found = coop_callback.read(body)
        except ValueError as error:
            yield Unreadable(f"callback {number}", str(error))
            continue
        if not isinstance(found, Action) or of.meanings.get(found.action) == coop.LEFT_OUT:
            continue
        native_id = hidden(digests, coop.name(found.item, found.action, 1))
        if found.action in of.takes_back:
            yield coop.reversal(native_id, at, at)
        else:
            yield coop.decision(found, native_id, at, at, of)


def _take(
    journal: Journal,
    secret: bytes,
    connection: Connection,
    found: Action | AppealDecision | None,
    why: str,
    body: bytes,
    now: datetime,
) -> None:
    """Take it in while the connection runs, inside a transaction."""
    records: list[Record | Unreadable] = []
    if found is None:
        records = [Unreadable(f"callback, {event.timestamp(now)}", why)]
    elif isinstance(found, Action):
        made = Actions(journal, secret, connection, now).records(found, body)
        coop_remedies.were_taken_back(journal, secret, connection, made, now)
        records += made
    else:
        coop_appeals.take_decision(journal, connection, found, now)
    ingest.take_within(journal, secret, connection, records, now=now)
