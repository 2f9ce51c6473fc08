"""Joining and changing: signed with every key it takes, and nothing by itself."""

import msgspec
import pytest
from tests.coalition.test_charter import NAMES, party, signed, signer, source

from amparo.coalition import charter as charters
from amparo.coalition import document, membership_request
from amparo.coalition.charter import Party, Quorum, Rules
from amparo.coalition.membership_request import REQUEST, Request
from amparo.errors import AmparoError, Denied, Malformed, Missing

CHARTER = charters.from_source(source())
TEXT = charters.text_of(CHARTER)
NEW = signer("new.example")


def ask(changes, *keys, seat=(), under=None):
    value = Request(under or document.digest(TEXT), msgspec.convert(changes, Party), seat)
    raw = document.sign(REQUEST, value, *keys)
    read, note = document.read(raw, REQUEST, Request)
    membership_request.check(read, note, CHARTER, TEXT)
    return read


def newcomer(**changes):
    return (
        party(
            3, id="new.example", key=NEW.verifier.vkey, witness=None, log=None, roles=["resolution"]
        )
        | changes
    )


def test_a_newcomer_asks_with_its_own_key_and_the_quorum_lets_it_in():
    request = ask(newcomer(), NEW)

    with pytest.raises(Malformed, match="no majority"):  # a voice more asks for one more
        membership_request.next_charter(CHARTER, TEXT, [request])
    rules = Rules(3, Quorum(4, 3, 2))
    then = membership_request.next_charter(CHARTER, TEXT, [request], rules=rules)

    assert then.party("new.example") == request.party
    assert [one.id for one in then.seat] == ["ada"]
    root = document.digest(TEXT)
    assert charters.follow(root, [signed(CHARTER), signed(then, NAMES[:3])]) == then
    with pytest.raises(AmparoError):
        charters.follow(root, [signed(CHARTER), signed(then, NAMES[:2])])


def test_nobody_asks_in_anothers_name_and_a_key_is_changed_with_the_old_one():
    old, fresh = signer(NAMES[3]), signer(NAMES[3], "fresh")
    changed = party(3, key=fresh.verifier.vkey)

    for keys in ((fresh,), (old,), (NEW,)):
        with pytest.raises((Denied, Malformed)):
            ask(changed, *keys)
    request = ask(changed, fresh, old, seat=CHARTER.seat)
    then = membership_request.next_charter(CHARTER, TEXT, [request])

    assert then.party(NAMES[3]).key == fresh.verifier.vkey
    assert then.seat == CHARTER.seat
    with pytest.raises(Denied):
        ask(newcomer(), signer("new.example", "other"))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"kind": "state", "roles": ["panel", "resolution"]}, "states sit on no panel"),
        ({"roles": ["witness"]}, "go together"),
        ({"key": signer("other.example").verifier.vkey}, "missing|named"),
    ],
)
def test_a_request_that_would_make_no_charter_is_refused_at_once(changes, why):
    with pytest.raises(AmparoError) as found:
        ask(newcomer(**changes), NEW)
    assert any(word in found.value.why for word in why.split("|"))


def test_an_old_request_does_not_come_back_under_a_later_charter():
    with pytest.raises(Malformed, match="not in force"):
        ask(newcomer(), NEW, under="ab" * 32)


def test_a_member_may_not_name_anothers_seats():
    with pytest.raises(Malformed, match="seat of another"):
        ask(newcomer(), NEW, seat=CHARTER.seat)


def test_who_leaves_takes_its_seats_along():
    then = membership_request.next_charter(CHARTER, TEXT, [], [NAMES[3]])

    assert then.party(NAMES[3]) is None
    assert then.seat == ()
    with pytest.raises(Missing):
        membership_request.next_charter(CHARTER, TEXT, [], ["nobody.example"])


def test_what_a_draft_changes_is_told_by_ids():
    request = ask(newcomer(), NEW)
    rules = Rules(3, Quorum(4, 3, 2))
    joins = membership_request.next_charter(CHARTER, TEXT, [request], rules=rules)
    leaves = membership_request.next_charter(CHARTER, TEXT, [], [NAMES[4]])
    old, fresh = signer(NAMES[3]), signer(NAMES[3], "fresh")
    other_key = ask(party(3, key=fresh.verifier.vkey), fresh, old)
    changed = membership_request.next_charter(CHARTER, TEXT, [other_key])  # and its seats are gone

    assert membership_request.changes(joins, CHARTER) == (("new.example",), (), (), True)
    assert membership_request.changes(leaves, CHARTER) == ((), (NAMES[4],), (), False)
    assert membership_request.changes(changed, CHARTER) == ((), (), (NAMES[3],), False)
    assert membership_request.stands_in(request, joins)
    assert not membership_request.stands_in(request, leaves)
    assert not membership_request.stands_in(
        msgspec.structs.replace(other_key, seat=CHARTER.seat), changed
    )


def test_a_request_says_which_rules_it_needs():
    asked = ask(newcomer(), NEW)
    rules = membership_request.rules_for(asked, CHARTER)

    assert rules == Rules(3, Quorum(4, 3, 2))  # four of six
    assert membership_request.next_charter(CHARTER, TEXT, [asked], rules=rules)
    assert membership_request.rules_for(ask(party(3), signer(NAMES[3])), CHARTER) is None


def test_a_source_of_another_form_is_told_what_is_wanted():
    with pytest.raises(Malformed, match="not of the form") as told:
        charters.from_source({"nme": "Founders"})

    assert "nme" in told.value.why or "missing" in told.value.why
    assert "[[member]]" in told.value.fix
