"""What a prompt may be: a text, or messages in one of the forms that users of LangChain and OpenAI's library have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Union

Prompt = Union[str, Sequence[Any], Any]
"""A str; a list of messages, each a ``{"role": ..., "content": ...}``, a ``(role, content)``, a str, or a LangChain
message; or what has ``to_messages()``, as LangChain's prompt values do."""

_ROLES = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant"}
_PREFIXES = {"user": "Human", "assistant": "AI", "system": "System", "tool": "Tool"}


def several(prompts: Iterable[Prompt]) -> Iterable[Prompt]:
    """The same, unless it is one text: each of its letters would be asked, and paid for."""
    if isinstance(prompts, (str, bytes)):
        raise TypeError("prompts are a list or another iterable of prompts, and not one text")
    return prompts


def completion_prompt(prompt: Prompt) -> str:
    """As one text; messages become lines as LangChain writes them: ``Human: ...``."""
    prompt = _plain(prompt)
    if isinstance(prompt, str):
        return prompt
    messages = [_message(message) for message in _messages(prompt)]
    return "\n".join(f"{_PREFIXES.get(each['role'], each['role'])}: {_text(each['content'])}" for each in messages)


def chat_prompt(prompt: Prompt) -> tuple[str | list[tuple[str, str]], str | None]:
    """As the engine takes it. Second: the messages in JSON, where they have more than a role and a text."""
    prompt = _plain(prompt)
    if isinstance(prompt, str):
        return prompt, None
    messages = [_message(message) for message in _messages(prompt)]
    plain = [(each["role"], _text(each["content"])) for each in messages]
    if all(len(each) == 2 and isinstance(each["content"], str) for each in messages):
        return plain, None
    return plain, json.dumps(messages, ensure_ascii=False)


def as_messages(prompt: Prompt) -> list[dict[str, Any]]:
    """As a request has them."""
    prompt = _plain(prompt)
    return [_message(message) for message in ([prompt] if isinstance(prompt, str) else _messages(prompt))]


def _plain(prompt: Prompt) -> Prompt:
    """As Python has it, where it is a scalar of Arrow's."""
    return prompt.as_py() if not isinstance(prompt, str) and hasattr(prompt, "as_py") else prompt


def _messages(prompt: Prompt) -> Sequence[Any]:
    if hasattr(prompt, "to_messages"):
        messages: Sequence[Any] = prompt.to_messages()
        return messages
    if isinstance(prompt, Sequence):
        return prompt
    raise TypeError(f"a prompt is a str or a list of messages, and not {type(prompt).__name__}")


def _message(message: Any) -> dict[str, Any]:
    if isinstance(message, Mapping):
        if "role" not in message:
            raise TypeError("a message that is a dict has a 'role' and a 'content'")
        return {**message, "role": _role(message["role"]), "content": message.get("content")}
    if hasattr(message, "type") and hasattr(message, "content"):
        return _of_object(message)
    if isinstance(message, str):
        return {"role": "user", "content": message}
    if isinstance(message, Sequence) and len(message) == 2:
        return {"role": _role(message[0]), "content": message[1]}
    raise TypeError(f"a message is a dict, a (role, content) or a message object, and not {type(message).__name__}")


def _of_object(message: Any) -> dict[str, Any]:
    role = message.role if message.type == "chat" else _role(message.type)
    said = {"role": role, "content": message.content}
    if name := getattr(message, "name", None):
        said["name"] = name
    if answered := getattr(message, "tool_call_id", None):
        said["tool_call_id"] = answered
    if calls := getattr(message, "tool_calls", None):
        said["tool_calls"] = [_tool_call(call) for call in calls]
    return said


def _tool_call(call: Any) -> dict[str, Any]:
    function = {"name": call["name"], "arguments": json.dumps(call["args"], ensure_ascii=False)}
    return {"type": "function", "id": call["id"], "function": function}


def _role(name: str) -> str:
    return _ROLES.get(name, name)


def _text(content: Any) -> str:
    """What is known of the content's text: for OpenAI, and for the engine's estimate of its tokens."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, Sequence) else []
    texts = [part if isinstance(part, str) else part.get("text", "") for part in parts]
    return "".join(text for text in texts if isinstance(text, str))
