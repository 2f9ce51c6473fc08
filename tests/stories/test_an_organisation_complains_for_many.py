"""An organisation complains for many under one mandate (DSA Article 86), and each stays somebody.

Foro closes accounts in one week. Rights House shows its mandate; people agree, each on their own
page; it files one complaint for those who belong together, in words that are the same for all. Each
has a case, a clock, an answer and letters of their own, and may leave at any time. Others try to
use the same door for something else.
"""

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from tests.conftest import own_link, proven_link, run, statement
from tests.postbox import mailbox
from tests.stories.foro import foro_at
from tests.stories.seats import Seat, seat
from tests.web.test_all_mistakes_at_once import beside, summary

from amparo.ledger.case import casework
from amparo.storage.journal import Journal

TEXT = "We are a non-profit in Spain and complain for people whose accounts were closed unheard."
GROUNDS = "The clause names spam; these accounts sent one newsletter a month to members."
REASONS = (
    "The accounts sent one newsletter a month; the clause is about bulk that nobody asked for."
)
UNTIL = str((datetime.now(UTC) + timedelta(days=200)).date())
CAME = count(1)


@pytest.fixture(scope="module")
def post():
    with mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def foro(tmp_path_factory, post):
    with foro_at(tmp_path_factory.mktemp("organisation"), post) as node:
        node.other = node.add_platform("Plaza")
        node.lena = seat(node, "Lena", "lena@foro.example", "--lead")
        node.rosa = seat(node, "Rosa", "rosa@foro.example")
        node.house = organisation(node, "Rights House", "Ana", "ana@house.example")
        yield node


def organisation(foro, body, name, email):
    words = ("case", "representative", "add", body, name, email, "--data", foro.data)
    return Seat(foro, run(*words).stdout.splitlines()[-1])


@pytest.fixture
def mandate(foro):
    return shown(foro, foro.house)


def shown(foro, who, **more):
    form = {"platform": "foro", "of": ["person", "notifier"], "text": TEXT, "until": UNTIL} | more
    done = who.post("/mandates", **form)
    assert done.status_code == 303, done.text
    return done.headers["location"].rpartition("/")[2]


class Person:
    """Somebody whose account was closed, with a link of their own."""

    def __init__(self, foro, agrees_to="", **said):
        self.foro, self.mail = foro, f"p{next(CAME)}@example.org"
        told = foro.http.post(
            "/api/v1/statement?wait=receipt",
            json=statement(f"puid-{uuid4()}", **said),
            headers=foro.auth,
        ).json()
        self.case, self.handed_over = told["uuid"], told
        self.own = own_link(foro.http, told)
        foro.http.post(f"/api/v1/statement/{self.case}/notice", json={}, headers=foro.auth)
        if agrees_to:
            assert self.agree(agrees_to).status_code == 303

    def post(self, path, **form):
        return self.foro.http.post(f"{self.own}/{path}", data=form)

    def agree(self, mandate):
        return self.post("representation", mandate=mandate)

    def end(self):
        return self.post("representation", end="yes")

    def page(self):
        return self.foro.http.get(self.own).text

    def state(self):
        at = f"/api/v1/case/{self.case}"
        return self.foro.http.get(at, headers=self.foro.auth).json()["complaint"]


def file_for(who, mandate, *people, grounds=GROUNDS, files=None):
    form = {"cases": [person.case for person in people], "grounds": grounds}
    return who.post(f"/mandates/{mandate}/complaint", **form)


def decide(foro, case, outcome="reversed"):
    foro.rosa.step(case, "assign")
    foro.rosa.step(case, "open")
    steps = ["restore_account"] if outcome != "upheld" else []
    return foro.rosa.step(case, "decide", outcome=outcome, reasons=REASONS, steps=steps)


def seen(foro, case):
    """A case as the platform's program reads it."""
    return foro.http.get(f"/api/v1/case/{case}", headers=foro.auth).json()


