"""The article's third way: asyncio.gather over ainvoke of langchain-openai."""
import asyncio

import httpx2
from langchain_openai import OpenAI

from common import BASE_URL, IN_FLIGHT, MODEL, PROMPT, gather


async def main() -> None:
    limits = httpx2.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
    client = httpx2.AsyncClient(limits=limits, timeout=httpx2.Timeout(600, connect=60))
    llm = OpenAI(model=MODEL, base_url=BASE_URL, api_key="none", http_async_client=client)
    await gather(lambda: llm.ainvoke(PROMPT))


asyncio.run(main())
