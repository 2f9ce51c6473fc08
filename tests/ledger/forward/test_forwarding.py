"""A platform's statements go on to the EU's database: each once, and what it refuses to a person."""

import itertools
import threading
import time
from concurrent.futures import wait
from contextlib import closing

import msgspec
import pytest
from tests.conftest import run, statement
from tests.eu_stand_in import STUMBLING, UNWANTED, Fault
from tests.ledger.forward.conftest import until

from amparo.connectors import eu_database
from amparo.errors import Malformed, Refused
from amparo.ledger.forward import forwardings, outcomes, sender
from amparo.ledger.log import platforms
from amparo.ledger.log.intake import prepare
from amparo.ledger.upkeep import erase
from amparo.ledger.upkeep.backup import backup
from amparo.ledger.upkeep.restore import restore
from amparo.record.decision import ATTRIBUTES, settle
from amparo.record.rules import Profile
from amparo.record.sealing import Imported
from amparo.storage.journal import Journal

pytestmark = pytest.mark.usefixtures("quick")


def sent(journal, foro):
    return forwardings.of_platform(journal, foro).sent


def held(journal, foro):
    return list(outcomes.aside(journal, foro.id))


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

    [aside] = held(journal, foro)
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
        until(lambda: len(held(journal, foro)) == 2)
    again, never = held(journal, foro)
    monkeypatch.setattr("tests.eu_stand_in.UNWANTED", "nobody minds any more")

    outcomes.decide(journal, foro.id, again.seq, "again", 1)
    outcomes.decide(journal, foro.id, never.seq, "never", 1)
    with sending():
        until(lambda: sent(journal, foro) == 1)

    assert held(journal, foro) == []
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
    assert held(journal, foro) == []


def test_a_known_puid_that_was_never_sent_from_here_is_asked_about(
    journal, foro, eu, set_up, sending
):
    """Another tool of the platform has sent it: nobody here can know whether it is the same."""
    eu.rows["own-00001"] = {"puid": "own-00001"}
    set_up()

    with sending():
        until(lambda: everything_settled(journal, foro))
    [aside] = held(journal, foro)

    assert (aside.state, sent(journal, foro)) == ("known", 2)
    outcomes.decide(journal, foro.id, aside.seq, "sent", 1)
    assert (held(journal, foro), sent(journal, foro)) == ([], 3)


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

    assert (len(eu.rows), held(journal, foro)) == (3, [])
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

    [aside] = held(journal, foro)
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
    assert held(journal, foro) == []


def test_removed_and_set_up_anew_at_once_it_goes_on(
    journal, foro, eu, set_up, sending, keep, monkeypatch
):
    """In haste: a wrong address is mended before the process has seen that nothing is set up."""
    set_up()
    seen, find = [], forwardings.find
    monkeypatch.setattr(forwardings, "find", lambda *of: seen.append(find(*of)) or seen[-1])

    with sending():
        until(lambda: sent(journal, foro) == 3)
        forwardings.remove(journal, foro.id)
        until(lambda: seen.count(None) > 1)  # the run has ended, and the thread has looked
        set_up(first=journal.size())
        keep(1)
        until(lambda: sent(journal, foro) == 1)

    assert set(eu.rows) == {"own-00000", "own-00001", "own-00002", "own-00003"}


def test_entries_of_others_at_the_end_of_the_log_are_no_lag(
    node, journal, foro, eu, set_up, sending, monkeypatch
):
    monkeypatch.setattr("amparo.ledger.forward.sender.PASSED_OVER_SECONDS", 0)
    other = platforms.add(journal, "Otro", Profile())
    set_up()

    with sending():
        until(lambda: sent(journal, foro) == 3)
        [made] = prepare([settle(statement("x"), "API")], platform=other, secret=node.secret())
        journal.append([[made.row]])
        until(lambda: everything_settled(journal, foro))

    assert forwardings.lag(journal, forwardings.of_platform(journal, foro)).entries == 0
    assert len(eu.rows) == 3


def test_calls_under_way_are_waited_for_once_the_token_is_refused(
    journal, foro, eu, set_up, sending, keep, monkeypatch
):
    """Slow: the second call has no answer yet when the first is refused."""
    waits, second, free = [], threading.Event(), threading.Event()
    answer, number = eu.answer, itertools.count()

    def answer_second_late(*call):
        if next(number) == 0:
            second.wait(60)
            return answer(*call)
        second.set()
        free.wait(60)
        return answer(*call)

    monkeypatch.setattr(eu, "answer", answer_second_late)
    monkeypatch.setattr(sender, "wait", lambda *of, **how: waits.append(1) or wait(*of, **how))
    keep(150)
    set_up(token="13|old")

    with sending():
        until(lambda: eu.calls)
        time.sleep(1)
        free.set()
        until(lambda: forwardings.of_platform(journal, foro).state == "denied")

    assert len(waits) < 100


def test_a_new_token_changes_nothing_else(journal, foro, eu, set_up):
    """The operator gives what has changed, and nothing that was said before."""
    set_up(rate=60, named="foro-eu")
    forwardings.pause_restored(journal)

    forwardings.set_up(journal, foro, url=eu.url, token="13|new", first=0, now=1)

    there = forwardings.of_platform(journal, foro)
    assert (there.token, there.rate, there.named, there.private) == ("13|new", 60, "foro-eu", True)
    assert (there.state, there.why) == ("paused", "restored from a backup")


def test_a_private_address_can_be_allowed_later(journal, foro, set_up):
    set_up(url="https://eu.example", private=False)

    assert set_up(url="https://eu.example", private=True).private


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

        assert (held(restored, foro), len(eu.rows)) == ([], 3)


def test_one_that_was_refused_before_the_backup_may_be_there_after_a_restore(
    tmp_path, node, journal, foro, eu, set_up, sending, keep, monkeypatch
):
    """Late: a person let it be sent again after the backup was made, and it was taken."""
    set_up(first=journal.size())
    keep(1, decision_facts=f"This {UNWANTED}.")
    with sending():
        until(lambda: held(journal, foro))
    copy = backup(node, tmp_path / "backups")
    monkeypatch.setattr("tests.eu_stand_in.UNWANTED", "nobody minds any more")
    outcomes.decide_all(journal, foro.id, "refused", "again", 1)
    with sending():
        until(lambda: sent(journal, foro) == 1)

    back = restore(copy, tmp_path / "back", latest=None)
    with closing(Journal(back.journal)) as restored:
        outcomes.decide_all(restored, foro.id, "refused", "again", 1)
        forwardings.resume(restored, foro.id)
        with sending(back):
            until(lambda: not held(restored, foro))

        assert sent(restored, foro) == 1


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
        until(lambda: held(journal, foro))

    erase.erase(node, [journal.event(3)], "request")

    assert held(journal, foro) == []


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
