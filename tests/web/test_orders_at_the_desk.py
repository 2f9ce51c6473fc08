"""What was ordered is answered at the desk too: a small platform has no program that does it."""

import re
from contextlib import closing
from uuid import UUID, uuid4

import pytest
from tests.conftest import statement
from tests.web.test_facts_first import CLOSED, complain, decide, own_link, seat

from amparo.case import remedy
from amparo.ledger.case import casework
from amparo.storage.journal import Journal


@pytest.fixture
def told(served, platform):
    body = statement(f"orders-{uuid4().hex}", **CLOSED)
    return served.http.post("/api/v1/statement", json=body, headers=platform).json()


@pytest.fixture
def orla(served, platform):
    return seat(served, "Orla Keane", "--lead")


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


def section(page, step):
    return page.partition(f'<details id="{step}"')[2].partition("</details>")[0]


def order_of(page, step):
    return re.search(r'name="order" value="([^"]+)"', section(page, step))[1]


def test_what_is_said_of_one_order_is_not_taken_for_another_that_came_since(served, told, orla):
    own = own_link(served.http, told)
    complain(served, told, own)
    for step in ("assign", "open"):
        say(served, told, orla, step)
    say(served, told, orla, "interim", direction="restore", reasons="Her pupils write to her here.")
    opened = order_of(served.http.get(at_desk(told), headers=orla).text, "at-once")
    say(served, told, orla, "interim", direction="keep_down", reasons="He is at her door.")

    late = say(served, told, orla, "at-once", result="done", reasons="", order=opened)

    assert late.status_code == 422
    assert "Something else is ordered by now." in late.text
    assert "The platform says that it is done" not in served.http.get(own).text
    now = order_of(late.text, "at-once")
    done = say(served, told, orla, "at-once", result="done", reasons="", order=now)
    assert done.status_code == 303
    assert "The platform says that it is done" in served.http.get(own).text


def asked_for(served, platform, told, what):
    """What a program reads that it has to do in a case."""
    state = served.http.get(f"/api/v1/case/{told['uuid']}", headers=platform).json()
    [order] = [order for order in state["wanted"] if order["do"] == what]
    return order


def test_a_program_answers_the_order_that_it_read_and_no_other(served, platform, told, orla):
    own = own_link(served.http, told)
    complain(served, told, own)
    for step in ("assign", "open"):
        say(served, told, orla, step)
    at_once = f"/api/v1/case/{told['uuid']}/interim"
    say(served, told, orla, "interim", direction="restore", reasons="Her pupils write to her here.")
    read = asked_for(served, platform, told, "interim")
    say(served, told, orla, "interim", direction="keep_down", reasons="He is at her door.")

    answer = {"result": "done", "order": read["order"]}
    late = served.http.post(at_once, json=answer, headers=platform)
    now = {"result": "done", "order": asked_for(served, platform, told, "interim")["order"]}
    done = served.http.post(at_once, json=now, headers=platform)

    assert (late.status_code, done.status_code) == (409, 200)
    assert "Something else is ordered by now." in late.text
    assert "another order came after the one that is answered" in late.text


def test_a_program_says_what_came_of_the_order_that_it_read(served, platform, told, orla):
    complain(served, told, own_link(served.http, told))
    decide(served, told, orla)
    remedied = f"/api/v1/case/{told['uuid']}/remedy"
    read = asked_for(served, platform, told, "remedy")["order"]

    other = {"result": "implemented", "order": read.replace("restore_account", "restore")}
    late = served.http.post(remedied, json=other, headers=platform)
    done = served.http.post(
        remedied, json={"result": "implemented", "order": read}, headers=platform
    )

    assert read.endswith("restore_account")
    assert (late.status_code, done.status_code) == (409, 200)


def test_only_what_can_be_said_of_an_order_is_offered(served, told, orla):
    own = own_link(served.http, told)
    complain(served, told, own)
    decide(served, told, orla)
    before = section(served.http.get(at_desk(told), headers=orla).text, "remedy")
    say(served, told, orla, "remedy", result="implemented", reasons="")
    disputed = served.http.post(f"{own}/dispute", data={"grounds": "It is still closed."})
    assert disputed.status_code == 303, disputed.text

    page = served.http.get(at_desk(told), headers=orla).text

    results = [re.findall(r'name="result" value="(\w+)"', shown) for shown in (before, page)]
    assert results == [
        ["implemented", "partly", "refused", "impossible"],
        ["implemented", "partly"],
    ]
    order = order_of(page, "remedy")
    done = say(served, told, orla, "remedy", result="implemented", reasons="", order=order)
    assert done.status_code == 303


@pytest.mark.parametrize("result", ["refused", "impossible"])
def test_only_a_lead_ends_an_order_that_is_not_carried_out(served, told, orla, result):
    """Otherwise whoever took the decision that was reversed could."""
    complain(served, told, own_link(served.http, told))
    decide(served, told, orla)
    nils = seat(served, "Nils Aas")
    page = served.http.get(at_desk(told), headers=nils).text

    order = order_of(page, "remedy")
    answer = {"result": result, "reasons": "We stand by it.", "order": order}
    denied = say(served, told, nils, "remedy", **answer)
    still = served.http.get(at_desk(told), headers=nils).text
    ended = say(served, told, orla, "remedy", **answer)

    offered = re.findall(r'name="result" value="(\w+)"', section(page, "remedy"))
    assert offered == ["implemented", "partly"]
    assert "That it is refused, or cannot be done, a lead says." in page
    assert denied.status_code == 422
    assert "Only a lead says that an order is not carried out." in denied.text
    assert 'id="remedy"' in still
    assert ended.status_code == 303


@pytest.mark.parametrize(
    ("said", "field"),
    [({}, "result"), ({"result": "refused"}, "reasons"), ({"result": "partly"}, "reasons")],
    ids=["nothing", "refused", "partly"],
)
def test_what_is_wrong_with_an_answer_stands_beside_its_field(served, told, orla, said, field):
    own = own_link(served.http, told)
    complain(served, told, own)
    decide(served, told, orla)

    wrong = say(served, told, orla, "remedy", **said)

    assert wrong.status_code == 422
    assert f'href="#f-{field}"' in wrong.text
    form = section(wrong.text, "remedy")
    assert f'id="f-{field}"' in form
    assert f'id="n-{field}"' in form


def test_what_a_panel_ordered_is_answered_where_nobody_has_complained(served, told, orla):
    with closing(Journal(served.data / "journal.db")) as journal:
        said = {"steps": ["restore_account"], "outcome": "reverse", "by": "panel"}
        ordered = remedy.order(**said, now=casework.now())
        casework.act(journal, UUID(told["uuid"]), lambda _: ordered)
    page = served.http.get(at_desk(told), headers=orla).text
    assert "What was ordered: Restore the account" in page.partition('<details id="remedy"')[0]

    order = order_of(page, "remedy")
    done = say(served, told, orla, "remedy", result="implemented", reasons="", order=order)

    assert done.status_code == 303
    assert 'id="remedy"' not in served.http.get(at_desk(told), headers=orla).text
