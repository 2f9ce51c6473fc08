"""The pages in a real Chromium: verified by the visitor's own browser, clean, readable, in several
languages, light and dark, with and without script."""

import re

import pytest
from tests.conftest import run, statement
from tests.web.conftest import before_its_script, violations

PAGES = [
    "/",
    "/statement",
    "/recourse",
    "/report",
    "/desk/sign-in",
    "/verify",
    "/log/",
    "/api",
    "/demo",
    "/demo/engineer",
    "/demo/member",
    "/nothing",
]


@pytest.fixture(scope="module")
def newest(demo):
    """The newest decision of the demonstration."""
    return re.search(r"/statement/([0-9a-f-]{36})", demo.http.get("/").text)[1]


@pytest.fixture(scope="module")
def recourse(demo, newest):
    page = demo.http.get(f"/statement/{newest}").text
    return re.search(rf"/recourse/{newest}/[0-9a-f]+", page)[0]


@pytest.fixture
def address(demo, newest, recourse):
    """A page's address in the demonstration node."""
    own = {"/statement": f"/statement/{newest}", "/recourse": recourse}
    return lambda path: demo.url + own.get(path, path)


@pytest.mark.parametrize(
    ("scheme", "language"), [("light", "en"), ("dark", "es"), ("light", "ar"), ("dark", "de")]
)
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_on_any_page(open_page, address, path, scheme, language):
    """Light and dark, from left and from right, short words and long, on a phone's width."""
    page = open_page(
        f"{address(path)}?lang={language}",
        color_scheme=scheme,
        bypass_csp=True,
        viewport={"width": 390, "height": 800},
    )
    if path in ("/statement", "/recourse"):
        page.locator(".verdict.good").wait_for()
        for summary in page.locator("summary").all():
            summary.click()
    assert violations(page) == []


@pytest.mark.parametrize("language", ["en", "ar", "de"])
@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_a_phone(open_page, address, path, language):
    address = f"{address(path)}?lang={language}"
    page = open_page(address, viewport={"width": 360, "height": 740})

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for link in page.locator("header nav a").all():
        box = link.bounding_box()
        assert box["x"] >= -1, "the menu is cut"
        assert box["x"] + box["width"] <= 361, "the menu is cut"


def test_the_visitors_browser_verifies_the_receipt(open_page, address):
    page = open_page(address("/statement"))

    verdict = page.locator(".verdict.good")

    verdict.wait_for()
    assert "Your browser has verified it" in verdict.inner_text()
    assert page.complaints == []


def test_from_the_front_page_to_the_persons_own_page_by_keyboard(open_page, demo):
    page = open_page(demo.url)

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator(".cards a").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="See what the person affected would see").focus()
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="What else you can do").wait_for()
    assert page.locator("h1").inner_text().startswith("Foro Libre ")
    page.locator(".verdict.good").wait_for()
    assert page.complaints == []


@pytest.mark.parametrize("path", ["/coalition", "/remedies"])
def test_no_row_of_a_table_is_cut_on_a_phone(open_page, demo, path):
    page = open_page(f"{demo.url}{path}?lang=de", viewport={"width": 360, "height": 780})

    tables = page.locator(".wide:has(> .by-row)")

    assert tables.count() > 0
    assert tables.evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth)") == []


@pytest.fixture
def receipt(demo, newest, tmp_path):
    file = tmp_path / "receipt.tlog-proof"
    file.write_bytes(demo.http.get(f"/statement/{newest}/receipt").content)
    return file


def test_a_dropped_receipt_is_verified_without_being_sent(open_page, demo, receipt):
    page = open_page(demo.url + "/verify")
    sent = []
    page.on("request", lambda request: sent.append(request.method))

    page.locator("#file").set_input_files(receipt)

    page.get_by_role("heading", name="The receipt holds.").wait_for()
    said = page.locator("#verdict").inner_text()
    assert "The facts that the decision rests on" in said
    assert "DECISION_" not in said
    assert "_" not in said.partition("The facts that")[0]
    assert "POST" not in sent
    assert page.complaints == []


def test_a_receipt_chosen_before_the_script_came_is_verified(open_page, demo, receipt):
    page = open_page(demo.url + "/about")
    let_it_come = before_its_script(page, demo.url + "/verify", "verify.js")
    page.locator("#file").set_input_files(receipt)

    let_it_come()

    page.get_by_role("heading", name="The receipt holds.").wait_for()


