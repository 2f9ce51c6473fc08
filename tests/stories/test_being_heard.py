"""Being heard by someone who did not decide: whole cases, in a real Chromium, with real mail."""

import http.server
import json
import re
import threading
import time
from urllib.parse import urljoin

import pytest
from tests.case.test_weighing import short
from tests.conftest import Served, own_link, run, statement
from tests.postbox import mailbox
from tests.web.conftest import open_page, violations  # noqa: F401 - a fixture

from amparo.case.worksheet import SHORT
from amparo.ledger.outbound import webhooks

REASONS = "The clause names threats; this post quotes one in order to report it."


@pytest.fixture(scope="module")
def post():
    with mailbox() as box:
        yield box


class Hook(http.server.BaseHTTPRequestHandler):
    """A platform that listens."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def foro(tmp_path_factory, post):
    """A node with a platform that listens, and two people at its desk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AMPARO_SMTP", post.url)
        node = Served(tmp_path_factory.mktemp("heard") / "node")
    node.auth = node.add_platform("Foro")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.got = []
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/hook"
    node.secret = run(
        "platform", "webhook", "Foro", address, "--private", "--data", node.data
    ).stdout.strip()
    node.hooks = server.got
    seat = ("--platform", "Foro", "--data", node.data)
    node.links = {
        "rosa": run("reviewer", "add", "Rosa", "rosa@example.org", *seat).stdout.splitlines()[-1],
        "max": run(
            "reviewer", "add", "Max", "max@example.org", "--known-as", "mod-17", *seat
        ).stdout.splitlines()[-1],
        "lena": run(
            "reviewer", "add", "Lena", "lena@example.org", "--lead", *seat
        ).stdout.splitlines()[-1],
    }
    yield node
    server.shutdown()
    thread.join()
    server.server_close()
    node.stop()


@pytest.fixture(scope="module")
def seats(browser, foro):
    """Everybody at the desk, signed in once."""
    pages = {}
    for name, link in foro.links.items():
        context = browser.new_context()
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(urljoin(foro.url, link))
        page.get_by_role("button", name="Come in").click()
        page.wait_for_url("**/desk")
        pages[name] = page
    yield pages
    for page in pages.values():
        page.context.close()


def decide(foro, puid, **notice):
    told = foro.http.post("/api/v1/statement", json=statement(puid), headers=foro.auth).json()
    sent = foro.http.post(
        f"/api/v1/statement/{told['uuid']}/notice",
        json={"decided_by": ["mod-17"], "content": "Summer shoes, half price"} | notice,
        headers=foro.auth,
    )
    assert sent.status_code in (200, 202), sent.text
    return told


