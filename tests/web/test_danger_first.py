"""Danger: above everything else at the desk, told of at once, with a target that is seen to pass."""

import re
import time
from html import unescape
from itertools import count
from uuid import UUID, uuid4

import httpx2
import pytest
from tests.conftest import Served, run
from tests.postbox import mailbox, mails_to
from tests.web.conftest import violations

from amparo.ledger.case import danger
from amparo.storage.journal import Journal

STREET = "It names my street, and says that I will not see Sunday."
HOURS = 3
HOMES = count(1)
"""Everybody reports from a network of their own."""


@pytest.fixture(scope="module")
def post():
    with mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def foro(tmp_path_factory, post):
    """A node of its own: what others report would stand among these."""
    data = tmp_path_factory.mktemp("danger") / "node"
    run("platform", "add", "Foro", "--data", data)
    text = mails_to(post, data)
    (data / "amparo.toml").write_text(text.replace("danger_hours = 4", f"danger_hours = {HOURS}"))
    node = Served(data)
    token = run("platform", "token", "Foro", "--data", data).stdout.strip()
    node.auth = {"authorization": f"Bearer {token}"}
    yield node
    node.stop()


def seat(foro, name, *words):
    """A seat at the desk: the cookie of its session, and its address."""
    email = f"{uuid4().hex[:8]}@foro.example"
    told = run("reviewer", "add", name, email, "--platform", "foro", "--data", foro.data, *words)
    link = told.stdout.splitlines()[-1].partition("=")[2]
    came = foro.http.post("/desk/sign-in", data={"link": link})
    foro.http.cookies.clear()
    return {"cookie": f"desk={came.cookies['desk']}"}, email


@pytest.fixture(scope="module")
def lead(foro):
    return seat(foro, "Lena", "--lead")


def report(foro, why=STREET, **fields):
    """Report something; the page of whoever did, and the number of the case."""
    whole = {"where": f"https://foro.example/p/{uuid4().hex[:6]}", "why": why, "good_faith": "yes"}
    home = httpx2.HTTPTransport(local_address=f"127.0.2.{next(HOMES)}")
    with httpx2.Client(base_url=foro.url, timeout=60, transport=home) as http:
        sent = http.post("/report", data=whole | {"platform": "foro"} | fields)
    assert sent.status_code == 303
    own = sent.headers["location"].removesuffix("?new=1")
    return own, own.split("/")[2]


def answer(foro, case, cookie, **fields):
    given = {"result": "not_acted", "reasons": "It breaks no rule that we have."} | fields
    return foro.http.post(f"/desk/case/{case}/answer", data=given, headers=cookie)


def of_danger(page):
    """The group at the top of the queue; empty where there is none."""
    return page.partition('class="card danger-first"')[2].partition("</section>")[0]


def test_the_lead_is_mailed_at_once_and_the_mail_says_nothing_of_the_report(foro, post, lead):
    report(foro, danger="yes")

    mail = post.to(lead[1], "Somebody is in danger").get_body().get_content()

    assert "/desk" in mail
    assert STREET not in mail


def test_it_stands_above_the_queue_until_it_is_decided(foro, lead):
    cookie, _ = lead
    why = f"He waits at my door. {uuid4()}"
    own, case = report(foro, why, danger="yes")
    ordinary = f"It is spam. {uuid4()}"
    report(foro, ordinary)

    for page in ("/desk", "/desk?state=closed", "/desk?state=notices"):
        shown = of_danger(foro.http.get(page, headers=cookie).text)
        assert why in shown, page
        assert ordinary not in shown

    assert answer(foro, case, cookie).status_code == 303
    assert why not in of_danger(foro.http.get("/desk", headers=cookie).text)

    foro.http.post(f"{own}/complaint", data={"grounds": "He knows where I live."})
    shown = of_danger(foro.http.get("/desk", headers=cookie).text)
    assert why in shown
    assert "A complaint about what was answered" in shown


def test_the_queue_quotes_no_complaint_of_somebody_in_danger(foro, lead):
    grounds = {"yes": "He knows my door.", "": "He knows my name."}
    for said, text in grounds.items():
        own, case = report(foro, danger=said)
        answer(foro, case, lead[0])
        foro.http.post(f"{own}/complaint", data={"grounds": text})

    page = foro.http.get("/desk", headers=lead[0]).text

    assert [text in page for text in grounds.values()] == [False, True]


