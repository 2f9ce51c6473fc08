"""Letters carry their outcome and a link that works; who lost theirs gets another, nobody else."""

import re
import time
from uuid import uuid4

import pytest
from tests.conftest import Served, own_link, run, statement
from tests.postbox import mailbox, mails_to

REASONS = "The clause names threats; the post quotes one in order to report it."


@pytest.fixture(scope="module")
def post():
    with mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def foro(tmp_path_factory, post):
    data = tmp_path_factory.mktemp("lost") / "node"
    run("platform", "add", "Foro", "--data", data)
    mails_to(post, data)
    node = Served(data)
    token = run("platform", "token", "Foro", "--data", data).stdout.strip()
    node.auth = {"authorization": f"Bearer {token}"}
    link = run(
        *("reviewer", "add", "Rosa", "rosa@foro.example", "--platform", "foro", "--data", data)
    ).stdout.splitlines()[-1]
    came = node.http.post("/desk/sign-in", data={"link": link.partition("=")[2]})
    node.http.cookies.clear()
    node.rosa = {"cookie": f"desk={came.cookies['desk']}"}
    yield node
    node.stop()


@pytest.fixture
def ana(foro):
    """Somebody who complained and left an address: their page, number and address."""
    told = foro.http.post(
        "/api/v1/statement", json=statement(f"lost-{uuid4().hex}"), headers=foro.auth
    ).json()
    address, own = f"ana-{uuid4().hex[:8]}@example.org", own_link(foro.http, told)
    sent = {"grounds": "I quoted it.", "email": address}
    assert foro.http.post(f"{own}/complaint", data=sent).status_code == 303
    return own, told["uuid"], address


def link_in(foro, mail):
    """The path of the page that a letter links to."""
    text = mail.get_body().get_content()
    return next(word for word in text.split() if "/recourse/" in word).partition("/recourse/")[2]


def page(foro, link):
    return foro.http.get(f"/recourse/{link}")


def ask(foro, address):
    return foro.http.post("/find", data={"email": address})


def without_tokens(page):
    """A page without the tokens of its forms, which are made up anew each time."""
    return re.sub(r'name="form" value="[^"]+"', "", page)


def test_the_letter_of_a_decision_says_the_outcome_and_why_and_its_link_works(foro, post, ana):
    _, case, address = ana
    for step in ("assign", "open"):
        foro.http.post(f"/desk/case/{case}/{step}", data={}, headers=foro.rosa)
    ruling = {"outcome": "reversed", "reasons": REASONS, "steps": "restore_content"}
    done = foro.http.post(f"/desk/case/{case}/decide", data=ruling, headers=foro.rosa)
    assert done.status_code == 303

    mail = post.to(address, "was decided")

    text = mail.get_body().get_content()
    assert "The first decision was reversed." in text
    assert REASONS in " ".join(text.split())
    assert REASONS in page(foro, link_in(foro, mail)).text


def test_a_lost_link_is_sent_again_and_the_ones_before_end(foro, post, ana):
    own, _, address = ana
    before = link_in(foro, post.to(address, "was received"))
    assert page(foro, before).status_code == 200

    ask(foro, address.upper())

    fresh = link_in(foro, post.to(address, "Your new link"))
    assert page(foro, fresh).status_code == 200
    deadline = time.monotonic() + 120  # they end when the mail was taken
    while foro.http.get(own).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert page(foro, before).status_code == 404


def test_the_answer_is_the_same_whether_there_is_such_an_address(foro, post, ana):
    known, unknown = ask(foro, ana[2]), ask(foro, f"{uuid4().hex}@example.org")

    assert known.status_code == unknown.status_code == 200
    assert without_tokens(known.text) == without_tokens(unknown.text)
    assert "a new link is on its way" in known.text


def test_who_asks_again_and_again_gets_one_mail(foro, post, ana):
    address = ana[2]
    for _ in range(3):
        ask(foro, address)
    post.to(address, "Your new link")
    other = f"eva-{uuid4().hex[:8]}@example.org"
    foro.http.post(
        "/report",
        data={
            "platform": "foro",
            "where": "https://foro.example/p/1",
            "why": "It sells what is forbidden.",
            "good_faith": "yes",
            "email": other,
        },
    )
    post.to(other, "was received")  # what was queued before has left by now

    sent = [to for to, mail in post.mails if to == address and "new link" in mail["subject"]]
    assert sent == [address]


def test_a_network_that_asks_too_often_is_told_to_come_later(foro):
    answers = {ask(foro, f"{uuid4().hex}@example.org").status_code for _ in range(12)}

    assert answers == {200, 429}


def test_who_voids_the_page_voids_the_letters_and_says_anew_where_mail_goes(foro, post, ana):
    own, _, address = ana
    stranger = f"thief-{uuid4().hex[:8]}@example.org"
    letter = link_in(foro, post.to(address, "was received"))
    foro.http.post(f"{own}/add", data={"grounds": "More of it.", "email": stranger})

    fresh = foro.http.post(f"{own}/revoke", data={"email": address}).headers["location"]

    assert [foro.http.get(own).status_code, page(foro, letter).status_code] == [404, 404]
    shown = foro.http.get(fresh).text
    assert address in shown
    assert stranger not in shown
