"""The desk: which complaints wait, for whom, in which order. Every question is one index range."""

# SPDX-License-Identifier: Apache-2.0

from typing import Any, NamedTuple
from uuid import UUID

from amparo.case import triage
from amparo.case.machines import HELD, UNDECIDED
from amparo.storage.journal import Journal

PAGE = 50
MOST_COUNTED = 10_000


class Waiting(NamedTuple):
    """A complaint in the queue."""

    case: UUID
    state: str
    remedy: str
    due: int
    harm: int
    filed_at: int
    reviewer: int
    category: str
    outcome: str
    overdue: bool
    people: int = 1
    """How many wait here with complaints about reports of the same address, this one included."""
    flagged: bool = False
    """Whether a trusted flagger is among the others."""
    reviewed_by: int = 0
    """Who has others of them; 0: nobody."""


class Filter(NamedTuple):
    """Which complaints are asked for."""

    state: str = "filed"
    category: str = ""
    reviewer: int = 0
    after: tuple[int, int, bytes] | None = None
    """Where the page before ended: due, harm and case."""


def queue(journal: Journal, platform: int, asked: Filter, most: int = PAGE) -> list[Waiting]:
    """A page of a desk, by clock and, of the same clock, by harm.

    Open complaints about reports of one address are one row: that of the most urgent of them.
    """
    where = ["platform = ?", "state = ?"]
    if asked.state in UNDECIDED:
        where.append(_FIRST)
    values: list[int | str | bytes] = [platform, asked.state]
    if asked.category:
        where.append("category = ?")
        values.append(asked.category)
    if asked.reviewer:
        # A reviewer sits at one desk; without the plus SQLite walks the platform's whole queue.
        where[0] = "+platform = ?"
        where.append("reviewer = ? AND reviewer > 0")  # the condition of the partial index
        values.append(asked.reviewer)
    if asked.after is not None:
        due, harm, case_id = asked.after
        where.append("due >= ? AND (due, -harm, case_id) > (?, ?, ?)")  # the first for the index
        values += [due, due, -harm, case_id]
    columns = f"{_COLUMNS}, {_OF_THE_MATTER}" if asked.state in UNDECIDED else _COLUMNS
    query = (
        f"SELECT {columns} FROM desk WHERE {' AND '.join(where)} "
        "ORDER BY due, harm DESC, case_id LIMIT ?"
    )
    return [_waiting(row) for row in journal.db.execute(query, (*values, most))]


def counts(journal: Journal, platform: int) -> dict[str, int]:
    """How many complaints are in each state, and how many reports wait: up to ten thousand."""
    found = {}
    for state in (*UNDECIDED, "remedy_open", "paused", "waiting"):
        found[state] = int(
            journal.db.execute(
                "SELECT count(*) FROM (SELECT 1 FROM desk WHERE platform = ? AND state = ? "
                "LIMIT ?) AS counted",
                (platform, state, MOST_COUNTED),
            ).get
        )
    found["notices"] = int(
        journal.db.execute(
            "SELECT count(*) FROM (SELECT 1 FROM notice WHERE platform = ? AND answered = 0 "
            "LIMIT ?) AS counted",
            (platform, MOST_COUNTED),
        ).get
    )
    return found


def notices(journal: Journal, platform: int, *, after: bytes = b"") -> list[UUID]:
    """A page of the reports that wait for a platform's answer, the oldest first.

    `after`: the case with which the page before ended.
    """
    rows = journal.db.execute(
        "SELECT case_id FROM notice WHERE platform = ? AND answered = 0 AND case_id > ? "
        "ORDER BY case_id LIMIT ?",
        (platform, after, PAGE),
    )
    return [UUID(bytes=bytes(row[0])) for row in rows]


def next_case(journal: Journal, platform: int, reviewer: int, *, after: UUID) -> UUID | None:
    """What somebody at a desk looks at next: danger, what they have, what nobody has, reports."""
    for query, values in (
        (_IN_DANGER, (platform, reviewer)),
        (_HELD.format("reviewing"), (reviewer,)),
        (_HELD.format("assigned"), (reviewer,)),
        (
            "SELECT case_id FROM desk WHERE platform = ? AND state = 'filed'{} "
            "ORDER BY due, harm DESC, case_id",
            (platform,),
        ),
        (
            "SELECT case_id FROM notice WHERE platform = ? AND answered = 0{} ORDER BY case_id",
            (platform,),
        ),
    ):
        if (found := _first(journal, query, (*values, after.bytes))) is not None:
            return found
    return None


def next_of_danger(journal: Journal, platform: int, reviewer: int, *, after: UUID) -> UUID | None:
    """The oldest case of danger that waits for somebody at a desk, or for anybody there."""
    return _first(journal, _IN_DANGER, (platform, reviewer, after.bytes))


def _first(journal: Journal, query: str, values: tuple[int | bytes, ...]) -> UUID | None:
    others = query.replace("{}", " AND case_id <> ?")
    row = journal.db.execute(f"{others} LIMIT 1", values).fetchone()
    return None if row is None else UUID(bytes=bytes(row[0]))


