"""Chat completion for LangChain."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from typing import Any, ClassVar, Literal

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_core.utils.utils import from_env, secret_from_env
from pydantic import Field, SecretStr, model_validator

import headway
from headway.langchain import structured
from headway.langchain.messages import chunk_of, result_of, sent
from headway.langchain.settings import Settings, for_call
from headway.langchain.usage import add_up
from headway.models import LanguageModel


class ChatOpenAI(Settings, BaseChatModel):
    """POST /v1/chat/completions, by headway. Needs a model, here or in HEADWAY_MODEL."""

    model_config = Settings.model_config
    kind: ClassVar[type[LanguageModel]] = headway.ChatOpenAI
    given_back: ClassVar[tuple[str, ...]] = ()

    streaming: bool = False
    """``invoke`` streams too, so that callbacks see every token."""
    logprobs: bool | None = None
    top_logprobs: int | None = None
    service_tier: str | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None
    store: bool | None = None

    @property
    def _llm_type(self) -> str:
        return "openai-chat"

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> ChatResult:  # fmt: skip
        return result_of(self._llm.invoke(sent(messages, self.given_back), stop=stop, **for_call(kwargs)))

    async def _agenerate(
        self, messages: list[BaseMessage], stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> ChatResult:  # fmt: skip
        return result_of(await self._llm.ainvoke(sent(messages, self.given_back), stop=stop, **for_call(kwargs)))

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:  # fmt: skip
        for piece in self._llm.stream(sent(messages, self.given_back), stop=stop, **for_call(kwargs)):
            if piece.choice == 0:
                chunk = chunk_of(piece)
                if run_manager:
                    run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk

    async def _astream(
        self, messages: list[BaseMessage], stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:  # fmt: skip
        async with aclosing(self._llm.astream(sent(messages, self.given_back), stop=stop, **for_call(kwargs))) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                if piece.choice == 0:
                    chunk = chunk_of(piece)
                    if run_manager:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk

    def _combine_llm_outputs(self, llm_outputs: list[dict[str, Any] | None]) -> dict[str, Any]:
        told = [output for output in llm_outputs if output]
        return {**told[-1], "token_usage": add_up(output["token_usage"] for output in told)} if told else {}

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], *,
        tool_choice: dict[str, Any] | str | bool | None = None, strict: bool | None = None,
        parallel_tool_calls: bool | None = None, **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:  # fmt: skip
        """The model with tools that it may call.

        ``tool_choice``: a tool's name, "auto", "none", "required" (also "any", True), or as OpenAI has it.
        """
        formatted = [convert_to_openai_tool(tool, strict=strict) for tool in tools]
        if tool_choice:
            kwargs["tool_choice"] = _choice(tool_choice, formatted)
        if parallel_tool_calls is not None:
            kwargs["parallel_tool_calls"] = parallel_tool_calls
        return self.bind(tools=formatted, **kwargs)

    def with_structured_output(
        self, schema: Any, *, method: Literal["json_schema", "function_calling", "json_mode"] = "json_schema",
        include_raw: bool = False, strict: bool | None = None, **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:  # fmt: skip
        """The model with answers of a schema: a pydantic class gives its objects, anything else dicts.

        "json_schema" asks by ``response_format``, "function_calling" by a tool, "json_mode" for any JSON: there the
        prompt has to say which. ``include_raw``: a dict with "raw", "parsed" and "parsing_error".
        """
        said = {"kwargs": {"method": method, "strict": strict}, "schema": schema}
        kwargs["ls_structured_output_format"] = said
        if method == "function_calling":
            name = structured.tool_name(schema)
            llm = self.bind_tools([schema], tool_choice=name, strict=strict, parallel_tool_calls=False, **kwargs)
            return structured.parsed(llm, structured.tool_parser(schema), include_raw)
        if method == "json_mode":
            form: dict[str, Any] = {"type": "json_object"}
        elif method == "json_schema":
            form = structured.response_format(schema, strict)
        else:
            raise ValueError(f"method is 'json_schema', 'function_calling' or 'json_mode', and not {method!r}")
        llm = self.bind(response_format=form, **kwargs)
        return structured.parsed(llm, structured.text_parser(schema), include_raw)


class ChatAnthropic(ChatOpenAI):
    """POST /v1/messages, by headway: asked and answering as ChatOpenAI. Needs a model, here or in HEADWAY_MODEL."""

    kind: ClassVar[type[LanguageModel]] = headway.ChatAnthropic
    given_back: ClassVar[tuple[str, ...]] = ("thinking_blocks",)

    openai_api_key: SecretStr | None = Field(
        default_factory=secret_from_env("ANTHROPIC_API_KEY", default=None), alias="api_key"
    )
    openai_api_base: str | None = Field(default_factory=from_env("ANTHROPIC_BASE_URL", default=None), alias="base_url")
    openai_organization: str | None = None
    top_k: int | None = None
    thinking: dict[str, Any] | None = None

    @property
    def _llm_type(self) -> str:
        return "anthropic-chat"

    @property
    def lc_secrets(self) -> dict[str, str]:
        """Secrets, by the environment variables that they may be read from."""
        return {"openai_api_key": "ANTHROPIC_API_KEY"}


class ChatGoogleGenerativeAI(ChatOpenAI):
    """Gemini's generateContent, by headway: asked and answering as ChatOpenAI. Needs a model, here or in HEADWAY_MODEL."""

    kind: ClassVar[type[LanguageModel]] = headway.ChatGoogleGenerativeAI
    given_back: ClassVar[tuple[str, ...]] = ("extra_content",)

    openai_api_key: SecretStr | None = Field(
        default_factory=secret_from_env(["GEMINI_API_KEY", "GOOGLE_API_KEY"], default=None), alias="api_key"
    )
    openai_api_base: str | None = Field(
        default_factory=from_env("GOOGLE_GEMINI_BASE_URL", default=None), alias="base_url"
    )
    openai_organization: str | None = None
    top_k: int | None = None

    @property
    def _llm_type(self) -> str:
        return "google-generative-ai-chat"

    @property
    def lc_secrets(self) -> dict[str, str]:
        """Secrets, by the environment variables that they may be read from."""
        return {"openai_api_key": "GEMINI_API_KEY"}


