"""Ways in: a passkey in a real Chromium, and an organisation's own sign-in with a real provider."""

import json
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest
from tests.conftest import Served, run
from tests.postbox import mailbox
from tests.web.conftest import violations

from amparo.errors import Denied
from amparo.ledger.case import passkeys, people
from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.storage.journal import Journal
from amparo.web.staff import oidc


def seat(data, name, *words):
    """A seat at Foro's desk; its one-time link."""
    address = f"{name.lower()}@example.org"
    told = run("reviewer", "add", name, address, "--platform", "Foro", "--data", data, *words)
    return path_of(told.stdout)


def path_of(printed):
    """The path of a link that a command printed: here the node has another name."""
    return "/desk" + printed.splitlines()[-1].partition("/desk")[2]


@pytest.fixture(scope="module")
def provider():
    """A real OpenID provider that knows two people."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    people = [
        {"sub": "rosa", "email": "rosa@example.org", "email_verified": True},
        {"sub": "eve", "email": "rosa@example.org", "email_verified": False},
        {"sub": "mal", "email": "rosa@example.org", "email_verified": "false"},
        {"sub": "max", "email": "max@example.org", "email_verified": True},
    ]
    claims = [word for one in people for word in ("--user-claims", json.dumps(one))]
    program = str(Path(sys.executable).with_name("oidc-provider-mock"))
    process = subprocess.Popen(
        [program, "--port", str(port), *claims],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 120
    while True:
        try:
            httpx2.get(f"{address}/.well-known/openid-configuration").raise_for_status()
            break
        except httpx2.HTTPError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    yield address
    process.terminate()
    process.wait()


def served_with(provider, data):
    """A node whose desk may be entered through an organisation's sign-in."""
    run("platform", "add", "Foro", "--data", data)
    settings = data / "amparo.toml"
    text = settings.read_text().replace('oidc_issuer = ""', f'oidc_issuer = "{provider}"')
    settings.write_text(text.replace('oidc_client = ""', 'oidc_client = "amparo"'))
    secret = data / "keys" / "oidc.secret"
    secret.write_text("between the two")
    secret.chmod(0o600)
    return Served(data)


@pytest.fixture
def foro(tmp_path_factory, provider):
    """A node of its own for each test, so that no other has used up its rate limit of sign-ins."""
    data = tmp_path_factory.mktemp("ways-in") / "node"
    node = served_with(provider, data)
    node.link = seat(data, "Rosa")
    # A passkey is bound to a name, and a bare address is none.
    node.named = node.url.replace("127.0.0.1", "localhost")
    yield node
    node.stop()


@pytest.fixture(scope="module")
def unused(tmp_path_factory, provider):
    """A node at which nobody has tried to sign in: its rate limit of sign-ins is whole."""
    node = served_with(provider, tmp_path_factory.mktemp("unused") / "node")
    yield node
    node.stop()


