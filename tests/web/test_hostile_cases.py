"""Cases against the hostile and the hasty: what is wrong is named, kept typed, and changes nothing."""

import pytest
from tests.conftest import Served, new_node, own_link, run, statement

from amparo.storage.settings import with_setting

FORM = {"grounds": "I never said that."}


@pytest.fixture
def told(served, platform, request):
    body = statement(f"hostile-{abs(hash(request.node.name))}")
    return served.http.post("/api/v1/statement", json=body, headers=platform).json()


@pytest.fixture
def own(served, told):
    return own_link(served.http, told)


def complaint(served, platform, told):
    found = served.http.get(f"/api/v1/case/{told['uuid']}", headers=platform)
    return found.json()["complaint"]


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "same-site"},
        {"origin": "null"},
    ],
)
def test_a_form_from_another_site_does_nothing(served, platform, told, own, headers):
    sent = served.http.post(f"{own}/complaint", data=FORM, headers=headers)

    assert sent.status_code == 401
    assert complaint(served, platform, told) == ""


def test_behind_a_proxy_that_changes_the_host_forms_still_work(served, platform, told, own):
    headers = {"sec-fetch-site": "same-origin", "origin": "https://amparo.example"}

    assert served.http.post(f"{own}/complaint", data=FORM, headers=headers).status_code == 303
    assert complaint(served, platform, told) == "filed"


def test_a_wrong_link_is_told_no_more_than_none(served, own):
    wrong = own[:-4] + ("0000" if not own.endswith("0000") else "1111")
    nobody = "/recourse/00000000-0000-7000-8000-000000000000/00"

    pages = [served.http.get(path, headers={"accept": "text/html"}) for path in (wrong, nobody)]

    assert {page.status_code for page in pages} == {404}
    assert len({page.text.replace(wrong, "").replace(nobody, "") for page in pages}) == 1
    assert served.http.post(f"{wrong}/complaint", data=FORM).status_code == 404


@pytest.mark.parametrize(
    ("data", "files", "said"),
    [
        ({"grounds": "  "}, None, "Say in your own words what is wrong with the decision."),
        ({"grounds": "x" * 20_001}, None, "The text is too long."),
        ({"grounds": "x", "email": "nobody"}, None, "E-mail: mail does not reach this address."),
        ({"grounds": "x"}, {"files": ("a.bin", bytes(10 * 1024 * 1024 + 1))}, "too large"),
    ],
)
def test_every_error_is_named_and_what_was_typed_is_kept(
    served, platform, told, own, data, files, said
):
    sent = served.http.post(f"{own}/complaint", data=data, files=files)

    assert sent.status_code == 422
    assert said in sent.text
    assert data["grounds"].strip()[:100] in sent.text
    assert complaint(served, platform, told) == ""


def test_errors_are_told_in_the_readers_language(served, own):
    sent = served.http.post(
        f"{own}/complaint", data={"grounds": ""}, headers={"cookie": "language=es"}
    )

    assert "Diga con sus palabras qué está mal en la decisión." in sent.text
    assert "No se ha perdido nada" in sent.text


def test_a_complaint_sent_twice_is_one(served, platform, told, own):
    first = served.http.post(f"{own}/complaint", data=FORM)
    second = served.http.post(f"{own}/complaint", data=FORM)

    assert (first.status_code, second.status_code) == (303, 422)
    assert "There is a complaint about this decision already." in second.text
    assert complaint(served, platform, told) == "filed"


def test_too_many_files_are_refused_before_any_is_kept(served, platform, told, own):
    files = [("files", (f"{n}.txt", b"x")) for n in range(6)]

    sent = served.http.post(f"{own}/complaint", data=FORM, files=files)

    assert sent.status_code in (400, 422)
    assert complaint(served, platform, told) == ""


def test_an_attachment_comes_back_as_a_download_that_no_browser_runs(served, own):
    page = b"<script>alert(1)</script>"
    served.http.post(f"{own}/complaint", data=FORM, files={"files": ("x.html", page)})
    shown = served.http.get(own).text
    [path] = {part.partition('"')[0] for part in shown.split('href="') if "/file/" in part[:120]}

    got = served.http.get(path)

    assert got.content == page
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in got.headers["content-security-policy"]


