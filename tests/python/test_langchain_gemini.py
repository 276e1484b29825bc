"""headway.langchain.ChatGoogleGenerativeAI: LangChain's standard suite."""

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("langchain_core", reason="langchain-core is not installed: headway.langchain is not tested")
pytest.importorskip("langchain_tests", reason="langchain-tests is not installed: headway.langchain is not tested")

from gemini_peer import SIGNATURE, running_gemini  # noqa: E402
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage  # noqa: E402
from langchain_suite import Calls, Units  # noqa: E402

from headway.langchain import ChatGoogleGenerativeAI  # noqa: E402


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def base_url() -> Iterator[str]:
    with running_gemini() as endpoint:
        yield endpoint.base_url


class TestUnits(Units):
    """As langchain_suite.py has them."""

    kind = ChatGoogleGenerativeAI
    model_name = "gemini-x"
    environment = {"GEMINI_API_KEY": "key-1", "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9", "OPENAI_API_KEY": "sk-2"}
    read_from_it = {"openai_api_key": "key-1", "openai_api_base": "http://127.0.0.1:9"}


class TestCalls(Calls):
    """As langchain_suite.py has them."""

    kind = ChatGoogleGenerativeAI
    model_name = "gemini-x"
    usage_details = ["cache_read_input", "reasoning_output"]

    def test_what_gemini_signed_goes_back(self, base_url: str) -> None:
        def look(at: int) -> str:
            """Looks."""
            return f"sun at {at}"

        with running_gemini() as endpoint:
            model = ChatGoogleGenerativeAI(model="gemini-x", base_url=endpoint.base_url).bind_tools([look])
            called = model.invoke("at 7")
            streamed = sum(model.stream("at 7"), AIMessageChunk(content=""))
            for answer in (called, streamed):
                assert isinstance(answer, AIMessage)
                model.invoke([HumanMessage("at 7"), answer, ToolMessage("sun", tool_call_id=answer.tool_calls[0]["id"])])
                asked, told = endpoint.bodies[-1]["contents"][1:]
                assert asked["parts"][-1]["thoughtSignature"] == SIGNATURE and asked["parts"][-1]["functionCall"]["args"] == {"at": 7}
                assert told["parts"][0]["functionResponse"]["response"] == {"output": "sun"}
