"""Due process as pure steps: the tables hold whatever is tried, and nobody judges their own cause."""

import random
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.case import clocks, complaint, delivery, hearing, machines, notify, remedy, state
from amparo.case import notice as notice_rules
from amparo.case.events import DecisionDelivered, DecisionIssued
from amparo.case.roles import Reviewer
from amparo.case.state import Actor
from amparo.errors import AmparoError, Denied, Malformed, Refused
from amparo.web.words import letters
from amparo.web.words.i18n import languages, localise

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
FORO = Actor("platform", "foro")
PERSON = Actor("person")
ROSA = Reviewer(1, lead=False)
LEAD = Reviewer(2, lead=True)
MODERATOR = Reviewer(3, lead=False, names=frozenset({"mod-17"}))
REASONS = "The clause names threats; the post quotes one in order to report it."


def case_of(*events):
    return state.fold(events)


def told(at=NOW - timedelta(days=3), decided_by=("mod-17",)):
    issued = DecisionIssued(at, "platform:foro")
    case = case_of(issued)
    return after(case, delivery.deliver(how="platform", decided_by=decided_by, by=FORO, now=at))


def after(case, events):
    for one in events:
        case = state.apply(case, one)
    return case


def filed(case=None, role="person", now=NOW):
    case = case or told()
    return after(case, complaint.file(case, role=role, grounds="No.", attachments=(), now=now))


def reviewing(case=None, reviewer=ROSA):
    case = case or filed()
    case = after(case, complaint.assign(case, to=reviewer, by=reviewer, now=NOW))
    return after(case, complaint.open_file(case, reviewer=reviewer, now=NOW))


def decided(outcome="reversed", steps=("restore_content",)):
    case = reviewing()
    return after(
        case,
        complaint.decide(
            case, reviewer=ROSA, outcome=outcome, reasons=REASONS, steps=steps, now=NOW
        ),
    )


def test_the_first_act_of_a_complaint_is_the_hold():
    case = told()

    events = complaint.file(case, role="person", grounds="No.", attachments=(), now=NOW)

    assert [one.kind for one in events] == ["complaint.filed", "hold.sent"]


def test_the_six_months_run_from_the_day_the_person_was_told_not_from_the_decision():
    old = case_of(DecisionIssued(NOW - timedelta(days=900), "platform:foro"))
    never_told = complaint.file(old, role="person", grounds="No.", attachments=(), now=NOW)
    late = complaint.file(
        told(NOW - timedelta(days=300)), role="person", grounds="No.", attachments=(), now=NOW
    )

    assert never_told[0].late is False
    assert late[0].late is True  # taken all the same, and marked


def test_who_decided_does_not_review():
    case = filed()

    with pytest.raises(Refused, match="another reviewer") as refused:
        complaint.assign(case, to=MODERATOR, by=MODERATOR, now=NOW)
    assert "you took the decision" in refused.value.why
    with pytest.raises(Refused):
        complaint.assign(case, to=MODERATOR, by=LEAD, now=NOW)


def test_who_declared_a_conflict_does_not_get_it_back():
    case = reviewing()
    case = after(
        case,
        complaint.hand_back(case, by=ROSA, reason="My sister.", conflict=True, now=NOW),
    )

    with pytest.raises(Refused) as refused:
        complaint.assign(case, to=ROSA, by=LEAD, now=NOW)
    assert "conflict" in refused.value.why


def test_after_a_reopening_another_person_decides():
    case = decided("upheld", ())
    case = after(case, complaint.reopen(case, by=LEAD, reason=REASONS, now=NOW))

    with pytest.raises(Refused, match="another reviewer"):
        complaint.assign(case, to=ROSA, by=LEAD, now=NOW)
    case = after(case, complaint.assign(case, to=LEAD, by=LEAD, now=NOW))
    case = after(case, complaint.open_file(case, reviewer=LEAD, now=NOW))
    case = after(
        case, complaint.decide(case, reviewer=LEAD, outcome="upheld", reasons=REASONS, now=NOW)
    )
    with pytest.raises(Refused, match="reopened before"):
        complaint.reopen(case, by=LEAD, reason=REASONS, now=NOW)


@pytest.mark.parametrize("actor", [Actor("clock"), Actor("node"), FORO, PERSON])
def test_no_machine_and_no_party_decides(actor):
    with pytest.raises(Denied, match="person must take this step"):
        complaint.declare_inadmissible(
            filed(), ground="not_covered", reasons=REASONS, by=actor, now=NOW
        )
    with pytest.raises(Denied):
        complaint.assign(filed(), to=ROSA, by=actor, now=NOW)


