"""For whom a disclosure can be locked: sound keys in force, of two people and two members."""

from datetime import date

import msgspec
import pyrage
import pytest

from amparo.coalition import agekey, recipient
from amparo.coalition.recipient import MOST_DAYS, Recipient
from amparo.errors import AmparoError, Refused

TODAY = date(2026, 11, 28)


def of(id, member, **more):
    key = str(pyrage.x25519.Identity.generate().to_public())
    usual = {"name": id.title(), "key": key, "since": "2026-10-01", "until": "2026-12-31"}
    return Recipient(id=id, member=member, **usual | more)


ANA, BEA, CARO = of("ana", "rights-house"), of("bea", "rights-house"), of("caro", "press-watch")


def chosen(*everybody, **options):
    return [each.id for each in recipient.choose(everybody, TODAY, **options)]


def test_all_in_force_are_chosen_unless_only_some_are_or_some_are_not():
    assert chosen(ANA, BEA, CARO) == ["ana", "bea", "caro"]
    assert chosen(ANA, BEA, CARO, without=["ana"]) == ["bea", "caro"]
    assert chosen(ANA, BEA, CARO, only=["ana", "caro"]) == ["ana", "caro"]


@pytest.mark.parametrize(
    ("everybody", "options"),
    [
        ((), {}),
        ((ANA,), {}),
        ((ANA, BEA), {}),
        ((ANA, BEA, CARO), {"without": ["caro"]}),
        ((ANA, BEA, CARO), {"only": ["ana", "bea"]}),
        ((ANA, msgspec.structs.replace(CARO, key=ANA.key)), {}),
    ],
    ids=["nobody", "one", "one member", "the other left out", "only one's", "one key twice"],
)
def test_two_people_of_two_members_with_two_keys_must_be_left(everybody, options):
    with pytest.raises(Refused, match="of different members"):
        chosen(*everybody, **options)


@pytest.mark.parametrize(
    ("since", "until", "holds"),
    [
        ("2026-11-28", "2026-11-28", True),
        ("2026-11-29", "2026-12-31", False),
        ("2026-10-01", "2026-11-27", False),
        ("2026-10-01", "2026-11-28", True),
    ],
)
def test_a_key_is_good_from_its_first_to_its_last_day(since, until, holds):
    one = msgspec.structs.replace(ANA, since=since, until=until)
    assert recipient.in_force([one], TODAY) == ([one] if holds else [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "Ana"},
        {"id": ""},
        {"id": "-ana"},
        {"name": ""},
        {"name": "x" * (recipient.MOST_NAME + 1)},
        {"name": "Ana\nBea"},
        {"until": "2026-09-30"},
        {"until": "2027-10-01"},
        {"since": "autumn"},
        {"key": "age1nonsense"},
    ],
    ids=[
        *("capitals", "no id", "begins with a dash", "no name", "long name", "two lines"),
        *("ends before it begins", "a year", "no day", "no key"),
    ],
)
def test_what_nobody_could_use_is_not_signed(wrong):
    with pytest.raises(AmparoError):
        recipient.check_sound(msgspec.structs.replace(ANA, **wrong))


def test_a_key_is_good_for_so_many_days_at_most():
    longest = date.fromordinal(date(2026, 10, 1).toordinal() + MOST_DAYS).isoformat()
    recipient.check_sound(msgspec.structs.replace(ANA, until=longest))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (str(pyrage.x25519.Identity.generate()), "secret half"),
        ("age1pq1" + "q" * 55, "post-quantum"),
        ("age1yubikey1" + "q" * 50, "plugin"),
        ("ssh-ed25519 AAAA", "does not begin with age1"),
        (ANA.key.upper(), "capitals"),
        (ANA.key[:-1], "62 characters"),
        (f"{ANA.key[:-1]}{'q' if ANA.key[-1] != 'q' else 'p'}", "checksum"),
    ],
    ids=["secret", "post-quantum", "plugin", "ssh", "capitals", "cut", "one letter"],
)
def test_what_is_wrong_with_a_key_is_said(given, why):
    assert why in str(agekey.fault(given))
    assert agekey.fault(ANA.key) is None
