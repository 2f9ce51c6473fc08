"""Waiting for lead cases: nobody without their own yes, and never longer than the clock says."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.case.test_hearing import THIRD, authors, called, notice
from tests.case.test_steps import FORO, LEAD, MODERATOR, NOW, PERSON, REASONS, ROSA, after, filed

from amparo.case import (
    claim,
    clocks,
    complaint,
    deadlines,
    group,
    hearing,
    joint,
    leads,
    notify,
    panel,
    remedy,
    selection,
    state,
    waits,
)
from amparo.case.events import (
    ComplaintDecided,
    ComplaintFiled,
    LeadEnded,
    LeadJoined,
    NoticeReceived,
)
from amparo.case.roles import Reviewer
from amparo.case.state import Actor
from amparo.errors import Denied, Refused

GROUP, QUESTION = "0190", "Was a quotation taken for a threat?"
OPERATOR = Actor("operator", "Olga")
ASK = {"number": GROUP, "question": QUESTION, "by": LEAD}
DAY = timedelta(days=1)
LONGEST = deadlines.period("C06").length + deadlines.period("lead").length


def asked(case=None, now=NOW):
    case = case or filed()
    return after(case, leads.ask(case, **ASK, now=now))


def waiting(case=None, now=NOW):
    case = asked(case, now)
    return after(case, waits.join(case, by=PERSON, now=now))


def lead(outcome="upheld"):
    case = after(filed(), leads.choose(filed(), number=GROUP, by=LEAD, now=NOW))
    case = after(case, group.until_open(case, ROSA, NOW))
    steps = () if outcome == "upheld" else ("restore_content",)
    decided = complaint.decide(
        case, reviewer=ROSA, outcome=outcome, reasons=REASONS, steps=steps, now=NOW
    )
    return after(case, decided)


def same(case, of=None, by=ROSA, now=NOW, steps=()):
    answer = {"number": "0191", "reviewer": by, "reasons": REASONS, "steps": steps, "now": now}
    return after(case, leads.answer(of or lead(), case, **answer))


# --- joined, and left -------------------------------------------------------------------------


def test_nobody_waits_who_was_only_asked():
    case = asked()

    assert (case.lead, case.waits_since) == ("asked", None)
    assert set(clocks.running(case)) == {"C06", "assign", "hold"}
    assert clocks.running(case) == clocks.running(filed())
    assert after(case, complaint.assign(case, to=ROSA, by=ROSA, now=NOW)).complaint == "assigned"


def test_whoever_joins_lets_the_time_stand_still_for_thirty_days_at_most():
    case = waiting()

    assert set(clocks.running(case)) == {"lead", "hold"}
    assert clocks.running(case)["lead"] == deadlines.due("lead", NOW)
    assert deadlines.due("lead", NOW) == deadlines.end_of(NOW + 30 * DAY)


@pytest.mark.parametrize("days", [0, 1, 5, 30])
def test_the_time_goes_on_with_what_was_left_of_it(days):
    joined_at = NOW + 3 * DAY
    case = waiting(filed(), joined_at)

    case = after(case, waits.leave(case, by=PERSON, now=joined_at + days * DAY))

    assert clocks.running(case)["C06"] == deadlines.due("C06", NOW) + days * DAY
    assert case.filed_at == NOW, "when it was filed does not change"


def test_a_node_that_was_away_makes_nobody_wait_longer():
    """The clock ends weeks late, since nobody was there to see it."""
    case = waiting()

    case = after(case, clocks.expire(case, "lead", NOW + 90 * DAY))

    assert clocks.running(case)["C06"] == deadlines.due("C06", NOW) + 30 * DAY


def test_nobody_is_asked_twice_and_nobody_waits_twice():
    left = after(waiting(), waits.leave(waiting(), by=PERSON, now=NOW))
    declined = after(asked(), waits.leave(asked(), by=PERSON, now=NOW))

    for case in (asked(), waiting(), left, declined):
        with pytest.raises(Refused):
            after(case, leads.ask(case, **ASK, now=NOW))
    for case in (filed(), waiting(), left, declined):
        with pytest.raises(Refused, match="cannot wait"):
            waits.join(case, by=PERSON, now=NOW)
    for case in (filed(), left, declined):
        with pytest.raises(Refused, match="does not wait"):
            waits.leave(case, by=PERSON, now=NOW)


@pytest.mark.parametrize("by", [FORO, Actor("notifier"), Actor("lead", "2"), Actor("node")])
def test_nobody_else_says_so_for_them(by):
    with pytest.raises(Refused, match="Only who complained"):
        waits.join(asked(), by=by, now=NOW)
    with pytest.raises(Refused, match="Only who complained"):
        waits.leave(waiting(), by=by, now=NOW)


def test_no_lateness_is_mended_by_waiting():
    late = deadlines.due("C06", NOW) + timedelta(seconds=1)

    with pytest.raises(Refused, match="cannot wait") as refused:
        waits.join(asked(), by=PERSON, now=late)
    assert "the time for deciding it is over" in refused.value.why
    with pytest.raises(Refused):
        leads.ask(filed(), **ASK, now=late)


def test_what_somebody_looks_at_already_does_not_wait():
    case = asked()
    taken = after(case, complaint.assign(case, to=ROSA, by=ROSA, now=NOW))

    with pytest.raises(Refused, match="cannot wait"):
        waits.join(taken, by=PERSON, now=NOW)


def test_danger_speech_and_what_was_ordered_at_once_are_not_asked():
    notice = NoticeReceived(NOW, "notifier", why="x", where="/1", danger="yes")
    complained = [
        ComplaintFiled(NOW, "person", role="person", grounds="No.", attachments=(), late=False)
    ]
    hate = state.about({"category": "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"})
    apart = {
        "danger": after(state.fold([notice]), complained),
        "speech": after(hate, complained),
        "interim": after(filed(), ENDS["urgent"](filed())),
        "panel": after(filed(), ENDS["elsewhere"](filed())),
    }

    for why, case in apart.items():
        assert waits.why_not(case, NOW) == selection.WHY[why]
        with pytest.raises(Refused, match="cannot wait"):
            leads.ask(case, **ASK, now=NOW)


# --- while somebody waits ---------------------------------------------------------------------


LOOKS = {
    "take": partial(complaint.assign, to=ROSA, by=ROSA),
    "give": partial(complaint.assign, to=ROSA, by=LEAD),
    "inadmissible": partial(
        complaint.declare_inadmissible, ground="not_covered", reasons=REASONS, by=ROSA
    ),
    "in a group": partial(
        group.rule,
        ruling=UUID(int=1),
        reviewer=LEAD,
        outcome="upheld",
        reasons=REASONS,
        steps=(),
    ),
    "with a report of the address": partial(
        joint.decide, filed(), number="1", reviewer=ROSA, outcome="upheld", reasons=REASONS
    ),
}


@pytest.mark.parametrize("way", LOOKS)
def test_nobody_looks_at_it_by_any_way_while_it_waits(way):
    with pytest.raises(Refused, match=r"waits for a lead case|by itself"):
        LOOKS[way](waiting(), now=NOW)


ENDS = {
    "urgent": lambda case: remedy.interim(
        case, direction="restore", reasons="Elections.", by=LEAD, now=NOW
    ),
    "elsewhere": lambda case: panel.submit(case, role="person", grounds="Look.", now=NOW),
    "closed": lambda case: complaint.withdraw(case, by=PERSON, now=NOW),
    "claim": lambda case: claim.prove(
        case, word="oak", seen="I saw it on the account.", by=OPERATOR, held=True, now=NOW
    ),
}


@pytest.mark.parametrize("why", ENDS)
def test_what_cannot_wait_ends_the_wait_before_it_happens(why):
    case = waiting()
    new = ENDS[why](case)

    [ended] = waits.ends_before(case, new)

    assert ended.because == why
    assert after(case, [ended, *new]).waits_since is None
    assert waits.ends_before(filed(), ENDS[why](filed())) == []
    assert waits.ends_before(case, [ended, *new]) == []


def test_what_changes_nothing_lets_it_wait():
    new = complaint.add(waiting(), grounds="Here.", attachments=(), by=PERSON, now=NOW)

    assert waits.ends_before(waiting(), new) == []


def test_who_shows_that_the_account_is_theirs_is_asked_anew_for_what_is_left_of_the_time():
    """The platform had opened the case, and joined for twenty days."""
    case, later = waiting(), NOW + 20 * DAY
    new = claim.prove(
        case, word="oak", seen="I saw the word on the account.", by=OPERATOR, held=True, now=later
    )
    case = after(case, [*waits.ends_before(case, new), *new])

    assert (case.lead, case.waits_since) == ("asked", None)

    case = after(case, waits.join(case, by=PERSON, now=later))

    assert clocks.running(case)["lead"] == deadlines.end_of(NOW + 30 * DAY)


def test_a_no_that_somebody_else_said_is_not_the_persons():
    for case in (asked(), after(asked(), waits.leave(asked(), by=PERSON, now=NOW))):
        seen = {"word": "oak", "seen": "I saw the word on the account.", "by": OPERATOR}
        proven = claim.prove(case, **seen, held=True, now=NOW)

        assert after(case, proven).lead == "asked"
    assert after(filed(), claim.prove(filed(), **seen, held=True, now=NOW)).lead == ""


def test_a_reviewer_sets_somebody_apart_with_reasons():
    case = waiting()

    case = after(case, leads.set_apart(case, by=ROSA, reasons=REASONS, now=NOW))

    assert (case.lead, case.complaint) == ("ended", "filed")
    with pytest.raises(Refused, match="another reviewer"):
        leads.set_apart(waiting(), by=MODERATOR, reasons=REASONS, now=NOW)
    with pytest.raises(Denied):
        leads.ask(filed(), number=GROUP, question=QUESTION, by=ROSA, now=NOW)


# --- answered ---------------------------------------------------------------------------------


def test_the_same_is_an_answer_of_their_own():
    case = same(waiting(), lead("reversed"), steps=("restore_content",))

    assert (case.lead, case.outcome, case.complaint) == ("ended", "reversed", "remedy_open")
    assert (case.decided_in, case.closers) == (GROUP, {"1"})
    assert case.remedy == "sent"


def test_whoever_decided_answers_nobody_and_the_lead_case_has_an_answer():
    with pytest.raises(Refused, match="another reviewer"):
        same(waiting(), by=MODERATOR)
    with pytest.raises(Refused, match="no answer"):
        same(waiting(), of=filed())
    with pytest.raises(Refused, match="does not wait"):
        same(filed())


def test_the_other_side_that_was_called_is_told_of_an_answer_like_that_of_a_lead_case():
    """Its reviewer called it, and handed the complaint back; then its person chose to wait."""
    case = called(authors(state.fold([notice()])), told=1)
    back = complaint.hand_back(case, by=THIRD, reason="I am ill.", conflict=False, now=NOW)
    case = waiting(after(case, back))
    one = {"number": "0191", "reviewer": ROSA, "reasons": REASONS, "steps": (), "now": NOW}

    [decided] = [
        event for event in leads.answer(lead(), case, **one) if isinstance(event, ComplaintDecided)
    ]

    assert hearing.tells_the_others(case, decided)


def test_what_came_up_meanwhile_is_looked_at_alone():
    ordered = after(waiting(), ENDS["urgent"](waiting()))  # as if nobody had ended the wait

    with pytest.raises(Refused, match="by itself"):
        same(ordered)


def test_whoever_was_answered_has_it_looked_at_alone_once_by_somebody_else():
    case = same(waiting())
    different = {"different": "Mine was a photograph.", "by": PERSON}
    for when, who in ((NOW + 90 * DAY, PERSON), (NOW, FORO)):
        with pytest.raises(Refused, match="by you"):
            leads.look_at_alone(case, different="Mine.", by=who, now=when)

    again = after(case, leads.look_at_alone(case, **different, now=NOW))

    assert (again.complaint, again.decided_in) == ("reopened", "")
    with pytest.raises(Refused, match="another reviewer"):
        complaint.assign(again, to=ROSA, by=ROSA, now=NOW)
    alone = after(again, group.until_open(again, LEAD, NOW))
    decided = complaint.decide(alone, reviewer=LEAD, outcome="upheld", reasons=REASONS, now=NOW)
    for ended in (after(alone, decided), lead()):
        with pytest.raises(Refused, match="by you"):
            leads.look_at_alone(ended, **different, now=NOW)


def test_what_is_owed_ends_where_whoever_was_answered_opens_it_and_the_platform_is_told():
    case = same(waiting(), lead("reversed"), steps=("restore_content",))
    for name in ("C07", "reminder"):
        late = clocks.running(case)[name] + timedelta(seconds=1)
        case = after(case, clocks.expire(case, name, late))
    assert (case.complaint, case.remedy) == ("closed", "failed")

    new = leads.look_at_alone(case, different="Mine was a photograph.", by=PERSON, now=late)

    assert after(case, new).remedy == ""
    letters = {(letter.to, letter.kind) for event in new for letter in notify.notices(event)}
    assert ("platform", "remedy_undone") in letters


def test_when_the_answer_of_the_lead_case_is_opened_again_so_is_what_it_let_stand():
    upheld, won = same(waiting()), same(waiting(), lead("reversed"), steps=("restore_content",))

    again = after(upheld, leads.follow(upheld, filed(), now=NOW))

    assert (again.complaint, again.pending_since) == ("reopened", NOW)
    assert leads.follow(again, filed(), now=NOW) == [], "once"
    assert leads.follow(won, filed(), now=NOW) == [], "what it gave is taken from nobody"
    assert leads.follow(lead(), filed(), now=NOW) == []


# --- the group --------------------------------------------------------------------------------


def test_a_lead_case_does_not_wait_itself():
    chosen = after(filed(), leads.choose(filed(), number=GROUP, by=LEAD, now=NOW))

    with pytest.raises(Refused, match="cannot wait") as refused:
        leads.ask(chosen, **ASK, now=NOW)
    assert "it is a lead case itself" in refused.value.why


def test_whoever_was_asked_and_becomes_a_lead_case_does_not_wait():
    """Otherwise the platform lets one group wait for another."""
    case = after(asked(), leads.choose(asked(), number="0192", by=LEAD, now=NOW))

    with pytest.raises(Refused, match="cannot wait") as refused:
        waits.join(case, by=PERSON, now=NOW)
    assert "it is a lead case itself" in refused.value.why


def test_a_waiting_case_cannot_lead_and_a_group_needs_leads_and_others():
    with pytest.raises(Refused, match="cannot lead"):
        leads.choose(waiting(), number=GROUP, by=LEAD, now=NOW)
    with pytest.raises(Refused, match="another reviewer"):
        leads.choose(
            filed(), number=GROUP, by=Reviewer(9, lead=True, names=frozenset({"mod-17"})), now=NOW
        )
    with pytest.raises(Refused, match="cannot lead"):
        leads.choose(lead(), number=GROUP, by=LEAD, now=NOW)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["join", "leave", "claim", "ask", "time", "apart"]), st.integers(0, 25)
        ),
        max_size=12,
    )
)
def test_whoever_waits_waits_at_most_the_time_of_both_clocks_and_only_by_their_own_yes(steps):
    case, now, happened = filed(), NOW, []
    for step, days in steps:
        now += days * DAY
        try:
            new = _step(case, step, now)
            new = [*waits.ends_before(case, new), *new]
            case = after(case, new)
        except (Refused, Denied):
            continue
        happened += new
        ends = clocks.running(case)
        assert case.waited <= deadlines.period("lead").length
        last = ends.get("C06") or ends.get("lead")
        assert last is None or last <= deadlines.end_of(NOW + LONGEST * DAY)
    yes = [one for one in happened if isinstance(one, LeadJoined)]
    assert all(one.by == "person" for one in yes)
    ended = [one for one in happened if isinstance(one, LeadEnded)]
    assert len(yes) <= len(ended) + (case.lead == "waiting")


def _step(case, step, now):
    match step:
        case "ask":
            return leads.ask(case, **ASK, now=now)
        case "join":
            return waits.join(case, by=PERSON, now=now)
        case "leave":
            return waits.leave(case, by=PERSON, now=now)
        case "time":
            return clocks.expire(case, "lead", now)
        case "apart":
            return leads.set_apart(case, by=ROSA, reasons=REASONS, now=now)
        case "claim":
            seen = {
                "word": "oak",
                "seen": "I saw the word on the account.",
                "by": OPERATOR,
                "held": True,
            }
            return claim.prove(case, **seen, now=now)
