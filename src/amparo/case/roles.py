"""Who may do what. A right is a rule here, not a button that is hidden somewhere.

Nobody judges in their own cause: who took the decision, reviewed the complaint before, or declared
a conflict neither reviews it nor steers it; no machine decides alone (DSA Article 20(6)). Every
step that opens, steers or ends a complaint asks `check_may_touch`, whatever way somebody came.

A person is known by every name there is of them, folded: name, address, seat, and what the
platform's records call them. Folding is wide on purpose, since here it only ever keeps somebody
away; who lets somebody in compares by `record/mailbox`.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import functools
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, get_args

import msgspec

from amparo.case.state import Actor, Case
from amparo.errors import Denied, Malformed, Refused, Text
from amparo.record import mailbox

Part = Literal[
    "decided", "elsewhere", "conflict", "reviewed", "reversed", "spoke", "erased", "other side"
]
"""What somebody had to do with a case before."""
Step = Literal[
    "take",
    "assign",
    "return",
    "open",
    "ask",
    "hear",
    "decide",
    "inadmissible",
    "interim",
    "reopen",
    "undo",
    "reverse",
    "name deciders",
    "propose to wait",
    "set apart",
    "say danger",
]
"""Every step of a desk that opens, steers or ends a complaint."""


class Right(NamedTuple):
    """Who may take a step."""

    who: Literal["anybody", "its reviewer", "a lead"]
    """Of the desk."""
    despite: frozenset[Part] = frozenset()
    """What does not stand against it."""


RIGHTS: Mapping[Step, Right] = {
    "take": Right("anybody"),
    "assign": Right("a lead"),
    "return": Right("its reviewer", frozenset(get_args(Part))),
    "open": Right("its reviewer"),
    "ask": Right("its reviewer"),
    "hear": Right("its reviewer"),
    "decide": Right("its reviewer"),
    "inadmissible": Right("anybody"),
    "interim": Right("anybody"),
    # Who ended a complaint may see that it was wrong; another then looks at it once more.
    "reopen": Right("a lead", frozenset({"reviewed"})),
    "undo": Right("a lead", frozenset({"reviewed", "reversed"})),
    # Nobody has complained, and it takes nothing from anybody: who decided may see it as well.
    "reverse": Right("a lead", frozenset(get_args(Part))),
    "name deciders": Right("a lead", frozenset({"reviewed"})),
    "propose to wait": Right("a lead"),
    "set apart": Right("anybody"),
    # It decides nothing, and nobody in danger waits until somebody else has read the same.
    "say danger": Right("anybody", frozenset(get_args(Part))),
}
_OF_WHO_LOOKS = frozenset({"take", "assign", "open", "ask", "hear", "decide", "inadmissible"})
"""Steps of looking at a complaint: none while it waits for a lead case, as its person chose."""
_WHY: Mapping[Part, Text] = {
    "decided": Text("you took the decision that is complained about"),
    "elsewhere": Text("you decided it, or looked at it again, where the case comes from"),
    "conflict": Text("you declared a conflict in this case"),
    "reviewed": Text("you reviewed it before; after a reopening somebody else does"),
    "reversed": Text("you reversed the decision when nobody had complained"),
    "spoke": Text("you are, or were, with the organisation that was asked to speak in it"),
    "erased": Text("you had a part in this case before its texts were erased"),
    "other side": Text("you had a part in the case of the other side, in the same matter"),
}
_ASKED = {
    "person": Text("the person affected asked for the panel"),
    "notifier": Text("who reported the content asked for the panel"),
}


class Reviewer(NamedTuple):
    """Somebody at a desk."""

    number: int
    lead: bool
    names: frozenset[str] = frozenset()
    """Every name there is of them: at the desk, their address, and what records call them."""
    other_seats: frozenset[int] = frozenset()
    """Seats that were, or are, the same person's."""

    @property
    def actor(self) -> Actor:
        return Actor("lead" if self.lead else "reviewer", str(self.number))

    @property
    def seats(self) -> frozenset[str]:
        """Every seat of this person, as events name them."""
        return frozenset(map(str, (self.number, *self.other_seats)))

    @property
    def known_as(self) -> frozenset[str]:
        """Every folded name, spellings of their seats among them."""
        return _known_as(self)


