"""A file of requests as api_request_parallel_processor.py of OpenAI's cookbook describes itself, written anew from that
description: rows are read one after the other, each is a task once two counters (requests and tokens a minute, refilled all
the time) have room for it, a failed one is queued again up to 5 times, each answer is appended to the output, and the loop
sleeps 1 ms a turn. Limits are set out of reach. Tokens are the characters by 4, not counted with tiktoken, which would need
the network. BASE_URL INPUT OUTPUT IN_FLIGHT (it has no such bound: the last is not used)"""
import asyncio
import json
import sys
import time

import aiohttp

BASE_URL, INPUT, OUTPUT = sys.argv[1:4]
PER_MINUTE = 1e9
ATTEMPTS = 5


class Capacity:
    def __init__(self) -> None:
        self.left, self.updated = PER_MINUTE, time.time()

    def refill(self) -> None:
        now = time.time()
        self.left = min(self.left + PER_MINUTE * (now - self.updated) / 60, PER_MINUTE)
        self.updated = now


async def main() -> None:
    again: asyncio.Queue[tuple[dict, int]] = asyncio.Queue()
    requests, tokens = Capacity(), Capacity()
    running: set[asyncio.Task[None]] = set()

    async def call(session: aiohttp.ClientSession, row: dict, attempts_left: int) -> None:
        body = {"model": "bench", "prompt": "Summarise: " + row["text"]}
        try:
            async with session.post(BASE_URL + "/completions", json=body, raise_for_status=True) as response:
                line = json.dumps([body, await response.json(), {"id": row["id"]}])
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            if attempts_left:
                return again.put_nowait((row, attempts_left - 1))
            line = json.dumps([body, [str(error)]])
        with open(OUTPUT, "a") as file:
            file.write(line + "\n")

    async with aiohttp.ClientSession() as session:
        with open(INPUT) as file:
            upcoming: tuple[dict, int] | None = None
            while True:
                if upcoming is None:
                    if not again.empty():
                        upcoming = again.get_nowait()
                    elif line := file.readline():
                        upcoming = json.loads(line), ATTEMPTS - 1
                requests.refill()
                tokens.refill()
                if upcoming is not None:
                    needed = len(upcoming[0]["text"]) / 4 + 16
                    if requests.left >= 1 and tokens.left >= needed:
                        requests.left -= 1
                        tokens.left -= needed
                        task = asyncio.create_task(call(session, *upcoming))
                        running.add(task)
                        task.add_done_callback(running.discard)
                        upcoming = None
                elif not running and again.empty():
                    break
                await asyncio.sleep(0.001)


asyncio.run(main())
