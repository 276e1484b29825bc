"""A run of a million rows that meets faults, 20 deaths of its server and 20 of its own: each row must end once.

    bench/soak_run.py build/release [ROWS]

The server is bench/soak.py's nginx, which fails one request in a hundred and notes each row that it answers. It is killed 20
times over the whole run and started again; `headway run` is killed (SIGKILL) 20 times in the first half, so that the second half
shows whether memory stays flat. Each row must have one record at the end (tests/e2e/run_checker.py), and none whose line was
there at a kill may be asked again. Prints the figures, and exits with 1 if something was lost, asked again, or grew.
"""
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import server
import soak

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/e2e"))
import run_checker  # noqa: E402

KILLS = 20
IN_FLIGHT = 500
# The body is read where it answers well: so the log knows whose answer it was.
HTTP = """
  map $request_body $row { "~row q(?<number>\\d+) " $number; default "-"; }
  log_format row '$row $status';
"""
LOG = "access_log answered.log row; echo_read_request_body; "


class Grown:
    """The whole lines that a file has got since it was last looked at."""

    def __init__(self, path: Path) -> None:
        self.path, self.offset = path, 0

    def lines(self) -> bytes:
        if not self.path.exists():
            return b""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self.offset += len(whole)
        return whole


class Nginx:
    def __init__(self, place: Path) -> None:
        self.place = place
        server.make_certificate(place)
        text = soak.configured("0.02% gone; ", HTTP, LOG)
        (place / "nginx.conf").write_text(text)
        self.port = soak.port_of(text, 1)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-p", f"{self.place}/", "-c", "nginx.conf"], cwd=self.place)
        server.wait_until_open(self.process, self.port)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


class Soak:
    def __init__(self, program: Path, place: Path, rows: int) -> None:
        self.program, self.place, self.rows = program, place, rows
        self.output = place / "out.jsonl"
        self.nginx = Nginx(place)
        self.outputs = [Grown(self.output), Grown(run_checker.errors_file(self.output))]
        self.log = Grown(place / "answered.log")
        self.there = bytearray(rows)      # rows whose lines were there when the run was last dead
        self.answered = bytearray(rows)   # times that the server answered each row well
        self.ended = 0                    # lines, as far as they were counted
        self.again: list[int] = []        # rows that were there, and asked again
        self.written: list[int] = []
        with (place / "in.jsonl").open("w") as file:
            for number in range(rows):
                body = {"model": "soak", "prompt": f"row q{number} of many"}
                file.write(json.dumps({"custom_id": f"q{number}", "method": "POST", "url": "/v1/completions", "body": body}) + "\n")

    def start(self, *more: str) -> "subprocess.Popen[str]":
        command = [str(self.program), "run", "in.jsonl", "-o", "out.jsonl", "--base-url", f"http://127.0.0.1:{self.nginx.port}/soak/v1",
                   "--in-flight", str(IN_FLIGHT), "--max-retries", "10", *more]
        return subprocess.Popen(command, cwd=self.place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def look(self) -> None:
        for file in self.outputs:
            found = [int(number) for number in re.findall(rb'"custom_id": "q(\d+)"', file.lines())]
            self.written += found
            self.ended += len(found)

    def look_at_the_dead(self) -> None:
        """What stands in the files while no run is alive."""
        self.look()
        seen = -1
        while seen != self.log.path.stat().st_size:  # what was in flight is noted as well
            seen = self.log.path.stat().st_size
            time.sleep(0.1)
        for number in map(int, re.findall(rb"^(\d+) 200$", self.log.lines(), re.MULTILINE)):
            self.answered[number] += 1
            if self.there[number]:
                self.again.append(number)
        for number in self.written:
            self.there[number] = 1
        self.written.clear()

    def until(self, rows: float, running: "subprocess.Popen[str]") -> None:
        while self.ended < rows and running.poll() is None:
            time.sleep(0.05)
            self.look()

    def kill_server(self) -> None:
        self.nginx.end()
        time.sleep(0.2)
        self.nginx.start()

    def first_half(self) -> None:
        """Killed 20 times, and its server ten times in between."""
        for kill in range(KILLS):
            running = self.start("--quiet")
            at = self.rows / 2 * (kill + 1) / KILLS
            if kill % 2:
                self.until(at - self.rows / 4 / KILLS, running)
                self.kill_server()
            self.until(at, running)
            running.kill()
            _, err = running.communicate()
            assert running.returncode == -9, f"exit status {running.returncode} before kill {kill + 1}: {err}"
            self.look_at_the_dead()

    def second_half(self) -> list[int]:
        """How much memory it had, in kB."""
        running = self.start("--quiet")
        sizes: list[int] = []
        points = [self.rows * (0.5 + 0.5 * nth / (KILLS // 2 + 1)) for nth in range(1, KILLS // 2 + 1)]
        while running.poll() is None:
            time.sleep(0.1)
            self.look()
            sizes.append(soak.resident_kb(running))
            if points and self.ended >= points[0]:
                points.pop(0)
                self.kill_server()
        _, err = running.communicate()
        assert running.returncode == 1 and not points, f"exit status {running.returncode}: {err}"
        self.look_at_the_dead()
        return sizes

    def play(self) -> bool:
        began = time.monotonic()
        self.first_half()
        sizes = self.second_half()
        took = time.monotonic() - began
        facts = run_checker.check(self.output, (f"q{number}" for number in range(self.rows)))
        early, late = soak.early_and_late(sizes)
        repeated = sum(count - 1 for count in self.answered if count > 1)
        kinds = Counter(re.findall(r'"error": {"code": "(\w+)"', run_checker.errors_file(self.output).read_text()))
        # A kill of the run puts up to three times what is in flight in doubt (docs/durability.md), one of the server what is.
        good = (not self.again and len(facts.done) + len(facts.failed) == self.rows and set(kinds) == {"protocol"}
                and kinds.total() == len(facts.failed) < 0.0035 * self.rows and late <= soak.MOST_GROWTH * early
                and repeated <= KILLS * 4 * IN_FLIGHT)
        print(f"{self.rows} rows in {took:.0f} s, killed {KILLS} times, its server {KILLS} times: {len(facts.done)} done, "
              f"failed {dict(kinds)}, each with one record; {len(self.again)} asked again whose line was there, "
              f"{repeated} answered twice that were in doubt; memory of the second half {early / 1024:.1f} MB, at its end "
              f"{late / 1024:.1f} MB{'' if good else '  <- not as it must be'}", flush=True)
        return good


def main() -> int:
    program = Path(sys.argv[1]).resolve() / "bin/headway"
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    with tempfile.TemporaryDirectory() as place:
        played = Soak(program, Path(place), rows)
        try:
            return 0 if played.play() else 1
        except run_checker.Broken as broken:
            print(broken)
            return 1
        finally:
            played.nginx.end()


if __name__ == "__main__":
    sys.exit(main())
