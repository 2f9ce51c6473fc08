"""Where the story is played: a node, three platforms with their desks, and steps taken on cases."""

# SPDX-License-Identifier: Apache-2.0

import functools
import inspect
import random
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from amparo.case import complaint, delivery, remedy
from amparo.case.roles import Reviewer
from amparo.case.state import Actor, Case
from amparo.demo.director import Director
from amparo.demo.matters import FORO, MERCADO, NIDO
from amparo.demo.statements import Statement, decision
from amparo.ledger.case import casework, people
from amparo.ledger.log import platforms
from amparo.ledger.log.intake import prepare
from amparo.ledger.log.platforms import Platform
from amparo.ledger.upkeep.demonstration import capability
from amparo.record.rules import Profile
from amparo.storage.journal import Journal
from amparo.storage.node import Node

PERSON, NOTIFIER, NODE = Actor("person"), Actor("notifier"), Actor("node")
DESKS = (
    (
        FORO,
        (("Rosa Prieto", "rosa", False), ("Lea Blum", "lea", True), ("Otto Kern", "otto", True)),
    ),
    (MERCADO, (("Marta Sol", "marta", True), ("Bruno Díaz", "bruno", False))),
    (NIDO, (("Noor Aziz", "noor", True), ("Kim Vos", "kim", False))),
)
"""Platform -> who sits at its desk: name, name in the address, whether they lead it."""
MODERATORS = {
    FORO: (("Iván Mora", "mod-3"), ("Paula Gil", "mod-17")),
    MERCADO: (("Jon Arce", "team-2"),),
    NIDO: (("Lot Bakker", "mod-a"), ("Fien Maas", "mod-b")),
}
"""Platform -> who takes its first decisions: name, and what its records call them."""
REGISTRAR = ("Ada Quist", "ada@derechos.example")


class Stage:
    """A node on which time passes as the director says."""

    def __init__(self, node: Node, journal: Journal, director: Director, seed: int = 2026) -> None:
        """Nobody is there yet."""
        self.node, self.journal, self._director = node, journal, director
        self.chance = random.Random(seed)  # noqa: S311 - made-up people, the same on every node
        self._secret = node.secret()
        self.platforms = {name: self._set_up(name, seats) for name, seats in DESKS}
        self.registrar = people.add(journal, None, *REGISTRAR, lead=True)

    @property
    def now(self) -> datetime:
        """What time it is in the story."""
        return self._director.now

    def actor(self, platform: str) -> Actor:
        """A platform, as events tell who acted."""
        return Actor("platform", self.platforms[platform].slug)

    def seat(self, name: str) -> Reviewer:
        """Somebody of a desk, by the name in their address."""
        return self.person(name).reviewer

    def person(self, name: str) -> people.Person:
        """The same with their seat."""
        return next(p for p in people.every(self.journal) if p.email.startswith(f"{name}@"))

    def issue(self, platform: str, statements: Sequence[Statement]) -> list[UUID]:
        """A platform states decisions, as by the API; their cases."""
        made = prepare(
            [decision(statement) for statement in statements],
            platform=self.platforms[platform],
            secret=self._secret,
            capabilities=[capability(statement["puid"]) for statement in statements],
            now=self.now,
        )
        self.journal.append([[prepared.row] for prepared in made])
        return [UUID(prepared.case) for prepared in made]

    def do(self, case: UUID, step: Callable[..., Any], **values: Any) -> Case:
        """Take a step on a case, now; those that do not look at the case are given none."""
        taken = partial(step, **values, now=self.now)
        if not _sees_the_case(step):
            return casework.act(self.journal, case, lambda _: taken())
        return casework.act(self.journal, case, taken)

    def tell(self, platform: str, case: UUID, decided_by: Sequence[str] = ()) -> None:
        """The platform tells the person of its decision."""
        by = self.actor(platform)
        self.do(case, delivery.deliver, how="platform", decided_by=decided_by, by=by)

    def complain(self, platform: str, case: UUID, grounds: str, *, role: str = "person") -> None:
        """Somebody complains; the platform confirms at once that it keeps the evidence."""
        self.do(case, complaint.file, role=role, grounds=grounds, attachments=())
        self.do(case, remedy.keep, is_kept=True, reason="", by=self.actor(platform))

    def take(self, case: UUID, reviewer: Reviewer) -> None:
        """Somebody at the desk takes a case and opens its file."""
        self.do(case, complaint.assign, to=reviewer, by=reviewer)
        self.do(case, complaint.open_file, reviewer=reviewer)

    def _set_up(self, name: str, seats: Sequence[tuple[str, str, bool]]) -> Platform:
        platform = platforms.add(self.journal, name, Profile(), demo=True)
        for full_name, short, lead in seats:
            email = f"{short}@{platform.slug}.example"
            people.add(self.journal, platform, full_name, email, lead=lead)
        for full_name, known_as in MODERATORS[name]:
            email = f"{known_as}@{platform.slug}.example"
            people.add(self.journal, platform, full_name, email, known_as=[known_as])
        return platform


@functools.cache
def _sees_the_case(step: Callable[..., Any]) -> bool:
    return "case" in inspect.signature(step).parameters
