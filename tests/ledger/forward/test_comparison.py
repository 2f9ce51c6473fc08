"""What was sent is compared with what the public dump of that day shows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.conftest import run
from tests.eu_stand_in import Fault
from tests.ledger.forward.conftest import until

from amparo.connectors import eu_database
from amparo.ledger.forward import comparison, forwardings, outcomes

pytestmark = pytest.mark.usefixtures("quick")
TODAY = datetime.now(UTC).date()


@pytest.fixture
def sent(journal, foro, set_up, sending, eu):
    """Three statements that are there."""
    set_up()
    with sending():
        until(lambda: forwardings.of_platform(journal, foro).sent == 3)


def compare(node, path):
    day = next(iter(path.name.split("foro-")[1:]))[:10]
    words = ("forward", "compare", "foro", "--day", day, "--dump", path, "--data", node.folder)
    return run(*words).stdout.strip()


def day_of(eu):
    return next(iter(eu.rows.values()))["created_at"][:10]


def test_what_the_dump_shows_as_it_was_sent_is_no_difference(
    node, journal, foro, eu, sent, tmp_path
):
    """Every field of made-up statements goes out, through a dump's cells, and is found the same."""
    day = day_of(eu)

    told = compare(node, eu.publish(tmp_path, day, "foro"))

    assert told == f"foro {day}: 3 found, 0 missing, 0 altered; 0 did not go by here"
    assert comparison.different(journal, foro.id) == []


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
    assert comparison.different(journal, foro.id) == []


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
    early = run(*words)
    eu.publish(tmp_path, day, "foro")

    assert "answers 403" in early.stderr
    assert "3 found" in run(*words).stdout


def test_what_the_dump_does_to_texts_on_its_way_out_is_no_difference():
    sent = {"decision_facts": 'He said "no".\nThen \\ he left.', "content_type": ["B", "A"]}
    published = {"decision_facts": "He said no. Then he left.", "content_type": ["A", "B", "B"]}

    assert eu_database.differences(sent, published) == ()
    assert eu_database.differences(sent, {"content_type": ["A"]}) == (
        "content_type",
        "decision_facts",
    )
