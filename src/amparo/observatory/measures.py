"""The catalogue of measures: name, a sentence anyone understands, unit, query, source.

Every measure is one SQL text over `daily` (date, platform, metric, value), asked with the
parameters `platforms` (a list), `first` and `last`; it answers with date, platform and value. What
ended with the schema of before July 2025 is added to its successor by the mapping alone; what has
no successor stays under its own name.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import itertools
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from amparo.errors import Text
from amparo.observatory.coverage import tells, zero_is_known
from amparo.record import vocabulary as words

Unit = Literal["statements", "share", "days"]

SOURCE = (
    "European Commission, DSA Transparency Database, 2023, doi:10.2906/134353607485211, CC BY 4.0"
)
OWN_SOURCE = Text("The public record of this node")
THE_SHOP = "Google Shopping"
"""The one platform that is four fifths of everything: totals are shown with and without it."""


NO_NOTE = Text("")


class Measure(NamedTuple):
    """Something that can be counted day by day."""

    name: str
    title: str
    sentence: Text
    unit: Unit
    sql: str
    family: str
    metrics: tuple[str, ...]
    """What it is made of; it is known where all of these are."""
    note: Text = NO_NOTE

    @property
    def is_of_the_record(self) -> bool:
        """Whether only a node's own record tells of it, and no dump of the EU's database."""
        return all(not tells("full", metric) for metric in self.metrics)

    @property
    def beside_title(self) -> Text:
        """What is said where the title stands already: the sentence without it."""
        what, value = (self.sentence.parameters.get(name) for name in ("what", "value"))
        return what if isinstance(what, Text) and str(value) == self.title else self.sentence


# `*` stands for all platforms together, whatever the series files say of it themselves; a node's
# own record is apart.
_OF = """\
FROM (SELECT unnest($platforms) AS asked)
JOIN daily ON platform = asked OR (asked = '*' AND platform <> '*' AND source <> 'record')
WHERE platform <> '*' AND date BETWEEN $first AND $last
  AND metric IN ({metrics})
GROUP BY ALL"""

_COUNT = f"""\
SELECT date, asked AS platform, sum(value) AS value
{_OF}
ORDER BY date, platform"""

_SHARE = f"""\
SELECT date, asked AS platform,
       {{counted}} / sum(value) FILTER (metric = {{whole}})::DOUBLE AS value
{_OF.format(metrics="{part}, {whole}")}
HAVING sum(value) FILTER (metric = {{whole}}) > 0
ORDER BY date, platform"""

# A mean of means, each with the platform's statements of the day as its weight.
_DAYS = """\
SELECT date, asked AS platform, sum(mean * weight) / sum(weight) / 86400.0 AS value
FROM (SELECT unnest($platforms) AS asked)
JOIN (SELECT date, platform, source, max(value) FILTER (metric = {mean}) AS mean,
             max(value) FILTER (metric = 'statements') AS weight
      FROM daily
      WHERE metric IN ({mean}, 'statements') AND date BETWEEN $first AND $last
        AND (list_contains($platforms, platform) OR list_contains($platforms, '*'))
      GROUP BY ALL)
  ON platform = asked OR (asked = '*' AND platform <> '*' AND source <> 'record')
WHERE platform <> '*' AND mean IS NOT NULL AND weight > 0
GROUP BY ALL ORDER BY date, platform"""

_WITHOUT = f"""\
SELECT date, '*' AS platform, sum(value) AS value
FROM daily
WHERE metric = 'statements' AND platform NOT IN ('*', '{THE_SHOP}') AND source <> 'record'
  AND date BETWEEN $first AND $last
GROUP BY ALL ORDER BY date"""


def slug_of_value(value: str) -> str:
    """The end of a metric's name for a value on the wire, as in `scams_and_fraud`."""
    for prefix in (
        "DECISION_VISIBILITY_",
        "DECISION_MONETARY_",
        "DECISION_PROVISION_",
        "DECISION_ACCOUNT_",
        "AUTOMATED_DECISION_",
        "STATEMENT_CATEGORY_",
        "CONTENT_TYPE_",
        "KEYWORD_",
        "SOURCE_",
        "ACCOUNT_TYPE_",
        "DECISION_GROUND_",
    ):
        value = value.removeprefix(prefix)
    return value.lower()


