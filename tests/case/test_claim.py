"""Whose case it is: the link that a platform was given, claims, and what is undone by them."""

from datetime import UTC, datetime, timedelta

import pytest

from amparo.case import claim, complaint, delivery, figures, panel, remedy
from amparo.case.events import DecisionIssued
from amparo.case.roles import Reviewer
from amparo.case.state import Actor, Case, fold
from amparo.errors import Denied, Refused

DAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
PERSON, FORO, OLGA = Actor("person"), Actor("platform", "foro"), Actor("operator", "Olga")
ROSA = Reviewer(7, lead=False)
WORD, SEEN = "amparo-abcd-efgh-jkmn-pqrs", "It stands in the profile of the account."
REASONS = "The clause names threats; the post quotes one in order to report it."


class Life:
    """A case to which things happen, some days apart."""

    def __init__(self):
        self.events, self.now = [DecisionIssued(DAY, "platform:foro")], DAY
        self.do(delivery.deliver, how="platform", decided_by=(), by=FORO)

    @property
    def case(self) -> Case:
        return fold(self.events)

    def do(self, step, *given, **values):
        self.events += step(*given, **values, now=self.now)
        return self

    def wait(self, **span):
        self.now += timedelta(**span)
        return self

    def opened(self):
        return self.do(claim.exchange, self.case, held=False, by=PERSON)

    def complained(self, grounds="."):
        return self.do(complaint.file, self.case, role="person", grounds=grounds, attachments=())

    def reversed_and_said_to_be_done(self):
        self.complained()
        self.do(complaint.assign, self.case, to=ROSA, by=ROSA)
        self.do(complaint.open_file, self.case, reviewer=ROSA)
        decided = {"outcome": "reversed", "reasons": REASONS, "steps": ["restore_content"]}
        self.do(complaint.decide, self.case, reviewer=ROSA, **decided)
        return self.do(remedy.report, self.case, result="implemented", reasons="", by=FORO)

    def proven(self, by=OLGA, *, held=True):
        return self.do(claim.prove, self.case, word=WORD, seen=SEEN, by=by, held=held)


def test_the_link_that_was_handed_over_opens_the_case_once():
    life = Life().opened()

    with pytest.raises(Refused):
        life.opened()


@pytest.mark.parametrize("told", ["recorded", "delivered"])
def test_it_opens_no_case_whose_person_was_written_to(told):
    case = Case(decision=told)

    assert not claim.may_be_exchanged(case, held=True)
    assert claim.may_be_exchanged(case, held=False)


def test_where_that_mail_did_not_arrive_the_platform_has_to_tell_with_the_link_it_has():
    assert claim.may_be_exchanged(Case(decision="undelivered"), held=True)


def test_a_remedy_confirmed_by_a_link_that_the_platform_could_know_stays_claimed():
    life = Life().opened().reversed_and_said_to_be_done()

    life.do(remedy.confirm, life.case, by=PERSON)

    assert (life.case.remedy, life.case.confirmed) == ("claimed", True)
    assert (life.case.complaint, life.case.decision) == ("remedy_open", "delivered")


def test_after_the_account_was_seen_the_persons_word_is_a_check():
    life = Life().opened().reversed_and_said_to_be_done()
    life.do(remedy.confirm, life.case, by=PERSON).proven()

    life.do(remedy.confirm, life.case, by=PERSON)

    assert (life.case.remedy, life.case.complaint) == ("verified", "closed")


def test_whoever_reported_something_has_a_link_that_no_platform_was_given():
    case = Case(decision="answered", remedy="claimed")

    [verified] = remedy.confirm(case, by=Actor("notifier"), now=DAY)

    assert verified.kind == "remedy.verified"


def test_a_platforms_word_opens_a_case_that_nobody_opened():
    life = Life().proven(by=FORO, held=False)

    assert life.case.taken_over_at == DAY
    assert life.case.proven_at is None  # its word proves nothing against itself


def test_a_platforms_word_puts_out_nobody():
    with pytest.raises(Refused):
        Life().opened().proven(by=FORO)


@pytest.mark.parametrize(
    "who", [Actor("lead", "3"), Actor("reviewer", "7"), PERSON, Actor("operator"), Actor("node")]
)
def test_nobody_else_says_whose_account_it_is(who):
    with pytest.raises(Denied):
        Life().proven(by=who)


def test_a_complaint_that_was_not_the_persons_is_undone_and_a_new_one_goes_to_somebody_else():
    life = Life().opened().reversed_and_said_to_be_done().wait(days=1).proven()

    life.do(claim.disown, life.case, by=PERSON)
    assert (life.case.complaint, life.case.remedy, life.case.outcome) == ("closed", "", "")
    life.complained("I quoted a threat.")

    assert life.case.complaint == "filed"
    with pytest.raises(Refused):
        life.do(complaint.assign, life.case, to=ROSA, by=ROSA)


def test_a_report_counts_what_was_disowned_as_a_complaint_on_which_nothing_was_decided():
    life = Life().opened().reversed_and_said_to_be_done().proven()

    life.do(claim.disown, life.case, by=PERSON)

    [counted] = figures.cells(life.events, {}, *figures.bounds("2026"))
    assert (counted.what, counted.outcome) == ("complaint", "omitted")


def test_there_is_time_for_a_new_complaint_even_when_the_six_months_ended_meanwhile():
    life = Life().opened().complained().wait(days=200).proven()

    life.do(claim.disown, life.case, by=PERSON).wait(days=20).complained("I quoted a threat.")

    assert life.case.complaint == "filed"


def test_a_panel_that_the_person_did_not_ask_for_is_undone_and_may_be_asked_for_again():
    life = Life().opened()
    life.do(panel.submit, life.case, role="person", grounds=".").wait(days=1).proven()

    life.do(claim.disown, life.case, by=PERSON)

    assert life.case.panel == "closed"
    assert panel.may_be_asked(life.case)


def test_nothing_is_undone_that_was_done_after_the_account_was_seen():
    life = Life().opened().proven().wait(days=1).complained("I quoted a threat.")

    with pytest.raises(Refused):
        life.do(claim.disown, life.case, by=PERSON)


def test_nothing_is_undone_once_the_time_for_it_is_over():
    life = Life().opened().complained().proven().wait(days=40)

    with pytest.raises(Refused):
        life.do(claim.disown, life.case, by=PERSON)


def test_nobody_undoes_anything_before_the_account_was_seen():
    life = Life().opened().complained()

    assert not claim.may_disown(life.case, life.now)


def test_whoever_files_claims_without_end_fills_no_more_than_some_places():
    life = Life()

    with pytest.raises(Refused):
        life.do(claim.ask, life.case, word=WORD, already=claim.MOST_OPEN)


def test_whoever_has_no_link_leaves_places_to_those_who_have_one():
    life, taken = Life(), {"word": WORD, "already": claim.MOST_WITHOUT_LINK}

    with pytest.raises(Refused):
        life.do(claim.ask, life.case, **taken, has_link=False)
    life.do(claim.ask, life.case, **taken)


def test_a_reporters_case_is_claimed_by_nobody():
    with pytest.raises(Refused):
        claim.ask(Case(decision="noticed"), word=WORD, already=0, now=DAY)
