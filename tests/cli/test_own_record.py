"""What of a node's own record is counted: an answer that was taken back is none."""

from contextlib import closing
from datetime import timedelta

from tests.case.lives import REASONS, World, fixed_chance_and_clock
from tests.conftest import new_node

from amparo.case import complaint
from amparo.cli import record
from amparo.observatory import queries


def counted(world, lake):
    """Complaint metric -> how many, over all days."""
    today = (world.now + timedelta(days=9)).date()
    record.into_lake(world.journal, lake, today, lambda *_: None)
    with closing(queries.open_engine(lake=lake)) as engine:
        rows = engine.rows(
            "SELECT metric, sum(value) FROM daily WHERE metric LIKE 'complaint.%' GROUP BY 1"
        )
    return {metric.removeprefix("complaint."): int(number) for metric, number in rows}


def test_an_answer_that_was_taken_back_is_not_counted_in_whatever_lake(tmp_path):
    """Twelve are answered, and all of them opened again on a later day."""
    with fixed_chance_and_clock():
        world = World(new_node(tmp_path / "node"))
        cases = [world.decided("upheld", ()) for _ in range(12)]
        before = counted(world, tmp_path / "lake")

        world.wait(days=3)
        for case in cases:
            world.do(case, complaint.reopen, by=world.lead, reason=REASONS)
        after = counted(world, tmp_path / "lake")
        anew = counted(world, tmp_path / "other")
        world.journal.close()

    assert before == {"filed": 12, "decided": 12, "upheld": 12}
    assert after == anew == {"filed": 12}
