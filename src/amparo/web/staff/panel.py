"""The pages of a panel's members: draws, the file, worksheet, vote, ruling, and challenges."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, cast, get_args
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case import challenge, deliberation, hearing, panel, worksheet
from amparo.case.events import CaseDecided, PanelChallenged, PanelOutcome, PanelSide
from amparo.case.roles import check_may_sit
from amparo.case.standing import standing
from amparo.case.state import Case, check_allowed
from amparo.case.text_limits import LINE
from amparo.case.worksheet import Answer
from amparo.errors import AmparoError, Denied, Missing, Text
from amparo.ledger.case import casework, drafts, draws, evidence, idempotency, panels
from amparo.ledger.case.casework import File
from amparo.ledger.case.drafts import Draft
from amparo.ledger.case.people import Person
from amparo.ledger.log import platforms
from amparo.storage.journal import Journal
from amparo.web.http import case_files, downloads, form_tokens, forms
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.public import rulings
from amparo.web.public.decision import worded
from amparo.web.staff import facts, leading, sign_in, windows, worksheets
from amparo.web.words import history
from amparo.web.words.decision import N_
from amparo.web.words.i18n import catalogue
from amparo.web.words.pages import language_of, page

_RULING = ("reasons", "summary", "divergence", "published", "for_the_other", "unheard")


_DECIDING = ("deliberation", "default_review")
"""States of a panel case in which its members judge."""
_MOST_LOOKED_AT = 12
"""Cases of a list whose next step is looked up, each of them read whole: the most urgent."""


class Turn(NamedTuple):
    """What comes next in a case."""

    words: str
    is_own: bool
    """Whether whoever looks has to do it."""
    at: str = ""
    """Where on the page of the case it is done."""


async def cases(request: Request) -> Response:
    """GET /panel: the cases on whose panel one sits, and challenges that wait for a judgement."""
    person = _person(request)
    return RedirectResponse("/desk/sign-in", 303) if person is None else _list(request, person)


async def show(request: Request) -> Response:
    """GET /panel/case/{uuid}: the file, one's own worksheet, then the others', and the ruling."""
    person, file = _own(request)
    return _page(request, person, file)


async def fill_in(request: Request) -> Response:
    """POST /panel/case/{uuid}/worksheet: keep one's own worksheet as a draft, or seal it.

    `go`: the part to go to, `keep` to stay where one is (a script sends that), else to seal it.
    """
    forms.check_same_origin(request)
    person, file = _own(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=200) as form:
        go = forms.text(form, "go")

        def keep(journal: Journal) -> dict[str, Answer]:
            with journal.transaction():
                case = casework.read(journal, file.id).case
                deliberation.check_may_fill_in(case, person.member)
                draft = drafts.find(journal, file.id, person.id)
                found = worksheets.merged(draft.answers, form, is_final=not go)
                drafts.keep(journal, file.id, person.id, found, draft.decision)
            return found

        def seal(journal: Journal, answers: dict[str, Answer]) -> None:
            step = partial(
                deliberation.seal, member=person.member, answers=answers, now=casework.now()
            )
            with journal.transaction():
                casework.act_within(journal, file.id, step)
                drafts.drop_answers(journal, file.id, person.id)

        try:
            answers = await serving.work(keep)
            if not go:
                await serving.work(partial(seal, answers=answers))
        except AmparoError as error:
            return _page(request, person, file, forms.problem(error, form), form)
    if go == "keep":
        return windows.stored(windows.shown(worksheets.typed(form, worksheet.QUESTIONS)))
    part = f"?part={go}#worksheet" if go.isascii() and go.isdigit() else ""
    return RedirectResponse(f"/panel/case/{file.id}{part}", 303)


async def vote(request: Request) -> Response:
    """POST /panel/case/{uuid}/vote: vote, with a dissent if it is one."""

    def step(member: str, form: FormData) -> casework.Step:
        return partial(
            deliberation.vote,
            member=member,
            outcome=cast("PanelOutcome", forms.text(form, "outcome")),
            dissent=forms.text(form, "dissent"),
            now=casework.now(),
        )

    return await _act(request, _of_a_case(step))


async def ask(request: Request) -> Response:
    """POST /panel/case/{uuid}/question: ask one side for one more fact."""

    def step(member: str, form: FormData) -> casework.Step:
        return partial(
            panel.ask_fact,
            member=member,
            of=cast("PanelSide", forms.text(form, "of")),
            question=forms.text(form, "question"),
            now=casework.now(),
        )

    return await _act(request, _of_a_case(step))


async def decide(request: Request) -> Response:
    """POST /panel/case/{uuid}/ruling: keep a draft of the ruling, or send it: who presides.

    `go`: `draft` to keep it and see the page, `keep` to stay where one is (a script sends that).
    """
    forms.check_same_origin(request)
    person, file = _own(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=200) as form:
        go = forms.text(form, "go")
        try:
            sent = _ruling(form)
            digest = b"" if go else await form_tokens.digest(request, form)
            keep = partial(_keep_ruling, person, file.id, form, sent, is_final=not go)
            if go:
                await serving.work(keep)
            else:
                await serving.work(partial(_send_ruling, keep, person, file.id, digest))
        except AmparoError as error:
            chosen = [step for step in form.getlist("steps") if isinstance(step, str)]
            return _page(request, person, file, forms.problem(error, form), chosen=chosen)
    if go == "keep":
        return windows.stored(windows.shown(sent))
    return RedirectResponse(f"/panel/case/{file.id}{'#ruling' if go else ''}", 303)


def _check_presides(case: Case, person: Person) -> None:
    """Raise unless somebody presides, and the panel still judges."""
    check_allowed(case, CaseDecided)
    if case.members[0] != person.member:
        raise Denied(
            N_("Whoever was drawn first presides and sends the ruling."),
            why=Text("{member} was drawn first", member=case.members[0]),
            fix=N_("Give them your text."),
        )


def _ruling(form: FormData) -> dict[str, list[str]]:
    """The fields of a ruling, as a draft keeps them."""
    typed = {name: [forms.text(form, name)] for name in _RULING}
    return {**typed, "steps": forms.several(form, "steps")}


def _as_typed(form: FormData) -> dict[str, list[str]]:
    """The same as it was typed, without a look at its length."""
    every = {
        name: [value for value in form.getlist(name) if isinstance(value, str)] for name in form
    }
    return {name: [value.strip() for value in every.get(name, [])] for name in (*_RULING, "steps")}


def _keep_ruling(
    person: Person,
    case_id: UUID,
    form: FormData,
    sent: dict[str, list[str]],
    journal: Journal,
    *,
    is_final: bool,
) -> Draft:
    """The draft with what was sent; nothing that another window kept is lost (`windows`).

    What a program sends was shown by no window, and takes the place of all that was there.
    """
    with journal.transaction():
        _check_presides(casework.read(journal, case_id).case, person)
        draft = drafts.find(journal, case_id, person.id)
        opened = worksheets.opened_with(form, draft.decision, _as_typed)
        merged = sent
        if "shown" in form:
            windows.check(draft.decision, sent, sent, opened, is_final=is_final)
            merged = windows.merged(draft.decision, sent, sent, opened)
        drafts.keep(journal, case_id, person.id, draft.answers, merged)
    return draft._replace(decision=merged)


def _send_ruling(
    keep: Callable[[Journal], Draft], person: Person, case_id: UUID, digest: bytes, journal: Journal
) -> None:
    """Keep the draft and rule by it; where the ruling is refused, the draft stays."""

    def send(journal: Journal) -> UUID:
        given = {name: draft.text(name) for name in _RULING}
        fresh = casework.read(journal, case_id)
        steps = draft.chosen("steps")
        panels.decide(journal, fresh, **given, steps=steps, now=casework.now())
        drafts.drop(journal, case_id, person.id)
        return case_id

    # Another process may take the other half of a double click between these two.
    with journal.transaction():
        if idempotency.find(journal, digest) is not None:
            return
        draft = keep(journal)
    idempotency.once(journal, digest, send)


async def judge(request: Request) -> Response:
    """POST /panel/challenge/{uuid}: judge a challenge in a case in which one has no part."""
    forms.check_same_origin(request)
    serving: Serving = request.app.state.serving
    person = _signed_in(request)
    file = _file(request)
    if file is None:
        raise Missing(
            N_("There is no challenge to judge."),
            why=N_("The address was copied only in part."),
            fix=N_("Open it from your list."),
        )
    check_may_sit(file.case, person.reviewer)
    gone = panels.gone(serving.journal)
    async with forms.read(request, max_fields=10) as form:
        step = partial(
            challenge.judge,
            judge=person.member,
            accepted=forms.text(form, "accepted") == "yes",
            reasons=forms.text(form, "reasons"),
            gone=gone,
            now=casework.now(),
        )
        try:
            await serving.work(lambda journal: casework.act(journal, file.id, step))
        except AmparoError as error:
            return _list(request, person, forms.problem(error, form))
    return RedirectResponse("/panel", 303)


async def reveal(request: Request) -> Response:
    """POST /panel/draw/{draw}/reveal: reveal one's own value for a draw that was not held yet."""
    forms.check_same_origin(request)
    serving: Serving = request.app.state.serving
    person, draw = _signed_in(request), request.path_params["draw"]
    check_may_sit(draws.to_draw(serving.journal, draw).case, person.reviewer)
    async with forms.read(request, max_fields=10) as form:
        try:
            value = forms.text(form, "value", LINE)
            await serving.work(
                lambda journal: draws.reveal(journal, serving.node, draw, person.member, value)
            )
        except AmparoError as error:
            return _list(request, person, forms.problem(error, form))
    return RedirectResponse("/panel", 303)


