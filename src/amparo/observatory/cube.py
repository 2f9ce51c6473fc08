"""From statements to daily series: one row a day, platform and metric, in the shape of `daily`.

The same SQL texts run on the Parquet of a lake in any engine. Statements that are alike in every
column of few values are counted once, into the table `alike`, and nearly all else is a sum over it:
a million statements are some hundred kinds. Doubts about single rows are counted in the same shape,
as metrics that begin with `doubt.`.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from amparo.observatory.renamed import MERGED
from amparo.record import vocabulary as words
from amparo.record.decision import DATES

_SINGLE = {
    "decision_account": "account",
    "decision_monetary": "monetary",
    "decision_provision": "provision",
    "account_type": "account_type",
    "decision_ground": "ground",
    "incompatible_content_illegal": "incompatible_illegal",
    "category": "category",
    "content_language": "language",
    "source_type": "source",
    "automated_detection": "automated_detection",
    "automated_decision": "automated_decision",
}
"""Column -> family, for columns that hold one value."""

_LISTS = {
    "decision_visibility": "visibility",
    "category_specification": "keyword",
    "content_type": "content_type",
}
_ENDS = {
    "decision_account": ("account", "end_date_account_restriction"),
    "decision_monetary": ("monetary", "end_date_monetary_restriction"),
    "decision_provision": ("provision", "end_date_service_restriction"),
}
_DELAYS = {
    "moderation_delay": ("application_date", "content_date"),
    "disclosure_delay": ("created_at", "application_date"),
    "account_restriction_duration": ("end_date_account_restriction", "application_date"),
}
_KINDS = {
    "vis": "coalesce(array_length(decision_visibility), 0) > 0",
    "mon": "decision_monetary IS NOT NULL",
    "pro": "decision_provision IS NOT NULL",
    "acc": "decision_account IS NOT NULL",
}
_EEA = sorted(words.EEA)
_SETS = {
    "eu": [code for code in _EEA if code not in ("IS", "LI", "NO")],
    "eea": _EEA,
    "eea_no_is": [code for code in _EEA if code != "IS"],
}


def _known(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


_END_DATES = tuple(name for name in DATES if name.startswith("end_date"))
_RESTRICTED = " || ".join(
    f"CASE WHEN {test} THEN '_{kind}' ELSE '' END" for kind, test in _KINDS.items()
)
_WHOLE = " ".join(f"WHEN '{' '.join(codes)}' THEN '{name}'" for name, codes in _SETS.items())
_TOGETHER = f"CASE territory {_WHOLE} END"

_WHETHER = ", ".join(f"CASE WHEN {end} IS NOT NULL THEN true END AS {end}" for end in _END_DATES)
_ALIKE_IN = ", ".join(("platform_name", *_SINGLE, *_LISTS, "territory", _WHETHER))
ALIKE = f"SELECT {_ALIKE_IN}, count(*) AS n FROM statements GROUP BY ALL"
"""SQL for the table `alike` over `statements`; of an end it tells only whether there is one."""

DOUBTS = {
    "no_decision": " AND ".join(f"NOT ({test})" for test in _KINDS.values()),
    "unknown_category": f"category NOT IN ({_known((*words.CATEGORY, *words.FORMER_CATEGORIES))})",
    "unknown_account_decision": f"decision_account NOT IN ({_known(words.DECISION_ACCOUNT)})",
    "content_after_decision": "content_date > application_date",
    "decision_after_report": "application_date > created_at::DATE",
    "end_before_start": " OR ".join(f"{end} < application_date" for end in _END_DATES),
    "end_without_decision": " OR ".join(
        f"({column} IS NULL AND {end} IS NOT NULL)" for column, (_, end) in _ENDS.items()
    )
    + f" OR (NOT ({_KINDS['vis']}) AND end_date_visibility_restriction IS NOT NULL)",
    "far_end": " OR ".join(f"{end} > DATE '2038-01-01'" for end in _END_DATES),
    "ground_without_text": "(decision_ground = 'DECISION_GROUND_ILLEGAL_CONTENT' "
    "AND illegal_content_legal_ground IS NULL) OR "
    "(decision_ground = 'DECISION_GROUND_INCOMPATIBLE_CONTENT' "
    "AND incompatible_content_ground IS NULL)",
    "too_long": "length(decision_facts) > 5000",
    "greece_as_el": "contains(territory, 'EL')",
    "another_day": "created_at::DATE <> DATE '{day}'",
}
"""Name of a doubt about a single row -> what such a row fulfils, on the day `{day}`."""

_OF_ALIKE = {
    "no_decision",
    "unknown_category",
    "unknown_account_decision",
    "end_without_decision",
    "greece_as_el",
}
"""Doubts that the columns of `alike` are enough for."""

_REPEATED = {"duplicate_uuid": "uuid", "duplicate_platform_id": "platform_uid"}
"""Doubt about repeats within a day -> column of `identified`."""

_PREFIXES = (
    "DECISION_(VISIBILITY|MONETARY|PROVISION|ACCOUNT|GROUND)_|AUTOMATED_DECISION_"
    "|STATEMENT_CATEGORY_|CONTENT_TYPE_|KEYWORD_|SOURCE_|ACCOUNT_TYPE_"
)


def _slug(column: str) -> str:
    """SQL that turns a value on the wire into the end of a metric's name."""
    return f"lower(regexp_replace({column}::VARCHAR, '^({_PREFIXES})', ''))"


