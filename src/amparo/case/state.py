"""What is known of a case: its events, folded. Nine small machines tied by one case id.

A person may complain, go to a panel and to court at once, so that one long machine would be wrong.
An event that no machine allows is refused, never ignored; folding the same events gives the same
case on every replay. What an event changes beside its machine is said in `_changes`, for each.

Source: DSA Articles 16, 17, 20, 21; `docs/case.md` tells the same as a story.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, assert_never

import msgspec

from amparo.case import deadlines, events
from amparo.case.events import Event, Happened
from amparo.case.machines import ASIDE, MACHINE_OF, MACHINES, OPEN
from amparo.case.standing import standing
from amparo.errors import Refused, Text
from amparo.record import address

Role = Literal[
    "person",
    "notifier",
    "claimant",
    "platform",
    "reviewer",
    "lead",
    "registrar",
    "operator",
    "representative",
    "body",
    "clock",
    "node",
]


class Actor(NamedTuple):
    """Who acts. `name` is a number or a slug of this node, never a person's name."""

    role: Role
    name: str = ""

    def __str__(self) -> str:
        return f"{self.role}:{self.name}" if self.name else self.role


JUDGES = 2
"""How many uninvolved members judge a challenge."""


class Case(msgspec.Struct, frozen=True):
    """A case as its events leave it."""

    decision: str = ""
    complaint: str = ""
    hold: str = ""
    remedy: str = ""
    interim: str = ""
    panel: str = ""
    misuse: str = ""
    hearing: str = ""
    lead: str = ""
    lead_group: str = ""
    """The group of whose lead cases somebody was asked whether they want to wait for them."""
    leads_group: str = ""
    """The group of which it is a lead case itself."""
    lead_mandate: str = ""
    """The mandate of the organisation that asked; empty where the desk did."""
    lead_question: str = ""
    """What the lead cases answer, as they read it."""
    waits_since: datetime | None = None
    asked_to_wait_by: frozenset[str] = frozenset()
    """Who has asked whether to wait for lead cases: `desk`, `body`."""
    waited: int = 0
    """Days that the complaint has waited for lead cases, in all."""
    called_at: datetime | None = None
    """When the other side was called; None until then, and after the complaint is opened anew."""
    told_at: datetime | None = None
    told_number: int = 0
    told_how: Literal["mail", "platform", ""] = ""
    heard_from: frozenset[str] = frozenset()
    """Cases of the other side from which somebody has spoken."""
    answers_handed: int = 0
    """Answers by a link that the platform was given: whose they are, nobody here knows."""
    hearing_of: events.Instance = "desk"
    """Before whom the other side is, or was last, heard: `desk`, `panel` or `body`."""
    heard_before: frozenset[events.Instance] = frozenset()
    """Before whom else its hearing is over."""
    unheard_by: frozenset[events.Instance] = frozenset()
    """Who ruled without hearing it, since somebody was in danger: it is heard afterwards."""
    anew_at: datetime | None = None
    """When what this side had was taken again, by the other side's complaint or since a reversal
    was taken back: it can complain, once more."""
    times_anew: int = 0
    warned_at: datetime | None = None
    suspended_until: datetime | None = None
    paused: bool = False
    """Whether it waits for the end of its sender's suspension (DSA Article 23)."""
    resumed_at: datetime | None = None
    submitted_at: datetime | None = None
    incomplete_at: datetime | None = None
    panel_closed_at: datetime | None = None
    admitted_at: datetime | None = None
    extended: bool = False
    listed: str = ""
    """Digest of the list that a panel is drawn from."""
    draw_id: str = ""
    """Under what name the draw, and later the ruling, is public: it does not tell which case."""
    eligible: frozenset[str] = frozenset()
    """Who was on that list, and has not left since."""
    revealed: tuple[tuple[str, str], ...] = ()
    """Member -> the value that they revealed for the draw from that list."""
    members: tuple[str, ...] = ()
    reserves: tuple[str, ...] = ()
    formed_at: datetime | None = None
    heard: bool = False
    """Whether the platform took a position before the panel."""
    supplied: bool = False
    """Whether the platform handed over the whole content."""
    fact_at: datetime | None = None
    """When the panel asked for one more fact; it may do so once."""
    challenged: str = ""
    """Whose seat is challenged and not judged yet."""
    challenged_at: datetime | None = None
    judges: tuple[tuple[str, bool], ...] = ()
    """Who has judged the challenge so far, and whether they accept it."""
    challenges: frozenset[str] = frozenset()
    """Members whose seat was challenged; each can be once."""
    sheets: tuple[tuple[str, str], ...] = ()
    """Member -> digest of the worksheet they sealed."""
    ruling: str = ""
    sat: frozenset[str] = frozenset()
    """Members of every panel that has ruled on it."""
    panel_reopened: bool = False
    panel_withdrawn: bool = False
    """Whether the party withdrew; it may ask for a panel again."""
    informed_at: datetime | None = None
    to_be_told: bool = False
    """Whether the platform has to tell the person, since this node's mail did not arrive."""
    informed_by: str = ""
    """`mail` where this node told the person, `platform` where the platform says that it did."""
    filed_at: datetime | None = None
    pending_since: datetime | None = None
    """From when its time runs: filed, reopened, or the end of its sender's suspension."""
    complainant: str = ""
    """`person` (the one affected) or `notifier`."""
    asked_at: datetime | None = None
    asked: str = ""
    closed_at: datetime | None = None
    outcome: str = ""
    reviewer: str = ""
    reviewers: frozenset[str] = frozenset()
    """Everybody who ever opened its file."""
    earlier: frozenset[str] = frozenset()
    """Those of them who did so before it was reopened."""
    deciders: frozenset[str] = frozenset()
    """Who took the decision that is complained about, as the platform names them."""
    decider_seats: frozenset[str] = frozenset()
    """Those of them whom a lead has named by their seats at the desk."""
    deciders_settled: str = ""
    """`named` or `machine` once a lead has said who decided; before, it is open."""
    closers: frozenset[str] = frozenset()
    """Seats of everybody who ever ended the complaint."""
    parted: frozenset[str] = frozenset()
    """Who had a part in it before its texts were erased (`roles.parted`)."""
    judged: frozenset[str] = frozenset()
    """Who decided or looked again where a case was taken in from, by name."""
    conflicts: frozenset[str] = frozenset()
    """Reviewers who declared a conflict."""
    withdrawn: bool = False
    """Whether whoever complained withdrew it; it may be filed again."""
    times_reopened: int = 0
    decided_in: str = ""
    """The case of the ruling on a group, or of the lead cases, that decided the complaint, while
    that stands."""
    reversed_in: str = ""
    """That of the ruling which reversed the decision though nobody had complained."""
    reversers: frozenset[str] = frozenset()
    """Seats of whoever did so: they have judged it."""
    represented_by: str = ""
    """The organisation that speaks for the person (DSA Article 86); empty where none does."""
    represented_as: str = ""
    """For which of them: `person` or `notifier`."""
    represented_since: datetime | None = None
    represented_until: datetime | None = None
    mandate: str = ""
    """The case of the mandate under which it does."""
    named_before: frozenset[str] = frozenset()
    """Who was said to have decided when the person agreed: the platform takes the organisation from
    nobody by naming it later."""
    spoke: frozenset[str] = frozenset()
    """Organisations that were ever asked to speak in it."""
    speakers: frozenset[str] = frozenset()
    """Seats of whoever acted for one of them."""
    filing: int = 0
    """The entry there that tells of everybody for whom it complained at once; 0: it has not."""
    prioritised: bool = False
    """Whether an organisation filed the complaint, which then has priority (Article 86(2))."""
    mandated_until: datetime | None = None
    """Of a mandate, in its own case."""
    interim_order: events.InterimOrdered | None = None
    """What was last ordered at once since the complaint was filed, or opened once more."""
    interim_answer: events.InterimAnswered | None = None
    """What the platform said of that; None: nothing yet."""
    held_at: datetime | None = None
    ordered_at: datetime | None = None
    ordered_by: str = ""
    behind: frozenset[str] = frozenset()
    """Who wants what is ordered: `desk`, `panel`, `body`. It ends when none of them is left."""
    claimed_at: datetime | None = None
    through: str = ""
    """In which system of the platform the node carried out what is claimed; empty: it did not."""
    disputed_at: datetime | None = None
    disputed_by: str = ""
    """`node` where a machine saw that it is not done."""
    seen_done: bool = False
    """Whether a machine has seen it done since the platform said so."""
    confirmed: bool = False
    """Whether the person's page confirmed what is claimed, by a link the platform could know."""
    exchanged_at: datetime | None = None
    """When the link that the platform was given was exchanged for another."""
    taken_over_at: datetime | None = None
    """When a claim last took the case over; links from before have ended."""
    proven_at: datetime | None = None
    """When somebody who is not of the platform last saw whose account it is: who acts as the person
    since then is the person."""
    dispute: str = ""
    """What an out-of-court body decided; empty before."""
    dispute_by: str = ""
    dispute_decided: str = ""
    dispute_sha256: str = ""
    missed: frozenset[str] = frozenset()
    """Clocks that ran out, each with its end, as in `C06@20261209T235959Z`."""
    categories: frozenset[str] = frozenset()
    """What it is about, in the words of the law's lists: a statement's, or a notice's."""
    keywords: frozenset[str] = frozenset()
    danger: bool = False
    """Whether a notice says that somebody's life or safety is threatened."""
    flagged: bool = False
    """Whether a notice is a trusted flagger's."""
    place: str = ""
    """The address that a notice names, in one spelling; empty where it names none, or several."""
    ordered: tuple[str, ...] = ()
    """What the platform was told to do last."""
    corrected_by: str = ""
    """The number of the statement that took its place; empty where it is in force itself."""
    corrects: str = ""
    """The number of the statement in whose place it stands."""
    lifted_at: datetime | None = None
    """When this node learnt that the platform took the restriction back by itself."""
    others: "tuple[Case, ...]" = ()
    """The other cases of the same matter (`sides`), put in by whoever reads this one."""

    @property
    def contested(self) -> bool:
        """Whether somebody still waits for something; what is contested is not erased."""
        complaint = self.complaint in (*OPEN, "decided", "remedy_open", "reopened")
        speaks = self.decision == "mandated"
        return complaint or speaks or self.before_a_panel

    @property
    def before_a_panel(self) -> bool:
        """Whether a panel was asked for, and has not ended."""
        return self.panel not in ("", "lapsed", "closed")

    @property
    def is_reporters(self) -> bool:
        """Whether it is the case of somebody who reported something."""
        return self.complainant == "notifier" or self.decision in ("noticed", "answered")

    @property
    def hears(self) -> bool:
        """Whether the other side can still say something to whoever called it."""
        match self.hearing_of:
            case "panel":
                return self.before_a_panel or "panel" in self.unheard_by
            case "body":
                return not self.dispute or "body" in self.unheard_by
            case _:
                return self.complaint in OPEN

    @property
    def hearing_is_over(self) -> bool:
        """Whether the other side was heard, was silent to the end, or will not be heard."""
        spoke = self.hearing == "told" and len(self.heard_from) >= self.told_number
        return spoke or self.hearing in ("untold", "waived", "ended", "shared")


