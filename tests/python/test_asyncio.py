"""asyncio and the engine: many in flight, cancelled, in several loops, in debug mode, with uvloop."""

import asyncio
import gc
import resource
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from http2_peer import running_http2_peer
from peer import Peer

import headway
from headway import bridge


async def until(peer: Peer, true: Callable[[], Any]) -> None:
    await asyncio.to_thread(peer.wait_for, true)


def test_gather_has_all_in_flight(llm: headway.OpenAI, peer: Peer) -> None:
    async def main() -> None:
        tasks = [asyncio.create_task(llm.ainvoke("HOLD")) for _ in range(500)]
        await until(peer, lambda: peer.held == 500)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in ended)
        await until(peer, lambda: peer.dropped == 500)

    asyncio.run(main())


def test_ten_thousand_in_one_gather_keep_their_order(peer: Peer) -> None:
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]  # of this process, which has both ends of each connection
    with headway.Client(base_url=peer.base_url, max_connections=min(files // 4, 5_000)) as client:
        llm = headway.OpenAI(client=client, model="m")

        async def main() -> list[headway.Answer]:
            return await asyncio.gather(*[llm.ainvoke(str(number)) for number in range(10_000)])

        assert asyncio.run(main()) == [f"You said: {number}" for number in range(10_000)]


def test_half_of_a_storm_cancelled(llm: headway.OpenAI, peer: Peer) -> None:
    async def main() -> None:
        tasks = [asyncio.create_task(llm.ainvoke("HOLD" if number % 2 else str(number))) for number in range(1_000)]
        await until(peer, lambda: peer.held == 500)
        for task in tasks[1::2]:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert ended[::2] == [f"You said: {number}" for number in range(0, 1_000, 2)]
        assert all(isinstance(each, asyncio.CancelledError) for each in ended[1::2])
        await until(peer, lambda: peer.dropped == 500)

    asyncio.run(main())
    assert llm.client.stats()["calls_in_flight"] == 0


def test_half_of_ten_thousand_cancelled_over_http2() -> None:
    with running_http2_peer() as peer, headway.Client(base_url=peer.base_url, http="2") as client:
        llm = headway.OpenAI(client=client, model="m")

        async def main() -> None:
            tasks = [asyncio.create_task(llm.ainvoke("HOLD" if number % 2 else str(number))) for number in range(10_000)]
            await until(peer, lambda: peer.held == 5_000)
            for task in tasks[1::2]:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            assert ended[::2] == [f"You said: {number}" for number in range(0, 10_000, 2)]
            assert all(isinstance(each, asyncio.CancelledError) for each in ended[1::2])
            await until(peer, lambda: peer.held == 0)

        asyncio.run(main())
        assert client.stats()["calls_in_flight"] == 0
    assert peer.resets > 0 and peer.resets + peer.left == 5_000, (peer.resets, peer.left)


def test_a_timeout_reaches_the_socket(llm: headway.OpenAI, peer: Peer) -> None:
    async def main() -> None:
        call = asyncio.ensure_future(llm.ainvoke("HOLD"))
        await until(peer, lambda: peer.held == 1)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(call, 0.05)
        await until(peer, lambda: peer.dropped == 1)

    asyncio.run(main())


def test_a_failure_leaves_the_loop_of_use(llm: headway.OpenAI) -> None:
    async def main() -> None:
        ended = await asyncio.gather(llm.ainvoke("STATUS 400"), llm.ainvoke("x"), return_exceptions=True)
        assert isinstance(ended[0], headway.BadRequestError) and ended[1] == "You said: x"
        assert await llm.ainvoke("y") == "You said: y"

    asyncio.run(main())


def test_it_waits_for_one_future_and_nothing_else(llm: headway.OpenAI, peer: Peer) -> None:
    async def main() -> None:
        threads = threading.active_count()
        call = asyncio.create_task(llm.ainvoke("HOLD"))
        while not peer.held:
            await asyncio.sleep(0.01)
        assert asyncio.all_tasks() == {asyncio.current_task(), call}
        assert threading.active_count() == threads
        call.cancel()

    asyncio.run(main())


def test_debug_mode_has_nothing_to_say(llm: headway.OpenAI, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        await asyncio.gather(*[llm.ainvoke(str(number)) for number in range(50)])
        assert len([chunk async for chunk in llm.astream("STREAM 5")]) == 6
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(llm.ainvoke("HOLD"), 0.05)

    asyncio.run(main(), debug=True)
    assert [record.message for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


def in_threads(count: int, work: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_several_loops_at_once(llm: headway.OpenAI) -> None:
    async def main() -> None:
        answers = await asyncio.gather(*[llm.ainvoke(str(number)) for number in range(100)])
        assert answers == [f"You said: {number}" for number in range(100)]

    in_threads(8, lambda: asyncio.run(main()))


def test_a_loop_after_another(llm: headway.OpenAI) -> None:
    for _ in range(20):
        assert asyncio.run(llm.ainvoke("x")) == "You said: x"
    gc.collect()
    assert len(bridge._bridges) == 0


def test_a_loop_closed_with_calls_in_flight_is_let_go(llm: headway.OpenAI, peer: Peer) -> None:
    loop = asyncio.new_event_loop()
    call = loop.create_task(llm.ainvoke("HOLD"))
    loop.run_until_complete(until(peer, lambda: peer.held == 1))
    call._log_destroy_pending = False  # type: ignore[attr-defined]
    gone = weakref.ref(loop)
    loop.close()
    del call, loop
    gc.collect()
    assert asyncio.run(llm.ainvoke("x")) == "You said: x"
    gc.collect()
    assert gone() is None
    peer.wait_for(lambda: peer.dropped == 1)


def test_uvloop(llm: headway.OpenAI, peer: Peer) -> None:
    uvloop = pytest.importorskip("uvloop")

    async def main() -> None:
        assert len(await asyncio.gather(*[llm.ainvoke(str(number)) for number in range(200)])) == 200
        assert "".join([chunk async for chunk in llm.astream("STREAM 3")]) == "w0 w1 w2 "
        call = asyncio.ensure_future(llm.ainvoke("HOLD"))
        await until(peer, lambda: peer.held == 1)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(call, 0.05)
        await until(peer, lambda: peer.dropped == 1)

    uvloop.run(main())


class WithoutReaders(asyncio.SelectorEventLoop):
    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:  # type: ignore[override]
        raise NotImplementedError


def test_a_loop_that_cannot_watch_descriptors(llm: headway.OpenAI) -> None:
    loop = WithoutReaders()
    try:
        assert loop.run_until_complete(llm.abatch(["a", "b"])) == ["You said: a", "You said: b"]
        assert loop.run_until_complete(llm.ainvoke("x")) == "You said: x"
    finally:
        loop.close()


def test_it_can_be_shielded_and_waited_for(llm: headway.OpenAI) -> None:
    async def main() -> None:
        call = asyncio.ensure_future(llm.ainvoke("x"))
        done, _ = await asyncio.wait([call])
        assert done.pop().result() == "You said: x"
        assert [await each for each in asyncio.as_completed([llm.ainvoke("y")])] == ["You said: y"]
        assert await asyncio.shield(llm.ainvoke("z")) == "You said: z"

    asyncio.run(main())
