"""What headway.progress shows."""

import asyncio
import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from peer import Peer

import headway
from headway import watching
from headway.watching import _Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stderr(monkeypatch: Any) -> Terminal:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    terminal = Terminal()
    monkeypatch.setattr(watching, "sys", SimpleNamespace(stderr=terminal))
    return terminal


def test_a_gathers_calls_are_counted(llm: headway.OpenAI, stderr: Terminal) -> None:
    async def main() -> None:
        await asyncio.gather(*[llm.ainvoke(str(number)) for number in range(30)])

    with headway.progress(llm.client):
        asyncio.run(main())
    assert stderr.getvalue() == "30 of 30 calls done, 0 in flight\n"


def test_batches_and_lists_say_how_many_will_come(llm: headway.OpenAI, stderr: Terminal) -> None:
    with headway.progress(), pytest.raises(headway.BadRequestError):
        next(iter(headway.map(["STATUS 400"] + ["x"] * 199, model=llm, in_flight=1)))
    assert stderr.getvalue() == "1 of 200 calls done, 0 in flight\n"
    with headway.progress(total=9):
        llm.batch(["x"] * 7)
    assert stderr.getvalue().endswith("\n7 of 9 calls done, 0 in flight\n")


def test_nothing_is_written_where_there_is_no_terminal(llm: headway.OpenAI, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    file = io.StringIO()
    monkeypatch.setattr(watching, "sys", SimpleNamespace(stderr=file))
    with headway.progress():
        llm.invoke("x")
    assert file.getvalue() == ""


def test_tqdm_shows_it(llm: headway.OpenAI, capsys: Any) -> None:
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    with headway.progress(seconds=0.01):
        llm.batch(["x"] * 7)
    assert "7/7" in capsys.readouterr().err


def test_calls_in_flight_are_not_done(peer: Peer) -> None:
    with headway.Client(base_url=peer.base_url) as client:
        watched = _Progress(lambda: [client], None)
        llm = headway.OpenAI(client=client, model="m")

        async def main() -> None:
            holding = asyncio.ensure_future(llm.abatch(["HOLD"] * 4))
            await asyncio.to_thread(peer.wait_for, lambda: peer.held == 4)
            watched.look()
            assert (watched.done, watched.in_flight, watched.total) == (0, 4, 4)
            holding.cancel()

        asyncio.run(main())
