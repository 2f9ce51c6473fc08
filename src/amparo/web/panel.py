"""The panel's pages: for its members, and for everybody a draw to repeat and rulings to read."""

# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime
from functools import partial
from typing import Any, get_args
from uuid import UUID

import msgspec
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case import panel, worksheet
from amparo.case.worksheet import Answer
from amparo.errors import AmparoError, Denied, Missing
from amparo.ledger import casework, desks, evidence, panels, people, platforms, prove, totals
from amparo.ledger.casework import File
from amparo.ledger.panels import Precedent
from amparo.ledger.people import Person
from amparo.record import event
from amparo.record import vocabulary as words
from amparo.web import api, forms, history
from amparo.web.desk import COOKIE
from amparo.web.forms import Problem
from amparo.web.pages import catalogue, language_of, page
from amparo.web.person import download
from amparo.web.public import worded
from amparo.web.serving import Serving
from amparo.web.wording import N_

PARTS = (
    N_("What it is about"),
    N_("Legality"),
    N_("Legitimate aim"),
    N_("The six Rabat factors"),
    N_("Necessity and proportion of this measure"),
    N_("Checks on yourself"),
)


async def cases(request: Request) -> Response:
    """GET /panel: the cases in whose panel one sits."""
    person = _person(request)
    if person is None:
        return RedirectResponse("/desk/sign-in", 303)
    serving: Serving = request.app.state.serving
    found = panels.cases_of(serving.journal, person.member)
    return page(request, "panel_cases.html", person=person, found=found, when=_when)


async def show(request: Request) -> Response:
    """GET /panel/case/{uuid}: the file, one's own worksheet, then the others', and the ruling."""
    person, file = _own(request)
    return _page(request, person, file)


async def seal(request: Request) -> Response:
    """POST /panel/case/{uuid}/worksheet: seal one's own worksheet."""
    forms.check_same_origin(request)
    person, file = _own(request)
    serving: Serving = request.app.state.serving
    async with request.form(max_files=0, max_fields=200) as form:
        answers = _answers(form)
        step = partial(panel.seal, member=person.member, answers=answers, now=casework.now())
        try:
            await serving.work(lambda journal: casework.act(journal, file.id, step))
        except AmparoError as error:
            return _page(request, person, file, forms.problem(error, form), answers)
    return RedirectResponse(f"/panel/case/{file.id}", 303)


async def vote(request: Request) -> Response:
    """POST /panel/case/{uuid}/vote: vote, with a dissent if it is one."""
    forms.check_same_origin(request)
    person, file = _own(request)
    serving: Serving = request.app.state.serving
    async with request.form(max_files=0, max_fields=10) as form:
        step = partial(
            panel.vote, member=person.member, outcome=forms.text(form, "outcome"),  # type: ignore[arg-type]  # checked inside
            dissent=forms.text(form, "dissent"), now=casework.now(),
        )  # fmt: skip
        try:
            await serving.work(lambda journal: casework.act(journal, file.id, step))
        except AmparoError as error:
            return _page(request, person, file, forms.problem(error, form))
    return RedirectResponse(f"/panel/case/{file.id}", 303)


async def decide(request: Request) -> Response:
    """POST /panel/case/{uuid}/ruling: the panel's ruling, by whoever presides."""
    forms.check_same_origin(request)
    person, file = _own(request)
    serving: Serving = request.app.state.serving
    async with request.form(max_files=0, max_fields=30) as form:
        try:
            if file.case.members[0] != person.member:
                raise Denied(
                    N_("Whoever was drawn first presides and sends the ruling."),
                    why=file.case.members[0], fix=N_("Give them your text."),
                )  # fmt: skip
            given = {name: forms.text(form, name) for name in _RULING}
            chosen = [str(one) for one in form.getlist("steps")]
            await serving.work(
                lambda journal: panels.decide(
                    journal, casework.read(journal, file.id), **given, steps=chosen,
                    now=casework.now(),
                )
            )  # fmt: skip
        except AmparoError as error:
            return _page(request, person, file, forms.problem(error, form))
    return RedirectResponse(f"/panel/case/{file.id}", 303)


async def exhibit(request: Request) -> Response:
    """GET /panel/case/{uuid}/file/{number}: a file of the case, as a download."""
    _, file = _own(request)
    serving: Serving = request.app.state.serving
    number = int(request.path_params["number"])
    one, body = evidence.read(serving.journal, serving.node.evidence, file.id, number)
    return download(one.name, body)


# --- for everybody ----------------------------------------------------------------------------


async def drawn(request: Request) -> Response:
    """GET /panel/draw/{draw}: how a panel was drawn, for anybody to repeat."""
    record = _record(request)
    serving: Serving = request.app.state.serving
    names = {one.id: one for one in panels.members_of(serving.node)}
    return page(request, "panel_draw.html", record=record, names=names)


