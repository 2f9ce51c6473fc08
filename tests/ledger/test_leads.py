"""Lead cases on a real journal, as a file and in PostgreSQL."""

from collections import Counter
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from tests.case.lives import OUTCOME
from tests.ledger.conftest import filed as complained
from tests.ledger.conftest import reachable

from amparo.case import complaint, dispute, group, waits
from amparo.case.events import ComplaintReopened
from amparo.case.leads import FOLLOWED
from amparo.case.selection import Choice
from amparo.case.state import Actor
from amparo.errors import Missing, Refused
from amparo.ledger.case import casework, desks, groups, leads, people, scheduler
from amparo.ledger.upkeep import erase, status

QUESTION = "Is one newsletter a month the bulk that the clause means?"
REASONS = "The clause is about bulk that nobody asked for; this was one newsletter a month."
PERSON = Actor("person")


@pytest.fixture
def lena(journal, desk):
    return people.add(journal, desk, "Lena", "lena@foro.example", lead=True).reviewer


@pytest.fixture
def rosa(journal, desk):
    return people.add(journal, desk, "Rosa", "rosa@foro.example").reviewer


@pytest.fixture
def wave(journal, keep):
    """Five who have complained, each with an address."""
    cases = [UUID(made.case) for made in keep(5)]
    for case in cases:
        complained(journal, case)
        reachable(journal, case)
    return cases


def proposed(journal, desk, lena, wave, named=None):
    number = leads.propose(
        journal,
        desk.id,
        wave,
        named=named or wave[:1],
        question=QUESTION,
        chosen="{}",
        by=lena,
        now=casework.now(),
    )
    leads.go_on(journal, casework.now())
    return number


def joined(journal, *cases):
    for case in cases:
        with journal.transaction():
            leads.join(journal, case, by=PERSON, now=casework.now())


def decided(journal, case, reviewer, outcome="upheld"):
    now = casework.now()
    casework.act(journal, case, partial(group.until_open, reviewer=reviewer, now=now))
    steps = () if outcome == "upheld" else ("restore_account",)
    answer = {"outcome": outcome, "reasons": REASONS, "steps": steps, "now": now}
    casework.act(journal, case, partial(complaint.decide, reviewer=reviewer, **answer))


def found(journal, desk, number):
    return leads.find(journal, desk.id, str(number))


def gone_through(journal, desk, number, by, lead, same=(), apart=()):
    return leads.go_through(
        journal,
        found(journal, desk, number),
        lead=lead,
        same={case: len(casework.read(journal, case).log_entries) for case in same},
        apart=apart,
        reasons=REASONS,
        steps=(),
        why_apart="Theirs was no newsletter.",
        by=by,
        now=casework.now(),
    )


def stands(journal, *cases):
    return [casework.read(journal, case).case.lead for case in cases]


def test_the_scheduler_asks_and_whoever_joins_leaves_the_queue(journal, node, desk, lena, wave):
    number = proposed(journal, desk, lena, wave)
    lead, first, second, *_ = wave

    joined(journal, first)

    assert stands(journal, lead, first, second) == ["", "waiting", "asked"]
    assert found(journal, desk, number).counts == {"asked": 3, "waiting": 1}
    counts = desks.counts(journal, desk.id)
    assert (counts["filed"], counts["waiting"]) == (4, 1)
    assert first not in groups.find(journal, desk.id, Choice(), language="").group
    [shown] = status.read(node).platforms
    assert shown.complaints == 5, "whoever waits has complained"
    kinds = Counter(kind for kind, _ in letters(journal))
    assert (kinds["lead_asked"], kinds["lead_joined"]) == (4, 1)


def letters(journal):
    """Every letter that waits, as (kind, case)."""
    rows = journal.db.execute("SELECT kind, case_id FROM outbox WHERE recipient <> 'platform'")
    return [(str(kind), UUID(bytes=bytes(case))) for kind, case in rows]


def test_how_many_wait_and_since_when_is_counted(journal, desk, lena, wave):
    assert leads.waits_at(journal, desk.id) is None
    proposed(journal, desk, lena, wave)
    joined(journal, wave[1], wave[2])
    casework.act(journal, wave[2], partial(waits.leave, by=PERSON, now=casework.now()))

    waiting = leads.waits_at(journal, desk.id)

    assert waiting == (1, casework.read(journal, wave[1]).case.waits_since)
    assert leads.waits_at(journal, desk.id + 1) is None


def test_another_desk_finds_nothing(journal, desk, lena, wave):
    number = proposed(journal, desk, lena, wave)

    for platform, at in ((desk.id + 1, number), (desk.id, wave[0]), (desk.id, "none")):
        with pytest.raises(Missing, match="no such lead cases"):
            leads.find(journal, platform, str(at))


