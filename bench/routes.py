"""What a request may cost: of every route the dearest request that was found, beside a static file.

    python -m bench.routes [ROUTE ...]

Of a node that has much of everything (`world`). Each request is sent several times, each time so
that no earlier answer fits, and for each route from an address of its own. Processor time is that
of the serving process and its children; a route without an entry here makes the run fail.
"""

import hashlib
import hmac
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import httpx2
from starlette.routing import Route

from amparo.case import text_limits
from amparo.storage.node import create_node
from amparo.web.app import build
from amparo.web.http import limits
from amparo.web.http.answer_cache import MOST_WAITING
from amparo.web.http.state import Serving
from bench.machine import asked_names, described, table

ROUNDS = 5
STATIC = "/static/amparo.css"
SIX = "&".join(f"platform={one}" for one in ("Facebook", "TikTok", "X", "Temu", "Pinterest", "*"))
LONG = "ñ" * text_limits.TEXT
MANY = "&".join(f"x={n}" for n in range(9_000))  # nearly as much as a head may hold


class Dear(NamedTuple):
    """The dearest request of a route."""

    what: str
    limit: str
    send: Callable[..., dict]
    """World and number -> the request's arguments; each number makes another.

    What it takes to know them is not counted.
    """


HEAD = "64 KB head"
READ = f"one reading thread, queue of {MOST_WAITING}"
QUEUE = f"queue of {MOST_WAITING}, made once, 32 MiB kept"


def get(path, *, who=None, **headers):
    def send(world, n):
        own = getattr(world, who) if who else {}
        place = path.format(n=n, **world.names)
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
        place = path.format(n=n, **world.names)
        return {
            "method": "POST",
            "url": place,
            "headers": getattr(world, who) if who else {},
            kind: made,
        }

    return Dear(what, limit, send)


def dropped(_world, _n):
    """A file for the reader of reports: of those in `tests/hostile` it reads whole, the dearest."""
    from tests.hostile.bombs import every

    name, body = every()[DEAREST_FILE]
    return {"method": "POST", "url": "/transparency?lang=es", "files": {"file": (name, body)},
            "headers": {"accept": "text/html"}}  # fmt: skip


def webhook(_world, n):
    """As a platform may send one: signed well, with nothing but numbers in it."""
    body = b'{"event": "status.updated", "object": {"n": [%d' % n + b",1" * 500_000 + b"]}}"
    digest = hmac.new(b"w", body, hashlib.sha256).hexdigest()
    return {
        "method": "POST",
        "url": "/api/v1/connect/social/webhook",
        "content": body,
        "headers": {"x-hub-signature": f"sha256={digest}"},
    }


def back(world, _n):
    """Coming back from one's organisation, with its own word."""
    url, cookies = world.way_back()
    return {"method": "GET", "url": url, "headers": {"cookie": cookies}}


def worksheet(_world, _n):
    """All questions answered at their longest, but for the last."""
    from tests.case.test_worksheet import CARTOON

    long = {part: "ñ" * most for part, most in text_limits.WORKSHEET.items()}
    *answered, _ = CARTOON.items()
    given = {}
    for name, one in answered:
        given[name] = one.value.split(",")
        given |= {f"{name}.{part}": text for part, text in long.items()}
    return given


def batch(world, n):
    full = {"decision_facts": "ñ" * 5_000}
    return {"statements": [world.statement(f"b{n}-{one}", **full) for one in range(100)]}


def attributes(world, n):
    return world.statement(f"a{n}") | {f"a{one}": "v" for one in range(960)}


