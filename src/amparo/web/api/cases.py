"""What a platform does with its cases: tells the person, keeps evidence, carries out orders.

The same bearer token as for statements. A platform sees its own cases and no other's; who
complained stays unnamed.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, cast, get_args
from uuid import UUID

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.case import (
    challenge,
    clocks,
    complaint,
    delivery,
    events,
    hearing,
    panel,
    remedy,
    text_limits,
)
from amparo.case.events import (
    UNDELIVERED,
    CaseFactAsked,
    ComplaintAsked,
    Event,
    HearingCalled,
    InterimOrdered,
    InterimResult,
    Linked,
    NoticeReceived,
    NoticeResult,
    RemedyDisputed,
    RemedyOrdered,
    RemedySeen,
)
from amparo.case.machines import OPEN
from amparo.case.state import Actor, Case
from amparo.connectors import content_page
from amparo.errors import Malformed, Missing, Refused, Text
from amparo.ledger.case import (
    casework,
    claims,
    content_pages,
    desks,
    reports,
    telling,
    untold,
)
from amparo.ledger.case import hearing as hearings
from amparo.ledger.case.casework import File
from amparo.ledger.case.hearing import WayIn
from amparo.ledger.case.telling import Notice
from amparo.ledger.log.platforms import Platform
from amparo.ledger.outbound import outbox, webhooks
from amparo.record import event
from amparo.storage.journal import Journal
from amparo.web.api import beside_statement, together
from amparo.web.http import json_body
from amparo.web.http.state import Serving
from amparo.web.words.decision import N_
from amparo.web.words.i18n import known

MOST_ORDERS = 1000
MOST_NOTICES = 100

Line = Annotated[str, Meta(max_length=text_limits.LINE)]
Passage = Annotated[str, Meta(max_length=text_limits.TEXT)]
Content = Annotated[str, Meta(max_length=text_limits.CONTENT)]


def _one_of(values: Sequence[str]) -> Meta:
    """Values for the description; the step itself looks whether it is one of them, and says so."""
    return Meta(extra_json_schema={"enum": list(values)})


Names = Annotated[list[Line], Meta(max_length=text_limits.MOST_NAMES)]


class NoticeBody(msgspec.Struct, forbid_unknown_fields=True):
    """How the person is told: by this node (`email`), or by the platform itself."""

    email: Annotated[str, Meta(max_length=text_limits.most("email"))] = ""
    language: Line = "en"
    decided_by: Names = []
    content: Content = ""


class OfMany(NoticeBody, forbid_unknown_fields=True, kw_only=True):
    """How one of many persons is told."""

    uuid: Line


class NoticesBody(msgspec.Struct, forbid_unknown_fields=True):
    """How each of many persons is told."""

    notices: Annotated[list[OfMany], Meta(max_length=MOST_NOTICES)]


class HoldBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the evidence is kept."""

    kept: bool
    reason: Passage = ""
    page: Annotated[str, Meta(max_length=content_page.MOST_LETTERS)] = ""
    """Where everybody could read the content: it is looked at, and after a remedy again."""


class InterimBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whether what was ordered at once is done."""

    result: Annotated[Line, _one_of(get_args(InterimResult))]
    reasons: Passage = ""
    order: Passage = ""
    """Which order is answered, as `/api/v1/orders` names it; another that came since is refused."""


class Reported(msgspec.Struct, forbid_unknown_fields=True):
    """What came of an order; `statement` is the new decision, where one was ordered."""

    result: Annotated[Line, _one_of(get_args(remedy.Result))]
    reasons: Passage = ""
    statement: Line = ""
    also: Names = []
    """Other reports of the same address, of whose orders it is true as well."""
    order: Passage = ""
    """Which order is answered, as `/api/v1/orders` names it; another that came since is refused."""


class Position(msgspec.Struct, forbid_unknown_fields=True):
    """What the panel needs: the platform's position, and the whole content unless it has it."""

    text: Passage
    content: Content = ""


class Challenged(msgspec.Struct, forbid_unknown_fields=True):
    """Why a member of the panel should not sit."""

    member: Line
    reasons: Passage


