"""Many submissions share a commit: those of one round, and those that came while others wrote."""

import asyncio
import threading

import pytest
from tests.conftest import run_async, statement

from amparo.errors import AmparoError
from amparo.ledger.log import platforms
from amparo.ledger.log.intake import Intake, prepare
from amparo.record.decision import settle
from amparo.record.rules import Profile
from amparo.storage.journal import Journal
from amparo.storage.node import create_node
from amparo.web.http.state import Serving

SUBMISSIONS = 20


@pytest.fixture
def node(tmp_path):
    return create_node(tmp_path / "node")


@pytest.fixture
def journal(node):
    journal = Journal(node.journal)
    platforms.add(journal, "Alpha", Profile())
    yield journal
    journal.close()


@pytest.fixture
def rows(node, journal):
    """One row for each of the submissions."""
    decisions = [settle(statement(f"p-{n}"), "API") for n in range(SUBMISSIONS)]
    [platform] = platforms.every(journal)
    return [one.row for one in prepare(decisions, platform=platform, secret=node.secret())]


def test_what_comes_while_another_writes_goes_into_the_next_commit(node, journal, rows):
    commits, all_there = [], threading.Event()

    def note(results):
        commits.append(results)
        if sum(map(len, commits)) == SUBMISSIONS:
            all_there.set()

    intake = Intake(node, note)
    with journal.transaction():
        for number, row in enumerate(rows):
            intake.submit(number, [row])
            intake.commit()
        assert intake.rows_waiting == SUBMISSIONS
        assert not commits

    assert all_there.wait(30)
    intake.close()
    assert commits == [[(number, number) for number in range(SUBMISSIONS)]]


def test_what_cannot_be_committed_is_told_to_each_and_the_next_is_kept(node, journal, rows):
    told, there = [], threading.Semaphore(0)

    def note(results):
        told.extend(results)
        for _ in results:
            there.release()

    intake = Intake(node, note)
    # a place in its case that is taken: the whole commit fails
    for ticket, row in (("good", rows[0]), ("bad", rows[0]._replace(puid_digest=None))):
        intake.submit(ticket, [row])
    intake.commit()
    assert all(there.acquire(timeout=30) for _ in range(2))
    intake.submit("again", [rows[0]])
    intake.commit()
    assert there.acquire(timeout=30)
    intake.close()

    assert [ticket for ticket, _ in told] == ["good", "bad", "again"]
    assert all(isinstance(outcome, AmparoError) for _, outcome in told[:2])
    assert told[2][1] == 0


def test_closing_commits_what_nobody_has_asked_to_commit(node, journal, rows):
    told = []
    intake = Intake(node, told.extend)
    intake.submit("late", [rows[0]])
    intake.close()

    assert told == [("late", 0)]


def test_requests_of_one_round_of_the_loop_share_a_commit(node, journal, rows):
    commits = []

    async def keep_all():
        serving = Serving(node)
        heard = serving._on_commit
        serving._on_commit = lambda results: (commits.append(len(results)), heard(results))
        serving.start()
        kept = await asyncio.gather(*(serving.keep([row]) for row in rows))
        await serving.stop()
        return kept

    assert run_async(keep_all()) == list(range(SUBMISSIONS))
    assert commits == [SUBMISSIONS]
