"""Joins asyncio to the engine: one bridge for each running loop."""

from __future__ import annotations

import asyncio
import threading
from asyncio import AbstractEventLoop
from select import POLLIN, poll
from typing import Any
from weakref import WeakKeyDictionary, ref

from headway import _core

_bridges: WeakKeyDictionary[AbstractEventLoop, _core.Bridge] = WeakKeyDictionary()


def current() -> tuple[AbstractEventLoop, _core.Bridge]:
    """The running loop and its bridge."""
    loop = asyncio.get_running_loop()
    bridge = _bridges.get(loop)
    return loop, bridge if bridge is not None and bridge.alive() else _build(loop)


def _build(loop: AbstractEventLoop) -> _core.Bridge:
    # A loop that was closed with calls in flight is held by their futures, and so by its bridge.
    for other in [other for other in _bridges if other.is_closed()]:
        _bridges.pop(other).close()
    bridge = _core.Bridge()
    try:
        loop.add_reader(bridge.fileno(), bridge.drain)
    except NotImplementedError:
        threading.Thread(target=_watch, args=(ref(loop), bridge.fileno(), ref(bridge)), daemon=True).start()
    _bridges[loop] = bridge
    return bridge


def _watch(loop: ref[AbstractEventLoop], descriptor: int, bridge: ref[_core.Bridge]) -> None:
    """Drains the bridge of a loop that cannot watch a descriptor."""
    readable = poll()  # select would take descriptors below 1024 alone
    readable.register(descriptor, POLLIN)
    while bridge() is not None:
        if not readable.poll(1000):
            continue
        drained = threading.Event()
        living, its_bridge = loop(), bridge()
        if living is None or its_bridge is None or living.is_closed():
            return
        living.call_soon_threadsafe(_drain, its_bridge, drained)
        del living, its_bridge
        drained.wait(1)


def _drain(bridge: _core.Bridge, drained: threading.Event) -> None:
    bridge.drain()
    drained.set()


class Feed:
    """What many results come to, one by one; stands where a future would."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._come: list[Any] = []
        self._waiter: asyncio.Future[None] | None = None
        self._failure: BaseException | None = None

    def set_result(self, result: Any) -> None:
        self._come.append(result)
        if self._waiter is not None:
            self._wake()

    def set_exception(self, failure: BaseException) -> None:
        self._failure = failure
        self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def next(self) -> list[Any]:
        """All that has come since, at least one; raises what it failed with."""
        if not self._come and self._failure is None:
            self._waiter = self._loop.create_future()
            await self._waiter
        if not self._come and self._failure is not None:
            raise self._failure
        come, self._come = self._come, []
        return come
