"""headway run, killed at any moment: nothing is lost, nothing that is done is asked again."""
import json
import random
import re
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import run_checker
from durable_runs import HANG_S, PRIVATE, Runs, batch, batch_line, ids_of, lines_of, until
from row_server import RowServer, row_server

SOURCE = Path(__file__).resolve().parents[2]
ROWS, KILLS, IN_FLIGHT = 5000, 50, 32
GROUP = max(16, IN_FLIGHT)  # rows that are journaled as "may be sent" at once


@pytest.fixture
def server() -> Iterator[RowServer]:
    with row_server(delay=[0.01, 0.1], faults=0.03, seed=5) as started:
        yield started


def durable_ids(runs: Runs, ids: list[str], scratch: Path) -> set[str]:
    """Of the rows that the journal of a dead run knows the end of. The run's own files are left as they are."""
    if not runs.journal.exists():
        return set()
    for file in runs.folder.glob("out.jsonl.journal*"):
        shutil.copy(file, scratch)
    journal = sqlite3.connect(scratch / runs.journal.name)
    try:
        known = journal.execute("SELECT name FROM sqlite_master WHERE name = 'rows'").fetchone()
        return {ids[number] for (number,) in journal.execute("SELECT number FROM rows")} if known else set()
    finally:
        journal.close()
        for file in scratch.iterdir():
            file.unlink()


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def asked(prompt: str) -> str:
    """The custom_id in a prompt."""
    return prompt.split()[-1]


