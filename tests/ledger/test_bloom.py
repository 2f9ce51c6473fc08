"""What a Bloom filter holds back was never added; of what was not added, it lets little through."""

import os

from hypothesis import given
from hypothesis import strategies as st

from amparo.storage.puids.bloom import BITS, BloomFilter
from amparo.storage.puids.sorted import prefixes_of

FILTER = BloomFilter()


@given(st.lists(st.binary(min_size=8, max_size=32)))
def test_nothing_that_was_added_is_ever_held_back(digests):
    prefixes = prefixes_of(digests)
    FILTER.add(prefixes)

    assert FILTER.lets_through(prefixes).all()


def test_of_what_was_not_added_as_much_is_let_through_as_it_is_full():
    """Each digest sets two bits, and both must be set by others to let a new one through."""
    bloom, added, asked = BloomFilter(), 4_000_000, 1_000_000
    bloom.add(by_chance(added))

    wrong = bloom.lets_through(by_chance(asked)).sum()

    assert 0 < wrong < 2 * asked * (2 * added / 2**BITS) ** 2


def by_chance(number):
    return prefixes_of([os.urandom(8) for _ in range(number)])
