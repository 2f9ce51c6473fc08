"""A platform's own state endpoint: what it signs is seen, and what it does not sign is nothing."""

import base64
import hashlib
import hmac
import json
import threading
import time
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.conftest import new_node, run, statement
from tests.connect.polled import Polled

from amparo.case import events
from amparo.connectors import config, state_endpoint
from amparo.errors import Denied, Malformed
from amparo.ledger.case import casework, read_back_schedule
from amparo.ledger.connect import connections, state_source
from amparo.ledger.log.intake import prepare
from amparo.record.decision import settle, trim

SECRET = b"a secret that both sides know..."
WRITTEN = f"whsec_{base64.b64encode(SECRET).decode()}"
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = f"whpk_{base64.b64encode(KEY.public_key().public_bytes_raw()).decode()}"


class PlatformsOwn:
    """A real HTTP server, as docs/state-endpoint.md asks for one; a test bends what it answers."""

    def __init__(self):
        self.states, self.asked = {}, []
        self.sign = self.by_secret
        self.bend = lambda name, at, body: (name, at, body)
        self.status, self.headers = 200, {}
        own = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                case = parse_qs(urlsplit(self.path).query)["case"][0]
                own.asked.append(case)
                found = own.states.get(case, {"known": False})
                body = json.dumps({"case": case, **found}).encode()
                name, at = self.headers["webhook-id"], int(time.time())
                signature = own.sign(f"{name}.{at}.".encode() + body)
                name, at, body = own.bend(name, at, body)
                self.send_response(own.status)
                self.send_header("webhook-id", name)
                self.send_header("webhook-timestamp", str(at))
                self.send_header("webhook-signature", f"v1,bm8= {signature}")
                for header in own.headers.items():
                    self.send_header(*header)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/amparo/state"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def by_secret(self, signed):
        made = hmac.new(SECRET, signed, hashlib.sha256).digest()
        return f"v1,{base64.b64encode(made).decode()}"

    def by_key(self, signed):
        return f"v1a,{base64.b64encode(KEY.sign(signed)).decode()}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Platform(Polled):
    """A platform that sends its decisions by itself, and has a state endpoint."""

    def __init__(self, node, server, **options):
        form = {
            "connector": {
                "system": "state",
                "name": "own",
                "platform": "Foro",
                "instance": "foro.example",
                "address": server.address,
            },
            "options": {"private": "yes", **options},
        }
        super().__init__(node, server, form)
        connections.keep_secret(node, "own", WRITTEN)

    def claimed(self, known_to=None):
        """A case in which the platform says that it has restored the account."""
        decided = [settle(trim(statement("own-1")), "API")]
        platform = self.connection.platform
        [made] = prepare(decided, platform=platform, secret=self.node.secret())
        self.journal.append([[made.row]])
        now, case = casework.now(), UUID(made.case)
        if known_to is not None:
            with self.journal.transaction():
                read_back_schedule.keep(self.journal, case, known_to.id, "deleted 7")
        ordered = events.RemedyOrdered(now, "node", steps=("restore_account",), outcome="reversed")
        claimed = events.RemedyClaimed(now, "platform:foro", result="implemented", reasons="")
        casework.act(self.journal, case, lambda _: [ordered, claimed])
        return case

    def shows(self, case, /, **state):
        self.server.states[str(case)] = state

    def happened(self, case):
        kinds = self.kinds(case)
        return kinds[kinds.index("remedy.claimed") + 1 :]

    def a_day_later(self):
        day = int(timedelta(days=1).total_seconds())
        self.journal.db.execute(
            "UPDATE read_back SET claimed_at = claimed_at - ?1, due = due - ?1", (day,)
        )


@pytest.fixture
def server():
    with closing(PlatformsOwn()) as one:
        yield one


@pytest.fixture
def platform(tmp_path, server):
    made = Platform(new_node(tmp_path / "node"), server)
    with closing(made.journal):
        yield made


RESTORED = {"known": True, "over": True, "in_force": [], "done": ["restore_account"]}


def test_what_the_platforms_system_shows_is_verified_with_what_was_seen(platform):
    case = platform.claimed()
    platform.shows(case, **RESTORED)

    platform.ask()

    assert platform.happened(case) == ["remedy.seen", "remedy.verified"]
    seen = casework.read(platform.journal, case).last(events.RemedySeen)
    assert (seen.source, seen.look, seen.saw, seen.done) == ("foro.example", "at_once", (), "yes")
    assert platform.connection.why == ""


def test_on_postgresql_it_is_the_same(tmp_path, server, postgres):
    platform = Platform(new_node(tmp_path / "node", postgres.place()), server)
    with closing(platform.journal):
        case = platform.claimed()
        platform.shows(case, **RESTORED)

        platform.ask()

        assert platform.happened(case) == ["remedy.seen", "remedy.verified"]


def test_what_is_suspended_again_a_day_later_is_a_remedy_undone(platform):
    case = platform.claimed()
    platform.shows(case, **RESTORED)
    platform.ask()
    platform.shows(case, known=True, over=False, in_force=["suspended"], done=[])

    platform.a_day_later()
    platform.ask()

    assert platform.happened(case)[-2:] == ["remedy.seen", "remedy.reverted"]


