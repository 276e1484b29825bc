"""What the workers of one run have done, kept in its store: a report that is added up from here misses nothing that a death took."""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from headway.ray.store import Store

COUNTS = ("done", "failed", "found", "cut", "filtered", "refused", "empty")
_READERS = 32


class Ledger:
    """Of the run named ``run``. Each file has one writer, who replaces it as a whole."""

    def __init__(self, store: Store, run: str) -> None:
        self._store, self._folder = store, posixpath.join("runs", run)

    def begin(self, batch: str, worker: str, rows: int, asked: int) -> None:
        """The worker is about to ask so many of the batch's rows."""
        self._write_batch(batch, worker, {"rows": rows, "asked": asked, "counts": None})

    def end(self, batch: str, worker: str, rows: int, asked: int, counts: Mapping[str, Any]) -> None:
        self._write_batch(batch, worker, {"rows": rows, "asked": asked, "counts": counts})

    def tell(self, worker: str, totals: Mapping[str, Any]) -> None:
        """A worker's totals up to now."""
        kept = {name: totals[name] for name in ("attempts", "refusals", "calls_in_flight", "calls_waiting")}
        self._store.write_json(f"{self._folder}/workers/{worker}.json", kept)

    def all(self) -> dict[str, Any]:
        """Rows, failures, calls, and how many rows may have been asked twice."""
        batches: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        for name, told in self._read("batches").items():
            batch, worker = name.split(".")[:2]
            batches[batch][worker] = told
        workers = {name.split(".")[0]: totals for name, totals in self._read("workers").items()}
        rows: Counter[str] = Counter()
        failed: Counter[str] = Counter()
        for told in batches.values():
            counts = _counts(told)
            rows.update({name: counts.get(name, 0) for name in COUNTS})
            failed.update(counts.get("failed_by_kind", {}))
        return {
            "rows": dict(rows),
            "failed_by_kind": dict(failed),
            "calls": {name: sum(totals[name] for totals in workers.values()) for name in ("attempts", "refusals")},
            "maybe_asked_twice": _repeats(batches.values(), workers),
        }

    def _write_batch(self, batch: str, worker: str, told: Mapping[str, Any]) -> None:
        self._store.write_json(f"{self._folder}/batches/{batch}.{worker}.json", told)

    def _read(self, what: str) -> dict[str, Any]:
        folder = f"{self._folder}/{what}"
        names = self._store.json_names(folder)
        with ThreadPoolExecutor(_READERS) as readers:
            return dict(zip(names, readers.map(lambda name: self._store.read_json(f"{folder}/{name}"), names), strict=True))


def _counts(told: Mapping[str, Any]) -> dict[str, Any]:
    """Of a batch, whoever ended it. What another worker of this run had written of it was found, and yet is this run's."""
    ended = next((each for each in told.values() if each["counts"]), None)
    if ended is None:
        return {}
    return {**ended["counts"], "found": ended["rows"] - max(each["asked"] for each in told.values())}


def _repeats(batches: Any, workers: Mapping[str, Any]) -> int:
    """At the most: of each worker that left batches unended, the rows asked again, and no more than it had in flight."""
    again: Counter[str] = Counter()
    for told in batches:
        unended = [worker for worker, each in told.items() if not each["counts"]]
        asked = sorted(each["asked"] for each in told.values())
        for worker in unended:
            if len(asked) > 1:
                again[worker] += asked[0]
    return sum(min(rows, _in_flight(workers.get(worker))) for worker, rows in again.items())


def _in_flight(totals: Mapping[str, Any] | None) -> int:
    return int(totals["calls_in_flight"]) if totals else 0
