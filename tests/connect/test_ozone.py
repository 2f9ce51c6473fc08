"""Ozone: what each event means here, what became of appeals, and faults of the other side."""

import json
import re
import subprocess
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import bytes_below, new_node, run
from tests.connect import ozone_stand_in
from tests.connect.conftest import ROOT_OF_VECTORS
from tests.connect.http_host import http_host
from tests.connect.ozone_stand_in import (
    ALICE,
    BOB,
    BY_ID,
    MODERATOR,
    POST,
    RECORDED,
    SERVICE,
    event,
)

from amparo.cli.connect.ozone import ASKED
from amparo.connectors import config, did_document, label, label_frame, ozone, ozone_appeals
from amparo.connectors.record import Person
from amparo.errors import Denied, Malformed
from amparo.ledger.connect import connections, items, ozone_calls, poll_schedule, polling_thread
from amparo.ledger.connect.ingest import Unreadable
from amparo.ledger.connect.ozone_calls import Access, Calls
from amparo.ledger.connect.ozone_events import Events
from amparo.ledger.log import platforms
from amparo.ledger.outbound.http import NoAnswer
from amparo.record.rules import Profile
from amparo.storage.journal import Journal

BEGINNING = "2026-01-01T00:00:00.000Z"
FORM = {
    "connector": {"system": "ozone", "name": "oz", "platform": "Sky", "instance": SERVICE},
    "options": {"labelled": "rude, spam", "wait_minutes": "0"},
}


def settings(**options):
    return ozone.settings(config.read(FORM | {"options": FORM["options"] | options}))


def mapped(source, *history, of=None):
    """The records of an event, as Ozone shows it, after and before others of its account."""
    read = [ozone.read(one) for one in history]
    return ozone.records(ozone.read(source), read, of or settings())


