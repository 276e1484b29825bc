"""Calls in every way of waiting, and what comes back."""

import asyncio
import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from peer import Peer

import headway


def test_an_answer_is_a_str_that_knows_the_response(llm: headway.OpenAI) -> None:
    answer = llm.invoke("hello")
    assert answer == answer.content == "You said: hello" and isinstance(answer, str)
    assert type(answer.content) is str and json.dumps(answer) == '"You said: hello"'
    assert answer.usage_metadata == {
        "input_tokens": 4, "output_tokens": 6, "total_tokens": 10, "input_token_details": {"cache_read": 1},
    }  # fmt: skip
    metadata = answer.response_metadata
    assert metadata["model_name"] == "m-2" and metadata["finish_reason"] == answer.finish_reason == "stop"
    assert metadata["system_fingerprint"] == "fp" and metadata["token_usage"]["total_tokens"] == 10
    assert (answer.id, answer.request_id, answer.attempts, answer.cost) == ("cmpl-7", "req-1", 1, None)
    assert answer.times["first_byte"] > 0 and answer.tool_calls == [] and answer.choices == ["You said: hello"]


def test_what_was_written_to_the_cache_is_told(llm: headway.OpenAI) -> None:
    answer = llm.invoke("CACHE")
    assert answer.usage == {
        "prompt_tokens": 4, "completion_tokens": 6, "total_tokens": 10, "cached_tokens": 1, "reasoning_tokens": 0,
        "cache_write_tokens": 2, "cache_write_1h_tokens": 0,
    }  # fmt: skip
    assert answer.usage_metadata and answer.usage_metadata["input_token_details"] == {"cache_read": 1, "cache_creation": 2}


@pytest.mark.parametrize(
    ("word", "ending", "whole"),
    [
        ("stop", "stop", True),
        ("tool_calls", "tool_calls", True),
        ("MAX_TOKENS", "length", False),
        ("content_filter", "filtered", False),
        ("refusal", "refused", False),
        ("a new word", "unknown", False),
    ],
)
def test_an_answer_tells_why_it_ended(chat: headway.ChatOpenAI, peer: Peer, word: str, ending: str, whole: bool) -> None:
    answer = chat.invoke(f"ENDS {word}")
    assert (answer.finish_reason, answer.ending, answer.is_whole) == (word, ending, whole)
    assert pickle.loads(pickle.dumps(answer)).ending == ending
    assert headway.to_rows([answer])[0]["ending"] == ending
    request = {"model": "m", "messages": [{"role": "user", "content": f"ENDS {word}"}]}
    with headway.Client(base_url=peer.base_url) as client:
        assert client.request("/v1/chat/completions", request).endings == [ending]


def test_each_of_several_answers_has_its_ending(chat: headway.ChatOpenAI) -> None:
    answer = chat.invoke("ENDS length", n=2)
    assert len(answer.choices) == 2 and answer.endings == ["length", "length"]


def test_a_chats_answer_is_the_same(chat: headway.ChatOpenAI) -> None:
    answer = chat.invoke([("system", "short"), ("human", "hello")])
    assert (answer, answer.content, answer.id) == ("You said: hello", "You said: hello", "cmpl-7")


def test_answers_can_be_pickled(llm: headway.OpenAI) -> None:
    answer = llm.invoke("hello")
    again = pickle.loads(pickle.dumps(answer))
    assert type(again) is headway.Answer and again == answer
    assert again.response_metadata == answer.response_metadata and again.times == answer.times


def test_an_answer_is_a_message_of_the_next_question(chat: headway.ChatOpenAI, peer: Peer) -> None:
    chat.invoke([("user", "one"), chat.invoke("one"), ("user", "two")])
    assert [each["role"] for each in peer.bodies[-1]["messages"]] == ["user", "assistant", "user"]


class HumanMessage:
    type, content = "human", "from an object"


@pytest.mark.parametrize(
    ("prompt", "sent"),
    [
        ("text", [{"role": "user", "content": "text"}]),
        ([{"role": "user", "content": "a dict"}], [{"role": "user", "content": "a dict"}]),
        ([("ai", "a"), ("human", "b")], [{"role": "assistant", "content": "a"}, {"role": "user", "content": "b"}]),
        ([HumanMessage()], [{"role": "user", "content": "from an object"}]),
        (["only text"], [{"role": "user", "content": "only text"}]),
        (
            [{"role": "tool", "content": "42", "tool_call_id": "c"}],
            [{"role": "tool", "content": "42", "tool_call_id": "c"}],
        ),
        (
            [{"role": "user", "content": [{"type": "text", "text": "parts"}]}, ("user", "last")],
            [{"role": "user", "content": [{"type": "text", "text": "parts"}]}, {"role": "user", "content": "last"}],
        ),
    ],
)
def test_prompts_of_a_chat(chat: headway.ChatOpenAI, peer: Peer, prompt: Any, sent: Any) -> None:
    chat.invoke(prompt)
    assert peer.bodies[-1]["messages"] == sent


