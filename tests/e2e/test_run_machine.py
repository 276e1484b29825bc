"""headway run on an odd machine: odd_machine.c sets its clock back, or lets no thread start. Each test ends with the proof."""
import json
from pathlib import Path

import pytest

from durable_runs import Runs, batch, ids_of, preloadable


@pytest.fixture(scope="session")
def odd_machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return preloadable("odd_machine.c", tmp_path_factory.mktemp("machine"))


def test_a_clock_before_1970_spoils_no_run(runs: Runs, odd_machine: Path) -> None:
    runs.server.set(faults=0.2, fault_kinds=["429", "503"])
    runs.write("in.jsonl", batch(50))
    then = runs.preloaded(odd_machine, MACHINE_YEARS=80)
    then.kill_after(10, "--in-flight", "2", "--max-retries", "9")
    report = json.loads(then.run("--json", "--max-retries", "9").stdout)
    assert report["run"]["started_at"].startswith("19") and report["rows"]["left"] == 0
    assert then.status()["done"] == 50
    assert "50 of 50" in then.headway("status", "out.jsonl").stdout
    runs.run()
    assert "50 of 50" in runs.headway("status", "out.jsonl").stdout
    runs.prove(ids_of(50))


@pytest.mark.parametrize("threads", [0, 1, 2])
def test_without_threads_nothing_is_sent_and_it_says_so(runs: Runs, odd_machine: Path, threads: int) -> None:
    runs.write("in.jsonl", batch(3))
    machine = runs.preloaded(odd_machine, MACHINE_THREADS=threads)
    running = machine.start("--quiet")
    _, said = running.communicate(timeout=60)
    if running.returncode == 0:
        assert threads > 0, "it needs none"
    else:
        assert running.returncode == 2 and "cannot start" in said and runs.server.log() == []
    runs.run()
    assert len(runs.server.log()) == 3
    runs.prove(ids_of(3))
