"""Texts that the desk of the story keeps: what its lead shares, and one of a reviewer's own."""

# SPDX-License-Identifier: Apache-2.0

from amparo.demo.stage import Stage
from amparo.ledger.case import saved_texts
from amparo.ledger.case.saved_texts import Written

_OF_THE_DESK = (
    Written(
        "Quoted in order to answer",
        "",
        "The words are another's: you quoted them in order to answer, and your own line above them "
        "says so. The rule is about what somebody says, not about what they show in order to "
        "disagree.",
        shared=True,
    ),
    Written(
        "An address that its owner publishes",
        "section 4.6",
        "The rule protects addresses that are nobody's business. This one stands on the public "
        "page of the shop, and you gave it there yourself.",
        shared=True,
    ),
)
_OF_THE_REVIEWER = Written(
    "The date of an election, with its source",
    "section 6.3",
    "The rule is about wrong dates. Yours was compared with the calendar of the electoral "
    "authority, and",
)


def keep(stage: Stage) -> None:
    """Keep them, as the page of saved texts does."""
    for written in _OF_THE_DESK:
        saved_texts.add(stage.journal, stage.person("lea"), written)
    saved_texts.add(stage.journal, stage.person("rosa"), _OF_THE_REVIEWER)
