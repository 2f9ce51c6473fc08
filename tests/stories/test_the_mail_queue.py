"""A mail server refuses, is mended, and the operator lets what waits leave at once."""

import json
import re
import time
from contextlib import closing

import pytest
from tests.conftest import run, statement
from tests.stories.foro import foro_with_mail_at
from tests.stories.operators import operator

from amparo.storage.journal import Journal

ADDRESS = "ana@example.org"


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    with foro_with_mail_at(tmp_path_factory.mktemp("queue")) as node:
        yield node


@pytest.fixture(scope="module")
def olga(foro):
    with operator(foro) as browser:
        yield browser


def refused_for_hours(foro, olga):
    """A letter that was refused for now, some hours ago; its number."""
    foro.post.refuse = True
    puid = f"queue-{time.monotonic_ns()}"
    told = foro.http.post("/api/v1/statement", json=statement(puid), headers=foro.auth).json()
    place = f"/api/v1/statement/{told['uuid']}/notice"
    foro.http.post(place, json={"email": ADDRESS}, headers=foro.auth).raise_for_status()
    soon = until(lambda: shown(olga, "451"))
    assert 'name="letter"' not in soon, "it is tried within minutes anyway"
    with closing(Journal(foro.data / "journal.db")) as journal, journal.transaction():
        journal.db.execute(
            "UPDATE outbox SET tries = 4, due = due + 7200 WHERE state = 'waiting' AND why <> ''"
        )
    return re.search(r'name="letter" value="(\d+)"', shown(olga, "451"))[1]


def shown(olga, words):
    page = olga.get("/admin/mail?state=retrying").text
    return page if words in page else ""


def until(holds):
    deadline = time.monotonic() + 120
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def listed(foro, *words):
    printed = run("mail", "list", "--format", "json", *words, "--data", foro.data)
    return [json.loads(line) for line in printed.stdout.splitlines()], printed.stderr


def test_the_server_is_mended_and_the_letter_leaves_once_although_pressed_twice(foro, olga):
    number, before = refused_for_hours(foro, olga), len(foro.post.mails)
    [row], counts = listed(foro)
    page = olga.get("/admin/mail").text

    assert (row["number"], row["code"], row["platform"]) == (int(number), "451", "Foro")
    assert "retrying: 1" in counts
    assert "Foro took a decision about you" in page
    assert ADDRESS not in page + json.dumps(row)

    foro.post.refuse = False
    first = olga.post("/admin/mail/again", data={"letter": number})
    second = olga.post("/admin/mail/again", data={"letter": number})

    assert "Letters that are tried again now: 1." in first.text
    assert second.status_code == 422
    until(lambda: not shown(olga, "451"))
    assert len(foro.post.mails) == before + 1
    gone = olga.post("/admin/mail/again", data={"letter": number})
    assert f"No letter {number} waits to be tried again." in gone.text


def test_the_command_line_does_the_same(foro, olga):
    number, before = refused_for_hours(foro, olga), len(foro.post.mails)
    foro.post.refuse = False

    run("mail", "again", number, "--data", foro.data)
    until(lambda: len(foro.post.mails) == before + 1)
    twice = run("mail", "again", number, "--data", foro.data, check=False)
    neither = run("mail", "again", "--data", foro.data, check=False)

    assert (twice.returncode, neither.returncode) == (1, 2)
    assert (
        "Letters that are tried again now: 0."
        in run("mail", "again", "--all", "--data", foro.data).stderr
    )


@pytest.mark.parametrize(
    "letter", ["", "0", "-1", "ALL", "1e3", "9" * 30, "١", "nobody@example.org"]
)
def test_a_forged_number_is_no_letter(olga, letter):
    assert olga.post("/admin/mail/again", data={"letter": letter}).status_code == 422


@pytest.mark.parametrize("query", ["state=sent", "state=retrying'--", "before=x", "before=-1"])
def test_an_odd_address_shows_the_queue_all_the_same(olga, query):
    assert olga.get(f"/admin/mail?{query}").status_code == 200


def test_nobody_is_said_to_be_told_whom_the_platform_does_not_know(foro, olga):
    """It is asked to tell whom a decision is about; who reported something, it cannot."""
    asked = "the platform is asked to tell these people in its own way"
    number = fail(foro, "person")
    assert asked in olga.get("/admin/mail?state=refused").text

    fail(foro, "notifier")

    page = olga.get("/admin/mail?state=refused").text
    assert number in page
    assert asked not in page


def fail(foro, recipient):
    """A letter to somebody in a case that was refused for good; its number."""
    with closing(Journal(foro.data / "journal.db")) as journal, journal.transaction():
        number = journal.db.execute(
            "INSERT INTO outbox (case_id, recipient, kind, made_at, due, way, platform, state, why) "
            "VALUES (?, ?, 'decided', ?, 0, 'mail', 1, 'failed', '550 5.1.1') RETURNING id",
            (bytes(16), recipient, int(time.time())),
        ).get
    return f" · {number}"


def test_what_is_counted_among_the_newest_alone_says_so(foro, olga):
    """Numbers above those that are looked at: as after twenty thousand letters."""
    whole = run("mail", "list", "--data", foro.data).stderr
    assert "among the newest" not in whole
    with closing(Journal(foro.data / "journal.db")) as journal:
        insert = "INSERT INTO outbox (id, case_id, recipient, way, kind, state, due, made_at) "
        row = (b"", "person", "mail", "decision", "sent", 0, 0)
        journal.db.execute(f"{insert} VALUES (30000, ?, ?, ?, ?, ?, ?, ?)", row)

    partly = run("mail", "list", "--data", foro.data).stderr

    assert "refused: 0 among the newest 20,000 messages" in partly
    assert not [line for line in partly.splitlines() if "queued" in line and "among" in line]
    assert "counted among the newest 20,000 messages" in olga.get("/admin/mail").text
