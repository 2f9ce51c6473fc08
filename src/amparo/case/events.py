"""What can happen to a case: one struct an event, and `Event`, the union of them all.

The union is closed. Whoever adds an event adds a struct and names it in `Event`; the type checker
then shows every reader that has not said what it makes of it, since each ends in `assert_never`
(docs/case.md, "Adding an event").

An event is kept as JSON: `kind` is its struct's tag, and its fields bear their own names. So tags
and fields are never renamed, and a field that is added later has a default, which is not written.
When it happened stands in the leaf, in the open; all else is sealed.

Source: DSA Articles 16, 17, 20, 21, 23; docs/decisions/0017.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec

from amparo.case.worksheet import Answer
from amparo.errors import Text, Unsound

Party = Literal["person", "notifier"]
Side = Literal["person", "notifier", "platform"]
Undelivered = Literal["no_contact", "bounced", "bulk_commercial", "order_art9"]
UNDELIVERED: tuple[str, ...] = get_args(Undelivered)
NoticeResult = Literal["acted", "not_acted"]
Linked = Literal["answer", "statement", "remedy", "hearing"]
"""By what two cases came to be one matter: the platform's answer to a report, a statement that
names the report, what it did after a complaint, or a call to be heard."""
Messenger = Literal["mail", "platform", "nobody"]
"""Who tells the other side that it is heard."""
Instance = Literal["desk", "panel", "body"]
"""Before whom a case is: the platform's desk, a panel of a node, an out-of-court body."""
Elsewhere = Literal["panel", "body"]
ComplaintOutcome = Literal["upheld", "partially_reversed", "reversed", "newly_restricted"]
"""The field's words; a page says "the first decision stands" for `upheld`."""
Inadmissible = Literal["not_a_party", "not_covered", "decided_before", "out_of_time"]
RemedyStep = Literal[
    "restore_content",
    "restore_account",
    "restore_visibility",
    "restore_payments",
    "restore_service",
    "lift_label",
    "shorten_restriction",
    "restrict",
    "other",
]
"""What a platform can be told to do."""
Look = Literal["at_once", "after_1_day", "after_7_days", "after_30_days"]
"""When a remedy is read back, counted from when the platform said that it is done."""
InForce = Literal[
    "suspended",
    "disabled",
    "silenced",
    "sensitized",
    "blocked",
    "taken_down",
    "labelled",
    "deleted",
    "hidden",
    "protected",
    "gone",
]
"""What a machine can see of an account or a post in the platform's own system; gone: it is not
there."""
Done = Literal["yes", "partly", "no", "unclear"]
"""Whether a remedy is as ordered. Partly: as far as a machine can see, which is not all of it.
Unclear: it was, and the account is gone since, whoever removed it; or nothing can be seen."""
InterimResult = Literal["done", "impossible"]
"""Whether something that was ordered at once was done."""
Direction = Literal["restore", "keep_down"]
PanelOutcome = Literal[
    "uphold",
    "uphold_violation_change_measure",
    "reverse",
    "partially_reverse",
    "send_back",
    "cannot_decide",
]
OVERTAKEN = "overtaken"
"""Why a complaint is closed whose order the other side's complaint has made void."""
LETS_STAND: frozenset[PanelOutcome] = frozenset({"uphold", "send_back", "cannot_decide"})
"""Outcomes of a panel or a body after which the platform has nothing to carry out."""
Basis = Literal["merits", "default"]
Heard = Literal["answered", "silent"]
"""What a body says of the other side that it asked: it spoke, or let its time pass."""
PanelGround = Literal["out_of_scope", "decided_before", "bad_faith"]
PanelSide = Literal["party", "platform"]
Again = Literal["mistake", "new_facts"]
Misused = Literal["notices", "complaints"]
Erased = Literal["request", "order", "mistake"]
Proof = Literal["look", "platform"]
"""How it was found that an account is whose it is said to be: somebody who is not of the platform
looked, or the platform says so."""
Unspoken = Literal["person", "mandate", "time", "claim"]
"""Why an organisation does not speak for somebody any more: they said so, it ended the mandate, the
mandate's last day is over, or it was agreed by whoever had the case before it was claimed."""
Unwaited = Literal[
    "declined",
    "left",
    "time",
    "lead",
    "body",
    "apart",
    "urgent",
    "elsewhere",
    "claim",
    "closed",
    "answered",
]
"""Why somebody waits for no lead case any more, or never did. Lead: none of the group is examined
any more. Body: the organisation that proposed it took it back. Elsewhere: a panel or an
out-of-court body looks at it. Closed: the complaint was."""
Ungrouped = Literal["desk", "lead", "body"]
"""Why nobody is asked any more to wait: the desk says so, no lead case is left, or the organisation
that proposed them took them back."""
Cause = Literal["left", "away", "given_on", "decided"]
"""Why a case was taken from whoever had it: they left, are away, a lead gave it to another, or it
came out that they had decided."""
Deciders = Literal["named", "machine", "unsaid"]
"""Whether the platform has said who took its decision: people, a machine alone, or not yet."""


