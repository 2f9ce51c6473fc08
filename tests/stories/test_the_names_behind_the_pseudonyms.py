"""Who decided and who looked again is opened by name: by a lead's page, to a body, to a member.

A state, a stranger and a reviewer who is no lead ask in vain; and the case tells of each opening.
"""

import time
from datetime import UTC, datetime, timedelta

import pytest
from tests.conftest import own_link, run, statement
from tests.stories.founded import NAMES, Founded
from tests.stories.seats import seat

from amparo.ledger.case import names
from amparo.record.event import timestamp
from amparo.tlog.note import Signer

REASONS = "The clause names threats; this post quotes one in order to report it."
WHY = "We hear the dispute of whoever complained."
STATE, REGULATOR = 0, 1


@pytest.fixture(scope="module")
def founded(tmp_path_factory):
    one = Founded(tmp_path_factory.mktemp("opened"))
    one.http, one.url = one.served.http, one.served.url
    one.auth = one.served.add_platform("Foro")
    one.origin = run("log", "vkey", "--data", one.data).stdout.strip()
    one.eva = seat(one, "Eva", "eva@foro.example", "--lead")
    one.bo = seat(one, "Bo", "bo@foro.example")
    yield one
    one.end()


@pytest.fixture(scope="module")
def told(founded):
    """A case whose complaint Eva decided, with the proof that whoever complained keeps."""
    told = founded.http.post(
        "/api/v1/statement?wait=receipt", json=statement("opened"), headers=founded.auth
    ).json()
    path = f"/api/v1/statement/{told['uuid']}/notice"
    founded.http.post(path, json={"decided_by": ["bo@foro.example"]}, headers=founded.auth)
    told["own"] = own_link(founded.http, told)
    founded.http.post(f"{told['own']}/complaint", data={"grounds": "I quoted it."})
    decision = {"outcome": "upheld", "reasons": REASONS}
    for step, form in {"assign": {}, "open": {}, "decide": decision}.items():
        assert founded.eva.step(told["uuid"], step, **form).status_code == 303
    told["proof"] = founded.folder / "parts.tlog-proof"
    told["proof"].write_bytes(published(founded, lambda: founded.http.get(f"{told['own']}/parts")))
    return told


def published(founded, ask):
    """The answer, once what it is about is public."""
    deadline = time.monotonic() + 120
    while (got := ask()).status_code == 503:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert got.status_code == 200, got.text
    return got.content


def verified(founded, told, opened):
    """What the person's proof and the opened names say together."""
    file = founded.folder / "names.tlog-proof"
    file.write_bytes(opened)
    return run("verify", told["proof"], "--names", file, "--vkey", founded.origin).stdout


def openings(founded, told):
    return founded.http.get(told["own"]).text.count("were opened to somebody")


def request(founded, told, signer, **changes):
    """A signed request, as `amparo case names` makes it."""
    fields = {
        "who": signer.name,
        "log": founded.origin.split("+")[0],
        "case": told["uuid"],
        "why": WHY,
        "at": timestamp(datetime.now(UTC)),
    }
    return names.sign(names.Request(**fields | changes), signer)


def ask(founded, raw):
    return founded.http.post("/api/names", content=raw)


def test_a_lead_keeps_the_file_for_a_body_by_page_and_whoever_complained_reads_it(founded, told):
    page = f"/desk/case/{told['uuid']}"
    assert "Open the names" in founded.eva.page(page)
    assert "Open the names" not in founded.bo.page(page)
    before = openings(founded, told)

    refused = founded.bo.step(told["uuid"], "names", to="x", why="y")
    empty = founded.eva.step(told["uuid"], "names", to="Body of Disputes", why=" ")
    opened = published(
        founded,
        lambda: founded.eva.step(told["uuid"], "names", to="Body of Disputes", why=WHY),
    )

    assert (refused.status_code, empty.status_code) == (422, 422)
    assert "Only a lead may take this step." in refused.text
    assert "Body of Disputes" in empty.text
    assert "Eva, eva@foro.example" in verified(founded, told, opened)
    assert "Bo, bo@foro.example" in verified(founded, told, opened)
    assert openings(founded, told) == before + 1
    theirs = founded.http.get(told["own"]).text
    assert WHY in theirs
    assert "eva@foro.example" not in theirs


def test_a_registered_body_asks_by_its_signature_and_twice_is_told_once(founded, told):
    key, asked = founded.folder / "body.key", founded.folder / "body.names"
    vkey = run("case", "key", "body.example", key).stdout.strip()
    words = ("--log", founded.origin.split("+")[0], "--key", key, "--why", WHY, "-o", asked)
    run("case", "names", told["uuid"], *words)
    assert ask(founded, asked.read_bytes()).status_code == 401  # not registered yet
    run("case", "body", "add", vkey, "--data", founded.data)
    before = openings(founded, told)

    opened = [published(founded, lambda: ask(founded, asked.read_bytes())) for _ in range(2)]

    assert "Eva, eva@foro.example" in verified(founded, told, opened[0])
    assert openings(founded, told) == before + 1
    assert "body.example" in founded.http.get(told["own"]).text


def test_a_member_of_the_charter_hands_the_request_in_by_the_form_and_a_state_in_vain(
    founded, told
):
    member, state = (Signer.from_text(founded.key(n).read_text()) for n in (REGULATOR, STATE))
    form = {"text": request(founded, told, member).decode().rstrip("\n")}
    origin = {"origin": founded.url}

    got = published(
        founded, lambda: founded.http.post("/coalition/hand-in", data=form, headers=origin)
    )

    assert "Eva, eva@foro.example" in verified(founded, told, got)
    assert NAMES[REGULATOR] in founded.http.get(told["own"]).text
    refused = ask(founded, request(founded, told, state))
    assert (refused.status_code, "neither a registered body" in refused.text) == (401, True)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"who": NAMES[2]}, "neither a registered body nor a member"),
        ({"log": "elsewhere.example"}, "a case of another node"),
        ({"at": timestamp(datetime.now(UTC) - timedelta(days=15))}, "too old"),
        ({"case": "01980000-0000-7000-8000-000000000000"}, "no such case"),
    ],
)
def test_a_request_in_anothers_name_of_another_node_or_an_old_one_opens_nothing(
    founded, told, changes, why
):
    member = Signer.from_text(founded.key(REGULATOR).read_text())
    before = openings(founded, told)

    refused = ask(founded, request(founded, told, member, **changes))

    assert refused.status_code in (401, 404, 409, 422)
    assert why in refused.text
    assert openings(founded, told) == before


@pytest.mark.parametrize("why", ["", " \n", "x" * 2001])
def test_a_request_without_a_reason_that_can_be_read_is_neither_made_nor_taken(
    founded, told, tmp_path, why
):
    """Whoever is named reads it in the case."""
    key = founded.key(REGULATOR)
    words = ("--log", founded.origin.split("+")[0], "--key", key, "-o", tmp_path / "asked")
    before = openings(founded, told)

    refused = ask(founded, request(founded, told, Signer.from_text(key.read_text()), why=why))
    unmade = run("case", "names", told["uuid"], *words, "--why", why, check=False)

    assert (refused.status_code, unmade.returncode) == (400, 1)
    assert "`$.why`" in unmade.stderr
    assert openings(founded, told) == before
