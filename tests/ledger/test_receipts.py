"""A receipt proves its decision to anyone, offline, and any change to it shows."""

import base64
import json
from dataclasses import replace
from uuid import UUID

import pytest

from amparo.errors import AmparoError, Malformed, Missing, Unavailable, Unsound
from amparo.ledger.case import links
from amparo.ledger.log import receipts
from amparo.ledger.log.publish import Publisher
from amparo.tlog import note, policy, proof


@pytest.fixture
def made(node, journal, keep):
    prepared = keep(5)
    Publisher(node, journal).beat()
    return journal.decision(UUID(prepared[3].case))


def trusted(node):
    return policy.of_log(node.signer().verifier.vkey)


def changed(raw, **fields):
    read = proof.parse(raw)
    extra = json.loads(read.extra) | fields
    return proof.Proof(
        read.index, read.hashes, read.checkpoint, json.dumps(extra).encode()
    ).encode()


def test_a_party_sees_the_puid_and_anyone_the_reasons(node, made):
    party = receipts.verify(receipts.receipt(node, made, reader="party"), trusted(node))
    anyone = receipts.verify(receipts.receipt(node, made, reader="anyone"), trusted(node))

    assert (party.puid, anyone.puid) == ("own-00003", None)
    assert party.sealed == anyone.sealed
    assert "decision_facts" in anyone.sealed
    assert "puid" not in anyone.sealed
    assert (anyone.proven.index, anyone.proven.checkpoint.size) == (3, 5)


def test_any_change_to_what_a_receipt_says_is_found(node, made):
    raw = receipts.receipt(node, made, reader="party")
    extra = json.loads(proof.parse(raw).extra)
    sealed = extra["sealed"] | {"decision_facts": "something else"}

    for false in (
        changed(raw, sealed=sealed),
        changed(raw, salt=base64.urlsafe_b64encode(bytes(32)).decode()),
        changed(raw, puid="another"),
        changed(raw, entry=extra["entry"].replace("foro", "faro")),
    ):
        with pytest.raises(Unsound):
            receipts.verify(false, trusted(node))


@pytest.mark.parametrize("within", ["the receipt", "the reasons"])
def test_a_name_that_stands_twice_in_a_receipt_is_refused(node, made, within):
    """The last one counts here, and is what was committed to; another reader takes the first."""
    raw = receipts.receipt(node, made, reader="party")
    read = proof.parse(raw)
    key = b'"entry":' if within == "the receipt" else b'"decision_facts":'
    twice = read.extra.replace(key, key + b'"something else",' + key, 1)
    assert json.loads(twice) == json.loads(read.extra)

    with pytest.raises(Unsound, match="not those") as refused:
        receipts.verify(replace(read, extra=twice).encode(), trusted(node))

    assert "stands twice" in refused.value.why


def test_a_receipt_of_a_log_that_is_not_trusted_is_refused(node, made):
    raw = receipts.receipt(node, made, reader="anyone")
    stranger = note.Signer("log.example/other", bytes(32)).verifier.vkey

    with pytest.raises(Unsound, match="did not name"):
        receipts.verify(raw, policy.of_log(stranger))


def test_a_bare_tlog_proof_verifies_with_its_entry_beside_it(node, made):
    read = proof.parse(receipts.receipt(node, made, reader="anyone"))
    bare = proof.Proof(read.index, read.hashes, read.checkpoint).encode()

    assert receipts.verify(bare, trusted(node), entry=made.leaf).sealed is None
    with pytest.raises(Malformed, match="does not carry its entry"):
        receipts.verify(bare, trusted(node))
    with pytest.raises(AmparoError):
        receipts.verify(bare, trusted(node), entry=b"{}")


def test_a_receipt_exists_one_beat_later_and_not_before(node, journal, keep, made):
    [waiting] = keep(1)
    kept = journal.decision(UUID(waiting.case))

    with pytest.raises(Unavailable, match="not ready yet"):
        receipts.receipt(node, kept, reader="anyone")


def test_a_decision_is_found_by_uuid_number_or_index(journal, made):
    for name in (str(made.case), "3", "100000000003"):
        assert receipts.find(journal, name) == made
    for name in ("", "99", "no", "-1", "9" * 40, "٣", "01a20e3e-491f-75cb-93ab-92d2707adc4b"):
        with pytest.raises(Missing):
            receipts.find(journal, name)


def test_only_the_capability_of_the_link_opens_recourse(journal, keep):
    [one, other] = keep(2)
    kept = journal.of_case(UUID(one.case))

    assert links.find(journal, kept, one.recourse) == ("person", "handed over")
    for wrong in (other.recourse, "", "zz", one.recourse[:-2], one.recourse + "00"):
        assert links.find(journal, kept, wrong) is None
