"""The own record enters the observatory by itself: once a day, by a real process, told if it fails."""

import time
from contextlib import closing

import pytest
from tests.conftest import run, statement

from amparo.ledger.log import into_observatory, platforms
from amparo.ledger.log.intake import prepare
from amparo.observatory import queries
from amparo.record.decision import settle
from amparo.storage.journal import Journal
from amparo.storage.node import open_node


@pytest.fixture
def node(tmp_path, monkeypatch):
    monkeypatch.setattr(into_observatory, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(into_observatory, "LOOK_SECONDS", 0.0)
    run("platform", "add", "Foro", "--data", tmp_path / "node")
    return open_node(tmp_path / "node")


def finished(daily):
    deadline = time.monotonic() + 120
    while daily._process is not None and time.monotonic() < deadline:
        daily.look()
        time.sleep(0.05)


def test_it_enters_once_a_day_and_the_next_day_again(node):
    with closing(Journal(node.journal)) as journal:
        foro = platforms.find(journal, "Foro")
        made = prepare([settle(statement("own-1"), "API")], platform=foro, secret=node.secret())
        journal.append([[one.row for one in made]])
        daily = into_observatory.DailyRecord(node, journal)

        daily.look()
        finished(daily)
        daily.look()
        again = daily._process
        with journal.transaction():
            journal.set(into_observatory.ENTERED, "2020-01-01")
        daily.look()
        next_day = daily._process
        daily.stop()

    with closing(queries.open_engine(lake=node.lake)) as engine:
        assert "Foro" in engine.coverage.platforms_of("record")
    assert again is None
    assert next_day is not None


def test_what_fails_is_told_and_harms_nobody(node, caplog):
    (node.folder / "lake").write_text("in the way")
    with closing(Journal(node.journal)) as journal:
        foro = platforms.find(journal, "Foro")
        made = prepare([settle(statement("own-1"), "API")], platform=foro, secret=node.secret())
        journal.append([[one.row for one in made]])
        daily = into_observatory.DailyRecord(node, journal)

        daily.look()
        finished(daily)

    assert "the record was not counted" in caplog.text
