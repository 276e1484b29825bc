"""What the tests of `headway run` share: a folder, an endpoint, the program, and the proof at the end."""
import json
import os
import re
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import run_checker
from row_server import RowServer

Run = subprocess.CompletedProcess[str]
KEY = "sk-key-of-the-test"
PRIVATE = "PRIVATE"  # in every prompt: it may stand in outputs only


HANG_S = 120  # longer than all that ends takes on any machine


def until(true: Callable[[], Any], seconds: float = HANG_S) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.01)


def interrupt(running: subprocess.Popen[str], signal: int) -> None:
    """Sends the signal, and waits until the program has it: two at once are one to the kernel."""
    running.send_signal(signal)
    status = Path(f"/proc/{running.pid}/status")
    pending = re.compile(r"^S(?:ig|hd)Pnd:\s*(\w+)", re.MULTILINE)
    until(lambda: not any(int(mask, 16) >> (signal - 1) & 1 for mask in pending.findall(status.read_text())))


def ids_of(rows: int) -> list[str]:
    return [f"q{number}" for number in range(rows)]


def batch_line(custom_id: str, prompt: str, **body: Any) -> str:
    body = {"model": "m", "messages": [{"role": "user", "content": f"{PRIVATE} {prompt}"}], **body}
    return json.dumps({"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": body},
                      ensure_ascii=False)


def batch(rows: int, word: str = "") -> list[str]:
    return [batch_line(custom_id, f"{word} {custom_id}") for custom_id in ids_of(rows)]


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def by_id(path: Path) -> dict[str, dict[str, Any]]:
    return {line["custom_id"]: line for line in lines_of(path)}


def preloadable(source: str, folder: Path) -> Path:
    """A C file of this folder as a library that stands between a program and the C library."""
    library = (folder / source).with_suffix(".so")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, Path(__file__).with_name(source), "-ldl"], check=True)
    return library


@dataclass
class Runs:
    program: Path
    folder: Path
    server: RowServer
    environment: dict[str, str] = field(default_factory=dict)

    def preloaded(self, library: Path, **settings: int) -> "Runs":
        """The same with a library before the program, which reads its settings in the environment."""
        preload = {"LD_PRELOAD": str(library), "ASAN_OPTIONS": "verify_asan_link_order=0"}
        return replace(self, environment=preload | {name: str(value) for name, value in settings.items()})

    @property
    def output(self) -> Path:
        return self.folder / "out.jsonl"

    @property
    def errors(self) -> Path:
        return run_checker.errors_file(self.output)

    @property
    def journal(self) -> Path:
        return run_checker.journal_file(self.output)

    def write(self, name: str, lines: Iterable[str]) -> Path:
        path = self.folder / name
        path.write_text("".join(line + "\n" for line in lines))
        return path

    def started(self, *arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "HEADWAY_"))}
        ours = {"OPENAI_BASE_URL": self.server.base_url, "OPENAI_API_KEY": KEY, "HEADWAY_MODEL": "m"}
        settings = {"env": kept | ours | self.environment, "cwd": self.folder, "stdin": subprocess.DEVNULL,
                    "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        return subprocess.Popen([self.program, *map(str, arguments)], **settings)

    def ended(self, running: subprocess.Popen[str], status: int, given: str | None = None) -> Run:
        out, err = running.communicate(given, timeout=HANG_S)
        assert running.returncode == status, (running.returncode, out, err)
        assert KEY not in out + err
        asked_for = "not sent" in out or "'-'" in repr(running.args)  # a dry run's requests, or the answers on standard output
        assert PRIVATE not in err and (PRIVATE not in out or asked_for), "a prompt was shown"
        return Run(running.args, running.returncode, out, err)

    def headway(self, *arguments: str | Path, status: int = 0, given: str | None = None, **options: Any) -> Run:
        if given is not None:
            options["stdin"] = subprocess.PIPE
        return self.ended(self.started(*arguments, **options), status, given)

    def run(self, *arguments: str | Path, status: int = 0, **options: Any) -> Run:
        """`headway run in.jsonl -o out.jsonl` with these arguments besides."""
        return self.headway("run", "in.jsonl", "-o", "out.jsonl", *arguments, status=status, **options)

    def start(self, *arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
        return self.started("run", "in.jsonl", "-o", "out.jsonl", *arguments, **options)

    def report(self, *arguments: str | Path, status: int = 0) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.run(*arguments, "--json", status=status).stdout)
        return told

    def kill_after(self, rows: int, *arguments: str | Path) -> None:
        """A run that is killed when so many rows are in the output."""
        running = self.start(*arguments)
        until(lambda: self.output.exists() and self.output.read_bytes().count(b"\n") >= rows)
        running.kill()
        running.communicate()

    def status(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.headway("status", self.output, "--json").stdout)
        return told

    def journaled(self, query: str) -> list[tuple[Any, ...]]:
        database = sqlite3.connect(f"{self.journal.as_uri()}?mode=ro", uri=True)
        try:
            return database.execute(query).fetchall()
        finally:
            database.close()

    def prove(self, ids: Iterable[str] | None = None, *, output: Path | None = None, finished: bool = True,
              same_order: bool = False) -> run_checker.Facts:
        return run_checker.check(output or self.output, ids, finished=finished, same_order=same_order)
