"""How far the calls are, for people."""

from __future__ import annotations

import sys
import threading
from time import monotonic
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from headway.client import Client, clients
from headway.errors import Error

_watching: list[_Progress] = []


def expect(calls: int) -> None:
    """Tells those who watch that so many calls will come."""
    for progress in _watching:
        progress.expected += calls


@contextmanager
def progress(client: Client | None = None, *, total: int | None = None, seconds: float | None = None) -> Iterator[None]:
    """Shows what is done, what limits it, and the time left, of every gather, batch and map inside.

    By tqdm, also in notebooks, where it is installed; else as a line on stderr now and then, where that is a terminal.
    ``client``: its calls alone, and not those of all. ``total``: of use where nobody else knows, as with a generator;
    else what batches and lists say, or the calls begun up to now. ``seconds``: between two looks (0.2; 5 for lines).
    """
    show, wait = _view()
    watched = _Progress((lambda: [client]) if client else clients, total)
    over = threading.Event()
    thread = threading.Thread(target=_look, args=(watched, show, over, seconds or wait), daemon=True)
    _watching.append(watched)
    thread.start()
    try:
        yield
    finally:
        _watching.remove(watched)
        over.set()
        thread.join()


def _look(watched: _Progress, show: Callable[[_Progress, bool], None], over: threading.Event, seconds: float) -> None:
    while not over.wait(seconds):
        watched.look()
        show(watched, False)
    watched.look()
    show(watched, True)


class _Progress:
    """What the clients have done since it was made."""

    def __init__(self, watched: Callable[[], list[Client]], total: int | None) -> None:
        self._clients = watched
        self._before = self._sums()
        self._began = monotonic()
        self._given = total
        self.expected = 0
        self.done = self.in_flight = self.most = 0
        self.limited_by = ""

    def _sums(self) -> dict[str, int]:
        sums = dict.fromkeys(("calls_ended", "calls_in_flight"), 0)
        self.limited_by = ""
        for client in self._clients():
            try:
                stats = client.stats()
            except Error:  # it is closed
                continue
            for name in sums:
                sums[name] += stats[name]
            if stats["calls_waiting"]:
                self.limited_by = stats["limited_by"]
        return sums

    def look(self) -> None:
        """Asks the clients."""
        now = self._sums()
        self.in_flight = now["calls_in_flight"]
        self.done = now["calls_ended"] - self._before["calls_ended"]
        self.most = max(self.most, self.done + self.in_flight)

    @property
    def total(self) -> int:
        """As far as is known."""
        return self._given or max(self.expected, self.most)

    @property
    def left(self) -> float:
        """Seconds, at the speed up to now; 0: not known."""
        passed = monotonic() - self._began
        return (self.total - self.done) * passed / self.done if self.done else 0


def _view() -> tuple[Callable[[_Progress, bool], None], float]:
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        return _line, 5
    bar: Any = tqdm(total=0, unit="call")

    def show(watched: _Progress, last: bool) -> None:
        bar.total, bar.n = watched.total, min(watched.done, watched.total)
        bar.set_postfix_str(_limit(watched), refresh=False)
        bar.refresh()
        if last:
            bar.close()

    return show, 0.2


def _limit(watched: _Progress) -> str:
    return f"limited by {watched.limited_by}" if watched.limited_by else f"{watched.in_flight:,} in flight"


def _line(watched: _Progress, last: bool) -> None:
    if sys.stderr.isatty():
        left = "" if last or not watched.left else f", {watched.left:.0f} s left"
        print(f"{watched.done:,} of {watched.total:,} calls done, {_limit(watched)}{left}", file=sys.stderr)
