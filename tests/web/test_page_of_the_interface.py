"""`/api` is enough to connect a platform: a token, a trial, five steps, and every call whole."""

import html
import json
import re

import pytest
from tests.web.conftest import violations

from amparo import documents
from amparo.case import remedy
from amparo.case.events import UNDELIVERED
from amparo.record import vocabulary
from amparo.web.api import cases
from amparo.web.api.openapi import description
from amparo.web.words import platform_guide
from amparo.web.words.i18n import languages

API = description("https://node.example")


@pytest.fixture(scope="module")
def shown(served):
    return html.unescape(served.http.get("/api").text)


def section(shown, name):
    return re.search(rf'<h[23] id="{name}">(.*?)</section>', shown, re.DOTALL)[1]


def refs(value):
    if isinstance(value, dict):
        yield from ([value["$ref"]] if "$ref" in value else [])
        for one in value.values():
            yield from refs(one)
    elif isinstance(value, list):
        for one in value:
            yield from refs(one)


def test_every_link_within_the_page_leads_somewhere(shown):
    for anchor in re.findall(r'href="#([^"]+)"', shown):
        assert f'id="{anchor}"' in shown, anchor


def test_it_says_how_one_gets_a_token_and_tries_without_consequence(shown):
    assert "amparo platform add" in section(shown, "token")
    assert "--test" in section(shown, "token")
    assert "?dry_run=1" in section(shown, "first")
    assert "amparo platform webhook" in section(shown, "webhooks")


def test_the_first_command_is_taken_as_it_stands(served, platform, shown):
    first = section(shown, "first")
    body = re.search(r"<<'END'\n(\{.*?\})\nEND</code>", first, re.DOTALL)[1]
    assert "-d @statement.json</code>" in first
    tried = served.http.post("/api/v1/statement?dry_run=1", json=json.loads(body), headers=platform)

    assert (tried.status_code, tried.json()["dry_run"]) == (201, True)


def test_a_refusal_is_shown_as_the_node_gives_it(served, platform, shown):
    first = section(shown, "first")
    body = json.loads(re.search(r"<<'END'\n(\{.*?\})\nEND</code>", first, re.DOTALL)[1])
    body["content_type"] = ["TEXT"]
    refused = served.http.post("/api/v1/statement?dry_run=1", json=body, headers=platform)

    assert refused.status_code == 422
    assert refused.json() in [
        json.loads(code)
        for code in re.findall(r"<code>(\{.*?\})</code></pre>", first, re.DOTALL)
        if '"findings"' in code
    ]


def test_each_of_the_five_steps_stands_in_three_languages_with_its_answer(shown):
    steps = platform_guide.steps()

    assert tuple(step.title for step in steps) == platform_guide.TITLES
    for number, step in enumerate(steps, 1):
        part = section(shown, f"step{number}")
        assert list(step.code) == ["curl", "Python", "JavaScript"]
        for lines in (*step.code.values(), step.answer):
            assert lines.strip() in part


@pytest.mark.parametrize("path", cases.DESCRIBED)
def test_every_call_shows_what_it_takes(shown, path):
    _, name, _, takes = cases.DESCRIBED[path]
    part = section(shown, name)

    for field in takes.__struct_fields__ if takes else ():
        assert f"<code>{field}</code>" in part


def test_what_can_only_be_one_of_a_few_is_listed(shown):
    for value in ("implemented", "partly", "refused", "impossible"):
        assert value in remedy.Result.__args__
        assert f"<code>{value}</code>" in section(shown, "report_remedy")
    for value in ("acted", "not_acted", *UNDELIVERED):
        assert f"<code>{value}</code>" in section(shown, "answer_notice")
    for value in (*vocabulary.CATEGORY, *vocabulary.DECISION_VISIBILITY, *vocabulary.CONTENT_TYPE):
        assert value in section(shown, "attributes")


def test_the_description_refers_to_nothing_that_is_not_in_it():
    for ref in refs(API):
        assert ref.removeprefix("#/components/schemas/") in API["components"]["schemas"], ref


def test_what_a_step_is_for_is_said_as_the_documentation_says_it():
    page = " ".join(documents.text(platform_guide.PAGE).split())

    for step in platform_guide.steps():
        assert step.prose in page


@pytest.mark.parametrize("language", [name for name in languages() if name != "en"])
def test_what_a_step_and_a_call_are_for_is_said_in_the_readers_language(served, language):
    told = html.unescape(served.http.get("/api", headers={"accept-language": language}).text)

    english = {step.prose.partition("`")[0] for step in platform_guide.steps()} - {""}
    for operations in API["paths"].values():
        for operation in operations.values():
            english |= {operation["summary"], operation["summary"]}
            english |= {answer["description"] for answer in operation["responses"].values()}
    assert len(english) > 40
    assert sorted(text for text in english if f">{text}<" in told or f"> {text}<" in told) == []


def test_the_program_of_the_examples_is_chosen_once_and_without_script(served, open_page):
    page = open_page(
        f"{served.url}/api", java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    steps = page.get_by_role("region", name="The five steps of a platform")

    def seen():
        return {lines.get_attribute("class") for lines in steps.locator(".lines:visible").all()}

    assert seen() == {"lines curl"}
    for program in ("Python", "JavaScript"):
        steps.get_by_role("radio", name=program).check()
        assert seen() == {f"lines {program}"}
        assert steps.locator(".lines:visible").count() == len(platform_guide.TITLES)


def test_every_call_is_a_line_or_two_that_unfold_and_a_link_unfolds_it(served, open_page):
    page = open_page(f"{served.url}/api#answer_notice", viewport={"width": 1280, "height": 900})

    shown = page.locator("section.call").evaluate_all(
        "all => all.map(one => [one.querySelector('details').open, one.offsetHeight])"
    )
    assert [is_open for is_open, _ in shown].count(True) == 1
    assert shown[-1][0]
    assert max(height for is_open, height in shown if not is_open) < 60
    assert violations(page) == []


def test_its_own_words_are_in_the_readers_language_and_the_rest_is_marked_as_english(served):
    page = served.http.get("/api", headers={"accept-language": "de"}).text

    assert '<html lang="de"' in page
    for words in ("Ihre erste Begründung", "Jeder Aufruf", "2. Eine Begründung einreichen"):
        assert words in page
    assert '<div class="document">' in page
    assert page.count('lang="en" dir="ltr"') > 20


def test_a_reader_of_english_is_not_told_that_it_is_in_english(served):
    english, arabic = (
        served.http.get("/api", headers={"accept-language": code}).text for code in ("en", "ar")
    )

    assert "is said in English" not in english
    assert "بالإنجليزية" in arabic
