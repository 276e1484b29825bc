"""A resource of Azure's on loopback: its two APIs, and what is asked of them.

A deployment is asked by its path with an api-version, or by the newer API's body. "FILTER" is refused as Azure's filter refuses a
prompt, "CUT" is answered as it cuts an answer; what has no key and no token is refused.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from chat_peer import answer_to
from chat_peer import events_of

FILTERED = {
    "error": {
        "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        "type": None, "param": "prompt", "code": "content_filter", "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {"hate": {"filtered": True, "severity": "high"}}},
    }
}  # fmt: skip
SAFE = {"hate": {"filtered": False, "severity": "safe"}}


class Asked(NamedTuple):
    """One request."""

    target: str
    headers: dict[str, str]
    body: dict[str, Any]


class AzurePeer:
    """What it was asked."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.asked: list[Asked] = []


def _answer(asked: Asked) -> tuple[int, dict[str, Any]]:
    if not asked.headers.get("api-key") and not asked.headers.get("authorization", "").startswith("Bearer "):
        return 401, {"error": {"code": "401", "message": "Access denied due to invalid subscription key or wrong API endpoint."}}
    path, _, query = asked.target.partition("?")
    older = path.startswith("/openai/deployments/") and query.startswith("api-version=")
    if not path.endswith("/chat/completions") or not (older or path.startswith("/openai/v1/")):
        return 404, {"error": {"code": "404", "message": "Resource not found"}}
    text = asked.body["messages"][-1]["content"]
    if text == "FILTER":
        return 400, FILTERED
    answer = answer_to(asked.body)
    answer["prompt_filter_results"] = [{"prompt_index": 0, "content_filter_results": SAFE}]
    for choice in answer["choices"]:
        choice["content_filter_results"] = SAFE
        choice["finish_reason"] = "content_filter" if text == "CUT" else choice["finish_reason"]
    return 200, answer


@contextmanager
def running_azure() -> Iterator[AzurePeer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            peer.asked.append(asked)
            status, answer = _answer(asked)
            if status == 200 and body.get("stream"):
                # Azure's first event has no choices, and what it thinks of the prompt.
                first = {"id": "", "object": "", "created": 0, "model": "", "choices": [], "prompt_filter_results": answer["prompt_filter_results"]}
                events = [json.dumps(first), *events_of(body)]
                return self._send(200, "text/event-stream", "".join(f"data: {event}\n\n" for event in events))
            self._send(status, "application/json", json.dumps(answer))

        def _send(self, status: int, kind: str, text: str) -> None:
            data = text.encode()
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.send_header("x-ratelimit-remaining-requests", "-1")
            self.send_header("x-ratelimit-remaining-tokens", "0")
            self.send_header("apim-request-id", "apim-1")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    peer = AzurePeer(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