def until(holds, seconds=120):
    """Wait until something that another process is just doing is done."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def state(foro, case):
    return foro.http.get(f"/api/v1/case/{case}", headers=foro.auth).json()


def shows(page, text):
    """Whether the page, fetched again, shows a text."""
    page.reload()
    return text in page.content()


def whole_queue(desk, foro):
    """The cases on all pages of the queue."""
    found = []
    desk.goto(f"{foro.url}/desk")
    while True:
        found += re.findall(r'href="/desk/case/([0-9a-f-]{36})', desk.content())
        further = desk.get_by_role("link", name="Further down the queue")
        if not further.count():
            return found
        further.click()


def test_a_seller_wins(foro, post, seats, open_page):  # noqa: F811
    """Told by mail, complains, is heard by Rosa who did not decide, and sees it put right."""
    told = decide(foro, "seller", email="ana@example.org", language="es")
    mail = post.to("ana@example.org", "Foro tomó una decisión sobre usted")
    link = re.search(r"http://\S+/recourse/\S+", mail.get_body().get_content())[0]
    until(lambda: state(foro, told["uuid"])["decision"] == "delivered")
    assert any(p.get_filename().endswith(".tlog-proof") for p in mail.iter_attachments())

    page = open_page(link, locale="es-MX", viewport={"width": 390, "height": 800})
    assert violations(page) == []
    page.locator("summary[role=button]").click()
    page.get_by_label("¿Qué está mal en la decisión?").fill("Son zapatos, no armas.\n<b>x</b>")
    page.get_by_label("Archivos, si los tiene").set_input_files(
        {"name": "factura.txt", "mimeType": "text/plain", "buffer": b"30 pares"}
    )
    page.get_by_role("button", name="Enviar la reclamación").click()
    page.get_by_text("Se recibió y espera a alguien").wait_for()
    page.get_by_text("<b>x</b>").first.wait_for()
    assert page.locator("b", has_text="x").count() == 0
    post.to("ana@example.org", "Se recibió su reclamación")

    desk = seats["rosa"]
    desk.goto(f"{foro.url}/desk")
    assert violations(desk) == []
    desk.locator("tr", has_text=told["uuid"][-12:]).get_by_role("link").click()
    desk.get_by_role("button", name="Take it and open the file").click()
    assert violations(desk) == []
    assert "Summer shoes, half price" in desk.content()
    desk.get_by_text("The first decision was reversed.").click()
    desk.get_by_text("Other steps").click()
    desk.get_by_text("Restore the content").click()
    desk.get_by_label("Reasons (the person reads them)").first.fill(REASONS)
    desk.get_by_role("button", name="Decide").click()
    desk.get_by_text("The platform was ordered to put it right.").wait_for()

    post.to("ana@example.org", "Su reclamación a Foro se decidió")
    [order] = [one for one in state(foro, told["uuid"])["wanted"] if one["do"] == "remedy"]
    assert order["steps"] == ["restore_content"]
    done = foro.http.post(
        f"/api/v1/case/{told['uuid']}/remedy", json={"result": "implemented"}, headers=foro.auth
    )
    assert done.json()["remedy"] == "claimed"

    page.goto(link)
    page.get_by_text("Nadie lo ha comprobado todavía").first.wait_for()
    assert REASONS in page.content()
    page.locator("summary[role=button]").click()
    page.get_by_role("button", name="Sí, está hecho como se ordenó").click()
    page.get_by_text("Cuenta como dicho y no como comprobado").wait_for()
    assert violations(page) == []

    # The platform named her address, so it may have been its own: she shows whose account it is.
    page.get_by_text("Muestre que la cuenta es suya").click()
    page.get_by_role("button", name="Este caso es mío").click()
    assert violations(page) == []
    word = page.locator("code.word").inner_text()
    page.get_by_label("La dirección de la publicación").fill("https://foro.example/@zapatos")
    page.get_by_role("button", name="Decir dónde").click()
    page.get_by_text("Ha dicho dónde está.").wait_for()
    seen = ("--by", "Olga", "--seen", "The word stands in the profile of this shop.")
    run("claim", "prove", told["uuid"], word, *seen, "--data", foro.data)
    page.reload()
    assert violations(page) == []
    page.locator("summary[role=button]").click()
    page.get_by_role("button", name="Sí, está hecho como se ordenó").click()
    page.get_by_text("Está hecho, y se ha comprobado.").first.wait_for()
    assert state(foro, told["uuid"])["complaint"] == "closed"
    assert page.complaints == []


def test_the_platform_is_told_at_once_by_a_signed_request(foro):
    """Standard Webhooks: whoever knows the secret can check it, and a repeat has the same id."""
    told = decide(foro, "hooked")
    own = own_link(foro.http, told)
    foro.http.post(f"{own}/complaint", data={"grounds": "It is my own photo."})
    deadline, found = time.monotonic() + 120, []
    while len(found) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
        found = [one for one in foro.hooks if told["uuid"].encode() in one[1]]

    assert {json.loads(body)["type"] for _, body in found} == {"complaint_filed", "hold"}
    for headers, body in found:
        assert b"own photo" not in body
        secret = webhooks.base64.b64decode(foro.secret.removeprefix("whsec_"))
        name, at = headers["webhook-id"], int(headers["webhook-timestamp"])
        assert headers["webhook-signature"] == webhooks.signature(secret, name, at, body)


def test_a_threatened_reporter_wins(foro, post, seats, open_page):  # noqa: F811
    """The report is refused; the complaint of whoever reported is heard like anybody's."""
    page = open_page(f"{foro.url}/report", locale="en-GB")
    assert violations(page) == []
    page.locator("select[name=platform]").select_option("foro")
    page.get_by_label("Where is it?").fill("https://foro.example/post/66")
    page.get_by_label("Why is it illegal?").fill("He says where I live and what he will do.")
    page.get_by_label("E-mail").fill("bea@example.org")
    page.get_by_label("Yes", exact=True).check()
    page.get_by_label("What I write is true").check()
    page.get_by_role("button", name="Send the report").click()
    page.get_by_text("Keep this page's address now: it opens your case.").wait_for()
    link = page.url.partition("?")[0]
    case = link.split("/")[-2]
    post.to("bea@example.org", "Your report to Foro was received")
    [wanted] = state(foro, case)["wanted"]
    assert (wanted["do"], wanted["danger"]) == ("answer_notice", "yes")
    assert "bea@" not in json.dumps(wanted)

    foro.http.post(
        f"/api/v1/notice/{case}/answer",
        json={
            "result": "not_acted",
            "reasons": "We see no rule that fits.",
            "automated": True,
            "decided_by": ["mod-17"],
        },
        headers=foro.auth,
    )
    post.to("bea@example.org", "Foro has answered your report")
    page.goto(link)
    assert "A machine took part in this." in page.content()
    page.locator("summary[role=button]").click()
    page.get_by_label("What is wrong with the decision?").fill("It names my street.")
    page.get_by_role("button", name="Send the complaint").click()
    page.get_by_text("It was received, and waits").wait_for()

    desk = seats["lena"]
    desk.goto(f"{foro.url}/desk/case/{case}")
    desk.get_by_role("button", name="Take it and open the file").click()
    desk.get_by_text("Order something at once").click()
    desk.get_by_label("Keep down at once").check()
    desk.locator("form[action$=interim] textarea").fill("A home address is out; waiting harms.")
    desk.get_by_role("button", name="Order", exact=True).click()
    desk.get_by_text("Part 1 of 7").wait_for()
    [interim] = [one for one in state(foro, case)["wanted"] if one["do"] == "interim"]
    assert interim["direction"] == "keep_down"
    done = foro.http.post(
        f"/api/v1/case/{case}/interim", json={"result": "done"}, headers=foro.auth
    )
    assert "interim" not in {one["do"] for one in done.json()["wanted"]}
    page.reload()
    page.get_by_text("The platform says that it is done (").wait_for()
    post.to("bea@example.org", "Foro says that it has done what was ordered at once")
    desk.get_by_text("Order something at once").click()
    desk.get_by_label("Keep down at once").check()
    desk.locator("form[action$=interim] textarea").fill("It is up again, at another address.")
    desk.get_by_role("button", name="Order", exact=True).click()
    desk.locator("#for-now", has_text="It is up again").wait_for()
    [again] = [one for one in state(foro, case)["wanted"] if one["do"] == "interim"]
    assert again["reasons"] == "It is up again, at another address."
    desk.get_by_text("Somebody is in danger: decide without hearing them first").click()
    desk.locator("form[action$=waive] textarea").fill("Her street is out, and he says tonight.")
    desk.locator("form[action$=waive] button").click()
    desk.get_by_text("It is not heard first: somebody is in danger.").first.wait_for()
    assert violations(desk) == []
    answers = short()
    for part in range(6):
        desk.get_by_text(f"Part {part + 1} of 7").wait_for()
        for name in {question.id for question in SHORT if question.part == part} & set(answers):
            desk.locator(f"input[name='{name}'][value='{answers[name].value}']").check()
            desk.locator(f"textarea[name='{name}.reason']").fill(answers[name].reason)
        desk.get_by_role("button", name="Keep it and go on").click()
    desk.get_by_text("The first decision was reversed.").click()
    desk.get_by_text("Restrict what was reported").click()
    desk.get_by_label("Reasons (the person reads them)").first.fill(REASONS)
    desk.get_by_label("What the other side is told").fill("Your post names her street and a day.")
    desk.get_by_role("button", name="Decide", exact=True).click()
    desk.get_by_text("The platform was ordered to put it right.").wait_for()

    orders = {one["do"]: one for one in state(foro, case)["wanted"]}
    assert orders["remedy"]["steps"] == ["restrict"]
    assert "interim" not in orders  # it held until the decision
    post.to("bea@example.org", "Your complaint to Foro was decided")


