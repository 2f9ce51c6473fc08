"""From statements to daily series: one row a day, platform and metric, in the shape of `daily`.

The same SQL texts run on the Parquet of a lake in any engine. Doubts about single rows are counted
in the same shape, as metrics that begin with `doubt.`.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
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

_PREFIXES = (
    "DECISION_(VISIBILITY|MONETARY|PROVISION|ACCOUNT|GROUND)_|AUTOMATED_DECISION_"
    "|STATEMENT_CATEGORY_|CONTENT_TYPE_|KEYWORD_|SOURCE_|ACCOUNT_TYPE_"
)


def _slug(column: str) -> str:
    """SQL that turns a value on the wire into the end of a metric's name."""
    return f"lower(regexp_replace({column}::VARCHAR, '^({_PREFIXES})', ''))"


def _count(
    metric: str, *, rows: str = "statements", where: str = "true", number: str = "count(*)"
) -> str:
    """SQL that counts rows by platform and metric (an SQL text itself)."""
    return (
        f"SELECT platform_name AS platform, {metric} AS metric, {number}::BIGINT AS value\n"
        f"FROM {rows}\nWHERE {where}\nGROUP BY 1, 2"
    )


def _lists(column: str) -> str:
    """SQL for the few different lists of a column, with how often each occurs."""
    return (
        f"(SELECT platform_name, {column}, count(*) AS n FROM statements "
        f"WHERE array_length({column}) > 0 GROUP BY 1, 2)"
    )


def examples(doubt: str) -> str | None:
    """SQL for rows that fulfil a doubt, over `statements` or `identified`; None if there is none.

    Asked with the parameter `platform`, which may be null.
    """
    of = "($platform IS NULL OR platform_name = $platform)"
    if doubt in DOUBTS:
        test = DOUBTS[doubt].replace("DATE '{day}'", "date")
        return f"SELECT * FROM statements WHERE ({test}) AND {of} LIMIT $number"
    column = {"duplicate_uuid": "uuid", "duplicate_platform_id": "platform_uid"}.get(doubt)
    if column is None:
        return None
    return (
        f"SELECT date, platform_name, {column}, count(*) AS times FROM identified "
        f"WHERE {column} IS NOT NULL AND {of} GROUP BY ALL HAVING times > 1 LIMIT $number"
    )


def daily(day: date) -> str:
    """SQL that turns the answers of all queries, in the table `counted`, into a day's series."""
    return f"""\
SELECT DATE '{day}' AS date, named AS platform, metric,
       CASE WHEN metric LIKE '%.max_seconds' THEN max(value)
            WHEN metric LIKE '%.mean_seconds' THEN round(avg(value))
            ELSE sum(value) END::BIGINT AS value
FROM (SELECT CASE platform {_merged()} ELSE platform END AS named, metric, value
      FROM counted WHERE platform IS NOT NULL AND metric IS NOT NULL)
GROUP BY named, metric ORDER BY metric, named"""


def _merged() -> str:
    """The names of dumps under which a platform has another in the series."""
    return " ".join(f"WHEN {_text(raw)} THEN {_text(name)}" for raw, name in MERGED.items())


