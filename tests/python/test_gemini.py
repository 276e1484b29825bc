"""ChatGoogleGenerativeAI: asked and answering as ChatOpenAI, in Gemini's words."""

import asyncio
import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_peer import Endpoint, running_endpoint
from gemini_peer import SIGNATURE, running_gemini

import headway

PATH = "/v1beta/models/gemini-x"
WHOLE, STREAMED = f"{PATH}:generateContent", f"{PATH}:streamGenerateContent?alt=sse"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with running_gemini() as started:
        yield started


@pytest.fixture
def llm(endpoint: Endpoint) -> headway.ChatGoogleGenerativeAI:
    return headway.ChatGoogleGenerativeAI(model="gemini-x", base_url=endpoint.base_url, api_key="key-1")


def test_the_three_ways_and_streams(llm: headway.ChatGoogleGenerativeAI, endpoint: Endpoint) -> None:
    async def gathered() -> list[headway.Answer]:
        return await asyncio.gather(*[llm.ainvoke(f"number {number}") for number in range(100)])

    answer = llm.invoke([("system", "short"), ("user", "hello there")], max_tokens=9)
    assert answer == "You said: hello there" and answer.ending == "stop" and answer.is_whole
    assert answer.finish_reason == "stop" and answer.raw["candidates"][0]["finishReason"] == "STOP"
    assert answer.openai_form["choices"][0]["message"]["content"] == answer
    assert answer.usage["prompt_tokens"] == 6 and answer.usage["cached_tokens"] == 1
    assert answer.usage["completion_tokens"] == 6 and answer.usage["reasoning_tokens"] == 2
    assert answer.id == "resp-7" and answer.request_id == "req-1"
    asked = endpoint.bodies[0]
    assert (asked["path"], asked["key"]) == (WHOLE, "key-1") and "model" not in asked
    assert asked["systemInstruction"] == {"parts": [{"text": "short"}]} and asked["generationConfig"] == {"maxOutputTokens": 9}
    assert asyncio.run(gathered()) == [f"You said: number {number}" for number in range(100)]
    chunks = list(llm.stream("hello there"))
    assert "".join(chunks) == "You said: hello there" and chunks[-1].ending == "stop"
    assert endpoint.bodies[-1]["path"] == STREAMED and "stream" not in endpoint.bodies[-1]
    assert chunks[-1].usage_metadata is not None and chunks[-1].usage_metadata["output_tokens"] == 6
    assert pickle.loads(pickle.dumps(answer)).raw == answer.raw


def test_each_call_may_name_its_model_and_headers(llm: headway.ChatGoogleGenerativeAI, endpoint: Endpoint) -> None:
    assert llm.invoke("a", model="gemini-y", extra_headers={"x-goog-api-key": "key-2"}) == "You said: a"
    assert llm.invoke("b") == "You said: b"
    asked = [(body["path"], body["key"]) for body in endpoint.bodies]
    assert asked == [("/v1beta/models/gemini-y:generateContent", "key-2"), (WHOLE, "key-1")]


def test_tools_and_schemas(llm: headway.ChatGoogleGenerativeAI, endpoint: Endpoint) -> None:
    schema = {"title": "look", "type": "object", "properties": {"at": {"type": "integer"}}}
    tool = {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": schema}}
    answer = llm.bind_tools([tool], tool_choice="look").invoke("at 7")
    assert answer.tool_calls == [{"name": "look", "args": {"at": 7}, "id": "call_resp-7_0_0", "type": "tool_call"}]
    assert answer.ending == "tool_calls"
    assert endpoint.bodies[0]["toolConfig"] == {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["look"]}}
    for method in ("json_schema", "function_calling"):
        assert llm.with_structured_output(schema, method=method).invoke("any") == {"at": 1}


def test_what_gemini_signed_goes_back(llm: headway.ChatGoogleGenerativeAI, endpoint: Endpoint) -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    first = llm.invoke("x", tools=[tool])
    turns = [("user", "x"), first.openai_form["choices"][0]["message"], {"role": "tool", "tool_call_id": "call_resp-7_0_0", "content": "sun"}]
    llm.invoke(turns, tools=[tool])
    called, told = endpoint.bodies[-1]["contents"][1:]
    assert called["parts"][0]["thoughtSignature"] == SIGNATURE and called["role"] == "model"
    assert told["parts"][0]["functionResponse"]["name"] == "look"


