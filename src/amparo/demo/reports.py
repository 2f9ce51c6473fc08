"""The transparency report of Foro Libre: published in two versions, the second a correction.

Its figures come from the record as it stands on each day, so that anybody can count them again.
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, date, datetime
from typing import Any

from amparo.demo.director import Director, Life
from amparo.demo.matters import FORO
from amparo.demo.stage import Stage
from amparo.report import answers, forms
from amparo.report.answers import Answers
from amparo.report.write import Given, write
from amparo.web.words import report_figures, report_files, report_publishing, report_versions

SIGNED_BY = "Carmen Ortiz, compliance officer"
WHY = (
    "Two accounts that were suspended in December had been counted in January. We found it when "
    "we compared the report with our list of suspensions."
)
_TEXT = "As the page on moderation of the service describes it, in its part on this question."
_FIRST, _SECOND = (2, 19), (4, 2)
"""Month and day of the two versions, in the year after the one that they report."""


class Reports:
    """The newest year that a report is owed for."""

    def __init__(self, stage: Stage) -> None:
        """Nothing is published yet."""
        self._stage = stage

    def begin(self, director: Director, end: datetime) -> None:
        """Both versions are public by the end of the story."""
        year = end.year if (end.month, end.day) > _SECOND else end.year - 1
        first, second = (datetime(year, *day, 10, tzinfo=UTC) for day in (_FIRST, _SECOND))
        director.enter(self._published(year - 1, illegal=3), first)
        director.enter(self._published(year - 1, illegal=5, reasons=WHY), second)

    def _published(self, year: int, *, illegal: int, reasons: str = "") -> Life:
        stage, today = self._stage, str(self._stage.now.date())
        given = self._given(year, today, illegal)
        written = write(given)
        period = f"{given.start}/{given.end}"
        manifest, files = report_files.draft(
            written,
            given,
            report_files.findings(written, given),
            made_on=today,
            log=stage.node.origin,
            platform=stage.platforms[FORO].slug,
            before=report_versions.latest(stage.node.reports, FORO, period),
            reasons=reasons,
        )
        stage.node.reports.mkdir(exist_ok=True)
        report_publishing.publish(
            stage.node, manifest, files, by=SIGNED_BY, on=today, now=stage.now
        )
        yield from ()

    def _given(self, year: int, today: str, illegal: int) -> Given:
        journal, platform = self._stage.journal, self._stage.platforms[FORO]
        start, end = date(year, 1, 1), date(year, 12, 31)
        counted = report_figures.counted(journal, platform, start, end)
        heard = report_figures.heard(journal, platform, str(year))
        answered = _answered(platform.slug, today, year, illegal)
        return Given(counted.measures(), heard, answered, str(start), str(end))


def _answered(slug: str, today: str, year: int, illegal: int) -> Answers:
    """What only people can answer."""
    source: dict[str, Any] = {
        "service": {
            "provider": f"{FORO} S.L.",
            "name": FORO,
            "platform": slug,
            "tier": "online_platform",
            "published": today,
            "previous": f"{year}-02-20",
        },
        "qualitative": {
            question.strip(): _TEXT
            for applies, question in forms.QUALITATIVE
            if "online_platform" in forms.BOUND[applies]
        },
        "suspensions_illegal": illegal,
        "suspensions_notices": 0,
        "suspensions_complaints": 0,
        "elsewhere": dict.fromkeys(("notices", "complaints", "disputes"), "none"),
        "order": [
            {
                "state": "ES",
                "category": "STATEMENT_CATEGORY_VIOLENCE",
                "orders": 2,
                "items": 3,
                "inform_hours": 1,
                "effect_hours": 12,
            }
        ],
        "accuracy": [
            {
                "scope": "Own-initiative",
                "context": "500 measures, judged twice",
                "accuracy": 0.93,
                "precision": 0.9,
                "recall": 0.8,
            }
        ],
    }
    return answers.read(source)
