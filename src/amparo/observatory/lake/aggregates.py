"""The archive's daily aggregate: one row for each combination of ten columns, counted into series.

A megabyte where the day's dump has a thousand. What it has no column for (keywords, languages,
territories, dates) is not known of such a day, and `coverage` says so. Source of the columns: the
EU DSA Transparency Database, `aggregates-DAY.csv`.
"""

# SPDX-License-Identifier: Apache-2.0

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from amparo.errors import Malformed
from amparo.observatory.measures import slug_of_value
from amparo.observatory.renamed import MERGED

_SINGLE = {
    "automated_decision": "automated_decision",
    "automated_detection": "automated_detection",
    "category": "category",
    "decision_account": "account",
    "decision_ground": "ground",
    "decision_monetary": "monetary",
    "decision_provision": "provision",
    "source_type": "source",
}
"""Column -> family."""
_LISTS = {"content_type_single": "content_type", "decision_visibility_single": "visibility"}
"""The same for columns that hold a list, joined by two underscores."""
_KINDS = {
    "vis": "decision_visibility_single",
    "mon": "decision_monetary",
    "pro": "decision_provision",
    "acc": "decision_account",
}
COLUMNS = (*_SINGLE, *_LISTS, "received_date", "platform_name", "total")
_TRUTH = {"true": "yes", "1": "yes", "false": "no", "0": "no"}
_JOINT = "__"


def counted(raw: bytes, day: date) -> dict[tuple[str, str], int]:
    """(Platform, metric) -> value of a day's aggregate; `Malformed` if it is not whole or none."""
    try:
        rows = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True)
        missing = set(COLUMNS) - set(rows.fieldnames or ())
        if missing:
            raise _refused(f"it has no column {', '.join(sorted(missing))}")
        found: Counter[tuple[str, str]] = Counter()
        for row in rows:
            if str(row["received_date"])[:10] != str(day):
                raise _refused(f"it has a row of {row['received_date']!r}")
            number = int(row["total"])
            if number < 0:
                raise _refused(f"it has a total of {number}")
            platform = MERGED.get(row["platform_name"], row["platform_name"])
            for metric in _metrics(row):
                found[platform, metric] += number
    except (csv.Error, UnicodeDecodeError, ValueError, TypeError) as error:
        raise _refused(str(error)) from None
    if not found:
        raise _refused("it has no row")
    return dict(found)


def _metrics(row: Mapping[str, str]) -> Iterator[str]:
    yield "statements"
    for column, family in _SINGLE.items():
        if row[column]:
            slug = slug_of_value(row[column])
            yield f"{family}.{_TRUTH.get(slug, slug)}"
    for column, family in _LISTS.items():
        for item in dict.fromkeys(row[column].split(_JOINT)):
            if item:
                yield f"{family}.{slug_of_value(item)}"
    kinds = [kind for kind, column in _KINDS.items() if row[column]]
    yield f"decision_type.{'_'.join(kinds) or 'none'}"


def _refused(why: str) -> Malformed:
    return Malformed(
        "That is no daily aggregate of the archive.",
        why=why[:200],
        fix="Fetch it again; it may have been cut off, or be written just now.",
    )
