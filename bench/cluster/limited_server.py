"""An endpoint on loopback that allows so many requests and tokens a second for a key, whoever asks; what is above is a 429.

    limited_server.py REQUESTS TOKENS [SECONDS]

Prints its base URL. SECONDS: of an answer (0.1). Its headers speak of the minute, as providers' do. GET /counts tells how often each
prompt was let in and how often answered, for each second what was let in, what was refused and by how many milliseconds the
server itself was late at the most, and how many connections there are, the asker's among them.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from typing import Any

PROMPT_TOKENS, ANSWER_TOKENS = 20, 30
TOKENS = PROMPT_TOKENS + ANSWER_TOKENS
BACKLOG = 4096


class Limit:
    """Enforced by the second, told as a bucket of a minute that fills all the time."""

    def __init__(self, requests: int, tokens: int) -> None:
        self.requests, self.tokens = requests, tokens
        self.let_in: Counter[int] = Counter()  # by second
        self.refused: Counter[int] = Counter()
        self.late_ms: Counter[int] = Counter()
        self.connections = 0
        self.asked: Counter[str] = Counter()  # by prompt, of what was let in
        self.answered: Counter[str] = Counter()  # the same
        self.taken = 0.0  # requests, out of the bucket
        self.at = time.monotonic()

    def take(self) -> bool:
        second = int(time.monotonic())
        left = self.let_in[second] < self.requests and (self.let_in[second] + 1) * TOKENS <= self.tokens
        (self.let_in if left else self.refused)[second] += 1
        self.taken += left
        return left

    def headers(self) -> dict[str, str]:
        now = time.monotonic()
        per_second = min(self.requests, self.tokens / TOKENS)
        self.taken = max(0.0, self.taken - per_second * (now - self.at))
        self.at = now
        fields = {}
        for name, limit, taken in (("requests", self.requests, self.taken), ("tokens", self.tokens, self.taken * TOKENS)):
            fields[f"x-ratelimit-limit-{name}"] = str(60 * limit)
            fields[f"x-ratelimit-remaining-{name}"] = str(max(0, int(60 * limit - taken)))
            fields[f"x-ratelimit-reset-{name}"] = f"{taken / limit:.3f}s"
        return fields

    def counts(self) -> dict[str, Any]:
        return {"asked": self.asked, "answered": self.answered, "let_in": self.let_in, "refused": self.refused, "late_ms": self.late_ms,
                "connections": self.connections}  # fmt: skip

    async def watch_the_clock(self) -> None:
        """Where a machine is too busy for a clock, figures by the second say nothing."""
        while True:
            due = time.monotonic() + 0.01
            await asyncio.sleep(0.01)
            now = time.monotonic()
            for second in range(int(due), int(now) + 1):
                self.late_ms[second] = max(self.late_ms[second], int(1000 * (now - due)))


def _http(status: str, said: Any, fields: dict[str, str]) -> bytes:
    text = json.dumps(said).encode()
    fields = {"Content-Type": "application/json", "Content-Length": str(len(text)), **fields}
    return "\r\n".join([f"HTTP/1.1 {status}", *(f"{n}: {v}" for n, v in fields.items()), "", ""]).encode() + text


def _answer(prompt: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": f"You said: {prompt}"}
    usage = {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": ANSWER_TOKENS, "total_tokens": TOKENS}
    return {"id": "c-1", "model": "m", "choices": [{"index": 0, "finish_reason": "stop", "message": message}], "usage": usage}


REFUSAL = {"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}}


async def _serve(limit: Limit, seconds: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    limit.connections += 1
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            if head.startswith("get"):
                writer.write(_http("200 OK", limit.counts(), {}))
                continue
            length = int(head.split("content-length:")[1].split("\r\n")[0])
            prompt = json.loads(await reader.readexactly(length))["messages"][-1]["content"]
            if not limit.take():
                writer.write(_http("429 Too Many Requests", REFUSAL, limit.headers()))
                continue
            limit.asked[prompt] += 1
            fields = limit.headers()
            await asyncio.sleep(seconds)
            limit.answered[prompt] += 1
            writer.write(_http("200 OK", _answer(prompt), fields))
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        limit.connections -= 1
        writer.close()


async def main(requests: int, tokens: int, seconds: float = 0.1) -> None:
    limit = Limit(requests, tokens)
    server = await asyncio.start_server(lambda r, w: _serve(limit, seconds, r, w), "127.0.0.1", 0, backlog=BACKLOG)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await asyncio.gather(server.serve_forever(), limit.watch_the_clock())


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), *map(float, sys.argv[3:])))
