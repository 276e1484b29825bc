"""What LangChain's own integration tests are told of headway's chat models, whichever it is."""

from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests


class Units(ChatModelUnitTests):
    """LangChain's own unit tests."""

    kind: type[BaseChatModel]
    model_name = "m"
    url = "http://127.0.0.1:9"
    environment: dict[str, str]
    """Where key, address and what else is read from, beside other providers'."""
    read_from_it: dict[str, str]

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return self.kind

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": self.model_name, "base_url": self.url}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return self.environment, {"model": self.model_name}, self.read_from_it

    @pytest.mark.xfail(reason="load() takes other packages' classes only where allowed_objects names them, and not by 'all'")
    def test_serdes(self, model: BaseChatModel, snapshot: Any) -> None:
        super().test_serdes(model, snapshot)


@pytest.mark.anyio
class Calls(ChatModelIntegrationTests):
    """LangChain's own integration tests. Those of pictures, sound and PDF fetch files from the internet: not run."""

    kind: type[BaseChatModel]
    base_url: str
    model_name = "m"
    usage_details: list[str]

    @pytest.fixture(autouse=True)
    def _base_url(self, base_url: str) -> None:
        self.base_url = base_url

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return self.kind

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": self.model_name, "base_url": self.base_url}

    @property
    def model_override_value(self) -> str:
        return "another"

    @property
    def supports_anthropic_inputs(self) -> bool:
        return True

    @property
    def supported_usage_metadata_details(self) -> Any:
        return {"invoke": self.usage_details, "stream": self.usage_details}

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        model = self.chat_model_class(**self.chat_model_params, streaming=stream)  # type: ignore[call-arg]
        return model.invoke("think")

    invoke_with_cache_creation_input = invoke_with_reasoning_output = invoke_with_cache_read_input
