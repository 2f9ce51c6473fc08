"""How a page is made: its language, its template, and the headers that keep it safe."""

# SPDX-License-Identifier: Apache-2.0

import functools
import secrets
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

import jinja2
from babel import negotiate_locale
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match

from amparo.case import deadlines, panel, state
from amparo.web.words import i18n, menu, template_values
from amparo.web.words.demonstration import TOURS
from amparo.web.words.i18n import SOURCE_LANGUAGE, catalogue, languages, locale_of, localise
from amparo.web.words.qr_code import qr_code

COOKIE = "language"
PART_COOKIE = "part"
"""Whom a visitor of a demonstration is."""
OPERATOR_COOKIE = "operator"
"""The operator's session; by https a browser has it under `__Host-operator`."""
FORM_FIELD = "form"
"""Of the hidden field by which a form that is sent twice is known again."""
HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "cache-control": "no-cache",
}


@functools.cache
def _environment(language: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("amparo.web.words"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n", template_values.SafeValues],
    )
    texts = catalogue(language)
    environment.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]  # of the i18n extension
    locale = locale_of(language)
    template_values.install(environment, i18n.direction(language))
    environment.globals |= {
        "language": language,
        "direction": i18n.direction(language),
        "locale": str(locale).replace("_", "-"),
        "form_token": _form_token,
        "arrow": "→" if i18n.direction(language) == "ltr" else "←",
        "comma": i18n.commas(language)[0],
        "semicolon": i18n.commas(language)[1],
        "menu": menu.MENU,
        "foot": menu.FOOT,
        "document_of": menu.document_of,
        "seats": lambda: panel.SEATS,
        "judges": lambda: state.JUDGES,
        "period": lambda name: i18n.period(deadlines.period(name), language),
        "languages": i18n.named(),
    }
    environment.filters |= {
        "day": lambda value: _in_words(value, language),
        "moment": lambda value: _moment(value, language),
        "time": lambda value: _time(value, language),
        "month": lambda value: i18n.month(value, language),
        "number": functools.partial(i18n.number, language=language),
        "percent": functools.partial(i18n.percent, language=language),
        "country": lambda code: locale.territories.get(code, code),
        "tongue": lambda code: locale.languages.get(code.lower(), code),
        "initial": i18n.initial,
        "translate": lambda text: localise(text, language),
        "sentence": lambda text: i18n.sentence(text, language),
        "qr_code": qr_code,
        "length_of_time": lambda value: i18n.period(value, language),
    }
    environment.tests["worded"] = lambda text: i18n.is_worded(text, language)
    return environment


def _form_token() -> Markup:
    """A hidden field with a token of its own, for a form that makes something new."""
    token = secrets.token_urlsafe(16)
    return Markup('<input type="hidden" name="{}" value="{}">').format(FORM_FIELD, token)


def language_of(request: Request) -> str:
    """The language a reader asked for: by link, by cookie, by their notice, by browser."""
    known = languages()
    for asked in (
        request.query_params.get("lang"),
        request.cookies.get(COOKIE),
        _of_their_notice(request),
    ):
        if asked in known:
            return asked
    wanted = [
        part.split(";")[0].strip().replace("-", "_")
        for part in request.headers.get("accept-language", "").split(",")
    ]
    found = negotiate_locale([code for code in wanted if code], known) or SOURCE_LANGUAGE
    return found if found in known else SOURCE_LANGUAGE


def notified_in(request: Request, language: str) -> None:
    """Note in which language the person behind this page was written to."""
    request.state.notified_in = i18n.known(language)


def _of_their_notice(request: Request) -> str | None:
    return getattr(request.state, "notified_in", None)


class Demonstration(NamedTuple):
    """What every page of a demonstration says."""

    part: str
    """Whom the visitor is; empty: nobody yet."""
    home: str = ""
    """The node's address, for pages of another server."""


def demonstration_of(request: Request) -> Demonstration | None:
    """What marks a page as a demonstration's; None on a real node, and where there is no node."""
    serving = getattr(request.app.state, "serving", None)
    if home := getattr(request.app.state, "demonstration", ""):  # beside a demonstration's node
        return Demonstration("", home)
    if serving is None or not serving.node.is_demonstration:
        return None
    part = request.cookies.get(PART_COOKIE, "")
    return Demonstration(part if part in TOURS else "")


def rendered(template: str, language: str = SOURCE_LANGUAGE, **values: Any) -> str:
    """A template as text: for a file that stands alone, or on another thread than the loop's."""
    return _environment(language).get_template(template).render(**values)


def page(
    request: Request, template: str, *, status: int = 200, remember: bool = True, **values: Any
) -> Response:
    """Render a page in the reader's language; `remember` the one asked for in a cookie."""
    language = language_of(request)
    asked = [item for item in request.query_params.multi_items() if item[0] != "lang"]
    common = {
        "path": _path(request),
        "query": urlencode(asked),
        "demonstration": demonstration_of(request),
        "has_admin": bool({OPERATOR_COOKIE, f"__Host-{OPERATOR_COOKIE}"} & request.cookies.keys()),
    }
    body = rendered(template, language, **common, **values)
    return as_page(request, body, language, status=status, remember=remember)


def _path(request: Request) -> str:
    """Where this page can be read once more; a form with a mistake in it is shown by its page."""
    path = request.url.path
    while request.method == "POST" and path and not _can_be_read(request, path):
        path = path.rpartition("/")[0]
    return path or "/"


def _can_be_read(request: Request, path: str) -> bool:
    scope = {**request.scope, "path": path, "method": "GET"}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)


def as_page(
    request: Request, body: str | bytes, language: str, *, status: int = 200, remember: bool = True
) -> Response:
    """A rendered page as an answer."""
    headers = HEADERS | {"content-language": language} | retry_after(status)
    response = HTMLResponse(body, status, headers=headers)
    if remember and language in (request.query_params.get("lang"), _of_their_notice(request)):
        response.set_cookie(COOKIE, language, max_age=31536000, samesite="lax", httponly=True)
    return response


def retry_after(status: int) -> dict[str, str]:
    """When to come again, for whoever is sent away for now (RFC 9110, 10.2.3), in seconds."""
    return {429: {"retry-after": "60"}, 503: {"retry-after": "1"}, 507: {"retry-after": "1"}}.get(
        status, {}
    )


def _time(value: int | datetime, language: str) -> Markup:
    """A moment in UTC, which a browser with script shows in the reader's own time (`times.js`)."""
    at = _at(value)
    return Markup('<time datetime="{}">{} UTC</time>').format(
        at.astimezone(UTC).isoformat(timespec="seconds"), _moment(at, language)
    )


def _at(value: int | datetime) -> datetime:
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int) else value


def _moment(value: int | datetime, language: str) -> str:
    at = _at(value)
    return f"{i18n.day(at, language)}, {at:%H:%M:%S}"


def _in_words(value: str | int | date | datetime | None, language: str) -> str:
    """A day, or a dash for one that is not known: Babel would write today's."""
    return "–" if value is None else i18n.day(_day(value), language)


def _day(value: str | int | date | datetime) -> date:
    """A day as it was written, or of a moment in seconds since 1970."""
    if isinstance(value, int):
        return datetime.fromtimestamp(value, UTC)
    return date.fromisoformat(value) if isinstance(value, str) else value
