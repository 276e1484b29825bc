"""Parquet in and out of a run: what a run itself reads and writes, and journals, is JSON Lines."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
from array import array
from collections.abc import Iterator
from typing import Any

from headway.columns import ADDED, answer_of, error_of, row_json, text_of
from headway.errors import ConfigurationError

_ROWS = 4096  # at once in memory


def is_parquet(path: str) -> bool:
    return path.endswith((".parquet", ".pq"))


def _pyarrow() -> Any:
    try:
        importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise ConfigurationError("Parquet needs pyarrow: pip install pyarrow") from error
    return importlib.import_module("pyarrow")


class ParquetFiles:
    """What stands for a run's Parquet files while it runs.

    ``input`` and ``output`` are what the run reads and writes: for ``results.parquet`` these are ``results.parquet.input.jsonl``
    and ``results.parquet.jsonl``, with the journal and the failed rows beside them.
    """

    def __init__(
        self, input: str, output: str, columns: list[str], select: str | None, format: str | None,
        keep_input: bool | None = None,
    ) -> None:
        self._arrow = _pyarrow()
        self._given, self._wanted = input, output
        self._from_parquet, self._to_parquet = is_parquet(input), is_parquet(output)
        self.input = f"{output}.input.jsonl" if self._from_parquet else input
        self.output = f"{output}.jsonl" if self._to_parquet else output
        self._columns = columns
        self._answer = select or "text"
        if self._to_parquet and self._answer not in ("text", "json"):
            raise ConfigurationError(f"select = '{select}' has no column in a Parquet file; 'text' and 'json' have")
        if self._to_parquet and format not in (None, "jsonl"):
            raise ConfigurationError(f"format = '{format}' is none of a Parquet file; leave it out")
        if self._to_parquet and keep_input and not self._from_parquet:
            raise ConfigurationError(
                f"{output} has the columns that columns= names: what all rows of {input} have is not known before"
            )
        if self._from_parquet:
            self._check_columns()

    def flags(self) -> dict[str, Any]:
        """Of the run, in the place of the same of the call: what is in the input's Parquet file is taken from there."""
        if not self._to_parquet:
            return {}
        columns = None if self._from_parquet else self._columns
        return {"columns": columns, "select": self._answer, "keep_input": None}

    def _check_columns(self) -> None:
        try:
            names = self._arrow.parquet.read_schema(self._given).names
        except (OSError, self._arrow.ArrowException) as error:
            raise ConfigurationError(f"{self._given} cannot be read as Parquet: {error}") from error
        missing = [name for name in self._columns if name not in names]
        if missing:
            raise ConfigurationError(f"{self._given} has no column '{missing[0]}'; it has: {', '.join(names)}")
        if self._to_parquet and set(ADDED) & set(self._columns or names):
            raise ConfigurationError(
                f"{self._given} has a column named 'answer' or 'error', as the output will; name the others in columns="
            )

    def write_input(self) -> None:
        """Writes the rows where the run reads them: the same bytes each time, so that a run is gone on with."""
        if not self._from_parquet:
            return
        with open(f"{self.input}.part", "w", encoding="utf-8") as file:
            for batch in self._arrow.parquet.ParquetFile(self._given).iter_batches(_ROWS):
                file.writelines(row_json(row) + "\n" for row in batch.to_pylist())
        os.replace(f"{self.input}.part", self.input)

    def drop_input(self) -> None:
        if self._from_parquet:
            os.remove(self.input)

    def finish(self) -> None:
        """Writes the rows that have ended, in the input's order."""
        if self._to_parquet:
            ends = _Ends(self.output, f"{self._wanted}.errors.jsonl")  # as the run names it
            write = self._write_joined if self._from_parquet else self._write_alone
            write(ends)

    def _write_joined(self, ends: _Ends) -> None:
        arrow = self._arrow
        file = arrow.parquet.ParquetFile(self._given)
        kept = self._columns or file.schema_arrow.names
        fields = [file.schema_arrow.field(name) for name in kept]
        first = 1
        with self._writer(fields) as (writer, schema):
            for batch in file.iter_batches(_ROWS, columns=kept):
                of_rows = [ends.of(first + row) for row in range(batch.num_rows)]
                first += batch.num_rows
                ended = [row for row, end in enumerate(of_rows) if end is not None]
                taken = arrow.Table.from_batches([batch]).select(kept).take(arrow.array(ended, arrow.int64()))
                added = self._added([end for end in of_rows if end is not None])
                writer.write_table(arrow.Table.from_arrays([*taken.columns, *added], schema=schema))

    def _write_alone(self, ends: _Ends) -> None:
        arrow = self._arrow
        fields = [arrow.field("line", arrow.int64()), arrow.field("custom_id", arrow.string())]
        fields += [arrow.field(name, arrow.string()) for name in self._columns]
        with self._writer(fields) as (writer, schema):
            for rows in ends.in_order(_ROWS):
                columns = [[row["line"] for row in rows], [row.get("custom_id") for row in rows]]
                columns += [[text_of(row.get("columns", {}).get(name)) for row in rows] for name in self._columns]
                arrays = [arrow.array(values, field.type) for values, field in zip(columns, fields)]
                writer.write_table(arrow.Table.from_arrays([*arrays, *self._added(rows)], schema=schema))

    @contextlib.contextmanager
    def _writer(self, fields: list[Any]) -> Iterator[tuple[Any, Any]]:
        arrow = self._arrow
        schema = arrow.schema([*fields, *[arrow.field(name, arrow.string()) for name in ADDED]])
        with arrow.parquet.ParquetWriter(f"{self._wanted}.part", schema) as writer:
            yield writer, schema
        os.replace(f"{self._wanted}.part", self._wanted)

    def _added(self, ends: list[dict[str, Any]]) -> list[Any]:
        answers = [answer_of(end, self._answer) for end in ends]
        errors = [error_of(end) for end in ends]
        return [self._arrow.array(values, self._arrow.string()) for values in (answers, errors)]


class _Ends:
    """How rows have ended, by their line in the input. Holds 8 bytes a row."""

    def __init__(self, *paths: str) -> None:
        self._files = [open(path, "rb") for path in paths if os.path.exists(path)]
        self._places = array("Q")  # 0: not ended; else the offset of its line, the file's number, and 1
        for number, file in enumerate(self._files):
            offset = 0
            for line in file:
                self._note(json.loads(line)["line"], offset << 2 | number << 1 | 1)
                offset += len(line)

    def _note(self, row: int, place: int) -> None:
        if row >= len(self._places):
            self._places.extend([0] * (row + 1 - len(self._places)))
        self._places[row] = place

    def of(self, row: int) -> dict[str, Any] | None:
        place = self._places[row] if row < len(self._places) else 0
        if not place:
            return None
        file = self._files[place >> 1 & 1]
        file.seek(place >> 2)
        end: dict[str, Any] = json.loads(file.readline())
        return end

    def in_order(self, count: int) -> Iterator[list[dict[str, Any]]]:
        rows = []
        for row in range(len(self._places)):
            end = self.of(row)
            if end is not None:
                rows.append(end)
            if len(rows) == count:
                yield rows
                rows = []
        if rows:
            yield rows
