"""OpenAI's own SDK for Python, streaming."""
import asyncio

import httpx2
from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from common import BASE_URL, IN_FLIGHT, MODEL, PROMPT, gather


async def main() -> None:
    limits = httpx2.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
    http = DefaultAsyncHttpxClient(limits=limits, timeout=httpx2.Timeout(600, connect=60))
    client = AsyncOpenAI(base_url=BASE_URL, api_key="none", http_client=http)

    async def call() -> int:
        stream = await client.completions.create(model=MODEL, prompt=PROMPT, max_tokens=256, stream=True)
        return len([chunk.choices[0].text async for chunk in stream])

    await gather(call)


asyncio.run(main())
