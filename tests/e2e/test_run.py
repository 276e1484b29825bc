"""headway run against an endpoint on loopback: what goes in, what comes out, and how it stops. Each test ends with the proof."""
import csv
import fcntl
import gzip
import json
import os
import pty
import re
import signal
import struct
import termios
import time

import pytest

import report_page
from durable_runs import PRIVATE, Runs, batch, batch_line, by_id, ids_of, lines_of, until


# --- What goes in

def test_batch_lines_go_to_each_endpoint(runs: Runs) -> None:
    prompt = f"{PRIVATE} 東京"
    bodies = {"/v1/chat/completions": {"messages": [{"role": "user", "content": prompt}]}, "/v1/completions": {"prompt": prompt},
              "/v1/embeddings": {"input": prompt}, "/v1/responses": {"input": prompt}}
    runs.write("in.jsonl", (json.dumps({"custom_id": url, "method": "POST", "url": url, "body": {"model": "m", **body}})
                            for url, body in bodies.items()))
    report = runs.report()
    assert report["rows"]["done"] == report["answers"]["usable"] == 4
    assert {entry["path"]: entry["body"] for entry in runs.server.log()} == {
        url: {"model": "m", **body} for url, body in bodies.items()}
    lines = by_id(runs.output)
    assert lines["/v1/embeddings"]["response"]["body"]["data"][0]["embedding"] == [0.5, -0.25]
    assert lines["/v1/completions"]["response"]["status_code"] == 200 and lines["/v1/completions"]["error"] is None
    assert "東京" in runs.output.read_text(), "Japanese stays readable"
    runs.prove(list(bodies))


def test_csv_with_a_template_and_columns_that_go_along(runs: Runs) -> None:
    runs.write("in.csv", ["text,lang,id", f'"{PRIVATE} a, ""b"" and\nmore",ja,1', f"{PRIVATE} BAD,en,2"])
    runs.headway("run", "in.csv", "-o", "out.jsonl", "--prompt", "Summarise: {{text}}", "--system", "In {{lang}}",
                 "--columns", "lang,id", status=1)
    asked = {entry["body"]["messages"][1]["content"]: entry["body"]["messages"][0] for entry in runs.server.log()}
    assert asked[f'Summarise: {PRIVATE} a, "b" and\nmore'] == {"role": "system", "content": "In ja"}
    (line,) = lines_of(runs.output)
    assert (line["custom_id"], line["line"], line["columns"]) == ("row-2", 2, {"lang": "ja", "id": "1"})
    (failed,) = lines_of(runs.errors)
    assert failed["columns"] == {"lang": "en", "id": "2"} and failed["error"]["code"] == "bad_request"
    runs.prove(["row-2", failed["custom_id"]])


def test_a_missing_column_lists_those_there_are(runs: Runs) -> None:
    runs.write("in.csv", ["text,lang", "a,b"])
    done = runs.headway("run", "in.csv", "-o", "out.jsonl", "--prompt", "{{titel}}", status=2)
    assert "titel" in done.stderr and "text" in done.stderr and "lang" in done.stderr
    assert runs.server.log() == []


def test_a_prompt_a_line(runs: Runs) -> None:
    runs.write("in.txt", [f"{PRIVATE} one", "", f"{PRIVATE} two"])
    runs.headway("run", "in.txt", "-o", "out.jsonl", "--lines", "--completions", "--max-tokens", "7")
    assert sorted((entry["prompt"], entry["path"]) for entry in runs.server.log()) == [
        (f"{PRIVATE} one", "/v1/completions"), (f"{PRIVATE} two", "/v1/completions")]
    assert all(entry["body"]["max_tokens"] == 7 for entry in runs.server.log())
    runs.prove(["row-1", "row-3"])


def test_standard_input_is_kept_and_resumed_without_its_pipe(runs: Runs) -> None:
    runs.server.set(delay=[0.1, 0.2])
    rows = 60
    command = ("run", "-", "-o", "out.jsonl", "--in-flight", "4")
    running = runs.started(*command, stdin=-1)
    assert running.stdin is not None
    running.stdin.write("".join(line + "\n" for line in batch(rows)))
    running.stdin.close()
    until(lambda: runs.output.exists() and len(runs.output.read_bytes()) > 0)
    running.kill()
    running.wait()
    runs.server.set(delay=[0, 0])
    runs.headway(*command)
    assert runs.prove(ids_of(rows)).done == set(range(rows))


