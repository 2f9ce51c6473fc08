"""Group rulings: carried out by the node, each person their own answer, taken back as a group."""

from functools import partial
from uuid import UUID

import pytest
from tests.ledger.conftest import REASONS, filed, queue

from amparo.case import delivery
from amparo.case.events import ComplaintDecided
from amparo.case.roles import Reviewer
from amparo.case.state import Actor
from amparo.errors import Denied, Malformed, Refused
from amparo.ledger.case import casework, desks, people, rulings


@pytest.fixture
def lead(journal, desk):
    return people.add(journal, desk, "Lead", "lead@example.org", lead=True, known_as=["mod-17"])


def begin(journal, lead, cases, **changes):
    values = {
        "reviewer": lead.reviewer,
        "outcome": "reversed",
        "reasons": REASONS,
        "steps": ["restore_account"],
        "chosen": "all",
        "now": casework.now(),
    } | changes
    return rulings.begin(journal, lead.desk, cases, **values)


def test_a_group_ruling_that_was_ended_half_way_goes_on_and_rules_nobody_twice(
    journal, lead, keep, monkeypatch
):
    cases = [UUID(one.case) for one in keep(7)]
    for case in cases:
        filed(journal, case)
    ruling = begin(journal, lead, cases)
    monkeypatch.setattr(rulings, "CASES_A_COMMIT", 2)
    act, seen = casework.act_within, []

    def dies(*words, **options):
        seen.append(1)
        if len(seen) == 6:
            raise KeyboardInterrupt
        return act(*words, **options)

    with monkeypatch.context() as patch:
        patch.setattr(casework, "act_within", dies)
        with pytest.raises(KeyboardInterrupt):
            rulings.go_on(journal, casework.now())
    assert len(queue(journal, state="remedy_open")) == 4

    assert rulings.find(journal, ruling.id).done == 4

    rulings.go_on(journal, casework.now())

    assert {casework.read(journal, case).case.remedy for case in cases} == {"sent"}
    decided = [casework.read(journal, case).last(ComplaintDecided).ruling for case in cases]
    assert decided == [str(ruling.case)] * 7
    assert rulings.find(journal, ruling.id).state == "finished"


def test_whoever_had_a_part_in_a_case_does_not_rule_on_it_in_a_group(journal, lead, cases):
    def informed(decider):
        by = Actor("platform", "foro")
        return delivery.deliver(how="platform", decided_by=[decider], by=by, now=casework.now())

    for case, decider in zip(cases, ("mod-17", "mod-1", "mod-2"), strict=True):
        casework.act(journal, case, lambda _, decider=decider: informed(decider))
        filed(journal, case)
    ruling = begin(journal, lead, cases)

    rulings.go_on(journal, casework.now())

    done = rulings.find(journal, ruling.id)
    assert (done.done, done.passed, done.state) == (2, 1, "finished")
    assert casework.read(journal, cases[0]).case.complaint == "filed"


def test_a_ruling_is_not_taken_back_before_it_is_carried_out_nor_twice(journal, lead, cases):
    for case in cases:
        filed(journal, case)
    ruling = begin(journal, lead, cases)
    like = partial(desks.like, journal, lead.desk, category="", filed_from=0, filed_to=2**40)
    assert like() == []  # nobody is ruled on twice by a button that was pressed twice
    undo = partial(
        rulings.begin_undo,
        journal,
        ruling,
        reviewer=lead.reviewer,
        reasons="It named the wrong clause.",
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
    assert {casework.read(journal, case).case.remedy for case in cases} == {"undone"}


def test_a_group_ruling_needs_a_lead_reasons_and_cases(journal, lead, cases):
    filed(journal, cases[0])

    with pytest.raises(Denied, match="Only a lead"):
        begin(journal, lead, cases, reviewer=Reviewer(1, lead=False))
    with pytest.raises(Malformed, match="too short"):
        begin(journal, lead, cases, reasons="No.")
    with pytest.raises(Malformed, match="No case"):
        begin(journal, lead, [])
    assert rulings.newest(journal, lead.desk) == []
