"""headway.AzureChatOpenAI: OpenAI's words at an address of Azure's."""

import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from azure_peer import AzurePeer, running_azure

import headway

VARIABLES = ("AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "OPENAI_API_VERSION")


@pytest.fixture(autouse=True)
def _no_azure(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def azure() -> Iterator[AzurePeer]:
    with running_azure() as peer:
        yield peer


def test_the_newer_api_has_the_deployment_as_its_model(azure: AzurePeer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", azure.endpoint + "/")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "key-1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another")
    answer = headway.AzureChatOpenAI(model="gpt-mine").invoke("Hi", max_tokens=5)
    assert answer == "You said: Hi" and answer.is_whole
    (asked,) = azure.asked
    assert asked.target == "/openai/v1/chat/completions"
    assert asked.body == {"model": "gpt-mine", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 5}
    assert asked.headers["api-key"] == "key-1" and "authorization" not in asked.headers


def test_a_deployment_is_in_the_path_of_the_older_one(azure: AzurePeer) -> None:
    llm = headway.AzureChatOpenAI(azure_endpoint=azure.endpoint, azure_deployment="gpt-mine", api_version="2024-10-21", api_key="key-1")
    assert pickle.loads(pickle.dumps(llm)).invoke("Hi") == "You said: Hi"
    assert [asked.target for asked in azure.asked] == ["/openai/deployments/gpt-mine/chat/completions?api-version=2024-10-21"]
    with pytest.raises(headway.ConfigurationError, match="'gpt-other'.*'gpt-mine'"):
        llm.invoke("Hi", model="gpt-other")
    assert len(azure.asked) == 1 and "key-1" not in repr(llm)


@pytest.mark.parametrize("name", ["embeddings", "messages"])
def test_a_deployment_may_be_called_as_a_path_ends(azure: AzurePeer, name: str) -> None:
    llm = headway.AzureChatOpenAI(azure_endpoint=azure.endpoint, azure_deployment=name, api_version="1", api_key="k")
    assert llm.invoke("Hi") == "You said: Hi"
    assert azure.asked[0].target == f"/openai/deployments/{name}/chat/completions?api-version=1"


def test_a_token_takes_the_keys_place(azure: AzurePeer, monkeypatch: pytest.MonkeyPatch) -> None:
    headway.AzureChatOpenAI(azure_endpoint=azure.endpoint, model="m", azure_ad_token="t-1").invoke("Hi")
    monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", "t-2")
    headway.AzureChatOpenAI(azure_endpoint=azure.endpoint, model="m").invoke("Hi")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "key-1")
    headway.AzureChatOpenAI(azure_endpoint=azure.endpoint, model="m", azure_ad_token="t-3").invoke("Hi")
    assert [asked.headers["authorization"] for asked in azure.asked] == ["Bearer t-1", "Bearer t-2", "Bearer t-3"]
    assert all("api-key" not in asked.headers for asked in azure.asked)


def test_no_other_providers_key_or_address_is_taken(azure: AzurePeer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.setenv("OPENAI_BASE_URL", azure.endpoint)
    with pytest.raises(headway.ConfigurationError, match="AZURE_OPENAI_ENDPOINT is not set"):
        headway.AzureChatOpenAI(model="m")
    with pytest.raises(headway.ConfigurationError, match="AZURE_OPENAI_API_KEY is not set"):
        headway.AzureChatOpenAI(model="m", azure_endpoint="https://mine.openai.azure.com")
    with pytest.raises(headway.ConfigurationError, match="api_version"):
        headway.AzureChatOpenAI(azure_deployment="m", azure_endpoint=azure.endpoint, api_key="k")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "key-1")
    headway.ChatOpenAI(model="m", base_url=azure.endpoint + "/openai/v1").invoke("Hi")
    assert [asked.headers.get("api-key") for asked in azure.asked] == [None]


def test_what_its_filter_refuses_and_cuts(azure: AzurePeer) -> None:
    llm = headway.AzureChatOpenAI(azure_endpoint=azure.endpoint, model="m", api_key="k")
    with pytest.raises(headway.BadRequestError) as refused:
        llm.invoke("FILTER")
    assert refused.value.code == "content_filter" and "content management policy" in str(refused.value)
    cut = llm.invoke("CUT")
    assert cut.ending == "filtered" and not cut.is_whole
    assert len(azure.asked) == 2


def test_a_stream_begins_with_an_event_without_choices(azure: AzurePeer) -> None:
    llm = headway.AzureChatOpenAI(azure_endpoint=azure.endpoint, model="m", api_key="k")
    assert "".join(llm.stream("Hi there")) == "You said: Hi there"


@pytest.mark.parametrize("name", ["azure:gpt-mine", "azure_openai:gpt-mine"])
def test_a_models_name_may_say_it(azure: AzurePeer, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", azure.endpoint)
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "key-1")
    llm = headway.init_chat_model(name)
    assert type(llm) is headway.AzureChatOpenAI and llm.invoke("Hi") == "You said: Hi"
    assert azure.asked[0].body["model"] == "gpt-mine"


def test_an_endpoint_of_headway_toml(azure: AzurePeer, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "key-2")
    config = tmp_path / "headway.toml"
    config.write_text(
        f'[[endpoints]]\nprovider = "azure"\nbase_url = "{azure.endpoint}"\napi_key_env = "MY_KEY"\nmodel = "gpt-mine"\n'
        f'[[endpoints]]\nprovider = "azure"\nbase_url = "{azure.endpoint}/openai/deployments/old?api-version=1"\n'
        'api_key_env = "MY_KEY"\nmodel = "old"\n'
    )
    with headway.Client(config=config) as client:
        llm = headway.ChatOpenAI(client=client, model="any")
        llm.batch(["Hi"] * 10)
    targets = {asked.target for asked in azure.asked}
    assert targets == {"/openai/v1/chat/completions", "/openai/deployments/old/chat/completions?api-version=1"}
    assert all(asked.headers["api-key"] == "key-2" for asked in azure.asked)
