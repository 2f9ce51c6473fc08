"""A panel: asked for, drawn by chance that anybody can check, alone first, then a ruling to be cited."""

import io
import json
import time
import zipfile
from urllib.parse import urljoin

import pytest
from tests.case.test_worksheet import CARTOON
from tests.conftest import Served, own_link, run, statement
from tests.web.conftest import go_to, open_page, violations  # noqa: F401 - a fixture

from amparo.tlog.note import Signer

IDS = [f"m{n}" for n in range(9)]


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    """A node with a signed roster of nine people from nine organisations."""
    folder = tmp_path_factory.mktemp("panel")
    chains, lines = {}, []
    for n, name in enumerate(IDS):
        end = run("panel", "chain", folder / f"{name}.chain", "--draws", "20").stdout.strip()
        chains[name] = folder / f"{name}.chain"
        lines.append(
            f'[[member]]\nid = "{name}"\nname = "Person {n}"\norganisation = "Org {n}"\n'
            f'kind = "civil_society"\nlanguages = ["en", "es"]\nchain_end = "{end}"\n'
        )
    (folder / "members.toml").write_text("\n".join(lines))
    (folder / "keeper.key").touch(mode=0o600)
    (folder / "keeper.key").write_text(Signer("roster.example", b"k" * 32).to_text())
    signed = run("panel", "roster", folder / "members.toml", "--key", folder / "keeper.key")
    data = folder / "node"
    run("platform", "add", "Foro", "--data", data)
    (data / "roster").write_text(signed.stdout)
    settings = data / "amparo.toml"
    key = signed.stderr.split("key: ")[1].strip()
    settings.write_text(settings.read_text().replace('roster_key = ""', f'roster_key = "{key}"'))
    node = Served(data)
    token = run("platform", "token", "Foro", "--data", data).stdout.strip()
    node.auth = {"authorization": f"Bearer {token}"}
    node.chains = chains
    yield node
    node.stop()


def step(foro, *words):
    return run("panel", *words, "--data", foro.data)


def come_in(foro, browser, member):
    """A member's own page, after the one-time link."""
    link = step(foro, "seat", member, f"{member}@example.org").stdout.splitlines()[-1]
    page = browser.new_context(locale="en-GB").new_page()
    page.set_default_timeout(120_000)
    page.goto(urljoin(foro.url, link))
    page.get_by_role("button", name="Come in").click()
    page.get_by_role("heading", name="Your panels").wait_for()
    return page


def fill(page):
    """Fill the whole worksheet, as a member does: part by part, to the last."""
    while True:
        part = page.locator("fieldset[id^='Q-']").evaluate_all("all => all.map(one => one.id)")
        fill_part(page, {name: CARTOON[name] for name in part})
        on = page.get_by_role("button", name="Keep it and go on")
        if not on.count():
            return
        with page.expect_navigation():
            on.click()


def fill_part(page, answers):
    for name, answer in answers.items():
        box = page.locator(f"[id='{name}']")
        if answer.value != "told":
            for value in answer.value.split(","):
                box.locator(f"input[value='{value}']").check()
        box.locator("textarea").fill(answer.reason)
        evidence = box.locator(f"input[name='{name}.evidence']")
        if evidence.count():
            evidence.fill("content:1")


def check_that_a_draft_outlives_the_page(page, another):
    """Kept two seconds after the last letter; the first answers say what is left to be asked."""
    typed = "She draws foxes in every one of her cartoons, as the file shows."
    assert "Part 1 of 6; 0 of 36 questions are answered." in page.locator("#worksheet").inner_text()
    page.locator("textarea[name='Q-01.reason']").fill(typed)
    page.locator("[data-draft-state]", has_text="Kept at").wait_for()
    page.reload()
    assert page.locator("textarea[name='Q-01.reason']").input_value() == typed
    another.reload()
    assert typed not in another.content()

    page.locator("input[name='Q-02'][value=neither]").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Keep it and go on").click()
    assert "Part 2 of 5" in page.locator("#worksheet").inner_text()
    assert page.get_by_role("button", name="The six Rabat factors").count() == 0
    with page.expect_navigation():
        go_to(page, "What it is about")