async def case_file(request: Request) -> Response:
    """GET /panel/case/{uuid}/case-file: all that this page shows, as one file."""
    _, file = _own(request)
    return await case_files.download(request, file, "panel")


async def origin(request: Request) -> Response:
    """GET /panel/case/{uuid}/origin: the case file that a case was taken in from, as a page."""
    _, file = _own(request)
    return await case_files.origin(request, file)


async def exhibit(request: Request) -> Response:
    """GET /panel/case/{uuid}/file/{number}: a file of the case, as a download."""
    _, file = _own(request)
    serving: Serving = request.app.state.serving
    number = int(request.path_params["number"])
    exhibit = evidence.find(serving.journal, file.id, number)
    return downloads.attachment(exhibit.name, await serving.exhibit(exhibit))


def routes() -> list[Route]:
    """The panel's addresses."""
    case = "/panel/case/{uuid}"
    return [
        Route("/panel", cases, methods=["GET"]),
        Route(case, show, methods=["GET"]),
        Route(f"{case}/worksheet", fill_in, methods=["POST"]),
        Route(f"{case}/vote", vote, methods=["POST"]),
        Route(f"{case}/question", ask, methods=["POST"]),
        Route(f"{case}/ruling", decide, methods=["POST"]),
        Route("/panel/challenge/{uuid}", judge, methods=["POST"]),
        Route("/panel/draw/{draw}/reveal", reveal, methods=["POST"]),
        Route(f"{case}/case-file", case_file, methods=["GET"]),
        Route(f"{case}/origin", origin, methods=["GET"]),
        Route(f"{case}/file/{{number:int}}", exhibit, methods=["GET"]),
    ]


