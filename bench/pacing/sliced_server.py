"""A server on loopback that enforces its limit in slices of one second, as providers do: what is above it is a 429.

    sliced_server.py PER_SECOND [STORM_FROM STORM_UNTIL]

Prints its base URL. Its headers speak of the minute. In a storm, from so many seconds after the first request to so many,
every answer is a 503. GET /slices tells for each second how many requests it let in, how many it refused, and by how many
milliseconds it was late itself at the most: where a machine is too busy for a clock, figures by the second say nothing.
"""
import asyncio
import json
import sys
import time

ANSWER = {
    "id": "cmpl-1", "object": "text_completion", "created": 1700000000, "model": "sliced",
    "choices": [{"index": 0, "text": " fine", "finish_reason": "stop", "logprobs": None}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6},
}
OVERLOAD = {"error": {"message": "The server is overloaded", "type": "server_error", "code": "overloaded"}}
REFUSAL = {"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}}
ANSWER_TAKES_S = 0.1


class Slices:
    def __init__(self, per_second: int, storm: tuple[float, float]) -> None:
        self.per_second = per_second
        self.storm = storm
        self.first: float | None = None
        self.counts: dict[int, list[int]] = {}  # second: let in, refused
        self.late_ms: dict[int, int] = {}

    def is_storm(self) -> bool:
        now = time.monotonic()
        self.first = self.first or now
        return self.storm[0] <= now - self.first < self.storm[1]

    def take(self) -> tuple[bool, dict[str, str]]:
        now = time.monotonic()
        count = self.counts.setdefault(int(now), [0, 0])
        let_in = count[0] < self.per_second
        count[0 if let_in else 1] += 1
        used = sum(self.counts.get(int(now) - ago, [0, 0])[0] for ago in range(60))
        limit = 60 * self.per_second
        headers = {"x-ratelimit-limit-requests": str(limit), "x-ratelimit-remaining-requests": str(limit - used),
                   "x-ratelimit-reset-requests": f"{60 * used / limit:.3f}s"}
        if not let_in:
            headers["retry-after-ms"] = str(int(1000 * (1 - now % 1)) + 1)
        return let_in, headers


def response(status: str, body: object, headers: dict[str, str]) -> bytes:
    text = json.dumps(body)
    fields = {"Content-Type": "application/json", "Content-Length": str(len(text)), **headers}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items()), "", text]
    return "\r\n".join(lines).encode()


async def serve(slices: Slices, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode().split("\r\n")
            lengths = [line.split(":")[1] for line in lines if line.lower().startswith("content-length:")]
            await reader.readexactly(int(lengths[0]) if lengths else 0)
            if lines[0].startswith("GET /slices"):
                told = {second: [*count, slices.late_ms.get(second, 1000)] for second, count in slices.counts.items()}
                writer.write(response("200 OK", told, {}))
                continue
            if slices.is_storm():
                writer.write(response("503 Service Unavailable", OVERLOAD, {}))
                continue
            let_in, headers = slices.take()
            if let_in:
                await asyncio.sleep(ANSWER_TAKES_S)
            writer.write(response("200 OK", ANSWER, headers) if let_in
                         else response("429 Too Many Requests", REFUSAL, headers))
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def watch_the_clock(slices: Slices) -> None:
    while True:
        due = time.monotonic() + 0.01
        await asyncio.sleep(0.01)
        now = time.monotonic()
        for second in range(int(due), int(now) + 1):
            slices.late_ms[second] = max(slices.late_ms.get(second, 0), int(1000 * (now - due)))


async def main() -> None:
    storm = (float(sys.argv[2]), float(sys.argv[3])) if len(sys.argv) > 3 else (0.0, 0.0)
    slices = Slices(int(sys.argv[1]), storm)
    server = await asyncio.start_server(lambda r, w: serve(slices, r, w), "127.0.0.1", 0, backlog=1000)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await asyncio.gather(server.serve_forever(), watch_the_clock(slices))


if __name__ == "__main__":
    asyncio.run(main())
