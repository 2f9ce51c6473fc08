"""Nobody judges in their own cause: every step of a desk, for everybody who had a part, however spelt.

A step is tried in a case in which it is possible: somebody without a part takes it, and whoever had
one is refused in the very same case.
"""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import get_args
from uuid import UUID

import msgspec
import pytest

from amparo.case import (
    complaint,
    danger,
    delivery,
    events,
    goodwill,
    group,
    hearing,
    joint,
    leads,
    machines,
    mandate,
    pseudonyms,
    remedy,
    roles,
    state,
)
from amparo.case.events import DecisionIssued, OpeningErased
from amparo.case.mandate import Mandate
from amparo.case.roles import RIGHTS, Reviewer, Sides, Step
from amparo.case.state import Actor
from amparo.errors import Denied, Refused
from amparo.web.staff import desk

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
FORO = Actor("platform", "foro")
REASONS = "The clause names threats; the post quotes one in order to report it."
ANA = Reviewer(7, lead=True, names=frozenset({"Ana Ruiz", "ana@foro.example", "agent-7"}))
"""Who had a part: a lead, so that no step is closed to her for another reason."""
STRANGER = Reviewer(8, lead=True, names=frozenset({"Eva", "eva@foro.example"}))
THIRD = Reviewer(9, lead=False)
NO_SIDES = Sides(frozenset(), frozenset())


def after(case, new):
    for one in new:
        case = state.apply(case, one)
    return case


def filed(decided_by=()):
    case = state.fold([DecisionIssued(NOW - timedelta(days=3), "platform:foro")])
    case = after(case, delivery.deliver(how="platform", decided_by=decided_by, by=FORO, now=NOW))
    return after(case, complaint.file(case, role="person", grounds="No.", attachments=(), now=NOW))


def closed_by(who):
    """A complaint that somebody decided, and a lead opened once more."""
    case = filed()
    case = after(case, complaint.assign(case, to=who, by=who, now=NOW))
    case = after(case, complaint.open_file(case, reviewer=who, now=NOW))
    done = {"reviewer": who, "outcome": "upheld", "reasons": REASONS, "now": NOW}
    return after(case, complaint.decide(case, **done))


def reopened(case):
    return after(case, complaint.reopen(case, by=STRANGER, reason=REASONS, now=NOW))


def refused_by(who):
    case = filed()
    ground = {"ground": "not_covered", "reasons": REASONS}
    return after(case, complaint.declare_inadmissible(case, by=who, now=NOW, **ground))


def ruled_by(who):
    ruling = {"ruling": UUID(int=1), "outcome": "upheld", "reasons": REASONS, "steps": ()}
    case = filed()
    return after(case, group.rule(case, reviewer=who, now=NOW, **ruling))


def undone(case):
    """The ruling that decided it was taken back, by a lead who had no part in it."""
    back = {"ruling": UUID(int=1), "reasons": REASONS}
    return after(case, complaint.undo(case, by=STRANGER, now=NOW, **back))


def reversed_by(who):
    """Reversed when nobody had complained; then the person did."""
    case = state.fold([DecisionIssued(NOW - timedelta(days=3), "platform:foro")])
    said = {"outcome": "reversed", "reasons": REASONS, "steps": ["restore_content"]}
    own = {"ruling": UUID(int=2), "reviewer": who, "reachable": True}
    case = after(case, goodwill.reverse(case, now=NOW, **said, **own))
    return after(case, complaint.file(case, role="person", grounds="No.", attachments=(), now=NOW))


def conflict_of(who):
    case = filed()
    case = after(case, complaint.assign(case, to=who, by=who, now=NOW))
    why = {"reason": "My sister.", "conflict": True}
    return after(case, complaint.hand_back(case, by=who, now=NOW, **why))


def named_by_a_lead():
    who = {"seats": [ANA], "elsewhere": "", "machine": False}
    return after(filed(), pseudonyms.name_deciders(filed(), **who, by=STRANGER, now=NOW))


MANDATE = Mandate("01", "Rights House", ("person",), NOW + timedelta(days=9))