def _person(request: Request) -> Person | None:
    found = sign_in.person_of(request)
    return found if found is not None and found.member else None


def _signed_in(request: Request) -> Person:
    person = _person(request)
    if person is None:
        raise sign_in.not_signed_in()
    return person


def _own(request: Request) -> tuple[Person, File]:
    person, file = _signed_in(request), _file(request)
    if file is None or person.member not in file.case.members:
        raise Missing(
            N_("You sit on no panel of this case."),
            why=N_("Another was drawn, or the address was copied only in part."),
            fix=N_("Open it from your list."),
        )
    check_may_sit(file.case, person.reviewer)
    return person, file


Job = Callable[[Journal, Person, File, FormData], object]


def _of_a_case(make: Callable[[str, FormData], casework.Step]) -> Job:
    """A step of one's own case as a job."""
    return lambda journal, person, file, form: casework.act(
        journal, file.id, make(person.member, form)
    )


async def _act(request: Request, job: Job) -> Response:
    """Do what a form asks; what is wrong is shown beside it, with everything that was typed."""
    forms.check_same_origin(request)
    person, file = _own(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=200) as form:
        try:
            digest = await form_tokens.digest(request, form)

            def acted(journal: Journal) -> UUID:
                job(journal, person, file, form)
                return file.id

            await serving.work(lambda journal: idempotency.once(journal, digest, acted))
        except AmparoError as error:
            chosen = [step for step in form.getlist("steps") if isinstance(step, str)]
            return _page(request, person, file, forms.problem(error, form), chosen=chosen)
    return RedirectResponse(f"/panel/case/{file.id}", 303)


def _turn(file: File, member: str) -> Turn:
    """What comes next for a member; what nobody has to do is what they wait for."""
    case = file.case
    if case.panel not in _DECIDING:
        return Turn(leading.NEXT.get(case.panel, N_("Open the file")), is_own=False)
    if member not in dict(case.sheets):
        return Turn(N_("Fill in your worksheet"), is_own=True, at="worksheet")
    if not deliberation.may_read_sheets(case):
        return Turn(N_("The others seal their worksheets"), is_own=False)
    if member not in panels.votes_of(file):
        return Turn(N_("Read the worksheets, and vote"), is_own=True, at="sheets")
    if not panels.votes_are_open(file):
        return Turn(N_("The others vote"), is_own=False)
    if case.members[0] == member:
        return Turn(N_("Write the ruling"), is_own=True, at="ruling")
    return Turn(N_("Whoever presides writes the ruling"), is_own=False)


