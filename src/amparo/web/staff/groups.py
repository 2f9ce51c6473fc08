"""Rulings on groups: chosen, looked at before anything is decided, made, and taken back.

A lead says what the cases have in common; the page shows whom a ruling would reach and what they
would read, and apart from them whoever needs a look of their own. Those are taken along only where
they are ticked, and a ruling takes nothing that the page did not show before: where the choice was
changed since, its cases are shown first.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case import goodwill, selection
from amparo.case.events import ComplaintFiled, NoticeReceived
from amparo.case.roles import check_lead
from amparo.case.selection import EVERY_APART, ONE_BY_ONE, Apart, Choice, Taken, never_taken
from amparo.errors import AmparoError, Malformed, Missing, Refused, Text, got
from amparo.ledger.case import casework, idempotency, rulings, saved_texts
from amparo.ledger.case import groups as found_groups
from amparo.ledger.case.groups import Found
from amparo.ledger.case.people import Person
from amparo.record import vocabulary
from amparo.storage.journal import Journal
from amparo.web.http import form_tokens, forms
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.staff.desk import platform_of, signed_in
from amparo.web.words import history, letters
from amparo.web.words.decision import N_
from amparo.web.words.i18n import languages, localise
from amparo.web.words.pages import language_of, page

PAGE = 50
LINE = 200
MOST_SINGLE = 100
"""Cases that one ruling takes along one by one."""
MOST_FIELDS = 60 + 2 * MOST_SINGLE
"""Of the form."""
LONGEST_LIST = 400_000
"""Characters of a list of numbers."""
SAMPLES = 3
LONGEST_SAMPLE = 600
KINDS = {
    "decision": N_("Complaints about a decision"),
    "report": N_("Complaints about what became of a report"),
    "suspension": N_("Complaints about a suspension"),
}
RESTRICTIONS = {
    "account": N_("An account was suspended or closed"),
    "visibility": N_("Content was removed, hidden or labelled"),
    "monetary": N_("Money was stopped"),
    "provision": N_("The service was stopped"),
}


DETECTION = {
    "Yes": N_("A machine found it"),
    "No": N_("Not a machine"),
}


class Shown(NamedTuple):
    """A case in the preview."""

    number: str
    day: str
    category: str
    language: str
    why: tuple[Apart, ...]
    text: str
    """What the person wrote; of samples alone."""


class Preview(NamedTuple):
    """What a ruling would reach, as a page shows it."""

    number: int
    """Cases that it would decide, with those that are ticked."""
    apart: Mapping[Apart, int]
    """How many are set apart for what; one can be for several things."""
    set_apart: int
    languages: Mapping[str, int]
    rows: list[Shown]
    singles: list[Shown]
    """Those that are taken one by one or not at all, as far as a page goes."""
    samples: list[Shown]
    page: int
    pages: int
    size: int
    shown: str
    """By what it is known again: the digest of the choice and the ticks that it was made for."""
    absent: int
    """How many of the cases that were named are none of these: what a ruling does not reach."""


async def groups(request: Request) -> Response:
    """GET /desk/groups: rulings for many cases, and a new one; with a choice, its cases.

    Anybody at the desk may look; only a lead rules.
    """
    person = signed_in(request)
    typed = _of_address(request.query_params)
    if not typed:
        return _page(request, person, typed=typed)
    form = FormData(list(typed.items()))
    try:
        preview = await _preview(request, person, form)
    except AmparoError as error:
        return _page(request, person, wrong=forms.problem(error, form))
    return _page(request, person, typed=typed, preview=preview)


async def rule(request: Request) -> Response:
    """POST /desk/groups: begin a ruling on a group; without `really` it is only shown."""
    forms.check_same_origin(request)
    person = signed_in(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=MOST_FIELDS) as form:
        try:
            check_lead(person.reviewer.actor)
            if chosen := forms.text(form, "insert"):
                number, typed = forms.whole_number(chosen) or 0, forms.text(form, "reasons")
                put = saved_texts.put_after(serving.journal, person, number, typed)
                return await _as_it_was(request, person, form, reasons=put)
            if forms.text(form, "really") != "yes":
                preview = await _preview(request, person, form)
                return _page(request, person, preview=preview, typed=_typed(form))
            digest = await form_tokens.digest(request, form)
            if idempotency.find(serving.journal, digest) is None:
                cases = await cases_of(request, person, form)
                begin = partial(_begin, person=person, form=form, cases=cases)
                await serving.work(lambda journal: idempotency.once(journal, digest, begin))
        except AmparoError as error:
            return await shown_again(request, person, form, error)
    return RedirectResponse("/desk/groups", 303)


async def undo(request: Request) -> Response:
    """POST /desk/groups/{number}/undo: begin to take a group ruling back."""
    forms.check_same_origin(request)
    person = signed_in(request)
    serving: Serving = request.app.state.serving
    ruling = rulings.find(serving.journal, int(request.path_params["number"]))
    if ruling.platform != person.desk:
        raise Missing(N_("There is nothing at this address."), why="", fix="")
    async with forms.read(request, max_fields=4) as form:
        try:
            await serving.work(
                lambda journal: rulings.begin_undo(
                    journal,
                    ruling,
                    reviewer=person.reviewer,
                    reasons=forms.text(form, "reasons"),
                    now=casework.now(),
                )
            )
        except AmparoError as error:
            wrong = forms.problem(error, form)
            return _page(request, person, wrong=wrong, undone=ruling.id)
    return RedirectResponse("/desk/groups", 303)


def routes() -> list[Route]:
    """The addresses of group rulings."""
    return [
        Route("/desk/groups", groups, methods=["GET"]),
        Route("/desk/groups", rule, methods=["POST"]),
        Route("/desk/groups/{number:int}/undo", undo, methods=["POST"]),
    ]


# --- what was typed ---------------------------------------------------------------------------

_CHOICE = (
    *("kind", "clause", "category", "source", "detection", "restriction", "language", "wave"),
    *("decided_from", "decided_to", "filed_from", "filed_to"),
)
_FIELDS = frozenset({*_CHOICE, "first", "last", "numbers_list", "whom", "reasons_language"})
"""What an address may fill in: the choice, never the ruling."""


def _of_address(query: QueryParams) -> dict[str, Any]:
    """What an address fills in; numbers may be in it one by one, as the queue's ticks are."""
    typed = {name: value[:LINE] for name, value in query.items() if name in _FIELDS}
    if "numbers_list" in typed:
        typed["numbers_list"] = "\n".join(query.getlist("numbers_list"))[:LONGEST_LIST]
    return typed