def _count(metric: str, *, rows: str = "alike", where: str = "true", number: str = "sum(n)") -> str:
    """SQL that counts statements by platform and metric (an SQL text itself)."""
    return (
        f"SELECT platform_name AS platform, {metric} AS metric, {number}::BIGINT AS value\n"
        f"FROM {rows}\nWHERE {where}\nGROUP BY 1, 2"
    )


def _choice(texts: Sequence[str]) -> str:
    """SQL for one of several expressions, by `number`."""
    return "CASE number " + " ".join(f"WHEN {n} THEN {sql}" for n, sql in enumerate(texts)) + " END"


def _times(count: int) -> str:
    """SQL for each row of `alike` with each `number`, so that one pass answers many metrics."""
    return f"alike CROSS JOIN (VALUES {', '.join(f'({n})' for n in range(count))}) AS of(number)"


def _at_once(values: Mapping[str, str], rows: str) -> str:
    """SQL for aggregates of rows by platform in one pass; metric -> SQL of its value."""
    columns = ", ".join(f"({sql})::BIGINT AS value_{n}" for n, sql in enumerate(values.values()))
    cases = " ".join(f"WHEN '{metric}' THEN value_{n}" for n, metric in enumerate(values))
    names = ", ".join(f"('{metric}')" for metric in values)
    return (
        f"SELECT platform, metric, CASE metric {cases} END AS value\n"
        f"FROM (SELECT platform_name AS platform, {columns} FROM {rows} GROUP BY platform_name)\n"
        f"CROSS JOIN (VALUES {names}) AS named(metric)"
    )


def examples(doubt: str) -> str | None:
    """SQL for rows that fulfil a doubt, over `statements` or `identified`; None if there is none.

    Asked with the parameter `platform`, which may be null.
    """
    of = "($platform IS NULL OR platform_name = $platform)"
    if doubt in DOUBTS:
        test = DOUBTS[doubt].replace("DATE '{day}'", "date")
        return f"SELECT * FROM statements WHERE ({test}) AND {of} LIMIT $number"
    column = _REPEATED.get(doubt)
    if column is None:
        return None
    return (
        f"SELECT date, platform_name, {column}, dump, count(*) AS times FROM identified "
        f"WHERE {column} IS NOT NULL AND {of} GROUP BY ALL HAVING times > 1 LIMIT $number"
    )


TOGETHER = """\
CASE WHEN metric LIKE '%.max_seconds' THEN max(value)
            WHEN metric LIKE '%.mean_seconds' THEN round(avg(value))
            ELSE sum(value) END::BIGINT"""
"""SQL for what the values of several names of one platform are together."""


def daily(day: date) -> str:
    """SQL that turns the answers of all queries, in the table `counted`, into a day's series."""
    return f"""\
SELECT DATE '{day}' AS date, named AS platform, metric,
       {TOGETHER} AS value
FROM (SELECT CASE platform {_merged()} ELSE platform END AS named, metric, value
      FROM counted WHERE platform IS NOT NULL AND metric IS NOT NULL AND value IS NOT NULL)
GROUP BY named, metric ORDER BY metric, named"""


def _merged() -> str:
    """The names of dumps under which a platform has another in the series."""
    return " ".join(f"WHEN {_text(raw)} THEN {_text(name)}" for raw, name in MERGED.items())


