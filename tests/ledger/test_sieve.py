"""What a sieve holds back was never added; of what was not added, it lets little through."""

import os

from hypothesis import given
from hypothesis import strategies as st

from amparo.ledger.sieve import BITS, Sieve

SIEVE = Sieve()


@given(st.lists(st.binary(min_size=4, max_size=32)))
def test_nothing_that_was_added_is_ever_held_back(digests):
    SIEVE.add(digests)

    assert all(SIEVE.lets_through(digest) for digest in digests)


def test_of_what_was_not_added_as_much_is_let_through_as_it_is_full():
    sieve, added = Sieve(), 200_000
    sieve.add(os.urandom(32) for _ in range(added))

    wrong = sum(sieve.lets_through(os.urandom(32)) for _ in range(added))

    assert wrong < 2 * added * added / 2**BITS
