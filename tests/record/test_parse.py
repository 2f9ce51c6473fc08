"""Bodies that are no JSON, or too much of it: a clear error, never a crash."""

import pytest

from amparo.errors import Malformed
from amparo.record.decision import parse, trim


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a":',
        b"\xff\xfe",
        b'{"a": "\xff"}',
        b'"\\ud800"',
        b"NaN",
        b"1e999",
        b"[" * 100_000,
        b'{"a":' * 5000,
        b"\xef\xbb\xbf{}",
        b"9" * 5000,
    ],
)
def test_what_is_not_json_is_said_so(body):
    with pytest.raises(Malformed, match="not JSON"):
        parse(body)


def test_deep_nesting_is_refused_before_it_hurts():
    nested = b'{"puid":' + b"[" * 300 + b"]" * 300 + b"}"

    with pytest.raises(Malformed, match="nested too deeply"):
        trim(parse(nested))


def test_numbers_beyond_64_bits_are_kept_as_text():
    assert trim({"a": 2**70, "b": [2**63, 5]}) == {"a": str(2**70), "b": [str(2**63), 5]}
