"""The panel: independent people, drawn so that anybody can repeat it, who look again.

This is the course of a case before it, from the question to the closed file; what its members then
do is in `deliberation`. It may be asked at any time; nobody has to complain first. What is decided
on the merits, by default because the platform sent nothing, settled, withdrawn or inadmissible is
kept apart for ever.

Source: DSA Article 21 (time limits); `docs/case.md`.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import get_args

from amparo.case import deadlines, delivery, events, remedy, roles, state, worksheet
from amparo.case.complaint import check_is_about_a_decision, check_reasons, check_text
from amparo.case.events import Again, Cause, Event, PanelGround, PanelSide, Party
from amparo.case.standing import standing
from amparo.case.state import Actor, Case
from amparo.case.text_limits import not_among
from amparo.errors import Denied, Malformed, Mistakes, Refused, Text

SEATS = 3
"""How many sit on a panel: draws, votes, letters and pages follow it."""


def submit(case: Case, *, role: Party, grounds: str, now: datetime) -> list[Event]:
    """PA1: a party asks for a panel; the first act is the hold, unless there is one.

    Who withdrew, or let it lapse, may ask again; a panel that ended otherwise is opened once more.
    """
    check_is_about_a_decision(case)
    if not may_be_asked(case):
        raise Refused(
            "There is a panel case about this already.",
            why=standing("panel", case.panel),
            fix="Look at it on your own page.",
        )
    text = check_text(grounds, Text("Say in your own words what the panel should look at."))
    submitted = events.CaseSubmitted(now, role, role=role, grounds=text)
    return [submitted, *remedy.hold(case, now=now)]


def may_be_asked(case: Case) -> bool:
    """Whether a party can ask for a panel now."""
    if case.decision == "invited":
        return False
    return case.panel in ("", "lapsed") or (case.panel == "closed" and case.panel_withdrawn)


def call_for(*, missing: str, by: Actor, now: datetime) -> list[Event]:
    """PA2: a person says what is missing, in one list; its clock is `incomplete`."""
    roles.check_registrar(by)
    text = check_text(missing, Text("Say what is missing, in one list."), "missing")
    return [events.CaseIncomplete(now, str(by), missing=text)]


def complete(case: Case, *, text: str, by: Actor, now: datetime) -> list[Event]:
    """PA3: the party hands over what was missing."""
    roles.check_party(case, by)
    return [
        events.CaseCompleted(now, str(by), text=check_text(text, Text("Write what was missing.")))
    ]


def admit(*, keywords: Sequence[str] = (), by: Actor, now: datetime) -> list[Event]:
    """PA6: a person finds it admissible; the panel's clock starts.

    `keywords` are those of the decision: some things are judged elsewhere (rule W10).
    """
    roles.check_registrar(by)
    worksheet.check_subject(keywords)
    return [events.CaseAdmitted(now, str(by))]


def declare_inadmissible(
    *, ground: PanelGround, reasons: str, by: Actor, now: datetime
) -> list[Event]:
    """PA5: a person says why it cannot be heard, and which other ways there are."""
    roles.check_registrar(by)
    mistakes = Mistakes()
    with mistakes.of("ground"):
        if ground not in get_args(PanelGround):
            raise not_among(Text("Choose why it cannot be heard."), ground, get_args(PanelGround))
    with mistakes.of("reasons"):
        text = check_reasons(reasons)
    mistakes.end()
    return [events.CaseInadmissible(now, str(by), ground=ground, reasons=text)]


def fix_list(
    *,
    digest: str,
    draw_id: str,
    eligible: Sequence[tuple[str, str, Sequence[str]]],
    excluded: Mapping[str, str],
    language: str,
    number: int,
    by: Actor,
    now: datetime,
) -> list[Event]:
    """PA7: the list is fixed, with who is left out and why, before anybody reveals anything.

    `eligible`: id, organisation and languages of each; `language`: one of the panel will know it.
    """
    roles.check_registrar(by)
    if any(not reason.strip() for reason in excluded.values()):
        raise Malformed(
            "Who is left out needs a reason.", why="a reason is empty", fix="Name the conflict."
        )
    fixed = events.PanelListed(
        now,
        str(by),
        list_sha256=digest,
        draw_id=draw_id,
        excluded=dict(excluded),
        draw=number,
        eligible=tuple((name, of, tuple(languages)) for name, of, languages in eligible),
        language=language,
    )
    return [fixed]


def reveal(case: Case, *, member: str, value: str, now: datetime) -> list[Event]:
    """A member on the list reveals the value for its draw, once; whose it is was checked before.

    Whatever was revealed is used by the draw, so that nobody chooses among the values.
    """
    if case.panel == "drawing" and member not in case.eligible:
        raise Denied(
            "You are not on the list of this draw.",
            why=Text("the list that was fixed does not name {member}", member=member),
            fix="Nothing needs to be done.",
        )
    if member in dict(case.revealed):
        raise Refused(
            "You have revealed your value for this draw already.",
            why="it stands as it is",
            fix="Nothing needs to be done.",
        )
    return [events.PanelRevealed(now, f"member:{member}", member=member, value=value)]


def draw(
    case: Case,
    *,
    digest: str,
    members: Sequence[str],
    reserves: Sequence[str],
    reveals: Mapping[str, str],
    seed: str,
    now: datetime,
) -> list[Event]:
    """PA8: the draw, from the very list that was fixed."""
    if digest != case.listed:
        raise Refused(
            "The list is not the one that was fixed.",
            why=Text(
                "its digest is {digest}…, the one in the log is {fixed}…",
                digest=digest[:16],
                fixed=case.listed[:16],
            ),
            fix="Draw from the list that was fixed, or fix another and begin again.",
        )
    if any(reveals.get(member) != value for member, value in case.revealed):
        raise Refused(
            "A value was left out.",
            why="every value that was revealed by page is used",
            fix="Look again: a member has revealed meanwhile.",
        )
    drawn = events.PanelDrawn(
        now,
        "node",
        members=tuple(members),
        reserves=tuple(reserves),
        reveals=dict(reveals),
        seed=seed,
    )
    return [drawn]


def replace(
    case: Case,
    *,
    member: str,
    reason: str = "",
    cause: Cause | None = None,
    gone: frozenset[str] = frozenset(),
    by: str,
    now: datetime,
) -> list[Event]:
    """PA9: a member has a conflict, is challenged with success, or has left: a reserve sits.

    `gone` are passed by: they have left too. Without a reserve the seat stays empty, and a new list
    has to be fixed. A `cause` stands for the reason.
    """
    if member not in case.members:
        raise Refused(
            "This member does not sit on the panel.",
            why=Text("{member} was not drawn", member=member),
            fix="Look again.",
        )
    reserves = tuple(reserve for reserve in case.reserves if reserve not in gone)
    next_one, rest = reserves[:1], reserves[1:]
    seats = [(seated,) if seated != member else next_one for seated in case.members]
    replaced = events.PanelReplaced(
        now,
        by,
        members=tuple(seated for seat in seats for seated in seat),
        reserves=rest,
        left=member,
        reason=check_text(reason, Text("Name the conflict."), "reasons") if cause is None else "",
        cause=cause,
    )
    return [replaced]


def form(case: Case, *, clean: Mapping[str, str], by: Actor, now: datetime) -> list[Event]:
    """PA10: the members have each answered the five questions about conflicts."""
    roles.check_registrar(by)
    missing = [member for member in case.members if not clean.get(member, "").strip()]
    if len(case.members) != SEATS:
        raise Refused(
            "The panel is not formed yet.",
            why=Text(
                "{number} of {most} seats are taken, and no reserve is left",
                number=len(case.members),
                most=SEATS,
            ),
            fix="Fix a new list and draw again.",
        )
    if missing:
        raise Refused(
            "The panel is not formed yet.",
            why=Text("no answer about conflicts from {members}", members=tuple(missing)),
            fix="Ask them: work, money, family, an earlier statement, an earlier case.",
        )
    _check_unchallenged(case)
    return [events.PanelFormed(now, str(by), conflicts=dict(clean))]


def take_position(case: Case, *, text: str, content: str, by: Actor, now: datetime) -> list[Event]:
    """PA10, PA13: the platform hands over content and position; late once, before the decision.

    Nobody can judge an excerpt: without the whole content it is no position.
    """
    supplied = delivery.supply(content=content, by=by, now=now) if content.strip() else []
    if not supplied and not case.supplied:
        raise Malformed(
            "content: the panel needs the whole content, in its own language.",
            why="it was not handed over, neither now nor before",
            fix="Send it with your position. Without it the panel decides by default.",
        )
    position = events.CasePosition(now, str(by), text=check_text(text, Text("Write it.")))
    return [*supplied, position]


def reply(case: Case, *, text: str, by: Actor, now: datetime) -> list[Event]:
    """PA11: the party answers."""
    roles.check_party(case, by)
    return [events.CaseReply(now, str(by), text=check_text(text, Text("Write it.")))]


def deliberate(case: Case, *, by: Actor, now: datetime) -> list[Event]:
    """PA15: the file is closed. Without a word from the platform it is a case of default."""
    roles.check_registrar(by)
    _check_unchallenged(case)
    if case.heard:
        return [events.CaseDeliberating(now, str(by))]
    if case.formed_at is None or now <= deadlines.due("C10", case.formed_at):
        raise Refused(
            "The platform may still answer.",
            why=Text(
                "it has {period} from the day the panel was formed",
                period=deadlines.period("C10"),
            ),
            fix="Wait, or ask it again.",
        )
    return [events.CaseDefaulted(now, str(by))]


def ask_fact(
    case: Case, *, of: PanelSide, question: str, member: str, now: datetime
) -> list[Event]:
    """PA16: the panel needs one more fact, from one side, once; its clock is `fact`."""
    roles.check_member(case, member)
    mistakes = Mistakes()
    with mistakes.of("of"):
        if of not in get_args(PanelSide):
            raise not_among(Text("Choose whom to ask."), of, get_args(PanelSide))
    with mistakes.of("question"):
        text = check_text(question, Text("Write the question."))
    mistakes.end()
    if case.fact_at is not None:
        raise Refused(
            "The panel has asked for one more fact before.",
            why=Text("on {day}; it may do so once", day=case.fact_at),
            fix="Decide on what the record shows: what it does not show speaks against the "
            "restriction.",
        )
    by = f"member:{member}"
    return [events.CaseFactAsked(now, by, of=of, question=text, member=member)]


def reopen(case: Case, *, ground: Again, text: str, by: Actor, now: datetime) -> list[Event]:
    """PA25: the party asks once more: an obvious mistake (`correction`), or new facts; once."""
    roles.check_party(case, by)
    mistakes = Mistakes()
    with mistakes.of("ground"):
        if ground not in get_args(Again):
            raise not_among(Text("Choose why."), ground, get_args(Again))
    with mistakes.of("text"):
        checked = check_text(text, Text("Say what is wrong, or what is new."))
    mistakes.end()
    why = None
    if not case.ruling:
        why = Text("there is no ruling to look at again")
    elif case.panel_reopened:
        why = Text("the case was opened once more before; that is possible once")
    elif ground == "mistake" and case.panel_closed_at is not None:
        end = deadlines.due("correction", case.panel_closed_at)
        why = Text("a mistake can be corrected until {day}", day=end) if now > end else None
    if why is not None:
        raise Refused(
            "The panel cannot look at this again.", why=why, fix="A court can still hear it."
        )
    reopened = events.CaseReopened(now, str(by), ground=ground, text=checked)
    return [reopened, *remedy.hold(case, now=now)]


def extend(case: Case, *, reasons: str, by: Actor, now: datetime) -> list[Event]:
    """C09: found highly complex, with reasons and before its last day (C08): once, for longer."""
    roles.check_registrar(by)
    if case.submitted_at is None or case.extended or now > last_day(case):
        raise Refused(
            "The time cannot be extended.",
            why="it was extended before" if case.extended else "its last day is over",
            fix="Decide; both sides are told that it is late.",
        )
    return [events.CaseExtended(now, str(by), reasons=check_reasons(reasons))]


def last_day(case: Case) -> datetime:
    """The end of C08 from the submission, or of C09 after an extension."""
    if case.submitted_at is None:
        raise Refused("There is no panel case.", why="nothing was submitted", fix="Submit it.")
    first = deadlines.due("C08", case.submitted_at)
    return deadlines.due("C09", first) if case.extended else first


def settle(*, by: Actor, now: datetime) -> list[Event]:
    """PA21: both sides have settled; the terms stay theirs."""
    roles.check_registrar(by)
    return [events.CaseSettled(now, str(by))]


def withdraw(case: Case, *, by: Actor, now: datetime) -> list[Event]:
    """PA22 to PA24: the party withdraws before it is decided."""
    roles.check_party(case, by)
    return [events.CaseWithdrawn(now, str(by))]


def _check_unchallenged(case: Case) -> None:
    if case.challenged:
        raise Refused(
            "A seat is challenged.",
            why=Text("nobody has judged yet whether {member} may sit", member=case.challenged),
            fix=Text(
                "{number} members who do not sit on this panel judge it, on their own page.",
                number=state.JUDGES,
            ),
        )
