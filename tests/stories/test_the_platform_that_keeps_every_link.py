"""A platform that keeps what it was given: the link of each person, and whatever address it knows.

It opens cases before their persons do, complains in their place, reads along, confirms what it did
itself, and asks for fresh links. None of it is final, and none of it stays unseen.
"""

import io
import re
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx2
import pytest
from tests.conftest import own_link, proven_link, run, statement
from tests.stories.foro import foro_with_mail_at
from tests.web.test_all_mistakes_at_once import beside, summary

REPORT = {"why": "It threatens me.", "where": "https://foro.example/p/1", "good_faith": "yes"}
SAID = "I quoted a threat in order to report it."


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    with foro_with_mail_at(tmp_path_factory.mktemp("links")) as node:
        node.desk = desk_of(node)
        yield node


def desk_of(node):
    """Rosa's way in at the desk, which belongs to the platform."""
    seat = ("reviewer", "add", "Rosa", "rosa@foro.example", "--platform", "Foro")
    way_in = urlsplit(run(*seat, "--data", node.data).stdout.splitlines()[-1])
    link = way_in.query.partition("=")[2]
    signed_in = node.http.post("/desk/sign-in", data={"link": link})
    return {"cookie": signed_in.headers["set-cookie"].partition(";")[0]}


def decided(foro):
    puid = f"kept-{time.monotonic_ns()}"
    told = foro.http.post("/api/v1/statement", json=statement(puid), headers=foro.auth).json()
    told["handed_over"] = urlsplit(told["recourse_url"]).path
    notice(foro, told["uuid"])
    return told


def notice(foro, case, **body):
    return foro.http.post(f"/api/v1/statement/{case}/notice", json=body, headers=foro.auth)


def state(foro, told):
    return foro.http.get(f"/api/v1/case/{told['uuid']}", headers=foro.auth).json()


def does_all_it_can(foro, told):
    """It opens the case first, complains with a dot, reverses, "restores", and confirms."""
    usurped = own_link(foro.http, told)
    foro.http.post(f"{usurped}/complaint", data={"grounds": ".", "email": "us@foro.example"})
    steps = {
        "assign": {},
        "open": {},
        "decide": {
            "outcome": "reversed",
            "steps": "restore_content",
            "reasons": "We have thought about it again, and are content.",
        },
    }
    for step, form in steps.items():
        path = f"/desk/case/{told['uuid']}/{step}"
        assert foro.http.post(path, data=form, headers=foro.desk).status_code == 303
    done = {"result": "implemented"}
    foro.http.post(f"/api/v1/case/{told['uuid']}/remedy", json=done, headers=foro.auth)
    assert foro.http.post(f"{usurped}/confirm").status_code == 303
    return usurped


# --- the link that it was given -------------------------------------------------------------------


def test_whoever_only_looks_at_the_link_changes_nothing(foro):
    """Scanners of mail and previews of messages open every link."""
    told = decided(foro)

    before = state(foro, told)

    pages = [foro.http.get(told["handed_over"]).text for _ in range(3)]

    assert all("Open my case" in page for page in pages)
    assert state(foro, told) == before
    assert own_link(foro.http, told)


def until_published(foro, path):
    """A file of a case is there once its entries stand in a published tree."""
    for _ in range(120):
        answer = foro.http.get(path)
        if answer.status_code != 503:
            break
        time.sleep(0.5)
    assert answer.status_code == 200
    return answer


