"""Tools and schemas on the models that need no LangChain."""

import asyncio
import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

pydantic = pytest.importorskip("pydantic", reason="pydantic is not installed: schemas of classes are not tested")

from chat_peer import Endpoint, running_endpoint  # noqa: E402

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
