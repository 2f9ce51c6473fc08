"""A real Synapse, made by others: what its administrator does is read, undone and read back.

`make counterparts` fetches it; without that these are skipped.
"""

import time
from contextlib import closing
from urllib.parse import quote

import pytest
from tests.conftest import new_node
from tests.connect.test_synapse import Matrix
from tests.counterparts import synapse

from amparo.ledger.connect.synapse_calls import Synapse

pytestmark = pytest.mark.skipif(
    not synapse.is_installed(), reason="Synapse is not there: `make counterparts` fetches it"
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with closing(synapse.Homeserver(tmp_path_factory.mktemp("synapse"))) as one:
        yield one


@pytest.fixture
def matrix(tmp_path, server):
    made = Matrix(
        new_node(tmp_path / "node"), server, server.token, write_back="yes", reports="notices"
    )
    with closing(made.journal):
        yield made


def test_accounts_a_room_and_media_are_restricted_given_back_and_seen_to_be(matrix, server):
    tokens = {name: server.register(name) for name in ("bob", "cem", "dan", "eve")}
    bob, cem, dan = (quote(f"@{name}:{synapse.SERVER_NAME}") for name in ("bob", "cem", "dan"))
    room = server.room(tokens["eve"], "Adverts")
    there, before = server.upload(tokens["eve"], PNG), server.upload(tokens["eve"], PNG[:-1])
    server.admin("POST", f"/v1/media/quarantine/{before}")
    matrix.ask(2)
    assert matrix.statements() == []

    server.admin("PUT", f"/v2/users/{bob}", {"locked": True})
    server.admin("PUT", f"/v1/suspend/{cem}", {"suspend": True})
    server.admin("POST", f"/v1/users/{dan}/shadow_ban")
    server.admin("PUT", f"/v1/rooms/{quote(room)}/block", {"block": True})
    server.admin("POST", f"/v1/media/quarantine/{there}")
    matrix.ask(2)
    cases = {matrix.subject(case).partition(" ")[0]: case for case in matrix.statements()}
    assert set(cases) == {"locked", "suspended", "shadow_banned", "blocked", "quarantined"}
    assert matrix.drafts() == []

    steps = {
        "locked": "restore_account",
        "suspended": "restore_service",
        "shadow_banned": "restore_visibility",
        "blocked": "restore_visibility",
        "quarantined": "restore_content",
    }
    for flag, case in cases.items():
        matrix.order(case, steps[flag])
    matrix.ask(2)

    assert {matrix.remedy(case) for case in cases.values()} == {"verified"}
    shown = server.admin("GET", f"/v2/users/{bob}")
    assert "access_token" in server.sign_in("bob")
    assert not shown["locked"]
    assert not server.admin("GET", f"/v2/users/{cem}")["suspended"]
    assert not server.admin("GET", f"/v2/users/{dan}")["shadow_banned"]
    assert not server.admin("GET", f"/v1/rooms/{quote(room)}/block")["block"]
    assert server.admin("GET", f"/v1/media/{there}")["media_info"]["quarantined_by"] is None

    time.sleep(1.1)
    server.admin("PUT", f"/v1/suspend/{cem}", {"suspend": True})
    matrix.later(days=1)
    matrix.ask()
    assert "remedy.reverted" in matrix.kinds(cases["suspended"])


def test_reports_are_counted_and_shown_beside_a_deactivated_account(matrix, server):
    fay, gil = server.register("fay"), server.register("gil")
    room = server.room(fay, "Shoes")
    matrix.ask(2)
    before = matrix.counts().get("counted", 0)

    server.call("POST", f"/_matrix/client/v3/join/{quote(room)}", token=gil)
    message = server.say(fay, room, "buy my shoes")
    assert server.report(gil, room, message, "spam, from Rosario Quispe") == {}
    path = f"/_matrix/client/v3/users/{quote('@fay:test.local')}/report"
    assert server.call("POST", path, {"reason": "a bot"}, token=gil) == {}
    server.admin("POST", f"/v1/deactivate/{quote('@fay:test.local')}", {"erase": True})
    matrix.ask(2)

    assert matrix.counts()["counted"] == before + 2
    [draft] = matrix.drafts()
    assert draft.words == {"state": "deactivated", "account": "erased", "reported": "yes"}
    assert draft.decision["content_type_other"] == "Account"
    kept = matrix.kept()
    for private in (b"Rosario", b"buy my shoes", b"@gil", b"holiday"):
        assert private not in kept


def test_whoever_is_no_administrator_is_refused_and_the_list_of_quarantine_is_there(matrix, server):
    with closing(Synapse(matrix.connection, server.token)) as there:
        assert there.check()
        there.check_may_write()
        assert there.look("locked @nobody:test.local").in_force == ("gone",)
        assert there.look("quarantined test.local/nothing").in_force == ("gone",)
    matrix.give(server.register("hal"))
    matrix.ask()
    assert "may not do this" in matrix.connection.why
