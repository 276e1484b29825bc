"""langchain_openai: a chain of its own class."""

import asyncio
import sys

from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import PromptTemplate
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

import headway
import headway.openai

engine = headway.Client()
chat = ChatOpenAI(
    model="m", base_url=sys.argv[1], api_key=SecretStr("x"), http_client=headway.openai.http_client(engine),
    http_async_client=headway.openai.async_http_client(engine),
)  # fmt: skip
chain = PromptTemplate.from_template("say {word}") | chat | StrOutputParser()
assert chain.invoke({"word": "a"}) == "You said: say a"
assert "".join(chain.stream({"word": "b c"})) == "You said: say b c"
assert asyncio.run(chain.abatch([{"word": "a"}, {"word": "b"}])) == ["You said: say a", "You said: say b"]
assert engine.stats()["attempts"] == 4
print("good")
