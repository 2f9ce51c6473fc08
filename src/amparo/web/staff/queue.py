"""The queue of a desk: who waits, found and sorted, and the way from one case to the next."""

# SPDX-License-Identifier: Apache-2.0

from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case.machines import UNDECIDED
from amparo.case.roles import kept_from
from amparo.errors import Missing
from amparo.ledger.case import casework, danger, desk_search, desks, marks, people, untold
from amparo.ledger.case.desk_search import Looked
from amparo.ledger.case.people import Person
from amparo.record import vocabulary as words
from amparo.storage.journal import Journal
from amparo.web.http import forms
from amparo.web.http.state import Serving
from amparo.web.staff import lists, notices
from amparo.web.staff.desk import case_at, person_here, platform_of, signed_in
from amparo.web.staff.lists import NOTICES, List
from amparo.web.words.pages import page

_MOST_TRIED = 10
"""Cases of a list that are looked at for the next: whoever may not decide one goes past it."""


async def queue(request: Request) -> Response:
    """GET /desk: the queue of cases, by clock and by harm, or as it is asked for."""
    person = person_here(request)
    if person is None:
        return RedirectResponse("/desk/sign-in", 303)
    serving: Serving = request.app.state.serving
    query = request.query_params
    asked, at = lists.of(query), _page_number(query.get("page", ""))
    if (whole := _whole_number(serving.journal, person, asked.find)) is not None:
        return RedirectResponse(f"/desk/case/{whole}", 303)
    of_reports = asked.state == NOTICES
    after = query.get("after", "")
    looked = await _looked(request, person, asked, at) if not of_reports else _NONE
    reported = notices.waiting(serving.journal, person.desk, after) if of_reports else []
    return page(
        request,
        "desk_queue.html",
        person=person,
        asked=asked,
        along=urlencode({"list": asked.query()}),
        found=looked.found,
        partly=looked.partly,
        ticks=asked.state in UNDECIDED,
        most_looked_through=desk_search.MOST_LOOKED_THROUGH,
        reported=reported,
        endangered=notices.of_danger(serving, person.desk),
        most_of_danger=danger.MOST_SHOWN,
        marks=marks.of(
            serving.journal, [row.case for row in looked.found] + [row.case for row in reported]
        ),
        counts=desks.counts(serving.journal, person.desk),
        untold=untold.of(serving.journal, person.desk),
        colleagues={
            colleague.id: colleague.name for colleague in people.every(serving.journal, person.desk)
        },
        platform=platform_of(serving, person).name,
        categories=words.CATEGORY,
        more=_more(asked, looked, at) if not of_reports else notices.more(reported),
        now=casework.now(),
        most=desks.MOST_COUNTED,
    )


async def next_case(request: Request) -> Response:
    """GET /desk/next: on to the next case of a list, as it stands when it is asked for."""
    person = signed_in(request)
    serving: Serving = request.app.state.serving
    asked = lists.taken_along(request.query_params)
    after = _number(request.query_params.get("after", "")) or UUID(int=0)
    key = f"next {person.id} {after} {asked}"
    job = partial(_next, person=person, asked=asked, after=after)
    found = await serving.lists.read(request, key, job)
    if found is None:
        return RedirectResponse(f"/desk?{asked.query()}" if asked else "/desk", 303)
    along = "" if asked is None else f"?{urlencode({'list': asked.query()})}"
    return RedirectResponse(f"/desk/case/{found}{along}", 303)


def routes() -> list[Route]:
    """The queue's addresses."""
    return [
        Route("/desk", queue, methods=["GET"]),
        Route("/desk/next", next_case, methods=["GET"]),
    ]


_NONE = Looked([], more=False, partly=False)


async def _looked(request: Request, person: Person, asked: List, at: int) -> Looked:
    """A page of a list: of one with an index at once, of another on the thread that reads lists."""
    serving: Serving = request.app.state.serving
    if not asked.is_looked_through:
        after = _place(request.query_params.get("after", ""))
        found = desks.queue(
            serving.journal, person.desk, asked.filter(person.id)._replace(after=after)
        )
        return Looked(found, more=len(found) == desks.PAGE, partly=False)
    job = partial(_look_through, person=person, asked=asked, at=at)
    return await serving.lists.read(request, f"desk {person.id} {at} {asked}", job)


def _look_through(journal: Journal, person: Person, asked: List, at: int) -> Looked:
    return desk_search.look_through(
        journal,
        person.desk,
        asked.filter(person.id),
        words=asked.find,
        sort=asked.sort,
        page=at,
    )


def _next(journal: Journal, person: Person, asked: List | None, after: UUID) -> UUID | None:
    """Danger before everything else, then the list, then whatever waits for this person."""
    danger_first = desks.next_of_danger(journal, person.desk, person.id, after=after)
    if danger_first is not None or asked is None or asked.state not in UNDECIDED:
        return danger_first or desks.next_case(journal, person.desk, person.id, after=after)
    if asked.is_looked_through:
        rows = _look_through(journal, person, asked, 1).found
    else:
        rows = desks.queue(journal, person.desk, asked.filter(person.id))
    free = [row.case for row in rows if row.case != after and row.reviewer in (0, person.id)]
    for case in free[:_MOST_TRIED]:
        if not kept_from(casework.read(journal, case).case, person.reviewer):
            return case
    return desks.next_case(journal, person.desk, person.id, after=after)


def _whole_number(journal: Journal, person: Person, find: str) -> UUID | None:
    """The case of this desk whose whole number somebody looks for."""
    number = _number(find)
    if number is None:
        return None
    try:
        return case_at(journal, person, str(number)).id
    except Missing:
        return None


def _number(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None


def _place(after: str) -> tuple[int, int, bytes] | None:
    """Where the page before ended, as its link names it."""
    due, _, rest = after.partition(".")
    harm, _, case = rest.partition(".")
    number, clock, gravity = _number(case), forms.whole_number(due), forms.whole_number(harm)
    if number is None or clock is None or gravity is None:
        return None
    return clock, gravity, number.bytes


def _page_number(given: str) -> int:
    return min(forms.whole_number(given) or 1, desk_search.MOST_PAGES)


def _more(asked: List, looked: Looked, at: int) -> str | None:
    """The query of the page after; None where there is none."""
    if not looked.more:
        return None
    last = looked.found[-1]
    place = {"page": at + 1} if asked.is_looked_through else {"after": _named(last)}
    return "&".join(filter(None, (asked.query(), urlencode(place))))


def _named(last: desks.Waiting) -> str:
    return f"{last.due}.{last.harm}.{last.case}"
