"""How many people were not told is known without counting at each look, whatever happens in a case."""

from datetime import timedelta

import pytest
from tests.case.lives import FORO, NODE, PERSON, World, fixed_chance_and_clock

from amparo.case import complaint, deadlines, delivery
from amparo.errors import Refused
from amparo.ledger.case import casework, telling, untold
from amparo.ledger.outbound import outbox
from amparo.ledger.upkeep import erase


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


@pytest.mark.parametrize("first", ["counted", "not counted"])
@pytest.mark.parametrize("told", [False, True])
def test_nobody_is_left_to_be_told_of_what_was_erased(world, first, told):
    """Whether the count had come so far, and whether the person was told."""
    kept, gone = world.decision(), world.decision()
    if told:
        world.do(gone, delivery.deliver, how="platform", decided_by=(), by=FORO)
    if first == "counted":
        counted(world)

    erase.erase(world.node, world.journal.of_case(gone)[:1], "request")

    assert counted(world) == 1
    world.do(kept, delivery.deliver, how="platform", decided_by=(), by=FORO)
    assert counted(world) == 0


def test_after_an_erasure_nothing_happens_in_a_case_and_nobody_is_written_to(world):
    case = world.decision()
    erase.erase(world.node, world.journal.of_case(case)[:1], "request")
    size = world.journal.size()

    for notice in (
        telling.Notice("mail", "evil@platform.example"),
        telling.Notice("platform", content="His name is Example."),
        telling.Notice("", decided_by=["mod-17"]),
    ):
        with pytest.raises(Refused, match="was erased"), world.journal.transaction():
            telling.tell(world.journal, case, notice, by=FORO, now=world.now)
    with pytest.raises(Refused, match="was erased"):
        world.filed(case)

    assert world.journal.size() == size
    assert outbox.contact(world.journal, case, "person") is None
    assert outbox.mailed(world.journal, case) == []
