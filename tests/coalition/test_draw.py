"""A draw that anybody can repeat and nobody can steer."""

import hashlib
import hmac
import json
import secrets
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import run

from amparo.case.panel import SEATS
from amparo.coalition import draw, roster
from amparo.coalition.draw import Eligible
from amparo.coalition.roster import Member
from amparo.errors import Malformed, Refused, Unsound
from amparo.tlog.note import Signer

PEOPLE = [Eligible(f"m{n}", f"org{n % 7}", ("es", "en") if n % 3 else ("en",)) for n in range(12)]


def drawn(seed=b"s" * 32, case="case-1", people=PEOPLE, language="es"):
    return draw.draw(people, seed, case, seats=SEATS, language=language)


def test_the_same_list_seed_and_case_give_the_same_panel_in_whatever_order_the_list_comes():
    assert drawn() == drawn(people=list(reversed(PEOPLE)))
    assert drawn() != drawn(seed=b"t" * 32)
    assert drawn() != drawn(case="case-2")


def test_the_draw_is_what_its_page_says():
    """By hand, as somebody would who does not trust this program."""
    seed, case, left, order, counter = b"s" * 32, "case-1", sorted(PEOPLE), [], 0
    while left:
        value = 2**64
        while value >= 2**64 - 2**64 % len(left):
            message = f"amparo.draw.v1\n{case}\n{counter}".encode()
            value = int(hmac.new(seed, message, hashlib.sha256).hexdigest()[:16], 16)
            counter += 1
        order.append(left.pop(value % len(left)).id)

    assert drawn().order == tuple(order)


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_no_two_of_one_organisation_and_somebody_knows_the_language(seed):
    found = drawn(seed)
    by_id = {one.id: one for one in PEOPLE}

    seats = [by_id[name] for name in (*found.members, *found.reserves)]

    assert len(found.members) == 3
    assert len({one.organisation for one in seats}) == len(seats)
    assert any("es" in by_id[name].languages for name in found.members)


def test_everybody_is_drawn_about_as_often():
    people = [Eligible(f"m{n}", f"org{n}", ("en",)) for n in range(10)]
    counts = Counter(
        name
        for n in range(3000)
        for name in drawn(
            hashlib.sha256(str(n).encode()).digest(), people=people, language="en"
        ).members
    )

    assert min(counts.values()) > 780
    assert max(counts.values()) < 1020  # 900 each, five standard deviations


def test_a_list_too_small_or_without_the_language_is_refused():
    with pytest.raises(Refused, match="No panel can be drawn"):
        drawn(people=[Eligible(f"m{n}", "one", ("es",)) for n in range(9)])
    with pytest.raises(Refused, match="No panel can be drawn"):
        drawn(language="fr")
    with pytest.raises(Malformed, match="twice"):
        drawn(people=[*PEOPLE, PEOPLE[0]])


def test_a_member_is_bound_to_one_value_for_each_draw():
    secret = secrets.token_bytes(32)
    end = draw.chain_end(secret, 50)

    for number in (1, 2, 50):
        draw.check_reveal(draw.reveal(secret, 50, number), end, number)
    with pytest.raises(Unsound):
        draw.check_reveal(draw.reveal(secret, 50, 2), end, 1)
    with pytest.raises(Unsound):
        draw.check_reveal(secrets.token_bytes(32), end, 1)
    with pytest.raises(Refused, match="used up"):
        draw.reveal(secret, 50, 51)


def test_the_seed_needs_three_and_changes_with_each():
    reveals = {name: name.encode() * 16 for name in ("aa", "bb", "cc")}

    assert draw.seed(reveals) == draw.seed(dict(reversed(reveals.items())))
    assert draw.seed(reveals) != draw.seed(reveals | {"cc": b"xx" * 16})
    with pytest.raises(Refused, match="Too few"):
        draw.seed({"aa": b"1", "bb": b"2"})


KEEPER = Signer("roster.example", b"k" * 32)
MEMBERS = tuple(
    Member(f"m{n}", f"Name {n}", f"org{n}", kind, ("en",), "0" * 64)
    for n, kind in enumerate(["civil_society", "state", "academic", "regulator", "dispute_body"])
)


def test_a_roster_is_read_only_as_its_keeper_signed_it():
    raw = roster.sign(MEMBERS, KEEPER)

    assert roster.read(raw, KEEPER.verifier) == (MEMBERS, ())
    with pytest.raises(Unsound):
        roster.read(raw.replace(b"Name 2", b"Name 9"), KEEPER.verifier)
    with pytest.raises(Unsound):
        roster.read(raw, Signer("roster.example", b"x" * 32).verifier)
    with pytest.raises(Malformed, match="no roster"):
        roster.read(roster.sign((MEMBERS[0], MEMBERS[0]), KEEPER), KEEPER.verifier)


def test_states_hold_no_seats_and_a_conflict_shuts_out_the_whole_organisation():
    colleague = Member("m9", "Name 9", "org2", "academic", ("en",), "0" * 64)

    found = roster.eligible((*MEMBERS, colleague), frozenset({"m2"}))

    assert [one.id for one in found] == ["m0", "m3", "m4"]


def record():
    secrets_ = {name: name.encode() * 16 for name in ("m0", "m1", "m2")}
    reveals = {name: draw.reveal(value, 9, 4) for name, value in secrets_.items()}
    seed = draw.seed(reveals)
    found = drawn(seed)
    return {
        "case": "case-1",
        "draw": 4,
        "language": "es",
        "list_sha256": draw.list_digest(PEOPLE),
        "eligible": [list(one) for one in PEOPLE],
        "chain_ends": {n: draw.chain_end(v, 9).hex() for n, v in secrets_.items()},
        "reveals": {n: v.hex() for n, v in reveals.items()},
        "seed": seed.hex(),
        "members": list(found.members),
        "reserves": list(found.reserves),
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("members", ["m0", "m1", "m2"]),
        ("eligible", [["m0", "a", ["es"]]]),
        ("draw", 5),
        ("case", "case-2"),
        ("reveals", {"m0": "00", "m1": "11", "m2": "22"}),
        ("chain_ends", {}),
        ("eligible", "nonsense"),
        ("reveals", 7),
    ],
)
def test_a_record_in_which_anything_was_changed_does_not_hold(field, value):
    whole = record()
    assert draw.repeat(whole, seats=SEATS).members == tuple(whole["members"])

    with pytest.raises((Malformed, Unsound)):
        draw.repeat(whole | {field: value}, seats=SEATS)


def test_anybody_repeats_a_draw_from_the_command_line(tmp_path):
    file = tmp_path / "record.json"
    file.write_text(json.dumps(record()))
    told = run("panel", "repeat", file)
    file.write_text(json.dumps(record() | {"members": ["m0", "m1", "m2"]}))
    lied = run("panel", "repeat", file, check=False)

    assert "The draw holds" in told.stdout
    assert lied.returncode == 1
    assert "the draw gives" in lied.stderr


def test_a_panel_of_another_size_is_drawn_with_no_two_of_one_organisation():
    five = draw.draw(PEOPLE, b"s" * 32, "case-1", seats=5, language="es")
    organisations = {one.organisation for one in PEOPLE if one.id in five.members}

    assert five.members[:2] == drawn().members[:2]
    assert len(five.members) == len(organisations) == 5
