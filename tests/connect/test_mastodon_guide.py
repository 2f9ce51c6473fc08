"""The guide of docs/connectors/mastodon.md is followed, from Mastodon's tables in a real PostgreSQL."""

import re
import shutil
from contextlib import closing
from pathlib import Path

import psycopg
from tests.conftest import new_node, run

from amparo.cli.connect.mastodon import ASKED
from amparo.connectors import mastodon
from amparo.ledger.connect import connections, items
from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.storage.journal import Journal

ROOT = Path(__file__).parent.parent.parent
VECTORS = ROOT / "tests" / "vectors" / "connect"
GUIDE = (ROOT / "docs" / "connectors" / "mastodon.md").read_text()


def block(begin):
    """The indented block of the guide that begins so, without its indent."""
    found = re.findall(r"(?:^ {7}.*\n)+", GUIDE, re.MULTILINE)
    plain = ["".join(line[7:] for line in one.splitlines(keepends=True)) for one in found]
    [text] = [one for one in plain if one.startswith(begin)]
    return text


def exported(postgres):
    """What the guide's query makes of the tables."""
    with psycopg.connect(postgres.place()) as session:
        session.execute((VECTORS / "mastodon.sql").read_text())
        with session.cursor().copy(block("COPY")) as copy:
            return b"".join(copy)


def test_the_query_gives_what_the_connector_reads(postgres):
    found = exported(postgres)

    assert found.decode() == (VECTORS / "strikes.csv").read_text()
    assert set(found.decode().partition("\n")[0].split(",")) == set(mastodon.COLUMNS)


def test_the_query_asks_for_nothing_of_a_person_but_what_moderators_wrote(postgres):
    found = exported(postgres).decode()

    for planted in ("lucia", "bargains", "followback", "Look at what", "novel", "one account only"):
        assert planted not in found, planted


def test_the_guide_can_be_followed_word_by_word(tmp_path):
    node = new_node(tmp_path / "node")
    with closing(Journal(node.journal)) as journal:
        platforms.add(journal, "Social", Profile())
    shutil.copy(VECTORS / "strikes.csv", tmp_path)
    file = tmp_path / "strikes.csv.connect.toml"

    def follow(line):
        return run(*line.removeprefix("amparo ").split(), "--data", node.folder, cwd=tmp_path)

    looked = follow(block("amparo connect mastodon strikes.csv --platform Social --instance"))
    assert "13 records: 1 warning, 8 restriction, 3 appeal_filed, 1 reversal" in looked.stdout
    file.write_text(file.read_text() + "\n" + block("[[rule]]").replace("\\\n", ""))
    for line in block("amparo connect mastodon strikes.csv --platform Social --trial").splitlines():
        follow(line)

    with closing(Journal(node.journal)) as journal:
        [connection] = connections.every(journal)
        assert connection.name == "mastodon-social.example"
        found = items.counts(journal, connection.id)
        assert found == {"noted": 1, "stated": 3, "draft": 5, "lifted": 1, "counted": 3}


def test_every_option_is_in_the_guide_and_in_the_file_that_is_made():
    for name in mastodon.OPTIONS:
        assert f"| `{name}` |" in GUIDE, name
        assert f"# {name} =" in ASKED, name
