"""The stream of labels: read on from where it was left, and every fault of the other side bounded."""

import base64
import itertools
import json
import subprocess
import time
from contextlib import closing

import libipld
import pytest
from tests.conftest import bytes_below, new_node, run
from tests.connect import labeler
from tests.connect.conftest import GROUND
from tests.connect.http_host import http_host
from tests.connect.labeler import ACCOUNT, DID, KEY, OTHER_SECRET, POST, info, label, labels
from tests.websocket_host import closing as closing_frame
from tests.websocket_host import frame

from amparo.connectors import config
from amparo.connectors import labels as labels_
from amparo.errors import Refused
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, items, label_stream, proofs
from amparo.ledger.connect.ingest import Unreadable
from amparo.ledger.connect.label_stream import Stream
from amparo.ledger.log import platforms
from amparo.ledger.outbound import websocket
from amparo.ledger.outbound.http import NoAnswer
from amparo.record.rules import Profile
from amparo.storage.journal import Journal

CONNECTOR = {"system": "labels", "name": "sky", "platform": "Sky", "instance": DID}
OPTIONS = {"key": str(KEY), "labelled": "rude", "private": "yes"}
SETTINGS = labels_.settings(config.read({"connector": CONNECTOR, "options": OPTIONS}))
QUIET = 0.3


def stream(address, position="", newest_key=None):
    return Stream(address, SETTINGS, newest_key, position)


def read(address, position="", **more):
    """Everything that a stream holds: its records, and up to where it was read."""
    batches = list(stream(address, position, **more).batches(QUIET))
    return [one for batch in batches for one in batch.records], batches[-1].position


def refused(records):
    return [(one.place, one.why) for one in records if isinstance(one, Unreadable)]


def test_it_is_read_on_from_where_it_was_left():
    asked = []
    with labeler.labeler(labels(4, label("a")), labels(9, label("b")), asked=asked) as address:
        _, position = read(address)
        read(address, position)

    assert position == "9"
    assert asked == ["0", "9"]


def test_a_name_that_leads_inside_is_not_followed_unless_the_operator_says_so():
    """A labeler's name is its own: it can lead to 127.0.0.1 from one day to the next."""
    asked = []
    with labeler.labeler(labels(4, label("a")), asked=asked) as address:
        own = Stream(address, SETTINGS._replace(private=False), None, "")
        with pytest.raises(Refused, match="leads into a private network"):
            list(own.batches(QUIET))

    assert asked == []


def test_a_frame_of_a_million_nothings_is_one_refusal():
    """It is a message of a MiB: each one refused by itself would keep the journal for minutes."""
    with labeler.labeler(labels(1, *[None] * 900_000), labels(2, label("a"))) as address:
        records, position = read(address)

    [(place, _)] = refused(records)
    assert (place, len(records), position) == ("seq frame after 0", 2, "2")


def test_a_gap_in_the_numbers_is_usual_and_only_an_outdated_cursor_says_that_labels_are_missing():
    with labeler.labeler(labels(4, label("a")), labels(900, label("b"))) as address:
        records, _ = read(address)
    with labeler.labeler(info("OutdatedCursor"), labels(950, label("c"))) as address:
        after, position = read(address, "9")

    assert refused(records) == []
    assert refused(after) == [("seq after 9", "OutdatedCursor: Requested cursor exceeded limit.")]
    assert position == "950"


def test_a_cursor_of_the_future_ends_it_and_says_what_to_do():
    """The labeler was set up anew, or restored from a backup."""
    with labeler.labeler(labeler.failure("FutureCursor")) as address, pytest.raises(Refused) as end:
        read(address, "12")

    assert "--from-start" in str(end.value.fix)


def test_another_error_of_the_labeler_is_no_answer():
    with (
        labeler.labeler(labeler.failure("ConsumerTooSlow", "be quicker")) as address,
        pytest.raises(NoAnswer) as end,
    ):
        read(address)

    assert "ConsumerTooSlow: be quicker" in str(end.value.why)


def test_what_cannot_be_read_is_refused_by_its_place_and_costs_nothing_else():
    unsigned = {name: value for name, value in label("c").items() if name != "sig"}
    with labeler.labeler(
        labels(1, label("a"), unsigned, label("d", secret=OTHER_SECRET), "no label"),
        b"no frame",
        labeler.message({"t": "#new", "op": 1}, {"x": 1}),
        labels(2, label("b", uri="nothing")),
        labels(3, label("e")),
    ) as address:
        records, position = read(address)

    assert [place for place, _ in refused(records)] == [
        "seq 1, label 2",
        "seq 1, label 3",
        "seq 1, label 4",
        "seq frame after 1",
        "seq 2, label 1",
    ]
    assert len(records) - len(refused(records)) == 2
    assert position == "3"