async def drawn_record(request: Request) -> Response:
    """GET /panel/draw/{draw}/record: the same as JSON, for `amparo panel repeat`."""
    body = msgspec.json.encode(_record(request))
    return Response(body, media_type="application/json")


async def rulings(request: Request) -> Response:
    """GET /rulings: published rulings, by outcome, ground, factor and words."""
    serving: Serving = request.app.state.serving
    asked = {name: request.query_params.get(name, "")[:200] for name in _SEARCH}
    found = panels.search(serving.journal, **asked)
    return page(
        request, "rulings.html", found=found, asked=asked, outcomes=history.PANEL, grounds=GROUNDS,
        codes=CODES, bases=history.BASES, when=_when, categories=words.CATEGORY,
    )  # fmt: skip


async def remedies(request: Request) -> Response:
    """GET /remedies: what became of orders, by platform; counts below ten are not shown."""
    serving: Serving = request.app.state.serving
    found = desks.followed(serving.journal)
    return page(
        request, "remedies.html", found=found, states=REMEDIES, fewest=FEWEST_SHOWN,
        totals=totals.newest(serving.journal),
    )  # fmt: skip


async def ruling(request: Request) -> Response:
    """GET /rulings/{draw}: one ruling, to be read and cited."""
    serving: Serving = request.app.state.serving
    found = _precedent(request)
    platform = next(
        one.name for one in platforms.every(serving.journal) if one.id == found.platform
    )
    return page(
        request, "ruling.html", r=found, platform=platform, outcomes=history.PANEL,
        bases=history.BASES,
        codes=CODES, when=_when, categories=words.CATEGORY, grounds=GROUNDS,
        address=f"{serving.base_url(request)}/rulings/{found.id}",
    )  # fmt: skip


async def ruling_data(request: Request) -> Response:
    """GET /rulings/{draw}/data: one ruling as JSON."""
    found = _precedent(request)
    told = found._asdict() | {"at": event.timestamp(_when(found.at))}
    return Response(msgspec.json.encode(told), media_type="application/json")


async def ruling_receipt(request: Request) -> Response:
    """GET /rulings/{draw}/receipt: proof that the ruling is in the log, without its words."""
    serving: Serving = request.app.state.serving
    kept = serving.journal.event(_precedent(request).seq)
    if kept is None:
        raise Missing(N_("There is nothing at this address."), why="", fix="")
    bare = kept._replace(opening=None)  # the sealed words are the parties', not everybody's
    return api.receipt_response(kept, prove.receipt(serving.node, bare, reader="anyone"))


def routes() -> list[Route]:
    """The panel's addresses."""
    case = "/panel/case/{uuid}"
    return [
        Route("/panel", cases, methods=["GET"]),
        Route(case, show, methods=["GET"]),
        Route(f"{case}/worksheet", seal, methods=["POST"]),
        Route(f"{case}/vote", vote, methods=["POST"]),
        Route(f"{case}/ruling", decide, methods=["POST"]),
        Route(f"{case}/file/{{number:int}}", exhibit, methods=["GET"]),
        Route("/panel/draw/{draw}", drawn, methods=["GET"]),
        Route("/panel/draw/{draw}/record", drawn_record, methods=["GET"]),
        Route("/remedies", remedies, methods=["GET"]),
        Route("/rulings", rulings, methods=["GET"]),
        Route("/rulings/{draw}", ruling, methods=["GET"]),
        Route("/rulings/{draw}/data", ruling_data, methods=["GET"]),
        Route("/rulings/{draw}/receipt", ruling_receipt, methods=["GET"]),
    ]


FEWEST_SHOWN = 10
REMEDIES = {
    "verified": N_("Done, and checked"),
    "settled": N_("Said to be done, and nobody objected"),
    "claimed": N_("Said to be done, not checked"),
    "sent": N_("Not answered yet"),
    "overdue": N_("of these: overdue"),
    "disputed": N_("Disputed"),
    "refused": N_("Refused"),
    "impossible": N_("Said to be impossible"),
    "failed": N_("Not done"),
}
GROUNDS = {
    "DECISION_GROUND_ILLEGAL_CONTENT": N_("the law"),
    "DECISION_GROUND_INCOMPATIBLE_CONTENT": N_("the platform's terms"),
}
CODES = {
    "P-INC": N_("The worksheet is not complete."),
    "P-INFO": N_("The record is not sufficient; ask the platform or the party."),
    "P-LEG-": N_("Legality is not shown."),
    "P-LEG+": N_("Legality is shown."),
    "P-AIM-": N_("A legitimate aim is not shown."),
    "P-20-": N_("The threshold of Article 20(2) ICCPR is not met."),
    "P-20?": N_("Whether the threshold of Article 20(2) ICCPR is met is open."),
    "P-20+": N_("The record could support the threshold of Article 20(2) ICCPR."),
    "P-VIO-": N_("The threshold of incitement to violence is not met."),
    "P-VIO?": N_("Whether the threshold of incitement to violence is met is open."),
    "P-VIO+": N_("The record could support the threshold of incitement to violence."),
    "P-NEC-": N_("That this measure was necessary is not shown."),
    "P-LEN-": N_("The measure has no end and no review."),
    "P-HEAR-": N_("The person was not heard, and nothing excuses that."),
    "P-CON-": N_("Like cases were treated differently."),
    "P-SWAP": N_("With sides exchanged, the answers would differ."),
    "P-OTHER": N_("Another ground is possible."),
}
"""The statements of a profile in words; there is no order of strength among them."""
_SEARCH = ("outcome", "ground", "factor", "text")
_RULING = ("reasons", "summary", "divergence", "published")