def test_the_person_opens_the_case_and_then_the_platform_reads_the_decision_and_nothing_else(foro):
    told = decided(foro)
    own = own_link(foro.http, told)
    form = {"grounds": SAID, "email": "ana@example.org"}
    foro.http.post(f"{own}/complaint", data=form, files={"files": ("a.txt", b"my diary")})
    page = foro.http.get(own).text
    assert SAID in page
    file = re.search(rf"{own}/file/\d+", page)[0].removeprefix(own)

    read = foro.http.get(told["handed_over"])

    assert "What was done" in read.text
    assert "Somebody opened this case by this link on" in read.text
    for secret in (SAID, "ana@example.org", "a.txt", own):
        assert secret not in read.text
    for below in (file, "/parts"):
        assert foro.http.get(told["handed_over"] + below).status_code == 404
    along = until_published(foro, told["handed_over"] + "/case-file")
    with zipfile.ZipFile(io.BytesIO(along.content)) as parts:
        everything = b"".join(map(parts.read, parts.namelist()))
    for secret in (SAID, "ana@example.org", "a.txt", "my diary", own):
        assert secret.encode() not in everything
    for step in ("open", "complaint", "add", "withdraw", "panel", "confirm", "dispute", "disown"):
        refused = foro.http.post(f"{told['handed_over']}/{step}", data={"grounds": "."})
        assert refused.status_code in (404, 422), step
        assert SAID not in refused.text
    assert foro.http.post(f"{told['handed_over']}/revoke").status_code == 404
    assert state(foro, told)["complaint"] == "filed"


def test_the_first_act_opens_the_case_as_well(foro):
    """Somebody who complains at once is not asked to open anything before."""
    told = decided(foro)

    sent = foro.http.post(f"{told['handed_over']}/complaint", data={"grounds": SAID})

    own = sent.headers["location"]
    assert told["handed_over"] not in own
    page = foro.http.get(own).text
    assert SAID in page
    assert "Keep this page's address now" in page
    assert SAID not in foro.http.get(told["handed_over"]).text


def test_a_first_act_that_is_refused_opens_nothing(foro):
    told = decided(foro)

    refused = foro.http.post(f"{told['handed_over']}/complaint", data={"grounds": " "})

    assert refused.status_code == 422
    assert "Say in your own words what is wrong with the decision." in refused.text
    assert own_link(foro.http, told)


def test_of_two_who_open_it_at_once_one_gets_the_case(foro):
    told = decided(foro)

    def open_or_complain(n):
        with httpx2.Client(base_url=foro.url, timeout=60) as http:
            step = ("open", "complaint")[n % 2]
            return http.post(f"{told['handed_over']}/{step}", data={"grounds": SAID})

    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(open_or_complain, range(8)))

    assert sorted(answer.status_code for answer in answers) == [303] + [422] * 7
    [winner] = [answer for answer in answers if answer.status_code == 303]
    assert foro.http.get(winner.headers["location"]).status_code == 200


# --- what it does with it -------------------------------------------------------------------------


def test_what_it_confirmed_itself_is_claimed_and_not_verified(foro):
    told = decided(foro)

    usurped = does_all_it_can(foro, told)

    assert state(foro, told)["remedy"] == "claimed"
    assert "It counts as said and not as checked" in foro.http.get(usurped).text


def test_the_person_sees_that_it_was_there_first_takes_the_case_over_and_undoes_it_all(foro):
    told = decided(foro)
    usurped = does_all_it_can(foro, told)

    seen = foro.http.get(told["handed_over"]).text
    assert "Somebody opened this case by this link on" in seen
    assert "Foro was given this link too, and may have used it." in seen
    own = proven_link(foro, told)

    page = foro.http.get(own).text
    assert "Somebody who does not work for the platform looked." in page
    assert "us@foro.example" not in page
    assert foro.http.get(usurped).status_code == 404
    assert foro.http.post(f"{usurped}/add", data={"grounds": "."}).status_code == 404
    assert "That was not me: undo it" in page
    assert "Whoever had the link then" in page
    assert foro.http.post(f"{own}/disown").status_code == 303
    assert foro.http.post(f"{own}/complaint", data={"grounds": SAID}).status_code == 303
    now = state(foro, told)
    assert (now["complaint"], now["remedy"], now["outcome"]) == ("filed", "", "")
    path = f"/desk/case/{told['uuid']}/assign"
    assert foro.http.post(path, headers=foro.desk).status_code == 422  # Rosa has judged it before


def test_whoever_showed_whose_account_it_is_verifies(foro):
    told = decided(foro)
    usurped = does_all_it_can(foro, told)
    own = proven_link(foro, told, own=usurped)

    foro.http.post(f"{own}/confirm")

    assert state(foro, told)["remedy"] == "verified"
    assert "It is done, and that was checked." in foro.http.get(own).text


