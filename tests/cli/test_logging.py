"""What a node writes of itself: one event a line, whatever somebody typed."""

import json
import logging

import pytest

from amparo.cli.process import log_flood
from amparo.cli.process.logging_setup import configure


@pytest.fixture(autouse=True)
def _as_before():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.mark.parametrize("as_json", [False, True])
def test_a_line_break_in_what_somebody_sent_begins_no_line(capsys, as_json):
    configure(as_json=as_json, requests=False)
    logging.getLogger("amparo").warning("refused: %s", "a\nCRITICAL forged\r\x1b[2J\u2028b")

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "\x1b" not in lines[0]
    if as_json:
        assert json.loads(lines[0])["level"] == "warning"


def test_an_error_keeps_its_traceback(capsys):
    configure(as_json=True, requests=False)
    try:
        int("x")
    except ValueError:
        logging.getLogger("amparo").exception("it broke")

    told = json.loads(capsys.readouterr().err)
    assert "ValueError: invalid literal" in told["exception"]


def test_nobody_can_fill_a_disk_with_lines(capsys):
    """A stranger chooses what is in a line and how often; neither makes more lines of it."""
    configure(as_json=True, requests=False)
    for number in range(10_000):
        logging.getLogger("a.library").warning(f"odd form {number}")  # noqa: G004

    logging.getLogger("amparo").warning("something else happened")

    lines = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert len(lines) == log_flood.MOST_LINES + 1
    assert lines[-1] == "something else happened"


def test_what_was_left_out_is_counted_in_the_next_line():
    now = iter([0.0] * 100 + [61.0])
    filtering = log_flood.FloodFilter(clock=lambda: next(now))
    records = [
        logging.LogRecord("a", logging.WARNING, "f.py", 7, "odd %s", ("x",), None)
        for _ in range(101)
    ]

    passed = [record for record in records if filtering.filter(record)]

    assert len(passed) == log_flood.MOST_LINES + 1
    assert passed[-1].getMessage() == "odd x (40 more like it were left out in the minutes before)"


def test_lines_that_the_operator_asked_for_are_all_written():
    filtering = log_flood.FloodFilter(clock=lambda: 0.0)
    record = logging.LogRecord("amparo.request", logging.INFO, "f.py", 7, "GET /", (), None)

    assert all(filtering.filter(record) for _ in range(1000))
