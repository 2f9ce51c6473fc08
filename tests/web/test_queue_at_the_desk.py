"""The queue: told apart at a glance, found, sorted, and gone through by two at once."""

import re
from html import unescape
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from tests.conftest import Served, own_link, statement
from tests.stories.seats import seat
from tests.web.conftest import violations

from amparo.ledger.case import desk_search
from amparo.storage.journal import Journal

REASONS = "The clause names threats; the post quotes one in order to report it."
ART = "Rule 7: nudity in art"
SPAM = "Rule 2: spam"


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    """A node of its own, so that a list is what these tests made it."""
    node = Served(tmp_path_factory.mktemp("queue") / "node")
    node.auth = node.add_platform("Foro")
    node.rosa = seat(node, "Rosa", "rosa@foro.example")
    node.emil = seat(node, "Emil", "emil@foro.example")
    yield node
    node.stop()


def complained(foro, grounds="It is art.", **fields):
    """A decision that somebody complained about: its number."""
    said = statement(f"queue-{uuid4().hex}", **fields)
    told = foro.http.post("/api/v1/statement", json=said, headers=foro.auth).json()
    foro.http.post(f"{own_link(foro.http, told)}/complaint", data={"grounds": grounds})
    return told["uuid"]


def shown(person, **query):
    """The numbers that a page of the queue lists, in its order."""
    page = person.page(f"/desk?{urlencode(query)}")
    return re.findall(r'href="/desk/case/([0-9a-f-]{36})', page)


def decide(person, case, **query):
    """Open and decide a case, taking it where it is not one's own, from a list."""
    along = urlencode({"list": urlencode(query)})
    if case not in shown(person, state="assigned", mine="1"):
        person.step(case, "assign")
    person.step(case, "open")
    form = {"outcome": "upheld", "reasons": REASONS}
    done = person.post(f"/desk/case/{case}/decide?{along}", **form)
    assert done.status_code == 303
    return person.page(done.headers["location"])


def go_on(person, page):
    """Where the button for the next case leads."""
    way = unescape(re.search(r'href="(/desk/next[^"]*)"', page)[1])
    came = person.foro.http.get(way, headers=person.origin)
    assert came.status_code == 303
    return came.headers["location"]


def test_a_row_says_how_the_complaint_begins_and_which_clause_is_named(foro):
    long = "They closed my account. " * 40
    complained(foro, long, incompatible_content_ground=ART)
    complained(foro, "ouvrez gpj\u202eexe <script>alert(1)</script>")

    page = foro.rosa.page("/desk")

    assert ART in page
    assert "They closed my account." in page
    assert long.strip() not in page
    assert "gpj[U+202E]exe" in page
    assert "&lt;script&gt;" in page


def test_a_list_is_sorted_and_its_address_keeps_what_was_asked(foro):
    spam, art = (
        complained(foro, incompatible_content_ground=SPAM),
        complained(foro, incompatible_content_ground=ART),
    )

    by_clause = shown(foro.rosa, sort="clause")
    by_filing = shown(foro.rosa, sort="filed")

    assert by_clause.index(spam) < by_clause.index(art)
    assert by_filing.index(spam) < by_filing.index(art)
    page = foro.rosa.page("/desk?sort=clause&find=rule&mine=1")
    tab = re.search(r'href="([^"]*state=reviewing[^"]*)"', page)[1]
    assert {"sort=clause", "find=rule", "mine=1"} <= set(re.split("[?;&]", unescape(tab)))


def test_a_case_is_found_by_number_clause_and_words_of_the_statement(foro):
    name = uuid4().hex[:8]
    case = complained(foro, f"secret{name}", incompatible_content_ground=f"Règle {name}")
    other = complained(foro)

    for find in (f"RÈGLE {name}", case[-12:], f"{name} règle"):
        assert shown(foro.rosa, find=find) == [case], find
    assert shown(foro.rosa, find=f"secret{name}") == []  # what people wrote is not searched
    straight = foro.http.get(f"/desk?find={case}", headers=foro.rosa.origin)
    assert straight.headers["location"] == f"/desk/case/{case}"
    assert other in shown(foro.rosa)


@pytest.mark.parametrize(
    "find",
    [
        "%",
        "_",
        "' OR 1=1 --",
        '"><script>alert(1)</script>',
        "\u202e",
        "\x00",
        "a" * 60_000,
        "\ud800",
    ],
)
def test_whatever_is_typed_to_find_is_only_words(foro, find):
    page = foro.http.get(
        "/desk?" + urlencode({"find": find}, errors="surrogatepass"), headers=foro.rosa.origin
    )

    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "Nothing in this list fits these words." in page.text


@pytest.mark.parametrize(
    "query",
    [
        "sort=nonsense",
        "page=-1",
        "page=999999999999",
        "list=%00",
        "after=x.y.z",
        f"after={10**20}.1.{UUID(int=1)}",
        f"after=1.{10**20}.{UUID(int=1)}",
        "page=٣",
    ],
)
def test_an_address_that_was_changed_by_hand_shows_the_queue(foro, query):
    assert foro.http.get(f"/desk?{query}", headers=foro.rosa.origin).status_code == 200


