"""Bad input gets a 4xx that says what, why and how to mend; never a 5xx, never a hang."""

import json
import socket
import time
from urllib.parse import urlsplit

import pytest
from tests.conftest import Served, statement

from amparo.storage.journal import Journal
from amparo.storage.node import open_node
from amparo.web.http import limits

ONE = "/api/v1/statement"


def send(served, raw, wait=30.0):
    """Speak raw HTTP; all that comes back until the other side closes or is silent."""
    url = urlsplit(served.url)
    with socket.create_connection((url.hostname, url.port), timeout=wait) as line:
        line.sendall(raw)
        got = b""
        try:
            while piece := line.recv(65536):
                got += piece
        except TimeoutError:
            pass
    return got


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b""),
        (400, b"{"),
        (400, b'{"puid": "\xff"}'),
        (400, b"\xff\xfe{\x00}\x00"),
        (400, b"[" * 200_000),
        (400, b'{"a":' * 900 + b"1" + b"}" * 900),
        (400, b'"\\ud800"'),
        (400, b"9" * 10_000),
        (400, b"[]"),
        (400, b'"text"'),
        (400, b"null"),
        (422, b"{}"),
        (422, b'{"puid": {"a": 1}, "content_type": "x", "content_id": [1]}'),
        (422, b'{"puid": 1e300}'),
        (422, json.dumps({"puid": "\x00"}).encode()),
    ],
)
def test_a_hostile_body_gets_a_clear_answer(served, platform, status, body):
    answer = served.http.post(
        ONE, content=body, headers=platform | {"content-type": "application/json"}
    )
    told = answer.json()

    assert answer.status_code == status
    assert told["message"]
    assert told.get("fix") or all(finding["fix"] for finding in told["findings"])


def test_a_text_with_every_odd_character_is_kept_as_it_is(served, platform):
    odd = "\x00\x1f\u2028\U0001f600 ' \" \\ </script> \u202e"
    sent = statement("odd-characters", decision_facts=f"x{odd}x")

    told = served.http.post(f"{ONE}?wait=receipt", json=sent, headers=platform).json()
    back = served.http.get(f"{ONE}/{told['uuid']}", headers=platform).json()
    page = served.http.get(f"/statement/{told['uuid']}").text

    assert back["decision_facts"] == f"x{odd}x"
    shown = "x[U+0000][U+001F]\u2028\U0001f600 &#39; &#34; \\ &lt;/script&gt; [U+202E]x"
    assert shown in page


def test_an_oversized_body_is_413(served, platform):
    body = b'{"puid": "' + b"x" * limits.MOST_BODY_BYTES + b'"}'

    answer = served.http.post(
        ONE, content=body, headers=platform | {"content-type": "application/json"}
    )

    assert answer.status_code == 413
    assert answer.json()["fix"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "x"])
def test_another_content_type_is_415(served, platform, kind):
    answer = served.http.post(ONE, content=b"{}", headers=platform | {"content-type": kind})

    assert answer.status_code == 415
    assert "application/json" in answer.json()["fix"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", ONE, 405),
        ("DELETE", "/api/v1/statements", 405),
        ("GET", "/api/v1/nothing", 404),
        ("POST", "/", 405),
        ("GET", "/statement/x", 404),
        ("GET", "/statement/" + "9" * 3000, 404),
        ("GET", "/recourse/x/y", 404),
        ("GET", "/find", 200),
        ("GET", "/find?id=x", 404),
        ("GET", "/find?id=%00%ff", 404),
        ("GET", "/static/../../app.py", 404),
        ("GET", "/static/%2e%2e/app.py", 404),
        ("GET", "/?lang=%00", 200),
    ],
)
def test_addresses_that_are_none(served, method, path, status):
    for accept in ("application/json", "text/html"):
        answer = served.http.request(method, path, headers={"accept": accept})
        assert answer.status_code == status


def test_a_verify_form_without_a_receipt_is_answered_in_words(served):
    for data, files in (
        ({}, {}),
        ({"vkey": "x"}, {"file": b"y"}),
        ({"vkey": "x" * 9000}, {"file": b"\xff" * 1000}),
    ):
        answer = served.http.post("/verify", data=data, files=files)
        assert answer.status_code == 200
        assert "does NOT hold" in answer.text


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x", "x"])
def test_a_broken_form_is_a_4xx_or_an_answer(served, kind):
    answer = served.http.post("/verify", content=b"--x\r\nnonsense", headers={"content-type": kind})

    assert answer.status_code < 500


def test_half_a_header_does_not_hold_a_connection(served):
    """The guard's base is not a public class of uvicorn: this pins what is relied on."""
    begun = time.monotonic()

    send(served, b"GET / HTTP/1.1\r\nHost: x\r\nX-Half", wait=limits.NODE.head_seconds + 20)

    assert time.monotonic() - begun < limits.NODE.head_seconds + 10


