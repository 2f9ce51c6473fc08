"""Everybody who can answer somebody in a case, each by the real steps."""

from uuid import UUID

from tests.case.lives import OUTCOME, REGISTRAR, World

from amparo.case import complaint, deliberation, dispute, goodwill, group, panel
from amparo.case.state import Actor
from amparo.ledger.case import casework, panels, people

RULING = UUID(int=18)
RULED = "No threat is in the record: P-AIM-, P-VIO-, P-CON- and P-LEG+; P-VIO? stays open."
UNDONE = "It was the wrong clause after all."


class Deciders(World):
    """Those of the platform whose case it is; what they order, where they order anything."""

    def __init__(self, journal, platform, words, steps=()):
        self.journal, self.platform, self.words, self.steps = journal, platform, words, steps
        seats = (
            people.add(journal, platform, name, f"{name}@sky.example", lead=is_lead)
            for name, is_lead in (("rosa", False), ("lea", True), ("otto", True))
        )
        self.rosa, self.lead, self.other = (seat.reviewer for seat in seats)
        self.now = casework.now()

    @property
    def answer(self):
        outcome = "reversed" if self.steps else "upheld"
        return {"outcome": outcome, "reasons": self.words, "steps": self.steps}

    def a_reviewer(self, case):
        self.opened(self.filed(case), self.rosa)
        self.do(case, complaint.decide, reviewer=self.rosa, **self.answer)

    def a_lead_for_a_group(self, case):
        self.filed(case)
        self.do(case, group.rule, ruling=RULING, reviewer=self.lead, **self.answer)

    def a_panel(self, case):
        self.do(case, panel.submit, role="person", grounds="Please look again.")
        self.do(case, panel.admit, by=REGISTRAR)
        self.listed(case, 18)
        self.drawn(case)
        self.formed(case)
        platform = Actor("platform", self.platform.slug)
        self.do(case, panel.take_position, text="We stand by it.", content="All.", by=platform)
        self.do(case, panel.deliberate, by=REGISTRAR)
        self.sealed(case)
        self.ruled(case, ["reverse" if self.steps else "uphold"] * 3)

    def ruled(self, case, outcomes, **_):
        members = casework.read(self.journal, case).case.members
        for member, outcome in zip(members, outcomes, strict=True):
            self.do(case, deliberation.vote, member=member, outcome=outcome, dissent="")
        panels.decide(
            self.journal,
            casework.read(self.journal, case),
            reasons=self.words,
            summary="In short.",
            divergence="" if self.steps else "The record was too thin to go on.",
            published="In short." if self.steps else "",
            steps=self.steps,
            now=self.now,
        )

    def an_out_of_court_body(self, case):
        outcome = "reverse" if self.steps else "uphold"
        found = OUTCOME._replace(outcome=outcome, reasons=self.words, steps=self.steps)
        self.filed(case)
        self.do(case, dispute.take, outcome=found)

    def a_lead_unasked(self, case):
        self.do(
            case,
            goodwill.reverse,
            ruling=RULING,
            reviewer=self.lead,
            reachable=False,
            **self.answer | {"outcome": "reversed"},
        )

    def a_reviewer_who_cannot_hear_it(self, case):
        self.filed(case)
        self.do(
            case,
            complaint.declare_inadmissible,
            ground="not_covered",
            reasons=self.words,
            by=self.rosa,
        )

    def a_register_that_cannot_take_it(self, case):
        self.do(case, panel.submit, role="person", grounds="Please look again.")
        self.do(
            case,
            panel.declare_inadmissible,
            ground="out_of_scope",
            reasons=self.words,
            by=REGISTRAR,
        )

    def an_undo_of_a_group(self, case):
        words, self.words = self.words, "What was ruled first."
        self.a_lead_for_a_group(case)
        self.do(case, complaint.undo, ruling=RULING, reasons=words, by=self.lead)

    def an_undo_of_what_nobody_had_asked_for(self, case):
        words, self.words = self.words, "What was ruled first."
        self.a_lead_unasked(case)
        self.do(case, goodwill.undo, ruling=RULING, reasons=words, by=self.lead, reachable=False)
