"""What is held in order finds what a plain dict of the same finds."""

from hypothesis import given
from hypothesis import strategies as st

from amparo.storage.puids.sorted import Held, bytes_of, prefixes_of

SLICES = 64
DIGESTS = st.binary(min_size=9, max_size=12)
PARTS = st.lists(st.lists(DIGESTS, unique=True, max_size=30), max_size=5)


def filled(parts):
    held, plain = Held(SLICES), []
    for part in parts:
        seqs = range(len(plain), len(plain) + len(part))
        held.add(prefixes_of(part), list(seqs))
        plain += part
    return held, plain


@given(PARTS, st.lists(DIGESTS))
def test_each_is_found_by_its_first_bytes(parts, others):
    held, plain = filled(parts)
    asked = [*plain[::2], *others]

    found = held.seqs_of(prefixes_of(asked))

    starts = {one[:8] for one in asked}
    assert set(found) == {seq for seq, one in enumerate(plain) if one[:8] in starts}


@given(PARTS)
def test_the_slices_are_all_of_it_each_in_order(parts):
    held, plain = filled(parts)

    for number in range(SLICES):
        prefixes, seqs = held.of_slice(number)
        own = [(one[:8], seq) for seq, one in enumerate(plain) if one[0] % SLICES == number]
        assert sorted(zip(bytes_of(prefixes), seqs, strict=True)) == sorted(own)
        assert bytes_of(prefixes) == sorted(bytes_of(prefixes))


@given(PARTS, st.lists(st.integers(0, 160), min_size=SLICES, max_size=SLICES))
def test_what_is_filed_is_let_go_and_nothing_else(parts, upto):
    held, plain = filled(parts)

    held.drop(upto)

    left = [seq for number in range(SLICES) for seq in held.of_slice(number)[1]]
    kept = [seq for seq, one in enumerate(plain) if seq >= upto[one[0] % SLICES]]
    assert sorted(left) == kept
