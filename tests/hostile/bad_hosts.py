"""Hosts that a node is made to ask, and that answer as an attacker would: on bare sockets."""

import socket
import threading
import time
from contextlib import contextmanager, suppress


@contextmanager
def host(serve, *, connections=64):
    """A server on 127.0.0.1 whose every connection is handed to `serve(line)`; its port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=connections)
    lines = []

    def one(line):
        with suppress(OSError):
            serve(line)
        line.close()

    def accept():
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                lines.append(line)
                threading.Thread(target=one, args=(line,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


def request(line):
    """Read a request whole: its head, and as much body as it announces."""
    got = b""
    while b"\r\n\r\n" not in got:
        if not (piece := line.recv(65536)):
            return got
        got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    for row in head.lower().split(b"\r\n"):
        if row.startswith(b"content-length:"):
            while len(body) < int(row.partition(b":")[2]):
                if not (piece := line.recv(65536)):
                    break
                body += piece
    return head + b"\r\n\r\n" + body


def drip(line, raw, seconds=0.2):
    """Send byte by byte, and never so slowly that a limit of each read would end it."""
    for at in range(len(raw)):
        line.sendall(raw[at : at + 1])
        time.sleep(seconds)


def answer(body=b"", status="200 OK", *lines):
    """An answer as bytes."""
    head = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *lines]
    return "\r\n".join([*head, "", ""]).encode() + body


def answering(raw):
    """A server that answers every request with these bytes."""

    def serve(line):
        request(line)
        line.sendall(raw)

    return serve


def dripping_head(line):
    request(line)
    drip(line, b"HTTP/1.1 200 OK\r\nx-slow: " + b"a" * 10_000)


def dripping_body(line):
    request(line)
    line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    drip(line, b"a" * 10_000)


def dripping_chunks(line):
    request(line)
    line.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        drip(line, b"1\r\na\r\n")


def silent(line):
    request(line)
    time.sleep(3600)


def mute(line):
    """Takes the connection and reads nothing."""
    del line
    time.sleep(3600)


def endless_interim(line):
    request(line)
    while True:
        line.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def endless_head(line):
    request(line)
    line.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        line.sendall(b"x-more: " + b"a" * 1000 + b"\r\n")


def endless_body(line):
    request(line)
    line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        line.sendall(b"a" * 65536)


def endless_trailers(line):
    request(line)
    line.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n")
    while True:
        line.sendall(b"x-more: " + b"a" * 1000 + b"\r\n")


SLOW = (dripping_head, dripping_body, dripping_chunks, silent, mute)
LARGE = (endless_interim, endless_head, endless_body, endless_trailers)
