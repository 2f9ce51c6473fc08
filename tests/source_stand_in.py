"""A real HTTP server of ours that stands in for a source, and can fail in every way.

What it answers is said by whoever derives from it.
"""

import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Fault(NamedTuple):
    """What is answered to one call instead of what is right."""

    status: int = 200
    body: bytes = b"[]"
    headers: dict = {}  # noqa: RUF012
    drip: bool = False
    """A byte a second, without end."""
    flood: int = 0
    """So many bytes of blanks before the body."""


class SourceStandIn:
    """One running server; `answer` says what is right, `faults` what is answered instead."""

    def __init__(self):
        self.faults, self.calls, self.sent = deque(), [], []
        self.closing = threading.Event()
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                stand_in.calls.append(self.path)
                self._answer(stand_in.answer)

            def do_POST(self):
                stand_in.sent.append(self.rfile.read(int(self.headers.get("content-length", 0))))
                stand_in.calls.append(f"{self.command} {self.path}")
                self._answer(stand_in.act)

            def do_PUT(self):
                self.do_POST()

            def do_DELETE(self):
                self.do_POST()

            def _answer(self, right):
                fault = stand_in.faults.popleft() if stand_in.faults else None
                if fault is None:
                    self._send(*right(self.path, stand_in.token_in(self.headers)))
                elif fault.drip:
                    self._drip()
                elif fault.flood:
                    self._flood(fault)
                else:
                    self._send(fault.status, fault.headers, fault.body)

            def _send(self, status, headers, body):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _drip(self):
                self.send_response(200)
                self.send_header("content-length", "1000000")
                self.end_headers()
                while not stand_in.closing.wait(1):
                    self.wfile.write(b" ")
                    self.wfile.flush()

            def _flood(self, fault):
                self.send_response(200)
                self.send_header("content-length", str(fault.flood + len(fault.body)))
                self.end_headers()
                for _ in range(fault.flood >> 20):
                    self.wfile.write(b" " * (1 << 20))
                self.wfile.write(fault.body)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """Whoever hangs up is no error of ours."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def token_in(self, headers):
        """What a call was made with."""
        token = headers.get("authorization", "").removeprefix("Bearer ")
        return headers.get("x-api-key", token)

    def answer(self, path, token):
        """(status, headers, body) to one call that reads."""
        raise NotImplementedError

    def act(self, path, token):
        """The same to one that changes something; of a public log there is none."""
        raise NotImplementedError
