"""The Python client, against a node that serves, over a line that may be bad."""

import json
import time
from uuid import uuid4

import pytest
from tests.client.lossy import lossy
from tests.conftest import run, statement

from amparo.client import Client, Invalid, Stored
from amparo.client.client import batches
from amparo.client.patience import Patience
from amparo.errors import Denied, Malformed, Missing, Refused, Unavailable, Unsound
from amparo.ledger.log import receipts
from amparo.tlog import policy

QUICK = Patience(first_seconds=0.01)


@pytest.fixture(scope="module")
def vkey(served):
    return run("log", "vkey", "--data", served.data).stdout.strip()


@pytest.fixture
def token(platform):
    return platform["authorization"].removeprefix("Bearer ")


@pytest.fixture
def line(served):
    with lossy(served.url) as server:
        yield server


@pytest.fixture
def client(line, token, vkey):
    with Client(line.url, token, vkey=vkey, patience=QUICK) as one:
        yield one


@pytest.fixture
def plain(line, token):
    """A client that verifies nothing: one call a statement."""
    with Client(line.url, token, patience=QUICK) as one:
        yield one


def fresh(**changes):
    return statement(f"client-{uuid4()}", **changes)


def test_a_statement_comes_back_with_a_receipt_that_anyone_can_verify(client, vkey):
    sent = fresh()
    stored = client.submit(sent)

    assert isinstance(stored, Stored)
    assert (stored.puid, stored.is_known, bool(stored.recourse_url)) == (sent["puid"], False, True)
    proven = receipts.verify(stored.receipt, policy.of_log(vkey))
    assert (proven.leaf.case, proven.puid) == (stored.uuid, sent["puid"])


def test_what_is_invalid_says_what_is_wrong_and_how_to_mend_it(client):
    refused = client.submit(fresh(content_language="xx", decision_facts=None))

    assert isinstance(refused, Invalid)
    assert {"content_language", "decision_facts"} <= set(refused.errors)
    assert {one.attribute for one in refused.findings} == set(refused.errors)
    assert all(one.fix for one in refused.findings)


def test_an_answer_that_was_lost_does_not_store_twice(client, line):
    line.faults = ["lost", "lost"]
    stored = client.submit(fresh())

    assert isinstance(stored, Stored)
    assert (stored.is_known, stored.recourse_url) == (True, "")
    again = client.submit(statement(stored.puid))
    assert (again.uuid, again.index, again.is_known) == (stored.uuid, stored.index, True)


def test_many_go_a_hundred_a_call_and_each_has_its_own_outcome(plain, line):
    """Among them one refused, one known before, one that stands there twice."""
    known = fresh()
    first = plain.submit(known)
    good = [fresh() for _ in range(205)]
    good[7:7] = [fresh(content_language="xx"), known]
    good.append(good[150])
    line.seen.clear()

    told = list(plain.submit_all(iter(good)))

    assert [sent for sent, _ in told] == good
    assert isinstance(told[7][1], Invalid)
    assert told[7][1].findings[0].attribute == "content_language"
    assert (told[8][1].uuid, told[8][1].is_known) == (first.uuid, True)
    assert (told[-1][1].uuid, told[-1][1].is_known) == (told[150][1].uuid, True)
    new = {
        outcome.uuid for _, outcome in told if isinstance(outcome, Stored) and outcome.recourse_url
    }
    assert len(new) == 205
    assert sum(path == "/api/v1/statements" for _, path in line.seen) <= 6


def test_an_answer_about_another_number_than_was_sent_is_an_error_of_its_own(plain, line):
    """Hostile or mistaken: whose outcome is missing cannot be known."""
    stored = plain.submit(fresh())
    line.swap = lambda _, content: json.dumps(
        {name: some[:-1] for name, some in json.loads(content).items()}
    ).encode()

    with pytest.raises(Unavailable, match="cannot be read") as some:
        list(plain.submit_all([fresh(), fresh()]))
    with pytest.raises(Unavailable, match="cannot be read"):
        list(plain.tell_people([{"uuid": stored.uuid}]))

    assert some.value.why == "1 outcomes of 2 that were sent"


