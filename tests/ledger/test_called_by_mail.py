"""The other side is called by letters, and each letter that comes back is about its own call."""

import pytest
from tests.case.lives import FORO, NODE, OUTCOME, World, answered, call, called, lost, notice, told
from tests.conftest import new_node

from amparo.case import delivery, dispute
from amparo.ledger.case import casework, matters
from amparo.ledger.case import hearing as hearings

DANGER = "She is named with her street, and he says tonight."


@pytest.fixture
def world(tmp_path):
    return World(new_node(tmp_path / "node"))


@pytest.fixture
def asked_twice(world):
    """Two reporters complain about one author, who has one page: (first, second, the author's)."""
    first = called(world)
    told(world, first, email="autor@example.org")
    [own] = casework.read(world.journal, first).others
    world.wait(days=1)
    reported = world.filed(answered(world, notice(world)), role="notifier")
    with world.journal.transaction():
        matters.unite(world.journal, own, reported)
    second = world.opened(reported, world.rosa)
    call(world, second)
    assert stands(world, first, second) == ["told", "told"]
    return first, second, own


def stands(world, *cases):
    return [casework.read(world.journal, case).case.hearing for case in cases]


def tells(world, case):
    """The platform tells them by its own way; what it is given to hand over."""
    with world.journal.transaction():
        file = casework.read(world.journal, case)
        return hearings.tell(world.journal, file, email="", language="es", by=FORO, now=world.now)


def test_each_letter_that_comes_back_is_about_its_own_call(world, asked_twice):
    first, second, own = asked_twice

    lost(world, own, which=0)
    assert stands(world, first, second) == ["called", "told"]
    lost(world, own, which=1)
    assert stands(world, first, second) == ["called", "called"]


def test_a_letter_that_comes_back_after_the_platform_has_told_them_changes_nothing(
    world, asked_twice
):
    first, _, own = asked_twice
    lost(world, own, which=0)
    tells(world, first)

    lost(world, own, which=0)

    assert stands(world, first) == ["told"]


@pytest.mark.parametrize(("first_letter", "is_given"), [("sent", False), ("bounced", True)])
def test_a_platform_is_given_no_link_to_a_page_that_somebody_has_by_mail(
    world, asked_twice, first_letter, is_given
):
    _, second, own = asked_twice
    world.journal.db.execute("UPDATE outbox SET state = 'bounced' WHERE recipient = 'person'")
    query = "UPDATE outbox SET state = ? WHERE id = (SELECT min(id) FROM outbox WHERE case_id = ?)"
    world.journal.db.execute(query, (first_letter, own.bytes))
    gone = {"letter": "hearing", "to": "person", "code": "5.1.1", "asked_elsewhere": True}
    world.do(own, delivery.lose_letter, **gone, by=NODE)
    lost(world, own, which=1)

    assert (tells(world, second) is not None) == is_given
    assert stands(world, second) == ["told"]


def test_nobody_is_called_after_a_ruling_that_lets_all_stand_whatever_danger_it_names(world):
    for outcome, steps, hearing in (("uphold", (), ""), ("reverse", ("restrict",), "called")):
        case = answered(world, notice(world))
        ruled = OUTCOME._replace(outcome=outcome, steps=steps, unheard=DANGER)
        world.do(case, dispute.take, outcome=ruled)

        with world.journal.transaction():
            hearings.call_afterwards(world.journal, case, now=world.now)

        assert stands(world, case) == [hearing]