def fold(happened: Iterable[Event], public: Mapping[str, Any] | None = None) -> Case:
    """A case from all its events; `public` is the public part of its decision, where it has one."""
    case = about(public or {})
    for event in happened:
        case = apply(case, event)
    return case


def about(public: Mapping[str, Any]) -> Case:
    """A case of which only the public part of its decision is known."""
    categories = {public.get("category"), *public.get("category_addition", ())}
    return Case(
        categories=frozenset(filter(None, categories)),
        keywords=frozenset(public.get("category_specification", ())),
    )


def apply(case: Case, event: Event) -> Case:
    """What a case is after one more event; `Refused` when no machine allows it."""
    changes: dict[str, Any] = {}
    if event.kind not in ASIDE:
        machine = MACHINE_OF.get(event.kind)
        now = getattr(case, machine) if machine else ""
        to = MACHINES[machine][event.kind].get(now) if machine else None
        if machine is None or to is None:
            raise _not_possible(machine, now, event.kind)
        changes[machine] = to
    return msgspec.structs.replace(case, **changes | _changes(case, event))


def allowed(case: Case, event: type[Happened]) -> bool:
    """Whether an event of this kind may follow."""
    kind = events.kind_of(event)
    machine = MACHINE_OF.get(kind)
    return kind in ASIDE or (
        machine is not None and getattr(case, machine) in MACHINES[machine][kind]
    )


