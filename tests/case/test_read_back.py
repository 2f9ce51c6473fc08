"""Remedies read back: claimed is what a platform says, verified is what a machine saw."""

from datetime import timedelta
from functools import partial
from math import inf

import pytest
from tests.case.lives import FORO, PERSON, World
from tests.conftest import new_node

from amparo.case import clocks, events, notify, read_back, remedy, write_back
from amparo.case.read_back import Seen
from amparo.errors import AmparoError
from amparo.ledger.case import casework, read_back_schedule
from amparo.ledger.connect import read_back_turn
from amparo.ledger.upkeep import erase
from amparo.web.words import letters

ACCOUNT = "suspended 42"
BACK = Seen((), is_over=True, shows={"restore_account"})
SILENCED = Seen(("silenced",), is_over=True, shows={"restore_account"})
STILL_DOWN = Seen(("suspended",), is_over=False, shows={"restore_account"})
GONE = Seen(("gone",), is_over=False, shows=())
SOURCE = 7
"""Number of the connection."""


class Looking(World):
    """A platform's source, in which a machine looks; `sees` is what it finds there."""

    sees = BACK

    def look(self, subject):
        assert subject == ACCOUNT
        if isinstance(self.sees, Exception):
            raise self.sees
        return self.sees

    def ordered(self, *steps):
        case = self.decided(steps=list(steps) or ["restore_account"])
        with self.journal.transaction():
            read_back_schedule.keep(self.journal, case, SOURCE, ACCOUNT)
        return case

    def claimed(self, *steps, result="implemented"):
        case = self.ordered(*steps)
        self.claim(case, result)
        return case

    def claim(self, case, result="implemented"):
        reasons = "" if result == "implemented" else "A part."
        self.do(case, remedy.report, result=result, reasons=reasons, by=FORO)

    def looks(self, after=timedelta(), looker=None):
        """Let time go by, and look at what is due; whether any look was due."""
        self.now += after
        connection = type("Of", (), {"id": SOURCE, "source": "social.example"})
        return read_back_turn.go_on(self.journal, connection, looker or self, self.now, inf)

    def happened(self, case):
        kinds = [event.kind for event in casework.read(self.journal, case).events]
        return kinds[kinds.index("remedy.claimed") + 1 :]

    def remedy(self, case):
        return casework.read(self.journal, case).case.remedy


@pytest.fixture
def world(tmp_path):
    return Looking(new_node(tmp_path / "node"))


def test_what_a_platform_says_is_verified_at_once_by_a_machine_that_saw_it(world):
    case = world.claimed()
    assert world.remedy(case) == "claimed"

    assert world.looks()

    assert world.remedy(case) == "verified"
    seen = casework.read(world.journal, case).last(events.RemedySeen)
    assert (seen.source, seen.look, seen.saw, seen.done) == ("social.example", "at_once", (), "yes")
    assert "decision.superseded" in world.happened(case)
    assert "complaint.closed" in world.happened(case)


def test_it_looks_again_after_1_7_and_30_days_and_then_no_more(world):
    case = world.claimed()
    made = [world.looks(timedelta(hours=12)) for _ in range(100)]

    assert [n for n, number in enumerate(made) if number] == [0, 1, 13, 59]
    looks = [e for e in casework.read(world.journal, case).events if e.kind == "remedy.seen"]
    assert [e.look for e in looks] == list(read_back.LOOKS)


def test_nothing_is_looked_at_before_the_platform_says_that_it_is_done(world):
    world.ordered()

    assert not world.looks(timedelta(days=2))


def test_what_is_not_as_claimed_is_disputed_and_the_person_is_told(world):
    world.sees = STILL_DOWN
    case = world.claimed()

    world.looks()

    assert world.happened(case) == ["remedy.seen", "remedy.disputed"]
    assert world.remedy(case) == "disputed"
    disputed = casework.read(world.journal, case).last(events.RemedyDisputed)
    assert {notice.kind for notice in notify.notices(disputed)} == {
        "remedy_disputed",
        "remedy_not_seen",
    }


def test_who_said_nothing_is_not_said_to_have_said_it(world):
    case = world.ordered()
    carried_out = partial(
        write_back.carried_out,
        shows={"restore_account"},
        source="social.example",
        by=FORO,
        now=world.now,
    )
    casework.act(world.journal, case, carried_out)
    world.sees = STILL_DOWN

    world.looks()

    disputed = casework.read(world.journal, case).last(events.RemedyDisputed)
    assert disputed.through == "social.example"
    [_, letter] = [notice.kind for notice in notify.notices(disputed)]
    text = str(letters.words(letter, "Foro").text)
    assert "has said nothing about it" in text
    assert "says that it has done" not in text


