"""The EU database's interface: what a client sends there it can send here, and gets the same back.

Amparo's own answers are extra fields: `index`, `receipt_url` and `recourse_url` beside a stored
statement, `findings` and `ignored` beside what was wrong. `Prefer: handling=strict` (RFC 7240)
refuses attributes that the schema does not know, which are otherwise ignored as there.

Source: the EU DSA Transparency Database's API as its software behaves.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
import functools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.errors import Malformed, Missing, Text
from amparo.ledger.case.telling import Notice
from amparo.ledger.log import receipts
from amparo.ledger.log.intake import Prepared, prepare, puid_digest
from amparo.ledger.log.platforms import Platform
from amparo.record import answer, event, fast_path, rules, sealing
from amparo.record.decision import (
    ATTRIBUTES,
    Decision,
    Method,
    NoBatch,
    Submission,
    parse,
    pieces,
    settle,
    trim,
)
from amparo.record.rules import Finding
from amparo.storage.journal import Journal, Known, LogEntry
from amparo.web.api import beside_statement, came_from, corrects, dry_run
from amparo.web.api.came_from import Named
from amparo.web.api.corrects import Corrected
from amparo.web.http import downloads
from amparo.web.http.fast_routes import Call, Endpoint
from amparo.web.http.state import Serving

_ADDED = (
    "uuid",
    "created_at",
    "platform_name",
    "permalink",
    "self",
    "index",
    "receipt_url",
    "recourse_url",
)
_BatchedStatement = msgspec.defstruct("_Told", [*ATTRIBUTES, *_ADDED], frozen=True, gc=False)
"""A plain statement of a batch as it is told back."""
NOT_UNIQUE = "The identifier given is not unique within this platform."
TURN_BYTES = 64 * 1024
"""What is larger, and perhaps not plain, is read beside the event loop: it takes milliseconds."""
AT_ONCE_BYTES = 256 * 1024
"""A batch that is larger is read there even if it is plain."""
_encode = msgspec.json.Encoder().encode


class Unprocessable(Exception):
    """A 422 with its body, on its way out."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        super().__init__(body)
        self.body = body


async def statement(call: Call) -> bytes:
    """POST /api/v1/statement: store one statement of reasons."""
    serving = call.serving
    platform, is_tried = _caller(call)
    body = await _json_body(call)
    read = functools.partial(_read_one, call, body, platform)
    found = await asyncio.to_thread(read) if len(body) > TURN_BYTES else read()
    submission, taken_out, decision = found
    beside = _looked_up(serving, platform, submission, taken_out)
    if beside.findings:
        raise Unprocessable(answer.refusal(beside.findings))
    [prepared] = prepare([decision], platform=platform, secret=serving.secret)
    outcome = await _stored(serving, platform, [prepared], is_tried=is_tried)
    if isinstance(outcome, Known):
        tried = {dry_run.FIELD: True} if is_tried else {}
        raise Unprocessable(_known_single(call, submission, outcome.rows[0]) | tried)
    if outcome is None:
        told_back = answer.single(submission, 0) | _ignored(submission, "API")
        return _encode(dry_run.answered(told_back, platform, prepared))
    [done] = await _done_beside(serving, platform, [prepared], [beside])
    await _maybe_wait(call, outcome + 1)
    added = _added(call.base_url(), platform, prepared, outcome) | done
    return _encode(answer.single(submission, outcome) | added | _ignored(submission, "API"))


async def statements(call: Call) -> bytes:
    """POST /api/v1/statements: store 1 to 100 statements, all or none."""
    serving = call.serving
    platform, is_tried = _caller(call)
    body = await _json_body(call)
    await serving.after_people()
    batch: list[Submission] | None = None
    beside: list[_Beside] = []
    decisions = fast_path.decisions(body) if len(body) <= AT_ONCE_BYTES else None
    if decisions is None:
        read = functools.partial(_read_batch, call, body, platform)
        found = await asyncio.to_thread(read) if len(body) > TURN_BYTES else read()
        decisions, batch = found.decisions, found.batch
        beside = _all_looked_up(serving, platform, found)
    puids = [decision.puid for decision in decisions]
    if len(set(puids)) < len(puids):
        raise Unprocessable(_known_batch([puid for puid, n in Counter(puids).items() if n > 1]))
    prepared = prepare(decisions, platform=platform, secret=serving.secret)
    outcome = await _stored(serving, platform, prepared, is_tried=is_tried)
    if isinstance(outcome, Known):
        raise Unprocessable(_known_batch([puids[n] for n in outcome.rows]))
    if outcome is None:
        pairs = zip(_told_back(decisions, batch), prepared, strict=True)
        return _encode(
            {"statements": [dry_run.answered(shown, platform, own) for shown, own in pairs]}
        )
    done = await _done_beside(serving, platform, prepared, beside)
    await _maybe_wait(call, outcome + len(puids))
    base = call.base_url()
    added = [_added(base, platform, decision, outcome + n) for n, decision in enumerate(prepared)]
    if batch is None:  # a dictionary each would take twice as long
        plainly = zip(map(fast_path.batched_values, decisions), added, strict=True)
        return _encode(
            {"statements": [_BatchedStatement(*values, *more.values()) for values, more in plainly]}
        )
    ways = zip(_told_back(decisions, batch), added, done, strict=True)
    return _encode(
        {"statements": [statement | more | besides for statement, more, besides in ways]}
    )


