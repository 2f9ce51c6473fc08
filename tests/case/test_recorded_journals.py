"""What older versions wrote stays readable, byte for byte: `tests/vectors/journals`."""

import json
import re
from pathlib import Path

import pytest
from tests.case.lives import BEGIN, play, rows_of
from tests.case.readings import facts, known_fields, load, words

from amparo.case import events
from amparo.case.issue import later
from amparo.case.machines import MACHINES
from amparo.ledger.case import casework
from amparo.record import sealing
from amparo.record.event import DecisionIssued, read_leaf, timestamp
from amparo.web.api import cases as cases_api
from amparo.web.words import history

JOURNALS = Path(__file__).parent.parent / "vectors" / "journals"
NEWEST = JOURNALS / "ordered-again"
SEALED_AS_A_WHOLE = ("before-typed-events", "with-retention", "parts-committed")

OF_SINGLE_FIELDS = (
    "corrected",
    "lifted",
    "names-opened",
    "one-address",
    "read-back",
    "represented",
    "heard-first",
    "lead-cases",
    "carried-out",
    "danger-said",
    "answered-at-once",
    "proposed",
)


def lines(folder):
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


@pytest.fixture(params=[*SEALED_AS_A_WHOLE, *OF_SINGLE_FIELDS, NEWEST.name])
def folder(request):
    return JOURNALS / request.param


@pytest.fixture
def recorded(node, folder):
    opened = load(node, lines(folder))
    yield opened
    opened.close()


def entries_of_cases(journal):
    """What is kept of cases and can still be read, but for decisions: those are no sealed event."""
    for kept in journal.events():
        decision = isinstance(read_leaf(kept.leaf), DecisionIssued)
        if kept.n and kept.opening is not None and not decision:
            yield kept, sealing.unpack(kept.opening)


def test_every_kind_of_event_is_in_the_newest_journal(node):
    newest = load(node, lines(NEWEST))
    sealed = {json.loads(opening.sealed)["kind"] for _, opening in entries_of_cases(newest)}
    newest.close()

    assert sealed | {"decision.issued"} == events.kinds()


def test_whatever_was_recorded_leads_to_the_same_state_clocks_notices_and_figures(recorded, folder):
    """What a later version keeps of an event besides is no change to what was kept before."""
    before = json.loads((folder / "state.json").read_text())
    now = facts(recorded, known=known_fields(before))
    (complaints, *others), (were, *others_were) = now.pop("figures"), before.pop("figures")

    assert now == as_the_platform_reads_it(with_the_first_decision_again(before), now)
    assert others == others_were
    # Older versions went on counting a reversal that was taken back.
    undone = [(was, one) for was, one in zip(were, complaints, strict=True) if was != one]
    assert all(one == [*was[:2], "omitted", *was[3:]] for was, one in undone)
    assert {was[2] for was, _ in undone} <= {"reversed"}


BEGAN_WITH = ("mandate", "ruling", "file", "leads", "erased")


def test_the_api_has_a_word_for_whatever_a_case_begins_with():
    of_statements = {"recorded", "delivered", "undelivered", "superseded"}
    reached = {to for table in MACHINES["decision"].values() for to in table.values()}

    assert {"", *reached} - of_statements == set(cases_api._BEGAN_WITH)


def as_the_platform_reads_it(before, now):
    """Older versions called a case of a mandate or a ruling a notice.

    They said neither who speaks for somebody nor which order is to be answered.
    """
    for number, case in before["cases"].items():
        was, found = case["for the platform"], now["cases"][number]["for the platform"]
        if was["kind"] == "notice" and found["kind"] in BEGAN_WITH:
            was["kind"] = found["kind"]
        if "represented_by" in found:
            was.setdefault("represented_by", found["represented_by"])
        for asked, asked_now in zip(was["wanted"], found["wanted"], strict=True):
            if "order" in asked_now:
                asked.setdefault("order", asked_now["order"])
    return before


def with_the_first_decision_again(before):
    """Older versions kept a decision as reversed that a second look had let stand."""
    for case in before["cases"].values():
        if case["for the platform"]["outcome"] == "upheld":
            steps = case["steps"]
            reversed_ = any(one["changes"].get("decision") == "superseded" for one in steps)
            last = [one for one in steps if one["changes"].get("outcome") == "upheld"][-1]
            if reversed_:
                last["changes"]["decision"] = case["for the platform"]["decision"] = "delivered"
    return before


def test_whatever_was_recorded_is_told_in_the_same_words(recorded, node, folder):
    """Who changes a text records words.json again, and sees in its diff what readers will see."""
    assert words(recorded, node) == json.loads((folder / "words.json").read_text())


@pytest.mark.parametrize("reader", ["party", "desk", "panel", "registrar"])
def test_only_the_page_of_a_party_itself_speaks_to_it(node, reader):
    """An organisation reads what somebody reads for whom it speaks, and is not meant by it."""
    newest = load(node, lines(NEWEST))
    cases = {kept.case for kept, _ in entries_of_cases(newest)}
    told = [
        line.sentence
        for case in cases
        for line in history.lines(casework.read(newest, case).entries, str, reader)
    ]
    newest.close()

    assert told
    assert not [sentence for sentence in told if re.search(r"\byou", sentence, re.IGNORECASE)]


def test_nothing_changes_is_said_to_a_party_and_of_it_to_others():
    entry = casework.Entry(
        1, BEGIN, events.OtherDecided(BEGIN, "node", outcome="upheld", of="person")
    )

    def notes(**you):
        [line] = history.lines([entry], str, "party", **you)
        return line.notes

    assert notes(you="person") == ["Nothing changes for you."]
    assert notes() == ["Nothing changes for this side."]


def test_whatever_was_recorded_is_written_again_byte_for_byte(recorded, folder):
    """The oldest leaves commit to all fields at once, the others to each field."""
    for kept, opening in entries_of_cases(recorded):
        event = casework.entry_of(kept).event
        place = {"by": event.by, "n": kept.n} if event.kind != "opening.erased" else {}
        said = {"case": str(kept.case), **place, **events.fields(event)}
        again = later(event.kind, said, at=timestamp(event.at), salt=opening.salt)

        assert again.opening == opening
        assert opening.opens(read_leaf(kept.leaf).sealed)
        assert (again.leaf == kept.leaf) == (folder.name not in SEALED_AS_A_WHOLE)


def test_the_same_steps_write_the_same_journal(node):
    """Who lets a step say more records a new folder beside the old ones, which never change."""
    played = play(node)

    assert rows_of(played) == lines(NEWEST)
    played.close()
