"""OpenAIEmbeddings, with LangChain's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from headway import _core
from headway.client import Client, place_of, shared
from headway.prompts import several
from headway.settings import Path, model_settings, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from typing_extensions import Unpack

    from headway.settings import EmbeddingsSettings, RequestSettings

_DEFAULT_MODEL = "text-embedding-ada-002"


class OpenAIEmbeddings:
    """Embeddings, POST /v1/embeddings, of any number of texts.

    Texts share requests, as many as ``max_inputs`` and ``max_request_tokens`` allow; a request that is refused because it is too
    large is sent again in two halves, and later ones are no larger than what was taken. The default model is LangChain's,
    "text-embedding-ada-002"; HEADWAY_MODEL is not looked at. What was used and what it cost is in ``client.spend()``.

    Every failure is a ``headway.Error``. Thread-safe, and of use in any number of event loops. It pickles by its settings, a key
    that was given among them.
    """

    def __init__(
        self, *, client: Client | None = None, config: Path | None = None, **settings: Unpack[EmbeddingsSettings]
    ) -> None:
        """``client``: else that which all models share, or share by ``config``, the path of a headway.toml."""
        if client is not None and config is not None:
            raise TypeError("give either client or config: a client has read its own")
        self.client = shared(config) if client is None else client
        self._embedder = _core.Embedder(self.client._engine, model_settings(settings))
        self._made_of = (client, config, dict(settings))

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (type(self), self._made_of)

    def __repr__(self) -> str:
        client, config, given = self._made_of
        settings: Mapping[str, Any] = plain(given)
        model = settings.get("model") or _DEFAULT_MODEL
        if client is not None and not any(settings.get(name) for name in ("base_url", "endpoints")):
            config, settings = client._config, client._settings
        return f"<headway.{type(self).__name__} {model!r} {place_of(settings, config)}>"

    @overload
    def embed_documents(
        self, texts: Iterable[str], *, return_exceptions: Literal[False] = False, **settings: Unpack[RequestSettings]
    ) -> list[list[float]]: ...
    @overload
    def embed_documents(
        self, texts: Iterable[str], *, return_exceptions: bool, **settings: Unpack[RequestSettings]
    ) -> list[list[float] | Exception]: ...
    def embed_documents(self, texts: Iterable[str], *, return_exceptions: bool = False, **settings: Any) -> Any:
        """The embeddings, in the order of the texts: lists, generators, columns of pandas, Polars and Arrow.

        All requests are finished even if some fail. Then the first failure is raised, and its ``outcomes`` has every embedding
        and failure; with ``return_exceptions`` that list is returned. Blocks; Ctrl-C cancels it.
        """
        outcomes, failure = _core.embed(self._embedder, _texts(texts), plain(settings))
        return _settled(outcomes, failure, return_exceptions)

    def embed_query(self, text: str, **settings: Unpack[RequestSettings]) -> list[float]:
        """The embedding of one text."""
        return self.embed_documents([text], **settings)[0]

    @overload
    async def aembed_documents(
        self, texts: Iterable[str], *, return_exceptions: Literal[False] = False, **settings: Unpack[RequestSettings]
    ) -> list[list[float]]: ...
    @overload
    async def aembed_documents(
        self, texts: Iterable[str], *, return_exceptions: bool, **settings: Unpack[RequestSettings]
    ) -> list[list[float] | Exception]: ...
    async def aembed_documents(self, texts: Iterable[str], *, return_exceptions: bool = False, **settings: Any) -> Any:
        """The same for asyncio. Cancelling it cancels the requests, down to their sockets."""
        from headway.bridge import current

        loop, bridge = current()
        future = loop.create_future()
        number = bridge.embed(self._embedder, future, _texts(texts), plain(settings))
        try:
            outcomes, failure = await future
        except BaseException:
            bridge.cancel(number)
            raise
        return _settled(outcomes, failure, return_exceptions)

    async def aembed_query(self, text: str, **settings: Unpack[RequestSettings]) -> list[float]:
        """The embedding of one text."""
        return (await self.aembed_documents([text], **settings))[0]


def _texts(given: Iterable[Any]) -> list[str]:
    texts: list[Any] = [each.as_py() if not isinstance(each, str) and hasattr(each, "as_py") else each for each in several(given)]
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(f"text {place} is a {type(text).__name__}, and no str")
    return texts


def _settled(outcomes: list[Any], failure: Any, return_exceptions: bool) -> list[Any]:
    if failure is None or return_exceptions:
        return outcomes
    failure.outcomes = outcomes
    raise failure


def _made(kind: type[OpenAIEmbeddings], made_of: tuple[Any, Any, dict[str, Any]]) -> OpenAIEmbeddings:
    client, config, settings = made_of
    return kind(client=client, config=config, **settings)
