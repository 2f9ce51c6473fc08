"""An organisation complains for many people under one mandate (DSA Article 86).

It shows the mandate once. Each person agrees by their own link, for their own case, and may end it
at any time: nobody is represented who did not say so. Then the organisation files one complaint for
all who belong together. Each keeps their own case, with its events, clock, answer and letters, and
every right in it; what was filed is theirs, and goes on when nobody speaks for them any more.

Source: DSA Article 86(1) and (2); docs/decisions/0026.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, cast, get_args

from amparo.case import complaint, events, roles
from amparo.case.complaint import Filer, check_reasons, check_text
from amparo.case.events import Attachment, Event, MandateShown, Party, Unspoken
from amparo.case.roles import Reviewer, Sides, folded
from amparo.case.standing import standing
from amparo.case.state import Actor, Case
from amparo.case.text_limits import PARAGRAPH, check_length
from amparo.errors import Denied, Malformed, Period, Refused, Text

LONGEST = Period(730, "days")
"""Nobody is spoken for longer than they can be expected to remember; they can agree again."""
MOST_TOGETHER = 100
"""People in one complaint: each of their cases is read for it. The others come in the next."""
MOST_TEXT = PARAGRAPH
"""Characters of a mandate: people read those of several organisations beside each other."""
_ABOUT_SOMEBODY = frozenset(
    {"recorded", "delivered", "undelivered", "superseded", "noticed", "answered"}
)


class Mandate(NamedTuple):
    """Who speaks, for whom, and until when."""

    number: str
    """Of its own case."""
    body: str
    of: tuple[Party, ...]
    until: datetime


def show(
    *, body: str, text: str, of: Sequence[str], until: datetime, by: Actor, now: datetime
) -> MandateShown:
    """An organisation shows under which mandate it speaks, for whom and until when."""
    parties, short = check_parties(of), check_covers(text)
    check_last_day(until, now)
    return MandateShown(now, str(by), body=body, text=short, of=parties, until=until.isoformat())


def check_parties(of: Sequence[str]) -> tuple[Party, ...]:
    """For whom a mandate is, in the fixed order; `Malformed` where it is for nobody."""
    parties = tuple(party for party in get_args(Party) if party in of)
    if not parties:
        raise Malformed(
            "Say for whom the mandate is.",
            why="neither people whom a decision is about nor people who reported something",
            fix="Choose one of them, or both.",
            field="of",
        )
    return parties


def check_covers(text: str) -> str:
    """What an organisation says of itself and of its mandate, cleaned."""
    text = check_text(text, Text("Say who you are, and what the mandate covers."), "text")
    return check_length("text", check_reasons(text, "text"), MOST_TEXT)


def check_last_day(until: datetime, now: datetime) -> None:
    """Raise unless a mandate can end there: it is renewed by asking people again."""
    if not now < until <= now + timedelta(days=LONGEST.length):
        raise Malformed(
            "A mandate needs a last day.",
            why=Text("it lies ahead, and at most {period} from now", period=LONGEST),
            fix="Show the mandate again when it is renewed, and ask people again.",
            field="until",
        )


def use(cases: Sequence[str], *, by: Actor, now: datetime) -> events.MandateUsed:
    """The entry of one complaint for several people: it commits to the list of their cases."""
    if not cases:
        raise Malformed(
            "Nobody was chosen.",
            why="one complaint is for the people who are ticked",
            fix="Tick those whose cases belong together.",
            field="cases",
        )
    listed = "\n".join(sorted(cases)).encode()
    digest = hashlib.sha256(listed).hexdigest()
    return events.MandateUsed(now, str(by), cases=len(cases), cases_sha256=digest)


def end(*, reasons: str, by: Actor, now: datetime) -> list[Event]:
    """The organisation, or the node's operator, ends a mandate before its last day."""
    return [events.MandateEnded(now, str(by), reasons=check_reasons(reasons))]


def agree(case: Case, mandate: Mandate, *, of: Party, now: datetime) -> list[Event]:
    """Somebody asks an organisation to speak for them in their case."""
    if case.mandate:
        raise Refused(
            "Somebody speaks for you already.",
            why=Text("it is {body}", body=case.represented_by),
            fix="End that first.",
        )
    if case.decision not in _ABOUT_SOMEBODY and not case.misuse:
        raise Refused(
            "Nobody can complain for you here.",
            why="nothing was decided about you, or about a report of yours, in this case",
            fix="Use the page of the decision that you disagree with.",
        )
    if of not in mandate.of or now > mandate.until:
        raise Refused(
            "This organisation cannot speak for you.",
            why=Text("its mandate is for others, or was good until {day}", day=mandate.until),
            fix="Complain yourself, or choose another organisation.",
        )
    if folded(mandate.body) in map(folded, case.deciders):
        raise Refused(
            "This organisation cannot speak for you.",
            why="the platform says that it took the decision, or a part in it",
            fix="Complain yourself, or choose another organisation.",
        )
    _check_is_on_one_side(case, mandate.body, of)
    agreed = events.RepresentationAgreed(
        now,
        str(Actor(of)),
        of=of,
        body=mandate.body,
        mandate=mandate.number,
        until=mandate.until.isoformat(),
    )
    return [agreed]


