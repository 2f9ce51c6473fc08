"""What is said for all alike reaches what waits: each change once, whoever makes it."""

import msgspec
import pytest
from tests.connect.conftest import FORM, GROUND, WHOLE, WITHOUT_GROUND, ban

from amparo.connectors import config
from amparo.connectors.rule import Rule
from amparo.errors import Missing, Refused
from amparo.ledger.connect import connections, drafts, ingest, items

SPAM = Rule({"reason": "spam"}, GROUND)
HALF = Rule({"reason": "spam"}, {"category": GROUND["category"]})


@pytest.fixture
def waiting(world):
    """A draft about spam, which no rule knows yet."""
    world.take(ban("b1", decision=WITHOUT_GROUND, words={"reason": "spam"}))
    return world


def put_file(world, *rules):
    """The connection's file is read again, with these rules in it."""
    form = msgspec.structs.replace(config.read(FORM), rule=rules)
    return connections.add(world.journal, form, now=1)


def say(world, rule):
    drafts.add_rule(world.journal, world.connection, rule, by=world.lead, now=world.now)


def carried_out(world):
    """On how many drafts."""
    return drafts.go_on(world.journal, world.secret, world.connection, world.now)


def states(world):
    return items.counts(world.journal, world.connection.id)


def test_a_rule_that_is_mended_in_the_file_completes_what_waits(waiting):
    put_file(waiting, HALF)
    assert (carried_out(waiting), states(waiting)) == (1, {"draft": 1})

    put_file(waiting, SPAM)

    assert (carried_out(waiting), states(waiting)) == (1, {"stated": 1})


def test_a_rule_of_the_desk_after_the_files_last_one_is_gone_completes_what_waits(waiting):
    put_file(waiting, HALF)
    carried_out(waiting)
    put_file(waiting)
    carried_out(waiting)

    say(waiting, SPAM)

    assert (carried_out(waiting), states(waiting)) == (1, {"stated": 1})


def test_the_same_file_again_settles_nothing_anew(waiting):
    put_file(waiting, HALF)
    assert carried_out(waiting) == 1

    put_file(waiting, HALF)

    assert carried_out(waiting) == 0


def test_what_the_desk_says_counts_before_what_the_file_says_whichever_came_first(waiting):
    say(waiting, SPAM)
    put_file(waiting, Rule(SPAM.when, GROUND | {"category": "STATEMENT_CATEGORY_VIOLENCE"}))

    carried_out(waiting)

    [(_, file)] = waiting.statements()
    assert file.public["category"] == GROUND["category"]


def test_a_rule_that_is_sent_twice_is_one_and_settles_what_waits_once(waiting):
    """A second click, while so many drafts wait that the page is still there."""
    say(waiting, HALF)
    assert carried_out(waiting) == 1

    say(waiting, HALF)

    assert carried_out(waiting) == 0
    assert connections.rules_of(waiting.journal, waiting.connection.id) == [HALF]


def test_what_was_said_before_something_else_can_be_said_again(waiting):
    """Of equal ones the newer goes first."""
    other = Rule(SPAM.when, GROUND | {"category": "STATEMENT_CATEGORY_VIOLENCE"})
    for rule in (SPAM, other, SPAM):
        say(waiting, rule)

    carried_out(waiting)

    [(_, file)] = waiting.statements()
    assert file.public["category"] == GROUND["category"]


def stale(world, change):
    """The connection as it was read, before somebody has changed it."""
    connection = world.connection
    change(connection)
    return connection


def remove(world):
    return lambda connection: connections.remove(world.node, world.journal, connection)


def test_a_pause_ends_a_taking_that_runs(world):
    connection = stale(world, lambda it: connections.pause(world.journal, it))

    with pytest.raises(Refused, match="does not run"):
        ingest.take(world.journal, world.secret, connection, [ban("b1")], now=world.now)

    assert states(world) == {}


def test_after_a_removal_nothing_more_is_kept_under_its_number(world):
    """The next connection gets that number."""
    connection = stale(world, remove(world))

    with pytest.raises(Refused, match="does not run"):
        ingest.take(
            world.journal, world.secret, connection, [ban("b1", decision=WHOLE)], now=world.now
        )
    with pytest.raises(Missing):
        drafts.add_rule(world.journal, connection, SPAM, by=world.lead, now=world.now)

    for table in ("connector_item", "connector_rule", "connector_refusal"):
        assert world.journal.db.execute(f"SELECT count(*) FROM {table}").get == 0
    assert world.statements() == []


def test_rules_are_carried_out_only_while_the_connection_runs(waiting):
    say(waiting, SPAM)
    connection = stale(waiting, lambda it: connections.pause(waiting.journal, it))
    settle = (waiting.journal, waiting.secret, connection, waiting.now)

    assert drafts.go_on(*settle) == 0
    connections.resume(waiting.journal, waiting.connection)
    assert drafts.go_on(*settle) == 1
