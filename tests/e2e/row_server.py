"""An endpoint on loopback that keeps a log of what it was asked, and fails as it is told to.

    row_server.py [SETTING=JSON...]

Prints its base URL. GET /log is a JSON array with an object a request; POST /settings changes settings (see SETTINGS) while
it runs. It answers /v1/chat/completions, /v1/completions, /v1/embeddings and /v1/responses; words in the prompt say how:

    CUT, EMPTY, REFUSE, FILTER    an answer that is not usable, or only just
    ODD_END                       an answer that ends in an unknown word
    JSON, LIST, LATER             a JSON object; an array; an object, but only from the second time on
    LABEL x                       " x\n"
    DEAR                          a JSON text that takes a pattern as DEAR_SCHEMA's for ever
    BAD, DOWN, SLOW               a 400; always a 500; an answer after two seconds
    BROKE                         an answer the first time, then no more money
"""
import asyncio
import json
import random
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SETTINGS: dict[str, Any] = {
    "delay": [0.0, 0.0],  # seconds, from and to
    "faults": 0.0,        # share of the requests that meet a fault
    "fault_kinds": ["429", "500", "503", "closed", "broken off"],
    "retry_after_ms": 30,  # of the fault "429"
    "words": None,        # of the same; {prompt} is the prompt
    "key": None,          # another one in a request is a 401
    "model": None,        # another one in a request is a 404
    "endless": False,     # every answer is a body without end
    "money": True,        # without it, every request is a 429 that says so
    "held": False,        # while it is true nothing is answered: so a test has the run where it wants it, however long it takes
    "then": None,         # [n, settings]: these hold from the nth request on
    "seed": 0,            # of delays and faults
}
DEAR_SCHEMA = {"anyOf": [{"type": "object"}, {"type": "string", "pattern": r"^([A-Za-z]+\s?)+$"}]}
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests",
           500: "Internal Server Error", 503: "Service Unavailable"}


def prompt_of(path: str, body: dict[str, Any]) -> str:
    if path.endswith("/chat/completions"):
        return str(body["messages"][-1]["content"])
    return str(body["prompt"] if path.endswith("/completions") else body["input"])


def error(status: int, kind: str, code: str | None = None) -> tuple[int, Any, dict[str, str]]:
    return status, {"error": {"message": f"This is a {kind}", "type": kind, "code": code}}, {}


def answer_text(prompt: str, times: int) -> tuple[str, str, str | None]:
    """The text, why it ends, and a refusal."""
    if "CUT" in prompt:
        return "It was a dark and", "length", None
    if "EMPTY" in prompt:
        return "", "stop", None
    if "REFUSE" in prompt:
        return "", "stop", "I would rather not"
    if "LABEL " in prompt:
        return f" {prompt.split('LABEL ')[1]}\n", "stop", None
    if "FILTER" in prompt:
        return "", "content_filter", None
    if "ODD_END" in prompt:
        return "It was a dark and", "made_up", None
    if "JSON" in prompt or ("LATER" in prompt and times > 1):
        return json.dumps({"answer": 42, "of": prompt}, ensure_ascii=False), "stop", None
    if "DEAR" in prompt:
        return json.dumps("One sentence of some words that ends with what the pattern does not have!"), "stop", None
    return ("[1, 2]" if "LIST" in prompt else f"You said: {prompt}"), "stop", None


def answer(path: str, model: str, prompt: str, times: int) -> dict[str, Any]:
    text, reason, refusal = answer_text(prompt, times)
    tokens = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    if path.endswith("/embeddings"):
        return {"object": "list", "model": model, "data": [{"object": "embedding", "index": 0, "embedding": [0.5, -0.25]}],
                "usage": {"prompt_tokens": 10, "total_tokens": 10}}
    if path.endswith("/responses"):
        content = [{"type": "output_text", "text": text, "annotations": []}]
        return {"id": "resp_1", "object": "response", "model": model, "status": "completed",
                "output": [{"type": "message", "role": "assistant", "content": content}],
                "usage": {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}}
    choice: dict[str, Any] = {"index": 0, "finish_reason": reason}
    if path.endswith("/chat/completions"):
        choice["message"] = {"role": "assistant", "content": text, "refusal": refusal}
    else:
        choice["text"] = text
    return {"id": "cmpl-1", "object": "completion", "created": 1700000000, "model": model, "choices": [choice],
            "usage": tokens}


