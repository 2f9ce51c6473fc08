"""What a reviewer answers to a complaint reaches the account by a letter of Ozone's, once."""

import time
from contextlib import closing, contextmanager
from typing import get_args

import pytest
from tests.conftest import new_node
from tests.connect import ozone_stand_in
from tests.connect.deciders import RULED, Deciders
from tests.connect.ozone_stand_in import ALICE, BOB, DEFS, POST, event
from tests.connect.test_write_back import WritingOzone

from amparo.case import answers, events, notify
from amparo.connectors import ozone as ozone_
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, ozone_answers, poll_schedule, read_back_turn
from amparo.ledger.connect.ozone_answers import Answers
from amparo.ledger.connect.ozone_calls import Calls, access_of
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


ANSWERED = {
    "a_reviewer": (LINE, "upheld"),
    "a_lead_for_a_group": (LINE, "upheld"),
    "a_panel": (LINE, "uphold"),
    "an_out_of_court_body": (LINE, "uphold"),
    "a_reviewer_who_cannot_hear_it": (LINE, "inadmissible"),
    "a_register_that_cannot_take_it": (LINE, "inadmissible"),
    "a_lead_unasked": ("It was wrong", None),  # its appeal is resolved once that is put right
    "an_undo_of_a_group": ("Taken back", None),  # and somebody else decides it
    "an_undo_of_what_nobody_had_asked_for": ("Taken back", None),
}
"""Who decides: the subject of the letter, and with which word an appeal in Ozone is resolved."""


@pytest.mark.parametrize("who", ANSWERED)
def test_whoever_decides_it_is_their_words_that_reach_the_account(tmp_path, who):
    line, outcome = ANSWERED[who]
    lines = {"reversed_line": "It was wrong", "undone_line": "Taken back"}
    with running(tmp_path, **lines) as ozone:
        case = ozone.decided(event(2, "modEventTakedown"), event(3, "modEventReport", **APPEAL))
        words = f"These are the words of {who}: {RULED}"
        steps = ("restore_account",) if "unasked" in who or "nobody" in who else ()
        decides = Deciders(ozone.journal, ozone.connection.platform, words, steps)

        getattr(decides, who)(case)
        ozone.ask(2)

        [(to, said)] = ozone.server.mailed
        assert (to, said["subjectLine"], said["content"]) == (ALICE, line, f"<p>{words}</p>")
        resolved = [one["event"]["comment"] for one in ozone.made("modEventResolveAppeal")]
        if who == "a_lead_unasked":
            outcome = "reversed"  # the order was carried out in the same turn, before the answer
        assert resolved == ([f"{outcome}: {words}"] if outcome else [])


def test_every_way_of_deciding_is_in_that_table_and_in_the_guide():
    """Whatever an event gives reasons for and tells the person is their answer, or is named here."""
    no_answers = {
        "decision.lifted": "the platform says it, and not whoever decides the complaint",
        "remedy.claimed": "the same",
        "remedy.impossible": "the same",
        "remedy.refused": "the same",
        "notice.answered": "the same, to whoever has reported something",
        "interim.ordered": "it goes before the answer",
        "interim.answered": "it is the platform's, of what was ordered at once",
        "case.extended": "the same",
        "lead.ended": "it is heard, or was never asked",
        "misuse.ended": "it is about what somebody sends, and about no decision",
    }
    told = {
        events.kind_of(kind)
        for kind in get_args(events.Event)
        if "reasons" in kind.__struct_fields__ and _is_told(kind)
    }
    answered = {
        events.kind_of(kind)
        for kind in get_args(events.Event)
        if "reasons" in kind.__struct_fields__ and answers.answer(_made_up(kind)) is not None
    }
    assert answered == told - no_answers.keys()
    assert no_answers.keys() <= told


def test_of_two_answers_since_the_last_turn_the_later_one_is_sent(ozone):
    """Ozone was away for a day, and the ruling was taken back meanwhile."""
    case = ozone.decided(event(2, "modEventTakedown"))
    decides = Deciders(ozone.journal, ozone.connection.platform, "It was the wrong clause.")
    decides.an_undo_of_a_group(case)

    ozone.ask(2)

    [(_, said)] = ozone.server.mailed
    assert said["content"] == "<p>It was the wrong clause.</p>"


def test_a_second_answer_in_the_same_case_is_another_letter(ozone):
    case = ozone.decided(event(2, "modEventTakedown"))
    decides = Deciders(ozone.journal, ozone.connection.platform, "The first decision stands.")
    decides.a_reviewer(case)
    ozone.ask()

    decides.words = RULED
    decides.a_panel(case)
    ozone.ask(2)

    assert [said["content"] for _, said in ozone.server.mailed] == [
        "<p>The first decision stands.</p>",
        f"<p>{RULED}</p>",
    ]


