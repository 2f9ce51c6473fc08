"""Twenty people report one post: one matter, and each of them is somebody.

Eighteen send the words that went round. Nora says something else, Dina is in danger, a trusted
flagger reports it too, and one comes late. The platform answers in one call, a reviewer in one
ruling; nobody is swept along, and nobody learns of anybody else.
"""

import json
import re
import time
from contextlib import closing
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from tests.conftest import run, statement
from tests.postbox import mailbox
from tests.stories.foro import foro_at

from amparo.ledger.case import archive
from amparo.ledger.log import platforms
from amparo.storage.journal import Journal
from amparo.web.words import report_figures

WORDS = "He calls for burning the house in Calle Luna down."
NORAS = "The photo under it is mine: I never agreed that he shows my child."
REASONS = "The post names a street and a house; a reader there would take it as a threat."
FOR_IVO = "Your post is taken down: it names a house, and reads as a call to burn it down."
SUBJECT = "was decided that concerns you"
HOMES = count(1)
STAKE = "People say that your post names a house and calls for burning it. It may be taken down."
CATEGORY = "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"
SPAM = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"


@pytest.fixture(scope="module")
def post():
    with mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def foro(tmp_path_factory, post):
    with foro_at(tmp_path_factory.mktemp("twenty"), post) as node:
        seat = ("--platform", "Foro", "--data", node.data)
        node.seats = {}
        for name, more in (("rosa", ()), ("max", ("--known-as", "mod-17")), ("kim", ())):
            added = run("reviewer", "add", name.title(), f"{name}@foro.example", *more, *seat)
            link = added.stdout.splitlines()[-1].partition("=")[2]
            came = node.http.post("/desk/sign-in", data={"link": link})
            node.seats[name] = {"cookie": f"desk={came.cookies['desk']}"}
            node.http.cookies.clear()
        added = run("platform", "flagger", "Foro", "Hotline A", "--data", node.data)
        node.token = next(word for word in added.stdout.split() if len(word) > 30)
        yield node


@pytest.fixture
def matter(foro, post):
    return Matter(foro, post)


class Matter:
    """One post, and those who report it."""

    def __init__(self, foro, post):
        self.foro, self.post = foro, post
        self.where = f"https://foro.example/post/{uuid4().hex[:8]}"
        self.pages = {}

    def report(self, name, why=WORDS, where=None, category=SPAM, **more):
        """Somebody reports the post, by a form; the number of their case."""
        form = {"platform": "foro", "where": where or self.where, "why": why, "good_faith": "yes"}
        form |= {"category": category, "email": self.address(name)} | more
        with self.home() as http:
            sent = http.post("/report", data=form)
        assert sent.status_code == 303, sent.text
        page = sent.headers["location"].removesuffix("?new=1")
        self.pages[page.split("/")[2]] = page
        return page.split("/")[2]

    def home(self):
        """Each of them comes from a network of their own."""
        place = httpx2.HTTPTransport(local_address=f"127.0.1.{next(HOMES)}")
        return httpx2.Client(base_url=self.foro.url, transport=place, timeout=60)

    def address(self, name):
        return f"{name}-{self.where[-8:]}@example.org"

    def api(self, path, body=None, status=200):
        path = f"/api/v1/{path}"
        sent = (
            self.foro.http.get(path, headers=self.foro.auth)
            if body is None
            else self.foro.http.post(path, json=body, headers=self.foro.auth)
        )
        assert sent.status_code == status, sent.text
        return sent.json()

    def orders(self):
        return {order["case"]: order for order in self.api("orders")["orders"]}

    def refuse(self, lead, also=()):
        no = {"result": "not_acted", "reasons": "We see no rule that fits.", "also": list(also)}
        return self.api(f"notice/{lead}/answer", no | {"decided_by": ["mod-17"]})

    def complain(self, case, grounds="It is still there."):
        page = self.pages[case]
        with self.home() as http:
            sent = http.post(f"{page}/complaint", data={"grounds": grounds})
        assert sent.status_code == 303, sent.text

    def get(self, who, path):
        return self.foro.http.get(path, headers=self.foro.seats[who]).text

    def desk(self, who, case, step, status=303, **form):
        headers = self.foro.seats[who]
        sent = self.foro.http.post(f"/desk/case/{case}/{step}", data=form, headers=headers)
        assert sent.status_code == status, sent.text
        return sent.headers.get("location", sent.text)

    def rows(self, who, state="filed"):
        """The queue: number of a case -> its row."""
        page = self.get(who, f"/desk?state={state}")
        rows = re.findall(r"<tr[^>]*><td.*?</tr>", page, re.DOTALL)
        return {re.search(r"/desk/case/([\w-]+)", row)[1]: row for row in rows}

    def offered(self, who, case):
        """Others as the page of a case lists them: number -> (value, ticked)."""
        page = self.get(who, f"/desk/case/{case}")
        found = re.findall(r'name="also" value="([\w-]+):(\d+)"( checked)?', page)
        return {number: (f"{number}:{n}", bool(ticked)) for number, n, ticked in found}

    def case_file(self, case, seconds=60):
        """All that somebody takes along, as one text; waits until it is in the log."""
        deadline = time.monotonic() + seconds
        with self.home() as http:
            while (taken := http.get(f"{self.pages[case]}/case-file")).status_code == 503:
                assert time.monotonic() < deadline, taken.text
                time.sleep(0.2)
        assert taken.status_code == 200, taken.text
        return b"".join(archive.unpack(taken.content).values()).decode()

    def mailed(self, name, subject):
        return self.post.to(self.address(name), subject).get_body().get_content()