_FORM = dict.fromkeys(("grounds", "reasons", "question", "reason"), LONG)
_OWN, _CASE, _API = "{own}", "/desk/case/{case}", "/api/v1/case/{case}"
_SHEETS, _VOTES = "/panel/case/{sheets}", "/panel/case/{votes}"
_RESOLUTION = "/coalition/resolution/{resolution}"
_READERS = f"{limits.REPORT_READERS.workers} processes, queue of {limits.REPORT_READERS.waiting}"
DEAREST_FILE = "xlsx: one part, many sheets"

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
    "GET /api/ping": Dear("as it is", HEAD, get("/api/ping", who="token")),
    "GET /health": page("/health", "as it is"),
    "GET /health/live": page("/health/live", "as it is"),
    "GET /health/ready": page("/health/ready", "as it is"),
    "GET /api": page("/api"),
    "GET /api/openapi.json": page("/api/openapi.json", "as it is"),
    "GET /log/checkpoint": page("/log/checkpoint", "as it is"),
    "GET /log/tile/{path:path}": page("/log/tile/entries/000", "a bundle", "a file of the log"),
    "GET /observatory": seen(
        "/observatory?mean=7&scale=log&expected=yes", "mean, log scale and expected"
    ),
    "GET /observatory/platform/{slug}": seen(
        "/observatory/platform/all?mean=7&scale=log&expected=yes", "mean, log scale and expected"
    ),
    "GET /observatory/measure/{name}": seen(
        f"/observatory/measure/share.decided_by_machine?{SIX}&mean=7&scale=log",
        "six platforms, all days, mean and log scale",
    ),
    "GET /observatory/waves": seen("/observatory/waves?kind=all"),
    "GET /observatory/waves.atom": seen("/observatory/waves.atom"),
    "GET /observatory/wave/{key:path}": seen(
        "/observatory/wave/roblox.account.terminated.2025-12-13"
    ),
    "GET /observatory/doubts": seen("/observatory/doubts"),
    "GET /observatory/catalog.jsonld": seen("/observatory/catalog.jsonld"),
    "GET /observatory/datapackage.json": seen("/observatory/datapackage.json"),
    "GET /observatory/embed/{name}": seen(
        f"/observatory/embed/account.suspended?{SIX}&mean=7&scale=log",
        "six platforms, all days, mean and log scale",
    ),
    "GET /observatory/find": Dear(
        "a part of many names", QUEUE, get("/observatory/find?platform=o&x={n}")
    ),
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
    "POST /api/v1/notices": sent(
        "/api/v1/notices",
        lambda world, _: {
            "notices": [
                {"uuid": uuid, "decided_by": ["n" * 200] * 100}
                for uuid in [world.names["case"], *(f"{n:032x}" for n in range(99))]
            ]
        },
        what="100, the full case among them",
        limit="100 a call, 1 MB a side",
    ),
    "GET /api/v1/orders": Dear(
        "2,000 wait, the full case among them", f"1,000; {READ}", get("/api/v1/orders", who="token")
    ),
    "GET /api/v1/case/{uuid}": Dear("the full case", "1 MB a side", get(_API, who="token")),
    "POST /api/v1/case/{uuid}/hold": sent(f"{_API}/hold", {"kept": False, "reason": LONG}),
    "POST /api/v1/case/{uuid}/interim": sent(
        f"{_API}/interim", {"result": "impossible", "reasons": LONG}
    ),
    "POST /api/v1/case/{uuid}/remedy": sent(
        f"{_API}/remedy", {"result": "refused", "reasons": LONG}
    ),
    "POST /api/v1/case/{uuid}/answer": sent(f"{_API}/answer", {"text": LONG}),
    "POST /api/v1/case/{uuid}/position": sent(
        f"{_API}/position", {"text": LONG, "content": "ñ" * text_limits.CONTENT}
    ),
    "POST /api/v1/case/{uuid}/claim": sent(f"{_API}/claim", {"word": "none", "seen": LONG}),
    "POST /api/v1/case/{uuid}/challenge": sent(
        f"{_API}/challenge", {"member": "x", "reasons": LONG}
    ),
    "POST /api/v1/case/{uuid}/other-side": sent(f"{_API}/other-side", {"cannot": "ñ" * 200}),
    "POST /api/v1/notice/{uuid}/answer": sent(
        "/api/v1/notice/{case}/answer", {"result": "acted", "reasons": LONG}
    ),
    "POST /api/v1/connect/{name}/webhook": Dear(
        "1 MB that is signed well, of numbers", "", webhook
    ),
    "GET /recourse/{uuid}/{capability}": page(_OWN, "the full case", "1 MB a side"),
    "GET /recourse/{uuid}/{capability}/receipt": page(f"{_OWN}/receipt", "any"),
    "GET /recourse/{uuid}/{capability}/parts": page(
        f"{_OWN}/parts", "none there: the case is read", "1 MB a side"
    ),
    "GET /recourse/{uuid}/{capability}/case-file": page(
        f"{_OWN}/case-file", "the full case", f"1 MB a side; {READ}"
    ),
    "GET /case-file/v1.json": page("/case-file/v1.json", "as it is"),
    "GET /case-file/outcome-v1.json": page("/case-file/outcome-v1.json", "as it is"),
    "POST /api/case/{uuid}/outcome": sent(
        "/api/case/{case}/outcome",
        b"x" * 60_000,
        who=None,
        what="no outcome",
        limit="50 at once, one in 2 s",
    ),
    "POST /api/names": sent(
        "/api/names", b"x" * 60_000, who=None, what="no request", limit="50 at once, one in 2 s"
    ),
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
    "GET /demo": page("/demo", "on a real node: no address"),
    "GET /demo/{part}": page("/demo/ana", "on a real node: no address"),
    "POST /demo/{part}": sent(
        "/demo/ana", {}, what="on a real node: no address", who=None, limit="60 at once, one a s"
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
    "GET /desk/oidc": page("/desk/oidc", "as it is", "10 at once, one in 20 s"),
    "GET /desk/oidc/back": Dear("a sign-in that went well", "20 at once, one in 5 s", back),
    "GET /desk/next": page(
        "/desk/next?list=sort%3Dclause%26find%3Dadult",
        "2,000 wait, found by a word",
        f"the 1,000 most urgent; {READ}",
        who="desk",
    ),
    "GET /desk/forwarding": page(
        "/desk/forwarding", "as many put aside as it shows, reasons at their longest", who="desk"
    ),
    "POST /desk/forwarding": sent(
        "/desk/forwarding", {"entry": "1" * 15, "answer": "never"}, what="no such", who="desk"
    ),
    "GET /desk/connect": page("/desk/connect", "2,000 drafts", READ, who="desk"),
    "GET /desk/connect/{name}": page(
        "/desk/connect/forum", "2,000 drafts in 201 groups", READ, who="desk"
    ),
    "POST /desk/connect/{name}/{step}": sent(
        "/desk/connect/forum/resume", {}, what="while it runs", limit="", who="desk"
    ),
    "GET /desk/connect/{name}/drafts/{key}": page(
        "/desk/connect/forum/drafts/{drafts}", "of 1,000 alike", READ, who="desk"
    ),
    "POST /desk/connect/{name}/drafts/{key}": sent(
        "/desk/connect/forum/drafts/{drafts}",
        {"when": "reason", "decision_facts": "ñ" * 5_000},
        what="a preview of 500",
        limit=READ,
        who="desk",
    ),
    "GET /desk/connect/{name}/draft/{digest}": page(
        "/desk/connect/forum/draft/{waiting}", who="desk"
    ),
    "POST /desk/connect/{name}/draft/{digest}": sent(
        "/desk/connect/forum/draft/{waiting}",
        {"explanation": "ñ" * 5_000, "decision_facts": "ñ" * 5_000},
        who="desk",
    ),
    "GET /desk/misuse": page("/desk/misuse?case={case}", "the sender of the full case", who="desk"),
    "POST /desk/misuse": sent("/desk/misuse", _FORM, who="desk"),
    "POST /desk/misuse/{uuid}/suspend": sent("/desk/misuse/{case}/suspend", _FORM, who="desk"),
    "POST /desk/misuse/{uuid}/end": sent("/desk/misuse/{case}/end", _FORM, who="desk"),
    "GET /desk/report": page(
        "/desk/report", "counted on a thread, from where it stopped", READ, who="desk"
    ),
    "POST /desk/report": sent(
        "/desk/report", {"section": "file", "more": "a = 1\n" * 16_000}, who="desk"
    ),
    "POST /desk/report/publish": sent(
        "/desk/report/publish", {"signed_by": "Ana, officer", "reasons": "ñ" * 600}, who="desk"
    ),
    "GET /desk/report/{year:int}": page(
        "/desk/report/{year}", "counted on a thread, from where it stopped", READ, who="desk"
    ),
    "GET /desk": page(
        "/desk?sort=clause&find=adult",
        "2,000 wait, found by a word",
        f"the 1,000 most urgent; {READ}",
        who="desk",
    ),
    "GET /desk/texts": page(
        "/desk/texts?case={case}", "150 texts at their longest, from the full case", who="desk"
    ),
    "POST /desk/texts": sent(
        "/desk/texts",
        {"title": "x", "clause": "y", "body": "ñ" * 4_001},
        what="too long",
        who="desk",
    ),
    "POST /desk/texts/{number:int}/{step}": sent(
        "/desk/texts/1/change", {"title": "x", "body": "ñ" * 4_001}, what="too long", who="desk"
    ),
    "GET /desk/groups": page("/desk/groups", who="desk"),
    "POST /desk/groups": sent("/desk/groups", _FORM, what="dry run over 2,000", who="desk"),
    "POST /desk/groups/{number:int}/undo": sent(
        "/desk/groups/{group}/undo", {"reasons": "ñ" * 600}, what="of 200", who="other"
    ),
    "GET /desk/leads": page("/desk/leads", who="waited"),
    "POST /desk/leads": sent(
        "/desk/leads", _FORM, what="dry run over 2,000, and none of them leads", who="desk"
    ),
    "GET /desk/leads/{uuid}": page("/desk/leads/{leads}", "50 who wait", who="waited"),
    "POST /desk/leads/{uuid}/answers": sent(
        "/desk/leads/{leads}/answers",
        lambda world, _: {"lead": world.names["lead"], "reasons": LONG, **world.waiting},
        what="50 of them, read before something happened in them",
        limit="50 at a time",
        who="waited",
    ),
    "POST /desk/leads/{uuid}/end": sent(
        "/desk/leads/{leads}/end", {"reasons": "No."}, what="too short, 50 who wait", who="waited"
    ),
    "GET /desk/case/{uuid}": page(_CASE, "the full case", "1 MB a side", who="desk"),
    "GET /desk/case/{uuid}/case-file": page(
        f"{_CASE}/case-file", "the full case", f"1 MB a side; {READ}", who="desk"
    ),
    "GET /desk/case/{uuid}/file/{number:int}": page(
        f"{_CASE}/file/1", "none there: the case is read", "1 MB a side", who="desk"
    ),
    "POST /desk/case/{uuid}/names": sent(
        f"{_CASE}/names", {"to": "x", "why": LONG}, what="the full case", who="desk"
    ),
    "POST /desk/case/{uuid}/{step}": sent(f"{_CASE}/decide", _FORM, who="desk"),
    "GET /panel": page("/panel", who="panel"),
    "POST /panel/challenge/{uuid}": sent(
        "/panel/challenge/{case}", _FORM, what="the full case", who="panel"
    ),
    "POST /panel/draw/{draw}/reveal": sent(
        "/panel/draw/none/reveal", {"value": "f" * 64}, what="no such draw", who="panel"
    ),
    "GET /mandates": page("/mandates", "a text at its longest", who="body"),
    "POST /mandates": sent("/mandates", {"text": LONG, "platform": "foro"}, who="body"),
    "GET /mandates/{uuid}": page("/mandates/{mandate}", "a page of 50", READ, who="body"),
    "POST /mandates/{uuid}/complaint": sent(
        "/mandates/{mandate}/complaint",
        lambda world, _: {"cases": [world.names["case"]], "grounds": LONG},
        what="the full case, which has a complaint",
        limit="100 at a time, 1 MB a side",
        who="body",
    ),
    "POST /mandates/{uuid}/end": sent(
        "/mandates/{mandate}/end", {"reasons": "No."}, what="too short", who="body"
    ),
    "GET /mandates/{uuid}/leads": page(
        "/mandates/{mandate}/leads", "a page of 50", READ, who="body"
    ),
    "POST /mandates/{uuid}/leads": sent(
        "/mandates/{mandate}/leads",
        lambda world, _: {"leads": [world.names["case"]], "whom": "everybody", "question": "No."},
        what="everybody is looked at, and the question is too short",
        limit="1,000 people, 1 MB a side",
        who="body",
    ),
    "POST /mandates/{uuid}/leads/{group}/end": sent(
        "/mandates/{mandate}/leads/{leads}/end",
        {"reasons": "ñ" * 600},
        what="lead cases of the desk",
        who="body",
    ),
    "GET /mandates/case/{uuid}": page(
        "/mandates/case/{case}", "the full case", "1 MB a side", who="body"
    ),
    "GET /mandates/case/{uuid}/case-file": page(
        "/mandates/case/{case}/case-file", "the full case", f"1 MB a side; {READ}", who="body"
    ),
    "POST /mandates/case/{uuid}/add": sent(
        "/mandates/case/{case}/add", _FORM, what="the full case", limit="1 MB a side", who="body"
    ),
    "GET /remedies": page("/remedies", "2,000 cases", READ),
    "GET /search": page("/search?content=CONTENT_TYPE_TEXT", "a full page of 50", READ),
    "GET /search.csv": Dear("1,000 decisions", READ, get("/search.csv?n={n}")),
    "GET /search.atom": Dear("the newest 50", READ, get("/search.atom?n={n}")),
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
    "GET /transparency/sample/{name}": page(
        "/transparency/sample/spreadsheet", "made once, and kept"
    ),
    "POST /transparency": Dear("a workbook, one part as many sheets", _READERS, dropped),
    "GET /": page("/", "12 decisions, in Spanish"),
    "GET /about": page("/about"),
    "GET /docs": page("/docs"),
    "GET /docs/pictures/{name}": page("/docs/pictures/chart.webp", "any"),
    "GET /docs/{name:path}": page("/docs/files", "the longest page, its first time included"),
    "GET /find": page("/find?id=" + "1" * 60_000, "a number of 60,000 digits"),
    "POST /find": sent(
        "/find",
        {"platform": "foro", "puid": "x" * 3_000},
        who=None,
        what="an identifier that nobody used",
        limit="20 at once, one in 50 s",
    ),
    "GET /statement/{uuid}": page("/statement/{case}", "of the full case", "1 MB a side"),
    "GET /statement/{uuid}/receipt": page("/statement/{case}/receipt", "any"),
    "GET /verify": page("/verify"),
    "POST /verify": sent(
        "/verify",
        {"vkey": "x" * 60_000},
        who=None,
        what="a long key",
        limit="60 at once, one in 1 s",
    ),
    "GET /log": page("/log", "as it is"),
    "GET /log/": page("/log/"),
    "GET /favicon.ico": page("/favicon.ico", "as it is"),
}
for _step in (
    "complaint",
    "add",
    "heard",
    "panel",
    "reply",
    "complete",
    "challenge",
    "again",
    "dispute",
    "alone",
    "danger",
):
    _what = "the full case, a text at its longest"
    DEAREST[f"POST /recourse/{{uuid}}/{{capability}}/{_step}"] = sent(
        f"{_OWN}/{_step}", _FORM, what=_what, limit="1 MB a side", who=None
    )
