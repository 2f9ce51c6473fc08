"""Counting: from a node's own record or from a public log, by one and the same code.

A decision's leaf holds in the clear all that parts 5, 6 and 8 ask for, so whoever has the log
counts what the writer counts. What happens in a case afterwards is sealed; the node counts
complaints and disputes, and puts what they come to into the log (`report.hearing`).

How things are counted (Annex II, and where it is silent our reading, marked D):

- a measure belongs to the period by the day from which it applies;
- own initiative: not preceded by a notice under Article 16; after other hints it still is (D);
- a measure is in one category, under the first keyword of it that is named; without one, under
  KEYWORD_OTHER (D); a measure with two restrictions counts in both columns;
- detected solely by automated means: `automated_detection` is Yes; a measure taken solely by
  automated means: `automated_decision` is FULLY;
- complaints and disputes: those submitted in the period, with what became of them by its end;
- medians in hours, from submission to decision; a node keeps them in tenths below a day and in
  whole ones from there on; what is pending has none.
"""

# SPDX-License-Identifier: Apache-2.0

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from amparo.record import vocabulary as words
from amparo.report import forms, hearing

_NOTICED = ("SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER")
_FLAGGER = "SOURCE_TRUSTED_FLAGGER"
_ILLEGAL = "DECISION_GROUND_ILLEGAL_CONTENT"


class Measure(NamedTuple):
    """What of a decision the template counts; equal ones are counted together."""

    ground: str
    category: str
    keyword: str
    restrictions: tuple[str, ...]
    source: str
    detected: bool
    """Whether solely automated means detected it."""
    decided: bool
    """Whether solely automated means took the measure."""
    language: str


class _Public(msgspec.Struct):
    decision_ground: str
    category: str
    application_date: str
    source_type: str
    automated_detection: str
    automated_decision: str
    decision_visibility: tuple[str, ...] = ()
    decision_monetary: str = ""
    decision_provision: str = ""
    decision_account: str = ""
    category_specification: tuple[str, ...] = ()
    content_language: str = ""


class _Leaf(msgspec.Struct):
    type: str
    by: str = ""
    public: _Public | None = None


_read = msgspec.json.Decoder(_Leaf).decode


class Counted:
    """Measures of one platform in one period, counted leaf by leaf; memory does not grow."""

    def __init__(self, platform: str, start: str, end: str) -> None:
        """`start` and `end` are days, YYYY-MM-DD, both within."""
        self._platform, self._start, self._end = platform, start, end
        self._period = hearing.period_of(start, end)
        self.hearing: hearing.Hearing | None = None
        """The newest figures of complaints, disputes and suspensions, where the log has some."""
        self._raw: Counter[tuple[Any, ...]] = Counter()
        self.leaves = 0
        self.strange = 0
        """Entries that say they are decisions or figures, and are none."""

    def add(self, leaves: Iterable[bytes]) -> None:
        """Count decisions among some leaves of a log, and read the figures of the hearing."""
        raw, platform, start, end = self._raw, self._platform, self._start, self._end
        for leaf in leaves:
            self.leaves += 1
            if b'"type":"decision.issued"' not in leaf:
                if b'"type":"hearing"' in leaf:
                    self._hear(leaf)
                continue
            try:
                found = _read(leaf)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self.strange += 1
                continue
            decision = found.public
            if (
                decision is None
                or found.by != platform
                or not start <= decision.application_date <= end
            ):
                continue
            raw[
                decision.decision_ground,
                decision.category,
                decision.category_specification,
                decision.decision_visibility,
                decision.decision_monetary,
                decision.decision_provision,
                decision.decision_account,
                decision.source_type,
                decision.automated_detection,
                decision.automated_decision,
                decision.content_language,
            ] += 1

    def _hear(self, leaf: bytes) -> None:
        try:
            found = hearing.read(leaf)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.strange += 1
            return
        if (found.by, found.period) == (self._platform, self._period):
            self.hearing = found

    def measures(self) -> Counter[Measure]:
        """The measures, each kind with its number."""
        found: Counter[Measure] = Counter()
        for key, count in self._raw.items():
            ground, category, keywords, visibility, monetary, provision, account, *rest = key
            source, detection, decision, language = rest
            found[
                Measure(
                    ground,
                    category,
                    _keyword(category, keywords),
                    tuple(_columns(visibility, monetary, provision, account)),
                    source,
                    detection == "Yes",
                    decision == "AUTOMATED_DECISION_FULLY",
                    language.lower(),
                )
            ] += count
        return found


def _keyword(category: str, keywords: tuple[str, ...]) -> str:
    for keyword in keywords:
        if keyword in words.KEYWORDS and words.KEYWORDS[keyword].category == category:
            return keyword
    return forms.OTHER


