"""`amparo observe`, as a journalist and as a script use it."""

import csv
import io
import json

import pytest
from tests.conftest import run

from amparo.observatory.engine import builtin


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_waves_of_a_file_as_csv_one_row_an_alarm_day():
    done = run("observe", "waves", "--series", builtin(), "--format", "csv")

    found = rows(done.stdout)
    assert list(found[0]) == ["platform", "metric", "date", "class"]
    assert {"wave", "backlog", "catch_up", "volume_surge", "level_shift"} <= {
        r["class"] for r in found
    }
    assert {r["metric"] for r in found} == {"account.suspended", "account.terminated"}


def test_waves_of_one_platform_since_a_day():
    done = run(
        "observe", "waves", "--platform", "roblox", "--since", "2025-12-01", "--format", "json"
    )

    [wave] = [json.loads(line) for line in done.stdout.splitlines()]
    assert wave["taken for"] == "wave"
    assert wave["counted"] > 3 * wave["expected"]


@pytest.mark.parametrize(
    "days",
    [
        ("--since", "2030-01-01"),
        ("--until", "2020-01-01"),
        ("--since", "2025-02-10", "--until", "2025-02-01"),
    ],
    ids=["after all", "before all", "the wrong way round"],
)
def test_days_that_no_series_can_have_are_refused_in_words(days):
    done = run("observe", "show", "statements", *days, check=False)

    assert done.returncode == 1
    assert "There is no day from" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_csv_series_works_like_parquet(tmp_path):
    file = tmp_path / "series.csv"
    lines = ["date,platform,metric,value"]
    for day in range(100):
        date = f"2025-{1 + day // 28:02d}-{1 + day % 28:02d}"
        count = 900 if day == 90 else 20 + day % 3
        lines += [
            f"{date},Plaza,statements,{count + 50}",
            f"{date},Plaza,account.suspended,{count}",
        ]
    file.write_text("\n".join(lines))

    found = rows(run("observe", "waves", "--series", file, "--format", "csv").stdout)

    assert found[0] == {
        "platform": "Plaza",
        "metric": "account.suspended",
        "date": "2025-04-07",
        "class": "wave",
    }


def test_show_gives_months_to_people_and_days_to_programs():
    people = run("observe", "show", "account.suspended", "--platform", "X", "--since", "2025-06-01")
    program = run(
        "observe",
        "show",
        "account.suspended",
        "--platform",
        "X",
        "--since",
        "2025-06-01",
        "--until",
        "2025-06-02",
        "--format",
        "csv",
    )

    assert "2025-07" in people.stdout
    assert program.stdout.splitlines()[1:] == ["2025-06-01,X,1560,yes", "2025-06-02,X,1000,yes"]


def test_the_query_behind_a_figure_can_be_copied_and_run():
    query = run("observe", "show", "statements", "--query").stdout

    assert query.startswith("SELECT date, asked AS platform")
    told = run(
        "observe",
        "sql",
        "SELECT sum(value) AS n FROM daily WHERE metric = 'statements' AND platform = '*'",
    )
    assert told.stdout == "n\n36636410373\n"


def test_silences_doubts_errata_and_measures_pipe():
    assert "2025-08-26" in run("observe", "silences", "--platform", "X").stdout
    assert "copied_series\tXbox Store" in run("observe", "doubts").stdout
    assert "Google Play" in run("observe", "errata").stdout
    assert "keyword.hate_speech" in run("observe", "measures", "hate").stdout


def test_a_wrong_name_is_told_with_what_is_near():
    done = run("observe", "show", "suspended", check=False)

    assert done.returncode == 1
    assert "account.suspended" in done.stderr
