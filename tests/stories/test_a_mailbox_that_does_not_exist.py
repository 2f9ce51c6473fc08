"""A person whom no mail can reach: the platform is told why, and tells them in its own way."""

import http.server
import json
import threading
import time

import pytest
from tests.conftest import Served, own_link, run, statement
from tests.postbox import mailbox
from tests.stories.foro import foro_with_mail_at


class Hook(http.server.BaseHTTPRequestHandler):
    """A platform that listens."""

    def do_POST(self):
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.got = []
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    with foro_with_mail_at(tmp_path_factory.mktemp("untold"), smtputf8=False) as node:
        node.hooks = server.got
        address = f"http://127.0.0.1:{server.server_port}/hook"
        run("platform", "webhook", "Foro", address, "--private", "--data", node.data)
        yield node
    server.shutdown()
    server.server_close()


def decided(foro):
    puid = f"untold-{time.monotonic_ns()}"
    return foro.http.post("/api/v1/statement", json=statement(puid), headers=foro.auth).json()


def notice(foro, case, **body):
    return foro.http.post(f"/api/v1/statement/{case}/notice", json=body, headers=foro.auth)


def state(foro, case):
    return foro.http.get(f"/api/v1/case/{case}", headers=foro.auth).json()


def orders(foro, case):
    found = foro.http.get("/api/v1/orders", headers=foro.auth).json()["orders"]
    return [one for one in found if one["case"] == case]


def until(holds, seconds=120):
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def test_the_platform_is_told_at_once_and_the_six_months_begin_when_it_has_told_the_person(foro):
    foro.post.replies["gone@example.org"] = "550 5.1.1 <gone@example.org> no such user here"
    told = decided(foro)
    case = told["uuid"]

    assert notice(foro, case, email="gone@example.org").json()["mail"]["state"] == "queued"
    until(lambda: state(foro, case)["decision"] == "undelivered")

    why = {"reason": "bounced", "code": "550 5.1.1"}
    [order] = orders(foro, case)
    assert order["wanted"] == [{"do": "tell_the_person", "of": "decision.undelivered", **why}]
    assert order["due"] == {}
    [hook] = until(lambda: [one for one in foro.hooks if one["case"] == case])
    assert hook | why | {"type": "tell_the_person"} == hook
    assert foro.post.asked.count("gone@example.org") == 1
    own = own_link(foro.http, told)  # by the link that the platform has: no mail brought another
    page = foro.http.get(own).text
    assert "550 5.1.1" in page
    assert "In time until" not in page

    answer = notice(foro, case)

    assert answer.status_code == 200
    assert answer.json()["decision"] == "delivered"
    assert "In time until" in foro.http.get(own).text
    assert orders(foro, case) == []


def test_another_address_may_be_handed_over_and_ends_the_order(foro):
    foro.post.replies["full@example.org"] = "552 5.2.2 mailbox full"
    case = decided(foro)["uuid"]
    notice(foro, case, email="full@example.org")
    until(lambda: state(foro, case)["decision"] == "undelivered")

    assert notice(foro, case, email=" ana@müller.example ").status_code == 202

    until(lambda: state(foro, case)["decision"] == "delivered")
    assert foro.post.to("ana@xn--mller-kva.example", "Foro")
    assert orders(foro, case) == []


@pytest.mark.parametrize(
    ("email", "why"),
    [
        ("ana.@example.org", "it is not like name@example.org"),
        ("ana@[127.0.0.1]", "it is not like name@example.org"),
        ("pelé@example.org", "letters that few mail servers take"),
    ],
)
def test_an_address_that_no_mail_reaches_is_told_where_it_is_handed_over(foro, email, why):
    told = decided(foro)
    own = own_link(foro.http, told)

    answer = notice(foro, told["uuid"], email=email)
    form = foro.http.post(f"{own}/complaint", data={"grounds": "No.", "email": email})

    assert (answer.status_code, form.status_code) == (400, 422)
    assert why in answer.json()["why"]
    assert why[1:] in form.text  # which begins with a capital


def test_a_node_without_a_mail_server_says_so_when_it_is_to_tell_somebody(tmp_path):
    with mailbox() as gone:
        url = gone.url
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AMPARO_SMTP", url)
        node = Served(tmp_path / "node")
    node.auth = node.add_platform("Foro")

    answer = notice(node, decided(node)["uuid"], email="ana@example.org")

    node.stop()
    assert answer.status_code == 202
    assert answer.json()["mail"]["state"] == "no_server"
    assert "refused" in answer.json()["mail"]["why"]
