"""A case at the desk of a platform's reviewers: the whole of it, and the next step.

What somebody may not do is refused by the rules in `case/roles`, whatever the page shows.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from functools import partial
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case import complaint, hearing, joint, leads, pseudonyms, remedy
from amparo.case import danger as in_danger
from amparo.case.events import ContentSupplied, NoticeReceived
from amparo.case.joint import MOST_TOGETHER
from amparo.case.machines import HELD, UNDECIDED
from amparo.case.roles import kept_from
from amparo.case.speech import needs_worksheet
from amparo.case.standing import standing
from amparo.case.text_limits import FEWEST_REASONS, LINE
from amparo.case.worksheet import plain
from amparo.errors import AmparoError, Malformed, Missing, got
from amparo.ledger.case import (
    casework,
    danger,
    desks,
    evidence,
    idempotency,
    mandates,
    people,
    saved_texts,
    wording,
)
from amparo.ledger.case import hearing as hearings
from amparo.ledger.case import joint as together
from amparo.ledger.case import names as names_behind
from amparo.ledger.case.casework import File
from amparo.ledger.case.joint import Taken
from amparo.ledger.case.people import Person
from amparo.ledger.case.saved_texts import Saved
from amparo.ledger.log import platforms
from amparo.ledger.outbound import outbox
from amparo.storage.journal import Journal
from amparo.web.http import case_files, downloads, form_tokens, forms
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.public.decision import worded
from amparo.web.staff import deciding, facts, lists, notices, orders, sign_in, windows, worksheets
from amparo.web.words import history, mail
from amparo.web.words.decision import N_, Worded
from amparo.web.words.i18n import catalogue
from amparo.web.words.pages import language_of, page

MOST_FIELDS = 100 + 2 * MOST_TOGETHER
"""Of a form: a part of a worksheet has up to four for each question, and others are named in it."""


ENDS = frozenset({"decide", "inadmissible", "answer"})
"""Steps after which somebody goes on to the next case."""


async def show(request: Request) -> Response:
    """GET /desk/case/{uuid}: the whole case, and what can be done."""
    person, file = _own(request)
    return _page(request, person, file)


async def case_file(request: Request) -> Response:
    """GET /desk/case/{uuid}/case-file: all that this page shows, as one file."""
    _, file = _own(request)
    return await case_files.download(request, file, "desk")


async def exhibit(request: Request) -> Response:
    """GET /desk/case/{uuid}/file/{number}: a file of the case, as a download."""
    _, file = _own(request)
    serving: Serving = request.app.state.serving
    number = int(request.path_params["number"])
    exhibit = evidence.find(serving.journal, file.id, number)
    return downloads.attachment(exhibit.name, await serving.exhibit(exhibit))


async def names(request: Request) -> Response:
    """POST /desk/case/{uuid}/names: hand over who stands behind the pseudonyms, as a file."""
    forms.check_same_origin(request)
    person, file = _own(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=10) as form:
        try:
            to, why = forms.text(form, "to", LINE), forms.text(form, "why")
            entry = await serving.work(
                lambda journal: names_behind.hand_over(
                    journal, file.id, to=to, why=why, by=person.reviewer, now=casework.now()
                )
            )
        except AmparoError as error:
            return _page(request, person, file, forms.problem(error, form), form)
    return downloads.receipt(entry, await serving.receipt(entry, "anyone"), "names")


async def step(request: Request) -> Response:
    """POST /desk/case/{uuid}/{step}: take a step."""
    forms.check_same_origin(request)
    person, file = _own(request)
    serving: Serving = request.app.state.serving
    make = _JOBS.get(request.path_params["step"])
    if make is None:
        raise Missing(N_("There is nothing at this address."), why="", fix="")
    async with forms.read(request, max_fields=MOST_FIELDS) as form:
        try:
            part = deciding.goes_to(request.path_params["step"], form)
            # What is only kept comes many times from one page; nothing of it is taken.
            digest = b"" if part else await form_tokens.digest(request, form)
            job = make(person, form, serving, file)
            once: Job = _once(digest, job, file)
            if request.path_params["step"] == "decide":  # what was typed stays where it is refused
                once = partial(
                    deciding.job, person=person, case_id=file.id, form=form, digest=digest
                )
            done = await serving.work(once)
        except AmparoError as error:
            fresh = casework.read(serving.journal, file.id)
            return _page(request, person, fresh, forms.problem(error, form), form)
    query: dict[str, int | str] = (
        {"along": done.along, "left": done.left} if isinstance(done, Taken) and any(done) else {}
    )
    if part == "keep":
        return windows.stored(deciding.shown_after(form, file.case))
    if part:
        query["part"] = part
    elif request.path_params["step"] in ENDS:
        query["ended"] = 1
    if (working := lists.taken_along(request.query_params)) is not None:
        query["list"] = working.query()
    place = "#decide" if part else ""
    address = f"/desk/case/{file.id}{'?' if query else ''}{urlencode(query)}{place}"
    return RedirectResponse(address, 303)


def routes() -> list[Route]:
    """The desk's addresses."""
    case = "/desk/case/{uuid}"
    return [
        Route(case, show, methods=["GET"]),
        Route(f"{case}/case-file", case_file, methods=["GET"]),
        Route(f"{case}/file/{{number:int}}", exhibit, methods=["GET"]),
        Route(f"{case}/names", names, methods=["POST"]),
        Route(f"{case}/{{step}}", step, methods=["POST"]),
    ]


