"""headway.langchain.AzureChatOpenAI: LangChain's standard suite."""

from collections.abc import Iterator

import pytest

pytest.importorskip("langchain_core", reason="langchain-core is not installed: headway.langchain is not tested")
pytest.importorskip("langchain_tests", reason="langchain-tests is not installed: headway.langchain is not tested")

from azure_peer import running_azure  # noqa: E402
from langchain_suite import Calls, Units  # noqa: E402
from pydantic import SecretStr  # noqa: E402

from headway.langchain import AzureChatOpenAI  # noqa: E402


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def base_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "key-1")
    with running_azure() as azure:
        yield azure.endpoint


class TestUnits(Units):
    """As langchain_suite.py has them."""

    kind = AzureChatOpenAI
    environment = {"AZURE_OPENAI_API_KEY": "key-1", "AZURE_OPENAI_ENDPOINT": "http://127.0.0.1:9", "OPENAI_API_KEY": "sk-2"}
    read_from_it = {"openai_api_key": "key-1", "openai_api_base": "http://127.0.0.1:9"}


class TestCalls(Calls):
    """As langchain_suite.py has them."""

    kind = AzureChatOpenAI
    usage_details = ["cache_read_input", "reasoning_output"]

    def test_a_deployment_and_its_version(self) -> None:
        with running_azure() as azure:
            llm = AzureChatOpenAI(azure_endpoint=azure.endpoint, azure_deployment="gpt-mine", api_version="1", api_key=SecretStr("k"))
            assert llm.invoke("Hi").content == "You said: Hi"
            assert llm.lc_secrets["openai_api_key"] == "AZURE_OPENAI_API_KEY" and "'k'" not in repr(llm)
            assert azure.asked[0].target == "/openai/deployments/gpt-mine/chat/completions?api-version=1"
