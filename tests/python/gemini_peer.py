"""chat_peer's endpoint as Gemini would answer: generateContent, whole or streamed, with a key in x-goog-api-key."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chat_peer import Endpoint, Handler, answer_to, serving

USAGE = {"promptTokenCount": 6, "cachedContentTokenCount": 1, "candidatesTokenCount": 4, "thoughtsTokenCount": 2, "totalTokenCount": 12}
REASONS = {"stop": "STOP", "tool_calls": "STOP", "length": "MAX_TOKENS"}
SIGNATURE = "c2lnbmF0dXJl"


class GeminiHandler(Handler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.bodies.append({**body, "path": self.path, "key": self.headers["x-goog-api-key"]})
        asked = re.fullmatch(r"/v1beta/models/([^/:]+):(generateContent|streamGenerateContent\?alt=sse)", self.path)
        if asked is None:
            return self._send_error(404, "NOT_FOUND")
        chat = _chat_of(body, asked[1])
        word, _, number = str(chat["messages"][-1]["content"]).partition(" ")
        if word == "STATUS":
            return self._send_error(int(number), "INTERNAL")
        response = _response_of(answer_to(chat))
        if asked[2] == "generateContent":
            return self._send(200, "application/json", json.dumps(response))
        self._send(200, "text/event-stream", "".join(f"data: {json.dumps(event)}\r\n\r\n" for event in _events(response)))

    def do_GET(self) -> None:
        models = [{"name": "models/gemini-x", "supportedGenerationMethods": ["generateContent"]}]
        self._send(200, "application/json", json.dumps({"models": models} if self.path.startswith("/v1beta/models?") else {}))

    def _send_error(self, status: int, word: str) -> None:
        self._send(status, "application/json", json.dumps({"error": {"code": status, "message": "no", "status": word}}))


def _chat_of(body: dict[str, Any], model: str) -> dict[str, Any]:
    """The little of it that chat_peer looks at."""
    parts = body["contents"][-1]["parts"]
    role = "tool" if any("functionResponse" in part for part in parts) else "user"
    text = "".join(part.get("text", "") for part in parts)
    chat: dict[str, Any] = {"model": model, "messages": [{"role": role, "content": text}]}
    declared = [each for tool in body.get("tools", []) for each in tool.get("functionDeclarations", [])]
    if declared:
        chat["tools"] = [{"function": {"name": each["name"], "parameters": each["parametersJsonSchema"]}} for each in declared]
    choice = body.get("toolConfig", {}).get("functionCallingConfig", {"mode": "AUTO"})
    named = choice.get("allowedFunctionNames")
    chat["tool_choice"] = {"function": {"name": named[0]}} if named else choice["mode"].lower()
    config = body.get("generationConfig", {})
    if schema := config.get("responseJsonSchema"):
        chat["response_format"] = {"type": "json_schema", "json_schema": {"schema": schema}}
    elif config.get("responseMimeType") == "application/json":
        chat["response_format"] = {"type": "json_object"}
    return chat


def _response_of(answer: dict[str, Any]) -> dict[str, Any]:
    choice = answer["choices"][0]
    said = choice["message"]
    parts: list[dict[str, Any]] = [{"text": said["content"]}] if said["content"] else []
    for call in said.get("tool_calls", []):
        function = call["function"]
        args = json.loads(function["arguments"])
        parts.append({"functionCall": {"name": function["name"], "args": args}, "thoughtSignature": SIGNATURE})
    return {
        "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": REASONS[choice["finish_reason"]], "index": 0}],
        "usageMetadata": USAGE, "modelVersion": answer["model"], "responseId": "resp-7",
    }  # fmt: skip


def _events(response: dict[str, Any]) -> Iterator[dict[str, Any]]:
    candidate = response["candidates"][0]
    usage = {**USAGE, "candidatesTokenCount": 1}
    for part in candidate["content"]["parts"]:
        for piece in re.findall(r"\S+\s*", part["text"]) if "text" in part else [part]:
            parts = [{"text": piece} if isinstance(piece, str) else piece]
            yield {**response, "candidates": [{"content": {"role": "model", "parts": parts}}], "usageMetadata": usage}
    yield {**response, "candidates": [{**candidate, "content": {"role": "model", "parts": [{"text": ""}]}}]}


@contextmanager
def running_gemini() -> Iterator[Endpoint]:
    with serving(GeminiHandler, path="") as endpoint:
        yield endpoint
