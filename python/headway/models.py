"""OpenAI and ChatOpenAI, with LangChain's names and signatures."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NoReturn, overload

from headway import _core, errors
from headway.answer import Answer, Chunk
from headway.azure import azure_settings
from headway.client import Client, place_of, shared
from headway.log import logger
from headway.prompts import Prompt, chat_prompt, completion_prompt, several
from headway.providers import split
from headway.settings import Path, call_settings, model_settings, plain
from headway.watching import expect

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from headway.settings import AzureSettings, CallSettings, ModelSettings, OtherModelSettings
    from headway.structured import Structured

    Config = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

_core.set_makers(Answer, Chunk, errors.make)

_IN_FLIGHT = 1000  # of a batch that says nothing else
_OF_LANGCHAIN = frozenset(("tags", "metadata", "callbacks", "run_name", "max_concurrency", "recursion_limit", "configurable", "run_id"))


def _checked(config: Config) -> list[Mapping[str, Any]]:
    """One config or several. Raises TypeError for what is no setting of any."""
    configs = [config] if isinstance(config, Mapping) else list(config or ())
    for one in configs:
        if unknown := [name for name in one if name not in _OF_LANGCHAIN]:
            raise TypeError(f"config has no '{unknown[0]}'; of it, max_concurrency is read")
        if isinstance(one.get("callbacks"), (list, tuple)) and one["callbacks"]:
            logger.warning("callbacks in a config are not called here; headway.langchain has models that call them")
    return configs


def _limit(config: Config) -> int:
    """Of a batch: ``config["max_concurrency"]``; of several configs the first's. 0: no limit."""
    configs = _checked(config)
    limit = configs[0].get("max_concurrency") if configs else None
    if limit is not None and limit < 0:
        raise ValueError("max_concurrency is 1 or more; 0: no limit")
    return _IN_FLIGHT if limit is None else int(limit)


