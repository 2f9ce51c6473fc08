"""The pages of an organisation that complains for people under a mandate (DSA Article 86).

It reads the cases of those who have agreed, while they have, and no other; it files and adds, and
takes no step that ends something of theirs.
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case import deadlines, mandate
from amparo.case.events import ComplaintAsked, MandateUsed
from amparo.case.machines import OPEN, UNDECIDED
from amparo.case.standing import standing
from amparo.errors import AmparoError, Denied, Malformed, Missing, Mistakes, Refused, got
from amparo.ledger.case import casework, evidence, idempotency, mandates
from amparo.ledger.case.casework import File
from amparo.ledger.case.mandates import Filed, MandateRecord, Represented
from amparo.ledger.case.people import Person
from amparo.ledger.log import platforms
from amparo.ledger.log.platforms import Platform
from amparo.record import vocabulary as words
from amparo.storage.blobs import evidence_of
from amparo.storage.journal import Journal
from amparo.web.http import case_files, form_tokens, forms
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.public.decision import worded
from amparo.web.staff import sign_in
from amparo.web.words import history
from amparo.web.words.decision import N_, Translate, done
from amparo.web.words.i18n import catalogue
from amparo.web.words.pages import language_of, page

MOST_FIELDS = 20 + mandate.MOST_TOGETHER
OF = {
    "person": N_("People whom a decision of the platform is about"),
    "notifier": N_("People who reported something to the platform"),
}
"""For whom a mandate can be."""


async def every(request: Request) -> Response:
    """GET /mandates: the mandates of one's organisation, and a new one."""
    person = _person(request)
    if person is None:
        return RedirectResponse("/desk/sign-in", 303)
    return _list(request, person)


async def show_new(request: Request) -> Response:
    """POST /mandates: show a mandate."""
    forms.check_same_origin(request)
    person = _signed_in(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=10) as form:
        try:
            serving.check_space()
            digest = await form_tokens.digest(request, form)
            job = partial(_show_new, person=person, form=form)
            done = await serving.work(lambda journal: idempotency.once(journal, digest, job))
        except AmparoError as error:
            return _list(request, person, forms.problem(error, form), forms.several(form, "of"))
    return RedirectResponse(f"/mandates/{done.case}", 303)


async def show(request: Request) -> Response:
    """GET /mandates/{uuid}: a mandate, who has agreed to it, and where each of them stands."""
    person, record = own(request)
    return await _page(request, person, record)


async def complain(request: Request) -> Response:
    """POST /mandates/{uuid}/complaint: file one complaint for several people."""
    forms.check_same_origin(request)
    person, record = own(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_files=evidence.MOST_FILES, max_fields=MOST_FIELDS) as form:
        try:
            serving.check_space()
            uploads = await forms.files(form, "files")
            digest = await form_tokens.digest(request, form)
            job = partial(_file, serving=serving, person=person, record=record, form=form)
            filed = await serving.work(lambda journal: job(journal, uploads=uploads, digest=digest))
        except AmparoError as error:
            ticked = forms.several(form, "cases")
            return await _page(request, person, record, forms.problem(error, form), ticked=ticked)
    if filed is None:
        return RedirectResponse(f"/mandates/{record.mandate.number}?again=1", 303)
    return await _page(request, person, record, filed=filed)


async def end(request: Request) -> Response:
    """POST /mandates/{uuid}/end: end a mandate before its last day."""
    forms.check_same_origin(request)
    person, record = own(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=4) as form:
        try:
            await serving.work(
                lambda journal: mandates.end(
                    journal,
                    UUID(record.mandate.number),
                    person,
                    reasons=forms.text(form, "reasons"),
                    now=casework.now(),
                )
            )
        except AmparoError as error:
            return await _page(request, person, record, forms.problem(error, form))
    return RedirectResponse(f"/mandates/{record.mandate.number}", 303)


async def case(request: Request) -> Response:
    """GET /mandates/case/{uuid}: a case of somebody who has agreed, as they read it."""
    person, file, _ = _case(request)
    return _case_page(request, person, file)


async def case_file(request: Request) -> Response:
    """GET /mandates/case/{uuid}/case-file: all that somebody's own page shows, as one file."""
    _, file, role = _case(request)
    return await case_files.download(request, file, role)  # type: ignore[arg-type]  # a party


