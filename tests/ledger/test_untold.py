"""How many people were not told is known without counting at each look, whatever happens in a case."""

from datetime import timedelta

import pytest
from tests.case.lives import FORO, NODE, PERSON, World, fixed_chance_and_clock

from amparo.case import complaint, deadlines, delivery
from amparo.ledger.case import casework, untold


@pytest.fixture
def world(node):
    with fixed_chance_and_clock():
        made = World(node)
        yield made
        made.journal.close()


def counted(world):
    while not untold.count_on(world.journal):
        pass
    return untold.of(world.journal, world.platform.id)


def test_before_anything_was_counted_nobody_knows(world):
    world.decision()

    assert untold.of(world.journal, world.platform.id) is None
    assert counted(world) == 1


def test_a_decision_is_told_once_however_often_and_in_whatever_way(world, monkeypatch):
    monkeypatch.setattr(untold, "SLICE", 3)
    first, second, third = (world.decision() for _ in range(3))
    world.do(first, delivery.fail, reason="bounced", code="550 5.1.1", by=NODE)
    assert counted(world) == 3

    world.do(first, delivery.deliver, how="platform", decided_by=(), by=FORO)
    world.do(first, delivery.deliver, how="platform", decided_by=["x"], by=FORO)
    assert counted(world) == 2
    world.do(second, delivery.name_deciders, decided_by=["x"], by=FORO)
    assert counted(world) == 2
    world.filed(third)  # whoever complains knows
    world.do(third, complaint.withdraw, by=PERSON)
    assert counted(world) == 1


def test_the_six_months_begin_when_the_person_was_told_and_not_when_it_was_decided(world):
    """Untold for a year, then told: a complaint five months later is in time, seven is late."""
    early, late = world.decision(), world.decision()
    world.wait(days=365)
    for case in (early, late):
        world.do(case, delivery.deliver, how="platform", decided_by=(), by=FORO)
    told_at = world.now

    world.now = deadlines.due("C05", told_at) - timedelta(days=30)
    world.do(early, complaint.file, role="person", grounds="No.", attachments=())
    world.now = deadlines.due("C05", told_at) + timedelta(days=30)
    world.do(late, complaint.file, role="person", grounds="No.", attachments=())

    files = [casework.read(world.journal, case) for case in (early, late)]
    assert [file.events[-2].late for file in files] == [False, True]
    assert all(file.case.informed_at == told_at for file in files)
