"""What is asked of a member of the coalition now: votes, signatures, its witness, its own log.

All of it is public, and gathered from what the node has: nobody signs in to be told. What is sealed
for a member's people is not among it, since no node knows what was sent to whom.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection, Sequence
from typing import NamedTuple

from amparo.coalition import document, membership_request
from amparo.coalition.charter import Charter, Party
from amparo.coalition.membership_request import Request
from amparo.coalition.resolution import Answer
from amparo.ledger.coalition import charters
from amparo.ledger.coalition.charters import Draft
from amparo.ledger.coalition.monitor_state import Found, HealthFile
from amparo.ledger.coalition.resolutions import Whole
from amparo.storage.node import Node


class Seen(NamedTuple):
    """How far a member's witness is with somebody else's log."""

    origin: str
    seen: int | None
    """Entries of the largest checkpoint that it has cosigned; None: it told of none."""
    size: int
    """Entries of the log, as a monitor saw it."""

    @property
    def behind(self) -> int:
        """How many entries it has not looked at yet."""
        return max(0, self.size - (self.seen or 0))


class Asked(NamedTuple):
    """What waits for a member, and what it has done."""

    party: Party
    votes: tuple[Whole, ...]
    """Resolutions that wait for its answer, the one that ends first before the others."""
    drafts: tuple[Draft, ...]
    """Of the next charter, that it has not signed."""
    requests: tuple[tuple[str, Request], ...]
    """To join or to stand otherwise, that stand in no draft: digest, and what is asked."""
    witnessed: tuple[Seen, ...]
    """The logs of the others; none where it is no witness, or no monitor has looked."""
    faults: tuple[Found, ...]
    """What a monitor finds wrong with the member's own log now."""
    answered: tuple[tuple[Whole, Answer], ...]
    """Its answers, newest resolution first."""

    @property
    def late(self) -> tuple[Seen, ...]:
        """The logs with which its witness is behind."""
        return tuple(seen for seen in self.witnessed if seen.behind)

    @property
    def waiting(self) -> int:
        """How many things wait for it."""
        lists = (self.votes, self.drafts, self.requests, self.late, self.faults)
        return sum(map(len, lists))


def of_member(
    node: Node, charter: Charter, party: Party, every: Sequence[Whole], health: HealthFile | None
) -> Asked:
    """What is asked of a member; `every`: all resolutions, newest first."""
    votes = "resolution" in party.roles
    drafts = charters.drafts(node) if votes else []
    open_ = [
        whole
        for whole in every
        if whole.standing.status == "open" and party.id in whole.standing.silent
    ]
    return Asked(
        party,
        tuple(sorted(open_, key=lambda whole: whole.resolution.until)),
        tuple(draft for draft in drafts if party.id not in draft.signed_by),
        tuple(_open_requests(node, drafts)) if votes else (),
        tuple(_witnessed(charter, party, health)),
        tuple(_faults(party, health)),
        tuple(
            (whole, whole.standing.answers[party.id])
            for whole in every
            if party.id in whole.standing.answers
        ),
    )


def _open_requests(node: Node, drafts: Collection[Draft]) -> list[tuple[str, Request]]:
    return [
        (document.digest(signed.text), request)
        for request, signed in charters.requests(node)
        if not any(membership_request.stands_in(request, draft.charter) for draft in drafts)
    ]


def _witnessed(charter: Charter, party: Party, health: HealthFile | None) -> list[Seen]:
    if party.witness is None or health is None:
        return []
    names = {vkey.partition("+")[0] for vkey in party.witness.keys}
    own = party.log.key if party.log else None
    logs = {other.log.key for other in charter.member if other.log is not None}
    return [
        Seen(
            log.origin,
            max((size for name, size in log.seen_by.items() if name in names), default=None),
            log.size,
        )
        for log in health.logs
        if log.vkey in logs and log.vkey != own
    ]


def _faults(party: Party, health: HealthFile | None) -> list[Found]:
    if party.log is None or health is None:
        return []
    origin = party.log.key.partition("+")[0]
    return [fault for fault in health.faults if fault.origin == origin and fault.ended_at is None]