async def add(request: Request) -> Response:
    """POST /mandates/case/{uuid}/add: add to somebody's complaint, or answer for them."""
    forms.check_same_origin(request)
    person, file, _ = _case(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=4) as form:
        try:
            serving.check_space()
            digest = await form_tokens.digest(request, form)

            def job(journal: Journal) -> UUID:
                text = forms.text(form, "grounds")
                mandates.add(journal, file.id, person, text=text, now=casework.now())
                return file.id

            await serving.work(lambda journal: idempotency.once(journal, digest, job))
        except AmparoError as error:
            person, file, _ = _case(request)
            return _case_page(request, person, file, forms.problem(error, form, text="grounds"))
    return RedirectResponse(f"/mandates/case/{file.id}", 303)


def routes() -> list[Route]:
    """The addresses of an organisation that speaks for people."""
    return [
        Route("/mandates", every, methods=["GET"]),
        Route("/mandates", show_new, methods=["POST"]),
        Route("/mandates/{uuid}", show, methods=["GET"]),
        Route("/mandates/{uuid}/complaint", complain, methods=["POST"]),
        Route("/mandates/{uuid}/end", end, methods=["POST"]),
        Route("/mandates/case/{uuid}", case, methods=["GET"]),
        Route("/mandates/case/{uuid}/case-file", case_file, methods=["GET"]),
        Route("/mandates/case/{uuid}/add", add, methods=["POST"]),
    ]


# --- who is here ------------------------------------------------------------------------------


def _person(request: Request) -> Person | None:
    found = sign_in.person_of(request)
    return found if found is not None and found.body else None


def _signed_in(request: Request) -> Person:
    person = _person(request)
    if person is None:
        raise sign_in.not_signed_in()
    return person


def own(request: Request) -> tuple[Person, MandateRecord]:
    """Who is here, and the mandate of their organisation that the address names."""
    person = _signed_in(request)
    serving: Serving = request.app.state.serving
    return person, mandates.own(serving.journal, person, number_in(request), casework.now())


def _case(request: Request) -> tuple[Person, File, str]:
    """A case of somebody who has asked this organisation to speak, and which side they are."""
    person = _signed_in(request)
    serving: Serving = request.app.state.serving
    file, _ = mandates.case_of(serving.journal, person, number_in(request), casework.now())
    return person, file, file.case.represented_as


def number_in(request: Request, of: str = "uuid") -> UUID:
    """The number in an address; one that is none is told no more than a missing page."""
    try:
        return UUID(request.path_params[of])
    except ValueError:
        raise Missing(N_("There is nothing at this address."), why="", fix="") from None


# --- what was sent ----------------------------------------------------------------------------


def _show_new(journal: Journal, *, person: Person, form: FormData) -> UUID:
    """Show a mandate as a form says it; all that is wrong with it is said at once."""
    now, mistakes = casework.now(), Mistakes()
    text, of = forms.text(form, "text"), forms.several(form, "of")
    with mistakes.of("platform"):
        platform = _chosen(journal, forms.text(form, "platform"))
    with mistakes.of():
        mandate.check_parties(of)
    with mistakes.of():
        mandate.check_covers(text)
    with mistakes.of("until"):
        until = _last_day(forms.text(form, "until"))
        mandate.check_last_day(until, now)
    mistakes.end()
    return mandates.show(journal, platform, person, text=text, of=of, until=until, now=now)


def _chosen(journal: Journal, slug: str) -> Platform:
    found = next((known for known in platforms.every(journal) if known.slug == slug), None)
    if found is None:
        raise Malformed(
            N_("Choose a platform."),
            why=got(slug),
            fix=N_("Choose in the list."),
        )
    return found


