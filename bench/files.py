"""A file of prompts in, a file of answers out: `headway run` beside what users would otherwise take, on the same rows."""
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clients import CACHE, HERE
from server import Server

NAME = "files of rows, 64 in flight"
ROW_BYTES = 300
IN_FLIGHT = 64
ROWS, FEWER_ROWS, SLOW_ROWS = 1_000_000, 100_000, 2_000
LIMIT_S = 600
STARTS = 5  # of which the median counts
PLACE = CACHE / "files"
TEXT = "The quick brown fox jumps over the lazy dog. " * 10

Run = Callable[[list[str], int], dict]  # what the operating system says that a command cost


@dataclass
class FileRow:
    client: str
    rows: str
    count: int
    note: str = ""
    answered: int = 0
    seconds: float | None = None
    cpu_us: float | None = None  # a row, less what one row takes
    cpu_ratio: float | None = None  # to headway bench's a call
    peak_mb: float | None = None


@dataclass
class Start:
    client: str
    what: str
    seconds: float


def filled(row: dict, put: Callable[[dict, str], None]) -> str:
    """The row as a line of ROW_BYTES with its end."""
    put(row, "")
    put(row, TEXT[:ROW_BYTES - 1 - len(json.dumps(row))])
    return json.dumps(row) + "\n"


def batch_line(n: int) -> str:
    row = {"custom_id": f"row-{n:07}", "method": "POST", "url": "/v1/completions", "body": {"model": "bench", "prompt": ""}}
    return filled(row, lambda row, text: row["body"].update(prompt=text))


def json_line(n: int) -> str:
    return filled({"id": n, "text": ""}, lambda row, text: row.update(text=text))


LINES = {"Batch lines": batch_line, "JSON lines": json_line}


def input_file(kind: str, count: int) -> Path:
    path = PLACE / f"{kind.split()[0].lower()}-{count}.jsonl"
    if not path.exists():
        with path.open("w") as file:
            file.writelines(map(LINES[kind], range(count)))
    return path


def clear(output: Path) -> None:
    for path in output.parent.glob(output.name + "*"):
        path.unlink()
    for path in output.parent.glob(output.stem + ".errors*"):
        path.unlink()


def lines_in(path: Path) -> int:
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))


