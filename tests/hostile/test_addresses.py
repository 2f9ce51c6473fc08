"""Addresses that are not what they seem: logins inside, breaks, and letters that fold to others."""

import json
import time

import pytest
from tests.conftest import new_node, statement
from tests.hostile.tally import tally

from amparo.errors import Malformed
from amparo.ledger.case import people
from amparo.ledger.log import platforms
from amparo.ledger.outbound import webhooks
from amparo.ledger.outbound.mail import Mail
from amparo.record import address, fast_path, mailbox, rules
from amparo.record.decision import parse, trim
from amparo.record.rules import Profile
from amparo.storage import settings
from amparo.storage.journal import Journal

LOGINS = [
    "https://user:word@x.example/",
    "https://user@x.example/",
    "https://:word@x.example/",
    "https://bank.example@evil.example/",
    "ftp://a:b@x.example",
    "https://us%65r:word@x.example/",
    "HTTPS://u\u200bser:w@x.example/",
]
BROKEN = [
    "https://exa mple.org",
    "https://exa\tmple.org",
    "https://<script>.example/",
    "https://\uff1cscript\uff1e.example/",
    "https://x.example/<script>",
    "https://x.example\u2100evil.example/",
    "https://[::1",
    "https://x.example:port/",
    "https://x.example/a b",
    "https://x.example/a\nb",
    "https://x.example/a\r\nSet-Cookie: a",
    "https://x.example/\tb",
    "https://x.example/\u0000",
    "https://x.example/\u00a0b",
    "https://x.example/\u2028b",
    "https://x.example/\u202egpj.exe",
    "https://x.exa\u200bmple/",
    "https://x.example\\@evil.example/",
    "https:// x.example/",
    "https:///path",
    "x.example",
]
SOUND = [
    "https://x.example",
    "https://x.example/y?z=1&m=a@b.example#c",
    "https://x.example/@user/1",
    "https://b\u00fccher.example/\u0646\u200c\u0645\u0647",
    "https://[::1]:8080/",
    "urn-x://a",
    "https://x.example/?next=https://a:b@y.example/",
]


def findings(url):
    body = json.dumps(statement(decision_ground_reference_url=url)).encode()
    found = rules.check(trim(parse(body)), Profile())
    batch = json.dumps({"statements": [json.loads(body)]}).encode()
    short = (fast_path.decision(parse(body)) is not None, fast_path.decisions(batch) is not None)
    assert short == (found == [], found == [])  # both ways in agree
    return [(one.attribute, one.why) for one in found]


@pytest.mark.parametrize("url", LOGINS + BROKEN)
def test_a_reference_with_a_login_or_a_break_is_a_finding_by_every_way_in(url):
    ((attribute, why),) = findings(url)
    assert attribute == "decision_ground_reference_url"
    assert ("user name or a password" in why) == (url in LOGINS)


@pytest.mark.parametrize("url", SOUND)
def test_every_other_reference_is_taken_as_before(url):
    assert findings(url) == []


@pytest.mark.parametrize("url", LOGINS + BROKEN)
def test_no_webhook_is_kept_with_one(journal, url):
    platform = platforms.add(journal, "Foro", Profile())
    with pytest.raises(Malformed, match="no address for a webhook"):
        webhooks.set_webhook(journal, platform.id, url, private=True)
    assert webhooks.of_platform(journal, platform.id) is None


def test_a_login_in_a_notice_is_refused_before_it_is_kept(served, platform):
    fields = {"platform": "test-platform", "why": "It names me.", "good_faith": "yes"}
    for where in ("https://user:word@x.example/1", "first\nhttps://user:word@x.example/1"):
        answer = served.http.post("/report", data=fields | {"where": where})
        assert (answer.status_code, "user name or a password" in answer.text) == (422, True)
    taken = served.http.post(
        "/report", data=fields | {"where": "a b https://x.example/@u\nme@x.example"}
    )
    assert taken.status_code == 303


