"""A user's program, as type checkers see it: no complaint."""

import asyncio
from collections.abc import Iterator
from typing import Any

from typing_extensions import assert_type

import headway
from headway.answer import Ending

client = headway.Client(rpm=60, max_cost=5.0, timeouts={"connect": 5.0})
chat = headway.ChatOpenAI(client=client, model="m", temperature=0, max_completion_tokens=50)
assert_type(chat.invoke("x", temperature=0.5, max_wait=3), headway.Answer)
assert_type(chat.batch(["x"], {"max_concurrency": 3}), list[headway.Answer])
assert_type(chat.batch(["x"], return_exceptions=True), list[headway.Answer | Exception])
assert_type(headway.map(["x"], model=chat), Iterator[headway.Answer])
assert_type(headway.map(["x"], model="m", return_exceptions=True, temperature=0.5), Iterator[headway.Answer | Exception])
assert_type(headway.map(["x"], ordered=False), Iterator[tuple[int, headway.Answer]])
assert_type(chat.bind(seed=7), headway.ChatOpenAI)
assert_type(client.request("/v1/embeddings", {"input": "x"}, timeout=5), headway.RawAnswer)
assert_type(chat.invoke("x").ending, Ending)
assert_type([chunk.ending for chunk in chat.stream("x")], list[Ending | None])
rows: list[dict[str, Any]] = headway.to_rows(chat.batch(["x"]))


async def main() -> None:
    assert_type(await chat.ainvoke("x"), headway.Answer)
    assert_type(await chat.abatch(["x"], return_exceptions=True), list[headway.Answer | Exception])
    async for answer in headway.amap(["x"], model=chat):
        assert_type(answer, headway.Answer)
    for place, either in [each async for each in chat.abatch_as_completed(["x"], return_exceptions=True)]:
        assert_type(place, int)
        assert_type(either, headway.Answer | Exception)


asyncio.run(main())