class Attachment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an event commits to of an attached file."""

    sha256: str
    size: int


class Happened(
    msgspec.Struct,
    frozen=True,
    tag_field="kind",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """What every event has: when it happened, and by whom (`role:name`, see `state.Actor`).

    A default is None or False: that it was not changed is known by identity (`omit_defaults`).
    """

    at: datetime
    by: str

    @property
    def kind(self) -> str:
        """The event's name in journal and log, as in `complaint.filed`."""
        return kind_of(type(self))


# --- the decision, or the notice, that a case begins with -----------------------------------------


class DecisionIssued(Happened, frozen=True, tag="decision.issued"):
    """A platform took a decision; the first entry of a case, and no sealed one."""


class NoticeReceived(Happened, frozen=True, kw_only=True, tag="notice.received"):
    """Somebody reported something as illegal (DSA Article 16)."""

    why: str
    where: str
    category: str | None = None
    danger: Literal["yes", "no", "unknown"] | None = None
    """Whether somebody's life or safety is threatened (DSA Article 18), where that was asked."""
    flagger: str | None = None
    """The trusted flagger whose token came with it (DSA Article 22)."""


class DangerSaid(Happened, frozen=True, kw_only=True, tag="danger.said"):
    """Somebody's life or safety is threatened, as was said after the report had come in."""

    reasons: str


class NoticeAnswered(Happened, frozen=True, kw_only=True, tag="notice.answered"):
    """The platform told what it did about a notice, and whether a machine did it."""

    result: NoticeResult
    reasons: str
    automated: bool
    decided_by: tuple[str, ...]
    no_statement: Undelivered | None = None
    """Why nobody was given a statement of reasons, where the platform acted without one."""
    joint: str | None = None
    """The case of the report of the same address that was answered in the same words (`joint`)."""


class RulingMade(Happened, frozen=True, kw_only=True, tag="ruling.made"):
    """A lead ruled on many complaints at once; `cases_sha256` is of the list of them."""

    outcome: ComplaintOutcome
    reasons: str
    steps: tuple[RemedyStep, ...]
    cases: int
    cases_sha256: str
    chosen: str
    """How the cases were chosen."""
    goodwill: Literal["yes"] | None = None
    """Nobody had complained: the desk reverses decisions of its own accord."""


class RulingUndone(Happened, frozen=True, kw_only=True, tag="ruling.undone"):
    """A ruling on many complaints was taken back."""

    reasons: str


class DecisionDelivered(Happened, frozen=True, kw_only=True, tag="decision.delivered"):
    """The person was informed; from here the six months run."""

    decided_by: tuple[str, ...]
    how: Literal["mail", "platform", "page"] | None = None
    """`page`: they came from their page of the decision that this one corrects. None in the oldest
    journals: the platform did."""


class DecisionUndelivered(Happened, frozen=True, kw_only=True, tag="decision.undelivered"):
    """The person could not be informed."""

    reason: Undelivered
    code: str | None = None
    """What the mail server said, as in `550 5.1.1`; empty where it was silent until the end.

    The platform is to tell the person itself then. None: it is not, as in the oldest journals.
    """


class LetterUndelivered(Happened, frozen=True, kw_only=True, tag="letter.undelivered"):
    """A letter of this node, other than that of the decision, never arrived."""

    letter: str
    """What it was about, as `notify` names it."""
    to: Party
    code: str
    """What the mail server said, as in `550 5.1.1`; empty where it was silent until the end."""
    to_tell: Literal["yes"] | None = None
    """The platform knows whom the decision is about: it is to tell them itself."""


class DecisionReversed(Happened, frozen=True, kw_only=True, tag="decision.reversed"):
    """A lead reversed the decision of the desk's own accord: nobody had complained."""

    reasons: str
    ruling: str
    """The case of the ruling that it belongs to."""
    to_tell: Literal["yes"] | None = None
    """No address is known here: the platform is to tell the person itself."""


class DecisionSuperseded(Happened, frozen=True, tag="decision.superseded"):
    """The decision does not apply any more: its reversal was verified."""


class DecisionCorrected(Happened, frozen=True, kw_only=True, tag="decision.corrected"):
    """The platform issued a new statement of reasons in the place of this one."""

    statement: str
    """The number of the new one, which is in force."""


class DecisionCorrects(Happened, frozen=True, kw_only=True, tag="decision.corrects"):
    """This statement of reasons takes the place of an earlier one; that case says so too."""

    statement: str
    """The number of the earlier one."""


class DecisionLifted(Happened, frozen=True, kw_only=True, tag="decision.lifted"):
    """The platform took back by itself what it had restricted, as its own system says."""

    lifted_at: str
    """When, by that system's clock."""
    reasons: str | None = None


class DecidersNamed(Happened, frozen=True, kw_only=True, tag="deciders.named"):
    """Who took the decision: by the platform's own names for them, or as a lead of its desk says.

    A lead names seats; None where the platform spoke, whose names may mean nobody at the desk.
    """

    decided_by: tuple[str, ...]
    seats: tuple[str, ...] | None = None
    machine: Literal["yes"] | None = None
    """A machine alone decided."""


