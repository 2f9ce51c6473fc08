"""Speech that may incite, threaten or hate is weighed before a single reviewer rules on it.

The reviewer answers the short form of a panel's worksheet, whatever the outcome; the answers are
part of the decision, and whoever complained reads them. As at a panel nothing follows from them by
itself: an outcome that goes against what they say is allowed, and has to be explained.

Source: Rabat Plan of Action (A/HRC/22/17/Add.4, paragraph 29); `worksheet`, which has the form.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import NamedTuple

from amparo.case import worksheet
from amparo.case.events import ComplaintOutcome
from amparo.case.speech import needs_worksheet
from amparo.case.state import Case
from amparo.case.worksheet import SHORT, Answer
from amparo.errors import Malformed, Refused, Text

_LIKE_A_PANEL: Mapping[tuple[str, ComplaintOutcome], str] = {
    ("person", "upheld"): "uphold",
    ("person", "newly_restricted"): "uphold",
    ("person", "reversed"): "reverse",
    # Who reported something complains that it is still there: upheld, it stays there.
    ("notifier", "upheld"): "reverse",
    ("notifier", "reversed"): "uphold",
    ("notifier", "partially_reversed"): "uphold",
    ("notifier", "newly_restricted"): "uphold",
}
"""Who complained and how it was decided -> the panel's word for it: is there a restriction?"""


class Weighed(NamedTuple):
    """What a decision keeps of the worksheet."""

    answers: Mapping[str, Answer]
    divergence: str | None
    """Why it was decided against what the answers say; None where it was not."""


def check(
    case: Case, *, outcome: ComplaintOutcome, answers: Mapping[str, Answer], divergence: str
) -> Weighed | None:
    """What is kept of the worksheet; None where the case needs none. Raises where it has gaps."""
    if not needs_worksheet(case):
        return None
    if not answers:
        raise Refused(
            "This decision needs a worksheet.",
            why="the case is about speech that may incite, threaten or hate",
            fix="Open the case at the desk, and answer its questions one by one.",
        )
    worksheet.check_no_gaps(answers, SHORT)
    against = goes_against(case, outcome=outcome, answers=answers)
    if against and not divergence.strip():
        raise Malformed(
            "This outcome has to be explained.",
            why=Text("it goes against {codes}", codes=tuple(against)),
            fix="Write why you decide otherwise; it is part of the answer.",
        )
    return Weighed(answers, divergence.strip() or None)


def goes_against(
    case: Case, *, outcome: ComplaintOutcome, answers: Mapping[str, Answer]
) -> list[str]:
    """Statements of the answers that an outcome goes against.

    Who would answer otherwise with the sides exchanged has to say why they decide all the same.
    """
    statements = worksheet.profile(answers, SHORT)
    like = _LIKE_A_PANEL.get((case.complainant or "person", outcome), "")
    swapped = [statement.code for statement in statements if statement.code == "P-SWAP"]
    return [*worksheet.diverges(statements, like), *swapped]
