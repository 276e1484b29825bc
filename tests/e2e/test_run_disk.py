"""headway run on a disk that fails under it: failing_disk.c stands between the program and the disk. Each test ends with the proof."""
from pathlib import Path

import pytest

from durable_runs import Runs, batch, ids_of, preloadable

ROWS = 1500  # of which each twenty need a sync at least


@pytest.fixture(scope="session")
def failing_disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return preloadable("failing_disk.c", tmp_path_factory.mktemp("disk"))


@pytest.mark.parametrize("more", [[], ["--ordered"]], ids=["as they end", "ordered"])
def test_writes_that_are_short_lose_nothing(runs: Runs, failing_disk: Path, more: list[str]) -> None:
    runs.write("in.jsonl", batch(ROWS))
    runs.preloaded(failing_disk, DISK_SHORT=1).run("--in-flight", "50", *more)
    assert len(runs.server.log()) == ROWS
    runs.prove(ids_of(ROWS), same_order=bool(more))


@pytest.mark.parametrize("good", [3, 30, 45, 60])
def test_after_a_sync_that_fails_nothing_more_is_sent(runs: Runs, failing_disk: Path, good: int) -> None:
    runs.server.set(delay=[0, 0.01])
    runs.write("in.jsonl", batch(ROWS))
    command = ("--in-flight", "20", "--durability", "power")
    ended = runs.preloaded(failing_disk, DISK_SYNC=good).run(*command, status=3 if good > 3 else 2)
    assert "out.jsonl" in ended.stdout + ended.stderr and "Input/output error" in ended.stdout + ended.stderr
    asked = len(runs.server.log())
    assert asked < ROWS and (good > 3 or asked == 0)
    runs.run(*command)
    runs.prove(ids_of(ROWS))
    assert len(runs.server.log()) <= ROWS + asked