class SidesLinked(Happened, frozen=True, kw_only=True, tag="sides.linked"):
    """The case of the other side in the same matter was named; the same stands there."""

    other: str
    """Its number, which neither side is shown."""
    of: Literal["notice", "statement", "hearing"]
    """What the other case began with."""
    how: Linked


class ContentSupplied(Happened, frozen=True, kw_only=True, tag="content.supplied"):
    """The platform handed over the content that the decision is about."""

    content: str


# --- the complaint --------------------------------------------------------------------------------


class ComplaintFiled(Happened, frozen=True, kw_only=True, tag="complaint.filed"):
    """Somebody complained (DSA Article 20)."""

    role: Party
    grounds: str
    attachments: tuple[Attachment, ...]
    late: bool
    """Whether it came after the six months; it is heard all the same."""
    represented_by: str | None = None
    """The organisation that complains for the person, under a mandate (DSA Article 86)."""
    mandate: str | None = None
    """The case of that mandate."""
    filing: int | None = None
    """The place of the entry in that case which tells of all complaints filed together."""


class ComplaintAdded(Happened, frozen=True, kw_only=True, tag="complaint.added"):
    """A side added something to an open complaint."""

    text: str
    attachments: tuple[Attachment, ...]
    source: str | None = None
    """The platform's own tool to which the complaint was sent, where that has answered."""
    found: Literal["upheld", "reversed"] | None = None
    """What that tool says of the first decision, without reasons and without who looked again."""


class ComplaintInadmissible(Happened, frozen=True, kw_only=True, tag="complaint.inadmissible"):
    """A reviewer found that the complaint cannot be heard."""

    ground: Inadmissible
    reasons: str


class ComplaintAssigned(Happened, frozen=True, kw_only=True, tag="complaint.assigned"):
    """A reviewer, by number, has the complaint."""

    reviewer: str


class ComplaintReturned(Happened, frozen=True, kw_only=True, tag="complaint.returned"):
    """The reviewer handed the complaint back."""

    reason: str
    conflict: bool | None = None
    """None where it was taken out of their hands."""
    cause: Cause | None = None
    """Why it was taken; None where they handed it back, or a ruling on a group took it."""


class ComplaintOpened(Happened, frozen=True, tag="complaint.opened"):
    """The reviewer opened the file."""


class ComplaintAsked(Happened, frozen=True, kw_only=True, tag="complaint.asked"):
    """The reviewer asked one side a question."""

    of: Side
    question: str


class ComplaintAnswered(Happened, frozen=True, kw_only=True, tag="complaint.answered"):
    """The side that was asked has answered, or its time is over (`silence`)."""

    text: str
    attachments: tuple[Attachment, ...] | None = None
    silence: bool = False


class ComplaintDecided(Happened, frozen=True, kw_only=True, tag="complaint.decided"):
    """A reviewer decided the complaint."""

    outcome: ComplaintOutcome
    reasons: str
    reviewer: str
    ruling: str | None = None
    """The case of the ruling that decided it, or of the lead cases, where one did."""
    worksheet: Mapping[str, Answer] | None = None
    """The reviewer's answers, where the case is about speech that is weighed first (`speech`)."""
    divergence: str | None = None
    """Why it was decided against what the answers say."""
    for_the_other: str | None = None
    """What the other side is told of it, where something changes for that."""
    joint: str | None = None
    """The case about a report of the same address that this was decided with (`joint`), or the lead
    case that answers it (`leads`)."""


class ComplaintRemedying(Happened, frozen=True, tag="complaint.remedying"):
    """The complaint stays open until the platform has done what was ordered."""


class ComplaintClosed(Happened, frozen=True, kw_only=True, tag="complaint.closed"):
    """The complaint is at its end."""

    because: str


class ComplaintWithdrawn(Happened, frozen=True, tag="complaint.withdrawn"):
    """Whoever complained withdrew it."""


class ComplaintDisowned(Happened, frozen=True, tag="complaint.disowned"):
    """It was not filed by whoever the decision is about, who has proven their account since."""


class ComplaintReopened(Happened, frozen=True, kw_only=True, tag="complaint.reopened"):
    """The complaint was opened once more.

    By a lead; by whoever was answered with a lead case; or since that lead case itself was.
    """

    reason: str
    order: Literal["ends"] | None = None
    """Whether an order that is not done ends by it, of which the platform is told."""


class ComplaintUndone(Happened, frozen=True, kw_only=True, tag="complaint.undone"):
    """The ruling on a group that decided the complaint was taken back: somebody else decides it.

    The order that came of it ends with it.
    """

    reasons: str
    ruling: str
    """The case of that ruling."""


class PartsCommitted(Happened, frozen=True, kw_only=True, tag="parts.committed"):
    """Who took the decision, and who looked again, by pseudonyms of this one case.

    It is opened to whoever complained, and proves that the two are not the same.
    """

    answer: int
    """The place in the case of the answer that this is about."""
    reviewer: str
    deciders: tuple[str, ...]
    said: Deciders
    key_sha256: str
    """Binds it to the entry that tells who stands behind the pseudonyms."""


