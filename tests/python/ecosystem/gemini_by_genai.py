"""What headway asks Gemini and reads of it, against Google's own SDK: its types, its bodies, its reading."""

import json
import warnings
from typing import Any

from gemini_cases import CANDIDATES, CHATS, LOOK, MODEL, SCHEMA, answers, asked, response_of, serve
from google import genai
from google.genai import types

import headway

warnings.filterwarnings("ignore", category=UserWarning)  # the SDK's word about thoughts and calls beside a text
FIELDS: dict[str, Any] = {"generationConfig": types.GenerationConfig, "toolConfig": types.ToolConfig, "systemInstruction": types.Content}
LISTS: dict[str, Any] = {"contents": types.Content, "tools": types.Tool}
FUNCTION = {"name": "look", "description": "Looks.", "parameters_json_schema": SCHEMA}
SAME: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"max_tokens": 9, "temperature": 0.5, "top_p": 0.9, "stop": ["x"], "n": 2, "seed": 7},
     {"max_output_tokens": 9, "temperature": 0.5, "top_p": 0.9, "stop_sequences": ["x"], "candidate_count": 2, "seed": 7}),
    ({"tools": [LOOK], "tool_choice": "required"},
     {"tools": [{"function_declarations": [FUNCTION]}], "tool_config": {"function_calling_config": {"mode": "ANY"}}}),
    ({"response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}}, "service_tier": "flex"},
     {"response_mime_type": "application/json", "response_json_schema": SCHEMA, "service_tier": "flex"}),
    ({"reasoning_effort": "low", "logprobs": True, "top_logprobs": 2, "modalities": ["text"]},
     {"thinking_config": {"include_thoughts": True, "thinking_budget": 1024}, "response_logprobs": True, "logprobs": 2,
      "response_modalities": ["TEXT"]}),
]  # fmt: skip


def of_types(body: dict[str, Any]) -> dict[str, Any]:
    """The body as the SDK's types have read it, which refuse what they do not know."""

    def read(kind: Any, value: Any) -> Any:
        return kind.model_validate(value).model_dump(mode="json", by_alias=True, exclude_none=True)

    made = {name: read(FIELDS[name], value) for name, value in body.items() if name in FIELDS}
    return made | {name: [read(LISTS[name], each) for each in value] for name, value in body.items() if name in LISTS}


def same_words(body: dict[str, Any]) -> dict[str, Any]:
    """The SDK says a role where none is wanted and that nothing is set, and leaves some names as Python has them, which Gemini takes too."""
    body.get("systemInstruction", {}).pop("role", None)
    text = json.dumps(body)
    for name in ("parameters_json_schema", "include_thoughts", "thinking_budget"):
        first, *words = name.split("_")
        text = text.replace(f'"{name}"', f'"{first}{"".join(word.capitalize() for word in words)}"')
    return {name: value for name, value in json.loads(text).items() if value != {}}


url = serve()
llm = headway.ChatGoogleGenerativeAI(model=MODEL, base_url=url)
sdk = genai.Client(api_key="x", http_options=types.HttpOptions(base_url=url))
for messages, fields in CHATS:
    llm.invoke(messages, **fields)
    ours = asked.pop()
    assert of_types(ours) == ours, f"{json.dumps(ours)}\n{json.dumps(of_types(ours))}"
for fields, config in SAME:
    llm.invoke([("system", "Be brief."), ("user", "Hi")], **fields)
    ours = asked.pop()
    sdk.models.generate_content(model=MODEL, contents="Hi", config={**config, "system_instruction": "Be brief."})  # type: ignore[arg-type]
    theirs = same_words(asked.pop())
    assert ours == theirs, f"{json.dumps(ours)}\n{json.dumps(theirs)}"
for candidate in CANDIDATES:
    answers.extend([response_of(candidate)] * 4)
    mine, its = llm.invoke("Hi"), sdk.models.generate_content(model=MODEL, contents="Hi")
    assert str(mine) == (its.text or ""), (candidate, mine, its)
    assert [(call["name"], call["args"]) for call in mine.tool_calls] == [(call.name, call.args) for call in its.function_calls or []]
    assert its.usage_metadata is not None and its.usage_metadata.total_token_count == mine.usage["total_tokens"]
    streamed = [chunk.text or "" for chunk in sdk.models.generate_content_stream(model=MODEL, contents="Hi")]
    assert "".join(llm.stream("Hi")) == "".join(streamed)
print("good")
