"""An endpoint of embeddings on loopback. Of "text 7" it is [7.0, 0.5, length of the text]; the last comes first.

It takes ``most`` texts at a time, in float or base64 as it is asked. "HOLD" is not answered, "BAD" is refused.
"""

import base64
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

from json_handler import JsonHandler


class EmbeddingsPeer:
    """What it was asked."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.base_url = ""
        self.bodies: list[dict[str, Any]] = []
        self.left = threading.Event()
        self.asked = threading.Event()

    def answer(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        if len(texts) > self.most:
            return 400, {"error": {"message": f"Too many inputs: at most {self.most} in one batch", "type": "t"}}
        if "BAD" in texts:
            return 400, {"error": {"message": "no BAD", "type": "t"}}
        form = body.get("encoding_format")
        data = [
            {"object": "embedding", "index": place, "embedding": _said(_numbers(text), form)}
            for place, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": 2 * len(texts), "total_tokens": 2 * len(texts)}
        return 200, {"object": "list", "model": body["model"], "data": data[::-1], "usage": usage}


def _numbers(text: str) -> list[float]:
    word = text.rpartition(" ")[2]
    return [float(word) if word.isdigit() else -1.0, 0.5, float(len(text))]


def _said(numbers: list[float], form: str | None) -> Any:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode() if form == "base64" else numbers


@contextmanager
def running_embeddings(most: int = 2048) -> Iterator[EmbeddingsPeer]:
    peer = EmbeddingsPeer(most)

    class Handler(JsonHandler):
        def do_POST(self) -> None:
            body = self.asked()
            peer.bodies.append(body)
            if "HOLD" in body["input"]:
                peer.asked.set()
                self.rfile.read(1)  # nothing, and then the end
                peer.left.set()
                return
            self.answer(*peer.answer(body))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    peer.base_url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