def test_looking_for_logins_takes_time_by_length_alone():
    begun = time.process_time()
    for text in ("a" * 10_000, "://" * 3_000, ":/" * 5_000, ":" * 10_000, "://" + "a:" * 5_000):
        assert not address.holds_login(text)
        address.is_sound("https://x.example/" + text)
    spent = time.process_time() - begun
    assert spent < 1.0
    tally(
        "references with logins and breaks",
        f"{len(LOGINS + BROKEN)} spellings, 4 doors",
        f"{spent * 1000:.0f} ms for 150 kB of text",
    )


LIKE_KIM = [
    "\u212aim@desk.example",
    "\u212aIM@desk.example",
    "k\u0131m@desk.example",
    "kim@de\u017fk.example",
    "kim@desk.exampl\u0435",
    "K\u0130M@desk.example",
    "\uff4bim@desk.example",
]


@pytest.fixture(params=["file", "postgresql"])
def everywhere(request, tmp_path):
    """A journal on both databases: each folds letters in its own way."""
    place = request.getfixturevalue("postgres").place() if request.param != "file" else ""
    journal = Journal(new_node(tmp_path / "node", place).journal)
    yield journal
    journal.close()


def test_nobody_comes_in_by_a_letter_that_folds_to_another(everywhere):
    desk = platforms.add(everywhere, "Foro", Profile())
    people.add(everywhere, desk, "Kim", "Kim@Desk.example")
    for own in ("kim@desk.example", "KIM@DESK.EXAMPLE", " Kim@Desk.example "):
        assert people.by_email(everywhere, own).name == "Kim"
    for other in LIKE_KIM:
        assert mailbox.folded(other) != "kim@desk.example"
        assert people.by_email(everywhere, other) is None
    # Nor does a seat with such an address stand in for the one that looks like it.
    people.add(everywhere, desk, "Kelvin", "\u212aelvin@desk.example")
    assert people.by_email(everywhere, "kelvin@desk.example") is None
    assert people.by_email(everywhere, "\u212aelvin@DESK.example").name == "Kelvin"
    tally("letters that fold to others at sign-in", f"{len(LIKE_KIM)} spellings", "no way in")


@pytest.mark.parametrize(
    "server",
    [
        "smtp://[",
        "smtp://localhost:99999",
        "smtp://localhost:0",
        "smtp://localhost:x",
        "smtp://user:word@[::1",
        "http://localhost",
        "localhost",
    ],
)
def test_an_address_of_a_mail_server_that_is_none_is_told_at_the_start(server):
    """A port that is none used to end the thread of all notices with each one that was due."""
    with pytest.raises(Malformed) as error:
        Mail(server, "amparo@localhost")
    assert "word" not in error.value.why


@pytest.mark.parametrize("sender", ["a@b\nBcc: c@d", "", "amparo", "a\r@b"])
def test_a_sender_that_is_no_address_is_told_at_the_start(sender):
    """And not by every notice that is not sent."""
    with pytest.raises(Malformed):
        Mail("smtp://localhost", sender)


@pytest.mark.parametrize(
    "url", ["https://[", "https://[::1", "https://x:99999/", "https://x:0/", "https://x:y/"]
)
def test_a_webhook_that_is_no_address_is_refused(tmp_path, url):
    """Half an IPv6 address and a port that is none were tracebacks."""
    journal = Journal(new_node(tmp_path).journal)
    foro = platforms.add(journal, "Foro", Profile())
    with pytest.raises(Malformed):
        webhooks.set_webhook(journal, foro.id, url, private=True)
    journal.close()


@pytest.mark.parametrize("name", ["base_url", "oidc_issuer"])
@pytest.mark.parametrize(
    "url",
    [
        "http://[",
        "javascript:alert(1)",
        "node.example",
        "https://a b",
        "https://a@b",
        "https://a\\nb",
    ],
)
def test_a_setting_that_is_no_address_is_told_at_the_start(name, url):
    """It stands in every link that people are sent."""
    with pytest.raises(Malformed) as error:
        settings.read(f'origin = "log.example"\n{name} = "{url}"\n', name="amparo.toml")
    assert f"`{name}`" in error.value.why
