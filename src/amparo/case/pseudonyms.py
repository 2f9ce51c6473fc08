"""Who took a decision and who looked again: what is said of it, and how it can be proven.

"Somebody else looks at it" is a promise until somebody can check it. So every answer commits to
both by pseudonyms of that one case: HMAC-SHA-256, under a fresh key, of whose they are. One entry
holds the pseudonyms and is opened to whoever complained; another holds the key and the names, and
is opened to an out-of-court body or a monitor, who then knows that the pseudonyms do not lie. Both
are in the log before anybody asks. Names that are one person's at the desk give one pseudonym.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, cast

from amparo.case import events
from amparo.case.complaint import check_text
from amparo.case.events import Deciders, Event, PartsCommitted, PartsNamed, PartsOpened
from amparo.case.machines import HELD
from amparo.case.roles import Reviewer, check_lead, check_may_touch, folded
from amparo.case.state import Case
from amparo.errors import Malformed, Mistakes, Text, Unsound

Verdict = Literal["somebody else", "a machine decided", "not said", "the same person"]
"""What the committed pseudonyms prove of who looked again."""
PSEUDONYM_CHARACTERS = 32


class Identity(NamedTuple):
    """Somebody, whatever they are called."""

    id: str
    """Their first seat, or the name that no seat bears."""
    names: tuple[str, ...]


def deciders_status(case: Case, desk: Iterable[Reviewer], *, automated: bool) -> Deciders:
    """Whether the platform has said who decided, so that they can be kept from reviewing it.

    A name that nobody at the desk bears says nothing until a lead has said whose it is.
    `automated`: the statement of reasons says that the decision was fully automated.
    """
    if case.deciders_settled:
        return cast("Deciders", case.deciders_settled)
    if not case.deciders:
        return "machine" if automated else "unsaid"
    known = {name for reviewer in desk for name in reviewer.known_as}
    return "named" if all(folded(name) in known for name in case.deciders) else "unsaid"


def name_deciders(
    case: Case,
    *,
    seats: Sequence[Reviewer],
    elsewhere: str,
    machine: bool,
    by: Reviewer,
    now: datetime,
) -> list[Event]:
    """A lead says who decided: people at the desk, somebody `elsewhere`, or a machine alone.

    Whoever has the complaint and turns out to have decided hands it back by that.
    """
    check_may_touch(case, by, "name deciders")
    people = bool(seats or elsewhere.strip())
    if people == machine:
        raise Malformed(
            "Say who took the decision.",
            why="people and a machine alone exclude each other" if people else "nobody was named",
            fix="Choose who sits at this desk, name who does not, or say that a machine decided.",
        )
    fix = Text("Write how your records call them.")
    names = (check_text(elsewhere, fix),) if elsewhere.strip() else ()
    decided = sorted({seat for reviewer in seats for seat in reviewer.seats}, key=int)
    named: list[Event] = [
        events.DecidersNamed(
            now,
            str(by.actor),
            decided_by=names,
            seats=tuple(decided),
            machine="yes" if machine else None,
        )
    ]
    if case.complaint in HELD and case.reviewer in decided:
        named.append(events.ComplaintReturned(now, "node", reason="", cause="decided"))
    return named


def commit(
    case: Case,
    *,
    answer: int,
    seat: str,
    desk: Sequence[Reviewer],
    automated: bool,
    key: bytes,
    now: datetime,
) -> list[Event]:
    """The two entries that follow an answer; `answer` is its place, `seat` who gave it.

    `key`: 32 random bytes of this answer alone.
    """
    seats = {number: colleague for colleague in desk for number in colleague.seats}
    reviewer = _of_seat(seat, seats)
    deciders = {
        *(_of_seat(decider, seats) for decider in case.decider_seats),
        *(_of_name(name, desk) for name in case.deciders),
    }
    names = {
        pseudonym(key, identity.id): (identity.id, *identity.names)
        for identity in sorted({reviewer, *deciders})
    }
    return [
        PartsCommitted(
            now,
            "node",
            answer=answer,
            reviewer=pseudonym(key, reviewer.id),
            deciders=tuple(sorted(pseudonym(key, decider.id) for decider in deciders)),
            said=deciders_status(case, desk, automated=automated),
            key_sha256=hashlib.sha256(key).hexdigest(),
        ),
        PartsNamed(now, "node", key=key.hex(), names=names),
    ]


def pseudonym(key: bytes, identity: str) -> str:
    """The pseudonym of an identity under the key of one answer."""
    made = hmac.new(key, b"amparo.part.v1\n" + identity.encode(), hashlib.sha256).hexdigest()
    return made[:PSEUDONYM_CHARACTERS]


def judge(committed: PartsCommitted) -> Verdict:
    """What the pseudonyms say of who looked again."""
    if committed.reviewer in committed.deciders:
        return "the same person"
    if committed.said == "unsaid":
        return "not said"
    return "somebody else" if committed.said == "named" else "a machine decided"


def check_names(named: PartsNamed, committed: PartsCommitted | None = None) -> None:
    """Raise `Unsound` unless the names give the pseudonyms, those that were committed to."""
    key = bytes.fromhex(named.key)
    made = {pseudonym(key, names[0]): names for names in named.names.values() if names}
    why = None
    if made != {pseudonym: tuple(names) for pseudonym, names in named.names.items()}:
        why = "a pseudonym is not made of the name beside it"
    elif committed is not None and hashlib.sha256(key).hexdigest() != committed.key_sha256:
        why = "the key is not the one that the other entry commits to"
    elif committed is not None and {committed.reviewer, *committed.deciders} != set(made):
        why = "the two entries do not speak of the same people"
    if why is not None:
        raise Unsound(
            "These names do not stand behind these pseudonyms.",
            why=why,
            fix="Ask the node's operator for both entries of the same answer.",
        )


def open_names(*, to: str, why: str, by: Reviewer, now: datetime) -> PartsOpened:
    """A lead hands over who stands behind the pseudonyms: to whom, and why."""
    check_lead(by.actor)
    mistakes = Mistakes()
    with mistakes.of("to"):
        whom = check_text(to, Text("Name the body or the monitor."))
    with mistakes.of("why"):
        purpose = check_text(why, Text("Say what they need it for."))
    mistakes.end()
    return PartsOpened(now, str(by.actor), to=whom, why=purpose)


def _of_seat(seat: str, seats: dict[str, Reviewer]) -> Identity:
    holder = seats.get(seat)
    if holder is None:
        return Identity(f"seat:{seat}", ())
    return Identity(f"seat:{min(map(int, holder.seats))}", tuple(sorted(holder.names)))


def _of_name(name: str, desk: Sequence[Reviewer]) -> Identity:
    """Whoever bears this name at the desk; else the name itself."""
    known = next((reviewer for reviewer in desk if folded(name) in reviewer.known_as), None)
    if known is None:
        return Identity(f"name:{folded(name)}", (name,))
    return _of_seat(str(known.number), {str(known.number): known})