def read(foro, case):
    with closing(Journal(foro.data / "journal.db", read_only=True)) as journal:
        return casework.read(journal, UUID(case))


def test_three_agree_one_complaint_is_filed_and_each_has_an_answer_of_their_own(foro, mandate):
    people = [Person(foro, mandate) for _ in range(3)]

    listed = foro.house.page(f"/mandates/{mandate}")
    assert "represented_by" not in seen(foro, people[0].case)  # who only asked for help
    done = file_for(foro.house, mandate, *people)
    assert seen(foro, people[0].case)["represented_by"] == "Rights House"
    assert seen(foro, mandate)["kind"] == "mandate"

    assert all(person.case in listed for person in people)
    assert "People for whom it was: 3" in done.text
    assert [person.state() for person in people] == ["filed"] * 3
    first = read(foro, people[0].case)
    days = (first.case.pending_since, casework.ends(first.case, "C06"))
    assert (days[1] - days[0]).days == 7, "it has priority"
    assert decide(foro, people[0].case).status_code == 303
    assert decide(foro, people[1].case, "upheld").status_code == 303
    assert [person.state() for person in people] == ["remedy_open", "closed", "filed"]
    own = people[0].page()
    assert GROUNDS in own
    assert REASONS in own
    now = foro.house.page(f"/mandates/{mandate}")
    assert "The first decision was reversed." in now
    assert "The first decision stands." in now


def test_the_reviewer_sees_for_whom_it_is_and_the_lead_finds_them_together(foro, mandate):
    people = [Person(foro, mandate) for _ in range(2)]
    file_for(foro.house, mandate, *people)

    page = foro.lena.page(f"/desk/case/{people[0].case}")

    assert "Rights House speaks for this side" in page
    assert TEXT in page
    assert "The same complaint was filed for 2 people" in page
    together = re.search(r'href="(/desk/groups\?numbers_list=[^"]+)"', page)[1]
    assert all(person.case in foro.lena.page(together) for person in people)
    assert "represented" in foro.lena.page("/desk")


def test_it_answers_for_them_and_cannot_end_anything_of_theirs(foro, mandate):
    person = Person(foro, mandate)
    file_for(foro.house, mandate, person)
    foro.rosa.step(person.case, "assign")
    foro.rosa.step(person.case, "open")
    foro.rosa.step(person.case, "ask", of="person", question="How many got it?")

    at = f"/mandates/case/{person.case}"
    assert "How many got it?" in foro.house.page(at)
    answered = foro.house.post(f"{at}/add", grounds="Forty, each of whom had asked for it.")

    assert answered.status_code == 303, answered.text
    assert person.state() == "reviewing"
    assert "Forty, each of whom" in person.page()
    for step in ("withdraw", "confirm", "panel", "disown"):
        assert foro.house.post(f"{at}/{step}").status_code in (404, 405)
    assert person.post("withdraw").status_code == 303
    assert person.state() == "closed"


def test_nobody_is_represented_who_did_not_say_so(foro, mandate):
    agreed, never = Person(foro, mandate), Person(foro)

    assert foro.house.post(f"/mandates/case/{never.case}/add", grounds="Me.").status_code == 404
    assert never.case not in foro.house.page(f"/mandates/{mandate}")
    refused = file_for(foro.house, mandate, never)
    assert (refused.status_code, "They have not agreed" in refused.text) == (422, True)
    assert GROUNDS in refused.text
    both = file_for(foro.house, mandate, agreed, never)
    assert "People for whom it was: 1" in both.text
    assert never.case[-12:] in both.text
    assert (agreed.state(), never.state()) == ("filed", "")


def test_it_files_once(foro, mandate):
    person, late = Person(foro, mandate), Person(foro)
    file_for(foro.house, mandate, person)

    twice = file_for(foro.house, mandate, person)

    assert (twice.status_code, "It was filed on" in twice.text) == (422, True)
    late.agree(mandate)  # a late joiner is in the next complaint, with a clock of their own
    assert "People for whom it was: 1" in file_for(foro.house, mandate, late, person).text


