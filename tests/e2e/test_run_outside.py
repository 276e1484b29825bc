"""headway run, and what others do to its files, its process and its terminal meanwhile. Each test ends with the proof."""
import json
import os
import pty
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
from pathlib import Path

import pytest

from durable_runs import HANG_S, PRIVATE, Runs, batch, batch_line, by_id, ids_of, lines_of, until

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
BEFORE_ROWS = ["files_held", "resume_applied", "session_made", "before_commit", "after_commit", "after_told"]
AFTER_ROWS = ["row_ended", "before_write", "after_line_written", "all_ended", "store_closed"]


def remove_lines(path: Path, *numbers: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for number, line in enumerate(lines) if number not in numbers))


def test_an_output_behind_a_link_to_nothing_is_one_output(runs: Runs) -> None:
    runs.write("in.jsonl", batch(60))
    (runs.folder / "there").mkdir()
    runs.output.symlink_to("there/real.jsonl")
    runs.server.set(delay=[0.2, 0.3])
    running = runs.start("--in-flight", "20")
    until(lambda: len(runs.server.log()) >= 20)
    assert "another run is writing this output" in runs.run(status=2).stderr
    assert runs.status()["running"]
    runs.ended(running, 0)
    real = runs.folder / "there/real.jsonl"
    assert runs.prove(ids_of(60), output=real).done == set(range(60))
    assert len(runs.server.log()) == 60 and runs.status()["done"] == 60
    assert not runs.journal.exists() and (runs.folder / "there/real.jsonl.journal").exists()


@pytest.mark.parametrize("sent", SIGNALS, ids=lambda sent: sent.name)
@pytest.mark.parametrize("step", BEFORE_ROWS + AFTER_ROWS)
def test_a_signal_at_any_step_ends_the_run(runs: Runs, step: str, sent: signal.Signals) -> None:
    runs.server.set(delay=[0, 0.02])
    runs.write("in.jsonl", batch(40))
    runs.environment["HEADWAY_FAULT"] = f"{step}:1:{sent.name.removeprefix('SIG')}"
    running = runs.start("--in-flight", "4")
    out, err = running.communicate(timeout=20)
    del runs.environment["HEADWAY_FAULT"]
    assert running.returncode in (0, 3, -sent), (running.returncode, out, err)
    if step in BEFORE_ROWS[2:]:
        assert running.returncode == 3 and "interrupted" in out
    assert not runs.output.with_name("out.jsonl.lock").exists() or running.returncode < 0
    before = len(runs.server.log())
    runs.run("--in-flight", "4")
    assert len(runs.server.log()) - before <= 40
    runs.prove(ids_of(40))


def test_a_signal_while_nothing_is_taken_ends_the_run(runs: Runs) -> None:
    runs.server.set(faults=1.0, fault_kinds=["503"])
    runs.write("in.jsonl", batch(40))
    running = runs.start("--max-retries", "1000", "--in-flight", "4")
    until(lambda: len(runs.server.log()) >= 8)
    running.send_signal(signal.SIGTERM)
    runs.ended(running, 3)
    runs.server.set(faults=0.0)
    runs.run()
    runs.prove(ids_of(40))


def spoiled(runs: Runs, how: str) -> str:
    """What a run says whose output is spoiled in its middle."""
    runs.server.set(delay=[0.02, 0.05])
    runs.write("in.jsonl", batch(400))
    running = runs.start("--in-flight", "10")
    until(lambda: runs.output.exists() and runs.output.read_bytes().count(b"\n") >= 60)
    if how == "shortened":
        os.truncate(runs.output, 0)
    else:
        with runs.output.open("a") as file:
            file.write("from another program\n")
    return runs.ended(running, 3).stdout


def test_an_output_that_is_shortened_stops_the_run(runs: Runs) -> None:
    assert "out.jsonl was shortened by another program" in spoiled(runs, "shortened")
    asked = len(runs.server.log())
    assert asked < 400 and b"\0" not in runs.output.read_bytes()
    said = runs.run(status=2).stderr
    assert "the output has lost the answers of" in said
    runs.server.set(delay=[0, 0])
    runs.run("--rerun-changed")
    runs.prove(ids_of(400))


