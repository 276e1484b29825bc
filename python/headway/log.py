"""The logger ``headway``: what is tried again, and why. It says neither keys nor prompts.

Retries are warnings, told at once, and where there are many by one line a second; what a program's settings do not do is a
warning too. Nobody hears of it unless the program sets up ``logging``.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import Counter
from time import sleep
from typing import Any

from headway import _core

logger = logging.getLogger("headway")
logger.addHandler(logging.NullHandler())
_PAUSE = 1.0  # seconds between two lines of the same
_started = False


def start() -> None:
    """Listens to engines that are made from now on."""
    global _started
    if not _started:
        _started = True
        threading.Thread(target=_listen, args=(_core.notices(),), name="headway-log", daemon=True).start()


def _listen(inbox: _core.Inbox) -> None:
    while True:
        come, _, _ = inbox.next()
        if logger.isEnabledFor(logging.WARNING):
            _tell(come)
        sleep(_PAUSE)


def _tell(notices: list[tuple[dict[str, Any], float, int]]) -> None:
    counts: Counter[tuple[str, str, int]] = Counter()
    last: dict[tuple[str, str, int], tuple[dict[str, Any], float]] = {}
    left_out = 0
    for why, wait, others in notices:
        name = (why["endpoint"], why["kind"], why["status"])
        counts[name] += 1
        last[name] = (why, wait)
        left_out += others
    for name, count in counts.items():
        why, wait = last[name]
        times = f" ({count} times)" if count > 1 else ""
        logger.warning(
            "%s: attempt %d is made again%s, after %.1f s: %s%s", why["endpoint"], why["attempts"], times, wait, why["kind"],
            f" {why['status']}" if why["status"] else "", extra={"headway": why},
        )  # fmt: skip
    if left_out:
        logger.warning("%d more attempts were made again", left_out)


def _after_fork() -> None:
    """The child has engines of its own, and no thread yet."""
    global _started
    if _started:
        _started = False
        start()


os.register_at_fork(after_in_child=_after_fork)