def test_a_machine_verifies_only_an_order_of_which_it_can_see_each_step(world):
    """It sees that the account is there again, and nothing of the posts."""
    case = world.claimed("restore_account", "restore_content")

    world.looks()

    seen = casework.read(world.journal, case).last(events.RemedySeen)
    assert (seen.done, world.remedy(case)) == ("partly", "claimed")


def test_another_restriction_beside_it_is_said_and_nothing_is_verified(world):
    """A platform that lifts the suspension and silences the account has restored little."""
    case = world.claimed()
    world.sees = SILENCED

    world.looks()

    seen = casework.read(world.journal, case).last(events.RemedySeen)
    assert (seen.saw, seen.done, world.remedy(case)) == (("silenced",), "partly", "claimed")


def test_an_account_that_is_gone_after_it_was_restored_is_nobodys_fault_that_can_be_seen(world):
    """Its owner may have deleted it: the platform has undone nothing, and the person can say so."""
    case = world.claimed()
    world.looks()
    world.sees = GONE

    world.looks(timedelta(days=1))

    seen = casework.read(world.journal, case).last(events.RemedySeen)
    assert (seen.saw, seen.done, world.remedy(case)) == (("gone",), "unclear", "verified")
    assert [notice.kind for notice in notify.notices(seen)] == ["remedy_account_gone"]
    assert not world.looks(timedelta(days=7)), "they are told once"
    world.do(case, remedy.dispute, reason="I did not delete it.", by=PERSON)
    assert world.remedy(case) == "disputed"


def test_an_account_that_is_gone_when_the_platform_says_that_it_is_restored_is_not_restored(world):
    world.sees = GONE
    case = world.claimed()

    world.looks()

    assert world.happened(case) == ["remedy.seen", "remedy.disputed"]


def test_who_says_again_and_again_that_it_is_done_wins_no_time(world):
    world.sees = STILL_DOWN
    case = world.claimed()
    world.looks()
    repair = clocks.running(casework.read(world.journal, case).case)["repair"]

    for _ in range(3):
        world.now += timedelta(days=1)
        world.claim(case)
        world.looks()
        assert world.remedy(case) == "disputed"

    assert casework.ends(casework.read(world.journal, case).case, "repair") == repair


def test_who_had_put_it_right_in_between_has_new_time_for_what_came_later(world):
    world.sees = STILL_DOWN
    case = world.claimed()
    world.looks()
    before = casework.ends(casework.read(world.journal, case).case, "repair")
    world.sees = BACK
    world.claim(case)
    world.looks()
    world.sees = STILL_DOWN

    world.looks(timedelta(days=3))

    assert world.happened(case)[-1] == "remedy.reverted"
    assert casework.ends(casework.read(world.journal, case).case, "repair") > before


@pytest.mark.parametrize("steps", [("restore_account",), ("restore_account", "restore_content")])
def test_what_was_done_and_is_undone_later_is_a_new_fact_told_and_counted(world, steps):
    case = world.claimed(*steps)
    world.looks()
    world.sees = STILL_DOWN

    world.looks(timedelta(days=8))

    assert world.happened(case)[-2:] == ["remedy.seen", "remedy.reverted"]
    assert world.remedy(case) == "disputed"
    kinds = {n.kind for n in notify.notices(events.RemedyReverted(world.now, "node"))}
    assert kinds == {"remedy_disputed", "remedy_reverted"}
    row = "SELECT n FROM total WHERE kind = 'remedy.reverted'"
    assert world.journal.db.execute(row).get == 1


def test_it_is_found_although_nobody_objected_and_the_case_was_settled(world):
    case = world.claimed("restore_account", "restore_content")
    world.looks()
    world.run_out(case, "objection")
    assert world.remedy(case) == "settled"
    world.sees = STILL_DOWN

    world.looks(timedelta(days=30))

    assert world.happened(case)[-1] == "remedy.reverted"


def test_after_the_repair_the_platform_says_so_again_and_it_is_looked_at_anew(world):
    world.sees = STILL_DOWN
    case = world.claimed()
    world.looks()
    world.sees = BACK
    assert world.looks(timedelta(days=1))
    assert world.remedy(case) == "disputed"  # it has not said anything yet

    world.claim(case)
    world.looks()

    assert world.remedy(case) == "verified"
    world.sees = STILL_DOWN
    world.looks(timedelta(days=1))
    assert world.happened(case)[-1] == "remedy.reverted"