class PartsNamed(Happened, frozen=True, kw_only=True, tag="parts.named"):
    """Who stands behind the pseudonyms; opened to an out-of-court body, or to a monitor."""

    key: str
    """In hexadecimal; the pseudonyms are made with it."""
    names: Mapping[str, tuple[str, ...]]
    """Pseudonym -> the identity it is made of, and every name that this node knows for it."""


class PartsOpened(Happened, frozen=True, kw_only=True, tag="parts.opened"):
    """Somebody was given the entry that tells who stands behind the pseudonyms."""

    to: str
    why: str
    request_sha256: str | None = None
    """Of the request that they signed; None where a lead of the desk handed it over."""


# --- representation (DSA Article 86) --------------------------------------------------------------


class MandateShown(Happened, frozen=True, kw_only=True, tag="mandate.shown"):
    """An organisation showed the mandate under which it complains for people; its case begins."""

    body: str
    text: str
    of: tuple[Party, ...]
    """Whom it is for: people whom a decision is about, people who reported something."""
    until: str
    """Its last moment, ISO 8601."""


class MandateUsed(Happened, frozen=True, kw_only=True, tag="mandate.used"):
    """One complaint was filed for several people; `cases_sha256` is of the list of their cases."""

    cases: int
    cases_sha256: str


class MandateEnded(Happened, frozen=True, kw_only=True, tag="mandate.ended"):
    """The mandate is over: its last day is, or the organisation or the node's operator ended it."""

    reasons: str | None = None


class RepresentationAgreed(Happened, frozen=True, kw_only=True, tag="representation.agreed"):
    """Somebody asked an organisation to speak for them in their case."""

    of: Party
    body: str
    mandate: str
    """The case of the mandate."""
    until: str
    """ISO 8601."""


class RepresentationEnded(Happened, frozen=True, kw_only=True, tag="representation.ended"):
    """The organisation does not speak for them any more; what it has filed goes on as theirs."""

    of: Party
    body: str
    because: Unspoken


# --- lead cases -----------------------------------------------------------------------------------


class LeadsProposed(Happened, frozen=True, kw_only=True, tag="leads.proposed"):
    """Lead cases of a wave were chosen; the others are asked, and a case begins.

    By a lead of the desk, or by an organisation among those whom it speaks for. `cases_sha256` is
    of the list of the others' cases.
    """

    question: str
    """What they have in common and the lead cases answer: whoever is asked reads it."""
    leads: tuple[str, ...]
    cases: int
    cases_sha256: str
    chosen: str
    """How the others were chosen: a choice as JSON."""
    body: str | None = None
    """The organisation that proposed them; None: the desk chose them."""
    mandate: str | None = None
    """The case of its mandate."""
    matter: str | None = None
    """The kind of decision that all of them are about (`proposals.matter`)."""


class LeadsEnded(Happened, frozen=True, kw_only=True, tag="leads.ended"):
    """Nobody is asked any more whether they want to wait; whoever waited goes on alone."""

    because: Ungrouped
    reasons: str | None = None


class LeadChosen(Happened, frozen=True, kw_only=True, tag="lead.chosen"):
    """The case is a lead case: it is examined as any other, and others may wait for its answer."""

    group: str
    """The case that began with `leads.proposed`."""
    body: str | None = None
    """The organisation that proposed it; None: the desk chose it."""


class LeadAsked(Happened, frozen=True, kw_only=True, tag="lead.asked"):
    """Whoever complained was asked whether they want to wait for a lead case.

    Once in a case by the desk, and once by an organisation.
    """

    group: str
    question: str
    body: str | None = None
    """The organisation that proposes it, and speaks for them; None: the desk asks."""
    mandate: str | None = None
    """The case of its mandate: the question stands for as long as it speaks for them."""


class LeadJoined(Happened, frozen=True, kw_only=True, tag="lead.joined"):
    """They said so by a link of their own: their complaint waits, and its time stands still."""

    group: str
    question: str
    """As they read it."""
    until: str
    """The last moment that they wait, ISO 8601."""


class LeadEnded(Happened, frozen=True, kw_only=True, tag="lead.ended"):
    """They do not wait, or not any more: the complaint goes on alone, with the time it had left."""

    because: Unwaited
    reasons: str | None = None


# --- hearing the other side -----------------------------------------------------------------------


class HearingCalled(Happened, frozen=True, kw_only=True, tag="hearing.called"):
    """The other side was asked what it says to what this case may change for it."""

    of: Party
    question: str
    """In the words of the reviewer or registrar, which name nobody; empty where a body decides."""
    through: Messenger
    before: Elsewhere | None = None
    """Before whom it is heard; None: the platform's desk."""


