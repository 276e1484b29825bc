"""A server on loopback with a bucket of so many requests a minute, full at the start, that counts those waiting at its door in
an order of its own.

    queued_server.py PER_MINUTE

Prints its base URL. Answers tell the limit and what is left of it, by OpenAI's headers. GET /seen tells what it let in and
what it refused.
"""
import asyncio
import json
import random
import sys
import time

from sliced_server import ANSWER, REFUSAL, response

COUNTS_FOR_S = 0.002
ANSWER_TAKES_S = 0.1


class QueuedBucket:
    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self.level = float(per_minute)
        self.at = time.monotonic()
        self.line: list[asyncio.Future[int | None]] = []
        self.came = asyncio.Event()
        self.seen = {"let_in": 0, "refused": 0}

    def take(self) -> int | None:
        """What is left; none: the request is refused."""
        now = time.monotonic()
        self.level = min(self.per_minute, self.level + (now - self.at) * self.per_minute / 60)
        self.at = now
        let_in = self.level >= 1
        self.level -= let_in
        self.seen["let_in" if let_in else "refused"] += 1
        return int(self.level) if let_in else None

    async def turn(self) -> int | None:
        turn: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self.line.append(turn)
        self.came.set()
        return await turn

    async def count(self) -> None:
        order = random.Random(1)
        while True:
            await self.came.wait()
            self.line.pop(order.randrange(len(self.line))).set_result(self.take())
            if not self.line:
                self.came.clear()
            await asyncio.sleep(COUNTS_FOR_S)


async def serve(bucket: QueuedBucket, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode().split("\r\n")
            lengths = [line.split(":")[1] for line in lines if line.lower().startswith("content-length:")]
            await reader.readexactly(int(lengths[0]) if lengths else 0)
            if lines[0].startswith("GET /seen"):
                writer.write(response("200 OK", bucket.seen, {}))
                continue
            left = await bucket.turn()
            headers = {"x-ratelimit-limit-requests": str(bucket.per_minute),
                       "x-ratelimit-remaining-requests": str(left or 0),
                       "x-ratelimit-reset-requests": f"{60 - 60 * (left or 0) / bucket.per_minute:.3f}s"}
            if left is not None:
                await asyncio.sleep(ANSWER_TAKES_S)
            writer.write(response("429 Too Many Requests", REFUSAL, headers) if left is None
                         else response("200 OK", ANSWER, headers))
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    bucket = QueuedBucket(int(sys.argv[1]))
    server = await asyncio.start_server(lambda r, w: serve(bucket, r, w), "127.0.0.1", 0, backlog=1000)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await asyncio.gather(server.serve_forever(), bucket.count())


if __name__ == "__main__":
    asyncio.run(main())
