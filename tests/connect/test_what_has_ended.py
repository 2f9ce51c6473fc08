"""What was erased or set aside stays so, whatever its source sends of it, and by which connection.

Cases are erased by themselves once their time is over, and sources go on to speak of them.
"""

from contextlib import closing

import pytest
from tests.conftest import new_node
from tests.connect.conftest import GROUND, WHOLE, WITHOUT_GROUND, World, ban, changed, unban

from amparo.connectors.record import Proof
from amparo.ledger.connect import connections, drafts, items, poll_schedule
from amparo.ledger.upkeep import erase

ANEW = WHOLE | {"decision_facts": "Anew."}
CARLA = "Carla asked for it"


def states(world):
    return items.counts(world.journal, world.connection.id)


def erased(world):
    """The newest decision is erased; its case."""
    case = world.statements()[-1][0]
    erase.erase(world.node, world.journal.of_case(case)[:1], "order")
    return case


def set_up_again(world):
    connection = world.connection
    connections.remove(world.node, world.journal, connection)
    connections.add(world.journal, connection.config, now=1)
    connections.set_trial(world.journal, world.connection, connection.trial)
    connections.start(world.journal, world.connection)


def the_draft(world):
    [group] = drafts.groups(world.journal, world.connection.id)
    [draft] = drafts.of_group(world.journal, world.connection, group.alike)
    return draft


def complete(world, by):
    return drafts.complete(
        world.journal, world.secret, world.connection, the_draft(world), GROUND, by=by,
        now=world.now,
    )  # fmt: skip


def test_that_the_source_takes_back_what_was_erased_holds_nothing_up(world):
    world.take(ban("b1"))
    erased(world)

    assert world.take(unban("u1", "b1", reasons=CARLA), ban("b2")) == {"noted": 1, "stated": 1}
    assert states(world) == {"erased": 1, "noted": 1, "stated": 1}
    assert CARLA.encode() not in world.whole_folder()


@pytest.mark.parametrize("decision", [WHOLE, ANEW, WITHOUT_GROUND])
def test_what_was_erased_stays_so_when_its_connection_is_set_up_again(world, decision):
    world.take(ban("b1", version="1"))
    erased(world)
    set_up_again(world)
    proof = Proof(CARLA.encode(), b"signature", "key")
    again = ban("b1", version="1", decision=decision, subject=CARLA, proof=proof)

    assert world.take(again) == {"known": 1}
    assert world.take(changed(again, version="2", decision=ANEW)) == {"known": 1}
    assert world.take(unban("u1", "b1", reasons=CARLA)) == {"noted": 1}
    assert len(world.statements()) == 1
    assert CARLA.encode() not in world.whole_folder()


def test_a_draft_that_was_completed_is_not_asked_about_again_after_that(world):
    once = ban("b1", decision=WITHOUT_GROUND)
    world.take(once)
    complete(world, world.seat)
    [(case, _)] = world.statements()
    set_up_again(world)

    assert world.take(once) == {"known": 1}
    assert world.take(unban("u1", "b1")) == {"lifted": 1}
    assert world.kinds(case)[-1] == "decision.lifted"


def test_a_connection_set_up_again_goes_on_from_the_newest_version(world):
    """What took its place is lifted, and what has changed meanwhile corrects it."""
    world.take(ban("b1", version="1"))
    world.take(ban("b1", version="2", decision=ANEW))
    set_up_again(world)

    assert world.take(ban("b1", version="2", decision=ANEW)) == {"known": 1}
    newer = WHOLE | {"decision_facts": "Once more."}
    assert world.take(ban("b1", version="3", decision=newer)) == {"corrected": 1}
    set_up_again(world)
    assert world.take(ban("b1", version="4", decision=ANEW)) == {"corrected": 1}
    assert world.take(unban("u1", "b1")) == {"lifted": 1}
    assert [world.kinds(case)[-1] == "decision.lifted" for case, _ in world.statements()] == [
        *[False] * 3,
        True,
    ]


def test_with_a_draft_that_is_set_aside_goes_what_took_it_back(world):
    world.take(ban("b1", decision=WITHOUT_GROUND), unban("u1", "b1", reasons=CARLA))
    drafts.set_aside(world.journal, the_draft(world), by=world.seat)

    assert states(world) == {"set aside": 1, "noted": 1}
    assert CARLA.encode() not in world.whole_folder()
    assert world.take(unban("u2", "b1", reasons=CARLA)) == {"noted": 1}


def test_with_a_case_goes_what_waited_for_its_correction(world):
    world.take(ban("b1", version="1"))
    world.take(ban("b1", version="2", decision=WITHOUT_GROUND), unban("u1", "b1", reasons=CARLA))
    assert states(world) == {"draft": 1, "parked": 1}
    erased(world)

    assert states(world) == {"erased": 1, "noted": 1}
    assert CARLA.encode() not in world.whole_folder()


def test_what_was_set_aside_and_what_nobody_has_answered_is_asked_again(world):
    """Nothing of it is on the record, by which it could be known."""
    world.take(ban("b1", decision=WITHOUT_GROUND))
    drafts.set_aside(world.journal, the_draft(world), by=world.seat)
    set_up_again(world)

    assert world.take(ban("b1", decision=WITHOUT_GROUND)) == {"draft": 1}


def test_on_postgresql_the_same_holds_and_webhooks_are_noted(tmp_path, postgres):
    world = World(new_node(tmp_path / "node", postgres.place()))
    with closing(world.journal):
        world.take(ban("b1", version="1"))
        later = ban("b1", version="2", decision=WITHOUT_GROUND)
        world.take(later, unban("u1", "b1", reasons=CARLA))
        erased(world)
        with world.journal.transaction():
            poll_schedule.note(world.journal, world.connection, "7", 1)

        assert states(world) == {"erased": 1, "noted": 1}
        assert world.take(ban("b1"), unban("u2", "b1")) == {"known": 1, "noted": 1}
        assert [subject for subject, _ in poll_schedule.looks(world.journal, 1, most=5)] == ["7"]
