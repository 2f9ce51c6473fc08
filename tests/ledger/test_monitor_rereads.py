"""What was verified once is read again: each kind of later damage is found, named, and can end."""

import shutil

import pytest
from tests.ledger.test_monitor import AT, WITNESS, entries, kinds, look, put, watched
from tests.log_server import serving

from amparo.coalition.trusted_log import LASTING, LogState
from amparo.ledger.coalition import monitor
from amparo.ledger.coalition.monitor import Look
from amparo.ledger.coalition.monitor_state import MonitorState
from amparo.tlog import edge, reread
from amparo.tlog.tile import MOST_BUNDLE_BYTES, WIDTH

SIZE = 3 * WIDTH + 20
"""Three full bundles and a part of one; two levels of tiles."""


def flipped(body):
    return body[:41] + bytes([body[41] ^ 1]) + body[42:]


DAMAGE = {
    "a byte of a full bundle": ("tile/entries/001", flipped, "damaged"),
    "a full bundle cut": ("tile/entries/001", lambda body: body[:-3], "damaged"),
    "a full bundle with more behind it": ("tile/entries/001", lambda b: b + b"\0\1x", "damaged"),
    "a full bundle gone": ("tile/entries/001", None, "missing"),
    "a page for a full bundle": ("tile/entries/001", lambda _: b"<!doctype html>", "damaged"),
    "two entries changed places": (
        "tile/entries/002",
        lambda body: body[len(body) // 2 :] + body[: len(body) // 2],
        "damaged",
    ),
    "a byte of the unfinished bundle": ("tile/entries/003.p/20", flipped, "damaged"),
    "the unfinished bundle gone": ("tile/entries/003.p/20", None, "missing"),
    "a byte of a full tile": ("tile/0/000", flipped, "damaged"),
    "a full tile gone": ("tile/0/000", None, "missing"),
    "a full tile cut": ("tile/0/000", lambda body: body[:-32], "damaged"),
    "a byte of the unfinished tile": ("tile/0/003.p/20", flipped, "damaged"),
    "a byte of the tile above": ("tile/1/000.p/3", flipped, "damaged"),
    "the tile above gone": ("tile/1/000.p/3", None, "missing"),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_each_kind_of_later_damage_is_found_by_its_file_and_ends_when_it_is_mended(tmp_path, how):
    path, change, kind = DAMAGE[how]
    put(tmp_path, entries(SIZE))
    state = look(tmp_path).state
    whole = (tmp_path / path).read_bytes()
    (tmp_path / path).unlink()
    if change is not None:
        (tmp_path / path).write_bytes(change(whole))

    found = look(tmp_path, state)
    again = look(tmp_path, found.state)
    (tmp_path / path).write_bytes(whole)
    mended = look(tmp_path, again.state)

    [fault] = found.faults
    assert (fault.kind, fault.key, path in fault.why) == (kind, path, True)
    assert [(one.kind, one.key) for one in again.faults] == [(kind, path)]
    assert kinds(mended) == []
    assert (kind in LASTING, mended.state.spoilt) == (False, ())


ERROR = (500, "text/plain", b"")


def test_an_old_file_that_answers_with_an_error_is_missing_until_it_comes_again(tmp_path):
    """It ended the look, and was forgotten by the next: such a log was told as sound for ever."""
    put(tmp_path, entries(12 * WIDTH))
    state = look(tmp_path).state

    with serving(tmp_path, {"tile/entries/007": ERROR}.get) as url:
        for _ in range(1000):
            done = look(url, state)
            if done.faults:
                break
        again = look(url, done.state)
    with serving(tmp_path) as url:
        mended = look(url, again.state)

    for found in (done, again):
        [fault] = found.faults
        assert (fault.kind, fault.key) == ("missing", "tile/entries/007")
        assert f"{fault.key}: it answered 500" in fault.why
    assert again.state.spoilt == (7,)
    assert (mended.faults, mended.state.spoilt) == ([], ())


def test_an_old_file_larger_than_any_can_be_is_damaged_and_the_look_goes_on(tmp_path):
    put(tmp_path, entries(2 * WIDTH))
    state = look(tmp_path, LogState()).state
    large = (200, "application/octet-stream", bytes(MOST_BUNDLE_BYTES + 1))

    with serving(tmp_path, {"tile/entries/001": large}.get) as url:
        one = watched(url, f"witness w {WITNESS.cosigner.vkey}\nquorum w\n")
        done = Look(one, state, now=AT)

    assert [(fault.kind, fault.key) for fault in done.faults] == [
        ("damaged", "tile/entries/001"),
        ("unwitnessed", ""),
    ]
    assert done.state.spoilt == (1,)


def test_where_no_old_file_comes_the_log_cannot_be_reached_and_no_file_is_accused(tmp_path):
    put(tmp_path, entries(2 * WIDTH))
    state = look(tmp_path).state

    with serving(tmp_path, lambda path: ERROR if path != "checkpoint" else None) as url:
        done = look(url, state)

    assert [(fault.kind, fault.key) for fault in done.faults] == [("unreachable", "files")]
    assert done.state.spoilt == ()


def test_of_a_large_log_a_look_reads_a_few_and_what_was_damaged_at_every_look(
    tmp_path, monkeypatch
):
    """Until it is found by chance it may take many looks; from then on, none is left out."""
    put(tmp_path, entries(40 * WIDTH))
    state = look(tmp_path).state
    damaged = tmp_path / "tile/entries/017"
    damaged.write_bytes(flipped(damaged.read_bytes()))
    read, real = [], monitor.reread.entries_at

    def counted(*given):
        read.append(given[1])
        return real(*given)

    monkeypatch.setattr(monitor.reread, "entries_at", counted)
    looks = 0
    while not kinds(done := look(tmp_path, state)):
        looks += 1
        assert looks < 1000
    assert len(read) == (looks + 1) * monitor.REREAD
    read.clear()
    for _ in range(3):
        done = look(tmp_path, done.state)
        assert kinds(done) == ["damaged"]
    assert read.count(17) == 3
    assert len(read) <= 3 * (monitor.REREAD + 1)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 65_536, 65_546])