class Answered(msgspec.Struct, forbid_unknown_fields=True):
    """The answer to a reviewer's question."""

    text: Passage


class Shown(msgspec.Struct, forbid_unknown_fields=True):
    """That the word of a claim came to you from the account that the decision is about."""

    word: Line
    seen: Passage = ""


class OtherSide(msgspec.Struct, forbid_unknown_fields=True):
    """How whoever posted it is told that they are heard: by this node (`email`), or by you."""

    email: Annotated[str, Meta(max_length=text_limits.most("email"))] = ""
    language: Line = "en"
    cannot: Line = ""


class Decided(msgspec.Struct, forbid_unknown_fields=True):
    """The answer to a notice (Article 16(5)), with the statement that was issued, or why not."""

    result: Annotated[Line, _one_of(get_args(NoticeResult))]
    reasons: Passage
    automated: bool = False
    decided_by: Names = []
    statement: Line = ""
    no_statement: Annotated[Line, _one_of((*UNDELIVERED, ""))] = ""
    also: Names = []
    """Other reports of the same address that this answers as well."""


async def notice(request: Request) -> Response:
    """POST /api/v1/statement/{uuid}/notice: tell the person, or say that you told them."""
    serving, platform, file = _own(request)
    body = await json_body.of(request, NoticeBody)
    wanted, by = _notice_of(body), Actor("platform", platform.slug)

    def job(journal: Journal) -> None:
        with journal.transaction():
            telling.tell(journal, file.id, wanted, by=by, now=casework.now())

    await serving.work(job)
    state = _state(casework.read(serving.journal, file.id))
    if wanted.way == "mail":
        return _json(202, state | {"mail": await beside_statement.mail_state(serving)})
    return _json(200, state)


def _notice_of(body: NoticeBody) -> Notice:
    email = body.email.strip()
    if not email:
        return Notice("platform", decided_by=body.decided_by, content=body.content)
    beside_statement.check_email(email)
    language = known(body.language)
    return Notice("mail", email, language, body.decided_by, body.content)


async def notices(request: Request) -> Response:
    """POST /api/v1/notices: the same for many decisions; each has its own answer."""
    serving: Serving = request.app.state.serving
    platform = serving.authenticate(request)
    body = await json_body.of(request, NoticesBody)
    answers: list[dict[str, Any]] = []
    seen = set[str]()
    for wanted in body.notices:  # a job each, so that others have their turn between them
        try:
            _check_new(seen, wanted.uuid)
            answers.append(await _tell(serving, platform, wanted))
        except (Malformed, Missing, Refused) as error:
            why = {"what": error.what, "why": error.why, "fix": error.fix}
            answers.append({"uuid": wanted.uuid, "state": "refused", **why})
    found: dict[str, Any] = {"notices": answers}
    if any(answer["state"] == "queued" for answer in answers):
        found["mail"] = await beside_statement.mail_state(serving)
    return _json(200, found)


def _check_new(seen: set[str], name: str) -> None:
    if name in seen:
        raise Malformed(
            "This case is named twice.",
            why=Text("{case} stands in this call before", case=name),
            fix="Name each case once in a call.",
        )
    seen.add(name)


async def _tell(serving: Serving, platform: Platform, wanted: OfMany) -> dict[str, Any]:
    file = _find(serving, platform, wanted.uuid)
    notice, by = _notice_of(wanted), Actor("platform", platform.slug)

    def job(journal: Journal) -> bool:
        with journal.transaction():
            return telling.tell_once(journal, file.id, notice, by=by, now=casework.now())

    is_new = await serving.work(job)
    state = "known" if not is_new else "queued" if notice.way == "mail" else "informed"
    return {"uuid": str(file.id), "state": state}


async def orders(request: Request) -> Response:
    """GET /api/v1/orders: everything that waits for the platform, the most urgent first."""
    serving: Serving = request.app.state.serving
    platform = serving.authenticate(request)

    def job(journal: Journal) -> bytes:
        waiting = desks.waiting_for_platform(journal, platform.id, MOST_ORDERS)
        read = [casework.read(journal, case_id) for case_id in waiting]
        states = [_state(file) | joined for file, joined in together.in_order(journal, read)]
        found = {"orders": states, "untold": untold.of(journal, platform.id)}
        return msgspec.json.encode(found | {"webhook": _webhook(journal, platform)})

    body = await serving.lists.read(request, f"orders {platform.id}", job)
    return Response(body, media_type="application/json")


