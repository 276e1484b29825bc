"""OpenAI's SDK with its own transport and with headway's, beside each other: bench/openai_sdk/run starts it.

The server is nginx: its log says how many requests came and how many it refused. Prints the table of docs/bench.md.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "bench"))
import server  # noqa: E402

RATE, BURST = 600, 20  # requests a minute; those that may come at once


@dataclass
class Case:
    name: str
    calls: int
    in_flight: int
    ways: tuple[str, ...]
    latency_s: float
    rpm: tuple[str, ...] = ()  # what headway is told; nginx holds that limit
    rounds: int = 1            # each way in turn; the least CPU counts, as a busy machine only adds


SDK, HTTPX = ("sdk", "sdk+headway"), ("httpx", "httpx+headway")
CASES = [
    Case("httpx alone, answers at once, 64 in flight", 4_000, 64, HTTPX, 0, rounds=3),
    Case("SDK, answers at once, 64 in flight", 2_000, 64, SDK, 0, rounds=3),
    Case("SDK, 1 s answers, 2,000 in flight", 2_000, 2_000, SDK, 1, rounds=2),
    Case("SDK, 900 calls, 600 a minute", 900, 900, SDK, 0.01, (str(RATE),)),
]


def configuration(case: Case, port: int) -> str:
    wait = f"echo_sleep {case.latency_s};" if case.latency_s else ""
    zone = f"limit_req_zone $server_port zone=calls:1m rate={RATE}r/m;" if case.rpm else ""
    limit = f"limit_req zone=calls burst={BURST} nodelay; limit_req_status 429;" if case.rpm else ""
    return f"""
load_module {server.MODULE};
daemon off; master_process off; pid nginx.pid; error_log stderr crit;
worker_rlimit_nofile 8192;
events {{ worker_connections 8000; }}
http {{
  log_format status '$status'; access_log answered.log status;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  keepalive_requests 1000000;
  {zone}
  server {{
    listen 127.0.0.1:{port} backlog=65535;
    default_type application/json;
    location = /v1/chat/completions {{ {limit} {wait} {server.echo(json.dumps(server.CHAT_ANSWER))} }}
  }}
}}
"""


@contextmanager
def served(case: Case) -> Iterator[tuple[str, Path]]:
    """Its base URL, and its log."""
    with tempfile.TemporaryDirectory() as place:
        port = server.free_ports(1)[0]
        Path(place, "nginx.conf").write_text(configuration(case, port))
        process = subprocess.Popen(["/usr/sbin/nginx", "-p", place, "-c", "nginx.conf"])
        try:
            server.wait_until_open(process, port)
            yield f"http://127.0.0.1:{port}/v1", Path(place, "answered.log")
        finally:
            process.terminate()
            process.wait(timeout=30)


def measured(case: Case, way: str, python: str, build: Path) -> dict[str, float]:
    with served(case) as (base_url, log):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
        command = [python, str(HERE / "client.py"), base_url, str(case.calls), str(case.in_flight), way]
        told = case.rpm if way.endswith("headway") else ()
        done = subprocess.run([*command, *told], env=kept | {"PYTHONPATH": str(build / "python")},
                              stdout=subprocess.PIPE, text=True, timeout=600, check=True)
        statuses = Counter(log.read_text().split())
    return json.loads(done.stdout) | {"refused": statuses["429"], "sent": sum(statuses.values())}


def line(case: str, way: str, figures: dict[str, float], cpu_of_first: float) -> str:
    return (f"| {case} | {way} | {figures['wall_s']:.1f} | {figures['cpu_us']:.0f} | {figures['cpu_us'] / cpu_of_first:.2f} "
            f"| {figures['peak_mb']:.0f} | {figures['sent']} | {figures['refused']} | {figures['lost']} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--case", default="", help="those whose name contains it")
    arguments = parser.parse_args()
    print("| case | way | seconds | CPU µs a call | × | peak MB | sent | refused | lost |\n|---|---|--:|--:|--:|--:|--:|--:|--:|")
    for case in CASES:
        if arguments.case not in case.name:
            continue
        rounds = [{way: measured(case, way, arguments.python, arguments.build) for way in case.ways} for _ in range(case.rounds)]
        best = {way: min((each[way] for each in rounds), key=lambda figures: figures["cpu_us"]) for way in case.ways}
        for way, figures in best.items():
            print(line(case.name, way, figures, best[case.ways[0]]["cpu_us"]), flush=True)


main()
