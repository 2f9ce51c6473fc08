"""What was ordered is answered at the desk too: a small platform has no program that does it."""

from uuid import uuid4

import pytest
from tests.conftest import statement
from tests.web.test_facts_first import CLOSED, complain, decide, own_link, seat


@pytest.fixture
def told(served, platform):
    body = statement(f"orders-{uuid4().hex}", **CLOSED)
    return served.http.post("/api/v1/statement", json=body, headers=platform).json()


@pytest.fixture
def orla(served, platform):
    return seat(served, "Orla Keane")


def at_desk(told, step=""):
    return f"/desk/case/{told['uuid']}{step}"


def say(served, told, cookie, step, **fields):
    return served.http.post(at_desk(told, f"/{step}"), data=fields, headers=cookie)


def test_the_desk_says_whether_what_was_ordered_at_once_is_done(served, told, orla):
    own = own_link(served.http, told)
    complain(served, told, own)
    for step in ("assign", "open"):
        say(served, told, orla, step)
    before = served.http.get(at_desk(told), headers=orla).text
    say(served, told, orla, "interim", direction="restore", reasons="Her pupils write to her here.")
    ordered = served.http.get(at_desk(told), headers=orla).text

    empty = say(served, told, orla, "at-once", result="impossible", reasons="")
    done = say(served, told, orla, "at-once", result="done", reasons="")

    assert 'id="at-once"' not in before
    assert '<details id="at-once" open' in ordered
    assert empty.status_code == 422
    assert "Say why it cannot be done" in empty.text
    assert done.status_code == 303
    assert "The platform says that it is done" in served.http.get(own).text
    assert '<details id="at-once">' in served.http.get(at_desk(told), headers=orla).text


def test_the_desk_says_what_came_of_an_order(served, told, orla):
    own = own_link(served.http, told)
    complain(served, told, own)
    decide(served, told, orla)
    page = served.http.get(at_desk(told), headers=orla).text
    assert "What was ordered: Restore the account" in page.partition('<details id="remedy"')[0]

    refused = say(served, told, orla, "remedy", result="partly", reasons=" ")
    done = say(served, told, orla, "remedy", result="implemented", reasons="")
    again = say(served, told, orla, "remedy", result="implemented", reasons="")

    assert refused.status_code == 422
    assert "Say why, and what you offer instead." in refused.text
    assert done.status_code == 303
    assert "Nobody has checked that yet" in served.http.get(own).text
    assert 'id="remedy"' not in served.http.get(at_desk(told), headers=orla).text
    assert again.status_code == 422


def test_whoever_has_no_seat_there_says_nothing_of_an_order(served, told, orla):
    own = own_link(served.http, told)
    complain(served, told, own)
    decide(served, told, orla)

    nobody = say(served, told, {}, "remedy", result="implemented", reasons="")

    assert nobody.status_code in (303, 401, 403)
    assert "The platform says that it is done" not in served.http.get(own).text
