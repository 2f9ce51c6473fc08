"""Every rule of the template over a report that anyone wrote; all findings at once.

A rule is a function from a report to findings. An error makes a figure unusable or a part
incomplete; a warning is against the letter, or a sum that may have an explanation; the rest is
told. Each rule names its paragraph, and how certain it is: the letter of a text, a sum that does
not come out, or a judgement of ours.

Source: Implementing Regulation (EU) 2024/2835, Annex II; names of the rules as in `docs/report.md`.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from amparo.report import codes, duties, medians, periods, rows, sums, texts, values
from amparo.report.causes import grouped
from amparo.report.forms import Tier
from amparo.report.table import Finding, Judged, Report

Certainty = Literal["letter", "sum", "judgement"]


class Rule(NamedTuple):
    """What is asked, by which text, and how certain a finding is."""

    asks: str
    source: str
    certainty: Certainty


CATALOGUE = {
    "V-CSV": Rule(
        "CSV of RFC 4180 in UTF-8; what cannot be read says what it looks like.",
        "Annex II, Part I, 4",
        "letter",
    ),
    "V-HDR": Rule(
        "The columns of the template, under their own names.", "Annex I; Article 1", "letter"
    ),
    "V-ORDER": Rule(
        "Every row of the template, once, in its order.", "Annex I; Annex II, Part I, 1", "letter"
    ),
    "V-KEY": Rule(
        "The template's applicability in each row.", "Annex II, Part II, 1.2 to 2", "letter"
    ),
    "V-NAME": Rule(
        "The service in each row, under one name.", "Annex II, Part II, 1.2 to 2", "letter"
    ),
    "V-FILL": Rule(
        "No words of the blank template where an answer belongs.", "Annex II, Part I, 1", "letter"
    ),
    "V-INT": Rule("Counts are digits only.", "Annex II, Part I, 4", "letter"),
    "V-PCT": Rule("Shares are numbers from 0 to 1.", "Annex II, Part I, 4", "letter"),
    "V-MED": Rule("Times are hours.", "Annex II, Part I, 4", "letter"),
    "V-RANGE": Rule(
        "A median lies between those of the groups that it is made of.",
        "Annex II, Part II, 1.2, 1.3 and 1.5",
        "sum",
    ),
    "V-ZERO": Rule(
        "0 where it applies and nothing happened; blank where it does not apply.",
        "Annex II, Part I, 1",
        "letter",
    ),
    "V-LEN": Rule("Texts have at most 5,000 characters.", "Annex II, Part II, 2", "letter"),
    "V-PER": Rule(
        "Days and periods as YYYY-MM-DD, one period everywhere.",
        "Annex II, Part II, 1.1 and 1.2.1",
        "letter",
    ),
    "V-SCOPE": Rule(
        "Member States as Eurostat writes them (Greece is EL), languages small, no placeholder.",
        "Annex II, Part II, 1.2.1 and 1.6 to 1.8",
        "letter",
    ),
    "V-CAT": Rule(
        "Only the template's categories, each in its part.",
        "Annex II, Part I, 7, and Part II, 1",
        "letter",
    ),
    "V-OTHER": Rule(
        "Own sub-categories only as KEYWORD_OTHER, described, no two alike.",
        "Annex II, Part I, 7",
        "letter",
    ),
    "V-SUM": Rule(
        "Sub-categories give their category, categories and Member States the total; a part is no "
        "more than its whole; part 8 agrees with 5 and 6.",
        "Annex II, Part I, 7, and Part II, 1.2 to 1.8",
        "sum",
    ),
    "V-APP": Rule(
        "Complaints are their outcomes, what is omitted and what is pending; a warning, "
        "since outcomes may be of earlier periods.",
        "Annex II, Part II, 1.5",
        "sum",
    ),
    "V-ACC": Rule("An indicator of accuracy is explained.", "Annex II, Part II, 1.6", "letter"),
    "Q1": Rule("Every part and every answer that the tier owes.", "Annex II, Part I, 1", "letter"),
    "Q2": Rule(
        "A calendar year, or a half for VLOPs and VLOSEs; the second half of 2025 for all.",
        "Article 2; Annex II, Part I, 3",
        "letter",
    ),
    "Q3": Rule("Published within two months.", "Article 2; Annex II, Part I, 2", "judgement"),
    "Q4": Rule("The template is asked for from 1 July 2025 on.", "Annex II, Part I, 3", "letter"),
}
ASKS = {name: rule.asks for name, rule in CATALOGUE.items()}
"""Rule -> what it asks for, in a sentence."""
SOURCES = {rule.source: rule.source for rule in CATALOGUE.values()}
CERTAINTIES: dict[Certainty, str] = {
    "letter": "the letter of the text",
    "sum": "a sum that does not come out",
    "judgement": "a judgement of ours",
}
"""How certain a finding is, in words."""


def lint(report: Report, tier: Tier | None = None) -> list[Finding]:
    """Everything that is wrong with a report, in the order of its parts and lines."""
    judged = Judged(report, tier)
    found = grouped(finding for rule in RULES for finding in rule(judged))
    order = {table.file: place for place, table in enumerate(report.every)}
    return sorted(
        found,
        key=lambda finding: (
            order.get(finding.file, -1),
            finding.row,
            finding.rule,
            finding.column,
        ),
    )


RULES: tuple[Callable[[Judged], Iterator[Finding]], ...] = (
    duties.whole,
    duties.calendar,
    rows.columns,
    rows.there,
    rows.labelled,
    texts.named,
    texts.filled,
    texts.whole,
    texts.seen,
    values.written,
    values.blank,
    values.undecided,
    periods.dated,
    periods.spelled,
    codes.scopes,
    codes.codes,
    sums.sums,
    sums.appeals,
    medians.between,
    values.explained,
)