def check_allowed(case: Case, event: type[Happened]) -> None:
    """Raise `Refused`, as `apply` does, unless an event of this kind may follow."""
    if not allowed(case, event):
        kind = events.kind_of(event)
        machine = MACHINE_OF.get(kind)
        raise _not_possible(machine, getattr(case, machine) if machine else "", kind)


def _not_possible(machine: str | None, now: str, kind: str) -> Refused:
    return Refused(
        "That step is not possible as the case stands.",
        why=standing(machine, now) if machine else Text("no case has {step}", step=kind),
        fix="Look at the case again: somebody may have acted meanwhile.",
    )


def _changes(case: Case, event: Event) -> dict[str, Any]:
    """Fields of a case and what an event makes of them, beside the state of its machine."""
    match event:
        # The commonest come first: a pattern far down costs some microseconds.
        case events.DecisionIssued() | events.ComplaintRemedying():
            return {}
        case events.HoldSent():
            return {"held_at": event.at}
        case events.RemedyOrdered():
            return {
                "ordered_at": event.at,
                "ordered_by": event.by,
                "ordered": event.steps,
                "behind": case.behind | {_whose(event.by)},
            }
        case events.DecisionDelivered():
            return _informed(case, event, event.how or "platform")
        case events.NoticeAnswered():
            return _informed(case, event, "platform")
        case events.DecidersNamed():
            return _deciders(case, event)
        case events.ComplaintFiled():
            return _filed(case, event)
        case events.ComplaintAssigned():
            return {"reviewer": event.reviewer}
        case events.ComplaintReturned():
            conflict = {case.reviewer} if event.conflict else set()
            return {"reviewer": "", "conflicts": case.conflicts | conflict}
        case events.ComplaintOpened():
            return {"reviewers": case.reviewers | {case.reviewer}}
        case events.ComplaintAdded():
            return _spoken(case, event)
        case events.ComplaintAsked():
            return {"asked_at": event.at, "asked": event.of}
        case events.ComplaintAnswered():
            return {"asked": "", **_spoken(case, event)}
        case events.ComplaintDecided():
            return {
                "outcome": event.outcome,
                "asked": "",
                "closers": case.closers | {event.reviewer},
                "decided_in": event.ruling or "",
                **_stands_or_not(case, event),
            }
        case events.ComplaintInadmissible():
            return {"closed_at": event.at, "asked": "", "closers": case.closers | {_name(event)}}
        case events.ComplaintWithdrawn():
            return {"closed_at": event.at, "asked": "", "withdrawn": True}
        case events.ComplaintDisowned():
            return _disowned(case, event)
        case events.ComplaintClosed():
            overtaken = event.because == events.OVERTAKEN
            ended = _order_without(case, "desk", ended="undone") if overtaken else {}
            return {"closed_at": event.at, "asked": "", **ended}
        case events.ComplaintReopened():
            # What was done stays done until it is decided anew.
            again = _open_again(case, event) | _order_without(case, "desk", ended="")
            return again | {
                "times_reopened": case.times_reopened + 1,
                "decision": case.decision,
            }
        case events.MandateShown():
            return {"mandated_until": datetime.fromisoformat(event.until)}
        case events.RepresentationAgreed():
            return {
                "represented_by": event.body,
                "represented_as": event.of,
                "represented_since": event.at,
                "represented_until": datetime.fromisoformat(event.until),
                "mandate": event.mandate,
                "spoke": case.spoke | {event.body},
                "named_before": case.deciders,
            }
        case events.RepresentationEnded():
            return {"represented_by": "", "represented_until": None, "mandate": "", "filing": 0}
        case events.HearingCalled():
            return _UNHEARD | {
                "called_at": event.at,
                "hearing_of": event.before or "desk",
                "heard_before": _heard_before(case),
            }
        case events.HearingTold():
            return {"told_at": event.at, "told_number": event.number, "told_how": event.how}
        case events.HearingLost():
            return _less_told(event)
        case events.HearingWaived():
            return _waived(case)
        case events.HearingAnswered():
            return {} if event.own else _heard(case, event)
        case events.OtherDecided():
            changed = event.of == "notifier" and event.text is not None
            return {"anew_at": event.at} if changed else {}
        case events.ComplaintUndone():
            return _open_again(case, event) | _order_without(case, "desk", ended="undone")
        case events.LeadChosen():
            return {"leads_group": event.group}
        case events.LeadAsked():
            return {
                "lead_group": event.group,
                "lead_question": event.question,
                "lead_mandate": event.mandate or "",
                "asked_to_wait_by": case.asked_to_wait_by | {"body" if event.body else "desk"},
            }
        case events.LeadJoined():
            return {"waits_since": event.at}
        case events.LeadEnded():
            return _waits_no_more(case, event)
        case events.DecisionReversed():
            return {
                "reversed_in": event.ruling,
                "reversers": case.reversers | {_name(event)},
                "to_be_told": event.to_tell is not None,
            }
        case events.RemedyUndone():
            return _reversal_undone(case, event)
        case events.InterimOrdered():
            return {"interim_order": event, "interim_answer": None}
        case events.InterimAnswered():
            return {"interim_answer": event}
        case events.CaseSubmitted():
            again = _panel_anew(event) if case.panel_withdrawn else {}
            return (
                again
                | _unheard(case, "panel")
                | {
                    "submitted_at": event.at,
                    "complainant": event.role,
                    "panel_withdrawn": False,
                }
            )
        case events.CaseIncomplete():
            return {"incomplete_at": event.at}
        case events.CaseAdmitted():
            return {"admitted_at": event.at}
        case (
            events.CaseInadmissible()
            | events.CaseSettled()
            | events.CaseClosed()
            | events.CaseLapsed()
        ):
            return {"panel_closed_at": event.at, "challenged": ""}
        case events.CaseWithdrawn():
            return {"panel_closed_at": event.at, "challenged": "", "panel_withdrawn": True}
        case events.CaseDisowned():
            return _order_without(case, "panel", ended="") | {
                "panel_closed_at": event.at,
                "challenged": "",
                "panel_withdrawn": True,
                "panel_reopened": False,
                "ruling": "",
            }
        case events.CaseExtended():
            return {"extended": True}
        case events.CaseReopened():
            return _panel_anew(event) | _unheard(case, "panel") | {"panel_reopened": True}
        case events.PanelListed():
            return _listed(event)
        case events.PanelRevealed():
            return {"revealed": (*case.revealed, (event.member, event.value))}
        case events.PanelDrawn():
            return _seated(case, event, case.eligible)
        case events.PanelReplaced():
            return _seated(case, event, case.eligible - {event.left})
        case events.PanelFormed():
            return {"formed_at": case.formed_at or event.at}
        case events.PanelChallenged():
            return {
                "challenged": event.member,
                "challenged_at": event.at,
                "judges": (),
                "challenges": case.challenges | {event.member},
            }
        case events.ChallengeJudged():
            judges = (*case.judges, (event.judge, event.accepted))
            over = len(judges) == JUDGES
            return {"judges": judges, "challenged": "" if over else case.challenged}
        case events.ContentSupplied():
            return {"supplied": True}
        # What comes after a worksheet was sealed is in none of them: all are filled anew.
        case events.CasePosition():
            return {"heard": True, "sheets": ()}
        case events.CaseFactAsked():
            return {"fact_at": event.at, "sheets": ()}
        case events.WorksheetSealed():
            return {"sheets": (*case.sheets, (event.member, event.sha256))}
        case events.CaseDecided():
            changes = event.outcome not in events.LETS_STAND
            return {
                "ruling": event.outcome,
                "sat": case.sat | frozenset(case.members),
                "behind": case.behind | ({"panel"} if changes else set()),
                "unheard_by": case.unheard_by | ({"panel"} if event.unheard else set()),
            }
        case events.OutcomeReceived():
            return {
                "dispute": event.outcome,
                "dispute_by": _name(event),
                "dispute_decided": event.decided,
                "dispute_sha256": event.sha256,
                "behind": case.behind | ({"body"} if event.steps else set()),
                "unheard_by": case.unheard_by | ({"body"} if event.unheard else set()),
            }
        case events.MisuseWarned():
            return {"warned_at": event.at, "conflicts": case.conflicts | {_name(event)}}
        case events.MisuseSuspended():  # whoever took it does not judge a complaint about it
            until = datetime.fromisoformat(event.until)
            return {
                "suspended_until": until,
                "conflicts": case.conflicts | {_name(event)},
                "decider_seats": case.decider_seats | {_name(event)},
                "deciders_settled": "named",
            }
        case events.ProcessingPaused():
            return {"paused": True}
        case events.ProcessingResumed():
            since = {"pending_since": event.at} if case.filed_at else {}
            return {"paused": False, "resumed_at": event.at, **since}
        case events.DecisionUndelivered():
            return {
                "to_be_told": event.code is not None,
                "informed_at": None,
                "informed_by": "",
            }
        case events.LetterUndelivered():
            return {"to_be_told": case.to_be_told or event.to_tell is not None}
        case events.DecisionCorrected():
            return {"corrected_by": event.statement}
        case events.DecisionCorrects():
            return {"corrects": event.statement}
        case events.DecisionLifted():
            return {"lifted_at": event.at}
        case events.RemedyClaimed():
            claimed = {"claimed_at": event.at, "through": event.through or ""}
            return {**claimed, "confirmed": False, "seen_done": False}
        case events.RemedyConfirmed():
            return {"confirmed": True}
        case events.RemedyDisputed() | events.RemedyReverted():
            disputed = {"disputed_at": _disputed_since(case, event), "disputed_by": event.by}
            return {**disputed, "confirmed": False}
        case events.RemedySeen():
            return {"seen_done": case.seen_done or event.done in ("yes", "partly")}
        case events.LinkExchanged():
            return {"exchanged_at": event.at}
        case events.ClaimProven():
            if event.how == "platform":
                return {"taken_over_at": event.at}
            # Whoever said yes or no to waiting may not have been the person, who is asked anew.
            asked_anew = {
                "lead": "asked" if case.lead else "",
                "asked_to_wait_by": _asked_last(case),
            }
            proven = {"taken_over_at": event.at, "proven_at": event.at, "confirmed": False}
            return proven | asked_anew
        case events.FileImported():
            return {"judged": case.judged | frozenset(event.judged or ())}
        case events.OpeningErased():
            return {"parted": case.parted | frozenset(event.parted or ())}
        case events.ClockMissed():
            return {"missed": case.missed | {event.clock}}
        case events.NoticeReceived():
            return {
                "categories": frozenset({event.category} if event.category else ()),
                "danger": event.danger == "yes",
                "flagged": event.flagger is not None,
                "place": address.canonical(event.where),
            }
        case events.DangerSaid():
            return {"danger": True}
        case (
            events.RulingMade()
            | events.RulingUndone()
            | events.MandateUsed()
            | events.MandateEnded()
            | events.LeadsProposed()
            | events.LeadsEnded()
            | events.DecisionSuperseded()
            | events.SidesLinked()
            | events.HearingInvited()
            | events.HearingUntold()
            | events.HearingEnded()
            | events.HearingShared()
            | events.HoldKept()
            | events.HoldFailed()
            | events.HoldEnded()
            | events.InterimEnded()
            | events.RemedyReminded()
            | events.RemedyVerified()
            | events.RemedyFailed()
            | events.RemedyImpossible()
            | events.RemedyRefused()
            | events.RemedySettled()
            | events.CaseCompleted()
            | events.CaseReply()
            | events.CaseDefaulted()
            | events.CaseDeliberating()
            | events.CaseVoted()
            | events.MisuseEnded()
            | events.LinkRevoked()
            | events.ClaimAsked()
            | events.ClaimRefused()
            | events.RetentionEnded()
            | events.PartsCommitted()
            | events.PartsNamed()
            | events.PartsOpened()
        ):
            return {}
        case _:
            assert_never(event)