def test_only_the_reviewer_it_is_assigned_to_decides():
    with pytest.raises(Denied, match="assigned to somebody else"):
        complaint.decide(reviewing(), reviewer=LEAD, outcome="upheld", reasons=REASONS, now=NOW)


def test_what_was_withdrawn_may_be_filed_again_in_time_and_begins_anew():
    """Whoever withdrew it may not have been whoever it is about."""
    case = reviewing()
    case = after(case, complaint.withdraw(case, by=PERSON, now=NOW))
    again = {"role": "person", "grounds": "I quoted it.", "attachments": ()}

    filed_again = after(case, complaint.file(case, **again, now=NOW))

    assert (filed_again.complaint, filed_again.reviewer) == ("filed", "")
    assert set(clocks.running(filed_again)) == {"C06", "assign", "hold"}
    with pytest.raises(Refused, match="complaint about this decision already"):
        complaint.file(case, **again, now=NOW + timedelta(days=300))
    for ended in (decided("upheld", ()), decided()):
        with pytest.raises(Refused, match="complaint about this decision already"):
            complaint.file(ended, **again, now=NOW)


def test_in_time_is_never_called_late():
    with pytest.raises(Refused, match="not late"):
        complaint.declare_inadmissible(
            filed(), ground="out_of_time", reasons=REASONS, by=ROSA, now=NOW
        )


@pytest.mark.parametrize(
    ("outcome", "reasons", "steps", "match"),
    [
        ("upheld", "No.", (), "too short"),
        ("upheld", "", (), "missing"),
        ("reversed", REASONS, (), "Steps"),
        ("reversed", REASONS, ("fly",), "Steps"),
        ("win", REASONS, (), "outcome"),
    ],
)
def test_a_decision_has_an_outcome_reasons_and_steps(outcome, reasons, steps, match):
    with pytest.raises(Malformed, match=match):
        complaint.decide(
            reviewing(), reviewer=ROSA, outcome=outcome, reasons=reasons, steps=steps, now=NOW
        )


def test_what_was_ordered_at_once_ends_with_the_decision():
    case = reviewing()
    case = after(
        case,
        remedy.interim(case, direction="restore", reasons="Elections.", by=ROSA, now=NOW),
    )
    assert case.interim == "ordered"

    done = complaint.decide(case, reviewer=ROSA, outcome="upheld", reasons=REASONS, now=NOW)

    assert after(case, done).interim == "ended"


def ordered_at_once():
    case = reviewing()
    order = {"direction": "keep_down", "reasons": "He is at her door.", "by": ROSA}
    return after(case, remedy.interim(case, **order, now=NOW))


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ({"result": "done"}, "interim_done"),
        ({"result": "impossible", "reasons": "At another host."}, "interim_impossible"),
    ],
)
def test_whoever_waits_for_what_was_ordered_at_once_hears_what_the_platform_says(answer, letter):
    case = ordered_at_once()
    answered = remedy.answer_interim(case, **answer, by=FORO, now=NOW)

    assert after(case, answered).interim_answer.result == answer["result"]
    assert [notice.kind for notice in notify.notices(answered[0])] == [letter]
    assert remedy.answer_interim(after(case, answered), **answer, by=FORO, now=NOW) == []


@pytest.mark.parametrize(
    ("answer", "field"),
    [({"result": "soon"}, "result"), ({"result": "impossible", "reasons": " "}, "reasons")],
)
def test_what_cannot_be_done_at_once_needs_a_reason(answer, field):
    with pytest.raises(Malformed) as wrong:
        remedy.answer_interim(ordered_at_once(), **answer, by=FORO, now=NOW)

    assert wrong.value.field == field


def test_what_was_not_ordered_at_once_or_has_ended_is_not_answered():
    case = ordered_at_once()
    ended = after(case, remedy.end_interim(case, now=NOW))

    for other in (reviewing(), ended):
        with pytest.raises(Refused, match="Nothing that was ordered at once waits for you"):
            remedy.answer_interim(other, result="done", by=FORO, now=NOW)


ANSWERED = ({"result": "done"}, {"result": "impossible", "reasons": "At another host."})
SAME = {"direction": "keep_down", "reasons": "It is up again.", "by": ROSA}
OTHER_WAY = {"direction": "restore", "reasons": "It was hers.", "by": ROSA}


