"""Decisions in over HTTP: batches and single calls, durable, logged, the load on the same cores.

Yardsticks of the same run: a bare hashing loop, an fsync loop, and a plain SQLite insert of the
same bytes with the same durability.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import apsw
import httpx2

from amparo.record.specimen import specimen
from bench import steps
from bench.machine import asked_nothing, described, table

SECONDS = 20
GOALS = {100: 25_000, 1: 4_000}
RATIOS = {100: 0.22, 1: 0.04}  # to plain SQLite of the same run
FLOOR = 8_551  # the EU database's busiest second of its busiest day, on average


def hashing(body, seconds=2.0):
    """Bare SHA-256 of one statement's bytes, times a second."""
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        for _ in range(1000):
            hashlib.sha256(body).digest()
        count += 1000
    return count / (time.perf_counter() - begun)


def syncing(folder, seconds=2.0):
    """Appending 4 kB and syncing, times a second."""
    with (folder / "sync").open("ab", buffering=0) as file:
        begun, count = time.perf_counter(), 0
        while time.perf_counter() - begun < seconds:
            file.write(bytes(4096))
            os.fsync(file.fileno())
            count += 1
        return count / (time.perf_counter() - begun)


def inserting(file, body, rows=200_000, group=1000):
    """Plain SQLite: the same bytes, the same durability, in groups of 1,000; rows a second."""
    database = apsw.Connection(str(file))
    database.pragma("journal_mode", "wal")
    database.pragma("synchronous", "full")
    database.execute("CREATE TABLE plain (seq INTEGER PRIMARY KEY, body BLOB) STRICT")
    begun = time.perf_counter()
    for first in range(0, rows, group):
        database.execute("BEGIN IMMEDIATE")
        database.executemany(
            "INSERT INTO plain VALUES (?, ?)", [(n, body) for n in range(first, first + group)]
        )
        database.execute("COMMIT")
    rate = rows / (time.perf_counter() - begun)
    database.close()
    return rate


def load(url, token, *words):
    done = subprocess.run(
        [sys.executable, "-m", "bench.load.generator", *map(str, words), "--", url, token],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def until_public(url, most=120.0):
    """Seconds from now until everything that is kept is public."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < most:
        told = httpx2.get(f"{url}/health").json()
        if told["published"] == told["entries"]:
            return time.perf_counter() - begun
        time.sleep(0.05)
    return float("nan")


def to_checkpoint(url, token, first, times=150):
    """Milliseconds from a single call to its public receipt, while the node is otherwise idle."""
    took = []
    with httpx2.Client(base_url=url, headers={"authorization": f"Bearer {token}"}) as client:
        for n in range(times):
            body = specimen(random.Random(n), f"wait-{first}-{n}")
            begun = time.perf_counter()
            client.post("/api/v1/statement?wait=receipt", json=body).raise_for_status()
            took.append((time.perf_counter() - begun) * 1000)
    took.sort()
    return took[len(took) // 2], took[int(len(took) * 0.99)]


def processor_seconds(pid):
    """User and system seconds of a process and the children it waits for."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(stat.parent.name) == pid or int(fields[1]) == pid:
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def measured(folder, processes, plain):
    """Rows of the table for a fresh node of so many front ends, and what a single call waits."""
    amparo, data = str(Path(sys.executable).parent / "amparo"), folder / f"node-{processes}"
    words = ["--data", str(data)]
    node = subprocess.Popen(
        [amparo, "serve", *words, "--port", "0", "--processes", str(processes)],
        stdout=subprocess.PIPE,
        text=True,
    )
    url = node.stdout.readline().split()[1].rstrip("/")
    token = subprocess.run(
        [amparo, "platform", "add", "Bench", *words], capture_output=True, text=True, check=True
    ).stdout.splitlines()[-1]
    rows = []
    for batch, connections, first in ((100, 24, 0), (1, 64, 50_000_000)):
        before = processor_seconds(node.pid)
        seen = load(
            url,
            token,
            "--batch",
            batch,
            "--connections",
            connections,
            "--seconds",
            SECONDS,
            "--first",
            first,
        )
        spent = processor_seconds(node.pid) - before
        rows.append(row(batch, processes, seen, spent, until_public(url), plain))
    waits = to_checkpoint(url, token, processes)
    node.terminate()
    node.wait()
    node.stdout.close()
    return rows, waits


def row(batch, processes, seen, spent, lag, plain):
    """One load's row of the table."""
    goals = (
        (f"{GOALS[batch]:,}/s", seen["rate"] >= GOALS[batch]),
        (f"{RATIOS[batch]} of plain SQLite", seen["rate"] / plain >= RATIOS[batch]),
    )
    took = seen["kinds"]["submit"]
    return (
        f"batches of {batch}" if batch > 1 else "one by one",
        processes,
        f"{seen['rate']:,.0f}/s",
        f"{seen['bytes_each']:,.0f} B",
        f"{took['p50']:.0f} / {took['p99']:.0f} ms",
        f"{spent / seen['accepted'] * 1e6:.0f} µs",
        f"{seen['cpu_seconds'] / seen['accepted'] * 1e6:.0f} µs",
        f"{lag:.2f} s",
        seen["wrong"] + sum(seen["pushed_back"].values()),
        f"{seen['rate'] / plain:.3f}",
        "; ".join(f"{what}: {'reached' if is_ else 'MISSED'}" for what, is_ in goals),
    )


def run():
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        body = json.dumps(specimen(random.Random(1), "x" * 20)).encode()
        yard = [
            ("bare SHA-256 loop over one statement", hashing(body)),
            ("append 4 kB + fsync loop", syncing(folder)),
        ]
        rows, plains = [], []
        for processes in sorted({1, os.cpu_count()}):
            plains.append(inserting(folder / f"plain-{processes}.db", body))
            found, (half, most) = measured(folder, processes, plains[-1])
            rows += found
    yard += [
        (f"plain SQLite insert of the same bytes, 1,000 a commit, before {what}", plain)
        for what, plain in zip(("the first node", "the second"), plains, strict=False)
    ]
    table("Yardsticks", ("what", "a second"), [(what, f"{rate:,.0f}") for what, rate in yard])
    table(
        f"Statements over HTTP, {SECONDS} s each",
        (
            "how",
            "front ends",
            "rate",
            "size",
            "answer p50 / p99",
            "node's processor time a statement",
            "generator's",
            "all public after",
            "refused",
            "ratio to plain SQLite",
            "goal",
        ),
        rows,
    )
    print(f"\nFloor in batches: {FLOOR:,}/s.")
    print(
        f"A single call to its public receipt: p50 {half:.0f} ms, p99 {most:.0f} ms (goal 2,500)."
    )
    steps.run()


if __name__ == "__main__":
    asked_nothing(__doc__)
    print(described())
    run()