_UNHEARD: dict[str, Any] = {
    "called_at": None,
    "told_at": None,
    "told_number": 0,
    "told_how": "",
    "heard_from": frozenset(),
    "answers_handed": 0,
}


def _unheard(case: Case, of: events.Instance) -> dict[str, Any]:
    """The other side is heard anew in each complaint, and before each panel."""
    others = {"heard_before": case.heard_before - {of}, "unheard_by": case.unheard_by - {of}}
    return others if case.hearing_of != of else others | _UNHEARD | {"hearing": ""}


def _heard_before(case: Case) -> frozenset[events.Instance]:
    """What is kept of a hearing when another one begins: whether it was over."""
    return case.heard_before | ({case.hearing_of} if case.hearing_is_over else frozenset())


def _waived(case: Case) -> dict[str, Any]:
    """The desk does not hear it; whoever else does goes on."""
    if case.hearing_of != "desk":
        return {"hearing": case.hearing, "heard_before": case.heard_before | {"desk"}}
    return {}


def _less_told(event: events.HearingLost) -> dict[str, Any]:
    """Whom no letter has reached was not told: where nobody else was, somebody tells them now."""
    if event.left:
        return {"told_number": event.left}
    if event.through == "platform":
        return _UNHEARD | {"hearing": "called", "called_at": event.at}
    return {"told_number": 0, "hearing": "untold"}


