"""One cause is one finding: what one slip did to many cells is told once, with all its rows.

A rule names the cause of each fault that it finds; what has the same cause in the same file is
joined. Examples and their mends stand beside each other, in the same order.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Sequence

from amparo.errors import Text
from amparo.report.table import Finding

MOST_EXAMPLES = 3
_EACH = Text("Write each as it is shown beside it.")
_LISTS = ("{a}", "{a}; {b}", "{a}; {b}; {c}")
_FIXES = ("{a}", "{a} {b}", "{a} {b} {c}")


def grouped(findings: Iterable[Finding]) -> list[Finding]:
    """The findings with those of one cause joined; the first of each keeps its place."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for number, finding in enumerate(findings):
        key = (
            (finding.rule, finding.severity, finding.file, finding.cause)
            if finding.cause
            else (str(number),)
        )
        groups.setdefault(key, []).append(finding)
    return [some[0] if len(some) == 1 else _joined(some) for some in groups.values()]


def _joined(some: Sequence[Finding]) -> Finding:
    first = some[0]
    pairs = list(dict.fromkeys((finding.got, finding.expected) for finding in some))
    shown = pairs[:MOST_EXAMPLES]
    alike = len({got for got, _ in pairs}) == 1
    several, is_all = [got for got, _ in (pairs[:1] if alike else shown)], len(pairs) == len(shown)
    got = _several(several, is_all=alike or is_all)
    wanted = list(dict.fromkeys(expected for _, expected in shown))
    rows = sorted({finding.row for finding in some if finding.row})
    return first._replace(
        row=rows[0] if rows else 0,
        column=_few(list(dict.fromkeys(finding.column for finding in some if finding.column))),
        got=Text("{examples} ({count} cells)", examples=got, count=len(some)),
        expected=_several(wanted, is_all=len(wanted) == 1 or is_all),
        fix=_together([finding.fix for finding in some]) if len(wanted) == 1 else _EACH,
        rows=ranges(rows) if len(rows) > 1 else "",
        cells=len(some),
    )


def _several(examples: Sequence[Text], *, is_all: bool) -> Text:
    if len(examples) == 1 and is_all:
        return examples[0]
    listed = Text(_LISTS[len(examples) - 1], **dict(zip("abc", examples, strict=False)))
    return listed if is_all else Text("{examples} …", examples=listed)


def _together(fixes: Sequence[Text]) -> Text:
    """What mends them all; several mends, where there are few."""
    several = list(dict.fromkeys(fixes))
    if len(several) > MOST_EXAMPLES:
        return _EACH
    return Text(_FIXES[len(several) - 1], **dict(zip("abc", several, strict=False)))


def ranges(rows: Sequence[int]) -> str:
    """Sorted numbers as people write them: 2-91, 95."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def _few(names: Sequence[str]) -> str:
    return "; ".join(names[:2]) + ("; …" if len(names) > 2 else "")
