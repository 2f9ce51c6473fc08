"""The history of a case in words: what happened, when, and what each side may read of it."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, assert_never

from amparo.case import clocks, deadlines, events, group, leads, worksheet
from amparo.case.events import (
    Cause,
    Done,
    Elsewhere,
    Event,
    Heard,
    InForce,
    Instance,
    Look,
    Messenger,
    Proof,
    RemedyStep,
    Ungrouped,
    Unspoken,
    Unwaited,
)
from amparo.case.state import Case
from amparo.ledger.case.casework import Entry
from amparo.web.words.decision import N_, Translate

Reader = Literal["party", "desk", "panel", "registrar"]

PANEL = {
    "uphold": N_("The restriction may stand."),
    "uphold_violation_change_measure": N_("The rule was broken, but the measure has to change."),
    "reverse": N_("The restriction should be lifted."),
    "partially_reverse": N_("The restriction should be lifted in part."),
    "send_back": N_("The platform has to give proper reasons first."),
    "cannot_decide": N_("The record does not allow a finding."),
}
BASES = {
    "merits": N_("on the merits"),
    "default": N_("by default: the platform sent nothing"),
}
OUTCOMES = {
    "upheld": N_("The first decision stands."),
    "partially_reversed": N_("The first decision was changed in part."),
    "reversed": N_("The first decision was reversed."),
    "newly_restricted": N_("A new restriction was decided."),
}
INADMISSIBLE = {
    "not_a_party": N_("Who complained is not somebody the decision is about."),
    "not_covered": N_("The decision is not one that can be complained about."),
    "decided_before": N_("The same complaint was decided before."),
    "out_of_time": N_("The complaint came after the end of the period."),
}
STEPS: dict[RemedyStep, str] = {
    "restore_content": N_("Restore the content"),
    "restore_account": N_("Restore the account"),
    "restore_visibility": N_("Restore its visibility"),
    "restore_payments": N_("Restore payments"),
    "restore_service": N_("Restore the service"),
    "lift_label": N_("Take the label off"),
    "shorten_restriction": N_("Shorten the restriction"),
    "restrict": N_("Restrict what was reported"),
    "other": N_("Something else, as the reasons say"),
}
RESULTS = {
    "implemented": N_("It says: all of it."),
    "partly": N_("It says: in part."),
}
LOOKS: dict[Look, str] = {
    "at_once": N_("the first look, at once"),
    "after_1_day": N_("a later look"),
    "after_7_days": N_("a later look"),
    "after_30_days": N_("a later look"),
}
IN_FORCE: dict[InForce, str] = {
    "suspended": N_("The account is suspended."),
    "disabled": N_("Nobody can sign in to the account."),
    "silenced": N_("The account is limited: few people see it."),
    "sensitized": N_("Everything from the account is marked as sensitive."),
    "blocked": N_("It is blocked."),
    "taken_down": N_("The post is taken down."),
    "labelled": N_("It is shown behind a label."),
    "deleted": N_("The page is deleted."),
    "hidden": N_("What was written is hidden."),
    "protected": N_("The page is protected: not everybody can write there."),
    "gone": N_("The account is not there."),
}
DONE: dict[Done, str] = {
    "yes": N_("It is as ordered."),
    "partly": N_("What was contested is over there. Not everything that was ordered can be seen."),
    "no": N_("It is not as ordered."),
    "unclear": N_("It was done before. Who removed the account since cannot be seen."),
}
ENDED = N_("A period ended.")
MISSED = {
    "C05-30": N_("The time for a complaint ends in less than a month."),
    "C05-7": N_("The time for a complaint ends in less than a week."),
    "C08": N_("The time in which the panel should have decided is over."),
    "C10": N_("The time for the platform's position is over."),
    "C27": N_("The day by which the panel wanted to decide is over."),
    "assign": N_("The time in which a reviewer should have been found is over."),
    "question": N_("The time for an answer to the question is over."),
    "challenge": N_("The time for challenging a member of the panel is over."),
}
"""Clock -> what a desk reads at its end; the one of the complaint (C06) has words of its own."""
DIRECTIONS = {
    "restore": N_("Restored at once, until the decision."),
    "keep_down": N_("Kept down at once, until the decision."),
}
ANSWERS = {
    "acted": N_("It acted on the report."),
    "not_acted": N_("It did not act on the report."),
}

LINKED = {
    ("answer", "statement"): N_("The platform named the decision that it took on the report."),
    ("answer", "notice"): N_("The platform said that the decision came from a report."),
    ("statement", "statement"): N_("The platform named the decision that it took on the report."),
    ("statement", "notice"): N_("The platform said that the decision came from a report."),
    ("remedy", "statement"): N_("The platform named its new decision about what was reported."),
    ("hearing", "hearing"): N_("Whoever posted it was given a page of their own to answer."),
    ("hearing", "notice"): N_("It is about a complaint by somebody who had reported it."),
    ("remedy", "notice"): N_("The decision came from a complaint by somebody who had reported it."),
}
"""How two cases came to be one matter, and what the other began with -> the words for it."""

REPORTED_BY_SOMEBODY = N_("It is about a complaint by somebody who reported what you posted.")
CALLED_BEFORE: Mapping[Elsewhere, str] = {
    "panel": N_("Before a panel rules."),
    "body": N_("Before the decision of an out-of-court body is taken."),
}
INVITED: Mapping[Instance, str] = {
    "desk": N_("You are asked what you say to somebody's complaint."),
    "panel": N_("You are asked what you say to what somebody asks of a panel."),
    "body": N_("You are asked what you say to the decision of an out-of-court body."),
}
OTHER_DECIDED: Mapping[Instance, str] = {
    "desk": N_("The complaint of the other side was decided."),
    "panel": N_("A panel has decided the case of the other side."),
    "body": N_("An out-of-court body has decided the dispute of the other side."),
}
HEARD_BY_BODY: Mapping[Heard, str] = {
    "answered": N_("The body says that it has heard the other side."),
    "silent": N_("The body says that the other side was asked, and did not answer in time."),
}
LOST: Mapping[Messenger, str] = {
    "platform": N_("The platform was asked to tell it."),
    "nobody": N_("Nobody else can tell it; the review goes on."),
}
UNTOLD = N_("The platform did not say whether it told them.")
NOTHING_CHANGES = (N_("Nothing changes for this side."), N_("Nothing changes for you."))
MAY_CHANGE = (
    N_("Something may change for this side; the body has written nothing about it."),
    N_("Something may change for you; the body has written nothing about it for you."),
)
"""Of this side, and to whoever it is about."""
UNDELIVERED = {
    "no_contact": N_("No address is known."),
    "bounced": N_("The mail came back."),
    "bulk_commercial": N_("It is about deceptive commercial content in bulk (Article 17(2))."),
    "order_art9": N_("An authority ordered it (Article 9)."),
}
ERASED = {
    "request": N_("The person asked for it."),
    "order": N_("An authority ordered it."),
    "mistake": N_("It should not have been there."),
}
OF_THE_PROGRAM = {
    clocks.NO_ANSWER: N_("No answer came in time."),
    group.RETURNED: N_("It was ruled on together with others."),
    leads.FOLLOWED: N_("The lead case that answered it was opened again."),
    leads.OVERRULED: N_("A panel or an out-of-court body has decided the lead case otherwise."),
}
"""Reasons that no person wrote, as they stand in journals -> the words for them."""

AGAIN = {
    "mistake": N_("There is a mistake in the ruling."),
    "new_facts": N_("There are new facts."),
}
PROOFS: dict[Proof, str] = {
    "look": N_("Somebody who does not work for the platform looked."),
    "platform": N_("The platform says so; nobody else looked."),
}
ACCEPTED = {
    True: N_("The member should not sit."),
    False: N_("The member may sit."),
}

LATE = N_("It came after the end of the period; it is heard all the same.")
SILENCE = N_("No answer came in time.")
MACHINE = N_("A machine took part in this.")

TAKEN: dict[Cause, str] = {
    "left": N_("Its reviewer has left; it is nobody's again."),
    "away": N_("Its reviewer is away; it is nobody's again."),
    "given_on": N_("A lead gave it to somebody else."),
    "decided": N_("Its reviewer had taken the decision; it is nobody's again."),
}
GONE: dict[Cause, str] = {
    "left": N_("The member has left."),
    "away": N_("The member is away."),
    "given_on": N_("The seat was given to somebody else."),
    "decided": N_("The member had taken the decision."),
}

_SIDES = {
    "person": N_("The person affected"),
    "notifier": N_("Who reported it"),
    "platform": N_("The platform"),
    "reviewer": N_("The reviewer"),
    "lead": N_("The lead of the desk"),
    "registrar": N_("The registrar"),
    "representative": N_("The organisation"),
    "claimant": N_("Whoever claims it"),
    "operator": N_("Whoever runs this service"),
    "panel": N_("The panel"),
    "member": N_("A member of the panel"),
    "body": N_("An out-of-court body"),
    "clock": N_("The clock"),
    "node": N_("This node"),
}


UNSPOKEN: dict[Unspoken, str] = {
    "person": N_("Whoever it spoke for ended it."),
    "mandate": N_("The mandate was ended."),
    "time": N_("The last day of the mandate is over."),
    "claim": N_("It was agreed before somebody showed that the case is theirs."),
}


UNWAITED: dict[Unwaited, str] = {
    "declined": N_("Whoever complained does not want to wait."),
    "left": N_("Whoever complained does not want to wait any longer."),
    "time": N_("The time for waiting is over."),
    "lead": N_("The lead cases are not examined any more."),
    "body": N_("The organisation that proposed it has taken it back."),
    "apart": N_("The desk looks at it by itself."),
    "urgent": N_("Something came up that cannot wait."),
    "elsewhere": N_("A panel or an out-of-court body looks at it."),
    "claim": N_("It was chosen before somebody showed that the case is theirs."),
    "closed": N_("The complaint was ended."),
    "answered": N_("The lead case was answered."),
}
FOUND: dict[str | None, str] = {
    "upheld": N_("The platform's own tool says that the first decision stands."),
    "reversed": N_("The platform's own tool says that the first decision was wrong."),
}
UNGROUPED: dict[Ungrouped, str] = {
    "desk": N_("The desk ended it."),
    "lead": N_("The lead cases are not examined any more."),
    "body": N_("The organisation that proposed them has taken them back."),
}


class Line(NamedTuple):
    """One event as a page shows it."""

    at: datetime
    who: str
    sentence: str
    notes: list[str]
    entry: int


class Running(NamedTuple):
    """A period that runs, in words."""

    name: str
    end: datetime
    law: bool
    bound: str
    article: str


_BY_YOU: dict[type[Event], str] = {
    events.NoticeReceived: N_("You reported it."),
    events.DangerSaid: N_("You said that somebody is in danger."),
    events.ComplaintFiled: N_("You complained."),
    events.ComplaintAdded: N_("You added something."),
    events.ComplaintAnswered: N_("You answered the question."),
    events.ComplaintReopened: N_("You asked to be looked at alone."),
    events.ComplaintWithdrawn: N_("You withdrew the complaint."),
    events.LeadJoined: N_("You chose to wait for a lead case."),
    events.CaseSubmitted: N_("You asked for a panel."),
    events.CaseCompleted: N_("You handed over what was missing."),
    events.CaseReply: N_("You replied."),
    events.CaseReopened: N_("You asked the panel to look once more."),
    events.CaseWithdrawn: N_("You withdrew the case."),
    events.PanelChallenged: N_("You challenged a member's seat."),
    events.RemedyDisputed: N_("You said that it is not done as ordered."),
}
"""What a party did, as their own page says it."""
_TO_YOU: dict[type[Event], str] = {
    events.DecisionDelivered: N_("You were told of the decision."),
    events.DecisionUndelivered: N_("You could not be told of the decision."),
    events.LeadAsked: N_("You were asked whether you want to wait for a lead case."),
    events.LetterUndelivered: N_("A letter to you did not arrive."),
}
"""What was done to a party, as their own page says it."""

_FOR_THE_MEMBERS = (
    events.CasePosition,
    events.CaseReply,
    events.CaseFactAsked,
    events.CaseDecided,
)
"""What the sides and the panel wrote to each other: a registrar reads that they did."""


def lines(
    entries: Sequence[Entry], translate: Translate, reader: Reader, you: str = ""
) -> list[Line]:
    """The history for a reader; the other side's identity is in no line.

    `you`: the party whose own page it stands on, who is spoken to in it.
    """
    found = []
    seen_from = _seen_from(entries)
    for entry in entries:
        event = entry.event
        if event is None:
            erased = translate(N_("Something happened; its text was erased."))
            found.append(Line(entry.at, "", erased, [], entry.seq))
            continue
        sentence, notes = _worded(event, translate, reader, to_you=bool(you))
        if reader == "registrar" and isinstance(event, _FOR_THE_MEMBERS):
            notes = ()
        if sentence is not None:
            side = _SIDES.get(event.by.partition(":")[0])
            if event.by == "person" and entry.seq < seen_from:
                side = N_("Whoever had the link then")
            elif you and event.by == you:
                side = N_("You")
                sentence = _BY_YOU.get(type(event), sentence)
            if you:
                sentence = _TO_YOU.get(type(event), sentence)
            who = translate(side) if side else ""
            shown = [note for note in notes if note]
            found.append(Line(entry.at, who, translate(sentence), shown, entry.seq))
    return found


def _proposed_by(body: str | None, translate: Translate) -> str:
    """Which organisation proposed a lead case; empty where the desk chose it."""
    return translate(N_("Proposed by {body}.")).format(body=body) if body else ""


def _seen_from(entries: Sequence[Entry]) -> int:
    """The entry by which it was seen whose account it is; who acted before may be somebody else."""
    for entry in reversed(entries):
        if isinstance(entry.event, events.ClaimProven) and entry.event.how == "look":
            return entry.seq
    return 0


RULES_OF_OURS = {
    "rules of the desk": N_("a rule of this node"),
    "rules of the panel": N_("a rule of this node"),
}


def running(case: Case) -> list[Running]:
    """The periods that run, the nearest first."""
    found = []
    for name, end in sorted(clocks.running(case).items(), key=lambda pair: pair[1]):
        if name in deadlines.CLOCKS:
            prioritised = name == "C06" and case.prioritised
            clock = deadlines.CLOCKS["C06-represented" if prioritised else name]
            # Day 90 is in the law for certified bodies alone; a panel here only promises it.
            law = clock.number == "law" and name != "C08"
            article = RULES_OF_OURS.get(clock.article, clock.article)
            found.append(Running(name, end, law, clock.bound, article))
    return found


def _worded(
    event: Event, translate: Translate, reader: Reader, *, to_you: bool
) -> tuple[str | None, Sequence[str]]:
    """A sentence that says what happened, and notes of what was said.

    `to_you`: it stands on the party's own page, who is spoken to. None instead of the sentence:
    this reader's history leaves the event out. Empty notes are left out where they are shown.
    """
    desk = reader == "desk"
    match event:
        case events.DecisionIssued():
            return N_("The decision was taken and recorded."), ()
        case events.NoticeReceived():
            return N_("The report was received."), (
                event.why,
                event.where,
                translate(N_("From a trusted flagger (Article 22): {name}")).format(
                    name=event.flagger
                )
                if event.flagger
                else "",
            )
        case events.NoticeAnswered():
            return N_("The platform answered the report."), (
                translate(ANSWERS[event.result]),
                event.reasons,
                translate(MACHINE) if event.automated else "",
                _without_statement(event, translate),
                _together(event.joint, translate) if desk else "",
            )
        case events.DecisionDelivered():
            return N_("The person was told."), ()
        case events.DecisionUndelivered():
            return N_("The person could not be told."), (
                translate(UNDELIVERED[event.reason]),
                *_mail_code(event.code, translate),
                translate(N_("The platform was asked to tell the person in its own way."))
                if event.code is not None
                else "",
            )
        case events.LetterUndelivered():
            return N_("A letter did not arrive."), (
                *_mail_code(event.code, translate),
                translate(N_("The platform was asked to tell the person in its own way."))
                if event.to_tell
                else "",
            )
        case events.DecisionReversed():
            return N_("The decision was reversed, though nobody had complained."), (
                event.reasons,
                translate(N_("The platform was asked to tell the person in its own way."))
                if event.to_tell
                else "",
            )
        case events.DecisionSuperseded():
            return N_("The first decision does not apply any more."), ()
        case events.DecisionCorrected():
            return N_("A new decision takes the place of this one."), (event.statement,)
        case events.DecisionCorrects():
            return N_("This decision takes the place of an earlier one."), (event.statement,)
        case events.DecisionLifted():
            return N_("The platform says that it has lifted the restriction by itself."), (
                event.reasons or "",
            )
        case events.DangerSaid():
            return N_("It was said that somebody is in danger."), (event.reasons,)
        case events.DecidersNamed():
            if event.seats is None:
                return N_("The platform said who decided.") if desk else None, ()
            return N_("A lead of the desk said who decided."), ()
        case events.SidesLinked():
            about_you = to_you and (event.how, event.of) == ("hearing", "notice")
            sentence = REPORTED_BY_SOMEBODY if about_you else LINKED[event.how, event.of]
            return sentence, (event.other if desk else "",)
        case events.MandateShown():
            return N_("An organisation showed its mandate."), (event.body, event.text)
        case events.MandateUsed():
            sentence = translate(N_("People: {number}")).format(number=event.cases)
            return N_("One complaint was filed for several people."), (sentence,)
        case events.MandateEnded():
            return N_("The mandate has ended."), (event.reasons or "",)
        case events.RepresentationAgreed():
            return N_("An organisation was asked to speak for this side."), (event.body,)
        case events.RepresentationEnded():
            return N_("The organisation does not speak for this side any more."), (
                event.body,
                translate(UNSPOKEN[event.because]),
            )
        case events.LeadsProposed():
            sentence = translate(N_("People: {number}")).format(number=event.cases)
            by_body = N_("An organisation proposed lead cases among those whom it speaks for.")
            by_desk = N_("Lead cases were chosen, and others are asked to wait for them.")
            return by_body if event.body else by_desk, (
                event.body or "",
                event.question,
                sentence,
            )
        case events.LeadsEnded():
            return N_("Nobody is asked any more to wait for the lead cases."), (
                translate(UNGROUPED[event.because]),
                event.reasons or "",
            )
        case events.LeadChosen():
            return N_(
                "It is a lead case: others may wait for its answer. Nothing changes in it."
            ), (_proposed_by(event.body, translate),)
        case events.LeadAsked():
            return N_("It was asked whether this complaint waits for a lead case."), (
                _proposed_by(event.body, translate),
                event.question,
            )
        case events.LeadJoined():
            return N_("The complaint waits for a lead case, as whoever complained chose."), ()
        case events.LeadEnded():
            return N_("The complaint does not wait for a lead case."), (
                translate(UNWAITED[event.because]),
                event.reasons or "",
            )
        case events.HearingCalled():
            return N_("The other side was asked what it says."), (
                translate(CALLED_BEFORE[event.before]) if event.before else "",
                event.question,
            )
        case events.HearingInvited():
            you = INVITED[event.before or "desk"]
            return you if to_you else N_("This side was asked what it says."), (
                event.question,
                event.where or "",
            )
        case events.HearingTold():
            return N_("The other side was told."), ()
        case events.HearingUntold():
            reason = UNDELIVERED[event.reason] if event.reason else UNTOLD
            return N_("The other side could not be told; the review goes on."), (translate(reason),)
        case events.HearingLost():
            return N_("A letter to the other side came back."), (
                "" if event.left else translate(LOST[event.through]),
            )
        case events.HearingAnswered():
            if event.own:
                return N_("You answered.") if to_you else N_("This side answered."), (event.text,)
            answered = (
                N_("The other side answered, by a link that the platform was given to hand over.")
                if event.handed
                else N_("The other side answered.")
            )
            # What one side says may show who it is: only those who decide read it.
            return answered, ("" if reader in ("party", "registrar") else event.text,)
        case events.HearingEnded():
            return N_("The time of the other side is over; the review goes on."), ()
        case events.HearingWaived():
            return N_("The other side is not heard first: somebody is in danger."), (event.reasons,)
        case events.HearingShared():
            return N_("The other side was heard."), ()
        case events.OtherDecided():
            changed = (NOTHING_CHANGES if event.text is None else MAY_CHANGE)[to_you]
            return OTHER_DECIDED[event.before or "desk"], (event.text or translate(changed),)
        case events.ContentSupplied():
            return N_("The platform supplied the content.") if desk else None, ()
        case events.ComplaintFiled():
            return N_("A complaint was filed."), (
                event.grounds,
                translate(N_("{body} speaks for the person.")).format(body=event.represented_by)
                if event.represented_by
                else "",
                translate(LATE) if event.late and desk else "",
            )
        case events.ComplaintAdded(found=None):
            return N_("Something was added."), (event.text,)
        case events.ComplaintAdded():
            note = N_("{source} gives no reasons, and does not say who looked again.")
            return FOUND[event.found], (translate(note).format(source=event.source),)
        case events.ComplaintInadmissible():
            return N_("The complaint could not be heard."), (
                translate(INADMISSIBLE[event.ground]),
                event.reasons,
            )
        case events.ComplaintAssigned():
            return N_("A reviewer was assigned.") if desk else None, ()
        case events.ComplaintReturned():
            sentence = TAKEN[event.cause] if event.cause else N_("The reviewer handed it back.")
            return sentence if desk else None, (_reason(event.reason, translate),)
        case events.ComplaintOpened():
            return N_("The reviewer opened the file.") if desk else None, ()
        case events.ComplaintAsked():
            return N_("A question was asked."), (event.question,)
        case events.ComplaintAnswered():
            return N_("The question was answered."), (
                event.text,
                translate(SILENCE) if event.silence else "",
            )
        case events.ComplaintDecided():
            return N_("The complaint was decided."), (
                translate(OUTCOMES[event.outcome]),
                event.reasons,
                *_weighing(event, translate),
            )
        case events.ComplaintWithdrawn():
            return N_("The complaint was withdrawn."), ()
        case events.ComplaintReopened():
            return N_("The complaint was opened once more."), (_reason(event.reason, translate),)
        case events.ComplaintDisowned():
            return N_("The complaint was not the person's own; it has no effect."), ()
        case events.ComplaintUndone():
            return N_("The ruling that decided it was taken back; somebody else decides it."), (
                event.reasons,
            )
        case events.ComplaintClosed():
            return N_("The complaint was closed."), ()
        case events.HoldSent():
            return N_("The platform was asked to keep the evidence."), ()
        case events.HoldKept():
            return N_("The platform keeps the evidence."), ()
        case events.HoldFailed():
            return N_("The platform did not confirm that it keeps the evidence."), (
                _reason(event.reason, translate),
            )
        case events.HoldEnded():
            return N_("The evidence need not be kept any longer."), ()
        case events.InterimOrdered():
            return N_("Something was ordered at once."), (
                translate(DIRECTIONS[event.direction]),
                event.reasons,
            )
        case events.InterimAnswered(result="done"):
            return N_("The platform says that it has done what was ordered at once."), (
                event.reasons,
            )
        case events.InterimAnswered():
            return N_("The platform says that it cannot do what was ordered at once."), (
                event.reasons,
            )
        case events.InterimEnded():
            return N_("What was ordered at once has ended."), ()
        case events.RemedyOrdered():
            return N_("The platform was ordered to put it right."), (
                translate((OUTCOMES | PANEL)[event.outcome]),
                *(translate(STEPS[step]) for step in event.steps),
            )
        case events.RemedyClaimed(through=str(system)):
            return N_("This node has carried it out in the platform's own system."), (system,)
        case events.RemedyClaimed():
            return N_("The platform says that it is done. Nobody has checked that yet."), (
                translate(RESULTS[event.result]),
                event.reasons,
            )
        case events.RemedyConfirmed():
            return N_("Whoever has the person's page says that it is done; it stays a claim."), (
                translate(N_("The platform was given the first link to this case.")),
            )
        case events.RemedyVerified():
            return N_("It is done, and that was checked."), ()
        case events.RemedyDisputed():
            return N_("It is not done as ordered."), (event.reason,)
        case events.RemedySeen(answered=int(status)):
            return N_("A machine looked at the page of the content."), (
                f"{event.source}, {translate(LOOKS[event.look])}",
                f"HTTP {status}",
                translate(_of_a_page(event)),
            )
        case events.RemedySeen():
            return N_("A machine looked at the platform's own system."), (
                f"{event.source}, {translate(LOOKS[event.look])}",
                *(translate(IN_FORCE[seen]) for seen in event.saw),
                translate(DONE[event.done]),
            )
        case events.RemedyReverted():
            return N_("What had been done is not so any more in the platform's own system."), ()
        case events.RemedyFailed():
            return N_("The platform did not do it."), ()
        case events.RemedyImpossible():
            return N_("The platform says that it cannot do it."), (event.reasons,)
        case events.RemedyRefused():
            return N_("The platform refuses to do it."), (event.reasons,)
        case events.RemedyUndone():
            return N_("The order was taken back."), (event.reasons,)
        case events.RemedySettled():
            return N_("Nobody objected; it stays a claim that nobody checked."), ()
        case events.RemedyReminded():
            return N_("The time for it is over; the platform was reminded."), ()
        case events.MisuseWarned():
            return N_("The sender was warned (Article 23)."), _weighed(event)
        case events.MisuseSuspended():
            return N_("Processing of what the sender sends was suspended (Article 23)."), _weighed(
                event
            )
        case events.MisuseEnded():
            return N_("The warning or suspension has ended."), (event.reasons or "",)
        case events.ProcessingPaused():
            return N_("It is kept, and waits for the end of a suspension."), ()
        case events.ProcessingResumed():
            return N_("It goes on."), ()
        case events.CaseSubmitted():
            return N_("A panel was asked for."), (event.grounds,)
        case events.CaseIncomplete():
            return N_("The registrar said what is missing."), (event.missing,)
        case events.CaseCompleted():
            return N_("What was missing was handed over."), (event.text,)
        case events.CaseLapsed():
            return N_("It was closed because something was missing."), ()
        case events.CaseReopened():
            return N_("The panel was asked to look once more."), (
                translate(AGAIN[event.ground]),
                event.text,
            )
        case events.CaseFactAsked():
            return N_("The panel asked for one more fact."), (event.member, event.question)
        case events.PanelChallenged():
            return N_("A member's seat was challenged."), (event.member, event.reasons)
        case events.ChallengeJudged():
            return N_("An uninvolved member judged the challenge."), (
                translate(ACCEPTED[event.accepted]),
                event.reasons,
            )
        case events.CaseInadmissible():
            return N_("The panel cannot hear the case."), (
                translate(INADMISSIBLE[event.ground]) if event.ground == "decided_before" else "",
                event.reasons,
            )
        case events.CaseAdmitted():
            return N_("The panel will hear the case."), ()
        case events.PanelListed():
            return N_("The list of who may be drawn was fixed."), ()
        case events.PanelRevealed():
            return N_("A member revealed the value for the draw."), (event.member,)
        case events.PanelDrawn():
            return N_("The panel was drawn."), ()
        case events.PanelReplaced():
            reason = translate(GONE[event.cause]) if event.cause else event.reason
            return N_("A reserve took a seat."), (event.left, reason)
        case events.PanelFormed():
            return N_("The panel was formed."), ()
        case events.CasePosition():
            return N_("The platform handed over its position."), (event.text,)
        case events.CaseReply():
            return N_("The party replied."), (event.text,)
        case events.CaseDefaulted():
            return N_("The platform sent nothing; the panel looks at what there is."), ()
        case events.CaseDeliberating():
            return N_("The file was closed; each member answers alone first."), ()
        case events.CaseExtended():
            return N_("The panel was given more time."), (event.reasons,)
        case events.CaseDecided():
            return N_("The panel has decided."), _ruled(event, translate)
        case events.CaseSettled():
            return N_("Both sides have settled."), ()
        case events.CaseWithdrawn():
            return N_("The case was withdrawn."), ()
        case events.CaseClosed():
            return N_("The panel case was closed."), ()
        case events.CaseDisowned():
            return N_("The panel was not asked for by the person; what it found has no effect."), ()
        case events.FileImported():
            return N_("A case file was taken in."), (event.log,)
        case events.OutcomeReceived():
            return N_("An out-of-court body has decided."), (
                event.by.partition(":")[2],
                translate(PANEL[event.outcome]),
                translate(BASES[event.basis]),
                event.summary,
                event.reasons,
                *_of_the_other(event, translate),
            )
        case events.ClockMissed():
            if event.clock.startswith("C06@"):
                return N_("The time for deciding the complaint is over. It is late."), ()
            return MISSED.get(event.clock.partition("@")[0], ENDED) if desk else None, ()
        case events.LinkRevoked():
            return N_("A link was revoked.") if desk else None, ()
        case events.LinkExchanged():
            you = N_("You opened your page by the link that the platform was given.")
            page = N_("The page was opened by the link that the platform was given.")
            return (you if to_you else page) if reader == "party" else None, ()
        case events.ClaimAsked():
            return N_("Somebody says that this case is theirs."), ()
        case events.ClaimProven():
            return N_("The account was shown, and earlier links have ended."), (
                translate(PROOFS[event.how]),
                event.seen,
            )
        case events.ClaimRefused():
            return N_("A claim to this case was refused."), (event.reasons,)
        case events.OpeningErased():
            return N_("Texts of this case were erased."), (translate(ERASED[event.reason]),)
        case events.RetentionEnded():
            return N_("The addresses and files kept for this case were erased: it has ended."), ()
        case events.PartsOpened():
            return N_("The names of who decided and who looked again were opened to somebody."), (
                event.to,
                event.why,
            )
        case (
            events.RulingMade()
            | events.RulingUndone()
            | events.ComplaintRemedying()
            | events.PartsCommitted()
            | events.PartsNamed()
            | events.WorksheetSealed()
            | events.CaseVoted()
        ):
            return None, ()
        case _:
            assert_never(event)


def _mail_code(code: str | None, translate: Translate) -> list[str]:
    return [translate(N_("The mail server's code: {code}")).format(code=code)] if code else []


def _reason(given: str, translate: Translate) -> str:
    return translate(OF_THE_PROGRAM[given]) if given in OF_THE_PROGRAM else given


def _without_statement(event: events.NoticeAnswered, translate: Translate) -> str:
    if event.no_statement is None:
        return ""
    why = translate(UNDELIVERED[event.no_statement])
    return translate(N_("Nobody was given reasons for it: {why}")).format(why=why)


def _together(joint: str | None, translate: Translate) -> str:
    """For the desk alone: nobody learns who else reported an address."""
    if joint is None:
        return ""
    return translate(N_("Together with a report of the same address: {case}")).format(case=joint)


def _weighing(event: events.ComplaintDecided, translate: Translate) -> list[str]:
    """The worksheet that came before a decision: each question, its answer and the reason."""
    answers = event.worksheet or {}
    found = [
        f"{translate(question.text)} {translate(worksheet.plain(answers[question.id].value))}. "
        f"{answers[question.id].reason}"
        for question in worksheet.asked(answers, worksheet.SHORT)
        if question.id in answers
    ]
    why = translate(N_("Why it was decided otherwise than the answers say: {why}"))
    return [*found, *([why.format(why=event.divergence)] if event.divergence else [])]


def _weighed(event: events.MisuseWarned | events.MisuseSuspended) -> Sequence[str]:
    return (event.clause, event.numbers, event.share, event.gravity, event.intention)


def _of_a_page(event: events.RemedySeen) -> str:
    """What a page shows of a remedy: no more than whether it is there, and whether it was."""
    match event.done:
        case "yes" | "partly":
            return N_("It is there, and was not there before.")
        case "no":
            return N_("It is not there.")
        case "unclear" if event.saw:
            return N_("It is not there any more. Who removed it cannot be seen.")
        case "unclear":
            return N_("Whether it was restored cannot be seen by that.")
        case _:
            assert_never(event.done)


def _ruled(event: events.CaseDecided, translate: Translate) -> Sequence[str]:
    found = (translate(PANEL[event.outcome]), translate(BASES[event.basis]))
    words = (*found, event.summary, event.reasons, event.divergence, *event.dissents.values())
    return (*words, *_of_the_other(event, translate))


def _of_the_other(
    event: events.CaseDecided | events.OutcomeReceived, translate: Translate
) -> Sequence[str]:
    """What a ruling says of how the other side was heard."""
    heard = event.heard if isinstance(event, events.OutcomeReceived) else None
    why = translate(N_("The other side was not heard first, since somebody is in danger: {why}"))
    return (
        translate(HEARD_BY_BODY[heard]) if heard else "",
        why.format(why=event.unheard) if event.unheard else "",
    )
