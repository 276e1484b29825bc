"""Measures all clients on one server in one run; prints a table and writes JSON. Started by bench/run, which installs
what is needed."""
import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import files
import report
import server as nginx
from clients import CACHE, HERE, Answers, Client, Task, all_clients
from report import Row

LIMIT_S = 120  # a client that is not done by then is killed, and the table says so


@dataclass
class Case:
    name: str
    path: str
    in_flight: int
    calls: int | None = None  # nothing: each client's own count
    stream: bool = False
    protocols: tuple[str, ...] = ()  # none named: all

    def events(self) -> int:
        return nginx.STREAMED_EVENTS if self.stream else 1


CASES = [
    Case("answers at once, 64 in flight", "/d0/v1", 64),
    Case("answers at once, 256 in flight", "/d0/v1", 256, protocols=("h2c", "h2 TLS")),
    Case("answers at once, 1,000 in flight", "/d0/v1", 1_000, protocols=("h2c", "h2 TLS")),
    Case("1 s answers, 1,000 in flight", "/d1000/v1", 1_000, 1_000),
    Case("1 s answers, 10,000 in flight", "/d1000/v1", 10_000, 10_000),
    Case("1 s answers, 50,000 in flight", "/d1000/v1", 50_000, 50_000),
    Case("1 s answers, 100,000 in flight", "/d1000/v1", 100_000, 100_000),
    Case(f"1,000 streams of {nginx.STREAMED_EVENTS} events", "/stream/v1", 1_000, 1_000, stream=True),
]
QUICK_CASES = [
    Case("answers at once, 64 in flight", "/d0/v1", 64),
    Case("1 s answers, 200 in flight", "/d1000/v1", 200, 200),
    Case(f"100 streams of {nginx.STREAMED_EVENTS} events", "/stream/v1", 100, 100, stream=True),
]


def run(command: list[str], build: Path, environment: dict[str, str], limit_s: int = LIMIT_S) -> tuple[dict, str, str]:
    """What the operating system says that it cost, and its two outputs."""
    with tempfile.NamedTemporaryFile(dir=CACHE, suffix=".json") as figures:
        measured = [str(build / "bin/bench/bench_measure"), figures.name, str(limit_s), *command]
        done = subprocess.run(measured, env=environment, capture_output=True, text=True, cwd=CACHE)
        return json.loads(Path(figures.name).read_text()), done.stdout, done.stderr


def is_measured(client: Client, case: Case) -> bool:
    if case.stream and not client.streams or not case.stream and not client.whole:
        return False
    if case.protocols and client.protocol not in case.protocols:
        return False
    return case.in_flight <= client.max_in_flight


