"""Doubts: faults of published data that a query can find, as rules with counts and examples.

A doubt is no accusation: it names what does not fit, where, how much, and why it matters for who
counts. Each rule is one SQL text over `daily` that answers with platform, count, first day, last
day and the values of an example, which the rule has in words.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from amparo.errors import Parameter, Share, Text

Severity = Literal["high", "medium", "low"]


class Rule(NamedTuple):
    """One kind of doubt."""

    name: str
    sentence: str
    why: str
    severity: Severity
    example: str
    """The sentence for what is found, with places: `PARTS` says what stands in each."""
    sql: str


class Doubt(NamedTuple):
    """What a rule found on one platform."""

    rule: str
    platform: str
    number: int
    first: date
    last: date
    example: Text


PARTS: Mapping[str, Callable[[str], Parameter]] = {
    "number": int,
    "days": int,
    "share": lambda text: Share(float(text)),
    "before": lambda text: Share(float(text)),
    "day": date.fromisoformat,
}
"""Place in an example -> what its text becomes; other places hold names."""


def doubt(rule: Rule, row: Sequence[Any]) -> Doubt:
    """What a rule found, from a row of its answer."""
    platform, number, first, last, values = row
    places = re.findall(r"{(\w+)}", rule.example)
    parts = {
        place: PARTS.get(place, str)(value) for place, value in zip(places, values, strict=True)
    }
    return Doubt(rule.name, platform, number, first, last, Text(rule.example, **parts))


def _negative(delay: str) -> str:
    return f"""\
WITH days AS (
  SELECT platform, date, value,
         row_number() OVER (PARTITION BY platform ORDER BY value DESC, date) AS place
  FROM daily WHERE metric = '{delay}.negative_rows' AND platform <> '*')
SELECT platform, sum(value) AS count, min(date), max(date),
       [sum(value)::BIGINT::VARCHAR, (max(date) FILTER (place = 1))::VARCHAR]
FROM days
GROUP BY platform HAVING sum(value) > 0 ORDER BY count DESC"""


RULES: tuple[Rule, ...] = (
    Rule(
        "rows_that_contradict",
        "Single rows of a dump contradict themselves, repeat, or hold a value of no list.",
        "Found row by row when a dump is added to the lake; the rows stay in.",
        "medium",
        "{number} rows: {what}",
        """\
SELECT platform, sum(value) AS count, min(date), max(date),
       [sum(value)::BIGINT::VARCHAR, replace(substr(metric, 7), '_', ' ')]
FROM daily WHERE metric LIKE 'doubt.%' AND platform <> '*'
GROUP BY platform, metric ORDER BY count DESC""",
    ),
    Rule(
        "name_in_disguise",
        "A platform's name holds characters that no one can see, or that turn what follows.",
        "Such a name looks like another one, and breaks files that others make of it.",
        "medium",
        "{number} statements",
        """\
SELECT platform, sum(value) AS count, min(date), max(date),
       [sum(value)::BIGINT::VARCHAR]
FROM daily WHERE metric = 'statements'
  AND regexp_matches(platform, '[\\x{0}-\\x{1F}\\x{7F}-\\x{9F}\\x{202A}-\\x{202E}'
      || '\\x{2066}-\\x{2069}\\x{FFFE}\\x{FFFF}]')
GROUP BY platform ORDER BY count DESC""",
    ),
    Rule(
        "content_after_decision",
        "The content is dated after the decision about it.",
        "A delay that is negative is left out of every mean.",
        "medium",
        "{number} statements with content dated after the restriction, most on {day}",
        _negative("moderation_delay"),
    ),
    Rule(
        "decision_after_report",
        "The restriction is dated after the day it was reported.",
        "A decision cannot be reported before it takes effect.",
        "medium",
        "{number} statements with a restriction dated after its report, most on {day}",
        _negative("disclosure_delay"),
    ),
    Rule(
        "end_without_decision",
        "An end date is given for a restriction that was not imposed.",
        "Counts of temporary restrictions by end date alone are too high.",
        "low",
        "{number} statements with an end date but no such restriction",
        """\
SELECT platform, sum(value) AS count, min(date), max(date),
       [sum(value)::BIGINT::VARCHAR]
FROM daily WHERE metric LIKE '%.none.with_end_date' AND platform <> '*'
GROUP BY platform ORDER BY count DESC""",
    ),
    Rule(
        "end_before_start",
        "An account restriction ends before it starts.",
        "The duration is negative and left out of every mean.",
        "low",
        "{number} account restrictions that end before they start",
        """\
SELECT platform, sum(value) AS count, min(date), max(date),
       [sum(value)::BIGINT::VARCHAR]
FROM daily WHERE metric = 'account_restriction_duration.negative_rows' AND platform <> '*'
GROUP BY platform HAVING sum(value) > 0 ORDER BY count DESC""",
    ),
    Rule(
        "copied_series",
        "Two platforms report the same number on most of their common days.",
        "A sum over both counts the same decisions twice.",
        "high",
        "the same count as {other} on {number} of {days} common days",
        """\