def test_it_complains_with_a_dot_and_withdraws_and_the_person_still_complains(foro):
    told = decided(foro)
    usurped = own_link(foro.http, told)
    foro.http.post(f"{usurped}/complaint", data={"grounds": "."})
    foro.http.post(f"{usurped}/withdraw")
    own = proven_link(foro, told)

    page = foro.http.get(own).text
    again = foro.http.post(f"{own}/complaint", data={"grounds": SAID})

    assert "What is wrong with the decision?" in page
    assert again.status_code == 303
    assert state(foro, told)["complaint"] == "filed"


# --- whose case it is -----------------------------------------------------------------------------


def claimed(foro, told):
    """Somebody says that the case is theirs; the claim's page, and its word."""
    asked = foro.http.post(f"{told['handed_over']}/claim")
    claim = urlsplit(asked.headers["location"]).path
    [word] = re.findall(r"amparo(?:-[a-z2-7]{4}){4}", foro.http.get(claim).text)
    return claim, word


def test_it_claims_the_case_for_itself_and_its_own_word_is_not_enough(foro):
    told = decided(foro)
    own = own_link(foro.http, told)
    foro.http.post(f"{own}/complaint", data={"grounds": SAID, "email": "ana@example.org"})

    claim, word = claimed(foro, told)
    says_so = foro.http.post(
        f"/api/v1/case/{told['uuid']}/claim", json={"word": word}, headers=foro.auth
    )

    assert says_so.status_code == 409
    assert SAID not in foro.http.get(claim).text
    assert SAID in foro.http.get(own).text
    assert "Somebody says that this case is theirs." in foro.http.get(own).text
    told_her = foro.post.to("ana@example.org", "Somebody says that your case with Foro is theirs")
    assert "somebody who does not work for Foro" in told_her.get_body().get_content()


def test_an_honest_platforms_word_lets_in_whoever_lost_a_link_that_nobody_used(foro):
    told = decided(foro)
    claim, word = claimed(foro, told)

    says_so = foro.http.post(
        f"/api/v1/case/{told['uuid']}/claim",
        json={"word": word.upper(), "seen": "It came by our form, from that account."},
        headers=foro.auth,
    )

    assert says_so.status_code == 200
    page = foro.http.get(claim).text
    assert "The platform says so; nobody else looked." in page
    assert foro.http.post(f"{told['handed_over']}/open").status_code == 422


def test_the_word_alone_opens_nothing_and_a_wrong_one_proves_nothing(foro):
    told = decided(foro)
    _, word = claimed(foro, told)
    looked = ("--by", "Olga", "--seen", "It stands in the profile.", "--data", foro.data)

    wrong = run("claim", "prove", told["uuid"], word[:-4] + "2222", *looked, check=False)

    assert wrong.returncode == 1
    assert "There is no claim with this word." in wrong.stderr
    assert foro.http.get(f"/recourse/{told['uuid']}/{word}").status_code == 404


def test_whoever_runs_the_node_sees_where_to_look_and_ends_claims_that_are_none(foro):
    told = decided(foro)
    claim, word = claimed(foro, told)
    place = "https://foro.example/@ana"
    asked = foro.http.post(f"{claim}/where", data={"place": " "})
    assert summary(asked.text) == beside(asked.text) == ["place"]
    foro.http.post(f"{claim}/where", data={"place": place})

    rows = run("claim", "list", "--data", foro.data).stdout.splitlines()
    [row] = [row.split("\t") for row in rows if word in row]
    assert row == [told["uuid"], "Foro", told["puid"], word, place, row[5], "no"]
    looked = ("--by", "Olga", "--reasons", "The profile of this account is empty.")
    run("claim", "refuse", told["uuid"], "--all", *looked, "--data", foro.data)

    page = foro.http.get(claim).text
    assert "Somebody looked, and did not see the word on the account." in page
    assert "The profile of this account is empty." in page
    assert foro.http.post(f"{claim}/where", data={"place": "elsewhere"}).status_code == 303
    assert word not in run("claim", "list", "--data", foro.data).stdout
    own = own_link(foro.http, told)
    assert "The profile of this account is empty." in foro.http.get(own).text


# --- what this node mails -------------------------------------------------------------------------


