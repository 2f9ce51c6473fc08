"""The history of a case in words: what happened, when, and what each side may read of it."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from amparo.case import clocks, deadlines
from amparo.case.remedy import Step
from amparo.case.state import Case
from amparo.ledger.casework import Told as Kept
from amparo.web.wording import N_, Told

Reader = Literal["party", "desk", "panel"]

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
STEPS: dict[Step, str] = {
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
DIRECTIONS = {
    "restore": N_("Restored at once, until the decision."),
    "keep_down": N_("Kept down at once, until the decision."),
}
ANSWERS = {
    "acted": N_("It acted on the report."),
    "not_acted": N_("It did not act on the report."),
}

AGAIN = {
    "mistake": N_("There is a mistake in the ruling."),
    "new_facts": N_("There are new facts."),
}
ACCEPTED = {
    True: N_("The member should not sit."),
    False: N_("The member may sit."),
}

OF_THE_STEPS = (
    N_("That step is not possible as the case stands."),
    N_("Look at the case again: somebody may have acted meanwhile."),
    N_("The text is missing."),
    N_("It is empty."),
    N_("The text is too long."),
    N_("Shorten it."),
    N_("This case holds as much from your side as it can."),
    N_("Attach long texts as files, or ask somebody who works on the case."),
    N_("Shorten it, or attach it as a file."),
    N_("Say in your own words what is wrong with the decision."),
    N_("Write what you want to add."),
    N_("There is a complaint about this decision already."),
    N_("Add to it below; when it was decided, a lead can reopen it once."),
    N_("There is no open complaint to add to."),
    N_("If there is new evidence, ask for it to be reopened."),
    N_("Say what is not as it should be."),
    N_("Write what you see."),
    N_("This seat cannot be challenged."),
    N_("Say in your reply what worries you."),
    N_("The panel cannot look at this again."),
    N_("A court can still hear it."),
    N_("Say what is wrong, or what is new."),
    N_("Write what was missing."),
    N_("Reasons: too short to be understood."),
    N_("Say which facts you weighed, and why they lead to this outcome."),
)
"""What the steps of `case` may say to a person; `case` knows no languages."""

_SENTENCES = {
    "decision.issued": N_("The decision was taken and recorded."),
    "notice.received": N_("The report was received."),
    "notice.answered": N_("The platform answered the report."),
    "decision.delivered": N_("The person was told."),
    "decision.undelivered": N_("The person could not be told."),
    "decision.superseded": N_("The first decision does not apply any more."),
    "complaint.filed": N_("A complaint was filed."),
    "complaint.added": N_("Something was added."),
    "complaint.inadmissible": N_("The complaint could not be heard."),
    "complaint.asked": N_("A question was asked."),
    "complaint.answered": N_("The question was answered."),
    "complaint.decided": N_("The complaint was decided."),
    "complaint.withdrawn": N_("The complaint was withdrawn."),
    "complaint.reopened": N_("The complaint was opened once more."),
    "complaint.closed": N_("The complaint was closed."),
    "hold.sent": N_("The platform was asked to keep the evidence."),
    "hold.kept": N_("The platform keeps the evidence."),
    "hold.failed": N_("The platform did not confirm that it keeps the evidence."),
    "hold.ended": N_("The evidence need not be kept any longer."),
    "interim.ordered": N_("Something was ordered at once."),
    "interim.ended": N_("What was ordered at once has ended."),
    "remedy.ordered": N_("The platform was ordered to put it right."),
    "remedy.claimed": N_("The platform says that it is done. Nobody has checked that yet."),
    "remedy.verified": N_("It is done, and that was checked."),
    "remedy.disputed": N_("It is not as the platform says."),
    "remedy.failed": N_("The platform did not do it."),
    "remedy.impossible": N_("The platform says that it cannot do it."),
    "remedy.refused": N_("The platform refuses to do it."),
    "remedy.undone": N_("The order was taken back."),
    "remedy.settled": N_("Nobody objected; it stays a claim that nobody checked."),
    "remedy.reminded": N_("The time for it is over; the platform was reminded."),
    "misuse.warned": N_("The sender was warned (Article 23)."),
    "misuse.suspended": N_("Processing of what the sender sends was suspended (Article 23)."),
    "misuse.ended": N_("The warning or suspension has ended."),
    "processing.paused": N_("It is kept, and waits for the end of a suspension."),
    "processing.resumed": N_("It goes on."),
    "case.submitted": N_("A panel was asked for."),
    "case.incomplete": N_("The registrar said what is missing."),
    "case.completed": N_("What was missing was handed over."),
    "case.lapsed": N_("It was closed because something was missing."),
    "case.reopened": N_("The panel was asked to look once more."),
    "case.fact_asked": N_("The panel asked for one more fact."),
    "panel.challenged": N_("A member's seat was challenged."),
    "challenge.judged": N_("An uninvolved member judged the challenge."),
    "case.inadmissible": N_("The panel cannot hear the case."),
    "case.admitted": N_("The panel will hear the case."),
    "panel.listed": N_("The list of who may be drawn was fixed."),
    "panel.drawn": N_("The panel was drawn."),
    "panel.replaced": N_("A reserve took a seat."),
    "panel.formed": N_("The panel was formed."),
    "case.position": N_("The platform handed over its position."),
    "case.reply": N_("The party replied."),
    "case.defaulted": N_("The platform sent nothing; the panel looks at what there is."),
    "case.deliberating": N_("The file was closed; each member answers alone first."),
    "case.extended": N_("The panel was given more time."),
    "case.decided": N_("The panel has decided."),
    "case.settled": N_("Both sides have settled."),
    "case.withdrawn": N_("The case was withdrawn."),
    "case.closed": N_("The panel case was closed."),
    "opening.erased": N_("Texts of this case were erased."),
}
_AT_THE_DESK = {
    "complaint.assigned": N_("A reviewer was assigned."),
    "complaint.returned": N_("The reviewer handed it back."),
    "complaint.opened": N_("The reviewer opened the file."),
    "clock.missed": N_("A period ended."),
    "link.revoked": N_("A link was revoked."),
    "content.supplied": N_("The platform supplied the content."),
    "deciders.named": N_("The platform said who decided."),
}
_SIDES = {
    "person": N_("The person affected"),
    "notifier": N_("Who reported it"),
    "platform": N_("The platform"),
    "reviewer": N_("The reviewer"),
    "lead": N_("The lead of the desk"),
    "registrar": N_("The registrar"),
    "panel": N_("The panel"),
    "member": N_("A member of the panel"),
    "clock": N_("The clock"),
    "node": N_("This node"),
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


def lines(events: Sequence[Kept], told: Told, reader: Reader) -> list[Line]:
    """The history for a reader; the other side's identity is in no line."""
    sentences = _SENTENCES | (_AT_THE_DESK if reader == "desk" else {})
    found = []
    for one in events:
        sentence = sentences.get(one.event.kind)
        late = one.event.kind == "clock.missed" and one.event.details["clock"].startswith("C06@")
        if late:
            sentence = N_("The time for deciding the complaint is over. It is late.")
        if one.erased:
            sentence = N_("Something happened; its text was erased.")
        if sentence is None:
            continue
        role = one.event.by.partition(":")[0]
        found.append(
            Line(
                one.event.at,
                told(_SIDES.get(role, "")) if role else "",
                told(sentence),
                _notes(one, told, reader),
                one.seq,
            )
        )
    return found


