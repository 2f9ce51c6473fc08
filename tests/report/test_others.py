"""Other reports from the same figures: a dispute body's, and the Santa Clara Principles' numbers."""

import json

from tests.case.lives import BEGIN, LIVES, World, fixed_chance_and_clock
from tests.conftest import new_node, run
from tests.report.conftest import as_files, given, heard, measures, read_back

from amparo.case.figures import bounds, disputed_elsewhere, disputes
from amparo.ledger.case import casework, figures_check
from amparo.ledger.log import platforms
from amparo.ledger.upkeep.erase import erase
from amparo.report import body, forms, santa_clara, write
from amparo.report.figures import Contested
from amparo.web.words import report_figures


def dispute(outcome, days=None, *, by_default=False):
    return Contested(outcome, None if days is None else days * 24, (), by_default=by_default)


def test_decisions_by_default_are_never_mixed_with_those_on_the_merits():
    told = body.yearly(
        [
            dispute("upheld", 10),
            dispute("reversed", 100),
            dispute("reversed", 20, by_default=True),
            dispute("omitted", 5),
            dispute(""),
        ],
        "Two platforms sent nothing.",
    )

    assert told["disputes"] == 5
    assert told["outcomes"]["on the merits"]["share changed"] == 0.5
    assert told["outcomes"]["by default"]["share changed"] == 1.0
    assert told["outcomes"]["on the merits"]["pending"] == 1
    assert (told["average_days"], told["median_days"], told["longer_than_90_days"]) == (
        43.3,
        20.0,
        1,
    )
    assert told["difficulties"] == "Two platforms sent nothing."
    assert body.yearly([], "")["average_days"] is None


def test_a_written_report_says_how_many_disputes_were_decided_by_default():
    some = (dispute("reversed", 3, by_default=True), dispute("upheld", 4))
    made = write.write(given()._replace(heard=heard()._replace(disputes=some)))
    report, _ = read_back(as_files(made))

    [row] = [one for one in report.rows(7) if one.get("Contextual Information") == "1 by default"]
    assert (row.get("Indicator"), row.get("Value")) == (forms.DISPUTED, "2")


def test_every_number_of_the_principles_is_given_or_named_as_missing():
    told = santa_clara.numbers(measures(), heard())

    assert {*told, *told["missing"]} == {f"SC-N{n}" for n in range(1, 12)} | {"missing"}
    assert sum(told["SC-N11"]["by rule"].values()) == sum(measures().values())
    assert told["SC-N3"] == {"successful": 2, "unsuccessful": 2, "omitted": 1, "pending": 1}
    assert told["SC-N9"]["acted on"] == 1


def test_a_body_reports_the_disputes_that_its_own_panels_heard(tmp_path):
    """Erased or not; those that other bodies decided are in the platform's figures alone."""
    with fixed_chance_and_clock():
        world = World(new_node(tmp_path / "node"))
        assert figures_check.count_on(world.journal)
        for life in LIVES:
            world.now = BEGIN
            life(world)
    journal, period = world.journal, str(BEGIN.year)
    first = {entry.case: entry for entry in reversed([*journal.events()]) if entry.n}
    cases = {case: casework.read(journal, case) for case in first}
    here, elsewhere = (
        {case: [*found(file.events, *bounds(period))] for case, file in cases.items()}
        for found in (disputes, disputed_elsewhere)
    )
    own = [case for case in here if here[case] and not elsewhere[case]]

    def reported():
        every = [
            dispute
            for platform in platforms.every(journal)
            for dispute in report_figures.disputed_here(journal, platform, period)
        ]
        return sorted((dispute.outcome, str(dispute.hours)) for dispute in every)

    before = reported()
    erase(world.node, [first[case] for case in own[::2]], "order")

    assert len(before) == sum(map(len, here.values())) > 5
    assert sum(map(len, elsewhere.values())) > 1
    assert reported() == before
    journal.close()


def test_both_are_printed_for_a_node(node, journal, keep):
    keep(4, application_date="2026-02-01", content_date="2026-01-01")

    yearly = json.loads(run("report", "body", "--year", 2026, "--data", node.folder).stdout)
    told = json.loads(
        run(
            "report", "santa-clara", "--year", 2026, "--platform", "foro", "--data", node.folder
        ).stdout
    )

    assert (yearly["year"], yearly["disputes"]) == (2026, 0)
    assert sum(told["SC-N11"]["by rule"].values()) == 4
