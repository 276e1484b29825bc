"""What a run costs where nobody has said a price."""
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from durable_runs import Runs, batch, ids_of
from hosted_provider import USAGE, HostedProvider, hosted_provider

MODEL = "gpt-4o-mini"


@pytest.fixture
def openai(runs: Runs, tmp_path: Path) -> Iterator[HostedProvider]:
    with hosted_provider("api.openai.com", tmp_path) as provider:
        runs.environment = provider.environment
        yield provider


@pytest.fixture
def table(source_dir: Path) -> str:
    return (source_dir / "src/config/published_prices_table.cpp").read_text()


def day_of(table: str) -> str:
    return re.search(r'return "(\d{4}-\d\d-\d\d)";', table)[1]


def cost_of_a_row(table: str) -> float:
    price = json.loads(re.search(rf'"openai/{MODEL}", R"\((.*)\)"', table)[1])
    cached = USAGE["prompt_tokens_details"]["cached_tokens"]
    return (price["input_cost_per_token"] * (USAGE["prompt_tokens"] - cached) + price["cache_read_input_token_cost"] * cached
            + price["output_cost_per_token"] * USAGE["completion_tokens"])


def test_a_provider_s_own_host_has_the_published_prices(runs: Runs, openai: HostedProvider, table: str) -> None:
    runs.write("in.jsonl", batch(3))
    done = runs.run("--model", MODEL)
    assert re.search(rf"^cost +\$0\.\d+, by published prices of {day_of(table)}$", done.stdout, re.M), done.stdout
    assert runs.status()["cost_usd"] == pytest.approx(3 * cost_of_a_row(table))
    runs.prove(ids_of(3))


def test_a_budget_in_dollars_needs_no_price_said(runs: Runs, openai: HostedProvider, table: str) -> None:
    runs.write("in.jsonl", batch(20))
    budget = 5.5 * cost_of_a_row(table)
    told = runs.report("--model", MODEL, "--max-tokens", "100", "--in-flight", "1", "--budget", f"{budget:.9f}usd", status=3)
    assert "max_cost" in told["run"]["reason"] or "budget" in told["run"]["reason"]
    assert 0 < told["cost_usd"] <= budget
    assert told["prices_from"] == [f"published prices of {day_of(table)}"]
    assert 0 < len(openai.asked) <= 5
    runs.prove(ids_of(20), finished=False)


def test_a_price_that_is_said_wins(runs: Runs, openai: HostedProvider) -> None:
    runs.write("in.jsonl", batch(1))
    told = runs.report("--model", MODEL, "--price-in", "10", "--price-out", "100")
    assert told["cost_usd"] == pytest.approx(10 * 10e-6 + 100 * 100e-6)
    assert told["prices_from"] == ["the configuration"]


def test_a_model_that_nobody_has_priced_costs_nobody_knows_what(runs: Runs, openai: HostedProvider) -> None:
    runs.write("in.jsonl", batch(1))
    refused = runs.run("--model", "gpt-unheard-of", "--budget", "1usd", status=2)
    assert "the price of gpt-unheard-of" in refused.stderr
    assert openai.asked == []
    assert "cost       not known" in runs.run("--model", "gpt-unheard-of").stdout


def test_a_server_of_one_s_own_has_no_price_by_its_model_s_name_alone(runs: Runs, table: str) -> None:
    runs.write("in.jsonl", batch(1))
    assert "cost       not known" in runs.run("--model", MODEL).stdout
    server = f'[[endpoints]]\nbase_url = "{runs.server.base_url}"\n'
    runs.write("headway.toml", [f'{server}price_name = "openai/{MODEL}"'])
    told = runs.report("--model", MODEL, "--config", "headway.toml", "--fresh")
    assert told["cost_usd"] > 0
    assert told["prices_from"] == [f"published prices of {day_of(table)}"]
    runs.write("headway.toml", [f'{server}price_name = "openai/gpt-unheard-of"'])
    assert "price of a model of this name" in runs.headway("config", "headway.toml", status=2).stderr


def test_a_look_before_anything_is_sent_has_the_price(runs: Runs, openai: HostedProvider, table: str) -> None:
    runs.write("in.jsonl", batch(3))
    looked = runs.run("--model", MODEL, "--max-tokens", "10", "--dry-run").stdout
    assert re.search(r"^cost +\$0\.0", looked, re.M)
    assert f"prices     published prices of {day_of(table)}\n" in looked
    assert openai.asked == []


def test_the_table_is_made_of_what_is_surely_known(source_dir: Path, tmp_path: Path) -> None:
    chat = {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}
    entries = {
        "chat": chat | {"input_cost_per_token_batches": 5e-7, "supports_vision": True},
        "groq/openai/chat": chat | {"litellm_provider": "groq"},
        "embed": {"litellm_provider": "openai", "mode": "embedding", "input_cost_per_token": 1e-7},
        "free-or-unknown": chat | {"input_cost_per_token": 0, "output_cost_per_token": 0},
        "half": chat | {"output_cost_per_token": 0},
        "a-thousand-tokens-for-one": {"litellm_provider": "openai", "mode": "embedding", "input_cost_per_token": 1e-4},
        "by-the-request": chat | {"input_cost_per_request": 0.005},
        "chat-search-preview": chat,
        "elsewhere": chat | {"litellm_provider": "bedrock"},
        "picture": chat | {"mode": "image_generation"},
    }
    given, made = tmp_path / "prices.json", tmp_path / "table.cpp"
    given.write_text(json.dumps(entries))
    subprocess.run([sys.executable, source_dir / "tools/make-prices", "--from", given, "--date", "2026-01-02", "--output", made],
                   check=True)
    table = made.read_text()
    assert day_of(table) == "2026-01-02"
    assert re.findall(r'^\{"([^"]+)"', table, re.M) == ["groq/openai/chat", "openai/chat", "openai/embed"]
    assert '"input_cost_per_token_batches": 5e-07' in table and "vision" not in table
