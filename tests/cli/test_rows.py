"""Rows on a terminal, in a pipe and as files: whatever strangers wrote stays in its cell."""

import csv
import io
import json
import sys

import pytest

from amparo.cli.rows import print_rows

HOSTILE = "\x1b]0;mine\x07\x1b[2J[bold][/nothing] one\ntwo\r\u202eexe.gpj\x9b31m"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def printed(form, monkeypatch, out):
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setenv("COLUMNS", "200")
        print_rows(("puid", "why"), [("p1", HOSTILE), ("p2", "fine")], form)
    return out.getvalue()


@pytest.mark.parametrize("out", [Terminal, io.StringIO], ids=["terminal", "pipe"])
def test_what_a_stranger_wrote_steers_no_terminal_and_begins_no_line(out, monkeypatch):
    shown = printed("table", monkeypatch, out())

    assert not set(shown) & set("\x1b\x07\x9b\r\u202e") - set("\x1b" if "\x1b[1m" in shown else "")
    assert "\x1b]0" not in shown
    assert "\x1b[2J" not in shown
    lines = [line for line in shown.splitlines() if line.strip()]
    assert len(lines) == 3
    assert "[bold][/nothing] one two" in lines[1]


def test_files_have_the_text_as_it_was_in_one_cell(monkeypatch):
    rows = list(csv.reader(io.StringIO(printed("csv", monkeypatch, io.StringIO()), newline="")))
    lines = printed("json", monkeypatch, io.StringIO()).splitlines()

    assert [row[0] for row in rows] == ["puid", "p1", "p2"]
    assert json.loads(lines[0])["why"] == HOSTILE