_RENAMED = {"category": words.FORMER_CATEGORIES, "keyword": words.FORMER_KEYWORDS}


def _former() -> dict[str, tuple[str, ...]]:
    """A metric -> what it was called before July 2025."""
    found: dict[str, tuple[str, ...]] = {}
    for family, renamed in _RENAMED.items():
        for old, new in renamed.items():
            if new is not None:
                name = f"{family}.{slug_of_value(new)}"
                found[name] = (*found.get(name, ()), f"{family}.{slug_of_value(old)}")
    return found


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _counts(family: str, labels: Mapping[str, str], what: Text) -> list[Measure]:
    found = []
    renamed = _former()
    for value, label in labels.items():
        name = f"{family}.{slug_of_value(value)}"
        former = renamed.get(name, ())
        note = Text("Before July 2025: {names}.", names=former) if former else NO_NOTE
        metrics = (name, *former)
        sql = _COUNT.format(metrics=_quoted(metrics))
        sentence = Text("{what}: {value}.", what=what, value=Text(label))
        found.append(Measure(name, label, sentence, "statements", sql, family, metrics, note))
    return found


def _share(name: str, title: str, sentence: Text, part: str, whole: str) -> Measure:
    counted = f"sum(value) FILTER (metric = '{part}')"
    if zero_is_known(part):
        counted = f"coalesce({counted}, 0)"
    sql = _SHARE.format(counted=counted, part=f"'{part}'", whole=f"'{whole}'")
    return Measure(f"share.{name}", title, sentence, "share", sql, "share", (part, whole))


@functools.cache
def catalogue() -> Mapping[str, Measure]:
    """Every measure by its name."""
    every = [
        Measure(
            "statements",
            "Statements of reasons",
            Text("How many decisions a platform reported on a day."),
            "statements",
            _COUNT.format(metrics="'statements'"),
            "statements",
            ("statements",),
        ),
        Measure(
            "statements.without_google_shopping",
            f"Statements of reasons without {THE_SHOP}",
            Text(
                "All platforms together, less {name}, which is four fifths of everything.",
                name=THE_SHOP,
            ),
            "statements",
            _WITHOUT,
            "statements",
            ("statements",),
        ),
        *_counts("account", words.DECISION_ACCOUNT, Text("Decisions about an account")),
        *_counts("visibility", words.DECISION_VISIBILITY, Text("Restrictions of visibility")),
        *_counts("provision", words.DECISION_PROVISION, Text("Restrictions of the service")),
        *_counts("monetary", words.DECISION_MONETARY, Text("Restrictions of payments")),
        *_counts("ground", words.DECISION_GROUND, Text("Ground of the decision")),
        *_counts("automated_decision", words.AUTOMATED_DECISION, Text("Who decided")),
        *_counts(
            "automated_detection",
            {"Yes": "Found by a machine", "No": "Found by people"},
            Text("How the content was found"),
        ),
        *_counts("source", words.SOURCE_TYPE, Text("What the decision followed")),
        *_counts("category", words.CATEGORY, Text("What the content was found to be")),
        *_counts(
            "keyword",
            {key: keyword.label for key, keyword in words.KEYWORDS.items()},
            Text("More precisely"),
        ),
        *_counts("content_type", words.CONTENT_TYPE, Text("Kind of content")),
        *_counts("account_type", words.ACCOUNT_TYPE, Text("Kind of account")),
        *_counts("territory", _territories(), Text("Where the restriction holds")),
        *_counts("language", {code: code for code in sorted(words.LANGUAGES)}, Text("Language")),
        *_complaints(),
        *_combinations(),
        *_ended(),
        *_shares(),
        *_durations(),
    ]
    return {measure.name: measure for measure in every}


def _territories() -> dict[str, str]:
    whole = {
        "EU": "All of the European Union",
        "EEA": "All of the European Economic Area",
        "EEA_NO_IS": "All of the European Economic Area but Iceland",
    }
    return whole | {code: code for code in sorted(words.EEA)}


_COMPLAINTS = {
    "filed": ("Complaints filed", Text("Complaints to the platform.")),
    "decided": ("Complaints decided", Text("Complaints that a person decided.")),
    "upheld": (
        "The first decision stands",
        Text("Complaints after which the first decision stands."),
    ),
    "partially_reversed": ("Changed in part", Text("Decisions that were changed in part.")),
    "reversed": ("Reversed", Text("Decisions that were reversed.")),
    "newly_restricted": (
        "Newly restricted",
        Text("Complaints after which a restriction was added."),
    ),
}
OWN = Text("From this node's own record; days with fewer than ten are left out.")


