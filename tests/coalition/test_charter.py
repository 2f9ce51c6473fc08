"""The charter: no kind of member decides alone, any two quorums share a member, each follows the last."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.coalition import charter as charters
from amparo.errors import AmparoError, Malformed, Unsound
from amparo.tlog import cosignature, note, policy
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.note import Signer

KINDS = ("state", "regulator", "dispute_body", "civil_society", "academic")
REGIONS = ("africa", "northern_america", "latin_america", "asia", "europe")
NAMES = tuple(f"m{n}.example" for n in range(5))
ROOT = b"r" * 32


def signer(name, label="member"):
    return Signer(name, f"{label}-{name}".encode().ljust(32, b".")[:32])


def log_key(name):
    return signer(f"log.{name}", "log")


def witness_keys(name):
    seed = f"w-{name}".encode().ljust(32, b".")
    return (
        cosignature.Ed25519WitnessKey(f"w.{name}", seed),
        cosignature.MLDSA44WitnessKey(f"w.{name}", seed[::-1]),
    )


def party(n, **changes):
    name = NAMES[n]
    return {
        "id": name,
        "name": f"Member {n}",
        "kind": KINDS[n],
        "region": REGIONS[n],
        "roles": ["witness", "resolution"] + ([] if KINDS[n] == "state" else ["panel"]),
        "key": signer(name).verifier.vkey,
        "witness": {
            "keys": [key.cosigner.vkey for key in witness_keys(name)],
            "url": f"https://w.{name}",
        },
        "log": {"key": log_key(name).verifier.vkey, "url": f"https://{name}/log"},
    } | changes


def source(**changes):
    return {
        "name": "Founders",
        "version": 1,
        "previous": "",
        "rules": {"witness_kinds": 3, "adoption": {"members": 3, "kinds": 3, "regions": 2}},
        "member": [party(n) for n in range(5)],
        "seat": [
            {
                "id": "ada",
                "name": "Ada",
                "member": NAMES[3],
                "languages": ["es"],
                "chain_end": "ab" * 32,
            }
        ],
    } | changes


def signed(made, names=NAMES):
    text = charters.text_of(made)
    return note.Note(text, tuple(signer(name).sign(text) for name in names)).encode()


def first():
    made = charters.from_source(source())
    return made, signed(made), charters.digest(charters.text_of(made))


def second(**changes):
    _, _, root = first()
    given = source(version=2, previous=root) | changes
    return charters.from_source(given)


def test_the_first_is_signed_by_every_founder_and_known_by_its_digest():
    made, raw, root = first()

    assert charters.follow(root, [raw]) == made
    with pytest.raises(Unsound, match="not signed by m4"):
        charters.follow(root, [signed(made, NAMES[:4])])
    with pytest.raises(Unsound, match="the first is"):
        charters.follow("ab" * 32, [raw])
    with pytest.raises(Unsound, match="there is none"):
        charters.follow(root, [])


def test_a_change_is_adopted_by_the_quorum_in_force_before_it_and_not_by_the_one_it_makes():
    _, raw, root = first()
    easier = {"witness_kinds": 3, "adoption": {"members": 3, "kinds": 2, "regions": 1}}
    then = second(rules=easier)

    assert charters.follow(root, [raw, signed(then, NAMES[:3])]).version == 2
    for names in (NAMES[:2], ()):
        with pytest.raises((Unsound, Malformed)):
            charters.follow(root, [raw, signed(then, names)])
    with pytest.raises(Unsound, match="does not follow"):
        charters.follow(root, [raw, raw])
    newcomer = second(
        member=[
            *(party(n) for n in range(4)),
            party(4, id="x.example", key=signer("x.example").verifier.vkey),
        ]
    )
    with pytest.raises(Unsound, match="not the quorum"):
        charters.follow(root, [raw, signed(newcomer, ["x.example", *NAMES[:2]])])


@given(st.sets(st.sampled_from(NAMES)))
def test_adoption_asks_for_members_kinds_and_regions_at_once(names):
    made = charters.from_source(source())
    voters = [one for one in made.member if one.id in names]

    assert charters.adopts(made, frozenset(names)) == (
        len(voters) >= 3
        and len({one.kind for one in voters}) >= 3
        and len({one.region for one in voters}) >= 2
    )


def test_members_of_one_kind_alone_adopt_nothing_however_many_they_are():
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
    made = charters.from_source(source(member=[*(party(n) for n in range(5)), *crowd], rules=rules))

    states = frozenset(one.id for one in made.member if one.kind == "state")

    assert len(states) == 5
    assert not charters.adopts(made, states)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"member": [party(0), party(0)]}, "key serves twice|id repeats"),
        ({"member": [party(n) for n in range(4)] + [party(4, key=party(0)["key"])]}, "is named"),
        (
            {"member": [party(n) for n in range(4)] + [party(4, log=party(0)["log"])]},
            "serves twice",
        ),
        (
            {"member": [party(0, roles=["panel", "witness"]), *(party(n) for n in range(1, 5))]},
            "no panel",
        ),
        (
            {"member": [party(0, roles=["resolution"]), *(party(n) for n in range(1, 5))]},
            "go together",
        ),
        (
            {"rules": {"witness_kinds": 1, "adoption": {"members": 3, "kinds": 2, "regions": 1}}},
            "alone",
        ),
        (
            {"rules": {"witness_kinds": 3, "adoption": {"members": 3, "kinds": 1, "regions": 1}}},
            "alone",
        ),
        (
            {"rules": {"witness_kinds": 2, "adoption": {"members": 3, "kinds": 2, "regions": 1}}},
            "two views",
        ),
        (
            {"rules": {"witness_kinds": 5, "adoption": {"members": 3, "kinds": 2, "regions": 1}}},
            "are wanted",
        ),
        (
            {"rules": {"witness_kinds": 3, "adoption": {"members": 2, "kinds": 2, "regions": 1}}},
            "no majority",
        ),
        (
            {"rules": {"witness_kinds": 3, "adoption": {"members": 6, "kinds": 2, "regions": 1}}},
            "even if all",
        ),
        (
            {
                "seat": [
                    {
                        "id": "ada",
                        "name": "Ada",
                        "member": NAMES[0],
                        "languages": [],
                        "chain_end": "ab" * 32,
                    }
                ]
            },
            "no seats",
        ),
        ({"version": 2}, "version is 1"),
        ({"name": 7}, "Expected `str`"),
        ({"more": 1}, "unknown field"),
    ],
)
def test_what_contradicts_itself_or_lets_one_kind_decide_is_no_charter(changes, match):
    with pytest.raises(AmparoError) as found:
        charters.from_source(source(**changes))
    assert any(word in found.value.why for word in match.split("|"))


def test_no_log_is_witnessed_by_its_own_operator_and_any_two_quorums_share_a_witness():
    made = charters.from_source(source())
    for one in made.member:
        read = policy.parse(charters.policy_text(made, one.log))
        names = {w.name.partition("/")[0] for w in read.witnesses}
        enough = [
            set(some)
            for size in range(len(names) + 1)
            for some in itertools.combinations(sorted(names), size)
            if read.reached_by({f"{name}/0" for name in some})
        ]

        assert one.id not in names
        assert enough
        assert all(a & b for a in enough for b in enough)


def test_a_foreign_verifier_counts_either_key_of_a_witness_once():
    made = charters.from_source(source())
    read = policy.parse(charters.policy_text(made, made.member[0].log))
    key = log_key(NAMES[0])
    text = Checkpoint(key.name, 7, ROOT).text()
    both = [k.cosign(text, 5) for name in NAMES[1:3] for k in witness_keys(name)]
    third = witness_keys(NAMES[3])[1].cosign(text, 5)

    two = note.Note(text, (key.sign(text), *both))

    assert not read.reached_by(set(policy.cosigned_by(read, two)))
    assert read.reached_by(set(policy.cosigned_by(read, two.with_signatures(third))))


def test_the_seats_of_panels_come_from_it_with_the_kind_of_their_member():
    [ada] = charters.roster_of(charters.from_source(source()))

    assert (ada.id, ada.organisation, ada.kind) == ("ada", NAMES[3], "civil_society")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 4000), st.binary(min_size=1, max_size=1))
def test_a_changed_byte_is_never_taken(place, byte):
    _, raw, root = first()
    place %= len(raw)
    other = raw[:place] + byte + raw[place + 1 :]
    if other == raw:
        return
    with pytest.raises(AmparoError):
        charters.follow(root, [other])
