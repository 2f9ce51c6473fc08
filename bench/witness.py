"""A witness's rate: checkpoints cosigned a second, beside the limits of the same run.

    python -m bench.witness [CHECKPOINTS]

Each checkpoint is checked, stored and marked durably, then signed with both keys. Beside it what
no witness can go under: the two durable writes alone, and the two signatures alone.
"""

import tempfile
import time
from pathlib import Path

from amparo.ledger.coalition import witness_service
from amparo.storage.durable import write_durably
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import merkle, note, witness
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.note import Signer
from bench.machine import asked_number, described, table

CHECKPOINTS = 500
LEAVES_EACH = 3


def requests(signer, number):
    """What a log that grows by a few entries each time would send, one after the other."""
    leaves = [merkle.leaf_hash(b"%d" % n) for n in range(number * LEAVES_EACH)]

    def node(level, index):
        return merkle.root_of(leaves[index << level : (index + 1) << level])

    made, old = [], 0
    for n in range(1, number + 1):
        size = n * LEAVES_EACH
        tree = Checkpoint(signer.name, size, merkle.root_of(leaves[:size]))
        proof = merkle.consistency_proof(old, size, node)
        signed = checkpoints.sign(tree, signer).encode()
        made.append((witness.Request(old, tuple(proof), signed).encode(), note.parse(signed).text))
        old = size
    return made


def timed(job, values):
    begun = time.perf_counter()
    for value in values:
        job(value)
    return len(values) / (time.perf_counter() - begun)


def run(number=CHECKPOINTS):
    signer = Signer("log.example", b"l" * 32)
    made = requests(signer, number)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "witness"
        witness_service.make(folder, "w.example")
        (folder / "logs").write_text(f"log {signer.verifier.vkey}\n")
        one = witness_service.Witness(folder, Path(name) / "mark")

        def ask(body):
            assert one.add_checkpoint(body).status == 200

        whole = timed(ask, [body for body, _ in made])
        durable = timed(
            lambda n: [write_durably(Path(name) / "x", b"%d" % n) for _ in range(2)],
            list(range(number)),
        )
        signing = timed(
            lambda text: [key.cosign(text, 1) for key in one.keys], [text for _, text in made]
        )
        seen = {}

        def decide(body):
            found = witness.decide(body, logs={signer.name: [signer.verifier]}, seen=seen)
            seen[signer.name] = witness.Seen(found.checkpoint.size, found.checkpoint.root)

        checking = timed(decide, [body for body, _ in made])
        one.close()
    table(
        f"A witness, {number:,} checkpoints of one log, both keys",
        ("part", "a second", "ratio to the whole"),
        [
            ("check, store, mark, sign", f"{whole:,.0f}", "1.0"),
            ("two durable writes alone", f"{durable:,.0f}", f"{durable / whole:.1f}"),
            ("the log's signature and proof alone", f"{checking:,.0f}", f"{checking / whole:.1f}"),
            ("two signatures alone", f"{signing:,.0f}", f"{signing / whole:.1f}"),
        ],
    )


if __name__ == "__main__":
    asked = asked_number(__doc__, CHECKPOINTS, "CHECKPOINTS")
    print(described())
    run(asked)