def test_half_a_body_is_408_and_closed(served, platform):
    head = (
        f"POST {ONE} HTTP/1.1\r\nHost: x\r\nAuthorization: {platform['authorization']}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    )

    got = send(served, head.encode(), wait=limits.NODE.stall_seconds + 20)

    assert got.startswith(b"HTTP/1.1 408")


def test_a_header_without_end_is_431(served):
    got = send(served, b"GET / HTTP/1.1\r\nX: " + b"x" * (limits.NODE.head_bytes + 1000), wait=5)

    assert got.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))


def test_length_and_chunks_together_are_refused(served):
    got = send(
        served,
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        wait=5,
    )

    assert got == b"" or int(got.split()[1]) in range(400, 500)


def test_below_the_reserve_submissions_are_507_and_reading_goes_on(tmp_path):
    full = Served(tmp_path / "full")
    headers = full.add_platform("Foro")
    told = full.http.post(f"{ONE}?wait=receipt", json=statement("a"), headers=headers).json()
    full.stop()

    full = Served(tmp_path / "full", "--reserve", 10**18)
    refused = full.http.post(ONE, json=statement("b"), headers=headers)
    own = urlsplit(told["recourse_url"]).path
    complaint = full.http.post(f"{own}/complaint?lang=es", data={"grounds": "It quotes a threat."})
    receipt = full.http.get(f"/statement/{told['uuid']}/receipt")
    health = full.http.get("/health").json()
    full.stop()

    assert refused.status_code == 507
    assert "reserve" in refused.json()["why"]
    assert refused.json()["fix"]
    assert complaint.status_code == 507  # nobody's mistake: it may be sent again as it is
    assert complaint.headers["retry-after"]
    assert "Ahora mismo no se ha podido guardar." in complaint.text
    assert "bytes" not in complaint.text  # that is for whoever runs the node
    assert "It quotes a threat." in complaint.text
    assert receipt.status_code == 200
    assert health["status"] == "reading only"


def test_while_the_journal_is_held_a_complaint_is_told_when_to_come_again(tmp_path):
    node = Served(tmp_path / "node")
    headers = node.add_platform("Foro")
    told = node.http.post(ONE, json=statement("a"), headers=headers).json()
    address = f"{urlsplit(told['recourse_url']).path}/complaint"
    holding = Journal(open_node(node.data).journal)
    holding.db.execute("BEGIN IMMEDIATE")

    sent = node.http.post(address, data={"grounds": "It quotes a threat."})

    holding.db.execute("ROLLBACK")
    holding.close()
    assert sent.status_code == 503
    assert sent.headers["retry-after"]
    assert "It quotes a threat." in sent.text
    assert node.http.post(address, data={"grounds": "It quotes a threat."}).status_code == 303
    node.stop()


def test_beyond_what_the_node_holds_at_once_a_request_is_told_when_to_come_again(tmp_path):
    """Many large batches at the same time: some are taken, the others pushed back, health is told."""
    node = Served(tmp_path / "node")
    headers = node.add_platform("Foro")
    long = "x" * 20_000
    url = urlsplit(node.url)
    pushed, taken, lines = [], [], []
    for number in range(24):
        batch = [statement(f"b{number}-{i}", decision_facts=long[:4900]) for i in range(100)]
        body = json.dumps({"statements": batch, "padding": long * 45}).encode()
        head = (
            f"POST /api/v1/statements HTTP/1.1\r\nhost: {url.netloc}\r\nconnection: close\r\n"
            f"authorization: {headers['authorization']}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        line = socket.create_connection((url.hostname, url.port), timeout=60)
        line.sendall(head.encode() + body[:-1])
        lines.append((line, body[-1:]))
    for line, last in lines:  # all of them become whole at once
        line.sendall(last)
    health = node.http.get("/health").status_code
    for line, _ in lines:
        got = b""
        while piece := line.recv(65536):
            got += piece
        line.close()
        (taken if b" 201 " in got[:20] else pushed).append(got)
    after = node.http.post("/api/v1/statement", json=statement("after"), headers=headers)
    node.stop()

    assert health == 200
    assert after.status_code == 201
    assert len(taken) >= 5
    assert len(pushed) >= 5
    for answer in pushed:
        assert b" 503 " in answer[:20], answer[:300]
        assert b"\r\nretry-after: 1\r\n" in answer.lower()
        assert b"nothing was kept" in answer


def test_who_sends_half_a_body_and_waits_takes_no_room_from_others(served, platform):
    url = urlsplit(served.url)
    head = (
        f"POST /api/v1/statements HTTP/1.1\r\nhost: x\r\n"
        f"content-length: {limits.MOST_BODY_BYTES}\r\ncontent-type: application/json\r\n\r\n"
    ).encode()
    held = [socket.create_connection((url.hostname, url.port)) for _ in range(40)]
    for one in held:
        one.sendall(head + b"{" * 400_000)

    answer = served.http.post("/api/v1/statement", json=statement("beside"), headers=platform)
    for one in held:
        one.close()

    assert answer.status_code == 201
