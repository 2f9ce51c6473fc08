"""The log's core in process: append, tiles and bundles on disk, a signed checkpoint each beat.

Beside it pymerkle on the same entries. Cost per entry is shown as the tree grows, and memory.
"""

import hashlib
import resource
import shutil
import tempfile
import time
from pathlib import Path

from pymerkle import InmemoryTree

from amparo.ledger.files import write_all_durably, write_durably
from amparo.tlog import checkpoint, edge, note
from bench.machine import table

ENTRY_BYTES = 500
BEAT = 100_000
MARKS = (100_000, 1_000_000, 10_000_000)
PEER_ENTRIES = 50_000
GOAL, FLOOR = 100_000, 30_000


def entries(first, count):
    return [b"%020d" % n + b"x" * (ENTRY_BYTES - 20) for n in range(first, first + count)]


def resident():
    """Megabytes at their highest so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def grow_to(marks, folder):
    """At each mark: entries a second since the last, processor seconds an entry, memory."""
    signer = note.Signer("bench.example/log", bytes(32))
    folder.mkdir()
    tree, seen, counted, took, spent = edge.Edge(), [], 0, 0.0, 0.0
    for mark in marks:
        while tree.size < mark:
            fresh = entries(tree.size, min(BEAT, mark - tree.size))
            begun, worked = time.perf_counter(), time.process_time()
            tree, tiles = edge.grow(tree, fresh)
            write_all_durably(folder, {place.path: body for place, body in tiles.items()})
            signed = checkpoint.sign(
                checkpoint.Checkpoint("bench.example/log", tree.size, tree.root()), signer
            )
            write_durably(folder / "checkpoint", signed.encode())
            took += time.perf_counter() - begun
            spent += time.process_time() - worked
        count = mark - counted
        seen.append((mark, count / took, spent / count, resident()))
        counted, took, spent = mark, 0.0, 0.0
    return seen


def peer():
    """pymerkle's tree, in memory, on the same entries: appending and the root, a second."""
    tree = InmemoryTree(algorithm="sha256")
    fresh = entries(0, PEER_ENTRIES)
    begun = time.perf_counter()
    for entry in fresh:
        tree.append_entry(entry)
    tree.get_state()
    return PEER_ENTRIES / (time.perf_counter() - begun)


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
        grow_to((BEAT,), folder / "warm")  # so that the first mark does not pay for the start
        shutil.rmtree(folder / "warm")
        seen = grow_to(MARKS, folder / "log")
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
        f"signatures, {other:,.0f}/s. Floor {FLOOR:,}/s. "
        f"Processor time, dearest to cheapest mark: {flat:.2f} (goal 1.20). "
        f"On disk {on_disk / MARKS[-1]:.0f} B an entry."
    )


if __name__ == "__main__":
    run()
