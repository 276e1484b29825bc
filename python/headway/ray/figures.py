"""What all workers together have done, and the report of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

_COUNTS = ("done", "failed", "found", "cut", "filtered", "refused", "empty")
_LIVE = 3.0  # seconds without a word, then a worker is not counted as one
_MINUTE = 60.0


class Figures:
    """Told of batches that have ended and of each worker's totals, with the time. Not thread-safe."""

    def __init__(self) -> None:
        self._totals: dict[str, Mapping[str, Any]] = {}  # by worker, of those too that are gone
        self.begin()

    def begin(self) -> None:
        """What was counted up to now is another's."""
        self.stop_reason = ""
        self._batches: dict[str, Mapping[str, Any]] = {}
        self._begun: defaultdict[str, set[str]] = defaultdict(set)  # by batch, the workers that have asked it
        self._before = dict(self._totals)
        self._told_at: dict[str, float] = {}
        self._limited_s: defaultdict[str, float] = defaultdict(float)
        self._used = {"requests": 0.0, "tokens": 0.0}
        self._allowed = {"requests": 0.0, "tokens": 0.0}
        self._looked_at: float | None = None

    def tell(self, worker: str, told: Mapping[str, Any], now: float) -> None:
        totals = told["totals"]
        earlier = self._totals.get(worker, totals)  # of one that is new here it is not known when it did that
        self._totals[worker] = totals
        own = now - self._told_at.get(worker, now)
        self._told_at[worker] = now
        passed = 0.0 if self._looked_at is None else now - self._looked_at
        self._looked_at = now
        self._limited_s[self._limited_by(now)] += passed
        if not totals["calls_waiting"]:
            return
        limits = _per_second(told)
        share = own / max(1, len(self._living(now)))  # of the limit, over the time in which the worker has counted
        for what, count in (("requests", _answered(totals) - _answered(earlier)), ("tokens", _tokens(totals) - _tokens(earlier))):
            if limits[what]:
                self._used[what] += count
                self._allowed[what] += limits[what] * share

    def leave(self, worker: str) -> None:
        self._told_at.pop(worker, None)

    def begin_batch(self, batch: str, worker: str) -> None:
        self._begun[batch].add(worker)

    def count(self, batch: str, counts: Mapping[str, Any]) -> None:
        self._batches[batch] = counts

    def all(self, now: float) -> dict[str, Any]:
        """Sums, as the report has them."""
        rows: Counter[str] = Counter()
        failed: Counter[str] = Counter()
        for batch in self._batches.values():
            rows.update({name: batch[name] for name in _COUNTS})
            failed.update(batch["failed_by_kind"])
        living = self._living(now)
        return {
            "rows": dict(rows),
            "failed_by_kind": dict(failed),
            "usage": {name: self._sum(name) for name in ("prompt_tokens", "completion_tokens")},
            **cost_of(self._sum("cost"), self._sum("unpriced")),
            "calls": {name: self._sum(name) for name in ("attempts", "refusals")},
            "asked": self._sum("rows"),
            "in_flight": sum(self._totals[each]["calls_in_flight"] - self._totals[each]["calls_waiting"] for each in living),
            "workers": len(living),
            "limited_by": self._limited_by(now),
            "limited_by_s": {name: round(seconds, 3) for name, seconds in self._limited_s.items()},
            "limit_used": {what: _share(self._used[what], self._allowed[what]) for what in self._used},
            "stopped": self.stop_reason,
            "batches_again": sum(len(workers) > 1 and batch not in self._batches for batch, workers in self._begun.items()),
        }

    def _living(self, now: float) -> list[str]:
        return [worker for worker, at in self._told_at.items() if now - at < _LIVE]

    def _sum(self, name: str) -> Any:
        now = sum(totals[name] for totals in self._totals.values())
        return now - sum(totals[name] for totals in self._before.values())

    def _limited_by(self, now: float) -> str:
        """What most of the waiting calls wait for."""
        waiting: Counter[str] = Counter()
        for worker in self._living(now):
            totals = self._totals[worker]
            waiting[totals["limited_by"]] += totals["calls_waiting"]
        return waiting.most_common(1)[0][0] if waiting.total() else "input"


