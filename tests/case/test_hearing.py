"""The other side is told and heard before something changes for it; its time ends, and says so."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import msgspec
import pytest
from tests.case.test_who_may_touch import FORO, NOW, REASONS, STRANGER, THIRD, after, reviewing

from amparo.case import clocks, complaint, deadlines, goodwill, hearing, state
from amparo.case import notice as notice_rules
from amparo.case.events import DecisionIssued, NoticeReceived
from amparo.case.state import Actor
from amparo.errors import Denied, Malformed, Refused

STAKE = "Somebody says that your post threatens them; it may be taken down."
RESTRICT = {"outcome": "newly_restricted", "steps": ["restrict"]}
RESTORE = {"outcome": "reversed", "steps": ["restore_content"]}


def notice():
    return NoticeReceived(NOW, "notifier", why="A threat.", where="/post/1")


def reporters(case=None):
    """The complaint of whoever reported something, opened by a reviewer."""
    case = case or state.fold([notice()])
    filed = {"role": "notifier", "grounds": "It is there.", "attachments": (), "now": NOW}
    return reviewing(after(case, complaint.file(case, **filed)), THIRD)


def authors(*others):
    case = state.fold([DecisionIssued(NOW, "platform:foro")])
    case = msgspec.structs.replace(case, others=others)
    filed = {"role": "person", "grounds": "A song.", "attachments": (), "now": NOW}
    return reviewing(after(case, complaint.file(case, **filed)), THIRD)


def called(case, told=0, **more):
    asked = {"question": STAKE, "mailed": told, "by": THIRD, "now": NOW}
    return after(case, hearing.call(case, **asked | more))


def decide(case, outcome="upheld", steps=(), for_the_other=REASONS, by=THIRD, now=NOW):
    return complaint.decide(
        case,
        reviewer=by,
        outcome=outcome,
        reasons=REASONS,
        steps=steps,
        for_the_other=for_the_other,
        now=now,
    )


@pytest.mark.parametrize("outcome", ["newly_restricted", "reversed", "partially_reversed"])
def test_nothing_is_restricted_for_a_reporter_before_the_author_was_called(outcome):
    with pytest.raises(Refused, match="heard first") as refused:
        decide(reporters(), outcome, ["restrict"])
    assert "it was not told" in refused.value.why
    assert decide(reporters(), "upheld")[0].for_the_other is None


def test_nothing_comes_back_before_whoever_reported_it_was_called():
    case = authors(state.fold([notice()]))

    with pytest.raises(Refused, match="heard first"):
        decide(case, **RESTORE)
    assert decide(case, "upheld")
    assert decide(case, "newly_restricted", ["other"])  # it takes nothing from the reporter


def test_who_is_alone_in_a_matter_is_decided_as_before():
    other_statement = state.fold([DecisionIssued(NOW, "platform:foro")])

    assert decide(authors(), **RESTORE)
    assert decide(authors(other_statement), **RESTORE)
    with pytest.raises(Refused, match="no other side"):
        called(authors())


def test_its_time_runs_from_when_it_was_told_and_silence_lets_it_go_on():
    case = called(reporters(), told=1)
    end = deadlines.due("hearing", NOW)

    assert clocks.running(case)["hearing"] == end
    with pytest.raises(Refused, match="heard first") as refused:
        decide(case, **RESTRICT)
    assert "its time is not over" in refused.value.why
    late = end + timedelta(seconds=1)
    case = after(case, clocks.expire(case, "hearing", late))
    assert decide(case, **RESTRICT, now=late)


def test_a_platform_that_tells_nobody_ends_its_own_time_and_not_the_complaint():
    case = called(reporters())
    late = deadlines.due("tell", NOW) + timedelta(seconds=1)

    assert set(clocks.running(case)) >= {"tell"}
    missed = clocks.expire(case, "tell", late)
    assert [one.kind for one in missed] == ["clock.missed", "hearing.untold"]
    assert decide(after(case, missed), **RESTRICT, now=late)


def test_all_who_were_told_are_waited_for():
    two = (state.fold([notice()]), state.fold([notice()]))
    case = called(authors(*two), told=2)
    say = {"text": "It is about me.", "by": Actor("notifier"), "now": NOW}

    case = after(case, hearing.answer(case, own="one", **say))
    with pytest.raises(Refused, match="heard first"):
        decide(case, **RESTORE)
    with pytest.raises(Refused, match="answered already"):
        hearing.answer(case, own="one", **say)
    case = after(case, hearing.answer(case, own="two", **say))
    assert decide(case, **RESTORE)
    assert decide(case, **RESTORE)[0].for_the_other == REASONS


def test_a_reporter_without_an_address_is_said_not_to_be_reached():
    case = called(authors(state.fold([notice()])))

    assert (case.hearing, set(clocks.running(case)) & {"tell", "hearing"}) == ("untold", set())
    assert decide(case, **RESTORE)


def test_only_danger_lets_somebody_be_restricted_unheard():
    case = reporters()

    with pytest.raises(Malformed, match="Reasons are needed"):
        hearing.waive(case, reasons="Danger.", by=THIRD, now=NOW)
    with pytest.raises(Refused, match="has to be heard"):  # nothing comes back for a danger
        back = authors(state.fold([notice()]))
        hearing.waive(back, reasons=REASONS, by=THIRD, now=NOW)
    with pytest.raises(Denied):
        hearing.waive(case, reasons=REASONS, by=STRANGER, now=NOW)
    assert decide(after(case, hearing.waive(case, reasons=REASONS, by=THIRD, now=NOW)), **RESTRICT)


def test_the_other_side_is_told_why_in_words_of_its_own():
    case = called(reporters())
    case = after(case, hearing.cannot_tell(reason="no_contact", by=FORO, now=NOW))

    with pytest.raises(Malformed, match="told why"):
        decide(case, **RESTRICT, for_the_other="Gone.")


def test_what_somebody_has_reported_is_not_given_back_unasked_and_unheard():
    case = state.fold([DecisionIssued(NOW, "platform:foro")])
    said = {"ruling": UUID(int=1), "reasons": REASONS, "reachable": True, "now": NOW}
    take = partial(goodwill.reverse, reviewer=STRANGER, **RESTORE, **said)
    assert take(case)

    with pytest.raises(Refused, match="heard first"):
        take(msgspec.structs.replace(case, others=(state.fold([notice()]),)))


def test_an_order_that_the_other_side_s_complaint_overtakes_is_no_failure_of_the_platform():
    won = after(authors(), decide(authors(), **RESTORE))
    case = reporters()
    case = after(case, hearing.waive(case, reasons=REASONS, by=THIRD, now=NOW))
    [restricts, *_] = decide(case, **RESTRICT)

    overtaken = after(won, hearing.told_of(won, restricts, text=REASONS, of="person"))

    assert (overtaken.complaint, overtaken.remedy) == ("closed", "undone")
    assert not {"C07", "reminder"} & set(clocks.running(overtaken))


def test_a_complaint_that_is_opened_anew_hears_anew():
    case = called(reporters(), told=1)
    case = after(case, hearing.answer(case, own="x", text="No.", by=Actor("person"), now=NOW))
    case = after(case, decide(case, "upheld"))

    again = after(case, complaint.reopen(case, by=STRANGER, reason=REASONS, now=NOW))

    assert (again.hearing, again.heard_from, again.called_at) == ("", frozenset(), None)


def test_whoever_loses_what_they_had_won_can_complain_once_more_and_not_for_ever():
    case = reporters(after(state.fold([notice()]), _not_acted()))
    case = after(case, decide(case, "upheld"))
    assert not complaint.may_be_filed(case, received=NOW, now=NOW)

    def brought_back(case):
        told = {"outcome": "reversed", "of": "notifier", "text": REASONS}
        return state.apply(case, state.events.OtherDecided(NOW, "node", **told))

    case = brought_back(case)
    assert complaint.may_be_filed(case, received=NOW, now=NOW)
    late = deadlines.due("C05", NOW) + timedelta(seconds=1)
    assert not complaint.may_be_filed(case, received=NOW, now=late)
    anew = reporters(case)
    assert anew.earlier >= case.closers
    with pytest.raises(Refused, match="another reviewer"):
        decide(anew, "upheld")
    anew = reviewing(anew, STRANGER)
    anew = after(anew, decide(anew, "upheld", by=STRANGER))
    assert not complaint.may_be_filed(brought_back(anew), received=NOW, now=NOW)


def _not_acted():
    said = {"result": "not_acted", "reasons": "No rule.", "automated": False, "decided_by": ()}
    return notice_rules.answer(**said, by=FORO, now=NOW)