def check_that_no_vote_is_read_before_all_are_cast(foro, page, case, cast):
    """Neither on a member's page nor in the file that it hands out."""
    assert page.locator("#voted").inner_text() == f"{cast} of 3 have voted."
    assert ": The restriction should be lifted." not in page.inner_text("main")
    assert voted_in_the_file(foro, page, case) == 0


def voted_in_the_file(foro, page, case):
    """How many votes the case file of a member's page holds."""
    end = time.monotonic() + 60
    while (got := page.request.get(f"{foro.url}/panel/case/{case}/case-file")).status == 503:
        assert time.monotonic() < end  # the newest entry has its receipt within a second
        time.sleep(0.2)
    index = json.loads(zipfile.ZipFile(io.BytesIO(got.body())).read("index.json"))
    return sum(entry["kind"] == "case.voted" for entry in index["entries"])


def check_that_it_can_be_cited(foro, case, address):
    """A permanent address, a form for machines, a receipt that tells none of its words, a search."""
    data = foro.http.get(f"{address}/data").json()
    receipt = foro.http.get(f"{address}/receipt").content

    assert (data["outcome"], data["basis"]) == ("reverse", "merits")
    assert data["votes"] == {"reverse": 2, "uphold": 1}
    assert case not in f"{data}"
    assert b"cartoon" not in receipt  # it proves the entry, and tells none of its words
    for query, hits in (
        ("outcome=reverse", 1),
        ("outcome=uphold", 0),
        ("factor=P-20-", 0),
        ("text=%25", 0),
        ("ground=nonsense", 0),
        ("text=like%20drawings", 1),
    ):
        assert foro.http.get(f"/rulings?{query}").text.count("/rulings/" + data["id"]) == hits, (
            query
        )
    assert foro.http.get("/rulings/00000000-0000-7000-8000-000000000000").status_code == 404
    assert foro.http.get("/panel/draw/nonsense").status_code == 404


