"""Whole cases, played through the real steps, so that every kind of event stands in one journal.

Chance and clock are fixed while it plays: the same steps give the same bytes.
`python -m tests.case.lives FOLDER` writes the journal as FOLDER/events.jsonl.
"""

import hashlib
import inspect
import json
import os
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from tests.case.test_deliberation import SHEETS
from tests.case.test_suspensions import FACTORS
from tests.conftest import new_node, statement

from amparo.case import (
    challenge,
    claim,
    clocks,
    complaint,
    danger,
    deadlines,
    deliberation,
    delivery,
    dispute,
    hearing,
    joint,
    lifting,
    panel,
    pseudonyms,
    read_back,
    remedy,
    suspensions,
    waits,
    write_back,
)
from amparo.case import mandate as mandate_rules
from amparo.case import notice as notice_rules
from amparo.case.events import Attachment, FileImported, LinkRevoked
from amparo.case.issue import later
from amparo.case.read_back import Seen
from amparo.case.state import Actor, Case
from amparo.ledger.case import (
    casework,
    claims,
    corrections,
    evidence,
    leads,
    links,
    mandates,
    names,
    panels,
    people,
    proposals,
    registrars,
    rulings,
    sides,
)
from amparo.ledger.case import hearing as hearings
from amparo.ledger.case import joint as joint_hands
from amparo.ledger.case import suspensions as senders
from amparo.ledger.connect import page_source
from amparo.ledger.log import platforms, totals
from amparo.ledger.log.intake import prepare
from amparo.ledger.log.notarise import NO_DECISION, NOBODY
from amparo.ledger.outbound import outbox
from amparo.ledger.upkeep import erase, retention
from amparo.record import sealing
from amparo.record.decision import settle, trim
from amparo.record.rules import Profile
from amparo.storage.blobs import evidence_of
from amparo.storage.journal import Journal, Row

BEGIN = datetime(2026, 11, 2, 9, tzinfo=UTC)
FORO = Actor("platform", "foro")
PERSON, NOTIFIER = Actor("person"), Actor("notifier")
NODE = Actor("node")
REGISTRAR = Actor("registrar", "Ada")
OLGA = Actor("operator", "Olga")
REASONS = "The clause names threats; the post quotes one in order to report it."
RULING = (
    "P-AIM- since no threat is in the record; P-VIO- since it is satire; P-CON- and P-LEG+ are "
    "named too; P-VIO? stays open for one of us."
)
LIST = "ab" * 32
ELIGIBLE = [(name, f"Org {name}", ("en", "es")) for name in "abcdexyz"]
RESTORE = ["restore_content"]


@contextmanager
def fixed_chance_and_clock():
    """Random bytes in a fixed order, and one moment for whatever asks the wall clock."""
    count = iter(range(10**9))

    def chance(size):
        made = b""
        while len(made) < size:
            made += hashlib.sha256(b"lives %d" % next(count)).digest()
        return made[:size]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "urandom", chance)
        patch.setattr(time, "time_ns", lambda: int(BEGIN.timestamp()) * 10**9)
        patch.setattr(erase, "datetime", SimpleNamespace(now=lambda _: BEGIN))
        yield


