"""Panels: the roster of a node, its draws, and its published rulings.

A draw is three steps apart: the list is fixed in the log; members reveal what they were bound to;
the draw follows from both. How the draw itself goes is in `draws`.
"""

# SPDX-License-Identifier: Apache-2.0

import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from amparo.case import challenge, deliberation, panel, registrar
from amparo.case.events import (
    CaseDecided,
    CaseVoted,
    Event,
    PanelListed,
    WorksheetSealed,
)
from amparo.case.roles import kept_from_the_panel
from amparo.case.state import Case
from amparo.case.worksheet import Answer
from amparo.coalition import charter, draw, roster
from amparo.coalition.draw import Eligible
from amparo.coalition.roster import Member
from amparo.errors import Malformed, Missing, Text, Unavailable
from amparo.ledger.case import casework, hearing, imports, people, registrars
from amparo.ledger.case.casework import File
from amparo.ledger.case.registrars import Registrar
from amparo.ledger.coalition import charters
from amparo.record import sealing
from amparo.storage.database import upsert
from amparo.storage.journal import Journal
from amparo.storage.node import Node
from amparo.tlog.note import Ed25519Verifier

PAGE = 50
logger = logging.getLogger("amparo")


class Precedent(NamedTuple):
    """A published ruling; `id` is that of the draw, and does not tell which case it is."""

    id: str
    seq: int
    at: int
    platform: int
    outcome: str
    basis: str
    ground: str
    category: str
    clause: str
    profile: tuple[str, ...]
    votes: dict[str, int]
    body: str
    dissents: tuple[str, ...]


def members_of(node: Node) -> tuple[Member, ...]:
    """Who may be drawn: by the charter, or by a roster checked against its keeper's key."""
    if node.settings.charter:
        return charter.roster_of(charters.current(node))
    if not node.settings.roster_key or not node.roster.is_file():
        raise Unavailable(
            "This node has no panels yet.",
            why="there is no signed roster",
            fix="Put the roster beside amparo.toml, and its keeper's key into `roster_key`.",
        )
    found = roster.read(
        node.roster.read_bytes(), Ed25519Verifier.from_vkey(node.settings.roster_key)
    )
    for why in found.left_out:
        logger.warning("the roster: left out: %s", why)
    return found.members


def admit(journal: Journal, node: Node, case_id: UUID, *, by: Registrar, now: datetime) -> Case:
    """Find a case admissible, if what it is about is not judged elsewhere."""
    keywords = imports.keywords(journal, node, casework.read(journal, case_id))
    return registrars.act(
        journal, case_id, by, lambda _: panel.admit(keywords=keywords, by=by.actor, now=now)
    )


def replace(
    journal: Journal, case_id: UUID, *, member: str, reason: str, by: Registrar, now: datetime
) -> Case:
    """Let the next reserve who has not left take the seat of a member who has a conflict."""
    left = gone(journal)

    def step(case: Case) -> Sequence[Event]:
        return panel.replace(
            case, member=member, reason=reason, gone=left, by=str(by.actor), now=now
        )

    return registrars.act(journal, case_id, by, step)


def fix_list(
    journal: Journal,
    node: Node,
    case_id: UUID,
    excluded: Mapping[str, str],
    *,
    language: str,
    by: Registrar,
    now: datetime,
) -> list[Eligible]:
    """Fix who may be drawn; whoever is left out is named with the reason.

    Who had a part in the case at a desk, is a registrar, or has left, is left out in any case.
    At least one of the panel will know `language`.
    """
    members = members_of(node)
    unknown = set(excluded) - {member.id for member in members}
    if unknown:
        raise Missing(
            "Somebody is not on the roster.",
            why=Text("{members} are not on it", members=tuple(sorted(unknown))),
            fix="Use the ids of the roster.",
        )
    excluded = {**kept_away(journal, casework.read(journal, case_id), members), **excluded}
    found = sorted(roster.eligible(members, frozenset(excluded)))
    number = _draws(journal) + 1
    fixed = panel.fix_list(
        digest=draw.list_digest(found),
        draw_id=secrets.token_hex(16),
        eligible=found,
        excluded=excluded,
        language=language,
        number=number,
        by=by.actor,
        now=now,
    )
    with journal.transaction():
        file = casework.read(journal, case_id)
        registrars.gate(journal, file, by)(file.case)
        registrar.check_needs_a_list(file.case)
        casework.keep(journal, file, fixed)
        journal.set("panel.draws", str(number))
    return found


def gone(journal: Journal) -> frozenset[str]:
    """Members who had a seat here, and have left it."""
    seats = people.panels_of(journal)
    return frozenset(seat.member for seat in seats if seat.left) - {
        seat.member for seat in seats if not seat.left
    }