def test_a_report_is_complained_about_once_it_was_answered_or_its_time_is_over(foro, mandate):
    form = {"platform": "foro", "why": "A threat.", "where": "https://foro.example/p/1"}
    came = foro.http.post("/report", data=form | {"good_faith": "yes"})
    own = urlsplit(came.headers["location"]).path
    case = own.split("/")[2]
    foro.http.post(f"{own}/representation", data={"mandate": mandate})
    form = {"cases": [case], "grounds": GROUNDS}

    early = foro.house.post(f"/mandates/{mandate}/complaint", **form)
    refused = {"result": "not_acted", "reasons": "No rule forbids it.", "decided_by": ["mod-9"]}
    foro.http.post(f"/api/v1/notice/{case}/answer", json=refused, headers=foro.auth)
    later = foro.house.post(f"/mandates/{mandate}/complaint", **form)

    assert (early.status_code, "waits for its answer" in early.text) == (422, True)
    assert "People for whom it was: 1" in later.text
    assert read(foro, case).case.complainant == "notifier"


def test_whoever_complained_alone_is_left_alone(foro, mandate):
    person = Person(foro, mandate)
    person.post("complaint", grounds="I am no spammer.")

    assert file_for(foro.house, mandate, person).status_code == 422
    entry = read(foro, person.case)
    assert not entry.case.prioritised
    assert entry.case.represented_by == "Rights House"


def test_whoever_ends_it_goes_on_alone_and_is_read_no_more(foro, mandate):
    person, other = Person(foro, mandate), Person(foro, mandate)
    file_for(foro.house, mandate, person, other)
    before = casework.ends(read(foro, person.case).case, "C06")

    assert person.end().status_code == 303

    at = f"/mandates/case/{person.case}"
    assert foro.house.post(f"{at}/add", grounds="Still us.").status_code == 404
    assert "There is no such case" in foro.house.page(at)
    assert person.case not in foro.house.page(f"/mandates/{mandate}")
    assert "Let an organisation complain for you" in person.page()
    after = read(foro, person.case)
    assert (after.case.complaint, after.case.represented_by) == ("filed", "")
    assert casework.ends(after.case, "C06") == before, "nobody's time is stretched by leaving"
    assert decide(foro, person.case).status_code == 303
    assert other.state() == "filed"
    assert person.end().status_code == 422


def test_a_mandate_that_was_ended_speaks_for_nobody(foro, mandate):
    person, waiting = Person(foro, mandate), Person(foro, mandate)
    file_for(foro.house, mandate, person)

    foro.house.post(f"/mandates/{mandate}/end", reasons="Our office closes at the end of May.")

    assert read(foro, waiting.case).case.represented_by == ""
    assert person.state() == "filed"
    assert "An organisation does not speak" not in person.page()
    assert "The mandate was ended." in person.page()
    assert file_for(foro.house, mandate, waiting).status_code == 422
    assert Person(foro).agree(mandate).status_code == 422
    assert waiting.post("complaint", grounds="Then I do it.").status_code == 303


def test_an_organisation_that_pretends_comes_nowhere(foro, mandate):
    person = Person(foro, mandate)
    false = organisation(foro, "Rights Hause", "Eve", "eve@hause.example")

    assert "There is no such mandate" in false.page(f"/mandates/{mandate}")
    assert file_for(false, mandate, person).status_code == 404
    assert false.post(f"/mandates/{mandate}/end", reasons=REASONS).status_code == 404
    assert "There is no such case" in false.page(f"/mandates/case/{person.case}")
    assert foro.http.post(f"/mandates/{mandate}/complaint").status_code == 401
    assert foro.rosa.post(f"/mandates/{mandate}/complaint").status_code == 401
    assert foro.house.step(person.case, "assign").status_code == 401
    assert false.post("/mandates", platform="foro", of="person", text=TEXT, until=UNTIL)
    run("case", "representative", "remove", "rights hause", "--why", REASONS, "--data", foro.data)
    assert false.post("/mandates", platform="foro", of="person", text=TEXT).status_code == 401
    listed = run("case", "representative", "list", "--data", foro.data).stdout
    assert ("Rights House" in listed, "Rights Hause" in listed) == (True, False)


