"""Two steps in a row, of people who do not know of each other: nothing is lost, stuck, or laundered.

The desk, a panel and an out-of-court body may all decide about one case, and each may take back
what it did itself. First the pairs by name; then a thousand cases to which anything may happen.
"""

import random
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec
import pytest
from tests.case.lives import OUTCOME

from amparo.case import (
    claim,
    clocks,
    complaint,
    delivery,
    dispute,
    events,
    goodwill,
    group,
    panel,
    remedy,
    state,
)
from amparo.case.roles import Reviewer
from amparo.case.state import Actor
from amparo.errors import AmparoError, Refused

BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
FORO, PERSON, OLGA = Actor("platform", "foro"), Actor("person"), Actor("operator", "Olga")
REASONS = "The clause names threats; the post quotes one in order to report it."
LEA, OTTO = (Reviewer(n, lead=True) for n in (1, 2))
DESK = (LEA, OTTO, *(Reviewer(n, lead=False) for n in (3, 4, 5, 6)))
RULING = UUID(int=1)
ELSE = ["restore_account"]


class Life:
    """A case, and what happens to it one after the other."""

    def __init__(self):
        self.now = BEGIN
        self.happened = [events.DecisionIssued(BEGIN, "platform:foro")]
        self.case = state.fold(self.happened)

    def keep(self, new):
        case = self.case
        for event in new:
            case = state.apply(case, event)
        self.case, self.happened = case, [*self.happened, *new]
        return self

    def wait(self, **span):
        """Until then every clock that runs out does what is said of it."""
        end = self.now + timedelta(**span)
        while due := [(at, name) for name, at in clocks.running(self.case).items() if at < end]:
            at, name = min(due)
            self.now = max(self.now, at + timedelta(seconds=1))
            self.keep(clocks.expire(self.case, name, self.now))
        self.now = end
        return self

    def told(self):
        by = {"how": "platform", "decided_by": (), "by": FORO}
        return self.keep(delivery.deliver(**by, now=self.now))

    def filed(self):
        if not complaint.may_be_filed(self.case, received=BEGIN, now=self.now):
            raise Refused("No.", why="it cannot be filed", fix="")
        said = {"role": "person", "grounds": "No.", "attachments": ()}
        return self.keep(complaint.file(self.case, **said, now=self.now))

    def withdrawn(self):
        return self.keep(complaint.withdraw(self.case, by=PERSON, now=self.now))

    def opened(self, who=DESK[2]):
        self.keep(complaint.assign(self.case, to=who, by=who, now=self.now))
        return self.keep(complaint.open_file(self.case, reviewer=who, now=self.now))

    def decided(self, outcome="reversed", steps=("restore_content",), who=DESK[2]):
        said = {"outcome": outcome, "reasons": REASONS, "steps": steps, "reviewer": who}
        return self.keep(complaint.decide(self.case, **said, now=self.now))

    def inadmissible(self, who=DESK[2]):
        said = {"ground": "not_covered", "reasons": REASONS, "by": who}
        return self.keep(complaint.declare_inadmissible(self.case, **said, now=self.now))

    def protected(self, who=DESK[3]):
        said = {"direction": "keep_down", "reasons": "He is at her door.", "by": who}
        return self.keep(remedy.interim(self.case, **said, now=self.now))

    def reopened(self, who=LEA):
        return self.keep(complaint.reopen(self.case, by=who, reason=REASONS, now=self.now))

    def ruled(self, outcome="reversed", steps=("restore_content",), who=LEA):
        said = {"outcome": outcome, "reasons": REASONS, "steps": steps, "ruling": RULING}
        return self.keep(group.rule(self.case, reviewer=who, **said, now=self.now))

    def reversed_unasked(self, who=LEA):
        said = {"outcome": "reversed", "reasons": REASONS, "steps": ["restore_content"]}
        own = {"ruling": RULING, "reviewer": who, "reachable": False}
        return self.keep(goodwill.reverse(self.case, **said, **own, now=self.now))

    def taken_back(self, who=OTTO):
        """Whatever a ruling did to it: a complaint decided, or a decision reversed unasked."""
        said = {"ruling": RULING, "reasons": REASONS, "by": who, "now": self.now}
        if self.case.reversed_in:
            return self.keep(goodwill.undo(self.case, reachable=False, **said))
        return self.keep(complaint.undo(self.case, **said))

    def body(self, outcome="reverse", steps=("restore_content",)):
        steps = () if outcome in events.LETS_STAND else steps
        said = OUTCOME._replace(outcome=outcome, steps=steps)
        return self.keep(dispute.take(self.case, said, now=self.now))

    def asked_a_panel(self):
        self.keep(panel.submit(self.case, role="person", grounds="No.", now=self.now))
        self.case = msgspec.structs.replace(self.case, panel="deliberation")
        return self

    def panel_ruled(self, outcome="reverse", steps=("restore_content",)):
        """As `deliberation.decide` ends; how a panel comes to it is told elsewhere."""
        said = {"votes": {}, "dissents": {}, "profile": (), "divergence": ""}
        said |= {"basis": "merits", "reasons": REASONS, "summary": REASONS, "published": ""}
        order = {"steps": steps, "outcome": outcome, "by": "panel", "now": self.now}
        stands = outcome in events.LETS_STAND
        new = [] if stands else remedy.add_to_order(self.case, **order)
        self.keep([events.CaseDecided(self.now, "panel", outcome=outcome, **said), *new])
        return self.keep([events.CaseClosed(self.now, "node", because="merits")])

    def reported(self, result="implemented"):
        said = {"result": result, "reasons": "So.", "by": FORO, "now": self.now}
        return self.keep(remedy.report(self.case, **said))

    def confirmed(self):
        return self.keep(remedy.confirm(self.case, by=PERSON, now=self.now))

    def proven(self):
        said = {"word": "amparo-abcd", "seen": REASONS, "by": OLGA, "held": True}
        return self.keep(claim.prove(self.case, **said, now=self.now))

    def disowned(self):
        return self.keep(claim.disown(self.case, by=PERSON, now=self.now))