class World:
    """A node with one platform and its desk."""

    def __init__(self, node):
        self.node, self.journal = node, Journal(node.journal)
        self.platform = platforms.add(self.journal, "Foro", Profile())
        rosa, lead, other = (
            people.add(self.journal, self.platform, name, f"{name}@foro.example", lead=is_lead)
            for name, is_lead in (("rosa", False), ("lea", True), ("otto", True))
        )
        self.rosa, self.lead, self.other = rosa.reviewer, lead.reviewer, other.reviewer
        self.now = BEGIN
        self._count = 0

    def wait(self, **span):
        self.now += timedelta(**span)

    def decision(self):
        """A decision of the platform, in the journal as an API call leaves it."""
        self._count += 1
        decided = [settle(trim(statement(f"life-{self._count:03d}")), "API")]
        [made] = prepare(decided, platform=self.platform, secret=b"s" * 32)
        self.journal.append([[made.row]])
        return UUID(made.case)

    def do(self, case_id, step, **values):
        """Take a step; those that do not look at the case are given none."""
        now = {"now": self.now}
        if "case" in inspect.signature(step).parameters:
            return casework.act(self.journal, case_id, partial(step, **values, **now))
        return casework.act(self.journal, case_id, lambda _: step(**values, **now))

    def run_out(self, case_id, name):
        """A clock runs out: a second after its end."""
        end = clocks.running(casework.read(self.journal, case_id).case)[name]
        self.now = max(self.now, end + timedelta(seconds=1))
        return self.do(case_id, clocks.expire, name=name)

    def informed(self, how="platform"):
        case = self.decision()
        self.do(case, delivery.deliver, how=how, decided_by=["mod-17", "mod-3"], by=FORO)
        return case

    def filed(self, case=None, role="person", attachments=()):
        case = case or self.informed()
        self.do(case, complaint.file, role=role, grounds="I quoted it.", attachments=attachments)
        return case

    def opened(self, case, reviewer):
        self.do(case, complaint.assign, to=reviewer, by=reviewer)
        self.do(case, complaint.open_file, reviewer=reviewer)
        return case

    def decided(self, outcome="reversed", steps=RESTORE):
        case = self.opened(self.filed(), self.rosa)
        self.do(
            case,
            complaint.decide,
            reviewer=self.rosa,
            outcome=outcome,
            reasons=REASONS,
            steps=steps,
        )
        return case

    def listed(self, case, number):
        self.do(
            case,
            panel.fix_list,
            digest=LIST,
            draw_id=f"{number:032x}",
            eligible=ELIGIBLE,
            excluded={"m9": "works there"},
            language="en",
            number=number,
            by=REGISTRAR,
        )

    def drawn(self, case, reserves=("d", "e")):
        self.do(case, panel.reveal, member="a", value="00" * 32)
        self.do(
            case,
            panel.draw,
            digest=LIST,
            members=["a", "b", "c"],
            reserves=reserves,
            reveals={"a": "00" * 32, "b": "11" * 32},
            seed="5e" * 32,
        )

    def formed(self, case):
        members = casework.read(self.journal, case).case.members
        self.do(case, panel.form, clean=dict.fromkeys(members, "None of the five."), by=REGISTRAR)

    def asked(self):
        case = self.informed()
        self.do(case, panel.submit, role="person", grounds="Please look again.")
        return case

    def sealed(self, case):
        members = casework.read(self.journal, case).case.members
        for member, answers in zip(members, SHEETS, strict=True):
            self.do(case, deliberation.seal, member=member, answers=answers)

    def ruled(self, case, outcomes, published="", steps=RESTORE, divergence="", **of_the_other):
        members = casework.read(self.journal, case).case.members
        for member, outcome in zip(members, outcomes, strict=True):
            dissent = "" if outcome == outcomes[0] else "An age gate was defensible."
            self.do(case, deliberation.vote, member=member, outcome=outcome, dissent=dissent)
        panels.decide(
            self.journal,
            casework.read(self.journal, case),
            reasons=RULING,
            summary="The cartoon may stay.",
            divergence=divergence,
            published=published,
            steps=steps,
            now=self.now,
            **of_the_other,
        )


def a_complaint_with_every_turn(world):
    case = world.decision()
    world.do(case, delivery.supply, content="«I will get you», he wrote me. Über alles.", by=FORO)
    world.do(case, delivery.name_deciders, decided_by=["mod-17"], by=FORO)
    world.do(case, delivery.deliver, how="mail", decided_by=(), by=NODE)
    world.run_out(case, "C05-30")
    revoked(world, case)
    world.wait(days=1)
    world.filed(case, attachments=[Attachment("cd" * 32, 1234)])
    world.do(case, complaint.add, grounds="Here is more.", attachments=(), by=PERSON)
    world.do(case, remedy.keep, is_kept=True, reason="", by=FORO)
    world.do(case, complaint.assign, to=world.rosa, by=world.lead)
    world.do(case, complaint.hand_back, by=world.rosa, reason="My sister.", conflict=True)
    world.opened(case, world.lead)
    world.do(case, complaint.ask, of="platform", question="Which clause?", by=world.lead)
    world.do(case, complaint.add, grounds="Clause 4.", attachments=(), by=FORO)
    world.do(case, complaint.ask, of="person", question="When was it?", by=world.lead)
    world.run_out(case, "question")
    world.run_out(case, "C06")
    world.do(case, remedy.interim, direction="restore", reasons="Elections.", by=world.lead)
    world.do(
        case,
        complaint.decide,
        reviewer=world.lead,
        outcome="partially_reversed",
        reasons=REASONS,
        steps=["restore_content", "lift_label"],
    )
    world.run_out(case, "C07")
    world.do(case, remedy.report, result="partly", reasons="The label stays.", by=FORO)
    world.do(case, remedy.dispute, reason="It is still hidden.", by=PERSON)
    world.do(case, remedy.report, result="implemented", reasons="", by=FORO)
    world.do(case, remedy.verify, by=PERSON)
    world.wait(days=2)
    world.do(case, complaint.reopen, by=world.lead, reason=REASONS)
    world.opened(case, world.other)
    world.do(case, complaint.decide, reviewer=world.other, outcome="upheld", reasons=REASONS)
    world.run_out(case, "hold-end")


def revoked(world, case):
    """As the person's page does it."""
    casework.act(world.journal, case, lambda _: [LinkRevoked(world.now, "person")])


def nobody_could_be_told(world):
    case = world.decision()
    world.do(case, delivery.fail, reason="bounced", by=NODE)
    world.filed(case)
    world.do(
        case,
        complaint.declare_inadmissible,
        ground="decided_before",
        reasons=REASONS,
        by=world.rosa,
    )