_SEATS = ("{}", "#{}", "seat {}", "seat:{}", "reviewer {}", "reviewer:{}", "lead {}", "lead:{}")
"""How records may call somebody by the number of their seat."""


@functools.lru_cache(maxsize=1024)
def _known_as(who: Reviewer) -> frozenset[str]:
    seats = (spelt.format(n) for n in who.seats for spelt in _SEATS)
    return frozenset(map(folded, (*who.names, *seats)))


@functools.lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A name as it is compared: NFKC, without case, blanks and what cannot be seen; one hyphen.

    Addresses that lead to one mailbox are one name.
    """
    wide = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    seen = (char for char in wide if not _is_unseen(char))
    return _mailbox("".join("-" if _is_hyphen(char) else char for char in seen))


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in _UNSEEN or _WITHOUT_A_FORM.match(char) is not None


def _is_hyphen(char: str) -> bool:
    return unicodedata.category(char) == "Pd" or char in "\u2212\u2043\u02d7"


def _mailbox(name: str) -> str:
    """An address without a tag after a plus (RFC 5233), and its domain in punycode."""
    local_part, at, domain = name.rpartition("@")
    if not at:
        return name
    with contextlib.suppress(Malformed):
        domain = mailbox.ascii_domain(domain.rstrip("."))
    return f"{local_part.partition('+')[0] or local_part}@{domain}"


_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
"""Categories of blanks and of what has no form of its own."""
_WITHOUT_A_FORM = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
"""Letters and marks that are not seen (Default_Ignorable_Code_Point), and Braille's blank."""


def check_may_touch(case: Case, who: Reviewer | Actor, step: Step) -> None:
    """Raise unless this person may take this step in this case.

    `Denied` where the step is not theirs, `Refused` where they had a part in the case.
    """
    if not isinstance(who, Reviewer) or who.number < 1:
        raise _a_person_must()
    right = RIGHTS[step]
    if right.who == "a lead":
        check_lead(who.actor)
    if right.who == "its reviewer" and str(who.number) != case.reviewer:
        raise Denied(
            "This complaint is assigned to somebody else.",
            why="only its reviewer may take this step",
            fix="Ask the lead to assign it to you.",
        )
    part = part_in(case, who)
    if part is not None and part not in right.despite:
        raise Refused(
            "This complaint needs another reviewer.",
            why=_WHY[part],
            fix="Hand it back, so that it goes to somebody who had no part in it.",
        )
    if step in _OF_WHO_LOOKS and case.lead == "waiting":
        raise Refused(
            "This complaint waits for a lead case.",
            why="whoever complained has chosen that",
            fix="Set it apart if it has to be looked at by itself; its time then goes on.",
        )


def part_in(case: Case, who: Reviewer) -> Part | None:
    """What somebody had to do with a case, or with another of the same matter, that keeps them."""
    if decided(case, who):
        return "decided"
    if frozenset(map(folded, case.judged)) & who.known_as:
        return "elsewhere"
    if who.seats & case.conflicts:
        return "conflict"
    if who.seats & case.earlier:
        return "reviewed"
    if who.seats & case.reversers:
        return "reversed"
    if who.seats & case.speakers or frozenset(map(folded, case.spoke)) & who.known_as:
        return "spoke"
    if had_a_part_in_what_was_erased(case, who):
        return "erased"
    return "other side" if any(had_a_part(other, who) for other in case.others) else None


def had_a_part(case: Case, who: Reviewer) -> bool:
    """Whether somebody took the decision or ended a complaint in a case, or may not touch it.

    Who only looked at a complaint, and handed it back, has judged nothing.
    """
    return part_in(case, who) is not None or bool(who.seats & case.closers)


def kept_from(case: Case, who: Reviewer) -> Text | None:
    """Why somebody cannot look at a case, in words to them; None where nothing keeps them."""
    part = part_in(case, who)
    return _WHY[part] if part else None


def decided(case: Case, who: Reviewer) -> bool:
    """Whether somebody is among those who took the decision, by any of their names."""
    named = frozenset(map(folded, case.deciders))
    return bool(who.seats & case.decider_seats or named & who.known_as)


