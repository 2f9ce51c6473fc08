"""The series that ship are the real ones: published figures come out digit for digit."""

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from amparo.errors import Malformed, Missing
from amparo.observatory import errata, measures, quality, queries, waves
from amparo.observatory.engine import Embedded, builtin
from amparo.record import vocabulary as words

BREMEN = {
    "*": 7_143_981,
    "Facebook": 903_183,
    "Pinterest": 634_666,
    "TikTok": 414_744,
    "YouTube": 114_713,
    "Instagram": 111_379,
    "Snapchat": 11_505,
    "X": 5_384,
    "LinkedIn": 332,
}
"""Dergacheva, Katzenbach et al., One Day in Content Moderation: 5 November 2023."""


def one(engine, name, platforms=("*",), first=None, last=None):
    return queries.figures(engine, queries.measure(name), platforms, first, last)


def test_one_day_in_content_moderation(engine):
    day = date(2023, 11, 5)

    found = one(engine, "statements", BREMEN, day, day)

    assert {row.platform: row.value for row in found} == BREMEN


def test_the_first_hundred_days_of_eight_platforms(engine):
    """Trujillo, Fagni and Cresci (CSCW 2025): 353.12 million."""
    found = one(engine, "statements", set(BREMEN) - {"*"}, last=date(2024, 1, 2))

    assert sum(row.value for row in found) == 353_118_855


def test_everything_there_is(engine):
    assert engine.span() == (date(2023, 9, 25), date(2026, 1, 10))
    assert sum(row.value for row in one(engine, "statements")) == 36_636_410_373


def test_totals_are_shown_with_and_without_the_one_shop(engine):
    whole = sum(row.value for row in one(engine, "statements"))
    shop = sum(row.value for row in one(engine, "statements", [measures.THE_SHOP]))
    rest = sum(row.value for row in one(engine, "statements.without_google_shopping"))

    assert shop > 0.7 * whole
    assert rest == whole - shop


def test_categories_across_the_change_of_schema_are_joined_by_the_mapping_alone(engine):
    """What ended keeps its own name; what was renamed is one line from 2023 on."""
    joined = [row.date for row in one(engine, "category.other_violation_tc") if row.value]
    ended = one(engine, "category.pornography_or_sexualized_content")

    assert min(joined) < date(2025, 7, 1) < max(joined)
    assert max(row.date for row in ended if row.value) < date(2025, 7, 8)
    assert "scope_of_platform_service" in str(queries.measure("category.other_violation_tc").note)


@pytest.mark.parametrize("measure", measures.catalogue().values(), ids=lambda m: m.name)
def test_every_measure_can_be_asked_and_says_what_it_is(engine, measure):
    rows = queries.figures(engine, measure, ["*"])

    assert str(measure.sentence).endswith(".")
    assert measure.title
    if measure.unit == "share":
        assert all(row.value is None or 0 <= row.value <= 1 for row in rows)


def test_the_catalogue_covers_the_schema():
    names = set(measures.catalogue())

    for labels, family in (
        (words.CATEGORY, "category"),
        (words.KEYWORDS, "keyword"),
        (words.DECISION_VISIBILITY, "visibility"),
        (words.CONTENT_TYPE, "content_type"),
        (words.SOURCE_TYPE, "source"),
    ):
        assert {f"{family}.{measures.slug_of_value(value)}" for value in labels} <= names


def test_doubts_find_what_studies_found(engine):
    found = {rule.name: doubts for rule, doubts in queries.doubts(engine)}
    copies = {(d.platform, str(d.example)) for d in found["copied_series"]}
    flips = {d.platform: str(d.example) for d in found["automation_flips"]}

    assert ("Xbox Store", "the same count as Xbox.com on 200 of 200 common days") in copies
    assert flips["Temu"] == "from 90% to 4% in 2025-06"
    assert sum(d.number for d in found["content_after_decision"]) == 1_432_469
    assert sum(d.number for d in found["decision_after_report"]) == 1_000_046
    assert {d.platform for d in found["always_illegal"]} >= {"X"}
    assert {"Facebook", "Instagram"} <= {d.platform for d in found["never_a_machine"]}


