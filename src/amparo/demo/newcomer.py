"""Cleo, who was told this morning that her post was removed: all steps are still hers to take."""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta

from amparo.case import delivery
from amparo.demo import statements
from amparo.demo.director import Director, Life
from amparo.demo.stage import NIDO, Stage
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
            content_type=["CONTENT_TYPE_VIDEO"],
            content_language="EN",
            decision_facts="A machine took the zip for a noose. Nobody has watched the video.",
            automated_decision="AUTOMATED_DECISION_FULLY",
        )
        [case] = stage.issue(NIDO, [made])
        yield timedelta(hours=1)
        stage.do(case, delivery.supply, content=CONTENT, by=stage.actor(NIDO))
        stage.tell(NIDO, case)
        with stage.journal.transaction():
            own = links.exchange(stage.journal, case, stage.now)
            outbox.set_contact(stage.journal, case, "person", "cleo@example.org", "en")
        self.cleo = f"/recourse/{case}/{own.hex()}"