def check_may_sit(case: Case, who: Reviewer) -> None:
    """Raise when a member of panels had to do with the case at a desk."""
    if why := kept_from_the_panel(case, who):
        raise Refused(
            "You cannot sit on this panel.", why=why, fix="Tell the registrar: a reserve sits then."
        )


def kept_from_the_panel(case: Case, who: Reviewer) -> Text | None:
    """Why a member of panels cannot look at a case: whoever touched it at a desk has judged it."""
    part = part_in(case, who)
    if part is None and who.seats & (case.reviewers | case.closers):
        part = "reviewed"
    return _PANEL_WHY[part] if part else None


_PANEL_WHY: Mapping[Part, Text] = {
    "decided": Text("took the decision that is complained about"),
    "elsewhere": Text("decided it, or looked at it again, where the case comes from"),
    "conflict": Text("declared a conflict in this case"),
    "reviewed": Text("reviewed the complaint at the platform's desk"),
    "reversed": Text("reversed the decision at the platform's desk"),
    "spoke": Text("is, or was, with the organisation that was asked to speak in it"),
    "erased": Text("had a part in this case before its texts were erased"),
    "other side": Text("had a part in the case of the other side, in the same matter"),
}


class Sides(NamedTuple):
    """Who the sides of a case are, as far as the node knows them."""

    addresses: frozenset[str]
    """Addresses of the persons, in this case and in the others of the matter."""
    seats: frozenset[str]
    """Every seat there is, or was, at the platform's desk."""


def check_may_lead(case: Case, who: Reviewer, sides: Sides) -> None:
    """Raise when a registrar is a side of a case, sits on its panel, or had a part in it."""
    if why := kept_from_leading(case, who, sides):
        raise Refused(
            "This panel case needs another registrar.",
            why=why,
            fix="Leave it to a registrar who has no part in it; the operator can give a seat to "
            "one (`amparo panel registrar`).",
        )


def kept_from_leading(case: Case, who: Reviewer, sides: Sides) -> Text | None:
    """Why a registrar cannot lead a case, in words to them; None where nothing keeps them."""
    persons = frozenset(map(folded, (*sides.addresses, *filter(None, (case.represented_by,)))))
    if who.known_as & persons:
        return Text("you are one of the sides")
    if who.seats & sides.seats:
        return Text("you have, or had, a seat at the desk of the platform, which is one side")
    if who.known_as & frozenset(map(folded, (*case.members, *case.reserves))):
        return Text("you sit on its panel, or are a reserve of it")
    part = part_in(case, who)
    if part is None and who.seats & (case.reviewers | case.closers):
        part = "reviewed"
    return _WHY[part] if part else None


def check_may_represent(case: Case, who: Reviewer, sides: Sides) -> None:
    """Raise when somebody who speaks for a person had another part in the case, or is the platform.

    `who` bears the organisation's name beside their own.
    """
    if why := _kept_from_representing(case, who, sides):
        raise Refused(
            "You cannot speak for this person.",
            why=why,
            fix="Somebody else of your organisation can, if they had no part in it; or the person "
            "complains alone.",
        )


def _kept_from_representing(case: Case, who: Reviewer, sides: Sides) -> Text | None:
    if who.seats & sides.seats:
        return Text("you have, or had, a seat at the desk of the platform, which is one side")
    if who.known_as & frozenset(map(folded, (*case.members, *case.reserves))):
        return Text("you sit on its panel, or are a reserve of it")
    known = msgspec.structs.replace(case, deciders=case.named_before) if case.mandate else case
    part = part_in(_without_speakers(known, case.represented_as), who)
    return _WHY[part] if part else None


def _without_speakers(case: Case, side: str) -> Case:
    """Whoever speaks for somebody may go on; `mandate` keeps them from speaking for both sides.

    Also where the case of another on their `side` was erased since.
    """
    others = tuple(_without_speakers(other, side) for other in case.others)
    nobody: frozenset[str] = frozenset()
    spoke = f"{_SPOKE}{side}:"
    parted = frozenset(name for name in case.parted if not name.startswith(spoke))
    return msgspec.structs.replace(
        case, spoke=nobody, speakers=nobody, parted=parted, others=others
    )