def agreed():
    case = state.fold([DecisionIssued(NOW - timedelta(days=3), "platform:foro")])
    case = after(case, delivery.deliver(how="platform", decided_by=(), by=FORO, now=NOW))
    return after(case, mandate.agree(case, MANDATE, of="person", now=NOW))


def spoken_by(who):
    """She complained for the person, whom nobody represents any more."""
    said = {"filing": 3, "grounds": "No.", "attachments": (), "sides": NO_SIDES}
    case = after(agreed(), mandate.file(agreed(), MANDATE, by=who, now=NOW, **said))
    return after(case, mandate.leave(case, by=Actor("person"), now=NOW))


def asked_to_speak(body):
    """It never did, and does not any more; the desk knows her by its name."""
    case = state.fold([DecisionIssued(NOW - timedelta(days=3), "platform:foro")])
    case = after(case, mandate.agree(case, MANDATE._replace(body=body), of="person", now=NOW))
    case = after(case, mandate.leave(case, by=Actor("person"), now=NOW))
    return after(case, complaint.file(case, role="person", grounds="No.", attachments=(), now=NOW))


def erased(case):
    """Its texts are gone; the entry that says so has kept who had a part."""
    kept = roles.parted(case, b"0123456789abcdef")
    told = OpeningErased(NOW, "node", entry=1, reason="request", parted=kept)
    first = DecisionIssued(NOW, "platform:foro")
    fresh = state.fold([first, told])
    return after(
        fresh, complaint.file(fresh, role="person", grounds="No.", attachments=(), now=NOW)
    )


def other_side_of(other):
    """The case of the other side, in which nothing happened yet but the complaint."""
    return msgspec.structs.replace(filed(), others=(filed(), other))


SPELLINGS = {
    "as at the desk": "Ana Ruiz",
    "in capitals": "ANA RUIZ",
    "with another blank": "ana\u00a0 ruiz ",
    "in wide letters": "Ａｎａ Ｒｕｉｚ",
    "with what nobody sees": "Ana\u200b R\u00aduiz",
    "with marks that nobody sees": "Ana\ufe0f\u3164 R\u034fuiz",
    "by known-as": "Agent-7",
    "with another hyphen": "agent\u20117",
    "with a minus": "agent\u22127",
    "by e-mail": "ANA@FORO.EXAMPLE",
    "by e-mail with a tag": "ana+appeals@foro.example",
    "by e-mail, the whole domain": "ana@foro.example.",
    "by seat": "7",
    "by seat, in words": "Reviewer 7",
    "as the log writes it": "lead:7",
}
EXCLUDED = {
    **{f"decided, {how}": filed([name]) for how, name in SPELLINGS.items()},
    "decided, one of several": filed(["mod-1", "AGENT-7"]),
    "decided, as a lead says": named_by_a_lead(),
    "declared a conflict": conflict_of(ANA),
    "decided it before": reopened(closed_by(ANA)),
    "found it inadmissible before": reopened(refused_by(ANA)),
    "ruled on it in a group before": reopened(ruled_by(ANA)),
    "ruled on it in a group, taken back": undone(ruled_by(ANA)),
    "reversed it before anybody complained": reversed_by(ANA),
    "spoke for the person": spoken_by(ANA),
    "is of an organisation that was asked": asked_to_speak("AGENT-7"),
    "spoke for the person, before an erasure": erased(spoken_by(ANA)),
    "is of the organisation, before an erasure": erased(asked_to_speak("agent-7")),
    "decided, before an erasure": erased(filed(["agent-7"])),
    "named by a lead, before an erasure": erased(named_by_a_lead()),
    "reviewed it, before an erasure": erased(closed_by(ANA)),
    "found it inadmissible, before an erasure": erased(refused_by(ANA)),
    "had a part before two erasures": erased(erased(filed(["ana@foro.example"]))),
}
EXCLUDED |= {f"{part}, for the other side": other_side_of(case) for part, case in EXCLUDED.items()}
EXCLUDED |= {
    f"{what} for the other side, and it stands": other_side_of(case)
    for what, case in {
        "decided": closed_by(ANA),
        "found inadmissible": refused_by(ANA),
        "ruled in a group": ruled_by(ANA),
    }.items()
}
"""What somebody did before -> the case in which Ana did it, or that of the other side."""
PLACES = {
    "herself": ANA,
    "a second seat": Reviewer(11, lead=True, names=ANA.names, other_seats=frozenset({7})),
}
"""Where she comes in: what two seats share is found by `people`, and tested there."""


