"""Saved texts: kept at the desk for a clause or for any, and put into the reasons of a draft."""

import re
from contextlib import closing
from html import unescape
from urllib.parse import urlencode

import pytest
from tests.conftest import Served, own_link, run, statement
from tests.stories.seats import seat
from tests.web.conftest import violations

from amparo.case import text_limits
from amparo.ledger.case import people, saved_texts
from amparo.storage.journal import Journal

CLAUSE = "Community rules, section 5: adult material"
BODY = "The rule names photographs. Yours is a drawing."


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    node = Served(tmp_path_factory.mktemp("texts") / "node")
    node.auth = node.add_platform("Foro")
    node.rosa = seat(node, "Rosa Texts", "rosa@texts.example")
    node.lead = seat(node, "Lea Texts", "lea@texts.example", "--lead")
    node.add_platform("Plaza")
    node.elsewhere = seat(node, "Otto Texts", "otto@texts.example", "--lead", platform="Plaza")
    yield node
    node.stop()


def keep(person, title, *, clause="", body=BODY, **fields):
    return person.post("/desk/texts", title=title, clause=clause, body=body, **fields)


def number_of(person, title):
    page = person.page("/desk/texts")
    return re.search(rf'id="text-(\d+)"><strong>{re.escape(title)}</strong>', page)[1]


def titles(person):
    return re.findall(r'id="text-\d+"><strong>([^<]*)</strong>', person.page("/desk/texts"))


def opened(foro, puid, clause=CLAUSE):
    """A complaint that Rosa has opened: its number and its own page."""
    body = statement(puid, incompatible_content_ground=clause)
    told = foro.http.post("/api/v1/statement", json=body, headers=foro.auth).json()
    own = own_link(foro.http, told)
    foro.http.post(f"{own}/complaint", data={"grounds": "It is a drawing."})
    for step in ("assign", "open"):
        foro.rosa.step(told["uuid"], step)
    return told["uuid"], own


def offered(person, case):
    """The titles that the form of a case offers, in its order."""
    return re.findall(r'aria-label="Insert “([^”]*)”"', person.page(f"/desk/case/{case}"))


def reasons(person, case):
    page = person.page(f"/desk/case/{case}")
    return unescape(re.search(r'<textarea name="reasons" rows="6"[^>]*>([^<]*)<', page)[1])


def insert(person, case, title, typed="", **fields):
    """Press the button of a text, with what is typed, as a form without a script sends it."""
    page = person.page(f"/desk/case/{case}")
    shown = re.search(r'name="shown" value="([^"]*)"', page)[1]
    form = {"part": "6", "shown": shown, "reasons": typed, **fields}
    return person.step(case, "decide", insert=number_of(person, title), **form)


def test_a_text_is_put_after_what_is_typed_and_stays_hers_to_change(foro):
    keep(foro.rosa, "Drawings", clause="section 5")
    case, own = opened(foro, "texts-inserted")

    done = insert(foro.rosa, case, "Drawings", "I looked at it.", outcome="reversed")

    assert (done.status_code, done.headers["location"]) == (
        303,
        f"/desk/case/{case}?part=6#decide",
    )
    page = foro.rosa.page(f"/desk/case/{case}")
    assert reasons(foro.rosa, case) == f"I looked at it.\n\n{BODY}"
    assert 'value="reversed" required checked' in page
    assert BODY not in foro.http.get(own).text
    again = insert(foro.rosa, case, "Drawings", reasons(foro.rosa, case))
    assert again.status_code == 303
    assert reasons(foro.rosa, case).count(BODY) == 1
    changed = reasons(foro.rosa, case).replace("drawing", "painting")
    shown = re.search(r'name="shown" value="([^"]*)"', foro.rosa.page(f"/desk/case/{case}"))[1]
    sent = {"part": "6", "shown": shown, "outcome": "reversed", "steps": "restore_content"}
    assert foro.rosa.step(case, "decide", reasons=changed, **sent).status_code == 303
    told = unescape(foro.http.get(own).text)
    assert "Yours is a painting." in told
    assert "Yours is a drawing." not in told


@pytest.mark.parametrize(
    ("of_text", "fits"),
    [
        ("section 5", True),
        ("SECTION 5", True),
        ("Community rules, section 5: adult material", True),
        ("", True),
        ("section 52", False),
        ("ection 5", False),
        ("section 5.1", False),
    ],
)
def test_a_case_offers_what_fits_its_clause_word_by_word(of_text, fits):
    text = saved_texts.Saved(1, 1, False, "t", of_text, "b", 0)

    assert bool(saved_texts.fitting([text], [CLAUSE])) is fits


