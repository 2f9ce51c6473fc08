"""Labels of the AT Protocol: what is signed, what a frame is, and what a value restricts."""

import base64
import json
from datetime import UTC, datetime

import libipld
import pytest
from tests.connect import labeler
from tests.connect.conftest import ROOT_OF_VECTORS
from tests.connect.labeler import ACCOUNT, DID, KEY, NOW, POST

from amparo.connectors import config, did_document, label, label_frame, signing_key, states
from amparo.connectors import labels as labels_
from amparo.errors import Malformed

VECTORS = ROOT_OF_VECTORS.parent / "atproto"
CORPUS = json.loads((VECTORS / "signed_label_corpus.json").read_text())
FRAMES = json.loads((VECTORS / "subscribe_labels_frames.json").read_text())
SIGNATURES = json.loads((VECTORS / "crypto_signature_fixtures.json").read_text())
LATER = datetime(2027, 1, 1, tzinfo=UTC)
FORM = {
    "connector": {"system": "labels", "name": "sky", "platform": "Sky", "instance": DID},
    "options": {"key": str(KEY)},
}


def unpadded(text):
    return base64.b64decode(text + "=" * (-len(text) % 4))


def settings(**options):
    return labels_.settings(config.read(FORM | {"options": FORM["options"] | options}))


def read(*words, **more):
    return label.read(labeler.label(*words, **more), DID, KEY, NOW)


def record(*words, of=None, **more):
    return labels_.record(read(*words, **more), of or settings())


# Signatures


@pytest.mark.parametrize("case", CORPUS["cases"], ids=lambda case: case["name"])
def test_a_signature_over_every_form_of_a_label_is_checked(case):
    key = signing_key.read(CORPUS["public_key_multibase"])
    whole = case["label"] | {"sig": unpadded(case["sig_base64"])}

    found = label.read(whole, whole["src"], key, LATER)

    assert found.proof.signed.hex() == case["unsigned_dag_cbor_hex"]
    with pytest.raises(ValueError, match="not by the labeler's key"):  # the same, with the higher s
        high = whole | {"sig": unpadded(case["high_s_variant_sig_base64"])}
        label.read(high, whole["src"], key, LATER)


@pytest.mark.parametrize("case", SIGNATURES, ids=lambda case: case["comment"])
def test_keys_are_the_same_in_their_old_and_new_form_and_signatures_have_one_form(case):
    key = signing_key.read(case["publicKeyDid"])

    assert signing_key.read(case["publicKeyMultibase"], case["didDocSuite"]) == key
    assert str(key) == case["publicKeyDid"]
    message, signature = unpadded(case["messageBase64"]), unpadded(case["signatureBase64"])
    assert signing_key.is_signed(key, message, signature) == case["validSignature"]


def test_what_is_signed_is_the_label_as_it_was_received():
    """Skyware signs `neg: false`, Ozone leaves it out, and both may add what is not signed."""
    for more in ({}, {"neg": False}):
        whole = labeler.label(**more)
        assert label.read(whole | {"id": 7, "$type": "x"}, DID, KEY, NOW).is_withdrawn is False
        with pytest.raises(label.NotSigned):
            label.read(whole | {"neg": True}, DID, KEY, NOW)
        with pytest.raises(label.NotSigned):
            label.read(whole | {"exp": "2027-01-01T00:00:00Z"}, DID, KEY, NOW)


@pytest.mark.parametrize(
    "signature",
    [b"", b"\0" * 64, b"\xff" * 64, labeler.signature(b"another message"), b"\1" * 63, b"\1" * 65],
)
def test_no_other_bytes_are_a_signature(signature):
    with pytest.raises(label.NotSigned):
        label.read(labeler.label() | {"sig": signature}, DID, KEY, NOW)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"sig": None}, "sig"),
        ({"sig": "c2ln"}, "sig"),
        ({"ver": 2}, "ver"),
        ({"ver": None}, "ver"),
        ({"ver": True}, "ver"),
        ({"src": ACCOUNT}, "another labeler"),
        ({"val": ""}, "no value of a label"),
        ({"val": "a" * 129}, "no value of a label"),
        ({"val": "a\nb"}, "no value of a label"),
        ({"neg": 1}, "neg"),
        ({"uri": 7}, "uri"),
        ({"cts": "yesterday"}, "'yesterday' is no moment"),
        ({"cts": "2026-13-01T00:00:00Z"}, "no moment"),
        ({"cts": "9999-12-31T23:59:59-23:00"}, "no moment"),
        ({"exp": "soon"}, "no moment"),
        ({"cts": "2027-11-03T09:00:00Z"}, "still to come"),
    ],
)
def test_what_is_no_label_of_the_labeler_says_why(change, why):
    with pytest.raises(ValueError, match=why):
        label.read(labeler.label() | change, DID, KEY, NOW)


