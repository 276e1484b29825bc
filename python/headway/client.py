"""The engine that makes the calls."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from headway import _core, log
from headway.notebook import Spend, Stats
from headway.providers import OPENAI, PROVIDERS
from headway.settings import Path, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self, Unpack

    from headway.answer import Ending
    from headway.settings import ClientSettings, RequestSettings


class Client:
    """One I/O thread, the connections that it keeps open, and what all calls on it together may use.

    Models share one by default; a client of one's own is for options that concern connections, limits and budgets::

        client = headway.Client(config="headway.toml", max_cost=20)
        llm = headway.ChatOpenAI(client=client)

    ``config`` is the path of a headway.toml; keyword arguments win over it. Raises ConfigurationError for options that
    make no sense. Thread-safe. After a fork the child has a fresh engine with the same options. It pickles by its settings,
    keys that were given among them; a copy of it is the same one, since its limits are one.
    """

    def __init__(self, config: Path | None = None, **settings: Unpack[ClientSettings]) -> None:
        log.start()
        self._engine = _core.Engine(plain({**settings, "config": config}))
        self._config, self._settings = config, settings
        _living.add(self)

    def request(self, path: str, body: Mapping[str, Any] | str | bytes, **settings: Unpack[RequestSettings]) -> RawAnswer:
        """Posts ``body`` (JSON) to any path, such as "/v1/embeddings", at the client's endpoint, and gives what it answers.

        Pacing, retries, prices and budgets hold as for every call. Blocks; Ctrl-C cancels it.
        """
        return RawAnswer(_core.request(self._engine, path, _json_of(body), plain(settings)))

    async def arequest(self, path: str, body: Mapping[str, Any] | str | bytes, **settings: Unpack[RequestSettings]) -> RawAnswer:
        """The same for asyncio. Cancelling it cancels the request, down to its socket."""
        from headway.bridge import current

        loop, bridge = current()
        future = loop.create_future()
        number = bridge.request(self._engine, future, path, _json_of(body), plain(settings))
        try:
            return RawAnswer(await future)
        except BaseException:
            bridge.cancel(number)
            raise
        finally:
            del future

    def stats(self) -> Stats:
        """What it has done up to now, and has under way: a dict by the names of ``headway::ClientStats``, in a notebook a table."""
        return Stats(self._engine.stats())

    def spend(self) -> Spend:
        """What was used and what it cost: a list of dicts, by endpoint, model and service tier, in a notebook a table."""
        return Spend(self._engine.spend())

    def metrics(self) -> str:
        """``stats()`` and ``spend()`` in Prometheus's text format, for your own endpoint to serve as ``text/plain; version=0.0.4``."""
        return self._engine.metrics()

    def close(self) -> None:
        """Cancels what is in flight, closes every connection; further calls raise CallCancelledError."""
        self._engine.close()

    @property
    def closed(self) -> bool:
        return self._engine.closed

    @property
    def _has_place(self) -> bool:
        """Whether it says itself where calls go."""
        return self._config is not None or any(self._settings.get(name) for name in ("base_url", "endpoints"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        if self is _shared.get(_key(self._config)):
            return shared, (self._config,)
        return _made, (self._config, self._settings)

    def __repr__(self) -> str:
        return f"<headway.Client {place_of(self._settings, self._config)}{', closed' if self.closed else ''}>"


class RawAnswer:
    """What a path has answered."""

    def __init__(self, told: _core.RawResponse) -> None:
        self._told = told
        self.status: int = told.status
        """200 to 299: all else is raised."""
        self.body: bytes = told.body
        self.content_type: str = told.content_type

    def json(self) -> Any:
        """The body read as JSON; of a chat that a provider answered in words of its own, as OpenAI has it."""
        return json.loads(self._told.translated or self.body)

    @property
    def usage(self) -> dict[str, int]:
        """Tokens as the provider counted them, by the names of ``headway::Usage``; zeros: it did not say."""
        return self._told.usage

    @property
    def endings(self) -> list[Ending]:
        """Why each of its choices ended, as an Answer's; empty for a path whose answers have none."""
        return [choice[2] for choice in self._told.choices]

    @property
    def cost(self) -> float | None:
        """US dollars; None: the model has no price."""
        return self._told.cost

    @property
    def attempts(self) -> int:
        """Requests sent for it, at least 1."""
        return self._told.attempts

    @property
    def request_id(self) -> str:
        """The provider's ``x-request-id``; empty: none came."""
        return self._told.request_id

    @property
    def times(self) -> dict[str, float]:
        """Seconds in each stage, over all attempts."""
        return self._told.times

    def __repr__(self) -> str:
        return f"<headway.RawAnswer {self.status}, {len(self.body):,} bytes of {self.content_type or 'unknown type'}>"


def _json_of(body: Mapping[str, Any] | str | bytes) -> str:
    if isinstance(body, bytes):
        return body.decode()
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)


def place_of(settings: Mapping[str, Any], config: Path | None) -> str:
    """For people: where calls go, as far as it is told here. Has no key."""
    if settings.get("endpoints"):
        return f"at {len(settings['endpoints'])} endpoints"
    url = settings.get("base_url")
    if config is not None and not url:
        return f"by {os.fspath(config)}"
    provider = PROVIDERS.get(settings.get("provider") or "openai", OPENAI)
    url = url or provider.base_url() or provider.url
    return f"at {str(url).partition('://')[2].partition('/')[0].rpartition('@')[2]}"


_living: WeakSet[Client] = WeakSet()
_shared: dict[str, Client] = {}


def clients() -> list[Client]:
    """All there are."""
    return list(_living)


def _key(config: Path | None) -> str:
    return "" if config is None else os.path.abspath(config)


def _made(config: Path | None, settings: dict[str, Any]) -> Client:
    return Client(config, **settings)


def shared(config: Path | None) -> Client:
    """The client of all models that have none of their own: one for each headway.toml, and one for none."""
    key = _key(config)
    client = _shared.get(key)
    if client is None or client.closed:
        client = _shared[key] = Client(config)
    return client
