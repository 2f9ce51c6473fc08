"""The numbers that the Santa Clara Principles ask for, as far as a record holds them.

Each number bears its id; what the record cannot say is named as missing, with the reason, and not
left out. Group data of those affected are not collected, so SC-N6 stays open on purpose.

Source: Santa Clara Principles 2.0 (2021), Operational Principle 1: Numbers.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from amparo.report import forms
from amparo.report.figures import Heard, Measure, outcomes

_ACCOUNTS = ("Account restriction Suspension", "Account restriction Termination")
MISSING = {
    "SC-N5": "reinstatements without an appeal are remedies that nobody asked for; they are not "
    "told apart in the record",
    "SC-N6": "groups are not recorded, on purpose",
    "SC-N7": "periods of crisis are not marked in the record",
    "SC-N8": "demands of states are not in the record; the answers of the transparency report hold "
    "orders",
}


def numbers(measures: Mapping[Measure, int], heard: Heard) -> dict[str, Any]:
    """Id -> figures; `missing` says which the record cannot give, and why."""
    every = outcomes(heard.complaints)
    accounts = [
        complaint for complaint in heard.complaints if forms.AGAINST_ACCOUNT in complaint.about
    ]
    return {
        "SC-N1": {
            "content": _count(
                measures, lambda measure: not set(measure.restrictions) <= set(_ACCOUNTS)
            ),
            "accounts": _count(
                measures, lambda measure: bool(set(measure.restrictions) & set(_ACCOUNTS))
            ),
        },
        "SC-N2": {"appeals": len(heard.complaints), "about accounts": len(accounts)},
        "SC-N3": {
            "successful": every[forms.REVERSED] + every[forms.PARTIALLY],
            "unsuccessful": every[forms.UPHELD],
            "omitted": every[forms.OMITTED],
            "pending": every["pending"],
        },
        "SC-N4": {"actioned, first flagged automatically": _count(measures, lambda o: o.detected)},
        "SC-N9": {
            "notices": len(heard.notices),
            "acted on": sum(notice.acted for notice in heard.notices),
            "by category": dict(
                Counter(notice.category or "not specified" for notice in heard.notices)
            ),
            "actions by source": _by(measures, lambda measure: measure.source),
        },
        "SC-N10": {
            "decided by machines alone": _count(measures, lambda measure: measure.decided),
            "detected by machines alone": _count(measures, lambda measure: measure.detected),
        },
        "SC-N11": {
            "by rule": _by(measures, lambda measure: measure.category),
            "by language": _by(measures, lambda measure: measure.language or "not stated"),
        },
        "missing": MISSING,
    }


def _count(measures: Mapping[Measure, int], wanted: Callable[[Measure], bool]) -> int:
    return sum(count for measure, count in measures.items() if wanted(measure))


def _by(measures: Mapping[Measure, int], key: Callable[[Measure], str]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for measure, count in measures.items():
        found[key(measure)] += count
    return dict(sorted(found.items()))
