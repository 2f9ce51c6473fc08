"""Auditing anybody's tlog-tiles log, by address or folder, trusting nothing but its key.

Every entry bundle that the checkpoint implies is read, every tile is computed from the entries and
compared with the one served, and the root must be the one that was signed. A policy says which
witnesses must have cosigned it; a checkpoint from an earlier audit must be one of its beginnings.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import ClassVar, NamedTuple, TypeVar

from amparo.errors import AmparoError, Malformed, Missing, Text, Unavailable, Unsound, as_text
from amparo.ledger.outbound import http
from amparo.ledger.outbound.exchange import Exchange
from amparo.ledger.outbound.http import Asker
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import edge as edges
from amparo.tlog import merkle, note, split
from amparo.tlog import policy as policies
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.edge import Edge
from amparo.tlog.merkle import HASH_SIZE
from amparo.tlog.policy import Policy
from amparo.tlog.served import Served
from amparo.tlog.split import Beginning
from amparo.tlog.tile import (
    ENTRIES,
    MOST_BUNDLE_BYTES,
    WIDTH,
    Tile,
    cut,
    entries_of,
    implied,
    node_reader,
    width_at,
)

Fetch = Callable[[str], Served | None]
"""A path below the log's prefix -> what came, or None if there is no such file."""

Read = TypeVar("Read")
AT_ONCE = 8
TIMEOUT_SECONDS = 30.0
LEAST_RATE = 50_000
"""Bytes a second of a large file; one that comes faster may take longer than the limit."""


See = Callable[[int, list[bytes]], None]
"""Is shown the entries as they are verified to be, from an index on; not yet bound to a root."""


class Spoilt(Unsound):
    """A file of a log is not what its checkpoint promises."""

    kind: ClassVar[str] = "damaged"

    def __init__(self, what: str | Text, *, why: str | Text, fix: str | Text, path: str) -> None:
        super().__init__(what, why=why, fix=fix)
        self.path = path
        """Which one, below the log's prefix."""


class Incomplete(Spoilt):
    """It is not there."""

    kind = "missing"


class TwoHistories(Unsound):
    """The log's key has signed two trees that cannot both be true."""

    def __init__(self, evidence: bytes) -> None:
        super().__init__(
            "The log has shown two histories.",
            why="the checkpoint that was kept is no beginning of the one that it shows now",
            fix="Keep the proof: `amparo witness judge FILE` convinces a stranger with it.",
        )
        self.evidence = evidence


class View(NamedTuple):
    """A tree that the log's key has signed."""

    raw: bytes
    tree: Checkpoint


class Report(NamedTuple):
    """What was looked at."""

    origin: str
    entries: int
    files: int
    checkpoint: bytes
    """As it was signed and cosigned; the next audit can be held against it."""
    witnesses: Mapping[str, int]
    """Who of the policy has cosigned it, and when."""


def audit(
    place: str,
    trusted: Policy,
    advance: Callable[[int, int | None], None] = lambda *_: None,
    *,
    before: bytes | None = None,
) -> Report:
    """Audit the log at `place` (a folder, or an address that begins with http).

    `before`: the checkpoint of an earlier audit. Raises `TwoHistories` with its proof.
    """
    with fetcher(place) as fetch:
        served = newest(fetch, place)
        key = _key_of(trusted, served)
        signed = checkpoints.open_checkpoint(served.body, origin=key.name, keys=[key])
        witnesses = policies.check_quorum(trusted, note.parse(served.body))
        shown = View(served.body, signed)
        old = through = None
        if before is not None:
            through = checkpoints.open_checkpoint(before, origin=key.name, keys=[key])
            old = View(before, through)
            _check_not_older(fetch, key, old, shown)
        try:
            _, compared = extend(Edge(), signed, fetch, advance=advance, through=through)
        except Unsound:
            if old is not None:
                _accuse(fetch, key, old, shown)
            raise
    return Report(signed.origin, signed.size, compared + 1, served.body, witnesses)


def _key_of(trusted: Policy, served: Served) -> note.Ed25519Verifier:
    """The key of the log whose checkpoint was served."""
    if served.is_page:
        raise Unsound(
            "A web page came where the log has its checkpoint.",
            why=Text("what came is {served}", served=str(served)),
            fix="Name the log's prefix, and look at what stands between you and the log.",
        )
    try:
        origin = checkpoints.parse(note.parse(served.body).text).origin
    except Malformed as error:
        what, why, fix = error.texts
        raise Malformed(
            what, why=Text("{came}: {why}", came=str(served), why=as_text(why)), fix=fix
        ) from None
    for key in trusted.logs:
        if key.name == origin:
            return key
    raise Unsound(
        "Another log answers at this address.",
        why=Text(
            "{served} is the checkpoint of {other}; wanted that of {names}",
            served=str(served),
            other=repr(origin[:100]),
            names=tuple(key.name for key in trusted.logs),
        ),
        fix="Use the address and the key of one and the same log.",
    )


