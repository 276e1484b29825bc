"""OpenAI's SDK, whichever of its versions is installed."""

import asyncio
import sys
from typing import Any

import openai

import headway
import headway.openai

base_url = sys.argv[1]
at: dict[str, Any] = {"base_url": base_url, "api_key": "sk-1"}
MESSAGES: Any = [{"role": "user", "content": "hello there"}]

engine = headway.Client(price_in=1.0, price_out=1.0)
client = openai.OpenAI(**at, http_client=headway.openai.http_client(engine))
answer = client.chat.completions.create(model="m", messages=MESSAGES)
assert answer.choices[0].message.content == "You said: hello there", answer
assert answer._request_id == "req-1"
assert engine.stats()["attempts"] == 1 and engine.spend()[0]["total_tokens"] == 10, engine.spend()

pieces = client.chat.completions.create(model="m", messages=MESSAGES, stream=True, stream_options={"include_usage": True})
assert "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices) == "You said: hello there"
assert engine.spend()[0]["total_tokens"] == 20, "a stream's usage is read as it passes"

assert [model.id for model in client.models.list()] == ["m"], "GET"
raw = client.chat.completions.with_raw_response.create(model="m", messages=MESSAGES)
assert raw.headers["x-request-id"] == "req-1"

for status, kind in ((400, openai.BadRequestError), (401, openai.AuthenticationError), (404, openai.NotFoundError), (500, openai.InternalServerError)):
    before = engine.stats()["attempts"]
    try:
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": f"STATUS {status}"}])
    except openai.APIStatusError as error:
        assert type(error) is kind and error.response.json() == {"error": {"message": "no"}}, error
    else:
        raise AssertionError(status)
    attempts = engine.stats()["attempts"] - before
    assert attempts == (3 if status == 500 else 1), f"{status}: {attempts} attempts, headway's own"

once = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "ONCE 500"}])
assert once.choices[0].message.content == "You said: ONCE 500", "headway tried again"

nowhere = openai.OpenAI(base_url="http://127.0.0.1:9/v1", api_key="x", max_retries=0, http_client=headway.openai.http_client(max_retries=0))
try:
    nowhere.chat.completions.create(model="m", messages=MESSAGES)
except openai.APIConnectionError as error:
    assert not isinstance(error, openai.APITimeoutError)
else:
    raise AssertionError("nobody is there")

capped = openai.OpenAI(**at, http_client=headway.openai.http_client(max_total_tokens=1))
try:
    capped.chat.completions.create(model="m", messages=MESSAGES, max_tokens=100)
except (openai.RateLimitError, openai.BadRequestError) as error:
    assert "max_total_tokens" in str(error), error
else:
    raise AssertionError("it is above the cap")


async def many() -> None:
    async with openai.AsyncOpenAI(**at, http_client=headway.openai.async_http_client(max_concurrency=20)) as several:

        async def ask(number: int) -> str:
            told = await several.chat.completions.create(model="m", messages=[{"role": "user", "content": str(number)}])
            return told.choices[0].message.content or ""

        assert await asyncio.gather(*map(ask, range(100))) == [f"You said: {number}" for number in range(100)]
        stream = await several.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        words = [piece.choices[0].delta.content or "" async for piece in stream if piece.choices]
        assert "".join(words) == "You said: hello there" and len(words) > 2
        try:
            await several.chat.completions.create(model="m", messages=[{"role": "user", "content": "STATUS 422"}])
        except openai.UnprocessableEntityError as error:
            assert error.status_code == 422
        else:
            raise AssertionError("422")


asyncio.run(many())

own = headway.Client(base_url=base_url, api_key="sk-own")
elsewhere = openai.OpenAI(base_url="https://api.openai.com/v1", api_key="sk-sdk", http_client=headway.openai.http_client(own))
assert elsewhere.chat.completions.create(model="m", messages=MESSAGES).choices[0].message.content == "You said: hello there"
print("good", openai.__version__)