def test_an_output_that_others_append_to_stops_the_run(runs: Runs) -> None:
    assert "out.jsonl was written to by another program" in spoiled(runs, "appended")
    runs.server.set(delay=[0, 0])
    assert "lines that are none of this run's" in runs.run("--progress", "plain").stderr
    assert b"from another program" not in runs.output.read_bytes()
    assert b"from another program" in runs.output.with_name("out.jsonl.damaged").read_bytes()
    runs.prove(ids_of(400))


def test_an_output_shortened_after_the_last_answer_is_no_success(runs: Runs) -> None:
    runs.server.set(delay=[0, 0])
    runs.write("in.jsonl", [*batch(20), batch_line("slow", "SLOW BAD")])
    running = runs.start()
    until(lambda: runs.output.exists() and runs.output.read_bytes().count(b"\n") == 20)
    os.truncate(runs.output, 0)
    assert "shortened by another program" in runs.ended(running, 3).stdout
    assert runs.headway("status", "out.jsonl").stdout.startswith("stopped")


def test_a_removed_lock_file_lets_nobody_in(runs: Runs) -> None:
    runs.server.set(delay=[0.2, 0.3])
    runs.write("in.jsonl", batch(60))
    running = runs.start("--in-flight", "20")
    until(lambda: runs.output.exists() and runs.output.read_bytes().count(b"\n") >= 1)
    runs.output.with_name("out.jsonl.lock").unlink()
    for more in ([], ["--fresh"]):
        assert "another run is writing this output" in runs.run(*more, status=2).stderr
    assert runs.status()["running"]
    runs.ended(running, 0)
    assert len(runs.server.log()) == 60
    runs.prove(ids_of(60))


@pytest.mark.parametrize("name", ["out.jsonl.lock", "out.jsonl.rewrite", "out.errors.jsonl", "out.jsonl.journal"])
def test_an_input_with_the_name_of_a_run_s_own_file_is_not_touched(runs: Runs, name: str) -> None:
    file = runs.write(name, batch(3))
    before = file.read_bytes()
    assert name in runs.headway("run", name, "-o", "out.jsonl", status=2).stderr
    assert file.read_bytes() == before and runs.server.log() == []


def test_a_lock_file_that_is_another_s_is_not_touched(runs: Runs) -> None:
    runs.write("in.jsonl", batch(3))
    file = runs.write("out.jsonl.lock", ["mine"])
    assert "no lock of headway" in runs.run(status=2).stderr
    assert file.read_text() == "mine\n"


def test_an_output_that_is_no_file_is_refused(runs: Runs) -> None:
    runs.write("in.jsonl", batch(3))
    os.mkfifo(runs.folder / "pipe")
    for output in ("pipe", "/dev/stdout", "/dev/null"):
        assert "is no regular file" in runs.headway("run", "in.jsonl", "-o", output, status=2).stderr
    assert runs.server.log() == []


def test_a_rewritten_output_keeps_who_may_read_it(runs: Runs) -> None:
    runs.server.set(faults=1.0, fault_kinds=["400"])
    runs.write("in.jsonl", batch(10))
    runs.run("--max-retries", "0", "--max-failures", "100%", status=1)
    runs.server.set(faults=0.0)
    runs.errors.chmod(0o600)
    os.setxattr(runs.errors, "user.kept", b"yes")
    runs.headway("retry", "out.jsonl")
    runs.output.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(runs.output, 1234, 4321)
    runs.write("in.jsonl", batch(10, "other"))
    runs.run("--rerun-changed")
    assert stat.S_IMODE(runs.errors.stat().st_mode) == 0o600 and os.getxattr(runs.errors, "user.kept") == b"yes"
    facts = runs.output.stat()
    assert stat.S_IMODE(facts.st_mode) == 0o640
    assert os.geteuid() != 0 or (facts.st_uid, facts.st_gid) == (1234, 4321)
    runs.prove(ids_of(10))