WITH counts AS (SELECT platform, date, value FROM daily
                WHERE metric = 'statements' AND platform <> '*' AND value >= 5)
SELECT a.platform, count(*) FILTER (a.value = b.value) AS count, min(a.date), max(a.date),
       [b.platform, count(*) FILTER (a.value = b.value)::VARCHAR, count(*)::VARCHAR]
FROM counts AS a JOIN counts AS b ON a.date = b.date AND a.platform < b.platform
GROUP BY a.platform, b.platform
HAVING count(*) >= 20 AND count(*) FILTER (a.value = b.value) >= 0.6 * count(*)
ORDER BY count DESC""",
    ),
    Rule(
        "automation_flips",
        "The share decided by a machine changes by more than half from one month to the next.",
        "Either the way of deciding changed, or what is reported about it.",
        "high",
        "from {before} to {share} in {month}",
        """\
WITH months AS (
  SELECT platform, date_trunc('month', date)::DATE AS month,
         coalesce(sum(value) FILTER (metric = 'automated_decision.fully'), 0)
           / nullif(sum(value) FILTER (metric = 'statements'), 0)::DOUBLE AS share,
         sum(value) FILTER (metric = 'statements') AS total
  FROM daily WHERE platform <> '*' AND metric IN ('automated_decision.fully', 'statements')
  GROUP BY ALL),
flips AS (
  SELECT *, lag(share) OVER w AS before, lag(total) OVER w AS total_before,
         lag(month) OVER w AS month_before
  FROM months WINDOW w AS (PARTITION BY platform ORDER BY month)),
great AS (
  SELECT *, row_number() OVER (PARTITION BY platform ORDER BY abs(share - before) DESC, month)
         AS place
  FROM flips WHERE abs(share - before) > 0.5 AND least(total, total_before) >= 1000
    AND date_diff('month', month_before, month) = 1)
SELECT platform, count(*) AS count, min(month), max(month),
       [(max(before) FILTER (place = 1))::VARCHAR, (max(share) FILTER (place = 1))::VARCHAR,
        strftime(max(month) FILTER (place = 1), '%Y-%m')]
FROM great
GROUP BY platform ORDER BY count DESC, platform""",
    ),
    Rule(
        "one_value_for_everything",
        "One and the same category is given for nearly everything.",
        "A category that is always the same tells nothing; comparisons by category mislead.",
        "medium",
        "{share} of {number} statements are {metric}",
        """\
WITH counts AS (
  SELECT platform, metric, sum(value) AS total, min(date) AS first, max(date) AS last
  FROM daily WHERE metric LIKE 'category.%' AND platform <> '*' GROUP BY ALL),
shares AS (SELECT *, total / sum(total) OVER (PARTITION BY platform) AS share,
                  sum(total) OVER (PARTITION BY platform) AS whole FROM counts)
SELECT platform, total AS count, first, last,
       [share::VARCHAR, whole::BIGINT::VARCHAR, metric]
FROM shares WHERE share >= 0.99 AND whole >= 1000 ORDER BY count DESC""",
    ),
    Rule(
        "always_illegal",
        "Every decision rests on the law, none on the platform's terms.",
        "Elsewhere nearly all rest on the terms; the ground may be filled in by habit.",
        "medium",
        "{share} of its statements name the law",
        """\
SELECT platform, sum(value) FILTER (metric = 'ground.illegal_content') AS count,
       min(date), max(date),
       [(sum(value) FILTER (metric = 'ground.illegal_content') / sum(value)::DOUBLE)::VARCHAR]
FROM daily WHERE metric LIKE 'ground.%' AND platform <> '*'
GROUP BY platform
HAVING count >= 0.99 * sum(value) AND sum(value) >= 10000 ORDER BY count DESC""",
    ),
    Rule(
        "never_a_machine",
        "A platform of millions of decisions reports none that a machine took alone.",
        "Zero where peers of like size have many is a question, not an answer.",
        "medium",
        "{number} statements, none fully automated",
        """\
SELECT platform, sum(value) FILTER (metric = 'statements') AS count, min(date), max(date),
       [count::BIGINT::VARCHAR]
FROM daily WHERE metric IN ('statements', 'automated_decision.fully') AND platform <> '*'
GROUP BY platform
HAVING coalesce(sum(value) FILTER (metric = 'automated_decision.fully'), 0) = 0
   AND count >= 5000000 ORDER BY count DESC""",
    ),
    Rule(
        "unspecified_content",
        "Most content is of the type `other`.",
        "What was removed cannot be told from the coded fields.",
        "low",
        "{share} of its content is of type other",
        """\
SELECT platform, sum(value) FILTER (metric = 'content_type.other') AS count, min(date), max(date),
       [(count / sum(value)::DOUBLE)::VARCHAR]
FROM daily WHERE metric LIKE 'content_type.%' AND platform <> '*'
GROUP BY platform HAVING count >= 0.5 * sum(value) AND count >= 100000 ORDER BY count DESC""",
    ),
)
"""Every rule that the daily series can answer."""
