"""People at desks: one seat a person, known by every name; whoever goes leaves no case behind."""

from functools import partial

import pytest
from tests.ledger.conftest import REASONS, filed

from amparo.case import complaint, delivery, panel, pseudonyms, remedy
from amparo.case.events import (
    ComplaintDecided,
    ComplaintInadmissible,
    ComplaintReturned,
    PanelDrawn,
    PanelReplaced,
    PartsCommitted,
    PartsNamed,
)
from amparo.case.state import Actor
from amparo.coalition import draw, roster
from amparo.coalition.roster import Member
from amparo.errors import Missing, Refused
from amparo.ledger.case import (
    casework,
    desks,
    draws,
    leaving,
    panels,
    people,
    registrars,
    rulings,
)
from amparo.ledger.log import platforms
from amparo.ledger.upkeep.erase import erase
from amparo.record.rules import Profile
from amparo.tlog.note import Signer

FORO = Actor("platform", "foro")
REGISTRAR = Actor("registrar", "Ada")


def act(journal, case, step, **values):
    return casework.act(journal, case, partial(step, **values, now=casework.now()))


def informed(journal, case, *decided_by):
    told = delivery.deliver(how="platform", decided_by=decided_by, by=FORO, now=casework.now())
    casework.act(journal, case, lambda _: told)
    return case


def opened(journal, case, who):
    act(journal, case, complaint.assign, to=who.reviewer, by=who.reviewer)
    act(journal, case, complaint.open_file, reviewer=who.reviewer)
    return case


@pytest.fixture
def rosa(journal, desk):
    return people.add(journal, desk, "Rosa", "rosa@example.org", known_as=["agent-7"])


@pytest.fixture
def lead(journal, desk):
    return people.add(journal, desk, "Lena", "lena@example.org", lead=True)


@pytest.mark.parametrize(
    "email", ["ROSA@EXAMPLE.ORG", " rosa@example.org ", "ｒosa@example.org", "rosa@Example.Org"]
)
def test_one_person_has_one_seat_however_the_address_is_written(journal, desk, rosa, email):
    other = platforms.add(journal, "Other", Profile())

    for place in (desk, other, None):
        with pytest.raises(Refused, match="has a seat already"):
            people.add(journal, place, "Somebody", email, known_as=["m1"])
    leaving.leave(journal, rosa)
    people.add(journal, desk, "Somebody", email)


@pytest.mark.parametrize(
    "again",
    [
        {"name": "R. Díaz", "email": "ROSA@example.org"},
        {"name": "ROSA", "email": "rosa.diaz@example.org"},
        {"name": "R. Díaz", "email": "r@example.org", "known_as": ["Agent-7"]},
    ],
)
def test_whoever_comes_back_to_another_seat_is_the_one_who_left(
    journal, desk, rosa, lead, cases, again
):
    """What Rosa decided, refused, or had a conflict in, is not hers under a new number either."""
    by_name, by_seat = informed(journal, cases[0], "agent-7"), informed(journal, cases[1], "x")
    filed(journal, by_name)
    filed(journal, by_seat)
    opened(journal, by_seat, rosa)
    act(
        journal,
        by_seat,
        complaint.decide,
        reviewer=rosa.reviewer,
        outcome="upheld",
        reasons=REASONS,
    )
    act(journal, by_seat, complaint.reopen, by=lead.reviewer, reason=REASONS)
    leaving.leave(journal, rosa)
    back = people.add(journal, desk, **again)

    assert back.id != rosa.id
    for case in (by_name, by_seat):
        with pytest.raises(Refused, match="another reviewer"):
            act(journal, case, complaint.assign, to=back.reviewer, by=back.reviewer)


def test_people_of_two_platforms_may_have_one_name(journal, desk, rosa):
    other = platforms.add(journal, "Other", Profile())
    namesake = people.add(journal, other, "Rosa", "other@example.org", known_as=["agent-7"])

    assert namesake.reviewer.other_seats == frozenset()
    assert rosa == people.find(journal, rosa.id)


