"""What a node writes of itself: one event a line, whatever somebody typed."""

import json
import logging

import pytest

from amparo.cli.notes import configure


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
