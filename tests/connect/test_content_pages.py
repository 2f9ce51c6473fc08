"""Pages of contested content: 200 after 404 is seen as restored, and nothing else is."""

import threading
import time
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest
from tests.conftest import new_node, run, statement
from tests.connect.polled import Polled

from amparo.case import events, notify
from amparo.connectors import config
from amparo.errors import Malformed, Refused
from amparo.ledger.case import casework, content_pages
from amparo.ledger.connect import connections
from amparo.ledger.connect.page_source import Pages
from amparo.ledger.log.intake import prepare
from amparo.ledger.upkeep import erase
from amparo.record.decision import settle, trim
from amparo.web.words import history


class Site:
    """A real HTTP server; `status` is what its pages answer."""

    def __init__(self):
        self.asked, self.status, self.headers = [], 200, {}
        own = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                own.asked.append(self.path)
                self.send_response(own.status)
                for header in own.headers.items():
                    self.send_header(*header)
                self.send_header("content-length", "4")
                self.end_headers()
                self.wfile.write(b"page")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.page = f"{self.address}/t/12?post=3"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Platform(Polled):
    """A platform that names the pages of what it decides about."""

    def __init__(self, node, site, **options):
        form = {
            "connector": {
                "system": "page",
                "name": "own",
                "platform": "Foro",
                "instance": "foro.example",
                "address": site.address,
            },
            "options": {"private": "yes", **options},
        }
        super().__init__(node, site, form)

    def decided(self, page=""):
        decided = [settle(trim(statement("own-1")), "API")]
        platform = self.connection.platform
        [made] = prepare(decided, platform=platform, secret=self.node.secret())
        self.journal.append([[made.row]])
        case = UUID(made.case)
        with self.journal.transaction():
            content_pages.keep(self.journal, case, platform.id, page or self.server.page)
        return case

    def act(self, case, *new):
        casework.act(self.journal, case, lambda _: list(new))

    def contested(self):
        """A case whose page was looked at when it was contested, and answered `status`."""
        case = self.decided()
        self.act(case, events.HoldSent(casework.now(), "node"))
        self.ask()
        return case

    def ordered(self, case, *steps):
        steps = steps or ("restore_content",)
        now = casework.now()
        self.act(case, events.RemedyOrdered(now, "node", steps=steps, outcome="reversed"))

    def claims(self, case):
        now = casework.now()
        self.act(case, events.RemedyClaimed(now, "platform:foro", result="implemented", reasons=""))

    def happened(self, case):
        kinds = self.kinds(case)
        return kinds[kinds.index("remedy.claimed") + 1 :]

    def seen(self, case):
        return casework.read(self.journal, case).last(events.RemedySeen)

    def days_later(self, days):
        seconds = int(timedelta(days=days).total_seconds())
        self.journal.db.execute(
            "UPDATE read_back SET claimed_at = claimed_at - ?1, due = due - ?1", (seconds,)
        )


@pytest.fixture
def site():
    with closing(Site()) as one:
        yield one


@pytest.fixture
def platform(tmp_path, site):
    made = Platform(new_node(tmp_path / "node"), site)
    with closing(made.journal):
        yield made


@pytest.mark.parametrize("absent", [404, 410])
def test_a_page_that_was_not_there_and_is_there_now_is_verified(platform, site, absent):
    site.status = absent
    case = platform.contested()
    platform.ordered(case)
    site.status = 200
    platform.claims(case)

    platform.ask()

    assert platform.happened(case) == ["remedy.seen", "remedy.verified"]
    seen = platform.seen(case)
    assert (seen.source, seen.look, seen.answered, seen.done) == (
        "foro.example",
        "at_once",
        200,
        "yes",
    )
    assert site.asked == ["/t/12?post=3"] * 2
    file = casework.read(platform.journal, case)
    [line] = [
        line for line in history.lines(file.entries, str, "party") if "HTTP 200" in line.notes
    ]
    assert "It is there, and was not there before." in line.notes


def test_on_postgresql_it_is_the_same(tmp_path, site, postgres):
    platform = Platform(new_node(tmp_path / "node", postgres.place()), site)
    with closing(platform.journal):
        site.status = 404
        case = platform.contested()
        platform.ordered(case)
        site.status = 200
        platform.claims(case)
        platform.ask()

        assert platform.happened(case) == ["remedy.seen", "remedy.verified"]


def test_a_page_that_answered_200_before_as_well_shows_nothing(platform, site):
    """Many a site answers 200 for whatever is not there."""
    case = platform.contested()
    platform.ordered(case)
    platform.claims(case)

    platform.ask()

    assert (platform.happened(case), platform.seen(case).done) == (["remedy.seen"], "unclear")
    assert notify.notices(platform.seen(case)) == []


def test_without_a_look_before_a_look_is_no_proof(platform, site):
    """The order and what the platform says of it came between two looks."""
    case = platform.decided()
    platform.ordered(case)
    platform.claims(case)

    platform.ask()

    assert (platform.happened(case), platform.seen(case).answered) == (["remedy.seen"], 200)
    assert platform.seen(case).done == "unclear"


def test_a_page_that_is_still_not_there_is_not_as_the_platform_says(platform, site):
    site.status = 404
    case = platform.contested()
    platform.ordered(case)
    platform.claims(case)

    platform.ask()

    assert platform.happened(case) == ["remedy.seen", "remedy.disputed"]
    assert (platform.seen(case).answered, platform.seen(case).done) == (404, "no")


