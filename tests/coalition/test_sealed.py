"""What a server may learn of a sealed file, who is to open it, and when it is destroyed."""

import contextlib
from datetime import date, timedelta

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.coalition.test_charter import NAMES, signer, source

from amparo.coalition import charter as charters
from amparo.coalition import document, recipient, sealed, submission
from amparo.coalition.recipient import RECIPIENT, Recipient
from amparo.coalition.submission import Wish
from amparo.errors import AmparoError, Denied, Malformed, Refused

KEYS = [pyrage.x25519.Identity.generate().to_public() for _ in range(4)]
TODAY = date(2026, 11, 25)
CHARTER = charters.from_source(source())


@pytest.mark.parametrize("size", [1 << 16, 1 << 17, 1 << 20])
@pytest.mark.parametrize("people", [2, 3, 4])
def test_the_outside_tells_for_how_many_and_how_large(size, people):
    judged = sealed.judge(pyrage.encrypt(b"x" * size, KEYS[:people]))

    assert judged == (people, size)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 400_000))
def test_the_length_inside_follows_from_the_length_outside(size):
    raw = pyrage.encrypt(b"x" * size, KEYS[:2])
    _, at, _ = sealed._split(raw)

    assert sealed._inside(len(raw) - at) == size


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "does not begin"),
        (b"A plain letter about my employer.", "does not begin"),
        (b"%PDF-1.7", "does not begin"),
        (pyrage.encrypt(b"x" * 65536, KEYS[:1]), "locked for 1"),
        (pyrage.passphrase.encrypt(b"x" * 65536, "word"), "passphrase"),
        (pyrage.encrypt(b"x" * 65537, KEYS[:2]), "65,537 bytes"),
        (pyrage.encrypt(b"", KEYS[:2]), "0 bytes"),
        (pyrage.encrypt(b"x" * 65536, KEYS[:2], armored=True), "written as text"),
        (sealed.MAGIC, "header"),
        (sealed.MAGIC + b"--- " + b"A" * 43 + b"\n", "header"),
        (sealed.MAGIC + b"-> X25519 " + b"A" * 20_000, "header"),
        (sealed.MAGIC + b"in the clear\n", "header"),
    ],
)
def test_anything_else_is_refused_with_the_reason(raw, why):
    with pytest.raises((Refused, Malformed)) as found:
        sealed.judge(raw)
    assert why in f"{found.value.what} {found.value.why}"
    assert "Nothing of it was kept" in found.value.what or why == "header"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading_of_a_header(tail):
    with contextlib.suppress(AmparoError):
        sealed.judge(sealed.MAGIC + tail)


def test_sizes_are_padded_to_a_bucket():
    assert [sealed.bucket(n) for n in (0, 1, 65_536, 65_537, 1 << 26)] == [
        65_536,
        65_536,
        65_536,
        131_072,
        1 << 26,
    ]
    with pytest.raises(Refused):
        sealed.bucket((1 << 26) + 1)


def person(n, member=None, **changes):
    return Recipient(
        **{
            "id": f"r{n}",
            "member": NAMES[n] if member is None else member,
            "name": f"Recipient {n}",
            "key": str(KEYS[n]),
            "since": "2026-10-01",
            "until": "2027-01-15",
        }
        | changes
    )


def test_a_key_is_in_the_directory_only_if_its_member_has_signed_it():
    one = person(1)

    def check(value, by):
        raw = document.sign(RECIPIENT, value, signer(by))
        recipient.check(value, document.read(raw, RECIPIENT, Recipient)[1], CHARTER)

    check(one, NAMES[1])
    for value, by, kind in (
        (one, NAMES[2], Denied),
        (person(1, "x.example"), "x.example", Denied),
        (person(1, key="age1nothing"), NAMES[1], Malformed),
        (person(1, id="../x"), NAMES[1], Malformed),
        (person(1, until="2027-09-01"), NAMES[1], Malformed),
        (person(1, until="then"), NAMES[1], Malformed),
    ):
        with pytest.raises(kind):
            check(value, by)


def test_two_people_of_different_members_must_be_left():
    everybody = [person(0), person(1), person(2, NAMES[1]), person(3, until="2026-11-01")]

    def ids(**options):
        return [one.id for one in recipient.choose(everybody, TODAY, **options)]

    assert ids() == ["r0", "r1", "r2"]  # an old key is locked for no more
    assert ids(without=["r2"]) == ["r0", "r1"]
    for options in (
        {"without": ["r0"]},
        {"only": ["r0"]},
        {"only": ["r1", "r2"]},
        {"without": ["r1", "r2"]},
    ):
        with pytest.raises(Refused, match="different members"):
            ids(**options)


def test_all_but_the_acknowledgement_takes_two_of_different_members():
    move = submission.move

    assert move("sealed", None, "acknowledge", "a") == ("acknowledged", None)
    first = move("acknowledged", None, "assess", "a")
    assert first == ("acknowledged", Wish("assess", "a"))
    assert move("acknowledged", first.wish, "assess", "a").state == "acknowledged"
    assert move("acknowledged", first.wish, "assess", "b") == ("assessed", None)
    one = move("assessed", None, "decline", "a").wish
    assert move("assessed", one, "refer", "b") == ("assessed", Wish("refer", "b"))
    assert move("evidence", Wish("destroy", "a"), "destroy", "b").state is None
    for state, step in (("sealed", "assess"), ("declined", "refer"), ("assessed", "destroy")):
        with pytest.raises(Refused):
            move(state, None, step, "a")


def test_each_state_has_its_end_and_its_alarms():
    on = submission.destroyed_on

    assert (on("sealed", TODAY) - TODAY).days == 90
    assert (on("declined", TODAY) - TODAY).days == (on("referred", TODAY) - TODAY).days == 30
    assert on("evidence", TODAY) is None
    told = [submission.alarm("sealed", TODAY, TODAY + timedelta(days=n)) for n in (6, 7, 29, 30)]
    assert told == ["", "unopened for 7 days", "unopened for 7 days", "unopened for 30 days"]
    assert submission.alarm("assessed", TODAY, TODAY + timedelta(days=90)).startswith("no feedback")


def test_a_count_is_told_in_bands():
    assert [submission.band(n) for n in (0, 1, 9, 10, 49, 50, 100, 499, 500, 10_000)] == [
        "0",
        "1-9",
        "1-9",
        "10-49",
        "10-49",
        "50-99",
        "100-499",
        "100-499",
        "500 or more",
        "500 or more",
    ]
    assert submission.quarter(TODAY) == "2026q4"
