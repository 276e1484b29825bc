"""headway run with answers that take long to judge, and what goes on meanwhile. Each test ends with the proof."""
import json
import signal
import subprocess
from pathlib import Path

import pytest

from durable_runs import HANG_S, Runs, batch_line, by_id, interrupt, lines_of, until
from row_server import DEAR_SCHEMA

EXPECT = ("--expect", json.dumps(DEAR_SCHEMA))


def write(runs: Runs, dear: int, cheap: int) -> list[str]:
    """Rows of which the first take long."""
    ids = [f"dear{n}" for n in range(dear)] + [f"cheap{n}" for n in range(cheap)]
    runs.write("in.jsonl", [batch_line(key, f"{key.upper()} JSON" if "cheap" in key else key.upper()) for key in ids])
    return ids


def at_judging(runs: Runs, what: str) -> None:
    """What befalls the run where the first answer that takes long is judged."""
    runs.environment["HEADWAY_FAULT"] = f"judging:1:{what}"


class Held:
    """A run whose first judgement lasts until open() is called."""

    def __init__(self, runs: Runs, *options: str) -> None:
        self.runs = runs
        self.gate = Path(runs.folder / "gate")
        at_judging(runs, "hold")
        runs.environment["HEADWAY_FAULT_GATE"] = str(self.gate)
        self.running: subprocess.Popen[str] = runs.start(*EXPECT, *options)

    def open(self) -> None:
        self.gate.touch()
        del self.runs.environment["HEADWAY_FAULT"]

    def ended(self, status: int) -> str:
        return self.runs.ended(self.running, status).stdout


def test_other_rows_go_on_meanwhile(runs: Runs) -> None:
    ids = write(runs, 1, 100)
    held = Held(runs, "--in-flight", "4")
    until(lambda: len(lines_of(runs.output)) == 100)
    assert lines_of(runs.errors) == [], "it is judged yet"
    held.open()
    held.ended(1)
    assert "judging it takes more than" in by_id(runs.errors)["dear0"]["error"]["message"]
    runs.prove(ids)


def test_a_signal_is_heard_meanwhile_and_the_answer_kept(runs: Runs) -> None:
    runs.server.set(delay=[0.01, 0.03])
    ids = write(runs, 1, 400)
    held = Held(runs, "--in-flight", "4")
    until(lambda: len(lines_of(runs.output)) >= 20)
    interrupt(held.running, signal.SIGINT)
    until(lambda: len(lines_of(runs.output)) == len(runs.server.log()) - 1)  # all that was in flight
    assert held.running.poll() is None, "it waits for the answer that is judged"
    held.open()
    assert "interrupted" in held.ended(3) and len(runs.server.log()) < 401
    assert set(by_id(runs.errors)) == {"dear0"} and runs.status()["in_doubt"] == 0
    runs.run(*EXPECT, status=1)
    assert len(runs.server.log()) == 401, "none is asked twice"
    runs.prove(ids)


def test_a_second_signal_keeps_answers_unjudged(runs: Runs) -> None:
    ids = write(runs, 30, 0)
    held = Held(runs)
    until(lambda: len(runs.server.log()) == 30 and all(entry["ended"] for entry in runs.server.log()))
    interrupt(held.running, signal.SIGINT)
    interrupt(held.running, signal.SIGINT)
    held.open()
    held.ended(3)
    errors = by_id(runs.errors)
    assert all("was not judged" in line["error"]["message"] or "judging it takes" in line["error"]["message"]
               for line in errors.values())
    assert len(errors) + runs.status()["in_doubt"] == 30 and errors
    runs.run(*EXPECT, status=1)
    runs.prove(ids)


@pytest.mark.parametrize("what", ["INT", "TERM", "HUP", "KILL", "memory"])
def test_a_run_that_is_stopped_there_can_be_gone_on_with(runs: Runs, what: str) -> None:
    ids = write(runs, 5, 40)
    at_judging(runs, what)
    running = runs.start(*EXPECT, "--in-flight", "8")
    out, err = running.communicate(timeout=HANG_S)
    del runs.environment["HEADWAY_FAULT"]
    assert running.returncode == (-9 if what == "KILL" else 3), (running.returncode, out, err)
    assert what != "memory" or "no more memory" in out
    settled = set(by_id(runs.errors)) | set(by_id(runs.output))
    before = len(runs.server.log())
    runs.run(*EXPECT, status=1)
    again = {entry["prompt"].split()[1].lower() for entry in runs.server.log()[before:]}
    assert not again & settled, "what is durable is not asked again"
    runs.prove(ids)


def test_lines_that_wait_for_a_judgement_keep_their_order(runs: Runs) -> None:
    ids = [f"q{n}" for n in range(60)]
    runs.write("in.jsonl", [batch_line(key, f"{'DEAR' if n % 3 == 0 else 'JSON'} {key}") for n, key in enumerate(ids)])
    runs.run(*EXPECT, "--ordered", "--in-flight", "16", status=1)
    runs.prove(ids, same_order=True)


def test_an_answer_that_is_judged_elsewhere_is_asked_for_again(runs: Runs) -> None:
    ids = write(runs, 2, 5)
    report = runs.report(*EXPECT, "--answer-retries", "2", status=1)
    assert (report["rows"]["unusable"], report["calls"]["attempts"], report["tokens"]["prompt"]) == (2, 11, 110)
    runs.prove(ids)


def test_a_long_answer_is_judged_elsewhere(runs: Runs) -> None:
    long = "JSON " + "x" * 100_000
    runs.write("in.jsonl", [batch_line(f"q{n}", long) for n in range(10)])
    at_judging(runs, "memory")
    assert "no more memory" in runs.run("--expect", "json", status=3).stdout
    del runs.environment["HEADWAY_FAULT"]
    runs.run("--expect", "json")
    runs.prove([f"q{n}" for n in range(10)])
