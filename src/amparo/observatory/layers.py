"""Layers: which source stands where several tell of one platform's day.

A day can be in a lake more than once: in a dump of all platforms and in one of a single platform,
as an aggregate and as a dump, cut off and whole; and what ships may have it as well. Added up they
would count every decision twice. So layers lie upon each other, the fullest on top, and a day of a
platform is read from the topmost that tells of it. What lacks something lies beneath what ships.
The coverage of a day is that of its best source, so that the figure and what is said of it agree.
"""

# SPDX-License-Identifier: Apache-2.0

from amparo.observatory.coverage import tells_in_sql
from amparo.observatory.cube import TOGETHER

_NOT_IN_FULLER = """\
NOT EXISTS (SELECT 1 FROM fuller WHERE fuller.date = layer.date AND fuller.platform = '*')
  AND NOT EXISTS (SELECT 1 FROM fuller
                  WHERE fuller.date = layer.date AND fuller.platform = layer.platform)"""
_NOT_IN_WHAT_SHIPS = """\
NOT EXISTS (SELECT 1 FROM ({below}) AS below
                  WHERE metric = 'statements' AND below.date = layer.date
                    AND below.platform = layer.platform)"""
OF_SOME = "SELECT DISTINCT date, platform FROM layer WHERE metric = 'statements'"
"""The days and platforms of a layer that does not tell of everybody."""


def of_layer(below: str | None) -> str:
    """SQL for the rows of `layer` of which nothing fuller tells.

    `fuller` (date, platform or `*`, source) is what lies above it; `below`: SQL of what ships,
    where that stands before the layer.
    """
    ships = f"\n  AND {_NOT_IN_WHAT_SHIPS.format(below=below)}" if below is not None else ""
    return f"SELECT * FROM layer WHERE {_NOT_IN_FULLER}{ships}"


def beneath(below: str) -> str:
    """SQL for the rows of what ships, `below`, of which nothing above it tells.

    `tops` is like `fuller`. A light file has no territories and an aggregate has less: for what
    they do not tell, that which ships stays.
    """
    is_told = tells_in_sql("tops.source", "below.metric")
    return f"""\
SELECT * FROM ({below}) AS below
WHERE NOT EXISTS (SELECT 1 FROM tops
                  WHERE tops.date = below.date AND tops.platform = '*' AND {is_told})
  AND NOT EXISTS (SELECT 1 FROM tops
                  WHERE tops.date = below.date AND tops.platform = below.platform AND {is_told})"""


OF_ONE_NAME = f"""\
SELECT date, platform, metric, {TOGETHER} AS value, source
FROM (SELECT date, coalesce(alike.name, platform) AS platform, metric, value, source
      FROM {{table}} LEFT JOIN alike ON platform = alike.other)
GROUP BY date, platform, metric, source"""
"""The rows of a table under one name for each platform; `alike` (other, name) says which."""


OF_FILES = """\
SELECT DISTINCT date, platform, 'full' AS source FROM unlisted
UNION ALL
SELECT date, '*' AS platform, 'full' AS source FROM unlisted
GROUP BY date HAVING count(DISTINCT platform) > 20"""
"""What files tell of that are in no list: of the platforms in them, and where many are, of all."""