def states(matter, cases):
    return {case: matter.api(f"case/{case}")["complaint"] for case in cases}


def test_one_answer_is_for_twenty_people_and_for_nobody_who_said_something_else(matter):
    crowd = [matter.report(f"p{n}", where=f"{matter.where}?utm_source=chat{n}") for n in range(17)]
    flagger = matter.report("hotline", flagger=matter.foro.token)
    nora = matter.report(
        "nora", why=NORAS, category="STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS"
    )
    dina = matter.report("dina", danger="yes")
    elsewhere = matter.report("ed", where="https://foro.example/post/another")

    orders = matter.orders()
    first = next(case for case, order in orders.items() if "same_address" in order)
    assert first == flagger, "the trusted flagger's comes first, and the others with it"
    assert set(orders[flagger]["same_address"]) == set(crowd)
    assert {orders[case]["same_address_as"] for case in crowd} == {flagger}
    for alone in (nora, dina, elsewhere):
        assert not {"same_address", "same_address_as"} & set(orders[alone])
    assert orders[nora]["wanted"][0]["why"] == NORAS

    issued = matter.api("statement", statement(f"post-{uuid4().hex[:8]}"), 201)
    answer = {"result": "acted", "reasons": "It is gone.", "statement": issued["uuid"]}
    told = matter.api(
        f"notice/{flagger}/answer", answer | {"also": [*crowd, nora, dina, elsewhere]}
    )
    became = {one["case"]: one["state"] for one in told["also"]}
    assert became == dict.fromkeys(crowd, "done") | dict.fromkeys((nora, dina, elsewhere), "left")
    assert "danger" in next(one["why"] for one in told["also"] if one["case"] == dina)
    assert matter.api(f"case/{flagger}")["linked"].count(issued["uuid"]) == 1

    waiting = matter.orders()
    assert {nora, dina, elsewhere} <= set(waiting)
    assert not {*crowd, flagger} & set(waiting)
    for n, case in enumerate(crowd):
        letter = matter.mailed(f"p{n}", "Foro has answered your report")
        shown = letter + matter.foro.http.get(matter.pages[case]).text
        assert not [other for other in (*crowd, flagger) if other != case and other in shown]
        assert "Together" not in shown


def test_twenty_notices_are_counted_and_one_action(matter):
    before = figures(matter)
    first, *crowd = [matter.report(f"p{n}") for n in range(20)]
    issued = matter.api("statement", statement(f"post-{uuid4().hex[:8]}"), 201)
    answer = {"result": "acted", "reasons": "It is gone.", "statement": issued["uuid"]}
    matter.api(f"notice/{first}/answer", answer | {"also": crowd})

    after = figures(matter)
    assert (after[0] - before[0], after[1] - before[1]) == (20, 1)


def figures(matter):
    """Notices of this node that were acted on, and measures, as its report counts them."""
    year = datetime.now(UTC).year
    with closing(Journal(Path(matter.foro.data) / "journal.db", read_only=True)) as journal:
        foro = platforms.every(journal)[0]
        heard = report_figures.heard(journal, foro, str(year))
        counted = report_figures.counted(journal, foro, date(year, 1, 1), date(year, 12, 31))
    return sum(one.acted for one in heard.notices), counted.measures().total()


