"""What an address of the observatory asks for: platforms, days, and how they are drawn.

The same figure has one address, in whatever order and however often something was named in it.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Container, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request

from amparo.errors import Malformed, Text
from amparo.observatory import moving_mean
from amparo.observatory.coverage import Span
from amparo.observatory.waves import EVERYBODY
from amparo.observatory.waves import at as wave_at
from amparo.web.http.observatory_cache import LakeState
from amparo.web.public import charts
from amparo.web.public.figures import EXPECTED, MEAN, Chosen, Way, end_of
from amparo.web.words.decision import N_

MOST_PLATFORMS = charts.MOST_LINES


def chosen_of(request: Request, state: LakeState) -> Chosen:
    """What an address asks for, as few ways as there are figures: days end with what is known."""
    asked = [name for name in request.query_params.getlist("platform") if name]
    names = state.engine.named(dict.fromkeys(asked or [EVERYBODY]))
    if len(names) > MOST_PLATFORMS:
        raise Malformed(
            N_("Too many platforms at once."),
            why=Text(
                "got {number}; at most {most} can be compared",
                number=len(names),
                most=MOST_PLATFORMS,
            ),
            fix=N_("Choose fewer: more lines than six cannot be told apart."),
        )
    days = (_day(request, name) for name in ("since", "until"))
    span = state.span
    first, last = (None if day is None else min(max(day, span.first), span.last) for day in days)
    if first is not None and last is not None:
        first, last = sorted((first, last))  # exchanged, they mean the days between them as well
    return Chosen(
        list(dict.fromkeys(names)),
        None if first == span.first else first,
        None if last == end_of(state, names) else last,
        way_of(request),
        _wave(request, state),
    )


def asked_of(chosen: Chosen) -> dict[str, Any]:
    """A figure's platforms and days as its address has them; what is not chosen is not said."""
    days = {"since": chosen.first, "until": chosen.last}
    names = [name for name in chosen.platforms if name != EVERYBODY or len(chosen.platforms) > 1]
    asked = {"platform": names} | {name: day for name, day in days.items() if day is not None}
    return asked | query_of(chosen.way) | ({"wave": chosen.wave} if chosen.wave else {})


WAYS = {
    "mean": ("mean", str(moving_mean.DAYS), MEAN),
    "is_log": ("scale", "log", N_("Log scale")),
    "expected": ("expected", "yes", EXPECTED),
}
"""How charts can be drawn: parameter and value in an address, and what it is called."""


class Offer(NamedTuple):
    """A way of drawing, as a page offers it."""

    title: str
    address: str
    """This page with it, or without it where it is chosen."""
    is_chosen: bool


def way_of(request: Request, *, expected: bool = False) -> Way:
    """How an address asks charts to be drawn; `expected`: what holds where it does not say."""
    asked = {}
    for name, (parameter, value, _) in WAYS.items():
        given = request.query_params.get(parameter, "")
        if given not in ("", "no", value):
            raise Malformed(
                N_("Charts are not drawn like that."),
                why=Text("got {given}", given=f"{parameter}={given!r}"[:76]),
                fix=N_("Write mean=7, scale=log, expected=yes, or leave it out."),
            )
        asked[name] = given == value or (not given and name == "expected" and expected)
    return Way(**asked)


def query_of(way: Way) -> dict[str, str]:
    """The same as an address has it."""
    return {parameter: value for name, (parameter, value, _) in WAYS.items() if getattr(way, name)}


def ways_of(
    path: str, asked: Mapping[str, Any], way: Way, offered: Container[str] = WAYS
) -> list[Offer]:
    """What a page offers; `asked`: all that its address asks for."""
    found = []
    for name, (parameter, value, title) in WAYS.items():
        if name not in offered:
            continue
        other = {key: given for key, given in asked.items() if key != parameter}
        is_chosen = getattr(way, name)
        other[parameter] = "no" if is_chosen else value
        found.append(Offer(title, f"{path}?{urlencode(other, doseq=True)}", is_chosen))
    return found


SPANS = ((N_("All days"), None), (N_("A year"), 365), (N_("A quarter"), 92))
"""How many days a chart can be narrowed to, and what that is called."""


def spans_of(path: str, asked: Mapping[str, Any], chosen: Chosen, known: Span) -> list[Offer]:
    """The last days that a figure can be narrowed to, for whoever has no mouse to draw over it."""
    found = []
    for title, days in SPANS:
        since = None if days is None else known.last - timedelta(days=days - 1)
        if since is not None and since <= known.first:
            continue
        other = {key: given for key, given in asked.items() if key not in ("since", "until")}
        other |= {} if since is None else {"since": since}
        is_chosen = (chosen.first, chosen.last) == (since, None)
        found.append(Offer(title, f"{path}?{urlencode(other, doseq=True)}", is_chosen))
    return found


def _wave(request: Request, state: LakeState) -> str:
    """The key of a wave that an address names, where there is one."""
    found = wave_at(state.findings.waves, request.query_params.get("wave", ""))
    return "" if found is None else found.key


def _day(request: Request, name: str) -> date | None:
    text = request.query_params.get(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Malformed(
            N_("That is no day."),
            why=Text("got {given}", given=f"{name}={text!r}"[:76]),
            fix=N_("Write it as 2025-07-01."),
        ) from None
