"""Files made to fell whoever reads them, posted to a real node, while an honest person asks too."""

import io
import os
import re
import signal
import socket
import threading
import time
from pathlib import Path

import httpx2
import pytest
from tests.conftest import Served, run, run_async
from tests.hostile import bombs, wire
from tests.hostile.conftest import Meter, family, size
from tests.hostile.tally import tally
from tests.report.conftest import as_files, given

from amparo.errors import Malformed
from amparo.report import files, write
from amparo.tlog.proof import MOST_PROOF_BYTES
from amparo.web.http.worker_jobs import OF_REPORTS, OF_SMALL, Readers

BOMBS = bombs.every()
MOST_MB = 2 * (OF_REPORTS.memory_bytes / 1e6 + 100)
"""Two workers, each with all that it may have; the node itself holds the body alone."""


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    one = Served(tmp_path_factory.mktemp("readers"))
    yield one
    one.stop()


@pytest.fixture(scope="module")
def honest():
    """A report without a finding, as people send it."""
    return files.write_zip(as_files(write.write(given())))


def client(node, number):
    """A browser at an address of its own, each with its own rate."""
    place = f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"
    return httpx2.Client(
        base_url=node.url, timeout=120, transport=httpx2.HTTPTransport(local_address=place)
    )


def post(node, number, *sent):
    with client(node, number) as browser:
        form = [("file", (name, io.BytesIO(body))) for name, body in sent]
        return browser.post("/transparency", files=form, data={"tier": "online_platform"})


def readers(node):
    """The processes of a node that read what strangers send, by number."""
    return {pid for pid in family(node.process.pid) if _is_reader(pid)}


def _is_reader(pid):
    try:
        return b"amparo.web.http.worker_jobs" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def until(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    return condition()


class Honest:
    """People who have honest reports judged, one after another, while something else happens."""

    def __init__(self, node, body, number):
        self._node, self._body, self._number = node, body, 100 * number
        self._ended = threading.Event()
        self.answers = []

    def __enter__(self):
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._ended.set()
        self._thread.join()

    def _ask(self):
        while not self._ended.is_set():
            begun = time.monotonic()
            self._number += 1
            answer = post(self._node, self._number, ("report.zip", self._body))
            good = answer.status_code == 200 and "No finding" in answer.text
            self.answers.append((good, answer.status_code, time.monotonic() - begun))
            self._ended.wait(0.2)


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_one_answer_and_an_honest_report_is_judged_beside_it(node, honest, kind):
    name, body = BOMBS[kind]
    number = list(BOMBS).index(kind)
    process = node.process.pid

    with Meter(process) as cost, Honest(node, honest, 300 + number) as beside:
        answer = post(node, number, (name, body))

    assert answer.status_code in (200, 422), answer.text[:1000]
    assert "4_notices" in answer.text or answer.status_code == 422
    assert [one for one in beside.answers if not one[0]] == []
    assert node.process.poll() is None
    assert cost.more_mb < MOST_MB
    tally("a reader of reports", f"{kind}, {len(body):,} bytes", str(cost))


def test_one_network_cannot_fill_the_queue_of_readers(node, honest):
    """Ten files of one sender took every place, and Retry-After said one second."""
    name, body = BOMBS["zip: one line"]
    number, sent = size(9, 18), []

    def attack():
        sent.append(post(node, 77_000, (name, body)))

    with Honest(node, honest, 900) as beside:
        threads = [threading.Thread(target=attack) for _ in range(number)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        until(lambda: beside.answers)

    refused = [answer for answer in sent if answer.status_code == 503]
    assert refused
    assert {one.headers["retry-after"] for one in refused} == {str(OF_REPORTS.cpu_seconds)}
    assert [one for one in beside.answers if not one[0]] == []
    tally("files of one network for the readers", number, f"{len(refused)} told to come again")


def test_all_bombs_at_once_leave_the_node_and_honest_people_alone(node, honest):
    times = size(1, 3)
    answers = []

    def attack(number, name, body):
        for _ in range(times):
            answer = post(node, 1000 + number, (name, body))
            answers.append(answer.status_code)

    with Meter(node.process.pid) as cost:
        attackers = [
            threading.Thread(target=attack, args=(number, *bomb))
            for number, bomb in enumerate(BOMBS.values())
        ]
        for one in attackers:
            one.start()
        begun = time.monotonic()
        front = node.http.get("/").status_code, time.monotonic() - begun
        for one in attackers:
            one.join()
    after = post(node, 1999, ("report.zip", honest))

    assert set(answers) <= {200, 422, 503}
    assert front[0] == 200
    assert "No finding" in after.text
    assert cost.more_mb < MOST_MB + 20 * len(BOMBS)  # bodies on their way
    tally("a reader of reports", f"{len(BOMBS)} bombs at once, {times} times", str(cost))


def slow():
    """A workbook as large as may be: it is read for seconds, and within every bound."""
    return bombs.with_sheet(bombs.numbers(500, 990))


SLOW = slow()


def sent(node, number, body):
    """A form on its way by a bare connection: whoever holds it may hang up."""
    head = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n"
    )
    whole = head + body + b"\r\n--x--\r\n"
    host = ("127.0.0.1", int(node.url.rpartition(":")[2]))
    line = socket.create_connection(host, source_address=(f"127.0.9.{number}", 0), timeout=60)
    line.sendall(
        wire.head(
            "POST",
            "/transparency",
            f"Content-Length: {len(whole)}",
            "Content-Type: multipart/form-data; boundary=x",
            "Connection: close",
        )
        + whole
    )
    return line


def busy(node):
    """The readers that are at work: their processor time grows."""

    def ticks(pid):
        try:
            return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11])
        except OSError:
            return 0

    before = {pid: ticks(pid) for pid in readers(node)}
    time.sleep(0.3)
    return {pid for pid, spent in before.items() if ticks(pid) > spent}


