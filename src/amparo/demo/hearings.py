"""Cases before panels: one with a dissent, one by default, one sent back, one that is running.

And one that somebody has just asked for, which waits for the registrar. Each is about a cartoon of
a mayor; its draw follows from what members were bound to, as everywhere.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Generator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from amparo.case import deliberation, panel
from amparo.demo import coalition, statements
from amparo.demo.director import Director, Life
from amparo.demo.matters import FORO, MERCADO, NIDO
from amparo.demo.stage import MODERATORS, PERSON, Stage
from amparo.demo.worksheets import cartoon
from amparo.ledger.case import casework, draws, panels, registrars

DRAWING = "an axe labelled BUDGET over a row of park benches, the mayor holds it."
CONTENT = {
    FORO: f"A drawing: {DRAWING}",
    MERCADO: f"A print for sale, signed and numbered: {DRAWING}",
    NIDO: f"A video of a minute, in which somebody draws: {DRAWING}",
}
CLAUSES = {
    FORO: "Community rules, section 3.1: threats against persons",
    MERCADO: "Seller agreement, annex C: pictures on goods",
    NIDO: "Community rules, section 3.3: weapons and threats",
}
KINDS = {FORO: "IMAGE", MERCADO: "PRODUCT", NIDO: "VIDEO"}
"""Platform -> where the drawing was found: what is handed over, on which clause, of which kind."""
GROUNDS = "It is a cartoon about the budget. The answer to my complaint never names the label."
POSITION = "We stand by it: an axe over a named person is a picture of violence."
REPLY = "The axe has its name on it. It is about benches, and the vote is in ten days."
REASONS = (
    "P-LEG-: no rule named this sanction. P-AIM-: nothing shows that the drawing threatens "
    "anybody. P-VIO-: it is satire with no call in it. P-NEC-: a note would have been enough. "
    "P-LEN-: the removal has no end. P-HEAR-: nobody was heard. P-CON-: drawings of the other "
    "candidate stayed."
)
SUMMARY = "The drawing may be shown. What is on it is a budget, and no threat."
PUBLISHED = (
    "A platform removed a drawing of a mayor with an axe under its rule on threats, ten days "
    "before a local vote. The axe was labelled BUDGET. The panel found no threat in it, no rule "
    "that names this sanction, and drawings of the other candidate that had stayed."
)
BACK = "The record does not say who read the drawing, and in which language. This has to be shown."
REVERSED = ["reverse"] * 3


Beginning = Generator[timedelta, None, UUID]
"""The beginning of a life, which gives the case that it is about."""


class Hearings:
    """The panel cases of the story."""

    def __init__(self, stage: Stage) -> None:
        """Nobody has asked for a panel yet."""
        self._stage = stage
        self._lead = registrars.of_seat(stage.registrar)
        self.judge = ""
        """Who sits in the running case and has not sealed a worksheet yet."""

    def begin(self, director: Director, end: datetime) -> None:
        """Each asks for a panel on a day of its own."""
        for days, life in (
            (300, self._with_a_dissent()),
            (210, self._by_default()),
            (140, self._sent_back()),
            (29, self._running()),
            (5, self._waiting()),
        ):
            director.enter(life, end - timedelta(days=days))

    def _with_a_dissent(self) -> Life:
        case = yield from self._formed("demo-cartoon-1", FORO)
        yield from self._heard(case, FORO)
        self._seal(case, 3)
        yield timedelta(days=4)
        dissent = "An axe over a person who can be recognised is more than a figure of speech."
        self._vote(case, ["reverse", "reverse", "uphold"], dissent)
        self._decide(case, published=PUBLISHED, steps=["restore_content"])

    def _by_default(self) -> Life:
        """The platform says nothing; the panel judges what is there."""
        case = yield from self._formed("demo-cartoon-2", MERCADO)
        yield timedelta(days=16)
        self._do(case, panel.deliberate, by=self._lead.actor)
        self._seal(case, 3)
        yield timedelta(days=3)
        self._vote(case, REVERSED)
        self._decide(case, published="", steps=["restore_content"])

    def _sent_back(self) -> Life:
        case = yield from self._formed("demo-cartoon-3", NIDO)
        yield from self._heard(case, NIDO)
        self._seal(case, 3)
        yield timedelta(days=2)
        self._vote(case, ["send_back"] * 3)
        self._decide(case, published=BACK, steps=[])

    def _running(self) -> Life:
        """Two have sealed their worksheets; the third has not."""
        case = yield from self._formed("demo-cartoon-4", FORO)
        yield from self._heard(case, FORO)
        self._seal(case, 2)
        self.judge = self._members(case)[2]

    def _waiting(self) -> Life:
        """Somebody has asked, and the registrar has not looked yet."""
        yield from self._asked("demo-cartoon-5", FORO)

    def _asked(self, puid: str, platform: str) -> Beginning:
        """Somebody is told, and asks for a panel."""
        stage = self._stage
        made = statements.removed_post(
            puid,
            stage.now.date(),
            category="VIOLENCE",
            clause=CLAUSES[platform],
            explanation="The picture shows an axe over a person who can be recognised. The clause "
            "forbids threats, whatever their form.",
            content_type=[f"CONTENT_TYPE_{KINDS[platform]}"],
            decision_facts="A machine found an axe in the picture; a moderator saw it once.",
        )
        [case] = stage.issue(platform, [made])
        stage.tell(platform, case, [MODERATORS[platform][0][1]])
        yield timedelta(days=2)
        self._do(case, panel.submit, role="person", grounds=GROUNDS)
        return case

    def _formed(self, puid: str, platform: str) -> Beginning:
        case = yield from self._asked(puid, platform)
        yield timedelta(days=1)
        journal, node, lead = self._stage.journal, self._stage.node, self._lead
        panels.admit(journal, node, case, by=lead, now=self._stage.now)
        now = self._stage.now
        eligible = panels.fix_list(journal, node, case, {}, language="en", by=lead, now=now)
        yield timedelta(days=1)
        number = panels.last_list(casework.read(journal, case)).draw
        reveals = {who.id: coalition.reveal(node, who.id, number) for who in eligible[:4]}
        draws.draw_panel(journal, node, case, reveals, by=lead, now=self._stage.now)
        yield timedelta(days=1)
        clean = dict.fromkeys(self._members(case), "None of the five questions applies to me.")
        self._do(case, panel.form, clean=clean, by=lead.actor)
        return case

    def _heard(self, case: UUID, platform: str) -> Life:
        """The platform answers, the person replies, and the file is closed."""
        yield timedelta(days=6)
        by = self._stage.actor(platform)
        self._do(case, panel.take_position, text=POSITION, content=CONTENT[platform], by=by)
        yield timedelta(days=3)
        self._do(case, panel.reply, text=REPLY, by=PERSON)
        yield timedelta(days=1)
        self._do(case, panel.deliberate, by=self._lead.actor)
        yield timedelta(days=2)

    def _seal(self, case: UUID, number: int) -> None:
        for n, member in enumerate(self._members(case)[:number]):
            self._do(case, deliberation.seal, member=member, answers=cartoon(n))

    def _vote(self, case: UUID, outcomes: Sequence[str], dissent: str = "") -> None:
        for member, outcome in zip(self._members(case), outcomes, strict=True):
            why = dissent if outcome != outcomes[0] else ""
            self._do(case, deliberation.vote, member=member, outcome=outcome, dissent=why)

    def _decide(self, case: UUID, *, published: str, steps: Sequence[str]) -> None:
        journal = self._stage.journal
        panels.decide(
            journal,
            casework.read(journal, case),
            reasons=REASONS,
            summary=SUMMARY,
            divergence="",
            published=published,
            steps=steps,
            now=self._stage.now,
        )

    def _members(self, case: UUID) -> Sequence[str]:
        return casework.read(self._stage.journal, case).case.members

    def _do(self, case: UUID, step: Callable[..., Any], **values: Any) -> None:
        self._stage.do(case, step, **values)
