"""headway run, started again: on an input, settings or files that are no longer what they were. Each test ends with the proof."""
import json
import os
import resource
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from durable_runs import PRIVATE, Runs, batch, batch_line, ids_of, lines_of, until

ROWS = 40


@pytest.fixture
def done(runs: Runs) -> Runs:
    """A run that has ended."""
    runs.write("in.jsonl", batch(ROWS))
    runs.run()
    return runs


def asked_since(runs: Runs, before: int) -> list[str]:
    return sorted(runs.server.prompts()[before:])


def test_a_second_run_on_the_same_output_is_refused(runs: Runs) -> None:
    runs.server.set(held=True)
    runs.write("in.jsonl", batch(ROWS))
    running = runs.start("--in-flight", "5")
    until(lambda: runs.server.log())
    assert f"process {running.pid}" in runs.run(status=2).stderr
    assert f"process {running.pid}" in runs.run("--fresh", status=2).stderr
    runs.server.set(held=False)
    runs.ended(running, 0)
    assert len(runs.server.log()) == ROWS
    runs.prove(ids_of(ROWS))


def test_the_same_again_sends_nothing(done: Runs) -> None:
    report = done.report()
    assert report["rows"]["finished_before"] == ROWS and len(done.server.log()) == ROWS
    done.prove(ids_of(ROWS))


@pytest.mark.parametrize(("flag", "asked"), [("--rerun-changed", ROWS), ("--keep-finished", 0)])
def test_changed_settings_are_decided_upon(done: Runs, flag: str, asked: int) -> None:
    said = done.run("--temperature", "0.5", status=2).stderr
    assert f"{ROWS} rows changed" in said and "by the settings" in said and flag in said
    done.run("--temperature", "0.5", flag)
    log = done.server.log()[ROWS:]
    assert len(log) == asked and all(entry["body"]["temperature"] == 0.5 for entry in log)
    done.prove(ids_of(ROWS))


@pytest.mark.parametrize("flag", [["--select", "text"], ["--format", "csv"], ["--columns", "custom_id"], ["--ordered"]])
def test_another_form_of_the_output_is_refused(done: Runs, flag: list[str]) -> None:
    before = done.output.read_bytes()
    said = done.run(*flag, status=2).stderr
    assert " ".join(flag) in said and "--fresh" in said and "begun with" in said
    assert (done.output.read_bytes(), len(done.server.log())) == (before, ROWS)
    done.run()
    done.prove(ids_of(ROWS))


def test_a_changed_expectation_is_told(runs: Runs) -> None:
    schema = runs.write("schema.json", ['{"type": "object"}'])
    runs.write("in.jsonl", [batch_line("json", "JSON"), batch_line("cut", "CUT")])
    assert "--expect" not in runs.run().stderr
    assert "--choices has changed" in runs.run("--expect", f"@{schema}").stderr
    assert "--expect" not in runs.run("--expect", "@schema.json").stderr, "it says the same"
    runs.write("schema.json", ['{"type": "array"}'])
    assert "--choices has changed" in runs.run("--expect", "@schema.json").stderr
    assert len(runs.server.log()) == 2
    runs.prove(["json", "cut"])


def test_a_changed_input_counts_what_it_would_cost(runs: Runs) -> None:
    runs.write("in.jsonl", batch(ROWS))
    runs.run("--price-in", "1000", "--price-out", "1000")
    runs.write("in.jsonl", batch(ROWS - 3) + [batch_line(key, "edited") for key in ids_of(ROWS)[-3:]])
    said = runs.run(status=2).stderr
    assert "3 rows changed" in said and "$0.045" in said
    runs.run("--rerun-changed")
    assert asked_since(runs, ROWS) == [f"{PRIVATE} edited"] * 3
    runs.prove(ids_of(ROWS))


def test_reordered_rows_are_known(done: Runs) -> None:
    done.write("in.jsonl", reversed(batch(ROWS)))
    done.run()
    assert len(done.server.log()) == ROWS
    done.prove(list(reversed(ids_of(ROWS))))