def test_a_label_that_is_no_map_is_refused():
    for one in (None, [], "label", 7):
        with pytest.raises(ValueError, match="no label"):
            label.read(one, DID, KEY, NOW)


# Frames


@pytest.mark.parametrize("case", FRAMES, ids=lambda case: case["name"])
def test_a_frame_is_what_its_header_says_or_refused(case):
    raw = bytes.fromhex(case["hex"])
    if case["expect"].startswith("reject"):
        with pytest.raises(ValueError, match=r"."):
            label_frame.read(raw)
        return
    found = label_frame.read(raw)
    expected = {
        "parse; unknown type is ignored": label_frame.Other,
        "stream error": label_frame.Failure,
        "accept; note a gap, keep going": label_frame.Info,
    }
    assert isinstance(found, expected.get(case["expect"], label_frame.Labels))


@pytest.mark.parametrize(
    "raw",
    [
        b"\x81" * 100_000 + b"\x01",  # deeper than anybody reads
        b"\x9b\x00\x00\x00\xff\xff\xff\xff\xff",  # a list of 2**40
        b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff",
        labeler.message({"t": "#labels", "op": 1}, {"seq": -1, "labels": []}),
        labeler.message({"t": "#labels", "op": 1}, {"seq": 2**63, "labels": []}),
        labeler.message({"t": "#labels", "op": 1}, {"seq": True, "labels": []}),
        labeler.message({"t": "#labels", "op": 1}, {"seq": 1, "labels": {}}),
        labeler.message({"t": "#labels", "op": 1}, {"seq": 1}),
        labeler.message({"t": 7, "op": 1}, {}),
        labeler.message({}, {}),
        libipld.encode_dag_cbor([]) * 2,
    ],
)
def test_frames_that_are_made_to_hurt_are_refused(raw):
    with pytest.raises(ValueError, match=r"."):
        label_frame.read(raw)


# Who signs


def document(**changes):
    return {
        "id": DID,
        "verificationMethod": [
            {"id": f"{DID}#atproto", "type": "Multikey", "publicKeyMultibase": "z123"},
            {
                "id": f"{DID}#atproto_label",
                "type": "Multikey",
                "publicKeyMultibase": str(KEY).removeprefix("did:key:"),
            },
        ],
        "service": [{"id": "#atproto_labeler", "serviceEndpoint": "https://labels.example"}],
    } | changes


def test_a_document_names_the_key_and_the_address_with_or_without_its_did():
    assert did_document.labeler(document(), DID) == (KEY, "https://labels.example")
    bare = libipld.encode_multibase("z", labeler.SECRET.public_key.format(compressed=False))
    old = {
        "id": "#atproto_label",
        "type": "EcdsaSecp256k1VerificationKey2019",
        "publicKeyMultibase": bare,
    }
    found = did_document.labeler(document(verificationMethod=[old], service=None), DID)
    assert found == (KEY, "")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"id": ACCOUNT}, "not the document of"),
        ({"verificationMethod": []}, "no key"),
        ({"verificationMethod": "x"}, "no key"),
        ({"verificationMethod": [{"id": "#atproto_label"}]}, "base58"),
        ({"verificationMethod": [{"id": "#atproto_label", "publicKeyMultibase": "zQ0"}]}, "base58"),
        ({"verificationMethod": [{"id": "#atproto_label", "publicKeyMultibase": "z1"}]}, "no key"),
    ],
)
def test_a_document_that_lacks_something_says_what(changes, why):
    with pytest.raises(ValueError, match=why):
        did_document.labeler(document(**changes), DID)


def test_a_document_is_where_its_did_says():
    at = did_document.address_of
    assert at(DID, "https://plc.example/") == f"https://plc.example/{DID}"
    assert at("did:web:labels.example", "") == "https://labels.example/.well-known/did.json"
    assert at("did:web:localhost%3A80", "") == "https://localhost:80/.well-known/did.json"
    for did in ("did:key:z1", "did:web:a:b:c", "labels.example", ""):
        with pytest.raises(ValueError, match="no DID of the methods"):
            at(did, "https://plc.example")


# What it restricts