def _person(request: Request) -> Person | None:
    serving: Serving = request.app.state.serving
    session = request.cookies.get(COOKIE)
    found = people.of_session(serving.journal, session) if session else None
    return found if found is not None and found.member else None


def _own(request: Request) -> tuple[Person, File]:
    person = _person(request)
    if person is None:
        raise Denied(
            N_("You are not signed in."),
            why=N_("The session has ended, or there was none."),
            fix=N_("Ask for a new link at /desk/sign-in."),
        )
    file = _file(request)
    if file is None or person.member not in file.case.members:
        raise Missing(
            N_("You sit on no panel of this case."),
            why=N_("Another was drawn, or the address was copied only in part."),
            fix=N_("Open it from your list."),
        )
    return person, file


def _file(request: Request) -> File | None:
    serving: Serving = request.app.state.serving
    try:
        return casework.read(serving.journal, UUID(request.path_params["uuid"]))
    except (ValueError, Missing):
        return None


def _record(request: Request) -> dict[str, Any]:
    serving: Serving = request.app.state.serving
    file = panels.of_draw(serving.journal, request.path_params["draw"])
    if file is None:
        raise Missing(
            N_("No panel was drawn in this case."),
            why=N_("The address was copied only in part, or the draw is still to come."),
            fix=N_("Open it from the page of the case."),
        )
    return panels.record_of(file, panels.members_of(serving.node))


def _precedent(request: Request) -> Precedent:
    serving: Serving = request.app.state.serving
    return panels.precedent(serving.journal, request.path_params["draw"])


def _answers(form: FormData) -> dict[str, Answer]:
    """The answers of a worksheet, as far as they were given."""
    found = {}
    for question in worksheet.QUESTIONS:
        given = ",".join(str(one) for one in form.getlist(question.id) if str(one))
        reason = forms.text(form, f"{question.id}.reason")
        if not question.answers and reason:
            given = "told"
        if given:
            found[question.id] = Answer(
                question.id,
                given,
                reason,
                tuple(filter(None, forms.text(form, f"{question.id}.evidence").split())),
                forms.text(form, f"{question.id}.missing"),
            )
    return found


def _page(
    request: Request, person: Person, file: File, wrong: Problem | None = None,
    answers: dict[str, Answer] | None = None,
) -> Response:  # fmt: skip
    serving: Serving = request.app.state.serving
    told = catalogue(language_of(request)).gettext
    readable = panel.may_read_sheets(file.case)
    sheets = panels.sheets_of(file) if readable else []
    profiles = {member: worksheet.profile(one) for member, one in sheets}
    votes = panels.votes_of(file)
    return page(
        request, "panel_case.html", status=422 if wrong else 200,
        person=person, case=file.case, number=str(file.id), wrong=wrong,
        d=worded(request, file.kept[0]) if file.public else None,
        history=history.lines(file.told, told, "panel"), running=history.running(file.case),
        files=evidence.of_case(serving.journal, file.id),
        content=_content(file), plain=worksheet.plain, questions=worksheet.QUESTIONS, parts=PARTS,
        sealed=person.member in dict(file.case.sheets), typed=answers or {},
        gaps={gap.question: gap for gap in worksheet.gaps(answers)} if answers else {},
        sheets=sheets, profiles=profiles, codes=CODES, votes=votes, outcomes=history.PANEL,
        steps=history.STEPS, presides=file.case.members[0] == person.member,
        open=file.case.panel in ("deliberation", "default_review"), choices=get_args(panel.Outcome),
    )  # fmt: skip


def _content(file: File) -> str | None:
    found = [one.event for one in file.told if one.event.kind == "content.supplied"]
    return str(found[-1].details["content"]) if found else None


def _when(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