def _webhook(journal: Journal, platform: Platform) -> dict[str, Any] | None:
    """How the platform's webhook fares: whoever asks is the one who can mend it."""
    hook = webhooks.statuses(journal).get(platform.id)
    if hook is None:
        return None
    since = hook.ended_at or hook.failed_at
    return {
        "url": hook.url,
        "state": hook.state,
        "failures": hook.failures,
        "why": hook.why,
        "since": event.timestamp(datetime.fromtimestamp(since, UTC)) if since else None,
    }


async def read(request: Request) -> Response:
    """GET /api/v1/case/{uuid}: where a case stands, and what became of its mails."""
    serving, _, file = _own(request)
    letters = [_letter(mail) for mail in outbox.mailed(serving.journal, file.id)]
    [(_, joined)] = together.in_order(serving.journal, [file])
    return _json(200, _state(file) | joined | {"letters": letters})


def _letter(mail: outbox.Mailed) -> dict[str, Any]:
    queued = event.timestamp(datetime.fromtimestamp(mail.made_at, UTC))
    return {
        "letter": mail.kind,
        "to": mail.recipient,
        "state": mail.state,
        "code": mail.code,
        "queued_at": queued,
    }


async def hold(request: Request) -> Response:
    """POST /api/v1/case/{uuid}/hold: say whether the evidence is kept."""
    body = await json_body.of(request, HoldBody)
    serving, platform, file = _own(request)
    by, now = Actor("platform", platform.slug), casework.now()

    def job(journal: Journal) -> None:
        with journal.transaction():
            if body.page:
                due = int(now.timestamp())
                content_pages.keep(journal, file.id, platform.id, body.page, due=due)
            kept = remedy.keep(is_kept=body.kept, reason=body.reason, by=by, now=now)
            casework.act_within(journal, file.id, lambda _: kept)

    await serving.work(job)
    return _json(200, _state(casework.read(serving.journal, file.id)))


async def at_once(request: Request) -> Response:
    """POST /api/v1/case/{uuid}/interim: say whether what was ordered at once is done."""
    body = await json_body.of(request, InterimBody)
    return await _step(
        request,
        lambda by, now: remedy.of_order(
            body.order,
            remedy.at_once_named,
            partial(
                remedy.answer_interim,
                result=cast("InterimResult", body.result),  # the step looks whether it is one
                reasons=body.reasons,
                by=by,
                now=now,
            ),
        ),
    )


async def report(request: Request) -> Response:
    """POST /api/v1/case/{uuid}/remedy: say what came of an order."""
    body = await json_body.of(request, Reported)

    def reported(by: Actor, now: datetime) -> casework.Step:
        return partial(
            remedy.report,
            result=cast("remedy.Result", body.result),  # the step itself looks whether it is one
            reasons=body.reasons,
            statement=body.statement.strip(),
            by=by,
            now=now,
        )

    return await _step_that_names(
        request,
        body.statement,
        "remedy",
        lambda by, now: remedy.of_order(body.order, remedy.order_named, reported(by, now)),
        also=body.also,
        make_also=reported,  # each of them has an order of its own
    )


async def answer(request: Request) -> Response:
    """POST /api/v1/case/{uuid}/answer: answer a reviewer's question, or add something."""
    body = await json_body.of(request, Answered)
    return await _step(
        request,
        lambda by, now: partial(complaint.add, grounds=body.text, attachments=(), by=by, now=now),
    )


async def position(request: Request) -> Response:
    """POST /api/v1/case/{uuid}/position: hand content and position over to the panel."""
    body = await json_body.of(request, Position)
    return await _step(
        request,
        lambda by, now: partial(
            panel.take_position, text=body.text, content=body.content, by=by, now=now
        ),
    )