def test_nobody_is_asked_after_the_answer(journal, desk, lena, rosa, wave):
    """The lead case is decided before the scheduler comes to ask."""
    number = leads.propose(
        journal,
        desk.id,
        wave,
        named=wave[:1],
        question=QUESTION,
        chosen="{}",
        by=lena,
        now=casework.now(),
    )
    decided(journal, wave[0], rosa)

    leads.go_on(journal, casework.now())

    assert stands(journal, *wave) == [""] * 5
    assert found(journal, desk, number).state == "closed"


def test_a_group_is_closed_once_nobody_waits_and_nobody_can_join(journal, desk, lena, rosa, wave):
    number = proposed(journal, desk, lena, wave)
    lead, first, second, *_ = wave
    joined(journal, first, second)
    decided(journal, lead, rosa)
    with pytest.raises(Refused, match="too late"), journal.transaction():
        leads.join(journal, wave[3], by=PERSON, now=casework.now())
    leads.go_on(journal, casework.now())
    assert found(journal, desk, number).state == "open"

    done = gone_through(journal, desk, number, rosa, lead, same=[first], apart=[second])
    leads.go_on(journal, casework.now())

    assert (done.same, done.apart, done.left) == (1, 1, {})
    group_ = found(journal, desk, number)
    assert (group_.state, group_.counts) == ("closed", {"answered": 1, "ended": 1, "asked": 2})


def test_whoever_is_of_no_group_is_left(journal, desk, lena, rosa, wave, keep):
    number = proposed(journal, desk, lena, wave[:3])
    joined(journal, wave[1])
    decided(journal, wave[0], rosa)

    done = gone_through(journal, desk, number, rosa, wave[0], same=[wave[4]], apart=[wave[3]])

    assert (done.same, done.apart, {*done.left}) == (0, 0, {wave[3], wave[4]})
    with pytest.raises(Missing, match="no such lead case"):
        gone_through(journal, desk, number, rosa, wave[1], same=[wave[1]])


def test_the_lead_case_is_erased_by_order_and_everybody_goes_back(journal, node, desk, lena, wave):
    number = proposed(journal, desk, lena, wave)
    joined(journal, wave[1])

    erase.erase(node, journal.of_case(wave[0]), "order")
    for _ in range(2):
        leads.go_on(journal, casework.now())

    assert stands(journal, wave[1]) == ["ended"]
    assert found(journal, desk, number).state == "closed"
    assert "lead_ended" in {kind for kind, case in letters(journal) if case == wave[1]}


def test_the_group_itself_is_erased_by_order_and_everybody_goes_back(
    journal, node, desk, lena, rosa, wave
):
    """Its question told of somebody. An answer that was given before changes nothing."""
    number = proposed(journal, desk, lena, wave)
    joined(journal, *wave[1:3])
    decided(journal, wave[0], rosa)
    gone_through(journal, desk, number, rosa, wave[0], same=[wave[1]])

    erase.erase(node, journal.of_case(number), "order")

    assert leads.of_desk(journal, desk.id) == []
    leads.go_on(journal, casework.now())
    assert stands(journal, *wave[2:4]) == ["ended", "asked"]
    assert desks.counts(journal, desk.id)["waiting"] == 0
    assert journal.db.execute("SELECT count(*) FROM lead_group").get == 0
    with pytest.raises(Refused, match="too late"):
        joined(journal, wave[3])


def test_whoever_waits_is_erased_by_order_and_the_others_wait_on(journal, node, desk, lena, wave):
    number = proposed(journal, desk, lena, wave)
    joined(journal, wave[1], wave[2])

    erase.erase(node, journal.of_case(wave[1]), "order")
    leads.go_on(journal, casework.now())

    assert found(journal, desk, number).counts == {"waiting": 1, "asked": 2}
    assert [one.file.id for one in leads.waiting(journal, found(journal, desk, number))] == [
        wave[2]
    ]


def test_a_clock_that_nobody_looked_at_for_months_sends_them_back(journal, desk, lena, wave):
    proposed(journal, desk, lena, wave)
    joined(journal, wave[1])
    end = casework.ends(casework.read(journal, wave[1]).case, "lead")

    scheduler.expire_due(journal, int((end + timedelta(days=90)).timestamp()))

    case = casework.read(journal, wave[1]).case
    assert (case.lead, case.waited) == ("ended", 30)


