"""One line for the whole cluster."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator, Mapping
from time import monotonic
from typing import Any

import ray

_ON_A_TERMINAL, _ELSEWHERE = 1.0, 10.0  # seconds between lines
_ANSWER_WITHIN = 5.0


@contextlib.contextmanager
def watching(limit: Any, shown: bool) -> Iterator[None]:
    """While it lasts, shows how far all workers of that limit are."""
    over = threading.Event()
    thread = threading.Thread(target=_show_on, args=(limit, over), name="headway-progress", daemon=True)
    if shown:
        thread.start()
    try:
        yield
    finally:
        over.set()
        if shown:
            thread.join()


def _show_on(limit: Any, over: threading.Event) -> None:
    live = sys.stderr.isatty()
    began = monotonic()
    while not over.wait(_ON_A_TERMINAL if live else _ELSEWHERE):
        try:
            figures = ray.get(limit.figures.remote(), timeout=_ANSWER_WITHIN)
        except ray.exceptions.RayError:
            continue
        line = _line(figures, monotonic() - began)
        sys.stderr.write(f"\r\x1b[K{line}" if live else f"{line}\n")
        sys.stderr.flush()
    if live:
        sys.stderr.write("\r\x1b[K")


def _line(figures: Mapping[str, Any], seconds: float) -> str:
    usage, calls, rows = figures["usage"], figures["calls"], figures["rows"]
    parts = [
        f"{figures['asked'] + rows.get('found', 0):,} rows",
        f"{figures['asked'] / seconds:,.1f} rows/s",
        f"{usage['completion_tokens'] / seconds:,.0f} tokens/s",
        f"{figures['in_flight']:,} in flight on {figures['workers']} workers",
        f"{calls['refusals']:,} refused",
    ]
    if figures["cost_usd"]:
        parts.append(f"{figures['cost_usd']:.2f} dollars")
    return ", ".join([*parts, f"limited by {figures['limited_by']}"])
