"""When a call is made again, and how long to wait before it.

A call that was certainly not carried out (429, 503, 507) is made again. One of which that is not
known (no answer, or another error of the server's) is made again only where that changes nothing.
Waits grow, with full jitter, so that the clients of a node that was away do not all come at once;
Retry-After is a least wait.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import NamedTuple

from amparo.ledger.outbound import retry_after

NOT_CARRIED_OUT = frozenset({429, 503, 507})
UNCLEAR = frozenset({500, 502, 504})


class Patience(NamedTuple):
    """How long a client goes on; the wait before try n is at most `first` times 2 to the n."""

    tries: int = 6
    first_seconds: float = 1
    longest_seconds: float = 60
    most_asked_seconds: int = 600
    """A Retry-After beyond that is an error at once: the caller has better things to do."""


def is_repeated(status: int | None, *, is_idempotent: bool) -> bool:
    """Whether to call again after a status, or after no answer (None)."""
    return status in NOT_CARRIED_OUT or (is_idempotent and (status is None or status in UNCLEAR))


def wait_seconds(
    patience: Patience, attempt: int, asked: str, *, now: int, chance: float
) -> float | None:
    """How long to wait after `attempt` (0: the first) failed; None: go on no longer.

    `asked`: the header Retry-After, or ''. `chance`: a random number from 0 to 1.
    """
    if attempt + 1 >= patience.tries:
        return None
    jitter = chance * min(patience.longest_seconds, patience.first_seconds * 2**attempt)
    least = retry_after.seconds(asked, now, least=1) or 0
    return None if least > patience.most_asked_seconds else least + jitter
