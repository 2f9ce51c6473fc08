"""Days a node is put through: `python -m bench.load [--minutes M] [--on sqlite postgresql]`.

The node takes requests with as many processes as there are cores, unless told otherwise.

Batches, single statements, a mixed day, an overload; on SQLite and on PostgreSQL. The generator has
a process of its own and the same two cores. Memory, queue and what waits to be public are looked at
every five seconds; at the end, everything that was acknowledged must be there. Just before each day
the yardstick: plain SQLite, the same bytes, as durable, 1,000 a commit.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx2

from amparo.record.specimen import specimen
from amparo.storage.journal import Journal
from amparo.storage.node import open_node
from bench.intake import inserting
from bench.machine import described, parser_of, table

AMPARO = str(Path(sys.executable).parent / "amparo")
LOOK_SECONDS = 5
FOR_LOAD = ("shared_buffers=1GB", "max_wal_size=8GB")  # what docs/growth.md advises
DAYS = {
    "batches of 100, closed loop": ["--batch", 100, "--connections", 24],
    "25,000/s by the clock": ["--batch", 100, "--connections", 48, "--rate", 25_000],
    "one by one": ["--batch", 1, "--connections", 64],
    "4,000/s one by one, by the clock": ["--batch", 1, "--connections", 64, "--rate", 4_000],
    "a mixed day": ["--batch", 100, "--connections", 12, "--mixed"],
    "overload": ["--batch", 100, "--connections", 700],
}


class Watch:
    """A node's memory, queue and lag over time."""

    def __init__(self, pid, url):
        self.pid, self.url, self.seen = pid, url, []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def end(self):
        self._ended.set()
        self._thread.join()

    def _run(self):
        with httpx2.Client(timeout=30) as http:
            while not self._ended.wait(LOOK_SECONDS):
                try:
                    told = http.get(f"{self.url}/health").json()
                except httpx2.HTTPError:
                    continue
                lag = told.get("entries", 0) - told["published"]
                self.seen.append((memory(self.pid), told["queued"], lag))


def memory(pid):
    """Resident megabytes of a process and its children."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue
        fields = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
        if int(status.parent.name) == pid or int(fields.get("PPid", 0)) == pid:
            total += int(fields.get("VmRSS", "0 kB").split()[0])
    return total // 1024


def day(name, seconds, place, processes):
    """One day on a fresh node; a row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "node"
        if place:
            from tests.conftest import new_node

            new_node(data, place)
        node = subprocess.Popen(
            [AMPARO, "serve", "--data", str(data), "--port", "0", "--processes", str(processes)],
            stdout=subprocess.PIPE,
            text=True,
        )
        url = node.stdout.readline().split()[1].rstrip("/")
        token = subprocess.run(
            [AMPARO, "platform", "add", "Bench", "--data", str(data)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()[-1]
        watch = Watch(node.pid, url)
        words = [*DAYS[name], "--seconds", seconds]
        told = json.loads(
            subprocess.run(
                [sys.executable, "-m", "bench.load.generator", *map(str, words), "--", url, token],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        begun = time.perf_counter()
        while waiting(url):
            time.sleep(0.1)
        after = time.perf_counter() - begun
        watch.end()
        node.terminate()
        node.wait()
        lost = told["accepted"] - decisions(data)
    assert lost == 0, f"{lost} acknowledged statements are lost"
    assert told["wrong"] == 0, told["first_wrong"]
    assert told["without_retry_after"] == 0
    return told, watch.seen, after


def plain():
    """Rows a second of the yardstick."""
    with tempfile.TemporaryDirectory() as folder:
        return inserting(
            Path(folder) / "plain.db", json.dumps(specimen(random.Random(1), "x" * 20)).encode()
        )


def waiting(url):
    """How many entries are not public yet."""
    told = httpx2.get(f"{url}/health", timeout=30).json()
    return told["entries"] - told["published"]


def decisions(data):
    """How many decisions the journal holds."""
    journal = Journal(open_node(data).journal, read_only=True)
    found = int(journal.db.execute("SELECT count(*) FROM event WHERE n = 1").get)
    journal.close()
    return found


def shown(name, on, told, seen, after, base, yard):
    submit = told["kinds"]["submit"]
    third = max(1, len(seen) // 3)
    early, late = (max(row[0] for row in part) for part in (seen[:third], seen[-third:]))
    pushed = ", ".join(f"{count:,} x {status}" for status, count in told["pushed_back"].items())
    return (
        name,
        on,
        f"{told['rate']:,.0f}/s",
        f"{told['rate'] / base:.2f}",
        f"{told['rate'] / yard:.3f} of {yard:,.0f}/s",
        f"{submit['p50']:.0f} / {submit['p99']:.0f} / {submit['p999']:.0f} ms",
        f"{early} → {late} MB",
        f"{max(row[1] for row in seen):,}",
        f"{max(row[2] for row in seen):,}",
        f"{after:.1f} s",
        pushed or "–",
    )


def main(options):
    print(described())
    rows, others, base = [], [], 0.0
    for on in options.on:
        for name in options.days or DAYS:
            server = None
            if on == "postgresql":
                from tests.servers import PostgresServer

                server = PostgresServer(*FOR_LOAD)
            seconds = options.minutes * 60 if name != "overload" else min(60, options.minutes * 60)
            yard = plain()
            try:
                place = server.place() if server else ""
                told, seen, after = day(name, seconds, place, options.processes)
            finally:
                if server:
                    server.remove()
            base = base or told["rate"]
            rows.append(shown(name, on, told, seen, after, base, yard))
            for kind, at in told["kinds"].items():
                if kind != "submit":
                    took = f"{at['p50']:.0f} / {at['p99']:.0f} / {at['most']:.0f} ms"
                    others.append((name, on, kind, f"{at['number']:,}", took))
            print(
                json.dumps({"day": name, "on": on, **told, "seen": seen}),
                file=sys.stderr,
                flush=True,
            )
    table(
        f"Load, {options.minutes:g} minutes each, {options.processes} processes; everything "
        "acknowledged was there at the end",
        (
            "day",
            "journal",
            "kept",
            "ratio to the first row",
            "ratio to plain SQLite",
            "p50 / p99 / p99.9",
            "memory, first and last third",
            "most queued",
            "most not public",
            "all public after",
            "pushed back",
        ),
        rows,
    )
    if others:
        table(
            "Beside it, in the mixed day",
            ("day", "journal", "what", "number", "p50 / p99 / most"),
            others,
        )


if __name__ == "__main__":
    parser = parser_of(__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--on", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--days", nargs="+", choices=list(DAYS))
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    main(parser.parse_args())
