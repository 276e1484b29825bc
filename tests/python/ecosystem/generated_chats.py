"""Chats made at random from one seed: roles, parts, tools and their results in turn, schemas, odd texts. The same each time."""

import random
from collections.abc import Iterator
from typing import Any

Chat = tuple[list[dict[str, Any]], dict[str, Any]]
SEED = 20
TEXTS = [
    "Hi", "What is 東京?", "emoji 👩‍👩‍👧 and e\u0301", 'quotes " and \\ back', "tab\tand\nlines\n\nof it", "<xml>&amp;</xml>", "{\"json\": [1, 2]}",
    " blanks around ", "0", "null", "a" * 3000, "مرحبا", "\u2028 line separator", "```python\nprint(1)\n```",
]  # fmt: skip
PNG = "data:image/png;base64,iVBORw0KGgo="
PROPERTIES: list[dict[str, Any]] = [
    {"type": "string"}, {"type": "integer", "minimum": 1}, {"type": "number"}, {"type": "boolean"}, {"type": "string", "enum": ["a", "b"]},
    {"type": "array", "items": {"type": "string"}}, {"type": "object", "properties": {"in": {"type": "string"}}, "required": ["in"]},
]  # fmt: skip


class Maker:
    """One random chat after another."""

    def __init__(self, seed: int) -> None:
        self.of = random.Random(seed)

    def chat(self) -> Chat:
        tools = [self.tool(n) for n in range(self.of.choice([0, 0, 1, 2, 3]))]
        return self.messages(tools), self.fields(tools)

    def text(self) -> str:
        return self.of.choice(TEXTS)

    def schema(self) -> dict[str, Any]:
        names = self.of.sample(["at", "name", "count", "with space", "日"], self.of.randint(1, 3))
        properties = {name: dict(self.of.choice(PROPERTIES)) for name in names}
        return {"type": "object", "properties": properties, "required": names[:1]}

    def tool(self, number: int) -> dict[str, Any]:
        function: dict[str, Any] = {"name": f"tool_{number}", "description": self.text(), "parameters": self.schema()}
        if self.of.random() < 0.1:
            function.pop("description")
        return {"type": "function", "function": function}

    def content(self) -> Any:
        if self.of.random() < 0.7:
            return self.text()
        parts: list[dict[str, Any]] = [{"type": "text", "text": self.text()} for _ in range(self.of.randint(1, 2))]
        if self.of.random() < 0.5:
            parts.insert(self.of.randint(0, len(parts)), {"type": "image_url", "image_url": {"url": PNG}})
        return parts

    def messages(self, tools: list[dict[str, Any]]) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = []
        if self.of.random() < 0.5:
            made.append({"role": "system", "content": self.text()})
        for turn in range(self.of.randint(0, 3)):
            made.append({"role": "user", "content": self.content()})
            made += self.assistant(tools, turn)
        if made and made[-1]["role"] == "tool" and self.of.random() < 0.5:
            return made
        return [*made, {"role": "user", "content": self.content()}]

    def assistant(self, tools: list[dict[str, Any]], turn: int) -> Iterator[dict[str, Any]]:
        if not tools or self.of.random() < 0.5:
            yield {"role": "assistant", "content": self.text().rstrip()}
            return
        called = self.of.sample(tools, self.of.randint(1, len(tools)))
        calls = [
            {"id": f"call_{turn}_{n}", "type": "function", "function": {"name": tool["function"]["name"], "arguments": self.of.choice(['{"at": 1}', "{}", '{"name": "東京", "deep": {"a": [1, null]}}'])}}
            for n, tool in enumerate(called)
        ]  # fmt: skip
        yield {"role": "assistant", "content": self.of.choice([None, self.text().rstrip()]), "tool_calls": calls}
        for call in calls:
            yield {"role": "tool", "tool_call_id": call["id"], "content": self.text()}

    def fields(self, tools: list[dict[str, Any]]) -> dict[str, Any]:
        all_of_them: dict[str, Any] = {
            "max_tokens": self.of.randint(1, 4096), "temperature": self.of.choice([0, 0.5, 1]), "top_p": 0.9,
            "stop": self.of.choice(["END", ["a", "\n\n"]]), "user": "somebody",
        }  # fmt: skip
        fields = {name: value for name, value in all_of_them.items() if self.of.random() < 0.3}
        if tools:
            fields["tools"] = tools
            choice = self.of.choice([None, "auto", "required", "none", {"type": "function", "function": {"name": tools[0]["function"]["name"]}}])
            fields |= {"tool_choice": choice} if choice else {}
        elif self.of.random() < 0.3:
            fields["response_format"] = {"type": "json_schema", "json_schema": {"name": "a", "schema": {**self.schema(), "additionalProperties": False}}}
        return fields


def generated(count: int) -> list[Chat]:
    maker = Maker(SEED)
    return [maker.chat() for _ in range(count)]
