"""Notices in words: mail to a person in their language, JSON to a platform.

Every notice says what happened, the next step with its last day, and how to go on. "Upheld" never
stands alone; nobody learns who the other side is.
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import date
from typing import NamedTuple, assert_never
from uuid import UUID

import msgspec

from amparo.case import clocks, deadlines, delivery, panel
from amparo.case.events import fields
from amparo.case.notify import ToPeople, to_people
from amparo.case.state import Case
from amparo.errors import AmparoError, Text
from amparo.foreign_text import isolated
from amparo.ledger.case import casework, people
from amparo.ledger.case.delivery_thread import Letter
from amparo.ledger.log import platforms, receipts
from amparo.ledger.outbound.mail import Attachment
from amparo.ledger.outbound.outbox import Contact, Waiting
from amparo.record import event
from amparo.storage.journal import Journal
from amparo.storage.node import Node
from amparo.web.words import decision, outcomes
from amparo.web.words.decision import N_
from amparo.web.words.i18n import (
    SOURCE_LANGUAGE,
    catalogue,
    day,
    direction,
    known,
    languages,
    localise,
)


class Words(NamedTuple):
    """What a letter says."""

    subject: Text
    text: Text


def words(kind: ToPeople, platform: str) -> Words:
    """The words of a notice to a person about a case with a platform of that name."""
    match kind:
        case "decision":
            return Words(
                Text("{platform} took a decision about you", platform=platform),
                Text(
                    "This is what was done, why, and how you can be heard. Your receipt is "
                    "enclosed: it proves what was decided and when."
                ),
            )
        case "window_closes":
            return Words(
                Text("You can still complain about what {platform} decided", platform=platform),
                Text(
                    "You have not complained. You need not: this is only to tell you that the "
                    "time for it ends soon. The last day is on your own page, and so is how to be "
                    "heard."
                ),
            )
        case "new_link":
            return Words(
                Text("Your new link to your case with {platform}", platform=platform),
                Text(
                    "Somebody asked for it with your address, and it is sent to nobody else. The "
                    "links that you had before have ended: use this one. If it was not you, "
                    "nothing else was changed."
                ),
            )
        case "notice_received":
            return Words(
                Text("Your report to {platform} was received", platform=platform),
                Text(
                    "It was handed to {platform}. You will be told what it decides, and why.",
                    platform=platform,
                ),
            )
        case "notice_answered":
            return Words(
                Text("{platform} has answered your report", platform=platform),
                Text(
                    "Read on your own page what was decided and why. If you disagree, you can "
                    "complain there; somebody who did not decide will look again."
                ),
            )
        case "misuse_warned":
            return Words(
                Text("A warning from {platform} about what you send", platform=platform),
                Text(
                    "It finds that you often send what anybody can see to be unfounded. Nothing "
                    "is suspended. What it finds, and why, is on your own page; if it goes on, "
                    "what you send can be made to wait for a time."
                ),
            )
        case "misuse_suspended":
            return Words(
                Text("{platform} lets what you send wait for a time", platform=platform),
                Text(
                    "It is kept and looked at afterwards; nothing is thrown away, and where a "
                    "life is threatened nothing waits. The reasons and the last day are on your "
                    "own page. You can complain there; somebody decides who had no part in it."
                ),
            )
        case "misuse_ended":
            return Words(
                Text("What you send to {platform} is looked at again", platform=platform),
                Text("The warning or suspension has ended."),
            )
        case "processing_paused":
            return Words(
                Text("What you sent to {platform} is kept, and waits", platform=platform),
                Text(
                    "Processing of what you send is suspended for a time. It goes on by itself at "
                    "the end."
                ),
            )
        case "processing_resumed":
            return Words(
                Text("What you sent to {platform} is looked at now", platform=platform),
                Text("The suspension is over."),
            )
        case "claim_asked":
            return Words(
                Text("Somebody says that your case with {platform} is theirs", platform=platform),
                Text(
                    "If that was you, nothing needs to be done. If not: nothing is changed before "
                    "somebody who does not work for {platform} has seen a word on the account that "
                    "the decision is about. You can ask for the same on your own page.",
                    platform=platform,
                ),
            )
        case "complaint_filed":
            return Words(
                Text("Your complaint to {platform} was received", platform=platform),
                Text(
                    "{platform} has to keep everything that belongs to the case, and to say "
                    "whether it does. Nobody who is known to have taken the decision will look at "
                    "it.",
                    platform=platform,
                ),
            )
        case "complaint_inadmissible":
            return Words(
                Text("Your complaint to {platform} could not be heard", platform=platform),
                Text(
                    "The reasons are on your own page. You can still go to an out-of-court body "
                    "or to court."
                ),
            )
        case "complaint_decided":
            return Words(
                Text("Your complaint to {platform} was decided", platform=platform),
                Text(
                    "The outcome and its reasons are on your own page, with a proof of what is "
                    "known of who decided and who looked again. You can still go to an "
                    "out-of-court body or to court."
                ),
            )
        case "complaint_reopened":
            return Words(
                Text("Your complaint to {platform} is looked at once more", platform=platform),
                Text("Another person will decide it."),
            )
        case "complaint_undone":
            return Words(
                Text(
                    "The ruling on your complaint to {platform} was taken back", platform=platform
                ),
                Text(
                    "It was made for many complaints at once, and was a mistake; why is on your "
                    "own page. So your complaint is open again, and somebody else decides it. You "
                    "need not do anything. What the platform was told to do because of that ruling "
                    "does not apply any more."
                ),
            )
        case "representation_agreed":
            return Words(
                Text(
                    "An organisation speaks for you in your case with {platform}", platform=platform
                ),
                Text(
                    "It was asked to on your own page, where its name is. It can read your case "
                    "and complain for you; you keep every right of your own. If that was not you, "
                    "or you change your mind, end it there at any time."
                ),
            )
        case "representation_ended":
            return Words(
                Text(
                    "The organisation does not speak for you any more in your case with {platform}",
                    platform=platform,
                ),
                Text(
                    "Why is on your own page. A complaint that it filed is yours, and goes on: you "
                    "need not do anything. If you have not complained, the time for it runs on; "
                    "the last day is there too."
                ),
            )
        case "lead_asked":
            return Words(
                Text("Do you want to wait for a lead case at {platform}?", platform=platform),
                Text(
                    "Many people complained about the same. {platform} examines the common "
                    "question in a few lead cases, and asks whether you want to wait for their "
                    "answer, for at most {period}. If you do nothing, nothing changes: your "
                    "complaint is looked at alone, in its own time. What it would mean is on your "
                    "own page.",
                    platform=platform,
                    period=deadlines.period("lead"),
                ),
            )
        case "lead_proposed":
            return Words(
                Text("Do you want to wait for a lead case at {platform}?", platform=platform),
                Text(
                    "The organisation that speaks for you proposes that {platform} examines the "
                    "common question in a few cases first, and that you wait for their answer, "
                    "for at most {period}. Only you can say yes. If you do nothing, nothing "
                    "changes: your complaint is looked at alone, in its own time. What it would "
                    "mean is on your own page.",
                    platform=platform,
                    period=deadlines.period("lead"),
                ),
            )
        case "lead_chosen":
            return Words(
                Text("Your complaint to {platform} is a lead case", platform=platform),
                Text(
                    "The organisation that speaks for you proposed it: others to whom the same "
                    "happened may wait for your answer. Nothing changes for you, and they learn "
                    "neither who you are nor what you wrote. You need not do anything."
                ),
            )
        case "lead_joined":
            return Words(
                Text("Your complaint to {platform} waits for a lead case", platform=platform),
                Text(
                    "It was chosen on your own page. You can stop waiting there at any time; your "
                    "complaint is then looked at alone, with the time it had left. You cannot wait "
                    "for these lead cases a second time. If that was not you, end it there."
                ),
            )
        case "lead_ended":
            return Words(
                Text(
                    "Your complaint to {platform} does not wait for a lead case any more",
                    platform=platform,
                ),
                Text(
                    "It is looked at alone now, by somebody who had no part in the decision, with "
                    "the time it had left. Why is on your own page. You need not do anything."
                ),
            )
        case "decision_corrected":
            return Words(
                Text("{platform} has corrected its decision about you", platform=platform),
                Text(
                    "A new decision takes the place of the one that you were told of. It is on "
                    "your own page, with its reasons, and from there you can complain about it. A "
                    "complaint that you made about the earlier one goes on all the same."
                ),
            )
        case "decision_lifted":
            return Words(
                Text("{platform} has lifted what it had restricted", platform=platform),
                Text(
                    "Its own system says so; nobody here has checked it. When and why, if it said, "
                    "is on your own page. If something is still restricted, or you disagree with "
                    "the decision, you can still complain there."
                ),
            )
        case "decision_reversed":
            return Words(
                Text("{platform} has reversed its decision about you", platform=platform),
                Text(
                    "Nobody had to complain: it saw the mistake itself. Why, and what is to be put "
                    "right, is on your own page. Please say there whether that was done. If you "
                    "disagree with the decision or with how it is put right, you can still "
                    "complain."
                ),
            )
        case "question":
            return Words(
                Text("There is a question about your complaint to {platform}", platform=platform),
                Text(
                    "Please answer it on your own page within {period}. If you do not, the "
                    "review goes on without your answer.",
                    period=deadlines.period("question"),
                ),
            )
        case "overdue":
            return Words(
                Text("Your complaint to {platform} is late", platform=platform),
                Text(
                    "The time in which it should have been decided is over. That is the "
                    "platform's delay, not yours. You need not wait: an out-of-court body or a "
                    "court can hear you now."
                ),
            )
        case "case_submitted":
            return Words(
                Text(
                    "Your case against {platform} was received by the panel's registrar",
                    platform=platform,
                ),
                Text(
                    "A panel of {seats} independent people will be drawn for it, so that anybody "
                    "can repeat the draw. {platform} was asked to keep everything that belongs to "
                    "the case.",
                    platform=platform,
                    seats=panel.SEATS,
                ),
            )
        case "case_incomplete":
            return Words(
                Text("Something is missing in your case against {platform}", platform=platform),
                Text(
                    "What the registrar needs is on your own page. Please hand it over there "
                    "within {period}; if you do not, the case is closed, and you can ask "
                    "again.",
                    period=deadlines.period("incomplete"),
                ),
            )
        case "case_lapsed":
            return Words(
                Text(
                    "Your case against {platform} was closed, because something was missing",
                    platform=platform,
                ),
                Text(
                    "You lose no right by it: you can ask for a panel again, and go to an "
                    "out-of-court body or to court."
                ),
            )
        case "case_admitted":
            return Words(
                Text("A panel will hear your case against {platform}", platform=platform),
                Text(
                    "Next, a panel of {seats} independent people is drawn. The panel wants to "
                    "decide within {wanted}; it has {longest} from the day you asked.",
                    seats=panel.SEATS,
                    wanted=deadlines.period("C27"),
                    longest=deadlines.period("C08"),
                ),
            )
        case "panel_replaced":
            return Words(
                Text(
                    "A seat on the panel for your case against {platform} is filled anew",
                    platform=platform,
                ),
                Text("Why, and who sits now, is on your own page."),
            )
        case "case_deliberating":
            return Words(
                Text("The file of your case against {platform} is closed", platform=platform),
                Text(
                    "Each of the {seats} members now answers the same questions alone, and then "
                    "they decide together.",
                    seats=panel.SEATS,
                ),
            )
        case "panel_question":
            return Words(
                Text(
                    "The panel needs one more fact in your case against {platform}",
                    platform=platform,
                ),
                Text(
                    "Please answer on your own page within {period}. If you do not, the panel "
                    "decides without your answer.",
                    period=deadlines.period("fact"),
                ),
            )
        case "case_inadmissible":
            return Words(
                Text("Your case against {platform} cannot be heard by a panel", platform=platform),
                Text(
                    "The reasons are on your own page. You can still go to an out-of-court body "
                    "or to court."
                ),
            )
        case "panel_formed":
            return Words(
                Text("The panel for your case against {platform} was drawn", platform=platform),
                Text(
                    "How it was drawn is on a public page, for anybody to repeat. {platform} has "
                    "{period} to hand over the content and its position.",
                    platform=platform,
                    period=deadlines.period("C10"),
                ),
            )
        case "case_position":
            return Words(
                Text("{platform} has answered the panel", platform=platform),
                Text("You can read it on your own page, and reply there."),
            )
        case "case_extended":
            return Words(
                Text(
                    "The panel needs more time for your case against {platform}", platform=platform
                ),
                Text(
                    "It found the case highly complex; its reasons are on your own page. It has "
                    "{period} more.",
                    period=deadlines.period("C09"),
                ),
            )
        case "case_decided":
            return Words(
                Text("The panel has decided your case against {platform}", platform=platform),
                Text(
                    "Its finding, the reasons and any dissent are on your own page. It does not "
                    "have the effect of a judgment; going to court stays open to you."
                ),
            )
        case "outcome_received":
            return Words(
                Text(
                    "An out-of-court body has decided your dispute with {platform}",
                    platform=platform,
                ),
                Text(
                    "What it decided, and why, is on your own page. {platform} does not have to "
                    "follow it, but has to answer for it; going to court stays open to you.",
                    platform=platform,
                ),
            )
        case "panel_overdue":
            return Words(
                Text("The panel for your case against {platform} is late", platform=platform),
                Text(
                    "{period} are over without a finding. You need not wait: an out-of-court "
                    "body or a court can hear you now.",
                    period=deadlines.period("C08"),
                ),
            )
        case "hearing":
            return Words(
                Text("{platform} asks what you say before it decides", platform=platform),
                Text(
                    "Somebody complained, and the decision may change what you have. What it is "
                    "about is on your own page; please answer there within {period}. If you do "
                    "not, it is decided without your answer, and you can still complain about "
                    "what is decided about you.",
                    period=deadlines.period("hearing"),
                ),
            )
        case "other_decided":
            return Words(
                Text("A complaint to {platform} was decided that concerns you", platform=platform),
                Text(
                    "What changes for you, and why, is on your own page, and what you can do about "
                    "it. Whoever looks at a complaint of yours has decided in neither case."
                ),
            )
        case "hearing_before_panel":
            return Words(
                Text("A panel asks what you say before it rules on {platform}", platform=platform),
                Text(
                    "Somebody asked independent people to look at a decision of {platform}, and "
                    "what they rule may change what you have. What it is about is on your own "
                    "page; please answer there within {period}. If you do not, they rule without "
                    "your answer, and you can still complain about what is decided about you.",
                    platform=platform,
                    period=deadlines.period("hearing"),
                ),
            )
        case "hearing_before_body":
            return Words(
                Text(
                    "An out-of-court body has decided on {platform}: what do you say?",
                    platform=platform,
                ),
                Text(
                    "An out-of-court body has decided a dispute with {platform}, and carrying that "
                    "out may change what you have. It is not taken before you could answer, within "
                    "{period}, on your own page. If you do not, it is taken without your answer, "
                    "and you can still complain about what is decided about you.",
                    platform=platform,
                    period=deadlines.period("hearing"),
                ),
            )
        case "decided_by_panel":
            return Words(
                Text(
                    "A panel has ruled on {platform} in a case that concerns you", platform=platform
                ),
                Text(
                    "What changes for you, and why, is on your own page, and what you can do about "
                    "it. Whoever looks at a complaint of yours has decided in neither case, and "
                    "nobody who sat on that panel sits on one of yours."
                ),
            )
        case "decided_by_body":
            return Words(
                Text(
                    "An out-of-court body has decided on {platform} in a case that concerns you",
                    platform=platform,
                ),
                Text(
                    "What changes for you, and why, is on your own page, and what you can do about "
                    "it. What a body decides does not bind the platform. Whoever looks at a "
                    "complaint of yours has decided in neither case."
                ),
            )
        case "hold_failed":
            return Words(
                Text("{platform} did not confirm that it keeps the evidence", platform=platform),
                Text("Please make copies of whatever you still have yourself."),
            )
        case "interim":
            return Words(
                Text(
                    "Something was ordered at once in your case with {platform}", platform=platform
                ),
                Text("It holds until your complaint is decided. The reasons are on your own page."),
            )
        case "interim_done":
            return Words(
                Text(
                    "{platform} says that it has done what was ordered at once", platform=platform
                ),
                Text(
                    "It holds until your complaint is decided. Nobody has checked it: please look, "
                    "and say on your own page if it is not so."
                ),
            )
        case "interim_impossible":
            return Words(
                Text("{platform} cannot do what was ordered at once", platform=platform),
                Text(
                    "It says why on your own page. Your complaint is decided all the same. If you "
                    "are in danger, call the police: nobody here can come."
                ),
            )
        case "remedy_claimed":
            return Words(
                Text("{platform} says that it has done what was ordered", platform=platform),
                Text(
                    "Please look whether that is so, and say so on your own page. If you say "
                    "nothing for {period}, it stays a claim that nobody checked.",
                    period=deadlines.period("objection"),
                ),
            )
        case "remedy_carried_out":
            return Words(
                Text("What {platform} was ordered to do was done by a machine", platform=platform),
                Text(
                    "{platform} has not said so itself: this node has done it in its system, as "
                    "{platform} had it set up. Please look whether that is so, and say so on your "
                    "own page. If you say nothing for {period}, it stays a claim that nobody "
                    "checked, unless a machine sees there that it is done.",
                    platform=platform,
                    period=deadlines.period("objection"),
                ),
            )
        case "remedy_failed":
            return Words(
                Text("{platform} did not do what was ordered", platform=platform),
                Text(
                    "That is now on record for everybody to see. You can go to an out-of-court "
                    "body or to court; your receipt proves the outcome."
                ),
            )
        case "remedy_impossible":
            return Words(
                Text("{platform} says that it cannot do what was ordered", platform=platform),
                Text("Its reasons, and what it offers instead, are on your own page."),
            )
        case "remedy_not_carried_out":
            return Words(
                Text(
                    "A machine looked: what was ordered is not done at {platform}",
                    platform=platform,
                ),
                Text(
                    "This node had done it in the system of {platform}, which took the call; now "
                    "that system shows that it is not done. {platform} has said nothing about it. "
                    "It has {period} to put that right. What was seen is on your own page.",
                    platform=platform,
                    period=deadlines.period("repair"),
                ),
            )
        case "remedy_not_seen":
            return Words(
                Text("A machine looked: it is not as {platform} says", platform=platform),
                Text(
                    "{platform} says that it has done what was ordered; its own system shows that "
                    "it has not. It has {period} to put that right, and wins no time by saying "
                    "the same again. What was seen is on your own page.",
                    platform=platform,
                    period=deadlines.period("repair"),
                ),
            )
        case "remedy_account_gone":
            return Words(
                Text(
                    "A machine looked: your account at {platform} is not there", platform=platform
                ),
                Text(
                    "What was ordered had been done, and since then the account was removed. Who "
                    "did that cannot be seen. If it was you, nothing needs to be done. If it was "
                    "not, tell the platform; while your own page asks whether it is done, say "
                    "there that it is not."
                ),
            )
        case "remedy_page_gone":
            return Words(
                Text("A machine looked: your page at {platform} is not there", platform=platform),
                Text(
                    "It was there after what was ordered had been done, and now it is not. Who "
                    "removed it cannot be seen. If it was you, nothing needs to be done. If it was "
                    "not, tell the platform; while your own page asks whether it is done, say "
                    "there that it is not."
                ),
            )
        case "remedy_reverted":
            return Words(
                Text("What was done for you at {platform} is not so any more", platform=platform),
                Text(
                    "It was done, and now the platform's own system shows that it is not. The "
                    "platform has {period} to put that right. If it has decided something new "
                    "about you, it has to tell you, and you can contest that too. What was seen is "
                    "on your own page.",
                    period=deadlines.period("repair"),
                ),
            )
        case "remedy_refused":
            return Words(
                Text("{platform} refuses to do what was ordered", platform=platform),
                Text(
                    "Its reasons are on your own page, and that it refuses is on record for "
                    "everybody to see. You can go to an out-of-court body or to court."
                ),
            )
        case "remedy_undone":
            return Words(
                Text("What {platform} had ruled in your favour was taken back", platform=platform),
                Text(
                    "It was part of a ruling for many that was a mistake; the reasons are on your "
                    "own page. You lose no right by it: you can complain free of charge for at "
                    "least {period} from today.",
                    period=deadlines.period("C05"),
                ),
            )
        case _:
            assert_never(kind)


WAY_IN = N_("Amparo: your link")
WEBHOOK = N_("Your platform's webhook has ended")
_WEBHOOK_ENDED = N_("Your platform answered that this address is gone; nothing is sent there now:")
DANGER = N_("Somebody is in danger: a report waits at your desk")
_DANGER_WHERE = N_(
    "A report says that somebody's life or safety is threatened. It stands first in the queue; "
    "what it says is only there:"
)
_WHAT_NOW = N_(
    "What waits for you is at /api/v1/orders. Ask the node's operator to set another address."
)


LEADS_PROPOSED = N_("An organisation has proposed lead cases at your desk")
_LEADS_PROPOSED_WHERE = N_(
    "It speaks for the people in them, and asks others for whom it speaks whether they want to "
    "wait. Nobody waits who does not say so. Which cases they are, and who proposed them, is there:"
)


def news(body: str) -> Text:
    """The subject of news for whoever speaks for people, in an organisation of that name."""
    return Text("There is news for people for whom {body} speaks", body=body)


def _in_every_language(
    subject: str | Text, text: str | Text, address: str, then: str = ""
) -> Letter:
    """The same words in every language, for whoever's is not known; its subject is in English."""
    parts = []
    for language in languages():
        before = f"{localise(subject, language)}\n\n" if language != SOURCE_LANGUAGE else ""
        lines = (localise(text, language), address, localise(then, language))
        parts.append(before + "\n".join(filter(None, lines)))
    return Letter(localise(subject, SOURCE_LANGUAGE), "\n\n".join(parts) + "\n")