def choice_of(form: FormData) -> Choice:
    """What the form says that the cases have in common."""
    values = {name: forms.text(form, name) for name in _CHOICE}
    numbers = forms.text(form, "numbers_list", LONGEST_LIST)
    return Choice(
        **values,
        first=_entry(form, "first"),
        last=_entry(form, "last"),
        numbers=tuple(dict.fromkeys(_number(line) for line in numbers.split())),
    )


def numbers_of(text: str) -> list[UUID]:
    """Cases by their numbers, or by the addresses of their pages, one below the other."""
    try:
        return list(dict.fromkeys(UUID(_number(line)) for line in text.split()))
    except ValueError:
        raise Malformed(
            N_("That is no number of a case."),
            why=got(text),
            fix=N_("Write the numbers one below the other, as they stand on the cases' pages."),
        ) from None


def _number(line: str) -> str:
    """A case's number, also where somebody has copied the address of its page."""
    return next((part for part in line.rstrip(",;").split("/") if part.count("-") == 4), line)


def _entry(form: FormData, name: str) -> int | None:
    text = forms.text(form, name)
    if not text:
        return None
    if (number := forms.whole_number(text)) is None:
        raise Malformed(
            N_("That is no entry of the log."),
            why=Text("got {given}", given=f"{name}={text!r}"[:76]),
            fix=N_("Write its number, as the answer to a submission or an import says it."),
            field=name,
        )
    return number


def _unheard(form: FormData) -> bool:
    return forms.text(form, "whom") == "unheard"


def _reasons_language(request: Request, form: FormData) -> str:
    given = forms.text(form, "reasons_language")
    return given if given in languages() else language_of(request)


def _taken(form: FormData) -> Taken:
    kinds = frozenset(name for name in EVERY_APART if name in forms.several(form, "along"))
    return Taken(kinds, frozenset(forms.several(form, "single")), _unheard(form))