class HearingInvited(Happened, frozen=True, kw_only=True, tag="hearing.invited"):
    """In the case of the other side: it was asked what it says to somebody else's complaint.

    Such a case may begin with this, where nothing was decided about the other side before.
    """

    of: Party
    other: str
    """The case in which it is heard; neither side is shown its number."""
    question: str
    where: str | None = None
    """Where it stands that the complaint is about, as it was reported; where a case begins."""
    before: Elsewhere | None = None


class HearingTold(Happened, frozen=True, kw_only=True, tag="hearing.told"):
    """The other side was told; from here its time runs."""

    number: int
    """How many were."""
    how: Literal["mail", "platform"]


class HearingUntold(Happened, frozen=True, kw_only=True, tag="hearing.untold"):
    """The other side cannot be told; None: the platform did not say whether it was."""

    reason: Undelivered | None = None


class HearingLost(Happened, frozen=True, kw_only=True, tag="hearing.lost"):
    """A letter by which the other side was told came back: one less was told than was thought."""

    left: int
    """How many were told all the same."""
    through: Messenger
    """Who tells them now, where nobody is left: the platform, or nobody."""


class HearingAnswered(Happened, frozen=True, kw_only=True, tag="hearing.answered"):
    """The other side said what it thinks."""

    other: str
    """Its own case."""
    text: str
    own: Literal["yes"] | None = None
    """This stands in its own case, and not in the one that it is heard in."""
    handed: Literal["yes"] | None = None
    """It came from a page whose only link the platform was given to hand over."""


class HearingEnded(Happened, frozen=True, tag="hearing.ended"):
    """The time for being heard is over."""


class HearingWaived(Happened, frozen=True, kw_only=True, tag="hearing.waived"):
    """Somebody is in danger: the other side is not heard first."""

    reasons: str


class HearingShared(Happened, frozen=True, kw_only=True, tag="hearing.shared"):
    """The other side was heard, once for all reports of the same address (`joint`)."""

    other: str
    """The case in which it was."""


class OtherDecided(Happened, frozen=True, kw_only=True, tag="other.decided"):
    """In the case of the other side: the case of somebody else in the matter was decided."""

    outcome: ComplaintOutcome | PanelOutcome
    of: Party
    """Whose case this is."""
    text: str | None = None
    """What changes for them and why, without saying who complained; None where nothing does.

    Empty where an out-of-court body has written nothing for them.
    """
    before: Elsewhere | None = None
    """Who decided it; None: the platform's desk."""


# --- evidence, interim measures and remedies ------------------------------------------------------


class HoldSent(Happened, frozen=True, tag="hold.sent"):
    """The platform was asked to keep the evidence."""


class HoldKept(Happened, frozen=True, tag="hold.kept"):
    """The platform says that it keeps the evidence."""


class HoldFailed(Happened, frozen=True, kw_only=True, tag="hold.failed"):
    """The platform does not keep the evidence, or did not answer."""

    reason: str


class HoldEnded(Happened, frozen=True, tag="hold.ended"):
    """The evidence need not be kept any longer."""


class InterimOrdered(Happened, frozen=True, kw_only=True, tag="interim.ordered"):
    """Something was ordered at once, until the complaint is decided."""

    direction: Direction
    reasons: str


class InterimAnswered(Happened, frozen=True, kw_only=True, tag="interim.answered"):
    """The platform says whether it has done what was ordered at once."""

    result: InterimResult
    reasons: str = ""


class InterimEnded(Happened, frozen=True, tag="interim.ended"):
    """What was ordered at once ended with the complaint."""

    to_tell: Literal["yes"] | None = None
    """Whether the platform learns it from nothing else."""


class RemedyOrdered(Happened, frozen=True, kw_only=True, tag="remedy.ordered"):
    """The platform was ordered to put it right."""

    steps: tuple[RemedyStep, ...]
    outcome: ComplaintOutcome | PanelOutcome


class RemedyReminded(Happened, frozen=True, tag="remedy.reminded"):
    """The time for an order is over, and the platform was reminded."""


class RemedyClaimed(Happened, frozen=True, kw_only=True, tag="remedy.claimed"):
    """The platform says that it has done what was ordered."""

    result: Literal["implemented", "partly"]
    reasons: str
    through: str | None = None
    """In which of its systems the node has carried it out for it, as the platform had set up."""


class RemedyConfirmed(Happened, frozen=True, tag="remedy.confirmed"):
    """The person's page confirmed it, by a link that the platform could know: it stays claimed."""


class RemedyVerified(Happened, frozen=True, tag="remedy.verified"):
    """Somebody checked it, or the person confirmed it by a link that the platform cannot know."""


class RemedyDisputed(Happened, frozen=True, kw_only=True, tag="remedy.disputed"):
    """It is not as the platform says."""

    reason: str
    through: str | None = None
    """In which of the platform's systems the node had carried it out: then it said nothing."""


class RemedySeen(Happened, frozen=True, kw_only=True, tag="remedy.seen"):
    """A machine looked at the platform's own system, and this is what it saw."""

    source: str
    """Which system was asked: `social.example`."""
    look: Look
    saw: tuple[InForce, ...]
    """Restrictions that are in force there; none when it is empty."""
    done: Done
    """Whether it is as ordered."""
    answered: int | None = None
    """The HTTP status, where it looked at the page of the content, and at nothing else."""


