"""Tools and schemas on the models that need no LangChain."""

import asyncio
import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

pydantic = pytest.importorskip("pydantic", reason="pydantic is not installed: schemas of classes are not tested")

from chat_peer import Endpoint, Handler, answer_to, running_endpoint, serving  # noqa: E402

from typing_extensions import TypedDict  # noqa: E402

import headway  # noqa: E402


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with running_endpoint() as started:
        yield started


@pytest.fixture
def chat(endpoint: Endpoint) -> headway.ChatOpenAI:
    return headway.ChatOpenAI(base_url=endpoint.base_url, model="m")


class Joke(pydantic.BaseModel):  # type: ignore[misc,name-defined,unused-ignore]
    """A joke."""

    setup: str
    times: int = 1


@dataclasses.dataclass
class Record:
    setup: str


class Typed(TypedDict):
    setup: str


def add(a: int, b: int = 2) -> int:
    """Adds."""
    return a + b


def test_a_schema_is_sent_and_the_answer_is_its_object(chat: headway.ChatOpenAI, endpoint: Endpoint) -> None:
    jokes = chat.with_structured_output(Joke)
    assert jokes.invoke("x") == Joke(setup="words", times=1)
    form = endpoint.bodies[-1]["response_format"]["json_schema"]
    assert (form["name"], form["description"], form["strict"]) == ("Joke", "A joke.", True)
    assert form["schema"]["required"] == ["setup", "times"] and form["schema"]["additionalProperties"] is False
    assert "default" not in form["schema"]["properties"]["times"]
    assert asyncio.run(jokes.ainvoke("x")) == jokes.batch(["x"])[0] == asyncio.run(jokes.abatch(["x"]))[0]
    assert chat.with_structured_output(Record).invoke("x") == Record("words")
    assert chat.with_structured_output(Typed).invoke("x") == {"setup": "words"}
    plain = chat.with_structured_output(Joke.model_json_schema())
    assert plain.invoke("x") == {"setup": "words", "times": 1}
    assert endpoint.bodies[-1]["response_format"]["json_schema"]["strict"] is False


def test_or_it_is_asked_for_by_a_tool(chat: headway.ChatOpenAI, endpoint: Endpoint) -> None:
    assert chat.with_structured_output(Joke, method="function_calling").invoke("3 'a'") == Joke(setup="a", times=3)
    body = endpoint.bodies[-1]
    assert body["tool_choice"] == {"type": "function", "function": {"name": "Joke"}} and body["parallel_tool_calls"] is False


def test_what_does_not_keep_to_it_is_an_error_that_has_the_answer(chat: headway.ChatOpenAI) -> None:
    unlike = chat.with_structured_output(Joke, method="json_mode", extra_body={"response_format": None})
    with pytest.raises(headway.APIResponseValidationError, match="Joke") as caught:
        unlike.invoke("no JSON")
    assert caught.value.answer == "You said: no JSON"  # type: ignore[attr-defined]
    told = chat.with_structured_output(Record, method="json_mode", include_raw=True).invoke("x")
    assert told["parsed"] == Record("a") and told["parsing_error"] is None and isinstance(told["raw"], headway.Answer)
    failures = unlike.batch(["a", "STATUS 400"], return_exceptions=True)
    assert [type(each) for each in failures] == [headway.APIResponseValidationError, headway.BadRequestError]
    with pytest.raises(ValueError, match="method"):
        chat.with_structured_output(Joke, method="other")  # type: ignore[arg-type]


@pytest.mark.parametrize("tool", [add, Joke, {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}])
def test_tools_are_sent_and_called(chat: headway.ChatOpenAI, endpoint: Endpoint, tool: Any) -> None:
    answer = chat.bind_tools([tool], tool_choice="any", strict=True).invoke("5")
    sent = endpoint.bodies[-1]["tools"][0]
    name = sent["function"]["name"]
    assert sent["type"] == "function" and sent["function"]["strict"] is True and answer.tool_calls[0]["name"] == name
    assert endpoint.bodies[-1]["tool_choice"] == "required"
    assert chat.bind_tools([tool], tool_choice=name).invoke("5").tool_calls
    assert endpoint.bodies[-1]["tool_choice"] == {"type": "function", "function": {"name": name}}


def test_a_functions_types_are_the_tools(chat: headway.ChatOpenAI, endpoint: Endpoint) -> None:
    chat.bind_tools([add]).invoke("5")
    function = endpoint.bodies[-1]["tools"][0]["function"]
    assert function["description"] == "Adds." and function["parameters"]["required"] == ["a"]
    assert function["parameters"]["properties"]["b"]["default"] == 2


