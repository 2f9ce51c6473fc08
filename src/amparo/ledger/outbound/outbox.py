"""The outbox: notices to persons by mail, orders to platforms by signed webhook, with retries.

A row is written in the transaction of the event it tells of, and holds no address: that is looked
up when it leaves, so that erasing a contact also stops what was still to be sent. A delivery that
fails is retried, later and later, over restarts; it may arrive twice, but is not lost.

Rows are taken by way (mail or webhook) and by platform, so that whoever sends can give each of them
its turn (`delivery_thread`).
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

from amparo.case.notify import ONE_A_DAY, Notice
from amparo.case.state import Case
from amparo.storage.database import upsert
from amparo.storage.journal import Journal

Way = Literal["mail", "webhook"]
WAYS: tuple[Way, ...] = ("mail", "webhook")
RETRY_SECONDS = (60, 300, 1800, 7200, 21_600, 86_400, 86_400, 86_400)
SIGN_IN_RETRY_SECONDS = (5, 30, 120, 300)
"""Whoever waits for a link asks for another one soon."""
KEEP_SECONDS = sum(RETRY_SECONDS)
"""For how long something may wait that is told again and again to come later."""
CLAIM_SECONDS = 300
SIGN_IN = "sign_in"
NEWS = "news"
"""To whoever speaks for people: something happened in one of their cases."""
LEADS_PROPOSED = "leads_proposed"
"""To a desk: an organisation has proposed lead cases among those whom it speaks for."""
NOBODY = 0
"""The platform of what belongs to none, and the seat of an address that has none."""
_NO_CASE = bytes(16)
_DAY_SECONDS = 86_400
_SEAT = "seat "


class Waiting(NamedTuple):
    """One notice that is to leave."""

    id: int
    case: UUID
    recipient: str
    kind: str
    link: bytes | None
    made_at: int
    tries: int
    platform: int

    @property
    def seat(self) -> int | None:
        """The number of the seat at a desk or a panel that it is for, if it is for one."""
        is_for_one = self.recipient.startswith(_SEAT)
        return int(self.recipient.split(" ")[1]) if is_for_one else None

    @property
    def language(self) -> str:
        """That in which the seat's mail was asked for; empty where it was not."""
        return "".join(self.recipient.split(" ")[2:]) if self.seat is not None else ""


State = Literal["queued", "sent", "delayed", "refused", "bounced", "erased"]
"""What became of a mail. `refused`: it was never taken; `erased`: nor was it to leave any more."""
_STATES: dict[str, State] = {
    "waiting": "queued",
    "sent": "sent",
    "delayed": "delayed",
    "failed": "refused",
    "bounced": "bounced",
}
MOST_SHOWN = 100
MOST_LOOKED_AT = 20_000
MOST_CASES = 20
"""Of one address, that are looked for at once."""
_CODE = re.compile(
    r"(?:(?<=^)|(?<= ))(?:[45][0-9]{2}(?: [45]\.[0-9]{1,3}\.[0-9]{1,3})?|[45](?:\.[0-9]{1,3}){2})"
    r"(?=$|[ )])"
)
ERASED = "erased"
"""Why it is not sent of which the address was erased."""
_LOST = "way = 'mail' AND recipient <> 'platform' AND state IN ('failed', 'bounced') AND why <> ?"


class Mailed(NamedTuple):
    """A mail of a case, and what became of it."""

    kind: str
    recipient: str
    made_at: int
    state: State
    code: str
    """What the mail server said last, as in `550 5.1.1`; empty where it took it, or was silent.

    Its own words may repeat the person's address, and stay here.
    """


class Delivered(NamedTuple):
    """A notice to a platform's webhook, and what became of it."""

    kind: str
    made_at: int
    state: str
    """Of `waiting`, `sent`, `failed`."""
    due: int
    """When a waiting one is tried next."""
    why: str
    """Why it was not taken; empty where it was."""