class RemedyReverted(Happened, frozen=True, tag="remedy.reverted"):
    """The platform has undone what it had done: a machine saw it done before, and now it is not."""


class RemedyFailed(Happened, frozen=True, tag="remedy.failed"):
    """The platform did not do what was ordered."""


class RemedyImpossible(Happened, frozen=True, kw_only=True, tag="remedy.impossible"):
    """The platform says that it cannot do what was ordered."""

    result: Literal["impossible"]
    reasons: str


class RemedyRefused(Happened, frozen=True, kw_only=True, tag="remedy.refused"):
    """The platform refuses to do what was ordered."""

    result: Literal["refused"]
    reasons: str


class RemedyUndone(Happened, frozen=True, kw_only=True, tag="remedy.undone"):
    """The order was taken back together with the ruling that it came from."""

    reasons: str
    to_tell: Literal["yes"] | None = None
    """No address is known here: the platform is to tell the person itself."""


class RemedySettled(Happened, frozen=True, tag="remedy.settled"):
    """Nobody objected in time: it stays a claim that nobody checked."""


# --- the panel ------------------------------------------------------------------------------------


class CaseSubmitted(Happened, frozen=True, kw_only=True, tag="case.submitted"):
    """A party asked for a panel."""

    role: Party
    grounds: str


class CaseIncomplete(Happened, frozen=True, kw_only=True, tag="case.incomplete"):
    """The registrar said what is missing."""

    missing: str


class CaseCompleted(Happened, frozen=True, kw_only=True, tag="case.completed"):
    """The party handed over what was missing."""

    text: str


class CaseLapsed(Happened, frozen=True, tag="case.lapsed"):
    """What was missing did not come in time."""


class CaseInadmissible(Happened, frozen=True, kw_only=True, tag="case.inadmissible"):
    """The registrar found that no panel can hear the case."""

    ground: PanelGround
    reasons: str


class CaseAdmitted(Happened, frozen=True, tag="case.admitted"):
    """The registrar admitted the case: the panel's clock starts."""


