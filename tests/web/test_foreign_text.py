"""What strangers wrote does no harm where it is shown: pages, letters, feeds and charts."""

import re
from datetime import date
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import own_link, run, statement

from amparo import foreign_text
from amparo.errors import Text
from amparo.ledger.log.platforms import slug_of
from amparo.web.public import charts
from amparo.web.words import i18n, pages

ANYTHING = st.text(st.characters(codec="utf-8"), max_size=40)
ARABIC = "مخالفة القاعدة 4 (أ)."
REVERSED = "https://x.example/\u202egpj.exe"


@given(name=ANYTHING)
def test_no_name_of_a_platform_breaks_a_feed_or_a_chart(name):
    feed = pages.rendered(
        "waves.atom.xml",
        age=name,
        base="https://log.example",
        updated="2026-01-01T00:00:00Z",
        alerts=[{"title": name, "path": "/", "key": name, "kind": "wave", "day": 1, "text": name}],
        midnight=str,
    )
    points = [(date(2026, 1, day), 1.0) for day in (1, 2)]
    marks = [charts.Mark(date(2026, 1, 1), date(2026, 1, 2), name)]

    ET.fromstring(feed.encode())
    ET.fromstring(
        charts.line_chart(
            {name: points},
            title=name,
            description=name,
            marks=marks,
            around=charts.Around(name, [name]),
        )
    )


@given(before=ANYTHING, after=ANYTHING)
def test_no_text_turns_what_stands_around_it(before, after):
    shown = foreign_text.isolated(before + "\u202e" + after, "ltr")

    assert not re.search("[\u202a-\u202e\u2066\u2067]", shown)
    assert "[U+202E]" in shown
    if foreign_text.turns(before + after, "ltr"):
        assert (shown[0], shown[-1]) == ("\u2068", "\u2069")
        assert not {"\u2068", "\u2069"} & set(shown[1:-1])


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("Foro Libre", True),
        ("منصة 2026", True),
        ("🏳️‍⚧️ Forum", True),  # joined by U+200D
        ("می‌خواهم", True),  # a Persian word with U+200C
        ("Foro\u202eX", False),
        ("Foro\x1dX", False),
        ("Foro\nX", False),
        ("\u200dForo", False),
        ("For\u200d\u200do", False),
        ("", False),
        ("x" * 201, False),
    ],
)
def test_a_name_may_be_of_any_script_and_in_no_disguise(name, fits):
    assert foreign_text.is_name(name, 200) == fits


def test_names_of_other_scripts_keep_party_names_of_their_own():
    names = ["منصة 2026", "شبكة 2026", "2026", "Ωμέγα", "Café", "Cafe-1", "موقع"]
    slugs = [slug_of(name) for name in names]

    assert len(set(slugs)) == len(names)
    assert slugs[2] == "2026"
    assert slugs[4] == "cafe"
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) for slug in slugs)
    assert slug_of("Cafe\u0301") == slug_of("Café")


def test_whoever_is_refused_a_name_learns_which_platform_has_it(served):
    run("platform", "add", "Ágora Uno", "--data", served.data)

    refused = run("platform", "add", "Agora  uno", "--data", served.data, check=False)

    assert "There is a platform 'Ágora Uno' already" in refused.stderr


def test_a_name_is_isolated_in_the_subject_of_a_letter_only_where_it_must_be():
    def subject(name, language="en"):
        return i18n.localise(Text("{platform} took a decision about you", platform=name), language)

    assert subject("Foro") == "Foro took a decision about you"
    assert subject("موقع") == "\u2068موقع\u2069 took a decision about you"
    assert "\u2068" in subject("موقع", "es")


@pytest.fixture(scope="module")
def arabic(served):
    """What a platform with an Arabic name decided, for Arabic reasons; and the person's page."""
    authorization = served.add_platform("موقع")
    sent = statement("arabic", decision_facts=ARABIC, content_id=None)
    told = served.http.post("/api/v1/statement", json=sent, headers=authorization).json()
    return served.http.get(own_link(served.http, told)).text


def test_a_page_isolates_names_and_gives_each_text_its_own_direction(arabic):
    assert f"<bdi>{ARABIC}</bdi>" in arabic
    between_tags = re.findall(r"(?<=>)[^<]*موقع[^<]*", arabic)
    assert between_tags
    assert all("\u2068موقع\u2069" in text or text == "موقع" for text in between_tags)
    assert "<bdi>" not in re.search(r"<title>.*?</title>", arabic, re.DOTALL)[0]


