"""Group rulings: carried out by the node, each person their own answer, taken back as a group."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from tests.ledger.conftest import REASONS, filed, queue, reachable

from amparo.case import complaint, delivery, remedy
from amparo.case.events import ComplaintDecided, ComplaintUndone, RemedyUndone
from amparo.case.roles import Reviewer
from amparo.case.state import Actor
from amparo.errors import Denied, Malformed, Refused
from amparo.ledger.case import casework, rulings
from amparo.ledger.outbound import outbox

LANGUAGE = "pt"
"""That of the statements in tests."""
WRONG = "It named the wrong clause."
PERSON, FORO = Actor("person"), Actor("platform", "foro")


def begin(journal, lead, cases, **changes):
    values = {
        "reviewer": lead.reviewer,
        "outcome": "reversed",
        "reasons": REASONS,
        "steps": ["restore_account"],
        "chosen": "{}",
        "language": LANGUAGE,
        "now": casework.now(),
    } | changes
    cases = cases if isinstance(cases, dict) else dict.fromkeys(cases, ())
    return rulings.begin(journal, lead.desk, cases, **values)


def ruled(journal, lead, cases, **changes):
    ruling = begin(journal, lead, cases, **changes)
    rulings.go_on(journal, casework.now())
    return rulings.find(journal, ruling.id)


def taken_back(journal, ruling, lead, now=None):
    now = now or casework.now()
    rulings.begin_undo(journal, ruling, reviewer=lead.reviewer, reasons=WRONG, now=now)
    rulings.go_on(journal, now)
    return rulings.find(journal, ruling.id)


def act(journal, case, step, **values):
    return casework.act(journal, case, partial(step, now=casework.now(), **values))


def opened(journal, case, reviewer):
    who = reviewer.reviewer
    act(journal, case, complaint.assign, to=who, by=who)
    act(journal, case, complaint.open_file, reviewer=who)


def state_of(journal, case):
    return casework.read(journal, case).case


def test_a_group_ruling_that_was_ended_half_way_goes_on_and_rules_nobody_twice(
    journal, lead, keep, monkeypatch
):
    cases = [UUID(one.case) for one in keep(7)]
    for case in cases:
        filed(journal, case)
    ruling = begin(journal, lead, cases)
    monkeypatch.setattr(rulings, "CASES_A_COMMIT", 2)
    keeping, seen = casework.keep, []

    def dies(*words, **options):
        seen.append(1)
        if len(seen) == 6:
            raise KeyboardInterrupt
        return keeping(*words, **options)

    with monkeypatch.context() as patch:
        patch.setattr(casework, "keep", dies)
        with pytest.raises(KeyboardInterrupt):
            rulings.go_on(journal, casework.now())
    assert len(queue(journal, state="remedy_open")) == 4

    assert rulings.find(journal, ruling.id).done == 4

    rulings.go_on(journal, casework.now())

    assert {state_of(journal, case).remedy for case in cases} == {"sent"}
    decided = [casework.read(journal, case).last(ComplaintDecided).ruling for case in cases]
    assert decided == [str(ruling.case)] * 7
    assert rulings.find(journal, ruling.id).state == "finished"


def test_whoever_had_a_part_in_a_case_does_not_rule_on_it_in_a_group(journal, lead, cases):
    def informed(decider):
        return delivery.deliver(how="platform", decided_by=[decider], by=FORO, now=casework.now())

    for case, decider in zip(cases, ("mod-17", "mod-1", "mod-2"), strict=True):
        casework.act(journal, case, lambda _, decider=decider: informed(decider))
        filed(journal, case)

    done = ruled(journal, lead, cases)

    assert (done.done, done.passed, done.state) == (2, 1, "finished")
    assert rulings.left(journal, done) == [cases[0]]
    assert state_of(journal, cases[0]).complaint == "filed"


def test_a_ruling_that_lets_the_decisions_stand_and_orders_something_begins_nothing(
    journal, lead, cases
):
    for case in cases:
        filed(journal, case)

    with pytest.raises(Malformed, match="stands, and yet something is ordered"):
        begin(journal, lead, cases, outcome="upheld")

    assert {state_of(journal, case).complaint for case in cases} == {"filed"}


def test_a_case_that_became_urgent_after_the_ruling_began_leaves_it(journal, lead, other, cases):
    for case in cases:
        filed(journal, case)
    ruling = begin(journal, lead, cases, outcome="upheld", steps=())
    opened(journal, cases[1], other)
    order = {"direction": "keep_down", "reasons": "He is at her door."}
    act(journal, cases[1], remedy.interim, by=other.reviewer, **order)

    rulings.go_on(journal, casework.now())

    assert rulings.left(journal, ruling) == [cases[1]]
    assert state_of(journal, cases[1]).interim == "ordered"
    assert {state_of(journal, case).complaint for case in (cases[0], cases[2])} == {"closed"}


def test_what_a_lead_saw_in_a_case_and_took_along_is_ruled_on(journal, lead, other, cases):
    filed(journal, cases[0])
    opened(journal, cases[0], other)
    act(journal, cases[0], complaint.ask, of="person", question="When?", by=other.reviewer)

    done = ruled(journal, lead, {cases[0]: ("question",)})

    assert (done.done, done.passed) == (1, 0)


def test_a_ruling_is_not_taken_back_before_it_is_carried_out_nor_twice(journal, lead, cases):
    for case in cases:
        filed(journal, case)
    ruling = begin(journal, lead, cases)
    undo = partial(
        rulings.begin_undo,
        journal,
        ruling,
        reviewer=lead.reviewer,
        reasons=WRONG,
        now=casework.now(),
    )
    with pytest.raises(Refused, match="taken back now"):
        undo()
    rulings.go_on(journal, casework.now())
    with pytest.raises(Malformed, match="too short"):
        undo(reasons="No.")

    undo()

    with pytest.raises(Refused, match="taken back now"):
        undo()
    rulings.go_on(journal, casework.now())
    assert rulings.find(journal, ruling.id).state == "undone"


@pytest.mark.parametrize(("outcome", "steps"), [("reversed", ["restore_account"]), ("upheld", ())])
def test_a_ruling_taken_back_opens_each_complaint_before_somebody_else(
    journal, lead, other, cases, outcome, steps
):
    for case in cases:
        reachable(journal, case)
        filed(journal, case)
    ruling = ruled(journal, lead, cases, outcome=outcome, steps=steps, language="en")

    undone = taken_back(journal, ruling, lead)

    assert (undone.state, undone.done, undone.stands) == ("undone", 3, 0)
    for case in cases:
        file = casework.read(journal, case)
        assert (file.case.complaint, file.case.outcome) == ("reopened", "")
        assert file.case.remedy in ("undone", "")
        assert file.last(ComplaintUndone).reasons == WRONG
        assert file.case.pending_since == file.last(ComplaintUndone).at
        told = {one[0] for one in journal.db.execute(_TOLD, (case.bytes,))}
        assert "complaint_undone" in told
        with pytest.raises(Refused, match="another reviewer"):
            opened(journal, case, lead)
        opened(journal, case, other)


_TOLD = "SELECT kind FROM outbox WHERE case_id = ? AND recipient = 'person'"


def test_what_protected_somebody_does_so_again_when_the_ruling_is_taken_back(
    journal, lead, other, cases
):
    filed(journal, cases[0])
    opened(journal, cases[0], other)
    order = {"direction": "keep_down", "reasons": "He is at her door."}
    act(journal, cases[0], remedy.interim, by=other.reviewer, **order)
    ruling = ruled(journal, lead, {cases[0]: ("interim",)}, outcome="upheld", steps=())
    assert state_of(journal, cases[0]).interim == "ended"

    taken_back(journal, ruling, lead)

    case = state_of(journal, cases[0])
    assert (case.interim, case.interim_order.reasons) == ("ordered", "He is at her door.")


def test_what_was_decided_anew_since_stands_when_the_ruling_is_taken_back(
    journal, lead, other, cases
):
    for case in cases:
        filed(journal, case)
    ruling = ruled(journal, lead, cases, outcome="upheld", steps=())
    act(journal, cases[0], complaint.reopen, by=lead.reviewer, reason=REASONS)
    opened(journal, cases[0], other)
    done = {"outcome": "reversed", "reasons": REASONS, "steps": ["restore_account"]}
    act(journal, cases[0], complaint.decide, reviewer=other.reviewer, **done)

    undone = taken_back(journal, ruling, lead)

    assert (undone.done, undone.stands) == (2, 1)
    assert state_of(journal, cases[0]).outcome == "reversed"
    assert state_of(journal, cases[0]).remedy == "sent"


def test_what_was_done_already_does_not_stand_when_a_reversal_is_taken_back(journal, lead, cases):
    filed(journal, cases[0])
    ruling = ruled(journal, lead, cases[:1])
    act(journal, cases[0], remedy.report, result="implemented", reasons="", by=FORO)
    act(journal, cases[0], remedy.verify, by=PERSON)

    taken_back(journal, ruling, lead)

    case = state_of(journal, cases[0])
    assert (case.complaint, case.remedy) == ("reopened", "undone")


def test_a_ruling_can_be_taken_back_until_the_last_day_and_not_a_second_longer(
    journal, lead, cases
):
    filed(journal, cases[0])
    ruling = ruled(journal, lead, cases[:1])
    last = ruling.undo_until

    with pytest.raises(Refused, match="too late"):
        taken_back(journal, ruling, lead, now=last + timedelta(seconds=1))
    assert taken_back(journal, ruling, lead, now=last).state == "undone"


def test_decisions_are_reversed_though_nobody_complained_and_each_person_is_told(
    journal, lead, cases
):
    reachable(journal, cases[0])

    done = ruled(journal, lead, cases, unheard=True, language="en")
    assert (done.done, done.passed) == (1, 2)  # the other two read Portuguese
    done = ruled(journal, lead, cases[1:], unheard=True)

    assert (done.done, done.unheard) == (2, True)
    for case in cases:
        assert state_of(journal, case).remedy == "sent"
        assert not state_of(journal, case).complaint
    assert outbox.contact(journal, cases[0], "person")
    assert ("decision_reversed",) in journal.db.execute(_TOLD, (cases[0].bytes,)).fetchall()
    assert [state_of(journal, case).to_be_told for case in cases] == [False, True, True]


def test_whoever_was_put_right_unasked_complains_all_the_same_and_gets_another_order(
    journal, lead, other, cases
):
    ruled(journal, lead, cases[:1], unheard=True)

    filed(journal, cases[0], "You restored the account without its posts.")
    with pytest.raises(Refused, match="another reviewer"):
        opened(journal, cases[0], lead)
    opened(journal, cases[0], other)
    done = {"outcome": "reversed", "reasons": REASONS, "steps": ["restore_content"]}
    act(journal, cases[0], complaint.decide, reviewer=other.reviewer, **done)

    assert state_of(journal, cases[0]).complaint == "remedy_open"
    assert state_of(journal, cases[0]).remedy == "sent"


def test_a_reversal_that_nobody_had_asked_for_is_taken_back_and_the_six_months_begin_anew(
    journal, lead, cases
):
    for case in cases:
        casework.act(
            journal,
            case,
            lambda _: delivery.deliver(
                how="platform", decided_by=[], by=FORO, now=casework.now() - timedelta(days=400)
            ),
        )
    ruling = ruled(journal, lead, cases, unheard=True)
    filed(journal, cases[2])

    undone = taken_back(journal, ruling, lead)

    assert (undone.state, undone.done) == ("undone", 3)
    silent, complaining = state_of(journal, cases[0]), state_of(journal, cases[2])
    assert (silent.remedy, silent.to_be_told, silent.informed_at) == ("undone", True, None)
    assert casework.read(journal, cases[0]).last(RemedyUndone).to_tell == "yes"
    assert (complaining.remedy, complaining.complaint) == ("undone", "filed")
    filed(journal, cases[0])
    assert state_of(journal, cases[0]).complaint == "filed"


def test_what_somebody_complained_about_is_not_reversed_past_them(journal, lead, cases):
    filed(journal, cases[0])

    done = ruled(journal, lead, cases[:1], unheard=True)

    assert (done.done, done.passed) == (0, 1)
    assert state_of(journal, cases[0]).complaint == "filed"


def test_a_group_ruling_needs_a_lead_reasons_and_cases(journal, lead, cases):
    filed(journal, cases[0])

    with pytest.raises(Denied, match="Only a lead"):
        begin(journal, lead, cases, reviewer=Reviewer(1, lead=False))
    with pytest.raises(Malformed, match="too short"):
        begin(journal, lead, cases, reasons="No.")
    with pytest.raises(Malformed, match="No case"):
        begin(journal, lead, [])
    with pytest.raises(Malformed, match="in the person's favour"):
        begin(journal, lead, cases, unheard=True, outcome="upheld")
    assert rulings.newest(journal, lead.desk) == []
