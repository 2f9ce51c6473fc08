"""Where the work of a lake is done: on this machine, by threads and DuckDB, or on `spark`."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Protocol

import duckdb

from amparo.observatory import cube
from amparo.observatory.lake import ingest
from amparo.observatory.lake.ingest import Done
from amparo.observatory.lake.reader import Work

WORKERS = 2


class Machine(Protocol):
    """Whatever reads pieces and counts days."""

    def read(self, todo: Sequence[Work], stage: Path) -> Iterator[Done]:
        """Read pieces into staging, each as soon as it is done."""

    def count(self, stage: Path, day: date) -> None:
        """Count what is in staging into `STAGE/daily.parquet`, in the shape of `daily`."""


class ThisMachine:
    """Two threads; DuckDB with bounded memory."""

    def read(self, todo: Sequence[Work], stage: Path) -> Iterator[Done]:
        """Read pieces into staging, each as soon as it is done."""
        with ThreadPoolExecutor(WORKERS) as pool:
            yield from pool.map(lambda piece: ingest.read_piece(piece, stage), todo)

    def count(self, stage: Path, day: date) -> None:
        """Count a day, from its Parquet, into the shape of `daily`."""
        limits: dict[str, str | bool | int | float | list[str]] = {
            "threads": WORKERS,
            "memory_limit": "512MB",
            "temp_directory": str(stage / "spill"),
        }
        with duckdb.connect(config=limits) as database:
            _view(database, "statements", stage / "statements")
            identified = (stage / "ids").is_dir()
            if identified:
                _view(database, "identified", stage / "ids")
            database.execute(f"CREATE TABLE alike AS {cube.ALIKE}")
            database.execute(
                "CREATE TABLE counted (platform VARCHAR, metric VARCHAR, value BIGINT)"
            )
            for query in cube.queries(day, identified=identified):
                database.execute(f"INSERT INTO counted {query}")
            target = str(stage / "daily.parquet").replace("'", "''")
            database.execute(
                f"COPY ({cube.daily(day)}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
            )


def rows(lake: Path, sql: str, values: Mapping[str, object]) -> list[dict[str, object]]:
    """Rows of a lake's statements and identifiers, with day and file as `date` and `dump`."""
    with duckdb.connect(config={"threads": WORKERS, "memory_limit": "512MB"}) as database:
        for name, part in (("statements", "statements"), ("identified", "ids")):
            place = str(lake / part).replace("'", "''")
            database.execute(
                f"CREATE VIEW {name} AS SELECT * EXCLUDE filename, "
                "parse_path(filename)[-2] AS dump FROM read_parquet("
                f"'{place}/date=*/*/*.parquet', hive_partitioning = true, filename = true)"
            )
        table = database.sql(sql, params=dict(values)).to_arrow_table()
        return [dict(row) for row in table.to_pylist()]


def _view(database: duckdb.DuckDBPyConnection, name: str, folder: Path) -> None:
    place = str(folder).replace("'", "''")
    database.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{place}/*.parquet')")
