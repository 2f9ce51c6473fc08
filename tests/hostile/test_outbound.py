"""Whoever a node asks answers as an attacker would: slowly, without end, packed, or not at all."""

import gzip
import os
import threading
import time
from contextlib import suppress

import pytest
from tests.conftest import Served, run, statement
from tests.hostile import bad_hosts
from tests.hostile.bad_hosts import LARGE, SLOW, answer, answering, drip, host, request
from tests.hostile.conftest import Meter, size
from tests.hostile.tally import tally

from amparo.errors import Unavailable
from amparo.ledger.case import people
from amparo.ledger.coalition.cosigner import cosigner_of
from amparo.ledger.log import ask_witnesses as asking
from amparo.ledger.log import platforms
from amparo.ledger.log.publish import Publisher, published_checkpoint
from amparo.ledger.outbound import http, mail
from amparo.record.rules import Profile
from amparo.tlog import cosignature, witness
from amparo.web.staff import sign_in

HERE = "127.0.0.1"
NAMES = [one.__name__ for one in (*SLOW, *LARGE)]


def took(job):
    """Seconds until a job is done, however it ends."""
    begun = time.monotonic()
    try:
        job()
    except Unavailable:
        pass
    else:
        raise AssertionError("that was no answer to believe")
    return time.monotonic() - begun


@pytest.mark.parametrize("name", NAMES)
def test_an_exchange_ends_at_its_deadline_and_keeps_no_more_than_it_may(name):
    """A limit of each read is none: a byte in a fifth of a second went on for as long as it liked."""
    import os

    seconds = size(1.0, 5.0)
    with host(getattr(bad_hosts, name)) as port:
        url = f"http://{HERE}:{port}/"
        with Meter(os.getpid()) as cost:
            spent = took(
                lambda: http.ask(
                    "POST", url, b"x" * 4_000_000, seconds=seconds, most_bytes=100_000, named=HERE
                )
            )
    assert spent < seconds + 5
    assert cost.more_mb < 50
    tally(f"a host that is {name.replace('_', ' ')}", "one exchange", f"{spent:.1f} s, {cost}")


def test_a_bomb_of_gzip_stays_packed_or_is_unpacked_to_its_bound():
    """597 kB of gzip became 460 MB in a node that told a platform of an order."""
    import os

    packed = gzip.compress(bytes(size(100_000_000, 460_000_000)), compresslevel=9)
    with (
        host(answering(answer(packed, "200 OK", "content-encoding: gzip"))) as port,
        Meter(os.getpid()) as cost,
    ):
        url = f"http://{HERE}:{port}/"
        took(lambda: http.ask("GET", url, seconds=30, most_bytes=1_000_000, named=HERE))
        asker = http.Asker(named=HERE)
        took(lambda: asker.ask("GET", url, seconds=30, most_bytes=1_000_000, packed=True))
        asker.close()
        assert http.ask("POST", url, seconds=30, most_bytes=0, named=HERE).status == 200
    assert cost.more_mb < 40
    tally("a bomb of gzip as an answer", f"{len(packed):,} bytes", str(cost))


def test_redirects_without_end_end():
    asked = []

    def serve(line):
        asked.append(request(line))
        location = f"location: /{len(asked)}"
        line.sendall(answer(b"", "302 Found", location))

    with host(serve) as port:
        asker = http.Asker(named=HERE, redirects=True)
        spent = took(lambda: asker.ask("GET", f"http://{HERE}:{port}/", seconds=5, most_bytes=10))
        asker.close()
    assert len(asked) == http.MOST_REDIRECTS + 1
    tally("redirects without end", "one exchange", f"{spent:.1f} s, {len(asked)} requests")


# --- witnesses --------------------------------------------------------------------------------


class Cosigning:
    """A witness by the protocol's own decision, which answers in the way it is told to."""

    def __init__(self, name, log):
        self.key = cosignature.Ed25519WitnessKey(name, name.encode().ljust(32, b"."))
        self.logs, self.seen, self.asked = {log.name: [log]}, {}, 0
        self.send = lambda line, raw: line.sendall(raw)

    def serve(self, line):
        _, _, body = request(line).partition(b"\r\n\r\n")
        if not body:
            return
        self.asked += 1
        found = witness.decide(body, logs=self.logs, seen=self.seen)
        if isinstance(found, witness.Refusal):
            self.send(line, answer(found.body, f"{found.status} No"))
            return
        tree = found.checkpoint
        self.seen[tree.origin] = witness.Seen(tree.size, tree.root)
        cosigned = self.key.cosign(found.text, int(time.time())).line()
        self.send(line, answer(f"{cosigned}\n".encode()))


@pytest.fixture
def three(node):
    """A node whose quorum is any two of three witnesses."""
    log = node.signer().verifier
    witnesses = [Cosigning(f"w{n}", log) for n in range(3)]
    with (
        host(witnesses[0].serve) as a,
        host(witnesses[1].serve) as b,
        host(witnesses[2].serve) as c,
    ):
        lines = [f"log {log.vkey}"]
        for one, port in zip(witnesses, (a, b, c), strict=True):
            key = one.key
            lines.append(f"witness {key.name} {key.cosigner.vkey} http://{HERE}:{port}")
        (node.folder / "policy").write_text(
            "\n".join([*lines, "group two 2 w0 w1 w2", "quorum two", ""])
        )
        yield node.with_settings(policy="policy"), witnesses


