"""A chat endpoint on loopback that calls tools and keeps to schemas, whole or streamed, as far as LangChain's suite asks.

The last message's text says what it does: STATUS n (that error), ONCE n (that error, the first time it is asked so); else it
calls the first or the chosen tool, writes JSON of the schema, or answers with the text.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ports import is_new

USAGE = {
    "prompt_tokens": 4, "completion_tokens": 6, "total_tokens": 10,
    "prompt_tokens_details": {"cached_tokens": 1}, "completion_tokens_details": {"reasoning_tokens": 2},
}  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bodies: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.bodies.append(body)
        word, _, number = _text(body).partition(" ")
        asked_so = sum(each.get("messages") == body.get("messages") for each in self.bodies)
        if word == "STATUS" or (word == "ONCE" and asked_so == 1):
            return self._send(int(number), "application/json", json.dumps({"error": {"message": "no"}}))
        if body.get("stream"):
            return self._send(200, "text/event-stream", "".join(f"data: {event}\n\n" for event in events_of(body)))
        self._send(200, "application/json", json.dumps(answer_to(body)))

    def do_GET(self) -> None:
        self._send(200, "application/json", json.dumps({"object": "list", "data": [{"id": "m", "object": "model"}]}))

    def _send(self, status: int, kind: str, text: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.send_header("x-request-id", "req-1")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


def _text(body: dict[str, Any]) -> str:
    content = body["prompt"] if "prompt" in body else body["messages"][-1]["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content or [])


def answer_to(body: dict[str, Any]) -> dict[str, Any]:
    kind = "text_completion" if "prompt" in body else "chat.completion"
    about = {"id": "chat-7", "object": kind, "created": 1, "model": body["model"], "system_fingerprint": "fp", "usage": USAGE}
    if "prompt" in body:
        return {**about, "choices": [{"index": 0, "text": f"You said: {_text(body)}", "finish_reason": "stop"}]}
    message = {"role": "assistant", **_said(body)}
    ended = "tool_calls" if "tool_calls" in message else "stop"
    return {**about, "choices": [{"index": 0, "message": message, "finish_reason": ended}]}


def _said(body: dict[str, Any]) -> dict[str, Any]:
    chosen = body.get("tool_choice", "auto")
    if body.get("tools") and (chosen != "auto" or body["messages"][-1]["role"] != "tool"):
        name = chosen["function"]["name"] if isinstance(chosen, dict) else body["tools"][0]["function"]["name"]
        function = next(tool["function"] for tool in body["tools"] if tool["function"]["name"] == name)
        arguments = json.dumps(_like(function["parameters"], _text(body)))
        call = {"id": "call-1", "type": "function", "function": {"name": name, "arguments": arguments}}
        return {"content": None, "tool_calls": [call]}
    form = body.get("response_format") or {}
    if form.get("type") == "json_schema":
        return {"content": json.dumps(_like(form["json_schema"]["schema"], ""))}
    if form.get("type") == "json_object":
        return {"content": '{"setup": "a", "punchline": "b"}'}
    return {"content": f"You said: {_text(body)}"}


def _like(schema: dict[str, Any], text: str) -> Any:
    """Something that the schema allows: numbers and quoted words are the text's own."""
    if "anyOf" in schema:
        return _like(schema["anyOf"][0], text)
    if schema.get("type") == "object":
        return {name: _like(each, text) for name, each in schema.get("properties", {}).items()}
    if schema.get("type") in ("integer", "number"):
        number = re.search(r"\d+", text)
        return int(number[0]) if number else 1
    quoted = re.search(r"'(.+?)'", text)
    return quoted[1] if quoted else "words"


def events_of(body: dict[str, Any]) -> Iterator[str]:
    answer = answer_to(body)
    about = {name: answer[name] for name in ("id", "created", "model", "system_fingerprint")}
    about["object"] = answer["object"] if "prompt" in body else "chat.completion.chunk"
    choice = answer["choices"][0]
    pieces = list(_deltas(choice["message"])) if "message" in choice else [{"text": choice["text"]}]
    for piece in pieces:
        said = piece if "text" in piece else {"delta": piece}
        yield json.dumps({**about, "choices": [{"index": 0, **said, "finish_reason": None}]})
    last: dict[str, Any] = {"text": ""} if "text" in choice else {"delta": {}}
    yield json.dumps({**about, "choices": [{"index": 0, **last, "finish_reason": choice["finish_reason"]}]})
    yield json.dumps({**about, "choices": [], "usage": USAGE})
    yield "[DONE]"


def _deltas(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for word in re.findall(r"\S+\s*", message["content"] or ""):
        yield {"content": word}
    for index, call in enumerate(message.get("tool_calls", [])):
        arguments = call["function"]["arguments"]
        yield {"tool_calls": [{**call, "index": index, "function": {**call["function"], "arguments": arguments[:3]}}]}
        yield {"tool_calls": [{"index": index, "function": {"arguments": arguments[3:]}}]}


class Endpoint:
    """Where it is, and what it was asked."""

    def __init__(self, base_url: str, bodies: list[dict[str, Any]]) -> None:
        self.base_url = base_url
        self.bodies = bodies


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024  # the standard 5 makes hundreds of connections at once wait for minutes


def _new_place(handler: type[Handler]) -> _Server:
    while True:
        server = _Server(("127.0.0.1", 0), handler)
        if is_new(server.server_port):
            return server
        server.server_close()


@contextmanager
def serving(handler: type[Handler], path: str) -> Iterator[Endpoint]:
    bodies: list[dict[str, Any]] = []
    server = _new_place(type("Of", (handler,), {"bodies": bodies}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Endpoint(f"http://127.0.0.1:{server.server_port}{path}", bodies)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def running_endpoint() -> Iterator[Endpoint]:
    with serving(Handler, path="/v1") as endpoint:
        yield endpoint
