"""What strangers sign is read in one way only: no name stands twice in an object."""

from typing import Any

import msgspec
import pytest

from amparo.record import strict_json


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"b":{"a":1,"c":2,"a":3}}',
        b'[{"a":1},{"a":1,"\\u0061":2}]',
    ],
    ids=["at the top", "within", "spelled otherwise"],
)
def test_a_name_that_stands_twice_is_refused_however_deep_and_however_spelled(raw):
    with pytest.raises(strict_json.Repeated, match="'a' stands twice"):
        strict_json.decode(raw, object)


def test_all_else_is_what_msgspec_reads():
    raw = b'[{"a":1},{"a":2},{"b":{"a":-0.5e3},"c":"\\ud83d\\ude00"},null,12345678901]'

    assert strict_json.decode(raw, list[Any]) == msgspec.json.decode(raw)
    for broken in (b"", b'{"a"', b"[1]", b"\xff", b'{"a":"\xff"}', b"[" * 5000):
        with pytest.raises(msgspec.DecodeError):
            strict_json.decode(broken, dict)
