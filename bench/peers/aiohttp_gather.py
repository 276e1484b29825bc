"""aiohttp without any SDK: what Python's quickest common HTTP client costs."""
import asyncio

import aiohttp

from common import BASE_URL, MODEL, PROMPT, gather


async def main() -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(600)) as session:

        async def call() -> str:
            body = {"model": MODEL, "prompt": PROMPT, "max_tokens": 256}
            async with session.post(BASE_URL + "/completions", json=body, raise_for_status=True) as answer:
                return (await answer.json())["choices"][0]["text"]

        await gather(call)


asyncio.run(main())