@pytest.mark.parametrize("form", [[], ["--select", "text"], ["--format", "csv"]], ids=["batch", "text", "csv"])
@pytest.mark.parametrize("gone", [[0], [70], [0, 1, 70, 149]])
def test_lines_removed_by_hand_are_the_only_ones_lost(runs: Runs, gone: list[int], form: list[str]) -> None:
    runs.write("in.jsonl", batch(150))
    output = runs.folder / ("out.csv" if "csv" in form else "out.jsonl")
    command = ("run", "in.jsonl", "-o", output, *form, "--ordered")
    runs.headway(*command)
    header = 1 if "csv" in form else 0
    remove_lines(output, *(number + header for number in gone))
    said = runs.headway(*command, status=2).stderr
    assert f"the output has lost the answers of {len(gone)} finished row{'s' if len(gone) > 1 else ''}." in said
    runs.headway(*command, "--rerun-changed")
    assert sorted(runs.server.prompts()[150:]) == sorted(f"{PRIVATE}  q{number}" for number in gone)
    runs.prove(ids_of(150), output=output, same_order=True)


def test_lines_between_others_are_kept_in_a_copy(runs: Runs) -> None:
    runs.write("in.jsonl", batch(50))
    runs.run()
    lines = runs.output.read_bytes().splitlines(keepends=True)
    runs.output.write_bytes(b"".join([*lines[:10], b"a note of mine\n", *lines[11:]]))
    assert "the output has lost the answers of 1 finished row." in runs.run(status=2).stderr
    runs.run("--rerun-changed")
    assert len(runs.server.log()) == 51
    assert b"a note of mine" in runs.output.with_name("out.jsonl.damaged").read_bytes()
    assert b"a note of mine" not in runs.output.read_bytes()
    runs.prove(ids_of(50))


def test_a_hole_in_the_middle_is_found(runs: Runs) -> None:
    runs.write("in.jsonl", batch(50))
    runs.run()
    text = bytearray(runs.output.read_bytes())
    at = text.index(b"\n", len(text) // 2) + 20
    text[at:at + 30] = bytes(30)
    runs.output.write_bytes(text)
    assert "the output has lost the answers of 1 finished row." in runs.run(status=2).stderr
    runs.run("--rerun-changed")
    assert len(runs.server.log()) == 51
    runs.prove(ids_of(50))


def test_lines_put_back_are_found_again(runs: Runs) -> None:
    runs.write("in.jsonl", batch(20))
    runs.run()
    shutil.copy(runs.output, runs.folder / "backup")
    remove_lines(runs.output, 3, 4)
    runs.run("--keep-finished")
    shutil.copy(runs.folder / "backup", runs.output)
    runs.run()
    assert len(runs.server.log()) == 20
    runs.prove(ids_of(20))


@pytest.mark.parametrize("at", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999])
def test_a_damaged_journal_is_said_to_be_so(runs: Runs, at: float) -> None:
    """By every command that reads the damaged page; one that needs none of it is right all the same."""
    runs.write("in.jsonl", [*batch(600), batch_line("bad", "BAD")])
    runs.run(status=1)
    right = {"run": "600 of 601 done (600 before), 1 failed before", "status": "600 of 601\nfailed    1",
             "failures": runs.headway("failures", "out.jsonl").stdout}
    whole = runs.journal.read_bytes()
    place = 100 + int(at * (len(whole) - 200))
    if at == 0.999:
        place = len(whole) - 40  # the content of a page's first cell
    runs.journal.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1:])
    found = 0
    for command in (["run", "in.jsonl", "-o", "out.jsonl"], ["status", "out.jsonl"], ["failures", "out.jsonl"]):
        reading = runs.started(*command)
        out, said = reading.communicate(timeout=HANG_S)
        if reading.returncode == 2:
            found += 1
            assert "out.jsonl.journal is damaged. It may be moved away" in said, command
        else:
            assert right[command[0]] in out, (command, out, said)
    assert found == 3 or at not in (0.0, 0.999), "the first and the last page are read by all"
    runs.journal.unlink()
    runs.run(status=1)
    assert len(runs.server.log()) == 601
    runs.prove([*ids_of(600), "bad"])


def test_a_journal_that_others_have_looked_into_is_whole(runs: Runs) -> None:
    runs.write("in.jsonl", batch(400))
    runs.server.set(delay=[0.01, 0.03])
    runs.kill_after(100, "--in-flight", "10")
    looked = sqlite3.connect(runs.journal)  # the last to close it: writes the pages of the log into the file
    assert looked.execute("SELECT count(*) FROM rows").fetchone()[0] > 0
    looked.close()
    assert not runs.journal.with_name("out.jsonl.journal-wal").exists()
    assert runs.status()["done"] > 0
    runs.run()
    runs.prove(ids_of(400))


