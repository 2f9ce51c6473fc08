"""Faults of what a node leans on: a database lost in the commit, a store that errs, clocks."""

import asyncio
import threading
import time

import httpx2
import pytest
from tests.conftest import new_node, run_async, statement
from tests.faults.conftest import EVERY, append, tally
from tests.faults.proxy import Wire

from amparo.errors import AmparoError, Unavailable
from amparo.ledger.case.delivery_thread import Delivery
from amparo.ledger.case.scheduler import Scheduler
from amparo.ledger.log import check, intake, platforms
from amparo.ledger.log.publish import Publisher, published_checkpoint, publishing
from amparo.record.decision import settle
from amparo.record.rules import Profile
from amparo.storage.blobs import log_of
from amparo.storage.database import Lost
from amparo.storage.journal import Journal, Known
from amparo.web.app import build
from amparo.web.http.state import Serving

ROUNDS = max(3, 40 // EVERY)
HTTP_500 = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@pytest.fixture
def wired(postgres, tmp_path):
    """A node whose every word to its database goes over a wire that can fail."""
    wire = Wire(postgres.port)
    place = postgres.place()
    node = new_node(tmp_path / "node", place.replace(f":{postgres.port}/", f":{wire.port}/"))
    journal = Journal(node.journal)
    platforms.add(journal, "Foro", Profile())
    journal.close()
    yield node, wire
    wire.close()


def once(what, word):
    """Do it to the next piece that holds a word, and to no other."""
    left = [what]
    return lambda sent: left.pop() if left and word in sent else "pass"


@pytest.mark.parametrize("what", ["cut", "swallow"])
def test_a_database_lost_in_the_commit_keeps_a_statement_once_or_not_at_all(wired, what):
    """Cut before it hears COMMIT, or after it has: sent again, it is in the record once."""
    node, wire = wired
    journal = Journal(node.journal)
    [platform] = platforms.every(journal)
    for number in range(ROUNDS):

        def send(number=number):
            decision = settle(statement(f"c-{number}"), "API")
            [made] = intake.prepare([decision], platform=platform, secret=node.secret())
            [(_, outcome)] = intake.commit(journal, lambda: [(None, [made.row])])
            return outcome

        wire.rule = once(what, b"COMMIT")
        outcome = send()
        assert isinstance(outcome, Unavailable), outcome
        assert "sent again, it is kept once" in outcome.fix
        again = send()
        assert again == (number if what == "cut" else Known({0: number}))
    assert wire.cuts == ROUNDS
    assert [kept.seq for kept in journal.events()] == list(range(ROUNDS))
    journal.close()
    tally(f"database lost {'before' if what == 'cut' else 'after'} it commits", ROUNDS, ROUNDS)


@pytest.mark.parametrize("who", ["scheduler", "delivery"])
def test_what_a_node_does_by_itself_begins_when_the_database_is_there(wired, caplog, who):
    """Clocks and notices do not stand still for good because it was away at the start."""
    node, wire = wired
    began = threading.Event()
    wire.rule = lambda _: "cut"
    doing = Scheduler(node) if who == "scheduler" else Delivery(node, lambda _: began.set())
    doing.thread.start()
    time.sleep(4)
    assert not began.is_set()
    looks = b"FROM outbox" if who == "delivery" else b"FROM clock"
    wire.rule = lambda asked: (began.set() if looks in asked else None) or "pass"

    assert began.wait(60)
    doing.thread.stop()
    assert caplog.messages.count(f"{who}: The database cannot be reached.") == 1


def test_statements_are_refused_while_the_database_is_away_and_taken_once_it_is_back(wired, caplog):
    """Away in the instant in which the node begins: nobody waits for a thread that has died."""
    node, wire = wired
    journal = Journal(node.journal)
    token = platforms.new_token(journal, platforms.every(journal)[0])
    journal.close()

    async def story():
        serving = Serving(node)
        http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(build(serving)),
            base_url="http://node",
            headers={"authorization": f"Bearer {token}"},
        )

        async def ready(status):
            while True:
                answer = await http.get("/health/ready")
                if answer.status_code == status:
                    return answer.json()
                await asyncio.sleep(0.05)

        async def submit():
            return await http.post("/api/v1/statement", json=statement("a"))

        # The session by which the node reads stays; none is begun anew.
        wire.rule = lambda sent: "cut" if b"application_name" in sent else "pass"
        serving.start()
        async with asyncio.timeout(60):
            seen = {"away": await ready(503), "refused": await submit()}
            wire.rule = lambda _: "pass"
            seen |= {"back": await ready(200), "kept": await submit()}
        await serving.stop()
        return seen

    seen = run_async(story())

    assert seen["away"]["what"] == "The database cannot be reached."
    assert "intake" in seen["away"]["down"]
    assert seen["refused"].status_code == 503
    assert seen["refused"].headers["retry-after"]
    assert seen["refused"].json()["message"] == "The database cannot be reached."
    assert "intake" not in seen["back"]["down"]
    assert seen["kept"].status_code == 201
    noted = [one for one in caplog.messages if one.startswith("intake")]
    assert noted == ["intake: The database cannot be reached.", "intake goes on"]


