"""A mail server takes a letter, and sends it back later: it counts as one that never arrived."""

import re
import subprocess
import time

import pytest
from tests.bounced import block, notification
from tests.conftest import AMPARO, statement
from tests.stories.foro import foro_with_mail_at
from tests.stories.seats import seat

NOW_THE_PLATFORM = "The platform was asked to tell the person in its own way."


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    with foro_with_mail_at(tmp_path_factory.mktemp("back")) as node:
        node.stop()
        settings = node.data / "amparo.toml"
        text = settings.read_text().replace('bounces = ""', 'bounces = "bounces@localhost"')
        settings.write_text(text)
        node.start()
        yield node


def told_by_mail(foro):
    """A decision whose person this node has written to: its case, address, and the letter."""
    puid = f"back-{time.monotonic_ns()}"
    case = foro.http.post("/api/v1/statement", json=statement(puid), headers=foro.auth).json()
    address = f"{puid}@example.org"
    body = {"email": address}
    foro.http.post(f"/api/v1/statement/{case['uuid']}/notice", json=body, headers=foro.auth)
    mail = foro.post.to(address, "Foro")
    until(lambda: state(foro, case["uuid"])["decision"] == "delivered")
    return case["uuid"], address, mail


def state(foro, case):
    return foro.http.get(f"/api/v1/case/{case}", headers=foro.auth).json()


def own_page(mail):
    """The path of the page that a letter leads to."""
    text = mail.get_body(("plain",)).get_content()
    [link] = [line for line in text.splitlines() if "/recourse/" in line]
    return "/recourse/" + link.partition("/recourse/")[2]


def until(holds, seconds=120):
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def piped(foro, message):
    """As a mail server pipes it: the exit status, and what was said."""
    words = [*AMPARO, "mail", "bounce", "--data", str(foro.data)]
    done = subprocess.run(words, input=message, capture_output=True, timeout=300, check=False)
    return done.returncode, done.stderr.decode()


def test_the_decision_comes_back_and_the_platform_tells_the_person_once(foro):
    case, _, mail = told_by_mail(foro)
    bounce = notification(mail["message-id"])

    first, second = piped(foro, bounce), piped(foro, bounce)

    assert first == (0, "The letter did not arrive, and will not.\n")
    assert second == (0, "It says nothing new.\n")
    found = state(foro, case)
    why = {"of": "decision.undelivered", "reason": "bounced", "code": "550 5.1.1"}
    assert found["decision"] == "undelivered"
    assert found["wanted"] == [{"do": "tell_the_person", **why}]
    assert found["due"] == {}  # the six months do not run
    [letter] = found["letters"]
    assert (letter["letter"], letter["state"], letter["code"]) == (
        "decision",
        "bounced",
        "550 5.1.1",
    )

    answer = foro.http.post(f"/api/v1/statement/{case}/notice", json={}, headers=foro.auth)
    third = piped(foro, bounce)

    assert answer.json()["decision"] == "delivered"
    assert third == (0, "It says nothing new.\n")
    assert state(foro, case)["wanted"] == []


def test_a_delay_changes_the_status_alone_and_a_loss_after_it_counts(foro):
    case, _, mail = told_by_mail(foro)
    late = block("delayed", "4.2.2", "452 4.2.2 mailbox full")

    assert piped(foro, notification(mail["message-id"], late))[0] == 0
    delayed = state(foro, case)
    piped(foro, notification(mail["message-id"]))

    assert (delayed["decision"], delayed["letters"][0]["state"]) == ("delivered", "delayed")
    assert delayed["due"]
    assert state(foro, case)["decision"] == "undelivered"


def test_a_forged_one_changes_nothing(foro):
    case, address, mail = told_by_mail(foro)
    number, _, proof = mail["message-id"].removeprefix("<amparo.").partition(".")
    guessed = f"<amparo.{number}.{'0' * 32}@localhost>"
    other = f"<amparo.{int(number) - 1}.{proof}"

    for message_id in (guessed, other, f"<{address}>", "<1@elsewhere>"):
        assert "about no letter of this node" in piped(foro, notification(message_id))[1]
    assert "no delivery status notification" in piped(foro, b"Subject: bounce it!\n\n")[1]

    assert state(foro, case)["decision"] == "delivered"