def letters_that_come_back(world):
    """The decision's first: the platform tells the person; then the mail of an answer."""
    case = world.decision()
    world.do(case, delivery.deliver, how="mail", decided_by=(), by=NODE)
    world.do(case, delivery.fail, reason="bounced", code="5.1.1", by=NODE)
    world.do(case, delivery.deliver, how="platform", decided_by=(), by=FORO)
    world.do(case, delivery.lose_letter, letter="window_closes", to="person", code="5.2.2", by=NODE)
    world.do(case, delivery.deliver, how="platform", decided_by=(), by=FORO)


def late_and_out_of_time(world):
    case = world.informed()
    world.wait(days=300)
    world.filed(case)
    world.do(
        case,
        complaint.declare_inadmissible,
        ground="out_of_time",
        reasons=REASONS,
        by=world.rosa,
    )


def withdrawn(world):
    world.do(world.filed(), complaint.withdraw, by=PERSON)


def refused_impossible_failed_settled(world):
    world.do(world.decided(), remedy.report, result="refused", reasons="No.", by=FORO)
    world.do(world.decided(), remedy.report, result="impossible", reasons="Deleted.", by=FORO)
    case = world.decided("newly_restricted", ["restrict"])
    world.do(case, remedy.keep, is_kept=False, reason="Gone.", by=FORO)
    world.run_out(case, "reminder")
    case = world.decided()
    world.run_out(case, "hold")
    world.do(case, remedy.report, result="implemented", reasons="", by=FORO)
    world.run_out(case, "objection")


def one_ruling_for_a_group_taken_back(world):
    asking, plain = world.opened(world.filed(), world.rosa), world.filed()
    world.do(asking, complaint.ask, of="person", question="When?", by=world.rosa)
    taken_back(world, {asking: ("question",), plain: ()})
    protected = world.opened(world.filed(), world.rosa)
    world.do(protected, remedy.interim, direction="keep_down", reasons="A minor.", by=world.rosa)
    at_once = {"result": "impossible", "reasons": "It lies at another host.", "by": FORO}
    world.do(protected, remedy.answer_interim, **at_once)
    world.do(protected, remedy.answer_interim, result="done", by=FORO)
    world.do(protected, remedy.interim, direction="keep_down", reasons="It is up.", by=world.rosa)
    world.do(protected, remedy.answer_interim, result="done", by=FORO)
    taken_back(world, {protected: ("interim",)}, outcome="upheld", steps=())
    world.opened(protected, world.other)
    world.do(protected, complaint.decide, reviewer=world.other, outcome="upheld", reasons=REASONS)


def taken_back(world, cases, **changes):
    """A ruling for a group, carried out, and taken back by the lead who made it."""
    said = {"outcome": "reversed", "reasons": REASONS, "steps": RESTORE, "chosen": "category=X"}
    said |= {"language": "pt", "reviewer": world.lead, "now": world.now} | changes
    ruling = rulings.begin(world.journal, world.platform.id, cases, **said)
    rulings.go_on(world.journal, world.now)
    ruling = rulings.find(world.journal, ruling.id)
    wrong = {"reasons": "It was the wrong clause after all.", "now": world.now}
    rulings.begin_undo(world.journal, ruling, reviewer=world.lead, **wrong)
    rulings.go_on(world.journal, world.now)


def reversed_though_nobody_complained(world):
    told, never_told = world.informed(), world.decision()
    with world.journal.transaction():
        outbox.set_contact(world.journal, told, "person", "ana@example.org", "pt")
    taken_back(world, {told: (), never_told: ()}, unheard=True)
    world.filed(told)


def notice(world, **more):
    told = {"why": "It threatens me.", "where": "https://foro.example/p/1"} | more
    first = notice_rules.receive(**told, now=world.now)
    with world.journal.transaction():
        case = casework.begin(world.journal, world.platform.id, first, now=world.now)
        outbox.set_contact(world.journal, case, "notifier", "n@example.org", "es")
    return case


def answered(world, case, result="not_acted"):
    world.do(
        case,
        notice_rules.answer,
        result=result,
        reasons="No rule forbids it.",
        automated=True,
        decided_by=["mod-17"],
        by=FORO,
    )
    return case


def a_notice_and_what_follows(world):
    answered(world, notice(world, category="STATEMENT_CATEGORY_VIOLENCE", danger="yes"), "acted")
    later = notice(world, danger="unknown")
    world.do(later, danger.say, reasons="He waits at her door.", by=NOTIFIER)
    case = answered(world, notice(world))
    world.filed(case, role="notifier")
    world.do(case, complaint.add, grounds="And again.", attachments=(), by=NOTIFIER)


def reports_of_one_address(world):
    """Answered together; the other side is heard about one, and one ruling is for both."""
    lead, other = notice(world), notice(world)
    said = {"result": "not_acted", "reasons": "No rule forbids it.", "automated": False}
    said |= {"decided_by": ["mod-17"], "by": FORO}
    world.do(lead, notice_rules.answer, **said)
    world.do(other, notice_rules.answer, **said, joint=str(lead))
    for case in (lead, other):
        world.filed(case, role="notifier")
    world.opened(lead, world.rosa)
    call(world, lead)
    told(world, lead, email="")
    world.run_out(lead, "hearing")
    decided = {"reviewer": world.rosa, "outcome": "newly_restricted", "reasons": REASONS}
    decided |= {"steps": ["restrict"], "for_the_other": "It goes: it threatens somebody."}
    decided |= {"now": world.now}
    joint_hands.act(
        world.journal,
        lead,
        partial(complaint.decide, **decided),
        partial(joint.decide, number=str(lead), **decided),
        dict.fromkeys(joint_hands.complaints(world.journal, casework.read(world.journal, lead))),
    )


