"""Pacing with real sockets and a real clock: what the simulation of bench/pacing says must hold here too."""
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PER_SECOND = 100


@pytest.fixture
def sliced() -> Iterator[str]:
    server = subprocess.Popen([sys.executable, str(ROOT / "bench/pacing/sliced_server.py"), str(PER_SECOND)],
                              stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield server.stdout.readline().strip()
    finally:
        server.kill()
        server.wait()


def test_a_limit_in_slices_is_used_and_little_is_refused(sliced: str, build_dir: Path) -> None:
    """Simulated: 99.4 % of the limit and 3 refusals in 1,000; with 50 ms of jitter, which a busy machine has, 96 % and 14."""
    program = str(build_dir / "bin/headway")
    done = subprocess.run(
        [program, "bench", "--base-url", sliced, "--model", "sliced", "--duration", "20", "--in-flight", "200", "--json"],
        capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    with urllib.request.urlopen(sliced.removesuffix("/v1") + "/slices") as answer:
        counts = sorted((int(second), *count) for second, count in json.load(answer).items())
    steady = counts[8:19]  # after the limit was found, before the load ends
    let_in = sum(count[1] for count in steady) / len(steady)
    refused = sum(count[2] for count in steady) / len(steady)
    assert report["failed"] == 0 and report["ok"] > 15 * PER_SECOND
    assert let_in >= 0.95 * PER_SECOND, counts
    assert refused <= 0.03 * PER_SECOND, counts
    limited = report["limited_by_s"]
    assert limited.get("requests", 0) > 0.5 * report["wall_s"], limited
