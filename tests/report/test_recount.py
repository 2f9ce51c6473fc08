"""A report that proves itself: written from a node, counted again from its public log by anyone."""

import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from tests.conftest import run
from tests.ledger.conftest import REASONS, filed
from tests.report.conftest import filled_in, read_back

from amparo.case import complaint
from amparo.ledger.case import casework, figures_check, figures_published, people
from amparo.ledger.log import platforms
from amparo.ledger.log.publish import Publisher
from amparo.report import forms
from amparo.report.figures import Counted
from amparo.web.words import report_figures

YEAR = datetime.now(UTC).year
REMOVED = {
    "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
    "decision_account": None,
    "account_type": None,
    "decision_monetary": None,
    "decision_provision": None,
}
LAW = {
    "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
    "illegal_content_legal_ground": "Act 1",
    "illegal_content_explanation": "It is.",
    "incompatible_content_ground": None,
    "incompatible_content_explanation": None,
    "incompatible_content_illegal": None,
    "category": "STATEMENT_CATEGORY_VIOLENCE",
    "category_addition": None,
    "category_specification": ["KEYWORD_HUMAN_TRAFFICKING"],
    "category_specification_other": None,
}
OWN = {
    "source_type": "SOURCE_VOLUNTARY",
    "source_identity": None,
    "automated_detection": "Yes",
    "automated_decision": "AUTOMATED_DECISION_FULLY",
}


@pytest.fixture
def filled(node, journal, keep):
    """A year of a small platform: decisions of three sorts, some of last year, and a complaint."""
    this = {"application_date": f"{YEAR}-03-01", "content_date": f"{YEAR}-02-01", **REMOVED}
    law = keep(7, **this, **LAW, **OWN)
    keep(3, **this, **LAW, **{**OWN, "source_type": "SOURCE_ARTICLE_16"})
    keep(300, **{**this, "application_date": f"{YEAR - 1}-12-31"}, **LAW, **OWN)
    case = UUID(law[0].case)
    filed(journal, case)
    Publisher(node, journal).beat()
    return node


def answered(tmp_path, **gap):
    path = tmp_path / "answers.toml"
    days = {"published": f"{YEAR + 1}-01-20", "previous": f"{YEAR}-02-01"}
    path.write_text(filled_in("foro", "Foro", **days, **gap))
    return path


def write(node, tmp_path, name, *words, check=True):
    return run(
        "report",
        "write",
        "--year",
        YEAR,
        "--answers",
        answered(tmp_path),
        "--output",
        tmp_path / name,
        "--data",
        node.folder,
        *words,
        check=check,
    )


def recount(node, report, *words, check=True):
    vkey = node.signer().verifier.vkey
    return run(
        "report",
        "recount",
        report,
        "--log",
        node.log,
        "--vkey",
        vkey,
        "--platform",
        "foro",
        *words,
        check=check,
    )


def rewritten(source, target, change):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return target


def test_a_written_report_is_recounted_from_the_public_log_alone(filled, tmp_path):
    told = write(filled, tmp_path, "v1")

    assert "No finding." in told.stdout
    with zipfile.ZipFile(tmp_path / "v1" / "report.zip") as archive:
        made = {name: archive.read(name) for name in archive.namelist() if name.endswith(".csv")}
    report, _ = read_back(made)
    total = report.rows(5)[0]
    assert [
        total.get(one) for one in (forms.MEASURES, forms.SOLELY, "Visibility restriction Removal")
    ] == ["7"] * 3
    assert report.rows(4)[0].get("Number of actions taken on the basis of the law") == "3"
    assert report.value(7, Indicator=forms.SUBMITTED, Scope=forms.TOTAL_NUMBER) == "1"
    assert report.value(7, Indicator=forms.AGAINST_REMOVAL, Scope=forms.TOTAL_NUMBER) == "1"
    assert report.value(8, Indicator=forms.SOLELY_MEASURES, Scope=forms.TOTAL_NUMBER) == "10"

    done = recount(filled, tmp_path / "v1" / "report.zip")
    assert "312 entries" in done.stdout
    agree, of = done.stdout.split(" verified; ")[1].split(" cells agree")[0].split(" of ")
    assert agree == of
    assert "sealed in the log" in done.stderr