# --- who is here ------------------------------------------------------------------------------


def person_here(request: Request) -> Person | None:
    """Who sits at a desk here, if anybody does."""
    found = sign_in.person_of(request)
    return found if found is not None and found.platform is not None else None


def signed_in(request: Request) -> Person:
    """Who sits at a desk here; `Denied` for anybody else."""
    person = person_here(request)
    if person is None:
        raise sign_in.not_signed_in()
    return person


def _own(request: Request) -> tuple[Person, File]:
    """A case of the reviewer's own desk; another's is told no more than none."""
    person = signed_in(request)
    serving: Serving = request.app.state.serving
    return person, case_at(serving.journal, person, request.path_params["uuid"])


def case_at(journal: Journal, person: Person, name: str) -> File:
    """A case by its number, if it is one of this person's desk."""
    try:
        file = casework.read(journal, UUID(name))
    except (ValueError, Missing):
        file = None
    if file is None or file.platform != person.desk:
        raise Missing(
            N_("There is no such case at your desk."),
            why=N_("It is of another platform, or the address was copied only in part."),
            fix=N_("Open it from the queue."),
        )
    return file


def platform_of(serving: Serving, person: Person) -> platforms.Platform:
    """The platform of somebody's desk."""
    return next(
        platform for platform in platforms.every(serving.journal) if platform.id == person.desk
    )


# --- steps ------------------------------------------------------------------------------------


def _once(digest: bytes, job: "Job", file: File) -> "Job":
    """What a form asks for, unless that very form was taken: then nothing, and no error."""

    def both(journal: Journal) -> object:
        done: list[object] = []

        def first(journal: Journal) -> UUID:
            done.append(job(journal))
            return file.id

        idempotency.once(journal, digest, first)
        return next(iter(done), None)

    return both


Make = Callable[[Person, FormData, Serving], casework.Step]
Job = Callable[[Journal], object]


def _assign(person: Person, form: FormData, serving: Serving, file: File) -> Job:
    number = forms.text(form, "reviewer") or str(person.id)
    seat = forms.whole_number(number)
    to = people.find(serving.journal, seat) if seat is not None else None
    if to is None or to.platform != person.desk:
        raise Missing(
            N_("There is no such reviewer."),
            why=got(number),
            fix=N_("Choose in the list."),
        )
    who: dict[str, Any] = {"to": to.reviewer, "by": person.reviewer, "now": casework.now()}
    alone, along = partial(complaint.assign, **who), partial(joint.assign, **who)
    return partial(together.act, lead=file.id, step=alone, together=along, others=None)