def test_one_ruling_answers_all_who_said_the_same_and_each_in_their_own_case(matter):
    crowd = [matter.report(f"p{n}") for n in range(3)]
    crowd.append(matter.report("hotline", flagger=matter.foro.token))
    nora, late = matter.report("nora", why=NORAS), matter.report("late")
    matter.refuse(crowd[0], [*crowd[1:], nora, late])
    for case in crowd:
        matter.complain(case)
    matter.complain(nora, NORAS)

    [(lead, row)] = [pair for pair in matter.rows("rosa").items() if pair[0] in (*crowd, nora)]
    assert "5 people" in row
    assert "flagger" in row, "whoever is first, a trusted flagger is seen"
    assert "along=4" in matter.desk("rosa", lead, "assign")
    assert set(states(matter, (*crowd, nora)).values()) == {"assigned"}
    assert not set(matter.rows("kim")) & {*crowd, nora}
    matter.complain(late)
    assert "Rosa" in matter.rows("kim")[late], "whoever comes late is shown with whose matter it is"
    matter.desk("rosa", lead, "open")

    offered = matter.offered("rosa", lead)
    assert NORAS in matter.get("rosa", f"/desk/case/{lead}")
    assert offered[nora][1] is False
    assert all(offered[case][1] for case in (*crowd, late) if case != lead)

    matter.desk("rosa", lead, "hear", question=STAKE)
    ivo = matter.address("ivo")
    matter.api(f"case/{lead}/other-side", {"email": ivo, "language": "en"})
    too_soon = {"outcome": "newly_restricted", "steps": "restrict", "reasons": REASONS}
    too_soon |= {"for_the_other": FOR_IVO}
    matter.desk("rosa", lead, "decide", 422, **too_soon)
    assert set(states(matter, (*crowd, nora)).values()) == {"reviewing"}, "no half of it is done"
    page = re.search(r"http://\S+(/recourse/\S+)", matter.mailed("ivo", "Foro asks what you say"))[
        1
    ]
    assert (
        matter.foro.http.post(f"{page}/heard", data={"grounds": "It is a song."}).status_code == 303
    )

    ticked = [value for value, is_ticked in matter.offered("rosa", lead).values() if is_ticked]
    careless = next(case for case in crowd if case != lead)
    matter.foro.http.post(f"{matter.pages[careless]}/add", data={"grounds": "And it names me."})
    done = matter.desk("rosa", lead, "decide", also=ticked, **too_soon)
    assert "along=3&left=1" in done
    assert "Another who reported the address was not taken along" in matter.get("rosa", done)

    decided = [case for case in (*crowd, late) if case != careless]
    assert set(states(matter, decided).values()) == {"remedy_open"}
    assert states(matter, [careless, nora]) == {careless: "reviewing", nora: "reviewing"}
    for case in decided:
        shown = matter.foro.http.get(matter.pages[case]).text
        assert REASONS in shown
        assert not [other for other in (*crowd, nora, late) if other != case and other in shown]
        assert NORAS not in shown
        texts = matter.case_file(case)
        assert "another report" not in texts
        assert REASONS in texts
        assert not [other for other in (*crowd, nora, late) if other != case and other in texts]
    matter.mailed("ivo", SUBJECT)
    told = [mail for to, mail in matter.post.mails if to == ivo and SUBJECT in mail["subject"]]
    assert len(told) == 1, "once, and not for each of them"

    issued = matter.api("statement", statement(f"post-{uuid4().hex[:8]}"), 201)
    others = [case for case in decided if case != lead]
    report = {"result": "implemented", "statement": issued["uuid"], "also": others}
    told = matter.api(f"case/{lead}/remedy", report)
    assert [one["state"] for one in told["also"]] == ["done"] * 3
    assert {matter.api(f"case/{case}")["remedy"] for case in decided} == {"claimed"}


def test_who_decided_cannot_take_the_matter(matter):
    mine, other = matter.report("a"), matter.report("b")
    matter.refuse(mine, [other])
    for case in (mine, other):
        matter.complain(case)

    refused = matter.desk("max", mine, "assign", 422)
    assert "another reviewer" in refused
    assert states(matter, (mine, other)) == {mine: "filed", other: "filed"}
    assert json.dumps(matter.api(f"case/{mine}")).count(other) == 0
