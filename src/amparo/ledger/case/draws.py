"""Drawing a panel: members reveal what they were bound to, and the draw follows from it.

What a member reveals by page is an entry of the case, sealed like all others: nobody but the node
can read it before the panel is drawn, and the draw uses it, whatever the registrar would like. How
a draw works is in `coalition/draw`.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from amparo.case import panel
from amparo.case.events import Event, PanelDrawn, PanelListed
from amparo.case.state import Case
from amparo.coalition import draw
from amparo.coalition.draw import Drawn, Eligible
from amparo.coalition.roster import Member
from amparo.errors import Malformed, Missing, Text, Unsound
from amparo.ledger.case import casework, panels, registrars
from amparo.ledger.case.casework import File
from amparo.ledger.case.panels import PAGE, last_list, members_of
from amparo.ledger.case.registrars import Registrar
from amparo.storage.journal import Journal
from amparo.storage.node import Node


def reveal(journal: Journal, node: Node, draw_id: str, member: str, given: str) -> None:
    """A member reveals their value for a draw, as hexadecimal; it is checked before it is kept."""
    file = to_draw(journal, draw_id)
    value = reveals_of({member: given})[member]
    _check_reveals(node, {member: value}, last_list(file).draw)

    def step(case: Case) -> Sequence[Event]:
        if case.draw_id != draw_id:
            raise _no_draw()
        return panel.reveal(case, member=member, value=value.hex(), now=casework.now())

    casework.act(journal, file.id, step)


def draw_panel(
    journal: Journal,
    node: Node,
    case_id: UUID,
    reveals: Mapping[str, bytes],
    *,
    by: Registrar,
    now: datetime,
) -> Drawn:
    """Draw from the fixed list with all that members revealed by page, and what came otherwise."""
    file = casework.read(journal, case_id)
    fixed = last_list(file)
    by_page = reveals_of(dict(file.case.revealed))
    # What came by page was checked then; its member may have left the roster since.
    _check_reveals(node, {n: v for n, v in reveals.items() if n not in by_page}, fixed.draw)
    reveals = {**reveals, **by_page}
    eligible = [Eligible(*row) for row in fixed.eligible]
    seed = draw.seed(reveals)
    drawn = draw.draw(eligible, seed, fixed.draw_id, seats=panel.SEATS, language=fixed.language)
    registrars.act(
        journal,
        case_id,
        by,
        lambda case: panel.draw(
            case,
            digest=draw.list_digest(eligible),
            members=drawn.members,
            reserves=drawn.reserves,
            reveals={n: v.hex() for n, v in reveals.items()},
            seed=seed.hex(),
            now=now,
        ),
    )
    panels.replace_gone(journal, case_id, now=now)
    return drawn


def waiting_for(journal: Journal, member: str) -> list[PanelListed]:
    """The oldest draws that wait for the value of this member."""
    rows: list[tuple[Any, ...]] = journal.db.execute(
        "SELECT case_id FROM panel WHERE state = 'drawing' ORDER BY due, case_id"
    ).fetchall()
    files = (casework.read(journal, UUID(bytes=bytes(case_id))) for (case_id,) in rows)
    waiting = (
        last_list(file)
        for file in files
        if member in file.case.eligible and member not in dict(file.case.revealed)
    )
    return [*islice(waiting, PAGE)]


def to_draw(journal: Journal, draw_id: str) -> File:
    """The case of a list that was fixed and is not drawn from yet, by its public name."""
    row = journal.db.execute(
        "SELECT case_id FROM panel WHERE draw_id = ? AND state = 'drawing'", (draw_id,)
    ).fetchone()
    if row is None:
        raise _no_draw()
    return casework.read(journal, UUID(bytes=bytes(row[0])))


def reveals_of(given: Mapping[str, str]) -> dict[str, bytes]:
    """What members revealed, by id, from its hexadecimal form."""
    found = {}
    for name, value in given.items():
        try:
            found[name] = bytes.fromhex(value)
        except ValueError:
            raise Malformed(
                "A reveal is hexadecimal.",
                why=Text("the value of {name} has other characters, or an odd number", name=name),
                fix="Copy it whole.",
                field=f"reveal.{name}",
            ) from None
    return found


def record_of(file: File, draw_id: str, members: Sequence[Member]) -> dict[str, Any]:
    """Everything with which anybody can repeat a draw, offline."""
    fixed, drawn = _drawn(file, draw_id)
    return {
        "v": 1,
        "case": fixed.draw_id,
        "draw": fixed.draw,
        "language": fixed.language,
        "list_sha256": fixed.list_sha256,
        "eligible": fixed.eligible,
        "chain_ends": {
            member.id: member.chain_end for member in members if member.id in drawn.reveals
        },
        "reveals": drawn.reveals,
        "seed": drawn.seed,
        "members": drawn.members,
        "reserves": drawn.reserves,
    }


def _drawn(file: File, draw_id: str) -> tuple[PanelListed, PanelDrawn]:
    """A list and what was drawn from it."""
    fixed: PanelListed | None = None
    for event in file.events:
        if isinstance(event, PanelListed):
            fixed = event
        elif isinstance(event, PanelDrawn) and fixed is not None and fixed.draw_id == draw_id:
            return fixed, event
    raise Missing("No panel was drawn in this case.", why="not yet", fix="Come back later.")


def _check_reveals(node: Node, reveals: Mapping[str, bytes], number: int) -> None:
    """Raise unless each value is the one to which its member was bound for the draw."""
    ends = {member.id: bytes.fromhex(member.chain_end) for member in members_of(node)}
    for name, value in reveals.items():
        if name not in ends:
            raise Missing(
                "Somebody is not on the roster.",
                why=Text("{members} are not on it", members=(name,)),
                fix="Use the ids of the roster.",
            )
        try:
            draw.check_reveal(value, ends[name], number)
        except Unsound as error:
            raise Unsound(
                Text("The value of {name} is not the one to which they were bound.", name=name),
                why=error.texts[1],
                fix=Text(
                    "Ask {name} for the value of exactly this draw, or draw without them: {fewest} "
                    "others are enough.",
                    name=name,
                    fewest=draw.FEWEST_REVEALS,
                ),
            ) from None


def _no_draw() -> Missing:
    return Missing(
        "There is no such draw.",
        why="its list was never fixed, or it is drawn already",
        fix="Open it from your list.",
    )
