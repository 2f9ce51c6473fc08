"""A resolution: who may answer, what counts, when it is adopted; each rule with what it refuses."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.coalition.test_charter import KINDS, NAMES, REGIONS, party, signer, source

from amparo.coalition import charter as charters
from amparo.coalition import document, resolution
from amparo.coalition.resolution import (
    ANSWER,
    CONTACT,
    RESOLUTION,
    Answer,
    Contact,
    Resolution,
    Wording,
)
from amparo.errors import Denied, Malformed, Refused

CHARTER = charters.from_source(source())
TEXT = charters.text_of(CHARTER)
TODAY = date(2026, 11, 25)
WORDS = {
    "en": Wording("On accounts", "Nobody is silenced without reasons."),
    "es": Wording("Sobre cuentas", "Nadie es callado sin razones."),
}
PROPOSED = Resolution(document.digest(TEXT), NAMES[0], "2026-11-25", "2026-12-31", WORDS)
DIGEST = document.digest(document.text_of(RESOLUTION, PROPOSED))


def signed(header, value, *names):
    raw = document.sign(header, value, *(signer(name) for name in names))
    return document.read(raw, header, type(value))[1]


def given_by(name, choice="yes", n=1, **changes):
    words = {"en": "Only with due process."} if choice == "reservation" else {}
    return Answer(
        **{
            "resolution": DIGEST,
            "member": name,
            "n": n,
            "answer": choice,
            "words": words,
            "at": "2026-11-25",
        }
        | changes
    )


def propose(value, name=NAMES[0]):
    resolution.propose(value, signed(RESOLUTION, value, name), CHARTER, TEXT)


def answer(value, before=(), by=None, today=TODAY, now=CHARTER):
    resolution.answer(
        value,
        signed(ANSWER, value, by or value.member),
        resolution=PROPOSED,
        before=before,
        of=CHARTER,
        now=now,
        today=today,
    )


def stands(*answers, today=TODAY):
    return resolution.stands(PROPOSED, answers, of=CHARTER, today=today)


def test_a_member_proposes_a_text_in_several_languages():
    propose(PROPOSED)

    assert resolution.in_language(WORDS, "es")[1].title == "Sobre cuentas"
    assert resolution.in_language(WORDS, "de")[0] == "en"


@pytest.mark.parametrize(
    ("changes", "by", "kind", "why"),
    [
        ({}, NAMES[1], Denied, "signature"),
        ({"proposer": "stranger.example"}, "stranger.example", Denied, "has no part"),
        ({"charter": "ab" * 32}, NAMES[0], Refused, "in force"),
        ({"until": "2026-11-25"}, NAMES[0], Malformed, "open for 0 days"),
        ({"until": "2030-01-01"}, NAMES[0], Malformed, "1 to 366"),
        ({"until": "soon"}, NAMES[0], Malformed, "is no day"),
        ({"until": "20261231"}, NAMES[0], Malformed, "is no day"),
        ({"text": {}}, NAMES[0], Malformed, "no text"),
        ({"text": {"EN": Wording("a", "b")}}, NAMES[0], Malformed, "language"),
        ({"text": {"en": Wording("", "b")}}, NAMES[0], Malformed, "empty"),
        ({"text": {"en": Wording("a", "b" * 20_001)}}, NAMES[0], Malformed, "too long"),
    ],
)
def test_what_is_no_sound_proposal_is_refused_with_the_reason(changes, by, kind, why):
    import msgspec

    with pytest.raises(kind, match=why):
        propose(msgspec.structs.replace(PROPOSED, **changes), by)


def test_it_is_adopted_when_the_support_makes_the_quorum_and_not_before():
    two = [given_by(NAMES[0]), given_by(NAMES[1])]

    assert stands(*two).status == "open"
    assert stands(*two, given_by(NAMES[2], "no")).status == "open"
    assert stands(*two, given_by(NAMES[2], "abstain")).status == "open"
    assert stands(*two, given_by(NAMES[2])).status == "adopted"
    assert stands(*two, given_by(NAMES[2], "reservation")).status == "adopted"
    assert stands(*two, today=date(2026, 12, 31)).status == "open"
    assert stands(*two, today=date(2027, 1, 1)).status == "lapsed"
    assert stands(*two).silent == NAMES[2:]


def test_members_of_one_kind_alone_adopt_nothing():
    crowd = [
        party(
            0,
            id=f"s{n}.example",
            key=signer(f"s{n}.example").verifier.vkey,
            witness=None,
            log=None,
            roles=["resolution"],
        )
        for n in range(4)
    ]
    rules = {"witness_kinds": 3, "adoption": {"members": 5, "kinds": 2, "regions": 1}}
    crowded = charters.from_source(
        source(member=[*(party(n) for n in range(5)), *crowd], rules=rules)
    )
    states = [one.id for one in crowded.member if one.kind == "state"]

    standing = resolution.stands(
        PROPOSED, [given_by(name) for name in states], of=crowded, today=TODAY
    )

    assert len(standing.support) == 5
    assert standing.status == "open"


@settings(max_examples=60)
@given(
    st.permutations(
        [
            given_by(NAMES[0]),
            given_by(NAMES[0], "no", 2),
            given_by(NAMES[1]),
            given_by(NAMES[2]),
            given_by(NAMES[3], "reservation"),
        ]
    )
)
def test_how_it_stands_does_not_depend_on_the_order_in_which_answers_came(answers):
    standing = stands(*answers)

    assert standing.answers[NAMES[0]].answer == "no"
    assert standing.support == frozenset(NAMES[1:4])
    assert standing.status == "adopted"


def test_an_answer_changes_until_the_adoption_then_others_may_still_join_and_nobody_leaves():
    one = given_by(NAMES[0], "no")
    answer(one)
    again = given_by(NAMES[0], "yes", 2)
    answer(again, [one])
    with pytest.raises(Refused, match="out of turn"):
        answer(one, [one])  # a replay
    with pytest.raises(Refused, match="out of turn"):
        answer(given_by(NAMES[0], "yes", 3), [one])
    adopted = [one, again, given_by(NAMES[1]), given_by(NAMES[2])]
    answer(given_by(NAMES[3]), adopted)
    with pytest.raises(Refused, match="no longer changes"):
        answer(given_by(NAMES[1], "no", 2), adopted)


@pytest.mark.parametrize(
    ("value", "by", "today", "kind", "why"),
    [
        (given_by(NAMES[1]), NAMES[2], TODAY, Denied, "signature"),
        (given_by("stranger.example"), None, TODAY, Denied, "no part"),
        (given_by(NAMES[1], "reservation", words={}), None, TODAY, Malformed, "no words"),
        (given_by(NAMES[1], words={"en": "x" * 4001}), None, TODAY, Malformed, "too long"),
        (given_by(NAMES[1], words={"e n": "x"}), None, TODAY, Malformed, "language"),
        (given_by(NAMES[1], at="2026-13-01"), None, TODAY, Malformed, "no day"),
        (given_by(NAMES[1]), None, date(2027, 1, 1), Refused, "no longer taken"),
    ],
)
def test_an_answer_that_may_not_be_taken_is_refused_with_the_reason(value, by, today, kind, why):
    with pytest.raises(kind, match=why):
        answer(value, by=by, today=today)


def test_with_a_rotated_key_only_the_new_one_signs():
    fresh = signer(NAMES[1], "fresh")
    members = [party(n) if n != 1 else party(1, key=fresh.verifier.vkey) for n in range(5)]
    now = charters.from_source(source(version=2, previous=document.digest(TEXT), member=members))
    value = given_by(NAMES[1])

    with pytest.raises(Denied, match="signature"):
        answer(value, now=now)
    raw = document.sign(ANSWER, value, fresh)
    resolution.answer(
        value,
        document.read(raw, ANSWER, Answer)[1],
        resolution=PROPOSED,
        before=[],
        of=CHARTER,
        now=now,
        today=TODAY,
    )


def test_contacts_say_who_was_approached_when_and_through_whom():
    sought = Contact(DIGEST, NAMES[0], "A government", "oceania", "embassy in Berlin", "2026-11-20")

    def record(value, before=0, by=NAMES[0]):
        resolution.contact(
            value,
            signed(CONTACT, value, by),
            resolution=PROPOSED,
            before=before,
            now=CHARTER,
            today=TODAY,
        )

    import msgspec

    record(sought)
    with pytest.raises(Denied):
        record(sought, by=NAMES[1])
    with pytest.raises(Malformed, match="yet to come"):
        record(msgspec.structs.replace(sought, at="2026-12-24"))
    with pytest.raises(Malformed, match="empty"):
        record(msgspec.structs.replace(sought, whom=""))
    with pytest.raises(Refused):
        record(sought, before=2000)


def test_support_is_counted_by_region():
    found = resolution.by_region(CHARTER, stands(given_by(NAMES[2]), given_by(NAMES[3], "no")))

    assert found == {
        region: {("yes" if n == 2 else "no" if n == 3 else "silent"): 1}
        for n, region in enumerate(REGIONS)
    }
    assert len(KINDS) == len(found)