def test_a_reviewer_with_a_conflict_is_refused(foro, seats):
    """Max took the decision. Neither the page nor a request of his own makes him its judge."""
    told = decide(foro, "conflict")
    own = own_link(foro.http, told)
    foro.http.post(f"{own}/complaint", data={"grounds": "He never liked me."})

    desk = seats["max"]
    desk.goto(f"{foro.url}/desk/case/{told['uuid']}")
    assert "You took the decision" in desk.content()
    assert desk.get_by_role("button", name="Take it").is_disabled()
    forced = desk.evaluate(
        "path => fetch(path, {method: 'POST', body: new FormData()}).then(r => r.status)",
        f"/desk/case/{told['uuid']}/assign",
    )

    assert forced == 422
    assert state(foro, told["uuid"])["complaint"] == "filed"
    lead = seats["lena"]
    lead.goto(f"{foro.url}/desk/case/{told['uuid']}")
    lead.get_by_text("Give it to somebody else").click()
    lead.get_by_label("Give it to").select_option(label="Max")
    lead.get_by_role("button", name="Assign").click()
    lead.get_by_text("This complaint needs another reviewer.").wait_for()


def test_a_platform_refuses_to_implement(foro, seats, open_page):  # noqa: F811
    """Refusal needs reasons, ends the case, and stays visible."""
    told = decide(foro, "refusal")
    own = own_link(foro.http, told)
    foro.http.post(f"{own}/complaint", data={"grounds": "It is satire."})
    desk = seats["rosa"]
    desk.goto(f"{foro.url}/desk/case/{told['uuid']}")
    desk.get_by_role("button", name="Take it and open the file").click()
    desk.get_by_text("The first decision was reversed.").click()
    desk.get_by_text("Restore the account").click()
    desk.get_by_label("Reasons (the person reads them)").first.fill(REASONS)
    desk.get_by_role("button", name="Decide").click()
    desk.get_by_text("The platform was ordered").wait_for()
    refuse = f"/api/v1/case/{told['uuid']}/remedy"

    bare = foro.http.post(refuse, json={"result": "refused"}, headers=foro.auth)
    whole = foro.http.post(
        refuse, json={"result": "refused", "reasons": "Our owner says no."}, headers=foro.auth
    )

    assert bare.status_code == 400
    assert whole.json()["remedy"] == "refused"
    page = open_page(foro.url + own, locale="en-GB", color_scheme="dark")
    assert "The platform refuses to do it. That is on record" in page.content()
    assert "Our owner says no." in page.content()
    assert violations(page) == []


