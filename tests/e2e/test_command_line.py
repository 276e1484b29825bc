"""The headway program on the real model."""
import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from model_server import ModelServer

Run = subprocess.CompletedProcess[str]


def headway(build_dir: Path, environment: dict[str, str], *arguments: str, stdin: str | None = None) -> Run:
    return subprocess.run(
        [build_dir / "bin" / "headway", *arguments],
        env=environment, input=stdin, capture_output=True, text=True, timeout=120,
    )


def test_version(build_dir: Path, source_dir: Path) -> None:
    done = headway(build_dir, {}, "--version")
    version = (source_dir / "include/headway/version.hpp").read_text().split('"')[1]
    assert (done.returncode, done.stdout) == (0, f"headway {version}\n")


def test_config_shows_endpoints_limits_and_prices(build_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "prices.json").write_text('{"m": {"input_cost_per_token": 1.5e-07, "output_cost_per_token": 6e-07}}')
    os.utime(tmp_path / "prices.json", (1_700_000_000, 1_700_000_000))
    file = tmp_path / "headway.toml"
    file.write_text('max_cost = 5\nprices = "prices.json"\n[[endpoints]]\napi_key_env = "KEY"\nmodel = "m"\nrpm = 600\n')
    done = headway(build_dir, {"HEADWAY_CONFIG": str(file), "KEY": "sk-secret"}, "config")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "https://api.openai.com/v1\n"
        "  model   m\n"
        "  key     set\n"
        "  weight  1\n"
        "  limits  600 requests a minute\n"
        "  price   $0.15 in, $0.15 in the cache, $0.6 out, a million tokens (prices.json of 2023-11-14)\n"
        "max_cost: $5\n"
    )


def test_config_says_what_is_wrong_where_and_shows_no_key(build_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "headway.toml"
    file.write_text('[[endpoints]]\nbase_url = "http://127.0.0.1:9/v1"\napi_key = "sk-secret"\n')
    done = headway(build_dir, {}, "config", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"headway: {file}:3: api_key: a key itself may not stand in this file")
    assert "sk-secret" not in done.stderr


def test_models_lists_what_is_served(build_dir: Path, model: ModelServer) -> None:
    done = headway(build_dir, model.environment(), "models")
    assert done.returncode == 0, done.stderr
    assert model.name in done.stdout.splitlines()


def test_ask_answers_a_chat(build_dir: Path, model: ModelServer) -> None:
    done = headway(build_dir, model.environment(), "ask", "What is the capital of France?", "--max-tokens", "16")
    assert done.returncode == 0, done.stderr
    assert "Paris" in done.stdout


def test_ask_completions(build_dir: Path, model: ModelServer) -> None:
    done = headway(build_dir, model.environment(), "ask", "--completions", "Hello how are you?", "--temperature", "0")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_ask_reads_standard_input_and_prints_json(build_dir: Path, model: ModelServer) -> None:
    done = headway(build_dir, model.environment(), "ask", "-", "--json", "--max-tokens", "3", stdin="東京は日本の")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["usage"]["completion_tokens"] <= 3
    assert answer["choices"][0]["message"]["role"] == "assistant"


def test_ask_prints_an_answer_while_it_is_written(build_dir: Path, model: ModelServer) -> None:
    command = [build_dir / "bin" / "headway", "ask", "--stream", "--completions", "Once upon a time"]
    with subprocess.Popen(command, env=model.environment(), stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        pieces = []
        while piece := os.read(program.stdout.fileno(), 1 << 16):
            pieces.append(piece)
    assert program.returncode == 0
    assert len(pieces) > 10
    assert b"".join(pieces).endswith(b"\n")


def test_ask_streams_events_as_lines_of_json(build_dir: Path, model: ModelServer) -> None:
    done = headway(build_dir, model.environment(), "ask", "--stream", "--json", "--max-tokens", "5", "Hello how are you?")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert any(choice["finish_reason"] for event in events for choice in event["choices"])
    assert events[-1]["usage"]["completion_tokens"] <= 5


def test_flags_win_over_the_environment(build_dir: Path, model: ModelServer) -> None:
    elsewhere = model.environment(OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    done = headway(build_dir, elsewhere, "models", "--base-url", model.base_url)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [["ask", "hi", "--model", "m"], ["models"]], ids=["ask", "models"])
def test_a_timeout_ends_a_call_that_gets_no_answer(build_dir: Path, command: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the kernel accepts, and nobody reads
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        done = headway(build_dir, {}, *command, "--base-url", url, "--timeout", "0.25")
    assert done.returncode == 1, done.stderr
    assert "deadline of 250 ms" in done.stderr


def test_a_timeout_leaves_a_quicker_call_alone(build_dir: Path, model: ModelServer) -> None:
    done = headway(build_dir, model.environment(), "models", "--timeout", "100")
    assert (done.returncode, done.stdout) == (0, model.name + "\n")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["ask", "hi", "--base-url", "http://127.0.0.1:9/v1", "--model", "m"], 1, "127.0.0.1:9"),
        (["ask", "hi", "--base-url", "https://127.0.0.1.example/v1", "--model", "m"], 2, "OPENAI_API_KEY is not set"),
        (["ask", "hi", "--base-url", "http://127.0.0.1:9/v1"], 2, "--model NAME or set HEADWAY_MODEL"),
        (["ask", "", "--model", "m", "--base-url", "http://127.0.0.1:9/v1"], 2, "empty"),
        (["ask"], 2, "prompt"),
        (["ask", "hi", "--no-such-flag"], 2, "--no-such-flag"),
        *((["ask", "hi", "--timeout", wrong], 2, "--timeout") for wrong in ["0", "-1", "nan", "inf", "soon", "1e300"]),
        (["models", "--timeout", "0"], 2, "--timeout"),
        ([], 2, "subcommand"),
        (["rnu", "in.jsonl"], 2, "did you mean run?"),
        (["run", "in.parquet", "-o", "out.jsonl"], 2, "headway.run_file()"),
    ],
)
def test_exit_status_tells_settings_from_failures(
    build_dir: Path, arguments: list[str], status: int, words: str
) -> None:
    done = headway(build_dir, {}, *arguments)
    assert done.returncode == status, done.stderr
    assert words in done.stderr


def test_calls_go_where_the_configuration_says(build_dir: Path, model: ModelServer, tmp_path: Path) -> None:
    file = tmp_path / "headway.toml"
    file.write_text(f'[[endpoints]]\nbase_url = "{model.base_url}"\nmodel = "{model.name}"\nmax_concurrency = 2\n')
    for command in (["ask", "--completions", "--max-tokens", "4", "Hello"], ["models"],
                    ["bench", "--calls", "4", "--max-tokens", "4"]):
        done = subprocess.run([build_dir / "bin/headway", *command, "--config", file], capture_output=True, text=True,
                              timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()
