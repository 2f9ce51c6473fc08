"""Known faults of published data. Data are never edited; each figure says which errata touch it.

An erratum has a range, a platform (or all), a field (the beginning of a metric's name), its meaning
for whoever reads the figure, and its source.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

EVERY_DAY = (date(2023, 9, 25), date(2038, 1, 1))


class Erratum(NamedTuple):
    """A known fault, and what it means."""

    name: str
    first: date
    last: date
    platform: str | None
    """None: all platforms."""
    field: str
    """The beginning of the metrics it touches; empty: all."""
    meaning: str
    source: str


ERRATA: tuple[Erratum, ...] = (
    Erratum(
        "google-play-detection-inverted",
        date(2023, 9, 25),
        date(2026, 5, 31),
        "Google Play",
        "automated_detection",
        "The flag for automated detection was submitted the wrong way round: Yes means No.",
        "Notice of the European Commission, 8 June 2026",
    ),
    Erratum(
        "meta-trusted-flaggers",
        date(2023, 9, 25),
        date(2025, 10, 27),
        "Facebook",
        "source",
        "Notices of trusted flaggers were submitted under another source; a zero is no zero.",
        "Notice of the European Commission, 19 November 2025",
    ),
    Erratum(
        "meta-trusted-flaggers-instagram",
        date(2023, 9, 25),
        date(2025, 10, 27),
        "Instagram",
        "source",
        "Notices of trusted flaggers were submitted under another source; a zero is no zero.",
        "Notice of the European Commission, 19 November 2025",
    ),
    Erratum(
        "schema-2025",
        date(2025, 7, 1),
        date(2025, 7, 1),
        None,
        "category",
        "The schema changed on this day: categories were renamed, split and ended. Figures across "
        "it are joined by the mapping only, and not where a category has no successor.",
        "EU DSA Transparency Database, schema in force since 1 July 2025",
    ),
    Erratum(
        "duplicates-removed",
        date(2023, 9, 25),
        date(2024, 6, 18),
        None,
        "",
        "Duplicates were removed in May and June 2024 and all dumps made anew: studies on older "
        "downloads give other totals for these days.",
        "EU DSA Transparency Database, announcements of May and June 2024",
    ),
    Erratum(
        "malformed-lists-2024",
        date(2024, 3, 23),
        date(2024, 4, 16),
        None,
        "visibility",
        "On 19 of these days the dumps held malformed list cells; counts of lists may be low.",
        "Source of the package shantay 0.6.0",
    ),
    Erratum(
        "amazon-renamed",
        date(2024, 2, 21),
        date(2024, 4, 28),
        "Amazon",
        "",
        "The platform goes on as Amazon Store; both were used in these weeks.",
        "Daily series, 21 February to 28 April 2024",
    ),
    *(
        Erratum(
            f"microsoft-copies-{place}",
            *EVERY_DAY,
            name,
            "",
            "Xbox Store, Xbox.com, Microsoft Store and PC Games Store report the same count on all "
            "200 common days: one series under several names.",
            "Daily series to 10 January 2026",
        )
        for place, name in enumerate(
            ("Xbox Store", "Xbox.com", "Microsoft Store", "PC Games Store"), 1
        )
    ),
)
"""All known errata, in no order of weight."""


def touching(platforms: Iterable[str], metric: str, first: date, last: date) -> list[Erratum]:
    """The errata that touch a figure of these platforms, this metric and these days."""
    names = set(platforms)
    return [
        erratum
        for erratum in ERRATA
        if erratum.first <= last
        and erratum.last >= first
        and (erratum.platform is None or erratum.platform in names)
        and metric.startswith(erratum.field)
    ]
