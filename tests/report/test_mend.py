"""Mending: what was meant or nothing, each change listed, and twice is once."""

import csv
import io
from collections import Counter

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st
from tests.conftest import run
from tests.report.conftest import as_files, given, lint, read_back
from tests.report.test_lint import mended_files

from amparo.report import files, meant, mend, write

CLEAN = as_files(write.write(given()))
VLOP = as_files(write.write(given("vlop", end="2026-06-30")))
ODD = (
    *("1,234", "1.234", "1.000", "335,474.00", "50236.0", "12 k", "n/a", "> 45", "1.6E+08", "-3"),
    *(
        "162.4 HRS",
        "1.3hrs",
        "1,475",
        "1,475.99",
        "2 days",
        "98.80%",
        "97.55",
        "<5%",
        "120%",
        "0,5",
    ),
    *("2026/8/31", "17/04/2026", "01/07/2026", "46265", "2026-08-31 00:00:00", "31 December 2026"),
    *("2026-01-01 - 2026-12-31", "2026/01/01/2026/12/31", "2026-01-01/2026-12-32", "H1 2026"),
    *("gr", "GR", "Germany", "de", "EL, DE", "AT, […], SE", "[...]", "Total", "TOTALE", "zz"),
    *("keyword_other", "KEYWORD_OTHER_SPAM", "statement_category_violence"),
    *(
        'Text to detail the "Other" keyword.',
        "theyâ€™ve",
        "cafÃ©",
        "Free text",
        "YYYY-MM-DD",
        "",
        " ",
    ),
)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(sorted(VLOP)), st.integers(1, 400), st.integers(0, 40), st.sampled_from(ODD)
    ),
    max_size=12,
)


def spoiled(made, changes):
    """The files with some cells replaced."""
    tables = {n: list(csv.reader(io.StringIO(b.decode(), newline=""))) for n, b in made.items()}
    for name, line, column, text in changes:
        rows = tables.get(name)
        if rows is not None:
            row = rows[1 + line % (len(rows) - 1)]
            row[column % len(row)] = text
    return {name: files.write_table(rows[0], rows[1:]) for name, rows in tables.items()}


def errors(report, tier):
    """Rule -> in how many places it is broken."""
    found = Counter()
    for one in lint(report, tier):
        found[one.rule] += one.cells
    return found


@settings(max_examples=60, deadline=None)
@over(CHANGES)
def test_mending_twice_is_mending_once_and_nothing_gets_worse(changes):
    report, _ = read_back(spoiled(VLOP, changes))
    once = mend.mend(report)
    again, lost = read_back(mended_files(once))
    twice = mend.mend(again)

    assert lost == []
    assert twice.changes == ()
    assert mended_files(twice) == mended_files(once)
    before, after = errors(report, "vlop"), errors(again, "vlop")
    spelling = {"V-INT", "V-PCT", "V-MED", "V-SCOPE", "V-CSV", "V-HDR", "V-CAT", "V-PER"}
    assert all(after[rule] <= before[rule] for rule in spelling), (before, after)


def told(made, tier="online_platform"):
    report, _ = read_back(made)
    return {(one.old, one.new) for one in mend.mend(report).changes}


def test_a_day_becomes_the_day_that_was_meant():
    first = "1_report_identification.csv"
    body = CLEAN[first].replace(b"2027-02-20", b"17/02/2027").replace(b"2026-02-20", b"2/2/2026")

    assert told(CLEAN | {first: body}) == {
        ("17/02/2027", "2027-02-17"),
        ("2/2/2026", "2026-02-02"),
    }
    unsure = CLEAN[first].replace(b"2026-02-20", b"02/03/2026")
    assert told(CLEAN | {first: unsure}) == set()  # the second of March, or the third of February
    known = unsure.replace(b"2027-02-20", b"20/02/2027")
    assert ("02/03/2026", "2026-03-02") in told(CLEAN | {first: known})