def _check_not_older(fetch: Fetch, key: note.Ed25519Verifier, old: View, shown: View) -> None:
    """Raise where no growth can lead from the tree that was kept to the one that is shown."""
    if shown.tree.size <= old.tree.size:
        _accuse(fetch, key, old, shown)
    if shown.tree.size < old.tree.size:
        raise Unsound(
            "The log shows an old checkpoint.",
            why=Text(
                "it is of {number} entries; the one that was kept has {other}",
                number=shown.tree.size,
                other=old.tree.size,
            ),
            fix="A cache may have answered: ask again in some minutes. If it stays so, ask the "
            "log's operator what became of the later entries.",
        )


def _accuse(fetch: Fetch, key: note.Ed25519Verifier, old: View, shown: View) -> None:
    """Raise `TwoHistories` where two signed trees are seen to contradict each other."""
    first, second = sorted((old, shown), key=lambda view: view.tree.size)
    is_larger = first.tree.size < second.tree.size
    start = beginning(fetch, first.tree.size, second.tree) if is_larger else None
    try:
        proof = split.evidence(key.vkey, first.raw, second.raw, start)
    except AmparoError:
        return  # one may be the beginning of the other; at least nothing shows that it is not
    raise TwoHistories(proof)


def beginning(fetch: Fetch, size: int, of: Checkpoint) -> Beginning | None:
    """How a tree begins up to a smaller size, if the log serves the tiles that say so."""
    nodes = node_reader(functools.partial(tile_of, fetch), of.size)
    try:
        root = merkle.range_hash(0, size, nodes)
        return Beginning(root, merkle.consistency_proof(size, of.size, nodes))
    except AmparoError:
        return None


def newest(fetch: Fetch, place: str) -> Served:
    """The checkpoint that a log shows; nothing about it is checked yet."""
    raw = fetch("checkpoint")
    if raw is None:
        raise Missing(
            "There is no log there.",
            why=Text("{place} has no file `checkpoint`", place=place),
            fix="Name the log's prefix, as in https://node.example/log.",
        )
    return raw


