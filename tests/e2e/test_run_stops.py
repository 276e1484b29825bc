"""headway run against an endpoint on loopback: how it stops, and what keeps it from starting. Each test ends with the proof."""
import json
import signal

import pytest

from durable_runs import HANG_S, PRIVATE, Runs, batch, batch_line, ids_of, interrupt, until


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_lets_what_is_in_flight_end(runs: Runs, sent: signal.Signals) -> None:
    runs.server.set(held=True)
    runs.write("in.jsonl", batch(100))
    running = runs.start("--in-flight", "10", "--json")
    until(lambda: len(runs.server.log()) == 10)
    interrupt(running, sent)
    runs.server.set(held=False)
    report = json.loads(runs.ended(running, 3).stdout)
    asked = runs.server.prompts()
    assert report["run"]["ended"] == "interrupted" and report["rows"]["done"] == len(asked) < 40
    assert runs.prove(ids_of(100), finished=False).failed == set()
    runs.run()
    assert len(runs.server.log()) == 100, "none is asked twice"
    runs.prove(ids_of(100))


def test_who_stops_is_not_made_to_wait_as_calls_were_told(runs: Runs) -> None:
    runs.server.set(faults=1.0, fault_kinds=["429"], retry_after_ms=3_600_000)
    runs.write("in.jsonl", batch(20))
    running = runs.start("--in-flight", "10")
    until(lambda: len(runs.server.log()) >= 1)
    interrupt(running, signal.SIGINT)
    runs.ended(running, 3)
    assert runs.prove(ids_of(20), finished=False).failed == set()
    runs.server.set(faults=0.0)
    runs.run()
    runs.prove(ids_of(20))


def test_while_a_run_waits_it_shows_what_its_provider_said(runs: Runs) -> None:
    runs.server.set(faults=1.0, fault_kinds=["429"], retry_after_ms=3_600_000, words="No more of {prompt}\x1b[2J for org-12345 today")
    runs.write("in.jsonl", batch(20, "some longer words of a prompt"))
    running = runs.start("--in-flight", "2", "--progress", "json")
    until(lambda: runs.server.log())
    until(lambda: runs.status()["waits_after"])
    told = runs.status()["waits_after"]
    assert (told["status"], told["kind"]) == (429, "rate_limited") and told["times"] >= 1
    assert told["said"].startswith("No more of [prompt]") and told["said"].endswith("for org-12345 today")
    status = runs.headway("status", runs.output).stdout
    assert "waits     after HTTP 429" in status and "for org-12345 today" in status and PRIVATE not in status
    interrupt(running, signal.SIGINT)
    ended = runs.ended(running, 3)
    assert any('"waits_after":{"status":429' in line for line in ended.stderr.splitlines())
    assert "waited     after HTTP 429" in ended.stdout
    runs.server.set(faults=0.0)
    report = runs.report("--report", "page.html")
    assert report["waits_after"] is None and runs.status()["waits_after"] is None, "nothing is said any more"
    runs.prove(ids_of(20))


def test_a_page_does_not_name_the_account_that_was_refused(runs: Runs) -> None:
    runs.server.set(faults=0.5, fault_kinds=["429"], words="Too fast for org-12345")
    runs.write("in.jsonl", batch(40))
    report = runs.report("--report", "page.html")
    assert report["waits_after"]["said"] == "Too fast for org-12345"
    page = (runs.folder / "page.html").read_text()
    assert "Too fast for #" in page and "org-12345" not in page
    runs.prove(ids_of(40))


def test_a_closed_terminal_ends_no_run_under_nohup(runs: Runs) -> None:
    runs.server.set(delay=[0.1, 0.2])
    runs.write("in.jsonl", batch(40))
    running = runs.start("--in-flight", "10", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    until(lambda: len(runs.server.log()) >= 10)
    running.send_signal(signal.SIGHUP)
    runs.ended(running, 0)
    runs.prove(ids_of(40))


def test_who_looks_on_may_leave(runs: Runs) -> None:
    runs.server.set(delay=[0.2, 0.3])
    runs.write("in.jsonl", batch(40))
    running = runs.start("--in-flight", "10", "--progress", "json")
    assert running.stderr is not None and running.stderr.readline()
    running.stderr.close()
    assert running.wait(timeout=HANG_S) == 0
    runs.prove(ids_of(40))


def test_a_second_signal_stops_at_once(runs: Runs) -> None:
    runs.server.set(held=True)
    runs.write("in.jsonl", batch(10))
    running = runs.start()
    until(lambda: len(runs.server.log()) == 10)
    interrupt(running, signal.SIGINT)
    interrupt(running, signal.SIGINT)
    assert "10 rows given up, perhaps billed" in runs.ended(running, 3).stdout
    assert runs.status()["in_doubt"] == 10
    assert runs.prove(ids_of(10), finished=False).failed == set(), "they stay unfinished"
    runs.server.set(held=False)
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
    runs.server.set(delay=[0.05, 0.1], then=[60, {"money": False}])
    runs.write("in.jsonl", batch(300))
    runs.run("--in-flight", "20", status=3)
    facts = runs.prove(ids_of(300), finished=False)
    assert facts.failed == set() and 30 <= len(facts.done) < 300
    runs.server.set(money=True, delay=[0, 0])
    runs.run()
    runs.prove(ids_of(300))


def test_a_model_that_goes_in_the_middle_stops_the_run(runs: Runs) -> None:
    runs.server.set(delay=[0.05, 0.1], then=[60, {"model": "another"}])
    runs.write("in.jsonl", batch(500))
    assert "for want of a model or a permission" in runs.run("--in-flight", "20", status=3).stdout
    facts = runs.prove(ids_of(500), finished=False)
    assert len(facts.failed) == 20 and 30 <= len(facts.done) < 480
    runs.server.set(model=None, delay=[0, 0])
    runs.run(status=1)
    runs.headway("retry", "out.jsonl")
    assert runs.prove(ids_of(500)).done == set(range(500))


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
    runs.write("in.jsonl", [batch_line(f"cut{n}", f"CUT {n}") for n in range(5)])
    said = runs.run("--expect", "text", "--budget", "121tok", status=2).stderr
    assert "max_total_tokens is 1," in said and "what earlier starts have left of --budget" in said
    runs.prove([f"cut{n}" for n in range(5)], finished=False)


def test_an_answer_is_paid_for_though_the_next_is_refused(runs: Runs) -> None:
    runs.write("in.jsonl", [batch_line("broke", "BROKE")])
    report = runs.report("--expect", "json", "--answer-retries", "1", status=3)
    assert (report["rows"]["unusable"], report["tokens"]["prompt"], report["calls"]["attempts"]) == (1, 10, 2)
    assert runs.status()["prompt_tokens"] == 10
    runs.prove(["broke"])


def test_a_deadline_stops_the_run(runs: Runs) -> None:
    runs.server.set(delay=[0.1, 0.2])
    runs.write("in.jsonl", batch(500))
    done = runs.run("--deadline", "2s", "--in-flight", "5", status=3)
    assert "--deadline" in done.stdout and "limited by concurrency" in done.stdout, "it is --in-flight that holds it back"
    facts = runs.prove(ids_of(500), finished=False)
    assert len(facts.done) < 500 and not facts.failed


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
        (["--report", "gone/report.html"], "--report"),
        (["--report", "."], "--report"),
        (["--report", "in.jsonl"], "--report"),
        (["--report", "./out.jsonl"], "--report"),
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
