"""Records of a source go on the record: each version once, in whatever order they come."""

import itertools
from collections import Counter

import pytest
from tests.conftest import new_node
from tests.connect.conftest import (
    GROUND,
    WHOLE,
    WITHOUT_GROUND,
    World,
    ban,
    changed,
    unban,
)

from amparo.connectors.record import Handled, Person, Record
from amparo.connectors.rule import Rule
from amparo.errors import Missing, Refused
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, drafts, items
from amparo.ledger.connect.ingest import Unreadable
from amparo.ledger.connect.items import Item
from amparo.ledger.outbound import outbox
from amparo.ledger.upkeep import erase
from amparo.record import sealing


def sealed_of(world, case):
    return sealing.unpack(world.journal.decision(case).opening).fields()


def test_a_decision_that_lacks_nothing_is_a_statement_with_the_time_of_its_source(world):
    assert world.take(ban(at="2026-11-03T09:00:00Z")) == {"stated": 1}

    [(case, file)] = world.statements()
    assert file.public["category"] == WHOLE["category"]
    imported = sealed_of(world, case)["imported"]
    assert imported == {"platform_name": "foro.example", "created_at": "2026-11-03T09:00:00Z"}


def test_the_day_of_the_decision_is_when_it_applies_unless_the_source_says_otherwise(world):
    silent = {name: value for name, value in WHOLE.items() if name != "application_date"}

    world.take(ban("b1", "2026-11-03T09:00:00Z", silent))
    world.take(ban("b2", "2026-11-03T09:00:00Z", silent | {"application_date": "2026-11-04"}))

    applied = [file.public["application_date"] for _, file in world.statements()]
    assert applied == ["2026-11-03", "2026-11-04"]


def test_the_same_again_changes_nothing(world):
    world.take(ban("b1"), unban("u1", "b1"))
    size = world.journal.size()

    assert world.take(ban("b1"), unban("u1", "b1"), ban("b1")) == {"known": 3}
    assert world.journal.size() == size


def test_one_of_two_in_a_batch_is_enough(world):
    assert world.take(ban("b1"), ban("b1"), ban("b2")) == {"stated": 2, "known": 1}


def test_a_later_version_that_says_something_else_corrects_the_statement(world):
    first = ban("b1", version="2026-11-03T09:00:00Z")
    world.take(first)

    shorter = WHOLE | {"decision_facts": "It was one post, not two."}
    done = world.take(changed(first, decision=shorter, version="2026-11-04T09:00:00Z"))

    (old, _), (new, _) = world.statements()
    assert done == {"corrected": 1}
    assert casework.read(world.journal, old).case.corrected_by == str(new)
    assert casework.read(world.journal, new).case.corrects == str(old)


def test_two_versions_in_one_batch_are_two_statements(world):
    first = ban("b1", version="1")
    second = changed(first, version="2", decision=WHOLE | {"decision_facts": "Only one post."})

    assert world.take(first, second) == {"stated": 1, "corrected": 1}

    (old, _), (new, _) = world.statements()
    assert casework.read(world.journal, old).case.corrected_by == str(new)


def test_an_earlier_version_that_comes_late_changes_nothing(world):
    late = ban("b1", version="1", decision=WHOLE | {"decision_facts": "What was thought first."})
    world.take(ban("b1", version="2"))

    assert world.take(late) == {"older": 1}
    assert len(world.statements()) == 1


def test_a_version_that_says_the_same_in_another_order_is_no_correction(world):
    listed = WHOLE | {"content_type": ["CONTENT_TYPE_VIDEO", "CONTENT_TYPE_TEXT"]}
    turned = WHOLE | {"content_type": ["CONTENT_TYPE_TEXT", "CONTENT_TYPE_VIDEO"]}
    world.take(ban("b1", version="1", decision=listed))

    assert world.take(ban("b1", version="2", decision=turned)) == {"known": 1}
    assert len(world.statements()) == 1


