"""120 complaints about everyday decisions, one in every state that a complaint can be in.

Each course is a life of its own: somebody is told, waits some days, complains, and then it goes as
its name says. Outside of the wave they lead to fourteen orders.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from typing import NamedTuple
from uuid import UUID

from amparo.case import complaint, delivery, remedy
from amparo.case.events import RemedyStep
from amparo.case.roles import Reviewer
from amparo.demo.director import Life
from amparo.demo.matters import (
    FORO,
    GONE,
    MERCADO,
    NIDO,
    STILL,
    UNDONE_BY,
    Argument,
    Matter,
    Restriction,
)
from amparo.demo.stage import PERSON, Stage

REVIEWERS = {FORO: ("rosa", "lea"), MERCADO: ("bruno", "marta"), NIDO: ("kim", "noor")}
"""Platform -> who reviews, and the lead who looks when something is opened again."""


class Course(NamedTuple):
    """A case on its way through the desk of a platform."""

    stage: Stage
    platform: str
    case: UUID
    matter: Matter
    does: Restriction
    argument: Argument

    @property
    def step(self) -> RemedyStep:
        """What undoes the decision."""
        return UNDONE_BY[self.does]

    @property
    def reviewer(self) -> Reviewer:
        """Who reviews there."""
        return self.stage.seat(REVIEWERS[self.platform][0])

    @property
    def lead(self) -> Reviewer:
        """Who leads there."""
        return self.stage.seat(REVIEWERS[self.platform][1])

    def complain(self) -> None:
        """The person complains, and the platform supplies what it is about."""
        self.stage.complain(self.platform, self.case, self.argument.grounds)
        by = self.stage.actor(self.platform)
        self.stage.do(self.case, delivery.supply, content=self.matter.content, by=by)

    def take(self, reviewer: Reviewer | None = None) -> None:
        """Somebody takes it and opens the file."""
        self.stage.take(self.case, reviewer or self.reviewer)

    def stands(self, reviewer: Reviewer | None = None) -> None:
        """The first decision stands."""
        values = {
            "reviewer": reviewer or self.reviewer,
            "outcome": "upheld",
            "reasons": self.argument.stands,
        }
        self.stage.do(self.case, complaint.decide, **values)

    def falls(self) -> None:
        """It is reversed, and the platform is ordered to put it right."""
        values = {
            "reviewer": self.reviewer,
            "outcome": "reversed",
            "reasons": self.argument.falls,
        }
        self.stage.do(self.case, complaint.decide, steps=(self.step,), **values)

    def report(self, result: str, reasons: str = "") -> None:
        """The platform says what it did."""
        by = self.stage.actor(self.platform)
        self.stage.do(self.case, remedy.report, result=result, reasons=reasons, by=by)


def upheld(c: Course) -> Life:
    """The first decision stands."""
    yield from _taken(c)
    yield timedelta(days=3)
    c.stands()


def verified(c: Course) -> Life:
    """Ordered, done, and the person says that it is so."""
    yield from _done(c)
    yield timedelta(days=2)
    c.stage.do(c.case, remedy.verify, by=PERSON)


def claimed(c: Course) -> Life:
    """Ordered and said to be done; nobody has checked it."""
    yield from _done(c)


def refused(c: Course) -> Life:
    """The platform does not do what was ordered, and says why."""
    yield from _ordered(c)
    c.report("refused", "Our lawyers see it otherwise, and we answer for that.")


def impossible(c: Course) -> Life:
    """What was taken away is gone."""
    yield from _ordered(c)
    c.report("impossible", GONE[c.step])


def failed(c: Course) -> Life:
    """Said to be done, disputed, and not mended in time."""
    yield from _done(c)
    yield timedelta(days=2)
    c.stage.do(c.case, remedy.dispute, reason=STILL[c.step], by=PERSON)


def inadmissible(c: Course) -> Life:
    """Decided before, so it is not heard again."""
    yield from _filed(c)
    values = {"ground": "decided_before", "by": c.reviewer}
    reasons = "You complained about this decision in another case, which was decided in full."
    c.stage.do(c.case, complaint.declare_inadmissible, reasons=reasons, **values)


def withdrawn(c: Course) -> Life:
    """The person takes it back."""
    yield from _filed(c)
    c.stage.do(c.case, complaint.withdraw, by=PERSON)


def reopened(c: Course) -> Life:
    """Opened once more by the lead, and decided by her again."""
    yield from upheld(c)
    yield timedelta(days=6)
    why = "A letter that came with the complaint had not been read."
    c.stage.do(c.case, complaint.reopen, by=c.lead, reason=why)
    yield timedelta(days=1)
    c.take(c.lead)
    c.stands(c.lead)


def unanswered(c: Course) -> Life:
    """The person is asked something and does not answer; it goes on without."""
    yield from _asked(c)
    yield timedelta(days=9)
    c.stands()


def waiting(c: Course) -> Life:
    """Nobody has taken it yet."""
    yield from _filed(c)


def assigned(c: Course) -> Life:
    """Somebody has it, and has not opened it."""
    yield from _filed(c)
    c.stage.do(c.case, complaint.assign, to=c.reviewer, by=c.reviewer)


def reviewing(c: Course) -> Life:
    """Somebody is at it."""
    yield from _taken(c)


def asked(c: Course) -> Life:
    """A question waits for its answer."""
    yield from _asked(c)


def protected(c: Course) -> Life:
    """What was done is undone until it is decided."""
    yield from _taken(c)
    values = {"direction": "restore", "reasons": c.matter.urgent, "by": c.reviewer}
    c.stage.do(c.case, remedy.interim, **values)


def ordered(c: Course) -> Life:
    """Ordered; the platform is late."""
    yield from _ordered(c)


def _filed(c: Course) -> Life:
    yield timedelta(days=c.stage.chance.randrange(1, 4), hours=c.stage.chance.randrange(24))
    c.complain()
    yield timedelta(hours=c.stage.chance.randrange(2, 30))


def _taken(c: Course) -> Life:
    yield from _filed(c)
    c.take()


def _asked(c: Course) -> Life:
    yield from _taken(c)
    yield timedelta(hours=20)
    values = {"of": "person", "question": c.matter.question, "by": c.reviewer}
    c.stage.do(c.case, complaint.ask, **values)


def _ordered(c: Course) -> Life:
    yield from _taken(c)
    yield timedelta(days=2)
    c.falls()
    yield timedelta(hours=20)


def _done(c: Course) -> Life:
    yield from _ordered(c)
    c.report("implemented")


Fate = Callable[[Course], Life]
ENDED: dict[Fate, int] = {
    upheld: 44,
    inadmissible: 10,
    withdrawn: 8,
    unanswered: 6,
    verified: 4,
    reopened: 3,
    claimed: 2,
    refused: 2,
    impossible: 1,
    failed: 1,
}
"""How complaints of earlier months went."""
OPEN: dict[Fate, tuple[int, int]] = {
    waiting: (15, 7),
    assigned: (6, 8),
    reviewing: (6, 9),
    asked: (4, 8),
    protected: (2, 9),
    upheld: (2, 9),
    ordered: (3, 14),
    claimed: (1, 12),
}
"""How those of the last days stand -> how many, and how many days ago the decision was taken."""


class Due(NamedTuple):
    """A course that some decision of a platform takes."""

    platform: str
    day: int
    """Days before the end of the story, or fewer."""
    fate: Fate


def schedule(days: int) -> list[Due]:
    """Every complaint of the story, the earliest first; `days`: how long it lasts."""
    ended = [fate for fate, number in ENDED.items() for _ in range(number)]
    ended = [ended[n * 37 % len(ended)] for n in range(len(ended))]  # mixed, the same every time
    first, last = days - 5, 120
    past = [(first - n * (first - last) // len(ended), fate) for n, fate in enumerate(ended)]
    present = [(day, fate) for fate, (number, day) in OPEN.items() for _ in range(number)]
    turns = cycle((FORO, FORO, MERCADO, FORO, NIDO))
    found = [
        Due(platform, *course) for platform, course in zip(turns, [*past, *present], strict=False)
    ]
    return sorted(found, key=lambda due: -due.day)
