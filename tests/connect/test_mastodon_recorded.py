"""What a real Mastodon answered, as the tests of its client library for Python recorded it.

The recordings come with the source package of Mastodon.py 2.3.3 (MIT), which is fetched when the
tests run and never copied here. They are of Mastodon 4.8.0-alpha.3 and 4.7.3.
"""

import json
import os
import subprocess
import sys
import tarfile
import threading
from collections import deque
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from tests.conftest import bytes_below, new_node
from tests.connect.test_mastodon_live import Social

from amparo.connectors import mastodon_live
from amparo.errors import Denied
from amparo.ledger.connect.mastodon_source import Mastodon

VERSION = "2.3.3"


@pytest.fixture(scope="module")
def cassettes():
    """The folder of recordings, fetched once and kept beside other tools of the tests."""
    home = Path.home() / f".cache/amparo-tests/mastodon-py-{VERSION}"
    place = Path(os.environ.get("MASTODON_PY_HOME", home))
    archive = place / f"mastodon_py-{VERSION}.tar.gz"
    if not archive.exists():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:"]
        place.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [*pip, "--dest", place, f"Mastodon.py=={VERSION}"],
            capture_output=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"Mastodon.py {VERSION} cannot be fetched from here")
    found = place / f"mastodon_py-{VERSION}/tests/cassettes"
    if not found.is_dir():
        with tarfile.open(archive) as packed:
            packed.extractall(place, filter="data")
    return found


class Recorded:
    """A server that answers each call with the next thing that was recorded for its path."""

    def __init__(self):
        self.answers, self.otherwise = {}, (200, {}, b"[]")
        recorded = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                waiting = recorded.answers.get(self.path.partition("?")[0])
                status, headers, body = waiting.popleft() if waiting else recorded.otherwise
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.token = "recorded"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def on(self, path, answers):
        self.answers[path] = deque(answers)


def interactions(cassettes, name, part):
    """(method, address, status, headers, body) of each recorded exchange at a part of an address."""
    tape = yaml.load((cassettes / name).read_text(), yaml.CSafeLoader)
    for exchange in tape["interactions"]:
        asked, answered = exchange["request"], exchange["response"]
        if part in asked["uri"]:
            body = answered["body"]["string"]
            kept = {
                key: values[0]
                for key, values in answered["headers"].items()
                if key.lower().startswith(("x-ratelimit", "link", "content-type"))
            }
            raw = body if isinstance(body, bytes) else body.encode()
            yield asked["method"], asked["uri"], answered["status"]["code"], kept, raw


@pytest.fixture
def recorded():
    with closing(Recorded()) as one:
        yield one


@pytest.fixture
def social(tmp_path, recorded):
    made = Social(new_node(tmp_path / "node"), recorded, rules=())
    with closing(made.journal):
        yield made


def test_each_action_of_a_moderator_and_its_undoing_is_seen_as_it_was(cassettes, recorded, social):
    """Disabled, enabled, silenced, unsilenced, sensitive, suspended and each back again."""
    told = [
        answer
        for _, _, *answer in interactions(cassettes, "test_admin_moderation.yaml", "/admin/")
        if answer[0] == 200 and b'"suspended"' in answer[2]
    ]
    number = json.loads(told[0][2])["id"]
    recorded.on(f"/api/v1/admin/accounts/{number}", told)
    social.ask()

    for _ in told:
        social.note(number)
        social.ask()

    assert sorted(draft.words["state"] for draft in social.drafts()) == sorted(mastodon_live.FLAGS)
    assert social.counts()["parked"] == 4  # each was taken back, and waits for its draft
    assert social.connection.refused == 0
    assert all(draft.decision["content_date"] == "2026-10-14" for draft in social.drafts())


def test_nothing_of_a_recorded_account_is_kept_but_its_number(cassettes, recorded, social):
    told = [a for _, _, *a in interactions(cassettes, "test_admin_moderation.yaml", "/admin/")]
    account = next(a for a in told if b'"suspended":true' in a[2])
    body = json.loads(account[2])
    recorded.on(f"/api/v1/admin/accounts/{body['id']}", [account])
    social.ask()
    social.note(body["id"])
    social.ask()
    social.journal.db.empty_traces()

    kept = bytes_below(social.node.folder)

    assert body["id"].encode() in kept
    for name in ("email", "username"):
        assert body[name].encode() not in kept


def test_a_look_at_a_recorded_account_says_what_is_in_force(cassettes, recorded, social):
    told = list(interactions(cassettes, "test_admin_moderation.yaml", "/admin/accounts/"))
    looks = [answer for method, _, *answer in told if method == "GET"]
    number = json.loads(looks[0][2])["id"]
    recorded.on(f"/api/v1/admin/accounts/{number}", looks)

    with closing(Mastodon(social.connection, "x")) as mastodon:
        found = [mastodon.look(f"suspended {number}") for _ in looks]

    assert [seen.in_force for seen in found] == [
        ("disabled",),
        ("silenced",),
        ("sensitized",),
        ("suspended",),
    ]
    assert [seen.is_over for seen in found] == [True, True, True, False]


def test_recorded_reports_are_read_whether_open_or_closed(cassettes):
    read = []
    for *_, body in interactions(cassettes, "test_admin_reports.yaml", "/admin/reports"):
        told = json.loads(body)
        reports = told if isinstance(told, list) else [told]
        read += [(report["action_taken"], mastodon_live.report(report)) for report in reports]

    assert {is_closed for is_closed, _ in read} == {True, False}
    for is_closed, found in read:
        assert (found is not None) == is_closed
        if found:
            assert (found.category, found.by) == ("other", "117440810233042393")


def test_what_was_refused_is_said_in_words(cassettes, recorded, social):
    refused = [a for _, _, *a in interactions(cassettes, "test_admin_moderation.yaml", "unsuspend")]
    recorded.on("/api/v2/admin/accounts", [a for a in refused if a[0] == 403])

    with closing(Mastodon(social.connection, "x")) as mastodon, pytest.raises(Denied) as found:
        mastodon.check()

    assert "may not do this" in str(found.value)


def test_the_links_of_a_recorded_last_page_lead_nowhere(cassettes):
    told = list(interactions(cassettes, "test_admin_accounts_v2.yaml", "/admin/accounts?"))
    links = [headers["link"] for *_, headers, _ in told if "link" in headers]

    assert links
    assert [mastodon_live.next_page(link) for link in links] == [""] * len(links)


@pytest.mark.parametrize(("flag", "call"), mastodon_live.UNDO.items())
def test_what_undoes_a_restriction_was_taken_by_a_real_server(cassettes, flag, call):
    """The calls that carry an order out; what they change is in the account that is answered."""
    name = "test_admin_moderation.yaml"
    done = [
        json.loads(body)
        for method, path, status, _, body in interactions(cassettes, name, call)
        if (method, status) == ("POST", 200) and path.endswith(f"/{call}")
    ]

    assert {account[flag] for account in done} == {False}
