"""chat_peer's endpoint as Anthropic would answer: POST /v1/messages, whole or streamed, with a key in x-api-key."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chat_peer import Endpoint, Handler, answer_to, serving

USAGE = {"input_tokens": 3, "cache_read_input_tokens": 1, "cache_creation_input_tokens": 2, "output_tokens": 6}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
REASONS = {"stop": "end_turn", "tool_calls": "tool_use", "length": "max_tokens"}


class AnthropicHandler(Handler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.bodies.append({**body, "path": self.path, "key": self.headers["x-api-key"], "version": self.headers["anthropic-version"]})
        chat = _chat_of(body)
        word, _, number = str(chat["messages"][-1]["content"]).partition(" ")
        if word == "STATUS":
            error = {"type": "error", "error": {"type": "api_error", "message": "no"}}
            return self._send(int(number), "application/json", json.dumps(error))
        message = _message_of(answer_to(chat))
        if "thinking" in body:
            message["content"].insert(0, THOUGHT)
        if body.get("stream"):
            return self._send(200, "text/event-stream", "".join(_events(message)))
        self._send(200, "application/json", json.dumps(message))


def _chat_of(body: dict[str, Any]) -> dict[str, Any]:
    """The little of it that chat_peer looks at."""
    last = body["messages"][-1]["content"]
    blocks = [{"type": "text", "text": last}] if isinstance(last, str) else last
    role = "tool" if any(block["type"] == "tool_result" for block in blocks) else "user"
    text = "".join(block.get("text", "") for block in blocks)
    chat: dict[str, Any] = {"model": body["model"], "messages": [{"role": role, "content": text}]}
    if tools := body.get("tools"):
        chat["tools"] = [{"function": {"name": tool["name"], "parameters": tool["input_schema"]}} for tool in tools]
    choice = body.get("tool_choice", {"type": "auto"})
    chat["tool_choice"] = {"function": {"name": choice["name"]}} if choice["type"] == "tool" else choice["type"]
    if form := body.get("output_config", {}).get("format"):
        chat["response_format"] = {"type": "json_schema", "json_schema": {"schema": form["schema"]}}
    return chat


def _message_of(answer: dict[str, Any]) -> dict[str, Any]:
    choice = answer["choices"][0]
    said = choice["message"]
    content: list[dict[str, Any]] = [{"type": "text", "text": said["content"]}] if said["content"] else []
    for call in said.get("tool_calls", []):
        function = call["function"]
        content.append({"type": "tool_use", "id": call["id"], "name": function["name"], "input": json.loads(function["arguments"])})
    return {
        "id": "msg_7", "type": "message", "role": "assistant", "model": answer["model"], "content": content,
        "stop_reason": REASONS[choice["finish_reason"]], "stop_sequence": None, "usage": {**USAGE, "service_tier": "standard"},
    }  # fmt: skip


def _events(message: dict[str, Any]) -> Iterator[str]:
    def event(name: str, **fields: Any) -> str:
        return f"event: {name}\ndata: {json.dumps({'type': name, **fields})}\n\n"

    yield event("message_start", message={**message, "content": [], "stop_reason": None, "usage": {**USAGE, "output_tokens": 1}})
    yield event("ping")
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            yield event("content_block_start", index=index, content_block={"type": "text", "text": ""})
            for word in block["text"].split(" "):
                spaced = word if word == block["text"].split(" ")[-1] else word + " "
                yield event("content_block_delta", index=index, delta={"type": "text_delta", "text": spaced})
        elif block["type"] == "thinking":
            yield event("content_block_start", index=index, content_block={"type": "thinking", "thinking": "", "signature": ""})
            yield event("content_block_delta", index=index, delta={"type": "thinking_delta", "thinking": block["thinking"]})
            yield event("content_block_delta", index=index, delta={"type": "signature_delta", "signature": block["signature"]})
        else:
            yield event("content_block_start", index=index, content_block={**block, "input": {}})
            arguments = json.dumps(block["input"])
            for part in (arguments[:3], arguments[3:]):
                yield event("content_block_delta", index=index, delta={"type": "input_json_delta", "partial_json": part})
        yield event("content_block_stop", index=index)
    yield event("message_delta", delta={"stop_reason": message["stop_reason"], "stop_sequence": None}, usage={"output_tokens": 6})
    yield event("message_stop")


@contextmanager
def running_anthropic() -> Iterator[Endpoint]:
    with serving(AnthropicHandler, path="") as endpoint:
        yield endpoint