def spoken_for_by_an_organisation(world):
    """Three agree; it complains for two, answers for one, and is asked to stop, in every way."""
    ana = mandates.add_seat(world.journal, "Rights House", "Ana", "ana@house.example")
    now = {"now": world.now}

    def shown(days):
        said = {"text": "We complain for people whose posts were removed unheard."}
        until = deadlines.end_of(world.now + timedelta(days=days))
        return mandates.show(
            world.journal, world.platform, ana, of=["person"], until=until, **said, **now
        )

    def agreed(mandate):
        case = world.informed()
        with world.journal.transaction():
            file = casework.read(world.journal, case)
            mandates.agree(world.journal, file, str(mandate), of="person", **now)
        return case

    mandate, short = shown(200), shown(20)
    first, second, third = agreed(mandate), agreed(mandate), agreed(mandate)
    said = {"grounds": "The clause names bulk; these were letters.", "files": ()}
    both = [first, second]
    mandates.file_for(world.journal, b"s" * 32, mandate, ana, both, **said, **now)
    world.opened(first, world.rosa)
    world.do(first, complaint.ask, of="person", question="How many got it?", by=world.rosa)
    mandates.add(world.journal, first, ana, text="Forty, who had asked for it.", **now)
    world.do(second, mandate_rules.leave, by=PERSON)
    claimed(world, agreed(mandate))
    mandates.end(world.journal, mandate, ana, reasons="Our office closes in spring.", **now)
    assert not casework.read(world.journal, third).case.mandate
    late = agreed(short)
    world.run_out(late, "mandate")
    world.run_out(short, "mandate")


def waiting_for_lead_cases(world):
    """A wave chooses two lead cases: who waits is answered, set apart, leaves, or waits too long."""
    first, second, *others = [world.filed() for _ in range(9)]
    same, apart, left, slow, urgent, never, wary = others
    group = proposed(world, [first, second, *others], [first, second])
    for case in others[:-2]:
        world.do(case, waits.join, by=PERSON)
    world.do(wary, waits.leave, by=PERSON)
    assert casework.read(world.journal, never).case.lead == "asked"
    world.wait(days=2)
    world.do(left, waits.leave, by=PERSON)
    ordered = {"direction": "restore", "reasons": "Elections.", "by": world.lead}
    world.do(urgent, remedy.interim, **ordered)
    world.opened(first, world.rosa)
    decided = {"reviewer": world.rosa, "outcome": "upheld", "reasons": REASONS}
    world.do(first, complaint.decide, **decided)
    read = len(casework.read(world.journal, same).log_entries)
    found = leads.find(world.journal, world.platform.id, str(group))
    leads.go_through(
        world.journal,
        found,
        lead=first,
        same={same: read},
        apart=[apart],
        reasons=REASONS,
        steps=(),
        why_apart="Theirs was not a quotation.",
        by=world.rosa,
        now=world.now,
    )
    world.run_out(slow, "lead")
    world.do(first, complaint.reopen, by=world.lead, reason=REASONS)
    leads.go_on(world.journal, world.now)
    assert casework.read(world.journal, same).case.complaint == "reopened"
    alone, waits_on = world.filed(), world.filed()
    proposed(world, [alone, waits_on], [alone])
    world.do(waits_on, waits.join, by=PERSON)
    world.do(alone, complaint.withdraw, by=PERSON)
    for _ in range(2):  # it sees that none is left, and then sends back whoever waits
        leads.go_on(world.journal, world.now)
    assert casework.read(world.journal, waits_on).case.lead == "ended"


def proposed(world, cases, named):
    """A group of lead cases, whose others have been asked."""
    group = leads.propose(
        world.journal,
        world.platform.id,
        cases,
        named=named,
        question="Was a quotation of a threat taken for a threat?",
        chosen="{}",
        by=world.lead,
        now=world.now,
    )
    leads.go_on(world.journal, world.now)
    return group


