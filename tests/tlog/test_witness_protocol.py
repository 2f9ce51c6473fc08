"""The witness protocol: each answer for its reason, in the protocol's order."""

import pytest

from amparo.errors import Malformed, Unsound
from amparo.tlog import checkpoint, cosignature, edge, merkle, note, tile, witness

SIGNER = note.Signer("log.example/a", bytes(32))
STRANGER = note.Signer("log.example/a", bytes([9]) * 32)
ENTRIES = [b"e%d" % i for i in range(20)]
LOGS = {"log.example/a": [SIGNER.verifier]}


def tree(size):
    return edge.grow(edge.Edge(), ENTRIES[:size])


def signed(size, signer=SIGNER, root=None):
    grown, _ = tree(size)
    made = checkpoint.Checkpoint("log.example/a", size, root or grown.root())
    return checkpoint.sign(made, signer).encode()


def proof(old, size):
    _, tiles = tree(size)
    return tuple(merkle.consistency_proof(old, size, tile.node_reader(tiles.__getitem__, size)))


def seen(size):
    return {"log.example/a": witness.Seen(size, tree(size)[0].root())}


def ask(old, size, *, known=0, hashes=None, note_bytes=None, logs=LOGS):
    body = witness.Request(
        old, proof(old, size) if hashes is None else hashes, note_bytes or signed(size)
    ).encode()
    return witness.decide(body, logs=logs, seen=seen(known) if known else {})


def test_a_first_checkpoint_and_a_larger_one_are_accepted():
    first = ask(0, 5)
    second = ask(5, 17, known=5)

    assert isinstance(first, witness.Acceptance)
    assert isinstance(second, witness.Acceptance)
    assert (first.was, second.was, second.checkpoint.size) == (0, 5, 17)


def test_the_same_checkpoint_again_refreshes_its_time():
    assert isinstance(ask(5, 5, known=5), witness.Acceptance)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (400, lambda: witness.decide(b"nonsense", logs=LOGS, seen={})),
        (400, lambda: witness.decide(b"old 0\n\nnot a note", logs=LOGS, seen={})),
        (404, lambda: ask(0, 5, logs={})),
        (403, lambda: ask(0, 5, note_bytes=signed(5, STRANGER))),
        (400, lambda: ask(9, 5, hashes=())),
        (409, lambda: ask(0, 5, known=3)),
        (409, lambda: ask(3, 5)),
        (422, lambda: ask(3, 5, known=3, hashes=())),
        (422, lambda: ask(0, 5, hashes=(bytes(32),))),
        (422, lambda: ask(5, 5, known=5, note_bytes=signed(5, root=bytes(32)))),
        (422, lambda: ask(0, 0, note_bytes=signed(0, root=bytes(32)))),
    ],
)
def test_each_refusal_has_its_status(status, answer):
    assert answer().status == status


def test_a_conflict_says_which_size_is_known():
    answer = ask(0, 5, known=3)

    assert (answer.body, answer.content_type) == (b"3\n", "text/x.tlog.size")
    assert witness.read_size(answer.body, own_size=5) == 3


def test_a_witness_that_knows_a_larger_tree_stops_the_log():
    with pytest.raises(Unsound, match="larger tree"):
        witness.read_size(b"6\n", own_size=5)


def test_only_good_lines_of_the_asked_witness_are_kept():
    key = cosignature.Ed25519WitnessKey("w", bytes([7]) * 32)
    text = note.parse(signed(5)).text
    answer = f"{key.cosign(text, 9).line()}\n{SIGNER.sign(text).line()}\n".encode()

    assert witness.read_cosignatures(answer, text, [key.cosigner]) == [key.cosign(text, 9)]
    with pytest.raises(Unsound):
        witness.read_cosignatures(answer, text + b"x\n", [key.cosigner])
    with pytest.raises(Malformed):
        witness.read_cosignatures(answer[:-1], text, [key.cosigner])


def test_more_than_63_hashes_are_not_read():
    body = witness.Request(1, (bytes(32),) * 64, signed(5)).encode()

    with pytest.raises(Malformed, match="witness protocol"):
        witness.parse_request(body)