def test_rows_that_were_put_in_are_sent(done: Runs) -> None:
    lines, ids = batch(ROWS), ids_of(ROWS)
    done.write("in.jsonl", [batch_line("first", "new one"), *lines[:20], batch_line("middle", "new two"), *lines[20:]])
    done.run()
    assert asked_since(done, ROWS) == [f"{PRIVATE} new one", f"{PRIVATE} new two"]
    done.prove(["first", *ids[:20], "middle", *ids[20:]])


def test_rows_that_went_keep_their_answers(done: Runs) -> None:
    done.write("in.jsonl", batch(ROWS)[5:])
    done.run()
    assert len(done.server.log()) == ROWS and len(lines_of(done.output)) == ROWS
    assert done.prove(ids_of(ROWS)[5:]).gone == 5


def test_a_deleted_output(done: Runs) -> None:
    done.output.unlink()
    assert f"lost the answers of {ROWS}" in done.run(status=2).stderr
    done.run("--rerun-changed")
    assert len(done.server.log()) == 2 * ROWS
    done.prove(ids_of(ROWS))


def test_a_deleted_journal_is_rebuilt(runs: Runs) -> None:
    runs.write("in.jsonl", [*batch(ROWS), batch_line("bad", "BAD")])
    runs.run(status=1)
    for file in runs.folder.glob("out.jsonl.journal*"):
        file.unlink()
    assert "rebuilt" in runs.run(status=1).stderr
    assert len(runs.server.log()) == ROWS + 1
    runs.prove([*ids_of(ROWS), "bad"])


def test_a_deleted_journal_of_doubled_ids(runs: Runs) -> None:
    runs.write("in.jsonl", [*batch(3), batch_line("q0", "twice")])
    runs.run("--skip-invalid", status=1)
    runs.journal.unlink()
    runs.run("--skip-invalid", status=1)
    facts = runs.prove([*ids_of(3), "q0"])
    assert (facts.done, facts.failed, len(runs.server.log())) == ({0, 1, 2}, {3}, 3)
    assert len(lines_of(runs.output)) == 3 and len(lines_of(runs.errors)) == 1


def test_a_torn_last_line_is_done_again(done: Runs) -> None:
    whole = done.output.read_bytes()
    done.output.write_bytes(whole[:-30])
    assert "lost the answers of 1" in done.run(status=2).stderr
    done.run("--rerun-changed")
    assert len(done.server.log()) == ROWS + 1
    done.prove(ids_of(ROWS))


def test_a_tail_that_nobody_knows_is_cut(done: Runs) -> None:
    whole = done.output.read_bytes()
    done.output.write_bytes(whole + whole[:100])
    done.run()
    assert done.output.read_bytes() == whole and len(done.server.log()) == ROWS
    done.prove(ids_of(ROWS))


@pytest.mark.parametrize("text", ["my notes\n", '{"custom_id": "q0", "mine": true}\n', "not even a line", "\n"])
def test_a_file_of_somebody_else_is_not_touched(runs: Runs, text: str) -> None:
    runs.write("in.jsonl", batch(3))
    runs.output.write_text(text)
    said = runs.run(status=2).stderr
    assert "not touched" in said and "--fresh" in said
    assert runs.output.read_text() == text and runs.server.log() == []
    assert [path.name for path in runs.folder.glob("out*")] == ["out.jsonl"], "it leaves nothing behind"
    runs.run("--fresh")
    assert [path.read_text() for path in runs.folder.glob("out*.1*") if path.suffix != ".journal"].count(text) == 1
    runs.prove(ids_of(3))


def test_fresh_moves_a_whole_run_aside(done: Runs) -> None:
    before = done.output.read_bytes()
    said = done.run("--fresh").stderr
    assert "Moved aside: out.jsonl is out.jsonl.1 now" in said and "out.jsonl.journal" in said
    assert len(done.server.log()) == 2 * ROWS
    assert before in [path.read_bytes() for path in done.folder.glob("out*1*")]
    done.prove(ids_of(ROWS))


