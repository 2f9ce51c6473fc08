"""An operator's morning at /admin: what is wrong, and the steps of the command line as buttons."""

import base64
import html
import json
import re
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx2
import pytest
from tests.conftest import own_link, run, statement
from tests.stories.foro import foro_at
from tests.stories.seats import Seat, seat
from tests.web.test_all_mistakes_at_once import beside, summary

from amparo.ledger.outbound import webhooks
from amparo.storage.journal import Journal

PAGES = [
    "/admin",
    "/admin/platforms",
    "/admin/platforms/foro",
    "/admin/seats",
    "/admin/panels",
    "/admin/mail",
]


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    with foro_at(tmp_path_factory.mktemp("operator")) as node:
        yield node


def link(node):
    """A new link to the operator's page."""
    return run("admin", "link", "--data", node.data).stdout.splitlines()[-1]


def secret(path):
    return urlsplit(path).query.removeprefix("link=")


@pytest.fixture(scope="module")
def browser(foro):
    with httpx2.Client(base_url=foro.url, timeout=60) as browser:
        yield browser


@pytest.fixture
def olga(foro, browser):
    """The operator, signed in in a browser of her own; again where a test has ended her session.

    Signing in has a rate limit, so that not every test does it.
    """
    if browser.get("/admin").status_code != 200:
        browser.cookies.clear()
        opened = browser.post("/admin/sign-in", data={"link": secret(link(foro))})
        assert opened.headers["location"] == "/admin"
    return browser


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_opens_in_both_languages_and_no_browser_keeps_it(olga, path, language):
    page = olga.get(path, headers={"accept-language": language})

    assert (page.status_code, page.headers["content-language"]) == (200, language)
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
def test_whoever_is_not_signed_in_is_told_how_to_be(foro, path):
    page = foro.http.get(path, follow_redirects=True)

    assert page.url.path == "/admin/sign-in"
    assert "amparo admin link" in page.text


def test_a_link_opens_the_page_once_and_no_other_site_gets_the_cookie(foro):
    given = secret(link(foro))
    first = httpx2.post(f"{foro.url}/admin/sign-in", data={"link": given})
    second = httpx2.post(f"{foro.url}/admin/sign-in", data={"link": given})

    assert (first.status_code, second.status_code) == (303, 401)
    assert "set-cookie" not in second.headers
    cookie = first.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_a_link_of_eleven_minutes_ago_opens_nothing(foro):
    late = secret(link(foro))
    with closing(Journal(foro.data / "journal.db")) as journal, journal.transaction():
        journal.db.execute("UPDATE pass SET ends_at = ends_at - 660 WHERE kind = 'operator link'")

    assert httpx2.post(f"{foro.url}/admin/sign-in", data={"link": late}).status_code == 401


def test_a_session_ends_when_it_is_not_used_and_goes_on_while_it_is(foro, olga):
    """Seven hours later it is still hers, and lasts from then; eight later it is nobody's."""

    def later(hours):
        with closing(Journal(foro.data / "journal.db")) as journal, journal.transaction():
            journal.db.execute(
                "UPDATE pass SET ends_at = ends_at - ? WHERE kind = 'operator'", (hours * 3600,)
            )

    later(7)
    used = olga.get("/admin")
    later(7)
    again = olga.get("/admin")
    later(8)
    idle = olga.get("/admin")

    assert (used.status_code, again.status_code, idle.status_code) == (200, 200, 303)
    assert "set-cookie" in used.headers


def test_after_signing_out_the_cookie_that_somebody_kept_opens_nothing(foro, olga):
    kept = dict(olga.cookies)
    olga.post("/admin/sign-out")

    assert httpx2.get(f"{foro.url}/admin", cookies=kept).status_code == 303


def test_the_command_line_ends_every_session_and_every_link(foro, olga):
    unused = secret(link(foro))
    told = run("admin", "sign-out", "--data", foro.data).stderr

    assert "ended: " in told
    assert olga.get("/admin").status_code == 303
    assert olga.post("/admin/sign-in", data={"link": unused}).status_code == 401


