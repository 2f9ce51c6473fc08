"""A lake that changes while it is looked at: figures at once, waves and silences when searched."""

import asyncio
import shutil
from importlib.resources import files

import pytest
from tests.conftest import run_async

from amparo.errors import Malformed
from amparo.observatory import findings
from amparo.web.http import observatory_cache
from amparo.web.http.observatory_cache import Looking


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(observatory_cache, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(observatory_cache, "FRESH_SECONDS", 0.0)


def change(lake, body=None):
    (lake / "daily").mkdir(exist_ok=True, parents=True)
    target = lake / "daily" / "x-2026-01-10.parquet"
    if body is None:
        shutil.copy(str(files("amparo.observatory") / "data" / "tdb_daily.parquet"), target)
    else:
        target.write_bytes(body)
    return target


PATIENCE = 6_000
"""Tenths of a second: a search has the lowest priority, and waits for whatever else goes on."""


async def searched(one):
    for _ in range(PATIENCE):
        if (await one.state()).is_searched:
            break
        await asyncio.sleep(0.1)
    return await one.state()


def run(story, lake):
    async def told():
        one = Looking(lake)
        try:
            await story(one)
        finally:
            await one.close()

    run_async(told())


def test_what_ships_needs_no_search(tmp_path):
    async def story(one):
        state = await one.state()

        assert state.is_searched
        assert state.findings == findings.shipped()

    run(story, tmp_path)


def test_a_lake_is_shown_at_once_and_searched_by_another_process(tmp_path):
    async def story(one):
        before = await one.state()
        change(tmp_path)
        at_once = await one.state()
        after = await searched(one)

        assert at_once.files != before.files
        assert not at_once.is_searched
        assert at_once.findings == findings.shipped()
        assert after.is_searched
        assert after.files == at_once.files
        assert after.findings == findings.shipped()  # the same series, now in the lake

    run(story, tmp_path)


def test_whoever_starts_begins_with_what_the_last_search_of_the_same_lake_found(
    tmp_path, monkeypatch
):
    """A node that was restarted had forgotten its waves for as long as a search takes."""
    change(tmp_path)
    run(searched, tmp_path)
    begun = []
    command = findings.command
    monkeypatch.setattr(findings, "command", lambda lake: begun.append(lake) or command(lake))

    async def at_once(one):
        assert (await one.state()).is_searched

    async def of_an_earlier_lake(one):
        assert not (await one.state()).is_searched

    run(at_once, tmp_path)
    assert begun == []

    moved = tmp_path.rename(tmp_path.with_name("moved"))
    run(at_once, moved)

    change(moved)
    run(of_an_earlier_lake, moved)


@pytest.mark.parametrize("kept", [b"", b"{}", b"\xff", b'{"by":"x","files":[],"findings":{}}'])
def test_a_kept_search_that_cannot_be_read_or_is_others_is_passed_over(tmp_path, kept):
    change(tmp_path)
    (tmp_path / "findings.json").write_bytes(kept)

    async def story(one):
        state = await one.state()
        assert not state.is_searched
        assert state.findings == findings.shipped()
        assert (await searched(one)).is_searched

    run(story, tmp_path)


def test_a_search_that_dies_leaves_what_was_found_before(tmp_path, monkeypatch):
    monkeypatch.setattr(findings, "command", lambda _: ["sh", "-c", "kill -9 $$"])
    change(tmp_path)

    async def story(one):
        state = await one.state()
        await asyncio.sleep(0.5)

        assert (await one.state()).findings == state.findings == findings.shipped()
        assert not (await one.state()).is_searched

    run(story, tmp_path)


def test_a_file_that_cannot_be_read_is_told_and_takes_nothing_from_what_was_shown(tmp_path):
    async def story(one):
        before = await one.state()
        broken = change(tmp_path, b"no parquet")
        assert (await one.state()).findings == before.findings

        fresh = Looking(tmp_path)
        with pytest.raises(Malformed, match=broken.name):
            await fresh.state()
        broken.unlink()
        assert await fresh.state()
        await fresh.close()

    run(story, tmp_path)


def test_a_broken_lake_is_not_opened_again_by_each_who_asks(tmp_path, monkeypatch):
    monkeypatch.setattr(observatory_cache, "FRESH_SECONDS", 60.0)
    change(tmp_path, b"no parquet")
    opened = []

    async def story(one):
        monkeypatch.setattr(one, "_files", lambda: opened.append(1) or ("x",))
        for _ in range(20):
            with pytest.raises(Malformed):
                await one.state()

        assert len(opened) == 1

    run(story, tmp_path)


def test_one_that_keeps_looking_finds_what_comes_though_nobody_asks(tmp_path, monkeypatch):
    """It is not put off by a lake that cannot be read for a while."""
    monkeypatch.setattr(observatory_cache, "LOOK_SECONDS", 0.0)
    broken = change(tmp_path, b"no parquet")

    async def until(is_so):
        for _ in range(PATIENCE):
            if is_so():
                return
            await asyncio.sleep(0.1)

    async def story(one):
        looked, files = [], one._files
        monkeypatch.setattr(one, "_files", lambda: looked.append(1) or files())
        one.keep_looking()
        await until(lambda: len(looked) > 1)
        assert one.newest_waves() == (None, None, None)
        broken.unlink()

        await until(lambda: one.newest_waves().elsewhere is not None)
        assert one.newest_waves().elsewhere in findings.shipped().waves
        assert one.newest_waves().here is None

    run(story, tmp_path)


def test_a_lake_in_which_something_comes_is_searched_when_it_is_whole(tmp_path, monkeypatch):
    begun = []
    command = findings.command
    monkeypatch.setattr(findings, "command", lambda lake: begun.append(lake) or command(lake))

    async def story(one):
        await one.state()
        came = change(tmp_path)
        await one.state()  # and a search is about to begin
        came.rename(came.with_name("x-2026-01-11.parquet"))
        search = one._search
        await search

        assert (begun, (await one.state()).is_searched) == ([], False)
        assert (await searched(one)).is_searched
        assert len(begun) == 1

    run(story, tmp_path)


def test_one_that_keeps_looking_goes_on_after_whatever_went_wrong(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(observatory_cache, "LOOK_SECONDS", 0.0)
    looked = []

    def files():
        looked.append(1)
        if len(looked) < 3:
            raise PermissionError(13, "Permission denied", str(tmp_path))
        return ()

    async def story(one):
        monkeypatch.setattr(one, "_files", files)
        one.keep_looking()
        for _ in range(PATIENCE):
            if one.newest_waves().elsewhere is not None:
                break
            await asyncio.sleep(0.1)

        assert len(looked) >= 3
        assert "Permission denied" in caplog.text

    run(story, tmp_path)


def test_a_search_that_failed_is_tried_again(tmp_path, monkeypatch):
    """A disk may have been full. In between there is a pause, so that it takes half the time."""
    command, tries = findings.command, []

    def fails_once(lake):
        tries.append(lake)
        return ["false"] if len(tries) == 1 else command(lake)

    monkeypatch.setattr(findings, "command", fails_once)
    change(tmp_path)

    async def story(one):
        await one.state()
        await one._search
        for _ in range(5):
            assert not (await one.state()).is_searched
        assert len(tries) == 1

        one._search_from = 0.0  # the pause is over
        assert (await searched(one)).is_searched
        assert len(tries) == 2

    run(story, tmp_path)
