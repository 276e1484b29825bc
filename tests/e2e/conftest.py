"""What the end-to-end tests share: the build they look at, and a real model on loopback."""
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from durable_runs import Runs
from model_server import ModelServer, served_model
from row_server import RowServer, row_server

SOURCE = Path(__file__).resolve().parents[2]

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup a program is deaf to it, rightly, and its children too


@pytest.fixture(scope="session")
def source_dir() -> Path:
    return SOURCE


@pytest.fixture(scope="session")
def build_dir() -> Path:
    return Path(os.environ.get("HEADWAY_BUILD_DIR", SOURCE / "build" / "release"))


@pytest.fixture(scope="session")
def model() -> Iterator[ModelServer]:
    with served_model() as server:
        yield server


@pytest.fixture
def server() -> Iterator[RowServer]:
    with row_server() as started:
        yield started


@pytest.fixture
def runs(build_dir: Path, tmp_path: Path, server: RowServer) -> Runs:
    return Runs(build_dir / "bin/headway", tmp_path, server)
