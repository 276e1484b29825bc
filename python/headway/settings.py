"""The keyword arguments. docs/configuration.md has each of them in full; times are in seconds, and 0 is no limit."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, TypedDict, Union

Path = Union[str, "os.PathLike[str]"]


class Limits(TypedDict, total=False):
    """What a provider allows; what is left out is learned from its answers."""

    rpm: float
    tpm: float
    itpm: float
    otpm: float
    rpd: float
    tpd: float
    share: float
    """How much of every limit is yours: above 0, up to 1."""
    max_concurrency: int
    """Calls in flight at the most; 0: the limit finds itself."""


class Endpoint(Limits, total=False):
    """Where calls go, as whom, and what they cost. What is left out comes from the environment."""

    provider: str | None
    """Whose words it speaks: "openai", as most servers do, "anthropic" or "gemini"."""
    base_url: str | None
    """Else OPENAI_BASE_URL, then OpenAI's own; of Anthropic ANTHROPIC_BASE_URL, of Gemini GOOGLE_GEMINI_BASE_URL."""
    api_key: Any
    """A str or a SecretStr; else OPENAI_API_KEY; of Anthropic ANTHROPIC_API_KEY, of Gemini GEMINI_API_KEY or GOOGLE_API_KEY."""
    organization: str | None
    project: str | None
    default_headers: Mapping[str, str] | None
    price_in: float
    """US dollars for a million tokens of prompts."""
    price_out: float
    price_cached_in: float
    prices: Path
    """A file of prices."""
    price_name: str


class Route(Endpoint, total=False):
    """One of several endpoints."""

    model: str
    weight: float
    fallback: bool


class Timeouts(TypedDict, total=False):
    """Seconds for the stages of one attempt."""

    connect: float
    first_byte: float
    idle: float
    total: float


class ClientSettings(Endpoint, total=False):
    """A Client's."""

    endpoints: list[Route]
    """Several, in place of the one."""
    max_cost: float
    """US dollars that all its calls together may cost."""
    max_total_tokens: int
    http: str
    """"auto", "1.1" or "2"."""
    timeouts: Timeouts
    max_retries: int
    single_flight: bool
    max_connections: int
    max_connecting: int
    keep_alive: float
    max_response_bytes: int
    ca_file: Path
    proxy: str


class Body(TypedDict, total=False):
    """Fields of a request. None: not sent."""

    top_p: float | None
    top_k: int | None
    frequency_penalty: float | None
    presence_penalty: float | None
    logit_bias: Mapping[str, float] | None
    logprobs: Any
    top_logprobs: int | None
    n: int | None
    best_of: int | None
    seed: int | None
    user: str | None
    service_tier: str | None
    reasoning_effort: str | None
    thinking: Mapping[str, Any] | None
    verbosity: str | None
    response_format: Any
    tools: Any
    tool_choice: Any
    parallel_tool_calls: bool | None
    store: bool | None
    metadata: Mapping[str, str] | None
    model_kwargs: Mapping[str, Any] | None
    """Further fields."""
    extra_body: Mapping[str, Any] | None
    """Merged last over the request's body."""


class OtherModelSettings(Endpoint, Body, total=False):
    """A model's, but for its name."""

    model_name: str | None
    temperature: float | None
    max_tokens: int | None
    max_completion_tokens: int | None
    stop: str | list[str] | None
    stop_sequences: str | list[str] | None
    timeout: float | None
    """For one attempt."""
    request_timeout: float | None
    max_retries: int | None
    openai_api_base: str | None
    openai_api_key: Any
    openai_organization: str | None
    anthropic_api_url: str | None
    anthropic_api_key: Any
    google_api_key: Any
    max_output_tokens: int | None
    endpoints: list[Route]


class ModelSettings(OtherModelSettings, total=False):
    """A model's, by LangChain's names; an alias stands beside each."""

    model: str | None


class AzureSettings(ModelSettings, total=False):
    """AzureChatOpenAI's."""

    azure_endpoint: str | None
    """Else AZURE_OPENAI_ENDPOINT."""
    azure_deployment: str | None
    """Asked by Azure's older API; else ``model`` is asked by the newer one."""
    deployment_name: str | None
    api_version: str | None
    """Of the older API; else OPENAI_API_VERSION."""
    openai_api_version: str | None
    azure_ad_token: Any
    """A token in the key's place; else AZURE_OPENAI_AD_TOKEN."""


class CallSettings(Body, total=False):
    """One call's, which win over the model's. Fields of the body that are not named here go into ``extra_body``."""

    model: str | None
    model_name: str | None
    temperature: float | None
    max_tokens: int | None
    max_completion_tokens: int | None
    stop_sequences: str | list[str] | None
    timeout: float | None
    request_timeout: float | None
    deadline: float | None
    """From now to the end, retries and every wait included."""
    max_retries: int | None
    max_wait: float | None
    """To be sent, in all."""
    default_headers: Mapping[str, str] | None
    extra_headers: Mapping[str, str] | None
    single_flight: bool | None


class RequestSettings(TypedDict, total=False):
    """A request's, of Client.request."""

    timeout: float | None
    deadline: float | None
    max_retries: int | None
    max_wait: float | None
    headers: Mapping[str, str] | None
    single_flight: bool | None


