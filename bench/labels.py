"""Labels of the AT Protocol: read with their signatures checked, beside the bare signatures.

    python -m bench.labels [LABELS]

In one process, in processor time. Frames hold one label each, half of them withdrawals of the one
before, as a busy labeler sends them; what is taken in waits as drafts.
"""

import hashlib
import tempfile
import time
from contextlib import closing
from pathlib import Path

import coincurve
import libipld
from coincurve import ecdsa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from amparo.connectors import config, signing_key
from amparo.connectors import labels as labels_
from amparo.connectors.trial import Trial
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, ingest
from amparo.ledger.connect.label_stream import LABELS_A_BATCH, Stream
from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.storage.journal import Journal
from amparo.storage.node import create_node
from bench.machine import asked_number, described, table

LABELS = 20_000
DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
SECRET = coincurve.PrivateKey(b"\x11" * 32)
KEY = signing_key.SigningKey("secp256k1", SECRET.public_key.format())
FORM = config.read(
    {
        "connector": {"system": "labels", "name": "sky", "platform": "Sky", "instance": DID},
        "options": {"key": str(KEY), "labelled": "rude"},
    }
)


def frame(number):
    """One label of a frame; every second one takes the one before back."""
    subject = hashlib.sha256(str(number // 2).encode()).hexdigest()[:24]
    label = {
        "ver": 1,
        "src": DID,
        "uri": f"at://did:plc:{subject}/app.bsky.feed.post/3mfgpbefhqk2d",
        "val": "rude",
        "cts": f"2026-11-{number // 2 % 20 + 1:02}T09:00:0{number % 2}.000Z",
    } | ({"neg": True} if number % 2 else {})
    message = libipld.encode_dag_cbor(label)
    signature = ecdsa.serialize_compact(ecdsa.der_to_cdata(SECRET.sign(message)))
    body = {"seq": number + 1, "labels": [label | {"sig": signature}]}
    return libipld.encode_dag_cbor({"t": "#labels", "op": 1}) + libipld.encode_dag_cbor(body)


def timed(work, items):
    """Items a second of processor time."""
    began = time.process_time()
    for item in items:
        work(item)
    return len(items) / (time.process_time() - began)


def taking(folder):
    """A function that takes a batch in, at a node of its own."""
    node = create_node(folder / "node")
    journal = Journal(node.journal)
    platforms.add(journal, "Sky", Profile())
    connection = connections.add(journal, FORM, now=0)
    connections.set_trial(journal, connection, Trial())
    connections.start(journal, connections.find(journal, connection.name))
    connection, secret = connections.find(journal, connection.name), node.secret()

    def work(batch):
        ingest.take(journal, secret, connection, batch, now=casework.now())

    return closing(journal), work


def run(number=LABELS):
    """Print how many labels a second each step takes."""
    frames = [frame(n) for n in range(number)]
    stream = Stream("", labels_.settings(FORM), None, "")
    read = timed(stream._take, frames)
    records = stream._records
    proofs = [record.proof for record in records]
    bare = timed(lambda one: signing_key.is_signed(KEY, one.signed, one.signature), proofs)
    openssl = SECRET.public_key.format(compressed=False)
    slow = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), openssl)
    ders = [(SECRET.sign(one.signed), one.signed) for one in proofs[:2000]]
    by_openssl = timed(lambda pair: slow.verify(*pair, ec.ECDSA(hashes.SHA256())), ders)
    batches = [records[n : n + LABELS_A_BATCH] for n in range(0, number, LABELS_A_BATCH)]
    with tempfile.TemporaryDirectory(prefix="amparo-labels-") as folder:
        journal, work = taking(Path(folder))
        with journal:
            taken = LABELS_A_BATCH * timed(work, batches)
            again = LABELS_A_BATCH * timed(work, batches)
    whole = 1 / (1 / read + 1 / taken)
    steps = {
        "bare signatures (libsecp256k1)": bare,
        "bare signatures (OpenSSL)": by_openssl,
        "frames read, signatures checked, mapped": read,
        "these taken into the journal": taken,
        "read and taken in together": whole,
        "taken in again, all known": again,
    }
    table(
        f"{number:,} labels",
        ("step", "labels/s", "ratio to the bare signatures"),
        [(step, f"{rate:,.0f}", f"{rate / bare:.2f}") for step, rate in steps.items()],
    )


if __name__ == "__main__":
    asked = asked_number(__doc__, LABELS, "LABELS")
    print(described())
    run(asked)
