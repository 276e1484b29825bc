"""OpenAI and ChatOpenAI, with LangChain's names and signatures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headway import _core, errors
from headway.answer import Answer, Chunk
from headway.client import Client, shared
from headway.prompts import Prompt, chat_prompt, completion_prompt, several
from headway.settings import Path, call_settings, model_settings
from headway.watching import expect

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from headway.settings import ModelSettings

    Config = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

_core.set_makers(Answer, Chunk, errors.make)

_IN_FLIGHT = 1000  # of a batch that says nothing else


def _limit(config: Config) -> int:
    """Of a batch: ``config["max_concurrency"]``; of several configs the first's. 0: no limit."""
    first = config[0] if isinstance(config, Sequence) and config else config
    limit = first.get("max_concurrency") if isinstance(first, Mapping) else None
    if limit is not None and limit < 0:
        raise ValueError("max_concurrency is 1 or more; 0: no limit")
    return _IN_FLIGHT if limit is None else int(limit)


class LanguageModel:
    """What OpenAI and ChatOpenAI have in common: one prompt in, one answer out, in every way of waiting for it.

    ``stop`` and all further keywords of a call win over the model's: ``temperature``, ``max_tokens``, ``timeout``,
    ``deadline``, ``max_retries``, ``max_wait`` (seconds), ``default_headers``, ``extra_body``, ``single_flight``; what is
    none of these is a field of the request's body. Of ``config``, only ``max_concurrency`` is read.

    Every failure is a ``headway.Error``. Thread-safe, and of use in any number of event loops.
    """

    _chat: bool

    def __init__(
        self, *, client: Client | None = None, config: Path | None = None, **settings: Unpack[ModelSettings]
    ) -> None:
        """``client``: else that which all models share, or share by ``config``, the path of a headway.toml."""
        if client is not None and config is not None:
            raise TypeError("give either client or config: a client has read its own")
        self.client = shared(config) if client is None else client
        self._model = _core.Model(self._chat, self.client._engine, model_settings(settings))
        self._bound: dict[str, Any] = {}
        self._bound_options: _core.CallOptions | None = None

    def bind(self, **kwargs: Any) -> Self:
        """The same model with these keywords in every call."""
        bound = object.__new__(type(self))
        bound.__dict__.update(self.__dict__)
        bound._bound = {**self._bound, **kwargs}
        bound._bound_options = _core.CallOptions(call_settings(bound._bound))
        return bound

    def invoke(self, input: Prompt, config: Config = None, *, stop: Stop = None, **kwargs: Any) -> Answer:
        """Blocks until the answer is there; other threads of Python go on meanwhile. Ctrl-C cancels the call."""
        return _core.invoke(self._model, *self._asked(input, stop, kwargs))

    async def ainvoke(self, input: Prompt, config: Config = None, *, stop: Stop = None, **kwargs: Any) -> Answer:
        """The same for asyncio. Cancelling it, or a timeout, cancels the call, down to its socket."""
        from headway.bridge import current

        loop, bridge = current()
        future = loop.create_future()
        number = bridge.call(self._model, future, *self._asked(input, stop, kwargs))
        try:
            answer: Answer = await future
            return answer
        except BaseException:
            bridge.cancel(number)
            raise
        finally:
            del future  # a failed one holds its exception, which holds this frame

    def batch(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: bool = False,
        stop: Stop = None, **kwargs: Any,
    ) -> list[Answer]:  # fmt: skip
        """Asks all, at most ``max_concurrency`` (1,000) at once, the next as soon as one ends; answers in their order.

        All are finished even if some fail. Then the first failure is raised, and its ``outcomes`` has every answer and
        failure; with ``return_exceptions`` that list is returned.
        """
        return _settled(*_core.batch(self._model, *self._all_asked(inputs, stop, kwargs), _limit(config)),
                        return_exceptions)  # fmt: skip

    async def abatch(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: bool = False,
        stop: Stop = None, **kwargs: Any,
    ) -> list[Answer]:  # fmt: skip
        """The same for asyncio, for the cost of one task."""
        from headway.bridge import current

        loop, bridge = current()
        future = loop.create_future()
        prompts, options = self._all_asked(inputs, stop, kwargs)
        number = bridge.batch(self._model, future, prompts, options, _limit(config), False)
        try:
            outcomes, failure = await future
        except BaseException:
            bridge.cancel(number)
            raise
        return _settled(outcomes, failure, return_exceptions)

    def batch_as_completed(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: bool = False,
        stop: Stop = None, **kwargs: Any,
    ) -> Iterator[tuple[int, Answer]]:  # fmt: skip
        """Gives (place in the input, answer), the quickest first. A slow reader holds back what starts.

        A failure is raised, or given in its place with ``return_exceptions``. Leaving early cancels what is in flight.
        """
        inbox = _core.batch_each(self._model, *self._all_asked(inputs, stop, kwargs), _limit(config))
        for ended in _events(inbox):
            if isinstance(ended, tuple):
                yield _settled_one(ended, return_exceptions)

    async def abatch_as_completed(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: bool = False,
        stop: Stop = None, **kwargs: Any,
    ) -> AsyncIterator[tuple[int, Answer]]:  # fmt: skip
        """The same for asyncio."""
        from headway.bridge import Feed, current

        loop, bridge = current()
        feed = Feed(loop)
        prompts, options = self._all_asked(inputs, stop, kwargs)
        number = bridge.batch(self._model, feed, prompts, options, _limit(config), True)
        try:
            while True:
                come = await feed.next()
                for ended in come:
                    if not isinstance(ended, tuple):
                        return
                    yield _settled_one(ended, return_exceptions)
                bridge.taken(number, len(come))
        finally:
            bridge.cancel(number)

    def stream(self, input: Prompt, config: Config = None, *, stop: Stop = None, **kwargs: Any) -> Iterator[Chunk]:
        """The answer while it is written. Leaving early cancels the call, so that no more is written and paid for.

        A call that fails before its first chunk is sent again as any other; after that the failure is raised.
        """
        for chunk in _events(_core.stream(self._model, *self._asked(input, stop, kwargs))):
            if isinstance(chunk, Chunk):
                yield chunk

    async def astream(
        self, input: Prompt, config: Config = None, *, stop: Stop = None, **kwargs: Any
    ) -> AsyncIterator[Chunk]:
        """The same for asyncio; thousands may be under way at once. Who reads slowly slows down that one stream."""
        from headway.bridge import Feed, current

        loop, bridge = current()
        feed = Feed(loop)
        number = bridge.stream(self._model, feed, *self._asked(input, stop, kwargs))
        try:
            while True:
                come = await feed.next()
                for chunk in come:
                    if not isinstance(chunk, Chunk):
                        return
                    yield chunk
                bridge.taken(number, len(come))
        finally:
            bridge.cancel(number)

    def _asked(self, prompt: Prompt, stop: Stop, kwargs: dict[str, Any]) -> tuple[Any, _core.CallOptions | None]:
        """The prompt and the call's options as the engine takes them."""
        said, messages = self._said(prompt)
        return said, self._options(stop, kwargs, messages)

    def _all_asked(self, prompts: Sequence[Prompt], stop: Stop, kwargs: dict[str, Any]) -> tuple[list[Any], Any]:
        all_said = [self._said(prompt) for prompt in several(prompts)]
        expect(len(all_said))
        said = [each[0] for each in all_said]
        shared_options = self._options(stop, kwargs, None)
        if not any(messages for _, messages in all_said):
            return said, shared_options
        own = [self._options(stop, kwargs, messages) if messages else shared_options for _, messages in all_said]
        return said, own

    def _options(self, stop: Stop, kwargs: dict[str, Any], messages: str | None) -> _core.CallOptions | None:
        if stop is None and not kwargs and messages is None:
            return self._bound_options
        given = {**self._bound, **kwargs}
        if stop is not None:
            given["stop"] = stop
        if messages is not None:
            import json

            given["extra_body"] = {"messages": json.loads(messages), **(given.get("extra_body") or {})}
        return _core.CallOptions(call_settings(given))

    def _said(self, prompt: Prompt) -> tuple[Any, str | None]:
        raise NotImplementedError