def _reach(request: Request, form: FormData) -> str:
    """The digest of all that says whom a ruling would reach, as the form has it now."""
    kinds, numbers, _ = _taken(form)
    whom = [_whom(form), _reasons_language(request, form), sorted(kinds), sorted(numbers)]
    return hashlib.sha256(msgspec.json.encode([choice_of(form), *whom])).hexdigest()


def _typed(form: FormData) -> dict[str, Any]:
    typed: dict[str, Any] = {k: v for k, v in form.items() if isinstance(v, str)}
    several = {name: forms.several(form, name) for name in ("steps", "along", "single")}
    return typed | several


# --- what a ruling would reach ----------------------------------------------------------------


def _find(journal: Journal, person: Person, choice: Choice, language: str, whom: str) -> Found:
    search = found_groups.find_unheard if whom == "unheard" else found_groups.find
    return search(journal, person.desk, choice, language=language)


async def cases_of(
    request: Request, person: Person, form: FormData
) -> dict[UUID, tuple[Apart, ...]]:
    """The cases that the page has shown, less what has moved since: to rule on, or to lead.

    `Refused` where the form says otherwise by now whom it means: nobody has seen those cases.
    """
    serving: Serving = request.app.state.serving
    if _reach(request, form) != forms.text(form, "shown"):
        raise Refused(
            N_("Nothing was done: these are not the cases that you were shown."),
            why=N_("the choice, the language of the reasons, or a tick was changed since"),
            fix=N_("Look at the cases as they are shown now, and press the button once more."),
        )
    choice, language, whom = choice_of(form), _reasons_language(request, form), _whom(form)
    size, ticked = _entry(form, "size"), _taken(form)

    def job(journal: Journal) -> dict[UUID, tuple[Apart, ...]]:
        found = _find(journal, person, choice, language, whom)
        return found_groups.taken(journal, found, ticked, size=size or 0)

    return await serving.lists.read(request, f"ruling {_key(person, form)}", job)


async def shown_again(
    request: Request, person: Person, form: FormData, error: AmparoError
) -> Response:
    """The preview as it was, beside what was wrong with a form that was sent from it."""
    wrong = forms.problem(error, form)
    try:
        preview = await _preview(request, person, form)
    except AmparoError:
        return _page(request, person, wrong=wrong, typed=_typed(form))
    return _page(request, person, preview=preview, wrong=wrong, typed=_typed(form))


async def _as_it_was(request: Request, person: Person, form: FormData, *, reasons: str) -> Response:
    """The page that a form was sent from, and its preview, with other reasons in it."""
    typed = _typed(form) | {"reasons": reasons}
    preview = await _preview(request, person, form) if forms.text(form, "size") else None
    return _page(request, person, preview=preview, typed=typed)


async def _preview(request: Request, person: Person, form: FormData) -> Preview:
    serving: Serving = request.app.state.serving
    choice, language, whom = choice_of(form), _reasons_language(request, form), _whom(form)
    ticked, at = _taken(form), _entry(form, "page") or 1
    shown = _reach(request, form)

    def job(journal: Journal) -> Preview:
        found = _find(journal, person, choice, language, whom)
        absent = len({*map(UUID, choice.numbers)} - {*found.group, *found.apart})
        return _shown(journal, found, ticked, at)._replace(shown=shown, absent=absent)

    return await serving.lists.read(request, f"preview {_key(person, form)}", job)


def _whom(form: FormData) -> str:
    return "unheard" if _unheard(form) else "complaints"


def _key(person: Person, form: FormData) -> str:
    """The same only for the same person who typed the same."""
    return f"{person.id} {sorted((k, v) for k, v in form.multi_items() if isinstance(v, str))}"


