"""A platform's statements go on to the EU's database: each once, and what it refuses to a person."""

import time
from contextlib import closing

import msgspec
import pytest
from tests.conftest import run, statement
from tests.eu_stand_in import STUMBLING, UNWANTED, Fault
from tests.ledger.forward.conftest import until

from amparo.connectors import eu_database
from amparo.errors import Malformed, Refused
from amparo.ledger.forward import forwardings, outcomes
from amparo.ledger.log.intake import prepare
from amparo.ledger.storage.journal import Journal
from amparo.ledger.upkeep import erase
from amparo.ledger.upkeep.backup import backup
from amparo.ledger.upkeep.restore import restore
from amparo.record.decision import ATTRIBUTES, settle
from amparo.record.sealing import Imported

pytestmark = pytest.mark.usefixtures("quick")


def sent(journal, foro):
    return forwardings.of_platform(journal, foro).sent


def everything_settled(journal, foro):
    there = forwardings.of_platform(journal, foro)
    return there.upto == journal.size()


def test_every_decision_arrives_once_and_its_number_there_is_kept(
    journal, foro, eu, set_up, sending, keep
):
    set_up()

    with sending():
        keep(250)
        until(lambda: sent(journal, foro) == 253)

    assert len(eu.rows) == 253
    assert max(len(msgspec.json.decode(body)["statements"]) for body in eu.calls) == 100
    uuids = {bytes(row[0]).hex() for row in journal.db.execute("SELECT uuid FROM forwarded")}
    assert uuids == {row["uuid"].replace("-", "") for row in eu.rows.values()}


def test_decisions_of_before_are_sent_only_if_that_was_asked_for(
    journal, foro, eu, set_up, sending, keep
):
    set_up(first=journal.size())

    with sending():
        keep(1)
        until(lambda: eu.rows)

    assert set(eu.rows) == {"own-00003"}


def test_only_what_the_eu_takes_leaves(journal, foro, eu, set_up, sending):
    """Who decided, what it corrects and where it came from is known here, and stays here."""
    set_up()

    with sending():
        until(lambda: sent(journal, foro) == 3)

    allowed = set(ATTRIBUTES) - {"content_id_ean"} | {"content_id"}
    for body in eu.calls:
        for one in msgspec.json.decode(body)["statements"]:
            assert set(one) <= allowed


def test_whatever_else_is_known_of_a_decision_is_not_picked():
    known = statement("a-1", content_id_ean="4006381333931")
    extra = {"person": "x", "decided_by": ["Olga"], "corrects": "y", "imported": {}, "case": "z"}

    sent = eu_database.statement(known | extra | {f"new_{name}": "x" for name in known})

    assert sent == {name: value for name, value in known.items() if name != "content_id_ean"} | {
        "content_id": {"EAN-13": "4006381333931"}
    }


def test_countries_outside_the_eea_are_left_out_and_with_them_what_is_no_decision_for_the_eu():
    inside = eu_database.statement(statement(territorial_scope=["BR", "ES", "US"]))
    outside = eu_database.statement(statement(territorial_scope=["BR", "US"]))
    unsaid = eu_database.statement(statement(territorial_scope=None))

    assert inside["territorial_scope"] == ["ES"]
    assert outside is None
    assert "territorial_scope" not in unsaid


def test_the_one_that_is_refused_waits_for_a_person_and_the_rest_of_its_batch_goes_on(
    journal, foro, eu, set_up, sending, keep
):
    set_up(first=journal.size())
    keep(40)
    keep(1, decision_facts=f"This {UNWANTED}, says somebody else.")
    keep(40)

    with sending():
        until(lambda: everything_settled(journal, foro))

    [aside] = outcomes.aside(journal, foro.id)
    assert (aside.state, aside.why) == (
        "refused",
        "decision_facts: The decision facts field is not allowed.",
    )
    assert len(eu.rows) == 80


def test_one_that_was_refused_is_sent_again_when_a_person_says_so(
    journal, foro, eu, set_up, sending, keep, monkeypatch
):
    set_up(first=journal.size())
    keep(2, decision_facts=f"This {UNWANTED}.")
    with sending():
        until(lambda: len(outcomes.aside(journal, foro.id)) == 2)
    again, never = outcomes.aside(journal, foro.id)
    monkeypatch.setattr("tests.eu_stand_in.UNWANTED", "nobody minds any more")

    outcomes.decide(journal, foro.id, again.seq, "again", 1)
    outcomes.decide(journal, foro.id, never.seq, "never", 1)
    with sending():
        until(lambda: sent(journal, foro) == 1)

    assert outcomes.aside(journal, foro.id) == []
    assert forwardings.counted(journal, foro.id).held == {"never": 1}
    with pytest.raises(Refused, match="not in the EU's database"):
        outcomes.decide(journal, foro.id, never.seq, "sent", 1)


