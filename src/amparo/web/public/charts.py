"""Charts as small SVG, drawn on the server: a first view that needs no script.

Classes carry the colours (static/observatory.css), so that light, dark and the colour-blind palette
are one style sheet; a downloaded file carries its own. Every chart stands beside a table of the
same figures. Further drawing in the browser is left to uPlot.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import math
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import NamedTuple

from amparo.foreign_text import Direction, xml_text
from amparo.observatory.coverage import Span
from amparo.web.public import scales
from amparo.web.public.scales import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Scale

MOST_LINES = 6
FEWEST_MONTHS, MOST_MONTHS, MONTH_WIDTH = 3, 6, 88
"""`nov. de 2025` is the longest of the eight languages."""
MOST_DAYS, DAY_WIDTH = 4, 124
"""`14 de nov. de 2025` is."""

STYLE = """\
text{font:13px system-ui,sans-serif;fill:#333}.grid{stroke:#ccc;stroke-width:1}
.hatch{stroke:#999;stroke-width:1.4}.line{fill:none;stroke-width:1.8}
.thin{stroke-width:1;stroke-opacity:.45}.mean{stroke-width:2.6}
.expected{stroke:#333;stroke-width:1.4;stroke-dasharray:5 4}.zero{stroke-width:1.2}
.mark{fill:#a3231f;fill-opacity:.12}
.l0{stroke:#0072b2}.l1{stroke:#d55e00}.l2{stroke:#009e73}.l3{stroke:#cc79a7}.l4{stroke:#7a6a00}
.l5{stroke:#56b4e9}.k0{fill:#0072b2}.k1{fill:#d55e00}.k2{fill:#009e73}.k3{fill:#cc79a7}
.k4{fill:#7a6a00}.k5{fill:#56b4e9}.ground{fill:#fff}.title{font-size:17px;font-weight:600}
.small{font-size:11px;fill:#555}"""
"""For a file that stands alone; the palette is Okabe and Ito's."""

Points = Sequence[tuple[date, float]]
NOTHING: Mapping[str, Points] = MappingProxyType({})


class Key(NamedTuple):
    """An entry of the legend."""

    look: str
    """`k0` to `k5`, a platform's colour; or `day`, `mean`, `expected`, `mark`."""
    text: str


class Around(NamedTuple):
    """What is written around a chart that stands alone, so that it can be printed as it is."""

    subtitle: str
    """Unit, platforms and days."""
    below: Sequence[str]
    """How it is drawn; source and licence; who drew it, and when."""
    legend: Sequence[Key] = ()

    @property
    def lines(self) -> list[str]:
        """What stands below, in lines that are not too long."""
        return [line for text in self.below for line in textwrap.wrap(text, LONGEST)]

    @property
    def above(self) -> int:
        """How high what stands above the chart is."""
        return ABOVE + ROW * (max((row for row, _ in _places(self.legend)), default=-1) + 1)


ABOVE, LINE, ROW, A_ROW = 56, 16, 18, 4
LONGEST = 130
"""Characters of small text that fit into a line."""


class Mark(NamedTuple):
    """A span of days to be seen, as of a wave."""

    first: date
    last: date
    text: str


def line_chart(
    lines: Mapping[str, Points],
    *,
    title: str,
    description: str,
    means: Mapping[str, Points] = NOTHING,
    expected: Points = (),
    is_log: bool = False,
    is_share: bool = False,
    tick: Callable[[float], str] = "{:g}".format,
    month: Callable[[date], str] = "{:%Y-%m}".format,
    day: Callable[[date], str] = "{:%Y-%m-%d}".format,
    direction: Direction = "ltr",
    marks: Sequence[Mark] = (),
    unknown: Sequence[Span] = (),
    around: Around | None = None,
    over: Span | None = None,
) -> str:
    """Lines over days as SVG; `around` for a file, which has its style and a legend inside.

    `means` are drawn bold in the colour of the line of the same name, which is thin then;
    `expected` is dashed. `unknown` are days of which nothing is known: hatched, with no line
    through them. `over`: the days to draw at the least, also where there is no line; without any
    day it is empty. `tick` writes a value at the axis, `month` the month of a day, and `day`
    a day where there are too few months to tell how long the chart is.

    Time runs from left to right in every language; `direction` is that of what is written.
    """
    every = [*lines.values(), *means.values(), expected]
    days = [when for points in every for when, _ in points]
    days += [when for gap in unknown for when in gap] + [*(over or ())]
    if not days:
        return ""
    values = [value for points in every for _, value in points]
    scale = scale_of(min(days), max(days), values, is_log=is_log, is_share=is_share)
    label = xml_text(f"{title}. {description}")
    # On a page the style sheet may set it taller, for a phone; a file has one shape.
    box = f"0 0 {WIDTH} {HEIGHT}" if around is None else _box(around)
    shape = 'preserveAspectRatio="none" ' if around is None else ""
    room = _room(tick(value) for value in scale.ticks)
    head = f'class="chart{room}" viewBox="{box}" {shape}role="img" aria-label="{label}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {head}>',
        f"<title>{xml_text(title)}</title><desc>{xml_text(description)}</desc>",
        "" if around is None else _framed(title, around, direction),
    ]
    if unknown:
        parts.append(_HATCHES)
        parts += [_gap(scale, gap) for gap in unknown]
    parts += [_grid(scale, value, tick) for value in scale.ticks]
    begins, written, wide = _months(scale.first, scale.last), month, MONTH_WIDTH
    if len(begins) < FEWEST_MONTHS:
        begins, written, wide = _days(scale.first, scale.last), day, DAY_WIDTH
    parts += [_when(scale.x(begin), written(begin), wide, n) for n, begin in enumerate(begins)]
    parts += [_mark(scale, mark) for mark in marks]
    for place, (name, points) in enumerate(list(lines.items())[:MOST_LINES]):
        look = f"l{place} thin" if name in means else f"l{place}"
        parts.append(_line(scale, points, look))
        if scale.is_log:
            parts.append(_zeros(scale, points, place))
        if name in means:
            parts.append(_line(scale, means[name], f"l{place} mean"))
    if expected:
        parts.append(_line(scale, expected, "expected"))
    return "".join([*parts, "</svg>"])


def scale_of(
    first: date, last: date, values: Sequence[float], *, is_log: bool, is_share: bool
) -> Scale:
    """The scale of a chart of these values; one of shares goes to all where it goes past half."""
    if is_log:
        return scales.logarithmic(first, last, values)
    most = max(values, default=0.0)
    return scales.linear(first, last, 1.0 if is_share and most > 0.5 else most)


def _box(around: Around) -> str:
    """The view box of a chart with what is around it: x, y, width, height."""
    height = around.above + HEIGHT + LINE * (len(around.lines) + 1)
    return f"0 {-around.above} {WIDTH} {height}"


def _framed(title: str, around: Around, direction: Direction) -> str:
    """Style, ground, and what is written above and below the chart."""
    begin = RIGHT if direction == "ltr" else WIDTH - RIGHT
    at = f'x="{begin}" direction="{direction}"'
    top = -around.above
    texts = [
        f'<text class="title" {at} y="{top + 24}">{xml_text(title)}</text>',
        f'<text {at} y="{top + 44}">{xml_text(around.subtitle)}</text>',
    ]
    texts += [
        f'<text class="small" {at} y="{HEIGHT + LINE * (n + 1)}">{xml_text(line)}</text>'
        for n, line in enumerate(around.lines)
    ]
    ground = f'<rect class="ground" y="{top}" width="100%" height="100%"/>'
    legend = _legend(around.legend, top + ABOVE, direction)
    return f"<style>{STYLE}</style>{ground}{''.join(texts)}{legend}"


def sparkline(values: Sequence[float | None]) -> str:
    """A line of some few values, for a table's cell; it breaks where a value is not known."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    most = max(known) or 1.0
    step = 100 / max(1, len(values) - 1)
    path, joined = "", False
    for n, value in enumerate(values):
        if value is not None:
            path += f"{'L' if joined else 'M'}{n * step:.1f} {22 - 20 * value / most:.1f}"
            path += "" if joined else "h.5"
        joined = value is not None
    return (
        '<svg class="spark" viewBox="0 0 100 24" aria-hidden="true" preserveAspectRatio="none">'
        f'<path class="line l0" d="{path}"/></svg>'
    )


def _room(ticks: Iterable[str]) -> str:
    """The class by which the style sheet gives long words at the axis more room on a phone."""
    longest = max(map(len, ticks), default=0)
    return " longest" if longest > 6 else " longer" if longest > 4 else ""


def _grid(scale: Scale, value: float, tick: Callable[[float], str]) -> str:
    y = scale.y(value)
    return (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{xml_text(tick(value))}</text>'
    )


def _months(first: date, last: date) -> list[date]:
    """First days of months to name: as many as have room in the longest language."""
    months = []
    year, month = first.year, first.month
    while date(year, month, 1) <= last:
        if date(year, month, 1) >= first:
            months.append(date(year, month, 1))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return months[:: max(1, math.ceil(len(months) / MOST_MONTHS))]


def _days(first: date, last: date) -> list[date]:
    """Days to name, evenly apart, in a chart of few months: the first among them."""
    length = (last - first).days
    step = length // MOST_DAYS + 1
    return [first + timedelta(days=n) for n in range(0, length + 1, step)]


def _when(x: float, name: str, width: int, place: int) -> str:
    """A month's or day's name; every other one has no room where the chart is small.

    At the right edge it ends there: centred it would reach beyond, on a phone the more.
    """
    anchor, at = ("middle", x) if x + width / 2 <= WIDTH else ("end", float(WIDTH))
    other = ' class="other"' if place % 2 else ""
    return (
        f'<text{other} x="{at:.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}">{xml_text(name)}</text>'
    )


def _mark(scale: Scale, mark: Mark) -> str:
    x = scale.x(max(mark.first, scale.first))
    width = max(3.0, scale.x(min(mark.last, scale.last)) - x)
    return (
        f'<rect class="mark" x="{x:.1f}" y="{TOP}" width="{width:.1f}" '
        f'height="{HEIGHT - TOP - BOTTOM}"><title>{xml_text(mark.text)}</title></rect>'
    )


_HATCHES = (
    '<defs><pattern id="unknown" width="8" height="8" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path class="hatch" d="M4 0V8"/></pattern></defs>'
)


def _gap(scale: Scale, gap: Span) -> str:
    """Days of which nothing is known."""
    x, until = scale.x(gap.first), scale.x(gap.last + timedelta(days=1))
    width = max(2.0, min(until, WIDTH - RIGHT) - x)
    return (
        f'<rect class="unknown" x="{x:.1f}" y="{TOP}" width="{width:.1f}" '
        f'height="{HEIGHT - TOP - BOTTOM}" fill="url(#unknown)">'
        f"<title>? {gap.first} – {gap.last}</title></rect>"
    )


def _line(scale: Scale, points: Points, look: str) -> str:
    return f'<path class="line {look}" d="{_path(scale, points)}"/>'


def _zeros(scale: Scale, points: Points, place: int) -> str:
    """Days with a zero on a log scale, as short strokes in its strip."""
    strokes = "".join(
        f"M{scale.x(day):.1f} {HEIGHT - BOTTOM - 8}v8" for day, value in points if not value
    )
    return f'<path class="zero l{place}" d="{strokes}"/>' if strokes else ""


def _path(scale: Scale, points: Points) -> str:
    """A line that breaks where days are missing, and where a zero has no place on it."""
    parts: list[str] = []
    before = 0
    there = [point for point in points if point[1]] if scale.is_log else points
    across = _across(scale.first, scale.last)
    first = scale.first.toordinal()
    for day, y in scale.along(there):
        place = f"{across[day - first]}{y:.1f}"
        parts.append(f"L{place}" if day == before + 1 else f"M{place}L{place}")
        before = day
    return "".join(parts)


@functools.lru_cache(maxsize=64)
def _across(first: date, last: date) -> Sequence[str]:
    """Where each day of a chart stands, as a path begins its places: charts of a page share it."""
    scale = Scale(first, last, 0.0, 1.0, ())
    return [f"{scale.x(day):.1f} " for day in Span(first, last).each()]


def _legend(legend: Sequence[Key], top: int, direction: Direction) -> str:
    anchor = "start" if direction == "ltr" else "end"  # the name stands right of its colour
    parts = []
    for key, (row, column) in zip(legend, _places(legend), strict=True):
        x, y = LEFT + 184 * column, top + ROW * row
        text = key.text[: _LONGEST_OF.get(key.look, 24)]
        parts.append(
            f'{_sample(key.look, x, y)}<text x="{x + 24}" direction="{direction}" '
            f'text-anchor="{anchor}" y="{y + 10}">{xml_text(text)}</text>'
        )
    return "".join(parts)


_LONGEST_OF = {"mark": 100}
"""Characters of an entry that has a row of its own."""


def _places(legend: Sequence[Key]) -> list[tuple[int, int]]:
    """Row and column of each entry; what is long begins a row."""
    places: list[tuple[int, int]] = []
    at = 0
    for key in legend:
        at += -at % A_ROW if key.look in _LONGEST_OF else 0
        places.append(divmod(at, A_ROW))
        at += 1
    return places


def _sample(look: str, x: int, y: int) -> str:
    """How what the legend names looks."""
    if look in _STROKES:
        return f'<path class="sample line {_STROKES[look]}" d="M{x} {y + 6}h18"/>'
    return f'<rect class="sample {look}" x="{x + 8}" y="{y + 1}" width="10" height="10"/>'


_STROKES = {"day": "l0 thin", "mean": "l0 mean", "expected": "expected"}