def test_messages_for_a_completion_become_lines(llm: headway.OpenAI, peer: Peer) -> None:
    llm.invoke([("system", "short"), ("human", "hello")])
    assert peer.bodies[-1]["prompt"] == "System: short\nHuman: hello"


@pytest.mark.parametrize("prompt", [7, None, [7], [{"content": "no role"}]])
def test_what_is_no_prompt_is_a_type_error(chat: headway.ChatOpenAI, prompt: Any) -> None:
    with pytest.raises(TypeError):
        chat.invoke(prompt)


def test_defaults_are_the_articles(llm: headway.OpenAI, chat: headway.ChatOpenAI, peer: Peer) -> None:
    llm.invoke("x")
    assert peer.bodies[-1] == {"model": "m", "prompt": "x", "temperature": 0.7, "max_tokens": 256}
    chat.invoke("x")
    assert peer.bodies[-1] == {"model": "m", "messages": [{"role": "user", "content": "x"}]}


def test_a_calls_keywords_win_over_the_models(peer: Peer) -> None:
    llm = headway.OpenAI(
        model_name="m", openai_api_base=peer.base_url, openai_api_key="sk-1", temperature=0.1, max_tokens=-1, seed=1,
        top_p=0.5, model_kwargs={"a": 1}, extra_body={"b": 2}, default_headers={"x-one": "1"},
    )  # fmt: skip
    llm.invoke("x")
    assert peer.bodies[-1] == {"model": "m", "prompt": "x", "temperature": 0.1, "seed": 1, "top_p": 0.5, "a": 1, "b": 2}
    assert peer.headers[-1]["authorization"] == "Bearer sk-1" and peer.headers[-1]["x-one"] == "1"
    llm.bind(stop=["q"]).invoke(  # type: ignore[call-arg]  # any_field is the request's
        "x", stop="z", seed=2, temperature=0, any_field=[1], extra_body={"b": 3}, default_headers={"x-one": "2"}
    )
    body = peer.bodies[-1]
    assert (body["stop"], body["seed"], body["temperature"], body["any_field"], body["b"]) == ("z", 2, 0, [1], 3)
    assert peer.headers[-1]["x-one"] == "2"


def test_bind_leaves_the_model_as_it_was(llm: headway.OpenAI, peer: Peer) -> None:
    bound = llm.bind(stop=["q"]).bind(seed=5)
    bound.invoke("x")
    assert peer.bodies[-1]["stop"] == "q" and peer.bodies[-1]["seed"] == 5
    llm.invoke("x")
    assert "stop" not in peer.bodies[-1]


def test_batches_keep_the_order(llm: headway.OpenAI) -> None:
    prompts = [str(number) for number in range(200)]
    answers = [f"You said: {prompt}" for prompt in prompts]
    assert llm.batch(prompts) == answers
    assert llm.batch(prompts, config={"max_concurrency": 3}) == answers
    assert asyncio.run(llm.abatch(prompts)) == answers
    assert llm.batch([]) == [] and asyncio.run(llm.abatch([])) == []


def test_batches_as_completed_give_each_once(llm: headway.OpenAI) -> None:
    prompts = [str(number) for number in range(200)]
    expected = [(number, f"You said: {number}") for number in range(200)]

    async def all_of_them() -> list[tuple[int, str]]:
        return [ended async for ended in llm.abatch_as_completed(prompts, {"max_concurrency": 7})]

    assert sorted(llm.batch_as_completed(prompts, {"max_concurrency": 7})) == expected
    assert sorted(asyncio.run(all_of_them())) == expected
    assert list(llm.batch_as_completed([])) == []


def test_a_batch_keeps_to_its_concurrency(llm: headway.OpenAI, peer: Peer) -> None:
    async def main() -> None:
        batch = asyncio.ensure_future(llm.abatch(["HOLD"] * 9, {"max_concurrency": 3}))
        await asyncio.to_thread(peer.wait_for, lambda: peer.held == 3)
        batch.cancel()
        with pytest.raises(asyncio.CancelledError):
            await batch
        await asyncio.to_thread(peer.wait_for, lambda: peer.held == 0)

    asyncio.run(main())
    assert peer.most_held == peer.dropped == 3


def test_one_text_is_no_batch(llm: headway.OpenAI, peer: Peer) -> None:
    for wrong in (llm.batch, llm.batch_as_completed, headway.map):
        with pytest.raises(TypeError, match="not one text"):
            list(wrong("each letter would be paid for"))
    with pytest.raises(TypeError, match="not one text"):
        asyncio.run(llm.abatch("each letter would be paid for"))
    assert peer.bodies == []


def test_a_concurrency_below_zero_is_a_value_error(llm: headway.OpenAI) -> None:
    with pytest.raises(ValueError, match="max_concurrency is 1 or more"):
        llm.batch(["a"], {"max_concurrency": -1})