def test_a_case_from_the_question_to_the_ruling(foro, browser, open_page, tmp_path):  # noqa: F811
    told = foro.http.post(
        "/api/v1/statement?wait=receipt", json=statement("cartoon"), headers=foro.auth
    ).json()
    case = told["uuid"]
    person = open_page(foro.url + own_link(foro.http, told), locale="en-GB")
    person.get_by_text("Ask for a panel of independent people").click()
    assert violations(person) == []
    person.get_by_label("What should they look at?").fill("It is a cartoon about a law.")
    person.get_by_role("button", name="Ask for a panel").click()
    person.get_by_text("The registrar looks whether a panel can hear it.").wait_for()

    # Something is missing; the registrar says what, and the person hands it over.
    step(foro, "incomplete", case, "--missing", "Which drawing is it?")
    person.reload()
    person.get_by_text("Which drawing is it?").first.wait_for()
    assert violations(person) == []
    person.locator("summary[role=button]").click()
    person.get_by_label("Your answer").fill("The one with the fox.")
    person.get_by_role("button", name="Send", exact=True).click()
    person.get_by_text("The registrar looks whether a panel can hear it.").wait_for()

    # The registrar fixes the list; only then do members reveal; the draw follows from both.
    step(foro, "admit", case)
    fixed = step(foro, "list", case, "--exclude", "m6=works for Foro", "--language", "es").stdout
    number = fixed.split()[1]
    reveals = [
        f"--reveal={name}={run('panel', 'reveal', foro.chains[name], number).stdout.strip()}"
        for name in IDS[:3]
    ]
    early = run("panel", "draw", case, *reveals[:2], "--data", foro.data, check=False)
    assert early.returncode == 1
    assert "Too few members have revealed" in early.stderr
    drawn = step(foro, "draw", case, *reveals).stdout.splitlines()
    members = drawn[0].split()[1:]
    assert "m6" not in members

    person.reload()
    public = open_page(
        foro.url + person.get_by_role("link", name="How the panel was drawn").get_attribute("href"),
        locale="es",
    )
    assert case not in public.content()  # nobody learns whose case it is
    assert violations(public) == []
    record = tmp_path / "record.json"
    record.write_bytes(foro.http.get(f"{public.url}/record").content)
    assert "The draw holds: " + " ".join(members) in run("panel", "repeat", record).stdout

    # One member declares a conflict; another is challenged, and two uninvolved members judge that.
    reserves = drawn[1].split()[1:]
    step(foro, "replace", case, members[1], "--reasons", "My sister works there.")
    members[1] = reserves[0]
    person.reload()
    person.get_by_text("A member of the panel should not sit").click()
    assert violations(person) == []
    person.locator(f"input[name=member][value={members[2]}]").check()
    person.get_by_label("Why?").last.fill("She advised Foro on this very rule last year.")
    person.get_by_role("button", name="Send", exact=True).click()
    person.get_by_text("You challenged a member's seat.").wait_for()
    uninvolved = [name for name in IDS[:6] + IDS[7:] if name not in drawn[0] + drawn[1]]
    for judge in uninvolved[:2]:
        page = come_in(foro, browser, judge)
        assert violations(page) == []
        page.get_by_text("No, the seat is given up").check()
        page.get_by_label("Reasons").fill("Her advice was about the rule that is in question here.")
        page.get_by_role("button", name="Judge").click()
        page.get_by_text("Challenges to judge").wait_for(state="detached")
        page.context.close()
    members[2] = reserves[1]
    step(foro, "form", case, *(f"--clean={m}=None of the five." for m in members))
    [wanted] = [
        one
        for one in foro.http.get(f"/api/v1/case/{case}", headers=foro.auth).json()["wanted"]
        if one["do"] == "position"
    ]
    assert wanted == {"do": "position"}
    position = f"/api/v1/case/{case}/position"
    bare = foro.http.post(position, json={"text": "Our rule bans it."}, headers=foro.auth)
    assert bare.status_code == 400
    assert "whole content" in bare.text
    whole = {"text": "Our rule bans it.", "content": "A fox in a judge's robe."}
    foro.http.post(position, json=whole, headers=foro.auth).raise_for_status()
    person.reload()
    person.locator("summary[role=button]").click()
    person.get_by_label("Your reply").fill("The rule has an exception for satire.")
    person.get_by_role("button", name="Send", exact=True).click()
    person.get_by_text("You replied.").wait_for()
    step(foro, "close", case)

    pages = {}
    for member in members:
        pages[member] = page = come_in(foro, browser, member)
        page.locator("article", has_text=case).get_by_role("button").click()
        page.get_by_text("A fox in a judge's robe.").wait_for()
    assert violations(pages[members[0]]) == []
    for n, member in enumerate(members):
        page = pages[member]
        if n == 1:  # what is typed is there when the page is lost, and nobody else reads it
            check_that_a_draft_outlives_the_page(page, pages[members[2]])
        fill(page)
        if n == 0:  # a gap is named, in its part, and nothing that was written is lost
            go_to(page, "Legality")
            page.locator("textarea[name='Q-11.reason']").fill("Yes.")
            go_to(page, "Checks on yourself")
            page.get_by_role("button", name="Seal my worksheet").click()
            page.get_by_text("Nothing of what you typed is lost").wait_for()
            page.get_by_role("link", name="Q-11: its reason has fewer").click()
            page.locator("#Q-11:focus").wait_for()
            assert page.locator("textarea[name='Q-12.reason']").input_value()
            page.locator("textarea[name='Q-11.reason']").fill(CARTOON["Q-11"].reason)
            go_to(page, "Checks on yourself")
        page.get_by_role("button", name="Seal my worksheet").click()
        page.locator("button", has_text="Seal my worksheet").wait_for(state="detached")
        if n < 2:
            assert "The worksheets" not in page.content()
    votes = ["reverse", "reverse", "uphold"]
    for cast, (member, outcome) in enumerate(zip(members, votes, strict=True)):
        page = pages[member]
        page.reload()
        check_that_no_vote_is_read_before_all_are_cast(foro, page, case, cast)
        assert "The worksheets" in page.content()
        page.locator(f"form[action$=vote] input[value={outcome}]").check()
        if outcome == "uphold":
            page.locator("form[action$=vote] textarea").fill("An age gate was defensible.")
        with page.expect_navigation():
            page.get_by_role("button", name="Vote").click()
        if cast < 2:  # whoever votes sees their own, and no other
            check_that_no_vote_is_read_before_all_are_cast(foro, page, case, cast + 1)
            assert page.locator(f"form[action$=vote] input[value={outcome}]").is_checked()
    page.get_by_text(f"{members[0]}: The restriction should be lifted.").wait_for()
    assert voted_in_the_file(foro, page, case) == 3
    outsider = foro.http.get(f"/panel/case/{case}")
    assert outsider.status_code == 401

    presiding = pages[members[0]]
    presiding.reload()
    assert violations(presiding) == []
    presiding.get_by_role("button", name="Send the ruling").click()
    lacks = presiding.locator("#problem a").evaluate_all("all => all.map(a => a.hash)")
    assert lacks == ["#f-reasons", "#f-summary", "#f-steps"]
    presiding.locator("#problem a").first.click()
    presiding.locator("textarea[name=reasons]:focus").wait_for()
    text = {
        "reasons": "P-AIM- since nothing threatens anybody; P-VIO- since it is satire; P-CON- since "
        "caricatures of others were left up.",
        "summary": "The cartoon may stay, because it threatens nobody.",
        "published": "A cartoon about a law threatens nobody; like drawings were left up.",
    }
    for name, value in text.items():
        presiding.locator(f"textarea[name={name}]").fill(value)
    presiding.locator("input[name=steps][value=restore_content]").check()
    presiding.get_by_role("button", name="Send the ruling").click()
    presiding.get_by_text("The panel has decided.").wait_for()

    person.reload()
    assert "The restriction should be lifted." in person.content()
    assert "An age gate was defensible." in person.content()
    state = foro.http.get(f"/api/v1/case/{case}", headers=foro.auth).json()
    assert (state["panel"], state["remedy"]) == ("closed", "sent")
    assert "C11" in state["due"]

    found = open_page(f"{foro.url}/rulings?text=cartoon&factor=P-VIO-", locale="en-GB")
    assert violations(found) == []
    found.get_by_role("link", name="The restriction should be lifted.").click()
    assert violations(found) == []
    assert text["published"] in found.content()
    assert "An age gate was defensible." in found.content()
    assert text["summary"] not in found.content()  # what the parties read is theirs
    assert "certified" not in found.content()
    for page in pages.values():
        page.context.close()
    check_that_it_can_be_cited(foro, case, found.url)

    # New facts: once more, before another panel; the first draw and ruling stay where they are.
    person.reload()
    person.get_by_text("The panel should look once more").click()
    person.get_by_text("There are new facts.", exact=True).check()
    person.get_by_label("What is wrong, or what is new?").fill("The drawing was shown in court.")
    person.get_by_role("button", name="Ask once more").click()
    person.get_by_text("You asked the panel to look once more.").wait_for()
    step(foro, "admit", case)
    step(foro, "list", case)
    assert foro.http.get(f"/api/v1/case/{case}", headers=foro.auth).json()["panel"] == "drawing"
    assert foro.http.get(public.url).status_code == 200
    assert foro.http.get(f"{public.url}/record").content == record.read_bytes()
    assert foro.http.get(found.url).status_code == 200
