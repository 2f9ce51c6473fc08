"""How long nobody publishes when the publishing host dies: `python -m bench.load.handover [TIMES]`.

Two hosts on a real PostgreSQL and a real object store. The publishing one is killed, both of its
processes at once; the time runs until the other has put a newer checkpoint out. The yardstick: a
bare session of the same database that waits for a lock whose holder is killed.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from tests.conftest import new_node, statement
from tests.servers import ObjectStore, PostgresServer
from tests.stories.test_several_hosts import Host

from bench.machine import asked_number, described, table

HOLDER = """
import sys, time, psycopg
held = psycopg.connect(sys.argv[1])
held.execute("SELECT pg_advisory_lock(1)")
print("held", flush=True)
time.sleep(600)
"""


def bare(place):
    """Seconds from the death of a lock's holder until one that waits has it."""
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, place], stdout=subprocess.PIPE)
    holder.stdout.readline()
    with psycopg.connect(place) as waiting:
        holder.kill()
        begun = time.perf_counter()
        waiting.execute("SELECT pg_advisory_lock(1)")
        took = time.perf_counter() - begun
    holder.wait()
    holder.stdout.close()
    return took


def run(times):
    import os

    database, objects = PostgresServer(), ObjectStore()
    os.environ.update(objects.environment)
    took = []
    with tempfile.TemporaryDirectory() as folder:
        new_node(Path(folder) / "0", database.place(), objects.place())
        shutil.copytree(Path(folder) / "0", Path(folder) / "1")
        hosts = [Host(Path(folder) / name) for name in "01"]
        headers = hosts[0].add_platform("Foro")
        for number in range(times):
            while {host.state() for host in hosts} != {"publishing", "standby"}:
                time.sleep(0.05)
            dying = next(host for host in hosts if host.state() == "publishing")
            other = next(host for host in hosts if host is not dying)
            before = other.http.get("/health").json()["published"]
            dying.crash()
            begun = time.perf_counter()
            other.http.post("/api/v1/statement", json=statement(f"h-{number}"), headers=headers)
            while other.http.get("/health").json()["published"] == before:
                time.sleep(0.01)
            took.append(time.perf_counter() - begun)
            dying.start()
        for host in hosts:
            host.stop()
    locks = sorted(bare(database.place()) for _ in range(times))
    database.remove()
    objects.remove()
    took.sort()
    table(
        f"Hand-over, {times} times",
        ("from the death of one", "fastest", "middle", "slowest", "goal"),
        [
            ("to a newer checkpoint of the other", *three(took), "5 s"),
            ("to a bare lock that another takes over", *three(locks), ""),
        ],
    )


def three(took):
    return [f"{took[at]:.3f} s" for at in (0, len(took) // 2, -1)]


if __name__ == "__main__":
    asked = asked_number(__doc__, 10, "TIMES")
    print(described())
    run(asked)
