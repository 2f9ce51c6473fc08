"""A log's files at an address, some of which fail to come."""

import functools
import http.server
import threading
from contextlib import contextmanager


@contextmanager
def serving(folder, instead=lambda _: None):
    """The address of a folder.

    `instead`: path below it -> (status, content type, body) to answer in place of the file, or None.
    """

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            answer = instead(self.path.removeprefix("/"))
            if answer is None:
                super().do_GET()
                return
            status, kind, body = answer
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