def test_an_answer_that_is_too_large_is_asked_for_once(plain, line, monkeypatch):
    monkeypatch.setattr("amparo.client.calls.MOST_ANSWER_BYTES", 10)

    with pytest.raises(Unavailable, match="larger than it may be"):
        plain.submit(fresh())

    assert len(line.seen) == 1


def test_a_batch_whose_answer_was_lost_is_stored_once_and_its_receipts_hold(client, line):
    sent = [fresh() for _ in range(3)]
    line.faults = ["lost"]
    told = [outcome for _, outcome in client.submit_all(sent)]

    assert all(outcome.is_known and outcome.receipt for outcome in told)
    assert len({outcome.index for outcome in told}) == 3


def test_a_batch_is_cut_by_size_as_well():
    large = ["x" * (5 << 20)] * 5

    assert [len(batch) for batch in batches(large)] == [2, 2, 1]
    assert [len(batch) for batch in batches(range(201))] == [100, 100, 1]
    assert list(batches([])) == []


def test_a_receipt_of_something_else_is_not_taken(client, line):
    """The line, or the node, hands out the receipt of another statement."""
    other = client.submit(fresh())
    line.swap = lambda path, content: other.receipt if path.endswith("/receipt") else content

    with pytest.raises(Unsound):
        client.submit(fresh())


def test_a_node_that_stores_other_reasons_is_found_out(line, token, vkey):
    """What arrived there was changed on the way; its receipt is good, and not of what was sent."""
    sent = fresh()
    with Client(line.url, token) as careless:
        stored = careless.submit(sent | {"decision_facts": "Something else."})
    with Client(line.url, token, vkey=vkey) as careful:
        careful.receipt(stored.uuid, puid=stored.puid)
        with pytest.raises(Unsound):
            careful.receipt(stored.uuid, puid=stored.puid, sent=sent)


def test_retry_after_is_waited_for(plain, line):
    line.faults = [(503, {"retry-after": "1"}), (429, {"retry-after": "1"})]
    began = time.monotonic()
    plain.check_token()

    assert time.monotonic() - began >= 2
    assert len(line.seen) == 3


def test_it_does_not_wait_for_ever(plain, line):
    line.faults = [(503, {"retry-after": "86400"})]
    with pytest.raises(Unavailable):
        plain.check_token()
    assert len(line.seen) == 1

    line.faults = [(503, {})] * 20
    with pytest.raises(Unavailable):
        plain.orders()
    assert len(line.seen) == 1 + QUICK.tries


def test_a_step_of_which_nobody_knows_whether_it_was_taken_is_not_taken_again(plain, line):
    told = plain.submit(fresh())
    before = plain.case(told.uuid).decision
    line.seen.clear()
    line.faults = ["lost"]
    with pytest.raises(Unavailable):
        plain.tell_person(told.uuid)

    assert len(line.seen) == 1
    assert plain.case(told.uuid).decision != before  # it had been: the answer alone was lost


def test_a_step_that_was_not_carried_out_is_taken_again(plain, line):
    told = plain.submit(fresh())
    line.faults = [(503, {})]

    assert plain.tell_person(told.uuid).case == told.uuid


def test_many_people_are_told_once_each(plain):
    cases = [plain.submit(fresh()).uuid for _ in range(2)]
    notices = [{"uuid": name} for name in [*cases, str(uuid4())]]

    assert [told.state for told in plain.tell_people(notices)] == [
        "informed",
        "informed",
        "refused",
    ]
    assert [told.state for told in plain.tell_people(notices[:2])] == ["known", "known"]


