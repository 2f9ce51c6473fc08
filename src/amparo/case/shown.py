"""What of a case each reader may have in a file: which entries, and which fields of them.

It is what the reader's own page shows. People of a desk or a panel are named to nobody else: where
an event bears a name, the field is kept back, and its commitment shows that it is there.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any, Literal, assert_never, get_args

from amparo.case import events
from amparo.case.events import Event
from amparo.case.text_limits import not_among
from amparo.errors import Text

Reader = Literal["person", "notifier", "desk", "panel", "body"]
"""The person affected, who reported it, the platform's desk, the panel, an out-of-court body."""
Section = Literal[
    "statement", "report", "dialogue", "evidence", "remedy", "panel", "ruling", "course"
]
"""The part of a file that an entry belongs to."""

_SECTIONS: Mapping[Section, str] = {
    "statement": "decision.issued decision.delivered decision.undelivered decision.reversed "
    "decision.corrected decision.corrects decision.lifted decision.superseded "
    "letter.undelivered deciders.named content.supplied",
    "report": "notice.received notice.answered danger.said",
    "dialogue": "complaint.filed complaint.added complaint.asked complaint.answered "
    "complaint.withdrawn complaint.reopened complaint.disowned complaint.undone "
    "representation.agreed representation.ended lead.asked lead.joined lead.ended "
    "hearing.called hearing.invited "
    "hearing.told hearing.untold hearing.lost hearing.answered hearing.ended hearing.waived "
    "hearing.shared",
    "evidence": "hold.sent hold.kept hold.failed hold.ended",
    "remedy": "interim.ordered interim.answered interim.ended remedy.ordered remedy.reminded "
    "remedy.claimed remedy.verified remedy.disputed remedy.failed remedy.impossible remedy.refused "
    "remedy.undone remedy.settled remedy.confirmed remedy.seen remedy.reverted",
    "panel": "case.submitted case.incomplete case.completed case.lapsed case.admitted "
    "panel.listed panel.revealed panel.drawn panel.replaced panel.formed panel.challenged "
    "challenge.judged "
    "case.position case.reply case.defaulted case.deliberating case.fact_asked case.extended "
    "case.settled case.disowned case.withdrawn case.closed case.reopened worksheet.sealed "
    "case.voted",
    "ruling": "complaint.inadmissible complaint.decided other.decided case.inadmissible "
    "case.decided outcome.received ruling.made ruling.undone parts.committed parts.named "
    "parts.opened "
    "misuse.warned misuse.suspended misuse.ended",
}
_SECTION_OF = {kind: name for name, kinds in _SECTIONS.items() for kind in kinds.split()}

_BOOKKEEPING = frozenset(
    {"complaint.remedying", "ruling.made", "ruling.undone", "parts.named", "worksheet.sealed"}
) | {"case.voted"}
"""Entries that are in no page's history."""
_OF_THE_DESK = frozenset(
    {"complaint.assigned", "complaint.returned", "complaint.opened", "link.revoked"}
)
_OF_THE_LINK = frozenset({"link.exchanged"})
"""How the party came to the case; the platform is not told."""
_KEPT_BACK: Mapping[str, frozenset[str]] = {
    "decision.delivered": frozenset({"decided_by"}),
    "notice.answered": frozenset({"decided_by", "joint"}),
    "deciders.named": frozenset({"decided_by", "seats"}),
    "complaint.decided": frozenset({"reviewer", "joint"}),
    "panel.listed": frozenset({"excluded"}),
    "panel.formed": frozenset({"conflicts"}),
    "challenge.judged": frozenset({"judge"}),
    "case.decided": frozenset({"votes", "dissents"}),
    "opening.erased": frozenset({"parted"}),
    "sides.linked": frozenset({"other"}),
    "hearing.invited": frozenset({"other"}),
    "hearing.answered": frozenset({"other"}),
    "hearing.shared": frozenset({"other"}),
}
"""Fields that name people, whose names the sides do not read."""
_SECRET: Mapping[str, frozenset[str]] = {
    **{f"claim.{step}": frozenset({"word"}) for step in ("asked", "proven", "refused")},
    # Until the panel is drawn, whoever knew all values could foresee it.
    "panel.revealed": frozenset({"value"}),
}
"""Fields that open something to whoever knows them: they are in nobody's file."""
_STAFF = ("reviewer:", "lead:", "registrar:", "member:", "operator:", "representative:")


def section(kind: str) -> Section:
    """The part of a file that an entry of this kind belongs to."""
    return _SECTION_OF.get(kind, "course")


def reader(name: str) -> Reader:
    """A reader by name; `Malformed` for any other word."""
    if name not in get_args(Reader):
        raise not_among(Text("Say whose file it is."), name, get_args(Reader))
    return name  # type: ignore[return-value]  # checked above


def is_shown(
    event: Event, to: Reader, *, sheets_are_open: bool = False, votes_are_open: bool = False
) -> bool:
    """Whether a reader's file holds an entry.

    Sheets are open once every member has sealed one, votes once every member has cast one.
    """
    kind = event.kind
    match to:
        case "body":
            return kind not in {"worksheet.sealed", "case.voted"}
        case "desk":
            return kind not in _BOOKKEEPING | _OF_THE_LINK
        case "panel":
            if kind == "worksheet.sealed":
                return sheets_are_open
            if kind == "case.voted":
                return votes_are_open
            hidden = _BOOKKEEPING | _OF_THE_DESK | _OF_THE_LINK
            return kind not in hidden and not _is_of_the_desk(event)
        case "person" | "notifier":
            hidden = _BOOKKEEPING | _OF_THE_DESK | {"content.supplied"}
            return kind not in hidden and not _is_of_the_desk(event)
        case _:
            assert_never(to)


def kept_back(event: Event, to: Reader) -> frozenset[str]:
    """The fields of an entry that a reader's file does not open."""
    secret = _SECRET.get(event.kind, frozenset())
    if to in ("desk", "body"):
        return secret
    named = frozenset({"by"}) if event.by.startswith(_STAFF) else frozenset()
    found = _KEPT_BACK.get(event.kind, frozenset())
    if to == "panel":
        found -= {"votes", "dissents"}
    elif isinstance(event, events.HearingAnswered) and not event.own:
        found |= {"text"}  # what the other side says may show who it is
    return (found | named | secret) & {"by", *events.fields(event)}


def told_beside(event: Event, to: Reader) -> dict[str, Any]:
    """What a reader may read of a field that is kept back; the log does not prove this form."""
    if isinstance(event, events.CaseDecided) and "dissents" in kept_back(event, to):
        return {"dissents": list(event.dissents.values())}
    return {}


def _is_of_the_desk(event: Event) -> bool:
    """Whether only a desk's history tells of it, as of the names that a platform handed over."""
    match event:
        case events.DecidersNamed():
            return event.seats is None
        case events.ClockMissed():
            return not event.clock.startswith("C06@")
        case _:
            return False
