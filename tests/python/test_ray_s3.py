"""headway.ray with its tables and its store in S3: an S3 server on loopback."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("ray")
pytest.importorskip("moto", reason="moto, an S3 server, is not installed")

import pyarrow
import pyarrow.parquet
from peer import Peer
from pyarrow.fs import FileSelector, FileSystem

import headway
import headway.ray

KEYS = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A cluster whose nodes reach it, too."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    os.environ |= KEYS | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_EC2_METADATA_DISABLED": "true"}
    server = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stderr=subprocess.DEVNULL)
    try:
        await_port(port)
        FileSystem.from_uri("s3://bucket?allow_bucket_creation=true")[0].create_dir("bucket")
        from ray_cluster import running_cluster

        with running_cluster(nodes=1):
            yield "s3://bucket"
    finally:
        server.kill()
        server.wait()
        for name in (*KEYS, "AWS_ENDPOINT_URL", "AWS_EC2_METADATA_DISABLED"):
            os.environ.pop(name, None)


def await_port(port: int) -> None:
    for _ in range(600):
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the S3 server did not come up")


def test_a_run_from_s3_to_s3_is_gone_on_with(bucket: str, peer: Peer) -> None:
    files, path = FileSystem.from_uri(f"{bucket}/in.parquet")
    table = pyarrow.table({"id": list(range(30)), "text": [f"text {i}" for i in range(30)]})
    pyarrow.parquet.write_table(table, path, filesystem=files)
    settings: dict[str, Any] = {"base_url": peer.base_url, "model": "m", "prompt": "{{text}}", "progress": False, "concurrency": 1}
    assert headway.ray.run(f"{bucket}/in.parquet", f"{bucket}/out", **settings).rows["done"] == 30
    assert headway.ray.run(f"{bucket}/in.parquet", f"{bucket}/out", **settings).rows["found"] == 30
    assert len(peer.bodies) == 30
    rows = pyarrow.parquet.read_table("bucket/out", filesystem=files).to_pylist()
    assert sorted(row["answer"] for row in rows) == sorted(f"You said: text {i}" for i in range(30))
    assert files.get_file_info(FileSelector("bucket/out.headway/rows"))
    with pytest.raises(headway.ConfigurationError, match="another prompt"):
        headway.ray.run(f"{bucket}/in.parquet", f"{bucket}/out", **(settings | {"prompt": "Other: {{text}}"}))


def test_a_bucket_that_is_not_there(bucket: str, peer: Peer) -> None:
    with pytest.raises(headway.ConfigurationError, match="cannot be read"):
        headway.ray.run("s3://nowhere/in.parquet", f"{bucket}/out2", prompt="{{text}}", model="m", base_url=peer.base_url)
    assert peer.bodies == []
