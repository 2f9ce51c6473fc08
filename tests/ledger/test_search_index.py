"""Decisions are found by what is public of them, in an index that may be lost at any time."""

import random
import time
from contextlib import closing
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.errors import Unavailable
from amparo.ledger.log import platforms, search
from amparo.ledger.log.intake import prepare
from amparo.ledger.log.search import FACETS, FILE, Asked
from amparo.record.decision import settle, trim
from amparo.record.event import read_leaf
from amparo.record.rules import Profile
from amparo.record.specimen import specimen

NOON = 1_790_000_000
"""POSIX seconds of the first decision; each comes some hours after the one before."""


@pytest.fixture
def record(node, journal, monkeypatch):
    """record(seed, n): n decisions of two platforms, of every kind there is, over some days."""
    both = [platforms.add(journal, name, Profile()) for name in ("Foro", "Plaza")]
    clock = count(NOON, 5 * 3600)

    def recording(seed, n):
        chance = random.Random(seed)
        for number in range(n):
            made = settle(trim(specimen(chance, f"{seed}-{number}")), "API")
            now = next(clock)
            with monkeypatch.context() as patched:
                patched.setattr(time, "time_ns", lambda now=now: now * 10**9)
                platform = both[chance.randrange(2)]
                [prepared] = prepare([made], platform=platform, secret=node.secret())
            journal.append([[prepared.row]])

    return recording


@pytest.fixture
def recorded(node, journal, record):
    """Sixty decisions."""
    record(7, 60)
    search.make(node, journal)
    return journal


def public_values(entry):
    """All that the leaf of a decision shows, told without the index."""
    public = read_leaf(entry.leaf).public
    found = {public["category"], *public.get("category_addition", [])}
    for name in ("decision_visibility", "content_type"):
        found.update(public.get(name, []))
    for name in ("decision_monetary", "decision_provision", "decision_account"):
        found.add(public.get(name))
    found |= {public[name] for name in ("decision_ground", "source_type", "automated_decision")}
    return found | {f"AUTOMATED_DETECTION_{public['automated_detection'].upper()}"}


def matching(journal, asked):
    """The same search, entry by entry."""
    since, until = asked.since or date.min, asked.until or date.max
    return [
        entry.seq
        for entry in reversed([*journal.events()])
        if entry.n == 1
        and set(asked.values) <= public_values(entry)
        and asked.platform in (None, entry.platform)
        and since <= date.fromisoformat(read_leaf(entry.leaf).at[:10]) <= until
        and (asked.before is None or entry.seq < asked.before)
    ]


def questions(journal):
    days = sorted({date.fromisoformat(read_leaf(e.leaf).at[:10]) for e in journal.events()})
    day = st.none() | st.sampled_from([days[0] - timedelta(1), *days, days[-1] + timedelta(1)])
    return st.builds(
        Asked,
        values=st.lists(
            st.sampled_from([value for values in FACETS.values() for value in values]),
            max_size=2,
            unique=True,
        ).map(tuple),
        platform=st.sampled_from([None, 1, 2, 3]),
        since=day,
        until=day,
        before=st.none() | st.integers(0, 100),
    )


def test_a_search_finds_what_going_through_all_entries_finds(node, recorded):
    @settings(max_examples=300)
    @given(questions(recorded), st.integers(1, 70))
    def agrees(asked, most):
        found = search.find(node, recorded, asked, most=most)
        wanted = matching(recorded, asked)

        assert [entry.seq for entry in found.entries] == wanted[:most]
        assert found.total == len(matching(recorded, asked._replace(before=None)))
        assert found.goes_on == (len(wanted) > most)

    agrees()


def test_every_value_that_a_form_offers_is_told_apart(node, recorded):
    assert len(set(search._BITS.values())) == len(search._VALUES) <= 62


def test_what_came_after_the_index_is_said_to_be_missing(node, recorded, record):
    record(8, 1)

    assert search.find(node, recorded, Asked(), most=100).missing == 1
    search.make(node, recorded)
    assert search.find(node, recorded, Asked(), most=100).missing == 0