def test_a_dragged_period_is_one_finding_and_gets_the_period_of_the_others():
    own = "5_own_initiative_illegal.csv"
    lines = CLEAN[own].split(b"\r\n")
    for place in range(40, 91):
        lines[place] = lines[place].replace(b"2026-12-31", f"2026-12-{place - 8}".encode())
    report, _ = read_back(CLEAN | {own: b"\r\n".join(lines)})
    [found] = lint(report, "online_platform")
    mended, _ = read_back(mended_files(mend.mend(report)))

    assert (found.rule, found.rows, found.cells) == ("V-PER", "41-91", 51)
    assert found.expected == "2026-01-01/2026-12-31"
    assert "dragged" in found.fix
    assert lint(mended, "online_platform") == []


def test_an_unreadable_part_1_is_not_held_against_the_others():
    first = "1_report_identification.csv"
    for end in (b"2026/12/31", b"end of 2026"):
        made = CLEAN | {first: CLEAN[first].replace(b"2026-12-31", end)}
        report, _ = read_back(made)
        found = [one for one in lint(report, "online_platform") if one.rule == "V-PER"]

        assert [one.file for one in found] == [f"foro/{first}"]


def test_a_column_of_ones_own_is_kept():
    own = "5_own_initiative_illegal.csv"
    lines = CLEAN[own].split(b"\r\n")
    body = b"\r\n".join([lines[0] + b",Mood", *(one + b",fine" for one in lines[1:91]), b""])
    report, _ = read_back(CLEAN | {own: body})

    assert mended_files(mend.mend(report))[own] == body


def test_the_command_line_lists_what_was_and_what_is(tmp_path):
    made = spoiled(
        CLEAN,
        [("7_appeals_and_recidivism.csv", 4, 6, "162.4 HRS"), ("4_notices.csv", 0, 5, "many")],
    )
    (tmp_path / "foro").mkdir()
    for name, body in made.items():
        (tmp_path / "foro" / name).write_bytes(body)
    (tmp_path / "foro" / "10_AMAR.csv").write_text("Wort,Zahl\na,1\n")
    fixed = run("report", "lint", tmp_path / "foro", "--fix", tmp_path / "fixed", check=False)

    assert "foro/7_appeals_and_recidivism.csv:6, Value: '162.4 HRS' -> '162.4'" in fixed.stderr
    assert "many" not in fixed.stderr
    assert "1 cells and names corrected" in fixed.stderr
    written = {path.name for path in (tmp_path / "fixed" / "foro").iterdir()}
    assert written == set(made)


def test_letters_that_were_read_in_another_encoding_are_whole_again():
    texts = "11_qualitative.csv"
    broken = "they’ve seen cafés".encode().decode("cp1252").encode()
    body = CLEAN[texts].replace(b"As described on our page.", broken, 1)
    report, _ = read_back(CLEAN | {texts: body})
    [found] = lint(report, "online_platform")

    assert (found.rule, found.expected) == ("V-CSV", "they’ve")
    assert "they’ve seen cafés".encode() in mended_files(mend.mend(report))[texts]


UNUSED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
"""Bytes without a letter in windows-1252, which readers keep as they are."""


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("encoding", ["windows-1252", "mac-roman"])
def test_letters_that_were_broken_more_than_once_are_whole_again(times, encoding):
    right = broken = "El señor dijo «no»: 5 € — según él"
    for _ in range(times):
        broken = "".join(
            chr(byte)
            if byte in UNUSED and encoding == "windows-1252"
            else bytes([byte]).decode(encoding)
            for byte in broken.encode()
        )

    assert meant.letters(broken) == right
    assert meant.letters(right) == right


@pytest.mark.parametrize("honest", ["‚Äpfel‘ und ‚Öl‘", "√2 ¬ p", "Paris–Évian", "naïve “x”…"])
def test_letters_that_are_meant_stay(honest):
    assert meant.letters(honest) == honest
