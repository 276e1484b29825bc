"""Models and clients as values: printed, copied, pickled; answers as rows."""

import copy
import multiprocessing
import pickle
from typing import Any

import pytest
from peer import Peer

import headway


def test_what_is_printed_says_model_and_host(monkeypatch: pytest.MonkeyPatch) -> None:
    here: Any = {"base_url": "http://127.0.0.1:9/v1", "api_key": "sk-secret"}
    assert repr(headway.ChatOpenAI(model="m", **here)) == "<headway.ChatOpenAI 'm' at 127.0.0.1:9>"
    assert repr(headway.OpenAI(**here)) == "<headway.OpenAI 'gpt-3.5-turbo-instruct' at 127.0.0.1:9>"
    client = headway.Client(**here)
    assert repr(client) == "<headway.Client at 127.0.0.1:9>"
    assert repr(headway.ChatOpenAI(client=client, model="m")) == "<headway.ChatOpenAI 'm' at 127.0.0.1:9>"
    assert repr(headway.Client(endpoints=[here, here])) == "<headway.Client at 2 endpoints>"
    client.close()
    assert repr(client) == "<headway.Client at 127.0.0.1:9, closed>"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://user:word@localhost:8/v1")
    assert repr(headway.Client()) == "<headway.Client at localhost:8>"


def asked(model: headway.ChatOpenAI, prompt: str) -> str:
    return str(model.invoke(prompt))


def test_a_model_is_pickled_by_its_settings(peer: Peer) -> None:
    client = headway.Client(base_url=peer.base_url, price_in=1.0, price_out=2.0)
    bound = headway.ChatOpenAI(client=client, model="m", temperature=0.5).bind(seed=7)
    one, two = pickle.loads(pickle.dumps([bound, bound]))
    assert one.client is two.client is not client
    assert one.invoke("x").cost == pytest.approx(16e-6)
    assert peer.bodies[-1] == {"model": "m", "messages": [{"role": "user", "content": "x"}], "temperature": 0.5, "seed": 7}
    plain = headway.OpenAI(base_url=peer.base_url, model="m")
    assert pickle.loads(pickle.dumps(plain)).client is plain.client


def test_a_model_goes_into_a_process_that_is_spawned(peer: Peer) -> None:
    chat = headway.ChatOpenAI(base_url=peer.base_url, model="m")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(asked, (chat, "hello")) == "You said: hello"


def test_a_copy_keeps_to_the_same_limit(peer: Peer) -> None:
    chat = headway.ChatOpenAI(client=headway.Client(base_url=peer.base_url), model="m")
    for other in (copy.copy(chat), copy.deepcopy(chat)):
        assert other is not chat and other.client is chat.client and other.invoke("x") == "You said: x"


def test_answers_become_rows(chat: headway.ChatOpenAI) -> None:
    answers = chat.batch(["a", "STATUS 400"], return_exceptions=True)
    good, bad = headway.to_rows(answers)
    assert good == {
        "text": "You said: a", "finish_reason": "stop", "ending": "stop", "model": "m-2", "prompt_tokens": 4, "completion_tokens": 6,
        "cost": None, "id": "cmpl-7", "request_id": "req-1", "attempts": 1, "error": None, "error_kind": None,
    }  # fmt: skip
    assert (bad["text"], bad["error_kind"], bad["attempts"]) == (None, "bad_request", 1) and "status 400" in bad["error"]
    assert headway.to_rows([TypeError("no prompt")])[0]["error_kind"] == "TypeError"
    with pytest.raises(TypeError, match="str"):
        headway.to_rows(["a text"])  # type: ignore[list-item]


def test_or_a_table_of_arrows(chat: headway.ChatOpenAI) -> None:
    pytest.importorskip("pyarrow")
    import pandas  # type: ignore[import-untyped,unused-ignore]
    import polars

    table = headway.to_table(chat.batch(["a", "b"]))
    assert table.schema.field("cost").type == "double" and table["text"].to_pylist() == ["You said: a", "You said: b"]
    assert polars.DataFrame(table)["prompt_tokens"].to_list() == [4, 4]
    assert pandas.DataFrame(headway.to_rows(chat.batch(["a"])))["completion_tokens"].tolist() == [6]
    assert headway.to_table([]).num_rows == 0