class LanguageModel:
    """What OpenAI and ChatOpenAI have in common: one prompt in, one answer out, in every way of waiting for it.

    ``stop`` and all further keywords of a call win over the model's: ``temperature``, ``max_tokens``, ``timeout``,
    ``deadline``, ``max_retries``, ``max_wait`` (seconds), ``default_headers``, ``extra_body``, ``single_flight``; what is
    none of these is a field of the request's body. Of ``config``, only ``max_concurrency`` is read.

    Every failure is a ``headway.Error``. Thread-safe, and of use in any number of event loops. It pickles by its settings, a key
    that was given among them, and its copies share its client.
    """

    _chat: bool
    _default_model = ""

    def __init__(
        self, *, client: Client | None = None, config: Path | None = None, **settings: Unpack[ModelSettings]
    ) -> None:
        """``client``: else that which all models share, or share by ``config``, the path of a headway.toml."""
        if client is not None and config is not None:
            raise TypeError("give either client or config: a client has read its own")
        self.client = shared(config) if client is None else client
        self._model = _core.Model(self._chat, self.client._engine, model_settings(settings))
        self._made_of = (client, config, dict(settings))
        self._bound: dict[str, Any] = {}
        self._bound_options: _core.CallOptions | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (type(self), self._made_of, self._bound)

    def __repr__(self) -> str:
        client, config, given = self._made_of
        settings = plain(given)
        if client is not None and not any(settings.get(name) for name in ("base_url", "endpoints")):
            config, settings = client._config, {**client._settings, "model": settings.get("model")}
        name = settings.get("model") or os.environ.get("HEADWAY_MODEL") or (self._default_model if config is None else "")
        model = repr(name) if name else "its model"
        return f"<headway.{type(self).__name__} {model} {place_of(settings, config)}>"

    def __or__(self, _: object) -> NoReturn:
        self._is_no_runnable()

    __ror__ = __or__

    def __call__(self, *_: object, **__: object) -> NoReturn:
        """Raises TypeError: a model is asked by invoke(). LangChain's ``|`` takes what can be called into a chain."""
        self._is_no_runnable()

    def _is_no_runnable(self) -> NoReturn:
        name = type(self).__name__
        raise TypeError(
            f"headway.{name} is asked by invoke() and is no part of a chain; LangChain's chains take headway.langchain.{name}"
        )

    def bind_tools(
        self, tools: Sequence[Mapping[str, Any] | type | Callable[..., Any]], *,
        tool_choice: Mapping[str, Any] | str | bool | None = None, strict: bool | None = None,
        parallel_tool_calls: bool | None = None, **kwargs: Any,
    ) -> Self:  # fmt: skip
        """The same model with tools that it may call: dicts in OpenAI's form, pydantic classes, or functions with types.

        ``tool_choice``: a tool's name, "auto", "none", "required" (also "any", True), or as OpenAI has it. The calls are in
        the answer's ``tool_calls``. Classes and functions need pydantic.
        """
        from headway.structured import tool_of, tool_choice_of

        formed = [tool_of(tool, strict) for tool in tools]
        given: dict[str, Any] = {**kwargs, "tools": formed}
        if tool_choice:
            given["tool_choice"] = tool_choice_of(tool_choice, formed)
        if parallel_tool_calls is not None:
            given["parallel_tool_calls"] = parallel_tool_calls
        return self.bind(**given)

    def with_structured_output(
        self, schema: Any, *, method: Literal["json_schema", "function_calling", "json_mode"] = "json_schema",
        include_raw: bool = False, strict: bool | None = None, repair: int = 0, **kwargs: Unpack[CallSettings],
    ) -> Structured:  # fmt: skip
        """The model with answers of a schema: a pydantic class, a dataclass or a TypedDict gives its objects, a dict of JSON
        Schema gives dicts, checked by headway's own validator.

        "json_schema" asks by ``response_format``, "function_calling" by a tool, "json_mode" for any JSON: there the
        prompt has to say which. ``repair``: how often an answer that does not keep to it is sent back with the validator's words,
        and asked for again. ``include_raw``: a dict with "raw", "parsed" and "parsing_error", and with ``repair`` those that were
        put right in "repaired".
        """
        from headway.structured import Structured

        return Structured(self.bind(**kwargs) if kwargs else self, schema, method, include_raw, strict, repair)

    def bind(self, *, stop: Stop = None, **kwargs: Unpack[CallSettings]) -> Self:
        """The same model with these keywords in every call."""
        bound = object.__new__(type(self))
        bound.__dict__.update(self.__dict__)
        bound._bound = {**self._bound, **kwargs, **({} if stop is None else {"stop": stop})}
        bound._bound_options = _core.CallOptions(call_settings(bound._bound))
        return bound

    def invoke(
        self, input: Prompt, config: Config = None, *, stop: Stop = None, **kwargs: Unpack[CallSettings]
    ) -> Answer:
        """Blocks until the answer is there; other threads of Python go on meanwhile. Ctrl-C cancels the call."""
        if config is not None:
            _checked(config)
        return _core.invoke(self._model, *self._asked(input, stop, kwargs))

    async def ainvoke(
        self, input: Prompt, config: Config = None, *, stop: Stop = None, **kwargs: Unpack[CallSettings]
    ) -> Answer:
        """The same for asyncio. Cancelling it, or a timeout, cancels the call, down to its socket."""
        from headway.bridge import current

        if config is not None:
            _checked(config)
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

    @overload
    def batch(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: Literal[False] = False,
        stop: Stop = None, **kwargs: Unpack[CallSettings],
    ) -> list[Answer]: ...  # fmt: skip
    @overload
    def batch(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: bool,
        stop: Stop = None, **kwargs: Unpack[CallSettings],
    ) -> list[Answer | Exception]: ...  # fmt: skip
    def batch(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: bool = False,
        stop: Stop = None, **kwargs: Any,
    ) -> Any:  # fmt: skip
        """Asks all, at most ``max_concurrency`` (1,000) at once, the next as soon as one ends; answers in their order.

        All are finished even if some fail. Then the first failure is raised, and its ``outcomes`` has every answer and
        failure; with ``return_exceptions`` that list is returned. What is no prompt is a TypeError before anything is
        asked, or with ``return_exceptions`` in its place.
        """
        limit = _limit(config)
        asked = self._all_asked(inputs, stop, kwargs, return_exceptions)
        return asked.settled(*_core.batch(self._model, asked.said, asked.options, limit), return_exceptions)

    @overload
    async def abatch(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: Literal[False] = False,
        stop: Stop = None, **kwargs: Unpack[CallSettings],
    ) -> list[Answer]: ...  # fmt: skip
    @overload
    async def abatch(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: bool,
        stop: Stop = None, **kwargs: Unpack[CallSettings],
    ) -> list[Answer | Exception]: ...  # fmt: skip
    async def abatch(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: bool = False,
        stop: Stop = None, **kwargs: Any,
    ) -> Any:  # fmt: skip
        """The same for asyncio, for the cost of one task."""
        from headway.bridge import current

        loop, bridge = current()
        future = loop.create_future()
        limit = _limit(config)
        asked = self._all_asked(inputs, stop, kwargs, return_exceptions)
        number = bridge.batch(self._model, future, asked.said, asked.options, limit, False)
        try:
            outcomes, failure = await future
        except BaseException:
            bridge.cancel(number)
            raise
        return asked.settled(outcomes, failure, return_exceptions)

    @overload
    def batch_as_completed(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: Literal[False] = False,
        stop: Stop = None, **kwargs: Unpack[CallSettings],
    ) -> Iterator[tuple[int, Answer]]: ...  # fmt: skip
    @overload
    def batch_as_completed(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: bool,
        stop: Stop = None, **kwargs: Unpack[CallSettings],
    ) -> Iterator[tuple[int, Answer | Exception]]: ...  # fmt: skip
    def batch_as_completed(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: bool = False,
        stop: Stop = None, **kwargs: Any,
    ) -> Iterator[Any]:  # fmt: skip
        """Gives (place in the input, answer), the quickest first. A slow reader holds back what starts.

        A failure is raised, or given in its place with ``return_exceptions``. Leaving early cancels what is in flight.
        """
        limit = _limit(config)
        asked = self._all_asked(inputs, stop, kwargs, return_exceptions)
        inbox = _core.batch_each(self._model, asked.said, asked.options, limit)
        yield from asked.bad.items()
        for ended in _events(inbox):
            if isinstance(ended, tuple):
                yield asked.settled_one(ended, return_exceptions)

    @overload
    def abatch_as_completed(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: Literal[False] = False,
        stop: Stop = None, **kwargs: Unpack[CallSettings],
    ) -> AsyncIterator[tuple[int, Answer]]: ...  # fmt: skip
    @overload
    def abatch_as_completed(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: bool,
        stop: Stop = None, **kwargs: Unpack[CallSettings],
    ) -> AsyncIterator[tuple[int, Answer | Exception]]: ...  # fmt: skip
    async def abatch_as_completed(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: bool = False,
        stop: Stop = None, **kwargs: Any,
    ) -> AsyncIterator[Any]:  # fmt: skip
        """The same for asyncio."""
        from headway.bridge import Feed, current

        loop, bridge = current()
        feed = Feed(loop)
        limit = _limit(config)
        asked = self._all_asked(inputs, stop, kwargs, return_exceptions)
        number = bridge.batch(self._model, feed, asked.said, asked.options, limit, True)
        try:
            for bad in asked.bad.items():
                yield bad
            while True:
                come = await feed.next()
                for ended in come:
                    if not isinstance(ended, tuple):
                        return
                    yield asked.settled_one(ended, return_exceptions)
                bridge.taken(number, len(come))
        finally:
            bridge.cancel(number)

    def stream(
        self, input: Prompt, config: Config = None, *, stop: Stop = None, **kwargs: Unpack[CallSettings]
    ) -> Iterator[Chunk]:
        """The answer while it is written. Leaving early cancels the call, so that no more is written and paid for.

        A call that fails before its first chunk is sent again as any other; after that the failure is raised.
        """
        _checked(config)
        for chunk in _events(_core.stream(self._model, *self._asked(input, stop, kwargs))):
            if isinstance(chunk, Chunk):
                yield chunk

    async def astream(
        self, input: Prompt, config: Config = None, *, stop: Stop = None, **kwargs: Unpack[CallSettings]
    ) -> AsyncIterator[Chunk]:
        """The same for asyncio; thousands may be under way at once. Who reads slowly slows down that one stream."""
        from headway.bridge import Feed, current

        _checked(config)
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

    def _asked(self, prompt: Prompt, stop: Stop, kwargs: Mapping[str, Any]) -> tuple[Any, _core.CallOptions | None]:
        """The prompt and the call's options as the engine takes them."""
        said, messages = self._said(prompt)
        return said, self._options(stop, kwargs, messages)

    def _all_asked(self, prompts: Sequence[Prompt], stop: Stop, kwargs: Mapping[str, Any], also_bad: bool) -> _Asked:
        said: list[tuple[Any, str | None]] = []
        bad: dict[int, Exception] = {}
        for place, prompt in enumerate(several(prompts)):
            try:
                said.append(self._said(prompt))
            except TypeError as error:
                if not also_bad:
                    raise TypeError(f"prompt {place}: {error}") from None
                bad[place] = TypeError(f"prompt {place}: {error}")
        expect(len(said))
        shared_options = self._options(stop, kwargs, None)
        options: Any = shared_options
        if any(messages for _, messages in said):
            options = [self._options(stop, kwargs, messages) if messages else shared_options for _, messages in said]
        return _Asked([each for each, _ in said], options, bad)

    def _options(self, stop: Stop, kwargs: Mapping[str, Any], messages: str | None) -> _core.CallOptions | None:
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


