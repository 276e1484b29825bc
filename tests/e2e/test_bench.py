"""headway bench on the real model, and on endpoints that fail."""
import json
import os
import pty
import resource
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from durable_runs import HANG_S, until
from model_server import ModelServer

Run = subprocess.CompletedProcess[str]
Bench = Callable[..., Run]

REPORTED = {
    "ok", "failed", "failed_by_kind", "retries", "interrupted", "wall_s", "calls_per_s", "prompt_tokens",
    "completion_tokens", "tokens_per_s", "latency_ms", "first_token_ms", "between_tokens_ms", "peak_in_flight",
    "connections", "connections_shed", "cpu_us_per_call", "limited_by_s", "peak_rss_mb", "threads",
}


@pytest.fixture
def bench(build_dir: Path, model: ModelServer) -> Bench:
    def run(*arguments: str) -> Run:
        return subprocess.run(
            [build_dir / "bin" / "headway", "bench", *arguments],
            env=model.environment(), capture_output=True, text=True, timeout=120,
        )

    return run


@pytest.fixture
def connections() -> list[socket.socket]:
    """Those that `silent` has."""
    return []


@pytest.fixture
def silent(connections: list[socket.socket]) -> Iterator[str]:
    """An endpoint that takes connections and never answers."""

    def accept() -> None:
        with suppress(OSError):  # at the end
            while True:
                connections.append(listener.accept()[0])

    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        accepting = threading.Thread(target=accept)
        accepting.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()
    for connection in connections:
        connection.close()


def report_of(done: Run) -> dict:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_json_has_every_figure(bench: Bench) -> None:
    report = report_of(bench("--calls", "6", "--in-flight", "3", "--max-tokens", "4", "--json"))
    assert set(report) == REPORTED
    assert (report["ok"], report["failed"], report["failed_by_kind"], report["retries"]) == (6, 0, {}, 0)
    assert report["interrupted"] is False
    assert report["peak_in_flight"] == 3
    assert report["connections"] == 3
    assert report["threads"] == 1, "all calls are in flight on one thread"
    assert 0 < report["completion_tokens"] <= 24
    assert report["tokens_per_s"] == pytest.approx(report["completion_tokens"] / report["wall_s"], rel=0.01)
    assert report["calls_per_s"] == pytest.approx(6 / report["wall_s"], rel=0.01)
    latency = report["latency_ms"]
    assert 0 < latency["p50"] <= latency["p90"] <= latency["p99"] <= latency["max"] <= report["wall_s"] * 1000
    assert report["first_token_ms"] is None
    assert report["cpu_us_per_call"] > 0 and report["peak_rss_mb"] > 1


def test_people_read_lines(bench: Bench) -> None:
    done = bench("--endpoint", "chat", "--calls", "3", "--max-tokens", "4")
    assert done.returncode == 0, done.stderr
    said = {line[:13].strip(): line[13:] for line in done.stdout.splitlines()}
    assert said["calls"] == "3 ok, 0 failed, 0 sent again"
    assert said["connections"] == "3 opened"
    assert said["latency"].startswith("p50 ")
    assert "tokens/s" in said["throughput"]
    assert done.stderr == "", "there is no progress where no terminal is"


def test_streams_tell_when_tokens_came(bench: Bench) -> None:
    report = report_of(bench("--stream", "--calls", "4", "--in-flight", "2", "--max-tokens", "8", "--json"))
    assert report["ok"] == 4
    assert 0 < report["first_token_ms"]["p50"] < report["latency_ms"]["p50"]
    assert 0 < report["between_tokens_ms"]["p50"] < report["latency_ms"]["max"]


def test_a_thread_pool_holds_a_thread_for_each_call(bench: Bench) -> None:
    report = report_of(bench("--threads-pool", "4", "--calls", "8", "--max-tokens", "4", "--json"))
    assert (report["ok"], report["peak_in_flight"]) == (8, 4)
    assert report["threads"] == 1 + 4 + 1, "main, the pool, and the client's loop"


def test_streams_from_a_thread_pool(bench: Bench) -> None:
    report = report_of(bench("--threads-pool", "2", "--stream", "--calls", "2", "--max-tokens", "8", "--json"))
    assert report["ok"] == 2 and report["first_token_ms"]["p50"] > 0


def test_rate_starts_calls_whatever_is_in_flight(bench: Bench, silent: str) -> None:
    began = time.monotonic()
    done = bench("--base-url", silent, "--rate", "20", "--calls", "10", "--timeout", "5", "--json")
    report = json.loads(done.stdout)
    assert time.monotonic() - began >= 9 / 20 + 5, "the tenth call starts 0.45 s after the first"
    assert report["peak_in_flight"] == 10, "none is answered, and the next starts all the same"
    assert report["failed_by_kind"] == {"deadline": 10}


def test_duration_lets_calls_in_flight_end(bench: Bench) -> None:
    report = report_of(bench("--duration", "1", "--in-flight", "2", "--max-tokens", "4", "--json"))
    assert report["ok"] >= 2 and report["failed"] == 0
    assert report["wall_s"] >= 1