def lead_cases_that_an_organisation_proposes(world):
    """One that it takes back; one is answered, and who ends it meanwhile is asked no more."""
    eva = mandates.add_seat(world.journal, "Fair Play", "Eva", "eva@fair.example")
    said = {"text": "We complain for people whose posts were removed unheard.", "of": ["person"]}
    until = deadlines.end_of(world.now + timedelta(days=200))
    number = mandates.show(world.journal, world.platform, eva, until=until, **said, now=world.now)
    lead, waits_on, away, answered = (world.informed() for _ in range(4))
    for case in (lead, waits_on, away, answered):
        with world.journal.transaction():
            file = casework.read(world.journal, case)
            mandates.agree(world.journal, file, str(number), of="person", now=world.now)
    filed = {"grounds": "The clause names bulk; these were letters.", "files": ()}
    everybody = [lead, waits_on, away, answered]
    mandates.file_for(world.journal, b"s" * 32, number, eva, everybody, **filed, now=world.now)

    def proposed(asked):
        said = {"named": [lead], "asked": asked, "question": "Is a letter a month bulk?"}
        return proposals.propose(world.journal, number, eva, **said, now=world.now)

    group = proposed([waits_on])
    leads.go_on(world.journal, world.now)
    world.do(waits_on, waits.join, by=PERSON)
    why = {"reasons": "The lead case is not like the others.", "now": world.now}
    proposals.take_back(world.journal, number, group, eva, **why)
    leads.go_on(world.journal, world.now)
    group = proposed([away, answered])
    world.do(away, mandate_rules.leave, by=PERSON)
    leads.go_on(world.journal, world.now)
    assert not casework.read(world.journal, away).case.lead
    world.do(answered, waits.join, by=PERSON)
    world.opened(lead, world.rosa)
    decided = {"reviewer": world.rosa, "outcome": "upheld", "reasons": REASONS}
    world.do(lead, complaint.decide, **decided)
    leads.go_through(
        world.journal,
        leads.find(world.journal, world.platform.id, str(group)),
        lead=lead,
        same={answered: len(casework.read(world.journal, answered).log_entries)},
        apart=(),
        reasons=REASONS,
        steps=(),
        why_apart="",
        by=world.rosa,
        now=world.now,
    )


def warned_then_suspended(world):
    def warn(case, what):
        return senders.warn(
            world.journal,
            b"s" * 32,
            casework.read(world.journal, case),
            what=what,
            factors=FACTORS,
            clause="4.2",
            by=world.lead.actor,
            now=world.now,
        )

    def suspend(case):
        world.wait(days=4)
        world.do(
            case, suspensions.suspend, days=30, factors=FACTORS, clause="4.2", by=world.lead.actor
        )

    first = answered(world, notice(world))
    case = warn(first, "notices")
    suspend(case)
    waiting = notice(world)
    sender = outbox.contact(world.journal, waiting, "notifier")
    with world.journal.transaction():
        file = casework.read(world.journal, waiting)
        senders.pause_notice(world.journal, b"s" * 32, file, sender, world.now, danger=False)
    world.run_out(case, "C15")
    senders.resume(world.journal, world.now)
    world.do(warn(first, "complaints"), suspensions.lift, reasons=REASONS, by=world.lead.actor)
    case = warn(first, "complaints")
    suspend(case)
    world.filed(case)
    world.opened(case, world.other)
    world.do(case, complaint.decide, reviewer=world.other, outcome="reversed", reasons=REASONS)


def a_panel_with_every_turn(world):
    case = world.asked()
    world.do(case, panel.call_for, missing="Which post?", by=REGISTRAR)
    world.do(case, panel.complete, text="The one of May.", by=PERSON)
    world.do(case, panel.admit, by=REGISTRAR)
    world.listed(case, 1)
    world.drawn(case)
    world.do(case, panel.replace, member="b", reason="My aunt.", by="registrar")
    world.formed(case)
    world.do(case, challenge.raise_, member="c", reasons=REASONS, by=PERSON)
    world.do(case, challenge.judge, judge="x", accepted=True, reasons=REASONS)
    world.do(case, challenge.judge, judge="y", accepted=True, reasons=REASONS)
    world.formed(case)
    world.do(case, challenge.raise_, member="a", reasons=REASONS, by=FORO)
    world.do(case, challenge.judge, judge="x", accepted=False, reasons=REASONS)
    world.do(case, challenge.judge, judge="y", accepted=True, reasons=REASONS)
    world.do(case, panel.take_position, text="We stand by it.", content="All of it.", by=FORO)
    world.do(case, panel.reply, text="They misread it.", by=PERSON)
    world.do(case, panel.deliberate, by=REGISTRAR)
    world.do(case, panel.ask_fact, of="party", question="When was it?", member="a")
    world.run_out(case, "fact")
    world.sealed(case)
    world.do(case, panel.extend, reasons=REASONS, by=REGISTRAR)
    world.ruled(case, ["reverse", "reverse", "uphold"], published="A cartoon is no threat.")
    world.wait(days=3)
    world.do(case, panel.reopen, ground="new_facts", text="A film turned up.", by=PERSON)
    world.do(case, panel.admit, by=REGISTRAR)
    world.listed(case, 2)
    world.drawn(case, reserves=())
    world.formed(case)
    world.wait(days=15)
    world.do(case, panel.deliberate, by=REGISTRAR)
    world.sealed(case)
    world.ruled(case, ["uphold"] * 3, steps=(), divergence="The record was too thin to go on.")


