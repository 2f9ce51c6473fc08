"""What was sent is compared with what the public dump of that day shows."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.conftest import run
from tests.eu_stand_in import Fault
from tests.ledger.forward.conftest import until

from amparo.cli.comparison import in_turn
from amparo.connectors import eu_database
from amparo.ledger.forward import comparison, forwardings, outcomes
from amparo.web.http import telemetry

pytestmark = pytest.mark.usefixtures("quick")
TODAY = datetime.now(UTC).date()


@pytest.fixture
def sent(journal, foro, set_up, sending, eu):
    """Three statements that are there."""
    set_up()
    with sending():
        until(lambda: forwardings.of_platform(journal, foro).sent == 3)


def words_for(node, path):
    day = next(iter(path.name.split("foro-")[1:]))[:10]
    return ("forward", "compare", "foro", "--day", day, "--dump", path, "--data", node.folder)


def compare(node, path):
    return run(*words_for(node, path)).stdout.strip()


def day_of(eu):
    return next(iter(eu.rows.values()))["created_at"][:10]


def test_what_the_dump_shows_as_it_was_sent_is_no_difference(
    node, journal, foro, eu, sent, tmp_path
):
    """Every field of made-up statements goes out, through a dump's cells, and is found the same."""
    day = day_of(eu)

    told = compare(node, eu.publish(tmp_path, day, "foro"))

    assert told == f"foro {day}: 3 found, 0 missing, 0 altered; 0 did not go by here"
    assert list(comparison.different(journal, foro.id)) == []


def test_a_missing_and_an_altered_statement_are_named(node, journal, foro, eu, sent, tmp_path):
    day = day_of(eu)
    altered = {"own-00001": {"category": "STATEMENT_CATEGORY_VIOLENCE", "decision_facts": "Other"}}
    path = eu.publish(tmp_path, day, "foro", altered, without={"own-00002"})

    told = compare(node, path)
    rows = run("forward", "differences", "foro", "--format", "json", "--data", node.folder).stdout

    assert told == f"foro {day}: 2 found, 1 missing, 1 altered; 0 did not go by here"
    assert '"puid":"own-00002"' in rows.splitlines()[0]
    assert '"what differs":"missing"' in rows.splitlines()[0]
    assert "decision_facts" in rows.splitlines()[1]
    assert forwardings.counted(journal, foro.id).different == 2


def test_a_dump_that_was_mended_takes_the_differences_back(node, journal, foro, eu, sent, tmp_path):
    """The archive writes days anew under their names: the later look counts."""
    day = day_of(eu)
    compare(node, eu.publish(tmp_path, day, "foro", without={"own-00002"}))

    told = compare(node, eu.publish(tmp_path, day, "foro"))

    assert " 0 missing" in told
    assert list(comparison.different(journal, foro.id)) == []


def test_what_was_only_known_there_gets_its_number_and_what_others_sent_is_counted(
    node, journal, foro, eu, set_up, sending, tmp_path
):
    set_up()
    eu.faults.append(Fault(stores=True))
    with sending():
        until(lambda: forwardings.of_platform(journal, foro).sent == 3)
    assert outcomes.became(journal, 0).uuid is None
    one = eu.rows["own-00000"]
    eu.rows["theirs"] = one | {"puid": "theirs", "uuid": "00000000-0000-4000-8000-000000000009"}
    day = day_of(eu)

    told = compare(node, eu.publish(tmp_path, day, "foro"))

    assert told == f"foro {day}: 3 found, 0 missing, 0 altered; 1 did not go by here"
    assert bytes(outcomes.became(journal, 0).uuid).hex() == one["uuid"].replace("-", "")


def test_a_row_without_a_number_costs_no_other(node, eu, sent, tmp_path):
    one = eu.rows["own-00000"]
    eu.rows["broken"] = one | {"puid": "broken", "uuid": "none"}
    day = day_of(eu)

    told = compare(node, eu.publish(tmp_path, day, "foro"))

    assert told == f"foro {day}: 3 found, 0 missing, 0 altered; 1 did not go by here"


def test_a_day_is_due_once_its_dump_can_be_there_and_until_it_was_compared(
    node, journal, foro, eu, sent, tmp_path
):
    day = date.fromisoformat(day_of(eu))
    next_morning = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=33)

    assert comparison.due(journal, foro.id, next_morning - timedelta(hours=3)) == []
    assert comparison.due(journal, foro.id, next_morning) == [day]
    compare(node, eu.publish(tmp_path, str(day), "foro"))
    assert comparison.due(journal, foro.id, next_morning) == []


def test_a_dump_is_fetched_from_the_database_it_was_sent_to(
    node, journal, foro, eu, sent, tmp_path
):
    day = day_of(eu)
    words = ("forward", "compare", "foro", "--day", day, "--data", node.folder)
    early = run(*words, check=False)
    eu.publish(tmp_path, day, "foro")

    assert (early.returncode, "answers 403" in early.stderr) == (1, True)
    assert "3 found" in run(*words).stdout


