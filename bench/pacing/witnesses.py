"""headway's pacing beside others' on servers that nobody here wrote: bench/pacing/witnesses starts it.

A case is a server with its fault or limit, and so many calls, 50 in flight. What each client was answered is counted by the
server, not by the client: nginx's log, aimock's journal. Prints a line for each, and the table of docs/pacing.md.
"""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import server  # noqa: E402

CACHE = ROOT / "bench/.cache"
IN_FLIGHT = 50
BURST = 20
LONGEST_S = 120


@dataclass
class Case:
    name: str
    rows: int
    flags: tuple[str, ...] = ()  # of headway: what it is told
    http: str = ""               # nginx's, in its http section
    limit: str = ""              # nginx's, where it answers
    chaos: tuple[str, ...] = ()  # aimock's flags; none: nginx
    litellm: str = ""            # what LiteLLM's proxy allows a minute of the clock; half a minute of the first one is over
    latency_s: float = 0.05
    ideal_s: float | None = None  # of who knows all, where the case has a limit


def random_faults(**shares: float) -> str:
    fates = " ".join(f"{100 * share:g}% {fate.removeprefix('s')};" for fate, share in shares.items())
    return f'split_clients "$request_id" $fate {{ {fates} * 200; }}'


def limited(name: str, how: str, told: bool, latency_s: float, rows: int = 200) -> Case:
    return Case(f"limit_req 600r/m, burst {BURST}, {how or 'delayed'}, {latency_s:g} s, {'told' if told else 'silent'}", rows,
                ("--rpm", "600") if told else (), "limit_req_zone $server_port zone=calls:1m rate=600r/m;",
                f"limit_req zone=calls burst={BURST} {how}; limit_req_status 429;", latency_s=latency_s,
                ideal_s=(rows - BURST) / 10)


CASES = [
    Case("no faults", 500),
    *(Case(f"{100 * share:g} % with {status}", 500, http=random_faults(**{f"s{status}": share}))
      for status in (429, 503) for share in (0.05, 0.2, 0.5)),
    Case("5 % with 429, 5 % with 500, 2 % with 503", 1000, http=random_faults(s429=0.05, s500=0.05, s503=0.02)),
    *(limited("limit", how, told, latency_s)
      for how in ("nodelay", "") for told in (True, False) for latency_s in (0.001, 0.01, 1)),
    Case("aimock, 5 % with 429 and retry-after", 500, chaos=("--chaos-ratelimit", "0.05")),
    Case("aimock, 20 % with 429 and retry-after", 500, chaos=("--chaos-ratelimit", "0.2")),
    *(Case(f"LiteLLM's proxy, {allowed} a minute of the clock, {'told' if told else 'declared'}", 240, told, litellm=allowed,
           latency_s=0, ideal_s=30) for allowed, told in (("rpm: 120", ()), ("rpm: 120", ("--rpm", "120")), ("tpm: 1440", ()))),
    Case("aimock, 5 % with 500, 2 % broken connections", 500, chaos=("--chaos-drop", "0.05", "--chaos-disconnect", "0.02")),
]


def nginx_configuration(case: Case, port: int) -> str:
    wait = f"echo_sleep {case.latency_s};" if case.latency_s else ""
    answer = f"{wait} {server.echo(json.dumps(server.CHAT_ANSWER))}"
    faults = "".join(f"location = /{status} {{ internal; return {status} '{{}}'; }}\n" for status in (429, 500, 503))
    return f"""
load_module {server.MODULE};
daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  log_format status '$status'; access_log answered.log status;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  keepalive_requests 1000000;
  {case.http}
  server {{
    listen 127.0.0.1:{port};
    default_type application/json;
    location = /v1/chat/completions {{ {"rewrite ^ /$fate last;" if "$fate" in case.http else case.limit + answer} }}
    location = /200 {{ internal; {answer} }}
    {faults}
  }}
}}
"""


