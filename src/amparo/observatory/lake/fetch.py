"""Fetching daily dumps from the site that publishes them: resumed, checked, at a polite rate.

A file is fetched beside its place as `NAME.part`, from where an earlier try ended, together with
the SHA-1 published beside it; it gets its name only when it is whole. How a site is asked is handed
in: it has to follow redirects, since the site sends on to a store whose addresses change.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from amparo.errors import Missing, Unavailable, Unsound

SITE = "https://transparency.dsa.ec.europa.eu/explore-data/download"
PAUSE_SECONDS = 1.0
MOST_DIGEST_BYTES = 4096
MOST_DUMP_BYTES = 256 << 30
MOST_AGGREGATE_BYTES = 256 << 20
"""It is read as a whole; a real one has a few megabytes."""
Advance = Callable[[int, int | None], None]


class Arriving(Protocol):
    """An answer whose body is still to come."""

    @property
    def status(self) -> int:
        """Of HTTP."""

    @property
    def headers(self) -> Mapping[str, str]:
        """By name in lower case."""

    @property
    def pieces(self) -> Iterator[bytes]:
        """The body as it comes; `Unavailable` when it ends too early."""


class Ask(Protocol):
    """What asks a site for a file; `Unavailable` where nothing is answered in time."""

    def __call__(
        self, url: str, *, headers: Mapping[str, str], most_bytes: int
    ) -> AbstractContextManager[Arriving]:
        """Ask for a file of so many bytes at most."""


def addresses(
    first: date, last: date, *, slug: str = "global", version: str = "full", site: str = SITE
) -> Iterator[str]:
    """The addresses of a range of days."""
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        yield f"{site.rstrip('/')}/sor-{slug}-{day}-{version}.zip"


def fetch(url: str, folder: Path, ask: Ask, advance: Advance = lambda *_: None) -> Path:
    """Fetch one dump and its digest into a folder; its path. What is there is not fetched again."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / Path(urlsplit(url).path).name
    listed = _digest(ask, f"{url}.sha1")
    if target.is_file():
        return target
    part = target.with_name(f"{target.name}.part")
    try:
        _download(ask, url, part, advance)
    except Unavailable as error:
        raise Unavailable(
            f"{target.name} was not fetched whole.",
            why=error.why,
            fix="Run the same command again: it goes on where it stopped.",
        ) from None
    if listed is not None:
        _check(part, listed)
        target.with_name(f"{target.name}.sha1").write_text(f"{listed}  {target.name}")
    part.rename(target)
    time.sleep(PAUSE_SECONDS)
    return target


def _download(ask: Ask, url: str, part: Path, advance: Advance) -> None:
    done = part.stat().st_size if part.exists() else 0
    headers = {"range": f"bytes={done}-"} if done else {}
    most = MOST_AGGREGATE_BYTES if part.name.startswith("aggregates-") else MOST_DUMP_BYTES
    with ask(url, headers=headers, most_bytes=most) as answer:
        if answer.status in (403, 404):
            raise Missing(
                "There is no such dump.",
                why=f"{url} answers {answer.status}",
                fix="A day is published from the next morning on; look at its name and date.",
            )
        if answer.status == 416:  # the part is whole already
            return
        if answer.status not in (200, 206):
            raise Unavailable(
                "The site does not give the file.",
                why=f"{url} answers {answer.status}",
                fix="Try again later.",
            )
        if answer.status != 206:
            done = 0
        length = answer.headers.get("content-length", "")
        total = done + int(length) if length.isdecimal() else None
        with part.open("ab" if done else "wb") as file:
            for block in answer.pieces:
                file.write(block)
                done += len(block)
                advance(done, total)


def _digest(ask: Ask, url: str) -> str | None:
    try:
        with ask(url, headers={}, most_bytes=MOST_DIGEST_BYTES) as answer:
            if answer.status != 200:
                return None
            body = b""
            for piece in answer.pieces:
                body = (body + piece)[:MOST_DIGEST_BYTES]
    except Unavailable as error:
        raise Unavailable(
            "The site cannot be reached.", why=error.why, fix="Try again later."
        ) from None
    words = body.decode("ascii", "replace").split()
    return words[0].lower() if words and len(words[0]) == 40 else None


def _check(part: Path, listed: str) -> None:
    found = hashlib.sha1(usedforsecurity=False)
    with part.open("rb") as file:
        while block := file.read(4 * 1024 * 1024):
            found.update(block)
    if found.hexdigest() != listed:
        part.unlink()
        raise Unsound(
            "What was fetched is not what was published.",
            why=f"its SHA-1 is {found.hexdigest()}, the one published is {listed}",
            fix="Run the same command again; if it stays so, the file was replaced meanwhile.",
        )
