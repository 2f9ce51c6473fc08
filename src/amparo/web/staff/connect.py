"""The desk's pages of connections: how each fares, its trial, its drafts, and rules for all alike.

Everybody at the desk completes drafts; a lead starts and pauses connections, and makes rules.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case.roles import check_lead
from amparo.case.write_back import Held
from amparo.connectors import config, table
from amparo.connectors.rule import Rule
from amparo.connectors.trial import missing
from amparo.errors import AmparoError, Malformed, Missing, Mistakes
from amparo.ledger.case import casework, idempotency, write_back_queue
from amparo.ledger.case.people import Person
from amparo.ledger.case.write_back_queue import HeldOrder
from amparo.ledger.connect import connections, drafts, items
from amparo.ledger.connect.connections import Connection
from amparo.record import vocabulary as words
from amparo.storage.journal import Journal
from amparo.web.http import form_tokens, forms
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.staff import desk
from amparo.web.words import draft_form
from amparo.web.words.decision import N_, done
from amparo.web.words.i18n import catalogue
from amparo.web.words.pages import language_of, page

MOST_FIELDS = 60
MOST_SAMPLES = 5
MOST_HELD = 100
STATES = {
    "trial": N_("a trial: nothing is put on the record"),
    "running": N_("runs"),
    "paused": N_("paused"),
}
COUNTS = {
    "stated": N_("Statements on the record"),
    "draft": N_("Drafts that wait for a person"),
    "parked": N_("Waiting for what they are about"),
    "lifted": N_("Lifted by the platform"),
    "counted": N_("Counted for the transparency report"),
    "noted": N_("Looked at; nothing follows"),
    "set aside": N_("Set aside by a person"),
    "erased": N_("Erased"),
}
WAYS = {
    "mail": N_("Told by mail from this node"),
    "platform": N_("Told by the platform already"),
    "nobody": N_("Told by nobody yet"),
}


HELD: dict[Held, str] = {
    "steps": N_("Something was ordered that cannot be done by a call."),
    "gone": N_("What it is about is not there any more."),
    "newer": N_("It is restricted by another decision, which nobody has reversed."),
    "refused": N_("The system refused it."),
    "unanswered": N_("The system did not do it, though it was asked again and again."),
    "untold": N_("The system was asked for it, and nobody has told that it was done."),
}


async def every(request: Request) -> Response:
    """GET /desk/connect: the connections of the desk's platform, and how each fares."""
    person = desk.signed_in(request)
    serving: Serving = request.app.state.serving

    def job(journal: Journal) -> list[tuple[Connection, dict[str, int]]]:
        found = connections.every(journal, person.desk)
        return [(each, items.counts(journal, each.id)) for each in found]

    return page(
        request,
        "desk_connections.html",
        person=person,
        platform=desk.platform_of(serving, person).name,
        found=await serving.lists.read(request, f"connections {person.desk}", job),
        states=STATES,
        moment=_moment,
    )


async def show(request: Request) -> Response:
    """GET /desk/connect/{name}: health, trial, drafts and refusals of a connection."""
    person, connection = _own(request)
    return await _show(request, person, connection)


async def step(request: Request) -> Response:
    """POST /desk/connect/{name}/{step}: start, pause or resume it; a lead does."""
    take = _STEPS.get(request.path_params["step"])
    if take is None:
        raise Missing(N_("There is nothing at this address."), why="", fix="")

    def job(
        journal: Journal, person: Person, connection: Connection, _: FormData, __: bytes
    ) -> None:
        check_lead(person.reviewer.actor)
        take(journal, connection)

    return await _act(request, job, lambda *found: _show(request, *found))


async def group_(request: Request) -> Response:
    """GET /desk/connect/{name}/drafts/{key}: drafts that say and miss the same."""
    person, connection = _own(request)
    return await _group(request, person, connection)


async def rule(request: Request) -> Response:
    """POST /desk/connect/{name}/drafts/{key}: say something for all alike; first as a preview."""
    forms.check_same_origin(request)
    person, connection = _own(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=MOST_FIELDS) as form:
        found = await _find_group(request, connection)
        try:
            check_lead(person.reviewer.actor)
            made = Rule(
                {
                    name: found.words[name]
                    for name in forms.several(form, "when")
                    if name in found.words
                },
                _given(form, {}),
            )
            if forms.text(form, "confirm") != "yes":
                return await _group(request, person, connection, form=form, made=made)

            def job(journal: Journal) -> None:
                now = casework.now()
                drafts.add_rule(journal, connection, made, by=person, now=now)
                drafts.go_on(journal, serving.secret, connection, now)

            await serving.work(job)
        except AmparoError as error:
            problem = forms.problem(error, form)
            return await _group(request, person, connection, form=form, wrong=problem)
    return RedirectResponse(f"/desk/connect/{connection.name}", 303)


