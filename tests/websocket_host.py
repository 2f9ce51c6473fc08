"""A WebSocket server on a bare socket: every byte that it sends is the test's."""

import re
from contextlib import contextmanager

from tests.hostile.bad_hosts import host, request
from websockets.frames import CloseCode, Frame, Opcode
from websockets.utils import accept_key


def frame(data, opcode=Opcode.BINARY, *, fin=True):
    """One frame, as a server sends it."""
    return Frame(opcode, data, fin).serialize(mask=False)


def closing(code=CloseCode.NORMAL_CLOSURE, reason=b""):
    return frame(code.to_bytes(2, "big") + reason, Opcode.CLOSE)


def agree(line):
    """Read the request for a WebSocket and agree to it; the target that was asked for."""
    head = request(line).decode()
    key = re.search(r"sec-websocket-key: (\S+)", head, re.IGNORECASE)[1]
    line.sendall(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n".encode()
    )
    return head.split()[1]


@contextmanager
def websocket_host(serve):
    """A server whose every WebSocket is handed to `serve(line, target)`; its address."""

    def one(line):
        serve(line, agree(line))

    with host(one) as port:
        yield f"http://127.0.0.1:{port}"
