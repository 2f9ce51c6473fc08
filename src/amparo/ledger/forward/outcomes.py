"""What became of each decision, in the journal: kept with how far its platform has come.

Before a window is sent, its end is written down: whatever stops the process, the next one knows
which decisions the EU's database may have. What came of a window is kept in a commit of its own,
with how far its platform has come by it; the mark of the next is another one, just before that
leaves, so that nothing counts as perhaps sent that was not.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

from amparo.errors import Missing, Refused, Text, Unavailable
from amparo.ledger.forward import forwardings
from amparo.ledger.forward.decisions import Held, Sent, Settled, Window
from amparo.ledger.forward.forwardings import Forwarding
from amparo.record import sealing
from amparo.storage.database import upsert
from amparo.storage.journal import Journal, LogEntry

AGAIN_SECONDS = 3600
"""After so long a statement that the database stumbles over is sent again."""
MOST_ASIDE = 100
ROWS_AT_ONCE = 1000
STATES = ("refused", "known", "failing", "again")
"""Of those put aside that somebody may still have to do with."""
Answer = Literal["again", "sent", "never"]
"""What a person says of one that was put aside."""


class Superseded(Unavailable):
    """Another process sends for this platform by now."""


class Aside(NamedTuple):
    """A decision that was put aside."""

    seq: int
    state: str
    why: str
    may_be_there: bool
    at: int
    due: int


class Named(NamedTuple):
    """How people know a decision."""

    puid: str
    """Empty where it is erased."""
    case: UUID


class Became(NamedTuple):
    """What became of one decision."""

    state: str
    """`sent`, `waiting`, or one of those that are put aside."""
    uuid: bytes | None
    why: str
    at: int
    """0: nothing yet."""


def claim(journal: Journal, platform: int, worker: str) -> Forwarding | None:
    """Be the one who sends for a platform, from now on; how it stands."""
    with journal.transaction():
        journal.db.execute(
            "UPDATE forwarding SET worker = ? WHERE platform = ?", (worker, platform)
        )
    return forwardings.find(journal, platform)


def mark(journal: Journal, mine: Forwarding, window: Window) -> None:
    """This window is sent now; inside a transaction."""
    change = "sending = CASE WHEN sending < ? THEN ? ELSE sending END"
    _update(journal, mine, change, (window.end, window.end))


def keep(
    journal: Journal, mine: Forwarding, window: Window, settled: Sequence[Settled], now: int
) -> None:
    """Keep what became of a window; inside a transaction. One that ended early is begun again."""
    _keep_each(journal, mine, settled, now)
    if len(settled) == len(window.items):
        _update(journal, mine, "upto = ?, left_out = left_out + ?", (window.end, window.left_out))


def keep_aside(
    journal: Journal,
    mine: Forwarding,
    settled: Sequence[Settled],
    gone: Sequence[int],
    now: int,
) -> None:
    """Keep what became of those that had been put aside; inside a transaction.

    `gone`: those that cannot be sent any more, since their texts are erased.
    """
    seqs = {outcome.item.seq for outcome in settled} | set(gone)
    journal.db.executemany(
        "DELETE FROM forward_held WHERE seq = ?", [(seq,) for seq in sorted(seqs)]
    )
    _keep_each(journal, mine, settled, now)
    _update(journal, mine, "left_out = left_out + ?", (len(gone),))


def due(journal: Journal, platform: int, now: int) -> list[Aside]:
    """Those put aside that are to be sent again now."""
    query = f"{_ASIDE} WHERE platform = ? AND due > 0 AND due <= ? ORDER BY due, seq LIMIT ?"
    return list(map(_aside, journal.db.execute(query, (platform, now, MOST_ASIDE))))


def mark_aside(journal: Journal, mine: Forwarding, asides: Sequence[Aside]) -> None:
    """These are sent now; inside a transaction."""
    _update(journal, mine, "worker = worker", ())
    journal.db.executemany(
        "UPDATE forward_held SET may_be_there = 1 WHERE seq = ?",
        [(outcome.seq,) for outcome in asides],
    )


def aside(journal: Journal, platform: int) -> Iterator[Aside]:
    """What waits for a person, and what fails; the newest first, and never all in memory."""
    with journal.db.snapshot():
        for rows in journal.db.stream(_waiting(platform), ROWS_AT_ONCE):
            yield from map(_aside, rows)


def newest_aside(journal: Journal, platform: int, most: int) -> list[Aside]:
    """The first of those."""
    return list(map(_aside, journal.db.execute(f"{_waiting(platform)} LIMIT ?", (most,))))


def named(journal: Journal, seq: int) -> Named:
    """How people know the decision at an entry."""
    entry = journal.event(seq)
    if entry is None:
        raise Missing(
            "There is no such entry.", why=Text("none is at {seq}", seq=seq), fix="Look again."
        )
    puid = "" if entry.opening is None else sealing.unpack(entry.opening).puid
    return Named(puid, entry.case)


def became(journal: Journal, seq: int) -> Became:
    """What became of the decision at an entry."""
    row = journal.db.execute(
        "SELECT 'sent', uuid, '', at FROM forwarded WHERE seq = ?1 "
        "UNION ALL SELECT state, NULL, why, at FROM forward_held WHERE seq = ?1",
        (seq,),
    ).fetchone()
    return Became("waiting", None, "", 0) if row is None else Became(*row)


def is_sent(journal: Journal, seq: int) -> bool:
    """Whether the EU's database has the decision at an entry, as it says."""
    return became(journal, seq).state == "sent"