class _Asked:
    """A batch as the engine takes it, without what is no prompt."""

    def __init__(self, said: list[Any], options: Any, bad: dict[int, Exception]) -> None:
        self.said, self.options, self.bad = said, options, bad
        self._places = [place for place in range(len(said) + len(bad)) if place not in bad] if bad else []

    def settled(self, outcomes: list[Any], failure: errors.Error | None, return_exceptions: bool) -> list[Any]:
        for place, error in sorted(self.bad.items()):
            outcomes.insert(place, error)
        if failure is None or return_exceptions:
            return outcomes
        failure.outcomes = outcomes
        raise failure

    def settled_one(self, ended: tuple[int, Any], return_exceptions: bool) -> tuple[int, Any]:
        if not return_exceptions and isinstance(ended[1], Exception):
            raise ended[1]
        return (self._places[ended[0]], ended[1]) if self.bad else ended


def _made(kind: type[LanguageModel], made_of: tuple[Any, Any, dict[str, Any]], bound: dict[str, Any]) -> LanguageModel:
    client, config, settings = made_of
    model = kind(client=client, config=config, **settings)
    return model.bind(**bound) if bound else model


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
    _default_model = "gpt-3.5-turbo-instruct"

    def _said(self, prompt: Prompt) -> tuple[Any, str | None]:
        return (prompt if type(prompt) is str else completion_prompt(prompt)), None