def test_a_reader_that_is_killed_is_told_to_whoever_sent_the_file_and_to_nobody_else(node, honest):
    post(node, 700, ("report.zip", honest))
    line = sent(node, 1, SLOW)
    [at_work] = until(lambda: busy(node))

    with Honest(node, honest, 701) as beside:
        os.kill(at_work, signal.SIGKILL)
        answer = wire.answer(line)
    line.close()

    assert answer.startswith(b"HTTP/1.1 422")
    assert b"asks for too much" in answer
    assert [one for one in beside.answers if not one[0]] == []


def test_beyond_the_queue_is_503_and_who_leaves_takes_the_job_along(node, honest):
    lines = [sent(node, 10 + number, SLOW) for number in range(size(14, 40))]
    refused = until(lambda: [one for one in lines if _peek(one).startswith(b"HTTP/1.1 503")])
    told = _peek(refused[0])
    full = post(node, 720, ("report.zip", honest))

    begun = time.monotonic()
    for one in lines:
        one.close()
    answer = until(lambda: _if_good(post(node, 721, ("report.zip", honest))), 20)
    waited = time.monotonic() - begun

    assert b"\r\nretry-after: " in told.lower()
    assert full.status_code in (200, 503)
    assert "No finding" in answer.text
    assert until(lambda: not busy(node), 10)
    tally(
        "a reader of reports",
        f"{len(lines)} slow workbooks, then all hang up",
        f"the next one waits {waited:.1f} s",
    )


def test_no_reader_outlives_a_node_that_is_killed_by_more_than_its_job(tmp_path):
    node = Served(tmp_path / "killed")
    line = sent(node, 60, SLOW)
    assert until(lambda: busy(node))
    begun = readers(node)

    node.kill()

    line.close()
    assert until(lambda: not any(map(_is_reader, begun)), OF_REPORTS.wall_seconds)


def _if_good(answer):
    return answer if answer.status_code == 200 else None


def _peek(line):
    line.settimeout(0.05)
    try:
        return line.recv(1 << 16, socket.MSG_PEEK)
    except TimeoutError:
        return b""


@pytest.mark.parametrize(
    ("receipt", "key"),
    [
        (b"x" * (MOST_PROOF_BYTES + 1), ""),
        (b"x" * (8 << 20), ""),
        (b"c2sp.org/tlog-proof@v1\nindex 0\n" + b"A" * 43 + b"=\n" * 10_000, ""),
        (b"c2sp.org/tlog-proof@v1\nextra " + b"A" * 500_000 + b"\nindex 0\n\n", ""),
        (b"c2sp.org/tlog-proof@v1\nindex " + b"9" * 400_000 + b"\n\n", ""),
        (b"c2sp.org/tlog-proof@v1\nindex 0\n\na\n1\n\n" + "\n— a AAAAAAAA".encode() * 30_000, ""),
        (b"c2sp.org/tlog-proof@v1\nindex 0\n\n", "x" * 900_000),
        (b"c2sp.org/tlog-proof@v1\nindex 0\n\n", "a+00000000+" + "A" * 900),
        (b"\xff\xfe" * 1000, "\0"),
    ],
    ids=["long", "very long", "hashes", "extra", "index", "signatures", "key", "odd key", "bytes"],
)
def test_no_receipt_and_no_key_costs_much(node, receipt, key):
    with Meter(node.process.pid) as cost, client(node, 800) as browser:
        answer = browser.post(
            "/verify", files={"file": ("a.tlog-proof", io.BytesIO(receipt))}, data={"vkey": key}
        )

    assert answer.status_code in (200, 400, 413)
    assert "does NOT hold" in answer.text or answer.status_code != 200
    assert cost.cpu < 5  # a worker may have been begun
    tally("verifying a receipt", f"{len(receipt):,} bytes, a key of {len(key):,}", str(cost))


SERVICE = {"provider": "Foro SL", "name": "Foro", "platform": "foro", "tier": "online_platform"}


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 45_000 + "=1",
        "a=" + "[" * 90_000,
        "a=" + "9" * 90_000,
        "a=" + "{a=" * 30_000,
        "suspensions_illegal = " + "9" * 30,
    ],
    ids=["key of many parts", "lists", "long number", "tables", "large number"],
)
def test_answers_to_a_report_cost_no_more_than_a_worker_has(text):
    """Each ended a request with 500; the first took 42 s of processor and 7.7 GB."""

    async def attack():
        readers = Readers()
        with pytest.raises(Malformed) as told:
            await readers.answers(text, {"service": SERVICE}, "192.0.2.1")
        await readers.close()
        return told.value

    with Meter(os.getpid()) as cost:
        error = run_async(attack())

    assert error.fix
    assert cost.more_mb < OF_SMALL.memory_bytes / 1e6 + 150
    tally("answers to a report", f"{text[:12]}…, {len(text):,} characters", str(cost))


@pytest.mark.parametrize(
    "kind",
    [
        "xlsx: far cell",
        "ods: far cell",
        "zip: a zip of zips",
        "csv: a quote without end",
        "zip: a long directory",
    ],
)
def test_the_command_line_says_what_is_wrong_and_ends(kind, tmp_path):
    name, body = BOMBS[kind]
    (tmp_path / name).write_bytes(body)

    done = run("report", "lint", tmp_path / name, check=False)

    assert done.returncode == 1
    assert re.search("fix: .+", done.stdout)
    assert "Traceback" not in done.stderr