def _heard(case: Case, event: events.HearingAnswered) -> dict[str, Any]:
    """What comes after a worksheet was sealed is in none of them: all are filled anew.

    Whom only the platform could tell may not be who answers: their time runs on.
    """
    anew = {"sheets": ()} if case.hearing_of == "panel" and case.before_a_panel else {}
    if event.handed:
        return {"answers_handed": case.answers_handed + 1, **anew}
    return {"heard_from": case.heard_from | {event.other}, **anew}


def _filed(case: Case, event: events.ComplaintFiled) -> dict[str, Any]:
    filed = _unheard(case, "desk") | {
        "filed_at": event.at,
        "pending_since": event.at,
        "complainant": event.role,
        "represented_by": event.represented_by or case.represented_by,
        "prioritised": event.mandate is not None,
        "filing": event.filing or 0,
        **_spoken(case, event),
        "reviewer": "",  # where it was withdrawn before, it begins anew
        "closed_at": None,
        "withdrawn": False,
        "decided_in": "",
        "interim_order": None,
        "interim_answer": None,
    }
    if case.complaint != "closed" or case.anew_at is None:
        return filed
    return filed | {
        "earlier": case.reviewers | case.closers,
        "outcome": "",
        **_order_without(case, "desk", ended=""),
        "anew_at": None,
        "times_anew": case.times_anew + 1,
    }


