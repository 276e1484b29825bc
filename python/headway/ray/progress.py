"""One line for the whole cluster."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator, Mapping
from time import monotonic
from typing import Any

import ray

from headway.ray.figures import cost_text

_ON_A_TERMINAL, _ELSEWHERE = 1.0, 10.0  # seconds between lines
_ANSWER_WITHIN = 5.0


@contextlib.contextmanager
def watching(limit: Any, shown: bool) -> Iterator[None]:
    """While it lasts, the limit is in use, though its workers may not have begun, and is shown how far all of them are."""
    over = threading.Event()
    thread = threading.Thread(target=_look_on, args=(limit, over, shown), name="headway-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _look_on(limit: Any, over: threading.Event, shown: bool) -> None:
    live = shown and sys.stderr.isatty()
    began = answered = monotonic()
    while not over.wait(_ON_A_TERMINAL if live else _ELSEWHERE):
        try:
            figures = ray.get(limit.figures.remote(), timeout=_ANSWER_WITHIN)
            line = line_of(figures, monotonic() - began)
            answered = monotonic()
        except ray.exceptions.RayError:
            line = f"waiting for Ray: the limit's actor has not answered for {monotonic() - answered:.0f} s"
        if not shown:
            continue
        sys.stderr.write(f"\r\x1b[K{line}" if live else f"{line}\n")
        sys.stderr.flush()
    if live:
        sys.stderr.write("\r\x1b[K")


def line_of(figures: Mapping[str, Any], seconds: float) -> str:
    usage, calls, rows = figures["usage"], figures["calls"], figures["rows"]
    parts = [
        f"{figures['asked'] + rows.get('found', 0):,} rows",
        f"{figures['asked'] / seconds:,.1f} rows/s",
        f"{usage['completion_tokens'] / seconds:,.0f} tokens/s",
        f"{figures['in_flight']:,} in flight on {figures['workers']} workers",
        f"{calls['refusals']:,} refused",
    ]
    if figures["cost_known_usd"]:
        parts.append(cost_text(figures))
    if again := figures["batches_again"]:
        parts.append(f"{again:,} blocks run again after a worker's death")
    return ", ".join([*parts, _waits_for(figures)])


def _waits_for(figures: Mapping[str, Any]) -> str:
    if not figures["workers"]:
        return "waiting for Ray: no worker is alive"
    if not figures["in_flight"] and figures["limited_by"] == "lease":
        return "waiting for leases of the limit"
    if not figures["in_flight"] and figures["limited_by"] == "input":
        return "waiting for Ray: no block is with a worker"
    return f"limited by {figures['limited_by']}"
