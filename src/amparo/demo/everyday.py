"""What platforms decide every day, and who of those affected complains."""

# SPDX-License-Identifier: Apache-2.0

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple

from amparo.case.speech import NOT_SPEECH, SPEECH_KEYWORDS
from amparo.demo import statements
from amparo.demo.complaints import Course, Due, schedule
from amparo.demo.director import Director, Life
from amparo.demo.matters import FORO, MATTERS, MERCADO, NIDO, Matter, Restriction
from amparo.demo.stage import MODERATORS, Stage
from amparo.demo.statements import Statement

A_DAY = {FORO: (2, 3, 2, 4), MERCADO: (1, 1, 0, 2), NIDO: (1, 0, 1, 1)}
"""Platform -> how many decisions on days that follow each other, over and over."""
BEGINS = {FORO: timedelta(), MERCADO: timedelta(hours=3), NIDO: timedelta(hours=7)}
"""Platform -> how long after the others it is at work, every day."""


def begin(stage: Stage, director: Director, end: datetime, days: int) -> None:
    """Every platform begins to decide, and the complaints of the story wait for their decisions."""
    every = schedule(days)
    for platform in A_DAY:
        courses = deque(due for due in every if due.platform == platform)
        director.enter(_life(stage, director, platform, courses, end), stage.now + BEGINS[platform])


def _life(
    stage: Stage, director: Director, platform: str, courses: deque[Due], end: datetime
) -> Life:
    numbers, begun = count(1), stage.now
    for passed in count(1):
        day = (end - stage.now).days
        due = list(_due(courses, day))
        _decide(stage, director, platform, _made(stage, platform, numbers, due, day), due)
        yield begun + timedelta(days=passed, minutes=stage.chance.randrange(90)) - stage.now


def _due(courses: deque[Due], day: int) -> Iterator[Due]:
    """The courses that begin on a day."""
    while courses and day <= courses[0].day:
        yield courses.popleft()


class _Decided(NamedTuple):
    """A statement, and what it is about."""

    statement: Statement
    matter: Matter
    does: Restriction

    @property
    def may_be_contested(self) -> bool:
        """Whether somebody of the story complains about such decisions."""
        return bool(self.matter.arguments) and not is_speech(self.statement)


def _made(
    stage: Stage, platform: str, numbers: Iterator[int], due: Sequence[Due], day: int
) -> list[_Decided]:
    """The statements of a day: as many as usual, and as many as are to be complained about."""
    most, made = A_DAY[platform][day % 4], list[_Decided]()
    while len(made) < most or sum(decided.may_be_contested for decided in made) < len(due):
        puid = f"demo-{stage.platforms[platform].slug}-{next(numbers):05d}"
        matter = stage.chance.choice(MATTERS[platform])
        does = stage.chance.choice(matter.does)
        today = stage.now.date()
        statement = statements.everyday(stage.chance, matter, does, puid, today)
        made.append(_Decided(statement, matter, does))
    return made


def _decide(
    stage: Stage,
    director: Director,
    platform: str,
    made: Sequence[_Decided],
    due: Sequence[Due],
) -> None:
    """Decide, tell everybody, and let those complain whose course begins."""
    cases = stage.issue(platform, [decided.statement for decided in made])
    for decided, case in zip(made, cases, strict=True):
        by_a_machine = decided.matter.how == "machine"
        who = [] if by_a_machine else [stage.chance.choice(MODERATORS[platform])[1]]
        stage.tell(platform, case, who)
    contested = (
        (decided, case)
        for decided, case in zip(made, cases, strict=True)
        if decided.may_be_contested
    )
    for course, (decided, case) in zip(due, contested, strict=False):
        argument = stage.chance.choice(decided.matter.arguments)
        begun = Course(stage, platform, case, decided.matter, decided.does, argument)
        director.enter(course.fate(begun), stage.now)


def is_speech(statement: Statement) -> bool:
    """Whether a worksheet would come before a ruling on it."""
    keywords = set(statement.get("category_specification", ()))
    return statement["category"] in NOT_SPEECH or bool(keywords & SPEECH_KEYWORDS)