@pytest.mark.parametrize("way", ["left", "away"])
def test_whoever_leaves_or_is_ill_hands_every_open_case_back(journal, desk, rosa, lead, cases, way):
    _, reviewing, asking = cases
    for case in cases:
        filed(journal, case)
        act(journal, case, complaint.assign, to=rosa.reviewer, by=lead.reviewer)
    act(journal, reviewing, complaint.open_file, reviewer=rosa.reviewer)
    act(journal, asking, complaint.open_file, reviewer=rosa.reviewer)
    question = {"of": "person", "question": "When was it?"}
    act(journal, asking, complaint.ask, **question, by=rosa.reviewer)

    if way == "left":
        handed_back = leaving.leave(journal, rosa)
    else:
        handed_back = leaving.hand_back(journal, rosa, "away")

    assert handed_back == 3
    for case in cases:
        file = casework.read(journal, case)
        assert (file.case.complaint, file.case.reviewer) == ("filed", "")
        assert (file.last(ComplaintReturned).cause, file.last(ComplaintReturned).by) == (
            way,
            "node",
        )
        opened(journal, case, lead)
    waiting = desks.queue(journal, desk.id, desks.Filter(state="reviewing"))
    assert {one.reviewer for one in waiting} == {lead.id}
    assert leaving.hand_back(journal, rosa, "away") == 0


def test_a_group_ruling_goes_on_when_the_lead_who_made_it_has_left(journal, desk, lead, cases):
    for case in cases:
        filed(journal, case)
    rulings.begin(
        journal,
        desk.id,
        dict.fromkeys(cases, ()),
        reviewer=lead.reviewer,
        outcome="reversed",
        reasons=REASONS,
        steps=["restore_account"],
        chosen="all",
        language="pt",
        now=casework.now(),
    )
    leaving.leave(journal, lead)

    rulings.go_on(journal, casework.now())

    assert {casework.read(journal, case).case.remedy for case in cases} == {"sent"}


def seated(journal, case, members=("m1", "m2", "m3"), reserves=("m4", "m5")):
    eligible = [(name, f"Org {name}", ("en",)) for name in (*members, *reserves)]
    act(journal, case, panel.submit, role="person", grounds="Please.")
    steps = [
        lambda _: panel.admit(by=REGISTRAR, now=casework.now()),
        lambda _: panel.fix_list(
            digest="ab" * 32,
            draw_id="d" * 32,
            eligible=eligible,
            excluded={},
            language="en",
            number=1,
            by=REGISTRAR,
            now=casework.now(),
        ),
    ]
    for step in steps:
        casework.act(journal, case, step)
    drawn = {"reveals": {}, "seed": "5e" * 32, "digest": "ab" * 32}
    act(journal, case, panel.draw, members=members, reserves=reserves, **drawn)


def test_a_member_of_panels_who_leaves_gives_every_seat_to_a_reserve_who_has_not(journal, cases):
    gone = [
        people.add(journal, None, name, f"{name}@example.org", known_as=[name])
        for name in ("m4", "m1")
    ]
    seated(journal, cases[0])
    assert leaving.leave(journal, gone[0]) == 0

    assert leaving.leave(journal, gone[1]) == 1

    file = casework.read(journal, cases[0])
    assert (file.case.members, file.case.reserves) == (("m5", "m2", "m3"), ())
    assert (file.last(PanelReplaced).cause, file.last(PanelReplaced).left) == ("left", "m1")
    assert panels.gone(journal) == {"m1", "m4"}
    with pytest.raises(Missing):
        people.find(journal, gone[1].id)


IDS = [f"m{n}" for n in range(8)]
SECRETS = {name: name.encode().ljust(32, b".") for name in IDS}


@pytest.fixture
def with_roster(node):
    """A node with eight people on its roster; m0 bears the name of a reviewer."""
    members = tuple(
        Member(
            name,
            "Rosa" if name == "m0" else f"Person {name}",
            f"Org {name}",
            "civil_society",
            ("en",),
            draw.chain_end(SECRETS[name], 20).hex(),
        )
        for name in IDS
    )
    signer = Signer("roster.example", b"k" * 32)
    node.roster.write_bytes(roster.sign(members, signer))
    return node.with_settings(roster_key=signer.verifier.vkey)