def _spoken(
    case: Case, event: events.ComplaintFiled | events.ComplaintAdded | events.ComplaintAnswered
) -> dict[str, Any]:
    """Who speaks for a side has a part in the case ever after."""
    is_spoken = event.by.startswith("representative:")
    return {"speakers": case.speakers | {_name(event)}} if is_spoken else {}


def _informed(
    case: Case, event: events.DecisionDelivered | events.NoticeAnswered, how: str
) -> dict[str, Any]:
    return {
        "informed_at": case.informed_at or event.at,
        "to_be_told": False,
        "informed_by": case.informed_by or how,
        "deciders": case.deciders | frozenset(event.decided_by),
    }


def _deciders(case: Case, event: events.DecidersNamed) -> dict[str, Any]:
    named = {"deciders": case.deciders | frozenset(event.decided_by)}
    if event.seats is None:
        return named
    settled = "machine" if event.machine else "named"
    seats = case.decider_seats | frozenset(event.seats)
    return {**named, "decider_seats": seats, "deciders_settled": settled}


def _open_again(
    case: Case, event: events.ComplaintReopened | events.ComplaintUndone
) -> dict[str, Any]:
    """Before somebody who has not looked at it, with a clock of its own."""
    return _unheard(case, "desk") | {
        "earlier": case.reviewers | case.closers,
        "reviewer": "",
        "pending_since": event.at,
        "withdrawn": False,
        "outcome": "",
        "decided_in": "",
        "interim_order": None,
        "interim_answer": None,
    }