def test_what_was_answered_before_the_option_is_not_sent_when_its_order_is_done(ozone):
    """It holds for what is decided from then on."""
    ozone.form["options"]["answers"] = "no"
    ozone.switch("yes")
    case = ozone.decided(event(2, "modEventTakedown"))
    ozone.answer(case, "reversed")
    ozone.ask()
    ozone.form["options"]["answers"] = "yes"
    ozone.switch("yes")

    ozone.order(case, "restore_account")
    ozone.ask(2)

    assert ozone.remedy(case) == "verified"
    assert ozone.server.mailed == []


@pytest.mark.parametrize("letters", [99, 100, 250])
def test_a_letter_of_ours_is_found_behind_pages_of_others(ozone, letters):
    """An account that moderators have written to a lot since."""
    case = ozone.decided(event(2, "modEventTakedown"))
    ozone.answer(case)
    [look] = poll_schedule.looks(ozone.journal, ozone.connection.id, most=9)
    ozone.ask()
    ozone.server.events += [
        event(100 + n, "modEventEmail", at="2099-01-01T00:00:00.000Z") for n in range(letters)
    ]
    with ozone.journal.transaction():  # killed before it was noted
        poll_schedule.note(ozone.journal, ozone.connection, look[0], 1)

    ozone.ask(2)

    assert len(ozone.server.mailed) == 1


def test_among_a_thousand_letters_it_is_left_to_a_person_rather_than_sent_twice(ozone):
    case = ozone.decided(event(2, "modEventTakedown"))
    ozone.answer(case)
    ozone.server.events += [
        event(100 + n, "modEventEmail", at="2099-01-01T00:00:00.000Z") for n in range(1000)
    ]

    ozone.ask(2)

    assert ozone.server.mailed == []
    [why] = ozone.refusals()
    assert "too many letters" in why


@pytest.mark.parametrize("subject", [None, "gone", []])
def test_an_appeal_whose_subject_ozone_does_not_name_holds_up_no_other_answer(ozone, subject):
    nameless = ozone.decided(event(2, "modEventTakedown"), event(3, "modEventReport", **APPEAL))
    other = ozone.decided(event(4, "modEventTakedown", POST, at="2026-11-10T09:01:00.000Z"))
    right = ozone.server._page

    def unnamed(asked):
        page = right(asked)
        if asked.get("types") == [f"{DEFS}modEventReport"]:
            page["events"] = [one | {"subject": subject} for one in page["events"]]
        return page

    ozone.server._page = unnamed
    ozone.answer(nameless)
    ozone.answer(other)
    ozone.ask()

    assert len(ozone.server.mailed) == 2
    assert ozone.made("modEventResolveAppeal") == []
    assert not ozone.connection.failed_at
    assert poll_schedule.looks(ozone.journal, ozone.connection.id, most=9) == []


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


def test_who_has_many_answers_to_give_keeps_the_turn_and_leaves_some_for_the_next(
    ozone, monkeypatch
):
    """Whoever took the turn for dead would send the same letters; other sources have theirs."""
    monkeypatch.setattr(read_back_turn, "SECONDS_A_TURN", 0)
    cases = [ozone.decided(event(n, "modEventTakedown", who)) for n, who in ((2, ALICE), (3, BOB))]
    for case in cases:
        ozone.answer(case)
    held = []

    def letter(*given, right=ozone_answers.Answers._write):
        held.append(held_till(ozone))
        return right(*given)

    monkeypatch.setattr(ozone_answers.Answers, "_write", letter)
    end = int(time.time()) + 60
    ozone.journal.db.execute("UPDATE connector_poll SET held_till = ?", (end,))
    settings = ozone_.settings(ozone.connection.config)
    with closing(Calls(access_of(ozone.node, ozone.connection), patient=False)) as calls:
        Answers(ozone.journal, ozone.connection, calls, settings).send(casework.now())

    assert len(ozone.server.mailed) == 1
    assert held[0] > end + 400
    assert poll_schedule.has_looks(ozone.journal, ozone.connection.id, int(time.time()))
    ozone.ask()
    assert sorted(to for to, _ in ozone.server.mailed) == sorted([ALICE, BOB])


def held_till(ozone):
    return ozone.journal.db.execute("SELECT held_till FROM connector_poll").get


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


def _made_up(kind):
    """An event of a kind, with whatever its fields take."""
    fields = {"at": casework.now(), "by": "node", "party": "person", "of": "person"}
    made = {name: fields.get(name, "") for name in kind.__struct_fields__}
    if kind is events.InterimAnswered:
        made["result"] = "done"
    return kind(**made)


def _is_told(kind):
    return any(notice.to != "platform" for notice in notify.notices(_made_up(kind)))
