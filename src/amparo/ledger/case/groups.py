"""The cases of a group, found and sorted: those that a ruling would take, and those set apart.

Complaints are found on the desk; decisions about which nobody has complained by the time in their
numbers (UUIDv7), since nothing else keeps a list of them. Nothing is folded: 70,000 are sorted from
one row each, and the ruling asks again, of the whole case, when it reaches it.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from amparo.case import selection
from amparo.case.machines import UNDECIDED
from amparo.case.selection import About, Apart, Choice, Kind, Standing, Taken
from amparo.case.speech import needs_worksheet
from amparo.case.state import Case
from amparo.case.triage import MOST_HARM
from amparo.errors import Malformed, Refused, Text, got
from amparo.ledger.case import wording
from amparo.record import event, sealing
from amparo.storage.database import Value
from amparo.storage.journal import Journal

MOST_CASES = 100_000
"""Of one ruling."""
MOST_READ = 1_000_000
"""Cases that are looked through for one choice."""
MOST_NUMBERS = 10_000
SLICE = 10_000
AHEAD_SECONDS = 31 * 86_400
MOST_SINCE = 200_000
"""Entries of the log after a preview, beyond which it is too old to rule by."""


class Found(NamedTuple):
    """What a choice finds."""

    group: list[UUID]
    apart: dict[UUID, tuple[Apart, ...]]
    """Cases that fit and are set apart, each with why; those that a lead took are in it too."""
    languages: Counter[str]
    """How many of the group read which language; '' where it is not known."""
    size: int
    """Of the journal when it was looked at: what has had an entry since is no longer as it was."""


def find(journal: Journal, platform: int, choice: Choice, *, language: str) -> Found:
    """Open complaints that a choice means, for a ruling with reasons in a language.

    None that a ruling is deciding just now.
    """
    _check(choice)
    return _sorted(_complaints(journal, platform, choice), choice, language, journal.size())


def find_unheard(journal: Journal, platform: int, choice: Choice, *, language: str) -> Found:
    """Decisions that a choice means and about which nobody has complained."""
    _check(choice)
    return _sorted(_decisions(journal, platform, choice), choice, language, journal.size())


def taken(
    journal: Journal, found: Found, choice: Taken, *, size: int
) -> dict[UUID, tuple[Apart, ...]]:
    """The cases of a ruling, each with what the lead saw in it that sets it apart.

    `size`: that of the journal when they looked; a case with an entry since is not as they saw it,
    and stays out.
    """
    if journal.size() - size > MOST_SINCE or size > journal.size():
        raise Refused(
            "Too much has happened since you looked.",
            why=Text("{number} entries came since", number=journal.size() - size),
            fix="Look at the preview again.",
        )
    rows = journal.db.execute("SELECT DISTINCT case_id FROM event WHERE seq >= ?", (size,))
    moved = {UUID(bytes=bytes(row[0])) for row in rows}
    chosen: dict[UUID, tuple[Apart, ...]] = dict.fromkeys(found.group, ())
    chosen |= {
        case: why for case, why in found.apart.items() if selection.is_taken(str(case), why, choice)
    }
    return {case: why for case, why in chosen.items() if case not in moved}


class _Public(msgspec.Struct, gc=False):
    """What of a decision's public part a choice can ask for."""

    category: str = ""
    category_addition: tuple[str, ...] = ()
    category_specification: tuple[str, ...] = ()
    source_type: str = ""
    automated_detection: str = ""
    application_date: str = ""
    content_language: str | None = None
    decision_account: str | None = None
    decision_monetary: str | None = None
    decision_provision: str | None = None
    decision_visibility: tuple[str, ...] = ()


class _Leaf(msgspec.Struct, gc=False):
    """A decision's leaf, read quickly."""

    public: _Public


class _Row(NamedTuple):
    """A case as it is sorted."""

    case: UUID
    seq: int
    about: About
    standing: Standing
    clauses: tuple[str, ...]
    public: _Public


_leaf = msgspec.json.Decoder(_Leaf).decode
_OF_A_DECISION = 1  # its place in its case