def device(page, *, verified=True):
    """A device of the person: an authenticator inside Chromium."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verified,
        "automaticPresenceSimulation": True,
    }
    return tools, tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_added_opens_the_desk_and_opens_nothing_once_removed(foro, open_page):
    page = open_page(f"{foro.named}{foro.link}", locale="en-GB")
    device(page)
    page.get_by_role("button", name="Come in").click()
    page.get_by_role("link", name="Passkeys").click()
    assert violations(page) == []
    page.get_by_label("A name for it").fill("mi teléfono")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("mi teléfono").wait_for()
    page.goto(f"{foro.named}/desk")
    page.get_by_role("button", name="Sign Rosa out").click()

    page.get_by_role("button", name="Come in with a passkey").click()
    page.get_by_role("heading", name="Complaints").wait_for()

    page.get_by_role("link", name="Passkeys").click()
    page.get_by_text("last used").wait_for()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_text("You have none yet.").wait_for()
    page.goto(f"{foro.named}/desk")
    page.get_by_role("button", name="Sign Rosa out").click()
    page.get_by_role("button", name="Come in with a passkey").click()
    page.get_by_text("That did not work.").wait_for()
    assert foro.http.get("/desk").status_code == 303


@pytest.mark.parametrize("synced", [True, False])
def test_a_count_of_uses_that_goes_back_shuts_out_no_synced_passkey(foro, open_page, synced):
    """It lives on several devices, each with its own count; one that cannot be copied does not."""
    page = open_page(f"{foro.named}{seat(foro.data, f'Sync{synced}')}", locale="en-GB")
    tools, added = device(page)
    key = added["authenticatorId"]
    page.get_by_role("button", name="Come in").click()
    page.get_by_role("link", name="Passkeys").click()
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("button", name="Remove it").wait_for()

    def come_in(count, *, holds=True):
        credentials = {"authenticatorId": key}
        [one] = tools.send("WebAuthn.getCredentials", credentials)["credentials"]
        again = credentials | {"credentialId": one["credentialId"]}
        tools.send("WebAuthn.removeCredential", again)
        one |= {"signCount": count, "backupEligibility": synced, "backupState": synced}
        tools.send("WebAuthn.addCredential", credentials | {"credential": one})
        page.context.clear_cookies()
        page.goto(f"{foro.named}/desk/sign-in")
        page.get_by_role("button", name="Come in with a passkey").click()
        if holds:
            page.wait_for_url("**/desk")
            page.get_by_role("heading", name="Complaints").wait_for()
        else:
            page.get_by_text("That did not work.").wait_for()

    come_in(7)
    come_in(1, holds=synced)
    come_in(9)


def test_whoever_is_signed_in_ends_every_other_session(foro, open_page):
    def come_in():
        link = run_link(foro).partition("link=")[2]
        came = httpx2.post(f"{foro.url}/desk/sign-in", data={"link": link})
        return {"cookie": came.headers["set-cookie"].partition(";")[0]}

    def sees_the_desk(session):
        return httpx2.get(f"{foro.url}/desk", headers=session).status_code == 200

    left_open, of_nora = come_in(), seat(foro.data, "Nora")
    unused = run_link(foro)
    page = open_page(f"{foro.named}{run_link(foro)}", locale="en-GB")
    page.get_by_role("button", name="Come in").click()
    page.get_by_role("link", name="Passkeys").click()
    assert sees_the_desk(left_open)

    page.get_by_role("button", name="Sign me out everywhere else").click()
    page.get_by_role("heading", name="Where you are signed in").wait_for()

    assert not sees_the_desk(left_open)
    for link, opens in ((unused, False), (of_nora, True)):  # nobody else's is touched
        sent = {"link": link.partition("link=")[2]}
        assert (httpx2.post(f"{foro.url}/desk/sign-in", data=sent).status_code == 303) is opens
    page.get_by_role("button", name="Sign Rosa out").click()
    page.get_by_role("button", name="Come in with a passkey").wait_for()
    assert httpx2.post(f"{foro.url}/desk/sign-out/elsewhere", headers=left_open).status_code == 401


def test_the_device_has_to_verify_its_owner(foro, open_page):
    page = open_page(f"{foro.named}{run_link(foro)}", locale="en-GB")
    device(page, verified=False)
    page.get_by_role("button", name="Come in").click()
    page.get_by_role("link", name="Passkeys").click()

    page.get_by_role("button", name="Add a passkey").click()

    page.get_by_text("That did not work.").wait_for()
    page.reload()
    page.get_by_text("You have none yet.").wait_for()


def run_link(foro):
    return path_of(run("reviewer", "link", "1", "--data", foro.data).stdout)


def test_an_answer_counts_once_and_only_with_a_challenge_of_this_node(foro, open_page):
    """What a script sent for the person is sent once more, and with a challenge that was not asked."""
    page = open_page(f"{foro.named}{run_link(foro)}", locale="en-GB")
    device(page)
    page.get_by_role("button", name="Come in").click()
    page.get_by_role("link", name="Passkeys").click()
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("Remove it").wait_for()
    page.goto(f"{foro.named}/desk")
    page.get_by_role("button", name="Sign Rosa out").click()
    sent = []
    page.on("request", lambda r: sent.append(r) if r.url.endswith("/desk/passkey") else None)
    page.get_by_role("button", name="Come in with a passkey").click()
    page.get_by_role("heading", name="Complaints").wait_for()
    body = sent[0].post_data
    own = {"sec-fetch-site": "same-origin", "host": foro.named.removeprefix("http://")}

    again = foro.http.post("/desk/passkey", content=body, headers=own)
    garbage = [
        foro.http.post("/desk/passkey", content=one, headers=own)
        for one in ("", "{}", "[]", '{"id": 1}', body[:-20], "\x00")
    ]

    assert again.status_code == 401
    assert "was used" in again.text
    assert {one.status_code for one in garbage} == {401}
    assert not any("set-cookie" in one.headers for one in (again, *garbage))


def test_a_browser_waits_for_a_passkey_as_long_as_the_challenge_holds(foro):
    """Whoever has to look for a key or a phone needs more than a library's minute."""
    asked = foro.http.post("/desk/passkey/options", headers={"sec-fetch-site": "same-origin"})

    assert asked.json()["timeout"] == passkeys.CHALLENGE_SECONDS * 1000


def test_nobody_adds_or_removes_a_passkey_without_a_session(foro):
    own = {"sec-fetch-site": "same-origin"}

    for path in ("", "/options", "/remove"):
        assert foro.http.post(f"/desk/passkeys{path}", headers=own).status_code == 401
    assert foro.http.get("/desk/passkeys").status_code == 303
    assert (
        foro.http.post(
            "/desk/passkey/options", headers={"sec-fetch-site": "cross-site"}
        ).status_code
        == 401
    )