def test_a_key_of_the_platforms_own_does_as_well(tmp_path, server):
    server.sign = server.by_key
    platform = Platform(new_node(tmp_path / "node"), server, key=PUBLIC)
    with closing(platform.journal):
        case = platform.claimed()
        platform.shows(case, **RESTORED)
        platform.ask()

        assert platform.happened(case) == ["remedy.seen", "remedy.verified"]
        server.sign = server.by_secret
        platform.a_day_later()
        platform.ask()
        assert "no signature" in platform.connection.why


@pytest.mark.parametrize(
    ("bend", "why"),
    [
        (lambda name, at, body: (name, at, body.replace(b"true", b"false")), "no signature"),
        (lambda name, at, body: (f"{name}-earlier", at, body), "webhook-id"),
        (lambda name, at, body: (name, at - 3600, body), "webhook-timestamp"),
        (lambda name, at, body: (name, f"soon {at}", body), "webhook-timestamp"),
    ],
)
def test_what_is_not_signed_just_now_for_this_question_says_nothing(platform, server, bend, why):
    case = platform.claimed()
    platform.shows(case, **RESTORED)
    server.bend = bend

    platform.ask()

    assert platform.happened(case) == []
    assert why in platform.connection.why


@pytest.mark.parametrize(
    "state",
    [
        RESTORED | {"over": "perhaps"},
        RESTORED | {"in_force": ["banished"]},
        RESTORED | {"done": ["forgiven"]},
        RESTORED | {"case": "another"},
        RESTORED | {"known": False},
        RESTORED | {"in_force": ["gone"] * 21},
        *({key: RESTORED[key] for key in RESTORED if key != left_out} for left_out in RESTORED),
    ],
)
def test_what_is_no_state_of_this_case_says_nothing(platform, state):
    """What is left out is not known, and is neither `over` nor in force."""
    case = platform.claimed()
    platform.shows(case, **state)

    platform.ask()

    assert platform.happened(case) == []
    assert platform.connection.why


def test_it_is_waited_for_as_long_as_it_asks_and_no_redirect_is_followed(platform, server):
    case = platform.claimed()
    server.status, server.headers = 503, {"retry-after": "77"}
    platform.ask()
    due = platform.journal.db.execute("SELECT due FROM connector_poll").get
    assert 70 < due - time.time() < 80

    server.status, server.headers = 302, {"location": server.address}
    asked = len(server.asked)
    platform.ask()

    assert (len(server.asked), platform.happened(case)) == (asked + 1, [])
    assert "302" in platform.connection.why


def test_a_host_inside_a_private_network_is_asked_only_where_that_was_said(platform, server):
    form = platform.form["connector"] | {"address": server.address.replace("http", "https")}
    connections.add(platform.journal, config.read({"connector": form}), now=1)
    platform.claimed()

    platform.ask()

    assert server.asked == []
    assert "private" in platform.connection.why


def test_nobody_is_asked_about_what_is_not_claimed_nor_while_it_is_paused(platform):
    platform.ask()
    assert platform.server.asked == []
    connections.pause(platform.journal, platform.connection)
    platform.claimed()

    assert platform.journal.db.execute("SELECT count(*) FROM read_back").get == 0


def test_what_another_connector_knows_is_asked_of_that_one(platform):
    other = platform.form["connector"] | {"name": "wiki", "system": "mediawiki"}
    connections.add(platform.journal, config.read({"connector": other}), now=1)
    wiki = connections.find(platform.journal, "wiki")

    platform.claimed(known_to=wiki)
    platform.ask()

    assert platform.server.asked == []
    assert platform.journal.db.execute("SELECT connector FROM read_back").get == wiki.id


def test_the_file_says_what_does_not_fit(server):
    form = {"system": "state", "name": "own", "platform": "Foro", "address": server.address}
    for options in ({}, {"key": "whpk_eA=="}, {"key": "x"}, {"private": "perhaps"}, {"a": "b"}):
        with pytest.raises(Malformed):
            state_endpoint.settings(config.read({"connector": form, "options": options}))


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("t0ken", "not whsec_ and base64"),
        ("whsec_", "not whsec_ and base64"),
        (f"whsec_{base64.b64encode(b'guess').decode()}", "at least 24 bytes"),
        (PUBLIC, "not whsec_ and base64"),
    ],
)
def test_a_secret_that_can_be_guessed_is_none(secret, why):
    with pytest.raises(Denied) as refused:
        state_source.secret_key(secret)

    assert why in str(refused.value.why)


def test_it_is_set_up_as_the_page_says(tmp_path, server):
    node = new_node(tmp_path / "node")
    run("platform", "add", "Foro", "--data", node.folder)
    secret, file = tmp_path / "secret", tmp_path / "own.toml"
    secret.write_text(WRITTEN)
    words = ("connect", "state", "--platform", "Foro", "--address", server.address)
    words = (*words, "--secret-file", secret, "--mapping", file, "--data", node.folder)
    refused = run(*words, check=False)
    assert "begins with https://" in refused.stderr
    file.write_text(file.read_text().replace('# private = "yes"', 'private = "yes"'))
    server.sign = server.by_key
    wrong = run(*words, check=False)
    assert "no signature is that of the platform" in wrong.stderr

    server.sign = server.by_secret
    done = run(*words)
    run("connect", "start", "state-127.0.0.1", "--data", node.folder)

    (node.folder / "keys" / "connect.state-127.0.0.1").unlink()  # as after a restore
    run("connect", "secret", "state-127.0.0.1", "--token-file", secret, "--data", node.folder)
    assert (node.folder / "keys" / "connect.state-127.0.0.1").exists()
    assert "It answers as it should." in done.stdout
    assert WRITTEN not in file.read_text()
