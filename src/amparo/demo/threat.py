"""Two people who reported a threat: one whose case is decided, and Beto, who waits for it.

Nothing was done about their reports. They complained; a reviewer saw the danger, and ordered at
once that the message is kept down. In the older case it was decided, and a new statement followed.
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from amparo.case import complaint, hearing, notice, remedy
from amparo.demo import statements
from amparo.demo.director import Director, Life
from amparo.demo.matters import FORO
from amparo.demo.stage import Stage
from amparo.demo.worksheets import threat
from amparo.ledger.case import casework, links, sides
from amparo.ledger.outbound import outbox

WHY = (
    "Somebody writes where I live, when I come home, and that he will be waiting. I have reported "
    "him before; he knows my name. I am afraid to go home."
)
GROUNDS = "You say that no rule forbids it. He names my street and the hour. Please read it again."
AT_ONCE = "The message names a person, a street and an hour. Waiting would leave it there tonight."
DANGER = "The person who is named would learn that they were reported, and can find the reporter."


class Threat:
    """The reports, and what became of them."""

    def __init__(self, stage: Stage) -> None:
        """Nobody has reported anything yet."""
        self._stage = stage
        self.beto = ""
        """The address of Beto's page, once he has reported."""

    def begin(self, director: Director, end: datetime) -> None:
        """Somebody reports a threat five months ago, and Beto two days ago: it is urgent still."""
        director.enter(self._decided(), end - timedelta(days=150))
        director.enter(self._waits(), end - timedelta(hours=46))

    def _waits(self) -> Life:
        case = self._reported("beto@example.org", "es", "https://foro-libre.example/p/88123")
        with self._stage.journal.transaction():
            own = links.new(self._stage.journal, case, "notifier")
        self.beto = f"/recourse/{case}/{own.hex()}"
        yield from self._protected(case, silent=timedelta(hours=41))

    def _decided(self) -> Life:
        stage = self._stage
        case = self._reported("dana@example.org", "en", "https://foro-libre.example/p/51007")
        yield from self._protected(case, silent=timedelta(days=4))
        yield timedelta(hours=6)
        rosa = stage.seat("rosa")
        stage.do(case, hearing.waive, reasons=DANGER, by=rosa)
        stage.do(
            case,
            complaint.decide,
            reviewer=rosa,
            outcome="newly_restricted",
            reasons="It is a threat against a person who is named, with a place and an hour.",
            steps=["restrict"],
            answers=threat(),
            for_the_other="Your message may stay no longer: it threatens a person.",
        )
        yield timedelta(hours=9)
        self._restricted(case)

    def _reported(self, email: str, language: str, where: str) -> UUID:
        stage = self._stage
        first = notice.receive(
            why=WHY,
            where=where,
            category="STATEMENT_CATEGORY_VIOLENCE",
            danger="yes",
            now=stage.now,
        )
        with stage.journal.transaction():
            platform = stage.platforms[FORO].id
            case = casework.begin(stage.journal, platform, first, now=stage.now)
            outbox.set_contact(stage.journal, case, "notifier", email, language)
        return case

    def _protected(self, case: UUID, *, silent: timedelta) -> Life:
        """Nothing is done; they complain; what threatens them is kept down at once.

        `silent`: how long the platform says nothing.
        """
        stage = self._stage
        yield silent
        stage.do(
            case,
            notice.answer,
            result="not_acted",
            reasons="No rule forbids naming a street.",
            automated=True,
            decided_by=["mod-3"],
            by=stage.actor(FORO),
        )
        yield timedelta(hours=3)
        stage.complain(FORO, case, GROUNDS, role="notifier")
        yield timedelta(hours=1)
        rosa = stage.seat("rosa")
        stage.take(case, rosa)
        stage.do(case, remedy.interim, direction="keep_down", reasons=AT_ONCE, by=rosa)
        yield timedelta(minutes=20)
        stage.do(case, remedy.answer_interim, result="done", by=stage.actor(FORO))

    def _restricted(self, report: UUID) -> None:
        """A new statement restricts it; whoever wrote it is told, and can complain."""
        stage, by = self._stage, self._stage.actor(FORO)
        made = statements.removed_post(
            "demo-threat-1",
            stage.now.date(),
            category="VIOLENCE",
            clause="Community rules, section 3.1: threats against persons",
            explanation="The message tells a person who is named that somebody will be waiting, "
            "and where. Section 3.1 forbids threats, whatever their form.",
            decision_facts="A person had reported it. A reviewer who had not decided before read "
            "it with the messages around it.",
            source_type="SOURCE_ARTICLE_16",
            automated_detection="No",
            automated_decision="AUTOMATED_DECISION_NOT_AUTOMATED",
        )
        [statement] = stage.issue(FORO, [made])
        stage.tell(FORO, statement, ["mod-17"])
        step = partial(
            remedy.report,
            result="implemented",
            reasons="",
            statement=str(statement),
            by=by,
            now=stage.now,
        )
        with stage.journal.transaction():
            casework.act_within(stage.journal, report, step)
            sides.link(stage.journal, report, statement, how="remedy", by=by, now=stage.now)
