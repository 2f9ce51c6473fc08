"""/verify in words: the same on the server and in the browser, in each language, without a code."""

import re
from pathlib import Path

import pytest

from amparo.web.words import receipt_words
from amparo.web.words.i18n import languages

STATIC = Path(__file__).parents[2] / "src" / "amparo" / "web" / "static"


@pytest.fixture(scope="module")
def receipt(demo, tmp_path_factory):
    newest = re.search(r"/statement/([0-9a-f-]{36})", demo.http.get("/").text)[1]
    file = tmp_path_factory.mktemp("receipt") / "receipt.tlog-proof"
    file.write_bytes(demo.http.get(f"/statement/{newest}/receipt").content)
    return file


def test_every_reason_of_the_browser_has_words_in_each_language():
    """A message that nobody translated would stand in English on a Spanish page."""
    given = set(re.findall(r'Unsound\("([^"]+)"\)', (STATIC / "receipt.js").read_text()))

    assert given == set(receipt_words.UNSOUND)


@pytest.mark.parametrize("language", languages())
def test_the_server_says_it_in_words(demo, receipt, language):
    sent = demo.http.post(
        f"/verify?lang={language}", files={"file": receipt.read_bytes()}, data={"vkey": ""}
    )

    facts = sent.text.partition('<dl class="facts">')[2].partition("</dl>")[0]
    assert len(re.findall("<dt>", facts)) > 10
    assert not re.findall("[A-Z]+_[A-Z_]+|<code>", facts)


@pytest.mark.parametrize("language", languages())
def test_the_browser_says_the_same_without_sending_it(demo, receipt, open_page, language):
    by_server = demo.http.post(f"/verify?lang={language}", files={"file": receipt.read_bytes()})
    terms = re.findall("<dt>(.*?)</dt>", by_server.text)
    page = open_page(f"{demo.url}/verify?lang={language}")

    page.locator("#file").set_input_files(receipt)

    page.locator("#verdict .good").wait_for()
    assert page.locator("#verdict dt").all_inner_texts() == terms
    assert page.complaints == []