def test_a_platform_sees_no_case_of_another(served, told):
    other = served.add_platform(f"Other {told['index']}")

    for method, path, body in (
        ("GET", "case/{}", None),
        ("POST", "case/{}/remedy", {"result": "implemented"}),
        ("POST", "statement/{}/notice", {"decided_by": []}),
        ("POST", "notice/{}/answer", {"result": "acted", "reasons": "x"}),
    ):
        path = f"/api/v1/{path.format(told['uuid'])}"
        answer = served.http.request(method, path, json=body, headers=other)
        assert answer.status_code == 404
        assert served.http.request(method, path, json=body).status_code == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("case/{}/remedy", {"result": "implemented"}),  # nothing was ordered
        ("case/{}/hold", {"kept": True}),  # nothing is held
        ("case/{}/answer", {"text": "x"}),  # nothing was asked
        ("notice/{}/answer", {"result": "acted", "reasons": "x"}),  # it is no notice
    ],
)
def test_a_step_that_does_not_follow_is_refused_with_the_reason(served, platform, told, path, body):
    answer = served.http.post(f"/api/v1/{path.format(told['uuid'])}", json=body, headers=platform)

    assert answer.status_code == 409
    assert answer.json()["fix"]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"kept":"yes"}', b'{"kept":true,"more":1}', b"\xff"]
)
def test_a_body_that_is_not_what_was_promised_is_told(served, platform, told, body):
    answer = served.http.post(f"/api/v1/case/{told['uuid']}/hold", content=body, headers=platform)

    assert answer.status_code == 400
    assert answer.json()["why"]


def test_the_desk_shows_nothing_to_whoever_is_not_signed_in(served, told):
    case = f"/desk/case/{told['uuid']}"

    assert served.http.get("/desk").headers["location"] == "/desk/sign-in"
    assert served.http.get(case).status_code == 401
    assert served.http.post(f"{case}/decide", data={}).status_code == 401
    assert served.http.get("/desk", headers={"cookie": "desk=made-up"}).status_code == 303
    assert served.http.get("/desk/groups").status_code == 401


def test_a_desk_sees_no_case_of_another_desk(served, told):
    served.add_platform(f"Elsewhere {told['index']}")
    seat = ("--platform", f"Elsewhere {told['index']}", "--data", served.data)
    link = run("reviewer", "add", "Eve", "eve@example.org", *seat).stdout.splitlines()[-1]
    signed_in = served.enter(link)

    assert served.http.get("/desk", headers=signed_in).status_code == 200
    assert served.http.get(f"/desk/case/{told['uuid']}", headers=signed_in).status_code == 404


def test_asking_for_a_link_says_the_same_to_everybody(served):
    answers = {
        served.http.post("/desk/sign-in", data={"email": email}).text
        for email in ("nobody@example.org", "nonsense")
    }

    assert len(answers) == 1


def test_a_report_names_every_part_that_is_missing_and_keeps_the_rest(served):
    whole = {
        "platform": "test-platform",
        "where": "/post/1",
        "why": "A threat.",
        "good_faith": "yes",
    }
    for left_out in whole:
        sent = served.patient_post(
            "/report", data={k: v for k, v in whole.items() if k != left_out}
        )
        assert sent.status_code == 422
        assert 'role="alert"' in sent.text
        if left_out != "why":
            assert "A threat." in sent.text


def test_a_link_that_somebody_else_has_can_be_voided(served, platform, told, own):
    moved = served.http.post(f"{own}/revoke")

    assert moved.status_code == 303
    assert served.http.get(own).status_code == 404
    assert served.http.get(moved.headers["location"]).status_code == 200


def test_ways_in_are_bounded_by_network_and_say_when_to_come_again(tmp_path):
    node = Served(tmp_path / "node")
    answers = [
        node.http.post("/desk/sign-in", data={"email": f"a{n}@example.org"}) for n in range(12)
    ]
    tried = [node.http.post("/desk/sign-in", data={"link": f"{n:064x}"}) for n in range(24)]
    tried += [node.http.post("/desk/passkey", content=b"{}")]
    node.stop()

    assert [one.status_code for one in answers[:10]] == [200] * 10
    assert {one.status_code for one in answers[10:]} == {429}
    assert 10 <= int(answers[-1].headers["retry-after"]) <= 20
    assert [one.status_code for one in tried[:20]] == [401] * 20
    assert tried[-1].status_code == 429