@pytest.mark.parametrize("word", [b"COMMIT", b"UPDATE checkpoint"])
@pytest.mark.parametrize("what", ["cut", "swallow"])
def test_a_publisher_whose_database_is_lost_begins_again_where_it_was(wired, what, word):
    node, wire = wired
    key = node.signer().verifier
    for number in range(ROUNDS):
        journal = Journal(node.journal)
        append(node, journal, 3, f"{number}")
        with pytest.raises(Lost), publishing(node, journal):
            publisher = Publisher(node, journal)
            wire.rule = once(what, word)
            publisher.beat()
            journal.size()  # a commit that was only not heard of is noticed, at the latest, here
        journal.close()
        again(node)
        assert published_checkpoint(node, key).size == 3 * (number + 1)
        assert check.check(node).waiting == 0
    tally("publisher's database lost", ROUNDS, ROUNDS)


def again(node):
    """As the publishing process does: stand by until the lock is free, then go on."""
    deadline = time.monotonic() + 120
    while True:
        journal = Journal(node.journal)
        try:
            with publishing(node, journal):
                Publisher(node, journal).beat()
        except Unavailable:  # the server has not noticed yet that the first session is gone
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return
        finally:
            journal.close()


@pytest.fixture
def stored(object_store, tmp_path, monkeypatch):
    """A node whose every word to its object store goes over a wire that can fail."""
    wire = Wire(object_store.port)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{wire.port}")
    node = new_node(tmp_path / "node", "", object_store.place())
    log_of(node)  # its client takes the address from the environment now
    journal = Journal(node.journal)
    platforms.add(journal, "Foro", Profile())
    yield node, journal, wire
    journal.close()
    wire.close()


def test_a_store_that_answers_500_is_asked_again_and_then_waited_for(stored):
    node, journal, wire = stored
    publisher = Publisher(node, journal)
    tried = 0
    for number, word in enumerate([b"PUT", b"tile/0", b"tile/entries", b"checkpoint", b"GET"]):
        append(node, journal, 130, f"a{number}")
        wire.rule = once(HTTP_500, word)  # a hiccup nobody notices
        publisher.beat()
        append(node, journal, 3, f"b{number}")
        wire.rule = lambda sent, word=word: HTTP_500 if word in sent else "pass"
        with pytest.raises(Unavailable, match="object store"):
            publisher.beat()
        wire.rule = lambda _: "pass"
        publisher.beat()
        assert check.check(node).waiting == 0
        tried += 2
    tally("object store answers 500", tried, tried)


def test_a_store_that_shows_an_old_state_cannot_lead_back(stored):
    """A stale read of the checkpoint: nothing older is put out, and nothing is signed twice."""
    node, journal, wire = stored
    store = log_of(node)
    publisher = Publisher(node, journal)
    append(node, journal, 3, "a")
    publisher.beat()
    old = store.read("checkpoint")
    append(node, journal, 3, "b")
    publisher.beat()
    stale = (
        b'HTTP/1.1 200 OK\r\ncontent-length: %d\r\netag: "0123"\r\n'
        b"last-modified: Wed, 21 Oct 2026 07:28:00 GMT\r\nconnection: close\r\n\r\n" % len(old)
    ) + old

    wire.rule = lambda sent: (
        stale
        if sent.startswith(b"GET") and b"/log/checkpoint " in sent.split(b"\r\n")[0] + b" "
        else "pass"
    )
    append(node, journal, 3, "c")
    with pytest.raises(Unavailable, match="does not agree"):
        publisher.beat()
    assert published_checkpoint(node, node.signer().verifier).size == 3  # what it shows
    with pytest.raises(AmparoError):  # nor does a restart in the middle of it
        Publisher(node, journal).beat()
    wire.rule = lambda _: "pass"
    Publisher(node, journal).beat()

    assert published_checkpoint(node, node.signer().verifier).size == 9
    assert check.check(node).waiting == 0
    tally("object store shows an old state", 1, 1)


@pytest.mark.parametrize("jump", [-86_400 * 365, -3600, -5, 5, 3600, 86_400 * 365])
def test_a_clock_that_jumps_and_comes_back_forks_nothing_and_loses_nothing(fresh, jump):
    outside = fresh()
    node = outside.node
    journal = Journal(node.journal)
    now = [time.time()]
    with publishing(node, journal):
        publisher = Publisher(node, journal, clock=lambda: now[0])
        for leap in (0, jump, 0):
            now[0] = time.time() + leap
            outside.acknowledged |= append(node, journal, 3, f"{leap}-{len(outside.acknowledged)}")
            try:
                publisher.beat()
            except Unavailable as error:
                if "clock" not in error.what:
                    raise
            outside.look()
        now[0] = time.time() + max(jump, 0) + 1  # set right again, or time has gone by
        publisher.beat()
    journal.close()
    outside.look()
    outside.judge()
    tally("clock forwards and backwards", 1, 1)
