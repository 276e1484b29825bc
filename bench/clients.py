"""Who is measured, and how each is started. A client takes BASE_URL CALLS IN_FLIGHT and prints one JSON object."""
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from server import STREAMS_PER_CONNECTION, Server

HERE = Path(__file__).resolve().parent
CACHE = HERE / ".cache"
BODY = {"model": "bench", "prompt": "Hello how are you?", "temperature": 0.7, "max_tokens": 256}
WRK_SECONDS = 5


@dataclass
class Task:
    """Calls of one measurement. `base_url` ends with /v1; the calls of a client that only knows a duration are its own."""
    base_url: str
    calls: int
    in_flight: int
    stream: bool


@dataclass
class Answers:
    ok: int
    failed: int
    wall_s: float | None  # nothing: a client that runs for a fixed time


@dataclass
class Client:
    name: str
    protocol: str  # "HTTP/1.1", "HTTP/1.1 TLS", "h2c" or "h2 TLS"
    command: Callable[[Task], list[str]]
    quick_calls: int  # of answers that come at once: about 3 s of work
    max_in_flight: int = 10_000
    streams: bool = False
    whole: bool = True  # measured on whole answers too
    is_limit: bool = False  # what others of its protocol are compared to
    runs_for_a_time: bool = False
    answers: Callable[[str, str, Task], Answers] = field(default=lambda out, err, task: json_answers(out))
    allows: int = 100_000  # in flight, whatever it is asked for
    skip: str = ""  # why it is not measured here

    def base_url(self, server: Server) -> str:
        return server.tls if self.protocol.endswith("TLS") else {"HTTP/1.1": server.http1, "h2c": server.http2}[self.protocol]


def json_answers(out: str) -> Answers:
    figures = json.loads(out.strip().splitlines()[-1])
    return Answers(figures["ok"], figures["failed"], figures["wall_s"])


def h2load_answers(out: str, err: str, task: Task) -> Answers:
    done = re.search(r"(\d+) succeeded, (\d+) failed", out)
    took = re.search(r"finished in ([\d.]+)(us|ms|s|m)?", out)
    if not done or not took:
        raise ValueError("h2load said nothing of its end")
    unit = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}[took[2] or "s"]
    return Answers(int(done[1]), int(done[2]), float(took[1]) * unit)


def wrk_answers(out: str, err: str, task: Task) -> Answers:
    done = re.search(r"(\d+) requests in", out)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    errors = re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
    if not done:
        raise ValueError("wrk said nothing of its end")
    failed = (int(bad[1]) if bad else 0) + (sum(map(int, errors.groups())) if errors else 0)
    return Answers(int(done[1]) - (int(bad[1]) if bad else 0), failed, None)


def body_file(stream: bool) -> Path:
    path = CACHE / ("body-stream.json" if stream else "body.json")
    path.write_text(json.dumps(BODY | ({"stream": True} if stream else {})))
    return path


def h2load(http1: bool) -> Callable[[Task], list[str]]:
    def command(task: Task) -> list[str]:
        streams = 1 if http1 else min(task.in_flight, STREAMS_PER_CONNECTION)
        connections = math.ceil(task.in_flight / streams)
        return ["h2load", *(["--h1"] if http1 else []), "-n", str(task.calls), "-c", str(connections), "-m", str(streams),
                "-t", "1", "-d", str(body_file(task.stream)), "-H", "content-type: application/json",
                f"{task.base_url}/completions"]
    return command


def wrk(task: Task) -> list[str]:
    script = CACHE / "post.lua"
    body = body_file(task.stream).read_text()
    script.write_text(f'wrk.method = "POST"\nwrk.body = [[{body}]]\nwrk.headers["content-type"] = "application/json"\n')
    return ["wrk", "-t", "1", "-c", str(task.in_flight), "-d", f"{WRK_SECONDS}s", "--timeout", "120s", "-s", str(script),
            f"{task.base_url}/completions"]


def program(*start: str) -> Callable[[Task], list[str]]:
    def command(task: Task) -> list[str]:
        stream = ["stream"] if task.stream else []
        return [*start, task.base_url, str(task.calls), str(task.in_flight), *stream]
    return command


def python(peer: str, *how: str) -> Callable[[Task], list[str]]:
    start = [str(CACHE / "venv/bin/python"), str(HERE / f"peers/{peer}.py")]
    return lambda task: [*start, task.base_url, str(task.calls), str(task.in_flight), *how]