def test_a_reversal_is_said_in_the_case_and_told_to_whoever_has_it(world):
    world.take(ban("b1", person=Person(email="ana@example.org", language="es")))
    world.take(unban("u1", "b1", reasons="We were wrong."))

    [(case, file)] = world.statements()
    assert world.kinds(case) == ["decision.issued", "decision.lifted"]
    assert file.events[-1].reasons == "We were wrong."
    assert file.events[-1].lifted_at == "2026-11-05T10:00:00Z"
    letters = world.journal.db.execute("SELECT kind FROM outbox ORDER BY id").fetchall()
    assert letters == [("decision",), ("decision_lifted",)]


@pytest.mark.parametrize("order", itertools.permutations(range(4)))
def test_whatever_the_order_the_same_stands_in_the_end(world, order):
    """Two bans and their reversals, one record a batch."""
    records = [ban("b1"), unban("u1", "b1"), ban("b2"), unban("u2", "b2")]

    for place in order:
        world.take(records[place])

    found = sorted(world.kinds(case) for case, _ in world.statements())
    assert found == [["decision.issued", "decision.lifted"]] * 2
    assert items.counts(world.journal, world.connection.id) == {"stated": 2, "lifted": 2}


DEEDS = [
    ban("b1", version="1", decided_by=("mod-3",)),
    ban("b2", decided_by=("mod-4",), person=Person(informed=True)),
    unban("u1", "b1"),
    unban("u2", "b2", version="1"),
    unban("u2", "b2", version="2", reasons="It was a mistake."),
    ban("b1", version="2", decision=WHOLE | {"decision_facts": "Only one post."}),
    unban("u3", "b3"),
    ban("b3", decision=WITHOUT_GROUND, decided_by=("mod-3",)),
    ban("b4", person=Person(email="ana@example.org")),
    unban("u4", "b4"),
    unban("u5", "b5"),
    ban("b5", decided_by=("mod-3",)),
    unban("u6", "b1"),
]


@pytest.mark.parametrize("at_once", [2, 3, 5, 8, len(DEEDS)])
def test_how_records_are_cut_into_batches_changes_nothing(world, tmp_path, at_once):
    """Many of a batch are put on the record in one go, which nobody can see in the cases."""
    other = World(new_node(tmp_path / "other"))
    for batch in batched(DEEDS, at_once):
        world.take(*batch)
    for record in DEEDS:
        other.take(record)

    assert seen_in(world) == seen_in(other)
    other.journal.close()


LATER = {
    "asked about": [ban("b1", version="1"), ban("b1", version="2", decision=WITHOUT_GROUND)],
    "no restriction": [
        ban("b1", version="1"),
        changed(ban("b1", version="2"), kind="warning", decision={}),
    ],
    "another's reversal": [
        ban("b1"),
        unban("u1", "b1", version="1"),
        unban("u1", "b2", version="2"),
    ],
    "no reversal": [
        ban("b1"),
        unban("u1", "b1", version="1"),
        changed(unban("u1", "b1", version="2"), kind="warning", reverses=""),
    ],
    "another's than it waited for": [
        unban("u1", "b1", version="1"),
        ban("b1"),
        unban("u1", "b2", version="2"),
        ban("b2"),
    ],
}


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("records", LATER.values(), ids=LATER)
def test_a_later_version_in_a_batch_goes_by_where_the_one_before_stands(
    world, tmp_path, records, before
):
    """Also where that is put on the record by the end of the batch only."""
    other = World(new_node(tmp_path / "other"))

    done = came_to(world, [records[:before], records[before:]])

    assert done == came_to(other, [[record] for record in records])
    assert seen_in(world) == seen_in(other)
    other.journal.close()


def came_to(world, batches):
    done = Counter()
    for records in batches:
        done.update(world.taken(*records))
    return +done


def batched(records, at_once):
    return [records[start : start + at_once] for start in range(0, len(records), at_once)]


def seen_in(world):
    """What happened in each case, where each item stands, and the totals of the log."""
    happened = [
        [(event.kind, getattr(event, "decided_by", ())) for event in file.events]
        for _, file in world.statements()
    ]
    stands = items.counts(world.journal, world.connection.id)
    totals = world.journal.db.execute("SELECT kind, n FROM total ORDER BY kind").fetchall()
    return sorted(happened), stands, totals