for _step in ("claim", "disown"):
    DEAREST[f"POST /recourse/{{uuid}}/{{capability}}/{_step}"] = sent(
        f"{_OWN}/{_step}", {}, what="the full case", limit="1 MB a side", who=None
    )
for _step in (
    "withdraw",
    "confirm",
    "correction",
    "revoke",
    "open",
    "where",
    "representation",
    "lead",
):
    DEAREST[f"POST /recourse/{{uuid}}/{{capability}}/{_step}"] = sent(
        f"{_OWN[:-1]}}}x/{_step}",
        {},
        what="a wrong link to the full case",
        limit="1 MB a side",
        who=None,
    )
DEAREST |= {
    "GET /panel/case/{uuid}": page(
        _VOTES, "a full case, three worksheets", "1 MB a side", who="panel"
    ),
    "GET /panel/case/{uuid}/case-file": page(
        f"{_VOTES}/case-file", "a full case, three worksheets", f"1 MB a side; {READ}", who="panel"
    ),
    "GET /panel/case/{uuid}/origin": page(
        f"{_VOTES}/origin", "not taken in from a file: the case is read", READ, who="panel"
    ),
    "GET /panel/case/{uuid}/file/{number:int}": page(
        f"{_SHEETS}/file/1", "none there: the case is read", "1 MB a side", who="panel"
    ),
    "POST /panel/case/{uuid}/worksheet": sent(
        f"{_SHEETS}/worksheet", worksheet, what="all answers at their longest", who="panel"
    ),
    "POST /panel/case/{uuid}/vote": sent(
        f"{_VOTES}/vote", {"outcome": "none", "dissent": LONG}, who="panel"
    ),
    "POST /panel/case/{uuid}/question": sent(
        f"{_VOTES}/question", {"of": "none", "question": LONG}, who="panel"
    ),
    "POST /panel/case/{uuid}/ruling": sent(
        f"{_VOTES}/ruling",
        dict.fromkeys(("reasons", "summary", "divergence", "published"), LONG),
        who="panel",
    ),
    "GET /admin": page(
        "/admin",
        "2,000 open complaints",
        f"one counting thread, queue of {MOST_WAITING}",
        who="operator",
    ),
    "GET /admin/sign-in": page("/admin/sign-in?link=x"),
    "POST /admin/sign-in": sent(
        "/admin/sign-in",
        {"link": "x" * 43},
        who=None,
        what="nobody's link",
        limit="20 at once, one in 5 s",
    ),
    "POST /admin/sign-out": sent(
        "/admin/sign-out", {}, what="without a session", limit="", who=None
    ),
    "GET /admin/platforms": page("/admin/platforms", "as it is", "pages of 50", who="operator"),
    "POST /admin/platforms": sent(
        "/admin/platforms", {"name": "x" * 300}, what="a name too long", who="operator"
    ),
    "GET /admin/platforms/{slug}": page("/admin/platforms/foro", "as it is", who="operator"),
    "POST /admin/platforms/{slug}/{step}": sent(
        "/admin/platforms/foro/token", {"really": "yes"}, what="a token", who="operator"
    ),
    "GET /admin/seats": page("/admin/seats", "as it is", "pages of 50", who="operator"),
    "POST /admin/seats": sent(
        "/admin/seats", {"name": "x" * 300}, what="a name too long", who="operator"
    ),
    "POST /admin/seats/{number:int}/{step}": sent(
        "/admin/seats/1/link", {}, what="a link", who="operator"
    ),
    "GET /admin/panels": page("/admin/panels", "2,000 wait", "pages of 50", who="operator"),
    "GET /admin/panels/case/{uuid}": page(
        "/admin/panels/case/{votes}", "a full case, three worksheets", "1 MB a side", who="operator"
    ),
    "POST /admin/panels/case/{uuid}/{step}": sent(
        "/admin/panels/case/{votes}/extend", _FORM, what="a full case", who="operator"
    ),
    "GET /admin/mail": page(
        "/admin/mail?state=refused",
        "as it is",
        f"one counting thread, queue of {MOST_WAITING}",
        who="operator",
    ),
    "POST /admin/mail/again": sent(
        "/admin/mail/again", {"letter": "all"}, what="all", who="operator"
    ),
    "GET /admin/settings": page("/admin/settings", "as it is", who="operator"),
    "GET /registrar": page("/registrar", "2,000 wait", "pages of 50", who="registrar"),
    "GET /registrar/case/{uuid}": page(
        "/registrar/case/{votes}", "a full case, three worksheets", "1 MB a side", who="registrar"
    ),
    "POST /registrar/case/{uuid}/{step}": sent(
        "/registrar/case/{votes}/extend", _FORM, what="a full case", who="registrar"
    ),
    "GET /panel/draw/{draw}": page("/panel/draw/{draw}", "of a full case", "1 MB a side"),
    "GET /panel/draw/{draw}/record": page(
        "/panel/draw/{draw}/record", "of a full case", "1 MB a side"
    ),
    "GET /coalition/charter/{version:int}": page("/coalition/charter/1", "of five members"),
    "GET /coalition/draft/{digest}": page("/coalition/draft/{draft}", "of five members"),
    "GET /coalition/request/{digest}": page("/coalition/request/{asked}", "of a newcomer"),
    "GET /coalition/member/{id}": page("/coalition/member/{member}", "as it is, in Spanish"),
    "GET /coalition/faults.atom": page("/coalition/faults.atom", "the 100 newest"),
    "GET /coalition/evidence/{name}": page("/coalition/evidence/{evidence}", "100 KB"),
    "GET /coalition/resolution/{digest}": page(_RESOLUTION, "five answers, five contacts"),
    "GET /coalition/resolution/{digest}/note": page(f"{_RESOLUTION}/note", "as it is"),
    "GET /coalition/resolution/{digest}/bundle": page(f"{_RESOLUTION}/bundle", "11 papers", READ),
    "GET /coalition/receipt/{seq:int}": page("/coalition/receipt/{seq}", "any"),
    "GET /transparency/published/{service}/{period}/{version}/{name}": page(
        "/transparency/published/{report}/report.xlsx", "a workbook of eleven parts"
    ),
}


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


