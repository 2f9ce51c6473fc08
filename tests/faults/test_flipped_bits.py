"""One flipped bit, in each kind of file and in memory before signing: found, and never signed."""

import random
from pathlib import Path

import pytest
from tests.faults.conftest import EVERY, Outside, append, tally

from amparo.errors import AmparoError, Unsound
from amparo.ledger.log import check
from amparo.ledger.log.publish import Publisher, publishing
from amparo.storage.journal import Journal
from amparo.tlog import edge as edges

FLIPS = max(3, 64 // EVERY)


def kinds(folder):
    """A node's files by what they are, so that each kind is met however many there are of it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size and path.suffix not in (".lock", ".new"):
            name = path.relative_to(folder).as_posix()
            kind = name if not name.startswith("log/tile") else "/".join(name.split("/")[:3])
            found.setdefault(kind, path)
    return found


def flip(path, chance):
    body = bytearray(path.read_bytes())
    body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    path.write_bytes(body)


def test_a_bit_that_flips_on_disk_is_refused_found_or_harmless_and_never_signed(fresh):
    chance = random.Random(11)
    tried = refused = found = harmless = 0
    outside = fresh()
    every = kinds(outside.node.folder)
    assert {
        "journal.db",
        "keys/log.key",
        "keys/node.secret",
        "keys/signed",
        "log/checkpoint",
        "log/tile/0",
        "log/tile/entries",
        "amparo.toml",
    } <= set(every)
    for kind in every:
        for _ in range(FLIPS):
            outside = fresh()
            node = outside.node
            journal = Journal(node.journal)
            outside.acknowledged |= append(node, journal, 5, prefix="late")  # kept, not yet public
            journal.close()
            path = kinds(node.folder)[kind]
            good = path.read_bytes()
            flip(path, chance)
            tried += 1
            try:
                started = Outside(node.folder)  # settings and key are read anew
                started.acknowledged |= outside.acknowledged
                started.go_on()
            except AmparoError as error:
                if not (error.what and error.why and error.fix):
                    raise
                refused += 1
            else:
                try:
                    check.check(node)
                except AmparoError:
                    found += 1
                else:
                    harmless += 1
                    started.judge()
                    continue
            if kind == "journal.db":
                (node.folder / "journal.db-wal").unlink(missing_ok=True)
            path.write_bytes(good)  # as from a backup of the same moment
            again = Outside(node.folder)
            again.acknowledged |= outside.acknowledged
            again.go_on()
            again.judge()
    tally("a flipped bit in a file", tried, harmless + found, refused)
    assert refused + found > tried / 3


def test_a_bit_that_flips_in_memory_is_never_signed(fresh, monkeypatch):
    """Leaf hashes, tiles, the edge that is kept between beats: each flipped before it is signed."""
    tried = 0
    real = edges.grow

    def flipped(body, at=-1):
        return body[:at] + bytes([body[at] ^ 4]) + (body[at + 1 :] if at != -1 else b"")

    def hash_flips(edge, leaves):
        grown, tiles = real(edge, leaves)
        return edges.Edge(
            grown.size, (flipped(grown.levels[0]), *grown.levels[1:]), grown.entries
        ), tiles

    def tile_flips(edge, leaves):
        grown, tiles = real(edge, leaves)
        first = next(iter(tiles))
        return grown, tiles | {first: flipped(tiles[first], 7)}

    def entry_flips(edge, leaves):
        return real(edge, [flipped(leaves[0], 9), *leaves[1:]])

    for harm in (hash_flips, tile_flips, entry_flips):
        outside = fresh()
        node = outside.node
        journal = Journal(node.journal)
        outside.acknowledged |= append(node, journal, 1, prefix="late")
        with publishing(node, journal):
            publisher = Publisher(node, journal)
            once = iter([harm])  # a bit flips once, not each time it is computed
            with monkeypatch.context() as patch:
                patch.setattr(edges, "grow", lambda *a, once=once: next(once, real)(*a))
                with pytest.raises(Unsound, match="two different trees"):
                    publisher.beat()
        journal.close()
        outside.go_on()
        outside.judge()
        tried += 1

    outside = fresh()  # and the edge that waits in memory for the next beat
    journal = Journal(outside.node.journal)
    with publishing(outside.node, journal):
        publisher = Publisher(outside.node, journal)
        edge = publisher._edge
        publisher._edge = edges.Edge(edge.size, (flipped(edge.levels[0]),), edge.entries)
        outside.acknowledged |= append(outside.node, journal, 1, prefix="late")
        with pytest.raises(Unsound, match="two different trees"):
            publisher.beat()
    journal.close()
    outside.go_on()
    outside.judge()
    tally("a flipped bit in memory before signing", tried + 1, 0, tried + 1)


def test_damage_in_the_middle_of_the_journal_is_an_error_at_the_next_reading(fresh):
    outside = fresh()
    path = Path(outside.node.journal)
    journal = Journal(path)
    journal.db.empty_traces()
    leaf = journal.event(30).leaf
    journal.close()
    body = bytearray(path.read_bytes())
    body[body.index(leaf) + 20] ^= 1
    path.write_bytes(body)

    with pytest.raises(AmparoError, match="damaged"):
        check.check(outside.node)