def parted(case: Case, salt: bytes) -> tuple[str, ...]:
    """Who had a part in a case whose texts are erased: seats, and salted digests of names.

    It says nothing about the person affected, and stays.
    """
    judged = case.reviewers | case.closers | case.earlier | case.reversers
    seats = case.decider_seats | case.conflicts | judged
    spoke = [
        f"{_SPOKE}{case.represented_as}:{name}" for name in _held(case.speakers, case.spoke, salt)
    ]
    return tuple(sorted({*_held(seats, case.deciders, salt), *spoke, *case.parted}))


_SPOKE = "spoke:"
"""Begins what is held of who spoke for a side, and for which: for that side they may again."""


def _held(seats: Iterable[str], names: Iterable[str], salt: bytes) -> list[str]:
    held = [f"seat:{seat}" for seat in seats if seat]
    return held + [f"name:{salt.hex()}:{_digest(salt, folded(name))}" for name in names]


def had_a_part_in_what_was_erased(case: Case, who: Reviewer) -> bool:
    """Whether somebody is among those whom `parted` has kept."""
    if not case.parted:
        return False
    held = {name.split(":", 2)[2] if name.startswith(_SPOKE) else name for name in case.parted}
    names = {name for name in held if name.startswith("name:")}
    salts = {bytes.fromhex(name.split(":")[1]) for name in names}
    own = {f"name:{salt.hex()}:{_digest(salt, a)}" for salt in salts for a in who.known_as}
    return bool(own & names or {f"seat:{seat}" for seat in who.seats} & held)


def one_person(seats: Iterable[Reviewer]) -> dict[int, frozenset[int]]:
    """Seat -> the seats of the same person: those that share a name, or lead to one that does."""
    groups: list[tuple[frozenset[int], frozenset[str]]] = []
    for seat in seats:
        numbers, names, apart = frozenset({seat.number}), seat.known_as, []
        for group in groups:
            if group[1] & names:
                numbers, names = numbers | group[0], names | group[1]
            else:
                apart.append(group)
        groups = [*apart, (numbers, names)]
    return {number: numbers for numbers, _ in groups for number in numbers}


def _digest(salt: bytes, name: str) -> str:
    return hashlib.sha256(b"amparo.parted.v1\n" + salt + name.encode()).hexdigest()


def check_lead(actor: Actor) -> None:
    """Raise unless a lead acts."""
    if actor.role != "lead":
        raise Denied(
            "Only a lead may take this step.",
            why="assigning and reopening are decided by somebody responsible for the desk",
            fix="Ask a lead.",
        )


def _a_person_must() -> Denied:
    return Denied(
        "A person must take this step.",
        why="complaints are decided under the supervision of qualified staff, and not solely "
        "by automated means (DSA Article 20(6))",
        fix="Let a reviewer sign in and decide.",
    )


def check_registrar(by: Actor) -> None:
    """Raise unless the registrar acts, who runs the course of panel cases."""
    if by.role != "registrar" or not by.name:
        raise Denied(
            "Only the registrar may take this step.",
            why="a person is responsible for the course of a case, and no side is",
            fix="Ask the registrar.",
        )


def check_member(case: Case, member: str) -> None:
    """Raise unless this member sits on the panel of the case."""
    if member not in case.members:
        raise Denied(
            "You do not sit on this panel.",
            why="another was drawn, or took your seat",
            fix="Nothing needs to be done.",
        )


def may_be_the_platform(case: Case, by: Actor) -> bool:
    """Whether an act of the person may be the platform's, which could know the link to the case.

    Not after somebody saw whose account it is (`claim`); and whoever reported something, or was
    warned, has a link that no platform was ever given.
    """
    return by.role == "person" and not case.misuse and case.proven_at is None


def check_party(case: Case, by: Actor) -> None:
    """Raise unless the side acts that asked for the panel."""
    if by.role != case.complainant:
        raise Denied(
            "Only the party may take this step.",
            why=_ASKED[case.complainant or "person"],
            fix="Use the page of your own case.",
        )