class Followed(NamedTuple):
    """What became of a platform's orders."""

    platform: str
    ordered: int
    states: dict[str, int]
    """State of the remedy -> how many; `overdue` besides."""


def followed(journal: Journal) -> list[Followed]:
    """What became of orders, by platform: claimed apart from verified, and what is overdue."""
    found: dict[str, dict[str, int]] = {}
    rows = journal.db.execute(
        "SELECT platform.name, remedy, overdue, count(*) FROM desk "
        "JOIN platform ON platform.id = desk.platform "
        "WHERE remedy NOT IN ('', 'undone') GROUP BY 1, 2, 3"
    )
    for name, remedy, overdue, number in rows:
        states = found.setdefault(str(name), {})
        states[str(remedy)] = states.get(str(remedy), 0) + int(str(number))
        if overdue and remedy == "sent":
            states["overdue"] = states.get("overdue", 0) + int(str(number))
    return [
        Followed(name, sum(n for state, n in states.items() if state != "overdue"), states)
        for name, states in sorted(found.items())
    ]


def waiting_for_platform(journal: Journal, platform: int, most: int) -> list[UUID]:
    """Cases in which the platform is asked for something: what is to be done first comes first."""
    rows = journal.db.execute(
        "WITH asked AS ("
        "SELECT case_id FROM desk WHERE platform = ?1 AND remedy IN ('sent', 'disputed', 'failed') "
        "UNION SELECT case_id FROM desk WHERE platform = ?1 AND hold = 'sent' "
        "UNION SELECT case_id FROM desk WHERE platform = ?1 AND interim = 'ordered' "
        "UNION SELECT case_id FROM desk WHERE platform = ?1 AND state = 'asking' "
        "UNION SELECT desk.case_id FROM clock JOIN desk ON desk.case_id = clock.case_id "
        "WHERE clock.name = 'tell' AND desk.platform = ?1 "
        "UNION SELECT case_id FROM panel WHERE platform = ?1 AND state = 'exchange' "
        "UNION SELECT case_id FROM to_be_told WHERE platform = ?1 "
        "UNION SELECT case_id FROM notice WHERE platform = ?1 AND answered = 0) "
        "SELECT case_id FROM asked ORDER BY "
        "coalesce((SELECT min(due) FROM clock WHERE clock.case_id = asked.case_id), 0), case_id "
        "LIMIT ?2",
        (platform, most),
    )
    return [UUID(bytes=bytes(row[0])) for row in rows]


_IN_DANGER = (
    "SELECT case_id FROM danger LEFT JOIN desk USING (case_id) "
    "WHERE danger.platform = ? AND coalesce(desk.reviewer, 0) IN (0, ?){} ORDER BY since"
)
_HELD = (
    "SELECT case_id FROM desk WHERE reviewer = ? AND reviewer > 0 AND state = '{}'{{}} "
    "ORDER BY due, harm DESC, case_id"
)
_COLUMNS = "case_id, state, remedy, due, harm, filed_at, reviewer, category, outcome, overdue"


_SAME = (
    "FROM reported AS own JOIN reported AS same ON same.platform = own.platform "
    "AND same.place = own.place AND same.case_id <> own.case_id "
    "JOIN desk AS other ON other.case_id = same.case_id WHERE own.case_id = desk.case_id"
)
"""Cases on the desk about other reports of the address of one."""
_WITH_IT = (
    f"{_SAME} AND other.state = desk.state AND other.reviewer = desk.reviewer "
    "AND other.interim <> 'ordered' AND desk.interim <> 'ordered'"
)
"""Those of them that stand where it stands; what was ordered at once is looked at by itself."""
_FIRST = (
    f"NOT EXISTS (SELECT 1 {_WITH_IT} AND (other.due, -other.harm, other.case_id) "
    "< (desk.due, -desk.harm, desk.case_id))"
)
_PEOPLE = f"(SELECT 1 + count(*) FROM (SELECT 1 {_WITH_IT} LIMIT {MOST_COUNTED}) AS counted)"
_GRAVEST = f"(SELECT max(other.harm) {_WITH_IT})"
_ELSEWHERE = (
    f"(SELECT max(other.reviewer) {_SAME} AND other.reviewer <> desk.reviewer "
    f"AND other.state IN ({', '.join(map(repr, HELD))}))"
)

_OF_THE_MATTER = f"{_PEOPLE}, {_GRAVEST}, {_ELSEWHERE}"


def _waiting(row: Any) -> Waiting:
    case_id, state, remedy, due, harm, filed_at, reviewer, category, outcome, overdue, *rest = row
    people, gravest, elsewhere = rest or (1, None, None)
    return Waiting(
        UUID(bytes=bytes(case_id)),
        state,
        remedy,
        due,
        harm,
        filed_at,
        reviewer,
        category,
        outcome,
        bool(overdue),
        int(people),
        gravest == triage.FLAGGED,
        int(elsewhere or 0),
    )
