"""headway.run_file, and the program that comes with the module."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import environment
from durable_runs import HANG_S, interrupt, until
from row_server import RowServer, row_server

import headway
from headway import _core
from headway.settings import RunSettings

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Files:
    """A folder with prompts, and an endpoint that is asked."""

    folder: Path
    server: RowServer

    def write(self, *prompts: str) -> Path:
        path = self.folder / "prompts.jsonl"
        path.write_text("".join(json.dumps({"text": prompt}) + "\n" for prompt in prompts))
        return path

    def run(self, *prompts: str, **flags: Any) -> headway.Report:
        given: dict[str, Any] = {"prompt": "{{text}}", "base_url": self.server.base_url, "model": "m", "progress": False} | flags
        return headway.run_file(self.write(*prompts), self.folder / "results.jsonl", **given)

    def answers(self) -> list[str]:
        lines = [json.loads(line) for line in (self.folder / "results.jsonl").read_text().splitlines()]
        return [line["response"]["body"]["choices"][0]["message"]["content"] for line in lines]


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    with row_server() as server:
        yield Files(tmp_path, server)


@pytest.fixture(autouse=True)
def handlers_are_left_as_they_were() -> Iterator[None]:
    before = [signal.getsignal(each) for each in SIGNALS]
    yield
    assert [signal.getsignal(each) for each in SIGNALS] == before


def test_a_run(files: Files, capfd: pytest.CaptureFixture[str]) -> None:
    report = files.run("a", "b", "c", ordered=True, in_flight=2, timeout=10.5, max_retries=None)
    assert files.answers() == ["You said: a", "You said: b", "You said: c"]
    assert report.ok and report.rows["done"] == report["rows"]["total"] == 3
    assert report.run["ended"] == "finished" and "3 of 3 done" in str(report)
    assert report.calls["attempts"] == 3 and report.calls["peak_in_flight"] == 2
    assert capfd.readouterr() == ("", "")
    with pytest.raises(AttributeError, match="colour"):
        _ = report.colour


def test_flags_go_into_the_requests(files: Files) -> None:
    form = {"type": "json_schema", "title": "日本語"}
    files.run("a", set={"response_format": form, "seed": 7}, system="-x=@y", max_tokens=5, temperature=0)
    body = files.server.log()[0]["body"]
    assert (body["response_format"], body["seed"], body["temperature"]) == (form, 7, 0)
    assert body["messages"][0] == {"role": "system", "content": "-x=@y"}


def test_a_schema_is_a_dict_or_a_file(files: Files) -> None:
    schema = {"type": "object", "properties": {"answer": {"const": 42}}}
    report = files.run("JSON", schema=schema, select="json")
    assert report.ok
    assert files.server.log()[-1]["body"]["response_format"]["json_schema"]["schema"] == schema
    (files.folder / "schema.json").write_text(json.dumps(schema))
    report = files.run("JSON", "LIST", schema=f"@{files.folder / 'schema.json'}", select="json", keep_finished=True)
    assert (report.rows["done"], report.answers["not_valid"]) == (0, 1)


def test_labels_are_counted(files: Files) -> None:
    report = files.run("LABEL good", "LABEL bad", "LABEL else", choices=["good", "bad", "unsure"], select="text")
    assert report.choices == {"good": 1, "bad": 1, "unsure": 0}
    assert report.answers["not_a_choice"] == 1


def test_every_setting_is_a_typed_keyword_and_in_the_help() -> None:
    table = {name: what for name, what in _core.run_settings().items() if name not in ("input", "output", "progress")}
    assert sorted(RunSettings.__annotations__) == sorted(table)
    types = {"": "bool", "UINT": "int", "INT": "int", "FLOAT": "float", "FILE": "Path"}
    for name, (takes, about) in table.items():
        wanted = types.get(takes.split(":")[0])
        assert wanted in (None, str(RunSettings.__annotations__[name].__forward_arg__).split(" | ")[0]), name
        assert about in str(headway.run_file.__doc__)


def test_a_schema_as_a_dict(files: Files) -> None:
    report = files.run("JSON a", "b", expect={"type": "object"})
    assert (report.rows["done"], report.rows["unusable"]) == (1, 1)


def test_columns_go_along(files: Files) -> None:
    files.run("a", columns=["text"], prompt="[{{text}}]", select="text")
    line = json.loads((files.folder / "results.jsonl").read_text())
    assert line["text"] == "You said: [a]" and line["columns"] == {"text": "a"}


def test_the_same_call_sends_nothing_again(files: Files) -> None:
    files.run("a", "b")
    report = files.run("a", "b", "c")
    assert sorted(files.server.prompts()) == ["a", "b", "c"]
    assert report.ok and report.rows["finished_before"] == 2 and report.rows["done"] == 1


def test_failed_rows_are_in_the_report(files: Files) -> None:
    report = files.run("a", "BAD")
    assert not report.ok and report.rows["failed"] == 1 and report.failed_by_kind == {"bad_request": 1}
    assert report.run["ended"] == "finished" and (files.folder / "results.errors.jsonl").exists()


def test_a_dry_run_sends_nothing(files: Files) -> None:
    report = files.run("a", dry_run=True)
    assert report.ok and dict(report) == {} and "POST" in str(report) and files.server.log() == []


def test_bad_rows_are_an_error_before_anything_is_sent(files: Files) -> None:
    with pytest.raises(headway.ConfigurationError, match=r"prompts.jsonl:2"):
        files.run("a", "")
    assert files.server.log() == []


@pytest.mark.parametrize(
    ("flags", "name"),
    [({"in_flght": 5}, "in_flght"), ({"ordered": "yes"}, "ordered"), ({"in_flight": True}, "in_flight")],
)
def test_wrong_keywords_are_type_errors(files: Files, flags: dict[str, Any], name: str) -> None:
    with pytest.raises(TypeError, match=name):
        files.run("a", **flags)


@pytest.mark.parametrize("flags", [{"in_flight": "many"}, {"budget": "20 apples"}, {"durability": "none"}])
def test_wrong_values_are_configuration_errors(files: Files, flags: dict[str, Any]) -> None:
    with pytest.raises(headway.ConfigurationError):
        files.run("a", **flags)
    assert files.server.log() == []


def test_progress_is_told(files: Files) -> None:
    told: list[dict[str, Any]] = []
    files.run("a", "SLOW", progress=told.append)
    assert len(told) > 2 and told[0]["rows_total"] == 2
    assert told[-1]["rows_done"] == 2 and told[-1]["rows_left"] == 0


def test_what_progress_raises_stops_the_run(files: Files) -> None:
    def refuse(figures: dict[str, Any]) -> None:
        if figures["rows_done"]:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        files.run(*map(str, range(20)), *(f"SLOW {n}" for n in range(20)), in_flight=5, progress=refuse)
    assert len(files.server.log()) < 40
    assert files.run(*map(str, range(20)), *(f"SLOW {n}" for n in range(20))).ok


def test_a_bar_in_the_way_of_tqdm(files: Files) -> None:
    class Bar:
        made: list["Bar"] = []

        def __init__(self, total: int, initial: int, unit: str) -> None:
            self.total, self.n, self.closed = total, initial, False
            Bar.made.append(self)

        def update(self, more: int) -> None:
            self.n += more

        def set_postfix(self, **figures: Any) -> None: ...

        def close(self) -> None:
            self.closed = True

    files.run("a")
    files.run("a", "b", "c", progress=Bar)
    (bar,) = Bar.made
    assert (bar.total, bar.n, bar.closed) == (3, 3, True)


def test_other_threads_go_on_and_may_run_files_too(files: Files, tmp_path: Path) -> None:
    reports: dict[str, headway.Report] = {}
    path = files.write("SLOW")

    def run(name: str) -> None:
        reports[name] = headway.run_file(
            path, tmp_path / name, prompt="{{text}}", base_url=files.server.base_url, model="m", progress=False
        )

    threads = [threading.Thread(target=run, args=(name,)) for name in ("one.jsonl", "two.jsonl")]
    for thread in threads:
        thread.start()
    until(lambda: len(files.server.log()) == 2)
    for thread in threads:
        thread.join()
    assert all(report.ok for report in reports.values()) and len(reports) == 2


RUN = """
import headway, sys, threading
def run():
    return headway.run_file(sys.argv[1], sys.argv[2], prompt="{{text}}", in_flight=1, progress=False)