def test_a_question_is_asked_and_answered_and_the_other_side_reads_both(foro, seats):
    told = decide(foro, "question")
    own = own_link(foro.http, told)
    foro.http.post(f"{own}/complaint", data={"grounds": "Look again, please."})
    desk = seats["rosa"]
    desk.goto(f"{foro.url}/desk/case/{told['uuid']}")
    desk.get_by_role("button", name="Take it and open the file").click()
    desk.get_by_text("Ask a question").click()
    desk.get_by_label("Whom").select_option("platform")
    desk.get_by_label("Question").fill("Which clause?")
    desk.get_by_role("button", name="Ask", exact=True).click()
    desk.get_by_text("A question waits for its answer").wait_for()

    [asked] = [one for one in state(foro, told["uuid"])["wanted"] if one["do"] == "answer"]
    answered = foro.http.post(
        f"/api/v1/case/{told['uuid']}/answer", json={"text": "Clause 4.2"}, headers=foro.auth
    ).json()

    assert asked["question"] == "Which clause?"
    assert answered["complaint"] == "reviewing"
    page = foro.http.get(own).text
    assert "Which clause?" in page
    assert "Clause 4.2" in page


def test_a_wave_is_reversed_as_a_group_and_each_person_gets_an_answer(foro, seats, post):
    """Sixty complaints, one reasoned ruling, shown first, carried out, and taken back."""
    cases = []
    for number in range(60):
        told = decide(foro, f"wave-{number}")
        own = own_link(foro.http, told)
        address = f"wave{number}@example.org"
        sent = foro.http.post(f"{own}/complaint", data={"grounds": "Why?", "email": address})
        assert sent.status_code == 303
        cases.append((told["uuid"], own, address))
    desk = seats["lena"]
    waiting = whole_queue(desk, foro)
    assert len(set(waiting)) == len(waiting)
    assert {uuid for uuid, *_ in cases} <= set(waiting)
    desk.goto(f"{foro.url}/desk/groups")
    assert violations(desk) == []
    desk.get_by_role("button", name="Show whom it would reach").click()
    desk.get_by_text("Nothing has been decided yet").wait_for()
    desk.get_by_text("The first decision was reversed.", exact=True).first.click()
    desk.get_by_text("Restore the account").click()
    desk.get_by_label("Reasons (each person reads them)").fill(REASONS)
    desk.get_by_role("button", name="Show what each person will read").click()
    shown = desk.get_by_role("region", name="What each person will read")
    shown.get_by_text(REASONS).wait_for()
    assert state(foro, cases[0][0])["complaint"] == "filed"
    with desk.expect_navigation():
        desk.get_by_role("button", name="Rule on these").click()
    until(lambda: shows(desk, "· carried out"))

    for uuid, own, _ in cases:
        assert state(foro, uuid)["remedy"] == "sent"
        assert REASONS in foro.http.get(own).text
    post.to(cases[-1][2], "Your complaint to Foro was decided")
    foro.http.post(
        f"/api/v1/case/{cases[0][0]}/remedy", json={"result": "implemented"}, headers=foro.auth
    ).raise_for_status()

    public = foro.http.get("/remedies").text
    assert "&lt; 10" in public  # what became of few of them could point at somebody
    assert "A complaint was filed. <small><code>complaint.filed</code>" in public
    assert int(re.search(r"Foro</th>\s*<td[^>]*>(\d+)", public)[1]) >= len(cases)

    desk.get_by_text("Take it back").first.click()
    desk.get_by_label("What was wrong with it").fill("It named the wrong clause.")
    with desk.expect_navigation():
        desk.get_by_role("button", name="Take it back").click()
    until(lambda: shows(desk, "· taken back"))
    assert {state(foro, uuid)["remedy"] for uuid, *_ in cases} == {"undone"}
    assert {state(foro, uuid)["complaint"] for uuid, *_ in cases} == {"reopened"}
    post.to(cases[-1][2], "The ruling on your complaint to Foro was taken back")
    assert "It named the wrong clause." in foro.http.get(cases[0][1]).text