def test_those_of_the_clause_come_before_those_for_any(foro):
    keep(foro.rosa, "Any order", body="For any.")
    keep(foro.rosa, "Zebra order", clause="rule 77", body="For the rule.")
    case, _ = opened(foro, "texts-order", "Rule 77: zebras")
    other, _ = opened(foro, "texts-order-other", "Rule 777: horses")

    assert offered(foro.rosa, case).index("Zebra order") < offered(foro.rosa, case).index(
        "Any order"
    )
    assert "Zebra order" not in offered(foro.rosa, other)


def test_ones_own_is_nobody_elses_and_a_lead_shares_with_the_desk_alone(foro):
    keep(foro.rosa, "Rosa alone")
    keep(foro.lead, "For all of us", shared="yes")

    assert "Rosa alone" not in titles(foro.lead)
    assert "For all of us" in titles(foro.rosa)
    assert not {"Rosa alone", "For all of us"} & set(titles(foro.elsewhere))
    number = number_of(foro.rosa, "Rosa alone")
    for stranger in (foro.lead, foro.elsewhere):
        for step in ("change", "delete"):
            form = {"title": "Taken", "body": "Taken.", "seen": ""}
            assert stranger.post(f"/desk/texts/{number}/{step}", **form).status_code == 422
    assert "Rosa alone" in titles(foro.rosa)


def test_what_is_shared_is_changed_by_leads(foro):
    keep(foro.lead, "Shared rule", shared="yes")
    number = number_of(foro.rosa, "Shared rule")

    assert f"/desk/texts/{number}/change" not in foro.rosa.page("/desk/texts")
    assert 'name="shared"' not in foro.rosa.page("/desk/texts")
    refused = foro.rosa.post(f"/desk/texts/{number}/delete")
    smuggled = keep(foro.rosa, "Smuggled", shared="yes")

    assert "Only a lead shares texts" in refused.text
    assert "Only a lead shares texts" in smuggled.text
    assert "Shared rule" in titles(foro.rosa)
    assert foro.lead.post(f"/desk/texts/{number}/delete").status_code == 303
    assert "Shared rule" not in titles(foro.rosa)


def test_a_change_takes_nothing_away_that_was_not_seen(foro):
    keep(foro.lead, "Seen once", shared="yes")
    number = number_of(foro.lead, "Seen once")
    at = f"/desk/texts/{number}/change"
    seen = re.search(
        rf'{at}".*?name="seen" value="(\w+)"', foro.lead.page("/desk/texts"), re.DOTALL
    )[1]
    form = {"title": "Seen once", "shared": "yes", "seen": seen}

    first = foro.lead.post(at, **form, body="The first change.")
    second = foro.lead.post(at, **form, body="The second change.")

    assert first.status_code == 303
    assert second.status_code == 422
    assert "Somebody changed this text after the page was opened." in second.text
    assert "The first change." in second.text
    assert ">The second change.</textarea>" in second.text
    fresh = re.search(rf'{at}".*?name="seen" value="(\w+)"', second.text, re.DOTALL)[1]
    assert foro.lead.post(at, **form | {"seen": fresh}, body="The second change.").is_redirect


def test_the_same_sent_twice_is_kept_once(foro):
    for _ in range(2):
        assert keep(foro.rosa, "Sent twice").status_code == 303

    assert titles(foro.rosa).count("Sent twice") == 1


@pytest.mark.parametrize("field", ["title", "clause", "body"])
def test_each_field_has_an_end_and_nothing_typed_is_lost(foro, field):
    given = {"title": "Long", "clause": "", "body": BODY} | {field: "ñ" * 4_001}

    sent = foro.rosa.post("/desk/texts", **given)

    assert sent.status_code == 422
    assert "The text is too long." in sent.text
    assert given[field] in sent.text


def test_a_desk_keeps_no_more_than_there_is_room_for(foro, monkeypatch):
    one = seat(foro, "Full Shelf", "full@texts.example")
    for number in range(saved_texts.MOST_OWN):
        assert keep(one, f"Text {number}").status_code == 303

    refused = keep(one, "One more")

    assert refused.status_code == 422
    assert "There are as many saved texts as there can be." in refused.text
    assert 'value="One more"' in refused.text


def test_reasons_never_become_longer_than_they_may_be(foro):
    keep(foro.rosa, "Too much")
    case, _ = opened(foro, "texts-too-long")
    typed = "ñ" * (text_limits.MOST["reasons"] - 10)

    refused = insert(foro.rosa, case, "Too much", typed)

    assert refused.status_code == 422
    assert typed in refused.text


