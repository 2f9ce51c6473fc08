"""The first step of every case: a decision is issued, with its reasons.

Source: DSA Article 17 (statement of reasons); docs/record.md says what of it is public.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any, NamedTuple

from amparo.record import event, sealing
from amparo.record.canonical import canonical
from amparo.record.decision import Decision
from amparo.record.sealing import Imported, Opening

FEWEST_SHOWN = 10


class Issued(NamedTuple):
    """A leaf for the log, and the opening of what it seals."""

    leaf: bytes
    opening: Opening


def issue(
    decision: Decision,
    *,
    case: str,
    by: str,
    at: str,
    salt: bytes,
    puid_salt: bytes,
    imported: Imported | None = None,
) -> Issued:
    """Issue a decision: `by` is the platform's slug, `at` UTC to the second."""
    opening = sealing.seal(decision, salt=salt, puid_salt=puid_salt, imported=imported)
    public = sealing.public_part(decision)
    leaf = event.decision_leaf(at=at, by=by, case=case, public=public, sealed=opening.commitment())
    return Issued(leaf, opening)


def later(kind: str, details: dict[str, Any], *, at: str, salt: bytes) -> Issued:
    """Anything that happens to a case afterwards; in the log only its time can be read."""
    opening = Opening(salt, canonical({"kind": kind, **details}), "", b"")
    return Issued(event.leaf(event.SealedEvent(at=at, sealed=opening.root())), opening)


def total(counts: Mapping[str, int], *, at: str, salt: bytes) -> Issued:
    """Running totals of sealed events, so that nothing can be left out unseen."""
    opening = Opening(salt, canonical({"kind": "totals"}), "", b"")
    shown = {kind: n for kind, n in sorted(counts.items()) if n >= FEWEST_SHOWN}
    return Issued(
        event.leaf(event.Totals(at=at, counts=shown, sealed=opening.commitment())), opening
    )


def hearing(
    *,
    by: str,
    period: str,
    over: bool,
    shown: tuple[Mapping[str, int], Mapping[str, int]],
    every: tuple[Mapping[str, int], Mapping[str, int]],
    at: str,
    salt: bytes,
) -> Issued:
    """A platform's figures of a period, counts and minutes: some are shown, all committed to."""
    counts, minutes = every
    sealed = {"kind": "hearing", "counts": counts, "minutes": minutes}
    opening = Opening(salt, canonical(sealed), "", b"")
    leaf = event.Hearing(
        at=at,
        by=by,
        counts=dict(shown[0]),
        minutes=dict(shown[1]),
        over=over,
        period=period,
        sealed=opening.commitment(),
    )
    return Issued(event.leaf(leaf), opening)
