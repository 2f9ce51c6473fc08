"""Fetching daily dumps from the site that publishes them: resumed, checked, at a polite rate.

A file is fetched beside its place as `NAME.part`, from where an earlier try ended, together with
the SHA-1 published beside it; it gets its name only when it is whole. Redirects are followed: the
site sends on to a store whose addresses change.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from amparo.errors import Missing, Unavailable, Unsound

SITE = "https://transparency.dsa.ec.europa.eu/explore-data/download"
PAUSE_SECONDS = 1.0
TIMEOUT_SECONDS = 60.0
Advance = Callable[[int, int | None], None]


def addresses(
    first: date, last: date, *, slug: str = "global", version: str = "full", site: str = SITE
) -> Iterator[str]:
    """The addresses of a range of days."""
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        yield f"{site.rstrip('/')}/sor-{slug}-{day}-{version}.zip"


def fetch(url: str, folder: Path, advance: Advance = lambda *_: None) -> Path:
    """Fetch one dump and its digest into a folder; its path. What is there is not fetched again."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / Path(urlsplit(url).path).name
    with httpx2.Client(timeout=TIMEOUT_SECONDS, follow_redirects=True) as client:
        listed = _digest(client, f"{url}.sha1")
        if target.is_file():
            return target
        part = target.with_name(f"{target.name}.part")
        try:
            _download(client, url, part, advance)
        except httpx2.HTTPError as error:
            raise Unavailable(
                f"{target.name} was not fetched whole.",
                why=f"{url}: {error}",
                fix="Run the same command again: it goes on where it stopped.",
            ) from None
    if listed is not None:
        _check(part, listed)
        target.with_name(f"{target.name}.sha1").write_text(f"{listed}  {target.name}")
    part.rename(target)
    time.sleep(PAUSE_SECONDS)
    return target


def _download(client: httpx2.Client, url: str, part: Path, advance: Advance) -> None:
    done = part.stat().st_size if part.exists() else 0
    headers = {"range": f"bytes={done}-"} if done else {}
    with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code in (403, 404):
            raise Missing(
                "There is no such dump.",
                why=f"{url} answers {answer.status_code}",
                fix="A day is published from the next morning on; look at its name and date.",
            )
        if answer.status_code == 416:  # the part is whole already
            return
        answer.raise_for_status()
        if answer.status_code != 206:
            done = 0
        length = answer.headers.get("content-length")
        total = done + int(length) if length else None
        with part.open("ab" if done else "wb") as file:
            for block in answer.iter_bytes(1024 * 1024):
                file.write(block)
                done += len(block)
                advance(done, total)


def _digest(client: httpx2.Client, url: str) -> str | None:
    try:
        answer = client.get(url)
    except httpx2.HTTPError as error:
        raise Unavailable(
            "The site cannot be reached.", why=f"{url}: {error}", fix="Try again later."
        ) from None
    words = answer.text.split() if answer.status_code == 200 else []
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