def reviewing(case, by):
    return msgspec.structs.replace(case, complaint="reviewing", reviewer=str(by.number))


def closed(case):
    since = {"complaint": "closed", "closed_at": NOW, "times_reopened": 0}
    return msgspec.structs.replace(case, **since)


def with_order(case):
    ordered = {"complaint": "remedy_open", "remedy": "sent", "decided_in": str(UUID(int=1))}
    return msgspec.structs.replace(case, **ordered)


def unheard(case):
    return msgspec.structs.replace(case, complaint="", remedy="", decision="delivered")


STEPS = {
    "take": (lambda case, _: case, lambda who: partial(complaint.assign, to=who, by=who)),
    "assign": (lambda case, _: case, lambda who: partial(complaint.assign, to=THIRD, by=who)),
    "open": (
        lambda case, by: msgspec.structs.replace(
            case, complaint="assigned", reviewer=str(by.number)
        ),
        lambda who: partial(complaint.open_file, reviewer=who),
    ),
    "ask": (reviewing, lambda who: partial(complaint.ask, of="platform", question="Why?", by=who)),
    "hear": (
        lambda case, by: msgspec.structs.replace(reviewing(case, by), complainant="notifier"),
        lambda who: partial(hearing.call, question=REASONS, mailed=0, by=who),
    ),
    "decide": (
        reviewing,
        lambda who: partial(complaint.decide, reviewer=who, outcome="upheld", reasons=REASONS),
    ),
    "inadmissible": (
        lambda case, _: msgspec.structs.replace(case, complaint="filed"),
        lambda who: partial(
            complaint.declare_inadmissible, ground="not_covered", reasons=REASONS, by=who
        ),
    ),
    "interim": (
        reviewing,
        lambda who: partial(remedy.interim, direction="restore", reasons="Harm.", by=who),
    ),
    "reopen": (
        lambda case, _: closed(case),
        lambda who: partial(complaint.reopen, by=who, reason=REASONS),
    ),
    "undo": (
        lambda case, _: with_order(case),
        lambda who: partial(complaint.undo, ruling=UUID(int=1), reasons=REASONS, by=who),
    ),
    "reverse": (
        lambda case, _: unheard(case),
        lambda who: partial(
            goodwill.reverse,
            ruling=UUID(int=1),
            reviewer=who,
            outcome="reversed",
            reasons=REASONS,
            steps=["restore_content"],
            reachable=True,
        ),
    ),
    "propose to wait": (
        lambda case, _: msgspec.structs.replace(case, complaint="filed"),
        lambda who: partial(leads.ask, number="1", question=REASONS, by=who),
    ),
    "set apart": (
        lambda case, _: msgspec.structs.replace(case, lead="waiting"),
        lambda who: partial(leads.set_apart, reasons=REASONS, by=who),
    ),
    "say danger": (
        lambda case, _: msgspec.structs.replace(case, complaint="filed", decision="answered"),
        lambda who: partial(danger.say, reasons=REASONS, by=who),
    ),
    "name deciders": (
        lambda case, _: case,
        lambda who: partial(
            pseudonyms.name_deciders, seats=[THIRD], elsewhere="", machine=False, by=who
        ),
    ),
}
"""Step -> the case made ready for it, and the step as somebody takes it."""
REVIEWS = (
    *("decided it before", "found it inadmissible before", "ruled on it in a group before"),
    "ruled on it in a group, taken back",
)
REVERSED = "reversed it before anybody complained"
OWN_MISTAKES = {
    "reopen": REVIEWS,
    "undo": (*REVIEWS, REVERSED),
    "name deciders": REVIEWS,
    "reverse": tuple(EXCLUDED),
    "say danger": tuple(EXCLUDED),
}
"""Who may see that they were wrong themselves: somebody else then looks, or nobody need to."""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("part", EXCLUDED)
def test_whoever_had_a_part_takes_no_step_that_somebody_else_could(part, step, place):
    ready, take = STEPS[step]
    ana, case = PLACES[place], EXCLUDED[part]

    assert after(ready(case, STRANGER), take(STRANGER)(ready(case, STRANGER), now=NOW))
    if part in OWN_MISTAKES.get(step, ()):
        assert take(ana)(ready(case, ana), now=NOW)
        return
    with pytest.raises(Refused, match="another reviewer"):
        take(ana)(ready(case, ana), now=NOW)


