"""Every malformed note, key, checkpoint, receipt and policy is refused; nothing is guessed."""

import base64

import pytest

from amparo.errors import AmparoError, Malformed, Unsound
from amparo.tlog import checkpoint, cosignature, note, policy, proof, strict

SIGNER = note.Signer("log.example/a", bytes(32))
OTHER = note.Signer("log.example/b", bytes([1]) * 32)
TEXT = b"log.example/a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
SIGNED = note.Note(TEXT, (SIGNER.sign(TEXT),))
LINE = SIGNED.signatures[0].line().encode()
KEY = SIGNER.verifier


@pytest.mark.parametrize("text", [b"", b"01", b"+1", b" 1", b"1_0", b"1\n", b"-0", "١".encode()])
def test_only_plain_decimals_are_numbers(text):
    with pytest.raises(Malformed):
        strict.decimal(text, "number")


@pytest.mark.parametrize("text", [b"AB==", b"AA", b"A A=", b"AA==\n", b"_-==", b"AA==AA=="])
def test_only_the_one_spelling_of_base64_is_read(text):
    with pytest.raises(Malformed):
        strict.unbase64(text, "bytes")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        TEXT,
        TEXT + b"\n",
        TEXT + b"\n" + LINE,
        TEXT + b"\n" + LINE.replace(b" ", b"  ", 1) + b"\n",
        TEXT + b"\n" + LINE.replace("—".encode(), b"-") + b"\n",
        TEXT + b"\n" + LINE + b"\r\n",
        TEXT.replace(b"\n", b"\r\n") + b"\r\n" + LINE + b"\n",
        TEXT + b"\n" + "— x AAAA\n".encode(),
        TEXT + b"\n" + "— a+b AAAAAAA=\n".encode(),
        b"\xff" + TEXT + b"\n" + LINE + b"\n",
        TEXT + b"\x00\n" + LINE + b"\n",
        TEXT + b"\n" + (LINE + b"\n") * 101,
        b"x" * note.MOST_NOTE_BYTES + SIGNED.encode(),
    ],
)
def test_what_is_not_quite_a_note_is_no_note(raw):
    with pytest.raises(Malformed):
        note.parse(raw)


def test_a_note_is_split_at_its_last_empty_line():
    text = b"first\n\nsecond\n"
    signed = note.Note(text, (SIGNER.sign(text),))

    read = note.parse(signed.encode())

    assert read.text == text
    assert note.verify(read, [KEY])


def test_unknown_signatures_are_ignored_and_known_ones_must_be_good():
    foreign = OTHER.sign(TEXT)
    same_id_other_name = note.Signature("x", KEY.key_id, bytes(64))
    broken = note.Signature(KEY.name, KEY.key_id, bytes(64))

    assert note.verify(SIGNED.with_signatures(foreign, same_id_other_name), [KEY])
    with pytest.raises(Unsound, match="do not hold"):
        note.verify(note.Note(TEXT, (broken,)), [KEY])
    with pytest.raises(Unsound):
        note.verify(note.Note(TEXT, (foreign,)), [KEY])


def test_a_known_key_that_signs_twice_with_different_bytes_is_refused():
    key = cosignature.Ed25519WitnessKey("w", bytes(32))
    twice = note.Note(TEXT, (key.cosign(TEXT, 1), key.cosign(TEXT, 2)))

    with pytest.raises(Unsound, match="do not hold"):
        note.verify(twice, [key.cosigner])


@pytest.mark.parametrize(
    "public",
    [
        bytes(32),
        (1).to_bytes(32, "little"),
        (2**255 - 20).to_bytes(32, "little"),
        (2**255 - 19).to_bytes(32, "little"),
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
        (2).to_bytes(32, "little"),
        bytes(31),
    ],
)
def test_keys_under_which_anyone_could_sign_are_refused(public):
    with pytest.raises(Malformed, match="cannot be used"):
        note.Ed25519Verifier("log.example/a", public)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "a+b",
        KEY.vkey.upper(),
        KEY.vkey + "\n",
        KEY.vkey.replace("log", "lag"),
        KEY.vkey[:-2] + "==",
        "log example+" + KEY.vkey.split("+", 1)[1],
    ],
)
def test_a_verifier_key_is_read_exactly(vkey):
    with pytest.raises(Malformed):
        note.Ed25519Verifier.from_vkey(vkey)


def test_a_private_key_is_written_and_read_back():
    assert note.Signer.from_text(SIGNER.to_text()) == SIGNER
    with pytest.raises(Malformed):
        note.Signer.from_text(SIGNER.to_text().replace("log", "lag"))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"a\n1\n",
        TEXT[:-1],
        TEXT + b"\n",
        TEXT.replace(b"\n0\n", b"\n00\n"),
        TEXT.replace(b"\n0\n", b"\n-1\n"),
        TEXT.replace(b"=", b""),
        b"a b" + TEXT[13:],
        b"a+b" + TEXT[13:],
        b"\n0\n" + TEXT[16:],
    ],
)
def test_a_checkpoint_is_three_exact_lines(text):
    with pytest.raises(Malformed):
        checkpoint.parse(text)


