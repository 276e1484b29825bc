"""Instructor: objects by a tool."""

import sys

import instructor
import openai
from pydantic import BaseModel

import headway
import headway.openai


class Joke(BaseModel):
    """A joke."""

    setup: str
    times: int


engine = headway.Client()
client = instructor.from_openai(openai.OpenAI(base_url=sys.argv[1], api_key="x", http_client=headway.openai.http_client(engine)))
joke = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "3 'words'"}], response_model=Joke)
assert (joke.setup, joke.times) == ("words", 3) and engine.stats()["attempts"] == 1
print("good")
