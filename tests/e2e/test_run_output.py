"""headway run against an endpoint on loopback: what comes out. Each test ends with the proof."""
import csv
import fcntl
import json
import os
import pty
import re
import struct
import termios

import pytest

import report_page
from durable_runs import PRIVATE, Runs, batch, batch_line, by_id, ids_of, lines_of, until


def test_texts(runs: Runs) -> None:
    runs.write("in.jsonl", batch(3))
    runs.run("--select", "text")
    assert by_id(runs.output)["q1"] == {"custom_id": "q1", "line": 2, "text": f"You said: {PRIVATE}  q1"}
    runs.prove(ids_of(3))


def test_parsed_answers(runs: Runs) -> None:
    runs.write("in.jsonl", [*batch(2, "JSON"), batch_line("prose", "no object")])
    runs.run("--select", "json", status=1)
    assert by_id(runs.output)["q1"] == {"custom_id": "q1", "line": 2, "json": {"answer": 42, "of": f"{PRIVATE} JSON q1"}}
    assert by_id(runs.errors)["prose"]["error"]["verdict"] == "not_json"
    runs.prove([*ids_of(2), "prose"])


def test_raw_bodies(runs: Runs) -> None:
    runs.write("in.jsonl", batch(3))
    runs.run("--select", "body")
    assert all(line["object"] == "completion" for line in lines_of(runs.output))
    runs.prove()


def test_a_table(runs: Runs) -> None:
    runs.write("in.csv", ["prompt,topic", f'"{PRIVATE} a ""b"", c","x, y"', f"{PRIVATE} second,z", f"{PRIVATE} BAD,w"])
    output = runs.folder / "out.csv"
    runs.headway("run", "in.csv", "-o", "out.csv", "--format", "csv", "--columns", "topic", status=1)
    with output.open(newline="") as file:
        rows = {row["custom_id"]: row for row in csv.DictReader(file)}
    assert rows["row-2"] == {"custom_id": "row-2", "line": "2", "topic": "x, y", "text": f'You said: {PRIVATE} a "b", c'}
    runs.prove(["row-2", "row-3", "row-4"], output=output)


def test_a_table_of_all_columns(runs: Runs) -> None:
    runs.write("in.csv", ["text,topic", "one,x"])
    output = runs.folder / "out.csv"
    runs.headway("run", "in.csv", "-o", "out.csv", "--format", "csv", "--columns", "*", "--prompt", f"{PRIVATE} {{{{text}}}}")
    with output.open(newline="") as file:
        assert list(csv.DictReader(file)) == [{"custom_id": "row-2", "line": "2", "input_text": "one", "topic": "x",
                                               "text": f"You said: {PRIVATE} one"}]
    runs.prove(["row-2"], output=output)