def _text(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def queries(day: date, *, identified: bool) -> list[str]:
    """SQL texts over `statements`, each answering platform, metric, value.

    With `identified` also over the table of that name, which holds the identifiers.
    """
    found = [_count("'statements'")]
    for column, family in _SINGLE.items():
        found.append(_count(f"'{family}.' || {_slug(column)}", where=f"{column} IS NOT NULL"))
    for column, family in _LISTS.items():
        items = f"(SELECT platform_name, n, unnest({column}) AS item FROM {_lists(column)})"
        found.append(_count(f"'{family}.' || {_slug('item')}", rows=items, number="sum(n)"))
    for column, (family, end) in _ENDS.items():
        metric = f"'{family}.' || coalesce({_slug(column)}, 'none') || '.with_end_date'"
        found.append(_count(metric, where=f"{end} IS NOT NULL"))
    found.append(_visibility_ends())
    found += [text for name, days in _DELAYS.items() for text in _delay(name, *days)]
    found += [_combinations(), *_territories(), *_closures()]
    found += [
        _count(f"'doubt.{name}'", where=test.format(day=day)) for name, test in DOUBTS.items()
    ]
    found += [_foreign_keywords(), BOILER_PLATE]
    return [*found, DUPLICATES] if identified else found


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
    rows = (
        "(SELECT platform_name, category, n, unnest(category_specification) AS item FROM "
        "(SELECT platform_name, category, category_specification, count(*) AS n FROM statements "
        "WHERE array_length(category_specification) > 0 GROUP BY 1, 2, 3))"
    )
    bound = [key for keys in of_category.values() for key in keys]
    where = f"item IN ({_known(bound)}) AND NOT ({fits})"
    return _count("'doubt.keyword_of_another_category'", rows=rows, where=where, number="sum(n)")


def _visibility_ends() -> str:
    rows = (
        f"(SELECT platform_name, unnest(CASE WHEN {_KINDS['vis']} THEN decision_visibility "
        "ELSE ['none'] END) AS item FROM statements "
        "WHERE end_date_visibility_restriction IS NOT NULL)"
    )
    return _count(f"'visibility.' || {_slug('item')} || '.with_end_date'", rows=rows)


def _delay(name: str, later: str, earlier: str) -> list[str]:
    seconds = f"date_diff('second', {earlier}::TIMESTAMP, {later}::TIMESTAMP)"
    rows = (
        f"(SELECT platform_name, {seconds} AS seconds FROM statements "
        f"WHERE {later} IS NOT NULL AND {earlier} IS NOT NULL)"
    )
    measured = [
        f"SELECT platform_name AS platform, '{name}.{what}_seconds' AS metric, "
        f"round({function}(seconds))::BIGINT AS value\n"
        f"FROM {rows}\nWHERE seconds >= 0\nGROUP BY 1, 2"
        for what, function in (("mean", "avg"), ("max", "max"))
    ]
    return [*measured, _count(f"'{name}.negative_rows'", rows=rows, where="seconds < 0")]


def _combinations() -> str:
    parts = " || ".join(
        f"CASE WHEN {test} THEN '_{kind}' ELSE '' END" for kind, test in _KINDS.items()
    )
    return _count(f"'decision_type.' || coalesce(nullif(substr({parts}, 2), ''), 'none')")


def _territories() -> list[str]:
    few = (
        "(SELECT platform_name, territory, count(*) AS n FROM statements "
        "WHERE territory IS NOT NULL GROUP BY 1, 2)"
    )
    whole = " ".join(
        f"WHEN territory = '{' '.join(codes)}' THEN '{name}'" for name, codes in _SETS.items()
    )
    named = f"(SELECT *, CASE {whole} END AS whole FROM {few})"
    single = (
        "(SELECT platform_name, n, unnest(string_split(territory, ' ')) AS item "
        f"FROM {named} WHERE whole IS NULL)"
    )
    return [
        _count("'territory.' || whole", rows=named, where="whole IS NOT NULL", number="sum(n)"),
        _count("'territory.' || lower(item)", rows=single, number="sum(n)"),
    ]


BOILER_PLATE = """\
SELECT platform_name AS platform, 'doubt.boiler_plate' AS metric, sum(n)::BIGINT AS value
FROM (SELECT platform_name, n, sum(n) OVER (PARTITION BY platform_name) AS whole
      FROM (SELECT platform_name, decision_facts, count(*) AS n FROM statements
            WHERE decision_facts IS NOT NULL GROUP BY platform_name, decision_facts))
WHERE n >= 100 AND n * 2 >= whole
GROUP BY 1, 2"""
"""Statements with the one text of facts that at least half of a platform's statements of the day
have, and no fewer than a hundred."""

DUPLICATES = """\
SELECT platform_name, 'doubt.duplicate_uuid', sum(n - 1)
FROM (SELECT platform_name, count(*) AS n FROM identified WHERE uuid IS NOT NULL
      GROUP BY platform_name, uuid HAVING n > 1) GROUP BY 1
UNION ALL
SELECT platform_name, 'doubt.duplicate_platform_id', sum(n - 1)
FROM (SELECT platform_name, count(*) AS n FROM identified WHERE platform_uid IS NOT NULL
      GROUP BY platform_name, platform_uid HAVING n > 1) GROUP BY 1"""
"""Repeats within a day, over `identified` (platform_name, uuid, platform_uid)."""
