"""Asking other hosts is bounded as a whole, and never becomes a way into one's own network."""

import gzip
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest
from tests.hostile.bad_hosts import answer, answering, drip, host, request

from amparo.errors import Malformed, Refused, Unavailable
from amparo.ledger.log import audit
from amparo.ledger.outbound import addresses, exchange, http

HERE = "127.0.0.1"
INSIDE = [
    "127.0.0.1",
    "localhost",
    "LOCALHOST",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "0:0:0:0:0:0:0:1",
    "fd00::1",
    "fec0::1",
    "100::1",
    "5f00::1",
    "::127.0.0.1",
    "::10.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:7f00:1",
    "::ffff:0:127.0.0.1",  # mapped and translated
    "64:ff9b::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b::c0a8:101",  # NAT64
    "64:ff9b:1::7f00:1",
    "64:ff9b:1:a00:0:100::",
    "64:ff9b:1::8.8.8.8",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2002:c0a8:101::1",  # 6to4
    "2001:0:7f00:1::1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",  # Teredo: server, client
    "2606:4700::5efe:10.0.0.1",
    "2606:4700::200:5efe:127.0.0.1",  # ISATAP
]
NEVER = [
    "169.254.169.254",
    "0.0.0.0",
    "224.0.0.1",
    "fe80::1",
    "fe80::1%1",
    "::",
    "ff02::1",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
    "2852039166",
    "0xa9fea9fe",
    "::ffff:169.254.169.254",
    "::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "64:ff9b:1:a9fe:a9:fe00::",
    "64:ff9b:1::a9fe:a9fe",
]
OUTSIDE = [
    "93.184.215.14",
    "2606:4700:4700::1111",
    "::ffff:93.184.215.14",
    "64:ff9b::5db8:d70e",
    "2002:5db8:d70e::1",
]


@pytest.mark.parametrize("name", [*INSIDE, *NEVER])
def test_a_name_that_leads_inside_is_refused(name):
    with pytest.raises(Refused, match="private network"):
        addresses.resolve(name)


@pytest.mark.parametrize("name", ["localhost.", "127.0.0.1.", "[::1]", "127.0.0.1%1", "0x7f.1."])
def test_a_spelling_that_only_some_systems_know_leads_nowhere(name):
    with pytest.raises((Refused, Unavailable)):
        addresses.resolve(name)


@pytest.mark.parametrize("name", NEVER)
def test_where_machines_hand_out_their_own_secrets_nobody_may_name_a_host(name):
    with pytest.raises(Refused):
        addresses.resolve(name, named=name)


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_public_address_is_taken_however_it_is_written(name):
    assert addresses.resolve(name) == (name,)


def test_an_address_inside_is_taken_where_it_was_named():
    for written, named in ((HERE, HERE), ("localhost", "LOCALHOST."), ("::1", "[::1]")):
        assert addresses.resolve(written, named=named)
    with pytest.raises(Refused):
        addresses.resolve("localhost", named=HERE)
    with pytest.raises(Unavailable, match="not known"):
        addresses.resolve("no-such-host.invalid")


