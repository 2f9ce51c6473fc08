"""A form that is sent twice is taken once: a double click, the way back, a second window, a crash."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from types import SimpleNamespace
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx2
import pytest
from bench import routes
from starlette.datastructures import FormData
from tests.conftest import Served, own_link, run, statement
from tests.stories.seats import Seat, seat

from amparo.case import complaint, suspensions
from amparo.case.state import Actor
from amparo.ledger.case import casework, evidence, idempotency
from amparo.storage.journal import Journal
from amparo.storage.node import open_node
from amparo.web.http.forms import Attached
from amparo.web.public import person

KNOWN_AGAIN = {
    "/report",
    "/find",
    "/recourse/{uuid}/{capability}/open",
    "/recourse/{uuid}/{capability}/claim",
    "/recourse/{uuid}/{capability}/complaint",
    "/recourse/{uuid}/{capability}/add",
    "/recourse/{uuid}/{capability}/heard",
    "/recourse/{uuid}/{capability}/withdraw",
    "/recourse/{uuid}/{capability}/panel",
    "/recourse/{uuid}/{capability}/reply",
    "/recourse/{uuid}/{capability}/complete",
    "/recourse/{uuid}/{capability}/challenge",
    "/recourse/{uuid}/{capability}/again",
    "/recourse/{uuid}/{capability}/confirm",
    "/recourse/{uuid}/{capability}/dispute",
    "/recourse/{uuid}/{capability}/disown",
    "/recourse/{uuid}/{capability}/danger",
    "/recourse/{uuid}/{capability}/correction",
    "/recourse/{uuid}/{capability}/revoke",
    "/recourse/{uuid}/{capability}/lead",
    "/recourse/{uuid}/{capability}/alone",
    "/recourse/{uuid}/{capability}/representation",
    "/desk/case/{uuid}/{step}",
    "/desk/groups",
    "/desk/leads",
    "/desk/misuse",
    "/desk/misuse/{uuid}/suspend",
    "/desk/misuse/{uuid}/end",
    "/desk/connect/{name}/draft/{digest}",
    "/desk/connect/{name}/{step}",
    "/mandates",
    "/mandates/{uuid}/complaint",
    "/mandates/{uuid}/leads",
    "/mandates/case/{uuid}/add",
    "/panel/case/{uuid}/vote",
    "/panel/case/{uuid}/question",
    "/panel/case/{uuid}/ruling",
}
"""Forms that make something new, or a link that only the answer has: each has a token."""
ONLY_ONCE = {
    "/recourse/{uuid}/{capability}/where": "writes a place over itself",
    "/desk/case/{uuid}/names": "hands the same file over, and says each time that it did",
    "/desk/groups/{number:int}/undo": "a ruling is taken back once",
    "/desk/leads/{uuid}/answers": "whoever was answered does not wait any more",
    "/desk/leads/{uuid}/end": "lead cases end once",
    "/desk/texts": "the same text is the one that there is",
    "/desk/texts/{number:int}/{step}": "writes a text over itself, or deletes it",
    "/mandates/{uuid}/end": "a mandate ends once",
    "/mandates/{uuid}/leads/{group}/end": "lead cases end once",
    "/panel/case/{uuid}/worksheet": "writes over what was kept; it is sealed once",
    "/panel/challenge/{uuid}": "each member judges once",
    "/panel/draw/{draw}/reveal": "each member reveals once",
    "/registrar/case/{uuid}/{step}": "a step of a registrar leads on to the next",
    "/admin/panels/case/{uuid}/{step}": "a step of a registrar leads on to the next",
    "/admin/platforms": "a name is taken once",
    "/admin/seats": "an address has one seat",
    "/admin/seats/{number:int}/{step}": "a link in the place of the one before; an end",
    "/admin/platforms/{slug}/{step}": "a token in the place of the one before; an end",
    "/admin/mail/again": "a letter that is tried soon is left alone",
    "/desk/report": "writes answers over themselves",
    "/desk/report/publish": "a version is published once",
    "/desk/forwarding": "a statement waits for an answer once",
    "/desk/connect/{name}/drafts/{key}": "a rule about drafts that wait",
    "/coalition/hand-in": "the same document is the same",
}
"""Forms that come to the same when they are sent twice, and why."""
WITHOUT_A_CASE = re.compile(
    r"/api/|/desk/(sign-|passkey)|/admin/sign-|/demo/|/transparency|/verify"
)
"""Calls of programs, which have keys of their own; ways in and out; pages that keep nothing."""
STREET = "It names my street, and says when I leave the house."


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    node = Served(tmp_path_factory.mktemp("twice") / "node")
    node.auth = node.add_platform("Foro")
    node.lena = seat(node, "Lena", "lena@foro.example", "--lead")
    yield node
    node.stop()


class Reader:
    """A browser of somebody's own."""

    def __init__(self, foro):
        self.foro, self.cookies = foro, None

    def ask(self, method, path, **sent):
        with httpx2.Client(base_url=self.foro.url, cookies=self.cookies, timeout=60) as client:
            answer = client.request(method, path, **sent)
            self.cookies = client.cookies
        return answer

    def post(self, path, files=None, **form):
        return self.ask("POST", path, data=form, files=files)

    def page(self, path):
        return self.ask("GET", path).text

    def token(self, path, action=""):
        """The token of a form on a page: the one that is sent to an address that ends so."""
        form = rf'<form method="post" action="[^"]*{re.escape(action)}"[^>]*>'
        found = re.search(
            rf'{form}<input type="hidden" name="form" value="([^"]+)">', self.page(path)
        )
        assert found, (path, action)
        return found[1]

    def report(self, token, why=STREET, **fields):
        given = {"platform": "foro", "where": "https://foro.example/p/1", "good_faith": "yes"}
        sent = self.post("/report", **{**given, "why": why, "form": token, **fields})
        assert sent.status_code == 303, sent.text
        return sent.headers["location"]


