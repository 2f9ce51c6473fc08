"""A statement can be tried out: every rule is asked, and nothing goes on the record."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx2
import pytest
from tests.conftest import statement

from amparo.ledger.log import platforms
from amparo.storage.journal import Journal
from amparo.storage.node import create_node

ONE = "/api/v1/statement"
MANY = "/api/v1/statements"
GONE = {"id", "index", "permalink", "self", "receipt_url", "recourse_url"}


def fresh(**changes):
    return statement(f"tried-{uuid4()}", **changes)


@pytest.fixture
def post(served, platform):
    def posting(path, body, **headers):
        return served.http.post(path, json=body, headers=platform | headers)

    return posting


@pytest.fixture
def test_token(served):
    """The header with the test token of `platform`."""
    command = [sys.executable, "-m", "amparo", "platform", "token", "Test Platform", "--test"]
    done = subprocess.run(
        [*command, "--data", served.data], capture_output=True, text=True, check=True, timeout=120
    )
    return {"authorization": f"Bearer {done.stdout.strip()}"}


def size(served):
    return served.http.get("/health").json()["entries"]


def test_what_is_tried_out_is_answered_as_it_would_be_and_is_nowhere(served, post):
    before, sent = size(served), fresh(territorial_scope=["BE"])
    answer = post(f"{ONE}?dry_run=1", sent)
    tried = answer.json()

    assert answer.status_code == 201
    assert tried["dry_run"] is True
    assert {name: tried[name] for name in sent} == sent
    assert not tried.keys() & GONE
    assert size(served) == before
    assert served.http.get(f"/statement/{tried['uuid']}").status_code == 404
    real = post(ONE, sent)
    assert (real.status_code, "dry_run" in real.json()) == (201, False)


def test_trying_out_finds_what_a_submission_finds(post):
    wrong = fresh(decision_ground="DECISION_GROUND_NO_SUCH")
    known = fresh()
    assert post(ONE, known).status_code == 201

    for sent, said in ((wrong, {}), (known, {"dry_run": True})):
        tried, real = post(f"{ONE}?dry_run=1", sent), post(ONE, sent)
        assert (tried.status_code, tried.json()) == (422, real.json() | said)
    for batch in ([fresh(), wrong], [fresh(), known]):
        tried = post(f"{MANY}?dry_run=true", {"statements": batch})
        assert (tried.status_code, tried.json()["errors"]) == (
            422,
            post(MANY, {"statements": batch}).json()["errors"],
        )


@pytest.mark.parametrize("extra", [{}, {"made_up": 1}])
def test_a_batch_is_tried_out_whole(served, post, extra):
    """Plain statements take the fast path, those with an attribute that nobody knows do not."""
    before, batch = size(served), [fresh(**extra) for _ in range(3)]
    tried = post(f"{MANY}?dry_run=1", {"statements": batch}).json()["statements"]

    assert [one["puid"] for one in tried] == [one["puid"] for one in batch]
    assert all(one["dry_run"] and UUID(one["uuid"]) and not one.keys() & GONE for one in tried)
    assert size(served) == before


def test_nobody_is_told_of_what_is_tried_out(served, post):
    tried = post(
        f"{ONE}?dry_run=1", fresh(person={"email": "ana@example.org", "language": "es"})
    ).json()

    assert "person" not in tried
    assert served.http.get(f"/recourse/{tried['uuid']}/{'0' * 32}").status_code == 404


def test_what_dry_run_says_is_read_or_refused_and_never_passed_over(served, post):
    assert "dry_run" not in post(f"{ONE}?dry_run=0", fresh()).json()
    assert post(f"{ONE}?dry_run=please", fresh()).status_code == 400
    before = size(served)
    stored = post(ONE, fresh()).json()
    for path in (
        f"/api/v1/statement/{stored['uuid']}/notice?dry_run=1",
        "/api/v1/notices?dry_run=1",
    ):
        refused = post(path, {"email": "ana@example.org"})
        assert refused.status_code == 400
        assert refused.json()["message"] == "This call cannot be tried out."
    assert size(served) == before + 1


def test_with_a_test_token_everything_is_tried_out(served, platform, test_token):
    before = size(served)

    def post(path, body):
        return served.http.post(path, json=body, headers=test_token)

    assert served.http.get("/api/ping", headers=test_token).json()["test"] is True
    assert "test" not in served.http.get("/api/ping", headers=platform).json()
    tried = post(ONE, fresh())
    assert (tried.status_code, tried.json()["dry_run"]) == (201, True)
    assert UUID(tried.json()["uuid"])
    assert post(f"{ONE}?dry_run=0", fresh()).json()["dry_run"] is True
    assert post(f"{ONE}?wait=receipt", fresh()).status_code == 201
    [first, _] = post(MANY, {"statements": [fresh(), fresh()]}).json()["statements"]
    assert first["dry_run"] is True
    assert size(served) == before


def test_a_test_token_opens_nothing_that_is_on_the_record(served, platform, test_token):
    uuid = served.http.post(ONE, json=fresh(), headers=platform).json()["uuid"]

    for path in (f"{ONE}/{uuid}", f"{ONE}/{uuid}/receipt", "/api/v1/orders"):
        refused = served.http.get(path, headers=test_token)
        assert (refused.status_code, refused.json()["message"]) == (
            401,
            "This call takes no test token.",
        )
    told = served.http.post(f"{ONE}/{uuid}/notice", json={}, headers=test_token)
    assert told.status_code == 401


def test_a_test_token_tells_whether_a_puid_is_there_and_where(served, platform, test_token):
    sent = fresh()
    uuid = served.http.post(ONE, json=sent, headers=platform).json()["uuid"]

    asked = served.http.get(f"{ONE}/existing-puid/{sent['puid']}", headers=test_token)
    again = served.http.post(ONE, json=sent, headers=test_token)
    assert asked.status_code == 302
    assert (again.status_code, again.json()["uuid"]) == (422, uuid)
    assert served.http.get(f"{ONE}/existing-puid/none", headers=test_token).status_code == 404


def test_no_person_waits_for_what_is_tried_out_nor_the_other_way_round(served, post, platform):
    """Somebody's step waits for its turn to write; a statement is tried out meanwhile."""
    told = post(ONE, fresh()).json()
    with closing(Journal(served.data / "journal.db")) as journal, ThreadPoolExecutor(1) as person:
        with journal.transaction():
            step = person.submit(served.http.post, f"{urlsplit(told['recourse_url']).path}/open")

            tried = httpx2.post(
                f"{served.url}{ONE}?dry_run=1", json=fresh(), headers=platform, timeout=60
            )

            assert tried.status_code == 201
            assert not step.done()
        assert step.result().status_code == 303


def test_a_test_token_ends_with_the_token_that_it_belongs_to(tmp_path):
    journal = Journal(create_node(tmp_path / "node").journal)
    foro = platforms.add(journal, "Foro", platforms.Profile())
    token = platforms.new_token(journal, foro)
    test = platforms.test_token(journal, foro)

    assert platforms.caller(journal, token) == (foro, False)
    assert platforms.caller(journal, test) == (foro, True)
    assert platforms.test_token(journal, foro) == test
    assert platforms.caller(journal, f"{test}x") is None
    assert platforms.caller(journal, "test_\udcff") is None
    platforms.new_token(journal, foro)
    assert platforms.caller(journal, test) is None
    platforms.revoke(journal, foro)
    with pytest.raises(platforms.Refused, match="has no token"):
        platforms.test_token(journal, foro)
