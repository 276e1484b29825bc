"""OpenAI's own SDK for Python with a fixed number in flight, which sends a call again as often as it takes."""
import asyncio

import httpx2
from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from common import BASE_URL, IN_FLIGHT, MODEL, PROMPT, gather


async def main() -> None:
    http = DefaultAsyncHttpxClient(limits=httpx2.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT))
    client = AsyncOpenAI(base_url=BASE_URL, api_key="none", http_client=http, max_retries=1000)
    message = {"role": "user", "content": PROMPT}
    await gather(lambda: client.chat.completions.create(model=MODEL, messages=[message], max_tokens=16))


asyncio.run(main())
