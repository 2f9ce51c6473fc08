"""Challenges: a side says why, two uninvolved members judge, and what both accept empties the seat."""

from datetime import timedelta

import pytest
from tests.case.test_panel import REGISTRAR, drawn, formed, positioned
from tests.case.test_steps import FORO, NOW, PERSON, REASONS, after

from amparo.case import challenge, clocks, panel
from amparo.case.state import Actor
from amparo.errors import Denied, Refused


def challenged(case=None, by=PERSON, member="b", now=NOW):
    case = case or formed()
    return after(case, challenge.raise_(case, member=member, reasons=REASONS, by=by, now=now))


def judged(case, *verdicts):
    for judge, accepted in verdicts:
        step = challenge.judge(case, judge=judge, accepted=accepted, reasons=REASONS, now=NOW)
        case = after(case, step)
    return case


def test_what_both_judges_accept_gives_the_seat_to_the_next_reserve():
    case = judged(challenged(), ("x", True), ("y", True))

    assert (case.panel, case.members, case.challenged) == ("composing", ("a", "d", "c"), "")


@pytest.mark.parametrize("verdicts", [(False, False), (True, False), (False, True)])
def test_what_one_judge_does_not_accept_leaves_the_seat(verdicts):
    case = judged(challenged(), ("x", verdicts[0]), ("y", verdicts[1]))

    assert (case.panel, case.members, case.challenged) == ("exchange", ("a", "b", "c"), "")
    with pytest.raises(Refused, match="challenged and judged before"):
        challenged(case)


def test_nobody_judges_who_has_a_part_or_twice():
    case = judged(challenged(), ("x", True))

    for judge in ("a", "b", "d", "e", "x", "m9"):  # m9 was left out: it works there
        with pytest.raises(Denied, match="cannot judge"):
            judged(case, (judge, True))
    with pytest.raises(Refused, match="no challenge"):
        judged(formed(), ("x", True))


def test_both_sides_may_and_nobody_else_for_three_days_after_the_panel_was_formed():
    assert challenged(by=FORO).challenged == "b"
    assert challenged(drawn()).challenged == "b"
    end = clocks.running(formed())["challenge"]

    for fault in (
        {"by": Actor("registrar", "Ada")},
        {"by": Actor("notifier")},
        {"member": "z"},
        {"case": challenged(), "member": "c"},
        {"now": end + timedelta(seconds=1)},
    ):
        with pytest.raises(Refused, match="cannot be challenged"):
            challenged(**fault)


def test_the_panel_neither_forms_nor_closes_the_file_over_an_open_challenge():
    composing, heard = challenged(drawn()), challenged(positioned(formed()))

    with pytest.raises(Refused, match="A seat is challenged"):
        formed(composing)
    with pytest.raises(Refused, match="A seat is challenged"):
        panel.deliberate(heard, by=REGISTRAR, now=NOW)
    assert formed(judged(composing, ("x", False), ("y", False))).panel == "exchange"


def test_a_challenge_ends_with_the_seat_or_the_panel_it_is_about():
    case = challenged(drawn())
    gone = after(case, panel.replace(case, member="b", reason="Ill.", by="registrar", now=NOW))
    over = after(challenged(), panel.withdraw(challenged(), by=PERSON, now=NOW))

    assert (gone.challenged, over.challenged) == ("", "")
    assert formed(gone).panel == "exchange"
