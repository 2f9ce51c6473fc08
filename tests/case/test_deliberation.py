"""The panel with a closed file: alone first, then together; merits and default apart; dissents."""

from datetime import timedelta

import msgspec
import pytest
from tests.case.test_panel import REGISTRAR, deliberating, formed, positioned
from tests.case.test_steps import NOW, after
from tests.case.test_worksheet import CARTOON, GOVERNOR, sheet

from amparo.case import clocks, deliberation, panel
from amparo.errors import Denied, Malformed, Refused

SHEETS = [CARTOON, CARTOON, sheet(Q_S1="same")]


def seal(case, member, answers=CARTOON):
    return after(case, deliberation.seal(case, member=member, answers=answers, now=NOW))


def sealed(case=None, **options):
    case = case or deliberating(**options)
    for member, answers in zip("abc", SHEETS, strict=True):
        case = seal(case, member, answers)
    return case


def ruling(case, **changes):
    values = {
        "votes": {"a": "reverse", "b": "reverse", "c": "reverse"},
        "outcome": "reverse",
        "reasons": "P-AIM- since no threat is in the record; P-VIO- since it is satire; P-CON- and "
        "P-LEG+ are named too; P-VIO? stays open for one of us.",
        "summary": "The cartoon may stay.",
        "dissents": {},
        "divergence": "",
        "sheets": SHEETS,
        "steps": ["restore_content"],
        "published": "",
        "now": NOW,
    } | changes
    return deliberation.decide(case, **values)


def test_each_answers_alone_and_nobody_reads_before_all_are_sealed():
    case = deliberating()
    case = after(case, deliberation.seal(case, member="a", answers=CARTOON, now=NOW))

    assert not deliberation.may_read_sheets(case)
    with pytest.raises(Refused, match="sealed already"):
        deliberation.seal(case, member="a", answers=GOVERNOR, now=NOW)
    with pytest.raises(Denied, match="do not sit"):
        deliberation.seal(case, member="z", answers=CARTOON, now=NOW)
    with pytest.raises(Refused, match="Not every member"):
        deliberation.vote(case, member="a", outcome="reverse", dissent="", now=NOW)
    with pytest.raises(Refused, match="neither language"):
        deliberation.seal(case, member="b", answers=sheet(Q_06="none"), now=NOW)
    with pytest.raises(Malformed, match="Q-01"):
        deliberation.seal(case, member="b", answers={}, now=NOW)


def test_a_default_is_typed_as_one_and_waits_for_its_day():
    with pytest.raises(Refused, match="may still answer"):
        panel.deliberate(formed(), by=REGISTRAR, now=NOW + timedelta(days=14))
    heard, silent = ruling(sealed())[0], ruling(sealed(heard=False))[0]

    assert heard.basis == "merits"
    assert silent.basis == "default"


def test_what_comes_after_a_worksheet_was_sealed_is_in_none_of_them():
    """A late answer, or one more fact: all three are filled anew."""
    late = sealed(heard=False)
    late = positioned(late)
    asked = sealed()
    asked = after(asked, panel.ask_fact(asked, of="party", question="When?", member="a", now=NOW))

    for case in (late, asked):
        case = after(case, panel.deliberate(case, by=REGISTRAR, now=NOW))
        assert not deliberation.may_read_sheets(case)
        assert deliberation.may_read_sheets(sealed(case))


def test_whoever_takes_a_seat_fills_a_worksheet_of_their_own():
    case = sealed()

    case = after(case, panel.replace(case, member="b", reason="Ill.", by="registrar", now=NOW))
    case = formed(case)
    case = after(case, panel.deliberate(case, by=REGISTRAR, now=NOW))

    assert [name for name, _ in case.sheets] == ["a", "c"]
    assert deliberation.may_read_sheets(seal(case, "d"))


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
            {
                "votes": dict.fromkeys("abc", "uphold"),
                "outcome": "uphold",
                "divergence": "The record was too thin.",
            },
            "stands, and yet",
        ),
        (
            {"votes": dict.fromkeys("abc", "uphold"), "outcome": "uphold", "steps": []},
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
        sealed(),
        votes={"a": "reverse", "b": "reverse", "c": "uphold"},
        dissents={"c": "An age gate was defensible."},
    )[0]

    assert event.dissents == {"c": "An age gate was defensible."}
    assert event.votes["c"] == "uphold"


def test_a_panel_orders_again_where_the_platform_refused_before():
    case = sealed()
    case = msgspec.structs.replace(case, remedy="refused", complaint="closed")

    assert after(case, ruling(case)).remedy == "sent"