def _told_back(
    decisions: Sequence[Decision], batch: Sequence[Submission] | None
) -> Iterator[dict[str, Any]]:
    """The statements of a batch as they are told back; `batch` is None where all are plain."""
    if batch is None:
        for decision in decisions:
            yield dict(zip(ATTRIBUTES, fast_path.batched_values(decision), strict=True))
    for submission in batch or ():
        yield answer.batched(submission) | _ignored(submission, "API_MULTI")


def _caller(call: Call) -> tuple[Platform, bool]:
    """Whose call it is, and whether it is only tried out."""
    caller = call.serving.caller(call.header(b"authorization"))
    return caller.platform, dry_run.is_asked(call.query(dry_run.FIELD)) or caller.has_test_token


async def _stored(
    serving: Serving, platform: Platform, prepared: Sequence[Prepared], *, is_tried: bool
) -> int | Known | None:
    """Where the first of them is on the record; those known before; None: they were tried out."""
    if is_tried:
        return await serving.try_out(platform, lambda journal: dry_run.known(journal, prepared))
    return await serving.keep([statement.row for statement in prepared])


async def read_back(request: Request) -> Response:
    """GET /api/v1/statement/{uuid}: read one statement back."""
    serving: Serving = request.app.state.serving
    serving.authenticate(request)
    entry = _find_entry(serving, request.path_params["uuid"])
    return _json(200, _statement_of(request, entry))


async def ping(request: Request) -> Response:
    """GET /api/ping: whether the token is good, and the interface answers."""
    serving: Serving = request.app.state.serving
    caller = serving.caller(request.headers.get("authorization", ""))
    test = {"test": True} if caller.has_test_token else {}
    return _json(200, {"you_say": "ping", "i_say": "pong"} | test)


async def receipt(request: Request) -> Response:
    """GET /api/v1/statement/{uuid}/receipt: the receipt with the PUID, for its own platform."""
    serving: Serving = request.app.state.serving
    platform = serving.authenticate(request)
    entry = _find_entry(serving, request.path_params["uuid"])
    reader: receipts.Reader = "party" if entry.platform == platform.id else "anyone"
    return downloads.receipt(entry, await serving.receipt(entry, reader))


async def existing_puid(request: Request) -> Response:
    """GET /api/v1/statement/existing-puid/{puid}: 302 if the own platform used it, else 404."""
    serving: Serving = request.app.state.serving
    platform = serving.caller(request.headers.get("authorization", "")).platform
    puid = request.path_params["puid"].strip()
    digest = puid_digest(serving.secret, platform, puid)
    seq = serving.journal.seq_of_puid(digest)
    if seq is None:
        return _json(404, {"message": "statement of reasons not found", "puid": puid})
    found = {"message": "statement of reasons found", "puid": puid}
    links = _links(serving.base_url(request), serving.journal.event(seq))
    return _json(302, found | links)


def routes() -> list[Route]:
    """The interface's addresses."""
    base = "/api/v1/statement"
    return [
        Route(base, Endpoint(statement), methods=["POST"]),
        Route(f"{base}s", Endpoint(statements), methods=["POST"]),
        Route(f"{base}/existing-puid/{{puid}}", existing_puid, methods=["GET"]),
        Route(f"{base}/{{uuid}}", read_back, methods=["GET"]),
        Route(f"{base}/{{uuid}}/receipt", receipt, methods=["GET"]),
        Route("/api/ping", ping, methods=["GET"]),
    ]


# --- reading ----------------------------------------------------------------------------------


async def _json_body(call: Call) -> bytes:
    kind = call.header(b"content-type", "application/json").partition(";")[0].strip()
    if kind.lower() not in ("application/json", ""):
        raise UnsupportedType(
            "This content type is not read here.",
            why=Text("got {kind}; statements come as JSON", kind=repr(kind[:60])),
            fix="Send the header Content-Type: application/json.",
        )
    return await call.body()