class Comparison:
    def __init__(self, server: nginx.Server, build: Path, quick: bool) -> None:
        self.server, self.build, self.quick = server, build, quick
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("OPENAI_", "LANGCHAIN_", "LANGSMITH_"))}
        self.environment = kept | {"SSL_CERT_FILE": str(server.ca_file), "PYTHONDONTWRITEBYTECODE": "1",
                                   "PYTHONPATH": str(build / "python")}
        self.starts: dict[tuple[str, str], dict] = {}
        self.rows: list[Row] = []

    def start_of(self, client: Client) -> dict:
        """What the client costs with one call: what its program and its libraries take to start."""
        key = (client.name, client.protocol)
        if key not in self.starts and client.runs_for_a_time:
            self.starts[key] = {"cpu_s": 0.0, "peak_mb": 0.0}
        if key not in self.starts:
            one = Task(client.base_url(self.server) + "/d0/v1", 1, 1, False)
            if not client.whole:
                one = Task(client.base_url(self.server) + "/stream/v1", 1, 1, True)
            self.starts[key], _, _ = run(client.command(one), self.build, self.environment)
        return self.starts[key]

    def calls(self, client: Client, case: Case) -> int:
        count = case.calls or client.quick_calls
        return max(64, count // 10) if self.quick and case.calls is None else count

    def measure(self, client: Client, case: Case) -> Row:
        row = Row(case.name, case.in_flight, client.name, client.protocol, note=client.skip)
        if client.skip:
            return row
        start = self.start_of(client)
        task = Task(client.base_url(self.server) + case.path, self.calls(client, case), case.in_flight, case.stream)
        cost, out, err = run(client.command(task), self.build, self.environment)
        if cost["timed_out"]:
            row.note = f"did not finish in {LIMIT_S} s"
            return row
        try:
            answers = client.answers(out, err, task)
        except (ValueError, IndexError, KeyError):
            row.note = "failed: " + (err.strip().splitlines() or ["no word"])[-1][:100]
            return row
        if client.allows < case.in_flight:
            row.in_flight = client.allows
            row.note = f"no more than {client.allows:,} in flight"
        self.fill(row, case, answers, cost, start)
        if answers.failed:
            row.note = f"{answers.failed} failed"
        return row

    def fill(self, row: Row, case: Case, answers: Answers, cost: dict, start: dict) -> None:
        row.ok, row.failed, row.wall_s, row.peak_mb = answers.ok, answers.failed, answers.wall_s, cost["peak_mb"]
        done = answers.ok + answers.failed
        if done:
            row.cpu_us = max(0.0, cost["cpu_s"] - start["cpu_s"]) * 1e6 / done / case.events()
        if case.calls:
            row.kb_in_flight = max(0.0, cost["peak_mb"] - start["peak_mb"]) * 1024 / row.in_flight

    def measure_files(self, only: str | None) -> files.FileRuns:
        def cost(command: list[str], limit_s: int) -> dict:
            return run(command, self.build, self.environment, limit_s)[0]

        runs = files.FileRuns(self.server, self.build, self.quick, self.environment, cost, only)
        runs.measure_all()
        return runs

    def measure_case(self, case: Case, clients: list[Client]) -> None:
        limits: dict[str, Row] = {}  # the first of each protocol
        for client in clients:
            if not is_measured(client, case):
                continue
            print(f"  {case.name}: {client.name}, {client.protocol}", file=sys.stderr, flush=True)
            row = self.measure(client, case)
            if client.is_limit and not row.note:
                limits.setdefault(client.protocol, row)
            self.compare(row, limits.get(client.protocol))
            self.rows.append(row)
            time.sleep(0.5)  # the server closes what the last one left

    @staticmethod
    def compare(row: Row, limit: Row | None) -> None:
        if limit and limit.cpu_us and row.cpu_us is not None:
            row.cpu_ratio = row.cpu_us / limit.cpu_us
        if limit and limit.wall_s and row.wall_s:
            row.wall_ratio = row.wall_s / limit.wall_s


def version(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return "none"
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else "unknown"


def machine() -> dict:
    model = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    memory = next(line.split()[1] for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return {
        "processors": os.cpu_count(), "processor": model[0] if model else platform.machine(),
        "memory_gb": round(int(memory) / 2**20, 1), "kernel": platform.release(),
        "nginx": version("/usr/sbin/nginx", "-v"), "h2load": version("h2load", "--version"), "wrk": version("wrk", "-v"),
        "Python": platform.python_version(), "Node": version("node", "--version"), "Go": version("go", "version"),
        "date": time.strftime("%Y-%m-%d"),
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/run", description="headway beside what users would otherwise take")
    parser.add_argument("--quick", action="store_true", help="small cases, a few minutes: is everything still there?")
    parser.add_argument("--only", metavar="NAME", help="clients whose name contains it, and the limits")
    parser.add_argument("--case", metavar="TEXT", help="cases whose name contains it")
    parser.add_argument("--build", type=lambda text: Path(text).resolve(), required=True, help=argparse.SUPPRESS)
    parser.add_argument("--go-missing", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    clients = all_clients(options.build, options.go_missing)
    if options.only:
        clients = [client for client in clients if client.is_limit or options.only in client.name]
    cases = [case for case in (QUICK_CASES if options.quick else CASES) if not options.case or options.case in case.name]
    server = nginx.start(CACHE / "nginx")
    comparison = Comparison(server, options.build, options.quick)
    file_runs = None
    results = HERE / "results" / f"{'quick' if options.quick else 'full'}.json"
    results.parent.mkdir(exist_ok=True)
    here = machine()
    try:
        for case in cases:
            comparison.measure_case(case, clients)
            # After each case, so that what was measured is not lost if the rest is interrupted.
            rows = [asdict(row) for row in comparison.rows]
            results.write_text(json.dumps({"machine": here, "rows": rows}, indent=1))
        if not options.case or options.case in files.NAME:
            file_runs = comparison.measure_files(options.only)
            found = {"files": [asdict(row) for row in file_runs.rows], "starts": [asdict(start) for start in file_runs.starts]}
            rows = [asdict(row) for row in comparison.rows]
            results.write_text(json.dumps({"machine": here, "rows": rows} | found, indent=1))
    finally:
        server.stop()
    print(report.text(here, comparison.rows))
    if file_runs:
        print(report.files_text(file_runs))
    print(f"\nwritten: {results}", file=sys.stderr)


if __name__ == "__main__":
    main()
