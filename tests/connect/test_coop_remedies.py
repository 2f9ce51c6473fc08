"""An order is carried out through Coop, and done only once Coop has told the platform of it."""

import contextlib
import json
from contextlib import closing

import pytest
from tests.conftest import new_node
from tests.connect.deciders import RULED, Deciders
from tests.connect.test_coop import DAY, Followed
from tests.connect.test_coop_appeals import complain, due
from tests.connect.test_write_back import Writing
from tests.coop_stand_in import CoopStandIn, action
from tests.source_stand_in import Fault

from amparo.case import events, notify
from amparo.connectors import config
from amparo.connectors.trial import Trial
from amparo.errors import Malformed
from amparo.ledger.case import casework, in_sources
from amparo.ledger.connect import connections, coop_source
from amparo.ledger.connect.coop_calls import Coop
from amparo.ledger.upkeep import erase
from amparo.storage.journal import Journal


class Ordered(Writing, Followed):
    """A node that carries orders out through a Coop, with one decision on the record."""

    def __init__(self, node, server, **options):
        super().__init__(node, server, **{"write_back": "yes", **options})
        self.now = casework.now()
        self.post(action(**DAY))
        [self.case] = self.statements()
        self.posted = []
        server.on_action = self.posted.append

    def come(self):
        """What the platform was posted it passes on."""
        while self.posted:
            self.post(self.posted.pop(0))

    def sent(self):
        return [json.loads(body) for body in self.server.sent]


@pytest.fixture
def server():
    with closing(CoopStandIn()) as running:
        yield running


@pytest.fixture
def ordered(tmp_path, server):
    made = Ordered(new_node(tmp_path / "node"), server)
    with closing(made.journal):
        yield made


def test_an_order_is_called_for_once_and_done_once_coop_has_told_of_it(ordered):
    ordered.order(ordered.case, "restore_content")

    ordered.ask(3)
    [sent] = ordered.sent()
    assert sent.pop("note").startswith(f"Ordered after a complaint: amparo:{ordered.case}:")
    assert sent == {"actionId": "restore", "itemId": "p1", "itemTypeId": "t-post"}
    assert ordered.remedy(ordered.case) == "sent"

    ordered.come()

    kinds = ordered.kinds(ordered.case)
    assert kinds[-1] == "remedy.claimed"
    assert "decision.lifted" not in kinds
    ordered.later(hours=2)
    ordered.ask(2)
    assert len(ordered.sent()) == 1
    assert ordered.connection.why == ""


def test_it_is_the_platforms_claim_since_nobody_has_looked(ordered):
    """The letter says no more than that: nothing was done in the platform's system from here."""
    ordered.order(ordered.case, "restore_content")
    ordered.ask()
    ordered.come()

    claimed = casework.read(ordered.journal, ordered.case).last(events.RemedyClaimed)

    assert (claimed.by, claimed.through, claimed.result) == ("platform:foro", None, "implemented")
    assert [notice.kind for notice in notify.notices(claimed)] == ["remedy_claimed"]


def test_the_platform_may_pass_it_on_before_coop_answers(ordered, server):
    """As Coop does it: it waits for what the platform answers."""
    node, connection = ordered.node, ordered.connection

    def at_a_front_end(body):
        with closing(Journal(node.journal)) as journal:
            coop_source.take_callback(journal, node.secret(), connection, body, casework.now())

    server.on_action = at_a_front_end
    ordered.order(ordered.case, "restore_content")

    ordered.ask(2)

    assert (len(ordered.sent()), ordered.remedy(ordered.case)) == (1, "claimed")
    assert ordered.held() == []


