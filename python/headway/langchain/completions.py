"""Text completion for LangChain."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any, ClassVar

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseLLM
from langchain_core.outputs import Generation, GenerationChunk, LLMResult

import headway
from headway.answer import Answer, Chunk
from headway.langchain.settings import Settings, for_call
from headway.langchain.usage import add_up
from headway.models import LanguageModel


class OpenAI(Settings, BaseLLM):
    """POST /v1/completions, by headway. See headway.OpenAI for the defaults."""

    model_config = Settings.model_config
    kind: ClassVar[type[LanguageModel]] = headway.OpenAI

    temperature: float | None = 0.7
    max_tokens: int | None = 256
    best_of: int | None = None
    logprobs: int | None = None

    @property
    def _llm_type(self) -> str:
        return "openai"

    def _generate(
        self, prompts: list[str], stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> LLMResult:  # fmt: skip
        return _result(self._llm.batch(prompts, stop=stop, **for_call(kwargs)))

    async def _agenerate(
        self, prompts: list[str], stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> LLMResult:  # fmt: skip
        return _result(await self._llm.abatch(prompts, stop=stop, **for_call(kwargs)))

    def _stream(
        self, prompt: str, stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> Iterator[GenerationChunk]:  # fmt: skip
        for piece in self._llm.stream(prompt, stop=stop, **for_call(kwargs)):
            chunk = _chunk(piece)
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self, prompt: str, stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> AsyncIterator[GenerationChunk]:  # fmt: skip
        async with aclosing(self._llm.astream(prompt, stop=stop, **for_call(kwargs))) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                chunk = _chunk(piece)
                if run_manager:
                    await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk


def _result(answers: list[Answer]) -> LLMResult:
    told = {"model_name": answers[0].response_metadata["model_name"]} if answers else {}
    usage = add_up(answer.response_metadata["token_usage"] for answer in answers)
    return LLMResult(generations=[_generations(answer) for answer in answers], llm_output={"token_usage": usage, **told})


def _generations(answer: Answer) -> list[Generation]:
    return [
        Generation(text=choice.get("text") or "", generation_info=_info(choice))
        for choice in answer.raw.get("choices") or []
    ]


def _info(choice: dict[str, Any]) -> dict[str, Any]:
    return {"finish_reason": choice.get("finish_reason"), "logprobs": choice.get("logprobs")}


def _chunk(piece: Chunk) -> GenerationChunk:
    return GenerationChunk(text=piece.content, generation_info=piece.response_metadata or None)