def _take(person: Person, _: FormData, __: Serving, file: File) -> Job:
    """Take a case and open its file: whoever takes one means to read it."""
    who: dict[str, Any] = {"to": person.reviewer, "by": person.reviewer, "now": casework.now()}
    alone, along = partial(complaint.assign, **who), partial(joint.assign, **who)

    def job(journal: Journal) -> Taken | None:
        case = casework.read(journal, file.id).case
        is_own = case.reviewer == str(person.id)
        if not (is_own and case.complaint in HELD):
            together.act(journal, lead=file.id, step=alone, together=along, others=None)
        elif case.complaint != "assigned":
            return None  # a second click
        return cast("Taken", _open(person, _, __, file)(journal))

    return job


def _open(person: Person, _: FormData, __: Serving, file: File) -> Job:
    who: dict[str, Any] = {"reviewer": person.reviewer, "now": casework.now()}
    alone, along = partial(complaint.open_file, **who), partial(joint.open_file, **who)
    return partial(together.act, lead=file.id, step=alone, together=along, others=None)


def _return(person: Person, form: FormData, _: Serving) -> casework.Step:
    return partial(
        complaint.hand_back,
        by=person.reviewer,
        reason=forms.text(form, "reason"),
        conflict=forms.text(form, "conflict") == "yes",
        now=casework.now(),
    )


def _ask(person: Person, form: FormData, _: Serving) -> casework.Step:
    of = forms.text(form, "of")
    if of not in ("person", "notifier", "platform"):
        raise Malformed(
            N_("Choose whom to ask."),
            why=got(of),
            fix=N_("Choose a side."),
            field="of",
        )
    return partial(
        complaint.ask,
        of=of,  # type: ignore[arg-type]  # checked above
        question=forms.text(form, "question"),
        by=person.reviewer,
        now=casework.now(),
    )


def _decide(person: Person, form: FormData, _: Serving, file: File) -> Job:
    return partial(deciding.job, person=person, case_id=file.id, form=form)


def _inadmissible(person: Person, form: FormData, _: Serving) -> casework.Step:
    return partial(
        complaint.declare_inadmissible,
        ground=forms.text(form, "ground"),  # type: ignore[arg-type]  # checked inside
        reasons=forms.text(form, "reasons"),
        by=person.reviewer,
        now=casework.now(),
    )


def _interim(person: Person, form: FormData, _: Serving) -> casework.Step:
    return partial(
        remedy.interim,
        direction=forms.text(form, "direction"),  # type: ignore[arg-type]  # checked inside
        reasons=forms.text(form, "reasons"),
        by=person.reviewer,
        now=casework.now(),
    )


def _deciders(person: Person, form: FormData, serving: Serving) -> casework.Step:
    chosen = {forms.whole_number(seat) for seat in forms.several(form, "seats")}
    desk = {
        colleague.number: colleague for colleague in people.desk_of(serving.journal, person.desk)
    }
    return partial(
        pseudonyms.name_deciders,
        seats=[colleague for number, colleague in desk.items() if number in chosen],
        elsewhere=forms.text(form, "elsewhere"),
        machine=forms.text(form, "machine") == "yes",
        by=person.reviewer,
        now=casework.now(),
    )


def _reopen(person: Person, form: FormData, _: Serving) -> casework.Step:
    return partial(
        complaint.reopen,
        by=person.reviewer,
        reason=forms.text(form, "reasons"),
        now=casework.now(),
    )


def _apart(person: Person, form: FormData, _: Serving) -> casework.Step:
    return partial(
        leads.set_apart,
        by=person.reviewer,
        reasons=forms.text(form, "reasons"),
        now=casework.now(),
    )


def _waive(person: Person, form: FormData, _: Serving) -> casework.Step:
    return partial(
        hearing.waive,
        reasons=forms.text(form, "reasons"),
        by=person.reviewer,
        now=casework.now(),
    )


