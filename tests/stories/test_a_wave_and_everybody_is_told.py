"""Many decisions at once, and each person learns of theirs: by mail, or as the platform says."""

import json

import pytest
from tests.conftest import run, statement
from tests.stories.foro import foro_with_mail_at
from tests.stories.test_a_mailbox_that_does_not_exist import notice, state, until

from amparo.storage.journal import Journal

ANA = {"email": "ana@example.org", "language": "es"}


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    with foro_with_mail_at(tmp_path_factory.mktemp("told")) as node:
        yield node


def send(foro, *statements):
    body = {"statements": [*statements]}
    return foro.http.post("/api/v1/statements", json=body, headers=foro.auth)


def tell(foro, *notices):
    answer = foro.http.post("/api/v1/notices", json={"notices": [*notices]}, headers=foro.auth)
    return answer.json()["notices"]


def mails(foro, address):
    return [mail for to, mail in foro.post.mails if to == address]


def test_a_batch_says_how_each_person_is_told_and_who_decided(foro):
    [ana, luis, nobody] = send(
        foro,
        statement("wave-1", person=ANA, decided_by=["Agent-7"]),
        statement("wave-2", person={"informed": True}),
        statement("wave-3"),
    ).json()["statements"]

    assert (ana["person"], ana["mail"]["state"]) == ({"state": "queued"}, "queued")
    assert luis["person"] == {"state": "informed"}
    assert "person" not in nobody
    mail = foro.post.to("ana@example.org", "Foro")
    assert ana["uuid"] in mail.get_body(("plain",)).get_content()
    until(lambda: state(foro, ana["uuid"])["decision"] == "delivered")
    assert state(foro, luis["uuid"])["decision"] == "delivered"
    assert state(foro, nobody["uuid"])["decision"] == "recorded"


def test_neither_the_statement_nor_the_log_knows_of_what_was_said_beside_it(foro):
    [kept] = send(
        foro, statement("wave-4", person={"email": "secret@example.org"}, decided_by=["Agent-9"])
    ).json()["statements"]

    back = foro.http.get(f"/api/v1/statement/{kept['uuid']}", headers=foro.auth)
    journal = Journal(foro.data / "journal.db", read_only=True)
    leaves = b"".join(journal.leaves(0, journal.size()))
    journal.close()
    for said in ("secret@example.org", "Agent-9", "decided_by"):
        assert said not in back.text
        assert said.encode() not in leaves


@pytest.mark.parametrize(
    ("besides", "name"),
    [
        ({"person": {"email": "no address"}}, "person"),
        ({"person": {"email": "pelé@example.org"}}, "person"),
        ({"person": {}}, "person"),
        ({"person": {"email": "ana@example.org", "informed": True}}, "person"),
        ({"person": {"email": "a" * 250 + "@example.org"}}, "person"),
        ({"person": "ana@example.org"}, "person"),
        ({"person": {"mail": "ana@example.org"}}, "person"),
        ({"decided_by": "Agent-7"}, "decided_by"),
        ({"decided_by": ["x"] * 101}, "decided_by"),
        ({"decided_by": ["x" * 201]}, "decided_by"),
    ],
)
def test_what_is_wrong_beside_a_statement_is_a_finding_and_nothing_is_kept(foro, besides, name):
    alone = foro.http.post(
        "/api/v1/statement", json=statement("wrong-1", **besides), headers=foro.auth
    )
    batch = send(foro, statement("wrong-2"), statement("wrong-3", **besides))

    assert (alone.status_code, batch.status_code) == (422, 422)
    assert [found["attribute"] for found in alone.json()["findings"]] == [name]
    assert [*batch.json()["findings"]] == ["statement_1"]
    unknown = foro.http.get("/api/v1/statement/existing-puid/wrong-2", headers=foro.auth)
    assert unknown.status_code == 404