def mailed(foro, told, address):
    """The link in the letter that this node wrote about a decision."""
    letter = foro.post.to(address, "Foro took a decision about you")
    text = letter.get_body().get_content()
    return urlsplit(re.search(r"http://\S+/recourse/\S+", text)[0]).path


def test_the_link_in_a_mail_is_the_persons_and_the_platform_sees_it_nowhere(foro):
    told = untold(foro)
    answer = notice(foro, told["uuid"], email="bea@example.org")
    own = mailed(foro, told, "bea@example.org")
    capability = own.rpartition("/")[2]

    refused = foro.http.post(f"{told['handed_over']}/open")
    foro.http.post(f"{own}/complaint", data={"grounds": SAID})

    assert refused.status_code == 422
    assert "This service has written to the person" in refused.text
    assert SAID in foro.http.get(own).text
    orders = foro.http.get("/api/v1/orders", headers=foro.auth).text
    desk = foro.http.get(f"/desk/case/{told['uuid']}", headers=foro.desk).text
    for place in (answer.text, str(state(foro, told)), orders, desk, refused.text):
        assert capability not in place


def untold(foro):
    """A decision of which nobody was told yet."""
    puid = f"untold-{time.monotonic_ns()}"
    told = foro.http.post("/api/v1/statement", json=statement(puid), headers=foro.auth).json()
    return told | {"handed_over": urlsplit(told["recourse_url"]).path}


def test_an_address_of_its_own_gets_it_no_further_than_the_link_does(foro):
    told = untold(foro)
    notice(foro, told["uuid"], email="us@foro.example")
    usurped = mailed(foro, told, "us@foro.example")
    foro.http.post(f"{usurped}/complaint", data={"grounds": "."})

    seen = foro.http.get(told["handed_over"]).text
    own = proven_link(foro, told)

    assert "This service has written to the person" in seen
    assert foro.http.get(usurped).status_code == 404
    assert "That was not me: undo it" in foro.http.get(own).text


def test_it_has_no_second_link_sent_to_an_address_of_its_own(foro):
    told = untold(foro)
    assert notice(foro, told["uuid"], email="ana@example.org").status_code == 202

    second = notice(foro, told["uuid"], email="us@foro.example")

    assert second.status_code == 409
    assert "the person is written to once" in second.text


@pytest.mark.parametrize("used", ["open", "complaint"])
def test_it_gets_no_fresh_link_once_the_person_has_theirs(foro, used):
    told = decided(foro)
    foro.http.post(f"{told['handed_over']}/{used}", data={"grounds": "No."})

    fresh = notice(foro, told["uuid"], email="us@foro.example")

    assert fresh.status_code == 409
    assert "has used their own page" in fresh.text


def test_it_gets_no_link_into_a_reporters_case(foro):
    foro.http.post("/report", data=REPORT | {"platform": "foro"})
    [case] = [
        one["case"]
        for one in foro.http.get("/api/v1/orders", headers=foro.auth).json()["orders"]
        if one["kind"] == "notice"
    ]

    refused = notice(foro, case, email="us@foro.example")

    assert refused.status_code == 409
    assert "leaves an address or none" in refused.text


def test_with_an_erasure_every_link_ends(foro):
    told = decided(foro)
    own = own_link(foro.http, told)
    claim, _ = claimed(foro, told)
    fresh = foro.http.post(f"{own}/revoke").headers["location"]
    assert foro.http.get(own).status_code == 404
    assert foro.http.get(fresh).status_code == 200

    run("erase", told["uuid"], "--reason", "request", "--yes", "--data", foro.data)

    for link in (told["handed_over"], own, fresh, claim):
        assert foro.http.get(link).status_code == 404
    assert foro.http.get(f"/statement/{told['uuid']}").status_code == 200


def test_claims_to_one_case_have_an_end_and_so_have_those_of_one_network(foro):
    told = decided(foro)

    answers = [foro.http.post(f"{told['handed_over']}/claim") for _ in range(40)]

    assert {answer.status_code for answer in answers} <= {303, 422, 429}
    assert answers[-1].status_code in (422, 429)
    listed = run("claim", "list", "--data", foro.data).stdout
    assert listed.count(told["uuid"]) <= 20
