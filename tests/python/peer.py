"""A scripted endpoint on loopback, which sees its connections' ends and streams as it is told.

Prompts say what it does: HOLD (no answer), STREAM n (n chunks), BREAK n (n chunks, and the connection ends), ENDLESS (chunks
without end), STATUS n, LIMIT n (its headers tell of n requests a minute), ENDS word (its finish_reason), CACHE
(its usage tells of two tokens written to the cache), UNUSABLE (a bill without an answer); else it answers at once. A body's field "refuses" names a field that is refused with 400.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ports import is_new

HANG_S = 120  # longer than all that ends takes on any machine


class Peer:
    """Runs in a thread of its own; what it counts may be read from any."""

    def __init__(self) -> None:
        self.base_url = ""
        self.headers: list[dict[str, str]] = []
        self.bodies: list[dict[str, Any]] = []
        self.held = 0  # calls without an answer that are there now
        self.dropped = 0  # of them: those that the client has left
        self.most_held = 0
        self.sent = 0  # bytes of endless streams that the client's side has taken
        self.stopped_sending = 0
        self.changed = threading.Condition()

    def wait_for(self, true: Any, seconds: float = HANG_S) -> None:
        with self.changed:
            assert self.changed.wait_for(true, seconds), vars(self)

    def _note(self, **changes: int) -> None:
        with self.changed:
            for name, by in changes.items():
                setattr(self, name, getattr(self, name) + by)
            self.most_held = max(self.most_held, self.held)
            self.changed.notify_all()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, _, value in lines}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        self.headers.append(headers)
        self.bodies.append(body)
        prompt = body.get("prompt") or body.get("input") or body["messages"][-1]["content"]
        word, _, number = prompt.partition(" ") if isinstance(prompt, str) else ("", "", "")
        if word == "HOLD":
            return await self._hold(reader)
        if body.get("stream"):
            return await self._stream(writer, word, number)
        status = int(number) if word == "STATUS" else 400 if body.get("refuses") in body else 200
        said = _error(status, body.get("refuses")) if status >= 400 else _answer(body, prompt)
        limit = f"x-ratelimit-limit-requests: {number}\r\n" if word == "LIMIT" else ""
        writer.write(_http(status, said, limit))
        await writer.drain()
        return True

    async def _hold(self, reader: asyncio.StreamReader) -> bool:
        self._note(held=1)
        await reader.read(1)  # nothing, and then the end
        self._note(held=-1, dropped=1)
        return False

    async def _stream(self, writer: asyncio.StreamWriter, word: str, number: str) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        if word == "ENDLESS":
            return await self._endless(writer)
        count = int(number) if number.isdigit() else 2 if number else 0
        for index in range(count):
            writer.write(_chunk(f"w{index} ", "stop" if index == count - 1 and word != "BREAK" else None))
        await writer.drain()
        if word == "BREAK":
            return False
        usage = {"id": "s-1", "choices": [], "usage": {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}}
        writer.write(_event(json.dumps(usage)) + _event("[DONE]") + b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _endless(self, writer: asyncio.StreamWriter) -> bool:
        piece = _chunk("word " * 200, None)
        try:
            while True:
                writer.write(piece)
                await writer.drain()
                self._note(sent=len(piece))
                await asyncio.sleep(0)
        finally:
            self._note(stopped_sending=1)


def _answer(body: dict[str, Any], prompt: str) -> dict[str, Any]:
    if "input" in body:
        count = 1 if isinstance(body["input"], str) else len(body["input"])
        data = [{"object": "embedding", "index": index, "embedding": [0.5, -0.25]} for index in range(count)]
        return {"object": "list", "model": "m-2", "data": data, "usage": {"prompt_tokens": 4, "total_tokens": 4}}
    word, _, ends = prompt.partition(" ")
    choice: dict[str, Any] = {"index": 0, "finish_reason": ends if word == "ENDS" else "stop"}
    if "messages" in body:
        choice["message"] = {"role": "assistant", "content": f"You said: {prompt}"}
    else:
        choice["text"] = f"You said: {prompt}"
    details = {"cached_tokens": 1, **({"cache_write_tokens": 2} if word in ("CACHE", "UNUSABLE") else {})}
    usage = {"prompt_tokens": 4, "completion_tokens": 6, "total_tokens": 10, "prompt_tokens_details": details}
    choices = [] if word == "UNUSABLE" else [{**choice, "index": index} for index in range(body.get("n", 1))]
    return {"id": "cmpl-7", "model": "m-2", "system_fingerprint": "fp", "choices": choices, "usage": usage}


def _error(status: int, refused: str | None) -> dict[str, Any]:
    if refused:
        words = f"Unsupported parameter: '{refused}' is not supported with this model. Use 'max_completion_tokens' instead."
        return {"error": {"message": words, "type": "invalid_request_error", "param": refused, "code": "unsupported_parameter"}}
    return {"error": {"message": f"status {status}", "type": "a_type", "code": "a_code"}}


def _http(status: int, said: dict[str, Any], limit: str) -> bytes:
    text = json.dumps(said).encode()
    extra = f"x-request-id: req-1\r\nx-should-retry: false\r\n{limit}"
    return f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{extra}Content-Length: {len(text)}\r\n\r\n".encode() + text


def _event(data: str) -> bytes:
    text = f"data: {data}\n\n".encode()
    return f"{len(text):x}\r\n".encode() + text + b"\r\n"


def _chunk(text: str, finish_reason: str | None) -> bytes:
    return _event(json.dumps({"id": "s-1", "choices": [{"index": 0, "text": text, "finish_reason": finish_reason}]}))


async def _new_place(serve: Callable[..., Any]) -> asyncio.Server:
    while True:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096)
        if is_new(server.sockets[0].getsockname()[1]):
            return server
        server.close()


@contextmanager
def running_peer() -> Iterator[Peer]:
    peer = Peer()
    started = threading.Event()
    end: list[Callable[[], Any]] = []

    async def main() -> None:
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        end.append(lambda: loop.call_soon_threadsafe(over.set))
        server = await _new_place(peer._serve)
        peer.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        started.set()
        await over.wait()
        server.close()

    thread = threading.Thread(target=asyncio.run, args=(main(),), daemon=True)
    thread.start()
    assert started.wait(HANG_S)
    try:
        yield peer
    finally:
        end[0]()
        thread.join()


if __name__ == "__main__":
    with running_peer() as alone:
        print(alone.base_url, flush=True)
        threading.Event().wait()