def case_of(location):
    return location.split("/")[2]


def events(foro, case):
    with closing(Journal(foro.data / "journal.db", read_only=True)) as journal:
        return [event.kind for event in casework.read(journal, UUID(str(case))).events]


def decided_about(foro):
    told = foro.http.post("/api/v1/statement", json=statement(f"t-{uuid4()}"), headers=foro.auth)
    return told.json()


def test_every_form_is_known_again_or_comes_to_the_same():
    sent = {route.removeprefix("POST ") for route in routes.routes() if route.startswith("POST ")}
    sent = {path for path in sent if not WITHOUT_A_CASE.search(path)}

    assert sent == KNOWN_AGAIN | ONLY_ONCE.keys()


def test_a_double_click_makes_one_report_and_both_answers_lead_to_it(foro):
    reader, why = Reader(foro), f"{STREET} {uuid4()}"
    token = reader.token("/report")

    with ThreadPoolExecutor(4) as clicks:
        places = [*clicks.map(lambda _: Reader(foro).report(token, why), range(4))]

    assert len({place.partition("?")[0] for place in places}) == 1
    assert sum("again=1" in place for place in places) == 3
    assert events(foro, case_of(places[0])) == ["notice.received"]


def test_who_goes_back_and_sends_once_more_is_shown_the_report_that_there_is(foro):
    reader, why = Reader(foro), f"{STREET} {uuid4()}"
    token = reader.token("/report")
    first = reader.report(token, why)

    again = reader.report(token, why)

    assert case_of(again) == case_of(first)
    assert "It had been received already." in reader.page(again)
    assert "It had been received already." not in reader.page(first)


def test_the_same_words_from_another_window_of_a_browser_are_asked_about(foro):
    """It may be the same reader, or whoever sits at the machine after them: nobody is led to it."""
    reader, why = Reader(foro), f"{STREET} {uuid4()}"
    windows = reader.token("/report"), reader.token("/report")
    first = reader.report(windows[0], why)
    given = {"platform": "foro", "where": "https://foro.example/p/1", "good_faith": "yes"}
    again = given | {"why": why, "form": windows[1]}

    asked = reader.post("/report", **again)

    assert asked.status_code == 422
    assert "The same report was sent from this browser" in asked.text
    assert why in asked.text
    assert first.split("/")[3].partition("?")[0] not in asked.text
    token = re.search(r'name="form" value="([^"]+)"', asked.text)[1]
    other = reader.report(token, why, another="yes")
    assert case_of(other) != case_of(first)
    assert case_of(reader.report(token, why, another="yes")) == case_of(other)


def test_a_form_of_long_ago_leads_to_what_it_made(foro):
    """A phone that opens its windows anew sends their forms again, days later."""
    reader, why = Reader(foro), f"{STREET} {uuid4()}"
    report, told = reader.token("/report"), decided_about(foro)
    handed_over = urlsplit(told["recourse_url"]).path
    own_link(foro.http, told)  # somebody else was first
    claim = reader.token(handed_over, "/claim")
    first = reader.report(report, why), reader.post(f"{handed_over}/claim", form=claim)
    with closing(Journal(foro.data / "journal.db")) as journal, journal.transaction():
        journal.db.execute("UPDATE taken_form SET at = at - ?", (2 * idempotency.SECONDS,))

    reader = Reader(foro)
    again = reader.report(report, why), reader.post(f"{handed_over}/claim", form=claim)

    assert case_of(again[0]) == case_of(first[0])
    assert again[1].headers["location"] == first[1].headers["location"]
    assert reader.ask("GET", again[1].headers["location"]).status_code == 200


