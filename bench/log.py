"""The log's core in process: append, tiles and bundles on disk, a signed checkpoint each beat.

Beside it pymerkle and aics-tlog on the same entries. Cost per entry is shown as the tree grows, by
the median beat, and memory.
"""

import hashlib
import os
import resource
import shutil
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import NamedTuple

from pymerkle import InmemoryTree

from amparo.storage.durable import write_all_durably, write_durably
from amparo.tlog import checkpoint, edge, note
from bench.machine import asked_nothing, described, table

ENTRY_BYTES = 500
BEAT = 100_000
MARKS = (100_000, 1_000_000, 10_000_000)
SMALL_LOGS = 4
PEER_ENTRIES = 50_000
GOAL, FLOOR = 100_000, 30_000


def entries(first, count):
    return [b"%020d" % n + b"x" * (ENTRY_BYTES - 20) for n in range(first, first + count)]


def resident():
    """Megabytes at their highest so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Beat(NamedTuple):
    """One beat of 100,000 entries: the size after it, its seconds, its processor seconds."""

    size: int
    seconds: float
    spent: float


def beats(size, folder):
    """Grow a new log to a size, beat by beat."""
    signer = note.Signer("bench.example/log", bytes(32))
    folder.mkdir()
    tree = edge.Edge()
    while tree.size < size:
        fresh = entries(tree.size, BEAT)
        begun, worked = time.perf_counter(), time.process_time()
        tree, tiles = edge.grow(tree, fresh)
        write_all_durably(folder, {place.path: body for place, body in tiles.items()})
        signed = checkpoint.sign(
            checkpoint.Checkpoint("bench.example/log", tree.size, tree.root()), signer
        )
        write_durably(folder / "checkpoint", signed.encode())
        yield Beat(tree.size, time.perf_counter() - begun, time.process_time() - worked)


def small_logs(folder):
    """The first mark is a single beat, so it is taken from several logs."""
    seen = []
    for _ in range(SMALL_LOGS):
        seen += beats(MARKS[0], folder / "small")
        shutil.rmtree(folder / "small")
    return seen


def measured(folder):
    """At each mark: the median beat since the last one, and memory at its highest."""
    os.sync()  # what ran before must not be written out during this
    first, seen, gathered = small_logs(folder)[1:], [], []  # the first one pays for the start
    for beat in beats(MARKS[-1], folder / "log"):
        gathered.append(beat)
        if beat.size in MARKS[1:]:
            seen.append((beat.size, gathered, resident()))
            gathered = []
    seen.insert(0, (MARKS[0], first + small_logs(folder), seen[0][2]))
    return [
        (
            mark,
            BEAT / median(beat.seconds for beat in some),
            median(beat.spent for beat in some) / BEAT,
            memory,
        )
        for mark, some, memory in seen
    ]


def peer():
    """pymerkle's tree, in memory, on the same entries: appending and the root, a second."""
    tree = InmemoryTree(algorithm="sha256")
    fresh = entries(0, PEER_ENTRIES)
    begun = time.perf_counter()
    for entry in fresh:
        tree.append_entry(entry)
    tree.get_root()
    return PEER_ENTRIES / (time.perf_counter() - begun)


def other_tiles(folder):
    """aics-tlog's writer with files, where it is installed (it needs Python 3.12): a second."""
    if find_spec("aics_tlog") is None:
        return None
    from aics_tlog.writer import DirectoryTileStore, IncrementalTileWriter

    writer = IncrementalTileWriter(DirectoryTileStore(folder / "other"))
    writer.append(entries(0, BEAT))
    fresh = entries(BEAT, BEAT)
    begun = time.perf_counter()
    writer.append(fresh)
    return BEAT / (time.perf_counter() - begun)


def leaves():
    """A bare loop of leaf hashes, a second."""
    fresh = entries(0, 200_000)
    begun = time.perf_counter()
    for entry in fresh:
        hashlib.sha256(b"\x00" + entry).digest()
    return len(fresh) / (time.perf_counter() - begun)


def run():
    bare, other = leaves(), peer()
    folder = Path(tempfile.mkdtemp())
    try:
        tiles = other_tiles(folder)
        seen = measured(folder)
        on_disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    finally:
        shutil.rmtree(folder)
    flat = max(cost for *_, cost, _ in seen) / min(cost for *_, cost, _ in seen)
    table(
        f"Log core, entries of {ENTRY_BYTES} B, beats of {BEAT:,}",
        (
            "up to",
            "entries/s",
            "processor time an entry",
            "memory at its highest",
            "ratio to pymerkle",
            "goal",
        ),
        [
            (
                f"{mark:,}",
                f"{rate:,.0f}",
                f"{cost * 1e6:.1f} µs",
                f"{memory:,.0f} MB",
                f"{rate / other:.1f}",
                f"{GOAL:,}/s: {'reached' if rate >= GOAL else 'MISSED'}",
            )
            for mark, rate, cost, memory in seen
        ],
    )
    print(
        f"\nYardsticks: bare leaf hashes {bare:,.0f}/s; pymerkle in memory, without files or "
        f"signatures, {other:,.0f}/s; aics-tlog with files, "
        + (f"{tiles:,.0f}/s" if tiles else "not installed here")
        + f". Floor {FLOOR:,}/s. "
        f"Processor time, dearest to cheapest mark: {flat:.2f} (goal 1.20). "
        f"On disk {on_disk / MARKS[-1]:.0f} B an entry."
    )


if __name__ == "__main__":
    asked_nothing(__doc__)
    print(described())
    run()
