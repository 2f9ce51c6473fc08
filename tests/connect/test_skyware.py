"""A real labeler, made by others: Skyware's, on Node.js."""

import json
import re
import subprocess
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
from tests.conftest import new_node, run
from tests.connect.http_host import http_host
from tests.connect.labeler import ACCOUNT, DID, KEY, POST, SECRET
from tests.connect.test_label_stream import RULE, Place, document, refused, stream
from tests.counterparts import npm

from amparo.cli.connect.labels import ASKED
from amparo.connectors import labels as labels_
from amparo.errors import Refused
from amparo.ledger.case import casework
from amparo.ledger.connect import proofs
from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.storage.journal import Journal


class Skyware:
    """Skyware's labeler in a process of its own."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            [npm.NODE, "labeler.mjs", DID, SECRET.secret.hex(), folder / "labels.db"],
            cwd=npm.install("skyware"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.address = json.loads(self.process.stdout.readline())["address"]

    def label(self, value, uri=POST, **more):
        """Set a label; its number."""
        self.process.stdin.write(json.dumps({"uri": uri, "val": value} | more) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["id"]

    def close(self):
        self.process.communicate(timeout=30)


@pytest.fixture
def skyware(tmp_path):
    with closing(Skyware(tmp_path)) as server:
        yield server


GUIDE = (Path(__file__).parents[2] / "docs" / "connectors" / "labels.md").read_text()
GUIDE = GUIDE.partition("\n## ")[0]


def indented():
    """The indented blocks of the guide, without their indent."""
    found = re.findall(r"(?:^ {7}.*\n)+", GUIDE, re.MULTILINE)
    return ["".join(line[7:] for line in one.splitlines(keepends=True)) for one in found]


def commands():
    return [
        line for block in indented() for line in block.splitlines() if line.startswith("amparo")
    ]


def rule():
    [found] = [block for block in indented() if block.startswith("[[rule]]")]
    return found


def read(server, position=""):
    batches = list(stream(server.address, position).batches(0.5))
    return [one for batch in batches for one in batch.records], batches[-1].position


def test_its_labels_are_signed_as_they_are_received_and_none_is_refused(skyware):
    """It signs `neg: false`, which others leave out."""
    skyware.label("rude")
    skyware.label("rude", neg=True)
    skyware.label("!takedown", ACCOUNT, exp="2027-01-01T00:00:00.000Z")

    records, position = read(skyware)

    assert refused(records) == []
    assert [one.words["label"] for one in records] == ["rude", "rude", "!takedown"]
    assert b"cneg\xf4" in records[0].proof.signed  # false, in CBOR
    assert position == "3"


def test_its_stream_is_read_on_and_a_cursor_of_the_future_is_told(skyware):
    skyware.label("rude")
    _, position = read(skyware)
    skyware.label("spam")
    later, _ = read(skyware, position)

    assert [one.words["label"] for one in later] == ["spam"]
    with pytest.raises(Refused):
        read(skyware, "999")


def test_a_life_of_a_label_from_the_set_up_to_its_withdrawal(skyware, tmp_path):
    place = Place(tmp_path)
    skyware.label("!hide")
    place.start(skyware.address, RULE)
    place.connect("--take")
    skyware.label("!hide", neg=True)
    place.connect("--take")

    with place.journal() as journal:
        [entry] = journal.newest_decisions(2)
        kinds = [one.kind for one in casework.read(journal, entry.case).events]
        found = proofs.of_case(journal, entry.case)
    assert kinds == ["decision.issued", "decision.lifted"]
    assert [(one.what, one.proof.key) for one in found] == [
        ("decision", str(KEY)),
        ("reversal", str(KEY)),
    ]


def test_what_it_answers_to_a_query_is_what_it_streams(skyware):
    """So that what was kept can be compared with what the labeler shows to everybody."""
    skyware.label("rude")
    records, _ = read(skyware)
    asked = httpx2.get(
        f"{skyware.address}/xrpc/com.atproto.label.queryLabels", params={"uriPatterns": "*"}
    )

    [shown] = asked.json()["labels"]
    assert shown["cts"].replace("Z", "").startswith(records[0].at.removesuffix("Z"))
    assert shown["val"] == "rude"


def test_the_guide_can_be_followed_word_by_word(skyware, tmp_path):
    node = new_node(tmp_path / "node")
    with closing(Journal(node.journal)) as journal:
        platforms.add(journal, "Sky", Profile())
    skyware.label("!hide")
    skyware.label("rude", ACCOUNT)
    file = tmp_path / "sky.toml"

    def follow(line, *more):
        words = line.removeprefix("amparo ").split()
        return run(*words, *more, "--data", node.folder, cwd=tmp_path)

    with http_host(lambda *_: (200, document(skyware.address, SECRET))) as directory:
        looked, trial, start, take = commands()
        first = follow(looked, "--plc", directory, "--address", skyware.address)
        said = file.read_text().replace('# keys_are_dates = "yes"', 'keys_are_dates = "yes"')
        file.write_text(said + "\n" + rule().replace("\\\n", ""))
        for line in (trial, start):
            follow(line)
        taken = follow(take)

    assert f"{skyware.address}, with the key {KEY}" in first.stderr
    assert "1  put on the record" in taken.stdout
    assert "1  wait as drafts at /desk/connect" in taken.stdout


def test_every_option_is_in_the_guide_and_in_the_file_that_is_made():
    for name in labels_.OPTIONS:
        assert f"`{name}`" in GUIDE, name
        assert name in {"key", "key_from"} or f"# {name} =" in ASKED, name