class Contact(NamedTuple):
    """How somebody can be reached."""

    email: str
    language: str


def put(
    journal: Journal,
    case_id: UUID,
    platform: int,
    case: Case,
    notices: Sequence[Notice],
    *,
    due: int,
) -> None:
    """Queue notices, inside a transaction; to whom cannot be reached nothing is queued."""
    for notice in notices:
        role = case.complainant or "person" if notice.to == "complainant" else notice.to
        if not _reachable(journal, case_id, platform, role):
            continue
        at: int | None = due
        if notice.kind in ONE_A_DAY and case.interim_order is not None:
            ordered = int(case.interim_order.at.timestamp())
            at = _next_of_the_day(journal, case_id, role, since=ordered, now=due)
        if at is not None:
            _insert(journal, case_id, role, notice.kind, None, at)


def _next_of_the_day(
    journal: Journal, case_id: UUID, role: str, *, since: int, now: int
) -> int | None:
    """When the next letter in `ONE_A_DAY` may leave; None where one waits for that already.

    One that waits for its day is made then: what it says is looked up when it leaves.
    """
    kinds = ", ".join("?" * len(ONE_A_DAY))
    of_them = (case_id.bytes, role, *ONE_A_DAY)
    rows = journal.db.execute(
        "SELECT made_at FROM outbox WHERE case_id = ? AND recipient = ? "
        f"AND kind IN ({kinds}) AND NOT (state = 'failed' AND why = ?)",
        (*of_them, ERASED),  # what was for an address that is erased reaches nobody, now or later
    ).fetchall()
    made = [int(row[0]) for row in rows]
    last = max((at for at in made if since <= at <= now), default=now - _DAY_SECONDS)
    next_one = max(now, last + _DAY_SECONDS)
    if max(made, default=now) <= now:
        return next_one
    journal.db.execute(  # an order since then is answered at once
        "UPDATE outbox SET made_at = ?, due = ? WHERE case_id = ? AND recipient = ? "
        f"AND kind IN ({kinds}) AND made_at > ? AND state = 'waiting'",
        (next_one, next_one, *of_them, now),
    )
    return None


def put_with_link(
    journal: Journal, case_id: UUID, role: str, kind: str, link: bytes, *, now: int
) -> None:
    """Queue a notice that carries a recourse link (`case.links.new`), inside a transaction."""
    _insert(journal, case_id, role, kind, link, now)


def carry(journal: Journal, notice: Waiting, link: bytes) -> None:
    """Let a mail that waits carry a link, inside a transaction."""
    journal.db.execute("UPDATE outbox SET link = ? WHERE id = ?", (link, notice.id))


def cases_of(journal: Journal, email: str) -> list[tuple[UUID, str]]:
    """The newest cases in which an address was left, each with the role of whoever left it."""
    rows = journal.db.execute(
        "SELECT case_id, role FROM contact WHERE lower(email) = lower(?) "
        "ORDER BY case_id DESC LIMIT ?",
        (email, MOST_CASES),
    )
    return [(UUID(bytes=bytes(row[0])), str(row[1])) for row in rows]


def was_put(journal: Journal, case_id: UUID, role: str, kind: str, *, since: int) -> bool:
    """Whether a mail of a kind was queued for a role in a case since a moment."""
    query = (
        "SELECT 1 FROM outbox WHERE case_id = ? AND recipient = ? AND kind = ? AND made_at > ? "
        "LIMIT 1"
    )
    return journal.db.execute(query, (case_id.bytes, role, kind, since)).get is not None


def put_for_seat(
    journal: Journal, seat: int, kind: str, *, now: int, platform: int = NOBODY, language: str = ""
) -> None:
    """Queue a mail to whoever has a seat; inside a transaction. `NOBODY`: it will be dropped.

    `language`: that of whoever asked for it, where somebody did.

    Whether an address has a seat is not to be seen in what it takes to ask for a link: what is
    queued is the same either way.
    """
    journal.db.execute(
        "INSERT INTO outbox (case_id, recipient, kind, made_at, due, platform, way) "
        "VALUES (?, ?, ?, ?, ?, ?, 'mail')",
        (_NO_CASE, f"{_SEAT}{seat} {language}".strip(), kind, now, now, platform),
    )


