"""The figures of the hearing in the log: of each platform and period, once a day while they change.

Somebody who has the log can thus recount part 7 of a report, as far as figures from ten on go; and
whoever is shown the opening of an entry, all of it. When a period is over, one entry holds what it
came to, and no other follows; unless the clock was ahead when it was made, so that the period goes
on after all.
"""

# SPDX-License-Identifier: Apache-2.0

import os
from datetime import datetime, timedelta

import msgspec

from amparo.case import figures as pure
from amparo.case import public_figures
from amparo.case.figures import Period
from amparo.case.issue import hearing
from amparo.errors import Text, Unsound
from amparo.ledger.case import figures, figures_check
from amparo.ledger.log import platforms
from amparo.ledger.log.notarise import NO_DECISION, NOBODY
from amparo.ledger.log.platforms import Platform
from amparo.record import event, sealing
from amparo.record.event import Hearing
from amparo.record.uuid7 import uuid7
from amparo.storage.journal import Journal, Row

SETTLING = timedelta(hours=1)
"""After the end of a period, for steps that are still being kept under a time before it."""
_DAY = "figures_day"


def publish(journal: Journal, now: datetime) -> list[int]:
    """Put into the log what has changed, if a day has begun since the last time; the entries."""
    day = now.date().isoformat()
    if journal.setting(_DAY) == day or figures.counted_up_to(journal) != figures.ALL:
        return []
    with journal.transaction():
        journal.set(_DAY, day)
        found = [
            _publish_one(journal, platform, period, now)
            for platform in platforms.every(journal)
            for period in figures.periods(journal, platform.id)
        ]
    return [entry for entry in found if entry is not None]


def newest(journal: Journal, platform: int, period: Period) -> tuple[int, Hearing] | None:
    """The newest entry of a platform's figures of a period, and its place in the log."""
    seq = journal.setting(_name(platform, period))
    entry = None if seq is None else journal.event(int(seq))
    leaf = None if entry is None else event.read_leaf(entry.leaf)
    return (entry.seq, leaf) if entry is not None and isinstance(leaf, Hearing) else None


def check(journal: Journal) -> int:
    """Compare what the log holds of periods that are over with the figures; how many agree."""
    agree = 0
    query = "SELECT name FROM setting WHERE name LIKE 'figures %' ORDER BY name"
    for (name,) in journal.db.execute(query).fetchall():
        _, number, period = str(name).split(" ")
        platform = int(number)
        last = newest(journal, platform, period)
        entry = None if last is None or not last[1].over else journal.event(last[0])
        if entry is None or entry.opening is None:
            continue
        sealed = msgspec.json.decode(sealing.unpack(entry.opening).sealed)
        counts, minutes = public_figures.figures(figures_check.of(journal, platform, period))
        if (sealed["counts"], sealed["minutes"]) != (counts, minutes):
            raise Unsound(
                "The figures of the hearing are not what the log committed to.",
                why=Text(
                    "entry {entry}, {party} {period}: what is kept differs",
                    entry=entry.seq,
                    party=last[1].by if last else "",
                    period=period,
                ),
                fix="The entry stands. Look at what has changed in cases of that period since.",
            )
        agree += 1
    return agree


def _publish_one(journal: Journal, platform: Platform, period: Period, now: datetime) -> int | None:
    last = newest(journal, platform.id, period)
    if last is not None and last[1].over and event.moment(last[1].at) <= now:
        return None
    cells = figures.of(journal, platform.id, period)
    every = public_figures.figures(cells)
    over = now >= pure.bounds(period)[1] + SETTLING
    shown = public_figures.shown(every, cells, is_over=over)
    before = {} if last is None else last[1].counts
    if not over and shown.counts == before and not (last is not None and last[1].over):
        return None
    issued = hearing(
        by=platform.slug,
        period=period,
        over=over,
        shown=shown,
        every=every,
        at=event.timestamp(now),
        salt=os.urandom(32),
    )
    case_id = uuid7(int(now.timestamp() * 1000), os.urandom(10))
    row = Row(case_id, NO_DECISION, NOBODY, issued.leaf, sealing.pack(issued.opening))
    entry = journal.insert([row])
    journal.set(_name(platform.id, period), str(entry))
    return entry


def _name(platform: int, period: Period) -> str:
    return f"figures {platform} {period}"
