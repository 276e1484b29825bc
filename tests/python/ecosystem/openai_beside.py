"""OpenAI's SDK with its own transport and with headway's: on a real server both give the same answers, streams and errors."""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import openai

import headway.openai

base_url, model = sys.argv[1], sys.argv[2]
ASKED: Any = {"model": model, "messages": [{"role": "user", "content": "What is the capital of France?"}]}
SURE: Any = {**ASKED, "temperature": 0, "seed": 1, "max_tokens": 8}
PROMPT: Any = {"model": model, "prompt": "One, two,", "temperature": 0, "seed": 1, "max_tokens": 4}
WITH_USAGE: Any = {"stream": True, "stream_options": {"include_usage": True}}

# Each is asked by both clients, and gives what must be the same.
CASES: dict[str, Callable[[Any], Any]] = {
    "chat": lambda client: client.chat.completions.create(**SURE),
    "completion": lambda client: client.completions.create(**PROMPT),
    "chat in pieces": lambda client: client.chat.completions.create(**SURE, **WITH_USAGE),
    "completion in pieces": lambda client: client.completions.create(**PROMPT, stream=True),
    "models": lambda client: client.models.list(),
    "raw": lambda client: client.chat.completions.with_raw_response.create(**SURE),
    "no messages": lambda client: client.chat.completions.create(model=model, messages="none"),
    "no number": lambda client: client.chat.completions.create(**{**SURE, "max_tokens": "many"}),
    "no embeddings": lambda client: client.embeddings.create(model=model, input="x", encoding_format="float"),
    "no such path": lambda client: client.post("/nothing", body={}, cast_to=object),
    "no body": lambda client: client.get("/nothing", cast_to=object),
    "too slow": lambda client: client.with_options(timeout=0.001).chat.completions.create(**{**ASKED, "max_tokens": 30}),
}
# Of the moment, and not of the question.
PASSING = ("id", "created", "timings", "usage", "__verbose")


def seen(answer: Any) -> Any:
    if isinstance(answer, BaseException):
        body = getattr(answer, "body", None)
        return type(answer).__name__, getattr(answer, "status_code", None), body, getattr(answer, "code", None)
    if isinstance(answer, list):
        return [seen(each) for each in answer]
    if hasattr(answer, "http_response"):
        kind = answer.http_response.headers["content-type"]
        return answer.http_response.status_code, kind, sorted(answer.http_response.headers.keys() & {"server", "x-request-id"}), seen(answer.parse())
    told = answer.model_dump()
    usage = told.get("usage") or {}
    return {name: each for name, each in told.items() if name not in PASSING}, usage.get("prompt_tokens"), usage.get("completion_tokens")


def outcome(case: Callable[[Any], Any], client: openai.OpenAI) -> Any:
    try:
        answer = case(client)
        return seen(list(answer) if isinstance(answer, openai.Stream) else answer)
    except openai.OpenAIError as error:
        return seen(error)


async def outcome_of_async(case: Callable[[Any], Any], client: openai.AsyncOpenAI) -> Any:
    try:
        answer = await case(client)
        return seen([piece async for piece in answer] if isinstance(answer, openai.AsyncStream) else answer)
    except openai.OpenAIError as error:
        return seen(error)


def alike(name: str, theirs: Any, ours: Any) -> None:
    if name in ("models", "raw"):  # the list's `created` is inside
        theirs, ours = without_passing(theirs), without_passing(ours)
    assert theirs == ours, f"{name}:\n{theirs}\nwith headway:\n{ours}"


def without_passing(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: without_passing(each) for name, each in told.items() if name not in PASSING}
    return [without_passing(each) for each in told] if isinstance(told, (list, tuple)) else told


def beside() -> None:
    at: Any = {"base_url": base_url, "api_key": "none", "max_retries": 0}
    theirs = openai.OpenAI(**at)
    ours = openai.OpenAI(**at, http_client=headway.openai.http_client(max_retries=0))
    told = {name: outcome(case, theirs) for name, case in CASES.items()}
    for name, case in CASES.items():
        alike(name, told[name], outcome(case, ours))
    assert told["too slow"][0] == "APITimeoutError", told["too slow"]
    assert told["no such path"][0] == "NotFoundError" and told["no such path"][2], told["no such path"]
    assert len(told["chat in pieces"]) > 2, told["chat in pieces"]


async def beside_async() -> None:
    at: Any = {"base_url": base_url, "api_key": "none", "max_retries": 0}
    async with openai.AsyncOpenAI(**at) as theirs, openai.AsyncOpenAI(**at, http_client=headway.openai.async_http_client(max_retries=0)) as ours:
        for name, case in CASES.items():
            if name != "models":  # a list is its own kind of awaitable there
                alike(name, await outcome_of_async(case, theirs), await outcome_of_async(case, ours))
        for client in (theirs, ours):
            await leave(client)


async def leave(client: openai.AsyncOpenAI) -> None:
    """A stream that is cancelled in its middle, and one that is closed."""
    ask: Any = {**ASKED, "max_tokens": 30, "stream": True}
    begun = asyncio.Event()

    async def read() -> None:
        async for _ in await client.chat.completions.create(**ask):
            begun.set()
            await asyncio.sleep(0)

    task = asyncio.ensure_future(read())
    await begun.wait()
    task.cancel()
    assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
    async with await client.chat.completions.create(**ask) as stream:
        await anext(aiter(stream))


def nobody_there() -> None:
    at: Any = {"base_url": "http://127.0.0.1:9/v1", "api_key": "none", "max_retries": 0}
    clients = (openai.OpenAI(**at), openai.OpenAI(**at, http_client=headway.openai.http_client(max_retries=0)))
    theirs, ours = (outcome(CASES["chat"], client) for client in clients)
    assert theirs == ours and theirs[0] == "APIConnectionError", (theirs, ours)


beside()
asyncio.run(beside_async())
nobody_there()
print("good", openai.__version__)
