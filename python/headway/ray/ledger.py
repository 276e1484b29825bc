"""What the workers of one run have done, kept in its store: a report that is added up from here misses nothing that a death took.

Rows that may have been paid for twice are counted as those that a worker left without an answer that was written, and that are
asked again: which of them were sent nobody knows who is alive. So they are never more than the report says.
"""

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
        there = self._store.count(batch)
        self._write_batch(batch, worker, {"rows": rows, "asked": asked, "there": there, "counts": None})

    def end(self, batch: str, worker: str, rows: int, asked: int, counts: Mapping[str, Any]) -> None:
        self._write_batch(batch, worker, {"rows": rows, "asked": asked, "counts": counts})

    def tell(self, worker: str, totals: Mapping[str, Any]) -> None:
        """A worker's totals up to now."""
        kept = {name: totals[name] for name in ("attempts", "refusals", "calls_in_flight", "calls_waiting")}
        self._store.write_json(f"{self._folder}/workers/{worker}.json", kept)

    def take_over(self) -> None:
        """What runs that came to no report have left: their drivers have died. What this run asks of it is asked again."""
        others = [run for run in self._store.names("runs") if f"runs/{run}" != self._folder]
        left = [other for other in (Ledger(self._store, run) for run in others) if not other._is_told()]
        self._store.write_json(f"{self._folder}/taken_over.json", sum(other._repeats() + other._left() for other in left))
        for other in left:
            other.told()

    def told(self) -> None:
        """There is a report of it, or a run that has taken it over."""
        self._store.write_json(f"{self._folder}/told.json", True)

    def all(self) -> dict[str, Any]:
        """Rows, failures, calls, and how many rows may have been asked twice, at the most."""
        batches = self._batches()
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
            "maybe_asked_twice": self._repeats(),
        }

    def _batches(self) -> dict[str, dict[str, Any]]:
        """By batch and worker."""
        batches: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        for name, told in self._read("batches").items():
            batch, worker = name.split(".")[:2]
            batches[batch][worker] = told
        return batches

    def _repeats(self) -> int:
        """Each worker but a batch's first asks again what those before it have left."""
        asked = ([int(each["asked"]) for each in told.values()] for told in self._batches().values())
        return sum(sum(each) - max(each) for each in asked) + self._taken_over()

    def _taken_over(self) -> int:
        name = "taken_over.json"
        return int(self._store.read_json(f"{self._folder}/{name}")) if name in self._store.names(self._folder) else 0

    def _is_told(self) -> bool:
        return "told.json" in self._store.names(self._folder)

    def _left(self) -> int:
        """Rows that were asked, or about to be, and have no answer that was written."""
        unended = {batch: told for batch, told in self._batches().items() if not any(each["counts"] for each in told.values())}
        last = {batch: min(told.values(), key=lambda each: int(each["asked"])) for batch, told in unended.items()}
        return sum(max(0, int(each["asked"]) - (self._store.count(batch) - each["there"])) for batch, each in last.items())

    def _write_batch(self, batch: str, worker: str, told: Mapping[str, Any]) -> None:
        self._store.write_json(f"{self._folder}/batches/{batch}.{worker}.json", told)

    def _read(self, what: str) -> dict[str, Any]:
        folder = f"{self._folder}/{what}"
        names = self._store.names(folder)
        with ThreadPoolExecutor(_READERS) as readers:
            return dict(zip(names, readers.map(lambda name: self._store.read_json(f"{folder}/{name}"), names), strict=True))


def _counts(told: Mapping[str, Any]) -> dict[str, Any]:
    """Of a batch, whoever ended it. What another worker of this run had written of it was found, and yet is this run's."""
    ended = next((each for each in told.values() if each["counts"]), None)
    if ended is None:
        return {}
    return {**ended["counts"], "found": ended["rows"] - max(each["asked"] for each in told.values())}