@pytest.mark.parametrize(
    ("value", "uri", "restriction"),
    [
        ("!takedown", ACCOUNT, {"decision_account": "DECISION_ACCOUNT_SUSPENDED"}),
        ("!suspend", ACCOUNT, {"decision_account": "DECISION_ACCOUNT_SUSPENDED"}),
        ("!takedown", POST, {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"]}),
        ("!hide", POST, {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"]}),
        ("!warn", ACCOUNT, {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_LABELLED"]}),
        ("rude", POST, {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_LABELLED"]}),
        ("new", POST, {}),
        ("!suspend", POST, {}),
    ],
)
def test_a_value_is_a_restriction_of_the_account_or_the_record_or_asked_about(
    value, uri, restriction
):
    found = record(value, uri, of=settings(labelled="rude, spam"))

    assert found.states == {labels_.FLAG: restriction}
    assert found.words["label"] == value
    assert found.subject == uri


def test_what_restricts_nothing_and_what_people_say_of_themselves_is_no_decision():
    assert record("verified", of=settings(nothing="verified")) is None
    assert record("porn", DID) is None


def test_an_end_is_that_of_the_restriction():
    found = record("!hide", exp="2026-12-24T18:00:00Z")

    assert found.until == "2026-12-24T18:00:00Z"
    assert found.states[labels_.FLAG]["end_date_visibility_restriction"] == "2026-12-24"
    suspended = record("!suspend", ACCOUNT, exp="2026-12-24T18:00:00Z").states[labels_.FLAG]
    assert suspended["end_date_account_restriction"] == "2026-12-24"


def test_what_a_label_does_not_say_is_left_out_or_only_likely():
    found = record("!hide")

    assert found.decision == {}
    day = {"content_date": "2026-02-22"}
    assert found.suggested == day | {"content_type": ["CONTENT_TYPE_TEXT"]}
    said = settings(keys_are_dates="yes", automated="partly")
    assert record("!hide", of=said).decision == day | {
        "automated_decision": "AUTOMATED_DECISION_PARTIALLY"
    }
    odd = record("!hide", f"at://{ACCOUNT}/app.bsky.actor.profile/self", of=said)
    assert "content_date" not in odd.decision | odd.suggested


@pytest.mark.parametrize("uri", ["", "https://x.example", "did:plc", "at://x/y", "at://did:a:b/c"])
def test_a_subject_that_is_neither_account_nor_record_is_refused(uri):
    with pytest.raises(ValueError, match="neither an account nor a record"):
        record("!hide", uri)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"labelled": "a b", "nothing": "b"}, "'b' is named twice"),
        ({"labelled": "!hide"}, "the same for every labeler"),
        ({"hidden": "a"}, "there is no option 'hidden'"),
        ({"automated": "maybe"}, "none of no, partly, fully"),
        ({"key": "did:key:z1"}, "no key"),
        ({"key": ""}, "base58"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(options, why):
    with pytest.raises(Malformed) as error:
        settings(**options)
    assert why in str(error.value.why)


# A label is a state


def lived(*looks):
    """What labels one after another come to: kinds, with what a reversal takes back."""
    known, found = None, []
    for look in looks:
        known, new = states.compare(known, look)
        found += new
    return found


def test_a_label_is_a_decision_when_it_is_first_seen_and_its_withdrawal_takes_it_back():
    on, off = record(), record(cts="2026-11-04T09:00:00Z", neg=True)

    decided, lifted = lived(on, on, off, off)

    assert (decided.kind, lifted.kind) == ("restriction", "reversal")
    assert lifted.reverses == decided.native_id
    assert (decided.at, lifted.at) == ("2026-11-03T09:00:00Z", "2026-11-04T09:00:00Z")
    assert decided.proof.signature == labeler.label()["sig"]
    assert lifted.proof is not None


def test_a_withdrawal_of_what_nobody_has_seen_is_no_decision():
    """As Ozone sends them to whoever comes late: it keeps one row for each label."""
    assert lived(record(neg=True)) == []


def test_a_label_that_is_set_again_is_a_new_decision_also_within_one_second():
    at = "2026-11-03T09:00:00.{}Z"
    looks = [record(cts=at.format(n), neg=n % 2 == 1) for n in range(4)]

    kinds = [found.kind for found in lived(*looks)]
    names = {found.native_id for found in lived(*looks)}

    assert kinds == ["restriction", "reversal", "restriction", "reversal"]
    assert len(names) == 4


def test_another_version_of_the_record_changes_nothing_while_the_label_holds():
    cid = "bafyreigw5zbv5bsu2q2bnznsvhlhfo4hkwxx6vrh2g2wm2kkhbmpd7a4xe"
    found = lived(record(), record(cts="2026-11-05T00:00:00Z", cid=cid))

    assert [one.kind for one in found] == ["restriction"]


def test_a_label_after_the_end_of_another_is_a_new_decision_and_nothing_was_taken_back():
    first = record(exp="2026-11-04T00:00:00Z")
    after = record(cts="2026-11-05T00:00:00Z")

    assert [one.kind for one in lived(first, after)] == ["restriction", "restriction"]


def test_another_end_takes_the_place_of_the_one_before():
    first, longer = (
        record(exp=f"2026-12-0{n}T00:00:00Z", cts=f"2026-11-0{n}T09:00:00Z") for n in (3, 4)
    )
    off = record(cts="2026-11-06T00:00:00Z", neg=True)

    found = lived(first, longer, off)

    assert [one.kind for one in found] == ["restriction", "reversal", "restriction", "reversal"]
    assert found[1].reverses == found[0].native_id
    assert found[3].reverses == found[2].native_id
