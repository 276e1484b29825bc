"""What runs on the workers: rows in, the same rows with their answers out."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow
import ray

from headway import _core
from headway.columns import answer_of, error_of
from headway.errors import ConfigurationError, Error
from headway.ray import flags as keywords
from headway.ray import table as tables
from headway.ray.ledger import Ledger
from headway.ray.limit import Lease
from headway.ray.metrics import Metrics
from headway.ray.store import End, Store, Writer, absolute
from headway.run_file import settings_as_text

ROWS_A_FILE = 1000
SECONDS_A_FILE = 0.25
_BATCHES_AT_ONCE = 32
_TICK = 0.25  # seconds
_TICKS_A_TALLY = 4
_VERDICTS = ("cut", "filtered", "refused", "empty")


class Completions:
    """A callable class for Ray Data's ``map_batches``: adds the columns ``answer`` and ``error``, of which one is null::

        dataset.map_batches(
            headway.ray.Completions,
            fn_constructor_kwargs={"prompt": "Summarise: {{text}}", "model": "gpt-5-mini", "rpm": 10_000},
            batch_format="pyarrow", batch_size=1000, concurrency=4,
        )

    Keywords are those of ``headway run`` for what is asked, where, how fast, and what an answer must be: ``prompt``, ``system``,
    ``model``, ``max_tokens``, ``temperature``, ``set``, ``completions``, ``id_column``, ``select`` ("text" or "json"), ``expect``,
    ``answer_retries``, ``config``, ``base_url``, ``http``, ``in_flight``, ``rpm``, ``tpm``, ``timeout``, ``max_retries``, ``price_in``,
    ``price_out``, ``prices``. Keys come from the environment of the workers. Rows of OpenAI's Batch form (``custom_id``,
    ``method``, ``url``, ``body``) are asked as they are.

    All workers with one endpoint and key share one limit, so ``rpm``, ``tpm`` and ``in_flight`` are those of the whole cluster.
    ``limit`` names it where that is not the rule. ``store``: a folder that all nodes reach; rows are written there as they end,
    and a batch that Ray runs again asks only what is missing.

    A row that fails has its reason in ``error``; it fails no job. A bad setting is a ConfigurationError at the first batch, and a
    store that cannot be written an OSError.
    """

    def __init__(self, *, limit: str | None = None, store: str | None = None, _run: dict[str, Any] | None = None, **flags: Any) -> None:
        self._flags = keywords.checked(flags)
        self._run = _run or {}
        self._limit = limit or keywords.limit_name(self._flags)
        if store and absolute(store) != store:
            raise ConfigurationError(f"store = '{store}' is another folder on each node: say its whole path, or a URI")
        index = self._run.get("index")
        self._store = Store(store, index and ray.get(index[0]), self._run.get("retry_failed", False)) if store else None
        if self._store:
            self._store.make()
        self._ledger = Ledger(self._store, self._run["name"]) if self._store and "name" in self._run else None
        self._threads = ThreadPoolExecutor(_BATCHES_AT_ONCE, "headway-batch")  # each waits for one
        self._worker: _Worker | None = None
        self._lock = threading.Lock()

    async def __call__(self, batch: Any) -> AsyncIterator[pyarrow.Table]:
        """Several batches are asked at once, so that the slowest call of one holds back no other's."""
        loop = asyncio.get_running_loop()
        yield await loop.run_in_executor(self._threads, self.answered, tables.table_of(batch))

    def __del__(self) -> None:
        if (worker := getattr(self, "_worker", None)) is not None:
            worker.end()

    def answered(self, table: pyarrow.Table) -> pyarrow.Table:
        """The table with its answers. Blocks."""
        worker = self._started(table.column_names)
        ends = worker.ask(table)
        return tables.with_answers(table, [end["answer"] for end in ends], [end["error"] for end in ends])

    def _started(self, columns: Sequence[str]) -> _Worker:
        with self._lock:
            if self._worker is None:
                tables.check_names(columns)
                stops = self._run.get("stops", False)
                rows = _core.Rows(settings_as_text(self._flags), [name for name in columns if name != tables.ROW], stops)
                self._worker = _Worker(rows, self._flags, self._limit, self._store, self._ledger, stops)
            return self._worker


