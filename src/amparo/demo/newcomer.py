"""Cleo, who was told this morning that her video was removed: all steps are still hers to take.

It was posted at the forum, at whose desk a visitor can sit, so that he can answer himself.
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta

from amparo.case import delivery
from amparo.demo import statements
from amparo.demo.director import Director, Life
from amparo.demo.matters import FORO
from amparo.demo.stage import Stage
from amparo.ledger.case import links
from amparo.ledger.outbound import outbox

CONTENT = "How I mend a zip in ten minutes (video, 9:41)"


class Newcomer:
    """A decision of this morning."""

    def __init__(self, stage: Stage) -> None:
        """Nothing was decided yet."""
        self._stage = stage
        self.cleo = ""
        """The address of Cleo's page."""

    def begin(self, director: Director, end: datetime) -> None:
        """A few hours ago."""
        director.enter(self._decided(), end - timedelta(hours=5))

    def _decided(self) -> Life:
        stage = self._stage
        made = statements.removed_post(
            "demo-video-1",
            stage.now.date(),
            category="PROTECTION_OF_MINORS",
            clause="Community rules, section 2.4: dangerous challenges",
            explanation="The video shows how a noose is tied, and when one faints. Section 2.4 "
            "forbids challenges that can kill.",
            category_specification=["KEYWORD_UNSAFE_CHALLENGES"],
            content_type=["CONTENT_TYPE_VIDEO"],
            content_language="EN",
            decision_facts="A machine took the zip for a noose. Nobody has watched the video.",
            automated_decision="AUTOMATED_DECISION_FULLY",
        )
        [case] = stage.issue(FORO, [made])
        yield timedelta(hours=1)
        stage.do(case, delivery.supply, content=CONTENT, by=stage.actor(FORO))
        stage.tell(FORO, case)
        with stage.journal.transaction():
            own = links.exchange(stage.journal, case, stage.now)
            outbox.set_contact(stage.journal, case, "person", "cleo@example.org", "en")
        self.cleo = f"/recourse/{case}/{own.hex()}"
