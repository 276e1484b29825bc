"""headway's models as LangChain's own classes: LangChain's standard suite, and what its users build with them."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("langchain_core", reason="langchain-core is not installed: headway.langchain is not tested")
pytest.importorskip("langchain_tests", reason="langchain-tests is not installed: headway.langchain is not tested")

from chat_peer import Endpoint, running_endpoint  # noqa: E402
from langchain_core.callbacks import BaseCallbackHandler, UsageMetadataCallbackHandler  # noqa: E402
from langchain_core.load import dumps, loads  # noqa: E402
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage  # noqa: E402
from langchain_core.output_parsers import StrOutputParser  # noqa: E402
from langchain_core.prompts import ChatPromptTemplate, PromptTemplate  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from langchain_suite import Calls, Units  # noqa: E402
from pydantic import BaseModel, SecretStr, ValidationError  # noqa: E402

import headway  # noqa: E402
from headway.langchain import ChatOpenAI, OpenAI  # noqa: E402


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with running_endpoint() as started:
        yield started


@pytest.fixture
def base_url(endpoint: Endpoint) -> str:
    return endpoint.base_url


@pytest.fixture
def chat(endpoint: Endpoint) -> ChatOpenAI:
    return ChatOpenAI(base_url=endpoint.base_url, model="m")


@pytest.fixture
def llm(endpoint: Endpoint) -> OpenAI:
    return OpenAI(base_url=endpoint.base_url, model="m")


class TestUnits(Units):
    """As langchain_suite.py has them."""

    kind = ChatOpenAI
    url = "http://127.0.0.1:9/v1"
    environment = {"OPENAI_API_KEY": "sk-1", "OPENAI_API_BASE": "http://127.0.0.1:9/v1", "OPENAI_ORG_ID": "org-1"}
    read_from_it = {"openai_api_key": "sk-1", "openai_api_base": "http://127.0.0.1:9/v1", "openai_organization": "org-1"}


class TestCalls(Calls):
    """As langchain_suite.py has them."""

    kind = ChatOpenAI
    usage_details = ["reasoning_output", "cache_read_input"]

    @property
    def supports_json_mode(self) -> bool:
        return True


class TestCallsByTool(TestCalls):
    """The same where schemas are asked for by a tool."""

    @property
    def structured_output_kwargs(self) -> dict[str, Any]:
        return {"method": "function_calling"}


class Tokens(BaseCallbackHandler):
    """What callbacks see."""

    def __init__(self) -> None:
        self.tokens: list[Any] = []
        self.ends: list[Any] = []
        self.errors: list[BaseException] = []

    def on_llm_new_token(self, token: Any, **_: Any) -> None:
        self.tokens.append(token)

    def on_llm_end(self, response: Any, **_: Any) -> None:
        self.ends.append(response)

    def on_llm_error(self, error: BaseException, **_: Any) -> None:
        self.errors.append(error)


def test_a_chain(chat: ChatOpenAI, endpoint: Endpoint) -> None:
    prompt = ChatPromptTemplate.from_messages([("system", "short"), ("human", "Tell me of {what}")])
    chain = prompt | chat | StrOutputParser()
    assert chain.invoke({"what": "cats"}) == "You said: Tell me of cats"
    assert [each["role"] for each in endpoint.bodies[-1]["messages"]] == ["system", "user"]
    assert "".join(chain.stream({"what": "cats"})) == "You said: Tell me of cats"
    assert chain.batch([{"what": str(n)} for n in range(50)]) == [f"You said: Tell me of {n}" for n in range(50)]


def test_a_chain_of_a_completion(llm: OpenAI, endpoint: Endpoint) -> None:
    chain = PromptTemplate.from_template("Tell me of {what}") | llm | StrOutputParser()
    assert chain.invoke({"what": "cats"}) == "You said: Tell me of cats"
    assert endpoint.bodies[-1] == {"model": "m", "prompt": "Tell me of cats", "temperature": 0.7, "max_tokens": 256}
    assert asyncio.run(chain.abatch([{"what": "a"}, {"what": "b"}])) == ["You said: Tell me of a", "You said: Tell me of b"]


def test_a_completions_streams_and_callbacks(llm: OpenAI) -> None:
    seen = Tokens()

    async def joined() -> str:
        return "".join([piece async for piece in llm.astream("a b", {"callbacks": [seen]})])

    assert "".join(llm.stream("a b", {"callbacks": [seen]})) == asyncio.run(joined()) == "You said: a b"
    assert "".join(seen.tokens) == "You said: a bYou said: a b" and len(seen.ends) == 2
    result = llm.generate(["a", "b"])
    assert result.generations[1][0].text == "You said: b" and result.generations[1][0].generation_info == {
        "finish_reason": "stop", "logprobs": None,
    }  # fmt: skip
    assert result.llm_output is not None and result.llm_output["model_name"] == "m"
    assert result.llm_output["token_usage"]["total_tokens"] == 20
    assert result.llm_output["token_usage"]["prompt_tokens_details"] == {"cached_tokens": 2}


def test_a_batchs_failures_are_told_one_by_one(llm: OpenAI, chat: ChatOpenAI) -> None:
    for model in (llm, chat):
        answers = model.batch(["a", "STATUS 400", "b"], return_exceptions=True)
        assert [isinstance(each, headway.BadRequestError) for each in answers] == [False, True, False]
        answers = asyncio.run(model.abatch(["a", "STATUS 400"], return_exceptions=True))
        assert isinstance(answers[1], headway.BadRequestError) and not isinstance(answers[0], Exception)
        assert model.batch([]) == []


def test_with_retry_asks_again(chat: ChatOpenAI, endpoint: Endpoint) -> None:
    patient = chat.with_retry(retry_if_exception_type=(headway.BadRequestError,), wait_exponential_jitter=False)
    assert patient.invoke("ONCE 400").content == "You said: ONCE 400"
    assert len(endpoint.bodies) == 2
    with pytest.raises(headway.AuthenticationError):
        patient.invoke("STATUS 401")
    assert len(endpoint.bodies) == 3


def test_with_fallbacks(chat: ChatOpenAI) -> None:
    other = chat.bind(extra_body={"messages": [{"role": "user", "content": "another"}]})
    assert chat.with_fallbacks([other]).invoke("STATUS 400").content == "You said: another"


def test_callbacks_see_tokens_usage_and_errors(chat: ChatOpenAI) -> None:
    seen, usage = Tokens(), UsageMetadataCallbackHandler()

    async def read() -> list[Any]:
        return [piece.content async for piece in chat.astream("a b", {"callbacks": [seen]})]

    pieces = asyncio.run(read())
    assert "".join(pieces) == "You said: a b" and "".join(seen.tokens) == "You said: a b"
    chat.invoke("x", {"callbacks": [seen, usage]})
    assert seen.ends[-1].llm_output["token_usage"]["total_tokens"] == 10
    assert usage.usage_metadata["m"]["total_tokens"] == 10
    with pytest.raises(headway.BadRequestError) as caught:
        chat.invoke("STATUS 400", {"callbacks": [seen]})
    assert seen.errors == [caught.value]
    assert chat.generate([[HumanMessage("a")], [HumanMessage("b")]]).llm_output == {
        "token_usage": {
            "prompt_tokens": 8, "completion_tokens": 12, "total_tokens": 20,
            "prompt_tokens_details": {"cached_tokens": 2}, "completion_tokens_details": {"reasoning_tokens": 4},
        },
        "model_name": "m", "system_fingerprint": "fp",
    }  # fmt: skip


def test_streaming_lets_invoke_tell_tokens(endpoint: Endpoint) -> None:
    seen = Tokens()
    chat = ChatOpenAI(base_url=endpoint.base_url, model="m", streaming=True)
    assert chat.invoke("a b", {"callbacks": [seen]}).content == "You said: a b"
    assert len(seen.tokens) > 3 and endpoint.bodies[-1]["stream"] is True
    assert chat.invoke("a", stream=False).content == "You said: a" and "stream" not in endpoint.bodies[-1]


def test_an_answers_metadata(chat: ChatOpenAI) -> None:
    message = chat.invoke("x")
    assert message.response_metadata["id"] == "chat-7" and message.usage_metadata == {
        "input_tokens": 4, "output_tokens": 6, "total_tokens": 10,
        "input_token_details": {"cache_read": 1}, "output_token_details": {"reasoning": 2},
    }  # fmt: skip
    told = message.response_metadata
    assert (told["model_name"], told["finish_reason"], told["request_id"], told["attempts"]) == ("m", "stop", "req-1", 1)
    whole = None
    for piece in chat.stream("x"):
        whole = piece if whole is None else whole + piece
    assert whole is not None and whole.usage_metadata == message.usage_metadata
    assert whole.response_metadata == {
        "finish_reason": "stop", "model_provider": "openai", "model_name": "m", "system_fingerprint": "fp",
        "id": "chat-7",
    }  # fmt: skip


def test_a_messages_id_is_its_own_whatever_the_provider_says(chat: ChatOpenAI, endpoint: Endpoint) -> None:
    streaming = ChatOpenAI(base_url=endpoint.base_url, model="m", streaming=True)
    messages = [chat.invoke("x"), chat.invoke("x"), streaming.invoke("x"), *chat.batch(["x", "y"]), asyncio.run(chat.ainvoke("x"))]
    messages += [sum_of(chat.stream("x")), sum_of(chat.stream("x"))]
    assert len({message.id for message in messages}) == len(messages) and all(message.id for message in messages)
    assert {message.response_metadata["id"] for message in messages} == {"chat-7"}


def sum_of(pieces: Iterator[Any]) -> Any:
    whole = next(pieces)
    for piece in pieces:
        whole += piece
    return whole


@pytest.mark.parametrize(("plain", "name"), [(headway.ChatOpenAI, "ChatOpenAI"), (headway.OpenAI, "OpenAI")])
def test_a_plain_model_in_a_chain_names_the_one_to_take(plain: Any, name: str, endpoint: Endpoint) -> None:
    model = plain(base_url=endpoint.base_url, model="m")
    prompt = PromptTemplate.from_template("{a}")
    with pytest.raises(TypeError, match=f"headway.langchain.{name}"):
        model | StrOutputParser()
    with pytest.raises(TypeError, match=f"headway.langchain.{name}"):
        (prompt | model).invoke({"a": "b"})


@tool
def add(a: int, b: int) -> int:
    """Adds."""
    return a + b


@pytest.mark.parametrize(
    ("chosen", "sent"),
    [
        ("add", {"type": "function", "function": {"name": "add"}}),
        ("any", "required"),
        (True, "required"),
        ("auto", "auto"),
        ({"type": "function", "function": {"name": "add"}}, {"type": "function", "function": {"name": "add"}}),
    ],
)
def test_the_choice_of_a_tool(chat: ChatOpenAI, endpoint: Endpoint, chosen: Any, sent: Any) -> None:
    chat.bind_tools([add], tool_choice=chosen, strict=True, parallel_tool_calls=False).invoke("2")
    body = endpoint.bodies[-1]
    assert body["tool_choice"] == sent and body["parallel_tool_calls"] is False
    assert body["tools"][0]["function"]["strict"] is True


def test_messages_as_they_are_sent(chat: ChatOpenAI, endpoint: Endpoint) -> None:
    picture = {"type": "image", "base64": "aGk=", "mime_type": "image/png"}
    call = {"name": "add", "args": {"a": 1}, "id": "c1", "type": "tool_call"}
    broken = {"name": "add", "args": "{", "id": "c2", "error": "no JSON", "type": "invalid_tool_call"}
    chat.invoke(
        [
            SystemMessage("short"),
            HumanMessage([{"type": "text", "text": "look"}, picture], name="ann"),
            AIMessage([{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "so"}]),
            AIMessage("", tool_calls=[call], invalid_tool_calls=[broken]),
            ToolMessage("1", tool_call_id="c1", name="add"),
            ToolMessage("2", tool_call_id="c2"),
        ]
    )  # fmt: skip
    asked = [
        {"type": "function", "id": "c1", "function": {"name": "add", "arguments": '{"a": 1}'}},
        {"type": "function", "id": "c2", "function": {"name": "add", "arguments": "{"}},
    ]
    url = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
    assert endpoint.bodies[-1]["messages"] == [
        {"role": "system", "content": "short"},
        {"role": "user", "name": "ann", "content": [{"type": "text", "text": "look"}, url]},
        {"role": "assistant", "content": [{"type": "text", "text": "so"}]},
        {"role": "assistant", "content": None, "tool_calls": asked},
        {"role": "tool", "tool_call_id": "c1", "content": "1"},
        {"role": "tool", "tool_call_id": "c2", "content": "2"},
    ]


class Joke(BaseModel):
    """A joke."""

    setup: str
    times: int = 1


def test_a_schema_is_sent(chat: ChatOpenAI, endpoint: Endpoint) -> None:
    assert chat.with_structured_output(Joke).invoke("x") == Joke(setup="words", times=1)
    form = endpoint.bodies[-1]["response_format"]["json_schema"]
    assert (form["name"], form["description"], form["strict"]) == ("Joke", "A joke.", True)
    assert form["schema"]["required"] == ["setup", "times"] and form["schema"]["additionalProperties"] is False
    answer = chat.with_structured_output(Joke.model_json_schema(), include_raw=True).invoke("x")
    assert answer["parsed"] == {"setup": "words", "times": 1} and answer["parsing_error"] is None
    assert endpoint.bodies[-1]["response_format"]["json_schema"]["strict"] is False
    unlike = chat.with_structured_output(Joke, method="json_mode", include_raw=True)
    assert unlike.invoke("x")["parsed"].setup == "a"
    with pytest.raises(ValueError, match="method"):
        chat.with_structured_output(Joke, method="other")  # type: ignore[arg-type]


def test_settings_by_langchains_names(endpoint: Endpoint) -> None:
    long = ChatOpenAI(  # type: ignore[call-arg]
        model_name="m", openai_api_base=endpoint.base_url, openai_api_key=SecretStr("sk-1"), request_timeout=5,
        max_completion_tokens=7, stop_sequences=["q"], seed=1, temperature=0, model_kwargs={"a": 1}, extra_body={"b": 2},
    )  # fmt: skip
    long.invoke("x", seed=2)
    assert endpoint.bodies[-1] == {
        "model": "m", "messages": [{"role": "user", "content": "x"}], "max_completion_tokens": 7, "stop": "q", "seed": 2,
        "temperature": 0, "a": 1, "b": 2,
    }  # fmt: skip
    assert long.lc_secrets["openai_api_key"] == "OPENAI_API_KEY" and "sk-1" not in repr(long) + dumps(long)
    assert "openai_api_key" not in long._identifying_params and long._identifying_params["seed"] == 1
    long.seed = 3
    long.invoke("x")
    assert endpoint.bodies[-1]["seed"] == 3


@pytest.mark.parametrize("model", [ChatOpenAI, OpenAI])
def test_wrong_settings_are_told_at_once(model: Any) -> None:
    with pytest.raises(ValidationError, match="foo"):
        model(base_url="http://127.0.0.1:9", foo=1)
    with pytest.raises(TypeError, match="timeout"):
        model(base_url="http://127.0.0.1:9", timeout=-1)


def test_models_can_be_written_down(chat: ChatOpenAI, llm: OpenAI) -> None:
    for model in (chat, llm):
        again = loads(dumps(model), valid_namespaces=["headway"], allowed_objects=[ChatOpenAI, OpenAI])
        assert type(again) is type(model) and again.openai_api_base == model.openai_api_base
    assert json.loads(dumps(chat))["id"] == ["headway", "langchain", "chat", "ChatOpenAI"]


def test_a_client_is_shared(endpoint: Endpoint) -> None:
    with headway.Client(base_url=endpoint.base_url) as client:
        ChatOpenAI(client=client, model="m").invoke("x")
        assert client.stats()["attempts"] == 1


def test_many_at_once(chat: ChatOpenAI) -> None:
    prompts = [str(number) for number in range(300)]
    answers = asyncio.run(chat.abatch(prompts))
    assert [answer.content for answer in answers] == [f"You said: {prompt}" for prompt in prompts]


def test_headway_alone_does_not_import_langchain(script: Any) -> None:
    done = script("import sys, headway; print('langchain_core' in sys.modules)")
    assert done.stdout == "False\n", done.stderr