class AzureChatOpenAI(ChatOpenAI):
    """OpenAI's models at Azure, by headway: a deployment by its name, here as ``model`` or ``azure_deployment``."""

    kind: ClassVar[type[LanguageModel]] = headway.AzureChatOpenAI

    openai_api_key: SecretStr | None = Field(
        default_factory=secret_from_env("AZURE_OPENAI_API_KEY", default=None), alias="api_key"
    )
    openai_api_base: str | None = Field(
        default_factory=from_env("AZURE_OPENAI_ENDPOINT", default=None), alias="azure_endpoint"
    )
    openai_organization: str | None = None
    deployment_name: str | None = Field(default=None, alias="azure_deployment")
    openai_api_version: str | None = Field(
        default_factory=from_env("OPENAI_API_VERSION", default=None), alias="api_version"
    )
    azure_ad_token: SecretStr | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_its_other_name(cls, given: Any) -> Any:
        if isinstance(given, dict) and "base_url" in given:
            return {("azure_endpoint" if name == "base_url" else name): value for name, value in given.items()}
        return given

    def _given(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("deployment_name", "openai_api_version", "azure_ad_token")}
        return {**super()._given(), **{name: value for name, value in own.items() if value is not None}}

    @property
    def _llm_type(self) -> str:
        return "azure-openai-chat"

    @property
    def lc_secrets(self) -> dict[str, str]:
        """Secrets, by the environment variables that they may be read from."""
        return {"openai_api_key": "AZURE_OPENAI_API_KEY", "azure_ad_token": "AZURE_OPENAI_AD_TOKEN"}


def _choice(wanted: dict[str, Any] | str | bool, tools: list[dict[str, Any]]) -> Any:
    names = {tool["function"]["name"] for tool in tools if "function" in tool}
    if isinstance(wanted, str) and wanted in names:
        return {"type": "function", "function": {"name": wanted}}
    return "required" if wanted in ("any", True) else wanted
