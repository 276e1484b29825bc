"""A real Ray cluster of some nodes on this machine, and endpoints with a limit."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conftest import BUILD, SOURCE

os.environ["PYTHONPATH"] = str(BUILD / "python")  # of the nodes' processes
os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import ray  # noqa: E402
from ray.cluster_utils import Cluster  # noqa: E402

STORE_BYTES = 100 << 20
TOKENS_A_CALL = 50  # of limited_server.py's


@contextmanager
def running_cluster(nodes: int, head_cpus: int = 2) -> Iterator[Any]:
    """Its ``workers`` are the nodes that may be taken away; each carries one of what needs ``worker``."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": head_cpus, "object_store_memory": STORE_BYTES})
    try:
        cluster.workers = [
            cluster.add_node(num_cpus=1, resources={"worker": 1}, object_store_memory=STORE_BYTES) for _ in range(nodes)
        ]
        ray.init(address=cluster.address, logging_level="ERROR", log_to_driver=False)
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()


class Limited:
    """limited_server.py in a process of its own."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def counts(self) -> dict[str, Any]:
        with urllib.request.urlopen(self.base_url.removesuffix("/v1") + "/counts") as answer:
            counts: dict[str, Any] = json.load(answer)
        return counts


@contextmanager
def limited_server(requests: int, tokens: int, seconds: float = 0.1) -> Iterator[Limited]:
    program = SOURCE / "bench" / "cluster" / "limited_server.py"
    command = [sys.executable, str(program), str(requests), str(tokens), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield Limited(server.stdout.readline().strip())
        finally:
            server.kill()