@pytest.mark.parametrize("part", EXCLUDED)
def test_nobody_gives_a_complaint_to_somebody_who_had_a_part(part):
    with pytest.raises(Refused, match="another reviewer"):
        complaint.assign(EXCLUDED[part], to=ANA, by=STRANGER, now=NOW)


@pytest.mark.parametrize("part", EXCLUDED)
def test_nobody_who_had_a_part_rules_on_it_in_a_group(part):
    ruling = {"ruling": UUID(int=1), "outcome": "upheld", "reasons": REASONS, "steps": ()}

    assert group.rule(EXCLUDED[part], reviewer=STRANGER, now=NOW, **ruling)
    with pytest.raises(Refused, match="another reviewer"):
        group.rule(EXCLUDED[part], reviewer=ANA, now=NOW, **ruling)


@pytest.mark.parametrize("part", EXCLUDED)
def test_nobody_who_had_a_part_answers_it_as_a_lead_case_was(part):
    """Whoever decided the lead case: that they had no part in it says nothing about this one."""
    case = msgspec.structs.replace(EXCLUDED[part], complaint="filed", lead="waiting")
    answer = {"number": str(UUID(int=2)), "reasons": REASONS, "steps": (), "now": NOW}
    lead = msgspec.structs.replace(filed(), outcome="upheld")

    with pytest.raises(Refused, match="another reviewer"):
        leads.answer(lead, case, reviewer=ANA, **answer)
    assert leads.answer(lead, case, reviewer=STRANGER, **answer)


@pytest.mark.parametrize("step", ["assign", "open", "decide"])
@pytest.mark.parametrize("part", EXCLUDED)
def test_nobody_who_had_a_part_takes_it_along_with_a_report_of_the_same_address(part, step):
    """Whoever may take the other one: that they had no part in it says nothing about this one."""
    where = {"place": "https://foro.example/post/1"}
    case = msgspec.structs.replace(EXCLUDED[part], **where)
    decided = {"number": str(UUID(int=1)), "outcome": "upheld", "reasons": REASONS}
    ready = {"assign": lambda c, _: c, "open": STEPS["open"][0], "decide": reviewing}[step]
    take = {
        "assign": lambda who: partial(joint.assign, to=who, by=who),
        "open": lambda who: partial(joint.open_file, reviewer=who),
        "decide": lambda who: partial(joint.decide, reviewer=who, **decided),
    }[step]

    def along(who):
        own = ready(case, who)
        lead = msgspec.structs.replace(
            filed(), **where, complaint=own.complaint, reviewer=own.reviewer
        )
        return take(who)(lead, own, now=NOW)

    assert along(STRANGER)
    with pytest.raises(Refused, match="another reviewer"):
        along(ANA)


@pytest.mark.parametrize("part", EXCLUDED)
def test_nobody_who_had_a_part_sits_on_the_panel(part):
    roles.check_may_sit(EXCLUDED[part], STRANGER if part not in REVIEWS else THIRD)
    with pytest.raises(Refused, match="sit on this panel"):
        roles.check_may_sit(EXCLUDED[part], ANA)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("part", EXCLUDED)
def test_nobody_who_had_a_part_leads_the_panel_case(part, place):
    """By page and by command line: each step of a registrar asks this one function."""
    roles.check_may_lead(EXCLUDED[part], STRANGER if part not in REVIEWS else THIRD, NO_SIDES)
    with pytest.raises(Refused, match="another registrar"):
        roles.check_may_lead(EXCLUDED[part], PLACES[place], NO_SIDES)