def _danger(person: Person, form: FormData, _: Serving) -> casework.Step:
    return partial(
        in_danger.say,
        reasons=forms.text(form, "reasons"),
        by=person.reviewer,
        now=casework.now(),
    )


_STEPS: dict[str, Make] = {
    "return": _return,
    "ask": _ask,
    "waive": _waive,
    "inadmissible": _inadmissible,
    "interim": _interim,
    "deciders": _deciders,
    "reopen": _reopen,
    "apart": _apart,
    "danger": _danger,
}
"""Steps of one case alone."""


def _hear(person: Person, form: FormData, _: Serving, file: File) -> Job:
    """Call the other side: what is said there stands in its own case too."""
    return partial(
        hearings.call,
        case_id=file.id,
        question=forms.text(form, "question"),
        by=person.reviewer,
        now=casework.now(),
    )


def _of_one_case(make: Make) -> Callable[[Person, FormData, Serving, File], Job]:
    def job(person: Person, form: FormData, serving: Serving, file: File) -> Job:
        step = make(person, form, serving)
        return lambda journal: casework.act(journal, file.id, step)

    return job


def _answer(person: Person, form: FormData, serving: Serving, file: File) -> Job:
    """Answer a report for the platform."""
    platform = platform_of(serving, person)
    return notices.answer(person, form, serving, platform, file)


def _at_once(person: Person, form: FormData, serving: Serving, file: File) -> Job:
    """Say for the platform whether what was ordered at once is done."""
    return orders.at_once(form, platform_of(serving, person), file)


def _remedied(person: Person, form: FormData, serving: Serving, file: File) -> Job:
    """Say for the platform what came of an order."""
    platform = platform_of(serving, person)
    return orders.remedied(form, serving, platform, file, person.reviewer.actor)


_JOBS: dict[str, Callable[[Person, FormData, Serving, File], Job]] = {
    "answer": _answer,
    "at-once": _at_once,
    "remedy": _remedied,
    "hear": _hear,
    "assign": _assign,
    "take": _take,
    "open": _open,
    "decide": _decide,
    **{name: _of_one_case(make) for name, make in _STEPS.items()},
}
"""What can be done in a case."""


# --- pages ------------------------------------------------------------------------------------


