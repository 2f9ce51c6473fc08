"""Whether a node still holds what it has signed: a short look at each start, all of it each day.

The look takes two seconds at most, however large the log: the names and sizes of its files, as many
pages of the journal, and as many bundles of entries as there is time for, the newest always and the
others by chance. The daily check is `check` in a process of its own, at the lowest priority and a
quarter of the time at work; publishing and clocks go on meanwhile.

Files of the log that are missing are made anew from the journal; whatever differs is told and left
as it is. That the node's secret is the one that the journal was made with is seen by a keyed digest
of a fixed text, which says nothing about the secret.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import hashlib
import hmac
import logging
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from amparo.errors import AmparoError, Missing, Unavailable, Unsound
from amparo.ledger.log import check as checks
from amparo.ledger.log.publish import published_checkpoint
from amparo.ledger.log.rebuild import rebuild, signed_tree
from amparo.storage.blobs import Folder, log_of
from amparo.storage.journal import Journal
from amparo.storage.node import Node, open_node
from amparo.storage.sqlite import Sqlite
from amparo.tlog.merkle import HASH_SIZE
from amparo.tlog.tile import ENTRIES, HEIGHT, WIDTH, Tile

LOOK_SECONDS = 2.0
ALWAYS_BUNDLES = 4
DAY_SECONDS = 24 * 3600
FIRST_SECONDS = 3600
"""The first full check comes so long after a node's first start."""
LOOK_AGAIN_SECONDS = 1.0
PAGES_SECONDS = 10.0
LOWEST_PRIORITY = 19
REST = 3.0
"""Seconds of rest for each second of work in a full check."""
RESULT, BEGUN, SECRET = "check.result", "check.begun", "check.secret"
_IN_FOLDER = 1000
logger = logging.getLogger("amparo")


class Result(msgspec.Struct, frozen=True):
    """What a full check came to."""

    at: int
    """POSIX seconds at which it ended."""
    ok: bool
    entries: int = 0
    files: int = 0
    what: str = ""
    """What was found, and what was done about it; empty where nothing was."""
    why: str = ""


class Looked(NamedTuple):
    """What a short look saw."""

    bundles: int
    of: int
    pages: bool
    """Whether every page of the journal was read."""
    missing: str
    """A file of the log that is missing; empty where none was found missing."""


def check_secret(node: Node, journal: Journal) -> None:
    """Raise `Unsound` where the node's secret is another than the journal was made with."""
    known = journal.setting(SECRET)
    if known is not None and not hmac.compare_digest(known, _mark(node)):
        raise Unsound(
            "The node's secret is not the one that its journal was made with.",
            why=f"{node.secret_file} was replaced, or the journal is of another node: a PUID that "
            "is known would be taken a second time, and nobody who is suspended recognised",
            fix="Put keys/node.secret back from a backup. If it is lost for ever, take the new one "
            "with `amparo log check --accept-secret`.",
        )


def remember_secret(node: Node, journal: Journal, *, accept: bool = False) -> None:
    """Keep what the node's secret is known by: of the first one, or (`accept`) of another."""
    if accept or journal.setting(SECRET) is None:
        with journal.transaction():
            journal.set(SECRET, _mark(node))


