"""However a lead case ends, or its answer: nobody waits for it, and nobody keeps what has gone.

A table: every end of a lead case that is examined; every answer, and every end of that.
"""

import pytest
from tests.case.lives import OUTCOME
from tests.ledger.test_leads import (
    PERSON,
    REASONS,
    decided,
    found,
    gone_through,
    joined,
    proposed,
    stands,
    wave,  # noqa: F401 - a fixture
)
from tests.ledger.test_rulings import act, ruled, taken_back

from amparo.case import claim, complaint, dispute
from amparo.case.state import Actor
from amparo.errors import Refused
from amparo.ledger.case import casework, leads

SEEN = {"word": "amparo-abcd", "seen": "The word stands on the account.", "held": True}


def withdrawn(journal, case):
    act(journal, case, complaint.withdraw, by=PERSON)


def refused(journal, case, by):
    said = {"ground": "not_covered", "reasons": REASONS, "by": by.reviewer}
    act(journal, case, complaint.declare_inadmissible, **said)


def disowned(journal, case):
    act(journal, case, claim.prove, **SEEN, by=Actor("operator", "Olga"))
    act(journal, case, claim.disown, by=PERSON)


def by_a_body(journal, case):
    said = OUTCOME._replace(outcome="reverse", steps=("restore_account",))
    casework.act(journal, case, lambda now: dispute.take(now, said, now=casework.now()))


ENDS = {
    "withdrawn": lambda at: withdrawn(at.journal, at.led),
    "it cannot be heard": lambda at: refused(at.journal, at.led, at.other),
    "disowned": lambda at: disowned(at.journal, at.led),
}


class Wave:
    """A lead case, somebody who waits for it, somebody who was asked, and two leads of the desk."""

    def __init__(self, journal, desk, lead, other, cases):
        self.journal, self.desk, self.lead, self.other = journal, desk, lead, other
        self.led, self.waits, self.follows, self.asked, _ = cases
        self.number = proposed(journal, desk, lead.reviewer, cases)
        joined(journal, self.waits, self.follows)

    def go_on(self):
        """The scheduler's rounds, and once more, which finds nothing to do."""
        for _ in range(2):  # a group ends in one, and whoever waits goes back in the next
            leads.go_on(self.journal, casework.now())
        size = self.journal.size()
        leads.go_on(self.journal, casework.now())
        assert self.journal.size() == size

    def complaint(self, case):
        return casework.read(self.journal, case).case.complaint

    def state(self):
        return found(self.journal, self.desk, self.number).state


@pytest.fixture
def at(journal, desk, lead, other, wave):  # noqa: F811
    return Wave(journal, desk, lead, other, wave)


@pytest.mark.parametrize("end", ENDS)
def test_whoever_waits_goes_back_however_the_lead_case_ends(at, end):
    ENDS[end](at)
    at.go_on()

    assert stands(at.journal, at.waits, at.follows) == ["ended", "ended"]
    assert at.complaint(at.waits) == "filed"
    assert at.state() == "closed"
    with pytest.raises(Refused, match="too late"):
        joined(at.journal, at.asked)


def by_itself(at):
    decided(at.journal, at.led, at.lead.reviewer)


def in_a_group(at):
    at.ruling = ruled(at.journal, at.lead, [at.led], outcome="upheld", steps=(), language="en")


def opened_again(at):
    act(at.journal, at.led, complaint.reopen, by=at.lead.reviewer, reason=REASONS)


ANSWERS = {
    ("by itself", "a lead opens it again"): (by_itself, opened_again),
    ("by itself", "a body decides otherwise"): (
        by_itself,
        lambda at: by_a_body(at.journal, at.led),
    ),
    ("in a group", "a lead opens it again"): (in_a_group, opened_again),
    ("in a group", "the ruling is taken back"): (
        in_a_group,
        lambda at: taken_back(at.journal, at.ruling, at.lead),
    ),
    ("in a group", "a body decides otherwise"): (
        in_a_group,
        lambda at: by_a_body(at.journal, at.led),
    ),
}


@pytest.mark.parametrize("how", ANSWERS, ids=": ".join)
@pytest.mark.parametrize("then", ["nothing", *ENDS])
def test_what_followed_an_answer_goes_with_it_and_whoever_waits_does_not_wait_for_ever(
    at, how, then
):
    answer, ends = ANSWERS[how]
    answer(at)
    at.go_on()
    by = at.other.reviewer
    done = gone_through(at.journal, at.desk, at.number, by, at.led, same=[at.follows])
    assert not done.left
    assert at.complaint(at.follows) == "closed"

    ends(at)
    at.go_on()

    assert at.complaint(at.follows) == "reopened"
    assert stands(at.journal, at.waits) == ["waiting"]
    is_open = casework.read(at.journal, at.led).case.complaint == "reopened"
    if then == "nothing" or not is_open:
        gone_through(at.journal, at.desk, at.number, by, at.led, apart=[at.waits])
    else:
        try:
            ENDS[then](at)
        except Refused:  # who looked at it before, or it is looked at: it is withdrawn at least
            ENDS["withdrawn"](at)
    at.go_on()
    assert stands(at.journal, at.waits) == ["ended"]
    is_examined = then == "nothing" and is_open  # whoever was asked can still join
    assert at.state() == ("open" if is_examined else "closed")


def test_what_followed_is_opened_once_and_not_by_each_end_that_comes_after(at):
    """The ruling is taken back; the lead case is ruled on anew, and that is taken back, too."""
    in_a_group(at)
    at.go_on()
    gone_through(at.journal, at.desk, at.number, at.other.reviewer, at.led, same=[at.follows])
    taken_back(at.journal, at.ruling, at.lead)
    at.go_on()

    again = ruled(at.journal, at.other, [at.led], outcome="upheld", steps=(), language="en")
    at.go_on()
    taken_back(at.journal, again, at.other)
    at.go_on()

    kinds = [event.kind for event in casework.read(at.journal, at.follows).events]
    assert kinds.count("complaint.reopened") == 1
    assert at.complaint(at.follows) == "reopened"
