"""The case file as people get it: by the button of their page, in their language, for them alone."""

import re
import time

import httpx2
import pytest
from tests.conftest import own_link, run, statement
from tests.web.conftest import open_page, violations  # noqa: F401 - a fixture

from amparo.ledger.case import archive, case_file
from amparo.tlog import policy


@pytest.fixture(scope="module")
def told(served, platform):
    """A complaint with a screenshot, as a person leaves it."""
    puid = (
        f"taken-along-{time.monotonic_ns()}"  # browser tests run apart, and make one of their own
    )
    found = served.http.post(
        "/api/v1/statement?wait=receipt", json=statement(puid), headers=platform
    ).json()
    found["handed over"] = found["recourse_url"].removeprefix(served.url)
    found["own"] = own_link(served.http, found)
    sent = served.http.post(
        f"{found['own']}/complaint",
        data={"grounds": "I quoted a threat."},
        files={"files": ("post.png", b"a picture")},
    )
    assert sent.status_code == 303
    return found


def verified(served, answer):
    """What a downloaded file proves; the log is asked again until it has published the entries."""
    assert answer.status_code == 200
    vkey = run("log", "vkey", "--data", served.data).stdout.splitlines()[-1]
    return case_file.verify(case_file.read(answer.content), policy.of_log(vkey))


def fetched(http, path):
    for _ in range(100):
        answer = http.get(path)
        if answer.status_code != 503:
            return answer
        time.sleep(0.1)
    raise AssertionError(answer.text)


def test_a_person_takes_along_what_their_page_shows_with_its_proofs(served, told):
    answer = fetched(served.http, f"{told['own']}/case-file")
    verdict = verified(served, answer)

    assert answer.headers["content-disposition"].endswith(f"{told['uuid']}.case.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert [one.entry.kind for one in verdict.entries] == [
        *("decision.issued", "link.exchanged", "complaint.filed", "hold.sent"),
    ]
    assert all(one.is_proven for one in verdict.entries)
    assert [bool(one.since) for one in verdict.evidence] == [True]


def test_the_link_that_the_platform_was_given_takes_the_decision_along_alone(served, told):
    answer = fetched(served.http, f"{told['handed over']}/case-file")
    verdict = verified(served, answer)

    assert [one.entry.kind for one in verdict.entries] == ["decision.issued"]
    assert b"I quoted a threat." not in answer.content
    assert (verdict.evidence, verdict.index.withheld) == ([], ())


def test_the_page_in_the_file_is_read_offline_without_scripts(served, told, open_page, tmp_path):  # noqa: F811
    raw = fetched(served.http, f"{told['own']}/case-file?lang=es").content
    for name, body in archive.unpack(raw).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(body)
    text = (tmp_path / "index.html").read_text()

    page = open_page((tmp_path / "index.html").as_uri())

    assert "<script" not in text
    assert "http" not in re.sub(r"https?://rules\.example\S+", "", text).replace("http-equiv", "")
    assert page.get_by_role("heading", name="Lo que se dijo").count() == 1
    assert page.get_by_text("I quoted a threat.").count() == 1
    assert violations(page) == []
    assert page.complaints == []


def test_the_desk_takes_along_its_own_side_of_a_case(served, told):
    seat = ("--platform", "Test Platform", "--data", served.data)
    way_in = run("reviewer", "add", "Rosa", "rosa@case-file.example", *seat).stdout.splitlines()[-1]
    with httpx2.Client(base_url=served.url, timeout=60) as rosa:
        rosa.post("/desk/sign-in", data={"link": way_in.rpartition("=")[2]})
        case = f"/desk/case/{told['uuid']}"

        verdict = verified(served, fetched(rosa, f"{case}/case-file"))

        assert f'href="{case}/case-file"' in rosa.get(case).text
    assert verdict.index.reader == "desk"
    assert verdict.index.withheld == (2,)  # how the person came to their page


def test_without_the_right_link_there_is_no_file(served, told):
    wrong = told["own"][:-1] + ("0" if told["own"][-1] != "0" else "1")

    assert served.http.get(f"{wrong}/case-file").status_code == 404
    assert served.http.get(f"/desk/case/{told['uuid']}/case-file").status_code == 401
    assert served.http.get(f"/panel/case/{told['uuid']}/case-file").status_code == 401


def test_the_schema_is_served_to_whoever_writes_a_reader(served):
    answer = served.http.get("/case-file/v1.json")

    assert answer.headers["content-type"].startswith("application/schema+json")
    assert answer.json()["$id"] == "urn:amparo:case-file:v1"