def test_killed_fifty_times_each_row_ends_once(runs: Runs, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    moments = random.Random(seed)
    ids = ids_of(ROWS)
    lines = batch(ROWS)
    for number in range(0, ROWS, 100):
        lines[number] = batch_line(ids[number], f"BAD {ids[number]}")
    runs.write("in.jsonl", lines)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    options = ("--in-flight", str(IN_FLIGHT), "--max-retries", "6", "--quiet")
    durable: list[set[str]] = []
    began: list[float] = []
    kills: list[float] = []
    for number in range(KILLS):
        began.append(time.monotonic())
        running = runs.start(*options)
        if number % 2:
            time.sleep(moments.uniform(0.02, 0.3))
        else:  # so that the runs get on, however long a start takes
            grown = size_of(runs.output) + moments.randrange(30_000)
            until(lambda: size_of(runs.output) > grown)
        running.kill()
        kills.append(time.monotonic())
        out, err = running.communicate()
        assert running.returncode == -9, (running.returncode, out, err)
        durable.append(durable_ids(runs, ids, scratch))
    assert 0 < len(durable[-1]) < ROWS, "the kills fall into the run"
    began.append(time.monotonic())
    runs.run(*options, status=1)
    facts = runs.prove(ids)
    assert facts.done | facts.failed == set(range(ROWS)) and not facts.gone

    log = runs.server.log()
    # Of each: the rows asked for, and whether they had ended before one that is durable was even asked for.
    starts: list[dict[str, bool]] = []
    for number, (begin, end) in enumerate(zip(began, [*kills, time.monotonic()])):
        mine = [entry for entry in log if begin <= entry["began"] <= end]
        kept = durable[number] - (durable[number - 1] if number else set()) if number < KILLS else set(ids)
        last = max((entry["began"] for entry in mine if asked(entry["prompt"]) in kept), default=begin)
        starts.append({})
        for entry in mine:
            settled = entry["status"] == 200 and entry["fault"] is None and entry["ended"] < last
            starts[-1][asked(entry["prompt"])] = settled
    for number, ended in enumerate(durable):
        again = {key for start in starts[number + 1:] for key in start if key in ended}
        assert not again, f"durable at kill {number}, and asked again: {sorted(again)[:5]}"
    repeats = Counter(key for start in starts for key in start)
    unsettled = 0
    for number, start in enumerate(starts[:-1]):
        lost = {key for key in start if key not in durable[number]}
        unsettled += len(lost)
        assert not [key for key in lost if start[key]], "an answer was lost that came before a durable row was even asked for"
        # In flight, and what ended since the last commit: of that there is no more than that again.
        assert len(lost) <= 2 * IN_FLIGHT + GROUP, f"kill {number}"
    assert sum(count - 1 for count in repeats.values()) <= unsettled
    print(f"{sum(count - 1 for count in repeats.values())} rows asked again after {KILLS} kills")


def fault_points() -> list[str]:
    text = (SOURCE / "src/job/store/fault_points.hpp").read_text()
    return re.findall(r'^    "(\w+)",', text, re.MULTILINE)


def made_to_die(runs: Runs, step: str, nth: int, *options: str) -> bool:
    """Whether it did at this step."""
    runs.environment["HEADWAY_FAULT"] = f"{step}:{nth}"
    running = runs.start(*options)
    out, err = running.communicate(timeout=HANG_S)
    del runs.environment["HEADWAY_FAULT"]
    assert running.returncode in (-9, 0, 1), (running.returncode, out, err)
    return running.returncode == -9


STEPS = [pytest.param(step, how, id=" ".join([step, *how]))
         for step in fault_points() if not step.startswith(("rewrite", "tail", "judging"))
         for how in ([], ["--ordered"], ["--durability", "power"]) if step != "after_sync" or "power" in how]


@pytest.mark.parametrize(("step", "how"), STEPS)
def test_killed_at_each_step(runs: Runs, step: str, how: list[str]) -> None:
    runs.server.set(delay=[0, 0.03], faults=0)
    rows = 120
    runs.write("in.jsonl", [batch_line(key, f"{'BAD' if n % 20 == 0 else 'x'} {key}") for n, key in enumerate(ids_of(rows))])
    options = ("--in-flight", "20", *how)
    for nth in (1, 3):
        died = made_to_die(runs, step, nth, *options)
        assert died or nth > 1, "built without fault points?"  # the slower the machine, the more is in one commit
    durable = {number for (number,) in runs.journaled("SELECT number FROM rows")} if runs.journal.exists() else set()
    before = len(runs.server.log())
    runs.run(*options, status=1)
    again = {asked(prompt) for prompt in runs.server.prompts()[before:]}
    assert not again & {f"q{number}" for number in durable}
    assert runs.prove(ids_of(rows), same_order="--ordered" in how).failed == set(range(0, rows, 20))


@pytest.mark.parametrize("how", [[], ["--ordered"]], ids=["process", "ordered"])
@pytest.mark.parametrize("step", ["rewrite_written", "rewrite_journaled", "rewrite_renamed"])
def test_killed_while_lines_are_removed(runs: Runs, step: str, how: list[str]) -> None:
    runs.server.set(delay=[0, 0], faults=1.0, fault_kinds=["400"])
    runs.write("in.jsonl", batch(30))
    runs.run("--max-retries", "0", "--max-failures", "100%", *how, status=1)
    runs.server.set(faults=0.0)
    runs.environment["HEADWAY_FAULT"] = step
    runs.headway("retry", "out.jsonl", status=-9)
    del runs.environment["HEADWAY_FAULT"]
    runs.run(*how)
    assert len(runs.server.log()) == 60
    assert runs.prove(ids_of(30), same_order=bool(how)).failed == set() and lines_of(runs.errors) == []


def test_killed_while_a_torn_line_is_cut(runs: Runs) -> None:
    runs.server.set(delay=[0, 0.03], faults=0)
    runs.write("in.jsonl", batch(100))
    assert made_to_die(runs, "inside_line", 3, "--in-flight", "20")
    assert made_to_die(runs, "tail_cut", 1, "--in-flight", "20")
    runs.run("--in-flight", "20")
    runs.prove(ids_of(100))


def test_a_kill_is_seen_in_the_report(runs: Runs) -> None:
    runs.server.set(delay=[0, 0], faults=0, held=True)
    runs.write("in.jsonl", batch(10))
    running = runs.start()
    until(lambda: len(runs.server.log()) == 10)
    running.kill()
    running.communicate()
    runs.server.set(held=False)
    report = json.loads(runs.run("--json").stdout)
    assert report["rows"]["maybe_sent_twice"] == 10
    assert PRIVATE not in json.dumps(report)
    assert run_checker.check(runs.output, ids_of(10)).done == set(range(10))