def settings_of(runs: Runs) -> dict:
    return json.loads(runs.journaled("SELECT value FROM settings WHERE key = 'run'")[0][0])


def planted(runs: Runs, **changes: object) -> None:
    """A run with a failed row, whose journal somebody has written settings into."""
    runs.write("in.jsonl", [batch_line("bad", "BAD"), *batch(3)])
    runs.run(status=1)
    settings = settings_of(runs)
    for name, value in changes.items():
        if name == "flags":
            settings["flags"].update(value)
        else:
            settings[name] = value
    journal = sqlite3.connect(runs.journal)
    journal.execute("UPDATE settings SET value = ? WHERE key = 'run'", [json.dumps(settings)])
    journal.commit()
    journal.close()
    pages = bytearray(runs.journal.read_bytes())
    for end in range(4096, len(pages) + 1, 4096):
        pages[end - 8:end] = bytes(8)  # no checksum, as of a program that knows of none
    runs.journal.write_bytes(pages)


def test_a_retry_goes_where_the_user_says(runs: Runs) -> None:
    planted(runs, base_url="http://127.0.0.1:9/v1")
    before = len(runs.server.log())
    said = runs.headway("retry", "out.jsonl", status=2).stderr
    assert "http://127.0.0.1:9/v1" in said and "--base-url" in said
    assert len(runs.server.log()) == before
    runs.headway("retry", "out.jsonl", "--base-url", runs.server.base_url, status=1)
    assert len(runs.server.log()) == before + 1


def test_a_retry_goes_to_the_environment_s_endpoint(runs: Runs) -> None:
    runs.write("in.jsonl", [batch_line("bad", "BAD"), *batch(3)])
    runs.run("--base-url", runs.server.base_url + "/", status=1)
    runs.headway("retry", "out.jsonl", status=1)
    assert len(runs.server.log()) == 5


@pytest.mark.parametrize("flags", [{"system": ["@/etc/hostname"]}, {"prompt": ["@/etc/hostname"]}, {"expect": ["@/etc/hostname"]},
                                   {"set": ["user=@/etc/hostname"]}], ids=lambda flags: next(iter(flags)))
def test_a_journal_has_no_file_read(runs: Runs, flags: dict) -> None:
    planted(runs, flags=flags)
    before = len(runs.server.log())
    assert "names a file to be read" in runs.headway("retry", "out.jsonl", status=2).stderr
    assert len(runs.server.log()) == before


def test_a_retry_has_the_texts_that_the_run_had(runs: Runs) -> None:
    runs.write("in.txt", [f"{PRIVATE} BAD", f"{PRIVATE} fine"])
    (runs.folder / "system.txt").write_text("@once\n")
    (runs.folder / "schema.json").write_text('{"type": "object"}\n')
    (runs.folder / "format.json").write_text('{"type": "text"}\n')
    command = ("run", "in.txt", "-o", "out.jsonl", "--system", "@system.txt", "--prompt", "{{line}} JSON", "--expect", "@schema.json",
               "--set", "response_format=@format.json")
    runs.headway(*command, status=1)
    for name in ("system.txt", "schema.json", "format.json"):
        (runs.folder / name).unlink()
    runs.headway("retry", "out.jsonl", status=1)
    log = runs.server.log()
    assert len(log) == 3 and log[2]["body"]["messages"][0]["content"] == "@once"
    assert log[2]["body"]["response_format"] == {"type": "text"}


def test_a_limit_of_file_sizes_stops_the_run(runs: Runs) -> None:
    runs.write("in.jsonl", batch(2000))
    limited = runs.start("--in-flight", "50", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)))
    assert "File too large" in runs.ended(limited, 3).stdout
    runs.run()
    runs.prove(ids_of(2000))