def test_neither_cookie_opens_the_others_page(foro, olga):
    """A reviewer is no operator, and an operator no reviewer: nor is a link of one the other's."""
    rosa = seat(foro, f"Rosa{time.monotonic_ns()}", f"r{time.monotonic_ns()}@foro.example")
    hers, own = rosa.origin["cookie"].removeprefix("desk="), olga.cookies["operator"]

    as_operator = httpx2.get(f"{foro.url}/admin", cookies={"operator": hers})
    as_reviewer = httpx2.get(f"{foro.url}/desk", cookies={"desk": own})
    wrong_door = httpx2.post(f"{foro.url}/desk/sign-in", data={"link": secret(link(foro))})

    assert as_operator.headers["location"] == "/admin/sign-in"
    assert as_reviewer.headers["location"] == "/desk/sign-in"
    assert wrong_door.status_code == 401


def test_a_demonstration_has_no_operator(demo):
    done = run("admin", "link", "--data", demo.data, check=False)

    assert done.returncode == 1
    assert "A demonstration has no operator." in done.stderr


def test_who_is_signed_in_finds_the_page_at_the_foot_of_every_other(foro, olga):
    assert '<a href="/admin">' in olga.get("/about").text
    assert '<a href="/admin">' not in foro.http.get("/about").text