def test_a_checkpoint_of_another_log_or_with_a_false_empty_root_is_refused():
    false_root = checkpoint.Checkpoint("log.example/a", 0, bytes(32))
    raw = checkpoint.sign(false_root, SIGNER).encode()

    with pytest.raises(Unsound, match="another log"):
        checkpoint.open_checkpoint(SIGNED.encode(), origin="log.example/c", keys=[KEY])
    with pytest.raises(Unsound, match="contradicts"):
        checkpoint.open_checkpoint(raw, origin="log.example/a", keys=[KEY])
    with pytest.raises(Malformed, match="does not sign"):
        checkpoint.sign(false_root, OTHER)


def test_extension_lines_are_read_past():
    assert checkpoint.parse(TEXT + b"something else\n").size == 0


HASH = base64.b64encode(bytes(32))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"c2sp.org/tlog-proof@v2\nindex 0\n\n" + SIGNED.encode(),
        b"c2sp.org/tlog-proof@v1\n\n" + SIGNED.encode(),
        b"c2sp.org/tlog-proof@v1\nindex 00\n\n" + SIGNED.encode(),
        b"c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\n" + SIGNED.encode(),
        b"c2sp.org/tlog-proof@v1\nextra A\nindex 0\n\n" + SIGNED.encode(),
        b"c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n" + SIGNED.encode(),
        b"c2sp.org/tlog-proof@v1\nindex 0\n" + (HASH + b"\n") * 64 + b"\n" + SIGNED.encode(),
        b"c2sp.org/tlog-proof@v1\r\nindex 0\r\n\r\n" + SIGNED.encode(),
        b"x" * (proof.MOST_PROOF_BYTES + 1),
    ],
)
def test_what_is_not_quite_a_receipt_is_no_receipt(raw):
    with pytest.raises(Malformed):
        proof.parse(raw)


LOG = f"log {KEY.vkey}\n"
W1 = cosignature.Ed25519WitnessKey("w1", bytes([2]) * 32)
W2 = cosignature.MLDSA44WitnessKey("w2", bytes([3]) * 32)
W3 = cosignature.Ed25519WitnessKey("w3", bytes([4]) * 32)
THREE = "".join(f"witness {w.name} {w.cosigner.vkey}\n" for w in (W1, W2, W3))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none\n",
        LOG,
        LOG + "quorum none\nquorum none\n",
        LOG + "quorum w1\n",
        LOG + THREE + "group g 4 w1 w2 w3\nquorum g\n",
        LOG + THREE + "group g 0 w1\nquorum g\n",
        LOG + THREE + "group g any w1\ngroup h any w1\nquorum g\n",
        LOG + THREE + "group g any\nquorum g\n",
        LOG + THREE + THREE + "quorum w1\n",
        LOG + f"witness none {W1.cosigner.vkey}\nquorum none\n",
        LOG + f"witness a {W1.cosigner.vkey}\nwitness b {W1.cosigner.vkey}\nquorum a\n",
        LOG + f"witness w1 {KEY.vkey}\nquorum w1\n",
        LOG + "mirror x\nquorum none\n",
    ],
)
def test_a_policy_that_is_not_exact_is_refused(text):
    with pytest.raises(Malformed):
        policy.parse(text)


@pytest.mark.parametrize(
    ("lines", "reached"),
    [
        ([], False),
        ([W1.cosign(TEXT, 5)], False),
        ([W1.cosign(TEXT, 5), W2.cosign(TEXT, 6)], True),
        ([W1.cosign(TEXT, 5), W1.cosign(TEXT, 5)], False),
        ([W1.cosign(TEXT, 5), SIGNER.sign(TEXT)], False),
        ([W2.cosign(TEXT, 5), W3.cosign(TEXT, 5)], True),
    ],
    ids=["none", "one", "two", "one twice", "one and the log", "other two"],
)
def test_a_quorum_counts_distinct_witnesses_only(lines, reached):
    """Two of three, of both kinds of signature; neither the log nor a repeat counts."""
    trusted = policy.parse(LOG + THREE + "group g 2 w1 w2 w3\nquorum g # two of three\n")
    cosigned = SIGNED.with_signatures(*lines)

    if reached:
        assert len(policy.check_quorum(trusted, cosigned)) == 2
    else:
        with pytest.raises(Unsound, match="Too few"):
            policy.check_quorum(trusted, cosigned)


def test_a_forged_cosignature_of_a_known_witness_spoils_the_note():
    forged = note.Signature("w1", W1.cosigner.key_id, (5).to_bytes(8, "big") + bytes(64))
    trusted = policy.parse(LOG + THREE + "quorum none\n")

    with pytest.raises(AmparoError):
        policy.cosigned_by(trusted, SIGNED.with_signatures(forged))


def test_groups_may_hold_groups():
    trusted = policy.parse(
        LOG + THREE + "group pair all w1 w2\ngroup either any pair w3\nquorum either\n"
    )

    assert trusted.reached_by({"w3"})
    assert trusted.reached_by({"w1", "w2"})
    assert not trusted.reached_by({"w1"})


def test_a_cosignature_without_time_is_no_statement():
    """Time 0 in an ML-DSA-44 line says nothing about the largest tree."""
    line = W2.cosign(TEXT, 0)

    assert not W2.cosigner.verify(TEXT, line.raw)
