"""Leases of one limit over several processes: the engine's side, and the book's."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from peer import HANG_S, Peer

import headway
from headway import _core

NOTHING = {"requests": 0.0, "tokens": 0.0}
ALL = {"requests": 1.0, "tokens": 1.0, "concurrency": None, "fresh": True}


@pytest.fixture
def client(peer: Peer) -> Iterator[headway.Client]:
    with headway.Client(base_url=peer.base_url) as started:
        yield started


def limit_under(lease: dict[str, Any], seconds: float, client: headway.Client) -> str:
    """What limits the calls of a worker that renews its lease again and again."""
    client._engine.take_lease(lease, seconds)
    return str(client.stats()["limited_by"])


class Asking(threading.Thread):
    """Asks one prompt of a thread of its own."""

    def __init__(self, client: headway.Client, prompt: str = "x") -> None:
        super().__init__(daemon=True)
        self._llm = headway.OpenAI(client=client, model="m")
        self._prompt = prompt
        self.answer = ""
        self.start()

    def run(self) -> None:
        with suppress(headway.CallCancelledError):  # at the client's end
            self.answer = self._llm.invoke(self._prompt)


def until(true: Any) -> None:
    pause = threading.Event()
    for _ in range(100 * HANG_S):
        if true():
            return
        pause.wait(0.01)
    raise AssertionError("it has not come true")


def test_without_a_lease_nothing_is_held_back(client: headway.Client) -> None:
    assert headway.OpenAI(client=client, model="m").invoke("x") == "You said: x"
    assert client._engine.demand() == {"requests": 0, "tokens": 0, "concurrency": 0, "in_flight": 0}


def test_calls_wait_for_a_lease(client: headway.Client, peer: Peer) -> None:
    engine = client._engine
    engine.take_lease(NOTHING, 0)
    asking = Asking(client)
    until(lambda: limit_under(NOTHING, 0, client) == "lease")
    assert engine.demand() == {"requests": 1, "tokens": 1, "concurrency": 1, "in_flight": 0}
    assert peer.bodies == []
    engine.take_lease(ALL, 60)
    asking.join(HANG_S)
    assert asking.answer == "You said: x"


def test_after_its_end_calls_wait_and_those_sent_go_on(client: headway.Client, peer: Peer) -> None:
    engine = client._engine
    engine.take_lease(ALL, 60)
    Asking(client, "HOLD")
    peer.wait_for(lambda: peer.held == 1)
    engine.take_lease(ALL, 0)
    asking = Asking(client)
    until(lambda: limit_under(ALL, 0, client) == "lease")
    assert peer.held == 1 and len(peer.bodies) == 1
    assert engine.demand()["in_flight"] == 1
    until(lambda: limit_under({**ALL, "concurrency": 1}, 60, client) == "concurrency")
    engine.take_lease({**ALL, "concurrency": 2}, 60)
    asking.join(HANG_S)
    assert asking.answer == "You said: x"


def test_limits_that_one_has_read_reach_another(client: headway.Client, peer: Peer) -> None:
    headway.OpenAI(client=client, model="m").invoke("LIMIT 600")
    client._engine.take_lease(ALL, 60)
    until(client._engine.limits)
    rows = client._engine.limits()
    limit = {"limit": 600, "seconds": 60, "fixed": False, "sliced": False}
    assert rows == [
        {
            "endpoint": peer.base_url.split("/")[2], "model": "m", "requests": limit, "tokens": None,
            "input_tokens": None, "output_tokens": None, "wait": 0, "wants_max_completion_tokens": False, "wants_no_temperature": False,
        }
    ]  # fmt: skip
    with headway.Client(base_url=peer.base_url) as other:
        other._engine.learn_limits(rows)
        other._engine.take_lease({"requests": 0.5, "tokens": 0.5}, 60)
        headway.OpenAI(client=other, model="m").invoke("x")
        until(lambda: other.stats()["requests_per_minute_allowed"] == 300)
        assert other._engine.limits() == []  # hearsay is not told again


def test_a_lease_is_not_a_childs(script: Any) -> None:
    done = script(
        """
import os, threading, time, headway
client = headway.Client()
llm = headway.OpenAI(client=client)
client._engine.take_lease({"requests": 1, "tokens": 1}, 60)
print(llm.invoke("parent"), flush=True)
child = os.fork()
if not child:
    client.stats()
    time.sleep(0.1)
    threading.Thread(target=llm.invoke, args=("child",), daemon=True).start()
    while client.stats()["limited_by"] != "lease":
        time.sleep(0.01)
    os._exit(0)
