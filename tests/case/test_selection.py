"""Which cases a group takes: what fits, what needs a look of its own, and what a lead has seen."""

import pytest
from tests.case.test_who_may_touch import NOW, STRANGER, after, filed

from amparo.case import complaint, events, notice, remedy, selection, state
from amparo.case.selection import EVERY_APART, ONE_BY_ONE, About, Choice, Taken
from amparo.errors import Refused

ACCOUNT = About(
    "decision", "CATEGORY_A", "SOURCE_VOLUNTARY", frozenset({"account"}), "2026-03-02", "es"
)


def reported(**more):
    told = {"why": "It threatens me.", "where": "https://foro.example/p/1"} | more
    case = state.fold([notice.receive(**told, now=NOW)])
    return after(
        case, complaint.file(case, role="notifier", grounds="No.", attachments=(), now=NOW)
    )


def with_interim(case):
    case = after(case, complaint.assign(case, to=STRANGER, by=STRANGER, now=NOW))
    case = after(case, complaint.open_file(case, reviewer=STRANGER, now=NOW))
    order = {"direction": "keep_down", "reasons": "He is at her door."}
    return after(case, remedy.interim(case, by=STRANGER, now=NOW, **order))


def asked(case):
    case = after(case, complaint.assign(case, to=STRANGER, by=STRANGER, now=NOW))
    case = after(case, complaint.open_file(case, reviewer=STRANGER, now=NOW))
    return after(case, complaint.ask(case, of="person", question="When?", by=STRANGER, now=NOW))


def suspended():
    warned = events.MisuseWarned(
        NOW,
        "lead:1",
        what="notices",
        clause="1",
        numbers="9",
        share="9",
        gravity="9",
        intention="9",
    )
    return state.fold([warned])


def represented():
    case = state.fold([events.DecisionIssued(NOW, "platform:foro")])
    spoken = events.ComplaintFiled(
        NOW,
        "person",
        role="person",
        grounds="No.",
        attachments=(),
        late=False,
        represented_by="EDRi",
    )
    return state.apply(case, spoken)


def why(case, language="en"):
    return selection.apart(selection.standing(case, language), "en")


@pytest.mark.parametrize(
    ("case", "language", "reasons"),
    [
        (filed(), "en", ()),
        (filed(), "", ()),
        (filed(), "es", ("language",)),
        (reported(), "en", ("report",)),
        (reported(danger="yes"), "en", ("danger", "speech", "report")),
        (with_interim(filed()), "en", ("interim",)),
        (
            with_interim(reported(danger="yes")),
            "es",
            ("danger", "interim", "speech", "report", "language"),
        ),
        (asked(filed()), "en", ("question",)),
        (suspended(), "en", ("suspension",)),
        (represented(), "en", ("represented",)),
    ],
)
def test_what_needs_a_look_of_its_own_is_set_apart_for_each_reason(case, language, reasons):
    assert why(case, language) == reasons


def test_a_question_that_outlived_its_reviewer_still_sets_a_case_apart():
    case = asked(filed())
    left = after(case, complaint.take_back(case, seat=STRANGER.number, cause="left", now=NOW))

    assert left.complaint == "filed"
    assert why(left) == ("question",)


def test_each_reason_needs_a_click_of_its_own():
    reasons = ("report", "language")

    assert not selection.is_taken("1", reasons, Taken(frozenset({"report"})))
    assert selection.is_taken("1", reasons, Taken(frozenset({"report", "language"})))
    assert selection.is_taken("1", reasons, Taken(numbers=frozenset({"1"})))


def test_speech_is_never_decided_in_a_group_but_may_be_given_back_unasked():
    """A worksheet comes before the ruling; a decision that nobody contests needs none to be reversed."""
    ticked = Taken(frozenset(EVERY_APART), frozenset({"1"}))

    assert not selection.is_taken("1", ("speech",), ticked)
    assert selection.is_taken("1", ("speech",), ticked._replace(unheard=True))


def test_what_somebody_else_reported_is_decided_with_a_complaint_and_never_given_back_unasked():
    ticked = Taken(frozenset(EVERY_APART), frozenset({"1"}))

    assert selection.is_taken("1", ("linked",), ticked)
    assert not selection.is_taken("1", ("linked",), ticked._replace(unheard=True))


@pytest.mark.parametrize("reason", sorted(ONE_BY_ONE))
def test_danger_and_what_protects_somebody_are_never_taken_along_by_kind(reason):
    every = Taken(frozenset(EVERY_APART))

    assert not selection.is_taken("1", (reason, "report"), every)
    assert selection.is_taken("1", (reason, "report"), Taken(numbers=frozenset({"1"})))


def test_what_came_to_a_case_after_its_lead_looked_keeps_it_out_of_the_ruling():
    before, now = reported(danger="yes"), with_interim(reported(danger="yes"))

    selection.check_stays(why(before), seen=why(before))
    with pytest.raises(Refused, match="looked at by itself") as refused:
        selection.check_stays(why(now), seen=why(before))
    assert "ordered at once" in str(refused.value.why)


@pytest.mark.parametrize(
    ("choice", "among"),
    [
        ({}, True),
        ({"kind": "decision", "category": "CATEGORY_A", "source": "SOURCE_VOLUNTARY"}, True),
        ({"kind": "report"}, False),
        ({"category": "CATEGORY_B"}, False),
        ({"source": "SOURCE_ARTICLE_16"}, False),
        ({"restriction": "account"}, True),
        ({"restriction": "visibility"}, False),
        ({"language": "es"}, True),
        ({"language": "en"}, False),
        ({"decided_from": "2026-03-02", "decided_to": "2026-03-02"}, True),
        ({"decided_from": "2026-03-03"}, False),
        ({"decided_to": "2026-03-01"}, False),
    ],
)
def test_a_choice_means_what_all_its_cases_have_in_common(choice, among):
    assert selection.fits(Choice(**choice), ACCOUNT) is among


def test_what_has_no_day_of_a_decision_is_in_no_period_of_decisions():
    report = About("report", "", "", frozenset(), "", "")

    assert not selection.fits(Choice(decided_to="2026-03-02"), report)


def test_a_clause_is_found_however_it_is_written():
    assert selection.names_clause(Choice(clause=" clause  4.2"), ["See CLAUSE 4.2 (threats)"])
    assert not selection.names_clause(Choice(clause="4.3"), ["Clause 4.2"])


def test_the_words_of_every_reason_are_there():
    assert set(selection.WHY) == set(EVERY_APART)


def test_a_choice_can_ask_for_what_a_machine_found():
    found = ACCOUNT._replace(detection="Yes")
    report = About("report", "", "", frozenset(), "", "")

    for choice, fitting in (("Yes", [found]), ("No", []), ("", [found, report])):
        about = [one for one in (found, report) if selection.fits(Choice(detection=choice), one)]
        assert about == fitting