def test_no_memory_in_the_middle_stops_the_run(runs: Runs) -> None:
    runs.server.set(delay=[0.01, 0.03])
    runs.write("in.jsonl", batch(200))
    runs.environment["HEADWAY_FAULT"] = "row_ended:60:memory"
    assert "no more memory" in runs.run("--in-flight", "10", status=3).stdout
    del runs.environment["HEADWAY_FAULT"]
    assert runs.status()["in_doubt"] >= 1
    runs.run()
    runs.prove(ids_of(200))


def test_a_start_that_fails_sends_nothing_and_says_so(runs: Runs) -> None:
    runs.write("in.jsonl", batch(3))
    runs.run("--prompt", "@/", status=2)
    if os.geteuid() != 0:
        runs.run(status=2, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (1, 1)))
    deep = runs.folder
    while len(str(deep)) < 495:
        deep = deep / ("d" * min(200, 495 - len(str(deep))))
    deep.mkdir(parents=True)
    assert "SQLite takes" in runs.headway("run", "in.jsonl", "-o", deep / "out.jsonl", status=2).stderr
    assert runs.server.log() == []


def test_a_name_that_is_no_utf_8_spoils_no_report(runs: Runs) -> None:
    runs.write("in.jsonl", batch(3))
    running = runs.started("run", "in.jsonl", "-o", os.fsdecode(b"out\xff.jsonl"), "--json", "--report", "page.html", text=False)
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert json.loads(out.decode())["run"]["output"] == "out\ufffd.jsonl"
    (runs.folder / "page.html").read_text()


EVIL = "\x1b]0;title\x07\x9b31m\u202e\u2066end"


def harmless(text: str) -> bool:
    return not any(sign in text for sign in "\x1b\x07\x9b\u202e\u2066")


def test_names_of_files_do_nothing_to_a_terminal(runs: Runs) -> None:
    runs.write("in.jsonl", batch(2))
    done = runs.headway("run", "in.jsonl", "-o", f"{EVIL}.jsonl")
    assert harmless(done.stdout + done.stderr) and "end.jsonl" in done.stdout
    for command in (["status", f"{EVIL}.gone"], ["run", f"{EVIL}.gone", "-o", "x.jsonl"], [f"{EVIL}"]):
        assert harmless(runs.headway(*command, status=2).stderr)


def test_an_errors_file_does_nothing_to_a_terminal(runs: Runs) -> None:
    runs.write("in.jsonl", batch(2))
    runs.run()
    error = {"code": f"server{EVIL}", "message": f"said {EVIL}"}
    runs.errors.write_text(json.dumps({"custom_id": EVIL, "line": 1, "error": error}, ensure_ascii=False) + "\n")
    assert harmless(runs.headway("failures", "out.jsonl").stdout)


def test_an_answer_does_nothing_to_a_terminal(runs: Runs) -> None:
    def asked(*more: str) -> str:
        ours, theirs = pty.openpty()
        assert runs.started("ask", f"{PRIVATE} {EVIL}", *more, stdout=theirs).wait(timeout=60) == 0
        os.close(theirs)
        said = b""
        try:
            while piece := os.read(ours, 4096):
                said += piece
        except OSError:
            pass
        os.close(ours)
        return said.decode()

    assert harmless(asked()) and "end" in asked()
    piped = subprocess.run([runs.program, "ask", EVIL], env=os.environ | {"OPENAI_BASE_URL": runs.server.base_url,
                           "OPENAI_API_KEY": "k", "HEADWAY_MODEL": "m"}, stdout=subprocess.PIPE, check=True)
    assert EVIL in piped.stdout.decode(), "elsewhere it comes as it was"


def test_a_page_that_is_sent_to_others_has_no_prompt(runs: Runs) -> None:
    runs.write("in.txt", ["one"])
    flags = ("--prompt", "SECRET ONE {{line}}", "--system=SECRET TWO", "--set", 'user="SECRET THREE"', "--report", "page.html")
    runs.headway("run", "in.txt", "-o", "out.jsonl", *flags)
    page = (runs.folder / "page.html").read_text()
    assert "SECRET" not in page and "--report-prompts shows them" in page
    runs.headway("run", "in.txt", "-o", "out.jsonl", *flags, "--report-prompts")
    page = (runs.folder / "page.html").read_text()
    assert all(f"SECRET {word}" in page for word in ("ONE", "TWO", "THREE"))
    assert by_id(runs.output) and not lines_of(runs.errors)
