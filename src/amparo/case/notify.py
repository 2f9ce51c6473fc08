"""Who is told what, and when: which event makes which notice.

Only the fact that somebody is to be told is decided here; words, language and address are chosen
where the notice leaves the node, so that no event ever holds them. A notice never names the other
side (Article 17(3)(b): only if strictly necessary).
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Literal, NamedTuple, assert_never, cast, get_args

from amparo.case import events
from amparo.case.events import Event, Instance
from amparo.case.state import Case
from amparo.errors import Text, Unavailable

To = Literal["person", "notifier", "complainant", "platform"]
ToPeople = Literal[
    "case_admitted",
    "case_decided",
    "case_deliberating",
    "case_extended",
    "case_inadmissible",
    "case_incomplete",
    "case_lapsed",
    "case_position",
    "case_submitted",
    "claim_asked",
    "complaint_decided",
    "complaint_filed",
    "complaint_inadmissible",
    "complaint_reopened",
    "complaint_undone",
    "decided_by_body",
    "decided_by_panel",
    "decision",
    "decision_corrected",
    "decision_lifted",
    "decision_reversed",
    "hearing",
    "hearing_before_body",
    "hearing_before_panel",
    "hold_failed",
    "interim",
    "interim_done",
    "interim_impossible",
    "lead_asked",
    "lead_chosen",
    "lead_ended",
    "lead_joined",
    "lead_proposed",
    "misuse_ended",
    "misuse_suspended",
    "misuse_warned",
    "new_link",
    "notice_answered",
    "notice_received",
    "other_decided",
    "outcome_received",
    "overdue",
    "panel_formed",
    "panel_overdue",
    "panel_question",
    "panel_replaced",
    "processing_paused",
    "processing_resumed",
    "question",
    "remedy_account_gone",
    "remedy_carried_out",
    "remedy_claimed",
    "remedy_failed",
    "remedy_impossible",
    "remedy_not_carried_out",
    "remedy_not_seen",
    "remedy_page_gone",
    "remedy_refused",
    "remedy_reverted",
    "remedy_undone",
    "representation_agreed",
    "representation_ended",
    "window_closes",
]
"""Every kind of notice to a person or a notifier: each needs a letter in every language."""
ToPlatforms = Literal[
    "case_admitted",
    "case_decided",
    "case_deliberating",
    "case_extended",
    "case_submitted",
    "case_withdrawn",
    "complaint_decided",
    "complaint_filed",
    "complaint_undone",
    "complaint_withdrawn",
    "danger_said",
    "hold",
    "hold_ended",
    "interim",
    "interim_ended",
    "new_notice",
    "outcome_received",
    "panel_formed",
    "panel_question",
    "panel_replaced",
    "question",
    "remedy_disputed",
    "remedy_failed",
    "remedy_ordered",
    "remedy_reminder",
    "remedy_undone",
    "tell_the_other_side",
    "tell_the_person",
]
"""Every kind of notice to a platform, as its webhook names it."""


CALLS: Mapping[Instance, ToPeople] = {
    "desk": "hearing",
    "panel": "hearing_before_panel",
    "body": "hearing_before_body",
}
"""Before whom the other side is heard -> the letter that asks it."""
_DECIDED: Mapping[Instance, ToPeople] = {
    "desk": "other_decided",
    "panel": "decided_by_panel",
    "body": "decided_by_body",
}


ONE_A_DAY: frozenset[ToPeople] = frozenset({"interim_done", "interim_impossible"})
"""What one side can say again and again, now so and now so: the other gets one letter a day of it.

