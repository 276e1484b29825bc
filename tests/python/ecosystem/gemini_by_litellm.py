"""What headway asks Gemini and reads of it, against LiteLLM's own translation of the same chats and responses."""

import json
from typing import Any

import httpx
import litellm
from gemini_cases import CANDIDATES, CHATS, MODEL, USER, answers, asked, response_of, serve
from litellm.litellm_core_utils.litellm_logging import Logging
from litellm.llms.gemini.chat.transformation import GoogleAIStudioGeminiConfig
from litellm.llms.vertex_ai.gemini.transformation import sync_transform_request_body
from litellm.types.utils import ModelResponse

import headway

# Where both say the same by other names: LiteLLM writes a schema in OpenAPI's words, which has its types in capitals and an
# order of its properties, and a tool's result as "content". Ids of calls, which Gemini may do without, it leaves out.
SAME = {
    "system_instruction": "systemInstruction", "function_declarations": "functionDeclarations", "function_call": "functionCall",
    "function_response": "functionResponse", "inline_data": "inlineData", "mime_type": "mimeType", "max_output_tokens": "maxOutputTokens",
    "top_p": "topP", "stop_sequences": "stopSequences", "candidate_count": "candidateCount", "frequency_penalty": "frequencyPenalty",
    "response_mime_type": "responseMimeType", "response_schema": "responseJsonSchema", "responseSchema": "responseJsonSchema",
    "response_json_schema": "responseJsonSchema", "parameters": "parametersJsonSchema", "allowed_function_names": "allowedFunctionNames",
}  # fmt: skip


def plain(value: Any) -> Any:
    if isinstance(value, list):
        return [plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    said = {SAME.get(name, name): plain(each) for name, each in value.items() if each is not None and (name, each) != ("generationConfig", {})}
    said.pop("propertyOrdering", None)
    for name in ("functionCall", "functionResponse"):
        said.get(name, {}).pop("id", None)
    if "functionResponse" in said:
        said["functionResponse"]["response"] = list(said["functionResponse"]["response"].values())
    if isinstance(said.get("type"), str):
        said["type"] = said["type"].lower()
    if "parts" in said and said.get("role", "user") == "user":
        said.pop("role", None)  # the only other is "model"
    return said


def of_litellm(messages: list[dict[str, Any]], fields: dict[str, Any]) -> dict[str, Any]:
    config = GoogleAIStudioGeminiConfig()
    mapped = config.map_openai_params(json.loads(json.dumps(fields)), {}, MODEL, drop_params=False)
    said = json.loads(json.dumps(messages))
    logging = Logging(MODEL, USER, False, "completion", None, "1", "1")
    return dict(sync_transform_request_body(
        gemini_api_key="x", messages=said, api_base=None, model=MODEL, client=None, timeout=None, extra_headers=None,
        optional_params=mapped, logging_obj=logging, custom_llm_provider="gemini", litellm_params={},
        vertex_project=None, vertex_location=None, vertex_auth_header=None,
    ))  # fmt: skip


def answer_of_litellm(response: dict[str, Any]) -> dict[str, Any]:
    raw = httpx.Response(200, json=response, request=httpx.Request("POST", "https://generativelanguage.googleapis.com"))
    logging = Logging(MODEL, USER, False, "completion", None, "1", "1")
    logging.optional_params = {}
    made = GoogleAIStudioGeminiConfig().transform_response(MODEL, raw, ModelResponse(), logging, {}, USER, {}, {}, None)
    return dict(made.model_dump())


llm = headway.ChatGoogleGenerativeAI(model=MODEL, base_url=serve())
litellm.telemetry = False
for messages, fields in CHATS:
    llm.invoke(messages, **fields)
    ours, theirs = plain(asked.pop()), plain(of_litellm(messages, fields))
    assert ours == theirs, f"{json.dumps(ours, indent=1)}\n{json.dumps(theirs, indent=1)}"
for candidate in CANDIDATES:
    answers.append(response_of(candidate))
    answer = llm.invoke("Hi")
    ours, theirs = answer.openai_form, answer_of_litellm(response_of(candidate))
    mine, its = ours["choices"][0], theirs["choices"][0]
    assert mine["finish_reason"] == its["finish_reason"], (candidate, mine, its)
    if its["finish_reason"] == "content_filter":
        continue  # LiteLLM leaves out what such an answer had said and thought
    assert (mine["message"]["content"] or None) == (its["message"]["content"] or None), (candidate, mine, its)
    assert mine["message"].get("reasoning_content") == its["message"].get("reasoning_content"), (candidate, mine, its)
    calls = [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in mine["message"].get("tool_calls", [])]
    assert calls == [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in its["message"]["tool_calls"] or []]
    for name in ("prompt_tokens", "completion_tokens", "total_tokens"):
        assert ours["usage"][name] == theirs["usage"][name], (name, ours["usage"], theirs["usage"])
    assert answer.usage["cached_tokens"] == theirs["usage"]["prompt_tokens_details"]["cached_tokens"]
    assert answer.usage["reasoning_tokens"] == theirs["usage"]["completion_tokens_details"]["reasoning_tokens"]
print("good")