def test_one_call_tells_many_and_sent_again_it_writes_to_nobody_twice(foro):
    puids = [f"many-{n}" for n in range(4)]
    kept = [one["uuid"] for one in send(foro, *map(statement, puids)).json()["statements"]]
    batch = [
        {"uuid": kept[0], "email": "many@example.org", "language": "es", "decided_by": ["x"]},
        {"uuid": kept[1], "decided_by": ["Agent-7"]},
        {"uuid": kept[2], "email": "pelé@example.org"},
        {"uuid": "00000000-0000-7000-8000-000000000000"},
    ]

    first, again = tell(foro, *batch), tell(foro, *batch)

    assert [one["state"] for one in first] == ["queued", "informed", "refused", "refused"]
    assert [one["state"] for one in again] == ["known", "known", "refused", "refused"]
    assert "outside of ASCII" in first[2]["why"]
    assert first[3]["what"] == "There is no such case of yours."
    until(lambda: state(foro, kept[0])["decision"] == "delivered")
    assert len(mails(foro, "many@example.org")) == 1
    assert state(foro, kept[3])["decision"] == "recorded"


def test_nobody_learns_from_a_batch_whether_the_person_has_another_address_now(foro):
    """The answer is the same for the address that was handed over and for any other."""
    [kept] = send(foro, statement("oracle-1", person=ANA)).json()["statements"]

    same = tell(foro, {"uuid": kept["uuid"], "email": "ana@example.org"})
    other = tell(foro, {"uuid": kept["uuid"], "email": "guess@example.org"})

    assert same == other == [{"uuid": kept["uuid"], "state": "known"}]
    assert mails(foro, "guess@example.org") == []


def test_too_many_in_one_call_are_refused_and_the_limit_is_named(foro):
    body = {"notices": [{"uuid": "x"}] * 101}
    answer = foro.http.post("/api/v1/notices", json=body, headers=foro.auth)

    assert answer.status_code == 400
    assert "notices: it has more than 100 entries" in answer.json()["why"]


def test_an_import_tells_people_as_well_and_sets_aside_what_is_wrong(foro, tmp_path):
    path = tmp_path / "decisions.jsonl"
    rows = [
        statement("import-1", person={"email": "imported@example.org"}, decided_by=["Agent-7"]),
        statement("import-2", person={"informed": True}),
        statement("import-3", person={"email": "nowhere"}),
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    done = run("import", path, "--platform", "Foro", "--json", "--data", foro.data, check=False)
    again = run("import", path, "--platform", "Foro", "--data", foro.data, check=False)

    kept = [json.loads(line)["uuid"] for line in done.stdout.splitlines()]
    assert "3 rows read: 2 recorded, 0 known already, 1 refused" in done.stderr
    assert "0 recorded, 2 known already" in again.stderr
    [aside] = (tmp_path / "decisions.jsonl.refused.jsonl").read_text().splitlines()
    assert json.loads(aside)["findings"][0]["attribute"] == "person"
    foro.post.to("imported@example.org", "Foro")
    until(lambda: state(foro, kept[0])["decision"] == "delivered")
    assert state(foro, kept[1])["decision"] == "delivered"
    assert len(mails(foro, "imported@example.org")) == 1
    assert notice(foro, kept[0], email="second@example.org").status_code == 409


def untold(foro):
    return foro.http.get("/api/v1/orders", headers=foro.auth).json()["untold"]


def test_whom_nobody_told_is_counted_for_the_platform_and_from_ten_on_for_everybody(foro):
    before = until(lambda: {"n": untold(foro)})["n"] or 0
    kept = send(foro, *(statement(f"untold-{n}") for n in range(12))).json()["statements"]

    until(lambda: untold(foro) == before + 12)
    until(lambda: f"Foro: {before + 12}" in foro.http.get("/remedies").text)
    tell(foro, *({"uuid": one["uuid"]} for one in kept))
    until(lambda: untold(foro) == before)
    assert before < 10
    until(lambda: "Foro:" not in foro.http.get("/remedies").text)
