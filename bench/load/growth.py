"""A node that grows: cost and memory an entry at each mark, and a tree of a billion in simulation.

    python -m bench.load.growth [ENTRIES]

Beside each beat, one commit of the same bytes into a plain table: on a shared machine that is busy
at one mark and idle at the next, only the ratio says whether the cost is flat. Everything a
decision costs once it was checked: journal with PUIDs, durable; tiles, bundles, the second look
before signing, checkpoint. The billion is an edge as such a tree has it, of hashes by chance:
growing reads nothing else.
"""

import os
import resource
import tempfile
import time
from pathlib import Path

import apsw

from amparo.ledger.log import platforms
from amparo.ledger.log.publish import Publisher, publishing
from amparo.record.rules import Profile
from amparo.record.uuid7 import uuid7
from amparo.storage.journal import Journal, Row
from amparo.storage.node import create_node
from amparo.tlog import edge as edges
from amparo.tlog.edge import Edge
from bench.machine import asked_number, described, table
from bench.monitor import leaves

ENTRIES = 10_000_000
IN_COMMIT, IN_BEAT = 2_000, 50_000
BILLION = 1_000_000_000
OPENING = os.urandom(900)  # as long as a sealed statement is, and as hard to compress


def resident():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def bytes_of(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class Plain:
    """The yardstick: the same bytes, as durably, in one table without an index."""

    def __init__(self, path):
        self.db, self.size = apsw.Connection(str(path)), 0
        for name, value in (("page_size", 16384), ("journal_mode", "wal"), ("synchronous", "full")):
            self.db.pragma(name, value)
        self.db.execute("CREATE TABLE plain (seq INTEGER PRIMARY KEY, leaf BLOB, opening BLOB)")

    def commit(self, leaves):
        """Seconds that one commit takes."""
        rows = [(self.size + n, leaf, OPENING) for n, leaf in enumerate(leaves)]
        self.size += len(rows)
        begun = time.perf_counter()
        with self.db:
            self.db.executemany("INSERT INTO plain VALUES (?, ?, ?)", rows)
        return time.perf_counter() - begun


def run(most):
    made = leaves(20_000)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        node = create_node(Path(name) / "node", origin="log.example")
        journal = Journal(node.journal)
        platform = platforms.add(journal, "Foro", Profile()).id
        plain = Plain(Path(name) / "plain.db")
        with publishing(node, journal):
            publisher = Publisher(node, journal)
            marks = [mark for mark in (100_000, 1_000_000, 3_000_000, 10_000_000) if mark <= most]
            size = 0
            for mark in marks:
                appending = beating = inserting = busy = 0.0
                begun_at = size
                while size < mark:
                    for _ in range(IN_BEAT // IN_COMMIT):
                        batch = [
                            Row(
                                uuid7(time.time_ns() // 1_000_000, os.urandom(10)),
                                1,
                                platform,
                                made[(size + n) % len(made)],
                                OPENING,
                                os.urandom(32),
                                os.urandom(32),
                            )
                            for n in range(IN_COMMIT)
                        ]
                        begun, at_work = time.perf_counter(), time.process_time()
                        journal.append([batch])
                        appending += time.perf_counter() - begun
                        busy += time.process_time() - at_work
                        size += IN_COMMIT
                    begun, at_work = time.perf_counter(), time.process_time()
                    publisher.beat()
                    beating += time.perf_counter() - begun
                    busy += time.process_time() - at_work
                    inserting += plain.commit(made[:IN_COMMIT])
                new = size - begun_at
                each = inserting / (new / IN_BEAT * IN_COMMIT)
                kept, log = bytes_of(node.folder) - bytes_of(node.log), bytes_of(node.log)
                rows.append(
                    (
                        f"{mark:,}",
                        f"{appending / new * 1e6:.1f} µs",
                        f"{beating / new * 1e6:.1f} µs",
                        f"{busy / new * 1e6:.1f} µs",
                        f"{each * 1e6:.1f} µs",
                        f"{appending / new / each:.2f}",
                        f"{(appending + beating) / new / each:.2f}",
                        f"{resident()} MB",
                        f"{kept / size:,.0f} B",
                        f"{log / size:,.0f} B",
                    )
                )
        journal.close()
        plain.db.close()
    table(
        "A node that grows",
        (
            "up to",
            "journal, an entry",
            "publishing, an entry",
            "processor time of both",
            "plain insert just then",
            "ratio of the journal",
            "ratio of both",
            "memory at its highest",
            "journal on disk, an entry",
            "log on disk, an entry",
        ),
        rows,
    )


def billion():
    """Growing by a beat at a hundred thousand entries, and at a billion."""
    some = leaves(100_000)
    rows = []
    for size in (100_000, BILLION):
        levels, level = [], 0
        while size >> (8 * level):
            levels.append(os.urandom(32 * ((size >> (8 * level)) % 256)))
            level += 1
        edge = Edge(size, tuple(levels), tuple(some[: size % 256]))
        begun = time.perf_counter()
        grown, tiles = edges.grow(edge, some)
        grown.root()
        took = time.perf_counter() - begun
        rows.append((f"{size:,}", f"{took / len(some) * 1e6:.2f} µs", f"{len(tiles):,}"))
    table("A beat of 100,000 at a size, simulated", ("at", "an entry", "files"), rows)


if __name__ == "__main__":
    asked = asked_number(__doc__, ENTRIES, "ENTRIES")
    print(described())
    billion()
    run(asked)