def test_standard_input_in_two_starts_may_not_change(runs: Runs) -> None:
    runs.headway("run", "-", "-o", "out.jsonl", given="\n".join(batch(5)))
    runs.headway("run", "-", "-o", "out.jsonl", given="\n".join(batch(6)))
    assert len(runs.server.log()) == 6, "those of before are known"
    runs.prove(ids_of(6))


def test_gzip(runs: Runs) -> None:
    (runs.folder / "in.jsonl.gz").write_bytes(gzip.compress("\n".join(batch(40)).encode()))
    runs.headway("run", "in.jsonl.gz", "-o", "out.jsonl")
    runs.prove(ids_of(40))


def test_cp932(runs: Runs) -> None:
    (runs.folder / "in.csv").write_bytes(f"prompt,題\n{PRIVATE} 表示,能力\n".encode("cp932"))
    runs.headway("run", "in.csv", "-o", "out.jsonl", "--encoding", "cp932", "--columns", "題")
    assert runs.server.prompts() == [f"{PRIVATE} 表示"]
    assert "表示" in runs.output.read_text() and '"題": "能力"' in runs.output.read_text().replace('":"', '": "')
    runs.prove(["row-2"])


def test_fields_of_the_body_are_set(runs: Runs) -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "答", "schema": {"type": "object"}}}
    (runs.folder / "schema.json").write_text(json.dumps(schema, indent=1))
    runs.write("in.jsonl", batch(2))
    runs.run("--set", "response_format=@schema.json", "--set", 'service_tier="flex"', "--temperature", "0.25",
             "--max-tokens", "9", "--model", "other")
    for entry in runs.server.log():
        body = entry["body"]
        assert body["response_format"] == schema and body["service_tier"] == "flex"
        assert (body["temperature"], body["model"], body.get("max_tokens", body.get("max_completion_tokens"))) == (0.25, "other", 9)
    runs.prove(ids_of(2))


BAD_ROWS = [
    ("{", "JSON"),
    (batch_line("q0", "twice"), "q0"),
    ('{"method": "POST", "url": "/v1/chat/completions", "body": {}}', "custom_id"),
    (batch_line("url", "x").replace("/v1/chat/completions", "/v1/files"), "url"),
    (batch_line("text", "x").replace('"POST"', "7"), "method"),
    ('{"custom_id": "b", "method": "POST", "url": "/v1/chat/completions", "body": []}', "body"),
]


def test_bad_rows_are_listed_and_nothing_is_sent(runs: Runs) -> None:
    runs.write("in.jsonl", batch(3) + [line for line, _ in BAD_ROWS])
    with (runs.folder / "in.jsonl").open("ab") as file:
        file.write(b'{"custom_id": "\xff"}\n')
    done = runs.run(status=2)
    assert "7 of 10 rows" in done.stderr and "--skip-invalid" in done.stderr
    said = [line for line in done.stderr.splitlines() if "in.jsonl:" in line]
    assert [line.split("in.jsonl:")[1].split(":")[0] for line in said] == [str(number) for number in range(4, 11)]
    for (_, words), line in zip(BAD_ROWS, said):
        assert words in line
    assert "UTF-8" in said[-1]
    assert "recorded as failed" not in done.stderr.split("Mend them")[0]
    assert runs.server.log() == [] and not runs.output.exists() and not runs.journal.exists()


def test_of_many_bad_rows_the_rest_is_counted(runs: Runs) -> None:
    runs.write("in.jsonl", batch(1) + ["{"] * 1000)
    done = runs.run(status=2)
    assert "1,000 of 1,001 rows" in done.stderr and "and 980 more" in done.stderr
    assert done.stderr.count("in.jsonl:") == 20


def test_bad_rows_can_be_skipped(runs: Runs) -> None:
    runs.write("in.jsonl", batch(3) + [line for line, _ in BAD_ROWS])
    report = runs.report("--skip-invalid", status=1)
    assert (report["rows"]["done"], report["rows"]["invalid"], report["rows"]["failed"]) == (3, 6, 0)
    assert len(runs.server.log()) == 3
    assert {line["line"] for line in lines_of(runs.errors)} == set(range(4, 10))
    assert all(line["error"]["code"] == "invalid" and line["error"]["attempts"] == 0 for line in lines_of(runs.errors))
    facts = runs.prove()
    assert (facts.done, facts.failed) == ({0, 1, 2}, set(range(3, 9)))
    runs.run("--skip-invalid", status=1)
    assert len(runs.server.log()) == 3
    runs.prove()