def through_the_organisation(foro, open_page, who):
    page = open_page(f"{foro.url}/desk/sign-in", locale="en-GB")
    page.get_by_role("button", name="Come in through your organisation").click()
    page.locator("input[name=sub]").fill(who)
    page.locator("input[name=sub]").press("Enter")
    page.wait_for_url(re.compile(re.escape(foro.url)))
    return page


def test_an_organisation_says_who_comes(foro, open_page):
    page = through_the_organisation(foro, open_page, "rosa")

    page.get_by_role("heading", name="Complaints").wait_for()
    assert page.url == f"{foro.url}/desk"


@pytest.mark.parametrize("who", ["eve", "mal", "max"])
def test_an_address_nobody_has_verified_or_without_a_seat_opens_nothing(foro, open_page, who):
    page = through_the_organisation(foro, open_page, who)

    page.get_by_text("There is no seat for you here.").wait_for()
    page.goto(f"{foro.url}/desk")
    assert page.url == f"{foro.url}/desk/sign-in"


def test_an_issuer_that_never_says_email_verified_is_named_and_can_be_trusted(node, caplog):
    """As Entra ID, whose `xms_edov` says it instead; what is called unverified opens nothing."""
    journal = Journal(node.journal)
    rosa = people.add(
        journal, platforms.add(journal, "Foro", Profile()), "Rosa", "rosa@example.org"
    )
    mail = {"email": "ROSA@example.org"}

    def whose(said, *, trusted=False):
        settings = SimpleNamespace(oidc_addresses_verified=trusted)
        serving = SimpleNamespace(journal=journal, node=SimpleNamespace(settings=settings))
        return oidc._whose(serving, mail | said)

    assert whose({"xms_edov": True}) == whose({"email_verified": "true"}) == rosa
    with pytest.raises(Denied) as refused:
        whose({})
    assert "does not say whether it has verified" in refused.value.why
    assert "oidc_addresses_verified" in caplog.text
    assert whose({}, trusted=True) == rosa
    for unverified in ({"email_verified": False}, {"xms_edov": "0"}):
        with pytest.raises(Denied):
            whose(unverified, trusted=True)


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?code=x&state=y", "?error=access_denied&state=y"]
)
def test_an_answer_that_was_not_asked_for_opens_nothing(unused, query):
    answer = unused.http.get(f"/desk/oidc/back{query}")

    assert answer.status_code == 401
    assert "did not sign you in" in answer.text


def test_a_link_comes_in_the_language_it_was_asked_for_in(tmp_path):
    """Mail to reviewers was in English, whatever page they had asked on."""
    with mailbox() as box, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AMPARO_SMTP", box.url)
        node = Served(tmp_path / "node")
        try:
            node.add_platform("Foro")
            seat(tmp_path / "node", "Rosa")
            seat(tmp_path / "node", "Max")
            for name, language in (("rosa", "es-MX,es;q=0.8"), ("max", "en")):
                asked = {"email": f"{name}@example.org"}
                headers = {"accept-language": language}
                node.http.post("/desk/sign-in", data=asked, headers=headers).raise_for_status()
            spanish = box.to("rosa@example.org", "su enlace")
            english = box.to("max@example.org", "your link")
        finally:
            node.stop()

    assert "una sola vez, durante 30 minutos" in spanish.get_content()
    assert "once, within 30 minutes" in english.get_content()


def test_no_mailbox_is_flooded_with_links_from_many_networks(tmp_path):
    """Each network alone stays below its own limit; the answer is the same to all of them."""
    with mailbox() as box, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AMPARO_SMTP", box.url)
        patch.setenv("FORWARDED_ALLOW_IPS", "127.0.0.1")
        node = Served(tmp_path / "node")

        def ask(address, number):
            asked = {
                "data": {"email": address},
                "headers": {"x-forwarded-for": f"203.0.113.{number}"},
            }
            return node.http.post("/desk/sign-in", **asked).raise_for_status().text

        def mailed(address):
            return [to for to, _ in box.mails].count(address)

        try:
            node.add_platform("Foro")
            seat(tmp_path / "node", "Rosa")
            seat(tmp_path / "node", "Max")
            answers = {ask("nobody@example.org", 0)}
            deadline = time.monotonic() + 120
            for number in range(1, 12):
                answers.add(ask(("rosa@example.org", "Rosa@Example.ORG")[number % 2], number))
                while mailed("rosa@example.org") < min(number, 5):
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
            ask("max@example.org", 12)
            box.to("max@example.org", "your link")  # nobody else is kept from coming in by it
        finally:
            node.stop()

    assert len(answers) == 1
    assert mailed("rosa@example.org") == 5


def test_without_settings_there_is_no_such_way(served):
    assert served.http.get("/desk/oidc").status_code == 404
    assert "organisation" not in served.http.get("/desk/sign-in").text