def test_whom_one_notice_of_a_batch_cannot_reach_costs_no_other(world):
    nameless = ban("b2", decided_by=("n" * 700_000,))  # more than a case takes in one entry

    done = world.take(ban("b1", decided_by=("mod-3",)), nameless, ban("b3", decided_by=("mod-4",)))

    assert done == {"stated": 3, "unfinished": 1}
    assert [world.kinds(case) for case, _ in world.statements()] == [
        ["decision.issued", "deciders.named"],
        ["decision.issued"],
        ["decision.issued", "deciders.named"],
    ]


def test_a_reversal_before_its_decision_waits_for_it(world):
    assert world.take(unban("u1", "b1")) == {"parked": 1}
    assert world.statements() == []

    assert world.take(ban("b1")) == {"stated": 1, "lifted": 1}


APPEAL = Record(
    kind="appeal_filed",
    native_id="a1",
    version="1",
    at="2026-11-01T09:00:00Z",
    handled=Handled("complaint", submitted="2026-11-01T09:00:00Z"),
)
OUTCOME = Record(
    kind="appeal_outcome",
    native_id="o1",
    version="1",
    at="2026-11-04T09:00:00Z",
    about="a1",
    handled=Handled("complaint", decided="2026-11-04T09:00:00Z", outcome="upheld"),
)


@pytest.mark.parametrize("size", [1, 2], ids=["one by one", "in one batch"])
@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([unban("u1", "b1"), ban("b1")], {"stated": 1, "lifted": 1}),
        ([OUTCOME, APPEAL], {"counted": 2}),
        ([unban("u1", "b1"), ban("b1", decision=WITHOUT_GROUND)], {"draft": 1, "parked": 1}),
        ([unban("u1", "b1"), unban("u2", "b1")], {"parked": 2}),
    ],
    ids=["a reversal first", "an outcome first", "of a draft", "of nothing"],
)
def test_each_record_is_counted_once_in_whatever_order_it_comes(world, records, expected, size):
    """What had waited is not told as waiting still, once it is told what became of it."""
    done = came_to(world, batched(records, size))

    assert dict(done) == expected
    assert sum(done.values()) == len(records)


def test_a_reversal_of_what_still_waits_for_a_person_waits_too(world):
    world.take(ban("b1", decision=WITHOUT_GROUND), unban("u1", "b1"))
    [group] = drafts.groups(world.journal, world.connection.id)
    [draft] = drafts.of_group(world.journal, world.connection, group.alike)

    done = drafts.complete(
        world.journal,
        world.secret,
        world.connection,
        draft,
        GROUND,
        by=world.seat,
        now=world.now,
    )

    assert done == {"stated": 1, "lifted": 1}


def test_what_a_reversal_does_not_say_is_refused(world):
    assert world.take(Record(kind="reversal", native_id="u1")) == {"refused": 1}

    [(_, why, _)] = connections.refusals(world.journal, world.connection.id)
    assert why == "it takes something back, and does not say what"


def look(at, *, suspended):
    return Record(
        kind="state",
        native_id="account 7",
        version=at,
        at=at,
        states={"suspended": WHOLE if suspended else None},
    )


def test_a_state_becomes_a_decision_only_where_it_changed_since_the_last_look(world):
    world.take(look("2026-11-01T00:00:00Z", suspended=True))
    assert world.statements() == []  # nobody knows when that was decided

    world.take(look("2026-11-02T00:00:00Z", suspended=False))
    assert world.statements() == []

    assert world.take(look("2026-11-03T00:00:00Z", suspended=True))["stated"] == 1
    assert world.take(look("2026-11-04T00:00:00Z", suspended=True)) == {"known": 1}
    assert world.take(look("2026-11-05T00:00:00Z", suspended=False))["lifted"] == 1
    [(case, _)] = world.statements()
    assert world.kinds(case) == ["decision.issued", "decision.lifted"]


def test_a_look_that_comes_late_undoes_nothing(world):
    world.take(look("2026-11-01T00:00:00Z", suspended=False))
    world.take(look("2026-11-03T00:00:00Z", suspended=True))

    assert world.take(look("2026-11-02T00:00:00Z", suspended=False)) == {"older": 1}
    [(case, _)] = world.statements()
    assert world.kinds(case) == ["decision.issued"]