class UnsupportedType(Malformed):
    """A body of another type than JSON (415)."""


def _read_one(
    call: Call, body: bytes, platform: Platform
) -> tuple[Submission, "_TakenOut", Decision]:
    """A statement without findings: as it was sent, what is beside it, and as it is kept."""
    submission = parse(body)
    taken_out = _taken_out(submission)
    if (decision := fast_path.decision(submission)) is not None:
        return submission, taken_out, decision
    submission = trim(submission)
    if type(submission) is not dict:
        raise Malformed(
            "The request body must be an object.",
            why=Text("got {given}", given=_kind(submission)),
            fix='Send one statement\'s attributes, as in {"puid": "TK421", ...}.',
        )
    if findings := _findings(call, submission, platform, "API"):
        raise Unprocessable(answer.refusal(findings))
    return submission, taken_out, settle(submission, "API")


class _TakenOut(NamedTuple):
    """What was sent beside a statement's attributes, as it came."""

    report: object
    corrected: object
    person: Mapping[str, Any]


class _Beside(NamedTuple):
    """What else a statement names, and how its person is told; or what is wrong."""

    named: Named
    corrected: Corrected
    notice: Notice | None
    findings: list[Finding]


class _Batch(NamedTuple):
    """The statements of a batch as they were sent, with what is wrong with them."""

    decisions: list[Decision]
    """As they are kept; empty where something is wrong."""
    batch: list[Submission] | None
    """None where all of them are plain, and say nothing besides."""
    taken_out: list[_TakenOut]
    refused: dict[str, list[Finding]]
    strangers: frozenset[str]
    """Those of them that are no statements at all."""


def _read_batch(call: Call, body: bytes, platform: Platform) -> _Batch:
    """Every statement of a batch, and every finding of each."""
    if len(body) > AT_ONCE_BYTES and (plain := fast_path.decisions(body)) is not None:
        return _Batch(plain, None, [], {}, frozenset())
    batch: list[Submission] = []
    taken_out: list[_TakenOut] = []
    refused: dict[str, list[Finding]] = {}
    strangers = set[str]()
    for n, piece in enumerate(_pieces(body)):
        submission = trim(parse(piece))
        taken_out.append(_taken_out(submission))
        if type(submission) is not dict:
            strangers.add(f"statement_{n}")
        elif findings := _findings(call, submission, platform, "API_MULTI"):
            refused[f"statement_{n}"] = findings
        batch.append(submission)
    is_good = not refused and not strangers
    decisions = [settle(submission, "API_MULTI") for submission in batch] if is_good else []
    return _Batch(decisions, batch, taken_out, refused, frozenset(strangers))


def _taken_out(submission: Submission) -> _TakenOut:
    return _TakenOut(
        came_from.taken_out(submission),
        corrects.taken_out(submission),
        beside_statement.taken_out(submission),
    )


def _looked_up(
    serving: Serving, platform: Platform, submission: Submission, taken_out: _TakenOut
) -> _Beside:
    named = came_from.read(serving.journal, platform, submission, taken_out.report)
    corrected = corrects.read(serving.journal, serving.secret, platform, taken_out.corrected)
    notice, findings = beside_statement.read(taken_out.person)
    of_others = [item.finding for item in (named, corrected) if item.finding is not None]
    return _Beside(named, corrected, notice, of_others + findings)


def _all_looked_up(serving: Serving, platform: Platform, found: _Batch) -> list[_Beside]:
    """What is beside each statement of a batch; or all that is wrong with the batch."""
    beside: list[_Beside] = []
    errors: dict[str, dict[str, list[str]]] = {}
    details: dict[str, list[Finding]] = {}
    pairs = zip(found.batch or (), found.taken_out, strict=True)
    for n, (submission, taken_out) in enumerate(pairs):
        key = f"statement_{n}"
        beside.append(_looked_up(serving, platform, submission, taken_out))
        if key in found.strangers:
            errors[key] = {"statement": ["The statement must be an object."]}
        elif findings := found.refused.get(key, []) + beside[-1].findings:
            errors[key], details[key] = answer.errors(findings), findings
    if errors:
        raise Unprocessable({"errors": errors, "findings": details})
    return beside


