"""What each dialect can be asked for, found by asking: `python tests/python/providers_table.py` writes it into docs/providers.md.

A cell names the fields of the provider's body that say it, beside those that a plain question has; "no": it is an error before
anything is sent.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    build = Path(os.environ.get("HEADWAY_BUILD_DIR", SOURCE / "build" / "release"))
    sys.path[:0] = [str(build / "python"), str(SOURCE / "tests" / "e2e")]

from anthropic_peer import running_anthropic  # noqa: E402
from azure_peer import running_azure  # noqa: E402
from chat_peer import running_endpoint  # noqa: E402
from gemini_peer import running_gemini  # noqa: E402

import headway  # noqa: E402

PAGE = SOURCE / "docs" / "providers.md"
MARKS = ("<!-- tests/python/providers_table.py writes this -->\n", "<!-- to here -->\n")

TOOL = {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object", "properties": {"at": {"type": "integer"}}}}}
TOOLS = [TOOL, {"type": "function", "function": {"name": "hear", "parameters": {"type": "object", "properties": {}}}}]
CALL = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}
PNG = "data:image/png;base64,iVBORw0KGgo="
HI = {"role": "user", "content": "Hi"}


def parts(*added: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"type": "text", "text": "Hi"}, *added]}]


Question = tuple[list[dict[str, Any]], dict[str, Any]]
ASKED: dict[str, Question] = {
    "a system message": ([{"role": "system", "content": "Be brief."}, HI], {}),
    "an image, inline": (parts({"type": "image_url", "image_url": {"url": PNG}}), {}),
    "an image, by its `https:` URL": (parts({"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}), {}),
    "a PDF, inline": (parts({"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERg=="}}), {}),
    "sound": (parts({"type": "input_audio", "input_audio": {"data": "QUJD", "format": "wav"}}), {}),
    "`tools`": ([HI], {"tools": [TOOL]}),
    "a call of a tool, and its result": ([HI, {"role": "assistant", "content": None, "tool_calls": [CALL]}, {"role": "tool", "tool_call_id": "call_1", "content": "sun"}], {"tools": [TOOL]}),
    "`tool_choice`": ([HI], {"tools": [TOOL], "tool_choice": "required"}),
    "`parallel_tool_calls: false`, of two tools": ([HI], {"tools": TOOLS, "parallel_tool_calls": False}),
    "a schema (`response_format`)": ([HI], {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA}}}),
    "JSON without a schema": ([HI], {"response_format": {"type": "json_object"}}),
    "`max_tokens`": ([HI], {"max_tokens": 9}),
    "`temperature`": ([HI], {"temperature": 0.5}),
    "`top_p`": ([HI], {"top_p": 0.9}),
    "`top_k`": ([HI], {"top_k": 5}),
    "`stop`": ([HI], {"stop": ["x"]}),
    "`seed`": ([HI], {"seed": 7}),
    "`n`": ([HI], {"n": 2}),
    "`presence_penalty`": ([HI], {"presence_penalty": 0.5}),
    "`frequency_penalty`": ([HI], {"frequency_penalty": 0.5}),
    "`logit_bias`": ([HI], {"logit_bias": {"5": 1}}),
    "`logprobs`": ([HI], {"logprobs": True}),
    "`reasoning_effort`": ([HI], {"reasoning_effort": "low"}),
    "`verbosity`": ([HI], {"verbosity": "low"}),
    "`service_tier`": ([HI], {"service_tier": "default"}),
    "`user`": ([HI], {"user": "somebody"}),
    "`cache_control` of a part": ([{"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}]}], {}),
}  # fmt: skip
PLAIN = {name: parts() for name, (messages, _) in ASKED.items() if isinstance(messages[0]["content"], list)}
WITH_TOOLS = {name: {"tools": fields["tools"]} for name, (_, fields) in ASKED.items() if "tools" in fields and name != "`tools`"}


@contextmanager
def dialects() -> Iterator[dict[str, tuple[headway.ChatOpenAI, Callable[[], dict[str, Any]]]]]:
    """By the provider: a model of it, and the last body that it was sent."""
    with running_endpoint() as openai, running_azure() as azure, running_anthropic() as anthropic, running_gemini() as gemini:
        yield {
            "OpenAI": (headway.ChatOpenAI(base_url=openai.base_url, model="m"), lambda: openai.bodies[-1]),
            "Azure": (headway.AzureChatOpenAI(base_url=azure.endpoint, model="m", api_key="k"), lambda: azure.asked[-1].body),
            "Anthropic": (headway.ChatAnthropic(base_url=anthropic.base_url, model="claude-x"), lambda: anthropic.bodies[-1]),
            "Gemini": (headway.ChatGoogleGenerativeAI(base_url=gemini.base_url, model="gemini-3-x"), lambda: gemini.bodies[-1]),
        }


def fields_of(body: dict[str, Any]) -> dict[str, Any]:
    """The body's fields, with those of what holds settings alone by a path."""
    flat: dict[str, Any] = {}
    for name, value in body.items():
        inner = value if name in ("generationConfig", "output_config", "toolConfig", "metadata") else None
        flat |= {f"{name}.{each}": inner[each] for each in inner} if inner else {name: value}
    return flat


def said(model: headway.ChatOpenAI, last: Callable[[], dict[str, Any]], name: str, question: Question) -> str:
    messages, fields = question
    plain: Any = {**WITH_TOOLS.get(name, {})}
    model.invoke(PLAIN.get(name, [HI]), **plain)
    before = fields_of(last())
    try:
        model.invoke(messages, **fields)
    except headway.ConfigurationError:
        return "no"
    except headway.Error:  # the peer's; it was sent all the same
        pass
    after = fields_of(last())
    changed = [field for field in after if after[field] != before.get(field)]
    return ", ".join(f"`{field}`" for field in changed) or "left out"


def table() -> str:
    with dialects() as all_of_them:
        rows = [
            [name, *(said(model, last, name, question) for model, last in all_of_them.values())]
            for name, question in ASKED.items()
        ]
        head = ["", *all_of_them]
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def with_table(page: str, text: str) -> str:
    before, _, rest = page.partition(MARKS[0])
    return before + MARKS[0] + "\n" + text + "\n" + MARKS[1] + rest.partition(MARKS[1])[2]


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(), table()))