print(os.waitpid(child, 0)[1])
"""
    )
    assert done.stdout == "You said: parent\n0\n", done.stderr


def test_a_closed_engine_takes_no_lease(client: headway.Client) -> None:
    client.close()
    for use in (
        lambda: client._engine.take_lease(ALL, 1),
        lambda: client._engine.demand(),
        lambda: client._engine.limits(),
        lambda: client._engine.learn_limits([]),
    ):
        with pytest.raises(headway.CallCancelledError):
            use()


@pytest.mark.parametrize("wrong", [{"requests": 1.5}, {"requests": -0.1}, {"tokens": float("nan")}])
def test_parts_are_from_0_to_1(client: headway.Client, wrong: dict[str, Any]) -> None:
    with pytest.raises(headway.ConfigurationError, match="from 0 to 1"):
        client._engine.take_lease({**ALL, **wrong}, 1)


def test_wrong_types_and_names_are_refused(client: headway.Client) -> None:
    book = _core.LeaseBook()
    for wrong in (
        lambda: client._engine.take_lease({"requests": "all"}, 1),
        lambda: client._engine.take_lease({"share": 1}, 1),
        lambda: client._engine.learn_limits([{"endpoint": "e", "limit": 1}]),
        lambda: client._engine.learn_limits([{"requests": 600}]),
        lambda: book.renew("a", {"wants": 1}, None, 0),
        lambda: book.renew("a", {}, {"share": 1}, 0),
    ):
        with pytest.raises(TypeError):
            wrong()


def test_a_book_lends_and_an_engine_takes_it_as_it_is(client: headway.Client) -> None:
    engine = client._engine
    engine.take_lease(NOTHING, 0)
    asking = Asking(client)
    until(lambda: limit_under(NOTHING, 0, client) == "lease")
    book = _core.LeaseBook(concurrency=10)
    lease = book.renew("a", engine.demand(), None, now=100.0)
    assert lease == {
        "requests": 0.5, "tokens": 0.5, "concurrency": 5, "fresh": True, "seconds": 2, "renew_in": lease["renew_in"],
    }  # fmt: skip
    assert 0.2 < lease["renew_in"] <= 0.25
    engine.take_lease(lease, lease["seconds"])
    asking.join(HANG_S)
    assert asking.answer == "You said: x"
    again = book.renew("a", {"requests": 1, "tokens": 1, "concurrency": 100}, lease, now=100.5)
    assert (again["requests"], again["concurrency"]) == (1, 10)


def test_a_book_lends_again_what_has_expired_or_was_left() -> None:
    book = _core.LeaseBook()
    wants = {"requests": 1, "tokens": 1}
    book.renew("a", wants, None, now=0)
    book.renew("a", wants, None, now=1)
    assert book.renew("b", wants, None, now=2.9)["requests"] == 0
    assert book.renew("b", wants, None, now=3.1)["requests"] == 1
    book.leave("b", now=3.2)
    assert book.renew("c", wants, None, now=3.3)["requests"] == 0.5
    assert book.renew("c", wants, None, now=1)["requests"] == 1  # a clock that goes back stands still


def test_a_restarted_book_gives_what_is_held() -> None:
    book = _core.LeaseBook(restarted=True)
    wants = {"requests": 1, "tokens": 1}
    held = {"requests": 0.25, "tokens": 0.25, "concurrency": None, "fresh": True, "seconds": 2.0, "renew_in": 0.5}
    assert book.renew("a", wants, held, now=0)["requests"] == 0.25
    assert book.renew("b", wants, None, now=1)["requests"] == 0
    assert book.renew("a", wants, held, now=4)["requests"] > 0.25


def learned(**known: Any) -> dict[str, Any]:
    return {
        "endpoint": "e", "model": "m", "wait": 0.5, "requests": None, "tokens": None, "input_tokens": None, "output_tokens": None,
        "wants_max_completion_tokens": False, "wants_no_temperature": False, **known,
    }  # fmt: skip


def test_what_one_worker_says_nothing_of_stays_known() -> None:
    limit = {"limit": 600.0, "seconds": 60.0, "fixed": False, "sliced": False}
    known = learned(requests=limit, wants_max_completion_tokens=True)
    merged = learned(requests=limit, wants_max_completion_tokens=True, wants_no_temperature=True)
    assert _core.newer_limits(known, learned(wants_no_temperature=True)) == merged


def test_what_a_model_refuses_is_learned_once_for_all(client: headway.Client, peer: Peer) -> None:
    refuses: Any = {"max_tokens": 5, "extra_body": {"refuses": "max_tokens"}}
    headway.ChatOpenAI(client=client, model="m").invoke("x", **refuses)
    assert ["max_tokens" in body for body in peer.bodies] == [True, False], "the first is refused, and is sent again"
    rows = client._engine.limits()
    assert [(row["model"], row["wants_max_completion_tokens"], row["wants_no_temperature"]) for row in rows] == [("m", True, False)]
    with headway.Client(base_url=peer.base_url) as other:
        other._engine.learn_limits(rows)
        headway.ChatOpenAI(client=other, model="m").invoke("x", **refuses)
    assert len(peer.bodies) == 3 and peer.bodies[2]["max_completion_tokens"] == 5


def test_that_a_limit_is_one_of_slices_is_not_forgotten() -> None:
    def told(limit: int, sliced: bool) -> dict[str, Any]:
        return learned(requests={"limit": limit, "seconds": 60, "fixed": False, "sliced": sliced})

    assert _core.newer_limits(told(600, False), told(600, False)) == told(600, False)
    assert _core.newer_limits(told(600, True), told(500, False)) == told(500, True)
    assert _core.newer_limits(told(600, False), told(600, True)) == told(600, True)
