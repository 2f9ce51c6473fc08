"""Nothing is ruled that changes what somebody has before they were told and heard, whoever rules.

A table: every way to rule x whose case it is x whether the other side was heard x danger.
"""

from datetime import timedelta
from itertools import product
from typing import get_args

import msgspec
import pytest
from tests.case.lives import OUTCOME
from tests.case.test_deliberation import SHEETS, ruling, seal, sealed
from tests.case.test_hearing import STAKE, authors, called, decide, notice, reporters
from tests.case.test_panel import REGISTRAR, deliberating
from tests.case.test_steps import NOW, after
from tests.case.test_who_may_touch import REASONS, THIRD

from amparo.case import clocks, deliberation, dispute, hearing, panel, state
from amparo.case.events import HearingAnswered, HearingEnded, PanelOutcome
from amparo.case.state import Actor
from amparo.errors import Malformed, Refused, Several

REPORT = state.fold([notice()])
ALONE, AUTHORS, REPORTERS = "an author alone", "an author, and a reporter", "a reporter"
DANGER = "She is named with her street, and he says tonight."
BODY = Actor("body", "odr.example")


def matter(case, whose):
    """The same case as that of an author, or of a reporter, whose post it is about."""
    of = "notifier" if whose == REPORTERS else "person"
    others = () if whose == ALONE else (REPORT,)
    return msgspec.structs.replace(case, complainant=of, others=others)


def at_desk(whose):
    return {ALONE: authors(), AUTHORS: authors(REPORT), REPORTERS: reporters()}[whose]


def ordered(outcome):
    """Nothing can be ordered where the first decision stands."""
    return ("restore_content",) if outcome == "reverse" else ()


def by_desk(case, outcome, **said):
    words = {"uphold": "upheld", "reverse": "reversed"}
    return decide(case, words[outcome], ordered(outcome), said["text"])


def by_panel(case, outcome, **said):
    votes = dict.fromkeys("abc", outcome)
    told = {"for_the_other": said["text"], "unheard": said["unheard"]}
    told["steps"] = ordered(outcome)
    return ruling(case, votes=votes, outcome=outcome, divergence=REASONS, **told)


def by_body(case, outcome, **said):
    told = {"for_the_other": said["text"], "unheard": said["unheard"]}
    said = OUTCOME._replace(outcome=outcome, steps=ordered(outcome), **told)
    return dispute.take(case, said, now=NOW)


WAYS = {
    "the desk": ("desk", at_desk, by_desk),
    "a panel": ("panel", lambda whose: matter(sealed(), whose), by_panel),
    "a panel by default": ("panel", lambda whose: matter(sealed(heard=False), whose), by_panel),
    "a body": ("body", at_desk, by_body),
}
OUTCOMES = {"uphold": False, "reverse": True}
"""Outcome -> whether it may change what the other side has."""


def is_told(case, before, at=NOW):
    """A call, and the end of its time."""
    told = {"question": STAKE, "mailed": 1, "now": at}
    calls = {
        "desk": lambda: hearing.call(case, by=THIRD, **told),
        "panel": lambda: hearing.call_before_a_panel(case, by=REGISTRAR, **told),
        "body": lambda: hearing.call_before_a_body(case, mailed=1, by=BODY, now=at),
    }
    case = after(case, calls[before]())
    return after(case, clocks.expire(case, "hearing", at + timedelta(days=8)))


@pytest.mark.parametrize(
    ("way", "whose", "outcome", "is_heard", "is_danger"),
    product(WAYS, (ALONE, AUTHORS, REPORTERS), OUTCOMES, (False, True), (False, True)),
)
def test_who_is_heard_before_what(way, whose, outcome, is_heard, is_danger):
    before, begin, rule = WAYS[way]
    case = begin(whose)
    if is_heard and whose != ALONE:
        case = is_told(case, before)
    said = {"text": REASONS, "unheard": DANGER if is_danger else ""}

    is_due = OUTCOMES[outcome] and whose != ALONE
    may_pass_over = is_danger and whose == REPORTERS and before != "desk"  # which waives before
    if is_due and not is_heard and not may_pass_over:
        with pytest.raises(Refused, match=r"heard first|has to be heard") as refused:
            rule(case, outcome, **said)
        assert refused.value.fix
        return
    [ruled, *_] = rule(case, outcome, **said)
    assert (hearing.text_for_the_others(case, ruled) == REASONS) == is_due
    if may_pass_over and is_due and not is_heard:
        assert ruled.unheard == DANGER


