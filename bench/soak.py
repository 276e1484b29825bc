"""A million calls, one in a hundred of which meets a fault: each must end once, and memory must stay flat.

    bench/soak.py build/release [CALLS]

The server is nginx, as in bench/run. Of its answers 0.25 % each are a 429, a 503, a 500, and JSON that breaks off; over
HTTP/1.1 another 0.02 % are no answer but a closed connection. Half of the calls go over each protocol. Prints a line for
each and exits with 1 if a call is lost, ends otherwise than it must, or memory grows.
"""
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import server

FATES = """
  split_clients "$request_id" $fate {{ 0.25% refused; 0.25% busy; 0.25% broken; 0.25% cut; {gone}* fine; }}
"""
LOCATIONS = """
    location = /soak/v1/completions {{ rewrite ^ /soak/$fate last; }}
    location = /soak/refused {{ internal; return 429 '{{}}'; }}
    location = /soak/busy {{ internal; return 503 '{{}}'; }}
    location = /soak/broken {{ internal; return 500 '{{}}'; }}
    location = /soak/cut {{ internal; default_type application/json; return 200 '{{"choices": ['; }}
    location = /soak/gone {{ internal; return 444; }}
    location = /soak/fine {{ internal; default_type application/json; {fine} }}
"""
IN_FLIGHT = 500
MOST_GROWTH = 1.1


def configured(gone: str, before: str = "", log: str = "") -> str:
    """bench/server.py's configuration with these fates; `before` stands before its servers, `log` where it answers well."""
    text = server.configuration(server.free_ports(3), 20_000)
    locations = LOCATIONS.format(fine=log + server.echo(json.dumps(server.ANSWER)))
    text = text.replace("  server {", FATES.format(gone=gone) + before + "  server {", 1)
    return text.replace("    location", locations + "    location", 1)


def port_of(configuration: str, nth: int) -> int:
    return int(configuration.split("listen 127.0.0.1:")[nth].split()[0].rstrip(";"))


def resident_kb(process: subprocess.Popen[str]) -> int:
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def early_and_late(sizes: list[int]) -> tuple[float, float]:
    """Medians of the second quarter and of the last."""
    sizes = [size for size in sizes if size > 0]
    quarter = max(1, len(sizes) // 4)
    return statistics.median(sizes[quarter : 2 * quarter]), statistics.median(sizes[-quarter:])


def soak(program: Path, base_url: str, http: str, calls: int) -> bool:
    command = [program, "bench", "--base-url", base_url, "--model", "soak", "--calls", str(calls), "--in-flight",
               str(IN_FLIGHT), "--max-retries", "10", "--http", http, "--json"]
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    sizes = []
    while process.poll() is None:
        sizes.append(resident_kb(process))
        time.sleep(0.25)
    assert process.stdout is not None
    report = json.loads(process.stdout.read())
    early, late = early_and_late(sizes)
    kinds = report["failed_by_kind"]
    good = (report["ok"] + report["failed"] == calls and set(kinds) <= {"protocol"}
            and 0.0015 * calls < report["failed"] < 0.0035 * calls and late <= MOST_GROWTH * early)
    print(f"HTTP/{http}: {calls} calls in {report['wall_s']:.0f} s: {report['ok']} ok, failed {kinds}, "
          f"{report['retries']} sent again; memory {early / 1024:.1f} MB, at the end {late / 1024:.1f} MB"
          f"{'' if good else '  <- not as it must be'}", flush=True)
    return good


def main() -> int:
    program = Path(sys.argv[1]).resolve() / "bin/headway"
    calls = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    good = True
    for http, gone in (("1.1", "0.02% gone; "), ("2", "")):
        with tempfile.TemporaryDirectory() as place:
            server.make_certificate(Path(place))
            text = configured(gone)
            (Path(place) / "nginx.conf").write_text(text)
            port = port_of(text, 1 if http == "1.1" else 2)
            process = subprocess.Popen(["/usr/sbin/nginx", "-p", place + "/", "-c", "nginx.conf"], cwd=place)
            try:
                server.wait_until_open(process, port)
                good = soak(program, f"http://127.0.0.1:{port}/soak/v1", http, calls // 2) and good
            finally:
                process.terminate()
                process.wait(timeout=30)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