SIDE = {
    "the person": (Sides(frozenset({"Ana@Foro.example"}), frozenset()), {}),
    "who speaks for the person": (NO_SIDES, {"represented_by": "ANA RUIZ"}),
    "somebody of the platform": (Sides(frozenset(), frozenset({"7"})), {}),
    "a member of the panel": (NO_SIDES, {"members": ("x", "agent-7", "y")}),
    "a reserve": (NO_SIDES, {"reserves": ("agent-7",)}),
    "who looks at it at the desk": (NO_SIDES, {"reviewers": frozenset({"7"})}),
}
"""What the registrar is in the case -> how the node knows it."""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("side", SIDE)
def test_no_side_and_no_judge_leads_the_panel_case(side, place):
    sides, more = SIDE[side]
    case = msgspec.structs.replace(filed(), **more)

    roles.check_may_lead(case, STRANGER, sides)
    with pytest.raises(Refused, match="another registrar"):
        roles.check_may_lead(case, PLACES[place], sides)


SPEAKS = tuple(part for part in EXCLUDED if part.startswith(("spoke", "is of")))
"""Whoever speaks may go on. For the other side of the matter nobody does (test_mandate)."""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("part", EXCLUDED)
def test_nobody_who_had_another_part_speaks_for_the_person(part, place):
    roles.check_may_represent(EXCLUDED[part], STRANGER if part not in REVIEWS else THIRD, NO_SIDES)
    if part in SPEAKS and "erasure" not in part:
        roles.check_may_represent(EXCLUDED[part], PLACES[place], NO_SIDES)
        return
    with pytest.raises(Refused, match="cannot speak for this person"):
        roles.check_may_represent(EXCLUDED[part], PLACES[place], NO_SIDES)


@pytest.mark.parametrize("side", ["somebody of the platform", "a member of the panel", "a reserve"])
def test_no_other_side_and_no_member_speaks_for_the_person(side):
    sides, more = SIDE[side]
    case = msgspec.structs.replace(filed(), **more)

    roles.check_may_represent(case, STRANGER, sides)
    with pytest.raises(Refused, match="cannot speak for this person"):
        roles.check_may_represent(case, ANA, sides)


def test_who_only_looked_at_the_other_sides_complaint_has_judged_nothing():
    opened = reviewing(filed(), ANA)
    opened = after(
        opened, complaint.hand_back(opened, by=ANA, reason="Ill.", conflict=False, now=NOW)
    )

    assert roles.part_in(other_side_of(opened), ANA) is None


@pytest.mark.parametrize("part", ["decided, as a lead says", "declared a conflict"])
def test_whoever_decided_does_not_bring_their_decision_back_by_undoing_a_reversal(part):
    """Somebody else reversed it; the decider, who wants it back, is refused."""
    case = unheard(EXCLUDED[part])
    own = {"ruling": UUID(int=2), "reachable": True}
    said = {"outcome": "reversed", "reasons": REASONS, "steps": ["restore_content"]}
    case = after(case, goodwill.reverse(case, reviewer=STRANGER, now=NOW, **own, **said))

    assert goodwill.undo(case, by=STRANGER, reasons=REASONS, now=NOW, **own)
    with pytest.raises(Refused, match="another reviewer"):
        goodwill.undo(case, by=ANA, reasons=REASONS, now=NOW, **own)


def test_whoever_looks_at_it_at_the_desk_does_not_look_at_it_in_a_panel():
    with pytest.raises(Refused, match="sit on this panel") as refused:
        roles.check_may_sit(closed_by(ANA), ANA)
    assert "at the platform's desk" in refused.value.why


@pytest.mark.parametrize("part", EXCLUDED)
def test_whoever_had_a_part_can_always_hand_it_back(part):
    case = reviewing(EXCLUDED[part], ANA)

    back = complaint.hand_back(case, by=ANA, reason="I decided it.", conflict=True, now=NOW)

    assert after(case, back).complaint == "filed"


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "way", [FORO, Actor("person"), Actor("clock"), Actor("node"), Reviewer(0, lead=True)], ids=str
)
def test_no_step_is_taken_by_a_program_a_side_or_a_clock(step, way):
    """The platform's interface, the person's page and the node's own threads come as actors."""
    ready, take = STEPS[step]
    with pytest.raises(Denied, match="person must take this step"):
        take(way)(ready(filed(), STRANGER), now=NOW)