def restriction(record):
    return {
        name: value
        for name, value in (record.states.get("on") or record.decision).items()
        if name in ("decision_account", "decision_visibility", "decision_provision")
    }


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (3, {"decision_account": "DECISION_ACCOUNT_SUSPENDED"}),
        (17, {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"]}),
        (4, {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_LABELLED"]}),
        (22, {"decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION"}),
        (20, {}),  # severity sev-0: perhaps a mere warning, so it is asked
    ],
)
def test_each_event_is_the_restriction_that_it_has_for_the_person(number, expected):
    [found] = mapped(BY_ID[number])

    assert (found.kind, found.dated) == ("state", True)
    assert restriction(found) == expected


def test_what_is_reversed_or_negated_is_off():
    for number in (9, 10, 19):
        [found] = mapped(BY_ID[number])
        assert found.states == {"on": None}
    assert mapped(BY_ID[9])[0].native_id == mapped(BY_ID[3])[0].native_id


def test_a_number_of_hours_is_an_end():
    [found] = mapped(BY_ID[3])

    assert found.until == "2026-12-03T09:09:18Z"
    assert found.states["on"]["end_date_account_restriction"] == "2026-12-03"
    for hours in (-1, "3", 10**9):
        with pytest.raises(ValueError, match="durationInHours"):
            mapped(event(1, "modEventTakedown", durationInHours=hours))


def test_what_is_internal_is_nothing_and_what_nobody_knows_is_asked_about():
    assert [mapped(BY_ID[number]) for number in (2, 25, 26)] == [[], [], []]
    [new] = mapped(event(1, "modEventExile"))
    assert (new.kind, new.words["event"]) == ("unknown", "Exile")
    assert mapped(event(1, "modEventExile"), of=settings(ignored="modEventExile")) == []
    [diverted] = mapped(event(1, "modEventDivert", POST))
    assert restriction(diverted) == {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"]}
    assert POST not in str(diverted)


def test_who_decided_and_how_far_a_machine_did():
    by_person, by_tool = mapped(BY_ID[3])[0], mapped(BY_ID[17])[0]
    assert by_person.decided_by == (MODERATOR,)
    assert by_person.decision["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert "automated_decision" not in by_tool.decision  # nobody has spoken of this tool
    for of, source in (
        (settings(bots="automod"), BY_ID[17]),
        (settings(bots=MODERATOR), BY_ID[3]),
        (settings(), event(1, "modEventTakedown", by=SERVICE)),
    ):
        [found] = mapped(source, of=of)
        assert found.decision["automated_decision"] == "AUTOMATED_DECISION_FULLY"
        assert found.decided_by == ()


def test_what_was_reported_before_is_an_allegation_and_never_the_ground():
    reported = event(1, "modEventReport", reportType="tools.ozone.report.defs#reasonViolenceAnimal")
    [found] = mapped(BY_ID[3] | {"createdAt": "2026-11-11T00:00:00Z"}, reported)

    assert found.allegation == "reasonViolenceAnimal"
    assert found.suggested["category"] == "STATEMENT_CATEGORY_ANIMAL_WELFARE"
    assert not {"category", "decision_ground"} & found.decision.keys()
    [later] = mapped(event(2, "modEventTakedown", at="2026-11-01T00:00:00Z"), reported)
    assert later.allegation == ""


def letter(at, *, delivered=True, **more):
    said = {"subjectLine": "x", "content": "y", "isDelivered": delivered}
    return event(50, "modEventEmail", at=at, **said, **more)


def test_a_letter_tells_the_person_only_where_the_operator_says_so_and_it_was_delivered():
    takedown = event(1, "modEventTakedown")
    soon = "2026-11-10T09:10:00.000Z"

    assert mapped(takedown, letter(soon))[0].person is None
    said = settings(letters="yes")
    assert mapped(takedown, letter(soon), of=said)[0].person == Person(informed=True)
    for late in (
        letter(soon, delivered=False),
        letter("2026-11-10T10:00:00.000Z"),
        letter("2026-11-10T08:59:00.000Z"),
    ):
        assert mapped(takedown, late, of=said)[0].person is None


def test_a_letter_with_strikes_that_goes_with_no_decision_is_a_warning():
    warned = letter("2026-11-10T09:10:00.000Z", strikeCount=1)

    assert [one.kind for one in mapped(warned)] == ["warning"]
    assert mapped(warned, event(1, "modEventTakedown")) == []
    assert mapped(letter("2026-11-10T09:10:00.000Z")) == []


# Appeals


def appeals(*events, of=None):
    found = ozone_appeals.records([ozone.read(one) for one in events], of or settings())
    return [(one.handled.outcome, one.handled.reviewer_differs) for one in found]


def appeal(number, at, subject=ALICE):
    said = {"reportType": "com.atproto.moderation.defs#reasonAppeal"}
    return event(number, "modEventReport", subject, at, subject, **said)


def at(minute):
    return f"2026-11-10T09:{minute:02}:00.000Z"


TAKEN_DOWN = event(1, "modEventTakedown", at=at(1))
APPEALED = appeal(2, at(2))
RESOLVED = event(4, "modEventResolveAppeal", at=at(4))
OTHER = "did:plc:dddddddddddddddddddddddd"


def test_an_appeal_waits_until_it_is_resolved_and_is_the_same_when_it_is_said_again():
    assert appeals(TAKEN_DOWN, APPEALED) == [("pending", None)]
    assert appeals(TAKEN_DOWN, APPEALED, appeal(3, at(3)), RESOLVED) == [("upheld", False)]
    assert appeals(TAKEN_DOWN, APPEALED, RESOLVED, appeal(9, at(20))) == [
        ("upheld", False),
        ("pending", None),
    ]


def test_its_outcome_is_what_was_reversed_until_shortly_after_it_was_resolved():
    before = event(3, "modEventReverseTakedown", at=at(3))
    after = event(5, "modEventReverseTakedown", at=at(10))
    much_later = event(5, "modEventReverseTakedown", at=at(40))

    assert appeals(TAKEN_DOWN, APPEALED, before, RESOLVED) == [("reversed", False)]
    assert appeals(TAKEN_DOWN, APPEALED, RESOLVED, after) == [("reversed", False)]
    assert appeals(TAKEN_DOWN, APPEALED, RESOLVED, much_later) == [("upheld", False)]


def test_of_two_restrictions_one_reversed_is_a_part_and_somebody_else_may_have_ruled():
    labelled = event(1, "modEventLabel", at=at(1), createLabelVals=["spam"], negateLabelVals=[])
    back = event(3, "modEventReverseTakedown", at=at(3))
    resolved = RESOLVED | {"createdBy": OTHER}

    assert appeals(labelled, TAKEN_DOWN, APPEALED, back, resolved) == [("partially_reversed", True)]


def test_a_new_takedown_closes_an_appeal_without_an_answer():
    """Recorded from a real one: label, appeal, takedown; no event resolves it."""
    events = [one for one in RECORDED["events"] if one["subject"].get("did") == BOB]

    assert appeals(*events) == [("upheld", False)]


def test_what_ends_by_itself_answers_no_appeal():
    ended = event(3, "modEventReverseTakedown", at=at(3), by=SERVICE)

    assert appeals(TAKEN_DOWN, APPEALED, ended, RESOLVED) == [("upheld", False)]


def test_an_appeal_of_a_real_one_that_was_granted():
    events = [one for one in RECORDED["events"] if one["id"] <= 11]

    assert appeals(*events) == [("reversed", False)]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id": "7"}, "no event"),
        ({"event": None}, "no event"),
        ({"subject": {}}, "neither an account nor a record"),
        ({"subject": {"$type": "x#repoRef", "did": 7}}, "neither an account nor a record"),
        ({"createdAt": "now"}, "no moment"),
        ({"createdAt": "9999-12-31T23:59:59Z"}, "no moment"),
        ({"event": {"$type": "x#modEventLabel", "createLabelVals": 5}}, "no list of texts"),
    ],
)
def test_what_is_no_event_says_why(change, why):
    with pytest.raises(ValueError, match=why):
        ozone.read(BY_ID[3] | change)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"sign_in": "guess"}, "none of admin, token, password"),
        ({"wait_minutes": "soon"}, "no number of minutes"),
        ({"letters": "maybe"}, "neither yes nor no"),
        ({"bot": "x"}, "there is no option 'bot'"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(options, why):
    with pytest.raises(Malformed) as error:
        settings(**options)
    assert why in str(error.value.why)


def test_the_labels_of_a_real_ozone_are_signed_by_the_key_of_its_document():
    """An older form of key, and `neg` left out where it is false."""
    recorded = json.loads((ROOT_OF_VECTORS.parent / "atproto" / "ozone_labels.json").read_text())
    of = did_document.labeler(recorded["document"], SERVICE)
    frames = [label_frame.read(bytes.fromhex(one)) for one in recorded["frames"]]

    for frame in frames:
        for received in frame.labels:
            now = ozone.read(BY_ID[27]).at + timedelta(hours=1)
            assert label.read(received, SERVICE, of.key, now).proof.key == str(of.key)
    future = label_frame.read(bytes.fromhex(recorded["future_cursor"]))
    assert future.error == "FutureCursor"
    assert len(frames) == 8


# Asking it


def access(address, sign_in="admin", secret="admin-pass"):
    return Access(address, SERVICE, sign_in, secret, "mod.example", address)


def read(address, position=BEGINNING, **more):
    with closing(Calls(access(address, **more), patient=True)) as calls:
        batches = list(Events(calls, settings(), position).batches())
    return [one for batch in batches for one in batch.records], batches[-1].position


@pytest.mark.parametrize(
    ("sign_in", "secret"), [("admin", "admin-pass"), ("token", "token"), ("password", "app-pass")]
)
def test_each_way_to_sign_in_reads_the_same_events(sign_in, secret):
    with ozone_stand_in.serving(ozone_stand_in.Ozone()) as address:
        found, position = read(address, sign_in=sign_in, secret=secret)

    kinds = [one.kind for one in found]
    assert (kinds.count("state"), kinds.count("appeal_filed"), kinds.count("no_action")) == (
        12,
        2,
        1,
    )
    assert position == RECORDED["events"][-1]["createdAt"]


def test_it_is_read_on_from_where_it_was_left_page_by_page(monkeypatch):
    monkeypatch.setattr(ozone_calls, "LIMIT", 5)
    server = ozone_stand_in.Ozone()
    with ozone_stand_in.serving(server) as address:
        whole, position = read(address)
        later, _ = read(address, position)

    assert len([one for one in whole if one.kind == "state"]) == 12
    assert [one.kind for one in later] == ["state"]  # the newest, said again


def test_a_session_that_has_expired_is_begun_anew_once():
    server = ozone_stand_in.Ozone()
    with (
        ozone_stand_in.serving(server) as address,
        closing(Calls(access(address, "password", "app-pass"), patient=True)) as calls,
    ):
        calls.events()
        server.expired = True
        calls.events()

    assert server.sessions == 2


def test_a_secret_that_is_not_known_is_denied():
    with ozone_stand_in.serving(ozone_stand_in.Ozone()) as address:
        for sign_in in ("admin", "token", "password"):
            with pytest.raises(Denied):
                read(address, sign_in=sign_in, secret="wrong")


def test_it_waits_where_it_is_asked_to_and_not_for_ever(monkeypatch):
    waited = []
    monkeypatch.setattr(ozone_calls.time, "sleep", waited.append)
    server = ozone_stand_in.Ozone()
    with ozone_stand_in.serving(server) as address:
        server.limited = 2
        read(address)
        server.limited = 1000
        with pytest.raises(NoAnswer):
            read(address)

    assert len(waited) == 2 + ozone_calls.MOST_WAITS
    assert all(1 <= seconds <= ozone_calls.MOST_WAIT_SECONDS for seconds in waited)


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"[" * 1_000_000),
        (200, {"events": {}}),
        (200, {"events": [], "cursor": 7}),
        (200, {"events": [BY_ID[2]], "cursor": "same"}),
        (200, b" " * (ozone_calls.MOST_BYTES + 1)),
        (502, b"<html>"),
    ],
    ids=["deep", "no list", "no cursor", "one page for ever", "too large", "broken"],
)
def test_what_is_no_answer_of_an_ozone_ends_the_run(answer):
    with http_host(lambda *_: answer) as address, pytest.raises(NoAnswer):
        read(address)


