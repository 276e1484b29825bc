"""headway.ray on three nodes: a node, the driver and the actor of the limit die."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray")

import pyarrow
import pyarrow.parquet
import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
from ray_cluster import TOKENS_A_CALL, Limited, limited_server, running_cluster

import headway
import headway.ray
from headway.ray.limit import NAMESPACE, Limit

BATCH = 100


def write_rows(folder: Path, rows: int) -> Path:
    table = pyarrow.table({"id": list(range(rows)), "text": [f"row {i}" for i in range(rows)]})
    pyarrow.parquet.write_table(table, folder / "in.parquet")
    return folder / "in.parquet"


def run(input: Path, server: Limited, requests: int, **settings: Any) -> headway.Report:
    """Blocks of one batch each, so that all workers have some."""
    blocks = pyarrow.parquet.read_metadata(input).num_rows // BATCH
    return headway.ray.run(
        ray.data.read_parquet(str(input)).repartition(blocks), str(input.with_name("out")),
        base_url=server.base_url, model="m", prompt="{{text}}", batch_size=BATCH, concurrency=3, progress=False,
        rpm=60 * requests, ray_remote_args={"num_cpus": 0.5, "resources": {"worker": 0.5}}, **settings,
    )  # fmt: skip


def once_answered(server: Limited, rows: int, do: Callable[[], Any]) -> threading.Thread:
    def wait() -> None:
        while len(server.counts()["answered"]) < rows:
            time.sleep(0.05)
        do()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def check(input: Path, report: headway.Report, counts: dict[str, Any]) -> None:
    rows = pyarrow.parquet.read_metadata(input).num_rows
    written = pyarrow.parquet.read_table(input.with_name("out")).to_pylist()
    assert sorted(row["id"] for row in written) == list(range(rows)), "each row once"
    assert all(row["answer"] == f"You said: row {row['id']}" for row in written)
    assert report.ok and report.rows["done"] == rows, report
    print(report, {name: counts[name] for name in ("let_in", "refused")})


def asked_again(counts: dict[str, Any]) -> int:
    return int(sum(counts["answered"].values()) - len(counts["answered"]))


def judge_use(counts: dict[str, Any], requests: int) -> None:
    """Of the limit, from the second second on to the last but one, in those in which the machine had time for a clock."""
    quiet_ms = 30
    seconds = list(map(int, counts["let_in"]))
    late = {second: counts["late_ms"].get(str(second), 1000) for second in range(min(seconds), max(seconds))}
    judged = [str(second) for second in list(late)[1:] if max(late[second - 1], late[second]) <= quiet_ms]
    if len(judged) < 10:
        pytest.skip(f"this machine is too busy to be judged by the second: {late}")
    let_in, refused = (sum(counts[name].get(second, 0) for second in judged) for name in ("let_in", "refused"))
    assert refused <= let_in / 100
    assert let_in >= 0.95 * requests * len(judged)


def limit_on_the_head(cluster: Any) -> str:
    """A limit's actor that no test takes away with its node."""
    place = NodeAffinitySchedulingStrategy(cluster.head_node.node_id, soft=False)
    ray.remote(Limit).options(
        name="on-the-head", namespace=NAMESPACE, lifetime="detached", num_cpus=0, scheduling_strategy=place
    ).remote(0)
    return "on-the-head"


def test_a_node_dies(tmp_path: Path) -> None:
    """Nothing is lost, little is asked again, and the limit is used, and kept."""
    rows, requests = 4800, 80
    input = write_rows(tmp_path, rows)
    with running_cluster(nodes=3) as cluster, limited_server(requests, requests * TOKENS_A_CALL) as server:
        limit = limit_on_the_head(cluster)
        killer = once_answered(server, rows // 3, lambda: cluster.remove_node(cluster.workers[-1], allow_graceful=False))
        report = run(input, server, requests, limit=limit, tpm=60 * requests * TOKENS_A_CALL, max_tokens=30)
        killer.join()
        counts = server.counts()
    check(input, report, counts)
    assert asked_again(counts) <= report.maybe_asked_twice <= 8 * BATCH, "what the node had under way and not written"
    judge_use(counts, requests)


def test_the_actor_of_the_limit_dies(tmp_path: Path) -> None:
    """No worker sends anything without a lease, and a new actor lends nothing that the old one had lent."""
    rows, requests = 2000, 200
    input = write_rows(tmp_path, rows)
    with running_cluster(nodes=3), limited_server(requests, 10**6) as server:
        kill = lambda: ray.kill(ray.get_actor("dies", namespace=NAMESPACE), no_restart=False)  # noqa: E731
        killer = once_answered(server, rows // 2, kill)
        report = run(input, server, requests, limit="dies")
        killer.join()
        counts = server.counts()
    check(input, report, counts)
    assert asked_again(counts) == 0


DRIVER = """
import sys
from pathlib import Path
import ray
from test_ray_cluster import Limited, run
ray.init(address=sys.argv[1], logging_level="ERROR", log_to_driver=False)
run(Path(sys.argv[2]), Limited(sys.argv[3]), int(sys.argv[4]))
"""


def test_the_driver_dies_and_the_same_run_goes_on(tmp_path: Path) -> None:
    rows, requests = 2000, 200
    input = write_rows(tmp_path, rows)
    with running_cluster(nodes=3) as cluster, limited_server(requests, 10**6) as server:
        arguments = [cluster.address, str(input), server.base_url, str(requests)]
        environment = {**os.environ, "PYTHONPATH": f"{os.environ['PYTHONPATH']}:{Path(__file__).parent}"}
        driver = subprocess.Popen([sys.executable, "-c", DRIVER, *arguments], env=environment, start_new_session=True)
        once_answered(server, rows // 2, lambda: os.killpg(driver.pid, signal.SIGKILL)).join()
        driver.wait()
        while server.counts()["connections"] > 1:  # the workers go some time after it; what is in flight is answered
            time.sleep(0.05)
        paid = len(server.counts()["answered"])
        report = run(input, server, requests)
        counts = server.counts()
    check(input, report, counts)
    assert 0 < report.rows["found"] < rows
    assert asked_again(counts) == paid - report.rows["found"], "only what was not written"
    assert asked_again(counts) <= report.maybe_asked_twice, "which the report counts, though the run that lost it has none"
