"""Complaints of another tool are taken from its export into the answers, by their ids there."""

import pytest
from tests.conftest import run
from tests.report.conftest import filled_in

from amparo.connectors import mapping
from amparo.errors import Malformed
from amparo.report import answers

MAPPING = """
[columns]
id = "Ticket"
submitted = "Created at"
decided = "Closed at"
outcome = "Resolution"
about = "Reason"

[words.outcome]
"Kept" = "upheld"
"Restored" = "reversed"
"Withdrawn" = "omitted"
"" = "pending"

[words.about]
"Post removed" = "removal"
"Banned" = "account"
"Both" = "removal, account"

[dates]
format = "%d/%m/%Y %H:%M"
zone = "Europe/Madrid"
"""
TABLE = """\
Ticket;Created at;Closed at;Resolution;Reason;Agent
T-1;01/03/2026 11:00;02/03/2026 11:00;Restored;Post removed;Ana
T-2;05/07/2026 12:00;;;Both;Ana
T-3;06/03/2026 09:00;06/03/2026 10:00;Kept;Banned;"Luis; night"
"""


@pytest.fixture
def files(tmp_path):
    text = filled_in("foro", "Foro").replace('complaints = "none"', 'complaints = ""')
    for name, body in (
        ("answers.toml", f"# ours, with a note\n{text}"),
        ("zendesk.toml", MAPPING),
        ("export.csv", TABLE),
    ):
        (tmp_path / name).write_text(body)
    return tmp_path


def take_in(files, *, check=True):
    words = ("--mapping", files / "zendesk.toml", "--answers", files / "answers.toml")
    return run("report", "import", "complaints", files / "export.csv", *words, check=check)


def complaints(files):
    found = answers.read(answers.parse((files / "answers.toml").read_text())).complaint
    return {one.id: one for one in found}


def test_a_table_of_another_tool_is_read_by_its_mapping(files):
    done = take_in(files)

    assert "3 complaints added, 0 brought up to date, 0 known already, 0 refused" in done.stdout
    found = complaints(files)
    assert found["T-1"].about == ("removal",)
    assert answers.moment(found["T-1"].submitted).isoformat() == "2026-03-01T10:00:00+00:00"
    assert answers.moment(found["T-2"].submitted).hour == 10  # summer in Madrid
    assert (found["T-2"].outcome, found["T-2"].about) == ("pending", ("removal", "account"))
    assert "# ours, with a note" in (files / "answers.toml").read_text()


def test_taking_it_in_twice_changes_nothing_and_a_newer_one_brings_it_up_to_date(files):
    take_in(files)
    first = (files / "answers.toml").read_text()
    again = take_in(files)
    assert "0 complaints added, 0 brought up to date, 3 known already" in again.stdout
    assert (files / "answers.toml").read_text() == first

    (files / "export.csv").write_text(
        TABLE.replace("T-2;05/07/2026 12:00;;", "T-2;05/07/2026 12:00;09/07/2026 12:00;Kept")
    )
    newer = take_in(files)

    assert "0 complaints added, 1 brought up to date, 2 known already" in newer.stdout
    assert complaints(files)["T-2"].outcome == "upheld"
    assert len(complaints(files)) == 3
    assert "# ours, with a note" in (files / "answers.toml").read_text()


def test_what_the_mapping_does_not_explain_is_refused_by_its_line_and_the_rest_taken(files):
    more = (
        "T-4;07/03/2026 09:00;07/03/2026 10:00;Escalated;Banned;Ana\n"
        "T-5;2026-03-07;;;Banned;Ana\n"
        "T-6;08/03/2026 09:00;07/03/2026 10:00;Kept;Banned;Ana\n"
        ";08/03/2026 09:00;;;Banned;Ana\n"
        "T-1;01/03/2026 11:00;;;Post removed;Ana\n"
    )
    (files / "export.csv").write_text(TABLE + more)
    done = take_in(files, check=False)

    assert done.returncode == 1
    assert "3 complaints added" in done.stdout
    assert "5 refused" in done.stdout
    for line, why in (
        (5, "Resolution: no word of ours for 'Escalated'; add it to [words.outcome]"),
        (6, "Created at: '2026-03-07' is not written as %d/%m/%Y %H:%M"),
        (7, "was decided before it was submitted"),
        (8, "missing required field `id`"),
        (9, "'T-1' stands in the table twice, in two ways"),
    ):
        assert f"export.csv line {line}: " in done.stderr
        assert why in done.stderr


def test_answers_that_say_there_were_none_are_left_as_they_are(files):
    path = files / "answers.toml"
    path.write_text(path.read_text().replace('complaints = ""', 'complaints = "none"'))
    before = path.read_text()
    done = take_in(files, check=False)

    assert done.returncode == 1
    assert 'says complaints = "none", and 3 are listed' in done.stderr
    assert path.read_text() == before


def test_a_text_that_only_looks_like_a_complaint_is_not_touched(files):
    path = files / "answers.toml"
    take_in(files)
    text = path.read_text().replace(
        '"Qualitative description of the automated means" = "As our page says."',
        '"Qualitative description of the automated means" = """\n[[complaint]]\nid = "T-2"\n"""',
    )
    path.write_text(text)
    (files / "export.csv").write_text(TABLE.replace("12:00;;;Both", "12:00;;;Banned"))
    done = take_in(files)

    assert "1 brought up to date" in done.stdout
    assert '"""\n[[complaint]]\nid = "T-2"\n"""' in path.read_text()
    assert complaints(files)["T-2"].about == ("account",)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (('id = "Ticket"', 'id = "Number"'), "the table has no column 'Number'; it has Ticket,"),
        (("Europe/Madrid", "Madrid"), "'Madrid' is no time zone"),
        (("[columns]", "[colums]"), "unknown field"),
        (("[dates]", "[always]\nid = '1'\n[dates]"), "under [columns] and under [always]"),
    ],
)
def test_a_mapping_that_does_not_fit_says_why(files, change, why):
    (files / "zendesk.toml").write_text(MAPPING.replace(*change))

    assert why in take_in(files, check=False).stderr


def test_a_day_stays_the_day_it_is_in_any_zone():
    how = mapping.read(
        {"columns": {"submitted": "Day"}, "dates": {"format": "%d.%m.%Y", "zone": "Asia/Tokyo"}}
    )

    assert mapping.mapped(how, {"Day": "01.01.2026"}) == {"submitted": "2026-01-01"}
    with pytest.raises(Malformed):
        mapping.check_columns(how, ["Date"])
