"""What a registrar can do next in a panel case, as its state allows it.

The steps themselves are in `panel`; this says which of them are open, in the order of a case.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Literal

from amparo.case import hearing
from amparo.case.machines import MACHINES
from amparo.case.panel import SEATS
from amparo.case.state import Case
from amparo.errors import Refused, Text

Step = Literal[
    "admit",
    "incomplete",
    "refuse",
    "list",
    "draw",
    "form",
    "close",
    "replace",
    "settle",
    "extend",
    "hear",
]
_MOVES: Mapping[Step, str] = {
    "admit": "case.admitted",
    "incomplete": "case.incomplete",
    "refuse": "case.inadmissible",
    "list": "panel.listed",
    "draw": "panel.drawn",
    "form": "panel.formed",
    "close": "case.deliberating",
    "replace": "panel.replaced",
    "settle": "case.settled",
}
"""Step -> the event that it yields, whose place in the machine says when it is possible."""
_ENDED = ("", "lapsed", "decided", "closed")


def steps(case: Case) -> tuple[Step, ...]:
    """The steps that a registrar can take in a case now, the usual one first."""
    found = [step for step, kind in _MOVES.items() if case.panel in MACHINES["panel"][kind]]
    stopped: set[Step] = {"form", "close"} if case.challenged else set()
    if case.panel == "composing":
        stopped |= {"list"} if len(case.members) == SEATS else {"form", "replace"}
    if case.panel not in _ENDED and case.submitted_at is not None and not case.extended:
        found.append("extend")
    if hearing.panel_hears(case) and hearing.may_call(case, "panel"):
        found.insert(0, "hear")
    return tuple(step for step in found if step not in stopped)


def check_needs_a_list(case: Case) -> None:
    """Raise when every seat of a drawn panel is taken: nobody draws until it suits."""
    if len(case.members) == SEATS:
        raise Refused(
            "No new list is needed.",
            why=Text("{number} of {most} seats are taken", number=SEATS, most=SEATS),
            fix="Whoever has a conflict is replaced by a reserve.",
        )