def test_every_doubt_says_why_it_matters():
    assert len({rule.name for rule in quality.RULES}) == len(quality.RULES)
    for rule in quality.RULES:
        assert rule.sentence.endswith(".")
        assert rule.why.endswith(".")


def test_a_figure_names_the_errata_that_touch_it(engine):
    detection = queries.measure("automated_detection.yes")

    touched = queries.errata(engine, detection, ["google play"])
    others = queries.errata(engine, detection, ["TikTok"])

    assert "google-play-detection-inverted" in {one.name for one in touched}
    assert "google-play-detection-inverted" not in {one.name for one in others}
    assert all(one.source and one.meaning.endswith(".") for one in errata.ERRATA)


@pytest.mark.parametrize(
    "query",
    [
        "COPY daily TO '/tmp/out.csv'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "ATTACH '/tmp/x.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "nonsense",
    ],
)
def test_a_typed_query_can_neither_change_nor_reach_anything(engine, query):
    with pytest.raises(Malformed):
        engine.ask(query)


def test_a_typed_query_is_answered(engine):
    assert engine.ask("SELECT count(DISTINCT platform) AS n FROM daily WHERE platform <> '*'") == (
        ("n",),
        [(191,)],
    )


def test_names_are_found_in_any_case_and_a_wrong_one_tells_what_is_near(engine):
    assert engine.named(["tiktok", "GOOGLE PLAY"]) == ["TikTok", "Google Play"]
    with pytest.raises(Missing, match="no platform") as refused:
        engine.named(["Pinterst"])
    assert "Pinterest" in refused.value.why


def test_what_is_no_series_is_refused_with_what_it_must_hold(tmp_path):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")

    with pytest.raises(Malformed, match="no file of daily series") as refused:
        Embedded([tmp_path / "other.csv"])
    assert "date, platform, metric, value" in refused.value.fix
    with pytest.raises(Missing):
        Embedded([tmp_path / "missing.parquet"])


def test_a_name_that_looks_like_another_is_a_doubt_that_names_it(tmp_path):
    disguised = ["Foro\x1dX", "Foro\u202eX", "Foro\ufffeX"]
    names = [*disguised, "Foro", "منصة 2026"]
    rows = [(date(2026, 1, 1), name, "statements", 7.0) for name in names]
    (tmp_path / "daily").mkdir()
    table = pa.Table.from_pylist(
        [dict(zip(("date", "platform", "metric", "value"), row, strict=True)) for row in rows]
    )
    pq.write_table(table, tmp_path / "daily" / "names.parquet")
    engine = queries.open_engine(lake=tmp_path)

    [found] = [some for rule, some in queries.doubts(engine) if rule.name == "name_in_disguise"]

    assert {doubt.platform for doubt in found} == set(disguised)


def test_no_platform_takes_the_address_of_all_together():
    names = ["*", "All", "all", "🏳️", "!", "Foro"]

    assert len({waves.slug(name) for name in names}) == len(names)
    assert waves.slug("*") == "all"


def test_a_question_reads_little_more_than_what_it_asks_for():
    """Groups of rows whose range does not hold a metric are skipped; a chart asks for two at most."""
    groups = pq.ParquetFile(builtin()).metadata
    place = groups.schema.names.index("metric")
    ranges = []
    for number in range(groups.num_row_groups):
        found = groups.row_group(number)
        assert found.num_rows <= 32_768
        ranges.append((found.column(place).statistics.min, found.column(place).statistics.max))

    for asked in measures.catalogue().values():
        for metric in asked.metrics:
            # Of 1.7 million rows: those of the metric, which may begin and end within a group.
            read = [low <= metric <= high for low, high in ranges]
            assert sum(read) <= 3, metric


def test_a_mean_of_one_platform_is_the_same_alone_and_beside_others(engine):
    asked = queries.measure("delay.moderation")

    alone = queries.figures(engine, asked, ["TikTok"])

    beside = queries.figures(engine, asked, ["X", "TikTok", "*"])
    assert alone == [figure for figure in beside if figure.platform == "TikTok"]
    assert sum(figure.value is not None for figure in alone) > 500