@pytest.mark.parametrize("outcome", get_args(PanelOutcome))
def test_of_a_panel_only_what_lets_all_stand_takes_nothing_from_the_other_side(outcome):
    """What is sent back is decided anew by the platform, which may take it."""
    changes = outcome not in ("uphold", "cannot_decide")

    assert (hearing.whose(matter(sealed(), REPORTERS), "panel", outcome) == "person") == changes
    assert (hearing.whose(matter(sealed(), AUTHORS), "body", outcome) == "notifier") == changes
    assert hearing.whose(matter(sealed(), ALONE), "panel", outcome) is None


def test_what_is_taken_back_gives_each_side_what_it_had_and_nothing_is_reversed_unasked():
    assert hearing.whose(authors(REPORT), "undone", "reversed") is None
    assert hearing.whose(authors(REPORT), "unasked", "reversed") == "notifier"


def test_a_ruling_on_a_group_never_takes_from_somebody_who_has_a_case_of_their_own():
    """It has no words for them: such a case is decided by itself."""
    heard = is_told(authors(REPORT), "desk")

    for case in (authors(REPORT), reporters(), heard):
        with pytest.raises((Refused, Malformed), match=r"heard first|told why"):
            decide(case, "reversed", ["restore_content"], "")


def test_a_panel_does_not_count_what_was_said_at_the_desk_and_neither_does_a_body():
    case = is_told(reporters(), "desk")

    assert hearing.is_over(case, "desk")
    assert not hearing.is_over(case, "panel")
    with pytest.raises(Refused, match="heard first"):
        by_body(case, "reverse", text=REASONS, unheard="")
    asked = is_told(case, "body", at=NOW + timedelta(days=9))
    assert hearing.is_over(asked, "desk")  # what was said there still counts there
    assert by_body(asked, "reverse", text=REASONS, unheard="")


def test_one_asks_at_a_time_and_the_desk_waits_for_what_the_panel_asked():
    case = matter(sealed(reporters_before_a_panel()), REPORTERS)
    asked = after(case, panel_asks(case))

    assert (hearing.stands(asked, "panel"), hearing.stands(asked, "desk")) == ("told", "elsewhere")
    with pytest.raises(Refused, match="asked already"):
        hearing.call(asked, question=STAKE, mailed=1, by=THIRD, now=NOW)
    waived = after(asked, hearing.waive(asked, reasons=DANGER, by=THIRD, now=NOW))
    assert hearing.is_over(waived, "desk")
    assert hearing.stands(waived, "panel") == "told"  # the panel goes on asking
    assert "hearing" in clocks.running(waived)


def test_an_answer_that_comes_after_the_vote_is_in_every_worksheet_or_nothing_is_ruled():
    case = after(matter(sealed(), REPORTERS), panel_asks(matter(sealed(), REPORTERS)))
    for member in "abc":
        vote = {"member": member, "outcome": "reverse", "dissent": "", "now": NOW}
        case = after(case, deliberation.vote(case, **vote))

    said = {"text": "It is a song.", "own": "x", "by": Actor("person"), "now": NOW}
    case = after(case, hearing.answer(case, **said))

    with pytest.raises(Refused, match="Not every member"):
        by_panel(case, "reverse", text=REASONS, unheard="")
    for member, answers in zip("abc", SHEETS, strict=True):
        case = seal(case, member, answers)
    assert by_panel(case, "reverse", text=REASONS, unheard="")