def test_whoever_had_to_do_with_a_case_at_a_desk_or_has_left_is_not_drawn_for_it(
    journal, with_roster, desk, rosa, cases
):
    """m0 reviewed it as Rosa, m1 decided it, m2 has left; m3 leaves between list and draw.

    m7 is a registrar, with another address.
    """
    people.add(journal, None, "PERSON  m7", "rita@example.org", lead=True)
    gone, leaves = (
        people.add(journal, None, name, f"{name}@example.org", known_as=[name])
        for name in ("m2", "m3")
    )
    leaving.leave(journal, gone)
    case = informed(journal, cases[0], "M1")
    filed(journal, case)
    opened(journal, case, rosa)
    act(journal, case, panel.submit, role="person", grounds="Please.")
    casework.act(journal, case, lambda _: panel.admit(by=REGISTRAR, now=casework.now()))

    leading = {"by": registrars.named(journal, "Ada"), "now": casework.now()}
    panels.fix_list(journal, with_roster, case, {}, language="en", **leading)

    fixed = panels.last_list(casework.read(journal, case))
    assert fixed.excluded == {
        "m0": "reviewed the complaint at the platform's desk",
        "m1": "took the decision that is complained about",
        "m2": "has left",
        "m7": "is a registrar",
    }
    leaving.leave(journal, leaves)
    reveals = {one: draw.reveal(SECRETS[one], 20, fixed.draw) for one in ("m4", "m5", "m6")}
    draws.draw_panel(journal, with_roster, case, reveals, **leading)
    drawn = casework.read(journal, case).case
    assert not {"m0", "m1", "m2", "m3"} & set(drawn.members)
    assert len(drawn.members) == panel.SEATS


def test_a_member_who_revealed_by_page_and_leaves_the_roster_holds_up_no_draw(
    journal, with_roster, desk, cases
):
    """What they revealed was bound when it came, and counts: nobody can leave it out."""
    case = informed(journal, cases[0], "M1")
    filed(journal, case)
    act(journal, case, panel.submit, role="person", grounds="Please.")
    casework.act(journal, case, lambda _: panel.admit(by=REGISTRAR, now=casework.now()))
    leading = {"by": registrars.named(journal, "Ada"), "now": casework.now()}
    panels.fix_list(journal, with_roster, case, {}, language="en", **leading)
    fixed = panels.last_list(casework.read(journal, case))
    values = {name: draw.reveal(SECRETS[name], 20, fixed.draw) for name in ("m4", "m5", "m6")}
    draws.reveal(journal, with_roster, fixed.draw_id, "m4", values.pop("m4").hex())

    members = [one for one in panels.members_of(with_roster) if one.id != "m4"]
    signer = Signer("roster.example", b"k" * 32)
    with_roster.roster.write_bytes(roster.sign(tuple(members), signer))
    draws.draw_panel(journal, with_roster, case, values, **leading)

    file = casework.read(journal, case)
    assert set(file.last(PanelDrawn).reveals) == {"m4", "m5", "m6"}


def test_after_an_erasure_whoever_decided_or_reviewed_has_no_part_in_it_again(
    journal, node, desk, rosa, lead, cases
):
    decided, reviewed = cases[:2]
    informed(journal, decided, "AGENT-7")
    filed(journal, reviewed)
    ground = {"ground": "not_covered", "reasons": REASONS}
    act(journal, reviewed, complaint.declare_inadmissible, by=rosa.reviewer, **ground)
    for case in (decided, reviewed):
        erase(node, journal.of_case(case)[:1], "request")

    for case in (decided, reviewed):
        for step in (
            partial(complaint.assign, to=rosa.reviewer, by=rosa.reviewer),
            partial(complaint.assign, to=rosa.reviewer, by=lead.reviewer),
            partial(complaint.declare_inadmissible, by=rosa.reviewer, **ground),
            partial(remedy.interim, direction="restore", reasons="Harm.", by=rosa.reviewer),
        ):
            with pytest.raises(Refused, match="another reviewer") as refused:
                act(journal, case, step)
            assert "before its texts were erased" in refused.value.why
        with pytest.raises(Refused, match="was erased"):
            opened(journal, case, lead)
    kept = b"".join(one.opening or b"" for one in journal.of_case(decided))
    assert b"agent-7" not in kept.lower()


ANSWERS = {
    "decided": lambda who: partial(
        complaint.decide, reviewer=who, outcome="upheld", reasons=REASONS
    ),
    "inadmissible": lambda who: partial(
        complaint.declare_inadmissible, by=who, ground="not_covered", reasons=REASONS
    ),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_every_answer_commits_to_who_decided_and_who_looked_again(
    journal, rosa, lead, cases, answer
):
    case = informed(journal, cases[0], "agent-7")
    filed(journal, case)
    if answer == "decided":
        opened(journal, case, lead)

    act(journal, case, ANSWERS[answer](lead.reviewer))

    file = casework.read(journal, case)
    committed, named = file.last(PartsCommitted), file.last(PartsNamed)
    answered = ComplaintDecided if answer == "decided" else ComplaintInadmissible
    assert committed.answer == casework.entry(journal, case, answered).n
    assert pseudonyms.judge(committed) == "somebody else"
    pseudonyms.check_names(named, committed)
    assert named.names[committed.deciders[0]][0] == f"seat:{rosa.id}"