class Listener:
    """A platform's webhook: it keeps what came, and answers with whatever status it is told to."""

    def __init__(self):
        self.status, self.came = 500, []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                listener.came.append((dict(self.headers), json.loads(body)))
                self.send_response(listener.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def listener():
    listening = Listener()
    yield listening
    listening.close()


def once_shown(page):
    """The token or secret that a page shows this once."""
    return re.search(r'role="status">.*?<code>([^<]+)</code>', page.text, re.DOTALL)[1]


def test_a_webhook_fails_is_tried_out_and_works_again(foro, olga, listener):
    """An order is not taken: red at the top of the page; a test is answered 500, another 204."""
    place = ("Foro", listener.url, "--private", "--data", foro.data)
    secret_of_it = run("platform", "webhook", *place).stdout.splitlines()[-1]
    told = foro.http.post("/api/v1/statement", json=statement(), headers=foro.auth).json()
    filed = {"grounds": "It was not me.", "email": ""}
    foro.http.post(f"{own_link(foro.http, told)}/complaint", data=filed)
    wave = seat(foro, "Lena", "lena@foro.example", "--lead")
    wave.step(told["uuid"], "assign")
    wave.step(told["uuid"], "begin")
    reasons = "The log of that hour shows that somebody else posted it."
    wave.step(told["uuid"], "decide", outcome="reversed", steps="restore_content", reasons=reasons)
    deadline = time.monotonic() + 120
    while "it answered 500" not in olga.get("/admin/platforms/foro").text:
        assert time.monotonic() < deadline
        time.sleep(0.2)

    overview = olga.get("/admin").text
    bad = olga.post("/admin/platforms/foro/test")
    listener.status = 204
    good = olga.post("/admin/platforms/foro/test")
    after = olga.get("/admin").text

    assert "The webhook of Foro is failing." in overview
    assert "The test was not taken: it answered 500." in bad.text
    assert "The test was taken: it answered 204." in good.text
    assert "The webhook of Foro is failing." not in after
    headers, body = listener.came[-1]
    assert (body["type"], set(body)) == ("test", {"type", "at"})
    sent = json.dumps(body, separators=(",", ":")).encode()
    key = base64.b64decode(secret_of_it.removeprefix("whsec_"))
    name, at = headers["webhook-id"], int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == webhooks.signature(key, name, at, sent)
    tried = run("platform", "webhook", "Foro", "--test", "--data", foro.data).stdout
    assert tried == "status\t204\n"


def test_a_token_is_lost_revoked_and_made_anew_and_the_old_one_is_refused(foro, olga):
    """Asked once more each time; whoever presses twice is told that nothing is left to revoke."""
    old = olga.post("/admin/platforms", data={"name": "Plaza"})
    token = once_shown(old)

    def answer(token):
        return foro.http.get("/api/ping", headers={"authorization": f"Bearer {token}"}).status_code

    before = answer(token)
    asked = olga.post("/admin/platforms/plaza/revoke")
    still = answer(token)
    olga.post("/admin/platforms/plaza/revoke", data={"really": "yes"})
    gone = answer(token)
    twice = olga.post("/admin/platforms/plaza/revoke", data={"really": "yes"})
    fresh = once_shown(olga.post("/admin/platforms/plaza/token"))

    assert "refused, until it has a new token" in asked.text
    assert (before, still, gone, answer(token), answer(fresh)) == (200, 200, 401, 401, 200)
    assert "Plaza has no token." in twice.text
    assert fresh not in olga.get("/admin/platforms/plaza").text
    again = olga.post("/admin/platforms/plaza/token")
    assert answer(fresh) == 200, "a token that is in use is not voided without a second question"
    assert "void at once" in again.text


def test_a_platform_that_is_there_is_not_added_twice_and_what_was_typed_stays(olga):
    olga.post("/admin/platforms", data={"name": "Ágora"})
    second = olga.post("/admin/platforms", data={"name": "Ágora"})

    assert second.status_code == 422
    assert "There is a platform" in second.text
    assert 'value="Ágora"' in second.text


def test_an_address_that_nobody_knows_is_said_and_stays_in_the_form(olga):
    url = "https://nowhere.invalid/hook"
    page = olga.post("/admin/platforms/foro/webhook", data={"url": url})

    assert page.status_code == 422
    assert "The name of a host is not known." in page.text
    assert f'value="{url}"' in page.text


def test_no_form_leads_into_the_nodes_own_network(foro, olga, listener):
    def addresses():
        """Not how a delivery stands: one may fail at any moment."""
        listed = json.loads(run("platform", "list", "--json", "--data", foro.data).stdout)
        return {one["slug"]: one["webhook"] and one["webhook"]["url"] for one in listed}

    before = addresses()

    for url in (listener.url, "https://127.0.0.1/hook", "https://169.254.169.254/latest"):
        refused = olga.post("/admin/platforms/foro/webhook", data={"url": url})
        assert refused.status_code == 422

    assert addresses() == before


def test_a_seat_ends_and_a_lead_takes_the_case_that_was_open_at_it(foro, olga):
    """Asked once more; who left is out at once, and whoever ends the seat again is told so."""
    told = foro.http.post("/api/v1/statement", json=statement("seat-1"), headers=foro.auth).json()
    filed = {"grounds": "It was not me.", "email": ""}
    foro.http.post(f"{own_link(foro.http, told)}/complaint", data=filed)

    def invited(name, **more):
        form = {"name": name, "email": f"{name.lower()}@seats.example", "desk": "foro", **more}
        return Seat(foro, once_shown(olga.post("/admin/seats", data=form)))

    ines, mara = invited("Ines"), invited("Mara", lead="yes")
    ines.step(told["uuid"], "assign")
    button = r'/admin/seats/(\d+)/leave"><button[^>]*: Ines"'
    number = re.search(button, olga.get("/admin/seats").text)[1]

    asked = olga.post(f"/admin/seats/{number}/leave")
    still = foro.http.get("/desk", headers=ines.origin)
    gone = olga.post(f"/admin/seats/{number}/leave", data={"really": "yes"})
    twice = olga.post(f"/admin/seats/{number}/leave", data={"really": "yes"})

    assert "open cases are handed back" in asked.text
    assert (still.status_code, foro.http.get("/desk", headers=ines.origin).status_code) == (
        200,
        303,
    )
    assert "Ines has left. Open cases handed back: 1." in gone.text
    assert (twice.status_code, f"There is no reviewer {number}." in twice.text) == (422, True)
    assert mara.step(told["uuid"], "assign").status_code == 303
    assert "It was not me." in mara.page(f"/desk/case/{told['uuid']}")
    assert "It was not me." not in "".join(olga.get(path).text for path in PAGES)


def test_nobody_gets_a_second_seat_and_what_was_typed_stays(olga):
    form = {"name": "Nora", "email": "nora@seats.example", "desk": "foro"}
    olga.post("/admin/seats", data=form)
    second = olga.post("/admin/seats", data=form)

    assert second.status_code == 422
    assert "This person has a seat already." in second.text
    assert 'value="nora@seats.example"' in second.text


def test_the_first_page_says_all_that_the_doctor_says_and_each_page_it_names_opens(foro, olga):
    found = json.loads(run("doctor", "--json", "--data", foro.data, check=False).stdout)
    overview = html.unescape(olga.get("/admin").text)
    without_figures = re.sub(r"\d+", "", overview)

    assert len(found) > 3
    for finding in found:
        assert re.sub(r"\d+", "", finding["what"]) in without_figures
        assert not finding["page"] or f'href="{finding["page"]}"' in overview
    for place in {finding["page"] for finding in found} - {""}:
        assert olga.get(place).status_code == 200, place


def test_the_settings_are_read_only_and_a_mistake_in_the_file_is_said(foro, olga):
    path = foro.data / "amparo.toml"
    before = path.read_text()
    path.write_text(f"{before}\nmisspelt = 1\n")
    page = olga.get("/admin/settings")
    path.write_text(before)

    assert "the node would not start again" in page.text
    assert "the node would not start again" not in olga.get("/admin/settings").text
    assert str(path) in page.text
    assert olga.post("/admin/settings", data={"sender": "x@evil.example"}).status_code == 405
    assert path.read_text() == before


STEPS = [
    "/admin/platforms",
    "/admin/platforms/foro/token",
    "/admin/platforms/foro/revoke",
    "/admin/platforms/foro/webhook",
    "/admin/platforms/foro/test",
    "/admin/seats",
    "/admin/seats/1/link",
    "/admin/seats/1/leave",
    "/admin/mail/again",
    "/admin/panels/case/01a22ae3-515a-7ead-972e-bbd433722153/admit",
]


FORGED = {"really": "yes", "name": "Forged", "url": "https://forged.example/"}


@pytest.fixture(scope="module")
def seated(foro):
    """The session of a seat at a desk, as its cookie has it."""
    rosa = seat(foro, "Rosa of the desk", "rosa-of-the-desk@foro.example")
    return rosa.origin["cookie"].removeprefix("desk=")


@pytest.mark.parametrize("path", STEPS)
def test_no_other_site_no_seat_and_nobody_without_a_session_takes_a_step(foro, olga, seated, path):
    form = {"letter": "all"} if path.startswith("/admin/mail") else FORGED
    crossed = olga.post(path, data=form, headers={"origin": "https://evil.example"})
    fetched = olga.post(path, data=form, headers={"sec-fetch-site": "cross-site"})
    nobody = httpx2.post(f"{foro.url}{path}", data=form)
    reviewer = httpx2.post(f"{foro.url}{path}", data=form, cookies={"operator": seated})

    answers = (crossed, fetched, nobody, reviewer)
    assert [answer.status_code for answer in answers] == [401] * 4
    assert foro.http.get("/api/ping", headers=foro.auth).status_code == 200


@pytest.mark.parametrize(
    ("path", "form", "wrong"),
    [
        ("/admin/platforms", {"name": " "}, ["name"]),
        ("/admin/platforms/foro/webhook", {"url": "http://foro.example/hook"}, ["url"]),
        ("/admin/seats", {"name": "", "email": "rosa", "desk": "foro"}, ["name", "email"]),
        ("/admin/seats", {"name": "Rosa", "email": "rosa", "desk": ""}, ["email"]),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(olga, path, form, wrong):
    page = olga.post(path, data=form)

    assert page.status_code == 422
    assert summary(page.text) == beside(page.text) == wrong
    assert "Got ''" not in html.unescape(page.text)  # how a program says that nothing came
