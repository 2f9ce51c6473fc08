"""What platforms decide every day, and who of those affected complains."""

# SPDX-License-Identifier: Apache-2.0

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count

from amparo.case.speech import NOT_SPEECH, SPEECH_KEYWORDS
from amparo.demo import statements
from amparo.demo.complaints import Course, Due, schedule
from amparo.demo.director import Director, Life
from amparo.demo.stage import FORO, MERCADO, MODERATORS, NIDO, Stage
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


def _made(
    stage: Stage, platform: str, numbers: Iterator[int], due: Sequence[Due], day: int
) -> list[Statement]:
    """The statements of a day: as many as usual, and as many as are to be complained about."""
    most, made = A_DAY[platform][day % 4], list[Statement]()
    while len(made) < most or sum(not is_speech(statement) for statement in made) < len(due):
        puid = f"demo-{stage.platforms[platform].slug}-{next(numbers):05d}"
        made.append(statements.everyday(stage.chance, puid, stage.now.date()))
    return made


def _decide(
    stage: Stage,
    director: Director,
    platform: str,
    made: Sequence[Statement],
    due: Sequence[Due],
) -> None:
    """Decide, tell everybody, and let those complain whose course begins."""
    cases = stage.issue(platform, made)
    for case in cases:
        stage.tell(platform, case, [stage.chance.choice(MODERATORS[platform])[1]])
    contested = (
        case for statement, case in zip(made, cases, strict=True) if not is_speech(statement)
    )
    for course, case in zip(due, contested, strict=False):
        director.enter(course.fate(Course(stage, platform, case)), stage.now)


def is_speech(statement: Statement) -> bool:
    """Whether a worksheet would come before a ruling on it."""
    keywords = set(statement.get("category_specification", ()))
    return statement["category"] in NOT_SPEECH or bool(keywords & SPEECH_KEYWORDS)
