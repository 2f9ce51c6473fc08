"""Every first step and every second, from wherever a case may stand: a table, and what must hold.

`test_two_in_a_row` tells the pairs that were found and walks at random; here nothing is left to
chance. Who takes a step is the first of the desk who may: whether one may at all is told in
`test_who_may_touch`.
"""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from tests.case.test_two_in_a_row import DESK, ELSE, FORO, PERSON, REASONS, Life, wrong

from amparo.case import (
    clocks,
    complaint,
    figures,
    goodwill,
    group,
    leads,
    lifting,
    notify,
    remedy,
    state,
    waits,
)
from amparo.case.events import ComplaintDecided
from amparo.case.machines import UNDECIDED
from amparo.errors import AmparoError, Refused

ONE, TWO = UUID(int=1), UUID(int=2)
LED = state.Case(complaint="closed", outcome="upheld")
"""A lead case that was answered."""


class Played(Life):
    """As the node keeps it: what ends a wait for lead cases comes before it."""

    def keep(self, new):
        return super().keep([*waits.ends_before(self.case, new), *new])


def whoever_may(step):
    """The step by the first of the desk who may take it."""

    def by_somebody(life):
        refused = Refused("Nobody may.", why="", fix="")
        for who in DESK:
            try:
                return step(life, who)
            except AmparoError as error:
                refused = error
        raise refused

    return by_somebody


def ruled(life, who, ruling=ONE, outcome="upheld", steps=()):
    said = {"outcome": outcome, "reasons": REASONS, "steps": steps, "ruling": ruling}
    return life.keep(group.rule(life.case, reviewer=who, **said, now=life.now))


def reversed_unasked(life, who, ruling=ONE):
    said = {"outcome": "reversed", "reasons": REASONS, "steps": ["restore_content"]}
    own = {"ruling": ruling, "reviewer": who, "reachable": False}
    return life.keep(goodwill.reverse(life.case, **said, **own, now=life.now))


def taken_back(life, who, ruling=ONE):
    said = {"ruling": ruling, "reasons": REASONS, "by": who, "now": life.now}
    return life.keep(complaint.undo(life.case, **said))


def reversal_taken_back(life, who, ruling=ONE):
    said = {"ruling": ruling, "reasons": REASONS, "by": who, "now": life.now}
    return life.keep(goodwill.undo(life.case, reachable=False, **said))


def decided(life, who, outcome="upheld", steps=()):
    return life.decided(outcome, steps, who)


def handed_back(life, who):
    said = {"by": who, "reason": "I am away.", "conflict": False, "now": life.now}
    return life.keep(complaint.hand_back(life.case, **said))


def protected(life, who, direction="keep_down"):
    said = {"direction": direction, "reasons": "He is at her door.", "by": who}
    return life.keep(remedy.interim(life.case, **said, now=life.now))


def answered_at_once(life, result):
    said = {"result": result, "reasons": "So.", "by": FORO, "now": life.now}
    return life.keep(remedy.answer_interim(life.case, **said))


def asked_to_wait(life, who):
    said = {"number": str(TWO), "question": REASONS, "by": who, "now": life.now}
    return life.keep(leads.ask(life.case, **said))


def answered_as_the_lead(life, who):
    said = {"number": str(ONE), "reviewer": who, "reasons": REASONS, "steps": (), "now": life.now}
    return life.keep(leads.answer(LED, life.case, **said))


def lead_opened_again(life):
    new = leads.follow(life.case, state.Case(complaint="reopened"), now=life.now)
    if not new:
        raise Refused("It follows nothing.", why="", fix="")
    return life.keep(new)


def lifted(life):
    said = {"lifted_at": "", "reasons": "", "by": FORO, "now": life.now}
    return life.keep(lifting.lift(life.case, **said))


def person(step, **said):
    return lambda life: life.keep(step(life.case, **said, by=PERSON, now=life.now))


def reported(result):
    return lambda life: life.reported(result)


