"""The wave nobody complained about: a filter took down posts in a night, and people said nothing.

The platform sees its own mistake and reverses it unasked. Who left an address gets a letter; the
others are told by the platform, which is ordered to. Everybody may complain all the same.
"""

import time

import pytest
from tests.conftest import own_link, statement
from tests.stories.foro import foro_with_mail_at
from tests.stories.seats import seat

REASONS = "The filter of that night took every picture of a breast for nudity, mammograms too."
WRONG = "The list was of another night: these posts were taken down by people, and rightly."
ORDER = {"outcome": "reversed", "steps": "restore_content", "reasons": REASONS}


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    with foro_with_mail_at(tmp_path_factory.mktemp("unheard")) as node:
        node.lena = seat(node, "Lena", "lena@foro.example", "--lead")
        node.eva = seat(node, "Eva", "eva@foro.example")
        yield node


def taken_down(foro, email=""):
    puid = f"unheard-{time.monotonic_ns()}"
    said = statement(puid, content_language="EN")
    told = foro.http.post("/api/v1/statement", json=said, headers=foro.auth).json()
    body = {"email": email, "language": "en"} if email else {}
    foro.http.post(f"/api/v1/statement/{told['uuid']}/notice", json=body, headers=foro.auth)
    if email:
        foro.post.to(email, "decision")
    return told


def state(foro, told):
    return foro.http.get(f"/api/v1/case/{told['uuid']}", headers=foro.auth).json()


def wanted(foro, told):
    return {one["do"]: one for one in state(foro, told)["wanted"]}


def until(foro, told, what):
    deadline = time.monotonic() + 120
    while state(foro, told)["remedy"] != what:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def reverse(foro, people):
    """By the entries of the log that the batch had, as the platform's own records say them."""
    span = {"first": people[0]["index"], "last": people[-1]["index"], "whom": "unheard"}
    form = {**span, **ORDER, "reasons_language": "en"}
    assert f"{len(people)} cases fit this choice" in foro.lena.preview(**form)
    assert foro.lena.rule(**form).status_code == 303
    for told in people:
        until(foro, told, "sent")


def test_each_is_told_or_the_platform_has_to_tell_them_and_each_may_go_on_alone(foro):
    people = [taken_down(foro, "ana@example.org"), taken_down(foro), taken_down(foro)]

    reverse(foro, people)

    foro.post.to("ana@example.org", "Foro has reversed its decision about you")
    assert "tell_the_person" not in wanted(foro, people[0])
    untold = wanted(foro, people[1])["tell_the_person"]
    assert (untold["of"], untold["reasons"]) == ("decision.reversed", REASONS)
    assert all(wanted(foro, told)["remedy"]["steps"] == ["restore_content"] for told in people)
    told = foro.http.post(
        f"/api/v1/statement/{people[1]['uuid']}/notice", json={}, headers=foro.auth
    )
    assert told.status_code == 200
    assert "tell_the_person" not in wanted(foro, people[1])

    own = own_link(foro.http, people[2])
    page = foro.http.get(own).text
    assert REASONS in page
    assert "What is wrong with the decision?" in page
    grounds = {"grounds": "It is back, but ranked last."}
    assert foro.http.post(f"{own}/complaint", data=grounds).status_code == 303
    # Who reversed it has judged it, and somebody else looks at what is still wrong.
    assert foro.lena.step(people[2]["uuid"], "assign").status_code == 422
    more = {"outcome": "reversed", "reasons": REASONS, "steps": "restore_visibility"}
    for name, form in (("assign", {}), ("open", {}), ("decide", more)):
        assert foro.eva.step(people[2]["uuid"], name, **form).status_code == 303
    assert wanted(foro, people[2])["remedy"]["steps"] == ["restore_visibility"]


def test_taken_back_everybody_is_told_again_and_can_still_complain(foro):
    people = [taken_down(foro, "bea@example.org"), taken_down(foro)]
    reverse(foro, people)
    number = foro.lena.page("/desk/groups").split("/desk/groups/")[1].partition("/")[0]

    assert foro.lena.post(f"/desk/groups/{number}/undo", reasons=WRONG).status_code == 303

    for told in people:
        until(foro, told, "undone")
        assert "remedy" not in wanted(foro, told)
    foro.post.to("bea@example.org", "What Foro had ruled in your favour was taken back")
    assert wanted(foro, people[1])["tell_the_person"]["of"] == "remedy.undone"
    page = foro.http.get(own_link(foro.http, people[1])).text
    assert WRONG in page
    assert "What is wrong with the decision?" in page
