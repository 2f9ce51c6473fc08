"""Searching the decisions of the record by what is public of them: a page, a table, a feed.

An address is the whole question, so a link lasts. Nothing is found here that the log does not show;
who was decided about is in no leaf.
"""

# SPDX-License-Identifier: Apache-2.0

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.errors import Malformed, Text
from amparo.ledger.log import platforms, search
from amparo.ledger.log.platforms import Platform
from amparo.ledger.log.search import FACETS, MOST_COUNTED, Asked, Found
from amparo.observatory.csv_safe import inert
from amparo.record import event
from amparo.record import vocabulary as words
from amparo.record.event import DecisionIssued
from amparo.storage.journal import Journal, LogEntry
from amparo.web.http.state import Serving
from amparo.web.words import decision
from amparo.web.words.decision import N_
from amparo.web.words.i18n import catalogue
from amparo.web.words.pages import language_of, page, rendered

PAGE = 20
A_FEED = 50
A_FILE = 1_000
LABELS = {
    "restriction": N_("What was done"),
    "category": N_("Category"),
    "ground": N_("Ground"),
    "source": N_("What it followed"),
    "automated": N_("Who decided"),
    "detection": N_("Found by a machine"),
    "content": N_("Kind of content"),
}
"""Facet -> how the form calls it."""
ALWAYS_SHOWN = ("platform", "restriction")
"""What the form asks before anybody opens the rest of it."""
COLUMNS = (
    *("decision_visibility", "decision_monetary", "decision_provision", "decision_account"),
    *("account_type", "decision_ground", "category", "category_addition", "content_type"),
    *("source_type", "automated_detection", "automated_decision", "application_date"),
    *("content_date", "territorial_scope"),
)
"""What the table has of each decision, by the names of the EU's schema."""


class _Question(NamedTuple):
    """What an address asks for."""

    asked: Asked
    fields: dict[str, str]
    """The same as the form has it."""

    def address(self, path: str, **changes: str | int) -> str:
        """An address with the same question."""
        fields = {name: text for name, text in self.fields.items() if text}
        return f"{path}?{urlencode(fields | changes)}" if fields | changes else path


class _Listed(NamedTuple):
    uuid: str
    done: list[str]
    category: str
    by_machine: bool
    platform: str
    at: datetime
    demo: bool


async def decisions(request: Request) -> Response:
    """GET /search: decisions, the newest first, by platform, restriction, category and more."""
    question = _question(request)
    found = await _found(request, question, most=PAGE)
    by_slug = _by_slug(request.app.state.serving.journal)
    translate = catalogue(language_of(request)).gettext
    entries = found.entries
    return page(
        request,
        "search.html",
        found=found,
        listed=[_listed(entry, by_slug, translate) for entry in entries],
        fields=question.fields,
        narrowed=any(text for name, text in question.fields.items() if name not in ALWAYS_SHOWN),
        facets=FACETS,
        labels=LABELS,
        platforms=list(by_slug.values()),
        counted_up_to=MOST_COUNTED,
        in_a_file=A_FILE,
        older=question.address("/search", before=entries[-1].seq) if found.goes_on else "",
        newest=question.address("/search") if question.asked.before is not None else "",
        table=question.address("/search.csv"),
        feed=question.address("/search.atom"),
        goes_through=search.MOST_LOOKED_THROUGH,
    )


async def table(request: Request) -> Response:
    """GET /search.csv: the same as a table; `before` goes on where a file ended."""
    question = _question(request)
    serving: Serving = request.app.state.serving
    base = serving.base_url(request)

    def job(journal: Journal) -> tuple[str, int | None]:
        found = search.find(serving.node, journal, question.asked, most=A_FILE)
        last = found.entries[-1].seq if found.goes_on else None
        return table_of(found.entries, _by_slug(journal), base), last

    # A thousand rows are made where they are read: the loop has others to serve.
    text, last = await serving.searches.read(request, f"csv {question.asked} {base}", job)
    headers = {"content-disposition": 'attachment; filename="decisions.csv"'}
    if last is not None:
        headers["link"] = f'<{question.address("/search.csv", before=last)}>; rel="next"'
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


