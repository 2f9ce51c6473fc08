"""The panel as pure steps: alone first, then together; merits and default apart; dissent with reasons."""

from datetime import timedelta

import pytest
from tests.case.test_steps import FORO, NOW, PERSON, REASONS, after, told
from tests.case.test_worksheet import CARTOON, GOVERNOR, sheet

from amparo.case import clocks, panel, remedy
from amparo.case.state import Actor
from amparo.errors import Denied, Malformed, Refused

REGISTRAR = Actor("registrar", "Ada")
LIST = "ab" * 32
SHEETS = [CARTOON, CARTOON, sheet(Q_S1="same")]


def asked(case=None):
    case = case or told()
    return after(case, panel.submit(case, role="person", grounds="Look again.", now=NOW))


def formed():
    case = after(asked(), panel.admit(by=REGISTRAR, now=NOW))
    case = after(
        case,
        panel.fix_list(
            digest=LIST,
            draw_id="d1",
            excluded={"m9": "works there"},
            number=1,
            by=REGISTRAR,
            now=NOW,
        ),
    )
    case = after(
        case,
        panel.draw(
            case, digest=LIST, members=["a", "b", "c"], reserves=["d", "e"], reveals={},
            seed="00", now=NOW,
        ),
    )  # fmt: skip
    clean = dict.fromkeys(case.members, "None of the five.")
    return after(case, panel.form(case, clean=clean, by=REGISTRAR, now=NOW))


def deliberating(*, heard=True):
    case = formed()
    if heard:
        case = after(case, panel.take_position(case, text="We stand by it.", by=FORO, now=NOW))
        return after(case, panel.deliberate(case, by=REGISTRAR, now=NOW))
    later = NOW + timedelta(days=15)
    return after(case, panel.deliberate(case, by=REGISTRAR, now=later))


def sealed(**options):
    case = deliberating(**options)
    for member, answers in zip("abc", SHEETS, strict=True):
        case = after(case, panel.seal(case, member=member, answers=answers, now=NOW))
    return case


def ruling(case, **changes):
    values = {
        "votes": {"a": "reverse", "b": "reverse", "c": "reverse"}, "outcome": "reverse",
        "reasons": "P-AIM- since no threat is in the record; P-VIO- since it is satire; P-CON- and "
        "P-LEG+ are named too; P-VIO? stays open for one of us.",
        "summary": "The cartoon may stay.", "dissents": {}, "divergence": "",
        "sheets": SHEETS, "steps": ["restore_content"], "published": "", "now": NOW,
    } | changes  # fmt: skip
    return panel.decide(case, **values)


def test_nobody_has_to_complain_first_and_the_hold_comes_at_once():
    case = asked()

    assert (case.panel, case.complaint, case.hold) == ("submitted", "", "sent")
    assert clocks.running(case)["C08"] == panel.last_day(case)


def test_the_list_is_fixed_before_the_draw_and_is_the_one_drawn_from():
    case = after(asked(), panel.admit(by=REGISTRAR, now=NOW))
    case = after(
        case,
        panel.fix_list(digest=LIST, draw_id="d1", excluded={}, number=1, by=REGISTRAR, now=NOW),
    )

    with pytest.raises(Refused, match="not the one that was fixed"):
        panel.draw(case, digest="cd" * 32, members=[], reserves=[], reveals={}, seed="", now=NOW)
    with pytest.raises(Malformed, match="needs a reason"):
        panel.fix_list(
            digest=LIST, draw_id="d1", excluded={"x": " "}, number=1, by=REGISTRAR, now=NOW
        )


def test_whoever_has_a_conflict_gives_the_seat_to_the_next_reserve():
    case = formed()
    with pytest.raises(Refused, match="does not sit"):
        panel.replace(case, member="z", reason="x", by="registrar", now=NOW)
    composing = after(asked(), panel.admit(by=REGISTRAR, now=NOW))
    composing = after(
        composing,
        panel.fix_list(digest=LIST, draw_id="d1", excluded={}, number=1, by=REGISTRAR, now=NOW),
    )
    composing = after(
        composing,
        panel.draw(composing, digest=LIST, members=["a", "b", "c"], reserves=["d"], reveals={},
                   seed="", now=NOW),
    )  # fmt: skip

    replaced = after(
        composing, panel.replace(composing, member="b", reason="My aunt.", by="registrar", now=NOW)
    )

    assert replaced.members == ("a", "d", "c")
    with pytest.raises(Refused, match="no reserve left"):
        panel.replace(replaced, member="a", reason="x", by="registrar", now=NOW)
    with pytest.raises(Refused, match="not formed"):
        panel.form(replaced, clean={"a": "none", "d": "none"}, by=REGISTRAR, now=NOW)