@pytest.mark.parametrize(
    "foreign", ["\u2068אב", "אב\u2069גד", "\u2068\u2068א\u2069 ב", "\u2069ab\u2068"]
)
def test_isolates_that_a_stranger_wrote_neither_swallow_nor_let_out(foreign):
    """An isolate that is left open would turn the rest of the line; one that is closed, our own."""
    source = "<p>{{ x }}, 12:30</p>{% trans x=x %}by {{ x }}, 12{% endtrans %}"
    page = pages._environment("en").from_string(source).render(x=foreign)

    plain = re.sub("[\u2068\u2069]", "", foreign)
    turns = foreign_text.turns(plain, "ltr")
    wrapped = f"<bdi>{plain}</bdi>" if turns else plain
    assert page == f"<p>{wrapped}, 12:30</p>by {foreign_text.isolated(plain, 'ltr')}, 12"


def test_a_form_gives_back_what_was_typed_as_it_was_typed(served, platform):
    page = served.patient_post("/report", data={"where": REVERSED, "why": ""}).text

    assert REVERSED in page


def test_every_value_between_tags_is_made_safe():
    """In whatever template: a value that turns the text never reaches a page as it came."""
    source = (
        "<title>{{ x }}</title><p title='{{ x }}' {% if x > 'a' %}id=\"{{ x }}\"{% endif %}>"
        "{{ x }}<b>{{- x -}}</b>{% trans x=x %}a {{ x }}{% endtrans %}</p>"
        "<textarea>{{ x }}</textarea>{{ x if y else '' }}"
    )
    shown = pages._environment("en").from_string(source)
    page = shown.render(x=REVERSED, y=True)

    outside = re.sub(r"<[^>]*>", "", re.sub(r"<(title|textarea)>.*?</\1>", "", page))
    assert "\u202e" not in outside
    assert outside.count("[U+202E]") == 4
    assert re.search(r"<textarea>(.*)</textarea>", page)[1] == REVERSED


@pytest.mark.parametrize("day", ["2026-12-31", "2026-01-01/2026-12-31", "12-31"])
def test_what_a_hyphen_holds_together_is_isolated_where_it_would_be_turned(day):
    """Behind an Arabic letter 2026-12-31 was read as 31-12-2026."""
    assert foreign_text.isolated(day, "rtl") == f"\u2068{day}\u2069"
    assert foreign_text.isolated(day, "ltr") == day
    template = pages._environment("ar").from_string("<p>يوم {{ x }}</p>")
    assert template.render(x=day) == f"<p>يوم <bdi>{day}</bdi></p>"
    assert template.render(x="12,500.5") == "<p>يوم 12,500.5</p>"


def test_on_an_arabic_page_a_day_as_it_is_written_reads_from_its_year_on(served, open_page):
    page = open_page(f"{served.url}/transparency?lang=ar", locale="ar")
    page.locator("[name=sample]").select_option("spreadsheet")
    page.locator("form:has([name=sample]) button").click()
    page.locator(".findings").wait_for()

    turned = page.evaluate(
        """() => {
          const found = [], walk = document.createTreeWalker(document.querySelector(".findings"), 4);
          const left = (node, from, to) => {
            const range = document.createRange();
            range.setStart(node, from);
            range.setEnd(node, to);
            return range.getBoundingClientRect().left;
          };
          let days = 0;
          for (let node; (node = walk.nextNode()); )
            for (const day of node.data.matchAll(/[0-9]{4}-[0-9]{2}-[0-9]{2}/g)) {
              days += 1;
              const at = day.index;
              if (left(node, at, at + 1) > left(node, at + 5, at + 6)) found.push(day[0]);
            }
          return [days, found];
        }"""
    )
    assert turned[0] > 3
    assert turned[1] == []


def test_a_value_in_a_title_is_isolated_by_characters_since_no_tag_can_stand_there():
    """Also in the block that a page gives its title by: what follows it has tags again."""
    template = pages._environment("ar").from_string(
        "{% block title %}{{ x }}{% endblock %}<title>{{ x }}</title><p>{{ x }}</p>"
    )

    assert template.render(x="LOVOO") == (
        "\u2068LOVOO\u2069<title>\u2068LOVOO\u2069</title><p><bdi>LOVOO</bdi></p>"
    )
    assert "\u202e" not in template.render(x=REVERSED)


@given(ANYTHING)
def test_what_is_to_be_typed_is_code_and_a_strangers_words_stay_text(foreign):
    """A name with backticks of its own makes code at most, and never a tag."""
    template = pages._environment("ar").from_string("<p>{{ text|commands }}</p>")
    sentence = f"Run `amparo platform token '<b>{foreign}'`, not <i>{foreign}</i>."

    shown = template.render(text=sentence)

    assert shown.count('<code dir="ltr">') == shown.count("</code>") > 0
    assert "<b>" not in shown
    assert "<i>" not in shown