def test_after_a_decision_the_next_is_of_the_same_list(foro):
    name = uuid4().hex[:8]
    complained(foro)  # more urgent, and of another list
    first, second = (complained(foro, incompatible_content_ground=f"Rule {name}") for _ in range(2))

    page = decide(foro.rosa, first, find=name)

    assert "The first decision stands" in page.partition("Decided.")[2].partition("</div>")[0]
    way = go_on(foro.rosa, page)
    assert second in way
    assert f"find%3D{name}" in way


def test_the_next_is_chosen_when_it_is_asked_for_and_not_when_the_page_was_made(foro):
    """Rosa reads the page of her decision while Emil takes what would have been her next."""
    name = uuid4().hex[:8]
    cases = [complained(foro, incompatible_content_ground=f"Rule {name}") for _ in range(3)]
    mine, *others = shown(foro.rosa, find=name)
    assert {mine, *others} == set(cases)

    page = decide(foro.rosa, mine, find=name)
    assert others[0] in go_on(foro.rosa, page)
    foro.emil.step(others[0], "assign")

    assert others[1] in go_on(foro.rosa, page)
    assert others[1] in go_on(foro.emil, decide(foro.emil, others[0], find=name))


def test_whoever_opens_a_case_that_was_just_taken_takes_it_from_nobody(foro):
    case = complained(foro)
    foro.emil.step(case, "assign")

    late = foro.rosa.step(case, "assign")

    assert late.status_code == 422
    assert case not in shown(foro.rosa, state="assigned", mine="1")
    assert case in shown(foro.emil, state="assigned", mine="1")


@pytest.mark.parametrize("seat", ["²", "٣", str(10**20), "9" * 150, "-1", "Emil"])
def test_a_seat_that_is_no_number_gets_no_case_and_nobody_takes_it_instead(foro, seat):
    case = complained(foro)

    assert foro.rosa.step(case, "assign", reviewer=seat).status_code in (404, 422)
    assert case in shown(foro.rosa)


def test_when_a_list_is_done_the_next_is_whatever_waits_for_this_person(foro):
    name = uuid4().hex[:8]
    only = complained(foro, incompatible_content_ground=f"Rule {name}")
    complained(foro)

    way = go_on(foro.rosa, decide(foro.rosa, only, find=name))

    assert way.startswith("/desk/case/")
    assert only not in way


def test_where_nothing_waits_at_all_the_next_leads_back_to_the_list(foro):
    foro.add_platform("Vacía")
    eva = seat(foro, "Eva", "eva@vacia.example", platform="Vacía")
    along = urlencode({"list": "find=art", "after": str(uuid4())})

    came = foro.http.get(f"/desk/next?{along}", headers=eva.origin)

    assert (came.status_code, came.headers["location"]) == (303, "/desk?find=art")


