"""A whole table through a cluster: read, asked, written, and gone on with where it was."""

from __future__ import annotations

import contextlib
import functools
import logging
import uuid
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import ray
import ray.data
from ray.data.expressions import monotonically_increasing_id

from headway import _core
from headway.errors import ConfigurationError
from headway.ray import flags as keywords
from headway.ray import table as tables
from headway.ray.completions import Completions
from headway.ray.figures import Figures, cost_of, report_text
from headway.ray.formats import checked_format, dataset_of, write
from headway.ray.ledger import Ledger
from headway.ray.limit import limit_actor
from headway.ray.output import alone, claim, store_of
from headway.ray.progress import watching
from headway.ray.store import Index, Store, absolute
from headway.run_file import Report, settings_as_text

_CPUS = 0.5  # of a node for its worker
_TASK_CPUS = 1  # that Ray Data takes to read, cut up and write
_ROWS_A_BATCH = 1000
_ANSWER_WITHIN = 30.0  # seconds
_TRIES = 5  # of a run, where nodes or processes of Ray's die under it
_DEATHS = ("ActorDiedError", "ActorUnavailableError", "NodeDiedError", "WorkerCrashedError", "ObjectLostError",
           "ObjectReconstructionFailedError", "OwnerDiedError", "ObjectFetchTimedOutError")  # fmt: skip
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
    workers = concurrency or len(_nodes()) or 1
    placed = placement(_nodes(), workers, ray_remote_args or {})
    dataset = dataset_of(input, input_format)
    _check(dataset.columns() or [], settings)
    output = absolute(output)
    form = checked_format(format, output)
    with alone(output):
        store = Store(store_of(output))
        claim(store, output, keywords.asked(settings), fresh)
        name = limit or keywords.limit_name(settings)
        actor = limit_actor(name, settings.get("in_flight", 0), here=True)
        with contextlib.suppress(ray.exceptions.RayError):  # one that dies just now has nothing of another run when it is back
            ray.get(actor.begin.remote())
        before, ledger = store.index(), Ledger(store, run_name := uuid.uuid4().hex)
        ledger.take_over()

        def asked() -> ray.data.Dataset:
            kept = {"name": run_name, "index": [ray.put(store.index())], "retry_failed": retry_failed, "stops": True}
            return _in_blocks(dataset, batch_size).map_batches(
                Completions,
                fn_constructor_kwargs={"limit": name, "store": store_of(output), "_run": kept, **settings},
                batch_format="pyarrow", batch_size=batch_size, compute=_workers(workers), **placed,
            )  # fmt: skip

        durable = functools.partial(_durable, store, before, ledger)
        report = _watched(functools.partial(_written, asked, output, form), output, actor, progress, durable)
        ledger.told()
        return report


def _durable(store: Store, before: Index, ledger: Ledger) -> dict[str, Any]:
    """Figures of this run, of what its workers have written: also of those that are dead."""
    used = store.used_since(before)
    cost = cost_of(used.pop("cost"), used.pop("unpriced"))
    return {**ledger.all(), "usage": used, **cost}


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


def _check(columns: list[str], settings: dict[str, Any]) -> None:
    """What would be wrong with every row, and on every worker."""
    tables.check_names(columns)
    _core.Rows(settings_as_text(settings), columns, True).engine.close()


def _in_blocks(dataset: ray.data.Dataset, rows: int) -> ray.data.Dataset:
    """Numbered, and in blocks of that many rows at the most: a file may be one block, and a block is one worker's."""
    numbered = dataset.with_column(tables.ROW, monotonically_increasing_id())
    return numbered.repartition(target_num_rows_per_block=rows)


def _workers(count: int) -> ray.data.ActorPoolStrategy:
    return ray.data.ActorPoolStrategy(
        size=count, max_concurrent_calls_per_actor=_BLOCKS_AT_ONCE, max_tasks_in_flight_per_actor=2 * _BLOCKS_AT_ONCE
    )


def _nodes() -> list[float]:
    """Their CPUs, of those that have any."""
    cpus = [node["Resources"].get("CPU", 0.0) for node in ray.nodes() if node["Alive"]]
    return [count for count in cpus if count]


def placement(nodes: list[float], workers: int, given: dict[str, Any]) -> dict[str, Any]:
    """What a worker takes of its node, so that some node has a CPU left to read and to write with.

    Where half a CPU leaves none, a worker takes none. Raises ConfigurationError where what is ``given`` leaves none: the run
    would wait for ever.
    """
    if leave_a_cpu(nodes, workers, taken := given.get("num_cpus", _CPUS) or 0):
        return {"num_cpus": taken, **given}
    if "num_cpus" not in given and leave_a_cpu(nodes, workers, 0):
        return {"num_cpus": 0, "scheduling_strategy": "SPREAD", **given}
    raise ConfigurationError(
        f"{workers} workers of {taken:g} CPUs leave no CPU to read and write with: the cluster has {sum(nodes):g} on "
        f"{len(nodes)} nodes, and reading takes {_TASK_CPUS}. Take fewer workers (concurrency), or less for each "
        "(ray_remote_args={'num_cpus': 0})"
    )


def leave_a_cpu(nodes: list[float], workers: int, each: float) -> bool:
    """Whether workers of ``each`` CPUs, spread evenly, leave one on any node."""
    left = max((cpus - each * (workers // len(nodes)) for cpus in nodes), default=0.0)
    return left >= _TASK_CPUS and workers * each <= sum(nodes) - _TASK_CPUS


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


def _told(actor: Any) -> dict[str, Any]:
    """What is known of the way besides: of a limit's actor that has died, nothing."""
    try:
        told: dict[str, Any] = ray.get(actor.figures.remote(), timeout=_ANSWER_WITHIN)
    except ray.exceptions.RayError:
        told = Figures().all(0.0)
    return told


def _written(asked: Callable[[], ray.data.Dataset], output: str, form: str) -> ray.exceptions.RayError | None:
    """What it failed with. A node may take what Ray Data does not make again, such as what reads Parquet: then it begins anew, and
    finds all that has been answered."""
    failure: ray.exceptions.RayError | None = None
    for _ in range(_TRIES):
        try:
            write(asked(), output, form)
            return None
        except ray.exceptions.RayError as error:
            failure = error
            if not any(name in str(error) for name in _DEATHS):
                break
    return failure


def _watched(
    written: Callable[[], ray.exceptions.RayError | None], output: str, actor: Any, progress: bool, durable: Callable[[], dict[str, Any]]
) -> Report:  # fmt: skip
    began = monotonic()
    with _quiet(), watching(actor, progress):
        failure = written()
    figures = {**_told(actor), **durable()}
    reason = figures.pop("stopped")
    if failure is not None and not reason:
        raise failure
    run = {"ended": "stopped" if reason else "finished", "reason": reason, "output": output}
    report = {"run": run, "wall_s": round(monotonic() - began, 3), **figures}
    return Report(report, report_text(report), ok=not reason and not figures["rows"].get("failed"))