class Scripted(Handler):
    """Answers with these texts in turn; "CUT ..." as one that met its limit, and "FAIL" with 400."""

    texts: list[str]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.bodies.append(body)
        text = self.texts.pop(0)
        if text == "FAIL":
            return self._send(400, "application/json", json.dumps({"error": {"message": "no"}}))
        answer = answer_to({**body, "messages": [{"role": "user", "content": "x"}]})
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if "tools" in body:
            function = {"name": body["tools"][0]["function"]["name"], "arguments": text}
            message |= {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}
        answer["choices"] = [{"index": 0, "message": message, "finish_reason": "length" if text.startswith("CUT") else "stop"}]
        self._send(200, "application/json", json.dumps(answer))


@contextmanager
def scripted(*texts: str) -> Iterator[tuple[headway.ChatOpenAI, Endpoint]]:
    handler = type("Handler", (Scripted,), {"texts": list(texts)})
    with serving(handler, "/v1") as endpoint:
        yield headway.ChatOpenAI(base_url=endpoint.base_url, model="m"), endpoint


RULES = {"title": "Count", "type": "object", "properties": {"count": {"type": "integer", "minimum": 1}}, "required": ["count"]}


@pytest.mark.parametrize("schema", [RULES, {"type": "json_schema", "json_schema": {"name": "Count", "schema": RULES}}])
def test_a_json_schema_is_checked_by_headways_own_validator(schema: dict[str, Any]) -> None:
    with scripted('{"count": 0}', '{"count": 2}') as (chat, _):
        counts = chat.with_structured_output(schema)
        with pytest.raises(headway.APIResponseValidationError, match="Count") as caught:
            counts.invoke("x")
        assert "/count" in str(caught.value.__cause__) and caught.value.answer == '{"count": 0}'  # type: ignore[attr-defined]
        assert counts.invoke("x") == {"count": 2}


def test_a_schema_that_is_none_is_refused_before_anything_is_sent() -> None:
    with scripted() as (chat, endpoint):
        with pytest.raises(headway.ConfigurationError, match="Count"):
            chat.with_structured_output({**RULES, "type": "number of things"})
        assert not endpoint.bodies


def test_what_does_not_keep_to_it_is_put_right_in_the_validators_words() -> None:
    with scripted("none", '{"count": 0}', '{"count": 3}') as (chat, endpoint):
        told = chat.with_structured_output(RULES, repair=2, include_raw=True).invoke([("system", "Count."), ("user", "x")])
        assert told["parsed"] == {"count": 3} and told["repaired"] == ["none", '{"count": 0}']
        assert [len(body["messages"]) for body in endpoint.bodies] == [2, 4, 6]
        assert endpoint.bodies[2]["messages"][:2] == [{"role": "system", "content": "Count."}, {"role": "user", "content": "x"}]
        assert endpoint.bodies[2]["messages"][4] == {"role": "assistant", "content": '{"count": 0}'}
        assert "at /count" in endpoint.bodies[2]["messages"][5]["content"]


def test_a_tools_call_is_put_right_by_its_result() -> None:
    class Count(pydantic.BaseModel):  # type: ignore[misc,name-defined,unused-ignore]
        count: int

    with scripted('{"count": "many"}', '{"count": 3}') as (chat, endpoint):
        assert chat.with_structured_output(Count, method="function_calling", repair=1).invoke("x") == Count(count=3)
        asked, called, result = endpoint.bodies[1]["messages"]
        assert called["tool_calls"][0]["id"] == result["tool_call_id"] == "call_1" and result["role"] == "tool"
        assert "at /count" in result["content"] and "many" not in result["content"]


def test_in_a_batch_only_what_failed_is_asked_again() -> None:
    with scripted('{"count": 1}', "no", '{"count": 2}', '{"count": 3}') as (chat, endpoint):
        counts = chat.with_structured_output(RULES, repair=3)
        assert counts.batch(["a", "b", "c"], {"max_concurrency": 1}) == [{"count": 1}, {"count": 3}, {"count": 2}]
        assert len(endpoint.bodies) == 4 and endpoint.bodies[3]["messages"][0]["content"] == "b"
    with scripted("no", '{"count": 1}') as (chat, _):
        assert asyncio.run(chat.with_structured_output(RULES, repair=1).abatch(["a"])) == [{"count": 1}]


def test_what_was_paid_for_is_kept_where_it_cannot_be_put_right() -> None:
    with scripted("no", "nor that") as (chat, _), pytest.raises(headway.APIResponseValidationError) as caught:
        chat.with_structured_output(RULES, repair=1).invoke("x")
    assert caught.value.answers == ["no", "nor that"]  # type: ignore[attr-defined]
    with scripted("no", "FAIL") as (chat, _), pytest.raises(headway.BadRequestError) as failed:
        asyncio.run(chat.with_structured_output(RULES, repair=1).ainvoke("x"))
    assert failed.value.answers == ["no"]  # type: ignore[attr-defined]


def test_one_that_was_cut_is_not_asked_for_again() -> None:
    with scripted("CUT") as (chat, endpoint), pytest.raises(headway.APIResponseValidationError):
        chat.with_structured_output(RULES, repair=3).invoke("x")
    assert len(endpoint.bodies) == 1