def panels_that_end_early(world):
    lapsed = world.asked()
    world.do(lapsed, panel.call_for, missing="Which post?", by=REGISTRAR)
    world.run_out(lapsed, "incomplete")
    case = world.asked()
    world.do(case, panel.admit, by=REGISTRAR)
    world.listed(case, 3)
    world.drawn(case)
    world.formed(case)
    world.do(case, panel.take_position, text="We stand by it.", content="All of it.", by=FORO)
    world.do(case, panel.deliberate, by=REGISTRAR)
    world.do(case, panel.ask_fact, of="platform", question="Who decided?", member="b")
    world.do(case, panel.settle, by=REGISTRAR)
    world.do(world.asked(), panel.withdraw, by=PERSON)
    world.do(
        world.asked(),
        panel.declare_inadmissible,
        ground="out_of_scope",
        reasons=REASONS,
        by=REGISTRAR,
    )
    world.run_out(world.asked(), "C08")


def still_on_their_way(world):
    world.wait(days=1)
    waits = world.opened(world.filed(), world.rosa)
    world.do(waits, complaint.ask, of="platform", question="Which clause?", by=world.rosa)
    held_up = world.opened(world.filed(), world.rosa)
    world.do(held_up, remedy.interim, direction="keep_down", reasons="A minor.", by=world.rosa)
    disputed = world.decided()
    world.do(disputed, remedy.report, result="implemented", reasons="", by=FORO)
    world.do(disputed, remedy.dispute, reason="It is still hidden.", by=PERSON)
    notice(world, category="STATEMENT_CATEGORY_VIOLENCE")
    case = world.asked()
    world.do(case, panel.admit, by=REGISTRAR)
    world.listed(case, 4)
    world.drawn(case)
    world.formed(case)


def whoever_had_it_is_gone(world):
    """Left, away, given to somebody else, found out to have decided: at a desk and at a panel."""
    left, away, asked = (world.opened(world.filed(), world.rosa) for _ in range(3))
    world.do(asked, complaint.ask, of="person", question="When was it?", by=world.rosa)
    world.do(asked, complaint.take_back, seat=world.rosa.number, cause="left")
    world.do(asked, complaint.add, grounds="In May.", attachments=(), by=PERSON)
    world.do(left, complaint.take_back, seat=world.rosa.number, cause="left")
    world.do(away, complaint.take_back, seat=world.rosa.number, cause="away")
    world.opened(away, world.rosa)
    world.do(away, complaint.assign, to=world.other, by=world.lead)
    named = world.opened(world.filed(), world.rosa)
    who = {"seats": [world.rosa], "elsewhere": "", "machine": False}
    world.do(named, pseudonyms.name_deciders, **who, by=world.lead)
    world.opened(named, world.other)
    world.do(named, complaint.decide, reviewer=world.other, outcome="upheld", reasons=REASONS)
    handed = {"to": "A body of disputes", "why": "It hears the dispute."}
    names.hand_over(world.journal, named, **handed, by=world.lead, now=world.now)
    case = world.asked()
    world.do(case, panel.admit, by=REGISTRAR)
    world.listed(case, 5)
    world.drawn(case)
    gone = frozenset({"a", "d"})
    world.do(case, panel.replace, member="a", cause="left", gone=gone, by="node")


def two_sides_of_one_matter(world):
    """A report that was acted on by a statement; another whose complaint led to a new one."""

    def linked(report, how, reported=None):
        statement = world.decision()
        with world.journal.transaction():
            if reported is not None:
                casework.act_within(world.journal, report, partial(reported, str(statement)))
            sides.link(world.journal, report, statement, how=how, by=FORO, now=world.now)
        return statement

    linked(answered(world, notice(world), "acted"), "answer")
    case = called(world)
    told(world, case, email="")
    world.run_out(case, "hearing")
    world.do(
        case,
        complaint.decide,
        reviewer=world.rosa,
        outcome="newly_restricted",
        reasons=REASONS,
        steps=["restrict"],
        for_the_other="Your post may stay no longer: it threatens somebody.",
    )
    linked(
        case,
        "remedy",
        lambda statement, now_case: remedy.report(
            now_case,
            result="implemented",
            reasons="",
            statement=statement,
            by=FORO,
            now=world.now,
        ),
    )


def called(world):
    """A reporter complains that nothing was done, and the other side is called."""
    case = world.opened(world.filed(answered(world, notice(world)), role="notifier"), world.rosa)
    call(world, case)
    return case


def call(world, case):
    hearings.call(
        world.journal,
        case,
        question="It may go: somebody says that it threatens them.",
        by=world.rosa,
        now=world.now,
    )


def told(world, case, email):
    with world.journal.transaction():
        file = casework.read(world.journal, case)
        hearings.tell(world.journal, file, email=email, language="es", by=FORO, now=world.now)


def lost(world, own, which=-1):
    """One of the letters that asked somebody in their own case comes back; the newest."""
    query = "SELECT id FROM outbox WHERE case_id = ? AND kind LIKE 'hearing%' ORDER BY id"
    numbers = world.journal.db.execute(query, (own.bytes,)).fetchall()
    letter = outbox.letter(world.journal, numbers[which][0])
    with world.journal.transaction():
        hearings.lost(world.journal, casework.read(world.journal, own), letter, now=world.now)