def test_what_is_ordered_at_once_is_what_both_sides_read_first(foro, lead):
    own, case = report(foro, danger="yes")
    answer(foro, case, lead[0])
    foro.http.post(f"{own}/complaint", data={"grounds": "He knows where I live."})
    cookie, _ = seat(foro, "Rosa")
    for step in ("assign", "open"):
        foro.http.post(f"/desk/case/{case}/{step}", data={}, headers=cookie)
    order = {"direction": "keep_down", "reasons": "It would be there tonight."}

    done = foro.http.post(f"/desk/case/{case}/interim", data=order, headers=cookie)

    assert done.status_code == 303
    for page in (foro.http.get(own), foro.http.get(f"/desk/case/{case}", headers=cookie)):
        first = page.text.partition("<h2")[0]
        assert "Kept down at once, until the decision." in first
        assert order["reasons"] in first
        assert "which has not said yet whether it is done." in first


def test_the_target_is_that_of_the_settings_and_is_seen_to_have_passed(foro, lead):
    _, case = report(foro, danger="yes")
    journal = Journal(foro.data / "journal.db")
    [ours] = [
        one for one in danger.waiting(journal, 1, hours=HOURS, now=0) if str(one.case) == case
    ]
    assert ours.due - ours.since == HOURS * 3600
    page = of_danger(foro.http.get("/desk", headers=lead[0]).text)
    mine = page.partition(case)[2].partition("</li>")[0]
    assert "to be decided by" in mine

    long_ago = int(time.time()) - HOURS * 3600 - 1
    journal.db.execute(
        "UPDATE danger SET since = ? WHERE case_id = ?", (long_ago, UUID(case).bytes)
    )
    journal.close()

    mine = of_danger(foro.http.get("/desk", headers=lead[0]).text).partition(case)[2]
    assert "overdue" in mine.partition("</li>")[0]


def test_its_hour_is_on_the_page_of_the_case_and_on_that_of_whoever_reported_it(foro, lead):
    own, case = report(foro, danger="yes")
    pages = [(own, {}), (f"/desk/case/{case}", lead[0])]

    def read():
        return [foro.http.get(path, headers=cookie).text for path, cookie in pages]

    assert ["to be decided by" in page for page in read()] == [True, True]

    journal = Journal(foro.data / "journal.db")
    long_ago = int(time.time()) - HOURS * 3600 - 1
    journal.db.execute(
        "UPDATE danger SET since = ? WHERE case_id = ?", (long_ago, UUID(case).bytes)
    )
    journal.close()
    assert ["overdue" in page for page in read()] == [True, True]

    answer(foro, case, lead[0])
    assert ["overdue" in page for page in read()] == [False, False]


def test_the_title_of_a_report_says_what_became_of_it(foro, lead):
    titles = []
    for fields in (None, {}, {"result": "acted", "no_statement": "no_contact"}):
        own, case = report(foro)
        if fields is not None:
            assert answer(foro, case, lead[0], **fields).status_code == 303
        titles.append(re.search(r"<h1>(.*?)</h1>", foro.http.get(own).text)[1])

    assert titles == [
        "Foro has your report",
        "Foro did not act on your report",
        "Foro acted on your report",
    ]


def test_whoever_complains_in_danger_reads_one_time_for_the_answer_and_it_is_in_hours(foro, lead):
    own, case = report(foro, danger="yes")
    answer(foro, case, lead[0])
    foro.http.post(f"{own}/complaint", data={"grounds": "He knows where I live."})

    page = foro.http.get(own).text
    reported, stands = (
        page.partition(f'id="{name}"')[2].partition("</section>")[0]
        for name in ("reported", "stands")
    )

    assert "to be decided by" not in reported  # that was answered
    assert "to be decided by" in stands
    assert "should be decided by" not in stands


def test_in_danger_a_days_silence_can_be_complained_about_and_the_page_names_the_minute(foro):
    own, _ = report(foro, danger="yes")
    page = " ".join(re.sub("<[^>]+>", "", foro.http.get(own).text).split())

    said = re.search(r"If the platform has not answered by (.*?), you can complain", page)[1]

    assert re.fullmatch(r"\d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC", said)


def test_who_reported_it_reads_the_name_of_who_did_not_act(foro, lead):
    own, case = report(foro)
    answer(foro, case, lead[0])

    stands = foro.http.get(own).text.partition('id="reported"')[2].partition("</section>")[0]

    assert "Foro did not act on the report." in stands