RULES_OF_OURS = {
    "rules of the desk": N_("a rule of this node"),
    "rules of the panel": N_("a rule of this node"),
}


def running(case: Case) -> list[Running]:
    """The periods that run, the nearest first."""
    found = []
    for name, end in sorted(clocks.running(case).items(), key=lambda pair: pair[1]):
        if name in deadlines.CLOCKS:
            clock = deadlines.CLOCKS[name]
            # Day 90 is in the law for certified bodies alone; a panel here only promises it.
            law = clock.number == "law" and name != "C08"
            article = RULES_OF_OURS.get(clock.article, clock.article)
            found.append(Running(name, end, law, clock.bound, article))
    return found


def _notes(one: Kept, told: Told, reader: Reader) -> list[str]:
    details: dict[str, Any] = dict(one.event.details)
    notes = []
    for name, words in (
        ("outcome", OUTCOMES | PANEL),
        ("basis", BASES),
        ("ground", INADMISSIBLE | AGAIN),
        ("accepted", ACCEPTED),
        ("result", RESULTS | ANSWERS),
        ("direction", DIRECTIONS),
    ):
        if details.get(name) in words:
            notes.append(told(words[details[name]]))
    notes += [told(STEPS[step]) for step in details.get("steps", ()) if step in STEPS]
    internal = one.event.kind == "complaint.returned" and reader == "party"
    for name in (
        *("member", "left", "summary", "grounds", "text", "missing", "question", "reasons"),
        *("reason", "why", "where", "divergence", "clause", "numbers", "share", "gravity"),
        "intention",
    ):
        if details.get(name) and not internal:
            notes.append(str(details[name]))
    notes += [str(text) for text in dict(details.get("dissents", {})).values()]
    if details.get("automated"):
        notes.append(told(N_("A machine took part in this.")))
    if details.get("late") and reader == "desk":
        notes.append(told(N_("It came after the six months; it is heard all the same.")))
    if details.get("silence"):
        notes.append(told(N_("No answer came in time.")))
    return notes
