"""Reports of one address on a real journal, as a file and in PostgreSQL."""

from functools import partial

from tests.ledger.conftest import everything_kept, queue

from amparo.case import complaint, joint, notice
from amparo.case.roles import Reviewer
from amparo.case.state import Actor
from amparo.ledger.case import casework
from amparo.ledger.case import joint as together
from amparo.ledger.upkeep.erase import erase

PLACE = "https://foro.example/post/1"
ROSA = Reviewer(1, lead=False, names=frozenset({"rosa"}))


def reported(journal, desk, number=1, **more):
    """People report an address, and complain that nothing was done about it."""
    told, found = {"why": "It threatens me.", "where": PLACE, "now": casework.now()} | more, []
    no = {"result": "not_acted", "reasons": "No.", "automated": False, "decided_by": []}
    by = Actor("platform", desk.slug)
    for _ in range(number):
        with journal.transaction():
            case = casework.begin(journal, desk.id, notice.receive(**told), now=told["now"])
        no["now"] = casework.now()
        casework.act(journal, case, lambda _: notice.answer(**no, by=by))
        said = {"role": "notifier", "grounds": "No.", "attachments": (), "now": casework.now()}
        casework.act(journal, case, partial(complaint.file, **said))
        found.append(case)
    return found


def test_the_queue_has_one_row_with_its_people_and_the_others_their_own(journal, desk):
    many = reported(journal, desk, 3)
    flagged = reported(journal, desk, where=f"{PLACE}?utm_source=mail", flagger="Hotline A")
    alone = reported(journal, desk, where="the second post") + reported(journal, desk, danger="yes")

    rows = {row.case: row for row in queue(journal)}

    [first] = set(rows) & {*many, *flagged}
    assert set(rows) == {first, *alone}
    assert rows[first].people == len(many) + len(flagged)
    assert rows[first].flagged == (first not in flagged)
    assert [rows[case].people for case in alone] == [1, 1]


def test_a_page_of_the_queue_goes_on_behind_a_row_of_many(journal, desk):
    for place in range(3):
        reported(journal, desk, 2, where=f"{PLACE}{place}")

    seen, after = [], None
    while page := queue(journal, after=after):
        seen += [page[0].case]
        after = (page[0].due, page[0].harm, page[0].case.bytes)

    assert len(seen) == len(set(seen)) == 3


def test_whoever_is_taken_along_is_so_in_one_commit(journal, desk):
    first, *others = reported(journal, desk, 4)
    take = {"to": ROSA, "by": ROSA, "now": casework.now()}
    steps = partial(complaint.assign, **take), partial(joint.assign, **take)

    assert together.act(journal, first, *steps, None) == (3, 0)
    assert {casework.read(journal, case).case.reviewer for case in others} == {"1"}
    assert [row.people for row in queue(journal, state="assigned")] == [4]


def test_who_stands_elsewhere_already_is_not_told_as_left_out(journal, desk):
    """A step for all is for those who stand where the leading one stood."""
    first, second, third = reported(journal, desk, 3)
    nora = Reviewer(2, lead=False, names=frozenset({"nora"}))
    theirs = {"to": nora, "by": nora, "now": casework.now()}
    casework.act(journal, third, partial(complaint.assign, **theirs))
    take = {"to": ROSA, "by": ROSA, "now": casework.now()}
    steps = partial(complaint.assign, **take), partial(joint.assign, **take)

    assert together.act(journal, first, *steps, None) == (1, 0)
    assert casework.read(journal, second).case.reviewer == "1"
    assert casework.read(journal, third).case.reviewer == "2"


def test_who_has_written_since_it_was_read_is_left_out(journal, desk):
    first, other = reported(journal, desk, 2)
    read = {
        one.case: one.entries for one in together.listed(journal, casework.read(journal, first))
    }
    more = {"grounds": "It names me.", "attachments": (), "by": Actor("notifier")}
    casework.act(journal, other, partial(complaint.add, **more, now=casework.now()))
    take = {"to": ROSA, "by": ROSA, "now": casework.now()}

    done = together.act(
        journal, first, partial(complaint.assign, **take), partial(joint.assign, **take), read
    )

    assert done == (0, 1)
    assert casework.read(journal, other).case.complaint == "filed"


def test_an_erasure_takes_the_address_and_leaves_the_others(node, journal, desk):
    first, other, gone = reported(journal, desk, 3)
    place = joint.place(casework.read(journal, gone).case)
    assert place in everything_kept(node)

    erase(node, journal.of_case(gone)[:1], "order")

    assert together.complaints(journal, casework.read(journal, first)) == [other]
    rows = journal.db.execute("SELECT count(*) FROM reported WHERE case_id = ?", (gone.bytes,))
    assert rows.get == 0


def test_a_report_of_an_older_version_joins_with_its_next_step(journal, desk):
    first, other = reported(journal, desk, 2)
    with journal.transaction():
        journal.db.execute("DELETE FROM reported")
    assert not together.complaints(journal, casework.read(journal, first))

    for case in (first, other):
        more = {"grounds": "Still.", "attachments": (), "by": Actor("notifier")}
        casework.act(journal, case, partial(complaint.add, **more, now=casework.now()))

    assert together.complaints(journal, casework.read(journal, first)) == [other]