def test_what_is_done_is_read_back_from_the_platforms_state_endpoint(ordered):
    form = {"system": "state", "name": "state", "platform": "Foro"}
    form |= {"address": "https://foro.example/state"}
    state = connections.add(ordered.journal, config.read({"connector": form}), now=1)
    connections.set_trial(ordered.journal, state, Trial())
    connections.start(ordered.journal, connections.find(ordered.journal, "state"))
    ordered.order(ordered.case, "restore_content")

    ordered.ask()
    ordered.come()

    assert due(ordered, ordered.case) == (state.id, str(ordered.case))


def test_what_nobody_tells_of_is_a_matter_for_a_person_after_an_hour(ordered):
    """Coop has taken the call; the platform did not take its callback, or has not passed it on."""
    ordered.order(ordered.case, "restore_content")

    for _ in range(20):
        ordered.ask()
        ordered.later(hours=1)

    assert len(ordered.sent()) == 1
    assert (ordered.held(), ordered.remedy(ordered.case)) == (["untold"], "sent")
    ordered.come()  # late, and in time for the person
    assert (ordered.held(), ordered.remedy(ordered.case)) == ([], "claimed")


def test_what_was_taken_back_there_before_the_order_is_called_for_by_nobody(ordered):
    ordered.post(action("restore"), 30)
    ordered.order(ordered.case, "restore_content")

    ordered.ask(2)

    assert (ordered.sent(), ordered.remedy(ordered.case)) == ([], "claimed")
    claimed = casework.read(ordered.journal, ordered.case).last(events.RemedyClaimed)
    assert claimed.through is None


def test_what_was_decided_anew_since_is_not_taken_back(ordered):
    ordered.post(action("restore"), 30)
    ordered.post(action(**DAY, userStrikeCount=4), 30)
    ordered.order(ordered.case, "restore_content")

    ordered.ask(2)

    assert (ordered.sent(), ordered.held()) == ([], ["newer"])


def test_what_would_take_back_another_decision_too_is_left_to_a_person(tmp_path, server):
    """`restore` takes back both, and only one of them was contested."""
    options = {"takes_back": "restore: hide demote", "demoted": "demote"}
    ordered = Ordered(new_node(tmp_path / "both"), server, **options)
    with closing(ordered.journal):
        ordered.post(action("demote", **DAY))
        ordered.order(ordered.case, "restore_content")

        ordered.ask(2)

        assert (ordered.sent(), ordered.held(), ordered.remedy(ordered.case)) == (
            [],
            ["newer"],
            "sent",
        )


def test_what_a_person_has_set_aside_restricts_nobody_and_is_no_other_decision(tmp_path, server):
    ordered = Ordered(new_node(tmp_path / "warned"), server, takes_back="restore: hide warn")
    with closing(ordered.journal):
        ordered.post(action("warn", **DAY))
        ordered.order(ordered.case, "restore_content")

        ordered.ask()

        assert len(ordered.sent()) == 1


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("hide", ("restore_account",)),  # another restriction than the action's
        ("hide", ("restore_content", "other")),
        ("ban", ("restore_account",)),  # no action takes it back
    ],
)
def test_a_step_for_which_there_is_no_action_is_left_to_a_person(tmp_path, server, name, steps):
    ordered = Ordered(new_node(tmp_path / "steps"), server, takes_back="restore: hide")
    with closing(ordered.journal):
        ordered.post(action("ban", **DAY))
        case = ordered.case if name == "hide" else ordered.statements()[1]
        ordered.order(case, *steps)

        ordered.ask()

        assert (ordered.sent(), ordered.held()) == ([], ["steps"])


def test_what_coop_refuses_is_held_and_stays_an_order(ordered, server):
    """Its action has a parameter that has to be filled in, or is not there any more."""
    server.actions.discard("restore")
    ordered.order(ordered.case, "restore_content")

    ordered.ask(3)

    assert (len(ordered.sent()), ordered.held()) == (1, ["refused"])
    assert ordered.remedy(ordered.case) == "sent"


AWAY = [Fault(500, b"oops"), Fault(503, b"oops"), Fault(429, b"{}"), Fault(200, b"<html>")]


