"""Bodies that are no JSON, or too much of it: a clear error, never a crash."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import statement

from amparo.errors import Malformed
from amparo.record import fast_path
from amparo.record.decision import (
    MOST_IN_BATCH,
    MOST_STATEMENT_BYTES,
    NoBatch,
    parse,
    pieces,
    trim,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=6,
)


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


# --- batches ----------------------------------------------------------------------------------


@given(st.lists(JSON, min_size=1, max_size=MOST_IN_BATCH))
def test_the_pieces_of_a_batch_are_its_statements(statements):
    body = json.dumps({"a": 1, "statements": statements, "b": [[]]}).encode()

    assert [parse(piece) for piece in pieces(body)] == statements


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{}", "required"), (b"[]", "required"), (b"3", "required"),
        (b'{"statements": null}', "required"), (b'{"statements": [ ]}', "required"),
        (b'{"statements": {}}', "array"), (b'{"statements": "x"}', "array"),
        (b'{"statements": [' + b"1," * MOST_IN_BATCH + b"1]}", "more than 100"),
    ],
)  # fmt: skip
def test_what_is_no_batch_says_why_in_the_words_of_the_eu_database(body, told):
    with pytest.raises(NoBatch, match=told):
        pieces(body)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"nope", b'{"statements": [1', b'{"statements": [{]}', b'{"statements":' + b"[" * 9_999,
        b'{"statements": [{"a": "' + b"x" * MOST_STATEMENT_BYTES + b'"}]}',
    ],
    ids=["nothing", "no JSON", "half", "unclosed", "nested", "long"],
)  # fmt: skip
def test_a_body_that_cannot_be_taken_apart_is_malformed(body):
    with pytest.raises(Malformed):
        [parse(piece) for piece in pieces(body)]


def test_entries_are_counted_over_all_lists_of_a_statement():
    """A thousand lists of a thousand each passed the limit of a list, and took half a second."""
    wide = {"a": [["x"] * 900 for _ in range(900)]}

    with pytest.raises(Malformed, match="too long") as told:
        trim(wide)
    assert "together" in told.value.why
    assert trim({"a": [["x"] * 90 for _ in range(90)]})


def test_a_list_that_is_longer_than_its_values_goes_the_long_way():
    """It was kept as it came, among the few lists of countries that platforms send all day."""
    body = json.dumps({"statements": [statement(territorial_scope=["AT", "DE"] * 500)]}).encode()

    assert fast_path.decisions(body) is None
