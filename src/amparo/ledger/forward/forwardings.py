"""Which platforms' statements go on to the EU's database: set up, paused, resumed, how they fare.

One row a platform. The token lies beside it in the journal, as a webhook's secret does, and is
never shown. `upto` is how far it has come: each decision below it is settled.
"""

# SPDX-License-Identifier: Apache-2.0

from contextlib import suppress
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from amparo.errors import Malformed, Missing, Refused
from amparo.ledger.log import moments
from amparo.ledger.log.platforms import Platform
from amparo.record import address
from amparo.record.event import moment
from amparo.storage.journal import Journal

PRODUCTION = "https://transparency.dsa.ec.europa.eu"
RATE = 3000
MOST_RATE = 12_000
"""Calls a minute: what is usual here, and what the EU's database takes from one user at most."""
_NEAR = 10_000
"""Entries among which the oldest decision that waits is looked for: it is asked at each look."""

State = Literal["active", "paused", "denied"]
"""`denied`: the database does not accept the token, or not for this; it waits for the operator."""


class Forwarding(NamedTuple):
    """One platform's, as it stands."""

    platform: int
    url: str
    token: str
    private: bool
    named: str
    rate: int
    state: State
    why: str
    upto: int
    sending: int
    sent: int
    left_out: int
    worker: str
    begun_at: int
    sent_at: int

    def __repr__(self) -> str:
        return f"Forwarding(platform={self.platform}, url={self.url!r}, state={self.state!r})"


class Counted(NamedTuple):
    """How many of a platform's decisions stand where."""

    held: dict[str, int]
    """Those put aside: state -> how many."""
    different: int
    """Missing from the public dump, or altered in it."""


class Lag(NamedTuple):
    """What is still to be sent."""

    entries: int
    """Entries of the log that were not looked at yet, whoever they belong to."""
    since: str
    """When the oldest decision of the platform among them was issued; '' where none is near."""


def set_up(
    journal: Journal,
    platform: Platform,
    *,
    url: str,
    token: str,
    first: int,
    named: str = "",
    rate: int | None = None,
    private: bool = False,
    now: int,
) -> None:
    """Begin with the decision at `first`; of one that is set up change token, and what is given.

    `rate`: calls a minute, `RATE` unless one is given. `private` allows an address in a private
    network from now on. `Refused` for another address: what one database took says nothing about
    the other.
    """
    if platform.demo:
        raise Refused(
            "The demonstration's decisions are made up.",
            why="the EU's database is for real ones",
            fix="Name a platform that was added with `amparo platform add`.",
        )
    _check_token(token)
    with journal.transaction():
        there = find(journal, platform.id)
        private = private or (there is not None and there.private)
        url = _checked_url(url, private=private)
        if there is None:
            row = (url, token, int(private), named or platform.slug, rate or RATE, first, now)
            journal.db.execute(
                "INSERT INTO forwarding VALUES "
                "(?1, ?2, ?3, ?4, ?5, ?6, 'active', '', ?7, ?7, 0, 0, '', ?8, 0)",
                (platform.id, *row),
            )
            return
        if there.url != url:
            raise Refused(
                f"The statements of {platform.name} go to another address.",
                why=f"they go to {there.url}; what that database took is not in another one",
                fix="Remove it first with `amparo forward remove`, then set it up anew.",
            )
        journal.db.execute(
            "UPDATE forwarding SET token = ?, named = ?, rate = ?, private = ?, "
            "state = CASE state WHEN 'denied' THEN 'active' ELSE state END, "
            "why = CASE state WHEN 'denied' THEN '' ELSE why END WHERE platform = ?",
            (token, named or there.named, rate or there.rate, int(private), platform.id),
        )


def every(journal: Journal) -> list[Forwarding]:
    """All that are set up."""
    rows = journal.db.execute(f"SELECT {_COLUMNS} FROM forwarding ORDER BY platform").fetchall()
    return [_forwarding(row) for row in rows]


def find(journal: Journal, platform: int) -> Forwarding | None:
    """A platform's, if it is set up."""
    row = journal.db.execute(
        f"SELECT {_COLUMNS} FROM forwarding WHERE platform = ?", (platform,)
    ).fetchone()
    return None if row is None else _forwarding(row)


