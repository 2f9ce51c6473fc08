"""How a page is made: its language, its template, and the headers that keep it safe."""

# SPDX-License-Identifier: Apache-2.0

import functools
from datetime import UTC, date, datetime
from typing import Any

import jinja2
from babel import Locale, negotiate_locale
from babel.numbers import format_decimal
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from amparo.case import deadlines, panel, state
from amparo.web.words import i18n, menu, template_values
from amparo.web.words.i18n import SOURCE_LANGUAGE, catalogue, languages, locale_of, localise

COOKIE = "language"
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
        "menu": menu.MENU,
        "foot": menu.FOOT,
        "seats": lambda: panel.SEATS,
        "judges": lambda: state.JUDGES,
        "period": lambda name: i18n.period(deadlines.period(name), language),
        "languages": [(code, Locale.parse(code).get_display_name()) for code in languages()],
    }
    environment.filters |= {
        "day": lambda value: i18n.day(_day(value), language),
        "moment": lambda value: _moment(value, language),
        "number": lambda value: format_decimal(value, locale=locale),
        "country": lambda code: locale.territories.get(code, code),
        "tongue": lambda code: locale.languages.get(code.lower(), code),
        "translate": lambda text: localise(text, language),
        "sentence": lambda text: i18n.sentence(text, language),
        "length_of_time": lambda value: i18n.period(value, language),
    }
    return environment


def language_of(request: Request) -> str:
    """The language a reader asked for: by link, by cookie, by browser."""
    known = languages()
    for asked in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if asked in known:
            return asked
    wanted = [
        part.split(";")[0].strip().replace("-", "_")
        for part in request.headers.get("accept-language", "").split(",")
    ]
    found = negotiate_locale([code for code in wanted if code], known) or SOURCE_LANGUAGE
    return found if found in known else SOURCE_LANGUAGE


def rendered(template: str, language: str = SOURCE_LANGUAGE, **values: Any) -> str:
    """A template as text: for a file that stands alone, or on another thread than the loop's."""
    return _environment(language).get_template(template).render(**values)


def page(
    request: Request, template: str, *, status: int = 200, remember: bool = True, **values: Any
) -> Response:
    """Render a page in the reader's language; `remember` the one asked for in a cookie."""
    language = language_of(request)
    body = rendered(template, language, path=request.url.path, **values)
    return as_page(request, body, language, status=status, remember=remember)


def as_page(
    request: Request, body: str | bytes, language: str, *, status: int = 200, remember: bool = True
) -> Response:
    """A rendered page as an answer."""
    headers = HEADERS | {"content-language": language} | retry_after(status)
    response = HTMLResponse(body, status, headers=headers)
    if remember and request.query_params.get("lang") == language:
        response.set_cookie(COOKIE, language, max_age=31536000, samesite="lax", httponly=True)
    return response


def retry_after(status: int) -> dict[str, str]:
    """When to come again, for whoever is sent away for now (RFC 9110, 10.2.3), in seconds."""
    return {429: {"retry-after": "60"}, 503: {"retry-after": "1"}, 507: {"retry-after": "1"}}.get(
        status, {}
    )


def _moment(value: int | datetime, language: str) -> str:
    at = datetime.fromtimestamp(value, UTC) if isinstance(value, int) else value
    return f"{i18n.day(at, language)}, {at:%H:%M:%S}"


def _day(value: str | int | date | datetime) -> date:
    """A day as it was written, or of a moment in seconds since 1970."""
    if isinstance(value, int):
        return datetime.fromtimestamp(value, UTC)
    return date.fromisoformat(value) if isinstance(value, str) else value