def test_a_known_puid_is_ours_where_a_call_had_no_answer(journal, foro, eu, set_up, sending):
    """It was stored, and the connection broke: sent again, all of it is known."""
    set_up()
    eu.faults.append(Fault(stores=True))

    with sending():
        until(lambda: everything_settled(journal, foro))

    assert (sent(journal, foro), len(eu.rows), len(eu.calls)) == (3, 3, 2)
    assert outcomes.aside(journal, foro.id) == []


def test_a_known_puid_that_was_never_sent_from_here_is_asked_about(
    journal, foro, eu, set_up, sending
):
    """Another tool of the platform has sent it: nobody here can know whether it is the same."""
    eu.rows["own-00001"] = {"puid": "own-00001"}
    set_up()

    with sending():
        until(lambda: everything_settled(journal, foro))
    [aside] = outcomes.aside(journal, foro.id)

    assert (aside.state, sent(journal, foro)) == ("known", 2)
    outcomes.decide(journal, foro.id, aside.seq, "sent", 1)
    assert (outcomes.aside(journal, foro.id), sent(journal, foro)) == ([], 3)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(503),
        Fault(500),
        Fault(),
        Fault(429),
        Fault(404),
        Fault(302, {"location": "https://elsewhere.example/"}),
        Fault(201, body=b'{"statements":[]}'),
        Fault(201, body=b"<html>welcome</html>"),
    ],
    ids=str,
)
def test_an_outage_is_waited_out(journal, foro, eu, set_up, sending, fault, monkeypatch):
    monkeypatch.setattr("amparo.ledger.forward.calls.TOO_MANY_SECONDS", 0.1)
    set_up()
    eu.faults += [fault] * 3

    with sending():
        until(lambda: everything_settled(journal, foro))

    assert (len(eu.rows), outcomes.aside(journal, foro.id)) == (3, [])
    assert forwardings.of_platform(journal, foro).why == ""


def test_retry_after_is_heeded(journal, foro, eu, set_up, sending):
    set_up()
    eu.faults.append(Fault(429, {"retry-after": "5"}))

    with sending():
        until(lambda: sent(journal, foro) == 3)

    first, second = eu.moments
    assert second - first >= 5


def test_one_over_which_the_database_stumbles_does_not_hold_up_the_others(
    journal, foro, eu, set_up, sending, keep
):
    set_up(first=journal.size())
    keep(10)
    keep(1, decision_facts=f"This {STUMBLING}.")
    keep(10)

    with sending():
        until(lambda: everything_settled(journal, foro))

    [aside] = outcomes.aside(journal, foro.id)
    assert (aside.state, aside.may_be_there, len(eu.rows)) == ("failing", True, 20)
    assert aside.due > aside.at


def test_a_token_that_is_not_accepted_stops_it_until_there_is_another(
    journal, foro, eu, set_up, sending
):
    set_up(token="13|old")

    with sending():
        until(lambda: forwardings.of_platform(journal, foro).state == "denied")
        calls = len(eu.calls)
        set_up()
        until(lambda: sent(journal, foro) == 3)

    assert calls == 1
    assert "401" not in forwardings.of_platform(journal, foro).why


def test_a_pause_takes_effect_while_the_other_side_is_away(journal, foro, eu, set_up, sending):
    """Careless and late: who pauses during an outage must not wait for its end."""
    set_up()
    eu.faults += [Fault(503)] * 10_000

    with sending():
        until(lambda: len(eu.calls) >= 2)
        forwardings.pause(journal, foro.id)
        until(lambda: _still(eu))
        eu.faults.clear()
        assert (eu.rows, forwardings.of_platform(journal, foro).state) == ({}, "paused")
        forwardings.resume(journal, foro.id)
        until(lambda: sent(journal, foro) == 3)


def _still(eu):
    before = len(eu.calls)
    time.sleep(1.5)
    return len(eu.calls) == before


def test_what_is_erased_before_it_was_sent_never_leaves(node, journal, foro, eu, set_up, sending):
    erase.erase(node, [journal.event(1)], "request")
    set_up()

    with sending():
        until(lambda: everything_settled(journal, foro))

    assert set(eu.rows) == {"own-00000", "own-00002"}
    assert forwardings.of_platform(journal, foro).left_out == 1