def test_by_https_the_session_cookie_is_this_hosts_alone_and_every_answer_says_so(tmp_path):
    node = new_node(tmp_path / "node")
    settings = node.folder / "amparo.toml"
    settings.write_text(with_setting(settings.read_text(), "base_url", "https://amparo.example"))
    served = Served(node.folder)
    served.add_platform("Foro")
    told = run(
        "reviewer", "add", "Rosa", "rosa@example.org", "--platform", "Foro", "--data", node.folder
    ).stdout
    link = told.split()[-1].partition("link=")[2]
    came = served.http.post("/desk/sign-in", data={"link": link})
    cookie = came.headers["set-cookie"]
    session = cookie.partition(";")[0]
    desk = served.http.get("/desk", headers={"cookie": session})
    plain = served.http.get("/desk", headers={"cookie": session.replace("__Host-", "")})
    pages = [
        served.http.get(path)
        for path in ("/", "/health", "/static/desk.js", "/nothing", "/log/checkpoint")
    ]
    served.stop()

    assert cookie.startswith("__Host-desk=")
    for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert word in cookie
    assert "Domain" not in cookie
    assert desk.status_code == 200
    assert (plain.status_code, plain.headers["location"]) == (303, "/desk/sign-in")
    for page in pages:
        assert page.headers["strict-transport-security"].startswith("max-age=")
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert (
        pages[-1].headers["cross-origin-resource-policy"] == "cross-origin"
    )  # the log is everybody's


def test_a_session_is_new_at_each_sign_in_and_dead_after_signing_out(served):
    """Nobody can be made to use a session that somebody else knows."""
    served.add_platform("Fixation")
    told = run(
        "reviewer", "add", "Eva", "eva@example.org", "--platform", "Fixation", "--data", served.data
    ).stdout
    link = told.split()[-1].partition("link=")[2]
    planted = {"cookie": "desk=planted-by-somebody"}
    came = served.http.post("/desk/sign-in", data={"link": link}, headers=planted)
    session = came.headers["set-cookie"].partition(";")[0]
    assert session != "desk=planted-by-somebody"
    assert served.http.get("/desk", headers=planted).status_code == 303
    assert served.http.get("/desk", headers={"cookie": session}).status_code == 200

    served.http.post("/desk/sign-out", headers={"cookie": session})

    assert served.http.get("/desk", headers={"cookie": session}).status_code == 303
    served.http.cookies.clear()


def test_no_page_of_a_case_or_of_a_desk_is_kept_by_a_browser(served, own):
    """The next person at that machine goes back, and must find nothing."""
    served.add_platform("Shared machine")
    told = run(
        "reviewer",
        "add",
        "Ada",
        "ada@example.org",
        "--platform",
        "Shared machine",
        "--data",
        served.data,
    ).stdout
    link = told.split()[-1].partition("link=")[2]
    came = served.http.post("/desk/sign-in", data={"link": link})
    session = {"cookie": came.headers["set-cookie"].partition(";")[0]}
    private = [
        served.http.get(own),
        served.http.get(f"{own}/receipt"),
        served.http.get("/desk", headers=session),
        served.http.get("/desk/passkeys", headers=session),
        served.http.get("/desk/case/nothing", headers=session),
        served.http.get("/mandates", headers=session),
        served.http.get("/mandates/case/nothing", headers=session),
        served.http.get("/admin/sign-in?link=once"),
        served.http.get("/admin/platforms/nothing"),
    ]
    left = served.http.post("/desk/sign-out", headers=session)
    served.http.cookies.clear()

    for answer in private:
        assert answer.headers.get_list("cache-control") == ["no-store"], answer.url
    assert left.headers["clear-site-data"] == '"cache"'
    assert served.http.get("/").headers["cache-control"] == "no-cache"