def headway_gather(build: Path, http: str) -> Callable[[Task], list[str]]:
    return lambda task: [str(build / "bin/bench/bench_gather"), task.base_url, str(task.calls), str(task.in_flight), http]


def headway_bench(build: Path, http: str, *how: str) -> Callable[[Task], list[str]]:
    def command(task: Task) -> list[str]:
        load = ["--threads-pool" if "--threads-pool" in how else "--in-flight", str(task.in_flight)]
        stream = ["--stream"] if task.stream else []
        return [str(build / "bin/headway"), "bench", "--json", "--model", "bench", "--base-url", task.base_url,
                "--http", http, "--calls", str(task.calls), *load, *stream]
    return command


def node_program() -> Callable[[Task], list[str]]:
    return program("node", str(CACHE / "node/openai.mjs"))


def all_clients(build: Path, go_missing: str) -> list[Client]:
    """Of each protocol the limit comes first: wrk where connections are used again and again, else h2load."""
    return [
        Client("wrk", "HTTP/1.1", wrk, 0, 64, is_limit=True, runs_for_a_time=True, answers=wrk_answers),
        Client("h2load --h1", "HTTP/1.1", h2load(True), 100_000, streams=True, is_limit=True, answers=h2load_answers),
        Client("headway gather", "HTTP/1.1", headway_gather(build, "1.1"), 100_000),
        Client("headway bench --threads-pool", "HTTP/1.1", headway_bench(build, "1.1", "--threads-pool"), 50_000,
               max_in_flight=1_000),
        Client("headway bench", "HTTP/1.1", headway_bench(build, "1.1"), 100_000),
        Client("headway stream", "HTTP/1.1", headway_bench(build, "1.1"), 0, streams=True, whole=False),
        Client("h2load --h1", "HTTP/1.1 TLS", h2load(True), 100_000, 1_000, is_limit=True, answers=h2load_answers),
        Client("headway gather", "HTTP/1.1 TLS", headway_gather(build, "1.1"), 100_000, 1_000),
        Client("h2load", "h2c", h2load(False), 200_000, 100_000, streams=True, is_limit=True, answers=h2load_answers),
        Client("headway gather", "h2c", headway_gather(build, "2"), 200_000, 100_000),
        Client("headway bench", "h2c", headway_bench(build, "2"), 200_000, 100_000),
        Client("headway stream", "h2c", headway_bench(build, "2"), 0, streams=True, whole=False),
        Client("h2load", "h2 TLS", h2load(False), 200_000, 100_000, streams=True, is_limit=True, answers=h2load_answers),
        Client("headway gather", "h2 TLS", headway_gather(build, "2"), 200_000, 100_000),
        Client("headway bench", "h2 TLS", headway_bench(build, "2"), 200_000, 100_000),
        Client("headway stream", "h2 TLS", headway_bench(build, "2"), 0, streams=True, whole=False),
        Client("headway for Python, gather", "HTTP/1.1", python("headway_python", "1.1", "gather"), 20_000),
        Client("headway for Python, abatch", "HTTP/1.1", python("headway_python", "1.1", "abatch"), 50_000),
        Client("headway for Python, map", "HTTP/1.1", python("headway_python", "1.1", "map"), 1_000_000),
        Client("headway for Python, stream", "HTTP/1.1", python("headway_python", "1.1", "stream"), 0, streams=True,
               whole=False),
        Client("headway for Python, gather", "h2c", python("headway_python", "2", "gather"), 20_000),
        Client("headway for Python, abatch", "h2c", python("headway_python", "2", "abatch"), 50_000, 100_000),
        Client("headway for Python, stream", "h2c", python("headway_python", "2", "stream"), 0, streams=True,
               whole=False),
        Client("openai-go", "HTTP/1.1", program(str(CACHE / "openai_go")), 20_000, streams=True, skip=go_missing),
        Client("Baseten performance client", "HTTP/1.1", python("baseten_batch"), 20_000, allows=1_024),
        Client("aiohttp", "HTTP/1.1", python("aiohttp_gather"), 10_000),
        Client("openai for Node", "HTTP/1.1", node_program(), 10_000, streams=True),
        Client("openai for Python", "HTTP/1.1", python("openai_gather"), 2_000),
        Client("openai for Python, streaming", "HTTP/1.1", python("openai_stream"), 0, streams=True, whole=False),
        Client("langchain-openai gather", "HTTP/1.1", python("langchain_gather"), 1_000),
        Client("langchain-openai thread pool", "HTTP/1.1", python("langchain_pool"), 1_000, max_in_flight=1_000),
    ]
