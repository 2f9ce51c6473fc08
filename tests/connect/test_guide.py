"""The guide of docs/connectors/csv.md is followed with its file, command by command."""

import re
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

from tests.conftest import new_node, run

from amparo.connectors import table
from amparo.ledger.connect import connections, items
from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.storage.journal import Journal

ROOT = Path(__file__).parent.parent.parent
GUIDE = (ROOT / "docs" / "connectors" / "csv.md").read_text().partition("\n## ")[0]


def blocks(begin):
    """The indented blocks of the guide whose first line begins so, without their indent."""
    found = re.findall(r"(?:^ {7}.*\n)+", GUIDE, re.MULTILINE)
    plain = ["".join(line[7:] for line in block.splitlines(keepends=True)) for block in found]
    return [block for block in plain if block.startswith(begin)]


def test_the_guide_can_be_followed_word_by_word(tmp_path):
    node = new_node(tmp_path / "node")
    with closing(Journal(node.journal)) as journal:
        platforms.add(journal, "Forum", Profile())
    shutil.copy(ROOT / "tests" / "vectors" / "connect" / "bans.csv", tmp_path)
    mapping = tmp_path / "bans.csv.connect.toml"

    def follow(line):
        words = line.removeprefix("amparo ").split()
        return run(
            *words, "--data", node.folder, cwd=tmp_path, check=False, stdin=subprocess.DEVNULL
        )

    look, again, try_, take = [block.splitlines() for block in blocks("amparo ")]
    assert follow(look[0]).returncode == 4
    [words] = blocks("[words.restriction]")
    mapping.write_text(mapping.read_text().partition("# What do these")[0] + "\n" + words)
    shown = follow(again[0])
    [told] = blocks("4 records")
    assert shown.stdout.startswith(told)
    assert shown.returncode == 1  # of one row the day does not exist
    [rule] = blocks("[[rule]]")
    mapping.write_text(mapping.read_text() + "\n" + rule.replace("\\\n", ""))
    for line in try_:
        follow(line)
    assert follow(take[0]).returncode == 1
    with closing(Journal(node.journal)) as journal:
        [connection] = connections.every(journal)
        assert items.counts(journal, connection.id) == {"stated": 2, "draft": 2}


def test_every_name_that_a_column_can_have_is_in_the_guide():
    for name in (*table.OWN, *table.BY_GROUND):
        assert f"`{name}`" in GUIDE, name
