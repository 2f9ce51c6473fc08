"""From a node's journal to the figures of its transparency report.

Decisions are counted leaf by leaf, as from the public log. Complaints, disputes, notices and
suspensions come from their openings, which only the node holds; what was erased is no longer
counted by kind, and says so by its number.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from typing import assert_never

from amparo.case import events
from amparo.case.events import Event
from amparo.ledger.case import casework
from amparo.ledger.log.platforms import Platform
from amparo.ledger.storage.journal import Journal
from amparo.report import hearing
from amparo.report.figures import Contested, Counted, Heard, Measure, Noticed
from amparo.report.hearing import Happening

SLICE = 20_000
Advance = Callable[[int, int | None], None]


def counted(
    journal: Journal,
    platform: Platform,
    start: date,
    end: date,
    advance: Advance = lambda *_: None,
) -> Counted:
    """Every measure of a platform in a period, in bounded memory."""
    found = Counted(platform.slug, str(start), str(end))
    count_on(found, journal, advance)
    return found


def count_on(found: Counted, journal: Journal, advance: Advance = lambda *_: None) -> None:
    """Count what the journal holds beyond what is counted already."""
    size = journal.size()
    for first in range(found.leaves, size, SLICE):
        found.add(journal.leaves(first, min(first + SLICE, size)))
        advance(found.leaves, size)


class Tally:
    """Counts that go on where they stopped, so that a page does not count a year at each look.

    Leaves never change, so that a count of the first n holds for ever; it lives in memory only.
    """

    MOST = 16

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self._counts: dict[tuple[str, date, date], Counted] = {}
        self._lock = Lock()

    def of(self, journal: Journal, platform: Platform, start: date, end: date) -> Counter[Measure]:
        """Every measure of a platform in a period, by the journal's present size."""
        key = (platform.slug, start, end)
        with self._lock:
            found = self._counts.pop(key, None) or Counted(platform.slug, str(start), str(end))
            count_on(found, journal)
            self._counts[key] = found  # the last looked at comes last
            while len(self._counts) > self.MOST:
                del self._counts[next(iter(self._counts))]
            return found.measures()


def heard(journal: Journal, platform: Platform, start: date, end: date) -> Heard:
    """What was complained about, disputed, reported and suspended in a period."""
    begin = datetime(start.year, start.month, start.day, tzinfo=UTC)
    over = datetime(end.year, end.month, end.day, tzinfo=UTC) + timedelta(days=1)
    complaints, disputes, notices = list[Contested](), list[Contested](), list[Noticed]()
    suspensions = {"notices": 0, "complaints": 0}
    for file in casework.of_platform(journal, platform.id):
        happenings = [
            happening for event in file.events if (happening := _counted(event)) is not None
        ]
        complaints += hearing.complaints(happenings, file.public, begin, over)
        disputes += hearing.disputes(happenings, begin, over)
        notices += hearing.notices(happenings, begin, over)
        for what in hearing.suspended(happenings, begin, over):
            suspensions[what] += 1
    return Heard(tuple(complaints), tuple(disputes), tuple(notices), suspensions)


def _counted(event: Event) -> Happening | None:
    """An event as the figures need it; None where no figure counts it."""
    match event:
        case events.ComplaintFiled():
            return (event.kind, event.at, {"role": event.role})
        case events.ComplaintDecided() | events.CaseDecided():
            return (event.kind, event.at, {"outcome": event.outcome})
        case events.NoticeReceived():
            return (event.kind, event.at, {"category": event.category or ""})
        case events.NoticeAnswered():
            details = {"result": event.result, "automated": event.automated}
            return (event.kind, event.at, details)
        case events.MisuseWarned():
            return (event.kind, event.at, {"what": event.what})
        case (
            events.ComplaintWithdrawn()
            | events.ComplaintInadmissible()
            | events.ComplaintReopened()
            | events.CaseSubmitted()
            | events.CaseDefaulted()
            | events.CasePosition()
            | events.CaseWithdrawn()
            | events.CaseSettled()
            | events.CaseInadmissible()
            | events.CaseLapsed()
            | events.RemedyVerified()
            | events.RemedyClaimed()
            | events.RemedyDisputed()
            | events.RemedyFailed()
            | events.RemedyRefused()
            | events.MisuseSuspended()
        ):
            return (event.kind, event.at, {})
        case (
            events.DecisionIssued()
            | events.RulingMade()
            | events.RulingUndone()
            | events.DecisionDelivered()
            | events.DecisionUndelivered()
            | events.DecisionSuperseded()
            | events.DecidersNamed()
            | events.SidesLinked()
            | events.ContentSupplied()
            | events.ComplaintAdded()
            | events.ComplaintAssigned()
            | events.ComplaintReturned()
            | events.ComplaintOpened()
            | events.ComplaintAsked()
            | events.ComplaintAnswered()
            | events.ComplaintRemedying()
            | events.ComplaintClosed()
            | events.PartsCommitted()
            | events.PartsNamed()
            | events.HoldSent()
            | events.HoldKept()
            | events.HoldFailed()
            | events.HoldEnded()
            | events.InterimOrdered()
            | events.InterimEnded()
            | events.RemedyOrdered()
            | events.RemedyReminded()
            | events.RemedyImpossible()
            | events.RemedyUndone()
            | events.RemedySettled()
            | events.CaseIncomplete()
            | events.CaseCompleted()
            | events.CaseAdmitted()
            | events.PanelListed()
            | events.PanelDrawn()
            | events.PanelReplaced()
            | events.PanelFormed()
            | events.PanelChallenged()
            | events.ChallengeJudged()
            | events.CaseReply()
            | events.CaseDeliberating()
            | events.CaseFactAsked()
            | events.CaseExtended()
            | events.WorksheetSealed()
            | events.CaseVoted()
            | events.CaseClosed()
            | events.CaseReopened()
            | events.MisuseEnded()
            | events.ProcessingPaused()
            | events.ProcessingResumed()
            | events.ClockMissed()
            | events.LinkRevoked()
            | events.OpeningErased()
            | events.RetentionEnded()
        ):
            return None
        case _:
            assert_never(event)