def test_a_failure_in_a_batch_loses_nothing(llm: headway.OpenAI) -> None:
    prompts = ["a", "STATUS 400", "b", "STATUS 422"]
    for run in (llm.batch, lambda prompts: asyncio.run(llm.abatch(prompts))):
        with pytest.raises(headway.BadRequestError) as caught:
            run(prompts)
        outcomes = caught.value.outcomes
        assert outcomes is not None and [type(each).__name__ for each in outcomes] == [
            "Answer", "BadRequestError", "Answer", "UnprocessableEntityError",
        ]  # fmt: skip


def test_failures_can_be_had_as_values(llm: headway.OpenAI) -> None:
    answers = llm.batch(["a", "STATUS 400"], return_exceptions=True)
    assert answers[0] == "You said: a" and isinstance(answers[1], headway.BadRequestError)
    ended = dict(llm.batch_as_completed(["a", "STATUS 400"], return_exceptions=True))
    assert ended[0] == "You said: a" and isinstance(ended[1], headway.BadRequestError)
    with pytest.raises(headway.BadRequestError):
        list(llm.batch_as_completed(["STATUS 400"]))


def test_a_chat_batch_may_mix_prompts(chat: headway.ChatOpenAI, peer: Peer) -> None:
    prompts = ["text", [("user", "pairs")], [{"role": "user", "content": "named", "name": "ann"}]]
    assert chat.batch(prompts) == ["You said: text", "You said: pairs", "You said: named"]
    assert any(body["messages"][0].get("name") == "ann" for body in peer.bodies)


def test_a_thousand_threads_wait_on_one_loop(peer: Peer) -> None:
    llm = headway.OpenAI(base_url=peer.base_url, model="m")
    prompts = [str(number) for number in range(2000)]
    with ThreadPoolExecutor(max_workers=1000) as executor:
        assert list(executor.map(llm.invoke, prompts)) == [f"You said: {prompt}" for prompt in prompts]


def test_models_share_one_client(llm: headway.OpenAI, chat: headway.ChatOpenAI) -> None:
    assert llm.client is chat.client
    before = llm.client.stats()["attempts"]
    llm.invoke("x"), chat.invoke("x")
    assert llm.client.stats()["attempts"] == before + 2
    assert llm.client.stats()["calls_in_flight"] == 0


def test_a_client_of_ones_own(peer: Peer) -> None:
    with headway.Client(base_url=peer.base_url, price_in=1.0, price_out=2.0, max_connections=3) as client:
        llm = headway.OpenAI(client=client, model="m")
        answer = llm.invoke("x")
        assert answer.cost == pytest.approx((4 * 1.0 + 6 * 2.0) / 1e6)
        assert client.spend()[0]["total_tokens"] == 10 and client.stats()["cost"] == pytest.approx(answer.cost)
    with pytest.raises(headway.CallCancelledError):
        llm.invoke("x")


def test_closing_a_client_ends_its_calls(peer: Peer) -> None:
    client = headway.Client(base_url=peer.base_url)
    llm = headway.OpenAI(client=client, model="m")
    with ThreadPoolExecutor() as executor:
        waiting = executor.submit(llm.invoke, "HOLD")
        peer.wait_for(lambda: peer.held == 1)
        client.close()
        with pytest.raises(headway.CallCancelledError):
            waiting.result(30)
    client.close()


def test_after_the_shared_client_was_closed_new_models_have_a_fresh_one(llm: headway.OpenAI, peer: Peer) -> None:
    llm.client.close()
    assert headway.OpenAI(base_url=peer.base_url, model="m").invoke("x") == "You said: x"
    with pytest.raises(headway.CallCancelledError):
        llm.invoke("x")


def test_a_headway_toml(peer: Peer, tmp_path: Any) -> None:
    config = tmp_path / "headway.toml"
    config.write_text(f'[[endpoints]]\nbase_url = "{peer.base_url}"\nmodel = "from-file"\n')
    assert headway.ChatOpenAI(config=config).invoke("x") == "You said: x"
    assert peer.bodies[-1]["model"] == "from-file"
    assert headway.ChatOpenAI(config=config).client is headway.ChatOpenAI(config=str(config)).client


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"foo": 1}, "foo"),
        ({"temperature": "hot"}, "temperature"),
        ({"timeout": -1}, "timeout"),
        ({"model": "a", "model_name": "b"}, "model_name"),
        ({"endpoints": [{"bar": 1}]}, "bar"),
    ],
)
def test_wrong_keywords_are_type_errors(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(TypeError, match=f"'{named}'"):
        headway.OpenAI(base_url="http://127.0.0.1:9", **settings)


def test_importing_is_quick_and_needs_no_asyncio(script: Any) -> None:
    done = script("import sys, headway; print('asyncio' in sys.modules)")
    assert done.stdout == "False\n", done.stderr