@pytest.mark.parametrize("fault", AWAY, ids=lambda fault: f"{fault.status}")
def test_while_coop_is_away_nothing_is_called_for_and_then_it_is_once(ordered, server, fault):
    """It is asked for its policies before each call."""
    server.faults.append(fault)
    ordered.order(ordered.case, "restore_content")
    ordered.ask()
    assert ordered.sent() == []

    ordered.later(hours=1)
    ordered.ask(2)
    ordered.come()

    assert (len(ordered.sent()), ordered.remedy(ordered.case)) == (1, "claimed")


@pytest.mark.parametrize(
    "fault", [Fault(429, b"{}"), Fault(503, b"oops", {"retry-after": "1"})], ids=["429", "503"]
)
def test_a_call_that_coop_says_it_does_not_take_is_made_again(ordered, server, fault):
    ordered.order(ordered.case, "restore_content")
    server.act = once(server, lambda: (fault.status, fault.headers, fault.body))
    ordered.ask()
    assert ordered.posted == []

    ordered.later(hours=1)
    ordered.ask(2)
    ordered.come()

    assert (len(ordered.sent()), ordered.remedy(ordered.case)) == (2, "claimed")


def once(server, answer):
    """What is answered to the next call that acts, after which the server is well."""

    def act(path, key, right=server.act):
        server.act = right
        return answer()

    return act


@pytest.mark.parametrize("was_taken", [False, True], ids=["not taken", "taken"])
@pytest.mark.parametrize("lost", [500, 502, 504, "hung up", "killed"])
def test_a_call_of_which_nobody_knows_whether_coop_took_it_is_not_made_twice(
    ordered, server, monkeypatch, lost, was_taken
):
    """Coop knows no name of a call, and a second one could undo what was decided meanwhile."""

    def act(path, key, right=server.act):
        if was_taken:
            right(path, key)
        if lost == "hung up":
            raise ConnectionResetError
        return (202, {}, b"") if lost == "killed" else (lost, {}, b"oops")

    def killed(self, *asked, right=Coop.act):
        right(self, *asked)
        raise KeyboardInterrupt

    server.act = act
    ordered.order(ordered.case, "restore_content")
    with monkeypatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
        if lost == "killed":
            patch.setattr(Coop, "act", killed)
        ordered.ask()
    for _ in range(20):
        ordered.later(hours=1)
        ordered.ask()

    assert len(ordered.sent()) == 1
    assert (ordered.held(), ordered.remedy(ordered.case)) == (["untold"], "sent")
    ordered.come()
    assert ordered.remedy(ordered.case) == ("claimed" if was_taken else "sent")


def test_what_a_panel_orders_once_more_is_not_called_for_again_while_it_may_be_done(ordered):
    ordered.order(ordered.case, "restore_content")
    ordered.ask()

    ordered.order(ordered.case, "restore_content")
    ordered.ask(2)
    ordered.come()

    assert (len(ordered.sent()), ordered.remedy(ordered.case)) == (1, "claimed")


def test_what_nobody_has_told_of_is_left_to_a_person_whoever_orders_it_once_more(ordered):
    """Whether Coop has taken the call of before is not known by that."""
    ordered.order(ordered.case, "restore_content")
    for _ in range(20):
        ordered.ask()
        ordered.later(hours=1)
    assert ordered.held() == ["untold"]

    ordered.order(ordered.case, "restore_content")
    ordered.ask(2)

    assert (len(ordered.sent()), ordered.held()) == (1, ["untold"])
    ordered.come()
    assert (ordered.held(), ordered.remedy(ordered.case)) == ([], "claimed")