def look(node: Node, journal: Journal, seconds: float = LOOK_SECONDS) -> Looked:
    """Look at a log and its journal for so many seconds; `Unsound` where something differs."""
    begun = time.monotonic()
    public = published_checkpoint(node, node.signer().verifier)
    if public is None or not 0 < public.size <= journal.size():
        return Looked(0, 0, pages=False, missing="")  # whoever publishes says what is wrong then
    missing = _missing_file(node, public.size, begun + seconds * 0.4)
    db = journal.db
    pages = not isinstance(db, Sqlite) or db.read_pages(seconds * 0.3)
    seen, bundles = 0, -(-public.size // WIDTH)
    for number in _by_chance(bundles):
        if seen >= ALWAYS_BUNDLES and time.monotonic() > begun + seconds:
            break
        try:
            checks.check_bundle(node, journal, number, public)
        except Missing as error:
            missing = missing or error.why
        seen += 1
    return Looked(seen, bundles, pages, missing)


def mend(node: Node, journal: Journal) -> None:
    """Make files of the log that are missing anew from the journal, once it gives the root."""
    committed = signed_tree(node, journal)
    if committed is not None:
        rebuild(node, journal, committed, only_missing=True)


def last(journal: Journal) -> Result | None:
    """What the last full check came to; None before the first."""
    encoded = journal.setting(RESULT)
    return None if encoded is None else msgspec.json.decode(encoded, type=Result)


class Daily:
    """The full check, once a day; for whoever publishes: there is one, on however many hosts."""

    def __init__(self, node: Node, journal: Journal) -> None:
        self._node = node
        self._journal = journal
        self._process: subprocess.Popen[bytes] | None = None
        self._looked_at = 0.0
        self.last = last(journal)

    def look(self) -> Result | None:
        """Begin one if it is time, and keep what came of it; the last result.

        What stands in its way, as a full disk, stands in the way of nothing else.
        """
        try:
            self._go_on()
        except (Unavailable, OSError) as error:
            logger.warning("the daily check: %s", error)
        return self.last

    def _go_on(self) -> None:
        if self._process is not None:
            if self._process.poll() is not None:
                done, self._process = self._process, None
                self._keep(done)
        elif time.monotonic() >= self._looked_at + LOOK_AGAIN_SECONDS:
            self._looked_at = time.monotonic()
            if self._is_due(int(time.time())):
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "amparo.ledger.log.selfcheck", str(self._node.folder)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )

    def stop(self) -> None:
        """End one that runs; it is begun again another time."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def _is_due(self, now: int) -> bool:
        begun = self._journal.setting(BEGUN)
        # Also where it was begun long after now: then the clock was ahead.
        due = begun is not None and abs(now - int(begun)) >= DAY_SECONDS
        if begun is None or due:
            with self._journal.transaction():
                self._journal.set(BEGUN, str(now if due else now - DAY_SECONDS + FIRST_SECONDS))
        return due

    def _keep(self, process: "subprocess.Popen[bytes]") -> None:
        output, _ = process.communicate()
        try:
            result = msgspec.json.decode(output, type=Result)
        except (msgspec.DecodeError, UnicodeDecodeError):  # it was killed: tomorrow again
            logger.warning("the daily check ended before its time (%d)", process.returncode)
            return
        self.last = result
        with self._journal.transaction():
            self._journal.set(RESULT, msgspec.json.encode(result).decode())


def full(node: Node) -> Result:
    """Check all of it, slowly; what is missing of the log's files is made anew."""
    with contextlib.closing(Journal(node.journal, read_only=True)) as journal:
        try:
            check_secret(node, journal)
            if isinstance(journal.db, Sqlite):
                journal.db.read_pages(PAGES_SECONDS)
            try:
                return _checked(node)
            except Missing as error:
                mend(node, journal)
                return msgspec.structs.replace(
                    _checked(node),
                    what="A file of the log was missing, and was made anew.",
                    why=error.why,
                )
        except AmparoError as error:
            return Result(int(time.time()), ok=False, what=error.what, why=error.why)


def main() -> int:
    """Check the node in the folder given, and print the result as JSON; ends with its parent."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.nice(LOWEST_PRIORITY)
    result = full(open_node(Path(sys.argv[1])))
    sys.stdout.buffer.write(msgspec.json.encode(result))
    sys.stdout.buffer.flush()
    return 0


def _checked(node: Node) -> Result:
    worked_since = time.monotonic()

    def rest(_done: int, _total: int | None) -> None:
        nonlocal worked_since
        time.sleep(REST * (time.monotonic() - worked_since))
        worked_since = time.monotonic()

    report = checks.check(node, rest)
    return Result(int(time.time()), ok=True, entries=report.entries, files=report.files)


def _mark(node: Node) -> str:
    return hmac.new(node.secret(), b"amparo.secret.check.v1", hashlib.sha256).hexdigest()


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)


def _by_chance(bundles: int) -> Iterator[int]:
    """Numbers of bundles: the newest first, then any of the others, none twice."""
    newest = max(0, bundles - ALWAYS_BUNDLES)
    yield from range(bundles - 1, newest - 1, -1)
    yield from random.sample(range(newest), min(newest, 20_000))


def _missing_file(node: Node, size: int, until: float) -> str:
    """A full tile or bundle that is not there; `Unsound` where one has not its size.

    Only where files lie in a folder: an object store would answer one by one, and over a network.
    """
    store = log_of(node)
    if not isinstance(store, Folder):
        return ""
    for first, count in _folders(size):
        if time.monotonic() > until:
            break
        there = store.sizes(first.path.rpartition("/")[0])
        for number in range(first.number, first.number + count):
            tile = Tile(first.level, number)
            found = there.get(f"{number % _IN_FOLDER:03d}")
            if found is None:
                return tile.path
            if (tile.level != ENTRIES and found != WIDTH * HASH_SIZE) or found < 2 * WIDTH:
                raise Unsound(
                    "A file of the log is damaged.",
                    why=f"{tile.path} has {found} bytes",
                    fix="Keep a copy, and make it anew with `amparo log check --rebuild`.",
                )
    return ""


def _folders(size: int) -> Iterator[tuple[Tile, int]]:
    """The first full tile of each folder, and how many are to be in it; the newest first."""
    for level in range(ENTRIES, 64):
        full_tiles = (size >> (HEIGHT * max(level, 0))) // WIDTH
        if not full_tiles:
            return
        for first in range((full_tiles - 1) // _IN_FOLDER * _IN_FOLDER, -1, -_IN_FOLDER):
            yield Tile(level, first), min(_IN_FOLDER, full_tiles - first)


if __name__ == "__main__":
    sys.exit(main())
