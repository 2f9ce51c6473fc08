"""A node under every attack at once goes on answering honest people."""

import json
import math
import random
import subprocess
import sys
import time
from collections import defaultdict

import pytest
from tests.conftest import Served
from tests.hostile import siege, wire
from tests.hostile.conftest import Meter, size
from tests.hostile.tally import tally

from amparo.record.specimen import specimen

ROUNDS = size(40, 400)
GROUNDS = b"grounds=The+clause+names+threats%3B+the+post+quotes+one+in+order+to+report+it."


class Honest:
    """A platform and the people it decided about, each on an address of their own."""

    def __init__(self, node, auth, first):
        self.url, self.token = node.url, auth["authorization"]
        self.took, self.wrong = defaultdict(list), []
        self._first = first

    def live(self):
        """A decision, its page and a complaint about it, one after the other."""
        for number in range(self._first, self._first + ROUNDS):
            self._once(number)
            time.sleep(0.02)

    def _once(self, number):
        body = json.dumps(specimen(random.Random(number), f"honest-{number}")).encode()
        answer = self._ask(
            "statement",
            201,
            "POST",
            "/api/v1/statement",
            body,
            (
                f"Authorization: {self.token}",
                "Content-Type: application/json",
            ),
        )
        if answer is None:
            return
        told = json.loads(answer)
        person = f"127.0.3.{number % 250 + 1}"
        own = "/recourse" + told["recourse_url"].partition("/recourse")[2]
        self._ask("page", 200, "GET", f"/statement/{told['uuid']}", source=person)
        self._ask(
            "complaint",
            303,
            "POST",
            f"{own}/complaint",
            GROUNDS,
            (
                "Sec-Fetch-Site: same-origin",
                "Content-Type: application/x-www-form-urlencoded",
            ),
            person,
        )

    def _ask(self, kind, wanted, method, path, body=b"", lines=(), source="127.0.0.1"):
        """The body of an answer; None if it was another than wanted."""
        begun = time.monotonic()
        try:
            with wire.connect(self.url, 30, source) as line:
                more = ("Connection: close", f"Content-Length: {len(body)}")
                line.sendall(wire.head(method, path, *lines, *more) + body)
                got = wire.answer(line)
        except OSError as error:
            got = repr(error).encode()
        self.took[kind].append(time.monotonic() - begun)
        if not got.startswith(f"HTTP/1.1 {wanted}".encode()):
            self.wrong.append((kind, got[:500]))
            return None
        return got.partition(b"\r\n\r\n")[2]

    def p99(self, kind):
        """Milliseconds within which 99 of 100 were answered."""
        times = sorted(self.took[kind])
        return times[math.ceil(len(times) * 0.99) - 1] * 1000


@pytest.fixture
def node(tmp_path):
    served = Served(tmp_path / "node")
    yield served
    served.stop()


def test_honest_people_are_answered_under_all_attacks_at_once(node):
    auth, hostile = node.add_platform("Foro"), node.add_platform("Hostile")
    quiet, besieged = Honest(node, auth, 0), Honest(node, auth, 1_000_000)
    quiet.live()
    token = hostile["authorization"].partition(" ")[2]

    with Meter(node.process.pid) as cost:
        attackers = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.siege", node.url, token],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        time.sleep(2)  # until they all stand
        besieged.live()
        seen = json.loads(attackers.communicate(timeout=60)[0])

    print(json.dumps(seen, indent=1), str(cost))
    assert (quiet.wrong, besieged.wrong) == ([], [])
    assert set(seen) == set(siege.ATTACKS)
    assert node.process.poll() is None
    assert cost.more_mb < 600
    for kind in ("statement", "page", "complaint"):
        before, under = quiet.p99(kind), besieged.p99(kind)
        tally(
            f"all at once, an honest {kind} meanwhile",
            f"{len(besieged.took[kind])} asked",
            f"p99 {under:.0f} ms, quiet {before:.0f} ms: {under / before:.1f} times; {cost}",
        )