def test_an_event_that_cannot_be_read_is_refused_by_its_number_and_costs_no_other():
    bad = BY_ID[3] | {"subject": {}}
    events = [bad, *RECORDED["events"][3:6], event(99, "modEventTakedown", durationInHours="x")]
    with ozone_stand_in.serving(ozone_stand_in.Ozone(events)) as address:
        found, _ = read(address)

    refused = [one.place for one in found if isinstance(one, Unreadable)]
    assert sorted(refused) == ["event 3", "event 99"]
    assert [one.kind for one in found if not isinstance(one, Unreadable)] == ["state", "state"]


def test_an_event_of_a_time_to_come_is_refused_and_is_not_where_it_is_read_on(monkeypatch):
    """Read on from the year 2031, nothing would come for years, and nobody would know."""
    late = event(99, "modEventTakedown", at="2031-01-01T00:00:00.000Z")
    server = ozone_stand_in.Ozone([BY_ID[3], late])
    page = server._page
    monkeypatch.setattr(server, "_page", lambda asked: page(asked | {"createdBefore": ["~"]}))
    with ozone_stand_in.serving(server) as address:
        found, position = read(address)

    assert [one.place for one in found if isinstance(one, Unreadable)] == ["event 99"]
    assert position == BY_ID[3]["createdAt"]


