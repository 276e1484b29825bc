"""A file of prompts by LangChain's abatch: all rows read, all answered, all written. BASE_URL INPUT OUTPUT IN_FLIGHT"""
import asyncio
import json
import sys

import httpx2
from langchain_openai import ChatOpenAI

BASE_URL, INPUT, OUTPUT, IN_FLIGHT = *sys.argv[1:4], int(sys.argv[4])


async def main() -> None:
    limits = httpx2.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
    client = httpx2.AsyncClient(limits=limits, timeout=httpx2.Timeout(600, connect=60))
    llm = ChatOpenAI(model="bench", base_url=BASE_URL, api_key="none", http_async_client=client)
    with open(INPUT) as file:
        rows = [json.loads(line) for line in file]
    prompts = ["Summarise: " + row["text"] for row in rows]
    answers = await llm.abatch(prompts, config={"max_concurrency": IN_FLIGHT}, return_exceptions=True)
    with open(OUTPUT, "w") as file:
        for row, answer in zip(rows, answers):
            if isinstance(answer, BaseException):
                print(repr(answer)[:300], file=sys.stderr)
            else:
                file.write(json.dumps({"id": row["id"], "text": answer.content}) + "\n")


asyncio.run(main())