def test_what_is_no_stream_of_labels_is_left():
    with (
        labeler.labeler(*[b"no frame"] * 50) as address,
        pytest.raises(NoAnswer, match="no answer") as end,
    ):
        read(address)

    assert "it sends no stream of labels" in str(end.value.why)


def test_a_frame_that_never_ends_is_left_and_what_came_before_it_is_whole(monkeypatch):
    monkeypatch.setattr(websocket, "MESSAGE_SECONDS", 0.3)

    def dripping(line):
        for byte in frame(labels(2, label("b"))):
            line.sendall(bytes([byte]))
            time.sleep(0.05)

    with labeler.labeler(labels(1, label("a")), then=dripping) as address:
        found = []
        with pytest.raises(NoAnswer, match="no answer"):
            found.extend(stream(address).batches(60))

    assert [(len(batch.records), batch.position) for batch in found] == [(1, "1")]


def test_batches_before_a_fault_are_handed_on(monkeypatch):
    monkeypatch.setattr(label_stream, "LABELS_A_BATCH", 2)
    many = [labels(number, label(f"v{number}")) for number in range(1, 6)]
    found = []
    with (
        labeler.labeler(*many, then=lambda line: line.sendall(closing_frame(1011))) as address,
        pytest.raises(NoAnswer, match="no answer"),
    ):
        found.extend(stream(address).batches(60))

    assert [(len(batch.records), batch.position) for batch in found] == [
        (2, "2"),
        (2, "4"),
        (1, "5"),
    ]


def test_a_labeler_that_never_falls_silent_is_left_in_the_end(monkeypatch):
    monkeypatch.setattr(label_stream, "MOST_SECONDS", 0.5)
    monkeypatch.setattr(label_stream, "LABELS_A_BATCH", 1)

    def endless(line):
        for number in itertools.count(1):
            line.sendall(frame(labels(number, label("a"))))
            time.sleep(0.01)

    with labeler.labeler(then=endless) as address:
        records, position = read(address)

    assert len(records) == int(position) > 1


def test_a_new_key_is_read_from_the_document_and_asked_for_once():
    asked = []

    def newest():
        asked.append(1)
        return labeler.key_of(OTHER_SECRET)

    forged = label("d")  # by the key of before
    with labeler.labeler(
        labels(1, label("a")), labels(2, label("b", secret=OTHER_SECRET)), labels(3, forged, forged)
    ) as address:
        reading = stream(address, newest_key=newest)
        records = [one for batch in reading.batches(QUIET) for one in batch.records]

    assert [one.proof.key for one in records[:2]] == [
        str(KEY),
        str(labeler.key_of(OTHER_SECRET)),
    ]
    assert [place for place, _ in refused(records)] == ["seq 3, label 1", "seq 3, label 2"]
    assert len(asked) == 1
    assert reading.settings.key == labeler.key_of(OTHER_SECRET)


def test_a_key_is_not_changed_by_a_document_that_does_not_come():
    def newest():
        raise NoAnswer("There was no answer.", why="down", fix="Try again later.")

    with labeler.labeler(labels(1, label("b", secret=OTHER_SECRET), label("a"))) as address:
        records, position = read(address, newest_key=newest)

    assert (len(refused(records)), len(records), position) == (1, 2, "1")


def test_following_goes_on_after_a_line_has_ended(monkeypatch):
    monkeypatch.setattr(label_stream, "FIRST_WAIT_SECONDS", 0.01)
    asked = []
    with labeler.labeler(labels(7, label("a")), asked=asked, then=lambda _: None) as address:
        found = list(itertools.islice(stream(address).follow(), 4))

    assert [(len(batch.records), bool(batch.trouble)) for batch in found] == [
        (1, False),
        (0, True),
        (1, False),
        (0, True),
    ]
    assert asked == ["0", "7"]
    assert "it closed the line" in found[1].trouble


# With a node


class Place:
    """A node with a connection to a labeler."""

    name = "labels-plc-aaaaaaaaaaaaaaaaaaaaaaaa"

    def __init__(self, folder):
        self.folder, self.node = folder, new_node(folder / "node")
        self.file = folder / "sky.toml"
        with closing(Journal(self.node.journal)) as journal:
            platforms.add(journal, "Sky", Profile())

    def connect(self, *words, check=True):
        given = ("--platform", "Sky", "--mapping", self.file, "--data", self.node.folder)
        quiet = ("--quiet", QUIET)
        return run(
            *("connect", "labels", DID, *given, *quiet, *words),
            check=check,
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
        )

    def start(self, address, *rules):
        """Made, tried and started, as an operator does."""
        made = self.connect("--address", address, "--key", str(KEY))
        self.file.write_text(self.file.read_text() + "\n".join(("", *rules)))
        self.connect("--trial")
        run("connect", "start", self.name, "--data", self.node.folder)
        return made

    def now_at(self, address):
        """The labeler has moved."""
        lines = self.file.read_text().splitlines()
        moved = [f'address = "{address}"' if one.startswith("address") else one for one in lines]
        self.file.write_text("\n".join(moved))

    def journal(self):
        return closing(Journal(self.node.journal))

    def erase(self, case):
        run("erase", case, "--reason", "request", "--yes", "--data", self.node.folder)

    def counts(self):
        with self.journal() as journal:
            [connection] = connections.every(journal)
            return items.counts(journal, connection.id)

    def connection(self):
        with self.journal() as journal:
            return connections.find(journal, self.name)


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


