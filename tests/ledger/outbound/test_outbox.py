"""What leaves a node: notices by mail that are not lost, signed webhooks to platforms."""

import http.server
import threading
import time
from datetime import timedelta

import pytest
from tests.ledger.conftest import filed, reachable

from amparo.case import clocks
from amparo.errors import Malformed, Refused, Unavailable
from amparo.ledger import caretaker, casework, links
from amparo.ledger.caretaker import Letter
from amparo.ledger.outbound import outbox, webhooks
from amparo.web.letters import Letters


class Plain:
    def letter(self, one, contact):
        return Letter(one.kind, contact.email)

    def body(self, one):
        return one.kind.encode()


def test_a_notice_that_is_not_taken_is_tried_later_and_later_and_then_told(
    node, journal, cases, monkeypatch
):
    class Refusing:
        def send(self, *_):
            raise Unavailable("no", why="451", fix="later")

    reachable(journal, cases[0])
    now = int(time.time())
    with journal.transaction():
        outbox.put_with_link(journal, cases[0], "person", "decision", now=now)
    clock, waited = [now], []
    monkeypatch.setattr(caretaker.time, "time", lambda: float(clock[0]))
    while due := journal.db.execute("SELECT due FROM outbox WHERE state = 'waiting'").get:
        waited.append(due)
        clock[0] = due + outbox.CLAIM_SECONDS + caretaker.PATIENCE
        for one in outbox.take(journal, clock[0]):
            caretaker.deliver(journal, Refusing(), Plain(), one)

    assert waited == sorted(waited)
    assert len(waited) == len(outbox.RETRY_SECONDS) + 1
    assert journal.db.execute("SELECT state, why, link FROM outbox").fetchall() == [
        ("failed", "451", None)
    ]
    assert casework.read(journal, cases[0]).case.decision == "undelivered"
    assert casework.read(journal, cases[0]).case.informed_at is None


def test_a_notice_claimed_by_a_sender_that_died_is_taken_again(journal, cases):
    reachable(journal, cases[0])
    filed(journal, cases[0])
    now = int(time.time())

    [first] = outbox.take(journal, now)

    assert outbox.take(journal, now) == []
    assert outbox.take(journal, now + outbox.CLAIM_SECONDS) == [first]


def test_a_forgotten_address_gets_nothing_any_more(journal, cases, node):
    reachable(journal, cases[0])
    filed(journal, cases[0])

    with journal.transaction():
        outbox.forget(journal, cases[0])

    assert outbox.take(journal, int(time.time()) + 10**6) == []
    assert outbox.contact(journal, cases[0], "person") is None


def test_a_letter_names_no_other_side_and_ends_where_the_person_can_go_on(journal, cases, node):
    reachable(journal, cases[0])
    with journal.transaction():
        outbox.put_with_link(journal, cases[0], "person", "decision", now=int(time.time()))
    [one] = outbox.take(journal, int(time.time()))

    letter = Letters(journal, node, "https://node.example").letter(
        one, outbox.contact(journal, cases[0], "person")
    )

    assert f"https://node.example/recourse/{cases[0]}/{one.link.hex()}" in letter.text
    assert "at least six months" in letter.text
    kept = journal.of_case(cases[0])
    assert links.role_of(journal, kept, one.link.hex()) == "person"


def test_a_notice_that_cannot_be_written_holds_up_no_other(journal, cases):
    class Odd(Plain):
        def letter(self, one, contact):
            if one.case == cases[0]:
                raise KeyError(one.kind)
            return super().letter(one, contact)

    class Taking:
        def send(self, to, *_):
            taken.append(to)

    taken = []
    for number, case in enumerate(cases):
        reachable(journal, case, f"p{number}@example.org")
        filed(journal, case)

    for one in outbox.take(journal, int(time.time())):
        caretaker.deliver(journal, Taking(), Odd(), one)

    assert taken == ["p1@example.org", "p2@example.org"]
    assert journal.db.execute("SELECT why FROM outbox WHERE state = 'waiting'").get


def test_an_address_inside_a_private_network_is_refused_unless_allowed(journal, desk):
    for url in ("https://127.0.0.1/hook", "https://localhost/hook", "https://[::1]/x"):
        with pytest.raises(Refused, match="private network"):
            webhooks.set_webhook(journal, desk, url)
    for url in ("http://example.org/x", "ftp://example.org", "nonsense"):
        with pytest.raises(Malformed, match="no address"):
            webhooks.set_webhook(journal, desk, url)
    assert webhooks.set_webhook(journal, desk, "http://127.0.0.1:9/x", private=True).startswith(
        "whsec_"
    )


def test_a_webhook_that_redirects_or_fails_is_not_taken(journal, desk):
    class Answering(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(int(self.path.strip("/")))
            self.send_header("location", "http://127.0.0.1:1/")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        for status in (302, 404, 500):
            hook = webhooks.Webhook(
                f"http://127.0.0.1:{server.server_port}/{status}", b"s" * 32, private=True
            )
            with pytest.raises(Unavailable, match="did not take") as told:
                webhooks.send(hook, 1, 0, b"{}")
            assert str(status) in told.value.why
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_time_that_passes_is_told_in_the_platforms_body(journal, cases, node):
    filed(journal, cases[0])
    one = outbox.Waiting(1, cases[0], "platform", "complaint_filed", None, 0, 0)

    body = Letters(journal, node, "https://node.example").body(one)

    assert b'"complaint":"filed"' in body
    assert b"C06" in body
    assert (
        casework.now() + timedelta(days=13)
        < clocks.running(casework.read(journal, cases[0]).case)["C06"]
    )
