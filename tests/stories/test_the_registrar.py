"""The registrar: a panel case led by page alone, by whoever has no part in it, one step at a time."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from tests.conftest import Served, own_link, run, statement
from tests.stories.operators import operator
from tests.stories.seats import Seat, seat
from tests.web.conftest import open_page, violations  # noqa: F401 - a fixture

from amparo.case.events import CaseAdmitted, PanelDrawn
from amparo.ledger.case import casework
from amparo.storage.journal import Journal

IDS = [f"m{n}" for n in range(9)]
PEOPLE = "".join(
    f'[[member]]\nname = "Person {n}"\nid = "m{n}"\norganisation = "Org {n}"\n'
    f'email = "m{n}@panels.example"\nlanguages = ["en", "es"]\n'
    for n in range(9)
)
ADA = '[registrar]\nname = "Ada"\nemail = "ada@panels.example"\n'
NONE = "None of the five."
SECRET = "Her son is ill, she told the platform."


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    """A node on which panels and their registrar were made ready in one go."""
    folder = tmp_path_factory.mktemp("registrar")
    (folder / "people.toml").write_text(ADA + PEOPLE)
    data = folder / "node"
    run("platform", "add", "Foro", "--data", data)
    ready = run(
        *("panel", "setup", "--members", folder / "people.toml"),
        *("--chains", folder / "chains", "--data", data),
    )
    node = Served(data)
    node.chains, node.seats = folder / "chains", {}
    node.links = {line.split("\t")[0]: line.split("\t")[2] for line in ready.stdout.splitlines()}
    token = run("platform", "token", "Foro", "--data", data).stdout.strip()
    node.auth = {"authorization": f"Bearer {token}"}
    node.desk = Seat(node, registrar(node, "Ada", "ada@panels.example"))
    yield node
    node.stop()


def registrar(foro, name, email):
    """A one-time link for a registrar."""
    return run("panel", "registrar", name, email, "--data", foro.data).stdout


def asked(foro, puid, **more):
    """A case in which somebody asked for a panel: its number, and their own page."""
    told = foro.http.post("/api/v1/statement?wait=receipt", json=statement(puid), headers=foro.auth)
    case, own = told.json()["uuid"], own_link(foro.http, told.json())
    if more:
        foro.http.post(f"/api/v1/statement/{case}/notice", json=more, headers=foro.auth)
    done = foro.http.post(f"{own}/panel", data={"grounds": f"It is a cartoon, {puid}."})
    assert done.status_code == 303, done.text
    return case, own


def take(seat, case, step, **form):
    return seat.post(f"/registrar/case/{case}/{step}", **form)


def reveals(foro, number):
    """What three members send the registrar."""
    return {
        f"reveal.{name}": run(
            "panel", "reveal", foro.chains / f"{name}.chain", number
        ).stdout.strip()
        for name in IDS[:3]
    }


def seat_of(foro, member):
    """A member's seat; the link to it opens once."""
    if member not in foro.seats:
        foro.seats[member] = Seat(foro, foro.links[member])
    return foro.seats[member]


def reveal_in_a_browser(foro, page, member):
    """With the file of the chain, which is not sent."""
    name, _, value = seat_of(foro, member).origin["cookie"].partition("=")
    page.context.add_cookies([{"name": name, "value": value, "url": foro.url}])
    page.goto(f"{foro.url}/panel")
    page.locator("[data-chain]").first.set_input_files(foro.data / "amparo.toml")
    page.get_by_text("This file is no chain").first.wait_for()
    page.locator("[data-chain]").first.set_input_files(foro.chains / f"{member}.chain")
    page.wait_for_function("document.querySelector('[name=value]').value.length === 64")
    assert violations(page) == []
    look(page, "reveal")
    sent = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    page.get_by_role("button", name="Reveal it").first.click()
    page.wait_for_load_state()
    assert not any("secret" in body for body in sent)