def test_a_repair_that_does_not_come_has_failed_for_all_to_see(world):
    world.sees = STILL_DOWN
    case = world.claimed()
    world.looks()

    world.run_out(case, "repair")

    assert world.remedy(case) == "failed"


def test_a_source_that_does_not_answer_is_asked_later_and_nothing_is_said_meanwhile(world):
    case = world.claimed()
    world.sees = AmparoError("no", why="no", fix="no")
    with pytest.raises(AmparoError):
        world.looks()
    assert world.happened(case) == []
    world.sees = BACK

    world.looks(timedelta(days=3))

    seen = casework.read(world.journal, case).last(events.RemedySeen)
    assert seen.look == "after_1_day"  # the last of those whose time had come
    assert world.looks(timedelta(days=4))


def test_what_a_person_saw_before_stays_verified_and_is_watched_all_the_same(world):
    case = world.claimed()
    world.do(case, remedy.verify, by=PERSON)

    world.looks()
    assert world.remedy(case) == "verified"

    world.sees = STILL_DOWN
    world.looks(timedelta(days=1))
    assert world.happened(case)[-1] == "remedy.reverted"


def test_an_order_that_another_has_replaced_is_looked_at_no_more(world):
    """Nor is the source asked: what it shows is no answer to the new one."""
    case = world.claimed()
    world.do(case, remedy.order, steps=["restore_payments"], outcome="reversed", by="node")
    world.sees = AssertionError("the source was asked")

    world.looks()

    assert world.happened(case) == ["remedy.ordered"]
    assert not world.looks(timedelta(days=8))


def test_an_erased_case_is_looked_at_no_more_and_its_account_is_forgotten(world):
    case = world.claimed()
    world.looks()
    entries = casework.read(world.journal, case).log_entries
    erase.erase(world.node, entries, "order")

    assert not world.looks(timedelta(days=8))
    assert world.journal.db.execute("SELECT count(*) FROM read_back").get == 0


def test_a_case_that_is_erased_while_its_source_is_asked_stays_erased(world):
    case = world.claimed()

    class Slow:
        def look(self, _):
            erase.erase(world.node, casework.read(world.journal, case).log_entries, "order")
            return BACK

    world.looks(looker=Slow())

    assert casework.read(world.journal, case).is_erased


def test_what_was_seen_before_the_platform_put_it_right_says_nothing_about_that(world):
    """The source answers slowly; meanwhile the person objects, and the platform does it."""
    case = world.claimed()

    class Slow:
        def look(self, _):
            world.do(case, remedy.dispute, reason="It is down.", by=PERSON)
            world.now += timedelta(seconds=30)
            world.claim(case)
            return STILL_DOWN

    world.looks(looker=Slow())
    assert world.remedy(case) == "claimed"

    world.looks()
    assert world.remedy(case) == "verified"


def test_two_processes_that_look_at_once_say_it_once(world):
    case = world.claimed("restore_account", "restore_content")

    class Slow:
        def look(self, _):
            world.looks()
            return BACK

    world.looks(looker=Slow())

    assert world.happened(case) == ["remedy.seen"]


def test_an_account_at_which_the_source_fails_keeps_no_look_from_the_others(world):
    """As it would where a platform lets it fail at that of whoever it does not want to restore."""
    first, second = world.claimed(), world.claimed()

    class Fails:
        def look(self, _):
            if world.remedy(first) == "claimed" and not self.asked:
                self.asked = True
                raise AmparoError("no", why="no", fix="no")
            return BACK

        asked = False

    fails = Fails()
    with pytest.raises(AmparoError):
        world.looks(looker=fails)

    assert sorted([world.remedy(first), world.remedy(second)]) == ["claimed", "verified"]
    assert not world.looks()  # not at once again
    world.looks(timedelta(hours=1))
    assert world.remedy(first) == "verified"


def test_a_source_that_works_for_nobody_is_left_alone_soon(world):
    cases = [world.claimed() for _ in range(read_back_turn.MOST_FAILURES + 2)]
    asked = []

    class Down:
        def look(self, subject):
            asked.append(subject)
            raise AmparoError("no", why="no", fix="no")

    with pytest.raises(AmparoError):
        world.looks(looker=Down())

    assert len(asked) == read_back_turn.MOST_FAILURES
    assert world.looks()
    seen = [case for case in cases if "remedy.seen" in world.happened(case)]
    assert len(seen) == len(cases) - read_back_turn.MOST_FAILURES