def test_one_answer_is_for_all_reports_of_one_address(served, plain):
    where = f"https://foro.example/{uuid4()}"
    sent = {
        "platform": "test-platform",
        "where": where,
        "why": "A forged invoice.",
        "good_faith": "yes",
    }
    before = {order.case for order in plain.orders().orders}
    for _ in range(2):
        assert served.http.post("/report", data=sent).status_code == 303
    new = [order for order in plain.orders().orders if order.case not in before]
    [lead] = [order for order in new if order.same_address]
    [other] = [order for order in new if order.same_address_as == lead.case]

    answer = plain.answer_notice(
        lead.case, "not_acted", "It is a sample.", also=[other.case, str(uuid4())]
    )

    assert (answer.also[0].case, answer.also[0].state) == (other.case, "done")
    assert (answer.also[1].state, bool(answer.also[1].fix)) == ("left", True)


def test_where_the_content_could_be_read_goes_with_the_evidence(plain, line):
    """Where nobody has set up that pages are looked at, the node says so, and of no other."""
    told = plain.submit(fresh())

    with pytest.raises(Refused, match="This page is not looked at"):
        plain.keep_evidence(told.uuid, is_kept=True, page="https://forum.example/t/12")
    with pytest.raises(Malformed, match="no page that can be looked at"):
        plain.keep_evidence(told.uuid, is_kept=True, page="forum.example/t/12")
    with pytest.raises(Refused, match="evidence"):
        plain.keep_evidence(told.uuid, is_kept=True)


def test_each_refusal_is_an_error_of_its_kind(plain, line):
    with Client(line.url, "no-such-token", patience=QUICK) as stranger, pytest.raises(Denied):
        stranger.check_token()
    with pytest.raises(Missing):
        plain.case(str(uuid4()))
    with pytest.raises(Missing):  # a name cannot lead to another call
        plain.case("../orders")
    told = plain.submit(fresh())
    with pytest.raises(Malformed):
        plain.tell_person(told.uuid, email="not an address")
    with pytest.raises(Refused):
        plain.report_remedy(told.uuid, "implemented")


def test_a_redirect_does_not_get_the_token(plain, line):
    line.faults = [(302, {"location": "http://127.0.0.1:9/"})]

    with pytest.raises(Refused, match="302"):
        plain.check_token()
    assert len(line.seen) == 1


def test_a_page_where_a_node_should_be_is_said_to_be_none(served, token):
    with Client(f"{served.url}/about?", token) as client, pytest.raises(Unavailable):
        client.orders()


def test_a_statement_can_be_tried_out_and_is_not_kept(client, plain):
    wrong, known = fresh(content_language="xx"), fresh()
    client.submit(known)

    for one in (client, plain):
        fine = fresh()
        assert one.try_out(fine) is None
        assert one.try_out(wrong).findings[0].attribute == "content_language"
        assert list(one.try_out(known).errors) == ["puid"]
        assert one.submit(fine).is_known is False


def test_a_node_that_took_what_was_to_be_tried_out_is_not_believed(plain, line):
    """As one does that is older than this, or the EU's database: neither knows the parameter."""
    line.swap = lambda _, content: json.dumps(
        {name: value for name, value in json.loads(content).items() if name != "dry_run"}
    ).encode()

    with pytest.raises(Refused, match="it is on the record"):
        plain.try_out(fresh())


def test_with_a_test_token_nothing_is_kept_and_no_receipt_is_looked_for(line, served, plain, vkey):
    token = run("platform", "token", "Test Platform", "--test", "--data", served.data).stdout
    sent, known = [fresh(), fresh()], fresh()
    there = plain.submit(known)
    with Client(line.url, token.strip(), vkey=vkey, patience=QUICK) as one:
        one.check_token()
        first, again = one.submit(sent[0]), one.submit(known)
        outcomes = [outcome for _, outcome in one.submit_all([*sent, known])]

    assert all(stored.dry_run for stored in (first, again, *outcomes))
    assert {stored.receipt for stored in (first, again, *outcomes)} == {None}
    assert (again.is_known, again.uuid) == (True, there.uuid)
    assert outcomes[-1] == again