def test_before_there_is_an_index_nothing_is_found_and_all_is_missing(node, recorded):
    (node.folder / FILE).unlink()

    found = search.find(node, recorded, Asked(), most=10)
    assert (found.entries, found.total, found.missing) == ([], 0, recorded.size())


@pytest.mark.parametrize("damage", ["lost", "junk", "cut"])
def test_an_index_that_is_gone_or_damaged_is_made_anew(node, recorded, damage):
    whole = search.find(node, recorded, Asked(), most=100)
    path = node.folder / FILE
    for part in node.folder.glob(f"{FILE}-*"):
        part.unlink()
    if damage == "lost":
        path.unlink()
    elif damage == "junk":
        path.write_bytes(b"junk" * 5000)
    else:
        path.write_bytes(path.read_bytes()[:4096])

    search.make(node, recorded)

    assert search.find(node, recorded, Asked(), most=100) == whole


def test_a_damage_that_shows_while_somebody_reads_is_said(node, recorded):
    path = node.folder / FILE
    with closing(search._writing(node, recorded)) as index:
        index.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    body = bytearray(path.read_bytes())
    for page in range(4096 * 2, len(body)):
        body[page] = 0xFF
    path.write_bytes(body)

    with pytest.raises(Unavailable, match="search does not work"):
        search.find(node, recorded, Asked(), most=10)


def test_the_index_of_another_history_is_not_taken(node, recorded, record):
    """A node restored from a backup has other entries under the same numbers."""
    for table in ("event", "puid"):
        recorded.db.execute(f"DELETE FROM {table} WHERE seq >= 50")
    record(9, 30)

    search.make(node, recorded)

    found = search.find(node, recorded, Asked(), most=100)
    assert [entry.seq for entry in found.entries] == matching(recorded, Asked())


def test_an_index_that_does_not_fit_is_not_read_before_it_is_made_anew(
    node, recorded, record, monkeypatch
):
    """Of another history, or of a version that has other values at the same bits."""
    with monkeypatch.context() as newer:
        newer.setattr(search, "_VALUES", search._VALUES[::-1])
        assert search.find(node, recorded, Asked(), most=100).missing == 60

    for table in ("event", "puid"):
        recorded.db.execute(f"DELETE FROM {table} WHERE seq >= 50")
    record(9, 30)
    found = search.find(node, recorded, Asked(), most=100)
    assert (found.entries, found.total, found.missing) == ([], 0, 80)


def test_a_search_of_too_much_goes_through_the_newest_and_says_so(node, recorded, monkeypatch):
    monkeypatch.setattr(search, "MOST_LOOKED_THROUGH", 19)

    found = search.find(node, recorded, Asked(), most=100)

    assert (found.total, found.left_out) == (20, True)
    assert search.find(node, recorded, Asked(before=45), most=100).left_out


def test_one_process_keeps_the_index_and_another_takes_over(node, recorded, record):
    """Front ends of one folder: the second waits, and goes on when the first one has ended."""
    first, second = search.Indexing(node), search.Indexing(node)
    first.thread.start()
    second.thread.start()
    record(10, 1)
    wait_until_copied(node, recorded)
    first.thread.stop()
    record(11, 1)
    wait_until_copied(node, recorded)
    second.thread.stop()

    assert [first.thread.trouble, second.thread.trouble] == [None, None]
    assert search.find(node, recorded, Asked(), most=1).total == 62


def test_an_index_that_is_deleted_while_it_is_kept_comes_back(node, recorded):
    keeping = search.Indexing(node)
    keeping.thread.start()
    wait_until_copied(node, recorded)
    for part in node.folder.glob(f"{FILE}*"):
        part.unlink()

    wait_until_copied(node, recorded)
    keeping.thread.stop()


def wait_until_copied(node, journal):
    deadline = time.monotonic() + 60
    while search.find(node, journal, Asked(), most=1).missing:
        assert time.monotonic() < deadline, "the index was not made"
        time.sleep(0.05)