def time_to_first_call(command: Callable[[str], list[str]], environment: dict[str, str]) -> float:
    """From the start of the program to its first request, which is not answered."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LIMIT_S)
        began = time.monotonic()
        process = subprocess.Popen(command(f"http://127.0.0.1:{listener.getsockname()[1]}/v1"), env=environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            connection, _ = listener.accept()
            connection.settimeout(LIMIT_S)
            with connection:
                connection.recv(1)
            return time.monotonic() - began
        finally:
            process.kill()
            process.wait()


class FileRuns:
    def __init__(self, server: Server, build: Path, quick: bool, environment: dict[str, str], run: Run,
                 only: str | None) -> None:
        self.server, self.environment, self.run, self.only = server, environment, run, only or ""
        self.headway = str(build / "bin/headway")
        self.scale = 20 if quick else 1
        self.rows: list[FileRow] = []
        self.starts: list[Start] = []
        shutil.rmtree(PLACE, ignore_errors=True)
        PLACE.mkdir(parents=True)
        self.output = PLACE / "answers.jsonl"

    def headway_run(self, kind: str, http: str = "2") -> Callable[[str, Path], list[str]]:
        template = ["--completions", "--model", "bench", "--prompt", "Summarise: {{text}}"] if kind == "JSON lines" else []
        return lambda url, rows: [self.headway, "run", str(rows), "-o", str(self.output), "--base-url", url, "--http", http,
                                  "--in-flight", str(IN_FLIGHT), "--quiet", *template]

    def peer(self, name: str) -> Callable[[str, Path], list[str]]:
        python = str(CACHE / "venv/bin/python")
        return lambda url, rows: [python, str(HERE / f"peers/{name}.py"), url, str(rows), str(self.output), str(IN_FLIGHT)]

    def cpu_s(self, command: list[str]) -> float:
        clear(self.output)
        return self.run(command, LIMIT_S)["cpu_s"]

    def measure_bench(self) -> None:
        """What others are compared to: the calls alone."""
        def command(calls: int) -> list[str]:
            return [self.headway, "bench", "--json", "--model", "bench", "--base-url", self.server.http2 + "/d0/v1",
                    "--http", "2", "--calls", str(calls), "--in-flight", str(IN_FLIGHT)]

        row = FileRow("headway bench, h2c", "none: calls alone", ROWS // self.scale, answered=ROWS // self.scale)
        print(f"  {NAME}: {row.client}", file=sys.stderr, flush=True)
        start = self.cpu_s(command(1))
        self.fill(row, self.run(command(row.count), LIMIT_S), start)

    def measure(self, client: str, kind: str, count: int, base_url: str, command: Callable[[str, Path], list[str]]) -> None:
        if self.only not in client:
            return
        row = FileRow(client, kind, max(100, count // self.scale))
        print(f"  {NAME}: {client}, {row.count:,} {kind}", file=sys.stderr, flush=True)
        start = self.cpu_s(command(base_url, input_file(kind, 1)))
        clear(self.output)
        cost = self.run(command(base_url, input_file(kind, row.count)), LIMIT_S)
        row.answered = lines_in(self.output)
        if cost["timed_out"]:
            row.note = f"did not finish in {LIMIT_S} s"
        elif row.answered != row.count:
            row.note = f"ended with status {cost['exit']}"
        self.fill(row, cost, start)

    def fill(self, row: FileRow, cost: dict, start_s: float) -> None:
        row.seconds, row.peak_mb = cost["process_wall_s"], cost["peak_mb"]
        row.cpu_us = max(0.0, cost["cpu_s"] - start_s) * 1e6 / max(1, row.answered)
        self.rows.append(row)
        row.cpu_ratio = row.cpu_us / self.rows[0].cpu_us
        time.sleep(0.5)

    def measure_starts(self) -> None:
        ten = input_file("JSON lines", 10)
        headway = self.headway_run("JSON lines", "1.1")
        for client, command in [("headway run", headway), ("LangChain abatch", self.peer("langchain_file")),
                                ("cookbook", self.peer("cookbook_file"))]:
            if self.only not in client:
                continue
            times = []
            for _ in range(STARTS):
                clear(self.output)
                times.append(time_to_first_call(lambda url: command(url, ten), self.environment))
            self.starts.append(Start(client, "a file of 10 rows", sorted(times)[STARTS // 2]))

    def measure_resume(self) -> None:
        """The rows of the last run but the last tenth of them are finished; then the whole file again."""
        rows, kind = ROWS // self.scale, "Batch lines"
        done = rows * 9 // 10
        command = self.headway_run(kind)
        clear(self.output)
        self.run([*command(self.server.http2 + "/d0/v1", input_file(kind, rows)), "--limit", str(done)], LIMIT_S)
        if lines_in(self.output) != done:
            raise RuntimeError("the run that is to be resumed did not finish")
        resume = self.headway_run(kind, "1.1")
        seconds = time_to_first_call(lambda url: resume(url, input_file(kind, rows)), self.environment)
        self.starts.append(Start("headway run", f"resume, {done:,} of {rows:,} rows finished", seconds))

    def measure_all(self) -> None:
        http1, http2 = self.server.http1 + "/d0/v1", self.server.http2 + "/d0/v1"
        self.measure_bench()
        for kind in LINES:
            for count in (FEWER_ROWS, ROWS):
                self.measure("headway run, h2c", kind, count, http2, self.headway_run(kind))
        self.measure("LangChain abatch", "JSON lines", SLOW_ROWS, http1, self.peer("langchain_file"))
        self.measure("cookbook", "JSON lines", 5 * SLOW_ROWS, http1, self.peer("cookbook_file"))
        self.measure_starts()
        if self.only in "headway run":
            self.measure_resume()
        shutil.rmtree(PLACE)
