"""A node asks real witnesses over HTTP, and publishes only with its policy's quorum."""

import http.server
import threading
import time
from uuid import UUID

import pytest

from amparo.errors import Unavailable
from amparo.ledger.coalition.cosigner import cosigner_of
from amparo.ledger.log import receipts
from amparo.ledger.log.publish import Publisher, published_checkpoint
from amparo.tlog import cosignature, note, policy, witness


class Witness:
    """A witness by the protocol's own decision function, in a real HTTP server."""

    def __init__(self, key, log):
        self.key, self.also, self.seen, self.answers = key, None, {}, []
        logs = {log.name: [log]}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                answer = witness.decide(body, logs=logs, seen=outer.seen)
                if isinstance(answer, witness.Refusal):
                    outer.reply(self, answer.status, answer.content_type, answer.body)
                    return
                tree = answer.checkpoint
                outer.seen[tree.origin] = witness.Seen(tree.size, tree.root)
                keys = [key for key in (outer.key, outer.also) if key is not None]
                lines = [key.cosign(answer.text, int(time.time())).line() for key in keys]
                outer.reply(self, 200, "text/plain", "".join(f"{x}\n" for x in lines).encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def reply(self, handler, status, kind, body):
        self.answers.append(status)
        handler.send_response(status)
        handler.send_header("content-type", kind)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def witnesses(node):
    log = node.signer().verifier
    running = [
        Witness(cosignature.Ed25519WitnessKey("w1", b"1" * 32), log),
        Witness(cosignature.MLDSA44WitnessKey("w2", b"2" * 32), log),
    ]
    yield running
    for one in running:
        one.stop()


@pytest.fixture
def witnessed(node, witnesses):
    """The node with a policy that asks for both kinds of cosignature."""
    lines = [f"log {node.signer().verifier.vkey}"]
    lines += [f"witness {w.key.name} {w.key.cosigner.vkey} {w.url}" for w in witnesses]
    lines += ["group both all w1 w2", "quorum both", ""]
    (node.folder / "policy").write_text("\n".join(lines))
    return node.with_settings(policy="policy")


def test_a_receipt_bears_the_cosignatures_that_a_policy_asks_for(
    witnessed, journal, keep, witnesses
):
    publisher = Publisher(witnessed, journal, cosign=cosigner_of(witnessed))
    [one] = keep(1)
    publisher.beat()
    keep(300)
    publisher.beat()

    raw = receipts.receipt(witnessed, journal.decision(UUID(one.case)), reader="anyone")
    verified = receipts.verify(raw, policy.parse(witnessed.policy.read_text()))

    assert sorted(verified.proven.witnesses) == ["w1", "w2"]
    assert all(w.seen[witnessed.origin].size == 301 for w in witnesses)


def test_without_the_quorum_nothing_is_published_and_nothing_lost(
    witnessed, journal, keep, witnesses
):
    publisher = Publisher(witnessed, journal, cosign=cosigner_of(witnessed))
    keep(2)
    publisher.beat()
    log, witnesses[0].seen = witnesses[0].seen, {witnessed.origin: witness.Seen(10**6, bytes(32))}
    keep(3)

    with pytest.raises(Unavailable):
        publisher.beat()
    key = witnessed.signer().verifier
    assert published_checkpoint(witnessed, key).size == 2
    witnesses[0].seen = log
    publisher.beat()

    assert published_checkpoint(witnessed, key).size == 5


def test_a_witness_that_knows_another_size_is_asked_again_from_there(
    witnessed, journal, keep, witnesses
):
    publisher = Publisher(witnessed, journal, cosign=cosigner_of(witnessed))
    keep(4)
    publisher.beat()
    fresh = Publisher(witnessed, journal, cosign=cosigner_of(witnessed))
    keep(1)

    fresh.beat()

    assert 409 in witnesses[0].answers
    signed = note.parse((witnessed.log / "checkpoint").read_bytes())
    assert len(signed.signatures) == 3


def test_a_witness_with_two_keys_is_asked_once_and_signs_with_both(node, journal, keep):
    log = node.signer().verifier
    keys = [
        cosignature.Ed25519WitnessKey("w1", b"1" * 32),
        cosignature.MLDSA44WitnessKey("w1", b"2" * 32),
    ]
    one = Witness(keys[0], log)
    one.also = keys[1]
    lines = [
        f"log {log.vkey}",
        *(f"witness w{n} {k.cosigner.vkey} {one.url}" for n, k in enumerate(keys)),
    ]
    (node.folder / "policy").write_text(
        "\n".join([*lines, "group both all w0 w1", "quorum both", ""])
    )
    witnessed = node.with_settings(policy="policy")

    keep(1)
    Publisher(witnessed, journal, cosign=cosigner_of(witnessed)).beat()
    one.stop()

    assert one.answers == [200, 200]  # the empty tree, then the first entry
    signed = note.parse((witnessed.log / "checkpoint").read_bytes())
    assert len(signed.signatures) == 3


def test_who_does_not_answer_is_not_waited_for_while_the_quorum_stands(
    witnessed, journal, keep, witnesses
):
    asked = []
    text = witnessed.policy.read_text().replace("all w1 w2", "any w1 w2")
    witnessed.policy.write_text(text)
    publisher = Publisher(witnessed, journal, cosign=cosigner_of(witnessed))
    witnesses[1].stop()
    for _ in range(3):
        keep(1)
        publisher.beat()
        asked.append(publisher._cosign.__self__._resting)

    assert list(asked[0]) == [witnesses[1].url]
    assert publisher.size == 3
    witnesses[0].stop()
    keep(1)
    with pytest.raises(Unavailable, match="nothing new") as told:
        publisher.beat()
    assert "w1" in told.value.why
    assert "w2" in told.value.why  # asked all the same, now that it is needed
