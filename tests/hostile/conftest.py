"""What attacks are measured by: memory and processor time of a server and all its processes.

`make test` tries each attack at a small size, `make attack` at its full one.
"""

import os
import threading
import time
from pathlib import Path

FULL = os.environ.get("AMPARO_ATTACK") == "full"


def size(small, full):
    """How large an attack is: small in `make test`, full in `make attack`."""
    return full if FULL else small


def family(pid, without=frozenset()):
    """A process and all that it has begun, directly or not; `without` some, and what they began."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    found = {pid}
    while more := {one for one, parent in parents.items() if parent in found} - found - without:
        found |= more
    return found


def resident_mb(pid, without=frozenset()):
    """Megabytes of memory that a process and its family hold now."""
    pages = 0
    for one in family(pid, without):
        try:
            pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def processor_seconds(pid, without=frozenset()):
    """Seconds of processor that a process and its family have used, ended children included."""
    ticks = 0
    for one in family(pid, without):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


class Meter:
    """What something costs a server: `with Meter(pid) as cost: ...`, then its fields.

    Of the tests' own process, what it had begun before does not count: these are nodes and browsers
    of other tests, which go on meanwhile.
    """

    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        own = self.pid == os.getpid()
        self._without = frozenset(family(self.pid) - {self.pid} if own else ())
        self.before_mb = self.most_mb = self._resident_mb()
        self._seconds = processor_seconds(self.pid, self._without)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        self._begun = time.monotonic()
        return self

    def __exit__(self, *error):
        self._ended.set()
        self._thread.join()
        self.wall = time.monotonic() - self._begun
        self.most_mb = max(self.most_mb, self._resident_mb())
        self.cpu = processor_seconds(self.pid, self._without) - self._seconds

    @property
    def more_mb(self):
        """Megabytes at the worst moment, above those before."""
        return self.most_mb - self.before_mb

    def __str__(self):
        return f"{self.more_mb:.0f} MB, {self.cpu:.2f} s of processor"

    def _resident_mb(self):
        return resident_mb(self.pid, self._without)

    def _look(self):
        while not self._ended.wait(0.05):
            self.most_mb = max(self.most_mb, self._resident_mb())