OUTSIDE = {
    "a body": Life.body,
    "a panel": lambda life: life.asked_a_panel().panel_ruled(),
}


@pytest.mark.parametrize("who", OUTSIDE)
@pytest.mark.parametrize("before", ["nothing", "upheld", "reversed", "inadmissible"])
def test_a_lead_who_opens_a_complaint_again_takes_nothing_that_others_have_ordered(who, before):
    life = Life().told().filed()
    if before == "nothing":
        life.withdrawn()
    elif before == "inadmissible":
        life.inadmissible()
    else:
        life.opened().decided(before, ("restore_content",) if before == "reversed" else ())
        if before == "reversed":
            life.reported().wait(days=20)
    OUTSIDE[who](life)

    life.reopened()

    assert life.case.remedy == "sent"
    life.opened(DESK[4]).decided("upheld", (), DESK[4])
    assert life.case.remedy == "sent"


@pytest.mark.parametrize("who", OUTSIDE)
@pytest.mark.parametrize("first", ["the ruling", "others"])
def test_what_others_have_decided_too_stands_when_a_ruling_is_taken_back(who, first):
    """Whether they ordered it themselves, or found it ordered already."""
    life = Life().told().filed()
    if first == "others":
        OUTSIDE[who](life).reported("refused").ruled()
    else:
        OUTSIDE[who](life.ruled())

    life.taken_back()

    assert (life.case.complaint, life.case.remedy) == ("reopened", "sent")


@pytest.mark.parametrize("who", OUTSIDE)
def test_a_reversal_unasked_is_not_taken_back_past_others_who_have_decided_the_same(who):
    life = OUTSIDE[who](Life().told().reversed_unasked())

    with pytest.raises(Refused, match="cannot be taken back") as refused:
        life.taken_back()

    assert "decided the same" in refused.value.why


def test_a_failure_for_all_to_see_is_not_hidden_by_a_reversal_that_is_taken_back():
    life = Life().told().body().wait(days=40)
    assert life.case.remedy == "failed"
    life.reversed_unasked()

    with pytest.raises(Refused, match="cannot be taken back"):
        life.taken_back()


@pytest.mark.parametrize("who", OUTSIDE)
def test_a_small_step_beforehand_is_not_all_that_others_order(who):
    """The desk gives back the post; the others, the account."""
    life = Life().told().reversed_unasked()
    if who == "a panel":
        life.asked_a_panel().panel_ruled(steps=ELSE)
    else:
        life.body(steps=ELSE)

    assert set(life.case.ordered) == {"restore_content", "restore_account"}
    assert life.case.remedy == "sent"


def test_a_new_decision_about_the_same_ends_nothing_that_was_ordered_about_the_old_one():
    """Whoever reversed has to repair; a correction is a statement with clocks of its own."""
    life = Life().told().proven().filed().opened().decided().reported()
    life.keep(remedy.dispute(reason="It is down.", by=PERSON, now=life.now))
    repair = clocks.running(life.case)["repair"]

    life.wait(days=1).keep([events.DecisionCorrected(life.now, "platform:foro", statement="x")])

    assert (life.case.remedy, clocks.running(life.case)["repair"]) == ("disputed", repair)
    assert life.wait(days=6).case.remedy == "failed"


def test_what_others_have_ordered_and_is_done_ends_the_complaint_that_wants_the_same():
    life = Life().told().proven().body().filed().reported().confirmed()
    assert life.case.remedy == "verified"

    life.opened().decided()

    assert (life.case.complaint, life.case.contested) == ("closed", False)


def test_what_the_desk_wants_besides_is_ordered_though_the_rest_is_done():
    life = Life().told().proven().body().filed().reported().confirmed()

    life.opened().decided(steps=ELSE)

    assert (life.case.complaint, life.case.remedy, life.case.ordered) == (
        *("remedy_open", "sent"),
        ("restore_account",),
    )


def test_a_panel_that_is_disowned_takes_no_order_along_that_the_desk_gave():
    life = Life().told().asked_a_panel().proven().wait(hours=1)
    life.filed().opened().decided()

    life.disowned()

    assert (life.case.complaint, life.case.remedy) == ("remedy_open", "sent")


