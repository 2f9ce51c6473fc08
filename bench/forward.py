"""Statements on to the EU's database: does forwarding keep up with intake?

    python -m bench.forward

The other side is our stand-in (`tests/eu_stand_in.py`), on the same cores as the node, its load and
the process that forwards. So intake and forwarding are measured one after the other, each with its
processor time, and then together. Yardstick of the same run: a bare sender (`bench.batches`), which
shows what the stand-in itself takes. The pace, which is 3,000 calls a minute otherwise, is no bound
here.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from amparo.ledger.forward import forwardings
from amparo.ledger.log import platforms
from amparo.storage.journal import Journal
from bench.intake import load, until_public
from bench.machine import asked_nothing, described, table

SECONDS = 15
NO_BOUND = 1_000_000
"""Calls a minute."""
GOAL = 25_000
"""Statements a second that forwarding alone sends on, or what intake takes if that is less."""


def processor_of(words):
    """User and system seconds of every process that was started with these words."""
    total = 0.0
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if all(word.encode() in (place / "cmdline").read_bytes() for word in words):
                fields = (place / "stat").read_text().rsplit(")", 1)[1].split()
                total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except OSError:
            continue
    return total


TOKEN = "12|abc"


def stand_in(file):
    """A stand-in for the EU's database, and its address."""
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.eu_stand_in", str(file), TOKEN],
        stdout=subprocess.PIPE,
        text=True,
    )
    return running, running.stdout.readline().strip()


def end(process):
    """End a process, and forget it."""
    process.terminate()
    process.wait()
    process.stdout.close()


def yardstick(folder):
    """Statements a second from a bare sender to a stand-in."""
    running, url = stand_in(folder / "bare")
    words = [sys.executable, "-m", "bench.batches", url, TOKEN]
    try:
        return float(subprocess.run(words, capture_output=True, check=True).stdout)
    finally:
        end(running)


class World:
    """A node, a stand-in for the EU's database, and what goes from the one to the other."""

    def __init__(self, folder):
        amparo, self.data = str(Path(sys.executable).parent / "amparo"), folder / "node"
        words = ["--data", str(self.data)]
        self.node = subprocess.Popen(
            [amparo, "serve", *words, "--port", "0"], stdout=subprocess.PIPE, text=True
        )
        self.url = self.node.stdout.readline().split()[1].rstrip("/")
        self.token = subprocess.run(
            [amparo, "platform", "add", "Bench", *words], capture_output=True, text=True, check=True
        ).stdout.splitlines()[-1]
        self.eu, eu_url = stand_in(folder / "eu")
        self.journal = Journal(self.data / "journal.db")
        self.platform = platforms.find(self.journal, "Bench")
        forwardings.set_up(
            self.journal,
            self.platform,
            url=eu_url,
            token=TOKEN,
            first=0,
            rate=NO_BOUND,
            private=True,
            now=int(time.time()),
        )
        forwardings.pause(self.journal, self.platform.id)

    def end(self):
        self.journal.close()
        end(self.node)
        end(self.eu)

    def take_in(self, first):
        """What a load of batches came to."""
        more = ("--batch", 100, "--connections", 24, "--seconds", SECONDS, "--first", first)
        return load(self.url, self.token, *more)

    @property
    def there(self):
        return forwardings.of_platform(self.journal, self.platform)

    def until_sent(self, number, most=600.0):
        """Seconds from now until so many are there."""
        begun = time.perf_counter()
        while self.there.sent < number:
            if time.perf_counter() - begun > most:
                return float("nan")
            time.sleep(0.02)
        return time.perf_counter() - begun

    def spent(self):
        """Processor seconds of the process that forwards."""
        return processor_of(["amparo.ledger.forward.process", str(self.data)])

    def spent_by_others(self):
        """The same of the node's others: those that take in and publish."""
        return processor_of(["amparo", str(self.data)]) - self.spent()


def alone(world):
    """Intake while nothing is forwarded, then forwarding while nothing is taken in."""
    seen = world.take_in(0)
    until_public(world.url)
    total, before = world.journal.size(), world.spent()
    taking = world.spent_by_others() / total
    forwardings.resume(world.journal, world.platform.id)
    while not world.there.sent:  # it is noticed within a second
        time.sleep(0.005)
    begun_at = world.there.sent
    took = world.until_sent(total)
    return seen["rate"], (total - begun_at) / took, taking, (world.spent() - before) / total


def together(world):
    """Both at once: taken in a second, sent on meanwhile, and seconds until the rest was sent."""
    before = world.there.sent
    seen = world.take_in(50_000_000)
    meanwhile = world.there.sent - before
    after = world.until_sent(world.journal.size())
    return seen["rate"], meanwhile / SECONDS, after


def run():
    random.seed(1)
    with tempfile.TemporaryDirectory() as place:
        bare = yardstick(Path(place))
        world = World(Path(place))
        try:
            taken, sent, taking, sending = alone(world)
            taken_then, sent_then, after = together(world)
        finally:
            world.end()
    reached = "reached" if sent >= min(GOAL, taken) else "MISSED"
    table(
        f"Statements on to a stand-in for the EU's database, {SECONDS} s of intake each",
        (
            *("how", "taken in", "sent on", "sent on to taken in", "sent on to yardstick"),
            *("processor time a statement", "goal"),
        ),
        [
            ("yardstick: a bare sender", "", f"{bare:,.0f}/s", "", "1.00", "", ""),
            (
                "one after the other",
                f"{taken:,.0f}/s",
                f"{sent:,.0f}/s",
                f"{sent / taken:.2f}",
                f"{sent / bare:.2f}",
                f"{taking * 1e6:.0f} µs to take in and publish, {sending * 1e6:.0f} µs to send on",
                f"{GOAL:,}/s: {reached}",
            ),
            (
                f"at once; the rest {after:.1f} s later",
                f"{taken_then:,.0f}/s",
                f"{sent_then:,.0f}/s",
                f"{sent_then / taken_then:.2f}",
                f"{sent_then / bare:.2f}",
                "",
                "",
            ),
        ],
    )


if __name__ == "__main__":
    asked_nothing(__doc__)
    print(described())
    run()