def test_each_answers_alone_and_nobody_reads_before_all_are_sealed():
    case = deliberating()
    case = after(case, panel.seal(case, member="a", answers=CARTOON, now=NOW))

    assert not panel.may_read_sheets(case)
    with pytest.raises(Refused, match="sealed already"):
        panel.seal(case, member="a", answers=GOVERNOR, now=NOW)
    with pytest.raises(Denied, match="do not sit"):
        panel.seal(case, member="z", answers=CARTOON, now=NOW)
    with pytest.raises(Refused, match="Not every member"):
        panel.vote(case, member="a", outcome="reverse", dissent="", now=NOW)
    with pytest.raises(Refused, match="neither language"):
        panel.seal(case, member="b", answers=sheet(Q_06="none"), now=NOW)
    with pytest.raises(Malformed, match="Q-01"):
        panel.seal(case, member="b", answers={}, now=NOW)


def test_a_default_is_typed_as_one_and_waits_for_its_day():
    with pytest.raises(Refused, match="may still answer"):
        panel.deliberate(formed(), by=REGISTRAR, now=NOW + timedelta(days=14))
    heard, silent = ruling(sealed())[0], ruling(sealed(heard=False))[0]

    assert heard.details["basis"] == "merits"
    assert silent.details["basis"] == "default"


def test_a_late_answer_is_taken_once_more_before_the_decision():
    case = deliberating(heard=False)
    case = after(case, panel.take_position(case, text="Sorry.", by=FORO, now=NOW))

    assert case.panel == "exchange"
    assert after(case, panel.deliberate(case, by=REGISTRAR, now=NOW)).panel == "deliberation"


def test_an_order_follows_and_has_the_panels_clock():
    case = after(sealed(), ruling(sealed()))

    assert (case.panel, case.ruling, case.remedy) == ("closed", "reverse", "sent")
    assert "C11" in clocks.running(case)
    assert "C07" not in clocks.running(case)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"votes": {"a": "reverse", "b": "reverse"}}, "Every member votes"),
        ({"votes": {"a": "reverse", "b": "uphold", "c": "send_back"}}, "no majority"),
        ({"votes": {"a": "reverse", "b": "reverse", "c": "uphold"}}, "dissent has its reasons"),
        ({"reasons": "We find for the cartoon, because it is one."}, "do not speak to everything"),
        ({"summary": "word " * 201}, "summary is too long"),
        ({"summary": ""}, "summary is missing"),
        ({"reasons": "P-AIM- P-VIO- P-CON- P-LEG+ P-VIO? with a score of nine"}, "no score"),
        ({"steps": []}, "Steps"),
        (
            {"votes": dict.fromkeys("abc", "uphold"), "outcome": "uphold"},
            "has to be explained",
        ),
    ],
)
def test_what_a_ruling_must_have(changes, match):
    """V1 to V6."""
    with pytest.raises((Malformed, Refused), match=match):
        ruling(sealed(), **changes)


def test_a_dissent_goes_with_the_ruling():
    event = ruling(
        sealed(), votes={"a": "reverse", "b": "reverse", "c": "uphold"},
        dissents={"c": "An age gate was defensible."},
    )[0]  # fmt: skip

    assert event.details["dissents"] == {"c": "An age gate was defensible."}
    assert event.details["votes"]["c"] == "uphold"


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
    from tests.case.test_steps import filed

    both = asked(filed())

    assert (both.complaint, both.panel) == ("filed", "submitted")
    assert {"C06", "C08"} <= set(clocks.running(both))


def test_what_is_before_a_panel_is_contested_and_its_evidence_kept_until_after_the_end():
    case = after(asked(), remedy.keep(kept=True, reason="", by=FORO, now=NOW))
    assert case.contested
    assert "hold-end" not in clocks.running(case)

    case = after(case, panel.withdraw(case, by=PERSON, now=NOW))

    assert not case.contested
    assert clocks.running(case)["hold-end"] > NOW + timedelta(days=29)