@pytest.mark.parametrize("ended", [False, True], ids=["while it lasts", "after it ended"])
@pytest.mark.parametrize("order", [SAME, OTHER_WAY], ids=["the same", "the other way"])
@pytest.mark.parametrize("answer", ANSWERED, ids=["done", "impossible"])
def test_what_was_ordered_at_once_and_answered_is_ordered_again_and_answered_anew(
    answer, order, ended
):
    """What is called done may not be, or not for long."""
    case = ordered_at_once()
    case = after(case, remedy.answer_interim(case, **answer, by=FORO, now=NOW))
    case = after(case, remedy.end_interim(case, now=NOW)) if ended else case

    ordered = remedy.interim(case, **order, now=NOW)
    case = after(case, ordered)

    assert (case.interim, case.interim_order.reasons) == ("ordered", order["reasons"])
    assert case.interim_answer is None
    assert [notice.to for notice in notify.notices(ordered[0])] == ["platform", "complainant"]
    assert after(case, remedy.answer_interim(case, **answer, by=FORO, now=NOW)).interim_answer


def test_what_the_platform_has_not_answered_is_not_ordered_twice_but_can_be_ordered_otherwise():
    case = ordered_at_once()

    with pytest.raises(Refused, match="ordered already"):
        remedy.interim(case, **SAME, now=NOW)

    otherwise = after(case, remedy.interim(case, **OTHER_WAY, now=NOW))
    assert otherwise.interim_order.direction == "restore"


def test_claimed_is_not_verified_until_somebody_looked():
    case = decided()
    case = after(case, remedy.report(case, result="implemented", reasons="", by=FORO, now=NOW))
    assert (case.remedy, case.complaint) == ("claimed", "remedy_open")

    silent = clocks.expire(case, "objection", NOW + timedelta(days=30))
    checked = remedy.verify(case, by=PERSON, now=NOW)

    assert after(case, silent).remedy == "settled"
    assert (after(case, checked).remedy, after(case, checked).decision) == (
        "verified",
        "superseded",
    )
    assert after(case, checked).complaint == after(case, silent).complaint == "closed"


def test_what_is_refused_or_impossible_needs_reasons():
    for result in ("refused", "impossible", "partly"):
        with pytest.raises(Malformed, match="Reasons are needed"):
            remedy.report(decided(), result=result, reasons=" ", by=FORO, now=NOW)
    refused = remedy.report(decided(), result="refused", reasons="No.", by=FORO, now=NOW)
    assert [one.kind for one in refused] == ["remedy.refused", "complaint.closed"]


def test_silence_of_the_platform_is_reminded_once_and_then_a_failure_for_all_to_see():
    case = decided()
    assert set(clocks.running(case)) == {"C07", "reminder", "hold"}

    case = after(case, clocks.expire(case, "C07", NOW + timedelta(days=2)))
    assert case.remedy == "sent"
    case = after(case, clocks.expire(case, "reminder", NOW + timedelta(days=9)))

    assert (case.remedy, case.complaint) == ("failed", "closed")


def test_a_clock_runs_out_once_and_never_before_its_end():
    case = filed()
    end = clocks.running(case)["C06"]

    assert clocks.expire(case, "C06", end) == []
    missed = clocks.expire(case, "C06", end + timedelta(seconds=1))
    assert [one.kind for one in missed] == ["clock.missed"]
    case = after(case, missed)
    assert clocks.expire(case, "C06", end + timedelta(days=400)) == []
    assert case.complaint == "filed"  # a clock never decides the merits


def test_the_notifier_has_the_same_steps_as_the_person_restricted():
    """Rule 7: wrongly removed, wrongly left up."""
    received = notice_rules.receive(why="A threat.", where="/post/1", now=NOW)
    notice = case_of(received)
    notice = after(
        notice,
        notice_rules.answer(
            result="not_acted",
            reasons="No rule.",
            automated=True,
            decided_by=["mod-17"],
            by=FORO,
            now=NOW,
        ),
    )

    case = filed(notice, role="notifier")

    assert set(clocks.running(case)) == set(clocks.running(filed()))
    with pytest.raises(Refused):
        complaint.assign(case, to=MODERATOR, by=MODERATOR, now=NOW)
    case = reviewing(case)
    case = after(case, hearing.waive(case, reasons=REASONS, by=ROSA, now=NOW))
    won = complaint.decide(
        case,
        reviewer=ROSA,
        outcome="reversed",
        reasons=REASONS,
        steps=["restrict"],
        for_the_other=REASONS,
        now=NOW,
    )
    assert after(case, won).remedy == "sent"


# --- laws of all machines ---------------------------------------------------------------------


