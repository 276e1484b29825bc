"""LlamaIndex: its OpenAI."""

import asyncio
import sys

from llama_index.core.llms import ChatMessage
from llama_index.llms.openai import OpenAI

import headway
import headway.openai

engine = headway.Client()
llm = OpenAI(
    model="gpt-4o-mini", api_base=sys.argv[1], api_key="x", http_client=headway.openai.http_client(engine),
    async_http_client=headway.openai.async_http_client(engine),
)  # fmt: skip
hello = [ChatMessage(role="user", content="hello there")]
assert llm.chat(hello).message.content == "You said: hello there"
assert list(llm.stream_chat(hello))[-1].message.content == "You said: hello there"
assert asyncio.run(llm.achat(hello)).message.content == "You said: hello there"
assert engine.stats()["attempts"] == 3
print("good")