def test_what_it_cannot_be_asked_for_is_refused_before_anything_is_sent(
    llm: headway.ChatGoogleGenerativeAI, endpoint: Endpoint
) -> None:
    with pytest.raises(headway.ConfigurationError, match="'logit_bias'"):
        llm.invoke("x", logit_bias={"1": 2})
    with pytest.raises(headway.ConfigurationError, match="/v1/completions"):
        headway.OpenAI(provider="gemini", model="m", base_url=endpoint.base_url)
    assert endpoint.bodies == []


def test_fields_of_its_own_go_out_as_they_are(llm: headway.ChatGoogleGenerativeAI, endpoint: Endpoint) -> None:
    settings = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]
    llm.invoke("x", max_tokens=3, extra_body={"safetySettings": settings, "generationConfig": {"topK": 3}})
    assert endpoint.bodies[0]["safetySettings"] == settings
    assert endpoint.bodies[0]["generationConfig"] == {"maxOutputTokens": 3, "topK": 3}


def test_a_key_goes_to_its_own_provider_only(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    monkeypatch.setenv("GOOGLE_API_KEY", "key-2")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", endpoint.base_url)
    with running_endpoint() as openai:
        with headway.Client(base_url=openai.base_url, api_key="sk-client") as client:
            assert headway.init_chat_model("google_genai:gemini-x", client=client).invoke("x") == "You said: x"
            assert headway.init_chat_model("gemini:gemini-x", client=client).invoke("x") == "You said: x"
            assert headway.init_chat_model("openai:m", client=client).invoke("x") == "You said: x"
        assert len(openai.bodies) == 1 and openai.bodies[0]["model"] == "m"
    assert [(body["key"], body["path"]) for body in endpoint.bodies] == [("key-2", WHOLE)] * 2
    with pytest.raises(headway.AuthenticationError, match="check GEMINI_API_KEY"):
        headway.init_chat_model("gemini-x", model_provider="google_genai").invoke("STATUS 401")
    with pytest.raises(headway.NotFoundError):
        headway.ChatGoogleGenerativeAI(model="tunedModels/none").invoke("x")


def test_calls_go_on_at_another_provider(endpoint: Endpoint) -> None:
    with running_endpoint() as openai:
        llm = headway.ChatOpenAI(
            model="m", max_retries=0,
            endpoints=[
                {"base_url": endpoint.base_url, "provider": "gemini", "api_key": "key-3", "model": "gemini-x"},
                {"base_url": openai.base_url, "api_key": "x", "model": "gpt-x"},
            ],
        )  # fmt: skip
        assert llm.batch(["a", "b", "c", "d"]) == ["You said: a", "You said: b", "You said: c", "You said: d"]
        assert {body["path"] for body in endpoint.bodies} == {WHOLE}
        assert {body["model"] for body in openai.bodies} == {"gpt-x"}


def test_a_file_of_rows(endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "key-4")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", endpoint.base_url)
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"prompt": f"row {number}"}) + "\n" for number in range(3)))
    report = headway.run_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", model="gemini:gemini-x", progress="none")
    assert report.rows["done"] == 3, report
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    bodies = [line["response"]["body"] for line in lines]
    assert sorted(body["choices"][0]["message"]["content"] for body in bodies) == [f"You said: row {number}" for number in range(3)]
    assert {body["object"] for body in bodies} == {"chat.completion"}, "OpenAI's Batch form, whoever answered"
    headway.run_file(tmp_path / "in.jsonl", tmp_path / "raw.jsonl", model="gemini:gemini-x", progress="none", select="body")
    assert {json.loads(line)["responseId"] for line in (tmp_path / "raw.jsonl").read_text().splitlines()} == {"resp-7"}
    assert {body["key"] for body in endpoint.bodies} == {"key-4"}