def test_other_words_are_another_report_also_from_the_same_page(foro):
    reader = Reader(foro)
    token = reader.token("/report")

    first = reader.report(token, f"{STREET} {uuid4()}")
    second = reader.report(token, f"{STREET} {uuid4()}")
    third = reader.report(token, f"{STREET} {uuid4()}", danger="yes")

    assert len({case_of(place) for place in (first, second, third)}) == 3


def test_nobody_gets_to_the_report_of_somebody_else_by_the_same_words(foro):
    why = f"{STREET} {uuid4()}"
    one, other = Reader(foro), Reader(foro)

    first = one.report(one.token("/report"), why, email="ana@example.org")
    second = other.report(other.token("/report"), why, email="ana@example.org")

    assert case_of(second) != case_of(first)


def test_who_has_voided_the_link_of_a_report_may_report_the_same_again(foro):
    reader, why = Reader(foro), f"{STREET} {uuid4()}"
    token = reader.token("/report")
    first = reader.report(token, why)
    own = first.partition("?")[0]
    reader.post(f"{own}/revoke", form=reader.token(own, "/revoke"))

    assert case_of(reader.report(token, why, another="yes")) != case_of(first)


def test_it_is_known_again_after_the_power_went(tmp_path):
    node = Served(tmp_path / "node")
    node.add_platform("Foro")
    reader = Reader(node)
    token = reader.token("/report")
    first = reader.report(token)
    node.kill()
    node.start()

    again = Reader(node).report(token)

    assert case_of(again) == case_of(first)
    node.stop()


def test_both_answers_to_the_first_step_lead_to_the_link_that_it_made(foro):
    told = decided_about(foro)
    handed_over = urlsplit(told["recourse_url"]).path
    reader = Reader(foro)
    form = {"grounds": "It was a quotation.", "form": reader.token(handed_over, "/complaint")}

    places = [
        reader.post(
            f"{handed_over}/complaint", files={"files": ("a.txt", b"It says so.")}, **form
        ).headers["location"]
        for _ in range(2)
    ]

    assert len({place.partition("?")[0] for place in places}) == 1
    assert "Your complaint was received." in reader.page(places[1])
    happened = events(foro, told["uuid"])
    assert [happened.count(kind) for kind in ("link.exchanged", "complaint.filed")] == [1, 1]
    assert reader.page(places[0].partition("?")[0]).count("a.txt") == 1


@pytest.mark.parametrize("first_step", [True, False], ids=["first step", "later step"])
def test_the_other_half_of_a_double_click_may_be_taken_by_another_process(foro, first_step):
    """Two front ends: the other one takes it while this one has only tried the step."""
    told = decided_about(foro)
    handed_over = urlsplit(told["recourse_url"]).path
    link = handed_over if first_step else own_link(foro.http, told)
    if not first_step:
        foro.http.post(f"{link}/complaint", data={"grounds": "It was a quotation."})
    node = open_node(foro.data)
    serving = SimpleNamespace(node=node, secret=node.secret())
    own, now = uuid4().bytes, casework.now()

    def make(party, _, attachments, *, meanwhile):
        if not attachments:  # it is tried
            meanwhile()
        words = {"grounds": "Here is more.", "attachments": attachments, "now": now}
        if first_step:
            return lambda case: complaint.file(case, role=party, **words)
        return lambda case: complaint.add(case, by=Actor(party), **words)

    def half(meanwhile):
        with closing(Journal(foro.data / "journal.db")) as journal:
            file = casework.read(journal, UUID(told["uuid"]))
            capability, files = link.rpartition("/")[2], [Attached("a.txt", b"It says so.")]
            digest = told["uuid"].encode()
            came = person._Came(file, capability, FormData(), files, "", "en", digest, own)
            step = partial(make, meanwhile=meanwhile)
            return person._keep_and_act(journal, serving, came, step)

    others = []
    here = half(lambda: others.append(half(lambda: None)))

    [there] = others
    assert (here.again, there.again) == (True, False)
    assert here.is_exchanged == there.is_exchanged == first_step
    happened = events(foro, told["uuid"])
    assert happened.count("complaint.filed" if first_step else "complaint.added") == 1
    with closing(Journal(foro.data / "journal.db", read_only=True)) as journal:
        assert len(evidence.of_case(journal, UUID(told["uuid"]))) == 1


