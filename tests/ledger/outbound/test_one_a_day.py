"""A platform that says now this and now that: its person gets one letter a day, and loses nothing.

The letter says how it stands when it leaves; the case has every answer.
"""

import time
from datetime import timedelta
from functools import partial

import pytest
from tests.ledger.conftest import filed, reachable

from amparo.case import remedy
from amparo.case.events import InterimAnswered
from amparo.case.roles import Reviewer
from amparo.case.state import Actor
from amparo.errors import Unavailable
from amparo.ledger.case import casework, delivery_thread
from amparo.ledger.case.delivery_thread import DeliveryOutcome, Letter
from amparo.ledger.outbound import outbox

FORO, ROSA = Actor("platform", "foro"), Reviewer(1, lead=False)
DAY = 86_400
ANSWERS = ("interim_done", "interim_impossible")


class Kinds:
    """A letter is its kind; nothing else of it matters here."""

    def letter(self, notice, _):
        return Letter(notice.kind, notice.kind)


class Post:
    def __init__(self, error=None):
        self.error, self.taken = error, []

    def send(self, _, subject, *__):
        if self.error:
            raise self.error
        self.taken.append(subject)


class Waiting:
    """Somebody with an address, for whom something is ordered at once."""

    def __init__(self, journal, case):
        self.journal, self.case = journal, case
        reachable(journal, case)
        filed(journal, case)
        self.ordered()

    def ordered(self, *, later=0):
        order = {"direction": "keep_down", "reasons": "He is at her door.", "by": ROSA}
        self.step(remedy.interim, **order, later=later)

    def answered(self, result):
        self.step(remedy.answer_interim, result=result, reasons="So it is.", by=FORO)

    def step(self, step, *, later=0, **said):
        now = casework.now() + timedelta(seconds=later)
        casework.act(self.journal, self.case, partial(step, **said, now=now))

    def letters(self, days=0.0, post=None):
        """What leaves of these letters within so many days from now."""
        post, now = post or Post(), int(time.time() + days * DAY) + 2
        for platform in outbox.platforms_waiting(self.journal, "mail"):
            while notice := outbox.take(self.journal, now, "mail", platform):
                job = delivery_thread.prepare(self.journal, post, Kinds(), notice, now, bytes(32))
                if job is None:
                    continue
                error = None
                try:
                    job.send()
                except Unavailable as found:
                    error = found
                delivery_thread.keep(self.journal, DeliveryOutcome(job, error, now))
        return [kind for kind in post.taken if kind in ANSWERS]


@pytest.fixture
def waiting(journal, cases):
    return Waiting(journal, cases[0])


@pytest.mark.parametrize("last", ["done", "impossible"])
def test_whoever_is_told_now_this_and_now_that_gets_one_letter_a_day_with_the_last_of_it(
    waiting, last
):
    other = "done" if last == "impossible" else "impossible"
    waiting.answered(last)
    assert waiting.letters() == [f"interim_{last}"]

    for _ in range(20):
        waiting.answered(other)
        waiting.answered(last)

    assert waiting.letters(days=0.9) == []
    assert waiting.letters(days=1.1) == [f"interim_{last}"]
    assert waiting.letters(days=9) == []
    entries = casework.read(waiting.journal, waiting.case).events
    assert sum(isinstance(entry, InterimAnswered) for entry in entries) == 41


def test_a_letter_that_could_not_leave_says_how_it_stands_when_it_does(waiting):
    waiting.answered("done")
    assert waiting.letters(post=Post(Unavailable("No.", why="451", fix=""))) == []

    waiting.answered("impossible")

    assert waiting.letters(days=0.1) == ["interim_impossible"]


def test_what_is_ordered_once_more_is_told_of_as_soon_as_it_is_answered(waiting):
    """Whoever is in danger waits for that, whatever the platform said before."""
    for result in ("done", "impossible", "done"):
        waiting.answered(result)
    waiting.letters()
    waiting.ordered(later=1)

    waiting.answered("done")

    assert waiting.letters() == ["interim_done"]
    assert waiting.letters(days=9) == []


@pytest.mark.parametrize("then", ["it is decided", "it is ordered anew"])
def test_a_letter_that_waits_for_its_day_does_not_leave_when_it_is_not_true_any_more(waiting, then):
    waiting.answered("done")
    waiting.letters()
    waiting.answered("impossible")

    if then == "it is decided":
        waiting.step(lambda case, now: remedy.end_interim(case, now=now))
    else:
        waiting.ordered()

    assert waiting.letters(days=9) == []


def test_a_letter_that_is_not_true_any_more_takes_nobody_elses_along(journal, cases):
    waiting, other = (Waiting(journal, case) for case in cases[:2])
    for somebody in (waiting, other):
        somebody.answered("done")
    waiting.step(lambda case, now: remedy.end_interim(case, now=now))

    assert waiting.letters() == ["interim_done"]  # the other's


def test_whoever_has_left_another_address_since_is_told_there(waiting):
    waiting.answered("done")
    waiting.letters()
    waiting.answered("impossible")
    with waiting.journal.transaction():
        outbox.forget(waiting.journal, waiting.case, "person")
    reachable(waiting.journal, waiting.case, "ana@mail.example")

    waiting.answered("done")

    assert waiting.letters(days=1.1) == ["interim_done"]
