"""Lead cases that an organisation proposes: every step, by whomever, in whosever case.

What one row of a table can do is said beside it; whoever is in no row that may, may not.
"""

from datetime import timedelta
from functools import partial
from uuid import UUID

import msgspec
import pytest
from tests.case.test_steps import FORO, NOW, PERSON, REASONS, after, told
from tests.case.test_waits import ENDS

from amparo.case import (
    claim,
    clocks,
    complaint,
    leads,
    mandate,
    notify,
    proposals,
    state,
    waits,
)
from amparo.case.events import LeadAsked, LeadChosen
from amparo.case.mandate import Mandate
from amparo.case.roles import Reviewer, Sides
from amparo.case.state import Actor
from amparo.errors import Denied, Malformed, Refused

DAY = timedelta(days=1)
HOUSE = Mandate("0180", "Rights House", ("person", "notifier"), NOW + 90 * DAY)
SPRING = HOUSE._replace(number="0181")
"""Another mandate of the same organisation."""
NO_SIDES = Sides(frozenset(), frozenset())
THE_DESK = Sides(frozenset(), frozenset({"7"}))
ANA = Reviewer(40, lead=False, names=frozenset({"Ana", "ana@house.example", "Rights House"}))
QUESTION = "Is one newsletter a month the bulk that the clause means?"
GROUP = "0190"


def agreed(under=HOUSE, case=None):
    case = told() if case is None else case
    return after(case, mandate.agree(case, under, of="person", now=NOW))


def filed(under=HOUSE, by=ANA, case=None):
    said = {"filing": 3, "grounds": "No.", "attachments": (), "sides": NO_SIDES}
    case = agreed(under, case)
    return after(case, mandate.file(case, under, by=by, now=NOW, **said))


def alone(case):
    """They complained by themselves, and are spoken for all the same."""
    filed = complaint.file(case, role="person", grounds="No.", attachments=(), now=NOW)
    return after(case, filed)


def chosen(case, by=ANA, under=HOUSE, sides=NO_SIDES, now=NOW):
    return proposals.choose(case, under, number=GROUP, by=by, sides=sides, now=now)


def asked(case, by=ANA, under=HOUSE, sides=NO_SIDES, now=NOW, about=""):
    said = {"number": GROUP, "question": QUESTION, "about": about or proposals.matter(case)}
    return proposals.ask(case, under, **said, by=by, sides=sides, now=now)


def proposed(by=ANA, under=HOUSE, now=NOW, leads=1, others=2, **changes):
    cases = [UUID(int=n) for n in range(1, leads + others + 1)]
    said = {"named": cases[:leads], "matters": ["decision X"] * leads, "question": QUESTION}
    return proposals.propose(cases, under, **said | changes, by=by, now=now)


def waiting(case=None):
    case = filed() if case is None else case
    case = after(case, asked(case))
    return after(case, waits.join(case, by=PERSON, now=NOW))


STEPS = {"lead": chosen, "asked": asked}


# --- who ------------------------------------------------------------------------------------------

WHO = {
    "of another organisation": ({"names": {"Eve", "eve@other.example", "Fair Play"}}, NO_SIDES),
    "of one whose name is nearly the same": ({"names": {"Eve", "Rights Hause"}}, NO_SIDES),
    "a reviewer at the desk": ({"number": 7, "names": {"Rosa"}}, THE_DESK),
    "a lead at the desk": ({"number": 7, "lead": True, "names": {"Lena"}}, THE_DESK),
    "of the organisation and of the desk": ({"number": 7}, THE_DESK),
    "of the organisation, once at the desk": ({"other_seats": frozenset({7})}, THE_DESK),
    "of the organisation, and decided it": ({"names": {"Ana", "Rights House", "mod-17"}}, NO_SIDES),
    "of the organisation, on the panel": ({"names": {"Ana", "Rights House", "p-1"}}, NO_SIDES),
    "nobody": ({"number": 0, "names": set()}, NO_SIDES),
}


def who(number=40, lead=False, names=ANA.names, other_seats=frozenset()):
    return Reviewer(number, lead=lead, names=frozenset(names), other_seats=other_seats)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("other", WHO)
def test_only_who_is_of_the_organisation_and_had_no_part_proposes_a_case(other, step):
    fields, sides = WHO[other]
    case = msgspec.structs.replace(filed(), members=("p-1", "p-2", "p-3"))

    assert STEPS[step](case)
    with pytest.raises((Denied, Refused)):
        STEPS[step](case, by=who(**fields), sides=sides)


@pytest.mark.parametrize("name", ["Rights House", "RIGHTS house", "rights  House"])
def test_it_is_one_organisation_however_it_is_spelt(name):
    assert proposed(by=who(names={"Eva", name}))
    assert chosen(filed(), by=who(names={"Eva", name}))


# --- whose ----------------------------------------------------------------------------------------


def claimed():
    case = filed()
    seen = {"word": "oak", "seen": "I saw it on the account.", "by": Actor("operator", "Olga")}
    new = claim.prove(case, **seen, held=True, now=NOW)
    return after(case, [*new, *mandate.taken_over(case, by=Actor("operator"), now=NOW)])