def _listed(request: Request, member: str) -> list[dict[str, Any]]:
    """The cases on whose panel somebody sits, as their list shows them."""
    serving: Serving = request.app.state.serving
    translate = catalogue(language_of(request)).gettext
    names, found = _names(serving), []
    for place, (case_id, state, due) in enumerate(panels.cases_of(serving.journal, member)):
        file = casework.read(serving.journal, case_id) if place < _MOST_LOOKED_AT else None
        found.append(
            {
                "case": case_id,
                "state": state,
                "due": due,
                "what": facts.done(serving.journal, case_id, translate),
                "platform": names.get(file.platform, "") if file else "",
                "turn": _turn(file, member) if file else None,
            }
        )
    return found


def _names(serving: Serving) -> dict[int, str]:
    return {platform.id: platform.name for platform in platforms.every(serving.journal)}


def _list(request: Request, person: Person, wrong: Problem | None = None) -> Response:
    serving: Serving = request.app.state.serving
    return page(
        request,
        "panel_cases.html",
        status=wrong.status if wrong else 200,
        person=person,
        wrong=wrong,
        sent_at=next(iter(request.path_params.values()), "") if wrong else "",
        found=_listed(request, person.member),
        standing=partial(standing, "panel"),
        draws=draws.waiting_for(serving.journal, person.member),
        challenges=[
            {
                "case": str(file.id),
                "member": file.case.challenged,
                "reasons": file.last(PanelChallenged).reasons,
            }
            for file in panels.challenges_for(serving.journal, person.member)
        ],
    )


def _file(request: Request) -> File | None:
    serving: Serving = request.app.state.serving
    try:
        return casework.read(serving.journal, UUID(request.path_params["uuid"]))
    except (ValueError, Missing):
        return None


def _page(
    request: Request,
    person: Person,
    file: File,
    wrong: Problem | None = None,
    sent: FormData | None = None,
    chosen: Sequence[str] = (),
) -> Response:
    """A case; `sent`: what was to be kept or sealed, and what it lacks; `chosen`: which steps."""
    serving: Serving = request.app.state.serving
    translate = catalogue(language_of(request)).gettext
    readable = deliberation.may_read_sheets(file.case)
    sheets = panels.sheets_of(file) if readable else []
    profiles = {member: worksheet.profile(sheet) for member, sheet in sheets}
    votes = panels.votes_of(file)
    found = facts.of(file)
    draft = drafts.find(serving.journal, file.id, person.id)
    answers, asked_for = draft.answers, request.query_params.get("part", "")
    lacks: list[worksheet.Gap] = []
    if sent is not None:
        answers = worksheets.merged_as_typed(draft.answers, sent)
        asked_for = worksheets.part_again(sent, is_in_draft=answers == draft.answers)
        lacks = [] if sent.get("go") else worksheet.gaps(answers)
    progress = worksheets.progress(answers, asked_for)
    if wrong and sent is not None:
        at = f"/panel/case/{file.id}#worksheet"
        wrong = worksheets.with_gaps(wrong, lacks, progress, at)
    return page(
        request,
        "panel_case.html",
        status=wrong.status if wrong else 200,
        person=person,
        case=file.case,
        number=str(file.id),
        wrong=wrong,
        d=worded(request, file.log_entries[0]) if file.public else None,
        history=history.lines(file.entries, translate, "panel"),
        running=history.running(file.case),
        files=evidence.of_case(serving.journal, file.id),
        facts=found,
        sides=facts.sides(found, file.case),
        other_side=hearing.other_side(file.case),
        heard=hearing.stands(file.case, "panel"),
        heard_by=len(file.case.heard_from),
        plain=worksheet.plain,
        questions=worksheet.QUESTIONS,
        progress=progress,
        shown=windows.shown(draft.answers),
        ruling=draft,
        ruling_shown=windows.shown(draft.decision),
        parts=worksheets.PARTS,
        kept_at=draft.at,
        sealed=person.member in dict(file.case.sheets),
        typed=answers,
        gaps=worksheets.by_question(lacks),
        sheets=sheets,
        profiles=profiles,
        codes=rulings.CODES,
        own_vote=votes.get(person.member),
        voted=len(votes),
        votes=votes if panels.votes_are_open(file) else {},
        outcomes=history.PANEL,
        steps=history.STEPS,
        presides=file.case.members[0] == person.member,
        open=file.case.panel in _DECIDING,
        turn=_turn(file, person.member),
        standing=standing("panel", file.case.panel),
        platform=_names(serving).get(file.platform, ""),
        chosen=chosen if wrong else draft.chosen("steps"),
        sent_step=request.url.path.rpartition("/")[2] if wrong else "",
        choices=get_args(PanelOutcome),
        most_summary_words=deliberation.MOST_SUMMARY_WORDS,
    )
