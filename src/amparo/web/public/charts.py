"""Charts as small SVG, drawn on the server: a first view that needs no script.

Classes carry the colours (static/observatory.css), so that light, dark and the colour-blind palette
are one style sheet; a downloaded file carries its own. Every chart stands beside a table of the
same figures. Further drawing in the browser is left to uPlot.
"""

# SPDX-License-Identifier: Apache-2.0

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from amparo.foreign_text import xml_text
from amparo.observatory.coverage import Span

WIDTH, HEIGHT = 800, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 12, 28
MOST_LINES = 6

STYLE = """\
text{font:13px system-ui,sans-serif;fill:#333}.grid{stroke:#ccc;stroke-width:1}
.hatch{stroke:#999;stroke-width:1.4}.line{fill:none;stroke-width:1.8}.mark{fill:#a3231f;fill-opacity:.12}
.l0{stroke:#0072b2}.l1{stroke:#d55e00}.l2{stroke:#009e73}.l3{stroke:#cc79a7}.l4{stroke:#7a6a00}
.l5{stroke:#56b4e9}.k0{fill:#0072b2}.k1{fill:#d55e00}.k2{fill:#009e73}.k3{fill:#cc79a7}
.k4{fill:#7a6a00}.k5{fill:#56b4e9}"""
"""For a file that stands alone; the palette is Okabe and Ito's."""

Points = Sequence[tuple[date, float]]


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
    share: bool = False,
    marks: Sequence[Mark] = (),
    unknown: Sequence[Span] = (),
    alone: bool = False,
) -> str:
    """Lines over days as SVG; `alone` for a file, with its style and a legend inside.

    `unknown` are days of which nothing is known: hatched, with no line through them.
    """
    days = [day for points in lines.values() for day, _ in points]
    if not days:
        return ""
    days += [day for gap in unknown for day in gap]
    first, last = min(days), max(days)
    most = max((value for points in lines.values() for _, value in points), default=0.0)
    ticks = _ticks(1.0 if share and most > 0.5 else most)
    scale = _Scale(first, last, ticks[-1] or 1.0)
    label = xml_text(f"{title}. {description}")
    head = f'class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {head}>',
        f"<title>{xml_text(title)}</title><desc>{xml_text(description)}</desc>",
        f"<style>{STYLE}</style>" if alone else "",
    ]
    if unknown:
        parts.append(_HATCHES)
        parts += [_gap(scale, gap) for gap in unknown]
    parts += [_grid(scale, tick, share) for tick in ticks]
    parts += [_month(scale, day) for day in _months(first, last)]
    parts += [_mark(scale, mark) for mark in marks]
    for place, points in enumerate(list(lines.values())[:MOST_LINES]):
        parts.append(f'<path class="line l{place}" d="{_path(scale, points)}"/>')
    if alone:
        parts.append(_legend(list(lines)))
    return "".join([*parts, "</svg>"])


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


def short(value: float, *, share: bool = False) -> str:
    """A number as an axis shows it."""
    if share:
        return f"{value:.0%}"
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


class _Scale(NamedTuple):
    first: date
    last: date
    most: float

    def x(self, day: date) -> float:
        span = max(1, (self.last - self.first).days)
        return LEFT + (WIDTH - LEFT - RIGHT) * (day - self.first).days / span

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / self.most


def _ticks(most: float) -> list[float]:
    """Four or five round numbers from zero to at least `most`."""
    if most <= 0:
        return [0.0, 1.0]
    raw = most / 4
    size = 10 ** math.floor(math.log10(raw))
    step = next(s * size for s in (1, 2, 2.5, 5, 10) if s * size >= raw)
    return [step * n for n in range(math.ceil(most / step - 1e-9) + 1)]


def _grid(scale: _Scale, tick: float, share: bool) -> str:
    y = scale.y(tick)
    return (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{short(tick, share=share)}</text>'
    )


def _months(first: date, last: date) -> list[date]:
    """First days of months to name: eight at most."""
    months = []
    year, month = first.year, first.month
    while date(year, month, 1) <= last:
        if date(year, month, 1) >= first:
            months.append(date(year, month, 1))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return months[:: max(1, math.ceil(len(months) / 8))] or [first]


def _month(scale: _Scale, day: date) -> str:
    x = scale.x(day)
    anchor = "start" if x < LEFT + 30 else "end" if x > WIDTH - 40 else "middle"
    text = f"{day.year}-{day.month:02d}"
    return f'<text x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}">{text}</text>'


def _mark(scale: _Scale, mark: Mark) -> str:
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


def _gap(scale: _Scale, gap: Span) -> str:
    """Days of which nothing is known."""
    x, until = scale.x(gap.first), scale.x(gap.last + timedelta(days=1))
    width = max(2.0, min(until, WIDTH - RIGHT) - x)
    return (
        f'<rect class="unknown" x="{x:.1f}" y="{TOP}" width="{width:.1f}" '
        f'height="{HEIGHT - TOP - BOTTOM}" fill="url(#unknown)">'
        f"<title>? {gap.first} – {gap.last}</title></rect>"
    )


def _path(scale: _Scale, points: Points) -> str:
    """A line that breaks where days are missing."""
    parts: list[str] = []
    before: date | None = None
    for day, value in points:
        joined = before is not None and (day - before).days == 1
        parts.append(f"{'L' if joined else 'M'}{scale.x(day):.1f} {scale.y(value):.1f}")
        if not joined:
            parts.append(f"L{scale.x(day):.1f} {scale.y(value):.1f}")
        before = day
    return "".join(parts)


def _legend(names: Sequence[str]) -> str:
    return "".join(
        f'<rect class="k{n}" x="{LEFT + 8 + 150 * (n % 4)}" y="{TOP + 4 + 18 * (n // 4)}" '
        f'width="10" height="10"/><text x="{LEFT + 22 + 150 * (n % 4)}" '
        f'y="{TOP + 13 + 18 * (n // 4)}">{xml_text(name[:22])}</text>'
        for n, name in enumerate(names[:MOST_LINES])
    )
