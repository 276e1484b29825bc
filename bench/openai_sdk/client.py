"""Calls by OpenAI's SDK, or by httpx alone, as they are and with headway below: BASE_URL CALLS IN_FLIGHT WAY [RPM]

WAY: sdk, sdk+headway, httpx, httpx+headway. Prints one JSON object; the CPU is that of all threads, without the start.
"""
import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import openai

BASE_URL, CALLS, IN_FLIGHT, WAY = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
RPM = [float(rpm) for rpm in sys.argv[5:]]
ASKED: dict[str, Any] = {"model": "bench", "messages": [{"role": "user", "content": "Hello how are you?"}], "max_tokens": 16}


def http_client() -> httpx2.AsyncClient:
    if WAY.endswith("+headway"):
        import headway.openai

        return headway.openai.async_http_client(**({"rpm": RPM[0]} if RPM else {}))
    limits = httpx2.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
    timeout = httpx2.Timeout(600, connect=60)
    kind = openai.DefaultAsyncHttpxClient if WAY == "sdk" else httpx2.AsyncClient
    return kind(limits=limits, timeout=timeout)


def way() -> Callable[[], Awaitable[Any]]:
    http = http_client()
    if WAY.startswith("sdk"):
        client = openai.AsyncOpenAI(base_url=BASE_URL, api_key="none", http_client=http)
        return lambda: client.chat.completions.create(**ASKED)

    async def post() -> None:
        answer = await http.post(f"{BASE_URL}/chat/completions", json=ASKED, headers={"authorization": "Bearer none"})
        answer.raise_for_status()

    return post


async def main() -> None:
    call = way()
    gate = asyncio.Semaphore(IN_FLIGHT)

    async def gated() -> Any:
        async with gate:
            return await call()

    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    results = await asyncio.gather(*[gated() for _ in range(CALLS)], return_exceptions=True)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF)
    lost = [result for result in results if isinstance(result, BaseException)]
    if lost:
        print("first lost:", repr(lost[0])[:300], file=sys.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"lost": len(lost), "wall_s": wall, "cpu_us": 1e6 * cpu / CALLS, "peak_mb": after.ru_maxrss / 1024}))


asyncio.run(main())
