"""Times in the log: one form, and no other is taken for it."""

from datetime import UTC, datetime

import pytest

from amparo.record import event


@pytest.mark.parametrize("at", [(1970, 1, 1), (2026, 11, 24, 15, 7, 9), (2028, 2, 29, 23, 59, 59)])
def test_a_time_is_read_back_as_it_was_written(at):
    moment = datetime(*at, tzinfo=UTC)

    assert event.moment(event.timestamp(moment)) == moment


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-11-24", "2026-11-24T15:07:09", "2026-11-24 15:07:09Z", "2026-11-24T15:07:09z",
        "2026-11-24T15:07:09+00:00", "2026-W48-2T15:07:09Z", "2026-1-24T15:07:09Z",
        "2026-11-24T24:00:00Z", "2026-11-24T15:07:60Z", "2026-02-30T15:07:09Z",
        "0000-01-01T00:00:00Z", "２０２６-11-24T15:07:09Z", "2026-11-24T15:07:09Z\n",
    ],
)  # fmt: skip
def test_any_other_text_is_no_time(text):
    with pytest.raises(ValueError, match=r"."):
        event.moment(text)