class Endpoint:
    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.random = random.Random(settings["seed"])
        self.log: list[dict[str, Any]] = []
        self.asked: Counter[str] = Counter()

    def fault(self) -> str | None:
        kinds = self.settings["fault_kinds"]
        return self.random.choice(kinds) if self.random.random() < self.settings["faults"] else None

    def refusal(self, head: str, body: dict[str, Any]) -> tuple[int, Any, dict[str, str]] | None:
        """Of one who may not ask at all."""
        key, model = self.settings["key"], self.settings["model"]
        if key is not None and f"authorization: bearer {key}\r\n".lower() not in head.lower():
            return error(401, "invalid_request_error", "invalid_api_key")
        if model is not None and body.get("model") != model:
            return error(404, "invalid_request_error", "model_not_found")
        return None if self.settings["money"] else error(429, "insufficient_quota", "insufficient_quota")

    def reply(self, head: str, path: str, body: dict[str, Any], prompt: str, fault: str | None) -> tuple[int, Any, dict[str, str]]:
        if refused := self.refusal(head, body):
            return refused
        if "BROKE" in prompt and self.asked[prompt] > 1:
            return error(429, "insufficient_quota", "insufficient_quota")
        if fault == "429":
            status, said, _ = error(429, "rate_limit_error")
            if self.settings["words"]:
                said["error"]["message"] = self.settings["words"].replace("{prompt}", prompt)
            return status, said, {"retry-after-ms": str(self.settings["retry_after_ms"])}
        if fault in ("500", "503") or "DOWN" in prompt:
            return error(503 if fault == "503" else 500, "server_error")
        if fault == "400" or "BAD" in prompt:
            return error(400, "invalid_request_error")
        return 200, answer(path, body.get("model", ""), prompt, self.asked[prompt]), {}

    async def treat(self, head: str, path: str, body: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
        """Whether the connection is still of use."""
        prompt = prompt_of(path, body)
        self.asked[prompt] += 1
        fault = self.fault()
        entry: dict[str, Any] = {"prompt": prompt, "path": path, "body": body, "began": time.monotonic(), "ended": None,
                                 "status": None, "fault": fault}
        self.log.append(entry)
        if self.settings["then"] and len(self.log) == self.settings["then"][0]:
            self.settings |= self.settings["then"][1]
        await asyncio.sleep(2 if "SLOW" in prompt else self.random.uniform(*self.settings["delay"]))
        while self.settings["held"]:
            await asyncio.sleep(0.01)
        if fault == "closed":
            entry["ended"] = time.monotonic()
            return False
        if self.settings["endless"]:
            await write_without_end(writer)
        status, said, fields = self.reply(head, path, body, prompt, fault)
        raw = response(status, said, fields)
        writer.write(raw[:-20] if fault == "broken off" and status == 200 else raw)
        await writer.drain()
        entry["ended"], entry["status"] = time.monotonic(), status
        return fault != "broken off"


async def write_without_end(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b" " * (1 << 20))
        await writer.drain()  # which fails when the client is gone


def response(status: int, body: Any, fields: dict[str, str]) -> bytes:
    text = json.dumps(body, ensure_ascii=False).encode()
    fields = {"Content-Type": "application/json", "Content-Length": str(len(text)), **fields}
    lines = [f"HTTP/1.1 {status} {REASONS[status]}", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode() + text


async def serve(endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        useful = True
        while useful:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, path, _ = head.split(" ", 2)
            lengths = [line.split(":")[1] for line in head.split("\r\n") if line.lower().startswith("content-length:")]
            body = await reader.readexactly(int(lengths[0]) if lengths else 0)
            if path == "/settings":
                endpoint.settings.update(json.loads(body))
                writer.write(response(200, endpoint.settings, {}))
            elif method == "GET":
                writer.write(response(200, endpoint.log, {}))
            else:
                useful = await endpoint.treat(head, path, json.loads(body), writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    given = {name: json.loads(value) for name, value in (word.split("=", 1) for word in sys.argv[1:])}
    endpoint = Endpoint(SETTINGS | given)
    server = await asyncio.start_server(lambda r, w: serve(endpoint, r, w), "127.0.0.1", 0, backlog=1000)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


class RowServer:
    """The server, seen from a test."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._root = base_url.removesuffix("/v1")

    def log(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self._root}/log", timeout=60) as answer:
            return list(json.load(answer))

    def prompts(self) -> list[str]:
        """In the order in which they were asked."""
        return [entry["prompt"] for entry in self.log()]

    def set(self, **settings: Any) -> None:
        urllib.request.urlopen(f"{self._root}/settings", json.dumps(settings).encode(), timeout=60).close()


@contextmanager
def row_server(**settings: Any) -> Iterator[RowServer]:
    words = [f"{name}={json.dumps(value)}" for name, value in settings.items()]
    server = subprocess.Popen([sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield RowServer(server.stdout.readline().strip())
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    asyncio.run(main())
