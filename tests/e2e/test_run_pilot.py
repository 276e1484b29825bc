"""headway run against an endpoint on loopback: a pilot first. Each test ends with the proof."""

import re

from durable_runs import Runs, batch, batch_line, ids_of


def test_a_pilot_then_all(runs: Runs) -> None:
    runs.write("in.jsonl", batch(100))
    done = runs.run("--pilot", "10", "--yes", "--price-in", "1", "--price-out", "2")
    assert "$" in done.stderr, "the cost of all is foretold"
    assert re.search(r"^time       \S+ s( to \S+ s)? more, done (at|between) ", done.stderr, re.M)
    assert len(runs.server.log()) == 100
    runs.prove(ids_of(100))


def test_a_pilot_counts_answers_of_no_use_too(runs: Runs) -> None:
    runs.write("in.jsonl", [batch_line(f"q{n}", "CUT" if n % 2 else "x") for n in range(40)])
    said = runs.run("--pilot", "20", "--expect", "text", "--yes", status=1).stderr
    assert "20 of 40 rows measured" in said and "tokens in  400\n" in said, "each has 10 tokens in"
    runs.prove(ids_of(40))


def test_a_pilot_without_a_terminal_ends_after_it(runs: Runs) -> None:
    runs.write("in.jsonl", batch(100))
    done = runs.run("--pilot", "10", status=3)
    assert "the pilot is done" in done.stdout and "--yes" in done.stdout and len(runs.server.log()) == 10
    assert len(runs.prove(ids_of(100), finished=False).done) == 10
    status = runs.status()
    assert (status["end"], status["rows"], status["left"]) == ("stopped: the pilot is done", 100, 90)
    runs.run("--pilot", "10", "--yes")
    assert len(runs.server.log()) == 100
    runs.prove(ids_of(100))