def _asked_last(case: Case) -> frozenset[str]:
    """Who asked the question that stands now; what the other asked is forgotten."""
    if not case.lead:
        return frozenset()
    return frozenset({"body" if case.lead_mandate else "desk"})


def _waits_no_more(case: Case, event: events.LeadEnded) -> dict[str, Any]:
    """The complaint's time goes on with what was left of it when the wait began, in whole days.

    Not what was waited beyond the last moment, since then the clock was late and not the wait.
    """
    if case.waits_since is None or case.pending_since is None:
        return {}
    until = min(event.at, last_of_wait(case, case.waits_since))
    days = (until.date() - case.waits_since.date()).days
    return {
        "waits_since": None,
        "waited": case.waited + days,
        "pending_since": case.pending_since + timedelta(days=days),
    }


def last_of_wait(case: Case, since: datetime) -> datetime:
    """The last moment of a wait for lead cases that begins at `since`: all waits are one limit."""
    return deadlines.due("lead", since - timedelta(days=case.waited))


def _disowned(case: Case, event: events.ComplaintDisowned) -> dict[str, Any]:
    """As if withdrawn, and whatever came of it has no force; somebody else hears the next one."""
    return _order_without(case, "desk", ended="") | {
        "closed_at": event.at,
        "asked": "",
        "withdrawn": True,
        "reviewer": "",
        "earlier": case.reviewers | case.closers,
        "times_reopened": 0,
        "outcome": "",
        "decided_in": "",
    }


