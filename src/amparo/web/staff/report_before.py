"""What a transparency report has in common with the one before, so that nobody types it twice.

Names and texts are taken from the version that was published, question by question: of the period
itself, which a correction begins with, else of the last one before. Figures and what is listed
never are.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from amparo.errors import Malformed
from amparo.report import files, forms, parts
from amparo.report.forms import Tier
from amparo.report.table import Report
from amparo.web.staff import report_form
from amparo.web.words import report_versions

_WANTED = (1, 11)
"""Parts: who reports, and what figures cannot say."""


class Before(NamedTuple):
    """The last report that was published, of this period or an earlier one."""

    start: str
    end: str
    is_corrected: bool
    """Whether it is of this period: a new version would correct it."""
    answers: dict[str, str]
    """Field of the form -> what that report says there."""

    def missing(self, typed: Mapping[str, str]) -> dict[str, str]:
        """Its answers where nothing was typed yet."""
        return {
            name: text for name, text in self.answers.items() if not typed.get(name, "").strip()
        }

    def repeated(self, typed: Mapping[str, str]) -> list[str]:
        """The fields in which is typed what it says."""
        return [name for name, text in self.answers.items() if typed.get(name) == text]


def of(
    folder: Path, platform: str, service: str, tier: Tier, start: date, end: date
) -> Before | None:
    """What a platform's report of a period can begin with; None if it has published nothing."""
    own = f"{start}/{end}"
    published = [
        (manifest.period == own, manifest.period.partition("/")[2], manifest.period)
        for _, manifest in report_versions.every(folder)
        if manifest.service == service
        and manifest.platform in ("", platform)
        and (manifest.period == own or manifest.period.partition("/")[2] < str(start))
    ]
    if not published:
        return None
    is_corrected, _, period = max(published)
    report = _read(folder, service, period)
    if report is None:
        return None
    first, _, last = period.partition("/")
    return Before(first, last, is_corrected, _answers(report, tier, is_corrected=is_corrected))


def _read(folder: Path, service: str, period: str) -> Report | None:
    """The last version of a report; None where its files are damaged: then it is typed anew."""
    try:
        version = report_versions.latest(folder, service, period)
    except Malformed:
        return None
    bodies = version[1] if version else {}
    names = [f"{forms.PARTS[number].name}.csv" for number in _WANTED]
    sheets = [
        sheet
        for name in names
        if name in bodies
        for sheet in files.sheets_of(name, bodies[name])[0]
    ]
    found, _ = parts.reports(sheets)
    return found[0] if found else None


def _answers(report: Report, tier: Tier, *, is_corrected: bool) -> dict[str, str]:
    previous = forms.PREVIOUS if is_corrected else forms.PUBLISHED
    found = {
        "service.provider": report.value(1, Indicator=forms.PROVIDER),
        "service.previous": report.value(1, Indicator=previous),
    }
    for number, question in enumerate(report_form.questions(tier)):
        found[f"q{number}"] = report.value(11, Indicator=question)
    return {name: text for name, text in found.items() if text.strip()}
