"""The mail queue as the operator sees it: letters by what became of them, and one tried again.

Nobody's address is in it and no letter's text, nor the words of a mail server, which may repeat
both: only the code that it answered. Letters that wait are all in it; of those that left, the
newest `outbox.MOST_LOOKED_AT` of the outbox are looked at.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from amparo.errors import Missing, Period, Refused, Text
from amparo.ledger.outbound import outbox
from amparo.ledger.outbound.outbox import CLAIM_SECONDS, MOST_LOOKED_AT
from amparo.storage.journal import Journal

Standing = Literal["retrying", "queued", "delayed", "bounced", "refused"]
"""How a letter stands that has not simply been sent.

`retrying`: it was not taken yet, and is tried again; `queued`: nobody has tried yet; `delayed`: it
was taken, and is still on its way; `bounced`: it was taken and came back; `refused`: it was never
taken, and is not tried any more.
"""
PAGE = 50
MOST_AT_ONCE = 10_000
"""Letters that one step lets be tried again."""
ALL = 2**62
"""Above every number of a letter."""
_WAITING = "state = 'waiting' AND way = 'mail' AND recipient <> 'platform'"
_LATELY = (
    "way = 'mail' AND recipient <> 'platform' "
    f"AND id > (SELECT coalesce(max(id), 0) FROM outbox) - {MOST_LOOKED_AT}"
)
_THOSE: Mapping[Standing, str] = {
    "retrying": f"{_WAITING} AND why <> ''",
    "queued": f"{_WAITING} AND why = ''",
    "delayed": f"{_LATELY} AND state = 'delayed'",
    "bounced": f"{_LATELY} AND state = 'bounced'",
    "refused": f"{_LATELY} AND state = 'failed' AND why <> '{outbox.ERASED}'",
}
STANDINGS = tuple(_THOSE)
WAITING = frozenset[Standing]({"retrying", "queued"})


class Queued(NamedTuple):
    """A letter in the queue."""

    number: int
    kind: str
    recipient: str
    """A role in a case, as in `person`, or a seat, as in `seat 3`; never an address."""
    platform: int
    """0: it is of no platform."""
    made_at: int
    """POSIX seconds, as is `due`."""
    tries: int
    due: int
    """When one that waits is tried next."""
    code: str
    """What the mail server said last, as in `451 4.7.1`; empty where it said nothing."""

    @property
    def seat(self) -> int:
        """The number of the seat that it is for; 0: it is for somebody in a case."""
        return int(self.recipient.removeprefix("seat ")) if self.recipient[:5] == "seat " else 0


def counts(journal: Journal) -> dict[Standing, int]:
    """How many letters stand in each way."""
    return {
        standing: int(journal.db.execute(f"SELECT count(*) FROM outbox WHERE {those}").get)
        for standing, those in _THOSE.items()
    }


def is_partial(journal: Journal) -> bool:
    """Whether more has left than is looked at: those that did not arrive are counted in the rest.

    Letters that wait are all counted.
    """
    return int(journal.db.execute("SELECT coalesce(max(id), 0) FROM outbox").get) > MOST_LOOKED_AT


def letters(journal: Journal, standing: Standing, before: int = ALL) -> list[Queued]:
    """The newest `PAGE` letters that stand in a way, of those with a lower number than `before`."""
    rows = journal.db.execute(
        "SELECT id, kind, recipient, platform, made_at, tries, due, why FROM outbox "
        f"WHERE {_THOSE[standing]} AND id < ? ORDER BY id DESC LIMIT ?",
        (before, PAGE),
    ).fetchall()
    return [_queued(row) for row in rows]


def again(journal: Journal, number: int, now: int) -> None:
    """Let a letter be tried again now that waits to be; it counts as no try.

    Twice at once it would leave twice, so that one which may be on its way is left alone.
    `Missing` where no such letter waits, `Refused` where it is tried within minutes anyway.
    """
    with journal.transaction():
        if _bring_forward(journal, "id = ?", number, now):
            return
        waits = journal.db.execute(
            f"SELECT 1 FROM outbox WHERE {_THOSE['retrying']} AND id = ?", (number,)
        ).get
    if waits is None:
        raise Missing(
            Text("No letter {number} waits to be tried again.", number=str(number)),
            why="it has left, or is not tried any more, or there is none",
            fix="List them with `amparo mail list`.",
        )
    raise Refused(
        Text("Letter {number} is tried within minutes anyway.", number=str(number)),
        why="it may be on its way just now, and would leave twice",
        fix=Text("Look again in {period}.", period=Period(CLAIM_SECONDS // 60, "minutes")),
    )


def all_again(journal: Journal, now: int) -> int:
    """Let up to `MOST_AT_ONCE` letters be tried again now, the oldest first; how many."""
    oldest = (
        f"id IN (SELECT id FROM outbox WHERE {_THOSE['retrying']} AND due > {now + CLAIM_SECONDS} "
        "ORDER BY id LIMIT ?)"
    )
    with journal.transaction():
        return _bring_forward(journal, oldest, MOST_AT_ONCE, now)


def _bring_forward(journal: Journal, which: str, value: int, now: int) -> int:
    """How many letters are tried now; a letter on its way is due when its claim ends, or before."""
    rows = journal.db.execute(
        "UPDATE outbox SET due = ?, tries = CASE WHEN tries > 0 THEN tries - 1 ELSE 0 END "
        f"WHERE {_THOSE['retrying']} AND due > ? AND {which} RETURNING id",
        (now, now + CLAIM_SECONDS, value),
    ).fetchall()
    return len(rows)


def _queued(row: tuple[Any, ...]) -> Queued:
    number, kind, recipient, platform, made_at, tries, due, why = row
    if recipient.startswith("seat "):  # the language of whoever asked follows
        recipient = " ".join(recipient.split(" ")[:2])
    return Queued(number, kind, recipient, platform, made_at, tries, due, code=outbox.code_in(why))