def test_the_table_is_whole():
    """A step that is added to the rules, the desk or the machine has to be tried here as well."""
    assert {*STEPS, "return"} == set(RIGHTS) == set(get_args(Step))
    at_the_desk = {"assign": "take", "deciders": "name deciders", "waive": "hear"}
    at_the_desk |= {"apart": "set apart", "danger": "say danger"}
    # To answer a report is to decide: nobody has complained yet, and whoever does it may not review.
    # What was ordered is answered in the platform's name, as its program would: that decides nothing.
    of_complaints = set(desk._JOBS) - {"answer", "at-once", "remedy"}
    assert {at_the_desk.get(name, name) for name in of_complaints} <= set(RIGHTS)
    of_the_desk = {
        *("complaint.assigned", "complaint.returned", "complaint.opened", "complaint.asked"),
        *("complaint.inadmissible", "complaint.decided", "complaint.reopened"),
        "complaint.undone",
    }
    of_others = {  # a side, a clock, or what follows from a step by itself
        *("complaint.filed", "complaint.answered", "complaint.withdrawn"),
        *("complaint.remedying", "complaint.closed", "complaint.disowned"),
    }
    assert of_the_desk | of_others == set(machines.MACHINES["complaint"])


@pytest.mark.parametrize("seat", [Reviewer(1, lead=False), Reviewer(2, lead=True)], ids=str)
def test_whoever_shares_no_name_is_somebody_else(seat):
    case = filed(["mod-17", "agent-77", "ana.ruiz@foro.example"])

    assert roles.part_in(case, ANA) is None
    assert roles.part_in(case, seat) is None


@pytest.mark.parametrize("before", machines.HELD)
def test_a_lead_gives_on_what_somebody_else_has(before):
    """Case 1 of a public tracker: the moderator is gone, and nobody can deal with the appeal."""
    case = msgspec.structs.replace(filed(), complaint=before, reviewer="9")

    given = complaint.assign(case, to=ANA, by=STRANGER, now=NOW)

    assert (after(case, given).complaint, after(case, given).reviewer) == ("assigned", "7")
    assert [one.kind for one in given] == ["complaint.returned", "complaint.assigned"]
    with pytest.raises(Denied, match="Only a lead"):
        complaint.assign(case, to=THIRD, by=Reviewer(10, lead=False), now=NOW)
    with pytest.raises(Denied, match="Only a lead"):
        complaint.assign(case, to=Reviewer(10, lead=False), by=Reviewer(10, lead=False), now=NOW)


@pytest.mark.parametrize("before", machines.HELD)
@pytest.mark.parametrize("cause", ["left", "away"])
def test_what_somebody_had_who_has_gone_is_nobodys_and_its_clocks_go_on(before, cause):
    case = msgspec.structs.replace(filed(), complaint=before, reviewer="9")

    taken = after(case, complaint.take_back(case, seat=9, cause=cause, now=NOW))

    assert (taken.complaint, taken.reviewer, taken.pending_since) == ("filed", "", NOW)
    assert complaint.take_back(case, seat=8, cause=cause, now=NOW) == []
    assert complaint.take_back(closed(case), seat=9, cause=cause, now=NOW) == []


def test_a_question_outlives_the_reviewer_who_asked_it():
    case = reviewing(filed(), THIRD)
    case = after(case, complaint.ask(case, of="person", question="When?", by=THIRD, now=NOW))
    case = after(case, complaint.take_back(case, seat=9, cause="left", now=NOW))

    answered = complaint.add(case, grounds="In May.", attachments=(), by=Actor("person"), now=NOW)

    assert [one.kind for one in answered] == ["complaint.answered"]
    assert (after(case, answered).complaint, after(case, answered).asked) == ("filed", "")


def test_a_lead_who_names_its_reviewer_as_the_decider_takes_it_from_them():
    case = reviewing(filed(), THIRD)

    named = pseudonyms.name_deciders(
        case, seats=[THIRD], elsewhere="", machine=False, by=STRANGER, now=NOW
    )

    assert isinstance(named[1], events.ComplaintReturned)
    assert (after(case, named).complaint, after(case, named).reviewer) == ("filed", "")
    assert roles.part_in(after(case, named), THIRD) == "decided"