def test_the_first_rows_then_all(runs: Runs) -> None:
    runs.write("in.jsonl", batch(30))
    assert runs.report("--limit", "10")["rows"]["total"] == 10
    assert runs.prove(ids_of(30), finished=False).done == set(range(10))
    runs.run()
    assert len(runs.server.log()) == 30
    runs.prove(ids_of(30))


def test_a_sample_is_the_same_for_the_same_seed(runs: Runs) -> None:
    runs.write("in.jsonl", batch(100))
    runs.run("--sample", "10", "--sample-seed", "7")
    first = sorted(by_id(runs.output))
    runs.run("--sample", "10", "--sample-seed", "7")
    assert len(first) == len(runs.server.log()) == 10
    runs.run("--sample", "10", "--sample-seed", "8")
    assert 10 < len(runs.server.log()) <= 20
    runs.prove(ids_of(100), finished=False)


def test_a_dry_run_sends_nothing(runs: Runs) -> None:
    runs.write("in.jsonl", batch(12))
    done = runs.run("--dry-run", "--max-tokens", "50", "--price-in", "1", "--price-out", "2")
    assert done.stdout.count("POST /v1/chat/completions") == 3 and f"{PRIVATE}  q2" in done.stdout
    assert "12 rows" in done.stdout and "$" in done.stdout
    assert runs.server.log() == [] and not list(runs.folder.glob("out*"))


# --- What comes out

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


