"""An attacker's client: it speaks sockets, byte by byte, and keeps to no rule of ours."""

import socket
import time
from contextlib import contextmanager
from urllib.parse import urlsplit


def connect(url, wait=30.0, source=""):
    """A bare connection to a server, from an address of one's own, with a limit to every wait."""
    place = urlsplit(url)
    own = (source, 0) if source else None
    return socket.create_connection((place.hostname, place.port), wait, own)


def head(method, path, *lines, host="x"):
    """A request's head as bytes, ready to send."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {host}", *lines, "", ""]).encode()


def answer(line, until=30.0):
    """All that comes back until the other side closes, or until so many seconds have passed."""
    deadline, got = time.monotonic() + until, b""
    try:
        while (left := deadline - time.monotonic()) > 0:
            line.settimeout(left)
            if not (piece := line.recv(65536)):
                break
            got += piece
    except (TimeoutError, ConnectionError):
        pass
    return got


def ask(url, raw, until=30.0):
    """Send bytes on a connection of their own; what comes back."""
    with connect(url, until) as line:
        line.sendall(raw)
        return answer(line, until)


def is_closed(line):
    """Whether the other side has ended a connection."""
    line.settimeout(0.05)
    try:
        return line.recv(65536) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


@contextmanager
def many(url, number):
    """So many connections at once, closed at the end whatever happens."""
    lines = []
    try:
        lines.extend(connect(url) for _ in range(number))
        yield lines
    finally:
        for line in lines:
            line.close()
