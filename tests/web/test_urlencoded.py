"""Urlencoded forms: what the standard library reads, at a sixth of the cost."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import Malformed
from amparo.web.http import urlencoded

NOISE = st.text("%&=+ \r\n\0_aF0cC3bB1")


@given(NOISE)
def test_whatever_comes_is_read_as_the_standard_library_reads_it(text):
    wanted = parse_qsl(text, keep_blank_values=True, errors="replace")

    assert urlencoded.fields(text.encode(), 10_000) == wanted


@given(st.lists(st.tuples(st.text(), st.text())))
def test_what_a_browser_sends_comes_back(pairs):
    assert urlencoded.fields(urlencode(pairs).encode("utf-8", "surrogatepass"), 10_000) == pairs


def test_more_fields_than_a_form_has_are_refused():
    assert len(urlencoded.fields(b"a=1&b=2", 2)) == 2
    with pytest.raises(Malformed, match="broken"):
        urlencoded.fields(b"&" * 500_000, 2)