def test_all_addresses_of_a_name_are_judged(monkeypatch):
    both = [(2, 1, 6, "", ("93.184.215.14", 0)), (2, 1, 6, "", ("10.0.0.1", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)

    with pytest.raises(Refused, match="private network"):
        addresses.resolve("both.example")


def test_a_name_that_nobody_answers_for_is_waited_for_no_longer_than_said(monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ended.wait(60) and [])
    begun = time.monotonic()

    with pytest.raises(Unavailable, match="not known") as told:
        addresses.resolve("slow.example", seconds=0.2)
    ended.set()

    assert "within" in told.value.why
    assert time.monotonic() - begun < 10


@pytest.fixture
def served():
    """A server that redirects where its path says, and notes who was asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.headers["host"], self.path, dict(self.headers)))
            if self.path.startswith("/to/"):
                self.send_response(302)
                self.send_header("location", self.path.removeprefix("/to/"))
            else:
                self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer((HERE, 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()


def get(url, *, named=HERE, redirects=False, seconds=5.0, most_bytes=10_000, **more):
    asker = http.Asker(named=named, redirects=redirects)
    try:
        return asker.ask("GET", url, seconds=seconds, most_bytes=most_bytes, **more)
    finally:
        asker.close()


def test_a_redirect_inside_is_refused_at_every_step(served):
    port, asked = served
    for inside in (f"http://localhost:{port}/secret", "http://169.254.169.254/latest/meta-data"):
        with pytest.raises(Refused):
            get(f"http://{HERE}:{port}/to/{inside}", redirects=True)
    here = f"http://{HERE}:{port}"
    assert get(f"{here}/to/{here}/x", redirects=True).status == 200
    assert "/secret" not in [path for _, path, _ in asked]


def test_a_redirect_is_an_answer_where_none_is_to_be_followed(served):
    port, asked = served

    found = get(f"http://{HERE}:{port}/to/http://{HERE}:{port}/x")

    assert (found.status, found.headers["location"]) == (302, f"http://{HERE}:{port}/x")
    assert len(asked) == 1


def test_what_is_secret_is_not_sent_on_to_another_host(served):
    port, asked = served
    secret = {"authorization": "Bearer x"}
    get(f"http://{HERE}:{port}/to/http://{HERE}:{port}/x", redirects=True, headers=secret)
    assert asked[-1][2]["authorization"] == "Bearer x"  # the same host

    with host(answering(answer(b"", "302 Found", f"location: http://{HERE}:{port}/y"))) as other:
        get(f"http://{HERE}:{other}/", redirects=True, headers=secret)

    assert asked[-1][1] == "/y"
    assert "authorization" not in {name.lower() for name in asked[-1][2]}


def test_an_audit_does_not_follow_a_foreign_log_inside(served):
    port, asked = served
    place = f"http://{HERE}:{port}/to/http://localhost:{port}"
    with audit.fetcher(place) as fetch, pytest.raises(Refused):
        fetch("checkpoint")
    assert len(asked) == 1


def test_a_name_that_changes_after_it_was_judged_leads_nowhere(served, monkeypatch):
    """DNS rebinding: looked up once, connected to exactly what was judged; Host stays the name."""
    port, asked = served
    looked_up = []
    real = socket.getaddrinfo

    def rebinding(name, *rest, **named):
        if name == "rebinding.example":
            looked_up.append(name)
            return real(HERE if len(looked_up) == 1 else "10.9.9.9", *rest, **named)
        return real(name, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    found = get(f"http://rebinding.example:{port}/", named="rebinding.example")
    assert found.status == 200
    assert looked_up == ["rebinding.example"]
    assert asked[0][:2] == (f"rebinding.example:{port}", "/")


def test_the_next_address_of_a_name_is_tried_where_one_does_not_answer(served, monkeypatch):
    port, _ = served
    real = socket.getaddrinfo

    def several(name, *rest, **named):
        if name == "several.example":
            return [*real("127.0.0.2", *rest, **named), *real(HERE, *rest, **named)]
        return real(name, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", several)

    assert get(f"http://several.example:{port}/", named="several.example").status == 200


def test_a_redirect_without_end_ends(served):
    port, asked = served
    with pytest.raises(http.NoAnswer) as told:
        get(f"http://{HERE}:{port}" + f"/to/http://{HERE}:{port}" * 9 + "/x", redirects=True)
    assert "more than 5 times" in told.value.why
    assert len(asked) == http.MOST_REDIRECTS + 1


def test_a_proxy_of_the_environment_is_asked_only_for_whom_one_named_oneself(served, monkeypatch):
    port, asked = served
    monkeypatch.setenv("http_proxy", f"{HERE}:{port}")
    monkeypatch.setenv("no_proxy", "inside.example")
    with pytest.raises(Refused):
        get("http://192.0.2.1/", named=None)
    assert asked == []

    proxy = http.proxy_for("http://named.example/")
    assert proxy == f"http://{HERE}:{port}"
    assert http.proxy_for("http://inside.example/") is None
    url = "http://named.example/x"
    assert http.ask("GET", url, seconds=5, most_bytes=10, proxy=proxy).status == 200
    assert asked[0][:2] == ("named.example", "http://named.example/x")
    with pytest.raises(Malformed, match="no proxy"):
        http.Asker(proxy="ftp://127.0.0.1:1")


@pytest.mark.parametrize("url", ["ftp://x.example/", "http://", "nonsense", "http://x:99999999/"])
def test_what_is_no_address_is_no_answer(url):
    with pytest.raises(http.NoAnswer):
        get(url)


def test_nothing_is_asked_for_packed_nor_unpacked_unasked():
    packed = gzip.compress(b"x" * 1000)
    seen = []

    def serve(line):
        seen.append(request(line))
        line.sendall(answer(packed, "200 OK", "content-encoding: gzip"))

    with host(serve) as port:
        url = f"http://{HERE}:{port}/"
        with pytest.raises(http.NoAnswer, match="no answer") as told:
            get(url)
        assert "encoding 'gzip'" in told.value.why
        assert get(url, most_bytes=0).status == 200  # whose body matters to nobody
        assert get(url, packed=True).body == b"x" * 1000
        with pytest.raises(http.TooLarge):
            get(url, packed=True, most_bytes=999)
    assert b"accept-encoding: identity" in seen[0].lower()
    assert b"accept-encoding: gzip" in seen[2].lower()


def test_of_an_error_only_so_much_is_read_as_is_wanted():
    with host(answering(answer(b"x" * 5000, "404 Not Found"))) as port:
        found = get(f"http://{HERE}:{port}/", most_bytes=100)
    assert (found.status, found.body) == (404, b"x" * 100)


def test_a_connection_is_used_again_and_one_that_was_closed_meanwhile_is_not():
    lines = []

    def serve(line):
        lines.append(line)
        for _ in range(2):
            if not request(line):
                return
            line.sendall(answer(b"ok").replace(b"connection: close\r\n", b""))

    with host(serve) as port:
        asker = http.Asker(named=HERE)
        for _ in range(5):
            url = f"http://{HERE}:{port}/"
            assert asker.ask("GET", url, seconds=5, most_bytes=10).body == b"ok"
            time.sleep(0.05)
        asker.close()
    assert len(lines) == 3


def test_a_download_goes_on_as_long_as_it_is_fast_enough():
    """The limit of time is for what is slow; a large file has as much more as it needs."""
    with host(lambda line: (request(line), drip(line, answer(b"x" * 20), 0.02))) as port:
        asker = http.Asker(named=HERE)
        url = f"http://{HERE}:{port}/"
        with asker.arriving("GET", url, seconds=0.3, most_bytes=1000, least_rate=10) as arriving:
            assert b"".join(arriving.pieces) == b"x" * 20
        with pytest.raises(http.NoAnswer) as told:
            asker.ask("GET", url, seconds=0.3, most_bytes=1000, least_rate=100_000)
        asker.close()
    assert "slower than 100,000 bytes a second" in told.value.why


def test_what_whoever_reads_does_wrong_is_not_the_other_sides_fault():
    with host(answering(answer(b"ok"))) as port:
        asker = http.Asker(named=HERE)
        with (
            pytest.raises(OSError, match="disk is full"),
            asker.arriving("GET", f"http://{HERE}:{port}/", seconds=5, most_bytes=10),
        ):
            raise OSError("the disk is full")
        asker.close()


def test_a_handshake_that_never_ends_ends_with_the_exchange():
    with host(lambda line: (line.recv(1), time.sleep(3600))) as port:
        begun = time.monotonic()
        with pytest.raises(http.NoAnswer):
            get(f"https://{HERE}:{port}/", seconds=0.5)
    assert time.monotonic() - begun < 10


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate, key = certificate_for_localhost(tmp_path)
    context.load_cert_chain(certificate, key)

    def serve(line):
        with context.wrap_socket(line, server_side=True) as secure:
            request(secure)
            secure.sendall(answer(b"ok"))

    with host(serve) as port:
        url = f"https://localhost:{port}/"
        with pytest.raises(http.NoAnswer) as told:
            get(url, named="localhost")
        assert "CERTIFICATE" in told.value.why.upper()
        trusting = exchange.secured(ssl.create_default_context(cafile=certificate))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(http, "_tls", lambda: trusting)
            assert get(url, named="localhost").body == b"ok"


def certificate_for_localhost(folder):
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(folder / "cert.pem"), str(folder / "key.pem")


def test_the_library_below_asks_with_our_sockets_and_nothing_of_its_own():
    """What is relied on: no retry, no cookie, no redirect, and the time limit is the exchange's."""
    assert httpx2.create_ssl_context().verify_mode == ssl.CERT_REQUIRED
    assert http._pool(None)._retries == 0