def test_the_platforms_program_is_told_that_it_is_danger(foro):
    _, case = report(foro, danger="yes")

    [wanted] = foro.http.get(f"/api/v1/case/{case}", headers=foro.auth).json()["wanted"]

    assert wanted["danger"] == "yes"


def test_another_desk_sees_nothing_of_it(foro):
    run("platform", "add", f"Other {uuid4().hex[:6]}", "--data", foro.data)
    why = f"Only Foro reads this. {uuid4()}"
    report(foro, why, danger="yes")
    listed = run("platform", "list", "--data", foro.data).stdout
    slug = next(word for word in listed.split() if word.startswith("other-"))
    there = ("--platform", slug, "--data", foro.data)
    added = run("reviewer", "add", "Olga", f"{uuid4().hex}@o.example", *there)
    came = foro.http.post(
        "/desk/sign-in", data={"link": added.stdout.splitlines()[-1].partition("=")[2]}
    )
    foro.http.cookies.clear()

    page = foro.http.get("/desk", headers={"cookie": f"desk={came.cookies['desk']}"}).text

    assert why not in page


def test_whoever_answers_a_report_at_the_desk_reviews_no_complaint_about_it(foro, lead):
    cookie, _ = lead
    own, case = report(foro)

    assert answer(foro, case, cookie).status_code == 303

    assert "It breaks no rule that we have." in foro.http.get(own).text
    foro.http.post(f"{own}/complaint", data={"grounds": "Read it again."})
    refused = foro.http.post(f"/desk/case/{case}/assign", data={}, headers=cookie)
    assert (refused.status_code, "another reviewer" in refused.text) == (422, True)
    other, _ = seat(foro, "Rosa")
    assert foro.http.post(f"/desk/case/{case}/assign", data={}, headers=other).status_code == 303


def test_an_answer_that_lacks_its_statement_loses_nothing_that_was_typed(foro, lead):
    _, case = report(foro)
    reasons = "It names a street, which our rules forbid."

    refused = answer(foro, case, lead[0], result="acted", reasons=reasons)

    assert refused.status_code == 422
    assert "The statement is missing." in refused.text
    assert reasons in refused.text
    again = answer(foro, case, lead[0], result="acted", reasons=reasons, no_statement="no_contact")
    assert again.status_code == 303


def test_a_report_is_answered_once(foro, lead):
    _, case = report(foro)

    assert [answer(foro, case, lead[0]).status_code for _ in range(2)] == [303, 422]


def test_after_an_answer_the_next_case_is_one_click_away(foro, lead):
    cookie, _ = lead
    _, first = report(foro)
    _, second = report(foro, danger="yes")

    done = answer(foro, first, cookie)
    page = foro.http.get(done.headers["location"], headers=cookie).text

    notice = page.partition("Answered.")[2].partition("</div>")[0]
    way = unescape(re.search(r'href="(/desk/next[^"]*)"', notice)[1])
    came = foro.http.get(way, headers=cookie)
    assert (came.status_code, first in came.headers["location"]) == (303, False)
    assert second in foro.http.get("/desk?state=notices", headers=cookie).text


@pytest.mark.parametrize(("width", "columns"), [(390, 1), (1280, 2)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_it_is_about_comes_first_on_a_phone_and_stands_beside_the_form_on_a_desk(
    foro, lead, open_page, width, columns, scheme
):
    _, case = report(foro, danger="yes")
    size = {"width": width, "height": 844}
    page = open_page(f"{foro.url}/desk/sign-in", color_scheme=scheme, viewport=size)
    session = lead[0]["cookie"].partition("=")[2]
    page.context.add_cookies([{"name": "desk", "value": session, "url": foro.url}])
    for path in (f"/desk/case/{case}", "/desk", "/desk?state=notices"):
        page.goto(foro.url + path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.goto(f"{foro.url}/desk/case/{case}")
    facts = page.locator("#facts").bounding_box()
    form = page.locator("form[action$=answer]").bounding_box()
    jump = page.locator("main a[href='#next']")

    if columns == 1:
        assert facts["y"] + facts["height"] <= form["y"]
        jump.click()
        assert page.locator("#next").bounding_box()["y"] < 100
    else:
        assert facts["x"] + facts["width"] <= form["x"]
        page.locator("form[action$=answer] button").scroll_into_view_if_needed()
        page.mouse.wheel(0, 10_000)
        assert page.locator("#facts").is_visible()
        assert not jump.is_visible()
    assert page.complaints == []
