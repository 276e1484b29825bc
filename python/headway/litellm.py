"""LiteLLM's calls on headway's engine, by a custom provider: one limit, pacing, retries and budgets.

    import litellm
    import headway.litellm

    headway.litellm.register(rpm=600)
    litellm.completion(model="headway/gpt-5-mini", messages=[{"role": "user", "content": "Hello"}])

Whole and streamed, tools, schemas and embeddings; ``headway/anthropic:claude-...`` and ``headway/gemini:...`` are asked in their
own words. Whoever wants LiteLLM's own providers on headway, as far as they go by OpenAI's SDK, has ``headway.openai`` for them.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from headway.answer import Answer, Chunk
from headway.client import Client, RawAnswer, shared
from headway.errors import ConfigurationError, Error
from headway.models import ChatOpenAI, init_chat_model

try:
    import httpx
    import litellm
    from litellm import exceptions
    from litellm.llms.custom_llm import CustomLLM
    from litellm.types.utils import EmbeddingResponse, ModelResponse
except ImportError as missing:
    raise ConfigurationError("headway.litellm needs LiteLLM: pip install litellm") from missing

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from headway.settings import ClientSettings

_TIMEOUTS = ("timeout", "deadline", "connect_timeout", "first_byte_timeout", "idle_timeout")
_BY_STATUS = {
    400: exceptions.BadRequestError, 401: exceptions.AuthenticationError, 403: exceptions.PermissionDeniedError,
    404: exceptions.NotFoundError, 422: exceptions.UnprocessableEntityError, 429: exceptions.RateLimitError,
    503: exceptions.ServiceUnavailableError,
}  # fmt: skip
_RETRIES = ("max_retries", "num_retries", "extra_headers", "stream")


def register(client: Client | None = None, *, called: str = "headway", **settings: Unpack[ClientSettings]) -> Handler:
    """Makes ``headway/...`` (``called``) models of LiteLLM's. ``client``, or the settings of one, makes the calls."""
    handler = Handler(client, **settings)
    others = [each for each in litellm.custom_provider_map if each["provider"] != called]
    litellm.custom_provider_map = [*others, {"provider": called, "custom_handler": handler}]
    return handler


class Handler(CustomLLM):  # type: ignore[misc]
    """A ``litellm.CustomLLM``. A call's ``api_base`` and ``api_key`` hold; without them the client's own do.

    Retries are headway's alone: the client's ``max_retries``. What fails is LiteLLM's own exception for its status. Streams have
    the first answer alone, as LiteLLM's form of them has.
    """

    def __init__(self, client: Client | None = None, **settings: Unpack[ClientSettings]) -> None:
        super().__init__()
        if client is not None and settings:
            raise TypeError("give either client or its settings: a client has its own")
        self.client = client or (Client(**settings) if settings else shared(None))
        self._models: dict[tuple[str, str | None, str | None], ChatOpenAI] = {}

    def completion(self, model: str, messages: list[Any], **asked: Any) -> Any:
        with _Failing(model):
            return _whole(self._model(model, asked).invoke(messages, **_settings(asked)))

    async def acompletion(self, model: str, messages: list[Any], **asked: Any) -> Any:
        with _Failing(model):
            return _whole(await self._model(model, asked).ainvoke(messages, **_settings(asked)))

    def streaming(self, model: str, messages: list[Any], **asked: Any) -> Iterator[Any]:
        with _Failing(model):
            for chunk in self._model(model, asked).stream(messages, **_settings(asked)):
                yield from _pieces(chunk)

    async def astreaming(self, model: str, messages: list[Any], **asked: Any) -> AsyncIterator[Any]:
        with _Failing(model):
            async for chunk in self._model(model, asked).astream(messages, **_settings(asked)):
                for piece in _pieces(chunk):
                    yield piece

    def embedding(self, model: str, input: list[Any], **asked: Any) -> Any:
        with _Failing(model):
            return _embedded(self.client.request("/v1/embeddings", _embed(model, input, asked)))

    async def aembedding(self, model: str, input: list[Any], **asked: Any) -> Any:
        with _Failing(model):
            return _embedded(await self.client.arequest("/v1/embeddings", _embed(model, input, asked)))

    def _model(self, name: str, asked: Mapping[str, Any]) -> ChatOpenAI:
        place = (name, asked.get("api_base") or None, asked.get("api_key") or None)
        if place not in self._models:
            given = {key: value for key, value in (("base_url", place[1]), ("api_key", place[2])) if value}
            self._models[place] = init_chat_model(name, client=self.client, **given)
        return self._models[place]


class _Failing:
    """Raises headway's failures as those that LiteLLM knows."""

    def __init__(self, model: str) -> None:
        self._model = model

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: Any, error: BaseException | None, __: Any) -> None:
        if isinstance(error, Error):
            raise _failure(error, self._model) from error


# LiteLLM makes of all others of a custom provider's an APIConnectionError.
def _failure(error: Error, model: str) -> Exception:
    about: dict[str, Any] = {"message": str(error), "model": model, "llm_provider": "headway"}
    if error.kind in _TIMEOUTS:
        return exceptions.Timeout(**about)  # type: ignore[no-any-return]
    if isinstance(error, ConfigurationError):
        return exceptions.BadRequestError(**about)  # type: ignore[no-any-return]
    if error.status < 400:
        return exceptions.APIConnectionError(**about)  # type: ignore[no-any-return]
    response = httpx.Response(error.status, request=httpx.Request("POST", "https://headway.invalid"), headers={"x-request-id": error.request_id})
    kind = _BY_STATUS.get(error.status, exceptions.InternalServerError if error.status >= 500 else exceptions.BadRequestError)
    return kind(**about, response=response)  # type: ignore[no-any-return]


def _settings(asked: Mapping[str, Any]) -> dict[str, Any]:
    params = {name: value for name, value in asked["optional_params"].items() if name not in _RETRIES}
    timeout = asked.get("timeout")
    if headers := asked.get("headers"):
        params["default_headers"] = dict(headers)
    return {**params, "timeout": timeout} if isinstance(timeout, (int, float)) else params


def _whole(answer: Answer) -> Any:
    return ModelResponse(**answer.openai_form)


def _pieces(chunk: Chunk) -> Iterator[dict[str, Any]]:
    """In LiteLLM's form of a chunk, which has one tool's call at the most."""
    told = chunk.openai_form
    usage = told.get("usage")
    if chunk.choice != 0 or not (told.get("choices") or usage):
        return
    calls = [call for each in told.get("choices", [])[:1] for call in (each.get("delta") or {}).get("tool_calls") or []]
    for call in calls[:-1]:
        yield _piece("", call, "", None)
    yield _piece(chunk.content, calls[-1] if calls else None, chunk.finish_reason, usage)


def _piece(text: str, tool: Any, finish_reason: str, usage: Any) -> dict[str, Any]:
    return {"text": text, "tool_use": tool, "is_finished": bool(finish_reason), "finish_reason": finish_reason, "usage": usage, "index": 0}


def _embed(model: str, input: list[Any], asked: Mapping[str, Any]) -> str:
    if asked.get("api_base"):
        raise ConfigurationError("embeddings go to the client's own endpoint: headway.litellm.register(base_url=...)")
    params = {name: value for name, value in asked["optional_params"].items() if name not in _RETRIES}
    return json.dumps({"model": model, "input": input, **params}, ensure_ascii=False)


def _embedded(answer: RawAnswer) -> Any:
    told = answer.json()
    told["data"] = sorted(told["data"], key=lambda each: each["index"])  # servers may give them in any order
    return EmbeddingResponse(**told)
