"""What the figures of a report count of a case: complaints, disputes, notices and suspensions.

A case is counted from its events, in order, for a calendar year and for each half of it. What comes
after the period's end is not looked at, so that a report counted again later says the same; and an
event that takes another back (undone, reopened, withdrawn) is followed like any other.

A cell says nothing about anyone: it holds no day and no number of a case, and how long something
took only in steps. So cells can be kept when what they were counted from is erased.

Source: Implementing Regulation (EU) 2024/2835, Annex I, parts 4 and 7; docs/decisions/0022.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple, assert_never

from amparo.case import events
from amparo.case.events import Event, PanelOutcome
from amparo.record.event import moment

Period = str
"""A calendar year, `2026`, or a half of it, `2026-H1`."""
Outcome = Literal[
    "",
    "upheld",
    "partially_reversed",
    "reversed",
    "newly_restricted",
    "omitted",
    "acted",
    "not_acted",
]
"""What became of it by the period's end; '' where it waited. The last two are of notices."""

_PANEL: Mapping[PanelOutcome, Outcome] = {
    "uphold": "upheld",
    "uphold_violation_change_measure": "partially_reversed",
    "partially_reverse": "partially_reversed",
    "reverse": "reversed",
    "send_back": "omitted",
    "cannot_decide": "omitted",
}
"""What a panel decides -> the report's word; it omits where it decides nothing."""
_AGAINST = {
    "decision_visibility": "removal",
    "decision_provision": "service",
    "decision_account": "account",
    "decision_monetary": "monetary",
}
"""Attribute of a decision -> what a complaint about it is against."""
_FINE_HOURS = 24


class Contested(NamedTuple):
    """A complaint or a dispute of a period, as it stands at its end."""

    submitted: datetime
    decided: datetime | None
    outcome: Outcome
    about: tuple[str, ...]
    """What a complaint is against; one against two restrictions counts under both."""
    implemented: bool = False
    by_default: bool = False
    """Whether the platform took no part; such decisions are never mixed with the others."""


class Noticed(NamedTuple):
    """A notice of a period (Article 16), as it stands at its end."""

    received: datetime
    answered: datetime | None
    acted: bool
    automated: bool
    category: str = ""
    flagged: bool = False


FLAGGED = "trusted_flagger"
"""Beside the category of a notice that a trusted flagger sent."""


class Cell(NamedTuple):
    """What of one of them the figures tell; equal ones are counted together."""

    what: Literal["complaint", "dispute", "notice", "suspension"]
    about: tuple[str, ...]
    """Of a complaint what it is against, of a notice its category, of a suspension whose."""
    outcome: Outcome = ""
    hours: float | None = None
    """How long it took, in tenths below a day, then in whole ones; None without a decision."""
    implemented: bool = False
    by_default: bool = False
    automated: bool = False


Counts = Counter[tuple[Period, Cell]]
"""How many there are of each, in each period that they belong to."""


def counted(happened: Sequence[Event], public: Mapping[str, Any]) -> Counts:
    """What the figures count of a case; `public`: of its decision, empty where there is none."""
    seen = [event for event in happened if matters(event)]
    spans = {periods_of(event.at) for event in seen}
    found: Counts = Counter()
    if len(spans) == 1:  # as a rule: then year and half say the same
        [(year, half)] = spans
        for cell in cells(seen, public, *bounds(half)):
            found.update(((year, cell), (half, cell)))
        return found
    for period in {period for span in spans for period in span}:
        found.update((period, cell) for cell in cells(seen, public, *bounds(period)))
    return found


def cells(
    happened: Sequence[Event], public: Mapping[str, Any], begin: datetime, over: datetime
) -> Iterator[Cell]:
    """What the figures count of a case from `begin` up to, not including, `over`."""
    for found in complaints(happened, public, begin, over):
        yield Cell("complaint", found.about, found.outcome, _took(found.submitted, found.decided))
    here, elsewhere = disputes(happened, begin, over), disputed_elsewhere(happened, begin, over)
    yield from cells_of((*here, *elsewhere))
    for notice in notices(happened, begin, over):
        outcome: Outcome = "acted" if notice.acted else "not_acted" if notice.answered else ""
        took = _took(notice.received, notice.answered)
        about = (notice.category, FLAGGED) if notice.flagged else (notice.category,)
        yield Cell("notice", about, outcome, took, automated=notice.automated)
    for what in suspended(happened, begin, over):
        yield Cell("suspension", (what,))


def cells_of(disputed: Iterable[Contested]) -> Iterator[Cell]:
    """What the figures tell of disputes."""
    for found in disputed:
        yield Cell(
            "dispute",
            (),
            found.outcome,
            _took(found.submitted, found.decided),
            implemented=found.implemented,
            by_default=found.by_default,
        )