def cost_of(known: float, unpriced: int) -> dict[str, Any]:
    """As the report has it: all that was paid, None where that is not known; the part that is known; and answers without a price."""
    return {"cost_usd": None if unpriced else known, "cost_known_usd": known, "unpriced": unpriced}


def cost_text(figures: Mapping[str, Any]) -> str:
    if figures["unpriced"] and not figures["cost_known_usd"]:
        return "not known: the model has no price"
    without = f", and {figures['unpriced']:,} answers without a price" if figures["unpriced"] else ""
    return f"{figures['cost_known_usd']:.4f} dollars{without}"


def _per_second(told: Mapping[str, Any]) -> dict[str, float]:
    """Of the limits by the minute or less: the lower of what is set and what was read; 0: not known."""
    read = {"requests": 0.0, "tokens": 0.0}
    for limit in told["limits"]:
        for what in read:
            reading = limit[what]
            if reading and reading["seconds"] <= _MINUTE:
                read[what] += reading["limit"] / reading["seconds"]
    return {what: min(filter(None, (read[what], told["set"][what])), default=0.0) for what in read}


def _answered(totals: Mapping[str, Any]) -> int:
    return int(totals["attempts"] - totals["refusals"])


def _tokens(totals: Mapping[str, Any]) -> int:
    return int(totals["prompt_tokens"] + totals["completion_tokens"])


def _share(used: float, allowed: float) -> float | None:
    return round(used / allowed, 4) if allowed else None


def report_text(report: Mapping[str, Any]) -> str:
    """For people."""
    lines = [("run", report["run"]["ended"] + (f": {report['run']['reason']}" if report["run"]["reason"] else ""))]
    lines.append(("rows", _rows(report["rows"])))
    lines += [("", f"{count:>9,} {kind}") for kind, count in report["failed_by_kind"].items()]
    unusable = {name: report["rows"].get(name, 0) for name in ("cut", "filtered", "refused", "empty")}
    lines.append(("answers", ", ".join(f"{count:,} {name}" for name, count in unusable.items() if count)))
    lines.append(("tokens", "{prompt_tokens:,} in, {completion_tokens:,} out".format(**report["usage"])))
    lines.append(("cost", cost_text(report)))
    lines.append(("time", f"{report['wall_s']:.1f} s"))
    lines.append(("calls", "{attempts:,} sent, {refusals:,} refused as too fast".format(**report["calls"])))
    if again := report.get("maybe_asked_twice"):
        lines.append(("note", f"{again:,} rows at the most were asked, and perhaps billed, twice: a worker or a run had begun them when it died"))
    lines.append(("limited by", _limited(report["limited_by_s"])))
    used = {what: share for what, share in report["limit_used"].items() if share is not None}
    lines.append(("limit used", ", ".join(f"{share:.1%} of the {what}" for what, share in used.items())))
    lines.append(("output", report["run"]["output"]))
    return "".join(f"{name:<11}{value}\n" for name, value in lines if value)


def _rows(rows: Mapping[str, int]) -> str:
    text = f"{rows.get('done', 0):,} done"
    if rows.get("failed"):
        text += f", {rows['failed']:,} failed"
    if rows.get("found"):
        text += f" ({rows['found']:,} of them were kept from before, and not asked again)"
    return text


def _limited(seconds: Mapping[str, float]) -> str:
    all_of_it = sum(seconds.values())
    shares = sorted(((time / all_of_it, name) for name, time in seconds.items() if all_of_it), reverse=True)
    return ", ".join(f"{name} {share:.0%} of the time" for share, name in shares if share >= 0.01)
