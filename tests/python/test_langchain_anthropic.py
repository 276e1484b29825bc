"""headway.langchain.ChatAnthropic: LangChain's standard suite."""

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("langchain_core", reason="langchain-core is not installed: headway.langchain is not tested")
pytest.importorskip("langchain_tests", reason="langchain-tests is not installed: headway.langchain is not tested")

from anthropic_peer import THOUGHT, running_anthropic  # noqa: E402
from chat_peer import running_endpoint  # noqa: E402
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage  # noqa: E402
from langchain_suite import Calls, Units  # noqa: E402

from headway.langchain import ChatAnthropic, ChatOpenAI  # noqa: E402


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def base_url() -> Iterator[str]:
    with running_anthropic() as endpoint:
        yield endpoint.base_url


class TestUnits(Units):
    """As langchain_suite.py has them."""

    kind = ChatAnthropic
    model_name = "claude-x"
    environment = {"ANTHROPIC_API_KEY": "sk-1", "ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "OPENAI_API_KEY": "sk-2"}
    read_from_it = {"openai_api_key": "sk-1", "openai_api_base": "http://127.0.0.1:9"}


class TestCalls(Calls):
    """As langchain_suite.py has them."""

    kind = ChatAnthropic
    model_name = "claude-x"
    usage_details = ["cache_read_input", "cache_creation_input"]

    def test_what_anthropic_thought_goes_back_signed(self) -> None:
        def look(at: int) -> str:
            """Looks."""
            return f"sun at {at}"

        with running_anthropic() as endpoint:
            thinking = {"type": "enabled", "budget_tokens": 1024}
            chat = ChatAnthropic(model="claude-x", base_url=endpoint.base_url, thinking=thinking)
            model = chat.bind_tools([look])
            streamed = sum(model.stream("at 7"), AIMessageChunk(content=""))
            for answer in (model.invoke("at 7"), streamed):
                assert isinstance(answer, AIMessage) and answer.additional_kwargs["reasoning_content"] == "Hm."
                model.invoke([HumanMessage("at 7"), answer, ToolMessage("sun", tool_call_id="call-1")])
                blocks = endpoint.bodies[-1]["messages"][1]["content"]
                assert [block["type"] for block in blocks] == ["thinking", "tool_use"] and blocks[0] == THOUGHT
                with running_endpoint() as openai:
                    other = ChatOpenAI(model="m", base_url=openai.base_url)
                    other.invoke([HumanMessage("at 7"), answer, ToolMessage("sun", tool_call_id="call-1")])
                    assert "thinking_blocks" not in openai.bodies[-1]["messages"][1], "others refuse what they do not know"