def leave(case: Case, *, by: Actor, now: datetime) -> list[Event]:
    """Whoever is represented says that the organisation does not speak for them any more."""
    if not case.mandate or by.role != case.represented_as:
        raise Refused(
            "Nobody speaks for you.",
            why="no organisation was asked to, or it has ended",
            fix="Nothing needs to be done.",
        )
    return _ended(case, "person", by=by, now=now)


def over(case: Case, *, mandate: str, by: Actor, now: datetime) -> list[Event]:
    """The mandate has ended; nothing where somebody else speaks by now, or nobody."""
    return _ended(case, "mandate", by=by, now=now) if case.mandate == mandate else []


def end_of_time(case: Case, *, now: datetime) -> list[Event]:
    """The last day of a mandate is over: in its own case, and in that of whoever had agreed."""
    if case.decision == "mandated":
        return [events.MandateEnded(now, "clock")]
    return _ended(case, "time", by=Actor("clock"), now=now)


def taken_over(case: Case, *, by: Actor, now: datetime) -> list[Event]:
    """Somebody has shown that the case is theirs: they have asked nobody to speak for them yet."""
    return _ended(case, "claim", by=by, now=now) if case.mandate else []


def file(
    case: Case,
    mandate: Mandate,
    *,
    filing: int,
    grounds: str,
    attachments: Sequence[Attachment],
    by: Reviewer,
    sides: Sides,
    now: datetime,
) -> list[Event]:
    """IC1, for somebody else: a complaint of their own, in their case, with its own clock.

    `filing`: the entry of the mandate's case that tells of all of them.
    """
    check_speaks(case, mandate, by=by, sides=sides, now=now)
    if _has_withdrawn(case):
        raise Refused(
            "This person has withdrawn the complaint.",
            why=_WITHDRAWN,
            fix="Ask them: they can file it again, or agree once more.",
        )
    filer = Filer(_actor(by), case.represented_by, mandate.number, filing)
    role = cast("Party", case.represented_as)
    return complaint.file(
        case, role=role, grounds=grounds, attachments=attachments, now=now, filer=filer
    )


def add(
    case: Case, mandate: Mandate, *, text: str, by: Reviewer, sides: Sides, now: datetime
) -> list[Event]:
    """Add to somebody's complaint, or answer the question that was put to them."""
    check_speaks(case, mandate, by=by, sides=sides, now=now)
    check_complained(case)
    return complaint.add(
        case, grounds=text, attachments=(), by=_actor(by), now=now, asks=case.represented_as
    )


def check_speaks(
    case: Case, mandate: Mandate, *, by: Reviewer, sides: Sides, now: datetime
) -> None:
    """Raise unless somebody may act for whoever the case is about, under this mandate, now."""
    if case.mandate != mandate.number or case.represented_until is None:
        raise _not_theirs()
    if now > case.represented_until:
        raise Refused(
            "This mandate has ended.",
            why=Text("it was good until {day}", day=case.represented_until),
            fix="Show a new one, and ask people again.",
        )
    _check_is_on_one_side(case, mandate.body, case.represented_as)
    roles.check_may_represent(case, by, sides)


def may_file(case: Case, *, received: datetime, now: datetime) -> Text | None:
    """Why no complaint can be filed for somebody; None where one can."""
    if _has_withdrawn(case):
        return _WITHDRAWN
    if complaint.may_be_filed(case, received=received, now=now):
        return None
    if case.complaint:
        return standing("complaint", case.complaint)
    return standing("decision", case.decision)


_WITHDRAWN = Text("they withdrew it since they agreed, and nobody files it again for them")


def _has_withdrawn(case: Case) -> bool:
    """Whether whoever is represented withdrew a complaint after they agreed."""
    since = case.represented_since
    return case.withdrawn and bool(since and case.closed_at and case.closed_at >= since)


def check_complained(case: Case) -> None:
    """Raise unless the complaint is of the very side that the organisation speaks for."""
    if case.complainant != case.represented_as:
        raise _not_theirs()


def _ended(case: Case, because: Unspoken, *, by: Actor, now: datetime) -> list[Event]:
    of, body = cast("Party", case.represented_as), case.represented_by
    return [events.RepresentationEnded(now, str(by), of=of, body=body, because=because)]


def _actor(by: Reviewer) -> Actor:
    return Actor("representative", str(by.number))


def _check_is_on_one_side(case: Case, body: str, of: str) -> None:
    """Nobody speaks for both sides of one matter, not even one after the other."""
    others = (other for other in case.others if other.represented_as not in ("", of))
    if any(folded(body) in map(folded, other.spoke) for other in others):
        raise Refused(
            "This organisation cannot speak for you.",
            why="it speaks, or spoke, for the other side of the same matter",
            fix="Complain yourself, or choose another organisation.",
        )


def _not_theirs() -> Denied:
    return Denied(
        "You do not speak for this person.",
        why="they have not agreed to it by their own page, or have ended it",
        fix="Ask them; each agrees by their own link.",
    )
