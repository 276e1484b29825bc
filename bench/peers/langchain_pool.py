"""The article's second way: a ThreadPoolExecutor over invoke of langchain-openai."""
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
from langchain_openai import OpenAI

from common import BASE_URL, CALLS, IN_FLIGHT, MODEL, PROMPT, report

limits = httpx2.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
client = httpx2.Client(limits=limits, timeout=httpx2.Timeout(600, connect=60))
llm = OpenAI(model=MODEL, base_url=BASE_URL, api_key="none", http_client=client)

began = time.monotonic()
with ThreadPoolExecutor(max_workers=IN_FLIGHT) as executor:
    futures = [executor.submit(llm.invoke, PROMPT) for _ in range(CALLS)]
report([future.exception() for future in futures], began)
