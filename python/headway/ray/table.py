"""Batches of Ray Data into rows of JSON, and answers into columns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow

from headway.columns import ADDED, row_json
from headway.errors import ConfigurationError

ROW = "__headway_row"
"""A column of a run's own: numbers that tell rows apart which ask the same."""
_READ = ("custom_id", "method", "url", "body", "prompt", "messages")


def table_of(batch: Any) -> pyarrow.Table:
    """Of a batch in any of Ray Data's formats."""
    if isinstance(batch, pyarrow.Table):
        return batch
    if isinstance(batch, Mapping):
        return pyarrow.table({name: pyarrow.array(list(values)) for name, values in batch.items()})
    return pyarrow.Table.from_pandas(batch, preserve_index=False)


def check_names(columns: Sequence[str]) -> None:
    for name in ADDED:
        if name in columns:
            raise ConfigurationError(f"the table has a column '{name}', as the answers will: rename it, or leave it out")


def read_columns(columns: Sequence[str], flags: Mapping[str, Any]) -> list[str]:
    """Those of the table that a request may be made of."""
    texts = [str(flags.get(name, "")) for name in ("prompt", "system", "id_column")]
    return [name for name in columns if name in _READ or any(name in text for text in texts)]


def rows_of(table: pyarrow.Table, columns: Sequence[str]) -> list[str]:
    """Its rows as JSON objects of these columns."""
    return [row_json(_with_body(row)) for row in table.select(list(columns)).to_pylist()]


def _with_body(row: dict[str, Any]) -> dict[str, Any]:
    """Of a Batch line: its body as an object, without the nulls that other rows' fields left in it."""
    body = row.get("body")
    if isinstance(body, str):
        try:
            row["body"] = json.loads(body)
        except ValueError:
            pass  # the row says what is wrong with it
    elif isinstance(body, Mapping):
        row["body"] = _without_nulls(body)
    return row


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(field) for key, field in value.items() if field is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    return value


def with_answers(table: pyarrow.Table, answers: list[str | None], errors: list[str | None]) -> pyarrow.Table:
    if ROW in table.column_names:
        table = table.drop_columns([ROW])
    for name, values in zip(ADDED, (answers, errors)):
        table = table.append_column(name, pyarrow.array(values, pyarrow.string()))
    return table
