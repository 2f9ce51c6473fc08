"""The observatory in a notebook or a program: every answer a table with documented columns.

from amparo.observatory import Observatory

seen = Observatory()                        # the series that ship; or Observatory(lake="data/lake")
seen.measure("account.suspended", ["X"])    # an Arrow table; tables="polars" or "pandas" for those
"""

# SPDX-License-Identifier: Apache-2.0

import importlib
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import pyarrow as pa

from amparo.errors import Unavailable
from amparo.observatory import queries
from amparo.observatory.errata import ERRATA
from amparo.observatory.measures import catalogue
from amparo.observatory.silences import Silence
from amparo.observatory.waves import EVERYBODY, Wave

Kind = Literal["arrow", "polars", "pandas"]

_DAY = pa.date32()
_WAVES = pa.schema(
    [
        ("platform", pa.string()),
        ("metric", pa.string()),
        ("kind", pa.string()),
        ("start", _DAY),
        ("end", _DAY),
        ("observed", pa.int64()),
        ("expected", pa.int64()),
        ("low", pa.int64()),
        ("high", pa.int64()),
        ("evidence", pa.string()),
        ("key", pa.string()),
        ("called", pa.bool_()),
    ]
)
_SILENCES = pa.schema(
    [
        ("platform", pa.string()),
        ("metric", pa.string()),
        ("start", _DAY),
        ("end", _DAY),
        ("days", pa.int64()),
        ("usual", pa.int64()),
        ("evidence", pa.string()),
    ]
)
_DOUBTS = pa.schema(
    [
        ("rule", pa.string()),
        ("severity", pa.string()),
        ("platform", pa.string()),
        ("number", pa.int64()),
        ("first", _DAY),
        ("last", _DAY),
        ("example", pa.string()),
    ]
)
_ERRATA = pa.schema(
    [
        ("name", pa.string()),
        ("first", _DAY),
        ("last", _DAY),
        ("platform", pa.string()),
        ("field", pa.string()),
        ("meaning", pa.string()),
        ("source", pa.string()),
    ]
)
_COVERAGE = pa.schema(
    [
        ("date", _DAY),
        ("platform", pa.string()),
        ("source", pa.string()),
        ("whole", pa.bool_()),
    ]
)
_MEASURES = pa.schema(
    [(name, pa.string()) for name in ("name", "title", "sentence", "unit", "family", "note", "sql")]
)


class Observatory:
    """Measures, waves, silences and doubts as tables. Close it, or use it in a `with`."""

    def __init__(
        self,
        files: Sequence[str | Path] = (),
        *,
        lake: str | Path | None = None,
        spark: str | None = None,
        tables: Kind = "arrow",
    ) -> None:
        """Open the series that ship, those of a lake above them, or series files of one's own.

        `files` are Parquet or CSV files with the columns date, platform, metric, value; `spark` is
        the address of a cluster. `tables` says what comes back: Arrow, Polars or pandas tables.
        """
        self._as = _converter(tables)
        place = Path(lake) if lake is not None else None
        self._engine = queries.open_engine([Path(file) for file in files], place, spark=spark)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the engine."""
        self._engine.close()

    def measures(self) -> Any:
        """The catalogue. Columns: name, title, sentence, unit, family, note, sql."""
        rows = [
            {name: str(getattr(measure, name)) for name in _MEASURES.names}
            for measure in catalogue().values()
        ]
        return self._as(pa.Table.from_pylist(rows, _MEASURES))

    def measure(
        self,
        name: str,
        platforms: Iterable[str] = (EVERYBODY,),
        first: date | None = None,
        last: date | None = None,
    ) -> Any:
        """A measure day by day.

        Columns: date, platform (`*` is all together), value (float; in the measure's unit:
        statements, share from 0 to 1, or days; null where it is not known), known (yes, part or
        no: whether the day is known of the platform). Every day of the range has a row.
        """
        asked = queries.measure(name)
        return self._as(
            queries.as_table(queries.figures(self._engine, asked, platforms, first, last))
        )

    def coverage(self) -> Any:
        """Which days are known. Columns: date, platform (`*` is every one), source, whole."""
        rows = [row._asdict() for row in self._engine.coverage.rows]
        return self._as(pa.Table.from_pylist(rows, _COVERAGE))

    def waves(
        self,
        metrics: Iterable[str] = queries.WATCHED,
        platforms: Iterable[str] | None = None,
    ) -> Any:
        """Surges, with look-alikes under their own name.

        Columns: platform, metric, kind (wave, burst, backlog, catch_up, volume_surge, level_shift,
        launch or rename), start, end, observed and expected (counts over those days), low and high
        (an interval for what is beyond the expected), evidence (in words), key (permanent),
        called (whether it is, or was, called a wave).
        """
        found = queries.waves(self._engine, metrics, platforms)
        rows = [_row(wave, _WAVES) for wave in found]
        return self._as(pa.Table.from_pylist(rows, _WAVES))

    def silences(
        self,
        metrics: Iterable[str] = queries.LISTENED,
        platforms: Iterable[str] | None = None,
    ) -> Any:
        """What was reported day by day and no longer is.

        Columns: platform, metric, start, end (null while it lasts), days, usual (a day), evidence.
        """
        found = queries.silences(self._engine, metrics, platforms)
        rows = [_row(silence, _SILENCES) for silence in found]
        return self._as(pa.Table.from_pylist(rows, _SILENCES))

    def doubts(self) -> Any:
        """What does not fit. Columns: rule, severity, platform, number, first, last, example."""
        rows = [
            doubt._asdict() | {"severity": rule.severity, "example": str(doubt.example)}
            for rule, found in queries.doubts(self._engine)
            for doubt in found
        ]
        return self._as(pa.Table.from_pylist(rows, _DOUBTS))

    def errata(self) -> Any:
        """Errata. Columns: name, first, last, platform (null: all), field, meaning, source."""
        return self._as(pa.Table.from_pylist([erratum._asdict() for erratum in ERRATA], _ERRATA))

    def sql(self, query: str) -> Any:
        """Ask `daily` (date, platform, metric, value, source) or `coverage`; its own columns."""
        names, rows = self._engine.ask(query)
        columns = zip(*rows, strict=True) if rows else [()] * len(names)
        return self._as(pa.table([pa.array(list(column)) for column in columns], names=list(names)))


def _row(found: Wave | Silence, columns: pa.Schema) -> dict[str, Any]:
    """A row of a table, with its evidence in English."""
    row = {name: getattr(found, name) for name in columns.names}
    return row | {"evidence": str(found.evidence)}


def _converter(kind: Kind) -> Any:
    if kind == "arrow":
        return lambda table: table
    try:
        library = importlib.import_module(kind)
    except ImportError:
        raise Unavailable(
            f"{kind} is not installed here.",
            why="tables of that kind were asked for",
            fix=f"Run: pip install 'amparo[{kind}]', or ask for Arrow tables.",
        ) from None
    return library.from_arrow if kind == "polars" else lambda table: table.to_pandas()
