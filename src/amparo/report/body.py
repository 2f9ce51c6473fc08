"""The yearly report of a dispute body: disputes, outcomes, average time, difficulties.

Decisions by default, where the platform took no part, are never mixed with those on the merits.
Only a body that a Digital Services Coordinator has certified owes this report; the software does
not call anybody certified.

Source: DSA Article 21(4).
"""

# SPDX-License-Identifier: Apache-2.0

import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

from amparo.report.compare import wilson
from amparo.report.figures import Contested

LONGEST_DAYS = 90
"""DSA Article 21(4): 90 days after receipt, 180 where a dispute is highly complex."""
_WORDS = {
    "upheld": "decision of the platform stands",
    "partially_reversed": "partially reversed",
    "reversed": "reversed",
    "omitted": "no decision (withdrawn, settled, inadmissible, other)",
    "": "pending",
}


def yearly(disputes: Sequence[Contested], difficulties: str) -> dict[str, Any]:
    """The four things Article 21(4) asks for; `difficulties` is the body's own text."""
    days = [
        dispute.hours / 24
        for dispute in disputes
        if dispute.hours is not None and dispute.outcome != "omitted"
    ]
    return {
        "disputes": len(disputes),
        "outcomes": {
            kind: _outcomes([dispute for dispute in disputes if dispute.by_default == by_default])
            for kind, by_default in (("on the merits", False), ("by default", True))
        },
        "average_days": round(statistics.mean(days), 1) if days else None,
        "median_days": round(statistics.median(days), 1) if days else None,
        "longer_than_90_days": sum(day > LONGEST_DAYS for day in days),
        "difficulties": difficulties or None,
    }


def _outcomes(some: Sequence[Contested]) -> dict[str, Any]:
    count = Counter(dispute.outcome for dispute in some)
    changed = count["reversed"] + count["partially_reversed"]
    rate = wilson(changed, changed + count["upheld"])
    summary: dict[str, Any] = {name: count[code] for code, name in _WORDS.items()}
    if rate is not None:
        summary["share changed"] = round(rate.share, 4)
        summary["95 % interval"] = [round(rate.low, 4), round(rate.high, 4)]
    return summary
