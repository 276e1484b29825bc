"""headway.map: any number of prompts, in the memory of a few."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from peer import HANG_S, Peer

import headway


def test_answers_come_in_order(llm: headway.OpenAI) -> None:
    prompts = (str(number) for number in range(2_000))
    assert list(headway.map(prompts, model=llm, in_flight=50)) == [f"You said: {number}" for number in range(2_000)]
    assert list(headway.map([], model=llm)) == []


def test_or_as_completed_with_their_places(llm: headway.OpenAI) -> None:
    ended = list(headway.map(map(str, range(500)), model=llm, in_flight=7, ordered=False))
    assert sorted(ended) == [(number, f"You said: {number}") for number in range(500)]


def test_a_slow_call_holds_back_no_other_that_completed(llm: headway.OpenAI, peer: Peer) -> None:
    prompts = itertools.chain(["HOLD"], map(str, range(20)))
    answers = headway.map(prompts, model=llm, in_flight=2, ordered=False)
    assert [next(answers)[0] for _ in range(20)] == list(range(1, 21))
    answers.close()  # type: ignore[attr-defined]
    peer.wait_for(lambda: peer.dropped == 1)


def test_prompts_are_taken_as_they_are_needed(llm: headway.OpenAI, peer: Peer) -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        for number in itertools.count():
            taken += 1
            yield str(number)

    answers = headway.map(endless(), model=llm, in_flight=10)
    assert taken == 0
    for count in range(1, 200):
        next(answers)
        assert taken <= count + 50
    assert len(peer.bodies) <= taken


def test_answers_that_wait_behind_a_slow_one_are_bounded(llm: headway.OpenAI, peer: Peer) -> None:
    taken = itertools.count()
    prompts = ("HOLD" if number == 0 else "STATUS 400" if number > 60 else str(number) for number in taken)
    answers = headway.map(prompts, model=llm, in_flight=4, return_exceptions=True, timeout=3, max_retries=0)
    assert isinstance(next(answers), headway.APITimeoutError)
    assert next(taken) <= 4 * 5 + 4
    assert next(answers) == "You said: 1"


def test_in_flight_is_kept(peer: Peer) -> None:
    client = headway.Client(base_url=peer.base_url)
    answers = headway.map(["HOLD"] * 9, model=headway.OpenAI(client=client, model="m"), in_flight=3)
    with ThreadPoolExecutor() as executor:
        waiting = executor.submit(next, answers)
        peer.wait_for(lambda: peer.held == 3)
        client.close()
        with pytest.raises(headway.CallCancelledError):
            waiting.result(HANG_S)
    assert peer.most_held == len(peer.bodies) == 3


def test_a_failure_ends_all_or_is_given(llm: headway.OpenAI, peer: Peer) -> None:
    answers = headway.map(["a", "STATUS 400", "HOLD"], model=llm)
    assert next(answers) == "You said: a"
    with pytest.raises(headway.BadRequestError):
        next(answers)
    peer.wait_for(lambda: peer.held == 0)
    given = list(headway.map(["a", "STATUS 400", "b"], model=llm, return_exceptions=True))
    assert [type(each).__name__ for each in given] == ["Answer", "BadRequestError", "Answer"]


def test_what_is_no_prompt_is_told_with_its_place(chat: headway.ChatOpenAI) -> None:
    with pytest.raises(TypeError, match="prompt 2: "):
        list(headway.map(["a", "b", None], model=chat))
    with pytest.raises(ValueError, match="in_flight"):
        headway.map([], model=chat, in_flight=0)
    with pytest.raises(TypeError, match="model"):
        headway.map([], model=7)  # type: ignore[call-overload]


class Scalar:
    """As Arrow's columns give them."""

    def __init__(self, text: str) -> None:
        self.text = text

    def as_py(self) -> str:
        return self.text


def test_a_column_of_arrow(chat: headway.ChatOpenAI) -> None:
    assert list(headway.map([Scalar("a"), Scalar("b")], model=chat)) == ["You said: a", "You said: b"]


def test_settings_and_models(llm: headway.OpenAI, peer: Peer) -> None:
    list(headway.map(["x"], model=llm, seed=5))
    assert peer.bodies[-1]["seed"] == 5
    list(headway.map(["x"], model="named", base_url=peer.base_url, temperature=0.5))
    assert peer.bodies[-1] == {"model": "named", "messages": [{"role": "user", "content": "x"}], "temperature": 0.5}


