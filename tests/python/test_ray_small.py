"""headway.ray where every node has one CPU, which a worker must not keep from what reads and writes."""

from pathlib import Path

import pytest

pytest.importorskip("ray")

import pyarrow
import pyarrow.parquet
from peer import Peer
from ray_cluster import running_cluster

import headway
import headway.ray


def test_nodes_of_one_cpu_run(peer: Peer, tmp_path: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.table({"text": [f"row {i}" for i in range(300)]}), tmp_path / "in.parquet")
    with running_cluster(nodes=1, head_cpus=1):
        report = headway.ray.run(
            tmp_path / "in.parquet", str(tmp_path / "out"), base_url=peer.base_url, model="m", prompt="{{text}}",
            batch_size=50, progress=False,
        )  # fmt: skip
        assert report.ok and report.rows["done"] == 300, report
        assert len(peer.bodies) == 300 and pyarrow.parquet.read_table(tmp_path / "out").num_rows == 300
        with pytest.raises(headway.ConfigurationError, match="leave no CPU"):
            headway.ray.run(
                tmp_path / "in.parquet", str(tmp_path / "out2"), base_url=peer.base_url, model="m", prompt="{{text}}",
                progress=False, ray_remote_args={"num_cpus": 0.5},
            )  # fmt: skip
