"""What became of the mails of a case, in words: subject and state, and never an address."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple, get_args

from amparo.case.notify import ToPeople, to_people
from amparo.ledger.outbound.outbox import Mailed, State
from amparo.web.words import letters
from amparo.web.words.decision import N_
from amparo.web.words.i18n import catalogue, localise

STATES: dict[State, str] = {
    "queued": N_("waits to be sent"),
    "sent": N_("sent: the mail server took it"),
    "delayed": N_("sent, but delayed on its way"),
    "refused": N_("refused by the mail server"),
    "bounced": N_("came back"),
    "erased": N_("not sent: the address was erased"),
}
LOST: frozenset[State] = frozenset({"refused", "bounced"})


class Line(NamedTuple):
    """One mail as a page shows it."""

    at: datetime
    subject: str
    state: str
    code: str
    lost: bool
    """Whether it never arrived."""


def lines(mailed: Sequence[Mailed], platform: str, language: str) -> list[Line]:
    """The mails of a case with a platform of that name."""
    translate = catalogue(language).gettext
    return [
        Line(
            datetime.fromtimestamp(mail.made_at, UTC),
            localise(letters.words(to_people(mail.kind), platform).subject, language),
            translate(STATES[mail.state]),
            mail.code,
            mail.state in LOST,
        )
        for mail in mailed
        if mail.kind in get_args(ToPeople)  # a newer version may have queued others
    ]