def test_control_c_ends_it(script: Any, peer: Peer) -> None:
    done = script(
        "import headway, os, signal, threading, time\n"
        "def stop():\n"
        "    while not llm.client.stats()['attempts']: time.sleep(0.01)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "llm = headway.OpenAI()\n"
        "threading.Thread(target=stop).start()\n"
        "try: next(headway.map(['HOLD'] * 3, model=llm))\n"
        "except KeyboardInterrupt: print('stopped')\n"
    )
    assert done.stdout == "stopped\n", done.stderr


def test_memory_stays_flat(script: Any) -> None:
    done = script(
        "import headway, resource\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "answers = headway.map(('p' * 1000 for _ in range(6_000)), model=headway.OpenAI(), in_flight=20)\n"
        "for _ in range(2_000): next(answers)\n"
        "before = peak()\n"
        "assert sum(1 for _ in answers) == 4_000\n"
        "print(peak() - before < 4_000)\n"
    )
    assert done.stdout == "True\n", done.stderr


COLUMN: list[Any] = ["a", None, "b", float("nan"), "c", 7, "d \ud800"]


def test_what_is_no_prompt_is_a_failure_in_its_place(llm: headway.OpenAI) -> None:
    answers = list(headway.map(COLUMN, model=llm, return_exceptions=True))
    kinds = [type(answer).__name__ for answer in answers]
    assert kinds == ["Answer", "TypeError", "Answer", "TypeError", "Answer", "TypeError", "UnicodeEncodeError"]
    assert answers[4] == "You said: c" and "prompt 3" in str(answers[3]) and "float" in str(answers[3])
    ended = dict(headway.map(COLUMN, model=llm, return_exceptions=True, ordered=False))
    assert [type(ended[place]).__name__ for place in range(len(COLUMN))] == kinds


def test_or_is_raised_in_its_place_after_the_answers_before_it(llm: headway.OpenAI) -> None:
    answers = headway.map(["a", "b", None, "c"], model=llm, in_flight=4)
    assert [next(answers), next(answers)] == ["You said: a", "You said: b"]
    with pytest.raises(TypeError, match="prompt 2"):
        next(answers)


def test_an_iterable_that_fails_loses_no_answer(llm: headway.OpenAI) -> None:
    def broken() -> Iterator[str]:
        yield from ("a", "b")
        raise OSError("the disk")

    answers = headway.map(broken(), model=llm)
    assert [next(answers), next(answers)] == ["You said: a", "You said: b"]
    with pytest.raises(OSError, match="the disk"):
        next(answers)


def test_a_batch_has_them_in_their_places_too(llm: headway.OpenAI, peer: Peer) -> None:
    with pytest.raises(TypeError, match="prompt 1"):
        llm.batch(["a", None])
    assert peer.bodies == []
    prompts = ["a", None, "STATUS 400", "b"]
    for answers in (llm.batch(prompts, return_exceptions=True), asyncio.run(llm.abatch(prompts, return_exceptions=True))):
        assert [type(each).__name__ for each in answers] == ["Answer", "TypeError", "BadRequestError", "Answer"]
    ended = dict(llm.batch_as_completed(prompts, return_exceptions=True))
    assert [type(ended[place]).__name__ for place in range(4)] == ["Answer", "TypeError", "BadRequestError", "Answer"]


def test_amap_is_the_same_for_asyncio(llm: headway.OpenAI, peer: Peer) -> None:
    async def prompts() -> AsyncIterator[str]:
        for number in range(300):
            await asyncio.sleep(0)
            yield str(number)

    async def main() -> None:
        expected = [f"You said: {number}" for number in range(300)]
        assert [answer async for answer in headway.amap(prompts(), model=llm, in_flight=20)] == expected
        assert [answer async for answer in headway.amap(map(str, range(300)), model=llm)] == expected
        ended = [ended async for ended in headway.amap(prompts(), model=llm, ordered=False)]
        assert sorted(ended) == list(enumerate(expected))
        kinds = [type(each).__name__ async for each in headway.amap(["a", None], model=llm, return_exceptions=True)]
        assert kinds == ["Answer", "TypeError"]

    asyncio.run(main())


def test_leaving_amap_cancels_what_is_in_flight(llm: headway.OpenAI, peer: Peer) -> None:
    async def main() -> None:
        answers = headway.amap(["a", *["HOLD"] * 5], model=llm)
        assert await anext(answers) == "You said: a"
        await asyncio.to_thread(peer.wait_for, lambda: peer.held == 5)
        await answers.aclose()  # type: ignore[attr-defined]
        await asyncio.to_thread(peer.wait_for, lambda: peer.dropped == 5)

    asyncio.run(main())
