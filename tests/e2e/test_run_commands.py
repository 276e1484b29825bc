"""headway status, failures and retry, beside a run against an endpoint on loopback. Each test ends with the proof."""
import json
import os

import pytest

from durable_runs import PRIVATE, Runs, batch, batch_line, ids_of, lines_of, until


def test_status_of_a_run_alive_and_dead(runs: Runs) -> None:
    runs.server.set(then=[40, {"held": True}])
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
    assert dead["rows"] == 400 and dead["left"] == 400 - dead["done"] and 0 < dead["in_doubt"] <= 100 and dead["end"] == ""
    told = runs.headway("status", "out.jsonl").stdout
    assert "was killed" in told and "of 400\n" in told and f"in doubt  {dead['in_doubt']} may have been sent" in told
    runs.server.set(held=False)
    runs.run()
    assert runs.status() | {"pid": 0} == dead | {
        "done": 400, "left": 0, "in_doubt": 0, "end": "finished", "answers": {"usable": 400}, "prompt_tokens": 4000,
        "completion_tokens": 2000, "starts": 2, "pid": 0}
    runs.prove(ids_of(400))


def test_status_says_why_a_run_stopped(runs: Runs) -> None:
    runs.server.set(delay=[0.05, 0.1])
    runs.write("in.jsonl", batch(200))
    runs.run("--in-flight", "4", "--deadline", "0.5s", status=3)
    status = runs.status()
    assert status["end"] == "stopped: its time is up (--deadline)" and status["left"] == 200 - status["done"] > 0
    first, *lines = runs.headway("status", "out.jsonl").stdout.splitlines()
    assert first.startswith("stopped at 2") and first.endswith(": its time is up (--deadline)")
    assert f"left      {status['left']}" in lines
    runs.prove(ids_of(200), finished=False)


def test_status_and_failures_of_nothing(runs: Runs) -> None:
    for command in ("status", "failures", "retry"):
        assert "out.jsonl" in runs.headway(command, "out.jsonl", status=2).stderr


def test_failures_of_what_no_run_wrote(runs: Runs) -> None:
    runs.write("notes.jsonl", ["{}"])
    assert "is no output of a run" in runs.headway("failures", "notes.jsonl", status=2).stderr


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


def test_retry_counts_the_failed_rows_that_it_leaves(runs: Runs) -> None:
    runs.write("in.jsonl", [*batch(3), batch_line("bad", "BAD"), batch_line("cut", "CUT")])
    runs.run("--expect", "text", status=1)
    assert "3 of 5 done (3 before), 1 failed before, 1 not usable" in runs.headway(
        "retry", "out.jsonl", "--kind", "unusable", status=1).stdout
    assert "1 of 1 done (1 before)" in runs.run("--expect", "text", "--limit", "1", status=1).stdout
    runs.prove([*ids_of(3), "bad", "cut"])


def test_retry_of_a_kind_that_no_row_has(runs: Runs) -> None:
    runs.write("in.jsonl", [*batch(3), batch_line("bad", "BAD")])
    runs.run(status=1)
    said = runs.headway("retry", "out.jsonl", "--kind", "badrequest", status=2).stderr
    assert "no row of out.jsonl failed as badrequest: --kind takes bad_request (1)" in said
    assert len(runs.server.log()) == 4
    runs.prove([*ids_of(3), "bad"])


def test_retry_leaves_the_page_of_the_run(runs: Runs) -> None:
    runs.write("in.jsonl", [*batch(3), batch_line("bad", "BAD")])
    runs.run("--report", "first.html", status=1)
    first = (runs.folder / "first.html").read_text()
    runs.headway("retry", "out.jsonl", "--report", "second.html", status=1)
    assert (runs.folder / "first.html").read_text() == first != (runs.folder / "second.html").read_text()
    runs.prove([*ids_of(3), "bad"])


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
