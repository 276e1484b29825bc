"""What a provider may answer, and what the program makes of it: nothing paid for is lost, nothing bad is taken for good."""
import csv
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

Script = Callable[[int, dict[str, Any]], tuple[int, bytes]]


class Provider(ThreadingHTTPServer):
    """Answers as its script says, and keeps the bodies that it was sent."""

    daemon_threads = True

    def __init__(self, script: Script, kind: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script, self.kind = script, kind
        self.bodies: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        provider = self.server
        assert isinstance(provider, Provider)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with provider.lock:
            provider.bodies.append(body)
            number = len(provider.bodies)
        status, answer = provider.script(number, body)
        self.send_response(status)
        self.send_header("Content-Type", provider.kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def provider_of(script: Script | bytes, kind: str = "application/json") -> Iterator[Provider]:
    server = Provider(script if callable(script) else lambda _n, _b: (200, script), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def chat(content: str = "fine", finish: str | None = "stop", **more: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}
    return json.dumps({"choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12},
                       **more}).encode()


class Program:
    def __init__(self, build_dir: Path, folder: Path) -> None:
        self.program, self.folder = build_dir / "bin/headway", folder

    def __call__(self, provider: Provider, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": "/usr/bin:/bin", "OPENAI_BASE_URL": provider.url, "HEADWAY_MODEL": "m"}
        return subprocess.run([self.program, *words], cwd=self.folder, env=environment, capture_output=True, text=True,
                              timeout=60, check=False)

    def run(self, provider: Provider, *flags: str, rows: str = '{"prompt": "x"}\n', output: str = "o.jsonl",
            status: int = 0) -> dict[str, Any]:
        """A run anew, its figures; the output and errors file are in the folder."""
        (self.folder / "in.jsonl").write_text(rows)
        done = self(provider, "run", "in.jsonl", "-o", output, "--fresh", "--quiet", "--json", *flags)
        assert done.returncode == status, done.stderr + self.errors
        figures: dict[str, Any] = json.loads(done.stdout)
        return figures

    @property
    def output(self) -> str:
        return (self.folder / "o.jsonl").read_text()

    @property
    def errors(self) -> str:
        file = self.folder / "o.errors.jsonl"
        return file.read_text() if file.exists() else ""


@pytest.fixture
def program(build_dir: Path, tmp_path: Path) -> Program:
    return Program(build_dir, tmp_path)


ODD = {
    "half a surrogate": chat("XX").replace(b"XX", b"Nice \\ud83d"),
    "a number beyond 64 bits": chat(seed=0).replace(b'"seed": 0', b'"seed": 123456789012345678901234567890'),
    "an exponent beyond all": chat(seed=0).replace(b'"seed": 0', b'"seed": 1e400'),
    "not a number": chat(logprobs=0).replace(b'"logprobs": 0', b'"logprobs": [NaN, -Infinity]'),
    "a byte order mark": b"\xef\xbb\xbf" + chat(),
    "an empty error": chat(error={"message": "", "type": "", "param": "", "code": None}),
    "an error that is false": chat(error=False),
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
def test_an_odd_answer_is_an_answer(program: Program, body: bytes) -> None:
    with provider_of(body) as provider:
        asked = program(provider, "ask", "x")
        assert asked.returncode == 0, asked.stderr
        program.run(provider, "--select", "text")
        assert json.loads(program.output)["text"] in ("fine", "Nice \ufffd")
        program.run(provider)
        assert len(provider.bodies) == 3
        # The journal is gone, so that what is done is read from the output.
        for file in program.folder.glob("o.jsonl.journal*"):
            file.unlink()
        again = program(provider, "run", "in.jsonl", "-o", "o.jsonl", "--quiet")
        assert again.returncode == 0, again.stderr
        assert len(provider.bodies) == 3


BROKEN_OFF = {
    "an error in the choice": json.dumps({"choices": [{"index": 0, "message": {"content": "The first half"},
                                                       "finish_reason": "error",
                                                       "error": {"code": 400, "message": "upstream went away"}}],
                                          "usage": {"prompt_tokens": 3, "completion_tokens": 2}}).encode(),
    "aborted": chat("The first half", "abort"),
}


@pytest.mark.parametrize("body", BROKEN_OFF.values(), ids=BROKEN_OFF.keys())
def test_an_answer_that_was_broken_off_is_kept_as_a_failure(program: Program, body: bytes) -> None:
    with provider_of(body) as provider:
        figures = program.run(provider, "--price-in", "1", "--price-out", "1", status=1)
        assert figures["rows"]["failed"] == 1 and figures["tokens"]["completion"] >= 2 and figures["cost_usd"] > 0
        assert "The first half" in program.errors
        assert program(provider, "ask", "x").returncode != 0


def test_an_unknown_end_is_told(program: Program) -> None:
    with provider_of(chat("Hm", "made_up")) as provider:
        assert program.run(provider)["answers"]["unknown_end"] == 1
        program.run(provider, "--expect", "text", status=1)
        assert json.loads(program.errors)["error"]["verdict"] == "unknown_end"
        asked = program(provider, "ask", "x")
        assert asked.stdout == "Hm\n" and "made_up" in asked.stderr


@pytest.mark.parametrize(("body", "words"), [
    ({"error": {"message": "context too long", "code": 400}}, "context too long"),
    ({"object": "error", "message": "context too long", "type": "BadRequestError", "code": 400}, "context too long"),
    ({"code": 50501, "message": "sensitive content"}, "sensitive content"),
], ids=["error", "vLLM", "no choices"])
def test_words_that_came_with_success_are_kept(program: Program, body: dict[str, Any], words: str) -> None:
    with provider_of(json.dumps(body).encode()) as provider:
        program.run(provider, status=1)
        assert json.loads(program.errors)["response"]["body"] == body
        assert words in program(provider, "failures", "o.jsonl").stdout


def test_a_body_that_is_no_json_is_kept_as_a_string(program: Program) -> None:
    with provider_of(b'{"choices": [{"message": {"content": "a long answer \xff') as provider:
        program.run(provider, status=1)
        assert "a long answer \ufffd" in json.loads(program.errors)["response"]["body"]


def test_no_money_in_other_words_stops_the_run(program: Program) -> None:
    body = json.dumps({"error": {"code": "1113", "message": "Please recharge."}}).encode()
    with provider_of(lambda _n, _b: (429, body)) as provider:
        (program.folder / "in.jsonl").write_text('{"prompt": "x"}\n')
        done = program(provider, "run", "in.jsonl", "-o", "o.jsonl", "--quiet")
        assert done.returncode == 3 and "Please recharge." in done.stderr + done.stdout
        assert len(provider.bodies) == 1


def test_a_wait_in_the_body_is_obeyed(program: Program) -> None:
    refusal = json.dumps([{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED",
                                     "details": [{"retryDelay": "1.5s"}]}}]).encode()
    sent: list[float] = []

    def script(number: int, _: dict[str, Any]) -> tuple[int, bytes]:
        sent.append(time.monotonic())
        return (429, refusal) if number == 1 else (200, chat())

    with provider_of(script) as provider:
        assert program(provider, "ask", "x").returncode == 0
    assert len(sent) == 2 and sent[1] - sent[0] >= 1.4


def test_max_tokens_is_renamed_for_a_model_that_refuses_it(program: Program) -> None:
    refusal = json.dumps({"error": {
        "message": "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        "type": "invalid_request_error", "param": "max_tokens", "code": "unsupported_parameter"}}).encode()

    def script(_: int, body: dict[str, Any]) -> tuple[int, bytes]:
        return (400, refusal) if "max_tokens" in body else (200, chat())

    with provider_of(script) as provider:
        rows = "".join(json.dumps({"prompt": f"x{n}"}) + "\n" for n in range(20))
        figures = program.run(provider, "--max-tokens", "50", "--in-flight", "1", rows=rows)
        assert figures["rows"]["done"] == 20
        assert "max_completion_tokens" in figures["learned"][0]
        assert len(provider.bodies) == 21 and provider.bodies[-1]["max_completion_tokens"] == 50


def test_a_price_that_is_not_known_is_not_zero(program: Program) -> None:
    (program.folder / "p.json").write_text(json.dumps({
        "other": {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6},
        "e": {"input_cost_per_token": 1e-7, "mode": "embedding"}}))
    with provider_of(chat()) as provider:
        assert program.run(provider, "--prices", "p.json")["cost_usd"] is None
        assert "not known" in program(provider, "run", "in.jsonl", "-o", "o.jsonl", "--fresh", "--prices", "p.json").stdout
    vectors = json.dumps({"data": [{"index": 0, "embedding": [0.1]}],
                          "usage": {"prompt_tokens": 1_000_000, "total_tokens": 1_000_000}}).encode()
    row = json.dumps({"custom_id": "a", "method": "POST", "url": "/v1/embeddings", "body": {"model": "e", "input": "x"}})
    with provider_of(vectors) as provider:
        assert program.run(provider, "--prices", "p.json", rows=row + "\n")["cost_usd"] == 0.1
    told = chat(usage={"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12, "cost": 0.25})
    with provider_of(told) as provider:
        assert program.run(provider)["cost_usd"] == 0.25


def test_columns_in_csv_are_the_values_own_text(program: Program) -> None:
    deep = "[" * 40 + "]" * 40
    with provider_of(chat("ok")) as provider:
        program.run(provider, "--format", "csv", "--columns", "price,ts,deep", output="o.csv",
                    rows=f'{{"prompt": "x", "price": 19.990, "ts": 1673382441.141209, "deep": {deep}}}\n')
    with (program.folder / "o.csv").open(newline="") as file:
        row = next(csv.DictReader(file))
    assert (row["price"], row["ts"], row["deep"], row["text"]) == ("19.990", "1673382441.141209", deep, "ok")


def event(data: dict[str, Any] | str) -> bytes:
    return b"data: " + (data if isinstance(data, str) else json.dumps(data)).encode() + b"\n\n"


def delta(text: str, finish: str | None = None, **more: Any) -> bytes:
    return event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish, **more}]})


def test_streams_as_they_come(program: Program) -> None:
    last = delta("!", "stop").rstrip(b"\n")
    with provider_of(b": PROCESSING\n\n" + event("null") + delta("Nice") + last, "text/event-stream") as provider:
        asked = program(provider, "ask", "--stream", "x")
        assert (asked.returncode, asked.stdout) == (0, "Nice!\n"), asked.stderr
    broken = delta("half") + delta("", "error", error={"code": 400, "message": "went away"}) + event("[DONE]")
    with provider_of(broken, "text/event-stream") as provider:
        asked = program(provider, "ask", "--stream", "x")
        assert asked.returncode != 0 and "went away" in asked.stderr
