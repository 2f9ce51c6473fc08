"""A complaint goes to Coop as an appeal, and what Coop says of it decides nothing here."""

import json
from contextlib import closing
from functools import partial

import pytest
from tests.conftest import new_node
from tests.connect.test_coop import DAY, Followed
from tests.coop_stand_in import CoopStandIn, action, encoded
from tests.source_stand_in import Fault

from amparo.case import complaint, events
from amparo.connectors import config
from amparo.connectors.trial import Trial
from amparo.ledger.case import casework, content_pages
from amparo.ledger.connect import connections, poll_schedule, read_back_turn
from amparo.ledger.upkeep import erase
from amparo.web.words import history

GROUNDS = "It was no advert: I asked for help with my own shop."


class Appealed(Followed):
    """A node that sends complaints to Coop, with one decision on the record."""

    def __init__(self, node, server, **options):
        super().__init__(node, server, **{"appeals": "yes", **options})
        self.post(action(**DAY))
        [self.case] = self.statements()

    def complain(self, case=None):
        complain(self, case or self.case)

    def withdraw(self):
        now = casework.now()
        withdrawn = events.ComplaintWithdrawn(now, "person")
        casework.act(self.journal, self.case, lambda _: [withdrawn])

    def read(self):
        return casework.read(self.journal, self.case)

    def found(self):
        """What the tool has said, in order."""
        added = [e for e in self.read().events if isinstance(e, events.ComplaintAdded)]
        return [(event.source, event.found) for event in added]

    def refusals(self):
        return [why for _, why, _ in connections.refusals(self.journal, self.connection.id)]


def test_a_page_that_the_platform_names_is_looked_at_and_the_complaint_goes_to_coop(
    appealed, server
):
    form = {"system": "page", "name": "page", "platform": "Foro"}
    form |= {"address": "https://forum.example"}
    pages = connections.add(appealed.journal, config.read({"connector": form}), now=1)
    connections.set_trial(appealed.journal, pages, Trial())
    connections.start(appealed.journal, connections.find(appealed.journal, "page"))
    with appealed.journal.transaction():
        content_pages.keep(
            appealed.journal,
            appealed.case,
            pages.platform.id,
            "https://forum.example/t/12",
            due=1,
        )

    appealed.complain()
    appealed.ask(2)

    assert due(appealed, appealed.case)[0] == pages.id
    assert len(server.sent) == 1
    appealed.post(server.decided("ACCEPT"))
    assert appealed.found() == [("coop.example", "reversed")]


def complain(followed, case):
    step = partial(
        complaint.file, role="person", grounds=GROUNDS, attachments=(), now=casework.now()
    )
    casework.act(followed.journal, case, step)


@pytest.fixture
def server():
    with closing(CoopStandIn()) as running:
        yield running


@pytest.fixture
def appealed(tmp_path, server):
    made = Appealed(new_node(tmp_path / "node"), server)
    with closing(made.journal):
        yield made


def test_a_complaint_is_sent_as_an_appeal_once(appealed, server):
    appealed.complain()

    appealed.ask(3)

    [sent] = map(json.loads, server.sent)
    filed = int(appealed.read().case.filed_at.timestamp())
    assert sent.pop("appealedAt").endswith("Z")
    assert sent == {
        "appealId": f"{appealed.case}.{filed}",
        "appealedBy": {"id": "u-author", "typeId": "t-user"},
        "actionedItem": {
            "id": "p1",
            "typeId": "t-post",
            "data": {},
            "typeSchemaVariant": "partial",
        },
        "actionsTaken": ["hide"],
        "appealReason": GROUNDS,
        "violatingPolicies": [{"id": "pol-1"}],
    }
    assert server.calls == ["POST /api/v1/report/appeal"]
    assert appealed.connection.why == ""


def test_for_an_appeal_ids_are_kept_beside_the_case_and_nothing_that_was_written(appealed):
    kept = appealed.whole_folder()

    assert b"u-author" in kept
    for private in (b"Calle Luna", b"Rosario", b"A note between", b"u-rep"):
        assert private not in kept


def test_unless_the_file_says_so_nothing_is_sent(tmp_path, server):
    made = Appealed(new_node(tmp_path / "node"), server, appeals="no")
    with closing(made.journal):
        made.complain()
        made.ask(2)

        assert server.sent == []


def test_what_coop_says_stands_in_the_case_and_a_reviewer_decides(appealed, server):
    appealed.complain()
    appealed.ask()

    appealed.post(server.decided("ACCEPT"))
    appealed.post(server.decided("ACCEPT"), 60)  # passed on once more

    assert appealed.found() == [("coop.example", "reversed")]
    case = appealed.read().case
    assert (case.complaint, case.outcome, case.remedy) == ("filed", "", "")
    assert not case.reviewers


def test_that_it_rejects_the_appeal_means_that_the_decision_stands(appealed, server):
    appealed.complain()
    appealed.ask()

    appealed.post(server.decided("REJECT"))
    appealed.post(server.decided("ACCEPT"), 5)  # somebody there has changed their mind

    assert [found for _, found in appealed.found()] == ["upheld", "reversed"]


@pytest.mark.parametrize(("role", "you"), [("party", "person"), ("desk", "")])
def test_everybody_reads_that_it_gives_no_reasons_and_names_nobody(appealed, server, role, you):
    appealed.complain()
    appealed.ask()
    appealed.post(server.decided("ACCEPT"))

    said = history.lines(appealed.read().entries, str, role, you)[-1]

    assert said.sentence == "The platform's own tool says that the first decision was wrong."
    assert said.notes == ["coop.example gives no reasons, and does not say who looked again."]


