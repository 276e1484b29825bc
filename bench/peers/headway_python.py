"""headway from Python: asyncio.gather over ainvoke, one abatch, streams, or map. BASE_URL CALLS IN_FLIGHT 1.1|2 HOW"""
import asyncio
import sys
import time

import headway
from common import BASE_URL, CALLS, IN_FLIGHT, MODEL, PROMPT, gather, report

HTTP, HOW = sys.argv[4:6]


async def main() -> None:
    client = headway.Client(http=HTTP, max_connections=IN_FLIGHT)
    llm = headway.OpenAI(model=MODEL, base_url=BASE_URL, api_key="none", client=client)

    async def read_stream() -> int:
        return len([chunk async for chunk in llm.astream(PROMPT)])

    if HOW == "abatch":
        began = time.monotonic()
        report(await llm.abatch([PROMPT] * CALLS, {"max_concurrency": IN_FLIGHT}, return_exceptions=True), began)
    elif HOW == "map":
        prompts = (PROMPT for _ in range(CALLS))
        report(headway.map(prompts, model=llm, in_flight=IN_FLIGHT, return_exceptions=True), time.monotonic())
    else:
        await gather(read_stream if HOW == "stream" else lambda: llm.ainvoke(PROMPT))


asyncio.run(main())