async def challenge_member(request: Request) -> Response:
    """POST /api/v1/case/{uuid}/challenge: say why a member of the panel should not sit."""
    body = await json_body.of(request, Challenged)
    return await _step(
        request,
        lambda by, now: partial(
            challenge.raise_, member=body.member, reasons=body.reasons, by=by, now=now
        ),
    )


async def claim(request: Request) -> Response:
    """POST /api/v1/case/{uuid}/claim: the word of a claim came from the account.

    It opens a case that nobody has opened; who has opened one is not put out by a platform's word.
    """
    serving, platform, file = _own(request)
    body = await json_body.of(request, Shown)
    by, now = Actor("platform", platform.slug), casework.now()

    def job(journal: Journal) -> None:
        found = claims.find(journal, file.id, body.word, now)
        claims.prove(journal, found, seen=body.seen, by=by, now=now)

    await serving.work(job)
    return _json(200, _state(casework.read(serving.journal, file.id)))


async def tell_other_side(request: Request) -> Response:
    """POST /api/v1/case/{uuid}/other-side: tell whoever posted it that they are heard."""
    serving, platform, file = _own(request)
    body = await json_body.of(request, OtherSide)
    email = body.email.strip()
    if email:
        beside_statement.check_email(email)
    language = known(body.language)
    now, by = casework.now(), Actor("platform", platform.slug)

    def job(journal: Journal) -> WayIn | None:
        with journal.transaction():
            if body.cannot:
                step = partial(_cannot_tell, reason=body.cannot, by=by, now=now)
                casework.act_within(journal, file.id, step)
                return None
            fresh = casework.read(journal, file.id)
            return hearings.tell(journal, fresh, email=email, language=language, by=by, now=now)

    way_in = await serving.work(job)
    state = _state(casework.read(serving.journal, file.id))
    if way_in is None:
        return _json(200, state)
    page = f"{serving.base_url(request)}/recourse/{way_in.case}/{way_in.link.hex()}"
    return _json(200, state | {"recourse_url": page})


def _cannot_tell(_: Case, *, reason: str, by: Actor, now: datetime) -> list[Event]:
    return hearing.cannot_tell(reason=reason, by=by, now=now)


async def answer_notice(request: Request) -> Response:
    """POST /api/v1/notice/{uuid}/answer: tell what was decided about somebody's notice."""
    body = await json_body.of(request, Decided)

    answer = reports.Answer(
        body.result,
        body.reasons,
        body.automated,
        body.decided_by,
        body.statement,
        body.no_statement,
    )

    def make(by: Actor, now: datetime, joint: str | None = None) -> casework.Step:
        return reports.step(answer, by=by, now=now, joint=joint)

    lead = request.path_params["uuid"]
    make_also = partial(make, joint=lead)
    return await _step_that_names(
        request, body.statement, "answer", make, also=body.also, make_also=make_also
    )


def routes() -> list[Route]:
    """The addresses of this part of the interface."""
    case = "/api/v1/case/{uuid}"
    return [
        Route("/api/v1/statement/{uuid}/notice", notice, methods=["POST"]),
        Route("/api/v1/notices", notices, methods=["POST"]),
        Route("/api/v1/orders", orders, methods=["GET"]),
        Route(case, read, methods=["GET"]),
        Route(f"{case}/hold", hold, methods=["POST"]),
        Route(f"{case}/interim", at_once, methods=["POST"]),
        Route(f"{case}/remedy", report, methods=["POST"]),
        Route(f"{case}/answer", answer, methods=["POST"]),
        Route(f"{case}/position", position, methods=["POST"]),
        Route(f"{case}/challenge", challenge_member, methods=["POST"]),
        Route(f"{case}/claim", claim, methods=["POST"]),
        Route(f"{case}/other-side", tell_other_side, methods=["POST"]),
        Route("/api/v1/notice/{uuid}/answer", answer_notice, methods=["POST"]),
    ]


