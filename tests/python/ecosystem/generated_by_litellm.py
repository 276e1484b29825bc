"""200 generated chats as headway and LiteLLM put them into Anthropic's and Gemini's words: the same, but for the differences that
docs/providers.md explains, as many of them as it says. `--write` puts the table there.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic_by_litellm as anthropic
import gemini_by_litellm as gemini
from generated_chats import Chat, generated

import headway

COUNT = 200
PAGE = Path(__file__).resolve().parents[3] / "docs" / "providers.md"
MARKS = ("<!-- tests/python/ecosystem/generated_by_litellm.py writes this -->\n", "<!-- so far -->\n")
MERGED = "Anthropic: messages of one role in a row, such as a tool's result and what the user says next: headway sends them as they are, and Anthropic joins them; LiteLLM joins them first"
BY_TOOL = "Anthropic: a schema: headway asks by `output_config.format`, Anthropic's own means; LiteLLM 1.80 by a tool that must be called"
REFUSED = "Gemini: `user`, which Gemini has nothing for: headway refuses before anything is sent; LiteLLM leaves it out"
CLOSED = "Gemini: `additionalProperties` of a schema: headway sends it as `responseJsonSchema`, which knows it; LiteLLM leaves it out, as `responseSchema` does not"
RESULT = "Gemini: a tool's result that is a JSON object: headway sends the object; LiteLLM its text, as one field"


def merged(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for message in messages:
        if out and out[-1]["role"] == message["role"]:
            out[-1] = {**out[-1], "content": [*out[-1]["content"], *message["content"]]}
        else:
            out.append(message)
    return out


def of_anthropic(chat: Chat) -> tuple[Any, Any, set[str]]:
    messages, fields = chat
    anthropic.llm.invoke(messages, **fields)
    ours, theirs = anthropic.plain(anthropic.asked.pop()), anthropic.plain(anthropic.of_litellm(messages, fields))
    found = set()
    if merged(ours["messages"]) != ours["messages"]:
        ours["messages"] = merged(ours["messages"])
        found.add(MERGED)
    if "response_format" in fields:
        found.add(BY_TOOL)
        assert theirs.pop("json_mode") is True and theirs.pop("tool_choice") == {"type": "tool", "name": "json_tool_call"}
        (tool,) = theirs.pop("tools")
        theirs["output_config"] = {"format": {"type": "json_schema", "schema": tool["input_schema"]}}
    return ours, theirs, found


def of_gemini(chat: Chat) -> tuple[Any, Any, set[str]]:
    messages, fields = chat
    found = set()
    if "user" in fields:
        found.add(REFUSED)
        try:
            gemini.llm.invoke(messages, **fields)
            raise AssertionError("'user' was not refused")
        except headway.ConfigurationError:
            fields = {name: value for name, value in fields.items() if name != "user"}
    gemini.llm.invoke(messages, **fields)
    ours, theirs = gemini.plain(gemini.asked.pop()), gemini.plain(gemini.of_litellm(messages, fields))
    schema = ours.get("generationConfig", {}).get("responseJsonSchema", {})
    if schema.pop("additionalProperties", None) is False:
        found.add(CLOSED)
    results = [part["functionResponse"] for each in theirs["contents"] for part in each["parts"] if "functionResponse" in part]
    for result in results:
        (text,) = result["response"]
        if isinstance(text, str) and text.startswith("{"):
            result["response"] = list(json.loads(text).values())
            found.add(RESULT)
    return ours, theirs, found


def compared(say: Callable[[Chat], tuple[Any, Any, set[str]]], counts: Counter[str]) -> int:
    same = 0
    for number, chat in enumerate(generated(COUNT)):
        ours, theirs, found = say(chat)
        assert ours == theirs, f"chat {number}:\n{json.dumps(ours, indent=1)}\n{json.dumps(theirs, indent=1)}"
        counts.update(found)
        same += not found
    return same


counts: Counter[str] = Counter()
lines = [f"{name}: the same | {compared(say, counts)}" for name, say in (("Anthropic", of_anthropic), ("Gemini", of_gemini))]
lines += [f"{what} | {counts[what]}" for what in (MERGED, BY_TOOL, REFUSED, CLOSED, RESULT)]
table = f"\n| of {COUNT} generated chats | chats |\n| --- | --: |\n" + "".join(f"| {line} |\n" for line in lines) + "\n"
page = PAGE.read_text()
before, _, rest = page.partition(MARKS[0])
written = before + MARKS[0] + table + MARKS[1] + rest.partition(MARKS[1])[2]
if sys.argv[-1] == "--write":
    PAGE.write_text(written)
assert "--write" in sys.argv or page == written, "docs/providers.md says otherwise; run this with --write"
print("good")
