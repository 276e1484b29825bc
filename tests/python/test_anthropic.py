"""ChatAnthropic: asked and answering as ChatOpenAI, in Anthropic's words."""

import asyncio
import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
from anthropic_peer import running_anthropic
from chat_peer import Endpoint, running_endpoint

import headway


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with running_anthropic() as started:
        yield started


@pytest.fixture
def llm(endpoint: Endpoint) -> headway.ChatAnthropic:
    return headway.ChatAnthropic(model="claude-x", base_url=endpoint.base_url, api_key="sk-ant-1")


def test_the_three_ways_and_streams(llm: headway.ChatAnthropic, endpoint: Endpoint) -> None:
    async def gathered() -> list[headway.Answer]:
        return await asyncio.gather(*[llm.ainvoke(f"number {number}") for number in range(100)])

    answer = llm.invoke([("system", "short"), ("user", "hello there")], max_tokens=9)
    assert answer == "You said: hello there" and answer.ending == "stop" and answer.is_whole
    assert answer.finish_reason == "stop" and answer.raw["stop_reason"] == "end_turn"
    assert answer.openai_form["choices"][0]["message"]["content"] == answer
    assert answer.usage["prompt_tokens"] == 6 and answer.usage["cached_tokens"] == 1 and answer.usage["cache_write_tokens"] == 2
    assert answer.id == "msg_7" and answer.request_id == "req-1"
    asked = endpoint.bodies[0]
    assert (asked["path"], asked["key"], asked["version"]) == ("/v1/messages", "sk-ant-1", "2023-06-01")
    assert asked["system"] == [{"type": "text", "text": "short"}] and asked["max_tokens"] == 9
    assert asyncio.run(gathered()) == [f"You said: number {number}" for number in range(100)]
    chunks = list(llm.stream("hello there"))
    assert "".join(chunks) == "You said: hello there" and chunks[-1].ending == "stop"
    assert pickle.loads(pickle.dumps(answer)).raw == answer.raw


def test_tools_and_schemas(llm: headway.ChatAnthropic, endpoint: Endpoint) -> None:
    schema = {"title": "look", "type": "object", "properties": {"at": {"type": "integer"}}}
    tool = {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": schema}}
    answer = llm.bind_tools([tool], tool_choice="look").invoke("at 7")
    assert answer.tool_calls == [{"name": "look", "args": {"at": 7}, "id": "call-1", "type": "tool_call"}]
    assert answer.ending == "tool_calls" and endpoint.bodies[0]["tool_choice"] == {"type": "tool", "name": "look"}
    assert llm.with_structured_output(schema).invoke("any") == {"at": 1}
    assert endpoint.bodies[-1]["output_config"]["format"]["type"] == "json_schema"


def test_what_it_cannot_be_asked_for_is_refused_before_anything_is_sent(llm: headway.ChatAnthropic, endpoint: Endpoint) -> None:
    with pytest.raises(headway.ConfigurationError, match="'seed'"):
        llm.invoke("x", seed=1)
    with pytest.raises(headway.ConfigurationError, match="/v1/completions"):
        headway.OpenAI(provider="anthropic", model="m", base_url=endpoint.base_url)
    assert endpoint.bodies == []


def test_fields_of_its_own_go_out_as_they_are(llm: headway.ChatAnthropic, endpoint: Endpoint) -> None:
    llm.invoke("x", thinking={"type": "enabled", "budget_tokens": 1024}, top_k=3)
    assert endpoint.bodies[0]["thinking"] == {"type": "enabled", "budget_tokens": 1024} and endpoint.bodies[0]["top_k"] == 3


def test_a_key_goes_to_its_own_provider_only(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-2")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", endpoint.base_url)
    with running_endpoint() as openai:
        with headway.Client(base_url=openai.base_url, api_key="sk-client") as client:
            assert headway.init_chat_model("anthropic:claude-x", client=client).invoke("x") == "You said: x"
            assert headway.init_chat_model("openai:m", client=client).invoke("x") == "You said: x"
        assert len(openai.bodies) == 1 and openai.bodies[0]["model"] == "m"
    assert [(body["key"], body["model"]) for body in endpoint.bodies] == [("sk-ant-2", "claude-x")]
    with pytest.raises(headway.AuthenticationError, match="check ANTHROPIC_API_KEY"):
        headway.init_chat_model("claude-x", model_provider="anthropic").invoke("STATUS 401")
    with pytest.raises(headway.ConfigurationError, match="no provider that headway knows"):
        headway.init_chat_model("m", model_provider="nobody")


def test_calls_go_on_at_another_provider(endpoint: Endpoint) -> None:
    with running_endpoint() as openai:
        llm = headway.ChatOpenAI(
            model="m", max_retries=0,
            endpoints=[
                {"base_url": endpoint.base_url, "provider": "anthropic", "api_key": "sk-ant-3", "model": "claude-x"},
                {"base_url": openai.base_url, "api_key": "x", "model": "gpt-x"},
            ],
        )  # fmt: skip
        assert llm.batch(["a", "b", "c", "d"]) == ["You said: a", "You said: b", "You said: c", "You said: d"]
        assert {body["model"] for body in endpoint.bodies} == {"claude-x"}
        assert {body["model"] for body in openai.bodies} == {"gpt-x"}


def test_a_file_of_rows(endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-4")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", endpoint.base_url)
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"prompt": f"row {number}"}) + "\n" for number in range(3)))
    report = headway.run_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", model="anthropic:claude-x", progress="none")
    assert report.rows["done"] == 3, report
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    bodies = [line["response"]["body"] for line in lines]
    assert sorted(body["choices"][0]["message"]["content"] for body in bodies) == [f"You said: row {number}" for number in range(3)]
    assert {body["object"] for body in bodies} == {"chat.completion"}, "OpenAI's Batch form, whoever answered"
    headway.run_file(tmp_path / "in.jsonl", tmp_path / "raw.jsonl", model="anthropic:claude-x", progress="none", select="body")
    assert {json.loads(line)["type"] for line in (tmp_path / "raw.jsonl").read_text().splitlines()} == {"message"}