def _shown(journal: Journal, found: Found, ticked: Taken, at: int) -> Preview:
    along = [n for n, why in found.apart.items() if selection.is_taken(str(n), why, ticked)]
    reached = [*found.group, *along]
    pages = max(1, -(-len(reached) // PAGE))
    at = min(max(1, at), pages)
    alone = never_taken(unheard=ticked.unheard)
    singly = [n for n, why in found.apart.items() if ONE_BY_ONE & set(why) and not alone & set(why)]
    singly.sort(key=lambda number: str(number) not in ticked.numbers)  # what is ticked stays there
    every = len(reached)
    samples = sorted({0, every // 2, every - 1})[:SAMPLES] if every else []
    read = partial(_case, journal, found)
    return Preview(
        number=every,
        apart=Counter(reason for why in found.apart.values() for reason in why),
        set_apart=len(found.apart),
        languages=found.languages,
        rows=[read(number) for number in reached[(at - 1) * PAGE : at * PAGE]],
        singles=[read(number) for number in singly[:MOST_SINGLE]],
        samples=[read(reached[n]) for n in samples],
        page=at,
        pages=pages,
        size=found.size,
        shown="",
        absent=0,
    )


def _case(journal: Journal, found: Found, number: UUID) -> Shown:
    file = casework.read(journal, number)
    filed, notice = file.find(ComplaintFiled), file.find(NoticeReceived)
    category = file.public.get("category") or (notice.category if notice else "") or ""
    text = filed.grounds if filed else ""
    return Shown(
        str(number),
        f"{(file.case.filed_at or file.entries[0].at):%Y-%m-%d}",
        str(category),
        str(file.public.get("content_language") or "").lower(),
        found.apart.get(number, ()),
        text if len(text) <= LONGEST_SAMPLE else f"{text[:LONGEST_SAMPLE]}…",
    )


def _begin(
    journal: Journal, *, person: Person, form: FormData, cases: Mapping[UUID, tuple[Apart, ...]]
) -> None:
    rulings.begin(
        journal,
        person.desk,
        cases,
        reviewer=person.reviewer,
        outcome=forms.text(form, "outcome"),  # type: ignore[arg-type]  # checked inside
        reasons=forms.text(form, "reasons"),
        steps=forms.several(form, "steps"),
        chosen=msgspec.json.encode(choice_of(form)).decode(),
        language=forms.text(form, "reasons_language"),
        unheard=_unheard(form),
        now=casework.now(),
    )


# --- the page ---------------------------------------------------------------------------------


def _page(
    request: Request,
    person: Person,
    *,
    preview: Preview | None = None,
    typed: dict[str, Any] | None = None,
    wrong: Problem | None = None,
    undone: int = 0,
) -> Response:
    """The page; `undone`: the ruling that was to be taken back, beside what was wrong with that."""
    serving: Serving = request.app.state.serving
    typed = typed if typed is not None else dict(wrong.typed) if wrong else {}
    typed.setdefault("reasons_language", language_of(request))
    platform = platform_of(serving, person).name
    newest = rulings.newest(serving.journal, person.desk)
    return page(
        request,
        "desk_groups.html",
        status=wrong.status if wrong else 200,
        person=person,
        preview=preview,
        letters=_letters(preview, typed, platform),
        chosen=urlencode({k: v for k, v in typed.items() if k in _FIELDS and v}),
        typed=typed,
        wrong=wrong,
        undone=undone,
        rulings=newest,
        saved=saved_texts.every(serving.journal, person),
        left={
            ruling.id: rulings.left(serving.journal, ruling) for ruling in newest if ruling.passed
        },
        outcomes=history.OUTCOMES,
        in_favour=goodwill.IN_FAVOUR,
        steps=history.STEPS,
        categories=vocabulary.CATEGORY,
        sources=vocabulary.SOURCE_TYPE,
        kinds=KINDS,
        detection=DETECTION,
        restrictions=RESTRICTIONS,
        reasons_apart=selection.WHY,
        one_by_one=ONE_BY_ONE,
        alone=never_taken(unheard=typed.get("whom") == "unheard"),
        every_language=languages(),
        now=casework.now(),
        platform=platform,
    )


def _letters(
    preview: Preview | None, typed: Mapping[str, Any], platform: str
) -> list[tuple[str, str, str]]:
    """(Language, subject, text) of the mail that each person gets, as it leaves."""
    if preview is None or not preview.number:
        return []
    unheard = typed.get("whom") == "unheard"
    text = letters.words("decision_reversed" if unheard else "complaint_decided", platform)
    return [(code, localise(text.subject, code), localise(text.text, code)) for code in languages()]