@pytest.mark.parametrize("status", [204, 301, 302, 401, 403, 451, 500])
def test_any_other_status_says_nothing_and_is_looked_at_once_for_each_look(platform, site, status):
    """Not followed: whoever is sent on to a page for signing in has seen nothing of the content."""
    site.status = 404
    case = platform.contested()
    platform.ordered(case)
    site.status, site.headers = status, {"location": "/login"}
    platform.claims(case)
    asked = len(site.asked)

    platform.ask(turns=3)

    assert (platform.happened(case), platform.seen(case).done) == (["remedy.seen"], "unclear")
    assert site.asked[asked:] == ["/t/12?post=3"]
    site.status = 200
    platform.days_later(1)
    platform.ask()
    assert platform.happened(case) == ["remedy.seen", "remedy.seen", "remedy.verified"]


def test_it_is_looked_at_again_after_1_7_and_30_days_and_who_removed_it_since_is_not_said(
    platform, site
):
    site.status = 404
    case = platform.contested()
    platform.ordered(case)
    site.status = 200
    platform.claims(case)
    platform.ask()
    for days in (1, 6):
        platform.days_later(days)
        platform.ask(turns=2)
    site.status = 410
    platform.days_later(23)
    platform.ask(turns=2)

    looks = [
        (event.look, event.answered)
        for event in casework.read(platform.journal, case).events
        if event.kind == "remedy.seen"
    ]
    assert looks == [
        ("at_once", 200),
        ("after_1_day", 200),
        ("after_7_days", 200),
        ("after_30_days", 410),
    ]
    assert [notice.kind for notice in notify.notices(platform.seen(case))] == ["remedy_page_gone"]
    assert "remedy.reverted" not in platform.happened(case)


def test_a_page_says_nothing_of_an_order_that_leaves_the_content_as_it_is(platform, site):
    site.status = 404
    case = platform.contested()
    platform.ordered(case, "restore_account")
    platform.claims(case)
    asked = len(site.asked)

    platform.ask()

    assert (platform.happened(case), site.asked[asked:]) == ([], [])


def test_with_other_steps_beside_it_stays_claimed(platform, site):
    site.status = 404
    case = platform.contested()
    platform.ordered(case, "restore_content", "restore_account")
    site.status = 200
    platform.claims(case)

    platform.ask()

    assert (platform.happened(case), platform.seen(case).done) == (["remedy.seen"], "partly")


def test_nobody_looks_at_what_nobody_contests(platform, site):
    platform.decided()
    platform.ask()

    assert site.asked == []


def test_a_site_that_asks_to_wait_is_waited_for(platform, site):
    site.status, site.headers = 429, {"retry-after": "77"}
    case = platform.contested()
    assert len(site.asked) == 1

    site.status, site.headers = 404, {}
    platform.ask()  # as after the 77 seconds
    platform.ordered(case)
    site.status = 200
    platform.claims(case)
    platform.ask()
    assert platform.happened(case) == ["remedy.seen", "remedy.verified"]


def test_a_host_inside_a_private_network_is_looked_at_only_where_that_was_said(platform, site):
    form = platform.form["connector"] | {"address": "https://localhost"}
    connections.add(platform.journal, config.read({"connector": form}), now=1)
    case = platform.decided("https://localhost/t/12")
    platform.act(case, events.HoldSent(casework.now(), "node"))

    platform.ask()

    assert site.asked == []
    assert "private" in platform.connection.why


@pytest.mark.parametrize(
    "page",
    [
        "http://127.0.0.1:9/t/12",
        "{}@evil.example/t/12",
        "{}.evil.example/t/12",
        "{}",
        "ftp://127.0.0.1/t",
        "{}/t/12#post",
        "{}/t/1 2",
        "{}/" + "a" * 2000,
    ],
)
def test_no_page_of_another_host_is_looked_at(platform, site, page):
    """A platform cannot make a node ask others."""
    with pytest.raises((Malformed, Refused)):
        platform.decided(page.format(site.address))


def test_a_state_endpoint_is_asked_where_there_is_one(platform, site):
    other = platform.form["connector"] | {"name": "state", "system": "state"}
    platform.journal.db.execute("UPDATE connector SET state = 'paused'")
    connections.add(platform.journal, config.read({"connector": other}), now=1)
    platform.journal.db.execute("UPDATE connector SET state = 'running'")

    with pytest.raises(Refused, match="state endpoint"):
        platform.decided()


def test_the_page_is_erased_with_its_case(platform):
    case = platform.decided()
    entries = casework.read(platform.journal, case).log_entries
    erase.erase(platform.node, entries, "order")

    assert platform.journal.db.execute("SELECT count(*) FROM read_back").get == 0


def test_two_looks_are_a_second_apart(platform, site):
    with closing(Pages(platform.connection, apart=0.2)) as pages:
        pages.status(site.page)
        answered = time.monotonic()
        pages.status(site.page)

    assert time.monotonic() - answered >= 0.2


def test_the_file_says_what_does_not_fit(platform):
    for options in ({"private": "perhaps"}, {"a": "b"}, {}):
        form = config.read({**platform.form, "options": options})
        with pytest.raises(Malformed):
            Pages(platform.connection._replace(config=form))


def test_it_is_set_up_as_the_page_says(tmp_path, site):
    node = new_node(tmp_path / "node")
    run("platform", "add", "Foro", "--data", node.folder)
    file = tmp_path / "own.toml"
    words = ("connect", "page", "--platform", "Foro", "--address", site.address)
    words = (*words, "--mapping", file, "--data", node.folder)
    refused = run(*words, check=False)
    assert "begins with https://" in refused.stderr
    file.write_text(file.read_text().replace('# private = "yes"', 'private = "yes"'))

    done = run(*words)
    run("connect", "start", "page-127.0.0.1", "--data", node.folder)

    assert "It answers." in done.stdout
