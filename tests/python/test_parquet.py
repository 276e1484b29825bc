"""Parquet in and out of a durable run."""

import datetime
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from row_server import RowServer, row_server

import headway

arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed: Parquet is not tested")
parquet = pytest.importorskip("pyarrow.parquet")

COLUMNS = {
    "text": ["a", "日本語", "BAD row", "d"],
    "when": [datetime.date(2026, 1, 1), None, datetime.date(2026, 1, 3), datetime.date(2026, 1, 4)],
    "price": [Decimal("1.50"), Decimal("2.25"), None, Decimal("0.01")],
    "score": [0.5, float("nan"), 1.0, 2.0],
    "tags": [["x"], [], None, ["y", "z"]],
}


@pytest.fixture(scope="module")
def server() -> Iterator[RowServer]:
    with row_server() as running:
        yield running


def run(server: RowServer, input: Path, output: Path, **flags: Any) -> headway.Report:
    given: dict[str, Any] = {"prompt": "{{text}}", "base_url": server.base_url, "model": "m", "progress": False} | flags
    return headway.run_file(input, output, **given)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.parquet"
    parquet.write_table(arrow.table(COLUMNS), path, row_group_size=3)
    return path


def test_columns_keep_their_types_and_rows_their_order(server: RowServer, rows: Path, tmp_path: Path) -> None:
    report = run(server, rows, tmp_path / "results.parquet")
    assert report.rows["done"] == 3 and not report.ok
    given, got = parquet.read_table(rows), parquet.read_table(tmp_path / "results.parquet")
    assert got.schema.names == [*COLUMNS, "answer", "error"]
    assert [got.schema.field(name).type for name in COLUMNS] == [given.schema.field(name).type for name in COLUMNS]
    for name in set(COLUMNS) - {"score"}:  # NaN is not equal to itself
        assert got.column(name).to_pylist() == COLUMNS[name]
    assert got.column("answer").to_pylist() == ["You said: a", "You said: 日本語", None, "You said: d"]
    [error] = [error for error in got.column("error").to_pylist() if error]
    assert "refuses the request" in error


def test_the_input_is_kept_unasked(server: RowServer, rows: Path, tmp_path: Path) -> None:
    for name, flags in {"plain": {}, "asked": {"keep_input": True}}.items():
        run(server, rows, tmp_path / f"{name}.parquet", **flags)
    asked, plain = (parquet.read_table(tmp_path / f"{name}.parquet") for name in ("asked", "plain"))
    assert asked.schema == plain.schema and repr(asked.to_pylist()) == repr(plain.to_pylist())  # NaN equals no NaN
    lines = tmp_path / "in.jsonl"
    lines.write_text(json.dumps({"text": "a"}) + "\n")
    with pytest.raises(headway.ConfigurationError, match="columns="):
        run(server, lines, tmp_path / "out.parquet", keep_input=True)


def test_it_goes_on_where_it_was(server: RowServer, rows: Path, tmp_path: Path) -> None:
    output = tmp_path / "results.parquet"
    run(server, rows, output, limit=1)
    assert parquet.read_table(output).column("answer").to_pylist() == ["You said: a"]
    asked = len(server.log())
    run(server, rows, output)
    assert len(server.log()) - asked == 3
    assert parquet.read_table(output).num_rows == 4


def test_what_a_run_reads_goes_when_all_is_done(server: RowServer, tmp_path: Path) -> None:
    path = tmp_path / "prompts.parquet"
    parquet.write_table(arrow.table({"text": ["a", "b"]}), path)
    assert run(server, path, tmp_path / "results.parquet").ok
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {"prompts.parquet", "results.parquet", "results.parquet.jsonl", "results.parquet.jsonl.journal"}


def test_a_dry_run_leaves_nothing(server: RowServer, rows: Path, tmp_path: Path) -> None:
    report = run(server, rows, tmp_path / "results.parquet", dry_run=True)
    assert "日本語" in str(report) and [file.name for file in tmp_path.iterdir()] == [rows.name]


def test_parquet_in_json_lines_out(server: RowServer, rows: Path, tmp_path: Path) -> None:
    run(server, rows, tmp_path / "results.jsonl", columns=["score", "when"], select="text", ordered=True)
    lines = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert [line["columns"] for line in lines] == [
        {"score": 0.5, "when": "2026-01-01"}, {"score": None, "when": None}, {"score": 2.0, "when": "2026-01-04"}
    ]  # fmt: skip


def test_json_lines_in_parquet_out(server: RowServer, tmp_path: Path) -> None:
    path = tmp_path / "prompts.jsonl"
    path.write_text("".join(json.dumps({"text": f"{n} JSON", "n": n}) + "\n" for n in range(5000)))
    run(server, path, tmp_path / "results.parquet", columns="n", select="json")
    got = parquet.read_table(tmp_path / "results.parquet")
    assert got.schema.names == ["line", "custom_id", "n", "answer", "error"]
    assert got.column("line").to_pylist() == list(range(1, 5001)) and got.column("n").to_pylist() == [*map(str, range(5000))]
    assert all(isinstance(json.loads(answer), dict) for answer in got.column("answer").to_pylist())


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ({"columns": ["nope"]}, "has no column 'nope'; it has: text, when"),
        ({"select": "body"}, "'text' and 'json' have"),
        ({"format": "csv"}, "format"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_sent(
    flags: dict[str, Any], says: str, server: RowServer, rows: Path, tmp_path: Path
) -> None:
    asked = len(server.log())
    with pytest.raises(headway.ConfigurationError, match=says):
        run(server, rows, tmp_path / "results.parquet", **flags)
    assert len(server.log()) == asked and [file.name for file in tmp_path.iterdir()] == [rows.name]


def test_a_file_that_is_none_is_named(server: RowServer, tmp_path: Path) -> None:
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 torn")
    for name in ("torn.parquet", "missing.parquet"):
        with pytest.raises(headway.ConfigurationError, match=f"{name} cannot be read as Parquet"):
            run(server, tmp_path / name, tmp_path / "results.parquet")


def test_a_column_that_the_output_adds_is_refused(server: RowServer, tmp_path: Path) -> None:
    path = tmp_path / "prompts.parquet"
    parquet.write_table(arrow.table({"text": ["a"], "answer": ["b"]}), path)
    with pytest.raises(headway.ConfigurationError, match="name the others in columns="):
        run(server, path, tmp_path / "results.parquet")
    run(server, path, tmp_path / "results.parquet", columns=["text"])
    assert parquet.read_table(tmp_path / "results.parquet").schema.names == ["text", "answer", "error"]
