"""--keep-input: the input's columns stand beside the answer, so that no join is needed."""
import csv
import json
from typing import Any

import pytest

from durable_runs import Runs, lines_of

ROWS: list[dict[str, Any]] = [
    {"id": "a", "text": "one, \"two\"\nthree", "stars": 5, "tags": ["x", {"y": None}], "空": "満"},
    {"id": "b", "text": "JSON", "stars": None},
    {"id": "c", "text": "q"},
]
ASK = ("--prompt", "{{text}}", "--id-column", "id", "--keep-input")


def answers(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {row["custom_id"]: row["answer"] for row in rows}


def test_json_lines_have_the_columns_and_the_answer(runs: Runs) -> None:
    runs.write("in.jsonl", [json.dumps(row, ensure_ascii=False) for row in ROWS])
    runs.run(*ASK, "--ordered")
    lines = lines_of(runs.output)
    for number, (line, row) in enumerate(zip(lines, ROWS, strict=True), 1):
        kept = {name: value for name, value in line.items() if name not in ("custom_id", "line", "answer")}
        assert kept == row
        assert (line["custom_id"], line["line"]) == (row["id"], number)
    assert answers(lines)["c"] == "You said: q"
    assert list(lines[0]) == ["custom_id", "line", *ROWS[0], "answer"]
    runs.prove(["a", "b", "c"], same_order=True)


def test_an_answer_may_be_json(runs: Runs) -> None:
    runs.write("in.jsonl", [json.dumps(ROWS[1])])
    runs.run(*ASK, "--select", "json")
    assert lines_of(runs.output)[0]["answer"]["answer"] == 42


def test_a_csv_file_has_them_in_its_own_order(runs: Runs) -> None:
    with (runs.folder / "in.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["stars", "custom_id", "text"])
        writer.writeheader()
        writer.writerows([{"stars": "5", "custom_id": "a", "text": "one, \"two\"\nthree"}, {"stars": "", "custom_id": "b", "text": "q"}])
    runs.headway("run", "in.csv", "-o", "out.csv", "--prompt", "{{text}}", "--keep-input", "--format", "csv", "--ordered")
    with (runs.folder / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["custom_id", "line", "stars", "text", "answer"]
    assert [(row["custom_id"], row["stars"], row["text"]) for row in rows] == [("a", "5", "one, \"two\"\nthree"), ("b", "", "q")]
    assert rows[1]["answer"] == "You said: q"


def test_a_run_that_was_killed_goes_on_and_knows_its_lines_again(runs: Runs) -> None:
    ids = [f"r{n}" for n in range(300)]
    runs.write("in.jsonl", [json.dumps({"custom_id": key, "text": f"q {key}"}) for key in ids])
    runs.server.set(delay=[0.0, 0.05])
    keep = ("--prompt", "{{text}}", "--keep-input", "--in-flight", "20")
    runs.kill_after(50, *keep)
    runs.journal.unlink()
    runs.run(*keep)
    rows = lines_of(runs.output)
    assert sorted(row["custom_id"] for row in rows) == sorted(ids)
    assert all(row["answer"] == f"You said: {row['text']}" for row in rows)


@pytest.mark.parametrize("name", ["answer", "answers", "line"])
def test_a_column_that_is_ours_is_an_error_before_anything_is_sent(runs: Runs, name: str) -> None:
    runs.write("in.jsonl", [json.dumps({"text": "q"}), json.dumps({"text": "q", name: 1})])
    said = runs.run("--prompt", "{{text}}", "--keep-input", status=2).stderr
    assert f'in.jsonl:2: has a column "{name}", which --keep-input needs for its own' in said
    runs.write("in.csv", [f"text,{name}", "q,1"])
    said = runs.headway("run", "in.csv", "-o", "out.csv", "--prompt", "{{text}}", "--keep-input", "--format", "csv", status=2).stderr
    assert f'a column "{name}"' in said
    assert runs.server.log() == []


@pytest.mark.parametrize(("arguments", "words"), [
    (["--columns", "id"], "--columns"),
    (["--select", "body"], "--select body"),
    (["--select", "batch"], "--select batch"),
])
def test_what_contradicts_it_sends_nothing(runs: Runs, arguments: list[str], words: str) -> None:
    runs.write("in.jsonl", [json.dumps(row) for row in ROWS])
    said = runs.run(*ASK, *arguments, status=2).stderr
    assert "--keep-input" in said and words in said
    assert runs.server.log() == []