def _stands_or_not(case: Case, event: events.ComplaintDecided) -> dict[str, Any]:
    if event.outcome != "upheld":
        return {"behind": case.behind | {"desk"}}
    return {} if case.behind else _first_decision_again(case)  # done before, and not right


def _order_without(case: Case, who: str, *, ended: str) -> dict[str, Any]:
    """What is ordered when one of those who want it does so no more.

    Where nobody is left, it ends (in the state `ended`), and the first decision applies again.
    """
    left = case.behind - {who}
    if left or not case.remedy:
        return {"behind": left}
    return {"behind": left, "remedy": ended, **_first_decision_again(case)}


_SAID_AND_SEEN = timedelta(days=1)


def _disputed_since(case: Case, event: events.RemedyDisputed | events.RemedyReverted) -> datetime:
    """From when the platform's time to put it right runs.

    Whoever says again that it is done, and a machine sees at once that it is not, has won no time.
    """
    before, claimed = case.disputed_at, case.claimed_at
    if not (isinstance(event, events.RemedyDisputed) and event.by == case.disputed_by == "node"):
        return event.at
    if before is None or claimed is None or claimed < before:
        return event.at
    is_same_order = case.ordered_at is None or case.ordered_at <= before
    return before if is_same_order and event.at - claimed < _SAID_AND_SEEN else event.at


def _whose(by: str) -> str:
    """On whose behalf somebody orders something."""
    role = by.partition(":")[0]
    return role if role in ("panel", "body") else "desk"


def _first_decision_again(case: Case) -> dict[str, Any]:
    superseded = {"decision": "delivered"} if case.decision == "superseded" else {}
    return {"confirmed": False, **superseded}


def _reversal_undone(case: Case, event: events.RemedyUndone) -> dict[str, Any]:
    """The decision applies again; who has not complained has six months from being told of it."""
    if not case.reversed_in:
        return {}
    back = {"reversed_in": "", "behind": frozenset[str](), **_first_decision_again(case)}
    if case.complaint not in ("", "closed"):
        return back
    untold = event.to_tell is not None
    anew = {"to_be_told": untold, "informed_at": None if untold else event.at}
    # Whose complaint was not heard, since there was nothing left to complain about, has one now.
    return back | anew | ({"anew_at": event.at} if case.complaint else {})


def _seated(
    case: Case, event: events.PanelDrawn | events.PanelReplaced, eligible: frozenset[str]
) -> dict[str, Any]:
    return {
        "members": event.members,
        "reserves": event.reserves,
        "eligible": eligible,
        "sheets": tuple(sheet for sheet in case.sheets if sheet[0] in event.members),
        "challenged": case.challenged if case.challenged in event.members else "",
    }


def _listed(event: events.PanelListed) -> dict[str, Any]:
    return {
        "listed": event.list_sha256,
        "draw_id": event.draw_id,
        "revealed": (),
        "members": (),
        "reserves": (),
        "sheets": (),
        "challenged": "",
        "eligible": frozenset(candidate[0] for candidate in event.eligible),
    }


def _panel_anew(event: events.CaseReopened | events.CaseSubmitted) -> dict[str, Any]:
    """The way begins anew, with a new panel; only what was handed over before is still there."""
    return {
        "submitted_at": event.at,
        "admitted_at": None,
        "extended": False,
        "listed": "",
        "revealed": (),
        "members": (),
        "reserves": (),
        "formed_at": None,
        "heard": False,
        "fact_at": None,
        "challenged": "",
        "sheets": (),
        "ruling": "",
        "panel_closed_at": None,
    }


def _name(event: Event) -> str:
    """Who acted, without the role."""
    return event.by.partition(":")[2]