def test_of_two_processes_that_send_only_the_later_one_keeps_what_came_of_it(
    journal, foro, eu, set_up, sending, keep
):
    set_up()

    with sending() as first:
        until(lambda: forwardings.of_platform(journal, foro).worker)
        with sending():
            until(first.thread.stopping.is_set)
            keep(20)
            until(lambda: sent(journal, foro) == 23)

    assert len(eu.rows) == 23
    assert outcomes.aside(journal, foro.id) == []


def test_another_address_is_another_forwarding(journal, foro, set_up):
    set_up()

    with pytest.raises(Refused, match="another address"):
        set_up(url="http://127.0.0.1:1")
    forwardings.remove(journal, foro.id)
    assert set_up(url="http://127.0.0.1:1").upto == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://transparency.dsa.ec.europa.eu",
        "https://transparency.dsa.ec.europa.eu/api/v1/statements",
        "https://user:word@transparency.dsa.ec.europa.eu",
        "transparency.dsa.ec.europa.eu",
        "",
    ],
)
def test_what_is_no_address_of_the_database_is_refused(set_up, url):
    with pytest.raises(Malformed, match="no address"):
        set_up(url=url, private=False)


def test_the_token_is_in_no_text_that_somebody_prints(set_up):
    there = set_up(token="12|secret")

    assert "secret" not in f"{there} {there!r}"


def test_a_node_from_an_older_backup_waits_and_then_takes_for_its_own_what_it_had_sent(
    tmp_path, node, journal, foro, eu, set_up, sending, keep
):
    """Late: what was sent after the backup was made is in the EU's database, and not known here."""
    set_up()
    copy = backup(node, tmp_path / "backups")
    with sending():
        until(lambda: sent(journal, foro) == 3)

    back = restore(copy, tmp_path / "back", latest=None)
    with closing(Journal(back.journal)) as restored:
        assert forwardings.of_platform(restored, foro).state == "paused"
        forwardings.resume(restored, foro.id)
        with sending(back):
            until(lambda: sent(restored, foro) == 3)

        assert (outcomes.aside(restored, foro.id), len(eu.rows)) == ([], 3)


def test_after_an_erasure_it_is_said_where_the_copy_is(
    node, journal, foro, eu, set_up, sending, keep
):
    set_up()
    with sending():
        until(lambda: sent(journal, foro) == 3)
    [row] = [row for row in eu.rows.values() if row["puid"] == "own-00001"]

    done = run("erase", "1", "--yes", "--data", node.folder)

    assert done.stdout.splitlines()[-1] == f"{eu.url}/statement/{row['uuid']}"
    assert "it has no call to withdraw one" in done.stderr


def test_what_the_database_says_against_a_statement_goes_with_its_erasure(
    node, journal, foro, eu, set_up, sending, keep
):
    set_up(first=journal.size())
    keep(1, decision_facts=f"This {UNWANTED}.")
    with sending():
        until(lambda: outcomes.aside(journal, foro.id))

    erase.erase(node, [journal.event(3)], "request")

    assert outcomes.aside(journal, foro.id) == []


def test_what_came_from_the_eus_own_files_is_not_sent_back_and_what_a_connector_read_is_sent(
    node, journal, foro, eu, set_up, sending
):
    set_up(first=journal.size())
    made = prepare(
        [settle(statement("from-a-dump"), "API"), settle(statement("from-a-connector"), "API")],
        platform=foro,
        secret=node.secret(),
        imported=[Imported("Foro", uuid="00000000-0000-4000-8000-000000000001"), Imported("Ozone")],
    )
    journal.append([[row.row for row in made]])

    with sending():
        until(lambda: everything_settled(journal, foro))

    assert set(eu.rows) == {"from-a-connector"}


def test_an_answer_that_is_made_to_hurt_is_only_no_answer():
    """Nested deeper than a reader goes, or with a sign that PostgreSQL takes in no text."""
    deep = b'{"x":' + b"[" * 200_000 + b"]" * 200_000 + b',"statements":[]}'
    reason = b'{"errors":{"statement_0":{"puid":["no\\u0000t valid"]}},"message":"n\\u0000o"}'

    assert isinstance(eu_database.outcome(201, deep, 1), eu_database.Later)
    assert eu_database.outcome(422, reason, 1) == eu_database.Invalid({0: "puid: not valid"})
    assert eu_database.outcome(400, reason, 1) == eu_database.Unclear("it answered 400: no")
