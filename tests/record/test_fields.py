"""Sealed fields that are opened one by one, each under a salt of its own."""

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.case.issue import later
from amparo.record import openable_fields
from amparo.record.canonical import base64url
from amparo.record.event import read_leaf
from amparo.record.openable_fields import Field

SALT = bytes(range(32))
SEALED = {"kind": "complaint.filed", "grounds": "I quoted it.", "late": False, "files": [1, 2]}


def by_hand():
    """The root as docs/record.md says it, with the standard library alone."""
    hashes = {}
    for name, value in SEALED.items():
        salt = hmac.digest(SALT, b"amparo.field-salt.v1\n" + name.encode(), "sha256")
        text = json.dumps({name: value}, separators=(",", ":"), ensure_ascii=False)
        made = hashlib.sha256(b"amparo.field.v1\n" + salt + text.encode()).digest()
        hashes[name] = base64url(made)
    text = json.dumps(dict(sorted(hashes.items())), separators=(",", ":"))
    return base64url(hashlib.sha256(b"amparo.fields.v1\n" + text.encode()).digest())


def test_the_root_is_the_one_that_the_docs_describe():
    assert openable_fields.root(SALT, SEALED) == by_hand()


@pytest.mark.parametrize("length", [0, 1, 32, 64, 65, 200])
def test_the_salt_of_a_field_is_the_hmac_of_its_name(length):
    """Whatever a stranger's file calls a salt: a longer one than a block is hashed first."""
    salt = bytes(range(length))

    shown = openable_fields.disclose(salt, {"grounds": "I quoted it."}, ())["grounds"]

    made = hmac.digest(salt, b"amparo.field-salt.v1\ngrounds", "sha256")
    assert shown.salt == base64url(made)


@given(
    kept_back=st.sets(st.sampled_from(sorted(SEALED))),
    more=st.sets(st.sampled_from(sorted(SEALED))),
)
def test_whatever_is_kept_back_leads_to_the_same_root(kept_back, more):
    disclosed = openable_fields.disclose(SALT, SEALED, kept_back)
    less = openable_fields.keep_back(disclosed, more)

    assert (
        openable_fields.root_of(disclosed)
        == openable_fields.root_of(less)
        == openable_fields.root(SALT, SEALED)
    )
    assert {name for name, field in less.items() if not field.is_open} == kept_back | more


@pytest.mark.parametrize(
    "forged",
    [
        {"grounds": Field(salt="AAAA", value="I quoted it.")},
        {"late": Field(salt=openable_fields.disclose(SALT, SEALED, ())["late"].salt, value=True)},
        {"late": openable_fields.disclose(SALT, SEALED, ())["grounds"]},
        {"more": Field(hash="x" * 43)},
    ],
    ids=["another salt", "another value", "another field's", "one more"],
)
def test_another_value_name_or_salt_gives_another_root(forged):
    assert openable_fields.root_of(
        openable_fields.disclose(SALT, SEALED, ()) | forged
    ) != openable_fields.root(SALT, SEALED)


def test_a_field_that_is_kept_back_shows_its_name_and_nothing_else():
    [closed] = [
        f for n, f in openable_fields.disclose(SALT, SEALED, {"grounds"}).items() if n == "grounds"
    ]

    assert (closed.salt, closed.value) == ("", None)
    assert len(closed.hash) == 43


def test_what_follows_a_decision_is_committed_to_field_by_field():
    made = later("complaint.filed", {"grounds": "x"}, at="2026-11-24T15:07:00Z", salt=SALT)

    assert read_leaf(made.leaf).sealed == openable_fields.root(
        SALT, {"kind": "complaint.filed", "grounds": "x"}
    )
