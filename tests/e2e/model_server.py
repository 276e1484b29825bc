#!/usr/bin/env python3
"""The real model on loopback, as all tests have it.

    .venv/bin/python tests/e2e/model_server.py COMMAND...    runs it with HEADWAY_TEST_MODEL, where the model is served meanwhile

Where HEADWAY_TEST_MODEL is set already, that server is used.
"""
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[2] / "tools" / "model-server"
OPTIONS = ("--tokens", "32")  # no test needs a longer answer


@dataclass
class ModelServer:
    base_url: str
    name: str = "gemma-3-270m"

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


@contextmanager
def model_server(*options: str) -> Iterator[ModelServer]:
    """One of its own, with these options."""
    server = subprocess.Popen([sys.executable, PROGRAM, *options], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    ready = server.stdout.readline().split()
    assert ready[:1] == ["READY"], "the model server did not start; its reason is on standard error"
    try:
        yield ModelServer(ready[1])
    finally:
        server.terminate()
        server.wait(timeout=30)


@contextmanager
def served_model() -> Iterator[ModelServer]:
    if running := os.environ.get("HEADWAY_TEST_MODEL"):
        yield ModelServer(running)
    else:
        with model_server(*OPTIONS) as started:
            yield started


if __name__ == "__main__":
    with served_model() as serving:
        sys.exit(subprocess.run(sys.argv[1:], env=os.environ | {"HEADWAY_TEST_MODEL": serving.base_url}).returncode)
