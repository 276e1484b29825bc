"""Client.request: any path, with the same pacing, retries and prices."""

import asyncio
from typing import Any

import pytest
from peer import Peer

import headway

BODY: dict[str, Any] = {"model": "m", "prompt": "hello"}


@pytest.fixture
def client(peer: Peer) -> headway.Client:
    return headway.Client(base_url=peer.base_url, price_in=1.0, price_out=2.0)


def test_any_path_answers(client: headway.Client, peer: Peer) -> None:
    answers = [client.request("/v1/anything", BODY), asyncio.run(client.arequest("/v1/anything", BODY, headers={"x-one": "1"}))]
    for answer in answers:
        assert answer.status == 200 and answer.json()["choices"][0]["text"] == "You said: hello"
        assert answer.usage["total_tokens"] == 10 and answer.cost == pytest.approx(16e-6)
        assert (answer.request_id, answer.attempts, answer.content_type) == ("req-1", 1, "application/json")
    assert peer.bodies == [BODY, BODY] and peer.headers[-1]["x-one"] == "1"
    assert client.request("/v1/anything", '{"prompt": "text"}').json()["choices"][0]["text"] == "You said: text"


def test_a_refusal_is_raised_as_for_a_call(client: headway.Client) -> None:
    with pytest.raises(headway.BadRequestError, match="status 400"):
        client.request("/v1/anything", {"prompt": "STATUS 400"})
    with pytest.raises(headway.APITimeoutError):
        asyncio.run(client.arequest("/v1/anything", {"prompt": "HOLD"}, timeout=0.2, max_retries=0))


def test_cancelling_reaches_the_socket(client: headway.Client, peer: Peer) -> None:
    async def main() -> None:
        task = asyncio.ensure_future(client.arequest("/v1/anything", {"prompt": "HOLD"}))
        await asyncio.to_thread(peer.wait_for, lambda: peer.held == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(peer.wait_for, lambda: peer.dropped == 1)

    asyncio.run(main())


def test_wrong_settings_are_type_errors(client: headway.Client) -> None:
    with pytest.raises(TypeError, match="temperature"):
        client.request("/v1/anything", BODY, temperature=1)  # type: ignore[call-arg]