def extend(
    edge: Edge,
    signed: Checkpoint,
    fetch: Fetch,
    *,
    advance: Callable[[int, int | None], None] = lambda *_: None,
    see: See = lambda *_: None,
    through: Checkpoint | None = None,
) -> tuple[Edge, int]:
    """Fetch every entry from a verified edge to a signed checkpoint, and every tile on the way.

    The edge at the checkpoint, and how many files were compared; `Unsound` where something that the
    checkpoint implies is not there, or does not give its root. `through`: a tree of a size between
    both, which the entries must give on the way.
    """
    begin = edge.size // WIDTH
    bundles = -(-signed.size // WIDTH)
    total = sum(implied(signed.size).values()) - sum(implied(begin * WIDTH).values())
    compared = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for first in range(begin, bundles, AT_ONCE):
            places = [
                Tile(ENTRIES, n, width_at(ENTRIES, n, signed.size))
                for n in range(first, min(first + AT_ONCE, bundles))
            ]
            bodies = pool.map(functools.partial(_bundle, fetch), places)
            entries = [entry for body in bodies for entry in body]
            known = len(edge.entries) if first == begin else 0
            if tuple(entries[:known]) != edge.entries[:known]:
                raise Unsound(
                    "The log serves other entries than it did before.",
                    why=Text(
                        "{path} does not begin with what was verified earlier", path=places[0].path
                    ),
                    fix="Keep the bundle and the checkpoint as evidence.",
                )
            see(edge.size, entries[known:])
            edge, tiles = _grow(edge, entries[known:], through)
            compared += len(places) + _compare(tiles, signed, fetch, pool)
            advance(compared, total)
    if edge.root() != signed.root:
        raise Unsound(
            "The log's entries do not give the root that it signed.",
            why=Text("recomputing {number} entries leads to another root", number=signed.size),
            fix="Keep the checkpoint and the bundles as evidence.",
        )
    return edge, compared


def _grow(
    edge: Edge, entries: list[bytes], through: Checkpoint | None
) -> tuple[Edge, Mapping[Tile, bytes]]:
    """Append entries; the edge, and its new tiles. At its size the tree must be `through`."""
    until = through.size - edge.size if through is not None else -1
    if through is None or not 0 <= until <= len(entries):
        return edges.grow(edge, entries)
    halfway, tiles = edges.grow(edge, entries[:until])
    if halfway.root() != through.root:
        raise Unsound(
            "The log does not begin with the tree that it signed before.",
            why=Text(
                "its first {number} entries give another root than the one signed then",
                number=through.size,
            ),
            fix="Keep both checkpoints and the bundles as evidence.",
        )
    edge, more = edges.grow(halfway, entries[until:])
    return edge, tiles | more


def _compare(
    tiles: Mapping[Tile, bytes], signed: Checkpoint, fetch: Fetch, pool: ThreadPoolExecutor
) -> int:
    """Compare the tiles that entries give with those served; how many there were."""
    wanted = [
        tile
        for tile in tiles
        if tile.level != ENTRIES and tile.width == width_at(tile.level, tile.number, signed.size)
    ]
    list(pool.map(lambda tile: file_of(fetch, tile, functools.partial(_same, tiles[tile])), wanted))
    return len(wanted)


def _same(given: bytes, body: bytes, _: int) -> bytes:
    if cut(body, len(given) // HASH_SIZE) != given:
        raise Unsound(
            "The log serves a tile that its entries do not give.",
            why="its hashes are not those of the entries",
            fix="Keep the tile, the bundle and the checkpoint as evidence.",
        )
    return given


def _bundle(fetch: Fetch, place: Tile) -> list[bytes]:
    return file_of(fetch, place, entries_of)[: place.width]


def tile_of(fetch: Fetch, place: Tile) -> bytes:
    """A tile of hashes; a fuller one is cut."""
    return file_of(fetch, place, lambda body, _: cut(body, place.width))


def file_of(fetch: Fetch, place: Tile, read: Callable[[bytes, int], Read]) -> Read:
    """What `read` makes of a tile or bundle, or of the full one where a partial one is gone.

    `read` takes the body and the width it was served for. Raises a `Spoilt` that names the file,
    its address and content type; `Unavailable` where no answer came.
    """
    wrong: Spoilt | None = None
    for fuller in dict.fromkeys((place, place._replace(width=WIDTH))):
        served = None
        try:
            served = fetch(fuller.path)
            if served is not None:
                return read(served.body, fuller.width)
        except Unsound as error:
            wrong = wrong or _spoilt(fuller, served, error)
    raise wrong or _missing(place)


def _spoilt(place: Tile, served: Served | None, error: Unsound) -> Spoilt:
    """`served`: what came; None where it was not read to its end."""
    if served is not None and served.is_page:
        return Spoilt(
            "A web page came where the log has a file.",
            why=Text(
                "{path} was asked for; what came is {served}", path=place.path, served=str(served)
            ),
            fix="Look at what stands between you and the log, such as a proxy, and ask again.",
            path=place.path,
        )
    what, why, fix = error.texts
    if served is not None:
        came = Text("{path}, from {served}", path=place.path, served=str(served))
        why = Text("{came}: {why}", came=came, why=as_text(why))
    return Spoilt(what, why=why, fix=fix, path=place.path)


@contextmanager
def fetcher(
    place: str, seconds: float = TIMEOUT_SECONDS, *, whole: Exchange | None = None
) -> Iterator[Fetch]:
    """What reads the files below a folder or an address, each bounded in size and time.

    `whole`: what all of them together may take of an address; it counts what came of each.
    """
    place = place.rstrip("/")
    if place.startswith(("http://", "https://")):
        with closing(Asker(named=http.host_of(place), redirects=True)) as asker:
            yield functools.partial(_from_address, asker, place, seconds, whole)
    elif Path(place).is_dir():
        yield functools.partial(_from_folder, Path(place))
    else:
        raise Missing(
            "There is no log there.",
            why=Text("{place} is neither a folder nor an address", place=place),
            fix="Name a folder, or an address that begins with http:// or https://.",
        )


def _from_folder(folder: Path, path: str) -> Served | None:
    try:
        return Served((folder / path).read_bytes(), str(folder / path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreachable(_answered(str(folder / path), error.strerror or str(error))) from None


def _from_address(
    asker: Asker, place: str, seconds: float, whole: Exchange | None, path: str
) -> Served | None:
    try:
        seconds = min(seconds, whole.left()) if whole else seconds
        answer = asker.ask(
            "GET",
            f"{place}/{path}",
            seconds=seconds,
            most_bytes=MOST_BUNDLE_BYTES,
            least_rate=LEAST_RATE,
            packed=True,
        )
    except http.TooLarge:
        raise Unsound(
            "The log serves a file larger than any can be.",
            why=Text("{path} has more than {most} bytes", path=path, most=MOST_BUNDLE_BYTES),
            fix="Do not trust this server.",
        ) from None
    except http.NoAnswer as error:
        raise _unreachable(as_text(error.texts[1])) from None
    except TimeoutError as error:
        raise _unreachable(_answered(place, str(error))) from None
    if whole:
        whole.receive(len(answer.body))
    if answer.status in (403, 404, 410):
        return None
    if not answer.is_success:
        raise _unreachable(
            Text(
                "{place}: it answered {status}", place=f"{place}/{path}", status=str(answer.status)
            )
        )
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()[:80]
    return Served(answer.body, f"{place}/{path}", kind)


def _answered(place: str, answer: str) -> Text:
    """What a system says, in its own words."""
    return Text("{came}: {answer}", came=place, answer=answer)


def _unreachable(why: Text) -> Unavailable:
    return Unavailable("The log cannot be reached.", why=why, fix="Try again later.")


def _missing(place: Tile) -> Incomplete:
    return Incomplete(
        "The log does not serve what its checkpoint promises.",
        why=Text("{path} is not there, nor the full tile in its place", path=place.path),
        fix="Try again; if it stays so, keep the checkpoint as evidence.",
        path=place.path,
    )