def _text(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def queries(day: date, *, identified: bool) -> list[str]:
    """SQL texts over `statements` and `alike`, each answering platform, metric, value.

    What has no platform, metric or value is no answer. With `identified` also over the table of
    that name, which holds the identifiers.
    """
    found = [_by_value(), _by_item(), _foreign_keywords(), _delays(), *_closures()]
    found += [
        _doubts(day, "alike", "sum(n)", [name for name in DOUBTS if name in _OF_ALIKE]),
        _doubts(day, "statements", "count(*)", [name for name in DOUBTS if name not in _OF_ALIKE]),
        BOILER_PLATE,
    ]
    if identified:
        found += [_repeats(doubt, column) for doubt, column in _REPEATED.items()]
    return found


def _by_value() -> str:
    """Everything that a kind of statement has once or not at all."""
    metrics = [
        "'statements'",
        *(f"'{family}.' || {_slug(column)}" for column, family in _SINGLE.items()),
        *(
            f"CASE WHEN {end} IS NOT NULL "
            f"THEN '{family}.' || coalesce({_slug(column)}, 'none') || '.with_end_date' END"
            for column, (family, end) in _ENDS.items()
        ),
        f"'decision_type.' || coalesce(nullif(substr({_RESTRICTED}, 2), ''), 'none')",
        f"'territory.' || {_TOGETHER}",
    ]
    return _count(_choice(metrics), rows=_times(len(metrics)))


def _by_item() -> str:
    """Everything that a kind of statement can have several of."""
    restricted = f"CASE WHEN {_KINDS['vis']} THEN decision_visibility ELSE ['none'] END"
    lists = {
        **{f"'{family}.' || {_slug('item')}": column for column, family in _LISTS.items()},
        f"'visibility.' || {_slug('item')} || '.with_end_date'": (
            f"CASE WHEN end_date_visibility_restriction IS NOT NULL THEN {restricted} END"
        ),
        "'territory.' || lower(item)": (
            f"CASE WHEN {_TOGETHER} IS NULL THEN string_split(territory, ' ') END"
        ),
    }
    items = f"unnest({_choice([*lists.values()])})"
    rows = f"(SELECT platform_name, n, number, {items} AS item FROM {_times(len(lists))})"
    return _count(_choice([*lists]), rows=rows)


_CLOSED = "decision_account IN ('DECISION_ACCOUNT_SUSPENDED', 'DECISION_ACCOUNT_TERMINATED')"


def _closures() -> list[str]:
    """Of a day's account closures: how many rest on one clause, and on notices of one actor.

    They tell a burst where a platform has no past yet.
    """
    clause = "coalesce(incompatible_content_ground, illegal_content_legal_ground)"
    most = [
        _count(
            f"'closure.{name}'",
            rows=f"(SELECT platform_name, count(*) AS n FROM statements WHERE {_CLOSED} "
            f"AND {column} IS NOT NULL GROUP BY platform_name, {column})",
            number="max(n)",
        )
        for name, column in (("one_clause", clause), ("one_actor", "source_identity"))
    ]
    alone = f"{_CLOSED} AND automated_decision = 'AUTOMATED_DECISION_FULLY'"
    return [*most, _count("'closure.by_machine'", where=alone)]


def _foreign_keywords() -> str:
    """Keywords that are documented under another category than the one stated."""
    of_category: dict[str, list[str]] = {}
    for key, keyword in words.KEYWORDS.items():
        if keyword.category is not None:
            of_category.setdefault(keyword.category, []).append(key)
    fits = " OR ".join(
        f"(category = '{category}' AND item IN ({_known(keys)}))"
        for category, keys in of_category.items()
    )
    rows = "(SELECT platform_name, category, n, unnest(category_specification) AS item FROM alike)"
    bound = [key for keys in of_category.values() for key in keys]
    where = f"item IN ({_known(bound)}) AND NOT ({fits})"
    return _count("'doubt.keyword_of_another_category'", rows=rows, where=where)


def _doubts(day: date, rows: str, number: str, names: Sequence[str]) -> str:
    counts = {
        f"doubt.{name}": f"nullif({number} FILTER (WHERE {DOUBTS[name].format(day=day)}), 0)"
        for name in names
    }
    return _at_once(counts, rows)


def _delays() -> str:
    """Mean and longest of each span of time, and how many are below zero."""
    spans = ", ".join(
        f"date_diff('second', {earlier}::TIMESTAMP, {later}::TIMESTAMP) AS {name}"
        for name, (later, earlier) in _DELAYS.items()
    )
    values: dict[str, str] = {}
    for name in _DELAYS:
        values[f"{name}.mean_seconds"] = f"round(avg({name}) FILTER (WHERE {name} >= 0))"
        values[f"{name}.max_seconds"] = f"max({name}) FILTER (WHERE {name} >= 0)"
        values[f"{name}.negative_rows"] = f"nullif(count(*) FILTER (WHERE {name} < 0), 0)"
    return _at_once(values, f"(SELECT platform_name, {spans} FROM statements)")


BOILER_PLATE = """\
SELECT platform_name AS platform, 'doubt.boiler_plate' AS metric, sum(n)::BIGINT AS value
FROM (SELECT platform_name, n, sum(n) OVER (PARTITION BY platform_name) AS whole
      FROM (SELECT platform_name, decision_facts, count(*) AS n FROM statements
            WHERE decision_facts IS NOT NULL GROUP BY platform_name, decision_facts))
WHERE n >= 100 AND n * 2 >= whole
GROUP BY 1, 2"""
"""Statements with the one text of facts that at least half of a platform's statements of the day
have, and no fewer than a hundred."""


def _repeats(doubt: str, column: str) -> str:
    """SQL that counts repeats of an identifier of a platform.

    Digests find what may be repeated, and only that is compared: numbers take a fifth of the memory
    of texts, and a third of the time.
    """
    digests = f"SELECT hash({column}) AS digest FROM identified WHERE {column} IS NOT NULL"
    often = f"SELECT digest FROM ({digests}) GROUP BY digest HAVING count(*) > 1"
    repeated = (
        f"(SELECT platform_name, count(*) AS n FROM identified WHERE {column} IS NOT NULL "
        f"AND hash({column}) IN ({often}) GROUP BY platform_name, {column} HAVING count(*) > 1)"
    )
    return _count(f"'doubt.{doubt}'", rows=repeated, number="sum(n - 1)")