def _complaints(journal: Journal, platform: int, choice: Choice) -> Iterator[_Row]:
    states = ", ".join(f"'{state}'" for state in UNDECIDED)
    query = (
        "SELECT desk.case_id, event.seq, event.leaf, "
        f"{_opening(choice)}, desk.state, desk.interim, desk.harm, desk.category, "
        "contact.language, notice.case_id IS NOT NULL, sender.case_id IS NOT NULL, "
        "represented.case_id IS NOT NULL, matter.case_id IS NOT NULL, panel.state, "
        "EXISTS (SELECT 1 FROM clock WHERE clock.case_id = desk.case_id "
        "AND clock.name = 'question') FROM desk "
        f"LEFT JOIN event ON event.case_id = desk.case_id AND event.n = {_OF_A_DECISION} "
        "LEFT JOIN notice ON notice.case_id = desk.case_id "
        "LEFT JOIN sender ON sender.case_id = desk.case_id "
        "LEFT JOIN represented ON represented.case_id = desk.case_id "
        "LEFT JOIN matter ON matter.case_id = desk.case_id "
        "LEFT JOIN panel ON panel.case_id = desk.case_id "
        "LEFT JOIN contact ON contact.case_id = desk.case_id "
        "AND contact.role = CASE WHEN notice.case_id IS NULL THEN 'person' ELSE 'notifier' END "
        f"WHERE desk.case_id > ? AND desk.platform = ? AND desk.state IN ({states}) "
        f"AND desk.filed_at BETWEEN ? AND ? {_among(choice, 'desk')} {_in_no_ruling('desk')} "
        "ORDER BY desk.case_id LIMIT ?"
    )
    values: list[Value] = [platform, _start(choice.filed_from), _end(choice.filed_to)]
    values += _numbers(choice)
    for row in _paged(journal, query, values, b""):
        case_id, seq, leaf, opening, state, interim, harm, category, language, *flags = row
        report, sender, represented, linked, panel, asked = flags
        kind: Kind = "suspension" if sender else "report" if report else "decision"
        standing = Standing(
            kind,
            danger=kind == "report" and harm == MOST_HARM,
            interim=interim == "ordered",
            asked=bool(asked) or state == "asking",
            panel=panel not in (None, "", "lapsed", "closed"),
            linked=bool(linked),
            represented=bool(represented),
            language=language or "",
        )
        number = -1 if seq is None else seq
        yield _row(UUID(bytes=bytes(case_id)), number, leaf, opening, standing, category)


def _decisions(journal: Journal, platform: int, choice: Choice) -> Iterator[_Row]:
    query = (
        f"SELECT event.case_id, event.seq, event.leaf, {_opening(choice)}, contact.language, "
        "matter.case_id IS NOT NULL FROM event "
        "LEFT JOIN matter ON matter.case_id = event.case_id "
        "LEFT JOIN contact ON contact.case_id = event.case_id "
        f"AND contact.role = 'person' WHERE event.case_id > ? AND event.n = {_OF_A_DECISION} "
        "AND event.opening IS NOT NULL "  # nobody is left who could be told
        f"AND event.platform = ? AND event.seq BETWEEN ? AND ? {_among(choice, 'event')} "
        "AND NOT EXISTS (SELECT 1 FROM desk WHERE desk.case_id = event.case_id "
        "AND NOT (desk.state = '' AND desk.remedy = 'undone')) "
        f"{_in_no_ruling('event')} ORDER BY event.case_id LIMIT ?"
    )
    span = (choice.first or 0, choice.last if choice.last is not None else journal.size())
    values: list[Value] = [platform, *span, *_numbers(choice)]
    for row in _paged(journal, query, values, _number_before(choice.decided_from)):
        case_id, seq, leaf, opening, language, linked = row
        standing = Standing("decision", linked=bool(linked), language=language or "")
        yield _row(UUID(bytes=bytes(case_id)), seq, leaf, opening, standing, "")


def _opening(choice: Choice) -> str:
    """Only a clause is not in the open."""
    return "event.opening" if choice.clause else "NULL"


def _among(choice: Choice, table: str) -> str:
    marks = ", ".join("?" * len(choice.numbers))
    return f"AND {table}.case_id IN ({marks})" if choice.numbers else ""


def _numbers(choice: Choice) -> tuple[bytes, ...]:
    return tuple(UUID(number).bytes for number in choice.numbers)


