"""A platform names the page of what it decided about, and the node that serves looks at it."""

import json
import time
from contextlib import closing
from uuid import UUID, uuid4

import pytest
from tests.conftest import own_link, run, statement
from tests.connect.test_content_pages import Site

from amparo.storage.journal import Journal

GROUNDS = {"grounds": "It was no advert."}


@pytest.fixture(scope="module")
def site():
    with closing(Site()) as one:
        one.status = 404
        yield one


@pytest.fixture(scope="module")
def foro(served, site, tmp_path_factory):
    """The headers of a platform whose pages are looked at."""
    headers = served.add_platform("Foro of Pages")
    file = tmp_path_factory.mktemp("page") / "own.toml"
    words = ("connect", "page", "--platform", "Foro of Pages", "--address", site.address)
    words = (*words, "--mapping", file, "--data", served.data)
    run(*words, check=False)
    file.write_text(file.read_text().replace('# private = "yes"', 'private = "yes"'))
    run(*words)
    run("connect", "start", "page-127.0.0.1", "--data", served.data)
    return headers


def issue(served, headers, **beside):
    body = statement(f"page-{uuid4().hex[:8]}") | beside
    return served.http.post("/api/v1/statement", json=body, headers=headers)


def test_a_page_beside_a_statement_is_looked_at_once_that_is_contested(served, foro, site):
    page = f"{site.address}/t/{uuid4().hex}"
    made = issue(served, foro, page=page).json()
    assert made["page"] == {"state": "kept"}
    assert "page" not in made.get("ignored", [])

    filed = served.http.post(f"{own_link(served.http, made)}/complaint", data=GROUNDS)
    assert filed.status_code == 303, filed.text

    until_looked_at(site, page)


def test_a_page_can_be_named_in_the_answer_to_an_order_to_keep_the_evidence(served, foro, site):
    page = f"{site.address}/t/{uuid4().hex}"
    made = issue(served, foro).json()
    served.http.post(f"{own_link(served.http, made)}/complaint", data=GROUNDS)

    path = f"/api/v1/case/{made['uuid']}/hold"
    kept = served.http.post(path, json={"kept": True, "page": page}, headers=foro)

    assert kept.status_code == 200, kept.text
    until_looked_at(site, page)


def test_no_page_is_kept_with_an_answer_that_is_refused(served, foro, site):
    """Nothing is asked for: nobody has complained."""
    made = issue(served, foro).json()
    body = {"kept": True, "page": f"{site.address}/t/{uuid4().hex}"}

    refused = served.http.post(f"/api/v1/case/{made['uuid']}/hold", json=body, headers=foro)

    assert refused.status_code == 409
    with closing(Journal(served.data / "journal.db", read_only=True)) as journal:
        query = "SELECT count(*) FROM read_back WHERE case_id = ?"
        assert journal.db.execute(query, (UUID(made["uuid"]).bytes,)).get == 0


def test_an_import_says_how_many_pages_nobody_looks_at(served, foro, tmp_path):
    rows = tmp_path / "rows.jsonl"
    row = statement(f"page-{uuid4().hex[:8]}") | {"page": "https://elsewhere.example/t/12"}
    rows.write_text(json.dumps(row) + "\n")

    done = run("import", rows, "--platform", "Foro of Pages", "--data", served.data)

    assert "1 recorded" in done.stderr
    assert "Pages that nobody looks at: 1." in done.stderr
    assert "no connection" in done.stderr


def test_a_page_of_another_host_is_refused_and_the_statement_kept(served, foro, platform):
    for headers in (foro, platform):
        made = issue(served, headers, page="https://elsewhere.example/t/12")
        assert made.status_code == 201
        assert made.json()["page"]["state"] == "refused"
        assert "no connection" in made.json()["page"]["why"]
    made = issue(served, foro).json()
    body = {"kept": True, "page": "https://elsewhere.example/t/12"}
    refused = served.http.post(f"/api/v1/case/{made['uuid']}/hold", json=body, headers=foro)
    assert refused.status_code == 409


def test_what_is_no_page_is_a_finding(served, foro):
    for page in ("elsewhere", 12, "https://foro.example/#12"):
        refused = issue(served, foro, page=page)

        assert refused.status_code == 422
        assert {finding["attribute"] for finding in refused.json()["findings"]} == {"page"}


def until_looked_at(site, page):
    deadline = time.monotonic() + 60
    while page.removeprefix(site.address) not in site.asked:
        assert time.monotonic() < deadline
        time.sleep(0.1)