def test_only_what_followed_that_lead_case_is_opened_again(journal, desk, lena, rosa, wave):
    first, second, one, two, three = wave
    number = proposed(journal, desk, lena, wave, named=[first, second])
    joined(journal, one, two, three)
    decided(journal, first, rosa)
    decided(journal, second, rosa)
    gone_through(journal, desk, number, rosa, first, same=[one])
    gone_through(journal, desk, number, rosa, second, same=[two])

    reopen = partial(complaint.reopen, by=lena, reason=REASONS, now=casework.now())
    casework.act(journal, first, reopen)
    for _ in range(2):
        leads.go_on(journal, casework.now())

    states = [casework.read(journal, case).case.complaint for case in (one, two, three)]
    assert states == ["reopened", "closed", "filed"]
    assert stands(journal, three) == ["waiting"]
    assert found(journal, desk, number).counts == {"ended": 1, "answered": 1, "waiting": 1}


def test_what_followed_a_lead_case_is_opened_again_when_a_body_decides_it_otherwise(
    journal, desk, lena, rosa, wave
):
    lead, let_stand, waits_on = wave[:3]
    number = proposed(journal, desk, lena, wave)
    joined(journal, let_stand, waits_on)
    decided(journal, lead, rosa)
    gone_through(journal, desk, number, rosa, lead, same=[let_stand])

    casework.act(journal, lead, partial(dispute.take, outcome=OUTCOME, now=casework.now()))
    for _ in range(2):
        leads.go_on(journal, casework.now())

    cases = [casework.read(journal, case) for case in (let_stand, waits_on)]
    assert [file.case.complaint for file in cases] == ["reopened", "filed"]
    assert "decided otherwise" in cases[0].last(ComplaintReopened).reason
    assert casework.read(journal, lead).case.complaint == "closed", "nobody asked for this one"


def test_whoever_got_the_answer_that_came_since_keeps_it(journal, desk, lena, rosa, wave):
    """The lead case is opened again and answered anew before the scheduler has its turn."""
    kim = people.add(journal, desk, "Kim", "kim@foro.example").reviewer
    lead, before, since = wave[:3]
    number = proposed(journal, desk, lena, wave)
    joined(journal, before, since)
    decided(journal, lead, rosa)
    gone_through(journal, desk, number, rosa, lead, same=[before])
    again = partial(complaint.reopen, by=lena, reason=REASONS, now=casework.now())
    casework.act(journal, lead, again)
    decided(journal, lead, kim)
    gone_through(journal, desk, number, kim, lead, same=[since])

    for _ in range(2):
        leads.go_on(journal, casework.now())

    files = [casework.read(journal, case) for case in (before, since)]
    assert [file.case.complaint for file in files] == ["reopened", "closed"]
    assert files[0].last(ComplaintReopened).reason == FOLLOWED, "no panel has decided otherwise"


def test_a_group_that_cannot_go_on_keeps_no_other_from_it(journal, desk, lena, wave):
    """The desk ends a group in the moment in which the scheduler sees that no lead case is left."""
    ended = proposed(journal, desk, lena, wave[:2])
    casework.act(journal, wave[0], partial(complaint.withdraw, by=PERSON, now=casework.now()))
    leads.dissolve(
        journal, found(journal, desk, ended), by=lena, reasons=REASONS, now=casework.now()
    )
    journal.db.execute("UPDATE lead_group SET state = 'open' WHERE case_id = ?", (ended.bytes,))

    proposed(journal, desk, lena, wave[2:])

    assert stands(journal, *wave[3:]) == ["asked", "asked"]


def test_whoever_waits_leaves_with_one_step(journal, desk, lena, wave):
    number = proposed(journal, desk, lena, wave)
    joined(journal, wave[1])

    casework.act(journal, wave[1], partial(waits.leave, by=PERSON, now=casework.now()))

    assert found(journal, desk, number).counts == {"asked": 3, "ended": 1}
    assert desks.counts(journal, desk.id)["waiting"] == 0


def test_a_thousand_are_asked_some_at_a_time(journal, desk, lena, keep):
    """So that the desk can be used meanwhile: a run that was ended goes on where it stopped."""
    cases = [UUID(made.case) for made in keep(leads.CASES_A_COMMIT + 2)]
    for case in cases:
        complained(journal, case)
    number = leads.propose(
        journal,
        desk.id,
        cases,
        named=cases[:1],
        question=QUESTION,
        chosen="{}",
        by=lena,
        now=casework.now(),
    )
    rounds = iter([False, True])

    leads.go_on(journal, casework.now(), stopped=lambda: next(rounds, True))
    half = found(journal, desk, number).counts
    leads.go_on(journal, casework.now())

    assert half == {"asked": leads.CASES_A_COMMIT, "chosen": 1}
    assert found(journal, desk, number).counts == {"asked": leads.CASES_A_COMMIT + 1}