OF_WHO_DECIDED = frozenset({"complaint_filed", "complaint_inadmissible", "complaint_decided"})
"""Letters that speak of somebody else than who took the decision."""


class Letters:
    """Words of one node."""

    def __init__(self, journal: Journal, node: Node, address: str) -> None:
        self._journal, self._node, self._address = journal, node, address

    def letter(self, notice: Waiting, contact: Contact) -> Letter:
        """A notice to a person, in their language."""
        language = known(contact.language)
        translate = catalogue(language).gettext
        file = casework.read(self._journal, notice.case)
        names = {platform.id: platform.name for platform in platforms.every(self._journal)}
        platform = names[file.platform]
        text = words(to_people(notice.kind), platform)
        parts = [localise(text.text, language), *outcomes.lines(notice.kind, file, language)]
        if notice.kind == "decision":
            parts += self._decision(notice.case, platform, language)
        if (
            notice.kind in OF_WHO_DECIDED
            and casework.deciders_status(self._journal, file) == "unsaid"
        ):
            unsaid = Text(
                "{platform} has not said who took the decision. So it cannot be shown that "
                "somebody else looks at it; ask it who decided.",
                platform=platform,
            )
            parts.append(localise(unsaid, language))
        parts += self._next(file.case, language)
        if notice.link is not None:
            link = f"{self._address}/recourse/{notice.case}/{notice.link.hex()}"
            parts.append(translate(N_("Your own page (keep this link to yourself):")) + f"\n{link}")
        parts.append(translate(N_("Number of the case:")) + f" {notice.case}")
        return Letter(
            localise(text.subject, language),
            "\n\n".join(parts) + "\n",
            self._receipt(notice),
        )

    def body(self, notice: Waiting) -> bytes:
        """A notice to a platform, as JSON."""
        file = casework.read(self._journal, notice.case)
        ends = {name: event.timestamp(end) for name, end in clocks.running(file.case).items()}
        last, why = file.events[-1], {}
        if notice.kind == "tell_the_person" and file.case.to_be_told:
            untold = delivery.untold(file.events)
            why = {"of": untold.kind, **fields(untold)}
        return msgspec.json.encode(
            {
                "type": notice.kind,
                "case": str(notice.case),
                "statement": str(notice.case) if file.public else None,
                "complaint": file.case.complaint,
                "remedy": file.case.remedy,
                "hold": file.case.hold,
                "due": ends,
                "at": event.timestamp(last.at),
                "orders_url": f"{self._address}/api/v1/orders",
                **({"danger": True} if file.case.danger else {}),
                **why,
            }
        )

    def way_in(self, link: str, language: str) -> Letter:
        """A one-time link to a desk or a panel, in the language it was asked for in."""
        address = f"{self._address}/desk/sign-in?link={link}"
        once = Text("It opens your desk once, within {period}.", period=people.LINK)
        text = f"{address}\n\n{localise(once, language)}\n"
        return Letter(localise(WAY_IN, language), text)

    def news_for_a_representative(self, body: str) -> Letter:
        """To whoever speaks for an organisation: something happened in somebody's case."""
        return _in_every_language(
            news(body),
            Text("What happened, and in which cases, is on your page:"),
            f"{self._address}/mandates",
        )

    def danger(self) -> Letter:
        """To a platform's desk; nothing of the report is in it."""
        return _in_every_language(DANGER, _DANGER_WHERE, f"{self._address}/desk")

    def leads_proposed(self) -> Letter:
        """To a platform's desk: who proposed which cases stands on its page."""
        return _in_every_language(
            LEADS_PROPOSED, _LEADS_PROPOSED_WHERE, f"{self._address}/desk/leads"
        )

    def webhook_ended(self, url: str) -> Letter:
        """To a platform's desk."""
        return _in_every_language(WEBHOOK, _WEBHOOK_ENDED, url, _WHAT_NOW)

    def _decision(self, case_id: UUID, platform: str, language: str) -> list[str]:
        translate = catalogue(language).gettext
        entry = self._journal.of_case(case_id)[0]
        leaf = event.read_leaf(entry.leaf)
        if not isinstance(leaf, event.DecisionIssued):
            return []
        d = decision.word(
            entry,
            leaf,
            translate=translate,
            platform=platform,
            demo=False,
            published=0,
            erased_at=None,
        )
        lines = [
            f"- {text}" + (f" ({day(date.fromisoformat(end), language)})" if end else "")
            for text, end in d.done
        ]
        page = direction(language)
        reasons = [f"{term}: {isolated(text, page)}" for term, text in d.reasons]
        found = translate(N_("A machine found it.")) if d.found_by_machine else ""
        return ["\n".join(lines), *reasons, " ".join(filter(None, [d.source, found, d.automation]))]

    def _next(self, case: Case, language: str) -> list[str]:
        ends = clocks.running(case)
        if "lead" in ends:
            text = Text("It waits until {day} at the latest.", day=ends["lead"])
            return [localise(text, language)]
        if "C06" in ends:
            text = Text(
                "The complaint should be decided by {day} (a target, not a limit in the law).",
                day=ends["C06"],
            )
            return [localise(text, language)]
        if not case.complaint and case.informed_at is None:
            text = Text(
                "You can complain free of charge for at least {period} from today (Article 20 of "
                "the Digital Services Act).",
                period=deadlines.period("C05"),
            )
            return [localise(text, language)]
        return []

    def _receipt(self, notice: Waiting) -> tuple[Attachment, ...]:
        """The receipt of the decision, if the log has published it already."""
        entry = self._journal.of_case(notice.case)[0]
        try:
            reader: receipts.Reader = "party" if notice.recipient == "person" else "anyone"
            body = receipts.receipt(self._node, entry, reader=reader)
        except AmparoError:
            return ()
        return (Attachment(f"{notice.case}.tlog-proof", body),)
