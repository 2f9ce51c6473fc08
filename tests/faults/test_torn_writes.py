"""Power goes at any step: writes torn, missing, in another order; what was said stands."""

import random

from tests.faults import disk
from tests.faults.conftest import EVERY, Outside, recovers, tally

CUTS_A_STEP = 4


def test_a_power_cut_with_torn_and_reordered_writes_loses_nothing(fresh, template, tmp_path):
    chance = random.Random(3)
    outside = fresh("recorded")
    folder = outside.node.folder
    before = disk.Disk(folder)
    steps = disk.record(folder, 2, 1)
    assert sum(kind == "sync" for kind, *_ in steps) > 20
    said, tried = [], 0
    for number, (kind, *rest) in enumerate(steps):
        if kind == "say":
            said += [line.split(" ") for line in rest[0].decode().splitlines()]
        else:
            before.step(kind, *rest)
        for _ in range(CUTS_A_STEP):
            if chance.randrange(EVERY):
                continue
            left = before.left(chance)
            image = disk.lay_out(left, folder, tmp_path / "after")
            found = Outside(image)
            found.acknowledged |= template[1]
            found.receipts.append(template[2])
            found.hear(said)
            assert recovers(found), f"after step {number}: {kind} {rest[0]!r:.80}"
            tried += 1
    assert tried > 50
    tally("power cut, writes torn and reordered", tried, tried)