@pytest.mark.parametrize("end", [Life.withdrawn, Life.inadmissible, Life.disowned])
def test_what_is_ordered_at_once_ends_with_the_complaint_however_that_does(end):
    life = Life().told().filed().protected().proven()

    end(life)

    assert life.case.interim == "ended"


def test_an_order_at_once_of_a_complaint_that_was_withdrawn_does_not_come_back():
    life = Life().told().filed().protected().withdrawn().filed().ruled("upheld", ())

    life.taken_back()

    assert life.case.interim == "ended"


@pytest.mark.parametrize("after", ["disowned", "disowned, and filed and withdrawn again"])
def test_a_ruling_taken_back_opens_no_complaint_that_the_person_has_disowned(after):
    life = Life().told().filed().ruled("upheld", ()).proven().disowned()
    if after != "disowned":
        life.filed().withdrawn()

    with pytest.raises(Refused, match="does not decide the complaint any more"):
        life.taken_back()


@pytest.mark.parametrize("end", ["inadmissible", "withdrawn"])
def test_whose_complaint_had_nothing_left_to_win_has_six_months_when_the_reversal_is_taken_back(
    end,
):
    life = Life().told().wait(days=170).reversed_unasked().filed()
    getattr(life, end)()
    life.wait(days=25)

    life.taken_back()

    assert life.case.to_be_told  # no address is known
    life.told().wait(days=150)
    assert life.filed().case.complaint == "filed"


@pytest.mark.parametrize("way", [Life.reopened, Life.taken_back])
def test_a_complaint_that_is_open_again_is_withdrawn_or_protected_before_anybody_takes_it(way):
    life = way(Life().told().filed().ruled("upheld", ()))
    assert life.case.complaint == "reopened"

    assert life.protected().case.interim == "ordered"
    assert life.withdrawn().case.complaint == "closed"


def test_where_a_second_look_lets_the_decision_stand_it_applies_again():
    """So that a body can still be asked about it: nothing was put right in the end."""
    life = Life().told().filed().proven().opened().decided().reported().confirmed()
    assert life.case.decision == "superseded"
    life.reopened().opened(DESK[4]).decided("upheld", (), DESK[4])

    life.body()

    assert (life.case.decision, life.case.remedy) == ("delivered", "sent")


# --- anything, in any order -------------------------------------------------------------------


def tries(life, chance):
    """Every step that anybody could try, wrong ones included."""
    who = chance.choice(DESK)
    mine = next((one for one in DESK if str(one.number) == life.case.reviewer), who)
    outcome = chance.choice(["upheld", "reversed", "partially_reversed"])
    steps = chance.choice([["restore_content"], ELSE]) if outcome != "upheld" else []
    elsewhere = chance.choice(["uphold", "reverse"])
    of_the_desk = [
        *(partial(Life.opened, who=who), partial(Life.inadmissible, who=who)),
        *(partial(Life.protected, who=who), partial(Life.reopened, who=who)),
        partial(Life.decided, outcome=outcome, steps=steps, who=mine),
        partial(Life.ruled, outcome=outcome, steps=steps, who=who),
        *(partial(Life.reversed_unasked, who=who), partial(Life.taken_back, who=who)),
    ]
    of_others = [
        *(Life.told, Life.filed, Life.withdrawn, Life.proven, Life.disowned, Life.confirmed),
        *(partial(Life.reported, result=result) for result in ("implemented", "refused")),
        partial(Life.body, outcome=elsewhere),
        lambda life: life.asked_a_panel().panel_ruled(elsewhere),
    ]
    return [*of_the_desk, *of_others]


def wrong(before, after):
    """What must never be true of a case, whatever happened."""
    waits = after.complaint == "remedy_open"
    if waits and after.remedy not in ("sent", "claimed", "disputed"):
        yield "somebody waits for an order that nobody carries out"
    if after.complaint in ("closed", "remedy_open") and after.interim == "ordered":
        yield "what was ordered at once outlives its complaint"
    if after.behind and after.remedy in ("", "undone"):
        yield "somebody wants an order that is not there"
    if before.behind - {"desk"} - after.behind and not after.panel_withdrawn:
        yield "somebody else's decision was forgotten"
    stands = after.complaint == "closed" and after.outcome == "upheld" and not after.behind
    if stands and after.decision == "superseded":
        yield "the decision stands and does not"


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_nobody_waits_for_ever_and_no_order_is_lost(seed):
    taken = 0
    for number in range(40):
        chance = random.Random(1000 * seed + number)
        life = Life()
        for _ in range(25):
            life.wait(hours=chance.choice([0, 1, 30, 200, 700]))
            for step in chance.sample(every := tries(life, chance), len(every)):
                trial = Life()
                trial.now, trial.case, trial.happened = life.now, life.case, life.happened
                try:
                    step(trial)
                except AmparoError:
                    continue
                taken += 1
                before, life = life.case, trial
                assert not list(wrong(before, life.case)), [one.kind for one in life.happened]
                break
    assert taken > 500
