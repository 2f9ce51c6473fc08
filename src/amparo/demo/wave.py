"""A wave: 640 accounts closed in one week by a machine, contested, and reversed as a group.

Who complained is answered by a ruling on the group; the rest get their accounts back unasked. Ana
is one of them: her page waits for her to say whether it is true.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from amparo.case import remedy
from amparo.case.selection import Apart, Choice, Taken
from amparo.demo import statements
from amparo.demo.director import Director, Life
from amparo.demo.matters import FORO
from amparo.demo.stage import PERSON, Stage
from amparo.ledger.case import casework, groups, links, rulings
from amparo.ledger.outbound import outbox

A_DAY = (30, 70, 110, 180, 140, 70, 40)
CLOSED = sum(A_DAY)
DAYS_AGO = 24
"""When it began."""
COMPLAIN = 410
"""How many of them complain, in the two weeks that follow."""
CLAUSE = "accounts run by machines"
"""What all of them have in common, and no other decision has."""
RULED_AFTER = timedelta(days=16)
RULING = (
    "The classifier compared sentences, and people quote each other. Of sixty accounts that were "
    "looked at, fifty-eight belong to persons. Nobody had looked at any of them before it was "
    "closed. All of these closures are reversed; the classifier decides nothing by itself any more."
)
ANA = 203
"""Which of the closures is hers."""


class Wave:
    """The closures with their cases, and what becomes of them."""

    def __init__(self, stage: Stage) -> None:
        """Nothing has happened yet."""
        self._stage, self._cases = stage, list[UUID]()
        self._from: date | None = None
        self.ana = ""
        """The address of Ana's page, once she has opened her link."""

    def begin(self, director: Director, end: datetime) -> None:
        """The wave begins, and all that follows."""
        first = end - timedelta(days=DAYS_AGO)
        self._from = first.date()
        director.enter(self._closing(director), first)
        director.enter(self._ruled(), first + RULED_AFTER)

    def _closing(self, director: Director) -> Life:
        for number in A_DAY:
            self._close(director, number)
            yield timedelta(days=1)

    def _close(self, director: Director, number: int) -> None:
        stage, first = self._stage, len(self._cases)
        made = [
            statements.closed_account(f"demo-account-{n:04d}", stage.now.date(), "EN")
            for n in range(first, first + number)
        ]
        cases = stage.issue(FORO, made)
        self._cases += cases
        for n, case in enumerate(cases, first):
            stage.tell(FORO, case)
            wait = timedelta(hours=stage.chance.randrange(20, 24 * 9))
            if n == ANA:
                director.enter(self._ana(case), stage.now + timedelta(hours=5))
            elif n * 7 % CLOSED < COMPLAIN:
                director.enter(self._complains(case), stage.now + wait)

    def _complains(self, case: UUID) -> Life:
        self._stage.complain(FORO, case, self._stage.chance.choice(_GROUNDS))
        yield from ()

    def _ana(self, case: UUID) -> Life:
        stage, journal = self._stage, self._stage.journal
        with journal.transaction():
            own = links.exchange(journal, case, stage.now)
            outbox.set_contact(journal, case, "person", "ana@example.org", "en")
        self.ana = f"/recourse/{case}/{own.hex()}"
        yield timedelta(hours=2)
        stage.complain(FORO, case, _ANAS_GROUNDS)

    def _ruled(self) -> Life:
        """The lead rules: for those who complained, then for those who did not."""
        stage = self._stage
        platform = stage.platforms[FORO].id
        choice = Choice(clause=CLAUSE, decided_from=str(self._from))
        found = groups.find(stage.journal, platform, choice, language="en")
        self._rule(groups.taken(stage.journal, found, Taken(), size=found.size), unheard=False)
        yield from self._carried_out()
        others = groups.find_unheard(stage.journal, platform, choice, language="en")
        wanted = set(self._cases)
        cases = groups.taken(stage.journal, others, Taken(unheard=True), size=others.size)
        self._rule({c: why for c, why in cases.items() if c in wanted}, unheard=True)
        yield from self._carried_out()

    def _rule(self, cases: dict[UUID, tuple[Apart, ...]], *, unheard: bool) -> None:
        stage = self._stage
        rulings.begin(
            stage.journal,
            stage.platforms[FORO].id,
            cases,
            reviewer=stage.seat("lea"),
            outcome="reversed",
            reasons=RULING,
            steps=["restore_account"],
            chosen=f"clause={CLAUSE} decided_from={self._from}",
            language="en",
            unheard=unheard,
            now=stage.now,
        )

    def _carried_out(self) -> Life:
        """The platform says that it is done; some say that it is so, few that it is not."""
        stage, by = self._stage, self._stage.actor(FORO)
        yield timedelta(hours=18)
        restored = [case for case in self._cases if self._is_ordered(case)]
        for case in restored:
            stage.do(case, remedy.report, result="implemented", reasons="", by=by)
        yield timedelta(days=2)
        for case in _every(restored, 3, but=self._cases[ANA]):
            stage.do(case, remedy.verify, by=PERSON)
        for case in _every(restored[1:], 90, but=self._cases[ANA]):
            stage.do(case, remedy.dispute, reason="I come in, but all I wrote is gone.", by=PERSON)

    def _is_ordered(self, case: UUID) -> bool:
        return casework.read(self._stage.journal, case).case.remedy == "sent"


def _every(cases: list[UUID], step: int, *, but: UUID) -> Iterable[UUID]:
    return (case for case in cases[::step] if case != but)


_ANAS_GROUNDS = (
    "I am a person, and this is my only account. I quoted a song that many people quoted that "
    "week. My pupils write to me here; please look at what I have posted since 2019."
)
_GROUNDS = (
    "I am no machine. I shared a line of a song, as everybody did.",
    "My whole choir posted the same sentence, since it was our concert.",
    "I have had this account for nine years, with my own name and photograph.",
    "You closed the account of a library. We post the same hours every day.",
    "Somebody has to look at this. I sell my pots here and live on it.",
)