def _page(
    request: Request,
    person: Person,
    file: File,
    wrong: Problem | None = None,
    sent: FormData | None = None,
) -> Response:
    """A case; beside an error with everything that was typed."""
    serving: Serving = request.app.state.serving
    translate = catalogue(language_of(request)).gettext
    report = file.find(NoticeReceived)
    mine = file.case.reviewer == str(person.id)
    working = lists.taken_along(request.query_params)
    decides = mine and file.case.complaint == "reviewing"
    sent_step = request.url.path.rpartition("/")[2] if wrong else ""
    answer = sent if sent_step == "decide" else None
    asked_for = request.query_params.get("part", "")
    others = together.listed(serving.journal, file) if decides else []
    deciding_on = (
        deciding.typed(serving.journal, person, file, asked_for, answer, others)
        if decides
        else None
    )
    if wrong and deciding_on and answer is not None:
        at = f"/desk/case/{file.id}#decide"
        wrong = worksheets.with_gaps(wrong, deciding_on.lacks, deciding_on.progress, at)
    return page(
        request,
        "desk_case.html",
        status=wrong.status if wrong else 200,
        person=person,
        case=file.case,
        number=str(file.id),
        d=worded(request, file.log_entries[0]) if file.public else None,
        correction=_correction(request, file),
        facts=facts.of(file),
        report=report,
        danger=danger.of_case(
            serving.journal,
            file.id,
            hours=serving.node.settings.danger_hours,
            now=int(casework.now().timestamp()),
        ),
        may_say_danger=in_danger.may_say(file.case),
        answers_report=file.case.decision == "noticed",
        no_statement=notices.reasons_for_no_statement(),
        results=history.ANSWERS,
        history=history.lines(file.entries, translate, "desk"),
        mailed=mail.lines(
            outbox.mailed(serving.journal, file.id),
            platform_of(serving, person).name,
            language_of(request),
            of_demonstration=serving.node.is_demonstration,
        ),
        running=history.running(file.case),
        files=evidence.of_case(serving.journal, file.id),
        other_side=hearing.other_side(file.case) if file.case.complaint else None,
        heard=hearing.stands(file.case, "desk"),
        others=[_other_side(request, other) for other in file.others],
        colleagues=people.every(serving.journal, person.desk),
        speaks=mandates.of_case(serving.journal, file, casework.now()),
        joint=mandates.together(serving.journal, file),
        together=others,
        along=_count(request, "along"),
        ended=_count(request, "ended"),
        goes_on=bool(_count(request, "ended"))
        and (
            working is not None
            or desks.next_case(serving.journal, person.desk, person.id, after=file.id) is not None
        ),
        on=f"?{urlencode({'list': working.query()})}" if working is not None else "",
        next=urlencode({"after": str(file.id)} | ({"list": working.query()} if working else {})),
        queue_query=working.query() if working else "",
        left=_count(request, "left"),
        mine=mine,
        reviewer=next(
            (
                seat.name
                for seat in people.every(serving.journal, person.desk)
                if str(seat.id) == file.case.reviewer
            ),
            "",
        ),
        standing=standing,
        clause=next(iter(wording.clauses_of(serving.journal, file.id)), ""),
        has_names=names_behind.are_there(file),
        refused=kept_from(file.case, person.reviewer),
        held=file.case.complaint in HELD,
        undecided=file.case.complaint in UNDECIDED,
        deciders_status=casework.deciders_status(serving.journal, file),
        outcomes=history.OUTCOMES,
        directions=history.DIRECTIONS,
        steps=history.STEPS,
        fitting=remedy.fitting(file.public),
        at_once_results=orders.AT_ONCE,
        remedy_results=orders.remedies(file.case, person.reviewer.actor),
        at_once_order=remedy.at_once_named(file.case),
        remedy_order=remedy.order_named(file.case),
        names_a_statement=remedy.leads_to_a_statement(file.case),
        fewest_reasons=FEWEST_REASONS,
        deciding=deciding_on,
        gaps=worksheets.by_question(deciding_on.lacks) if deciding_on else {},
        saved=_saved_texts(serving.journal, person, file) if decides else [],
        unsent=deciding.texts_of(answer) if answer is not None and not decides else [],
        needs_worksheet=needs_worksheet(file.case),
        parts=worksheets.PARTS,
        plain=plain,
        grounds=history.INADMISSIBLE,
        platform=platform_of(serving, person).name,
        wrong=wrong,
        sent_step=sent_step,
    )


def _saved_texts(journal: Journal, person: Person, file: File) -> list[Saved]:
    """Those that fit this case."""
    named = wording.clauses_of(journal, file.id)
    return saved_texts.fitting(saved_texts.every(journal, person), named)


def _count(request: Request, name: str) -> int:
    """How many went along with the step before, or did not; only shown."""
    given = request.query_params.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= len("100") else 0


def _correction(request: Request, file: File) -> Worded | None:
    """What the statement says that took the place of this one, as a reviewer reads it."""
    if not file.case.corrected_by:
        return None
    new = casework.read(request.app.state.serving.journal, UUID(file.case.corrected_by))
    return worded(request, new.log_entries[0])


def _other_side(request: Request, case_id: UUID) -> dict[str, Any]:
    """Another case of the same matter, as a reviewer reads it beside this one."""
    file = casework.read(request.app.state.serving.journal, case_id)
    translate = catalogue(language_of(request)).gettext
    supplied = file.find(ContentSupplied)
    return {
        "number": str(file.id),
        "is_report": not file.public,
        "history": history.lines(file.entries, translate, "desk"),
        "content": supplied.content if supplied else None,
        "d": worded(request, file.log_entries[0]) if file.public else None,
    }
