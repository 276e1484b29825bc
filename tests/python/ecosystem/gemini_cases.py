"""Chats that are asked of Gemini, responses of its, and an endpoint that gives these."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "gemini-2.5-flash"
SCHEMA = {"type": "object", "properties": {"at": {"type": "integer"}}, "required": ["at"]}
LOOK = {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": SCHEMA}}
USER = [{"role": "user", "content": "Hi"}]
CALL = {"id": "a", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}
FORM = {"type": "json_schema", "json_schema": {"name": "place", "schema": SCHEMA}}
CHATS: list[tuple[list[dict[str, Any]], dict[str, Any]]] = [
    (USER, {}),
    (USER, {"max_tokens": 9, "temperature": 0.5, "top_p": 0.9, "stop": ["\n", "x"], "n": 2, "frequency_penalty": 0.5}),
    ([{"role": "system", "content": "Be brief."}, *USER, {"role": "assistant", "content": "Yes?"}, {"role": "user", "content": "東京"}], {}),
    (USER, {"tools": [LOOK], "tool_choice": "required"}),
    (USER, {"tools": [LOOK], "tool_choice": "none"}),
    (USER, {"tools": [LOOK], "tool_choice": {"type": "function", "function": {"name": "look"}}}),
    ([*USER, {"role": "assistant", "content": None, "tool_calls": [CALL]}, {"role": "tool", "tool_call_id": "a", "content": "sun"}], {"tools": [LOOK]}),
    ([{"role": "user", "content": [
        {"type": "text", "text": "What?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,QUJD"}},
        {"type": "input_audio", "input_audio": {"data": "QUJD", "format": "wav"}},
    ]}], {}),
    (USER, {"response_format": FORM}),
    (USER, {"response_format": {"type": "json_object"}}),
]  # fmt: skip
USAGE = {"promptTokenCount": 10, "cachedContentTokenCount": 4, "candidatesTokenCount": 5, "thoughtsTokenCount": 3, "totalTokenCount": 18}
THOUGHT, TEXT = {"text": "Hm.", "thought": True}, {"text": "So."}
CANDIDATES: list[dict[str, Any]] = [
    {"content": {"role": "model", "parts": [{"text": "Hello"}]}, "finishReason": "STOP"},
    {"content": {"role": "model", "parts": [{"text": "Hel"}, {"text": "lo"}]}, "finishReason": "MAX_TOKENS"},
    {"content": {"role": "model", "parts": [{"functionCall": {"name": "look", "args": {"at": 1}}}]}, "finishReason": "STOP"},
    {"content": {"role": "model", "parts": [THOUGHT, TEXT]}, "finishReason": "STOP"},
    {"content": {"role": "model", "parts": [TEXT]}, "finishReason": "SAFETY"},
    {"content": {"role": "model", "parts": [TEXT]}, "finishReason": "RECITATION"},
]
asked: list[dict[str, Any]] = []
answers: list[dict[str, Any]] = []


def response_of(candidate: dict[str, Any], count: int = 1) -> dict[str, Any]:
    return {"candidates": [{**candidate, "index": index} for index in range(count)], "usageMetadata": USAGE, "modelVersion": MODEL, "responseId": "r1"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        count = asked[-1].get("generationConfig", {}).get("candidateCount", 1)
        response = answers.pop(0) if answers else response_of(CANDIDATES[0], count)
        streamed = self.path.endswith(":streamGenerateContent?alt=sse")
        text = f"data: {json.dumps(response)}\r\n\r\n" if streamed else json.dumps(response)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if streamed else "application/json")
        self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        pass


def serve() -> str:
    """Gives its base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
