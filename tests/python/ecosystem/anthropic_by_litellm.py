"""What headway asks Anthropic and reads of it, against LiteLLM's own translation of the same chats and messages."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import litellm
from litellm.litellm_core_utils.litellm_logging import Logging
from litellm.llms.anthropic.chat.transformation import AnthropicConfig
from litellm.types.utils import ModelResponse

import headway

MODEL = "claude-sonnet-4-5"
LOOK = {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object", "properties": {"at": {"type": "integer"}}}}}
USER = [{"role": "user", "content": "Hi"}]
CALL = {"id": "a", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}
CHATS: list[tuple[list[dict[str, Any]], dict[str, Any]]] = [
    (USER, {}),
    (USER, {"max_tokens": 9, "temperature": 0.5, "top_p": 0.9, "stop": ["\n", "x"]}),
    ([{"role": "system", "content": "Be brief."}, *USER, {"role": "assistant", "content": "Yes?"}, {"role": "user", "content": "東京"}], {}),
    (USER, {"tools": [LOOK], "tool_choice": "required", "parallel_tool_calls": False}),
    (USER, {"tools": [LOOK], "tool_choice": {"type": "function", "function": {"name": "look"}}}),
    ([*USER, {"role": "assistant", "content": None, "tool_calls": [CALL]}, {"role": "tool", "tool_call_id": "a", "content": "sun"}], {"tools": [LOOK]}),
    ([*USER, {"role": "assistant", "content": "So.", "tool_calls": [CALL], "thinking_blocks": [
        {"type": "thinking", "thinking": "Hm.", "signature": "s"}, {"type": "redacted_thinking", "data": "r"},
    ]}, {"role": "tool", "tool_call_id": "a", "content": "sun"}], {"tools": [LOOK]}),
    ([{"role": "user", "content": [
        {"type": "text", "text": "What?", "cache_control": {"type": "ephemeral"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
    ]}], {}),
    (USER, {"user": "somebody"}),
]  # fmt: skip
USAGE = {"input_tokens": 10, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 3, "output_tokens": 5}
MESSAGES = [
    {"content": [{"type": "text", "text": "Hello"}], "stop_reason": "end_turn"},
    {"content": [{"type": "text", "text": "Hel"}], "stop_reason": "max_tokens"},
    {"content": [{"type": "text", "text": "x"}], "stop_reason": "stop_sequence"},
    {"content": [{"type": "tool_use", "id": "t", "name": "look", "input": {"at": 1}}], "stop_reason": "tool_use"},
    {"content": [{"type": "thinking", "thinking": "Hm.", "signature": "s"}, {"type": "text", "text": "So."}], "stop_reason": "end_turn"},
]
asked: list[dict[str, Any]] = []
answers: list[dict[str, Any]] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        message = answers.pop(0) if answers else message_of(MESSAGES[0])
        data = json.dumps(message).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


def message_of(part: dict[str, Any]) -> dict[str, Any]:
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "stop_sequence": None, "usage": USAGE, **part}


def plain(value: Any) -> Any:
    """A text and one block of text say the same to Anthropic, and so does a list of blocks that stand together."""
    if isinstance(value, dict):
        return {name: blocks(each) if name in ("content", "system") else plain(each) for name, each in value.items() if each is not None}
    return [plain(each) for each in value] if isinstance(value, list) else value


def blocks(value: Any) -> Any:
    return [{"type": "text", "text": value}] if isinstance(value, str) else plain(value)


def of_litellm(messages: list[dict[str, Any]], fields: dict[str, Any]) -> dict[str, Any]:
    config = AnthropicConfig()
    mapped = config.map_openai_params(dict(fields), {}, MODEL, drop_params=False)
    mapped.setdefault("max_tokens", 4096)
    said = json.loads(json.dumps(messages))
    return dict(config.transform_request(MODEL, said, mapped, {}, {}))


def answer_of_litellm(message: dict[str, Any]) -> dict[str, Any]:
    raw = httpx.Response(200, json=message, request=httpx.Request("POST", "https://api.anthropic.com"))
    logging = Logging(MODEL, USER, False, "completion", None, "1", "1")
    made = AnthropicConfig().transform_response(MODEL, raw, ModelResponse(), logging, {}, USER, {}, {}, None)
    return dict(made.model_dump())


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
llm = headway.ChatAnthropic(model=MODEL, base_url=f"http://127.0.0.1:{server.server_port}")
litellm.telemetry = False
for messages, fields in CHATS:
    llm.invoke(messages, **fields)
    ours, theirs = plain(asked.pop()), plain(of_litellm(messages, fields))
    assert ours == theirs, f"{json.dumps(ours, indent=1)}\n{json.dumps(theirs, indent=1)}"
for part in MESSAGES:
    answers.append(message_of(part))
    answer = llm.invoke("Hi")
    ours, theirs = answer.openai_form, answer_of_litellm(message_of(part))
    mine, its = ours["choices"][0], theirs["choices"][0]
    assert mine["finish_reason"] == its["finish_reason"], (part, mine, its)
    assert (mine["message"]["content"] or None) == (its["message"]["content"] or None), (part, mine, its)
    assert (mine["message"].get("thinking_blocks") or None) == (its["message"].get("thinking_blocks") or None), (part, mine, its)
    calls = [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in mine["message"].get("tool_calls", [])]
    assert calls == [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in its["message"]["tool_calls"] or []]
    for name in ("prompt_tokens", "completion_tokens", "total_tokens"):
        assert ours["usage"][name] == theirs["usage"][name], (name, ours["usage"], theirs["usage"])
    assert answer.usage["cached_tokens"] == theirs["usage"]["prompt_tokens_details"]["cached_tokens"]
print("good")
