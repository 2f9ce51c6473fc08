"""A ruling on a group, taken back, and ruled again, while something else happens to each member.

A table: at every point of the group's life, to each member something of its own. Then two leads at
once, and a node that is killed in between. What a group does to one case is in
`tests/case/test_every_pair.py`.
"""

import multiprocessing
import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from tests.case.lives import OUTCOME
from tests.ledger.conftest import REASONS, filed, reachable
from tests.ledger.test_rulings import (
    FORO,
    LANGUAGE,
    PERSON,
    WRONG,
    act,
    begin,
    opened,
)

from amparo.case import claim, complaint, dispute, remedy
from amparo.case.events import ComplaintDecided
from amparo.case.state import Actor
from amparo.errors import AmparoError
from amparo.ledger.case import casework, rulings
from amparo.ledger.upkeep.erase import erase
from amparo.storage.journal import Journal

STEPS = ("restore_account",)
AT_ONCE = {"direction": "keep_down", "reasons": "He is at her door."}
SEEN = {"word": "amparo-abcd", "seen": "The word stands on the account.", "held": True}


def disowned(at, case):
    act(at.journal, case, claim.prove, **SEEN, by=Actor("operator", "Olga"))
    act(at.journal, case, claim.disown, by=PERSON)


def by_a_body(at, case):
    said = OUTCOME._replace(outcome="reverse", steps=STEPS)
    casework.act(at.journal, case, lambda now: dispute.take(now, said, now=casework.now()))


def erased(at, case):
    erase(at.node, at.journal.of_case(case), "order")
    at.erased[case] = len(at.journal.of_case(case))


HAPPENS = {
    "nothing": lambda *_: None,
    "they complain": lambda at, case: filed(at.journal, case),
    "withdrawn": lambda at, case: act(at.journal, case, complaint.withdraw, by=PERSON),
    "erased": erased,
    "disowned": disowned,
    "carried out": lambda at, case: at.reports(case, "implemented"),
    "refused": lambda at, case: at.reports(case, "refused"),
    "carried out and checked": lambda at, case: (
        at.reports(case, "implemented"),
        act(at.journal, case, remedy.verify, by=PERSON),
    ),
    "a lead opens it again": lambda at, case: act(
        at.journal, case, complaint.reopen, by=at.other.reviewer, reason=REASONS
    ),
    "a reviewer has it open": lambda at, case: opened(at.journal, case, at.other),
    "something is ordered at once": lambda at, case: act(
        at.journal, case, remedy.interim, by=at.other.reviewer, **AT_ONCE
    ),
    "a body decides": by_a_body,
}
POINTS = ("before it is carried out", "after", "while it is taken back", "after that")
RULINGS = {
    "it stands": {"outcome": "upheld", "steps": ()},
    "it is reversed": {"outcome": "reversed", "steps": STEPS},
    "nobody had complained": {"outcome": "reversed", "steps": STEPS, "unheard": True},
}


class Group:
    """Members to each of whom something happens, and what is done with all of them."""

    def __init__(self, node, journal, other, cases):
        self.node, self.journal, self.other, self.cases = node, journal, other, cases
        self.erased = {}
        self.happened = set()

    def reports(self, case, result):
        act(self.journal, case, remedy.report, result=result, reasons="So.", by=FORO)

    def happens(self):
        """To each member something else; where that is not possible, nothing."""
        for name, case in zip(HAPPENS, self.cases, strict=True):
            try:
                HAPPENS[name](self, case)
            except AmparoError:
                continue
            self.happened.add(name)

    def go_on(self, ruling):
        """The scheduler's round, and once more, which finds nothing to do."""
        rulings.go_on(self.journal, casework.now())
        size = self.journal.size()
        rulings.go_on(self.journal, casework.now())
        assert self.journal.size() == size
        return self.sound(rulings.find(self.journal, ruling.id))

    def sound(self, ruling):
        rows = self.journal.db.execute(
            "SELECT case_id, state FROM ruling_case WHERE ruling = ?", (ruling.id,)
        ).fetchall()
        states = Counter(state for _, state in rows)
        if ruling.state == "finished":
            assert (ruling.done, ruling.passed) == (states["ruled"], states["passed"])
            assert states["ruled"] + states["passed"] == ruling.cases
        else:
            assert ruling.state == "undone"
            assert (ruling.done, ruling.stands) == (states["undone"], states["stands"])
            assert states["ruled"] == states["waiting"] == 0
        for key, state in rows:
            self.member(ruling, UUID(bytes=bytes(key)), state)
        return ruling

    def member(self, ruling, number, state):
        file = casework.read(self.journal, number)
        if file.is_erased:
            assert len(file.log_entries) == self.erased[number], "nothing happens to nobody"
            assert state != "undone"
            return
        case, own = file.case, str(ruling.case)
        decides = own in (case.decided_in, case.reversed_in if case.remedy != "undone" else "")
        if state == "ruled":
            assert decides
        if state == "undone":
            assert not decides
            assert case.remedy in ("", "undone") or "desk" not in case.behind

    def taken_back(self, ruling, by):
        said = {"reasons": WRONG, "now": casework.now()}
        rulings.begin_undo(self.journal, ruling, reviewer=by.reviewer, **said)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("kind", RULINGS)
