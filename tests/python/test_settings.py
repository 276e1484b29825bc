"""Each setting holds or is refused: none is dropped in silence, whatever was made before."""

import asyncio
import logging
import time
from typing import Any

import pytest
from peer import Peer

import headway

PRICES: Any = {"price_in": 1.0, "price_out": 2.0}
COST = (4 * 1.0 + 6 * 2.0) / 1e6


def seconds_for(model: headway.ChatOpenAI, calls: int) -> float:
    began = time.monotonic()
    model.batch(["x"] * calls)
    return time.monotonic() - began


def test_a_models_limit_holds_after_another_model_without_one(peer: Peer) -> None:
    free = headway.ChatOpenAI(base_url=peer.base_url, model="m")
    free.batch(["x"] * 200)
    paced = headway.ChatOpenAI(base_url=peer.base_url, model="m", rpm=60)
    with pytest.raises(headway.RateLimitError):
        for _ in range(62):
            paced.invoke("x", max_wait=0)
    assert seconds_for(free, 200) < 20


def test_a_models_price_holds_after_another_model_without_one(peer: Peer) -> None:
    assert headway.ChatOpenAI(base_url=peer.base_url, model="m").invoke("x").cost is None
    dear = headway.ChatOpenAI(base_url=peer.base_url, model="m", **PRICES)
    assert dear.invoke("x").cost == pytest.approx(COST)
    dearer = headway.ChatOpenAI(base_url=peer.base_url, model="m", price_in=10.0, price_out=20.0)
    assert dearer.invoke("x").cost == pytest.approx(10 * COST) and dear.invoke("x").cost == pytest.approx(COST)


@pytest.mark.parametrize("own", [("base_url",), ("base_url", "api_key")])
def test_a_clients_limit_and_price_hold_where_its_model_has_an_address(peer: Peer, own: tuple[str, ...]) -> None:
    given: dict[str, Any] = {name: {"base_url": peer.base_url, "api_key": "sk-1"}[name] for name in own}
    with headway.Client(max_concurrency=3, **PRICES) as client:
        model = headway.ChatOpenAI(client=client, model="m", **given)
        assert model.invoke("x").cost == pytest.approx(COST)
        asyncio.run(held(model, peer, calls=9, most=3))


async def held(model: headway.ChatOpenAI, peer: Peer, calls: int, most: int) -> None:
    batch = asyncio.ensure_future(model.abatch(["HOLD"] * calls))
    await asyncio.to_thread(peer.wait_for, lambda: peer.held == most)
    await asyncio.sleep(0.1)
    batch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await batch
    await asyncio.to_thread(peer.wait_for, lambda: peer.held == 0)
    assert peer.most_held == most


def test_a_models_key_goes_to_its_clients_address(peer: Peer) -> None:
    with headway.Client(base_url=peer.base_url) as client:
        headway.ChatOpenAI(client=client, api_key="sk-2", model="m").invoke("x")
    assert peer.headers[-1]["authorization"] == "Bearer sk-2"


def test_a_misspelt_setting_of_a_config_is_a_type_error(chat: headway.ChatOpenAI, peer: Peer) -> None:
    for run in (chat.batch, chat.batch_as_completed):
        with pytest.raises(TypeError, match="max_concurency"):
            list(run(["x"], {"max_concurency": 1}))
        with pytest.raises(TypeError, match="max_concurency"):
            list(run(["x"], [{"max_concurrency": 1}, {"max_concurency": 1}]))
    with pytest.raises(TypeError, match="max_concurency"):
        chat.invoke("x", {"max_concurency": 1})
    with pytest.raises(TypeError, match="max_concurency"):
        asyncio.run(chat.abatch(["x"], {"max_concurency": 1}))
    assert peer.bodies == []


def test_what_langchain_says_in_a_config_is_taken(chat: headway.ChatOpenAI, caplog: pytest.LogCaptureFixture) -> None:
    config = {"tags": ["a"], "metadata": {}, "run_name": "b", "recursion_limit": 5, "configurable": {}, "callbacks": None}
    assert chat.invoke("x", config) == "You said: x" and not caplog.records
    with caplog.at_level(logging.WARNING, "headway"):
        chat.invoke("x", {"callbacks": [object()]})
    assert "headway.langchain" in caplog.text


@pytest.mark.parametrize("kind", [headway.OpenAI, headway.ChatOpenAI])
def test_the_most_tokens_are_sent_by_the_name_that_was_given(kind: Any, peer: Peer) -> None:
    kind(base_url=peer.base_url, model="m", max_completion_tokens=50).invoke("x")
    assert peer.bodies[-1]["max_completion_tokens"] == 50 and "max_tokens" not in peer.bodies[-1]
    kind(base_url=peer.base_url, model="m", max_tokens=50).invoke("x", max_completion_tokens=7)
    assert peer.bodies[-1]["max_completion_tokens"] == 7 and "max_tokens" not in peer.bodies[-1]
    kind(base_url=peer.base_url, model="m", max_completion_tokens=50).invoke("x", max_tokens=7)
    assert peer.bodies[-1]["max_tokens"] == 7 and "max_completion_tokens" not in peer.bodies[-1]
    with pytest.raises(TypeError, match="max_completion_tokens"):
        kind(base_url=peer.base_url, model="m", max_tokens=1, max_completion_tokens=2)
