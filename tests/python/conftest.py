"""What the tests of the Python module share: endpoints on loopback, and programs of their own process."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("HEADWAY_BUILD_DIR", SOURCE / "build" / "release"))
sys.path[:0] = [str(BUILD / "python"), str(SOURCE / "tests" / "e2e")]

from peer import Peer, running_peer  # noqa: E402

import headway  # noqa: E402

# A shell in the background has its programs ignore Ctrl-C, and theirs in turn.
signal.signal(signal.SIGINT, signal.default_int_handler)
for variable in [name for name in os.environ if name.startswith(("OPENAI_", "HEADWAY_MODEL"))]:
    del os.environ[variable]

Script = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def peer() -> Iterator[Peer]:
    with running_peer() as started:
        yield started


@pytest.fixture
def llm(peer: Peer) -> headway.OpenAI:
    return headway.OpenAI(base_url=peer.base_url, model="m")


@pytest.fixture
def chat(peer: Peer) -> headway.ChatOpenAI:
    return headway.ChatOpenAI(base_url=peer.base_url, model="m")


@pytest.fixture(scope="module")
def ray_node() -> Iterator[None]:
    """A Ray cluster of one node."""
    from ray_cluster import running_cluster

    with running_cluster(nodes=1):
        yield


def environment(base_url: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(BUILD / "python"), "OPENAI_BASE_URL": base_url, "HEADWAY_MODEL": "m"}


@pytest.fixture
def script(peer: Peer) -> Script:
    """Runs a program's text in a process of its own, with the peer as its endpoint."""

    def run(text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-X", "faulthandler", "-c", text, *arguments]
        return subprocess.run(command, env=environment(peer.base_url), capture_output=True, text=True, timeout=180)

    return run