def test_who_is_or_was_at_the_desk_speaks_for_nobody_there(foro):
    """By another address, and under a name that the desk knows; and the desk's own reviewer."""
    inside = organisation(foro, "Fair Play", "Lena", "lena@fair.example")
    refused = inside.post("/mandates", platform="foro", of="person", text=TEXT, until=UNTIL)

    assert refused.status_code == 422
    assert "a seat at the desk of the platform" in refused.text
    assert shown(foro, inside, platform="plaza")


def test_whoever_decided_speaks_for_nobody_about_it(foro):
    """The platform names whom it asked: the organisation itself had called for the closing."""
    judge = organisation(foro, "Clean Web", "Uma", "uma@clean.example")
    mandate = shown(foro, judge)
    person = Person(foro)
    name_decider(foro, person, "clean web")

    refused = person.agree(mandate)

    assert (refused.status_code, "took the decision" in refused.text) == (422, True)
    assert file_for(judge, mandate, person).status_code == 422
    assert person.state() == ""


def test_the_platform_silences_no_organisation_by_naming_it_later(foro, mandate):
    """It says that its opponent decided, once that complains and a question waits for it."""
    person = Person(foro, mandate)
    file_for(foro.house, mandate, person)
    foro.rosa.step(person.case, "assign")
    foro.rosa.step(person.case, "open")
    foro.rosa.step(person.case, "ask", of="person", question="How many got it?")

    name_decider(foro, person, "Rights House")

    answered = foro.house.post(f"/mandates/case/{person.case}/add", grounds="Forty of them.")
    assert answered.status_code == 303
    assert person.state() == "reviewing"


def name_decider(foro, person, name):
    at = f"/api/v1/statement/{person.case}/notice"
    assert foro.http.post(at, json={"decided_by": [name]}, headers=foro.auth).status_code == 200


def test_the_link_that_the_platform_was_given_chooses_nobody(foro, mandate):
    told = foro.http.post(
        "/api/v1/statement?wait=receipt", json=statement(f"puid-{uuid4()}"), headers=foro.auth
    ).json()
    link = urlsplit(told["recourse_url"]).path

    assert foro.http.post(f"{link}/representation", data={"mandate": mandate}).status_code == 404
    assert read(foro, told["uuid"]).case.represented_by == ""


def test_whoever_shows_that_the_case_is_theirs_is_spoken_for_by_nobody(foro, mandate):
    """The platform opened the case first, and let an organisation of its choice complain."""
    person = Person(foro, mandate)
    file_for(foro.house, mandate, person)
    claim = proven_link(foro, person.handed_over)

    page = foro.http.get(claim).text

    case = read(foro, person.case).case
    assert (case.represented_by, case.mandate) == ("", "")
    assert "It was agreed before somebody showed that the case is theirs." in page
    assert foro.house.post(f"/mandates/case/{person.case}/add", grounds="x").status_code == 404
    assert foro.http.post(f"{claim}/disown").status_code == 303
    assert person.state() == "closed"


