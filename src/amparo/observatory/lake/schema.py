"""The one table shape of statements, to which every schema of the daily dumps is mapped.

Texts come first and types after, so that one odd cell cannot sink a piece: a value that is in no
list is kept as text, a date that is none becomes null and is told. Lists become real lists: in
memory each different one once, since thirty countries a row would take most of a piece.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from amparo.record.decision import DATES, LISTS

IDS = ("uuid", "platform_uid")
"""Seven tenths of a file, and needed only to look one statement up: kept in a file of their own."""

COLUMNS = (
    "uuid",
    "decision_visibility",
    "decision_visibility_other",
    "end_date_visibility_restriction",
    "decision_monetary",
    "decision_monetary_other",
    "end_date_monetary_restriction",
    "decision_provision",
    "end_date_service_restriction",
    "decision_account",
    "end_date_account_restriction",
    "account_type",
    "decision_ground",
    "decision_ground_reference_url",
    "illegal_content_legal_ground",
    "illegal_content_explanation",
    "incompatible_content_ground",
    "incompatible_content_explanation",
    "incompatible_content_illegal",
    "category",
    "category_addition",
    "category_specification",
    "category_specification_other",
    "content_type",
    "content_type_other",
    "content_language",
    "content_date",
    "content_id_ean",
    "territorial_scope",
    "application_date",
    "decision_facts",
    "source_type",
    "source_identity",
    "automated_detection",
    "automated_decision",
    "platform_name",
    "platform_uid",
    "created_at",
)
"""The full dump's columns since 1 July 2025; older and light ones lack some."""

_TEXT = pa.dictionary(pa.int32(), pa.string())


def kind_of(column: str) -> pa.DataType:
    """The Arrow type of a column, as it is stored."""
    if column in IDS:
        return pa.string()
    if column in LISTS:
        return pa.list_(pa.string())
    if column in DATES:
        return pa.date32()
    return pa.timestamp("s") if column == "created_at" else _TEXT


TERRITORY = "territory"
"""`territorial_scope` once more as one text, sorted and without repeats, as in `AT BE`: millions of
rows share a few of them, and counting texts is a hundred times faster than counting lists."""


def _kind_in_memory(column: str) -> pa.DataType:
    kind = kind_of(column)
    return pa.dictionary(pa.int32(), kind) if column in LISTS else kind


ARROW = pa.schema([*((column, _kind_in_memory(column)) for column in COLUMNS), (TERRITORY, _TEXT)])
"""A piece in memory."""


def read_types(columns: Sequence[str]) -> dict[str, pa.DataType]:
    """How a CSV piece's columns are read before they are typed."""
    return {name: pa.string() if name in IDS else _TEXT for name in columns}


def typed(table: pa.Table) -> tuple[pa.Table, dict[str, list[str]]]:
    """Give a piece its types; also the values that had to become null, by column."""
    arrays: list[Any] = []
    lost: dict[str, list[str]] = {}
    for column in COLUMNS:
        if column not in table.column_names:
            arrays.append(pa.nulls(table.num_rows, _kind_in_memory(column)))
            continue
        array, odd = _typed(column, table.column(column))
        if odd:
            lost[column] = odd
        arrays.append(array)
    arrays.append(_territory(table))
    return pa.table(arrays, schema=ARROW), lost


def stored(table: pa.Table) -> pa.Table:
    """A piece as it is stored: each row with its lists."""
    for column in LISTS:
        if column in table.column_names:
            held = table[column].combine_chunks()
            spread = pc.take(held.dictionary, held.indices)
            place = table.column_names.index(column)
            table = table.set_column(place, pa.field(column, kind_of(column)), spread)
    return table


def countries(scope: Iterable[str] | None) -> str | None:
    """A list of countries as the column `territory` tells it."""
    return " ".join(sorted(set(scope or ()))) or None


def _territory(table: pa.Table) -> Any:
    if "territorial_scope" not in table.column_names:
        return pa.nulls(table.num_rows, _TEXT)
    given = table.column("territorial_scope").combine_chunks()
    if not pa.types.is_dictionary(given.type):
        given = given.dictionary_encode()
    made, _ = _each(given.dictionary.to_pylist(), _listed)
    texts = pa.array([countries(scope) for scope in made], pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(pc.take(texts.indices, given.indices), texts.dictionary)


def as_text(table: pa.Table) -> pa.Table:
    """A published Parquet table as the text cells of a CSV piece, for `typed` to read."""
    columns = []
    for column in table.columns:
        if pa.types.is_list(column.type):
            texts = [
                None if value is None else msgspec.json.encode(value).decode()
                for value in column.to_pylist()
            ]
            columns.append(pa.chunked_array([pa.array(texts, pa.string())]))
        elif pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
            texts = [None if v is None else str(v)[:19] for v in column.to_pylist()]
            columns.append(pa.chunked_array([pa.array(texts, pa.string())]))
        else:
            columns.append(column.cast(pa.string()))
    return pa.table(columns, names=table.column_names)


def from_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pa.Table:
    """Rows of text cells as a table like that of the fast reader."""
    return pa.table(
        {
            name: pa.array([row.get(name) or None for row in rows], pa.string()).cast(kind)
            for name, kind in read_types(columns).items()
        }
    )


def _typed(column: str, given: Any) -> tuple[Any, list[str]]:
    if column in IDS or kind_of(column) == _TEXT:
        return given.cast(kind_of(column)), []
    given = given.combine_chunks()
    if not pa.types.is_dictionary(given.type):
        given = given.dictionary_encode()
    values = given.dictionary.to_pylist()
    if column in LISTS:
        lists, odd = _each(values, _listed)
        different = pa.array(lists, kind_of(column))
        return pa.DictionaryArray.from_arrays(given.indices, different), odd
    made, odd = _each(values, _day if column in DATES else datetime.fromisoformat)
    return pc.take(pa.array(made, kind_of(column)), given.indices), odd


def _each(values: list[Any], read: Any) -> tuple[list[Any], list[str]]:
    made, odd = [], []
    for value in values:
        try:
            made.append(None if value is None else read(value))
        except ValueError:
            made.append(None)
            odd.append(value)
    return made, odd


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def _listed(text: str) -> list[str]:
    """A list cell: JSON, or bare values as on some days of 2024."""
    try:
        read = msgspec.json.decode(text)
    except msgspec.DecodeError:
        read = [part.strip().strip("\"'") for part in text.strip("[]").split(",")]
    if not isinstance(read, list):
        read = [read]
    return [str(value) for value in read if value is not None]