def test_rows_in_flight_at_a_kill_are_told_and_sent_again(runs: Runs) -> None:
    runs.server.set(then=[40, {"held": True}])
    runs.write("in.jsonl", batch(200))
    runs.kill_after(30, "--in-flight", "10")
    runs.server.set(held=False)
    again = runs.run("--json")
    twice = json.loads(again.stdout)["rows"]["maybe_sent_twice"]
    assert 1 <= twice <= 10 + 10 + 16, "those in flight, and at most a group more"
    assert f"{twice} rows may have been sent before" in again.stderr
    assert len(runs.server.log()) - 200 <= twice
    runs.prove(ids_of(200))


def test_rows_in_flight_at_a_kill_can_be_left(runs: Runs) -> None:
    runs.server.set(then=[40, {"held": True}])
    runs.write("in.jsonl", batch(200))
    runs.kill_after(30, "--in-flight", "10")
    runs.server.set(held=False)
    runs.run("--no-resend", status=1)
    assert len(runs.server.prompts()) == len(set(runs.server.prompts())), "none is asked twice"
    left = lines_of(runs.errors)
    assert left and all("--no-resend" in line["error"]["message"] for line in left)
    assert {kind for (kind,) in runs.journaled("SELECT kind FROM rows WHERE state <> 1")} == {"maybe_sent"}
    runs.prove(ids_of(200))
    runs.headway("retry", "out.jsonl", "--kind", "maybe_sent")
    assert len(runs.prove(ids_of(200)).done) == 200


def test_rows_in_flight_at_a_kill_of_a_retry_are_told(runs: Runs) -> None:
    runs.server.set(faults=1.0, fault_kinds=["500"])
    runs.write("in.jsonl", batch(10))
    runs.run("--max-retries", "0", status=1)
    runs.server.set(faults=0.0, held=True)
    running = runs.started("retry", "out.jsonl")
    until(lambda: len(runs.server.log()) == 20)
    running.kill()
    running.communicate()
    runs.server.set(held=False)
    assert "10 rows may have been sent before" in runs.run("--max-retries", "0", status=1).stderr
    again = runs.headway("retry", "out.jsonl", "--json")
    assert json.loads(again.stdout)["rows"]["maybe_sent_twice"] == 10 and len(runs.server.log()) == 30
    assert "may have been sent" not in runs.run().stderr
    assert len(runs.prove(ids_of(10)).done) == 10


def test_a_row_that_waits_after_a_broken_attempt_is_told(runs: Runs) -> None:
    runs.server.set(delay=[0.5, 0.5], faults=1.0, fault_kinds=["closed"])
    runs.write("in.jsonl", batch(1))
    running = runs.start("--max-retries", "5")
    until(lambda: runs.server.log())
    runs.server.set(delay=[0, 0], fault_kinds=["429"])
    until(lambda: len(runs.server.log()) > 1)
    running.send_signal(signal.SIGINT)
    runs.ended(running, 3)
    runs.server.set(faults=0.0)
    assert "1 row may have been sent before" in runs.run().stderr
    runs.prove(ids_of(1))


# --- Disks

def test_an_output_folder_that_is_not_there(runs: Runs) -> None:
    runs.write("in.jsonl", batch(3))
    said = runs.headway("run", "in.jsonl", "-o", "gone/out.jsonl", status=2).stderr
    assert "the output's folder gone is not there" in said
    assert runs.server.log() == []