@pytest.mark.parametrize("late", [False, True])
def test_the_outcome_of_an_appeal_ends_it_in_whatever_order_they_come(world, late):
    filed = Record(
        kind="appeal_filed",
        native_id="a1",
        at="2026-11-04T00:00:00Z",
        handled=Handled("complaint", submitted="2026-11-04T00:00:00Z", about=("removal",)),
    )
    ended = Record(
        kind="appeal_outcome",
        native_id="a1 ended",
        about="a1",
        handled=Handled("complaint", decided="2026-11-06T00:00:00Z", outcome="reversed"),
    )

    for record in [ended, filed] if late else [filed, ended]:
        world.take(record)

    assert connections.counted(world.journal, world.connection.platform.id) == {
        "complaint": [
            (
                items.Digests(world.secret, world.connection).name("a1").hex(),
                Handled(
                    "complaint",
                    submitted="2026-11-04T00:00:00Z",
                    decided="2026-11-06T00:00:00Z",
                    outcome="reversed",
                    about=("removal",),
                ),
            )
        ]
    }


def test_a_person_is_told_as_the_record_says(world):
    world.take(
        ban("b1", person=Person(email="ana@example.org", language="es")),
        ban("b2", person=Person(informed=True)),
        ban("b3"),
    )

    (mailed, _), (informed, _), (untold, _) = world.statements()
    assert outbox.contact(world.journal, mailed, "person") is not None
    assert world.kinds(informed) == ["decision.issued", "decision.delivered"]
    assert world.kinds(untold) == ["decision.issued"]


def test_who_decided_is_known_and_whoever_completed_a_draft_too(world):
    """They have a part in it, and do not review a complaint about it."""
    world.take(ban("b1", decision=WITHOUT_GROUND, decided_by=("mod-7",)))
    [group] = drafts.groups(world.journal, world.connection.id)
    [draft] = drafts.of_group(world.journal, world.connection, group.alike)

    drafts.complete(
        world.journal,
        world.secret,
        world.connection,
        draft,
        GROUND,
        by=world.seat,
        now=world.now,
    )

    [(case, _)] = world.statements()
    assert casework.read(world.journal, case).case.deciders == {"mod-7", "Sam"}


def test_two_people_who_complete_a_draft_at_once_lose_nothing_of_each_other(world):
    """Each has it open, and says a part."""
    world.take(ban("b1", decision=WITHOUT_GROUND))
    [group] = drafts.groups(world.journal, world.connection.id)
    [draft] = drafts.of_group(world.journal, world.connection, group.alike)
    said = {name: value for name, value in GROUND.items() if name != "category"}

    for person, part in ((world.seat, said), (world.lead, {"category": GROUND["category"]})):
        words = (world.journal, world.secret, world.connection, draft, part)
        drafts.complete(*words, by=person, now=world.now)

    [(case, file)] = world.statements()
    assert file.public["category"] == GROUND["category"]
    assert casework.read(world.journal, case).case.deciders == {"Sam", "Lena"}


def test_whoever_comes_second_to_a_draft_changes_nothing(world):
    """Two people have it open: what is on the record is never set aside afterwards."""
    world.take(ban("b1", decision=WITHOUT_GROUND))
    [group] = drafts.groups(world.journal, world.connection.id)
    [draft] = drafts.of_group(world.journal, world.connection, group.alike)
    asked = (world.journal, world.secret, world.connection, draft, GROUND)
    drafts.complete(*asked, by=world.seat, now=world.now)

    with pytest.raises(Missing):
        drafts.set_aside(world.journal, draft, by=world.seat)
    with pytest.raises(Missing):
        drafts.complete(*asked, by=world.seat, now=world.now)

    assert items.counts(world.journal, world.connection.id) == {"stated": 1}
    assert world.take(unban("u1", "b1")) == {"lifted": 1}