def test_in_the_inputs_order_though_killed(runs: Runs) -> None:
    rows = 150
    runs.server.set(delay=[0, 0.2])
    runs.write("in.jsonl", batch(rows // 2) + [batch_line(f"q{n}", "BAD" if n % 10 == 0 else "x") for n in range(rows // 2, rows)])
    runs.kill_after(20, "--ordered")
    runs.run("--ordered", status=1)
    numbers = [line["line"] for line in lines_of(runs.output)]
    assert numbers == sorted(numbers)
    runs.prove(ids_of(rows), same_order=True)


UNUSABLE = {"CUT": "cut", "EMPTY": "empty", "REFUSE": "refused", "FILTER": "filtered"}


def test_answers_of_no_use_are_counted(runs: Runs) -> None:
    runs.write("in.jsonl", [batch_line(word, word) for word in UNUSABLE] + batch(2))
    report = runs.report()
    assert report["answers"] == {"usable": 2, "not_json": 0, "not_valid": 0} | dict.fromkeys(UNUSABLE.values(), 1)
    assert runs.status()["answers"]["cut"] == 1
    runs.prove([*UNUSABLE, *ids_of(2)])


def test_answers_of_no_use_can_be_failures(runs: Runs) -> None:
    runs.write("in.jsonl", [batch_line(word, word) for word in UNUSABLE] + batch(2))
    report = runs.report("--expect", "text", status=1)
    assert (report["rows"]["done"], report["rows"]["unusable"], report["rows"]["failed"]) == (2, 4, 0)
    assert {key: line["error"]["verdict"] for key, line in by_id(runs.errors).items()} == UNUSABLE
    assert by_id(runs.errors)["CUT"]["response"]["body"]["choices"][0]["message"]["content"] == "It was a dark and"
    assert report["tokens"]["completion"] == 6 * 5, "they are paid for"
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


# --- How it stops

@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_what_is_in_flight_end(runs: Runs, sent: signal.Signals) -> None:
    runs.server.set(delay=[0.3, 0.4])
    runs.write("in.jsonl", batch(100))
    running = runs.start("--in-flight", "10", "--json")
    until(lambda: len(runs.server.log()) >= 10)
    running.send_signal(sent)
    report = json.loads(runs.ended(running, 3).stdout)
    asked = runs.server.prompts()
    assert report["run"]["ended"] == "interrupted" and report["rows"]["done"] == len(asked) < 40
    assert runs.prove(ids_of(100), finished=False).failed == set()
    runs.server.set(delay=[0, 0])
    runs.run()
    assert len(runs.server.log()) == 100, "none is asked twice"
    runs.prove(ids_of(100))


def test_a_second_signal_stops_at_once(runs: Runs) -> None:
    runs.write("in.jsonl", batch(10, "SLOW"))
    running = runs.start()
    until(lambda: len(runs.server.log()) == 10)
    running.send_signal(signal.SIGINT)
    time.sleep(0.3)  # two at once are one to the kernel
    running.send_signal(signal.SIGINT)
    runs.ended(running, 3)
    assert runs.prove(ids_of(10), finished=False).failed == set(), "they stay unfinished"
    assert "10 rows may have been sent" in runs.run().stderr
    runs.prove(ids_of(10))


@pytest.mark.parametrize(("broken", "mended"), [({"key": "another"}, {"key": None}), ({"model": "another"}, {"model": None}),
                                                ({"money": False}, {"money": True})], ids=["key", "model", "money"])
def test_what_fails_for_all_stops_the_run(runs: Runs, broken: dict, mended: dict) -> None:
    runs.server.set(**broken)
    runs.write("in.jsonl", batch(300))
    done = runs.run("--in-flight", "20", status=3)
    assert "stopped" in done.stdout
    assert len(runs.server.log()) <= 40
    assert runs.prove(ids_of(300), finished=False).failed == set()
    runs.server.set(**mended)
    runs.run()
    assert runs.prove(ids_of(300)).done == set(range(300))


def test_no_money_in_the_middle_stops_the_run(runs: Runs) -> None:
    runs.server.set(delay=[0.05, 0.1])
    runs.write("in.jsonl", batch(300))
    running = runs.start("--in-flight", "20")
    until(lambda: runs.output.exists() and runs.output.read_bytes().count(b"\n") >= 30)
    runs.server.set(money=False)
    runs.ended(running, 3)
    facts = runs.prove(ids_of(300), finished=False)
    assert facts.failed == set() and 30 <= len(facts.done) < 300
    runs.server.set(money=True, delay=[0, 0])
    runs.run()
    runs.prove(ids_of(300))


def test_too_many_failures_stop_the_run(runs: Runs) -> None:
    runs.write("in.jsonl", [batch_line(f"q{n}", "BAD" if n % 2 else "x") for n in range(400)])
    done = runs.run("--max-failures", "10", "--in-flight", "5", status=3)
    assert "--max-failures is 10" in done.stdout
    assert 11 <= len(runs.prove(ids_of(400), finished=False).failed) <= 16
    assert "--max-failures is 30%" in runs.run("--max-failures", "30%", "--in-flight", "5", status=3).stdout
    runs.run("--max-failures", "60%", status=1)
    assert len(runs.prove(ids_of(400)).failed) == 200


def test_the_first_twenty_that_fail_alike_stop_the_run(runs: Runs) -> None:
    runs.write("in.jsonl", batch(200, "BAD"))
    assert "first 20" in runs.run("--in-flight", "5", status=3).stdout
    assert 20 <= len(runs.prove(ids_of(200), finished=False).failed) <= 30
    runs.run("--max-failures", "100%", status=1)
    assert len(runs.prove(ids_of(200)).failed) == 200


def test_one_bad_row_stops_no_other(runs: Runs) -> None:
    runs.write("in.jsonl", [*batch(20), batch_line("bad", "BAD"), batch_line("down", "DOWN")])
    report = runs.report("--max-retries", "1", status=1)
    assert report["failed_by_kind"] == {"bad_request": 1, "server": 1}
    runs.prove([*ids_of(20), "bad", "down"])


def test_a_budget_of_tokens_is_not_passed(runs: Runs) -> None:
    runs.write("in.jsonl", batch(200, "x" * 30))
    budget = 900  # of 15 each
    done = runs.run("--budget", f"{budget}tok", "--max-tokens", "5", "--in-flight", "10", status=3)
    assert "budget" in done.stdout
    status = runs.status()
    assert 0 < status["prompt_tokens"] + status["completion_tokens"] <= budget
    assert runs.prove(ids_of(200), finished=False).failed == set()
    runs.run("--budget", "1Mtok", "--max-tokens", "5")
    runs.prove(ids_of(200))


def test_a_budget_counts_each_sending(runs: Runs) -> None:
    runs.write("in.jsonl", [batch_line(f"cut{n}", f"CUT {n}") for n in range(4)])
    prices = ("--price-in", "1", "--price-out", "2")
    first = runs.report("--expect", "text", *prices, status=1)
    runs.headway("retry", "out.jsonl", status=1)
    status = runs.status()
    assert (status["prompt_tokens"], status["completion_tokens"]) == (2 * 40, 2 * 20)
    assert status["cost_usd"] == pytest.approx(2 * first["cost_usd"])
    assert runs.report("--expect", "text", *prices, status=1)["cost_before_usd"] == pytest.approx(2 * first["cost_usd"])
    assert "used up" in runs.run("--expect", "text", "--budget", "100tok", status=2).stderr
    runs.prove([f"cut{n}" for n in range(4)])


def test_an_answer_is_paid_for_though_the_next_is_refused(runs: Runs) -> None:
    runs.write("in.jsonl", [batch_line("broke", "BROKE")])
    report = runs.report("--expect", "json", "--answer-retries", "1", status=3)
    assert (report["rows"]["unusable"], report["tokens"]["prompt"], report["calls"]["attempts"]) == (1, 10, 2)
    assert runs.status()["prompt_tokens"] == 10
    runs.prove(["broke"])


def test_a_deadline_stops_the_run(runs: Runs) -> None:
    runs.server.set(delay=[0.1, 0.2])
    runs.write("in.jsonl", batch(500))
    done = runs.run("--deadline", "1s", "--in-flight", "5", status=3)
    assert "--deadline" in done.stdout
    facts = runs.prove(ids_of(500), finished=False)
    assert 5 <= len(facts.done) < 100 and not facts.failed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--budget", "5"], "--budget"),
        (["--deadline", "soon"], "--deadline"),
        (["--max-failures", "x"], "--max-failures"),
        (["--set", "temperature"], "KEY=JSON"),
        (["--set", "response_format=@gone.json"], "gone.json"),
        (["--expect", "poems"], "poems"),
        (["--rerun-changed", "--keep-finished"], "--keep-finished"),
        (["--format", "csv", "--select", "body"], "CSV"),
        (["--prompt", "Summarise"], "Batch lines"),
        (["--no-such-flag"], "--no-such-flag"),
    ],
)
def test_wrong_flags_send_nothing(runs: Runs, arguments: list[str], words: str) -> None:
    runs.write("in.jsonl", batch(3))
    assert words in runs.run(*arguments, status=2).stderr
    assert runs.server.log() == [] and not runs.output.exists()