def periods_of(moment: datetime) -> tuple[Period, Period]:
    """The year and the half year in which something happened, in UTC."""
    return f"{moment.year}", f"{moment.year}-H{1 if moment.month <= 6 else 2}"


def bounds(period: Period) -> tuple[datetime, datetime]:
    """When a period begins, and when it is over."""
    year, _, half = period.partition("-")
    months = {"": (1, 13), "H1": (1, 7), "H2": (7, 13)}[half]
    begin, over = (datetime(int(year) + m // 13, m % 12 or 12, 1, tzinfo=UTC) for m in months)
    return begin, over


def complaints(
    happened: Iterable[Event], public: Mapping[str, Any], begin: datetime, over: datetime
) -> Iterator[Contested]:
    """The complaints of a case that were filed in a period, as they stand at its end."""
    last: Contested | None = None
    flagged = False
    for event in _before(happened, over):
        match event:
            case events.NoticeReceived():
                flagged = event.flagger is not None
            case events.ComplaintFiled():
                if last is not None and last.submitted >= begin:
                    yield last  # withdrawn, and filed again: two complaints
                last = Contested(event.at, None, "", _against(public, event.role, flagged))
            case events.ComplaintDecided():
                last = _ended(last, event, event.outcome)
            case (
                events.ComplaintWithdrawn()
                | events.ComplaintInadmissible()
                | events.ComplaintDisowned()
            ):
                last = _ended(last, event, "omitted")
            case events.ComplaintReopened() | events.ComplaintUndone():
                last = _pending(last)
            case events.RemedyUndone() if last is not None and last.outcome:
                last = last._replace(outcome="omitted")  # what was decided stands no more
            case _:
                pass
    if last is not None and last.submitted >= begin:
        yield last


def disputes(happened: Iterable[Event], begin: datetime, over: datetime) -> Iterator[Contested]:
    """The disputes of a case that were submitted in a period, as they stand at its end."""
    last: Contested | None = None
    for event in _before(happened, over):
        match event:
            case events.CaseSubmitted():
                if last is not None and last.submitted >= begin:
                    yield last
                last = Contested(event.at, None, "", ())
            case events.CaseDefaulted() | events.CasePosition() if last is not None:
                by_default = isinstance(event, events.CaseDefaulted)
                last = last._replace(by_default=by_default)
            case events.CaseDecided():
                last = _ended(last, event, _PANEL[event.outcome])
            case (
                events.CaseWithdrawn()
                | events.CaseSettled()
                | events.CaseInadmissible()
                | events.CaseLapsed()
            ):
                last = _ended(last, event, "omitted")
            case events.CaseDisowned() if last is not None:
                last = _ended(last._replace(implemented=False), event, "omitted")
            case events.CaseReopened():
                last = _pending(last)
            case _:
                last = _carried_out(last, event)
    if last is not None and last.submitted >= begin:
        yield last


def disputed_elsewhere(
    happened: Iterable[Event], begin: datetime, over: datetime
) -> Iterator[Contested]:
    """The dispute that an out-of-court body decided, if its outcome came in a period.

    Not by when it was submitted there: of a dispute that waits at a body nobody here knows.
    """
    last: Contested | None = None
    for event in _before(happened, over):
        match event:
            case events.OutcomeReceived() if event.at >= begin:
                submitted = min(event.at, moment(event.received))
                by_default = event.basis == "default"
                outcome = _PANEL[event.outcome]
                last = Contested(submitted, event.at, outcome, (), by_default=by_default)
            case _:
                last = _carried_out(last, event)
    if last is not None:
        yield last


def _carried_out(last: Contested | None, event: Event) -> Contested | None:
    """Whether what was decided is implemented, by what became of the order."""
    match event:
        case events.RemedyVerified() | events.RemedyClaimed() if last and last.decided:
            return last._replace(implemented=True)
        case (
            events.RemedyDisputed()
            | events.RemedyReverted()
            | events.RemedyFailed()
            | events.RemedyRefused()
            | events.RemedyUndone()
        ) if last is not None:
            return last._replace(implemented=False)
        case _:
            return last


def notices(happened: Iterable[Event], begin: datetime, over: datetime) -> Iterator[Noticed]:
    """The notice of a case, if it was received in a period."""
    last: Noticed | None = None
    for event in _before(happened, over):
        match event:
            case events.NoticeReceived():
                category = event.category or ""
                last = Noticed(
                    event.at,
                    None,
                    acted=False,
                    automated=False,
                    category=category,
                    flagged=event.flagger is not None,
                )
            case events.NoticeAnswered() if last is not None:
                acted = event.result == "acted"
                last = last._replace(answered=event.at, acted=acted, automated=event.automated)
            case _:
                pass
    if last is not None and last.received >= begin:
        yield last


def suspended(happened: Iterable[Event], begin: datetime, over: datetime) -> Iterator[str]:
    """What was suspended in a case, in a period: notices or complaints (Article 23)."""
    what: str = "notices"
    for event in _before(happened, over):
        match event:
            case events.MisuseWarned():
                what = event.what
            case events.MisuseSuspended() if event.at >= begin:
                yield what
            case _:
                pass


def _before(happened: Iterable[Event], over: datetime) -> Iterator[Event]:
    return (event for event in happened if event.at < over)


def _ended(last: Contested | None, event: Event, outcome: Outcome) -> Contested | None:
    return None if last is None else last._replace(decided=event.at, outcome=outcome)


def _pending(last: Contested | None) -> Contested | None:
    return None if last is None else last._replace(decided=None, outcome="", implemented=False)


def _against(public: Mapping[str, Any], role: events.Party, flagged: bool) -> tuple[str, ...]:
    if role == "notifier":
        return ("no_action", "no_action_flagger") if flagged else ("no_action",)
    return tuple(name for attribute, name in _AGAINST.items() if public.get(attribute))


def _took(begin: datetime, end: datetime | None) -> float | None:
    """Hours in steps, so coarse that two moments of the log cannot be told from them."""
    if end is None:
        return None
    hours = (end - begin).total_seconds() / 3600
    return round(hours, 1) if hours < _FINE_HOURS else float(round(hours))


def matters(event: Event) -> bool:
    """Whether the figures look at an event."""
    match event:
        # The commonest come first: a pattern far down costs some microseconds.
        case events.DecidersNamed() | events.DecisionDelivered() | events.DecisionIssued():
            return False
        case (
            events.NoticeReceived()
            | events.NoticeAnswered()
            | events.ComplaintFiled()
            | events.ComplaintDecided()
            | events.ComplaintWithdrawn()
            | events.ComplaintInadmissible()
            | events.ComplaintReopened()
            | events.ComplaintDisowned()
            | events.ComplaintUndone()
            | events.CaseSubmitted()
            | events.CaseDefaulted()
            | events.CasePosition()
            | events.CaseDecided()
            | events.CaseWithdrawn()
            | events.CaseSettled()
            | events.CaseInadmissible()
            | events.CaseLapsed()
            | events.CaseReopened()
            | events.CaseDisowned()
            | events.RemedyVerified()
            | events.RemedyClaimed()
            | events.RemedyDisputed()
            | events.RemedyReverted()
            | events.RemedyFailed()
            | events.RemedyRefused()
            | events.RemedyUndone()
            | events.OutcomeReceived()
            | events.MisuseWarned()
            | events.MisuseSuspended()
        ):
            return True
        case (
            events.RulingMade()
            | events.RulingUndone()
            | events.DecisionUndelivered()
            | events.LetterUndelivered()
            | events.DecisionReversed()
            | events.DecisionSuperseded()
            | events.DecisionCorrected()
            | events.DecisionCorrects()
            | events.DecisionLifted()
            | events.DangerSaid()
            | events.SidesLinked()
            | events.HearingCalled()
            | events.HearingInvited()
            | events.HearingTold()
            | events.HearingUntold()
            | events.HearingLost()
            | events.HearingAnswered()
            | events.HearingEnded()
            | events.HearingWaived()
            | events.HearingShared()
            | events.OtherDecided()
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
            | events.PartsOpened()
            | events.MandateShown()
            | events.MandateUsed()
            | events.MandateEnded()
            | events.RepresentationAgreed()
            | events.RepresentationEnded()
            | events.LeadsProposed()
            | events.LeadsEnded()
            | events.LeadChosen()
            | events.LeadAsked()
            | events.LeadJoined()
            | events.LeadEnded()
            | events.HoldSent()
            | events.HoldKept()
            | events.HoldFailed()
            | events.HoldEnded()
            | events.InterimOrdered()
            | events.InterimAnswered()
            | events.InterimEnded()
            | events.RemedyOrdered()
            | events.RemedyReminded()
            | events.RemedyImpossible()
            | events.RemedySettled()
            | events.CaseIncomplete()
            | events.CaseCompleted()
            | events.CaseAdmitted()
            | events.PanelListed()
            | events.PanelRevealed()
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
            | events.FileImported()
            | events.MisuseEnded()
            | events.ProcessingPaused()
            | events.ProcessingResumed()
            | events.ClockMissed()
            | events.LinkRevoked()
            | events.LinkExchanged()
            | events.ClaimAsked()
            | events.ClaimProven()
            | events.ClaimRefused()
            | events.RemedyConfirmed()
            | events.RemedySeen()
            | events.OpeningErased()
            | events.RetentionEnded()
        ):
            return False
        case _:
            assert_never(event)
