"""What a request may cost: of every route the dearest request that was found, beside a static file.

    python -m bench.routes [ROUTE ...]

A node with 2,000 complaints, one case as full as it can get, and 10,000 published rulings. Each
request is sent several times, each time so that no earlier answer fits. Processor time is that of
the serving process and its children; a route without an entry here makes the run fail.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx2
from starlette.routing import Route

from amparo.case import complaint, delivery, texts
from amparo.case.state import Actor
from amparo.ledger.case import casework, people
from amparo.ledger.log import platforms
from amparo.ledger.storage.journal import Journal
from amparo.ledger.storage.node import create_node, open_node
from amparo.web.app import build
from amparo.web.http import limits
from amparo.web.http.answer_cache import MOST_WAITING
from amparo.web.http.state import Serving
from bench import wave
from bench.machine import described, table

CASES, RULINGS = 2_000, 10_000
ROUNDS = 5
STATIC = "/static/amparo.css"
SIX = "&".join(f"platform={one}" for one in ("Facebook", "TikTok", "X", "Temu", "Pinterest", "*"))
LONG = "ñ" * texts.TEXT
MANY = "&".join(f"x={n}" for n in range(9_000))  # nearly as much as a head may hold


class World:
    """A node that has much to show, and whoever asks it."""

    def __init__(self, served):
        self.served, folder = served, served.data
        self.token = self.served.add_platform("Foro")
        told = self.post("/api/v1/statement", json=self.statement("full")).json()
        self.case, own = told["uuid"], told["recourse_url"].removeprefix(self.served.url)
        self.own = own
        journal, node = Journal(folder / "journal.db"), open_node(folder)
        foro = platforms.find(journal, "Foro")
        wave.filed(journal, wave.decisions(node, journal, foro, CASES))
        self._fill(journal)
        self._publish(journal, foro)
        lead = people.add(journal, foro, "Lena", "lena@example.org", lead=True)
        member = people.add(journal, None, "Mara", "mara@example.org", known_as=["mara"])
        self.desk = {"cookie": f"desk={people.new_session(journal, lead.id)}"}
        self.panel = {"cookie": f"desk={people.new_session(journal, member.id)}"}
        journal.close()

    def statement(self, puid, **more):
        from tests.conftest import statement

        return statement(puid) | more

    def post(self, path, **body):
        return self.served.http.post(path, headers=self.token, **body)

    def _fill(self, journal):
        """One case with as much from each side as a case takes."""
        now = casework.now()
        by, me = Actor("platform", "foro"), Actor("person")
        steps = [
            partial(complaint.file, role="person", grounds=LONG, attachments=(), now=now),
            *[lambda _: delivery.supply(content="x" * texts.CONTENT, by=by, now=now)] * 15,
            *[partial(complaint.add, grounds="ñ" * 5_000, attachments=(), by=me, now=now)] * 70,
        ]
        for step in steps:
            casework.act(journal, casework.UUID(self.case), step)

    def _publish(self, journal, platform):
        with journal.transaction():
            journal.db.executemany(
                "INSERT INTO precedent (id, case_id, seq, at, platform, outcome, basis, ground, "
                "category, clause, profile, votes, body, dissents) "
                "VALUES (?, ?, 0, ?, ?, 'uphold', 'merits', '', '', '', ' P-LEG+ ', '{}', ?, '[]')",
                (
                    (f"r{n}", n.to_bytes(16, "big"), n, platform.id, "word " * 400)
                    for n in range(RULINGS)
                ),
            )


class Dear(NamedTuple):
    """The dearest request of a route."""

    what: str
    limit: str
    send: Callable[[World, int], dict] | None = None
    """Arguments of the request; `n` makes each another. None: what it needs is not there."""


HEAD = "64 KB head"
READ = f"one reading thread, queue of {MOST_WAITING}"
QUEUE = f"queue of {MOST_WAITING}, made once, 32 MiB kept"


def get(path, *, who=None, **headers):
    def send(world, n):
        own = getattr(world, who) if who else {}
        place = path.format(n=n, own=world.own, case=world.case)
        return {"method": "GET", "url": place, "headers": own | headers}

    return send


def page(path, what="as it is, in Spanish", limit=HEAD, who=None):
    joint = "&" if "?" in path else "?"
    return Dear(what, limit, get(f"{path}{joint}lang=es&n={{n}}", who=who, accept="text/html"))


def seen(path, what="at another host's name"):
    """A page of the observatory that is not in the cache."""

    def send(world, n):
        return get(path)(world, n) | {"headers": {"host": f"h{n}-{os.getpid()}.example"}}

    return Dear(what, QUEUE, send)


def sent(path, body, *, what="texts at their longest", limit="length of each text", who="token"):
    def send(world, n):
        made = body(world, n) if callable(body) else body
        kind = "json" if path.startswith("/api") else "data"
        if isinstance(made, bytes):
            kind = "content"
        place = path.format(own=world.own, case=world.case)
        return {
            "method": "POST",
            "url": place,
            "headers": getattr(world, who) if who else {},
            kind: made,
        }

    return Dear(what, limit, send)


def absent(needs):
    return Dear(f"not measured: needs {needs}", "")


def batch(world, n):
    full = {"decision_facts": "ñ" * 5_000}
    return {"statements": [world.statement(f"b{n}-{one}", **full) for one in range(100)]}


def attributes(world, n):
    return world.statement(f"a{n}") | {f"a{one}": "v" for one in range(960)}


_FORM = dict.fromkeys(("grounds", "reasons", "question", "reason"), LONG)
_OWN, _CASE, _API = "{own}", "/desk/case/{case}", "/api/v1/case/{case}"
_DRAW = "a drawn panel"
_COALITION = "a coalition"

DEAREST = {
    "POST /api/v1/statement": sent(
        "/api/v1/statement", attributes, what="960 unknown attributes", limit="1,000 entries"
    ),
    "POST /api/v1/statements": sent(
        "/api/v1/statements", batch, what="100, facts at their longest", limit="100 a call"
    ),
    "GET /api/v1/statement/existing-puid/{puid}": Dear(
        "unknown", HEAD, get("/api/v1/statement/existing-puid/{n}", who="token")
    ),
    "GET /api/v1/statement/{uuid}": Dear("any", HEAD, get("/api/v1/statement/{case}", who="token")),
    "GET /api/v1/statement/{uuid}/receipt": Dear(
        "any", HEAD, get("/api/v1/statement/{case}/receipt", who="token")
    ),
    "GET /health": page("/health", "as it is"),
    "GET /health/live": page("/health/live", "as it is"),
    "GET /health/ready": page("/health/ready", "as it is"),
    "GET /api": page("/api"),
    "GET /api/openapi.json": page("/api/openapi.json", "as it is"),
    "GET /log/checkpoint": page("/log/checkpoint", "as it is"),
    "GET /log/tile/{path:path}": page("/log/tile/entries/000", "a bundle", "a file of the log"),
    "GET /observatory": seen("/observatory"),
    "GET /observatory/platform/{slug}": seen("/observatory/platform/all"),
    "GET /observatory/measure/{name}": seen(
        f"/observatory/measure/share.decided_by_machine?{SIX}", "six platforms, all days"
    ),
    "GET /observatory/waves": seen("/observatory/waves?kind=all"),
    "GET /observatory/waves.atom": seen("/observatory/waves.atom"),
    "GET /observatory/wave/{key:path}": seen(
        "/observatory/wave/roblox.account.terminated.2025-12-13"
    ),
    "GET /observatory/doubts": seen("/observatory/doubts"),
    "GET /observatory/data/{file}": Dear(
        "six platforms as Parquet",
        QUEUE,
        get(f"/observatory/data/delay.disclosure.parquet?{SIX}&since=2023-10-{{n:02d}}"),
    ),
    "POST /api/v1/statement/{uuid}/notice": sent(
        "/api/v1/statement/{case}/notice",
        {"decided_by": ["n" * 200] * 100},
        limit="100 names of 200, 1 MB a side",
    ),
    "GET /api/v1/orders": Dear(
        "2,000 wait, the full case among them", f"1,000; {READ}", get("/api/v1/orders", who="token")
    ),
    "GET /api/v1/case/{uuid}": Dear("the full case", "1 MB a side", get(_API, who="token")),
    "POST /api/v1/case/{uuid}/hold": sent(f"{_API}/hold", {"kept": False, "reason": LONG}),
    "POST /api/v1/case/{uuid}/remedy": sent(
        f"{_API}/remedy", {"result": "refused", "reasons": LONG}
    ),
    "POST /api/v1/case/{uuid}/answer": sent(f"{_API}/answer", {"text": LONG}),
    "POST /api/v1/case/{uuid}/position": sent(
        f"{_API}/position", {"text": LONG, "content": "ñ" * texts.CONTENT}
    ),
    "POST /api/v1/case/{uuid}/challenge": sent(
        f"{_API}/challenge", {"member": "x", "reasons": LONG}
    ),
    "POST /api/v1/notice/{uuid}/answer": sent(
        "/api/v1/notice/{case}/answer", {"result": "acted", "reasons": LONG}
    ),
    "GET /recourse/{uuid}/{capability}": page(_OWN, "the full case", "1 MB a side"),
    "GET /recourse/{uuid}/{capability}/receipt": page(f"{_OWN}/receipt", "any"),
    "GET /recourse/{uuid}/{capability}/file/{number:int}": page(
        f"{_OWN}/file/1", "none there: the case is read", "1 MB a side"
    ),
    "GET /report": page("/report"),
    "POST /report": sent(
        "/report",
        {"why": LONG, "where": LONG, "platform": "foro"},
        who=None,
        limit="20 at once, one in 5 s",
    ),
    "GET /desk/sign-in": page("/desk/sign-in"),
    "POST /desk/sign-in": sent(
        "/desk/sign-in",
        {"email": "nobody@example.org"},
        who=None,
        what="nobody's address",
        limit="10 at once, one in 20 s",
    ),
    "POST /desk/sign-out": sent("/desk/sign-out", {}, what="without a session", who=None, limit=""),
    "POST /desk/sign-out/elsewhere": sent(
        "/desk/sign-out/elsewhere", {}, what="as it is", who="desk", limit=""
    ),
    "POST /desk/passkey/options": sent(
        "/desk/passkey/options", {}, what="as it is", who=None, limit="10 at once, one in 20 s"
    ),
    "POST /desk/passkey": sent("/desk/passkey", b"[" * 10_000, what="no JSON", who=None, limit=""),
    "GET /desk/passkeys": page("/desk/passkeys", who="desk"),
    "POST /desk/passkeys": sent(
        "/desk/passkeys", b"[" * 10_000, what="no JSON", who="desk", limit=""
    ),
    "POST /desk/passkeys/options": sent(
        "/desk/passkeys/options", {}, what="as it is", who="desk", limit=""
    ),
    "POST /desk/passkeys/remove": sent("/desk/passkeys/remove", {"id": "x" * 2_000}, who="desk"),
    "GET /desk/oidc": absent("an organisation's sign-in"),
    "GET /desk/oidc/back": absent("an organisation's sign-in"),
    "GET /desk/misuse": page("/desk/misuse?case={case}", "the sender of the full case", who="desk"),
    "POST /desk/misuse": sent("/desk/misuse", _FORM, who="desk"),
    "POST /desk/misuse/{uuid}/suspend": sent("/desk/misuse/{case}/suspend", _FORM, who="desk"),
    "POST /desk/misuse/{uuid}/end": sent("/desk/misuse/{case}/end", _FORM, who="desk"),
    "GET /desk/report": page(
        "/desk/report", "counted on a thread, from where it stopped", READ, who="desk"
    ),
    "POST /desk/report": sent("/desk/report", {"more": "a = 1\n" * 16_000}, who="desk"),
    "GET /desk/report/{year:int}": absent("answers that were kept"),
    "GET /desk": page("/desk", "2,000 wait", "pages of 50", who="desk"),
    "GET /desk/groups": page("/desk/groups", who="desk"),
    "POST /desk/groups": sent("/desk/groups", _FORM, what="dry run over 2,000", who="desk"),
    "POST /desk/groups/{number:int}/undo": absent("a ruling of a group"),
    "GET /desk/case/{uuid}": page(_CASE, "the full case", "1 MB a side", who="desk"),
    "GET /desk/case/{uuid}/file/{number:int}": page(
        f"{_CASE}/file/1", "none there: the case is read", "1 MB a side", who="desk"
    ),
    "POST /desk/case/{uuid}/{step}": sent(f"{_CASE}/decide", _FORM, who="desk"),
    "GET /panel": page("/panel", who="panel"),
    "POST /panel/challenge/{uuid}": sent(
        "/panel/challenge/{case}", _FORM, what="the full case", who="panel"
    ),
    "GET /remedies": page("/remedies", "2,000 cases", READ),
    "GET /rulings": page("/rulings?text=nowhere", "10,000 searched for a word of none", READ),
    "GET /rulings/{draw}": page("/rulings/r5", "one of 10,000"),
    "GET /rulings/{draw}/data": page("/rulings/r5/data", "one of 10,000"),
    "GET /rulings/{draw}/receipt": page("/rulings/r5/receipt", "one of 10,000"),
    "GET /coalition": page("/coalition"),
    "GET /coalition/join": page("/coalition/join"),
    "GET /coalition/hand-in": page("/coalition/hand-in"),
    "POST /coalition/hand-in": sent(
        "/coalition/hand-in",
        {"text": "x" * 60_000},
        who=None,
        what="no document",
        limit="50 at once, one in 2 s",
    ),
    "POST /api/coalition/documents": sent(
        "/api/coalition/documents",
        b"x" * 60_000,
        who=None,
        what="no document",
        limit="50 at once, one in 2 s",
    ),
    "GET /coalition/resolutions": page("/coalition/resolutions"),
    "GET /transparency/published": page("/transparency/published"),
    "GET /transparency": page("/transparency"),
    "POST /transparency": absent("a worker process of its own: tests/hostile has its bombs"),
    "GET /": page("/", "12 decisions, in Spanish"),
    "GET /find": page("/find?id=" + "1" * 60_000, "a number of 60,000 digits"),
    "GET /statement/{uuid}": page("/statement/{case}", "any"),
    "GET /statement/{uuid}/receipt": page("/statement/{case}/receipt", "any"),
    "GET /verify": page("/verify"),
    "POST /verify": sent("/verify", {"vkey": "x" * 60_000}, who=None, what="a long key", limit=""),
    "GET /log": page("/log", "as it is"),
    "GET /log/": page("/log/"),
    "GET /favicon.ico": page("/favicon.ico", "as it is"),
}
for _step in ("complaint", "add", "panel", "reply", "complete", "challenge", "again", "dispute"):
    _what = "the full case, a text at its longest"
    DEAREST[f"POST /recourse/{{uuid}}/{{capability}}/{_step}"] = sent(
        f"{_OWN}/{_step}", _FORM, what=_what, limit="1 MB a side", who=None
    )
for _step in ("withdraw", "confirm", "revoke"):
    DEAREST[f"POST /recourse/{{uuid}}/{{capability}}/{_step}"] = sent(
        f"{_OWN[:-1]}}}x/{_step}",
        {},
        what="a wrong link to the full case",
        limit="1 MB a side",
        who=None,
    )
for _route in (
    "GET /panel/case/{uuid}",
    "GET /panel/case/{uuid}/file/{number:int}",
    "GET /panel/draw/{draw}",
    "GET /panel/draw/{draw}/record",
    *(f"POST /panel/case/{{uuid}}/{one}" for one in ("worksheet", "vote", "question", "ruling")),
):
    DEAREST[_route] = absent(_DRAW)
for _place in (
    "charter/{version:int}",
    "draft/{digest}",
    "faults.atom",
    "evidence/{name}",
    "resolution/{digest}",
    "resolution/{digest}/note",
    "resolution/{digest}/bundle",
    "receipt/{seq:int}",
):
    DEAREST[f"GET /coalition/{_place}"] = absent(_COALITION)
DEAREST["GET /transparency/published/{service}/{period}/{version}/{name}"] = absent(
    "a published report"
)


def routes():
    """Every route of the application, as METHOD /path."""
    with tempfile.TemporaryDirectory() as folder:
        app = build(Serving(create_node(Path(folder) / "node", origin="log.example")))
    return {
        f"{method} {one.path}"
        for one in app.routes
        if isinstance(one, Route)
        for method in one.methods - {"HEAD"}
    }


def used(pid):
    """Seconds of processor of a process and its family, to the microsecond."""
    from tests.hostile.conftest import family

    spent = 0
    for one in family(pid):
        for task in Path(f"/proc/{one}/task").glob("*/schedstat"):
            try:
                spent += int(task.read_text().split()[0])
            except OSError:
                continue
    return spent / 1e9


def measured(world, send, first=0):
    """(Milliseconds of processor a request, megabytes more at the highest, statuses)."""
    from tests.hostile.conftest import resident_mb

    pid, codes = world.served.process.pid, set()
    memory, most = resident_mb(pid), 0.0
    begun = used(pid)
    for n in range(first + 1, first + ROUNDS + 1):
        try:
            codes.add(world.served.http.request(**send(world, n)).status_code)
        except httpx2.TransportError:
            codes.add("closed")
        most = max(most, resident_mb(pid) - memory)
    return (used(pid) - begun) * 1000 / ROUNDS, most, codes


def rows_of(world, only):
    """A row for each route, and the processor time of a static file in milliseconds."""
    measured(world, get(STATIC))
    static, _, _ = measured(world, get(STATIC))
    rows = []
    for route, dear in sorted(DEAREST.items(), key=lambda one: one[0].split()[::-1]):
        path = route.split()[1]
        if only and path not in only:
            continue
        if dear.send is None:
            rows.append((f"`{route}`", dear.what, "", "", "", "", ""))
            continue
        cost, memory, codes = measured(world, dear.send, first=9)
        body = f"body {limits.most_bytes(path) // 1024:,} KB" if route.startswith("POST") else ""
        rows.append(
            (
                f"`{route}`",
                dear.what,
                f"{cost:.1f} ms",
                f"{cost / static:.0f}",
                f"{memory:.0f} MB" if memory >= 1 else "",
                ", ".join(filter(None, (body, dear.limit))),
                "/".join(sorted(map(str, codes))),
            )
        )
    return rows, static


def run(only=()):
    from tests.conftest import Served

    if missing := routes() ^ set(DEAREST):
        raise SystemExit(f"The dearest request of these routes is not known: {sorted(missing)}")
    with tempfile.TemporaryDirectory() as folder:
        served = Served(Path(folder) / "node")
        try:
            world = World(served)
            time.sleep(2)
            rows, static = rows_of(world, only)
        finally:
            served.stop()
    head = ("route", "dearest request found", "processor", "static files", "memory", "limit")
    table(
        f"What a request may cost (a static file: {static:.2f} ms of processor)",
        (*head, "answer"),
        rows,
    )


if __name__ == "__main__":
    print(described())
    run(sys.argv[1:])
