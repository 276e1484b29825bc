"""The engine that makes the calls."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from headway import _core
from headway.settings import Path, plain

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from headway.settings import ClientSettings


class Client:
    """One I/O thread, the connections that it keeps open, and what all calls on it together may use.

    Models share one by default; a client of one's own is for options that concern connections, limits and budgets::

        client = headway.Client(config="headway.toml", max_cost=20)
        llm = headway.ChatOpenAI(client=client)

    ``config`` is the path of a headway.toml; keyword arguments win over it. Raises ConfigurationError for options that
    make no sense. Thread-safe. After a fork the child has a fresh engine with the same options.
    """

    def __init__(self, config: Path | None = None, **settings: Unpack[ClientSettings]) -> None:
        self._engine = _core.Engine(plain({**settings, "config": config}))
        _living.add(self)

    def stats(self) -> dict[str, Any]:
        """What it has done up to now, and has under way, by the names of ``headway::ClientStats``."""
        return self._engine.stats()

    def spend(self) -> list[dict[str, Any]]:
        """What was used and what it cost, by endpoint, model and service tier."""
        return self._engine.spend()

    def close(self) -> None:
        """Cancels what is in flight, closes every connection; further calls raise CallCancelledError."""
        self._engine.close()

    @property
    def closed(self) -> bool:
        return self._engine.closed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_living: WeakSet[Client] = WeakSet()
_shared: dict[str, Client] = {}


def clients() -> list[Client]:
    """All there are."""
    return list(_living)


def shared(config: Path | None) -> Client:
    """The client of all models that have none of their own: one for each headway.toml, and one for none."""
    key = "" if config is None else os.path.abspath(config)
    client = _shared.get(key)
    if client is None or client.closed:
        client = _shared[key] = Client(config)
    return client
