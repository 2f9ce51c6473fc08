"""The figures of the hearing as a public log shows them, beside what part 7 of a report claims.

The newest entry for the service and the report's period counts. A figure under ten is not shown:
then a claim under ten agrees as far as can be seen, and a larger one does not.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Mapping

import msgspec

from amparo.report import forms

FEWEST_SHOWN = 10


class Hearing(msgspec.Struct):
    """An entry of the log with figures of complaints, disputes and suspensions."""

    at: str
    by: str
    counts: dict[str, int]
    minutes: dict[str, int]
    """Medians."""
    over: bool
    """Whether the period was over, and the figures are the last."""
    period: str


read = msgspec.json.Decoder(Hearing).decode

_GROUPS = {
    forms.SUBMITTED: "complaints",
    forms.AGAINST_REMOVAL: "complaints.removal",
    forms.AGAINST_SERVICE: "complaints.service",
    forms.AGAINST_ACCOUNT: "complaints.account",
    forms.AGAINST_MONETARY: "complaints.monetary",
    forms.NO_ACTION: "complaints.no_action",
    forms.NO_ACTION_FLAGGER: "complaints.no_action_flagger",
    forms.DISPUTED: "disputes",
}
_SCOPES = {
    forms.TOTAL_NUMBER: "",
    forms.UPHELD: ".upheld",
    forms.PARTIALLY: ".partially_reversed",
    forms.REVERSED: ".reversed",
    forms.OMITTED: ".omitted",
}
_ALONE = {
    forms.NEWLY: "newly_restricted",
    forms.UNFOUNDED_NOTICES: "suspensions.notices",
    forms.UNFOUNDED_COMPLAINTS: "suspensions.complaints",
}


def period_of(start: str, end: str) -> str:
    """The name of a report's period in the log; empty where it is neither a year nor a half."""
    halves = {("01-01", "12-31"): "", ("01-01", "06-30"): "-H1", ("07-01", "12-31"): "-H2"}
    half = halves.get((start[5:], end[5:]))
    return "" if half is None or start[:4] != end[:4] else start[:4] + half


def figures(shown: Hearing) -> Iterator[tuple[str, str, float | None]]:
    """Indicator, scope and figure of each row of part 7 that the log can tell of.

    None: under ten, and not shown; of a median, that it is made of fewer than ten.
    """
    for line in forms.lines_of(7):
        group = _GROUPS.get(line.indicator)
        if line.indicator in _ALONE:
            yield line.indicator, line.scope, shown.counts.get(_ALONE[line.indicator])
        elif group is not None and line.scope in _SCOPES:
            yield line.indicator, line.scope, shown.counts.get(group + _SCOPES[line.scope])
        elif group is not None and line.scope == forms.MEDIAN:
            yield line.indicator, line.scope, _hours(shown.minutes, group)


def _hours(minutes: Mapping[str, int], group: str) -> float | None:
    return round(minutes[group] / 60, 2) if group in minutes else None