async def draft(request: Request) -> Response:
    """GET /desk/connect/{name}/draft/{digest}: one draft, and what is missing."""
    person, connection = _own(request)
    return await _draft(request, person, connection)


async def complete(request: Request) -> Response:
    """POST /desk/connect/{name}/draft/{digest}: say what is missing, or set it aside.

    What is still missing then is asked on the page of the draft, which says that it waits.
    """

    def job(
        journal: Journal, person: Person, connection: Connection, form: FormData, secret: bytes
    ) -> None:
        waiting = drafts.find(journal, connection, request.path_params["digest"])
        if forms.text(form, "aside") == "yes":
            drafts.set_aside(journal, waiting, by=person)
            return
        drafts.complete(
            journal,
            secret,
            connection,
            waiting,
            _given(form, waiting.submission),
            by=person,
            now=casework.now(),
        )

    answer = await _act(request, job, lambda *found: _draft(request, *found))
    if isinstance(answer, RedirectResponse) and _waits(request):
        return RedirectResponse(f"{request.url.path}?kept=1", 303)
    return answer


def _waits(request: Request) -> bool:
    """Whether the draft of an address is one still."""
    serving: Serving = request.app.state.serving
    _, connection = _own(request)
    with suppress(Missing):
        drafts.find(serving.journal, connection, request.path_params["digest"])
        return True
    return False


def routes() -> list[Route]:
    """The addresses of these pages."""
    base = "/desk/connect"
    return [
        Route(base, every, methods=["GET"]),
        Route(f"{base}/{{name}}", show, methods=["GET"]),
        Route(f"{base}/{{name}}/drafts/{{key}}", group_, methods=["GET"]),
        Route(f"{base}/{{name}}/drafts/{{key}}", rule, methods=["POST"]),
        Route(f"{base}/{{name}}/draft/{{digest}}", draft, methods=["GET"]),
        Route(f"{base}/{{name}}/draft/{{digest}}", complete, methods=["POST"]),
        Route(f"{base}/{{name}}/{{step}}", step, methods=["POST"]),
    ]


Job = Callable[[Journal, Person, Connection, FormData, bytes], None]
Shown = Callable[[Person, Connection, Problem], Awaitable[Response]]
_STEPS: Mapping[str, Callable[[Journal, Connection], None]] = {
    "start": connections.start,
    "pause": connections.pause,
    "resume": connections.resume,
}


async def _act(request: Request, job: Job, shown: Shown) -> Response:
    forms.check_same_origin(request)
    person, connection = _own(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=MOST_FIELDS) as form:
        try:
            digest = await form_tokens.digest(request, form)

            def acted(journal: Journal) -> None:
                job(journal, person, connection, form, serving.secret)

            await serving.work(lambda journal: idempotency.once(journal, digest, acted))
        except AmparoError as error:
            return await shown(person, connection, forms.problem(error, form))
    return RedirectResponse(f"/desk/connect/{connection.name}", 303)


def _own(request: Request) -> tuple[Person, Connection]:
    """A connection of the person's own desk; another's is told no more than none."""
    person = desk.signed_in(request)
    serving: Serving = request.app.state.serving
    name = request.path_params["name"]
    for connection in connections.every(serving.journal, person.desk):
        if connection.name == name:
            return person, connection
    raise Missing(
        N_("There is no such connection at your desk."),
        why=N_("It is of another platform, or it was removed."),
        fix=N_("Open it from the list of connections."),
    )


class _Looked(NamedTuple):
    """What the page of a connection shows of the journal."""

    counts: Mapping[str, int]
    groups: list[tuple[str, drafts.Group]]
    refusals: list[tuple[str, str, int]]
    rules: list[Rule]
    held: list[HeldOrder]


async def _show(
    request: Request, person: Person, connection: Connection, wrong: Problem | None = None
) -> Response:
    serving: Serving = request.app.state.serving
    trial = connection.trial
    translate = catalogue(language_of(request)).gettext

    def job(journal: Journal) -> _Looked:
        found = drafts.groups(journal, connection.id)
        return _Looked(
            items.counts(journal, connection.id),
            [(_key(group.alike), group) for group in found],
            connections.refusals(journal, connection.id),
            connections.rules_of(journal, connection.id),
            write_back_queue.held(journal, connection.id, most=MOST_HELD),
        )

    return page(
        request,
        "desk_connection.html",
        status=wrong.status if wrong else 200,
        wrong=wrong,
        person=person,
        platform=connection.platform.name,
        connection=connection,
        states=STATES,
        looked=await serving.lists.read(request, f"connection {connection.id}", job),
        names=COUNTS,
        writes_back=config.writes_back(connection.config),
        why_held=HELD,
        tried=sorted(trial.groups.values(), key=lambda group: -group.count) if trial else [],
        samples=[
            (done(sample, {}, translate), words.CATEGORY[sample["category"]])
            for sample in (trial.samples[:MOST_SAMPLES] if trial else [])
        ],
        labels=draft_form.VALUES,
        attributes=draft_form.LABELS,
        lacking=draft_form.lacking,
        ways=WAYS,
        moment=_moment,
    )


