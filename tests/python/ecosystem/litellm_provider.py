"""LiteLLM: headway as a provider of its own."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import litellm

import headway
import headway.litellm

sys.path += [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "e2e")]
from embeddings_peer import running_embeddings  # noqa: E402

base_url = sys.argv[1]
engine = headway.Client(base_url=base_url, price_in=1.0, price_out=1.0)
headway.litellm.register(engine)
HELLO: Any = [{"role": "user", "content": "hello there"}]
LOOK: Any = {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object", "properties": {"at": {"type": "integer"}}}}}

answer = litellm.completion(model="headway/m", messages=HELLO)
assert answer.choices[0].message.content == "You said: hello there" and answer.choices[0].finish_reason == "stop", answer
assert answer.usage.total_tokens == 10 and engine.spend()[0]["total_tokens"] == 10

pieces = list(litellm.completion(model="headway/m", messages=HELLO, stream=True))
assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == "You said: hello there" and len(pieces) > 2, pieces
assert pieces[-1].choices[0].finish_reason == "stop", pieces[-1]

called = litellm.completion(model="headway/m", messages=[{"role": "user", "content": "look at 7"}], tools=[LOOK])
call = called.choices[0].message.tool_calls[0].function
assert (call.name, call.arguments, called.choices[0].finish_reason) == ("look", '{"at": 7}', "tool_calls"), called
streamed = litellm.completion(model="headway/m", messages=[{"role": "user", "content": "look at 7"}], tools=[LOOK], stream=True)
whole = litellm.stream_chunk_builder(list(streamed))
call = whole.choices[0].message.tool_calls[0].function
assert (call.name, call.arguments) == ("look", '{"at": 7}'), whole

elsewhere = litellm.completion(model="headway/m", messages=HELLO, api_base=base_url, api_key="sk-other", timeout=30, temperature=0.5)
assert elsewhere.choices[0].message.content == "You said: hello there"

async def main() -> None:
    answers = await asyncio.gather(*[
        litellm.acompletion(model="headway/m", messages=[{"role": "user", "content": str(number)}]) for number in range(50)
    ])  # fmt: skip
    assert [each.choices[0].message.content for each in answers] == [f"You said: {number}" for number in range(50)]
    stream = await litellm.acompletion(model="headway/m", messages=HELLO, stream=True)
    assert "".join([piece.choices[0].delta.content or "" async for piece in stream]) == "You said: hello there"


# LiteLLM 1.80.0 lets no asyncio.run end after a stream, whichever its provider: its logging waits on.
asyncio.new_event_loop().run_until_complete(main())
assert engine.stats()["calls_ended"] >= 56, engine.stats()
for status, kind in ((400, litellm.BadRequestError), (401, litellm.AuthenticationError), (404, litellm.NotFoundError), (500, litellm.InternalServerError)):
    alone = headway.Client(base_url=base_url)  # one that was refused a key asks no more
    headway.litellm.register(alone)
    try:
        litellm.completion(model="headway/m", messages=[{"role": "user", "content": f"STATUS {status}"}])
    except litellm.APIError as error:
        raise AssertionError(f"{status}: {error}") from error
    except kind as error:
        assert error.status_code == status, error
        assert alone.stats()["attempts"] == (3 if status == 500 else 1), "headway's retries alone"
    else:
        raise AssertionError(status)
with running_embeddings() as peer:
    headway.litellm.register(base_url=peer.base_url)
    told = litellm.embedding(model="headway/e", input=["text 7", "text 8"])
    assert [each["embedding"] for each in told.data] == [[7.0, 0.5, 6.0], [8.0, 0.5, 6.0]], told
    told = asyncio.new_event_loop().run_until_complete(litellm.aembedding(model="headway/e", input=["text 9"]))
    assert told.data[0]["embedding"][0] == 9.0 and peer.bodies[-1]["model"] == "e", told
    try:
        litellm.embedding(model="headway/e", input=["x"], api_base=base_url)
    except litellm.BadRequestError as error:
        assert "register(base_url=" in str(error)
    else:
        raise AssertionError("it went to a place that nobody meant")
print("good", flush=True)
# LiteLLM leaves a task of its logging suspended, over which CPython 3.11.2 crashes at its end, whichever the provider.
os._exit(0)
