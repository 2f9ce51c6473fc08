"""Asking other hosts never becomes a way into one's own network."""

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from amparo.errors import Refused, Unavailable
from amparo.ledger import audit
from amparo.ledger.outbound import http

INSIDE = [
    "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "10.1.2.3", "172.16.0.1",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1", "fd00::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "224.0.0.1", "ff02::1", "192.0.2.1",
]  # fmt: skip


@pytest.mark.parametrize("host", INSIDE)
def test_a_name_that_leads_inside_is_refused(host):
    with pytest.raises(Refused, match="private network"):
        http.check(host)


@pytest.mark.parametrize("host", ["169.254.169.254", "fe80::1", "0.0.0.0", "ff02::1"])
def test_where_machines_hand_out_their_own_secrets_nobody_may_name_a_host(host):
    with pytest.raises(Refused):
        http.check(host, named=host)


def test_a_public_address_and_one_that_was_named_are_taken():
    assert http.check("93.184.215.14") == "93.184.215.14"
    assert http.check("127.0.0.1", named="127.0.0.1") == "127.0.0.1"
    with pytest.raises(Unavailable, match="not known"):
        http.check("no-such-host.invalid")


@pytest.fixture
def served():
    """A server that redirects where its path says, and notes who was asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.headers["host"], self.path))
            if self.path.startswith("/to/"):
                self.send_response(302)
                self.send_header("location", self.path.removeprefix("/to/"))
            else:
                self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()


def test_a_redirect_inside_is_refused_at_every_step(served):
    port, asked = served
    with http.client(seconds=5, named="127.0.0.1", redirects=True) as client:
        for inside in (
            f"http://localhost:{port}/secret",
            "http://169.254.169.254/latest/meta-data",
        ):
            with pytest.raises(Refused):
                client.get(f"http://127.0.0.1:{port}/to/{inside}")
        assert (
            client.get(f"http://127.0.0.1:{port}/to/http://127.0.0.1:{port}/x").status_code == 200
        )
    assert "/secret" not in [path for _, path in asked]


def test_an_audit_does_not_follow_a_foreign_log_inside(served):
    port, asked = served
    place = f"http://127.0.0.1:{port}/to/http://localhost:{port}"
    with audit.fetcher(place) as fetch, pytest.raises(Refused):
        fetch("checkpoint")
    assert len(asked) == 1


def test_a_name_that_changes_after_it_was_judged_leads_nowhere(served, monkeypatch):
    """DNS rebinding: looked up once, connected to exactly what was judged; Host stays the name."""
    port, asked = served
    looked_up = []
    real = socket.getaddrinfo

    def rebinding(host, *rest, **named):
        if host == "rebinding.example":
            looked_up.append(host)
            return real("127.0.0.1" if len(looked_up) == 1 else "10.9.9.9", *rest, **named)
        return real(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with http.client(seconds=5, named="rebinding.example") as client:
        answer = client.get(f"http://rebinding.example:{port}/")
    assert answer.status_code == 200
    assert looked_up == ["rebinding.example"]
    assert asked == [(f"rebinding.example:{port}", "/")]


def test_a_redirect_without_end_ends(served):
    port, _ = served
    asking = http.client(seconds=5, named="127.0.0.1", redirects=True)
    with asking as client, pytest.raises(httpx2.TooManyRedirects):
        client.get(f"http://127.0.0.1:{port}" + f"/to/http://127.0.0.1:{port}" * 9 + "/x")


def test_a_proxy_of_the_environment_is_not_asked(served, monkeypatch):
    port, asked = served
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
    with http.client(seconds=2) as client, contextlib.suppress(httpx2.HTTPError, Refused):
        client.get("http://192.0.2.1/")
    assert asked == []
