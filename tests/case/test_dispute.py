"""A dispute before an out-of-court body: its outcome is taken once, and becomes an order."""

from datetime import UTC, datetime

import pytest
from tests.case.lives import OUTCOME

from amparo.case import clocks, dispute, events, figures, notify, remedy
from amparo.case.state import Actor, Case, fold
from amparo.errors import Malformed, Refused

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
ISSUED = events.DecisionIssued(NOW, "platform:foro")
TOLD = events.DecisionDelivered(NOW, "platform:foro", decided_by=())


def taken(outcome=OUTCOME, happened=(ISSUED, TOLD)):
    return dispute.take(fold(happened), outcome, now=NOW)


def test_an_outcome_that_reverses_is_told_to_both_and_becomes_an_order_with_its_time():
    received, order = taken()
    case = fold([ISSUED, TOLD, received, order])

    assert order.steps == ("restore_content",)
    assert order.by == received.by == "body:odr.example"
    assert [one.to for one in notify.notices(received)] == ["complainant", "platform"]
    assert "C11" in clocks.running(case)


@pytest.mark.parametrize("outcome", sorted(events.LETS_STAND))
def test_an_outcome_that_lets_the_decision_stand_orders_nothing(outcome):
    stands = OUTCOME._replace(outcome=outcome)
    [received] = taken(stands._replace(steps=()))

    assert received.steps == ()
    with pytest.raises(Malformed, match="and yet something is ordered"):
        taken(stands)


def test_the_same_outcome_sent_again_changes_nothing():
    assert taken(happened=[ISSUED, TOLD, *taken()]) == []


@pytest.mark.parametrize(
    ("decided", "why"),
    [
        ("2026-11-01T00:00:00Z", "this one is older"),
        ("2026-11-30T00:00:00Z", "odr.example decided"),
    ],
)
def test_another_outcome_is_refused_whether_older_or_newer(decided, why):
    another = OUTCOME._replace(sha256="00" * 32, decided=decided)

    with pytest.raises(Refused, match="already") as refused:
        taken(another, [ISSUED, TOLD, *taken()])

    assert why in refused.value.why


def test_an_outcome_comes_too_late_for_a_decision_that_does_not_apply_any_more():
    order, *_ = remedy.order(steps=["restore_content"], outcome="reversed", by="lead:1", now=NOW)
    claimed = events.RemedyClaimed(NOW, "platform:foro", result="implemented", reasons="")
    before = [ISSUED, TOLD, order, claimed]
    verified = remedy.verify(fold(before), by=Actor("person"), now=NOW)

    with pytest.raises(Refused, match="does not apply any more"):
        taken(happened=[*before, *verified])


def test_an_order_that_is_open_already_is_not_given_twice():
    order, *_ = remedy.order(steps=["restore_content"], outcome="reversed", by="lead:1", now=NOW)

    [received] = taken(happened=[ISSUED, TOLD, order])

    assert received.steps == ("restore_content",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": "guilty"},
        {"basis": "mood"},
        {"steps": ()},
        {"steps": ("hang",)},
        {"reasons": "No."},
        {"summary": ""},
    ],
)
def test_an_outcome_without_outcome_basis_steps_or_reasons_is_refused(wrong):
    with pytest.raises(Malformed):
        taken(OUTCOME._replace(**wrong))


def test_whoever_reported_something_is_told_of_their_own_dispute():
    notice = events.NoticeReceived(NOW, "notifier", why="x", where="y")
    answer = events.NoticeAnswered(
        NOW, "platform:foro", result="not_acted", reasons="", automated=False, decided_by=()
    )

    heard = OUTCOME._replace(heard="answered", steps=("restrict",))
    received, *_ = taken(heard, happened=[notice, answer])

    assert notify.notices(received)[0].to == "notifier"


def test_a_file_that_is_taken_in_asks_for_a_panel_once():
    file = events.FileImported(
        NOW, "node", log="l", number="n", platform="p", head="h", entry=1, sha256="s"
    )

    first = dispute.take_in(Case(), file=file, role="person", grounds="Look.", now=NOW)
    again = dispute.take_in(fold(first), file=file, role="person", grounds="", now=NOW)

    assert [event.kind for event in first] == ["file.imported", "case.submitted", "hold.sent"]
    assert again == [file]


def test_a_dispute_elsewhere_is_counted_in_the_period_in_which_its_outcome_came():
    happened = [ISSUED, TOLD, *taken()]

    [cell] = figures.cells(happened, {}, *figures.bounds("2026-H2"))

    assert (cell.what, cell.outcome, cell.hours) == ("dispute", "reversed", 672.0)
    assert list(figures.cells(happened, {}, *figures.bounds("2026-H1"))) == []