@contextmanager
def served(command: list[str], port: int, place: Path) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=place, stdout=subprocess.DEVNULL)
    try:
        server.wait_until_open(process, port)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def proxied(case: Case, place: Path, behind: int) -> Iterator[tuple[str, Callable[[], Counter[int]]]]:
    """LiteLLM's proxy, which enforces a limit of its own, before nginx."""
    model = f"{{model: openai/bench, api_base: 'http://127.0.0.1:{behind}/v1', api_key: none, {case.litellm}}}"
    (place / "litellm.yaml").write_text(f"""
model_list: [{{model_name: bench, litellm_params: {model}}}]
router_settings: {{optional_pre_call_checks: [enforce_model_rate_limits]}}
litellm_settings: {{num_retries: 0}}
""")
    port = server.free_ports(1)[0]
    environment = os.environ | {"LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    log = place / "litellm.log"
    with log.open("w") as out:
        process = subprocess.Popen([CACHE / "litellm/bin/litellm", "--config", "litellm.yaml", "--host", "127.0.0.1", "--port", str(port),
                                    "--telemetry", "False"], cwd=place, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        while "Uvicorn running" not in log.read_text():
            if process.poll() is not None:
                sys.exit(f"LiteLLM's proxy did not start: {log.read_text()[-500:]}")
            time.sleep(0.2)
        time.sleep((90 - time.time() % 60) % 60)
        yield f"http://127.0.0.1:{port}/v1", lambda: Counter(map(int, re.findall(r'completions HTTP/1.1" (\d+)', log.read_text())))
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def server_of(case: Case, place: Path) -> Iterator[tuple[str, Callable[[], Counter[int]]]]:
    """Its base URL, and what it has answered: how often with which status."""
    port = server.free_ports(1)[0]
    if case.chaos:
        fixture = {"fixtures": [{"match": {}, "response": {"content": "I am well, thank you."}}]}
        (place / "fixture.json").write_text(json.dumps(fixture))
        command = ["node", str(CACHE / "node/node_modules/@copilotkit/aimock/dist/cli.js"), "--port", str(port),
                   "--fixtures", "fixture.json", "--journal-max", "0", "--log-level", "silent",
                   "--chaos-latency", str(int(case.latency_s * 1000)), *case.chaos]

        def answered() -> Counter[int]:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/__aimock/journal") as journal:
                return Counter(entry.get("response", {}).get("status", 0) for entry in json.load(journal))
    else:
        (place / "nginx.conf").write_text(nginx_configuration(case, port))
        command = ["nginx", "-p", str(place), "-c", "nginx.conf"]

        def answered() -> Counter[int]:
            return Counter(map(int, (place / "answered.log").read_text().split()))
    with served(command, port, place):
        if case.litellm:
            with proxied(case, place, port) as proxy:
                yield proxy
            return
        yield f"http://127.0.0.1:{port}/v1", answered


def headway(case: Case, base_url: str, place: Path) -> list[str]:
    rows = place / "rows.txt"
    rows.write_text("".join(f"Hello how are you? {number}\n" for number in range(case.rows)))
    return [str(ROOT / "build/release/bin/headway"), "run", str(rows), "--lines", "--prompt", "{{line}}", "-o", str(place / "out.jsonl"),
            "--base-url", base_url, "--model", "bench", "--max-tokens", "16", "--in-flight", str(IN_FLIGHT), "--quiet", *case.flags]


def peer(name: str) -> Callable[[Case, str, Path], list[str]]:
    return lambda case, base_url, place: [str(CACHE / "venv/bin/python"), str(ROOT / "bench/peers" / name), base_url,
                                          str(case.rows), str(IN_FLIGHT)]


CLIENTS = {"headway": headway, "OpenAI's SDK, 50 in flight": peer("openai_retrying.py"), "flexllm": peer("flexllm_batch.py")}


@dataclass
class Seen:
    seconds: float
    done: int  # calls that the server answered well, at most `rows`
    refused: int
    ended: bool


def own_seconds(told: str) -> float | None:
    """A peer's own measure, which leaves out Python's start."""
    return json.loads(told.splitlines()[-1])["wall_s"] if told else None


def measure(case: Case, client: str) -> Seen:
    with tempfile.TemporaryDirectory() as folder, server_of(case, Path(folder)) as (base_url, answered):
        environment = os.environ | {"OPENAI_API_KEY": "none"}
        began = time.monotonic()
        process = subprocess.Popen(CLIENTS[client](case, base_url, Path(folder)), env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        try:
            told, said = process.communicate(timeout=LONGEST_S)
            if process.returncode != 0:
                sys.exit(f"{client} on '{case.name}' ended with {process.returncode}: {said[-500:]}")
            ended = True
            seconds = own_seconds(told) or time.monotonic() - began
        except subprocess.TimeoutExpired:
            ended, seconds = False, LONGEST_S
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        statuses = answered()
    done = statuses.pop(200, 0)
    if ended and done < case.rows:
        sys.exit(f"{client} on '{case.name}' says that all is done, and the server answered {done} of {case.rows}")
    return Seen(seconds, done, sum(statuses.values()), ended)


def text_of(seen: Seen) -> str:
    return f"{seen.seconds:.1f} s, {seen.refused}" if seen.ended else f"{seen.done} done, {seen.refused}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/pacing/witnesses", description=__doc__.split("\n\n")[0])
    parser.add_argument("--case", default="", help="only cases whose name contains this")
    parser.add_argument("--client", default="", help="only clients whose name contains this")
    chosen = parser.parse_args()
    clients = [name for name in CLIENTS if chosen.client in name]
    print("| server | calls | ideal |", " | ".join(clients), "|\n|---|---:|---:|" + "---:|" * len(clients))
    for case in CASES:
        if chosen.case not in case.name:
            continue
        seen = [text_of(measure(case, client)) for client in clients]
        ideal = f"{case.ideal_s:.1f} s" if case.ideal_s is not None else ""
        print(f"| {case.name} | {case.rows} | {ideal} |", " | ".join(seen), "|", flush=True)


main()