@pytest.mark.parametrize("name", ["drip", "never"])
def test_a_witness_that_answers_slowly_holds_up_nobody_s_log(three, journal, keep, name):
    """A member that sent a byte a second held the publisher for 46 s though the quorum was there."""
    node, witnesses = three
    slow = {"drip": drip, "never": lambda *_: time.sleep(3600)}[name]
    publisher = Publisher(node, journal, cosign=cosigner_of(node))
    keep(1)
    publisher.beat()
    witnesses[2].send = slow

    spent = []
    for _ in range(size(5, 30)):
        keep(1)
        begun = time.monotonic()
        publisher.beat()
        spent.append(time.monotonic() - begun)

    assert published_checkpoint(node, node.signer().verifier).size == len(spent) + 1
    assert max(spent) < 4  # five seconds is what an exchange may take
    assert sum(spent) < 1 + 0.3 * len(spent) + 4
    assert witnesses[2].asked <= 3  # it rests
    tally(
        f"a witness that answers by the byte ({name})",
        f"{len(spent)} beats",
        f"{max(spent):.2f} s for the longest beat",
    )


def test_a_log_whose_quorum_needs_the_slow_one_waits_until_the_deadline_and_goes_on_later(
    three, journal, keep
):
    node, witnesses = three
    publisher = Publisher(node, journal, cosign=cosigner_of(node))
    keep(1)
    publisher.beat()
    witnesses[1].send = witnesses[2].send = lambda line, raw: (time.sleep(3), line.sendall(raw))

    keep(1)
    publisher.beat()  # three seconds is within the limit, and the quorum needs one of them

    witnesses[1].send = witnesses[2].send = lambda *_: time.sleep(3600)
    keep(1)
    begun = time.monotonic()
    with pytest.raises(Unavailable, match="quorum"):
        publisher.beat()
    spent = time.monotonic() - begun
    assert spent < 3 * asking.DEADLINE_SECONDS
    witnesses[1].send = lambda line, raw: line.sendall(raw)
    deadline = time.monotonic() + 30
    while True:
        try:
            publisher.beat()
            break
        except Unavailable:
            assert time.monotonic() < deadline
    assert published_checkpoint(node, node.signer().verifier).size == 3
    tally("the quorum's own witnesses silent", "one beat", f"{spent:.1f} s, published later")


def test_what_a_witness_answers_too_late_counts_at_the_next_beat(three, journal, keep):
    """Each beat has another one silent: together they have seen what the quorum asks for."""
    node, witnesses = three
    publisher = Publisher(node, journal, cosign=cosigner_of(node))
    keep(1)
    publisher.beat()
    keep(1)
    for one in witnesses[1:]:
        one.send = lambda *_: time.sleep(3600)
    with pytest.raises(Unavailable):
        publisher.beat()
    asked = witnesses[0].asked
    witnesses[0].send = lambda *_: time.sleep(3600)
    witnesses[1].send = lambda line, raw: line.sendall(raw)

    publisher.beat()

    assert published_checkpoint(node, node.signer().verifier).size == 2
    assert witnesses[0].asked == asked


def test_a_publisher_that_ends_waits_for_no_witness(three, journal, keep):
    node, witnesses = three
    for one in witnesses:
        one.send = lambda *_: time.sleep(3600)
    keep(1)
    with pytest.raises(Unavailable):
        Publisher(node, journal, cosign=cosigner_of(node))
    assert all(one.daemon for one in threading.enumerate() if one.name == "witness")


# --- a node that runs -------------------------------------------------------------------------


class Postbox:
    """A mail server on bare sockets, which answers each line in the way it is told to."""

    def __init__(self):
        self.to, self.say = [], lambda line, raw: line.sendall(raw)

    def serve(self, line):
        self.say(line, b"220 here\r\n")
        for row in line.makefile("rb"):
            word = row[:4].upper()
            if word == b"DATA":
                self.say(line, b"354 go on\r\n")
                self.to.append(self._read(line))
                self.say(line, b"250 taken\r\n")
            elif word == b"QUIT":
                self.say(line, b"221 bye\r\n")
                return
            else:
                self.say(line, b"250 ok\r\n")

    def _read(self, line):
        got = b""
        while not got.endswith(b"\r\n.\r\n"):
            got += line.recv(65536)
        return got.partition(b"To: ")[2].partition(b"\r\n")[0].decode()


def complaint(node, auth, puid):
    """A decision, and a complaint of whoever it is about; the seconds that its filing took."""
    told = node.http.post("/api/v1/statement", json=statement(puid), headers=auth).json()
    node.http.post(f"/api/v1/statement/{told['uuid']}/notice", json={}, headers=auth)
    begun = time.monotonic()
    filed = node.http.post(
        f"{told['recourse_url'].removeprefix(node.url)}/complaint",
        data={"grounds": "Look again.", "email": "ana@example.org"},
    )
    assert filed.status_code in (200, 303), filed.text
    return time.monotonic() - begun