def test_an_input_that_is_not_there(runs: Runs) -> None:
    assert "in.jsonl" in runs.run(status=2).stderr
    runs.write("in.jsonl", [])
    assert "no rows" in runs.run(status=2).stderr
    assert not runs.journal.exists()


# --- A pilot first

def test_a_pilot_then_all(runs: Runs) -> None:
    runs.write("in.jsonl", batch(100))
    done = runs.run("--pilot", "10", "--yes", "--price-in", "1", "--price-out", "2")
    assert "$" in done.stderr, "the cost of all is foretold"
    assert len(runs.server.log()) == 100
    runs.prove(ids_of(100))


def test_a_pilot_counts_answers_of_no_use_too(runs: Runs) -> None:
    runs.write("in.jsonl", [batch_line(f"q{n}", "CUT" if n % 2 else "x") for n in range(40)])
    said = runs.run("--pilot", "20", "--expect", "text", "--yes", status=1).stderr
    assert "20 of 40 rows measured" in said and "tokens in  400\n" in said, "each has 10 tokens in"
    runs.prove(ids_of(40))


def test_a_pilot_without_a_terminal_ends_after_it(runs: Runs) -> None:
    runs.write("in.jsonl", batch(100))
    done = runs.run("--pilot", "10", status=2)
    assert "--yes" in done.stderr and len(runs.server.log()) == 10
    assert len(runs.prove(ids_of(100), finished=False).done) == 10
    runs.run("--pilot", "10", "--yes")
    assert len(runs.server.log()) == 100
    runs.prove(ids_of(100))


# --- Beside it

def test_status_of_a_run_alive_and_dead(runs: Runs) -> None:
    runs.server.set(delay=[0.05, 0.1])
    runs.write("in.jsonl", batch(400))
    running = runs.start("--in-flight", "5")
    until(lambda: runs.output.exists() and runs.output.read_bytes().count(b"\n") >= 10)
    alive = runs.status()
    assert alive["running"] is True and alive["pid"] == running.pid and alive["done"] >= 10
    assert f"process {running.pid}" in runs.headway("status", "out.jsonl").stdout
    running.kill()
    running.communicate()
    dead = runs.status()
    assert dead["running"] is False and dead["done"] >= alive["done"]
    assert "was killed" in runs.headway("status", "out.jsonl").stdout
    runs.server.set(delay=[0, 0])
    runs.run()
    assert runs.status() | {"pid": 0} == dead | {
        "done": 400, "answers": {"usable": 400}, "prompt_tokens": 4000, "completion_tokens": 2000, "starts": 2, "pid": 0}
    runs.prove(ids_of(400))