class PanelListed(Happened, frozen=True, kw_only=True, tag="panel.listed"):
    """Who may be drawn was fixed, before anybody reveals anything."""

    list_sha256: str
    draw_id: str
    excluded: Mapping[str, str]
    """Member -> why they are left out."""
    draw: int
    eligible: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Id, organisation and languages of each."""
    language: str


class PanelRevealed(Happened, frozen=True, kw_only=True, tag="panel.revealed"):
    """A member revealed the value for the draw to which they were bound before."""

    member: str
    value: str
    """In hexadecimal."""


class PanelDrawn(Happened, frozen=True, kw_only=True, tag="panel.drawn"):
    """The panel was drawn from the list."""

    members: tuple[str, ...]
    reserves: tuple[str, ...]
    reveals: Mapping[str, str]
    """Member -> what they revealed, in hexadecimal."""
    seed: str


class PanelReplaced(Happened, frozen=True, kw_only=True, tag="panel.replaced"):
    """A member left, and the next reserve took the seat, if there was one."""

    members: tuple[str, ...]
    reserves: tuple[str, ...]
    left: str
    reason: str
    cause: Cause | None = None
    """Why the seat was taken from them; None where `reason` says it."""


class PanelFormed(Happened, frozen=True, kw_only=True, tag="panel.formed"):
    """Each member answered the questions about conflicts."""

    conflicts: Mapping[str, str]


class PanelChallenged(Happened, frozen=True, kw_only=True, tag="panel.challenged"):
    """A side said why a member should not sit."""

    member: str
    reasons: str


class ChallengeJudged(Happened, frozen=True, kw_only=True, tag="challenge.judged"):
    """A member without a part in the panel judged a challenge."""

    judge: str
    accepted: bool
    reasons: str


class CasePosition(Happened, frozen=True, kw_only=True, tag="case.position"):
    """The platform handed over its position."""

    text: str


class CaseReply(Happened, frozen=True, kw_only=True, tag="case.reply"):
    """The party replied."""

    text: str


class CaseDefaulted(Happened, frozen=True, tag="case.defaulted"):
    """The platform sent nothing in time; the panel looks at what there is."""


class CaseDeliberating(Happened, frozen=True, tag="case.deliberating"):
    """The file was closed."""


class CaseFactAsked(Happened, frozen=True, kw_only=True, tag="case.fact_asked"):
    """The panel asked one side for one more fact."""

    of: PanelSide
    question: str
    member: str


class CaseExtended(Happened, frozen=True, kw_only=True, tag="case.extended"):
    """The panel was given more time."""

    reasons: str


class WorksheetSealed(Happened, frozen=True, kw_only=True, tag="worksheet.sealed"):
    """A member sealed their own worksheet."""

    member: str
    answers: Mapping[str, Answer]
    sha256: str


class CaseVoted(Happened, frozen=True, kw_only=True, tag="case.voted"):
    """A member voted."""

    member: str
    outcome: PanelOutcome
    dissent: str


class CaseDecided(Happened, frozen=True, kw_only=True, tag="case.decided"):
    """The panel decided."""

    outcome: PanelOutcome
    basis: Basis
    reasons: str
    summary: str
    votes: Mapping[str, PanelOutcome]
    dissents: Mapping[str, str]
    """Member -> why they voted otherwise."""
    divergence: str
    """Why the panel decided against a statement of the profile."""
    profile: tuple[str, ...]
    published: str
    """What everybody may read of it."""
    for_the_other: str | None = None
    """What the other side is told of it, where something may change for that."""
    unheard: str | None = None
    """Who is in danger, where the other side was not heard first."""


class CaseSettled(Happened, frozen=True, tag="case.settled"):
    """Both sides have settled."""


class CaseWithdrawn(Happened, frozen=True, tag="case.withdrawn"):
    """The party withdrew before the panel decided."""


class CaseDisowned(Happened, frozen=True, tag="case.disowned"):
    """The panel was not asked for by whoever the decision is about (see `ComplaintDisowned`)."""


class CaseClosed(Happened, frozen=True, kw_only=True, tag="case.closed"):
    """The panel case is at its end."""

    because: Basis


class CaseReopened(Happened, frozen=True, kw_only=True, tag="case.reopened"):
    """The party asked the panel to look once more."""

    ground: Again
    text: str


# --- a dispute before an out-of-court body (DSA Article 21) ---------------------------------------


class FileImported(Happened, frozen=True, kw_only=True, tag="file.imported"):
    """A case file of another node was taken in, at the node of a body: its case begins here."""

    log: str
    """The origin of the log that the file proves its entries by."""
    number: str
    """Of the case there."""
    platform: str
    head: str
    """Hash of the leaf of the newest entry that the file holds, as the log counts it."""
    entry: int
    """The place of that entry in the case there."""
    sha256: str
    """Of the file."""
    judged: tuple[str, ...] | None = None
    """Who decided or looked again there, as far as the file names them."""


class OutcomeReceived(Happened, frozen=True, kw_only=True, tag="outcome.received"):
    """An out-of-court body decided the dispute, and signed what it decided."""

    party: Party
    """Whose dispute it is."""
    head: str
    """Hash of the leaf of the newest entry that the body saw."""
    entry: int
    outcome: PanelOutcome
    basis: Basis
    reasons: str
    summary: str
    steps: tuple[RemedyStep, ...]
    received: str
    """When the dispute was submitted to the body."""
    decided: str
    sha256: str
    """Of the signed text, which follows from all else here (docs/case-file.md)."""
    signature: str
    heard: Heard | None = None
    """What the body says of the other side; None: it has not heard it."""
    unheard: str | None = None
    """Who is in danger, where the other side was not heard first."""
    for_the_other: str | None = None
    """What the other side is told of it, in the body's words."""


# --- misuse (DSA Article 23) ----------------------------------------------------------------------


class MisuseWarned(Happened, frozen=True, kw_only=True, tag="misuse.warned"):
    """A sender of manifestly unfounded notices or complaints was warned."""

    what: Misused
    clause: str
    numbers: str
    share: str
    gravity: str
    intention: str


class MisuseSuspended(Happened, frozen=True, kw_only=True, tag="misuse.suspended"):
    """Processing of what a sender sends was suspended for a time."""

    until: str
    """ISO 8601."""
    clause: str
    numbers: str
    share: str
    gravity: str
    intention: str


class MisuseEnded(Happened, frozen=True, kw_only=True, tag="misuse.ended"):
    """A warning or suspension has ended: by itself, or early with reasons."""

    reasons: str | None = None


class ProcessingPaused(Happened, frozen=True, kw_only=True, tag="processing.paused"):
    """What was sent during a suspension waits for its end."""

    until: str
    """ISO 8601."""
    of: Party


class ProcessingResumed(Happened, frozen=True, kw_only=True, tag="processing.resumed"):
    """The suspension is over, and the case goes on."""

    of: Party


# --- what can happen to any case ------------------------------------------------------------------


class ClockMissed(Happened, frozen=True, kw_only=True, tag="clock.missed"):
    """A period ended; `clock` is its name and end, as in `C06@20261209T235959Z`."""

    clock: str


class LinkRevoked(Happened, frozen=True, tag="link.revoked"):
    """A party voided their recourse link."""


class LinkExchanged(Happened, frozen=True, tag="link.exchanged"):
    """The link that the platform was given was exchanged for one that only its reader has."""


class ClaimAsked(Happened, frozen=True, kw_only=True, tag="claim.asked"):
    """Somebody says that the case is theirs, and will show it by a word from their account."""

    word: str


class ClaimProven(Happened, frozen=True, kw_only=True, tag="claim.proven"):
    """The word came from the account: every earlier link has ended, and the claim is the link."""

    word: str
    how: Proof
    seen: str
    """What was seen, and where."""