def test_what_is_ordered_anew_while_coop_is_asked_is_called_for_once(ordered, monkeypatch):
    """It is asked for its policies right before, and may take its time."""

    def policies(self, right=Coop.policies):
        found = right(self)
        if not ordered.sent():
            ordered.order(ordered.case, "restore_content")
        return found

    ordered.order(ordered.case, "restore_content")
    ordered.journal.db.execute("UPDATE write_back SET ordered_at = ordered_at - 60")
    monkeypatch.setattr(Coop, "policies", policies)
    ordered.ask(3)

    assert len(ordered.sent()) == 1


WHO = [
    "a_reviewer",
    "a_lead_for_a_group",
    "a_panel",
    "an_out_of_court_body",
    "a_lead_unasked",
]


@pytest.mark.parametrize("who", WHO)
def test_it_is_called_for_whoever_has_ordered_it(ordered, who):
    decides = Deciders(ordered.journal, ordered.connection.platform, RULED, ("restore_content",))
    getattr(decides, who)(ordered.case)

    ordered.ask(2)

    assert len(ordered.sent()) == 1


@pytest.mark.parametrize("who", ["an_undo_of_a_group", "an_undo_of_what_nobody_had_asked_for"])
def test_what_is_taken_back_before_its_turn_is_called_for_by_nobody(ordered, who):
    decides = Deciders(ordered.journal, ordered.connection.platform, RULED, ("restore_content",))
    getattr(decides, who)(ordered.case)

    ordered.ask(2)

    assert (ordered.sent(), ordered.held()) == ([], [])


def test_a_complaint_at_which_coop_fails_holds_no_order_up(tmp_path, server, monkeypatch):
    def fails_at_appeals(path, key, right=server.act):
        return (500, {}, b"oops") if path.endswith("/appeal") else right(path, key)

    monkeypatch.setattr(server, "act", fails_at_appeals)
    ordered = Ordered(new_node(tmp_path / "appeals"), server, appeals="yes")
    with closing(ordered.journal):
        ordered.post(action(item="p2", **DAY))
        other = next(case for case in ordered.statements() if case != ordered.case)
        complain(ordered, other)
        ordered.order(ordered.case, "restore_content")

        ordered.ask()

        assert "500" in ordered.connection.why
        ordered.come()
        assert ordered.remedy(ordered.case) == "claimed"


def test_what_was_erased_is_carried_out_for_nobody(ordered):
    ordered.order(ordered.case, "restore_content")
    erase.erase(ordered.node, casework.read(ordered.journal, ordered.case).log_entries, "order")

    ordered.ask()

    assert ordered.sent() == []


def test_unless_the_file_says_so_nothing_is_carried_out_and_a_reversal_is_one(tmp_path, server):
    made = Ordered(new_node(tmp_path / "off"), server, write_back="no")
    with closing(made.journal):
        made.order(made.case, "restore_content")
        made.ask()
        made.post(action("restore"), 30)

        assert (made.sent(), made.remedy(made.case)) == ([], "sent")
        assert made.kinds(made.case)[-1] == "decision.lifted"


def test_for_an_order_the_ids_of_item_and_action_are_kept_and_nothing_of_a_person(ordered):
    kept = ordered.whole_folder()

    for private in (b"u-author", b"Calle Luna", b"Rosario", b"A note between", b"pol-1"):
        assert private not in kept


def test_what_is_kept_for_an_order_is_erased_with_its_case(ordered):
    kept = in_sources.subject_of(ordered.journal, ordered.connection.id, ordered.case)
    assert "p1" in kept
    erase.erase(ordered.node, casework.read(ordered.journal, ordered.case).log_entries, "order")

    assert kept.encode() not in ordered.whole_folder()


def test_the_actions_are_tried_without_changing_anything(ordered, server):
    with closing(Coop(ordered.connection, server.key)) as running:
        running.check_may_write()
        server.actions.discard("unban")
        with pytest.raises(Malformed, match="no action unban"):
            running.check_may_write()

    assert ordered.posted == []
    assert {sent["itemTypeId"] for sent in ordered.sent()} == {"amparo-no-such-type"}