def heard_or_not(world):
    """The author answers; the platform tells nobody; somebody is in danger."""
    case = called(world)
    told(world, case, email="autor@example.org")
    [own] = casework.read(world.journal, case).others
    file = casework.read(world.journal, own)
    hearings.answer(world.journal, file, role="person", text="It is a joke.", now=world.now)
    world.do(case, complaint.decide, reviewer=world.rosa, outcome="upheld", reasons=REASONS)
    world.do(called(world), hearing.waive, reasons=REASONS, by=world.rosa)
    world.run_out(called(world), "tell")


def heard_before_a_panel(world):
    """The letter that asks the author comes back, and the panel rules before they answer: danger.

    In another case an out-of-court body says that it has heard the other side.
    """
    case = answered(world, notice(world))
    world.do(case, panel.submit, role="notifier", grounds="It is still there.")
    world.do(case, panel.admit, by=REGISTRAR)
    world.listed(case, number=9)
    world.drawn(case)
    world.formed(case)
    asked = {"question": "Your post may be taken down.", "now": world.now}
    ada = registrars.named(world.journal, REGISTRAR.name)
    hearings.call_before_a_panel(world.journal, case, by=ada, **asked)
    told(world, case, email="autor@example.org")
    [own] = casework.read(world.journal, case).others
    lost(world, own)
    world.do(case, panel.take_position, text="No rule forbids it.", content="A post.", by=FORO)
    world.do(case, panel.deliberate, by=REGISTRAR)
    world.sealed(case)
    danger = {
        "unheard": "He names her street, and a day.",
        "for_the_other": "Your post is taken down: it names a street.",
    }
    world.ruled(case, ["reverse"] * 3, steps=["restrict"], **danger)
    heard = OUTCOME._replace(
        sha256="9c" * 32, heard="answered", for_the_other="It goes: it threatens somebody."
    )
    world.do(answered(world, notice(world)), dispute.take, outcome=heard)


def erased_on_request(world):
    case = world.informed()
    world.do(world.filed(case), complaint.withdraw, by=PERSON)
    kept = world.journal.of_case(case)
    erase.erase(world.node, kept[:1], "request")


def ended_long_ago(world):
    case = world.informed()
    world.do(world.filed(case), complaint.withdraw, by=PERSON)
    node = world.node.with_settings(retention_days=30)
    evidence.keep(world.journal, evidence_of(node), case, "a.txt", b"a file", by="person")
    with world.journal.transaction():
        outbox.set_contact(world.journal, case, "person", "ana@example.org", "en")
    world.run_out(case, "hold")
    world.wait(days=400)
    erased = retention.erase_ended(node, world.journal, world.now)
    assert case in [one.case for one in erased]


def asked_for(world, case):
    word = claims.word_of(claims.ask(world.journal, case, world.now))
    return claims.find(world.journal, case, word, world.now)


def claimed(world, case, by=OLGA):
    """The page asks for a word, and it is seen."""
    waiting = asked_for(world, case)
    claims.prove(world.journal, waiting, seen="It stands in the profile.", by=by, now=world.now)


def whose_case_it_is(world):
    """Opened by the link that the platform was given, claimed, taken over, and disowned."""
    case = world.informed()
    with world.journal.transaction():
        links.exchange(world.journal, case, world.now)
    world.filed(case)
    world.opened(case, world.rosa)
    decided = {"outcome": "reversed", "reasons": REASONS, "steps": RESTORE}
    world.do(case, complaint.decide, reviewer=world.rosa, **decided)
    world.do(case, remedy.report, result="implemented", reasons="", by=FORO)
    world.do(case, remedy.confirm, by=PERSON)
    world.do(case, panel.submit, role="person", grounds="Please look again.")
    looked = {"by": OLGA, "now": world.now}
    claims.refuse(world.journal, asked_for(world, case), reasons=REASONS, **looked)
    claimed(world, case)
    world.do(case, claim.disown, by=PERSON)
    world.filed(case)
    nobody_opened_it = world.informed()
    claimed(world, nobody_opened_it, by=FORO)


def entries_of_no_case(world):
    """Running totals, and the digest of a public file: entries that no case has."""
    totals.publish(world.journal, world.now)
    issued = later("dump.seen", {"name": "x.zip"}, at="2026-11-02T09:00:00Z", salt=b"x" * 32)
    opening = sealing.pack(issued.opening)
    row = Row(b"\1" * 16, NO_DECISION, NOBODY, issued.leaf, opening)
    world.journal.append([[row]])


OUTCOME = dispute.Outcome(
    body="odr.example",
    sha256="9a" * 32,
    signature="— odr.example c2lnbmF0dXJl",
    head="7b" * 32,
    entry=2,
    outcome="reverse",
    basis="merits",
    reasons=REASONS,
    summary="The post may stay.",
    steps=RESTORE,
    received="2026-11-03T09:00:00Z",
    decided="2026-11-09T09:00:00Z",
)