def _in_no_ruling(table: str) -> str:
    return (
        f"AND NOT EXISTS (SELECT 1 FROM ruling_case WHERE ruling_case.case_id = {table}.case_id "
        "AND ruling_case.state = 'waiting')"
    )


def _paged(
    journal: Journal, query: str, values: Sequence[Value], after: bytes
) -> Iterator[tuple[Any, ...]]:
    """Rows of a query that begins after a case and ends with a limit, in bounded memory."""
    read = 0
    while rows := journal.db.execute(query, (after, *values, SLICE)).fetchall():
        yield from rows
        after, read = bytes(rows[-1][0]), read + len(rows)
        if read > MOST_READ:
            raise _too_many(MOST_READ)


def _row(
    case: UUID,
    seq: int,
    leaf: bytes | None,
    opening: bytes | None,
    standing: Standing,
    category: str,
) -> _Row:
    public = _leaf(leaf).public if leaf is not None else _Public(category)
    language = standing.language or (public.content_language or "").lower()
    done = {
        "account": public.decision_account,
        "monetary": public.decision_monetary,
        "provision": public.decision_provision,
        "visibility": public.decision_visibility,
    }
    about = About(
        standing.kind,
        public.category,
        public.source_type,
        frozenset(name for name, value in done.items() if value),
        public.application_date[:10],
        language,
        public.automated_detection,
    )
    sealed: Mapping[str, Any] = sealing.unpack(opening).fields() if opening is not None else {}
    named = wording.clauses(sealed)
    return _Row(case, seq, about, standing._replace(language=language), named, public)


def _is_speech(public: _Public, standing: Standing) -> bool:
    """As the rules say it of the whole case."""
    case = Case(
        categories=frozenset(filter(None, (public.category, *public.category_addition))),
        keywords=frozenset(public.category_specification),
        danger=standing.danger,
    )
    return standing.kind != "suspension" and needs_worksheet(case)


def _sorted(rows: Iterator[_Row], choice: Choice, language: str, size: int) -> Found:
    group: list[UUID] = []
    apart: dict[UUID, tuple[Apart, ...]] = {}
    languages: Counter[str] = Counter()
    last = choice.last if choice.last is not None else size
    for row in rows:
        if not selection.fits(choice, row.about):
            continue
        if choice.first is not None and not choice.first <= row.seq <= last:
            continue
        if choice.clause and not selection.names_clause(choice, row.clauses):
            continue
        # Last, since it costs most: a long journal is looked through for a few.
        standing = row.standing._replace(speech=_is_speech(row.public, row.standing))
        if why := selection.apart(standing, language):
            apart[row.case] = why
        else:
            group.append(row.case)
            languages[row.about.language] += 1
        if len(group) + len(apart) > MOST_CASES:
            raise _too_many(MOST_CASES)
    return Found(group, apart, languages, size)


def _check(choice: Choice) -> None:
    """Days are days, and numbers are those of cases."""
    if len(choice.numbers) > MOST_NUMBERS:
        raise _too_many(MOST_NUMBERS)
    for day in (choice.decided_from, choice.decided_to, choice.filed_from, choice.filed_to):
        _start(day)
    for number in choice.numbers:
        try:
            UUID(number)
        except ValueError:
            raise Malformed(
                "That is no number of a case.",
                why=got(number),
                fix="Write the numbers one below the other, as they stand on the cases' pages.",
            ) from None


def _start(day: str) -> int:
    """The first second of a day; the beginning of time where none is named."""
    if not day:
        return 0
    try:
        return int(event.moment(f"{date.fromisoformat(day)}T00:00:00Z").timestamp())
    except ValueError:
        raise Malformed(
            "That is no day.",
            why=got(day),
            fix="Write it as 2025-07-01.",
        ) from None


def _end(day: str) -> int:
    return _start(day) + 86_399 if day else 2**40


def _number_before(day: str) -> bytes:
    """A number lower than that of any decision that was applied on a day, or later.

    A UUIDv7 begins with its milliseconds; a decision may be recorded some days before it applies.
    """
    return max(0, (_start(day) - AHEAD_SECONDS) * 1000).to_bytes(6, "big") + bytes(10)


def _too_many(most: int) -> Malformed:
    return Malformed(
        "These are too many cases for one ruling.",
        why=Text("more than {most} fit this choice", most=most),
        fix="Choose a shorter period, or make several rulings.",
    )