def test_an_appeal_that_somebody_else_has_sent_is_none_of_ours(appealed, server):
    appealed.complain()
    appealed.ask()
    for other in ("platforms-own", f"{'0' * 8}-0000-0000-0000-{'0' * 12}.1"):
        appealed.post(server.decided(appealId=other))

    assert appealed.found() == []
    assert appealed.refusals() == []


def test_what_is_said_after_the_complaint_was_withdrawn_is_only_named(appealed, server):
    appealed.complain()
    appealed.ask()
    appealed.withdraw()

    appealed.post(server.decided())

    assert appealed.found() == []
    assert appealed.refusals() == ["Coop has decided about a complaint that is not open any more"]


def test_what_coop_refuses_is_named_and_the_others_go_on(appealed, server):
    server.actions.discard("hide")
    appealed.post(action("ban", **DAY))
    [_, other] = appealed.statements()
    appealed.complain()
    appealed.complain(other)

    appealed.ask(2)

    assert len(server.sent) == 2
    [why] = appealed.refusals()
    assert "400" in why
    assert appealed.read().case.complaint == "filed"


def test_a_decision_of_which_coop_does_not_say_whose_item_it_is_cannot_be_sent(appealed, server):
    body = json.loads(action("hide", item="p2", **DAY))
    del body["creator"]
    appealed.post(encoded(body))
    [_, other] = appealed.statements()

    appealed.complain(other)
    appealed.ask()

    assert server.sent == []
    assert "whose item" in appealed.refusals()[0]


def test_what_waits_for_a_connection_that_is_paused_is_erased_with_its_case(appealed):
    connections.pause(appealed.journal, appealed.connection)
    appealed.complain()
    assert poll_schedule.looks(appealed.journal, appealed.connection.id, most=9)

    erase.erase(appealed.node, appealed.read().log_entries, "order")

    assert poll_schedule.looks(appealed.journal, appealed.connection.id, most=9) == []


@pytest.mark.parametrize("fault", [Fault(500, b"oops"), Fault(429, b"{}"), Fault(401, b"{}")])
def test_while_coop_does_not_answer_a_complaint_waits_and_is_sent_later(appealed, server, fault):
    server.faults.append(fault)
    appealed.complain()

    appealed.ask()
    assert len(server.sent) == 1
    appealed.ask(2)

    assert len(server.sent) == 2
    assert appealed.connection.why == ""


def test_a_complaint_at_which_coop_fails_each_time_holds_no_other_up(appealed, server, monkeypatch):
    def fails_at_p1(path, key, right=server.act):
        return (500, {}, b"oops") if b'"p1"' in server.sent[-1] else right(path, key)

    monkeypatch.setattr(server, "act", fails_at_p1)
    appealed.post(action(item="p2", **DAY))
    other = next(case for case in appealed.statements() if case != appealed.case)
    appealed.complain()
    appealed.complain(other)

    appealed.ask(2)

    sent = [json.loads(body)["actionedItem"]["id"] for body in server.sent]
    assert sent == ["p1", "p2", "p1"]
    assert "500" in appealed.connection.why
    appealed.withdraw()
    appealed.ask(2)
    assert len(server.sent) == 3


def test_who_has_many_complaints_to_send_leaves_some_for_the_next_turn(appealed, monkeypatch):
    """A turn that lasts could be taken for dead, and another process would send the same."""
    monkeypatch.setattr(read_back_turn, "SECONDS_A_TURN", 0)
    appealed.post(action(item="p2", **DAY))
    for case in appealed.statements():
        appealed.complain(case)

    appealed.ask()
    assert len(appealed.server.sent) == 1
    appealed.ask()

    assert len(appealed.server.sent) == 2
    assert not appealed.connection.why


def test_a_turn_in_which_coop_is_asked_nothing_does_not_say_that_it_was_read(appealed, server):
    last = appealed.connection.read_at

    appealed.ask()
    assert (server.calls, appealed.connection.read_at) == ([], last)

    appealed.complain()
    appealed.ask()
    assert appealed.connection.read_at != last


def test_nothing_can_be_looked_at_in_coop_so_the_state_endpoint_is_asked(appealed):
    appealed.post(action("ban", **DAY))
    [first, second] = appealed.statements()
    claim(appealed, first)
    assert due(appealed, first) is None

    form = {"system": "state", "name": "state", "platform": "Foro"}
    form |= {"address": "https://foro.example/state"}
    other = connections.add(appealed.journal, config.read({"connector": form}), now=1)
    connections.set_trial(appealed.journal, other, Trial())
    connections.start(appealed.journal, connections.find(appealed.journal, "state"))
    claim(appealed, second)

    assert due(appealed, second) == (other.id, str(second))


def claim(appealed, case):
    now = casework.now()
    ordered = events.RemedyOrdered(now, "node", steps=("restore_account",), outcome="reversed")
    claimed = events.RemedyClaimed(now, "platform:foro", result="implemented", reasons="")
    casework.act(appealed.journal, case, lambda _: [ordered, claimed])


def due(appealed, case):
    """By which connection the case is looked at, and at what; None while nobody looks."""
    return appealed.journal.db.execute(
        "SELECT connector, subject FROM read_back WHERE case_id = ? AND due IS NOT NULL",
        (case.bytes,),
    ).fetchone()
