"""The same rows on the same Ray cluster, by headway and by Ray Data's own HttpRequestProcessor."""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
NODES = 3
PROMPT = "Summarise: {{text}}"
TICKS = os.sysconf("SC_CLK_TCK")
NO_LIMIT = 1_000_000


def cpu_by_process() -> dict[int, tuple[str, float]]:
    """Of each process of a Ray cluster on this machine: its name, and its processor seconds so far."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            name = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if "ray::" in name:
                times = (place / "stat").read_text().rpartition(")")[2].split()
                found[int(place.name)] = (name, (int(times[11]) + int(times[12])) / TICKS)
    return found


class Meter:
    """Processor time of Ray's workers while it lasts, those that end meanwhile included as far as they were seen."""

    def __enter__(self) -> "Meter":
        self._before = {pid: seconds for pid, (_, seconds) in cpu_by_process().items()}
        self._seen: dict[int, tuple[str, float]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on)
        self._thread.start()
        self.began = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.monotonic() - self.began
        self._over.set()
        self._thread.join()

    def _look_on(self) -> None:
        while not self._over.wait(0.1):
            self._seen.update(cpu_by_process())

    def cpu(self) -> float:
        return sum(seconds - self._before.get(pid, 0) for pid, (_, seconds) in self._seen.items())


@contextlib.contextmanager
def server(requests: int, seconds: float) -> Iterator[str]:
    command = [sys.executable, str(HERE / "limited_server.py"), str(requests), str(100 * requests), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def counts_of(base_url: str) -> dict[str, Any]:
    with urllib.request.urlopen(base_url.removesuffix("/v1") + "/counts") as answer:
        return dict(json.load(answer))


def rows_of(input: str) -> Any:
    """Blocks enough for all nodes."""
    import ray.data

    return ray.data.read_parquet(input).repartition(4 * NODES)


def by_headway(input: str, output: str, base_url: str, requests: int) -> None:
    import headway.ray

    limits = {"rpm": 60 * requests} if requests < NO_LIMIT else {}
    headway.ray.run(rows_of(input), output, prompt=PROMPT, model="m", base_url=base_url, progress=False, concurrency=NODES,
                    ray_remote_args={"resources": {"worker": 0.5}}, **limits)  # fmt: skip


def by_processor(qps: int | None, retries: int) -> Callable[[str, str, str, int], None]:
    def run(input: str, output: str, base_url: str, requests: int) -> None:
        from ray.data.llm import HttpRequestProcessorConfig, build_processor

        config = HttpRequestProcessorConfig(
            url=f"{base_url}/chat/completions", qps=qps, concurrency=NODES, max_retries=retries,
        )  # fmt: skip

        def payload(row: dict[str, Any]) -> dict[str, Any]:
            message = {"role": "user", "content": PROMPT.replace("{{text}}", row["text"])}
            return {"payload": {"model": "m", "messages": [message]}}

        def answer(row: dict[str, Any]) -> dict[str, Any]:
            said = row.get("http_response")
            return {"id": row["id"], "answer": said["choices"][0]["message"]["content"] if said else None}

        process = build_processor(config, preprocess=payload, postprocess=answer)
        process(rows_of(input)).write_parquet(output, mode="overwrite")

    return run


def answered_rows(output: str) -> int:
    import pyarrow.parquet

    if not Path(output).exists():
        return 0
    return sum(answer is not None for answer in pyarrow.parquet.read_table(output, columns=["answer"])["answer"].to_pylist())


def measure(name: str, run: Callable[..., None], case: str, rows: int, requests: int, seconds: float, place: Path) -> dict[str, Any]:
    output = str(place / f"out-{name}-{case}".replace(" ", "_"))
    note = ""
    with server(requests, seconds) as base_url:
        with Meter() as meter:
            try:
                run(str(place / f"{rows}.parquet"), output, base_url, requests)
            except Exception as error:  # a peer that fails is a result
                note = type(error).__name__
        counts = counts_of(base_url)
    refused = sum(counts["refused"].values())
    answered = answered_rows(output)
    return {
        "case": case, "client": name, "rows": rows, "answered": answered, "lost": rows - answered,
        "seconds": round(meter.seconds, 2), "rows_per_s": round(answered / meter.seconds, 1),
        "cpu_ms_a_row": round(1000 * meter.cpu() / max(1, answered), 3),
        "refused_in_1000": round(1000 * refused / max(1, answered), 1), "note": note,
    }  # fmt: skip


def write_rows(place: Path, rows: int) -> None:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({"id": list(range(rows)), "text": [f"row {i}: " + "the quick brown fox. " * 10 for i in range(rows)]})
    pyarrow.parquet.write_table(table, place / f"{rows}.parquet", row_group_size=1000)


@contextlib.contextmanager
def cluster() -> Iterator[None]:
    import ray
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 2})
    for _ in range(NODES):
        made.add_node(num_cpus=2, resources={"worker": 1})
    ray.init(address=made.address, logging_level="ERROR", log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        yield
    finally:
        ray.shutdown()
        made.shutdown()


def table_of(results: list[dict[str, Any]]) -> str:
    names = ("case", "client", "rows", "lost", "seconds", "rows_per_s", "cpu_ms_a_row", "refused_in_1000", "note")
    heads = ("case", "client", "rows", "lost", "seconds", "rows/s", "CPU ms a row", "refused in 1,000", "")
    lines = ["| " + " | ".join(heads) + " |", "| --- | --- |" + " --: |" * 6 + " --- |"]
    lines += ["| " + " | ".join(f"{row[n]:,}" if isinstance(row[n], (int, float)) else row[n] for n in names) + " |" for row in results]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--json", type=Path, default=HERE.parent / "results" / "cluster.json")
    given = parser.parse_args()
    per_second = 100
    limited = max(1000, given.rows // 10)
    cases = [("no limit, answers after 0.1 s", given.rows, NO_LIMIT), (f"{per_second} requests a second", limited, per_second)]
    results = []
    with tempfile.TemporaryDirectory() as folder, cluster():
        place = Path(folder)
        for case, rows, requests in cases:
            write_rows(place, rows)
            told = None if requests == NO_LIMIT else per_second // NODES
            clients = [("headway.ray.run", by_headway), ("HttpRequestProcessor, as it is", by_processor(None, 3))]
            if told:
                clients.append((f"HttpRequestProcessor, qps={told}", by_processor(told, 3)))
            for name, run in clients:
                results.append(measure(name, run, case, rows, requests, 0.1, place))
                print(json.dumps(results[-1]), flush=True)
    given.json.parent.mkdir(exist_ok=True)
    given.json.write_text(json.dumps(results, indent=1))
    print("\n" + table_of(results))


if __name__ == "__main__":
    main()