class ClaimRefused(Happened, frozen=True, kw_only=True, tag="claim.refused"):
    """Somebody looked, and the account did not show the word."""

    word: str
    reasons: str


class OpeningErased(Happened, frozen=True, kw_only=True, tag="opening.erased"):
    """The text of an entry was erased."""

    entry: int
    reason: Erased
    parted: tuple[str, ...] | None = None
    """Who had a part in the case and has none in it again (`roles.parted`)."""


class RetentionEnded(Happened, frozen=True, kw_only=True, tag="retention.ended"):
    """The case had ended, and its addresses and attached files were erased some days later."""

    days: int
    """How long the node keeps them after the end."""
    contacts: int
    files: int


Event = (
    DecisionIssued
    | NoticeReceived
    | DangerSaid
    | NoticeAnswered
    | RulingMade
    | RulingUndone
    | DecisionDelivered
    | DecisionUndelivered
    | LetterUndelivered
    | DecisionReversed
    | DecisionSuperseded
    | DecisionCorrected
    | DecisionCorrects
    | DecisionLifted
    | DecidersNamed
    | SidesLinked
    | ContentSupplied
    | ComplaintFiled
    | ComplaintAdded
    | ComplaintInadmissible
    | ComplaintAssigned
    | ComplaintReturned
    | ComplaintOpened
    | ComplaintAsked
    | ComplaintAnswered
    | ComplaintDecided
    | ComplaintRemedying
    | ComplaintClosed
    | ComplaintWithdrawn
    | ComplaintReopened
    | ComplaintDisowned
    | ComplaintUndone
    | PartsCommitted
    | PartsNamed
    | PartsOpened
    | MandateShown
    | MandateUsed
    | MandateEnded
    | RepresentationAgreed
    | RepresentationEnded
    | LeadsProposed
    | LeadsEnded
    | LeadChosen
    | LeadAsked
    | LeadJoined
    | LeadEnded
    | HearingCalled
    | HearingInvited
    | HearingTold
    | HearingUntold
    | HearingLost
    | HearingAnswered
    | HearingEnded
    | HearingWaived
    | HearingShared
    | OtherDecided
    | HoldSent
    | HoldKept
    | HoldFailed
    | HoldEnded
    | InterimOrdered
    | InterimAnswered
    | InterimEnded
    | RemedyOrdered
    | RemedyReminded
    | RemedyClaimed
    | RemedyConfirmed
    | RemedyVerified
    | RemedyDisputed
    | RemedySeen
    | RemedyReverted
    | RemedyFailed
    | RemedyImpossible
    | RemedyRefused
    | RemedyUndone
    | RemedySettled
    | CaseSubmitted
    | CaseIncomplete
    | CaseCompleted
    | CaseLapsed
    | CaseInadmissible
    | CaseAdmitted
    | PanelListed
    | PanelRevealed
    | PanelDrawn
    | PanelReplaced
    | PanelFormed
    | PanelChallenged
    | ChallengeJudged
    | CasePosition
    | CaseReply
    | CaseDefaulted
    | CaseDeliberating
    | CaseFactAsked
    | CaseExtended
    | WorksheetSealed
    | CaseVoted
    | CaseDecided
    | CaseSettled
    | CaseWithdrawn
    | CaseClosed
    | CaseDisowned
    | CaseReopened
    | FileImported
    | OutcomeReceived
    | MisuseWarned
    | MisuseSuspended
    | MisuseEnded
    | ProcessingPaused
    | ProcessingResumed
    | ClockMissed
    | LinkRevoked
    | LinkExchanged
    | ClaimAsked
    | ClaimProven
    | ClaimRefused
    | OpeningErased
    | RetentionEnded
)
"""Everything that can happen to a case."""


def kind_of(event: type[Happened]) -> str:
    """The kind of an event, from its struct."""
    return str(event.__struct_config__.tag)


def kinds() -> frozenset[str]:
    """The kind of every event there is."""
    return frozenset(kind_of(variant) for variant in get_args(Event))


def fields(event: Event) -> dict[str, Any]:
    """What an event says beside its kind, its time and who acted, as JSON has it."""
    encoded: dict[str, Any] = msgspec.to_builtins(event)
    return {name: value for name, value in encoded.items() if name not in ("kind", "at", "by")}


def read(sealed: bytes, at: datetime) -> Event:
    """The event of a sealed entry; `Unsound` when it is none that this version knows."""
    decoded = {"by": "node", **msgspec.json.decode(sealed), "at": at}
    decoded.pop("case", None)
    decoded.pop("n", None)
    try:
        return msgspec.convert({"event": decoded}, _Read).event
    except msgspec.ValidationError as error:
        raise Unsound(
            "This case holds an event that this version of Amparo cannot read.",
            why=Text("it is of the kind {kind}", kind=repr(decoded.get("kind"))[:80]),
            fix="Use the version that wrote it, or a newer one.",
        ) from error


class _Read(msgspec.Struct):
    """What msgspec knows of a struct it keeps; of a union by itself it would work it out anew."""

    event: Event