def until(holds, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("how", ["silent", "drip", "dead"])
def test_nobody_waits_for_a_mail_server(tmp_path, how):
    """A slow one stopped complaints for eight seconds, and told by time who works at a desk."""
    box = Postbox()
    box.say = {"silent": lambda *_: time.sleep(3600), "drip": drip}.get(how, box.say)
    with host(box.serve) as port, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AMPARO_SMTP", f"smtp://{HERE}:{port if how != 'dead' else 9}")
        node = Served(tmp_path / "node")
        try:
            auth = node.add_platform("Foro")
            seat = ("--platform", "Foro", "--data", node.data)
            run("reviewer", "add", "Rosa", "rosa@example.org", *seat)
            spent = []
            for number in range(size(4, 9)):
                spent.append(complaint(node, auth, f"slow-mail-{number}"))
                for address in ("rosa@example.org", "nobody@example.org")[number % 2 :][:1]:
                    begun = time.monotonic()
                    asked = node.http.post("/desk/sign-in", data={"email": address})
                    assert asked.status_code == 200
                    spent.append(time.monotonic() - begun)
        finally:
            node.stop()
    assert max(spent) < 5  # a mail server is waited for half a minute
    tally(
        f"a mail server that is {how}",
        f"{len(spent)} complaints and requests for a link",
        f"{max(spent):.2f} s for the longest answer",
    )


def test_a_slow_platform_delays_no_other(tmp_path):
    """One webhook that took its time held for 40 s the clocks and the notices of all platforms."""
    arrived, given_up = [], []

    def hold(line):
        request(line)
        line.settimeout(60)
        with suppress(OSError):
            line.recv(1)  # until the node ends the exchange
        given_up.append(time.monotonic())

    def take(line):
        request(line)
        arrived.append(time.monotonic())
        line.sendall(answer(b"", "204 No Content"))

    number = size(3, 10)
    with host(hold) as slow, host(take) as good:
        node = Served(tmp_path / "node")
        try:
            for name, port in (("Slow", slow), ("Good", good)):
                auth = node.add_platform(name)
                place = ("--private", "--data", node.data)
                run("platform", "webhook", name, f"http://{HERE}:{port}/", *place)
                for n in range(number):
                    complaint(node, auth, f"{name}-{n}")
            until(lambda: len(arrived) >= number)
            held = len(given_up)
            assert held <= 1  # all of the good one's while the slow one's first was held
            until(lambda: given_up)
            until(lambda: "failing" in run("platform", "list", "--data", node.data).stdout)
            shown = run("platform", "webhook", "Slow", "--status", "--data", node.data).stdout
        finally:
            node.stop()
    assert "failing" in shown
    assert "10 seconds" in shown
    tally("a webhook that never answers", f"{number} orders to it and to another", f"{held} held")


def test_the_answer_to_who_asks_for_a_link_takes_the_same_work_for_everybody(journal, node):
    """What is looked up and queued is the same statement by statement; nothing is sent meanwhile."""
    desk = platforms.add(journal, "Foro", Profile())
    people.add(journal, desk, "Rosa", "rosa@example.org")
    asked = []
    real = journal.db.execute

    def noting(query, *values):
        asked.append(query)
        return real(query, *values)

    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal.db, "execute", noting)
        for address in ("rosa@example.org", "nobody@example.org"):
            asked.clear()
            sign_in.ask_for_link(address, "es", journal)
            found[address] = list(asked)

    assert found["rosa@example.org"] == found["nobody@example.org"]
    assert any("INSERT INTO outbox" in query for query in found["nobody@example.org"])


def test_a_mail_server_that_answers_by_the_byte_or_without_end_ends_at_its_limit(monkeypatch):
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 1.0)

    def chatter(line, _):
        while True:
            line.sendall(b"250-and more\r\n" * 1000)

    for name, say in (("by the byte", drip), ("without end", chatter)):
        box = Postbox()
        box.say = say
        with host(box.serve) as port, Meter(os.getpid()) as cost:
            sending = mail.Mail(f"smtp://{HERE}:{port}", "amparo@node.example")
            spent = took(lambda sending=sending: sending.send("ana@example.org", "s", "t"))
        assert spent < 10
        assert cost.more_mb < 40
        tally(f"a mail server that answers {name}", "one message", f"{spent:.1f} s, {cost}")


def test_a_mail_that_was_taken_is_not_sent_again_because_the_farewell_fails():
    box = Postbox()

    def rude(line, raw):
        if raw.startswith(b"221"):
            line.sendall(b"554 no\r\n")
        else:
            line.sendall(raw)

    box.say = rude
    with host(box.serve) as port:
        mail.Mail(f"smtp://{HERE}:{port}", "amparo@node.example").send("ana@example.org", "s", "t")
    assert box.to == ["ana@example.org"]