def put_news(journal: Journal, seat: int, *, now: int) -> None:
    """Queue one mail to a seat about whatever is new, inside a transaction; one waits at most."""
    waits = journal.db.execute(
        "SELECT 1 FROM outbox WHERE state = 'waiting' AND way = 'mail' AND platform = ? "
        "AND recipient = ? AND kind = ? LIMIT 1",
        (NOBODY, f"{_SEAT}{seat}", NEWS),
    ).get
    if waits is None:
        put_for_seat(journal, seat, NEWS, now=now)


def platforms_waiting(journal: Journal, way: Way) -> list[int]:
    """Whose notices wait, each named once; reads one row of the index for each."""
    rows = journal.db.execute(_PLATFORMS, (way,)).fetchall()
    return [int(row[0]) for row in rows]


def take(journal: Journal, now: int, way: Way, platform: int) -> Waiting | None:
    """Claim the notice of a platform that is due first; a claim ends when its sender dies."""
    with journal.transaction():
        row: tuple[Any, ...] | None = journal.db.execute(
            "SELECT id, case_id, recipient, kind, link, made_at, tries, platform FROM outbox "
            "WHERE state = 'waiting' AND way = ? AND platform = ? AND due <= ? "
            "ORDER BY due, id LIMIT 1",
            (way, platform, now),
        ).fetchone()
        if row is None:
            return None
        journal.db.execute("UPDATE outbox SET due = ? WHERE id = ?", (now + CLAIM_SECONDS, row[0]))
    return Waiting(row[0], UUID(bytes=bytes(row[1])), *row[2:])


def sent(journal: Journal, notice: Waiting) -> None:
    """It was taken: what it carried is forgotten."""
    journal.db.execute(
        "UPDATE outbox SET state = 'sent', link = NULL, why = '' WHERE id = ?", (notice.id,)
    )


def letter(journal: Journal, number: int) -> Waiting | None:
    """A mail to somebody in a case, whatever became of it."""
    row: tuple[Any, ...] | None = journal.db.execute(
        "SELECT id, case_id, recipient, kind, link, made_at, tries, platform FROM outbox "
        "WHERE id = ? AND way = 'mail' AND recipient <> 'platform' AND case_id <> ?",
        (number, _NO_CASE),
    ).fetchone()
    return None if row is None else Waiting(row[0], UUID(bytes=bytes(row[1])), *row[2:])


def state(journal: Journal, letter: Waiting) -> State:
    """What became of a mail."""
    query = "SELECT state, why FROM outbox WHERE id = ?"
    return _state(*journal.db.execute(query, (letter.id,)).fetchall()[0])


def mailed(journal: Journal, case_id: UUID, role: str = "%") -> list[Mailed]:
    """The newest mails of a case, to one role or to all; the oldest of them comes first."""
    rows = journal.db.execute(
        "SELECT kind, recipient, made_at, state, why FROM outbox WHERE case_id = ? "
        "AND way = 'mail' AND recipient <> 'platform' AND recipient LIKE ? "
        "ORDER BY id DESC LIMIT ?",
        (case_id.bytes, role, MOST_SHOWN),
    ).fetchall()
    return [
        Mailed(kind, to, made_at, _state(state, why), code_in(why))
        for kind, to, made_at, state, why in reversed(rows)
    ]


def code_in(why: str) -> str:
    """The code of what a mail server answered, which names nobody; empty: it answered nothing."""
    return "".join(_CODE.findall(why)[:1])


