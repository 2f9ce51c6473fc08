"""A wire that fails: a proxy between a node and a server, told what to do with what passes."""

import contextlib
import socket
import threading


class Wire:
    """Passes bytes both ways until a rule says otherwise.

    `rule(sent)` sees each piece that the client sends and answers: "pass"; "cut", before the server
    gets it; "swallow", after the server got it and before the client hears; or bytes, answered in
    the server's place.
    """

    def __init__(self, port):
        self._to = port
        self.rule = lambda _: "pass"
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            with contextlib.suppress(OSError):
                one.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            self._open += [client, server]
            state = {"deaf": False}
            threading.Thread(target=self._up, args=(client, server, state), daemon=True).start()
            threading.Thread(target=self._down, args=(client, server, state), daemon=True).start()

    def _up(self, client, server, state):
        with contextlib.suppress(OSError):
            while piece := client.recv(1 << 20):
                what = self.rule(piece)
                if what == "pass":
                    server.sendall(piece)
                    continue
                self.cuts += 1
                if isinstance(what, bytes):
                    client.sendall(what)
                    break
                if what == "swallow":
                    state["deaf"] = True
                    server.sendall(piece)
                    with contextlib.suppress(OSError):
                        state["heard"].wait(2)
                break
        self._end(client, server)

    def _down(self, client, server, state):
        state["heard"] = threading.Event()
        with contextlib.suppress(OSError):
            while piece := server.recv(1 << 20):
                if state["deaf"]:
                    state["heard"].set()
                    break
                client.sendall(piece)
        self._end(client, server)

    def _end(self, *both):
        for one in both:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                one.close()