class EmbeddingsSettings(Endpoint, total=False):
    """OpenAIEmbeddings', by LangChain's names; an alias stands beside each."""

    model: str | None
    model_name: str | None
    dimensions: int | None
    """Numbers in each embedding; else as many as the model has."""
    encoding_format: str | None
    """How they are to come: "base64" (the default: a quarter of the bytes), "float", or "" to leave it to the server."""
    max_inputs: int | None
    """Texts in one request at the most; else 2,048, as at OpenAI."""
    chunk_size: int | None
    """LangChain's word for max_inputs."""
    max_request_tokens: int | None
    """Tokens in one request at the most, counted as a third of the bytes; else 300,000."""
    in_flight: int | None
    """Requests at once; else 64. 0: no limit."""
    user: str | None
    model_kwargs: Mapping[str, Any] | None
    extra_body: Mapping[str, Any] | None
    timeout: float | None
    request_timeout: float | None
    max_retries: int | None
    openai_api_base: str | None
    openai_api_key: Any
    openai_organization: str | None
    endpoints: list[Route]


class MapSettings(OtherModelSettings, total=False):
    """headway.map's: a model's, where it makes one, and a call's."""

    client: Any
    """A headway.Client."""
    config: Path | None
    deadline: float | None
    max_wait: float | None
    extra_headers: Mapping[str, str] | None
    single_flight: bool | None


class RunSettings(TypedDict, total=False):
    """run_file's: the flags of ``headway run``, of which ``help(headway.run_file)`` says what each does. None: not given."""

    input_format: str | None
    lines: bool | None
    delimiter: str | None
    encoding: str | None
    prompt: str | None
    system: str | None
    completions: bool | None
    id_column: str | None
    columns: str | list[str] | None
    keep_input: bool | None
    skip_invalid: bool | None
    limit: int | None
    sample: int | None
    sample_seed: int | None
    model: str | None
    max_tokens: int | None
    temperature: float | None
    set: Mapping[str, Any] | str | list[str] | None
    base_url: str | None
    config: Path | None
    http: str | None
    in_flight: int | None
    rpm: float | None
    tpm: float | None
    price_in: float | None
    price_out: float | None
    prices: Path | None
    timeout: float | None
    max_retries: int | None
    journal: Path | None
    select: str | None
    format: str | None
    ordered: bool | None
    expect: str | Mapping[str, Any] | None
    schema: str | Mapping[str, Any] | None
    choices: str | list[str] | None
    answer_retries: int | None
    durability: str | None
    report: Path | None
    report_prompts: bool | None
    json: bool | None
    quiet: bool | None
    dry_run: bool | None
    pilot: int | None
    yes: bool | None
    budget: str | None
    deadline: str | None
    max_failures: str | int | None
    fresh: bool | None
    rerun_changed: bool | None
    keep_finished: bool | None
    no_resend: bool | None


ALIASES = {
    "model_name": "model",
    "stop_sequences": "stop",
    "request_timeout": "timeout",
    "openai_api_base": "base_url",
    "openai_api_key": "api_key",
    "openai_organization": "organization",
    "anthropic_api_url": "base_url",
    "anthropic_api_key": "api_key",
    "google_api_key": "api_key",
    "max_output_tokens": "max_tokens",
    "extra_headers": "headers",
    "chunk_size": "max_inputs",
}
BODY = frozenset(Body.__annotations__) - {"model_kwargs", "extra_body"}
CALL = frozenset(("model", "temperature", "max_tokens", "max_completion_tokens", "stop", "timeout", "deadline", "max_retries", "max_wait",
                  "headers", "single_flight"))  # fmt: skip


def plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """The same by the engine's names, secrets and paths as text."""
    settings: dict[str, Any] = {}
    for name, value in given.items():
        own = ALIASES.get(name, name)
        if own in settings:
            raise TypeError(f"'{name}' was given twice, by two names")
        settings[own] = _plain_value(own, value)
    return settings


def _plain_value(name: str, value: Any) -> Any:
    if name == "api_key" and hasattr(value, "get_secret_value"):
        return value.get_secret_value()
    if name in ("prices", "ca_file", "config") and value is not None:
        return os.fspath(value)
    if name in ("default_headers", "headers") and value is not None:
        return dict(value)
    if name == "endpoints" and value is not None:
        return [plain(each) for each in value]
    return value


def model_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """A model's keyword arguments, with all fields of the body that the engine has no name for in ``extra_body``."""
    settings = plain(given)
    body = {name: settings.pop(name) for name in BODY & settings.keys()}
    return _with_body(settings, body)


def call_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """The same for one call: what is no setting of a call is a field of the body."""
    settings = plain(given)
    if (headers := settings.pop("default_headers", None)) is not None:
        settings["headers"] = headers | settings.get("headers", {})
    named = CALL | {"model_kwargs", "extra_body"}
    body = {name: settings.pop(name) for name in settings.keys() - named}
    return _with_body(settings, body)


def _with_body(settings: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in body.items() if value is not None}
    fields |= settings.pop("model_kwargs", None) or {}
    fields |= settings.pop("extra_body", None) or {}
    if fields:
        import json

        settings["extra_body"] = json.dumps(fields, ensure_ascii=False)
    if settings.get("max_tokens") == -1:  # LangChain's word for no limit
        settings["max_tokens"] = None
    if settings.get("max_tokens") is not None and settings.get("max_completion_tokens") is not None:
        raise TypeError("give either max_tokens or max_completion_tokens: each is sent by its name")
    return settings