def a_dispute_that_comes_back(world):
    """From an out-of-court body: as an order, and without one."""
    case = world.filed()
    world.wait(days=8)
    world.do(case, dispute.take, outcome=OUTCOME)
    world.do(case, remedy.report, result="implemented", reasons="", by=FORO)
    stands = OUTCOME._replace(outcome="cannot_decide", basis="default", steps=(), sha256="9b" * 32)
    world.do(world.informed(), dispute.take, outcome=stands)


def a_file_that_was_taken_in(world):
    """At a body's node, and once more when there was a newer one."""
    file = FileImported(
        world.now,
        "node",
        log="log.example/platform",
        number="01a19b7c-a680-7389-836d-ebceb96dd536",
        platform="foro",
        head="7b" * 32,
        entry=4,
        sha256="5f" * 32,
    )
    first, *rest = dispute.take_in(
        Case(), file=file, role="person", grounds="It is a cartoon.", now=world.now
    )
    with world.journal.transaction():
        case = casework.begin(world.journal, world.platform.id, first, now=world.now)
        casework.act_within(world.journal, case, lambda _: rest)
    world.do(case, dispute.take_in, file=file, role="person", grounds="")


def corrected(world):
    """A new statement takes the place of an old one."""
    old, new = world.informed(), world.decision()
    with world.journal.transaction():
        corrections.link(world.journal, old=old, new=new, by=FORO, now=world.now)
    world.wait(days=2)
    with world.journal.transaction():
        corrections.open_new(world.journal, casework.read(world.journal, old), now=world.now)


def lifted(world):
    """The platform takes back by itself what it restricted, as its own system says."""
    case = world.informed()
    world.do(case, lifting.lift, lifted_at="2026-11-02T08:00:00Z", reasons="A mistake.", by=FORO)


def read_back_from_its_source(world):
    """A machine looks: done, then undone, repaired, and at last not as claimed."""
    case = world.decided(steps=["restore_account"])
    back = Seen((), is_over=True, shows={"restore_account"})
    down = Seen(("suspended",), is_over=False, shows={"restore_account"})

    def look(number, seen):
        world.do(case, read_back.look, number=number, seen=seen, source="social.example")

    world.do(case, remedy.report, result="implemented", reasons="", by=FORO)
    look(0, back)
    world.wait(days=1)
    look(1, down)
    world.do(case, remedy.report, result="implemented", reasons="", by=FORO)
    look(0, down)


def carried_out_by_the_node(world):
    """What was ordered is undone by a machine, and a machine sees it."""
    case = world.decided(steps=["restore_account"])
    shows, source = frozenset({"restore_account"}), "social.example"
    world.do(case, write_back.carried_out, shows=shows, source=source, by=FORO)
    world.do(
        case, read_back.look, number=0, seen=Seen((), is_over=True, shows=shows), source=source
    )


def looked_at_as_a_page(world):
    """It answered 404 when it was contested: then to sign in, then that it is there, then 410."""
    case = world.decided(steps=["restore_content"])
    world.do(case, remedy.report, result="implemented", reasons="", by=FORO)
    for number, status in enumerate((403, 200, 410)):
        seen = page_source.seen(404, status)
        world.do(case, read_back.look, number=number, seen=seen, source="forum.example")
        world.wait(days=1 + number * 5)


LIVES = (
    a_complaint_with_every_turn,
    nobody_could_be_told,
    late_and_out_of_time,
    withdrawn,
    refused_impossible_failed_settled,
    one_ruling_for_a_group_taken_back,
    reversed_though_nobody_complained,
    a_notice_and_what_follows,
    warned_then_suspended,
    a_panel_with_every_turn,
    panels_that_end_early,
    still_on_their_way,
    whoever_had_it_is_gone,
    erased_on_request,
    entries_of_no_case,
    ended_long_ago,
    two_sides_of_one_matter,
    whose_case_it_is,
    heard_or_not,
    heard_before_a_panel,
    a_dispute_that_comes_back,
    a_file_that_was_taken_in,
    letters_that_come_back,
    corrected,
    lifted,
    reports_of_one_address,
    read_back_from_its_source,
    spoken_for_by_an_organisation,
    waiting_for_lead_cases,
    carried_out_by_the_node,
    looked_at_as_a_page,
    lead_cases_that_an_organisation_proposes,
)


def play(node):
    """Every life in one journal, from the same moment on; the journal, open."""
    with fixed_chance_and_clock():
        world = World(node)
        for life in LIVES:
            world.now = BEGIN
            life(world)
    return world.journal


def rows_of(journal):
    """Every row of a journal, its bytes as they are; an opening in its parts."""
    return [
        {
            "case": kept.case_id.hex(),
            "n": kept.n,
            "platform": kept.platform,
            "leaf": kept.leaf.decode(),
            "opening": None if kept.opening is None else _parts(sealing.unpack(kept.opening)),
        }
        for kept in journal.events()
    ]


def _parts(opening):
    return {
        "salt": opening.salt.hex(),
        "sealed": opening.sealed.decode(),
        "puid": opening.puid,
        "puid_salt": opening.puid_salt.hex(),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        lines = rows_of(play(new_node(Path(place) / "node")))
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines)
    (Path(sys.argv[1]) / "events.jsonl").write_text(text)
