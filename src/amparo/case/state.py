"""What is known of a case: its events, folded. Seven small machines tied by one case id.

A person may complain, go to a panel and to court at once, so that one long machine would be wrong.
An event that no machine allows is refused, never ignored; folding the same events gives the same
case on every replay.

Source: DSA Articles 16, 17, 20, 21; `docs/case.md` tells the same as a story.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec

from amparo.case.machines import ASIDE, MACHINE_OF, MACHINES, OPEN
from amparo.errors import Refused

Role = Literal["person", "notifier", "platform", "reviewer", "lead", "registrar", "clock", "node"]


class Actor(NamedTuple):
    """Who acts. `name` is a number or a slug of this node, never a person's name."""

    role: Role
    name: str = ""

    def __str__(self) -> str:
        return f"{self.role}:{self.name}" if self.name else self.role


class Event(NamedTuple):
    """Something that happened to a case."""

    kind: str
    at: datetime
    by: str
    details: Mapping[str, Any] = {}


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
    informed_at: datetime | None = None
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
    conflicts: frozenset[str] = frozenset()
    """Reviewers who declared a conflict."""
    times_reopened: int = 0
    held_at: datetime | None = None
    ordered_at: datetime | None = None
    ordered_by: str = ""
    claimed_at: datetime | None = None
    disputed_at: datetime | None = None
    missed: frozenset[str] = frozenset()
    """Clocks that ran out, each with its end, as in `C06@20261209T235959Z`."""

    @property
    def contested(self) -> bool:
        """Whether somebody still waits for something; what is contested is not erased."""
        complaint = self.complaint in (*OPEN, "decided", "remedy_open", "reopened")
        return complaint or self.panel not in ("", "lapsed", "closed")


def fold(events: Iterable[Event]) -> Case:
    """A case from all its events."""
    case = Case()
    for event in events:
        case = apply(case, event)
    return case


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
                why=f"{event.kind} does not follow when the {machine or 'case'} is "
                f"{now or 'not begun'}",
                fix="Look at the case again: somebody may have acted meanwhile.",
            )
        changes[machine] = to
    noted = _NOTED.get(event.kind)
    if noted is not None:
        changes |= noted(case, event)
    return msgspec.structs.replace(case, **changes)


def allowed(case: Case, kind: str) -> bool:
    """Whether an event of this kind may follow."""
    machine = MACHINE_OF.get(kind)
    return kind in ASIDE or (
        machine is not None and getattr(case, machine) in MACHINES[machine][kind]
    )


def _told(case: Case, event: Event) -> dict[str, Any]:
    deciders = case.deciders | frozenset(event.details.get("decided_by", ()))
    how = case.informed_by or event.details.get("how", "platform")
    return {
        "informed_at": case.informed_at or event.at, "informed_by": how, "deciders": deciders,
    }  # fmt: skip


def _named(case: Case, event: Event) -> dict[str, Any]:
    return {"deciders": case.deciders | frozenset(event.details["decided_by"])}


def _filed(_: Case, event: Event) -> dict[str, Any]:
    role = event.details.get("role", "person")
    return {"filed_at": event.at, "pending_since": event.at, "complainant": role}


def _assigned(_: Case, event: Event) -> dict[str, Any]:
    return {"reviewer": event.details["reviewer"]}


def _returned(case: Case, event: Event) -> dict[str, Any]:
    conflict = {case.reviewer} if event.details.get("conflict") else set()
    return {"reviewer": "", "conflicts": case.conflicts | conflict}


def _opened(case: Case, _: Event) -> dict[str, Any]:
    return {"reviewers": case.reviewers | {case.reviewer}}


def _asked(_: Case, event: Event) -> dict[str, Any]:
    return {"asked_at": event.at, "asked": event.details["of"]}


def _decided(_: Case, event: Event) -> dict[str, Any]:
    return {"outcome": event.details["outcome"]}


def _closed(_: Case, event: Event) -> dict[str, Any]:
    return {"closed_at": event.at}


def _panel_closed(_: Case, event: Event) -> dict[str, Any]:
    return {"panel_closed_at": event.at, "challenged": ""}


def _reopened(case: Case, event: Event) -> dict[str, Any]:
    return {
        "times_reopened": case.times_reopened + 1,
        "earlier": case.reviewers,
        "reviewer": "",
        "pending_since": event.at,
        "outcome": "",
        "remedy": "",
    }


def _drawn(case: Case, event: Event) -> dict[str, Any]:
    members = tuple(event.details["members"])
    kept = tuple(one for one in case.sheets if one[0] in members)
    return {"members": members, "reserves": tuple(event.details["reserves"]), "sheets": kept,
            "eligible": case.eligible - {event.details.get("left", "")},
            "challenged": case.challenged if case.challenged in members else ""}  # fmt: skip


