"""Whoever lost the link, or never got one, finds the decision and shows that it is theirs."""

import re

import pytest
from tests.conftest import Served, run, statement

PUID = "only-Ana-and-Foro-know-this"


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    node = Served(tmp_path_factory.mktemp("find") / "node")
    sent = statement(PUID)
    node.auth = node.add_platform("Foro")
    node.told = node.http.post(
        "/api/v1/statement?wait=receipt", json=sent, headers=node.auth
    ).json()
    node.add_platform("Plaza")
    yield node
    node.stop()


def asked(node, puid=PUID, platform="foro"):
    return node.http.post("/find", data={"platform": platform, "puid": puid})


def word_on(page):
    return re.search(r'<code class="word">([^<]+)</code>', page)[1]


def test_the_way_without_a_link_ends_in_a_link_that_only_the_person_has(foro):
    claim = asked(foro, f" {PUID} ").headers["location"].partition("?")[0]
    page = foro.http.get(claim).text

    number = foro.told["uuid"]
    looked = ("--seen", "It stands in the profile of the account, as I saw today.")
    assert "Show that this case is yours" in page
    assert "decision_facts" not in page
    run(
        "claim",
        "prove",
        number,
        word_on(page),
        "--by",
        "Eva, operator",
        *looked,
        "--data",
        foro.data,
    )
    assert "complaint" in foro.http.get(claim).text
    assert foro.http.get(claim + "/receipt").status_code == 200


@pytest.mark.parametrize(
    ("platform", "puid"),
    [
        ("foro", "somebody-elses"),
        ("plaza", PUID),
        ("foro", ""),
        ("nobody", PUID),
        ("foro", "x" * 600),
    ],
)
def test_whoever_has_no_identifier_learns_nothing(foro, platform, puid):
    answer = asked(foro, puid, platform)

    assert answer.status_code == 422
    assert foro.told["uuid"] not in answer.text
    assert not answer.headers.get("location")


def test_a_wrong_and_an_unknown_identifier_are_not_told_apart(foro):
    answers = [
        asked(foro, puid, platform) for platform, puid in (("plaza", PUID), ("foro", "none"))
    ]

    [one, other] = [re.search(r'id="problem".*?</div>', a.text, re.DOTALL)[0] for a in answers]
    assert one == other


def test_the_page_says_how_without_a_number(foro):
    page = foro.http.get("/find").text

    assert "You lost your link" in page
    assert foro.http.get("/find?id=").status_code == 200
    assert foro.http.get("/find?id=nothing").status_code == 404
    assert foro.http.get(f"/find?id={foro.told['uuid']}").status_code == 303


def test_a_wrong_number_comes_back_in_its_field_with_words_for_people(foro):
    page = foro.http.get("/find?id=hello").text

    assert "There is no decision with that number." in page
    assert 'value="hello"' in page
    assert "uuid" not in page


def test_a_link_that_was_cut_leads_to_where_one_finds_the_decision(foro):
    browser = {"accept": "text/html"}
    cut = f"/recourse/{foro.told['uuid']}/0123456789abcdef0123456789abcdef"

    page = foro.http.get(cut, headers=browser)

    assert page.status_code == 404
    assert '<a href="/find">Find your decision</a>' in page.text
    assert "Find your decision" not in foro.http.get("/no-such-page", headers=browser).text


def test_guessing_is_slowed_down(foro):
    codes = {asked(foro, f"guess-{n}").status_code for n in range(25)}

    assert codes == {422, 429}