def test_whom_no_letter_has_reached_is_told_by_the_platform_or_was_not_told():
    author = after(matter(sealed(), REPORTERS), panel_asks(matter(sealed(), REPORTERS)))
    two = matter(sealed(), AUTHORS)
    two = after(two, panel_asks(two, mailed=2))

    lost = after(author, hearing.lose(author, by="node", own="x", now=NOW))
    assert (lost.hearing, set(clocks.running(lost)) & {"tell", "hearing"}) == ("called", {"tell"})
    one = after(two, hearing.lose(two, by="node", own="x", now=NOW))
    assert (one.hearing, one.told_number) == ("told", 1)
    none = after(one, hearing.lose(one, by="node", own="y", now=NOW))
    assert none.hearing == "untold"
    answered = after(two, [HearingAnswered(NOW, "notifier", other="x", text="It is there.")])
    assert hearing.lose(answered, by="node", own="x", now=NOW) == []


def test_whoever_ruled_on_a_matter_is_known_to_have_sat_in_it():
    case = sealed()

    assert case.sat == frozenset()
    assert after(case, by_panel(case, "reverse", text="", unheard="")).sat == {"a", "b", "c"}


def test_a_panel_that_is_asked_once_more_hears_the_other_side_once_more():
    case = is_told(matter(sealed(), AUTHORS), "panel")
    case = after(case, by_panel(case, "reverse", text=REASONS, unheard=""))

    asked = {"ground": "new_facts", "text": "There is a photograph.", "by": Actor("person")}
    again = after(case, panel.reopen(case, **asked, now=NOW))

    assert not hearing.is_over(again, "panel")


def panel_asks(case, mailed=1):
    asked = {"question": STAKE, "mailed": mailed, "by": REGISTRAR, "now": NOW}
    return hearing.call_before_a_panel(case, **asked)


def reporters_before_a_panel():
    """A reviewer looks at the complaint while a panel has closed its file."""
    case = matter(deliberating(), REPORTERS)
    looked = reporters()
    return msgspec.structs.replace(
        case, complaint=looked.complaint, reviewer=looked.reviewer, filed_at=NOW, pending_since=NOW
    )


def test_an_outcome_that_would_be_refused_after_the_hearing_is_refused_before_anybody_is_asked():
    short = OUTCOME._replace(outcome="reverse", for_the_other="It goes.")

    with pytest.raises(Malformed, match="told why"):
        dispute.must_ask_first(reporters(), short)


@pytest.mark.parametrize("other", [reporters(), is_told(reporters(), "desk")])
def test_where_no_outcome_was_chosen_nothing_is_asked_that_follows_from_one(other):
    with pytest.raises(Malformed, match="Choose an outcome") as wrong:
        decide(other, "", for_the_other="")

    assert not isinstance(wrong.value, Several)


def test_a_danger_in_which_nobody_is_keeps_the_other_side_from_nothing():
    blank = OUTCOME._replace(outcome="reverse", unheard=" ")

    assert dispute.must_ask_first(reporters(), blank)


def test_whoever_speaks_by_a_link_that_the_platform_was_given_ends_no_hearing():
    """Only the platform knows who posted it, and it may be the platform who answers."""
    case = called(reporters())
    told = after(case, hearing.tell(by=Actor("platform", "foro"), now=NOW, by_mail=False))

    def says(case, *, is_invited):
        words = {"text": "I agree.", "own": "his", "by": Actor("person"), "now": NOW}
        return hearing.answer(case, **words, is_invited=is_invited)

    known = after(told, says(told, is_invited=False))
    assert hearing.is_over(known), "who has a case of their own speaks for themselves"

    handed = told
    for _ in range(hearing.MOST_ANSWERS_HANDED):
        assert not hearing.is_over(handed)
        handed = after(handed, says(handed, is_invited=True))
    with pytest.raises(Refused, match="answered already"):
        says(handed, is_invited=True)

    assert not hearing.is_over(handed)
    assert hearing.is_over(after(handed, [HearingEnded(NOW, "node")]))