class ChatOpenAI(LanguageModel):
    """Chat, POST /v1/chat/completions. Sends only what was set; needs a model, here or in HEADWAY_MODEL."""

    _chat = True

    def _said(self, prompt: Prompt) -> tuple[Any, str | None]:
        return (prompt, None) if type(prompt) is str else chat_prompt(prompt)


class ChatAnthropic(ChatOpenAI):
    """Anthropic's models, POST /v1/messages, asked and answering as ChatOpenAI's: what is set goes out in Anthropic's words.

    The key and the address come from ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL. Without ``max_tokens``, which Anthropic wants, an
    answer has 4,096 tokens at the most. What Anthropic cannot be asked for, such as ``seed``, is a ConfigurationError before
    anything is sent; fields of its own, such as ``thinking`` and ``top_k``, go out as they are.
    """

    def __init__(
        self, *, client: Client | None = None, config: Path | None = None, **settings: Unpack[ModelSettings]
    ) -> None:
        """As any model's; ``provider`` is "anthropic"."""
        settings.setdefault("provider", "anthropic")
        super().__init__(client=client, config=config, **settings)


class ChatGoogleGenerativeAI(ChatOpenAI):
    """Google's Gemini models, POST /v1beta/models/MODEL:generateContent, asked and answering as ChatOpenAI's: what is set goes out
    in Gemini's words.

    The key and the address come from GEMINI_API_KEY (or GOOGLE_API_KEY) and GOOGLE_GEMINI_BASE_URL. What Gemini cannot be asked
    for, such as ``logit_bias``, is a ConfigurationError before anything is sent; fields of its own in ``extra_body``, such as
    ``safetySettings`` and ``generationConfig``, go out as they are.
    """

    def __init__(
        self, *, client: Client | None = None, config: Path | None = None, **settings: Unpack[ModelSettings]
    ) -> None:
        """As any model's; ``provider`` is "gemini"."""
        settings.setdefault("provider", "gemini")
        super().__init__(client=client, config=config, **settings)


class AzureChatOpenAI(ChatOpenAI):
    """OpenAI's models at Azure, asked and answering as ChatOpenAI's.

    ``azure_endpoint`` is the resource's address, https://NAME.openai.azure.com, or else AZURE_OPENAI_ENDPOINT; the key is
    AZURE_OPENAI_API_KEY, or ``azure_ad_token`` (AZURE_OPENAI_AD_TOKEN) a token. ``model`` is the name of a deployment, asked by
    Azure's newer API; ``azure_deployment`` with an ``api_version`` (OPENAI_API_VERSION) asks it by the older one, whose path says it.
    """

    def __init__(
        self, *, client: Client | None = None, config: Path | None = None, **settings: Unpack[AzureSettings]
    ) -> None:
        """As any model's; ``provider`` is "azure"."""
        super().__init__(client=client, config=config, **azure_settings(dict(settings)))


_BY_PROVIDER: dict[str | None, type[ChatOpenAI]] = {
    "openai": ChatOpenAI, "anthropic": ChatAnthropic, "google_genai": ChatGoogleGenerativeAI, "gemini": ChatGoogleGenerativeAI,
    "azure": AzureChatOpenAI, "azure_openai": AzureChatOpenAI,
}  # fmt: skip


def init_chat_model(
    model: str, *, model_provider: str | None = None, client: Client | None = None, config: Path | None = None,
    **settings: Unpack[OtherModelSettings],
) -> ChatOpenAI:  # fmt: skip
    """A chat model by its name, with its provider before it: "anthropic:claude-haiku-4-5",
    "google_genai:gemini-2.5-flash" (or "gemini:..."), "openai:gpt-5-mini".

    Without one, or ``model_provider``, it is OpenAI's, or of whatever speaks like it. Raises ConfigurationError for a provider
    that headway does not know.
    """
    if model_provider is None:
        model_provider, model = split(model)
    kind = _BY_PROVIDER.get(model_provider, ChatOpenAI)
    if model_provider is not None:
        settings["provider"] = model_provider
    return kind(client=client, config=config, model=model, **settings)