class _Worker:
    """Asks, counts, keeps, and tells. Thread-safe."""

    def __init__(
        self, rows: _core.Rows, flags: dict[str, Any], limit: str, store: Store | None, ledger: Ledger | None, stops: bool
    ) -> None:  # fmt: skip
        self._rows, self._flags, self._store, self._ledger, self._stops = rows, flags, store, ledger, stops
        self._select = flags["select"]
        self._counted = {"rows": 0, "rows_failed": 0, "unpriced": 0}
        self._writers: set[Writer] = set()
        self._lock = threading.Lock()
        self._lease = Lease(limit, flags, rows.engine, self._totals)
        self._metrics = Metrics(limit, self._lease.worker)
        self._over = threading.Event()
        threading.Thread(target=self._tick_on, name="headway-tick", daemon=True).start()

    def end(self) -> None:
        """Gives its lease back. It asks nothing more."""
        self._over.set()
        self._metrics.tell(self._totals())
        self._keep_totals()
        self._lease.end()
        self._rows.engine.close()

    def ask(self, table: pyarrow.Table) -> list[End]:
        read = tables.read_columns(table.column_names, self._flags)
        with self._lock:
            batch = self._rows.read(tables.rows_of(table, read))
        keys = batch.keys()
        name = _batch_name(table, keys)
        found = self._store.find(name, keys) if self._store else {}
        rows, asked = len(keys), len(keys) - len(found)
        if self._ledger:
            self._ledger.begin(name, self._lease.worker, rows, asked)
        self._lease.begin(name)
        ends = self._asked(batch, name, keys, found)
        counts = _counts(ends, found)
        if self._ledger:
            self._ledger.end(name, self._lease.worker, rows, asked, counts)
            self._keep_totals()
        self._lease.count(name, counts)
        return ends

    def _asked(self, batch: _core.RowBatch, name: str, keys: Sequence[bytes | None], found: dict[int, End]) -> list[End]:
        ends: dict[int, End] = dict(found)
        writer = self._store.writer(name, ROWS_A_FILE, SECONDS_A_FILE) if self._store else None
        inbox = batch.ask([place for place in range(len(keys)) if place not in found])
        writers = {writer} if writer else set()
        self._writers |= writers
        stop = ""
        try:
            over = False
            while not over:
                letters, over, _ = inbox.next()
                for place, told in filter(None, letters):
                    ends[place] = self._ended(told, keys[place], writer)
                    stop = stop or (told["stop"] if self._stops else "")
        finally:
            inbox.cancel()
            self._writers -= writers
            if writer:
                writer.finish()
        if stop:
            self._lease.stop(stop)
            raise Error(stop)
        return [ends[place] for place in range(len(keys))]

    def _ended(self, told: dict[str, Any], key: bytes | None, writer: Writer | None) -> End:
        end = _end_of(told, self._select)
        with self._lock:
            self._counted["rows"] += 1
            self._counted["rows_failed"] += told["failed"]
            self._counted["unpriced"] += told["cost"] is None
        if writer and key and not told["unfinished"]:
            writer.add(key, end)
        return end

    def _totals(self) -> dict[str, Any]:
        with self._lock:
            return {**self._rows.engine.stats(), **self._counted}

    def _keep_totals(self) -> None:
        if self._ledger is None:
            return
        try:
            self._ledger.tell(self._lease.worker, self._totals())
        except OSError:  # a figure is missing then, and no answer
            pass

    def _tick_on(self) -> None:
        ticks = 0
        while not self._over.wait(_TICK):
            self._metrics.tell(self._totals())
            ticks += 1
            if ticks % _TICKS_A_TALLY == 0:
                self._keep_totals()
            for writer in list(self._writers):
                try:
                    writer.flush_if_due()
                except OSError:  # the batch's own flush raises it
                    pass


def _end_of(told: dict[str, Any], select: str) -> End:
    line = json.loads(told["line"])
    end = {name: told[name] for name in ("kind", "verdict", "prompt_tokens", "completion_tokens", "cost")}
    failed = told["failed"]
    return {"answer": None if failed else answer_of(line, select), "error": error_of(line) if failed else None, **end}


def _batch_name(table: pyarrow.Table, keys: Sequence[bytes | None]) -> str:
    """The same for the same rows. Those of a run have numbers besides, which tell batches apart that ask the same."""
    name = hashlib.sha256(b"".join(key or b"-" for key in keys))
    if tables.ROW in table.column_names:
        for number in table.column(tables.ROW).to_pylist():
            name.update(number.to_bytes(8, "little", signed=True))
    return name.hexdigest()[:32]


def _counts(ends: Sequence[End], found: dict[int, End]) -> dict[str, Any]:
    kinds = [end["kind"] for end in ends if end["error"] is not None]
    counts: dict[str, Any] = {verdict: sum(end["verdict"] == verdict for end in ends) for verdict in _VERDICTS}
    failed_by_kind = {kind: kinds.count(kind) for kind in set(kinds)}
    return {**counts, "done": len(ends) - len(kinds), "failed": len(kinds), "found": len(found), "failed_by_kind": failed_by_kind}