def to_webhook(journal: Journal, platform: int, most: int) -> list[Delivered]:
    """The newest notices to a platform's webhook, among the newest `MOST_LOOKED_AT` of all."""
    rows = journal.db.execute(
        "SELECT kind, made_at, state, due, why FROM outbox "
        "WHERE id > (SELECT coalesce(max(id), 0) FROM outbox) - ? AND way = 'webhook' "
        "AND platform = ? ORDER BY id DESC LIMIT ?",
        (MOST_LOOKED_AT, platform, most),
    ).fetchall()
    return [Delivered(*row) for row in rows]


def lost(journal: Journal, cases: Sequence[UUID]) -> set[UUID]:
    """Those of some cases in which a mail to somebody never arrived."""
    if not cases:  # an empty list of values is no SQL to PostgreSQL
        return set()
    marks = ", ".join("?" * len(cases))
    rows = journal.db.execute(
        f"SELECT DISTINCT case_id FROM outbox WHERE case_id IN ({marks}) AND {_LOST}",
        (*(case.bytes for case in cases), ERASED),
    )
    return {UUID(bytes=bytes(row[0])) for row in rows}


def how_many_lost(journal: Journal) -> int:
    """In how many cases that came to a desk a mail to somebody never arrived."""
    return int(
        journal.db.execute(
            f"SELECT count(DISTINCT case_id) FROM outbox WHERE {_LOST} "
            "AND case_id IN (SELECT case_id FROM desk)",
            (ERASED,),
        ).get
    )


def how_many_waiting(journal: Journal) -> tuple[int, int]:
    """How many letters and webhooks wait, and since when (POSIX seconds; 0: none waits)."""
    [(number, since)] = journal.db.execute(
        "SELECT count(*), coalesce(min(made_at), 0) FROM outbox WHERE state = 'waiting'"
    ).fetchall()
    return int(str(number)), int(str(since))


def delayed(journal: Journal, letter: Waiting, code: str) -> bool:
    """A server still tries to deliver what we sent; whether that is news."""
    return _came_back(journal, letter, "delayed", code, after=("sent", "sent"))


def bounced(journal: Journal, letter: Waiting, code: str) -> bool:
    """What was sent will never arrive; whether that is news."""
    return _came_back(journal, letter, "bounced", code, after=("sent", "delayed"))


def _came_back(
    journal: Journal, letter: Waiting, to: str, code: str, *, after: tuple[str, str]
) -> bool:
    rows = journal.db.execute(
        "UPDATE outbox SET state = ?, why = ? WHERE id = ? AND state IN (?, ?) RETURNING id",
        (to, code, letter.id, *after),
    ).fetchall()
    return bool(rows)


def _state(stored: str, why: str) -> State:
    return "erased" if stored == "failed" and why == ERASED else _STATES[stored]


def withdraw(journal: Journal, notice: Waiting) -> None:
    """It has nothing to say any more."""
    journal.db.execute("DELETE FROM outbox WHERE id = ?", (notice.id,))


def reword(journal: Journal, notice: Waiting, kind: str) -> Waiting:
    """It leaves as a letter of another kind, since what it tells of has changed meanwhile."""
    journal.db.execute("UPDATE outbox SET kind = ? WHERE id = ?", (kind, notice.id))
    return notice._replace(kind=kind)


def postpone(journal: Journal, notice: Waiting, until: int) -> None:
    """It is not ready to leave; that is no failure."""
    journal.db.execute("UPDATE outbox SET due = ? WHERE id = ?", (until, notice.id))


def drop(journal: Journal, notice: Waiting) -> None:
    """It is done with, and nothing is to be known of it; nor of the same for the same seat."""
    nobody = notice.recipient if notice.seat == NOBODY else ""
    journal.db.execute(
        "DELETE FROM outbox WHERE id = ? OR (state = 'waiting' AND recipient = ? AND kind = ? "
        "AND made_at <= ? AND recipient <> ?)",
        (notice.id, notice.recipient, notice.kind, notice.made_at, nobody),
    )