def test_whatever_happens_to_its_members_a_group_is_ruled_taken_back_and_ruled_again(
    node,
    journal,
    lead,
    other,
    keep,
    kind,
    point,
):
    cases = [UUID(one.case) for one in keep(len(HAPPENS))]
    for case in cases:
        reachable(journal, case)
        if kind != "nobody had complained":
            filed(journal, case)
    group = Group(node, journal, other, cases)
    said = {**RULINGS[kind], "language": "en"}

    def at(now):
        if now == point:
            group.happens()

    first = begin(journal, lead, cases, **said)
    at("before it is carried out")
    first = group.go_on(first)
    at("after")
    group.taken_back(first, lead)
    at("while it is taken back")
    first = group.go_on(first)
    at("after that")
    assert len(group.happened) >= 4, "what cannot happen shows nothing"
    open_ = [case for case in cases if case not in group.erased]
    second = group.go_on(begin(journal, other, open_, **said))
    group.taken_back(second, other)
    group.go_on(second)
    for case in group.erased:
        letters = "SELECT count(*) FROM outbox WHERE case_id = ? AND state = 'waiting'"
        there = f"{letters} AND recipient <> 'platform'"
        assert journal.db.execute(there, (case.bytes,)).get == 0


def test_two_leads_at_once_rule_on_each_case_once(
    node,
    journal,
    lead,
    other,
    keep,
):
    cases = [UUID(one.case) for one in keep(12)]
    for case in cases:
        filed(journal, case)
    said = {"outcome": "upheld", "steps": (), "language": LANGUAGE}
    both = [begin(journal, who, cases, **said) for who in (lead, other)]
    start = Barrier(2)

    def one(_):
        own = Journal(node.journal)
        start.wait()
        rulings.go_on(own, casework.now())
        own.close()

    with ThreadPoolExecutor(2) as threads:
        [*threads.map(one, range(2))]

    done = [rulings.find(journal, ruling.id) for ruling in both]
    assert [(one.state, one.done + one.passed) for one in done] == [("finished", 12)] * 2
    assert sum(one.done for one in done) == 12
    for case in cases:
        found = casework.read(journal, case).events
        assert sum(isinstance(event, ComplaintDecided) for event in found) == 1


def dies_in(place, commit):
    """A node that is killed in the middle of a commit: a process of its own."""
    rulings.CASES_A_COMMIT = 2
    keep, seen = rulings._keep_outcomes, []

    def keeping(*values):
        keep(*values)
        seen.append(1)
        if len(seen) == commit:
            os.kill(os.getpid(), signal.SIGKILL)

    rulings._keep_outcomes = keeping
    rulings.go_on(Journal(place), casework.now())


@pytest.mark.parametrize("commit", [1, 3])
def test_a_node_that_is_killed_while_a_ruling_is_made_or_taken_back_goes_on(
    node,
    journal,
    lead,
    keep,
    commit,
):
    cases = [UUID(one.case) for one in keep(7)]
    for case in cases:
        filed(journal, case)
    ruling = begin(journal, lead, cases)
    group = Group(node, journal, None, cases)

    def killed():
        own = multiprocessing.get_context("spawn").Process(
            target=dies_in, args=(node.journal, commit)
        )
        own.start()
        own.join(120)
        assert own.exitcode == -signal.SIGKILL
        return rulings.find(journal, ruling.id)

    assert killed().done == 2 * (commit - 1)
    ruling = group.go_on(ruling)
    assert (ruling.done, ruling.passed) == (7, 0)
    group.taken_back(ruling, lead)
    assert killed().done == 2 * (commit - 1)
    ruling = group.go_on(ruling)
    assert (ruling.done, ruling.stands) == (7, 0)
    kinds = Counter(event.kind for case in cases for event in casework.read(journal, case).events)
    assert (kinds["complaint.decided"], kinds["complaint.undone"]) == (7, 7)
