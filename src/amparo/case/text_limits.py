"""How long a text may be, and how much one side may put into a case: one table for every door.

A case is read whole whenever somebody looks at it, so whatever goes in is paid for again and again.
No honest text comes near these numbers. Forms and programs are held to them field by field; and
whatever the door, a case takes no more from one side than `check_room` lets in. Each side has room
of its own, so that none can fill the other's.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence

from amparo.errors import Malformed, Refused, Text

LINE = 200
"""Characters of a name, an answer from a list, a number: whatever is not in `MOST`."""
PARAGRAPH = 2_000
SECTION = 10_000
TEXT = 20_000
CONTENT = 50_000
FEWEST_REASONS = 20
"""Characters; fewer cannot be understood by whoever reads why."""
MOST_NAMES = 100
"""Names of people, steps, answers: entries of any list."""

MOST: Mapping[str, int] = {
    # what people and platforms write to each other
    "content": CONTENT,
    "dissent": TEXT,
    "for_the_other": TEXT,
    "divergence": TEXT,
    "grounds": TEXT,
    "published": TEXT,
    "question": TEXT,
    "reason": TEXT,
    "reasons": TEXT,
    "summary": TEXT,
    "text": TEXT,
    # a notice (Article 16)
    "email": 254,  # RFC 5321, 4.5.3.1.3, without the angle brackets
    "where": SECTION,
    "why": SECTION,
    # misuse (Article 23)
    "clause": PARAGRAPH,
    "gravity": PARAGRAPH,
    "intention": PARAGRAPH,
    "numbers": PARAGRAPH,
    "share": PARAGRAPH,
    # ways in: an address with a link, a passkey's number
    "id": PARAGRAPH,
    "link": PARAGRAPH,
}
"""Name of a field, in a form or in JSON -> the most characters it may have."""
WORKSHEET: Mapping[str, int] = {"reason": 5_000, "evidence": PARAGRAPH, "missing": PARAGRAPH}
"""The parts of an answer in a worksheet, as in `Q-11.reason`."""

SIDES = frozenset({"person", "notifier", "representative", "platform", "reviewer", "member"})
ENDS = frozenset({"mandate.ended", "representation.ended", "complaint.withdrawn", "case.withdrawn"})
"""What ends something of one's own: it has room in a case always, since what began it had."""
MOST_ENTRIES_OF_A_SIDE = 200
MOST_BYTES_OF_A_SIDE = 1_000_000
MOST_BYTES_OF_AN_ENTRY = 600_000
"""A worksheet of 36 answers, each at its longest."""


def most(field: str) -> int:
    """The most characters of a field."""
    _, _, part = field.rpartition(".")
    return WORKSHEET.get(part, LINE) if "." in field else MOST.get(field, LINE)


def check_length(field: str, given: str, longest: int | None = None) -> str:
    """A field's text as it is; `Malformed`, which names the field, when it is too long."""
    limit = most(field) if longest is None else longest
    if len(given) > limit:
        raise Malformed(
            "The text is too long.",
            why=Text(
                "the field {field} has {number} characters; at most {most} are taken",
                field=field,
                number=len(given),
                most=limit,
            ),
            fix="Shorten it.",
            field=field,
        )
    return given


def not_among(what: Text, given: str, known: Sequence[str], field: str = "") -> Malformed:
    """The error of a choice that is none of those there are."""
    return Malformed(
        what,
        why=Text("got {given}", given=repr(given)[:76]) if given else "none was chosen",
        fix=Text("Use one of {options}.", options=tuple(known)),
        field=field,
    )


def check_room(before: Sequence[tuple[str, int]], new: Sequence[tuple[str, int]]) -> None:
    """Raise when a side puts more into a case than it holds.

    Both are entries as (by whom, bytes): those that are there, and those that are to come.
    """
    for side in {_side(by) for by, _ in new} & SIDES:
        sizes = [size for by, size in new if _side(by) == side]
        held = [size for by, size in before if _side(by) == side]
        if len(held) + len(sizes) > MOST_ENTRIES_OF_A_SIDE:
            raise _full(
                Text(
                    "it holds {number} entries of yours, of at most {most}",
                    number=len(held),
                    most=MOST_ENTRIES_OF_A_SIDE,
                )
            )
        if max(sizes) > MOST_BYTES_OF_AN_ENTRY or sum(held) + sum(sizes) > MOST_BYTES_OF_A_SIDE:
            raise _full(
                Text(
                    "it would hold {number} bytes of yours, of at most {most}",
                    number=sum(held) + sum(sizes),
                    most=MOST_BYTES_OF_A_SIDE,
                )
            )


def _side(by: str) -> str:
    return by.partition(":")[0]


def _full(why: Text) -> Refused:
    return Refused(
        "This case holds as much from your side as it can.",
        why=why,
        fix="Attach long texts as files, or ask somebody who works on the case.",
    )