STEPS = {
    "a complaint": Life.filed,
    "it is withdrawn": Life.withdrawn,
    "somebody opens it": whoever_may(Life.opened),
    "somebody hands it back": whoever_may(handed_back),
    "it is upheld": whoever_may(decided),
    "it is reversed": whoever_may(partial(decided, outcome="reversed", steps=["restore_content"])),
    "it cannot be heard": whoever_may(Life.inadmissible),
    "kept down at once": whoever_may(protected),
    "restored at once": whoever_may(partial(protected, direction="restore")),
    "that is done": partial(answered_at_once, result="done"),
    "that is impossible": partial(answered_at_once, result="impossible"),
    "a lead opens it again": whoever_may(Life.reopened),
    "a group ruling upholds": whoever_may(ruled),
    "a group ruling reverses": whoever_may(
        partial(ruled, outcome="reversed", steps=["restore_content"])
    ),
    "another group ruling upholds": whoever_may(partial(ruled, ruling=TWO)),
    "another group ruling reverses": whoever_may(
        partial(ruled, ruling=TWO, outcome="reversed", steps=ELSE)
    ),
    "the group ruling is taken back": whoever_may(taken_back),
    "the other group ruling is taken back": whoever_may(partial(taken_back, ruling=TWO)),
    "reversed unasked": whoever_may(reversed_unasked),
    "reversed unasked by another ruling": whoever_may(partial(reversed_unasked, ruling=TWO)),
    "that is taken back": whoever_may(reversal_taken_back),
    "the other one is taken back": whoever_may(partial(reversal_taken_back, ruling=TWO)),
    "asked to wait": whoever_may(asked_to_wait),
    "waits": person(waits.join),
    "does not wait": person(waits.leave),
    "answered as the lead case": whoever_may(answered_as_the_lead),
    "the lead case is opened again": lead_opened_again,
    "looked at alone": person(leads.look_at_alone, different="Mine was a newsletter."),
    "carried out": reported("implemented"),
    "not carried out": reported("refused"),
    "cannot be carried out": reported("impossible"),
    "confirmed": Life.confirmed,
    "disputed": lambda life: life.keep(
        remedy.dispute(reason="It is down.", by=PERSON, now=life.now)
    ),
    "the platform lifts it": lifted,
    "a body reverses": Life.body,
    "a body upholds": partial(Life.body, outcome="uphold"),
    "a panel reverses": lambda life: life.asked_a_panel().panel_ruled(),
    "taken over": Life.proven,
    "disowned": Life.disowned,
    "a month": lambda life: life.wait(days=31),
}
BEFORE = {
    "told": (),
    "a complaint": ("a complaint",),
    "protected": ("a complaint", "kept down at once", "that is done"),
    "upheld": ("a complaint", "somebody opens it", "it is upheld"),
    "reversed": ("a complaint", "somebody opens it", "it is reversed"),
    "carried out": ("a complaint", "somebody opens it", "it is reversed", "carried out"),
    "ruled in a group": ("a complaint", "a group ruling upholds"),
    "reversed in a group": ("a complaint", "a group ruling reverses"),
    "reversed, carried out, confirmed": (
        *("taken over", "a complaint", "a group ruling reverses", "carried out", "confirmed"),
    ),
    "ruled and taken back": (
        *("a complaint", "a group ruling upholds", "the group ruling is taken back"),
    ),
    "ruled, taken back, ruled": (
        *("a complaint", "a group ruling reverses", "the group ruling is taken back"),
        "another group ruling upholds",
    ),
    "reversed unasked": ("reversed unasked",),
    "reversed unasked, and complained": ("reversed unasked", "a complaint"),
    "reversed unasked, taken back": ("reversed unasked", "that is taken back"),
    "reversed unasked, taken back, complained": (
        *("reversed unasked", "that is taken back", "a complaint"),
    ),
    "waits": ("a complaint", "asked to wait", "waits"),
    "answered with a lead case": (
        *("a complaint", "asked to wait", "waits", "answered as the lead case"),
    ),
    "disowned": ("a complaint", "taken over", "disowned"),
    "protected, and ruled": ("a complaint", "kept down at once", "a group ruling upholds"),
}


