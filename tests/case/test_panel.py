"""The course of a panel case as pure steps: asked for, admitted, drawn, formed, heard, closed."""

from datetime import timedelta
from functools import partial

import msgspec
import pytest
from tests.case.test_steps import FORO, NOW, PERSON, REASONS, after, filed, told

from amparo.case import clocks, delivery, notify, panel, remedy
from amparo.case.state import Actor
from amparo.errors import Denied, Malformed, Refused

REGISTRAR = Actor("registrar", "Ada")
LIST = "ab" * 32


def asked(case=None):
    case = case or told()
    return after(case, panel.submit(case, role="person", grounds="Look again.", now=NOW))


def listed(case=None, **changes):
    case = case or after(asked(), panel.admit(by=REGISTRAR, now=NOW))
    values = {
        "digest": LIST,
        "draw_id": "d1",
        "eligible": [(name, name, ("en",)) for name in "abcdexyz"],
        "excluded": {"m9": "works there"},
        "language": "en",
        "number": 1,
        "by": REGISTRAR,
        "now": NOW,
    } | changes
    return after(case, panel.fix_list(**values))


def drawn(case=None, reserves=("d", "e")):
    case = case or listed()
    return after(
        case,
        panel.draw(
            case,
            digest=LIST,
            members=["a", "b", "c"],
            reserves=reserves,
            reveals={},
            seed="00",
            now=NOW,
        ),
    )


def formed(case=None):
    case = case or drawn()
    clean = dict.fromkeys(case.members, "None of the five.")
    return after(case, panel.form(case, clean=clean, by=REGISTRAR, now=NOW))


def positioned(case):
    return after(case, panel.take_position(case, text="No.", content="Whole.", by=FORO, now=NOW))


def deliberating(case=None, *, heard=True):
    case = case or formed()
    case = positioned(case) if heard else case
    later = NOW if heard else NOW + timedelta(days=15)
    return after(case, panel.deliberate(case, by=REGISTRAR, now=later))


def test_nobody_has_to_complain_first_and_the_hold_comes_at_once():
    case = asked()

    assert (case.panel, case.complaint, case.hold) == ("submitted", "", "sent")
    assert clocks.running(case)["C08"] == panel.last_day(case)


def test_the_list_is_fixed_before_the_draw_and_is_the_one_drawn_from():
    case = listed()

    with pytest.raises(Refused, match="not the one that was fixed"):
        panel.draw(case, digest="cd" * 32, members=[], reserves=[], reveals={}, seed="", now=NOW)
    with pytest.raises(Malformed, match="needs a reason"):
        listed(excluded={"x": " "})


def test_what_is_judged_elsewhere_is_not_admitted():
    """W10: for child sexual abuse and pure copyright there is no worksheet."""
    with pytest.raises(Refused, match="copyright is judged elsewhere"):
        panel.admit(keywords=["KEYWORD_COPYRIGHT_INFRINGEMENT"], by=REGISTRAR, now=NOW)
    assert panel.admit(keywords=["KEYWORD_HATE_SPEECH"], by=REGISTRAR, now=NOW)


def test_what_is_missing_is_asked_for_and_a_case_without_it_lapses_and_can_be_asked_again():
    missing = panel.call_for(missing="Which post?", by=REGISTRAR, now=NOW)
    case = after(asked(), missing)
    end = clocks.running(case)["incomplete"]

    complete = after(case, panel.complete(case, text="The one of May.", by=PERSON, now=NOW))
    lapsed = after(case, clocks.expire(case, "incomplete", end + timedelta(seconds=1)))

    assert end >= NOW + timedelta(days=14)
    assert complete.panel == "submitted"
    assert (lapsed.panel, lapsed.contested) == ("lapsed", False)
    assert asked(lapsed).panel == "submitted"
    with pytest.raises(Denied, match="Only the party"):
        panel.complete(case, text="x", by=FORO, now=NOW)


def test_whoever_has_a_conflict_gives_the_seat_to_the_next_reserve():
    case = drawn(reserves=["d"])
    with pytest.raises(Refused, match="does not sit"):
        panel.replace(case, member="z", reason="x", by="registrar", now=NOW)

    replaced = after(
        case, panel.replace(case, member="b", reason="My aunt.", by="registrar", now=NOW)
    )
    empty = after(
        replaced, panel.replace(replaced, member="a", reason="Ill.", by="registrar", now=NOW)
    )

    assert replaced.members == ("a", "d", "c")
    assert empty.members == ("d", "c")
    with pytest.raises(Refused, match="no answer about conflicts from c"):
        panel.form(replaced, clean={"a": "none", "d": "none"}, by=REGISTRAR, now=NOW)
    with pytest.raises(Refused, match="2 of 3 seats"):
        panel.form(empty, clean={"d": "none", "c": "none"}, by=REGISTRAR, now=NOW)
    assert drawn(listed(empty)).members == ("a", "b", "c")  # another list, another draw


