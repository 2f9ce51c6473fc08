"""One cause is one finding: what one slip did to many cells is told once, with all its rows.

A rule names the cause of each fault that it finds; what has the same cause in the same file is
joined. Examples and their mends stand beside each other, in the same order.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Sequence

from amparo.report.table import Finding

MOST_EXAMPLES = 3
_EACH = "Write each as it is shown beside it."


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
    got = pairs[0][0] if alike else "; ".join(got for got, _ in shown)
    wanted = list(dict.fromkeys(expected for _, expected in shown))
    rows = sorted({finding.row for finding in some if finding.row})
    return first._replace(
        row=rows[0] if rows else 0,
        column=_few(list(dict.fromkeys(finding.column for finding in some if finding.column))),
        got=f"{got}{_more(pairs) if not alike else ''} ({len(some)} cells)",
        expected=wanted[0] if len(wanted) == 1 else f"{'; '.join(wanted)}{_more(pairs)}",
        fix=_together([finding.fix for finding in some]) if len(wanted) == 1 else _EACH,
        rows=ranges(rows) if len(rows) > 1 else "",
        cells=len(some),
    )


def _together(fixes: Sequence[str]) -> str:
    """What mends them all; several mends, where there are few."""
    several = list(dict.fromkeys(fixes))
    return " ".join(several) if len(several) <= MOST_EXAMPLES else _EACH


def ranges(rows: Sequence[int]) -> str:
    """Sorted numbers as people write them: 2-91, 95."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def _more(every: Sequence[object]) -> str:
    return " …" if len(every) > MOST_EXAMPLES else ""


def _few(names: Sequence[str]) -> str:
    if len(names) <= 1:
        return names[0] if names else ""
    return (
        f"{names[0]}, and {len(names) - 1} more columns" if len(names) > 2 else " and ".join(names)
    )