def of_platform(journal: Journal, platform: Platform) -> Forwarding:
    """A platform's; `Missing` where it is not set up."""
    if (found := find(journal, platform.id)) is None:
        raise Missing(
            f"The statements of {platform.name} go to no database of the EU.",
            why="nothing is set up",
            fix="Set it up with `amparo forward set NAME`.",
        )
    return found


def pause(journal: Journal, platform: int) -> None:
    """Send nothing until `resume`; what is on its way may still arrive."""
    _move(journal, platform, "paused")


def resume(journal: Journal, platform: int) -> None:
    """Go on from where it stopped."""
    _move(journal, platform, "active")


def remove(journal: Journal, platform: int) -> None:
    """Forget the address, the token, and what became of each statement."""
    with journal.transaction():
        for table in (
            "forwarding",
            "forwarded",
            "forward_held",
            "forward_compared",
            "forward_difference",
        ):
            journal.db.execute(f"DELETE FROM {table} WHERE platform = ?", (platform,))


def pause_restored(journal: Journal) -> None:
    """After a restore, inside a transaction: what came after the backup may have been sent.

    So all of it counts as perhaps sent, and nothing goes out before the operator has looked.
    """
    journal.db.execute(
        "UPDATE forwarding SET state = 'paused', why = 'restored from a backup', sending = ?",
        (journal.size(),),
    )
    journal.db.execute("UPDATE forward_held SET may_be_there = 1 WHERE state <> 'known'")


def counted(journal: Journal, platform: int) -> Counted:
    """How many stand where; it reads an index, and no decision."""
    by_state: list[tuple[Any, ...]] = journal.db.execute(
        "SELECT state, count(*) FROM forward_held WHERE platform = ? GROUP BY state", (platform,)
    ).fetchall()
    return Counted(
        {str(state): int(number) for state, number in by_state},
        int(
            journal.db.execute(
                "SELECT count(*) FROM forward_difference WHERE platform = ?", (platform,)
            ).get
        ),
    )


def lag(journal: Journal, forwarding: Forwarding) -> Lag:
    """What is still to be sent."""
    row = journal.db.execute(
        "SELECT leaf FROM event WHERE seq >= ? AND seq < ? AND platform = ? AND n = 1 "
        "ORDER BY seq LIMIT 1",
        (forwarding.upto, forwarding.upto + _NEAR, forwarding.platform),
    ).fetchone()
    since = "" if row is None else moments.made_at(bytes(row[0]))
    return Lag(max(0, journal.size() - forwarding.upto), since)


def seconds(at: str) -> int:
    """A leaf's time as POSIX seconds."""
    return int(moment(at).timestamp())


_COLUMNS = ", ".join(Forwarding._fields)


def _forwarding(row: tuple[Any, ...]) -> Forwarding:
    found = Forwarding(*row)
    return found._replace(private=bool(found.private))


def _move(journal: Journal, platform: int, state: State) -> None:
    with journal.transaction():
        journal.db.execute(
            "UPDATE forwarding SET state = ?, why = '' WHERE platform = ?", (state, platform)
        )


def _checked_url(url: str, *, private: bool) -> str:
    schemes = ("https", "http") if private else ("https",)
    with suppress(ValueError):  # half an IPv6 address, a port that is none
        place = urlsplit(url)
        bare = not (place.path.strip("/") or place.query or place.fragment)
        if address.is_sound(url) and place.scheme in schemes and place.hostname and bare:
            return f"{place.scheme}://{place.netloc}"
    raise Malformed(
        "That is no address of the EU's database.",
        why=f"got {url[:80]!r}",
        fix=f"Give its beginning alone, as in {PRODUCTION}; the one for tests is told to you when "
        "your platform is admitted.",
    )


def _check_token(token: str) -> None:
    if not (token.isascii() and token.isprintable() and token and " " not in token):
        raise Malformed(
            "That is no token.",
            why="a token is one word of printable ASCII",
            fix="Copy it from your profile in the EU's database, as in 12|ybqkCFX7Z….",
        )
