"""What answers must be, said once: --schema asks for it and checks it, --choices checks labels and counts them."""
import json
import threading
from http.server import ThreadingHTTPServer
from typing import Any

import pytest

from durable_runs import Runs, batch_line, by_id, lines_of
from json_handler import JsonHandler

SCHEMA = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "An answer", "type": "object",
          "properties": {"answer": {"type": "integer"}, "of": {"type": "string"}}, "required": ["answer", "of"],
          "additionalProperties": False}
SENT = {name: value for name, value in SCHEMA.items() if name != "$schema"}


def with_schema(runs: Runs, schema: Any = SCHEMA) -> None:
    runs.write("schema.json", [json.dumps(schema, indent=2)])


def test_a_schema_is_asked_for_and_checked(runs: Runs) -> None:
    with_schema(runs)
    runs.write("in.jsonl", [batch_line("good", "JSON"), batch_line("bad", "LIST")])
    told = runs.report("--schema", "@schema.json", status=1)
    assert (told["rows"]["done"], told["answers"]["not_valid"]) == (1, 1)
    for request in runs.server.log():
        form = request["body"]["response_format"]
        assert form == {"type": "json_schema", "json_schema": {"name": "An_answer", "strict": True, "schema": SENT}}
    runs.prove(["good", "bad"])
    (runs.folder / "schema.json").unlink()
    runs.headway("retry", "out.jsonl", status=1)
    again = runs.server.log()[-1]["body"]
    assert again["messages"][-1]["content"].endswith("LIST") and again["response_format"]["json_schema"]["schema"] == SENT


def test_a_schema_that_strict_mode_refuses_is_asked_for_without_it(runs: Runs) -> None:
    with_schema(runs, {"type": "object", "properties": {"answer": {"minimum": 1}}})
    runs.write("in.jsonl", [json.dumps({"text": "JSON"})])
    runs.run("--prompt", "{{text}}", "--schema", "@schema.json", "--select", "json")
    assert runs.server.log()[0]["body"]["response_format"]["json_schema"]["strict"] is False
    assert lines_of(runs.output)[0]["json"]["answer"] == 42


def test_responses_are_asked_in_their_own_words(runs: Runs) -> None:
    with_schema(runs)
    runs.write("in.jsonl", [json.dumps({"custom_id": "one", "method": "POST", "url": "/v1/responses",
                                        "body": {"model": "m", "input": "JSON"}})])
    runs.run("--schema", "@schema.json")
    asked = runs.server.log()[0]["body"]
    assert asked["text"] == {"format": {"type": "json_schema", "name": "An_answer", "strict": True, "schema": SENT}}


def test_anthropic_is_asked_in_its_own_words(runs: Runs) -> None:
    asked: list[dict[str, Any]] = []

    class Anthropic(JsonHandler):
        def do_POST(self) -> None:
            asked.append(self.asked())
            self.answer(200, {"id": "1", "type": "message", "role": "assistant", "model": "claude", "stop_reason": "end_turn",
                              "content": [{"type": "text", "text": '{"answer": 1, "of": "all"}'}],
                              "usage": {"input_tokens": 3, "output_tokens": 4}})

    with_schema(runs)
    runs.write("in.jsonl", [json.dumps({"text": "q"})])
    with ThreadingHTTPServer(("127.0.0.1", 0), Anthropic) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        runs.environment = {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:{server.server_port}", "ANTHROPIC_API_KEY": "k"}
        runs.run("--model", "anthropic:claude", "--prompt", "{{text}}", "--schema", "@schema.json", "--select", "json")
        server.shutdown()
    assert asked[0]["output_config"] == {"format": {"type": "json_schema", "schema": SENT}}
    assert lines_of(runs.output)[0]["json"] == {"answer": 1, "of": "all"}


@pytest.mark.parametrize(("arguments", "words"), [
    (["--schema", "@gone.json"], "gone.json"),
    (["--schema", '{"type": 3}'], "schema of --schema"),
    (["--schema", "[]"], "schema"),
    (["--schema", "{}", "--expect", "json"], "--expect"),
    (["--schema", "{}", "--set", "response_format={}"], "--schema and --set response_format"),
    (["--schema", "{}", "--choices", "a,b"], "--choices"),
    (["--choices", "a,,b"], "one is empty"),
    (["--choices", "a,b, a"], "a stands there twice"),
    (["--choices", "a,b", "--expect", "json"], "--choices and --expect do not go together"),
    (["--choices", "a,b", "--select", "json"], "--choices and --select json do not go together"),
])
def test_what_contradicts_itself_sends_nothing(runs: Runs, arguments: list[str], words: str) -> None:
    runs.write("in.jsonl", [batch_line("one", "q")])
    assert words in runs.run(*arguments, status=2).stderr
    assert runs.server.log() == []


def test_no_schema_can_be_asked_for_where_there_are_no_chats(runs: Runs) -> None:
    runs.write("in.jsonl", [json.dumps({"custom_id": "one", "method": "POST", "url": "/v1/embeddings",
                                        "body": {"model": "m", "input": "q"}})])
    assert "no schema can be asked for at /v1/embeddings" in runs.run("--schema", "{}", status=2).stderr
    runs.write("in.jsonl", [json.dumps({"prompt": "q"})])
    assert "--schema is for chats" in runs.run("--schema", "{}", "--completions", status=2).stderr
    assert runs.server.log() == []


def test_labels_are_checked_trimmed_and_counted(runs: Runs) -> None:
    labels = ["good", "bad", "good", "Good", "very good"]
    runs.write("in.jsonl", [batch_line(f"r{n}", f"LABEL {label}") for n, label in enumerate(labels)])
    told = runs.report("--choices", "good, bad, unsure", "--select", "text", status=1)
    assert told["choices"] == {"good": 2, "bad": 1, "unsure": 0}
    assert told["answers"]["not_a_choice"] == told["rows"]["unusable"] == 2
    assert {key: line["text"] for key, line in by_id(runs.output).items()} == {"r0": "good", "r1": "bad", "r2": "good"}
    assert {line["error"]["verdict"] for line in lines_of(runs.errors)} == {"not_a_choice"}
    runs.write("in.jsonl", [batch_line(f"r{n}", f"LABEL {label}") for n, label in enumerate([*labels, "unsure"])])
    assert "choices    good 0, bad 0, unsure 1, of the rows answered now\n" in runs.run(
        "--choices", "good, bad, unsure", "--select", "text", status=1).stdout
    assert "response_format" not in runs.server.log()[0]["body"]
