"""When a source is asked next, by which process, and what of it is to be looked at first.

However many processes serve, one at a time asks a source: it holds the turn for some minutes, and
whoever dies loses it by that. A source that fails is asked again later, twice as late each time.
"""

# SPDX-License-Identifier: Apache-2.0

import time

from amparo.ledger.connect.connections import Connection
from amparo.storage.journal import Journal

HOLD_SECONDS = 600
FIRST_WAIT_SECONDS = 30
MOST_WAIT_SECONDS = 3600
MOST_LOOKS = 10_000
"""Webhooks of so many accounts can wait; of more, the lists are read instead."""


def is_due(journal: Journal, connection: Connection, now: int) -> bool:
    """Whether a source is to be asked, and nobody does."""
    row = journal.db.execute(
        "SELECT due, held_till, failures FROM connector_poll WHERE connector = ?", (connection.id,)
    ).fetchone()
    if row is None:
        return True
    due, held_till, failures = row
    if held_till > now:
        return False
    if due <= now:
        return True
    # What is to be looked at waits for nothing but the end of a failure.
    return not failures and has_looks(journal, connection.id, now)


def has_looks(journal: Journal, connection: int, now: int) -> bool:
    """Whether a webhook came, or a remedy is to be carried out or read back."""
    found = journal.db.execute(
        "SELECT EXISTS (SELECT 1 FROM connector_look WHERE connector = ?1) "
        "OR EXISTS (SELECT 1 FROM read_back WHERE connector = ?1 AND due <= ?2) "
        "OR EXISTS (SELECT 1 FROM write_back WHERE connector = ?1 AND due <= ?2)",
        (connection, now),
    ).get
    return bool(found)


def take_turn(journal: Journal, connection: Connection, now: int) -> bool:
    """Hold the turn; False where somebody else does."""
    with journal.transaction():
        if not is_due(journal, connection, now):
            return False
        _set(journal, connection.id, held_till=now + HOLD_SECONDS)
    return True


def hold_on(journal: Journal, connection: Connection, now: int) -> None:
    """Keep the turn of whoever has it for as long again, inside a transaction: it goes on."""
    journal.db.execute(
        "UPDATE connector_poll SET held_till = ?1 + ?2 WHERE connector = ?3 AND held_till > ?1",
        (now, HOLD_SECONDS, connection.id),
    )


def keep_turn(journal: Journal, connection: Connection, now: int) -> None:
    """The same, between two things of a turn that takes long and puts nothing on the record."""
    with journal.transaction():
        hold_on(journal, connection, now)


def went_well(journal: Journal, connection: Connection, due: int) -> None:
    """Give the turn back; the source is asked again at `due`."""
    with journal.transaction():
        _set(journal, connection.id, due=due, held_till=0, failures=0)


def rest(journal: Journal, connection: Connection, until: int) -> None:
    """Nobody asks the source until then: it works, and says when it takes calls again."""
    with journal.transaction():
        _set(journal, connection.id, due=until, held_till=until, failures=0)


def has_failed(journal: Journal, connection: Connection, now: int) -> None:
    """Give the turn back after a failure: the next one is later each time."""
    with journal.transaction():
        failures = int(
            journal.db.execute(
                "SELECT failures FROM connector_poll WHERE connector = ?", (connection.id,)
            ).get
            or 0
        )
        wait = min(FIRST_WAIT_SECONDS << min(failures, 10), MOST_WAIT_SECONDS)
        _set(journal, connection.id, due=now + wait, held_till=0, failures=failures + 1)


def note(journal: Journal, connection: Connection, subject: str, now: int) -> None:
    """Look at something soon, inside a transaction: a webhook says that it has changed."""
    waiting = journal.db.execute(
        "SELECT count(*) FROM (SELECT 1 FROM connector_look WHERE connector = ? LIMIT ?) AS few",
        (connection.id, MOST_LOOKS),
    ).get
    if int(waiting) >= MOST_LOOKS:
        _set(journal, connection.id, due=now)
        return
    journal.db.execute(
        "INSERT INTO connector_look SELECT id, ?2, ?3 FROM connector WHERE id = ?1 "
        "ON CONFLICT (connector, subject) DO UPDATE SET noted_at = excluded.noted_at",
        (connection.id, subject, time.time_ns()),
    )


def looks(journal: Journal, connection: int, *, most: int) -> list[tuple[str, int]]:
    """What is to be looked at, and when that was noted; the oldest first."""
    return journal.db.execute(
        "SELECT subject, noted_at FROM connector_look WHERE connector = ? "
        "ORDER BY noted_at, subject LIMIT ?",
        (connection, most),
    ).fetchall()


def was_looked_at(journal: Journal, connection: int, subject: str, noted_at: int) -> None:
    """It was; unless somebody has noted it once more meanwhile."""
    with journal.transaction():
        journal.db.execute(
            "DELETE FROM connector_look WHERE connector = ? AND subject = ? AND noted_at = ?",
            (connection, subject, noted_at),
        )


def _set(journal: Journal, connection: int, **values: int) -> None:
    journal.db.execute(
        # Of one that was removed nothing is kept: the next connection gets its number.
        "INSERT INTO connector_poll SELECT id, 0, 0, 0 FROM connector WHERE id = ? "
        "ON CONFLICT (connector) DO NOTHING",
        (connection,),
    )
    changes = ", ".join(f"{name} = ?" for name in values)
    journal.db.execute(
        f"UPDATE connector_poll SET {changes} WHERE connector = ?", (*values.values(), connection)
    )