def taken(life, name):
    """The life after a step, and what that added; None where nobody can take it."""
    then = Played()
    then.now, then.case, then.happened = life.now + timedelta(hours=1), life.case, life.happened
    before = len(then.happened)
    try:
        STEPS[name](then)
    except AmparoError:
        return None
    return then, then.happened[before:]


def at(names):
    life = Played().told()
    for name in names:
        found = taken(life, name)
        assert found is not None, name
        life = found[0]
    return life


def broken(before, after, new):
    """What must never be true after a step, beside what the walk at random looks for."""
    yield from wrong(before, after)
    if after.interim == "ordered" and after.interim_order is None:
        yield "something is ordered at once, and nobody knows what"
    if after.complaint in UNDECIDED and after.outcome:
        yield "it is open, and has an outcome"
    if after.decided_in and not after.outcome:
        yield "a ruling decides what is not decided"
    if after.lead == "waiting" and after.complaint != "filed":
        yield "somebody waits for a lead case whose complaint is not open"
    is_looked_at = after.complaint in UNDECIDED and after.lead != "waiting" and not after.paused
    if is_looked_at and "C06" not in clocks.running(after) and not missed(after, "C06"):
        yield "it is open, and no time runs"
    told = {notice.to for event in new for notice in notify.notices(event)}
    own = {"complaint.withdrawn", "complaint.disowned", "complaint.filed", "complaint.reopened"}
    is_taken = before.outcome and not after.outcome and not {e.kind for e in new} & own
    if is_taken and "complainant" not in told:
        yield "somebody's answer is gone, and they are not told"
    owed = before.remedy in ("sent", "claimed", "disputed", "failed")
    if owed and after.remedy in ("", "undone") and "platform" not in told:
        yield "an order is gone, and the platform is not told"
    if before.interim == "ordered" and after.interim == "ended" and "platform" not in told:
        yield "what was ordered at once is over, and the platform is not told"
    judged = before.earlier | before.reversers | before.closers
    if any(isinstance(e, ComplaintDecided) and e.reviewer in judged for e in new):
        yield "somebody decides again"


def missed(case, clock):
    return any(name.startswith(f"{clock}@") for name in case.missed)


def broken_of(life):
    """What must never be true of a whole life."""
    is_played = any(event.kind == "case.decided" for event in life.happened)  # `asked_a_panel`
    if not is_played and state.fold(life.happened) != life.case:
        yield "read again, it is something else"
    cells = {cell for (_, cell), n in figures.counted(life.happened, {}).items() if n > 0}
    outcomes = {cell.outcome for cell in cells if cell.what == "complaint"}
    now = "" if life.case.complaint in UNDECIDED else life.case.outcome
    is_over = life.case.complaint == "closed" and not life.case.outcome
    if life.case.complaint and not is_over and now not in outcomes:
        yield f"it is {now!r}, and counts as {outcomes}"


def broken_in_the_end(life):
    """When every clock has run out, nobody waits for the platform, or for a lead case."""
    end = life.wait(days=500).case
    if end.complaint == "remedy_open" or end.remedy in ("sent", "claimed", "disputed"):
        yield "somebody waits for the platform for ever"
    if end.lead == "waiting":
        yield "somebody waits for a lead case for ever"


@pytest.mark.parametrize("first", STEPS)
@pytest.mark.parametrize("before", BEFORE)
def test_every_first_step_and_every_second(before, first):
    life = at(BEFORE[before])
    if (one := taken(life, first)) is None:
        return
    found = [(None, why) for why in broken(life.case, one[0].case, one[1])]
    for second in STEPS:
        if (two := taken(one[0], second)) is not None:
            then, new = two
            found += [(second, why) for why in broken(one[0].case, then.case, new)]
            found += [(second, why) for why in broken_of(then)]
            found += [(second, why) for why in broken_in_the_end(then)]
    assert found == []


def test_the_table_is_not_empty():
    """Where a step can be taken nowhere, the table says nothing of it."""
    lives = [at(names) for names in BEFORE.values()]
    nowhere = [name for name in STEPS if all(taken(life, name) is None for life in lives)]
    after_two = [one[0] for life in lives for name in STEPS if (one := taken(life, name))]

    assert [name for name in nowhere if all(taken(one, name) is None for one in after_two)] == []