def reveal_by_form(foro, member, number):
    """What the command printed, pasted into the page; a wrong value first, and one twice."""
    seat = seat_of(foro, member)
    path = re.findall(r"/panel/draw/[0-9a-f]+/reveal", seat.page("/panel"))[-1]
    value = run("panel", "reveal", foro.chains / f"{member}.chain", number).stdout.strip()

    wrong = seat.post(path, value="00" * 32)
    assert (wrong.status_code, "not the one to which they were bound" in wrong.text) == (422, True)
    assert "00" * 32 in wrong.text
    assert seat.post(path, value=value).status_code == 303
    assert "revealed your value for this draw already" in seat.post(path, value=value).text
    assert path not in seat.page("/panel")


def drawn(foro, case):
    """A case up to its drawn panel: who sits."""
    desk = foro.desk
    assert take(desk, case, "admit").status_code == 303
    assert take(desk, case, "list", language="en").status_code == 303
    number = re.search(r"This is draw (\d+)", desk.page(f"/registrar/case/{case}"))[1]
    done = take(desk, case, "draw", **reveals(foro, number))
    assert done.status_code == 303, done.text
    return members(foro, case)


def events(foro, case):
    journal = Journal(foro.data / "journal.db", read_only=True)
    file = casework.read(journal, UUID(case))
    journal.close()
    return file


def members(foro, case):
    return events(foro, case).case.members


def times(foro, case, kind):
    return [event.kind for event in events(foro, case).events].count(kind)


def look(page, name):
    """Keep how a page looks on a phone and on a desk, where somebody asks for it."""
    if folder := os.environ.get("AMPARO_SHOTS"):
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def send(page, button):
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def test_a_case_by_page_alone_from_the_question_to_the_beginning_of_the_ruling(
    foro,
    open_page,  # noqa: F811
):
    case, own = asked(foro, "cartoon")
    page = open_page(foro.url + foro.links["registrar"], locale="en-GB")
    page.set_viewport_size({"width": 390, "height": 900})
    page.get_by_role("button", name="Come in").click()
    page.get_by_role("heading", name="Panel cases").wait_for()
    assert violations(page) == []
    look(page, "list")
    page.get_by_role("button", name="Admit it, refuse it, or say what is missing").first.click()
    page.get_by_text("It is a cartoon, cartoon.").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []
    look(page, "submitted")

    # Something is missing; the party hands it over.
    page.get_by_label("What is missing, in one list").fill("Which drawing is it?")
    send(page, "Ask for it")
    page.get_by_text("The party has to hand over what is missing").wait_for()
    foro.http.post(f"{own}/complete", data={"grounds": "The one with the fox."})
    page.reload()
    page.get_by_text("The one with the fox.").first.wait_for()

    # Admitted, a list with its reason, and a draw from what members sent.
    send(page, "Admit it")
    page.get_by_label("Person 6 (Org 6)").fill("works for Foro")
    look(page, "admitted")
    assert violations(page) == []
    send(page, "Fix the list")
    number = re.search(r"This is draw (\d+)", page.content())[1]
    value = reveals(foro, number)["reveal.m0"]
    page.get_by_text("Values that came to you in another way").click()
    page.locator("[name='reveal.m0']").fill(value)
    send(page, "Draw the panel")
    page.get_by_text("Too few members have revealed").wait_for()
    assert page.locator("[name='reveal.m0']").input_value() == value
    assert violations(page) == []
    look(page, "drawing")
    reveal_in_a_browser(foro, open_page(foro.url), "m1")
    reveal_by_form(foro, "m2", number)
    send(page, "Draw the panel")
    first = members(foro, case)
    assert set(events(foro, case).last(PanelDrawn).reveals) == {"m0", "m1", "m2"}
    assert "m6" not in first

    # A member has a conflict; a reserve sits; all answer, and the panel is formed.
    page.get_by_text("A member has a conflict").click()
    page.locator(f"[name=member][value={first[1]}]").check()
    page.get_by_label("The conflict (both sides read it)").fill("My sister works there.")
    look(page, "composing")
    assert violations(page) == []
    send(page, "Let a reserve sit")
    panel = members(foro, case)
    assert (panel[0], panel[2]) == (first[0], first[2])
    assert panel[1] != first[1]
    for member in panel:
        page.locator(f"[name='clean.{member}']").fill(NONE)
    send(page, "Form the panel")

    # Too early to close; then the platform writes, and nothing of it is for the registrar.
    send(page, "Close the file")
    page.get_by_text("The platform may still answer.").wait_for()
    look(page, "exchange")
    whole = {"text": SECRET, "content": "A fox in a judge's robe."}
    position = f"/api/v1/case/{case}/position"
    foro.http.post(position, json=whole, headers=foro.auth).raise_for_status()
    page.goto(f"{foro.url}/registrar/case/{case}")
    page.get_by_text("The platform handed over its position.").first.wait_for()
    assert SECRET not in page.content()
    assert "judge's robe" not in page.content()
    send(page, "Close the file")
    page.get_by_text("The members judge it").wait_for()
    assert violations(page) == []
    look(page, "closed")

    member = seat_of(foro, panel[0])
    assert "Keep it and go on" in member.page(f"/panel/case/{case}")
    assert member.post(f"/registrar/case/{case}/close").status_code == 401
    spanish = open_page(f"{foro.url}/registrar/case/{case}?lang=es", locale="es")
    assert spanish.title().startswith("No ")  # whoever is not signed in reads nothing