def measured(world, send, number, first=0):
    """(Milliseconds of processor a request, megabytes more at the highest, statuses).

    From the `number`th address: each network has its own rates.
    """
    from tests.hostile.conftest import resident_mb

    pid, codes = world.served.process.pid, set()
    with world.visitor(number) as client:
        requests = [send(world, n) for n in range(first + 1, first + ROUNDS + 1)]
        memory, most = resident_mb(pid), 0.0
        begun = used(pid)
        for one in requests:
            try:
                codes.add(client.request(**one).status_code)
            except httpx2.TransportError:
                codes.add("closed")
            most = max(most, resident_mb(pid) - memory)
        return (used(pid) - begun) * 1000 / ROUNDS, most, codes


def rows_of(world, only):
    """A row for each route, and the processor time of a static file in milliseconds."""
    measured(world, get(STATIC), 0)
    static, _, _ = measured(world, get(STATIC), 0)
    rows = []
    routes_in_order = sorted(DEAREST.items(), key=lambda one: one[0].split()[::-1])
    for number, (route, dear) in enumerate(routes_in_order, 1):
        path = route.split()[1]
        if only and path not in only:
            continue
        cost, memory, codes = measured(world, dear.send, number, first=9)
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
    from bench.world import World

    if missing := routes() ^ set(DEAREST):
        raise SystemExit(f"The dearest request of these routes is not known: {sorted(missing)}")
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        try:
            world.fill()
            time.sleep(2)
            rows, static = rows_of(world, only)
        finally:
            world.end()
    head = ("route", "most expensive request found", "processor", "static files", "memory", "limit")
    table(
        f"What a request may cost (a static file: {static:.2f} ms of processor)",
        (*head, "answer"),
        rows,
    )


if __name__ == "__main__":
    asked = asked_names(__doc__, "ROUTE")
    print(described())
    run(asked)