def test_in_the_inputs_order_though_killed(runs: Runs) -> None:
    rows = 150
    runs.server.set(delay=[0, 0.2])
    runs.write("in.jsonl", batch(rows // 2) + [batch_line(f"q{n}", "BAD" if n % 10 == 0 else "x") for n in range(rows // 2, rows)])
    runs.kill_after(20, "--ordered")
    runs.run("--ordered", status=1)
    numbers = [line["line"] for line in lines_of(runs.output)]
    assert numbers == sorted(numbers)
    runs.prove(ids_of(rows), same_order=True)


UNUSABLE = {"CUT": "cut", "EMPTY": "empty", "REFUSE": "refused", "FILTER": "filtered", "ODD_END": "unknown_end"}


def test_answers_of_no_use_are_counted(runs: Runs) -> None:
    runs.write("in.jsonl", [batch_line(word, word) for word in UNUSABLE] + batch(2))
    report = runs.report()
    assert report["answers"] == {"usable": 2, "not_json": 0, "not_valid": 0, "not_a_choice": 0} | dict.fromkeys(UNUSABLE.values(), 1)
    assert runs.status()["answers"]["cut"] == 1
    runs.prove([*UNUSABLE, *ids_of(2)])


def test_answers_of_no_use_can_be_failures(runs: Runs) -> None:
    runs.write("in.jsonl", [batch_line(word, word) for word in UNUSABLE] + batch(2))
    report = runs.report("--expect", "text", status=1)
    assert (report["rows"]["done"], report["rows"]["unusable"], report["rows"]["failed"]) == (2, 5, 0)
    assert {key: line["error"]["verdict"] for key, line in by_id(runs.errors).items()} == UNUSABLE
    assert by_id(runs.errors)["CUT"]["response"]["body"]["choices"][0]["message"]["content"] == "It was a dark and"
    assert report["tokens"]["completion"] == 7 * 5, "they are paid for"
    runs.prove([*UNUSABLE, *ids_of(2)])


def test_json_is_asked_for_again(runs: Runs) -> None:
    runs.write("in.jsonl", [batch_line("later", "LATER"), batch_line("json", "JSON"), batch_line("never", "prose")])
    report = runs.report("--expect", "json", "--answer-retries", "2", status=1)
    assert sorted(runs.server.prompts()) == [f"{PRIVATE} JSON", *[f"{PRIVATE} LATER"] * 2, *[f"{PRIVATE} prose"] * 3]
    assert set(by_id(runs.output)) == {"later", "json"}
    assert by_id(runs.errors)["never"]["error"]["verdict"] == "not_json"
    assert report["tokens"]["completion"] == 6 * 5 and report["calls"]["attempts"] == 6
    runs.prove(["later", "json", "never"])


def test_answers_must_fit_a_schema(runs: Runs) -> None:
    (runs.folder / "schema.json").write_text('{"type": "object", "required": ["answer"], "properties": {"answer": {"type": "integer"}}}')
    runs.write("in.jsonl", [batch_line("json", "JSON"), batch_line("list", "LIST")])
    runs.run("--expect", "@schema.json", status=1)
    assert by_id(runs.errors)["list"]["error"]["verdict"] == "not_valid"
    runs.prove(["json", "list"])


def test_the_reports_figures_add_up(runs: Runs) -> None:
    runs.server.set(faults=0.1, delay=[0, 0.01])
    rows = 300
    runs.write("in.jsonl", batch(rows - 10) + [batch_line(f"bad{n}", "BAD") for n in range(10)])
    report = runs.report("--max-retries", "8", "--price-in", "1", "--price-out", "2", status=1)
    counted = report["rows"]
    assert counted["total"] == rows and counted["left"] == 0
    assert counted["done"] + counted["failed"] == rows
    assert sum(report["failed_by_kind"].values()) == counted["failed"] >= 10
    assert sum(report["answers"].values()) == counted["done"]
    assert report["tokens"]["prompt"] == 10 * counted["done"] and report["tokens"]["completion"] == 5 * counted["done"]
    assert report["cost_usd"] == pytest.approx((10 * 1 + 5 * 2) / 1e6 * counted["done"])
    log = runs.server.log()
    closed = sum(entry["fault"] in ("closed", "broken off") for entry in log)  # what meets a close is not in the log
    assert len(log) <= report["calls"]["attempts"] <= len(log) + closed
    assert report["calls"]["sent_again"] == report["calls"]["attempts"] - rows
    assert report["calls"]["refusals"] >= sum(entry["status"] == 429 for entry in log) > 0
    assert report["run"]["ended"] == "finished" and report["limited_by_s"]
    assert report["latency_ms"]["p50"] <= report["latency_ms"]["p99"] <= report["run"]["wall_s"] * 1000
    runs.prove()


def test_the_page_shows_the_reports_figures(runs: Runs) -> None:
    if report_page.browser() is None:
        pytest.skip("no Chromium")
    runs.write("in.jsonl", batch(50) + [batch_line("bad", "BAD")])
    report = runs.report("--report", "report.html", status=1)
    shown = report_page.figures_in(runs.folder / "report.html", runs.folder / "profile")
    assert shown["rows"] == report["rows"] and shown["tokens"] == report["tokens"]
    assert PRIVATE not in (runs.folder / "report.html").read_text()
    runs.prove()


def test_progress_for_programs(runs: Runs) -> None:
    runs.server.set(delay=[0.1, 0.2])
    runs.write("in.jsonl", batch(40))
    done = runs.run("--progress", "json", "--in-flight", "5")
    seen = [json.loads(line) for line in done.stderr.splitlines()]
    assert len(seen) >= 3 and all(line["rows_total"] == 40 for line in seen)
    rows = [line["rows_done"] for line in seen]
    assert rows == sorted(rows) and rows[-1] == 40 and seen[-1]["rows_left"] == 0
    runs.prove(ids_of(40))


def test_quiet(runs: Runs) -> None:
    runs.write("in.jsonl", batch(5))
    done = runs.run("--quiet")
    assert (done.stdout, done.stderr) == ("", "")
    runs.prove(ids_of(5))


def test_standard_output(runs: Runs) -> None:
    runs.write("in.jsonl", batch(5))
    done = runs.headway("run", "in.jsonl", "-o", "-", "--journal", "run.journal")
    assert {json.loads(line)["custom_id"] for line in done.stdout.splitlines()} == set(ids_of(5))
    assert "5 of 5 done" in done.stderr
    again = runs.headway("run", "in.jsonl", "-o", "-", "--journal", "run.journal")
    assert again.stdout == done.stdout and len(runs.server.log()) == 5, "nothing is sent twice, and all is written again"
    for wrong in (["-o", "-"], ["-o", "-", "--journal", "run.db"], ["-o", "out.jsonl", "--journal", "run.journal"]):
        assert "--journal" in runs.headway("run", "in.jsonl", *wrong, status=2).stderr


def test_an_output_that_is_no_file_is_refused(runs: Runs) -> None:
    runs.write("in.jsonl", batch(1))
    os.mkfifo(runs.folder / "fifo")
    for path in ("/dev/null", "fifo", "."):
        assert "no regular file" in runs.headway("run", "in.jsonl", "-o", path, status=2).stderr
    assert runs.server.log() == []


@pytest.mark.parametrize("ending", [".lock", ".rewrite", ".journal", ".errors.jsonl"])
def test_an_input_that_is_a_file_of_the_run_is_not_touched(runs: Runs, ending: str) -> None:
    name = "out.errors.jsonl" if ending == ".errors.jsonl" else f"out.jsonl{ending}"
    runs.write(name, batch(2))
    before = (runs.folder / name).read_bytes()
    done = runs.headway("run", name, "--input-format", "batch", "-o", "out.jsonl", status=2)
    assert "writes beside out.jsonl" in done.stderr and (runs.folder / name).read_bytes() == before


def test_a_terminal_sees_a_live_view(runs: Runs) -> None:
    runs.server.set(delay=[0.1, 0.2])
    runs.write("in.jsonl", batch(60))
    ours, theirs = pty.openpty()
    running = runs.start("--in-flight", "5", stderr=theirs)
    os.close(theirs)
    until(lambda: runs.output.exists() and runs.output.read_bytes().count(b"\n") >= 20)
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    running.communicate(timeout=60)
    shown = os.read(ours, 1 << 20).decode()
    os.close(ours)
    assert running.returncode == 0 and PRIVATE not in shown
    frames = [re.sub(r"\x1b\[\d*[A-Z]", "", frame) for frame in shown.replace("\r", "").split("\x1b[J")]
    assert len(frames) > 4 and "60" in frames[0] and "in flight" in shown
    assert max(map(len, frames[-2].splitlines())) <= 40, "it fits the smaller window"
    runs.prove(ids_of(60))


def test_a_large_input_shows_how_far_it_is_read(runs: Runs) -> None:
    runs.write("in.jsonl", batch(10_001))
    ours, theirs = pty.openpty()
    running = runs.start("--dry-run", stderr=theirs)
    os.close(theirs)
    running.communicate(timeout=60)
    shown = os.read(ours, 1 << 20).decode()
    os.close(ours)
    assert "reading the input: 10,000 rows so far" in shown and shown.endswith("\x1b[1F\x1b[J"), "and then it goes"
    assert runs.run("--dry-run").stderr == ""
