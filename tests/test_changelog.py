"""Fragments become a version's section, and nothing that was released is lost or changed."""

import re
from pathlib import Path

from tools import changelog

from amparo import __version__

HEAD = "# Changelog\n\nWhat users notice.\n\n"
OLD = "## 0.1.0 (2026-11-29)\n\n### Added\n\n- A log.\n"


def test_a_release_puts_its_section_above_older_ones():
    news = [("fixed", "A gap\nis closed.\n"), ("added", "A map."), ("added", "A bell.")]

    assert changelog.released(HEAD + OLD, "0.2.0", "2027-01-05", news) == (
        f"{HEAD}## 0.2.0 (2027-01-05)\n\n"
        "### Added\n\n- A map.\n- A bell.\n\n"
        "### Fixed\n\n- A gap is closed.\n\n"
        f"{OLD}"
    )


def test_news_that_come_late_join_the_section_and_its_date_stays():
    told = changelog.released(HEAD + OLD, "0.1.0", "2026-12-01", [("added", "A map.")])

    assert told == f"{HEAD}{OLD}- A map.\n"


def test_long_news_are_wrapped():
    told = changelog.released(HEAD, "0.1.0", "2026-11-29", [("changed", "word " * 50)])

    assert max(map(len, told.splitlines())) <= 100
    assert told.count("word") == 50


def test_every_fragment_has_a_kind_and_is_a_sentence():
    for path in changelog.fragments():
        text = path.read_text().strip()
        assert re.match(r"[A-Z`]", text), path
        assert text.endswith("."), path


def test_this_version_is_in_the_changelog():
    page = (Path(__file__).parent.parent / "CHANGELOG.md").read_text()

    assert re.search(rf"^## {re.escape(__version__)} \(\d{{4}}-\d\d-\d\d\)$", page, re.MULTILINE)