def test_status_and_failures_of_nothing(runs: Runs) -> None:
    for command in ("status", "failures", "retry"):
        assert "out.jsonl" in runs.headway(command, "out.jsonl", status=2).stderr


def test_failures_are_grouped_with_advice(runs: Runs) -> None:
    runs.write("in.jsonl", batch(10) + [batch_line(f"bad{n}", "BAD") for n in range(5)] + [batch_line("cut", "CUT")])
    runs.run("--expect", "text", status=1)
    found = json.loads(runs.headway("failures", "out.jsonl", "--json").stdout)
    assert found["rows"] == 6
    first, second = found["groups"]
    assert (first["kind"], first["count"], first["status"], len(first["examples"])) == ("bad_request", 5, 400, 3)
    assert (second["kind"], second["verdict"], second["examples"][0]["custom_id"]) == ("unusable", "cut", "cut")
    assert "--max-tokens" in runs.headway("failures", "out.jsonl").stdout
    runs.prove([*ids_of(10), *[f"bad{n}" for n in range(5)], "cut"])


@pytest.mark.parametrize(("address", "said"), [("127.0.0.1:9", "127.0.0.1:9: Connection refused"),
                                               ("nowhere.invalid:80", "nowhere.invalid: no such host name")])
def test_a_server_that_is_away_is_named_with_its_last_error(runs: Runs, address: str, said: str) -> None:
    runs.write("in.jsonl", batch(1))
    runs.run("--base-url", f"http://{address}/v1", "--max-retries", "1", status=1)
    assert lines_of(runs.errors)[0]["error"]["message"] == said
    assert f"says   {said}" in runs.headway("failures", "out.jsonl").stdout
    runs.prove(ids_of(1))


def test_retry_sends_the_failed_rows_again(runs: Runs) -> None:
    runs.server.set(faults=1.0, fault_kinds=["500", "closed", "broken off"])  # a refusal is sent again in any case
    runs.write("in.jsonl", batch(15))
    runs.run("--max-retries", "0", status=1)
    assert len(runs.prove(ids_of(15)).failed) == 15
    runs.run("--max-retries", "0", status=1)
    assert len(runs.server.log()) == 15, "the same command leaves them"
    runs.server.set(faults=0.0)
    runs.headway("retry", "out.jsonl")
    assert len(runs.server.log()) == 30
    assert runs.prove(ids_of(15)).failed == set() and lines_of(runs.errors) == []


def test_retry_of_one_kind_with_another_setting(runs: Runs) -> None:
    runs.write("in.jsonl", [*batch(3), batch_line("bad", "BAD"), batch_line("cut", "CUT")])
    runs.run("--expect", "text", "--max-tokens", "5", status=1)
    before = len(runs.server.log())
    runs.headway("retry", "out.jsonl", "--kind", "unusable", "--max-tokens", "500", status=1)
    again = runs.server.log()[before:]
    assert [entry["prompt"] for entry in again] == [f"{PRIVATE} CUT"]
    assert again[0]["body"].get("max_tokens", again[0]["body"].get("max_completion_tokens")) == 500
    runs.prove([*ids_of(3), "bad", "cut"])


def test_retry_of_standard_input_takes_the_copy(runs: Runs) -> None:
    runs.server.set(faults=1.0, fault_kinds=["500"])
    command = ("run", "-", "-o", "out.jsonl", "--max-retries", "0", "--set", "temperature=0.5")
    runs.headway(*command, given="\n".join(batch(3)), status=1)
    runs.server.set(faults=0.0)
    runs.headway("retry", "out.jsonl", "--set", "temperature=0.7", given="what a loop reads\n")
    assert [entry["body"]["temperature"] for entry in runs.server.log()] == [0.5] * 3 + [0.7] * 3
    assert len(runs.prove(ids_of(3)).done) == 3


def test_retry_from_another_folder(runs: Runs) -> None:
    runs.server.set(faults=1.0, fault_kinds=["500"])
    runs.write("in.jsonl", batch(3))
    runs.run("--max-retries", "0", status=1)
    runs.server.set(faults=0.0)
    (runs.folder / "elsewhere").mkdir()
    runs.headway("retry", "../out.jsonl", cwd=runs.folder / "elsewhere")
    assert len(runs.prove(ids_of(3)).done) == 3
    assert os.listdir(runs.folder / "elsewhere") == []
