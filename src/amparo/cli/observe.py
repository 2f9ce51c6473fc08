"""`amparo observe`: counting what platforms do, from the command line."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from amparo.cli import alerts, record
from amparo.cli import lake as lakes
from amparo.cli.groups import Group
from amparo.cli.options import lake_option, spark_option
from amparo.cli.progress import bar
from amparo.cli.rows import as_day, format_option, print_rows

if TYPE_CHECKING:
    from amparo.observatory.engine import Engine
    from amparo.observatory.measures import Measure
    from amparo.observatory.queries import Figure, Total
    from amparo.observatory.waves import Wave
    from amparo.observatory.young import Young

ACCOUNTS = ("account.suspended", "account.terminated")
BARS = "▁▂▃▄▅▆▇█"

_series_option = click.option(
    "--series",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A Parquet or CSV file with date, platform, metric, value; may be given several times.  "
    "[default: the series that ship with Amparo, and the lake's]",
)
_platform_option = click.option(
    "--platform", "platforms", multiple=True, help="Only this platform; may be given several times."
)


_since_option = click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), callback=as_day, help="From this day on."
)


@click.group(cls=Group)
def observe() -> None:
    """The observatory: what platforms report, counted, with what does not fit.

    Works at once on 28 months of real daily series that ship with Amparo; add your own dumps with
    `amparo observe add`.
    """


observe.add_command(lakes.add)
observe.add_command(lakes.sync)
observe.add_command(record.record)
observe.add_command(lakes.files)
observe.add_command(lakes.rows)
observe.add_command(alerts.alert)


@observe.command()
@_series_option
@click.option(
    "--metric", "metrics", multiple=True, default=ACCOUNTS, show_default=True, help="What to watch."
)
@_platform_option
@_since_option
@click.option("--kind", "kinds", multiple=True, help="Only alarms taken for this, as in `wave`.")
@click.option("--least", type=float, help="Fewest beyond the expected within a week.")
@format_option
@lake_option
@spark_option
def waves(
    files: tuple[Path, ...],
    metrics: tuple[str, ...],
    platforms: tuple[str, ...],
    since: date | None,
    kinds: tuple[str, ...],
    least: float | None,
    form: str,
    lake: Path,
    spark: str | None,
) -> None:
    """Surges beyond what a platform's own past makes likely, told apart from look-alikes.

    The table has one row a wave. CSV has one row for each alarm day: platform, metric, date, class.
    """
    engine = _engine(files, lake, spark)
    from amparo.observatory import queries, so_far
    from amparo.observatory.waves import LEAST_EXCESS, rows

    before = so_far.read(lake)
    with bar("Looking for waves", unit="series") as advance:
        found = queries.waves(
            engine,
            metrics,
            platforms or None,
            least=least or LEAST_EXCESS,
            advance=advance,
            so_far=before,
        )
    if not files:
        with suppress(OSError):  # the next search takes longer, and nothing else
            so_far.keep(lake, before)
    found = [
        wave
        for wave in found
        if (not kinds or wave.kind in kinds) and (since is None or wave.end >= since)
    ]
    _tell_young(engine, metrics, platforms)
    if form == "csv":
        days = [row for row in rows(found) if since is None or row[2] >= since]
        print_rows(("platform", "metric", "date", "class"), days, "csv")
        return
    found.sort(key=lambda wave: (wave.start, wave.platform))
    head = ("start", "end", "platform", "metric", "taken for", "counted", "expected", "evidence")
    print_rows(head, [_wave_row(wave) for wave in found], form)


@observe.command()
@_series_option
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    default=("statements", *ACCOUNTS),
    show_default=True,
    help="What to listen for.",
)
@_platform_option
@format_option
@lake_option
@spark_option
def silences(
    files: tuple[Path, ...],
    metrics: tuple[str, ...],
    platforms: tuple[str, ...],
    form: str,
    lake: Path,
    spark: str | None,
) -> None:
    """What was reported day by day and no longer is, told apart from weekends and outages."""
    engine = _engine(files, lake, spark)
    from amparo.observatory import queries

    found = queries.silences(engine, metrics, platforms or None)
    head = ("start", "end", "days", "platform", "metric", "evidence")
    rows = [
        (s.start, s.end or "lasts", s.days, s.platform, s.metric, str(s.evidence)) for s in found
    ]
    print_rows(head, sorted(rows, key=lambda row: row[0]), form)


@observe.command()
@click.argument("name", metavar="MEASURE")
@_series_option
@_platform_option
@_since_option
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), callback=as_day, help="Up to this day.")
@click.option("--query", is_flag=True, help="Print the query, and do not run it.")
@format_option
@lake_option
@spark_option
def show(
    name: str,
    files: tuple[Path, ...],
    platforms: tuple[str, ...],
    since: date | None,
    until: date | None,
    query: bool,
    form: str,
    lake: Path,
    spark: str | None,
) -> None:
    """A measure day by day, of one platform or several (default: of all together).

    `amparo observe measures` lists the names. The table shows months, with a line of bars; CSV and
    JSON have every day.
    """
    from amparo.observatory import queries

    measure = queries.measure(name)
    if query:
        click.echo(measure.sql)
        return
    engine = _engine(files, lake, spark)
    rows = queries.figures(engine, measure, platforms or ("*",), since, until)
    if form != "table":
        print_rows(("date", "platform", measure.name, "known"), rows, form)
        return
    click.echo(f"{measure.title}: {measure.sentence} {measure.note}".rstrip(), err=True)
    for platform in dict.fromkeys(row.platform for row in rows):
        _print_months(platform, [row for row in rows if row.platform == platform], measure)
    for erratum in queries.errata(engine, measure, platforms, since, until):
        click.echo(f"Erratum: {erratum.meaning} ({erratum.source})", err=True)


@observe.command()
@click.argument("word", required=False)
@format_option
def measures(word: str | None, form: str) -> None:
    """The catalogue of measures; with WORD only those that hold it."""
    from amparo.observatory.measures import catalogue

    rows = [
        (m.name, m.unit, str(m.sentence))
        for m in catalogue().values()
        if not word or word.lower() in f"{m.name} {m.sentence}".lower()
    ]
    print_rows(("name", "unit", "what it says"), rows, form)


@observe.command()
@_series_option
@_platform_option
@format_option
@lake_option
@spark_option
def doubts(
    files: tuple[Path, ...], platforms: tuple[str, ...], form: str, lake: Path, spark: str | None
) -> None:
    """What does not fit in the data: rules, counts, examples."""
    engine = _engine(files, lake, spark)
    from amparo.observatory import queries

    rows = [
        (rule.severity, rule.name, d.platform, d.number, d.first, d.last, str(d.example))
        for rule, found in queries.doubts(engine)
        for d in found
        if not platforms or d.platform in platforms
    ]
    print_rows(("weight", "doubt", "platform", "count", "first", "last", "example"), rows, form)


@observe.command()
@format_option
def errata(form: str) -> None:
    """Known faults of published data, and what they mean for a figure."""
    from amparo.observatory.errata import ERRATA

    rows = [(e.first, e.last, e.platform or "all", e.field, e.meaning, e.source) for e in ERRATA]
    print_rows(("first", "last", "platform", "field", "meaning", "source"), rows, form)


@observe.command()
@click.argument("query")
@_series_option
@format_option
@lake_option
@spark_option
def sql(query: str, files: tuple[Path, ...], form: str, lake: Path, spark: str | None) -> None:
    """Ask the series anything; nothing can be changed.

    Tables: `daily` (date, platform, metric, value, source) and `coverage` (date, platform, source,
    whole). A day that is in no row of `coverage` is not known, and no zero.
    """
    engine = _engine(files, lake, spark)
    head, rows = engine.ask(query)
    print_rows(head, rows, form)


@observe.command()
@_series_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else.")
def evaluate(files: tuple[Path, ...], as_json: bool) -> None:
    """Score the detector of waves by the protocol, beside simple yardsticks (about a minute)."""
    engine = _engine(files, None)
    from amparo.observatory import evaluate as judging

    series = [
        candidate
        for (platform, metric), candidate in engine.series(ACCOUNTS).items()
        if metric in ACCOUNTS and platform != "*"
    ]
    scores: dict[str, Any] = {}
    steps = len(judging.YARDSTICKS) + 3  # look-alikes, launches, and what an alarm is called
    with bar("Judging", unit="steps") as advance:
        for done, (name, judge) in enumerate(judging.YARDSTICKS.items(), 1):
            scores[name] = judging.evaluate(judge, series)
            advance(done, steps)
        contexts = engine.contexts()
        look_alikes = judging.named(series, contexts)
        advance(steps - 2, steps)
        begun = judging.begun(series, contexts)
        advance(steps - 1, steps)
        called = judging.called(series, contexts)
    if as_json:
        _print_scores_as_json(scores, look_alikes, called, begun)
        return
    head = ("detector", "false alarms", "all alarms", *map(_shape, judging.SHAPES), "70,000")
    rows = [
        (
            name,
            f"{score.false_alarms:.1f}",
            f"{score.alarms:.1f}",
            *(_share(score.planted[shape]) for shape in judging.SHAPES),
            _share(score.seventy_thousand),
        )
        for name, score in scores.items()
    ]
    print_rows(head, rows, "table")
    score = scores["amparo"]
    click.echo(
        f"{score.series} series, {score.years:.1f} quiet platform-years; alarms a platform-year. "
        "Planted waves found: share, and median delay in days."
    )
    click.echo("\nDetected and called a wave: on the day, and five weeks later.")
    sizes = sorted(called[0].on_the_day)
    print_rows(
        (
            "part",
            "years",
            "false on the day",
            "false later",
            *(f"{weeks:g} weeks" for weeks in sizes),
        ),
        [
            (
                part.part,
                f"{part.years:.1f}",
                f"{part.false_on_the_day:.2f}",
                f"{part.false_in_hindsight:.2f}",
                *(
                    f"{part.on_the_day[size].share:.0%}, {part.in_hindsight[size].share:.0%}"
                    for size in sizes
                ),
            )
            for part in called
        ],
        "table",
    )
    click.echo(
        f"\nIn the first weeks of {begun.series} launches ({begun.years:.1f} platform-years), on "
        f"the day: {begun.false:.2f} called a wave a platform-year; planted and called one: "
        + ", ".join(f"{size:g} weeks {found.share:.0%}" for size, found in begun.planted.items())
        + f", 70,000 {begun.seventy_thousand.share:.0%}."
    )
    click.echo("\nLook-alikes:")
    for kind, found in look_alikes.items():
        click.echo(f"  {kind}: {found.share:.0%} of {found.planted} named as such")


def _tell_young(engine: "Engine", metrics: tuple[str, ...], platforms: tuple[str, ...]) -> None:
    """Of whom no wave could have been seen: nothing found is not nothing there."""
    from amparo.observatory import queries

    found = queries.young(engine, metrics, platforms or engine.platforms())
    if not platforms and found:
        names = len({young.platform for young in found})
        click.echo(
            f"{names} platforms have too little past to judge; --platform tells more of one.",
            err=True,
        )
    for young in found if platforms else ():
        click.echo(_of_young(young), err=True)


def _of_young(young: "Young") -> str:
    smallest = "no day is known"
    if young.smallest is not None:
        smallest = f"if days go on like these, then one of {young.smallest:,} in a week can be seen"
    facts = f" What there is: {'; '.join(map(str, young.facts))}." if young.facts else ""
    return (
        f"{young.platform}, {young.metric}: too little past to judge, {young.days} of "
        f"{young.needed} days; {smallest}.{facts}"
    )


def _shape(shape: tuple[float, int]) -> str:
    return f"{shape[0]:g} weeks in {shape[1]} d"


def _share(found: Any) -> str:
    delay = "" if found.median_delay is None else f", {found.median_delay:.0f} d"
    return f"{found.share:.0%}{delay}"


def _print_scores_as_json(
    scores: dict[str, Any], look_alikes: Any, called: Any, begun: Any
) -> None:
    body = {
        "detectors": {
            name: score._asdict()
            | {"planted": {_shape(shape): found for shape, found in score.planted.items()}}
            for name, score in scores.items()
        },
        "look_alikes": look_alikes,
        "called": [part._asdict() for part in called],
        "begun": begun._asdict(),
    }
    click.echo(msgspec.json.encode(body).decode())


def _engine(files: tuple[Path, ...], lake: Path | None, spark: str | None = None) -> "Engine":
    """The engine that was asked for; how old its data are is told before anything else."""
    from amparo.observatory import queries

    engine = queries.open_engine(files, lake, spark=spark)
    age = queries.age(engine, datetime.now(UTC).date())
    click.echo(" ".join(map(str, age.in_words)), err=True)
    return engine


def _wave_row(wave: "Wave") -> tuple[object, ...]:
    return (
        wave.start,
        wave.end,
        wave.platform,
        wave.metric,
        wave.kind,
        wave.observed,
        wave.expected,
        str(wave.evidence),
    )


def _print_months(platform: str, days: Sequence["Figure"], measure: "Measure") -> None:
    """Months from the first with anything to tell; what is not known is told as that."""
    from amparo.observatory import queries
    from amparo.observatory.coverage import Span

    months: dict[str, list[Figure]] = {}
    for day in days:
        months.setdefault(f"{day.date:%Y-%m}", []).append(day)
    totals = {
        month: queries.total(found, measure, Span(found[0].date, found[-1].date))
        for month, found in months.items()
    }
    begun = next((month for month, total in totals.items() if total.value), "")
    most = max((total.value or 0 for total in totals.values()), default=0) or 1
    shown = {month: total for month, total in totals.items() if month >= begun}
    bars = "".join(
        " " if total.value is None else _bar(total.value / most) for total in shown.values()
    )
    click.echo(f"{'All platforms' if platform == '*' else platform}  {bars}")
    for month, total in shown.items():
        click.echo(f"  {month}  {_in_words(total, measure)}")


def _in_words(total: "Total", measure: "Measure") -> str:
    if total.value is None:
        return f"{'–' if total.known else 'not known':>18}"
    text = f"{total.value:,.0f}" if measure.unit == "statements" else f"{total.value:,.3f}"
    note = "" if total.is_whole else f"  ({total.known} of {total.span.days} days known)"
    return f"{text:>18}{note}"


def _bar(part: float) -> str:
    return BARS[min(len(BARS) - 1, max(0, int(part * len(BARS))))]