async def _group(
    request: Request,
    person: Person,
    connection: Connection,
    *,
    form: FormData | None = None,
    made: Rule | None = None,
    wrong: Problem | None = None,
) -> Response:
    serving: Serving = request.app.state.serving
    found = await _find_group(request, connection)
    translate = catalogue(language_of(request)).gettext
    typed = {name: value for name, value in form.items() if isinstance(value, str)} if form else {}

    def job(journal: Journal) -> tuple[list[drafts.Waiting], drafts.Preview | None]:
        waiting = drafts.of_group(journal, connection, found.alike, most=MOST_SAMPLES)
        return waiting, drafts.preview(journal, connection, made, found.alike) if made else None

    asked = repr(made)
    waiting, preview = await serving.lists.read(
        request, f"drafts {connection.id} {found.alike} {asked}", job
    )
    return page(
        request,
        "desk_drafts.html",
        status=wrong.status if wrong else 200,
        wrong=wrong,
        person=person,
        platform=connection.platform.name,
        connection=connection,
        key=request.path_params["key"],
        group=found,
        waiting=waiting,
        when=forms.several(form, "when") if form else list(found.words),
        fields=draft_form.fields(found.missing),
        typed=typed,
        preview=preview,
        samples=[
            (done(sample, sample, translate), sample)
            for sample in (preview.samples if preview else [])
        ],
        attributes=draft_form.LABELS,
        lacking=draft_form.lacking,
        labels=draft_form.VALUES,
        ways=WAYS,
    )


async def _draft(
    request: Request, person: Person, connection: Connection, wrong: Problem | None = None
) -> Response:
    serving: Serving = request.app.state.serving
    waiting = drafts.find(serving.journal, connection, request.path_params["digest"])
    lacks = missing(waiting.findings)
    refused = draft_form.objected(lacks, waiting.submission)
    return page(
        request,
        "desk_draft.html",
        was_kept=request.query_params.get("kept") == "1",
        status=wrong.status if wrong else 200,
        wrong=wrong,
        person=person,
        platform=connection.platform.name,
        connection=connection,
        draft=waiting,
        key=_key(waiting.item.alike),
        stated={
            name: value if isinstance(value, list) else [value]
            for name, value in waiting.submission.items()
        },
        fields=draft_form.fields(lacks),
        typed=wrong.typed if wrong else draft_form.plain(waiting.record.suggested) | refused,
        refused=refused,
        attributes=draft_form.LABELS,
        labels=draft_form.VALUES,
    )


async def _find_group(request: Request, connection: Connection) -> drafts.Group:
    serving: Serving = request.app.state.serving
    found = await serving.lists.read(
        request, f"groups {connection.id}", lambda journal: drafts.groups(journal, connection.id)
    )
    for group in found:
        if _key(group.alike) == request.path_params["key"]:
            return group
    raise Missing(
        N_("There are no such drafts."),
        why=N_("They were completed meanwhile."),
        fix=N_("Look at the list of drafts."),
    )


def _key(alike: str) -> str:
    """How a group is named in an address: what it says may be long."""
    return hashlib.sha256(alike.encode()).hexdigest()[:16]


def _given(form: FormData, stated: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that a form says; empty fields say nothing."""
    cells = {
        name: forms.text(form, name, draft_form.longest(name))
        for name in form
        if draft_form.asks(name)
    }
    given = {name: value for name, value in cells.items() if value}
    mistakes = Mistakes()
    for name, value in given.items():
        with mistakes.of(name):
            _understood({name: value})
    mistakes.end()
    ground = given.get("decision_ground") or stated.get("decision_ground") or ""
    found = _understood(given | {"decision_ground": ground} if ground else given)
    if "decision_ground" not in given:
        found.pop("decision_ground", None)
    return found


def _understood(cells: Mapping[str, str]) -> dict[str, Any]:
    try:
        return table.attributes(cells)
    except ValueError:
        raise Malformed(
            N_("Something in the form is not understood."),
            why=N_("One of its values is not in the lists of the law."),
            fix=N_("Choose from the list."),
        ) from None


def _moment(at: int) -> datetime | None:
    return datetime.fromtimestamp(at, UTC) if at else None