def test_a_text_begins_with_the_reasons_and_the_clause_of_a_case(foro):
    case, _ = opened(foro, "texts-begun")
    foro.rosa.step(case, "decide", part="6", go="keep", reasons="What I typed in the case.")

    page = foro.rosa.page(f"/desk/texts?{urlencode({'case': case})}")

    assert ">What I typed in the case.</textarea>" in page
    assert f'value="{CLAUSE}"' in page
    assert f'href="/desk/case/{case}#decide"' in page
    assert ">What I typed in the case.</textarea>" not in foro.lead.page(
        f"/desk/texts?{urlencode({'case': case})}"
    )
    assert f"/desk/case/{case}" not in foro.elsewhere.page(
        f"/desk/texts?{urlencode({'case': case})}"
    )


def test_whoever_leaves_takes_their_own_along_and_leaves_what_they_shared(foro):
    going = seat(foro, "Going Texts", "going@texts.example", "--lead")
    keep(going, "Goes with her")
    keep(going, "Stays at the desk", shared="yes")

    with closing(Journal(foro.data / "journal.db", read_only=True)) as journal:
        number = people.by_email(journal, "going@texts.example").id
        run("reviewer", "leave", number, "--data", foro.data)
        rows = journal.db.execute("SELECT title FROM saved_text").fetchall()

    assert ("Goes with her",) not in [tuple(row) for row in rows]
    assert "Stays at the desk" in titles(foro.rosa)


def test_it_holds_without_and_with_a_script_and_by_keyboard(foro, open_page):
    keep(foro.rosa, "By keyboard")
    case, _ = opened(foro, "texts-browser")
    cookie = {"name": "desk", "value": foro.rosa.origin["cookie"].split("=")[1], "url": foro.url}
    for scripted in (True, False):
        page = open_page(foro.url, java_script_enabled=scripted)
        page.context.add_cookies([cookie])
        page.goto(f"{foro.url}/desk/case/{case}")
        page.locator('textarea[name="reasons"][rows="6"]').fill("Mine.")
        page.locator(".saved-texts summary").focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Insert “By keyboard”").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**part=6**")
        assert page.locator('textarea[name="reasons"][rows="6"]').input_value() == (
            f"Mine.\n\n{BODY}"
        )
        if scripted:
            page.locator(".saved-texts summary").click()
            assert violations(page) == []
            page.goto(f"{foro.url}/desk/texts")
            assert violations(page) == []


def group(person, **fields):
    """A form of the tool for groups, as a lead sends it."""
    return person.post(
        "/desk/groups", **{"clause": "section 9.1", "reasons": "", "along": "language"} | fields
    )


def in_the_group(answer):
    return unescape(re.search(r'<textarea name="reasons"[^>]*>([^<]*)<', answer.text)[1])


def test_a_text_is_put_into_a_ruling_for_many_and_the_preview_stays(foro):
    opened(foro, "group-text-1", clause="Community rules, section 9.1: adverts")
    keep(foro.lead, "For a group", clause="section 9.1", body="One mistake of ours for all of you.")
    number = number_of(foro.lead, "For a group")
    shown = group(foro.lead, outcome="reversed", steps="restore_content")
    size = re.search(r'name="size" value="(\d+)"', shown.text)[1]
    before = {"outcome": "reversed", "steps": "restore_content", "size": size}

    put = group(foro.lead, insert=number, reasons="We were wrong.", **before)

    assert in_the_group(put) == "We were wrong.\n\nOne mistake of ours for all of you."
    assert "Whom it would reach" in put.text
    assert 'value="reversed" checked' in put.text
    assert in_the_group(group(foro.lead, insert=number, reasons=in_the_group(put))) == in_the_group(
        put
    )  # a second click


def test_enter_in_a_field_puts_no_text_into_a_ruling_for_many(foro):
    """It presses the first button of a form, wherever that stands (HTML, implicit submission)."""
    keep(foro.lead, "For none of these")
    page = foro.lead.page("/desk/groups")

    form = page[page.index('<form method="post" action="/desk/groups"') :]

    assert 'name="insert"' in form
    assert "name=" not in re.search(r"<button[^>]*>", form)[0]


def test_what_is_wrong_with_a_ruling_for_many_leaves_its_preview_where_it_was(foro):
    opened(foro, "group-text-2", clause="Community rules, section 9.1: adverts")
    shown = group(foro.lead, outcome="reversed", steps="restore_content")
    hidden = dict(re.findall(r'name="(size|shown)" value="([^"]*)"', shown.text))

    refused = group(foro.lead, outcome="reversed", reasons="Short.", really="yes", **hidden)

    assert refused.status_code == 422
    assert "Whom it would reach" in refused.text
    assert in_the_group(refused) == "Short."


def test_only_whoever_rules_on_a_group_is_offered_texts_for_it(foro):
    keep(foro.rosa, "Not for groups")

    assert "Not for groups" not in foro.rosa.page("/desk/groups")
    assert group(foro.rosa, insert=number_of(foro.rosa, "Not for groups")).status_code == 422
