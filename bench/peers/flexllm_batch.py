"""flexllm's batch, with retries enough."""
import asyncio
import time

from flexllm import LLMClient

from common import BASE_URL, CALLS, IN_FLIGHT, MODEL, PROMPT, report


async def main() -> None:
    client = LLMClient(model=MODEL, base_url=BASE_URL, api_key="none", concurrency_limit=IN_FLIGHT, retry_times=1000)
    questions = [[{"role": "user", "content": f"{PROMPT} {number}"}] for number in range(CALLS)]
    began = time.monotonic()
    answers = await client.chat_completions_batch(questions, show_progress=False, max_tokens=16)
    report([answer or ValueError("no answer") for answer in answers], began)


asyncio.run(main())
