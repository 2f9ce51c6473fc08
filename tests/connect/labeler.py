"""A labeler of our own: it signs labels as the specification says, and sends what a test wants."""

from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import coincurve
import libipld
from coincurve import ecdsa
from tests.websocket_host import frame, websocket_host

from amparo.connectors import signing_key

DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
ACCOUNT = "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb"
POST = f"at://{ACCOUNT}/app.bsky.feed.post/3mfgpbefhqk2d"
"""Its key says that it was posted on 22 February 2026."""
SECRET = coincurve.PrivateKey(b"\x11" * 32)
OTHER_SECRET = coincurve.PrivateKey(b"\x22" * 32)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def key_of(secret):
    return signing_key.SigningKey("secp256k1", secret.public_key.format())


KEY = key_of(SECRET)


def signature(message, secret=SECRET):
    """64 bytes over the SHA-256 of a message."""
    return ecdsa.serialize_compact(ecdsa.der_to_cdata(secret.sign(message)))


def label(value="rude", uri=POST, cts="2026-11-03T09:00:00.000Z", *, secret=SECRET, **more):
    """A label, signed."""
    made = {"ver": 1, "src": DID, "uri": uri, "val": value, "cts": cts, **more}
    return made | {"sig": signature(libipld.encode_dag_cbor(made), secret)}


def message(header, body):
    return libipld.encode_dag_cbor(header) + libipld.encode_dag_cbor(body)


def labels(seq, *found):
    """A frame of the stream with labels."""
    return message({"t": "#labels", "op": 1}, {"seq": seq, "labels": list(found)})


def info(name, text="Requested cursor exceeded limit."):
    return message({"t": "#info", "op": 1}, {"name": name, "message": text})


def failure(error, text="Cursor in the future."):
    return message({"op": -1}, {"error": error, "message": text})


def wait_for_the_end(line):
    while line.recv(65536):
        pass


@contextmanager
def labeler(*messages, asked=None, then=wait_for_the_end):
    """A labeler that sends these messages to everybody; its address.

    `asked`: a list for the cursors that are asked for.
    """

    def serve(line, target):
        if asked is not None:
            asked.append(parse_qs(urlsplit(target).query)["cursor"][0])
        for one in messages:
            line.sendall(frame(one))
        then(line)

    with websocket_host(serve) as url:
        yield url
