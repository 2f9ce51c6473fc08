"""Laws of the tree: they hold for any size, any entry, any two states of one log."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tlog.promised import places

from amparo.errors import Malformed, Unsound
from amparo.tlog import edge, merkle, tile

SIZES = [1, 2, 3, 7, 8, 64, 255, 256, 257, 511, 512, 513, 1000]
ENTRIES = [b"entry %d" % i for i in range(1000)]


def grown(size):
    return edge.grow(edge.Edge(), ENTRIES[:size])


def reader(size):
    _, tiles = grown(size)
    return tile.node_reader(lambda place: tiles[place], size)


@pytest.mark.parametrize("size", SIZES)
def test_every_entry_proves_itself_from_the_tiles_of_any_size(size):
    tree, _ = grown(size)
    node = reader(size)

    for index in range(size):
        proof = merkle.inclusion_proof(index, size, node)
        merkle.check_inclusion(merkle.leaf_hash(ENTRIES[index]), index, size, proof, tree.root())


@pytest.mark.parametrize("size", SIZES)
def test_every_prefix_of_a_log_is_proved_to_be_its_prefix(size):
    tree, _ = grown(size)
    node = reader(size)

    for old in range(size + 1):
        proof = merkle.consistency_proof(old, size, node)
        before, _ = grown(old)
        merkle.check_consistency(old, size, before.root(), tree.root(), proof)


@given(st.integers(1, 300), st.data())
@settings(deadline=None, max_examples=60)
def test_a_proof_serves_no_other_entry(size, data):
    index = data.draw(st.integers(0, size - 1))
    tree, _ = grown(size)
    proof = merkle.inclusion_proof(index, size, reader(size))

    with pytest.raises(Unsound):
        merkle.check_inclusion(merkle.leaf_hash(b"another"), index, size, proof, tree.root())
    with pytest.raises(Unsound):
        merkle.check_inclusion(
            merkle.leaf_hash(ENTRIES[index]), index, size, [*proof, tree.root()], tree.root()
        )


@given(st.lists(st.integers(0, 600), min_size=1, max_size=6))
@settings(deadline=None, max_examples=40)
def test_growing_in_steps_or_at_once_gives_the_same_files(steps):
    """However entries arrive, the tree, and every file that is left in the end, is the same."""
    tree, files, at = edge.Edge(), {}, 0
    for step in steps:
        step = min(step, len(ENTRIES) - at)
        tree, changed = edge.grow(tree, ENTRIES[at : at + step])
        files |= changed
        at += step
    whole, expected = grown(at)

    assert tree == whole
    assert {place: files[place] for place in places(at)} == expected


@pytest.mark.parametrize("size", SIZES)
def test_an_edge_is_read_back_from_its_tiles(size):
    tree, tiles = grown(size)

    assert edge.load(size, tree.root(), lambda place: tiles[place]) == tree


@pytest.mark.parametrize("size", [1, 257, 513])
def test_a_flipped_bit_at_the_edge_is_found(size):
    tree, tiles = grown(size)

    for place in tiles:
        if place.width == tile.WIDTH:
            continue
        for at in range(0, len(tiles[place]), 31):
            broken = dict(tiles)
            body = bytearray(tiles[place])
            body[at] ^= 1
            broken[place] = bytes(body)
            with pytest.raises(Unsound):
                edge.load(size, tree.root(), lambda t, files=broken: files[t])


@pytest.mark.parametrize(
    ("place", "path"),
    [
        (tile.Tile(0, 0), "tile/0/000"),
        (tile.Tile(0, 999), "tile/0/999"),
        (tile.Tile(0, 1000), "tile/0/x001/000"),
        (tile.Tile(0, 1234067), "tile/0/x001/x234/067"),
        (tile.Tile(63, 0, 1), "tile/63/000.p/1"),
        (tile.Tile(tile.ENTRIES, 5, 255), "tile/entries/005.p/255"),
    ],
)
def test_the_address_of_a_tile_and_back(place, path):
    assert place.path == path
    assert tile.parse_path(path) == place


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/8/0/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/../../etc/passwd",
        "tile/0/٠٠٠",
        "tile/entries/000\n",
        "tile/-1/000",
    ],
)
def test_no_other_spelling_of_an_address_is_taken(path):
    with pytest.raises(Malformed):
        tile.parse_path(path)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000])
def test_what_a_size_implies_is_counted_as_the_specification_counts(size):
    promised = places(size)

    for level in range(3):
        full = [p for p in promised if p.level == level and p.width == tile.WIDTH]
        partial = [p for p in promised if p.level == level and p.width != tile.WIDTH]
        assert len(full) == (size >> (8 * level)) // 256
        assert [p.width for p in partial] == [w for w in [(size >> (8 * level)) % 256] if w]


def test_a_full_tile_stands_in_for_a_partial_one_only_cut():
    _, tiles = grown(256)

    assert tile.cut(tiles[tile.Tile(0, 0)], 7) == tiles[tile.Tile(0, 0)][: 7 * 32]
    with pytest.raises(Unsound):
        tile.cut(tiles[tile.Tile(0, 0)][:33], 1)


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x00\x05abc", b"\x00\x01a\x00"])
def test_a_bundle_holds_what_its_name_says_and_no_byte_more(body):
    with pytest.raises(Unsound):
        tile.entries_of(body, 1)


def test_an_entry_longer_than_the_format_can_say_is_refused():
    with pytest.raises(Malformed, match="too long"):
        tile.bundle([b"x" * 65_536])