def test_a_list_beyond_the_bound_says_so(foro, monkeypatch):
    for _ in range(4):
        complained(foro)
    monkeypatch.setattr(desk_search, "MOST_LOOKED_THROUGH", 3)
    journal = Journal(foro.data / "journal.db", read_only=True)
    desk = int(journal.db.execute("SELECT id FROM platform WHERE slug = 'foro'").get)

    looked = desk_search.look_through(
        journal, desk, desk_search.Filter(), words="", sort="filed", page=1
    )
    journal.close()

    assert (len(looked.found), looked.more, looked.partly) == (3, False, True)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_queue_with_all_of_it_is_accessible_and_no_wider_than_its_screen(
    foro, open_page, width
):
    case = complained(foro, "منشوري كان تقريرا عن الفيضانات", incompatible_content_ground=ART)
    cookie = {"cookie": foro.rosa.origin["cookie"]}
    page = open_page(
        f"{foro.url}/desk?sort=clause",
        extra_http_headers=cookie,
        bypass_csp=True,
        viewport={"width": width, "height": 844},
    )

    for path in ("/desk?sort=clause", f"/desk/case/{case}?ended=1&list=sort%3Dclause"):
        page.goto(foro.url + path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert page.complaints == []


def test_the_words_of_the_complaint_are_the_way_to_it(foro):
    case = complained(foro, "They took my grandmother's recipe down.")

    page = foro.rosa.page("/desk")

    link = re.search(rf'<a href="/desk/case/{case}[^>]*>(.*?)</a>', page)[1]
    assert "grandmother&#39;s recipe" in link
    assert case[-12:] not in link


def test_one_click_takes_a_case_and_opens_its_file(foro):
    case = complained(foro)

    assert f'action="/desk/case/{case}/take"' in foro.rosa.page(f"/desk/case/{case}")
    for _ in range(2):  # somebody clicks twice
        assert foro.rosa.step(case, "take").status_code == 303

    page = foro.rosa.page(f"/desk/case/{case}")
    assert 'name="outcome"' in page
    assert page.count("The reviewer opened the file.") == 1
    assert foro.emil.step(case, "take").status_code == 422


def test_a_case_says_what_was_decided_by_which_clause_and_where_it_stands(foro):
    case = complained(foro, incompatible_content_ground=ART)

    filed = foro.rosa.page(f"/desk/case/{case}")
    foro.rosa.step(case, "take")
    held = foro.emil.page(f"/desk/case/{case}")
    foro.rosa.step(case, "decide", outcome="upheld", reasons=REASONS)
    closed = foro.emil.page(f"/desk/case/{case}")

    assert re.search(r"<h1>A complaint about: [^<]+</h1>", filed)
    assert f'<span class="clause" dir="auto">{ART}</span>' in filed
    assert "A reviewer is looking at the complaint." in held
    assert "Rosa has it, and takes the next step. A lead can give it to somebody else." in held
    assert "<strong>The first decision stands.</strong>" in closed
    assert "Nothing has to be done here." in closed


def test_what_the_platform_has_not_supplied_is_asked_for_at_a_click(foro):
    case = complained(foro)
    foro.rosa.step(case, "take")

    page = foro.rosa.page(f"/desk/case/{case}")

    assert '<a href="#ask">Ask the platform for it</a>' in page
    assert re.search(r'id="ask">.*<option value="platform" selected>', page)


def test_the_menu_marks_where_somebody_is(foro):
    for path in ("/desk", "/desk/texts", "/desk/leads"):
        current = re.findall(r'<a href="([^"]+)"[^>]* aria-current="page"', foro.rosa.page(path))
        assert path in current


@pytest.mark.parametrize("language", ["en", "ar"])
def test_on_a_phone_nothing_of_the_queue_lies_beside_the_screen(foro, open_page, language):
    complained(foro, "They took my grandmother's recipe down. " * 6)
    page = open_page(foro.url, viewport={"width": 390, "height": 844})
    cookie = {"name": "desk", "value": foro.rosa.origin["cookie"].split("=")[1], "url": foro.url}
    page.context.add_cookies([cookie])

    page.goto(f"{foro.url}/desk?lang={language}")

    assert violations(page) == []
    inside = "e => { const b = e.getBoundingClientRect(); return b.left >= 0 && b.right <= 390 }"
    for cell in page.locator(".in-cards td").all():
        if cell.is_visible():
            assert cell.evaluate(inside), cell.inner_text()
    assert page.locator(".in-cards td.what a").first.bounding_box()["width"] > 200


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("interim", {"direction": "keep_down", "reasons": ""}),
        ("ask", {"of": "platform", "question": ""}),
        ("return", {"conflict": "yes", "reason": ""}),
        ("decide", {"outcome": "reversed", "reasons": "Too short."}),
    ],
)
def test_what_was_typed_comes_back_in_the_form_that_was_sent_and_in_no_other(foro, step, fields):
    case = complained(foro)
    foro.rosa.step(case, "take")

    refused = foro.rosa.step(case, step, **fields)

    assert refused.status_code == 422
    assert "Nothing of what you typed is lost." in refused.text
    own = re.search(rf'action="/desk/case/{case}/{step}[^"]*"(.*?)</form>', refused.text, re.DOTALL)
    others = refused.text.replace(own[1], "")
    for value in filter(None, fields.values()):
        if value in {"keep_down", "platform", "yes", "reversed"}:
            assert re.search(rf'value="{value}"[^>]* (checked|selected)', own[1])
        else:
            assert f">{value}</textarea>" in own[1]
            assert f">{value}</textarea>" not in others
    if step != "decide":
        head = refused.text[: refused.text.index(f'action="/desk/case/{case}/{step}')]
        assert "<details open>" in head[head.rindex("<details") :]


@pytest.mark.parametrize(
    ("decision", "first"),
    [
        ({}, ["restore_account"]),
        (
            {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_LABELLED"]},
            ["lift_label", "restore_account"],
        ),
        (
            {
                "decision_visibility": [
                    "DECISION_VISIBILITY_CONTENT_DISABLED",
                    "DECISION_VISIBILITY_CONTENT_REMOVED",
                ]
            },
            ["restore_content", "restore_account"],
        ),
    ],
)
def test_the_steps_that_undo_the_decision_stand_first_and_the_others_are_folded(
    foro, decision, first
):
    case = complained(foro, **decision)
    foro.rosa.step(case, "take")

    page = foro.rosa.page(f"/desk/case/{case}")

    boxes = re.search(r"What the platform has to do.*?</fieldset>", page, re.DOTALL)[0]
    shown = boxes.partition("<details>")[0]
    assert re.findall(r'name="steps" value="(\w+)"', shown) == [*first, "other"]
    assert len(re.findall(r'name="steps"', boxes)) == 9
    foro.rosa.step(case, "decide", part="6", go="6", steps="shorten_restriction")
    assert "<details open><summary>Other steps" in foro.rosa.page(f"/desk/case/{case}")


def test_a_choice_that_is_missing_is_named_in_words(foro):
    case = complained(foro)
    foro.rosa.step(case, "take")

    refused = foro.rosa.step(case, "decide", outcome="reversed", reasons=REASONS)

    notice = re.search(r'id="problem".*?</div>', refused.text, re.DOTALL)[0]
    assert "Choose what undoes the decision" in notice
    assert "restore_" not in notice
