"""Answers while they are written."""

import asyncio
import pickle
from typing import Any

import pytest
from peer import Peer

import headway


def test_a_stream_gives_text_and_usage(llm: headway.OpenAI, peer: Peer) -> None:
    chunks = list(llm.stream("STREAM 3"))
    assert "".join(chunks) == "w0 w1 w2 " and all(isinstance(chunk, str) for chunk in chunks)
    assert [chunk.content for chunk in chunks[:3]] == ["w0 ", "w1 ", "w2 "] and chunks[0].id == "s-1"
    assert chunks[2].finish_reason == "stop" and chunks[2].response_metadata == {"finish_reason": "stop"}
    assert [chunk.ending for chunk in chunks] == [None, None, "stop", None]
    assert pickle.loads(pickle.dumps(chunks[2])).ending == "stop"
    assert chunks[3].usage_metadata == {"input_tokens": 2, "output_tokens": 3, "total_tokens": 5}
    assert peer.bodies[-1]["stream"] is True


def test_long_streams_come_whole(llm: headway.OpenAI) -> None:
    expected = "".join(f"w{number} " for number in range(5_000))

    async def joined() -> str:
        return "".join([chunk async for chunk in llm.astream("STREAM 5000")])

    assert "".join(llm.stream("STREAM 5000")) == expected
    assert asyncio.run(joined()) == expected


def test_many_streams_at_once(llm: headway.OpenAI) -> None:
    async def one(number: int) -> int:
        return len([chunk async for chunk in llm.astream(f"STREAM {number}")])

    async def main() -> list[int]:
        return await asyncio.gather(*[one(number) for number in range(1, 200)])

    assert asyncio.run(main()) == [number + 1 for number in range(1, 200)]


def test_leaving_early_ends_the_call(llm: headway.OpenAI, peer: Peer) -> None:
    for chunk in llm.stream("ENDLESS"):
        assert chunk.startswith("word")
        break
    peer.wait_for(lambda: peer.stopped_sending == 1)

    async def main() -> None:
        async for _ in llm.astream("ENDLESS"):
            break

    asyncio.run(main())
    peer.wait_for(lambda: peer.stopped_sending == 2)


def test_cancelling_ends_the_call(llm: headway.OpenAI, peer: Peer) -> None:
    async def read() -> None:
        async for _ in llm.astream("ENDLESS"):
            pass

    async def main() -> None:
        reading = asyncio.ensure_future(read())
        await asyncio.to_thread(peer.wait_for, lambda: peer.sent > 0)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(reading, 0.05)

    asyncio.run(main())
    peer.wait_for(lambda: peer.stopped_sending == 1)


def test_a_slow_reader_holds_back_the_server(llm: headway.OpenAI, peer: Peer) -> None:
    stream = llm.stream("ENDLESS")
    next(stream)
    peer.wait_for(lambda: peer.sent > 0)
    sent = -1
    while sent != peer.sent:  # until it stands still
        sent = peer.sent
        with peer.changed:
            peer.changed.wait_for(lambda: peer.sent > sent, 0.5)
    assert 0 < sent < 32e6
    for _ in range(20_000):
        next(stream)
    peer.wait_for(lambda: peer.sent > sent)
    stream.close()  # type: ignore[attr-defined]
    peer.wait_for(lambda: peer.stopped_sending == 1)


def test_what_came_before_a_failure_is_given(llm: headway.OpenAI) -> None:
    came = []
    with pytest.raises(headway.APIConnectionError) as caught:
        for chunk in llm.stream("BREAK 3"):
            came.append(chunk)
    assert came == ["w0 ", "w1 ", "w2 "] and caught.value.kind == "incomplete"

    async def main() -> None:
        came.clear()
        async for chunk in llm.astream("BREAK 3"):
            came.append(chunk)

    with pytest.raises(headway.APIConnectionError):
        asyncio.run(main())
    assert came == ["w0 ", "w1 ", "w2 "]


def test_a_refused_stream_raises(llm: headway.OpenAI) -> None:
    refused: Any = {"extra_body": {"prompt": "STATUS 400", "stream": False}}
    with pytest.raises(headway.BadRequestError):
        list(llm.stream("x", **refused))