if TYPE_CHECKING:
    Stop = str | list[str] | None


def _settled(outcomes: list[Any], failure: errors.Error | None, return_exceptions: bool) -> list[Answer]:
    if failure is None or return_exceptions:
        return outcomes
    failure.outcomes = outcomes
    raise failure


def _settled_one(ended: tuple[int, Any], return_exceptions: bool) -> tuple[int, Answer]:
    if not return_exceptions and isinstance(ended[1], Exception):
        raise ended[1]
    return ended


def _events(inbox: _core.Inbox) -> Iterator[Any]:
    try:
        while True:
            come, over, failed = inbox.next()
            if failed:
                yield from come[:-1]
                raise come[-1]
            yield from come
            if over:
                return
            inbox.taken(len(come))
    finally:
        inbox.cancel()


class OpenAI(LanguageModel):
    """Text completion, POST /v1/completions: the article's model.

    Defaults are LangChain's: model "gpt-3.5-turbo-instruct" (or HEADWAY_MODEL), temperature 0.7, max_tokens 256,
    2 retries. The key and the address come from OPENAI_API_KEY and OPENAI_BASE_URL.
    """

    _chat = False

    def _said(self, prompt: Prompt) -> tuple[Any, str | None]:
        return (prompt if type(prompt) is str else completion_prompt(prompt)), None


class ChatOpenAI(LanguageModel):
    """Chat, POST /v1/chat/completions. Sends only what was set; needs a model, here or in HEADWAY_MODEL."""

    _chat = True

    def _said(self, prompt: Prompt) -> tuple[Any, str | None]:
        return (prompt, None) if type(prompt) is str else chat_prompt(prompt)