def test_a_correction_keeps_what_a_person_said_before(world):
    """A source that sends the end of a ban later asks nobody for its ground again."""
    first = ban("b1", decision=WITHOUT_GROUND, version="1")
    world.take(first)
    [group] = drafts.groups(world.journal, world.connection.id)
    [draft] = drafts.of_group(world.journal, world.connection, group.alike)
    drafts.complete(
        world.journal, world.secret, world.connection, draft, GROUND, by=world.seat, now=world.now
    )

    changed_facts = WITHOUT_GROUND | {"decision_facts": "It was one advert, not two."}
    assert world.take(changed(first, version="2", decision=changed_facts)) == {"corrected": 1}

    (_, _), (_, new) = world.statements()
    assert new.public["category"] == GROUND["category"]


def test_what_was_erased_is_not_taken_in_again(world):
    world.take(ban("b1"))
    [(case, _)] = world.statements()
    erase.erase(world.node, world.journal.of_case(case)[:1], "order")

    assert world.take(ban("b1", decision=WHOLE | {"decision_facts": "Anew."})) == {"known": 1}
    assert world.statements()[-1][0] == case


def test_a_connection_that_was_removed_and_set_up_again_states_nothing_twice(world):
    world.take(ban("b1"))
    connection = world.connection
    connections.remove(world.node, world.journal, connection)
    connections.add(world.journal, connection.config, now=1)
    connections.set_trial(world.journal, world.connection, connection.trial)
    connections.start(world.journal, world.connection)

    assert world.take(ban("b1")) == {"known": 1}
    assert world.take(unban("u1", "b1")) == {"lifted": 1}
    assert len(world.statements()) == 1


def test_a_flood_of_what_is_refused_is_counted_and_kept_together(world):
    written = []
    right = world.journal.db.execute

    def counting(query, values=()):
        written.append(query)
        return right(query, values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.journal.db, "execute", counting)
        world.take(*[Unreadable(f"row {number}", "no") for number in range(5000)])

    assert world.connection.refused == 5000
    kept = connections.refusals(world.journal, world.connection.id)
    assert (len(kept), kept[0][0]) == (connections.MOST_REFUSALS, "row 4999")
    assert len(written) < 2 * connections.MOST_REFUSALS


def test_a_paused_connection_takes_nothing(world):
    connections.pause(world.journal, world.connection)

    with pytest.raises(Refused, match="does not run"):
        world.take(ban("b1"))
    connections.resume(world.journal, world.connection)
    assert world.take(ban("b1")) == {"stated": 1}


def test_nothing_of_the_source_is_kept_that_no_statement_needs(world):
    """Not its own numbers, not what it says of people; the whole folder is searched."""
    planted = {"native_id": "carla.native.77", "reverses": "carla.native.77"}
    world.take(
        ban(planted["native_id"], words={"reason": "spam"}),
        unban("undo.of.carla", planted["reverses"]),
        ban("waiting.for.a.person", decision=WITHOUT_GROUND),
        unban("undo.of.nobody", "never.seen"),
        Record(kind="warning", native_id="warned.user.5", words={"to": "warned-5"}),
    )
    rule = Rule({"reason": "spam"}, GROUND)
    drafts.add_rule(world.journal, world.connection, rule, by=world.lead, now=world.now)

    held = world.whole_folder()

    for trace in ("carla.native.77", "undo.of.carla", "warned.user.5", "warned-5"):
        assert trace.encode() not in held, trace
    [group] = drafts.groups(world.journal, world.connection.id)
    [draft] = drafts.of_group(world.journal, world.connection, group.alike)
    drafts.set_aside(world.journal, draft, by=world.seat)
    assert b"waiting.for.a.person" not in world.whole_folder()


def test_what_waits_is_found_without_going_through_all_that_was_read(world):
    read = [
        Item(world.connection.id, n.to_bytes(20, "big"), "warning", "noted", "", b"content")
        for n in range(20_000)
    ]
    with world.journal.transaction():
        items.put(world.journal, read)
    steps = []

    def thousand_more():
        steps.append(1)
        return False  # go on

    world.journal.db.connection.set_progress_handler(thousand_more, 1000)

    assert items.waiting_for(world.journal, world.connection.id, [b"x" * 20]) == []
    assert len(steps) < 20  # thousands of steps of the database