# With a node


class Place:
    """A node with a connection to an Ozone."""

    name = f"ozone-{SERVICE.removeprefix('did:').replace(':', '-')}"

    def __init__(self, folder):
        self.folder, self.node = folder, new_node(folder / "node")
        self.file, self.secret = folder / "oz.toml", folder / "secret"
        self.secret.write_text("admin-pass\n")
        with closing(Journal(self.node.journal)) as journal:
            platforms.add(journal, "Sky", Profile())

    def connect(self, *words, check=True):
        given = ("--platform", "Sky", "--mapping", self.file, "--data", self.node.folder)
        return run(
            *("connect", "ozone", SERVICE, *given, *words),
            check=check,
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
        )

    def start(self, address):
        signing = ("--sign-in", "admin", "--secret-file", self.secret)
        self.connect("--address", address, *signing)
        text = self.file.read_text()
        self.file.write_text(text.replace('# wait_minutes = "15"', 'wait_minutes = "0"'))
        self.connect("--trial", "--since", BEGINNING[:10])
        run("connect", "start", self.name, "--data", self.node.folder)

    def counts(self):
        with closing(Journal(self.node.journal)) as journal:
            return items.counts(journal, connections.find(journal, self.name).id)


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_events_are_taken_once_and_nothing_is_kept_that_no_statement_needs(place):
    server = ozone_stand_in.Ozone(RECORDED["events"][:11])
    with ozone_stand_in.serving(server) as address:
        place.start(address)
        place.connect("--take", "--since", BEGINNING[:10])
        first = place.counts()
        server.events = RECORDED["events"]
        place.connect("--take", "--since", BEGINNING[:10])
        second = place.counts()
        place.connect("--take", "--since", BEGINNING[:10])

    assert first == {"counted": 1, "draft": 3, "parked": 2, "state": 3}
    assert place.counts() == second
    held = bytes_below(place.node.folder)
    for text in (b"planted", b"satire", b"spam!", b"rule 2", b"appeal granted"):
        assert text not in held, text
    assert b"admin-pass" not in place.file.read_bytes()