def test_an_erasure_takes_the_case_and_leaves_the_others_their_file(foro, mandate):
    """One file for three: it lies until the last of them is erased."""
    people = [Person(foro, mandate) for _ in range(3)]
    sent = foro.http.post(
        f"/mandates/{mandate}/complaint",
        data={"cases": [person.case for person in people], "grounds": GROUNDS},
        files={"files": ("newsletter.txt", b"Dear members")},
        headers=foro.house.origin,
    )
    assert "People for whom it was: 3" in sent.text
    exhibit = re.search(r"/file/(\d+)", people[1].page())[1]
    for person in people[:2]:
        decide(foro, person.case, "upheld")

    run("erase", people[0].case, "--reason", "request", "--yes", "--data", foro.data)

    assert people[0].case not in foro.house.page(f"/mandates/{mandate}")
    assert "There is no such case" in foro.house.page(f"/mandates/case/{people[0].case}")
    assert foro.http.get(f"{people[1].own}/file/{exhibit}").content == b"Dear members"
    kept = list((foro.data / "evidence").rglob("*"))
    assert any(one.is_file() and one.read_bytes() == b"Dear members" for one in kept)
    run("erase", people[1].case, "--reason", "request", "--yes", "--data", foro.data)
    run("erase", people[2].case, "--reason", "order", "--yes", "--data", foro.data)
    left = list((foro.data / "evidence").rglob("*"))
    assert not any(one.is_file() and one.read_bytes() == b"Dear members" for one in left)


def test_a_complaint_that_is_refused_leaves_no_file_that_nobody_can_find(foro, mandate):
    never = Person(foro)
    sent = foro.http.post(
        f"/mandates/{mandate}/complaint",
        data={"cases": [never.case], "grounds": GROUNDS},
        files={"files": ("members.txt", b"Names of members")},
        headers=foro.house.origin,
    )

    assert sent.status_code == 422
    kept = list((foro.data / "evidence").rglob("*"))
    assert not any(one.is_file() and one.read_bytes() == b"Names of members" for one in kept)


def test_whoever_shows_a_mandate_is_told_all_that_lacks_beside_each_field(foro):
    yesterday = str((datetime.now(UTC) - timedelta(days=1)).date())
    lacks = foro.house.post("/mandates", platform="nowhere", text="Us.", until=yesterday)

    assert lacks.status_code == 422
    assert summary(lacks.text) == ["platform", "of", "text", "until"]
    assert set(beside(lacks.text)) == {"platform", "of", "text", "until"}
    assert "Us.</textarea>" in lacks.text


def test_whoever_chose_nobody_or_wrote_nothing_is_told_so_there(foro, mandate):
    Person(foro, agrees_to=mandate)

    nobody = foro.house.post(f"/mandates/{mandate}/complaint", grounds=GROUNDS)
    end = foro.house.post(f"/mandates/{mandate}/end", reasons="No.")

    assert summary(nobody.text) == beside(nobody.text) == ["cases"]
    assert summary(end.text) == beside(end.text) == ["reasons"]


def test_who_mends_a_complaint_for_the_second_page_is_still_on_it(foro, mandate):
    first, second = sorted((Person(foro, mandate) for _ in range(2)), key=lambda one: one.case)
    at = f"/mandates/{mandate}/complaint?after={first.case}"

    refused = foro.house.post(at, cases=[second.case], grounds="")

    assert refused.status_code == 422
    assert f'action="{at}"' in refused.text
    [box] = re.findall(r'<input type="checkbox"[^>]*>', refused.text)
    assert (second.case in box, "checked" in box) == (True, True)


def test_everybody_is_told(foro, post, mandate):
    person = Person(foro, mandate)
    person.post("add", grounds="x", email=person.mail)  # refused: there is no complaint yet
    file_for(foro.house, mandate, person)
    person.post("add", grounds="The list of members is with the registry.", email=person.mail)
    assert decide(foro, person.case).status_code == 303

    post.to(person.mail, "Your complaint to Foro was decided")
    news = post.to("ana@house.example", "for whom Rights House speaks")
    assert "/mandates" in news.get_content()
    assert person.case not in news.get_content()
    person.end()
    post.to(person.mail, "does not speak for you any more")