def _complaints() -> list[Measure]:
    """What only a record of one's own knows."""
    return [
        Measure(
            f"complaint.{name}",
            title,
            sentence,
            "statements",
            _COUNT.format(metrics=_quoted([f"complaint.{name}"])),
            "complaint",
            (f"complaint.{name}",),
            OWN,
        )
        for name, (title, sentence) in _COMPLAINTS.items()
    ]


def _ended() -> list[Measure]:
    """What ended on 30 June 2025 without a successor keeps its own name."""
    found = []
    for family, renamed in _RENAMED.items():
        for old, new in renamed.items():
            if new is None:
                name = f"{family}.{slug_of_value(old)}"
                label = slug_of_value(old).replace("_", " ").capitalize()
                what = Text("What the content was found to be")
                sentence = Text("{what}: {value}.", what=what, value=Text(label))
                sql = _COUNT.format(metrics=_quoted([name]))
                note = Text("Ended on 30 June 2025 without a successor.")
                found.append(
                    Measure(name, label, sentence, "statements", sql, family, (name,), note)
                )
    return found


def _combinations() -> list[Measure]:
    """Which of the four kinds of restriction a statement puts together."""
    kinds = {"vis": "visibility", "mon": "payments", "pro": "service", "acc": "account"}
    found = []
    for size in range(1, 5):
        for chosen in itertools.combinations(kinds, size):
            name = f"decision_type.{'_'.join(chosen)}"
            label = " and ".join(kinds[kind] for kind in chosen).capitalize()
            sentence = Text(
                "Decisions that restrict exactly these together: {kinds}.",
                kinds=Text(label),
            )
            sql = _COUNT.format(metrics=_quoted([name]))
            found.append(
                Measure(name, label, sentence, "statements", sql, "decision_type", (name,))
            )
    return found


def _shares() -> list[Measure]:
    everything = "statements"
    return [
        _share(
            "found_by_machine",
            "Found by a machine",
            Text("Of all decisions, the part in which a machine found the content."),
            "automated_detection.yes",
            everything,
        ),
        _share(
            "decided_by_machine",
            "Decided by a machine alone",
            Text("Of all decisions, the part that a machine took alone."),
            "automated_decision.fully",
            everything,
        ),
        _share(
            "illegal",
            "On the ground of law",
            Text(
                "Of all decisions, the part that rests on the law and not on the platform's terms."
            ),
            "ground.illegal_content",
            everything,
        ),
        _share(
            "after_a_notice",
            "After a notice",
            Text("Of all decisions, the part that followed a notice under Article 16."),
            "source.article_16",
            everything,
        ),
        _share(
            "suspensions_that_end",
            "Suspensions with an end",
            Text("Of all account suspensions, the part for which an end was stated."),
            "account.suspended.with_end_date",
            "account.suspended",
        ),
        _share(
            "reversed",
            "Reversed after a complaint",
            Text(
                "Of all complaints that were decided, the part that reversed the decision. People "
                "choose to complain: it says nothing about decisions nobody complained about."
            ),
            "complaint.reversed",
            "complaint.decided",
        ),
        _share(
            "several_restrictions",
            "Several restrictions at once",
            Text("Of all decisions, the part that restricts visibility and the service together."),
            "decision_type.vis_pro",
            everything,
        ),
    ]


def _durations() -> list[Measure]:
    means = {
        "delay.moderation": (
            "moderation_delay.mean_seconds",
            "From content to decision",
            Text("Mean days from the posting of the content to the restriction."),
        ),
        "delay.disclosure": (
            "disclosure_delay.mean_seconds",
            "From decision to report",
            Text("Mean days from the restriction to its report in the database."),
        ),
        "duration.account": (
            "account_restriction_duration.mean_seconds",
            "Length of account restrictions",
            Text("Mean days for which an account was restricted, where an end was stated."),
        ),
    }
    return [
        Measure(
            name,
            title,
            sentence,
            "days",
            _DAYS.format(mean=f"'{metric}'"),
            "days",
            (metric, "statements"),
        )
        for name, (metric, title, sentence) in means.items()
    ]