def test_days_without_a_dump_hold_up_no_other(node, journal, foro, eu, sent, tmp_path):
    """Late: the archive lacks the dumps of four days, and has the one of the fifth."""
    days = [TODAY - timedelta(days=n) for n in range(9, 4, -1)]
    noons = [comparison.begin_of(day) + 12 * 3600 for day in days]
    with journal.transaction():
        journal.db.execute("UPDATE forwarded SET at = ?", (noons[4],))
        rows = [(100 + n, foro.id, None, at) for n, at in enumerate(noons[:4])]
        journal.db.insert_many("forwarded", rows)
    for row in eu.rows.values():
        row["created_at"] = f"{days[4]} 12:00:00"
    eu.publish(tmp_path, str(days[4]), "foro")

    done = run("forward", "compare", "--data", node.folder, check=False)

    assert (done.returncode, done.stderr.count("answers 403")) == (1, 4)
    assert done.stdout.strip().startswith(f"foro {days[4]}: 3 found, 0 missing")


def test_with_rows_that_nobody_can_read_none_is_named_as_missing(
    node, journal, foro, eu, sent, tmp_path
):
    day = day_of(eu)
    path = eu.publish(tmp_path, day, "foro", without={"own-00002"}, torn=True)

    done = run(*words_for(node, path), check=False)

    assert (done.returncode, done.stdout.strip()) == (
        1,
        f"foro {day}: 2 found, 0 missing, 0 altered; 0 did not go by here",
    )
    assert "1 rows of it cannot be read" in done.stderr
    assert list(comparison.different(journal, foro.id)) == []


def test_a_dump_that_lacks_a_part_says_nothing_of_what_it_lacks(
    node, journal, foro, eu, sent, tmp_path
):
    day = day_of(eu)
    path = eu.publish(tmp_path, day, "foro", without={"own-00002"}, parts=[1])

    done = run(*words_for(node, path), check=False)

    assert done.returncode == 1
    assert "The dump is not whole. parts are missing in the numbering: [0]" in done.stderr
    assert comparison.newest(journal, foro.id) == ""


def test_each_hour_another_day_comes_first_so_that_a_damaged_dump_holds_up_no_other():
    days = [date(2026, 3, n) for n in range(1, 6)]
    hours = [datetime(2026, 3, 7, tzinfo=UTC) + timedelta(hours=n) for n in range(5)]

    orders = [in_turn(days, hour) for hour in hours]

    assert {order[0] for order in orders} == set(days)
    assert all(sorted(order) == days for order in orders)
    assert in_turn([], hours[0]) == []


def test_nothing_is_said_of_differences_before_a_day_was_compared(
    node, journal, foro, eu, sent, tmp_path
):
    """Nobody has looked: that is no zero."""
    before = status(node), differences_measured(journal)
    compare(node, eu.publish(tmp_path, day_of(eu), "foro"))
    after = status(node)

    assert before[0]["compared_until"] == ""
    assert ("differ_from_dump" in before[0], before[1]) == (False, {})
    assert (after["compared_until"], after["differ_from_dump"]) == (day_of(eu), 0)
    assert differences_measured(journal) == {
        "amparo_forward_different": 0,
        "amparo_forward_compared_timestamp_seconds": comparison.begin_of(
            date.fromisoformat(day_of(eu))
        ),
    }


def status(node):
    return json.loads(run("forward", "status", "--json", "--data", node.folder).stdout)


def differences_measured(journal):
    names = ("amparo_forward_different", "amparo_forward_compared_timestamp_seconds")
    return {
        sample.name: sample.value
        for gauge in telemetry.of_forwardings(journal)
        for sample in gauge.samples
        if sample.name in names
    }


def test_all_differences_are_listed_however_many_there_are(node, journal, foro, sent):
    rows = [(seq, foro.id, "2026-03-01", "") for seq in range(300)]
    with journal.transaction():
        journal.db.insert_many("forward_difference", rows)

    found = [difference.seq for difference in comparison.different(journal, foro.id)]

    assert found == list(reversed(range(300)))
    assert [one.seq for one in comparison.newest_different(journal, foro.id, 2)] == [299, 298]


def test_what_the_dump_does_to_texts_on_its_way_out_is_no_difference():
    sent = {"decision_facts": 'He said "no".\nThen \\ he left.', "content_type": ["B", "A"]}
    published = {"decision_facts": "He said no. Then he left.", "content_type": ["A", "B", "B"]}

    assert eu_database.differences(sent, published) == ()
    assert eu_database.differences(sent, {"content_type": ["A"]}) == (
        "content_type",
        "decision_facts",
    )