def _listed(_: Case, event: Event) -> dict[str, Any]:
    details = event.details
    return {"listed": details["list_sha256"], "draw_id": details["draw_id"], "members": (),
            "reserves": (), "sheets": (), "challenged": "",
            "eligible": frozenset(one[0] for one in details["eligible"])}  # fmt: skip


def _challenged(case: Case, event: Event) -> dict[str, Any]:
    member = event.details["member"]
    return {"challenged": member, "challenged_at": event.at, "judges": (),
            "challenges": case.challenges | {member}}  # fmt: skip


def _judged(case: Case, event: Event) -> dict[str, Any]:
    judges = (*case.judges, (event.details["judge"], event.details["accepted"]))
    over = len(judges) == JUDGES
    return {"judges": judges, "challenged": "" if over else case.challenged}


def _panel_reopened(_: Case, event: Event) -> dict[str, Any]:
    """The way begins anew, with a new panel; only what was handed over before is still there."""
    return {
        "panel_reopened": True, "submitted_at": event.at, "admitted_at": None, "extended": False,
        "listed": "", "members": (), "reserves": (), "formed_at": None, "heard": False,
        "fact_at": None, "challenged": "", "sheets": (), "ruling": "", "panel_closed_at": None,
    }  # fmt: skip


def _sealed(case: Case, event: Event) -> dict[str, Any]:
    return {"sheets": (*case.sheets, (event.details["member"], event.details["sha256"]))}


def _suspended(case: Case, event: Event) -> dict[str, Any]:
    """Whoever took it does not judge a complaint about it."""
    until = datetime.fromisoformat(event.details["until"])
    return {"suspended_until": until, "conflicts": case.conflicts | {event.by.partition(":")[2]}}


def _resumed(case: Case, event: Event) -> dict[str, Any]:
    since = {"pending_since": event.at} if case.filed_at else {}
    return {"paused": False, "resumed_at": event.at, **since}


_NOTED: dict[str, Callable[[Case, Event], dict[str, Any]]] = {
    "decision.delivered": _told,
    "notice.answered": _told,
    "deciders.named": _named,
    "complaint.filed": _filed,
    "complaint.assigned": _assigned,
    "complaint.returned": _returned,
    "complaint.opened": _opened,
    "complaint.asked": _asked,
    "complaint.answered": lambda _, __: {"asked": ""},
    "complaint.decided": _decided,
    "complaint.inadmissible": _closed,
    "complaint.withdrawn": _closed,
    "complaint.closed": _closed,
    "complaint.reopened": _reopened,
    "case.submitted": lambda _, event: {
        "submitted_at": event.at,
        "complainant": event.details["role"],
    },
    "case.admitted": lambda _, event: {"admitted_at": event.at},
    "case.inadmissible": _panel_closed,
    "case.settled": _panel_closed,
    "case.withdrawn": _panel_closed,
    "case.closed": _panel_closed,
    "case.extended": lambda _, __: {"extended": True},
    "case.incomplete": lambda _, event: {"incomplete_at": event.at},
    "case.lapsed": _panel_closed,
    "case.reopened": _panel_reopened,
    "panel.listed": _listed,
    "panel.drawn": _drawn,
    "panel.replaced": _drawn,
    "panel.formed": lambda case, event: {"formed_at": case.formed_at or event.at},
    "panel.challenged": _challenged,
    "challenge.judged": _judged,
    "content.supplied": lambda _, __: {"supplied": True},
    # What comes after a worksheet was sealed is in none of them: all are filled anew.
    "case.position": lambda _, __: {"heard": True, "sheets": ()},
    "case.fact_asked": lambda _, event: {"fact_at": event.at, "sheets": ()},
    "worksheet.sealed": _sealed,
    "case.decided": lambda _, event: {"ruling": event.details["outcome"]},
    "misuse.warned": lambda case, event: {
        "warned_at": event.at,
        "conflicts": case.conflicts | {event.by.partition(":")[2]},
    },
    "misuse.suspended": _suspended,
    "processing.paused": lambda _, __: {"paused": True},
    "processing.resumed": _resumed,
    "hold.sent": lambda _, event: {"held_at": event.at},
    "remedy.ordered": lambda _, event: {"ordered_at": event.at, "ordered_by": event.by},
    "remedy.claimed": lambda _, event: {"claimed_at": event.at},
    "remedy.disputed": lambda _, event: {"disputed_at": event.at},
    "clock.missed": lambda case, event: {"missed": case.missed | {event.details["clock"]}},
}
