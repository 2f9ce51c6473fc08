"""A stand-in for the EU's database: a real HTTP server that speaks its documented batch protocol.

Not the database: that one's software cannot be run here. What it answers follows the published
software's own tests: 401 without the token; 201 for a batch; 422 for the whole batch when a
statement is not valid, when a PUID comes twice, or when one was seen before (`existing_puids`).
What it stores is durable in FILE, one JSON object a line, so that it can be asked after a kill.

    python -m tests.eu_stand_in FILE TOKEN     prints its address, and serves until it is killed
"""

import contextlib
import os
import sys
import threading
import time
import uuid
from collections import Counter, deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import msgspec
from tests.observatory import dump

from amparo.observatory.lake.schema import COLUMNS
from amparo.record import vocabulary as words
from amparo.record.decision import ATTRIBUTES, DATES, LISTS

REQUIRED = (
    *("puid", "decision_ground", "category", "content_type", "content_date", "application_date"),
    *("decision_facts", "source_type", "automated_detection", "automated_decision"),
)
ABSENT = {name: [] if name in LISTS else None for name in ATTRIBUTES}
UNWANTED = "is not allowed here"
"""In the facts of a statement that this stand-in refuses as the EU's own rules would."""
STUMBLING = "makes it stumble"
"""In the facts of one at which it answers 500, again and again."""


class Fault(NamedTuple):
    """What is answered to one call instead of what is right."""

    status: int = 0
    """0: the connection is closed without an answer."""
    headers: dict = {}  # noqa: RUF012
    stores: bool = False
    """Whether the call is carried out all the same."""
    body: bytes = b"Service Unavailable"


class EuStandIn:
    """One running server; `rows` are what it stores, `calls` the bodies as they came.

    Unless it `keeps_all`, only PUIDs are in memory: it has the rows in its file.
    """

    def __init__(self, token="12|abc", file=None, *, keeps_all=True):
        self.token = token
        self.faults = deque()
        self.calls = []
        self.files = {}
        self.moments = []
        self._keeps_all = keeps_all
        self._guard = threading.Lock()
        self._file = None if file is None else os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        self.rows = {row["puid"]: row for row in stored_in(file)} if file else {}
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                token = self.headers.get("authorization", "").removeprefix("Bearer ")
                answered = stand_in.answer(self.path, token, body)
                if answered is None:
                    self.close_connection = True
                    return
                status, headers, answer = answered
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def do_GET(self):
                found = stand_in.files.get(self.path)
                self.send_response(403 if found is None else 200)
                self.send_header("content-length", str(len(found or b"")))
                self.end_headers()
                self.wfile.write(found or b"")

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                """Whoever hangs up is no error of ours."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def publish(self, folder, day, slug, changes=(), *, without=(), torn=False, parts=None):
        """Its rows as a daily dump, the way the database writes one; `changes`: puid -> cells.

        `torn`: the last piece ends with half a row. `parts`: the numbers of its parts.
        """
        rows = [
            cells_of(row) | dict(changes).get(puid, {})
            for puid, row in self.rows.items()
            if puid not in without
        ]
        pieces = [rows[:2], dump.csv_of(rows[2:]) + b"\nhalf,a,row" * torn]
        path = dump.dump(folder, pieces, slug=slug, day=day, names=parts)
        for file in (path, path.with_name(f"{path.name}.sha1")):
            self.files[f"/explore-data/download/{file.name}"] = file.read_bytes()
        return path

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path, token, body):
        """(status, headers, body) to one call; None to close the connection."""
        with self._guard:
            self.moments.append(time.monotonic())
            if self._keeps_all:
                self.calls.append(body)
            fault = self.faults.popleft() if self.faults else None
        if fault is not None:
            if fault.stores:
                self._store(body)
            return (fault.status, fault.headers, fault.body) if fault.status else None
        if path != "/api/v1/statements":
            return _json(404, {"message": "Not found."})
        if token != self.token:
            return _json(401, {"message": "Unauthenticated."})
        return self._store(body)

    def _store(self, body):
        sent = msgspec.json.decode(body)["statements"]
        if not 1 <= len(sent) <= 100:
            return _json(422, {"message": "bad", "errors": {"statements": ["Between 1 and 100."]}})
        if any(STUMBLING in one["decision_facts"] for one in sent):
            return _json(500, {"message": "Server Error"})
        errors = {f"statement_{n}": wrong for n, one in enumerate(sent) if (wrong := _wrong(one))}
        if errors:
            return _json(422, {"errors": errors})
        now = _now()
        made = [ABSENT | one | {"uuid": str(uuid.uuid4()), "created_at": now} for one in sent]
        lines = [msgspec.json.encode(one) for one in made]
        with self._guard:
            if known := self._known([one["puid"] for one in sent]):
                reasons = {"puid": ["The puid was used before."], "existing_puids": known}
                return _json(422, {"message": "The puid was used before.", "errors": reasons})
            if self._file is not None:
                os.write(self._file, b"\n".join(lines) + b"\n")
            self.rows |= {one["puid"]: one if self._keeps_all else None for one in made}
        if self._file is not None:
            os.fsync(self._file)  # beside others: none is answered before it is durable
        return _json(201, None, b'{"statements":[' + b",".join(lines) + b"]}")

    def _known(self, puids):
        times = Counter(puids)
        return [one for one in puids if one in self.rows or times[one] > 1]


def stored_in(file):
    """What a stand-in has stored in a file."""
    with contextlib.suppress(FileNotFoundError):
        return [msgspec.json.decode(line) for line in Path(file).read_bytes().splitlines()]
    return []


def cells_of(row):
    """A row as the database's dump has it."""
    cells = dict.fromkeys(COLUMNS, "")
    cells |= {
        "uuid": row["uuid"],
        "platform_name": "Foro",
        "platform_uid": row["puid"],
        "created_at": row["created_at"],
        "content_id_ean": (row.get("content_id") or {}).get("EAN-13", ""),
    }
    for name in ATTRIBUTES:
        value = row.get(name)
        if value in (None, []) or name == "puid":
            continue
        if name in LISTS:
            cells[name] = msgspec.json.encode(value).decode()
        else:
            cells[name] = f"{value} 00:00:00" if name in DATES else value.replace("\n", " ")
    return cells


def _wrong(one):
    found = {
        name: [f"The {name} field is required."] for name in REQUIRED if one.get(name) in (None, [])
    }
    if UNWANTED in (one.get("decision_facts") or ""):
        found["decision_facts"] = ["The decision facts field is not allowed."]
    if not set(one.get("territorial_scope") or ()) <= words.EEA:
        found["territorial_scope"] = ["The selected territorial scope is invalid."]
    return found


def _now():
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())


def _json(status, value, body=None):
    return status, {"content-type": "application/json"}, body or msgspec.json.encode(value)


if __name__ == "__main__":
    running = EuStandIn(sys.argv[2], sys.argv[1], keeps_all=False)
    print(running.url, flush=True)
    threading.Event().wait()