def test_a_running_node_asks_by_itself_and_rests_where_it_is_told_to(place, monkeypatch):
    monkeypatch.setattr(ozone_calls, "LIMIT", 5)
    server = ozone_stand_in.Ozone()
    with ozone_stand_in.serving(server) as address:
        place.start(address)
        with closing(Journal(place.node.journal)) as journal:

            def ask():
                polling_thread.ask(place.node, journal, connections.find(journal, place.name))
                return connections.find(journal, place.name)

            server.limited = 1
            assert ask().position == ""
            calls = len(server.asked)
            assert ask().position == ""  # it rests: nobody asks
            assert len(server.asked) == calls
            poll_schedule.rest(journal, connections.find(journal, place.name), 0)
            first, second = ask().position, ask().position
            assert "createdAfter=2026-01-01" in server.asked[calls]  # as it was tried

    assert first < second == RECORDED["events"][-1]["createdAt"]
    assert place.counts()["draft"] == 9


def test_more_events_of_one_moment_than_fit_into_a_turn_are_read_on(place, monkeypatch):
    monkeypatch.setattr(ozone_calls, "LIMIT", 2)
    at, after = "2026-11-10T09:00:00.000Z", "2026-11-10T09:00:00.001Z"
    many = [event(n, "modEventAcknowledge", at=at) for n in range(1, 40)]
    server = ozone_stand_in.Ozone([*many, event(40, "modEventAcknowledge", at=after)])
    with ozone_stand_in.serving(server) as address:
        place.start(address)
        with closing(Journal(place.node.journal)) as journal:
            for _ in range(3):
                journal.db.execute("UPDATE connector_poll SET due = 0")
                polling_thread.ask(place.node, journal, connections.find(journal, place.name))
            position = connections.find(journal, place.name).position

    assert (position, place.counts()) == (after, {"noted": 40})


def test_a_turn_that_goes_on_is_nobody_elses_meanwhile(place, monkeypatch):
    monkeypatch.setattr(poll_schedule, "HOLD_SECONDS", 600)
    with ozone_stand_in.serving(ozone_stand_in.Ozone()) as address:
        place.start(address)
        with closing(Journal(place.node.journal)) as journal:
            connection, begun = connections.find(journal, place.name), 1_000_000
            assert poll_schedule.take_turn(journal, connection, begun)
            with journal.transaction():
                poll_schedule.hold_on(journal, connection, begun + 500)

            assert not poll_schedule.take_turn(journal, connection, begun + 900)
            assert poll_schedule.take_turn(journal, connection, begun + 1100)
            with journal.transaction():  # by a command, once whoever had it is dead
                poll_schedule.hold_on(journal, connection, begun + 9000)
            assert poll_schedule.take_turn(journal, connection, begun + 9001)