def test_a_figure_that_was_made_up_is_shown_claimed_against_counted(filled, tmp_path):
    write(filled, tmp_path, "v1")

    def change(name, body):
        if name.startswith("5_"):
            lines = body.split(b"\r\n")
            return b"\r\n".join([lines[0], lines[1].replace(b",7,7,7,", b",9,7,7,"), *lines[2:]])
        return body

    lied = rewritten(tmp_path / "v1" / "report.zip", tmp_path / "lied.zip", change)
    done = recount(filled, lied, check=False)
    cells = json.loads(recount(filled, lied, "--json", check=False).stdout)

    assert done.returncode == 1
    assert "claimed 9\tcounted 7\tdiffers; 2 more than the log holds" in done.stdout
    assert [one["counted"] for one in cells if one["verdict"] == "differs"] == [7]


def test_a_log_that_was_touched_recounts_nothing(filled, tmp_path):
    write(filled, tmp_path, "v1")
    bundle = next((filled.log / "tile" / "entries").rglob("000"))
    body = bytearray(bundle.read_bytes())
    body[60] ^= 1
    bundle.write_bytes(body)

    done = recount(filled, tmp_path / "v1" / "report.zip", check=False)

    assert done.returncode == 1
    assert "The log serves" in done.stderr


def test_the_page_and_the_workbook_are_for_people(filled, tmp_path):
    write(filled, tmp_path, "v1")
    page = (tmp_path / "v1" / "report.html").read_text()

    assert "KEYWORD_HUMAN_TRAFFICKING" in page
    assert "KEYWORD_ANIMAL_HARM" not in page  # nothing happened there
    assert page.count("<svg") == 5
    assert "Own measures detected by machines alone: Foro 100.0 percent" in page
    assert "http" not in page.replace("https://json", "")
    assert (tmp_path / "v1" / "report.xlsx").read_bytes().startswith(b"PK")
    lint = run("report", "lint", tmp_path / "v1" / "report.xlsx", "--tier", "online_platform")
    assert lint.stdout == "No finding.\n"  # it says itself that it is a copy


def test_what_happens_in_cases_is_counted_from_their_events(filled, journal, keep):
    platform = platforms.every(journal)[0]
    found = report_figures.heard(journal, platform, str(YEAR))
    before = report_figures.heard(journal, platform, str(YEAR - 1))

    assert [(one.outcome, one.hours, one.about) for one in found.complaints] == [
        ("", None, (forms.AGAINST_REMOVAL,))
    ]
    assert before.complaints == ()


def heard_by_many(journal, keep):
    """Twelve complaints more, of which ten are decided, and the figures of a year that is over."""
    this = {"application_date": f"{YEAR}-03-01", "content_date": f"{YEAR}-02-01", **REMOVED}
    reviewer = people.add(journal, platforms.every(journal)[0], "Rosa", "r@example.org").reviewer
    for n, prepared in enumerate(keep(12, **this, **LAW, **OWN)):
        case = UUID(prepared.case)
        filed(journal, case)
        if n < 10:
            decided(journal, case, reviewer)
    figures_check.count_on(journal)
    over = datetime(YEAR + 1, 1, 1, 3, tzinfo=UTC)
    figures_published.publish(journal, over)


def decided(journal, case, reviewer):
    now = casework.now()
    for step in (
        partial(complaint.assign, to=reviewer, by=reviewer, now=now),
        partial(complaint.open_file, reviewer=reviewer, now=now + timedelta(days=2)),
        partial(
            complaint.decide,
            reviewer=reviewer,
            outcome="upheld",
            reasons=REASONS,
            now=now + timedelta(days=2),
        ),
    ):
        casework.act(journal, case, step)


def test_part_7_is_recounted_by_an_outsider_within_the_rule_of_ten(filled, journal, keep, tmp_path):
    heard_by_many(journal, keep)
    Publisher(filled, journal).beat()
    write(filled, tmp_path, "v1")

    done = recount(filled, tmp_path / "v1" / "report.zip", "--json")
    cells = {
        (one["row"], one["column"]): one for one in json.loads(done.stdout) if one["part"] == 7
    }

    total = cells[forms.SUBMITTED, forms.TOTAL_NUMBER.strip()]
    assert (total["claimed"], total["counted"], total["verdict"]) == ("13", 13, "same")
    upheld = cells[forms.SUBMITTED, forms.UPHELD.strip()]
    assert (upheld["claimed"], upheld["counted"], upheld["verdict"]) == ("10", 10, "same")
    median = cells[forms.SUBMITTED, forms.MEDIAN.strip()]
    assert (median["claimed"], median["counted"], median["verdict"]) == ("48", 48.0, "same")
    assert cells[forms.SUBMITTED, forms.REVERSED.strip()]["verdict"] == "not shown"


