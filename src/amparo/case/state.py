"""What is known of a case: its events, folded. Eight small machines tied by one case id.

A person may complain, go to a panel and to court at once, so that one long machine would be wrong.
An event that no machine allows is refused, never ignored; folding the same events gives the same
case on every replay. What an event changes beside its machine is said in `_changes`, for each.

Source: DSA Articles 16, 17, 20, 21; `docs/case.md` tells the same as a story.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple, assert_never

import msgspec

from amparo.case import events
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
    called_at: datetime | None = None
    """When the other side was called; None until then, and after the complaint is opened anew."""
    told_at: datetime | None = None
    told_number: int = 0
    heard_from: frozenset[str] = frozenset()
    """Cases of the other side from which somebody has spoken."""
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
    """The case of the ruling on a group that decided the complaint, while that stands."""
    reversed_in: str = ""
    """That of the ruling which reversed the decision though nobody had complained."""
    reversers: frozenset[str] = frozenset()
    """Seats of whoever did so: they have judged it."""
    represented_by: str = ""
    """The organisation that complained for the person (DSA Article 86)."""
    interim_order: events.InterimOrdered | None = None
    """What was last ordered at once since the complaint was filed, or opened once more."""
    held_at: datetime | None = None
    ordered_at: datetime | None = None
    ordered_by: str = ""
    behind: frozenset[str] = frozenset()
    """Who wants what is ordered: `desk`, `panel`, `body`. It ends when none of them is left."""
    claimed_at: datetime | None = None
    disputed_at: datetime | None = None
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
        return complaint or self.panel not in ("", "lapsed", "closed")


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
            raise Refused(
                "That step is not possible as the case stands.",
                why=standing(machine, now)
                if machine
                else Text("no case has {step}", step=event.kind),
                fix="Look at the case again: somebody may have acted meanwhile.",
            )
        changes[machine] = to
    return msgspec.structs.replace(case, **changes, **_changes(case, event))


def allowed(case: Case, event: type[Happened]) -> bool:
    """Whether an event of this kind may follow."""
    kind = events.kind_of(event)
    machine = MACHINE_OF.get(kind)
    return kind in ASIDE or (
        machine is not None and getattr(case, machine) in MACHINES[machine][kind]
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
        case events.ComplaintAsked():
            return {"asked_at": event.at, "asked": event.of}
        case events.ComplaintAnswered():
            return {"asked": ""}
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
        case events.HearingCalled():
            return {"called_at": event.at}
        case events.HearingTold():
            return {"told_at": event.at, "told_number": event.number}
        case events.HearingAnswered():
            return {} if event.own else {"heard_from": case.heard_from | {event.other}}
        case events.OtherDecided():
            changed = event.of == "notifier" and event.text is not None
            return {"anew_at": event.at} if changed else {}
        case events.ComplaintUndone():
            return _open_again(case, event) | _order_without(case, "desk", ended="undone")
        case events.DecisionReversed():
            return {
                "reversed_in": event.ruling,
                "reversers": case.reversers | {_name(event)},
                "to_be_told": event.to_tell is not None,
            }
        case events.RemedyUndone():
            return _reversal_undone(case, event)
        case events.InterimOrdered():
            return {"interim_order": event}
        case events.CaseSubmitted():
            again = _panel_anew(event) if case.panel_withdrawn else {}
            return again | {
                "submitted_at": event.at,
                "complainant": event.role,
                "panel_withdrawn": False,
            }
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
            return _panel_anew(event) | {"panel_reopened": True}
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
                "behind": case.behind | ({"panel"} if changes else set()),
            }
        case events.OutcomeReceived():
            return {
                "dispute": event.outcome,
                "dispute_by": _name(event),
                "dispute_decided": event.decided,
                "dispute_sha256": event.sha256,
                "behind": case.behind | ({"body"} if event.steps else set()),
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
            return {"claimed_at": event.at, "confirmed": False}
        case events.RemedyConfirmed():
            return {"confirmed": True}
        case events.RemedyDisputed():
            return {"disputed_at": event.at, "confirmed": False}
        case events.LinkExchanged():
            return {"exchanged_at": event.at}
        case events.ClaimProven():
            if event.how == "platform":
                return {"taken_over_at": event.at}
            return {"taken_over_at": event.at, "proven_at": event.at, "confirmed": False}
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
        case (
            events.RulingMade()
            | events.RulingUndone()
            | events.DecisionSuperseded()
            | events.SidesLinked()
            | events.HearingInvited()
            | events.HearingUntold()
            | events.HearingEnded()
            | events.HearingWaived()
            | events.HearingShared()
            | events.ComplaintAdded()
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
    "hearing": "",
    "called_at": None,
    "told_at": None,
    "told_number": 0,
    "heard_from": frozenset(),
}
"""The other side is heard anew in each complaint."""


def _filed(case: Case, event: events.ComplaintFiled) -> dict[str, Any]:
    filed = _UNHEARD | {
        "filed_at": event.at,
        "pending_since": event.at,
        "complainant": event.role,
        "represented_by": event.represented_by or "",
        "reviewer": "",  # where it was withdrawn before, it begins anew
        "closed_at": None,
        "withdrawn": False,
        "decided_in": "",
        "interim_order": None,
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
    return _UNHEARD | {
        "earlier": case.reviewers | case.closers,
        "reviewer": "",
        "pending_since": event.at,
        "withdrawn": False,
        "outcome": "",
        "decided_in": "",
        "interim_order": None,
    }


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
