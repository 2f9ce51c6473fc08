"""Auditing anybody's tlog-tiles log, by address or folder, trusting nothing but its key.

Every entry bundle that the checkpoint implies is read, every tile is computed from the entries and
compared with the one served, and the root must be the one that was signed.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx2

from amparo.errors import Missing, Unavailable, Unsound
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import edge as edges
from amparo.tlog import note
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.edge import Edge
from amparo.tlog.tile import (
    ENTRIES,
    MOST_BUNDLE_BYTES,
    WIDTH,
    Tile,
    cut,
    entries_of,
    implied,
    width_at,
)

Fetch = Callable[[str], bytes | None]
"""A path below the log's prefix -> its body, or None if there is no such file."""

AT_ONCE = 8
TIMEOUT_SECONDS = 30.0


class Report(NamedTuple):
    """What was looked at."""

    origin: str
    entries: int
    files: int


def audit(
    place: str, vkey: str, advance: Callable[[int, int | None], None] = lambda *_: None
) -> Report:
    """Audit the log at `place` (a folder, or an address that begins with http)."""
    key = note.Ed25519Verifier.from_vkey(vkey)
    with _fetcher(place) as fetch:
        raw = fetch("checkpoint")
        if raw is None:
            raise Missing(
                "There is no log there.",
                why=f"{place} has no file `checkpoint`",
                fix="Name the log's prefix, as in https://node.example/log.",
            )
        signed = checkpoints.open_checkpoint(raw, origin=key.name, keys=[key])
        compared = _recompute(signed, fetch, advance)
    return Report(signed.origin, signed.size, compared)


def _recompute(signed: Checkpoint, fetch: Fetch, advance: Callable[[int, int | None], None]) -> int:
    edge = Edge()
    bundles = -(-signed.size // WIDTH)
    total = sum(1 for _ in implied(signed.size))
    compared = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for first in range(0, bundles, AT_ONCE):
            places = [
                Tile(ENTRIES, n, width_at(ENTRIES, n, signed.size))
                for n in range(first, min(first + AT_ONCE, bundles))
            ]
            bodies = pool.map(lambda place: _bundle(fetch, place), places)
            entries = [entry for body in bodies for entry in body]
            edge, tiles = edges.grow(edge, entries)
            wanted = [
                tile
                for tile in tiles
                if tile.level != ENTRIES
                and tile.width == width_at(tile.level, tile.number, signed.size)
            ]
            for tile, served in zip(
                wanted, pool.map(lambda tile: _tile(fetch, tile), wanted), strict=True
            ):
                if served != tiles[tile]:
                    raise Unsound(
                        "The log serves a tile that its entries do not give.",
                        why=f"{tile.path} differs from what the entries hash to",
                        fix="Keep the tile, the bundle and the checkpoint as evidence.",
                    )
            compared += len(places) + len(wanted)
            advance(compared, total)
    if edge.root() != signed.root:
        raise Unsound(
            "The log's entries do not give the root that it signed.",
            why=f"recomputing {signed.size} entries leads to another root",
            fix="Keep the checkpoint and the bundles as evidence.",
        )
    return compared + 1


def _bundle(fetch: Fetch, place: Tile) -> list[bytes]:
    body = fetch(place.path)
    if body is not None:
        return entries_of(body, place.width)
    full = fetch(place._replace(width=WIDTH).path)
    if full is None:
        raise _missing(place)
    return entries_of(full, WIDTH)[: place.width]


def _tile(fetch: Fetch, place: Tile) -> bytes:
    body = fetch(place.path)
    if body is None:
        body = fetch(place._replace(width=WIDTH).path)
    if body is None:
        raise _missing(place)
    return cut(body, place.width)


@contextmanager
def _fetcher(place: str) -> Iterator[Fetch]:
    """What reads a log's files, from a folder or an address."""
    place = place.rstrip("/")
    if place.startswith(("http://", "https://")):
        with httpx2.Client(timeout=TIMEOUT_SECONDS, follow_redirects=True) as client:
            yield functools.partial(_from_address, client, place)
    elif Path(place).is_dir():
        yield functools.partial(_from_folder, Path(place))
    else:
        raise Missing(
            "There is no log there.",
            why=f"{place} is neither a folder nor an address",
            fix="Name a folder, or an address that begins with http:// or https://.",
        )


def _from_folder(folder: Path, path: str) -> bytes | None:
    try:
        return (folder / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _from_address(client: httpx2.Client, place: str, path: str) -> bytes | None:
    try:
        with client.stream("GET", f"{place}/{path}") as answer:
            if answer.status_code in (403, 404, 410):
                return None
            answer.raise_for_status()
            body = bytearray()
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > MOST_BUNDLE_BYTES:
                    raise Unsound(
                        "The log serves a file larger than any can be.",
                        why=f"{path} has more than {MOST_BUNDLE_BYTES:,} bytes",
                        fix="Do not trust this server.",
                    )
            return bytes(body)
    except httpx2.HTTPError as error:
        raise Unavailable(
            "The log cannot be reached.",
            why=f"{place}/{path}: {error}",
            fix="Try again later; the audit begins anew.",
        ) from None


def _missing(place: Tile) -> Unsound:
    return Unsound(
        "The log does not serve what its checkpoint promises.",
        why=f"{place.path} is not there, nor the full tile in its place",
        fix="Try again; if it stays so, keep the checkpoint as evidence.",
    )
