"""pydantic-ai: an agent."""

import asyncio
import sys

from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

import headway
import headway.openai


async def main() -> None:
    engine = headway.Client()
    provider = OpenAIProvider(base_url=sys.argv[1], api_key="x", http_client=headway.openai.async_http_client(engine))
    agent = Agent(OpenAIChatModel("m", provider=provider))
    answers = await asyncio.gather(*[agent.run(str(number)) for number in range(20)])
    assert [answer.output for answer in answers] == [f"You said: {number}" for number in range(20)]
    async with agent.run_stream("hello there") as stream:
        assert await stream.get_output() == "You said: hello there"
    assert engine.stats()["attempts"] == 21


asyncio.run(main())
print("good")
