"""What the end-to-end tests share: the build they look at, and a real model on loopback."""
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from durable_runs import Runs
from row_server import RowServer, row_server

SOURCE = Path(__file__).resolve().parents[2]


@dataclass
class ModelServer:
    base_url: str
    name: str

    def environment(self, **extra: str) -> dict[str, str]:
        """For a program that shall use this model and nothing else."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("OPENAI_")}
        return kept | {"OPENAI_BASE_URL": self.base_url, "HEADWAY_MODEL": self.name} | extra

    def metric(self, name: str) -> float:
        """One of llama.cpp's own figures, e.g. requests_processing."""
        with urllib.request.urlopen(self.base_url.removesuffix("/v1") + "/metrics", timeout=30) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(f"llamacpp:{name} "):
                    return float(line.split()[1])
        raise KeyError(name)


@pytest.fixture(scope="session")
def source_dir() -> Path:
    return SOURCE


@pytest.fixture(scope="session")
def build_dir() -> Path:
    return Path(os.environ.get("HEADWAY_BUILD_DIR", SOURCE / "build" / "release"))


@contextmanager
def model_server(*options: str) -> Iterator[ModelServer]:
    server = subprocess.Popen(
        [sys.executable, SOURCE / "tools" / "model-server", *options], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    ready = server.stdout.readline().split()
    assert ready[:1] == ["READY"], "the model server did not start; its reason is on standard error"
    try:
        yield ModelServer(base_url=ready[1], name="gemma-3-270m")
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture(scope="session")
def model() -> Iterator[ModelServer]:
    with model_server("--tokens", "32") as server:
        yield server


@pytest.fixture
def server() -> Iterator[RowServer]:
    with row_server() as started:
        yield started


@pytest.fixture
def runs(build_dir: Path, tmp_path: Path, server: RowServer) -> Runs:
    return Runs(build_dir / "bin/headway", tmp_path, server)