def replace_gone(journal: Journal, case_id: UUID, *, now: datetime) -> None:
    """Let reserves sit for whoever of a panel has left."""
    left = gone(journal)
    for member in left & set(casework.read(journal, case_id).case.members):
        casework.act(
            journal,
            case_id,
            partial(panel.replace, member=member, cause="left", gone=left, by="node", now=now),
        )


def seats_of(journal: Journal, member: str) -> list[UUID]:
    """The open panel cases in which a member can still be replaced."""
    rows = journal.db.execute(
        "SELECT case_id FROM panel WHERE members LIKE ? ESCAPE '!' AND state IN "
        "('composing', 'exchange', 'deliberation', 'default_review') ORDER BY case_id",
        (f"% {_escaped(member)} %",),
    )
    return [UUID(bytes=bytes(row[0])) for row in rows]


def kept_away(journal: Journal, file: File, members: Sequence[Member]) -> dict[str, str]:
    """Who cannot be drawn in a case -> why: they touched it at a desk, lead cases, or have left."""
    left, leading = gone(journal), [seat.reviewer for seat in people.registrars(journal)]
    found = dict.fromkeys(
        (member.id for member in members if member.id in left), str(Text("has left"))
    )
    for member in members:
        if any(member.id in case.sat for case in (file.case, *file.case.others)):
            found[member.id] = str(Text("sat on a panel that has ruled on this matter"))
        who = people.member_at_desk(journal, file.platform, member.id, member.name)
        if any(seat.known_as & who.known_as for seat in leading):
            found[member.id] = str(Text("is a registrar"))
        who = who._replace(names=who.names | {member.organisation})
        if why := kept_from_the_panel(file.case, who):
            found[member.id] = str(why)
    return found


def last_list(file: File) -> PanelListed:
    """The list that was fixed last in a case."""
    found = file.find(PanelListed)
    if found is None:
        raise Missing(
            "No list was fixed in this case.",
            why="the draw has not begun",
            fix="Fix the list first.",
        )
    return found


def sheets_of(file: File) -> list[tuple[str, dict[str, Answer]]]:
    """The sealed worksheets that stand: member and answers, in the order of the seats."""
    stand = dict(file.case.sheets)
    found = {}
    for event in file.events:
        if isinstance(event, WorksheetSealed) and stand.get(event.member) == event.sha256:
            found[event.member] = dict(event.answers)
    return [(member, found[member]) for member in file.case.members if member in found]


def votes_of(file: File) -> dict[str, CaseVoted]:
    """The last vote of each member who sits, on the worksheets that stand."""
    found: dict[str, CaseVoted] = {}
    for event in file.events:
        if isinstance(event, WorksheetSealed):
            found.clear()
        elif isinstance(event, CaseVoted) and event.member in file.case.members:
            found[event.member] = event
    return found


def votes_are_open(file: File) -> bool:
    """Whether members read each other's votes: not before every one of them has voted."""
    return len(votes_of(file)) == panel.SEATS


def decide(
    journal: Journal,
    file: File,
    *,
    reasons: str,
    summary: str,
    divergence: str,
    published: str,
    steps: Sequence[str],
    for_the_other: str = "",
    unheard: str = "",
    now: datetime,
) -> Case:
    """The panel decides by the majority of its votes, and its ruling is published."""
    votes = votes_of(file)
    outcomes = {member: vote.outcome for member, vote in votes.items()}
    counted = sorted(outcomes.values(), key=lambda outcome: -list(outcomes.values()).count(outcome))
    if not counted:
        raise Malformed(
            "Nobody has voted.",
            why=Text("{number} of {most} votes", number=0, most=panel.SEATS),
            fix="Each member votes first.",
        )
    with journal.transaction():
        case = casework.act_within(
            journal,
            file.id,
            lambda found: deliberation.decide(
                found,
                votes=outcomes,
                outcome=counted[0],
                reasons=reasons,
                summary=summary,
                dissents={
                    m: vote.dissent for m, vote in votes.items() if vote.outcome != counted[0]
                },
                divergence=divergence,
                sheets=[answers for _, answers in sheets_of(file)],
                steps=steps,
                published=published,
                for_the_other=for_the_other,
                unheard=unheard,
                now=now,
            ),
        )
        _publish(journal, casework.read(journal, file.id))
        hearing.call_afterwards(journal, file.id, now=now)
    return case


def newest(journal: Journal, most: int) -> list[Precedent]:
    """The rulings that were published last."""
    query = f"{_PRECEDENTS} ORDER BY at DESC, id LIMIT ?"
    return [_precedent(row) for row in journal.db.execute(query, (most,))]