@pytest.mark.parametrize("step", ["open", "claim"])
def test_both_answers_of_a_first_way_in_lead_to_one_page(foro, step):
    told = decided_about(foro)
    handed_over = urlsplit(told["recourse_url"]).path
    reader = Reader(foro)
    if step == "claim":
        own_link(foro.http, told)  # somebody else was first
    token = reader.token(handed_over, f"/{step}")

    places = {
        reader.post(f"{handed_over}/{step}", form=token).headers["location"] for _ in range(2)
    }

    [place] = places
    assert reader.ask("GET", place).status_code == 200


def test_both_answers_to_a_voided_link_lead_to_the_new_one(foro):
    own = own_link(foro.http, decided_about(foro))
    reader = Reader(foro)
    token = reader.token(own, "/revoke")

    answers = [reader.post(f"{own}/revoke", form=token) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    [place] = {answer.headers["location"].partition("?")[0] for answer in answers}
    assert reader.ask("GET", place).status_code == 200
    assert reader.ask("GET", own).status_code == 404


def test_what_is_added_or_asked_twice_stands_in_the_case_once(foro):
    told = decided_about(foro)
    own = own_link(foro.http, told)
    reader, case = Reader(foro), told["uuid"]
    foro.http.post(f"{own}/complaint", data={"grounds": "It was a quotation."})
    added = {"grounds": "Here is where I quoted it from.", "form": reader.token(own, "/add")}
    for _ in range(2):
        assert reader.post(f"{own}/add", **added).status_code == 303
    rosa = seat(foro, f"Rosa {uuid4().hex[:6]}", f"{uuid4().hex[:8]}@foro.example")
    rosa.step(case, "assign")
    rosa.step(case, "open")
    page = rosa.page(f"/desk/case/{case}")
    token = re.search(r'/ask[^"]*"[^>]*><input type="hidden" name="form" value="([^"]+)"', page)[1]
    asked = {"of": "person", "question": "Whom did you quote?", "form": token}
    for _ in range(2):
        assert rosa.step(case, "ask", **asked).status_code == 303

    happened = events(foro, case)
    assert happened.count("complaint.added") == 1
    assert happened.count("complaint.asked") == 1


def test_what_was_withdrawn_is_filed_again_by_the_same_page(foro):
    """Whoever goes back to it after second thoughts must not believe that it was sent."""
    told = decided_about(foro)
    own = own_link(foro.http, told)
    reader = Reader(foro)
    form = {"grounds": "It was a quotation.", "form": reader.token(own, "/complaint")}
    reader.post(f"{own}/complaint", **form)
    withdrawn = {"form": reader.token(own, "/withdraw")}
    for _ in range(2):
        assert reader.post(f"{own}/withdraw", **withdrawn).status_code == 303

    reader.post(f"{own}/complaint", **form)

    happened = events(foro, told["uuid"])
    assert [happened.count(f"complaint.{what}") for what in ("filed", "withdrawn")] == [2, 1]


def test_a_warning_that_is_sent_twice_is_one(foro):
    mail = f"{uuid4().hex[:8]}@example.org"
    reader = Reader(foro)
    case = case_of(reader.report(reader.token("/report"), f"{STREET} {uuid4()}", email=mail))
    page = foro.lena.page(f"/desk/misuse?case={case}")
    form = r'/desk/misuse" class="card" novalidate><input type="hidden" name="form" value="([^"]+)"'
    given = {"case": case, "what": "notices", "form": re.search(form, page)[1]}
    given |= dict.fromkeys([*suspensions.FACTORS, "clause"], "As it is written in clause 9.1.")

    answers = [foro.lena.post("/desk/misuse", **given) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]


def test_a_mandate_that_is_shown_twice_is_one(foro):
    words = ("case", "representative", "add", f"House {uuid4().hex[:6]}", "Ana")
    body = Seat(foro, run(*words, f"{uuid4().hex[:8]}@house.example", "--data", foro.data).stdout)
    token = re.search(r'name="form" value="([^"]+)"', body.page("/mandates"))[1]
    given = {"platform": "foro", "of": "person", "until": "2027-01-01", "form": token}

    places = {
        body.post("/mandates", text="We speak for whoever asks us.", **given).headers["location"]
        for _ in range(2)
    }

    assert len(places) == 1