def test_a_reviewer_works_with_keys_alone_and_can_switch_them_off(foro, seats):
    told = decide(foro, "by-keys")
    own = own_link(foro.http, told)
    foro.http.post(f"{own}/complaint", data={"grounds": "Why?"})
    desk = seats["rosa"]
    desk.goto(f"{foro.url}/desk")
    first = desk.locator("[data-row]").first.get_attribute("href")

    desk.keyboard.press("j")
    desk.keyboard.press("j")
    desk.keyboard.press("k")
    desk.keyboard.press("Enter")
    desk.get_by_role("heading", name="What happens next").wait_for()
    assert desk.url.endswith(first)
    for key in "t":
        with desk.expect_navigation():  # to its load: a key pressed before is nobody's yet
            desk.keyboard.press(key)
        desk.locator(f"[data-key={key}]").wait_for(state="detached")
    desk.keyboard.press("d")
    desk.keyboard.press("Space")
    desk.keyboard.press("r")
    desk.keyboard.type("jkqtoda: while somebody types, letters are letters.")
    assert desk.locator("input[name=outcome]").first.is_checked()
    assert desk.locator("[data-key=r]").input_value().startswith("jkqtoda")
    assert violations(desk) == []

    desk.get_by_role("heading", name="The content").click()
    desk.keyboard.press("?")
    desk.get_by_role("dialog", name="Keys").wait_for()
    assert violations(desk) == []
    desk.keyboard.press("q")  # what lies beneath a dialog hears nothing
    desk.get_by_label("Use keys at the desk").uncheck()
    desk.keyboard.press("Escape")
    desk.get_by_role("heading", name="The content").click()
    desk.keyboard.press("q")
    desk.reload()
    desk.keyboard.press("q")
    desk.keyboard.press("?")

    assert desk.url.endswith(first)
    assert desk.get_by_role("dialog").count() == 0
    assert desk.locator("kbd").first.is_hidden()