def test_a_wrong_folder_loses_nothing_since_the_mail_server_is_to_try_again(foro, tmp_path):
    words = [*AMPARO, "mail", "bounce", "--data", str(tmp_path / "elsewhere")]

    done = subprocess.run(words, input=b"x", capture_output=True, timeout=300, check=False)

    assert (done.returncode, b"There is no node" in done.stderr) == (75, True)


def test_a_server_that_returns_nothing_of_the_letter_is_understood_by_its_address(foro):
    case, address, _ = told_by_mail(foro)
    [sent_from] = [given for to, given in foro.post.envelopes if to == address]

    piped(foro, notification("<none@mx.example>", to=sent_from))

    assert sent_from.startswith("bounces+")
    assert state(foro, case)["decision"] == "undelivered"


def test_who_has_come_by_the_letter_was_told_whatever_comes_back(foro):
    """Somebody who has the letter sends a bounce after they complained: their case stays as it is."""
    case, address, mail = told_by_mail(foro)
    foro.http.post(f"{own_page(mail)}/complaint", data={"grounds": "No.", "email": address})

    piped(foro, notification(mail["message-id"]))

    found = state(foro, case)
    assert found["decision"] == "delivered"
    assert [letter["state"] for letter in found["letters"] if letter["letter"] == "decision"] == [
        "bounced"
    ]
    assert "tell_the_person" not in str(found["wanted"])


def test_a_later_letter_that_is_lost_is_an_order_too_and_all_sides_see_it(foro):
    case, address, mail = told_by_mail(foro)
    own = own_page(mail)
    foro.http.post(f"{own}/complaint", data={"grounds": "No.", "email": address})
    received = foro.post.to(address, "was received")
    until(lambda: state(foro, case)["letters"][-1]["state"] == "sent")

    piped(foro, notification(received["message-id"]))

    [order] = [one for one in state(foro, case)["wanted"] if one["do"] == "tell_the_person"]
    assert order["of"] == "letter.undelivered"
    assert (order["letter"], order["code"]) == ("complaint_filed", "550 5.1.1")
    page = foro.http.get(own).text
    assert "A letter to you did not arrive." in page
    assert NOW_THE_PLATFORM in page
    assert "came back" in page
    assert address not in str(state(foro, case))

    rosa = seat(foro, "Rosa", "rosa@foro.example")
    rows = re.split("<tr[ >]", rosa.page("/desk"))
    [row] = [part for part in rows if f"/desk/case/{case}" in part]
    assert "a letter was lost" in row
    lost = rosa.page(f"/desk/case/{case}").partition('id="lost"')[2].partition("</div>")[0]
    assert ("550 5.1.1" in lost, NOW_THE_PLATFORM in lost) == (True, True)
    assert address not in lost

    foro.http.post(f"/api/v1/statement/{case}/notice", json={}, headers=foro.auth)

    assert NOW_THE_PLATFORM not in rosa.page(f"/desk/case/{case}").partition('id="history"')[0]
    assert "tell_the_person" not in str(state(foro, case)["wanted"])
    assert state(foro, case)["complaint"] == "filed"


def test_a_lost_letter_to_a_reporter_is_seen_in_the_queue_of_reports(foro):
    address = f"reporter-{time.monotonic_ns()}@example.org"
    foro.post.replies[address] = "550 5.1.1 no such user here"
    form = {"platform": "foro", "where": f"/{address}", "why": "A threat.", "good_faith": "yes"}
    sent = foro.http.post("/report", data=form | {"email": address})
    case = sent.headers["location"].split("/")[2]
    kim = seat(foro, "Kim", "kim@foro.example")

    def row():
        page = kim.page("/desk?state=notices")
        [found] = [part for part in page.split("<li>") if f"/desk/case/{case}" in part]
        return found

    until(lambda: "a letter was lost" in row())


def test_a_later_letter_that_is_refused_at_once_is_the_same(foro):
    case, address, mail = told_by_mail(foro)
    foro.post.replies[address] = "550 5.1.1 no such user here any more"

    foro.http.post(f"{own_page(mail)}/complaint", data={"grounds": "No.", "email": address})

    until(lambda: "letter.undelivered" in str(state(foro, case)["wanted"]))
    last = state(foro, case)["letters"][-1]
    assert (last["state"], last["code"]) == ("refused", "550 5.1.1")