def steps_at(case, chance):
    """Every step somebody could try, wrong ones included."""
    now = NOW + timedelta(hours=chance.randrange(2000))
    reviewer = chance.choice([ROSA, LEAD, MODERATOR])
    return chance.choice(
        [
            lambda: complaint.file(case, role="person", grounds="x", attachments=(), now=now),
            lambda: complaint.add(case, grounds="x", attachments=(), by=PERSON, now=now),
            lambda: complaint.add(case, grounds="x", attachments=(), by=FORO, now=now),
            lambda: complaint.assign(case, to=reviewer, by=reviewer, now=now),
            lambda: complaint.open_file(case, reviewer=reviewer, now=now),
            lambda: complaint.ask(case, of="platform", question="x?", by=reviewer, now=now),
            lambda: complaint.hand_back(case, by=reviewer, reason="x", conflict=True, now=now),
            lambda: complaint.decide(
                case,
                reviewer=reviewer,
                outcome=chance.choice(["upheld", "reversed"]),
                reasons=REASONS,
                steps=chance.choice([["restore_content"], []]),
                now=now,
            ),
            lambda: complaint.withdraw(case, by=PERSON, now=now),
            lambda: complaint.reopen(case, by=reviewer, reason=REASONS, now=now),
            lambda: remedy.report(case, result="implemented", reasons="", by=FORO, now=now),
            lambda: remedy.report(case, result="refused", reasons="x", by=FORO, now=now),
            lambda: remedy.verify(case, by=PERSON, now=now),
            lambda: remedy.dispute(reason="x", by=PERSON, now=now),
            lambda: remedy.keep(is_kept=chance.random() < 0.5, reason="x", by=FORO, now=now),
            lambda: clocks.expire(case, chance.choice(["C06", "C07", "reminder", "hold"]), now),
        ]
    )


@settings(max_examples=150, deadline=None)
@given(st.integers())
def test_whatever_is_tried_the_case_stays_lawful(seed):
    chance = random.Random(seed)
    events = [
        DecisionIssued(NOW, "platform:foro"),
        DecisionDelivered(NOW, "platform:foro", decided_by=("mod-17",)),
    ]
    case = state.fold(events)
    for _ in range(60):
        try:
            new = steps_at(case, chance)()
            case_after = after(case, new)
        except AmparoError:
            continue
        events += new
        case = case_after
        assert "3" not in case.reviewers  # who decided never opened the file
        assert case.outcome == "" or case.complaint in ("decided", "remedy_open", "closed")
    assert state.fold(events) == case  # the same on every replay
    assert all(one.by for one in events)


def test_from_every_state_an_end_can_be_reached():
    ends = {
        "decision": {
            "superseded",
            "undone",
            "answered",
            "invited",
            "imported",
            "unmandated",
            "ungrouped",
        },
        "lead": {"ended"},
        "complaint": {"closed"},
        "hearing": {"ended", "untold", "waived", "shared"},
        "hold": {"ended"},
        "remedy": {"settled", "undone", "refused", "impossible"},
        "interim": {"ended"},
        "panel": {"closed"},
        "misuse": {"ended"},
    }
    for machine, kinds in machines.MACHINES.items():
        moves = {(a, b) for table in kinds.values() for a, b in table.items()}
        states = {a for a, _ in moves} | {b for _, b in moves}
        reach = set(ends[machine])
        while more := {a for a, b in moves if b in reach} - reach:
            reach |= more
        assert states <= reach, machine


@pytest.mark.parametrize("language", languages())
def test_every_notice_to_a_person_has_words_in_every_language(language):
    for kind in get_args(notify.ToPeople):
        for text in letters.words(kind, "Foro"):
            said = localise(text, language)
            assert language == "en" or said != str(text)
            words = set(said.lower().split())
            assert not {"binding", "certified", "vinculante", "certificado"} & words


def test_no_notice_says_upheld():
    kinds = get_args(notify.ToPeople)
    said = " ".join(str(text) for kind in kinds for text in letters.words(kind, "Foro"))

    assert "upheld" not in said.lower()


def test_whom_this_node_told_is_reminded_before_the_six_months_end_and_nobody_else():
    at = NOW - timedelta(days=3)
    issued = case_of(DecisionIssued(at, "platform:foro"))
    by_mail, by_foro = (
        after(issued, delivery.deliver(how=how, decided_by=(), by=FORO, now=at))
        for how in ("mail", "platform")
    )
    ends = clocks.running(by_mail)
    month, week = ends["C05-30"], ends["C05-7"]

    [missed] = clocks.expire(by_mail, "C05-30", month + timedelta(seconds=1))

    assert notify.notices(missed) == [notify.Notice("person", "window_closes")]
    assert week - month == timedelta(days=23)
    assert set(clocks.running(after(by_mail, [missed]))) == {"C05-7"}
    assert clocks.running(by_foro) == {}
    assert "C05-7" not in clocks.running(filed(by_mail))