def copy_of(journal: Journal, entry: LogEntry) -> str:
    """Where a decision's copy in the EU's database is; '' where it was not sent there."""
    found, there = became(journal, entry.seq), forwardings.find(journal, entry.platform)
    if found.state != "sent" or there is None:
        return ""
    if found.uuid is None:
        return f"{there.url} (its number there is not known; this case here: {entry.case})"
    return permalink(there.url, found.uuid)


def permalink(url: str, uuid: bytes) -> str:
    """The page of a statement in the EU's database."""
    return f"{url}/statement/{UUID(bytes=bytes(uuid))}"


def decide(journal: Journal, platform: int, seq: int, answer: Answer, now: int) -> None:
    """What a person says of one that was put aside; `Missing` when it is none any more."""
    with journal.transaction():
        row = journal.db.execute(
            "SELECT state FROM forward_held WHERE platform = ? AND seq = ?", (platform, seq)
        ).get
        if row is None:
            raise Missing(
                "This statement is not put aside.",
                why="it was sent meanwhile, or somebody else has answered",
                fix="Look at the list again.",
            )
        if answer == "sent" and row != "known":
            raise Refused(
                "This statement is not in the EU's database.",
                why="the database refused it",
                fix="Let it be sent again, or never.",
            )
        if answer == "again":
            journal.db.execute(
                "UPDATE forward_held SET state = 'again', due = ? WHERE seq = ?", (now, seq)
            )
        elif answer == "never":
            journal.db.execute(
                "UPDATE forward_held SET state = 'never', due = 0, at = ? WHERE seq = ?",
                (now, seq),
            )
        else:
            journal.db.execute("DELETE FROM forward_held WHERE seq = ?", (seq,))
            journal.db.insert_many("forwarded", [(seq, platform, None, now)])
            journal.db.execute(
                "UPDATE forwarding SET sent = sent + 1 WHERE platform = ?", (platform,)
            )


def decide_all(
    journal: Journal, platform: int, state: str, answer: Literal["again", "never"], now: int
) -> int:
    """The same of all that were put aside in one state; how many."""
    due = now if answer == "again" else 0
    with journal.transaction():
        return len(
            journal.db.execute(
                "UPDATE forward_held SET state = ?, due = ? WHERE platform = ? AND state = ? "
                "RETURNING seq",
                (answer, due, platform, state),
            ).fetchall()
        )


def tell(journal: Journal, mine: Forwarding, why: str) -> None:
    """Say why nothing is taken just now; '' when it is."""
    with journal.transaction():
        _update(journal, mine, "why = ?", (why,))


def deny(journal: Journal, mine: Forwarding, why: str) -> None:
    """The token is not accepted: nothing more is sent until the operator gives another."""
    with journal.transaction():
        _update(journal, mine, "state = 'denied', why = ?", (why,))


def _keep_each(journal: Journal, mine: Forwarding, settled: Sequence[Settled], now: int) -> None:
    platform = mine.platform
    sent = [outcome for outcome in settled if isinstance(outcome, Sent)]
    held = [outcome for outcome in settled if isinstance(outcome, Held)]
    journal.db.insert_many(
        "forwarded",
        [
            (outcome.item.seq, platform, outcome.uuid.bytes if outcome.uuid else None, outcome.at)
            for outcome in sorted(sent)
        ],
        otherwise="ON CONFLICT (seq) DO NOTHING",
    )
    for outcome in held:
        upsert(
            journal.db,
            "forward_held",
            ("seq",),
            {
                "seq": outcome.item.seq,
                "platform": platform,
                "state": outcome.state,
                "why": outcome.why,
                "may_be_there": int(outcome.state == "failing"),
                "at": now,
                "due": now + AGAIN_SECONDS if outcome.state == "failing" else 0,
            },
        )
    if sent:
        _update(journal, mine, "sent = sent + ?, sent_at = ?, why = ''", (len(sent), now))


def _update(journal: Journal, mine: Forwarding, change: str, values: tuple[Any, ...]) -> None:
    journal.db.execute(
        f"UPDATE forwarding SET {change} WHERE platform = ? AND worker = ?",
        (*values, mine.platform, mine.worker),
    )
    if journal.db.changes() != 1:
        raise Superseded(
            "Another process sends this platform's statements.",
            why="it began later, or the forwarding was removed",
            fix="Let it; what was sent is known again by its PUID.",
        )


_ASIDE = "SELECT seq, state, why, may_be_there, at, due FROM forward_held"


def _waiting(platform: int) -> str:
    return f"{_ASIDE} WHERE platform = {platform:d} AND state <> 'never' ORDER BY at DESC, seq DESC"


def _aside(row: tuple[Any, ...]) -> Aside:
    found = Aside(*row)
    return found._replace(may_be_there=bool(found.may_be_there))
