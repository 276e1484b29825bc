"""A whole table through a cluster: read, asked, written, and gone on with where it was."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import posixpath
import tempfile
from collections.abc import Iterator
from datetime import datetime
from time import monotonic
from typing import Any

import ray
import ray.data
from pyarrow.fs import FileSelector, FileType
from ray.data.expressions import monotonically_increasing_id

from headway import _core
from headway.errors import ConfigurationError
from headway.ray import flags as keywords
from headway.ray import table as tables
from headway.ray.completions import Completions
from headway.ray.figures import report_text
from headway.ray.limit import NAMESPACE, limit_actor
from headway.ray.progress import watching
from headway.ray.store import Store, filesystem
from headway.run_file import Report

FORMATS = {"parquet": (".parquet", ".pq"), "jsonl": (".jsonl", ".json", ".ndjson"), "csv": (".csv",)}
_CPUS = 0.5  # of a node for its worker, so that reading and writing have room on the smallest
_ROWS_A_BATCH = 1000
_BLOCKS_AT_ONCE = 4  # that a worker asks, so that one's slowest call leaves none of its time unused


def run(
    input: Any, output: str, *, input_format: str | None = None, format: str | None = None, concurrency: int | None = None,
    batch_size: int = _ROWS_A_BATCH, limit: str | None = None, fresh: bool = False, retry_failed: bool = False,
    progress: bool = True, ray_remote_args: dict[str, Any] | None = None, **flags: Any,
) -> Report:  # fmt: skip
    """Asks each row of ``input`` and writes the table with the columns ``answer`` and ``error`` to the folder ``output``. Blocks.

    ``input``: a file or folder in Parquet, JSON Lines or CSV, on this machine, S3 or GCS, or a Dataset of Ray Data. ``output``: a
    folder that all nodes reach, in the same formats (``format``; else by its name's end, else Parquet). Keywords are those
    of ``headway.ray.Completions``; ``rpm``, ``tpm`` and ``in_flight`` hold for the whole cluster.

    ``concurrency``: workers; None: one for each node, which carries 10,000 calls. ``batch_size``: rows that a worker takes at
    once. ``progress``: a line on stderr. ``ray_remote_args``: for the workers, such as ``num_cpus`` and ``resources``.

    Answers are durable in ``OUTPUT.headway`` as they come. The same call again asks only the rows whose answers are not there,
    and those that failed if ``retry_failed``. Rows that ask the same are one row to it, unless ``id_column`` tells them apart.
    With another prompt, model or other setting that makes an answer what it is, it is a ConfigurationError; ``fresh`` moves
    what is there aside.

    A row that fails is a row with an ``error``. A wrong key, an account without money, and first rows that all fail alike
    stop the run: the report says why, ``ok`` is False, and the rows stay unfinished. The output is written anew by each run,
    as its rows come; what is durable is ``OUTPUT.headway``.

    Raises ConfigurationError before any call: no cluster, an input that cannot be read, a column that is missing, bad settings,
    an ``output`` that is not this run's. Raises what Ray raises if the cluster fails.
    """
    _require_cluster()
    settings = keywords.with_environment(keywords.checked(flags))
    dataset = _dataset(input, input_format)
    _check(dataset.columns() or [], settings)
    form = format or _format_of(output) or "parquet"
    if form not in FORMATS:
        raise ConfigurationError(f"format = '{form}': the formats are {', '.join(FORMATS)}")
    with _alone(output):
        store = Store(_store_of(output))
        _open(store, output, settings, fresh)
        name = limit or keywords.limit_name(settings)
        actor = limit_actor(name, settings.get("in_flight", 0), here=True)
        ray.get(actor.begin.remote())
        kept = {"index": [ray.put(store.index())], "retry_failed": retry_failed, "stops": True}
        asked = _numbered(dataset).map_batches(
            Completions,
            fn_constructor_kwargs={"limit": name, "store": _store_of(output), "_run": kept, **settings},
            batch_format="pyarrow", batch_size=batch_size, compute=_workers(concurrency or _nodes()),
            **{"num_cpus": _CPUS, **(ray_remote_args or {})},
        )  # fmt: skip
        began = monotonic()
        with _quiet(), watching(actor, progress):
            failure = _written(asked, output, form)
        return _report(actor, failure, output, monotonic() - began)


def _store_of(output: str) -> str:
    return f"{output.rstrip('/')}.headway"


class _Holder:
    """Lives as long as a run, under the name of its output."""

    def is_there(self) -> bool:
        return True


@contextlib.contextmanager
def _alone(output: str) -> Iterator[None]:
    """No other run of this cluster has that output meanwhile."""
    files, path = filesystem(output)
    name = "run-" + hashlib.sha256(f"{files.type_name} {path}".encode()).hexdigest()[:16]
    try:
        holder = ray.remote(_Holder).options(name=name, namespace=NAMESPACE, num_cpus=0).remote()
    except ValueError as error:
        raise ConfigurationError(f"another run is writing {output}: wait for its end, or name another output") from error
    try:
        ray.get(holder.is_there.remote())
        yield
    finally:
        ray.kill(holder)


def _require_cluster() -> None:
    if ray.is_initialized():
        return
    try:
        ray.init(address="auto", logging_level=logging.WARNING)
    except ConnectionError as error:
        raise ConfigurationError(
            "there is no Ray cluster here: join one with ray.init(address=...), start one with 'ray start --head', or call "
            "ray.init() to run on this machine alone"
        ) from error


def _dataset(input: Any, form: str | None) -> ray.data.Dataset:
    if isinstance(input, ray.data.Dataset):
        return input
    path = os.fspath(input)
    form = form or _format_of(path)
    readers = {"parquet": ray.data.read_parquet, "jsonl": ray.data.read_json, "csv": ray.data.read_csv}
    if form not in readers:
        raise ConfigurationError(f"{path} does not show its format: name it with input_format, as {', '.join(readers)}")
    try:
        return readers[form](path)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error


def _format_of(path: str) -> str | None:
    """By its name, or the names in the folder."""
    files, inner = filesystem(path)
    for name in (inner, *_names_in(files, inner)):
        for form, ends in FORMATS.items():
            if name.removesuffix(".gz").endswith(ends):
                return form
    return None


def _names_in(files: Any, inner: str) -> list[str]:
    if files.get_file_info(inner).type != FileType.Directory:
        return []
    return [info.base_name for info in files.get_file_info(FileSelector(inner))]


def _check(columns: list[str], settings: dict[str, Any]) -> None:
    """What would be wrong with every row, and on every worker."""
    tables.check_names(columns)
    with tempfile.TemporaryDirectory(prefix="headway-") as directory:
        _core.Rows(keywords.arguments(settings, directory), columns).engine.close()


def _open(store: Store, output: str, settings: dict[str, Any], fresh: bool) -> None:
    """The store is this run's from here on."""
    asked = keywords.asked(settings)
    before = store.settings()
    if fresh and before is not None:
        _move_aside(store, output)
        before = None
    if before is None:
        files, inner = filesystem(output)
        if not fresh and files.get_file_info(inner).type != FileType.NotFound:
            raise ConfigurationError(f"{output} is there, and is no output of headway's: name another, or move it away")
        store.make()
        store.write_settings(asked)
    elif changed := [name for name in {**before, **asked} if before.get(name) != asked.get(name)]:
        raise ConfigurationError(
            f"{output} was begun with another {' and '.join(sorted(changed))}: name another output, or say fresh=True, which moves "
            "its answers aside"
        )


def _move_aside(store: Store, output: str) -> None:
    name = f"{posixpath.basename(output.rstrip('/'))}.{datetime.now():%Y%m%d-%H%M%S}.headway"
    try:
        store.move_aside(name)
    except OSError as error:
        raise ConfigurationError(f"{output}.headway cannot be moved aside ({error}): name another output") from error


def _numbered(dataset: ray.data.Dataset) -> ray.data.Dataset:
    return dataset.with_column(tables.ROW, monotonically_increasing_id())


def _workers(count: int) -> ray.data.ActorPoolStrategy:
    return ray.data.ActorPoolStrategy(
        size=count, max_concurrent_calls_per_actor=_BLOCKS_AT_ONCE, max_tasks_in_flight_per_actor=2 * _BLOCKS_AT_ONCE
    )


def _nodes() -> int:
    living = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
    return len(living) or 1


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """headway's line is the one line of progress."""
    context, log = ray.data.DataContext.get_current(), logging.getLogger("ray.data")
    bars, level = context.enable_progress_bars, log.level
    context.enable_progress_bars = False
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        context.enable_progress_bars = bars
        log.setLevel(level)


def _written(asked: ray.data.Dataset, output: str, form: str) -> Exception | None:
    """Asks and writes all of it. Gives what Ray raises, if it does."""
    try:
        if form == "parquet":
            asked.write_parquet(output, mode=ray.data.SaveMode.OVERWRITE)
        elif form == "csv":
            asked.write_csv(output, mode=ray.data.SaveMode.OVERWRITE)
        else:
            asked.write_json(output, mode=ray.data.SaveMode.OVERWRITE, force_ascii=False)
    except ray.exceptions.RayError as error:
        failure: Exception = error
        return failure
    return None


def _report(actor: Any, failure: Exception | None, output: str, seconds: float) -> Report:
    figures = ray.get(actor.figures.remote())
    reason = figures.pop("stopped")
    if failure is not None and not reason:
        raise failure
    ended = "stopped" if reason else "finished"
    report = {"run": {"ended": ended, "reason": reason, "output": output}, "wall_s": round(seconds, 3), **figures}
    return Report(report, report_text(report), ok=not reason and not figures["rows"].get("failed"))