async def _done_beside(
    serving: Serving, platform: Platform, prepared: Sequence[Prepared], beside: Sequence[_Beside]
) -> list[dict[str, Any]]:
    """What the answer says of reports and persons; who says nothing of them costs nothing here."""
    if not any(item.named.notice or item.corrected.statement or item.notice for item in beside):
        return [{} for _ in beside]
    pairs = [*zip(prepared, beside, strict=True)]
    linked = [(statement.case, item.named) for statement, item in pairs]
    corrected = [(statement.case, item.corrected) for statement, item in pairs]
    notices = [(statement.case, item.notice) for statement, item in pairs]

    def job(journal: Journal) -> list[dict[str, Any]]:
        reports = came_from.link(journal, platform, linked)
        earlier = corrects.link(journal, platform, corrected)
        persons = beside_statement.tell(journal, platform, notices)
        answers = zip(reports, earlier, persons, strict=True)
        return [report | old | person for report, old, person in answers]

    found = await serving.work(job)
    if any(item.notice and item.notice.way == "mail" for item in beside):
        mail = await beside_statement.mail_state(serving)
        found = [done | ({"mail": mail} if _is_queued(done) else {}) for done in found]
    return found


def _is_queued(done: Mapping[str, Any]) -> bool:
    return done.get(beside_statement.PERSON) == {"state": "queued"}


def _pieces(body: bytes) -> list[bytes]:
    try:
        return pieces(body)
    except NoBatch as error:
        raise Unprocessable(
            {"message": str(error), "errors": {"statements": [str(error)]}}
        ) from None


def _findings(
    call: Call, submission: Submission, platform: Platform, method: Method
) -> list[Finding]:
    findings = rules.check(submission, platform.profile, method)
    if "handling=strict" in call.header(b"prefer").replace(" ", "").lower():
        findings += rules.unknown_findings(submission, method)
    return findings


async def _maybe_wait(call: Call, size: int) -> None:
    if call.query("wait") == "receipt":
        await call.serving.until_public(size)


def _find_entry(serving: Serving, name: str) -> LogEntry:
    try:
        entry = serving.journal.decision(UUID(name))
    except ValueError:
        entry = None
    if entry is None:
        raise Missing(
            "There is no statement of reasons under that uuid.",
            why=Text("this node does not know {name}", name=repr(name[:80])),
            fix="Use the uuid from the answer to the submission.",
        )
    return entry


# --- telling ----------------------------------------------------------------------------------


def _statement_of(request: Request, entry: LogEntry) -> dict[str, Any]:
    serving: Serving = request.app.state.serving
    leaf = event.read_leaf(entry.leaf)
    if not isinstance(leaf, event.DecisionIssued):
        raise TypeError(f"event {entry.seq} is no decision")
    fields = dict(leaf.public)
    extras: dict[str, Any] = {}
    if entry.opening is None:
        extras["erased_at"] = serving.journal.erased_at(entry.seq)
    else:
        fields |= sealing.unpack(entry.opening).fields()
        imported = fields.pop("imported", None)
        if imported:
            extras["imported"] = imported
    platform = serving.platform_of(leaf.by)
    system = answer.system_attributes(
        uuid=str(entry.case),
        at=leaf.at,
        platform_name=platform.name,
        base_url=serving.base_url(request),
    )
    links = _links(serving.base_url(request), entry)
    return answer.read_back(fields, system) | links | extras


def _added(base: str, platform: Platform, prepared: Prepared, index: int) -> dict[str, Any]:
    """What the database adds to a stored statement, and what Amparo adds besides."""
    extras = answer.system_attributes(
        uuid=prepared.case, at=prepared.at, platform_name=platform.name, base_url=base
    )
    extras["index"] = index
    extras["receipt_url"] = f"{base}/statement/{prepared.case}/receipt"
    extras["recourse_url"] = f"{base}/recourse/{prepared.case}/{prepared.recourse}"
    return extras


def _ignored(submission: Submission, method: Method) -> dict[str, Any]:
    """The attributes that the schema does not know, if there are any."""
    unknown = rules.unknown(submission, method)
    return {"ignored": unknown} if unknown else {}


def _links(base: str, entry: LogEntry | None) -> dict[str, Any]:
    if entry is None:
        return {}
    return {"index": entry.seq, "receipt_url": f"{base}/statement/{entry.case}/receipt"}


def _known_single(call: Call, submission: Submission, seq: int) -> dict[str, Any]:
    """A repeated submission changes nothing, and says where the first one is."""
    entry = call.serving.journal.event(seq)
    return {
        "message": NOT_UNIQUE,
        "errors": {"puid": [NOT_UNIQUE]},
        "existing": {"puid": str(submission["puid"])},
        "uuid": str(entry.case) if entry else None,
    } | _links(call.base_url(), entry)


def _known_batch(puids: Sequence[str]) -> dict[str, Any]:
    text = "The identifiers given are not all unique within this platform."
    return {"message": text, "errors": {"puid": [text], "existing_puids": list(puids)}}


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a text", type(None): "null", bool: "a truth value"}
    return names.get(type(value), "a number")


def _json(status: int, body: Any) -> Response:
    return Response(_encode(body), status, media_type="application/json")