DESCRIBED: dict[str, tuple[str, str, str, type[Any] | None]] = {
    "/api/v1/statement/{uuid}/notice": (
        "post",
        "tell_person",
        N_("Tell the person by mail, or say that you told them"),
        NoticeBody,
    ),
    "/api/v1/notices": (
        "post",
        "tell_people",
        N_("Tell many people by mail, or say that you told them"),
        NoticesBody,
    ),
    "/api/v1/orders": ("get", "read_orders", N_("Everything that waits for you"), None),
    "/api/v1/case/{uuid}": ("get", "read_case", N_("Where a case stands"), None),
    "/api/v1/case/{uuid}/hold": (
        "post",
        "keep_evidence",
        N_("Say whether evidence is kept"),
        HoldBody,
    ),
    "/api/v1/case/{uuid}/interim": (
        "post",
        "answer_order_at_once",
        N_("Say whether what was ordered at once is done"),
        InterimBody,
    ),
    "/api/v1/case/{uuid}/remedy": (
        "post",
        "report_remedy",
        N_("Say what came of an order"),
        Reported,
    ),
    "/api/v1/case/{uuid}/answer": ("post", "answer_question", N_("Answer a question"), Answered),
    "/api/v1/case/{uuid}/position": (
        "post",
        "take_position",
        N_("Hand content and position over to the panel"),
        Position,
    ),
    "/api/v1/case/{uuid}/challenge": (
        "post",
        "challenge_member",
        N_("Say why a member of the panel should not sit"),
        Challenged,
    ),
    "/api/v1/case/{uuid}/claim": (
        "post",
        "show_account",
        N_("Say that the word of a claim came from the account"),
        Shown,
    ),
    "/api/v1/case/{uuid}/other-side": (
        "post",
        "tell_other_side",
        N_("Tell whoever posted it that they are heard, or say why you cannot"),
        OtherSide,
    ),
    "/api/v1/notice/{uuid}/answer": (
        "post",
        "answer_notice",
        N_("Tell what was decided about a notice"),
        Decided,
    ),
}
"""Path -> method, name, what it does, and what it takes: for the interface's description."""


Make = Callable[[Actor, datetime], casework.Step]


async def _step(request: Request, make: Make) -> Response:
    return await _step_that_names(request, "", "answer", make)


async def _step_that_names(
    request: Request,
    statement: str,
    how: Linked,
    make: Make,
    *,
    also: Sequence[str] = (),
    make_also: Make | None = None,
) -> Response:
    """Take a step; a statement that it names is linked with this case, or nothing is done.

    The same for each of `also`, other reports of the same address, one by one.
    """
    serving, platform, file = _own(request)
    by, now = Actor("platform", platform.slug), casework.now()

    named: dict[str, Any] = {"statement": statement, "how": how, "by": by, "now": now}

    def lead(journal: Journal) -> None:
        taken = make(by, now)
        reports.act_and_name(journal, serving.secret, platform, file.id, taken, **named)

    async def join(name: str) -> None:
        other = _find(serving, platform, name)

        def job(journal: Journal) -> None:
            taken = (make_also or make)(by, now)
            with journal.transaction():
                together.check_joins(journal, file.id, other.id)
                reports.act_and_name(journal, serving.secret, platform, other.id, taken, **named)

        await serving.work(job)

    await serving.work(lead)
    answers = {"also": await together.each(also, join)} if also else {}
    return _json(200, _state(casework.read(serving.journal, file.id)) | answers)


def _own(request: Request) -> tuple[Serving, Platform, File]:
    """A case of the platform whose token this is."""
    serving: Serving = request.app.state.serving
    platform = serving.authenticate(request)
    return serving, platform, _find(serving, platform, request.path_params["uuid"])


def _find(serving: Serving, platform: Platform, name: str) -> File:
    try:
        file = casework.read(serving.journal, UUID(name))
    except (ValueError, Missing):  # the same for one that is nobody's, or another platform's
        file = None
    if file is None or file.platform != platform.id:
        raise Missing(
            "There is no such case of yours.",
            why=Text("this platform has no case {name}", name=repr(name[:80])),
            fix="Use the uuid from the answer to the submission, or from /api/v1/orders.",
        )
    return file