def test_two_registrars_click_at_once_and_one_of_them_is_told(foro):
    case, _ = asked(foro, "at-once")
    second = Seat(foro, registrar(foro, "Bo", "bo@panels.example"))

    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda one: take(one, case, "admit"), (foro.desk, second)))

    assert sorted(answer.status_code for answer in answers) == [303, 422]
    late = max(answers, key=lambda answer: answer.status_code)
    assert "panel case was admitted, and no panel is drawn yet" in late.text
    assert "Fix the list" in late.text  # and goes on from there
    assert times(foro, case, "case.admitted") == 1


def test_all_that_lacks_is_told_at_its_field_and_one_event_is_read_once(foro):
    case, _ = asked(foro, "lacks")

    refused = take(foro.desk, case, "refuse").text

    assert re.findall(r'href="#f-(\w+)"', refused) == ["ground", "reasons"]
    assert re.findall(r'class="wrong" id="n-(\w+)"', refused) == ["ground", "reasons"]
    assert refused.count("It is a cartoon, lacks.") == 1
    take(foro.desk, case, "admit")
    assert foro.desk.page(f"/registrar/case/{case}").count("It is a cartoon, lacks.") == 2


def test_a_step_out_of_order_changes_nothing_and_nobody_draws_until_it_suits(foro):
    case, _ = asked(foro, "order")
    for step in ("list", "draw", "replace", "form", "close", "settle"):
        assert take(foro.desk, case, step, member="m0", reasons="No.").status_code == 422, step
    assert times(foro, case, "case.submitted") == len(
        [event for event in events(foro, case).events if event.kind.startswith("case.")]
    )

    first = drawn(foro, case)

    again = take(foro.desk, case, "list", language="en")
    assert again.status_code == 422
    assert "No new list is needed" in again.text
    assert members(foro, case) == first
    assert take(foro.desk, case, "nonsense").status_code == 404


def test_the_operator_leads_a_case_by_their_page_as_by_the_command_line(foro):
    """Sent twice, the second is told; what the case tells is what `amparo panel` would have."""
    case, _ = asked(foro, "by-the-operator")
    at = f"/admin/panels/case/{case}"
    with operator(foro) as olga:
        listed = olga.get("/admin/panels").text
        admitted = olga.post(f"{at}/admit")
        twice = olga.post(f"{at}/admit")
        olga.post(f"{at}/list", data={"language": "en"})
        number = re.search(r"This is draw (\d+)", olga.get(at).text)[1]
        drawn = olga.post(f"{at}/draw", data=reveals(foro, number))

    assert re.search(rf'href="{at}"[^>]*>Admit it, refuse it, or say what is missing<', listed)
    assert (admitted.status_code, admitted.headers["location"]) == (303, at)
    assert (twice.status_code, "no panel is drawn yet" in twice.text) == (422, True)
    assert (drawn.status_code, len(members(foro, case))) == (303, 3)
    assert times(foro, case, "case.admitted") == 1
    typed, _ = asked(foro, "by-command")
    run("panel", "admit", typed, "--data", foro.data)
    by_page, by_command = (events(foro, one).last(CaseAdmitted).by for one in (case, typed))
    assert by_page == by_command == "registrar:registrar"
    assert "Form the panel" in foro.desk.page(f"/registrar/case/{case}")


