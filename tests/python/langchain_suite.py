"""What LangChain's own integration tests are told of headway's chat models, whichever it is."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests


@pytest.mark.anyio
class Calls(ChatModelIntegrationTests):
    """LangChain's own integration tests. Those of pictures, sound and PDF fetch files from the internet: not run."""

    base_url: str
    model_name = "m"
    usage_details: list[str]

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