def test_failures_are_counted_by_kind(bench: Bench, model: ModelServer) -> None:
    done = bench("--base-url", "http://127.0.0.1:9/v1", "--calls", "5", "--max-retries", "0", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert (report["ok"], report["failed"], report["failed_by_kind"]) == (0, 5, {"connect": 5})
    assert report["latency_ms"] is None
    assert "the first failure" in done.stderr and "127.0.0.1:9" in done.stderr


def test_retries_are_counted(bench: Bench) -> None:
    done = bench("--base-url", "http://127.0.0.1:9/v1", "--calls", "2", "--max-retries", "1", "--json")
    assert json.loads(done.stdout)["retries"] == 2


@pytest.mark.parametrize("how", [["--in-flight", "5"], ["--rate", "5"], ["--threads-pool", "5"], ["--stream"]])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_reports_what_there_is(
    build_dir: Path, model: ModelServer, silent: str, connections: list[socket.socket], how: list[str], sent: signal.Signals
) -> None:
    command = [build_dir / "bin" / "headway", "bench", "--base-url", silent, "--duration", "600", "--json", *how]
    running = subprocess.Popen(
        command, env=model.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until(lambda: len(connections) >= 5)
    running.send_signal(sent)
    out, err = running.communicate(timeout=HANG_S)
    report = json.loads(out)
    assert running.returncode == 128 + sent
    assert report["interrupted"] is True
    assert report["failed"] == report["failed_by_kind"]["cancelled"] == report["peak_in_flight"] >= 5
    assert report["wall_s"] < 600 and err == ""


def test_a_terminal_sees_progress(build_dir: Path, model: ModelServer) -> None:
    ours, theirs = pty.openpty()
    command = [build_dir / "bin" / "headway", "bench", "--duration", "2", "--in-flight", "1", "--max-tokens", "1", "--json"]
    running = subprocess.Popen(command, env=model.environment(), stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    out, _ = running.communicate(timeout=120)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    lines = [line for line in shown.split("\r") if "in flight" in line]
    assert 1 <= len(lines) <= json.loads(out)["wall_s"] * 2 + 1, "at most twice a second"
    assert shown.endswith("\r\033[K"), "it is wiped at the end"


def test_a_terminal_sees_what_limits_before_any_call_has_ended(build_dir: Path, silent: str) -> None:
    ours, theirs = pty.openpty()
    command = [build_dir / "bin" / "headway", "bench", "--base-url", silent, "--duration", "600", "--in-flight", "5"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    shown, began = "", time.monotonic()
    while "5 in flight, 0 calls/s, limited by input" not in shown and time.monotonic() - began < HANG_S:
        shown += os.read(ours, 65536).decode()
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=HANG_S)
    os.close(ours)
    assert "5 in flight, 0 calls/s, limited by input" in shown


def test_it_says_that_descriptors_ran_out(build_dir: Path, model: ModelServer) -> None:
    command = [build_dir / "bin" / "headway", "bench", "--calls", "40", "--in-flight", "40", "--max-tokens", "1"]
    few = (20, 20)
    done = subprocess.run(command, env=model.environment(), capture_output=True, text=True, timeout=120,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, few))
    assert done.returncode == 0, done.stderr
    assert "for want of descriptors or ports (see ulimit -n)" in done.stdout


def test_it_stops_where_no_further_call_would_be_sent(build_dir: Path, silent: str, tmp_path: Path) -> None:
    config = tmp_path / "headway.toml"
    config.write_text(f'max_cost = 1e-9\n[[endpoints]]\nbase_url = "{silent}"\nmodel = "m"\nprice_in = 1\nprice_out = 1\n')
    done = subprocess.run(
        [build_dir / "bin" / "headway", "bench", "--config", config, "--duration", "600", "--json"],
        capture_output=True, text=True, timeout=60,
    )
    assert done.returncode == 2, "nothing was sent"
    assert "max_cost is $1e-09, and one call to m may cost" in done.stderr and "stopped early" in done.stderr
    report = json.loads(done.stdout)
    assert report["failed_by_kind"] == {"configuration": report["failed"]} and report["failed"] <= 10


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--calls", "0"], "--calls"),
        (["--max-tokens", "0"], "--max-tokens: 0 is not a number from 1 to 1000000000"),
        (["--calls", "-1"], "--calls"),
        (["--calls", "2", "--duration", "2"], "excludes"),
        (["--in-flight", "0"], "--in-flight"),
        (["--in-flight", "2", "--rate", "2"], "excludes"),
        (["--threads-pool", "2", "--rate", "2"], "excludes"),
        (["--rate", "nan"], "--rate"),
        (["--duration", "0"], "--duration"),
        (["--http", "3"], "--http"),
        (["--endpoint", "embeddings"], "--endpoint"),
        (["--prompt", ""], "prompt is empty"),
        (["--base-url", "ftp://127.0.0.1/"], "base URL"),
        (["--base-url", "https://127.0.0.1.example/v1"], "OPENAI_API_KEY is not set"),
        (["a word"], "a word"),
    ],
)
def test_wrong_flags_send_nothing(bench: Bench, arguments: list[str], words: str) -> None:
    done = bench(*arguments)
    assert done.returncode == 2
    assert words in done.stderr and done.stdout == ""