def test_the_operator_finds_only_panel_cases_and_reads_no_more_of_them_than_a_registrar(foro):
    case, _ = asked(foro, "no-more")
    told = foro.http.post("/api/v1/statement", json=statement("no-panel"), headers=foro.auth).json()
    with operator(foro) as olga:
        page = olga.get(f"/admin/panels/case/{case}").text
        odd = [
            olga.get(f"/admin/panels/case/{told['uuid']}"),
            olga.get("/admin/panels/case/nonsense"),
            olga.post(f"/admin/panels/case/{told['uuid']}/admit"),
            olga.post(f"/admin/panels/case/{case}/nonsense"),
        ]
        first = olga.get("/admin/panels?after=x.y")
        far = olga.get(f"/admin/panels?after={10**20}.{case}")
        crossed = olga.post(
            f"/admin/panels/case/{case}/admit", headers={"origin": "https://evil.example"}
        )

    of_the_registrar = foro.desk.page(f"/registrar/case/{case}")
    for step in ("admit", "incomplete", "refuse", "extend"):
        assert f'action="/admin/panels/case/{case}/{step}"' in page
        assert f'action="/registrar/case/{case}/{step}"' in of_the_registrar
    assert [answer.status_code for answer in odd] == [404] * 4
    assert (first.status_code, far.status_code, crossed.status_code) == (200, 200, 401)
    assert take_as_operator(foro, foro.desk.origin, case) == 401
    assert times(foro, case, "case.admitted") == 0


def take_as_operator(foro, origin, case):
    """What a registrar's own session is answered at the operator's page."""
    seat = origin["cookie"].partition("=")[2]
    headers = origin | {"cookie": f"{origin['cookie']}; operator={seat}"}
    path = f"/admin/panels/case/{case}/admit"
    return foro.http.post(path, headers=headers).status_code


def test_after_a_power_cut_the_page_stands_where_it_stood(foro):
    case, _ = asked(foro, "power")
    take(foro.desk, case, "admit")
    take(foro.desk, case, "list", language="en")
    before = re.search(r"This is draw (\d+)", foro.desk.page(f"/registrar/case/{case}"))[1]

    foro.kill()
    foro.start()
    foro.desk.origin["origin"] = foro.url

    page = foro.desk.page(f"/registrar/case/{case}")
    assert f"This is draw {before}" in page
    assert take(foro.desk, case, "draw", **reveals(foro, before)).status_code == 303
    assert len(members(foro, case)) == 3


def test_a_registrar_who_decided_or_asked_or_is_of_the_platform_leads_nothing_of_it(foro):
    """By page and by command line; another registrar does it."""
    decider, person, reviewer = (
        Seat(foro, registrar(foro, name, f"{name}@panels.example"))
        for name in ("Cleo", "Dora", "Eli")
    )
    decided, _ = asked(foro, "decided", decided_by=["CLEO"])
    own_cause, own = asked(foro, "own-cause")
    filed = {"grounds": "It is mine.", "email": "Dora@Panels.example"}
    assert foro.http.post(f"{own}/complaint", data=filed).status_code == 303
    seat(foro, "Eli", "eli@foro.example")

    for one, case, why in (
        (decider, decided, "you took the decision that is complained about"),
        (person, own_cause, "you are one of the sides"),
        (reviewer, decided, "at the desk of the platform, which is one side"),
    ):
        shown = foro.http.get(f"/registrar/case/{case}", headers=one.origin)
        refused = take(one, case, "admit")
        assert shown.status_code == refused.status_code == 409
        assert why in refused.text
        assert "It is a cartoon" not in shown.text + refused.text
        assert times(foro, case, "case.admitted") == 0
    typed = run(
        *("panel", "admit", decided, "--by", "Cleo", "--data", foro.data),
        check=False,
    )
    assert typed.returncode == 1
    assert "needs another registrar" in typed.stderr
    assert take(foro.desk, decided, "admit").status_code == 303