async def feed(request: Request) -> Response:
    """GET /search.atom: the newest of the same, as they come."""
    question = _question(request)
    found = await _found(request, question, most=A_FEED)
    by_slug = _by_slug(request.app.state.serving.journal)
    translate = catalogue(language_of(request)).gettext
    base = request.app.state.serving.base_url(request)
    listed = [_listed(entry, by_slug, translate) for entry in found.entries]
    body = rendered(
        "search.atom.xml",
        language_of(request),
        listed=listed,
        base=base,
        own=base + question.address("/search.atom"),
        shown=base + question.address("/search"),
        stamp=event.timestamp,
        updated=listed[0].at if listed else datetime.fromisoformat("2024-02-17T00:00:00+00:00"),
    )
    return Response(body, media_type="application/atom+xml; charset=utf-8")


def routes() -> list[Route]:
    """The search's addresses."""
    return [
        Route("/search", decisions, methods=["GET"]),
        Route("/search.csv", table, methods=["GET"]),
        Route("/search.atom", feed, methods=["GET"]),
    ]


def table_of(entries: Sequence[LogEntry], by_slug: dict[str, Platform], base: str) -> str:
    """Decisions as CSV, `base` being the node's address; `generated`: of a demonstration."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("entry", "uuid", "created_at", "platform_name", *COLUMNS, "generated", "url"))
    for entry in entries:
        leaf = _leaf(entry)
        platform = by_slug[leaf.by]
        row = (
            *(entry.seq, leaf.case, leaf.at, platform.name),
            *(_cell(leaf.public.get(name)) for name in COLUMNS),
            *("Yes" if platform.demo else "No", f"{base}/statement/{leaf.case}"),
        )
        writer.writerow([inert(cell) for cell in row])
    return text.getvalue()


async def _found(request: Request, question: _Question, *, most: int) -> Found:
    serving: Serving = request.app.state.serving

    def job(journal: Journal) -> Found:
        return search.find(serving.node, journal, question.asked, most=most)

    return await serving.searches.read(request, f"{question.asked} {most}", job)


def _question(request: Request) -> _Question:
    """What is asked for; `Malformed` for what can be asked of nobody."""
    names = ("platform", *FACETS, "since", "until", "before")
    given = {name: _given(request, name) for name in names}
    days = {name: _day(given[name]) for name in ("since", "until")}
    fields = given | {name: str(day or "") for name, day in days.items()}
    values = []
    for name, known in FACETS.items():
        if (value := fields[name]) and value not in known:
            raise _unknown(value, N_("it is none of the values that the form offers"))
        values += [value] if value else []
    slug, before = fields["platform"], fields.pop("before")
    platform = _by_slug(request.app.state.serving.journal).get(slug)
    if slug and platform is None:
        raise _unknown(slug, N_("no platform here has this name"))
    if before and not (before.isdecimal() and before.isascii() and len(before) <= 15):
        raise _unknown(before, N_("a page begins at the number of an entry"))
    asked = Asked(
        values=tuple(values),
        platform=platform.id if platform else None,
        **days,
        before=int(before) if before else None,
    )
    return _Question(asked, fields)


def _given(request: Request, name: str) -> str:
    found = {value.strip() for value in request.query_params.getlist(name)} - {""}
    if len(found) > 1:
        raise _unknown(" ".join(sorted(found)), N_("each question is asked once"))
    return found.pop() if found else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise _unknown(text, N_("a day is written as in 2026-11-30")) from None


def _unknown(given: str, why: str) -> Malformed:
    return Malformed(
        Text("Nothing can be searched by {given}.", given=repr(given[:40])),
        why=why,
        fix="Begin at /search, and choose again.",
    )


def _by_slug(journal: Journal) -> dict[str, Platform]:
    return {platform.slug: platform for platform in platforms.every(journal)}


def _listed(entry: LogEntry, by_slug: dict[str, Platform], translate: Any) -> _Listed:
    leaf = _leaf(entry)
    public, platform = leaf.public, by_slug[leaf.by]
    return _Listed(
        leaf.case,
        [text for text, _ in decision.done(public, {}, translate)],
        translate(words.CATEGORY.get(public["category"], public["category"])),
        public["automated_decision"] == "AUTOMATED_DECISION_FULLY",
        platform.name,
        event.moment(leaf.at),
        platform.demo,
    )


def _leaf(entry: LogEntry) -> DecisionIssued:
    leaf = event.read_leaf(entry.leaf)
    assert isinstance(leaf, DecisionIssued)
    return leaf


def _cell(value: Any) -> str:
    return "|".join(map(str, value)) if isinstance(value, list) else str(value or "")