@pytest.mark.parametrize(
    "part", ["entry", "index", "root", "signature", "facts", "twice", "nonsense"]
)
def test_a_changed_receipt_does_not_pass_the_browser(open_page, demo, receipt, part):
    import base64

    text = receipt.read_text()
    head, extra, *rest = text.split("\n")
    opened = base64.b64decode(extra.removeprefix("extra ")).decode()
    if part == "entry":
        opened = opened.replace('\\"n\\":1', '\\"n\\":2')
    elif part == "facts":
        opened = re.sub(r'("decision_facts":")', r"\1Never ", opened)
    elif part == "twice":  # the last counts here, and is what was committed to
        opened = re.sub(r'("decision_facts":)', r'\1"Never",\1', opened)
    rest = "\n".join(rest)
    if part == "index":
        rest = re.sub(r"index (\d+)", lambda m: f"index {int(m[1]) - 1}", rest)
    elif part == "root":
        rest = re.sub(
            r"(\n\d+\n)(.)", lambda m: m[1] + ("B" if m[2] == "A" else "A"), rest, count=1
        )
    elif part == "signature":
        own = re.search(r"— \S+demonstration\S* \S+", rest)  # the log's own; witnesses come after
        at = own.end() - 20
        rest = rest[:at] + ("A" if rest[at] != "A" else "B") + rest[at + 1 :]
    encoded = base64.b64encode(opened.encode()).decode()
    changed = "hello" if part == "nonsense" else f"{head}\nextra {encoded}\n{rest}"
    assert changed != text
    receipt.write_text(changed)
    page = open_page(demo.url + "/verify")

    page.locator("#file").set_input_files(receipt)

    page.get_by_role("heading", name="The receipt does NOT hold.").wait_for()


def test_browser_and_command_line_agree_on_a_whole_sample(open_page, demo):
    """Both verify the same receipts: two programs, one format."""
    vkey = run("log", "vkey", "--data", demo.data).stdout.strip()
    page = open_page(demo.url + "/verify")
    receipts = [
        run("receipt", str(index), "--data", demo.data).stdout for index in demo.decisions[::1499]
    ]

    for raw in receipts:
        proven = page.evaluate(
            "async ([raw, vkey]) => { const { verify } = await import('/static/receipt.js');"
            " return await verify(new TextEncoder().encode(raw), vkey); }",
            [raw, vkey],
        )
        assert proven["puid"].startswith("demo-")


def test_an_erased_decision_says_so_and_still_verifies(open_page, served, platform):
    told = served.http.post(
        "/api/v1/statement?wait=receipt", json=statement("to-erase"), headers=platform
    ).json()
    run("erase", told["uuid"], "--yes", "--data", served.data)

    page = open_page(told["permalink"])

    page.locator(".verdict.good").wait_for()
    assert "Its reasons were erased" in page.locator(".verdict").inner_text()
    assert "were erased on" in page.locator(".notice").inner_text()
    assert statement("x")["decision_facts"] not in page.content()


def test_everything_can_be_done_without_script(open_page, address, demo, newest, receipt):
    page = open_page(demo.url, java_script_enabled=False)

    page.get_by_role("link", name="I was told of a decision").click()
    page.locator("#id").fill(newest)
    page.get_by_role("button", name="Show", exact=True).click()
    assert page.locator("h1").inner_text().startswith("Decision of")
    assert "Without, use the command below." in page.locator(".verdict").inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="Keep the receipt").click()
    assert download.value.suggested_filename == f"{newest}.tlog-proof"
    page.goto(demo.url + "/verify")
    page.locator("#file").set_input_files(receipt)
    page.get_by_role("button", name="Verify").click()

    assert page.locator("#verdict h2").inner_text() == "The receipt holds."


def test_the_language_chosen_is_kept(open_page, demo):
    page = open_page(demo.url)

    page.get_by_role("link", name="Español").click()
    page.get_by_role("link", name="Verificar un recibo").click()

    assert page.locator("html").get_attribute("lang") == "es"
    assert page.locator("h1").inner_text() == "Verificar un recibo"


def test_the_browsers_language_is_used_unasked(open_page, demo):
    page = open_page(demo.url, locale="es-MX")

    assert "un registro que nadie puede reescribir" in page.locator("h1").inner_text()


@pytest.mark.parametrize("path", ["/api", "/coalition/join", "/docs/client"])
def test_each_block_of_code_is_copied_by_a_button(demo, open_page, path):
    page = open_page(f"{demo.url}{path}", locale="en-GB")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    blocks = page.locator("pre:visible")

    blocks.first.get_by_role("button", name="Copy").click()

    blocks.first.get_by_role("button", name="Copied").wait_for()
    code = blocks.first.locator("code").text_content()
    assert page.evaluate("navigator.clipboard.readText()") == code
    assert page.locator("pre:visible button").count() == blocks.count()
    assert page.complaints == []
