"""The page beside a case file's index: the case in words, readable offline, without scripts.

It is made of the index alone, so that whoever verifies a file makes it again and compares.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from amparo.case.shown import Section
from amparo.ledger.case.case_file import Entry, Index
from amparo.record.event import DecisionIssued, moment
from amparo.web.words import decision, history
from amparo.web.words.decision import N_, Worded
from amparo.web.words.i18n import catalogue, known
from amparo.web.words.pages import rendered

SECTIONS: Mapping[Section, str] = {
    "statement": N_("The decision"),
    "report": N_("The report"),
    "dialogue": N_("What was said"),
    "evidence": N_("Keeping the evidence"),
    "remedy": N_("Putting it right"),
    "panel": N_("Before the panel"),
    "ruling": N_("Answers and rulings"),
    "course": N_("The course of the case"),
}

HAPPENED: Mapping[str, str] = {
    "decision.issued": N_("The decision was taken and recorded."),
    "decision.delivered": N_("The person was told."),
    "decision.undelivered": N_("The person could not be told."),
    "letter.undelivered": N_("A letter did not arrive."),
    "decision.lifted": N_("The platform says that it has lifted the restriction by itself."),
    "decision.corrected": N_("A new decision takes the place of this one."),
    "decision.corrects": N_("This decision takes the place of an earlier one."),
    "decision.superseded": N_("The first decision does not apply any more."),
    "danger.said": N_("It was said that somebody is in danger."),
    "deciders.named": N_("It was said who decided."),
    "content.supplied": N_("The platform supplied the content."),
    "notice.received": N_("The report was received."),
    "notice.answered": N_("The platform answered the report."),
    "ruling.made": N_("A ruling was made for many cases."),
    "ruling.undone": N_("A ruling for many cases was taken back."),
    "complaint.filed": N_("A complaint was filed."),
    "complaint.added": N_("Something was added."),
    "complaint.inadmissible": N_("The complaint could not be heard."),
    "complaint.assigned": N_("A reviewer was assigned."),
    "complaint.returned": N_("The reviewer handed it back."),
    "complaint.opened": N_("The reviewer opened the file."),
    "complaint.asked": N_("A question was asked."),
    "complaint.answered": N_("The question was answered."),
    "complaint.decided": N_("The complaint was decided."),
    "complaint.remedying": N_("It stays open until it is put right."),
    "complaint.closed": N_("The complaint was closed."),
    "complaint.withdrawn": N_("The complaint was withdrawn."),
    "complaint.reopened": N_("The complaint was opened once more."),
    "complaint.undone": N_("The ruling that decided it was taken back; somebody else decides it."),
    "decision.reversed": N_("The decision was reversed, though nobody had complained."),
    "parts.committed": N_("Pseudonyms of who decided and who looked again were recorded."),
    "parts.named": N_("Who stands behind the pseudonyms was recorded."),
    "parts.opened": N_("The names of who decided and who looked again were opened to somebody."),
    "mandate.shown": N_("An organisation showed its mandate."),
    "mandate.used": N_("One complaint was filed for several people."),
    "mandate.ended": N_("The mandate has ended."),
    "representation.agreed": N_("An organisation was asked to speak for this side."),
    "representation.ended": N_("The organisation does not speak for this side any more."),
    "leads.proposed": N_("Lead cases were chosen, and others are asked to wait for them."),
    "leads.ended": N_("Nobody is asked any more to wait for the lead cases."),
    "lead.chosen": N_("It is a lead case: others may wait for its answer. Nothing changes in it."),
    "lead.asked": N_("It was asked whether this complaint waits for a lead case."),
    "lead.joined": N_("The complaint waits for a lead case, as whoever complained chose."),
    "lead.ended": N_("The complaint does not wait for a lead case."),
    "hearing.called": N_("The other side was asked what it says."),
    "hearing.invited": N_("The other side was asked what it says."),
    "hearing.told": N_("The other side was told."),
    "hearing.untold": N_("The other side could not be told; the review goes on."),
    "hearing.lost": N_("A letter to the other side came back."),
    "hearing.answered": N_("The other side answered."),
    "hearing.ended": N_("The time of the other side is over; the review goes on."),
    "hearing.waived": N_("The other side is not heard first: somebody is in danger."),
    "hearing.shared": N_("The other side was heard."),
    "other.decided": N_("The complaint of the other side was decided."),
    "hold.sent": N_("The platform was asked to keep the evidence."),
    "hold.kept": N_("The platform keeps the evidence."),
    "hold.failed": N_("The platform did not confirm that it keeps the evidence."),
    "hold.ended": N_("The evidence need not be kept any longer."),
    "interim.ordered": N_("Something was ordered at once."),
    "interim.answered": N_("The platform answered what was ordered at once."),
    "interim.ended": N_("What was ordered at once has ended."),
    "remedy.ordered": N_("The platform was ordered to put it right."),
    "remedy.reminded": N_("The time for it is over; the platform was reminded."),
    "remedy.claimed": N_("The platform says that it is done. Nobody has checked that yet."),
    "remedy.verified": N_("It is done, and that was checked."),
    "remedy.disputed": N_("It is not done as ordered."),
    "remedy.seen": N_("A machine looked at the platform's own system."),
    "remedy.reverted": N_("What had been done is not so any more in the platform's own system."),
    "remedy.failed": N_("The platform did not do it."),
    "remedy.impossible": N_("The platform says that it cannot do it."),
    "remedy.refused": N_("The platform refuses to do it."),
    "remedy.undone": N_("The order was taken back."),
    "remedy.settled": N_("Nobody objected; it stays a claim that nobody checked."),
    "case.submitted": N_("A panel was asked for."),
    "case.incomplete": N_("The registrar said what is missing."),
    "case.completed": N_("What was missing was handed over."),
    "case.lapsed": N_("It was closed because something was missing."),
    "case.inadmissible": N_("The panel cannot hear the case."),
    "case.admitted": N_("The panel will hear the case."),
    "panel.listed": N_("The list of who may be drawn was fixed."),
    "panel.revealed": N_("A member revealed the value for the draw."),
    "panel.drawn": N_("The panel was drawn."),
    "panel.replaced": N_("A reserve took a seat."),
    "panel.formed": N_("The panel was formed."),
    "panel.challenged": N_("A member's seat was challenged."),
    "challenge.judged": N_("An uninvolved member judged the challenge."),
    "case.position": N_("The platform handed over its position."),
    "case.reply": N_("The party replied."),
    "case.defaulted": N_("The platform sent nothing; the panel looks at what there is."),
    "case.deliberating": N_("The file was closed; each member answers alone first."),
    "case.fact_asked": N_("The panel asked for one more fact."),
    "case.extended": N_("The panel was given more time."),
    "worksheet.sealed": N_("A member sealed a worksheet."),
    "case.voted": N_("A member voted."),
    "case.decided": N_("The panel has decided."),
    "case.settled": N_("Both sides have settled."),
    "case.withdrawn": N_("The case was withdrawn."),
    "case.closed": N_("The panel case was closed."),
    "case.reopened": N_("The panel was asked to look once more."),
    "file.imported": N_("A case file was taken in."),
    "outcome.received": N_("An out-of-court body has decided."),
    "misuse.warned": N_("The sender was warned (Article 23)."),
    "misuse.suspended": N_("Processing of what the sender sends was suspended (Article 23)."),
    "misuse.ended": N_("The warning or suspension has ended."),
    "processing.paused": N_("It is kept, and waits for the end of a suspension."),
    "processing.resumed": N_("It goes on."),
    "sides.linked": N_("The case of the other side in the same matter was named."),
    "clock.missed": N_("A period ended."),
    "link.revoked": N_("A link was revoked."),
    "link.exchanged": N_("The case was opened by the link that the platform was given."),
    "claim.asked": N_("Somebody says that this case is theirs."),
    "claim.proven": N_("The account was shown, and earlier links have ended."),
    "claim.refused": N_("A claim to this case was refused."),
    "complaint.disowned": N_("The complaint was not the person's own; it has no effect."),
    "case.disowned": N_("The panel was not asked for by the person; what it found has no effect."),
    "remedy.confirmed": N_("Whoever has the person's page says that it is done; it stays a claim."),
    "opening.erased": N_("Texts of this case were erased."),
    "retention.ended": N_("The addresses and files kept for this case were erased: it has ended."),
}
"""Kind of event -> what happened."""
ERASED = N_("Something happened; its text was erased.")
READERS = {
    "person": N_("the person whom the decision is about"),
    "notifier": N_("whoever sent the report"),
    "desk": N_("the platform's desk"),
    "panel": N_("the panel"),
    "body": N_("an out-of-court body"),
}
TERMS = {
    "answers": N_("Worksheet"),
    "attachments": N_("Attached files"),
    "basis": N_("Basis"),
    "by": N_("By"),
    "content": N_("The content"),
    "decided_by": N_("Decided by"),
    "dissents": N_("Dissents"),
    "divergence": N_("Why it departs from the profile"),
    "for_the_other": N_("What the other side is told"),
    "grounds": N_("What was asked for, and why"),
    "missing": N_("What is missing"),
    "of": N_("Asked"),
    "outcome": N_("Outcome"),
    "published": N_("What everybody may read"),
    "question": N_("The question"),
    "reason": N_("Reason"),
    "reasons": N_("Reasons"),
    "role": N_("Side"),
    "steps": N_("What the platform has to do"),
    "summary": N_("Summary"),
    "text": N_("Text"),
    "unheard": N_("Why the other side was not heard first"),
    "votes": N_("Votes"),
    "where": N_("Where"),
    "why": N_("Why"),
}
"""Field -> its name for people; others are shown as they are called in the file."""
_CODES: Mapping[str, Mapping[str, str]] = {
    "basis": history.BASES,
    "outcome": {**history.OUTCOMES, **history.PANEL},
    "steps": {str(step): text for step, text in history.STEPS.items()},
    "direction": history.DIRECTIONS,
    "result": {**history.RESULTS, **history.ANSWERS},
}


class EntryInWords(NamedTuple):
    """An entry in words."""

    entry: Entry
    at: datetime
    sentence: str
    fields: list[tuple[str, str]]
    kept_back: list[str]


def page(index: Index) -> bytes:
    """The page of a case file, in its language."""
    language = known(index.language)
    translate = catalogue(language).gettext
    entries = [_in_words(entry, translate) for entry in index.entries]
    body = rendered(
        "case_file.html",
        language,
        index=index,
        d=_decision(index, translate),
        sections=[
            (translate(title), [item for item in entries if item.entry.section == name])
            for name, title in SECTIONS.items()
        ],
        reader=translate(READERS[index.reader]),
    )
    return body.encode()


def sentence(kind: str) -> str:
    """What happened, in English as the catalogues know it."""
    return HAPPENED.get(kind, kind) if kind else ERASED


def _in_words(entry: Entry, translate: decision.Translate) -> EntryInWords:
    shown = {**entry.fields, **entry.told_beside}
    return EntryInWords(
        entry,
        moment(entry.at),
        translate(sentence(entry.kind)),
        [
            (translate(TERMS[name]) if name in TERMS else name, _value(name, value, translate))
            for name, value in shown.items()
            if value not in ("", None, [], {}, False)
        ],
        [translate(TERMS[name]) if name in TERMS else name for name in entry.kept_back],
    )


def _value(name: str, value: Any, translate: decision.Translate) -> str:
    codes = _CODES.get(name, {})
    if isinstance(value, str):
        return translate(codes[value]) if value in codes else value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n".join(translate(codes[item]) if item in codes else item for item in value)
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode()


def _decision(index: Index, translate: decision.Translate) -> Worded | None:
    """The statement of reasons in words; None where there is none that could be told so."""
    first = index.entries[0]
    if first.kind != "decision.issued":
        return None
    leaf = DecisionIssued(
        at=first.at,
        by=index.platform.party,
        case=index.case,
        n=first.n,
        public=first.public,
        sealed="",
    )
    try:
        return decision.word_fields(
            leaf,
            first.fields,
            entry=first.index,
            translate=translate,
            platform=index.platform.name,
        )
    except (AttributeError, KeyError, TypeError, ValueError):  # of a log that is none of ours
        return None