@pytest.mark.parametrize("name", ["address", "pds"])
def test_a_secret_goes_to_no_public_host_in_the_clear(name):
    def found(address, **options):
        form = FORM["connector"] | ({"address": address} if name == "address" else {})
        more = {"pds": address} if name == "pds" else {}
        return ozone.settings(config.read({"connector": form, "options": {**more, **options}}))

    public = ("http://ozone.example", "http://10.0.0.7.example", "http://8.8.8.8:3000")
    for address in (*public, "HTTP://ozone.example", "http://localhost@ozone.example"):
        with pytest.raises(Malformed, match="read the secret"):
            found(address)
    assert found("http://ozone.internal", private="yes")
    for address in ("https://ozone.example", "http://10.0.0.7", "http://[::1]:3000/x"):
        assert found(address)


def test_a_secret_that_is_refused_makes_nothing_and_one_ozone_is_read_once(place):
    with ozone_stand_in.serving(ozone_stand_in.Ozone()) as address:
        place.secret.write_text("wrong")
        signing = ("--address", address, "--sign-in", "admin", "--secret-file", place.secret)
        refused = place.connect(*signing, check=False)
        made = place.file.exists()
        place.secret.write_text("admin-pass")
        place.connect(*signing, "--trial")
        labels = run(
            *("connect", "labels", SERVICE, "--platform", "Sky", "--address", address),
            *("--key", "did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc", "--trial"),
            *("--data", place.node.folder),
            check=False,
            cwd=place.folder,
        )

    assert (refused.returncode, made) == (1, False)
    assert "Ozone does not let us read its events" in refused.stderr
    assert "This source is read already" in labels.stderr


def test_a_new_secret_is_tried_before_it_is_kept_and_asked_with_at_once(place):
    def give(secret, check):
        place.secret.write_text(secret)
        given = ("--token-file", place.secret, "--data", place.node.folder)
        return run("connect", "secret", place.name, *given, check=check)

    with ozone_stand_in.serving(ozone_stand_in.Ozone()) as address:
        place.start(address)
        kept = place.node.folder / "keys" / f"connect.{place.name}"
        kept.unlink()  # as after a restore
        with closing(Journal(place.node.journal)) as journal:
            polling_thread.ask(place.node, journal, connections.find(journal, place.name))
            lacking = connections.find(journal, place.name)
            wrong = give("wrong", check=False)
            is_kept = kept.exists()
            give("admin-pass", check=True)
            polling_thread.ask(place.node, journal, lacking)
            well = connections.find(journal, place.name)

    assert "backups hold none of it" in lacking.why
    assert (wrong.returncode, is_kept) == (1, False)
    assert "Ozone does not let us read its events" in wrong.stderr
    assert (well.failed_at, well.position != "") == (0, True)


def test_every_option_is_in_the_guide_and_in_the_file_that_is_made():
    guides = Path(__file__).parents[2] / "docs" / "connectors"
    guide = (guides / "labels.md").read_text() + (guides / "ozone.md").read_text()
    for name in ozone.OPTIONS:
        if name not in ("sign_in", "account", "pds"):  # asked for as options of the command
            assert f"`{name}`" in guide, name
            assert f"# {name} =" in ASKED, name


def test_the_guide_can_be_followed_word_by_word(place):
    guide = (Path(__file__).parents[2] / "docs" / "connectors" / "ozone.md").read_text()
    found = re.findall(r"(?:^ {7}.*\n)+", guide, re.MULTILINE)
    blocks = [re.sub("^ {7}", "", one, flags=re.MULTILINE).replace("\\\n", "") for one in found]
    [looked, rule, rest] = blocks
    place.file = place.folder / "oz.toml"
    place.secret.write_text("app-pass")

    def follow(line, *more):
        words = line.removeprefix("amparo ").split()
        return run(*words, *more, "--data", place.node.folder, cwd=place.folder)

    with ozone_stand_in.serving(ozone_stand_in.Ozone()) as address:
        here = looked.replace("https://ozone.example", address)
        here = here.replace("https://pds.example", address)
        follow(here, "--secret-file", place.secret)
        text = place.file.read_text().replace('# wait_minutes = "15"', 'wait_minutes = "0"')
        place.file.write_text(text + "\n" + rule)
        trial, start, take = rest.splitlines()
        tried = follow(trial, "--since", BEGINNING[:10])
        follow(start)
        taken = follow(take, "--since", BEGINNING[:10])

    assert "9  drafts" in tried.stdout
    assert "9  wait as drafts" in taken.stdout
    assert "2  counted for the transparency report" in taken.stdout
