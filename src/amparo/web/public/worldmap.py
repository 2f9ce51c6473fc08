"""A small map of the world in dots, each coloured by its region: a first look, beside a table.

One dot is five degrees of longitude. The land is that of Natural Earth (public domain), the regions
are those of the charter; both were brought into this grid once. Colours: the style sheet.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import NamedTuple

from amparo.coalition.charter import Region
from amparo.foreign_text import xml_text

STEP, DOT = 10, 8
SHADES = 4

_LETTERS: Mapping[str, Region] = {
    "a": "africa",
    "n": "northern_america",
    "l": "latin_america",
    "s": "asia",
    "e": "europe",
    "o": "oceania",
}
_LABELS: Mapping[Region, tuple[int, int]] = {
    "africa": (395, 165),
    "northern_america": (160, 75),
    "latin_america": (245, 200),
    "asia": (510, 105),
    "europe": (430, 45),
    "oceania": (630, 235),
}
_LAND = """\
.................nnnn.nnnnnnnnnn.......e................e...............
...........nn.n...nnn....nnnnnnn....................eeeeeeeeee..........
...nnnnnnnnnnnnnnn.n.nn..nnnnnn........eeeee..eeeeeeeeeeeeeeeeeeeeeeeeee
...nnnnnnnnnnnnnnnn..nn...nn....e.....eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
...nnn..nnnnnnnnn...nn...............eee.eeeeeeeeeeeeeeeeeeeeeeeeee.e...
..........nnnnnnnnnnnnnn..........ee..e.eeeeeeeeeeeeeeeeeeeeeeee...e....
..........nnnnnnnnnnnnnnn..........eeeeeeeeeeessssssseeseeeesseee.......
...........nnnnnnnnnnnn.............eeeeeeeeeessssssssssssssssse........
...........nnnnnnnnnnn............ee..e.esssss.sssssssssssssss..........
...........nnnnnnnnnn.............ee.a..esssssssssssssssssss.s.s........
............nnnnnnnn..............aaaaa.a..sssssssssssssssss..s.........
.............llln..n.............aaaaaaaaaasssssssssssssssss............
...............l.................aaaaaaaaaasssss..sssssssss.............
...............lll...............aaaaaaaaaaasss....ss..ss...............
..................l..............aaaaaaaaaaass.....s....ss..s...........
...................l.lll.........aaaaaaaaaaaaa.....s....................
.....................llll.........aa.aaaaaaaaa.........ss..s............
....................llllll............aaaaaaa...........s.ss............
....................llllllll..........aaaaaa............s...s..so.......
....................lllllllll..........aaaaa....................oo......
.....................lllllll..........aaaaaa..................o.........
......................llllll..........aaaaaa.a..............ooooo.......
......................llllll...........aaaa..a.............ooooooo......
......................llll.............aaaa................oooooooo.....
......................llll.............aaa.................oooooooo.....
.....................llll.......................................oo......
.....................lll................................................
.....................ll.................................................
.....................ll.................................................
.....................ll.................................................
"""


class Shade(NamedTuple):
    """How a region is shown."""

    part: int
    whole: int
    name: str
    """The region, in the reader's language."""


def world(regions: Mapping[Region, Shade], *, title: str) -> str:
    """The map as SVG: the darker, the larger the part; a region without a whole stays grey."""
    rows = _LAND.splitlines()
    summary = "; ".join(f"{shade.name}: {shade.part}/{shade.whole}" for shade in regions.values())
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" class="world" role="img" ',
        f'viewBox="0 0 {len(rows[0]) * STEP} {len(rows) * STEP}" ',
        f'aria-label="{xml_text(f"{title}. {summary}")}"><title>{xml_text(title)}</title>',
    ]
    for letter, region in _LETTERS.items():
        shade = regions.get(region)
        dots = "".join(
            f"M{x * STEP} {y * STEP}h{DOT}v{DOT}h-{DOT}z"
            for y, row in enumerate(rows)
            for x, cell in enumerate(row)
            if cell == letter
        )
        name = xml_text(f"{shade.name}: {shade.part}/{shade.whole}") if shade else region
        parts.append(f'<path class="{_class(shade)}" d="{dots}"><title>{name}</title></path>')
    for region, (x, y) in _LABELS.items():
        shade = regions.get(region)
        if shade is not None and shade.whole:
            parts.append(f'<text x="{x}" y="{y}">{shade.part}/{shade.whole}</text>')
    return "".join([*parts, "</svg>"])


def _class(shade: Shade | None) -> str:
    if shade is None or not shade.whole:
        return "land"
    return f"land s{-(-shade.part * SHADES // shade.whole)}"
