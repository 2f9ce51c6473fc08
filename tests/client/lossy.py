"""A proxy before a node that loses answers, refuses, or hands out something else: a bad line."""

import http.server
import threading
from contextlib import contextmanager

import httpx2


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.seen.append((self.command, self.path))
        fault = self.server.faults.pop(0) if self.server.faults else None
        if isinstance(fault, tuple):
            status, headers = fault
            return self._answer(status, headers, b"{}")
        headers = {n: v for n, v in self.headers.items() if n.lower() not in ("host", "connection")}
        answer = self.server.node.request(self.command, self.path, content=body, headers=headers)
        if fault == "lost":
            self.close_connection = True
            return None
        content = self.server.swap(self.path, answer.content)
        return self._answer(
            answer.status_code, {"content-type": answer.headers["content-type"]}, content
        )

    def do_GET(self):
        self.do_POST()

    def _answer(self, status, headers, body):
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def lossy(url):
    """A server with `url`; `faults`, one a call: "lost", or a status with headers; `seen`; `swap`."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.node = httpx2.Client(base_url=url, timeout=60)
    server.faults, server.seen = [], []
    server.swap = lambda _, content: content
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        server.node.close()