def search(
    journal: Journal, *, outcome: str = "", ground: str = "", factor: str = "", text: str = ""
) -> list[Precedent]:
    """Published rulings, newest first: by outcome, ground, factor (a code) and words."""
    where, values = ["1 = 1"], []
    for column, value in (("outcome", outcome), ("ground", ground)):
        if value:
            where.append(f"{column} = ?")
            values.append(value)
    if factor:
        where.append("profile LIKE ? ESCAPE '!'")
        values.append(f"% {_escaped(factor)} %")
    if text:
        where.append("(lower(clause) LIKE ? ESCAPE '!' OR lower(body) LIKE ? ESCAPE '!')")
        values += [f"%{_escaped(text).lower()}%"] * 2
    query = f"{_PRECEDENTS} WHERE {' AND '.join(where)} ORDER BY at DESC, id LIMIT ?"
    return [_precedent(row) for row in journal.db.execute(query, (*values, PAGE))]


def of_draw(journal: Journal, draw_id: str) -> File | None:
    """The case of a draw, by the draw's public name."""
    row = journal.db.execute(
        "SELECT case_id FROM panel WHERE draw_id = ?1 AND draw_id <> '' "
        "UNION SELECT case_id FROM precedent WHERE id = ?1",
        (draw_id,),
    ).fetchone()
    return None if row is None else casework.read(journal, UUID(bytes=bytes(row[0])))


def precedent(journal: Journal, name: str) -> Precedent:
    """A published ruling by its id."""
    row = journal.db.execute(f"{_PRECEDENTS} WHERE id = ?", (name,)).fetchone()
    if row is None:
        raise Missing(
            "There is no published ruling at this address.",
            why="none was published under it, or it was erased",
            fix="Look in the list of rulings.",
        )
    return _precedent(row)


def cases_of(journal: Journal, member: str) -> list[tuple[UUID, str, int]]:
    """The cases in whose panel a member sits, the most urgent: case, state, last day."""
    rows = journal.db.execute(
        "SELECT case_id, state, due FROM panel WHERE members LIKE ? ESCAPE '!' "
        "AND state <> 'closed' ORDER BY due LIMIT ?",
        (f"% {_escaped(member)} %", PAGE),
    )
    return [(UUID(bytes=bytes(row[0])), str(row[1]), int(row[2])) for row in rows]


def challenges_for(journal: Journal, member: str) -> list[File]:
    """The oldest challenges that wait for this member's judgment: they have no part in them."""
    rows: list[tuple[Any, ...]] = journal.db.execute(
        "SELECT case_id FROM panel WHERE challenged <> '' ORDER BY case_id"
    ).fetchall()
    files = (casework.read(journal, UUID(bytes=case_id)) for (case_id,) in rows)
    return [*islice((file for file in files if challenge.may_judge(file.case, member)), PAGE)]


def later_than(journal: Journal, name: str) -> str:
    """The id of the ruling that came after this one in the same case; '' if none did."""
    row = journal.db.execute(
        "SELECT later.id FROM precedent AS this JOIN precedent AS later USING (case_id) "
        "WHERE this.id = ? AND later.seq > this.seq ORDER BY later.seq LIMIT 1",
        (name,),
    ).fetchone()
    return "" if row is None else str(row[0])


def _draws(journal: Journal) -> int:
    """How many draws this node has begun: each uses up one link of every chain."""
    return int(journal.setting("panel.draws") or 0)


def _publish(journal: Journal, file: File) -> None:
    [(seq, ruling)] = [
        (entry.seq, entry.event) for entry in file.entries if isinstance(entry.event, CaseDecided)
    ][-1:]
    opening = file.log_entries[0].opening
    sealed = sealing.unpack(opening).fields() if opening is not None and file.public else {}
    counts: dict[str, int] = {}
    for vote in ruling.votes.values():
        counts[vote] = counts.get(vote, 0) + 1
    clause = sealed.get("incompatible_content_ground") or sealed.get(
        "illegal_content_legal_ground", ""
    )
    dissents = list(ruling.dissents.values()) if ruling.published else []
    upsert(
        journal.db,
        "precedent",
        ("id",),
        {
            "id": file.case.draw_id,
            "case_id": file.id.bytes,
            "seq": seq,
            "at": int(ruling.at.timestamp()),
            "platform": file.platform,
            "outcome": ruling.outcome,
            "basis": ruling.basis,
            "ground": file.public.get("decision_ground", ""),
            "category": file.public.get("category", ""),
            "clause": clause,
            "profile": f" {' '.join(ruling.profile)} ",
            "votes": msgspec.json.encode(counts).decode(),
            "body": ruling.published,
            "dissents": msgspec.json.encode(dissents).decode(),
        },
    )


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


_PRECEDENTS = (
    "SELECT id, seq, at, platform, outcome, basis, ground, category, clause, profile, votes, "
    "body, dissents FROM precedent"
)


def _precedent(row: Any) -> Precedent:
    name, seq, at, platform, outcome, basis, ground, category, clause, profile, *rest = row
    votes, body, dissents = rest
    return Precedent(
        name,
        seq,
        at,
        platform,
        outcome,
        basis,
        ground,
        category,
        clause,
        tuple(profile.split()),
        msgspec.json.decode(votes),
        body,
        tuple(msgspec.json.decode(dissents)),
    )
