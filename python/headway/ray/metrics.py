"""A worker's counters as Ray's metrics, which its dashboard and Prometheus show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ray.util.metrics import Counter, Gauge

_COUNTERS = {
    "rows": "Rows that have ended, those found from before not counted",
    "rows_failed": "Rows that have failed",
    "attempts": "Requests sent",
    "refusals": "Requests refused as too fast, or for want of room",
    "prompt_tokens": "Tokens of prompts, as the provider counted them",
    "completion_tokens": "Tokens of answers, as the provider counted them",
    "cost": "US dollars, of models that have a price",
}
_GAUGES = {"calls_in_flight": "Calls begun and not ended", "calls_waiting": "Of them, those not sent yet"}


class Metrics:
    """headway_rows and so on, by limit and worker."""

    def __init__(self, limit: str, worker: str) -> None:
        self._tags = {"limit": limit, "worker": worker[:8]}
        self._counters = {name: Counter(f"headway_{name}", text, tuple(self._tags)) for name, text in _COUNTERS.items()}
        self._gauges = {name: Gauge(f"headway_{name}", text, tuple(self._tags)) for name, text in _GAUGES.items()}
        self._told: dict[str, float] = dict.fromkeys(_COUNTERS, 0.0)

    def tell(self, totals: Mapping[str, Any]) -> None:
        for name, counter in self._counters.items():
            more = totals[name] - self._told[name]
            if more > 0:
                counter.inc(more, self._tags)
                self._told[name] = totals[name]
        for name, gauge in self._gauges.items():
            gauge.set(totals[name], self._tags)