def _state(file: File) -> dict[str, Any]:
    """A case as its platform sees it."""
    linked = {"linked": [str(other) for other in file.others]} if file.others else {}
    named = {"corrects": file.case.corrects, "corrected_by": file.case.corrected_by}
    corrected = {name: number for name, number in named.items() if number}
    # Who asked for help, and has not complained yet, is not told to the platform.
    speaks = file.case.represented_by if file.case.complaint else ""
    represented = {"represented_by": speaks} if speaks else {}
    return (
        linked
        | corrected
        | represented
        | {
            "case": str(file.id),
            "kind": _kind(file),
            "decision": file.case.decision,
            "complaint": file.case.complaint,
            "hold": file.case.hold,
            "remedy": file.case.remedy,
            "interim": file.case.interim,
            "panel": file.case.panel,
            "outcome": file.case.outcome,
            "wanted": _wanted(file),
            "due": {n: event.timestamp(end) for n, end in clocks.running(file.case).items()},
        }
    )


def _kind(file: File) -> str:
    """What a case began with; a warning is no state of a decision."""
    if file.public:
        return "statement"
    return "misuse" if file.case.misuse else _BEGAN_WITH[file.case.decision]


_BEGAN_WITH = {
    "": "erased",
    "noticed": "notice",
    "answered": "notice",
    "invited": "call",
    "mandated": "mandate",
    "unmandated": "mandate",
    "ruled": "ruling",
    "undone": "ruling",
    "imported": "file",
    "grouped": "leads",
    "ungrouped": "leads",
}
"""State of what a case without a statement began with -> what that was."""


def _wanted(file: File) -> list[dict[str, Any]]:
    """What the platform is asked to do."""
    case, wanted = file.case, []
    if case.to_be_told:
        untold = delivery.untold(file.events)
        wanted.append({"do": "tell_the_person", "of": untold.kind, **events.fields(untold)})
    if case.decision == "noticed":
        later = {"danger": "yes"} if case.danger else {}
        wanted.append({"do": "answer_notice", **_entry(file, NoticeReceived), **later})
    if case.hold == "sent":
        wanted.append({"do": "keep_evidence"})
    if case.asked == "platform" and case.complaint in OPEN:
        wanted.append({"do": "answer", "question": file.last(ComplaintAsked).question})
    if case.hearing == "called" and case.hears:
        called = file.last(HearingCalled)
        before = {"before": called.before} if called.before else {}
        wanted.append({"do": "tell_the_other_side", "question": called.question, **before})
    if case.panel == "exchange" and not case.heard:
        wanted.append({"do": "position"})
    if case.panel == "exchange" and case.fact_at:
        fact = file.last(CaseFactAsked)
        if fact.of == "platform":
            wanted.append({"do": "position", "question": fact.question})
    if case.interim == "ordered" and case.interim_answer is None:
        order = remedy.at_once_named(case)
        wanted.append({"do": "interim", "order": order, **_entry(file, InterimOrdered)})
    if case.remedy in ("sent", "disputed", "failed"):
        decided = file.last(RemedyOrdered)
        found: dict[str, Any] = {"do": "remedy", "order": remedy.order_named(case)}
        found |= {"steps": decided.steps, "outcome": decided.outcome}
        if remedy.leads_to_a_statement(case):
            found["name"] = "statement"
        if case.remedy == "disputed":
            found["disputed"] = _disputed(file)
        wanted.append(found)
    return wanted


def _disputed(file: File) -> str:
    """What is not as it should be: as the person says, or as a machine saw it."""
    if file.case.disputed_by != "node":
        return file.last(RemedyDisputed).reason
    seen = file.last(RemedySeen)
    return f"{seen.source} was asked: {', '.join(seen.saw) or 'not as ordered'}"


def _entry(file: File, kind: type[NoticeReceived | InterimOrdered]) -> dict[str, Any]:
    """What the last event of a kind says, with its case and its place there."""
    event = file.last(kind)
    [n] = [
        log_entry.n
        for log_entry, entry in zip(file.log_entries, file.entries, strict=True)
        if entry.event is event
    ]
    return {"case": str(file.id), "n": n, **events.fields(event)}


def _json(status: int, body: Any) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
