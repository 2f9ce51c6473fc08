"""What a reviewer answers to a complaint reaches the account by a letter of Ozone's, once."""

from contextlib import closing, contextmanager

import pytest
from tests.conftest import new_node
from tests.connect import ozone_stand_in
from tests.connect.ozone_stand_in import ALICE, BOB, POST, event
from tests.connect.test_writing_back import WritingOzone

from amparo.case import events
from amparo.ledger.case import casework
from amparo.ledger.connect import connections
from amparo.ledger.upkeep import erase

REASONS = "It was no advert: <b>you</b> asked for help.\n\nWe are sorry\nfor the trouble."
LINE = "Tu reclamación"
APPEAL = {"reportType": "com.atproto.moderation.defs#reasonAppeal"}


class Answering(WritingOzone):
    """A node that gives an Ozone its answers."""

    def __init__(self, node, server, address, service=ozone_stand_in.SERVICE, **options):
        super().__init__(node, server, address, service)
        self.form["options"] |= {"answers": "yes", "answer_line": LINE, **options}
        self.switch("yes")

    def answer(self, case, outcome="upheld"):
        now, by = casework.now(), "reviewer:1"
        filed = events.ComplaintFiled(
            now, "person", role="person", grounds="No.", attachments=(), late=False
        )
        decided = events.ComplaintDecided(now, by, outcome=outcome, reasons=REASONS, reviewer="1")
        read = [events.ComplaintAssigned(now, by, reviewer="1"), events.ComplaintOpened(now, by)]
        for new in ([filed], read, [decided]):
            casework.act(self.journal, case, lambda _, new=new: new)

    def made(self, kind):
        """What was done there by Amparo."""
        ours = [one for one in self.server.events if one.get("modTool", {}).get("name") == "amparo"]
        return [one for one in ours if one["event"]["$type"].endswith(f"#{kind}")]

    def refusals(self):
        return [why for _, why, _ in connections.refusals(self.journal, self.connection.id)]


@contextmanager
def running(folder, **options):
    server = ozone_stand_in.Ozone([event(1, "modEventAcknowledge", BOB)])
    with ozone_stand_in.serving(server) as address:
        made = Answering(new_node(folder / "node"), server, address, **options)
        with closing(made.journal):
            yield made


@pytest.fixture
def ozone(tmp_path):
    with running(tmp_path) as made:
        yield made


@pytest.mark.parametrize("subject", [ALICE, POST])
def test_what_the_reviewer_wrote_reaches_the_account_once_as_text(ozone, subject):
    """The PDS mails it as HTML: what the reviewer wrote is text, and nothing in it is markup."""
    case = ozone.decided(event(2, "modEventTakedown", subject))

    ozone.answer(case)
    ozone.ask(3)

    [(to, said)] = ozone.server.mailed
    assert to == ALICE
    assert said["subjectLine"] == LINE
    assert said["content"] == (
        "<p>It was no advert: &lt;b&gt;you&lt;/b&gt; asked for help.</p>"
        "<p>We are sorry<br>for the trouble.</p>"
    )
    assert ozone.refusals() == []


def test_unless_the_file_says_so_nothing_is_sent(tmp_path):
    with running(tmp_path, answers="no") as ozone:
        case = ozone.decided(event(2, "modEventTakedown"))
        ozone.answer(case)
        ozone.ask(2)

        assert ozone.server.mailed == []


def test_an_appeal_about_the_same_is_resolved_with_the_same_words(ozone):
    case = ozone.decided(event(2, "modEventTakedown"), event(3, "modEventReport", **APPEAL))

    ozone.answer(case)
    ozone.ask(2)

    [resolved] = ozone.made("modEventResolveAppeal")
    assert resolved["event"]["comment"] == f"upheld: {REASONS}"
    assert resolved["subject"]["did"] == ALICE


def test_without_an_appeal_there_none_is_resolved(ozone):
    case = ozone.decided(event(2, "modEventTakedown"))

    ozone.answer(case)
    ozone.ask(2)

    assert ozone.made("modEventResolveAppeal") == []


def test_what_is_reversed_is_put_right_before_its_appeal_is_resolved(ozone):
    """The other way round it would count as an appeal that was rejected."""
    case = ozone.decided(event(2, "modEventTakedown"), event(3, "modEventReport", **APPEAL))
    ozone.answer(case, "reversed")
    ozone.order(case, "restore_account")

    ozone.ask(3)

    kinds = [one["event"]["$type"].partition("#")[2] for one in ozone.server.events[3:]]
    assert kinds == ["modEventReverseTakedown", "modEventEmail", "modEventResolveAppeal"]
    assert len(ozone.server.mailed) == 1


def test_while_an_order_is_not_done_its_appeal_stays_open_and_the_letter_has_gone(ozone):
    case = ozone.decided(event(2, "modEventTakedown"), event(3, "modEventReport", **APPEAL))
    ozone.answer(case, "reversed")
    ozone.order(case, "restore_account", "other")

    ozone.ask(2)
    assert (len(ozone.server.mailed), ozone.made("modEventResolveAppeal")) == (1, [])

    ozone.server.events.append(event(9, "modEventReverseTakedown", at="2099-01-01T00:00:00.000Z"))
    now = casework.now()
    claimed = events.RemedyClaimed(now, "platform:sky", result="implemented", reasons="")
    casework.act(ozone.journal, case, lambda _: [claimed])
    ozone.ask(2)

    assert (len(ozone.server.mailed), len(ozone.made("modEventResolveAppeal"))) == (1, 1)


def test_after_a_crash_between_the_letter_and_its_note_it_is_not_sent_again(ozone):
    """Ozone sends a letter before it looks whether it has one of that name."""
    case = ozone.decided(event(2, "modEventTakedown"))
    ozone.answer(case)
    before = ozone.journal.db.execute("SELECT connector, subject, noted_at FROM connector_look")
    [row] = before.fetchall()
    ozone.ask()
    ozone.journal.db.execute("INSERT INTO connector_look VALUES (?, ?, ?)", row)

    ozone.ask(2)

    assert len(ozone.server.mailed) == 1


def test_a_letter_that_is_not_delivered_is_named_and_not_sent_again(ozone):
    ozone.server.delivers = False
    case = ozone.decided(event(2, "modEventTakedown"))

    ozone.answer(case)
    ozone.ask(3)

    assert ozone.refusals() == ["Ozone has not delivered the letter to the account"]
    assert len(ozone.made("modEventEmail")) == 1


def test_our_letter_does_not_tell_of_another_decision(tmp_path):
    """By `letters`, one that goes with a decision tells its person; ours goes with an answer."""
    with running(tmp_path, letters="yes") as ozone:
        case = ozone.decided(event(2, "modEventTakedown"))
        ozone.answer(case)
        ozone.ask()
        at = ozone.made("modEventEmail")[0]["createdAt"]
        other = ozone.decided(event(9, "modEventTakedown", POST, at=at))

        assert other != case
        assert "decision.delivered" not in ozone.kinds(other)


def test_what_was_erased_is_answered_to_nobody(ozone):
    case = ozone.decided(event(2, "modEventTakedown"))
    ozone.answer(case)
    erase.erase(ozone.node, casework.read(ozone.journal, case).log_entries, "order")

    ozone.ask(2)

    assert ozone.server.mailed == []