THEN = GROUND | {
    "decision_facts": "The post insults somebody.",
    "source_type": "SOURCE_VOLUNTARY",
    "automated_detection": "No",
    "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
    "content_type": ["CONTENT_TYPE_TEXT"],
    "content_date": "2026-02-22",
}
RULE = config.write(
    config.read({"connector": CONNECTOR, "rule": [{"when": {"label": "!hide"}, "then": THEN}]})
).partition("[[rule]]")[2]
RULE = f"[[rule]]{RULE}"
ON = label("!hide")
OFF = label("!hide", cts="2026-11-05T09:00:00.000Z", neg=True)


def test_a_label_that_a_rule_completes_is_a_statement_and_its_withdrawal_lifts_it(place):
    with labeler.labeler(labels(1, ON)) as address:
        place.start(address, RULE)
        first = place.connect("--take")
    with labeler.labeler(labels(2, OFF)) as address:
        place.now_at(address)
        second = place.connect("--take")

    assert "1  put on the record" in first.stdout
    assert "1  lifted by the platform" in second.stdout
    with place.journal() as journal:
        [entry] = journal.newest_decisions(2)
        kinds = [one.kind for one in casework.read(journal, entry.case).events]
        decision, reversal = proofs.of_case(journal, entry.case)
    assert kinds == ["decision.issued", "decision.lifted"]
    assert (decision.what, reversal.what) == ("decision", "reversal")
    assert decision.proof.signature == ON["sig"]
    assert place.connection().position == "2"


def test_the_proof_can_be_checked_by_anybody_and_is_erased_with_its_case(place):
    with labeler.labeler(labels(1, ON)) as address:
        place.start(address, RULE)
        place.connect("--take")
    with place.journal() as journal:
        [entry] = journal.newest_decisions(1)
    printed = run("connect", "proof", entry.case, "--data", place.node.folder).stdout
    shown = json.loads(printed)

    assert (shown["of"], shown["key"]) == ("decision", str(KEY))
    assert libipld.decode_dag_cbor(base64.b64decode(shown["signed"]))["uri"] == POST
    place.erase(entry.case)
    with place.journal() as journal:
        assert proofs.of_case(journal, entry.case) == []