def test_every_bundle_of_every_size_can_be_reached_from_the_edge_alone(size):
    leaves = [b"%d" % n for n in range(size)]
    grown, tiles = edge.grow(edge.Edge(), leaves)

    def read(tile, check):
        return check(tiles[tile], tile.width)

    last = reread.bundles(size) - 1
    for number in {0, last // 2, last}:
        found = reread.entries_at(grown, number, read)
        assert found == leaves[number * WIDTH : (number + 1) * WIDTH]


def test_a_fuller_bundle_does_for_an_unfinished_one_that_was_tidied_away(tmp_path):
    put(tmp_path, entries(20))
    state = look(tmp_path).state
    kept = (tmp_path / "checkpoint").read_bytes()
    put(tmp_path, entries(WIDTH))
    shutil.rmtree(tmp_path / "tile/entries/000.p")
    shutil.rmtree(tmp_path / "tile/0/000.p")
    (tmp_path / "checkpoint").write_bytes(kept)

    assert kinds(look(tmp_path, state)) == []


def test_another_log_or_a_page_at_the_address_is_over_when_the_log_is_back(tmp_path):
    """Nothing is known of the log meanwhile: what was open stays open, and nothing is added."""
    folder = tmp_path / "log"
    put(folder, entries(SIZE))
    one = watched(folder)
    kept = MonitorState(tmp_path / "monitor", [one])
    right = (folder / "checkpoint").read_bytes()

    def at(now):
        done = Look(one, kept.state(one), now=now)
        kept.keep(one, done.state, done.faults, now)
        return [(fault.kind, fault.why) for fault in kept.open_faults()]

    assert at(AT) == []
    (folder / "tile/0/000").rename(folder / "tile/0/away")
    assert [kind for kind, _ in at(AT + 60)] == ["missing"]
    (folder / "checkpoint").write_text("<html>Sign in to the hotel's network</html>")
    assert [kind for kind, _ in at(AT + 120)] == ["missing", "unreadable"]
    (folder / "checkpoint").write_bytes(right.replace(b"log.example/1", b"log.example/2"))
    [*others, (kind, why)] = at(AT + 180)
    assert [*(other for other, _ in others), kind] == ["missing", "unreadable", "not_this_log"]
    assert "log.example/2" in why
    (folder / "tile/0/away").rename(folder / "tile/0/000")
    (folder / "checkpoint").write_bytes(right)
    assert at(AT + 240) == []
    kept.close()
