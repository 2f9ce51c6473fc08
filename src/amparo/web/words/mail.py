"""What became of mails, in words: subject and state, and never an address."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple, get_args

from amparo.case.notify import ToPeople, to_people
from amparo.errors import Text
from amparo.ledger.case import danger
from amparo.ledger.case.delivery_thread import WEBHOOK_ENDED
from amparo.ledger.outbound.outbox import LEADS_PROPOSED, NEWS, SIGN_IN, Mailed, State
from amparo.web.words import letters
from amparo.web.words.decision import N_
from amparo.web.words.i18n import catalogue, localise

STATES: dict[State, str] = {
    "queued": N_("waits to be sent"),
    "sent": N_("sent, and the mail server took it"),
    "delayed": N_("sent, but delayed on its way"),
    "refused": N_("refused by the mail server"),
    "bounced": N_("came back"),
    "erased": N_("not sent: the address was erased"),
}
LOST: frozenset[State] = frozenset({"refused", "bounced"})


_TO_SEATS = {
    SIGN_IN: letters.WAY_IN,
    danger.KIND: letters.DANGER,
    LEADS_PROPOSED: letters.LEADS_PROPOSED,
    WEBHOOK_ENDED: letters.WEBHOOK,
}


class Line(NamedTuple):
    """One mail as a page shows it."""

    at: datetime
    subject: str
    state: str
    """Empty in a demonstration, whose page says once what becomes of all."""
    code: str
    lost: bool
    """Whether it never arrived."""


def lines(
    mailed: Sequence[Mailed], platform: str, language: str, *, of_demonstration: bool
) -> list[Line]:
    """The mails of a case with a platform of that name; a demonstration sends none."""
    translate = catalogue(language).gettext
    return [
        Line(
            datetime.fromtimestamp(mail.made_at, UTC),
            localise(letters.words(to_people(mail.kind), platform).subject, language),
            "" if of_demonstration and mail.state == "sent" else translate(STATES[mail.state]),
            mail.code,
            mail.state in LOST,
        )
        for mail in mailed
        if mail.kind in get_args(ToPeople)  # a newer version may have queued others
    ]


def subject(kind: str, platform: str, body: str) -> Text | str:
    """What a letter of any kind is about; the kind itself where a newer version queued it.

    `platform`: the name of its platform; `body`: of the organisation whose seat it is for.
    """
    if kind in get_args(ToPeople):
        return letters.words(to_people(kind), platform).subject
    return letters.news(body) if kind == NEWS else _TO_SEATS.get(kind, kind)
