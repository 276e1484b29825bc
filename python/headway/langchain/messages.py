"""LangChain's messages as chat completions has them, and the answers as LangChain's messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, convert_to_openai_messages
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.output_parsers.openai_tools import make_invalid_tool_call, parse_tool_call
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from headway.answer import Answer, Chunk

_OF_AN_ASSISTANT = ("text", "refusal", "tool_use")  # other blocks are another provider's, or told in another place
_KEPT = ("refusal", "reasoning_content", "audio", "thinking_blocks", "extra_content")
_OF_CALLS = "extra_content_of_tool_calls"  # by their ids


def sent(messages: list[BaseMessage], given_back: Sequence[str] = ()) -> list[dict[str, Any]]:
    """As they stand in a request. ``given_back``: what the provider signed and wants to see again; others refuse that."""
    return [said for message in messages for said in _sent(message, given_back)]


def _sent(message: BaseMessage, given_back: Sequence[str]) -> list[dict[str, Any]]:
    if isinstance(message, AIMessage) and not isinstance(message.content, str):
        own = [block for block in message.content if isinstance(block, str) or block.get("type") in _OF_AN_ASSISTANT]
        message = message.model_copy(update={"content": own})
    form: Any = "string" if isinstance(message.content, str) else "block"
    all_said = convert_to_openai_messages([message], text_format=form)
    if isinstance(message, AIMessage):
        all_said[0] = _with_signed(_with_broken_calls(all_said[0], message), message, given_back)
    return [_tidy(said) for said in all_said]


def _with_broken_calls(said: dict[str, Any], message: AIMessage) -> dict[str, Any]:
    """Calls whose arguments were no JSON go back as they came: a later message may answer them."""
    broken = [
        {"type": "function", "id": call["id"], "function": {"name": call["name"], "arguments": call["args"]}}
        for call in message.invalid_tool_calls
    ]
    return {**said, "tool_calls": said.get("tool_calls", []) + broken} if broken else said


def _with_signed(said: dict[str, Any], message: AIMessage, given_back: Sequence[str]) -> dict[str, Any]:
    """What came beside the text and the calls, and has no place in LangChain's messages."""
    said |= {name: message.additional_kwargs[name] for name in given_back if message.additional_kwargs.get(name)}
    of_calls = message.additional_kwargs.get(_OF_CALLS, {}) if "extra_content" in given_back else {}
    for call in said.get("tool_calls") or []:
        if extra := of_calls.get(call.get("id")):
            call["extra_content"] = extra
    return said


def _tidy(said: dict[str, Any]) -> dict[str, Any]:
    if said["role"] == "tool":
        said.pop("name", None)
    if said.get("tool_calls") and not said["content"]:
        said["content"] = None
    return said


def result_of(answer: Answer) -> ChatResult:
    """All choices of an answer."""
    about = answer.response_metadata
    about |= {"request_id": answer.request_id, "attempts": answer.attempts, "cost": answer.cost}
    common = {name: about[name] for name in about.keys() - {"finish_reason", "logprobs"}}
    generations = [
        ChatGeneration(message=_message(choice.get("message") or {}, answer, common), generation_info=_info(choice))
        for choice in answer.openai_form.get("choices") or []
    ]
    told = ("token_usage", "model_name", "system_fingerprint")
    return ChatResult(generations=generations, llm_output={name: about[name] for name in told})


# Messages get their ids from LangChain, which are unique; some servers' repeat, and LangGraph replaces messages by them.
def _message(said: dict[str, Any], answer: Answer, metadata: dict[str, Any]) -> AIMessage:
    calls, broken = _tool_calls(said.get("tool_calls") or [])
    usage: Any = answer.usage_metadata
    return AIMessage(
        content=said.get("content") or "", additional_kwargs=_kept(said), response_metadata=metadata,
        tool_calls=calls, invalid_tool_calls=broken, usage_metadata=usage,
    )  # fmt: skip


def _tool_calls(raw: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    calls, broken = [], []
    for call in raw:
        try:
            calls.append(parse_tool_call(call))
        except OutputParserException as error:
            broken.append(make_invalid_tool_call(call, str(error)))
    return [call for call in calls if call], broken


def chunk_of(piece: Chunk) -> ChatGenerationChunk:
    """A piece of a streamed answer. What is text may stand in one piece only, since LangChain joins them."""
    event = piece.openai_form
    choice: dict[str, Any] = next((one for one in event.get("choices") or [] if one.get("index", 0) == piece.choice), {})
    delta = choice.get("delta") or {}
    usage: Any = piece.usage_metadata
    message = AIMessageChunk(
        content=delta.get("content") or "", additional_kwargs=_kept(delta), response_metadata=_ended(choice, event),
        tool_call_chunks=[_call_chunk(call) for call in delta.get("tool_calls") or []],
        usage_metadata=usage,
    )  # fmt: skip
    return ChatGenerationChunk(message=message, generation_info=_logprobs(choice))


def _call_chunk(call: dict[str, Any]) -> Any:
    function = call.get("function") or {}
    return tool_call_chunk(
        name=function.get("name"), args=function.get("arguments"), id=call.get("id"), index=call.get("index")
    )


def _ended(choice: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    if not choice.get("finish_reason"):
        return {"model_provider": "openai"}
    told = {"finish_reason": choice["finish_reason"], "model_provider": "openai", "model_name": event.get("model")}
    return told | {name: event[name] for name in ("id", "system_fingerprint", "service_tier") if event.get(name)}


def _logprobs(choice: dict[str, Any]) -> dict[str, Any] | None:
    return {"logprobs": choice["logprobs"]} if choice.get("logprobs") else None


def _info(choice: dict[str, Any]) -> dict[str, Any]:
    return {"finish_reason": choice.get("finish_reason"), "logprobs": choice.get("logprobs")}


def _kept(said: dict[str, Any]) -> dict[str, Any]:
    kept = {name: said[name] for name in _KEPT if said.get(name)}
    calls = [call for call in said.get("tool_calls") or [] if call.get("extra_content") and call.get("id")]
    return {**kept, _OF_CALLS: {call["id"]: call["extra_content"] for call in calls}} if calls else kept
