"""headway.ray on three nodes, one of which dies."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray")

import pyarrow
import pyarrow.parquet
import ray
from ray_cluster import Limited, limited_server, running_cluster

import headway
import headway.ray

ROWS, REQUESTS, TOKENS = 2400, 80, 10_000
BATCH = 200


def asked_often(server: Limited) -> int:
    return sum(count - 1 for count in server.counts()["answered"].values())


def kill_when(server: Limited, answered: int, cluster: Any) -> threading.Thread:
    """Takes a node away, by the thread that the caller starts, once so many rows are answered."""

    def kill() -> None:
        while len(server.counts()["answered"]) < answered:
            time.sleep(0.1)
        cluster.remove_node(cluster.workers[-1], allow_graceful=False)

    return threading.Thread(target=kill)


def test_one_limit_holds_and_nothing_is_lost_when_a_node_dies(tmp_path: Path) -> None:
    table = pyarrow.table({"id": list(range(ROWS)), "text": [f"row {i}" for i in range(ROWS)]})
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    with running_cluster(nodes=3) as cluster, limited_server(REQUESTS, TOKENS) as server:
        killer = kill_when(server, ROWS // 3, cluster)
        killer.start()
        report = headway.ray.run(
            ray.data.read_parquet(str(tmp_path / "in.parquet")).repartition(ROWS // BATCH),
            str(tmp_path / "out"), base_url=server.base_url, model="m", prompt="{{text}}", batch_size=BATCH,
            rpm=60 * REQUESTS, tpm=60 * TOKENS, concurrency=3, progress=False,
            ray_remote_args={"num_cpus": 0.5, "resources": {"worker": 0.5}},
        )  # fmt: skip
        killer.join()
        counts = server.counts()
    print(report, counts["let_in"], counts["refused"])
    rows = pyarrow.parquet.read_table(tmp_path / "out").to_pylist()
    assert sorted(row["id"] for row in rows) == list(range(ROWS)), "each row once"
    assert all(row["answer"] == f"You said: row {row['id']}" for row in rows)
    assert report.rows["done"] == ROWS
    refused = sum(counts["refused"].values())
    print("refused", refused, "repeats", sum(counts["answered"].values()) - ROWS)
