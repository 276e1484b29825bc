"""headway run against an endpoint on loopback: what goes in. Each test ends with the proof."""
import gzip
import json

import pytest

from durable_runs import PRIVATE, Runs, batch, batch_line, by_id, ids_of, lines_of, until


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


def test_a_byte_order_mark_is_sent_nowhere(runs: Runs) -> None:
    mark = b"\xef\xbb\xbf"
    (runs.folder / "prompt.txt").write_bytes(mark + f"{PRIVATE} Say {{{{prompt}}}}".encode())
    (runs.folder / "system.txt").write_bytes(mark + b"Be kind")
    (runs.folder / "format.json").write_bytes(mark + b'{"type": "json_object"}')
    (runs.folder / "schema.json").write_bytes(mark + b"{}")
    (runs.folder / "prices.json").write_bytes(mark + b'{"m": {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6}}')
    runs.write("in.jsonl", ['{"prompt": "JSON"}'])
    runs.headway("run", "in.jsonl", "-o", "out.jsonl", "--prompt", "@prompt.txt", "--system", "@system.txt", "--set",
                 "response_format=@format.json", "--expect", "@schema.json", "--prices", "prices.json")
    (entry,) = runs.server.log()
    assert "\ufeff" not in json.dumps(entry["body"], ensure_ascii=False)
    assert entry["body"]["response_format"] == {"type": "json_object"}


def test_what_may_never_end_is_not_read(runs: Runs) -> None:
    runs.write("in.jsonl", batch(1))
    for flag in (["--prompt", "@/dev/zero"], ["--prompt", "@/"], ["--expect", "@/dev/zero"], ["--set", "x=@/dev/zero"]):
        assert "cannot be read" in runs.headway("run", "in.jsonl", "-o", "out.jsonl", *flag, status=2).stderr
    assert runs.server.log() == []


def test_columns_that_are_not_sent_are_named(runs: Runs) -> None:
    runs.write("in.jsonl", [json.dumps({"messages": [{"role": "user", "content": PRIVATE}], "temperature": 0.5, "topic": "x"})])
    done = runs.headway("run", "in.jsonl", "-o", "out.jsonl", "--quiet")
    assert 'Not sent: the column "topic"' in done.stderr
    (entry,) = runs.server.log()
    assert entry["body"]["temperature"] == 0.5 and "topic" not in entry["body"]


def test_the_delimiter_is_a_character(runs: Runs) -> None:
    runs.write("in.csv", ["id!prompt", f"1!{PRIVATE} x"])
    assert "--delimiter" in runs.headway("run", "in.csv", "-o", "out.jsonl", "--delimiter", "ab", status=2).stderr
    runs.headway("run", "in.csv", "-o", "out.jsonl", "--delimiter", "!")
    assert runs.server.prompts() == [f"{PRIVATE} x"]


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


def test_embeddings_have_no_answer_to_pay_for(runs: Runs) -> None:
    line = {"custom_id": "a", "method": "POST", "url": "/v1/embeddings", "body": {"model": "m", "input": "x"}}
    runs.write("in.jsonl", [json.dumps(line)])
    assert "$0.0000" in runs.run("--price-in", "2", "--dry-run").stdout
    report = runs.report("--price-in", "2", "--budget", "$1")
    assert report["cost_usd"] == pytest.approx(10 * 2e-6)
    runs.prove(["a"])
    runs.write("in.jsonl", [json.dumps(line), batch_line("b", "x")])
    for more in ([], ["--dry-run"]):
        assert "prices.in is set and prices.out is not" in runs.run("--price-in", "2", *more, status=2).stderr
    assert len(runs.server.log()) == 1


def test_fewer_answers_than_were_asked_for_are_kept_as_a_failure(runs: Runs) -> None:
    runs.write("in.jsonl", [batch_line("one", "x", n=1), batch_line("two", "x", n=2)])
    runs.run(status=1)
    failed = by_id(runs.errors)["two"]
    assert "1 of the 2 choices" in failed["error"]["message"] and failed["response"]["body"]["choices"]
    assert runs.status()["prompt_tokens"] == 20, "it was paid for"
    runs.prove(["one", "two"])


@pytest.mark.parametrize("form", [["--select", "text"], ["--select", "json"], ["--format", "csv"]])
def test_embeddings_have_no_text_to_select(runs: Runs, form: list[str]) -> None:
    line = {"custom_id": "a", "method": "POST", "url": "/v1/embeddings", "body": {"model": "m", "input": "x"}}
    runs.write("in.jsonl", [json.dumps(line)])
    assert "in.jsonl:1: an embedding has no text" in runs.run(*form, status=2).stderr
    assert runs.server.log() == []