def test_an_output_folder_that_goes(runs: Runs) -> None:
    runs.server.set(then=[60, {"held": True}])
    runs.write("in.jsonl", batch(300))
    (runs.folder / "answers").mkdir()
    output = runs.folder / "answers/out.jsonl"
    running = runs.started("run", "in.jsonl", "-o", "answers/out.jsonl", "--in-flight", "10")
    until(lambda: output.exists() and output.read_bytes().count(b"\n") >= 20)
    os.rename(runs.folder / "answers", runs.folder / "moved")
    runs.server.set(held=False, then=None)
    ended = runs.ended(running, 3)
    assert "answers/out.jsonl" in ended.stdout and "moved or deleted" in ended.stdout
    os.rename(runs.folder / "moved", runs.folder / "answers")
    runs.headway("run", "in.jsonl", "-o", "answers/out.jsonl")
    runs.prove(ids_of(300), output=output)


def limited(size: int) -> Callable[[], None]:
    """For a program that gets an error when a file would become larger."""
    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.parametrize("kilobytes", [60, 100, 200])
def test_files_that_may_not_grow(runs: Runs, kilobytes: int) -> None:
    runs.server.set(delay=[0, 0.02])
    rows = 1000
    runs.write("in.jsonl", batch(rows))
    ended = runs.run("--in-flight", "20", status=3, preexec_fn=limited(kilobytes * 1024))
    assert "out.jsonl" in ended.stdout + ended.stderr
    assert len(runs.server.log()) < rows
    runs.run("--in-flight", "20")
    assert len(runs.server.log()) <= rows + 100
    runs.prove(ids_of(rows))


def test_want_of_memory_stops_what_can_go_on(runs: Runs) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))

    runs.write("in.jsonl", batch(20))
    runs.server.set(endless=True)
    ended = runs.run("--in-flight", "4", status=3, preexec_fn=small)
    assert "there is no more memory for it; fewer calls in flight take less" in ended.stdout
    runs.server.set(endless=False)
    runs.run()
    runs.prove(ids_of(20))


def test_a_journal_that_cannot_be_made(runs: Runs) -> None:
    runs.write("in.jsonl", batch(3))
    said = runs.run(status=2, preexec_fn=limited(1024)).stderr
    assert "out.jsonl.journal cannot be used" in said and "File too large" in said and "disk with room" in said
    runs.journal.mkdir()
    said = runs.run(status=2).stderr
    assert "out.jsonl.journal cannot be used" in said and "Is a directory" in said
    assert runs.server.log() == [] and not runs.output.exists()
    runs.journal.rmdir()
    runs.run()
    runs.prove(ids_of(3))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", disk], capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"a small filesystem cannot be mounted: {mounted.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.mark.parametrize("more", [[], ["--ordered"], ["--durability", "power"]], ids=["process", "ordered", "power"])
def test_a_disk_that_is_full(runs: Runs, small_disk: Path, more: list[str]) -> None:
    rows = 1000
    runs.server.set(delay=[0, 0.02])
    runs.write("in.jsonl", batch(rows))
    command = ("run", "in.jsonl", "-o", "disk/out.jsonl", "--in-flight", "20", *more)
    ended = runs.headway(*command, status=3)
    assert "disk/out.jsonl" in ended.stdout and "No space left" in ended.stdout or "full" in ended.stdout
    asked = len(runs.server.log())
    assert asked < rows
    subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
    runs.headway(*command)
    assert len(runs.server.log()) <= rows + 100
    runs.prove(ids_of(rows), output=small_disk / "out.jsonl", same_order="--ordered" in more)


def test_a_disk_that_may_only_be_read(runs: Runs, small_disk: Path) -> None:
    runs.write("in.jsonl", batch(3))
    runs.headway("run", "in.jsonl", "-o", "disk/out.jsonl")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    runs.write("in.jsonl", batch(6))
    assert "disk/out.jsonl" in runs.headway("run", "in.jsonl", "-o", "disk/out.jsonl", status=2).stderr
    assert "done      3" in runs.headway("status", "disk/out.jsonl").stdout
    assert len(runs.server.log()) == 3
    runs.prove(ids_of(3), output=small_disk / "out.jsonl")