"""


def started(files: Files, text: str, *prompts: str) -> subprocess.Popen[str]:
    """A program that runs them, when it has sent the first, which is answered when the test lets it."""
    files.server.set(held=True)
    program = subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", RUN + text, files.write(*prompts), files.folder / "results.jsonl"],
        env=environment(files.server.base_url), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(files.server.log)
    return program


def test_ctrl_c_lets_end_what_is_in_flight(files: Files) -> None:
    program = started(files, "try: run()\nexcept KeyboardInterrupt: print('interrupted')", "a", "b")
    interrupt(program, signal.SIGINT)
    files.server.set(held=False)
    assert program.communicate(timeout=HANG_S) == ("interrupted\n", "")
    assert files.answers() == ["You said: a"]
    assert files.run("a", "b").ok and files.server.prompts() == ["a", "b"]


def test_ctrl_c_reaches_the_main_thread_from_a_run_in_another(files: Files) -> None:
    text = """
reports = []
thread = threading.Thread(target=lambda: reports.append(run()))
thread.start()
try: thread.join()
except KeyboardInterrupt: print("interrupted")
thread.join()
print(reports[0].run["ended"], reports[0].ok)
"""
    program = started(files, text, "a", "b")
    interrupt(program, signal.SIGINT)
    files.server.set(held=False)
    assert program.communicate(timeout=HANG_S) == ("interrupted\ninterrupted False\n", "")


def test_sigterm_ends_the_process_after_the_run(files: Files) -> None:
    program = started(files, "run()", "a", "b")
    interrupt(program, signal.SIGTERM)
    files.server.set(held=False)
    program.communicate(timeout=HANG_S)
    assert program.returncode == -signal.SIGTERM and files.answers() == ["You said: a"]


def test_a_users_handler_has_its_turn(files: Files) -> None:
    text = "import signal\nsignal.signal(signal.SIGINT, lambda *_: print('mine'))\nprint(run().run['ended'])"
    program = started(files, text, "a", "b")
    interrupt(program, signal.SIGINT)
    files.server.set(held=False)
    assert program.communicate(timeout=HANG_S) == ("mine\ninterrupted\n", "")


def program(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "headway", *arguments],
        env=environment("http://127.0.0.1:9") | variables, capture_output=True, text=True, timeout=HANG_S,
    )  # fmt: skip


def test_the_program(files: Files) -> None:
    assert program("--version").stdout == f"headway {headway.__version__}\n"
    refused = program("run")
    assert refused.returncode == 2 and "input is required" in refused.stderr
    done = program("run", str(files.write("a")), "-o", str(files.folder / "results.jsonl"), "--prompt", "{{text}}",
                   OPENAI_BASE_URL=files.server.base_url)  # fmt: skip
    assert done.returncode == 0 and files.answers() == ["You said: a"], done.stderr
    assert "done      1" in program("status", str(files.folder / "results.jsonl")).stdout


def test_ctrl_c_ends_the_program(files: Files) -> None:
    files.server.set(held=True)
    asking = subprocess.Popen(
        [sys.executable, "-m", "headway", "ask", "a"], env=environment(files.server.base_url), stdout=subprocess.PIPE
    )
    until(files.server.log)
    asking.send_signal(signal.SIGINT)
    asking.communicate(timeout=HANG_S)
    assert asking.returncode == -signal.SIGINT