def failed(
    journal: Journal,
    notice: Waiting,
    why: str,
    now: int,
    *,
    for_good: bool = False,
    after: int | None = None,
) -> bool:
    """It was not taken: try later, or give up; whether it was given up.

    `after`: in how many seconds the other side asked for it again; that counts as no try.
    """
    waits = SIGN_IN_RETRY_SECONDS if notice.kind == SIGN_IN else RETRY_SECONDS
    given_up = for_good or now - notice.made_at > KEEP_SECONDS
    if given_up or (after is None and notice.tries >= len(waits)):
        journal.db.execute(
            "UPDATE outbox SET state = 'failed', link = NULL, why = ? WHERE id = ?",
            (why, notice.id),
        )
        return True
    due, tries = (waits[notice.tries], 1) if after is None else (after, 0)
    journal.db.execute(
        "UPDATE outbox SET due = ?, tries = tries + ?, why = ? WHERE id = ?",
        (now + due, tries, why, notice.id),
    )
    return False


def end_webhook(journal: Journal, platform: int, why: str) -> int:
    """Nothing more goes to a platform's webhook, inside a transaction; how much waited."""
    return len(
        journal.db.execute(
            "UPDATE outbox SET state = 'failed', link = NULL, why = ? "
            "WHERE state = 'waiting' AND way = 'webhook' AND platform = ? RETURNING id",
            (why, platform),
        ).fetchall()
    )


def contact(journal: Journal, case_id: UUID, role: str) -> Contact | None:
    """The address of a role in a case, if there is one."""
    row = journal.db.execute(
        "SELECT email, language FROM contact WHERE case_id = ? AND role = ?",
        (case_id.bytes, role),
    ).fetchone()
    return None if row is None else Contact(*row)


def set_contact(journal: Journal, case_id: UUID, role: str, email: str, language: str) -> None:
    """Remember how to reach somebody, inside a transaction."""
    upsert(
        journal.db,
        "contact",
        ("case_id", "role"),
        {"case_id": case_id.bytes, "role": role, "email": email, "language": language},
    )


def forget(journal: Journal, case_id: UUID, role: str = "%") -> int:
    """Erase every contact of a case, and what was still to be sent there; how many there were.

    `role`: that of this role alone.
    """
    of_case = (case_id.bytes, role)
    journal.db.execute("DELETE FROM contact WHERE case_id = ? AND role LIKE ?", of_case)
    contacts = journal.db.changes()
    journal.db.execute(
        "UPDATE outbox SET state = 'failed', link = NULL, why = 'erased' "
        "WHERE case_id = ? AND recipient LIKE ? AND state = 'waiting' AND recipient <> 'platform'",
        of_case,
    )
    return contacts


def _insert(
    journal: Journal, case_id: UUID, role: str, kind: str, link: bytes | None, due: int
) -> None:
    journal.db.execute(
        "INSERT INTO outbox (case_id, recipient, kind, link, made_at, due, way, platform) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, coalesce("
        "(SELECT platform FROM event WHERE case_id = ?1 ORDER BY n LIMIT 1), 0))",
        (case_id.bytes, role, kind, link, due, "webhook" if role == "platform" else "mail"),
    )


def _reachable(journal: Journal, case_id: UUID, platform: int, role: str) -> bool:
    if role == "platform":
        query = "SELECT 1 FROM webhook WHERE platform = ? AND ended_at = 0"
        return journal.db.execute(query, (platform,)).get is not None
    return contact(journal, case_id, role) is not None


_PLATFORMS = """\
WITH RECURSIVE turn (platform) AS (
    SELECT min(platform) FROM outbox WHERE state = 'waiting' AND way = ?1
    UNION ALL
    SELECT (SELECT min(outbox.platform) FROM outbox
            WHERE state = 'waiting' AND way = ?1 AND outbox.platform > turn.platform)
    FROM turn WHERE turn.platform IS NOT NULL
)
SELECT platform FROM turn WHERE platform IS NOT NULL"""