def of_the_other_side():
    """It spoke for who reported it: nobody speaks for both sides of a matter."""
    spoke = {"represented_as": "notifier", "spoke": frozenset({"rights house"})}
    other = msgspec.structs.replace(state.Case(), **spoke)
    return msgspec.structs.replace(filed(), others=(other,))


WHOSE = {
    "who never agreed": lambda: alone(told()),
    "who ended it": lambda: after(filed(), mandate.leave(filed(), by=PERSON, now=NOW)),
    "whose mandate was ended": lambda: after(
        filed(), mandate.over(filed(), mandate=HOUSE.number, by=Actor("operator"), now=NOW)
    ),
    "who agreed to another mandate of it": lambda: filed(SPRING),
    "who agreed to another organisation": lambda: alone(
        agreed(Mandate("0182", "Fair Play", ("person",), HOUSE.until))
    ),
    "whose account was somebody else's": claimed,
    "whose other side it spoke for": of_the_other_side,
    "who has not complained": agreed,
    "who withdrew": lambda: after(filed(), complaint.withdraw(filed(), by=PERSON, now=NOW)),
    "whose complaint is of the other side": lambda: msgspec.structs.replace(
        filed(), complainant="notifier"
    ),
    "who waits already": waiting,
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("person", WHOSE)
def test_nobody_leads_or_is_asked_for_whom_it_does_not_speak(person, step):
    with pytest.raises((Denied, Refused)):
        after(WHOSE[person](), STEPS[step](WHOSE[person]()))


@pytest.mark.parametrize("step", STEPS)
def test_who_complained_alone_and_is_spoken_for_can_be_in_it(step):
    assert STEPS[step](alone(agreed()))


@pytest.mark.parametrize("why", ENDS)
def test_what_cannot_wait_is_not_asked(why):
    case = after(filed(), ENDS[why](filed()))

    with pytest.raises((Denied, Refused)):
        after(case, asked(case))


def test_a_decision_of_another_kind_is_not_asked():
    spam, fraud = (
        msgspec.structs.replace(filed(), categories=frozenset({name})) for name in ("SPAM", "FRAUD")
    )

    assert asked(spam, about=proposals.matter(spam))
    with pytest.raises(Refused, match="cannot wait") as refused:
        asked(fraud, about=proposals.matter(spam))
    assert "another kind" in str(refused.value.why)


# --- until when -----------------------------------------------------------------------------------

LATE = HOUSE.until + timedelta(seconds=1)


def test_after_its_last_day_nothing_is_proposed_though_no_clock_was_looked_at():
    for step in (proposed, partial(chosen, filed()), partial(asked, filed())):
        with pytest.raises(Refused, match="it was good until"):
            step(now=LATE)


def test_what_it_asked_lapses_with_it_and_who_waits_chooses_alone():
    """The person ends it, the mandate ends, or somebody shows that the account is theirs."""
    case = after(filed(), asked(filed()))
    ended = after(case, mandate.leave(case, by=PERSON, now=NOW))
    with pytest.raises(Refused, match="cannot wait") as refused:
        waits.join(ended, by=PERSON, now=NOW)
    assert "does not speak for you any more" in refused.value.why
    assert after(ended, waits.leave(ended, by=PERSON, now=NOW)).lead == "ended"

    again = after(ended, mandate.agree(ended, SPRING, of="person", now=NOW))
    with pytest.raises(Refused, match="cannot wait"):
        waits.join(again, by=PERSON, now=NOW)

    waits_on = after(waiting(), mandate.leave(waiting(), by=PERSON, now=NOW))
    assert waits_on.lead == "waiting"
    assert after(waits_on, waits.leave(waits_on, by=PERSON, now=NOW)).complaint == "filed"


def test_a_question_of_the_desk_lapses_with_nobody():
    case = msgspec.structs.replace(filed(), lead="asked", lead_group=GROUP)
    ended = after(case, mandate.leave(case, by=PERSON, now=NOW))

    assert not waits.lapsed(case)
    assert after(ended, waits.join(ended, by=PERSON, now=NOW)).lead == "waiting"


# --- what it does, and does not -------------------------------------------------------------------


def test_the_person_is_told_by_whom_and_nothing_changes_before_their_yes():
    case = filed()
    [lead], [ask] = chosen(case), asked(case)

    assert isinstance(lead, LeadChosen)
    assert isinstance(ask, LeadAsked)
    assert [one.kind for one in notify.notices(lead)] == ["lead_chosen"]
    assert [one.kind for one in notify.notices(ask)] == ["lead_proposed"]
    assert (lead.body, ask.body, ask.mandate) == ("Rights House", "Rights House", "0180")
    for event in (lead, ask):
        changed = after(case, [event])
        assert (changed.complaint, changed.pending_since) == (case.complaint, case.pending_since)
        assert changed.waits_since is None
    assert notify.notices(LeadChosen(NOW, "lead:2", group=GROUP)) == []


@pytest.mark.parametrize(
    "by", [FORO, Actor("notifier"), Actor("representative", "40"), Actor("lead", "2")], ids=str
)
def test_it_says_yes_for_nobody(by):
    case = after(filed(), asked(filed()))

    with pytest.raises(Refused, match="Only who complained"):
        waits.join(case, by=by, now=NOW)
    with pytest.raises(Refused, match="Only who complained"):
        waits.leave(waiting(), by=by, now=NOW)


def asked_by_the_desk(case, **said):
    lead = Reviewer(2, lead=True, names=frozenset({"Lena"}))
    return leads.ask(case, number="0195", question=QUESTION, by=lead, now=NOW, **said)


def declined(case):
    return after(case, waits.leave(case, by=PERSON, now=NOW))


WAYS = {"an organisation": asked, "the desk": asked_by_the_desk}


@pytest.mark.parametrize("second", WAYS)
@pytest.mark.parametrize("first", WAYS)
def test_each_asks_somebody_once_and_neither_uses_up_the_others_question(first, second):
    open_ = after(filed(), WAYS[first](filed()))
    with pytest.raises(Refused, match="cannot wait"):
        WAYS[second](open_)

    over = declined(open_)

    if first == second:
        with pytest.raises(Refused, match="cannot wait"):
            WAYS[second](over)
        return
    case = after(over, WAYS[second](over))
    assert case.lead == "asked"
    assert case.lead_mandate == ("0180" if second == "an organisation" else "")
    for again in WAYS.values():
        with pytest.raises(Refused, match="cannot wait"):
            again(declined(case))


def test_a_question_that_nobody_can_answer_any_more_holds_up_no_other():
    case = after(filed(), asked_by_the_desk(filed()))

    changed = after(case, proposals.ask(case, HOUSE, **OVER))

    assert (changed.lead, changed.lead_mandate) == ("asked", "0180")
    with pytest.raises(Refused, match="cannot wait"):
        proposals.ask(changed, HOUSE, **OVER)


OVER = {"number": GROUP, "question": QUESTION, "about": "", "over": True}
OVER |= {"by": ANA, "sides": NO_SIDES, "now": NOW}


def test_two_questions_are_no_longer_wait_than_one():
    case = after(filed(), asked_by_the_desk(filed()))
    case = after(case, waits.join(case, by=PERSON, now=NOW))
    end = clocks.running(case)["lead"] + timedelta(seconds=1)
    case = after(case, clocks.expire(case, "lead", end))
    assert case.lead == "ended"

    with pytest.raises(Refused, match="cannot wait") as refused:
        asked(case, now=end)
    assert "used up" in str(refused.value.why)


def test_whoever_takes_the_case_over_is_asked_by_the_desk_whose_question_somebody_else_answered():
    """Whoever declined may have been the platform; and the organisation speaks for them no more."""
    case = declined(after(filed(), asked_by_the_desk(filed())))
    case = declined(after(case, asked(case)))
    proven = {"word": "amparo-abcd", "seen": REASONS, "held": True, "now": NOW}

    case = after(case, claim.prove(case, **proven, by=Actor("operator", "Olga")))

    assert waits.lapsed(case)
    assert after(case, asked_by_the_desk(case)).lead_mandate == ""


def test_whoever_spoke_answers_nobody_who_waited():
    """The organisation has a part: somebody of it who later sits at the desk reviews nothing."""
    led = msgspec.structs.replace(filed(), outcome="upheld")
    answer = {"number": "0191", "reasons": REASONS, "steps": (), "now": NOW}

    with pytest.raises(Refused, match="another reviewer"):
        leads.answer(led, waiting(), reviewer=ANA, **answer)


# --- how many -------------------------------------------------------------------------------------


def test_a_proposal_names_who_made_it_and_what_it_is_about():
    made = proposed()

    assert (made.body, made.mandate, made.matter) == ("Rights House", "0180", "decision X")
    assert (made.by, len(made.leads), made.cases) == ("representative:40", 1, 2)


@pytest.mark.parametrize(
    "changes",
    [{"leads": 0}, {"leads": 4}, {"others": 0}, {"question": "Why?"}],
    ids=["no lead case", "four of them", "nobody to ask", "no question"],
)
def test_a_careless_proposal_is_none(changes):
    with pytest.raises(Malformed):
        proposed(**changes)


def test_lead_cases_of_two_kinds_are_two_questions():
    with pytest.raises(Refused, match="do not belong together"):
        proposed(leads=2, matters=["decision X", "decision Y"])


def test_one_proposal_of_a_kind_is_open_at_a_time_and_few_in_a_month():
    proposals.check_not_too_many(begun=["decision Y"], about="decision X", lately=9)

    with pytest.raises(Refused, match="for this kind of decision already"):
        proposals.check_not_too_many(begun=["decision X"], about="decision X", lately=1)
    with pytest.raises(Refused, match="can be proposed at this platform now"):
        proposals.check_not_too_many(begun=[], about="decision X", lately=proposals.MOST_IN_A_WAIT)


def test_it_is_taken_back_with_reasons():
    ended = proposals.take_back(reasons=REASONS, by=ANA, now=NOW)

    assert (ended.because, ended.by) == ("body", "representative:40")
    with pytest.raises(Malformed):
        proposals.take_back(reasons="No.", by=ANA, now=NOW)