def test_a_number_that_is_no_case_is_told_from_a_decision_without_a_proof(place):
    unknown = "01a22beb-1bf3-77ee-8c31-c93abe11dc58"
    done = run("connect", "proof", unknown, "--data", place.node.folder, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert "There is no such case" in done.stderr


def test_the_same_stream_again_from_its_beginning_or_in_another_order_changes_nothing(place):
    with labeler.labeler(labels(1, ON), labels(2, OFF), labels(2, OFF), labels(1, ON)) as address:
        place.start(address, RULE)
        place.connect("--take")
        before = place.counts()
        again = place.connect("--take", "--from-start")

    assert before == {"state": 1, "stated": 1, "lifted": 1}
    assert place.counts() == before
    assert "put on the record" not in again.stdout


def test_a_late_joiner_who_sees_only_the_withdrawal_states_nothing(place):
    with labeler.labeler(labels(5, OFF)) as address:
        place.start(address, RULE)
        done = place.connect("--take")

    assert place.counts() == {"state": 1}
    assert (done.returncode, done.stdout.split()[:2]) == (0, ["1", "known"])


def test_a_fault_is_told_on_the_connection_and_the_next_run_goes_on(place):
    with labeler.labeler(labels(3, ON)) as address:
        place.start(address, RULE)
        place.connect("--take")
    failed = place.connect("--take", check=False)
    standing = place.connection()
    with labeler.labeler(labels(4, OFF)) as address:
        place.now_at(address)
        place.connect("--take")

    assert failed.returncode == 1
    assert (standing.position, standing.failed_at > 0) == ("3", True)
    assert (place.connection().failed_at, place.connection().position) == (0, "4")


@pytest.mark.parametrize("frame_of", [info, labeler.failure])
def test_what_a_labeler_says_steers_no_terminal(place, frame_of):
    with labeler.labeler(labels(3, ON)) as address:
        place.start(address, RULE)
    with labeler.labeler(frame_of("Gone", "\x1b]0;owned\x07\nrefused"), labels(4, OFF)) as address:
        place.now_at(address)
        done = place.connect("--take", check=False)
        status = run("connect", "status", place.name, "--data", place.node.folder)

    shown = done.stdout + done.stderr + status.stdout
    assert "[U+001B]]0;owned[U+0007]" in shown
    assert "\x1b" not in shown


def test_an_outdated_cursor_is_counted_among_the_refusals(place):
    with labeler.labeler(labels(3, ON)) as address:
        place.start(address, RULE)
        place.connect("--take")
    with labeler.labeler(info("OutdatedCursor"), labels(90, OFF)) as address:
        place.now_at(address)
        done = place.connect("--take", check=False)

    assert done.returncode == 1
    assert f"{DID} seq after 3: OutdatedCursor" in done.stderr
    assert place.connection().refused == 1


def test_a_paused_connection_takes_nothing_in(place):
    with labeler.labeler(labels(1, ON)) as address:
        place.start(address, RULE)
        run("connect", "pause", place.name, "--data", place.node.folder)
        done = place.connect("--take", check=False)

    assert "does not run" in done.stderr
    assert place.counts() == {}


@pytest.mark.parametrize("stream", [[labels(1, ON)], [labels(1, ON), labels(2, OFF)]])
def test_nothing_of_who_was_labelled_is_left_once_the_statement_is_made_but_its_proof(
    place, stream
):
    """Whether the label holds still or was withdrawn."""
    with labeler.labeler(*stream) as address:
        place.start(address, RULE)
        place.connect("--take")
    with place.journal() as journal:
        [entry] = journal.newest_decisions(1)
    place.erase(entry.case)
    with place.journal() as journal:
        journal.db.empty_traces()
    held = bytes_below(place.node.folder)

    assert ACCOUNT.encode() not in held


def document(address, secret):
    return {
        "id": DID,
        "verificationMethod": [
            {
                "id": f"{DID}#atproto_label",
                "type": "Multikey",
                "publicKeyMultibase": str(labeler.key_of(secret)).removeprefix("did:key:"),
            }
        ],
        "service": [{"id": "#atproto_labeler", "serviceEndpoint": address}],
    }


def test_the_address_is_that_of_the_document(place):
    with http_host(lambda *_: (200, document("https://sky.invalid", labeler.SECRET))) as directory:
        done = place.connect("--plc", directory, check=False)

    assert 'address = "https://sky.invalid"' in place.file.read_text()
    assert "The name of a host is not known" in done.stderr


@pytest.mark.parametrize(
    "inside", ["http://127.0.0.1:6379", "https://user:word@host.example", "redis://db:6379"]
)
def test_a_document_that_leads_inside_makes_nothing(place, inside):
    with http_host(lambda *_: (200, document(inside, labeler.SECRET))) as directory:
        done = place.connect("--plc", directory, check=False)

    assert done.returncode == 1
    assert "names no public address" in done.stderr
    assert not place.file.exists()


def test_key_and_address_are_read_from_the_document_kept_and_a_new_key_is_written_down(place):
    with labeler.labeler(labels(1, label("a", secret=OTHER_SECRET))) as address:
        documents = [document(address, labeler.SECRET), document(address, OTHER_SECRET)]
        asked = []

        def answer(method, path, headers, body):
            asked.append(path)
            return 200, documents[len(asked) - 1]

        with http_host(answer) as directory:
            made = place.connect("--plc", directory, "--address", address)

    assert asked == [f"/{DID}", f"/{DID}"]
    assert f"{address}, with the key {KEY}" in made.stderr
    assert f"The labeler has a new key, {labeler.key_of(OTHER_SECRET)}" in made.stderr
    text = place.file.read_text()
    assert f'key_from = "{directory}/{DID}"' in text
    assert f'key = "{labeler.key_of(OTHER_SECRET)}"' in text


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((200, {"id": DID}), "it has no key #atproto_label"),
        ((200, {"id": ACCOUNT}), "it is not the document of"),
        ((404, {"message": "DID not registered"}), "status 404"),
        ((200, b"[" * 100_000), "larger than it may be"),
        ((200, b"<html>"), "no JSON object"),
    ],
)
def test_a_document_that_does_not_come_or_fit_says_why_and_nothing_is_made(place, answer, why):
    with http_host(lambda *_: answer) as directory:
        done = place.connect("--plc", directory, check=False)

    assert done.returncode == 1
    assert why in done.stderr
    assert not place.file.exists()