The letter says how it stands when it leaves (`as_it_stands`); the case has all of it.
"""


class Notice(NamedTuple):
    """Somebody is to be told."""

    to: To
    kind: ToPeople | ToPlatforms


def notices(event: Event) -> list[Notice]:
    """Whom an event tells."""
    match event:
        # The commonest come first: a pattern far down costs some microseconds.
        case events.DecidersNamed() | events.DecisionDelivered() | events.DecisionIssued():
            return []
        case events.NoticeReceived():  # the notifier's carries a link
            return [_platform("new_notice")]
        case events.DangerSaid():  # the desk has a mail
            return [_platform("danger_said")]
        case events.DecisionUndelivered():
            return [_platform("tell_the_person")] if event.code is not None else []
        case events.LetterUndelivered():
            return [_platform("tell_the_person")] if event.to_tell else []
        case events.NoticeAnswered():
            return [Notice("notifier", "notice_answered")]
        case events.MisuseSuspended():  # the warning carries a link
            return [Notice("person", "misuse_suspended")]
        case events.MisuseEnded():
            return [Notice("person", "misuse_ended")]
        case events.ProcessingPaused():
            return [_sender(event.of, "processing_paused")]
        case events.ProcessingResumed():
            return [_sender(event.of, "processing_resumed")]
        case events.ClaimAsked():  # whoever holds the case now learns of it
            return [Notice("person", "claim_asked")]
        case events.ComplaintFiled():
            return [_complainant("complaint_filed"), _platform("complaint_filed")]
        case events.ComplaintInadmissible():
            return [_complainant("complaint_inadmissible")]
        case events.ComplaintAsked():
            return [_platform("question") if event.of == "platform" else _complainant("question")]
        case events.ComplaintDecided():
            return [_complainant("complaint_decided"), _platform("complaint_decided")]
        case events.ComplaintWithdrawn() | events.ComplaintDisowned():
            return [_platform("complaint_withdrawn")]
        case events.ComplaintReopened():
            ended = [_platform("remedy_undone")] if event.order else []
            return [_complainant("complaint_reopened"), *ended]
        case events.ComplaintUndone():
            return [_complainant("complaint_undone"), _platform("complaint_undone")]
        case events.DecisionReversed():
            if event.to_tell:
                return [_platform("tell_the_person")]
            return [Notice("person", "decision_reversed")]
        case events.DecisionCorrected():
            return [Notice("person", "decision_corrected")]
        case events.DecisionLifted():
            return [Notice("person", "decision_lifted")]
        case events.CaseSubmitted() | events.CaseReopened():
            return [_complainant("case_submitted"), _platform("case_submitted")]
        case events.CaseIncomplete():
            return [_complainant("case_incomplete")]
        case events.CaseLapsed():
            return [_complainant("case_lapsed")]
        case events.CaseInadmissible():
            return [_complainant("case_inadmissible")]
        case events.CaseAdmitted():
            return [_complainant("case_admitted"), _platform("case_admitted")]
        case events.PanelReplaced():
            return [_complainant("panel_replaced"), _platform("panel_replaced")]
        case events.PanelFormed():
            return [_complainant("panel_formed"), _platform("panel_formed")]
        case events.CasePosition():
            return [_complainant("case_position")]
        case events.CaseDeliberating():
            return [_complainant("case_deliberating"), _platform("case_deliberating")]
        case events.CaseFactAsked():
            to_platform = event.of == "platform"
            return [_platform("panel_question") if to_platform else _complainant("panel_question")]
        case events.CaseExtended():
            return [_complainant("case_extended"), _platform("case_extended")]
        case events.CaseDecided():
            return [_complainant("case_decided"), _platform("case_decided")]
        case events.OutcomeReceived():
            return [_sender(event.party, "outcome_received"), _platform("outcome_received")]
        case events.CaseWithdrawn() | events.CaseDisowned():
            return [_platform("case_withdrawn")]
        case events.RepresentationAgreed():  # somebody else may have the link
            return [Notice(event.of, "representation_agreed")]
        case events.RepresentationEnded():
            return [Notice(event.of, "representation_ended")]
        case events.LeadChosen():  # where the desk chose it, nothing changes for anybody
            return [_complainant("lead_chosen")] if event.body else []
        case events.LeadAsked():
            return [_complainant("lead_proposed" if event.body else "lead_asked")]
        case events.LeadJoined():  # somebody else may have the link
            return [_complainant("lead_joined")]
        case events.LeadEnded():
            is_told = event.because not in _SAYS_IT_ITSELF
            return [_complainant("lead_ended")] if is_told else []
        case events.HearingCalled():
            return [_platform("tell_the_other_side")] if event.through == "platform" else []
        case events.HearingInvited():
            return [Notice(event.of, CALLS[event.before or "desk"])]
        case events.HearingLost():
            return [_platform("tell_the_other_side")] if event.through == "platform" else []
        case events.OtherDecided():
            return [Notice(event.of, _DECIDED[event.before or "desk"])]
        case events.HoldSent():
            return [_platform("hold")]
        case events.HoldFailed():
            return [_complainant("hold_failed")]
        case events.HoldEnded():
            return [_platform("hold_ended")]
        case events.InterimOrdered():
            return [_platform("interim"), _complainant("interim")]
        case events.InterimEnded():
            return [_platform("interim_ended")] if event.to_tell else []
        case events.InterimAnswered():
            return [_complainant(_SAYS[event.result])]
        case events.RemedyOrdered():
            return [_platform("remedy_ordered")]
        case events.RemedyClaimed():
            return [_complainant("remedy_carried_out" if event.through else "remedy_claimed")]
        case events.RemedyDisputed():
            kind: ToPeople = "remedy_not_carried_out" if event.through else "remedy_not_seen"
            seen = [_complainant(kind)] if event.by == "node" else []
            return [_platform("remedy_disputed"), *seen]
        case events.RemedySeen():
            return _of_a_look(event)
        case events.RemedyReverted():
            return [_platform("remedy_disputed"), _complainant("remedy_reverted")]
        case events.RemedyReminded():
            return [_platform("remedy_reminder")]
        case events.RemedyFailed():
            return [_complainant("remedy_failed"), _platform("remedy_failed")]
        case events.RemedyImpossible():
            return [_complainant("remedy_impossible")]
        case events.RemedyRefused():
            return [_complainant("remedy_refused")]
        case events.RemedyUndone():
            untold = [_platform("tell_the_person")] if event.to_tell else []
            return [_complainant("remedy_undone"), _platform("remedy_undone"), *untold]
        case events.ClockMissed():
            return _at_the_end_of(event.clock)
        case (
            events.RulingMade()
            | events.RulingUndone()
            | events.MandateShown()
            | events.MandateUsed()
            | events.MandateEnded()
            | events.LeadsProposed()
            | events.LeadsEnded()
            | events.DecisionSuperseded()
            | events.DecisionCorrects()
            | events.SidesLinked()
            | events.HearingTold()
            | events.HearingUntold()
            | events.HearingAnswered()
            | events.HearingEnded()
            | events.HearingWaived()
            | events.HearingShared()
            | events.ContentSupplied()
            | events.ComplaintAdded()
            | events.ComplaintAssigned()
            | events.ComplaintReturned()
            | events.ComplaintOpened()
            | events.ComplaintAnswered()
            | events.ComplaintRemedying()
            | events.ComplaintClosed()
            | events.HoldKept()
            | events.RemedyConfirmed()
            | events.RemedyVerified()
            | events.RemedySettled()
            | events.CaseCompleted()
            | events.PanelListed()
            | events.PanelRevealed()
            | events.PanelDrawn()
            | events.PanelChallenged()
            | events.ChallengeJudged()
            | events.CaseReply()
            | events.CaseDefaulted()
            | events.WorksheetSealed()
            | events.CaseVoted()
            | events.CaseSettled()
            | events.CaseClosed()
            | events.FileImported()
            | events.MisuseWarned()
            | events.LinkRevoked()
            | events.LinkExchanged()
            | events.ClaimProven()
            | events.ClaimRefused()
            | events.PartsCommitted()
            | events.PartsNamed()
            | events.PartsOpened()
            | events.OpeningErased()
            | events.RetentionEnded()
        ):
            return []
        case _:
            assert_never(event)


def as_it_stands(case: Case) -> ToPeople | None:
    """What a letter in `ONE_A_DAY` says as the case stands now; None: nothing any more.

    Nothing where it has ended, or waits for an answer: a letter of its own tells of either.
    """
    if case.interim != "ordered" or case.interim_answer is None:
        return None
    return _SAYS[case.interim_answer.result]


_SAYS: Mapping[events.InterimResult, ToPeople] = {
    "done": "interim_done",
    "impossible": "interim_impossible",
}
_SAYS_IT_ITSELF: frozenset[events.Unwaited] = frozenset({"declined", "closed", "answered"})
"""What ended a wait and is told by a letter of its own, or was done by whoever would be told."""


def to_people(kind: str) -> ToPeople:
    """A kind of notice that was kept as text; `Unavailable` when this version has no letter for it.

    It is tried again later, as long as any notice is: a newer version may take over meanwhile.
    """
    if kind not in get_args(ToPeople):
        raise Unavailable(
            "This notice cannot be written.",
            why=Text("this version of Amparo has no letter {kind}", kind=repr(kind[:80])),
            fix="Use the version that queued it, or a newer one.",
        )
    return cast("ToPeople", kind)


def _at_the_end_of(clock: str) -> list[Notice]:
    if clock.startswith("C05-"):
        return [Notice("person", "window_closes")]
    if clock.startswith("C06@"):
        return [_complainant("overdue")]
    return [_complainant("panel_overdue")] if clock.startswith("C08@") else []


def _of_a_look(event: events.RemedySeen) -> list[Notice]:
    """What it saw stands in the case; somebody is told where what was there has gone."""
    if event.done != "unclear" or "gone" not in event.saw:
        return []
    return [_complainant("remedy_account_gone" if event.answered is None else "remedy_page_gone")]


def _complainant(kind: ToPeople) -> Notice:
    return Notice("complainant", kind)


def _platform(kind: ToPlatforms) -> Notice:
    return Notice("platform", kind)


def _sender(of: events.Party, kind: ToPeople) -> Notice:
    """The notifier of a notice, or whoever complained."""
    return Notice("notifier", kind) if of == "notifier" else _complainant(kind)