def _columns(
    visibility: tuple[str, ...], monetary: str, provision: str, account: str
) -> Iterator[str]:
    given = {
        "decision_visibility": visibility,
        "decision_monetary": (monetary,),
        "decision_provision": (provision,),
        "decision_account": (account,),
    }
    for column, (attribute, value) in forms.RESTRICTIONS.items():
        first, star, last = value.partition("*")
        for code in given[attribute]:
            if (star and code.startswith(first) and code.endswith(last)) or code == value:
                yield column
                break


Cells = dict[tuple[str, str], Counter[str]]
"""(Category, sub-category or '') -> column -> count; sub-categories, categories and TOTAL."""


def own_initiative(measures: Mapping[Measure, int], part: int) -> tuple[Cells, int]:
    """Part 5 (ground: law) or 6 (ground: terms); how many have no row in it."""
    cells: Cells = defaultdict(Counter)
    rows = {(category.high, category.sub) for category in forms.rows_of(part)}
    lost = 0
    for measure, count in measures.items():
        if measure.source in _NOTICED or (measure.ground == _ILLEGAL) != (part == 5):
            continue
        if (measure.category, "") not in rows:
            lost += count
            continue
        columns = [
            forms.MEASURES,
            *([forms.SOLELY] if measure.detected else []),
            *measure.restrictions,
        ]
        for row in ((measure.category, measure.keyword), (measure.category, ""), (forms.TOTAL, "")):
            for column in columns:
                cells[row][column] += count
    return cells, lost


def on_notices(measures: Mapping[Measure, int]) -> Cells:
    """The actions of part 4: decisions that followed a notice, by the ground actually used."""
    law, terms = (
        "Number of actions taken on the basis of the law",
        "Number of actions taken on the basis of the terms and conditions of the service",
    )
    cells: Cells = defaultdict(Counter)
    rows = {(category.high, category.sub) for category in forms.rows_of(4)}
    for measure, count in measures.items():
        if measure.source not in _NOTICED:
            continue
        place = (measure.category, measure.keyword)
        if (measure.category, "") not in rows:
            place = (forms.NOT_SPECIFIED_NOTICE, "")
        column = law if measure.ground == _ILLEGAL else terms
        columns = [column]
        if measure.source == _FLAGGER:
            columns.append(f"{column} (Trusted Flagger notices)")
        for row in {place, (place[0], ""), (forms.TOTAL, "")}:
            for name in columns:
                cells[row][name] += count
    return cells


def automated(measures: Mapping[Measure, int]) -> dict[tuple[str, str], int]:
    """Part 8: (scope, indicator) -> count; scopes of languages too."""
    found: Counter[tuple[str, str]] = Counter()
    for measure, count in measures.items():
        name = forms.SOLELY_MEASURES if measure.decided else forms.NOT_SOLELY_MEASURES
        scopes = [forms.TOTAL_NUMBER]
        scopes += [forms.OWN_INITIATIVE] if measure.source not in _NOTICED else []
        scopes += [measure.language] if measure.language in forms.LANGUAGES else []
        for scope in scopes:
            found[scope, name] += count
    return dict(found)


class Contested(NamedTuple):
    """A complaint or a dispute of the period, as it stands at its end."""

    outcome: str
    """upheld, partially_reversed, reversed, newly_restricted, omitted; '' pending."""
    hours: float | None
    """How long it took; None where it is pending."""
    about: tuple[str, ...]
    """Indicators of part 7 that it counts under."""
    implemented: bool = False
    by_default: bool = False
    """Whether the platform took no part; such decisions are never mixed with the others."""


def outcomes(contested: Iterable[Contested]) -> dict[str, float]:
    """The scopes of part 7, and `pending`."""
    found = list(contested)
    count = Counter(case.outcome for case in found)
    hours = [
        case.hours
        for case in found
        if case.hours is not None and case.outcome not in ("", "omitted")
    ]
    values: dict[str, float] = {
        forms.TOTAL_NUMBER: len(found),
        forms.UPHELD: count["upheld"] + count["newly_restricted"],
        forms.PARTIALLY: count["partially_reversed"],
        forms.REVERSED: count["reversed"],
        forms.OMITTED: count["omitted"],
        "pending": count[""],
    }
    if hours:
        values[forms.MEDIAN] = round(statistics.median(hours), 2)
    changed = [case for case in found if case.outcome in ("partially_reversed", "reversed")]
    if changed:
        share = sum(case.implemented for case in changed) / len(changed)
        values[forms.IMPLEMENTED] = round(share, 4)
    return values


class Noticed(NamedTuple):
    """A notice of the period under Article 16, as this node received it."""

    hours: float | None
    """How long an answer took; None where there is none."""
    acted: bool
    automated: bool
    category: str = ""
    items: int = 1
    flagged: bool = False
    """Whether a trusted flagger sent it."""


class Heard(NamedTuple):
    """What only a node that holds the openings can count."""

    complaints: tuple[Contested, ...] = ()
    disputes: tuple[Contested, ...] = ()
    notices: tuple[Noticed, ...] = ()
    suspensions: Mapping[str, int] = {}
    """notices, complaints -> suspensions under Article 23."""
