"""Following a log from a cold start, beside the hashing limit of the same run.

    python -m bench.monitor [ENTRIES]

A log of real-looking decisions lies in a folder, so that no network is measured. `audit` fetches
everything and recomputes the root; the monitor's first look also holds each entry against the
rules. The limit: SHA-256 over the same leaves, and over as many nodes, in a plain loop.
"""

import hashlib
import random
import resource
import tempfile
import time
from pathlib import Path

from amparo.case.issue import issue
from amparo.coalition.trusted_log import LogState, Watched
from amparo.ledger.coalition.monitor import Look
from amparo.ledger.log.audit import audit
from amparo.record.decision import settle, trim
from amparo.record.specimen import specimen
from amparo.record.uuid7 import uuid7, uuid_text
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import edge, policy
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.note import Signer
from bench.machine import asked_number, described, table

ENTRIES = 1_000_000
DISTINCT = 2_000
IN_BEAT = 50_000


CASE = uuid_text(uuid7(1_767_225_600_000, bytes(10)))
"""A number of that second; each entry of the log gets one of its own in place of its zeros."""


def numbered(leaf, n):
    """The same decision as the n-th case."""
    return leaf.replace(b"-000000000000", b"-%012d" % n, 1)


def leaves(number):
    """Decisions as platforms send them; a few thousand distinct ones, over and over."""
    made = []
    for n in range(min(DISTINCT, number)):
        decision = settle(trim(specimen(random.Random(n), f"p{n}")), "API")
        made.append(
            issue(
                decision,
                case=CASE,
                by="foro",
                at="2026-01-01T00:00:00Z",
                salt=b"s" * 32,
                puid_salt=b"t" * 32,
            ).leaf
        )
    return made


def write(folder, key, made, number):
    """The log's files."""
    grown = edge.Edge()
    for start in range(0, number, IN_BEAT):
        some = [
            numbered(made[n % len(made)], n) for n in range(start, min(start + IN_BEAT, number))
        ]
        grown, tiles = edge.grow(grown, some)
        for tile, body in tiles.items():
            path = folder / tile.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
    signed = checkpoints.sign(Checkpoint(key.name, grown.size, grown.root()), key)
    (folder / "checkpoint").write_bytes(signed.encode())


def timed(job):
    begun = time.perf_counter()
    job()
    return time.perf_counter() - begun


def limit(made, number):
    """Nothing but the hashes that the tree has."""
    sha = hashlib.sha256
    for n in range(number):
        sha(b"\x00" + made[n % len(made)]).digest()
    pair = b"\x01" + bytes(64)
    for _ in range(number):
        sha(pair).digest()


def run(number=ENTRIES):
    key = Signer("log.example", b"l" * 32)
    made = leaves(number)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, key, made, number)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        watched = Watched(key.verifier, name, policy.of_log(key.verifier.vkey))
        found = []
        least = timed(lambda: limit(made, number))
        bare = timed(lambda: audit(name, policy.of_log(key.verifier.vkey)))
        whole = timed(lambda: found.append(Look(watched, LogState(), now=int(time.time()))))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert found[0].state.entries == number
    assert not found[0].faults
    table(
        f"A log of {number:,} entries from a cold start "
        f"(peak memory {peak // 1024} MB, {before // 1024} MB before it)",
        ("part", "wall", "entries a second", "ratio to the hashing limit"),
        [
            (what, f"{took:.1f} s", f"{number / took:,.0f}", f"{took / least:.1f}")
            for what, took in (
                ("SHA-256 over every leaf and node, alone", least),
                ("`amparo log audit`", bare),
                ("the monitor's first look, rules of every entry", whole),
            )
        ],
    )


if __name__ == "__main__":
    asked = asked_number(__doc__, ENTRIES, "ENTRIES")
    print(described())
    run(asked)
