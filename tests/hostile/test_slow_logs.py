"""Logs that answer by the byte, or promise more than they serve: a monitor follows many at once."""

import subprocess
import time
from contextlib import contextmanager

from tests.conftest import AMPARO
from tests.hostile.bad_hosts import answer, drip, host, request
from tests.hostile.tally import tally
from tests.ledger.test_monitor import AT, DAY, entries, put

from amparo.coalition.trusted_log import LogState, Watched
from amparo.ledger.coalition import monitor as monitors
from amparo.ledger.coalition import monitor_state, rounds
from amparo.ledger.coalition.monitor import Look
from amparo.ledger.coalition.monitor_state import MonitorState
from amparo.ledger.coalition.rounds import Rounds
from amparo.ledger.log import audit
from amparo.tlog import policy
from amparo.tlog.note import Signer


def key(name):
    return Signer(f"{name}.example", name.encode().ljust(32, b"."))


def watched(name, url):
    made = key(name).verifier
    return Watched(made, url, policy.parse(f"log {made.vkey}\nquorum none\n"))


@contextmanager
def honest(folder, name, number=30):
    """A log that serves its files at once; its address, and what it was asked for."""
    folder.mkdir()
    put(folder, entries(number, at=AT - 900 * DAY), key=key(name))
    asked = []

    def serve(line):
        path = request(line).split(b" ")[1].decode().removeprefix("/")
        asked.append(path)
        file = folder / path
        line.sendall(answer(file.read_bytes()) if file.is_file() else answer(b"", "404 No"))

    with host(serve) as port:
        yield f"http://127.0.0.1:{port}", asked


@contextmanager
def slow():
    """A log that sends a byte a second; its address, how often it was asked and how often done."""
    begun, ended = [], []

    def serve(line):
        begun.append(request(line))
        try:
            drip(line, answer(b"a" * 1000), seconds=1.0)
        finally:
            ended.append(line)

    with host(serve) as port:
        yield f"http://127.0.0.1:{port}", begun, ended


def looks(lines, number):
    """The first lines that a monitor prints: which log, and how it was found."""
    return [tuple(next(lines).rstrip().split("\t")) for _ in range(number)]


def test_a_log_that_sends_a_byte_a_second_delays_the_look_at_no_other(tmp_path):
    """Logs were looked at one after the other: the first in the list held up all that followed."""
    with (
        slow() as (url, begun, ended),
        honest(tmp_path / "a", "a") as (first, _),
        honest(tmp_path / "b", "b") as (second, _),
    ):
        places = {"slow": url, "a": first, "b": second}
        lines = [f"log {key(name).verifier.vkey} {place}" for name, place in places.items()]
        (tmp_path / "policy").write_text("\n".join([*lines, "quorum none", ""]))
        words = ("monitor", "--policy", tmp_path / "policy", "--data", tmp_path / "m")
        with subprocess.Popen(
            [*AMPARO, *map(str, (*words, "--every", "1"))], stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                told = looks(process.stdout, 4)  # two rounds of the honest ones
                held = len(begun) - len(ended)
                known = monitor_state.read(tmp_path / "m")
            finally:
                process.kill()

    assert sorted(set(told)) == [("a.example", "30", "sound"), ("b.example", "30", "sound")]
    assert len(begun) == held == 1  # still the first look, which none of the four has waited for
    assert [(one.origin, one.size, one.open) for one in known.logs] == [
        ("slow.example", 0, ()),
        ("a.example", 30, ()),
        ("b.example", 30, ()),
    ]
    tally("a log that sends a byte a second, beside two", "4 looks at them", f"{held} held")


def test_a_look_ends_as_a_whole_and_says_why(tmp_path, monkeypatch):
    """Each file came within its own limit, and there were as many as a checkpoint can promise."""
    monkeypatch.setattr(monitors, "LOOK_SECONDS", 2.0)
    monkeypatch.setattr(audit, "LEAST_RATE", 1e9)  # what moved gives no more time
    with honest(tmp_path / "log", "a", number=5_000) as (_, asked):

        def serve(line):
            path = request(line).split(b" ")[1].decode().removeprefix("/")
            asked.append(path)
            if path != "checkpoint":
                time.sleep(1.5)
            line.sendall(answer((tmp_path / "log" / path).read_bytes()))

        with host(serve) as port:
            one = watched("a", f"http://127.0.0.1:{port}")
            done = Look(one, LogState(), now=AT)

    [fault] = done.faults
    assert fault.kind == "unreachable"
    assert "slower than" in fault.why or "longer than" in fault.why
    assert len(asked) < 40


def test_logs_that_keep_their_threads_leave_one_to_who_comes_after(tmp_path, monkeypatch):
    """As many slow ones as there are threads at once, and an honest one that is the last of all."""
    monkeypatch.setattr(rounds, "AT_ONCE", 2)
    monkeypatch.setattr(rounds, "YOUNG_SECONDS", 0.2)
    with (
        slow() as (url, begun, ended),
        honest(tmp_path / "log", "honest") as (good, _),
    ):
        logs = [*(watched(f"slow{n}", url) for n in range(4)), watched("honest", good)]
        kept = MonitorState(tmp_path / "m", logs)
        trying = Rounds(kept, lambda one, state: Look(one, state, now=AT))
        trying.begin()
        first = next(trying.judged(None))
        trying.begin()
        second = next(trying.judged(None))
        at_it = len(begun) - len(ended)
        kept.close()

    assert {first.watched.key.name, second.watched.key.name} == {"honest.example"}
    assert at_it == 4


def test_a_mistake_of_our_own_at_one_log_is_told_and_stops_no_other(tmp_path):
    with honest(tmp_path / "log", "honest") as (good, _):
        logs = [watched("broken", good), watched("honest", good)]
        kept = MonitorState(tmp_path / "m", logs)

        def look(one, state):
            if one.key.name == "broken.example":
                raise ZeroDivisionError
            return Look(one, state, now=AT)

        trying = Rounds(kept, look)
        trying.begin()
        found = {one.watched.key.name: one for one in trying.judged(None)}
        kept.close()

    [fault] = found["broken.example"].fresh
    assert "mistake of its own" in fault.why
    assert found["honest.example"].faults == ()