def _last_day(given: str) -> datetime:
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise Malformed(
            N_("That is no day."),
            why=got(given),
            fix=N_("Write it as 2025-07-01."),
        ) from None
    return deadlines.end_of(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _file(
    journal: Journal,
    *,
    serving: Serving,
    person: Person,
    record: MandateRecord,
    form: FormData,
    uploads: list[forms.Attached],
    digest: bytes,
) -> Filed | None:
    """What was filed; None where this very form was taken before."""
    if idempotency.find(journal, digest) is not None:
        return None
    store = evidence_of(serving.node)
    cases = [case_number(name) for name in forms.several(form, "cases")]
    files = evidence.put_each(store, uploads)
    number = UUID(record.mandate.number)
    filed: list[Filed] = []

    def job(journal: Journal) -> UUID:
        grounds = forms.text(form, "grounds")
        file = partial(mandates.file_for, journal, serving.secret, number, person, cases)
        filed.append(file(grounds=grounds, files=files, now=casework.now()))
        return number

    try:
        idempotency.once(journal, digest, job)
    except (Denied, Malformed, Missing, Refused):
        evidence.drop(store, files)
        raise
    if not filed:  # by now another process has taken the other half of a double click
        evidence.drop(store, files)
    return next(iter(filed), None)


def case_number(name: str) -> UUID:
    """The number of a case as a form has it."""
    try:
        return UUID(name)
    except ValueError:
        raise Malformed(
            N_("That is no number of a case."),
            why=got(name),
            fix=N_("Choose in the list."),
        ) from None


# --- pages ------------------------------------------------------------------------------------


def _list(
    request: Request, person: Person, wrong: Problem | None = None, of: list[str] | None = None
) -> Response:
    serving: Serving = request.app.state.serving
    found = platforms.every(serving.journal)
    return page(
        request,
        "mandates.html",
        status=wrong.status if wrong else 200,
        person=person,
        found=mandates.of_body(serving.journal, person.body, casework.now()),
        names={platform.id: platform.name for platform in found},
        platforms=found,
        parties=OF,
        of=of or [],
        longest=mandate.LONGEST,
        wrong=wrong,
    )


async def _page(
    request: Request,
    person: Person,
    record: MandateRecord,
    wrong: Problem | None = None,
    *,
    ticked: list[str] | None = None,
    filed: Filed | None = None,
) -> Response:
    serving: Serving = request.app.state.serving
    number = UUID(record.mandate.number)
    after = list_after(request)

    def job(journal: Journal) -> list[Represented]:
        files = mandates.represented(journal, number, after)
        return mandates.standing(files, now=casework.now())

    # On the thread that reads what grows: each of them may have said as much as a case holds.
    rows = await serving.lists.read(request, f"mandate {number} {after.hex()}", job)
    own = casework.read(serving.journal, number)
    translate = catalogue(language_of(request)).gettext
    return page(
        request,
        "mandate.html",
        status=wrong.status if wrong else 200,
        person=person,
        record=record,
        number=record.mandate.number,
        platform=platform_name(serving, record.platform),
        parties=OF,
        rows=[_row(found, translate) for found in rows],
        after=str(UUID(bytes=after)) if after else "",
        more=str(rows[-1].file.id) if len(rows) == mandates.PAGE else None,
        joint=[event for event in own.events if isinstance(event, MandateUsed)],
        standing=standing("decision", own.case.decision),
        categories=words.CATEGORY,
        ticked=ticked or [],
        filed=filed,
        was_again=request.query_params.get("again") == "1",
        most=mandate.MOST_TOGETHER,
        most_mb=evidence.MOST_BYTES // 1024 // 1024,
        most_files=evidence.MOST_FILES,
        wrong=wrong,
    )


def _row(found: Represented, translate: Translate) -> dict[str, Any]:
    """Somebody in the list: what it is about, and where they stand."""
    file = found.file
    ends = {clock.name: clock.end for clock in history.running(file.case)}
    return {
        "number": str(file.id),
        "done": [text for text, _ in done(file.public, {}, translate)],
        "category": next(iter(sorted(file.case.categories)), ""),
        "why_not": found.why_not,
        "standing": standing("complaint", file.case.complaint),
        "outcome": history.OUTCOMES.get(file.case.outcome),
        "due": ends.get("C06"),
        "asks": file.case.asked == file.case.represented_as and file.case.complaint in OPEN,
        "filing": file.case.filing,
    }


def _case_page(
    request: Request, person: Person, file: File, wrong: Problem | None = None
) -> Response:
    serving: Serving = request.app.state.serving
    translate = catalogue(language_of(request)).gettext
    asked = file.case.asked == file.case.represented_as and file.case.complaint in OPEN
    return page(
        request,
        "mandate_case.html",
        status=wrong.status if wrong else 200,
        person=person,
        case=file.case,
        number=str(file.id),
        platform=platform_name(serving, file.platform),
        d=worded(request, file.log_entries[0]) if file.public else None,
        history=history.lines(file.entries, translate, "party"),
        running=history.running(file.case),
        standing=standing("complaint", file.case.complaint),
        outcome=history.OUTCOMES.get(file.case.outcome),
        question=file.last(ComplaintAsked).question if asked else None,
        can_add=file.case.complaint in UNDECIDED
        and file.case.complainant == file.case.represented_as,
        wrong=wrong,
    )


def platform_name(serving: Serving, platform: int) -> str:
    """The name of a platform, whether or not it has left."""
    found = platforms.every(serving.journal)
    return next(known.name for known in found if known.id == platform)


def list_after(request: Request) -> bytes:
    """After which case a list goes on, as its address says."""
    try:
        return UUID(request.query_params.get("after", "")).bytes
    except ValueError:
        return b""