@pytest.mark.parametrize("heard", [True, False])
def test_a_member_can_leave_until_the_ruling_and_the_way_goes_on_where_it_was(heard):
    case = deliberating(heard=heard)
    was, first = case.panel, case.formed_at

    case = after(case, panel.replace(case, member="b", reason="Ill.", by="registrar", now=NOW))
    assert case.panel == "composing"
    case = formed(case)
    later = NOW + timedelta(days=15)
    case = after(case, panel.deliberate(case, by=REGISTRAR, now=later))

    assert (case.panel, case.formed_at, case.members) == (was, first, ("a", "d", "c"))


def test_a_position_without_the_content_is_none():
    case = formed()
    with pytest.raises(Malformed, match="whole content"):
        panel.take_position(case, text="We stand by it.", content=" ", by=FORO, now=NOW)

    supplied = after(case, delivery.supply(content="All of it.", by=FORO, now=NOW))

    assert panel.take_position(supplied, text="We stand by it.", content="", by=FORO, now=NOW)


def test_a_late_answer_is_taken_once_more_before_the_decision():
    case = deliberating(heard=False)
    case = after(case, panel.take_position(case, text="Sorry.", content="It.", by=FORO, now=NOW))

    assert case.panel == "exchange"
    assert after(case, panel.deliberate(case, by=REGISTRAR, now=NOW)).panel == "deliberation"


def test_the_panel_asks_for_one_more_fact_once_and_goes_on_without_an_answer():
    case = deliberating()
    ask = partial(panel.ask_fact, of="party", question="When was it?", now=NOW)
    with pytest.raises(Denied, match="do not sit"):
        ask(case, member="z")

    asking = after(case, ask(case, member="a"))
    end = clocks.running(asking)["fact"]
    on = after(asking, clocks.expire(asking, "fact", end + timedelta(seconds=1)))

    assert asking.panel == "exchange"
    assert [one.kind for one in notify.notices(ask(case, member="a")[0])] == ["panel_question"]
    assert on.panel == "deliberation"
    with pytest.raises(Refused, match="asked for one more fact before"):
        ask(on, member="b")


def test_ninety_days_become_180_once_and_only_before_day_90():
    case = asked()
    extended = after(case, panel.extend(case, reasons=REASONS, by=REGISTRAR, now=NOW))

    assert panel.last_day(extended) - panel.last_day(case) == timedelta(days=90)
    with pytest.raises(Refused, match="cannot be extended"):
        panel.extend(extended, reasons=REASONS, by=REGISTRAR, now=NOW)
    with pytest.raises(Refused, match="cannot be extended"):
        panel.extend(
            case, reasons=REASONS, by=REGISTRAR, now=panel.last_day(case) + timedelta(seconds=1)
        )


def test_neither_side_nor_platform_runs_the_case():
    for actor in (PERSON, FORO, Actor("clock"), Actor("registrar")):
        with pytest.raises(Denied, match="Only the registrar"):
            panel.admit(by=actor, now=NOW)
    with pytest.raises(Denied, match="Only the party"):
        panel.withdraw(asked(), by=FORO, now=NOW)


def test_a_panel_goes_on_beside_a_complaint():
    """A person may go to a body at any time: the two machines do not wait for each other."""
    both = asked(filed())

    assert (both.complaint, both.panel) == ("filed", "submitted")
    assert {"C06", "C08"} <= set(clocks.running(both))


def test_what_is_before_a_panel_is_contested_and_its_evidence_kept_until_after_the_end():
    case = after(asked(), remedy.keep(is_kept=True, reason="", by=FORO, now=NOW))
    assert case.contested
    assert "hold-end" not in clocks.running(case)

    case = after(case, panel.withdraw(case, by=PERSON, now=NOW))

    assert not case.contested
    assert clocks.running(case)["hold-end"] > NOW + timedelta(days=29)


def test_a_ruling_is_looked_at_once_more_for_a_mistake_in_time_or_new_facts():
    case = msgspec.structs.replace(
        asked(),
        panel="closed",
        ruling="uphold",
        panel_closed_at=NOW,
        members=("a", "b", "c"),
        heard=True,
        ordered_by="panel",
    )
    late = NOW + timedelta(days=40)
    with pytest.raises(Refused, match="can be corrected until"):
        panel.reopen(case, ground="mistake", text="The date.", by=PERSON, now=late)
    with pytest.raises(Refused, match="no ruling"):
        panel.reopen(asked(), ground="mistake", text="The date.", by=PERSON, now=NOW)

    again = after(case, panel.reopen(case, ground="new_facts", text="A film.", by=PERSON, now=late))

    assert (again.panel, again.members, again.heard, again.ruling) == ("submitted", (), False, "")
    assert panel.last_day(again) > late + timedelta(days=89)
    ended = msgspec.structs.replace(case, hold="ended")
    anew = panel.reopen(ended, ground="new_facts", text="A film.", by=PERSON, now=late)
    assert after(ended, anew).hold == "sent"  # what was kept for the first may be deleted by now
    once_more = msgspec.structs.replace(again, panel="closed", ruling="uphold")
    with pytest.raises(Refused, match="once more before"):
        panel.reopen(once_more, ground="new_facts", text="More.", by=PERSON, now=late)