@pytest.mark.parametrize(
    ("claim", "instead", "why"),
    [
        (b"13", b"11", "2 in the log are not in the report"),
        (b"10", b"9", "1 in the log are not in the report"),
        (b"0", b"12", "the log shows fewer than 10"),
        (b"48", b"24", "24 in the log are not in the report"),
    ],
)
def test_a_part_7_that_was_made_prettier_is_found_out(
    filled, journal, keep, tmp_path, claim, instead, why
):
    heard_by_many(journal, keep)
    Publisher(filled, journal).beat()
    write(filled, tmp_path, "v1")

    def prettier(name, body):
        if not name.startswith("7_"):
            return body
        lines = body.splitlines(keepends=True)
        scope = (
            {
                b"13": forms.TOTAL_NUMBER,
                b"10": forms.UPHELD,
                b"0": forms.REVERSED,
                b"48": forms.MEDIAN,
            }[claim]
            .strip()
            .encode()
        )
        n = next(
            n for n, line in enumerate(lines) if forms.SUBMITTED.encode() in line and scope in line
        )
        lines[n] = lines[n].replace(b"," + claim + b",", b"," + instead + b",")
        return b"".join(lines)

    told = rewritten(tmp_path / "v1" / "report.zip", tmp_path / "told.zip", prettier)
    done = recount(filled, told, check=False)

    assert done.returncode == 1
    assert why in done.stdout


def test_a_log_without_figures_of_the_period_says_so(filled, tmp_path):
    write(filled, tmp_path, "v1")

    done = recount(filled, tmp_path / "v1" / "report.zip")

    assert (
        "part 7: this log holds no figures of complaints and disputes for this period"
        in done.stderr
    )


def test_memory_does_not_grow_with_the_number_of_decisions(filled, journal):
    found = Counted("foro", f"{YEAR}-01-01", f"{YEAR}-12-31")
    leaves = journal.leaves(0, journal.size())
    for _ in range(50):
        found.add(leaves)

    assert found.leaves == 50 * len(leaves)
    assert len(found._raw) == 2


@pytest.mark.parametrize(
    "leaf",
    [
        b'{"type":"decision.issued"',
        b'{"type":"decision.issued","public":{"category":7}}',
        b'{"type":"decision.issued","public":{}}',
        b'\xff{"type":"decision.issued"}',
    ],
)
def test_an_entry_that_only_says_it_is_a_decision_is_named_and_stops_nothing(leaf):
    found = Counted("foro", "2026-01-01", "2026-12-31")
    found.add([leaf, b"something else"])

    assert (found.leaves, found.strange) == (2, 1)
    assert found.measures() == {}


def test_a_page_counts_only_what_came_since_it_was_last_looked_at(filled, journal, keep):
    platform = platforms.find(journal, "foro")
    year = (date(YEAR, 1, 1), date(YEAR, 12, 31))
    tally = report_figures.Tally()
    read = []
    journal.db.connection.set_exec_trace(lambda _cursor, _sql, bound: read.append(bound) or True)

    first = tally.of(journal, platform, *year)
    keep(2, application_date=f"{YEAR}-03-02", content_date=f"{YEAR}-02-01", **REMOVED, **LAW, **OWN)
    read.clear()
    second = tally.of(journal, platform, *year)
    spans = [bound for bound in read if isinstance(bound, tuple) and len(bound) == 2]
    read.clear()
    third = tally.of(journal, platform, *year)

    assert second == third == report_figures.counted(journal, platform, *year).measures()
    assert sum(second.values()) == sum(first.values()) + 2
    assert spans == [(journal.size() - 2, journal.size())]
    other = (date(YEAR - 1, 1, 1), date(YEAR - 1, 12, 31))
    assert sum(tally.of(journal, platform, *other).values()) == 300


def test_what_was_written_lints_clean_however_it_is_handed_on(filled, tmp_path):
    write(filled, tmp_path, "v1")
    with zipfile.ZipFile(tmp_path / "v1" / "report.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    loose = sorted((tmp_path / "unpacked").iterdir())

    assert (tmp_path / "unpacked" / "manifest.json") in loose
    for paths in (
        [tmp_path / "v1"],
        [tmp_path / "v1" / "report.zip"],
        [tmp_path / "v1" / "report.xlsx"],
        [tmp_path / "unpacked"],
        loose,
    ):
        told = run("report", "lint", "--strict", "--tier", "online_platform", *paths)
        assert told.stdout == "No finding.\n"
